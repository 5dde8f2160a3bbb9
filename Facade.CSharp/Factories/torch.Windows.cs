using System.Runtime.InteropServices;

namespace Torch;

// Windows for spectra, and the sample frequencies of transforms. Values are computed in float64 and rounded once (torch.signal.windows), or in the steps of PyTorch's older
// functions (torch.hann_window and the like), which a float32 window shows in its last digit.
public static partial class torch
{
    /// <summary>A periodic window is one longer, without its last sample. PyTorch computes these in the dtype asked for.</summary>
    private static Tensor Window(string name, long length, bool periodic, ScalarType? dtype, Device? device, bool requires_grad, Func<Tensor, long, Tensor> shape)
    {
        var d = Floating(dtype);
        if (!d.IsDifferentiable) throw new TorchException($"{name} expects floating point dtypes, got: torch.{TypeNames.Short(d)}Tensor");
        if (length < 0) throw new TorchException($"{name} requires non-negative window_length, got window_length={length}");
        var options = d.ToScalarType();
        Tensor window;
        using (no_grad())
        {
            if (length == 0) window = empty([0], options, device);
            else if (length == 1) window = ones([1], options, device);
            else
            {
                var n = periodic ? length + 1 : length;
                window = shape(arange(n, dtype: options, device: device), n);
                if (periodic) window = window.narrow(0, 0, n - 1).clone();
            }
        }
        return requires_grad ? window.requires_grad_() : window;
    }

    public static Tensor bartlett_window([PyTorchName("window_length")] long len, bool periodic = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Window("bartlett_window", len, periodic, dtype, device, requires_grad, (i, n) =>
        {
            var w = i * (2.0 / (n - 1));
            var half = (n - 1) / 2 + 1;
            var tail = w.narrow(0, half, n - half);
            tail.mul_(-1).add_(2);
            return w;
        });

    public static Tensor hann_window([PyTorchName("window_length")] long len, bool periodic = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Window("hann_window", len, periodic, dtype, device, requires_grad, (i, n) => Hamming(i, n, 0.5, 0.5));

    public static Tensor hamming_window([PyTorchName("window_length")] long len, bool periodic = true, double alpha = 0.54, double beta = 0.46, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Window("hamming_window", len, periodic, dtype, device, requires_grad, (i, n) => Hamming(i, n, alpha, beta));

    private static Tensor Hamming(Tensor i, long n, double alpha, double beta) => (i * (Math.PI * 2.0 / (n - 1))).cos() * -beta + alpha;

    public static Tensor blackman_window([PyTorchName("window_length")] long len, bool periodic = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Window("blackman_window", len, periodic, dtype, device, requires_grad, (i, n) =>
        {
            var a = i * (Math.PI / (n - 1));
            return ((a * 4).cos() * 0.08) - ((a * 2).cos() * 0.5) + 0.42;
        });

    /// <summary>I0(beta sqrt(1 - ((i - a) / a)^2)) / I0(beta).</summary>
    public static Tensor kaiser_window([PyTorchName("window_length")] long len, bool periodic = true, double beta = 12.0, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Window("kaiser_window", len, periodic, dtype, device, requires_grad, (i, n) => Sampled(n, i.dtype, i.device, k => Kaiser(k, n, beta)));

    private static double Kaiser(double k, long n, double beta)
    {
        var a = (n - 1) / 2.0;
        var x = (k - a) / a;
        return BesselI0(beta * Math.Sqrt(Math.Max(0, 1 - (x * x)))) / BesselI0(beta);
    }

    /// <summary>The modified Bessel function of order zero by its power series, which has only positive terms: relative error below 1e-14 for the arguments of windows.</summary>
    private static double BesselI0(double x)
    {
        double sum = 1, term = 1;
        var quarter = x * x / 4;
        for (var k = 1; term > sum * 1e-17; k++)
        {
            term *= quarter / ((double)k * k);
            sum += term;
        }
        return sum;
    }

    private static Tensor Sampled(long n, ScalarType dtype, Device? device, Func<double, double> f)
    {
        var values = new double[n];
        for (long i = 0; i < n; i++) values[i] = f(i);
        return Finished(Build.cast(dtype.ToDType(), Host.ofBytes(DType.Float64, [n], MemoryMarshal.AsBytes<double>(values))), device, false);
    }

    public static partial class signal
    {
        /// <summary>torch.signal.windows: symmetric windows unless sym is false, of M samples.</summary>
        public static partial class windows
        {
            private static Tensor Of(string name, long M, bool sym, ScalarType? dtype, Device? device, bool requires_grad, Func<double, long, double> f)
            {
                if (M < 0) throw new ArgumentException($"{name} requires non-negative window length, got M={M}");
                var d = Floating(dtype);
                if (!(d.Equals(DType.Float32) || d.Equals(DType.Float64))) throw new ArgumentException($"{name} expects float32 or float64 dtypes, got: {d}");
                // A window of one sample is 1; a periodic window is one of M + 1 without its last.
                var n = sym || M <= 1 ? M : M + 1;
                var t = Sampled(M, d.ToScalarType(), device, i => M == 1 ? 1 : f(i, n));
                return requires_grad ? t.requires_grad_() : t;
            }

            public static Tensor exponential(long M, double? center = null, double tau = 1.0, bool sym = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
            {
                if (tau <= 0) throw new ArgumentException($"Tau must be positive, got: {PythonFormat.Number(tau, "", System.Globalization.CultureInfo.InvariantCulture)} instead.");
                if (sym && center is not null) throw new ArgumentException("Center must be None for symmetric windows");
                return Of("exponential", M, sym, dtype, device, requires_grad, (i, n) => Math.Exp(-Math.Abs(i - (center ?? (n - 1) / 2.0)) / tau));
            }

            public static Tensor cosine(long M, bool sym = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
                Of("cosine", M, sym, dtype, device, requires_grad, (i, n) => Math.Sin(Math.PI / n * (i + 0.5)));

            public static Tensor gaussian(long M, double std = 1.0, bool sym = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
            {
                if (std <= 0) throw new ArgumentException($"Standard deviation must be positive, got: {PythonFormat.Number(std, "", System.Globalization.CultureInfo.InvariantCulture)} instead.");
                return Of("gaussian", M, sym, dtype, device, requires_grad, (i, n) => Math.Exp(-Math.Pow((i - ((n - 1) / 2.0)) / (std * Math.Sqrt(2)), 2)));
            }

            public static Tensor kaiser(long M, double beta = 12.0, bool sym = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
            {
                if (beta < 0) throw new ArgumentException($"beta must be non-negative, got: {PythonFormat.Number(beta, "", System.Globalization.CultureInfo.InvariantCulture)} instead.");
                return Of("kaiser", M, sym, dtype, device, requires_grad, (i, n) => Kaiser(i, n, beta));
            }

            public static Tensor hamming(long M, bool sym = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
                general_hamming(M, 0.54, sym, dtype, device, requires_grad);

            public static Tensor hann(long M, bool sym = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
                general_hamming(M, 0.5, sym, dtype, device, requires_grad);

            public static Tensor blackman(long M, bool sym = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
                general_cosine(M, [0.42, 0.5, 0.08], sym, dtype, device, requires_grad);

            public static Tensor bartlett(long M, bool sym = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
                Of("bartlett", M, sym, dtype, device, requires_grad, (i, n) => 1 - Math.Abs((2 * i / (n - 1)) - 1));

            public static Tensor nuttall(long M, bool sym = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
                general_cosine(M, [0.3635819, 0.4891775, 0.1365995, 0.0106411], sym, dtype, device, requires_grad);

            /// <summary>The sum of (-1)^k a[k] cos(2 pi k i / (n - 1)).</summary>
            public static Tensor general_cosine(long M, IList<double> a, bool sym = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
            {
                if (a.Count == 0) throw new ArgumentException("Coefficients cannot be empty");
                return Of("general_cosine", M, sym, dtype, device, requires_grad, (i, n) =>
                {
                    double sum = 0;
                    for (var k = 0; k < a.Count; k++) sum += (k % 2 == 0 ? a[k] : -a[k]) * Math.Cos(2 * Math.PI * k * i / (n - 1));
                    return sum;
                });
            }

            public static Tensor general_hamming(long M, double alpha = 0.54, bool sym = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
                general_cosine(M, [alpha, 1 - alpha], sym, dtype, device, requires_grad);
        }
    }
}
