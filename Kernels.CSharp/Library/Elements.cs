using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

// Element arithmetic for the library kernels: one struct for each computable element type says how a stored value is loaded, computed with
// and stored. T is the type in memory, A the type of computation (Float32 for the half types). Kernels are generic over the struct, so the JIT
// makes one specialised copy for each type; Elements.Dispatch is the only list of types.

/// <summary>Arithmetic of an element type.</summary>
internal interface IElement<T, A> where T : unmanaged where A : unmanaged
{
    static abstract A Load(T value);
    static abstract T Store(A value);
    static abstract A Zero { get; }
    static abstract A One { get; }
    static abstract A Add(A x, A y);
    static abstract A Multiply(A x, A y);
    static abstract A Divide(A x, A y);
    static abstract A FromDouble(double value);
}

/// <summary>An element type with an order. NaN compares false with everything; kernels that let NaN win ask for it.</summary>
internal interface IOrdered<T, A> : IElement<T, A> where T : unmanaged where A : unmanaged
{
    static abstract bool Less(A x, A y);
    static abstract bool IsNaN(A x);
    static abstract A Lowest { get; }
    static abstract A Highest { get; }
    static abstract double ToDouble(A value);

    /// <summary>A number of <see cref="KeyBits"/> bits whose unsigned order is that of sorting: zeros are equal, every NaN is the greatest.</summary>
    static abstract ulong Key(A value);

    static abstract int KeyBits { get; }
}

/// <summary>Work to be done for whatever element type a block turns out to have.</summary>
internal interface IElementAction
{
    void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>;
}

/// <summary>Work that needs an order: all types but the complex ones.</summary>
internal interface IOrderedAction
{
    void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>;
}

/// <summary>Work in floating point: A is Float32 for the half types.</summary>
internal interface IFloatAction
{
    void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>;
}

/// <summary>Work on raw words, where only the size of an element counts.</summary>
internal interface IWordAction
{
    void Run<T>() where T : unmanaged, IEquatable<T>;
}

internal static class Elements
{
    public static void Dispatch<TAction>(ElementType type, TAction action) where TAction : struct, IElementAction
    {
        switch (type)
        {
            case ElementType.Bool: action.Run<byte, byte, BoolElement>(); break;
            case ElementType.UInt8: action.Run<byte, byte, IntegerElement<byte>>(); break;
            case ElementType.Int8: action.Run<sbyte, sbyte, IntegerElement<sbyte>>(); break;
            case ElementType.Int16: action.Run<short, short, IntegerElement<short>>(); break;
            case ElementType.Int32: action.Run<int, int, IntegerElement<int>>(); break;
            case ElementType.Int64: action.Run<long, long, IntegerElement<long>>(); break;
            case ElementType.Float16: action.Run<Half, float, HalfElement>(); break;
            case ElementType.BFloat16: action.Run<ushort, float, BFloat16Element>(); break;
            case ElementType.Float32: action.Run<float, float, FloatElement<float>>(); break;
            case ElementType.Float64: action.Run<double, double, FloatElement<double>>(); break;
            case ElementType.Complex64: action.Run<Complex64, Complex64, Complex64Element>(); break;
            case ElementType.Complex128: action.Run<Complex, Complex, Complex128Element>(); break;
            default: throw Unsupported(type);
        }
    }

    public static void DispatchOrdered<TAction>(ElementType type, TAction action) where TAction : struct, IOrderedAction
    {
        switch (type)
        {
            case ElementType.Bool: action.Run<byte, byte, BoolElement>(); break;
            case ElementType.UInt8: action.Run<byte, byte, IntegerElement<byte>>(); break;
            case ElementType.Int8: action.Run<sbyte, sbyte, IntegerElement<sbyte>>(); break;
            case ElementType.Int16: action.Run<short, short, IntegerElement<short>>(); break;
            case ElementType.Int32: action.Run<int, int, IntegerElement<int>>(); break;
            case ElementType.Int64: action.Run<long, long, IntegerElement<long>>(); break;
            case ElementType.Float16: action.Run<Half, float, HalfElement>(); break;
            case ElementType.BFloat16: action.Run<ushort, float, BFloat16Element>(); break;
            case ElementType.Float32: action.Run<float, float, FloatElement<float>>(); break;
            case ElementType.Float64: action.Run<double, double, FloatElement<double>>(); break;
            default: throw Unsupported(type);
        }
    }

    public static void DispatchFloats<TAction>(ElementType type, TAction action) where TAction : struct, IFloatAction
    {
        switch (type)
        {
            case ElementType.Float16: action.Run<Half, float, HalfElement>(); break;
            case ElementType.BFloat16: action.Run<ushort, float, BFloat16Element>(); break;
            case ElementType.Float32: action.Run<float, float, FloatElement<float>>(); break;
            case ElementType.Float64: action.Run<double, double, FloatElement<double>>(); break;
            default: throw Unsupported(type);
        }
    }

    /// <summary>Moves of elements, by size.</summary>
    public static void DispatchWords<TAction>(ElementType type, TAction action) where TAction : struct, IWordAction
    {
        switch (type.Size())
        {
            case 1: action.Run<byte>(); break;
            case 2: action.Run<ushort>(); break;
            case 4: action.Run<uint>(); break;
            case 8: action.Run<ulong>(); break;
            default: action.Run<UInt128>(); break;
        }
    }

    public static bool IsHalf(this ElementType type) => type is ElementType.Float16 or ElementType.BFloat16;

    public static bool IsFloating(this ElementType type) =>
        type is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32 or ElementType.Float64;

    public static bool IsComplex(this ElementType type) => type is ElementType.Complex64 or ElementType.Complex128;

    public static NotSupportedException Unsupported(ElementType type, [CallerMemberName] string operation = "") =>
        new($"\"{operation}\" not implemented for '{type}'");
}

/// <summary>Bool: any non-zero byte is true; sum is "or", product is "and".</summary>
internal readonly struct BoolElement : IOrdered<byte, byte>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static byte Load(byte value) => value != 0 ? (byte)1 : (byte)0;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static byte Store(byte value) => value;
    public static byte Zero => 0;
    public static byte One => 1;
    public static byte Add(byte x, byte y) => (byte)(x | y);
    public static byte Multiply(byte x, byte y) => (byte)(x & y);
    public static byte Divide(byte x, byte y) => x;
    public static byte FromDouble(double value) => value != 0 ? (byte)1 : (byte)0;
    public static bool Less(byte x, byte y) => x < y;
    public static bool IsNaN(byte x) => false;
    public static byte Lowest => 0;
    public static byte Highest => 1;
    public static double ToDouble(byte value) => value;
    public static ulong Key(byte value) => value;
    public static int KeyBits => 8;
}

/// <summary>Integers wrap on overflow. Division is rounded towards negative infinity (as the mean of a scatter wants it); by zero it gives zero.</summary>
internal readonly struct IntegerElement<T> : IOrdered<T, T> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Load(T value) => value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Store(T value) => value;
    public static T Zero => T.Zero;
    public static T One => T.One;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Add(T x, T y) => unchecked(x + y);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Multiply(T x, T y) => unchecked(x * y);

    public static T Divide(T x, T y)
    {
        if (y == T.Zero) return T.Zero;
        if (y == unchecked(T.Zero - T.One) && y < T.Zero) return unchecked(T.Zero - x);
        return x / y;
    }

    public static T FromDouble(double value) => T.CreateTruncating(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool Less(T x, T y) => x < y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool IsNaN(T x) => false;
    public static T Lowest => T.MinValue;
    public static T Highest => T.MaxValue;
    public static double ToDouble(T value) => double.CreateTruncating(value);
    public static ulong Key(T value) => ulong.CreateTruncating(value - T.MinValue) & (ulong.MaxValue >> (64 - KeyBits));
    public static int KeyBits => 8 * Unsafe.SizeOf<T>();
}

/// <summary>Float32 and Float64 as they are.</summary>
internal readonly struct FloatElement<T> : IOrdered<T, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Load(T value) => value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Store(T value) => value;
    public static T Zero => T.Zero;
    public static T One => T.One;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Add(T x, T y) => x + y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Multiply(T x, T y) => x * y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Divide(T x, T y) => x / y;
    public static T FromDouble(double value) => T.CreateTruncating(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool Less(T x, T y) => x < y;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool IsNaN(T x) => T.IsNaN(x);
    public static T Lowest => T.NegativeInfinity;
    public static T Highest => T.PositiveInfinity;
    public static double ToDouble(T value) => double.CreateTruncating(value);

    public static ulong Key(T value)
    {
        if (typeof(T) == typeof(float)) return SortKeys.Of((float)(object)value);
        return SortKeys.Of((double)(object)value);
    }

    public static int KeyBits => 8 * Unsafe.SizeOf<T>();
}

/// <summary>Float16, computed with in Float32.</summary>
internal readonly struct HalfElement : IOrdered<Half, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Load(Half value) => (float)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Half Store(float value) => (Half)value;
    public static float Zero => 0;
    public static float One => 1;
    public static float Add(float x, float y) => x + y;
    public static float Multiply(float x, float y) => x * y;
    public static float Divide(float x, float y) => x / y;
    public static float FromDouble(double value) => (float)value;
    public static bool Less(float x, float y) => x < y;
    public static bool IsNaN(float x) => float.IsNaN(x);
    public static float Lowest => float.NegativeInfinity;
    public static float Highest => float.PositiveInfinity;
    public static double ToDouble(float value) => value;
    public static ulong Key(float value) => SortKeys.Of(value);
    public static int KeyBits => 32;
}

/// <summary>BFloat16 as the 16 bits that are stored, computed with in Float32.</summary>
internal readonly struct BFloat16Element : IOrdered<ushort, float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Load(ushort value) => (float)Unsafe.BitCast<ushort, BFloat16>(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static ushort Store(float value) => Unsafe.BitCast<BFloat16, ushort>(new BFloat16(value));
    public static float Zero => 0;
    public static float One => 1;
    public static float Add(float x, float y) => x + y;
    public static float Multiply(float x, float y) => x * y;
    public static float Divide(float x, float y) => x / y;
    public static float FromDouble(double value) => (float)value;
    public static bool Less(float x, float y) => x < y;
    public static bool IsNaN(float x) => float.IsNaN(x);
    public static float Lowest => float.NegativeInfinity;
    public static float Highest => float.PositiveInfinity;
    public static double ToDouble(float value) => value;
    public static ulong Key(float value) => SortKeys.Of(value);
    public static int KeyBits => 32;
}

/// <summary>Order-preserving maps of floating numbers to unsigned integers: negative ones are complemented, the others get the sign bit.</summary>
internal static class SortKeys
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(float value)
    {
        if (float.IsNaN(value)) return uint.MaxValue;
        var bits = BitConverter.SingleToUInt32Bits(value + 0f);
        return (int)bits < 0 ? ~bits : bits | 0x80000000u;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(double value)
    {
        if (double.IsNaN(value)) return ulong.MaxValue;
        var bits = BitConverter.DoubleToUInt64Bits(value + 0.0);
        return (long)bits < 0 ? ~bits : bits | 0x8000000000000000ul;
    }
}

/// <summary>Complex64, as the pointwise operators compute it.</summary>
internal readonly struct Complex64Element : IElement<Complex64, Complex64>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Complex64 Load(Complex64 value) => value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Complex64 Store(Complex64 value) => value;
    public static Complex64 Zero => default;
    public static Complex64 One => new(1, 0);
    public static Complex64 Add(Complex64 x, Complex64 y) => new(x.Real + y.Real, x.Imaginary + y.Imaginary);
    public static Complex64 Multiply(Complex64 x, Complex64 y) => (Complex64)ComplexMultiply.Invoke(x, y);
    public static Complex64 Divide(Complex64 x, Complex64 y) => (Complex64)ComplexDivide.Invoke(x, y);
    public static Complex64 FromDouble(double value) => new((float)value, 0);
}

/// <summary>Complex128.</summary>
internal readonly struct Complex128Element : IElement<Complex, Complex>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Complex Load(Complex value) => value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Complex Store(Complex value) => value;
    public static Complex Zero => default;
    public static Complex One => Complex.One;
    public static Complex Add(Complex x, Complex y) => x + y;
    public static Complex Multiply(Complex x, Complex y) => ComplexMultiply.Invoke(x, y);
    public static Complex Divide(Complex x, Complex y) => ComplexDivide.Invoke(x, y);
    public static Complex FromDouble(double value) => value;
}
