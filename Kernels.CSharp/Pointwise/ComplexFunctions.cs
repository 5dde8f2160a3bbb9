// Transcendental functions of complex numbers, with the values that C99 annex G prescribes at zeros, infinities and NaN and on branch cuts, where the sign
// of a zero decides. Products that could overflow on the way are split. The inverse sine and cosine are those of .NET (Hull, Fairgrieve, Tang 1997) in the first
// quadrant, continued by symmetry; the others follow Kahan, "Branch cuts for complex elementary functions", 1987.
using System.Numerics;

namespace Torch.Kernels;

/// <summary>Steps that several complex functions share.</summary>
internal static class ComplexSteps
{
    public static readonly Complex NaN = new(double.NaN, double.NaN);

    /// <summary>i z</summary>
    public static Complex Turn(Complex z) => new(-z.Imaginary, z.Real);

    /// <summary>-i z</summary>
    public static Complex TurnBack(Complex z) => new(z.Imaginary, -z.Real);

    /// <summary>exp(x) times a number, without overflow of the factor alone.</summary>
    public static double ScaledExp(double x, double factor)
    {
        if (x < 709) return Math.Exp(x) * factor;
        var half = Math.Exp(x / 2);
        return factor * half * half;
    }

    public static Complex Over(Complex z, double divisor) => new(z.Real / divisor, z.Imaginary / divisor);
}

public readonly struct ComplexExp : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        double x = z.Real, y = z.Imaginary;
        if (y == 0) return new(Math.Exp(x), y);
        if (!double.IsFinite(y))
            return double.IsPositiveInfinity(x) ? new(x, double.NaN) : double.IsNegativeInfinity(x) ? Complex.Zero : ComplexSteps.NaN;
        return new(ComplexSteps.ScaledExp(x, Math.Cos(y)), ComplexSteps.ScaledExp(x, Math.Sin(y)));
    }
}

public readonly struct ComplexExp2 : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexExp.Invoke(new(z.Real * 0.69314718055994531, z.Imaginary * 0.69314718055994531));
}

/// <summary>exp(z) - 1, accurate near zero.</summary>
public readonly struct ComplexExpm1 : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        if (z.Imaginary == 0) return new(Exponentials.Expm1(z.Real), z.Imaginary);
        if (!double.IsFinite(z.Real) || !double.IsFinite(z.Imaginary)) return ComplexExp.Invoke(z) - Complex.One;
        var s = Math.Sin(z.Imaginary / 2);
        return new(Exponentials.Expm1(z.Real) * Math.Cos(z.Imaginary) - 2 * s * s, ComplexSteps.ScaledExp(z.Real, Math.Sin(z.Imaginary)));
    }
}

public readonly struct ComplexLog : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        double x = Math.Abs(z.Real), y = Math.Abs(z.Imaginary), length = double.Hypot(x, y);
        double log;
        if (length > 0.5 && length < 2)
        {
            var (large, small) = x > y ? (x, y) : (y, x);
            log = 0.5 * Exponentials.Log1p((large - 1) * (large + 1) + small * small);
        }
        else if (double.IsInfinity(length) && double.IsFinite(x) && double.IsFinite(y)) log = Math.Log(double.Hypot(x / 2, y / 2)) + 0.69314718055994531;
        else log = Math.Log(length);
        return new(log, Math.Atan2(z.Imaginary, z.Real));
    }
}

public readonly struct ComplexLog2 : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexSteps.Over(ComplexLog.Invoke(z), 0.69314718055994531);
}

public readonly struct ComplexLog10 : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexSteps.Over(ComplexLog.Invoke(z), 2.3025850929940457);
}

/// <summary>log(1 + z), accurate near zero.</summary>
public readonly struct ComplexLog1p : IComplex1
{
    public static Complex Invoke(Complex z) => Math.Abs(z.Real) < 0.5 && Math.Abs(z.Imaginary) < 0.5
        ? new(0.5 * Exponentials.Log1p(z.Real * (2 + z.Real) + z.Imaginary * z.Imaginary), Math.Atan2(z.Imaginary, 1 + z.Real))
        : ComplexLog.Invoke(new(1 + z.Real, z.Imaginary));
}

public readonly struct ComplexSqrt : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        double x = z.Real, y = z.Imaginary;
        if (x == 0 && y == 0) return new(0, y);
        if (double.IsInfinity(y)) return new(double.PositiveInfinity, y);
        if (double.IsNaN(x)) return ComplexSteps.NaN;
        if (double.IsPositiveInfinity(x)) return new(x, double.IsNaN(y) ? y : Math.CopySign(0, y));
        if (double.IsNegativeInfinity(x)) return new(double.IsNaN(y) ? y : 0, Math.CopySign(double.PositiveInfinity, y));
        // Scaled by an even power of two, so that neither the length nor what is below overflows or loses its low bits.
        var large = Math.Max(Math.Abs(x), Math.Abs(y));
        var (scale, back) = large > 1e300 ? (0.0625, 4.0) : large < 1e-290 ? (18014398509481984.0, 1 / 134217728.0) : (1.0, 1.0);
        x *= scale;
        y *= scale;
        var root = Math.Sqrt(0.5 * (Math.Abs(x) + double.Hypot(x, y)));
        var other = Math.Abs(y) / (2 * root);
        return x >= 0 ? new(root * back, Math.CopySign(other, y) * back) : new(other * back, Math.CopySign(root, y) * back);
    }
}

public readonly struct ComplexRsqrt : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexDivide.Invoke(Complex.One, ComplexSqrt.Invoke(z));
}

public readonly struct ComplexSinh : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        double x = z.Real, y = z.Imaginary;
        if (y == 0) return new(Math.Sinh(x), y);
        if (!double.IsFinite(y)) return new(x == 0 || double.IsInfinity(x) ? x : double.NaN, double.NaN);
        if (x == 0) return new(Math.CopySign(0, x * Math.Cos(y)), Math.Sin(y));
        return Math.Abs(x) < 709
            ? new(Math.Sinh(x) * Math.Cos(y), Math.Cosh(x) * Math.Sin(y))
            : new(Math.CopySign(1, x) * ComplexSteps.ScaledExp(Math.Abs(x), 0.5 * Math.Cos(y)), ComplexSteps.ScaledExp(Math.Abs(x), 0.5 * Math.Sin(y)));
    }
}

public readonly struct ComplexCosh : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        double x = z.Real, y = z.Imaginary;
        if (y == 0) return new(Math.Cosh(x), Math.CopySign(0, x) * y);
        if (!double.IsFinite(y)) return double.IsInfinity(x) ? new(double.PositiveInfinity, double.NaN) : new(double.NaN, x == 0 ? 0 : double.NaN);
        if (x == 0) return new(Math.Cos(y), x * Math.Sin(y));
        return Math.Abs(x) < 709
            ? new(Math.Cosh(x) * Math.Cos(y), Math.Sinh(x) * Math.Sin(y))
            : new(ComplexSteps.ScaledExp(Math.Abs(x), 0.5 * Math.Cos(y)), Math.CopySign(1, x) * ComplexSteps.ScaledExp(Math.Abs(x), 0.5 * Math.Sin(y)));
    }
}

public readonly struct ComplexTanh : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        double x = z.Real, y = z.Imaginary;
        if (y == 0) return new(Math.Tanh(x), y);
        if (double.IsInfinity(x)) return new(Math.CopySign(1, x), double.IsFinite(y) ? Math.CopySign(0, Math.Sin(2 * y)) : Math.CopySign(0, y));
        if (!double.IsFinite(y)) return new(x == 0 ? x : double.NaN, double.NaN);
        if (Math.Abs(x) > 22) return new(Math.CopySign(1, x), 4 * Math.Sin(y) * Math.Cos(y) * Math.Exp(-2 * Math.Abs(x)));
        double t = Math.Tan(y), beta = 1 + t * t, s = Math.Sinh(x), rho = Math.Sqrt(1 + s * s), divisor = 1 + beta * s * s;
        return double.IsInfinity(t) ? new(rho / s, 1 / t) : new(beta * rho * s / divisor, t / divisor);
    }
}

public readonly struct ComplexSin : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexSteps.TurnBack(ComplexSinh.Invoke(ComplexSteps.Turn(z)));
}

public readonly struct ComplexCos : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexCosh.Invoke(ComplexSteps.Turn(z));
}

public readonly struct ComplexTan : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexSteps.TurnBack(ComplexTanh.Invoke(ComplexSteps.Turn(z)));
}

public readonly struct ComplexAsinh : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        double x = Math.Abs(z.Real), y = Math.Abs(z.Imaginary), real, imaginary;
        if (double.IsInfinity(x)) (real, imaginary) = (x, double.IsInfinity(y) ? Math.PI / 4 : double.IsNaN(y) ? y : 0);
        else if (double.IsInfinity(y)) (real, imaginary) = (y, double.IsNaN(x) ? x : Math.PI / 2);
        else if (double.IsNaN(x)) (real, imaginary) = (x, y == 0 ? 0 : x);
        else if (double.IsNaN(y)) (real, imaginary) = (y, y);
        else
        {
            var w = Complex.Asin(new(y, x));
            (real, imaginary) = (Math.Abs(w.Imaginary), Math.Abs(w.Real));
        }
        return new(Math.CopySign(real, z.Real), Math.CopySign(imaginary, z.Imaginary));
    }
}

public readonly struct ComplexAsin : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexSteps.TurnBack(ComplexAsinh.Invoke(ComplexSteps.Turn(z)));
}

public readonly struct ComplexAcos : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        double x = Math.Abs(z.Real), y = Math.Abs(z.Imaginary), real, imaginary;
        if (double.IsInfinity(y)) (real, imaginary) = (double.IsNaN(x) ? x : double.IsInfinity(x) ? Math.PI / 4 : Math.PI / 2, y);
        else if (double.IsInfinity(x)) (real, imaginary) = (double.IsNaN(y) ? y : 0, x);
        else if (double.IsNaN(x) || double.IsNaN(y)) (real, imaginary) = (x == 0 ? Math.PI / 2 : double.NaN, double.NaN);
        else
        {
            var w = Complex.Acos(new(x, y));
            (real, imaginary) = (w.Real, Math.Abs(w.Imaginary));
        }
        return new(double.IsNegative(z.Real) ? Math.PI - real : real, -Math.CopySign(imaginary, z.Imaginary));
    }
}

public readonly struct ComplexAcosh : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        var w = ComplexAcos.Invoke(z);
        return new(Math.Abs(w.Imaginary), Math.CopySign(w.Real, z.Imaginary));
    }
}

public readonly struct ComplexAtanh : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        double x = Math.Abs(z.Real), y = Math.Abs(z.Imaginary), real, imaginary;
        if (double.IsInfinity(y)) (real, imaginary) = (0, Math.PI / 2);
        else if (double.IsInfinity(x)) (real, imaginary) = (0, double.IsNaN(y) ? y : Math.PI / 2);
        else if (double.IsNaN(x)) (real, imaginary) = (x, x);
        else if (double.IsNaN(y)) (real, imaginary) = (x == 0 ? 0 : y, y);
        else if (x > 1e150 || y > 1e150)
        {
            // The real part is x / (x^2 + y^2) there.
            real = x > y ? 1 / (x + y / x * y) : x / y / (x / y * x + y);
            imaginary = Math.PI / 2;
        }
        else
        {
            // Beside the pole y^2 may vanish; what is left of the quotient there is 4 / y^2.
            real = x == 1 && y < 1e-150 ? 0.5 * (0.69314718055994531 - Math.Log(y)) : 0.25 * Exponentials.Log1p(4 * x / ((1 - x) * (1 - x) + y * y));
            imaginary = 0.5 * Math.Atan2(2 * y, (1 - x) * (1 + x) - y * y);
        }
        return new(Math.CopySign(real, z.Real), Math.CopySign(imaginary, z.Imaginary));
    }
}

public readonly struct ComplexAtan : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexSteps.TurnBack(ComplexAtanh.Invoke(ComplexSteps.Turn(z)));
}

/// <summary>exp(y log x); of zero: 1 to the power 0, 0 to powers with a positive real part, NaN otherwise.</summary>
public readonly struct ComplexPow : IComplex2
{
    public static Complex Invoke(Complex x, Complex y)
    {
        if (x != Complex.Zero) return ComplexExp.Invoke(ComplexMultiply.Invoke(y, ComplexLog.Invoke(x)));
        return y == Complex.Zero ? Complex.One : y.Real > 0 ? Complex.Zero : ComplexSteps.NaN;
    }
}

public readonly struct ComplexSigmoid : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexDivide.Invoke(Complex.One, Complex.One + ComplexExp.Invoke(-z));
}

public readonly struct ComplexSilu : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexDivide.Invoke(z, Complex.One + ComplexExp.Invoke(-z));
}

/// <summary>sin(pi z) / (pi z), and 1 at zero.</summary>
public readonly struct ComplexSinc : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        if (z == Complex.Zero) return Complex.One;
        var w = new Complex(Math.PI * z.Real, Math.PI * z.Imaginary);
        return ComplexDivide.Invoke(ComplexSin.Invoke(w), w);
    }
}
