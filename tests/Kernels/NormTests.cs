using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

[Collection("Workers")]
public sealed class NormTests
{
    private static readonly Layout[] Layouts = [Layout.Contiguous, Layout.Transposed, Layout.Gapped, Layout.Reversed];

    private static ElementType Wide(ElementType type) => type == ElementType.Float64 ? ElementType.Float64 : ElementType.Float32;

    private static double[] Row(KernelMemory m, int r, int n) => [.. Enumerable.Range(0, n).Select(i => m[r * n + i].Real)];

    [Fact]
    public void Softmax_and_its_gradient_agree_with_the_formula()
    {
        foreach (var type in KernelMemory.FloatTypes)
            foreach (var n in new[] { 0, 1, 5, 16, 63, 200 })
                foreach (var layout in Layouts)
                    foreach (var log in new[] { false, true })
                    {
                        using var x = KernelMemory.Random(type, [3, 2, n], n, layout);
                        for (var i = 0; i < x.Count; i++) x[i] = x[i].Real * 8;
                        using var dy = KernelMemory.Random(type, [3, 2, n], n + 1, layout);
                        using var y = new KernelMemory(type, [3, 2, n], layout);
                        using var dx = new KernelMemory(type, [3, 2, n], layout);
                        Softmax.Forward(x.Block, y.Block, log);
                        Softmax.Backward(dy.Block, y.Block, dx.Block, log);
                        List<double> ey = [], ex = [];
                        for (var r = 0; r < 6; r++)
                        {
                            double[] row = Row(x, r, n), value = Row(y, r, n), g = Row(dy, r, n);
                            var top = n == 0 ? 0 : row.Max();
                            var sum = row.Sum(v => Math.Exp(v - top));
                            ey.AddRange(row.Select(v => log ? v - top - Math.Log(sum) : Math.Exp(v - top) / sum));
                            var dot = log ? g.Sum() : g.Zip(value, (a, b) => a * b).Sum();
                            ex.AddRange(g.Zip(value, (a, b) => log ? a - Math.Exp(b) * dot : b * (a - dot)));
                        }
                        y.Expect(ey, 2 * KernelMemory.Tolerance(type), $"{layout} {log}");
                        dx.Expect(ex, 2 * KernelMemory.Tolerance(type), $"{layout} {log}");
                    }
    }

    [Fact]
    public void Softmax_of_a_row_without_a_greatest_number_is_nan()
    {
        using var x = KernelMemory.Of(ElementType.Float32, [4, 2],
            [double.NegativeInfinity, double.NegativeInfinity, double.PositiveInfinity, 1, double.NaN, 1, double.NegativeInfinity, 2]);
        using var y = new KernelMemory(ElementType.Float32, [4, 2]);
        Softmax.Forward(x.Block, y.Block, log: false);
        Assert.All(y.Reals.Take(2).Concat(y.Reals.Skip(4).Take(2)), v => Assert.True(double.IsNaN(v)));
        Assert.Equal([double.NaN, 0, 1], [y[2].Real, y[6].Real, y[7].Real]);
    }

    private static (double[] Y, double[] Dx, double[] Mean, double[] Rstd) Normalized(double[] x, double[] g, double epsilon)
    {
        var mean = x.Average();
        var rstd = 1 / Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + epsilon);
        double[] hat = [.. x.Select(v => (v - mean) * rstd)];
        double p = g.Average(), q = g.Zip(hat, (a, b) => a * b).Average();
        return (hat, [.. g.Zip(hat, (a, b) => rstd * (a - p - b * q))], [mean], [rstd]);
    }

    [Fact]
    public void Layer_norm_and_its_gradients_agree_with_the_formula()
    {
        foreach (var type in KernelMemory.FloatTypes)
            foreach (var (rows, n) in new[] { (1, 1), (3, 7), (150, 40), (5, 300) })
                foreach (var layout in Layouts)
                    foreach (var affine in new[] { false, true })
                    {
                        using var x = KernelMemory.Random(type, [rows, n], 1, layout);
                        using var dy = KernelMemory.Random(type, [rows, n], 2, layout);
                        using var gamma = KernelMemory.Random(type, [n], 3, layout);
                        using var beta = KernelMemory.Random(type, [n], 4);
                        using var y = new KernelMemory(type, [rows, n], layout);
                        using var dx = new KernelMemory(type, [rows, n], layout);
                        using var mean = new KernelMemory(Wide(type), [rows]);
                        using var rstd = new KernelMemory(Wide(type), [rows, 1]);
                        using var dgamma = new KernelMemory(type, [n], layout);
                        using var dbeta = new KernelMemory(type, [n]);
                        const double epsilon = 1e-2;
                        LayerNorm.Forward(x.Block, affine ? gamma.Block : null, affine ? beta.Block : null, y.Block, mean.Block, rstd.Block, epsilon);
                        LayerNorm.Backward(dy.Block, x.Block, mean.Block, rstd.Block, affine ? gamma.Block : null, dx.Block, dgamma.Block, dbeta.Block);
                        List<double> ey = [], ex = [];
                        double[] eg = new double[n], eb = new double[n], gs = gamma.Reals, bs = beta.Reals;
                        for (var r = 0; r < rows; r++)
                        {
                            double[] g = Row(dy, r, n), scaled = affine ? [.. g.Zip(gs, (a, b) => a * b)] : g;
                            var (hat, d, _, _) = Normalized(Row(x, r, n), scaled, epsilon);
                            ey.AddRange(hat.Select((v, i) => affine ? v * gs[i] + bs[i] : v));
                            ex.AddRange(d);
                            for (var i = 0; i < n; i++)
                            {
                                eg[i] += g[i] * hat[i];
                                eb[i] += g[i];
                            }
                        }
                        var tolerance = 10 * KernelMemory.Tolerance(type);
                        y.Expect(ey, tolerance, $"y {layout}");
                        dx.Expect(ex, tolerance, $"dx {layout}");
                        dgamma.Expect(eg, tolerance, $"dgamma {layout}");
                        dbeta.Expect(eb, tolerance, $"dbeta {layout}");
                    }
    }

    [Fact]
    public void Group_norm_and_its_gradients_agree_with_the_formula()
    {
        foreach (var type in KernelMemory.FloatTypes)
            foreach (var affine in new[] { false, true })
            {
                const int images = 3, channels = 6, groups = 2, area = 10, n = channels / groups * area;
                using var x = KernelMemory.Random(type, [images, channels, 5, 2], 1);
                using var dy = KernelMemory.Random(type, [images, channels, 5, 2], 2);
                using var gamma = KernelMemory.Random(type, [channels], 3);
                using var beta = KernelMemory.Random(type, [channels], 4);
                using var y = new KernelMemory(type, [images, channels, 5, 2]);
                using var dx = new KernelMemory(type, [images, channels, 5, 2]);
                using var mean = new KernelMemory(Wide(type), [images, groups]);
                using var rstd = new KernelMemory(Wide(type), [images, groups]);
                using var dgamma = new KernelMemory(type, [channels]);
                using var dbeta = new KernelMemory(type, [channels]);
                LayerNorm.GroupForward(x.Block, groups, affine ? gamma.Block : null, affine ? beta.Block : null, y.Block, mean.Block, rstd.Block, 1e-3);
                LayerNorm.GroupBackward(dy.Block, x.Block, groups, mean.Block, rstd.Block, affine ? gamma.Block : null, dx.Block, dgamma.Block, dbeta.Block);
                List<double> ey = [], ex = [];
                double[] eg = new double[channels], eb = new double[channels], gs = gamma.Reals, bs = beta.Reals;
                for (var r = 0; r < images * groups; r++)
                {
                    int Channel(int i) => r % groups * (channels / groups) + i / area;
                    double[] g = Row(dy, r, n), scaled = affine ? [.. g.Select((v, i) => v * gs[Channel(i)])] : g;
                    var (hat, d, _, _) = Normalized(Row(x, r, n), scaled, 1e-3);
                    ey.AddRange(hat.Select((v, i) => affine ? v * gs[Channel(i)] + bs[Channel(i)] : v));
                    ex.AddRange(d);
                    for (var i = 0; i < n; i++)
                    {
                        eg[Channel(i)] += g[i] * hat[i];
                        eb[Channel(i)] += g[i];
                    }
                }
                var tolerance = 10 * KernelMemory.Tolerance(type);
                y.Expect(ey, tolerance, "y");
                dx.Expect(ex, tolerance, "dx");
                dgamma.Expect(eg, tolerance, "dgamma");
                dbeta.Expect(eb, tolerance, "dbeta");
            }
    }

    [Fact]
    public void Batch_norm_and_its_gradients_agree_with_the_formula()
    {
        foreach (var type in KernelMemory.FloatTypes)
            foreach (var sizes in new long[][] { [20, 3], [4, 3, 9], [3, 2, 5, 6], [1, 2, 1, 1] })
                foreach (var layout in Layouts)
                    foreach (var training in new[] { false, true })
                    {
                        int images = (int)sizes[0], channels = (int)sizes[1], area = (int)sizes[2..].Aggregate(1L, (a, b) => a * b), n = images * area;
                        using var x = KernelMemory.Random(type, sizes, 1, layout);
                        using var dy = KernelMemory.Random(type, sizes, 2, layout);
                        using var gamma = KernelMemory.Random(type, [channels], 3, layout);
                        using var beta = KernelMemory.Random(type, [channels], 4);
                        using var y = new KernelMemory(type, sizes, layout);
                        using var dx = new KernelMemory(type, sizes, layout);
                        using var mean = new KernelMemory(Wide(type), [channels]);
                        using var variance = new KernelMemory(Wide(type), [channels]);
                        using var rstd = new KernelMemory(Wide(type), [channels], layout);
                        using var dgamma = new KernelMemory(type, [channels], layout);
                        using var dbeta = new KernelMemory(type, [channels]);
                        BatchNorm.Statistics(x.Block, mean.Block, variance.Block);
                        for (var c = 0; c < channels; c++) rstd[c] = 1 / Math.Sqrt(variance[c].Real + 1e-2);
                        BatchNorm.Normalize(x.Block, mean.Block, rstd.Block, gamma.Block, beta.Block, y.Block);
                        BatchNorm.Backward(dy.Block, x.Block, mean.Block, rstd.Block, gamma.Block, dx.Block, dgamma.Block, dbeta.Block, training);
                        double[] ey = new double[x.Count], ex = new double[x.Count], eg = new double[channels], eb = new double[channels], gs = gamma.Reals, bs = beta.Reals;
                        for (var c = 0; c < channels; c++)
                        {
                            int[] places = [.. from i in Enumerable.Range(0, images) from p in Enumerable.Range(0, area) select (i * channels + c) * area + p];
                            double[] g = [.. places.Select(p => dy[p].Real)];
                            var (hat, d, _, s) = Normalized([.. places.Select(p => x[p].Real)], [.. g.Select(v => v * gs[c])], 1e-2);
                            for (var i = 0; i < n; i++)
                            {
                                ey[places[i]] = hat[i] * gs[c] + bs[c];
                                ex[places[i]] = training ? d[i] : g[i] * gs[c] * s[0];
                                eg[c] += g[i] * hat[i];
                                eb[c] += g[i];
                            }
                        }
                        var tolerance = 10 * KernelMemory.Tolerance(type);
                        y.Expect(ey, tolerance, $"y {layout}");
                        dx.Expect(ex, tolerance, $"dx {layout}");
                        dgamma.Expect(eg, tolerance, $"dgamma {layout}");
                        dbeta.Expect(eb, tolerance, $"dbeta {layout}");
                    }
    }

    [Fact]
    public void Bits_do_not_depend_on_layout_or_threads()
    {
        double[]? first = null;
        var threads = Workers.Count;
        try
        {
            foreach (var count in new[] { 1, 2 })
                foreach (var layout in Layouts)
                {
                    Workers.Count = count;
                    using var x = KernelMemory.Random(ElementType.Float32, [40, 8, 13, 11], 1, layout);
                    using var mean = new KernelMemory(ElementType.Float32, [8]);
                    using var variance = new KernelMemory(ElementType.Float32, [8]);
                    BatchNorm.Statistics(x.Block, mean.Block, variance.Block);
                    using var rows = KernelMemory.Random(ElementType.Float32, [300, 77], 1, layout);
                    using var y = new KernelMemory(ElementType.Float32, [300, 77], layout);
                    using var m = new KernelMemory(ElementType.Float32, [300]);
                    using var r = new KernelMemory(ElementType.Float32, [300]);
                    using var dgamma = new KernelMemory(ElementType.Float32, [77]);
                    LayerNorm.Forward(rows.Block, null, null, y.Block, m.Block, r.Block, 1e-5);
                    LayerNorm.Backward(y.Block, rows.Block, m.Block, r.Block, null, null, dgamma.Block, null);
                    double[] all = [.. mean.Reals, .. variance.Reals, .. y.Reals, .. dgamma.Reals];
                    Softmax.Forward(rows.Block, y.Block, log: true);
                    all = [.. all, .. y.Reals];
                    first ??= all;
                    Assert.Equal(first, all);
                }
        }
        finally
        {
            Workers.Count = threads;
        }
    }
}
