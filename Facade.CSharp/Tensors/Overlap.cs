namespace Torch;

/// <summary>PyTorch's checks for writing where memory is shared.</summary>
internal static class Overlap
{
    /// <summary>Refuses to write to a tensor of which several elements are one.</summary>
    internal static void CheckInternal(Tensor t)
    {
        for (var d = 0; d < t.Sizes.Length; d++)
            if (t.Strides[d] == 0 && t.Sizes[d] > 1)
                throw new TorchException(
                    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. " +
                    "Please clone() the tensor before performing the operation.");
    }

    /// <summary>Refuses to write to a tensor while reading one that shares some of its memory and is not the same.</summary>
    internal static void CheckPartial(Tensor written, Tensor read)
    {
        if (!ReferenceEquals(written.Cell, read.Cell)) return;
        if (written.Count == 0 || read.Count == 0 || !Shape.isDense(written.Sizes, written.Strides) || !Shape.isDense(read.Sizes, read.Strides)) return;
        var (a, b) = (written.Offset * written.DType.Size, read.Offset * read.DType.Size);
        var (aEnd, bEnd) = (a + (written.Count * written.DType.Size), b + (read.Count * read.DType.Size));
        var same = a == b && aEnd == bEnd;
        if (same ? !written.Strides.AsSpan().SequenceEqual(read.Strides) : a < bEnd && b < aEnd)
            throw new TorchException(
                "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. " +
                "Please clone() the tensor before performing the operation.");
    }
}

/// <summary>Which dtypes may be written into which.</summary>
internal static class Casting
{
    /// <summary>torch.can_cast: never to a lower category.</summary>
    internal static bool CanCast(DType from, DType to) =>
        !(from.IsComplex && !to.IsComplex)
        && !(from.IsFloat && !(to.IsFloat || to.IsComplex))
        && !(!from.Equals(DType.Bool) && to.Equals(DType.Bool));
}

/// <summary>Names of dtypes in messages.</summary>
internal static class TypeNames
{
    /// <summary>The prefix of PyTorch's legacy tensor types: "Float" in torch.FloatTensor.</summary>
    internal static string Short(DType d) => d.ScalarName;
}
