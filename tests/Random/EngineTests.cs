// The generator and the samplers without recorded files: published values of MT19937, well-known numbers of PyTorch, and properties.

using System.Buffers.Binary;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests.RandomStreams;

public sealed class EngineTests
{
    [Fact]
    public void Ten_thousandth_word_of_the_reference_seed()
    {
        // The C++ standard demands this number of std::mt19937.
        var generator = new Mt19937(5489);
        Assert.Equal(3499211612u, generator.Random());
        for (var i = 2; i < 10000; i++) generator.Random();
        Assert.Equal(4123659995u, generator.Random());
    }

    [Theory]
    [InlineData(0UL, 0.49625658988952637)]
    [InlineData(42UL, 0.8822692632675171)]
    [InlineData(1UL << 32, 0.49625658988952637)]
    public void First_uniform_depends_on_the_low_half_of_the_seed(ulong seed, double expected)
    {
        var generator = new Mt19937(seed);
        Assert.Equal(seed, generator.InitialSeed);
        Assert.Equal(expected, Uniform(generator, 1)[0]);
    }

    [Fact]
    public void A_fresh_generator_has_the_default_seed() => Assert.Equal(67280421310721UL, new Mt19937().InitialSeed);

    [Fact]
    public void Normals_one_by_one_and_in_blocks()
    {
        double[] few =
        [
            0.6613521715704522, 0.2669240982925188, 0.061677258237348306, 0.6213173286854216, -0.45190596470388295, -0.16613023453557194,
            -1.5227684840130555,
        ];
        double[] many =
        [
            -0.31128955419003207, 0.3739858166762804, 0.5739008402091161, 1.5697184649359581, 0.8734455849426772, -3.704663800207429,
            -1.8141539905872015, -1.8425712793844078, 0.09412786590968454, 0.5462183247259068, 1.052307808929565, -0.15636439667930063,
            -2.1010054062092243, 1.5797411191469026, 1.0833573008638342, 0.8896745158287568, -1.928583354008078,
        ];
        Close(few, Normal(new Mt19937(1), ElementType.Float64, 7));
        Close(many, Normal(new Mt19937(1), ElementType.Float64, 17));
        Assert.Equal([1.5409960746765137, -0.293428897857666, -2.1787893772125244], Normal(new Mt19937(0), ElementType.Float32, 3));

        static void Close(double[] expected, double[] actual)
        {
            Assert.Equal(expected.Length, actual.Length);
            for (var i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-14 * Math.Abs(expected[i]), $"element {i}");
        }
    }

    [Fact]
    public void Permutation_of_ten()
    {
        var memory = new Strided(ElementType.Int64, [10]);
        Samplers.Randperm(new Mt19937(0), memory.Block);
        Assert.Equal([4, 1, 7, 5, 3, 9, 0, 8, 6, 2], memory.Doubles());
    }

    [Theory]
    [InlineData(false, "220220 000202 222202 022002 020202 022220")]
    [InlineData(true, "222222 020000 002020 220002 200002 020000")]
    public void Dropout_of_ones_under_seed_123(bool intel, string expected)
    {
        var mask = new Strided(ElementType.Float32, [6, 6]);
        Samplers.DropoutMask(new Mt19937(123), mask.Block, 0.5, intel);
        Assert.Equal(expected.Replace(" ", ""), string.Concat(mask.Doubles()));
    }

    [Fact]
    public void Blocks_of_words_and_single_words_are_one_stream()
    {
        var (whole, pieces) = (new Mt19937(7), new Mt19937(7));
        var expected = new uint[5000];
        for (var i = 0; i < expected.Length; i++) expected[i] = whole.Random();
        var actual = new uint[expected.Length];
        for (int done = 0, length = 1; done < actual.Length; length = length * 3 % 1301)
        {
            var count = Math.Min(length, actual.Length - done);
            pieces.Fill(actual.AsSpan(done, count));
            done += count;
            if (done < actual.Length) actual[done++] = pieces.Random();
        }
        Assert.Equal(expected, actual);
        Assert.Equal(whole.GetState(), pieces.GetState());
    }

    [Fact]
    public void A_state_round_trips_with_its_cached_normal()
    {
        var generator = new Mt19937(3);
        Normal(generator, ElementType.Float32, 3);
        var state = generator.GetState();
        Assert.Equal(5056, state.Length);
        var (copy, restored) = (generator.Clone(), new Mt19937());
        restored.SetState(state);
        Assert.Equal(state, restored.GetState());
        Assert.NotNull(restored.CachedNormal);
        var expected = Normal(generator, ElementType.Float32, 700 + 5);
        Assert.Equal(expected, Normal(copy, ElementType.Float32, 700 + 5));
        Assert.Equal(expected, Normal(restored, ElementType.Float32, 700 + 5));
    }

    [Fact]
    public void Broken_states_are_refused_and_change_nothing()
    {
        var generator = new Mt19937(3);
        var before = generator.GetState();
        Assert.StartsWith("Expected either a CPUGeneratorImplStateLegacy of size 5048", Refusal(new byte[10]));
        Assert.Equal("Invalid mt19937 state", Refusal(With(8, 0)));
        Assert.Equal("Invalid mt19937 state", Refusal(With(8, 625)));
        Assert.Equal("Invalid mt19937 state", Refusal(With(12, 0)));
        Assert.Equal("Invalid mt19937 state", Refusal(With(16, 700)));
        Assert.Equal(before, generator.GetState());

        string Refusal(byte[] state) => Assert.Throws<Torch.TorchException>(() => generator.SetState(state)).Message;

        byte[] With(int offset, int value)
        {
            var state = generator.GetState();
            BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(offset), value);
            return state;
        }
    }

    [Fact]
    public void Strided_memory_is_filled_in_the_order_of_its_memory()
    {
        var plain = new Strided(ElementType.Float32, [5, 3]);
        var transposed = new Strided(ElementType.Float32, [3, 5], [1, 3]);
        Samplers.Uniform(new Mt19937(9), plain.Block, 0, 1);
        Samplers.Uniform(new Mt19937(9), transposed.Block, 0, 1);
        var (expected, actual) = (plain.Doubles(), transposed.Doubles());
        for (var i = 0; i < 3; i++)
            for (var j = 0; j < 5; j++) Assert.Equal(expected[j * 3 + i], actual[i * 5 + j]);
    }

    private static double[] Uniform(Mt19937 generator, long count)
    {
        var memory = new Strided(ElementType.Float32, [count]);
        Samplers.Uniform(generator, memory.Block, 0, 1);
        return memory.Doubles();
    }

    private static double[] Normal(Mt19937 generator, ElementType type, long count)
    {
        var memory = new Strided(type, [count]);
        Samplers.Normal(generator, memory.Block, 0, 1);
        return memory.Doubles();
    }
}
