namespace Torch;

// Elements picked and placed by index tensors and masks.
public static partial class torch
{
    public partial class Tensor
    {
        // ---- Along a dimension, by an index of the result's shape

        /// <summary>torch.gather: result[i][j] = self[index[i][j]][j] along dimension 0, and so on.</summary>
        public Tensor gather(long dim, Tensor index) => Autograd.Record("GatherBackward0", Gather.gather(Expr, dim, index.Expr), this);
        public Tensor gather(long dim, Tensor index, bool sparse_grad) => gather(dim, index);

        /// <summary>torch.scatter: self with the elements at the indices replaced by those of a tensor or a number.</summary>
        public Tensor scatter(long dim, Tensor index, Tensor src) => Autograd.Record("ScatterBackward0", Gather.scatter(Expr, dim, index.Expr, src.Expr), this, src);
        public Tensor scatter(long dim, Tensor index, Scalar value) => Autograd.Record("ScatterBackward1", Gather.scatter_value(Expr, dim, index.Expr, value.ToExpr()), this);
        public Tensor scatter(long dim, Tensor index, Tensor src, string reduce) => Autograd.Record("ScatterBackward2", Gather.scatter_combine(Expr, dim, index.Expr, src.Expr, reduce), this, src);
        public Tensor scatter(long dim, Tensor index, Scalar value, string reduce) => Autograd.Record("ScatterBackward3", Gather.scatter_combine(Expr, dim, index.Expr, value.ToExpr(), reduce), this);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Autograd.InPlace(this, "ScatterBackward0", Gather.scatter(Expr, dim, index.Expr, src.Expr), src);
        public Tensor scatter_(long dim, Tensor index, Scalar value) => Autograd.InPlace(this, "ScatterBackward1", Gather.scatter_value(Expr, dim, index.Expr, value.ToExpr()));
        public Tensor scatter_(long dim, Tensor index, Tensor src, string reduce) => Autograd.InPlace(this, "ScatterBackward2", Gather.scatter_combine(Expr, dim, index.Expr, src.Expr, reduce), src);
        public Tensor scatter_(long dim, Tensor index, Scalar value, string reduce) => Autograd.InPlace(this, "ScatterBackward3", Gather.scatter_combine(Expr, dim, index.Expr, value.ToExpr(), reduce));

        /// <summary>torch.scatter_add.</summary>
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Autograd.Record("ScatterAddBackward0", Gather.scatter_add(Expr, dim, index.Expr, src.Expr), this, src);
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Autograd.InPlace(this, "ScatterAddBackward0", Gather.scatter_add(Expr, dim, index.Expr, src.Expr), src);

        /// <summary>torch.scatter_reduce with "sum", "prod", "mean", "amax" or "amin".</summary>
        public Tensor scatter_reduce(long dim, Tensor index, Tensor src, string reduce, bool include_self = true) =>
            Autograd.Record("ScatterReduceBackward0", Gather.scatter_reduce(Expr, dim, index.Expr, src.Expr, reduce, include_self), this, src);
        public Tensor scatter_reduce_(long dim, Tensor index, Tensor src, string reduce, bool include_self = true) =>
            Autograd.InPlace(this, "ScatterReduceBackward0", Gather.scatter_reduce(Expr, dim, index.Expr, src.Expr, reduce, include_self), src);

        /// <summary>torch.take_along_dim.</summary>
        public Tensor take_along_dim(Tensor indices) => Autograd.Record("GatherBackward0", Gather.take_along_flat(Expr, indices.Expr), this);
        public Tensor take_along_dim(Tensor indices, long dim) => Autograd.Record("GatherBackward0", Gather.take_along_dim(Expr, indices.Expr, dim), this);
        public Tensor take_along_dim(IEnumerable<long> indices) => take_along_dim(torch.tensor(indices.ToArray()));
        public Tensor take_along_dim(IEnumerable<long> indices, long dim) => take_along_dim(torch.tensor(indices.ToArray()), dim);

        // ---- Whole slices, by a vector of indices

        /// <summary>torch.index_select.</summary>
        public Tensor index_select(long dim, Tensor index) => Autograd.Record("IndexSelectBackward0", Torch.Core.Ops.Indexing.index_select(Expr, dim, index.Expr), this);

        /// <summary>torch.index_add: alpha times the slices of a source are added.</summary>
        public Tensor index_add(long dim, Tensor index, Tensor source) => index_add(dim, index, source, 1);
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) => Autograd.Record("IndexAddBackward0", Gather.index_add(Expr, dim, index.Expr, source.Expr, alpha.ToExpr()), this, source);
        public Tensor index_add_(long dim, Tensor index, Tensor source) => index_add_(dim, index, source, 1);
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) => Autograd.InPlace(this, "IndexAddBackward0", Gather.index_add(Expr, dim, index.Expr, source.Expr, alpha.ToExpr()), source);

        /// <summary>torch.index_copy.</summary>
        public Tensor index_copy(long dim, Tensor index, Tensor source) => Autograd.Record("IndexCopyBackward0", Gather.index_copy(Expr, dim, index.Expr, source.Expr), this, source);
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Autograd.InPlace(this, "IndexCopyBackward0", Gather.index_copy(Expr, dim, index.Expr, source.Expr), source);

        /// <summary>torch.index_fill.</summary>
        public Tensor index_fill(long dim, Tensor index, Scalar value) => Autograd.Record("IndexFillBackward0", Gather.index_fill(Expr, dim, index.Expr, value.ToExpr()), this);
        public Tensor index_fill(long dim, Tensor index, Tensor value) => Autograd.Record("IndexFillBackward1", Gather.index_fill(Expr, dim, index.Expr, value.Expr), this, value);
        public Tensor index_fill_(long dim, Tensor index, Scalar value) => Autograd.InPlace(this, "IndexFillBackward0", Gather.index_fill(Expr, dim, index.Expr, value.ToExpr()));
        public Tensor index_fill_(long dim, Tensor index, Tensor value) => Autograd.InPlace(this, "IndexFillBackward1", Gather.index_fill(Expr, dim, index.Expr, value.Expr), value);

        /// <summary>torch.index_reduce with "prod", "mean", "amax" or "amin".</summary>
        public Tensor index_reduce(long dim, Tensor index, Tensor source, string reduce, bool include_self = true) =>
            Autograd.Record("IndexReduceBackward0", Gather.index_reduce(Expr, dim, index.Expr, source.Expr, reduce, include_self), this, source);
        public Tensor index_reduce_(long dim, Tensor index, Tensor source, string reduce, bool include_self = true) =>
            Autograd.InPlace(this, "IndexReduceBackward0", Gather.index_reduce(Expr, dim, index.Expr, source.Expr, reduce, include_self), source);

        // ---- Over the flattened tensor

        /// <summary>torch.take.</summary>
        public Tensor take(Tensor index) => Autograd.Record("TakeBackward0", Torch.Core.Ops.Indexing.take(Expr, index.Expr), this);

        /// <summary>torch.Tensor.put.</summary>
        public Tensor put(Tensor index, Tensor source, bool accumulate = false) => Autograd.Record("PutBackward0", Torch.Core.Ops.Indexing.put(Expr, index.Expr, source.Expr, accumulate), this, source);
        public Tensor put_(Tensor index, Tensor source, bool accumulate = false) => Autograd.InPlace(this, "PutBackward0", Torch.Core.Ops.Indexing.put(Expr, index.Expr, source.Expr, accumulate), source);

        // ---- Masks

        private static void CheckMask(string name, Tensor mask)
        {
            if (mask.dtype != ScalarType.Bool) throw new TorchException($"{name} only supports boolean masks, but got mask with dtype {mask.DType.Name}");
        }

        /// <summary>torch.masked_fill: a number, or a tensor without dimensions, where the mask holds.</summary>
        public Tensor masked_fill(Tensor mask, Scalar value) => Autograd.Record("MaskedFillBackward0", Filled(mask, value.ToExpr()), this);
        public Tensor masked_fill(Tensor mask, Tensor value) => Autograd.Record("MaskedFillBackward1", Filled(mask, Single(value)), this, value);
        public Tensor masked_fill_(Tensor mask, Scalar value) => Autograd.InPlace(this, "MaskedFillBackward0", Filled(mask, value.ToExpr()));
        public Tensor masked_fill_(Tensor mask, Tensor value) => Autograd.InPlace(this, "MaskedFillBackward1", Filled(mask, Single(value)), value);

        private static Expr Single(Tensor value) => value.Sizes.Length == 0
            ? value.Expr
            : throw new TorchException($"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.Sizes.Length} dimension(s).");

        private Expr Filled(Tensor mask, Expr value)
        {
            CheckMask("masked_fill", mask);
            return Arithmetic.where(mask.Expr, Build.cast(DType, value), Expr);
        }

        /// <summary>torch.masked_select: a vector of the elements where the mask holds. Its length depends on values, so the mask is computed.</summary>
        public Tensor masked_select(Tensor mask)
        {
            if (mask.dtype != ScalarType.Bool) throw new TorchException("masked_select: expected BoolTensor for mask");
            var common = Shape.broadcast2(Sizes, mask.Sizes);
            return expand(common)[mask.expand(common)];
        }

        /// <summary>torch.nonzero: a row of indices for each element that is not zero. Computes the tensor.</summary>
        public Tensor nonzero() => torch.NonZero(this);

        /// <summary>torch.argwhere.</summary>
        public Tensor argwhere() => nonzero();

        /// <summary>torch.where(condition, self, y).</summary>
        public Tensor where(Tensor condition, [PyTorchName("other")] Tensor y) => torch.where(condition, this, y);
    }

    internal static Tensor NonZero(Tensor input) => Autograd.Constant(Counted.nonzero(input.Expr));

    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);
    public static Tensor gather(Tensor input, long dim, Tensor index, bool sparse_grad = false) => input.gather(dim, index);
    public static Tensor scatter(Tensor input, long dim, Tensor index, Tensor src) => input.scatter(dim, index, src);
    public static Tensor scatter(Tensor input, long dim, Tensor index, Scalar value) => input.scatter(dim, index, value);
    public static Tensor scatter(Tensor input, long dim, Tensor index, Tensor src, string reduce) => input.scatter(dim, index, src, reduce);
    public static Tensor scatter(Tensor input, long dim, Tensor index, Scalar value, string reduce) => input.scatter(dim, index, value, reduce);
    public static Tensor scatter_(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_(dim, index, src);
    public static Tensor scatter_add(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_add(dim, index, src);
    public static Tensor scatter_add_(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_add_(dim, index, src);
    public static Tensor scatter_reduce(Tensor input, long dim, Tensor index, Tensor src, string reduce, bool include_self = true) => input.scatter_reduce(dim, index, src, reduce, include_self);
    public static Tensor take_along_dim(Tensor input, Tensor indices) => input.take_along_dim(indices);
    public static Tensor take_along_dim(Tensor input, Tensor indices, long dim) => input.take_along_dim(indices, dim);
    public static Tensor take_along_dim(Tensor input, IEnumerable<long> indices, long dim = 0) => input.take_along_dim(indices, dim);
    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);
    public static Tensor index_add(Tensor input, long dim, Tensor index, Tensor source) => input.index_add(dim, index, source);
    public static Tensor index_add(Tensor input, long dim, Tensor index, Tensor source, Scalar alpha) => input.index_add(dim, index, source, alpha);
    public static Tensor index_add_(Tensor input, long dim, Tensor index, Tensor source, Scalar alpha) => input.index_add_(dim, index, source, alpha);
    public static Tensor index_copy(Tensor input, long dim, Tensor index, Tensor source) => input.index_copy(dim, index, source);
    public static Tensor index_copy_(Tensor input, long dim, Tensor index, Tensor source) => input.index_copy_(dim, index, source);
    public static Tensor index_fill(Tensor input, long dim, Tensor index, Scalar value) => input.index_fill(dim, index, value);
    public static Tensor index_fill(Tensor input, long dim, Tensor index, Tensor value) => input.index_fill(dim, index, value);
    public static Tensor index_fill_(Tensor input, long dim, Tensor index, Scalar value) => input.index_fill_(dim, index, value);
    public static Tensor index_reduce(Tensor input, long dim, Tensor index, Tensor source, string reduce, bool include_self = true) => input.index_reduce(dim, index, source, reduce, include_self);
    public static Tensor take(Tensor input, Tensor index) => input.take(index);
    public static Tensor put(Tensor input, Tensor index, Tensor source, bool accumulate = false) => input.put(index, source, accumulate);
    public static Tensor masked_fill(Tensor input, Tensor mask, Scalar value) => input.masked_fill(mask, value);
    public static Tensor masked_fill(Tensor input, Tensor mask, Tensor value) => input.masked_fill(mask, value);
    public static Tensor masked_select(Tensor input, Tensor mask) => input.masked_select(mask);
    public static Tensor nonzero(Tensor input) => input.nonzero();

    /// <summary>torch.nonzero(as_tuple=True): one index vector for each dimension.</summary>
    public static Tensor[] nonzero_as_tuple(Tensor input) => [.. (input.Sizes.Length == 0 ? input.unsqueeze(0) : input).nonzero().unbind(1)];
    public static Tensor argwhere(Tensor input) => input.argwhere();

    /// <summary>torch.where: elements of x where the condition holds, of y elsewhere.</summary>
    public static Tensor where(Tensor condition, [PyTorchName("input")] Tensor x, [PyTorchName("other")] Tensor y) =>
        Autograd.Record("WhereBackward0", Arithmetic.where(Condition(condition), x.Expr, y.Expr), x, y);
    public static Tensor where(Tensor condition, [PyTorchName("input")] Tensor x, [PyTorchName("other")] Scalar y) =>
        Autograd.Record("WhereBackward0", Arithmetic.where(Condition(condition), x.Expr, y.ToExpr()), x);
    public static Tensor where(Tensor condition, [PyTorchName("input")] Scalar x, [PyTorchName("other")] Tensor y) =>
        Autograd.Record("WhereBackward0", Arithmetic.where(Condition(condition), x.ToExpr(), y.Expr), y);
    public static Tensor where(Tensor condition, [PyTorchName("input")] Scalar x, [PyTorchName("other")] Scalar y) =>
        Autograd.Record("WhereBackward0", Arithmetic.where(Condition(condition), x.ToExpr(), y.ToExpr()));
    public static Tensor[] where(Tensor condition) => nonzero_as_tuple(condition);

    private static Expr Condition(Tensor condition) => condition.dtype is ScalarType.Bool or ScalarType.Byte
        ? condition.Expr
        : throw new TorchException($"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.DType.ScalarName}");
}
