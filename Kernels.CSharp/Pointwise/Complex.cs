// Complex numbers: storage, and arithmetic with the rules of PyTorch's complex type, which are those of C++ but for products (the plain formula, without
// recovery of infinities) and quotients (Smith's method). Complex64 is computed in Float64 and rounded once, except sums, which are sums of the parts.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

/// <summary>A complex number of two Float32, as Complex64 is stored.</summary>
public readonly record struct Complex64(float Real, float Imaginary)
{
    public static implicit operator Complex(Complex64 z) => new(z.Real, z.Imaginary);
    public static explicit operator Complex64(Complex z) => new((float)z.Real, (float)z.Imaginary);
}

/// <summary>A complex function of one complex operand.</summary>
public interface IComplex1
{
    static abstract Complex Invoke(Complex z);
}

/// <summary>A complex function of two complex operands.</summary>
public interface IComplex2
{
    static abstract Complex Invoke(Complex x, Complex y);
}

/// <summary>A real function of a complex operand.</summary>
public interface IComplexToReal
{
    static abstract double Invoke(Complex z);
}

/// <summary>A complex function of a real operand, or of two.</summary>
public interface IRealToComplex
{
    static abstract Complex Invoke(double x, double y);
}

/// <summary>A predicate of a complex operand.</summary>
public interface IComplexTest1
{
    static abstract bool Invoke(Complex z);
}

/// <summary>A predicate of two complex operands.</summary>
public interface IComplexTest2
{
    static abstract bool Invoke(Complex x, Complex y);
}

public readonly struct ComplexMultiply : IComplex2
{
    public static Complex Invoke(Complex x, Complex y) =>
        new(x.Real * y.Real - x.Imaginary * y.Imaginary, x.Real * y.Imaginary + x.Imaginary * y.Real);
}

public readonly struct ComplexDivide : IComplex2
{
    public static Complex Invoke(Complex x, Complex y)
    {
        double a = x.Real, b = x.Imaginary, c = y.Real, d = y.Imaginary;
        if (Math.Abs(c) >= Math.Abs(d))
        {
            if (c == 0 && d == 0) return new(a / Math.Abs(c), b / Math.Abs(d));
            var ratio = d / c;
            var scale = 1 / (c + d * ratio);
            return new((a + b * ratio) * scale, (b - a * ratio) * scale);
        }
        else
        {
            var ratio = c / d;
            var scale = 1 / (c * ratio + d);
            return new((a * ratio + b) * scale, (b * ratio - a) * scale);
        }
    }
}

public readonly struct ComplexReciprocal : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        bool infiniteReal = double.IsInfinity(z.Real), infiniteImaginary = double.IsInfinity(z.Imaginary);
        if (double.IsNaN(z.Real) || double.IsNaN(z.Imaginary) || infiniteReal && infiniteImaginary) return new(double.NaN, double.NaN);
        return infiniteReal || infiniteImaginary ? Complex.Zero : ComplexDivide.Invoke(Complex.One, z);
    }
}

public readonly struct ComplexSquare : IComplex1
{
    public static Complex Invoke(Complex z) => ComplexMultiply.Invoke(z, z);
}

public readonly struct ComplexAbs : IComplexToReal
{
    public static double Invoke(Complex z) => double.Hypot(z.Real, z.Imaginary);
}

/// <summary>z / |z|, and zero at zero.</summary>
public readonly struct ComplexSgn : IComplex1
{
    public static Complex Invoke(Complex z)
    {
        var length = ComplexAbs.Invoke(z);
        return length == 0 ? Complex.Zero : new(z.Real / length, z.Imaginary / length);
    }
}

public readonly struct ComplexReal : IComplexToReal
{
    public static double Invoke(Complex z) => z.Real;
}

public readonly struct ComplexImaginary : IComplexToReal
{
    public static double Invoke(Complex z) => z.Imaginary;
}

public readonly struct ComplexConjugate : IComplex1
{
    public static Complex Invoke(Complex z) => new(z.Real, -z.Imaginary);
}

/// <summary>The argument of a complex number.</summary>
public readonly struct ComplexAngle : IComplexToReal
{
    public static double Invoke(Complex z) => Math.Atan2(z.Imaginary, z.Real);
}

/// <summary>The argument of a real number: pi below zero, 0 elsewhere, NaN for NaN.</summary>
public readonly struct Angle : IUnary
{
    [MethodImpl(Simd.Inline)]
    public static V Invoke<V>(V x) where V : unmanaged, ISimd<V> =>
        V.Select(V.Less(x, V.Constant(0)), V.Constant(Math.PI), V.Select(V.Equal(x, x), V.Constant(0), x));
}

/// <summary>The complex number with these parts.</summary>
public readonly struct ComplexFromParts : IRealToComplex
{
    public static Complex Invoke(double x, double y) => new(x, y);
}

/// <summary>The complex number with this length and argument.</summary>
public readonly struct ComplexFromPolar : IRealToComplex
{
    public static Complex Invoke(double x, double y) => new(x * Math.Cos(y), x * Math.Sin(y));
}

public readonly struct ComplexEqual : IComplexTest2
{
    public static bool Invoke(Complex x, Complex y) => x.Real == y.Real && x.Imaginary == y.Imaginary;
}

public readonly struct ComplexNotEqual : IComplexTest2
{
    public static bool Invoke(Complex x, Complex y) => x.Real != y.Real || x.Imaginary != y.Imaginary;
}

public readonly struct ComplexLogicalNot : IComplexTest1
{
    public static bool Invoke(Complex z) => z.Real == 0 && z.Imaginary == 0;
}

public readonly struct ComplexLogicalAnd : IComplexTest2
{
    public static bool Invoke(Complex x, Complex y) => !ComplexLogicalNot.Invoke(x) && !ComplexLogicalNot.Invoke(y);
}

public readonly struct ComplexLogicalOr : IComplexTest2
{
    public static bool Invoke(Complex x, Complex y) => !ComplexLogicalNot.Invoke(x) || !ComplexLogicalNot.Invoke(y);
}

public readonly struct ComplexLogicalXor : IComplexTest2
{
    public static bool Invoke(Complex x, Complex y) => ComplexLogicalNot.Invoke(x) != ComplexLogicalNot.Invoke(y);
}

public readonly struct ComplexIsNaN : IComplexTest1
{
    public static bool Invoke(Complex z) => double.IsNaN(z.Real) || double.IsNaN(z.Imaginary);
}

public readonly struct ComplexIsInfinite : IComplexTest1
{
    public static bool Invoke(Complex z) => double.IsInfinity(z.Real) || double.IsInfinity(z.Imaginary);
}

public readonly struct ComplexIsFinite : IComplexTest1
{
    public static bool Invoke(Complex z) => double.IsFinite(z.Real) && double.IsFinite(z.Imaginary);
}

public static partial class Operators
{
    public static readonly Operator real = new PointwiseOperator(
        "real", 1, new Floats1<Identity>(), new Integers1<Identity>(), new Booleans1<Identity>(), new ComplexToReal<ComplexReal>());
    public static readonly Operator imag = new PointwiseOperator("imag", 1, new ComplexToReal<ComplexImaginary>());
    public static readonly Operator conj = new PointwiseOperator(
        "conj", 1, new Floats1<Identity>(), new Integers1<Identity>(), new Booleans1<Identity>(), new Complex1<ComplexConjugate>());
    public static readonly Operator angle = new PointwiseOperator("angle", 1, new Floats1<Angle>(), new ComplexToReal<ComplexAngle>());
    public static readonly Operator complex = new PointwiseOperator("complex", 2, new RealToComplex<ComplexFromParts>());
    public static readonly Operator polar = new PointwiseOperator("polar", 2, new RealToComplex<ComplexFromPolar>());
}
