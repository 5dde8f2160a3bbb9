namespace Torch;

// Sorting, order statistics, searching; extrema with their indices.
public static partial class torch
{
    public partial class Tensor
    {
        private (Tensor, Tensor) Pair(string name, Expr[] both)
        {
            var tensors = Autograd.Record(name, both, this);
            return (tensors[0], tensors[1]);
        }

        /// <summary>torch.max along a dimension: the extrema and where they stand (the first of equals; NaN wins).</summary>
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Pair("MaxBackward0", Sorting.max_dim(Expr, dim, keepdim));

        /// <summary>torch.min along a dimension.</summary>
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Pair("MinBackward0", Sorting.min_dim(Expr, dim, keepdim));

        /// <summary>torch.argmax: the index of the first largest element, over the flattened tensor or along a dimension.</summary>
        public Tensor argmax() => Autograd.Constant(Sorting.argmax_all(Expr, false));
        public Tensor argmax(long dim, bool keepdim = false) => Autograd.Constant(Sorting.argmax(Expr, dim, keepdim));
        public Tensor argmax(long? dim, bool keepdim = false) => dim is { } d ? argmax(d, keepdim) : Autograd.Constant(Sorting.argmax_all(Expr, keepdim));

        /// <summary>torch.argmin.</summary>
        public Tensor argmin() => Autograd.Constant(Sorting.argmin_all(Expr, false));
        public Tensor argmin(long dim, bool keepdim = false) => Autograd.Constant(Sorting.argmin(Expr, dim, keepdim));
        public Tensor argmin(long? dim, bool keepdim = false) => dim is { } d ? argmin(d, keepdim) : Autograd.Constant(Sorting.argmin_all(Expr, keepdim));

        /// <summary>torch.sort. Always stable.</summary>
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) => Pair("SortBackward0", Sorting.sort(Expr, dim, descending));

        /// <summary>torch.argsort. Always stable.</summary>
        public Tensor argsort(long dim = -1, bool descending = false, bool stable = false) => Autograd.Constant(Sorting.argsort(Expr, dim, descending));

        /// <summary>torch.msort: sorted along the first dimension.</summary>
        public Tensor msort() => Sizes.Length == 0 ? clone() : sort(0).Values;

        /// <summary>torch.topk: the k largest (or smallest) elements along a dimension.</summary>
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) => Pair("TopkBackward0", Sorting.topk(Expr, k, dim, largest, sorted));

        /// <summary>torch.kthvalue: the k-th smallest element along a dimension, counted from one.</summary>
        public (Tensor values, Tensor indices) kthvalue(long k, long? dim = null, bool keepdim = false) => Pair("KthvalueBackward0", Sorting.kthvalue(Expr, k, dim ?? -1, keepdim));

        /// <summary>torch.median: the lower of the two middle elements; NaN wins.</summary>
        public Tensor median() => Autograd.Record("MedianBackward0", Sorting.median_all(Expr), this);
        public (Tensor values, Tensor indices) median(long dim, bool keepdim = false) => Pair("MedianBackward1", Sorting.median(Expr, dim, keepdim));

        /// <summary>torch.nanmedian: the median of what is not NaN.</summary>
        public Tensor nanmedian() => Autograd.Record("NanmedianBackward0", Sorting.nanmedian_all(Expr), this);
        public (Tensor values, Tensor indices) nanmedian(long dim, bool keepdim = false) => Pair("NanmedianBackward1", Sorting.nanmedian(Expr, dim, keepdim));

        /// <summary>torch.mode: the most frequent element along a dimension, the smallest of equals.</summary>
        public (Tensor values, Tensor indices) mode(long dim = -1, bool keepdim = false) => Pair("ModeBackward0", Sorting.mode(Expr, dim, keepdim));

        /// <summary>torch.bucketize: for each element the index of its bucket among sorted boundaries.</summary>
        public Tensor bucketize(Tensor boundaries, [PyTorchName("out_int32")] bool outInt32 = false, bool right = false) =>
            Autograd.Constant(Sorting.bucketize(Expr, boundaries.Expr, outInt32, right));
    }

    public static (Tensor values, Tensor indexes) max(Tensor input, long dim, bool keepdim = false) => input.max(dim, keepdim);
    public static (Tensor values, Tensor indexes) min(Tensor input, long dim, bool keepdim = false) => input.min(dim, keepdim);
    public static Tensor argmax(Tensor input) => input.argmax();
    public static Tensor argmax(Tensor input, long dim, bool keepdim = false) => input.argmax(dim, keepdim);
    public static Tensor argmax(Tensor input, long? dim, bool keepdim = false) => input.argmax(dim, keepdim);
    public static Tensor argmin(Tensor input) => input.argmin();
    public static Tensor argmin(Tensor input, long dim, bool keepdim = false) => input.argmin(dim, keepdim);
    public static Tensor argmin(Tensor input, long? dim, bool keepdim = false) => input.argmin(dim, keepdim);
    public static (Tensor Values, Tensor Indices) sort(Tensor input, long dim = -1, bool descending = false, bool stable = false) => input.sort(dim, descending, stable);
    public static Tensor argsort(Tensor input, long dim = -1, bool descending = false, bool stable = false) => input.argsort(dim, descending, stable);
    public static Tensor msort(Tensor input) => input.msort();
    public static (Tensor values, Tensor indexes) topk(Tensor input, int k, int dim = -1, bool largest = true, bool sorted = true) => input.topk(k, dim, largest, sorted);
    public static (Tensor values, Tensor indices) kthvalue(Tensor input, long k, long? dim = null, bool keepdim = false) => input.kthvalue(k, dim, keepdim);
    public static Tensor median(Tensor input) => input.median();
    public static (Tensor values, Tensor indices) median(Tensor input, long dim, bool keepdim = false) => input.median(dim, keepdim);
    public static Tensor nanmedian(Tensor input) => input.nanmedian();
    public static (Tensor values, Tensor indices) nanmedian(Tensor input, long dim, bool keepdim = false) => input.nanmedian(dim, keepdim);
    public static (Tensor values, Tensor indices) mode(Tensor input, long dim = -1, bool keepdim = false) => input.mode(dim, keepdim);
    public static Tensor bucketize(Tensor input, Tensor boundaries, [PyTorchName("out_int32")] bool outInt32 = false, bool right = false) => input.bucketize(boundaries, outInt32, right);
    public static Tensor bucketize([PyTorchName("input")] Scalar value, Tensor boundaries, [PyTorchName("out_int32")] bool outInt32 = false, bool right = false) =>
        Autograd.Constant(Sorting.bucketize(value.ToExpr(), boundaries.Expr, outInt32, right));

    /// <summary>torch.searchsorted: where values would have to stand in sorted sequences. <paramref name="side"/> is "left" or "right".</summary>
    public static Tensor searchsorted([PyTorchName("sorted_sequence")] Tensor sorted_sequence, [PyTorchName("input")] Tensor values, bool out_int32 = false, bool right = false, string? side = null, Tensor? sorter = null) =>
        Autograd.Constant(Sorting.searchsorted(sorted_sequence.Expr, values.Expr, RightOf(right, side), out_int32, sorter?.Expr!));
    public static Tensor searchsorted([PyTorchName("sorted_sequence")] Tensor sorted_sequence, [PyTorchName("input")] Scalar value, bool out_int32 = false, bool right = false, string? side = null, Tensor? sorter = null) =>
        Autograd.Constant(Sorting.searchsorted(sorted_sequence.Expr, value.ToExpr(), RightOf(right, side), out_int32, sorter?.Expr!));

    private static bool RightOf(bool right, string? side) => side switch
    {
        null => right,
        "right" => true,
        "left" when right => throw new TorchException("torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"),
        "left" => false,
        _ => throw new TorchException($"torch.searchsorted(): side can only be 'left' or 'right' but got {side}"),
    };
}
