using System.Globalization;
using System.Numerics;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

/// <summary>Complex pointwise operators against recorded values, identities and C's special cases.</summary>
public sealed unsafe class ComplexTests
{
    private static Complex Call(string name, Complex x, Complex y = default)
    {
        Complex result;
        Operators.All.Single(o => o.Name == name).For(ElementType.Complex128)!((byte*)&result, (byte*)&x, (byte*)&y, null, 1);
        return result;
    }

    private static Complex64 Call(string name, Complex64 x, Complex64 y = default)
    {
        Complex64 result;
        Operators.All.Single(o => o.Name == name).For(ElementType.Complex64)!((byte*)&result, (byte*)&x, (byte*)&y, null, 1);
        return result;
    }

    /// <summary>Special values as C prescribes them; beside a NaN the other part's sign is free, as C leaves it.</summary>
    private static bool IsSpecialAs(double expected, double actual, bool signIsFree)
    {
        if (double.IsNaN(expected)) return double.IsNaN(actual);
        if (!double.IsInfinity(expected) && expected != 0) return true;
        return Math.Abs(expected) == Math.Abs(actual) && (signIsFree || double.IsNegative(expected) == double.IsNegative(actual)) || expected == 0 && Math.Abs(actual) < 1e-300;
    }

    [Fact]
    public void Functions_agree_with_the_C_library()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Torch.Suite.sln"))) folder = folder.Parent;
        Assert.NotNull(folder);
        double Number(string s) => BitConverter.UInt64BitsToDouble(ulong.Parse(s, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        foreach (var line in File.ReadLines(Path.Combine(folder.FullName, "tests", "Kernels", "ComplexReference.txt")))
        {
            if (line.StartsWith('#')) continue;
            var parts = line.Split(' ');
            Complex z = new(Number(parts[1]), Number(parts[2])), expected = new(Number(parts[3]), Number(parts[4])), actual = Call(parts[0], z);
            var free = double.IsNaN(expected.Real) || double.IsNaN(expected.Imaginary) || double.IsNegativeInfinity(z.Real) && !double.IsFinite(z.Imaginary);
            var what = $"{parts[0]}{z} is {actual}, not {expected}";
            Assert.True(IsSpecialAs(expected.Real, actual.Real, free) && IsSpecialAs(expected.Imaginary, actual.Imaginary, free), what);
            if (double.IsFinite(expected.Real)) Assert.True(Math.Abs(actual.Real - expected.Real) <= 1e-14 * Math.Max(Math.Abs(expected.Real), 1e-2), what);
            if (double.IsFinite(expected.Imaginary)) Assert.True(Math.Abs(actual.Imaginary - expected.Imaginary) <= 1e-14 * Math.Max(Math.Abs(expected.Imaginary), 1e-2), what);
        }
    }

    [Fact]
    public void Arithmetic_follows_the_formulas()
    {
        Complex x = new(3, -4), y = new(-1, 2);
        Assert.Equal(new Complex(2, -2), Call("add", x, y));
        Assert.Equal(new Complex(4, -6), Call("sub", x, y));
        Assert.Equal(new Complex(5, 10), Call("mul", x, y));
        Assert.Equal(new Complex(-2.2, -0.4), Call("div", x, y));
        Assert.Equal(new Complex64(-2.2f, -0.4f), Call("div", new Complex64(3, -4), new Complex64(-1, 2)));
        Assert.Equal(new Complex(-7, -24), Call("square", x));
        Assert.Equal(new Complex(-3, 4), Call("neg", x));
        Assert.Equal(new Complex(3, 4), Call("conj", x));
        Assert.Equal(new Complex(0.6, -0.8), Call("sgn", x));
        Assert.Equal(Complex.Zero, Call("sgn", Complex.Zero));
        Assert.Equal(Complex.Zero, Call("reciprocal", new Complex(double.PositiveInfinity, 1)));
        Assert.Equal(new Complex(0.12, 0.16), Call("reciprocal", x));
        Assert.Equal(1, Call("pow", Complex.Zero, Complex.Zero).Real);
        Assert.True((Call("pow", x, new(2, 0)) - new Complex(-7, -24)).Magnitude < 1e-13);
        Assert.True((Call("sigmoid", y) - 1 / (1 + Complex.Exp(-y))).Magnitude < 1e-15);
        Assert.True((Call("expm1", new Complex(1e-10, 1e-10)) - new Complex(1e-10, 1e-10)).Magnitude < 2e-20);
        Assert.True((Call("log1p", new Complex(1e-10, 1e-10)) - new Complex(1e-10, 1e-10)).Magnitude < 2e-20);
        Assert.Equal(Complex.One, Call("sinc", Complex.Zero));
    }

    [Fact]
    public void Parts_make_numbers_and_numbers_have_parts()
    {
        double length = 2, angle = Math.PI / 2, real;
        Complex z;
        Operators.polar.For(ElementType.Float64)!((byte*)&z, (byte*)&length, (byte*)&angle, null, 1);
        Assert.True((z - new Complex(0, 2)).Magnitude < 1e-15);
        Operators.complex.For(ElementType.Float64)!((byte*)&z, (byte*)&length, (byte*)&angle, null, 1);
        Assert.Equal(new Complex(length, angle), z);
        z = new(-3, 4);
        foreach (var (op, expected) in new[] { (Operators.abs, 5), (Operators.real, -3), (Operators.imag, 4), (Operators.angle, Math.Atan2(4, -3)) })
        {
            op.For(ElementType.Complex128)!((byte*)&real, (byte*)&z, null, null, 1);
            Assert.Equal(expected, real);
        }
    }
}
