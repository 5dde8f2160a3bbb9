// Functions of a real number that the samplers need and .NET lacks.

namespace Torch.Kernels;

internal static class RandomMath
{
    /// <summary>
    /// log(1 + x), error below one unit in the last place. (<c>double.LogP1</c> is log(x + 1) plainly.) The method is that of Sun's fdlibm (1993),
    /// the series summed in the order, and with the multiply-adds, of the C library below PyTorch (equal on two million arguments): cached normals
    /// are part of the generator's saved state, so that each bit counts. With 1 + x = 2^k (1 + f), 1 + f in [sqrt 1/2, sqrt 2), and s = f / (2 + f):
    /// log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)).
    /// </summary>
    public static double Log1P(double x)
    {
        if (x is not (> -1 and < double.PositiveInfinity)) return Math.Log(1 + x);
        if (Math.Abs(x) < 1.0 / (1L << 29)) return Math.Abs(x) < 1.0 / (1L << 54) ? x : x - x * x * 0.5;

        double k = 0, f = x, lost = 0;
        // The words of 1 - 0.2929 and of sqrt 2 - 1 as that library compares them, which is by the upper half only.
        var high = (int)(BitConverter.DoubleToInt64Bits(x) >> 32);
        var small = x < 0 ? high <= unchecked((int)0xBFD2BEC3) : high < 0x3FDA827A;
        if (!small)
        {
            var u = 1 + x;
            // What the sum lost, to first order.
            var sumBits = BitConverter.DoubleToInt64Bits(u);
            var exponent = (int)(sumBits >> 52) - 1023;
            lost = (exponent > 0 ? 1 - (u - x) : x - (u - 1)) / u;
            var mantissa = (int)(sumBits >> 32) & 0xFFFFF;
            // Halved where it exceeds sqrt 2.
            var halve = mantissa >= 0x6A09E;
            if (halve) exponent++;
            k = exponent;
            f = BitConverter.Int64BitsToDouble((sumBits & 0xFFFFFFFFFFFFF) | (halve ? 0x3FEL : 0x3FFL) << 52) - 1;
            // The mantissa of the upper half is zero, or was rounded up to it.
            var nearOne = halve ? (0x100000 - mantissa) >> 2 == 0 : mantissa == 0;
            if (nearOne)
            {
                if (f == 0) return k == 0 ? 0 : k * Ln2High + (lost + k * Ln2Low);
                var r = 0.5 * f * f * (1 - 0.66666666666666666 * f);
                return k == 0 ? f - r : k * Ln2High - (r - (k * Ln2Low + lost) - f);
            }
        }
        var half = 0.5 * f * f;
        var s = f / (2 + f);
        var z = s * s;
        var z2 = z * z;
        var z4 = z2 * z2;
        var z6 = z4 * z2;
        var series = Math.FusedMultiplyAdd(z, 6.666666666666735130e-01, z2 * Math.FusedMultiplyAdd(z, 2.857142874366239149e-01, 3.999999999940941908e-01));
        series = Math.FusedMultiplyAdd(z4, Math.FusedMultiplyAdd(z, 1.818357216161805012e-01, 2.222219843214978396e-01), series);
        series = Math.FusedMultiplyAdd(z6, Math.FusedMultiplyAdd(z, 1.479819860511658591e-01, 1.531383769920937332e-01), series);
        return k == 0 && lost == 0
            ? f - (half - s * (half + series))
            : k * Ln2High - (half - (s * (half + series) + (k * Ln2Low + lost)) - f);
    }

    // ln 2 in two parts, the first short enough to be multiplied by an exponent exactly.
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

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
