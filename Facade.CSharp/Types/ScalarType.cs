namespace Torch;

public static partial class torch
{
    /// <summary>Element types, with PyTorch's numbers.</summary>
    public enum ScalarType : sbyte
    {
        [PyTorchName("uint8")] Byte = 0,
        [PyTorchName("int8")] Int8 = 1,
        [PyTorchName("int16")] Int16 = 2,
        [PyTorchName("int32")] Int32 = 3,
        [PyTorchName("int64")] Int64 = 4,
        [PyTorchName("float16")] Float16 = 5,
        [PyTorchName("float32")] Float32 = 6,
        [PyTorchName("float64")] Float64 = 7,
        [PyTorchName("complex32")] ComplexFloat16 = 8,
        [PyTorchName("complex64")] ComplexFloat32 = 9,
        [PyTorchName("complex128")] ComplexFloat64 = 10,
        [PyTorchName("bool")] Bool = 11,
        [PyTorchName("qint8")] QInt8 = 12,
        [PyTorchName("quint8")] QUInt8 = 13,
        [PyTorchName("qint32")] QInt32 = 14,
        [PyTorchName("bfloat16")] BFloat16 = 15,
        [PyTorchName("float8_e5m2")] Float8_e5m2 = 23,
        [PyTorchName("float8_e4m3fn")] Float8_e4m3fn = 24,
        [PyTorchName("float8_e5m2fnuz")] Float8_e5m2fnuz = 25,
        [PyTorchName("float8_e4m3fnuz")] Float8_e4m3fnuz = 26,
        [PyTorchName("uint16")] UInt16 = 27,
        [PyTorchName("uint32")] UInt32 = 28,
        [PyTorchName("uint64")] UInt64 = 29,
    }

    public const ScalarType uint8 = ScalarType.Byte;
    public const ScalarType int8 = ScalarType.Int8;
    public const ScalarType int16 = ScalarType.Int16;
    public const ScalarType @short = ScalarType.Int16;
    public const ScalarType int32 = ScalarType.Int32;
    public const ScalarType @int = ScalarType.Int32;
    public const ScalarType int64 = ScalarType.Int64;
    public const ScalarType @long = ScalarType.Int64;
    public const ScalarType float16 = ScalarType.Float16;
    public const ScalarType half = ScalarType.Float16;
    public const ScalarType bfloat16 = ScalarType.BFloat16;
    public const ScalarType float32 = ScalarType.Float32;
    public const ScalarType @float = ScalarType.Float32;
    public const ScalarType float64 = ScalarType.Float64;
    public const ScalarType @double = ScalarType.Float64;
    public const ScalarType complex32 = ScalarType.ComplexFloat16;
    public const ScalarType chalf = ScalarType.ComplexFloat16;
    public const ScalarType complex64 = ScalarType.ComplexFloat32;
    public const ScalarType cfloat = ScalarType.ComplexFloat32;
    public const ScalarType complex128 = ScalarType.ComplexFloat64;
    public const ScalarType cdouble = ScalarType.ComplexFloat64;
    public const ScalarType @bool = ScalarType.Bool;
    public const ScalarType qint8 = ScalarType.QInt8;
    public const ScalarType quint8 = ScalarType.QUInt8;
    public const ScalarType qint32 = ScalarType.QInt32;
    public const ScalarType uint16 = ScalarType.UInt16;
    public const ScalarType uint32 = ScalarType.UInt32;
    public const ScalarType uint64 = ScalarType.UInt64;
    public const ScalarType float8_e5m2 = ScalarType.Float8_e5m2;
    public const ScalarType float8_e4m3fn = ScalarType.Float8_e4m3fn;
    public const ScalarType float8_e5m2fnuz = ScalarType.Float8_e5m2fnuz;
    public const ScalarType float8_e4m3fnuz = ScalarType.Float8_e4m3fnuz;

    public static ScalarType get_default_dtype() => Build.defaultDType().ToScalarType();

    /// <summary>The floating type of float literals and of functions of integers: float32 unless changed.</summary>
    public static void set_default_dtype([PyTorchName("d")] ScalarType dtype) => Build.setDefaultDType(dtype.ToDType());

    /// <summary>The smallest type that both convert to without losing their kind.</summary>
    public static ScalarType promote_types(ScalarType type1, ScalarType type2) => Promotion.types(type1.ToDType(), type2.ToDType()).ToScalarType();

    /// <summary>Whether a value of one type may be written into another (never into a lower category).</summary>
    public static bool can_cast([PyTorchName("from_")] ScalarType from, ScalarType to) => Casting.CanCast(from.ToDType(), to.ToDType());

    public static ScalarType result_type(Tensor tensor1, Tensor tensor2) => ResultType(tensor1.Expr, tensor2.Expr);

    public static ScalarType result_type(Tensor tensor, Scalar scalar) => ResultType(tensor.Expr, scalar.ToExpr());

    public static ScalarType result_type(Scalar scalar, Tensor tensor) => ResultType(scalar.ToExpr(), tensor.Expr);

    public static ScalarType result_type(Scalar scalar1, Scalar scalar2) => ResultType(scalar1.ToExpr(), scalar2.ToExpr());

    private static ScalarType ResultType(Expr a, Expr b) =>
        Promotion.result(Build.defaultDType(), [(a.DType, a.Rank > 0, a.IsNumber), (b.DType, b.Rank > 0, b.IsNumber)]).ToScalarType();

    public static bool is_floating_point(ScalarType type) => type.ToDType().IsFloat;

    public static bool is_complex(ScalarType type) => type.ToDType().IsComplex;

    public static bool is_integral(ScalarType type) => !type.ToDType().IsDifferentiable;
}

/// <summary>Between the facade's element types and the core's.</summary>
internal static class ScalarTypes
{
    internal static DType ToDType(this torch.ScalarType type) => type switch
    {
        torch.ScalarType.Byte => DType.UInt8,
        torch.ScalarType.Int8 => DType.Int8,
        torch.ScalarType.Int16 => DType.Int16,
        torch.ScalarType.Int32 => DType.Int32,
        torch.ScalarType.Int64 => DType.Int64,
        torch.ScalarType.Float16 => DType.Float16,
        torch.ScalarType.Float32 => DType.Float32,
        torch.ScalarType.Float64 => DType.Float64,
        torch.ScalarType.ComplexFloat16 => DType.Complex32,
        torch.ScalarType.ComplexFloat32 => DType.Complex64,
        torch.ScalarType.ComplexFloat64 => DType.Complex128,
        torch.ScalarType.Bool => DType.Bool,
        torch.ScalarType.QInt8 => DType.QInt8,
        torch.ScalarType.QUInt8 => DType.QUInt8,
        torch.ScalarType.QInt32 => DType.QInt32,
        torch.ScalarType.BFloat16 => DType.BFloat16,
        torch.ScalarType.Float8_e5m2 => DType.Float8E5M2,
        torch.ScalarType.Float8_e4m3fn => DType.Float8E4M3FN,
        torch.ScalarType.Float8_e5m2fnuz => DType.Float8E5M2FNUZ,
        torch.ScalarType.Float8_e4m3fnuz => DType.Float8E4M3FNUZ,
        torch.ScalarType.UInt16 => DType.UInt16,
        torch.ScalarType.UInt32 => DType.UInt32,
        torch.ScalarType.UInt64 => DType.UInt64,
        _ => throw new ArgumentException($"unknown dtype {type}"),
    };

    internal static torch.ScalarType ToScalarType(this DType d) => d.Element switch
    {
        Kernels.ElementType.UInt8 => torch.ScalarType.Byte,
        Kernels.ElementType.Int8 => torch.ScalarType.Int8,
        Kernels.ElementType.Int16 => torch.ScalarType.Int16,
        Kernels.ElementType.Int32 => torch.ScalarType.Int32,
        Kernels.ElementType.Int64 => torch.ScalarType.Int64,
        Kernels.ElementType.Float16 => torch.ScalarType.Float16,
        Kernels.ElementType.Float32 => torch.ScalarType.Float32,
        Kernels.ElementType.Float64 => torch.ScalarType.Float64,
        Kernels.ElementType.Complex32 => torch.ScalarType.ComplexFloat16,
        Kernels.ElementType.Complex64 => torch.ScalarType.ComplexFloat32,
        Kernels.ElementType.Complex128 => torch.ScalarType.ComplexFloat64,
        Kernels.ElementType.Bool => torch.ScalarType.Bool,
        Kernels.ElementType.QInt8 => torch.ScalarType.QInt8,
        Kernels.ElementType.QUInt8 => torch.ScalarType.QUInt8,
        Kernels.ElementType.QInt32 => torch.ScalarType.QInt32,
        Kernels.ElementType.BFloat16 => torch.ScalarType.BFloat16,
        Kernels.ElementType.Float8E5M2 => torch.ScalarType.Float8_e5m2,
        Kernels.ElementType.Float8E4M3FN => torch.ScalarType.Float8_e4m3fn,
        Kernels.ElementType.Float8E5M2FNUZ => torch.ScalarType.Float8_e5m2fnuz,
        Kernels.ElementType.Float8E4M3FNUZ => torch.ScalarType.Float8_e4m3fnuz,
        Kernels.ElementType.UInt16 => torch.ScalarType.UInt16,
        Kernels.ElementType.UInt32 => torch.ScalarType.UInt32,
        _ => torch.ScalarType.UInt64,
    };
}
