// NumPy's element types as .npy headers and pickled arrays describe them: byte order, kind, size: '<f4', '|b1', '<U3', '<M8[D]'.
using Torch.Kernels;

namespace Torch.Serialization;

/// <summary>A NumPy dtype: kinds b i u f c (numbers), S U (text), M m (times, with a unit).</summary>
internal sealed class NumpyDType
{
    private NumpyDType(char order, char kind, int itemSize, string unit)
    {
        Order = order;
        Kind = kind;
        ItemSize = itemSize;
        Unit = unit;
    }

    /// <summary>'&lt;' little, '&gt;' big, '|' where it does not matter.</summary>
    public char Order { get; set; }

    public char Kind { get; }

    /// <summary>Bytes of one element.</summary>
    public int ItemSize { get; }

    /// <summary>The unit of a time with its brackets, or empty.</summary>
    public string Unit { get; }

    /// <summary>The unit whose bytes a big-endian file reverses.</summary>
    public int SwapUnit => Kind switch { 'c' => ItemSize / 2, 'U' => 4, 'S' => 1, _ => ItemSize };

    public string Descr => $"{Order}{Kind}{(Kind == 'U' ? ItemSize / 4 : ItemSize)}{Unit}";

    /// <summary>The dtype of a tensor of these elements, or null where there is none.</summary>
    public DTypeValue? DType => (Kind, ItemSize) switch
    {
        ('b', 1) => DTypeValue.Of(ElementType.Bool),
        ('i', 1) => DTypeValue.Of(ElementType.Int8),
        ('i', 2) => DTypeValue.Of(ElementType.Int16),
        ('i', 4) => DTypeValue.Of(ElementType.Int32),
        ('i', 8) => DTypeValue.Of(ElementType.Int64),
        ('u', 1) => DTypeValue.Of(ElementType.UInt8),
        ('u', 2) => DTypeValue.Of(ElementType.UInt16),
        ('u', 4) => DTypeValue.Of(ElementType.UInt32),
        ('u', 8) => DTypeValue.Of(ElementType.UInt64),
        ('f', 2) => DTypeValue.Of(ElementType.Float16),
        ('f', 4) => DTypeValue.Of(ElementType.Float32),
        ('f', 8) => DTypeValue.Of(ElementType.Float64),
        ('c', 8) => DTypeValue.Of(ElementType.Complex64),
        ('c', 16) => DTypeValue.Of(ElementType.Complex128),
        _ => null,
    };

    /// <summary>Reads a description; null where it is malformed or of a kind that holds no plain data (objects, records).</summary>
    public static NumpyDType? Parse(string descr)
    {
        if (descr.Length == 0) return null;
        var order = '=';
        if (descr[0] is '<' or '>' or '|' or '=')
        {
            order = descr[0];
            descr = descr[1..];
        }
        if (descr is "?" or "bool") descr = "b1";
        if (descr.Length < 2) return null;
        var kind = descr[0];
        var digits = 1;
        while (digits < descr.Length && char.IsAsciiDigit(descr[digits])) digits++;
        if (digits is 1 or > 9 || !int.TryParse(descr.AsSpan(1, digits - 1), out var n)) return null;
        var unit = descr[digits..];
        var size = kind == 'U' ? n * 4L : n;
        var known = kind switch
        {
            'b' => n == 1,
            'i' or 'u' => n is 1 or 2 or 4 or 8,
            'f' => n is 2 or 4 or 8,
            'c' => n is 8 or 16,
            'S' or 'U' => size <= int.MaxValue,
            'M' or 'm' => n == 8,
            _ => false,
        };
        if (!known || (unit.Length > 0 && !(kind is 'M' or 'm' && unit.Length < 20 && unit[0] == '[' && unit[^1] == ']'))) return null;
        if (size == 1 || kind == 'S') order = '|';
        else if (order is '=' or '|') order = '<';
        return new(order, kind, (int)size, unit);
    }

    /// <summary>NumPy's dtype for a tensor's, or null where NumPy has none (bfloat16 and the like).</summary>
    public static NumpyDType? Of(DTypeValue dtype) => Numbers.FirstOrDefault(n => n.DType == dtype) is { } found ? Parse(found.Descr) : null;

    private static readonly NumpyDType[] Numbers =
        [.. new[] { "|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16" }.Select(d => Parse(d)!)];
}

/// <summary>A NumPy array: a .npy file, a member of a .npz, or pickled in a checkpoint.</summary>
internal sealed class NumpyArray
{
    public NumpyDType DType { get; set; } = NumpyDType.Parse("|u1")!;

    public long[] Shape { get; set; } = [0];

    /// <summary>The elements lie in column-major order.</summary>
    public bool Fortran { get; set; }

    /// <summary>The elements, little-endian whatever the file's order was.</summary>
    public ByteSource Data { get; set; } = ByteSource.FromMemory(Array.Empty<byte>());

    /// <summary>The same as a tensor over these bytes, or null where its elements are none of PyTorch's.</summary>
    public StoredTensor? ToTensor()
    {
        if (DType.DType is not { } dtype) return null;
        var strides = StoredTensor.ContiguousStrides(Shape);
        if (Fortran)
        {
            strides = StoredTensor.ContiguousStrides([.. Shape.Reverse()]);
            Array.Reverse(strides);
        }
        return new StoredTensor(new StoredStorage("", dtype, Data.Length, "cpu", Data), dtype, Shape, strides, 0);
    }

    /// <summary>The elements of a text array in their order in memory, trailing zeros cut; null for other kinds.</summary>
    public string[]? ToStrings()
    {
        if (DType.Kind is not ('S' or 'U')) return null;
        var bytes = Data.ReadAll();
        var encoding = DType.Kind == 'U' ? System.Text.Encoding.UTF32 : System.Text.Encoding.Latin1;
        if (DType.ItemSize == 0) return [.. Enumerable.Repeat("", (int)Math.Min(Shape.Aggregate(1L, (n, s) => n * s), 1 << 20))];
        return [.. Enumerable.Range(0, bytes.Length / DType.ItemSize).Select(i => encoding.GetString(bytes, i * DType.ItemSize, DType.ItemSize).TrimEnd('\0'))];
    }

    /// <summary>The bytes of this many elements, or null where that is beyond 64 bits.</summary>
    public static long? ByteLength(NumpyDType dtype, long[] shape)
    {
        try
        {
            return shape.Aggregate((long)dtype.ItemSize, (n, s) => checked(n * s));
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
