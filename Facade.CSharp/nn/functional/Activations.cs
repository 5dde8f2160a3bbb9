using Torch.Kernels;
using Torch.Modules;
using CoreActivations = Torch.Core.Ops.Activations;

namespace Torch;

// torch.nn.functional: activations. See https://pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions.
public static partial class torch
{
    public static partial class nn
    {
        /// <summary>torch.nn.functional.</summary>
        public static partial class functional
        {
            private const double one_eighth = 1.0 / 8, one_third = 1.0 / 3;

            /// <summary>A function of one tensor, recorded; in place where that is asked for.</summary>
            private static Tensor Unary(string name, Expr value, Tensor x, bool inplace = false) => inplace ? Autograd.InPlace(x, name, value) : Autograd.Record(name, value, x);

            public static Tensor relu([PyTorchName("input")] Tensor x, bool inplace = false) => Unary("ReluBackward0", CoreActivations.relu(x.Expr), x, inplace);

            public static Tensor relu_(Tensor input) => relu(input, true);

            public static Tensor relu6([PyTorchName("input")] Tensor x, bool inplace = false) => Unary("HardtanhBackward0", CoreActivations.relu6(x.Expr), x, inplace);

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) =>
                Unary("LeakyReluBackward0", CoreActivations.leaky_relu(input.Expr, negative_slope), input, inplace);

            public static Tensor leaky_relu_(Tensor input, double negative_slope = 0.01) => leaky_relu(input, negative_slope, true);

            public static Tensor prelu(Tensor input, Tensor weight) => Autograd.Record("PreluKernelBackward0", CoreActivations.prelu(input.Expr, weight.Expr), input, weight);

            /// <summary>Leaky ReLU; in training each element that is not positive gets a slope of its own between the bounds.</summary>
            public static Tensor rrelu([PyTorchName("input")] Tensor x, double lower = one_eighth, double upper = one_third, bool training = false, bool inplace = false)
            {
                if (lower > upper) throw new TorchException("Lower bound should be less than or equal to the upper bound");
                return training
                    ? Unary("RreluWithNoiseBackward0", Arithmetic.mul(x.Expr, Slopes(x, lower, upper)), x, inplace)
                    : Unary("LeakyReluBackward0", CoreActivations.rrelu_eval(x.Expr, lower, upper), x, inplace);
            }

            public static Tensor rrelu_(Tensor input, double lower = one_eighth, double upper = one_third, bool training = false) => rrelu(input, lower, upper, training, true);

            private static Expr Slopes(Tensor x, double lower, double upper)
            {
                var values = Host.toArray<double>(Build.cast(DType.Float64, x.Expr));
                Generator.Default.Draw(g =>
                {
                    for (var i = 0; i < values.Length; i++) values[i] = values[i] <= 0 ? lower + (upper - lower) * g.U53() : 1;
                });
                return Build.cast(x.DType, Host.ofArray(DType.Float64, x.Sizes, values));
            }

            public static Tensor hardtanh([PyTorchName("input")] Tensor x, double min_val = -1.0, double max_val = 1.0, bool inplace = false) =>
                Unary("HardtanhBackward0", CoreActivations.hardtanh(x.Expr, min_val, max_val), x, inplace);

            public static Tensor Hardtanh(Tensor x, double min_val = -1.0, double max_val = 1.0, bool inplace = false) => hardtanh(x, min_val, max_val, inplace);

            public static Tensor hardtanh_(Tensor input, double min_val = -1.0, double max_val = 1.0) => hardtanh(input, min_val, max_val, true);

            public static Tensor threshold([PyTorchName("input")] Tensor x, double threshold, double value, bool inplace = false) =>
                Unary("ThresholdBackward0", CoreActivations.threshold(x.Expr, threshold, value), x, inplace);

            public static Tensor Threshold(Tensor x, double threshold, double value, bool inplace = false) => functional.threshold(x, threshold, value, inplace);

            public static Tensor threshold_(Tensor input, double threshold, double value) => functional.threshold(input, threshold, value, true);

            public static Tensor elu([PyTorchName("input")] Tensor x, double alpha = 1.0, bool inplace = false) => Unary("EluBackward0", CoreActivations.elu(x.Expr, alpha), x, inplace);

            public static Tensor elu_(Tensor input, double alpha = 1.0) => elu(input, alpha, true);

            public static Tensor selu([PyTorchName("input")] Tensor x, bool inplace = false) => Unary("EluBackward0", CoreActivations.selu(x.Expr), x, inplace);

            public static Tensor selu_(Tensor input) => selu(input, true);

            public static Tensor celu([PyTorchName("input")] Tensor x, double alpha = 1.0, bool inplace = false) => Unary("EluBackward0", CoreActivations.celu(x.Expr, alpha), x, inplace);

            public static Tensor celu_(Tensor input, double alpha = 1.0) => celu(input, alpha, true);

            public static Tensor gelu([PyTorchName("input")] Tensor x) => gelu(x, Modules.GELU.Approximate.none);

            public static Tensor gelu(Tensor x, bool inplace) => gelu(x, Modules.GELU.Approximate.none, inplace);

            public static Tensor gelu([PyTorchName("input")] Tensor x, Modules.GELU.Approximate approximate, bool inplace = false) => gelu(x, approximate == Modules.GELU.Approximate.tanh ? "tanh" : "none", inplace);

            public static Tensor gelu([PyTorchName("input")] Tensor x, string approximate, bool inplace = false) => Unary("GeluBackward0", CoreActivations.gelu(x.Expr, approximate), x, inplace);

            public static Tensor silu([PyTorchName("input")] Tensor x, bool inplace = false) => Unary("SiluBackward0", CoreActivations.silu(x.Expr), x, inplace);

            public static Tensor SiLU(Tensor x, bool inplace = false) => silu(x, inplace);

            public static Tensor mish([PyTorchName("input")] Tensor x, bool inplace = false) => Unary("MishBackward0", CoreActivations.mish(x.Expr), x, inplace);

            public static Tensor Mish(Tensor x) => mish(x);

            public static Tensor softplus([PyTorchName("input")] Tensor x, double beta = 1, double threshold = 20) => Unary("SoftplusBackward0", CoreActivations.softplus(x.Expr, beta, threshold), x);

            public static Tensor logsigmoid([PyTorchName("input")] Tensor x) => Unary("LogSigmoidBackward0", CoreActivations.logsigmoid(x.Expr), x);

            public static Tensor softsign([PyTorchName("input")] Tensor x, bool inplace = false) => Unary("DivBackward0", CoreActivations.softsign(x.Expr), x, inplace);

            public static Tensor Softsign(Tensor x) => softsign(x);

            public static Tensor tanhshrink([PyTorchName("input")] Tensor x, bool inplace = false) => Unary("SubBackward0", CoreActivations.tanhshrink(x.Expr), x, inplace);

            public static Tensor Tanhshrink(Tensor x) => tanhshrink(x);

            public static Tensor hardshrink([PyTorchName("input")] Tensor x, [PyTorchName("lambd")] double lambda = 0.5) => Unary("HardshrinkBackward0", CoreActivations.hardshrink(x.Expr, lambda), x);

            public static Tensor Hardshrink(Tensor x, double lambda = 0.5) => hardshrink(x, lambda);

            public static Tensor softshrink([PyTorchName("input")] Tensor x, [PyTorchName("lambd")] double lambda = 0.5) => Unary("SoftshrinkBackward0", CoreActivations.softshrink(x.Expr, lambda), x);

            public static Tensor Softshrink(Tensor x, double lambda = 0.5) => softshrink(x, lambda);

            public static Tensor hardsigmoid(Tensor input, bool inplace = false) => Unary("HardsigmoidBackward0", CoreActivations.hardsigmoid(input.Expr), input, inplace);

            public static Tensor hardswish(Tensor input, bool inplace = false) => Unary("HardswishBackward0", CoreActivations.hardswish(input.Expr), input, inplace);

            public static Tensor glu(Tensor input, long dim = -1) => Unary("GluBackward0", CoreActivations.glu(input.Expr, dim), input);

            public static Tensor sigmoid([PyTorchName("input")] Tensor x) => sigmoid(x, false);

            public static Tensor sigmoid(Tensor x, bool inplace) => Unary("SigmoidBackward0", Exponential.sigmoid(x.Expr), x, inplace);

            public static Tensor tanh([PyTorchName("input")] Tensor x, bool inplace = false) => Unary("TanhBackward0", Trigonometric.tanh(x.Expr), x, inplace);
        }
    }
}
