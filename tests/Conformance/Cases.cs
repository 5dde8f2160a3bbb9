// One case: prepares the state that it asks for, does it by its kind, and collects what differs.

using System.Text.Json;
using Torch.Tests.Golden;

namespace Torch.Conformance;

internal sealed class CaseRun(GoldenCase c, string fileName)
{
    private static readonly KeyValuePair<string, object?>[] s_none = [];

    private readonly Caller _caller = new();
    private readonly Findings _findings = new();

    /// <summary>Runs a case; nothing that it throws gets out.</summary>
    internal static Outcome Run(GoldenCase c, string fileName)
    {
        var run = new CaseRun(c, fileName);
        run._findings.Try("", run.Do);
        run._findings.Try("reset", run.Reset);
        return run._findings.Outcome(run.FileName, c.Id, c.Call);
    }

    private string FileName { get; } = fileName;

    /// <summary>Whether a case reads or changes what all threads share: the default generator, the default dtype, print options.</summary>
    internal static bool NeedsPeace(GoldenCase c)
    {
        if (c["seed"] is not null || c["printoptions"] is not null || c["next"] is not null) return true;
        return Calls(c.Json).Any(n => n.EndsWith("seed", StringComparison.Ordinal) || n.Contains("rng_state", StringComparison.Ordinal) || n.StartsWith("torch.set_", StringComparison.Ordinal));

        static IEnumerable<string> Calls(JsonElement e) => e.ValueKind switch
        {
            JsonValueKind.Object => e.EnumerateObject().SelectMany(p => p is { Name: "call" or "with", Value.ValueKind: JsonValueKind.String } ? [p.Value.GetString()!] : Calls(p.Value)),
            JsonValueKind.Array => e.EnumerateArray().SelectMany(Calls),
            _ => [],
        };
    }

    private void Do()
    {
        if (c["printoptions"] is { } options)
        {
            _caller.Call("torch.set_printoptions", [], [new("profile", "default")]);
            _caller.Call("torch.set_printoptions", [], new ValueReader(c.File, _caller).ReadFields(options));
        }
        if (IsOfIntel) torch.random.intel_bernoulli = true;
        if (c["function"] is not null || c.Call == "transform") new Transforms(c, _caller, _findings).Run();
        else if (c.Call == "program") new Programs(c, _caller, _findings).Run();
        else if (c["length"] is not null || c.Call is "torch.random.fork_rng" or "torch.utils.data.random_split") new Streams(c, _caller, _findings).Run();
        else Plain();
    }

    /// <summary>Whether a case was recorded for another kind of machine, where some streams differ.</summary>
    private bool IsOfIntel => c["note"]?.GetString()?.StartsWith("Intel path", StringComparison.Ordinal) is true;

    /// <summary>Undoes what a case may have left behind in its thread or the process.</summary>
    private void Reset()
    {
        torch.set_grad_enabled(true);
        if (IsOfIntel) torch.random.intel_bernoulli = false;
        if (c["printoptions"] is not null && _caller.Has("torch.set_printoptions")) _caller.Call("torch.set_printoptions", [], [new("profile", "default")]);
        if (torch.get_default_dtype() != torch.ScalarType.Float32) torch.set_default_dtype(torch.ScalarType.Float32);
    }

    /// <summary>A call with arguments and results.</summary>
    private void Plain()
    {
        var reader = new ValueReader(c.File, _caller) { Strides = GivenStrides() };
        var args = reader.ReadAll(c.Args);
        var kwargs = reader.ReadFields(c["kwargs"]);
        if (c["seed"] is { } seed) _caller.Call("torch.manual_seed", [reader.Read(seed)], s_none);

        object? result;
        try
        {
            // What is asked of a dtype is asked of C#'s enum member.
            result = c.Call == "torch.dtype" ? Tensors.TypeOf(((DTypeName)args[0]!).Name) : _caller.Call(c.Call, args, kwargs);
            Results.Evaluate(result);
            foreach (var t in ValueReader.TensorsIn([.. args, .. kwargs.Select(k => k.Value)])) Tensors.Evaluate(t);
        }
        catch (Exception e) when (c.Raises is not null)
        {
            var (type, message) = Raised(c["raises"]!.Value);
            _findings.Add("raises", Errors.Compare(type, message, e));
            return;
        }
        if (c["raises"] is { } raises)
        {
            var (type, message) = Raised(raises);
            _findings.Add("raises", $"expected {type}: {message}; nothing was raised");
            return;
        }
        var outputs = c["output_names"] is { } names ? [.. names.EnumerateArray().Select(n => Field(c.Call, result!, n.GetString()!))] : Results.Flatten(result, c.Outputs);
        _findings.Try("outputs", () => _findings.Add("outputs", new Checks(c, _caller).Outputs(outputs, args, kwargs)));
        _findings.Try("next", () => Next(reader));
        _findings.Try("mutated", () => Arguments(args, kwargs));
        var gradients = new Gradients(c, _caller, _findings);
        if (c["grads"] is not null) _findings.Try("grads", () => gradients.Reverse(reader, outputs, [.. args, .. kwargs.Select(k => k.Value)]));
        if (c["jvp"] is { } jvp) _findings.Try("jvp", () => gradients.Forward(jvp));
    }

    internal static (string Type, string Message) Raised(JsonElement raises) =>
        (GoldenJson.Member(raises, "type")!.Value.GetString()!, GoldenJson.Member(raises, "message")!.Value.GetString()!);

    /// <summary>Strides of the tensor to fill, or of the tensors among the arguments, where they are recorded apart from the values.</summary>
    private Queue<long[]>? GivenStrides()
    {
        if (c["self_strides"] is { } self) return new([GoldenJson.Int64s(self)]);
        return c["arg_strides"] is { } all ? new(GoldenJson.Items(all).Select(GoldenJson.Int64s)) : null;
    }

    /// <summary>A field of a result, or of the type that was asked about: a property, or a method without arguments.</summary>
    private object? Field(string call, object value, string name) =>
        Resolver.Of(value.GetType(), name).Count == 0 ? throw new MissingException($"{call}.{name}") : _caller.Call("getattr", [value, name], s_none);

    /// <summary>The generators must have been used just as much as PyTorch's.</summary>
    private void Next(ValueReader reader)
    {
        if (c["next"] is { } next) Draw("next", next, s_none);
        if (c["generator_next"] is { } own) Draw("generator_next", own, [new("generator", reader.Generators[0])]);

        void Draw(string part, JsonElement expected, KeyValuePair<string, object?>[] generator)
        {
            var drawn = (Tensor)_caller.Call("torch.rand", [1L], generator)!;
            var value = Tensors.Read(drawn).Real(0);
            if (value != GoldenJson.Double(expected)) _findings.Add(part, $"expected {GoldenJson.Double(expected):R}, got {value:R}: another number of draws");
        }
    }

    /// <summary>Every tensor among the arguments has the values that are recorded for afterwards, or those that it had before.</summary>
    private void Arguments(object?[] args, KeyValuePair<string, object?>[] kwargs)
    {
        var mutated = new Dictionary<string, JsonElement>();
        foreach (var entry in c["mutated"] is { } m ? GoldenJson.Items(m) : [])
            mutated[GoldenJson.Member(entry, "path")!.Value.GetString()!] = GoldenJson.Member(entry, "value")!.Value;
        var comparer = new Comparer(c.File, _caller);
        // What is filled by a call that is recorded without `mutated`: the stream cases give the tensor to fill and the result only.
        var fills = c["seed"] is not null && c.Call.EndsWith('_') && mutated.Count == 0;
        var tolerance = Tolerance.Of(c);
        var check = c["check"]?.GetString();

        for (var i = 0; i < args.Length; i++)
            if (!(fills && i == 0)) Visit($"args.{i}", c.Args[i], args[i]);
        foreach (var (name, value) in kwargs) Visit($"kwargs.{name}", c.Kwarg(name) ?? default, value);

        void Visit(string path, JsonElement before, object? value)
        {
            if (mutated.TryGetValue(path, out var after))
            {
                _findings.Add($"mutated {path}", Checks.IsFree(check) ? Checks.ShapeOnly(c.File, after, value) : check is not null and not "random" ? null : comparer.Compare(after, value, tolerance));
                return;
            }
            switch (value)
            {
                case Sequence s:
                    var items = GoldenJson.Items(before);
                    for (var i = 0; i < s.Items.Length; i++) Visit($"{path}.{i}", items[i], s.Items[i]);
                    break;
                case Tensor t when c.File.TensorOf(before) is { } data:
                    _findings.Add($"{path} must not change", Comparer.Difference(Elements.Of(data), Tensors.Read(t), Tolerance.Exact));
                    break;
            }
        }
    }
}
