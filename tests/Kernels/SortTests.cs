using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

public sealed class SortTests
{
    private static readonly Layout[] Layouts = [Layout.Contiguous, Layout.Transposed, Layout.Gapped, Layout.Reversed];

    private static KernelMemory Rows(ElementType type, int rows, int n, int seed, Layout layout)
    {
        var memory = KernelMemory.Random(type, [rows, n], seed, layout);
        var random = new Random(seed);
        // Ties, zeros of both signs, infinities and NaN where the type has them.
        for (var i = 0; i < memory.Count / 3; i++) memory[random.Next((int)memory.Count)] = memory[random.Next((int)memory.Count)];
        if (KernelMemory.FloatTypes.Contains(type))
        {
            double[] special = [0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity];
            for (var i = 0; i < memory.Count / 4; i++) memory[random.Next((int)memory.Count)] = special[random.Next(special.Length)];
        }
        return memory;
    }

    private sealed class Order : IComparer<double>
    {
        public int Compare(double x, double y) => double.IsNaN(x) ? (double.IsNaN(y) ? 0 : 1) : double.IsNaN(y) ? -1 : x < y ? -1 : x > y ? 1 : 0;
    }

    private static int[] Sorted(double[] row, bool descending)
    {
        var positions = Enumerable.Range(0, row.Length);
        return [.. descending ? positions.OrderByDescending(i => row[i], new Order()) : positions.OrderBy(i => row[i], new Order())];
    }

    private static double[] Row(KernelMemory m, int r, int n) => [.. Enumerable.Range(0, n).Select(i => m[r * n + i].Real)];

    [Fact]
    public void Sorting_is_stable_in_either_direction_with_nan_greatest()
    {
        foreach (var type in KernelMemory.OrderedTypes)
            foreach (var n in new[] { 0, 1, 2, 17, 300, 1000 })
                foreach (var descending in new[] { false, true })
                {
                    var layout = Layouts[n % 4];
                    using var input = Rows(type, 3, n, n + 1, layout);
                    using var values = new KernelMemory(type, [3, n], layout);
                    using var indices = new KernelMemory(ElementType.Int64, [3, n], layout);
                    Sort.Run(input.Block, values.Block, indices.Block, descending);
                    for (var r = 0; r < 3; r++)
                    {
                        var row = Row(input, r, n);
                        var order = Sorted(row, descending);
                        Assert.Equal(order.Select(i => (double)i), Row(indices, r, n));
                        Assert.Equal(order.Select(i => row[i]), Row(values, r, n));
                    }
                }
    }

    [Fact]
    public void The_first_k_are_those_of_the_sorted_row()
    {
        foreach (var type in KernelMemory.OrderedTypes)
            foreach (var k in new[] { 1, 3, 20, 100 })
                foreach (var largest in new[] { false, true })
                {
                    const int n = 100;
                    using var input = Rows(type, 4, n, k, Layout.Gapped);
                    using var values = new KernelMemory(type, [4, k]);
                    using var indices = new KernelMemory(ElementType.Int64, [4, k]);
                    Sort.TopK(input.Block, k, values.Block, indices.Block, largest, sorted: true);
                    for (var r = 0; r < 4; r++)
                    {
                        var row = Row(input, r, n);
                        var order = Sorted(row, largest).Take(k).ToArray();
                        Assert.Equal(order.Select(i => (double)i), Row(indices, r, k));
                        Assert.Equal(order.Select(i => row[i]), Row(values, r, k));
                    }
                }
    }

    [Fact]
    public void Order_statistics_agree_with_the_sorted_row()
    {
        foreach (var type in KernelMemory.OrderedTypes)
            foreach (var n in new[] { 1, 2, 9, 200 })
            {
                using var input = Rows(type, 4, n, n, Layout.Transposed);
                using var value = new KernelMemory(type, [4]);
                using var index = new KernelMemory(ElementType.Int64, [4, 1]);
                for (var k = 1; k <= n; k += 1 + n / 5)
                {
                    Sort.KthValue(input.Block, k, value.Block, index.Block);
                    for (var r = 0; r < 4; r++) Assert.Equal(Row(input, r, n)[Sorted(Row(input, r, n), false)[k - 1]], value[r].Real);
                }
                foreach (var ignore in new[] { false, true })
                {
                    Sort.Median(input.Block, value.Block, index.Block, ignore);
                    for (var r = 0; r < 4; r++)
                    {
                        var row = Row(input, r, n);
                        var numbers = row.Where(v => !double.IsNaN(v)).Order().ToArray();
                        var expected = numbers.Length == 0 || (!ignore && numbers.Length < n) ? double.NaN : numbers[(numbers.Length - 1) / 2];
                        Assert.Equal(expected + 0.0, value[r].Real + 0.0);
                        Assert.Equal(row[(int)index[r].Real], value[r].Real);
                    }
                }
                Sort.Mode(input.Block, value.Block, index.Block);
                for (var r = 0; r < 4; r++)
                {
                    var row = Row(input, r, n);
                    var groups = row.GroupBy(v => v + 0.0).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, new Order()).First();
                    Assert.Equal(groups.Key, value[r].Real + 0.0);
                    Assert.Equal(Array.FindLastIndex(row, v => (v + 0.0).Equals(groups.Key)), (int)index[r].Real);
                }
            }
    }

    [Fact]
    public void The_first_of_equal_extremes_and_the_first_nan_win()
    {
        foreach (var type in KernelMemory.OrderedTypes)
            foreach (var layout in Layouts)
            {
                const int n = 40;
                using var input = Rows(type, 5, n, 3, layout);
                using var value = new KernelMemory(type, [5]);
                using var index = new KernelMemory(ElementType.Int64, [5]);
                foreach (var max in new[] { true, false })
                {
                    if (max) Extremes.Max(input.Block, value.Block, index.Block);
                    else Extremes.Min(input.Block, value.Block, index.Block);
                    for (var r = 0; r < 5; r++)
                    {
                        var row = Row(input, r, n);
                        var nan = Array.FindIndex(row, double.IsNaN);
                        var expected = nan >= 0 ? nan : Array.IndexOf(row, max ? row.Max() : row.Min());
                        Assert.Equal(expected, (int)index[r].Real);
                        Assert.Equal(row[expected], value[r].Real);
                    }
                }
            }
    }

    [Fact]
    public void Insertion_points_keep_rows_sorted()
    {
        foreach (var type in KernelMemory.OrderedTypes)
            foreach (var right in new[] { false, true })
            {
                using var values = Rows(type, 3, 30, 5, Layout.Gapped);
                using var shuffled = Rows(type, 3, 20, 6, Layout.Contiguous);
                for (var i = 0; i < 60; i++)
                {
                    if (double.IsNaN(shuffled[i].Real)) shuffled[i] = 0.5;
                }
                using var sorted = new KernelMemory(type, [3, 20]);
                using var order = new KernelMemory(ElementType.Int64, [3, 20]);
                Sort.Run(shuffled.Block, sorted.Block, order.Block, false);
                using var result = new KernelMemory(ElementType.Int64, [3, 30]);
                using var bySorter = new KernelMemory(ElementType.Int64, [3, 30]);
                Sort.SearchSorted(sorted.Block, values.Block, null, result.Block, right);
                Sort.SearchSorted(shuffled.Block, values.Block, order.Block, bySorter.Block, right);
                Assert.Equal(result.Integers, bySorter.Integers);
                for (var i = 0; i < 90; i++)
                {
                    var v = values[i].Real;
                    var row = Row(sorted, i / 30, 20);
                    var numbers = row.Where(x => !double.IsNaN(x)).ToArray();
                    var expected = double.IsNaN(v) ? 20 : right ? numbers.Count(x => x <= v) : numbers.Count(x => x < v);
                    Assert.Equal(expected, (int)result[i].Real);
                }
            }
        using var edges = KernelMemory.Of(ElementType.Float32, 1, 3, 5);
        using var probe = KernelMemory.Of(ElementType.Float32, [2, 2], [0, 3, 4, 9]);
        using var places = new KernelMemory(ElementType.Int64, [2, 2]);
        Sort.SearchSorted(edges.Block, probe.Block, null, places.Block, false);
        Assert.Equal([0, 1, 2, 3], places.Integers);
    }

    [Fact]
    public void Distinct_elements_come_sorted_with_inverse_and_counts()
    {
        foreach (var type in KernelMemory.OrderedTypes)
        {
            using var input = KernelMemory.Random(type, [5, 60], 1, Layout.Transposed);
            for (var i = 0; i < 300; i += 2) input[i] = input[(i * 7 + 1) % 50];
            using var values = new KernelMemory(type, [300]);
            using var inverse = new KernelMemory(ElementType.Int64, [5, 60], Layout.Gapped);
            using var counts = new KernelMemory(ElementType.Int64, [300]);
            var count = (int)Unique.Sorted(input.Block, values.Block, inverse.Block, counts.Block);
            var expected = input.Reals.Distinct().Order().ToArray();
            Assert.Equal(expected, values.Reals.Take(count));
            Assert.Equal(expected.Select(v => (long)input.Reals.Count(x => x == v)), counts.Integers.Take(count));
            Assert.Equal(input.Reals, inverse.Integers.Select(i => expected[i]));
        }
        using var runs = KernelMemory.Of(ElementType.Float32, 1, 1, 2, 1, double.NaN, double.NaN);
        using var kept = new KernelMemory(ElementType.Float32, [6]);
        using var groups = new KernelMemory(ElementType.Int64, [6]);
        using var sizes = new KernelMemory(ElementType.Int64, [6]);
        Assert.Equal(5, Unique.Consecutive(runs.Block, kept.Block, groups.Block, sizes.Block));
        Assert.Equal([1, 2, 1, double.NaN, double.NaN, 0], kept.Reals);
        Assert.Equal([0, 0, 1, 2, 3, 4], groups.Integers);
        Assert.Equal([2, 1, 1, 1, 1, 0], sizes.Integers);
        Assert.Equal(4, Unique.Sorted(runs.Block, kept.Block, groups.Block, sizes.Block));
        using var matrix = KernelMemory.Of(ElementType.Int32, [4, 2], [2, 1, 1, 5, 2, 1, 1, 4]);
        using var first = new KernelMemory(ElementType.Int64, [4]);
        using var of = new KernelMemory(ElementType.Int64, [4]);
        using var times = new KernelMemory(ElementType.Int64, [4]);
        Assert.Equal(3, Unique.OfRows(matrix.Block, first.Block, of.Block, times.Block, consecutive: false));
        Assert.Equal([3, 1, 0, 0], first.Integers);
        Assert.Equal([2, 1, 2, 0], of.Integers);
        Assert.Equal([1, 1, 2, 0], times.Integers);
        Assert.Equal(4, Unique.OfRows(matrix.Block, first.Block, null, null, consecutive: true));
    }

    [Fact]
    public void A_block_of_rank_zero_is_a_row_of_one()
    {
        using var input = KernelMemory.Of(ElementType.Float32, [], [3]);
        using var value = new KernelMemory(ElementType.Float32, []);
        using var index = new KernelMemory(ElementType.Int64, []);
        Sort.Run(input.Block, value.Block, index.Block, true);
        Assert.Equal(3, value[0]);
        Extremes.Max(input.Block, value.Block, index.Block);
        Assert.Equal(0, index[0]);
    }
}
