// Exponentials, logarithms, hyperbolic tangent and the activations made of them, vectorised.
// Method: exp and expm1 by x = n ln 2 + r with ln 2 in two parts (the first step is exact), a polynomial in r, and scaling by 2^n in two steps, so that
// denormal results are rounded once. log by x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)): in Float32 a polynomial in f, in Float64 the series of
// atanh in s = f / (2 + f). log1p adds the rounding error of 1 + x. tanh is y / (y + 2) with y = expm1(2|x|).
// Source: polynomials by Remez exchange in 60 digits. Bounds over all widths, in ulps of the true value (measured, see PointwiseTests): exp 1, exp2 1, expm1 1.5,
// log 1, log2 2, log1p 1.5, tanh 1.75, sigmoid 2, silu 2, in both precisions.
// Speed, one AVX-512 thread, ns per element in Float32 and Float64: exp 0.17 and 0.48, log 0.31 and 0.78, tanh 0.53 and 1.4, sigmoid 0.31 and 0.82.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

/// <summary>The steps that exponential functions share.</summary>
internal static class Exponentials
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>For x within the exponent's range: n, the integer nearest to x / ln 2, and the rest x - n ln 2.</summary>
    [MethodImpl(Inline)]
    private static V Rest<V>(V x, out V n) where V : unmanaged, ISimd<V>
    {
        n = V.Horner(x, Simd.Constant<V>(1.442695, 1.4426950408889634), Simd.Rounder<V>()) - V.Constant(Simd.Rounder<V>());
        var r = V.Fma(n, Simd.Constant<V>(-0.6931471824645996, -0.6931471805599453), x);
        return V.Fma(n, Simd.Constant<V>(1.9046542121259336e-09, -2.3190468138462996e-17), r);
    }

    /// <summary>exp(r) - 1 for |r| up to ln 2 / 2.</summary>
    [MethodImpl(Inline)]
    public static V Expm1OfRest<V>(V r) where V : unmanaged, ISimd<V> => V.Fma(SecondOrder(r), r * r, r);

    /// <summary>p with exp(r) - 1 = r + r^2 p, for |r| up to ln 2 / 2.</summary>
    [MethodImpl(Inline)]
    private static V SecondOrder<V>(V r) where V : unmanaged, ISimd<V>
    {
        V p;
        if (V.IsSingle)
        {
            p = V.Horner(V.Constant(0.000199191811), r, 0.00139466359);
            p = V.Horner(p, r, 0.00833326299);
            p = V.Horner(p, r, 0.0416662619);
            p = V.Horner(p, r, 0.166666672);
        }
        else
        {
            p = V.Horner(V.Constant(2.0927384922260481e-09), r, 2.5112831292420119e-08);
            p = V.Horner(p, r, 2.7557231837736484e-07);
            p = V.Horner(p, r, 2.7557232558210772e-06);
            p = V.Horner(p, r, 2.4801587375678293e-05);
            p = V.Horner(p, r, 0.0001984126989871834);
            p = V.Horner(p, r, 0.0013888888888857337);
            p = V.Horner(p, r, 0.0083333333333160779);
            p = V.Horner(p, r, 0.041666666666666727);
            p = V.Horner(p, r, 0.16666666666666685);
        }
        return V.Horner(p, r, 0.5);
    }

    [MethodImpl(Inline)]
    public static V Exp2<V>(V x) where V : unmanaged, ISimd<V>
    {
        x = V.AtMost(V.AtLeast(x, V.IsSingle ? -151 : -1076), V.IsSingle ? 129 : 1025);
        var n = V.Round(x);
        return V.Scale(V.Constant(1) + Expm1OfRest((x - n) * V.Constant(0.6931471805599453)), n);
    }

    [MethodImpl(Inline)]
    public static V Exp<V>(V x) where V : unmanaged, ISimd<V>
    {
        x = V.AtMost(V.AtLeast(x, V.IsSingle ? -104 : -746), V.IsSingle ? 89 : 710);
        var r = Rest(x, out var n);
        return V.Scale(V.Constant(1) + Expm1OfRest(r), n);
    }

    [MethodImpl(Inline)]
    public static V Expm1<V>(V x) where V : unmanaged, ISimd<V>
    {
        var y = V.AtMost(V.AtLeast(x, V.IsSingle ? -18 : -40), V.IsSingle ? 89 : 710);
        var r = Rest(y, out var n);
        // 2^(n-1) does not overflow where 2^n would.
        var s = PowerOfTwo(n - V.Constant(1));
        y = V.Fma(Expm1OfRest(r), s, s - V.Constant(0.5));
        y += y;
        return V.Select(V.Less(Simd.Abs(x), Simd.Constant<V>(1e-30, 1e-290)), x, y);
    }

    /// <summary>2^n for an integral n within the exponent's range.</summary>
    [MethodImpl(Inline)]
    public static V PowerOfTwo<V>(V n) where V : unmanaged, ISimd<V> =>
        V.ShiftLeft(V.SubtractBits(n + V.Constant(Simd.Rounder<V>()), Simd.RounderBits<V>(Simd.Bias<V>())), Simd.Mantissa<V>());

    /// <summary>
    /// For a positive normal x = 2^k (1 + f): k and f.
    /// </summary>
    [MethodImpl(Inline)]
    public static V Split<V>(V x, out V k) where V : unmanaged, ISimd<V>
    {
        var root = V.Bits(V.IsSingle ? 0x3F800000L - 0x3F3504F3 : 0x3FF0000000000000L - 0x3FE6A09E667F3BCD);
        var biased = V.ShiftRight(V.AddBits(x, root), Simd.Mantissa<V>());
        k = V.AddBits(biased, Simd.RounderBits<V>(Simd.Bias<V>())) - V.Constant(Simd.Rounder<V>());
        return V.SubtractBits(x, V.ShiftLeft(V.SubtractBits(biased, V.Bits(Simd.Bias<V>())), Simd.Mantissa<V>())) - V.Constant(1);
    }

    /// <summary>log(1 + f) + k ln 2 + c, where c is a small correction.</summary>
    [MethodImpl(Inline)]
    public static V LogOfSplit<V>(V f, V k, V c) where V : unmanaged, ISimd<V>
    {
        if (V.IsSingle)
        {
            var p = V.Constant(0.0674689636);
            p = V.Horner(p, f, -0.116757557);
            p = V.Horner(p, f, 0.118880995);
            p = V.Horner(p, f, -0.124055758);
            p = V.Horner(p, f, 0.142195627);
            p = V.Horner(p, f, -0.166679963);
            p = V.Horner(p, f, 0.200021178);
            p = V.Horner(p, f, -0.250000089);
            p = V.Horner(p, f, 0.333333135);
            var square = f * f;
            var y = V.Fma(square * f, p, V.Fma(k, V.Constant(-1.9046542121259336e-09), c));
            y = V.Fma(square, V.Constant(-0.5), y);
            return V.Fma(k, V.Constant(0.6931471824645996), f + y);
        }
        else
        {
            var s = f / (V.Constant(2) + f);
            var z = s * s;
            var p = V.Constant(0.13252755703671934);
            p = V.Horner(p, z, 0.1324996193316752);
            p = V.Horner(p, z, 0.15387097654772733);
            p = V.Horner(p, z, 0.18181775508443276);
            p = V.Horner(p, z, 0.22222222648751364);
            p = V.Horner(p, z, 0.2857142856907296);
            p = V.Horner(p, z, 0.40000000000006286);
            p = V.Horner(p, z, 0.66666666666666663);
            var half = V.Constant(0.5) * f * f;
            var y = V.Fma(s, V.Fma(z, p, half), V.Fma(k, V.Constant(2.3190468138462996e-17), c));
            return V.Fma(k, V.Constant(0.6931471805599453), f - (half - y));
        }
    }

    [MethodImpl(Inline)]
    public static V Log<V>(V x) where V : unmanaged, ISimd<V>
    {
        var f = Split(x, out var k);
        var normal = V.LessOrEqual(Simd.Constant<V>(1.1754943508222875e-38, 2.2250738585072014e-308), x) & V.Less(x, V.Constant(double.PositiveInfinity));
        return V.All(normal) ? LogOfSplit(f, k, V.Constant(0)) : LogOfAny(x);
    }

    /// <summary>The logarithm where some numbers are not positive, normal and finite.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static V LogOfAny<V>(V x) where V : unmanaged, ISimd<V>
    {
        // Denormals are scaled into the normal range, by a power of two that the exponent gives back.
        var small = V.Less(x, Simd.Constant<V>(1.1754943508222875e-38, 2.2250738585072014e-308));
        var f = Split(V.Select(small, x * Simd.Constant<V>(8388608, 4503599627370496), x), out var k);
        k -= small & Simd.Constant<V>(23, 52);
        return WithLimits(x, LogOfSplit(f, k, V.Constant(0)));
    }

    [MethodImpl(Inline)]
    public static V Log2<V>(V x) where V : unmanaged, ISimd<V>
    {
        // Denormals and limits are selected in place: this logarithm is not worth a second path.
        var small = V.Less(x, Simd.Constant<V>(1.1754943508222875e-38, 2.2250738585072014e-308));
        var f = Split(V.Select(small, x * Simd.Constant<V>(8388608, 4503599627370496), x), out var k);
        k -= small & Simd.Constant<V>(23, 52);
        return WithLimits(x, V.Fma(LogOfSplit(f, V.Constant(0), V.Constant(0)), V.Constant(1.4426950408889634), k));
    }

    [MethodImpl(Inline)]
    public static V Log1p<V>(V x) where V : unmanaged, ISimd<V>
    {
        var one = V.Constant(1);
        var u = one + x;
        var f = Split(u, out var k);
        // What the sum lost, exactly. Where k is 0 it is not needed, as f is x.
        var lost = V.Select(V.Less(one, x), one - (u - x), x - (u - one));
        var exact = V.Equal(k, V.Constant(0));
        var y = LogOfSplit(V.Select(exact, x, f), k, V.AndNot(lost / u, exact));
        var usual = V.LessOrEqual(Simd.Constant<V>(1e-30, 1e-290), Simd.Abs(x)) & V.Less(V.Constant(-1), x) & V.Less(u, V.Constant(double.PositiveInfinity));
        return V.All(usual) ? y : V.Select(usual, y, WithLimits(u, x));
    }

    /// <summary>The value of a logarithm at 0, infinity, negative numbers and NaN; the computed value elsewhere.</summary>
    [MethodImpl(Inline)]
    public static V WithLimits<V>(V x, V value) where V : unmanaged, ISimd<V>
    {
        V zero = V.Constant(0), infinity = V.Constant(double.PositiveInfinity);
        var limit = V.Select(V.Equal(x, zero), V.Constant(double.NegativeInfinity), V.Select(V.Equal(x, infinity), x, V.Constant(double.NaN)));
        return V.Select(V.Less(zero, x) & V.Less(x, infinity), value, limit);
    }

    [MethodImpl(Inline)]
    public static V Tanh<V>(V x) where V : unmanaged, ISimd<V>
    {
        // y / (y + 1) with y = expm1(2|x|) / 2, carried with what its roundings lost. Beyond 20 the quotient is 1.
        var magnitude = Simd.Abs(x);
        var twice = V.AtMost(magnitude, 20);
        var r = Rest(twice + twice, out var n);
        V p = SecondOrder(r), square = r * r, q = V.Fma(p, square, r), qLost = V.Fma(p, square, r - q);
        V s = PowerOfTwo(n - V.Constant(1)), c = s - V.Constant(0.5), y = V.Fma(q, s, c), yLost = V.Fma(s, qLost, V.Fma(q, s, c - y));
        V divisor = y + V.Constant(1), inverse = V.Constant(1) / divisor, t = y * inverse;
        t = V.Fma(V.Fma(Simd.Negate(t), divisor, y) + yLost, inverse, t);
        // Further out the complement is the better form, as y + 1 loses digits.
        t = V.Select(V.Less(V.Constant(4), y), V.Constant(1) - inverse, t);
        return Simd.CopySign(V.Select(V.Less(magnitude, Simd.Constant<V>(1e-30, 1e-290)), magnitude, t), x);
    }

    /// <summary>log(1 + x) of one number; that of .NET loses its digits near zero.</summary>
    public static double Log1p(double x) => Log1p(new Lane<double>(x)).Value;

    /// <summary>exp(x) - 1 of one number; that of .NET loses its digits near zero.</summary>
    public static double Expm1(double x) => Expm1(new Lane<double>(x)).Value;

    /// <summary>
    /// (1 + exp(-x)) / 2, from the parts of the exponential, so that it is rounded once less; infinite where exp(-x) is.
    /// </summary>
    [MethodImpl(Inline)]
    public static V HalfLogistic<V>(V x) where V : unmanaged, ISimd<V>
    {
        var r = Rest(V.AtMost(V.AtLeast(Simd.Negate(x), V.IsSingle ? -30 : -50), V.IsSingle ? 89 : 710), out var n);
        var s = PowerOfTwo(n - V.Constant(1));
        var half = s + V.Fma(Expm1OfRest(r), s, V.Constant(0.5));
        return V.Select(V.Less(x, Simd.Constant<V>(-88.722839, -709.782712893384)), V.Constant(double.PositiveInfinity), half);
    }
}

public readonly struct Exp : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => Exponentials.Exp(x);
}

public readonly struct Expm1 : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => Exponentials.Expm1(x);
}

/// <summary>2 to the power x.</summary>
public readonly struct Exp2 : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => Exponentials.Exp2(x);
}

public readonly struct Log : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => Exponentials.Log(x);
}

public readonly struct Log1p : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => Exponentials.Log1p(x);
}

public readonly struct Log2 : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => Exponentials.Log2(x);
}

/// <summary>Scalar: only a correctly rounded logarithm is exact at the powers of ten.</summary>
public readonly struct Log10 : IDouble1
{
    public static double Invoke(double x) => Math.Log10(x);
}

public readonly struct Tanh : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => Exponentials.Tanh(x);
}

/// <summary>The logistic function 1 / (1 + exp(-x)). Where exp(-x) overflows the result is 0, as in PyTorch.</summary>
public readonly struct Sigmoid : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Constant(0.5) / Exponentials.HalfLogistic(x);
}

/// <summary>x / (1 + exp(-x)).</summary>
public readonly struct Silu : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Constant(0.5) * x / Exponentials.HalfLogistic(x);
}

/// <summary>GELU with the tanh approximation, in PyTorch's order of operations.</summary>
public readonly struct GeluTanh : IUnary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V>
    {
        var inner = V.Constant(0.7978845608028654) * (x + V.Constant(0.044715) * (x * x * x));
        return V.Constant(0.5) * x * (V.Constant(1) + Exponentials.Tanh(inner));
    }
}

/// <summary>log(x / (1 - x)).</summary>
public readonly struct Logit : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => Exponentials.Log(x / (V.Constant(1) - x));
}

/// <summary>log(exp(x) + exp(y)), exact for two equal infinities.</summary>
public readonly struct LogAddExp : IBinary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> =>
        LogAddExp2.Limited(x, y, Exponentials.Log1p(Exponentials.Exp(Simd.Negate(Simd.Abs(x - y)))));
}

/// <summary>log2(2^x + 2^y), exact for two equal infinities.</summary>
public readonly struct LogAddExp2 : IBinary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> =>
        Limited(x, y, Exponentials.Log1p(Exponentials.Exp2(Simd.Negate(Simd.Abs(x - y)))) * V.Constant(1.4426950408889634));

    /// <summary>The larger operand and the excess over it, but for two equal infinities, whose difference is not a number.</summary>
    [MethodImpl(Simd.Inline)]
    internal static V Limited<V>(V x, V y, V excess) where V : unmanaged, ISimd<V> =>
        V.Select(V.Equal(x, y) & V.Equal(Simd.Abs(x), V.Constant(double.PositiveInfinity)), x, Maximum.Invoke(x, y) + excess);
}

/// <summary>x log(y), zero where x is zero unless y is NaN.</summary>
public readonly struct Xlogy : IBinary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> =>
        V.Select(V.Equal(x, V.Constant(0)) & V.Equal(y, y), V.Constant(0), x * Exponentials.Log(y));
}

/// <summary>x log(1 + y), zero where x is zero unless y is NaN.</summary>
public readonly struct Xlog1py : IBinary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> =>
        V.Select(V.Equal(x, V.Constant(0)) & V.Equal(y, y), V.Constant(0), x * Exponentials.Log1p(y));
}

public static partial class Operators
{
    public static readonly Operator exp = new PointwiseOperator("exp", 1, new Floats1<Exp>(), new Complex1<ComplexExp>());
    public static readonly Operator exp2 = new PointwiseOperator("exp2", 1, new Floats1<Exp2>(), new Complex1<ComplexExp2>());
    public static readonly Operator expm1 = new PointwiseOperator("expm1", 1, new Floats1<Expm1>(), new Complex1<ComplexExpm1>());
    public static readonly Operator log = new PointwiseOperator("log", 1, new Floats1<Log>(), new Complex1<ComplexLog>());
    public static readonly Operator log2 = new PointwiseOperator("log2", 1, new Floats1<Log2>(), new Complex1<ComplexLog2>());
    public static readonly Operator log10 = new PointwiseOperator("log10", 1, new Floats1<Lanewise1<Rounded1<Log10>>>(), new Complex1<ComplexLog10>());
    public static readonly Operator log1p = new PointwiseOperator("log1p", 1, new Floats1<Log1p>(), new Complex1<ComplexLog1p>());
    public static readonly Operator tanh = new PointwiseOperator("tanh", 1, new Floats1<Tanh>(), new Complex1<ComplexTanh>());
    public static readonly Operator sigmoid = new PointwiseOperator("sigmoid", 1, new Floats1<Sigmoid>(), new Complex1<ComplexSigmoid>());
    public static readonly Operator silu = new PointwiseOperator("silu", 1, new Floats1<Silu>(), new Complex1<ComplexSilu>());
    public static readonly Operator gelu_tanh = new PointwiseOperator("gelu_tanh", 1, new Floats1<GeluTanh>());
    public static readonly Operator logit = new PointwiseOperator("logit", 1, new Floats1<Logit>());
    public static readonly Operator logaddexp = new PointwiseOperator("logaddexp", 2, new Floats2<LogAddExp>());
    public static readonly Operator logaddexp2 = new PointwiseOperator("logaddexp2", 2, new Floats2<LogAddExp2>());
    public static readonly Operator xlogy = new PointwiseOperator("xlogy", 2, new Floats2<Xlogy>());
    public static readonly Operator xlog1py = new PointwiseOperator("xlog1py", 2, new Floats2<Xlog1py>());
}
