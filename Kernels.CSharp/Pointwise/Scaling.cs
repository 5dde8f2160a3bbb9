// Scaling by powers of two in one instruction, which AVX-512 has for each width. It is exact or rounded once, as the two steps of Simd.ScaleByHalves are.
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Torch.Kernels;

internal static class Scaling
{
    public static bool IsSupported => Avx512F.VL.IsSupported;

    public static Vector512<float> Scale(Vector512<float> x, Vector512<float> n) => Avx512F.Scale(x, n);
    public static Vector512<double> Scale(Vector512<double> x, Vector512<double> n) => Avx512F.Scale(x, n);
    public static Vector256<float> Scale(Vector256<float> x, Vector256<float> n) => Avx512F.VL.Scale(x, n);
    public static Vector256<double> Scale(Vector256<double> x, Vector256<double> n) => Avx512F.VL.Scale(x, n);
    public static Vector128<float> Scale(Vector128<float> x, Vector128<float> n) => Avx512F.VL.Scale(x, n);
    public static Vector128<double> Scale(Vector128<double> x, Vector128<double> n) => Avx512F.VL.Scale(x, n);
}
