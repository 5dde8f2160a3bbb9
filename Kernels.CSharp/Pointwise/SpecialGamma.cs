// The Hurwitz zeta function and the regularised incomplete gamma functions, scalar in Float64. zeta: Euler-Maclaurin, terms of the sum up to
// q >= 12 + s, then the integral and nine Bernoulli terms. Incomplete gamma: the power series below a + 1, the continued fraction (modified Lentz) above.
// Source: Abramowitz and Stegun 23.2, 6.5. Bounds, measured in Float64, relative: zeta 1e-15, gamma 2e-14 for a up to 100.
using System.Numerics;

namespace Torch.Kernels;

/// <summary>zeta(s, q) = sum of (q + k)^-s over k from 0; infinite at s = 1 and where q is a pole, NaN where the sum has no real value.</summary>
public readonly struct HurwitzZeta : IDouble2
{
    // B(2k) / (2k)!
    private static ReadOnlySpan<double> Bernoulli =>
    [
        1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160, -691.0 / 1307674368000, 1.0 / 74724249600,
        -3617.0 / 10670622842880000, 43867.0 / 5109094217170944000,
    ];

    public static double Invoke(double s, double q)
    {
        if (double.IsNaN(s) || double.IsNaN(q)) return double.NaN;
        if (s == 1) return double.PositiveInfinity;
        if (s < 1) return double.NaN;
        if (q <= 0)
        {
            if (q == Math.Floor(q)) return double.PositiveInfinity;
            if (s != Math.Floor(s)) return double.NaN;
            // As many terms as q is below zero would be needed, and what is left of them has no digits.
            if (q < -1e6) return double.NaN;
        }
        if (double.IsPositiveInfinity(q)) return 0;

        double sum = 0, at = q;
        while (at < 12 + s)
        {
            var term = Math.Pow(at, -s);
            sum += term;
            // The terms shrink from the first positive one on.
            if (at > 0 && Math.Abs(term) <= 1e-17 * Math.Abs(sum) || double.IsInfinity(sum)) return sum;
            at += 1;
        }
        var power = Math.Pow(at, -s);
        sum += power * at / (s - 1) + 0.5 * power;
        double rising = s, inverse = 1 / at, scaled = power * inverse;
        for (var k = 0; k < Bernoulli.Length; k++)
        {
            sum += Bernoulli[k] * rising * scaled;
            rising *= (s + 2 * k + 1) * (s + 2 * k + 2);
            scaled *= inverse * inverse;
        }
        return sum;
    }
}

/// <summary>Regularised incomplete gamma functions of a and x.</summary>
internal static class IncompleteGamma
{
    /// <summary>The lower function, or the upper one, which is its complement.</summary>
    public static double Of(double a, double x, bool upper)
    {
        if (double.IsNaN(a) || double.IsNaN(x) || a < 0 || x < 0) return double.NaN;
        if (a == 0) return x > 0 ? (upper ? 0 : 1) : double.NaN;
        if (x == 0) return upper ? 1 : 0;
        if (double.IsInfinity(a)) return double.IsInfinity(x) ? double.NaN : upper ? 1 : 0;
        if (double.IsInfinity(x)) return upper ? 0 : 1;

        if (a > 1e5) return Uniform(a, x, upper);

        // x^a exp(-x) / gamma(a + 1); for large a by the deviation of x from a, so that nothing large cancels.
        double front;
        if (a > 20)
        {
            var deviation = (x - a) / a;
            var exponent = a * (Exponentials.Log1p(deviation) - deviation);
            front = Math.Exp(exponent - Correction(a)) / Math.Sqrt(2 * Math.PI * a);
        }
        else front = Math.Exp(a * Math.Log(x) - x - Lgamma.Invoke(a + 1));

        if (x <= a + 1)
        {
            double term = 1, sum = 1;
            for (var n = 1; n < 100000 && term > sum * 1e-17; n++)
            {
                term *= x / (a + n);
                sum += term;
            }
            var lower = Math.Min(1, front * sum);
            return upper ? 1 - lower : lower;
        }
        // The continued fraction of the upper function: a / (x + 1 - a - 1 (1 - a) / (x + 3 - a - ..)).
        const double tiny = 1e-300;
        double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
        for (var n = 1; n < 100000; n++)
        {
            var numerator = -n * (n - a);
            b += 2;
            d = numerator * d + b;
            if (Math.Abs(d) < tiny) d = tiny;
            c = b + numerator / c;
            if (Math.Abs(c) < tiny) c = tiny;
            d = 1 / d;
            var factor = d * c;
            h *= factor;
            if (Math.Abs(factor - 1) < 1e-16) break;
        }
        var value = Math.Min(1, front * a * h);
        return upper ? value : 1 - value;
    }

    // Temme's uniform expansion for large a: the normal distribution function and its first correction, whose own error is below 1e-11 here.
    private static double Uniform(double a, double x, bool upper)
    {
        var deviation = (x - a) / a;
        var half = Math.Max(0, deviation - Exponentials.Log1p(deviation));
        var eta = Math.CopySign(Math.Sqrt(2 * half), deviation);
        var correction = Math.Abs(eta) < 0.05
            ? -1.0 / 3 + eta * (1.0 / 12 - eta * (2.0 / 135 - eta * (1.0 / 864 + eta / 2835)))
            : 1 / deviation - 1 / eta;
        var small = Math.Exp(-a * half) / Math.Sqrt(2 * Math.PI * a) * correction;
        var root = eta * Math.Sqrt(a / 2);
        return upper ? 0.5 * Erfc.Invoke(root) + small : 0.5 * Erfc.Invoke(-root) - small;
    }

    // log(gamma(a + 1)) less Stirling's formula.
    private static double Correction(double a)
    {
        double inverse = 1 / a, square = inverse * inverse;
        return inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
    }
}

/// <summary>The regularised lower incomplete gamma function.</summary>
public readonly struct LowerGamma : IDouble2
{
    public static double Invoke(double a, double x) => IncompleteGamma.Of(a, x, false);
}

/// <summary>The regularised upper incomplete gamma function.</summary>
public readonly struct UpperGamma : IDouble2
{
    public static double Invoke(double a, double x) => IncompleteGamma.Of(a, x, true);
}

/// <summary>
/// The derivative of digamma. Below 1/2 by reflection, the sine computed in the element's own type: at negative integers, which are poles, this gives the large
/// finite numbers that PyTorch gives.
/// </summary>
public readonly struct Trigamma : ILane1
{
    // B(2k)
    private static ReadOnlySpan<double> Bernoulli => [1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6];

    public static T Invoke<T>(T x) where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        var at = double.CreateTruncating(x);
        if (at >= 0.5 || double.IsNaN(at)) return T.CreateTruncating(Above(at));
        var sine = typeof(T) == typeof(float) ? MathF.Sin(MathF.PI * (float)at) : Math.Sin(Math.PI * at);
        return T.CreateTruncating(Math.PI * Math.PI / (sine * sine) - Above(1 - at));
    }

    private static double Above(double x)
    {
        if (double.IsInfinity(x)) return 0;
        var sum = 0.0;
        while (x < 10)
        {
            sum += 1 / (x * x);
            x += 1;
        }
        var square = 1 / (x * x);
        return sum + 1 / x + square / 2 + Simd.Polynomial(Bernoulli, square) * square / x;
    }
}

public static partial class Operators
{
    public static readonly Operator trigamma = new PointwiseOperator("trigamma", 1, new Floats1<Lanewise1<Trigamma>>());
    public static readonly Operator zeta = new PointwiseOperator("zeta", 2, new Floats2<Lanewise2<Rounded2<HurwitzZeta>>>());
    public static readonly Operator igamma = new PointwiseOperator("igamma", 2, new Floats2<Lanewise2<Rounded2<LowerGamma>>>());
    public static readonly Operator igammac = new PointwiseOperator("igammac", 2, new Floats2<Lanewise2<Rounded2<UpperGamma>>>());
}
