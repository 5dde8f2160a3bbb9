using System.IO.Compression;
using Torch.Kernels;
using Torch.Serialization;
using Torch.Vision.Io;
using Xunit;

namespace Torch.Tests.Vision;

public sealed class IdxTests
{
    private static readonly byte[] Image = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_image_file_is_read_plain_and_gzipped(bool zipped)
    {
        var array = Read(zipped ? Zip(Image) : Image);
        Assert.Equal(ElementType.UInt8, array.Type);
        Assert.Equal([1, 2, 3], array.Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], array.Data);
    }

    [Fact]
    public void Every_type_is_turned_to_the_order_of_the_machine()
    {
        Assert.Equal(-1, (sbyte)Read([0, 0, 9, 1, 0, 0, 0, 1, 0xFF]).Data[0]);
        Assert.Equal(-2, BitConverter.ToInt16(Read([0, 0, 0x0B, 1, 0, 0, 0, 1, 0xFF, 0xFE]).Data));
        Assert.Equal(258, BitConverter.ToInt32(Read([0, 0, 0x0C, 1, 0, 0, 0, 1, 0, 0, 1, 2]).Data));
        Assert.Equal(1f, BitConverter.ToSingle(Read([0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3F, 0x80, 0, 0]).Data));
        Assert.Equal(1d, BitConverter.ToDouble(Read([0, 0, 0x0E, 1, 0, 0, 0, 1, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0]).Data));
        Assert.Equal([], Read([0, 0, 8, 0, 7]).Shape);
        Assert.Empty(Read([0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 9]).Data);
    }

    public static TheoryData<string, byte[]> Bad => new()
    {
        { "at byte 0: the header is truncated", [] },
        { "at byte 3: the header is truncated", [0, 0, 8] },
        { "at byte 0: no IDX file", [1, 0, 8, 1, 0, 0, 0, 0] },
        { "the type code 0x0a is unknown", [0, 0, 10, 1, 0, 0, 0, 0] },
        { "at byte 6: the header is truncated", [0, 0, 8, 1, 0, 0] },
        { "at byte 8: 5 bytes of elements are announced, at most 4 can follow", [0, 0, 8, 1, 0, 0, 0, 5, 1, 2, 3, 4] },
        { "at byte 9: 1 bytes follow the array", [0, 0, 8, 1, 0, 0, 0, 1, 1, 2] },
        { "beyond 64 bits", [0, 0, 8, 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] },
        { "bytes of elements are announced", [0, 0, 8, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF] },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_file_is_refused_with_its_place_and_cause(string message, byte[] file)
    {
        Assert.Contains(message, Assert.Throws<SerializationException>(() => Read(file)).Message);
        Assert.Throws<SerializationException>(() => Read(Zip(file)));
    }

    [Fact]
    public void A_gzip_bomb_costs_no_more_than_its_header_announces()
    {
        var bomb = Zip([0, 0, 8, 1, 0, 0, 0, 4, .. new byte[50_000_000]]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more bytes follow", Assert.Throws<SerializationException>(() => Read(bomb)).Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
        Assert.Contains("are announced", Assert.Throws<SerializationException>(() => Read(Zip([0, 0, 8, 1, 0x7F, 0, 0, 0, 1, 2]))).Message);
    }

    [Fact]
    public void Broken_and_missing_files_are_refused()
    {
        var zipped = Zip(Image);
        for (var length = 0; length < zipped.Length; length++) Assert.Throws<SerializationException>(() => Read(zipped[..length]));
        zipped[^6] ^= 1; // the checksum
        Assert.Contains("gzip", Assert.Throws<SerializationException>(() => Read(zipped)).Message);
        Assert.Contains("no_such_file", Assert.Throws<SerializationException>(() => Idx.Read("no_such_file")).Message);
    }

    private static IdxArray Read(byte[] bytes) => Idx.Read(new MemoryStream(bytes), "test");

    private static byte[] Zip(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var zip = new GZipStream(stream, CompressionLevel.Optimal)) zip.Write(bytes);
        return stream.ToArray();
    }
}
