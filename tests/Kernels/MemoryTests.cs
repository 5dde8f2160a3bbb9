using System.Runtime.CompilerServices;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests.Kernels;

/// <summary>Buffers, their pool, and copies between strided blocks. Counters are process-wide, so the tests that read them look for differences with room for others.</summary>
[Collection("Workers")]
public sealed unsafe class MemoryTests
{
    [Fact]
    public void Buffers_are_aligned_and_as_long_as_asked()
    {
        foreach (var bytes in new long[] { 0, 1, 63, 64, 65, 511, 513, 1000, 4097, 100_000, 1_000_001 })
        {
            var buffer = new NativeBuffer(bytes);
            Assert.Equal(0, buffer.Address % 64);
            Assert.Equal(bytes, buffer.ByteLength);
            new Span<byte>(buffer.Pointer, (int)bytes).Fill(1);
            buffer.Release();
        }
    }

    [Fact]
    public void A_released_block_is_used_again()
    {
        const long Bytes = 3_456_789;
        var first = new NativeBuffer(Bytes);
        var address = first.Address;
        first.Release();
        var second = new NativeBuffer(Bytes - 1000);
        Assert.Equal(address, second.Address);
        second.Release();
    }

    [Fact]
    public void The_last_reference_frees()
    {
        var buffer = new NativeBuffer(100);
        buffer.AddReference();
        buffer.Release();
        Assert.True(buffer.IsAlive);
        buffer.Release();
        Assert.False(buffer.IsAlive);
        Assert.Throws<ObjectDisposedException>(buffer.AddReference);
        Assert.Throws<ObjectDisposedException>(buffer.Release);
    }

    [Fact]
    public void References_are_counted_across_threads()
    {
        var buffer = new NativeBuffer(100);
        Parallel.For(0, 1000, _ =>
        {
            buffer.AddReference();
            buffer.Release();
        });
        Assert.True(buffer.IsAlive);
        buffer.Release();
        Assert.False(buffer.IsAlive);
    }

    [Fact]
    public void Dropped_buffers_do_not_pile_up()
    {
        var before = MemoryPool.LiveBytes;
        long highest = 0;
        for (var i = 0; i < 400; i++)
        {
            Drop(20_000_000);
            highest = Math.Max(highest, MemoryPool.LiveBytes - before);
        }
        // 8 GB went through; the budget is 256 MB.
        Assert.InRange(highest, 0, 600_000_000);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(long bytes) => *new NativeBuffer(bytes).Pointer = 1;

    [Fact]
    public void A_loop_of_exact_releases_asks_for_no_memory_and_no_collection()
    {
        const long Bytes = 77_000_000;
        new NativeBuffer(Bytes).Release();
        var (misses, collections) = (MemoryPool.Misses, MemoryPool.Collections);
        for (var i = 0; i < 200; i++) new NativeBuffer(Bytes).Release();
        Assert.InRange(MemoryPool.Misses - misses, 0, 100);
        Assert.InRange(MemoryPool.Collections - collections, 0, 20);
    }

    [Fact]
    public void Absurd_sizes_are_refused_with_the_size_in_the_text()
    {
        var e = Assert.Throws<OutOfMemoryException>(() => new NativeBuffer(1L << 60));
        Assert.Contains($"not enough memory: you tried to allocate {1L << 60} bytes", e.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeBuffer(-1));
    }

    [Fact]
    public void Size_classes_fit_and_waste_little()
    {
        for (long bytes = 1; bytes < 50_000_000; bytes += 1 + (bytes / 17))
        {
            var buffer = new NativeBuffer(bytes);
            Assert.True(buffer.Capacity >= bytes);
            Assert.True(buffer.Capacity - bytes < 64 + (bytes / 8) + (MemoryPool.Guard ? 128 : 0));
            buffer.Release();
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(100)]
    public void A_write_outside_is_noticed(int where)
    {
        MemoryPool.Guard = true;
        NativeBuffer buffer;
        try
        {
            buffer = new NativeBuffer(100);
        }
        finally
        {
            MemoryPool.Guard = false;
        }
        var violations = MemoryPool.Violations;
        buffer.Pointer[where] = 1;
        Assert.Throws<InvalidOperationException>(buffer.Release);
        Assert.Equal(violations + 1, MemoryPool.Violations);
    }

    [Fact]
    public void Poison_marks_fresh_memory()
    {
        MemoryPool.Poison = true;
        try
        {
            var buffer = new NativeBuffer(1000);
            Assert.All(new Span<byte>(buffer.Pointer, 1000).ToArray(), b => Assert.Equal(0xCD, b));
            buffer.Release();
        }
        finally
        {
            MemoryPool.Poison = false;
        }
    }

    [Fact]
    public void Copies_between_random_layouts_move_every_element()
    {
        foreach (var type in new[] { ElementType.UInt8, ElementType.Int16, ElementType.Float32, ElementType.Float64, ElementType.Complex128 })
        {
            for (var seed = 0; seed < 60; seed++)
            {
                var random = new Random(seed);
                var rank = random.Next(0, 5);
                var sizes = Enumerable.Range(0, rank).Select(_ => (long)random.Next(seed % 10 == 0 ? 0 : 1, rank <= 2 ? 200 : 20)).ToArray();
                var (from, fromBlock) = Make(random, type, sizes, zeros: true);
                var (to, toBlock) = Make(random, type, sizes, zeros: false);
                random.NextBytes(new Span<byte>(from.Pointer, (int)from.ByteLength));
                var expected = new Span<byte>(to.Pointer, (int)to.ByteLength).ToArray();
                Walk(sizes, index => new Span<byte>(At(fromBlock, index), type.Size()).CopyTo(expected.AsSpan((int)(At(toBlock, index) - to.Pointer))));
                StridedCopy.Copy(fromBlock, toBlock);
                Assert.True(expected.AsSpan().SequenceEqual(new Span<byte>(to.Pointer, (int)to.ByteLength)), $"{type} seed {seed}");

                var element = new byte[16];
                random.NextBytes(element);
                Walk(sizes, index => element.AsSpan(0, type.Size()).CopyTo(expected.AsSpan((int)(At(toBlock, index) - to.Pointer))));
                StridedCopy.Fill(toBlock, element);
                Assert.True(expected.AsSpan().SequenceEqual(new Span<byte>(to.Pointer, (int)to.ByteLength)), $"fill {type} seed {seed}");
                from.Release();
                to.Release();
            }
        }
    }

    private static byte* At(Block block, long[] index)
    {
        var at = block.Pointer;
        for (var d = 0; d < index.Length; d++) at += index[d] * block.Strides[d] * block.Type.Size();
        return at;
    }

    private static void Walk(long[] sizes, Action<long[]> visit)
    {
        var count = sizes.Aggregate(1L, (n, s) => n * s);
        var index = new long[sizes.Length];
        for (long i = 0; i < count; i++)
        {
            var rest = i;
            for (var d = sizes.Length - 1; d >= 0; d--) (rest, index[d]) = Math.DivRem(rest, sizes[d]);
            visit(index);
        }
    }

    private static (NativeBuffer, Block) Make(Random random, ElementType type, long[] sizes, bool zeros)
    {
        var order = Enumerable.Range(0, sizes.Length).ToArray();
        random.Shuffle(order);
        var strides = new long[sizes.Length];
        long extent = 1, start = 0;
        foreach (var d in order)
        {
            if (zeros && random.Next(5) == 0) continue;
            strides[d] = extent;
            extent = Math.Max(1, extent * sizes[d]) + (random.Next(4) == 0 ? random.Next(1, 5) : 0);
            if (random.Next(5) != 0) continue;
            start += strides[d] * Math.Max(0, sizes[d] - 1);
            strides[d] = -strides[d];
        }
        var buffer = new NativeBuffer((extent + 8) * type.Size());
        new Span<byte>(buffer.Pointer, (int)buffer.ByteLength).Clear();
        return (buffer, new Block(buffer.Address + (nint)(start * type.Size()), type, sizes, strides));
    }

    [Fact]
    public void Large_copies_and_transposes_are_shared_among_threads()
    {
        var before = Workers.Count;
        Workers.Count = 2;
        const int N = 1500;
        var (from, to) = (new NativeBuffer(N * N * 4), new NativeBuffer(N * N * 4));
        for (var i = 0; i < N * N; i++) ((int*)from.Pointer)[i] = i;
        StridedCopy.Copy(new Block(from.Address, ElementType.Int32, [N, N], [1, N]), new Block(to.Address, ElementType.Int32, [N, N], [N, 1]));
        for (var i = 0; i < N; i++)
            for (var j = 0; j < N; j++) Assert.Equal((j * N) + i, ((int*)to.Pointer)[(i * N) + j]);
        StridedCopy.Copy(new Block(from.Address, ElementType.Int32, [N * N], [1]), new Block(to.Address, ElementType.Int32, [N * N], [1]));
        Assert.True(new Span<int>(from.Pointer, N * N).SequenceEqual(new Span<int>(to.Pointer, N * N)));
        Workers.Count = before;
        from.Release();
        to.Release();
    }
}
