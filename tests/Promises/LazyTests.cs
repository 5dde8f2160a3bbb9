// When a value is computed, by how many threads, and together with what: none of it changes a bit.

using Xunit;
using static Torch.torch;

namespace Torch.Tests.Promises;

[Collection("Workers")]
public class LazyTests
{
    /// <summary>A random program over a few tensors, with gradients, writes and views; the bytes of all it made, in order.</summary>
    private static List<byte[]> Program(int seed, bool immediate)
    {
        var random = new Random(seed);
        var x = Leaf(random, 4, 6).requires_grad_();
        var w = Leaf(random, 6, 6).requires_grad_();
        var buffer = Leaf(random, 4, 6);
        var values = new List<Tensor> { x, w, x * 0.5f };
        Tensor Pick() => values[random.Next(values.Count)];
        for (var i = 0; i < 12; i++)
        {
            var a = Pick();
            var b = Pick();
            var made = random.Next(10) switch
            {
                0 => a.tanh(),
                1 => a.size(0) == b.size(0) ? a * b : a - 1.5f,
                2 => a.matmul(w).sigmoid(),
                3 => a - a.mean(1, true),
                4 => a.relu() + 0.25f,
                5 => (a * a + 1).rsqrt(),
                6 => a.to(ScalarType.BFloat16).to(ScalarType.Float32),
                7 => Written(buffer, a),
                8 => a.flip(1).exp() / (a.exp().sum(1, true)),
                _ => a.atan(),
            };
            if (immediate) made.Evaluate();
            values.Add(made);
        }
        var loss = values[^1].sum() + values[^2].pow(2).mean() + (x * x).mean();
        loss.backward();
        if (immediate) x.grad!.Evaluate();
        return [.. values.Append(loss).Append(x.grad!).Append(buffer).Concat(w.grad is { } g ? [g] : []).Select(t => t.detach().clone().bytes.ToArray())];
    }

    private static Tensor Leaf(Random random, long rows, long columns) =>
        tensor(Enumerable.Range(0, (int)(rows * columns)).Select(_ => (float)(random.NextDouble() * 2 - 1)).ToArray(), [rows, columns]);

    /// <summary>Writes one row into a view of the buffer and gives a copy of it all.</summary>
    private static Tensor Written(Tensor buffer, Tensor a)
    {
        buffer[0].add_(a.detach()[0]);
        return buffer.clone();
    }

    private static void Same(List<byte[]> expected, List<byte[]> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++) Assert.Equal(expected[i], actual[i]);
    }

    [Fact]
    public void EvaluatedAfterEachOperationOrOnlyAtTheEndABitIsTheSame()
    {
        for (var seed = 0; seed < 60; seed++) Same(Program(seed, immediate: true), Program(seed, immediate: false));
    }

    [Fact]
    public void OneThreadAndTwoGiveTheSameBits()
    {
        var before = get_num_threads();
        try
        {
            for (var seed = 100; seed < 120; seed++)
            {
                set_num_threads(1);
                var one = Program(seed, immediate: false);
                set_num_threads(2);
                Same(one, Program(seed, immediate: false));
            }
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void LargeTensorsSplitAmongThreadsGiveTheSameBits()
    {
        var before = get_num_threads();
        byte[] Run(int threads)
        {
            set_num_threads(threads);
            var x = (arange(600_000, ScalarType.Float32) * 0.001f).reshape(600, 1000).requires_grad_();
            var loss = (x.sin() * x.matmul(x.t()).mean(1, true).tanh()).sum() + x.exp().sum(0).log().mean();
            loss.backward();
            return [.. loss.detach().clone().bytes, .. x.grad!.sum(0).bytes];
        }
        try
        {
            Assert.Equal(Run(1), Run(2));
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
