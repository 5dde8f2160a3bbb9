// Small things that every file of pointwise functions needs, in terms of ISimd.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

internal static class Simd
{
    public const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Whether the elements are Float32.</summary>
    [MethodImpl(Inline)] public static bool IsSingle<V>() where V : unmanaged, ISimd<V> => V.Element == ElementType.Float32;

    /// <summary>Whether the elements are floating-point numbers.</summary>
    [MethodImpl(Inline)] public static bool IsFloat<V>() where V : unmanaged, ISimd<V> => V.Element is ElementType.Float32 or ElementType.Float64;

    /// <summary>The sign bits of floating-point lanes.</summary>
    [MethodImpl(Inline)] public static V SignBits<V>() where V : unmanaged, ISimd<V> => V.Bits(IsSingle<V>() ? int.MinValue : long.MinValue);

    [MethodImpl(Inline)] public static V Negate<V>(V x) where V : unmanaged, ISimd<V> => IsFloat<V>() ? x ^ SignBits<V>() : V.Constant(0) - x;

    [MethodImpl(Inline)]
    public static V Abs<V>(V x) where V : unmanaged, ISimd<V> =>
        IsFloat<V>() ? x & ~SignBits<V>()
        : V.Element == ElementType.UInt8 ? x
        : V.Select(V.Less(x, V.Constant(0)), V.Constant(0) - x, x);

    /// <summary>The magnitude of x with the sign of y.</summary>
    [MethodImpl(Inline)] public static V CopySign<V>(V x, V y) where V : unmanaged, ISimd<V> => (x & ~SignBits<V>()) | (y & SignBits<V>());

    /// <summary>Set where x is not a number; never for integers.</summary>
    [MethodImpl(Inline)] public static V IsNaN<V>(V x) where V : unmanaged, ISimd<V> => IsFloat<V>() ? ~V.Equal(x, x) : V.Bits(0);

    /// <summary>x, but not below and not above the limits; NaN stays.</summary>
    [MethodImpl(Inline)]
    public static V Clamp<V>(V x, double low, double high) where V : unmanaged, ISimd<V>
    {
        x = V.Select(V.Less(x, V.Constant(low)), V.Constant(low), x);
        return V.Select(V.Less(V.Constant(high), x), V.Constant(high), x);
    }

    /// <summary>One of two constants, by the element type.</summary>
    [MethodImpl(Inline)] public static V Constant<V>(double single, double other) where V : unmanaged, ISimd<V> => V.Constant(IsSingle<V>() ? single : other);

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
