using Sums = Torch.Core.Ops.Reductions;

namespace Torch;

// Reductions: sums, means, products, extrema, spreads, norms. Absent dimensions mean all of them.
public static partial class torch
{
    public partial class Tensor
    {
        private static DType? Kind(ScalarType? type) => type?.ToDType();

        // ---- Sums and products

        private Tensor Sum(long[] dims, bool keepdim, ScalarType? type) =>
            Autograd.Record(dims.Length == 0 ? "SumBackward0" : "SumBackward1", Sums.sum(Expr, dims, keepdim, Kind(type)), this);

        /// <summary>torch.sum. Integers and bool are summed as int64.</summary>
        public Tensor sum([PyTorchName("dtype")] ScalarType? type = null) => Sum([], false, type);
        /// <summary>Here because C# would take the number 0 for a dtype.</summary>
        public Tensor sum(int dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Sum([dim], keepdim, type);
        public Tensor sum(long dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Sum([dim], keepdim, type);
        public Tensor sum(long dim0, long dim1, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Sum([dim0, dim1], keepdim, type);
        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Sum([dim0, dim1, dim2], keepdim, type);
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Sum(dim.ToArray(), keepdim, type);
        public Tensor sum(long[] dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Sum(dim, keepdim, type);

        /// <summary>torch.nansum: the sum, NaN counting as zero.</summary>
        public Tensor nansum([PyTorchName("dim")] long[]? dims = null, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) =>
            Autograd.Record("NansumBackward0", Sums.nansum(Expr, dims ?? [], keepdim, Kind(type)), this);
        public Tensor nansum(long dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => nansum([dim], keepdim, type);

        private Tensor Mean(long[] dims, bool keepdim, ScalarType? type) =>
            Autograd.Record(dims.Length == 0 ? "MeanBackward0" : "MeanBackward1", Sums.mean(Expr, dims, keepdim, Kind(type)), this);

        /// <summary>torch.mean, of floating and complex tensors.</summary>
        public Tensor mean() => Mean([], false, null);
        public Tensor mean([PyTorchName("dtype")] ScalarType type) => Mean([], false, type);
        public Tensor mean([PyTorchName("dim")] long[] dimensions, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Mean(dimensions, keepdim, type);
        public Tensor mean(long dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Mean([dim], keepdim, type);

        /// <summary>torch.nanmean: the mean of what is not NaN.</summary>
        public Tensor nanmean([PyTorchName("dim")] long[]? dims = null, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) =>
            Autograd.Record("DivBackward0", Sums.nanmean(Expr, dims ?? [], keepdim, Kind(type)), this);
        public Tensor nanmean(long dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => nanmean([dim], keepdim, type);

        /// <summary>torch.prod.</summary>
        /// <summary>Here because C# would take the number 0 for a dtype.</summary>
        public Tensor prod(int dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => prod((long)dim, keepdim, type);
        public Tensor prod([PyTorchName("dtype")] ScalarType? type = null) =>
            Autograd.Record("ProdBackward0", Sums.prod(Expr, [], false, Kind(type)), this);
        public Tensor prod(long dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) =>
            Autograd.Record("ProdBackward1", Sums.prod(Expr, [dim], keepdim, Kind(type)), this);

        // ---- Extrema

        /// <summary>torch.amax: the gradient is shared evenly among equal extrema.</summary>
        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null
                ? Autograd.Record("AmaxBackward0", Sums.amax(Expr, dims, keepdim), this)
                : Autograd.Out("amax", Sums.amax(Expr, dims, keepdim), @out, this);
        public Tensor amax(params long[] dims) => amax(dims, false);
        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => amax(dims.ToArray(), keepdim, @out);
        public Tensor amax(long dim, bool keepdim) => amax([dim], keepdim);

        /// <summary>torch.amin: the gradient is shared evenly among equal extrema.</summary>
        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null
                ? Autograd.Record("AminBackward0", Sums.amin(Expr, dims, keepdim), this)
                : Autograd.Out("amin", Sums.amin(Expr, dims, keepdim), @out, this);
        public Tensor amin(params long[] dims) => amin(dims, false);
        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => amin(dims.ToArray(), keepdim, @out);
        public Tensor amin(long dim, bool keepdim) => amin([dim], keepdim);

        /// <summary>torch.aminmax: both extrema, of all elements or along a dimension.</summary>
        public (Tensor min, Tensor max) aminmax(long? dim = null, bool keepdim = false)
        {
            var both = Autograd.Record("AminmaxBackward0", Sums.aminmax(Expr, dim, keepdim), this);
            return (both[0], both[1]);
        }

        /// <summary>torch.max of all elements.</summary>
        public Tensor max() => Autograd.Record("MaxBackward1", Sums.max(Expr), this);

        /// <summary>torch.min of all elements.</summary>
        public Tensor min() => Autograd.Record("MinBackward1", Sums.min(Expr), this);

        // ---- Truth

        /// <summary>torch.any: whether an element is not zero.</summary>
        public Tensor any() => any([]);
        public Tensor any(long dim, bool keepdim = false) => any([dim], keepdim);
        public Tensor any([PyTorchName("dim")] long[] dims, bool keepdim = false) => Autograd.Record("AnyBackward0", Sums.any(Expr, dims, keepdim), this);

        /// <summary>torch.all: whether every element is not zero.</summary>
        public Tensor all() => all([]);
        public Tensor all(long dim, bool keepdim = false) => all([dim], keepdim);
        public Tensor all([PyTorchName("dim")] long[] dims, bool keepdim = false) => Autograd.Record("AllBackward0", Sums.all(Expr, dims, keepdim), this);

        /// <summary>torch.count_nonzero.</summary>
        public Tensor count_nonzero([PyTorchName("dim")] long[]? dims = null) => Autograd.Record("CountNonzeroBackward0", Sums.count_nonzero(Expr, dims ?? []), this);
        public Tensor count_nonzero(long dim) => count_nonzero([dim]);

        // ---- Spread: `unbiased` divides by n - 1, `correction` by n - correction.

        private Tensor Spread(bool root, long[] dims, double correction, bool keepdim, ScalarType? type)
        {
            var x = type is { } t ? to(t) : this;
            return root
                ? Autograd.Record("StdBackward0", Sums.std(x.Expr, dims, correction, keepdim), x)
                : Autograd.Record("VarBackward0", Sums.var(x.Expr, dims, correction, keepdim), x);
        }

        private (Tensor, Tensor) SpreadAndMean(bool root, long[] dims, double correction, bool keepdim, ScalarType? type)
        {
            var x = type is { } t ? to(t) : this;
            var both = root
                ? Autograd.Record("StdMeanBackward0", Sums.std_mean(x.Expr, dims, correction, keepdim), x)
                : Autograd.Record("VarMeanBackward0", Sums.var_mean(x.Expr, dims, correction, keepdim), x);
            return (both[0], both[1]);
        }

        private static double Correction(bool unbiased) => unbiased ? 1 : 0;

        /// <summary>torch.std.</summary>
        public Tensor std(bool unbiased = true) => Spread(true, [], Correction(unbiased), false, null);
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Spread(true, [dim], Correction(unbiased), keepdim, type);
        public Tensor std((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Spread(true, [dim.Item1, dim.Item2], Correction(unbiased), keepdim, type);
        public Tensor std((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Spread(true, [dim.Item1, dim.Item2, dim.Item3], Correction(unbiased), keepdim, type);
        public Tensor std([PyTorchName("dim")] long[] dimensions, bool unbiased = true, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Spread(true, dimensions, Correction(unbiased), keepdim, type);
        public Tensor std([PyTorchName("dim")] ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Spread(true, dimensions.ToArray(), Correction(unbiased), keepdim, type);
        public Tensor std([PyTorchName("dim")] long[]? dimensions, Scalar correction, bool keepdim = false) => Spread(true, dimensions ?? [], correction.ToDouble(), keepdim, null);

        /// <summary>torch.var.</summary>
        public Tensor var(bool unbiased = true) => Spread(false, [], Correction(unbiased), false, null);
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Spread(false, [dim], Correction(unbiased), keepdim, type);
        public Tensor var((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Spread(false, [dim.Item1, dim.Item2], Correction(unbiased), keepdim, type);
        public Tensor var((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Spread(false, [dim.Item1, dim.Item2, dim.Item3], Correction(unbiased), keepdim, type);
        public Tensor var([PyTorchName("dim")] long[] dimensions, bool unbiased = true, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Spread(false, dimensions, Correction(unbiased), keepdim, type);
        public Tensor var([PyTorchName("dim")] ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Spread(false, dimensions.ToArray(), Correction(unbiased), keepdim, type);
        public Tensor var([PyTorchName("dim")] long[]? dimensions, Scalar correction, bool keepdim = false) => Spread(false, dimensions ?? [], correction.ToDouble(), keepdim, null);

        /// <summary>torch.std_mean.</summary>
        public (Tensor std, Tensor mean) std_mean(bool unbiased = true) => SpreadAndMean(true, [], Correction(unbiased), false, null);
        public (Tensor std, Tensor mean) std_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => SpreadAndMean(true, [dim], Correction(unbiased), keepdim, type);
        public (Tensor std, Tensor mean) std_mean((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => SpreadAndMean(true, [dim.Item1, dim.Item2], Correction(unbiased), keepdim, type);
        public (Tensor std, Tensor mean) std_mean((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => SpreadAndMean(true, [dim.Item1, dim.Item2, dim.Item3], Correction(unbiased), keepdim, type);
        public (Tensor std, Tensor mean) std_mean([PyTorchName("dim")] long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => SpreadAndMean(true, dimensions, Correction(unbiased), keepdim, type);
        public (Tensor std, Tensor mean) std_mean([PyTorchName("dim")] ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => SpreadAndMean(true, dimensions.ToArray(), Correction(unbiased), keepdim, type);
        public (Tensor std, Tensor mean) std_mean([PyTorchName("dim")] long[]? dimensions, Scalar correction, bool keepdim = false) => SpreadAndMean(true, dimensions ?? [], correction.ToDouble(), keepdim, null);

        /// <summary>torch.var_mean.</summary>
        public (Tensor @var, Tensor mean) var_mean(bool unbiased = true) => SpreadAndMean(false, [], Correction(unbiased), false, null);
        public (Tensor @var, Tensor mean) var_mean(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => SpreadAndMean(false, [dim], Correction(unbiased), keepdim, type);
        public (Tensor @var, Tensor mean) var_mean((long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => SpreadAndMean(false, [dim.Item1, dim.Item2], Correction(unbiased), keepdim, type);
        public (Tensor @var, Tensor mean) var_mean((long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => SpreadAndMean(false, [dim.Item1, dim.Item2, dim.Item3], Correction(unbiased), keepdim, type);
        public (Tensor @var, Tensor mean) var_mean([PyTorchName("dim")] long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => SpreadAndMean(false, dimensions, Correction(unbiased), keepdim, type);
        public (Tensor @var, Tensor mean) var_mean([PyTorchName("dim")] ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => SpreadAndMean(false, dimensions.ToArray(), Correction(unbiased), keepdim, type);
        public (Tensor @var, Tensor mean) var_mean([PyTorchName("dim")] long[]? dimensions, Scalar correction, bool keepdim = false) => SpreadAndMean(false, dimensions ?? [], correction.ToDouble(), keepdim, null);

        // ---- Norms

        private Tensor Norm(double p, long[] dims, bool keepdim, ScalarType? type) =>
            Autograd.Record(dims.Length == 0 ? "NormBackward0" : "NormBackward1", Sums.norm(Expr, p, dims, keepdim, Kind(type)), this);

        /// <summary>torch.norm: the p-norm of all elements, or along dimensions.</summary>
        public Tensor norm(float p = 2.0f) => Norm(p, [], false, null);
        public Tensor norm(int dim, bool keepdim = false, float p = 2.0f) => Norm(p, [dim], keepdim, null);
        public Tensor norm(double p, [PyTorchName("dim")] long[] dims, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => Norm(p, dims, keepdim, type);

        /// <summary>torch.dist: the p-norm of a difference.</summary>
        public Tensor dist(Tensor other, float p = 2.0f) => Autograd.Record("DistBackward0", Sums.dist(Expr, other.Expr, p), this, other);

        /// <summary>torch.logsumexp.</summary>
        public Tensor logsumexp(long dim, bool keepdim = false) => logsumexp([dim], keepdim);
        public Tensor logsumexp([PyTorchName("dim")] long[] dims, bool keepdim = false) => Autograd.Record("LogsumexpBackward0", Sums.logsumexp(Expr, dims, keepdim), this);
    }

    public static Tensor sum(Tensor input, [PyTorchName("dtype")] ScalarType? type = null) => input.sum(type);
    public static Tensor sum(Tensor input, int dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.sum((long)dim, keepdim, type);
    public static Tensor sum(Tensor input, ReadOnlySpan<long> dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.sum(dim, keepdim, type);
    public static Tensor sum(Tensor input, long[] dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.sum(dim, keepdim, type);
    public static Tensor sum(Tensor input, long dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.sum(dim, keepdim, type);
    public static Tensor nansum(Tensor input, [PyTorchName("dim")] long[]? dims = null, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.nansum(dims, keepdim, type);
    public static Tensor nansum(Tensor input, long dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.nansum(dim, keepdim, type);
    public static Tensor mean(Tensor input) => input.mean();
    public static Tensor mean(Tensor input, [PyTorchName("dtype")] ScalarType type) => input.mean(type);
    public static Tensor mean(Tensor input, [PyTorchName("dim")] long[] dimensions, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.mean(dimensions, keepdim, type);
    public static Tensor mean(Tensor input, long dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.mean(dim, keepdim, type);
    public static Tensor nanmean(Tensor input, [PyTorchName("dim")] long[]? dims = null, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.nanmean(dims, keepdim, type);
    public static Tensor nanmean(Tensor input, long dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.nanmean(dim, keepdim, type);
    public static Tensor prod(Tensor input, [PyTorchName("dtype")] ScalarType? type = null) => input.prod(type);
    public static Tensor prod(Tensor input, int dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.prod((long)dim, keepdim, type);
    public static Tensor prod(Tensor input, long dim, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.prod(dim, keepdim, type);
    public static Tensor amax(Tensor input, [PyTorchName("dim")] long[] dims, bool keepdim = false, Tensor? @out = null) => input.amax(dims, keepdim, @out);
    public static Tensor amax(Tensor input, ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => input.amax(dims, keepdim, @out);
    public static Tensor amax(Tensor input) => input.amax([], false);
    public static Tensor amax(Tensor input, long dim, bool keepdim = false) => input.amax([dim], keepdim);
    public static Tensor amin(Tensor input, [PyTorchName("dim")] long[] dims, bool keepdim = false, Tensor? @out = null) => input.amin(dims, keepdim, @out);
    public static Tensor amin(Tensor input, ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => input.amin(dims, keepdim, @out);
    public static Tensor amin(Tensor input) => input.amin([], false);
    public static Tensor amin(Tensor input, long dim, bool keepdim = false) => input.amin([dim], keepdim);
    public static (Tensor min, Tensor max) aminmax(Tensor input, long? dim = null, bool keepdim = false) => input.aminmax(dim, keepdim);
    public static Tensor max(Tensor input) => input.max();
    public static Tensor min(Tensor input) => input.min();
    public static Tensor any(Tensor input) => input.any();
    public static Tensor any(Tensor input, long dim, bool keepdim = false) => input.any(dim, keepdim);
    public static Tensor any(Tensor input, [PyTorchName("dim")] long[] dims, bool keepdim = false) => input.any(dims, keepdim);
    public static Tensor all(Tensor input) => input.all();
    public static Tensor all(Tensor input, long dim, bool keepdim = false) => input.all(dim, keepdim);
    public static Tensor all(Tensor input, [PyTorchName("dim")] long[] dims, bool keepdim = false) => input.all(dims, keepdim);
    public static Tensor count_nonzero(Tensor input, [PyTorchName("dim")] long[]? dims = null) => input.count_nonzero(dims);
    public static Tensor count_nonzero(Tensor input, long dim) => input.count_nonzero(dim);
    public static Tensor std(Tensor input, bool unbiased = true) => input.std(unbiased);
    public static Tensor std(Tensor input, long dim, bool unbiased = true, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.std(dim, unbiased, keepdim, type);
    public static Tensor std(Tensor input, (long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.std(dim, unbiased, keepdim, type);
    public static Tensor std(Tensor input, (long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.std(dim, unbiased, keepdim, type);
    public static Tensor std(Tensor input, [PyTorchName("dim")] long[] dimensions, bool unbiased = true, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.std(dimensions, unbiased, keepdim, type);
    public static Tensor std(Tensor input, [PyTorchName("dim")] ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.std(dimensions, unbiased, keepdim, type);
    public static Tensor std(Tensor input, [PyTorchName("dim")] long[]? dimensions, Scalar correction, bool keepdim = false) => input.std(dimensions, correction, keepdim);
    public static Tensor var(Tensor input, bool unbiased = true) => input.var(unbiased);
    public static Tensor var(Tensor input, long dim, bool unbiased = true, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.var(dim, unbiased, keepdim, type);
    public static Tensor var(Tensor input, (long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.var(dim, unbiased, keepdim, type);
    public static Tensor var(Tensor input, (long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.var(dim, unbiased, keepdim, type);
    public static Tensor var(Tensor input, [PyTorchName("dim")] long[] dimensions, bool unbiased = true, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.var(dimensions, unbiased, keepdim, type);
    public static Tensor var(Tensor input, [PyTorchName("dim")] ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.var(dimensions, unbiased, keepdim, type);
    public static Tensor var(Tensor input, [PyTorchName("dim")] long[]? dimensions, Scalar correction, bool keepdim = false) => input.var(dimensions, correction, keepdim);
    public static (Tensor std, Tensor mean) std_mean(Tensor input, bool unbiased = true) => input.std_mean(unbiased);
    public static (Tensor std, Tensor mean) std_mean(Tensor input, long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.std_mean(dim, unbiased, keepdim, type);
    public static (Tensor std, Tensor mean) std_mean(Tensor input, (long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.std_mean(dim, unbiased, keepdim, type);
    public static (Tensor std, Tensor mean) std_mean(Tensor input, (long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.std_mean(dim, unbiased, keepdim, type);
    public static (Tensor std, Tensor mean) std_mean(Tensor input, [PyTorchName("dim")] long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.std_mean(dimensions, unbiased, keepdim, type);
    public static (Tensor std, Tensor mean) std_mean(Tensor input, [PyTorchName("dim")] ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.std_mean(dimensions, unbiased, keepdim, type);
    public static (Tensor std, Tensor mean) std_mean(Tensor input, [PyTorchName("dim")] long[]? dimensions, Scalar correction, bool keepdim = false) => input.std_mean(dimensions, correction, keepdim);
    public static (Tensor @var, Tensor mean) var_mean(Tensor input, bool unbiased = true) => input.var_mean(unbiased);
    public static (Tensor @var, Tensor mean) var_mean(Tensor input, long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.var_mean(dim, unbiased, keepdim, type);
    public static (Tensor @var, Tensor mean) var_mean(Tensor input, (long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.var_mean(dim, unbiased, keepdim, type);
    public static (Tensor @var, Tensor mean) var_mean(Tensor input, (long, long, long) dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.var_mean(dim, unbiased, keepdim, type);
    public static (Tensor @var, Tensor mean) var_mean(Tensor input, [PyTorchName("dim")] long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.var_mean(dimensions, unbiased, keepdim, type);
    public static (Tensor @var, Tensor mean) var_mean(Tensor input, [PyTorchName("dim")] ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => input.var_mean(dimensions, unbiased, keepdim, type);
    public static (Tensor @var, Tensor mean) var_mean(Tensor input, [PyTorchName("dim")] long[]? dimensions, Scalar correction, bool keepdim = false) => input.var_mean(dimensions, correction, keepdim);
    public static Tensor norm(Tensor input, float p = 2.0f) => input.norm(p);
    public static Tensor norm(Tensor input, double p, [PyTorchName("dim")] long[] dims, bool keepdim = false, [PyTorchName("dtype")] ScalarType? type = null) => input.norm(p, dims, keepdim, type);
    public static Tensor dist(Tensor input, Tensor other, float p = 2.0f) => input.dist(other, p);
    public static Tensor logsumexp(Tensor input, long dim, bool keepdim = false) => input.logsumexp(dim, keepdim);
    public static Tensor logsumexp(Tensor input, [PyTorchName("dim")] long[] dims, bool keepdim = false) => input.logsumexp(dims, keepdim);
}
