// Python values of recorded cases as .NET objects: what stands in JSON becomes null, bool, long (BigInteger beyond it), double, Complex, string, Tensor, or one
// of the records below. Calls take and give such values; what a call returns may also be any .NET object.

using System.Numerics;
using System.Text.Json;
using Torch.Tests.Golden;

namespace Torch.Conformance;

/// <summary>A Python list or tuple.</summary>
internal sealed record Sequence(object?[] Items, bool IsTuple);

internal sealed record Dict(IReadOnlyList<KeyValuePair<string, object?>> Items);

internal sealed record Slice(object? Start, object? Stop, object? Step);

internal sealed record Ellipsis
{
    internal static readonly Ellipsis Instance = new();
}

/// <summary>torch.float32 and the like, by name.</summary>
internal sealed record DTypeName(string Name);

internal sealed record DeviceName(string Name);

internal sealed record LayoutName(string Name);

internal sealed record MemoryFormatName(string Name);

/// <summary>A function of ours by its name, or a module to construct where there are keyword arguments.</summary>
internal sealed record CallableName(string Name, IReadOnlyList<KeyValuePair<string, object?>>? Kwargs);

/// <summary>A function that the runner itself can evaluate: a recorded lambda, or what a transform made of it.</summary>
/// <param name="Arity">How many arguments it takes, where that is known.</param>
/// <param name="ReturnsMany">Whether it returns several values, where that is known.</param>
internal sealed record Callback(Func<object?[], object?> Body, int? Arity = null, bool? ReturnsMany = null);

/// <summary>Reads the values of one case. Tensors are made anew each time, so that arguments with the same key are different tensors.</summary>
internal sealed class ValueReader(GoldenFile file, Caller caller, Func<string, object?>? variables = null)
{

    /// <summary>Strides for the tensors that are read next, in order, where the case prescribes them apart from the values.</summary>
    internal Queue<long[]>? Strides { get; init; }

    /// <summary>What to put in the place of each leaf that wants gradients.</summary>
    internal Func<Tensor, Tensor>? Leaf { get; init; }

    /// <summary>The generators that the values asked for.</summary>
    internal List<object> Generators { get; } = [];

    internal object?[] ReadAll(IEnumerable<JsonElement> list) => [.. list.Select(Read)];

    internal KeyValuePair<string, object?>[] ReadFields(JsonElement? fields)
    {
        if (fields is not { } f) return [];
        var members = GoldenJson.Tagged(f, "dict") ?? f;
        return [.. members.EnumerateObject().Select(p => new KeyValuePair<string, object?>(p.Name, Read(p.Value)))];
    }

    internal object? Read(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null: return null;
            case JsonValueKind.True: return true;
            case JsonValueKind.False: return false;
            case JsonValueKind.String: return value.GetString();
            case JsonValueKind.Array: return new Sequence(ReadAll(value.EnumerateArray()), false);
            case JsonValueKind.Number:
                if (!GoldenJson.IsInteger(value)) return value.GetDouble();
                var integer = GoldenJson.Integer(value);
                return integer >= long.MinValue && integer <= long.MaxValue ? (object)(long)integer : integer;
        }
        if (file.TensorOf(value) is { } tensor) return ReadTensor(tensor, value);
        foreach (var tag in value.EnumerateObject())
        {
            var content = tag.Value;
            switch (tag.Name)
            {
                case "float": return GoldenJson.Double(value);
                case "complex": return new Complex(Part(content[0]), Part(content[1]));
                case "tuple": return new Sequence(ReadAll(content.EnumerateArray()), true);
                case "dtype": return new DTypeName(content.GetString()!);
                case "device": return new DeviceName(content.GetString()!);
                case "layout": return new LayoutName(content.GetString()!);
                case "memory_format": return new MemoryFormatName(content.GetString()!);
                case "slice": return new Slice(Read(content[0]), Read(content[1]), Read(content[2]));
                case "ellipsis": return Ellipsis.Instance;
                case "callable": return new CallableName(content.GetString()!, value.TryGetProperty("kwargs", out var kwargs) ? ReadFields(kwargs) : null);
                case "var" or "ref" when variables is not null: return variables(content.GetString()!);
                case "sparse_coo" or "sparse_csr" or "sparse_csc" or "sparse_bsr" or "sparse_bsc": return ReadSparse(tag.Name, content, value);
                case "dict":
                    if (GoldenJson.Tagged(content, "ref") is { } name && variables is not null) return variables(name.GetString()!);
                    if (GoldenJson.Tagged(content, "generator") is not null) return ReadGenerator(content);
                    return new Dict(ReadFields(content));
            }
        }
        throw new UnknownFormException($"a value of the form {value.GetRawText()}");
    }

    private static double Part(JsonElement value) => GoldenJson.Double(value);

    private Tensor ReadTensor(GoldenTensor data, JsonElement value)
    {
        var strides = Strides is { Count: > 0 } given ? given.Dequeue() : Tensors.RecordedStrides(value);
        var tensor = Tensors.Make(data, strides);
        return Flags(tensor, value);
    }

    private Tensor Flags(Tensor tensor, JsonElement value)
    {
        var wants = value.TryGetProperty("requires_grad", out var flag) && flag.GetBoolean();
        if (value.TryGetProperty("parameter", out var parameter) && parameter.GetBoolean())
            return (Tensor)caller.Call("torch.nn.Parameter", [tensor], [new("requires_grad", wants)])!;
        if (!wants) return tensor;
        return Leaf is null ? tensor.requires_grad_(true) : Leaf(tensor);
    }

    private Tensor ReadSparse(string tag, JsonElement parts, JsonElement value)
    {
        string[] names = tag switch
        {
            "sparse_coo" => ["indices", "values"],
            "sparse_csr" or "sparse_bsr" => ["crow_indices", "col_indices", "values"],
            _ => ["ccol_indices", "row_indices", "values"],
        };
        var arguments = names.Select(n => Read(parts.GetProperty(n))).Append(Read(parts.GetProperty("size"))).ToArray();
        var made = (Tensor)caller.Call($"torch.{tag}_tensor", arguments, [])!;
        if (tag == "sparse_coo" && parts.GetProperty("coalesced").GetBoolean()) made = (Tensor)caller.Call("torch.Tensor.coalesce", [made], [])!;
        return Flags(made, value);
    }

    private object ReadGenerator(JsonElement content)
    {
        var generator = caller.Call("torch.Generator", [], [])!;
        if (content.GetProperty("generator").GetString() is var how && how != "manual_seed") throw new UnknownFormException($"a generator made by {how}");
        caller.Call("torch.Generator.manual_seed", [generator, Read(content.GetProperty("seed"))], []);
        Generators.Add(generator);
        return generator;
    }

    /// <summary>What stands in nested lists, depth first.</summary>
    internal static IEnumerable<object?> LeavesOf(object? value) => value is Sequence s ? s.Items.SelectMany(LeavesOf) : [value];

    /// <summary>The tensors within values, depth first.</summary>
    internal static IEnumerable<Tensor> TensorsIn(IEnumerable<object?> values)
    {
        foreach (var v in values)
        {
            switch (v)
            {
                case Tensor t:
                    yield return t;
                    break;
                case Sequence s:
                    foreach (var t in TensorsIn(s.Items)) yield return t;
                    break;
                case Dict d:
                    foreach (var t in TensorsIn(d.Items.Select(i => i.Value))) yield return t;
                    break;
                case Slice s:
                    foreach (var t in TensorsIn([s.Start, s.Stop, s.Step])) yield return t;
                    break;
                case CallableName { Kwargs: { } kwargs }:
                    foreach (var t in TensorsIn(kwargs.Select(i => i.Value))) yield return t;
                    break;
            }
        }
    }
}

/// <summary>A part of a case whose form the runner does not know; such a case fails.</summary>
internal sealed class UnknownFormException(string what) : Exception($"unknown form: {what}");
