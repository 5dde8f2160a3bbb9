using System.Numerics;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

[Collection("Workers")]
public sealed class GemmTests
{
    private static readonly Layout[] Layouts = [Layout.Contiguous, Layout.Transposed, Layout.Gapped, Layout.Reversed];

    private static Complex[] Reference(KernelMemory a, KernelMemory b, KernelMemory c)
    {
        var rank = c.Sizes.Length;
        long m = c.Sizes[rank - 2], n = c.Sizes[rank - 1], k = a.Sizes[^1];
        var batch = c.Count / Math.Max(1, m * n);
        var result = new Complex[c.Count];
        Complex[] x1 = a.Values, x2 = b.Values;
        for (long x = 0; x < batch; x++)
            for (long i = 0; i < m; i++)
                for (long j = 0; j < n; j++)
                {
                    Complex sum = 0;
                    for (long l = 0; l < k; l++)
                    {
                        var (ai, bi) = ((a.Sizes.Length == rank ? x * m * k : 0) + i * k + l, (b.Sizes.Length == rank ? x * k * n : 0) + l * n + j);
                        sum += x1[ai] * x2[bi];
                    }
                    result[(x * m + i) * n + j] = c.Type is ElementType.Complex64 or ElementType.Complex128 ? sum : KernelMemory.Wrap(c.Type, sum.Real);
                }
        return result;
    }

    private static void Check(ElementType type, long[] batch, long m, long n, long k, Layout la, Layout lb, Layout lc, int seed)
    {
        using var a = KernelMemory.Random(type, [.. batch, m, k], seed, la);
        using var b = KernelMemory.Random(type, [.. batch, k, n], seed + 1, lb);
        using var c = new KernelMemory(type, [.. batch, m, n], lc);
        Gemm.Run(a.Block, b.Block, c.Block);
        c.Expect(Reference(a, b, c), KernelMemory.Tolerance(type) * Math.Max(1, k / 16), $"{m}x{k}x{n} {la} {lb} {lc}");
    }

    [Fact]
    public void Every_type_and_layout_agrees_with_the_plain_sum()
    {
        var random = new Random(1);
        foreach (var type in KernelMemory.AllTypes)
        {
            for (var trial = 0; trial < 24; trial++)
            {
                Layout Any() => Layouts[random.Next(Layouts.Length)];
                Check(type, [], random.Next(1, 40), random.Next(1, 70), random.Next(0, 40), Any(), Any(), Any(), trial);
            }
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 100, 784)]
    [InlineData(100, 1, 784)]
    [InlineData(64, 10, 128)]
    [InlineData(15, 33, 1100)]
    [InlineData(0, 5, 3)]
    [InlineData(5, 0, 3)]
    [InlineData(5, 4, 0)]
    public void Shapes_at_the_edges_agree(long m, long n, long k)
    {
        foreach (var layout in Layouts)
        {
            Check(ElementType.Float32, [], m, n, k, Layout.Contiguous, layout, Layout.Contiguous, 5);
            Check(ElementType.Float64, [], m, n, k, layout, Layout.Contiguous, Layout.Contiguous, 6);
        }
    }

    [Fact]
    public void Packed_products_agree()
    {
        Check(ElementType.Float32, [], 310, 300, 300, Layout.Contiguous, Layout.Transposed, Layout.Contiguous, 5);
        Check(ElementType.Float64, [], 310, 300, 300, Layout.Transposed, Layout.Gapped, Layout.Reversed, 6);
    }

    [Fact]
    public void Batches_of_any_layout_agree()
    {
        foreach (var type in new[] { ElementType.Float32, ElementType.Float64, ElementType.Int64, ElementType.Complex64, ElementType.Float16 })
        {
            foreach (var layout in Layouts) Check(type, [2, 3], 5, 7, 6, layout, Layout.Contiguous, layout, 9);
        }
    }

    [Fact]
    public void An_operand_shared_by_the_batch_is_read_once_or_with_stride_zero()
    {
        using var a = KernelMemory.Random(ElementType.Float32, [4, 9, 8], 1);
        using var b = KernelMemory.Random(ElementType.Float32, [8, 20], 2);
        using var c = new KernelMemory(ElementType.Float32, [4, 9, 20]);
        Gemm.Run(a.Block, b.Block, c.Block);
        var expected = Reference(a, b, c);
        c.Expect(expected, 1e-5);
        var expanded = new Block(b.Block.Address, b.Type, [4, 8, 20], [0, 20, 1]);
        using var d = new KernelMemory(ElementType.Float32, [4, 9, 20], Layout.Transposed);
        Gemm.Run(a.Block, expanded, d.Block);
        Assert.Equal(c.Values, d.Values);
    }

    [Fact]
    public void Accumulation_adds_to_what_is_there()
    {
        foreach (var type in KernelMemory.AllTypes.Where(t => t != ElementType.Bool))
        {
            using var a = KernelMemory.Random(type, [6, 5], 1);
            using var b = KernelMemory.Random(type, [5, 4], 2);
            using var c = KernelMemory.Random(type, [6, 4], 3);
            var before = c.Values;
            var product = Reference(a, b, c);
            Gemm.Run(a.Block, b.Block, c.Block, accumulate: true);
            Complex Sum(Complex x, Complex y) => type is ElementType.Complex64 or ElementType.Complex128 ? x + y : KernelMemory.Wrap(type, (x + y).Real);
            c.Expect([.. before.Zip(product, Sum)], KernelMemory.Tolerance(type));
        }
    }

    [Fact]
    public void Bits_do_not_depend_on_threads()
    {
        var threads = Workers.Count;
        try
        {
            foreach (var (m, n, k) in new[] { (64, 128, 784), (1, 128, 784), (320, 330, 600), (300, 7, 40) })
            {
                using var a = KernelMemory.Random(ElementType.Float32, [m, k], 1);
                using var b = KernelMemory.Random(ElementType.Float32, [k, n], 2, Layout.Transposed);
                using var one = new KernelMemory(ElementType.Float32, [m, n]);
                using var two = new KernelMemory(ElementType.Float32, [m, n]);
                Workers.Count = 1;
                Gemm.Run(a.Block, b.Block, one.Block);
                Workers.Count = 2;
                Gemm.Run(a.Block, b.Block, two.Block);
                Assert.Equal(one.Values, two.Values);
            }
        }
        finally
        {
            Workers.Count = threads;
        }
    }

    [Fact]
    public void Bits_do_not_depend_on_layout_or_on_the_other_rows_and_columns()
    {
        const int m = 320, n = 310, k = 600;
        foreach (var type in new[] { ElementType.Float32, ElementType.Float64 })
        {
            using var a = KernelMemory.Random(type, [m, k], 1);
            using var b = KernelMemory.Random(type, [k, n], 2);
            using var c = new KernelMemory(type, [m, n]);
            Gemm.Run(a.Block, b.Block, c.Block);
            var whole = c.Values;
            foreach (var layout in Layouts)
            {
                using var a2 = KernelMemory.Random(type, [m, k], 1, layout);
                using var b2 = KernelMemory.Random(type, [k, n], 2, layout);
                using var c2 = new KernelMemory(type, [m, n], layout);
                Gemm.Run(a2.Block, b2.Block, c2.Block);
                Assert.Equal(whole, c2.Values);
            }
            // One row and one column, by the paths for vectors.
            var row = new Block(a.Block.Address + 7 * k * type.Size(), type, [1, k], [k, 1]);
            using var r = new KernelMemory(type, [1, n]);
            Gemm.Run(row, b.Block, r.Block);
            Assert.Equal(whole.Skip(7 * n).Take(n), r.Values);
            using var turned = KernelMemory.Random(type, [k, n], 2, Layout.Transposed);
            Gemm.Run(row, turned.Block, r.Block);
            Assert.Equal(whole.Skip(7 * n).Take(n), r.Values);
            var column = new Block(b.Block.Address + 5 * type.Size(), type, [k, 1], [n, 1]);
            using var s = new KernelMemory(type, [m, 1]);
            Gemm.Run(a.Block, column, s.Block);
            Assert.Equal(Enumerable.Range(0, m).Select(i => whole[i * n + 5]), s.Values);
        }
    }
}
