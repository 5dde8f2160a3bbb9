using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

/// <summary>Every pointwise operator against scalar references, at every vector width.</summary>
public sealed unsafe class PointwiseTests
{
    private static readonly ElementType[] Computed =
    [
        ElementType.Bool, ElementType.UInt8, ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64,
        ElementType.Float32, ElementType.Float64, ElementType.Complex64, ElementType.Complex128,
    ];

    private static readonly double[] Specials =
    [
        0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2, 2.5, -2.5, 3, -3, 10, 1e-40, -1e-40, 5e-324, 1e-310, 1e-20, 1e20, 3e38, -3e38, 1e300, 100, -100, 745, -745, 88.5, -88.5, 50000, -1e8,
        double.PositiveInfinity, double.NegativeInfinity, double.NaN,
    ];

    public static TheoryData<string> Names => [.. Operators.All.Select(o => o.Name)];

    private static Operator Named(string name) => Operators.All.Single(o => o.Name == name);

    /// <summary>Native memory between guard bytes.</summary>
    private sealed class Cells : IDisposable
    {
        private const int Guard = 64;
        private readonly byte* start;
        private readonly int bytes;

        public Cells(int bytes)
        {
            this.bytes = bytes;
            start = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + 2 * Guard), 64);
            new Span<byte>(start, bytes + 2 * Guard).Fill(0xA5);
        }

        public byte* At => start + Guard;
        public Span<T> Of<T>() where T : unmanaged => new(At, bytes / sizeof(T));

        public void Dispose()
        {
            for (var i = 0; i < Guard; i++) Assert.True(start[i] == 0xA5 && start[Guard + bytes + i] == 0xA5, "a guard byte was overwritten");
            NativeMemory.AlignedFree(start);
        }
    }

    private static void Fill(Cells cells, ElementType type, int count, Random random, bool nonzero)
    {
        double Real() => random.Next(4) == 0 ? Specials[random.Next(Specials.Length)] : Math.ScaleB(random.NextDouble() * 2 - 1, random.Next(-6, 7));
        for (var i = 0; i < count; i++)
        {
            long word = random.Next(3) == 0 ? random.Next(-3, 4) : random.NextInt64(long.MinValue, long.MaxValue);
            switch (type)
            {
                case ElementType.Bool: cells.Of<byte>()[i] = (byte)(word & 1); break;
                case ElementType.UInt8 or ElementType.Int8: cells.Of<byte>()[i] = nonzero && (byte)word == 0 ? (byte)5 : (byte)word; break;
                case ElementType.Int16: cells.Of<short>()[i] = nonzero && (short)word == 0 ? (short)5 : (short)word; break;
                case ElementType.Int32: cells.Of<int>()[i] = nonzero && (int)word == 0 ? 5 : (int)word; break;
                case ElementType.Int64: cells.Of<long>()[i] = nonzero && word == 0 ? 5 : word; break;
                case ElementType.Float32: cells.Of<float>()[i] = (float)Real(); break;
                case ElementType.Float64: cells.Of<double>()[i] = Real(); break;
                case ElementType.Complex64: cells.Of<Complex64>()[i] = new((float)Real(), (float)Real()); break;
                default: cells.Of<Complex>()[i] = new(Real(), Real()); break;
            }
        }
    }

    /// <summary>Equal bits, but all NaN are one.</summary>
    private static bool Same(Cells a, Cells b, ElementType type, int i)
    {
        switch (type)
        {
            case ElementType.Float32: return Same(a.Of<float>()[i], b.Of<float>()[i]);
            case ElementType.Float64: return Same(a.Of<double>()[i], b.Of<double>()[i]);
            case ElementType.Complex64: return Same(a.Of<float>()[2 * i], b.Of<float>()[2 * i]) && Same(a.Of<float>()[2 * i + 1], b.Of<float>()[2 * i + 1]);
            case ElementType.Complex128: return Same(a.Of<double>()[2 * i], b.Of<double>()[2 * i]) && Same(a.Of<double>()[2 * i + 1], b.Of<double>()[2 * i + 1]);
            default:
                var size = type.Size();
                return a.Of<byte>().Slice(i * size, size).SequenceEqual(b.Of<byte>().Slice(i * size, size));
        }
    }

    private static bool Same(double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b) || double.IsNaN(a) && double.IsNaN(b);

    [Theory, MemberData(nameof(Names))]
    public void All_widths_give_the_bits_of_the_scalar_form_at_every_length(string name)
    {
        var op = (PointwiseOperator)Named(name);
        var random = new Random(1);
        var divides = name is "div_floor" or "div_trunc" or "remainder" or "fmod";
        foreach (var type in Computed)
        {
            if (op.At(type, Width.Lane) is not { } scalar) continue;
            var result = op.Result(type);
            for (var count = 0; count <= 70; count++)
            {
                int size = type.Size(), first = op.Arity == 3 ? 1 : size;
                using Cells a = new(count * first), b = new(count * size), c = new(count * size), expected = new(count * result.Size());
                Fill(a, op.Arity == 3 ? ElementType.Bool : type, count, random, false);
                Fill(b, type, count, random, divides);
                Fill(c, type, count, random, false);
                scalar(expected.At, a.At, b.At, c.At, count);
                foreach (var width in Enum.GetValues<Width>())
                {
                    using Cells actual = new(count * result.Size());
                    op.At(type, width)!(actual.At, a.At, b.At, c.At, count);
                    for (var i = 0; i < count; i++)
                        if (!Same(expected, actual, result, i)) Assert.Fail($"{name} of {type} at {width}: element {i} of {count}");
                }
                if (result.Size() != first) continue;
                op.For(type)!(a.At, a.At, b.At, c.At, count);
                for (var i = 0; i < count; i++)
                    if (!Same(expected, a, result, i)) Assert.Fail($"{name} of {type} in place: element {i} of {count}");
            }
        }
    }

    // The references of unary functions in Float64, with the bound in ulps of Float32 results.
    private static readonly Dictionary<string, (Func<double, double> F, double Ulps)> Unary = new()
    {
        ["neg"] = (x => -x, 0.5), ["abs"] = (Math.Abs, 0.5), ["reciprocal"] = (x => 1 / x, 0.5), ["square"] = (x => x * x, 0.5),
        ["sqrt"] = (Math.Sqrt, 0.5), ["rsqrt"] = (x => 1 / Math.Sqrt(x), 1.5), ["identity"] = (x => x, 0.5), ["real"] = (x => x, 0.5), ["conj"] = (x => x, 0.5),
        ["sign"] = (x => x > 0 ? 1 : x < 0 ? -1 : 0, 0.5), ["sgn"] = (x => x > 0 ? 1 : x < 0 ? -1 : 0, 0.5), ["relu"] = (x => x < 0 ? 0 : x, 0.5),
        ["floor"] = (Math.Floor, 0.5), ["ceil"] = (Math.Ceiling, 0.5), ["round"] = (Math.Round, 0.5), ["trunc"] = (Math.Truncate, 0.5), ["frac"] = (x => x - Math.Truncate(x), 0.5),
        ["exp"] = (Math.Exp, 1), ["exp2"] = (x => Math.Pow(2, x), 1), ["expm1"] = (Expm1, 1.5), ["log"] = (Math.Log, 1), ["log2"] = (Math.Log2, 2), ["log10"] = (Math.Log10, 0.501),
        ["log1p"] = (Log1p, 1.5), ["tanh"] = (Math.Tanh, 1.75), ["sigmoid"] = (x => 1 / (1 + Math.Exp(-x)), 2), ["silu"] = (x => x / (1 + Math.Exp(-x)), 2),
        ["sin"] = (Math.Sin, 1.5), ["cos"] = (Math.Cos, 1.5), ["tan"] = (Math.Tan, 0.501), ["asin"] = (Math.Asin, 0.501), ["acos"] = (Math.Acos, 0.501), ["atan"] = (Math.Atan, 0.501),
        ["sinh"] = (Math.Sinh, 0.501), ["cosh"] = (Math.Cosh, 0.501), ["asinh"] = (Math.Asinh, 0.501), ["acosh"] = (Math.Acosh, 0.501), ["atanh"] = (Math.Atanh, 0.501),
        ["angle"] = (x => x < 0 ? Math.PI : double.IsNaN(x) ? x : 0, 0.5), ["erf"] = (Erf, 1.5),
    };

    // The references of binary functions, exact in Float64 for operands in Float32.
    private static readonly Dictionary<string, (Func<double, double, double> F, double Ulps)> Binary = new()
    {
        ["add"] = ((x, y) => x + y, 0.5), ["sub"] = ((x, y) => x - y, 0.5), ["mul"] = ((x, y) => x * y, 0.5), ["div"] = ((x, y) => x / y, 0.5),
        ["pow"] = (Math.Pow, 0.6), ["atan2"] = (Math.Atan2, 0.501), ["hypot"] = (double.Hypot, 1),
        ["maximum"] = (Math.Max, 0.5), ["minimum"] = (Math.Min, 0.5),
        ["fmax"] = ((x, y) => double.IsNaN(x) ? y : double.IsNaN(y) ? x : Math.Max(x, y), 0.5), ["fmin"] = ((x, y) => double.IsNaN(x) ? y : double.IsNaN(y) ? x : Math.Min(x, y), 0.5),
        ["fmod"] = ((x, y) => x % y, 0.5),
        ["copysign"] = (Math.CopySign, 0.5),
        ["heaviside"] = ((x, y) => x == 0 ? y : x > 0 ? 1 : 0, 0.5),
        ["xlogy"] = ((x, y) => x == 0 && !double.IsNaN(y) ? 0 : x * Math.Log(y), 2), ["xlog1py"] = ((x, y) => x == 0 && !double.IsNaN(y) ? 0 : x * Log1p(y), 2),
    };

    // Accurate for arguments of Float32: series near zero, where the difference would lose digits.
    private static double Expm1(double x) => Math.Abs(x) > 1e-3 ? Math.Exp(x) - 1 : x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5))));

    private static double Log1p(double x)
    {
        if (Math.Abs(x) < 1e-3) return x * (1 - x * (1.0 / 2 - x * (1.0 / 3 - x * (1.0 / 4 - x * (1.0 / 5 - x / 6)))));
        return Math.Log(1 + x);
    }

    // The Maclaurin series below 3, the continued fraction of erfc above: 1e-14, enough for a bound in Float32.
    private static double Erf(double x)
    {
        var t = Math.Abs(x);
        if (double.IsNaN(x)) return x;
        if (t < 3)
        {
            double term = t, sum = t;
            for (var k = 1; k < 100; k++)
            {
                term *= -t * t / k;
                sum += term / (2 * k + 1);
            }
            return Math.CopySign(sum * 1.1283791670955126, x);
        }
        var fraction = 0.0;
        for (var k = 60; k >= 1; k--) fraction = k / 2.0 / (t + fraction);
        return Math.CopySign(1 - Math.Exp(-t * t) / (1.7724538509055159 * (t + fraction)), x);
    }

    /// <summary>What is wrong with a result of Float32, or null.</summary>
    private static string? Fault(double expected, float actual, double ulps)
    {
        if (double.IsNaN(expected)) return float.IsNaN(actual) ? null : "is not NaN";
        var rounded = (float)expected;
        if (float.IsInfinity(rounded) || rounded == 0 || float.IsInfinity(actual))
        {
            // At the limits of the range a result may round to either side.
            var next = float.IsInfinity(rounded) ? float.MaxValue : float.IsInfinity(actual) ? float.PositiveInfinity : float.Epsilon;
            if (actual != rounded && (Math.Abs(actual) != next || Math.Abs(rounded) < (next == float.Epsilon ? 0 : float.MaxValue))) return "is beyond the limit";
            return actual == 0 && expected == 0 && float.IsNegative(actual) != double.IsNegative(expected) ? "is a zero of the wrong sign" : null;
        }
        var ulp = (double)MathF.BitIncrement(MathF.Abs(rounded)) - MathF.Abs(rounded);
        return Math.Abs(actual - expected) <= (ulps + 1e-5) * ulp ? null : $"is off by {Math.Abs(actual - expected) / ulp:F3} ulp";
    }

    private static readonly HashSet<string> ZeroSignIsFree = ["maximum", "minimum", "fmax", "fmin", "heaviside"];

    public static TheoryData<string> UnaryNames => [.. Unary.Keys];
    public static TheoryData<string> BinaryNames => [.. Binary.Keys];

    /// <summary>A million bit patterns spread over all finite numbers, the special ones, and uniform numbers of moderate size.</summary>
    private static float[] Samples(int seed)
    {
        var random = new Random(seed);
        var x = new float[1 << 20];
        for (var i = 0; i < x.Length; i++)
            x[i] = i < Specials.Length ? (float)Specials[i]
                : i % 2 == 0 ? BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))
                : (float)((random.NextDouble() * 2 - 1) * (i % 3 == 0 ? 3 : i % 3 == 1 ? 1 : 90));
        return x;
    }

    [Theory, MemberData(nameof(UnaryNames))]
    public void Unary_functions_of_Float32_are_within_their_bounds(string name)
    {
        var (f, ulps) = Unary[name];
        var x = Samples(2);
        var y = new float[x.Length];
        fixed (float* p = x, q = y) Named(name).For(ElementType.Float32)!((byte*)q, (byte*)p, null, null, x.Length);
        for (var i = 0; i < x.Length; i++)
        {
            // Where exp(-x) overflows, the logistic function is 0 in PyTorch.
            if (name is "sigmoid" or "silu" && x[i] < -88.7f) continue;
            // The argument of angle is pi rounded to the type.
            var expected = name == "angle" ? (float)f(x[i]) : f(x[i]);
            if (Fault(expected, y[i], ulps) is { } fault) Assert.Fail($"{name}({x[i]:R}) = {y[i]:R} {fault} from {expected:R}");
        }
    }

    [Theory, MemberData(nameof(BinaryNames))]
    public void Binary_functions_of_Float32_are_within_their_bounds(string name)
    {
        var (f, ulps) = Binary[name];
        float[] x = Samples(3), y = Samples(4), z = new float[x.Length];
        for (var i = 0; i < Specials.Length * Specials.Length; i++) (x[i], y[i]) = ((float)Specials[i / Specials.Length], (float)Specials[i % Specials.Length]);
        fixed (float* p = x, q = y, r = z) Named(name).For(ElementType.Float32)!((byte*)r, (byte*)p, (byte*)q, null, x.Length);
        for (var i = 0; i < x.Length; i++)
        {
            var expected = f(x[i], y[i]);
            if (ZeroSignIsFree.Contains(name) && expected == 0 && z[i] == 0) continue;
            // x % y of two numbers of Float32 is one too; products with a logarithm may overflow where the logarithm is exact.
            if (name is "xlogy" or "xlog1py" && Math.Abs(expected) < 1e-36 && expected != 0) continue;
            if (Fault(expected, z[i], ulps) is { } fault) Assert.Fail($"{name}({x[i]:R}, {y[i]:R}) = {z[i]:R} {fault} from {expected:R}");
        }
    }

    // Bounds in ulps, or for functions with zeros of their own (the second number) absolute below 1.
    private static readonly Dictionary<string, (double Ulps, double Absolute)> ReferenceBounds = new()
    {
        ["exp"] = (1.1, 0), ["exp2"] = (1.1, 0), ["expm1"] = (1.5, 0), ["log"] = (1, 0), ["log2"] = (2, 0), ["log10"] = (2, 0), ["log1p"] = (1.5, 0), ["tanh"] = (1.75, 0),
        ["sigmoid"] = (2, 0), ["silu"] = (2, 0), ["erf"] = (1.5, 0), ["erfc"] = (4, 0), ["erfinv"] = (4, 0), ["sin"] = (1.5, 0), ["cos"] = (1.5, 0), ["pow"] = (2, 0),
        ["lgamma"] = (8, 2e-15), ["digamma"] = (8, 2e-15), ["i0"] = (13, 0), ["i0e"] = (13, 0), ["i1"] = (13, 0), ["i1e"] = (13, 0), ["logaddexp"] = (4, 2e-16), ["logaddexp2"] = (4, 2e-16),
    };

    [Fact]
    public void Functions_of_Float64_are_within_their_bounds_of_values_in_fifty_digits()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Torch.Suite.sln"))) folder = folder.Parent;
        Assert.NotNull(folder);
        double Number(string s) => BitConverter.UInt64BitsToDouble(ulong.Parse(s, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        var seen = new HashSet<string>();
        foreach (var line in File.ReadLines(Path.Combine(folder.FullName, "tests", "Kernels", "PointwiseReference.txt")))
        {
            if (line.StartsWith('#')) continue;
            var parts = line.Split(' ');
            seen.Add(parts[0]);
            var op = (PointwiseOperator)Named(parts[0]);
            double x = Number(parts[1]), y = op.Arity == 2 ? Number(parts[2]) : 0, high = Number(parts[^2]), low = Number(parts[^1]), result;
            var (ulps, absolute) = ReferenceBounds[parts[0]];
            var ulp = Math.BitIncrement(Math.Abs(high)) - Math.Abs(high);
            foreach (var width in Enum.GetValues<Width>())
            {
                op.At(ElementType.Float64, width)!((byte*)&result, (byte*)&x, (byte*)&y, null, 1);
                var error = Math.Abs(result - high - low);
                Assert.True(error <= ulps * ulp || error <= absolute, $"{parts[0]}({x:R}, {y:R}) at {width} is {result:R}, not {high:R}: {error / ulp:F2} ulp");
            }
        }
        Assert.Equal(ReferenceBounds.Keys.Order(), seen.Order());
    }

    private static T[] Run<T>(string name, ElementType type, T[] x, T[]? y = null) where T : unmanaged => Run<T, T>(name, type, x, y);

    private static TResult[] Run<T, TResult>(string name, ElementType type, T[] x, T[]? y = null) where T : unmanaged where TResult : unmanaged
    {
        var result = new TResult[x.Length];
        fixed (T* p = x, q = y)
        fixed (TResult* r = result) Named(name).For(type)!((byte*)r, (byte*)p, (byte*)q, null, x.Length);
        return result;
    }

    [Fact]
    public void Integers_wrap_and_divide_as_in_PyTorch()
    {
        Assert.Equal(new byte[] { 4, 0 }, Run<byte>("add", ElementType.UInt8, new byte[] { 250, 255 }, [10, 1]));
        Assert.Equal([int.MinValue, int.MinValue], Run<int>("div_trunc", ElementType.Int32, [int.MinValue, int.MinValue], [-1, 1]));
        Assert.Equal([-3, 2, -3, 2, 0], Run<int>("div_floor", ElementType.Int32, [-5, -5, 5, 5, 0], [2, -2, -2, 2, -7]));
        Assert.Equal([1, -1, -1, 1, 0], Run<int>("remainder", ElementType.Int32, [-5, -5, 5, 5, int.MinValue], [2, -2, -2, 2, -1]));
        Assert.Equal([-1, -1, 1, 1, 0], Run<int>("fmod", ElementType.Int32, [-5, -5, 5, 5, int.MinValue], [2, -2, -2, 2, -1]));
        Assert.Equal(new byte[] { 0, 1, 200 }, Run<byte>("div_floor", ElementType.UInt8, new byte[] { 200, 255, 200 }, [255, 255, 1]));
        Assert.Equal([1L, -1, 1, 0, 0, 81, 0], Run<long>("pow", ElementType.Int64, [1L, -1, -1, 2, 0, 3, 2], [-5L, -3, -2, -1, -1, 4, 64]));
        Assert.Equal([6, 4, 0, 3], Run<int>("gcd", ElementType.Int32, [-12, 0, 0, 3], [18, 4, 0, -9]));
        Assert.Equal(new sbyte[] { -107, 12 }, Run<sbyte>("lcm", ElementType.Int8, [45, -4], [81, 6]));
        Assert.Equal([36, 0, 0, 9], Run<int>("lcm", ElementType.Int32, [-12, 0, 0, 3], [18, 4, 0, -9]));
        Assert.Equal([2, 0, 0, -8], Run<int>("bitwise_left_shift", ElementType.Int32, [1, 1, 1, -4], [1, 32, -1, 1]));
        Assert.Equal([-1, -1, 0, -2], Run<int>("bitwise_right_shift", ElementType.Int32, [-8, -8, 8, -4], [40, -1, 31, 1]));
        Assert.Equal([int.MinValue, 3], Run<int>("abs", ElementType.Int32, [int.MinValue, -3]));
        foreach (var name in new[] { "div_floor", "div_trunc", "remainder", "fmod" })
            Assert.Equal("ZeroDivisionError", Assert.Throws<DivideByZeroException>(() => Run<long>(name, ElementType.Int64, [1L], [0L])).Message);
    }

    [Fact]
    public void Floats_divide_with_floors_as_in_Python()
    {
        double[] x = [5, -5, 5, -5, 1, -1, 0, 1, 6, double.PositiveInfinity, 1, 0.1 * 3], y = [3, 3, -3, -3, 0, 0, 0, double.PositiveInfinity, 0.1, 2, double.NegativeInfinity, 0.1];
        Assert.Equal([1, -2, -2, 1, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 0, 59, double.NaN, -1, 3], Run("div_floor", ElementType.Float64, x, y));
        Assert.Equal([2, 1, -1, -2], Run("remainder", ElementType.Float64, x[..4], y[..4]));
        Assert.Equal([2, -2, 2, -2], Run("fmod", ElementType.Float64, x[..4], y[..4]));
    }

    [Fact]
    public void Relu_keeps_NaN_and_the_zero_of_either_sign()
    {
        var y = Run<float>("relu", ElementType.Float32, [-1f, -0f, 0f, 2f, float.NaN, float.NegativeInfinity]);
        Assert.Equal([0f, 0f, 0f, 2f, float.NaN, 0f], y);
        Assert.True(float.IsNegative(y[1]));
    }

    [Fact]
    public void Comparisons_and_predicates_give_bytes()
    {
        float[] x = [1, 2, float.NaN, -0f, float.PositiveInfinity], y = [2, 2, float.NaN, 0, float.NegativeInfinity];
        Assert.Equal(new byte[] { 0, 1, 0, 1, 0 }, Run<float, byte>("eq", ElementType.Float32, x, y));
        Assert.Equal(new byte[] { 1, 0, 1, 0, 1 }, Run<float, byte>("ne", ElementType.Float32, x, y));
        Assert.Equal(new byte[] { 1, 0, 0, 0, 0 }, Run<float, byte>("lt", ElementType.Float32, x, y));
        Assert.Equal(new byte[] { 1, 1, 0, 1, 0 }, Run<float, byte>("le", ElementType.Float32, x, y));
        Assert.Equal(new byte[] { 0, 0, 0, 0, 1 }, Run<float, byte>("gt", ElementType.Float32, x, y));
        Assert.Equal(new byte[] { 0, 1, 0, 1, 1 }, Run<float, byte>("ge", ElementType.Float32, x, y));
        Assert.Equal(new byte[] { 1, 1, 1, 0, 1 }, Run<float, byte>("logical_and", ElementType.Float32, x, [1, 1, 1, 1, 1]));
        Assert.Equal(new byte[] { 0, 0, 0, 1, 0 }, Run<float, byte>("logical_not", ElementType.Float32, x));
        Assert.Equal(new byte[] { 0, 0, 1, 0, 0 }, Run<float, byte>("isnan", ElementType.Float32, x));
        Assert.Equal(new byte[] { 1, 1, 0, 1, 0 }, Run<float, byte>("isfinite", ElementType.Float32, x));
        Assert.Equal(new byte[] { 0, 0, 0, 1, 0 }, Run<float, byte>("signbit", ElementType.Float32, [1, 2, 0, -0f, 5]));
        Assert.Equal(new byte[] { 1, 0 }, Run<long, byte>("lt", ElementType.Int64, [long.MinValue, long.MaxValue], [long.MaxValue, long.MinValue]));
        Assert.Equal(new byte[] { 0, 1 }, Run<byte, byte>("lt", ElementType.UInt8, [200, 100], [100, 200]));
    }

    [Fact]
    public void Bool_adds_as_or_and_multiplies_as_and()
    {
        byte[] x = [0, 0, 1, 1], y = [0, 1, 0, 1];
        Assert.Equal(new byte[] { 0, 1, 1, 1 }, Run("add", ElementType.Bool, x, y));
        Assert.Equal(new byte[] { 0, 0, 0, 1 }, Run("mul", ElementType.Bool, x, y));
        Assert.Equal(new byte[] { 1, 1, 0, 0 }, Run("bitwise_not", ElementType.Bool, x));
        Assert.Null(Named("sub").For(ElementType.Bool));
        Assert.Null(Named("neg").For(ElementType.Bool));
    }

    [Fact]
    public void Result_types_are_those_of_PyTorch()
    {
        Assert.Equal(ElementType.Bool, Named("lt").Result(ElementType.Int64));
        Assert.Equal(ElementType.Float32, Named("abs").Result(ElementType.Complex64));
        Assert.Equal(ElementType.Complex128, Named("polar").Result(ElementType.Float64));
        Assert.Equal(ElementType.Int16, Named("where").Result(ElementType.Int16));
    }

    [Fact]
    public void The_narrower_vectors_are_the_widest_one_with_the_number_exchanged()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Torch.Suite.sln"))) folder = folder.Parent;
        var sources = Path.Combine(folder!.FullName, "Kernels.CSharp", "Pointwise");
        var text = File.ReadAllText(Path.Combine(sources, "Vec512.cs"));
        var body = text[(text.IndexOf('\n') + 1)..];
        foreach (var bits in new[] { "256", "128" })
        {
            var expected = "// Generated from Vec512.cs by exchanging the number; do not edit.\n" + body.Replace("512", bits);
            Assert.Equal(expected, File.ReadAllText(Path.Combine(sources, $"Vec{bits}.g.cs")));
        }
    }
}
