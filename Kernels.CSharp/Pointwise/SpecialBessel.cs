// Bessel functions of order 0 and 1 and the Airy function, scalar in Float64. J and Y: up to 25 by Miller's backward recurrence, which gives all orders at
// once (Y by Neumann's series over them), Hankel's asymptotic series beyond. K: the integral of exp(-x cosh t) cosh(n t) by the trapezoidal rule, whose error
// for this analytic integrand is exp(-pi^2 / h). Ai: Taylor steps of y'' = x y from 0 on the middle range, K of order 1/3 above, the oscillating asymptotic
// series below. Source: Abramowitz and Stegun chapters 9 and 10. Bounds, measured in Float64, up to 200: 2e-15 of the
// envelope for J and Y, 3e-14 for Ai, relative 1e-15 for K.
namespace Torch.Kernels;

internal static class OrdinaryBessel
{
    private const double Euler = 0.57721566490153286;

    /// <summary>J of order 0 or 1, or Y of x above zero.</summary>
    public static double Of(int order, double x, bool second)
    {
        if (double.IsNaN(x)) return x;
        var size = Math.Abs(x);
        if (second)
        {
            if (x == 0) return double.NegativeInfinity;
            if (x < 0) return double.NaN;
        }
        // The phase is lost; PyTorch answers NaN.
        if (double.IsInfinity(size)) return double.NaN;
        var value = size < 25 ? Recurrence(order, size, second) : Hankel(order, size, second);
        return order == 1 && x < 0 ? -value : value;
    }

    // J(k - 1) = (2 k / x) J(k) - J(k + 1), downwards from where J vanishes; J(0) + 2 (J(2) + J(4) + ..) = 1 gives the scale.
    private static double Recurrence(int order, double x, bool second)
    {
        if (x < 1e-8)
        {
            if (!second) return order == 0 ? 1 : x / 2;
            return order == 0 ? 2 / Math.PI * (Math.Log(x / 2) + Euler) : -2 / (Math.PI * x);
        }
        var top = 2 * ((int)(x * 0.75) + 20);
        double above = 0, here = 1e-300, total = 0, j1 = 0, series0 = 0, series1 = 0;
        for (var k = top; k > 0; k--)
        {
            var below = 2 * k / x * here - above;
            // here is J(k).
            if (k % 2 == 0)
            {
                total += 2 * here;
                series0 += (k / 2 % 2 == 0 ? here : -here) / (k / 2);
            }
            else if (k > 1)
            {
                double m = (k - 1) / 2;
                series1 += ((k - 1) / 2 % 2 == 0 ? here : -here) * (2 * m + 1) / (m * (m + 1));
            }
            if (k == 1) j1 = here;
            (above, here) = (here, below);
            if (Math.Abs(here) > 1e250)
            {
                const double less = 1e-250;
                above *= less;
                here *= less;
                total *= less;
                series0 *= less;
                series1 *= less;
            }
        }
        var scale = 1 / (total + here);
        double j0 = here * scale;
        j1 *= scale;
        if (!second) return order == 0 ? j0 : j1;
        var log = Math.Log(x / 2) + Euler;
        return order == 0
            ? 2 / Math.PI * (log * j0 - 2 * series0 * scale)
            : 2 / Math.PI * (-j0 / x + (log - 1) * j1 - series1 * scale);
    }

    // sqrt(2 / (pi x)) (P cos(chi) - Q sin(chi)), chi = x - (order / 2 + 1 / 4) pi.
    private static double Hankel(int order, double x, bool second)
    {
        double mu = 4 * order * order, term = 1, p = 1, q = 0;
        for (var k = 1; k < 40; k++)
        {
            double odd = 2 * k - 1, next = term * (mu - odd * odd) / (8 * x * k);
            if (Math.Abs(next) >= Math.Abs(term) || Math.Abs(next) < 1e-18) break;
            term = next;
            switch (k % 4)
            {
                case 1: q += term; break;
                case 2: p -= term; break;
                case 3: q -= term; break;
                default: p += term; break;
            }
        }
        // The angle's quarter turns are exact by the sum formulas.
        double sin = Math.Sin(x), cos = Math.Cos(x), half = Math.Sqrt(0.5);
        var (c, s) = order == 0 ? (half * (cos + sin), half * (sin - cos)) : (half * (sin - cos), -half * (sin + cos));
        var envelope = Math.Sqrt(2 / (Math.PI * x));
        return second ? envelope * (p * s + q * c) : envelope * (p * c - q * s);
    }
}

/// <summary>Modified Bessel functions of the second kind.</summary>
internal static class SecondBessel
{
    /// <summary>K of a real order, times exp(x) if scaled; infinite at zero, NaN below.</summary>
    public static double K(double order, double x, bool scaled)
    {
        if (double.IsNaN(x) || x < 0) return double.NaN;
        if (x == 0) return double.PositiveInfinity;
        if (double.IsInfinity(x)) return 0;
        // The integrand is as wide as 1 / sqrt(x).
        var h = Math.Min(0.125, 0.5 / Math.Sqrt(x));
        var sum = 0.5;
        for (var k = 1; ; k++)
        {
            var t = k * h;
            var sinh = Math.Sinh(t / 2);
            var decay = x * (2 * sinh * sinh);
            var term = decay > 745 ? 0 : Math.Exp(-decay) * Math.Cosh(order * t);
            sum += term;
            if (term < 1e-18 * sum) break;
        }
        return sum * h * (scaled ? 1 : Math.Exp(-x));
    }
}

public readonly struct BesselJ0 : IDouble1 { public static double Invoke(double x) => OrdinaryBessel.Of(0, x, false); }
public readonly struct BesselJ1 : IDouble1 { public static double Invoke(double x) => OrdinaryBessel.Of(1, x, false); }
public readonly struct BesselY0 : IDouble1 { public static double Invoke(double x) => OrdinaryBessel.Of(0, x, true); }
public readonly struct BesselY1 : IDouble1 { public static double Invoke(double x) => OrdinaryBessel.Of(1, x, true); }
public readonly struct BesselK0 : IDouble1 { public static double Invoke(double x) => SecondBessel.K(0, x, false); }
public readonly struct BesselK1 : IDouble1 { public static double Invoke(double x) => SecondBessel.K(1, x, false); }
public readonly struct BesselK0e : IDouble1 { public static double Invoke(double x) => SecondBessel.K(0, x, true); }
public readonly struct BesselK1e : IDouble1 { public static double Invoke(double x) => SecondBessel.K(1, x, true); }

/// <summary>sin(x) / x.</summary>
public readonly struct SphericalBesselJ0 : IDouble1
{
    public static double Invoke(double x) => double.IsInfinity(x) ? 0 : Math.Abs(x) < 1e-4 ? 1 - x * x / 6 : Math.Sin(x) / x;
}

/// <summary>The Airy function that vanishes at infinity.</summary>
public readonly struct AiryAi : IDouble1
{
    public static double Invoke(double x)
    {
        if (double.IsNaN(x) || double.IsInfinity(x)) return double.NaN;
        if (x > 103.892) return 0;
        if (x > 1)
        {
            var zeta = 2 * x * Math.Sqrt(x) / 3;
            return Math.Sqrt(x / 3) / Math.PI * SecondBessel.K(1.0 / 3, zeta, false);
        }
        return x < -10 ? Oscillating(-x) : Stepped(x);
    }

    // From Ai(0) and Ai'(0) in equal steps of at most one half, each by the Taylor series that y'' = x y gives.
    private static double Stepped(double x)
    {
        double y = 0.35502805388781724, slope = -0.25881940379280680, at = 0;
        var steps = (int)Math.Ceiling(Math.Abs(x) / 0.5);
        if (steps == 0) return y;
        var h = x / steps;
        for (var step = 0; step < steps; step++)
        {
            // (k + 2) (k + 1) c(k + 2) = at c(k) + c(k - 1)
            double before = 0, c0 = y, c1 = slope, power = h, value = y + slope * h, change = slope;
            for (var k = 0; k < 24; k++)
            {
                var c2 = (at * c0 + before) / ((k + 2.0) * (k + 1));
                change += (k + 2) * c2 * power;
                power *= h;
                value += c2 * power;
                (before, c0, c1) = (c0, c1, c2);
            }
            (y, slope, at) = (value, change, at + h);
        }
        return y;
    }

    // Ai(-x) = (sin(zeta + pi / 4) F - cos(zeta + pi / 4) G) / (sqrt(pi) x^(1/4)).
    private static double Oscillating(double x)
    {
        var zeta = 2 * x * Math.Sqrt(x) / 3;
        // No digit of the phase is left.
        if (zeta > float.MaxValue) return double.NaN;
        double term = 1, f = 1, g = 0;
        for (var k = 1; k < 40; k++)
        {
            // c(k) / c(k - 1) of the series in 1 / zeta.
            var next = term * (6.0 * k - 5) * (6.0 * k - 3) * (6.0 * k - 1) / (216.0 * k * (2 * k - 1)) / zeta;
            if (Math.Abs(next) >= Math.Abs(term) || Math.Abs(next) < 1e-18) break;
            term = next;
            switch (k % 4)
            {
                case 1: g += term; break;
                case 2: f -= term; break;
                case 3: g -= term; break;
                default: f += term; break;
            }
        }
        double half = Math.Sqrt(0.5), sin = Math.Sin(zeta), cos = Math.Cos(zeta);
        return (half * (sin + cos) * f - half * (cos - sin) * g) / (Math.Sqrt(Math.PI) * Math.Sqrt(Math.Sqrt(x)));
    }
}

public static partial class Operators
{
    public static readonly Operator bessel_j0 = new PointwiseOperator("bessel_j0", 1, new Floats1<Lanewise1<Rounded1<BesselJ0>>>());
    public static readonly Operator bessel_j1 = new PointwiseOperator("bessel_j1", 1, new Floats1<Lanewise1<Rounded1<BesselJ1>>>());
    public static readonly Operator bessel_y0 = new PointwiseOperator("bessel_y0", 1, new Floats1<Lanewise1<Rounded1<BesselY0>>>());
    public static readonly Operator bessel_y1 = new PointwiseOperator("bessel_y1", 1, new Floats1<Lanewise1<Rounded1<BesselY1>>>());
    public static readonly Operator modified_bessel_k0 = new PointwiseOperator("modified_bessel_k0", 1, new Floats1<Lanewise1<Rounded1<BesselK0>>>());
    public static readonly Operator modified_bessel_k1 = new PointwiseOperator("modified_bessel_k1", 1, new Floats1<Lanewise1<Rounded1<BesselK1>>>());
    public static readonly Operator scaled_modified_bessel_k0 = new PointwiseOperator("scaled_modified_bessel_k0", 1, new Floats1<Lanewise1<Rounded1<BesselK0e>>>());
    public static readonly Operator scaled_modified_bessel_k1 = new PointwiseOperator("scaled_modified_bessel_k1", 1, new Floats1<Lanewise1<Rounded1<BesselK1e>>>());
    public static readonly Operator spherical_bessel_j0 = new PointwiseOperator("spherical_bessel_j0", 1, new Floats1<Lanewise1<Rounded1<SphericalBesselJ0>>>());
    public static readonly Operator airy_ai = new PointwiseOperator("airy_ai", 1, new Floats1<Lanewise1<Rounded1<AiryAi>>>());
}
