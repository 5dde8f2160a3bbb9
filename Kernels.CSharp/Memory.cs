using System.Numerics;
using System.Runtime.InteropServices;

namespace Torch.Kernels;

/// <summary>
/// A piece of native memory, aligned to 64 bytes, with undefined contents. It counts references: the creator holds one, <see cref="AddReference"/> adds one,
/// <see cref="Release"/> gives one back, and the last gives the memory to the pool at once. Holders that are merely dropped are legal too: then the finalizer does it.
/// Whoever computes with <see cref="Address"/> keeps the object reachable meanwhile (GC.KeepAlive).
/// </summary>
public sealed unsafe class NativeBuffer
{
    private readonly MemoryPool.Piece _piece;
    private int _references = 1;

    /// <exception cref="OutOfMemoryException">There is no memory of this size.</exception>
    public NativeBuffer(long byteLength)
    {
        _piece = MemoryPool.Rent(byteLength);
        ByteLength = byteLength;
    }

    ~NativeBuffer()
    {
        // A constructor that threw leaves no piece. Nothing may be thrown here: a guard violation is recorded by the pool.
        if (_piece.Block != 0) MemoryPool.Return(_piece, ByteLength);
    }

    /// <summary>The first byte; a multiple of 64. Legal to take, not to follow, when the length is zero.</summary>
    public nint Address => _piece.Address;

    public byte* Pointer => (byte*)_piece.Address;

    public long ByteLength { get; }

    /// <summary>The bytes that the block behind this buffer has (with guards: those too).</summary>
    public long Capacity => MemoryPool.CapacityOf(_piece.Class);

    /// <summary>Whether the memory is still there.</summary>
    public bool IsAlive => Volatile.Read(ref _references) > 0;

    /// <exception cref="ObjectDisposedException">The last reference is gone already.</exception>
    public void AddReference()
    {
        for (;;)
        {
            var n = Volatile.Read(ref _references);
            ObjectDisposedException.ThrowIf(n <= 0, this);
            if (Interlocked.CompareExchange(ref _references, n + 1, n) == n) return;
        }
    }

    /// <exception cref="ObjectDisposedException">More references were released than taken.</exception>
    /// <exception cref="InvalidOperationException">With <see cref="MemoryPool.Guard"/>: something wrote outside the buffer.</exception>
    public void Release()
    {
        var n = Interlocked.Decrement(ref _references);
        if (n > 0) return;
        if (n < 0)
        {
            Interlocked.Increment(ref _references);
            throw new ObjectDisposedException(nameof(NativeBuffer));
        }
        GC.SuppressFinalize(this);
        if (MemoryPool.Return(_piece, ByteLength) is { } violation) throw new InvalidOperationException(violation);
    }
}

/// <summary>
/// Where <see cref="NativeBuffer"/> takes its memory from. Blocks come in size classes (eight to a doubling, so at most an eighth is wasted); a block that comes back waits in
/// its class for the next of its size, because the first touch of fresh pages costs more than most kernels. What waits is bounded; when the bound is reached, the classes
/// unused for longest give way. Handles die without telling, so growth of the live bytes past a budget asks the garbage collector to find the dead ones.
/// </summary>
public static unsafe class MemoryPool
{
    private const int Alignment = 64;
    private const int HugePage = 2 << 20;
    private const long HugeFrom = 4 << 20;
    private const int GuardBytes = 64;
    private const byte GuardByte = 0xFD;
    private const byte PoisonByte = 0xCD;
    private const int StepsPerDoubling = 8;
    private const int Classes = 64 * StepsPerDoubling;

    // Counters change under the lock; a reader without it gets a recent value.
    private static readonly Lock s_lock = new();
    private static readonly Stack<nint>?[] s_free = new Stack<nint>?[Classes];
    private static readonly long[] s_lastUse = new long[Classes];
    private static long s_clock;
    private static long s_live, s_pooled, s_peak, s_hits, s_misses, s_collections, s_violations;

    /// <summary>The live bytes after the last collection, or the lowest since.</summary>
    private static long s_baseline;

    /// <summary>The live bytes after the last collection of each generation that the pool asked for, or the lowest at one since.</summary>
    private static readonly long[] s_floors = new long[GC.MaxGeneration + 1];
    private static int s_collecting;
    private static bool s_advise = true;
    private static readonly long s_available = Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, 64L << 20);

    /// <summary>A block of the pool and where in it the user's bytes begin.</summary>
    internal readonly record struct Piece(nint Block, int Class, nint Address, bool Guarded);

    /// <summary>When the live bytes have grown by this much since the last collection (or by a quarter, if that is more), a collection is asked for.</summary>
    public static long Budget { get; set; } = 256L << 20;

    /// <summary>At most this many bytes wait for reuse.</summary>
    public static long Limit { get; set; } = Math.Clamp(s_available / 4, 256L << 20, 8L << 30);

    /// <summary>Debugging: new blocks get guard bytes on both sides, which are checked when they come back. A violation is counted, kept in <see cref="LastViolation"/>, and thrown by Release.</summary>
    public static bool Guard { get; set; }

    /// <summary>Debugging: fills blocks with 0xCD when they are handed out and when they come back.</summary>
    public static bool Poison { get; set; }

    public static long LiveBytes => Interlocked.Read(ref s_live);
    public static long PooledBytes => Interlocked.Read(ref s_pooled);
    public static long PeakBytes => Interlocked.Read(ref s_peak);
    public static long Hits => Interlocked.Read(ref s_hits);
    public static long Misses => Interlocked.Read(ref s_misses);

    /// <summary>How many collections the pool has asked for.</summary>
    public static long Collections => Interlocked.Read(ref s_collections);

    public static long Violations => Interlocked.Read(ref s_violations);
    public static string? LastViolation { get; private set; }

    /// <summary>The peak counts from the present on.</summary>
    public static void ResetPeak()
    {
        lock (s_lock) s_peak = s_live;
    }

    /// <summary>Gives waiting blocks back to the system until at most so many bytes wait.</summary>
    public static void Trim(long keepBytes = 0)
    {
        lock (s_lock) Evict(keepBytes);
    }

    internal static Piece Rent(long byteLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteLength);
        if (byteLength > s_available) throw NotEnough(byteLength);
        var guarded = Guard;
        var wanted = Math.Max(byteLength, 1) + (guarded ? 2 * GuardBytes : 0);
        var (index, capacity) = ClassOf(wanted);
        if (s_live - s_baseline + capacity > Math.Max(Budget, s_baseline / 4)) Collect(capacity);

        nint block = 0;
        lock (s_lock)
        {
            s_lastUse[index] = ++s_clock;
            if (s_free[index] is { Count: > 0 } stack)
            {
                block = stack.Pop();
                s_pooled -= capacity;
                s_hits++;
            }
            else s_misses++;
            s_live += capacity;
            if (s_live > s_peak) s_peak = s_live;
        }
        if (block == 0) block = Allocate(capacity, byteLength);

        var piece = new Piece(block, index, guarded ? block + GuardBytes : block, guarded);
        if (guarded)
        {
            new Span<byte>((void*)block, GuardBytes).Fill(GuardByte);
            Set((byte*)piece.Address + byteLength, capacity - GuardBytes - byteLength, GuardByte);
        }
        if (Poison) Set((byte*)piece.Address, byteLength, PoisonByte);
        return piece;
    }

    /// <summary>Takes a block back. Returns what is wrong with its guards, or null.</summary>
    internal static string? Return(Piece piece, long byteLength)
    {
        var capacity = CapacityOf(piece.Class);
        var violation = piece.Guarded ? Check(piece, byteLength, capacity) : null;
        if (Poison) Set((byte*)piece.Address, byteLength, PoisonByte);
        lock (s_lock)
        {
            s_live -= capacity;
            if (s_live < s_baseline) s_baseline = s_live;
            if (capacity <= Limit)
            {
                s_lastUse[piece.Class] = ++s_clock;
                if (s_pooled + capacity > Limit) Evict(Limit - capacity);
                (s_free[piece.Class] ??= new Stack<nint>()).Push(piece.Block);
                s_pooled += capacity;
                return violation;
            }
        }
        NativeMemory.AlignedFree((void*)piece.Block);
        return violation;
    }

    /// <summary>The class that holds so many bytes, and the bytes its blocks have. From 512 bytes on a doubling has eight steps; below, a class is a multiple of 64.</summary>
    private static (int Index, long Capacity) ClassOf(long bytes)
    {
        var units = (bytes + Alignment - 1) / Alignment;
        if (units <= StepsPerDoubling) return ((int)units, units * Alignment);
        var shift = BitOperations.Log2((ulong)(units - 1)) - 3;
        var step = ((units - 1) >> shift) + 1;   // 9 .. 16
        return ((shift * StepsPerDoubling) + (int)step, (step << shift) * Alignment);
    }

    internal static long CapacityOf(int index)
    {
        if (index <= 2 * StepsPerDoubling) return (long)index * Alignment;
        var shift = ((index - 1) / StepsPerDoubling) - 1;
        return ((long)(index - (shift * StepsPerDoubling)) << shift) * Alignment;
    }

    private static nint Allocate(long capacity, long asked)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if (capacity < HugeFrom || !OperatingSystem.IsLinux()) return (nint)NativeMemory.AlignedAlloc((nuint)capacity, Alignment);
                var block = (nint)NativeMemory.AlignedAlloc((nuint)capacity, HugePage);
                // Only advice: the first touch of huge pages is several times cheaper, and so are their translations.
                if (s_advise) s_advise = Advise(block, capacity);
                return block;
            }
            catch (OutOfMemoryException)
            {
                if (attempt > 0)
                {
                    lock (s_lock) s_live -= capacity;
                    throw NotEnough(asked);
                }
                Ask(GC.MaxGeneration);
                Trim();
            }
        }
    }

    private static bool Advise(nint block, long capacity)
    {
        const int HugePages = 14;   // MADV_HUGEPAGE
        try
        {
            _ = MAdvise(block, (nuint)(capacity & ~(HugePage - 1L)), HugePages);
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "madvise")]
    private static extern int MAdvise(nint address, nuint length, int advice);

    private static OutOfMemoryException NotEnough(long bytes) =>
        new($"DefaultCPUAllocator: not enough memory: you tried to allocate {bytes} bytes.");

    /// <summary>
    /// Looks for dead handles, in the youngest generation first. An older one follows if that did not free half of the growth, or if what survived young collections
    /// (the handle under construction does, each time) has added up to a quarter of the budget since the older one was last looked at.
    /// </summary>
    private static void Collect(long capacity)
    {
        // A single block past the budget is not growth that a collection could undo, unless something has grown before it.
        if (s_live == 0 || Interlocked.CompareExchange(ref s_collecting, 1, 0) != 0) return;
        try
        {
            var lowest = s_baseline;
            var goal = s_live - (Math.Max(s_live - lowest, capacity) / 2);
            for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            {
                s_floors[generation] = Math.Min(s_floors[generation], lowest);
                if (generation > 0 && s_live <= goal && s_live - s_floors[generation] <= Math.Max(Budget, lowest / 4) / 4) break;
                Ask(generation);
                s_floors[generation] = s_live;
            }
            lock (s_lock) s_baseline = s_live;
        }
        finally
        {
            Volatile.Write(ref s_collecting, 0);
        }
    }

    private static void Ask(int generation)
    {
        Interlocked.Increment(ref s_collections);
        GC.Collect(generation, GCCollectionMode.Forced, blocking: true);
        GC.WaitForPendingFinalizers();
    }

    /// <summary>Frees the classes unused for longest until at most so many bytes wait. The lock is held.</summary>
    private static void Evict(long keepBytes)
    {
        while (s_pooled > Math.Max(keepBytes, 0))
        {
            var oldest = -1;
            for (var i = 0; i < Classes; i++)
                if (s_free[i] is { Count: > 0 } && (oldest < 0 || s_lastUse[i] < s_lastUse[oldest])) oldest = i;
            if (oldest < 0) return;
            var stack = s_free[oldest]!;
            while (stack.Count > 0 && s_pooled > Math.Max(keepBytes, 0))
            {
                NativeMemory.AlignedFree((void*)stack.Pop());
                s_pooled -= CapacityOf(oldest);
            }
        }
    }

    private static string? Check(Piece piece, long byteLength, long capacity)
    {
        var start = (byte*)piece.Address;
        var before = FirstWrong((byte*)piece.Block, GuardBytes);
        var after = FirstWrong(start + byteLength, capacity - GuardBytes - byteLength);
        if (before < 0 && after < 0) return null;
        var text = before >= 0
            ? $"a buffer of {byteLength} bytes was written to {GuardBytes - before} bytes before its start"
            : $"a buffer of {byteLength} bytes was written to {after} bytes past its end";
        Interlocked.Increment(ref s_violations);
        LastViolation = text;
        return text;
    }

    private static long FirstWrong(byte* p, long n)
    {
        for (long i = 0; i < n; i++)
            if (p[i] != GuardByte) return i;
        return -1;
    }

    private static void Set(byte* p, long n, byte value) => NativeMemory.Fill(p, (nuint)n, value);
}
