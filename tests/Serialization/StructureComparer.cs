// Compares a value tree with the structure encoding of the recorded cases (golden/serialization/README.md): types, order, identity of shared objects
// and storages, and each tensor's bytes.
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Torch.Serialization;
using Torch.Tests.Golden;

namespace Torch.Tests.Serialization;

internal sealed class StructureComparer(GoldenFile file)
{
    private readonly Dictionary<int, object> ids = [];
    private readonly Dictionary<int, StoredStorage> storages = [];

    /// <summary>The first difference in words, or null.</summary>
    public static string? Difference(GoldenFile file, JsonElement expected, object? actual) => new StructureComparer(file).Compare(expected, actual, "$");

    private string? Compare(JsonElement e, object? a, string at)
    {
        switch (e.ValueKind)
        {
            case JsonValueKind.Null: return a is null ? null : Differ(at, "None", a);
            case JsonValueKind.True or JsonValueKind.False: return a is bool b && b == e.GetBoolean() ? null : Differ(at, e.ToString(), a);
            case JsonValueKind.String: return a is string s && s == e.GetString() ? null : Differ(at, $"'{e}'", a);
            case JsonValueKind.Number when GoldenJson.IsInteger(e): return a is long n && n == GoldenJson.Int64(e) ? null : Differ(at, e.ToString(), a);
            case JsonValueKind.Number: return a is double d && d == e.GetDouble() ? null : Differ(at, e.ToString(), a);
        }
        if (e.TryGetProperty("ref", out var reference)) return ReferenceEquals(ids[reference.GetInt32()], a) ? null : Differ(at, $"the object {reference}", a);
        if (e.TryGetProperty("id", out var id) && a is not null) ids[id.GetInt32()] = a;
        foreach (var tag in e.EnumerateObject())
        {
            var v = tag.Value;
            switch (tag.Name)
            {
                case "bigint": return a is BigInteger big && big == BigInteger.Parse(v.GetString()!) ? null : Differ(at, v.ToString(), a);
                case "float": return a is double special && special.Equals(GoldenJson.Double(e)) ? null : Differ(at, v.ToString(), a);
                case "complex": return a is Complex c && c.Real.Equals(GoldenJson.Double(v[0])) && c.Imaginary.Equals(GoldenJson.Double(v[1])) ? null : Differ(at, v.ToString(), a);
                case "bytes": return a is byte[] bytes && bytes.AsSpan().SequenceEqual(v.GetBytesFromBase64()) ? null : Differ(at, "bytes", a);
                case "bytearray": return a is PyByteArray array && array.Bytes.AsSpan().SequenceEqual(v.GetBytesFromBase64()) ? null : Differ(at, "bytearray", a);
                case "dtype": return a is DTypeValue dtype && dtype.Name == v.GetString() ? null : Differ(at, v.ToString(), a);
                case "device": return a is DeviceValue device && device.ToString() == v.GetString() ? null : Differ(at, v.ToString(), a);
                case "layout": return a is LayoutValue layout && layout.Name == v.GetString() ? null : Differ(at, v.ToString(), a);
                case "qscheme": return a is QSchemeValue scheme && scheme.Name == v.GetString() ? null : Differ(at, v.ToString(), a);
                case "size": return a is SizeValue size && size.Dims.AsSpan().SequenceEqual(GoldenJson.Int64s(v)) ? null : Differ(at, v.ToString(), a);
                case "slice": return a is PySlice slice ? Sequence(v, [slice.Start, slice.Stop, slice.Step], at) : Differ(at, "a slice", a);
                case "tuple": return a is PyTuple tuple ? Sequence(v, tuple.Items, at) : Differ(at, "a tuple", a);
                case "list": return a is List<object?> list ? Sequence(v, list, at) : Differ(at, "a list", a);
                case "set" or "frozenset":
                    if (a is not PySet set || set.Frozen != (tag.Name == "frozenset")) return Differ(at, tag.Name, a);
                    return Sequence(v, [.. set.Items.OrderBy(i => Convert.ToString(i, CultureInfo.InvariantCulture), StringComparer.Ordinal)], at);
                case "namedtuple": return a is PyObject named ? Sequence(e.GetProperty("values"), named.Arguments, at) : Differ(at, "a named tuple", a);
                case "items": return Dict(e, a, at);
                case "tensor" or "complex_tensor": return Tensor(e, a, at);
                case "meta_tensor":
                    return a is StoredTensor { IsMeta: true } meta && meta.DType.Name == v.GetProperty("dtype").GetString() && meta.Sizes.AsSpan().SequenceEqual(GoldenJson.Int64s(v.GetProperty("shape")))
                        && meta.Strides.AsSpan().SequenceEqual(GoldenJson.Int64s(v.GetProperty("stride"))) ? null : Differ(at, e.ToString(), a);
                case "sparse_coo": return Sparse(tag.Name, v, ["indices", "values"], a, at);
                case "sparse_csr" or "sparse_bsr": return Sparse(tag.Name, v, ["crow_indices", "col_indices", "values"], a, at);
                case "sparse_csc" or "sparse_bsc": return Sparse(tag.Name, v, ["ccol_indices", "row_indices", "values"], a, at);
                case "quantized": return Quantized(v, a, at);
                case "range": return a is PyRange range ? Sequence(v, [range.Start, range.Stop, range.Step], at) : Differ(at, "a range", a);
                case "nested" when a is StoredJagged jagged: return jagged.Offsets.Sizes[0] == v.GetProperty("tensors").GetArrayLength() + 1 ? null : $"{at}: parts";
                case "nested": return a is StoredNested nested && nested.Sizes.Sizes[0] == v.GetProperty("tensors").GetArrayLength() ? null : Differ(at, "a nested tensor", a);
                case "typed_storage" or "untyped_storage":
                    return a is StoredStorage { Data: { } data } && data.ReadAll().AsSpan().SequenceEqual(v.GetProperty("bytes").GetBytesFromBase64()) ? null : Differ(at, "a storage", a);
                case "ndarray": return Array(v, a, at);
                case "numpy_scalar": return a is NumpyScalar ns && Scalar(ns) == v.GetProperty("value").GetDouble() && ns.DType.DType!.Name == v.GetProperty("dtype").GetString() ? null : Differ(at, v.ToString(), a);
            }
        }
        return $"{at}: the encoding {e} is unknown to this comparison";
    }

    private static double Scalar(NumpyScalar s) => s.DType.Descr switch
    {
        "<f4" => BitConverter.ToSingle(s.Bytes),
        "<f8" => BitConverter.ToDouble(s.Bytes),
        "<i8" => BitConverter.ToInt64(s.Bytes),
        "<i4" => BitConverter.ToInt32(s.Bytes),
        "|b1" or "|u1" => s.Bytes[0],
        var other => throw new InvalidDataException(other),
    };

    private string? Sequence(JsonElement e, IReadOnlyList<object?> a, string at)
    {
        var items = GoldenJson.Items(e);
        if (items.Count != a.Count) return $"{at}: {items.Count} items expected, {a.Count} found";
        for (var i = 0; i < items.Count; i++)
        {
            if (Compare(items[i], a[i], $"{at}[{i}]") is { } difference) return difference;
        }
        return null;
    }

    private string? Dict(JsonElement e, object? a, string at)
    {
        if (a is not PyDict dict) return Differ(at, "a dict", a);
        var type = e.TryGetProperty("type", out var t) ? t.GetString() : "dict";
        var kind = dict.Kind switch { PyDictKind.Dict => "dict", PyDictKind.DefaultDict => "defaultdict", var other => other.ToString() };
        if (kind != type) return $"{at}: a {type} expected, a {kind} found";
        var items = e.GetProperty("items").EnumerateArray().ToList();
        if (items.Count != dict.Count) return $"{at}: {items.Count} entries expected, {dict.Count} found";
        foreach (var (expected, (key, value)) in items.Zip(dict.Items))
        {
            if ((Compare(expected[0], key, $"{at} key") ?? Compare(expected[1], value, $"{at}[{key}]")) is { } difference) return difference;
        }
        return e.TryGetProperty("_metadata", out var metadata) ? Compare(metadata, dict.Attributes?["_metadata"], $"{at}._metadata") : null;
    }

    private string? Tensor(JsonElement e, object? a, string at)
    {
        if (a is not StoredTensor t) return Differ(at, "a tensor", a);
        if (t.DType.Name != e.GetProperty("dtype").GetString()) return $"{at}: {e.GetProperty("dtype")} expected, {t.DType} found";
        if (!t.Sizes.AsSpan().SequenceEqual(GoldenJson.Int64s(e.GetProperty("shape")))) return $"{at}: shape [{string.Join(",", t.Sizes)}]";
        if (!t.Strides.AsSpan().SequenceEqual(GoldenJson.Int64s(e.GetProperty("stride")))) return $"{at}: strides [{string.Join(",", t.Strides)}]";
        if (t.Offset != e.GetProperty("storage_offset").GetInt64()) return $"{at}: offset {t.Offset}";
        if (t.RequiresGrad != e.GetProperty("requires_grad").GetBoolean()) return $"{at}: requires_grad {t.RequiresGrad}";
        if (t.IsParameter != Flag("parameter") || t.IsConj != Flag("is_conj") || t.IsNeg != Flag("is_neg")) return $"{at}: parameter, conj or neg differ";
        if (e.TryGetProperty("storage_bytes", out var bytes) && t.Storage.ByteLength != bytes.GetInt64()) return $"{at}: a storage of {t.Storage.ByteLength} bytes, {bytes} expected";
        if (e.TryGetProperty("storage", out var number) && !ReferenceEquals(storages.TryAdd(number.GetInt32(), t.Storage) ? t.Storage : storages[number.GetInt32()], t.Storage))
        {
            return $"{at}: memory is not shared as expected";
        }
        if (e.TryGetProperty("attributes", out var attributes))
        {
            foreach (var attribute in attributes.EnumerateObject())
            {
                if (Compare(attribute.Value, t.Attributes?[attribute.Name], $"{at}.{attribute.Name}") is { } difference) return difference;
            }
        }
        var key = (e.TryGetProperty("tensor", out var k) ? k : e.GetProperty("complex_tensor")).GetString()!;
        if (t.DType.Name == "bool") // any byte but 0 is true
        {
            return t.GatherBytes().Select(b => b != 0).SequenceEqual(file.Tensor(key).Data.ToArray().Select(b => b != 0)) ? null : $"{at}: other values than {key}";
        }
        return Resolved(t).AsSpan().SequenceEqual(file.Tensor(key).Data.Span) ? null : $"{at}: other values than {key}";

        bool Flag(string name) => e.TryGetProperty(name, out var flag) && flag.GetBoolean();
    }

    /// <summary>The elements with conjugation and negation applied: the sign bit of the imaginary parts, of all parts.</summary>
    private static byte[] Resolved(StoredTensor t)
    {
        var bytes = t.GatherBytes();
        if (!t.IsConj && !t.IsNeg) return bytes;
        var unit = t.DType.SwapUnit;
        for (var i = 0; i < bytes.Length / unit; i++)
        {
            var imaginary = t.DType.IsComplex && i % 2 == 1;
            if (t.IsNeg != (t.IsConj && imaginary)) bytes[i * unit + unit - 1] ^= 0x80;
        }
        return bytes;
    }

    private string? Sparse(string layout, JsonElement e, string[] parts, object? a, string at)
    {
        if (a is not StoredSparse sparse || sparse.Layout.Name != layout) return Differ(at, layout, a);
        if (!sparse.Sizes.AsSpan().SequenceEqual(GoldenJson.Int64s(e.GetProperty("size")))) return $"{at}: size";
        for (var i = 0; i < parts.Length; i++)
        {
            if (Compare(e.GetProperty(parts[i]), sparse.Parts[i], $"{at}.{parts[i]}") is { } difference) return difference;
        }
        return e.TryGetProperty("coalesced", out var coalesced) && sparse.IsCoalesced is { } is_coalesced && coalesced.GetBoolean() != is_coalesced ? $"{at}: coalesced" : null;
    }

    private string? Quantized(JsonElement e, object? a, string at)
    {
        if (a is not StoredQuantized q || q.Scheme.Name != e.GetProperty("scheme").GetString()) return Differ(at, "a quantized tensor", a);
        if (q.Integers.DType.Name != e.GetProperty("dtype").GetString()) return $"{at}: dtype {q.Integers.DType}";
        if (!q.Integers.GatherBytes().AsSpan().SequenceEqual(file.TensorOf(e.GetProperty("int_repr"))!.Data.Span)) return $"{at}: other integers";
        if (e.TryGetProperty("scale", out var scale)) return q.Scale == scale.GetDouble() && q.ZeroPoint == e.GetProperty("zero_point").GetInt64() ? null : $"{at}: scale";
        return q.Axis == e.GetProperty("axis").GetInt32() && q.Scales!.GatherBytes().AsSpan().SequenceEqual(file.TensorOf(e.GetProperty("scales"))!.Data.Span) ? null : $"{at}: scales";
    }

    private string? Array(JsonElement e, object? a, string at)
    {
        if (a is not NumpyArray array) return Differ(at, "an array", a);
        var descr = e.GetProperty("dtype").GetString()!;
        if (array.DType.Descr[1..] != descr[1..] || !array.Shape.AsSpan().SequenceEqual(GoldenJson.Int64s(e.GetProperty("shape")))) return $"{at}: {array.DType.Descr} [{string.Join(",", array.Shape)}]";
        if (array.Shape.Length > 1 && array.Fortran != e.GetProperty("fortran").GetBoolean()) return $"{at}: order";
        if (e.TryGetProperty("strings", out var strings)) return array.ToStrings()!.SequenceEqual(strings.EnumerateArray().Select(s => s.GetString()!)) ? null : $"{at}: texts";
        if (e.TryGetProperty("int64", out var times)) return array.Data.ReadAll().AsSpan().SequenceEqual(file.TensorOf(times)!.Data.Span) ? null : $"{at}: times";
        return array.ToTensor()!.GatherBytes().AsSpan().SequenceEqual(file.TensorOf(e.GetProperty("data"))!.Data.Span) ? null : $"{at}: other values";
    }

    private static string Differ(string at, string expected, object? actual) => $"{at}: {expected} expected, {actual ?? "None"} found";
}
