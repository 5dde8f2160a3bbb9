using System.Numerics;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

public sealed class GatherScatterTests
{
    private static readonly Layout[] Layouts = [Layout.Contiguous, Layout.Transposed, Layout.Gapped, Layout.Reversed];

    private static long[] Coordinates(long position, long[] sizes)
    {
        var c = new long[sizes.Length];
        for (var d = sizes.Length - 1; d >= 0; d--)
        {
            c[d] = position % sizes[d];
            position /= sizes[d];
        }
        return c;
    }

    private static long Position(long[] c, long[] sizes)
    {
        long p = 0;
        for (var d = 0; d < sizes.Length; d++) p = p * sizes[d] + c[d];
        return p;
    }

    private static KernelMemory Index(long[] sizes, long below, int seed, Layout layout = Layout.Contiguous, long from = 0)
    {
        var random = new Random(seed);
        return KernelMemory.Of(ElementType.Int64, sizes, Enumerable.Range(0, (int)sizes.Aggregate(1L, (x, y) => x * y)).Select(_ => (double)random.NextInt64(from, below)), layout);
    }

    [Fact]
    public void Gather_picks_along_each_dimension()
    {
        foreach (var type in KernelMemory.AllTypes)
            foreach (var layout in Layouts)
                for (var dim = 0; dim < 3; dim++)
                {
                    long[] sizes = [4, 5, 6], picked = [3, 4, 6];
                    picked[dim] = 7;
                    using var source = KernelMemory.Random(type, sizes, 1, layout);
                    using var index = Index(picked, sizes[dim], 2, layout);
                    using var result = new KernelMemory(type, picked, layout);
                    GatherScatter.Gather(source.Block, dim, index.Block, result.Block);
                    for (long i = 0; i < result.Count; i++)
                    {
                        var c = Coordinates(i, picked);
                        c[dim] = (long)index[i].Real;
                        Assert.Equal(source[Position(c, sizes)], result[i]);
                    }
                }
    }

    private static double Combine(ScatterMode mode, double old, double v) => mode switch
    {
        ScatterMode.Assign => v,
        ScatterMode.Add => old + v,
        ScatterMode.Multiply => old * v,
        ScatterMode.Min => double.IsNaN(old) || double.IsNaN(v) ? double.NaN : Math.Min(old, v),
        _ => double.IsNaN(old) || double.IsNaN(v) ? double.NaN : Math.Max(old, v),
    };

    [Fact]
    public void Scatter_combines_in_order_along_each_dimension()
    {
        foreach (var type in new[] { ElementType.UInt8, ElementType.Int64, ElementType.Float32, ElementType.Float64, ElementType.BFloat16 })
            foreach (var mode in Enum.GetValues<ScatterMode>())
                foreach (var layout in Layouts)
                    for (var dim = 0; dim < 3; dim++)
                    {
                        long[] sizes = [4, 5, 6], from = [3, 4, 6];
                        from[dim] = 9;
                        using var target = KernelMemory.Random(type, sizes, 1, layout);
                        using var index = Index(from, sizes[dim], 2);
                        using var values = KernelMemory.Random(type, from, 3, layout);
                        if (type == ElementType.Float32) values[5] = double.NaN;
                        var expected = target.Reals;
                        for (long i = 0; i < values.Count; i++)
                        {
                            var c = Coordinates(i, from);
                            c[dim] = (long)index[i].Real;
                            ref var place = ref expected[Position(c, sizes)];
                            place = KernelMemory.Wrap(type, Combine(mode, place, values[i].Real));
                        }
                        GatherScatter.Scatter(target.Block, dim, index.Block, values.Block, mode);
                        target.Expect(expected, mode >= ScatterMode.Min ? 0 : 10 * KernelMemory.Tolerance(type), $"{mode} {layout} {dim}");
                    }
    }

    [Fact]
    public void Complex_numbers_add_and_multiply()
    {
        using var target = KernelMemory.Random(ElementType.Complex64, [3], 1);
        using var index = KernelMemory.Of(ElementType.Int64, 1, 1);
        using var values = KernelMemory.Random(ElementType.Complex64, [2], 2);
        var expected = target.Values;
        expected[1] += values[0] + values[1];
        GatherScatter.Scatter(target.Block, 0, index.Block, values.Block, ScatterMode.Add);
        target.Expect(expected, 1e-6);
        expected[1] *= values[0] * values[1];
        GatherScatter.Scatter(target.Block, 0, index.Block, values.Block, ScatterMode.Multiply);
        target.Expect(expected, 1e-6);
    }

    [Fact]
    public void One_dimensional_indices_select_add_copy_and_fill()
    {
        foreach (var layout in Layouts)
            for (var dim = 0; dim < 3; dim++)
            {
                long[] sizes = [4, 5, 6], picked = [4, 5, 6];
                picked[dim] = 8;
                using var source = KernelMemory.Random(ElementType.Float64, sizes, 1, layout);
                using var index = Index([8], sizes[dim], 2);
                using var selected = new KernelMemory(ElementType.Float64, picked, layout);
                GatherScatter.IndexSelect(source.Block, dim, index.Block, selected.Block);
                using var added = KernelMemory.Random(ElementType.Float64, sizes, 4, layout);
                using var copied = KernelMemory.Random(ElementType.Float64, sizes, 4, layout);
                using var filled = KernelMemory.Random(ElementType.Float64, sizes, 4, layout);
                using var seven = KernelMemory.Of(ElementType.Float64, 7.0);
                double[] sum = added.Reals, copy = copied.Reals, fill = filled.Reals;
                for (long i = 0; i < selected.Count; i++)
                {
                    var c = Coordinates(i, picked);
                    c[dim] = (long)index[c[dim]].Real;
                    var p = Position(c, sizes);
                    Assert.Equal(source[p], selected[i]);
                    sum[p] += selected[i].Real;
                    copy[p] = selected[i].Real;
                    fill[p] = 7;
                }
                GatherScatter.IndexAdd(added.Block, dim, index.Block, selected.Block);
                GatherScatter.IndexCopy(copied.Block, dim, index.Block, selected.Block);
                GatherScatter.IndexFill(filled.Block, dim, index.Block, seven.Block);
                added.Expect(sum, 1e-12);
                copied.Expect(copy, 0);
                filled.Expect(fill, 0);
            }
    }

    [Fact]
    public void Advanced_indexing_reads_and_writes_broadcast_wrapping_indices()
    {
        foreach (var layout in Layouts)
            foreach (var dims in new[] { new[] { 0 }, [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2] })
            {
                long[] sizes = [4, 5, 6], shape = [2, 3];
                using var source = KernelMemory.Random(ElementType.Float32, sizes, 1, layout);
                var indices = dims.Select((d, i) => Index(shape, sizes[d], 10 + i, Layout.Contiguous, -sizes[d])).ToArray();
                var kept = Enumerable.Range(0, 3).Where(d => !dims.Contains(d)).ToArray();
                long[] picked = [.. shape, .. kept.Select(d => sizes[d])];
                using var result = new KernelMemory(ElementType.Float32, picked, layout);
                GatherScatter.IndexGet(source.Block, dims, [.. indices.Select(x => x.Block)], result.Block);
                using var values = KernelMemory.Random(ElementType.Float32, picked, 5, layout);
                using var put = KernelMemory.Random(ElementType.Float32, sizes, 6, layout);
                using var sum = KernelMemory.Random(ElementType.Float32, sizes, 6, layout);
                double[] expectedPut = put.Reals, expectedSum = sum.Reals;
                for (long i = 0; i < result.Count; i++)
                {
                    var c = Coordinates(i, picked);
                    var at = new long[3];
                    for (var k = 0; k < dims.Length; k++)
                    {
                        var x = (long)indices[k][c[0] * 3 + c[1]].Real;
                        at[dims[k]] = x < 0 ? x + sizes[dims[k]] : x;
                    }
                    for (var k = 0; k < kept.Length; k++) at[kept[k]] = c[2 + k];
                    var p = Position(at, sizes);
                    Assert.Equal(source[p], result[i]);
                    expectedPut[p] = values[i].Real;
                    expectedSum[p] += values[i].Real;
                }
                GatherScatter.IndexPut(put.Block, dims, [.. indices.Select(x => x.Block)], values.Block, accumulate: false);
                GatherScatter.IndexPut(sum.Block, dims, [.. indices.Select(x => x.Block)], values.Block, accumulate: true);
                put.Expect(expectedPut, 0);
                sum.Expect(expectedSum, 1e-6);
                foreach (var x in indices) x.Dispose();
            }
    }

    [Fact]
    public void Embedding_looks_up_rows_and_its_gradient_adds_them()
    {
        using var weight = KernelMemory.Random(ElementType.Float32, [5, 7], 1);
        using var index = Index([3, 4], 5, 2);
        using var result = new KernelMemory(ElementType.Float32, [3, 4, 7]);
        GatherScatter.Embedding(weight.Block, index.Block, result.Block);
        var counts = new double[5];
        for (var i = 0; i < 12; i++) counts[(int)index[i].Real]++;
        foreach (var scale in new[] { false, true })
        {
            using var gradient = new KernelMemory(ElementType.Float32, [5, 7], Layout.Transposed);
            GatherScatter.EmbeddingGradient(result.Block, index.Block, gradient.Block, 2, scale);
            var expected = new double[35];
            for (var i = 0; i < 12; i++)
                for (var j = 0; j < 7; j++)
                {
                    var row = (int)index[i].Real;
                    Assert.Equal(weight[row * 7 + j], result[i * 7 + j]);
                    if (row != 2) expected[row * 7 + j] += result[i * 7 + j].Real / (scale ? counts[row] : 1);
                }
            gradient.Expect(expected, 1e-5);
        }
    }

    [Fact]
    public void An_index_out_of_range_throws_in_pytorch_words_and_writes_nothing()
    {
        using var block = KernelMemory.Random(ElementType.Float32, [5, 2], 1);
        using var two = KernelMemory.Of(ElementType.Int64, [2, 2], [0, 1, 7, 1]);
        using var result = new KernelMemory(ElementType.Float32, [2, 2]);
        var error = Assert.Throws<IndexOutOfRangeException>(() => GatherScatter.Gather(block.Block, 0, two.Block, result.Block));
        Assert.Equal("index 7 is out of bounds for dimension 0 with size 5", error.Message);
        var before = block.Values;
        Assert.Throws<IndexOutOfRangeException>(() => GatherScatter.Scatter(block.Block, 0, two.Block, result.Block, ScatterMode.Assign));
        Assert.Equal(before, block.Values);
        using var negative = KernelMemory.Of(ElementType.Int64, -6);
        using var row = new KernelMemory(ElementType.Float32, [1, 2]);
        error = Assert.Throws<IndexOutOfRangeException>(() => GatherScatter.IndexGet(block.Block, [0], [negative.Block], row.Block));
        Assert.Equal("index -6 is out of bounds for dimension 0 with size 5", error.Message);
        error = Assert.Throws<IndexOutOfRangeException>(() => GatherScatter.IndexSelect(block.Block, 0, negative.Block, row.Block));
        Assert.Equal("index out of range in self", error.Message);
    }

    [Fact]
    public void Empty_and_zero_dimensional_blocks_are_served()
    {
        using var scalar = KernelMemory.Random(ElementType.Float32, [], 1);
        using var zero = new KernelMemory(ElementType.Int64, []);
        using var result = new KernelMemory(ElementType.Float32, []);
        GatherScatter.Gather(scalar.Block, 0, zero.Block, result.Block);
        Assert.Equal(scalar[0], result[0]);
        GatherScatter.Scatter(result.Block, 0, zero.Block, scalar.Block, ScatterMode.Add);
        result.Expect([2 * scalar[0].Real], 1e-6);
        using var none = new KernelMemory(ElementType.Int64, [0, 2]);
        using var empty = new KernelMemory(ElementType.Float32, [0, 2]);
        using var block = KernelMemory.Random(ElementType.Float32, [5, 2], 1);
        GatherScatter.Gather(block.Block, 0, none.Block, empty.Block);
        GatherScatter.Scatter(block.Block, 0, none.Block, empty.Block, ScatterMode.Add);
    }

    [Fact]
    public void Selection_finds_what_is_not_zero()
    {
        foreach (var type in KernelMemory.AllTypes)
            foreach (var layout in Layouts)
            {
                using var block = KernelMemory.Random(type, [3, 4, 5], 1, layout);
                for (var i = 0; i < 60; i += 3) block[i] = 0;
                var positions = Enumerable.Range(0, 60).Where(i => block[i] != Complex.Zero).ToArray();
                Assert.Equal(positions.Length, Selection.CountNonZero(block.Block));
                using var found = new KernelMemory(ElementType.Int64, [positions.Length, 3]);
                Selection.NonZero(block.Block, found.Block);
                Assert.Equal(positions.SelectMany(p => Coordinates(p, [3, 4, 5])), found.Integers);
                using var flat = new KernelMemory(ElementType.Int64, [positions.Length]);
                Selection.NonZeroPositions(block.Block, flat.Block);
                Assert.Equal(positions.Select(p => (long)p), flat.Integers);
                using var mask = KernelMemory.Of(ElementType.Bool, [3, 4, 5], Enumerable.Range(0, 60).Select(i => i % 7 == 0 ? 1.0 : 0));
                using var picked = new KernelMemory(type, [9]);
                Selection.MaskedSelect(block.Block, mask.Block, picked.Block);
                Assert.Equal(Enumerable.Range(0, 9).Select(i => block[7 * i]), picked.Values);
                using var other = new KernelMemory(type, [3, 4, 5], layout);
                Selection.MaskedScatter(other.Block, mask.Block, picked.Block);
                Assert.Equal(Enumerable.Range(0, 60).Select(i => i % 7 == 0 ? block[i] : 0), other.Values);
            }
    }

    [Fact]
    public void Values_are_counted()
    {
        using var values = KernelMemory.Of(ElementType.Int32, 0, 3, 3, 1);
        using var weights = KernelMemory.Of(ElementType.Float64, 0.5, 1, 2, 4);
        using var counts = new KernelMemory(ElementType.Int64, [5]);
        using var sums = new KernelMemory(ElementType.Float64, [5]);
        Selection.Bincount(values.Block, null, counts.Block);
        Selection.Bincount(values.Block, weights.Block, sums.Block);
        Assert.Equal([1, 1, 0, 2, 0], counts.Integers);
        Assert.Equal([0.5, 4, 0, 3, 0], sums.Reals);
        using var numbers = KernelMemory.Of(ElementType.Float32, -1, 0, 0.24, 0.25, 0.99, 1, 1.1, double.NaN);
        using var bins = new KernelMemory(ElementType.Float32, [4]);
        Selection.Histc(numbers.Block, 0, 1, bins.Block);
        Assert.Equal([2, 1, 0, 2], bins.Reals);
    }
}
