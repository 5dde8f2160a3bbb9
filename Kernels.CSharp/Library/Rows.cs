namespace Torch.Kernels;

// Kernels along the last dimension see a block as rows. A block of rank 0 is one row of one element. Blocks that hold one value for each row
// may have the last dimension (of size 1) or lack it.

internal sealed class Rows
{
    private readonly Walker walker;

    /// <summary>Rows of a shape, in the given blocks: their outer dimensions have the same sizes.</summary>
    public Rows(Block shape, params Block[] blocks)
    {
        var outer = Math.Max(0, shape.Rank - 1);
        walker = new Walker(shape.Sizes.AsSpan(0, outer), [shape.Strides[..outer], .. blocks.Select(b => b.Strides[..outer])]);
    }

    public long Count => walker.Count;

    /// <summary>The number of elements of a row.</summary>
    public static long Length(Block block) => block.Rank == 0 ? 1 : block.Sizes[^1];

    /// <summary>The stride between the elements of a row.</summary>
    public static nint Step(Block block) => block.Rank == 0 ? 1 : (nint)block.Strides[^1];

    /// <summary>Calls body with a cursor for every row: operand 0 is the shape, then come the blocks. <paramref name="cost"/> is that of one row.</summary>
    public void ForEach(long cost, Action<Walker.Cursor> body) => Chunks.Run(walker.Count, cost, (from, to) =>
    {
        var cursor = walker.At(from);
        for (; from < to; from++, cursor.Skip(1)) body(cursor);
    });
}
