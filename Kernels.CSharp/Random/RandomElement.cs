// How sampled numbers enter memory: each element kind's conversion from double and from int64, as the compiled C++ of PyTorch does them on x86-64.
// Half types are reached through float (two roundings), integers by truncation and wrapping, and what no int64 holds becomes -2^63.

using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

/// <summary>An element kind as a type argument, so that loops over it are specialised.</summary>
internal unsafe interface IRandomElement
{
    static abstract int Size { get; }
    static abstract double Load(byte* at);
    static abstract void Store(byte* at, double value);
    static abstract void Store(byte* at, long value);
}

/// <summary>Something to do with an element kind that is known at run time only.</summary>
internal interface IRandomElementAction
{
    void Run<TElement>() where TElement : unmanaged, IRandomElement;
}

internal static unsafe class RandomElement
{
    public static bool IsComplex(ElementType type) => type is ElementType.Complex32 or ElementType.Complex64 or ElementType.Complex128;

    /// <summary>The kinds of integer that PyTorch computes with, Bool not among them.</summary>
    public static bool IsInteger(ElementType type) =>
        type is ElementType.UInt8 or ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64;

    /// <summary>Bits of the significand of a floating type.</summary>
    public static int Digits(ElementType type) => type switch
    {
        ElementType.Float16 => 11,
        ElementType.BFloat16 => 8,
        ElementType.Float32 => 24,
        ElementType.Float64 => 53,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a floating type"),
    };

    /// <summary>The largest value of an integer type, as far as int64 holds it; 1 for Bool.</summary>
    public static long Max(ElementType type) => type switch
    {
        ElementType.Bool => 1,
        ElementType.UInt8 => byte.MaxValue,
        ElementType.Int8 => sbyte.MaxValue,
        ElementType.Int16 => short.MaxValue,
        ElementType.Int32 => int.MaxValue,
        ElementType.Int64 or ElementType.UInt64 => long.MaxValue,
        ElementType.UInt16 => ushort.MaxValue,
        ElementType.UInt32 => uint.MaxValue,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not an integer type"),
    };

    /// <summary>The type's name in PyTorch's messages.</summary>
    public static string Name(ElementType type) => type switch
    {
        ElementType.UInt8 => "Byte",
        ElementType.Int8 => "Char",
        ElementType.Int16 => "Short",
        ElementType.Int32 => "Int",
        ElementType.Int64 => "Long",
        ElementType.Float16 => "Half",
        ElementType.Float32 => "Float",
        ElementType.Float64 => "Double",
        ElementType.Complex32 => "ComplexHalf",
        ElementType.Complex64 => "ComplexFloat",
        ElementType.Complex128 => "ComplexDouble",
        ElementType.Float8E4M3FN => "Float8_e4m3fn",
        ElementType.Float8E5M2 => "Float8_e5m2",
        ElementType.Float8E4M3FNUZ => "Float8_e4m3fnuz",
        ElementType.Float8E5M2FNUZ => "Float8_e5m2fnuz",
        _ => type.ToString(),
    };

    public static NotSupportedException NotImplemented(string kernel, ElementType type) =>
        new($"\"{kernel}\" not implemented for '{Name(type)}'");

    /// <summary>Runs the action with the type argument of this element kind.</summary>
    public static void Dispatch<TAction>(ElementType type, string kernel, TAction action) where TAction : struct, IRandomElementAction
    {
        switch (type)
        {
            case ElementType.Bool: action.Run<RandomBool>(); break;
            case ElementType.UInt8: action.Run<RandomInteger<byte>>(); break;
            case ElementType.Int8: action.Run<RandomInteger<sbyte>>(); break;
            case ElementType.Int16: action.Run<RandomInteger<short>>(); break;
            case ElementType.Int32: action.Run<RandomInteger<int>>(); break;
            case ElementType.Int64: action.Run<RandomInteger<long>>(); break;
            case ElementType.UInt16: action.Run<RandomInteger<ushort>>(); break;
            case ElementType.UInt32: action.Run<RandomInteger<uint>>(); break;
            case ElementType.UInt64: action.Run<RandomInteger<ulong>>(); break;
            case ElementType.Float16: action.Run<RandomFloat16>(); break;
            case ElementType.BFloat16: action.Run<RandomBFloat16>(); break;
            case ElementType.Float32: action.Run<RandomFloat32>(); break;
            case ElementType.Float64: action.Run<RandomFloat64>(); break;
            default: throw NotImplemented(kernel, type);
        }
    }

    /// <summary>Reads a real element of any kind, where speed does not matter.</summary>
    public static double Load(ElementType type, byte* at) => type switch
    {
        ElementType.Bool => RandomBool.Load(at),
        ElementType.UInt8 => *at,
        ElementType.Int8 => *(sbyte*)at,
        ElementType.Int16 => *(short*)at,
        ElementType.Int32 => *(int*)at,
        ElementType.Int64 => *(long*)at,
        ElementType.UInt16 => *(ushort*)at,
        ElementType.UInt32 => *(uint*)at,
        ElementType.UInt64 => *(ulong*)at,
        ElementType.Float16 => RandomFloat16.Load(at),
        ElementType.BFloat16 => RandomBFloat16.Load(at),
        ElementType.Float32 => *(float*)at,
        ElementType.Float64 => *(double*)at,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a real type"),
    };

    /// <summary>The value that a floating type holds for a number.</summary>
    public static double Round(ElementType type, double value) => type switch
    {
        ElementType.Float16 => (double)(Half)(float)value,
        ElementType.BFloat16 => BFloat16Element.Load(BFloat16Element.Store((float)value)),
        ElementType.Float32 => (float)value,
        _ => value,
    };

    /// <summary>Conversion with truncation; what does not fit, and NaN, become -2^63, as by x86's instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long ToInt64(double value) => Math.Abs(value) < 9223372036854775808.0 ? (long)value : long.MinValue;
}

internal readonly unsafe struct RandomInteger<T> : IRandomElement where T : unmanaged, IBinaryInteger<T>
{
    public static int Size => sizeof(T);
    public static double Load(byte* at) => double.CreateTruncating(*(T*)at);
    public static void Store(byte* at, double value) => *(T*)at = T.CreateTruncating(RandomElement.ToInt64(value));
    public static void Store(byte* at, long value) => *(T*)at = T.CreateTruncating(value);
}

internal readonly unsafe struct RandomBool : IRandomElement
{
    public static int Size => 1;
    public static double Load(byte* at) => *at != 0 ? 1 : 0;
    public static void Store(byte* at, double value) => *at = value != 0 ? (byte)1 : (byte)0;
    public static void Store(byte* at, long value) => *at = value != 0 ? (byte)1 : (byte)0;
}

internal readonly unsafe struct RandomFloat16 : IRandomElement
{
    public static int Size => 2;
    public static double Load(byte* at) => (double)*(Half*)at;
    public static void Store(byte* at, double value) => *(Half*)at = (Half)(float)value;
    public static void Store(byte* at, long value) => *(Half*)at = (Half)(float)value;
}

internal readonly unsafe struct RandomBFloat16 : IRandomElement
{
    public static int Size => 2;
    public static double Load(byte* at) => BFloat16Element.Load(*(ushort*)at);
    public static void Store(byte* at, double value) => *(ushort*)at = BFloat16Element.Store((float)value);
    public static void Store(byte* at, long value) => *(ushort*)at = BFloat16Element.Store((float)value);
}

internal readonly unsafe struct RandomFloat32 : IRandomElement
{
    public static int Size => 4;
    public static double Load(byte* at) => *(float*)at;
    public static void Store(byte* at, double value) => *(float*)at = (float)value;
    public static void Store(byte* at, long value) => *(float*)at = value;
}

internal readonly unsafe struct RandomFloat64 : IRandomElement
{
    public static int Size => 8;
    public static double Load(byte* at) => *(double*)at;
    public static void Store(byte* at, double value) => *(double*)at = value;
    public static void Store(byte* at, long value) => *(double*)at = value;
}
