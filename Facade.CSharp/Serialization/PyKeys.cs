// When two keys of a Python dictionary are the same: 1 == 1.0 == True, strings and bytes by content, tuples by content, objects by identity.
// Tuples may share parts, so a walk over one is bounded by a number of steps, not by its depth; larger ones are refused as keys. Hashes are
// seeded for each process: a file cannot be made of colliding keys.
using System.Numerics;

namespace Torch.Serialization;

internal sealed class PyKeys : IEqualityComparer<object>
{
    public static readonly PyKeys Instance = new();

    private const int MaxSteps = 1000;
    private const int MaxDepth = 50;

    /// <summary>Why this value cannot be a key, or null where it can.</summary>
    public static string? Fault(object? key)
    {
        var steps = 0;
        return Fault(key, 0, ref steps);
    }

    private static string? Fault(object? key, int depth, ref int steps)
    {
        if (++steps > MaxSteps || depth > MaxDepth) return "a key is too large a structure";
        switch (key)
        {
            case List<object?>: return "a list cannot be a key";
            case PyDict: return "a dict cannot be a key";
            case PySet { Frozen: false }: return "a set cannot be a key";
            case PySet { Frozen: true, Count: > 0 }: return "a frozenset as a key is not supported";
            case PyByteArray: return "a bytearray cannot be a key";
            case PyTuple tuple:
                foreach (var item in tuple.Items)
                {
                    if (Fault(item, depth + 1, ref steps) is { } fault) return fault;
                }
                return null;
            default: return null;
        }
    }

    bool IEqualityComparer<object>.Equals(object? a, object? b) => Same(a, b);

    int IEqualityComparer<object>.GetHashCode(object key) => Hash(key);

    private static bool Same(object? a, object? b)
    {
        if (ReferenceEquals(a, b)) return true;
        a = Plain(a);
        b = Plain(b);
        if (a is PyTuple s && b is PyTuple t)
        {
            if (s.Count != t.Count) return false;
            for (var i = 0; i < s.Count; i++)
            {
                if (!Same(s.Items[i], t.Items[i])) return false;
            }
            return true;
        }
        if (a is byte[] x && b is byte[] y) return x.AsSpan().SequenceEqual(y);
        return Equals(a, b);
    }

    private static int Hash(object? key)
    {
        switch (Plain(key))
        {
            case null: return 0;
            case long n: return HashCode.Combine(n); // seeded, unlike the hash of a number
            case double d: return HashCode.Combine(d);
            case byte[] bytes:
                var hash = new HashCode();
                hash.AddBytes(bytes);
                return hash.ToHashCode();
            case PyTuple tuple:
                var all = HashCode.Combine(tuple.Count);
                foreach (var item in tuple.Items) all = HashCode.Combine(all, Hash(item));
                return all;
            case { } other: return HashCode.Combine(other.GetHashCode());
        }
    }

    /// <summary>A number in its plainest form, so that equal ones are alike.</summary>
    private static object? Plain(object? key) => key switch
    {
        bool b => (object)(b ? 1L : 0L),
        double d when d == Math.Floor(d) && Math.Abs(d) < 1L << 53 => (long)d,
        BigInteger n when n >= long.MinValue && n <= long.MaxValue => (long)n,
        _ => key,
    };
}
