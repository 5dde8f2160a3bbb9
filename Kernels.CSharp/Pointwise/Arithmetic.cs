// Arithmetic: sums, products, quotients, remainders, extremes, signs. Integers wrap. The floating-point forms are single IEEE operations or exact
// selections, except remainder and floor division, which follow Python: fmod, then the sign of the divisor.
// A division of integers by zero throws DivideByZeroException with PyTorch's word for it.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

public readonly struct Add : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => x + y;
}

public readonly struct Subtract : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => x - y;
}

public readonly struct Multiply : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => x * y;
}

public readonly struct Divide : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => x / y;
}

/// <summary>The quotient rounded towards zero.</summary>
public readonly struct DivideTruncate : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.Truncate(x / y);
}

/// <summary>Integer quotient and remainder, with the two cases that .NET traps on: zero throws PyTorch's word, minus one wraps.</summary>
internal static class IntegerDivision
{
    public static T Quotient<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        if (T.IsZero(y)) ThrowZeroDivision();
        return T.IsNegative(y) && y == -T.One ? unchecked(T.Zero - x) : x / y;
    }

    public static T Remainder<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        if (T.IsZero(y)) ThrowZeroDivision();
        return T.IsNegative(y) && y == -T.One ? T.Zero : x % y;
    }

    private static void ThrowZeroDivision() => throw new DivideByZeroException("ZeroDivisionError");
}

public readonly struct IntegerDivideTruncate : ILane2
{
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> => IntegerDivision.Quotient(x, y);
}

/// <summary>The quotient rounded towards minus infinity. Floats: as Python, so that it agrees with the remainder even where the quotient rounds up.</summary>
public readonly struct DivideFloor : ILane2
{
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        if (!Simd.IsFloatType<T>())
        {
            var quotient = IntegerDivision.Quotient(x, y);
            return T.IsNegative(x) != T.IsNegative(y) && unchecked(quotient * y) != x ? quotient - T.One : quotient;
        }
        if (T.IsZero(y)) return x / y;
        var rest = x % y;
        var exact = (x - rest) / y;
        if (!T.IsZero(rest) && y < T.Zero != rest < T.Zero) exact -= T.One;
        if (T.IsZero(exact)) return T.CreateTruncating(Math.CopySign(0.0, double.CreateTruncating(x / y)));
        var floor = T.CreateTruncating(Math.Floor(double.CreateTruncating(exact)));
        return exact - floor > T.CreateTruncating(0.5) ? floor + T.One : floor;
    }
}

/// <summary>The remainder with the sign of the divisor.</summary>
public readonly struct Remainder : ILane2
{
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        var rest = Simd.IsFloatType<T>() ? x % y : IntegerDivision.Remainder(x, y);
        return !T.IsZero(rest) && y < T.Zero != rest < T.Zero ? rest + y : rest;
    }
}

/// <summary>The remainder with the sign of the dividend.</summary>
public readonly struct Fmod : ILane2
{
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> =>
        Simd.IsFloatType<T>() ? x % y : IntegerDivision.Remainder(x, y);
}

/// <summary>The larger one; NaN if either is NaN. Of two zeros the second.</summary>
public readonly struct Maximum : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.Select(V.Less(y, x) | Simd.IsNaN(x), x, y);
}

/// <summary>The smaller one; NaN if either is NaN. Of two zeros the second.</summary>
public readonly struct Minimum : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.Select(V.Less(x, y) | Simd.IsNaN(x), x, y);
}

/// <summary>The larger one; the other if one is NaN.</summary>
public readonly struct Fmax : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.Select(V.Less(y, x) | Simd.IsNaN(y), x, y);
}

/// <summary>The smaller one; the other if one is NaN.</summary>
public readonly struct Fmin : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.Select(V.Less(x, y) | Simd.IsNaN(y), x, y);
}

public readonly struct Negate : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => Simd.Negate(x);
}

public readonly struct Abs : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => Simd.Abs(x);
}

/// <summary>-1, 0 or 1; 0 for NaN and for both zeros.</summary>
public readonly struct Sign : IUnary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V>
    {
        var zero = V.Constant(0);
        var positive = V.Less(zero, x) & V.Constant(1);
        return V.Element == ElementType.UInt8 ? positive : positive - (V.Less(x, zero) & V.Constant(1));
    }
}

public readonly struct Reciprocal : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Constant(1) / x;
}

public readonly struct Square : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => x * x;
}

public readonly struct Sqrt : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Sqrt(x);
}

public readonly struct Rsqrt : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Constant(1) / V.Sqrt(x);
}

public readonly struct CopySign : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => Simd.CopySign(x, y);
}

/// <summary>0 below zero, 1 above, the second operand at zero; 0 for NaN.</summary>
public readonly struct Heaviside : IBinary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V>
    {
        var zero = V.Constant(0);
        return V.Select(V.Equal(x, zero), y, V.Less(zero, x) & V.Constant(1));
    }
}

/// <summary>max(x, 0) as PyTorch's clamp_min: NaN and -0 stay.</summary>
public readonly struct Relu : IUnary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Select(V.Less(x, V.Constant(0)), V.Constant(0), x);
}

/// <summary>The next representable number after x in the direction of y.</summary>
public readonly struct NextAfter : ILane2
{
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        if (T.IsNaN(x) || T.IsNaN(y)) return x + y;
        if (x == y) return y;
        return typeof(T) == typeof(float)
            ? T.CreateTruncating(x < y ? MathF.BitIncrement(float.CreateTruncating(x)) : MathF.BitDecrement(float.CreateTruncating(x)))
            : T.CreateTruncating(x < y ? Math.BitIncrement(double.CreateTruncating(x)) : Math.BitDecrement(double.CreateTruncating(x)));
    }
}

/// <summary>The length of the vector (x, y), without overflow on the way; infinite if either is, even beside a NaN.</summary>
public readonly struct Hypot : ILane2
{
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> => typeof(T) == typeof(float)
        ? T.CreateTruncating(float.Hypot(float.CreateTruncating(x), float.CreateTruncating(y)))
        : T.CreateTruncating(double.Hypot(double.CreateTruncating(x), double.CreateTruncating(y)));
}

/// <summary>The greatest common divisor of the magnitudes, by Euclid.</summary>
public readonly struct Gcd : ILane2
{
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        T a = Magnitude(x), b = Magnitude(y);
        while (!T.IsZero(b)) (a, b) = (b, IntegerDivision.Remainder(a, b));
        return Magnitude(a);
    }

    internal static T Magnitude<T>(T x) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> => T.IsNegative(x) ? unchecked(T.Zero - x) : x;
}

/// <summary>The least common multiple of the magnitudes. As in C++, 8 and 16 bits are computed in more and then cut, so their overflow may be negative.</summary>
public readonly struct Lcm : ILane2
{
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        var g = Gcd.Invoke(x, y);
        if (T.IsZero(g)) return T.Zero;
        var quotient = IntegerDivision.Quotient(x, g);
        return Unsafe.SizeOf<T>() < sizeof(int)
            ? T.CreateTruncating(Math.Abs(int.CreateTruncating(quotient) * int.CreateTruncating(y)))
            : Gcd.Magnitude(unchecked(quotient * y));
    }
}

/// <summary>The operand itself: a copy.</summary>
public readonly struct Identity : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => x;
}

public static partial class Operators
{
    public static readonly Operator add = new PointwiseOperator("add", 2, new Floats2<Add>(), new Integers2<Add>(), new Booleans2<BitOr>(), new ComplexParts2<Add>());
    public static readonly Operator sub = new PointwiseOperator("sub", 2, new Floats2<Subtract>(), new Integers2<Subtract>(), new ComplexParts2<Subtract>());
    public static readonly Operator mul = new PointwiseOperator("mul", 2, new Floats2<Multiply>(), new Integers2<Multiply>(), new Booleans2<BitAnd>(), new Complex2<ComplexMultiply>());
    public static readonly Operator div = new PointwiseOperator("div", 2, new Floats2<Divide>(), new Complex2<ComplexDivide>());
    public static readonly Operator div_floor = new PointwiseOperator("div_floor", 2, new Floats2<Lanewise2<DivideFloor>>(), new Integers2<Lanewise2<DivideFloor>>());
    public static readonly Operator div_trunc = new PointwiseOperator("div_trunc", 2, new Floats2<DivideTruncate>(), new Integers2<Lanewise2<IntegerDivideTruncate>>());
    public static readonly Operator remainder = new PointwiseOperator("remainder", 2, new Floats2<Lanewise2<Remainder>>(), new Integers2<Lanewise2<Remainder>>());
    public static readonly Operator fmod = new PointwiseOperator("fmod", 2, new Floats2<Lanewise2<Fmod>>(), new Integers2<Lanewise2<Fmod>>());
    public static readonly Operator maximum = new PointwiseOperator("maximum", 2, new Floats2<Maximum>(), new Integers2<Maximum>(), new Booleans2<BitOr>());
    public static readonly Operator minimum = new PointwiseOperator("minimum", 2, new Floats2<Minimum>(), new Integers2<Minimum>(), new Booleans2<BitAnd>());
    public static readonly Operator fmax = new PointwiseOperator("fmax", 2, new Floats2<Fmax>(), new Integers2<Maximum>(), new Booleans2<BitOr>());
    public static readonly Operator fmin = new PointwiseOperator("fmin", 2, new Floats2<Fmin>(), new Integers2<Minimum>(), new Booleans2<BitAnd>());
    public static readonly Operator copysign = new PointwiseOperator("copysign", 2, new Floats2<CopySign>());
    public static readonly Operator nextafter = new PointwiseOperator("nextafter", 2, new Floats2<Lanewise2<NextAfter>>());
    public static readonly Operator hypot = new PointwiseOperator("hypot", 2, new Floats2<Lanewise2<Hypot>>());
    public static readonly Operator heaviside = new PointwiseOperator("heaviside", 2, new Floats2<Heaviside>(), new Integers2<Heaviside>(), new Booleans2<Heaviside>());
    public static readonly Operator gcd = new PointwiseOperator("gcd", 2, new Integers2<Lanewise2<Gcd>>());
    public static readonly Operator lcm = new PointwiseOperator("lcm", 2, new Integers2<Lanewise2<Lcm>>());

    public static readonly Operator neg = new PointwiseOperator("neg", 1, new Floats1<Negate>(), new Integers1<Negate>(), new ComplexParts1<Negate>());
    public static readonly Operator abs = new PointwiseOperator("abs", 1, new Floats1<Abs>(), new Integers1<Abs>(), new ComplexToReal<ComplexAbs>());
    public static readonly Operator sign = new PointwiseOperator("sign", 1, new Floats1<Sign>(), new Integers1<Sign>(), new Booleans1<Identity>());
    public static readonly Operator sgn = new PointwiseOperator("sgn", 1, new Floats1<Sign>(), new Integers1<Sign>(), new Booleans1<Identity>(), new Complex1<ComplexSgn>());
    public static readonly Operator reciprocal = new PointwiseOperator("reciprocal", 1, new Floats1<Reciprocal>(), new Complex1<ComplexReciprocal>());
    public static readonly Operator square = new PointwiseOperator("square", 1, new Floats1<Square>(), new Integers1<Square>(), new Complex1<ComplexSquare>());
    public static readonly Operator sqrt = new PointwiseOperator("sqrt", 1, new Floats1<Sqrt>(), new Complex1<ComplexSqrt>());
    public static readonly Operator rsqrt = new PointwiseOperator("rsqrt", 1, new Floats1<Rsqrt>(), new Complex1<ComplexRsqrt>());
    public static readonly Operator relu = new PointwiseOperator("relu", 1, new Floats1<Relu>(), new Integers1<Relu>());
    public static readonly Operator identity = new PointwiseOperator(
        "identity", 1, new Floats1<Identity>(), new Integers1<Identity>(), new Booleans1<Identity>(), new ComplexParts1<Identity>());
}
