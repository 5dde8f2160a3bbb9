using System.Numerics;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

/// <summary>Integer operators against unbounded integers, and composite float operators against their formulas in Float64.</summary>
public sealed unsafe class PointwiseReferenceTests
{
    private static readonly Dictionary<string, Func<BigInteger, BigInteger, BigInteger>> Integers = new()
    {
        ["add"] = (x, y) => x + y, ["sub"] = (x, y) => x - y, ["mul"] = (x, y) => x * y, ["maximum"] = BigInteger.Max, ["minimum"] = BigInteger.Min,
        ["fmax"] = BigInteger.Max, ["fmin"] = BigInteger.Min, ["div_trunc"] = BigInteger.Divide, ["fmod"] = BigInteger.Remainder,
        ["div_floor"] = (x, y) => BigInteger.Divide(x - Modulo(x, y), y), ["remainder"] = Modulo, ["heaviside"] = (x, y) => x.IsZero ? y : x.Sign > 0 ? 1 : 0,
        ["gcd"] = BigInteger.GreatestCommonDivisor,
        ["bitwise_and"] = (x, y) => x & y, ["bitwise_or"] = (x, y) => x | y, ["bitwise_xor"] = (x, y) => x ^ y,
        ["eq"] = (x, y) => x == y ? 1 : 0, ["ne"] = (x, y) => x != y ? 1 : 0, ["lt"] = (x, y) => x < y ? 1 : 0, ["le"] = (x, y) => x <= y ? 1 : 0,
        ["gt"] = (x, y) => x > y ? 1 : 0, ["ge"] = (x, y) => x >= y ? 1 : 0,
        ["logical_and"] = (x, y) => !x.IsZero && !y.IsZero ? 1 : 0, ["logical_or"] = (x, y) => !x.IsZero || !y.IsZero ? 1 : 0, ["logical_xor"] = (x, y) => x.IsZero != y.IsZero ? 1 : 0,
        ["neg"] = (x, _) => -x, ["abs"] = (x, _) => BigInteger.Abs(x), ["sign"] = (x, _) => x.Sign, ["sgn"] = (x, _) => x.Sign, ["square"] = (x, _) => x * x,
        ["relu"] = (x, _) => BigInteger.Max(x, 0), ["bitwise_not"] = (x, _) => -1 - x, ["logical_not"] = (x, _) => x.IsZero ? 1 : 0,
        ["floor"] = (x, _) => x, ["ceil"] = (x, _) => x, ["round"] = (x, _) => x, ["trunc"] = (x, _) => x, ["identity"] = (x, _) => x, ["conj"] = (x, _) => x,
        ["isnan"] = (_, _) => 0, ["isinf"] = (_, _) => 0, ["isfinite"] = (_, _) => 1, ["isposinf"] = (_, _) => 0, ["isneginf"] = (_, _) => 0, ["signbit"] = (x, _) => x.Sign < 0 ? 1 : 0,
    };

    private static BigInteger Modulo(BigInteger x, BigInteger y)
    {
        var r = BigInteger.Remainder(x, y);
        return !r.IsZero && r.Sign != y.Sign ? r + y : r;
    }

    public static TheoryData<string> IntegerNames => [.. Integers.Keys];

    [Theory, MemberData(nameof(IntegerNames))]
    public void Integer_operators_are_those_of_unbounded_integers_wrapped(string name)
    {
        Check<byte>(name, ElementType.UInt8);
        Check<sbyte>(name, ElementType.Int8);
        Check<short>(name, ElementType.Int16);
        Check<int>(name, ElementType.Int32);
        Check<long>(name, ElementType.Int64);
    }

    private static void Check<T>(string name, ElementType type) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        const int count = 3000;
        var op = Operators.All.Single(o => o.Name == name);
        var random = new Random(8);
        T[] x = new T[count], y = new T[count];
        for (var i = 0; i < count; i++)
        {
            x[i] = T.CreateTruncating(random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64));
            y[i] = T.CreateTruncating(random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64));
            if (i < 25) (x[i], y[i]) = (Edge<T>(i / 5), Edge<T>(i % 5));
            if (T.IsZero(y[i])) y[i] = T.One;
        }
        var result = new byte[count * sizeof(T)];
        fixed (T* p = x, q = y)
        fixed (byte* r = result)
        {
            op.For(type)!(r, (byte*)p, (byte*)q, null, count);
            for (var i = 0; i < count; i++)
            {
                var expected = T.CreateTruncating(Integers[name](BigInteger.CreateChecked(x[i]), BigInteger.CreateChecked(y[i])));
                var actual = op.Result(type) == ElementType.Bool ? T.CreateTruncating(r[i]) : ((T*)r)[i];
                if (expected != actual) Assert.Fail($"{name}({x[i]}, {y[i]}) of {type} is {actual}, not {expected}");
            }
        }
    }

    private static T Edge<T>(int i) where T : IBinaryInteger<T>, IMinMaxValue<T> => i switch
    {
        0 => T.MinValue,
        1 => T.MaxValue,
        2 => T.Zero,
        3 => T.One,
        _ => T.CreateTruncating(-1),
    };

    // The formula in Float64 and the scale on which errors of Float32 are measured: that of the largest intermediate value.
    private static readonly Dictionary<string, (Func<double, double, double> F, Func<double, double, double> Scale, double Low, double High)> Composites = new()
    {
        ["gelu_tanh"] = ((x, _) => 0.5 * x * (1 + Math.Tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))), (x, _) => Math.Abs(x), -12, 12),
        ["gelu_erf"] = ((x, _) => x * Normal(x), (x, _) => Math.Abs(x), -6, 6),
        ["logit"] = ((x, _) => Math.Log(x / (1 - x)), (x, _) => Math.Max(Math.Abs(Math.Log(x / (1 - x))), 1 + 1 / (1 - x)), 0, 0.99),
        ["sinc"] = ((x, _) => Math.Sin((float)(Math.PI * x)) / (float)(Math.PI * x), (x, _) => 1, -20, 20),
        ["logaddexp"] = ((x, y) => Math.Max(x, y) + Math.Log(1 + Math.Exp(-Math.Abs(x - y))), (x, y) => Math.Max(Math.Abs(x), Math.Abs(y)) + 1, -40, 40),
        ["logaddexp2"] = ((x, y) => Math.Max(x, y) + Math.Log2(1 + Math.Pow(2, -Math.Abs(x - y))), (x, y) => Math.Max(Math.Abs(x), Math.Abs(y)) + 1, -40, 40),
        ["div_trunc"] = ((x, y) => Math.Truncate((float)(x / y)), (x, y) => 0, -90, 90),
        ["div_floor"] = ((x, y) => Math.Floor(x / y), (x, y) => 0, -90, 90),
        ["remainder"] = ((x, y) => x - Math.Floor(x / y) * y, (x, y) => Math.Abs(y), -90, 90),
        ["fmod"] = ((x, y) => x % y, (x, y) => 0, -90, 90),
        ["nextafter"] = ((x, y) => x < y ? MathF.BitIncrement((float)x) : MathF.BitDecrement((float)x), (_, _) => 0, -2, 2),
    };

    // The distribution function of the normal distribution by Simpson's rule.
    private static double Normal(double x)
    {
        const int steps = 200;
        double h = x / steps, sum = 1 + Math.Exp(-x * x / 2);
        for (var i = 1; i < steps; i++) sum += (i % 2 == 0 ? 2 : 4) * Math.Exp(-(i * h) * (i * h) / 2);
        return 0.5 + sum * h / 3 / Math.Sqrt(2 * Math.PI);
    }

    public static TheoryData<string> CompositeNames => [.. Composites.Keys];

    [Theory, MemberData(nameof(CompositeNames))]
    public void Composite_functions_are_their_formulas(string name)
    {
        const int count = 5000;
        var (f, scale, low, high) = Composites[name];
        var random = new Random(9);
        float[] x = new float[count], y = new float[count], z = new float[count];
        for (var i = 0; i < count; i++) (x[i], y[i]) = ((float)(low + random.NextDouble() * (high - low)), (float)(low + random.NextDouble() * (high - low)));
        fixed (float* p = x, q = y, r = z) Operators.All.Single(o => o.Name == name).For(ElementType.Float32)!((byte*)r, (byte*)p, (byte*)q, null, count);
        for (var i = 0; i < count; i++)
        {
            var expected = f(x[i], y[i]);
            if (!(Math.Abs(z[i] - expected) <= 4 * 1.1920929e-07 * scale(x[i], y[i]))) Assert.Fail($"{name}({x[i]:R}, {y[i]:R}) is {z[i]:R}, not {expected:R}");
        }
    }
}
