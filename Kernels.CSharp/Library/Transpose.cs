using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Torch.Kernels;

// Transposing copies between row-major matrices, in square blocks that fit the registers: rows i and i + half of a block share a vector, so
// that interleaving within 128-bit lanes finishes the block.

internal static unsafe class Transpose
{
    /// <summary>target[c targetStride + r] = source[r sourceStride + c] for r below rows, c below columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<T>(T* source, nint sourceStride, T* target, nint targetStride, nint rows, nint columns) where T : unmanaged
    {
        nint side = sizeof(T) == 4 ? (Avx.IsSupported ? 8 : Zips ? 4 : 0) : sizeof(T) == 8 && Avx.IsSupported ? 4 : 0;
        nint r = 0;
        if (side > 0)
        {
            for (; r + side <= rows; r += side)
            {
                nint c = 0;
                for (; c + side <= columns; c += side)
                {
                    var s = source + r * sourceStride + c;
                    var t = target + c * targetStride + r;
                    if (sizeof(T) == 8) Block4((double*)s, sourceStride, (double*)t, targetStride);
                    else if (side == 8) Block8((float*)s, sourceStride, (float*)t, targetStride);
                    else Block4((float*)s, sourceStride, (float*)t, targetStride);
                }
                for (; c < columns; c++)
                {
                    for (nint i = 0; i < side; i++) target[c * targetStride + r + i] = source[(r + i) * sourceStride + c];
                }
            }
        }
        for (; r < rows; r++)
        {
            for (nint c = 0; c < columns; c++) target[c * targetStride + r] = source[r * sourceStride + c];
        }
    }

    private static bool Zips => Sse.IsSupported || AdvSimd.Arm64.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(Vector128<float> a, Vector128<float> b) => Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(Vector128<float> a, Vector128<float> b) => Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block4(float* s, nint ss, float* t, nint ts)
    {
        Vector128<float> a = Vector128.Load(s), b = Vector128.Load(s + ss), c = Vector128.Load(s + 2 * ss), d = Vector128.Load(s + 3 * ss);
        Vector128<float> p = Low(a, c), q = High(a, c), u = Low(b, d), v = High(b, d);
        Low(p, u).Store(t);
        High(p, u).Store(t + ts);
        Low(q, v).Store(t + 2 * ts);
        High(q, v).Store(t + 3 * ts);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block8(float* s, nint ss, float* t, nint ts)
    {
        for (var half = 0; half < 2; half++, s += 4, t += 4 * ts)
        {
            var (a, b, c, d) = Quarter(s, ss);
            a.Store(t);
            b.Store(t + ts);
            c.Store(t + 2 * ts);
            d.Store(t + 3 * ts);
        }
    }

    /// <summary>Four columns of eight rows, as vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> A, Vector256<float> B, Vector256<float> C, Vector256<float> D) Quarter(float* s, nint ss)
    {
        var a = Vector256.Create(Vector128.Load(s), Vector128.Load(s + 4 * ss));
        var b = Vector256.Create(Vector128.Load(s + ss), Vector128.Load(s + 5 * ss));
        var c = Vector256.Create(Vector128.Load(s + 2 * ss), Vector128.Load(s + 6 * ss));
        var d = Vector256.Create(Vector128.Load(s + 3 * ss), Vector128.Load(s + 7 * ss));
        Vector256<float> p = Avx.UnpackLow(a, c), q = Avx.UnpackHigh(a, c), u = Avx.UnpackLow(b, d), v = Avx.UnpackHigh(b, d);
        return (Avx.UnpackLow(p, u), Avx.UnpackHigh(p, u), Avx.UnpackLow(q, v), Avx.UnpackHigh(q, v));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block4(double* s, nint ss, double* t, nint ts)
    {
        for (var half = 0; half < 2; half++, s += 2, t += 2 * ts)
        {
            var a = Vector256.Create(Vector128.Load(s), Vector128.Load(s + 2 * ss));
            var b = Vector256.Create(Vector128.Load(s + ss), Vector128.Load(s + 3 * ss));
            Avx.UnpackLow(a, b).Store(t);
            Avx.UnpackHigh(a, b).Store(t + ts);
        }
    }
}
