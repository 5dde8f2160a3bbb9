namespace Torch.Kernels;

/// <summary>
/// Strided raw memory, as library kernels take it: the address of the element with all indices zero, sizes, and strides in elements
/// (zero and negative strides are allowed for what is read). A block does not own its memory.
/// </summary>
public sealed class Block(nint address, ElementType type, long[] sizes, long[] strides)
{
    public nint Address { get; } = address;
    public ElementType Type { get; } = type;
    public long[] Sizes { get; } = sizes;
    public long[] Strides { get; } = strides;

    public int Rank => Sizes.Length;

    public unsafe byte* Pointer => (byte*)Address;

    /// <summary>The number of elements.</summary>
    public long Count
    {
        get
        {
            long n = 1;
            foreach (var s in Sizes) n *= s;
            return n;
        }
    }

    /// <summary>Whether the elements lie one after the other in row-major order.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (var d = Rank - 1; d >= 0; d--)
            {
                if (Sizes[d] != 1 && Strides[d] != expected) return Count == 0;
                expected *= Sizes[d];
            }
            return true;
        }
    }
}
