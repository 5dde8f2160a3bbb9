// Conversions between element types, with the results of C++ on x86-64: integers wrap; a float becomes an integer by truncation, and the least one where it
// does not fit; anything but zero is true; of a complex number the real part is taken. Half and 8-bit types are converted through Float32, as PyTorch does,
// so a Float64 is rounded twice on its way to them.
// Number types convert directly (a loop per pair, vectorised where it matters); the others are chained through Float32, Complex64 or Complex128.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

/// <summary>Truncation of floats to integers as the x86-64 instructions do it.</summary>
internal static class Truncation
{
    public static int ToInt32(double x) => x > -2147483649.0 && x < 2147483648.0 ? (int)x : int.MinValue;

    public static long ToInt64(double x) => x >= -9223372036854775808.0 && x < 9223372036854775808.0 ? (long)x : long.MinValue;

    public static ulong ToUInt64(double x) =>
        x >= 9223372036854775808.0 ? (ulong)ToInt64(x - 9223372036854775808.0) ^ 0x8000000000000000 : (ulong)ToInt64(x);
}

/// <summary>Conversions of tiles between element types. Quantised types convert as the integers that they store.</summary>
public static unsafe class Casts
{
    private const int Types = (int)ElementType.QInt32 + 1;
    private const int Chunk = 256;

    private static readonly Tile?[] cache = new Tile?[Types * Types];

    /// <summary>The conversion: result[i] = (to)a[i].</summary>
    public static Tile For(ElementType from, ElementType to) => cache[(int)from * Types + (int)to] ??= At(from, to, Widths.Best);

    /// <summary>The conversion at a given vector width.</summary>
    public static Tile At(ElementType from, ElementType to, Width width)
    {
        from = Stored(from);
        to = Stored(to);
        if (from == to) return Copy(from.Size(), width);
        return Direct(from, to, width) ?? Chain(from, Between(from, to), to, width);
    }

    private static ElementType Stored(ElementType type) => type switch
    {
        ElementType.QInt8 => ElementType.Int8,
        ElementType.QUInt8 => ElementType.UInt8,
        ElementType.QInt32 => ElementType.Int32,
        _ => type,
    };

    private static Tile Copy(int size, Width width) => size switch
    {
        1 => Tiles.Unary<Identity, byte>(width),
        2 => Tiles.Unary<Identity, short>(width),
        4 => Tiles.Unary<Identity, int>(width),
        8 => Tiles.Unary<Identity, long>(width),
        _ => (result, a, b, c, count) => Buffer.MemoryCopy(a, result, count * 16, count * 16),
    };

    /// <summary>The type through which a conversion without a loop of its own goes.</summary>
    private static ElementType Between(ElementType from, ElementType to) => (from, to) switch
    {
        (ElementType.Complex32, _) => ElementType.Complex64,
        (_, ElementType.Complex32) => ElementType.Complex64,
        (ElementType.Complex64, _) => ElementType.Float32,
        (ElementType.Complex128, _) => ElementType.Float64,
        (_, ElementType.Complex64) => ElementType.Float32,
        (_, ElementType.Complex128) => ElementType.Float64,
        _ => ElementType.Float32,
    };

    private static Tile Chain(ElementType from, ElementType between, ElementType to, Width width)
    {
        Tile first = At(from, between, width), second = At(between, to, width);
        int fromSize = from.Size(), toSize = to.Size();
        return (result, a, b, c, count) =>
        {
            var buffer = stackalloc byte[Chunk * 16];
            for (nint i = 0; i < count; i += Chunk)
            {
                var n = Math.Min(Chunk, count - i);
                first(buffer, a + i * fromSize, null, null, n);
                second(result + i * toSize, buffer, null, null, n);
            }
        };
    }

    private static Tile? Direct(ElementType from, ElementType to, Width width) => from switch
    {
        ElementType.Bool => To<byte>(ElementType.UInt8, to, width),
        ElementType.UInt8 => To<byte>(from, to, width),
        ElementType.Int8 => To<sbyte>(from, to, width),
        ElementType.Int16 => To<short>(from, to, width),
        ElementType.Int32 => To<int>(from, to, width),
        ElementType.Int64 => To<long>(from, to, width),
        ElementType.UInt16 => To<ushort>(from, to, width),
        ElementType.UInt32 => To<uint>(from, to, width),
        ElementType.UInt64 => To<ulong>(from, to, width),
        ElementType.Float32 => To<float>(from, to, width),
        ElementType.Float64 => To<double>(from, to, width),
        ElementType.Float16 when to == ElementType.Float32 => Steps<Widened<HalfToSingle>, float>(width),
        ElementType.BFloat16 when to == ElementType.Float32 => Steps<Widened<BFloat16ToSingle>, float>(width),
        ElementType.Complex32 when to == ElementType.Complex64 => Doubled(Steps<Widened<HalfToSingle>, float>(width)),
        ElementType.Float8E4M3FN when to == ElementType.Float32 => EightBits<E4M3FN>,
        ElementType.Float8E5M2 when to == ElementType.Float32 => EightBits<E5M2>,
        ElementType.Float8E4M3FNUZ when to == ElementType.Float32 => EightBits<E4M3FNUZ>,
        ElementType.Float8E5M2FNUZ when to == ElementType.Float32 => EightBits<E5M2FNUZ>,
        ElementType.Complex64 => to switch
        {
            ElementType.Bool => PartsToBool<float>,
            ElementType.Float32 => RealParts<float>,
            ElementType.Complex32 => Doubled(Steps<Narrowed<SingleToHalf>, float>(width)),
            ElementType.Complex128 => Doubled(Steps<SingleToDouble, double>(width)),
            _ => null,
        },
        ElementType.Complex128 => to switch
        {
            ElementType.Bool => PartsToBool<double>,
            ElementType.Float64 => RealParts<double>,
            ElementType.Complex64 => Doubled(Steps<DoubleToSingle, double>(width)),
            _ => null,
        },
        _ => null,
    };

    private static Tile? To<T>(ElementType from, ElementType to, Width width) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> => (from, to) switch
    {
        (ElementType.Float32, ElementType.Float64) => Steps<SingleToDouble, double>(width),
        (ElementType.Float64, ElementType.Float32) => Steps<DoubleToSingle, double>(width),
        (ElementType.Float32, ElementType.Int32) or (ElementType.Float64, ElementType.Int64) => Tiles.Unary<FloatToInteger, T>(width),
        (ElementType.Float32, ElementType.Int64) => Steps<SingleToInt64, double>(width),
        (ElementType.Int32, ElementType.Float32) => Tiles.Unary<IntegerToFloat, float>(width),
        (ElementType.Int64, ElementType.Float64) => Tiles.Unary<IntegerToFloat, double>(width),
        (ElementType.Int64, ElementType.Float32) => Steps<Int64ToSingle, double>(width),
        (ElementType.Int32, ElementType.Float64) => Steps<Int32ToDouble, double>(width),
        (ElementType.Int32, ElementType.Int64) => Steps<Int32ToInt64, long>(width),
        (ElementType.Int64, ElementType.Int32) => Steps<Int64ToInt32, long>(width),
        (ElementType.UInt8, ElementType.Float32) => Steps<ByteToSingle, float>(width),
        (ElementType.Float32, ElementType.Float16) => Steps<Narrowed<SingleToHalf>, float>(width),
        (ElementType.Float32, ElementType.BFloat16) => Steps<Narrowed<SingleToBFloat16>, float>(width),
        (ElementType.Float32, ElementType.Float8E4M3FN) => ToEightBits<E4M3FN>,
        (ElementType.Float32, ElementType.Float8E5M2) => ToEightBits<E5M2>,
        (ElementType.Float32, ElementType.Float8E4M3FNUZ) => ToEightBits<E4M3FNUZ>,
        (ElementType.Float32, ElementType.Float8E5M2FNUZ) => ToEightBits<E5M2FNUZ>,
        (ElementType.Float32, ElementType.Complex64) => WithZero<float>,
        (ElementType.Float64, ElementType.Complex128) => WithZero<double>,
        (_, ElementType.Bool) => Tiles.Test1<IsNonzero, T>(width),
        (_, ElementType.UInt8) => Numbers<T, byte>,
        (_, ElementType.Int8) => Numbers<T, sbyte>,
        (_, ElementType.Int16) => Numbers<T, short>,
        (_, ElementType.Int32) => Numbers<T, int>,
        (_, ElementType.Int64) => Numbers<T, long>,
        (_, ElementType.UInt16) => Numbers<T, ushort>,
        (_, ElementType.UInt32) => Numbers<T, uint>,
        (_, ElementType.UInt64) => Numbers<T, ulong>,
        (_, ElementType.Float32) => Numbers<T, float>,
        (_, ElementType.Float64) => Numbers<T, double>,
        _ => null,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Numbers<TFrom, TTo>(byte* result, byte* a, byte* b, byte* c, nint count)
        where TFrom : unmanaged, IBinaryNumber<TFrom> where TTo : unmanaged, IBinaryNumber<TTo>
    {
        for (nint i = 0; i < count; i++) ((TTo*)result)[i] = Number<TFrom, TTo>(((TFrom*)a)[i]);
    }

    // A float goes to a narrow integer through the instruction that C++ compilers choose for it: of 32 bits, but of 64 bits for UInt8 (PyTorch's own rule) and UInt32.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TTo Number<TFrom, TTo>(TFrom x) where TFrom : unmanaged, IBinaryNumber<TFrom> where TTo : unmanaged, IBinaryNumber<TTo>
    {
        if (!Simd.IsFloatType<TFrom>() || Simd.IsFloatType<TTo>()) return TTo.CreateTruncating(x);
        var d = double.CreateTruncating(x);
        if (typeof(TTo) == typeof(ulong)) return TTo.CreateTruncating(Truncation.ToUInt64(d));
        return typeof(TTo) == typeof(byte) || typeof(TTo) == typeof(uint) || typeof(TTo) == typeof(long)
            ? TTo.CreateTruncating(Truncation.ToInt64(d))
            : TTo.CreateTruncating(Truncation.ToInt32(d));
    }

    private static Tile Doubled(Tile parts) => (result, a, b, c, count) => parts(result, a, b, c, 2 * count);

    private static void RealParts<T>(byte* result, byte* a, byte* b, byte* c, nint count) where T : unmanaged
    {
        for (nint i = 0; i < count; i++) ((T*)result)[i] = ((T*)a)[2 * i];
    }

    private static void WithZero<T>(byte* result, byte* a, byte* b, byte* c, nint count) where T : unmanaged
    {
        for (nint i = 0; i < count; i++)
        {
            ((T*)result)[2 * i] = ((T*)a)[i];
            ((T*)result)[2 * i + 1] = default;
        }
    }

    private static void PartsToBool<T>(byte* result, byte* a, byte* b, byte* c, nint count) where T : unmanaged, INumberBase<T>
    {
        for (nint i = 0; i < count; i++) result[i] = T.IsZero(((T*)a)[2 * i]) && T.IsZero(((T*)a)[2 * i + 1]) ? (byte)0 : (byte)1;
    }

    private static void EightBits<F>(byte* result, byte* a, byte* b, byte* c, nint count) where F : struct, IFloat8
    {
        for (nint i = 0; i < count; i++) ((float*)result)[i] = Float8.ToSingle<F>(a[i]);
    }

    private static void ToEightBits<F>(byte* result, byte* a, byte* b, byte* c, nint count) where F : struct, IFloat8
    {
        for (nint i = 0; i < count; i++) result[i] = Float8.FromSingle<F>(((float*)a)[i]);
    }

    private static Tile Steps<F, T>(Width width) where F : struct, ICast where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> => width switch
    {
        Width.Lane => StepLoop<F, Lane<T>>,
        Width.Vec128 => StepLoop<F, Vec128<T>>,
        Width.Vec256 => StepLoop<F, Vec256<T>>,
        _ => StepLoop<F, Vec512<T>>,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StepLoop<F, V>(byte* result, byte* a, byte* b, byte* c, nint count) where F : struct, ICast where V : unmanaged, ISimd<V>
    {
        var full = count / V.Count * V.Count;
        for (nint i = 0; i < full; i += V.Count) F.Move<V>(a + i * F.From, result + i * F.To);
        if (full != count) Tiles.Rest(&StepLoop<F, V>, result, a, b, c, full, count - full, V.Count, (F.To, F.From, 0, 0));
    }
}
