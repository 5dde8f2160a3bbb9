using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

namespace Torch.Modules
{
    /// <summary>max(0, x). See https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html.</summary>
    public sealed class ReLU : ParameterLessModule<Tensor, Tensor>
    {
        internal ReLU(bool inplace) : base(nameof(ReLU)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.relu(tensor, inplace);

        public override string extra_repr() => inplace ? "inplace=True" : "";
    }

    /// <summary>min(max(0, x), 6). See https://pytorch.org/docs/stable/generated/torch.nn.ReLU6.html.</summary>
    public sealed class ReLU6 : ParameterLessModule<Tensor, Tensor>
    {
        internal ReLU6(bool inplace) : base(nameof(ReLU6)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.relu6(tensor, inplace);

        public override string extra_repr() => inplace ? "inplace=True" : "";
    }

    /// <summary>x, and x times the slope below 0. See https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html.</summary>
    public sealed class LeakyReLU : ParameterLessModule<Tensor, Tensor>
    {
        internal LeakyReLU(double negative_slope, bool inplace) : base(nameof(LeakyReLU)) => (this.negative_slope, this.inplace) = (negative_slope, inplace);

        public double negative_slope { get; set; }

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.leaky_relu(tensor, negative_slope, inplace);

        public override string extra_repr() => $"negative_slope={PyText.Repr(negative_slope)}" + (inplace ? ", inplace=True" : "");
    }

    /// <summary>Leaky ReLU with slopes that are drawn in training. See https://pytorch.org/docs/stable/generated/torch.nn.RReLU.html.</summary>
    public sealed class RReLU : ParameterLessModule<Tensor, Tensor>
    {
        internal RReLU(double lower, double upper, bool inplace) : base(nameof(RReLU)) => (this.lower, this.upper, this.inplace) = (lower, upper, inplace);

        public double lower { get; set; }

        public double upper { get; set; }

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.rrelu(tensor, lower, upper, training, inplace);

        public override string extra_repr() => $"lower={PyText.Repr(lower)}, upper={PyText.Repr(upper)}" + (inplace ? ", inplace=True" : "");
    }

    /// <summary>x within the bounds, which it stays between. See https://pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html.</summary>
    public sealed class Hardtanh : ParameterLessModule<Tensor, Tensor>
    {
        internal Hardtanh(double min_val, double max_val, bool inplace) : base(nameof(Hardtanh)) => (this.min_val, this.max_val, this.inplace) = (min_val, max_val, inplace);

        public double min_val { get; set; }

        public double max_val { get; set; }

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.hardtanh(tensor, min_val, max_val, inplace);

        public override string extra_repr() => $"min_val={PyText.Repr(min_val)}, max_val={PyText.Repr(max_val)}" + (inplace ? ", inplace=True" : "");
    }

    /// <summary>x above the threshold, else the value. See https://pytorch.org/docs/stable/generated/torch.nn.Threshold.html.</summary>
    public sealed class Threshold : ParameterLessModule<Tensor, Tensor>
    {
        internal Threshold(double threshold, double value, bool inplace) : base(nameof(Threshold)) => (this.threshold, this.value, this.inplace) = (threshold, value, inplace);

        public double threshold { get; set; }

        public double value { get; set; }

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.threshold(tensor, threshold, value, inplace);

        public override string extra_repr() => $"threshold={PyText.Repr(threshold)}, value={PyText.Repr(value)}" + (inplace ? ", inplace=True" : "");
    }

    /// <summary>x, and alpha (exp(x) - 1) below 0. See https://pytorch.org/docs/stable/generated/torch.nn.ELU.html.</summary>
    public sealed class ELU : ParameterLessModule<Tensor, Tensor>
    {
        internal ELU(double alpha, bool inplace) : base(nameof(ELU)) => (this.alpha, this.inplace) = (alpha, inplace);

        public double alpha { get; set; }

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.elu(tensor, alpha, inplace);

        public override string extra_repr() => $"alpha={PyText.Repr(alpha)}" + (inplace ? ", inplace=True" : "");
    }

    /// <summary>ELU scaled so that means and variances stay. See https://pytorch.org/docs/stable/generated/torch.nn.SELU.html.</summary>
    public sealed class SELU : ParameterLessModule<Tensor, Tensor>
    {
        internal SELU(bool inplace) : base(nameof(SELU)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.selu(tensor, inplace);

        public override string extra_repr() => inplace ? "inplace=True" : "";
    }

    /// <summary>x, and alpha (exp(x / alpha) - 1) below 0. See https://pytorch.org/docs/stable/generated/torch.nn.CELU.html.</summary>
    public sealed class CELU : ParameterLessModule<Tensor, Tensor>
    {
        internal CELU(double alpha, bool inplace) : base(nameof(CELU)) => (this.alpha, this.inplace) = (alpha, inplace);

        public double alpha { get; set; }

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.celu(tensor, alpha, inplace);

        public override string extra_repr() => $"alpha={PyText.Repr(alpha)}" + (inplace ? ", inplace=True" : "");
    }

    /// <summary>x sigmoid(x). See https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html.</summary>
    public sealed class SiLU : ParameterLessModule<Tensor, Tensor>
    {
        internal SiLU(bool inplace) : base(nameof(SiLU)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.silu(tensor, inplace);

        public override string extra_repr() => inplace ? "inplace=True" : "";
    }

    /// <summary>x tanh(softplus(x)). See https://pytorch.org/docs/stable/generated/torch.nn.Mish.html.</summary>
    public sealed class Mish : ParameterLessModule<Tensor, Tensor>
    {
        internal Mish(bool inplace) : base(nameof(Mish)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.mish(tensor, inplace);

        public override string extra_repr() => inplace ? "inplace=True" : "";
    }

    /// <summary>A sigmoid made of straight lines. See https://pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html.</summary>
    public sealed class Hardsigmoid : ParameterLessModule<Tensor, Tensor>
    {
        internal Hardsigmoid(bool inplace) : base(nameof(Hardsigmoid)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.hardsigmoid(tensor, inplace);
    }

    /// <summary>x hardsigmoid(x). See https://pytorch.org/docs/stable/generated/torch.nn.Hardswish.html.</summary>
    public sealed class Hardswish : ParameterLessModule<Tensor, Tensor>
    {
        internal Hardswish(bool inplace) : base(nameof(Hardswish)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.hardswish(tensor, inplace);
    }

    /// <summary>1 / (1 + exp(-x)). See https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html.</summary>
    public sealed class Sigmoid : ParameterLessModule<Tensor, Tensor>
    {
        internal Sigmoid(bool inplace) : base(nameof(Sigmoid)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.sigmoid(tensor, inplace);
    }

    /// <summary>The hyperbolic tangent. See https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html.</summary>
    public sealed class Tanh : ParameterLessModule<Tensor, Tensor>
    {
        internal Tanh(bool inplace) : base(nameof(Tanh)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.tanh(tensor, inplace);
    }

    /// <summary>x - tanh(x). See https://pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html.</summary>
    public sealed class Tanhshrink : ParameterLessModule<Tensor, Tensor>
    {
        internal Tanhshrink(bool inplace) : base(nameof(Tanhshrink)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.tanhshrink(tensor, inplace);
    }

    /// <summary>x / (1 + |x|). See https://pytorch.org/docs/stable/generated/torch.nn.Softsign.html.</summary>
    public sealed class Softsign : ParameterLessModule<Tensor, Tensor>
    {
        internal Softsign(bool inplace) : base(nameof(Softsign)) => this.inplace = inplace;

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.softsign(tensor, inplace);
    }

    /// <summary>log(sigmoid(x)). See https://pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html.</summary>
    public sealed class LogSigmoid : ParameterLessModule<Tensor, Tensor>
    {
        internal LogSigmoid() : base(nameof(LogSigmoid)) { }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.logsigmoid(tensor);
    }

    /// <summary>log(1 + exp(beta x)) / beta, and x where beta x is large. See https://pytorch.org/docs/stable/generated/torch.nn.Softplus.html.</summary>
    public sealed class Softplus : ParameterLessModule<Tensor, Tensor>
    {
        internal Softplus(double beta, double threshold) : base(nameof(Softplus)) => (this.beta, this.threshold) = (beta, threshold);

        public double beta { get; set; }

        public double threshold { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.softplus(tensor, beta, threshold);

        public override string extra_repr() => $"beta={PyText.Repr(beta)}, threshold={PyText.Repr(threshold)}";
    }

    /// <summary>x, and 0 within lambda of 0. See https://pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html.</summary>
    public sealed class Hardshrink : ParameterLessModule<Tensor, Tensor>
    {
        internal Hardshrink(double lambda) : base(nameof(Hardshrink)) => this.lambda = lambda;

        public double lambda { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.hardshrink(tensor, lambda);

        public override string extra_repr() => PyText.Repr(lambda);
    }

    /// <summary>x moved towards 0 by lambda. See https://pytorch.org/docs/stable/generated/torch.nn.Softshrink.html.</summary>
    public sealed class Softshrink : ParameterLessModule<Tensor, Tensor>
    {
        internal Softshrink(double lambda) : base(nameof(Softshrink)) => this.lambda = lambda;

        public double lambda { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.softshrink(tensor, lambda);

        public override string extra_repr() => PyText.Repr(lambda);
    }

    /// <summary>The first half of a dimension times the sigmoid of the second. See https://pytorch.org/docs/stable/generated/torch.nn.GLU.html.</summary>
    public sealed class GLU : ParameterLessModule<Tensor, Tensor>
    {
        internal GLU(long dim) : base(nameof(GLU)) => this.dim = dim;

        public long dim { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.glu(tensor, dim);

        public override string extra_repr() => $"dim={dim}";
    }

    /// <summary>exp(x) along a dimension, divided by its sum. See https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html.</summary>
    public sealed class Softmax : ParameterLessModule<Tensor, Tensor>
    {
        internal Softmax(long dim) : base(nameof(Softmax)) => this.dim = dim;

        public long dim { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.softmax(tensor, dim);

        public override string extra_repr() => $"dim={dim}";
    }

    /// <summary>The softmax of -x. See https://pytorch.org/docs/stable/generated/torch.nn.Softmin.html.</summary>
    public sealed class Softmin : ParameterLessModule<Tensor, Tensor>
    {
        internal Softmin(long dim) : base(nameof(Softmin)) => this.dim = dim;

        public long dim { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.softmin(tensor, dim);

        public override string extra_repr() => $"dim={dim}";
    }

    /// <summary>The logarithm of the softmax. See https://pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html.</summary>
    public sealed class LogSoftmax : ParameterLessModule<Tensor, Tensor>
    {
        internal LogSoftmax(long dim) : base(nameof(LogSoftmax)) => this.dim = dim;

        public long dim { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.log_softmax(tensor, dim);

        public override string extra_repr() => $"dim={dim}";
    }

    /// <summary>The softmax over the channels of (N, C, H, W) or (C, H, W). See https://pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html.</summary>
    public sealed class Softmax2d : ParameterLessModule<Tensor, Tensor>
    {
        internal Softmax2d() : base(nameof(Softmax2d)) { }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.softmax2d(tensor);
    }

    /// <summary>x, and x times a learned slope below 0, one for all channels or one each. See https://pytorch.org/docs/stable/generated/torch.nn.PReLU.html.</summary>
    public sealed class PReLU : Module<Tensor, Tensor>
    {
        internal PReLU(long num_parameters, double init, Device? device, ScalarType? dtype) : base(nameof(PReLU))
        {
            (this.num_parameters, this.init) = (num_parameters, init);
            weight = nn.init.Empty([num_parameters], device, dtype);
            reset_parameters();
        }

        public long num_parameters { get; }

        public double init { get; }

        public Parameter weight { get; set; }

        public void reset_parameters() => nn.init.constant_(weight, init);

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.prelu(tensor, weight);

        public override string extra_repr() => $"num_parameters={num_parameters}";
    }

    /// <summary>x times the normal distribution function of x. See https://pytorch.org/docs/stable/generated/torch.nn.GELU.html.</summary>
    public sealed class GELU : ParameterLessModule<Tensor, Tensor>
    {
        public enum Approximate { none, tanh }

        internal GELU(Approximate approximate, bool inplace) : base(nameof(GELU)) => (this.approximate, this.inplace) = (approximate, inplace);

        public Approximate approximate { get; set; }

        public bool inplace { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.gelu(tensor, approximate, inplace);

        public override string extra_repr() => $"approximate='{approximate}'";
    }
}
