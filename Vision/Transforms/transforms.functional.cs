// torchvision.transforms.functional on tensors: images are (..., C, H, W). Formulae and messages: torchvision.transforms._functional_tensor.
using static Torch.torch;

namespace Torch;

public static partial class torchvision
{
    public static partial class transforms
    {
        /// <summary>The transforms as functions.</summary>
        public static partial class functional
        {
            /// <summary>(channels, height, width) of an image.</summary>
            public static (long channels, long height, long width) get_dimensions(Tensor img)
            {
                RequireImage(img);
                return (img.dim() == 2 ? 1 : img.shape[^3], img.shape[^2], img.shape[^1]);
            }

            /// <summary>
            /// Changes the dtype and scales with it: whole numbers span 0 to their maximum, real ones 0 to 1.
            /// </summary>
            /// <exception cref="TorchException">float to an integer of more bits than the fraction holds.</exception>
            public static Tensor convert_image_dtype(Tensor image, ScalarType dtype = ScalarType.Float32)
            {
                var from = image.dtype;
                if (from == dtype) return image;
                if (IsFloat(from))
                {
                    if (IsFloat(dtype)) return image.to(dtype);
                    if ((from == ScalarType.Float32 && dtype is ScalarType.Int32 or ScalarType.Int64) || (from == ScalarType.Float64 && dtype == ScalarType.Int64))
                    {
                        throw new TorchException($"The cast from {Name(from)} to {Name(dtype)} cannot be performed safely.");
                    }
                    // A little less than one more than the maximum, so that every result has an interval of equal width.
                    return image.mul(MaxValue(dtype) + 1.0 - 1e-3).to(dtype);
                }
                if (IsFloat(dtype)) return image.to(dtype).div(MaxValue(from));
                var (maximum, wanted) = (MaxValue(from), MaxValue(dtype));
                if (maximum > wanted)
                {
                    var shrink = (long)((maximum + 1) / (wanted + 1));
                    return image.div(shrink, rounding_mode: RoundingMode.floor).to(dtype);
                }
                var grow = (long)((wanted + 1) / (maximum + 1));
                return image.to(dtype).mul(grow);
            }

            /// <summary>(image - mean) / standard deviation, per channel.</summary>
            /// <exception cref="ArgumentException">The numbers of means, deviations and channels do not fit, or a deviation is 0.</exception>
            public static Tensor normalize(Tensor input, double[] means, double[] stdevs, ScalarType dtype = ScalarType.Float32)
            {
                if (!IsFloat(input.dtype)) throw new TorchTypeException($"Input tensor should be a float tensor. Got {Name(input.dtype)}.");
                if (input.dim() < 3) throw new ArgumentException($"Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = torch.Size([{string.Join(", ", input.shape)}])");
                if (means.Length != stdevs.Length) throw new ArgumentException($"{means.Length} means, but {stdevs.Length} standard deviations");
                if (stdevs.Contains(0)) throw new ArgumentException($"std evaluated to zero after conversion to {Name(dtype)}, leading to division by zero.");
                using var mean = tensor(means, dtype: dtype).reshape(-1, 1, 1);
                using var deviation = tensor(stdevs, dtype: dtype).reshape(-1, 1, 1);
                return input.sub(mean).div(deviation);
            }

            /// <summary>Cuts a rectangle out; what lies outside the image is 0.</summary>
            public static Tensor crop(Tensor input, int top, int left, int height, int width)
            {
                var (_, h, w) = get_dimensions(input);
                if (height < 0 || width < 0) throw new ArgumentException($"a crop of {height} x {width}");
                var (y0, x0) = (Math.Clamp(top, 0L, h), Math.Clamp(left, 0L, w));
                var (y1, x1) = (Math.Clamp((long)top + height, y0, h), Math.Clamp((long)left + width, x0, w));
                var inside = input.narrow(-2, y0, y1 - y0).narrow(-1, x0, x1 - x0);
                if (y1 - y0 == height && x1 - x0 == width) return inside;
                var (above, before) = (y0 - top, x0 - left);
                return nn.functional.pad(inside, [before, width - before - (x1 - x0), above, height - above - (y1 - y0)]);
            }

            public static Tensor crop(Tensor input, int top, int left, int size) => crop(input, top, left, size, size);

            /// <summary>Cuts the middle out; an image that is smaller is padded with 0.</summary>
            public static Tensor center_crop(Tensor input, int height, int width)
            {
                var (_, h, w) = get_dimensions(input);
                if (width > w || height > h)
                {
                    var (before, above) = (Math.Max(0, (width - w) / 2), Math.Max(0, (height - h) / 2));
                    var (after, below) = (Math.Max(0, (width - w + 1) / 2), Math.Max(0, (height - h + 1) / 2));
                    input = nn.functional.pad(input, [before, after, above, below]);
                    (_, h, w) = get_dimensions(input);
                }
                // Python rounds halves to even here, and so must we to cut the same pixels.
                var top = (int)Math.Round((h - height) / 2.0, MidpointRounding.ToEven);
                var left = (int)Math.Round((w - width) / 2.0, MidpointRounding.ToEven);
                return crop(input, top, left, height, width);
            }

            public static Tensor center_crop(Tensor input, int size) => center_crop(input, size, size);

            /// <summary>Pads (left, top, right, bottom), or (left and right, top and bottom), or all sides alike: torchvision's order.</summary>
            public static Tensor pad(Tensor input, long[] padding, double fill = 0, PaddingModes padding_mode = PaddingModes.Constant)
            {
                RequireImage(input);
                long[] sides = padding switch
                {
                    [var all] => [all, all, all, all],
                    [var x, var y] => [x, x, y, y],
                    [var left, var top, var right, var bottom] => [left, right, top, bottom],
                    _ => throw new ArgumentException($"Padding must be an int or a 1, 2, or 4 element tuple, not a {padding.Length} element tuple"),
                };
                if (padding_mode == PaddingModes.Constant) return nn.functional.pad(input, sides, padding_mode, fill);
                // The other modes are made for batches of real numbers.
                var batch = input.dim() switch
                {
                    2 => input.unsqueeze(0).unsqueeze(0),
                    3 => input.unsqueeze(0),
                    _ => input,
                };
                if (!IsFloat(input.dtype)) batch = batch.to(ScalarType.Float32);
                var padded = nn.functional.pad(batch, sides, padding_mode).to(input.dtype);
                return padded.reshape([.. input.shape[..^2], .. padded.shape[^2..]]);
            }

            public static Tensor pad(Tensor input, long padding, double fill = 0, PaddingModes padding_mode = PaddingModes.Constant) =>
                pad(input, [padding], fill, padding_mode);

            /// <summary>Mirrors left and right.</summary>
            public static Tensor hflip(Tensor input)
            {
                RequireImage(input);
                return input.flip(-1);
            }

            /// <summary>Mirrors top and bottom.</summary>
            public static Tensor vflip(Tensor input)
            {
                RequireImage(input);
                return input.flip(-2);
            }

            /// <summary>The negative: the maximum of the dtype (1 for real numbers) minus the image.</summary>
            public static Tensor invert(Tensor input)
            {
                RequireImage(input);
                return IsFloat(input.dtype) ? input.neg().add(1.0) : input.neg().add((long)MaxValue(input.dtype));
            }

            /// <summary>Luma of an RGB image (ITU-R 601), on one channel or repeated on three.</summary>
            public static Tensor rgb_to_grayscale(Tensor input, int num_output_channels = 1)
            {
                var (channels, _, _) = get_dimensions(input);
                if (channels is not (1 or 3)) throw new TorchTypeException($"Input image tensor permitted channel values are 1 or 3, but found {channels}");
                if (num_output_channels is not (1 or 3)) throw new ArgumentException("num_output_channels should be either 1 or 3");
                var gray = input;
                if (channels == 3)
                {
                    var (r, g, b) = (input.select(-3, 0), input.select(-3, 1), input.select(-3, 2));
                    gray = r.mul(0.2989).add(g.mul(0.587)).add(b.mul(0.114)).to(input.dtype).unsqueeze(-3);
                }
                if (num_output_channels == 1) return gray;
                var shape = gray.shape;
                shape[^3] = 3;
                return gray.expand(shape);
            }

            private static void RequireImage(Tensor img)
            {
                if (img.dim() < 2) throw new TorchTypeException("Tensor is not a torch image.");
            }

            private static bool IsFloat(ScalarType type) => type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 or ScalarType.BFloat16;

            private static double MaxValue(ScalarType type) => type switch
            {
                ScalarType.Byte => byte.MaxValue,
                ScalarType.Int8 => sbyte.MaxValue,
                ScalarType.Int16 => short.MaxValue,
                ScalarType.Int32 => int.MaxValue,
                ScalarType.Int64 => long.MaxValue,
                _ => 1,
            };

            private static string Name(ScalarType type) => type switch
            {
                ScalarType.Byte => "torch.uint8",
                ScalarType.Int8 => "torch.int8",
                ScalarType.Int16 => "torch.int16",
                ScalarType.Int32 => "torch.int32",
                ScalarType.Int64 => "torch.int64",
                ScalarType.Float16 => "torch.float16",
                ScalarType.BFloat16 => "torch.bfloat16",
                ScalarType.Float32 => "torch.float32",
                ScalarType.Float64 => "torch.float64",
                _ => $"torch.{type.ToString().ToLowerInvariant()}",
            };
        }
    }
}
