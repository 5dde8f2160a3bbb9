namespace Torch;

// torch.nn.functional: padding and rearrangements of channels. See https://pytorch.org/docs/stable/nn.functional.html#vision-functions.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Adds to (or, negative, takes from) both ends of the last dimensions: amounts for the last dimension come first.</summary>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
            {
                var name = mode switch
                {
                    PaddingModes.Reflect => $"ReflectionPad{pad.Length / 2}DBackward0",
                    PaddingModes.Replicate => $"ReplicationPad{pad.Length / 2}DBackward0",
                    PaddingModes.Circular => "CopySlices",
                    _ => "ConstantPadNdBackward0",
                };
                return Autograd.Record(name, Assemble.pad(input.Expr, pad, mode == PaddingModes.Zeros ? "constant" : mode.Name(), Number(input.DType, value)), input);
            }

            /// <summary>A value for the padding; whole numbers and bools stay what they are.</summary>
            private static Expr Number(DType dtype, double value) => dtype.IsDifferentiable ? Build.real(value) : Build.@int((long)value);

            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => functional.pad(input, pad.ToArray(), mode, value);

            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => functional.pad(input, [pad, pad], mode, value);

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => functional.pad(input, [pad.Item1, pad.Item2], mode, value);

            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            /// <summary>(.., C r r, H, W) as (.., C, H r, W r).</summary>
            public static Tensor pixel_shuffle(Tensor input, long upscale_factor)
            {
                var s = input.Sizes;
                var r = upscale_factor;
                if (s.Length < 3) throw new TorchException($"pixel_shuffle expects input to have at least 3 dimensions, but got input with {s.Length} dimension(s)");
                if (r <= 0) throw new TorchException($"pixel_shuffle expects a positive upscale_factor, but got {r}");
                if (s[^3] % (r * r) != 0)
                    throw new TorchException($"pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)={s[^3]} is not divisible by {r * r}");
                var b = s.Length - 3;
                var (c, h, w) = (s[^3] / (r * r), s[^2], s[^1]);
                int[] order = [.. Enumerable.Range(0, b), b, b + 3, b + 1, b + 4, b + 2];
                var apart = Build.reshape([.. s[..b], c, r, r, h, w], input.Expr);
                return Autograd.Record("PixelShuffleBackward0", Build.reshape([.. s[..b], c, h * r, w * r], Build.permute(order, apart)), input);
            }

            /// <summary>(.., C, H r, W r) as (.., C r r, H, W).</summary>
            public static Tensor pixel_unshuffle(Tensor input, long downscale_factor)
            {
                var s = input.Sizes;
                var r = downscale_factor;
                if (s.Length < 3) throw new TorchException($"pixel_unshuffle expects input to have at least 3 dimensions, but got input with {s.Length} dimension(s)");
                if (r <= 0) throw new TorchException($"pixel_unshuffle expects a positive downscale_factor, but got {r}");
                if (s[^2] % r != 0) throw new TorchException($"pixel_unshuffle expects height to be divisible by downscale_factor, but input.size(-2)={s[^2]} is not divisible by {r}");
                if (s[^1] % r != 0) throw new TorchException($"pixel_unshuffle expects width to be divisible by downscale_factor, but input.size(-1)={s[^1]} is not divisible by {r}");
                var b = s.Length - 3;
                var (c, h, w) = (s[^3], s[^2] / r, s[^1] / r);
                int[] order = [.. Enumerable.Range(0, b), b, b + 2, b + 4, b + 1, b + 3];
                var apart = Build.reshape([.. s[..b], c, h, r, w, r], input.Expr);
                return Autograd.Record("PixelUnshuffleBackward0", Build.reshape([.. s[..b], c * r * r, h, w], Build.permute(order, apart)), input);
            }

            /// <summary>Takes the channels of (N, C, ..) in turn from each group.</summary>
            public static Tensor channel_shuffle(Tensor input, long groups)
            {
                var s = input.Sizes;
                if (s.Length < 3) throw new TorchException($"channel_shuffle expects input with > 2 dims, but got input with sizes {Shape.show(s)}");
                if (groups <= 0) throw new TorchException($"Number of groups to divide channels in must be positive. Value of groups:{groups}");
                if (s[1] % groups != 0) throw new TorchException($"Number of channels must be divisible by groups. Got {s[1]} channels and {groups} groups.");
                long rest = Shape.count(s[2..]);
                var apart = Build.reshape([s[0], groups, s[1] / groups, rest], input.Expr);
                return Autograd.Record("ViewBackward0", Build.reshape(s, Build.permute([0, 2, 1, 3], apart)), input);
            }

            [PyTorchName("native_channel_shuffle")]
            public static Tensor native_channel_shuffle(Tensor input, long groups) => channel_shuffle(input, groups);
        }
    }
}
