// Recorded training runs (golden/training): what they share. A run's initial parameters are equal to the last digit, its float64 losses agree to 1e-9 for the first steps, and its
// float32 losses to ten times the drift that PyTorch itself shows between float32 and float64.

using System.IO.Compression;
using System.Text.Json;
using Xunit;
using static Torch.torch;

namespace Torch.Tests.Training;

/// <summary>A recorded run of one seed.</summary>
internal sealed class TrainingRun
{
    private readonly JsonElement _run;

    private TrainingRun(JsonElement run) => _run = run;

    internal static TrainingRun Read(string script, long seed)
    {
        var root = JsonDocument.Parse(File.ReadAllBytes(Shared.Path($"golden/training/{script}.json"))).RootElement;
        return new TrainingRun(root.GetProperty("runs").EnumerateArray().First(r => r.GetProperty("seed").GetInt64() == seed));
    }

    internal double[] Losses(string dtype) => [.. _run.GetProperty(dtype).GetProperty("losses").EnumerateArray().Select(l => l.GetDouble())];

    internal JsonElement Metric(string dtype, string name) => _run.GetProperty(dtype).GetProperty("metrics").GetProperty(name);

    /// <summary>What a loss may differ by at a step, relative.</summary>
    internal double Allowed(string dtype, int step)
    {
        if (dtype == "float64") return step < 20 ? 1e-9 : double.PositiveInfinity;
        var drift = 0.0;
        foreach (var name in new[] { "drift_float32_from_float64", "drift_from_torch_1.13.0a0_other_blas" })
        {
            if (!_run.TryGetProperty(name, out var marks)) continue;
            var mark = marks.EnumerateObject().Where(m => int.Parse(m.Name) >= step + 1).OrderBy(m => int.Parse(m.Name)).Select(m => (double?)m.Value.GetDouble()).FirstOrDefault();
            drift = Math.Max(drift, mark ?? marks.EnumerateObject().Max(m => m.Value.GetDouble()));
        }
        return Math.Max(1e-6, 10 * drift);
    }

    /// <summary>Initial parameters: shapes, the first elements exactly, sums to rounding of the sum.</summary>
    internal void CheckInitial(nn.Module model)
    {
        var state = model.state_dict();
        var recorded = _run.GetProperty("float32").GetProperty("initial").EnumerateObject().ToList();
        Assert.Equal(recorded.Select(r => r.Name), state.Keys);
        foreach (var entry in recorded)
        {
            var t = state[entry.Name];
            Assert.Equal(entry.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()), t.shape);
            var values = Core.Host.toArray<double>(t.to(ScalarType.Float64).Expr);
            var first = entry.Value.GetProperty("first").EnumerateArray().Select(f => f.GetDouble()).ToArray();
            Assert.Equal(first, values[..first.Length]);
            var sum = entry.Value.GetProperty("sum").GetDouble();
            var size = entry.Value.GetProperty("abs_sum").GetDouble();
            Assert.InRange(values.Sum() - sum, -1e-12 * (size + 1), 1e-12 * (size + 1));
            Assert.InRange(values.Sum(Math.Abs) - size, -1e-12 * (size + 1), 1e-12 * (size + 1));
        }
    }

    internal void CheckLoss(string dtype, int step, double loss)
    {
        var expected = Losses(dtype)[step];
        var difference = Math.Abs(loss - expected) / Math.Abs(expected);
        Assert.True(difference <= Allowed(dtype, step), $"{dtype}, step {step + 1}: loss {loss:R}, recorded {expected:R}, relative difference {difference:E2}, allowed {Allowed(dtype, step):E2}");
    }
}

/// <summary>The data of the runs.</summary>
internal static class TrainingData
{
    /// <summary>MNIST images as float32 in [0, 1] and labels.</summary>
    internal static (Tensor Images, Tensor Labels) Mnist(bool train = true)
    {
        var name = train ? "train" : "t10k";
        var (images, shape) = Idx(Shared.Path($"data/mnist/MNIST/raw/{name}-images-idx3-ubyte.gz"));
        var (labels, _) = Idx(Shared.Path($"data/mnist/MNIST/raw/{name}-labels-idx1-ubyte.gz"));
        return (tensor(Array.ConvertAll(images, i => i / 255f), shape), tensor(Array.ConvertAll(labels, l => (long)l)));
    }

    private static (byte[], long[]) Idx(string path)
    {
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        var bytes = buffer.ToArray();
        var shape = new long[bytes[3]];
        for (var d = 0; d < shape.Length; d++) shape[d] = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 + 4 * d));
        return (bytes[(4 + 4 * shape.Length)..], shape);
    }

    internal static ScalarType Type(string dtype) => dtype == "float64" ? ScalarType.Float64 : ScalarType.Float32;
}
