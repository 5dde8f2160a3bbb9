// Writes zip archives to a stream that need not seek: stored records whose bytes begin at a multiple of an alignment (PyTorch maps them into memory;
// the gap is an extra field 'FB' of Z's, as PyTorch pads), or deflated ones. Sizes and checksum follow each record; zip64 where it is needed, and
// its end record also where asked for: PyTorch always writes that.
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Torch.Serialization.Zip;

internal sealed class ZipWriter(Stream output, int alignment = 1, bool zip64End = false)
{
    private const ushort Flags = 0x0808; // sizes follow the data; names are UTF-8
    private const ushort Date = 0x21; // 1980-01-01: an archive depends on its content alone

    private readonly List<(byte[] Name, ushort Method, uint Crc, long Packed, long Size, long At)> entries = [];
    private long position;

    public void Store(string name, ReadOnlyMemory<byte> bytes) => Store(name, ByteSource.FromMemory(bytes));

    /// <summary>Adds a record without compression, in pieces.</summary>
    public uint Store(string name, ByteSource data)
    {
        var (encoded, at) = Header(name, 0, data.Length);
        uint crc = 0;
        data.CopyTo(output, piece => crc = Crc32.Append(crc, piece));
        position += data.Length;
        Descriptor(encoded, 0, crc, data.Length, data.Length, at);
        return crc;
    }

    /// <summary>Adds a compressed record.</summary>
    public void Deflate(string name, ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var deflater = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true)) deflater.Write(bytes);
        var (encoded, at) = Header(name, 8, bytes.Length);
        Write(packed.GetBuffer().AsSpan(0, (int)packed.Length));
        Descriptor(encoded, 8, Crc32.Append(0, bytes), packed.Length, bytes.Length, at);
    }

    /// <summary>Writes the directory. The stream stays open.</summary>
    public void Finish()
    {
        var directoryAt = position;
        foreach (var e in entries)
        {
            var wide = new List<long>();
            if (e.Size >= uint.MaxValue) wide.Add(e.Size);
            if (e.Packed >= uint.MaxValue) wide.Add(e.Packed);
            if (e.At >= uint.MaxValue) wide.Add(e.At);
            var record = new byte[46];
            U32(record, 0, 0x02014B50);
            U16(record, 6, (ushort)(wide.Count > 0 ? 45 : 20));
            U16(record, 8, Flags);
            U16(record, 10, e.Method);
            U16(record, 14, Date);
            U32(record, 16, e.Crc);
            U32(record, 20, Narrow(e.Packed));
            U32(record, 24, Narrow(e.Size));
            U16(record, 28, (ushort)e.Name.Length);
            U16(record, 30, (ushort)(wide.Count > 0 ? 4 + 8 * wide.Count : 0));
            U32(record, 42, Narrow(e.At));
            Write(record);
            Write(e.Name);
            if (wide.Count > 0) Write(Zip64Field([.. wide]));
        }
        var size = position - directoryAt;
        if (zip64End || entries.Count >= ushort.MaxValue || directoryAt >= uint.MaxValue || size >= uint.MaxValue)
        {
            var wideAt = position;
            var wide = new byte[56 + 20];
            U32(wide, 0, 0x06064B50);
            U64(wide, 4, 44);
            U16(wide, 14, 45);
            U64(wide, 24, entries.Count);
            U64(wide, 32, entries.Count);
            U64(wide, 40, size);
            U64(wide, 48, directoryAt);
            U32(wide, 56, 0x07064B50);
            U64(wide, 64, wideAt);
            U32(wide, 72, 1);
            Write(wide);
        }
        var end = new byte[22];
        U32(end, 0, 0x06054B50);
        U16(end, 8, (ushort)Math.Min(entries.Count, ushort.MaxValue));
        U16(end, 10, (ushort)Math.Min(entries.Count, ushort.MaxValue));
        U32(end, 12, Narrow(size));
        U32(end, 16, Narrow(directoryAt));
        Write(end);
    }

    private (byte[] Name, long At) Header(string name, ushort method, long size)
    {
        var encoded = Encoding.UTF8.GetBytes(name);
        if (encoded.Length > ushort.MaxValue) throw new TorchException($"the name of a record has {encoded.Length} bytes");
        var at = position;
        byte[] extra = size >= uint.MaxValue ? Zip64Field([0, 0]) : [];
        var header = new byte[30];
        U32(header, 0, 0x04034B50);
        U16(header, 4, (ushort)(extra.Length > 0 ? 45 : 20));
        U16(header, 6, Flags);
        U16(header, 8, method);
        U16(header, 12, Date);
        if (extra.Length > 0)
        {
            U32(header, 18, uint.MaxValue);
            U32(header, 22, uint.MaxValue);
        }
        U16(header, 26, (ushort)encoded.Length);
        byte[] padding = [];
        if (alignment > 1 && method == 0)
        {
            var dataAt = at + header.Length + encoded.Length + extra.Length + 4;
            padding = new byte[4 + (int)((alignment - (dataAt % alignment)) % alignment)];
            padding.AsSpan(4).Fill((byte)'Z');
            padding[0] = (byte)'F';
            padding[1] = (byte)'B';
            U16(padding, 2, (ushort)(padding.Length - 4));
        }
        U16(header, 28, (ushort)(extra.Length + padding.Length));
        Write(header);
        Write(encoded);
        Write(extra);
        Write(padding);
        return (encoded, at);
    }

    private void Descriptor(byte[] name, ushort method, uint crc, long packed, long size, long at)
    {
        var wide = size >= uint.MaxValue;
        var record = new byte[wide ? 24 : 16];
        U32(record, 0, 0x08074B50);
        U32(record, 4, crc);
        if (wide)
        {
            U64(record, 8, packed);
            U64(record, 16, size);
        }
        else
        {
            U32(record, 8, (uint)packed);
            U32(record, 12, (uint)size);
        }
        Write(record);
        entries.Add((name, method, crc, packed, size, at));
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        position += bytes.Length;
    }

    private static byte[] Zip64Field(long[] values)
    {
        var field = new byte[4 + 8 * values.Length];
        U16(field, 0, 1);
        U16(field, 2, (ushort)(8 * values.Length));
        for (var i = 0; i < values.Length; i++) U64(field, 4 + 8 * i, values[i]);
        return field;
    }

    private static uint Narrow(long value) => (uint)Math.Min(value, uint.MaxValue);

    private static void U16(Span<byte> record, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(record[at..], value);

    private static void U32(Span<byte> record, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(record[at..], value);

    private static void U64(Span<byte> record, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(record[at..], value);
}
