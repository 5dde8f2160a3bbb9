// What a checkpoint holds, as plain values without behaviour. A value is one of
//   null, bool, long, BigInteger (beyond 64 bits), double, Complex, string, byte[] (Python's bytes), List<object?> (Python's list)
// or of a class below. Lists, dictionaries, sets and tensors have identity: the same object twice in a file is the same object here, and a
// structure may contain itself. Whoever walks a value keeps a table of what it has met (shared parts can make a small file an exponentially
// large tree).
namespace Torch.Serialization;

/// <summary>Python's tuple.</summary>
internal sealed class PyTuple(params object?[] items)
{
    public static readonly PyTuple Empty = new();

    public object?[] Items { get; } = items;

    public int Count => Items.Length;
}

internal enum PyDictKind { Dict, OrderedDict, Counter, DefaultDict }

/// <summary>Python's dict and its kin: order of insertion, any hashable keys.</summary>
internal sealed class PyDict(PyDictKind kind = PyDictKind.Dict)
{
    private static readonly object None = new();
    private OrderedDictionary<object, object?>? items; // made with the first item: hostile files hold millions of empty ones

    public PyDictKind Kind { get; } = kind;

    /// <summary>What the object carries beside its items: a state dict's <c>_metadata</c>. Null where there is nothing.</summary>
    public PyDict? Attributes { get; set; }

    public int Count => items?.Count ?? 0;

    public IEnumerable<KeyValuePair<object?, object?>> Items =>
        items is null ? [] : items.Select(p => new KeyValuePair<object?, object?>(ReferenceEquals(p.Key, None) ? null : p.Key, p.Value));

    /// <summary>The value of a key, null where it is absent. Setting adds at the end or replaces in place. Keys must pass <c>PyKeys.Fault</c>.</summary>
    public object? this[object? key]
    {
        get => items is not null && items.TryGetValue(key ?? None, out var value) ? value : null;
        set => (items ??= new(PyKeys.Instance))[key ?? None] = value;
    }

    public bool ContainsKey(object? key) => items?.ContainsKey(key ?? None) ?? false;
}

/// <summary>Python's set and frozenset.</summary>
internal sealed class PySet(bool frozen = false)
{
    private readonly PyDict items = new();

    public bool Frozen { get; } = frozen;

    public IEnumerable<object?> Items => items.Items.Select(p => p.Key);

    public int Count => items.Count;

    public void Add(object? item) => items[item] = true;

    public bool Contains(object? item) => items.ContainsKey(item);
}

/// <summary>Python's bytearray.</summary>
internal sealed class PyByteArray(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;
}

/// <summary>Python's slice.</summary>
internal sealed record PySlice(object? Start, object? Stop, object? Step);

/// <summary>Python's range.</summary>
internal sealed record PyRange(long Start, long Stop, long Step);

/// <summary>An instance of a class that the caller allowed by name and that we do not know: its parts, nothing is done with them.</summary>
internal sealed class PyObject(string fullName, object?[] arguments)
{
    public string FullName { get; } = fullName;

    public object?[] Arguments { get; } = arguments;

    /// <summary>What BUILD, APPEND and SETITEM gave it, in this order of kinds; null where they gave nothing.</summary>
    public object? State { get; set; }

    public List<object?>? ListItems { get; set; }

    public PyDict? DictItems { get; set; }
}

/// <summary>torch.Size.</summary>
internal sealed class SizeValue(long[] dims) : IEquatable<SizeValue>
{
    public long[] Dims { get; } = dims;

    public bool Equals(SizeValue? other) => other is not null && Dims.AsSpan().SequenceEqual(other.Dims);

    public override bool Equals(object? obj) => Equals(obj as SizeValue);

    public override int GetHashCode() => Dims.Aggregate(Dims.Length, HashCode.Combine);
}

/// <summary>torch.device.</summary>
internal sealed record DeviceValue(string Type, int? Index)
{
    public override string ToString() => Index is { } index ? $"{Type}:{index}" : Type;

    /// <summary>Reads <c>cpu</c> or <c>cuda:1</c>; null where the text is no device of PyTorch.</summary>
    public static DeviceValue? Parse(string text)
    {
        var parts = text.Split(':');
        if (parts.Length > 2 || !Types.Contains(parts[0])) return null;
        if (parts.Length == 1) return new(parts[0], null);
        return parts[1].Length is > 0 and < 4 && parts[1].All(char.IsAsciiDigit) ? new(parts[0], int.Parse(parts[1])) : null;
    }

    private static readonly HashSet<string> Types =
    [
        "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy", "vulkan", "mps", "meta",
        "hpu", "mtia", "privateuseone",
    ];
}

/// <summary>torch.layout by name: strided, sparse_coo, ...</summary>
internal sealed record LayoutValue(string Name)
{
    public static readonly IReadOnlyList<string> Names = ["strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "_mkldnn", "jagged"];
}

/// <summary>torch.qscheme by name: per_tensor_affine, ...</summary>
internal sealed record QSchemeValue(string Name)
{
    public static readonly IReadOnlyList<string> Names =
        ["per_tensor_affine", "per_channel_affine", "per_tensor_symmetric", "per_channel_symmetric", "per_channel_affine_float_qparams"];
}

/// <summary>
/// Memory that tensors of a checkpoint lie in. Shared memory is one object. <see cref="Data"/> gives little-endian bytes, read when asked for.
/// </summary>
internal sealed class StoredStorage(string key, DTypeValue dtype, long byteLength, string location, ByteSource? data)
{
    public string Key { get; } = key;

    /// <summary>The element type under which it was saved (uint8 for untyped storages).</summary>
    public DTypeValue DType { get; } = dtype;

    public long ByteLength { get; } = byteLength;

    public long Count => ByteLength / DType.Size;

    /// <summary>Where it was, after mapping: cpu or meta.</summary>
    public string Location { get; } = location;

    /// <summary>The bytes; null for a storage on the meta device, which has none.</summary>
    public ByteSource? Data { get; set; } = data;

    public static StoredStorage Of(DTypeValue dtype, ReadOnlyMemory<byte> bytes) => new("", dtype, bytes.Length, "cpu", ByteSource.FromMemory(bytes));
}

/// <summary>A strided tensor over a storage. Its extent was checked against the storage when it was read.</summary>
internal sealed class StoredTensor(StoredStorage storage, DTypeValue dtype, long[] sizes, long[] strides, long offset)
{
    public StoredStorage Storage { get; } = storage;

    public DTypeValue DType { get; } = dtype;

    public long[] Sizes { get; } = sizes;

    /// <summary>In elements.</summary>
    public long[] Strides { get; } = strides;

    /// <summary>Of the first element, in elements from the beginning of the storage.</summary>
    public long Offset { get; } = offset;

    public bool RequiresGrad { get; init; }

    public bool IsParameter { get; init; }

    /// <summary>The class where it is neither Tensor nor Parameter: torch.nn.parameter.Buffer.</summary>
    public string? Class { get; init; }

    /// <summary>The values are to be read conjugated.</summary>
    public bool IsConj { get; init; }

    /// <summary>The values are to be read negated.</summary>
    public bool IsNeg { get; init; }

    /// <summary>Python attributes that travel with the tensor; null where there are none.</summary>
    public PyDict? Attributes { get; init; }

    public bool IsMeta => Storage.Data is null;

    public long Count => Sizes.Aggregate(1L, (n, s) => n * s);

    public static StoredTensor Contiguous(DTypeValue dtype, long[] sizes, ReadOnlyMemory<byte> bytes) =>
        new(StoredStorage.Of(dtype, bytes), dtype, sizes, ContiguousStrides(sizes), 0);

    /// <summary>The strides of row-major order as PyTorch gives them: a size of 0 counts as 1.</summary>
    public static long[] ContiguousStrides(long[] sizes)
    {
        var strides = new long[sizes.Length];
        long stride = 1;
        for (var d = sizes.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= Math.Max(sizes[d], 1);
        }
        return strides;
    }

    /// <summary>The elements in row-major order, gathered from the storage (conjugation and negation are not applied).</summary>
    public byte[] GatherBytes()
    {
        var data = Storage.Data ?? throw new InvalidOperationException("a tensor on the meta device has no bytes");
        var size = DType.Size;
        var count = Count;
        if (count == 0) return [];
        if (Strides.AsSpan().SequenceEqual(ContiguousStrides(Sizes))) return data.ReadArray(Offset * size, count * size);
        var last = Sizes.Zip(Strides).Sum(p => (p.First - 1) * p.Second);
        var all = data.ReadArray(Offset * size, (last + 1) * size);
        var result = new byte[checked(count * size)];
        var index = new long[Sizes.Length];
        long at = 0;
        for (long i = 0; i < count; i++)
        {
            all.AsSpan((int)(at * size), size).CopyTo(result.AsSpan((int)(i * size)));
            for (var d = Sizes.Length - 1; d >= 0; d--)
            {
                at += Strides[d];
                if (++index[d] < Sizes[d]) break;
                at -= Strides[d] * Sizes[d];
                index[d] = 0;
            }
        }
        return result;
    }
}

/// <summary>
/// A sparse tensor. Parts: indices and values of sparse_coo; else compressed indices, plain indices and values.
/// What the indices hold is not checked here.
/// </summary>
internal sealed record StoredSparse(LayoutValue Layout, StoredTensor[] Parts, long[] Sizes, bool? IsCoalesced);

/// <summary>A quantized tensor: integers with scale and zero point, one pair or (Scales, ZeroPoints, Axis) one for each channel.</summary>
internal sealed record StoredQuantized(StoredTensor Integers, QSchemeValue Scheme, double Scale, long ZeroPoint, StoredTensor? Scales, StoredTensor? ZeroPoints, int Axis);

/// <summary>A nested tensor: a flat buffer and for each part its sizes, strides (both rows of a matrix) and offset.</summary>
internal sealed record StoredNested(StoredTensor Buffer, StoredTensor Sizes, StoredTensor Strides, StoredTensor Offsets);

/// <summary>A jagged nested tensor: parts of one dimension of <paramref name="Values"/>, cut at <paramref name="Offsets"/>.</summary>
internal sealed record StoredJagged(StoredTensor Values, StoredTensor Offsets, StoredTensor? Lengths, int RaggedDim, bool RequiresGrad);

/// <summary>A NumPy scalar (np.float64(1)).</summary>
internal sealed record NumpyScalar(NumpyDType DType, byte[] Bytes);
