// A vector of 512 bits as ISimd. Vec256.g.cs and Vec128.g.cs are this text with the number exchanged; a test compares them.
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Torch.Kernels;

/// <summary>A vector of 512 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
public readonly unsafe struct Vec512<T>(Vector512<T> value) : ISimd<Vec512<T>> where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public readonly Vector512<T> Value = value;

    public static ElementType Element { [MethodImpl(Inline)] get => LaneTypes.TypeOf<T>(); }

    public static bool IsSingle { [MethodImpl(Inline)] get => typeof(T) == typeof(float); }

    public static bool IsFloat { [MethodImpl(Inline)] get => typeof(T) == typeof(float) || typeof(T) == typeof(double); }

    public static int Count { [MethodImpl(Inline)] get => 512 / 8 / sizeof(T); }

    [MethodImpl(Inline)] private static Vec512<T> Of<U>(Vector512<U> v) => new(v.As<U, T>());

    [MethodImpl(Inline)] public static Vec512<T> Load(byte* source) => new(Vector512.Load((T*)source));
    [MethodImpl(Inline)] public static void Store(Vec512<T> value, byte* target) => value.Value.Store((T*)target);

    [MethodImpl(Inline)]
    public static Vec512<T> LoadMask(byte* source)
    {
        if (sizeof(T) == 1) return Of(~Vector512.Equals(Vector512.Load(source), Vector512<byte>.Zero));
        var lanes = LoadBytes(source).Value;
        if (sizeof(T) == 2) return Of(~Vector512.Equals(lanes.AsUInt16(), Vector512<ushort>.Zero));
        if (sizeof(T) == 4) return Of(~Vector512.Equals(lanes.AsUInt32(), Vector512<uint>.Zero));
        return Of(~Vector512.Equals(lanes.AsUInt64(), Vector512<ulong>.Zero));
    }

    [MethodImpl(Inline)]
    public static void StoreMask(Vec512<T> mask, byte* target)
    {
        var bytes = mask.Value.AsByte();
        if (sizeof(T) > 1)
        {
            var shorts = mask.Value.AsInt16();
            if (sizeof(T) > 2)
            {
                var ints = sizeof(T) == 4 ? mask.Value.AsInt32() : Vector512.Narrow(mask.Value.AsInt64(), mask.Value.AsInt64());
                shorts = Vector512.Narrow(ints, ints);
            }
            bytes = Vector512.Narrow(shorts, shorts).AsByte();
        }
        LowPart.Store(bytes & Vector512<byte>.One, target, Count);
    }

    [MethodImpl(Inline)]
    public static Vec512<T> LoadBytes(byte* source)
    {
        LowPart.Load(source, Count, out Vector512<byte> bytes);
        var shorts = Vector512.WidenLower(bytes);
        if (sizeof(T) == 2) return Of(shorts);
        var ints = Vector512.WidenLower(shorts);
        return sizeof(T) == 4 ? Of(ints) : Of(Vector512.WidenLower(ints));
    }

    [MethodImpl(Inline)]
    public static Vec512<T> LoadHalves(byte* source)
    {
        LowPart.Load(source, 512 / 16, out Vector512<byte> halves);
        return Of(Vector512.WidenLower(halves.AsUInt16()));
    }

    [MethodImpl(Inline)]
    public static void StoreHalves(Vec512<T> value, byte* target) =>
        LowPart.Store(Vector512.Narrow(value.Value.AsUInt32(), value.Value.AsUInt32()).AsByte(), target, 512 / 16);

    [MethodImpl(Inline)]
    public static Vec512<T> LoadInts(byte* source)
    {
        LowPart.Load(source, 512 / 16, out Vector512<byte> ints);
        return Of(Vector512.WidenLower(ints.AsInt32()));
    }

    [MethodImpl(Inline)]
    public static void StoreInts(Vec512<T> value, byte* target) =>
        LowPart.Store(Vector512.Narrow(value.Value.AsInt64(), value.Value.AsInt64()).AsByte(), target, 512 / 16);

    [MethodImpl(Inline)]
    public static Vec512<T> LoadSingles(byte* source)
    {
        LowPart.Load(source, 512 / 16, out Vector512<byte> singles);
        return Of(Vector512.WidenLower(singles.AsSingle()));
    }

    [MethodImpl(Inline)]
    public static void StoreSingles(Vec512<T> value, byte* target) =>
        LowPart.Store(Vector512.Narrow(value.Value.AsDouble(), value.Value.AsDouble()).AsByte(), target, 512 / 16);

    [MethodImpl(Inline)]
    public static Vec512<T> FromIntegers(Vec512<T> bits) => typeof(T) == typeof(float)
        ? Of(Vector512.ConvertToSingle(bits.Value.AsInt32()))
        : Of(Vector512.ConvertToDouble(bits.Value.AsInt64()));

    // The native conversion of x86 gives the least integer for what does not fit; elsewhere the selection sees to it.
    [MethodImpl(Inline)]
    public static Vec512<T> ToIntegers(Vec512<T> x)
    {
        var fits = Less(x, Constant(typeof(T) == typeof(float) ? 2147483648.0 : 9223372036854775808.0))
            & LessOrEqual(Constant(typeof(T) == typeof(float) ? -2147483648.0 : -9223372036854775808.0), x);
        var integers = typeof(T) == typeof(float) ? Of(Vector512.ConvertToInt32Native(x.Value.AsSingle())) : Of(Vector512.ConvertToInt64Native(x.Value.AsDouble()));
        return Select(fits, integers, Bits(typeof(T) == typeof(float) ? int.MinValue : long.MinValue));
    }

    [MethodImpl(Inline)]
    public static Vec512<T> Constant(double value) =>
        typeof(T) == typeof(float) ? new(Vector512.Create((float)value).As<float, T>())
        : typeof(T) == typeof(double) ? new(Vector512.Create(value).As<double, T>())
        : new(Vector512.Create(T.CreateTruncating(value)));

    [MethodImpl(Inline)]
    public static Vec512<T> Bits(long bits) => sizeof(T) switch
    {
        1 => Of(Vector512.Create((byte)bits)),
        2 => Of(Vector512.Create((short)bits)),
        4 => new(Vector512.Create((int)bits).As<int, T>()),
        _ => new(Vector512.Create(bits).As<long, T>()),
    };

    [MethodImpl(Inline)] public static Vec512<T> operator +(Vec512<T> a, Vec512<T> b) => new(a.Value + b.Value);
    [MethodImpl(Inline)] public static Vec512<T> operator -(Vec512<T> a, Vec512<T> b) => new(a.Value - b.Value);
    [MethodImpl(Inline)] public static Vec512<T> operator *(Vec512<T> a, Vec512<T> b) => new(a.Value * b.Value);
    [MethodImpl(Inline)] public static Vec512<T> operator /(Vec512<T> a, Vec512<T> b) => new(a.Value / b.Value);
    [MethodImpl(Inline)] public static Vec512<T> operator &(Vec512<T> a, Vec512<T> b) => new(a.Value & b.Value);
    [MethodImpl(Inline)] public static Vec512<T> operator |(Vec512<T> a, Vec512<T> b) => new(a.Value | b.Value);
    [MethodImpl(Inline)] public static Vec512<T> operator ^(Vec512<T> a, Vec512<T> b) => new(a.Value ^ b.Value);
    [MethodImpl(Inline)] public static Vec512<T> operator ~(Vec512<T> a) => new(~a.Value);
    [MethodImpl(Inline)] public static Vec512<T> AndNot(Vec512<T> a, Vec512<T> b) => new(Vector512.AndNot(a.Value, b.Value));

    [MethodImpl(Inline)]
    public static Vec512<T> Fma(Vec512<T> a, Vec512<T> b, Vec512<T> c) => typeof(T) == typeof(float)
        ? new(Vector512.FusedMultiplyAdd(a.Value.AsSingle(), b.Value.AsSingle(), c.Value.AsSingle()).As<float, T>())
        : new(Vector512.FusedMultiplyAdd(a.Value.AsDouble(), b.Value.AsDouble(), c.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec512<T> Horner(Vec512<T> p, Vec512<T> x, double c) => typeof(T) == typeof(float)
        ? new(Vector512.FusedMultiplyAdd(p.Value.AsSingle(), x.Value.AsSingle(), Vector512.Create((float)c)).As<float, T>())
        : new(Vector512.FusedMultiplyAdd(p.Value.AsDouble(), x.Value.AsDouble(), Vector512.Create(c)).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec512<T> Scale(Vec512<T> x, Vec512<T> n)
    {
        if (!Scaling.IsSupported) return Simd.ScaleByHalves(x, n);
        return typeof(T) == typeof(float)
            ? new(Scaling.Scale(x.Value.AsSingle(), n.Value.AsSingle()).As<float, T>())
            : new(Scaling.Scale(x.Value.AsDouble(), n.Value.AsDouble()).As<double, T>());
    }

    [MethodImpl(Inline)] public static Vec512<T> AtLeast(Vec512<T> x, double limit) => new(Vector512.MaxNative(Constant(limit).Value, x.Value));
    [MethodImpl(Inline)] public static Vec512<T> AtMost(Vec512<T> x, double limit) => new(Vector512.MinNative(Constant(limit).Value, x.Value));
    [MethodImpl(Inline)] public static Vec512<T> Sqrt(Vec512<T> x) => new(Vector512.Sqrt(x.Value));

    [MethodImpl(Inline)]
    public static Vec512<T> Floor(Vec512<T> x) => typeof(T) == typeof(float)
        ? new(Vector512.Floor(x.Value.AsSingle()).As<float, T>())
        : new(Vector512.Floor(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec512<T> Ceiling(Vec512<T> x) => typeof(T) == typeof(float)
        ? new(Vector512.Ceiling(x.Value.AsSingle()).As<float, T>())
        : new(Vector512.Ceiling(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec512<T> Truncate(Vec512<T> x) => typeof(T) == typeof(float)
        ? new(Vector512.Truncate(x.Value.AsSingle()).As<float, T>())
        : new(Vector512.Truncate(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec512<T> Round(Vec512<T> x) => typeof(T) == typeof(float)
        ? new(Vector512.Round(x.Value.AsSingle()).As<float, T>())
        : new(Vector512.Round(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)] public static Vec512<T> Equal(Vec512<T> a, Vec512<T> b) => new(Vector512.Equals(a.Value, b.Value));
    [MethodImpl(Inline)] public static Vec512<T> Less(Vec512<T> a, Vec512<T> b) => new(Vector512.LessThan(a.Value, b.Value));
    [MethodImpl(Inline)] public static Vec512<T> LessOrEqual(Vec512<T> a, Vec512<T> b) => new(Vector512.LessThanOrEqual(a.Value, b.Value));
    [MethodImpl(Inline)] public static Vec512<T> Select(Vec512<T> mask, Vec512<T> a, Vec512<T> b) => new(Vector512.ConditionalSelect(mask.Value, a.Value, b.Value));
    [MethodImpl(Inline)] public static bool All(Vec512<T> mask) => mask.Value.AsByte() == Vector512<byte>.AllBitsSet;
    [MethodImpl(Inline)] public static bool Any(Vec512<T> mask) => mask.Value.AsByte() != Vector512<byte>.Zero;

    [MethodImpl(Inline)]
    public static Vec512<T> AddBits(Vec512<T> a, Vec512<T> b) => sizeof(T) == 4
        ? new((a.Value.AsInt32() + b.Value.AsInt32()).As<int, T>())
        : new((a.Value.AsInt64() + b.Value.AsInt64()).As<long, T>());

    [MethodImpl(Inline)]
    public static Vec512<T> SubtractBits(Vec512<T> a, Vec512<T> b) => sizeof(T) == 4
        ? new((a.Value.AsInt32() - b.Value.AsInt32()).As<int, T>())
        : new((a.Value.AsInt64() - b.Value.AsInt64()).As<long, T>());

    [MethodImpl(Inline)]
    public static Vec512<T> ShiftLeft(Vec512<T> x, int count) => sizeof(T) == 4
        ? new((x.Value.AsUInt32() << count).As<uint, T>())
        : new((x.Value.AsUInt64() << count).As<ulong, T>());

    [MethodImpl(Inline)]
    public static Vec512<T> ShiftRight(Vec512<T> x, int count) => sizeof(T) == 4
        ? new((x.Value.AsUInt32() >>> count).As<uint, T>())
        : new((x.Value.AsUInt64() >>> count).As<ulong, T>());

    public static Vec512<T> Map<F>(Vec512<T> x) where F : struct, ILane1
    {
        var v = x.Value;
        var p = (T*)&v;
        for (var i = 0; i < Count; i++) p[i] = F.Invoke(p[i]);
        return new(v);
    }

    public static Vec512<T> Map<F>(Vec512<T> x, Vec512<T> y) where F : struct, ILane2
    {
        Vector512<T> v = x.Value, w = y.Value;
        T* p = (T*)&v, q = (T*)&w;
        for (var i = 0; i < Count; i++) p[i] = F.Invoke(p[i], q[i]);
        return new(v);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static Vec512<T> Patch<F>(Vec512<T> mask, Vec512<T> x, Vec512<T> result) where F : struct, ILane1
    {
        Vector512<T> m = mask.Value, v = x.Value, r = result.Value;
        for (var i = 0; i < Count; i++)
            if (((byte*)&m)[i * sizeof(T)] != 0) ((T*)&r)[i] = F.Invoke(((T*)&v)[i]);
        return new(r);
    }

    [MethodImpl(Inline)]
    public static Vec512<T> ThroughDouble<F>(Vec512<T> x) where F : struct, IUnary
    {
        var (low, high) = Vector512.Widen(x.Value.AsSingle());
        return Of(Vector512.Narrow(F.Invoke(new Vec512<double>(low)).Value, F.Invoke(new Vec512<double>(high)).Value));
    }

    [MethodImpl(Inline)]
    public static Vec512<T> ThroughDouble<F>(Vec512<T> x, Vec512<T> y) where F : struct, IBinary
    {
        var (a, b) = Vector512.Widen(x.Value.AsSingle());
        var (c, d) = Vector512.Widen(y.Value.AsSingle());
        return Of(Vector512.Narrow(F.Invoke(new Vec512<double>(a), new Vec512<double>(c)).Value, F.Invoke(new Vec512<double>(b), new Vec512<double>(d)).Value));
    }
}
