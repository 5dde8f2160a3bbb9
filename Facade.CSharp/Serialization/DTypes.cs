// The element types that files can name: PyTorch's dtype, its size, what the kernels call it (null: they can only carry its bytes), and the
// class of typed storage under which torch.save writes it (null: untyped storage and _rebuild_tensor_v3).
using Torch.Kernels;

namespace Torch.Serialization;

/// <summary>A dtype as a file names it. One object for each dtype: compare by reference.</summary>
internal sealed class DTypeValue
{
    private DTypeValue(string name, int size, ElementType? type, string? storageClass)
    {
        Name = name;
        Size = size;
        Type = type;
        StorageClass = storageClass;
    }

    /// <summary>PyTorch's name without <c>torch.</c>: float32.</summary>
    public string Name { get; }

    /// <summary>Bytes of one element.</summary>
    public int Size { get; }

    /// <summary>The kernels' name of it, or null where they do not know it.</summary>
    public ElementType? Type { get; }

    /// <summary>FloatStorage and so on, or null.</summary>
    public string? StorageClass { get; }

    public bool IsComplex => Name.StartsWith("complex", StringComparison.Ordinal);

    public bool IsQuantized => Name.StartsWith("qint", StringComparison.Ordinal) || Name.StartsWith("quint", StringComparison.Ordinal);

    /// <summary>Whether a tensor of it can require a gradient.</summary>
    public bool IsDifferentiable => IsComplex || Name.StartsWith("float", StringComparison.Ordinal) || Name == "bfloat16";

    /// <summary>The unit whose bytes are reversed in a big-endian file.</summary>
    public int SwapUnit => IsComplex ? Size / 2 : Size;

    public override string ToString() => $"torch.{Name}";

    public static readonly DTypeValue Float32 = new("float32", 4, ElementType.Float32, "FloatStorage");
    public static readonly DTypeValue UInt8 = new("uint8", 1, ElementType.UInt8, "ByteStorage");
    public static readonly DTypeValue Int64 = new("int64", 8, ElementType.Int64, "LongStorage");

    /// <summary>All dtypes that can be stored.</summary>
    public static readonly IReadOnlyList<DTypeValue> All =
    [
        Float32, UInt8, Int64,
        new("bool", 1, ElementType.Bool, "BoolStorage"),
        new("int8", 1, ElementType.Int8, "CharStorage"),
        new("int16", 2, ElementType.Int16, "ShortStorage"),
        new("int32", 4, ElementType.Int32, "IntStorage"),
        new("uint16", 2, ElementType.UInt16, null),
        new("uint32", 4, ElementType.UInt32, null),
        new("uint64", 8, ElementType.UInt64, null),
        new("float16", 2, ElementType.Float16, "HalfStorage"),
        new("bfloat16", 2, ElementType.BFloat16, "BFloat16Storage"),
        new("float64", 8, ElementType.Float64, "DoubleStorage"),
        new("complex32", 4, ElementType.Complex32, null),
        new("complex64", 8, ElementType.Complex64, "ComplexFloatStorage"),
        new("complex128", 16, ElementType.Complex128, "ComplexDoubleStorage"),
        new("float8_e4m3fn", 1, ElementType.Float8E4M3FN, null),
        new("float8_e5m2", 1, ElementType.Float8E5M2, null),
        new("float8_e4m3fnuz", 1, ElementType.Float8E4M3FNUZ, null),
        new("float8_e5m2fnuz", 1, ElementType.Float8E5M2FNUZ, null),
        new("float8_e8m0fnu", 1, null, null),
        new("float4_e2m1fn_x2", 1, null, null),
        new("qint8", 1, ElementType.QInt8, "QInt8Storage"),
        new("quint8", 1, ElementType.QUInt8, "QUInt8Storage"),
        new("qint32", 4, ElementType.QInt32, "QInt32Storage"),
        new("quint4x2", 1, null, "QUInt4x2Storage"),
        new("quint2x4", 1, null, "QUInt2x4Storage"),
        new("bits8", 1, null, null),
        new("bits16", 2, null, null),
        new("bits1x8", 1, null, null),
        new("bits2x4", 1, null, null),
        new("bits4x2", 1, null, null),
    ];

    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["half"] = "float16", ["float"] = "float32", ["double"] = "float64", ["short"] = "int16", ["int"] = "int32", ["long"] = "int64",
        ["chalf"] = "complex32", ["cfloat"] = "complex64", ["cdouble"] = "complex128",
    };

    private static readonly Dictionary<string, DTypeValue> ByName = All.ToDictionary(d => d.Name);
    private static readonly Dictionary<ElementType, DTypeValue> ByType = All.Where(d => d.Type is not null).ToDictionary(d => d.Type!.Value);

    /// <summary>The dtype of this name, aliases such as <c>long</c> included, or null.</summary>
    public static DTypeValue? Find(string name) => ByName.GetValueOrDefault(Aliases.GetValueOrDefault(name, name));

    public static DTypeValue Of(ElementType type) => ByType[type];
}
