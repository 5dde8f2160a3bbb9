// Integers: random_, randint and randperm. Words are reduced by a plain remainder (PyTorch accepts the small bias), 64 bits wide from spans of 2^28
// on.

using System.Runtime.InteropServices;

namespace Torch.Kernels;

public static unsafe partial class Samplers
{
    private const ulong WideSpan = 1UL << 28;

    /// <summary>From this length on, a permutation takes two words an element.</summary>
    private const long WidePermutation = (1L << 32) / 20;

    /// <summary>
    /// Integers from 0 to the largest that the type counts up to without gaps, <c>random_()</c>: its maximum, or 2^digits for floating types.
    /// </summary>
    public static void Random(Mt19937 generator, Block result)
    {
        const string kernel = "random_kernel_cpu";
        var type = result.Type;
        if (type.IsFloating())
            FillIntegers(generator, result, kernel, new SpanDraw(0, (1UL << RandomElement.Digits(type)) + 1, Wide: type == ElementType.Float64));
        else if (type == ElementType.Bool || RandomElement.IsInteger(type))
            FillIntegers(generator, result, kernel, new SpanDraw(0, (ulong)RandomElement.Max(type) + 1, Wide: type == ElementType.Int64));
        else throw RandomElement.NotImplemented(kernel, type);
    }

    /// <summary>
    /// Integers from <paramref name="from"/> up to, not including, <paramref name="to"/> (null: up to the largest that the type counts to, included),
    /// <c>random_(from, to)</c> and <c>randint</c>. Of floating types the bounds are first narrowed to numbers that the type holds.
    /// </summary>
    public static void Random(Mt19937 generator, Block result, long from, long? to)
    {
        const string kernel = "random_from_to_kernel_cpu";
        if (RandomElement.IsComplex(result.Type)) throw RandomElement.NotImplemented(kernel, result.Type);
        if (to is null && from == long.MinValue)
        {
            FillIntegers(generator, result, "random_full_64_bits_range_kernel_cpu", new WordDraw());
            return;
        }
        var (first, last) = Bounds(result.Type, from, to);
        var span = (ulong)last - (ulong)first + 1;
        FillIntegers(generator, result, kernel, new SpanDraw(first, span, span >= WideSpan));
    }

    /// <summary>The whole numbers below the result's length in random order, <c>randperm</c>: a shuffle from the front.</summary>
    public static void Randperm(Mt19937 generator, Block result)
    {
        var count = result.Count;
        if (count == 0) return;
        var inPlace = result.Type == ElementType.Int64 && result.IsContiguous;
        var r = inPlace ? (long*)result.Pointer : (long*)NativeMemory.Alloc((nuint)count, sizeof(long));
        try
        {
            for (long i = 0; i < count; i++) r[i] = i;
            for (long i = 0; i < count - 1; i++)
            {
                var left = count - i;
                var z = i + (count < WidePermutation ? generator.Random() % (uint)left : (long)(generator.Random64() % (ulong)left));
                (r[i], r[z]) = (r[z], r[i]);
            }
            if (!inPlace) FillIntegers(generator, result, "randperm", new SequenceDraw(r));
        }
        finally
        {
            if (!inPlace) NativeMemory.Free(r);
        }
    }

    /// <summary>The bounds, both included, that <c>random_(from, to)</c> samples between for this type.</summary>
    internal static (long First, long Last) Bounds(ElementType type, long from, long? to)
    {
        if (!type.IsFloating()) return (from, to is { } end ? end - 1 : RandomElement.Max(type));
        var digits = RandomElement.Digits(type);
        if (to is not { } limit) return (Upwards(from), 1L << digits);
        return (Upwards(from), Downwards(limit) - 1);

        // A bound whose neighbour inside the range would be rounded to it, or beyond, moves inwards to the next number that the type holds.
        long Upwards(long bound)
        {
            var inside = RandomElement.ToInt64(RandomElement.Round(type, bound + 1));
            return inside < bound ? inside + Gap(bound + 1) : bound;
        }

        long Downwards(long bound)
        {
            var inside = RandomElement.ToInt64(RandomElement.Round(type, bound - 1));
            return inside >= bound ? inside - Gap(bound - 1) : bound;
        }

        long Gap(long near) => 1L << (63 - (int)ulong.LeadingZeroCount((ulong)Math.Abs(near)) - digits + 1);
    }

    /// <summary>One integer from the generator.</summary>
    private interface IIntegerDraw
    {
        long Draw(Mt19937 generator);
    }

    private readonly record struct SpanDraw(long First, ulong Span, bool Wide) : IIntegerDraw
    {
        public long Draw(Mt19937 generator) =>
            First + (long)(Wide ? generator.Random64() % Span : Span <= uint.MaxValue ? generator.Random() % (uint)Span : generator.Random());
    }

    private readonly struct WordDraw : IIntegerDraw
    {
        public long Draw(Mt19937 generator) => (long)generator.Random64();
    }

    private struct SequenceDraw(long* next) : IIntegerDraw
    {
        private long* _next = next;

        public long Draw(Mt19937 generator) => *_next++;
    }

    private static void FillIntegers<TDraw>(Mt19937 generator, Block result, string kernel, TDraw draw) where TDraw : struct, IIntegerDraw =>
        RandomElement.Dispatch(result.Type, kernel, new FillIntegersAction<TDraw>(generator, result, draw));

    private readonly struct FillIntegersAction<TDraw>(Mt19937 generator, Block result, TDraw draw) : IRandomElementAction
        where TDraw : struct, IIntegerDraw
    {
        public void Run<TElement>() where TElement : unmanaged, IRandomElement
        {
            var source = generator;
            var drawing = draw;
            var walk = new Traversal(result.Sizes, result.Strides);
            while (walk.Next())
            {
                var at = result.Pointer + walk.Offset(0) * TElement.Size;
                var step = (nint)walk.Stride(0) * TElement.Size;
                for (var left = walk.Length; left > 0; left--, at += step) TElement.Store(at, drawing.Draw(source));
            }
        }
    }
}
