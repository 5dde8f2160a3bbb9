using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

/// <summary>Tests that set the number of threads: they run one after the other, and beside no others.</summary>
[CollectionDefinition("Workers", DisableParallelization = true)]
public sealed class WorkersCollection;

[Collection("Workers")]
public sealed class ThreadTests
{
    private const ElementType Real = ElementType.Float32;

    private static KernelMemory Random(long[] sizes, int seed = 1) => KernelMemory.Random(Real, sizes, seed);

    private static KernelMemory Index(long[] sizes, int below)
    {
        var random = new Random(5);
        return KernelMemory.Of(ElementType.Int64, sizes, Enumerable.Range(0, (int)sizes.Aggregate(1L, (a, b) => a * b)).Select(_ => (double)random.Next(below)));
    }

    /// <summary>Runs the kernels with 1, 2 and 3 threads on problems large enough to be divided: all bits agree.</summary>
    private static void Same(Func<KernelMemory[]> run)
    {
        var threads = Workers.Count;
        try
        {
            double[][]? first = null;
            foreach (var count in new[] { 1, 2, 3 })
            {
                Workers.Count = count;
                var results = run();
                var values = results.Select(r => r.Reals).ToArray();
                foreach (var r in results) r.Dispose();
                first ??= values;
                for (var i = 0; i < values.Length; i++) Assert.Equal(first[i], values[i]);
            }
        }
        finally
        {
            Workers.Count = threads;
        }
    }

    [Fact]
    public void Scattering_with_collisions() => Same(() =>
    {
        using var source = Random([900, 300]);
        using var index = Index([900, 300], 20);
        using var row = Index([900], 20);
        KernelMemory scattered = Random([20, 300], 2), added = Random([20, 300], 2), put = Random([20, 300], 2), embedded = new(Real, [20, 300]), gathered = new(Real, [900, 300]);
        GatherScatter.Scatter(scattered.Block, 0, index.Block, source.Block, ScatterMode.Add);
        GatherScatter.IndexAdd(added.Block, 0, row.Block, source.Block);
        GatherScatter.IndexPut(put.Block, [0], [row.Block], source.Block, accumulate: true);
        GatherScatter.EmbeddingGradient(source.Block, row.Block, embedded.Block, -1, scaleByFrequency: true);
        GatherScatter.Gather(added.Block, 0, index.Block, gathered.Block);
        return [scattered, added, put, embedded, gathered];
    });

    [Fact]
    public void Sorting_and_scanning() => Same(() =>
    {
        using var x = Random([60, 1000]);
        KernelMemory values = new(Real, [60, 1000]), indices = new(ElementType.Int64, [60, 1000]), median = new(Real, [60]), at = new(ElementType.Int64, [60]);
        KernelMemory sums = new(Real, [60, 1000]), logs = new(Real, [60, 1000]);
        Sort.Run(x.Block, values.Block, indices.Block, descending: true);
        Sort.Median(x.Block, median.Block, at.Block, ignoreNaN: false);
        Scan.Sum(x.Block, sums.Block);
        Scan.LogSumExp(x.Block, logs.Block);
        return [values, indices, median, at, sums, logs];
    });

    [Fact]
    public void Convolution_and_pooling() => Same(() =>
    {
        using var x = Random([3, 8, 24, 24]);
        using var w = Random([16, 8, 3, 3], 2);
        KernelMemory y = new(Real, [3, 16, 12, 12]), dx = new(Real, [3, 8, 24, 24]), dw = new(Real, [16, 8, 3, 3]);
        KernelMemory top = new(Real, [3, 8, 12, 12]), places = new(ElementType.Int64, [3, 8, 12, 12]), dTop = new(Real, [3, 8, 24, 24]), mean = new(Real, [3, 8, 23, 23]), dMean = new(Real, [3, 8, 24, 24]);
        long[] two = [2, 2], one = [1, 1], none = [0, 0];
        Convolution.Forward(x.Block, w.Block, null, y.Block, two, one, one, 1);
        Convolution.InputGradient(y.Block, w.Block, dx.Block, two, one, one, 1);
        Convolution.WeightGradient(y.Block, x.Block, dw.Block, two, one, one, 1);
        Pooling.Max(x.Block, top.Block, places.Block, two, two, none, one);
        Pooling.MaxGradient(top.Block, places.Block, dTop.Block, 2);
        Pooling.Average(x.Block, mean.Block, two, one, none, true, null);
        Pooling.AverageGradient(mean.Block, dMean.Block, two, one, none, true, null);
        return [y, dx, dw, top, places, dTop, mean, dMean];
    });

    [Fact]
    public void Factorisations() => Same(() =>
    {
        using var x = Random([3, 130, 130]);
        using var single = Random([260, 260], 2);
        KernelMemory lu = new(Real, [3, 130, 130]), large = new(Real, [260, 260]), solved = new(Real, [260, 260]);
        KernelMemory pivots = new(ElementType.Int32, [3, 130]), largePivots = new(ElementType.Int32, [260]), info = new(ElementType.Int32, [3]), largeInfo = new(ElementType.Int32, []);
        Linalg.Lu(x.Block, lu.Block, pivots.Block, info.Block);
        Linalg.Lu(single.Block, large.Block, largePivots.Block, largeInfo.Block);
        Linalg.LuSolve(large.Block, largePivots.Block, single.Block, solved.Block);
        return [lu, large, solved, pivots, largePivots, info, largeInfo];
    });

    [Fact]
    public void Recurrent_layers() => Same(() =>
    {
        const int steps = 4, batch = 40, width = 70;
        List<KernelMemory> results = [];
        foreach (var kind in Enum.GetValues<RecurrentKind>())
        {
            var gates = kind switch { RecurrentKind.Lstm => 4, RecurrentKind.Gru => 3, _ => 1 };
            var lstm = kind == RecurrentKind.Lstm;
            using var x = Random([steps, batch, width]);
            using var w = Random([gates * width, width], 2);
            using var b = Random([gates * width], 3);
            using var start = Random([batch, width], 4);
            KernelMemory y = new(Real, [steps, batch, width]), c = new(Real, [steps, batch, width]), saved = new(Real, [steps, batch, 4 * width]);
            KernelMemory dx = new(Real, [steps, batch, width]), di = new(Real, w.Sizes), dw = new(Real, w.Sizes), db = new(Real, b.Sizes), dh = new(Real, start.Sizes), dc = new(Real, start.Sizes);
            var kept = gates > 1 ? saved.Block : null;
            Recurrent.Forward(kind, x.Block, w.Block, w.Block, b.Block, b.Block, start.Block, lstm ? start.Block : null, y.Block, lstm ? c.Block : null, kept, reverse: false);
            Recurrent.Backward(kind, y.Block, null, null, x.Block, w.Block, w.Block, start.Block, lstm ? start.Block : null, y.Block, lstm ? c.Block : null, kept,
                dx.Block, di.Block, dw.Block, db.Block, null, dh.Block, lstm ? dc.Block : null, reverse: false);
            results.AddRange([y, c, dx, di, dw, db, dh, dc, saved]);
        }
        return [.. results];
    });
}
