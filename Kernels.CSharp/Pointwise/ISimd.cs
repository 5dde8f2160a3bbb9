// The vocabulary in which pointwise functions are written once for every vector width. An implementation holds one vector (Vec128, Vec256,
// Vec512) or one element (Lane) of an element type. Every operation is exact or correctly rounded, and nothing is reassociated or contracted, so a
// function gives the same bits at every width. Masks are values whose lanes are all ones or all zeros.
using System.Numerics;

namespace Torch.Kernels;

/// <summary>A vector of some width and element type, or a single element.</summary>
public unsafe interface ISimd<V> where V : unmanaged, ISimd<V>
{
    /// <summary>The type of the elements; a constant for the compiler, so functions branch on it freely.</summary>
    static abstract ElementType Element { get; }

    /// <summary>Whether the elements are Float32.</summary>
    static abstract bool IsSingle { get; }

    /// <summary>Whether the elements are floating-point numbers.</summary>
    static abstract bool IsFloat { get; }

    /// <summary>How many elements a value holds.</summary>
    static abstract int Count { get; }

    static abstract V Load(byte* source);
    static abstract void Store(V value, byte* target);

    /// <summary>Reads one byte per lane, as <c>Bool</c> is stored, and makes a mask of it.</summary>
    static abstract V LoadMask(byte* source);

    /// <summary>Writes one byte per lane, 1 where the mask is set and 0 elsewhere.</summary>
    static abstract void StoreMask(V mask, byte* target);

    /// <summary>Reads one unsigned 8-bit integer per lane, of 16 bits or more.</summary>
    static abstract V LoadBytes(byte* source);

    /// <summary>Reads one unsigned 16-bit number per lane into the low bits of 32-bit lanes.</summary>
    static abstract V LoadHalves(byte* source);

    /// <summary>Writes the low 16 bits of each 32-bit lane.</summary>
    static abstract void StoreHalves(V value, byte* target);

    /// <summary>Reads one signed 32-bit integer per lane of 64 bits.</summary>
    static abstract V LoadInts(byte* source);

    /// <summary>Writes the low 32 bits of each lane of 64 bits.</summary>
    static abstract void StoreInts(V value, byte* target);

    /// <summary>Reads one Float32 per Float64 lane.</summary>
    static abstract V LoadSingles(byte* source);

    /// <summary>Writes each Float64 lane rounded to Float32.</summary>
    static abstract void StoreSingles(V value, byte* target);

    /// <summary>Lanes that hold signed integers of the element's size, as floating-point numbers.</summary>
    static abstract V FromIntegers(V bits);

    /// <summary>Floating-point lanes truncated to signed integers of the element's size; the least integer for NaN and what does not fit.</summary>
    static abstract V ToIntegers(V x);

    /// <summary>All lanes hold the number rounded to the element type.</summary>
    static abstract V Constant(double value);

    /// <summary>All lanes hold these bits (the low ones where the element has fewer than 64).</summary>
    static abstract V Bits(long bits);

    static abstract V operator +(V a, V b);
    static abstract V operator -(V a, V b);
    static abstract V operator *(V a, V b);
    static abstract V operator /(V a, V b);
    static abstract V operator &(V a, V b);
    static abstract V operator |(V a, V b);
    static abstract V operator ^(V a, V b);
    static abstract V operator ~(V a);

    /// <summary>a and the complement of b.</summary>
    static abstract V AndNot(V a, V b);

    /// <summary>a * b + c, rounded once.</summary>
    static abstract V Fma(V a, V b, V c);

    /// <summary>One step of Horner's rule: p * x + c, rounded once.</summary>
    static abstract V Horner(V p, V x, double c);

    /// <summary>x times 2^n, rounded once; n is integral and between -2000 and 2000.</summary>
    static abstract V Scale(V x, V n);

    /// <summary>x, or the limit where x is less. NaN stays.</summary>
    static abstract V AtLeast(V x, double limit);

    /// <summary>x, or the limit where x is greater. NaN stays.</summary>
    static abstract V AtMost(V x, double limit);

    static abstract V Sqrt(V x);
    static abstract V Floor(V x);
    static abstract V Ceiling(V x);
    static abstract V Truncate(V x);

    /// <summary>To the nearest integer, ties to even.</summary>
    static abstract V Round(V x);

    static abstract V Equal(V a, V b);
    static abstract V Less(V a, V b);
    static abstract V LessOrEqual(V a, V b);

    /// <summary>a where the mask is set, b elsewhere.</summary>
    static abstract V Select(V mask, V a, V b);

    /// <summary>Whether any lane of the mask is set.</summary>
    static abstract bool Any(V mask);

    /// <summary>Whether all lanes of the mask are set.</summary>
    static abstract bool All(V mask);

    /// <summary>The sum of the lanes' bits as integers of the element's size.</summary>
    static abstract V AddBits(V a, V b);

    /// <summary>The difference of the lanes' bits as integers of the element's size.</summary>
    static abstract V SubtractBits(V a, V b);

    /// <summary>The lanes' bits shifted to the left.</summary>
    static abstract V ShiftLeft(V x, int count);

    /// <summary>The lanes' bits shifted to the right, zeros entering.</summary>
    static abstract V ShiftRight(V x, int count);

    /// <summary>Applies a scalar function to each lane.</summary>
    static abstract V Map<F>(V x) where F : struct, ILane1;

    /// <summary>Applies a scalar function to each pair of lanes.</summary>
    static abstract V Map<F>(V x, V y) where F : struct, ILane2;

    /// <summary>The result, with the lanes where the mask is set replaced by the scalar function of x. The mask is rarely set.</summary>
    static abstract V Patch<F>(V mask, V x, V result) where F : struct, ILane1;

    /// <summary>For Float32: the function computed in Float64 and rounded once.</summary>
    static abstract V ThroughDouble<F>(V x) where F : struct, IUnary;

    /// <summary>For Float32: the function computed in Float64 and rounded once.</summary>
    static abstract V ThroughDouble<F>(V x, V y) where F : struct, IBinary;
}

/// <summary>A scalar function of one operand, for every element type that its operator registers.</summary>
public interface ILane1
{
    static abstract T Invoke<T>(T x) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>;
}

/// <summary>A scalar function of two operands.</summary>
public interface ILane2
{
    static abstract T Invoke<T>(T x, T y) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>;
}

/// <summary>A function of one real operand at every vector width.</summary>
public interface IUnary
{
    static abstract V Invoke<V>(V x) where V : unmanaged, ISimd<V>;

    /// <summary>Whether the function works lane by lane, so that wider vectors gain nothing and unused lanes must not be computed.</summary>
    static virtual bool IsLanewise => false;
}

/// <summary>A function of two real operands at every vector width.</summary>
public interface IBinary
{
    static abstract V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V>;

    /// <summary>Whether the function works lane by lane, so that wider vectors gain nothing and unused lanes must not be computed.</summary>
    static virtual bool IsLanewise => false;
}

/// <summary>A predicate of one operand: the result is a mask, stored as Bool.</summary>
public interface ITest1
{
    static abstract V Invoke<V>(V x) where V : unmanaged, ISimd<V>;
}

/// <summary>A predicate of two operands: the result is a mask, stored as Bool.</summary>
public interface ITest2
{
    static abstract V Invoke<V>(V x, V y) where V : unmanaged, ISimd<V>;
}

/// <summary>A function of a mask and two operands.</summary>
public interface ISelect
{
    static abstract V Invoke<V>(V mask, V x, V y) where V : unmanaged, ISimd<V>;
}

/// <summary>The vector widths. Kernels run at <see cref="Widths.Best"/>; tests run all of them.</summary>
public enum Width { Lane, Vec128, Vec256, Vec512 }

public static class Widths
{
    /// <summary>The widest vectors that this machine computes in hardware.</summary>
    public static Width Best =>
        System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? Width.Vec512
        : System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated ? Width.Vec256
        : System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated ? Width.Vec128
        : Width.Lane;
}
