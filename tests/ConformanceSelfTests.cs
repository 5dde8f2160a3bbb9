// The conformance runner must notice what is wrong: copies of passing cases are corrupted, one field at a time, and each must fail. Where a case has several fields of a
// kind, the first is taken. The kinds are found by looking for passing cases that have the field.

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Torch.Conformance;
using Torch.Tests.Golden;
using Xunit;

namespace Torch.Tests;

[Collection(nameof(Alone))]
public sealed class ConformanceSelfTests
{
    /// <summary>A way to corrupt a case: null where the case has no such field. Tensors that it needs are added to the table.</summary>
    private delegate JsonObject? Corruption(JsonObject c, GoldenFile file, Dictionary<string, GoldenTensor> tensors);

    private static readonly Dictionary<string, Corruption> s_corruptions = new()
    {
        ["value of an output"] = (c, f, t) => Tensor(c, f, t, Values, "outputs"),
        ["dtype of an output"] = (c, f, t) => Tensor(c, f, t, DTypes, "outputs"),
        ["shape of an output"] = (c, f, t) => Tensor(c, f, t, Shapes, "outputs"),
        ["stride of an output"] = (c, _, _) => Changed(c, c => First(c)?["strides"] is JsonArray { Count: > 0 } s && Bump(s)),
        ["lost strides of an output"] = (c, _, _) => Changed(c, c => First(c) is { } o && o.Remove("strides")),
        ["output more"] = (c, _, _) => Changed(c, c => AddNull(c["outputs"])),
        ["bool output"] = (c, _, _) => Scalar(c, JsonValueKind.True, false),
        ["integer output"] = (c, _, _) => Scalar(c, JsonValueKind.Number, 12345),
        ["text output"] = (c, _, _) => Text(c),
        ["gradient"] = (c, f, t) => Tensor(c, f, t, Values, "grads"),
        ["gradient that should be absent"] = (c, _, _) => Changed(c, c => c["grads"] is JsonArray { Count: > 0 } g && g[0] is not null && Set(g, 0, null)),
        ["mutated value"] = (c, f, t) => Mutated(c, f, t),
        ["mutated and not recorded"] = (c, _, _) => Changed(c, c => c.Remove("mutated")),
        ["exception where there is none"] = (c, _, _) => c.ContainsKey("raises") || c["call"]!.GetValue<string>() == "program" ? null
            : Changed(c, c => Add(c, "raises", new JsonObject { ["type"] = "RuntimeError", ["message"] = "no" })),
        ["exception that is not recorded"] = (c, _, _) => Changed(c, c => c.Remove("raises")),
        ["kind of an exception"] = (c, _, _) => Raises(c, "type", old => old == "ValueError" ? "IndexError" : "ValueError"),
        ["number in a message"] = (c, _, _) => Raises(c, "message", old => old.IndexOfAny([.. "123456789"]) is >= 0 and var at && (at == 0 || !char.IsLetter(old[at - 1])) ? old[..at] + "77" + old[(at + 1)..] : null),
        ["name in a message"] = (c, _, _) => Raises(c, "message", old => old + " 'nonsense'"),
        ["value of a variable"] = (c, f, t) => Variable(c, v => v["value"] is JsonObject o && Swap(o, f, t, Values)),
        ["stride of a variable"] = (c, _, _) => Variable(c, v => v["stride"] is JsonArray { Count: > 0 } s && Set(s, 0, 77)),
        ["offset of a variable"] = (c, _, _) => Variable(c, v => v.ContainsKey("storage_offset") && Put(v, "storage_offset", 77)),
        ["contiguity of a variable"] = (c, _, _) => Variable(c, v => Flip(v, "is_contiguous")),
        ["requires_grad of a variable"] = (c, _, _) => Variable(c, v => Flip(v, "requires_grad")),
        ["is_leaf of a variable"] = (c, _, _) => Variable(c, v => Flip(v, "is_leaf")),
        ["version of a variable"] = (c, _, _) => Variable(c, v => v["version"] is JsonValue && Put(v, "version", 77)),
        ["grad_fn of a variable"] = (c, _, _) => Variable(c, v => v.ContainsKey("grad_fn") && Put(v, "grad_fn", "NonsenseBackward0")),
        ["lost grad_fn of a variable"] = (c, _, _) => Variable(c, v => v.Remove("grad_fn")),
        ["grad of a variable"] = (c, f, t) => Variable(c, v => v["grad"] is JsonObject o && Swap(o, f, t, Values)),
        ["lost grad of a variable"] = (c, _, _) => Variable(c, v => v.Remove("grad")),
        ["shared storage"] = (c, _, _) => Storage(c),
        ["name of the call"] = (c, _, _) => c["call"]!.GetValue<string>() is "program" ? null : Changed(c, c => Put(c, "call", "torch.nonsense")),
        ["argument more"] = (c, _, _) => c.ContainsKey("raises") ? null : Changed(c, c => c["kwargs"] is JsonObject k && Put(k, "nonsense", 1)),
        ["second gradient"] = (c, f, t) => Nested(c, f, t, "gradgrad", "leaves"),
        ["gradient for a cotangent"] = (c, f, t) => Nested(c, f, t, "gradgrad", "first_cotangents"),
        ["tangent"] = (c, f, t) => Nested(c, f, t, "jvp", "outputs"),
        ["draws consumed"] = (c, _, _) => Changed(c, c => c["next"] is JsonValue && Put(c, "next", 0.123)),
        ["output of a step"] = (c, f, t) => Step(c, f, t),
    };

    /// <summary>Kinds for which no case passes yet; each leaves this list as soon as one does, and the test says so.</summary>
    private static readonly HashSet<string> s_notYet = ["tangent"];

    public static TheoryData<string> Kinds => [.. s_corruptions.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_corrupted_case_fails(string kind)
    {
        var folder = Directory.CreateTempSubdirectory("conformance").FullName;
        try
        {
            var tried = 0;
            foreach (var file in s_passing.Value)
            {
                // The first of each file that have the field, and not more than show that the runner looks.
                if (tried >= 40) break;
                foreach (var (c, n) in file.Cases.SelectMany(c => Corrupted(kind, c) is { } path ? [(c, path)] : Array.Empty<(GoldenCase, (JsonObject, Dictionary<string, GoldenTensor>))>()).Take(2))
                {
                    var path = Path.Combine(folder, $"{tried++}.json");
                    File.WriteAllText(path, new JsonObject { ["source"] = "corrupted", ["cases"] = new JsonArray(n.Item1) }.ToJsonString(), Encoding.UTF8);
                    File.WriteAllBytes(Path.ChangeExtension(path, ".safetensors"), Extract.Safetensors(n.Item2));
                    var outcome = Assert.Single(new Runner(null, 1).Run([new CaseFile(path, "corrupted")]));
                    Assert.False(outcome.Passed, $"the runner does not notice: {kind} of {c.Id}");
                }
            }
            Assert.Equal(s_notYet.Contains(kind), tried == 0);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void What_takes_too_long_is_left_behind_and_the_next_goes_on()
    {
        var outcome = new Outcome("", "", "", Status.Passed, "");
        using var never = new ManualResetEvent(false);
        using var worker = new Worker(TimeSpan.FromMilliseconds(100));
        Assert.Null(worker.Do(() =>
        {
            never.WaitOne();
            return outcome;
        }));
        never.Set();
        using var patient = new Worker(TimeSpan.FromMinutes(1));
        Assert.Same(outcome, patient.Do(() => outcome));
        Assert.Same(outcome, patient.Do(() => outcome));
    }

    private sealed record Passing(IReadOnlyList<GoldenCase> Cases);

    /// <summary>The committed cases that pass, by file.</summary>
    private static readonly Lazy<List<Passing>> s_passing = new(() =>
    {
        var files = Runner.Walk([ConformanceTests.Folder]);
        var passed = new Runner(null, 1).Run(files).Where(o => o.Passed).Select(o => (o.File, o.Id)).ToHashSet();
        return [.. files.Select(f => new Passing([.. GoldenFile.Open(f.Path).Cases.Where(c => passed.Contains((f.Name, c.Id)))]))];
    });

    private static (JsonObject, Dictionary<string, GoldenTensor>)? Corrupted(string kind, GoldenCase c)
    {
        var tensors = c.File.Keys.ToDictionary(k => k, c.File.Tensor);
        var copy = JsonNode.Parse(c.Json.GetRawText())!.AsObject();
        return s_corruptions[kind](copy, c.File, tensors) is { } corrupted ? (corrupted, tensors) : null;
    }

    // Ways to corrupt a tensor; null where it cannot be done so that it matters.

    private static GoldenTensor? Values(GoldenTensor t)
    {
        if (t.Count == 0) return null;
        var bytes = t.Data.ToArray();
        var size = bytes.Length / (int)t.Count;
        if (t.DType == "BOOL") bytes[0] ^= 1;
        // The top byte of the last element: sign and exponent of a float, magnitude of an integer.
        else bytes[^1] ^= 0x43;
        return size == 0 ? null : t with { Data = bytes };
    }

    private static GoldenTensor? DTypes(GoldenTensor t) => t.DType switch
    {
        "F32" => t with { DType = "I32" },
        "I64" => t with { DType = "F64" },
        "F64" => t with { DType = "I64" },
        "BOOL" => t with { DType = "U8" },
        _ => null,
    };

    private static GoldenTensor? Shapes(GoldenTensor t) => t with { Shape = [.. t.Shape, 1] };

    private static bool Swap(JsonObject value, GoldenFile file, Dictionary<string, GoldenTensor> tensors, Func<GoldenTensor, GoldenTensor?> change)
    {
        if (value["tensor"]?.GetValue<string>() is not { } key || change(file.Tensor(key)) is not { } changed) return false;
        tensors["corrupted"] = changed;
        value["tensor"] = "corrupted";
        return true;
    }

    private static JsonObject? Tensor(JsonObject c, GoldenFile file, Dictionary<string, GoldenTensor> tensors, Func<GoldenTensor, GoldenTensor?> change, string field) =>
        // Where only shapes are promised, values are free.
        c["check"] is null && c[field] is JsonArray list && list.FirstOrDefault(o => o is JsonObject v && v.ContainsKey("tensor")) is JsonObject value && Swap(value, file, tensors, change) ? c : null;

    private static JsonObject? Nested(JsonObject c, GoldenFile file, Dictionary<string, GoldenTensor> tensors, string part, string field) =>
        (c[part]?["dict"] ?? c[part])?[field] is JsonArray list && list.FirstOrDefault(o => o is JsonObject v && v.ContainsKey("tensor")) is JsonObject value && Swap(value, file, tensors, Values) ? c : null;

    private static JsonObject? Mutated(JsonObject c, GoldenFile file, Dictionary<string, GoldenTensor> tensors) =>
        c["check"] is null && (c["mutated"]?[0]?["dict"] ?? c["mutated"]?[0])?["value"] is JsonObject value && Swap(value, file, tensors, Values) ? c : null;

    private static JsonObject? Step(JsonObject c, GoldenFile file, Dictionary<string, GoldenTensor> tensors)
    {
        foreach (var step in c["steps"] as JsonArray ?? [])
            if ((step?["dict"] ?? step)?["outputs"]?.AsArray().FirstOrDefault() is JsonObject value && Swap(value, file, tensors, Values)) return c;
        return null;
    }

    private static JsonObject? Scalar(JsonObject c, JsonValueKind kind, JsonNode to) =>
        c["outputs"] is JsonArray { Count: > 0 } list && list[0] is JsonValue v && v.GetValueKind() == kind && Set(list, 0, to) ? c : null;

    private static JsonObject? Text(JsonObject c) =>
        c["outputs"] is JsonArray { Count: > 0 } list && list[0] is JsonValue v && v.GetValueKind() == JsonValueKind.String && Set(list, 0, v.GetValue<string>() + " ") ? c : null;

    private static JsonObject? Raises(JsonObject c, string field, Func<string, string?> change)
    {
        var raises = (c["raises"]?["dict"] ?? c["raises"]) as JsonObject;
        if (raises?[field]?.GetValue<string>() is not { } old || change(old) is not { } text) return null;
        // Messages that the argument parser would give are not compared.
        var type = raises["type"]!.GetValue<string>();
        if (type is "TypeError" or "AttributeError" || old.StartsWith("only integers", StringComparison.Ordinal) || raises["message"]!.GetValue<string>().Contains("not implemented for", StringComparison.Ordinal)) return null;
        raises[field] = text;
        return c;
    }

    private static IEnumerable<JsonObject> Variables(JsonObject c) =>
        ((c["variables"]?["dict"] ?? c["variables"]) as JsonObject)?.Select(v => (v.Value?["dict"] ?? v.Value) as JsonObject).OfType<JsonObject>() ?? [];

    private static JsonObject? Variable(JsonObject c, Func<JsonObject, bool> change) => Variables(c).Any(change) ? c : null;

    private static JsonObject? Storage(JsonObject c)
    {
        // Two that share are said not to, or the other way round.
        var all = Variables(c).Where(v => v.ContainsKey("storage")).ToArray();
        if (all.Length < 2) return null;
        var (a, b) = (all[0]["storage"]!.GetValue<int>(), all[1]["storage"]!.GetValue<int>());
        all[1]["storage"] = a == b ? 77 : a;
        return c;
    }

    private static JsonObject? First(JsonObject c) => c["check"] is null ? (c["outputs"] as JsonArray)?.FirstOrDefault() as JsonObject : null;

    private static JsonObject? Changed(JsonObject c, Func<JsonObject, bool> change) => change(c) ? c : null;

    private static bool Set(JsonArray list, int at, JsonNode? to)
    {
        list[at] = to;
        return true;
    }

    private static bool Put(JsonObject o, string name, JsonNode to)
    {
        o[name] = to;
        return true;
    }

    private static bool Add(JsonObject o, string name, JsonNode value) => o.TryAdd(name, value);

    private static bool AddNull(JsonNode? list)
    {
        (list as JsonArray)?.Add(null);
        return list is JsonArray;
    }

    private static bool Bump(JsonArray strides)
    {
        for (var i = 0; i < strides.Count; i++) strides[i] = strides[i]!.GetValue<long>() + 7;
        return true;
    }

    private static bool Flip(JsonObject o, string name) => o[name] is JsonValue v && Put(o, name, !v.GetValue<bool>());
}
