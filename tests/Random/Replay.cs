// Runs recorded calls of PyTorch's random functions on the kernels, standing in for the layers above: it allocates the results, applies PyTorch's
// defaults, asks RandomChecks and samples. Calls that it does not know are reported as such, they need those layers.

using System.Text.Json;
using Torch.Kernels;
using Torch.Tests.Golden;

namespace Torch.Tests.RandomStreams;

/// <summary>What PyTorch would have raised.</summary>
internal sealed class RaisedException(string message) : Exception(message);

/// <summary>The call needs what lies above the kernels.</summary>
internal sealed class NotReplayableException(string call) : Exception(call);

/// <param name="file">Where the tensors of the arguments are.</param>
/// <param name="intel">Whether coins are drawn as on processors of Intel.</param>
internal sealed class Replay(GoldenFile file, bool intel = false)
{
    private readonly Dictionary<string, object> _bound = [];

    public Mt19937 Default { get; } = new();

    /// <summary>The generator that the last call was given, where it was not the default one.</summary>
    public Mt19937? Other { get; private set; }

    /// <summary>Runs a call; the result is memory, a seed, or null where there is none.</summary>
    public object? Run(string call, IReadOnlyList<JsonElement> args, JsonElement? kwargs, long[]? selfStrides = null, string? bind = null)
    {
        Other = null;
        var arguments = new Arguments(this, args, kwargs, selfStrides);
        var result = Call(call, arguments);
        if (bind is not null && result is not null) _bound[bind] = result;
        return result;
    }

    public static double Rand1(Mt19937 generator)
    {
        var memory = new Strided(ElementType.Float32, [1]);
        Samplers.Uniform(generator, memory.Block, 0, 1);
        return memory.Doubles()[0];
    }

    private sealed class Arguments(Replay replay, IReadOnlyList<JsonElement> args, JsonElement? kwargs, long[]? selfStrides)
    {
        public int Count => args.Count;
        public JsonElement this[int i] => args[i];
        public JsonElement? At(int i, string name) => i < args.Count && args[i].ValueKind != JsonValueKind.Null ? args[i] : Named(name);
        public JsonElement? Named(string name) => kwargs is { } k ? GoldenJson.Member(k, name) : null;
        public double Real(int i, string name, double otherwise) => At(i, name) is { } v ? GoldenJson.Double(v) : otherwise;
        public bool Flag(int i, string name, bool otherwise) => At(i, name)?.GetBoolean() ?? otherwise;
        public ElementType Type(ElementType otherwise) => Named("dtype") is { } v ? Strided.TypeOf(GoldenJson.DType(v)!) : otherwise;
        public GoldenTensor Stored(int i) => replay.TensorOf(args[i]) ?? throw new NotReplayableException("an argument that is no tensor");
        public bool IsTensor(int i) => i < args.Count && replay.TensorOf(args[i]) is not null;
        public Strided Tensor(int i) => Strided.From(Stored(i), i == 0 ? selfStrides : null);

        /// <summary>Sizes as separate integers or as one list.</summary>
        public long[] Sizes(int from = 0)
        {
            if (from < args.Count && GoldenJson.IsList(args[from])) return GoldenJson.Int64s(args[from]);
            return [.. args.Skip(from).Select(GoldenJson.Int64)];
        }

        public Mt19937 Generator
        {
            get
            {
                if (Named("generator") is not { } value) return replay.Default;
                if (GoldenJson.Member(value, "ref") is { } name) return (Mt19937)replay._bound[name.GetString()!];
                return replay.Other = new Mt19937((ulong)(GoldenJson.Integer(GoldenJson.Member(value, "seed")!.Value) & ulong.MaxValue));
            }
        }

        /// <summary>A bound object: the generator or state that <c>{"ref": NAME}</c> names.</summary>
        public object Ref(int i) => replay._bound[GoldenJson.Member(args[i], "ref")!.Value.GetString()!];
    }

    private GoldenTensor? TensorOf(JsonElement value) => value.ValueKind == JsonValueKind.Object ? file.TensorOf(value) : null;

    private object? Call(string call, Arguments a)
    {
        switch (call)
        {
            case "torch.manual_seed": Default.Seed(Seed(a[0])); return null;
            case "torch.initial_seed": return Default.InitialSeed;
            case "torch.get_rng_state": return Default.GetState();
            case "torch.set_rng_state": Default.SetState((byte[])a.Ref(0)); return null;
            case "torch.Generator": return new Mt19937();
            case "torch.Generator.manual_seed": ((Mt19937)a.Ref(0)).Seed(Seed(a[1])); return null;
            case "torch.Generator.initial_seed": return ((Mt19937)a.Ref(0)).InitialSeed;
            case "torch.Generator.get_state": return ((Mt19937)a.Ref(0)).GetState();
            case "torch.Generator.set_state": ((Mt19937)a.Ref(0)).SetState((byte[])a.Ref(1)); return null;
            case "torch.Generator.clone_state": return ((Mt19937)a.Ref(0)).Clone();

            case "torch.rand": return Made(a, a.Sizes(), ElementType.Float32, (g, b) => Uniform(g, b, 0, 1));
            case "torch.randn": return Made(a, a.Sizes(), ElementType.Float32, (g, b) => Normal(g, b, 0, 1));
            case "torch.rand_like": return Like(a, (g, b) => Uniform(g, b, 0, 1));
            case "torch.randn_like": return Like(a, (g, b) => Normal(g, b, 0, 1));
            case "torch.Tensor.uniform_": return InPlace(a, (g, b) => Uniform(g, b, a.Real(1, "from", 0), a.Real(2, "to", 1)));
            case "torch.Tensor.normal_": return InPlace(a, (g, b) => Normal(g, b, a.Real(1, "mean", 0), a.Real(2, "std", 1)));
            case "torch.Tensor.log_normal_":
                Require(RandomChecks.LogNormal(a.Real(2, "std", 2)));
                return InPlace(a, (g, b) => Samplers.LogNormal(g, b, a.Real(1, "mean", 1), a.Real(2, "std", 2)));
            case "torch.Tensor.exponential_":
                return InPlace(a, (g, b) =>
                {
                    Require(RandomChecks.Exponential(b.Type, a.Real(1, "lambd", 1)));
                    Samplers.Exponential(g, b, a.Real(1, "lambd", 1));
                });
            case "torch.Tensor.cauchy_":
                return InPlace(a, (g, b) =>
                {
                    Require(RandomChecks.Cauchy(b.Type, a.Real(2, "sigma", 1)));
                    Samplers.Cauchy(g, b, a.Real(1, "median", 0), a.Real(2, "sigma", 1));
                });
            case "torch.Tensor.geometric_":
                Require(RandomChecks.Geometric(a.Real(1, "p", 0)));
                return InPlace(a, (g, b) => Samplers.Geometric(g, b, a.Real(1, "p", 0)));

            case "torch.Tensor.bernoulli_" when a.IsTensor(1): return InPlace(a, (g, b) => Coins(g, b, a.Tensor(1).Expanded(b.Sizes)));
            case "torch.Tensor.bernoulli_": return InPlace(a, (g, b) => Coins(g, b, a.Real(1, "p", 0.5)));
            case "torch.bernoulli" when a.At(1, "p") is { } p: return Like(a, (g, b) => Coins(g, b, GoldenJson.Double(p)));
            case "torch.bernoulli": return Like(a, (g, b) => Coins(g, b, a.Tensor(0).Block));

            case "torch.Tensor.random_": return InPlace(a, (g, b) => Integers(a, g, b));
            case "torch.randint":
            {
                var bounded = a.Count > 1 && !GoldenJson.IsList(a[1]);
                var (low, high) = bounded ? (GoldenJson.Int64(a[0]), GoldenJson.Int64(a[1])) : (0, GoldenJson.Int64(a[0]));
                return Made(a, a.Sizes(bounded ? 2 : 1), ElementType.Int64, (g, b) => Integers(g, b, low, high));
            }
            case "torch.randint_like":
                return Like(a, (g, b) => Integers(g, b, a.Count > 2 ? GoldenJson.Int64(a[1]) : 0, GoldenJson.Int64(a[a.Count > 2 ? 2 : 1])));
            case "torch.randperm":
            {
                var (n, type) = (GoldenJson.Int64(a[0]), a.Type(ElementType.Int64));
                Require(RandomChecks.Randperm(type, n));
                return Made(a, [n], ElementType.Int64, Samplers.Randperm);
            }

            case "torch.poisson":
            {
                var rate = a.Tensor(0);
                Require(RandomChecks.Poisson(rate.Block));
                return Like(a, (g, b) => Samplers.Poisson(g, b, rate.Block));
            }
            case "torch.binomial":
            {
                var (count, p) = (a.Tensor(0), a.Tensor(1));
                Require(RandomChecks.Binomial(count.Block, p.Block));
                return Like(a, (g, b) => Samplers.Binomial(g, b, count.Block, p.Block));
            }
            case "torch._standard_gamma": return Like(a, (g, b) => Samplers.StandardGamma(g, b, a.Tensor(0).Block));
            case "torch._sample_dirichlet": return Like(a, (g, b) => Samplers.Dirichlet(g, b, a.Tensor(0).Block));
            case "torch.multinomial":
            {
                var (weights, draws, replacement) = (a.Tensor(0), GoldenJson.Int64(a.At(1, "num_samples")!.Value), a.Flag(2, "replacement", false));
                Require(RandomChecks.Multinomial(weights.Block, draws, replacement));
                return Made(a, [.. weights.Block.Sizes[..^1], draws], ElementType.Int64, (g, b) => Samplers.Multinomial(g, b, weights.Block, replacement));
            }
            case "torch.normal": return TorchNormal(a);
            case "torch.nn.functional.dropout": return Dropout(a, sizes => sizes);
            case "torch.nn.functional.dropout1d": return Dropout(a, sizes => [.. sizes[..^1], 1]);
            case "torch.nn.functional.dropout2d": return Dropout(a, sizes => [.. sizes[..2], .. sizes[2..].Select(_ => 1L)]);
            default: throw new NotReplayableException(call);
        }
    }

    private static ulong Seed(JsonElement value) => (ulong)(GoldenJson.Integer(value) & ulong.MaxValue);

    private static void Require(string? objection)
    {
        if (objection is not null) throw new RaisedException(objection);
    }

    private static Strided Made(Arguments a, long[] sizes, ElementType type, Action<Mt19937, Block> sample)
    {
        if (sizes.Any(s => s < 0)) throw new NotReplayableException("negative sizes");
        var memory = new Strided(a.Type(type), sizes);
        sample(a.Generator, memory.Block);
        return memory;
    }

    private static Strided Like(Arguments a, Action<Mt19937, Block> sample)
    {
        var model = a.Tensor(0).Block;
        return Made(a, model.Sizes, model.Type, sample);
    }

    private static Strided InPlace(Arguments a, Action<Mt19937, Block> sample)
    {
        var memory = a.Tensor(0);
        sample(a.Generator, memory.Block);
        return memory;
    }

    private static void Uniform(Mt19937 g, Block b, double from, double to)
    {
        Require(RandomChecks.Uniform(b.Type, from, to));
        Samplers.Uniform(g, b, from, to);
    }

    private static void Normal(Mt19937 g, Block b, double mean, double std)
    {
        Require(RandomChecks.Normal(std));
        Samplers.Normal(g, b, mean, std);
    }

    private void Coins(Mt19937 g, Block b, double p)
    {
        Require(RandomChecks.Bernoulli(p));
        if (intel) Samplers.BernoulliIntel(g, b, p);
        else Samplers.Bernoulli(g, b, p);
    }

    private static void Coins(Mt19937 g, Block b, Block p)
    {
        Require(RandomChecks.Bernoulli(p));
        Samplers.Bernoulli(g, b, p);
    }

    private static void Integers(Arguments a, Mt19937 g, Block b)
    {
        if (a.Count == 1) Samplers.Random(g, b);
        else if (a.Count == 2) Integers(g, b, 0, GoldenJson.Int64(a[1]));
        else Integers(g, b, GoldenJson.Int64(a[1]), a.At(2, "to") is { } to ? GoldenJson.Int64(to) : null);
    }

    private static void Integers(Mt19937 g, Block b, long from, long? to)
    {
        Require(RandomChecks.Random(b.Type, from, to));
        Samplers.Random(g, b, from, to);
    }

    /// <summary>Numbers, or standard normals times std plus mean with two roundings where one of them is a tensor.</summary>
    private static Strided TorchNormal(Arguments a)
    {
        if (!a.IsTensor(0) && !a.IsTensor(1))
            return Made(a, a.Sizes(2), ElementType.Float32, (g, b) => Normal(g, b, a.Real(0, "mean", 0), a.Real(1, "std", 1)));
        if (a.IsTensor(1)) Require(RandomChecks.Normal(a.Tensor(1).Block));
        long[] sizes = [.. Broadcast(a.IsTensor(0) ? a.Stored(0).Shape : [], a.IsTensor(1) ? a.Stored(1).Shape : [])];
        var complex = a.IsTensor(0) && a.Stored(0).DType == "C64";
        var result = Made(a, sizes, complex ? ElementType.Complex64 : ElementType.Float32, (g, b) => Samplers.Normal(g, b, 0, 1));
        var parts = complex ? 2 : 1;
        var values = Memory<float>(result);
        var mean = a.IsTensor(0) ? Spread(a.Tensor(0), sizes, parts) : null;
        var std = a.IsTensor(1) ? Spread(a.Tensor(1), sizes, 1) : null;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] *= (float)(std is null ? a.Real(1, "std", 1) : std[i / parts]);
            values[i] += (float)(mean is null ? a.Real(0, "mean", 0) : mean[i]);
        }
        return result;
    }

    private static double[] Spread(Strided memory, long[] sizes, int parts)
    {
        // Complex tensors are not broadcast in the recorded cases.
        if (parts == 2) return memory.Doubles();
        var target = new Strided(ElementType.Float64, sizes);
        var source = memory.Expanded(sizes);
        var from = new double[target.Block.Count];
        var all = memory.Doubles();
        var index = new long[sizes.Length];
        for (var i = 0; i < from.Length; i++)
        {
            from[i] = all[index.Zip(source.Strides).Sum(p => p.First * p.Second)];
            for (var d = sizes.Length - 1; d >= 0 && ++index[d] == sizes[d]; d--) index[d] = 0;
        }
        return from;
    }

    private static IEnumerable<long> Broadcast(long[] a, long[] b)
    {
        var rank = Math.Max(a.Length, b.Length);
        for (var d = 0; d < rank; d++)
        {
            var (i, j) = (d - rank + a.Length, d - rank + b.Length);
            var (x, y) = (i < 0 ? 1 : a[i], j < 0 ? 1 : b[j]);
            yield return x == 1 ? y : x;
        }
    }

    private Strided Dropout(Arguments a, Func<long[], long[]> maskSizes)
    {
        var x = a.Tensor(0);
        var p = a.Real(1, "p", 0.5);
        if (p is < 0 or > 1) throw new NotReplayableException("dropout's own check");
        if (p == 0 || !a.Flag(2, "training", true)) return x;
        var (sizes, type) = (maskSizes(x.Block.Sizes), x.Block.Type);
        var mask = new Strided(type, sizes, sizes.SequenceEqual(x.Block.Sizes) ? x.Block.Strides : null);
        Samplers.DropoutMask(a.Generator, mask.Block, p, intel);
        var values = x.Doubles();
        var wide = new Strided(ElementType.Float64, sizes);
        mask.Doubles().CopyTo(Memory<double>(wide));
        var factors = Spread(wide, x.Block.Sizes, 1);
        var result = new Strided(type, x.Block.Sizes);
        for (var i = 0; i < values.Length; i++) Store(result, i, values[i] * factors[i]);
        return result;
    }

    private static unsafe Span<T> Memory<T>(Strided memory) where T : unmanaged =>
        new(memory.Block.Pointer, (int)(memory.Block.Count * memory.Block.Type.Size() / sizeof(T)));

    private static void Store(Strided memory, int i, double value)
    {
        if (memory.Block.Type == ElementType.Float64) Memory<double>(memory)[i] = value;
        else if (memory.Block.Type == ElementType.Float32) Memory<float>(memory)[i] = (float)value;
        else if (memory.Block.Type == ElementType.BFloat16) Memory<ushort>(memory)[i] = BFloat16((float)value);
        else if (memory.Block.Type == ElementType.Float16) Memory<Half>(memory)[i] = (Half)value;
        else throw new NotReplayableException("dropout of this type");
    }

    private static ushort BFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
