// Orthogonal polynomials of x and a degree (truncated to a whole number; negative degrees give 0), scalar in Float64, by their three-term recurrences.
// Chebyshev's within (-1, 1) and beyond degree 6 or 8 by the angle instead: as exact, and the degree costs nothing. Source: Abramowitz and Stegun
// chapter 22. Error: the condition of the recurrence, a few ulps times the degree.
namespace Torch.Kernels;

internal static class Recurrences
{
    /// <summary>No recurrence is longer: beyond, the answer is NaN rather than a computer that does not answer.</summary>
    private const long Longest = 1 << 22;

    /// <summary>p(0) = first, p(1) = second, p(k + 1) = next(k, p(k), p(k - 1)).</summary>
    public static double Run<F>(long degree, double x, double first, double second) where F : struct, IStep
    {
        if (degree == 0) return first;
        if (degree > Longest) return double.NaN;
        double before = first, here = second;
        for (var k = 1L; k < degree && !double.IsNaN(here); k++) (before, here) = (here, F.Next(k, x, here, before));
        return here;
    }

    public interface IStep
    {
        static abstract double Next(long k, double x, double here, double before);
    }

    public readonly struct Chebyshev : IStep { public static double Next(long k, double x, double here, double before) => 2 * x * here - before; }
    public readonly struct Hermite : IStep { public static double Next(long k, double x, double here, double before) => 2 * x * here - 2 * k * before; }
    public readonly struct HermiteE : IStep { public static double Next(long k, double x, double here, double before) => x * here - k * before; }
    public readonly struct Laguerre : IStep { public static double Next(long k, double x, double here, double before) => ((2 * k + 1 - x) * here - k * before) / (k + 1); }
    public readonly struct Legendre : IStep { public static double Next(long k, double x, double here, double before) => ((2 * k + 1) * x * here - k * before) / (k + 1); }

    public static double Alternating(long degree) => degree % 2 == 0 ? 1 : -1;

    public static long Degree(double n) => n >= 9e18 ? long.MaxValue : n <= -9e18 || double.IsNaN(n) ? -1 : (long)n;
}

/// <summary>Chebyshev's polynomials of the first kind.</summary>
public readonly struct ChebyshevT : IDouble2
{
    public static double Invoke(double x, double n)
    {
        var degree = Recurrences.Degree(n);
        if (degree < 0) return 0;
        if (Math.Abs(x) == 1) return x > 0 ? 1 : Recurrences.Alternating(degree);
        return degree > 6 && Math.Abs(x) < 1 ? Math.Cos(degree * Math.Acos(x)) : Recurrences.Run<Recurrences.Chebyshev>(degree, x, 1, x);
    }
}

/// <summary>Chebyshev's polynomials of the second kind.</summary>
public readonly struct ChebyshevU : IDouble2
{
    public static double Invoke(double x, double n)
    {
        var degree = Recurrences.Degree(n);
        if (degree < 0) return 0;
        if (Math.Abs(x) == 1) return (x > 0 ? 1 : Recurrences.Alternating(degree)) * (degree + 1.0);
        if (degree > 8 && Math.Abs(x) < 1)
        {
            var angle = Math.Acos(x);
            return Math.Sin((degree + 1) * angle) / Math.Sin(angle);
        }
        return Recurrences.Run<Recurrences.Chebyshev>(degree, x, 1, 2 * x);
    }
}

/// <summary>Chebyshev's polynomials of the third kind.</summary>
public readonly struct ChebyshevV : IDouble2
{
    public static double Invoke(double x, double n)
    {
        var degree = Recurrences.Degree(n);
        if (degree < 0) return 0;
        if (Math.Abs(x) == 1) return x > 0 ? 1 : Recurrences.Alternating(degree) * (2.0 * degree + 1);
        if (degree > 8 && Math.Abs(x) < 1)
        {
            var angle = Math.Acos(x);
            return Math.Cos((degree + 0.5) * angle) / Math.Cos(angle / 2);
        }
        return Recurrences.Run<Recurrences.Chebyshev>(degree, x, 1, 2 * x - 1);
    }
}

/// <summary>Chebyshev's polynomials of the fourth kind.</summary>
public readonly struct ChebyshevW : IDouble2
{
    public static double Invoke(double x, double n)
    {
        var degree = Recurrences.Degree(n);
        if (degree < 0) return 0;
        if (Math.Abs(x) == 1) return x > 0 ? 2.0 * degree + 1 : Recurrences.Alternating(degree);
        if (degree > 8 && Math.Abs(x) < 1)
        {
            var angle = Math.Acos(x);
            return Math.Sin((degree + 0.5) * angle) / Math.Sin(angle / 2);
        }
        return Recurrences.Run<Recurrences.Chebyshev>(degree, x, 1, 2 * x + 1);
    }
}

/// <summary>Polynomials of 2 x - 1, orthogonal on [0, 1].</summary>
public readonly struct Shifted<F> : IDouble2 where F : struct, IDouble2
{
    public static double Invoke(double x, double n) => F.Invoke(2 * x - 1, n);
}

/// <summary>Hermite's polynomials as physicists know them.</summary>
public readonly struct HermiteH : IDouble2
{
    public static double Invoke(double x, double n)
    {
        var degree = Recurrences.Degree(n);
        return degree < 0 ? 0 : degree > 512 ? double.NaN : Recurrences.Run<Recurrences.Hermite>(degree, x, 1, 2 * x);
    }
}

/// <summary>Hermite's polynomials as statisticians know them.</summary>
public readonly struct HermiteHe : IDouble2
{
    public static double Invoke(double x, double n)
    {
        var degree = Recurrences.Degree(n);
        return degree < 0 ? 0 : degree > 512 ? double.NaN : Recurrences.Run<Recurrences.HermiteE>(degree, x, 1, x);
    }
}

public readonly struct LaguerreL : IDouble2
{
    public static double Invoke(double x, double n)
    {
        var degree = Recurrences.Degree(n);
        return degree < 0 ? 0 : x == 0 ? 1 : Recurrences.Run<Recurrences.Laguerre>(degree, x, 1, 1 - x);
    }
}

public readonly struct LegendreP : IDouble2
{
    public static double Invoke(double x, double n)
    {
        var degree = Recurrences.Degree(n);
        if (degree < 0) return 0;
        return Math.Abs(x) == 1 ? (x > 0 ? 1 : Recurrences.Alternating(degree)) : Recurrences.Run<Recurrences.Legendre>(degree, x, 1, x);
    }
}

public static partial class Operators
{
    private static Operator Polynomial<F>(string name) where F : struct, IDouble2 => new PointwiseOperator(name, 2, new Floats2<Lanewise2<Rounded2<F>>>());

    public static readonly Operator chebyshev_polynomial_t = Polynomial<ChebyshevT>("chebyshev_polynomial_t");
    public static readonly Operator chebyshev_polynomial_u = Polynomial<ChebyshevU>("chebyshev_polynomial_u");
    public static readonly Operator chebyshev_polynomial_v = Polynomial<ChebyshevV>("chebyshev_polynomial_v");
    public static readonly Operator chebyshev_polynomial_w = Polynomial<ChebyshevW>("chebyshev_polynomial_w");
    public static readonly Operator shifted_chebyshev_polynomial_t = Polynomial<Shifted<ChebyshevT>>("shifted_chebyshev_polynomial_t");
    public static readonly Operator shifted_chebyshev_polynomial_u = Polynomial<Shifted<ChebyshevU>>("shifted_chebyshev_polynomial_u");
    public static readonly Operator shifted_chebyshev_polynomial_v = Polynomial<Shifted<ChebyshevV>>("shifted_chebyshev_polynomial_v");
    public static readonly Operator shifted_chebyshev_polynomial_w = Polynomial<Shifted<ChebyshevW>>("shifted_chebyshev_polynomial_w");
    public static readonly Operator hermite_polynomial_h = Polynomial<HermiteH>("hermite_polynomial_h");
    public static readonly Operator hermite_polynomial_he = Polynomial<HermiteHe>("hermite_polynomial_he");
    public static readonly Operator laguerre_polynomial_l = Polynomial<LaguerreL>("laguerre_polynomial_l");
    public static readonly Operator legendre_polynomial_p = Polynomial<LegendreP>("legendre_polynomial_p");
}
