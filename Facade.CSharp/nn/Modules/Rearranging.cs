using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;

// Windows as columns, and rearrangements of channels. See https://pytorch.org/docs/stable/nn.html#vision-layers.
namespace Torch.Modules
{
    /// <summary>The windows of images as columns.</summary>
    public sealed class Unfold : ParameterLessModule<Tensor, Tensor>
    {
        private readonly Extent _kernel, _dilation, _padding, _stride;

        internal Unfold(Extent kernel, Extent? dilation, Extent? padding, Extent? stride) : base(nameof(Unfold)) =>
            (_kernel, _dilation, _padding, _stride) = (kernel, dilation ?? 1, padding ?? 0, stride ?? 1);

        public (long, long) kernel_size => (_kernel.For(2)[0], _kernel.For(2)[1]);

        public (long, long) dilation => (_dilation.For(2)[0], _dilation.For(2)[1]);

        public (long, long) padding => (_padding.For(2)[0], _padding.For(2)[1]);

        public (long, long) stride => (_stride.For(2)[0], _stride.For(2)[1]);

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.Unfold(tensor, _kernel.For(2), _dilation.For(2), _padding.For(2), _stride.For(2));

        public override string extra_repr() => $"kernel_size={_kernel}, dilation={_dilation}, padding={_padding}, stride={_stride}";
    }

    /// <summary>Columns of windows put together to images; what overlaps is summed.</summary>
    public sealed class Fold : ParameterLessModule<Tensor, Tensor>
    {
        private readonly Extent _output, _kernel, _dilation, _padding, _stride;

        internal Fold(Extent output, Extent kernel, Extent? dilation, Extent? padding, Extent? stride) : base(nameof(Fold)) =>
            (_output, _kernel, _dilation, _padding, _stride) = (output, kernel, dilation ?? 1, padding ?? 0, stride ?? 1);

        public (long, long) output_size => (_output.For(2)[0], _output.For(2)[1]);

        public (long, long) kernel_size => (_kernel.For(2)[0], _kernel.For(2)[1]);

        public (long, long) dilation => (_dilation.For(2)[0], _dilation.For(2)[1]);

        public (long, long) padding => (_padding.For(2)[0], _padding.For(2)[1]);

        public (long, long) stride => (_stride.For(2)[0], _stride.For(2)[1]);

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.Fold(tensor, _output.For(2), _kernel.For(2), _dilation.For(2), _padding.For(2), _stride.For(2));

        public override string extra_repr() => $"output_size={_output}, kernel_size={_kernel}, dilation={_dilation}, padding={_padding}, stride={_stride}";
    }

    /// <summary>Channels as pixels.</summary>
    public sealed class PixelShuffle : ParameterLessModule<Tensor, Tensor>
    {
        internal PixelShuffle(long upscale_factor) : base(nameof(PixelShuffle)) => this.upscale_factor = upscale_factor;

        public long upscale_factor { get; }

        public override Tensor forward(Tensor input) => functional.pixel_shuffle(input, upscale_factor);

        public override string extra_repr() => $"upscale_factor={upscale_factor}";
    }

    /// <summary>Pixels as channels.</summary>
    public sealed class PixelUnshuffle : ParameterLessModule<Tensor, Tensor>
    {
        internal PixelUnshuffle(long downscale_factor) : base(nameof(PixelUnshuffle)) => this.downscale_factor = downscale_factor;

        public long downscale_factor { get; }

        public override Tensor forward(Tensor input) => functional.pixel_unshuffle(input, downscale_factor);

        public override string extra_repr() => $"downscale_factor={downscale_factor}";
    }

    /// <summary>Channels in turn from each group.</summary>
    public sealed class ChannelShuffle : ParameterLessModule<Tensor, Tensor>
    {
        internal ChannelShuffle(long groups) : base(nameof(ChannelShuffle)) => this.groups = groups;

        public long groups { get; set; }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.channel_shuffle(tensor, groups);

        public override string extra_repr() => $"groups={groups}";
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Unfold Unfold(long kernel_size, long dilation = 1, long padding = 0, long stride = 1) => new(kernel_size, dilation, padding, stride);

            public static Unfold Unfold((long, long) kernel_size, (long, long)? dilation = null, (long, long)? padding = null, (long, long)? stride = null) =>
                new(kernel_size, Extent.Of(dilation), Extent.Of(padding), Extent.Of(stride));

            public static Fold Fold(long output_size, long kernel_size, long dilation = 1, long padding = 0, long stride = 1) => new(output_size, kernel_size, dilation, padding, stride);

            public static Fold Fold((long, long) output_size, (long, long) kernel_size, (long, long)? dilation = null, (long, long)? padding = null, (long, long)? stride = null) =>
                new(output_size, kernel_size, Extent.Of(dilation), Extent.Of(padding), Extent.Of(stride));

            public static PixelShuffle PixelShuffle(long upscale_factor) => new(upscale_factor);

            public static PixelUnshuffle PixelUnshuffle(long downscale_factor) => new(downscale_factor);

            public static ChannelShuffle ChannelShuffle(long groups) => new(groups);
        }
    }
}
