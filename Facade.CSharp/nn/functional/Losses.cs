using CoreLosses = Torch.Core.Ops.Losses;

namespace Torch;

// torch.nn.functional: losses over elements and distances. See https://pytorch.org/docs/stable/nn.functional.html#loss-functions.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>
            /// The expression of a loss and the name of its node, which depends on the reduction where the last step of the loss is the reduction itself.
            /// </summary>
            private static Tensor Reduced(string name, Expr value, Reduction reduction, params ReadOnlySpan<Tensor?> inputs) =>
                Autograd.Record(reduction switch { Reduction.Mean => "MeanBackward0", Reduction.Sum => "SumBackward0", _ => name }, value, inputs);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Autograd.Record("MseLossBackward0", CoreLosses.mse_loss(input.Expr, target.Expr, reduction.Name()), input, target);

            /// <summary>Squared errors of which each counts with a weight; the mean is over the weights.</summary>
            public static Tensor mse_loss(Tensor input, Tensor target, Tensor weight, Reduction reduction = Reduction.Mean)
            {
                var loss = Arithmetic.mul(CoreLosses.mse_loss(input.Expr, target.Expr, "none"), weight.Expr);
                return Weighted(loss, reduction, weight, input, target);
            }

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Reduced("AbsBackward0", CoreLosses.l1_loss(input.Expr, target.Expr, reduction.Name()), reduction, input, target);

            public static Tensor l1_loss(Tensor input, Tensor target, Tensor weight, Reduction reduction = Reduction.Mean) =>
                Weighted(Arithmetic.mul(CoreLosses.l1_loss(input.Expr, target.Expr, "none"), weight.Expr), reduction, weight, input, target);

            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1.0) =>
                Autograd.Record("SmoothL1LossBackward0", CoreLosses.smooth_l1_loss(input.Expr, target.Expr, reduction.Name(), beta), input, target);

            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1.0, Reduction reduction = Reduction.Mean) =>
                Autograd.Record("HuberLossBackward0", CoreLosses.huber_loss(input.Expr, target.Expr, reduction.Name(), delta), input, target);

            public static Tensor huber_loss(Tensor input, Tensor target, Tensor weight, double delta = 1.0, Reduction reduction = Reduction.Mean) =>
                Reduced("MulBackward0", CoreLosses.reduced(Arithmetic.mul(CoreLosses.huber_loss(input.Expr, target.Expr, "none", delta), weight.Expr), reduction.Name()), reduction, input, target, weight);

            private static Tensor Weighted(Expr loss, Reduction reduction, Tensor weight, Tensor input, Tensor target)
            {
                if (reduction is Reduction.Mean)
                    loss = Arithmetic.div(Reductions.sum(loss, null, false, null), Reductions.sum(weight.Expr, null, false, null));
                else if (reduction is Reduction.Sum) loss = Reductions.sum(loss, null, false, null);
                return Reduced("MulBackward0", loss, reduction, input, target, weight);
            }

            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                Autograd.Record("BinaryCrossEntropyBackward0", CoreLosses.binary_cross_entropy(input.Expr, target.Expr, weight?.Expr!, reduction.Name()), input, target, weight);

            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean,
                [PyTorchName("pos_weight")] Tensor? pos_weights = null) =>
                Autograd.Record("BinaryCrossEntropyWithLogitsBackward0",
                    CoreLosses.binary_cross_entropy_with_logits(input.Expr, target.Expr, weight?.Expr!, pos_weights?.Expr!, reduction.Name()), input, target, weight, pos_weights);

            /// <summary>target (log target - input); <paramref name="log_target"/> says that the target is given as its logarithm.</summary>
            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = false, Reduction reduction = Reduction.Mean) =>
                Reduced("SubBackward0", CoreLosses.kl_div(input.Expr, target.Expr, reduction.Name(), log_target), reduction, input, target);

            public static Tensor poisson_nll_loss(Tensor input, Tensor target, bool log_input = true, bool full = false, float eps = 1e-8f, Reduction reduction = Reduction.Mean) =>
                Reduced("SubBackward0", CoreLosses.poisson_nll_loss(input.Expr, target.Expr, log_input, full, (double)(decimal)eps, reduction.Name()), reduction, input, target);

            public static Tensor gaussian_nll_loss(Tensor input, Tensor target, [PyTorchName("var")] Tensor variance, bool full = false, float eps = 1e-6f, Reduction reduction = Reduction.Mean)
            {
                var var = variance.Expr;
                if (variance.DType.IsFloat && (bool)new Tensor(Reductions.any(Compare.lt(var, Build.@int(0)), null, false))) throw new ArgumentException("var has negative entry/entries");
                return Reduced("MulBackward0", CoreLosses.gaussian_nll_loss(input.Expr, target.Expr, var, full, (double)(decimal)eps, reduction.Name()), reduction, input, target, variance);
            }

            public static Tensor soft_margin_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Autograd.Record("SoftMarginLossBackward0", CoreLosses.soft_margin_loss(input.Expr, target.Expr, reduction.Name()), input, target);

            public static Tensor hinge_embedding_loss(Tensor input, Tensor target, double margin = 1.0, Reduction reduction = Reduction.Mean) =>
                Reduced("AddBackward0", CoreLosses.hinge_embedding_loss(input.Expr, target.Expr, margin, reduction.Name()), reduction, input, target);

            public static Tensor margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, double margin = 0.0, Reduction reduction = Reduction.Mean) =>
                Reduced("ClampMinBackward0", CoreLosses.margin_ranking_loss(input1.Expr, input2.Expr, target.Expr, margin, reduction.Name()), reduction, input1, input2, target);

            public static Tensor cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, double margin = 0.0, Reduction reduction = Reduction.Mean) =>
                Reduced("AddBackward0", CoreLosses.cosine_embedding_loss(input1.Expr, input2.Expr, target.Expr, margin, reduction.Name()), reduction, input1, input2, target);

            public static Tensor triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, double margin = 1.0, double p = 2, double eps = 1e-06, bool swap = false,
                Reduction reduction = Reduction.Mean) =>
                Reduced("ClampMinBackward0", CoreLosses.triplet_margin_loss(anchor.Expr, positive.Expr, negative.Expr, margin, p, eps, swap, reduction.Name()), reduction, anchor, positive, negative);

            /// <summary>The triplet loss of any distance; the Euclidean one where none is given.</summary>
            public static Tensor triplet_margin_with_distance_loss(Tensor anchor, Tensor positive, Tensor negative, [PyTorchName("distance_function")] Func<Tensor, Tensor, Tensor>? distance = null,
                double margin = 1.0, bool swap = false, Reduction reduction = Reduction.Mean)
            {
                if (margin <= 0) throw new ArgumentException($"margin must be greater than 0, got {margin}");
                distance ??= (a, b) => pairwise_distance(a, b);
                if (anchor.Sizes.Length != positive.Sizes.Length || anchor.Sizes.Length != negative.Sizes.Length)
                    throw new TorchException(
                        $"The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor {anchor.Sizes.Length}D, positive {positive.Sizes.Length}D, and negative {negative.Sizes.Length}D inputs");
                var near = distance(anchor, positive);
                var far = distance(anchor, negative);
                Tensor? other = null;
                var farthest = far.Expr;
                if (swap)
                {
                    other = distance(positive, negative);
                    farthest = Numeric.minimum(farthest, other.Expr);
                }
                var loss = Numeric.clamp_min(Arithmetic.sub(Arithmetic.add(Build.real(margin), near.Expr), farthest), Build.@int(0));
                return Reduced("ClampMinBackward0", CoreLosses.reduced(loss, reduction.Name()), reduction, near, far, other);
            }

            public static Tensor multilabel_soft_margin_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                Reduced("DivBackward0", CoreLosses.multilabel_soft_margin_loss(input.Expr, target.Expr, weight?.Expr!, reduction.Name()), reduction, input, target, weight);

            // ---- Distances

            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-8) =>
                Autograd.Record("SumBackward1", CoreLosses.cosine_similarity(x1.Expr, x2.Expr, dim, eps), x1, x2);

            public static Tensor pairwise_distance([PyTorchName("x1")] Tensor input1, [PyTorchName("x2")] Tensor input2, double p = 2.0, double eps = 1e-6, bool keepdim = false) =>
                Autograd.Record("NormBackward1", CoreLosses.pairwise_distance(input1.Expr, input2.Expr, p, eps, keepdim), input1, input2);
        }
    }
}
