namespace Torch.Kernels;

/// <summary>How a kernel complains of an index, in PyTorch's words.</summary>
internal enum IndexWords { Bounds, Self }

/// <summary>Checks of int64 indices. They come before any write, so that a fault leaves the target as it was.</summary>
internal static unsafe class Indices
{
    /// <summary>Throws for the first index, in row-major order, that is not in [0, size) or, with <paramref name="wrap"/>, in [-size, size).</summary>
    public static void Check(Block index, long size, int dim, bool wrap, IndexWords words)
    {
        if (index.Count == 0) return;
        var shape = (long[])index.Sizes.Clone();
        for (var d = 0; d < shape.Length; d++)
        {
            if (index.Strides[d] == 0) shape[d] = 1;
        }
        var walker = new Walker(shape, index.Strides);
        var step = (nint)walker.Step(0);
        var first = long.MaxValue;
        var low = wrap ? -size : 0;
        Chunks.Run(walker.Count, 1, (from, to) =>
        {
            var cursor = walker.At(from);
            while (from < to)
            {
                var run = (nint)Math.Min(to - from, cursor.Run);
                var p = (long*)index.Address + cursor[0];
                for (nint i = 0; i < run; i++)
                {
                    if (p[i * step] >= low && p[i * step] < size) continue;
                    Lower(ref first, from + i);
                    return;
                }
                from += run;
                cursor.Skip(run);
            }
        });
        if (first == long.MaxValue) return;
        throw new IndexOutOfRangeException(words == IndexWords.Self
            ? "index out of range in self"
            : $"index {((long*)index.Address)[walker.At(first)[0]]} is out of bounds for dimension {dim} with size {size}");
    }

    private static void Lower(ref long target, long value)
    {
        var seen = Volatile.Read(ref target);
        while (value < seen)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    /// <summary>A one-dimensional index seen with the shape of what it indexes along a dimension.</summary>
    public static Block Expand(Block index, int dim, long[] sizes)
    {
        var strides = new long[sizes.Length];
        var shape = (long[])sizes.Clone();
        if (sizes.Length > 0)
        {
            strides[dim] = index.Rank == 0 ? 0 : index.Strides[0];
            shape[dim] = index.Count;
        }
        return new Block(index.Address, index.Type, shape, strides);
    }
}
