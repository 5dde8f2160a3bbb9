using Torch.Kernels;
using Torch.Modules;

namespace Torch;

// torch.nn.init: filling parameters. Everything is drawn from the stream in PyTorch's order and recorded nowhere. See https://pytorch.org/docs/stable/nn.init.html.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class init
        {
            public enum FanInOut
            {
                [PyTorchName("fan_in")] FanIn,
                [PyTorchName("fan_out")] FanOut,
            }

            public enum NonlinearityType
            {
                [PyTorchName("linear")] Linear = 0,
                [PyTorchName("conv1d")] Conv1D = 1,
                [PyTorchName("conv2d")] Conv2D = 2,
                [PyTorchName("conv3d")] Conv3D = 3,
                [PyTorchName("conv_transpose1d")] ConvTranspose1D = 4,
                [PyTorchName("conv_transpose2d")] ConvTranspose2D = 5,
                [PyTorchName("conv_transpose3d")] ConvTranspose3D = 6,
                [PyTorchName("sigmoid")] Sigmoid = 7,
                [PyTorchName("tanh")] Tanh = 8,
                [PyTorchName("relu")] ReLU = 9,
                [PyTorchName("leaky_relu")] LeakyReLU = 10,
                [PyTorchName("selu")] SELU = 11,
            }

            /// <summary>The factor by which a nonlinearity shrinks what goes through it.</summary>
            public static double calculate_gain(NonlinearityType nonlinearity, double? param = null) => nonlinearity switch
            {
                NonlinearityType.Tanh => 5.0 / 3,
                NonlinearityType.ReLU => Math.Sqrt(2.0),
                NonlinearityType.LeakyReLU => LeakyGain(param ?? 0.01),
                NonlinearityType.SELU => 3.0 / 4,
                _ => 1,
            };

            private static double LeakyGain(double slope) => Math.Sqrt(2.0 / (1 + slope * slope));

            /// <summary>Inputs and outputs that one element of the tensor is connected with.</summary>
            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var sizes = tensor.Sizes;
                if (sizes.Length < 2) throw new ArgumentException("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
                long field = 1;
                foreach (var s in sizes[2..]) field *= s;
                return (sizes[1] * field, sizes[0] * field);
            }

            [PyTorchName("_calculate_fan_in_and_fan_out")]
            public static (long fanIn, long fanOut) _calculate_fan_in_and_fan_out(Tensor tensor) => CalculateFanInAndFanOut(tensor);

            public static Tensor uniform_(Tensor tensor, [PyTorchName("a")] double low = 0, [PyTorchName("b")] double high = 1, Generator? generator = null)
            {
                using (no_grad()) return tensor.uniform_(low, high, generator);
            }

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null)
            {
                using (no_grad()) return tensor.normal_(mean, std, generator);
            }

            public static Tensor constant_(Tensor tensor, Scalar val)
            {
                using (no_grad()) return tensor.fill_(val);
            }

            public static Tensor ones_(Tensor tensor) => constant_(tensor, 1.0);

            public static Tensor zeros_(Tensor tensor)
            {
                using (no_grad()) return tensor.zero_();
            }

            /// <summary>The identity matrix.</summary>
            public static Tensor eye_(Tensor tensor)
            {
                if (tensor.Sizes.Length != 2) throw new ArgumentException("Only tensors with 2 dimensions are supported");
                var values = new double[tensor.Count];
                for (long i = 0; i < Math.Min(tensor.Sizes[0], tensor.Sizes[1]); i++) values[i * tensor.Sizes[1] + i] = 1;
                return Set(tensor, values);
            }

            /// <summary>The convolution that passes its channels on, as many as there are, in each group.</summary>
            public static Tensor dirac_(Tensor tensor, long groups = 1)
            {
                var sizes = tensor.Sizes;
                if (sizes.Length is not (3 or 4 or 5)) throw new ArgumentException("Only tensors with 3, 4, or 5 dimensions are supported");
                if (sizes[0] % groups != 0) throw new ArgumentException("dim 0 must be divisible by groups");
                var perGroup = sizes[0] / groups;
                var strides = Shape.contiguous(sizes);
                var values = new double[tensor.Count];
                for (long g = 0; g < groups; g++)
                    for (long d = 0; d < Math.Min(perGroup, sizes[1]); d++)
                    {
                        var at = (g * perGroup + d) * strides[0] + d * strides[1];
                        for (var k = 2; k < sizes.Length; k++) at += sizes[k] / 2 * strides[k];
                        values[at] = 1;
                    }
                return Set(tensor, values);
            }

            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1.0, Generator? generator = null)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                var std = gain * Math.Sqrt(2.0 / (fanIn + fanOut));
                var a = Math.Sqrt(3.0) * std;
                return uniform_(tensor, -a, a, generator);
            }

            public static Tensor xavier_normal_(Tensor tensor, double gain = 1.0, Generator? generator = null)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                return normal_(tensor, 0, gain * Math.Sqrt(2.0 / (fanIn + fanOut)), generator);
            }

            public static Tensor glorot_uniform_(Tensor tensor, double gain = 1.0) => xavier_uniform_(tensor, gain);

            public static Tensor glorot_normal_(Tensor tensor, double gain = 1.0) => xavier_normal_(tensor, gain);

            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU, Generator? generator = null)
            {
                if (tensor.Sizes.Contains(0)) return tensor;
                var bound = Math.Sqrt(3.0) * KaimingStd(tensor, a, mode, nonlinearity);
                return uniform_(tensor, -bound, bound, generator);
            }

            public static Tensor kaiming_normal_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU, Generator? generator = null) =>
                tensor.Sizes.Contains(0) ? tensor : normal_(tensor, 0, KaimingStd(tensor, a, mode, nonlinearity), generator);

            private static double KaimingStd(Tensor tensor, double a, FanInOut mode, NonlinearityType nonlinearity)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                return calculate_gain(nonlinearity, a) / Math.Sqrt(mode == FanInOut.FanIn ? fanIn : fanOut);
            }

            /// <summary>Normal numbers with all but the last rows of each column's random order: a part of each column is zero.</summary>
            public static Tensor sparse_(Tensor tensor, double sparsity, double std = 0.01, Generator? generator = null)
            {
                if (tensor.Sizes.Length != 2) throw new ArgumentException("Only tensors with 2 dimensions are supported");
                var (rows, columns) = (tensor.Sizes[0], tensor.Sizes[1]);
                var zeros = (long)Math.Ceiling(sparsity * rows);
                normal_(tensor, 0, std, generator);
                var values = Get(tensor);
                for (long c = 0; c < columns; c++)
                {
                    var order = Host.toArray<long>(randperm(rows, generator: generator).Expr);
                    for (long i = 0; i < zeros; i++) values[order[i] * columns + c] = 0;
                }
                return Set(tensor, values);
            }

            /// <summary>A matrix with orthogonal rows or columns, from the QR decomposition of a normal one with R's diagonal positive.</summary>
            public static Tensor orthogonal_(Tensor tensor, double gain = 1.0, Generator? generator = null)
            {
                if (tensor.Sizes.Length < 2) throw new ArgumentException("Only tensors with 2 or more dimensions are supported");
                if (tensor.Count == 0) return tensor;
                var rows = tensor.Sizes[0];
                var columns = tensor.Count / rows;
                var normal = Get(Torch.Draw.Make(tensor.DType, [rows, columns], null, false, generator, (g, b) => Samplers.Normal(g, b, 0, 1)));
                var tall = rows >= columns;
                var (m, n) = tall ? (rows, columns) : (columns, rows);
                // Vectors to make orthogonal, each contiguous: the columns of the tall matrix.
                var q = new double[m * n];
                for (long r = 0; r < rows; r++)
                    for (long c = 0; c < columns; c++) q[tall ? c * m + r : r * m + c] = normal[r * columns + c];
                Orthonormalize(q, m, n);
                var values = new double[rows * columns];
                for (long r = 0; r < rows; r++)
                    for (long c = 0; c < columns; c++) values[r * columns + c] = q[tall ? c * m + r : r * m + c] * gain;
                return Set(tensor, values);
            }

            /// <summary>Modified Gram and Schmidt, each vector twice, which is enough for orthogonality to rounding (Giraud, Langou, Rozloznik 2005).</summary>
            private static void Orthonormalize(double[] q, long length, long count)
            {
                for (long k = 0; k < count; k++)
                {
                    var v = q.AsSpan((int)(k * length), (int)length);
                    for (var pass = 0; pass < 2; pass++)
                        for (long j = 0; j < k; j++)
                        {
                            var u = q.AsSpan((int)(j * length), (int)length);
                            double dot = 0;
                            for (var i = 0; i < u.Length; i++) dot += u[i] * v[i];
                            for (var i = 0; i < u.Length; i++) v[i] -= dot * u[i];
                        }
                    double norm = 0;
                    foreach (var x in v) norm += x * x;
                    norm = Math.Sqrt(norm);
                    for (var i = 0; i < v.Length; i++) v[i] /= norm;
                }
            }

            /// <summary>Normal numbers within [a, b].</summary>
            public static Tensor trunc_normal_(Tensor tensor, double mean = 0.0, double std = 1.0, double a = -2.0, double b = 2.0, Generator? generator = null)
            {
                if (std <= 0) throw new ArgumentException($"std must be positive, but got {std}");
                if (a >= b) throw new ArgumentException($"a must be smaller than b, but got a={a} and b={b}");
                var mass = NormalCdf((b - mean) / std) - NormalCdf((a - mean) / std);
                return mass > 0.3 ? TruncateByNormals(tensor, mean, std, a, b, generator) : TruncateByUniforms(tensor, mean, std, a, b, generator);
            }

            /// <summary>The normal distribution function: phi(x) times the series of x^(2n+1) / (2n+1)!!, whose terms all have one sign (Abramowitz and Stegun 26.2.11).</summary>
            private static double NormalCdf(double x)
            {
                if (Math.Abs(x) > 9) return x > 0 ? 1 : 0;
                double term = x, sum = x;
                for (var n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++) sum += term *= x * x / (2 * n + 1);
                return 0.5 + sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
            }

            private static Tensor TruncateByNormals(Tensor tensor, double mean, double std, double a, double b, Generator? generator)
            {
                var (low, high) = (Rounded(tensor.DType, a), Rounded(tensor.DType, b));
                var values = Get(Proposal());
                while (true)
                {
                    var outside = Array.FindAll(Enumerable.Range(0, values.Length).ToArray(), i => values[i] < low || values[i] > high);
                    if (outside.Length == 0) return Set(tensor, values);
                    var next = Get(Proposal());
                    foreach (var i in outside) values[i] = next[i];
                }

                Tensor Proposal() => new(Torch.Draw.Like(tensor, tensor.DType, generator, (g, block) => Samplers.Normal(g, block, mean, std)));
            }

            private static Tensor TruncateByUniforms(Tensor tensor, double mean, double std, double a, double b, Generator? generator)
            {
                var peak = (Math.Clamp(mean, a, b) - mean) / std;
                var logPeak = -0.5 * peak * peak;
                double[]? values = null;
                var rejected = Enumerable.Range(0, (int)tensor.Count).ToArray();
                while (rejected.Length > 0)
                {
                    var x = Get(new Tensor(Torch.Draw.Like(tensor, tensor.DType, generator, (g, block) => Samplers.Uniform(g, block, a, b))));
                    var u = Get(new Tensor(Torch.Draw.Like(tensor, tensor.DType, generator, (g, block) => Samplers.Uniform(g, block, 0, 1))));
                    values ??= x;
                    foreach (var i in rejected) values[i] = x[i];
                    rejected = Array.FindAll(rejected, i =>
                    {
                        var z = (x[i] - mean) / std;
                        return Math.Log(u[i]) > -0.5 * z * z - logPeak;
                    });
                }
                return values is null ? tensor : Set(tensor, values);
            }

            private static double Rounded(DType dtype, double value) => dtype.Equals(DType.Float64) ? value : (float)value;

            /// <summary>The elements in row-major order.</summary>
            private static double[] Get(Tensor tensor) => Host.toArray<double>(Build.cast(DType.Float64, tensor.Expr));

            private static Tensor Set(Tensor tensor, double[] values)
            {
                using (no_grad())
                    return Autograd.InPlace(tensor, "CopyBackwards", Build.cast(tensor.DType, Host.ofArray(DType.Float64, tensor.Sizes, values)));
            }

            // ---- What the modules' constructors share

            /// <summary>A parameter whose values are to be filled.</summary>
            internal static Parameter Empty(long[] sizes, Device? device, ScalarType? dtype)
            {
                var d = dtype?.ToDType() ?? Build.defaultDType();
                var value = Device.IsMeta(device) ? Build.meta(sizes, Shape.contiguous(sizes), d) : Build.fill(sizes, d, Literal.NewInt(0));
                return new Parameter(new Tensor(value), d.IsDifferentiable);
            }

            /// <summary>A tensor of one number.</summary>
            internal static Tensor Full(long[] sizes, long value, Device? device, DType dtype) =>
                new(Device.IsMeta(device) ? Build.meta(sizes, Shape.contiguous(sizes), dtype) : Build.fill(sizes, dtype, Literal.NewInt(value)));

            /// <summary>The default of linear layers and convolutions: uniform within 1 / sqrt(fan in), weight first.</summary>
            internal static void Default(Tensor weight, Tensor? bias)
            {
                kaiming_uniform_(weight, Math.Sqrt(5));
                if (bias is null) return;
                var fan = CalculateFanInAndFanOut(weight).fanIn;
                var bound = fan > 0 ? 1 / Math.Sqrt(fan) : 0;
                uniform_(bias, -bound, bound);
            }
        }
    }
}
