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

    /// <summary>Refuses a number that a dtype cannot hold, as PyTorch does where it converts one (a cast of tensors wraps instead).</summary>
    internal static void Check(Scalar number, DType to, bool ofData = false)
    {
        if (Fits(number, to)) return;
        throw new TorchException($"value cannot be converted to type {(ofData ? to.Name : CName(to))} without overflow");
    }

    private static bool Fits(Scalar number, DType to)
    {
        if (to.IsComplex || to.Equals(DType.Bool)) return true;
        if (number.IsComplex && number.AsComplex().Imaginary != 0) return false;
        var r = number.AsDouble();
        if (to.IsFloat)
        {
            if (!double.IsFinite(r) || !number.IsReal) return true;
            return Math.Abs(r) <= (to.Equals(DType.Float32) ? float.MaxValue : double.MaxValue);
        }
        if (!to.IsInteger) return true;
        var unsigned = to.Equals(DType.UInt8) || to.Equals(DType.UInt16) || to.Equals(DType.UInt32) || to.Equals(DType.UInt64);
        var bits = 8 * to.Size - (unsigned ? 0 : 1);
        var limit = Math.ScaleB(1.0, bits);
        if (number.IsReal) return !double.IsNaN(r) && r < limit && r >= (unsigned ? 0 : -limit);
        // A negative whole number wraps to an unsigned type, within its width.
        Int128 i = number.AsLong();
        return i < (Int128)1 << bits && i >= -((Int128)1 << bits);
    }

    private static string CName(DType d) =>
        d.Equals(DType.UInt8) ? "uint8_t" : d.Equals(DType.Int8) ? "int8_t" : d.Equals(DType.Int16) ? "int16_t" : d.Equals(DType.Int32) ? "int" : d.Equals(DType.Int64) ? "int64_t"
        : d.Equals(DType.UInt16) ? "uint16_t" : d.Equals(DType.UInt32) ? "uint32_t" : d.Equals(DType.UInt64) ? "uint64_t" : d.Equals(DType.Float16) ? "c10::Half"
        : d.Equals(DType.BFloat16) ? "c10::BFloat16" : d.Equals(DType.Float32) ? "float" : d.Equals(DType.Float64) ? "double" : d.Name;
}

/// <summary>Names of dtypes in messages.</summary>
internal static class TypeNames
{
    /// <summary>The prefix of PyTorch's legacy tensor types: "Float" in torch.FloatTensor.</summary>
    internal static string Short(DType d) => d.ScalarName;
}
