// NumPy's .npy (versions 1 to 3) and .npz. The header is a Python dictionary in text; we read exactly its three keys with a parser of their
// grammar, never as an expression. Written byte by byte as numpy.save does. Source: numpy/lib/format.py (documentation and behaviour).
using System.Buffers.Binary;
using System.Text;
using Torch.Serialization.Zip;

namespace Torch.Serialization;

/// <summary>The .npy format: one array.</summary>
internal static class Npy
{
    /// <summary>As NumPy's own limit: a longer header is no array of numbers.</summary>
    private const int MaxHeader = 10_000;

    private const int GrowthDigits = 21;

    /// <summary>Reads the header and checks it against the length; the elements are read when asked for. What follows them is ignored, as NumPy does.</summary>
    public static NumpyArray Read(ByteSource source)
    {
        Span<byte> magic = stackalloc byte[8];
        if (source.Length < 8) throw source.Error(source.Length, "too short for a .npy file");
        source.Read(0, magic);
        if (magic[0] != 0x93 || !magic[1..6].SequenceEqual("NUMPY"u8)) throw source.Error(0, "no .npy file: the magic bytes are missing");
        if (magic[6] is < 1 or > 3 || magic[7] != 0) throw source.Error(6, $"version {magic[6]}.{magic[7]} of the format; 1.0, 2.0 and 3.0 are supported");
        var lengthSize = magic[6] == 1 ? 2 : 4;
        Span<byte> lengthBytes = stackalloc byte[4];
        lengthBytes.Clear();
        source.Read(8, lengthBytes[..lengthSize]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        if (length > MaxHeader) throw source.Error(8, $"a header of {length} bytes; at most {MaxHeader} are allowed");
        var header = source.ReadArray(8 + lengthSize, length);
        string text;
        try
        {
            text = magic[6] == 3 ? new UTF8Encoding(false, true).GetString(header) : Encoding.Latin1.GetString(header);
        }
        catch (DecoderFallbackException e)
        {
            throw source.Error(8 + lengthSize, "the header is not UTF-8", e);
        }
        var (descr, fortran, shape) = new HeaderParser(text, source, 8 + lengthSize).Parse();
        var dtype = NumpyDType.Parse(descr) ?? throw source.Error(8, $"arrays of the dtype '{(descr.Length > 40 ? descr[..40] : descr)}' are refused");
        var dataAt = 8 + lengthSize + length;
        var bytes = NumpyArray.ByteLength(dtype, shape);
        if (bytes is null || bytes > source.Length - dataAt) throw source.Error(dataAt, $"the array needs {bytes?.ToString() ?? "more than 2^63"} bytes, {source.Length - dataAt} are left");
        var data = source.Slice(dataAt, bytes.Value);
        return new NumpyArray { DType = dtype, Shape = shape, Fortran = fortran, Data = dtype.Order == '>' && dtype.SwapUnit > 1 ? new SwappedSource(data, dtype.SwapUnit) : data };
    }

    /// <summary>Writes a tensor as numpy.save would write its array: a transposed one stays in column-major order.</summary>
    public static void Write(Stream stream, StoredTensor tensor)
    {
        var dtype = NumpyDType.Of(tensor.DType) ?? throw new TorchTypeException($"Got unsupported ScalarType {tensor.DType}: NumPy has no such dtype");
        if (tensor.IsConj || tensor.IsNeg) throw new TorchException("the tensor has an unresolved conjugation or negation");
        var reversed = StoredTensor.ContiguousStrides([.. tensor.Sizes.Reverse()]);
        Array.Reverse(reversed);
        var fortran = tensor.Count > 0 && tensor.Sizes.Length > 1 && tensor.Strides.AsSpan().SequenceEqual(reversed)
            && !tensor.Strides.AsSpan().SequenceEqual(StoredTensor.ContiguousStrides(tensor.Sizes));
        stream.Write(Header(dtype, fortran, tensor.Sizes));
        if (fortran) tensor = new StoredTensor(tensor.Storage, tensor.DType, [.. tensor.Sizes.Reverse()], [.. tensor.Strides.Reverse()], tensor.Offset);
        stream.Write(tensor.GatherBytes());
    }

    private static byte[] Header(NumpyDType dtype, bool fortran, long[] shape)
    {
        var sizes = shape.Length == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape)})";
        var text = $"{{'descr': '{dtype.Descr}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {sizes}, }}";
        // Room for the growing axis to grow in place.
        if (shape.Length > 0) text = text.PadRight(text.Length + GrowthDigits - shape[fortran ? ^1 : 0].ToString().Length);
        var version = 10 + text.Length + 1 + 64 <= ushort.MaxValue ? 1 : 2;
        var prefix = version == 1 ? 10 : 12;
        text = text.PadRight(text.Length + (64 - ((prefix + text.Length + 1) % 64)) % 64) + "\n";
        var header = new byte[prefix + text.Length];
        header[0] = 0x93;
        "NUMPY"u8.CopyTo(header.AsSpan(1));
        header[6] = (byte)version;
        if (version == 1) BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)text.Length);
        else BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), text.Length);
        Encoding.Latin1.GetBytes(text, header.AsSpan(prefix));
        return header;
    }

    /// <summary>Reads {'descr': '..', 'fortran_order': True, 'shape': (..)}, keys in any order.</summary>
    private sealed class HeaderParser(string text, ByteSource source, long start)
    {
        private int at;

        public (string Descr, bool Fortran, long[] Shape) Parse()
        {
            string? descr = null;
            bool? fortran = null;
            long[]? shape = null;
            Expect('{');
            while (Peek() != '}')
            {
                var key = Quoted();
                Expect(':');
                switch (key)
                {
                    case "descr" when descr is null:
                        if (Peek() == '[') throw Error("arrays of records are refused");
                        descr = Quoted();
                        break;
                    case "fortran_order" when fortran is null: fortran = Bool(); break;
                    case "shape" when shape is null: shape = Shape(); break;
                    default: throw Error("an unknown or repeated key");
                }
                if (Peek() == ',') at++;
                else if (Peek() != '}') throw Error("a comma is missing");
            }
            at++;
            if (text.AsSpan(at).TrimEnd(" \n").Length > 0) throw Error("something follows the dictionary");
            if (descr is null || fortran is null || shape is null) throw Error("descr, fortran_order or shape is missing");
            return (descr, fortran.Value, shape);
        }

        private char Peek()
        {
            while (at < text.Length && text[at] is ' ' or '\n' or '\t') at++;
            return at < text.Length ? text[at] : throw Error("the header ends early");
        }

        private void Expect(char c)
        {
            if (Peek() != c) throw Error($"'{c}' is missing");
            at++;
        }

        private string Quoted()
        {
            var quote = Peek();
            if (quote is not ('\'' or '"')) throw Error("a quoted text is missing");
            var end = text.IndexOf(quote, at + 1);
            if (end < 0) throw Error("a text without an end");
            var result = text[(at + 1)..end];
            if (result.Contains('\\')) throw Error("an escape in a text");
            at = end + 1;
            return result;
        }

        private bool Bool()
        {
            Peek();
            foreach (var (word, value) in new[] { ("True", true), ("False", false) })
            {
                if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0) continue;
                at += word.Length;
                return value;
            }
            throw Error("fortran_order is neither True nor False");
        }

        private long[] Shape()
        {
            Expect('(');
            var sizes = new List<long>();
            var comma = true;
            while (Peek() != ')')
            {
                if (!comma) throw Error("a comma is missing in the shape");
                var from = at;
                while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
                if (!long.TryParse(text.AsSpan(from, at - from), out var size)) throw Error("the shape holds something else than integers of 0 or more");
                sizes.Add(size);
                if (at < text.Length && text[at] == 'L') at++; // Python 2's long
                comma = Peek() == ',';
                if (comma) at++;
            }
            at++;
            if (sizes.Count == 1 && !comma) throw Error("the shape is an integer in parentheses, not a tuple");
            return [.. sizes];
        }

        private SerializationException Error(string reason) => source.Error(start + at, $"the header is malformed: {reason}");
    }
}

/// <summary>The .npz format: a zip archive of .npy files. Members that are no .npy are given as bytes.</summary>
internal static class Npz
{
    private const string Suffix = ".npy";

    /// <summary>The arrays in the order of the archive, names without .npy; of two members of one name the last counts, as in NumPy.</summary>
    public static IReadOnlyList<KeyValuePair<string, object>> Read(ByteSource source)
    {
        var zip = new ZipReader(source);
        var members = new OrderedDictionary<string, ZipEntry>();
        foreach (var entry in zip.Entries) members[entry.Name] = entry;
        var result = new List<KeyValuePair<string, object>>();
        foreach (var (name, entry) in members)
        {
            var content = zip.Open(entry, verify: true);
            if (name.EndsWith(Suffix, StringComparison.Ordinal)) result.Add(new(name[..^Suffix.Length], Npy.Read(content)));
            else result.Add(new(name, content.ReadAll()));
        }
        return result;
    }

    /// <summary>Writes arrays as numpy.savez or, compressed, numpy.savez_compressed do.</summary>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, StoredTensor>> tensors, bool compressed = false)
    {
        var zip = new ZipWriter(stream);
        var names = new HashSet<string>();
        foreach (var (name, tensor) in tensors)
        {
            if (!names.Add(name)) throw new ArgumentException($"two arrays of the name '{name}'", nameof(tensors));
            using var member = new MemoryStream();
            Npy.Write(member, tensor);
            var bytes = member.GetBuffer().AsMemory(0, (int)member.Length);
            if (compressed) zip.Deflate(name + Suffix, bytes.Span);
            else zip.Store(name + Suffix, bytes);
        }
        zip.Finish();
    }
}
