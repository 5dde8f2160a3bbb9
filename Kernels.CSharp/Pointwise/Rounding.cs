// Rounding to integers. Exact; signed zeros as IEEE has them. Integers are returned as they are.
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

public readonly struct Floor : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Floor(x);
}

public readonly struct Ceiling : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Ceiling(x);
}

/// <summary>To the nearest integer, ties to even.</summary>
public readonly struct Round : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Round(x);
}

public readonly struct Truncate : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.Truncate(x);
}

/// <summary>x - trunc(x), with the sign of x; NaN for an infinity.</summary>
public readonly struct Fraction : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => x - V.Truncate(x);
}

public static partial class Operators
{
    public static readonly Operator floor = new PointwiseOperator("floor", 1, new Floats1<Floor>(), new Integers1<Identity>());
    public static readonly Operator ceil = new PointwiseOperator("ceil", 1, new Floats1<Ceiling>(), new Integers1<Identity>());
    public static readonly Operator round = new PointwiseOperator("round", 1, new Floats1<Round>(), new Integers1<Identity>());
    public static readonly Operator trunc = new PointwiseOperator("trunc", 1, new Floats1<Truncate>(), new Integers1<Identity>());
    public static readonly Operator frac = new PointwiseOperator("frac", 1, new Floats1<Fraction>());
}
