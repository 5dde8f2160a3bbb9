using System.Numerics;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

/// <summary>Conversions between all element types, against .NET's own conversions and brute force.</summary>
public sealed unsafe class CastTests
{
    private static TTo[] Cast<TFrom, TTo>(ElementType from, ElementType to, params TFrom[] x) where TFrom : unmanaged where TTo : unmanaged
    {
        var y = new TTo[x.Length];
        fixed (TFrom* p = x)
        fixed (TTo* q = y) Casts.For(from, to)((byte*)q, (byte*)p, null, null, x.Length);
        return y;
    }

    private static readonly float[] Patterns = MakePatterns();

    private static float[] MakePatterns()
    {
        var random = new Random(5);
        var x = new float[1 << 18];
        for (var i = 0; i < x.Length; i++)
            x[i] = i % 2 == 0 ? BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)) : MathF.ScaleB((float)random.NextDouble() * 2 - 1, random.Next(-28, 18));
        return x;
    }

    public static TheoryData<ElementType> Types => [.. Enum.GetValues<ElementType>()];

    [Theory, MemberData(nameof(Types))]
    public void Every_pair_gives_the_same_bytes_at_every_width_and_length(ElementType from)
    {
        var random = new Random(6);
        foreach (var to in Enum.GetValues<ElementType>())
        {
            for (var count = 0; count <= 40; count++)
            {
                byte[] source = new byte[count * from.Size() + 1], expected = new byte[count * to.Size() + 1], actual = new byte[expected.Length];
                random.NextBytes(source);
                if (from == ElementType.Bool) for (var i = 0; i < count; i++) source[i] &= 1;
                if (from == ElementType.Float32)
                    for (var i = 0; i < count; i++) BitConverter.TryWriteBytes(source.AsSpan(4 * i), Patterns[random.Next(Patterns.Length)]);
                expected[^1] = actual[^1] = 0xA5;
                fixed (byte* p = source, q = expected, r = actual)
                {
                    Casts.At(from, to, Width.Lane)(q, p, null, null, count);
                    foreach (var width in Enum.GetValues<Width>())
                    {
                        Array.Fill(actual, (byte)0xCD, 0, actual.Length - 1);
                        Casts.At(from, to, width)(r, p, null, null, count);
                        Assert.True(expected.AsSpan().SequenceEqual(actual), $"{from} to {to} at {width}, length {count}");
                    }
                }
            }
        }
    }

    [Fact]
    public void Half_is_that_of_DotNet()
    {
        var all = Enumerable.Range(0, 65536).Select(i => BitConverter.UInt16BitsToHalf((ushort)i)).ToArray();
        var wide = Cast<Half, float>(ElementType.Float16, ElementType.Float32, all);
        for (var i = 0; i < all.Length; i++) Assert.True(((float)all[i]).Equals(wide[i]) && (wide[i] != 0 || float.IsNegative(wide[i]) == Half.IsNegative(all[i])), $"{i:X4}");
        var narrow = Cast<float, Half>(ElementType.Float32, ElementType.Float16, Patterns);
        for (var i = 0; i < narrow.Length; i++)
            Assert.True(Half.IsNaN(narrow[i]) ? float.IsNaN(Patterns[i]) : BitConverter.HalfToUInt16Bits((Half)Patterns[i]) == BitConverter.HalfToUInt16Bits(narrow[i]), $"{Patterns[i]:R}");
    }

    [Fact]
    public void BFloat16_rounds_to_nearest_even()
    {
        var narrow = Cast<float, BFloat16>(ElementType.Float32, ElementType.BFloat16, Patterns);
        var wide = Cast<BFloat16, float>(ElementType.BFloat16, ElementType.Float32, narrow);
        for (var i = 0; i < narrow.Length; i++)
        {
            Assert.True(wide[i].Equals(narrow[i].ToSingle()) && narrow[i].Equals(new BFloat16(Patterns[i])), $"{Patterns[i]:R}");
            if (!float.IsFinite(wide[i])) continue;
            // No other number is nearer, and of two equally near the even one was taken.
            var bits = BitConverter.SingleToInt32Bits(wide[i]);
            var error = Math.Abs((double)wide[i] - Patterns[i]);
            foreach (var next in new[] { bits + 0x10000, bits - 0x10000 })
            {
                var other = Math.Abs((double)BitConverter.Int32BitsToSingle(next) - Patterns[i]);
                if (bits << 1 != 0 && !double.IsNaN(other)) Assert.True(error < other || error == other && (bits >> 16 & 1) == 0, $"{Patterns[i]:R}");
            }
        }
        Assert.True(BFloat16.IsNaN(new BFloat16(float.NaN)));
        Assert.Equal(BFloat16.PositiveInfinity, new BFloat16(float.MaxValue));
        Assert.Equal("1.5", ((BFloat16)1.5f).ToString("R", System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal((BFloat16)3.5f, (BFloat16)1.5f + (BFloat16)2f);
        Assert.True((BFloat16)1f < (BFloat16)2.0 && BFloat16.One.CompareTo((object)BFloat16.Zero) > 0);
        Assert.Equal(BFloat16.One.ToSingle() + BFloat16.Epsilon.ToSingle(), BFloat16.FromRawValue(0x3F81).ToSingle());
    }

    public static TheoryData<ElementType, double, double, double> Float8 => new()
    {
        // type, largest number, least positive number, what is too large
        { ElementType.Float8E4M3FN, 448, 1.0 / 512, double.NaN },
        { ElementType.Float8E5M2, 57344, 1.0 / 65536, double.PositiveInfinity },
        { ElementType.Float8E4M3FNUZ, 240, 1.0 / 1024, double.NaN },
        { ElementType.Float8E5M2FNUZ, 57344, 1.0 / 131072, double.NaN },
    };

    [Theory, MemberData(nameof(Float8))]
    public void Eight_bit_floats_round_to_nearest_even(ElementType type, double largest, double least, double overflow)
    {
        var bits = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var values = Cast<byte, float>(type, ElementType.Float32, bits);
        Assert.Equal(largest, values.Where(float.IsFinite).Max());
        Assert.Equal(least, values.Where(v => v > 0).Min());
        var back = Cast<float, byte>(ElementType.Float32, type, values);
        for (var i = 0; i < 256; i++) Assert.True(float.IsNaN(values[i]) ? float.IsNaN(values[back[i]]) : back[i] == i, $"{i:X2}");

        var unsigned = type is ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2FNUZ;
        var positive = bits.Take(128).Where(b => float.IsFinite(values[b])).ToArray();
        // Half a step beyond the largest number is where rounding leaves the range.
        var limit = largest + (largest - values[positive[^2]]) / 2;
        var samples = Patterns[..20000];
        var narrow = Cast<float, byte>(ElementType.Float32, type, samples);
        for (var i = 0; i < samples.Length; i++)
        {
            double x = Math.Abs((double)samples[i]), got = Math.Abs((double)values[narrow[i]]);
            if (double.IsNaN(x) || x >= limit) Assert.True(double.IsNaN(x) ? double.IsNaN(got) : got.Equals(overflow), $"{samples[i]:R} becomes {got}");
            else
            {
                var nearest = positive.MinBy(b => (Math.Abs(values[b] - x), b & 1));
                Assert.True(got == values[nearest], $"{samples[i]:R} becomes {got}, not {values[nearest]}");
                Assert.True(unsigned && got == 0 || float.IsNegative(values[narrow[i]]) == float.IsNegative(samples[i]), $"the sign of {samples[i]:R}");
            }
        }
    }

    [Fact]
    public void Floats_become_integers_as_on_x86()
    {
        float[] x = [1.9f, -1.9f, 300, -1, 3e9f, -3e9f, 1e19f, float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        Assert.Equal([1, -1, 300, -1, int.MinValue, int.MinValue, int.MinValue, int.MinValue, int.MinValue, int.MinValue], Cast<float, int>(ElementType.Float32, ElementType.Int32, x));
        const long least = long.MinValue;
        Assert.Equal([1, -1, 300, -1, 3000000000, -3000000000, least, least, least, least], Cast<float, long>(ElementType.Float32, ElementType.Int64, x));
        Assert.Equal(new byte[] { 1, 255, 44, 255, 0, 0, 0, 0, 0, 0 }, Cast<float, byte>(ElementType.Float32, ElementType.UInt8, x));
        Assert.Equal(new sbyte[] { 1, -1, 44, -1, 0, 0, 0, 0, 0, 0 }, Cast<float, sbyte>(ElementType.Float32, ElementType.Int8, x));
        Assert.Equal(new short[] { 1, -1, 300, -1, 0, 0, 0, 0, 0, 0 }, Cast<float, short>(ElementType.Float32, ElementType.Int16, x));
        Assert.Equal([1u, 0xFFFFFFFF, 300u, 0xFFFFFFFF, 3000000000u, 1294967296u, 0u, 0u, 0u, 0u], Cast<float, uint>(ElementType.Float32, ElementType.UInt32, x));
        Assert.Equal([1UL, ulong.MaxValue, 9999999980506447872UL, 1UL << 63], Cast<float, ulong>(ElementType.Float32, ElementType.UInt64, 1.9f, -1.9f, 1e19f, float.NaN));
        Assert.Equal([int.MaxValue, int.MinValue, int.MinValue], Cast<double, int>(ElementType.Float64, ElementType.Int32, 2147483647.9, -2147483648.9, 2147483648.0));
        Assert.Equal([least, 9007199254740993, -5], Cast<double, long>(ElementType.Float64, ElementType.Int64, 9.3e18, 9007199254740992, -5.5).Select((v, i) => i == 1 ? v + 1 : v));
        Assert.Equal(new byte[] { 1, 0, 0, 1, 1 }, Cast<float, byte>(ElementType.Float32, ElementType.Bool, 0.1f, 0, -0f, float.NaN, -3));
    }

    [Fact]
    public void Integers_become_floats_with_one_rounding()
    {
        var random = new Random(7);
        var x = Enumerable.Range(0, 4096).Select(i => random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(60)).Append((1L << 60) + (1L << 36) + 1).ToArray();
        Assert.Equal(x.Select(v => (float)v), Cast<long, float>(ElementType.Int64, ElementType.Float32, x));
        Assert.Equal(x.Select(v => (double)v), Cast<long, double>(ElementType.Int64, ElementType.Float64, x));
        var y = x.Select(v => (int)v).ToArray();
        Assert.Equal(y, Cast<long, int>(ElementType.Int64, ElementType.Int32, x));
        Assert.Equal(y.Select(v => (long)v), Cast<int, long>(ElementType.Int32, ElementType.Int64, y));
        Assert.Equal(y.Select(v => (float)v), Cast<int, float>(ElementType.Int32, ElementType.Float32, y));
        Assert.Equal(y.Select(v => (double)v), Cast<int, double>(ElementType.Int32, ElementType.Float64, y));
        var z = x.Select(v => (byte)v).ToArray();
        Assert.Equal(z.Select(v => (float)v), Cast<byte, float>(ElementType.UInt8, ElementType.Float32, z));
        Assert.Equal([18446744073709551615f, 4294967295f], [Cast<ulong, float>(ElementType.UInt64, ElementType.Float32, ulong.MaxValue)[0], Cast<uint, float>(ElementType.UInt32, ElementType.Float32, uint.MaxValue)[0]]);
    }

    [Fact]
    public void Complex_numbers_lose_their_imaginary_part_and_are_true_with_either()
    {
        Complex64[] z = [new(1.5f, 2), new(0, 3), new(0, 0), new(-2.5f, float.NaN)];
        Assert.Equal([1.5f, 0, 0, -2.5f], Cast<Complex64, float>(ElementType.Complex64, ElementType.Float32, z));
        Assert.Equal([1, 0, 0, -2], Cast<Complex64, int>(ElementType.Complex64, ElementType.Int32, z));
        Assert.Equal(new byte[] { 1, 1, 0, 1 }, Cast<Complex64, byte>(ElementType.Complex64, ElementType.Bool, z));
        Assert.Equal([new Complex(1.5, 2), new Complex(0, 3)], Cast<Complex64, Complex>(ElementType.Complex64, ElementType.Complex128, z[..2]));
        Assert.Equal([new Complex(7, 0)], Cast<long, Complex>(ElementType.Int64, ElementType.Complex128, 7));
        Assert.Equal([(0x4000u << 16) + 0x3E00], Cast<Complex64, uint>(ElementType.Complex64, ElementType.Complex32, z[0]));
    }
}
