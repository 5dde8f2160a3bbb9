namespace Torch.Kernels;

/// <summary>
/// The kinds of element that memory can hold. Kernels compute with Bool up to Complex128 (without the unsigned 16, 32 and 64 bit kinds,
/// Complex32 and the float8 kinds, which can be stored and cast but not computed with).
/// </summary>
public enum ElementType : byte
{
    Bool, UInt8, Int8, Int16, Int32, Int64, UInt16, UInt32, UInt64,
    Float16, BFloat16, Float32, Float64, Complex32, Complex64, Complex128,
    Float8E4M3FN, Float8E5M2, Float8E4M3FNUZ, Float8E5M2FNUZ, QInt8, QUInt8, QInt32,
}

/// <summary>Facts about element types.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.Bool or ElementType.UInt8 or ElementType.Int8 or ElementType.QInt8 or ElementType.QUInt8 or ElementType.Float8E4M3FN
            or ElementType.Float8E5M2 or ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2FNUZ => 1,
        ElementType.Int16 or ElementType.UInt16 or ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Int32 or ElementType.UInt32 or ElementType.Float32 or ElementType.Complex32 or ElementType.QInt32 => 4,
        ElementType.Int64 or ElementType.UInt64 or ElementType.Float64 or ElementType.Complex64 => 8,
        ElementType.Complex128 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type"),
    };
}
