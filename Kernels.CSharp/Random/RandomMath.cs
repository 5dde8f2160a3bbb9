// Functions of a real number that the samplers need and .NET lacks.

namespace Torch.Kernels;

internal static class RandomMath
{
    /// <summary>
    /// log(1 + x), with about one unit in the last place of error. The rounding error of 1 + x is known exactly (Knuth's two-sum) and enters with its
    /// first-order effect. For x = -u with u a multiple of 2^-53 the sum is exact and nothing is corrected. (<c>double.LogP1</c> is log(x + 1) plainly.)
    /// </summary>
    public static double Log1P(double x)
    {
        var sum = 1 + x;
        if (!(sum > 0) || double.IsInfinity(sum)) return Math.Log(sum);
        var part = sum - 1;
        var lost = (1 - (sum - part)) + (x - part);
        // A sum of one means |x| below 2^-53: x itself, but for a term of x^2 / 2 that is below its last place.
        return sum == 1 ? x : Math.Log(sum) + lost / sum;
    }

    /// <summary>
    /// log((n)!) for a whole number n at or above zero. Exact factorials up to 18! (below 2^53), then Stirling's series to n^-9, relative error below
    /// 4e-16.
    /// </summary>
    public static double LogFactorial(double n)
    {
        if (n < Factorials.Length) return Math.Log(Factorials[(int)n]);
        var x = n + 1;
        var r = 1 / (x * x);
        var series = (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r / 1188)))) / x;
        return (x - 0.5) * Math.Log(x) - x + HalfLogTwoPi + series;
    }

    private const double HalfLogTwoPi = 0.91893853320467274178;

    private static readonly double[] Factorials = MakeFactorials();

    private static double[] MakeFactorials()
    {
        var table = new double[19];
        table[0] = 1;
        for (var i = 1; i < table.Length; i++) table[i] = table[i - 1] * i;
        return table;
    }
}
