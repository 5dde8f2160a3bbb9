using System.Numerics;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

[Collection("Workers")]
public sealed class ConvolutionTests
{
    private sealed record Case(long N, long C, long O, long Groups, long[] In, long[] Kernel, long[] Stride, long[] Padding, long[] Dilation)
    {
        public long[] Out => [.. In.Select((s, d) => (s + 2 * Padding[d] - Dilation[d] * (Kernel[d] - 1) - 1) / Stride[d] + 1)];
        public long[] X => [N, C, .. In];
        public long[] W => [O, C / Groups, .. Kernel];
        public long[] Y => [N, O, .. Out];
        public override string ToString() => $"x[{string.Join(",", X)}] w[{string.Join(",", W)}] s{string.Join(",", Stride)} p{string.Join(",", Padding)} d{string.Join(",", Dilation)} g{Groups}";
    }

    private static readonly Case[] Cases =
    [
        new(2, 3, 4, 1, [9], [3], [1], [1], [1]),
        new(1, 4, 6, 2, [12], [3], [2], [2], [2]),
        new(2, 3, 5, 1, [7, 9], [3, 3], [1, 1], [1, 1], [1, 1]),
        new(2, 4, 4, 4, [8, 7], [3, 2], [2, 1], [1, 0], [1, 2]),
        new(1, 3, 8, 1, [13, 11], [5, 4], [3, 2], [2, 1], [1, 1]),
        new(3, 6, 4, 2, [5, 5], [1, 1], [1, 1], [0, 0], [1, 1]),
        new(2, 2, 3, 1, [6, 6], [1, 1], [2, 2], [0, 0], [1, 1]),
        new(1, 2, 2, 1, [4, 5, 6], [2, 3, 2], [1, 2, 2], [1, 1, 0], [1, 1, 2]),
        new(1, 40, 33, 1, [10, 10], [3, 3], [1, 1], [1, 1], [1, 1]),
        new(1, 1, 1, 1, [1, 1], [3, 3], [1, 1], [1, 1], [1, 1]),
        new(0, 2, 3, 1, [4, 4], [3, 3], [1, 1], [1, 1], [1, 1]),
    ];

    /// <summary>Calls visit(x position, w position, y position) for every product of the convolution.</summary>
    private static void Walk(Case c, Action<long, long, long> visit)
    {
        var rank = c.In.Length;
        var outs = c.Out;
        long outArea = outs.Aggregate(1L, (a, b) => a * b), taps = c.Kernel.Aggregate(1L, (a, b) => a * b), inArea = c.In.Aggregate(1L, (a, b) => a * b);
        long groupC = c.C / c.Groups, groupO = c.O / c.Groups;
        for (long q = 0; q < outArea; q++)
            for (long t = 0; t < taps; t++)
            {
                long place = 0, scale = 1, qq = q, tt = t;
                var inside = true;
                for (var d = rank - 1; d >= 0; d--)
                {
                    var i = qq % outs[d] * c.Stride[d] - c.Padding[d] + tt % c.Kernel[d] * c.Dilation[d];
                    qq /= outs[d];
                    tt /= c.Kernel[d];
                    inside &= i >= 0 && i < c.In[d];
                    place += i * scale;
                    scale *= c.In[d];
                }
                if (!inside) continue;
                for (long n = 0; n < c.N; n++)
                    for (long o = 0; o < c.O; o++)
                        for (long k = 0; k < groupC; k++)
                            visit((n * c.C + o / groupO * groupC + k) * inArea + place, (o * groupC + k) * taps + t, (n * c.O + o) * outArea + q);
            }
    }

    private static Complex[] Rounded(ElementType type, Complex[] values) =>
        type is ElementType.Complex64 or ElementType.Complex128 ? values : [.. values.Select(v => new Complex(KernelMemory.Wrap(type, v.Real), 0))];

    private static void Check(Case c, ElementType type, Layout layout)
    {
        using var x = KernelMemory.Random(type, c.X, 1, layout);
        using var w = KernelMemory.Random(type, c.W, 2, layout);
        using var dy = KernelMemory.Random(type, c.Y, 3, layout);
        using var bias = KernelMemory.Random(type, [c.O], 4, Layout.Gapped);
        using var y = new KernelMemory(type, c.Y, layout);
        using var dx = new KernelMemory(type, c.X, layout);
        using var dw = new KernelMemory(type, c.W, layout);
        Complex[] xs = x.Values, ws = w.Values, dys = dy.Values, bs = bias.Values;
        Complex[] ey = new Complex[dys.Length], ex = new Complex[xs.Length], ew = new Complex[ws.Length];
        var area = c.Out.Aggregate(1L, (a, b) => a * b);
        for (var i = 0; i < ey.Length; i++) ey[i] = bs[i / area % c.O];
        Walk(c, (i, j, k) =>
        {
            ey[k] += xs[i] * ws[j];
            ex[i] += dys[k] * ws[j];
            ew[j] += dys[k] * xs[i];
        });
        Convolution.Forward(x.Block, w.Block, bias.Block, y.Block, c.Stride, c.Padding, c.Dilation, c.Groups);
        Convolution.InputGradient(dy.Block, w.Block, dx.Block, c.Stride, c.Padding, c.Dilation, c.Groups);
        Convolution.WeightGradient(dy.Block, x.Block, dw.Block, c.Stride, c.Padding, c.Dilation, c.Groups);
        var tolerance = 8 * KernelMemory.Tolerance(type);
        y.Expect(Rounded(type, ey), tolerance, $"y of {c} {layout}");
        dx.Expect(Rounded(type, ex), tolerance, $"dx of {c} {layout}");
        dw.Expect(Rounded(type, ew), tolerance, $"dw of {c} {layout}");
    }

    [Fact]
    public void Every_shape_agrees_with_the_plain_sum_in_all_three_directions()
    {
        foreach (var c in Cases)
            foreach (var layout in new[] { Layout.Contiguous, Layout.Transposed, Layout.Gapped, Layout.Reversed })
                foreach (var type in new[] { ElementType.Float32, ElementType.Float64 })
                    Check(c, type, layout);
    }

    [Fact]
    public void Every_type_agrees()
    {
        foreach (var type in KernelMemory.AllTypes.Where(t => t != ElementType.Bool))
        {
            Check(Cases[2], type, Layout.Contiguous);
            Check(Cases[4], type, Layout.Transposed);
        }
    }

    [Fact]
    public void Bits_do_not_depend_on_the_batch_or_on_threads()
    {
        var c = new Case(6, 8, 16, 1, [20, 20], [3, 3], [1, 1], [1, 1], [1, 1]);
        using var x = KernelMemory.Random(ElementType.Float32, c.X, 1);
        using var w = KernelMemory.Random(ElementType.Float32, c.W, 2);
        using var y = new KernelMemory(ElementType.Float32, c.Y);
        Convolution.Forward(x.Block, w.Block, null, y.Block, c.Stride, c.Padding, c.Dilation, 1);
        var whole = y.Values;
        var threads = Workers.Count;
        try
        {
            Workers.Count = 1;
            for (var n = 0; n < 6; n++)
            {
                var image = new Block(x.Block.Address + n * 8 * 400 * 4, x.Type, [1, 8, 20, 20], x.Block.Strides);
                using var one = new KernelMemory(ElementType.Float32, [1, 16, 20, 20]);
                Convolution.Forward(image, w.Block, null, one.Block, c.Stride, c.Padding, c.Dilation, 1);
                Assert.Equal(whole.Skip(n * 16 * 400).Take(16 * 400), one.Values);
            }
        }
        finally
        {
            Workers.Count = threads;
        }
    }
}
