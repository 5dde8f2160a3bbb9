// Distributions sampled by rejection, each element with parameters of its own: Poisson, binomial, gamma, Dirichlet. All of them compute in double.
//
// Sources: Poisson with rates from 10 on: Hoermann, "The transformed rejection method for generating Poisson random variables" (1993), PTRS. Binomial
// with means from 10 on: Hoermann, "The generation of binomial random variates" (1993), BTRS. Gamma: Marsaglia and Tsang, "A simple method for
// generating gamma variables" (2000). Small Poisson rates: products of uniforms (Knuth); small binomial means: sums of geometric waiting times
// (Devroye).

namespace Torch.Kernels;

public static unsafe partial class Samplers
{
    /// <summary>Poisson numbers with these rates, <c>poisson</c>.</summary>
    public static void Poisson(Mt19937 generator, Block result, Block rate) =>
        Map(generator, Floating(result, "poisson_cpu"), "poisson_cpu", rate, rate, new PoissonDraw());

    /// <summary>Successes among so many trials of such a probability, <c>binomial</c>.</summary>
    public static void Binomial(Mt19937 generator, Block result, Block count, Block p) =>
        Map(generator, Floating(result, "binomial_cpu"), "binomial_cpu", count, p, new BinomialDraw());

    /// <summary>Gamma numbers of these shapes and scale one, <c>_standard_gamma</c>; float32 or float64.</summary>
    public static void StandardGamma(Mt19937 generator, Block result, Block alpha)
    {
        const string kernel = "gamma_cpu";
        var type = result.Type;
        if (type == ElementType.Float32) Map(generator, result, kernel, alpha, alpha, new GammaDraw(Single: true, Smallest: SmallestNormalFloat));
        else if (type == ElementType.Float64) Map(generator, result, kernel, alpha, alpha, new GammaDraw(Single: false, Smallest: SmallestNormalDouble));
        else throw RandomElement.NotImplemented(kernel, type);
    }

    /// <summary>
    /// Points of the simplex with these concentrations along the last dimension, <c>_sample_dirichlet</c>; float32 or float64. The gammas of a row
    /// are drawn in double and divided by their sum. The result is contiguous.
    /// </summary>
    public static void Dirichlet(Mt19937 generator, Block result, Block alpha)
    {
        const string kernel = "dirichlet";
        if (result.Type is not (ElementType.Float32 or ElementType.Float64)) throw RandomElement.NotImplemented(kernel, result.Type);
        var length = result.Count == 0 ? 0 : result.Sizes[^1];
        if (length == 0) return;
        var single = result.Type == ElementType.Float32;
        var smallest = single ? SmallestNormalFloat : SmallestNormalDouble;
        var largest = single ? MathF.BitDecrement(1) : Math.BitDecrement(1);
        var gammas = new double[result.Count];
        fixed (double* g = gammas)
        {
            var whole = new Block((nint)g, ElementType.Float64, result.Sizes, RowMajorStrides(result.Sizes));
            Map(generator, whole, kernel, alpha, alpha, new GammaDraw(Single: false, Smallest: SmallestNormalDouble));
            for (long row = 0; row < gammas.Length; row += length)
            {
                double sum = 0;
                for (var i = row; i < row + length; i++) sum += g[i];
                for (var i = row; i < row + length; i++)
                {
                    var share = single ? (float)(g[i] / sum) : g[i] / sum;
                    g[i] = Math.Min(largest, Math.Max(smallest, share));
                }
            }
            Map(generator, result, kernel, whole, whole, new CopyDraw());
        }
    }

    private const double SmallestNormalFloat = 1.17549435082228750797e-38;
    private const double SmallestNormalDouble = 2.2250738585072014e-308;

    private static long[] RowMajorStrides(long[] sizes)
    {
        var strides = new long[sizes.Length];
        long step = 1;
        for (var d = sizes.Length - 1; d >= 0; d--)
        {
            strides[d] = step;
            step *= sizes[d];
        }
        return strides;
    }

    private readonly struct CopyDraw : IDraw
    {
        public double Draw(Mt19937 generator, double a, double b) => a;
    }

    private readonly struct PoissonDraw : IDraw
    {
        public double Draw(Mt19937 generator, double rate, double unused) => rate switch
        {
            0 => 0,
            < 10 => Product(generator, rate),
            _ => Transformed(generator, rate),
        };

        private static double Product(Mt19937 generator, double rate)
        {
            var limit = Math.Exp(-rate);
            double product = 1;
            for (long count = 0; ; count++)
            {
                product *= generator.U53();
                if (product <= limit) return count;
            }
        }

        private static double Transformed(Mt19937 generator, double rate)
        {
            var logRate = Math.Log(rate);
            var b = 0.931 + 2.53 * Math.Sqrt(rate);
            var a = -0.059 + 0.02483 * b;
            var inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
            var quick = 0.9277 - 3.6224 / (b - 2);
            while (true)
            {
                var u = generator.U53() - 0.5;
                var v = generator.U53();
                var us = 0.5 - Math.Abs(u);
                var k = Math.Floor((2 * a / us + b) * u + rate + 0.43);
                if (us >= 0.07 && v <= quick) return k;
                if (k < 0 || (us < 0.013 && v > us)) continue;
                if (Math.Log(v) + Math.Log(inverseAlpha) - Math.Log(a / (us * us) + b) <= -rate + k * logRate - RandomMath.LogFactorial(k)) return k;
                // A rate of infinity or NaN never passes a test.
                if (!double.IsFinite(rate)) return double.NaN;
            }
        }
    }

    private readonly struct BinomialDraw : IDraw
    {
        public double Draw(Mt19937 generator, double n, double p)
        {
            if (n <= 0 || p <= 0) return 0;
            if (p >= 1) return n;
            if (p <= 0.5) return Below(generator, n, p);
            return p > 0.5 ? n - Below(generator, n, 1 - p) : double.NaN;
        }

        private static double Below(Mt19937 generator, double n, double p) =>
            double.IsNaN(n) ? double.NaN : n * p >= 10 ? Transformed(generator, n, p) : Waiting(generator, n, p);

        private static double Waiting(Mt19937 generator, double n, double p)
        {
            var logOfFailure = RandomMath.Log1P(-p);
            double trials = 0;
            for (long successes = 0; ; successes++)
            {
                trials += Math.Ceiling(Math.Log(generator.U53()) / logOfFailure);
                if (trials > n) return successes;
            }
        }

        private static double Transformed(Mt19937 generator, double n, double p)
        {
            var deviation = Math.Sqrt(n * p * (1 - p));
            var b = 1.15 + 2.53 * deviation;
            var a = -0.0873 + 0.0248 * b + 0.01 * p;
            var c = n * p + 0.5;
            var quick = 0.92 - 4.2 / b;
            var odds = p / (1 - p);
            var alpha = (2.83 + 5.1 / b) * deviation;
            var m = Math.Floor((n + 1) * p);
            while (true)
            {
                var u = generator.U53() - 0.5;
                var v = generator.U53();
                var us = 0.5 - Math.Abs(u);
                var k = Math.Floor((2 * a / us + b) * u + c);
                if (us >= 0.07 && v <= quick) return k;
                if (k < 0 || k > n) continue;
                var bound = (m + 0.5) * Math.Log((m + 1) / (odds * (n - m + 1)))
                    + (n + 1) * Math.Log((n - m + 1) / (n - k + 1))
                    + (k + 0.5) * Math.Log(odds * (n - k + 1) / (k + 1))
                    + StirlingRemainder(m) + StirlingRemainder(n - m) - StirlingRemainder(k) - StirlingRemainder(n - k);
                if (Math.Log(v * alpha / (a / (us * us) + b)) <= bound) return k;
                if (!double.IsFinite(n)) return double.NaN;
            }
        }

        /// <summary>What Stirling's formula leaves of log k!.</summary>
        private static double StirlingRemainder(double k)
        {
            if (k < Remainders.Length) return Remainders[(int)k];
            var square = (k + 1) * (k + 1);
            return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
        }

        private static ReadOnlySpan<double> Remainders =>
        [
            0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
            0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
        ];
    }

    /// <summary><paramref name="Single"/>: alpha is float32, and what is computed of alpha alone is rounded to it.</summary>
    private readonly record struct GammaDraw(bool Single, double Smallest) : IDraw
    {
        public double Draw(Mt19937 generator, double alpha, double b) => Math.Max(Smallest, Standard(generator, alpha));

        private double Standard(Mt19937 generator, double alpha)
        {
            if (alpha == 0) return 0;
            double scale = 1;
            if (alpha < 1)
            {
                scale = Math.Pow(1 - generator.U53(), Rounded(1 / alpha));
                alpha = Rounded(alpha + 1);
            }
            var d = Rounded(alpha - 1f / 3f);
            var c = 1 / Math.Sqrt(9 * d);
            // No proposal would ever be accepted.
            if (double.IsNaN(c)) return double.NaN;
            while (true)
            {
                double x, y;
                do
                {
                    x = generator.Normal();
                    y = 1 + c * x;
                }
                while (y <= 0);
                var v = y * y * y;
                var u = 1 - generator.U53();
                var xx = x * x;
                if (u < 1 - 0.0331f * xx * xx) return scale * d * v;
                if (Math.Log(u) < 0.5 * xx + d * (1 - v + Math.Log(v))) return scale * d * v;
            }
        }

        private double Rounded(double value) => Single ? (float)value : value;
    }
}
