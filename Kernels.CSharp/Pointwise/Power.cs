// Powers. Integers: by squaring, wrapping; a negative exponent gives the truncated quotient (0, or 1 and -1 for those bases).
// Floats: exp(y log|x|) with the sign of a negative base. For Float64 the logarithm is carried in two numbers (about 64 bits), since an error of its product
// with y is an error of the result; Float32 goes through Float64, where one number is enough. Zeros, infinities, NaN, denormals and results near
// the limits go to the scalar function of .NET, which has all special cases of C.
// Bounds, measured: Float32 0.6 ulp, Float64 2 ulp. Source: log as in Exponential.cs; arithmetic of pairs after Dekker, with fused operations.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

internal static class PowerSteps
{
    /// <summary>Set where |x| and y are ordinary enough for the vector path: x normal and finite, and y of moderate size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V IsUsual<V>(V magnitude, V y) where V : unmanaged, ISimd<V> =>
        V.LessOrEqual(V.Constant(2.2250738585072014e-308), magnitude) & V.Less(magnitude, V.Constant(double.PositiveInfinity))
        & V.Less(Simd.Abs(y), V.Constant(4503599627370496));

    /// <summary>The result with its sign for a negative base: of odd powers, and NaN for powers that are not integral.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Signed<V>(V x, V y, V result) where V : unmanaged, ISimd<V>
    {
        var half = V.Constant(0.5) * y;
        var odd = V.AndNot(x & Simd.SignBits<V>(), V.Equal(V.Round(half), half));
        var bad = V.AndNot(V.Less(x, V.Constant(0)), V.Equal(V.Round(y), y));
        return V.Select(bad, V.Constant(double.NaN), result | odd);
    }
}

/// <summary>x to the power y of Float64 lanes that hold Float32: 30 bits are enough.</summary>
internal readonly struct PowerOfSingles : IBinary
{
    // Not inlined: with both halves of a vector in one loop the compiler's budget for inlining would run out.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V>
    {
        var magnitude = Simd.Abs(x);
        var f = Exponentials.Split(magnitude, out var k);
        var exponent = y * Exponentials.LogOfSplit(f, k, V.Constant(0));
        var result = PowerSteps.Signed(x, y, Exponentials.Exp(exponent));
        var usual = PowerSteps.IsUsual(magnitude, y);
        return V.All(usual) ? result : V.Select(usual, result, V.Map<Rounded2<Pow.Scalar>>(x, y));
    }
}

/// <summary>x to the power y.</summary>
public readonly struct Pow : IBinary
{
    internal readonly struct Scalar : IDouble2
    {
        public static double Invoke(double x, double y) => Math.Pow(x, y);
    }

    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.IsSingle ? V.ThroughDouble<PowerOfSingles>(x, y) : Double(x, y);

    [MethodImpl(Simd.Inline)]
    private static V Double<V>(V x, V y) where V : unmanaged, ISimd<V>
    {
        var magnitude = Simd.Abs(x);
        var high = Logarithm(magnitude, out var low);
        var product = y * high;
        low = V.Fma(y, low, V.Fma(y, high, Simd.Negate(product)));

        // exp(product + low)
        var n = V.Horner(product, V.Constant(1.4426950408889634), Simd.Rounder<V>()) - V.Constant(Simd.Rounder<V>());
        var r = V.Fma(n, V.Constant(-0.6931471805599453), product);
        r = V.Fma(n, V.Constant(-2.3190468138462996e-17), r) + low;
        var result = PowerSteps.Signed(x, y, V.Scale(V.Constant(1) + Exponentials.Expm1OfRest(r), n));

        var usual = PowerSteps.IsUsual(magnitude, y) & V.Less(Simd.Abs(product), V.Constant(708));
        return V.All(usual) ? result : V.Select(usual, result, V.Map<Rounded2<Scalar>>(x, y));
    }

    /// <summary>log(x) as a sum of two numbers, for a positive normal x. Not inlined, to stay within the compiler's budget for inlining.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static V Logarithm<V>(V x, out V low) where V : unmanaged, ISimd<V>
    {
        var f = Exponentials.Split(x, out var k);
        // s = f / (2 + f) and what it lacks.
        var two = V.Constant(2);
        var g = two + f;
        var inverse = V.Constant(1) / g;
        var s = f * inverse;
        var rest = V.Fma(Simd.Negate(s), f - (g - two), V.Fma(Simd.Negate(s), g, f)) * inverse;
        // s^3 and what it lacks, times 2/3.
        var z = s * s;
        var zRest = V.Fma(s + s, rest, V.Fma(s, s, Simd.Negate(z)));
        var cube = z * s;
        var cubeRest = V.Fma(z, rest, V.Fma(zRest, s, V.Fma(z, s, Simd.Negate(cube))));
        var third = V.Constant(2.0 / 3.0);
        var term = cube * third;
        var termRest = V.Fma(cubeRest, third, V.Fma(cube, V.Constant(3.700743415417188e-17), V.Fma(cube, third, Simd.Negate(term))));
        // The other terms of the series fit in one number.
        var p = V.Horner(V.Constant(P6), z, P5);
        p = V.Horner(V.Horner(V.Horner(p, z, P4), z, P3), z, P2);
        p = V.Horner(V.Horner(p, z, P1), z, P0);
        // k ln 2 (whose first part has 41 bits, so the product is exact) + 2 s + term, largest first.
        var high = k * V.Constant(0.693147180559663);
        var sum = high + (s + s);
        low = high - sum + (s + s);
        var next = sum + term;
        low += sum - next + term;
        low += V.Fma(k, V.Constant(2.8235290563031577e-13), V.Fma(cube * z, p, rest + rest + termRest));
        high = next + low;
        low += next - high;
        return high;
    }

    private const double P0 = 0.40000000000002267, P1 = 0.28571428570093255, P2 = 0.22222222521163046, P3 = 0.18181784249938371, P4 = 0.15386763079261961, P5 = 0.13256676742601012, P6 = 0.13197696221005839;
}

/// <summary>x to the power y of integers.</summary>
public readonly struct IntegerPow : ILane2
{
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        if (T.IsNegative(y))
            return x == T.One ? T.One : T.IsNegative(x) && x == -T.One ? (T.IsOddInteger(y) ? x : T.One) : T.Zero;
        var result = T.One;
        for (var exponent = long.CreateTruncating(y); exponent != 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0) result = unchecked(result * x);
            x = unchecked(x * x);
        }
        return result;
    }
}

public static partial class Operators
{
    public static readonly Operator pow = new PointwiseOperator("pow", 2, new Floats2<Pow>(), new Integers2<Lanewise2<IntegerPow>>(), new Complex2<ComplexPow>());
}
