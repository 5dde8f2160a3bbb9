// Reader of recorded cases: X.json with {"source", "cases": [..]} and its tensors in X.safetensors beside it. The meaning of the objects that stand
// for what JSON lacks is described in golden/README.md of the shared data; GoldenJson takes them apart. Nothing here knows tensors of ours.

using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Torch.Tests.Golden;

/// <summary>A stored tensor: the type as safetensors writes it (F32, BF16, I64, BOOL, ..), the shape, the elements in row-major order, little
/// endian.</summary>
public sealed record GoldenTensor(string DType, long[] Shape, ReadOnlyMemory<byte> Data)
{
    public long Count => Shape.Aggregate(1L, (n, s) => n * s);

    /// <summary>The type as PyTorch names it: float32, bfloat16, int64, bool, ..</summary>
    public string TorchDType => DType switch
    {
        "BOOL" => "bool",
        "U8" => "uint8",
        "I8" => "int8",
        "I16" => "int16",
        "I32" => "int32",
        "I64" => "int64",
        "U16" => "uint16",
        "U32" => "uint32",
        "U64" => "uint64",
        "F16" => "float16",
        "BF16" => "bfloat16",
        "F32" => "float32",
        "F64" => "float64",
        "C32" => "complex32",
        "C64" => "complex64",
        "C128" => "complex128",
        "F8_E4M3" => "float8_e4m3fn",
        "F8_E5M2" => "float8_e5m2",
        "F8_E4M3FNUZ" => "float8_e4m3fnuz",
        "F8_E5M2FNUZ" => "float8_e5m2fnuz",
        _ => throw new InvalidDataException($"unknown safetensors type {DType}"),
    };

    /// <summary>
    /// The complex tensor whose real and imaginary parts this tensor's last axis of 2 holds (<c>{"complex_tensor": KEY}</c>); the bytes are the same.
    /// </summary>
    public GoldenTensor AsComplex() => Shape is [.., 2] && DType is "F16" or "F32" or "F64"
        ? this with { DType = DType switch { "F16" => "C32", "F32" => "C64", _ => "C128" }, Shape = Shape[..^1] }
        : throw new InvalidDataException($"a complex tensor is stored as floats with a last axis of 2, not as {DType}[{string.Join(", ", Shape)}]");
}

/// <summary>A case: its JSON, the fields that all cases have, and access to the file's tensors.</summary>
public sealed class GoldenCase(GoldenFile file, JsonElement json)
{
    public GoldenFile File { get; } = file;
    public JsonElement Json { get; } = json;
    public string Id => Json.GetProperty("id").GetString()!;
    public string Call => Json.GetProperty("call").GetString()!;
    public IReadOnlyList<JsonElement> Args => Json.TryGetProperty("args", out var args) ? GoldenJson.Items(args) : [];
    public IReadOnlyList<JsonElement> Outputs => Json.TryGetProperty("outputs", out var outputs) ? GoldenJson.Items(outputs) : [];

    /// <summary>A keyword argument, or null.</summary>
    public JsonElement? Kwarg(string name) => this["kwargs"] is { } kwargs ? GoldenJson.Member(kwargs, name) : null;

    /// <summary>Any other field of the case (seed, rtol, ..), or null.</summary>
    public JsonElement? this[string field] => GoldenJson.Member(Json, field);

    /// <summary>The exception that the call must raise, or null.</summary>
    public (string Type, string Message)? Raises => this["raises"] is { } raises
        ? (GoldenJson.Member(raises, "type")!.Value.GetString()!, GoldenJson.Member(raises, "message")!.Value.GetString()!)
        : null;

    public override string ToString() => Id;
}

/// <summary>An open file of cases. Tensors are read from it when asked for.</summary>
public sealed class GoldenFile
{
    private readonly Dictionary<string, GoldenTensor> _tensors;

    private GoldenFile(string path, JsonElement root, Dictionary<string, GoldenTensor> tensors)
    {
        (Path, _tensors) = (path, tensors);
        Source = root.TryGetProperty("source", out var source) ? source.ToString() : "";
        Cases = [.. root.GetProperty("cases").EnumerateArray().Select(c => new GoldenCase(this, c))];
    }

    public string Path { get; }
    public string Source { get; }
    public IReadOnlyList<GoldenCase> Cases { get; }
    public IReadOnlyCollection<string> Keys => _tensors.Keys;

    /// <summary>Opens X.json, with X.safetensors if it exists.</summary>
    public static GoldenFile Open(string path)
    {
        var root = JsonSerializer.Deserialize<JsonElement>(GoldenJson.Strict(System.IO.File.ReadAllBytes(path)), Deep);
        var tensors = System.IO.Path.ChangeExtension(path, ".safetensors");
        return new GoldenFile(path, root, System.IO.File.Exists(tensors) ? ReadSafetensors(tensors) : []);
    }

    public GoldenTensor Tensor(string key) =>
        _tensors.TryGetValue(key, out var tensor) ? tensor : throw new InvalidDataException($"{Path}: there is no tensor {key}");

    /// <summary>The tensor that <c>{"tensor": KEY}</c> or <c>{"complex_tensor": KEY}</c> stands for, or null where the value is something
    /// else.</summary>
    public GoldenTensor? TensorOf(JsonElement value)
    {
        if (GoldenJson.Tagged(value, "tensor") is { } key) return Tensor(key.GetString()!);
        return GoldenJson.Tagged(value, "complex_tensor") is { } complex ? Tensor(complex.GetString()!).AsComplex() : null;
    }

    /// <summary>All tensors of a safetensors file: u64 length of the header, the header in JSON, then the elements.</summary>
    public static Dictionary<string, GoldenTensor> ReadSafetensors(string path)
    {
        var bytes = System.IO.File.ReadAllBytes(path);
        if (bytes.Length < 8) throw new InvalidDataException($"{path}: {bytes.Length} bytes are no safetensors file");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (length > (ulong)bytes.Length - 8) throw new InvalidDataException($"{path}: a header of {length} bytes does not fit in {bytes.Length}");
        var start = 8 + (int)length;
        var header = JsonSerializer.Deserialize<JsonElement>(bytes.AsSpan(8, (int)length), Deep);
        var tensors = new Dictionary<string, GoldenTensor>();
        foreach (var entry in header.EnumerateObject())
        {
            if (entry.Name == "__metadata__") continue;
            var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()).ToArray();
            var offsets = entry.Value.GetProperty("data_offsets");
            var (from, to) = (offsets[0].GetInt32(), offsets[1].GetInt32());
            if (from < 0 || to < from || to > bytes.Length - start) throw new InvalidDataException($"{path}: the data of {entry.Name} lies outside of the file");
            tensors[entry.Name] = new GoldenTensor(entry.Value.GetProperty("dtype").GetString()!, shape, bytes.AsMemory(start + from, to - from));
        }
        return tensors;
    }

    private static readonly JsonSerializerOptions Deep = new() { MaxDepth = 512 };
}

/// <summary>The objects that stand for values in cases: <c>{"tensor": ..}</c>, <c>{"tuple": ..}</c>, <c>{"float": "inf"}</c> and so on.</summary>
public static class GoldenJson
{
    /// <summary>Python writes bare Infinity and NaN into JSON, which is none: outside of strings they become {"float": ..}.</summary>
    public static byte[] Strict(byte[] json)
    {
        if (json.AsSpan().IndexOf("Infinity"u8) < 0 && json.AsSpan().IndexOf("NaN"u8) < 0) return json;
        var result = new List<byte>(json.Length + 256);
        for (var i = 0; i < json.Length;)
        {
            if (json[i] == '"')
            {
                var end = i + 1;
                while (json[end] != '"') end += json[end] == '\\' ? 2 : 1;
                result.AddRange(json.AsSpan(i, end + 1 - i));
                i = end + 1;
                continue;
            }
            var rest = json.AsSpan(i);
            var (length, text) = rest.StartsWith("-Infinity"u8) ? (9, "-inf") : rest.StartsWith("Infinity"u8) ? (8, "inf") : rest.StartsWith("NaN"u8) ? (3, "nan") : (1, null);
            if (text is null) result.Add(json[i]);
            else result.AddRange(System.Text.Encoding.ASCII.GetBytes($"{{\"float\": \"{text}\"}}"));
            i += length;
        }
        return [.. result];
    }

    /// <summary>The content of an object with this tag, or null where the value is anything else.</summary>
    public static JsonElement? Tagged(JsonElement value, string tag) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(tag, out var content) ? content : null;

    /// <summary>Elements of a list or of a tuple.</summary>
    public static IReadOnlyList<JsonElement> Items(JsonElement value) => [.. (Tagged(value, "tuple") ?? value).EnumerateArray()];

    public static bool IsList(JsonElement value) => (Tagged(value, "tuple") ?? value).ValueKind == JsonValueKind.Array;

    /// <summary>A member of an object or of <c>{"dict": ..}</c>; null where it is absent or null.</summary>
    public static JsonElement? Member(JsonElement value, string name)
    {
        var fields = Tagged(value, "dict") is { ValueKind: JsonValueKind.Object } dict ? dict : value;
        return fields.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;
    }

    public static bool IsNumber(JsonElement value) => value.ValueKind == JsonValueKind.Number || Tagged(value, "float") is not null;

    /// <summary>Whether a number was written as an integer: 1 is one, 1.0 and 1e3 are not.</summary>
    public static bool IsInteger(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0;

    /// <summary>A real number, integers and those that JSON lacks among them.</summary>
    public static double Double(JsonElement value) => Tagged(value, "float") is { } special
        ? special.GetString() switch
        {
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            "nan" => double.NaN,
            var other => double.Parse(other!, CultureInfo.InvariantCulture),
        }
        : value.GetDouble();

    /// <summary>An integer of any size.</summary>
    public static BigInteger Integer(JsonElement value) => BigInteger.Parse(value.GetRawText(), CultureInfo.InvariantCulture);

    /// <summary>An integer that int64 holds.</summary>
    public static long Int64(JsonElement value) => (long)Integer(value);

    public static long[] Int64s(JsonElement list) => [.. Items(list).Select(Int64)];

    /// <summary>The name in <c>{"dtype": "float32"}</c>, or null.</summary>
    public static string? DType(JsonElement value) => Tagged(value, "dtype")?.GetString();
}
