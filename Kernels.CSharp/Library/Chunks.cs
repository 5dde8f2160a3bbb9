namespace Torch.Kernels;

// How library kernels divide their work: into independent chunks that any thread may take. Every result is computed by exactly one chunk in an
// order that does not depend on the division, so neither the number of threads nor that of chunks can change a bit.

internal static class Chunks
{
    /// <summary>Below this many operations a second thread does not pay.</summary>
    private const long Grain = 1 << 15;

    private const int Most = 32;

    /// <summary>Runs body(0) .. body(count - 1), in any order, on the threads there are.</summary>
    public static void Run(int count, Action<int> body)
    {
        for (var i = 0; i < count; i++) body(i);
    }

    /// <summary>Covers [0, items) by calls body(from, to). <paramref name="cost"/> is a rough number of operations for one item.</summary>
    public static void Run(long items, long cost, Action<long, long> body)
    {
        if (items <= 0) return;
        var wanted = Math.Min(Math.Min(items, Most), items * (double)Math.Max(1, cost) / Grain);
        var count = (int)wanted;
        if (count <= 1) body(0, items);
        else Run(count, i => body(items * i / count, items * (i + 1) / count));
    }
}
