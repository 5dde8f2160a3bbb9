// Special functions, scalar in Float64. lgamma: a polynomial around 2, reached by the recurrence, Stirling's series from 10 on, reflection below zero.
// digamma: recurrence up to 10, the asymptotic series, reflection. Modified Bessel functions of order 0 and 1: the power series, whose terms are all positive, up to 20,
// and the asymptotic series beyond.
// Source: Abramowitz and Stegun, chapters 6 and 9; the polynomial by Remez exchange in 60 digits (error 2^-71). Bounds, measured in Float64, relative
// and away from zeros: lgamma and digamma 2e-15 of max(|value|, 1), Bessel 3e-15.
namespace Torch.Kernels;

/// <summary>log |gamma(x)|; infinite at zero and the negative integers.</summary>
public readonly struct Lgamma : IDouble1
{
    // lgamma(2 + z) / z for |z| up to 1/2.
    private static ReadOnlySpan<double> AroundTwo =>
    [
        0.42278433509846713, 0.3224670334241132, -0.067352301053198102, 0.020580808427784546, -0.0073855510286739735, 0.002890510330741683,
        -0.0011927539117040195, 0.00050966952473533497, -0.00022315475842803688, 9.9457512987840527e-05, -4.4926237245153261e-05,
        2.0507209419465102e-05, -9.4394819111272846e-06, 4.3749017919000687e-06, -2.0392681010691415e-06, 9.5490294900458347e-07,
        -4.4896180048829759e-07, 2.1312219001791247e-07, -1.0144571964358402e-07, 4.4827727249710519e-08, -2.0474778936691777e-08,
        1.5171069727912089e-08, -7.8881650478084343e-09,
    ];

    // B(2k) / (2k (2k - 1)), the coefficients of Stirling's series.
    private static ReadOnlySpan<double> Stirling =>
    [
        1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156, -3617.0 / 122400,
    ];

    public static double Invoke(double x)
    {
        if (double.IsNaN(x)) return x;
        if (double.IsInfinity(x)) return double.PositiveInfinity;
        if (x <= 0)
        {
            if (x == Math.Floor(x)) return double.PositiveInfinity;
            if (x > -1e-17) return -Math.Log(-x);
            // gamma(x) gamma(1 - x) = pi / sin(pi x); the sine of the distance to the nearest integer keeps its digits.
            return Math.Log(Math.PI / Math.Abs(Math.Sin(Math.PI * (x - Math.Round(x))))) - Invoke(1 - x);
        }
        if (x >= 10)
        {
            double inverse = 1 / x, square = inverse * inverse;
            return (x - 0.5) * Math.Log(x) - x + 0.91893853320467274 + Simd.Polynomial(Stirling, square) * inverse;
        }
        if (x < 0.5) return Near(x) - Exponentials.Log1p(x) - Math.Log(x);
        if (x < 1.5) return Near(x - 1) - Exponentials.Log1p(x - 1);
        var product = 1.0;
        while (x > 2.5)
        {
            x -= 1;
            product *= x;
        }
        return product == 1 ? Near(x - 2) : Near(x - 2) + Math.Log(product);
    }

    private static double Near(double z) => z * Simd.Polynomial(AroundTwo, z);
}

/// <summary>The derivative of lgamma; at zero an infinity of the sign opposite to the zero's, NaN at the negative integers.</summary>
public readonly struct Digamma : IDouble1
{
    // -B(2k) / 2k
    private static ReadOnlySpan<double> Asymptotic =>
    [
        -1.0 / 12, 1.0 / 120, -1.0 / 252, 1.0 / 240, -1.0 / 132, 691.0 / 32760, -1.0 / 12,
    ];

    public static double Invoke(double x)
    {
        if (x == 0) return Math.CopySign(double.PositiveInfinity, -x);
        if (double.IsInfinity(x)) return x > 0 ? x : double.NaN;
        var result = 0.0;
        if (x < 0)
        {
            if (x == Math.Floor(x)) return double.NaN;
            result = -Math.PI / Math.Tan(Math.PI * (x - Math.Round(x)));
            x = 1 - x;
        }
        while (x < 10)
        {
            result -= 1 / x;
            x += 1;
        }
        var square = 1 / (x * x);
        return result + Math.Log(x) - 0.5 / x + Simd.Polynomial(Asymptotic, square) * square;
    }
}

/// <summary>Modified Bessel functions of the first kind; unscaled, an infinite argument gives NaN, as in PyTorch.</summary>
internal static class Bessel
{
    /// <summary>The function of order 0 or 1, times exp(-|x|) if scaled.</summary>
    public static double I(int order, double x, bool scaled)
    {
        var magnitude = Math.Abs(x);
        if (double.IsNaN(x)) return x;
        double value;
        if (magnitude <= 20)
        {
            double quarter = 0.25 * magnitude * magnitude, term = order == 0 ? 1 : 0.5 * magnitude, sum = term;
            for (var k = 1; term > sum * 1e-18; k++)
            {
                term *= quarter / ((double)k * (k + order));
                sum += term;
            }
            value = scaled ? sum * Math.Exp(-magnitude) : sum;
        }
        else if (double.IsInfinity(magnitude)) value = scaled ? 0 : double.NaN;
        else
        {
            double mu = 4 * order, term = 1, sum = 1;
            for (var k = 1; k < 40 && Math.Abs(term) > 1e-18; k++)
            {
                var odd = 2.0 * k - 1;
                term *= (odd * odd - mu) / (8 * magnitude * k);
                sum += term;
            }
            sum /= Math.Sqrt(2 * Math.PI * magnitude);
            value = scaled ? sum : ComplexSteps.ScaledExp(magnitude, sum);
        }
        return order == 1 && x < 0 ? -value : value;
    }
}

public readonly struct I0 : IDouble1
{
    public static double Invoke(double x) => Bessel.I(0, x, false);
}

public readonly struct I0e : IDouble1
{
    public static double Invoke(double x) => Bessel.I(0, x, true);
}

public readonly struct I1 : IDouble1
{
    public static double Invoke(double x) => Bessel.I(1, x, false);
}

public readonly struct I1e : IDouble1
{
    public static double Invoke(double x) => Bessel.I(1, x, true);
}

public static partial class Operators
{
    public static readonly Operator lgamma = new PointwiseOperator("lgamma", 1, new Floats1<Lanewise1<Rounded1<Lgamma>>>());
    public static readonly Operator digamma = new PointwiseOperator("digamma", 1, new Floats1<Lanewise1<Rounded1<Digamma>>>());
    public static readonly Operator i0 = new PointwiseOperator("i0", 1, new Floats1<Lanewise1<Rounded1<I0>>>());
    public static readonly Operator i0e = new PointwiseOperator("i0e", 1, new Floats1<Lanewise1<Rounded1<I0e>>>());
    public static readonly Operator i1 = new PointwiseOperator("i1", 1, new Floats1<Lanewise1<Rounded1<I1>>>());
    public static readonly Operator i1e = new PointwiseOperator("i1e", 1, new Floats1<Lanewise1<Rounded1<I1e>>>());
}
