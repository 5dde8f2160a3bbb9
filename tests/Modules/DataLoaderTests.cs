// Data loaders: order, workers, faults, what is drawn.

using Xunit;
using static Torch.torch;
using static Torch.torch.utils.data;

namespace Torch.Tests.Recorded;

[Collection(nameof(Alone))]
public class DataLoaderTests
{
    private sealed class Numbers(long count, Func<long, double>? f = null) : Dataset<(Tensor, long)>
    {
        public override long Count => count;

        public override (Tensor, long) GetTensor(long index) => (full([2], f is null ? index : f(index)), index);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Batches_come_in_order_whatever_the_number_of_workers(int workers)
    {
        var seen = new List<long>();
        foreach (var (x, y) in DataLoader(new Numbers(23), batch_size: 4, num_workers: workers))
        {
            Assert.Equal(y.to(ScalarType.Float32).data<float>().ToArray(), x.select(1, 1).data<float>().ToArray());
            seen.AddRange(y.data<long>().ToArray());
        }
        Assert.Equal(Enumerable.Range(0, 23).Select(i => (long)i), seen);
    }

    [Fact]
    public void Shuffling_draws_as_PyTorch_does()
    {
        manual_seed(7);
        Generator.Default.Int64();
        var expected = randperm(10, generator: new Generator((ulong)Generator.Default.Int64())).data<long>().ToArray();
        manual_seed(7);
        var order = DataLoader(new Numbers(10), batch_size: 3, shuffle: true).SelectMany(b => b.Item2.data<long>().ToArray()).ToArray();
        Assert.Equal(expected, order);
    }

    [Fact]
    public void Workers_have_streams_of_their_own()
    {
        manual_seed(3);
        var seed = Generator.Default.Int64();
        manual_seed(3);
        var values = DataLoader(new Numbers(4, _ => rand_float()), batch_size: 2, num_workers: 2).Select(b => b.Item1[0, 0].item<float>()).ToArray();
        for (var w = 0; w < 2; w++) Assert.Equal((float)rand_float(new Generator((ulong)(seed + w))), values[w]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_fault_in_a_dataset_surfaces_where_its_batch_is_asked_for(int workers)
    {
        var loader = DataLoader(new Numbers(8, i => i == 5 ? throw new InvalidDataException("item 5") : i), batch_size: 2, num_workers: workers);
        var batches = 0;
        var e = Assert.Throws<InvalidDataException>(() =>
        {
            foreach (var _ in loader) batches++;
        });
        Assert.Equal("item 5", e.Message);
        Assert.Equal(2, batches);
    }

    [Fact]
    public void The_last_batch_can_be_dropped_and_shapes_must_agree()
    {
        Assert.Equal(3, DataLoader(new Numbers(7), batch_size: 2, drop_last: true).Count);
        Assert.Equal(3, DataLoader(new Numbers(7), batch_size: 2, drop_last: true).Count());
        var e = Assert.Throws<TorchException>(() => default_collate<Tensor>([zeros(2), zeros(3)]));
        Assert.Equal("stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1", e.Message);
    }

    [Fact]
    public void Dictionaries_and_nested_tuples_are_collated()
    {
        var batch = default_collate<Dictionary<string, Tensor>>([new() { ["a"] = ones(2) }, new() { ["a"] = zeros(2) }]);
        Assert.Equal([2L, 2L], batch["a"].shape);
        var nested = default_collate<(Tensor, (Tensor, Tensor))>([(ones(1), (zeros(1), ones(1))), (ones(1), (zeros(1), ones(1)))]);
        Assert.Equal([2L, 1L], nested.Item2.Item2.shape);
    }

    [Fact]
    public void Pieces_of_a_dataset_are_disjoint_and_complete()
    {
        var pieces = random_split(new Numbers(10), [0.5, 0.25, 0.25]);
        Assert.Equal([6L, 2L, 2L], pieces.Select(p => p.Count));
        Assert.Equal(10, pieces.SelectMany(p => p.indices).Distinct().Count());
    }
}
