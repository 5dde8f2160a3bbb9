// What a call returned, as Python would see it: tuples and lists flattened depth first, a size left whole.

using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Torch.Tests.Golden;

namespace Torch.Conformance;

internal static class Results
{
    /// <summary>The values in a result, depth first. Arrays of numbers stay whole where they are recorded as sizes, or where nothing is known.</summary>
    internal static List<object?> Flatten(object? result, IReadOnlyList<JsonElement>? expected = null) =>
        Flatten(result, expected is null || expected.Any(GoldenJson.IsList) ? IsNumbers : _ => false);

    private static List<object?> Flatten(object? result, Func<object?, bool> staysWhole)
    {
        var values = new List<object?>();
        Add(result);
        return values;

        void Add(object? value)
        {
            if (IsSequence(value) && !staysWhole(value))
            {
                foreach (var item in Items(value)) Add(item);
            }
            else values.Add(value);
        }
    }

    /// <summary>The elements of a tuple, an array or a list.</summary>
    internal static object?[] Items(object? value) => value switch
    {
        Sequence s => s.Items,
        ITuple t => [.. Enumerable.Range(0, t.Length).Select(i => t[i])],
        string => throw new UnknownFormException("items of a str"),
        IEnumerable e and not Tensor => [.. e.Cast<object?>()],
        _ => throw new UnknownFormException($"items of {Binder.Kind(value)}"),
    };

    internal static bool IsSequence(object? value) => value is Sequence or ITuple || (value is IEnumerable and not string and not Tensor and not IDictionary);

    private static bool IsNumbers(object? value) => value is long[] or int[] or double[] or bool[] or torch.Size;

    /// <summary>Nested lists of numbers as Python values.</summary>
    internal static object? Plain(object? value) => value switch
    {
        _ when IsSequence(value) => new Sequence([.. Items(value).Select(Plain)], false),
        sbyte or byte or short or ushort or int or uint => Convert.ToInt64(value, null),
        float or Half => Convert.ToDouble(value, null),
        _ => value,
    };

    /// <summary>Computes every tensor in values.</summary>
    internal static void Evaluate(object? value)
    {
        foreach (var v in Flatten(value))
            if (v is Tensor t) Tensors.Evaluate(t);
    }
}
