// The recorded streams of PyTorch's CPU generator (golden/random of the shared data) against the kernels: values, shapes, types, the number of draws,
// seeds and states. Values are compared bit by bit; where a transcendental function of ours rounds differently, float32 may differ by 1e-6 and
// float64 by 1e-14, relative, and such elements are counted in the output. Files whose calls need the layers above (nn.init, data loaders) are not
// listed here.

using System.Text.Json;
using Torch.Kernels;
using Torch.Tests.Golden;
using Xunit;
using Xunit.Abstractions;

namespace Torch.Tests.RandomStreams;

public sealed class RandomGoldenTests(ITestOutputHelper output)
{
    private const string Folder = "golden/random";

    public static TheoryData<string> Files =>
    [
        "uniform_", "normal_", "rand", "randn", "random_", "randint", "randperm", "bernoulli_", "bernoulli_intel", "exponential_", "cauchy_", "geometric_",
        "log_normal_", "poisson", "binomial", "gamma", "multinomial", "normal", "generator", "dropout", "programs",
    ];

    [SharedTheory(Folder)]
    [MemberData(nameof(Files))]
    public void Streams_are_those_of_PyTorch(string name)
    {
        var file = GoldenFile.Open(Shared.Path($"{Folder}/{name}.json"));
        var tally = new Tally();
        foreach (var recorded in file.Cases)
        {
            try
            {
                if (recorded.Call == "program") CheckProgram(recorded, tally);
                else CheckCall(recorded, tally, intel: name == "bernoulli_intel");
                tally.Passed++;
            }
            catch (NotReplayableException above)
            {
                tally.Above.Add($"{recorded.Id} ({above.Message})");
            }
            catch (Mismatch mismatch)
            {
                tally.Failures.Add($"{recorded.Id} {recorded.Call}: {mismatch.Message}");
            }
        }
        output.WriteLine($"{name}: {tally.Passed} cases pass, {tally.Elements} elements compared, {tally.Inexact} of them within tolerance only");
        if (tally.Above.Count > 0) output.WriteLine($"left to the layers above: {string.Join(", ", tally.Above)}");
        Assert.True(tally.Failures.Count == 0, $"{tally.Failures.Count} of {file.Cases.Count} cases fail:\n" + string.Join("\n", tally.Failures.Take(30)));
        Assert.NotEqual(0, tally.Passed);
    }

    /// <summary>rand(2); inside a fork: randn(5), another seed, rand(2); outside again: rand(2).</summary>
    [SharedFact(Folder)]
    public void A_saved_state_restores_the_stream()
    {
        var file = GoldenFile.Open(Shared.Path($"{Folder}/fork_rng.json"));
        foreach (var recorded in file.Cases)
        {
            var generator = new Mt19937((ulong)GoldenJson.Int64(recorded["seed"]!.Value));
            var tally = new Tally();
            Expect(0, 2, Samplers.Uniform, 0, 1);
            var state = generator.GetState();
            Expect(1, 5, Samplers.Normal, 0, 1);
            generator.Seed(99);
            Expect(2, 2, Samplers.Uniform, 0, 1);
            generator.SetState(state);
            Expect(3, 2, Samplers.Uniform, 0, 1);

            void Expect(int part, long count, Action<Mt19937, Block, double, double> sample, double a, double b)
            {
                var memory = new Strided(ElementType.Float32, [count]);
                sample(generator, memory.Block, a, b);
                Compare(file.TensorOf(recorded.Outputs[part])!, memory, recorded, tally);
            }
        }
    }

    private sealed class Tally
    {
        public int Passed { get; set; }
        public long Elements { get; set; }
        public long Inexact { get; set; }
        public List<string> Above { get; } = [];
        public List<string> Failures { get; } = [];
    }

    private sealed class Mismatch(string message) : Exception(message);

    private static void CheckCall(GoldenCase recorded, Tally tally, bool intel)
    {
        var replay = new Replay(recorded.File, intel);
        replay.Default.Seed((ulong)(GoldenJson.Integer(recorded["seed"]!.Value) & ulong.MaxValue));
        object? result;
        try
        {
            var strides = recorded["self_strides"] ?? (recorded["arg_strides"] is { } all ? GoldenJson.Items(all)[0] : null);
            result = replay.Run(recorded.Call, recorded.Args, recorded["kwargs"], strides is { } s ? GoldenJson.Int64s(s) : null);
        }
        catch (Exception raised) when (raised is RaisedException or NotSupportedException)
        {
            if (recorded.Raises is not { } expected) throw new Mismatch($"refused: {raised.Message}");
            if (raised.Message != expected.Message) throw new Mismatch($"said\n  {raised.Message}\ninstead of\n  {expected.Message}");
            return;
        }
        if (recorded.Raises is { } missing) throw new Mismatch($"did not raise {missing.Message}");
        CheckResult(recorded.Outputs, result, recorded, tally);
        Next("next", replay.Default);
        if (replay.Other is { } other) Next("generator_next", other);

        void Next(string field, Mt19937 generator)
        {
            if (recorded[field] is not { } value) return;
            var next = Replay.Rand1(generator);
            if (next != GoldenJson.Double(value)) throw new Mismatch($"{field} is {next} instead of {value}: another number of draws");
        }
    }

    private static void CheckProgram(GoldenCase recorded, Tally tally)
    {
        var replay = new Replay(recorded.File);
        var number = 0;
        foreach (var wrapped in GoldenJson.Items(recorded["steps"]!.Value))
        {
            var step = GoldenJson.Tagged(wrapped, "dict")!.Value;
            var call = step.GetProperty("call").GetString()!;
            try
            {
                var result = replay.Run(call, GoldenJson.Items(step.GetProperty("args")), GoldenJson.Member(step, "kwargs"),
                    bind: GoldenJson.Member(step, "bind")?.GetString());
                CheckResult(GoldenJson.Items(step.GetProperty("outputs")), result, recorded, tally);
                number++;
            }
            catch (Mismatch mismatch)
            {
                throw new Mismatch($"step {number}, {call}: {mismatch.Message}");
            }
        }
    }

    private static void CheckResult(IReadOnlyList<JsonElement> outputs, object? result, GoldenCase recorded, Tally tally)
    {
        if (outputs.Count == 0) return;
        if (recorded.File.TensorOf(outputs[0]) is { } expected) Compare(expected, result!, recorded, tally);
        else if (GoldenJson.Integer(outputs[0]) != (ulong)result!) throw new Mismatch($"{result} instead of {outputs[0]}");
    }

    private static void Compare(GoldenTensor expected, object result, GoldenCase recorded, Tally tally)
    {
        var (type, shape, bytes) = result is byte[] state
            ? (ElementType.UInt8, [state.Length], state)
            : (((Strided)result).Block.Type, ((Strided)result).Block.Sizes, ((Strided)result).Bytes());
        if (type != Strided.TypeOf(expected.TorchDType)) throw new Mismatch($"{type} instead of {expected.TorchDType}");
        if (!shape.SequenceEqual(expected.Shape)) throw new Mismatch($"[{string.Join(", ", shape)}] instead of [{string.Join(", ", expected.Shape)}]");
        tally.Elements += expected.Count;
        if (expected.Data.Span.SequenceEqual(bytes)) return;
        var tolerance = type switch
        {
            ElementType.Float32 or ElementType.Complex64 => 1e-6,
            ElementType.Float64 or ElementType.Complex128 => 1e-14,
            _ => 0,
        };
        if (recorded["rtol"] is { } rtol) tolerance = Math.Max(tolerance, GoldenJson.Double(rtol));
        var (mine, theirs) = (Strided.Doubles(type, bytes), Strided.Doubles(type, expected.Data.ToArray()));
        for (var i = 0; i < mine.Length; i++)
        {
            if (mine[i].Equals(theirs[i])) continue;
            if (!(Math.Abs(mine[i] - theirs[i]) <= tolerance * Math.Abs(theirs[i]))) throw new Mismatch($"element {i} is {mine[i]:R} instead of {theirs[i]:R}");
            tally.Inexact++;
        }
    }
}
