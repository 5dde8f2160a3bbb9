namespace Torch;

// Tensors put together, repeated, turned, cut to triangles and diagonals.
public static partial class torch
{
    private static Expr[] Values(IEnumerable<Tensor> tensors) => [.. tensors.Select(t => t.Expr)];

    private static Tensor Join(string name, Func<Expr[], Expr> f, IEnumerable<Tensor> tensors)
    {
        var all = tensors.ToArray();
        return Autograd.Record(name, f(Values(all)), all);
    }

    /// <summary>torch.cat: tensors one after the other along a dimension.</summary>
    public static Tensor cat(Tensor[] tensors, long dim = 0) => Join("CatBackward0", e => Assemble.cat(e, dim), tensors);
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);
    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concatenate(IList<Tensor> tensors, [PyTorchName("dim")] long axis = 0) => cat(tensors, axis);

    /// <summary>torch.stack: tensors of one shape along a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Join("StackBackward0", e => Assemble.stack(e, dim), tensors);

    public static Tensor hstack(IEnumerable<Tensor> tensors) => Join("CatBackward0", Assemble.hstack, tensors);
    public static Tensor hstack(IList<Tensor> tensors) => hstack((IEnumerable<Tensor>)tensors);
    public static Tensor hstack(ReadOnlySpan<Tensor> tensors) => hstack(tensors.ToArray());
    public static Tensor hstack(params Tensor[] tensors) => hstack((IEnumerable<Tensor>)tensors);
    public static Tensor vstack(IList<Tensor> tensors) => Join("CatBackward0", Assemble.vstack, tensors);
    public static Tensor vstack(ReadOnlySpan<Tensor> tensors) => vstack(tensors.ToArray());
    public static Tensor vstack(Tensor[] tensors) => vstack((IList<Tensor>)tensors);
    public static Tensor row_stack(IList<Tensor> tensors) => vstack(tensors);
    public static Tensor row_stack(ReadOnlySpan<Tensor> tensors) => vstack(tensors);
    public static Tensor row_stack(params Tensor[] tensors) => vstack(tensors);
    public static Tensor dstack(IEnumerable<Tensor> tensors) => Join("CatBackward0", Assemble.dstack, tensors);
    public static Tensor dstack(IList<Tensor> tensors) => dstack((IEnumerable<Tensor>)tensors);
    public static Tensor dstack(ReadOnlySpan<Tensor> tensors) => dstack(tensors.ToArray());
    public static Tensor dstack(params Tensor[] tensors) => dstack((IEnumerable<Tensor>)tensors);
    public static Tensor column_stack(IList<Tensor> tensors) => Join("CatBackward0", Assemble.column_stack, tensors);
    public static Tensor column_stack(ReadOnlySpan<Tensor> tensors) => column_stack(tensors.ToArray());
    public static Tensor column_stack(params Tensor[] tensors) => column_stack((IList<Tensor>)tensors);

    /// <summary>torch.block_diag: matrices along a diagonal, zeros elsewhere.</summary>
    public static Tensor block_diag(params Tensor[] tensors) => Join("BlockDiagBackward0", Assemble.block_diag, tensors);

    /// <summary>torch.cartesian_prod: every combination of the vectors' elements, a row each.</summary>
    public static Tensor cartesian_prod(IList<Tensor> tensors) => Join(tensors.Count == 1 ? "ViewBackward0" : "StackBackward0", Assemble.cartesian_prod, tensors);
    public static Tensor cartesian_prod(ReadOnlySpan<Tensor> tensors) => cartesian_prod(tensors.ToArray());
    public static Tensor cartesian_prod(params Tensor[] tensors) => cartesian_prod((IList<Tensor>)tensors);

    public partial class Tensor
    {
        /// <summary>torch.Tensor.repeat: copies along each dimension.</summary>
        public Tensor repeat([PyTorchName("repeats")] params long[] sizes) => Autograd.Record("RepeatBackward0", Assemble.repeat(Expr, sizes), this);

        /// <summary>torch.tile: repeat, with missing leading dimensions counted as one.</summary>
        public Tensor tile([PyTorchName("dims")] params long[] reps) => Autograd.Record("RepeatBackward0", Assemble.tile(Expr, reps), this);

        /// <summary>torch.repeat_interleave: each element several times in a row. Over the flattened tensor without a dimension.</summary>
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) => dim is { } d
            ? Autograd.Record("IndexSelectBackward0", Assemble.repeat_interleave(Expr, repeats, d), this)
            : flatten().repeat_interleave(repeats, 0, output_size);

        /// <summary>Each element as often as its own count says. The result's size depends on values, so the counts are computed.</summary>
        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null)
        {
            var x = dim is null ? flatten() : this;
            var result = Autograd.Record("IndexSelectBackward0", Counted.repeat_interleave(x.Expr, repeats.Expr, dim ?? 0), x);
            if (output_size is { } wanted && wanted != result.Sizes[Shape.dim(result.Sizes.Length, dim ?? 0)]) throw new TorchException("allocated size does not match required size");
            return result;
        }

        /// <summary>torch.flip: dimensions reversed.</summary>
        public Tensor flip(params long[] dims) => Autograd.Record("FlipBackward0", Assemble.flip(Expr, dims), this);
        public Tensor fliplr() => Sizes.Length < 2 ? throw new TorchException("Input must be >= 2-d.") : flip(1);
        public Tensor flipud() => Sizes.Length < 1 ? throw new TorchException("Input must be >= 1-d.") : flip(0);

        /// <summary>torch.roll: elements shifted around; over the flattened tensor without dimensions.</summary>
        public Tensor roll(long[] shifts, long[] dims) => Autograd.Record("RollBackward0", Assemble.roll(Expr, shifts, dims), this);
        public Tensor roll(long[] shifts) => roll(shifts, Array.Empty<long>());
        public Tensor roll(long shifts, long? dims = null) => roll(new[] { shifts }, dims is { } d ? new[] { d } : []);
        public Tensor roll((long, long) shifts, (long, long) dims) => roll(new[] { shifts.Item1, shifts.Item2 }, new[] { dims.Item1, dims.Item2 });
        public Tensor roll((long, long, long) shifts, (long, long, long) dims) => roll(new[] { shifts.Item1, shifts.Item2, shifts.Item3 }, new[] { dims.Item1, dims.Item2, dims.Item3 });
        public Tensor roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) => roll(shifts.ToArray(), dims.ToArray());

        /// <summary>torch.rot90: quarter turns in the plane of two dimensions.</summary>
        public Tensor rot90(long k = 1, (long, long)? dims = null) => rot90(k, dims is { } d ? [d.Item1, d.Item2] : [0, 1]);
        public Tensor rot90(long k, long[] dims) => Autograd.Record("Rot90Backward0", Assemble.rot90(Expr, k, dims), this);

        /// <summary>torch.tril: what lies on and below a diagonal, zeros elsewhere.</summary>
        public Tensor tril(long diagonal = 0) => Autograd.Record("TrilBackward0", Assemble.tril(Expr, diagonal), this);
        public Tensor tril_(long diagonal = 0) => Autograd.InPlace(this, "TrilBackward0", Assemble.tril(Expr, diagonal));

        /// <summary>torch.triu: what lies on and above a diagonal, zeros elsewhere.</summary>
        public Tensor triu(long diagonal = 0) => Autograd.Record("TriuBackward0", Assemble.triu(Expr, diagonal), this);
        public Tensor triu_(long diagonal = 0) => Autograd.InPlace(this, "TriuBackward0", Assemble.triu(Expr, diagonal));

        /// <summary>torch.diag: a matrix with a vector on its diagonal, or the diagonal of a matrix.</summary>
        public Tensor diag(long diagonal = 0) => Autograd.Record(Sizes.Length == 1 ? "DiagEmbedBackward0" : "DiagonalBackward0", Assemble.diag(Expr, diagonal), this);
        public Tensor diagflat(long offset = 0) => Autograd.Record("DiagEmbedBackward0", Assemble.diagflat(Expr, offset), this);
        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) => Autograd.Record("DiagEmbedBackward0", Assemble.diag_embed(Expr, offset, dim1, dim2), this);

        /// <summary>torch.trace: the sum of a matrix's diagonal.</summary>
        public Tensor trace() => Sizes.Length != 2
            ? throw new TorchException($"trace: expected a matrix, but got tensor with dim {Sizes.Length}")
            : Autograd.Record("TraceBackward0", Torch.Core.Ops.Reductions.sum(Torch.Core.Ops.Views.diagonal(Expr, 0, 0, 1), [], false, null), this);

        /// <summary>torch.select_scatter: self with one index of a dimension replaced.</summary>
        public Tensor select_scatter(Tensor src, long dim, long index) => Autograd.Record("SelectScatterBackward0", Assemble.select_scatter(Expr, src.Expr, dim, index), this, src);

        /// <summary>torch.slice_scatter: self with a slice of a dimension replaced.</summary>
        public Tensor slice_scatter(Tensor src, long dim = 0, long? start = null, long? end = null, long step = 1) =>
            Autograd.Record("SliceScatterBackward0", Assemble.slice_scatter(Expr, src.Expr, dim, start ?? 0, end ?? long.MaxValue, step), this, src);

        /// <summary>torch.diagonal_scatter: self with a diagonal replaced.</summary>
        public Tensor diagonal_scatter(Tensor src, long offset = 0, long dim1 = 0, long dim2 = 1) =>
            Autograd.Record("DiagonalScatterBackward0", Assemble.diagonal_scatter(Expr, src.Expr, offset, dim1, dim2), this, src);
    }

    public static Tensor tile(Tensor input, long[] dims) => input.tile(dims);
    public static Tensor repeat_interleave(Tensor input, long repeats, long? dim = null, long? output_size = null) => input.repeat_interleave(repeats, dim, output_size);
    public static Tensor repeat_interleave(Tensor input, Tensor repeats, long? dim = null, long? output_size = null) => input.repeat_interleave(repeats, dim, output_size);
    public static Tensor flip(Tensor input, params long[] dims) => input.flip(dims);
    public static Tensor fliplr(Tensor input) => input.fliplr();
    public static Tensor flipud(Tensor input) => input.flipud();
    public static Tensor roll(Tensor input, long[] shifts, long[] dims) => input.roll(shifts, dims);
    public static Tensor roll(Tensor input, long[] shifts) => input.roll(shifts);
    public static Tensor roll(Tensor input, long shifts, long? dims = null) => input.roll(shifts, dims);
    public static Tensor roll(Tensor input, (long, long) shifts, (long, long) dims) => input.roll(shifts, dims);
    public static Tensor roll(Tensor input, (long, long, long) shifts, (long, long, long) dims) => input.roll(shifts, dims);
    public static Tensor roll(Tensor input, ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) => input.roll(shifts, dims);
    public static Tensor rot90(Tensor input, long k = 1, (long, long)? dims = null) => input.rot90(k, dims);
    public static Tensor rot90(Tensor input, long k, long[] dims) => input.rot90(k, dims);
    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);
    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);
    public static Tensor tril_(Tensor input, long diagonal = 0) => input.tril_(diagonal);
    public static Tensor triu_(Tensor input, long diagonal = 0) => input.triu_(diagonal);
    public static Tensor diag(Tensor input, long diagonal = 0) => input.diag(diagonal);
    public static Tensor diagflat(Tensor input, long offset = 0) => input.diagflat(offset);
    public static Tensor diag_embed(Tensor input, long offset = 0, long dim1 = -2, long dim2 = -1) => input.diag_embed(offset, dim1, dim2);
    public static Tensor trace(Tensor input) => input.trace();
    public static Tensor select_scatter(Tensor input, Tensor src, long dim, long index) => input.select_scatter(src, dim, index);
    public static Tensor slice_scatter(Tensor input, Tensor src, long dim = 0, long? start = null, long? end = null, long step = 1) => input.slice_scatter(src, dim, start, end, step);
    public static Tensor diagonal_scatter(Tensor input, Tensor src, long offset = 0, long dim1 = 0, long dim2 = 1) => input.diagonal_scatter(src, offset, dim1, dim2);
}
