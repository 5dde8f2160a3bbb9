// Comparisons and predicates. The result is Bool. NaN is unequal to everything, itself included.
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

public readonly struct Equal : ITest2
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.Equal(x, y);
}

public readonly struct NotEqual : ITest2
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => ~V.Equal(x, y);
}

public readonly struct Less : ITest2
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.Less(x, y);
}

public readonly struct LessOrEqual : ITest2
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.LessOrEqual(x, y);
}

public readonly struct Greater : ITest2
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.Less(y, x);
}

public readonly struct GreaterOrEqual : ITest2
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.LessOrEqual(y, x);
}

public readonly struct IsNaN : ITest1
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => Simd.IsNaN(x);
}

public readonly struct IsInfinite : ITest1
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> =>
        V.IsFloat ? V.Equal(Simd.Abs(x), V.Constant(double.PositiveInfinity)) : V.Bits(0);
}

public readonly struct IsFinite : ITest1
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> =>
        V.IsFloat ? V.Less(Simd.Abs(x), V.Constant(double.PositiveInfinity)) : V.Bits(-1);
}

public readonly struct IsPositiveInfinity : ITest1
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> =>
        V.IsFloat ? V.Equal(x, V.Constant(double.PositiveInfinity)) : V.Bits(0);
}

public readonly struct IsNegativeInfinity : ITest1
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> =>
        V.IsFloat ? V.Equal(x, V.Constant(double.NegativeInfinity)) : V.Bits(0);
}

/// <summary>Whether the sign bit is set: true for -0 and for negative NaN.</summary>
public readonly struct SignBit : ITest1
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> =>
        V.IsFloat ? V.Less(Simd.CopySign(V.Constant(1), x), V.Constant(0)) : V.Less(x, V.Constant(0));
}

public static partial class Operators
{
    public static readonly Operator eq = new PointwiseOperator(
        "eq", 2, new FloatsTest2<Equal>(), new IntegersTest2<Equal>(), new BooleansTest2<Equal>(), new ComplexTest2<ComplexEqual>());
    public static readonly Operator ne = new PointwiseOperator(
        "ne", 2, new FloatsTest2<NotEqual>(), new IntegersTest2<NotEqual>(), new BooleansTest2<NotEqual>(), new ComplexTest2<ComplexNotEqual>());
    public static readonly Operator lt = new PointwiseOperator("lt", 2, new FloatsTest2<Less>(), new IntegersTest2<Less>(), new BooleansTest2<Less>());
    public static readonly Operator le = new PointwiseOperator("le", 2, new FloatsTest2<LessOrEqual>(), new IntegersTest2<LessOrEqual>(), new BooleansTest2<LessOrEqual>());
    public static readonly Operator gt = new PointwiseOperator("gt", 2, new FloatsTest2<Greater>(), new IntegersTest2<Greater>(), new BooleansTest2<Greater>());
    public static readonly Operator ge = new PointwiseOperator("ge", 2, new FloatsTest2<GreaterOrEqual>(), new IntegersTest2<GreaterOrEqual>(), new BooleansTest2<GreaterOrEqual>());

    public static readonly Operator isnan = new PointwiseOperator(
        "isnan", 1, new FloatsTest1<IsNaN>(), new IntegersTest1<IsNaN>(), new BooleansTest1<IsNaN>(), new ComplexTest1<ComplexIsNaN>());
    public static readonly Operator isinf = new PointwiseOperator(
        "isinf", 1, new FloatsTest1<IsInfinite>(), new IntegersTest1<IsInfinite>(), new BooleansTest1<IsInfinite>(), new ComplexTest1<ComplexIsInfinite>());
    public static readonly Operator isfinite = new PointwiseOperator(
        "isfinite", 1, new FloatsTest1<IsFinite>(), new IntegersTest1<IsFinite>(), new BooleansTest1<IsFinite>(), new ComplexTest1<ComplexIsFinite>());
    public static readonly Operator isposinf = new PointwiseOperator(
        "isposinf", 1, new FloatsTest1<IsPositiveInfinity>(), new IntegersTest1<IsPositiveInfinity>(), new BooleansTest1<IsPositiveInfinity>());
    public static readonly Operator isneginf = new PointwiseOperator(
        "isneginf", 1, new FloatsTest1<IsNegativeInfinity>(), new IntegersTest1<IsNegativeInfinity>(), new BooleansTest1<IsNegativeInfinity>());
    public static readonly Operator signbit = new PointwiseOperator(
        "signbit", 1, new FloatsTest1<SignBit>(), new IntegersTest1<SignBit>(), new BooleansTest1<SignBit>());
}
