using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

[Collection("Workers")]
public sealed class AttentionTests
{
    private static readonly Layout[] Layouts = [Layout.Contiguous, Layout.Transposed, Layout.Gapped, Layout.Reversed];

    private enum Mask { None, Causal, Bool, Additive }

    private static void Check(ElementType type, long batch, long queries, long keys, long width, long depth, Mask kind, Layout layout)
    {
        using var q = KernelMemory.Random(type, [2, batch, queries, width], 1, layout);
        using var k = KernelMemory.Random(type, [2, batch, keys, width], 2, layout);
        using var v = KernelMemory.Random(type, [2, batch, keys, depth], 3, layout);
        using var dy = KernelMemory.Random(type, [2, batch, queries, depth], 4, layout);
        using var y = new KernelMemory(type, [2, batch, queries, depth], layout);
        using var sums = new KernelMemory(type == ElementType.Float64 ? type : ElementType.Float32, [2, batch, queries]);
        using var dq = new KernelMemory(type, q.Sizes, layout);
        using var dk = new KernelMemory(type, k.Sizes, layout);
        using var dv = new KernelMemory(type, v.Sizes, layout);
        using var small = KernelMemory.Random(kind == Mask.Bool ? ElementType.Bool : type, [queries, keys], 5);
        if (kind == Mask.Bool) for (var j = 0; j < keys; j++) small[j] = 0;
        var mask = kind is Mask.Bool or Mask.Additive ? new Block(small.Block.Address, small.Type, [2, batch, queries, keys], [0, 0, keys, 1]) : null;
        var scale = 1.5 / Math.Sqrt(width);
        Attention.Forward(q.Block, k.Block, v.Block, mask, kind == Mask.Causal, scale, y.Block, sums.Block);
        Attention.Backward(dy.Block, q.Block, k.Block, v.Block, mask, kind == Mask.Causal, scale, y.Block, sums.Block, dq.Block, dk.Block, dv.Block);
        double[] qs = q.Reals, ks = k.Reals, vs = v.Reals, gs = dy.Reals, ms = small.Reals;
        double[] ey = new double[y.Count], eq = new double[q.Count], ek = new double[k.Count], ev = new double[v.Count];
        for (long b = 0; b < 2 * batch; b++)
            for (long i = 0; i < queries; i++)
            {
                double[] s = new double[keys], d = new double[keys];
                long qAt = (b * queries + i) * width, yAt = (b * queries + i) * depth;
                for (long j = 0; j < keys; j++)
                {
                    for (long e = 0; e < width; e++) s[j] += qs[qAt + e] * ks[(b * keys + j) * width + e];
                    s[j] = s[j] * scale + (kind == Mask.Additive ? ms[i * keys + j] : 0);
                    if ((kind == Mask.Bool && ms[i * keys + j] == 0) || (kind == Mask.Causal && j > i)) s[j] = double.NegativeInfinity;
                }
                var sum = s.Sum(Math.Exp);
                double[] p = [.. s.Select(x => sum == 0 ? 0 : Math.Exp(x) / sum)];
                for (long j = 0; j < keys; j++)
                    for (long e = 0; e < depth; e++)
                    {
                        ey[yAt + e] += p[j] * vs[(b * keys + j) * depth + e];
                        d[j] += gs[yAt + e] * vs[(b * keys + j) * depth + e];
                        ev[(b * keys + j) * depth + e] += p[j] * gs[yAt + e];
                    }
                var mean = p.Zip(d, (x, z) => x * z).Sum();
                for (long j = 0; j < keys; j++)
                    for (long e = 0; e < width; e++)
                    {
                        var slope = p[j] * (d[j] - mean) * scale;
                        eq[qAt + e] += slope * ks[(b * keys + j) * width + e];
                        ek[(b * keys + j) * width + e] += slope * qs[qAt + e];
                    }
            }
        var tolerance = 4 * KernelMemory.Tolerance(type);
        y.Expect(ey, tolerance, $"y {kind} {layout}");
        dq.Expect(eq, tolerance, $"dq {kind} {layout}");
        dk.Expect(ek, tolerance, $"dk {kind} {layout}");
        dv.Expect(ev, tolerance, $"dv {kind} {layout}");
    }

    [Fact]
    public void Every_mask_and_layout_agrees_with_the_formula()
    {
        foreach (var kind in Enum.GetValues<Mask>())
        {
            foreach (var layout in Layouts)
                foreach (var type in KernelMemory.FloatTypes) Check(type, 2, 7, 9, 5, 6, kind, layout);
            Check(ElementType.Float32, 1, 1, 1, 1, 1, kind, Layout.Contiguous);
            Check(ElementType.Float64, 1, 130, 300, 8, 16, kind, Layout.Gapped);
            Check(ElementType.Float64, 1, 3, 0, 8, 16, kind == Mask.Bool ? Mask.None : kind, Layout.Contiguous);
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
                    using var q = KernelMemory.Random(ElementType.Float32, [1, 100, 16], 1, layout);
                    using var k = KernelMemory.Random(ElementType.Float32, [1, 300, 16], 2, layout);
                    using var v = KernelMemory.Random(ElementType.Float32, [1, 300, 24], 3, layout);
                    using var y = new KernelMemory(ElementType.Float32, [1, 100, 24], layout);
                    using var sums = new KernelMemory(ElementType.Float32, [1, 100]);
                    using var dq = new KernelMemory(ElementType.Float32, q.Sizes, layout);
                    using var dk = new KernelMemory(ElementType.Float32, k.Sizes, layout);
                    using var dv = new KernelMemory(ElementType.Float32, v.Sizes, layout);
                    Attention.Forward(q.Block, k.Block, v.Block, null, false, 0.25, y.Block, sums.Block);
                    Attention.Backward(y.Block, q.Block, k.Block, v.Block, null, false, 0.25, y.Block, sums.Block, dq.Block, dk.Block, dv.Block);
                    double[] all = [.. y.Reals, .. dq.Reals, .. dk.Reals, .. dv.Reals];
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
