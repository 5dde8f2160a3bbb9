// The 8-bit floating-point types: sign, exponent, mantissa. E4M3FN has no infinity and one NaN magnitude, E5M2 is IEEE-like; the FNUZ types have
// neither infinity nor -0, and 0x80 is their only NaN. Rounding is to nearest even. What is too large becomes infinity where there is one, else NaN.
// Source: Open Compute Project, "OCP 8-bit Floating Point Specification" 1.0; Noune et al. 2022 for FNUZ.
namespace Torch.Kernels;

/// <summary>The shape of an 8-bit floating-point type.</summary>
internal interface IFloat8
{
    static abstract int MantissaBits { get; }
    static abstract int Bias { get; }

    /// <summary>Whether the type is finite with an unsigned zero, 0x80 being NaN.</summary>
    static abstract bool IsUnsignedZero { get; }

    /// <summary>The least magnitude of bits that is not finite.</summary>
    static abstract int FirstSpecial { get; }

    /// <summary>The bits (without sign) of what is too large.</summary>
    static abstract byte Overflow { get; }
}

internal readonly struct E4M3FN : IFloat8
{
    public static int MantissaBits => 3;
    public static int Bias => 7;
    public static bool IsUnsignedZero => false;
    public static int FirstSpecial => 0x7F;
    public static byte Overflow => 0x7F;
}

internal readonly struct E5M2 : IFloat8
{
    public static int MantissaBits => 2;
    public static int Bias => 15;
    public static bool IsUnsignedZero => false;
    public static int FirstSpecial => 0x7C;
    public static byte Overflow => 0x7C;
}

internal readonly struct E4M3FNUZ : IFloat8
{
    public static int MantissaBits => 3;
    public static int Bias => 8;
    public static bool IsUnsignedZero => true;
    public static int FirstSpecial => 0x80;
    public static byte Overflow => 0x80;
}

internal readonly struct E5M2FNUZ : IFloat8
{
    public static int MantissaBits => 2;
    public static int Bias => 16;
    public static bool IsUnsignedZero => true;
    public static int FirstSpecial => 0x80;
    public static byte Overflow => 0x80;
}

/// <summary>Conversions between the 8-bit types and Float32.</summary>
internal static class Float8
{
    public static float ToSingle<F>(byte bits) where F : struct, IFloat8
    {
        var magnitude = bits & 0x7F;
        if (F.IsUnsignedZero && bits == 0x80) return float.NaN;
        if (magnitude >= F.FirstSpecial)
            return magnitude == F.Overflow && F.Overflow == 0x7C ? (bits < 0x80 ? float.PositiveInfinity : float.NegativeInfinity) : float.NaN;
        int exponent = magnitude >> F.MantissaBits, mantissa = magnitude & ((1 << F.MantissaBits) - 1);
        var value = exponent == 0
            ? MathF.ScaleB(mantissa, 1 - F.Bias - F.MantissaBits)
            : MathF.ScaleB(mantissa | 1 << F.MantissaBits, exponent - F.Bias - F.MantissaBits);
        return bits < 0x80 ? value : -value;
    }

    public static byte FromSingle<F>(float x) where F : struct, IFloat8
    {
        var sign = (byte)(float.IsNegative(x) ? 0x80 : 0);
        if (float.IsNaN(x)) return F.IsUnsignedZero ? (byte)0x80 : (byte)(sign | 0x7F);
        if (float.IsInfinity(x)) return (byte)(sign | F.Overflow);
        var magnitude = (double)MathF.Abs(x);
        // In units of the last place at this exponent, never below that of the denormals.
        var exponent = magnitude == 0 ? 1 - F.Bias : Math.Max(Math.ILogB(magnitude), 1 - F.Bias);
        var units = (long)Math.Round(Math.ScaleB(magnitude, F.MantissaBits - exponent));
        var bits = units + ((long)(exponent + F.Bias - 1) << F.MantissaBits);
        if (bits >= F.FirstSpecial) return (byte)(sign | F.Overflow);
        return bits == 0 && F.IsUnsignedZero ? (byte)0 : (byte)(sign | (byte)bits);
    }
}
