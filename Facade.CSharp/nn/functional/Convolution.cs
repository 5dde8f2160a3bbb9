namespace Torch;

// torch.nn.functional: convolutions and sliding windows. See https://pytorch.org/docs/stable/nn.functional.html#convolution-functions.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            internal static Tensor Convolve(Tensor input, Tensor weight, Tensor? bias, long[]? stride, long[]? padding, long[]? dilation, long groups) =>
                Autograd.Record("ConvolutionBackward0", Convolution.conv(input.Expr, weight.Expr, bias?.Expr!, stride!, padding!, dilation!, groups), input, weight, bias);

            internal static Tensor Convolve(Tensor input, Tensor weight, Tensor? bias, long[]? stride, Padding padding, long[]? dilation, long groups) =>
                Autograd.Record("ConvolutionBackward0",
                    Convolution.conv_padded(input.Expr, weight.Expr, bias?.Expr!, stride!, padding == Padding.Same ? "same" : "valid", dilation!, groups), input, weight, bias);

            internal static Tensor ConvolveTransposed(Tensor input, Tensor weight, Tensor? bias, long[]? stride, long[]? padding, long[]? outputPadding, long groups, long[]? dilation) =>
                Autograd.Record("ConvolutionBackward0", Convolution.conv_transpose(input.Expr, weight.Expr, bias?.Expr!, stride!, padding!, outputPadding!, groups, dilation!), input, weight, bias);

            private static long[]? One(long? v) => v is { } x ? [x] : null;

            public static Tensor conv1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null, long? dilation = null, long groups = 1) =>
                Convolve(input, weight, bias, One(stride), One(padding), One(dilation), groups);

            public static Tensor conv1d(Tensor input, Tensor weight, Tensor? bias, long? stride, Padding padding, long? dilation = null, long groups = 1) =>
                Convolve(input, weight, bias, One(stride), padding, One(dilation), groups);

            public static Tensor conv1d_padding(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, Padding padding = Padding.Valid, long? dilation = null, long groups = 1) =>
                Convolve(input, weight, bias, One(stride), padding, One(dilation), groups);

            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, [PyTorchName("stride")] long[]? strides = null, long[]? padding = null, long[]? dilation = null,
                long groups = 1) => Convolve(input, weight, bias, strides, padding, dilation, groups);

            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias, [PyTorchName("stride")] long[]? strides, Padding padding, long[]? dilation = null, long groups = 1) =>
                Convolve(input, weight, bias, strides, padding, dilation, groups);

            public static Tensor conv2d_padding(Tensor input, Tensor weight, Tensor? bias = null, [PyTorchName("stride")] long[]? strides = null, Padding padding = Padding.Valid, long[]? dilation = null,
                long groups = 1) => Convolve(input, weight, bias, strides, padding, dilation, groups);

            public static Tensor conv3d(Tensor input, Tensor weight, Tensor? bias = null, [PyTorchName("stride")] long[]? strides = null, long[]? padding = null, long[]? dilation = null,
                long groups = 1) => Convolve(input, weight, bias, strides, padding, dilation, groups);

            public static Tensor conv3d(Tensor input, Tensor weight, Tensor? bias, [PyTorchName("stride")] long[]? strides, Padding padding, long[]? dilation = null, long groups = 1) =>
                Convolve(input, weight, bias, strides, padding, dilation, groups);

            public static Tensor conv3d_padding(Tensor input, Tensor weight, Tensor? bias = null, [PyTorchName("stride")] long[]? strides = null, Padding padding = Padding.Valid, long[]? dilation = null,
                long groups = 1) => Convolve(input, weight, bias, strides, padding, dilation, groups);

            // PyTorch's order: groups before dilation. Named as TorchSharp names them.

            public static Tensor conv_transpose1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null, long? output_padding = null, long? dilation = null, long groups = 1) =>
                ConvolveTransposed(input, weight, bias, One(stride), One(padding), One(output_padding), groups, One(dilation));

            public static Tensor conv_transpose2d(Tensor input, Tensor weight, Tensor? bias = null, [PyTorchName("stride")] long[]? strides = null, long[]? padding = null, long[]? output_padding = null,
                long[]? dilation = null, long groups = 1) => ConvolveTransposed(input, weight, bias, strides, padding, output_padding, groups, dilation);

            public static Tensor conv_transpose3d(Tensor input, Tensor weight, Tensor? bias = null, [PyTorchName("stride")] long[]? strides = null, long[]? padding = null, long[]? output_padding = null,
                long[]? dilation = null, long groups = 1) => ConvolveTransposed(input, weight, bias, strides, padding, output_padding, groups, dilation);

            /// <summary>The windows of images as columns.</summary>
            public static Tensor unfold(Tensor input, (long, long) kernel_size, (long, long)? dilation = null, (long, long)? padding = null, (long, long)? stride = null) =>
                Unfold(input, Extent.Array(kernel_size), Extent.Array(dilation), Extent.Array(padding), Extent.Array(stride));

            public static Tensor unfold(Tensor input, long kernel_size, long dilation = 1, long padding = 0, long stride = 1) => Unfold(input, [kernel_size], [dilation], [padding], [stride]);

            internal static Tensor Unfold(Tensor input, long[] kernel, long[]? dilation, long[]? padding, long[]? stride) =>
                Autograd.Record("Im2ColBackward0", Convolution.unfold(input.Expr, kernel, dilation!, padding!, stride!), input);

            /// <summary>Columns of windows put together to images; what overlaps is summed.</summary>
            public static Tensor fold(Tensor input, (long, long) output_size, (long, long) kernel_size, (long, long)? dilation = null, (long, long)? padding = null, (long, long)? stride = null) =>
                Fold(input, Extent.Array(output_size), Extent.Array(kernel_size), Extent.Array(dilation), Extent.Array(padding), Extent.Array(stride));

            public static Tensor fold(Tensor input, long output_size, long kernel_size, long dilation = 1, long padding = 0, long stride = 1) =>
                Fold(input, [output_size], [kernel_size], [dilation], [padding], [stride]);

            internal static Tensor Fold(Tensor input, long[] output, long[] kernel, long[]? dilation, long[]? padding, long[]? stride) =>
                Autograd.Record("Col2ImBackward0", Convolution.fold(input.Expr, output, kernel, dilation!, padding!, stride!), input);
        }
    }
}
