using CorePooling = Torch.Core.Ops.Pooling;

namespace Torch;

// torch.nn.functional: pooling. See https://pytorch.org/docs/stable/nn.functional.html#pooling-functions.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            internal static (Tensor, Tensor) MaxPool(Tensor input, long[] kernel, long[]? stride, long[]? padding, long[]? dilation, bool ceil)
            {
                var name = kernel.Length switch { 1 => "MaxPool1DWithIndicesBackward0", 2 => "MaxPool2DWithIndicesBackward0", _ => "MaxPool3DWithIndicesBackward0" };
                var both = Autograd.Record(name, CorePooling.max_pool(input.Expr, kernel, stride!, padding!, dilation!, ceil), input);
                return (both[0], both[1]);
            }

            internal static Tensor AvgPool(Tensor input, long[] kernel, long[]? stride, long[]? padding, bool ceil, bool countPad, long? divisor) =>
                Autograd.Record($"AvgPool{kernel.Length}DBackward0", CorePooling.avg_pool(input.Expr, kernel, stride!, padding!, ceil, countPad, divisor), input);

            // ---- Maxima

            public static Tensor max_pool1d(Tensor input, long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
                MaxPool(input, [kernel_size], One(stride), One(padding), One(dilation), ceil_mode).Item1;

            public static (Tensor output, Tensor indices) max_pool1d_with_indices(Tensor input, long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
                MaxPool(input, [kernel_size], One(stride), One(padding), One(dilation), ceil_mode);

            public static Tensor max_pool2d(Tensor input, long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
                MaxPool(input, [kernel_size, kernel_size], One(stride), One(padding), One(dilation), ceil_mode).Item1;

            public static Tensor max_pool2d(Tensor input, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null, bool ceil_mode = false) =>
                MaxPool(input, Extent.Array(kernel_size), Extent.Array(stride), Extent.Array(padding), Extent.Array(dilation), ceil_mode).Item1;

            public static Tensor max_pool2d(Tensor input, long[] kernel_size, [PyTorchName("stride")] long[]? strides = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false) =>
                MaxPool(input, kernel_size, strides, padding, dilation, ceil_mode).Item1;

            public static (Tensor output, Tensor indices) max_pool2d_with_indices(Tensor input, long[] kernel_size, [PyTorchName("stride")] long[]? strides = null, long[]? padding = null,
                long[]? dilation = null, bool ceil_mode = false) => MaxPool(input, kernel_size, strides, padding, dilation, ceil_mode);

            public static Tensor max_pool3d(Tensor input, long[] kernel_size, [PyTorchName("stride")] long[]? strides = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false) =>
                MaxPool(input, kernel_size, strides, padding, dilation, ceil_mode).Item1;

            public static (Tensor output, Tensor indices) max_pool3d_with_indices(Tensor input, long[] kernel_size, [PyTorchName("stride")] long[]? strides = null, long[]? padding = null,
                long[]? dilation = null, bool ceil_mode = false) => MaxPool(input, kernel_size, strides, padding, dilation, ceil_mode);

            // ---- Means

            public static Tensor avg_pool1d(Tensor input, long kernel_size, long? stride = null, long? padding = null, bool ceil_mode = false, bool count_include_pad = true) =>
                AvgPool(input, [kernel_size], One(stride), One(padding), ceil_mode, count_include_pad, null);

            public static Tensor avg_pool2d(Tensor input, long kernel_size, long? stride = null, long padding = 0, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
                AvgPool(input, [kernel_size, kernel_size], One(stride), [padding], ceil_mode, count_include_pad, divisor_override);

            public static Tensor avg_pool2d(Tensor input, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, bool ceil_mode = false, bool count_include_pad = true,
                long? divisor_override = null) => AvgPool(input, Extent.Array(kernel_size), Extent.Array(stride), Extent.Array(padding), ceil_mode, count_include_pad, divisor_override);

            public static Tensor avg_pool2d(Tensor input, long[] kernel_size, long[]? stride = null, long[]? padding = null, bool ceil_mode = false, bool count_include_pad = true,
                long? divisor_override = null) => AvgPool(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);

            public static Tensor avg_pool3d(Tensor input, long[] kernel_size, long[]? stride = null, long[]? padding = null, bool ceil_mode = false, bool count_include_pad = true,
                long? divisor_override = null) => AvgPool(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);

            // ---- To a given size; -1 keeps a dimension's size

            internal static Tensor AdaptiveAvgPool(Tensor input, long[] output) =>
                Autograd.Record(output.Length switch { 1 => "SqueezeBackward1", 2 => "AdaptiveAvgPool2DBackward0", _ => "AdaptiveAvgPool3DBackward0" },
                    CorePooling.adaptive_avg_pool(input.Expr, output), input);

            internal static (Tensor, Tensor) AdaptiveMaxPool(Tensor input, long[] output)
            {
                var both = Autograd.Record($"AdaptiveMaxPool{output.Length}DBackward0", CorePooling.adaptive_max_pool(input.Expr, output), input);
                return (both[0], both[1]);
            }

            public static Tensor adaptive_avg_pool1d(Tensor input, long output_size) => AdaptiveAvgPool(input, [output_size]);

            public static Tensor adaptive_avg_pool2d(Tensor input, long output_size) => AdaptiveAvgPool(input, [output_size, output_size]);

            public static Tensor adaptive_avg_pool2d(Tensor input, (long, long) output_size) => AdaptiveAvgPool(input, [output_size.Item1, output_size.Item2]);

            public static Tensor adaptive_avg_pool2d(Tensor input, long[] output_size) => AdaptiveAvgPool(input, output_size);

            public static Tensor adaptive_avg_pool3d(Tensor input, long output_size) => AdaptiveAvgPool(input, [output_size, output_size, output_size]);

            public static Tensor adaptive_avg_pool3d(Tensor input, (long, long, long) output_size) => AdaptiveAvgPool(input, [output_size.Item1, output_size.Item2, output_size.Item3]);

            public static Tensor adaptive_avg_pool3d(Tensor input, long[] output_size) => AdaptiveAvgPool(input, output_size);

            public static Tensor adaptive_max_pool1d(Tensor input, long output_size) => AdaptiveMaxPool(input, [output_size]).Item1;

            public static Tensor adaptive_max_pool2d(Tensor input, long[] output_size) => AdaptiveMaxPool(input, output_size).Item1;

            public static Tensor adaptive_max_pool3d(Tensor input, long[] output_size) => AdaptiveMaxPool(input, output_size).Item1;

            public static (Tensor Values, Tensor Indices) adaptive_max_pool1d_with_indices(Tensor input, long output_size) => AdaptiveMaxPool(input, [output_size]);

            public static (Tensor Values, Tensor Indices) adaptive_max_pool2d_with_indices(Tensor input, long[] output_size) => AdaptiveMaxPool(input, output_size);

            public static (Tensor Values, Tensor Indices) adaptive_max_pool3d_with_indices(Tensor input, long[] output_size) => AdaptiveMaxPool(input, output_size);

            // ---- Norms, and maxima put back

            internal static Tensor LpPool(Tensor input, double p, long[] kernel, long[]? stride, bool ceil) =>
                Autograd.Record("PowBackward0", CorePooling.lp_pool(input.Expr, p, kernel, stride!, ceil), input);

            public static Tensor lp_pool1d(Tensor input, double norm_type, long kernel_size, long? stride = null, bool ceil_mode = false) => LpPool(input, norm_type, [kernel_size], One(stride), ceil_mode);

            public static Tensor lp_pool2d(Tensor input, double norm_type, long kernel_size, long? stride = null, bool ceil_mode = false) =>
                LpPool(input, norm_type, [kernel_size, kernel_size], Extent.Array(stride, 2), ceil_mode);

            public static Tensor lp_pool2d(Tensor input, double norm_type, long[] kernel_size, long[]? stride = null, bool ceil_mode = false) => LpPool(input, norm_type, kernel_size, stride, ceil_mode);

            public static Tensor lp_pool3d(Tensor input, double norm_type, long[] kernel_size, long[]? stride = null, bool ceil_mode = false) => LpPool(input, norm_type, kernel_size, stride, ceil_mode);

            internal static Tensor MaxUnpool(Tensor input, Tensor indices, long[] kernel, long[]? stride, long[]? padding, long[]? output)
            {
                var n = kernel.Length;
                stride ??= kernel;
                padding ??= new long[n];
                long[] spatial = input.Sizes[^n..];
                var natural = new long[n];
                for (var d = 0; d < n; d++) natural[d] = (spatial[d] - 1) * stride[d % stride.Length] + kernel[d] - 2 * padding[d % padding.Length];
                if (output is null) output = natural;
                else
                {
                    if (output.Length == n + 2) output = output[2..];
                    if (output.Length != n) throw new ArgumentException($"output_size should be a sequence containing {n} or {n + 2} elements, but it has a length of '{output.Length}'");
                    for (var d = 0; d < n; d++)
                    {
                        var (low, high) = (natural[d] - stride[d % stride.Length], natural[d] + stride[d % stride.Length]);
                        if (!(low < output[d] && output[d] < high))
                            throw new ArgumentException($"invalid output_size \"torch.Size({Shape.show(output)})\" (dim {d} must be between {low} and {high})");
                    }
                }
                return Autograd.Record($"MaxUnpool{Math.Max(n, 2)}DBackward0", CorePooling.max_unpool(input.Expr, indices.Expr, output), input, indices);
            }

            public static Tensor max_unpool1d(Tensor input, Tensor indices, long kernel_size, long? stride = null, long? padding = null, long[]? output_size = null) =>
                MaxUnpool(input, indices, [kernel_size], One(stride), One(padding), output_size);

            public static Tensor max_unpool2d(Tensor input, Tensor indices, long[] kernel_size, long[]? stride = null, long[]? padding = null, long[]? output_size = null) =>
                MaxUnpool(input, indices, kernel_size, stride, padding, output_size);

            public static Tensor max_unpool3d(Tensor input, Tensor indices, long[] kernel_size, long[]? stride = null, long[]? padding = null, long[]? output_size = null) =>
                MaxUnpool(input, indices, kernel_size, stride, padding, output_size);
        }
    }
}
