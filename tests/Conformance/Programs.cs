// Programs: steps done in order over named variables, and what the variables must be at the end.

using System.Text.Json;
using Torch.Tests.Golden;

namespace Torch.Conformance;

/// <summary>Does steps. Used for programs and for recorded functions.</summary>
internal sealed class Steps
{
    private readonly Caller _caller;
    private readonly Findings? _findings;
    private readonly Comparer _comparer;
    private readonly Tolerance _tolerance;

    /// <param name="findings">Where to note what goes wrong; null to let exceptions through.</param>
    internal Steps(GoldenFile file, Caller caller, Findings? findings, Tolerance tolerance)
    {
        (_caller, _findings, _tolerance) = (caller, findings, tolerance);
        _comparer = new Comparer(file, caller);
        Reader = new ValueReader(file, caller, Get);
    }

    internal Dictionary<string, object?> Variables { get; } = [];

    internal ValueReader Reader { get; }

    private object? Get(string name) => Variables.TryGetValue(name, out var value) ? value : throw new UnknownFormException($"the variable {name}");

    /// <summary>Does all steps; false where a step did not go as recorded, so that what follows means nothing.</summary>
    internal bool Do(JsonElement steps)
    {
        var number = 0;
        foreach (var step in GoldenJson.Items(steps))
        {
            number++;
            var fields = GoldenJson.Tagged(step, "dict") ?? step;
            if (!Do(fields, number)) return false;
        }
        return true;
    }

    private bool Do(JsonElement step, int number)
    {
        if (step.TryGetProperty("delete", out var name)) return Variables.Remove(name.GetString()!);
        if (step.TryGetProperty("with", out var context))
        {
            using var scope = (IDisposable)_caller.Call(context.GetString()!, Arguments(step), Reader.ReadFields(GoldenJson.Member(step, "kwargs")))!;
            return Do(step.GetProperty("steps"));
        }
        if (!step.TryGetProperty("call", out var call))
        {
            Variables[step.GetProperty("assign").GetString()!] = Reader.Read(step.GetProperty("value"));
            return true;
        }
        var raises = GoldenJson.Member(step, "raises");
        var part = $"step {number} {call.GetString()}";
        object? result;
        try
        {
            result = _caller.Call(call.GetString()!, Arguments(step), Reader.ReadFields(GoldenJson.Member(step, "kwargs")));
            if (raises is not null || step.TryGetProperty("outputs", out _)) Results.Evaluate(result);
        }
        catch (Exception e) when (raises is not null)
        {
            var (type, message) = CaseRun.Raised(raises.Value);
            var difference = Errors.Compare(type, message, e);
            _findings?.Add($"{part} raises", difference);
            return difference is null;
        }
        catch (Exception e) when (e is not MissingException && _findings is not null)
        {
            _findings.Add(part, Findings.Describe(e));
            return false;
        }
        if (raises is { } expected)
        {
            var (type, message) = CaseRun.Raised(expected);
            _findings?.Add(part, $"expected {type}: {message}; nothing was raised");
            return false;
        }
        if (step.TryGetProperty("assign", out var assign) || step.TryGetProperty("bind", out assign)) Variables[assign.GetString()!] = result;
        if (step.TryGetProperty("outputs", out var outputs) && GoldenJson.Items(outputs).Count > 0)
            _findings?.Add(part, _comparer.CompareAll(outputs, Results.Flatten(result), _tolerance));
        return true;
    }

    private object?[] Arguments(JsonElement step) => step.TryGetProperty("args", out var args) ? Reader.ReadAll(GoldenJson.Items(args)) : [];
}

internal sealed class Programs(GoldenCase c, Caller caller, Findings findings)
{
    internal void Run()
    {
        // Programs with outputs at their steps are about random streams.
        var stream = GoldenJson.Items(c["steps"]!.Value).Any(s => GoldenJson.Member(s, "outputs") is not null);
        var steps = new Steps(c.File, caller, findings, stream ? Tolerance.Stream : Tolerance.Of(c));
        foreach (var (name, value) in steps.Reader.ReadFields(c["inputs"])) steps.Variables[name] = value;
        if (c["seed"] is { } seed) caller.Call("torch.manual_seed", [steps.Reader.Read(seed)], []);
        if (!steps.Do(c["steps"]!.Value)) return;
        if (c["variables"] is { } variables) new VariableCheck(c, caller, findings).Check(GoldenJson.Tagged(variables, "dict") ?? variables, steps.Variables);
    }
}

/// <summary>The state of variables: values, and of tensors their place in storage and in the autograd graph.</summary>
internal sealed class VariableCheck(GoldenCase c, Caller caller, Findings findings)
{
    private readonly Comparer _comparer = new(c.File, caller);
    private readonly Tolerance _tolerance = Tolerance.Of(c);

    internal void Check(JsonElement recorded, Dictionary<string, object?> variables)
    {
        var storages = new List<(string Name, int Number, Tensor Tensor)>();
        foreach (var entry in recorded.EnumerateObject())
        {
            var fields = GoldenJson.Tagged(entry.Value, "dict") ?? entry.Value;
            if (!variables.TryGetValue(entry.Name, out var value))
            {
                findings.Add(entry.Name, "there is no such variable");
                continue;
            }
            findings.Try(entry.Name, () =>
            {
                findings.Add(entry.Name, _comparer.Compare(fields.GetProperty("value"), value, _tolerance));
                if (value is Tensor t && fields.TryGetProperty("stride", out _)) State(entry.Name, fields, t);
                if (value is Tensor shared && fields.TryGetProperty("storage", out var number) && shared.numel() > 0) storages.Add((entry.Name, number.GetInt32(), shared));
            });
        }
        findings.Try("storage", () =>
        {
            for (var i = 0; i < storages.Count; i++)
                for (var j = 0; j < i; j++)
                {
                    var ((a, m, p), (b, n, q)) = (storages[i], storages[j]);
                    if ((m == n) != Tensors.ShareStorage(p, q)) findings.Add("storage", $"{b} and {a} {(m == n ? "must share memory and do not" : "share memory and must not")}");
                }
        });
    }

    private void State(string name, JsonElement fields, Tensor t)
    {
        foreach (var field in fields.EnumerateObject())
        {
            if (field.Name is "value" or "storage" or "parameter") continue;
            object? actual = field.Name switch
            {
                "stride" => t.stride(),
                "storage_offset" => t.storage_offset(),
                "is_contiguous" => t.is_contiguous(),
                "requires_grad" => t.requires_grad,
                "is_leaf" => t.is_leaf,
                "version" => t.is_inference() ? null : t._version,
                "grad_fn" => t.grad_fn?.name(),
                "grad" => t.grad,
                _ => throw new UnknownFormException($"{field.Name} of a variable"),
            };
            findings.Add($"{name}.{field.Name}", _comparer.Compare(field.Value, actual, _tolerance));
        }
        if (!fields.TryGetProperty("grad_fn", out _) && t.grad_fn is { } node) findings.Add($"{name}.grad_fn", $"expected none, got {node.name()}");
        if (!fields.TryGetProperty("grad", out _) && t is { is_leaf: true, grad: not null }) findings.Add($"{name}.grad", "expected none, got one");
    }
}
