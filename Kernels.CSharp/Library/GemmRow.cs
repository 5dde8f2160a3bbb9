using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Torch.Kernels;

// A row times a transposed matrix (a linear layer for one sample): the weights are read once, so packing them would cost more than the product. Blocks
// of 8 columns by 8 k are transposed in registers and multiplied at once; each lane adds its products in ascending k, as the tiles do.

internal static unsafe class GemmRow
{
    public static bool IsSupported => Fma.IsSupported;

    /// <summary>c[j] (set, add, subtract) the sum over k of a[k aStride] b[j bColumn + k], for j below columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* a, nint aStride, float* b, nint bColumn, float* c, nint columns, nint count, Into into)
    {
        nint j = 0;
        var ends = stackalloc float[8];
        for (; j < columns; j += 8, b += 8 * bColumn)
        {
            var width = Math.Min(8, columns - j);
            Vector256<float> sum = default;
            nint k = 0;
            if (width == 8)
            {
                for (; k + 8 <= count; k += 8)
                {
                    var source = b + k;
                    var factor = a + k * aStride;
                    for (var half = 0; half < 2; half++, source += 4, factor += 4 * aStride)
                    {
                        var (v0, v1, v2, v3) = Transpose.Quarter(source, bColumn);
                        sum = Fma.MultiplyAdd(Vector256.Create(factor[0]), v0, sum);
                        sum = Fma.MultiplyAdd(Vector256.Create(factor[aStride]), v1, sum);
                        sum = Fma.MultiplyAdd(Vector256.Create(factor[2 * aStride]), v2, sum);
                        sum = Fma.MultiplyAdd(Vector256.Create(factor[3 * aStride]), v3, sum);
                    }
                }
            }
            sum.Store(ends);
            for (; k < count; k++)
            {
                for (nint i = 0; i < width; i++) ends[i] = MathF.FusedMultiplyAdd(a[k * aStride], b[i * bColumn + k], ends[i]);
            }
            for (nint i = 0; i < width; i++) c[j + i] = into switch { Into.Set => ends[i], Into.Add => c[j + i] + ends[i], _ => c[j + i] - ends[i] };
        }
    }
}
