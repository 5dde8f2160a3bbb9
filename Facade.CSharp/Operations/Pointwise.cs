namespace Torch;

public static partial class torch
{
    // Pointwise operations with parameters of their own: bounds, rounding, tolerances, weights.
    public partial class Tensor
    {
        private static Expr? Value(Scalar? s) => s?.ToExpr();

        private Expr Clamped(Expr? low, Expr? high) => Numeric.clamp(Expr, low!, high!);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Autograd.Record("ClampBackward1", Clamped(Value(min), Value(max)), this);
        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Autograd.Record("ClampBackward0", Clamped(min?.Expr, max?.Expr), this, min, max);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Autograd.InPlace(this, "ClampBackward1", Clamped(Value(min), Value(max)));
        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Autograd.InPlace(this, "ClampBackward0", Clamped(min?.Expr, max?.Expr), min, max);
        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);
        public Tensor clip(Tensor? min = null, Tensor? max = null) => clamp(min, max);
        public Tensor clip_(Scalar? min = null, Scalar? max = null) => clamp_(min, max);
        public Tensor clip_(Tensor? min = null, Tensor? max = null) => clamp_(min, max);

        private Expr Rounded(long decimals) => decimals == 0 ? Numeric.round(Expr) : Numeric.round_decimals(Expr, decimals);

        /// <summary>To the nearest whole number, halves to even; or to so many decimals.</summary>
        public Tensor round(long decimals = 0L) => Autograd.Record(decimals == 0 ? "RoundBackward0" : "RoundBackward1", Rounded(decimals), this);
        public Tensor round_(long decimals = 0L) => Autograd.InPlace(this, decimals == 0 ? "RoundBackward0" : "RoundBackward1", Rounded(decimals));

        private Expr WithoutNan(double? nan, double? posinf, double? neginf) => Numeric.nan_to_num(Expr, nan, posinf, neginf);

        public Tensor nan_to_num(double? nan = null, double? posinf = null, double? neginf = null) => Autograd.Record("NanToNumBackward0", WithoutNan(nan, posinf, neginf), this);
        public Tensor nan_to_num_(double? nan = null, double? posinf = null, double? neginf = null) => Autograd.InPlace(this, "NanToNumBackward0", WithoutNan(nan, posinf, neginf));

        /// <summary>this + value tensor1 tensor2.</summary>
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Autograd.Record("AddcmulBackward0", Numeric.addcmul(Expr, tensor1.Expr, tensor2.Expr, value.ToExpr()), this, tensor1, tensor2);
        public Tensor addcmul(Tensor tensor1, Tensor tensor2) => addcmul(tensor1, tensor2, 1);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Autograd.InPlace(this, "AddcmulBackward0", Numeric.addcmul(Expr, tensor1.Expr, tensor2.Expr, value.ToExpr()), tensor1, tensor2);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2) => addcmul_(tensor1, tensor2, 1);

        /// <summary>this + value tensor1 / tensor2.</summary>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Autograd.Record("AddcdivBackward0", Numeric.addcdiv(Expr, tensor1.Expr, tensor2.Expr, value.ToExpr()), this, tensor1, tensor2);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => addcdiv(tensor1, tensor2, 1);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Autograd.InPlace(this, "AddcdivBackward0", Numeric.addcdiv(Expr, tensor1.Expr, tensor2.Expr, value.ToExpr()), tensor1, tensor2);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => addcdiv_(tensor1, tensor2, 1);

        /// <summary>this + weight (end - this).</summary>
        public Tensor lerp(Tensor end, Tensor weight) => Autograd.Record("LerpBackward1", Numeric.lerp(Expr, end.Expr, weight.Expr), this, end, weight);
        public Tensor lerp(Tensor end, Scalar weight) => Autograd.Record("LerpBackward0", Numeric.lerp(Expr, end.Expr, weight.ToExpr()), this, end);
        public Tensor lerp_(Tensor end, Tensor weight) => Autograd.InPlace(this, "LerpBackward1", Numeric.lerp(Expr, end.Expr, weight.Expr), end, weight);
        public Tensor lerp_(Tensor end, Scalar weight) => Autograd.InPlace(this, "LerpBackward0", Numeric.lerp(Expr, end.Expr, weight.ToExpr()), end);

        public Tensor logit(double? eps = null) => Autograd.Record("LogitBackward0", Exponential.logit(Expr, eps), this);
        public Tensor logit_(double? eps = null) => Autograd.InPlace(this, "LogitBackward0", Exponential.logit(Expr, eps));

        /// <summary>Whether elements differ by at most atol + rtol |other|.</summary>
        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, [PyTorchName("equal_nan")] bool nanEqual = false) =>
            Autograd.Constant(Compare.isclose(Expr, other.Expr, rtol, atol, nanEqual), this, other);

        public bool allclose([PyTorchName("other")] Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) => isclose(target, rtol, atol, equal_nan).all().item<bool>();

        /// <summary>Whether sizes and elements are the same.</summary>
        public bool equal([PyTorchName("other")] Tensor target)
        {
            if (!Sizes.AsSpan().SequenceEqual(target.Sizes)) return false;
            return Count == 0 || eq(target).all().item<bool>();
        }

        /// <summary>The diagonal filled with a number, in place; of tall matrices again below if asked.</summary>
        public Tensor fill_diagonal_([PyTorchName("fill_value")] Scalar value, bool wrap = false)
        {
            if (Sizes.Length < 2) throw new TorchException("dimensions must larger than 1");
            if (Sizes.Length > 2 && Sizes.Distinct().Count() > 1) throw new TorchException("all dimensions of input must be of equal length");
            var step = Strides.Sum();
            var size = Math.Min(Sizes[0], Sizes[1]);
            using (no_grad())
            {
                as_strided([Sizes.Min()], [step], Offset).fill_(value);
                if (wrap && Sizes.Length == 2 && Sizes[0] > Sizes[1] + 1)
                {
                    var offset = (size * Strides[0]) + Strides[0];
                    var rest = Math.Min(size, (Count + step - 1) / step - (offset / step));
                    for (var row = size + 1; row < Sizes[0]; row += size + 1)
                    {
                        rest = Math.Min(size, Sizes[0] - row);
                        as_strided([rest], [step], Offset + (row * Strides[0])).fill_(value);
                    }
                }
            }
            return this;
        }

        // ---- Activations, as methods

        public Tensor celu() => nn.functional.celu(this);
        public Tensor celu(Scalar alpha) => nn.functional.celu(this, alpha.AsDouble());
        public Tensor celu_() => nn.functional.celu(this, inplace: true);
        public Tensor celu_(Scalar alpha) => nn.functional.celu(this, alpha.AsDouble(), true);
        public Tensor elu(double alpha = 1) => nn.functional.elu(this, alpha);
        public Tensor elu_(double alpha = 1) => nn.functional.elu(this, alpha, true);
        public Tensor elu(Scalar alpha, Scalar scale, Scalar input_scale) => torch.where(this > 0, this * scale, ((this * input_scale).exp() - 1) * (alpha.AsDouble() * scale.AsDouble()));
        public Tensor elu_(Scalar alpha, Scalar scale, Scalar input_scale) => copy_(elu(alpha, scale, input_scale));
        public Tensor gelu() => nn.functional.gelu(this);
        public Tensor gelu(Modules.GELU.Approximate approximate) => nn.functional.gelu(this, approximate);
        public Tensor gelu_() => nn.functional.gelu(this, true);
        public Tensor gelu_(Modules.GELU.Approximate approximate) => nn.functional.gelu(this, approximate, true);
        public Tensor glu(long dim = -1) => nn.functional.glu(this, dim);
        public Tensor hardtanh([PyTorchName("min_val")] Scalar min, [PyTorchName("max_val")] Scalar max) => nn.functional.hardtanh(this, min.AsDouble(), max.AsDouble());
        public Tensor hardtanh_([PyTorchName("min_val")] Scalar min, [PyTorchName("max_val")] Scalar max) => nn.functional.hardtanh(this, min.AsDouble(), max.AsDouble(), true);
        public Tensor hardshrink([PyTorchName("lambd")] double lambda = 0.5) => nn.functional.hardshrink(this, lambda);
        public Tensor softshrink([PyTorchName("lambd")] double lambda = 0.5) => nn.functional.softshrink(this, lambda);
        public Tensor leaky_relu(Scalar negative_slope) => nn.functional.leaky_relu(this, negative_slope.AsDouble());
        public Tensor leaky_relu_(Scalar negative_slope) => nn.functional.leaky_relu(this, negative_slope.AsDouble(), true);
        public Tensor log_sigmoid() => nn.functional.logsigmoid(this);
        public Tensor prelu([PyTorchName("weight")] Tensor target) => nn.functional.prelu(this, target);
        public Tensor rrelu(double lower = 1.0 / 8, double upper = 1.0 / 3) => nn.functional.rrelu(this, lower, upper);
        public Tensor rrelu_(double lower = 1.0 / 8, double upper = 1.0 / 3) => nn.functional.rrelu(this, lower, upper, inplace: true);
        public Tensor softmax(long dim, ScalarType? dtype = null) => nn.functional.softmax(this, dim, dtype);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => nn.functional.log_softmax(this, dim, dtype);
        public Tensor softplus(double beta = 1, double threshold = 20) => nn.functional.softplus(this, beta, threshold);
        public Tensor threshold(Scalar threshold, Scalar value) => nn.functional.threshold(this, threshold.AsDouble(), value.AsDouble());
        public Tensor threshold_(Scalar threshold, Scalar value) => nn.functional.threshold(this, threshold.AsDouble(), value.AsDouble(), true);
    }

    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);
    public static Tensor clamp(Tensor input, Tensor? min = null, Tensor? max = null) => input.clamp(min, max);
    public static Tensor clamp(Tensor input, Scalar? min, Scalar? max, Tensor @out) => Autograd.Out("clamp", Numeric.clamp(input.Expr, min?.ToExpr()!, max?.ToExpr()!), @out, input);
    public static Tensor clamp(Tensor input, Tensor? min, Tensor? max, Tensor @out) => Autograd.Out("clamp", Numeric.clamp(input.Expr, min?.Expr!, max?.Expr!), @out, input, min, max);
    public static Tensor clamp_(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp_(min, max);
    public static Tensor clamp_(Tensor input, Tensor? min = null, Tensor? max = null) => input.clamp_(min, max);
    public static Tensor clip(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);
    public static Tensor clip(Tensor input, Tensor? min = null, Tensor? max = null) => input.clamp(min, max);
    public static Tensor clip_(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp_(min, max);
    public static Tensor clip_(Tensor input, Tensor? min = null, Tensor? max = null) => input.clamp_(min, max);
    public static Tensor round(Tensor input, long decimals = 0L) => input.round(decimals);
    public static Tensor round(Tensor input, Tensor @out, long decimals = 0L) => Autograd.Out("round", decimals == 0 ? Numeric.round(input.Expr) : Numeric.round_decimals(input.Expr, decimals), @out, input);
    public static Tensor round_(Tensor input, long decimals = 0L) => input.round_(decimals);
    public static Tensor nan_to_num(Tensor input, double? nan = null, double? posinf = null, double? neginf = null) => input.nan_to_num(nan, posinf, neginf);
    public static Tensor nan_to_num(Tensor input, double? nan, double? posinf, double? neginf, Tensor @out) => Autograd.Out("nan_to_num", Numeric.nan_to_num(input.Expr, nan, posinf, neginf), @out, input);
    public static Tensor nan_to_num_(Tensor input, double? nan = null, double? posinf = null, double? neginf = null) => input.nan_to_num_(nan, posinf, neginf);
    public static Tensor addcmul(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcmul(tensor1, tensor2, value);
    public static Tensor addcmul(Tensor input, Tensor tensor1, Tensor tensor2) => input.addcmul(tensor1, tensor2, 1);
    public static Tensor addcmul(Tensor input, Tensor tensor1, Tensor tensor2, Tensor @out, Scalar? value = null) => Autograd.Out("addcmul", Numeric.addcmul(input.Expr, tensor1.Expr, tensor2.Expr, (value ?? 1).ToExpr()), @out, input, tensor1, tensor2);
    public static Tensor addcmul_(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcmul_(tensor1, tensor2, value);
    public static Tensor addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcdiv(tensor1, tensor2, value);
    public static Tensor addcdiv(Tensor input, Tensor tensor1, Tensor tensor2) => input.addcdiv(tensor1, tensor2, 1);
    public static Tensor addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, Tensor @out, Scalar? value = null) => Autograd.Out("addcdiv", Numeric.addcdiv(input.Expr, tensor1.Expr, tensor2.Expr, (value ?? 1).ToExpr()), @out, input, tensor1, tensor2);
    public static Tensor addcdiv_(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcdiv_(tensor1, tensor2, value);
    public static Tensor lerp(Tensor input, Tensor end, Tensor weight) => input.lerp(end, weight);
    public static Tensor lerp(Tensor input, Tensor end, Scalar weight) => input.lerp(end, weight);
    public static Tensor lerp(Tensor input, Tensor end, Tensor weight, Tensor @out) => Autograd.Out("lerp", Numeric.lerp(input.Expr, end.Expr, weight.Expr), @out, input, end, weight);
    public static Tensor lerp(Tensor input, Tensor end, Scalar weight, Tensor @out) => Autograd.Out("lerp", Numeric.lerp(input.Expr, end.Expr, weight.ToExpr()), @out, input, end);
    public static Tensor logit(Tensor input, double? eps = null) => input.logit(eps);
    public static Tensor logit(Tensor input, double? eps, Tensor @out) => Autograd.Out("logit", Exponential.logit(input.Expr, eps), @out, input);
    public static Tensor logit_(Tensor input, double? eps = null) => input.logit_(eps);
    public static Tensor isclose(Tensor input, Tensor other, double rtol = 1e-05, double atol = 1e-08, [PyTorchName("equal_nan")] bool nanEqual = false) => input.isclose(other, rtol, atol, nanEqual);
    public static bool allclose(Tensor input, [PyTorchName("other")] Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) => input.allclose(target, rtol, atol, equal_nan);
    public static bool equal(Tensor input, [PyTorchName("other")] Tensor target) => input.equal(target);
    public static bool is_nonzero(Tensor input) => input.is_nonzero();

    public static Tensor complex(Tensor real, Tensor imag, Tensor @out) => Autograd.Out("complex", ComplexParts.complex(real.Expr, imag.Expr), @out, real, imag);

    public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => nn.functional.softmax(input, dim, dtype);
    public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) => nn.functional.log_softmax(input, dim, dtype);
    public static Tensor celu(Tensor input, Scalar? alpha = null) => nn.functional.celu(input, alpha?.AsDouble() ?? 1);
    public static Tensor celu_(Tensor input, Scalar? alpha = null) => nn.functional.celu(input, alpha?.AsDouble() ?? 1, true);
    public static Tensor prelu(Tensor input, Tensor weight) => nn.functional.prelu(input, weight);
    public static Tensor hardshrink(Tensor input, [PyTorchName("lambd")] double lambda = 0.5) => nn.functional.hardshrink(input, lambda);
    public static Tensor rrelu(Tensor input, double lower = 1.0 / 8, double upper = 1.0 / 3, bool training = false) => nn.functional.rrelu(input, lower, upper, training);
    public static Tensor rrelu_(Tensor input, double lower = 1.0 / 8, double upper = 1.0 / 3, bool training = false) => nn.functional.rrelu(input, lower, upper, training, true);
    public static Tensor threshold(Tensor input, Scalar threshold, Scalar value) => nn.functional.threshold(input, threshold.AsDouble(), value.AsDouble());
    public static Tensor threshold_(Tensor input, Scalar threshold, Scalar value) => nn.functional.threshold(input, threshold.AsDouble(), value.AsDouble(), true);
}
