// Cases about random streams whose form is their own: samplers (two passes over each), random_split, fork_rng.

using Torch.Tests.Golden;

namespace Torch.Conformance;

internal sealed class Streams(GoldenCase c, Caller caller, Findings findings)
{
    private static readonly KeyValuePair<string, object?>[] s_none = [];

    internal void Run()
    {
        var reader = new ValueReader(c.File, caller);
        var args = reader.ReadAll(c.Args);
        var kwargs = reader.ReadFields(c["kwargs"]);
        if (c["seed"] is { } seed) caller.Call("torch.manual_seed", [reader.Read(seed)], s_none);
        object?[] outputs = c.Call switch
        {
            "torch.random.fork_rng" => Fork(),
            // The parts of a range are their indices.
            "torch.utils.data.random_split" => [.. Results.Items(caller.Call(c.Call, [Range(args[0]), .. args[1..]], kwargs)).Select(Listed)],
            _ => Passes(args[0] is long ? [Range(args[0]), .. args[1..]] : args, kwargs),
        };
        findings.Add("outputs", new Comparer(c.File, caller).CompareAll(c["outputs"]!.Value, outputs, Tolerance.Stream));
        if (c["next"] is not { } next) return;
        var drawn = Tensors.Read((Tensor)caller.Call("torch.rand", [1L], s_none)!).Real(0);
        if (drawn != GoldenJson.Double(next)) findings.Add("next", $"expected {GoldenJson.Double(next):R}, got {drawn:R}");
    }

    /// <summary>An integer as the data set means range(n).</summary>
    private static object? Range(object? size) => size is long n ? new Sequence([.. Enumerable.Range(0, (int)n).Select(i => (object)(long)i)], false) : size;

    private object?[] Passes(object?[] args, KeyValuePair<string, object?>[] kwargs)
    {
        var sampler = caller.Call(c.Call, args, kwargs)!;
        if (c["length"] is { } length) findings.Add("length", new Comparer(c.File, caller).Compare(length, caller.Call("getattr", [sampler, "Count"], s_none), Tolerance.Exact));
        return [.. Enumerable.Range(0, c.Outputs.Count).Select(_ => Listed(sampler))];
    }

    private static object Listed(object? items) => new Sequence(Results.Items(items), false);

    /// <summary>rand(2); inside the scope randn(5), manual_seed(99), rand(2); outside again rand(2).</summary>
    private object?[] Fork()
    {
        var first = caller.Call("torch.rand", [2L], s_none);
        object? inside, seeded;
        using ((IDisposable)caller.Call(c.Call, [], s_none)!)
        {
            inside = caller.Call("torch.randn", [5L], s_none);
            caller.Call("torch.manual_seed", [99L], s_none);
            seeded = caller.Call("torch.rand", [2L], s_none);
        }
        return [first, inside, seeded, caller.Call("torch.rand", [2L], s_none)];
    }
}
