// Writes values (Values.cs) as a pickle of protocol 2, as torch.save does: the same opcodes and memo numbers as CPython's pickler, so that what PyTorch
// would write comes out byte by byte for what it could hold, and only names that its weights-only reader allows. Shared objects are written once; a
// structure may contain itself.
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Torch.Serialization.Pickle;

/// <summary>Gives the persistent id of a storage: (storage, its class, number of elements) to the items of the tuple.</summary>
internal delegate object?[] PersistentId(StoredStorage storage, KnownGlobal type, long count);

internal sealed class PickleWriter
{
    private const int MaxDepth = 1000;
    private const int Batch = 1000;

    private static readonly Func<object?[], PickleReader, object?> Uncalled = (_, at) => throw at.Error("not callable");

    private readonly MemoryStream output = new();
    private readonly Dictionary<object, int> memo = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, int> strings = [];
    private readonly Dictionary<string, int> globals = [];
    private readonly Dictionary<StoredStorage, DTypeValue> types = [];
    private readonly PersistentId persistentId;
    private int memoCount;
    private int depth;

    private PickleWriter(PersistentId persistentId) => this.persistentId = persistentId;

    public static byte[] Write(object? value, PersistentId persistentId)
    {
        var writer = new PickleWriter(persistentId);
        writer.Op(Opcode.PROTO);
        writer.Byte(2);
        writer.Save(value);
        writer.Op(Opcode.STOP);
        return writer.output.ToArray();
    }

    private void Save(object? value)
    {
        if (++depth > MaxDepth) throw new TorchException($"a structure nested deeper than {MaxDepth} cannot be saved");
        if (value is not null && memo.TryGetValue(value, out var index)) Get(index);
        else if (RuntimeHelpers.TryEnsureSufficientExecutionStack()) SaveNew(value);
        else Task.Factory.StartNew(() => SaveNew(value), TaskCreationOptions.LongRunning).GetAwaiter().GetResult(); // deep, on a small stack: go on with another
        depth--;
    }

    private void SaveNew(object? value)
    {
        switch (value)
        {
            case null: Op(Opcode.NONE); break;
            case bool b: Op(b ? Opcode.NEWTRUE : Opcode.NEWFALSE); break;
            case int n: SaveInteger(n); break;
            case long n: SaveInteger(n); break;
            case BigInteger n: SaveBig(n); break;
            case float f: SaveDouble(f); break;
            case double d: SaveDouble(d); break;
            case string s: SaveString(s); break;
            case byte[] bytes: Reduce(bytes, "_codecs", "encode", Encoding.Latin1.GetString(bytes), "latin1"); break;
            case Complex c: Reduce(c, "__builtin__", "complex", c.Real, c.Imaginary); break;
            case PyByteArray array: Reduce(array, "__builtin__", "bytearray", array.Bytes); break;
            case PyTuple tuple: SaveTuple(tuple); break;
            case List<object?> list: SaveList(list); break;
            case PyDict dict: SaveDict(dict); break;
            case PySet { Frozen: false } set: Reduce(set, "__builtin__", "set", set.Items.ToList()); break;
            case SizeValue size: Reduce(size, "torch", "Size", Tuple(size.Dims)); break;
            case DeviceValue { Index: { } number } device: Reduce(device, "torch", "device", device.Type, (long)number); break;
            case DeviceValue device: Reduce(device, "torch", "device", device.Type); break;
            case DTypeValue dtype: SaveGlobal($"torch.{dtype.Name}"); break;
            case QSchemeValue scheme: SaveGlobal($"torch.{scheme.Name}"); break;
            case LayoutValue layout: Reduce(layout, "torch.serialization", "_get_layout", $"torch.{layout.Name}"); break;
            case KnownGlobal global: SaveGlobal(global.FullName); break;
            case StoredStorage storage: SaveStorage(storage, storage.DType); break;
            case StoredTensor tensor: SaveTensor(tensor); break;
            case StoredSparse sparse: SaveSparse(sparse); break;
            case StoredQuantized quantized: SaveQuantized(quantized); break;
            case StoredNested nested: Reduce(nested, "torch._utils", "_rebuild_nested_tensor", nested.Buffer, nested.Sizes, nested.Strides, nested.Offsets); break;
            default: throw new TorchException($"{PickleReader.Describe(value)} cannot be saved in a file of weights");
        }
    }

    private void SaveInteger(long n)
    {
        switch (n)
        {
            case >= 0 and <= 0xFF:
                Op(Opcode.BININT1);
                Byte((byte)n);
                break;
            case >= 0 and <= 0xFFFF:
                Op(Opcode.BININT2);
                Byte((byte)n);
                Byte((byte)(n >> 8));
                break;
            case >= int.MinValue and <= int.MaxValue:
                Op(Opcode.BININT);
                Int32((int)n);
                break;
            default: SaveBig(n); break;
        }
    }

    private void SaveBig(BigInteger n)
    {
        var bytes = n.IsZero ? [] : n.ToByteArray();
        if (bytes.Length < 256)
        {
            Op(Opcode.LONG1);
            Byte((byte)bytes.Length);
        }
        else
        {
            Op(Opcode.LONG4);
            Int32(bytes.Length);
        }
        output.Write(bytes);
    }

    private void SaveDouble(double d)
    {
        Op(Opcode.BINFLOAT);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, d);
        output.Write(bytes);
    }

    private void SaveString(string s)
    {
        if (strings.TryGetValue(s, out var index))
        {
            Get(index);
            return;
        }
        byte[] bytes;
        try
        {
            bytes = new UTF8Encoding(false, true).GetBytes(s);
        }
        catch (EncoderFallbackException e)
        {
            throw new TorchException("a string with half a surrogate pair cannot be saved", e);
        }
        Op(Opcode.BINUNICODE);
        Int32(bytes.Length);
        output.Write(bytes);
        strings[s] = Put();
    }

    private void SaveTuple(PyTuple tuple)
    {
        if (tuple.Count == 0)
        {
            Op(Opcode.EMPTY_TUPLE);
            return;
        }
        if (tuple.Count > 3) Op(Opcode.MARK);
        foreach (var item in tuple.Items) Save(item);
        if (memo.TryGetValue(tuple, out var index)) // met itself through a list: what was saved meanwhile is the tuple
        {
            if (tuple.Count > 3) Op(Opcode.POP_MARK);
            else foreach (var _ in tuple.Items) Op(Opcode.POP);
            Get(index);
            return;
        }
        Op(tuple.Count switch { 1 => Opcode.TUPLE1, 2 => Opcode.TUPLE2, 3 => Opcode.TUPLE3, _ => Opcode.TUPLE });
        Remember(tuple);
    }

    private void SaveList(List<object?> list)
    {
        Op(Opcode.EMPTY_LIST);
        Remember(list);
        if (list.Count == 1)
        {
            Save(list[0]);
            Op(Opcode.APPEND);
            return;
        }
        foreach (var chunk in list.Chunk(Batch))
        {
            Op(Opcode.MARK);
            foreach (var item in chunk) Save(item);
            Op(Opcode.APPENDS);
        }
    }

    private void SaveDict(PyDict dict)
    {
        switch (dict.Kind)
        {
            case PyDictKind.Dict or PyDictKind.DefaultDict:
                Op(Opcode.EMPTY_DICT);
                Remember(dict);
                SaveItems(dict);
                break;
            case PyDictKind.Counter:
                var plain = new PyDict();
                foreach (var (key, value) in dict.Items) plain[key] = value;
                Reduce(dict, "collections", "Counter", plain);
                break;
            case PyDictKind.OrderedDict:
                Reduce(dict, "collections", "OrderedDict");
                SaveItems(dict);
                break;
        }
        if (dict.Attributes is null) return;
        if (dict.Kind == PyDictKind.Dict) throw new TorchException("a plain dict has no attributes");
        Save(dict.Attributes);
        Op(Opcode.BUILD);
    }

    private void SaveItems(PyDict dict)
    {
        if (dict.Count == 1)
        {
            var (key, value) = dict.Items.First();
            Save(key);
            Save(value);
            Op(Opcode.SETITEM);
            return;
        }
        foreach (var chunk in dict.Items.Chunk(Batch))
        {
            Op(Opcode.MARK);
            foreach (var (key, value) in chunk)
            {
                Save(key);
                Save(value);
            }
            Op(Opcode.SETITEMS);
        }
    }

    private void SaveTensor(StoredTensor t)
    {
        if (t.IsMeta)
        {
            Reduce(t, "torch._utils", "_rebuild_meta_tensor_no_storage", t.DType, Tuple(t.Sizes), Tuple(t.Strides), t.RequiresGrad);
            return;
        }
        var hooks = new PyDict(PyDictKind.OrderedDict);
        if (t.IsParameter)
        {
            var data = new StoredTensor(t.Storage, t.DType, t.Sizes, t.Strides, t.Offset) { IsConj = t.IsConj, IsNeg = t.IsNeg };
            if (t.Attributes is null) Reduce(t, "torch._utils", "_rebuild_parameter", data, t.RequiresGrad, hooks);
            else Reduce(t, "torch._utils", "_rebuild_parameter_with_state", data, t.RequiresGrad, hooks, t.Attributes);
            return;
        }
        var arguments = new List<object?>
        {
            t.DType.StorageClass is null ? new Untyped(t) : new Typed(t), t.Offset, Tuple(t.Sizes), Tuple(t.Strides), t.RequiresGrad, hooks,
        };
        if (t.DType.StorageClass is null) arguments.Add(t.DType);
        if (t.IsConj || t.IsNeg)
        {
            var flags = new PyDict();
            if (t.IsConj) flags["conj"] = true;
            if (t.IsNeg) flags["neg"] = true;
            arguments.Add(flags);
        }
        var rebuild = t.DType.StorageClass is null ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2";
        if (t.Attributes is null)
        {
            SaveGlobal($"torch._utils.{rebuild}");
            SaveStrided(arguments);
            Op(Opcode.REDUCE);
            Remember(t);
            return;
        }
        SaveGlobal("torch._tensor._rebuild_from_type_v2");
        Op(Opcode.MARK);
        SaveGlobal($"torch._utils.{rebuild}");
        SaveGlobal("torch.Tensor");
        SaveStrided(arguments);
        Save(t.Attributes);
        Op(Opcode.TUPLE);
        Put();
        Op(Opcode.REDUCE);
        Remember(t);
    }

    /// <summary>The tuple of arguments of a strided tensor, of which the first is its storage.</summary>
    private void SaveStrided(List<object?> arguments)
    {
        Op(Opcode.MARK);
        foreach (var argument in arguments)
        {
            if (argument is Typed(var typed)) SaveStorage(typed.Storage, typed.DType);
            else if (argument is Untyped(var untyped)) SaveStorage(untyped.Storage, null);
            else Save(argument);
        }
        Op(Opcode.TUPLE);
        Put();
    }

    /// <summary>A storage as a persistent id, under the class of its elements; null is untyped storage.</summary>
    private void SaveStorage(StoredStorage storage, DTypeValue? dtype)
    {
        var seen = dtype ?? DTypeValue.UInt8;
        if (!types.TryAdd(storage, seen) && types[storage] != seen) throw new TorchException("Cannot save multiple tensors or storages that view the same data as different types");
        var type = dtype?.StorageClass is { } name ? $"torch.{name}" : "torch.storage.UntypedStorage";
        Save(new PyTuple(persistentId(storage, new KnownGlobal(type, Uncalled), storage.ByteLength / seen.Size)));
        Op(Opcode.BINPERSID);
    }

    private void SaveSparse(StoredSparse sparse)
    {
        var parts = new List<object?>(sparse.Parts) { new SizeValue(sparse.Sizes) };
        if (sparse.IsCoalesced is { } coalesced) parts.Add(coalesced);
        Reduce(sparse, "torch._utils", "_rebuild_sparse_tensor", sparse.Layout, new PyTuple([.. parts]));
    }

    private void SaveQuantized(StoredQuantized q)
    {
        var parameters = q.Scales is null ? new PyTuple(q.Scheme, q.Scale, q.ZeroPoint) : new PyTuple(new QSchemeValue("per_channel_affine"), q.Scales, q.ZeroPoints, (long)q.Axis);
        var t = q.Integers;
        SaveGlobal("torch._utils._rebuild_qtensor");
        SaveStrided([new Typed(t), t.Offset, Tuple(t.Sizes), Tuple(t.Strides), parameters, false, new PyDict(PyDictKind.OrderedDict)]);
        Op(Opcode.REDUCE);
        Remember(q);
    }

    private void Reduce(object value, string module, string name, params object?[] arguments)
    {
        SaveGlobal($"{module}.{name}");
        Save(arguments.Length == 0 ? PyTuple.Empty : new PyTuple(arguments));
        Op(Opcode.REDUCE);
        Remember(value);
    }

    private void SaveGlobal(string full)
    {
        if (globals.TryGetValue(full, out var index))
        {
            Get(index);
            return;
        }
        var dot = full.LastIndexOf('.');
        Op(Opcode.GLOBAL);
        output.Write(Encoding.UTF8.GetBytes($"{full[..dot]}\n{full[(dot + 1)..]}\n"));
        globals[full] = Put();
    }

    private static PyTuple Tuple(long[] values) => new([.. values.Select(v => (object)v)]);

    private void Remember(object value)
    {
        var index = Put();
        if (value is not ValueType) memo[value] = index;
    }

    private int Put()
    {
        var index = memoCount++;
        if (index < 256)
        {
            Op(Opcode.BINPUT);
            Byte((byte)index);
        }
        else
        {
            Op(Opcode.LONG_BINPUT);
            Int32(index);
        }
        return index;
    }

    private void Get(int index)
    {
        if (index < 256)
        {
            Op(Opcode.BINGET);
            Byte((byte)index);
        }
        else
        {
            Op(Opcode.LONG_BINGET);
            Int32(index);
        }
    }

    private void Op(Opcode opcode) => output.WriteByte((byte)opcode);

    private void Byte(byte value) => output.WriteByte(value);

    private void Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        output.Write(bytes);
    }

    private sealed record Typed(StoredTensor Tensor);

    private sealed record Untyped(StoredTensor Tensor);
}
