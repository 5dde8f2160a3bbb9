namespace Torch;

public static partial class torch
{
    /// <summary>Limits of a floating type.</summary>
    public sealed class FInfo
    {
        public int bits { get; init; }
        public double eps { get; init; }
        public double max { get; init; }
        public double min { get; init; }
        public double tiny { get; init; }
        public double smallest_normal { get; init; }
        public double resolution { get; init; }
        public string dtype { get; init; } = "";

        public override string ToString() => FormattableString.Invariant($"finfo(resolution={resolution:g}, min={min:g}, max={max:g}, eps={eps:g}, smallest_normal={smallest_normal:g}, tiny={tiny:g}, dtype={dtype})");
    }

    /// <summary>Limits of an integer type.</summary>
    public sealed class IInfo
    {
        public int bits { get; init; }
        public long max { get; init; }
        public long min { get; init; }
        public string dtype { get; init; } = "";

        public override string ToString() => $"iinfo(min={min}, max={max}, dtype={dtype})";
    }

    public static FInfo finfo() => finfo(get_default_dtype());

    public static FInfo finfo([PyTorchName("type")] ScalarType dtype)
    {
        var d = dtype.ToDType();
        if (!d.IsDifferentiable) throw new TorchTypeException($"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{d}'");
        // Bits of the fraction, and the largest and smallest exponents; the largest fraction of float8_e4m3fn misses one step, which stands for NaN.
        var (fraction, top, bottom) = d.Real.Element switch
        {
            Kernels.ElementType.Float16 => (10, 15, -14),
            Kernels.ElementType.BFloat16 => (7, 127, -126),
            Kernels.ElementType.Float32 => (23, 127, -126),
            Kernels.ElementType.Float8E4M3FN => (3, 8, -6),
            Kernels.ElementType.Float8E5M2 => (2, 15, -14),
            Kernels.ElementType.Float8E4M3FNUZ => (3, 7, -7),
            Kernels.ElementType.Float8E5M2FNUZ => (2, 15, -15),
            _ => (52, 1023, -1022),
        };
        var eps = Math.ScaleB(1, -fraction);
        var largest = (2 - (d.Real.Equals(DType.Float8E4M3FN) ? 2 * eps : eps)) * Math.ScaleB(1, top);
        var tiny = Math.ScaleB(1, bottom);
        return new FInfo
        {
            bits = d.Real.Size * 8,
            eps = eps,
            max = largest,
            min = -largest,
            tiny = tiny,
            smallest_normal = tiny,
            resolution = Math.Pow(10, -Math.Floor(fraction * Math.Log10(2))),
            dtype = d.Real.Name,
        };
    }

    public static IInfo iinfo([PyTorchName("type")] ScalarType dtype)
    {
        var d = dtype.ToDType();
        if (d.IsDifferentiable || d.Equals(DType.Bool)) throw new TorchTypeException($"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{d}'");
        var unsigned = d.Equals(DType.UInt8) || d.Equals(DType.UInt16) || d.Equals(DType.UInt32) || d.Equals(DType.UInt64) || d.Equals(DType.QUInt8);
        var bits = d.Size * 8;
        return new IInfo
        {
            bits = bits,
            max = unsigned ? bits == 64 ? -1 : (1L << bits) - 1 : long.MaxValue >> (64 - bits),
            min = unsigned ? 0 : long.MinValue >> (64 - bits),
            dtype = d.Name,
        };
    }
}
