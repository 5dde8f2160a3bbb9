// What PyTorch objects to in the arguments of its random functions, in its words. Nothing is thrown: the caller knows which exception belongs to its
// layer. Types for which a kernel does not exist are refused by the samplers themselves ("normal_kernel_cpu" not implemented for 'Int').

using System.Globalization;

namespace Torch.Kernels;

/// <summary>Checks of arguments; each gives the message of the first objection, or null.</summary>
public static unsafe class RandomChecks
{
    /// <summary>RuntimeError.</summary>
    public static string? Uniform(ElementType type, double from, double to)
    {
        if (!type.IsFloating()) return null;
        var max = LargestOf(type);
        if (!(from >= -max && from <= max)) return $"from is out of bounds for {CppName(type)}";
        if (!(to >= -max && to <= max)) return $"to is out of bounds for {CppName(type)}";
        if (from > to) return $"uniform_ expects to return a [from, to) range, but found from={Text(from)} > to={Text(to)}";
        return to - from > max
            ? $"uniform_ expects to-from <= std::numeric_limits<{RandomElement.Name(type)}>::max(), but found to={Text(to)} and from={Text(from)} which result in to-from to exceed the limit"
            : null;
    }

    /// <summary>RuntimeError.</summary>
    public static string? Normal(double std) => std >= 0 ? null : $"normal expects std >= 0.0, but found std {Text(std)}";

    /// <summary>RuntimeError: standard deviations given as a tensor.</summary>
    public static string? Normal(Block std)
    {
        if (RandomElement.IsComplex(std.Type)) return "normal expects standard deviation to be non-complex";
        return All(std, s => s >= 0) ? null : "normal expects all elements of std >= 0.0";
    }

    /// <summary>RuntimeError.</summary>
    public static string? LogNormal(double std) => std > 0 ? null : $"log_normal_ expects std > 0.0, but found std={Text(std)}";

    /// <summary>RuntimeError.</summary>
    public static string? Exponential(ElementType type, double lambda)
    {
        if (!type.IsFloating()) return Continuous("Exponential", type);
        return lambda > 0 ? null : $"exponential_ expects lambda > 0.0, but found lambda={Text(lambda)}";
    }

    /// <summary>RuntimeError.</summary>
    public static string? Cauchy(ElementType type, double sigma)
    {
        if (!type.IsFloating()) return Continuous("Cauchy", type);
        return sigma > 0 ? null : $"cauchy_ expects sigma > 0.0, but found sigma={Text(sigma)}";
    }

    /// <summary>RuntimeError.</summary>
    public static string? Geometric(double p) => p is > 0 and < 1 ? null : $"geometric_ expects p to be in (0, 1), but got p={Text(p)}";

    /// <summary>RuntimeError.</summary>
    public static string? Bernoulli(double p) => p is >= 0 and <= 1 ? null : $"bernoulli_ expects p to be in [0, 1], but got p={Text(p)}";

    /// <summary>RuntimeError: probabilities given as a tensor.</summary>
    public static string? Bernoulli(Block p) => All(p, v => v is >= 0 and <= 1)
        ? null
        : "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)";

    /// <summary>RuntimeError: the bounds of <c>random_</c> and <c>randint</c>; no upper bound is null.</summary>
    public static string? Random(ElementType type, long from, long? to)
    {
        if (to is { } end)
        {
            if (from >= end) return $"random_ expects 'from' to be less than 'to', but got from={from} >= to={end}";
            if ((OutOfBounds(type, from, "from") ?? OutOfBounds(type, end - 1, "to - 1")) is { } objection) return objection;
            var (first, last) = Samplers.Bounds(type, from, end);
            return first > last
                ? $"random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got from={first} >= to={last + 1}"
                : null;
        }
        if (from == long.MinValue)
            return type is ElementType.Int64 or ElementType.Float64 or ElementType.Float32 or ElementType.BFloat16
                ? null
                : "random_full_64_bits_range_kernel_cpu handles only int64, double, float and bfloat16";
        var (lowest, highest) = Samplers.Bounds(type, from, null);
        if (type.IsFloating() && lowest >= highest)
            return $"random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted to dtype, but got from={lowest} > to_inc={highest}";
        return OutOfBounds(type, lowest, "from") ?? OutOfBounds(type, highest, "to - 1");
    }

    /// <summary>RuntimeError.</summary>
    public static string? Randperm(ElementType type, long n)
    {
        if (n < 0) return $"Trying to create tensor with negative dimension {n}: [{n}]";
        if (type is ElementType.Bool || RandomElement.IsInteger(type))
            return n <= RandomElement.Max(type) ? null : $"value cannot be converted to type {FixedWidthName(type)} without overflow";
        return type switch
        {
            ElementType.Float16 when n > (1L << 11) + 1 => "n cannot be greater than 2049 for Half type.",
            ElementType.Float32 when n > (1L << 24) + 1 => "n cannot be greater than 2^24+1 for Float type.",
            ElementType.Float64 when n > (1L << 53) + 1 => "n cannot be greater than 2^53+1 for Double type.",
            _ => null,
        };
    }

    /// <summary>RuntimeError.</summary>
    public static string? Poisson(Block rate) => All(rate, v => v >= 0) ? null : "invalid Poisson rate, expected rate to be non-negative";

    /// <summary>ValueError.</summary>
    public static string? Binomial(Block count, Block p)
    {
        if (!count.Type.IsFloating())
            return $"binomial only supports floating-point dtypes for count, got: {RandomElement.Name(count.Type)}";
        return p.Type.IsFloating() ? null : $"binomial only supports floating-point dtypes for prob, got: {RandomElement.Name(p.Type)}";
    }

    /// <summary>RuntimeError.</summary>
    public static string? Multinomial(Block weights, long draws, bool replacement)
    {
        if (weights.Rank is not (1 or 2)) return "prob_dist must be 1 or 2 dim";
        if (!weights.Type.IsFloating())
            return $"multinomial only supports floating-point dtypes for input, got: {RandomElement.Name(weights.Type)}";
        if (draws <= 0) return "cannot sample n_sample <= 0 samples";
        if (!replacement && draws > weights.Sizes[^1]) return "cannot sample n_sample > prob_dist.size(-1) samples without replacement";
        if (weights.Sizes[^1] > 1L << 24) return "number of categories cannot exceed 2^24";
        if (!All(weights, v => v >= 0 && v < double.PositiveInfinity)) return "probability tensor contains either `inf`, `nan` or element < 0";
        return HasEmptyRow(weights) ? "invalid multinomial distribution (sum of probabilities <= 0)" : null;
    }

    private static bool HasEmptyRow(Block weights)
    {
        // No weight is below zero, so a row sums to zero where all of its weights are zero.
        var rows = weights.Rank == 1 ? 1 : weights.Sizes[0];
        for (long row = 0; row < rows; row++)
        {
            var offset = weights.Rank == 1 ? 0 : row * weights.Strides[0] * weights.Type.Size();
            if (All(new Block((nint)(weights.Pointer + offset), weights.Type, [weights.Sizes[^1]], [weights.Strides[^1]]), v => v == 0)) return true;
        }
        return false;
    }

    private static bool All(Block block, Func<double, bool> test)
    {
        var walk = new Traversal(block.Sizes, block.Strides);
        var size = block.Type.Size();
        while (walk.Next())
        {
            for (long i = 0; i < walk.Length; i++)
                if (!test(RandomElement.Load(block.Type, block.Pointer + (walk.Offset(0) + i * walk.Stride(0)) * size))) return false;
        }
        return true;
    }

    private static string Continuous(string distribution, ElementType type) =>
        $"{distribution} distribution is a continuous probability distribution. dtype must be a floating point but you specified {RandomElement.Name(type)}";

    private static string? OutOfBounds(ElementType type, long value, string what)
    {
        bool inside;
        if (type.IsFloating()) inside = Math.Abs((double)value) <= LargestOf(type);
        else inside = value >= Min(type) && value <= RandomElement.Max(type);
        return inside ? null : $"{what} is out of bounds for {CppName(type)}";
    }

    private static long Min(ElementType type) => type switch
    {
        ElementType.Int8 => sbyte.MinValue,
        ElementType.Int16 => short.MinValue,
        ElementType.Int32 => int.MinValue,
        ElementType.Int64 => long.MinValue,
        _ => 0,
    };

    private static double LargestOf(ElementType type) => type switch
    {
        ElementType.Float16 => 65504,
        ElementType.BFloat16 => BFloat16Element.Load(0x7F7F),
        ElementType.Float32 => float.MaxValue,
        _ => double.MaxValue,
    };

    private static string CppName(ElementType type) => type switch
    {
        ElementType.Bool => "bool",
        ElementType.UInt8 => "unsigned char",
        ElementType.Int8 => "signed char",
        ElementType.Int16 => "short",
        ElementType.Int32 => "int",
        ElementType.Int64 => "long",
        ElementType.UInt16 => "unsigned short",
        ElementType.UInt32 => "unsigned int",
        ElementType.UInt64 => "unsigned long",
        ElementType.Float16 => "c10::Half",
        ElementType.BFloat16 => "c10::BFloat16",
        ElementType.Float32 => "float",
        ElementType.Float64 => "double",
        _ => RandomElement.Name(type),
    };

    private static string FixedWidthName(ElementType type) => type switch
    {
        ElementType.Bool => "bool",
        ElementType.UInt8 => "uint8_t",
        ElementType.Int8 => "int8_t",
        ElementType.Int16 => "int16_t",
        ElementType.Int32 => "int",
        _ => "int64_t",
    };

    /// <summary>A number as C++ streams print it: six significant digits, an exponent of at least two.</summary>
    private static string Text(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        return value.ToString("G6", CultureInfo.InvariantCulture).Replace('E', 'e');
    }
}
