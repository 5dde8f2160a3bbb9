using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

// Normalisations. See https://pytorch.org/docs/stable/nn.html#normalization-layers.
namespace Torch.Modules
{
    /// <summary>Batch and instance norm: an affine map of each channel, and running statistics.</summary>
    public abstract class NormBase : Module<Tensor, Tensor>
    {
        protected NormBase(long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype, string name, bool bias = true) : base(name)
        {
            (this.num_features, this.eps, this.momentum, this.affine, this.track_running_stats) = (num_features, eps, momentum, affine, track_running_stats);
            if (affine)
            {
                weight = init.Empty([num_features], device, dtype);
                if (bias) this.bias = init.Empty([num_features], device, dtype);
            }
            if (track_running_stats)
            {
                var d = dtype?.ToDType() ?? Build.defaultDType();
                running_mean = init.Full([num_features], 0, device, d);
                running_var = init.Full([num_features], 1, device, d);
                num_batches_tracked = init.Full([], 0, device, DType.Int64);
            }
            reset_parameters();
        }

        public long num_features { get; }

        public double eps { get; set; }

        /// <summary>How far running statistics move at each step; null: a plain average of all steps.</summary>
        public double? momentum { get; set; }

        public bool affine { get; }

        public bool track_running_stats { get; }

        public Parameter? weight { get; set; }

        public Parameter? bias { get; set; }

        public Tensor? running_mean
        {
            get => BufferOrNull(nameof(running_mean));
            set => SetBuffer(nameof(running_mean), value);
        }

        public Tensor? running_var
        {
            get => BufferOrNull(nameof(running_var));
            set => SetBuffer(nameof(running_var), value);
        }

        public Tensor? num_batches_tracked
        {
            get => BufferOrNull(nameof(num_batches_tracked));
            set => SetBuffer(nameof(num_batches_tracked), value);
        }

        internal override long StateVersion => 2;

        public void reset_running_stats()
        {
            if (!track_running_stats) return;
            running_mean!.zero_();
            running_var!.fill_(1);
            num_batches_tracked!.zero_();
        }

        public void reset_parameters()
        {
            reset_running_stats();
            if (weight is not null) init.ones_(weight);
            if (bias is not null) init.zeros_(bias);
        }

        /// <summary>The ranks that the input may have, and what the message calls them.</summary>
        private protected abstract void CheckInput(Tensor input);

        public override string extra_repr() =>
            $"{num_features}, eps={PyText.Repr(eps)}, momentum={PyText.Repr(momentum)}, affine={PyText.Repr(affine)}, bias={PyText.Repr(bias is not null)}, track_running_stats={PyText.Repr(track_running_stats)}";

        /// <summary>Checkpoints of before version 2 do not count batches.</summary>
        private protected override void LoadOwn(Dictionary<string, Tensor> entries, string prefix, long? version, bool strict, bool assign, List<string> missing, List<string> unexpected, List<string> errors)
        {
            var key = prefix + nameof(num_batches_tracked);
            if (version is null or < 2 && track_running_stats && !entries.ContainsKey(key)) entries[key] = num_batches_tracked ?? init.Full([], 0, null, DType.Int64);
            base.LoadOwn(entries, prefix, version, strict, assign, missing, unexpected, errors);
        }
    }

    public abstract class BatchNorm : NormBase
    {
        protected BatchNorm(long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype, string name, bool bias = true)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, name, bias) { }

        public override Tensor forward(Tensor input)
        {
            CheckInput(input);
            var factor = momentum ?? 0.0;
            if (training && track_running_stats && num_batches_tracked is { } count)
            {
                using (no_grad()) count.add_(1);
                if (momentum is null) factor = 1.0 / count.item<double>();
            }
            var byBatch = training || (running_mean is null && running_var is null);
            var tracked = !training || track_running_stats;
            return functional.batch_norm(input, tracked ? running_mean : null, tracked ? running_var : null, weight, bias, byBatch, factor, eps);
        }
    }

    public class BatchNorm1d : BatchNorm
    {
        internal BatchNorm1d(long n, double eps, double? momentum, bool affine, bool track, Device? device, ScalarType? dtype, bool bias) : base(n, eps, momentum, affine, track, device, dtype, nameof(BatchNorm1d), bias) { }

        private protected override void CheckInput(Tensor input)
        {
            if (input.Sizes.Length is not (2 or 3)) throw new ArgumentException($"expected 2D or 3D input (got {input.Sizes.Length}D input)");
        }
    }

    public class BatchNorm2d : BatchNorm
    {
        internal BatchNorm2d(long n, double eps, double? momentum, bool affine, bool track, Device? device, ScalarType? dtype, bool bias) : base(n, eps, momentum, affine, track, device, dtype, nameof(BatchNorm2d), bias) { }

        private protected override void CheckInput(Tensor input)
        {
            if (input.Sizes.Length != 4) throw new ArgumentException($"expected 4D input (got {input.Sizes.Length}D input)");
        }
    }

    public class BatchNorm3d : BatchNorm
    {
        internal BatchNorm3d(long n, double eps, double? momentum, bool affine, bool track, Device? device, ScalarType? dtype, bool bias) : base(n, eps, momentum, affine, track, device, dtype, nameof(BatchNorm3d), bias) { }

        private protected override void CheckInput(Tensor input)
        {
            if (input.Sizes.Length != 5) throw new ArgumentException($"expected 5D input (got {input.Sizes.Length}D input)");
        }
    }

    public abstract class InstanceNorm : NormBase
    {
        private readonly int _n;

        private protected InstanceNorm(int n, long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype, string name, bool bias)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, name, bias) => _n = n;

        private protected override void CheckInput(Tensor input)
        {
            if (input.Sizes.Length != _n + 1 && input.Sizes.Length != _n + 2) throw new ArgumentException($"expected {_n + 1}D or {_n + 2}D input (got {input.Sizes.Length}D input)");
        }

        public override Tensor forward(Tensor input)
        {
            CheckInput(input);
            var single = input.Sizes.Length == _n + 1;
            var channels = input.Sizes[^(_n + 1)];
            if (channels != num_features && affine)
                throw new ArgumentException($"expected input's size at dim={(single ? 0 : 1)} to match num_features ({num_features}), but got: {channels}.");
            var x = single ? input.unsqueeze(0) : input;
            var y = functional.instance_norm(x, running_mean, running_var, weight, bias, training || !track_running_stats, momentum ?? 0.0, eps);
            return single ? y.squeeze(0) : y;
        }
    }

    public class InstanceNorm1d : InstanceNorm
    {
        internal InstanceNorm1d(long n, double eps, double? momentum, bool affine, bool track, Device? device, ScalarType? dtype, bool bias) : base(1, n, eps, momentum, affine, track, device, dtype, nameof(InstanceNorm1d), bias) { }
    }

    public class InstanceNorm2d : InstanceNorm
    {
        internal InstanceNorm2d(long n, double eps, double? momentum, bool affine, bool track, Device? device, ScalarType? dtype, bool bias) : base(2, n, eps, momentum, affine, track, device, dtype, nameof(InstanceNorm2d), bias) { }
    }

    public class InstanceNorm3d : InstanceNorm
    {
        internal InstanceNorm3d(long n, double eps, double? momentum, bool affine, bool track, Device? device, ScalarType? dtype, bool bias) : base(3, n, eps, momentum, affine, track, device, dtype, nameof(InstanceNorm3d), bias) { }
    }

    /// <summary>Normalises over the last dimensions.</summary>
    public class LayerNorm : Module<Tensor, Tensor>
    {
        internal LayerNorm(long[] normalized_shape, double eps, bool elementwise_affine, bool bias, Device? device, ScalarType? dtype) : base(nameof(LayerNorm))
        {
            (this.normalized_shape, this.eps, this.elementwise_affine) = (normalized_shape, eps, elementwise_affine);
            if (elementwise_affine)
            {
                weight = init.Empty(normalized_shape, device, dtype);
                if (bias) this.bias = init.Empty(normalized_shape, device, dtype);
            }
            reset_parameters();
        }

        public long[] normalized_shape { get; set; }

        public double eps { get; set; }

        public bool elementwise_affine { get; set; }

        public Parameter? weight { get; set; }

        public Parameter? bias { get; set; }

        public void reset_parameters()
        {
            if (weight is not null) init.ones_(weight);
            if (bias is not null) init.zeros_(bias);
        }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.layer_norm(tensor, normalized_shape, weight, bias, eps);

        public override string extra_repr() =>
            $"{PyText.Tuple(normalized_shape)}, eps={PyText.Repr(eps)}, elementwise_affine={PyText.Repr(elementwise_affine)}, bias={PyText.Repr(bias is not null)}";
    }

    /// <summary>Divides by the root of the mean square over the last dimensions.</summary>
    public class RMSNorm : Module<Tensor, Tensor>
    {
        internal RMSNorm(long[] normalized_shape, double? eps, bool elementwise_affine, Device? device, ScalarType? dtype) : base(nameof(RMSNorm))
        {
            (this.normalized_shape, this.eps, this.elementwise_affine) = (normalized_shape, eps, elementwise_affine);
            if (elementwise_affine) weight = init.Empty(normalized_shape, device, dtype);
            reset_parameters();
        }

        public long[] normalized_shape { get; set; }

        public double? eps { get; set; }

        public bool elementwise_affine { get; set; }

        public Parameter? weight { get; set; }

        public void reset_parameters()
        {
            if (weight is not null) init.ones_(weight);
        }

        public override Tensor forward([PyTorchName("x")] Tensor tensor) => functional.rms_norm(tensor, normalized_shape, weight, eps);

        public override string extra_repr() => $"{PyText.Tuple(normalized_shape)}, eps={PyText.Repr(eps)}, elementwise_affine={PyText.Repr(elementwise_affine)}";
    }

    /// <summary>Normalises groups of channels.</summary>
    public class GroupNorm : Module<Tensor, Tensor>
    {
        internal GroupNorm(long num_groups, long num_channels, double eps, bool affine, Device? device, ScalarType? dtype, bool bias) : base(nameof(GroupNorm))
        {
            if (num_channels % num_groups != 0) throw new ArgumentException($"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})");
            (this.num_groups, this.num_channels, this.eps, this.affine) = (num_groups, num_channels, eps, affine);
            if (affine)
            {
                weight = init.Empty([num_channels], device, dtype);
                if (bias) this.bias = init.Empty([num_channels], device, dtype);
            }
            reset_parameters();
        }

        public long num_groups { get; set; }

        public long num_channels { get; }

        public double eps { get; set; }

        public bool affine { get; set; }

        public Parameter? weight { get; set; }

        public Parameter? bias { get; set; }

        public void reset_parameters()
        {
            if (weight is not null) init.ones_(weight);
            if (bias is not null) init.zeros_(bias);
        }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.group_norm(tensor, num_groups, weight, bias, eps);

        public override string extra_repr() => $"{num_groups}, {num_channels}, eps={PyText.Repr(eps)}, affine={PyText.Repr(affine)}, bias={PyText.Repr(bias is not null)}";
    }

    /// <summary>Divides by a power of the mean square over neighbouring channels.</summary>
    public sealed class LocalResponseNorm : ParameterLessModule<Tensor, Tensor>
    {
        internal LocalResponseNorm(long size, double alpha, double beta, double k) : base(nameof(LocalResponseNorm)) => (this.size, this.alpha, this.beta, this.k) = (size, alpha, beta, k);

        public long size { get; set; }

        public double alpha { get; set; }

        public double beta { get; set; }

        public double k { get; set; }

        public override Tensor forward(Tensor input) => functional.local_response_norm(input, size, alpha, beta, k);

        public override string extra_repr() => $"{size}, alpha={PyText.Repr(alpha)}, beta={PyText.Repr(beta)}, k={PyText.Repr(k)}";
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static BatchNorm1d BatchNorm1d(long num_features, double eps = 1e-05, double? momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null,
                ScalarType? dtype = null, bool bias = true) => new(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias);

            public static BatchNorm2d BatchNorm2d(long num_features, double eps = 1e-05, double? momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null,
                ScalarType? dtype = null, bool bias = true) => new(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias);

            public static BatchNorm3d BatchNorm3d(long num_features, double eps = 1e-05, double? momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null,
                ScalarType? dtype = null, bool bias = true) => new(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias);

            public static InstanceNorm1d InstanceNorm1d(long num_features, double eps = 1e-05, double? momentum = 0.1, bool affine = false, bool track_running_stats = false, Device? device = null,
                ScalarType? dtype = null, bool bias = true) => new(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias);

            public static InstanceNorm2d InstanceNorm2d(long num_features, double eps = 1e-05, double? momentum = 0.1, bool affine = false, bool track_running_stats = false, Device? device = null,
                ScalarType? dtype = null, bool bias = true) => new(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias);

            public static InstanceNorm3d InstanceNorm3d(long num_features, double eps = 1e-05, double? momentum = 0.1, bool affine = false, bool track_running_stats = false, Device? device = null,
                ScalarType? dtype = null, bool bias = true) => new(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias);

            public static LayerNorm LayerNorm(long[] normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(normalized_shape, eps, elementwise_affine, bias, device, dtype);

            public static LayerNorm LayerNorm(long normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new([normalized_shape], eps, elementwise_affine, bias, device, dtype);

            public static RMSNorm RMSNorm(long[] normalized_shape, double? eps = null, bool elementwise_affine = true, Device? device = null, ScalarType? dtype = null) =>
                new(normalized_shape, eps, elementwise_affine, device, dtype);

            public static RMSNorm RMSNorm(long normalized_shape, double? eps = null, bool elementwise_affine = true, Device? device = null, ScalarType? dtype = null) =>
                new([normalized_shape], eps, elementwise_affine, device, dtype);

            public static GroupNorm GroupNorm(long num_groups, long num_channels, double eps = 1e-05, bool affine = true, Device? device = null, ScalarType? dtype = null, bool bias = true) =>
                new(num_groups, num_channels, eps, affine, device, dtype, bias);

            public static LocalResponseNorm LocalResponseNorm(long size, double alpha = 0.0001, double beta = 0.75, double k = 1.0) => new(size, alpha, beta, k);
        }
    }
}
