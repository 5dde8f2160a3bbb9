using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Torch.Kernels;

/// <summary>
/// The reducing side of the tile interpreter. Work is cut into units: a tile of kept indices times a group of chunks of the reduced range (all of it if there are kept tiles enough).
/// In a unit the reduced elements stream by in order; each tile is split where lanes wrap and chunks end, so that tiles may have any length and the order is the one TileMachine promises.
/// Groups begin at multiples of a power of two of chunks, so their results are whole subtrees of the pairwise tree.
/// </summary>
public static unsafe partial class TileMachine
{
    private const int StackLevels = 56;

    private static void Reduce(TilePlan plan, Call call, bool threaded)
    {
        var chunks = (plan.ReducedCount + TilePlan.ChunkLength - 1) / TilePlan.ChunkLength;
        var tiles = plan.Kept.Tiles;
        var wanted = Workers.Count * 8L;
        if (!threaded || tiles >= wanted || chunks < 2)
        {
            if (!threaded) ReduceUnits(plan, call, 0, tiles, 1, Math.Max(chunks, 1), null);
            else ShareTiles(plan, call, Math.Min(tiles, wanted), Math.Max(chunks, 1));
            return;
        }
        // A group is a power of two of chunks: small enough to share, large enough to be worth a partial result.
        long group = 8;
        while (tiles * ((chunks + group - 1) / group) > 2 * wanted) group *= 2;
        ShareGroups(plan, call, (chunks + group - 1) / group, group);
    }

    private static void ShareTiles(TilePlan plan, Call call, long shares, long chunks)
    {
        var tiles = plan.Kept.Tiles;
        Workers.Run(shares, s => ReduceUnits(plan, call, (long)((Int128)tiles * s / shares), (long)((Int128)tiles * (s + 1) / shares), 1, chunks, null));
    }

    private static void ShareGroups(TilePlan plan, Call call, long groups, long groupChunks)
    {
        var tiles = plan.Kept.Tiles;
        var partialBytes = plan.FoldBytes * plan.Kept.TileLength;
        var partials = (byte*)NativeMemory.AlignedAlloc((nuint)(tiles * groups * partialBytes), 64);
        try
        {
            Workers.Run(tiles * groups, u => ReduceUnits(plan, call, u, u + 1, groups, groupChunks, partials));
            Finish(plan, call, groups, partials);
        }
        finally
        {
            NativeMemory.AlignedFree(partials);
        }
    }

    /// <summary>The accumulators of one fold: lanes of the running chunk, the value in hand, and the stack of finished subtrees.</summary>
    private readonly struct Accumulator(TilePlan.Combination fold, byte* lanes, byte* stack)
    {
        public readonly TilePlan.Combination Fold = fold;
        public readonly byte* Lanes = lanes;
        private readonly byte* _stack = stack;

        public void Reset(long elements)
        {
            fixed (byte* identity = Fold.Identity) StridedCopy.Line(Lanes, Fold.Size, identity, 0, elements, Fold.Size);
        }

        /// <summary>Folds the lanes to one value for each kept index.</summary>
        public void Halve(int lanes, long width)
        {
            for (var half = lanes / 2; half > 0; half /= 2) Fold.Combine(Lanes, Lanes, Lanes + (half * width * Fold.Size), null, (nint)(half * width));
        }

        /// <summary>Takes the value in hand as number <paramref name="index"/> of the pairwise tree.</summary>
        public void Push(long index, long width)
        {
            var level = 0;
            for (; (index >> level & 1) != 0; level++) Join(level, width);
            Buffer.MemoryCopy(Lanes, _stack + (level * width * Fold.Size), width * Fold.Size, width * Fold.Size);
        }

        /// <summary>Combines what the stack holds after so many values; the result is in hand.</summary>
        public void Collapse(long count, long width)
        {
            var level = BitOperations.TrailingZeroCount(count);
            Buffer.MemoryCopy(_stack + (level * width * Fold.Size), Lanes, width * Fold.Size, width * Fold.Size);
            for (level++; count >> level != 0; level++)
                if ((count >> level & 1) != 0) Join(level, width);
        }

        private void Join(int level, long width) => Fold.Combine(Lanes, _stack + (level * width * Fold.Size), Lanes, null, (nint)width);
    }

    private static int Lanes(long reducedCount) =>
        reducedCount >= TilePlan.LaneCount ? TilePlan.LaneCount : (int)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(reducedCount, 1));

    private static long AccumulatorBytes(TilePlan plan)
    {
        long bytes = 0;
        var width = plan.Kept.TileLength;
        foreach (var f in plan.Folds) bytes += f.Size * width * (Lanes(plan.ReducedCount) + Levels(plan)) + 128;
        return bytes;
    }

    private static int Levels(TilePlan plan) => plan.ReducedCount <= TilePlan.ChunkLength ? 1 : StackLevels;

    private static void Accumulators(TilePlan plan, byte* memory, Span<Accumulator> to)
    {
        var width = plan.Kept.TileLength;
        for (var i = 0; i < to.Length; i++)
        {
            var fold = plan.Folds[i];
            var lanesBytes = (((long)fold.Size * width * Lanes(plan.ReducedCount)) + 63) & ~63L;
            to[i] = new Accumulator(fold, memory, memory + lanesBytes);
            memory += lanesBytes + (((long)fold.Size * width * Levels(plan)) + 63 & ~63L);
        }
    }

    /// <summary>
    /// Runs units first .. end - 1, where a unit is kept tile unit / groups and chunk group unit % groups. Results go to the targets, or to the partials if there are any:
    /// unit by unit, fold by fold.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReduceUnits(TilePlan plan, Call call, long first, long end, long groups, long groupChunks, byte* partials)
    {
        var scratch = Scratch.Take(Frame.Bytes(plan) + AccumulatorBytes(plan));
        var frame = new Frame(plan, call, scratch.Pointer);
        var accumulators = new Accumulator[plan.Folds.Length];
        Accumulators(plan, frame.Rest, accumulators);
        var kept = new Walk(plan.Kept, frame.Offsets1, frame.Coordinates1);
        var (axis, lanes) = (plan.Across!, Lanes(plan.ReducedCount));
        var partialBytes = plan.FoldBytes * plan.Kept.TileLength;

        for (var unit = first; unit < end; unit++)
        {
            var (tile, group) = Math.DivRem(unit, groups);
            if (unit == first || groups > 1) kept.Seek(tile);
            else kept.Next();
            var rows = kept.RowsNow;
            var width = rows * plan.Kept.Period;
            var from = group * groupChunks * TilePlan.ChunkLength;
            var to = Math.Min(plan.ReducedCount, from + (groupChunks * TilePlan.ChunkLength));
            if (from < to) Stream(plan, frame, accumulators, axis, lanes, from, to, rows, width);
            else
            {
                foreach (var a in accumulators) a.Reset(width);
            }
            var partial = partials + (unit * partialBytes);
            for (var i = 0; i < accumulators.Length; i++)
            {
                var bytes = width * plan.Folds[i].Size;
                if (partials == null) frame.Store(i, accumulators[i].Lanes, rows, (int)width);
                else Buffer.MemoryCopy(accumulators[i].Lanes, partial, bytes, bytes);
                partial += plan.Kept.TileLength * plan.Folds[i].Size;
            }
        }
        scratch.Give();
    }

    /// <summary>Reduces elements from .. to - 1 (from is a multiple of the chunk length) of the kept indices at hand; the results are the first lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Stream(TilePlan plan, in Frame frame, Accumulator[] accumulators, TilePlan.Axis axis, int lanes, long from, long to, long keptRows, long width)
    {
        var walk = new Walk(axis, frame.Offsets0, frame.Coordinates0);
        foreach (ref readonly var a in accumulators.AsSpan()) a.Reset(lanes * width);
        if (plan.LaneByLane)
        {
            for (var (start, chunk) = (from, 0L); start < to; start += TilePlan.ChunkLength, chunk++)
            {
                var stop = Math.Min(to, start + TilePlan.ChunkLength);
                for (long lane = 0; lane < lanes; lane++)
                {
                    for (var row = start + lane; row < stop; row += lanes)
                    {
                        walk.Seek(row);
                        frame.Compute(1, keptRows, (int)width);
                        foreach (ref readonly var a in accumulators.AsSpan())
                        {
                            var accumulator = a.Lanes + (lane * width * a.Fold.Size);
                            a.Fold.Combine(accumulator, accumulator, frame.Place(a.Fold.Place), null, (nint)width);
                        }
                    }
                }
                EndChunk(accumulators, lanes, chunk, stop == to, width);
            }
            return;
        }

        // The tile that holds the first element; what lies before it belongs to another unit.
        var (outer, within) = Math.DivRem(from, axis.OuterLength);
        var at = (outer * axis.OuterLength) + (within / axis.TileLength * axis.TileLength);
        walk.Seek((outer * axis.TilesPerOuter) + (within / axis.TileLength));
        var position = from;
        for (; ; walk.Next())
        {
            var rows = walk.RowsNow;
            var length = rows * axis.Period;
            frame.Compute(rows, keptRows, (int)(length * width));
            var tileEnd = Math.Min(at + length, to);
            while (position < tileEnd)
            {
                var chunk = position / TilePlan.ChunkLength;
                var stop = Math.Min(tileEnd, (chunk + 1) * TilePlan.ChunkLength);
                foreach (ref readonly var a in accumulators.AsSpan()) Accumulate(a, frame.Place(a.Fold.Place), lanes, position, stop, at, width);
                position = stop;
                if (position % TilePlan.ChunkLength == 0 || position == to) EndChunk(accumulators, lanes, chunk - (from / TilePlan.ChunkLength), position == to, width);
            }
            at += length;
            if (position >= to) return;
        }
    }

    /// <summary>Folds the lanes of a chunk and takes the result into the pairwise tree; after the last one the whole tree is in hand.</summary>
    private static void EndChunk(Accumulator[] accumulators, int lanes, long chunk, bool last, long width)
    {
        foreach (ref readonly var a in accumulators.AsSpan())
        {
            a.Halve(lanes, width);
            if (chunk > 0 || !last) a.Push(chunk, width);
            if (!last) a.Reset(lanes * width);
            else if (chunk > 0) a.Collapse(chunk + 1, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate(in Accumulator a, byte* tile, int lanes, long position, long stop, long tileStart, long width)
    {
        var (combine, row) = (a.Fold.Combine, width * a.Fold.Size);
        while (position < stop)
        {
            var lane = position & (lanes - 1);
            var n = Math.Min(lanes - lane, stop - position);
            var accumulator = a.Lanes + (lane * row);
            combine(accumulator, accumulator, tile + ((position - tileStart) * row), null, (nint)(n * width));
            position += n;
        }
    }

    /// <summary>Combines the partial results of the groups and writes the targets.</summary>
    private static void Finish(TilePlan plan, Call call, long groups, byte* partials)
    {
        var scratch = Scratch.Take(Frame.Bytes(plan) + AccumulatorBytes(plan));
        var frame = new Frame(plan, call, scratch.Pointer);
        var accumulators = new Accumulator[plan.Folds.Length];
        Accumulators(plan, frame.Rest, accumulators);
        var kept = new Walk(plan.Kept, frame.Offsets1, frame.Coordinates1);
        kept.Seek(0);
        var partial = partials;
        for (long tile = 0; ; kept.Next())
        {
            var rows = kept.RowsNow;
            var width = rows * plan.Kept.Period;
            for (long g = 0; g < groups; g++)
            {
                for (var i = 0; i < accumulators.Length; i++)
                {
                    var bytes = width * plan.Folds[i].Size;
                    Buffer.MemoryCopy(partial, accumulators[i].Lanes, bytes, bytes);
                    accumulators[i].Push(g, width);
                    partial += plan.Kept.TileLength * plan.Folds[i].Size;
                }
            }
            for (var i = 0; i < accumulators.Length; i++)
            {
                accumulators[i].Collapse(groups, width);
                frame.Store(i, accumulators[i].Lanes, rows, (int)width);
            }
            if (++tile >= plan.Kept.Tiles) break;
        }
        scratch.Give();
    }
}
