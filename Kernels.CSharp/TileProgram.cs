namespace Torch.Kernels;

/// <summary>
/// A loop nest in executable form, for the tile interpreter (<c>TileMachine</c>). The domain's sizes are outermost first; tiles run along the last
/// dimension. Registers are tiles of at most <see cref="TileLength"/> elements of 16 bytes at most. For each tile: constants, indices and loads fill
/// registers, steps compute, stores write; where <see cref="Folds"/> is not empty the kernel is a reduction and nothing is stored by the tile.
/// </summary>
public sealed class TileProgram
{
    public const int TileLength = 1024;

    /// <summary>Sizes of the iteration domain, at least one dimension.</summary>
    public required long[] Sizes { get; init; }

    public required int Registers { get; init; }
    public Constant[] Constants { get; init; } = [];
    public Index[] Indices { get; init; } = [];
    public Access[] Loads { get; init; } = [];
    public Step[] Steps { get; init; } = [];
    public Access[] Stores { get; init; } = [];

    /// <summary>For a reduction: which dimensions are reduced (empty otherwise). Either the reduced dimensions are the innermost ones (row form), or
    /// the last dimension is kept and the reduced ones lie between it and the other kept ones (column form).</summary>
    public bool[] Reduced { get; init; } = [];
    public Fold[] Folds { get; init; } = [];

    /// <summary>What the interpreter has worked out about this program (<c>TilePlan.Of</c>).</summary>
    internal volatile TilePlan? Plan;

    /// <summary>Memory seen from the domain: element (i0, i1, ..) lies at the buffer's address + Offset + sum of i_k Strides_k, all in bytes.</summary>
    public readonly record struct Access(int Register, int Buffer, ElementType Type, long Offset, long[] Strides);

    /// <summary>A register that holds one value throughout: the 16 bytes of a scalar slot hold it in the given type.</summary>
    public readonly record struct Constant(int Register, ElementType Type, int Slot);

    /// <summary>A register of Int64 that holds Start + Factor times the index along a dimension.</summary>
    public readonly record struct Index(int Register, int Dimension, long Start, long Factor);

    /// <summary>A computation over registers; unused operands are -1. The result's register is never one of the operands unless the element sizes agree.</summary>
    public readonly record struct Step(Tile Function, int Result, int A, int B, int C);

    /// <summary>
    /// A reduction of a register by an associative, commutative function (a binary tile function of <paramref name="Type"/>) that starts from
    /// <paramref name="Identity"/>. <paramref name="Target"/> is where the result of each kept index goes: its strides are zero along reduced dimensions.
    /// The order of combination depends on the domain's sizes and <see cref="Reduced"/> alone, so that neither threads nor layouts change a bit.
    /// </summary>
    public readonly record struct Fold(Tile Combine, ElementType Type, byte[] Identity, Access Target);
}
