namespace Torch.Kernels;

// Walks over the positions of a shape, in row-major order, in several strided operands at once. Dimensions that continue each other in every
// operand are merged, so that the innermost run is as long as the strides allow.

internal sealed class Walker
{
    private readonly int rank;
    private readonly long[] sizes;
    private readonly long[][] strides;

    /// <summary>Positions of the shape.</summary>
    public long Count { get; }

    /// <summary>Length of the innermost dimension after merging.</summary>
    public long Inner => sizes[rank - 1];

    public Walker(ReadOnlySpan<long> shape, params long[][] operands)
    {
        sizes = new long[Math.Max(1, shape.Length)];
        strides = new long[operands.Length][];
        for (var k = 0; k < operands.Length; k++) strides[k] = new long[sizes.Length];
        Count = 1;
        for (var d = 0; d < shape.Length; d++)
        {
            Count *= shape[d];
            if (shape[d] == 1) continue;
            var merges = rank > 0;
            for (var k = 0; k < operands.Length && merges; k++) merges = strides[k][rank - 1] == operands[k][d] * shape[d];
            if (merges) sizes[rank - 1] *= shape[d];
            else sizes[rank++] = shape[d];
            for (var k = 0; k < operands.Length; k++) strides[k][rank - 1] = operands[k][d];
        }
        if (rank > 0) return;
        rank = 1;
        sizes[0] = 1;
    }

    /// <summary>The stride of an operand along the innermost dimension.</summary>
    public long Step(int operand) => strides[operand][rank - 1];

    /// <summary>A cursor at a position (below <see cref="Count"/>).</summary>
    public Cursor At(long position)
    {
        var cursor = new Cursor(this);
        cursor.Reset(position);
        return cursor;
    }

    /// <summary>All of a block's strides but that of one dimension.</summary>
    public static long[] Without(long[] values, int dim)
    {
        var result = new long[values.Length - 1];
        Array.Copy(values, result, dim);
        Array.Copy(values, dim + 1, result, dim, result.Length - dim);
        return result;
    }

    /// <summary>The strides with that of one dimension set to zero.</summary>
    public static long[] Still(long[] strides, int dim)
    {
        var result = (long[])strides.Clone();
        result[dim] = 0;
        return result;
    }

    /// <summary>Row-major strides of a shape.</summary>
    public static long[] Contiguous(ReadOnlySpan<long> sizes)
    {
        var strides = new long[sizes.Length];
        long next = 1;
        for (var d = sizes.Length - 1; d >= 0; d--)
        {
            strides[d] = next;
            next *= Math.Max(1, sizes[d]);
        }
        return strides;
    }

    internal sealed class Cursor(Walker walker)
    {
        private readonly long[] index = new long[walker.rank];
        private readonly long[] offsets = new long[walker.strides.Length];

        /// <summary>The offset, in elements, of the current position in an operand.</summary>
        public long this[int operand] => offsets[operand];

        /// <summary>Positions from here to the end of the innermost dimension: their offsets grow by <see cref="Step"/>.</summary>
        public long Run => walker.Inner - index[walker.rank - 1];

        public void Reset(long position)
        {
            Array.Clear(offsets);
            for (var d = walker.rank - 1; d >= 0; d--)
            {
                var size = walker.sizes[d];
                index[d] = d == 0 ? position : position % size;
                if (size > 0) position /= size;
                for (var k = 0; k < offsets.Length; k++) offsets[k] += index[d] * walker.strides[k][d];
            }
        }

        /// <summary>Goes on by a number of positions, at most <see cref="Run"/>.</summary>
        public void Skip(long count)
        {
            var d = walker.rank - 1;
            index[d] += count;
            for (var k = 0; k < offsets.Length; k++) offsets[k] += count * walker.strides[k][d];
            while (index[d] == walker.sizes[d] && d > 0)
            {
                for (var k = 0; k < offsets.Length; k++) offsets[k] += walker.strides[k][d - 1] - index[d] * walker.strides[k][d];
                index[d] = 0;
                index[--d]++;
            }
        }
    }
}
