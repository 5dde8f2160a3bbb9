// The vectorised conversions, each of one vector of elements, and the rounding of Float32 to the 16-bit types, which emitted code uses too.
// Half: exact scaling by 2^112 in one direction; in the other, the rounding bias is added to the bits, and below the least normal Half the addition
// of 0.5 puts the rounding where the last bit is. Method after F. Giesen's notes on half floats.
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

/// <summary>A conversion of one vector between element types of different sizes.</summary>
internal unsafe interface ICast
{
    /// <summary>Bytes of one element of the source.</summary>
    static abstract nint From { get; }

    /// <summary>Bytes of one element of the result.</summary>
    static abstract nint To { get; }

    static abstract void Move<V>(byte* source, byte* target) where V : unmanaged, ISimd<V>;
}

/// <summary>Bits of a Half, in the low part of a 32-bit lane, as Float32.</summary>
public readonly struct HalfToSingle : IUnary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V>
    {
        var magnitude = V.ShiftLeft(x & V.Bits(0x7FFF), 13) * V.Constant(5.192296858534828e33);
        var special = V.LessOrEqual(V.Constant(65536), magnitude) & V.Bits(0x7F800000);
        return magnitude | special | V.ShiftLeft(x & V.Bits(0x8000), 16);
    }
}

/// <summary>Float32 rounded to Half, whose bits stand in the low part of the lane.</summary>
public readonly struct SingleToHalf : IUnary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V>
    {
        var magnitude = Simd.Abs(x);
        var odd = V.ShiftRight(magnitude, 13) & V.Bits(1);
        var normal = V.ShiftRight(V.AddBits(V.AddBits(magnitude, V.Bits(0xFFF - (112 << 23))), odd), 13);
        var denormal = V.SubtractBits(magnitude + V.Constant(0.5), V.Bits(0x3F000000));
        var bits = V.Select(V.Less(magnitude, V.Constant(6.103515625e-05)), denormal, normal);
        bits = V.Select(V.Less(magnitude, V.Constant(65536)), bits, V.Bits(0x7C00) | (Simd.IsNaN(x) & V.Bits(0x200)));
        return bits | V.ShiftRight(x & Simd.SignBits<V>(), 16);
    }
}

/// <summary>Bits of a BFloat16, in the low part of a 32-bit lane, as Float32.</summary>
public readonly struct BFloat16ToSingle : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.ShiftLeft(x, 16);
}

/// <summary>Float32 rounded to BFloat16, whose bits stand in the low part of the lane.</summary>
public readonly struct SingleToBFloat16 : IUnary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V>
    {
        var odd = V.ShiftRight(x, 16) & V.Bits(1);
        return V.Select(V.Equal(x, x), V.ShiftRight(V.AddBits(V.AddBits(x, V.Bits(0x7FFF)), odd), 16), V.Bits(0x7FC0));
    }
}

/// <summary>A 16-bit type to Float32.</summary>
internal readonly unsafe struct Widened<F> : ICast where F : struct, IUnary
{
    public static nint From => 2;
    public static nint To => 4;
    [MethodImpl(Simd.Inline)] public static void Move<V>(byte* source, byte* target) where V : unmanaged, ISimd<V> => V.Store(F.Invoke(V.LoadHalves(source)), target);
}

/// <summary>Float32 to a 16-bit type.</summary>
internal readonly unsafe struct Narrowed<F> : ICast where F : struct, IUnary
{
    public static nint From => 4;
    public static nint To => 2;
    [MethodImpl(Simd.Inline)] public static void Move<V>(byte* source, byte* target) where V : unmanaged, ISimd<V> => V.StoreHalves(F.Invoke(V.Load(source)), target);
}

internal readonly unsafe struct SingleToDouble : ICast
{
    public static nint From => 4;
    public static nint To => 8;
    [MethodImpl(Simd.Inline)] public static void Move<V>(byte* source, byte* target) where V : unmanaged, ISimd<V> => V.Store(V.LoadSingles(source), target);
}

internal readonly unsafe struct DoubleToSingle : ICast
{
    public static nint From => 8;
    public static nint To => 4;
    [MethodImpl(Simd.Inline)] public static void Move<V>(byte* source, byte* target) where V : unmanaged, ISimd<V> => V.StoreSingles(V.Load(source), target);
}

internal readonly unsafe struct SingleToInt64 : ICast
{
    public static nint From => 4;
    public static nint To => 8;
    [MethodImpl(Simd.Inline)] public static void Move<V>(byte* source, byte* target) where V : unmanaged, ISimd<V> => V.Store(V.ToIntegers(V.LoadSingles(source)), target);
}

internal readonly unsafe struct Int64ToSingle : ICast
{
    public static nint From => 8;
    public static nint To => 4;

    [MethodImpl(Simd.Inline)]
    public static void Move<V>(byte* source, byte* target) where V : unmanaged, ISimd<V>
    {
        // Through Float64, which is exact up to 2^53. Beyond, the second rounding could go wrong, and such vectors are done one by one.
        var x = V.FromIntegers(V.Load(source));
        if (V.Any(V.LessOrEqual(V.Constant(9007199254740992), Simd.Abs(x))))
            for (var i = 0; i < V.Count; i++) ((float*)target)[i] = ((long*)source)[i];
        else V.StoreSingles(x, target);
    }
}

internal readonly unsafe struct Int32ToDouble : ICast
{
    public static nint From => 4;
    public static nint To => 8;
    [MethodImpl(Simd.Inline)] public static void Move<V>(byte* source, byte* target) where V : unmanaged, ISimd<V> => V.Store(V.FromIntegers(V.LoadInts(source)), target);
}

internal readonly unsafe struct Int32ToInt64 : ICast
{
    public static nint From => 4;
    public static nint To => 8;
    [MethodImpl(Simd.Inline)] public static void Move<V>(byte* source, byte* target) where V : unmanaged, ISimd<V> => V.Store(V.LoadInts(source), target);
}

internal readonly unsafe struct Int64ToInt32 : ICast
{
    public static nint From => 8;
    public static nint To => 4;
    [MethodImpl(Simd.Inline)] public static void Move<V>(byte* source, byte* target) where V : unmanaged, ISimd<V> => V.StoreInts(V.Load(source), target);
}

internal readonly unsafe struct ByteToSingle : ICast
{
    public static nint From => 1;
    public static nint To => 4;
    [MethodImpl(Simd.Inline)] public static void Move<V>(byte* source, byte* target) where V : unmanaged, ISimd<V> => V.Store(V.FromIntegers(V.LoadBytes(source)), target);
}

/// <summary>Floats truncated to integers of the same size.</summary>
public readonly struct FloatToInteger : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.ToIntegers(x);
}

/// <summary>The bits of integers in float lanes of the same size, as numbers.</summary>
public readonly struct IntegerToFloat : IUnary
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.FromIntegers(x);
}

/// <summary>Anything but zero, NaN included.</summary>
public readonly struct IsNonzero : ITest1
{
    [MethodImpl(Simd.Inline)] public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> => ~V.Equal(x, V.Constant(0));
}
