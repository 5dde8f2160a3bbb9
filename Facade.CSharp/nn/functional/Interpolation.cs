namespace Torch;

// torch.nn.functional: other sizes of images by nearest elements, lines, cubics or areas. Dimension by dimension: each output is a weighted sum of a few rows of the input. See
// https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor interpolate([PyTorchName("input")] Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null,
                bool recompute_scale_factor = false, bool antialias = false)
            {
                if (mode is InterpolationMode.Nearest or InterpolationMode.Area or InterpolationMode.NearestExact)
                {
                    if (align_corners is not null)
                        throw new ArgumentException("align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear | lanczos");
                }
                var n = x.Sizes.Length - 2;
                if (size is not null && scale_factor is not null) throw new ArgumentException("only one of size or scale_factor should be defined");
                if (size is null && scale_factor is null) throw new ArgumentException("either size or scale_factor should be defined");
                if (antialias) throw new NotSupportedException("interpolate with antialias is not supported");
                if (n is < 1 or > 3) throw new NotSupportedException($"Input Error: Only 3D, 4D and 5D input Tensors supported (got {x.Sizes.Length}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | area | nearest-exact (got {ModeName(mode)})");
                var need = mode switch { InterpolationMode.Linear => 1, InterpolationMode.Bilinear or InterpolationMode.Bicubic => 2, InterpolationMode.Trilinear => 3, _ => n };
                if (need != n) throw new NotSupportedException($"Got {x.Sizes.Length}D input, but {ModeName(mode)} mode needs {need + 2}D input");
                var spatial = x.Sizes[2..];
                var output = size is not null ? Each(size, n, "size") : new long[n];
                var factors = scale_factor is null ? null : Each(scale_factor, n, "scale_factor");
                if (factors is not null)
                    for (var d = 0; d < n; d++) output[d] = (long)Math.Floor(spatial[d] * factors[d]);
                if (recompute_scale_factor) factors = null;
                for (var d = 0; d < n; d++)
                    if (output[d] <= 0 || spatial[d] <= 0)
                        throw new TorchException($"Input and output sizes should be greater than 0, but got input (W: {spatial[^1]}) output (W: {output[^1]})");
                if (mode == InterpolationMode.Area) return AdaptiveAvgPool(x, output);
                var value = x.Expr;
                for (var d = n - 1; d >= 0; d--) value = Resampled(value, d + 2, output[d], factors?[d], mode, align_corners ?? false);
                var name = mode switch
                {
                    InterpolationMode.Nearest => $"UpsampleNearest{n}DBackward0",
                    InterpolationMode.NearestExact => $"UpsampleNearestExact{n}DBackward0",
                    InterpolationMode.Linear => "UpsampleLinear1DBackward0",
                    InterpolationMode.Bilinear => "UpsampleBilinear2DBackward0",
                    InterpolationMode.Bicubic => "UpsampleBicubic2DBackward0",
                    _ => "UpsampleTrilinear3DBackward0",
                };
                return Autograd.Record(name, value, x);
            }

            public static Tensor upsample(Tensor input, long[]? size = null, double[]? scale_factor = null, UpsampleMode mode = UpsampleMode.Nearest, bool align_corners = false) =>
                interpolate(input, size, scale_factor, (InterpolationMode)mode, mode is UpsampleMode.Nearest or UpsampleMode.NearestExact ? null : align_corners);

            public static Tensor upsample_nearest([PyTorchName("input")] Tensor x, long[]? size = null, double[]? scale_factor = null, bool align_corners = false) => interpolate(x, size, scale_factor);

            public static Tensor upsample_bilinear([PyTorchName("input")] Tensor x, long[]? size = null, double[]? scale_factor = null, bool align_corners = true) =>
                interpolate(x, size, scale_factor, InterpolationMode.Bilinear, align_corners);

            public static Tensor upsample_nearest1d(Tensor input, long? outputSize, double? scaleFactor) =>
                interpolate(input, outputSize is { } o ? [o] : null, outputSize is null && scaleFactor is { } f ? [f] : null);

            public static Tensor upsample_nearest2d(Tensor input, long[]? outputSizes = null, double[]? scaleFactors = null) => interpolate(input, outputSizes, outputSizes is null ? scaleFactors : null);

            public static Tensor upsample_nearest3d(Tensor input, long[]? outputSizes = null, double[]? scaleFactors = null) => interpolate(input, outputSizes, outputSizes is null ? scaleFactors : null);

            private static string ModeName(InterpolationMode mode) => mode == InterpolationMode.NearestExact ? "nearest-exact" : mode.ToString().ToLowerInvariant();

            private static T[] Each<T>(T[] values, int n, string name)
            {
                if (values.Length == 1) return [.. Enumerable.Repeat(values[0], n)];
                if (values.Length != n)
                    throw new ArgumentException(name == "size"
                        ? $"Input and output must have the same number of spatial dimensions, but got input with {n} spatial dimensions and output size of [{string.Join(", ", values)}]. Please provide input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) format."
                        : $"Input and scale_factor must have the same number of spatial dimensions, but got input with {n} spatial dimensions and scale_factor of shape [{string.Join(", ", values)}]. Please provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format.");
                return [.. values];
            }

            /// <summary>One dimension at another size. Positions are computed as PyTorch does: in float32 for nearest, else in the type of the elements.</summary>
            private static Expr Resampled(Expr x, int dim, long output, double? factor, InterpolationMode mode, bool align)
            {
                var input = x.Sizes[dim];
                var single = !x.DType.Equals(DType.Float64);
                var taps = mode switch { InterpolationMode.Nearest or InterpolationMode.NearestExact => 1, InterpolationMode.Bicubic => 4, _ => 2 };
                if (taps == 2 && input == output && (factor is null or 1)) return x;
                var rows = new long[taps][];
                var weights = new double[taps][];
                for (var k = 0; k < taps; k++) (rows[k], weights[k]) = (new long[output], new double[output]);
                var scale = align ? output > 1 ? (input - 1.0) / (output - 1) : 0 : factor is > 0 ? 1.0 / factor.Value : (double)input / output;
                if (single || taps == 1) scale = align && output > 1 ? (float)(input - 1) / (output - 1) : align ? 0 : factor is > 0 ? (float)(1.0 / factor.Value) : (float)input / output;
                for (long i = 0; i < output; i++)
                {
                    if (taps == 1)
                    {
                        var at = mode == InterpolationMode.NearestExact ? MathF.Floor((i + 0.5f) * (float)scale) : MathF.Floor(i * (float)scale);
                        (rows[0][i], weights[0][i]) = (Math.Min((long)at, input - 1), 1);
                        continue;
                    }
                    var source = align ? Rounded(scale * i) : Rounded(Rounded(scale * (i + 0.5)) - 0.5);
                    if (taps == 2)
                    {
                        if (source < 0) source = 0;
                        var low = Math.Min((long)source, input - 1);
                        var part = Math.Clamp(Rounded(source - low), 0, 1);
                        (rows[0][i], rows[1][i]) = (low, low + (low < input - 1 ? 1 : 0));
                        (weights[0][i], weights[1][i]) = (Rounded(1 - part), part);
                        continue;
                    }
                    var floor = Math.Floor(source);
                    var t = Math.Clamp(Rounded(source - floor), 0, 1);
                    for (var k = 0; k < 4; k++) rows[k][i] = Math.Clamp((long)floor - 1 + k, 0, input - 1);
                    (weights[0][i], weights[1][i], weights[2][i], weights[3][i]) = (Outer(t + 1), Inner(t), Inner(1 - t), Outer(2 - t));
                }
                Expr? sum = null;
                var shape = new long[x.Rank];
                Array.Fill(shape, 1);
                shape[dim] = output;
                for (var k = 0; k < taps; k++)
                {
                    var part = Indexing.index_select(x, dim, Host.ofArray(DType.Int64, [output], rows[k]));
                    if (taps > 1) part = Arithmetic.mul(part, Build.reshape(shape, Build.cast(x.DType, Host.ofArray(DType.Float64, [output], weights[k]))));
                    sum = sum is null ? part : Arithmetic.add(sum, part);
                }
                return sum!;

                double Rounded(double v) => single ? (float)v : v;
            }

            // Cubic convolution with A = -0.75 (Keys, 1981).

            private static double Inner(double x) => ((-0.75 + 2) * x - (-0.75 + 3)) * x * x + 1;

            private static double Outer(double x) => ((-0.75 * x + 5 * 0.75) * x - 8 * 0.75) * x + 4 * 0.75;
        }
    }
}
