// Normal numbers. PyTorch has two algorithms, and which one is used shows in the stream:
//
// One by one, in double, with the second of each pair cached in the generator: fewer than 16 elements, or memory that is not contiguous.
//
// In blocks of 16, the cache left alone: 16 or more contiguous elements. Box and Muller on eight pairs (j, j + 8). If a number of elements is left
// over, the last 16 are drawn anew and overwrite part of the block before. The float32 arithmetic of a block is that of the Cephes library's
// single-precision log, sin and cos (Moshier, 1989) with every multiply-add fused, bit for bit; it differs from rounded exact functions by an ulp or
// so (relative 1e-6).

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Torch.Kernels;

public static unsafe partial class Samplers
{
    private const int NormalBlock = 16;

    /// <summary>Normal numbers, <c>normal_</c> and <c>randn</c>. The parts of complex numbers have half the variance.</summary>
    public static void Normal(Mt19937 generator, Block result, double mean, double std)
    {
        const string kernel = "normal_kernel_cpu";
        var target = Reals(result, kernel);
        if (RandomElement.IsComplex(result.Type)) std /= Math.Sqrt(2);
        var count = target.Count;
        if (count < NormalBlock || !target.IsContiguous)
        {
            Fill(generator, target, kernel, new NormalDraw(mean, std));
            return;
        }
        switch (target.Type)
        {
            case ElementType.Float64: NormalDoubles(generator, (double*)target.Pointer, count, mean, std); break;
            case ElementType.Float32: NormalFloats(generator, (float*)target.Pointer, count, (float)mean, (float)std); break;
            default: NormalHalves(generator, target, count, (float)mean, (float)std); break;
        }
    }

    /// <summary>exp of normal numbers, drawn one by one whatever their number, <c>log_normal_</c>.</summary>
    public static void LogNormal(Mt19937 generator, Block result, double mean, double std) =>
        Fill(generator, Floating(result, "log_normal_cpu"), "log_normal_cpu", new LogNormalDraw(mean, std));

    private readonly struct NormalDraw(double mean, double std) : IDraw
    {
        public double Draw(Mt19937 generator, double a, double b) => Math.FusedMultiplyAdd(generator.Normal(), std, mean);
    }

    private readonly struct LogNormalDraw(double mean, double std) : IDraw
    {
        public double Draw(Mt19937 generator, double a, double b) => Math.Exp(Math.FusedMultiplyAdd(generator.Normal(), std, mean));
    }

    private static void NormalDoubles(Mt19937 generator, double* target, long count, double mean, double std)
    {
        for (long i = 0; i < count; i++) target[i] = generator.U53();
        for (long i = 0; i + NormalBlock <= count; i += NormalBlock) BoxMuller(target + i, mean, std);
        if (count % NormalBlock == 0) return;
        var tail = target + count - NormalBlock;
        for (var i = 0; i < NormalBlock; i++) tail[i] = generator.U53();
        BoxMuller(tail, mean, std);
    }

    private static void NormalFloats(Mt19937 generator, float* target, long count, float mean, float std)
    {
        UniformFloats(generator, target, count, 0, 1);
        for (long i = 0; i + NormalBlock <= count; i += NormalBlock) BoxMuller(target + i, mean, std);
        if (count % NormalBlock == 0) return;
        var tail = target + count - NormalBlock;
        UniformFloats(generator, tail, NormalBlock, 0, 1);
        BoxMuller(tail, mean, std);
    }

    /// <summary>Unlike in float32, the elements that a tail will overwrite consume nothing before it.</summary>
    private static void NormalHalves(Mt19937 generator, Block target, long count, float mean, float std)
    {
        var buffer = stackalloc float[NormalBlock];
        for (long i = 0; i + NormalBlock <= count; i += NormalBlock) Draw(i);
        if (count % NormalBlock != 0) Draw(count - NormalBlock);

        void Draw(long start)
        {
            UniformFloats(generator, buffer, NormalBlock, 0, 1);
            BoxMuller(buffer, mean, std);
            var at = target.Pointer + 2 * start;
            for (var i = 0; i < NormalBlock; i++)
            {
                if (target.Type == ElementType.Float16) ((Half*)at)[i] = (Half)buffer[i];
                else ((ushort*)at)[i] = BFloat16Element.Store(buffer[i]);
            }
        }
    }

    private static void BoxMuller(double* d, double mean, double std)
    {
        for (var j = 0; j < NormalBlock / 2; j++)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - d[j]));
            var angle = 2 * Math.PI * d[j + NormalBlock / 2];
            d[j] = Math.FusedMultiplyAdd(radius * Math.Cos(angle), std, mean);
            d[j + NormalBlock / 2] = Math.FusedMultiplyAdd(radius * Math.Sin(angle), std, mean);
        }
    }

    private static void BoxMuller(float* d, float mean, float std)
    {
        var radius = Vector256.Sqrt(Vector256.Create(-2f) * Log(Vector256<float>.One - Vector256.Load(d)));
        var (sin, cos) = SinCos(Vector256.Create(2 * MathF.PI) * Vector256.Load(d + 8));
        Vector256.FusedMultiplyAdd(radius * cos, Vector256.Create(std), Vector256.Create(mean)).Store(d);
        Vector256.FusedMultiplyAdd(radius * sin, Vector256.Create(std), Vector256.Create(mean)).Store(d + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Fma(Vector256<float> a, Vector256<float> b, float c) => Vector256.FusedMultiplyAdd(a, b, Vector256.Create(c));

    /// <summary>Cephes' logf for normal numbers above zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Log(Vector256<float> value)
    {
        // value = m 2^e with m in [0.5, 1), then in [sqrt 1/2, sqrt 2).
        var bits = value.AsInt32();
        var e = Vector256.ConvertToSingle((bits >>> 23) - Vector256.Create(126));
        var m = ((bits & Vector256.Create(0x007FFFFF)) | Vector256.Create(0x3F000000)).AsSingle();
        var small = Vector256.LessThan(m, Vector256.Create(0.707106781186547524f));
        e -= small & Vector256<float>.One;
        var x = m - Vector256<float>.One + (small & m);

        var p = Fma(Vector256.Create(7.0376836292e-2f), x, -1.1514610310e-1f);
        p = Fma(p, x, 1.1676998740e-1f);
        p = Fma(p, x, -1.2420140846e-1f);
        p = Fma(p, x, 1.4249322787e-1f);
        p = Fma(p, x, -1.6668057665e-1f);
        p = Fma(p, x, 2.0000714765e-1f);
        p = Fma(p, x, -2.4999993993e-1f);
        p = Fma(p, x, 3.3333331174e-1f);
        var z = x * x;
        var y = Vector256.FusedMultiplyAdd(p * x, z, e * Vector256.Create(-2.12194440e-4f));
        y = Vector256.FusedMultiplyAdd(z, Vector256.Create(-0.5f), y);
        return Vector256.FusedMultiplyAdd(e, Vector256.Create(0.693359375f), x + y);
    }

    /// <summary>Cephes' sinf and cosf for angles from zero to some turns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Sin, Vector256<float> Cos) SinCos(Vector256<float> angle)
    {
        // The octant, made even, and the angle less that many eighths of a turn, pi/4 being taken in three parts.
        var j = (Vector256.ConvertToInt32(angle * Vector256.Create(1.27323954473516f)) + Vector256<int>.One) & Vector256.Create(~1);
        var y = Vector256.ConvertToSingle(j);
        var x = Vector256.FusedMultiplyAdd(y, Vector256.Create(-0.78515625f), angle);
        x = Vector256.FusedMultiplyAdd(y, Vector256.Create(-2.4187564849853515625e-4f), x);
        x = Vector256.FusedMultiplyAdd(y, Vector256.Create(-3.77489497744594108e-8f), x);
        var z = x * x;

        var c = Fma(Vector256.Create(2.443315711809948e-5f), z, -1.388731625493765e-3f);
        c = Fma(c, z, 4.166664568298827e-2f);
        c = Vector256.FusedMultiplyAdd(c * z, z, -(z * Vector256.Create(0.5f))) + Vector256<float>.One;
        var s = Fma(Vector256.Create(-1.9515295891e-4f), z, 8.3321608736e-3f);
        s = Fma(s, z, -1.6666654611e-1f);
        s = Vector256.FusedMultiplyAdd(s * z, x, x);

        var straight = Vector256.Equals(j & Vector256.Create(2), Vector256<int>.Zero).AsSingle();
        var sinSign = ((j & Vector256.Create(4)) << 29).AsSingle();
        var cosSign = (((j + Vector256.Create(2)) & Vector256.Create(4)) << 29).AsSingle();
        return (Vector256.ConditionalSelect(straight, s, c) ^ sinSign, Vector256.ConditionalSelect(straight, c, s) ^ cosSign);
    }
}
