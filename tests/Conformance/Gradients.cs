// Gradients of a call's outputs, gradients of these, and forward mode.

using System.Text.Json;
using Torch.Tests.Golden;

namespace Torch.Conformance;

internal sealed class Gradients(GoldenCase c, Caller caller, Findings findings)
{
    private readonly Tolerance _tolerance = Tolerance.Of(c);
    private readonly Comparer _comparer = new(c.File, caller);

    internal void Reverse(ValueReader reader, List<object?> outputs, object?[] values)
    {
        var leaves = ValueReader.TensorsIn(values).Where(t => t.requires_grad && t.is_leaf).ToArray();
        var recorded = GoldenJson.Items(c["cotangents"] ?? throw new UnknownFormException("grads without cotangents"));
        var second = c["gradgrad"];
        var taking = Enumerable.Range(0, Math.Min(recorded.Count, outputs.Count)).Where(i => recorded[i].ValueKind != JsonValueKind.Null).ToArray();
        var cotangents = taking.Select(i => (Tensor)reader.Read(recorded[i])!).ToArray();
        if (second is not null)
            foreach (var t in cotangents) t.requires_grad_(true);

        var grads = torch.autograd.grad(taking.Select(i => (Tensor)outputs[i]!).ToArray(), leaves, cotangents, retain_graph: second is not null, create_graph: second is not null, allow_unused: true);
        findings.Add("grads", _comparer.CompareAll(c["grads"]!.Value, grads, _tolerance));
        if (second is { } gg) findings.Try("gradgrad", () => Second(reader, gg, grads, leaves, cotangents));
    }

    private void Second(ValueReader reader, JsonElement second, Tensor?[] grads, Tensor[] leaves, Tensor[] cotangents)
    {
        var recorded = GoldenJson.Items(GoldenJson.Member(second, "cotangents")!.Value);
        var taking = Enumerable.Range(0, grads.Length).Where(i => recorded[i].ValueKind != JsonValueKind.Null && grads[i] is { requires_grad: true }).ToArray();
        var inputs = leaves.Concat(cotangents).ToArray();
        var results = taking.Length == 0 ? new Tensor?[inputs.Length]
            : torch.autograd.grad(taking.Select(i => grads[i]!).ToArray(), inputs, taking.Select(i => (Tensor?)reader.Read(recorded[i])).ToArray(), allow_unused: true);
        Compare("gradgrad leaves", GoldenJson.Member(second, "leaves"), results[..leaves.Length]);
        Compare("gradgrad first_cotangents", GoldenJson.Member(second, "first_cotangents"), results[leaves.Length..]);
    }

    /// <summary>Second derivatives and tangents: none and zeros say the same there.</summary>
    private void Compare(string part, JsonElement? expected, IReadOnlyList<object?> actual)
    {
        if (expected is not { } list) return;
        var items = GoldenJson.Items(list);
        if (items.Count != actual.Count)
        {
            findings.Add(part, $"expected {items.Count} values, got {actual.Count}");
            return;
        }
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].ValueKind == JsonValueKind.Null ? IsZero(actual[i]) : actual[i] is null && c.File.TensorOf(items[i]) is { } t && IsZero(Elements.Of(t))) continue;
            findings.Add($"{part}[{i}]", _comparer.Compare(items[i], actual[i], _tolerance));
        }
    }

    private static bool IsZero(object? value) => value is null || (value is Tensor t && IsZero(Tensors.Read(t)));

    private static bool IsZero(Elements e) => Enumerable.Range(0, (int)e.Count).All(i => e.Complex(i) == 0);

    /// <summary>The call once more with dual numbers for leaves.</summary>
    internal void Forward(JsonElement jvp)
    {
        const string home = "torch.autograd.forward_ad.";
        foreach (var needed in (string[])["dual_level", "make_dual", "unpack_dual"])
            if (!caller.Has(home + needed)) throw new MissingException(home + needed);
        using var level = (IDisposable)caller.Call(home + "dual_level", [], [])!;
        var tangents = new Queue<JsonElement>(GoldenJson.Items(GoldenJson.Member(jvp, "tangents")!.Value));
        var plain = new ValueReader(c.File, caller);
        var reader = new ValueReader(c.File, caller) { Leaf = primal => (Tensor)caller.Call(home + "make_dual", [primal, plain.Read(tangents.Dequeue())], [])! };
        var args = reader.ReadAll(c.Args);
        var kwargs = reader.ReadFields(c["kwargs"]);
        if (c["seed"] is { } seed) caller.Call("torch.manual_seed", [reader.Read(seed)], []);
        var outputs = Results.Flatten(caller.Call(c.Call, args, kwargs));
        var got = outputs.Select(o => o is Tensor t ? Results.Items(caller.Call(home + "unpack_dual", [t], []))[1] : null).ToArray();
        Compare("jvp", GoldenJson.Member(jvp, "outputs"), got);
    }
}
