// Where bytes come from: a file read on demand at any place, memory, or a part of another source. All readers of file formats stand on this,
// so that nothing is loaded before it is needed, every read is checked against the length first, and every error names file and place.
// Reads are positional and hold no state: a source may be read from several threads.
using Microsoft.Win32.SafeHandles;

namespace Torch.Serialization;

/// <summary>A run of bytes of known length that can be read at any place.</summary>
internal abstract class ByteSource(string name, long origin, long length) : IDisposable
{
    /// <summary>The file, and within an archive the record.</summary>
    public string Name { get; } = name;

    /// <summary>Where the first byte lies in the file.</summary>
    public long Origin { get; } = origin;

    public long Length { get; } = length;

    /// <summary>Fills the span from this place on; a read beyond the end is refused.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length || destination.Length > Length - offset)
        {
            throw Error(Math.Clamp(offset, 0, Length), $"{destination.Length} bytes are needed, {Math.Clamp(Length - offset, 0, Length)} are left (truncated?)");
        }
        if (!destination.IsEmpty) ReadCore(offset, destination);
    }

    /// <summary>These bytes as an array of their own; the length is checked before memory is taken.</summary>
    public byte[] ReadArray(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset)
        {
            throw Error(Math.Clamp(offset, 0, Length), $"{length} bytes are announced, {Math.Clamp(Length - offset, 0, Length)} are left");
        }
        if (length > Array.MaxLength) throw Error(offset, $"{length} bytes do not fit into one array");
        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        if (length > 0) ReadCore(offset, bytes);
        return bytes;
    }

    public byte[] ReadAll() => ReadArray(0, Length);

    /// <summary>A part of this source. It does not own the file.</summary>
    public ByteSource Slice(long offset, long length, string? name = null) => new SliceSource(this, offset, length, name ?? Name);

    /// <summary>An error at this place of the source.</summary>
    public SerializationException Error(long offset, string reason, Exception? inner = null) => new(Name, Origin + offset, reason, inner);

    /// <summary>Writes all bytes to a stream, in pieces.</summary>
    public void CopyTo(Stream output, Action<ReadOnlySpan<byte>>? watch = null)
    {
        var buffer = new byte[(int)Math.Min(Length, 1 << 20)];
        for (long at = 0; at < Length;)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, Length - at));
            Read(at, piece);
            watch?.Invoke(piece);
            output.Write(piece);
            at += piece.Length;
        }
    }

    protected abstract void ReadCore(long offset, Span<byte> destination);

    public virtual void Dispose() { }

    public static ByteSource Open(string path) => new FileSource(path);

    public static ByteSource FromMemory(ReadOnlyMemory<byte> bytes, string name = "memory", long origin = 0) => new MemorySource(bytes, name, origin);

    /// <summary>What is left of a stream, read into memory.</summary>
    public static ByteSource FromStream(Stream stream, string name = "stream")
    {
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return FromMemory(memory.GetBuffer().AsMemory(0, (int)memory.Length), name);
    }

    private sealed class SliceSource : ByteSource
    {
        private readonly ByteSource parent;
        private readonly long start;

        public SliceSource(ByteSource parent, long offset, long length, string name) : base(name, parent.Origin + offset, length)
        {
            if (offset < 0 || length < 0 || offset > parent.Length || length > parent.Length - offset)
            {
                throw parent.Error(Math.Clamp(offset, 0, parent.Length), $"a part of {length} bytes lies beyond the end");
            }
            this.parent = parent;
            start = offset;
        }

        protected override void ReadCore(long offset, Span<byte> destination) => parent.Read(start + offset, destination);
    }

    private sealed class MemorySource(ReadOnlyMemory<byte> bytes, string name, long origin) : ByteSource(name, origin, bytes.Length)
    {
        protected override void ReadCore(long offset, Span<byte> destination) => bytes.Span.Slice((int)offset, destination.Length).CopyTo(destination);
    }

    private sealed class FileSource : ByteSource
    {
        private readonly SafeFileHandle handle;

        public FileSource(string path) : this(path, File.OpenHandle(path, options: FileOptions.RandomAccess)) { }

        private FileSource(string path, SafeFileHandle handle) : base(path, 0, RandomAccess.GetLength(handle)) => this.handle = handle;

        protected override void ReadCore(long offset, Span<byte> destination)
        {
            while (!destination.IsEmpty)
            {
                var count = RandomAccess.Read(handle, destination, offset);
                if (count == 0) throw Error(offset, "the file became shorter while it was read");
                offset += count;
                destination = destination[count..];
            }
        }

        public override void Dispose() => handle.Dispose();
    }
}

/// <summary>A source whose elements lie with their bytes reversed (big-endian files): each unit is turned when it is read.</summary>
internal sealed class SwappedSource(ByteSource inner, int unit) : ByteSource(inner.Name, inner.Origin, inner.Length)
{
    protected override void ReadCore(long offset, Span<byte> destination)
    {
        var first = offset / unit * unit;
        var last = Math.Min((offset + destination.Length + unit - 1) / unit * unit, Length);
        var whole = inner.ReadArray(first, last - first);
        for (var at = 0; at + unit <= whole.Length; at += unit) whole.AsSpan(at, unit).Reverse();
        whole.AsSpan((int)(offset - first), destination.Length).CopyTo(destination);
    }
}
