using CoreSoftmax = Torch.Core.Ops.Softmax;

namespace Torch;

// torch.nn.functional: softmax and the losses of classifiers. See https://pytorch.org/docs/stable/nn.functional.html.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>exp(x) along a dimension, divided by its sum.</summary>
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) =>
                Autograd.Record("SoftmaxBackward0", CoreSoftmax.softmax(input.Expr, dim, dtype?.ToDType()), input);

            /// <summary>The logarithm of the softmax.</summary>
            public static Tensor log_softmax([PyTorchName("input")] Tensor x, long dim, ScalarType? dtype = null) =>
                Autograd.Record("LogSoftmaxBackward0", CoreSoftmax.log_softmax(x.Expr, dim, dtype?.ToDType()), x);

            public static Tensor softmin([PyTorchName("input")] Tensor x, long dim, ScalarType? dtype = null) =>
                Autograd.Record("SoftmaxBackward0", CoreSoftmax.softmin(x.Expr, dim, dtype?.ToDType()), x);

            /// <summary>The softmax over the channels of (N, C, H, W) or (C, H, W).</summary>
            public static Tensor softmax2d(Tensor x)
            {
                if (x.Sizes.Length is not (3 or 4)) throw new ArgumentException($"Softmax2d: expected input to be 3D or 4D, got {x.Sizes.Length}D instead");
                return softmax(x, -3);
            }

            /// <summary>Samples of the Gumbel-softmax distribution; hard ones are one-hot with the soft one's gradient.</summary>
            public static Tensor gumbel_softmax(Tensor logits, double tau = 1, bool hard = false, double eps = 1e-10, long dim = -1)
            {
                var noise = Arithmetic.neg(Exponential.log(Torch.Draw.Like(logits, logits.DType, null, (g, b) => Kernels.Samplers.Exponential(g, b, 1))));
                var soft = CoreSoftmax.softmax(Arithmetic.div(Arithmetic.add(logits.Expr, noise), Build.real(tau)), dim, null);
                var sample = Autograd.Record("SoftmaxBackward0", soft, logits);
                if (!hard) return sample;
                // One where the largest is, the first of equals.
                var position = Sorting.argmax(sample.Expr, dim, true);
                var at = Shape.dim(soft.Rank, dim);
                var shape = new long[soft.Rank];
                Array.Fill(shape, 1);
                shape[at] = soft.Sizes[at];
                var one = Autograd.Constant(Build.cast(soft.DType, Compare.eq(Build.reshape(shape, Build.index(soft.Sizes[at], 0, 1)), position)));
                return one - sample.detach() + sample;
            }

            /// <summary>Minus the logarithms of probabilities at the targets. Input (N, C, ..) or (C); target (N, ..) of class numbers.</summary>
            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, long ignore_index = -100) =>
                Autograd.Record("NllLossBackward0", CrossEntropy.nll_loss(input.Expr, target.Expr, weight?.Expr!, reduction.Name(), ignore_index), input, target, weight);

            /// <summary>The cross entropy of logits and targets: class numbers, or probabilities in the input's shape.</summary>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0.0) =>
                Autograd.Record("NllLossBackward0", CrossEntropy.cross_entropy(input.Expr, target.Expr, weight?.Expr!, reduction.Name(), ignore_index, label_smoothing), input, target, weight);
        }
    }
}
