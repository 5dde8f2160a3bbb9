// The recorded files of PyTorch, safetensors and NumPy: what loads must hold what they recorded, what they refuse must be refused by our exception.
// Hostile files may neither crash, hang, nor take memory out of proportion.
using System.Diagnostics;
using System.Text.Json;
using Torch.Serialization;
using Torch.Serialization.Pickle;
using Torch.Tests.Golden;
using Xunit;
using Xunit.Abstractions;

namespace Torch.Tests.Serialization;

public sealed class RecordedFileTests(ITestOutputHelper output)
{
    private const string Folder = "golden/serialization";

    [SharedTheory(Folder)]
    [InlineData("torch/dtype")]
    [InlineData("torch/structure")]
    [InlineData("torch/state_dict")]
    [InlineData("torch/optimizer")]
    [InlineData("torch/checkpoint")]
    [InlineData("torch/protocol")]
    [InlineData("torch/archive")]
    [InlineData("torch/unsafe_globals")]
    [InlineData("torch/whole_module")]
    [InlineData("hostile/archive")]
    [InlineData("hostile/bitflip")]
    [InlineData("hostile/bomb")]
    [InlineData("hostile/code")]
    [InlineData("hostile/legacy")]
    [InlineData("hostile/pickle")]
    [InlineData("hostile/tensor")]
    [InlineData("hostile/truncated")]
    public void Checkpoints_load_or_are_refused_as_recorded(string group) => Run(group, (file, c, path) =>
    {
        if (c.Call == "torch.serialization.get_unsafe_globals_in_checkpoint")
        {
            return Checkpoint.UnsafeGlobals(ByteSource.Open(path)).SequenceEqual(c.Outputs[0].EnumerateArray().Select(n => n.GetString()!)) ? null : "other names";
        }
        using var checkpoint = Checkpoint.Load(path, Options(c));
        if (c.Outputs.Count == 0) return Touch(checkpoint.Root);
        if (GoldenJson.Tagged(c.Outputs[0], "module") is { } module) return checkpoint.Root is PyObject o && o.FullName == module.GetString() ? null : "not a module";
        return StructureComparer.Difference(file, c.Outputs[0], checkpoint.Root);
    });

    [SharedTheory(Folder)]
    [InlineData("safetensors/good")]
    [InlineData("safetensors/bad")]
    public void Safetensors_load_or_are_refused_as_recorded(string group) => Run(group, (file, c, path) =>
    {
        using var loaded = Safetensors.Open(path);
        if (c["metadata"] is { } metadata && !metadata.EnumerateObject().Select(p => (p.Name, p.Value.GetString()!)).SequenceEqual(loaded.Metadata!.Select(p => (p.Key, p.Value)))) return "metadata";
        var dict = new PyDict();
        foreach (var entry in loaded.Entries) dict[entry.Name] = entry.ToTensor();
        return c.Outputs.Count == 0 ? Touch(dict) : StructureComparer.Difference(file, c.Outputs[0], dict);
    });

    [SharedTheory(Folder)]
    [InlineData("numpy/npy")]
    [InlineData("numpy/bad_npy")]
    [InlineData("numpy/npz")]
    public void Numpy_files_load_or_are_refused_as_recorded(string group) => Run(group, (file, c, path) =>
    {
        using var source = ByteSource.Open(path);
        object value;
        if (path.EndsWith(".npz", StringComparison.Ordinal))
        {
            var dict = new PyDict();
            foreach (var (name, array) in Npz.Read(source)) dict[name] = array;
            value = dict;
        }
        else
        {
            value = Npy.Read(source);
        }
        return c.Outputs.Count == 0 ? null : StructureComparer.Difference(file, c.Outputs[0], value);
    });

    private void Run(string group, Func<GoldenFile, GoldenCase, string, string?> load)
    {
        var file = GoldenFile.Open(Shared.Path($"{Folder}/{group}.json"));
        var failures = new List<string>();
        foreach (var c in file.Cases.Where(c => c["file"] is not null))
        {
            if (c.Kwarg("mmap") is not null && c["file"]!.Value.GetString()!.Contains("legacy", StringComparison.Ordinal)) continue; // how to read is the caller's affair
            var expect = c["expect"]?.GetString() ?? (c.Raises is null ? "loads" : "raises");
            var path = Shared.Path($"{Folder}/{c["file"]!.Value.GetString()}");
            var watch = Stopwatch.StartNew();
            var before = GC.GetAllocatedBytesForCurrentThread();
            string? fault;
            try
            {
                fault = load(file, c, path);
                if (expect == "raises") fault = "was loaded";
                else if (expect is "bounded") fault = null;
            }
            catch (SerializationException e)
            {
                output.WriteLine($"{c.Id}: {e.Message}");
                fault = expect == "loads" ? e.Message : null;
            }
            catch (Exception e)
            {
                fault = e.ToString();
            }
            if (watch.Elapsed.TotalSeconds > 10) fault = $"took {watch.Elapsed}";
            if (GC.GetAllocatedBytesForCurrentThread() - before > 1L << 30) fault = "took more than 1 GB";
            if (fault is not null) failures.Add($"{c.Id} ({c["file"]}): {fault}");
        }
        Assert.False(File.Exists("pwned_by_pickle"), "code of a file was run");
        Assert.True(failures.Count == 0, $"{failures.Count} of {file.Cases.Count}:\n{string.Join("\n", failures)}");
    }

    private static CheckpointOptions Options(GoldenCase c)
    {
        var safe = c["safe_globals"] is { } names && c.Raises is null ? names.EnumerateArray().Select(n => n.GetString()!).ToHashSet() : [];
        var all = c.Kwarg("weights_only") is { ValueKind: JsonValueKind.False };
        var options = new CheckpointOptions { Pickle = new PickleOptions { Allows = name => all || safe.Contains(name) } };
        if (c.Kwarg("map_location") is not { } map) return options;
        if (GoldenJson.Tagged(map, "device") is { } device) map = device;
        if (map.ValueKind == JsonValueKind.String) return options with { MapLocation = _ => map.GetString()! };
        return options with { MapLocation = location => GoldenJson.Member(map, location)?.GetString() ?? location };
    }

    /// <summary>Reads all bytes of what was loaded, so that a fault that only reading finds is found.</summary>
    internal static string? Touch(object? root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object?>([root]);
        while (open.TryPop(out var value))
        {
            if (value is null || !seen.Add(value)) continue;
            IEnumerable<object?> parts = value switch
            {
                List<object?> list => list,
                PyTuple tuple => tuple.Items,
                PyDict dict => dict.Items.Select(p => p.Value),
                StoredSparse s => s.Parts,
                StoredQuantized q => [q.Integers, q.Scales, q.ZeroPoints],
                StoredTensor t => [t.Storage],
                _ => [],
            };
            foreach (var part in parts) open.Push(part);
            if (value is StoredStorage { Data: { } data }) data.CopyTo(Stream.Null);
            if (value is StoredTensor { IsMeta: false, Count: < 1 << 20 } tensor) tensor.GatherBytes();
        }
        return null;
    }
}
