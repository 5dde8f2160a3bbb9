using System.Numerics;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

public sealed class ScanTests
{
    private static readonly Layout[] Layouts = [Layout.Contiguous, Layout.Transposed, Layout.Gapped, Layout.Reversed];

    [Fact]
    public void Running_sums_and_products_agree()
    {
        foreach (var type in KernelMemory.AllTypes.Where(t => t != ElementType.Bool))
            foreach (var layout in Layouts)
                foreach (var n in new[] { 0, 1, 30 })
                {
                    using var x = KernelMemory.Random(type, [3, n], 1, layout);
                    using var sum = new KernelMemory(type, [3, n], layout);
                    using var product = new KernelMemory(type, [3, n], layout);
                    Scan.Sum(x.Block, sum.Block);
                    Scan.Product(x.Block, product.Block);
                    Complex[] es = new Complex[3 * n], ep = new Complex[3 * n];
                    var complex = type is ElementType.Complex64 or ElementType.Complex128;
                    for (var i = 0; i < 3 * n; i++)
                    {
                        es[i] = i % n == 0 ? x[i] : es[i - 1] + x[i];
                        ep[i] = i % n == 0 ? x[i] : ep[i - 1] * x[i];
                        if (!complex) (es[i], ep[i]) = (KernelMemory.Wrap(type, es[i].Real), KernelMemory.Wrap(type, ep[i].Real));
                    }
                    sum.Expect(es, 4 * KernelMemory.Tolerance(type));
                    if (type != ElementType.Int64) product.Expect(ep, 4 * KernelMemory.Tolerance(type));
                }
    }

    [Fact]
    public void Running_extremes_take_the_last_of_equal_ones_and_keep_nan()
    {
        using var x = KernelMemory.Of(ElementType.Float32, [2, 5], [1, 3, 3, 2, 4, 2, double.NaN, 5, 0, double.NaN]);
        using var values = new KernelMemory(ElementType.Float32, [2, 5]);
        using var indices = new KernelMemory(ElementType.Int64, [2, 5]);
        Scan.Max(x.Block, values.Block, indices.Block);
        Assert.Equal([1, 3, 3, 3, 4, 2, double.NaN, double.NaN, double.NaN, double.NaN], values.Reals);
        Assert.Equal([0, 1, 2, 2, 4, 0, 1, 1, 1, 4], indices.Integers);
        Scan.Min(x.Block, values.Block, indices.Block);
        Assert.Equal([1, 1, 1, 1, 1, 2, double.NaN, double.NaN, double.NaN, double.NaN], values.Reals);
        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 1, 1, 4], indices.Integers);
        foreach (var type in KernelMemory.OrderedTypes)
            foreach (var layout in Layouts)
            {
                using var a = KernelMemory.Random(type, [2, 3, 20], 3, layout);
                using var v = new KernelMemory(type, [2, 3, 20], layout);
                using var at = new KernelMemory(ElementType.Int64, [2, 3, 20], layout);
                Scan.Max(a.Block, v.Block, at.Block);
                for (var i = 0; i < 120; i++)
                {
                    var row = Enumerable.Range(i / 20 * 20, i % 20 + 1).Select(j => a[j].Real).ToArray();
                    Assert.Equal(row.Max(), v[i].Real);
                    Assert.Equal(Array.LastIndexOf(row, row.Max()), (int)at[i].Real);
                }
            }
    }

    [Fact]
    public void Running_log_sum_exp_does_not_overflow()
    {
        foreach (var type in KernelMemory.FloatTypes)
            foreach (var layout in Layouts)
            {
                using var x = KernelMemory.Random(type, [3, 20], 1, layout);
                using var y = new KernelMemory(type, [3, 20], layout);
                Scan.LogSumExp(x.Block, y.Block);
                y.Expect([.. Enumerable.Range(0, 60).Select(i => Math.Log(Enumerable.Range(i / 20 * 20, i % 20 + 1).Sum(j => Math.Exp(x[j].Real))))], 2 * KernelMemory.Tolerance(type));
            }
        using var large = KernelMemory.Of(ElementType.Float32, double.NegativeInfinity, 1000, 1000, double.PositiveInfinity, double.NaN, 0);
        using var result = new KernelMemory(ElementType.Float32, [6]);
        Scan.LogSumExp(large.Block, result.Block);
        result.Expect([double.NegativeInfinity, 1000, 1000 + Math.Log(2), double.PositiveInfinity, double.NaN, double.NaN], 1e-6);
    }
}
