using Torch.Kernels;

namespace Torch;

// torch.nn.functional: the dropout family. Masks are drawn when called, with the input's memory layout. See
// https://pytorch.org/docs/stable/nn.functional.html#dropout-functions.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>In training zeroes elements with probability p and divides the others by 1 - p.</summary>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                CheckProbability(p);
                if (!training || p == 0 || input.Count == 0) return input;
                return Masked(input, DropoutMask(input, Shape.preserved(input.Sizes, input.Strides), input.Sizes, p), inplace);
            }

            /// <summary>Zeroes whole channels of (N, C, L) or (C, L).</summary>
            public static Tensor dropout1d(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                CheckProbability(p);
                if (input.Sizes.Length is not (2 or 3))
                    throw new TorchException($"dropout1d: Expected 2D or 3D input, but received a {input.Sizes.Length}D input. Note that dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs).");
                return FeatureDropout(input, p, training, inplace, batched: input.Sizes.Length == 3);
            }

            /// <summary>Zeroes whole channels of (N, C, H, W).</summary>
            public static Tensor dropout2d(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                CheckProbability(p);
                return FeatureDropout(input, p, training, inplace, batched: true);
            }

            /// <summary>Zeroes whole channels of (N, C, D, H, W) or (C, D, H, W).</summary>
            public static Tensor dropout3d(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                CheckProbability(p);
                return FeatureDropout(input, p, training, inplace, batched: input.Sizes.Length != 4);
            }

            /// <summary>Dropout that keeps mean and variance of what a SELU gives.</summary>
            public static Tensor alpha_dropout(Tensor input, double p = 0.5, bool training = false, bool inplace = false) => AlphaDropout(input, p, training, inplace, input.Sizes);

            /// <summary>Alpha dropout of whole channels.</summary>
            public static Tensor feature_alpha_dropout(Tensor input, double p = 0.5, bool training = false, bool inplace = false)
            {
                CheckProbability(p);
                return !training || p == 0 ? input : AlphaDropout(input, p, training, inplace, ChannelSizes(input.Sizes));
            }

            private static void CheckProbability(double p)
            {
                if (p is < 0 or > 1 || double.IsNaN(p))
                    throw new ArgumentException($"dropout probability has to be between 0 and 1, but got {p.ToString("R", System.Globalization.CultureInfo.InvariantCulture)}");
            }

            private static Tensor FeatureDropout(Tensor input, double p, bool training, bool inplace, bool batched)
            {
                if (!training || p == 0 || input.Count == 0) return input;
                long[] sizes = batched ? ChannelSizes(input.Sizes) : ChannelSizes([1, .. input.Sizes])[1..];
                return Masked(input, DropoutMask(input, Shape.contiguous(sizes), sizes, p), inplace);
            }

            /// <summary>(N, C, 1, ..): one number a channel.</summary>
            private static long[] ChannelSizes(long[] sizes)
            {
                if (sizes.Length < 2) throw new TorchException("Feature dropout requires at least 2 dimensions in the input");
                var channels = new long[sizes.Length];
                Array.Fill(channels, 1);
                (channels[0], channels[1]) = (sizes[0], sizes[1]);
                return channels;
            }

            internal static Expr DropoutMask(Tensor input, long[] strides, long[] sizes, double p) =>
                p == 1
                    ? Build.fill([], input.DType, Literal.NewInt(0))
                    : Torch.Draw.Fill(input.DType, sizes, strides, input.is_meta, null, (g, b) => Samplers.DropoutMask(g, b, p, random.intel_bernoulli));

            private static Tensor Masked(Tensor input, Expr mask, bool inplace) => Unary("MulBackward0", Arithmetic.mul(input.Expr, mask), input, inplace);

            private static Tensor AlphaDropout(Tensor input, double p, bool training, bool inplace, long[] sizes)
            {
                CheckProbability(p);
                if (!training || p == 0 || input.Count == 0) return input;
                if (p == 1) return Masked(input, Build.fill([], input.DType, Literal.NewInt(0)), inplace);
                const double alpha = 1.7580993408473766;
                var a = 1 / Math.Sqrt((alpha * alpha * p + 1) * (1 - p));
                var strides = sizes == input.Sizes ? Shape.preserved(input.Sizes, input.Strides) : Shape.contiguous(sizes);
                var kept = Torch.Draw.Fill(input.DType, sizes, strides, input.is_meta, null, (g, b) => Coins(g, b, 1 - p));
                var shift = Arithmetic.add(Arithmetic.mul(Arithmetic.add(kept, Build.real(-1)), Build.real(alpha * a)), Build.real(alpha * a * p));
                return Unary("AddBackward0", Arithmetic.add(Arithmetic.mul(input.Expr, Arithmetic.mul(kept, Build.real(a))), shift), input, inplace);
            }
        }
    }
}
