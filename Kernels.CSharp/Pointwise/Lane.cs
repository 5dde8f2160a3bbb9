// One element as the narrowest vector: the scalar form of every pointwise function, and the reference of the wider ones.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

/// <summary>A single element of type <typeparamref name="T"/>.</summary>
public readonly unsafe struct Lane<T>(T value) : ISimd<Lane<T>> where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
{
    public readonly T Value = value;

    public static ElementType Element { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => LaneTypes.TypeOf<T>(); }

    public static bool IsSingle => typeof(T) == typeof(float);

    public static bool IsFloat => typeof(T) == typeof(float) || typeof(T) == typeof(double);

    public static int Count => 1;

    private static Lane<T> Of(double x) => typeof(T) == typeof(double) ? new((T)(object)x) : new((T)(object)(float)x);
    private static double Double(Lane<T> x) => typeof(T) == typeof(double) ? Unsafe.BitCast<T, double>(x.Value) : Unsafe.BitCast<T, float>(x.Value);
    private static Lane<T> FromBits(long bits) => sizeof(T) switch
    {
        1 => new(Unsafe.BitCast<byte, T>((byte)bits)),
        2 => new(Unsafe.BitCast<short, T>((short)bits)),
        4 => new(Unsafe.BitCast<int, T>((int)bits)),
        _ => new(Unsafe.BitCast<long, T>(bits)),
    };
    private static long ToBits(Lane<T> x) => sizeof(T) switch
    {
        1 => Unsafe.BitCast<T, byte>(x.Value),
        2 => Unsafe.BitCast<T, ushort>(x.Value),
        4 => Unsafe.BitCast<T, uint>(x.Value),
        _ => Unsafe.BitCast<T, long>(x.Value),
    };
    private static Lane<T> Mask(bool set) => FromBits(set ? -1L : 0L);

    public static Lane<T> Load(byte* source) => new(*(T*)source);
    public static void Store(Lane<T> value, byte* target) => *(T*)target = value.Value;
    public static Lane<T> LoadMask(byte* source) => Mask(*source != 0);
    public static void StoreMask(Lane<T> mask, byte* target) => *target = (byte)(ToBits(mask) & 1);
    public static Lane<T> LoadHalves(byte* source) => FromBits(*(ushort*)source);
    public static void StoreHalves(Lane<T> value, byte* target) => *(ushort*)target = (ushort)ToBits(value);
    public static Lane<T> LoadBytes(byte* source) => FromBits(*source);
    public static Lane<T> LoadInts(byte* source) => FromBits(*(int*)source);
    public static void StoreInts(Lane<T> value, byte* target) => *(int*)target = (int)ToBits(value);
    public static Lane<T> LoadSingles(byte* source) => Of(*(float*)source);
    public static void StoreSingles(Lane<T> value, byte* target) => *(float*)target = (float)Double(value);
    public static Lane<T> FromIntegers(Lane<T> bits) => typeof(T) == typeof(float) ? new((T)(object)(float)(int)ToBits(bits)) : new((T)(object)(double)ToBits(bits));
    public static Lane<T> ToIntegers(Lane<T> x) => FromBits(typeof(T) == typeof(float) ? Truncation.ToInt32(Double(x)) : Truncation.ToInt64(Double(x)));
    public static Lane<T> Constant(double value) => new(T.CreateTruncating(value));
    public static Lane<T> Bits(long bits) => FromBits(bits);

    public static Lane<T> operator +(Lane<T> a, Lane<T> b) => new(unchecked(a.Value + b.Value));
    public static Lane<T> operator -(Lane<T> a, Lane<T> b) => new(unchecked(a.Value - b.Value));
    public static Lane<T> operator *(Lane<T> a, Lane<T> b) => new(unchecked(a.Value * b.Value));
    public static Lane<T> operator /(Lane<T> a, Lane<T> b) => new(a.Value / b.Value);
    public static Lane<T> operator &(Lane<T> a, Lane<T> b) => FromBits(ToBits(a) & ToBits(b));
    public static Lane<T> operator |(Lane<T> a, Lane<T> b) => FromBits(ToBits(a) | ToBits(b));
    public static Lane<T> operator ^(Lane<T> a, Lane<T> b) => FromBits(ToBits(a) ^ ToBits(b));
    public static Lane<T> operator ~(Lane<T> a) => FromBits(~ToBits(a));
    public static Lane<T> AndNot(Lane<T> a, Lane<T> b) => FromBits(ToBits(a) & ~ToBits(b));

    public static Lane<T> Fma(Lane<T> a, Lane<T> b, Lane<T> c) => typeof(T) == typeof(float)
        ? new((T)(object)MathF.FusedMultiplyAdd((float)(object)a.Value, (float)(object)b.Value, (float)(object)c.Value))
        : Of(Math.FusedMultiplyAdd(Double(a), Double(b), Double(c)));

    public static Lane<T> Horner(Lane<T> p, Lane<T> x, double c) => Fma(p, x, Constant(c));

    public static Lane<T> Scale(Lane<T> x, Lane<T> n) => Simd.ScaleByHalves(x, n);
    public static Lane<T> AtLeast(Lane<T> x, double limit) => x.Value < T.CreateTruncating(limit) ? Constant(limit) : x;
    public static Lane<T> AtMost(Lane<T> x, double limit) => x.Value > T.CreateTruncating(limit) ? Constant(limit) : x;

    // Square root and rounding of a float through double are correctly rounded (53 >= 2 * 24 + 2 bits), so one form serves both types.
    public static Lane<T> Sqrt(Lane<T> x) => Of(Math.Sqrt(Double(x)));
    public static Lane<T> Floor(Lane<T> x) => Of(Math.Floor(Double(x)));
    public static Lane<T> Ceiling(Lane<T> x) => Of(Math.Ceiling(Double(x)));
    public static Lane<T> Truncate(Lane<T> x) => Of(Math.Truncate(Double(x)));
    public static Lane<T> Round(Lane<T> x) => Of(Math.Round(Double(x)));

    public static Lane<T> Equal(Lane<T> a, Lane<T> b) => Mask(a.Value == b.Value);
    public static Lane<T> Less(Lane<T> a, Lane<T> b) => Mask(a.Value < b.Value);
    public static Lane<T> LessOrEqual(Lane<T> a, Lane<T> b) => Mask(a.Value <= b.Value);
    public static Lane<T> Select(Lane<T> mask, Lane<T> a, Lane<T> b) => ToBits(mask) != 0 ? a : b;
    public static bool All(Lane<T> mask) => ToBits(mask) != 0;
    public static bool Any(Lane<T> mask) => ToBits(mask) != 0;
    public static Lane<T> AddBits(Lane<T> a, Lane<T> b) => FromBits(ToBits(a) + ToBits(b));
    public static Lane<T> SubtractBits(Lane<T> a, Lane<T> b) => FromBits(ToBits(a) - ToBits(b));
    public static Lane<T> ShiftLeft(Lane<T> x, int count) => FromBits(ToBits(x) << count);
    public static Lane<T> ShiftRight(Lane<T> x, int count) => FromBits(ToBits(x) >>> count);

    public static Lane<T> Map<F>(Lane<T> x) where F : struct, ILane1 => new(F.Invoke(x.Value));
    public static Lane<T> Map<F>(Lane<T> x, Lane<T> y) where F : struct, ILane2 => new(F.Invoke(x.Value, y.Value));
    public static Lane<T> Patch<F>(Lane<T> mask, Lane<T> x, Lane<T> result) where F : struct, ILane1 => Any(mask) ? new(F.Invoke(x.Value)) : result;
    public static Lane<T> ThroughDouble<F>(Lane<T> x) where F : struct, IUnary => Of(F.Invoke(new Lane<double>(Double(x))).Value);
    public static Lane<T> ThroughDouble<F>(Lane<T> x, Lane<T> y) where F : struct, IBinary =>
        Of(F.Invoke(new Lane<double>(Double(x)), new Lane<double>(Double(y))).Value);
}

/// <summary>Which element type a .NET number type stands for.</summary>
internal static class LaneTypes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ElementType TypeOf<T>() =>
        typeof(T) == typeof(float) ? ElementType.Float32
        : typeof(T) == typeof(double) ? ElementType.Float64
        : typeof(T) == typeof(byte) ? ElementType.UInt8
        : typeof(T) == typeof(sbyte) ? ElementType.Int8
        : typeof(T) == typeof(short) ? ElementType.Int16
        : typeof(T) == typeof(int) ? ElementType.Int32
        : typeof(T) == typeof(long) ? ElementType.Int64
        : typeof(T) == typeof(ushort) ? ElementType.UInt16
        : typeof(T) == typeof(uint) ? ElementType.UInt32
        : typeof(T) == typeof(ulong) ? ElementType.UInt64
        : throw new NotSupportedException($"{typeof(T)} is not an element type of vectors");
}
