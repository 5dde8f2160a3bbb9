using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Torch.Kernels;

/// <summary>
/// The tile interpreter: runs any <see cref="TileProgram"/> at once, without code generation, with the bits that emitted code has.
/// <para>Method. Registers are tiles in a scratch area that stays in the first cache. A load whose tile is contiguous is not copied: its register is the memory itself; likewise a
/// contiguous output is written by the step that makes it. Loads that do not change from tile to tile are kept. Everything else is gathered and scattered.
/// In place is legal: a store may share memory with a load at identical addresses; where a store would come before the load's last use, the load is copied.</para>
/// <para>Order of a reduction (part of the numerics contract; emitted code follows it too). It depends only on R, the number of elements reduced to one, numbered in row-major order.
/// (1) Chunks of 8192 consecutive elements. (2) In a chunk there are L lanes, L = 64, or the least power of two that is not below R if that is less. Lane l starts with the identity and
/// takes, one after the other, the elements whose number is l modulo L: lane = combine(lane, x). (3) Lanes fold by halves: for H = L/2, L/4, .. 1, lane l = combine(lane l, lane l + H) for l below H;
/// lane 0 is the chunk's result. (4) Chunks combine pairwise: n results are split at the largest power of two below n, and left = combine(left, right).
/// A value passes through at most 128 + 6 + log2(R / 8192) roundings, so the relative error of a sum of like signs is below (134 + log2 R) half ulps and typically a thousandth of that bound.
/// An empty range gives the identity.</para>
/// </summary>
public static unsafe partial class TileMachine
{
    private const int ScalarBytes = 16;

    /// <summary>Works out how a program runs, once; <see cref="Run"/> does it when nobody has before. A program may be prepared and run by several threads at once.</summary>
    public static void Prepare(TileProgram program) => TilePlan.Of(program);

    /// <summary>Runs a program over memory. Each scalar slot has 16 bytes. The caller keeps the buffers alive.</summary>
    public static void Run(TileProgram program, nint[] buffers, byte[] scalarSlots)
    {
        var plan = TilePlan.Of(program);
        if (plan.Empty) return;
        var lines = plan.Lines;
        var starts = stackalloc nint[lines.Length];
        for (var i = 0; i < lines.Length; i++) starts[i] = (nint)lines[i].Start + (lines[i].Buffer < 0 ? 0 : buffers[lines[i].Buffer]);
        var copied = stackalloc bool[plan.Loads + 1];
        foreach (var (l, s) in plan.Hazards)
        {
            var (load, store) = (lines[l], lines[s]);
            copied[l] |= starts[l] + load.Low < starts[s] + store.High + store.Size && starts[s] + store.Low < starts[l] + load.High + load.Size;
        }
        fixed (byte* scalars = scalarSlots)
        {
            var call = new Call(starts, copied, scalars);
            var threaded = plan.Work >= Workers.MinimumWork && Workers.Worth((long)Math.Min(plan.Work, long.MaxValue / 2));
            if (plan.IsReduction) Reduce(plan, call, threaded);
            else if (threaded) Share(plan, call);
            else Pointwise(plan, call, 0, plan.Kept.Tiles * (plan.Across?.Tiles ?? 1));
        }
    }

    /// <summary>What differs from run to run: where each line starts, which loads must be copied first, the scalars.</summary>
    private readonly struct Call(nint* starts, bool* copied, byte* scalars)
    {
        public readonly nint* Starts = starts;
        public readonly bool* Copied = copied;
        public readonly byte* Scalars = scalars;
    }

    private static void Share(TilePlan plan, Call call)
    {
        var tiles = plan.Kept.Tiles * (plan.Across?.Tiles ?? 1);
        var chunks = Math.Min(tiles, Workers.Count * 8L);
        Workers.Run(chunks, c => Pointwise(plan, call, (long)((Int128)tiles * c / chunks), (long)((Int128)tiles * (c + 1) / chunks)));
    }

    /// <summary>Runs tiles first .. end - 1; where tiles are squares of two axes, the kept one turns faster.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pointwise(TilePlan plan, Call call, long first, long end)
    {
        var scratch = Scratch.Take(Frame.Bytes(plan));
        var frame = new Frame(plan, call, scratch.Pointer);
        var kept = new Walk(plan.Kept, frame.Offsets1, frame.Coordinates1);
        if (plan.Across is not { } across)
        {
            kept.Seek(first);
            for (var tile = first; ;)
            {
                var rows = kept.RowsNow;
                var count = (int)(rows * plan.Kept.Period);
                frame.Compute(0, rows, count);
                frame.Store(0, rows, count);
                if (++tile >= end) break;
                kept.Next();
            }
        }
        else
        {
            var (tile0, tile1) = Math.DivRem(first, plan.Kept.Tiles);
            var walk0 = new Walk(across, frame.Offsets0, frame.Coordinates0);
            walk0.Seek(tile0);
            kept.Seek(tile1);
            for (var tile = first; ;)
            {
                var (rows0, rows1) = (walk0.RowsNow, kept.RowsNow);
                var count = (int)(rows0 * across.Period * rows1 * plan.Kept.Period);
                frame.Compute(rows0, rows1, count);
                frame.Store(rows0, rows1, count);
                if (++tile >= end) break;
                if (++tile1 < plan.Kept.Tiles)
                {
                    kept.Next();
                    continue;
                }
                tile1 = 0;
                kept.Seek(0);
                walk0.Next();
            }
        }
        scratch.Give();
    }

    /// <summary>A position on an axis: which tile, and how far each line has moved from its start.</summary>
    private ref struct Walk(TilePlan.Axis axis, long* offsets, long* coordinates)
    {
        private long _tile;

        public readonly long RowsNow => Math.Min(axis.TileRows, axis.Rows - (_tile * axis.TileRows));

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Seek(long tile)
        {
            (var outer, _tile) = Math.DivRem(tile, axis.TilesPerOuter);
            var lines = axis.Lines;
            for (var i = 0; i < lines; i++) offsets[i] = _tile * axis.TileStrides[i];
            for (var d = axis.Outer.Length - 1; d >= 0; d--)
            {
                (outer, coordinates[d]) = Math.DivRem(outer, axis.Outer[d]);
                for (var i = 0; i < lines; i++) offsets[i] += coordinates[d] * axis.OuterStrides[(d * lines) + i];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Next()
        {
            var lines = axis.Lines;
            if (++_tile < axis.TilesPerOuter)
            {
                for (var i = 0; i < lines; i++) offsets[i] += axis.TileStrides[i];
                return;
            }
            if (--_tile > 0)
            {
                for (var i = 0; i < lines; i++) offsets[i] -= _tile * axis.TileStrides[i];
                _tile = 0;
            }
            for (var d = axis.Outer.Length - 1; d >= 0; d--)
            {
                var strides = axis.OuterStrides.AsSpan(d * lines, lines);
                if (++coordinates[d] < axis.Outer[d])
                {
                    for (var i = 0; i < strides.Length; i++) offsets[i] += strides[i];
                    return;
                }
                coordinates[d] = 0;
                for (var i = 0; i < strides.Length; i++) offsets[i] -= (axis.Outer[d] - 1) * strides[i];
            }
        }
    }

    /// <summary>The registers of one thread for one run, and the two things done with them.</summary>
    private readonly ref struct Frame
    {
        private readonly TilePlan _plan;
        private readonly Call _call;
        private readonly byte** _places;
        private readonly nint* _seen;
        private readonly long* _seenShape;

        /// <summary>How far each line has moved, along the axis across (0) and the kept one (1).</summary>
        public readonly long* Offsets0, Offsets1;
        public readonly long* Coordinates0, Coordinates1;

        /// <summary>The first byte of scratch memory behind the registers.</summary>
        public readonly byte* Rest;

        public static long Bytes(TilePlan plan) => (plan.SlotCount * SlotBytes(plan)) + HeadBytes(plan);

        private static long SlotBytes(TilePlan plan)
        {
            // A tile's worth of the widest elements; the extra lines keep registers from lying 4096 bytes apart.
            var bytes = ((plan.TileElements * 16L) + 63) & ~63L;
            return bytes >= 4096 ? bytes + 192 : bytes;
        }

        private static long HeadBytes(TilePlan plan) =>
            ((((plan.Slots.Length + (4L * plan.Lines.Length) + plan.Kept.Outer.Length + (plan.Across?.Outer.Length ?? 0)) * 8) + 63) & ~63L) + 64;

        public Frame(TilePlan plan, Call call, byte* memory)
        {
            _plan = plan;
            _call = call;
            var lines = plan.Lines.Length;
            _places = (byte**)memory;
            _seen = (nint*)(_places + plan.Slots.Length);
            _seenShape = (long*)(_seen + lines);
            Offsets0 = _seenShape + lines;
            Offsets1 = Offsets0 + lines;
            Coordinates0 = Offsets1 + lines;
            Coordinates1 = Coordinates0 + (plan.Across?.Outer.Length ?? 0);
            var registers = memory + HeadBytes(plan);
            var slotBytes = SlotBytes(plan);
            Rest = registers + (plan.SlotCount * slotBytes);
            _places[0] = null;
            for (var i = 1; i < plan.Slots.Length; i++) _places[i] = registers + (plan.Slots[i] * slotBytes);
            for (var i = 0; i < lines; i++)
            {
                _seenShape[i] = -1;
                Offsets0[i] = 0;
            }
            foreach (var c in plan.Constants) StridedCopy.Line(_places[c.Place], c.Size, call.Scalars + (c.Slot * ScalarBytes), 0, plan.TileElements, c.Size);
        }

        public byte* Place(int place) => _places[place];

        /// <summary>Fills the registers for a tile of so many rows of either axis, and runs the steps.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Compute(long rows0, long rows1, int count)
        {
            var lines = _plan.Lines;
            for (var i = 0; i < _plan.Inputs; i++)
            {
                var line = lines[i];
                var at = _call.Starts[i] + (nint)(Offsets0[i] + Offsets1[i]);
                if (line.Kind == TilePlan.Kind.Direct)
                {
                    if (!_call.Copied[i]) _places[line.Place] = (byte*)at;
                    else Buffer.MemoryCopy((byte*)at, _places[line.Place], (long)count * line.Size, (long)count * line.Size);
                    continue;
                }
                if (line.Kind == TilePlan.Kind.Uniform)
                {
                    if (_seen[i] == at && count <= _seenShape[i]) continue;
                    (_seen[i], _seenShape[i]) = (at, count);
                    if (line.Buffer < 0) new Span<long>(_places[line.Place], count).Fill(at);
                    else StridedCopy.Line(_places[line.Place], line.Size, (byte*)at, 0, count, line.Size);
                    continue;
                }
                var shape = (rows0 * 2048) + rows1;
                if (_seen[i] == at && shape == _seenShape[i]) continue;
                (_seen[i], _seenShape[i]) = (at, shape);
                if (line.Buffer < 0) Count((long*)_places[line.Place], at, line.Extents, rows0, rows1);
                else Move(_places[line.Place], (byte*)at, line, rows0, rows1, gather: true);
            }
            for (var i = _plan.Inputs; i < lines.Length; i++)
                if (_plan.Through[i]) _places[lines[i].Place] = (byte*)_call.Starts[i] + Offsets0[i] + Offsets1[i];
            foreach (ref readonly var s in _plan.Steps.AsSpan()) s.Function(_places[s.Result], _places[s.A], _places[s.B], _places[s.C], count);
        }

        /// <summary>Writes the outputs that no step has written.</summary>
        public void Store(long rows0, long rows1, int count)
        {
            for (var i = _plan.Inputs; i < _plan.Lines.Length; i++)
                if (!_plan.Through[i]) Store(i, _places[_plan.Lines[i].Place], rows0, rows1, count, Offsets0[i] + Offsets1[i]);
        }

        /// <summary>Writes one target of a fold for a tile of kept indices.</summary>
        public void Store(int fold, byte* from, long rows, int count) => Store(_plan.Inputs + fold, from, 0, rows, count, Offsets1[_plan.Inputs + fold]);

        private void Store(int i, byte* from, long rows0, long rows1, int count, long offset)
        {
            var line = _plan.Lines[i];
            var to = (byte*)_call.Starts[i] + offset;
            if (line.Kind == TilePlan.Kind.Direct) Buffer.MemoryCopy(from, to, (long)count * line.Size, (long)count * line.Size);
            else Move(to, from, line, rows0, rows1, gather: false);
        }
    }

    /// <summary>Between a register and strided memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Move(byte* to, byte* from, TilePlan.Line line, long rows0, long rows1, bool gather)
    {
        var extents = line.Extents;
        var rank = extents.Length;
        var size = line.Size;
        if (rank == 0)
        {
            StridedCopy.Line(to, size, from, size, 1, size);
            return;
        }
        var n = stackalloc long[rank];
        var packed = stackalloc long[rank];
        long step = size;
        for (var d = rank - 1; d >= 0; d--)
        {
            n[d] = Rows(extents[d], rows0, rows1);
            packed[d] = step;
            step *= n[d];
        }
        var inner = extents[rank - 1].Stride;
        if (rank == 1)
        {
            if (gather) StridedCopy.Line(to, size, from, inner, n[0], size);
            else StridedCopy.Line(to, inner, from, size, n[0], size);
            return;
        }
        var outer = extents[rank - 2].Stride;
        long planes = 1;
        for (var d = 0; d < rank - 2; d++) planes *= n[d];
        for (long p = 0; p < planes; p++)
        {
            long packedAt = 0, stridedAt = 0;
            var rest = p;
            for (var d = rank - 3; d >= 0; d--)
            {
                (rest, var i) = Math.DivRem(rest, n[d]);
                packedAt += i * packed[d];
                stridedAt += i * extents[d].Stride;
            }
            if (gather) StridedCopy.Plane(to + packedAt, packed[rank - 2], size, from + stridedAt, outer, inner, n[rank - 2], n[rank - 1], size);
            else StridedCopy.Plane(to + stridedAt, outer, inner, from + packedAt, packed[rank - 2], size, n[rank - 2], n[rank - 1], size);
        }
    }

    /// <summary>Fills a register with the values of an index.</summary>
    private static void Count(long* to, long start, TilePlan.Extent[] extents, long rows0, long rows1)
    {
        // The first value, then each dimension from the innermost on repeats what is there with its step added.
        *to = start;
        long done = 1;
        for (var d = extents.Length - 1; d >= 0; d--)
        {
            var n = Rows(extents[d], rows0, rows1);
            var step = extents[d].Stride;
            if (done == 1)
            {
                for (long i = 1; i < n; i++) to[i] = start + (i * step);
            }
            else
            {
                for (long i = 1; i < n; i++)
                    for (long j = 0; j < done; j++) to[(i * done) + j] = to[j] + (i * step);
            }
            done *= n;
        }
    }

    private static long Rows(TilePlan.Extent extent, long rows0, long rows1) => extent.Var switch
    {
        0 => extent.Factor * rows0,
        1 => extent.Factor * rows1,
        _ => extent.Factor,
    };

    /// <summary>Working memory that a thread keeps between runs.</summary>
    private sealed class Scratch
    {
        [ThreadStatic] private static Scratch? t_own;

        private long _bytes;

        public byte* Pointer { get; private set; }

        /// <summary>The thread's scratch memory, with at least so many bytes. A tile function that runs another program gets one of its own.</summary>
        public static Scratch Take(long bytes)
        {
            var own = t_own ?? new Scratch();
            t_own = null;
            if (own._bytes < bytes)
            {
                NativeMemory.AlignedFree(own.Pointer);
                own.Pointer = null;
                own._bytes = 0;
                own.Pointer = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
                own._bytes = bytes;
            }
            return own;
        }

        public void Give() => t_own = this;

        ~Scratch() => NativeMemory.AlignedFree(Pointer);
    }
}
