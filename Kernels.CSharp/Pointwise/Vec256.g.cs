// Generated from Vec512.cs by exchanging the number; do not edit.
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Torch.Kernels;

/// <summary>A vector of 256 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
public readonly unsafe struct Vec256<T>(Vector256<T> value) : ISimd<Vec256<T>> where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public readonly Vector256<T> Value = value;

    public static ElementType Element { [MethodImpl(Inline)] get => LaneTypes.TypeOf<T>(); }

    public static bool IsSingle { [MethodImpl(Inline)] get => typeof(T) == typeof(float); }

    public static bool IsFloat { [MethodImpl(Inline)] get => typeof(T) == typeof(float) || typeof(T) == typeof(double); }

    public static int Count { [MethodImpl(Inline)] get => 256 / 8 / sizeof(T); }

    [MethodImpl(Inline)] private static Vec256<T> Of<U>(Vector256<U> v) => new(v.As<U, T>());

    [MethodImpl(Inline)] public static Vec256<T> Load(byte* source) => new(Vector256.Load((T*)source));
    [MethodImpl(Inline)] public static void Store(Vec256<T> value, byte* target) => value.Value.Store((T*)target);

    [MethodImpl(Inline)]
    public static Vec256<T> LoadMask(byte* source)
    {
        if (sizeof(T) == 1) return Of(~Vector256.Equals(Vector256.Load(source), Vector256<byte>.Zero));
        var lanes = LoadBytes(source).Value;
        if (sizeof(T) == 2) return Of(~Vector256.Equals(lanes.AsUInt16(), Vector256<ushort>.Zero));
        if (sizeof(T) == 4) return Of(~Vector256.Equals(lanes.AsUInt32(), Vector256<uint>.Zero));
        return Of(~Vector256.Equals(lanes.AsUInt64(), Vector256<ulong>.Zero));
    }

    [MethodImpl(Inline)]
    public static void StoreMask(Vec256<T> mask, byte* target)
    {
        var bytes = mask.Value.AsByte();
        if (sizeof(T) > 1)
        {
            var shorts = mask.Value.AsInt16();
            if (sizeof(T) > 2)
            {
                var ints = sizeof(T) == 4 ? mask.Value.AsInt32() : Vector256.Narrow(mask.Value.AsInt64(), mask.Value.AsInt64());
                shorts = Vector256.Narrow(ints, ints);
            }
            bytes = Vector256.Narrow(shorts, shorts).AsByte();
        }
        LowPart.Store(bytes & Vector256<byte>.One, target, Count);
    }

    [MethodImpl(Inline)]
    public static Vec256<T> LoadBytes(byte* source)
    {
        LowPart.Load(source, Count, out Vector256<byte> bytes);
        var shorts = Vector256.WidenLower(bytes);
        if (sizeof(T) == 2) return Of(shorts);
        var ints = Vector256.WidenLower(shorts);
        return sizeof(T) == 4 ? Of(ints) : Of(Vector256.WidenLower(ints));
    }

    [MethodImpl(Inline)]
    public static Vec256<T> LoadHalves(byte* source)
    {
        LowPart.Load(source, 256 / 16, out Vector256<byte> halves);
        return Of(Vector256.WidenLower(halves.AsUInt16()));
    }

    [MethodImpl(Inline)]
    public static void StoreHalves(Vec256<T> value, byte* target) =>
        LowPart.Store(Vector256.Narrow(value.Value.AsUInt32(), value.Value.AsUInt32()).AsByte(), target, 256 / 16);

    [MethodImpl(Inline)]
    public static Vec256<T> LoadInts(byte* source)
    {
        LowPart.Load(source, 256 / 16, out Vector256<byte> ints);
        return Of(Vector256.WidenLower(ints.AsInt32()));
    }

    [MethodImpl(Inline)]
    public static void StoreInts(Vec256<T> value, byte* target) =>
        LowPart.Store(Vector256.Narrow(value.Value.AsInt64(), value.Value.AsInt64()).AsByte(), target, 256 / 16);

    [MethodImpl(Inline)]
    public static Vec256<T> LoadSingles(byte* source)
    {
        LowPart.Load(source, 256 / 16, out Vector256<byte> singles);
        return Of(Vector256.WidenLower(singles.AsSingle()));
    }

    [MethodImpl(Inline)]
    public static void StoreSingles(Vec256<T> value, byte* target) =>
        LowPart.Store(Vector256.Narrow(value.Value.AsDouble(), value.Value.AsDouble()).AsByte(), target, 256 / 16);

    [MethodImpl(Inline)]
    public static Vec256<T> FromIntegers(Vec256<T> bits) => typeof(T) == typeof(float)
        ? Of(Vector256.ConvertToSingle(bits.Value.AsInt32()))
        : Of(Vector256.ConvertToDouble(bits.Value.AsInt64()));

    // The native conversion of x86 gives the least integer for what does not fit; elsewhere the selection sees to it.
    [MethodImpl(Inline)]
    public static Vec256<T> ToIntegers(Vec256<T> x)
    {
        var fits = Less(x, Constant(typeof(T) == typeof(float) ? 2147483648.0 : 9223372036854775808.0))
            & LessOrEqual(Constant(typeof(T) == typeof(float) ? -2147483648.0 : -9223372036854775808.0), x);
        var integers = typeof(T) == typeof(float) ? Of(Vector256.ConvertToInt32Native(x.Value.AsSingle())) : Of(Vector256.ConvertToInt64Native(x.Value.AsDouble()));
        return Select(fits, integers, Bits(typeof(T) == typeof(float) ? int.MinValue : long.MinValue));
    }

    [MethodImpl(Inline)]
    public static Vec256<T> Constant(double value) =>
        typeof(T) == typeof(float) ? new(Vector256.Create((float)value).As<float, T>())
        : typeof(T) == typeof(double) ? new(Vector256.Create(value).As<double, T>())
        : new(Vector256.Create(T.CreateTruncating(value)));

    [MethodImpl(Inline)]
    public static Vec256<T> Bits(long bits) => sizeof(T) switch
    {
        1 => Of(Vector256.Create((byte)bits)),
        2 => Of(Vector256.Create((short)bits)),
        4 => new(Vector256.Create((int)bits).As<int, T>()),
        _ => new(Vector256.Create(bits).As<long, T>()),
    };

    [MethodImpl(Inline)] public static Vec256<T> operator +(Vec256<T> a, Vec256<T> b) => new(a.Value + b.Value);
    [MethodImpl(Inline)] public static Vec256<T> operator -(Vec256<T> a, Vec256<T> b) => new(a.Value - b.Value);
    [MethodImpl(Inline)] public static Vec256<T> operator *(Vec256<T> a, Vec256<T> b) => new(a.Value * b.Value);
    [MethodImpl(Inline)] public static Vec256<T> operator /(Vec256<T> a, Vec256<T> b) => new(a.Value / b.Value);
    [MethodImpl(Inline)] public static Vec256<T> operator &(Vec256<T> a, Vec256<T> b) => new(a.Value & b.Value);
    [MethodImpl(Inline)] public static Vec256<T> operator |(Vec256<T> a, Vec256<T> b) => new(a.Value | b.Value);
    [MethodImpl(Inline)] public static Vec256<T> operator ^(Vec256<T> a, Vec256<T> b) => new(a.Value ^ b.Value);
    [MethodImpl(Inline)] public static Vec256<T> operator ~(Vec256<T> a) => new(~a.Value);
    [MethodImpl(Inline)] public static Vec256<T> AndNot(Vec256<T> a, Vec256<T> b) => new(Vector256.AndNot(a.Value, b.Value));

    [MethodImpl(Inline)]
    public static Vec256<T> Fma(Vec256<T> a, Vec256<T> b, Vec256<T> c) => typeof(T) == typeof(float)
        ? new(Vector256.FusedMultiplyAdd(a.Value.AsSingle(), b.Value.AsSingle(), c.Value.AsSingle()).As<float, T>())
        : new(Vector256.FusedMultiplyAdd(a.Value.AsDouble(), b.Value.AsDouble(), c.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec256<T> Horner(Vec256<T> p, Vec256<T> x, double c) => typeof(T) == typeof(float)
        ? new(Vector256.FusedMultiplyAdd(p.Value.AsSingle(), x.Value.AsSingle(), Vector256.Create((float)c)).As<float, T>())
        : new(Vector256.FusedMultiplyAdd(p.Value.AsDouble(), x.Value.AsDouble(), Vector256.Create(c)).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec256<T> Scale(Vec256<T> x, Vec256<T> n)
    {
        if (!Scaling.IsSupported) return Simd.ScaleByHalves(x, n);
        return typeof(T) == typeof(float)
            ? new(Scaling.Scale(x.Value.AsSingle(), n.Value.AsSingle()).As<float, T>())
            : new(Scaling.Scale(x.Value.AsDouble(), n.Value.AsDouble()).As<double, T>());
    }

    [MethodImpl(Inline)] public static Vec256<T> AtLeast(Vec256<T> x, double limit) => new(Vector256.MaxNative(Constant(limit).Value, x.Value));
    [MethodImpl(Inline)] public static Vec256<T> AtMost(Vec256<T> x, double limit) => new(Vector256.MinNative(Constant(limit).Value, x.Value));
    [MethodImpl(Inline)] public static Vec256<T> Sqrt(Vec256<T> x) => new(Vector256.Sqrt(x.Value));

    [MethodImpl(Inline)]
    public static Vec256<T> Floor(Vec256<T> x) => typeof(T) == typeof(float)
        ? new(Vector256.Floor(x.Value.AsSingle()).As<float, T>())
        : new(Vector256.Floor(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec256<T> Ceiling(Vec256<T> x) => typeof(T) == typeof(float)
        ? new(Vector256.Ceiling(x.Value.AsSingle()).As<float, T>())
        : new(Vector256.Ceiling(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec256<T> Truncate(Vec256<T> x) => typeof(T) == typeof(float)
        ? new(Vector256.Truncate(x.Value.AsSingle()).As<float, T>())
        : new(Vector256.Truncate(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec256<T> Round(Vec256<T> x) => typeof(T) == typeof(float)
        ? new(Vector256.Round(x.Value.AsSingle()).As<float, T>())
        : new(Vector256.Round(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)] public static Vec256<T> Equal(Vec256<T> a, Vec256<T> b) => new(Vector256.Equals(a.Value, b.Value));
    [MethodImpl(Inline)] public static Vec256<T> Less(Vec256<T> a, Vec256<T> b) => new(Vector256.LessThan(a.Value, b.Value));
    [MethodImpl(Inline)] public static Vec256<T> LessOrEqual(Vec256<T> a, Vec256<T> b) => new(Vector256.LessThanOrEqual(a.Value, b.Value));
    [MethodImpl(Inline)] public static Vec256<T> Select(Vec256<T> mask, Vec256<T> a, Vec256<T> b) => new(Vector256.ConditionalSelect(mask.Value, a.Value, b.Value));
    [MethodImpl(Inline)] public static bool All(Vec256<T> mask) => mask.Value.AsByte() == Vector256<byte>.AllBitsSet;
    [MethodImpl(Inline)] public static bool Any(Vec256<T> mask) => mask.Value.AsByte() != Vector256<byte>.Zero;

    [MethodImpl(Inline)]
    public static Vec256<T> AddBits(Vec256<T> a, Vec256<T> b) => sizeof(T) == 4
        ? new((a.Value.AsInt32() + b.Value.AsInt32()).As<int, T>())
        : new((a.Value.AsInt64() + b.Value.AsInt64()).As<long, T>());

    [MethodImpl(Inline)]
    public static Vec256<T> SubtractBits(Vec256<T> a, Vec256<T> b) => sizeof(T) == 4
        ? new((a.Value.AsInt32() - b.Value.AsInt32()).As<int, T>())
        : new((a.Value.AsInt64() - b.Value.AsInt64()).As<long, T>());

    [MethodImpl(Inline)]
    public static Vec256<T> ShiftLeft(Vec256<T> x, int count) => sizeof(T) == 4
        ? new((x.Value.AsUInt32() << count).As<uint, T>())
        : new((x.Value.AsUInt64() << count).As<ulong, T>());

    [MethodImpl(Inline)]
    public static Vec256<T> ShiftRight(Vec256<T> x, int count) => sizeof(T) == 4
        ? new((x.Value.AsUInt32() >>> count).As<uint, T>())
        : new((x.Value.AsUInt64() >>> count).As<ulong, T>());

    public static Vec256<T> Map<F>(Vec256<T> x) where F : struct, ILane1
    {
        var v = x.Value;
        var p = (T*)&v;
        for (var i = 0; i < Count; i++) p[i] = F.Invoke(p[i]);
        return new(v);
    }

    public static Vec256<T> Map<F>(Vec256<T> x, Vec256<T> y) where F : struct, ILane2
    {
        Vector256<T> v = x.Value, w = y.Value;
        T* p = (T*)&v, q = (T*)&w;
        for (var i = 0; i < Count; i++) p[i] = F.Invoke(p[i], q[i]);
        return new(v);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static Vec256<T> Patch<F>(Vec256<T> mask, Vec256<T> x, Vec256<T> result) where F : struct, ILane1
    {
        Vector256<T> m = mask.Value, v = x.Value, r = result.Value;
        for (var i = 0; i < Count; i++)
            if (((byte*)&m)[i * sizeof(T)] != 0) ((T*)&r)[i] = F.Invoke(((T*)&v)[i]);
        return new(r);
    }

    [MethodImpl(Inline)]
    public static Vec256<T> ThroughDouble<F>(Vec256<T> x) where F : struct, IUnary
    {
        var (low, high) = Vector256.Widen(x.Value.AsSingle());
        return Of(Vector256.Narrow(F.Invoke(new Vec256<double>(low)).Value, F.Invoke(new Vec256<double>(high)).Value));
    }

    [MethodImpl(Inline)]
    public static Vec256<T> ThroughDouble<F>(Vec256<T> x, Vec256<T> y) where F : struct, IBinary
    {
        var (a, b) = Vector256.Widen(x.Value.AsSingle());
        var (c, d) = Vector256.Widen(y.Value.AsSingle());
        return Of(Vector256.Narrow(F.Invoke(new Vec256<double>(a), new Vec256<double>(c)).Value, F.Invoke(new Vec256<double>(b), new Vec256<double>(d)).Value));
    }
}
