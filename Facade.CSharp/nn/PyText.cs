using System.Globalization;

namespace Torch;

/// <summary>Values as Python prints them, for descriptions of modules and schedules.</summary>
internal static class PyText
{
    internal static string Repr(bool value) => value ? "True" : "False";

    internal static string Repr(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The shortest digits that read back as the same number, with an exponent below 1e-4 and from 1e16 on.</summary>
    internal static string Repr(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        var text = value.ToString("E16", CultureInfo.InvariantCulture);
        var exponent = value == 0 ? 0 : int.Parse(text[(text.IndexOf('E') + 1)..], CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        if (exponent is >= -4 and < 16)
        {
            var plain = shortest.Contains('E') ? ((decimal)value).ToString(CultureInfo.InvariantCulture) : shortest;
            return plain.Contains('.') ? plain : plain + ".0";
        }
        // One digit before the point.
        var digits = shortest;
        var at = digits.IndexOf('E');
        var mantissa = at >= 0 ? digits[..at] : digits;
        var sign = mantissa.StartsWith('-') ? "-" : "";
        mantissa = mantissa.TrimStart('-').Replace(".", "").TrimStart('0').TrimEnd('0');
        var body = mantissa.Length > 1 ? mantissa[0] + "." + mantissa[1..] : mantissa;
        return $"{sign}{body}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent):00}";
    }

    internal static string Repr(double? value) => value is { } v ? Repr(v) : "None";

    internal static string Repr(long? value) => value is { } v ? Repr(v) : "None";

    /// <summary>(3, 3), and (3,) for one.</summary>
    internal static string Tuple(params ReadOnlySpan<long> values)
    {
        var text = string.Join(", ", values.ToArray());
        return values.Length == 1 ? $"({text},)" : $"({text})";
    }

    /// <summary>One number where all are the same setting given once, else the tuple.</summary>
    internal static string OneOrTuple(long[] values) => values.Length > 1 && values.All(v => v == values[0]) ? Repr(values[0]) : values.Length == 1 ? Repr(values[0]) : Tuple(values);
}
