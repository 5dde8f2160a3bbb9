using CoreLosses = Torch.Core.Ops.Losses;

namespace Torch;

// torch.nn.functional: margins between classes. See https://pytorch.org/docs/stable/nn.functional.html#loss-functions.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>The mean over the wrong classes of max(0, margin - x[target] + x[i])^p, times the target's weight.</summary>
            public static Tensor multi_margin_loss(Tensor input, Tensor target, int p = 1, double margin = 1.0, Tensor? weight = null, Reduction reduction = Reduction.Mean)
            {
                if (p is not (1 or 2)) throw new TorchException("only p == 1 and p == 2 supported");
                var x = input.Expr;
                if (x.Rank is not (1 or 2) || (x.Rank == 2 && x.Sizes[1] == 0) || (x.Rank == 1 && x.Sizes[0] == 0))
                    throw new TorchException($"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {Shape.show(x.Sizes)}");
                var (batch, classes) = x.Rank == 2 ? (x.Sizes[0], x.Sizes[1]) : (1, x.Sizes[0]);
                if (target.Sizes.Length > 1 || target.Count != batch) throw new TorchException($"inconsistent target size, expected {batch} but got {Shape.show(target.Sizes)}");
                if (weight is not null && (weight.Sizes.Length != 1 || weight.Count != classes)) throw new TorchException($"inconsistent weight size, expected {classes} but got {Shape.show(weight.Sizes)}");
                var rows = Build.reshape([batch, classes], x);
                var t = Build.reshape([batch, 1], target.Expr);
                var at = Gather.gather(rows, 1, t);
                var z = Numeric.clamp_min(Arithmetic.add(Arithmetic.sub(Build.real(margin), at), rows), Build.@int(0));
                if (p == 2) z = Arithmetic.mul(z, z);
                if (weight is not null) z = Arithmetic.mul(z, Gather.gather(Build.expand([batch, classes], weight.Expr), 1, t));
                var wrong = Compare.ne(Build.index(classes, 0, 1), t);
                z = Arithmetic.where(wrong, z, Build.zerosLike(z));
                var loss = Arithmetic.div(Reductions.sum(z, [1], false, null), Build.@int(classes));
                if (target.Sizes.Length == 0) loss = Build.reshape([], loss);
                return Autograd.Record("MultiMarginLossBackward0", CoreLosses.reduced(loss, reduction.Name()), input, target, weight);
            }

            /// <summary>Over the targets of each sample (until the first -1) and the other classes, the mean of max(0, 1 - x[target] + x[i]).</summary>
            public static Tensor multi_label_margin_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
            {
                var x = input.Expr;
                if (x.Rank > 2 || (x.Rank > 0 && x.Sizes[^1] == 0)) throw new TorchException($"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {Shape.show(x.Sizes)}");
                if (!target.Sizes.AsSpan().SequenceEqual(x.Sizes)) throw new TorchException($"inconsistent target size: {Shape.show(target.Sizes)} for input of size: {Shape.show(x.Sizes)}");
                var (batch, classes) = x.Rank == 2 ? (x.Sizes[0], x.Sizes[1]) : (1, x.Count);
                var labels = Host.toArray<long>(target.Expr);
                var valid = new bool[labels.Length];
                var isTarget = new bool[labels.Length];
                for (long n = 0; n < batch; n++)
                    for (long k = 0; k < classes && labels[n * classes + k] >= 0; k++)
                    {
                        var label = labels[n * classes + k];
                        if (label >= classes) throw new TorchException("target out of range");
                        valid[n * classes + k] = isTarget[n * classes + label] = true;
                    }
                for (var i = 0; i < labels.Length; i++) labels[i] = Math.Max(labels[i], 0);
                var rows = Build.reshape([batch, classes], x);
                var index = Host.ofArray(DType.Int64, [batch, classes], labels);
                var chosen = Build.unsqueeze(2, Gather.gather(rows, 1, index));
                var z = Numeric.clamp_min(Arithmetic.add(Arithmetic.sub(Build.real(1), chosen), Build.unsqueeze(1, rows)), Build.@int(0));
                var counts = Logic.logical_and(Mask(valid, [batch, classes, 1]), Logic.logical_not(Mask(isTarget, [batch, 1, classes])));
                z = Arithmetic.where(counts, z, Build.zerosLike(z));
                var loss = Arithmetic.div(Reductions.sum(z, [1, 2], false, null), Build.@int(classes));
                if (x.Rank < 2) loss = Build.reshape([], loss);
                return Autograd.Record("MultilabelMarginLossBackward0", CoreLosses.reduced(loss, reduction.Name()), input, target);
            }

            private static Expr Mask(bool[] values, long[] sizes) => Host.ofArray(DType.Bool, sizes, Array.ConvertAll(values, v => v ? (byte)1 : (byte)0));
        }
    }
}
