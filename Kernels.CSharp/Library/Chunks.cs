namespace Torch.Kernels;

// How library kernels divide their work: into independent chunks that any thread may take. Every result is computed by exactly one chunk in an
// order that does not depend on the division, so neither the number of threads nor that of chunks can change a bit.

internal static class Chunks
{
    /// <summary>Simple operations that make a chunk.</summary>
    private const long Grain = 1 << 15;

    private const int Most = 32;

    /// <summary>Covers [0, items) by calls body(from, to). <paramref name="cost"/> is a rough number of simple operations for one item.</summary>
    public static void Run(long items, long cost, Action<long, long> body)
    {
        if (items <= 0) return;
        var work = items * (double)Math.Max(1, cost);
        var count = work < Workers.MinimumWork ? 1 : (long)Math.Min(Math.Min(items, Most), work / Grain);
        if (count <= 1) body(0, items);
        else Workers.Run(count, i => body(items * i / count, items * (i + 1) / count));
    }
}
