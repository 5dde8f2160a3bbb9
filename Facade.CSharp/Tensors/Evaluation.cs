using Torch.Kernels;

namespace Torch;

/// <summary>
/// When values are computed: when one is asked for, when a pending graph has grown deep, and when memory grows while tensors are pending: those keep alive what
/// they come from. An evaluation takes along the storages that were written to and share work with it, so that running statistics and the like do not pile up.
/// See the core's Runtime for how.
/// </summary>
internal static class Evaluation
{
    /// <summary>Pending graphs deeper than this are computed. Deep graphs cost memory for what they keep alive, and plans of their own.</summary>
    private const int DepthLimit = 1000;

    /// <summary>When the live bytes have grown by this much, storages that were written to and that nobody has read are computed. Above it new results are watched.</summary>
    private const long BytesLimit = 128L << 20;

    private static readonly Lock s_lock = new();
    // The live bytes when the sweep was last done, or the lowest since. A lost update does no harm.
    private static long s_liveBytes;
    // Pending results that were made while much memory was live, and those of them that have outlived a collection that the pool asked for. What outlives
    // another one is held by somebody who does not read it, and is computed.
    private static List<WeakReference<Cell>> s_watched = [], s_outlived = [];
    private static long s_collections;
    // Storages that were written to and are pending; weak, because nothing tells when a tensor dies.
    private static List<WeakReference<Cell>> s_changed = [];

    /// <summary>Computes values.</summary>
    internal static void Run(params ReadOnlySpan<Expr> roots)
    {
        var pending = new List<Expr>();
        foreach (var r in roots)
            if (!r.IsEvaluated) pending.Add(r);
        if (pending.Count == 0) return;
        var asked = pending.Count;
        if (s_changed.Count > 0)
        {
            var along = Runtime.sharing([.. pending], Pending());
            pending.AddRange(along);
        }
        try
        {
            Runtime.evaluate([.. pending]);
        }
        catch (DivideByZeroException e) when (!pending[..asked].TrueForAll(p => p.IsEvaluated))
        {
            // Whole numbers divided by zero: PyTorch's error, by its name in C++.
            throw new TorchException("ZeroDivisionError", e);
        }
        catch (Exception) when (pending[..asked].TrueForAll(e => e.IsEvaluated))
        {
            // A storage that was taken along has a fault. Whoever reads that one is told.
        }
    }

    /// <summary>Computes a value if what is pending below it has grown deep.</summary>
    internal static void Bound(Expr e)
    {
        if (e.Depth > DepthLimit) Run(e);
    }

    /// <summary>The same for the result of an operation. Where much memory is live it is remembered: handles do not tell when they die, so a collection has to.</summary>
    internal static void Bound(Tensor t)
    {
        Bound(t.Expr);
        if (MemoryPool.LiveBytes > BytesLimit && !t.Cell.IsEvaluated && !t.Cell.Device.IsMeta) Watch(t.Cell);
    }

    private static void Watch(Cell cell)
    {
        List<WeakReference<Cell>> held = [];
        lock (s_lock)
        {
            s_watched.Add(new WeakReference<Cell>(cell));
            var collections = MemoryPool.Collections;
            if (collections != s_collections)
            {
                s_collections = collections;
                (held, s_outlived, s_watched) = (s_outlived, s_watched.FindAll(IsPending), []);
            }
            else if (s_watched.Count == s_watched.Capacity) s_watched.RemoveAll(w => !IsPending(w));
        }
        // One after the other, the oldest first: each lets go of what it came from before the next one runs.
        foreach (var weak in held)
            if (weak.TryGetTarget(out var kept) && !kept.IsEvaluated) Settle(kept.Content);
    }

    private static bool IsPending(WeakReference<Cell> weak) => weak.TryGetTarget(out var cell) && !cell.IsEvaluated;

    /// <summary>Notes that a storage was written to.</summary>
    internal static void Changed(Cell cell)
    {
        if (cell.IsEvaluated) return;
        var content = cell.Content;
        if (content.Depth > DepthLimit)
        {
            Run(content);
            return;
        }
        if (cell.TryQueue())
            lock (s_lock) s_changed.Add(new WeakReference<Cell>(cell));
        var live = MemoryPool.LiveBytes;
        if (live < s_liveBytes) s_liveBytes = live;
        else if (live - s_liveBytes > BytesLimit) Sweep();
    }

    /// <summary>Computes all storages that were written to and are pending.</summary>
    private static void Sweep()
    {
        Settle(Pending());
        s_liveBytes = MemoryPool.LiveBytes;
    }

    /// <summary>Computes values that nobody has asked for.</summary>
    private static void Settle(params Expr[] values)
    {
        try
        {
            Runtime.evaluate(values);
        }
        catch (Exception)
        {
            // What is wrong with a value is told when it is read.
        }
    }

    /// <summary>The pending contents of the storages that were written to; those that are computed or dead leave the list.</summary>
    private static Expr[] Pending()
    {
        var contents = new List<Expr>();
        lock (s_lock)
        {
            var kept = new List<WeakReference<Cell>>(s_changed.Count);
            foreach (var weak in s_changed)
            {
                if (!weak.TryGetTarget(out var cell)) continue;
                if (cell.IsEvaluated) cell.Dequeue();
                else if (!cell.Device.IsMeta)
                {
                    contents.Add(cell.Content);
                    kept.Add(weak);
                }
            }
            s_changed = kept;
        }
        return [.. contents];
    }
}
