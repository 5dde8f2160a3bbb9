using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

// Convolutions. See https://pytorch.org/docs/stable/nn.html#convolution-layers.
namespace Torch.Modules
{
    /// <summary>What the convolutions have in common: weight, bias and geometry.</summary>
    public abstract class Convolution : Module<Tensor, Tensor>
    {
        private readonly int _n;
        private long[] _padding;
        private Padding? _paddingType;

        private protected Convolution(string name, int n, long in_channels, long out_channels, Extent kernel, Extent? stride, Extent? padding, Padding? paddingType, Extent? dilation, Extent? outputPadding,
            bool transposed, PaddingModes padding_mode, long groups, bool bias, Device? device, ScalarType? dtype) : base(name)
        {
            if (groups <= 0) throw new ArgumentException("groups must be a positive integer");
            if (in_channels % groups != 0) throw new ArgumentException("in_channels must be divisible by groups");
            if (out_channels % groups != 0) throw new ArgumentException("out_channels must be divisible by groups");
            _n = n;
            (this.in_channels, this.out_channels, this.groups, this.padding_mode, this.transposed) = (in_channels, out_channels, groups, padding_mode, transposed);
            kernel_size = kernel.For(n);
            this.stride = (stride ?? 1).For(n);
            _padding = (padding ?? 0).For(n);
            this.dilation = (dilation ?? 1).For(n);
            output_padding = (outputPadding ?? 0).For(n);
            _paddingType = paddingType;
            if (paddingType == Padding.Same && this.stride.Any(s => s != 1)) throw new ArgumentException("padding='same' is not supported for strided convolutions");
            if (transposed && padding_mode != PaddingModes.Zeros) throw new ArgumentException($"Only \"zeros\" padding mode is supported for {name}");
            weight = init.Empty(transposed ? [in_channels, out_channels / groups, .. kernel_size] : [out_channels, in_channels / groups, .. kernel_size], device, dtype);
            if (bias) this.bias = init.Empty([out_channels], device, dtype);
            reset_parameters();
        }

        public long in_channels { get; }

        public long out_channels { get; }

        public long[] kernel_size { get; set; }

        public long[] stride { get; set; }

        /// <summary>The padding in numbers; null where it is given by name.</summary>
        public long[]? padding => _paddingType is null ? _padding : null;

        public Padding? padding_type => _paddingType;

        public long[] dilation { get; set; }

        public bool transposed { get; }

        public long[] output_padding { get; set; }

        public long groups { get; set; }

        public PaddingModes padding_mode { get; set; }

        public Parameter weight { get; set; }

        public Parameter? bias { get; set; }

        public void SetPadding(long[] padding) => (_padding, _paddingType) = (padding, null);

        public void SetPadding(Padding padding) => _paddingType = padding;

        public void reset_parameters() => init.Default(weight, bias);

        /// <summary>The padding of each side, last dimension first.</summary>
        private long[] Around()
        {
            var around = new long[2 * _n];
            for (var d = 0; d < _n; d++)
            {
                var (left, right) = (_padding[d], _padding[d]);
                if (_paddingType is Padding.Valid) (left, right) = (0, 0);
                else if (_paddingType is Padding.Same)
                {
                    var total = dilation[d] * (kernel_size[d] - 1);
                    (left, right) = (total / 2, total - total / 2);
                }
                (around[2 * (_n - 1 - d)], around[2 * (_n - 1 - d) + 1]) = (left, right);
            }
            return around;
        }

        public override Tensor forward(Tensor input)
        {
            if (padding_mode != PaddingModes.Zeros)
                return functional.Convolve(functional.pad(input, Around(), padding_mode), weight, bias, stride, new long[_n], dilation, groups);
            return _paddingType is { } named
                ? functional.Convolve(input, weight, bias, stride, named, dilation, groups)
                : functional.Convolve(input, weight, bias, stride, _padding, dilation, groups);
        }

        public override string extra_repr()
        {
            var text = new System.Text.StringBuilder($"{in_channels}, {out_channels}, kernel_size={PyText.Tuple(kernel_size)}, stride={PyText.Tuple(stride)}");
            if (_paddingType is { } named) text.Append($", padding={(named == Padding.Same ? "same" : "valid")}");
            else if (_padding.Any(p => p != 0)) text.Append($", padding={PyText.Tuple(_padding)}");
            if (dilation.Any(d => d != 1)) text.Append($", dilation={PyText.Tuple(dilation)}");
            if (output_padding.Any(p => p != 0)) text.Append($", output_padding={PyText.Tuple(output_padding)}");
            if (groups != 1) text.Append($", groups={groups}");
            if (bias is null) text.Append(", bias=False");
            if (padding_mode != PaddingModes.Zeros) text.Append($", padding_mode={padding_mode.Name()}");
            return text.ToString();
        }
    }

    public class Conv1d : Convolution
    {
        internal Conv1d(long i, long o, Extent kernel, Extent? stride, Extent? padding, Padding? type, Extent? dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(Conv1d), 1, i, o, kernel, stride, padding, type, dilation, null, false, mode, groups, bias, device, dtype) { }
    }

    public class Conv2d : Convolution
    {
        internal Conv2d(long i, long o, Extent kernel, Extent? stride, Extent? padding, Padding? type, Extent? dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(Conv2d), 2, i, o, kernel, stride, padding, type, dilation, null, false, mode, groups, bias, device, dtype) { }
    }

    public class Conv3d : Convolution
    {
        internal Conv3d(long i, long o, Extent kernel, Extent? stride, Extent? padding, Padding? type, Extent? dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(Conv3d), 3, i, o, kernel, stride, padding, type, dilation, null, false, mode, groups, bias, device, dtype) { }
    }

    /// <summary>A convolution's transpose. The output's size can be chosen among those that the stride leaves open.</summary>
    public abstract class ConvolutionTranspose : Convolution
    {
        private protected ConvolutionTranspose(string name, int n, long i, long o, Extent kernel, Extent? stride, Extent? padding, Extent? outputPadding, Extent? dilation, PaddingModes mode, long groups, bool bias,
            Device? device, ScalarType? dtype)
            : base(name, n, i, o, kernel, stride, padding, null, dilation, outputPadding, true, mode, groups, bias, device, dtype) { }

        public override Tensor forward(Tensor input) => forward(input, null);

        public virtual Tensor forward(Tensor input, long[]? output_size) =>
            functional.ConvolveTransposed(input, weight, bias, stride, padding, OutputPadding(input, output_size), groups, dilation);

        /// <summary>Runs the module for an output of this size.</summary>
        public Tensor call(Tensor input, long[]? output_size) => output_size is null ? call(input) : forward(input, output_size);

        private long[] OutputPadding(Tensor input, long[]? size)
        {
            if (size is null) return output_padding;
            var n = kernel_size.Length;
            var batched = input.Sizes.Length == n + 2;
            var lead = batched ? 2 : 1;
            if (size.Length == n + lead) size = size[lead..];
            if (size.Length != n)
                throw new ArgumentException($"ConvTranspose{n}D: for {input.Sizes.Length}D input, output_size must have {n} or {n + lead} elements (got {size.Length})");
            var extra = new long[n];
            long[] least = new long[n], most = new long[n];
            for (var d = 0; d < n; d++)
            {
                least[d] = (input.Sizes[d + lead] - 1) * stride[d] - 2 * padding![d] + dilation[d] * (kernel_size[d] - 1) + 1;
                most[d] = least[d] + stride[d] - 1;
            }
            for (var d = 0; d < n; d++)
            {
                if (size[d] < least[d] || size[d] > most[d])
                    throw new ArgumentException($"requested an output size of {Shape.show(size)}, but valid sizes range from {Shape.show(least)} to {Shape.show(most)} (for an input of torch.Size({Shape.show(input.Sizes[2..])}))");
                extra[d] = size[d] - least[d];
            }
            return extra;
        }
    }

    public class ConvTranspose1d : ConvolutionTranspose
    {
        internal ConvTranspose1d(long i, long o, Extent kernel, Extent? stride, Extent? padding, Extent? outputPadding, Extent? dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(ConvTranspose1d), 1, i, o, kernel, stride, padding, outputPadding, dilation, mode, groups, bias, device, dtype) { }
    }

    public class ConvTranspose2d : ConvolutionTranspose
    {
        internal ConvTranspose2d(long i, long o, Extent kernel, Extent? stride, Extent? padding, Extent? outputPadding, Extent? dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(ConvTranspose2d), 2, i, o, kernel, stride, padding, outputPadding, dilation, mode, groups, bias, device, dtype) { }
    }

    public class ConvTranspose3d : ConvolutionTranspose
    {
        internal ConvTranspose3d(long i, long o, Extent kernel, Extent? stride, Extent? padding, Extent? outputPadding, Extent? dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(ConvTranspose3d), 3, i, o, kernel, stride, padding, outputPadding, dilation, mode, groups, bias, device, dtype) { }
    }
}
