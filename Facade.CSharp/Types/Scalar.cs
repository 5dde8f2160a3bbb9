using System.Numerics;

namespace Torch;

/// <summary>
/// A plain number as an argument. It yields to tensors in type promotion: a whole number, a real one, a complex one or a bool, whatever C# type it came from.
/// </summary>
public sealed class Scalar : IDisposable
{
    private Scalar(Literal value, torch.ScalarType type)
    {
        Value = value;
        Type = type;
    }

    internal Literal Value { get; }

    public torch.ScalarType Type { get; }

    internal bool IsBool => Type == torch.ScalarType.Bool;
    internal bool IsReal => Value.IsReal;
    internal bool IsComplex => Value.IsComplex;

    /// <summary>A 0-dim expression that counts as a number.</summary>
    internal Expr ToExpr() => IsBool ? Build.truth(!Value.IsZero) : Build.number(Value);

    internal double AsDouble() => Value switch
    {
        Literal.Int i => i.Item,
        Literal.Real r => r.Item,
        Literal.Complex c => c.re,
        _ => throw new InvalidOperationException(),
    };

    internal long AsLong() => Value switch
    {
        Literal.Int i => i.Item,
        Literal.Real r => (long)r.Item,
        Literal.Complex c => (long)c.re,
        _ => throw new InvalidOperationException(),
    };

    internal Complex AsComplex() => Value is Literal.Complex c ? new Complex(c.re, c.im) : AsDouble();

    internal static Scalar Of(Literal value) =>
        new(value, value.IsInt ? torch.ScalarType.Int64 : value.IsReal ? torch.ScalarType.Float64 : torch.ScalarType.ComplexFloat64);

    public static implicit operator Scalar(byte value) => new(Literal.NewInt(value), torch.ScalarType.Int64);
    public static implicit operator Scalar(sbyte value) => new(Literal.NewInt(value), torch.ScalarType.Int64);
    public static implicit operator Scalar(short value) => new(Literal.NewInt(value), torch.ScalarType.Int64);
    public static implicit operator Scalar(int value) => new(Literal.NewInt(value), torch.ScalarType.Int64);
    public static implicit operator Scalar(long value) => new(Literal.NewInt(value), torch.ScalarType.Int64);
    /// <summary>Past the largest signed number it counts as a real one.</summary>
    public static implicit operator Scalar(ulong value) => value <= long.MaxValue ? (long)value : new Scalar(Literal.NewReal(value), torch.ScalarType.Float64);
    public static implicit operator Scalar(Half value) => new(Literal.NewReal((double)value), torch.ScalarType.Float64);
    public static implicit operator Scalar(BFloat16 value) => new(Literal.NewReal(value.ToSingle()), torch.ScalarType.Float64);
    public static implicit operator Scalar(float value) => new(Literal.NewReal(value), torch.ScalarType.Float64);
    public static implicit operator Scalar(double value) => new(Literal.NewReal(value), torch.ScalarType.Float64);
    public static implicit operator Scalar(bool value) => new(Literal.NewInt(value ? 1 : 0), torch.ScalarType.Bool);
    public static implicit operator Scalar(Complex value) => new(Literal.NewComplex(value.Real, value.Imaginary), torch.ScalarType.ComplexFloat64);
    public static implicit operator Scalar((float, float) value) => new(Literal.NewComplex(value.Item1, value.Item2), torch.ScalarType.ComplexFloat64);

    /// <summary>There is nothing to release; kept for programs that dispose of scalars.</summary>
    public void Dispose() { }

    public override string ToString() => IsBool ? (Value.IsZero ? "False" : "True") : Value.ToString();
}

/// <summary>Between numbers and <see cref="Scalar"/>.</summary>
public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this (float, float) value) => value;
    public static Scalar ToScalar(this BFloat16 value) => value;
    public static Scalar ToScalar(this Half value) => value;
    public static Scalar ToScalar(this Complex value) => value;
    public static Scalar ToScalar(this bool value) => value;
    public static Scalar ToScalar(this byte value) => value;
    public static Scalar ToScalar(this sbyte value) => value;
    public static Scalar ToScalar(this short value) => value;
    public static Scalar ToScalar(this int value) => value;
    public static Scalar ToScalar(this long value) => value;
    public static Scalar ToScalar(this float value) => value;
    public static Scalar ToScalar(this double value) => value;
    public static Scalar ToBFloat16Scalar(this float value) => new BFloat16(value);

    public static bool ToBoolean(this Scalar value) => !value.Value.IsZero;
    public static byte ToByte(this Scalar value) => (byte)value.AsLong();
    public static sbyte ToSByte(this Scalar value) => (sbyte)value.AsLong();
    public static short ToInt16(this Scalar value) => (short)value.AsLong();
    public static int ToInt32(this Scalar value) => (int)value.AsLong();
    public static long ToInt64(this Scalar value) => value.AsLong();
    public static Half ToHalf(this Scalar value) => (Half)value.AsDouble();
    public static BFloat16 ToBFloat16(this Scalar value) => new((float)value.AsDouble());
    public static float ToSingle(this Scalar value) => (float)value.AsDouble();
    public static double ToDouble(this Scalar value) => value.AsDouble();
    public static Complex ToComplexFloat64(this Scalar value) => value.AsComplex();
    public static (float Real, float Imaginary) ToComplexFloat32(this Scalar value)
    {
        var c = value.AsComplex();
        return ((float)c.Real, (float)c.Imaginary);
    }
}
