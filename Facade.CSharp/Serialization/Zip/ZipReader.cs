// Reads zip archives as checkpoints and .npz files are: stored or deflated records, zip64, in one part, unencrypted. System.IO.Compression does not
// tell where a stored record lies (we read it in place, when asked) and forgives what a hostile archive relies on; here every size and offset of the
// directory is checked against the file, records may not overlap, and a record inflates to exactly the size that it declares or is refused.
// Source: PKWARE's APPNOTE 6.3.
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Torch.Serialization.Zip;

/// <summary>A record of an archive as the directory describes it.</summary>
internal sealed record ZipEntry(string Name, ushort Flags, ushort Method, uint Crc, long CompressedSize, long Size, long HeaderAt);

internal sealed class ZipReader
{
    private const int EndSize = 22, Zip64EndSize = 56, LocatorSize = 20, DirectorySize = 46, HeaderSize = 30;

    /// <summary>Deflate cannot do better than 1032 to 1.</summary>
    private const long MaxRatio = 1032;

    private static readonly UTF8Encoding Utf8 = new(false, true);

    private readonly ByteSource source;
    private readonly long directoryAt;

    /// <summary>Whether these bytes begin like an archive.</summary>
    public static bool IsZip(ByteSource source)
    {
        if (source.Length < 4) return false;
        Span<byte> magic = stackalloc byte[4];
        source.Read(0, magic);
        return magic is [(byte)'P', (byte)'K', 3, 4] or [(byte)'P', (byte)'K', 5, 6];
    }

    /// <summary>The records in the order of the directory.</summary>
    public IReadOnlyList<ZipEntry> Entries { get; }

    public ZipReader(ByteSource source)
    {
        this.source = source;
        var (count, size) = FindDirectory(out directoryAt);
        Entries = ReadDirectory(count, size);
        CheckOverlap();
    }

    /// <summary>The content of a record: stored ones in place, deflated ones when first read. With <paramref name="verify"/> its checksum is compared.</summary>
    public ByteSource Open(ZipEntry entry, bool verify = false)
    {
        if ((entry.Flags & 0x2041) != 0) throw source.Error(entry.HeaderAt, $"the record {Quote(entry.Name)} is encrypted");
        Span<byte> header = stackalloc byte[HeaderSize];
        source.Read(entry.HeaderAt, header);
        if (U32(header) != 0x04034B50) throw source.Error(entry.HeaderAt, $"the record {Quote(entry.Name)} has no header here");
        var dataAt = entry.HeaderAt + HeaderSize + U16(header[26..]) + U16(header[28..]);
        if (dataAt > directoryAt || entry.CompressedSize > directoryAt - dataAt) throw source.Error(entry.HeaderAt, $"the record {Quote(entry.Name)} reaches beyond the records");
        if (U16(header[8..]) != entry.Method) throw source.Error(entry.HeaderAt, $"header and directory disagree about the compression of {Quote(entry.Name)}");
        var inHeader = U32(header[18..]);
        if ((entry.Flags & 8) == 0 && inHeader != uint.MaxValue && inHeader != entry.CompressedSize) throw source.Error(entry.HeaderAt, $"header and directory disagree about the size of {Quote(entry.Name)}");
        var name = $"{source.Name} ({entry.Name})";
        var packed = source.Slice(dataAt, entry.CompressedSize, name);
        ByteSource content;
        switch (entry.Method)
        {
            case 0:
                if (entry.Size != entry.CompressedSize) throw source.Error(entry.HeaderAt, $"the stored record {Quote(entry.Name)} has two sizes, {entry.CompressedSize} and {entry.Size}");
                content = packed;
                break;
            case 8:
                if (entry.Size > entry.CompressedSize * MaxRatio + 64 || entry.Size > Array.MaxLength)
                {
                    throw source.Error(entry.HeaderAt, $"the record {Quote(entry.Name)} claims to inflate from {entry.CompressedSize} to {entry.Size} bytes");
                }
                content = new InflatedSource(packed, name, entry.Size);
                break;
            default: throw source.Error(entry.HeaderAt, $"the record {Quote(entry.Name)} is compressed by method {entry.Method}, which is not supported");
        }
        if (verify)
        {
            uint crc = 0;
            content.CopyTo(Stream.Null, piece => crc = Crc32.Append(crc, piece));
            if (crc != entry.Crc) throw source.Error(dataAt, $"the checksum of the record {Quote(entry.Name)} is wrong");
        }
        return content;
    }

    private (long Count, long Size) FindDirectory(out long at)
    {
        if (source.Length < EndSize) throw source.Error(source.Length, "too short for a zip archive");
        var tailLength = (int)Math.Min(source.Length, EndSize + ushort.MaxValue);
        var tailAt = source.Length - tailLength;
        var tail = source.ReadArray(tailAt, tailLength);
        var end = tailLength - EndSize;
        while (end >= 0 && !(U32(tail.AsSpan(end)) == 0x06054B50 && U16(tail.AsSpan(end + 20)) <= tailLength - end - EndSize)) end--;
        if (end < 0) throw source.Error(source.Length, "no zip directory (truncated, or not an archive)");
        var record = tail.AsSpan(end, EndSize);
        var endAt = tailAt + end;
        long count = U16(record[10..]), size = U32(record[12..]);
        at = U32(record[16..]);
        var stop = endAt;
        if (U16(record[4..]) is not (0 or ushort.MaxValue) || U16(record[6..]) is not (0 or ushort.MaxValue)) throw source.Error(endAt, "an archive in several parts");
        if (endAt >= LocatorSize)
        {
            var locator = source.ReadArray(endAt - LocatorSize, LocatorSize).AsSpan();
            if (U32(locator) == 0x07064B50)
            {
                var wideAt = I64(locator[8..]);
                if (wideAt < 0 || wideAt > endAt - LocatorSize - Zip64EndSize) throw source.Error(endAt, "the zip64 record lies outside the file");
                var wide = source.ReadArray(wideAt, Zip64EndSize).AsSpan();
                if (U32(wide) != 0x06064B50) throw source.Error(wideAt, "no zip64 record where the locator points");
                if (U32(wide[16..]) != 0 || U32(wide[20..]) != 0) throw source.Error(wideAt, "an archive in several parts");
                (count, size, at, stop) = (I64(wide[32..]), I64(wide[40..]), I64(wide[48..]), wideAt);
            }
        }
        if (count < 0 || size < 0 || at < 0 || at > stop || size != stop - at || count > size / DirectorySize)
        {
            throw source.Error(endAt, $"the directory ({count} records, {size} bytes at {at}) does not fit the file");
        }
        return (count, size);
    }

    private ZipEntry[] ReadDirectory(long count, long size)
    {
        var bytes = source.ReadArray(directoryAt, size).AsSpan();
        var entries = new ZipEntry[count];
        var position = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            var at = directoryAt + position;
            if (bytes.Length - position < DirectorySize || U32(bytes[position..]) != 0x02014B50) throw source.Error(at, "the directory is broken");
            var e = bytes.Slice(position, DirectorySize);
            int nameLength = U16(e[28..]), extraLength = U16(e[30..]), commentLength = U16(e[32..]);
            if (bytes.Length - position - DirectorySize < nameLength + extraLength + commentLength) throw source.Error(at, "the directory is broken");
            var name = Decode(bytes.Slice(position + DirectorySize, nameLength));
            long packed = U32(e[20..]), full = U32(e[24..]), headerAt = U32(e[42..]);
            var extra = bytes.Slice(position + DirectorySize + nameLength, extraLength);
            while (extra.Length >= 4)
            {
                int id = U16(extra), length = U16(extra[2..]);
                if (length > extra.Length - 4) throw source.Error(at, $"the extra field of {Quote(name)} is broken");
                if (id == 1)
                {
                    var wide = extra.Slice(4, length);
                    if (full == uint.MaxValue) full = Take(ref wide, at);
                    if (packed == uint.MaxValue) packed = Take(ref wide, at);
                    if (headerAt == uint.MaxValue) headerAt = Take(ref wide, at);
                }
                extra = extra[(4 + length)..];
            }
            if (packed < 0 || full < 0 || headerAt < 0 || headerAt > directoryAt - HeaderSize || packed > directoryAt - HeaderSize - headerAt)
            {
                throw source.Error(at, $"the record {Quote(name)} ({packed} bytes at {headerAt}) lies outside the file");
            }
            entries[i] = new ZipEntry(name, U16(e[8..]), U16(e[10..]), U32(e[16..]), packed, full, headerAt);
            position += DirectorySize + nameLength + extraLength + commentLength;
        }
        if (position != bytes.Length) throw source.Error(directoryAt + position, $"the directory goes on behind its {count} records");
        return entries;
    }

    private long Take(ref ReadOnlySpan<byte> wide, long at)
    {
        if (wide.Length < 8) throw source.Error(at, "a zip64 field is too short");
        var value = I64(wide);
        wide = wide[8..];
        return value;
    }

    private long Take(ref Span<byte> wide, long at)
    {
        ReadOnlySpan<byte> view = wide;
        var value = Take(ref view, at);
        wide = wide[8..];
        return value;
    }

    private void CheckOverlap()
    {
        ZipEntry? last = null;
        foreach (var entry in Entries.OrderBy(e => e.HeaderAt))
        {
            if (last is not null && last.HeaderAt + HeaderSize + last.CompressedSize > entry.HeaderAt)
            {
                throw source.Error(entry.HeaderAt, $"the records {Quote(last.Name)} and {Quote(entry.Name)} overlap");
            }
            last = entry;
        }
    }

    private static string Decode(ReadOnlySpan<byte> name)
    {
        try
        {
            return Utf8.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(name);
        }
    }

    private static string Quote(string name) => $"'{(name.Length > 100 ? name[..100] + "..." : name)}'";

    private static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long I64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);
}

/// <summary>A deflated record: inflated once, when first read, to exactly the declared size.</summary>
internal sealed class InflatedSource(ByteSource packed, string name, long length) : ByteSource(name, 0, length)
{
    private readonly Lock gate = new();
    private byte[]? content;

    protected override void ReadCore(long offset, Span<byte> destination)
    {
        lock (gate) content ??= Inflate();
        content.AsSpan((int)offset, destination.Length).CopyTo(destination);
    }

    /// <summary>Memory grows with what really comes out, not with what is declared.</summary>
    private byte[] Inflate()
    {
        var result = new byte[(int)Math.Min(Length, Math.Max(4096, 4 * packed.Length))];
        var filled = 0;
        try
        {
            using var inflater = new DeflateStream(new MemoryStream(packed.ReadAll(), writable: false), CompressionMode.Decompress);
            while (true)
            {
                if (filled == result.Length)
                {
                    if (filled == Length)
                    {
                        if (inflater.ReadByte() >= 0) throw Error(filled, $"the record inflates to more than the declared {Length} bytes");
                        return result;
                    }
                    Array.Resize(ref result, (int)Math.Min(Length, 2L * result.Length));
                }
                var count = inflater.Read(result, filled, result.Length - filled);
                if (count == 0) throw Error(filled, $"the record inflates to {filled} bytes, {Length} are declared");
                filled += count;
            }
        }
        catch (InvalidDataException e)
        {
            throw Error(filled, "the compressed bytes are broken", e);
        }
    }
}
