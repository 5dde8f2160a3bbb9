using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;

// Pooling. See https://pytorch.org/docs/stable/nn.html#pooling-layers.
namespace Torch.Modules
{
    /// <summary>The maximum of each window.</summary>
    public sealed class MaxPool1d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _kernel, _stride, _padding, _dilation;

        internal MaxPool1d(Extent kernel, Extent? stride, Extent? padding, Extent? dilation, bool ceil_mode) : base(nameof(MaxPool1d)) =>
            (_kernel, _stride, _padding, _dilation, this.ceil_mode) = (kernel, stride ?? kernel, padding ?? 0, dilation ?? 1, ceil_mode);

        public long kernel_size
        {
            get => _kernel.Values[0];
            set => _kernel = value;
        }

        public long? stride
        {
            get => _stride.Values[0];
            set => _stride = value ?? 0;
        }

        public long? padding
        {
            get => _padding.Values[0];
            set => _padding = value ?? 0;
        }

        public long? dilation
        {
            get => _dilation.Values[0];
            set => _dilation = value ?? 0;
        }

        public bool ceil_mode { get; set; }

        public override Tensor forward(Tensor input) => Pool(input).Item1;

        public (Tensor Values, Tensor Indices) forward_with_indices(Tensor input) => Pool(input);

        private (Tensor, Tensor) Pool(Tensor input) => functional.MaxPool(input, _kernel.For(1), _stride.For(1), _padding.For(1), _dilation.For(1), ceil_mode);

        public override string extra_repr() => $"kernel_size={_kernel}, stride={_stride}, padding={_padding}, dilation={_dilation}, ceil_mode={PyText.Repr(ceil_mode)}";
    }

    /// <summary>The mean of each window.</summary>
    public sealed class AvgPool1d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _kernel, _stride, _padding;

        internal AvgPool1d(Extent kernel, Extent? stride, Extent? padding, bool ceil_mode, bool count_include_pad) : base(nameof(AvgPool1d)) =>
            (_kernel, _stride, _padding, this.ceil_mode, this.count_include_pad) = (kernel, stride ?? kernel, padding ?? 0, ceil_mode, count_include_pad);

        public long kernel_size
        {
            get => _kernel.Values[0];
            set => _kernel = value;
        }

        public long? stride
        {
            get => _stride.Values[0];
            set => _stride = value ?? 0;
        }

        public long? padding
        {
            get => _padding.Values[0];
            set => _padding = value ?? 0;
        }

        public bool ceil_mode { get; set; }

        public bool count_include_pad { get; set; }

        public override Tensor forward(Tensor input) =>
            functional.AvgPool(input, _kernel.For(1), _stride.For(1), _padding.For(1), ceil_mode, count_include_pad, null);

        public override string extra_repr() => $"kernel_size={PyText.Tuple(_kernel.Values)}, stride={PyText.Tuple(_stride.Values)}, padding={PyText.Tuple(_padding.Values)}";
    }

    /// <summary>The mean of as many windows as the output has elements; -1 keeps a dimension's size.</summary>
    public sealed class AdaptiveAvgPool1d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _output;

        internal AdaptiveAvgPool1d(Extent output_size) : base(nameof(AdaptiveAvgPool1d)) => _output = output_size;

        public long output_size
        {
            get => _output.Values[0];
            set => _output = value;
        }

        public override Tensor forward(Tensor input) => functional.AdaptiveAvgPool(input, _output.For(1));

        public override string extra_repr() => "output_size=" + _output.ToString().Replace("-1", "None");
    }

    /// <summary>The maximum of as many windows as the output has elements; -1 keeps a dimension's size.</summary>
    public sealed class AdaptiveMaxPool1d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _output;

        internal AdaptiveMaxPool1d(Extent output_size) : base(nameof(AdaptiveMaxPool1d)) => _output = output_size;

        public long output_size
        {
            get => _output.Values[0];
            set => _output = value;
        }

        public override Tensor forward(Tensor input) => functional.AdaptiveMaxPool(input, _output.For(1)).Item1;

        public (Tensor Values, Tensor Indices) forward_with_indices(Tensor input) => functional.AdaptiveMaxPool(input, _output.For(1));

        public override string extra_repr() => "output_size=" + _output.ToString().Replace("-1", "None");
    }

    /// <summary>The norm of each window.</summary>
    public sealed class LPPool1d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _kernel;
        private Extent? _stride;

        internal LPPool1d(double norm_type, Extent kernel, Extent? stride, bool ceil_mode) : base(nameof(LPPool1d)) =>
            (this.norm_type, _kernel, _stride, this.ceil_mode) = (norm_type, kernel, stride, ceil_mode);

        public double norm_type { get; set; }

        public long kernel_size
        {
            get => _kernel.Values[0];
            set => _kernel = value;
        }

        public long? stride
        {
            get => _stride?.Values[0];
            set => _stride = Extent.Of(value);
        }

        public bool ceil_mode { get; set; }

        public override Tensor forward(Tensor input) => functional.LpPool(input, norm_type, _kernel.For(1), _stride?.For(1), ceil_mode);

        public override string extra_repr() =>
            $"norm_type={(norm_type == Math.Floor(norm_type) ? PyText.Repr((long)norm_type) : PyText.Repr(norm_type))}, kernel_size={_kernel}, stride={_stride?.ToString() ?? "None"}, ceil_mode={PyText.Repr(ceil_mode)}";
    }

    /// <summary>Puts maxima back where they were; zero elsewhere.</summary>
    public sealed class MaxUnpool1d : Module<Tensor, Tensor, long[]?, Tensor>
    {
        private Extent _kernel, _stride, _padding;

        internal MaxUnpool1d(Extent kernel, Extent? stride, Extent? padding) : base(nameof(MaxUnpool1d)) => (_kernel, _stride, _padding) = (kernel, stride ?? kernel, padding ?? 0);

        public long kernel_size
        {
            get => _kernel.Values[0];
            set => _kernel = value;
        }

        public long? stride
        {
            get => _stride.Values[0];
            set => _stride = value ?? 0;
        }

        public long? padding
        {
            get => _padding.Values[0];
            set => _padding = value ?? 0;
        }

        public override Tensor forward([PyTorchName("input")] Tensor tensor, Tensor indices, long[]? output_size = null) =>
            functional.MaxUnpool(tensor, indices, _kernel.For(1), _stride.For(1), _padding.For(1), output_size);

        public new Tensor call(Tensor tensor, Tensor indices, long[]? output_size = null) => base.call(tensor, indices, output_size);

        public override string extra_repr() => $"kernel_size={PyText.Tuple(_kernel.For(1))}, stride={PyText.Tuple(_stride.For(1))}, padding={PyText.Tuple(_padding.For(1))}";
    }

    /// <summary>The maximum of each window.</summary>
    public sealed class MaxPool2d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _kernel, _stride, _padding, _dilation;

        internal MaxPool2d(Extent kernel, Extent? stride, Extent? padding, Extent? dilation, bool ceil_mode) : base(nameof(MaxPool2d)) =>
            (_kernel, _stride, _padding, _dilation, this.ceil_mode) = (kernel, stride ?? kernel, padding ?? 0, dilation ?? 1, ceil_mode);

        public long[] kernel_size
        {
            get => _kernel.For(2);
            set => _kernel = value;
        }

        public long[] stride
        {
            get => _stride.For(2);
            set => _stride = value;
        }

        public long[] padding
        {
            get => _padding.For(2);
            set => _padding = value;
        }

        public long[] dilation
        {
            get => _dilation.For(2);
            set => _dilation = value;
        }

        public bool ceil_mode { get; set; }

        public override Tensor forward(Tensor input) => Pool(input).Item1;

        public (Tensor output, Tensor indices) forward_with_indices(Tensor input) => Pool(input);

        private (Tensor, Tensor) Pool(Tensor input) => functional.MaxPool(input, _kernel.For(2), _stride.For(2), _padding.For(2), _dilation.For(2), ceil_mode);

        public override string extra_repr() => $"kernel_size={_kernel}, stride={_stride}, padding={_padding}, dilation={_dilation}, ceil_mode={PyText.Repr(ceil_mode)}";
    }

    /// <summary>The mean of each window.</summary>
    public sealed class AvgPool2d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _kernel, _stride, _padding;

        internal AvgPool2d(Extent kernel, Extent? stride, Extent? padding, bool ceil_mode, bool count_include_pad, long? divisor_override) : base(nameof(AvgPool2d)) =>
            (_kernel, _stride, _padding, this.ceil_mode, this.count_include_pad, this.divisor_override) = (kernel, stride ?? kernel, padding ?? 0, ceil_mode, count_include_pad, divisor_override);

        public long[] kernel_size
        {
            get => _kernel.For(2);
            set => _kernel = value;
        }

        public long[] stride
        {
            get => _stride.For(2);
            set => _stride = value;
        }

        public long[] padding
        {
            get => _padding.For(2);
            set => _padding = value;
        }

        public bool ceil_mode { get; set; }

        public bool count_include_pad { get; set; }

        public long? divisor_override { get; set; }

        public override Tensor forward(Tensor input) =>
            functional.AvgPool(input, _kernel.For(2), _stride.For(2), _padding.For(2), ceil_mode, count_include_pad, divisor_override);

        public override string extra_repr() => $"kernel_size={_kernel}, stride={_stride}, padding={_padding}";
    }

    /// <summary>The mean of as many windows as the output has elements; -1 keeps a dimension's size.</summary>
    public sealed class AdaptiveAvgPool2d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _output;

        internal AdaptiveAvgPool2d(Extent output_size) : base(nameof(AdaptiveAvgPool2d)) => _output = output_size;

        public long[] output_size
        {
            get => _output.For(2);
            set => _output = value;
        }

        public override Tensor forward(Tensor input) => functional.AdaptiveAvgPool(input, _output.For(2));

        public override string extra_repr() => "output_size=" + _output.ToString().Replace("-1", "None");
    }

    /// <summary>The maximum of as many windows as the output has elements; -1 keeps a dimension's size.</summary>
    public sealed class AdaptiveMaxPool2d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _output;

        internal AdaptiveMaxPool2d(Extent output_size) : base(nameof(AdaptiveMaxPool2d)) => _output = output_size;

        public long[] output_size
        {
            get => _output.For(2);
            set => _output = value;
        }

        public override Tensor forward(Tensor input) => functional.AdaptiveMaxPool(input, _output.For(2)).Item1;

        public (Tensor output, Tensor indices) forward_with_indices(Tensor input) => functional.AdaptiveMaxPool(input, _output.For(2));

        public override string extra_repr() => "output_size=" + _output.ToString().Replace("-1", "None");
    }

    /// <summary>The norm of each window.</summary>
    public sealed class LPPool2d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _kernel;
        private Extent? _stride;

        internal LPPool2d(double norm_type, Extent kernel, Extent? stride, bool ceil_mode) : base(nameof(LPPool2d)) =>
            (this.norm_type, _kernel, _stride, this.ceil_mode) = (norm_type, kernel, stride, ceil_mode);

        public double norm_type { get; set; }

        public long[] kernel_size
        {
            get => _kernel.For(2);
            set => _kernel = value;
        }

        public long[]? stride
        {
            get => _stride?.For(2);
            set => _stride = Extent.Of(value);
        }

        public bool ceil_mode { get; set; }

        public override Tensor forward(Tensor input) => functional.LpPool(input, norm_type, _kernel.For(2), _stride?.For(2), ceil_mode);

        public override string extra_repr() =>
            $"norm_type={(norm_type == Math.Floor(norm_type) ? PyText.Repr((long)norm_type) : PyText.Repr(norm_type))}, kernel_size={_kernel}, stride={_stride?.ToString() ?? "None"}, ceil_mode={PyText.Repr(ceil_mode)}";
    }

    /// <summary>Puts maxima back where they were; zero elsewhere.</summary>
    public sealed class MaxUnpool2d : Module<Tensor, Tensor, long[]?, Tensor>
    {
        private Extent _kernel, _stride, _padding;

        internal MaxUnpool2d(Extent kernel, Extent? stride, Extent? padding) : base(nameof(MaxUnpool2d)) => (_kernel, _stride, _padding) = (kernel, stride ?? kernel, padding ?? 0);

        public long[] kernel_size
        {
            get => _kernel.For(2);
            set => _kernel = value;
        }

        public long[] stride
        {
            get => _stride.For(2);
            set => _stride = value;
        }

        public long[] padding
        {
            get => _padding.For(2);
            set => _padding = value;
        }

        public override Tensor forward([PyTorchName("input")] Tensor tensor, Tensor indices, long[]? output_size = null) =>
            functional.MaxUnpool(tensor, indices, _kernel.For(2), _stride.For(2), _padding.For(2), output_size);

        public new Tensor call(Tensor tensor, Tensor indices, long[]? output_size = null) => base.call(tensor, indices, output_size);

        public override string extra_repr() => $"kernel_size={PyText.Tuple(_kernel.For(2))}, stride={PyText.Tuple(_stride.For(2))}, padding={PyText.Tuple(_padding.For(2))}";
    }

    /// <summary>The maximum of each window.</summary>
    public sealed class MaxPool3d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _kernel, _stride, _padding, _dilation;

        internal MaxPool3d(Extent kernel, Extent? stride, Extent? padding, Extent? dilation, bool ceil_mode) : base(nameof(MaxPool3d)) =>
            (_kernel, _stride, _padding, _dilation, this.ceil_mode) = (kernel, stride ?? kernel, padding ?? 0, dilation ?? 1, ceil_mode);

        public long[] kernel_size
        {
            get => _kernel.For(3);
            set => _kernel = value;
        }

        public long[] stride
        {
            get => _stride.For(3);
            set => _stride = value;
        }

        public long[] padding
        {
            get => _padding.For(3);
            set => _padding = value;
        }

        public long[] dilation
        {
            get => _dilation.For(3);
            set => _dilation = value;
        }

        public bool ceil_mode { get; set; }

        public override Tensor forward(Tensor input) => Pool(input).Item1;

        public (Tensor output, Tensor indices) forward_with_indices(Tensor input) => Pool(input);

        private (Tensor, Tensor) Pool(Tensor input) => functional.MaxPool(input, _kernel.For(3), _stride.For(3), _padding.For(3), _dilation.For(3), ceil_mode);

        public override string extra_repr() => $"kernel_size={_kernel}, stride={_stride}, padding={_padding}, dilation={_dilation}, ceil_mode={PyText.Repr(ceil_mode)}";
    }

    /// <summary>The mean of each window.</summary>
    public sealed class AvgPool3d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _kernel, _stride, _padding;

        internal AvgPool3d(Extent kernel, Extent? stride, Extent? padding, bool ceil_mode, bool count_include_pad, long? divisor_override) : base(nameof(AvgPool3d)) =>
            (_kernel, _stride, _padding, this.ceil_mode, this.count_include_pad, this.divisor_override) = (kernel, stride ?? kernel, padding ?? 0, ceil_mode, count_include_pad, divisor_override);

        public long[] kernel_size
        {
            get => _kernel.For(3);
            set => _kernel = value;
        }

        public long[] stride
        {
            get => _stride.For(3);
            set => _stride = value;
        }

        public long[] padding
        {
            get => _padding.For(3);
            set => _padding = value;
        }

        public bool ceil_mode { get; set; }

        public bool count_include_pad { get; set; }

        public long? divisor_override { get; set; }

        public override Tensor forward(Tensor input) =>
            functional.AvgPool(input, _kernel.For(3), _stride.For(3), _padding.For(3), ceil_mode, count_include_pad, divisor_override);

        public override string extra_repr() => $"kernel_size={_kernel}, stride={_stride}, padding={_padding}";
    }

    /// <summary>The mean of as many windows as the output has elements; -1 keeps a dimension's size.</summary>
    public sealed class AdaptiveAvgPool3d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _output;

        internal AdaptiveAvgPool3d(Extent output_size) : base(nameof(AdaptiveAvgPool3d)) => _output = output_size;

        public long[] output_size
        {
            get => _output.For(3);
            set => _output = value;
        }

        public override Tensor forward(Tensor input) => functional.AdaptiveAvgPool(input, _output.For(3));

        public override string extra_repr() => "output_size=" + _output.ToString().Replace("-1", "None");
    }

    /// <summary>The maximum of as many windows as the output has elements; -1 keeps a dimension's size.</summary>
    public sealed class AdaptiveMaxPool3d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _output;

        internal AdaptiveMaxPool3d(Extent output_size) : base(nameof(AdaptiveMaxPool3d)) => _output = output_size;

        public long[] output_size
        {
            get => _output.For(3);
            set => _output = value;
        }

        public override Tensor forward(Tensor input) => functional.AdaptiveMaxPool(input, _output.For(3)).Item1;

        public (Tensor output, Tensor indices) forward_with_indices(Tensor input) => functional.AdaptiveMaxPool(input, _output.For(3));

        public override string extra_repr() => "output_size=" + _output.ToString().Replace("-1", "None");
    }

    /// <summary>The norm of each window.</summary>
    public sealed class LPPool3d : ParameterLessModule<Tensor, Tensor>
    {
        private Extent _kernel;
        private Extent? _stride;

        internal LPPool3d(double norm_type, Extent kernel, Extent? stride, bool ceil_mode) : base(nameof(LPPool3d)) =>
            (this.norm_type, _kernel, _stride, this.ceil_mode) = (norm_type, kernel, stride, ceil_mode);

        public double norm_type { get; set; }

        public long[] kernel_size
        {
            get => _kernel.For(3);
            set => _kernel = value;
        }

        public long[]? stride
        {
            get => _stride?.For(3);
            set => _stride = Extent.Of(value);
        }

        public bool ceil_mode { get; set; }

        public override Tensor forward(Tensor input) => functional.LpPool(input, norm_type, _kernel.For(3), _stride?.For(3), ceil_mode);

        public override string extra_repr() =>
            $"norm_type={(norm_type == Math.Floor(norm_type) ? PyText.Repr((long)norm_type) : PyText.Repr(norm_type))}, kernel_size={_kernel}, stride={_stride?.ToString() ?? "None"}, ceil_mode={PyText.Repr(ceil_mode)}";
    }

    /// <summary>Puts maxima back where they were; zero elsewhere.</summary>
    public sealed class MaxUnpool3d : Module<Tensor, Tensor, long[]?, Tensor>
    {
        private Extent _kernel, _stride, _padding;

        internal MaxUnpool3d(Extent kernel, Extent? stride, Extent? padding) : base(nameof(MaxUnpool3d)) => (_kernel, _stride, _padding) = (kernel, stride ?? kernel, padding ?? 0);

        public long[] kernel_size
        {
            get => _kernel.For(3);
            set => _kernel = value;
        }

        public long[] stride
        {
            get => _stride.For(3);
            set => _stride = value;
        }

        public long[] padding
        {
            get => _padding.For(3);
            set => _padding = value;
        }

        public override Tensor forward([PyTorchName("input")] Tensor tensor, Tensor indices, long[]? output_size = null) =>
            functional.MaxUnpool(tensor, indices, _kernel.For(3), _stride.For(3), _padding.For(3), output_size);

        public new Tensor call(Tensor tensor, Tensor indices, long[]? output_size = null) => base.call(tensor, indices, output_size);

        public override string extra_repr() => $"kernel_size={PyText.Tuple(_kernel.For(3))}, stride={PyText.Tuple(_stride.For(3))}, padding={PyText.Tuple(_padding.For(3))}";
    }
}
