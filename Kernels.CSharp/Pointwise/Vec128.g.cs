// Generated from Vec512.cs by exchanging the number; do not edit.
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Torch.Kernels;

/// <summary>A vector of 128 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
public readonly unsafe struct Vec128<T>(Vector128<T> value) : ISimd<Vec128<T>> where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public readonly Vector128<T> Value = value;

    public static ElementType Element { [MethodImpl(Inline)] get => LaneTypes.TypeOf<T>(); }

    public static bool IsSingle { [MethodImpl(Inline)] get => typeof(T) == typeof(float); }

    public static bool IsFloat { [MethodImpl(Inline)] get => typeof(T) == typeof(float) || typeof(T) == typeof(double); }

    public static int Count { [MethodImpl(Inline)] get => 128 / 8 / sizeof(T); }

    [MethodImpl(Inline)] private static Vec128<T> Of<U>(Vector128<U> v) => new(v.As<U, T>());

    [MethodImpl(Inline)] public static Vec128<T> Load(byte* source) => new(Vector128.Load((T*)source));
    [MethodImpl(Inline)] public static void Store(Vec128<T> value, byte* target) => value.Value.Store((T*)target);

    [MethodImpl(Inline)]
    public static Vec128<T> LoadMask(byte* source)
    {
        if (sizeof(T) == 1) return Of(~Vector128.Equals(Vector128.Load(source), Vector128<byte>.Zero));
        var lanes = LoadBytes(source).Value;
        if (sizeof(T) == 2) return Of(~Vector128.Equals(lanes.AsUInt16(), Vector128<ushort>.Zero));
        if (sizeof(T) == 4) return Of(~Vector128.Equals(lanes.AsUInt32(), Vector128<uint>.Zero));
        return Of(~Vector128.Equals(lanes.AsUInt64(), Vector128<ulong>.Zero));
    }

    [MethodImpl(Inline)]
    public static void StoreMask(Vec128<T> mask, byte* target)
    {
        var bytes = mask.Value.AsByte();
        if (sizeof(T) > 1)
        {
            var shorts = mask.Value.AsInt16();
            if (sizeof(T) > 2)
            {
                var ints = sizeof(T) == 4 ? mask.Value.AsInt32() : Vector128.Narrow(mask.Value.AsInt64(), mask.Value.AsInt64());
                shorts = Vector128.Narrow(ints, ints);
            }
            bytes = Vector128.Narrow(shorts, shorts).AsByte();
        }
        LowPart.Store(bytes & Vector128<byte>.One, target, Count);
    }

    [MethodImpl(Inline)]
    public static Vec128<T> LoadBytes(byte* source)
    {
        LowPart.Load(source, Count, out Vector128<byte> bytes);
        var shorts = Vector128.WidenLower(bytes);
        if (sizeof(T) == 2) return Of(shorts);
        var ints = Vector128.WidenLower(shorts);
        return sizeof(T) == 4 ? Of(ints) : Of(Vector128.WidenLower(ints));
    }

    [MethodImpl(Inline)]
    public static Vec128<T> LoadHalves(byte* source)
    {
        LowPart.Load(source, 128 / 16, out Vector128<byte> halves);
        return Of(Vector128.WidenLower(halves.AsUInt16()));
    }

    [MethodImpl(Inline)]
    public static void StoreHalves(Vec128<T> value, byte* target) =>
        LowPart.Store(Vector128.Narrow(value.Value.AsUInt32(), value.Value.AsUInt32()).AsByte(), target, 128 / 16);

    [MethodImpl(Inline)]
    public static Vec128<T> LoadInts(byte* source)
    {
        LowPart.Load(source, 128 / 16, out Vector128<byte> ints);
        return Of(Vector128.WidenLower(ints.AsInt32()));
    }

    [MethodImpl(Inline)]
    public static void StoreInts(Vec128<T> value, byte* target) =>
        LowPart.Store(Vector128.Narrow(value.Value.AsInt64(), value.Value.AsInt64()).AsByte(), target, 128 / 16);

    [MethodImpl(Inline)]
    public static Vec128<T> LoadSingles(byte* source)
    {
        LowPart.Load(source, 128 / 16, out Vector128<byte> singles);
        return Of(Vector128.WidenLower(singles.AsSingle()));
    }

    [MethodImpl(Inline)]
    public static void StoreSingles(Vec128<T> value, byte* target) =>
        LowPart.Store(Vector128.Narrow(value.Value.AsDouble(), value.Value.AsDouble()).AsByte(), target, 128 / 16);

    [MethodImpl(Inline)]
    public static Vec128<T> FromIntegers(Vec128<T> bits) => typeof(T) == typeof(float)
        ? Of(Vector128.ConvertToSingle(bits.Value.AsInt32()))
        : Of(Vector128.ConvertToDouble(bits.Value.AsInt64()));

    // The native conversion of x86 gives the least integer for what does not fit; elsewhere the selection sees to it.
    [MethodImpl(Inline)]
    public static Vec128<T> ToIntegers(Vec128<T> x)
    {
        var fits = Less(x, Constant(typeof(T) == typeof(float) ? 2147483648.0 : 9223372036854775808.0))
            & LessOrEqual(Constant(typeof(T) == typeof(float) ? -2147483648.0 : -9223372036854775808.0), x);
        var integers = typeof(T) == typeof(float) ? Of(Vector128.ConvertToInt32Native(x.Value.AsSingle())) : Of(Vector128.ConvertToInt64Native(x.Value.AsDouble()));
        return Select(fits, integers, Bits(typeof(T) == typeof(float) ? int.MinValue : long.MinValue));
    }

    [MethodImpl(Inline)]
    public static Vec128<T> Constant(double value) =>
        typeof(T) == typeof(float) ? new(Vector128.Create((float)value).As<float, T>())
        : typeof(T) == typeof(double) ? new(Vector128.Create(value).As<double, T>())
        : new(Vector128.Create(T.CreateTruncating(value)));

    [MethodImpl(Inline)]
    public static Vec128<T> Bits(long bits) => sizeof(T) switch
    {
        1 => Of(Vector128.Create((byte)bits)),
        2 => Of(Vector128.Create((short)bits)),
        4 => new(Vector128.Create((int)bits).As<int, T>()),
        _ => new(Vector128.Create(bits).As<long, T>()),
    };

    [MethodImpl(Inline)] public static Vec128<T> operator +(Vec128<T> a, Vec128<T> b) => new(a.Value + b.Value);
    [MethodImpl(Inline)] public static Vec128<T> operator -(Vec128<T> a, Vec128<T> b) => new(a.Value - b.Value);
    [MethodImpl(Inline)] public static Vec128<T> operator *(Vec128<T> a, Vec128<T> b) => new(a.Value * b.Value);
    [MethodImpl(Inline)] public static Vec128<T> operator /(Vec128<T> a, Vec128<T> b) => new(a.Value / b.Value);
    [MethodImpl(Inline)] public static Vec128<T> operator &(Vec128<T> a, Vec128<T> b) => new(a.Value & b.Value);
    [MethodImpl(Inline)] public static Vec128<T> operator |(Vec128<T> a, Vec128<T> b) => new(a.Value | b.Value);
    [MethodImpl(Inline)] public static Vec128<T> operator ^(Vec128<T> a, Vec128<T> b) => new(a.Value ^ b.Value);
    [MethodImpl(Inline)] public static Vec128<T> operator ~(Vec128<T> a) => new(~a.Value);
    [MethodImpl(Inline)] public static Vec128<T> AndNot(Vec128<T> a, Vec128<T> b) => new(Vector128.AndNot(a.Value, b.Value));

    [MethodImpl(Inline)]
    public static Vec128<T> Fma(Vec128<T> a, Vec128<T> b, Vec128<T> c) => typeof(T) == typeof(float)
        ? new(Vector128.FusedMultiplyAdd(a.Value.AsSingle(), b.Value.AsSingle(), c.Value.AsSingle()).As<float, T>())
        : new(Vector128.FusedMultiplyAdd(a.Value.AsDouble(), b.Value.AsDouble(), c.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec128<T> Horner(Vec128<T> p, Vec128<T> x, double c) => typeof(T) == typeof(float)
        ? new(Vector128.FusedMultiplyAdd(p.Value.AsSingle(), x.Value.AsSingle(), Vector128.Create((float)c)).As<float, T>())
        : new(Vector128.FusedMultiplyAdd(p.Value.AsDouble(), x.Value.AsDouble(), Vector128.Create(c)).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec128<T> Scale(Vec128<T> x, Vec128<T> n)
    {
        if (!Scaling.IsSupported) return Simd.ScaleByHalves(x, n);
        return typeof(T) == typeof(float)
            ? new(Scaling.Scale(x.Value.AsSingle(), n.Value.AsSingle()).As<float, T>())
            : new(Scaling.Scale(x.Value.AsDouble(), n.Value.AsDouble()).As<double, T>());
    }

    [MethodImpl(Inline)] public static Vec128<T> AtLeast(Vec128<T> x, double limit) => new(Vector128.MaxNative(Constant(limit).Value, x.Value));
    [MethodImpl(Inline)] public static Vec128<T> AtMost(Vec128<T> x, double limit) => new(Vector128.MinNative(Constant(limit).Value, x.Value));
    [MethodImpl(Inline)] public static Vec128<T> Sqrt(Vec128<T> x) => new(Vector128.Sqrt(x.Value));

    [MethodImpl(Inline)]
    public static Vec128<T> Floor(Vec128<T> x) => typeof(T) == typeof(float)
        ? new(Vector128.Floor(x.Value.AsSingle()).As<float, T>())
        : new(Vector128.Floor(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec128<T> Ceiling(Vec128<T> x) => typeof(T) == typeof(float)
        ? new(Vector128.Ceiling(x.Value.AsSingle()).As<float, T>())
        : new(Vector128.Ceiling(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec128<T> Truncate(Vec128<T> x) => typeof(T) == typeof(float)
        ? new(Vector128.Truncate(x.Value.AsSingle()).As<float, T>())
        : new(Vector128.Truncate(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)]
    public static Vec128<T> Round(Vec128<T> x) => typeof(T) == typeof(float)
        ? new(Vector128.Round(x.Value.AsSingle()).As<float, T>())
        : new(Vector128.Round(x.Value.AsDouble()).As<double, T>());

    [MethodImpl(Inline)] public static Vec128<T> Equal(Vec128<T> a, Vec128<T> b) => new(Vector128.Equals(a.Value, b.Value));
    [MethodImpl(Inline)] public static Vec128<T> Less(Vec128<T> a, Vec128<T> b) => new(Vector128.LessThan(a.Value, b.Value));
    [MethodImpl(Inline)] public static Vec128<T> LessOrEqual(Vec128<T> a, Vec128<T> b) => new(Vector128.LessThanOrEqual(a.Value, b.Value));
    [MethodImpl(Inline)] public static Vec128<T> Select(Vec128<T> mask, Vec128<T> a, Vec128<T> b) => new(Vector128.ConditionalSelect(mask.Value, a.Value, b.Value));
    [MethodImpl(Inline)] public static bool All(Vec128<T> mask) => mask.Value.AsByte() == Vector128<byte>.AllBitsSet;
    [MethodImpl(Inline)] public static bool Any(Vec128<T> mask) => mask.Value.AsByte() != Vector128<byte>.Zero;

    [MethodImpl(Inline)]
    public static Vec128<T> AddBits(Vec128<T> a, Vec128<T> b) => sizeof(T) == 4
        ? new((a.Value.AsInt32() + b.Value.AsInt32()).As<int, T>())
        : new((a.Value.AsInt64() + b.Value.AsInt64()).As<long, T>());

    [MethodImpl(Inline)]
    public static Vec128<T> SubtractBits(Vec128<T> a, Vec128<T> b) => sizeof(T) == 4
        ? new((a.Value.AsInt32() - b.Value.AsInt32()).As<int, T>())
        : new((a.Value.AsInt64() - b.Value.AsInt64()).As<long, T>());

    [MethodImpl(Inline)]
    public static Vec128<T> ShiftLeft(Vec128<T> x, int count) => sizeof(T) == 4
        ? new((x.Value.AsUInt32() << count).As<uint, T>())
        : new((x.Value.AsUInt64() << count).As<ulong, T>());

    [MethodImpl(Inline)]
    public static Vec128<T> ShiftRight(Vec128<T> x, int count) => sizeof(T) == 4
        ? new((x.Value.AsUInt32() >>> count).As<uint, T>())
        : new((x.Value.AsUInt64() >>> count).As<ulong, T>());

    public static Vec128<T> Map<F>(Vec128<T> x) where F : struct, ILane1
    {
        var v = x.Value;
        var p = (T*)&v;
        for (var i = 0; i < Count; i++) p[i] = F.Invoke(p[i]);
        return new(v);
    }

    public static Vec128<T> Map<F>(Vec128<T> x, Vec128<T> y) where F : struct, ILane2
    {
        Vector128<T> v = x.Value, w = y.Value;
        T* p = (T*)&v, q = (T*)&w;
        for (var i = 0; i < Count; i++) p[i] = F.Invoke(p[i], q[i]);
        return new(v);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static Vec128<T> Patch<F>(Vec128<T> mask, Vec128<T> x, Vec128<T> result) where F : struct, ILane1
    {
        Vector128<T> m = mask.Value, v = x.Value, r = result.Value;
        for (var i = 0; i < Count; i++)
            if (((byte*)&m)[i * sizeof(T)] != 0) ((T*)&r)[i] = F.Invoke(((T*)&v)[i]);
        return new(r);
    }

    [MethodImpl(Inline)]
    public static Vec128<T> ThroughDouble<F>(Vec128<T> x) where F : struct, IUnary
    {
        var (low, high) = Vector128.Widen(x.Value.AsSingle());
        return Of(Vector128.Narrow(F.Invoke(new Vec128<double>(low)).Value, F.Invoke(new Vec128<double>(high)).Value));
    }

    [MethodImpl(Inline)]
    public static Vec128<T> ThroughDouble<F>(Vec128<T> x, Vec128<T> y) where F : struct, IBinary
    {
        var (a, b) = Vector128.Widen(x.Value.AsSingle());
        var (c, d) = Vector128.Widen(y.Value.AsSingle());
        return Of(Vector128.Narrow(F.Invoke(new Vec128<double>(a), new Vec128<double>(c)).Value, F.Invoke(new Vec128<double>(b), new Vec128<double>(d)).Value));
    }
}
