// Small things that every file of pointwise functions needs, in terms of ISimd.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

internal static class Simd
{
    public const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The sign bits of floating-point lanes.</summary>
    [MethodImpl(Inline)] public static V SignBits<V>() where V : unmanaged, ISimd<V> => V.Bits(V.IsSingle ? int.MinValue : long.MinValue);

    [MethodImpl(Inline)] public static V Negate<V>(V x) where V : unmanaged, ISimd<V> => V.IsFloat ? x ^ SignBits<V>() : V.Constant(0) - x;

    [MethodImpl(Inline)]
    public static V Abs<V>(V x) where V : unmanaged, ISimd<V> =>
        V.IsFloat ? V.AndNot(x, SignBits<V>())
        : V.Element == ElementType.UInt8 ? x
        : V.Select(V.Less(x, V.Constant(0)), V.Constant(0) - x, x);

    /// <summary>The magnitude of x with the sign of y.</summary>
    [MethodImpl(Inline)] public static V CopySign<V>(V x, V y) where V : unmanaged, ISimd<V> => V.AndNot(x, SignBits<V>()) | (y & SignBits<V>());

    /// <summary>Set where x is not a number; never for integers.</summary>
    [MethodImpl(Inline)] public static V IsNaN<V>(V x) where V : unmanaged, ISimd<V> => V.IsFloat ? ~V.Equal(x, x) : V.Bits(0);

    /// <summary>One of two constants, by the element type.</summary>
    [MethodImpl(Inline)] public static V Constant<V>(double single, double other) where V : unmanaged, ISimd<V> => V.Constant(V.IsSingle ? single : other);

    /// <summary>
    /// Adding and subtracting it rounds a number of small magnitude to an integer, which then stands in the low bits of the sum.
    /// </summary>
    [MethodImpl(Inline)] public static double Rounder<V>() where V : unmanaged, ISimd<V> => V.IsSingle ? 12582912 : 6755399441055744;

    /// <summary>Bits of the rounder, minus a number.</summary>
    [MethodImpl(Inline)] public static V RounderBits<V>(int minus) where V : unmanaged, ISimd<V> => V.Bits((V.IsSingle ? 0x4B400000L : 0x4338000000000000L) - minus);

    /// <summary>The number of bits right of the exponent.</summary>
    [MethodImpl(Inline)] public static int Mantissa<V>() where V : unmanaged, ISimd<V> => V.IsSingle ? 23 : 52;

    /// <summary>The exponent's bits of 1.</summary>
    [MethodImpl(Inline)] public static int Bias<V>() where V : unmanaged, ISimd<V> => V.IsSingle ? 127 : 1023;

    /// <summary>x times 2^n as the product with the powers of both halves of n: the first is exact, so the result is rounded once.</summary>
    [MethodImpl(Inline)]
    public static V ScaleByHalves<V>(V x, V n) where V : unmanaged, ISimd<V>
    {
        var biased = V.SubtractBits(n + V.Constant(Rounder<V>()), RounderBits<V>(2 * Bias<V>()));
        var half = V.ShiftRight(biased, 1);
        return x * V.ShiftLeft(half, Mantissa<V>()) * V.ShiftLeft(V.SubtractBits(biased, half), Mantissa<V>());
    }

    /// <summary>The sum of coefficients[i] x^i, by Horner's rule with fused steps.</summary>
    public static double Polynomial(ReadOnlySpan<double> coefficients, double x)
    {
        var p = 0.0;
        for (var i = coefficients.Length - 1; i >= 0; i--) p = Math.FusedMultiplyAdd(p, x, coefficients[i]);
        return p;
    }

    /// <summary>Whether a number type has infinities and NaN.</summary>
    [MethodImpl(Inline)] public static bool IsFloatType<T>() => typeof(T) == typeof(float) || typeof(T) == typeof(double);
}

/// <summary>A scalar function in double precision: the rule for Float64, and through a widening for Float32 (whose error is then half an ulp).</summary>
public interface IDouble1
{
    static abstract double Invoke(double x);
}

/// <summary>A scalar function of two operands in double precision.</summary>
public interface IDouble2
{
    static abstract double Invoke(double x, double y);
}

/// <summary>A function in double precision as a scalar function of each float type.</summary>
public readonly struct Rounded1<F> : ILane1 where F : struct, IDouble1
{
    [MethodImpl(Simd.Inline)]
    public static T Invoke<T>(T x) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> => T.CreateTruncating(F.Invoke(double.CreateTruncating(x)));
}

/// <summary>A function of two operands in double precision as a scalar function of each float type.</summary>
public readonly struct Rounded2<F> : ILane2 where F : struct, IDouble2
{
    [MethodImpl(Simd.Inline)]
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> =>
        T.CreateTruncating(F.Invoke(double.CreateTruncating(x), double.CreateTruncating(y)));
}

/// <summary>A scalar function as a vector function, lane by lane.</summary>
public readonly struct Lanewise1<F> : IUnary where F : struct, ILane1
{
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Map<F>(x);
    public static bool IsLanewise => true;
}

/// <summary>A scalar function of two operands as a vector function, lane by lane.</summary>
public readonly struct Lanewise2<F> : IBinary where F : struct, ILane2
{
    public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.Map<F>(x, y);
    public static bool IsLanewise => true;
}
