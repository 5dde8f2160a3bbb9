// Indices drawn with given weights. Two methods, as in PyTorch: with replacement and more than one draw, a search in the cumulative weights for each
// draw; else a race, in which each category's weight is divided by an exponential and the largest quotients win. The race draws for all rows at once,
// in the order of the weights' memory; the search draws row by row.

namespace Torch.Kernels;

public static unsafe partial class Samplers
{
    /// <summary>
    /// Draws as many indices as the result's rows are long, <c>multinomial</c>. Weights: (rows, categories) or (categories), floating; result: int64
    /// with the same leading dimension.
    /// </summary>
    public static void Multinomial(Mt19937 generator, Block result, Block weights, bool replacement)
    {
        Floating(weights, "multinomial");
        if (result.Count == 0) return;
        var draws = result.Sizes[^1];
        var rows = weights.Rank == 1 ? 1 : weights.Sizes[0];
        if (replacement && draws > 1) Search(generator, result, weights, rows, draws);
        else Race(generator, result, weights, rows, draws);
    }

    private static long RowStride(Block block) => block.Rank == 1 ? 0 : block.Strides[0];

    /// <summary>Half types accumulate in float and store the quotients of a race; the others compute in their own type.</summary>
    private static void Search(Mt19937 generator, Block result, Block weights, long rows, long draws)
    {
        var categories = weights.Sizes[^1];
        var single = weights.Type != ElementType.Float64;
        var cumulative = new double[categories];
        for (long row = 0; row < rows; row++)
        {
            double sum = 0;
            for (long i = 0; i < categories; i++)
            {
                var next = sum + Weight(weights, row, i);
                cumulative[i] = sum = single ? (float)next : next;
            }
            if (sum > 0)
                for (long i = 0; i < categories; i++) cumulative[i] = single ? (float)cumulative[i] / (float)sum : cumulative[i] / sum;
            cumulative[^1] = 1;
            var at = (long*)result.Pointer + row * RowStride(result);
            for (long n = 0; n < draws; n++) at[n * result.Strides[^1]] = FirstAtLeast(cumulative, generator.U53());
        }
    }

    private static double Weight(Block weights, long row, long category) =>
        RandomElement.Load(weights.Type, weights.Pointer + (row * RowStride(weights) + category * weights.Strides[^1]) * weights.Type.Size());

    private static long FirstAtLeast(double[] rising, double value)
    {
        long low = 0, high = rising.Length;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (rising[middle] < value) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private static void Race(Mt19937 generator, Block result, Block weights, long rows, long draws)
    {
        var categories = weights.Sizes[^1];
        var quotients = new double[rows * categories];
        fixed (double* q = quotients)
        {
            // The weights decide the order of drawing, so they stand where a result would.
            var walk = new Traversal(weights.Sizes, weights.Strides, RowMajorStrides(weights.Sizes));
            var size = weights.Type.Size();
            var exponential = new ExponentialDraw(-1);
            while (walk.Next())
            {
                for (long i = 0; i < walk.Length; i++)
                {
                    var weight = RandomElement.Load(weights.Type, weights.Pointer + (walk.Offset(0) + i * walk.Stride(0)) * size);
                    var time = RandomElement.Round(weights.Type, exponential.Draw(generator, 0, 0));
                    // One rounding from double is the type's own division: a double has more than twice the digits of a float.
                    q[walk.Offset(1) + i * walk.Stride(1)] = RandomElement.Round(weights.Type, weight / time);
                }
            }
        }
        var order = new long[categories];
        var keys = new double[categories];
        for (long row = 0; row < rows; row++)
        {
            var own = quotients.AsSpan((int)(row * categories), (int)categories);
            var at = (long*)result.Pointer + row * RowStride(result);
            if (draws == 1)
            {
                *at = IndexOfLargest(own);
                continue;
            }
            own.CopyTo(keys);
            for (long i = 0; i < categories; i++) order[i] = i;
            // Falling, NaN first, and by index among equals.
            Array.Sort(order, (a, b) => keys[a] == keys[b] ? a.CompareTo(b) : Falling(keys[a], keys[b]) is var c && c != 0 ? c : a.CompareTo(b));
            for (long n = 0; n < draws; n++) at[n * result.Strides[^1]] = order[n];
        }
    }

    private static int Falling(double a, double b) =>
        double.IsNaN(a) ? (double.IsNaN(b) ? 0 : -1) : double.IsNaN(b) ? 1 : b.CompareTo(a);

    private static long IndexOfLargest(ReadOnlySpan<double> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length && !double.IsNaN(values[best]); i++)
            if (values[i] > values[best] || double.IsNaN(values[i])) best = i;
        return best;
    }
}
