// Between tensors, dictionaries and lists of .NET and the plain values that checkpoints hold. Tensors that share a storage share it in the file and after loading; an object
// that comes twice is one object.
using System.Collections;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Torch.Serialization;

/// <summary>Makes the values of a checkpoint from objects.</summary>
internal sealed class CheckpointValues
{
    private readonly Dictionary<object, object?> _met = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Cell, StoredStorage> _storages = new(ReferenceEqualityComparer.Instance);

    internal object? From(object? value)
    {
        switch (value)
        {
            case null or bool or string or byte[] or double or long or Complex or BigInteger: return value;
            case sbyte or byte or short or ushort or int or uint: return Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture);
            case ulong u: return u <= long.MaxValue ? (long)u : new BigInteger(u);
            case float f: return (double)f;
            case Half h: return (double)h;
            case Scalar s: return s.IsBool ? !s.Value.IsZero : s.IsReal ? s.AsDouble() : s.IsComplex ? s.AsComplex() : s.AsLong();
            case torch.ScalarType t: return DTypeValue.Of(t.ToDType().Element);
            case torch.Device d: return new DeviceValue(d.type.ToString().ToLowerInvariant(), d.index >= 0 ? d.index : null);
            case torch.Size size: return new SizeValue([.. size]);
        }
        if (_met.TryGetValue(value, out var known)) return known;
        switch (value)
        {
            case Tensor t: return _met[value] = Stored(t);
            case torch.optim.Optimizer.StateDictionary o:
            {
                var dict = new PyDict();
                _met[value] = dict;
                var state = new PyDict();
                foreach (var (number, entries) in o.state) state[(long)number] = From(entries);
                dict["state"] = state;
                dict["param_groups"] = From(o.param_groups);
                return dict;
            }
            case IDictionary source:
            {
                var dict = new PyDict(value is Dictionary<string, Tensor> ? PyDictKind.OrderedDict : PyDictKind.Dict);
                _met[value] = dict;
                foreach (DictionaryEntry e in source) dict[From(e.Key)] = From(e.Value);
                if (value is torch.nn.StateDict versions) dict.Attributes = Metadata(versions);
                return dict;
            }
            case ITuple tuple:
            {
                var items = new object?[tuple.Length];
                for (var i = 0; i < items.Length; i++) items[i] = From(tuple[i]);
                return new PyTuple(items);
            }
            case IEnumerable list:
            {
                var items = new List<object?>();
                _met[value] = items;
                foreach (var item in list) items.Add(From(item));
                return items;
            }
            case torch.nn.Module:
                throw new ArgumentException("torch.save cannot write a module itself, only what it holds: save(module.state_dict(), ..)");
            default: throw new TorchTypeException($"torch.save cannot write an object of type {value.GetType()}");
        }
    }

    private static PyDict Metadata(torch.nn.StateDict dict)
    {
        var versions = new PyDict(PyDictKind.OrderedDict);
        foreach (var (prefix, version) in dict.Versions)
        {
            var entry = new PyDict();
            entry["version"] = version;
            versions[prefix] = entry;
        }
        var attributes = new PyDict();
        attributes["_metadata"] = versions;
        return attributes;
    }

    internal StoredTensor Stored(Tensor t)
    {
        var dtype = DTypeValue.Of(t.DType.Element);
        if (!_storages.TryGetValue(t.Cell, out var storage))
        {
            if (t.is_meta) storage = new StoredStorage("", dtype, t.Cell.Bytes, "meta", null);
            else
            {
                var block = t.Cell.Memory(out var holder);
                var bytes = new byte[t.Cell.Bytes];
                Marshal.Copy(block.Address, bytes, 0, bytes.Length);
                GC.KeepAlive(holder);
                storage = StoredStorage.Of(DTypeValue.Of(t.Cell.DType.Element), bytes);
            }
            _storages[t.Cell] = storage;
        }
        return new StoredTensor(storage, dtype, t.Sizes, t.Strides, t.Offset)
        {
            RequiresGrad = t.requires_grad,
            IsParameter = t is Modules.Parameter,
            Class = t is Modules.Buffer ? "torch.nn.parameter.Buffer" : null,
            IsConj = t.Conjugate,
            IsNeg = t.Negative,
        };
    }
}

/// <summary>Makes objects from the values of a checkpoint.</summary>
internal sealed class CheckpointObjects
{
    private readonly Dictionary<object, object?> _met = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<StoredStorage, Tensor> _storages = new(ReferenceEqualityComparer.Instance);

    /// <summary>
    /// Dictionaries with string keys become <c>Dictionary&lt;string, Tensor&gt;</c> where all values are tensors, else <c>Dictionary&lt;string, object?&gt;</c>; lists become
    /// <c>List&lt;object?&gt;</c>, tuples arrays.
    /// </summary>
    internal object? From(object? value)
    {
        switch (value)
        {
            case DTypeValue d: return Element(d);
            case DeviceValue d: return new torch.Device(d.ToString());
            case SizeValue s: return new torch.Size(s.Dims);
            case PyByteArray b: return b.Bytes;
            case null: return null;
        }
        if (_met.TryGetValue(value, out var known)) return known;
        switch (value)
        {
            case StoredTensor t: return _met[value] = Load(t);
            case PyDict dict: return Dictionary(dict);
            case PyTuple tuple: return Array.ConvertAll(tuple.Items, From);
            case List<object?> list:
            {
                var items = new List<object?>(list.Count);
                _met[value] = items;
                foreach (var item in list) items.Add(From(item));
                return items;
            }
            case PySet set: return set.Items.Select(From).ToHashSet();
            case StoredSparse or StoredQuantized or StoredNested or StoredJagged:
                throw new NotSupportedException("the checkpoint holds a sparse, quantized or nested tensor; only strided tensors can be loaded");
            default: return value;
        }
    }

    private object Dictionary(PyDict dict)
    {
        var items = dict.Items.ToList();
        if (items.TrueForAll(i => i.Key is string))
        {
            if (items.Count > 0 && items.TrueForAll(i => i.Value is StoredTensor) || dict is { Kind: PyDictKind.OrderedDict, Count: 0 })
            {
                var state = new torch.nn.StateDict();
                _met[dict] = state;
                foreach (var (key, v) in items) state[(string)key!] = (Tensor)From(v)!;
                if (dict.Attributes?["_metadata"] is PyDict versions)
                    foreach (var (prefix, entry) in versions.Items)
                        if (prefix is string p && entry is PyDict e && e["version"] is long version) state.Versions[p] = version;
                return state;
            }
            var named = new Dictionary<string, object?>();
            _met[dict] = named;
            foreach (var (key, v) in items) named[(string)key!] = From(v);
            return named;
        }
        var plain = new Dictionary<object, object?>();
        _met[dict] = plain;
        foreach (var (key, v) in items) plain[From(key) ?? throw new NotSupportedException("a dictionary of .NET has no key None")] = From(v);
        return plain;
    }

    private static torch.ScalarType Element(DTypeValue dtype)
    {
        foreach (var type in Enum.GetValues<torch.ScalarType>())
            if (dtype.Type is { } element && type.ToDType().Element == element) return type;
        throw new NotSupportedException($"tensors of {dtype} cannot be loaded");
    }

    internal Tensor Load(StoredTensor stored)
    {
        var dtype = Element(stored.DType).ToDType();
        Tensor tensor;
        if (stored.IsMeta) tensor = new Tensor(Build.meta(stored.Sizes, stored.Strides, dtype));
        else
        {
            if (!_storages.TryGetValue(stored.Storage, out var whole))
            {
                var bytes = stored.Storage.Data!.ReadAll();
                var count = bytes.Length / dtype.Size;
                whole = new Tensor(Host.ofBytes(dtype, [count], bytes.AsSpan(0, count * dtype.Size)));
                _storages[stored.Storage] = whole;
            }
            var value = Flat.Read(whole.Cell.Content, dtype, stored.Sizes, stored.Strides, stored.Offset);
            if (stored.IsConj) value = Arithmetic.conj(value);
            if (stored.IsNeg) value = Arithmetic.neg(value);
            tensor = new Tensor(whole, Identity.alias(value), stored.Sizes, stored.Strides, stored.Offset, stored.IsConj, stored.IsNeg);
        }
        if (stored.IsParameter) return new Modules.Parameter(tensor, stored.RequiresGrad);
        if (stored.Class is "torch.nn.parameter.Buffer") return new Modules.Buffer(tensor);
        return stored.RequiresGrad ? tensor.requires_grad_() : tensor;
    }
}

/// <summary>
/// Tensors as TorchSharp writes them: the number of the dtype, the rank and the sizes as LEB128, then the elements in row-major order. A state dict is the number of its entries
/// and for each its name and tensor.
/// </summary>
internal static class TensorBytes
{
    internal static void Write(BinaryWriter writer, Tensor t)
    {
        writer.Write7BitEncodedInt64((long)t.dtype);
        writer.Write7BitEncodedInt64(t.Sizes.Length);
        foreach (var s in t.Sizes) writer.Write7BitEncodedInt64(s);
        writer.Write(Host.toBytes(t.Expr));
    }

    internal static Tensor Read(BinaryReader reader)
    {
        var dtype = ((torch.ScalarType)(sbyte)reader.Read7BitEncodedInt64()).ToDType();
        var rank = reader.Read7BitEncodedInt64();
        if (rank is < 0 or > 64) throw new InvalidDataException($"a tensor of {rank} dimensions");
        var sizes = new long[rank];
        for (var d = 0; d < sizes.Length; d++)
            if ((sizes[d] = reader.Read7BitEncodedInt64()) < 0) throw new InvalidDataException($"a tensor of size {sizes[d]}");
        var count = checked(Shape.count(sizes) * dtype.Size);
        var bytes = reader.ReadBytes(checked((int)count));
        if (bytes.Length != count) throw new EndOfStreamException();
        return new Tensor(Host.ofBytes(dtype, sizes, bytes));
    }

    internal static void Write(BinaryWriter writer, IReadOnlyCollection<KeyValuePair<string, Tensor>> entries)
    {
        writer.Write7BitEncodedInt64(entries.Count);
        foreach (var (name, tensor) in entries)
        {
            writer.Write(name);
            Write(writer, tensor);
        }
    }

    internal static Dictionary<string, Tensor> ReadDictionary(BinaryReader reader)
    {
        var count = reader.Read7BitEncodedInt64();
        var entries = new Dictionary<string, Tensor>();
        for (long i = 0; i < count; i++)
        {
            var name = reader.ReadString();
            entries[name] = Read(reader);
        }
        return entries;
    }
}
