// What we write: byte by byte what PyTorch, safetensors and NumPy write where that is recorded, and what we read again; a file is replaced whole or not
// at all; a real PyTorch, where one is installed, reads ours and we read its.
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Torch.Kernels;
using Torch.Serialization;
using Torch.Serialization.Pickle;
using Torch.Serialization.Zip;
using Torch.Tests.Golden;
using Xunit;

namespace Torch.Tests.Serialization;

public sealed class WriterTests
{
    private const string Folder = "golden/serialization";

    /// <summary>Recorded pickles that differ from ours: Python held an equal string as two objects and wrote it twice, or an untyped storage (a uint8 one to us).</summary>
    private static readonly HashSet<string> OtherBytes = ["torch/state_dict#37.0 parameterlist", "torch/checkpoint#3.0 with_scaler", "torch/structure#240.0 untyped_storage_zip"];

    [SharedTheory(Folder)]
    [InlineData("torch/dtype")]
    [InlineData("torch/structure")]
    [InlineData("torch/state_dict")]
    [InlineData("torch/optimizer")]
    [InlineData("torch/checkpoint")]
    public void A_checkpoint_that_was_read_is_written_again_with_the_same_content(string group)
    {
        var file = GoldenFile.Open(Shared.Path($"{Folder}/{group}.json"));
        var (same, all, differ) = (0, 0, new List<string>());
        foreach (var c in file.Cases.Where(c => c.Raises is null && c.Outputs.Count == 1 && c["safe_globals"] is null && c["expect"] is null).DistinctBy(c => c["file"]!.Value.GetString()))
        {
            var path = Shared.Path($"{Folder}/{c["file"]!.Value.GetString()}");
            using var loaded = Checkpoint.Load(path);
            if (loaded.Root is StoredJagged) continue;
            using var stream = new MemoryStream();
            ZipCheckpoint.Write(stream, loaded.Root);
            using var again = Checkpoint.Load(ByteSource.FromMemory(stream.ToArray()));
            Assert.Null(StructureComparer.Difference(file, c.Outputs[0], again.Root));
            using var old = new MemoryStream();
            LegacyCheckpoint.Write(old, loaded.Root);
            using var legacy = Checkpoint.Load(ByteSource.FromMemory(old.ToArray()));
            Assert.Null(StructureComparer.Difference(file, c.Outputs[0], legacy.Root));
            if (path.EndsWith("_legacy.pt", StringComparison.Ordinal)) continue;
            all++;
            if (Pickle(ByteSource.Open(path)).AsSpan().SequenceEqual(Pickle(ByteSource.FromMemory(stream.ToArray())))) same++;
            else differ.Add(c.Id);
        }
        Assert.True(differ.TrueForAll(OtherBytes.Contains), $"{same} of {all} pickles are the same; not: {string.Join(", ", differ)}");

        static byte[] Pickle(ByteSource source)
        {
            using var _ = source;
            var zip = new ZipReader(source);
            return zip.Open(zip.Entries.First(e => e.Name.EndsWith("/data.pkl", StringComparison.Ordinal))).ReadAll();
        }
    }

    [SharedFact(Folder)]
    public void The_records_of_an_archive_lie_where_PyTorch_puts_them()
    {
        var layout = JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(Shared.Path($"{Folder}/torch/layout.json"))).EnumerateArray().First(o => o.GetProperty("object").GetString() == "tensor");
        var t = StoredTensor.Contiguous(DTypeValue.Float32, [4], new byte[16]);
        using var stream = new MemoryStream();
        ZipCheckpoint.Write(stream, t, "tensor");
        var zip = new ZipReader(ByteSource.FromMemory(stream.ToArray()));
        var expected = layout.GetProperty("records").EnumerateArray().ToList();
        Assert.Equal(expected.Select(r => (r.GetProperty("name").GetString(), r.GetProperty("header_at").GetInt64(), r.GetProperty("size").GetInt64())), zip.Entries.Select(e => ((string?)e.Name, e.HeaderAt, e.Size)));
        foreach (var (record, entry) in expected.Zip(zip.Entries)) Assert.Equal(record.GetProperty("data_at").GetInt64(), zip.Open(entry, verify: true).Origin);
        Assert.Equal(layout.GetProperty("file_bytes").GetInt64(), stream.Length);
    }

    [SharedFact(Folder)]
    public void Safetensors_are_written_byte_by_byte_as_the_reference_does()
    {
        foreach (var path in Directory.GetFiles(Shared.Path($"{Folder}/safetensors/good")))
        {
            // Made by hand to be odd, which the reference writer is not.
            if (Path.GetFileNameWithoutExtension(path) is "header_padded" or "offsets_in_other_order" or "json_escapes" or "whitespace" or "zero_size_between") continue;
            using var file = Safetensors.Open(path);
            using var stream = new MemoryStream();
            Safetensors.Write(stream, file.Entries.Select(e => new KeyValuePair<string, StoredTensor>(e.Name, e.ToTensor())), file.Metadata);
            Assert.True(File.ReadAllBytes(path).AsSpan().SequenceEqual(stream.ToArray()), path);
        }
    }

    [SharedFact(Folder)]
    public void Arrays_are_written_byte_by_byte_as_NumPy_does()
    {
        foreach (var path in Directory.GetFiles(Shared.Path($"{Folder}/numpy/npy")))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            if (name is "version_2" or "trailing_bytes" or "unaligned_header" or "keys_reordered" or "object" or "void") continue;
            using var source = ByteSource.Open(path);
            var array = Npy.Read(source);
            if (array.DType.Order == '>' || array.ToTensor() is not { } tensor) continue;
            using var stream = new MemoryStream();
            Npy.Write(stream, tensor);
            Assert.True(source.ReadAll().AsSpan().SequenceEqual(stream.ToArray()), name);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_npz_round_trips(bool compressed)
    {
        var x = StoredTensor.Contiguous(DTypeValue.Of(ElementType.Float64), [100], new byte[800]);
        var y = StoredTensor.Contiguous(DTypeValue.Int64, [], BitConverter.GetBytes(7L));
        using var stream = new MemoryStream();
        Npz.Write(stream, [new("x", x), new("sub/y", y)], compressed);
        var read = Npz.Read(ByteSource.FromMemory(stream.ToArray()));
        Assert.Equal(["x", "sub/y"], read.Select(p => p.Key));
        Assert.Equal(x.GatherBytes(), ((NumpyArray)read[0].Value).Data.ReadAll());
        Assert.Equal(7L, BitConverter.ToInt64(((NumpyArray)read[1].Value).Data.ReadAll()));
    }

    [Fact]
    public void A_structure_as_deep_as_the_reader_allows_is_written_on_a_small_stack()
    {
        object? deep = 1L;
        for (var i = 0; i < 900; i++) deep = i % 2 == 0 ? new List<object?> { deep } : new PyTuple(deep);
        Exception? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    using var stream = new MemoryStream();
                    ZipCheckpoint.Write(stream, deep);
                    Checkpoint.Load(ByteSource.FromMemory(stream.ToArray())).Dispose();
                }
                catch (Exception e)
                {
                    failure = e;
                }
            },
            768 << 10);
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        using var sink = new MemoryStream();
        for (var i = 0; i < 200; i++) deep = new List<object?> { deep };
        Assert.Throws<TorchException>(() => ZipCheckpoint.Write(sink, deep));
    }

    [Fact]
    public void A_structure_that_contains_itself_round_trips()
    {
        var list = new List<object?>();
        list.Add(new PyTuple(list, 1L));
        using var stream = new MemoryStream();
        ZipCheckpoint.Write(stream, list);
        using var loaded = Checkpoint.Load(ByteSource.FromMemory(stream.ToArray()));
        var again = Assert.IsType<List<object?>>(loaded.Root);
        Assert.Same(again, Assert.IsType<PyTuple>(again[0]).Items[0]);
    }

    [Fact]
    public void One_storage_under_two_types_is_refused_as_PyTorch_does()
    {
        var storage = StoredStorage.Of(DTypeValue.Float32, new byte[8]);
        var (a, b) = (new StoredTensor(storage, DTypeValue.Float32, [2], [1], 0), new StoredTensor(storage, DTypeValue.Of(ElementType.Int32), [2], [1], 0));
        var e = Assert.Throws<TorchException>(() => ZipCheckpoint.Write(Stream.Null, new List<object?> { a, b }));
        Assert.Equal("Cannot save multiple tensors or storages that view the same data as different types", e.Message);
    }

    [Fact]
    public void A_file_is_replaced_whole_or_not_at_all()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "model.pt");
            ZipCheckpoint.Write(path, 1L);
            Assert.Throws<TorchException>(() => ZipCheckpoint.Write(path, new PyDict { ["x"] = new object() }));
            using (var loaded = Checkpoint.Load(path)) Assert.Equal(1L, loaded.Root);
            Assert.Single(Directory.GetFiles(folder.FullName));
            Assert.Throws<TorchException>(() => ZipCheckpoint.Write(Path.Combine(folder.FullName, "absent", "model.pt"), 1L));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [PythonFact]
    public void PyTorch_reads_what_we_write_and_we_read_what_it_writes()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var (ours, theirs, answer) = (Path.Combine(folder.FullName, "ours.pt"), Path.Combine(folder.FullName, "theirs.pt"), Path.Combine(folder.FullName, "answer.txt"));
            var (state, old) = (Path.Combine(folder.FullName, "state.pt"), Path.Combine(folder.FullName, "legacy.pt"));
            var sample = Sample();
            ZipCheckpoint.Write(ours, sample);
            using (var stream = File.Create(old)) LegacyCheckpoint.Write(stream, sample["state"]);
            ZipCheckpoint.Write(state, sample["state"]); // the weights-only reader of old versions knows no float
            var script = $$"""
                import torch
                x = torch.load({{Quote(ours)}})
                for path in [{{Quote(state)}}, {{Quote(old)}}]:
                    y = torch.load(path, weights_only=True)
                    assert list(y) == list(x["state"]) and all(torch.equal(y[k], x["state"][k]) for k in y) and y._metadata == x["state"]._metadata
                with open({{Quote(answer)}}, "w") as out:
                    print(list(x), file=out)
                    print(x["int"], x["big"], x["float"], x["text"], x["none"], x["list"], x["tuple"], file=out)
                    print(type(x["state"]).__name__, x["state"]._metadata["version"], file=out)
                    for name, t in x["state"].items():
                        print(name, type(t).__name__, t.dtype, list(t.shape), list(t.stride()), t.storage_offset(), t.requires_grad, t.tolist(), file=out)
                    print(x["state"]["view"].storage().data_ptr() == x["state"]["float32"].storage().data_ptr(), file=out)
                torch.save(x, {{Quote(theirs)}})
                """;
            var python = Process.Start(new ProcessStartInfo(PythonFactAttribute.Python, ["-c", script]) { RedirectStandardError = true })!;
            var error = python.StandardError.ReadToEnd();
            python.WaitForExit();
            Assert.True(python.ExitCode == 0, error);
            Assert.Equal(
                """
                ['int', 'big', 'float', 'text', 'none', 'list', 'tuple', 'state']
                -70000 1180591620717411303424 0.25 größe None [True, False] (1, (2,))
                OrderedDict 1
                float32 Tensor torch.float32 [2, 2] [2, 1] 0 False [[0.5, 1.5], [2.5, 3.5]]
                view Tensor torch.float32 [2] [2] 1 False [1.5, 3.5]
                weight Parameter torch.float32 [2] [1] 0 True [0.5, 1.5]
                int64 Tensor torch.int64 [3] [1] 0 False [1, -2, 4294967296]
                bool Tensor torch.bool [2] [1] 0 False [True, False]
                bfloat16 Tensor torch.bfloat16 [1] [1] 0 False [1.0]
                complex64 Tensor torch.complex64 [] [] 0 False (1+2j)
                True

                """.ReplaceLineEndings("\n"),
                File.ReadAllText(answer));
            using var mine = Checkpoint.Load(ours);
            using var back = Checkpoint.Load(theirs);
            using var a = new MemoryStream();
            using var b = new MemoryStream();
            ZipCheckpoint.Write(a, mine.Root);
            ZipCheckpoint.Write(b, back.Root);
            Assert.Equal(a.ToArray(), b.ToArray());
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static string Quote(string path) => $"'{path}'";
    }

    private static PyDict Sample()
    {
        var floats = new[] { 0.5f, 1.5f, 2.5f, 3.5f }.SelectMany(BitConverter.GetBytes).ToArray();
        var shared = StoredStorage.Of(DTypeValue.Float32, floats);
        var state = new PyDict(PyDictKind.OrderedDict)
        {
            ["float32"] = new StoredTensor(shared, DTypeValue.Float32, [2, 2], [2, 1], 0),
            ["view"] = new StoredTensor(shared, DTypeValue.Float32, [2], [2], 1),
            ["weight"] = new StoredTensor(StoredStorage.Of(DTypeValue.Float32, floats.AsMemory(0, 8)), DTypeValue.Float32, [2], [1], 0) { IsParameter = true, RequiresGrad = true },
            ["int64"] = StoredTensor.Contiguous(DTypeValue.Int64, [3], new[] { 1L, -2, 1L << 32 }.SelectMany(BitConverter.GetBytes).ToArray()),
            ["bool"] = StoredTensor.Contiguous(DTypeValue.Of(ElementType.Bool), [2], new byte[] { 1, 0 }),
            ["bfloat16"] = StoredTensor.Contiguous(DTypeValue.Of(ElementType.BFloat16), [1], new byte[] { 0x80, 0x3F }),
            ["complex64"] = StoredTensor.Contiguous(DTypeValue.Of(ElementType.Complex64), [], new[] { 1f, 2f }.SelectMany(BitConverter.GetBytes).ToArray()),
        };
        state.Attributes = new PyDict { ["_metadata"] = new PyDict(PyDictKind.OrderedDict) { ["version"] = 1L } };
        return new PyDict
        {
            ["int"] = -70000L,
            ["big"] = BigInteger.Pow(2, 70),
            ["float"] = 0.25,
            ["text"] = "größe",
            ["none"] = null,
            ["list"] = new List<object?> { true, false },
            ["tuple"] = new PyTuple(1L, new PyTuple(2L)),
            ["state"] = state,
        };
    }
}

/// <summary>A fact that needs a Python with PyTorch and is skipped without one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonFactAttribute : FactAttribute
{
    public const string Python = "/usr/bin/python3";

    private static readonly Lazy<bool> HasTorch = new(() =>
    {
        if (!File.Exists(Python)) return false;
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import torch"]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    });

    public PythonFactAttribute() => Skip = HasTorch.Value ? null : $"{Python} with PyTorch is absent";
}
