using System.Numerics;
using System.Runtime.CompilerServices;
using Torch.Kernels;

namespace Torch;

/// <summary>Reading and writing single elements of memory, and .NET's types for dtypes.</summary>
internal static unsafe class Elements
{
    /// <summary>The .NET type that has the layout of a dtype's elements.</summary>
    internal static Type TypeOf(DType d) => d.Element switch
    {
        ElementType.Bool => typeof(bool),
        ElementType.UInt8 or ElementType.QUInt8 => typeof(byte),
        ElementType.Int8 or ElementType.QInt8 => typeof(sbyte),
        ElementType.Int16 => typeof(short),
        ElementType.Int32 or ElementType.QInt32 => typeof(int),
        ElementType.Int64 => typeof(long),
        ElementType.UInt16 => typeof(ushort),
        ElementType.UInt32 => typeof(uint),
        ElementType.UInt64 => typeof(ulong),
        ElementType.Float16 => typeof(Half),
        ElementType.BFloat16 => typeof(BFloat16),
        ElementType.Float32 => typeof(float),
        ElementType.Float64 => typeof(double),
        ElementType.Complex32 => typeof((Half, Half)),
        ElementType.Complex64 => typeof((float, float)),
        ElementType.Complex128 => typeof(Complex),
        _ => typeof(byte),
    };

    /// <summary>The dtype for arrays of a .NET type.</summary>
    internal static DType DTypeOf(Type t) =>
        t == typeof(bool) ? DType.Bool : t == typeof(byte) ? DType.UInt8 : t == typeof(sbyte) ? DType.Int8 : t == typeof(short) ? DType.Int16
        : t == typeof(int) ? DType.Int32 : t == typeof(long) ? DType.Int64 : t == typeof(ushort) ? DType.UInt16 : t == typeof(uint) ? DType.UInt32
        : t == typeof(ulong) ? DType.UInt64 : t == typeof(Half) ? DType.Float16 : t == typeof(BFloat16) ? DType.BFloat16 : t == typeof(float) ? DType.Float32
        : t == typeof(double) ? DType.Float64 : t == typeof((Half, Half)) ? DType.Complex32 : t == typeof((float, float)) ? DType.Complex64
        : t == typeof(Complex) ? DType.Complex128
        : throw new TorchTypeException($"can't convert an array of {t.Name} to a tensor. The only supported types are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool.");

    /// <summary>An element as a boxed .NET value.</summary>
    internal static object Box(byte* p, ElementType t) => t switch
    {
        ElementType.Bool => *p != 0,
        ElementType.UInt8 or ElementType.QUInt8 => *p,
        ElementType.Int8 or ElementType.QInt8 => *(sbyte*)p,
        ElementType.Int16 => Unsafe.ReadUnaligned<short>(p),
        ElementType.Int32 or ElementType.QInt32 => Unsafe.ReadUnaligned<int>(p),
        ElementType.Int64 => Unsafe.ReadUnaligned<long>(p),
        ElementType.UInt16 => Unsafe.ReadUnaligned<ushort>(p),
        ElementType.UInt32 => Unsafe.ReadUnaligned<uint>(p),
        ElementType.UInt64 => Unsafe.ReadUnaligned<ulong>(p),
        ElementType.Float16 => Unsafe.ReadUnaligned<Half>(p),
        ElementType.BFloat16 => Unsafe.ReadUnaligned<BFloat16>(p),
        ElementType.Float32 => Unsafe.ReadUnaligned<float>(p),
        ElementType.Float64 => Unsafe.ReadUnaligned<double>(p),
        ElementType.Complex32 => new Complex((double)Unsafe.ReadUnaligned<Half>(p), (double)Unsafe.ReadUnaligned<Half>(p + 2)),
        ElementType.Complex64 => new Complex(Unsafe.ReadUnaligned<float>(p), Unsafe.ReadUnaligned<float>(p + 4)),
        ElementType.Complex128 => Unsafe.ReadUnaligned<Complex>(p),
        ElementType.Float8E4M3FN or ElementType.Float8E5M2 or ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2FNUZ => Widened(p, t),
        _ => throw new ArgumentOutOfRangeException(nameof(t)),
    };

    private static float Widened(byte* p, ElementType t)
    {
        float r;
        Casts.For(t, ElementType.Float32)((byte*)&r, p, null, null, 1);
        return r;
    }

    /// <summary>A boxed element as Python sees it: bool, long, double or Complex.</summary>
    internal static object Python(object element) => element switch
    {
        bool b => b,
        Complex c => c,
        float f => (double)f,
        double d => d,
        Half h => (double)h,
        BFloat16 b => (double)b.ToSingle(),
        ulong u when u > long.MaxValue => u,
        IConvertible i => Convert.ToInt64(i),
        _ => element,
    };

    /// <summary>A boxed element as a .NET number type, converted as a C cast would.</summary>
    internal static T Convert_<T>(object element)
    {
        if (element is T same) return same;
        var t = typeof(T);
        if (element is Complex z)
        {
            if (t == typeof((float, float))) return (T)(object)((float)z.Real, (float)z.Imaginary);
            if (t == typeof((Half, Half))) return (T)(object)((Half)z.Real, (Half)z.Imaginary);
            if (z.Imaginary != 0) throw new TorchException("value cannot be converted to type " + t.Name + " without overflow");
            element = z.Real;
        }
        if (element is bool flag) element = flag ? 1L : 0L;
        var real = element is Half or BFloat16 or float or double;
        var r = element switch
        {
            Half h => (double)h,
            BFloat16 b => b.ToSingle(),
            float f => f,
            double d => d,
            ulong u => u,
            _ => Convert.ToDouble(element),
        };
        var i = real ? (long)r : element is ulong big ? (long)big : Convert.ToInt64(element);
        object answer =
            t == typeof(bool) ? (real ? r != 0 : i != 0) : t == typeof(byte) ? (byte)i : t == typeof(sbyte) ? (sbyte)i : t == typeof(short) ? (short)i
            : t == typeof(int) ? (int)i : t == typeof(long) ? i : t == typeof(ushort) ? (ushort)i : t == typeof(uint) ? (uint)i : t == typeof(ulong) ? (ulong)i
            : t == typeof(Half) ? (Half)r : t == typeof(BFloat16) ? new BFloat16((float)r) : t == typeof(float) ? (float)r : t == typeof(double) ? r
            : t == typeof(Complex) ? new Complex(r, 0) : t == typeof((float, float)) ? ((float)r, 0f) : t == typeof((Half, Half)) ? ((Half)r, (Half)0f)
            : t == typeof(decimal) ? (decimal)r : throw new ArgumentException($"a tensor's element cannot be read as {t.Name}");
        return (T)answer;
    }
}
