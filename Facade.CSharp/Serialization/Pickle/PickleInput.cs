// A cursor over the bytes of a pickle. Every length is compared with what is left before memory is taken.
using System.Text;

namespace Torch.Serialization.Pickle;

internal sealed class PickleInput(ByteSource source, long position = 0)
{
    private static readonly UTF8Encoding Utf8 = new(false, true);

    private readonly byte[] buffer = new byte[(int)Math.Clamp(source.Length - position, 1, 1 << 16)];
    private long bufferStart = position;
    private int bufferLength;
    private int bufferAt;

    /// <summary>Where the opcode that is being executed begins: the place that errors name.</summary>
    public long OpcodeAt { get; private set; }

    public long Position => bufferStart + bufferAt;

    public long Length => source.Length;

    private long Left => source.Length - Position;

    public SerializationException Error(string reason, Exception? inner = null) => source.Error(OpcodeAt, reason, inner);

    public byte NextOpcode()
    {
        OpcodeAt = Position;
        if (Left == 0) throw Error("the pickle ends without STOP");
        return Byte();
    }

    public byte Byte() => Span(1)[0];

    /// <summary>The next few bytes (at most 64). The span is valid until the next read.</summary>
    public ReadOnlySpan<byte> Span(int count)
    {
        if (bufferLength - bufferAt < count)
        {
            if (Left < count) throw Error($"{count} bytes are needed, {Left} are left");
            bufferStart += bufferAt;
            bufferAt = 0;
            bufferLength = (int)Math.Min(buffer.Length, source.Length - bufferStart);
            source.Read(bufferStart, buffer.AsSpan(0, bufferLength));
        }
        bufferAt += count;
        return buffer.AsSpan(bufferAt - count, count);
    }

    public byte[] Bytes(ulong count)
    {
        if (count > (ulong)Left) throw Error($"{count} bytes are announced, {Left} are left");
        var bytes = source.ReadArray(Position, (long)count);
        Skip((long)count);
        return bytes;
    }

    public string Text(ulong count) => Decode(Bytes(count));

    public string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw Error("a string is not UTF-8", e);
        }
    }

    /// <summary>The bytes up to the next line feed, which is consumed and not part of them.</summary>
    public byte[] Line(int limit)
    {
        var line = new List<byte>(32);
        while (true)
        {
            if (Left == 0) throw Error("a line without an end");
            var b = Byte();
            if (b == '\n') return [.. line];
            if (line.Count == limit) throw Error($"a line of more than {limit} bytes");
            line.Add(b);
        }
    }

    private void Skip(long count)
    {
        if (count <= bufferLength - bufferAt)
        {
            bufferAt += (int)count;
            return;
        }
        bufferStart = Position + count;
        bufferAt = bufferLength = 0;
    }
}
