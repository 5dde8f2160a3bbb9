using System.Runtime.CompilerServices;

namespace Torch;

/// <summary>A size, stride or padding for each spatial dimension: one number for all of them, or one each. It remembers which, for descriptions.</summary>
internal readonly record struct Extent(long[] Values, bool Single)
{
    public static implicit operator Extent(long value) => new([value], true);

    public static implicit operator Extent((long, long) v) => new([v.Item1, v.Item2], false);

    public static implicit operator Extent((long, long, long) v) => new([v.Item1, v.Item2, v.Item3], false);

    public static implicit operator Extent(long[] values) => new(values, false);

    /// <summary>As many numbers as there are dimensions.</summary>
    internal long[] For(int dimensions) => Single ? [.. Enumerable.Repeat(Values[0], dimensions)] : (long[])Values.Clone();

    internal bool Is(long value) => Values.All(v => v == value);

    public override string ToString() => Single ? PyText.Repr(Values[0]) : PyText.Tuple(Values);

    internal static Extent? Of(long? v) => v is { } x ? (Extent)x : (Extent?)null;

    internal static Extent? Of((long, long)? v) => v is { } x ? (Extent)x : (Extent?)null;

    internal static Extent? Of((long, long, long)? v) => v is { } x ? (Extent)x : (Extent?)null;

    internal static Extent? Of(long[]? v) => v is null ? (Extent?)null : (Extent)v;

    internal static long[] Array((long, long) v) => [v.Item1, v.Item2];

    internal static long[]? Array((long, long)? v) => v is { } x ? [x.Item1, x.Item2] : null;

    internal static long[]? Array((long, long, long)? v) => v is { } x ? [x.Item1, x.Item2, x.Item3] : null;

    internal static long[]? Array(long? v, int n) => v is { } x ? [.. Enumerable.Repeat(x, n)] : null;
}
