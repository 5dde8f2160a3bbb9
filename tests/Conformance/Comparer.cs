// Is what we got what PyTorch gave? Dtype, shape, elements within the tolerance of the dtype, strides where asked for; plain values; sparse tensors by their parts.
// An answer of null means yes; otherwise it says where and how the two differ.

using System.Numerics;
using System.Text.Json;
using Torch.Tests.Golden;

namespace Torch.Conformance;

/// <summary>How far elements may be apart: |ours - theirs| at most Atol + Rtol |theirs|. What is null is the default of the dtype.</summary>
internal sealed record Tolerance(double? Rtol = null, double? Atol = null, bool Sampled = false)
{
    internal static readonly Tolerance Default = new();

    internal static readonly Tolerance Exact = new(0, 0);

    /// <summary>Of sampled values, which are the same bits but for the last rounding of a transcendental function; near zeros of one it is that of numbers around 1.</summary>
    internal static readonly Tolerance Stream = new(Sampled: true);

    internal static Tolerance Of(GoldenCase c)
    {
        var basis = c["next"] is not null || c["generator_next"] is not null ? Stream : Default;
        return basis with { Rtol = c["rtol"] is { } r ? GoldenJson.Double(r) : null, Atol = c["atol"] is { } a ? GoldenJson.Double(a) : null };
    }

    internal (double Rtol, double Atol) For(string dtype)
    {
        var (rtol, atol) = (dtype, Sampled) switch
        {
            ("float16" or "complex32", false) => (1e-3, 1e-5),
            ("bfloat16", false) => (1.6e-2, 1e-5),
            ("float32" or "complex64", false) => (1.3e-6, 1e-5),
            ("float64" or "complex128", false) => (1e-7, 1e-7),
            ("float16" or "complex32", true) => (9.8e-4, 0),
            ("bfloat16", true) => (7.9e-3, 0),
            ("float32" or "complex64", true) => (1e-6, 2.4e-7),
            ("float64" or "complex128", true) => (1e-14, 4.5e-16),
            _ => (0, 0),
        };
        return (Rtol ?? rtol, Atol ?? atol);
    }
}

internal sealed class Comparer(GoldenFile file, Caller caller)
{
    /// <summary>Compares a recorded value with one of ours.</summary>
    /// <param name="layout">Whether strides count.</param>
    internal string? Compare(JsonElement expected, object? actual, Tolerance tolerance, bool layout = false)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Null: return actual is null ? null : $"expected None, got {Show(actual)}";
            case JsonValueKind.True or JsonValueKind.False:
                return Plain(actual) is bool b && b == expected.GetBoolean() ? null : $"expected {expected.GetBoolean()}, got {Show(actual)}";
            case JsonValueKind.String: return Text(expected.GetString()!, actual);
            case JsonValueKind.Array: return Items(expected, actual, tolerance);
            case JsonValueKind.Number: return Number(expected, actual, tolerance);
        }
        if (file.TensorOf(expected) is { } tensor) return actual is Tensor t ? Compare(tensor, expected, t, tolerance, layout) : $"expected a tensor, got {Show(actual)}";
        var tag = expected.EnumerateObject().First();
        switch (tag.Name)
        {
            case "float": return Number(expected, actual, tolerance);
            case "complex":
                var want = new Complex(GoldenJson.Double(tag.Value[0]), GoldenJson.Double(tag.Value[1]));
                return Plain(actual) is Complex c && Close(c, want, 1.3e-6, 0) ? null : $"expected {want}, got {Show(actual)}";
            case "tuple": return Items(tag.Value, actual, tolerance);
            case "dtype": return actual is torch.ScalarType d && Tensors.NameOf(d) == tag.Value.GetString() ? null : $"expected {tag.Value}, got {Show(actual)}";
            case "layout" or "memory_format": return actual is Enum && Named((Enum)actual, tag.Value.GetString()!) ? null : $"expected {tag.Value}, got {Show(actual)}";
            case "device": return actual?.ToString() == tag.Value.GetString() ? null : $"expected {tag.Value}, got {Show(actual)}";
            case "sparse_coo" or "sparse_csr" or "sparse_csc" or "sparse_bsr" or "sparse_bsc": return Sparse(tag.Name, tag.Value, actual, tolerance);
            case "dict": return Fields(tag.Value, actual, tolerance);
            default: throw new UnknownFormException($"an expected value of the form {expected.GetRawText()}");
        }
    }

    /// <summary>Compares lists of values, entry by entry; says what differs and where.</summary>
    internal string? CompareAll(JsonElement expected, IReadOnlyList<object?> actual, Tolerance tolerance, bool layout = false)
    {
        var list = GoldenJson.Items(expected);
        if (list.Count != actual.Count) return $"expected {list.Count} values, got {actual.Count}";
        for (var i = 0; i < list.Count; i++)
            if (Compare(list[i], actual[i], tolerance, layout) is { } difference) return list.Count == 1 ? difference : $"[{i}] {difference}";
        return null;
    }

    private string? Compare(GoldenTensor expected, JsonElement value, Tensor actual, Tolerance tolerance, bool layout)
    {
        if (actual.layout != Torch.layout.strided) return $"expected a strided tensor, got {actual.layout}";
        if (Difference(Elements.Of(expected), Tensors.Read(actual), tolerance) is { } difference) return difference;
        return layout ? Strides(Tensors.RecordedStrides(value) ?? Tensors.Contiguous(expected.Shape), actual) : null;
    }

    /// <summary>Compares dtype, shape and elements.</summary>
    internal static string? Difference(Elements expected, Elements actual, Tolerance tolerance)
    {
        if (expected.DType != actual.DType) return $"expected dtype {expected.DType}, got {actual.DType}";
        if (!expected.Shape.AsSpan().SequenceEqual(actual.Shape)) return $"expected shape {ShowShape(expected.Shape)}, got {ShowShape(actual.Shape)}";
        if (expected.Data.Span.SequenceEqual(actual.Data.Span)) return null;
        var (rtol, atol) = tolerance.For(expected.DType);
        long wrong = 0, first = -1;
        for (var i = 0L; i < expected.Count; i++)
        {
            if (Close(expected, actual, i, rtol, atol)) continue;
            wrong++;
            if (first < 0) first = i;
        }
        if (wrong == 0) return null;
        var ulps = Ulps(expected, actual, first);
        return $"{wrong} of {expected.Count} elements differ, first at {Place(first, expected.Shape)}: expected {expected.Show(first)}, got {actual.Show(first)}{ulps}";
    }

    private static bool Close(Elements expected, Elements actual, long i, double rtol, double atol)
    {
        if (expected.IsComplex) return Close(actual.Complex(i), expected.Complex(i), rtol, atol);
        return expected.IsFloat ? Close(actual.Real(i), expected.Real(i), rtol, atol) : actual.Integer(i) == expected.Integer(i);
    }

    internal static bool Close(double actual, double expected, double rtol, double atol) =>
        actual.Equals(expected) || actual == expected || (double.IsFinite(actual) && double.IsFinite(expected) && Math.Abs(actual - expected) <= atol + (rtol * Math.Abs(expected)));

    internal static bool Close(Complex actual, Complex expected, double rtol, double atol)
    {
        if (Close(actual.Real, expected.Real, rtol, atol) && Close(actual.Imaginary, expected.Imaginary, rtol, atol)) return true;
        // As torch.isclose has it: nan in one part makes the number nan.
        if (Complex.IsNaN(expected) || double.IsNaN(expected.Real) || double.IsNaN(expected.Imaginary)) return double.IsNaN(actual.Real) || double.IsNaN(actual.Imaginary);
        return Complex.IsFinite(actual) && Complex.IsFinite(expected) && (actual - expected).Magnitude <= atol + (rtol * expected.Magnitude);
    }

    private static string Ulps(Elements expected, Elements actual, long i)
    {
        if (expected.DType is not ("float32" or "float64" or "float16" or "bfloat16")) return "";
        var (a, e) = (actual.Real(i), expected.Real(i));
        if (!double.IsFinite(a) || !double.IsFinite(e)) return "";
        var unit = expected.DType switch { "float64" => Math.BitIncrement(Math.Abs(e)) - Math.Abs(e), "float32" => MathF.BitIncrement(Math.Abs((float)e)) - Math.Abs((float)e), "float16" => Math.Abs(e) / 1024, _ => Math.Abs(e) / 128 };
        return unit > 0 ? $" ({Math.Abs(a - e) / unit:G3} ulps)" : "";
    }

    /// <summary>Strides along dimensions in which there is a step to make.</summary>
    internal static string? Strides(long[] expected, Tensor actual)
    {
        var (shape, strides) = (actual.shape, actual.stride());
        if (actual.numel() == 0) return null;
        for (var d = 0; d < expected.Length; d++)
            if (shape[d] > 1 && expected[d] != strides[d]) return $"expected strides {ShowShape(expected)}, got {ShowShape(strides)}";
        return null;
    }

    private string? Items(JsonElement expected, object? actual, Tolerance tolerance)
    {
        if (!Results.IsSequence(actual)) return $"expected a list, got {Show(actual)}";
        var list = GoldenJson.Items(expected);
        var items = Results.Items(actual);
        if (list.Count != items.Length) return $"expected {list.Count} items, got {items.Length}";
        for (var i = 0; i < items.Length; i++)
            if (Compare(list[i], items[i], tolerance) is { } difference) return $"item {i}: {difference}";
        return null;
    }

    private string? Fields(JsonElement expected, object? actual, Tolerance tolerance)
    {
        if (actual is not System.Collections.IDictionary dictionary) return $"expected a dict, got {Show(actual)}";
        foreach (var p in expected.EnumerateObject())
            if ((dictionary.Contains(p.Name) ? Compare(p.Value, dictionary[p.Name], tolerance) : "is absent") is { } difference) return $"{p.Name}: {difference}";
        return dictionary.Count == expected.EnumerateObject().Count() ? null : $"expected {expected.EnumerateObject().Count()} fields, got {dictionary.Count}";
    }

    private static string? Number(JsonElement expected, object? actual, Tolerance tolerance)
    {
        // A long of C# holds the bits of PyTorch's unsigned 64-bit numbers (seeds).
        var plain = Plain(actual);
        if (GoldenJson.IsInteger(expected)) return plain is BigInteger i && (i == GoldenJson.Integer(expected) || (actual is long bits && (ulong)bits == GoldenJson.Integer(expected))) ? null : $"expected {expected.GetRawText()}, got {Show(actual)}";
        // Python's floats that came out of float32 tensors have their precision.
        return plain is double d && Close(d, GoldenJson.Double(expected), tolerance.Rtol ?? 1.3e-6, tolerance.Atol ?? 0) ? null : $"expected {GoldenJson.Double(expected):R}, got {Show(actual)}";
    }

    /// <summary>A number of C# as bool, BigInteger, double or Complex.</summary>
    private static object? Plain(object? value) => value switch
    {
        sbyte or short or int or long => new BigInteger(Convert.ToInt64(value, null)),
        byte or ushort or uint or ulong => new BigInteger(Convert.ToUInt64(value, null)),
        IntPtr p => new BigInteger(p),
        float f => (double)f,
        Half h => (double)h,
        BFloat16 b => (double)b.ToSingle(),
        (float re, float im) => new Complex(re, im),
        Scalar s => s.Type switch
        {
            torch.ScalarType.Bool => s.ToBoolean(),
            torch.ScalarType.ComplexFloat64 or torch.ScalarType.ComplexFloat32 => s.ToComplexFloat64(),
            torch.ScalarType.Float64 or torch.ScalarType.Float32 => s.ToDouble(),
            _ => new BigInteger(s.ToInt64()),
        },
        _ => value,
    };

    private static string? Text(string expected, object? actual)
    {
        if (actual is torch.ScalarType type) actual = $"torch.{Tensors.NameOf(type)}";
        if (actual is not string text) return $"expected '{expected}', got {Show(actual)}";
        if (text == expected) return null;
        var at = 0;
        while (at < text.Length && at < expected.Length && text[at] == expected[at]) at++;
        return $"texts differ at {at}: expected {Quote(expected)}, got {Quote(text)}";

        static string Quote(string s) => JsonSerializer.Serialize(s.Length > 300 ? s[..300] + ".." : s, s_readable);
    }

    private static readonly JsonSerializerOptions s_readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static bool Named(Enum value, string name) => Names.All(value.GetType().GetField(value.ToString())!).Contains(name);

    private string? Sparse(string tag, JsonElement parts, object? actual, Tolerance tolerance)
    {
        if (actual is not Tensor t) return $"expected a sparse tensor, got {Show(actual)}";
        if (!Named(t.layout, tag)) return $"expected layout {tag}, got {t.layout}";
        if (Compare(parts.GetProperty("size"), t.shape, tolerance) is { } size) return $"size: {size}";
        foreach (var part in parts.EnumerateObject())
        {
            if (part.Name == "size") continue;
            // The indices and values of a tensor that is not coalesced are asked for by names with an underscore.
            var name = part.Name == "coalesced" ? "is_coalesced" : tag == "sparse_coo" && !parts.GetProperty("coalesced").GetBoolean() ? $"_{part.Name}" : part.Name;
            if (Compare(part.Value, caller.Call($"torch.Tensor.{name}", [t], []), tolerance) is { } difference) return $"{part.Name}: {difference}";
        }
        return null;
    }

    internal static string ShowShape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    private static string Place(long index, long[] shape)
    {
        var at = new long[shape.Length];
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            at[d] = index % shape[d];
            index /= shape[d];
        }
        return ShowShape(at);
    }

    internal static string Show(object? value) => value switch
    {
        null => "None",
        Tensor t => $"a tensor {t.dtype} {ShowShape(t.shape)}",
        string s => $"'{s}'",
        Sequence s => $"({string.Join(", ", s.Items.Select(Show))})",
        _ when Results.IsSequence(value) => $"({string.Join(", ", Results.Items(value).Take(20).Select(Show))})",
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? value.GetType().Name,
    };
}
