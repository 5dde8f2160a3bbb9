using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

namespace Torch.Modules
{
    /// <summary>x W^T + b. See https://pytorch.org/docs/stable/generated/torch.nn.Linear.html.</summary>
    public class Linear : Module<Tensor, Tensor>
    {
        internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
        {
            (in_features, out_features) = (inputSize, outputSize);
            weight = init.Empty([outputSize, inputSize], device, dtype);
            if (hasBias) bias = init.Empty([outputSize], device, dtype);
            reset_parameters();
        }

        internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
        {
            (out_features, in_features) = (weight.Sizes[0], weight.Sizes[1]);
            this.weight = weight;
            this.bias = bias;
        }

        public long in_features { get; set; }

        public long out_features { get; set; }

        public Parameter weight { get; set; }

        public Parameter? bias { get; set; }

        public void reset_parameters() => init.Default(weight, bias);

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.linear(tensor, weight, bias);

        public override string extra_repr() => $"in_features={in_features}, out_features={out_features}, bias={PyText.Repr(bias is not null)}";
    }

    /// <summary>x1^T A x2 + b. See https://pytorch.org/docs/stable/generated/torch.nn.Bilinear.html.</summary>
    public class Bilinear : Module<Tensor, Tensor, Tensor>
    {
        internal Bilinear(long in1_features, long in2_features, long out_features, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Bilinear))
        {
            if (in1_features <= 0) throw new ArgumentException($"in1_features must be > 0, but got {in1_features}");
            (this.in1_features, this.in2_features, this.out_features) = (in1_features, in2_features, out_features);
            weight = init.Empty([out_features, in1_features, in2_features], device, dtype);
            if (hasBias) bias = init.Empty([out_features], device, dtype);
            reset_parameters();
        }

        public long in1_features { get; set; }

        public long in2_features { get; set; }

        public long out_features { get; set; }

        public Parameter weight { get; set; }

        public Parameter? bias { get; set; }

        public void reset_parameters()
        {
            var bound = 1 / Math.Sqrt(weight.Sizes[1]);
            init.uniform_(weight, -bound, bound);
            if (bias is not null) init.uniform_(bias, -bound, bound);
        }

        public override Tensor forward(Tensor input1, Tensor input2) => functional.bilinear(input1, input2, weight, bias);

        public override string extra_repr() =>
            $"in1_features={in1_features}, in2_features={in2_features}, out_features={out_features}, bias={PyText.Repr(bias is not null)}";
    }

    /// <summary>Gives its input back.</summary>
    public sealed class Identity : ParameterLessModule<Tensor, Tensor>
    {
        internal Identity() : base(nameof(Identity)) { }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => tensor;
    }

    /// <summary>Dimensions start_dim to end_dim as one. See https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html.</summary>
    public sealed class Flatten : ParameterLessModule<Tensor, Tensor>
    {
        internal Flatten(long start_dim, long end_dim) : base(nameof(Flatten)) => (this.start_dim, this.end_dim) = (start_dim, end_dim);

        public long start_dim { get; set; }

        public long end_dim { get; set; }

        public override Tensor forward(Tensor input) => input.flatten(start_dim, end_dim);

        public override string extra_repr() => $"start_dim={start_dim}, end_dim={end_dim}";
    }

    /// <summary>One dimension as several. See https://pytorch.org/docs/stable/generated/torch.nn.Unflatten.html.</summary>
    public sealed class Unflatten : ParameterLessModule<Tensor, Tensor>
    {
        internal Unflatten(long dim, long[] unflattened_size) : base(nameof(Unflatten)) => (this.dim, this.unflattened_size) = (dim, unflattened_size);

        public long dim { get; set; }

        public long[] unflattened_size { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => tensor.unflatten(dim, unflattened_size);

        public override string extra_repr() => $"dim={dim}, unflattened_size={PyText.Tuple(unflattened_size)}";
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Linear Linear([PyTorchName("in_features")] long inputSize, [PyTorchName("out_features")] long outputSize, [PyTorchName("bias")] bool hasBias = true,
                Device? device = null, ScalarType? dtype = null) => new(inputSize, outputSize, hasBias, device, dtype);

            /// <summary>A layer over parameters that exist.</summary>
            public static Linear Linear(Parameter weight, Parameter? bias = null) => new(weight, bias);

            public static Bilinear Bilinear(long in1_features, long in2_features, long out_features, [PyTorchName("bias")] bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                new(in1_features, in2_features, out_features, hasBias, device, dtype);

            public static Modules.Identity Identity() => new();

            /// <summary>Takes any arguments and ignores them, so that it can stand in for another module.</summary>
            public static Modules.Identity Identity(params object?[] args) => new();

            public static Flatten Flatten(long start_dim = 1, long end_dim = -1) => new(start_dim, end_dim);

            public static Unflatten Unflatten(long dim, long[] unflattened_size) => new(dim, unflattened_size);

            public static partial class functional
            {
                /// <summary>x W^T + b.</summary>
                public static Tensor linear(Tensor input, [PyTorchName("weight")] Tensor weights, Tensor? bias = null) =>
                    Autograd.Record("AddmmBackward0", Matmul.linear(input.Expr, weights.Expr, bias?.Expr!), input, weights, bias);

                /// <summary>The bilinear form of two inputs for each output.</summary>
                public static Tensor bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias = null)
                {
                    var (a, b, w) = (input1.Expr, input2.Expr, weight.Expr);
                    if (a.Rank != b.Rank) throw new TorchException($"bilinear(): input dimensions do not match: got {a.Rank} and {b.Rank}");
                    for (var d = 0; d < a.Rank - 1; d++)
                        if (a.Sizes[d] != b.Sizes[d]) throw new TorchException($"bilinear(): input batch dimensions do not match at dim {d}: got {a.Sizes[d]} and {b.Sizes[d]}");
                    if (a.Sizes[^1] != w.Sizes[1]) throw new TorchException($"bilinear(): input1 size does not match weight size: got {a.Sizes[^1]} but expected {w.Sizes[1]}");
                    if (b.Sizes[^1] != w.Sizes[2]) throw new TorchException($"bilinear(): input2 size does not match weight size: got {b.Sizes[^1]} but expected {w.Sizes[2]}");
                    if (bias is not null && bias.Sizes[0] != w.Sizes[0]) throw new TorchException($"bilinear(): bias size does not match weight size: got {bias.Sizes[0]} but expected {w.Sizes[0]}");
                    long[] batch = a.Sizes[..^1];
                    var n = Shape.count(batch);
                    var (o, i, j) = (w.Sizes[0], w.Sizes[1], w.Sizes[2]);
                    // (n, i) x (i, o j) -> (n, o, j), then with b (n, j, 1) -> (n, o).
                    var left = Matmul.mm(Build.reshape([n, i], a), Build.reshape([i, o * j], Build.permute([1, 0, 2], w)));
                    var value = Build.reshape([.. batch, o], Matmul.bmm(Build.reshape([n, o, j], left), Build.reshape([n, j, 1], b)));
                    if (bias is not null) value = Arithmetic.add(value, bias.Expr);
                    return Autograd.Record("TrilinearBackward0", value, input1, input2, weight, bias);
                }
            }
        }
    }
}
