// How outputs are compared where the result of an operation is not unique: `check` of a case.

using System.Numerics;
using System.Text.Json;
using Torch.Tests.Golden;

namespace Torch.Conformance;

internal sealed class Checks(GoldenCase c, Caller caller)
{
    private readonly Comparer _comparer = new(c.File, caller);
    private readonly Tolerance _tolerance = Tolerance.Of(c);

    /// <summary>Whether no values are promised.</summary>
    internal static bool IsFree(string? check) => check == "shape";

    internal string? Outputs(List<object?> outputs, object?[] args, KeyValuePair<string, object?>[] kwargs)
    {
        var expected = c["outputs"]!.Value;
        var check = c["check"]?.GetString();
        // Our generator is PyTorch's: under a seed the values are the same, not merely of the same shape.
        // The stream cases do not record how outputs lie in memory.
        if (check is null || (check == "random" && c["seed"] is not null)) return _comparer.CompareAll(expected, outputs, _tolerance, layout: check is null && !_tolerance.Sampled);
        var list = GoldenJson.Items(expected);
        if (list.Count != outputs.Count) return $"expected {list.Count} values, got {outputs.Count}";
        for (var i = 0; i < list.Count; i++)
            if (ShapeOnly(c.File, list[i], outputs[i]) is { } shape) return $"[{i}] {shape}";
        switch (check)
        {
            case "random" or "shape": return null;
            case "abs": return Each(list, outputs, (e, a) => Rows(e, a, UpToPhase));
            case "multiset": return Each(list, outputs, (e, a) => Rows(e, a, SameInAnyOrder));
            case "ties": return Ties(list, outputs, args, kwargs);
        }
        if (!check.StartsWith("reconstruct:", StringComparison.Ordinal)) throw new UnknownFormException($"check {check}");
        return new Reconstruction(c, caller, _tolerance).Check(check["reconstruct:".Length..], list, outputs, (Tensor)args[0]!);
    }

    /// <summary>Compares dtype and shape of tensors, and plain values.</summary>
    internal static string? ShapeOnly(GoldenFile file, JsonElement expected, object? actual)
    {
        if (file.TensorOf(expected) is not { } tensor) return null;
        if (actual is not Tensor t) return $"expected a tensor, got {Comparer.Show(actual)}";
        if (Tensors.NameOf(t.dtype) != tensor.TorchDType) return $"expected dtype {tensor.TorchDType}, got {Tensors.NameOf(t.dtype)}";
        return tensor.Shape.AsSpan().SequenceEqual(t.shape) ? null : $"expected shape {Comparer.ShowShape(tensor.Shape)}, got {Comparer.ShowShape(t.shape)}";
    }

    private string? Each(IReadOnlyList<JsonElement> expected, List<object?> actual, Func<Elements, Elements, string?> compare)
    {
        for (var i = 0; i < expected.Count; i++)
            if (c.File.TensorOf(expected[i]) is { } tensor && compare(Elements.Of(tensor), Tensors.Read((Tensor)actual[i]!)) is { } difference) return $"[{i}] {difference}";
        return null;
    }

    /// <summary>Compares row by row along the last dimension.</summary>
    private string? Rows(Elements expected, Elements actual, Func<Complex[], Complex[], double, double, bool> same)
    {
        var (rtol, atol) = _tolerance.For(expected.DType);
        var length = expected.Shape.Length == 0 ? 1 : (int)expected.Shape[^1];
        for (var start = 0L; start < expected.Count; start += length)
        {
            var (e, a) = (Row(expected, start), Row(actual, start));
            if (!same(e, a, rtol, atol)) return $"row at {start}: expected {string.Join(", ", e.Take(6))}, got {string.Join(", ", a.Take(6))}";
        }
        return null;

        Complex[] Row(Elements values, long start) => [.. Enumerable.Range(0, length).Select(i => values.Complex(start + i))];
    }

    private static bool UpToPhase(Complex[] expected, Complex[] actual, double rtol, double atol)
    {
        var top = Array.IndexOf(expected, expected.MaxBy(Complex.Abs));
        if (top < 0) return true;
        var phase = actual[top] == 0 ? Complex.One : expected[top] / actual[top];
        if (phase.Magnitude > 0) phase /= phase.Magnitude;
        return expected.Zip(actual).All(p => Comparer.Close(p.Second * phase, p.First, rtol, atol));
    }

    internal static bool SameInAnyOrder(Complex[] expected, Complex[] actual, double rtol, double atol)
    {
        var left = actual.ToList();
        foreach (var e in expected)
        {
            var nearest = left.OrderBy(a => (a - e).Magnitude).FirstOrDefault();
            if (left.Count == 0 || !Comparer.Close(nearest, e, rtol, atol)) return false;
            left.Remove(nearest);
        }
        return left.Count == 0;
    }

    /// <summary>Values plainly; indices need only point at equal values of the input.</summary>
    private string? Ties(IReadOnlyList<JsonElement> list, List<object?> outputs, object?[] args, KeyValuePair<string, object?>[] kwargs)
    {
        var input = Tensors.Read((args.Concat(kwargs.Where(k => k.Key is "input" or "self").Select(k => k.Value)).First() as Tensor)!);
        Elements? values = null;
        for (var i = 0; i < list.Count; i++)
        {
            if (c.File.TensorOf(list[i]) is not { } tensor || outputs[i] is not Tensor ours) return _comparer.CompareAll(c["outputs"]!.Value, outputs, _tolerance);
            var expected = Elements.Of(tensor);
            if (values is not null || list.Count == 1)
            {
                if (Indices(input, values, expected, Tensors.Read(ours)) is { } difference) return $"[{i}] {difference}";
            }
            else
            {
                if (_comparer.Compare(list[i], ours, _tolerance) is { } difference) return $"[{i}] {difference}";
                values = expected;
            }
        }
        return null;
    }

    private static string? Indices(Elements input, Elements? values, Elements expected, Elements actual)
    {
        for (var d = 0; d < Math.Max(input.Shape.Length, 1); d++)
        {
            if (Gather(input, expected, d) is not { } theirs) continue;
            // The dimension is the one along which the recorded indices give the recorded values; without values, sorted ones.
            if (values is not null ? !theirs.SequenceEqual(All(values)) : !IsSorted(theirs, expected, d)) continue;
            return Gather(input, actual, d) is { } ours && ours.SequenceEqual(theirs) ? null : "the indices point at other values";
        }
        return Comparer.Difference(expected, actual, Tolerance.Exact);
    }

    private static Complex[] All(Elements e) => [.. Enumerable.Range(0, (int)e.Count).Select(i => e.Complex(i))];

    /// <summary>The elements of the input at indices along a dimension; null where the shapes do not allow it. Indices may lack that dimension (no keepdim).</summary>
    private static Complex[]? Gather(Elements input, Elements indices, int d)
    {
        if (input.Shape.Length == 0) return indices.Count == 1 ? [input.Complex(0)] : null;
        long[] shape = indices.Shape.Length == input.Shape.Length ? indices.Shape : indices.Shape.Length == input.Shape.Length - 1 ? [.. indices.Shape[..d], 1, .. indices.Shape[d..]] : [];
        if (shape.Length != input.Shape.Length) return null;
        for (var k = 0; k < shape.Length; k++)
            if (k != d && shape[k] != input.Shape[k]) return null;
        var (outer, inner) = (shape[..d].Aggregate(1L, (a, b) => a * b), shape[(d + 1)..].Aggregate(1L, (a, b) => a * b));
        var result = new Complex[indices.Count];
        for (var i = 0L; i < indices.Count; i++)
        {
            var index = (long)indices.Integer(i);
            if (index < 0 || index >= input.Shape[d]) return null;
            var (o, n) = (i / (shape[d] * inner), i % inner);
            result[i] = input.Complex((((o * input.Shape[d]) + index) * inner) + n);
        }
        return outer * shape[d] * inner == indices.Count ? result : null;
    }

    private static bool IsSorted(Complex[] values, Elements shape, int d)
    {
        if (shape.Shape.Length == 0) return true;
        var inner = shape.Shape[(d + 1)..].Aggregate(1L, (a, b) => a * b);
        var length = shape.Shape[d];
        var (up, down) = (true, true);
        for (var i = 0L; i + inner < values.Length; i++)
        {
            if (i / inner % length == length - 1) continue;
            var (a, b) = (Key(values[i]), Key(values[i + inner]));
            up &= a <= b;
            down &= a >= b;
        }
        return up || down;

        // nan counts as the largest.
        static double Key(Complex v) => double.IsNaN(v.Real) ? double.PositiveInfinity : v.Real;
    }
}
