using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

public sealed class PoolingTests
{
    private static readonly Layout[] Layouts = [Layout.Contiguous, Layout.Transposed, Layout.Gapped, Layout.Reversed];

    /// <summary>The positions of a window in its plane, row-major, for each output of the plane.</summary>
    private static List<long>[] Windows(long[] sizes, long[] outs, Func<int, long, IEnumerable<long>> along)
    {
        long area = outs.Aggregate(1L, (a, b) => a * b);
        var result = new List<long>[area];
        for (long q = 0; q < area; q++)
        {
            var rest = q;
            var at = new long[outs.Length];
            for (var d = outs.Length - 1; d >= 0; d--)
            {
                at[d] = rest % outs[d];
                rest /= outs[d];
            }
            List<long> places = [0];
            for (var d = 0; d < outs.Length; d++) places = [.. from p in places from i in along(d, at[d]) where i >= 0 && i < sizes[d] select p * sizes[d] + i];
            result[q] = places;
        }
        return result;
    }

    private static void CheckMax(List<long>[] windows, ElementType type, long[] sizes, long[] outs, Layout layout, Action<Block, Block, Block> forward)
    {
        using var x = KernelMemory.Random(type, [2, 3, .. sizes], 1, layout);
        if (KernelMemory.FloatTypes.Contains(type)) x[5] = double.NaN;
        using var y = new KernelMemory(type, [2, 3, .. outs], layout);
        using var indices = new KernelMemory(ElementType.Int64, [2, 3, .. outs], layout);
        forward(x.Block, y.Block, indices.Block);
        long inArea = sizes.Aggregate(1L, (a, b) => a * b), outArea = windows.Length;
        using var dy = KernelMemory.Random(type, [2, 3, .. outs], 2, layout);
        using var dx = new KernelMemory(type, [2, 3, .. sizes], layout);
        var expected = new double[6 * inArea];
        for (long plane = 0; plane < 6; plane++)
            for (long q = 0; q < outArea; q++)
            {
                var values = windows[q].Select(p => x[plane * inArea + p].Real).ToArray();
                var at = Array.FindLastIndex(values, double.IsNaN);
                if (at < 0) at = Array.IndexOf(values, values.Max());
                Assert.Equal(values[at], y[plane * outArea + q].Real);
                Assert.Equal(windows[q][at], (long)indices[plane * outArea + q].Real);
                expected[plane * inArea + windows[q][at]] += dy[plane * outArea + q].Real;
            }
        Pooling.MaxGradient(dy.Block, indices.Block, dx.Block, sizes.Length);
        dx.Expect([.. expected.Select(v => KernelMemory.Wrap(type, v))], KernelMemory.Tolerance(type));
    }

    private static void CheckAverage(List<long>[] windows, double[] divisors, ElementType type, long[] sizes, long[] outs, Layout layout, Action<Block, Block> forward, Action<Block, Block> backward)
    {
        using var x = KernelMemory.Random(type, [2, 3, .. sizes], 1, layout);
        using var y = new KernelMemory(type, [2, 3, .. outs], layout);
        using var dy = KernelMemory.Random(type, [2, 3, .. outs], 2, layout);
        using var dx = new KernelMemory(type, [2, 3, .. sizes], layout);
        long inArea = sizes.Aggregate(1L, (a, b) => a * b), outArea = windows.Length;
        double[] ey = new double[6 * outArea], ex = new double[6 * inArea];
        for (long plane = 0; plane < 6; plane++)
            for (long q = 0; q < outArea; q++)
            {
                var sum = 0.0;
                foreach (var p in windows[q])
                {
                    sum += x[plane * inArea + p].Real;
                    ex[plane * inArea + p] += dy[plane * outArea + q].Real / divisors[q];
                }
                ey[plane * outArea + q] = windows[q].Count == 0 ? 0 : sum / divisors[q];
            }
        forward(x.Block, y.Block);
        backward(dy.Block, dx.Block);
        y.Expect(ey, KernelMemory.Tolerance(type));
        dx.Expect(ex, KernelMemory.Tolerance(type));
    }

    public static TheoryData<long[], long[], long[], long[], long[], bool> Cases => new()
    {
        { [9], [3], [2], [1], [1], false },
        { [10], [3], [2], [1], [2], true },
        { [8, 7], [2, 2], [2, 2], [0, 0], [1, 1], true },
        { [8, 7], [3, 2], [1, 2], [1, 1], [2, 1], false },
        { [5, 6, 4], [2, 3, 2], [2, 1, 2], [1, 1, 0], [1, 1, 1], true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Windows_agree_with_their_definition(long[] sizes, long[] kernel, long[] stride, long[] padding, long[] dilation, bool ceil)
    {
        long[] outs = [.. sizes.Select((s, d) =>
        {
            var span = s + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1;
            var n = (span + (ceil ? stride[d] - 1 : 0)) / stride[d] + 1;
            return ceil && (n - 1) * stride[d] >= s + padding[d] ? n - 1 : n;
        })];
        var windows = Windows(sizes, outs, (d, o) => Enumerable.Range(0, (int)kernel[d]).Select(t => o * stride[d] - padding[d] + t * dilation[d]));
        foreach (var layout in Layouts)
        {
            foreach (var type in KernelMemory.OrderedTypes)
                CheckMax(windows, type, sizes, outs, layout, (x, y, i) => Pooling.Max(x, y, i, kernel, stride, padding, dilation));
            if (dilation.Any(d => d != 1)) continue;
            foreach (var type in KernelMemory.FloatTypes)
            {
                foreach (var include in new[] { false, true })
                {
                    var padded = Windows([.. sizes.Select((s, d) => s + 2 * padding[d])], outs, (d, o) => Enumerable.Range(0, (int)kernel[d]).Select(t => o * stride[d] + t));
                    var divisors = (include ? padded : windows).Select(w => (double)w.Count).ToArray();
                    CheckAverage(windows, divisors, type, sizes, outs, layout,
                        (x, y) => Pooling.Average(x, y, kernel, stride, padding, include, null),
                        (dy, dx) => Pooling.AverageGradient(dy, dx, kernel, stride, padding, include, null));
                }
                CheckAverage(windows, [.. windows.Select(_ => 5.0)], type, sizes, outs, layout,
                    (x, y) => Pooling.Average(x, y, kernel, stride, padding, true, 5),
                    (dy, dx) => Pooling.AverageGradient(dy, dx, kernel, stride, padding, true, 5));
            }
        }
    }

    [Fact]
    public void Adaptive_windows_cover_equal_parts()
    {
        foreach (var (sizes, outs) in new (long[], long[])[] { ([7], [3]), ([5, 9], [5, 4]), ([4, 6, 5], [1, 4, 7]) })
        {
            var windows = Windows(sizes, outs, (d, o) =>
            {
                long start = o * sizes[d] / outs[d], end = ((o + 1) * sizes[d] + outs[d] - 1) / outs[d];
                return Enumerable.Range(0, (int)(end - start)).Select(i => start + i);
            });
            foreach (var layout in Layouts)
            {
                CheckMax(windows, ElementType.Float32, sizes, outs, layout, (x, y, i) => Pooling.AdaptiveMax(x, y, i, sizes.Length));
                CheckAverage(windows, [.. windows.Select(w => (double)w.Count)], ElementType.Float64, sizes, outs, layout,
                    (x, y) => Pooling.AdaptiveAverage(x, y, sizes.Length), (dy, dx) => Pooling.AdaptiveAverageGradient(dy, dx, sizes.Length));
            }
        }
    }
}
