namespace Torch.Kernels;

/// <summary>
/// One step over a tile: result[i] = f(a[i], b[i], c[i]) for i below count, all contiguous. Operands that the function does not have are
/// null. The result may be one of the operands (same address) when the element sizes are equal; it never overlaps them otherwise.
/// </summary>
public unsafe delegate void Tile(byte* result, byte* a, byte* b, byte* c, nint count);

/// <summary>
/// The machine side of a pointwise function: for each element type that it supports, a vectorised function over tiles.
/// The element type of an operator is that of its last operand (of <c>where</c>, whose first operand is Bool, that of the values).
/// Half types never arrive here: the compiler widens them to Float32 and rounds once for each node.
/// </summary>
public abstract class Operator(string name, int arity)
{
    /// <summary>The function's name, for printing and for plan keys.</summary>
    public string Name { get; } = name;

    /// <summary>The number of operands: 1, 2 or 3.</summary>
    public int Arity { get; } = arity;

    /// <summary>The function over tiles for operands of this type, or null where the function is not defined for it.</summary>
    public abstract Tile? For(ElementType type);

    /// <summary>The element type of the result for operands of this type: the same, but for comparisons (Bool), abs of complex numbers, and so on.</summary>
    public virtual ElementType Result(ElementType type) => type;
}
