using Torch.Modules;

namespace Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static MaxPool1d MaxPool1d(long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), Extent.Of(dilation), ceil_mode);

        public static AvgPool1d AvgPool1d(long kernel_size, long? stride = null, long padding = 0, bool ceil_mode = false, bool count_include_pad = true) =>
            new(kernel_size, Extent.Of(stride), padding, ceil_mode, count_include_pad);

        public static MaxUnpool1d MaxUnpool1d(long kernel_size, long? stride = null, long? padding = null) => new(kernel_size, Extent.Of(stride), Extent.Of(padding));

        public static AdaptiveAvgPool1d AdaptiveAvgPool1d(long output_size) => new(output_size);

        public static AdaptiveMaxPool1d AdaptiveMaxPool1d(long output_size) => new(output_size);

        public static LPPool1d LPPool1d(double norm_type, long kernel_size, long? stride = null, bool ceil_mode = false) => new(norm_type, kernel_size, Extent.Of(stride), ceil_mode);

        public static MaxPool2d MaxPool2d(long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), Extent.Of(dilation), ceil_mode);

        public static AvgPool2d AvgPool2d(long kernel_size, long? stride = null, long? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), ceil_mode, count_include_pad, divisor_override);

        public static MaxUnpool2d MaxUnpool2d(long kernel_size, long? stride = null, long? padding = null) => new(kernel_size, Extent.Of(stride), Extent.Of(padding));

        public static AdaptiveAvgPool2d AdaptiveAvgPool2d(long output_size) => new(output_size);

        public static AdaptiveMaxPool2d AdaptiveMaxPool2d(long output_size) => new(output_size);

        public static LPPool2d LPPool2d(double norm_type, long kernel_size, long? stride = null, bool ceil_mode = false) => new(norm_type, kernel_size, Extent.Of(stride), ceil_mode);

        public static MaxPool2d MaxPool2d((long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), Extent.Of(dilation), ceil_mode);

        public static AvgPool2d AvgPool2d((long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), ceil_mode, count_include_pad, divisor_override);

        public static MaxUnpool2d MaxUnpool2d((long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null) => new(kernel_size, Extent.Of(stride), Extent.Of(padding));

        public static AdaptiveAvgPool2d AdaptiveAvgPool2d((long, long) output_size) => new(output_size);

        public static AdaptiveMaxPool2d AdaptiveMaxPool2d((long, long) output_size) => new(output_size);

        public static MaxPool2d MaxPool2d(long[] kernel_size, long[]? stride = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), Extent.Of(dilation), ceil_mode);

        public static AvgPool2d AvgPool2d(long[] kernel_size, long[]? stride = null, long[]? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), ceil_mode, count_include_pad, divisor_override);

        public static MaxUnpool2d MaxUnpool2d(long[] kernel_size, long[]? stride = null, long[]? padding = null) => new(kernel_size, Extent.Of(stride), Extent.Of(padding));

        public static AdaptiveAvgPool2d AdaptiveAvgPool2d(long[] output_size) => new(output_size);

        public static AdaptiveMaxPool2d AdaptiveMaxPool2d(long[] output_size) => new(output_size);

        public static LPPool2d LPPool2d(double norm_type, long[] kernel_size, long[]? stride = null, bool ceil_mode = false) => new(norm_type, kernel_size, Extent.Of(stride), ceil_mode);

        /// <summary>A size that is null keeps the input's.</summary>
        public static AdaptiveAvgPool2d AdaptiveAvgPool2d((long?, long?) output_size) => new(new long[] { output_size.Item1 ?? -1, output_size.Item2 ?? -1 });

        /// <summary>A size that is null keeps the input's.</summary>
        public static AdaptiveMaxPool2d AdaptiveMaxPool2d((long?, long?) output_size) => new(new long[] { output_size.Item1 ?? -1, output_size.Item2 ?? -1 });

        public static MaxPool3d MaxPool3d(long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), Extent.Of(dilation), ceil_mode);

        public static AvgPool3d AvgPool3d(long kernel_size, long? stride = null, long? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), ceil_mode, count_include_pad, divisor_override);

        public static MaxUnpool3d MaxUnpool3d(long kernel_size, long? stride = null, long? padding = null) => new(kernel_size, Extent.Of(stride), Extent.Of(padding));

        public static AdaptiveAvgPool3d AdaptiveAvgPool3d(long output_size) => new(output_size);

        public static AdaptiveMaxPool3d AdaptiveMaxPool3d(long output_size) => new(output_size);

        public static LPPool3d LPPool3d(double norm_type, long kernel_size, long? stride = null, bool ceil_mode = false) => new(norm_type, kernel_size, Extent.Of(stride), ceil_mode);

        public static MaxPool3d MaxPool3d((long, long, long) kernel_size, (long, long, long)? stride = null, (long, long, long)? padding = null, (long, long, long)? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), Extent.Of(dilation), ceil_mode);

        public static AvgPool3d AvgPool3d((long, long, long) kernel_size, (long, long, long)? stride = null, (long, long, long)? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), ceil_mode, count_include_pad, divisor_override);

        public static MaxUnpool3d MaxUnpool3d((long, long, long) kernel_size, (long, long, long)? stride = null, (long, long, long)? padding = null) => new(kernel_size, Extent.Of(stride), Extent.Of(padding));

        public static AdaptiveAvgPool3d AdaptiveAvgPool3d((long, long, long) output_size) => new(output_size);

        public static AdaptiveMaxPool3d AdaptiveMaxPool3d((long, long, long) output_size) => new(output_size);

        public static MaxPool3d MaxPool3d(long[] kernel_size, long[]? stride = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), Extent.Of(dilation), ceil_mode);

        public static AvgPool3d AvgPool3d(long[] kernel_size, long[]? stride = null, long[]? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
            new(kernel_size, Extent.Of(stride), Extent.Of(padding), ceil_mode, count_include_pad, divisor_override);

        public static MaxUnpool3d MaxUnpool3d(long[] kernel_size, long[]? stride = null, long[]? padding = null) => new(kernel_size, Extent.Of(stride), Extent.Of(padding));

        public static AdaptiveAvgPool3d AdaptiveAvgPool3d(long[] output_size) => new(output_size);

        public static AdaptiveMaxPool3d AdaptiveMaxPool3d(long[] output_size) => new(output_size);

        public static LPPool3d LPPool3d(double norm_type, long[] kernel_size, long[]? stride = null, bool ceil_mode = false) => new(norm_type, kernel_size, Extent.Of(stride), ceil_mode);

        /// <summary>A size that is null keeps the input's.</summary>
        public static AdaptiveAvgPool3d AdaptiveAvgPool3d((long?, long?, long?) output_size) => new(new long[] { output_size.Item1 ?? -1, output_size.Item2 ?? -1, output_size.Item3 ?? -1 });

        /// <summary>A size that is null keeps the input's.</summary>
        public static AdaptiveMaxPool3d AdaptiveMaxPool3d((long?, long?, long?) output_size) => new(new long[] { output_size.Item1 ?? -1, output_size.Item2 ?? -1, output_size.Item3 ?? -1 });
    }
}
