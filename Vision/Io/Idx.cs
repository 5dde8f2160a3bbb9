// The IDX format of the MNIST files: 0, 0, a type code, a rank, the sizes as big-endian 32-bit integers, then the elements, big-endian, row-major. Plain
// or gzipped. The header says how long a file must be: a shorter, a longer one, or one that would inflate to more is refused, and no more
// memory is taken than the header announces and the file can fill. Source: yann.lecun.com/exdb/mnist, "the IDX file format".
using System.Buffers.Binary;
using System.IO.Compression;
using Torch.Kernels;
using Torch.Serialization;

namespace Torch.Vision.Io;

/// <summary>An array from an IDX file: its elements in row-major order, in the machine's byte order.</summary>
/// <param name="Type">UInt8, Int8, Int16, Int32, Float32 or Float64.</param>
/// <param name="Shape">The sizes.</param>
/// <param name="Data">The bytes of the elements.</param>
public sealed record IdxArray(ElementType Type, long[] Shape, byte[] Data);

/// <summary>Reads IDX files.</summary>
public static class Idx
{
    /// <summary>No gzip file inflates by more.</summary>
    private const long MaxRatio = 1032;

    /// <summary>Reads a file, gzipped or plain.</summary>
    /// <exception cref="SerializationException">The file is missing, truncated, too long, or no IDX file.</exception>
    public static IdxArray Read(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SerializationException(path, 0, $"the file cannot be opened: {e.Message}", e);
        }
        using (file) return Read(file, path);
    }

    /// <summary>Reads from a stream that can seek, gzipped or plain; <paramref name="name"/> stands in the messages.</summary>
    /// <exception cref="SerializationException">The content is truncated, too long, or no IDX.</exception>
    public static IdxArray Read(Stream stream, string name)
    {
        var start = stream.Position;
        Span<byte> magic = stackalloc byte[2];
        var zipped = stream.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1F, 0x8B];
        stream.Position = start;
        var length = stream.Length - start;
        if (!zipped) return Read(stream, name, length, exact: true);
        try
        {
            IdxArray array;
            using (var inflated = new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true)) array = Read(inflated, name, length * MaxRatio, exact: false);
            // GZipStream does not miss a trailer that is cut off, nor mind what follows it: the last four bytes must be the length of the content.
            Span<byte> last = stackalloc byte[4];
            stream.Position = start + Math.Max(length - 4, 0);
            if (stream.ReadAtLeast(last, 4, throwOnEndOfStream: false) < 4 || BinaryPrimitives.ReadUInt32LittleEndian(last) != (uint)(4 + 4 * array.Shape.Length + array.Data.Length))
            {
                throw new SerializationException(name, length, "the gzip data are truncated or followed by more");
            }
            return array;
        }
        catch (InvalidDataException e)
        {
            throw new SerializationException(name, stream.CanSeek ? stream.Position : 0, "the gzip data are broken", e);
        }
    }

    /// <param name="stream">The plain content.</param>
    /// <param name="name">For messages.</param>
    /// <param name="limit">How many bytes there can be at most.</param>
    /// <param name="exact">Whether there are exactly so many.</param>
    private static IdxArray Read(Stream stream, string name, long limit, bool exact)
    {
        Span<byte> head = stackalloc byte[4];
        Fill(stream, head, name, 0);
        if (head[0] != 0 || head[1] != 0) throw new SerializationException(name, 0, "no IDX file: it does not begin with two zeros");
        var type = head[2] switch
        {
            0x08 => ElementType.UInt8,
            0x09 => ElementType.Int8,
            0x0B => ElementType.Int16,
            0x0C => ElementType.Int32,
            0x0D => ElementType.Float32,
            0x0E => ElementType.Float64,
            var code => throw new SerializationException(name, 2, $"the type code 0x{code:x2} is unknown"),
        };
        var shape = new long[head[3]];
        var header = 4 + 4 * shape.Length;
        Span<byte> size = stackalloc byte[4];
        long bytes = type.Size();
        for (var d = 0; d < shape.Length; d++)
        {
            Fill(stream, size, name, 4 + 4 * d);
            shape[d] = BinaryPrimitives.ReadUInt32BigEndian(size);
            if (shape[d] > 0 && bytes > long.MaxValue / shape[d]) throw new SerializationException(name, 4 + 4 * d, "the size of the array is beyond 64 bits");
            bytes *= shape[d];
        }
        if (bytes > limit - header) throw new SerializationException(name, header, $"{bytes} bytes of elements are announced, at most {Math.Max(limit - header, 0)} can follow (truncated?)");
        if (exact && bytes < limit - header) throw new SerializationException(name, header + bytes, $"{limit - header - bytes} bytes follow the array");
        if (bytes > Array.MaxLength) throw new SerializationException(name, header, $"an array of {bytes} bytes is too large");
        var data = ReadElements(stream, name, header, (int)bytes);
        if (stream.ReadByte() >= 0) throw new SerializationException(name, header + bytes, "more bytes follow the array");
        Swap(data, type.Size());
        return new IdxArray(type, shape, data);
    }

    /// <summary>Takes memory as the bytes come, so that an announcement alone costs nothing.</summary>
    private static byte[] ReadElements(Stream stream, string name, long header, int count)
    {
        var data = new byte[Math.Min(count, 1 << 20)];
        var filled = 0;
        while (true)
        {
            filled += stream.ReadAtLeast(data.AsSpan(filled), data.Length - filled, throwOnEndOfStream: false);
            if (filled < data.Length) throw new SerializationException(name, header + filled, $"{count - filled} bytes of elements are missing");
            if (filled == count) return data;
            Array.Resize(ref data, (int)Math.Min(count, 2L * data.Length));
        }
    }

    private static void Fill(Stream stream, Span<byte> bytes, string name, long at)
    {
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (count < bytes.Length) throw new SerializationException(name, at + count, "the header is truncated");
    }

    private static void Swap(byte[] data, int size)
    {
        if (size == 1 || !BitConverter.IsLittleEndian) return;
        for (var at = 0; at < data.Length; at += size) data.AsSpan(at, size).Reverse();
    }
}
