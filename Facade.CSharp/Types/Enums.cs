namespace Torch;

/// <summary>How tensors lie in memory.</summary>
public enum memory_format
{
    [PyTorchName("contiguous_format")] contiguous_format,
    [PyTorchName("preserve_format")] preserve_format,
    [PyTorchName("channels_last")] channels_last,
    [PyTorchName("channels_last_3d")] channels_last_3d,
}

/// <summary>How tensors are stored.</summary>
public enum layout
{
    [PyTorchName("strided")] strided,
    [PyTorchName("sparse_coo")] sparse_coo,
    [PyTorchName("sparse_csr")] sparse_csr,
    [PyTorchName("sparse_csc")] sparse_csc,
    [PyTorchName("sparse_bsr")] sparse_bsr,
    [PyTorchName("sparse_bsc")] sparse_bsc,
}

public static partial class torch
{
    /// <summary>How a quotient is rounded to a whole number.</summary>
    public enum RoundingMode
    {
        None,
        [PyTorchName("trunc")] trunc,
        [PyTorchName("floor")] floor,
    }

    public const memory_format contiguous_format = memory_format.contiguous_format;
    public const memory_format preserve_format = memory_format.preserve_format;
    public const memory_format channels_last = memory_format.channels_last;
    public const memory_format channels_last_3d = memory_format.channels_last_3d;
    public const layout strided = layout.strided;
    public const layout sparse_coo = layout.sparse_coo;
    public const layout sparse_csr = layout.sparse_csr;
    public const layout sparse_csc = layout.sparse_csc;
    public const layout sparse_bsr = layout.sparse_bsr;
    public const layout sparse_bsc = layout.sparse_bsc;
}
