// Uniform real numbers and coins.
//
// Floating types of up to 32 bits take a word each and compute in float: fma(u24, to - from, from), rounded to the type at the end; float64 takes two
// words. A result that equals the upper bound becomes the lower one, so that the range stays half open in spite of rounding.

using System.Runtime.Intrinsics;

namespace Torch.Kernels;

public static unsafe partial class Samplers
{
    private const int ChunkLength = 1024;

    /// <summary>Uniform in [from, to), <c>uniform_</c> and <c>rand</c>.</summary>
    public static void Uniform(Mt19937 generator, Block result, double from, double to)
    {
        const string kernel = "check_uniform_bounds";
        var target = Reals(result, kernel);
        if (target.Type == ElementType.Float64)
        {
            Fill(generator, target, kernel, new UniformDraw(from, to));
            return;
        }
        var walk = new Traversal(target.Sizes, target.Strides);
        var size = target.Type.Size();
        var buffer = stackalloc float[ChunkLength];
        while (walk.Next())
        {
            var at = target.Pointer + walk.Offset(0) * size;
            var stride = walk.Stride(0);
            if (target.Type == ElementType.Float32 && stride == 1)
            {
                UniformFloats(generator, (float*)at, walk.Length, (float)from, (float)to);
                continue;
            }
            for (long done = 0; done < walk.Length; done += ChunkLength)
            {
                var count = (int)Math.Min(ChunkLength, walk.Length - done);
                UniformFloats(generator, buffer, count, (float)from, (float)to);
                StoreUniform(target.Type, at + done * stride * size, stride, buffer, count, (float)from, (float)to);
            }
        }
    }

    /// <summary>One or zero with probability p of one, <c>bernoulli_(p)</c>: two words an element, whatever the type.</summary>
    public static void Bernoulli(Mt19937 generator, Block result, double p) =>
        RandomElement.Dispatch(result.Type, "bernoulli_scalar_cpu_", new CoinAction(generator, result, p, 1));

    /// <summary>
    /// One or zero with a probability for each element, <c>bernoulli_(p tensor)</c> and <c>torch.bernoulli</c>. The probabilities have the result's
    /// sizes (strides of zero where they were broadcast); one word an element unless they are float64.
    /// </summary>
    public static void Bernoulli(Mt19937 generator, Block result, Block p)
    {
        const string kernel = "bernoulli_tensor_cpu_self_";
        if (!p.Type.IsFloating()) throw RandomElement.NotImplemented("bernoulli_tensor_cpu_p_", p.Type);
        if (p.Type == ElementType.Float64) Map(generator, result, kernel, p, p, new WideCoinsDraw());
        else Map(generator, result, kernel, p, p, new CoinsDraw());
    }

    /// <summary>
    /// One or zero as PyTorch's builds with MKL draw them on processors of Intel: one word of the generator seeds Intel's MCG31m1 (multiplier
    /// 1132489760, modulus 2^31 - 1), which is run in the order of indices.
    /// </summary>
    public static void BernoulliIntel(Mt19937 generator, Block result, double p) =>
        RandomElement.Dispatch(result.Type, "bernoulli_scalar_cpu_", new IntelCoinAction(generator.Random(), result, p, 1));

    /// <summary>
    /// The factors of a dropout: 1 / (1 - p), rounded to the type, where an element is kept and 0 where it is dropped; the mask has the sizes and
    /// strides of the input. Nothing is drawn for p = 0 and p = 1.
    /// </summary>
    public static void DropoutMask(Mt19937 generator, Block mask, double p, bool intel = false)
    {
        const string kernel = "dropout";
        var keep = 1 - p;
        Floating(mask, kernel);
        if (p is 0 or 1)
        {
            Fill(generator, mask, kernel, new ConstantDraw(keep));
            return;
        }
        // The quotient of types of up to 32 bits is that of floats.
        var factor = mask.Type == ElementType.Float64 ? 1 / keep : 1f / (float)keep;
        if (intel) RandomElement.Dispatch(mask.Type, kernel, new IntelCoinAction(generator.Random(), mask, keep, factor));
        else RandomElement.Dispatch(mask.Type, kernel, new CoinAction(generator, mask, keep, factor));
    }

    private readonly struct UniformDraw(double from, double to) : IDraw
    {
        public double Draw(Mt19937 generator, double a, double b)
        {
            var value = Math.FusedMultiplyAdd(generator.U53(), to - from, from);
            return value == to ? from : value;
        }
    }

    private readonly struct CoinsDraw : IDraw
    {
        public double Draw(Mt19937 generator, double p, double b) => generator.U24() < (float)p ? 1 : 0;
    }

    private readonly struct WideCoinsDraw : IDraw
    {
        public double Draw(Mt19937 generator, double p, double b) => generator.U53() < p ? 1 : 0;
    }

    private readonly struct ConstantDraw(double value) : IDraw
    {
        public double Draw(Mt19937 generator, double a, double b) => value;
    }

    /// <summary>The value with probability p, else zero; u53 &lt; p is decided in whole numbers.</summary>
    private readonly struct CoinAction(Mt19937 generator, Block result, double p, double value) : IRandomElementAction
    {
        public void Run<TElement>() where TElement : unmanaged, IRandomElement
        {
            var threshold = (ulong)Math.Ceiling(p * (1L << 53));
            var words = stackalloc uint[ChunkLength];
            var heads = BitConverter.DoubleToInt64Bits(value);
            var walk = new Traversal(result.Sizes, result.Strides);
            while (walk.Next())
            {
                var at = result.Pointer + walk.Offset(0) * TElement.Size;
                var step = (nint)walk.Stride(0) * TElement.Size;
                for (var left = walk.Length; left > 0;)
                {
                    var count = (int)Math.Min(ChunkLength / 2, left);
                    generator.Fill(new Span<uint>(words, 2 * count));
                    for (var i = 0; i < count; i++, at += step)
                    {
                        var bits = ((ulong)words[2 * i] << 32 | words[2 * i + 1]) & ((1UL << 53) - 1);
                        // The sign of the difference as a mask: a branch would be mispredicted half of the time.
                        TElement.Store(at, BitConverter.Int64BitsToDouble(heads & ((long)(bits - threshold) >> 63)));
                    }
                    left -= count;
                }
            }
        }
    }

    private readonly struct IntelCoinAction(uint seed, Block result, double p, double value) : IRandomElementAction
    {
        private const ulong Modulus = int.MaxValue;

        public void Run<TElement>() where TElement : unmanaged, IRandomElement
        {
            var x = seed % Modulus;
            if (x == 0) x = 1;
            var walk = Traversal.InIndexOrder(result.Sizes, result.Strides);
            while (walk.Next())
            {
                var at = result.Pointer + walk.Offset(0) * TElement.Size;
                var step = (nint)walk.Stride(0) * TElement.Size;
                for (var left = walk.Length; left > 0; left--, at += step)
                {
                    TElement.Store(at, x / (double)Modulus < p ? value : 0);
                    x = 1132489760 * x % Modulus;
                }
            }
        }
    }

    /// <summary>Uniform floats one after the other, a word each.</summary>
    private static void UniformFloats(Mt19937 generator, float* target, long count, float from, float to)
    {
        var words = stackalloc uint[ChunkLength];
        var range = to - from;
        while (count > 0)
        {
            var length = (int)Math.Min(ChunkLength, count);
            generator.Fill(new Span<uint>(words, length));
            var i = 0;
            for (; i + 8 <= length; i += 8)
            {
                var bits = (Vector256.Load(words + i) & Vector256.Create(0xFFFFFFu)).AsInt32();
                var unit = Vector256.ConvertToSingle(bits) * Vector256.Create(1f / (1 << 24));
                var value = Vector256.FusedMultiplyAdd(unit, Vector256.Create(range), Vector256.Create(from));
                var atBound = Vector256.Equals(value, Vector256.Create(to));
                Vector256.ConditionalSelect(atBound, Vector256.Create(from), value).Store(target + i);
            }
            for (; i < length; i++)
            {
                var value = MathF.FusedMultiplyAdd((int)(words[i] & 0xFFFFFF) * (1f / (1 << 24)), range, from);
                target[i] = value == to ? from : value;
            }
            target += length;
            count -= length;
        }
    }

    /// <summary>Rounds to the type; what becomes the upper bound by that becomes the lower one.</summary>
    private static void StoreUniform(ElementType type, byte* at, long stride, float* values, int count, float from, float to)
    {
        switch (type)
        {
            case ElementType.Float32:
                for (var i = 0; i < count; i++) ((float*)at)[i * stride] = values[i];
                break;
            case ElementType.Float16:
                var (lower, upper) = ((Half)from, (Half)to);
                for (var i = 0; i < count; i++)
                {
                    var value = (Half)values[i];
                    ((Half*)at)[i * stride] = value == upper ? lower : value;
                }
                break;
            case ElementType.BFloat16:
                var (low, high) = (BFloat16Element.Store(from), BFloat16Element.Load(BFloat16Element.Store(to)));
                for (var i = 0; i < count; i++)
                {
                    var bits = BFloat16Element.Store(values[i]);
                    ((ushort*)at)[i * stride] = BFloat16Element.Load(bits) == high ? low : bits;
                }
                break;
            default:
                throw RandomElement.NotImplemented("check_uniform_bounds", type);
        }
    }
}
