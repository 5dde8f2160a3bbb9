// Truth and bits: logical functions (any nonzero value is true, NaN included), bitwise functions and shifts of integers, and the choice by a mask.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

public readonly struct LogicalAnd : ITest2
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => ~(V.Equal(x, V.Constant(0)) | V.Equal(y, V.Constant(0)));
}

public readonly struct LogicalOr : ITest2
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => ~(V.Equal(x, V.Constant(0)) & V.Equal(y, V.Constant(0)));
}

public readonly struct LogicalXor : ITest2
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => V.Equal(x, V.Constant(0)) ^ V.Equal(y, V.Constant(0));
}

public readonly struct LogicalNot : ITest1
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Equal(x, V.Constant(0));
}

public readonly struct BitAnd : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => x & y;
}

public readonly struct BitOr : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => x | y;
}

public readonly struct BitXor : IBinary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V> => x ^ y;
}

public readonly struct BitNot : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => ~x;
}

/// <summary>The negation of a Bool byte.</summary>
public readonly struct BooleanNot : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => x ^ V.Constant(1);
}

/// <summary>x shifted to the left by y; zero where y is negative or not below the number of bits.</summary>
public readonly struct ShiftLeft : ILane2
{
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        var count = long.CreateTruncating(y);
        return count < 0 || count >= Unsafe.SizeOf<T>() * 8 ? T.Zero : T.CreateTruncating(long.CreateTruncating(x) << (int)count);
    }
}

/// <summary>x shifted to the right by y with its sign; all sign where y is negative or not below the number of bits.</summary>
public readonly struct ShiftRight : ILane2
{
    public static T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        var count = long.CreateTruncating(y);
        return T.CreateTruncating(long.CreateTruncating(x) >> (count < 0 || count > 63 ? 63 : (int)count));
    }
}

/// <summary>The second operand where the mask is true, the third elsewhere.</summary>
public readonly struct Where : ISelect
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V mask, V x, V y) where V : unmanaged, ISimd<V> => V.Select(mask, x, y);
}

public static partial class Operators
{
    public static readonly Operator logical_and = new PointwiseOperator(
        "logical_and", 2, new FloatsTest2<LogicalAnd>(), new IntegersTest2<LogicalAnd>(), new BooleansTest2<LogicalAnd>(), new ComplexTest2<ComplexLogicalAnd>());
    public static readonly Operator logical_or = new PointwiseOperator(
        "logical_or", 2, new FloatsTest2<LogicalOr>(), new IntegersTest2<LogicalOr>(), new BooleansTest2<LogicalOr>(), new ComplexTest2<ComplexLogicalOr>());
    public static readonly Operator logical_xor = new PointwiseOperator(
        "logical_xor", 2, new FloatsTest2<LogicalXor>(), new IntegersTest2<LogicalXor>(), new BooleansTest2<LogicalXor>(), new ComplexTest2<ComplexLogicalXor>());
    public static readonly Operator logical_not = new PointwiseOperator(
        "logical_not", 1, new FloatsTest1<LogicalNot>(), new IntegersTest1<LogicalNot>(), new BooleansTest1<LogicalNot>(), new ComplexTest1<ComplexLogicalNot>());

    public static readonly Operator bitwise_and = new PointwiseOperator("bitwise_and", 2, new Integers2<BitAnd>(), new Booleans2<BitAnd>());
    public static readonly Operator bitwise_or = new PointwiseOperator("bitwise_or", 2, new Integers2<BitOr>(), new Booleans2<BitOr>());
    public static readonly Operator bitwise_xor = new PointwiseOperator("bitwise_xor", 2, new Integers2<BitXor>(), new Booleans2<BitXor>());
    public static readonly Operator bitwise_not = new PointwiseOperator("bitwise_not", 1, new Integers1<BitNot>(), new Booleans1<BooleanNot>());
    public static readonly Operator bitwise_left_shift = new PointwiseOperator("bitwise_left_shift", 2, new Integers2<Lanewise2<ShiftLeft>>());
    public static readonly Operator bitwise_right_shift = new PointwiseOperator("bitwise_right_shift", 2, new Integers2<Lanewise2<ShiftRight>>());

    public static readonly Operator where = new PointwiseOperator(
        "where", 3, new FloatsSelect<Where>(), new IntegersSelect<Where>(), new BooleansSelect<Where>(), new ComplexSelect());
}
