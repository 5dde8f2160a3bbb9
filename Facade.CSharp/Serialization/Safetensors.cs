// The safetensors format: eight bytes of header length, a JSON header (name -> dtype, shape, data_offsets), the bytes of the tensors. A reader must
// refuse headers above 100 MB, duplicate names, and tensors that overlap, leave gaps, or whose bytes do not fit dtype and shape; then the file is
// nothing but tensors. Written as the reference implementation writes: wide dtypes first, then by name, the header filled with spaces to
// a multiple of eight. Source: github.com/huggingface/safetensors, README and safetensors/src/tensor.rs (behaviour).
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Torch.Serialization;

/// <summary>One tensor of a file: the shape is PyTorch's (float4 holds two elements a byte). The bytes are read when asked for.</summary>
internal sealed record SafetensorsEntry(string Name, DTypeValue DType, long[] Shape, ByteSource Data)
{
    public StoredTensor ToTensor() =>
        new(new StoredStorage(Name, DType, Data.Length, "cpu", Data), DType, Shape, StoredTensor.ContiguousStrides(Shape), 0);
}

/// <summary>An open safetensors file.</summary>
internal sealed class Safetensors : IDisposable
{
    private const long MaxHeader = 100_000_000;
    private const string MetadataKey = "__metadata__";

    /// <summary>The format's dtypes in its order (narrow ones first) with ours; those without ours can only be refused.</summary>
    private static readonly (string Name, DTypeValue? DType)[] DTypes =
    [
        ("BOOL", DTypeValue.Find("bool")), ("F4", DTypeValue.Find("float4_e2m1fn_x2")), ("F6_E2M3", null), ("F6_E3M2", null), ("U8", DTypeValue.UInt8),
        ("I8", DTypeValue.Find("int8")), ("F8_E5M2", DTypeValue.Find("float8_e5m2")), ("F8_E4M3", DTypeValue.Find("float8_e4m3fn")),
        ("F8_E8M0", DTypeValue.Find("float8_e8m0fnu")), ("F8_E4M3FNUZ", DTypeValue.Find("float8_e4m3fnuz")), ("F8_E5M2FNUZ", DTypeValue.Find("float8_e5m2fnuz")),
        ("I16", DTypeValue.Find("int16")), ("U16", DTypeValue.Find("uint16")), ("F16", DTypeValue.Find("float16")), ("BF16", DTypeValue.Find("bfloat16")),
        ("I32", DTypeValue.Find("int32")), ("U32", DTypeValue.Find("uint32")), ("F32", DTypeValue.Float32), ("C64", DTypeValue.Find("complex64")),
        ("F64", DTypeValue.Find("float64")), ("I64", DTypeValue.Int64), ("U64", DTypeValue.Find("uint64")),
    ];

    private readonly ByteSource source;
    private readonly Dictionary<string, SafetensorsEntry> byName = [];

    private Safetensors(ByteSource source)
    {
        this.source = source;
        Span<byte> prefix = stackalloc byte[8];
        if (source.Length < 8) throw source.Error(source.Length, "too short for a safetensors header");
        source.Read(0, prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeader) throw source.Error(0, $"a header of {length} bytes; at most {MaxHeader} are allowed");
        if ((long)length > source.Length - 8) throw source.Error(0, $"a header of {length} bytes in a file of {source.Length}");
        var header = source.ReadArray(8, (long)length);
        try
        {
            _ = new UTF8Encoding(false, true).GetCharCount(header);
            Parse(header);
        }
        catch (DecoderFallbackException e)
        {
            throw source.Error(8 + Math.Max(e.Index, 0), "the header is not UTF-8", e);
        }
        catch (JsonException e)
        {
            throw source.Error(8, $"the header is no JSON of the format: {e.Message}", e);
        }
        catch (InvalidOperationException e) // half a surrogate pair in an escaped string
        {
            throw source.Error(8, "the header has a malformed string", e);
        }
        Entries = [.. byName.Values.OrderBy(e => e.Name, Utf8Order.Instance)];
    }

    /// <summary>The tensors by name (in the order of code points).</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The free text beside the tensors, in the file's order; null where the header has none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Metadata { get; private set; }

    public SafetensorsEntry? Find(string name) => byName.GetValueOrDefault(name);

    public void Dispose() => source.Dispose();

    public static Safetensors Open(string path) => Open(ByteSource.Open(path));

    /// <summary>Opens a source, which the result owns from here on.</summary>
    public static Safetensors Open(ByteSource source)
    {
        try
        {
            return new(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private void Parse(byte[] header)
    {
        var json = new Utf8JsonReader(header);
        var found = new List<(string Name, DTypeValue DType, long[] Shape, long Begin, long End)>();
        var names = new HashSet<string>();
        Expect(ref json, JsonTokenType.StartObject);
        while (Next(ref json) != JsonTokenType.EndObject)
        {
            var name = json.GetString()!;
            if (!names.Add(name)) throw Fault(json, $"the name '{Short(name)}' comes twice");
            Next(ref json);
            if (name == MetadataKey) ReadMetadata(ref json);
            else found.Add(ReadTensor(ref json, name));
        }
        if (json.Read()) throw Fault(json, "something follows the header's object");

        var dataAt = 8 + header.Length;
        long next = 0;
        foreach (var (name, dtype, shape, begin, end) in found.OrderBy(t => t.Begin).ThenBy(t => t.End))
        {
            if (begin != next || end < begin || end > source.Length - dataAt) throw source.Error(8, $"the tensor '{Short(name)}' at {begin} to {end} does not follow the one before it, which ends at {next}");
            byName[name] = new SafetensorsEntry(name, dtype, shape, source.Slice(dataAt + begin, end - begin, $"{source.Name} ({Short(name)})"));
            next = end;
        }
        if (next != source.Length - dataAt) throw source.Error(dataAt + next, $"the tensors take {next} bytes, the file has {source.Length - dataAt}");
    }

    private void ReadMetadata(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null) return;
        if (json.TokenType != JsonTokenType.StartObject) throw Fault(json, "the metadata are no object");
        var metadata = new List<KeyValuePair<string, string>>();
        var names = new HashSet<string>();
        while (Next(ref json) != JsonTokenType.EndObject)
        {
            var key = json.GetString()!;
            if (!names.Add(key)) throw Fault(json, $"the metadata '{Short(key)}' come twice");
            if (Next(ref json) != JsonTokenType.String) throw Fault(json, $"the metadata '{Short(key)}' are no text");
            metadata.Add(new(key, json.GetString()!));
        }
        Metadata = metadata;
    }

    private (string Name, DTypeValue DType, long[] Shape, long Begin, long End) ReadTensor(ref Utf8JsonReader json, string name)
    {
        if (json.TokenType != JsonTokenType.StartObject) throw Fault(json, $"the tensor '{Short(name)}' is no object");
        string? format = null;
        long[]? shape = null, offsets = null;
        while (Next(ref json) != JsonTokenType.EndObject)
        {
            var field = json.GetString();
            Next(ref json);
            switch (field)
            {
                case "dtype" when format is null && json.TokenType == JsonTokenType.String: format = json.GetString(); break;
                case "shape" when shape is null: shape = ReadIntegers(ref json, name); break;
                case "data_offsets" when offsets is null: offsets = ReadIntegers(ref json, name); break;
                case "dtype" or "shape" or "data_offsets": throw Fault(json, $"the field {field} of '{Short(name)}' is malformed or comes twice");
                default: json.Skip(); break;
            }
        }
        if (format is null || shape is null || offsets is not [var begin, var end]) throw Fault(json, $"the tensor '{Short(name)}' lacks dtype, shape or two offsets");
        if (DTypes.FirstOrDefault(d => d.Name == format).DType is not { } dtype) throw Fault(json, $"the dtype '{Short(format)}' of '{Short(name)}' is not supported");
        long bytes = 1;
        try
        {
            foreach (var size in shape) bytes = checked(bytes * size);
            bytes = checked(bytes * (format == "F4" ? 1 : dtype.Size));
        }
        catch (OverflowException e)
        {
            throw source.Error(8, $"the size of '{Short(name)}' is beyond 64 bits", e);
        }
        if (format == "F4")
        {
            if (shape is not [.., var last] || last % 2 != 0) throw Fault(json, $"the tensor '{Short(name)}' of four-bit elements has a last size that is not even");
            bytes /= 2;
            shape = [.. shape[..^1], last / 2];
        }
        if (end - begin != bytes) throw Fault(json, $"the tensor '{Short(name)}' takes {bytes} bytes, its offsets hold {end - begin}");
        return (name, dtype, shape, begin, end);
    }

    private long[] ReadIntegers(ref Utf8JsonReader json, string name)
    {
        if (json.TokenType != JsonTokenType.StartArray) throw Fault(json, $"a field of '{Short(name)}' is no array");
        var values = new List<long>();
        while (Next(ref json) != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out var value) || value < 0 || json.ValueSpan.IndexOfAny("eE."u8) >= 0)
            {
                throw Fault(json, $"'{Short(name)}' has something else where an integer of 0 or more belongs");
            }
            values.Add(value);
            if (values.Count > 1024) throw Fault(json, $"'{Short(name)}' has more than 1024 dimensions");
        }
        return [.. values];
    }

    private JsonTokenType Next(ref Utf8JsonReader json) => json.Read() ? json.TokenType : throw Fault(json, "the header ends early");

    private void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (Next(ref json) != type) throw Fault(json, "the header is no object");
    }

    private SerializationException Fault(Utf8JsonReader json, string reason) => source.Error(8 + json.TokenStartIndex, reason);

    private static string Short(string text) => text.Length > 60 ? text[..60] + "..." : text;

    public static void Write(string path, IEnumerable<KeyValuePair<string, StoredTensor>> tensors, IEnumerable<KeyValuePair<string, string>>? metadata = null) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata));

    /// <summary>Writes tensors by name; views are written as contiguous tensors of their own.</summary>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, StoredTensor>> tensors, IEnumerable<KeyValuePair<string, string>>? metadata = null)
    {
        var entries = tensors.Select(p => (p.Key, Rank: Array.FindIndex(DTypes, d => d.DType == p.Value.DType), Tensor: p.Value)).ToList();
        foreach (var (name, rank, tensor) in entries)
        {
            if (rank < 0) throw new TorchException($"safetensors cannot hold {tensor.DType} (of '{name}')");
            if (tensor.IsConj || tensor.IsNeg) throw new TorchException($"'{name}' has an unresolved conjugation or negation");
        }
        entries.Sort((a, b) => b.Rank != a.Rank ? b.Rank.CompareTo(a.Rank) : Utf8Order.Instance.Compare(a.Key, b.Key));

        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header, new JsonWriterOptions { Encoder = SerdeEncoder.Instance, SkipValidation = true }))
        {
            json.WriteStartObject();
            var texts = metadata?.ToList();
            if (texts is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in texts) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long at = 0;
            foreach (var (name, rank, tensor) in entries)
            {
                var bytes = tensor.Count * tensor.DType.Size;
                json.WriteStartObject(name);
                json.WriteString("dtype", DTypes[rank].Name);
                json.WriteStartArray("shape");
                var packed = DTypes[rank].Name == "F4";
                for (var d = 0; d < tensor.Sizes.Length; d++) json.WriteNumberValue(packed && d == tensor.Sizes.Length - 1 ? 2 * tensor.Sizes[d] : tensor.Sizes[d]);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        header.WriteTo(stream);
        foreach (var (_, _, tensor) in entries)
        {
            if (tensor.Strides.AsSpan().SequenceEqual(StoredTensor.ContiguousStrides(tensor.Sizes)) && tensor.Storage.Data is { } data)
            {
                data.Slice(tensor.Offset * tensor.DType.Size, tensor.Count * tensor.DType.Size).CopyTo(stream);
            }
            else
            {
                stream.Write(tensor.GatherBytes());
            }
        }
    }

    /// <summary>Orders names by their code points, as UTF-8 bytes do and UTF-16 units do not.</summary>
    private sealed class Utf8Order : IComparer<string>
    {
        public static readonly Utf8Order Instance = new();

        public int Compare(string? a, string? b) => Encoding.UTF8.GetBytes(a!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b!));
    }

    /// <summary>Escapes what JSON demands and nothing else, as the reference writer does (the encoders of .NET also escape emoji).</summary>
    private sealed unsafe class SerdeEncoder : JavaScriptEncoder
    {
        public static readonly SerdeEncoder Instance = new();

        public override int MaxOutputCharactersPerInputCharacter => 6;

        public override bool WillEncode(int unicodeScalar) => unicodeScalar is < 0x20 or '"' or '\\';

        public override int FindFirstCharacterToEncode(char* text, int textLength)
        {
            for (var i = 0; i < textLength; i++)
            {
                if (WillEncode(text[i])) return i;
            }
            return -1;
        }

        public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
        {
            var text = unicodeScalar switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < 0x20 => $"\\u{unicodeScalar:x4}",
                _ => new Rune(unicodeScalar).ToString(),
            };
            numberOfCharactersWritten = text.Length <= bufferLength ? text.Length : 0;
            return text.AsSpan().TryCopyTo(new Span<char>(buffer, bufferLength));
        }
    }
}
