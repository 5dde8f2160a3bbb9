// The order in which PyTorch visits the elements of strided memory: dimensions by falling stride, the smallest stride innermost, ties and zero
// strides decided by the next operand. A dense tensor is thus visited in the order of its memory. Neighbouring dimensions that all operands walk
// through without a jump are merged, so that what remains is a short list of long runs.

namespace Torch.Kernels;

/// <summary>Runs of elements in visiting order: each has <see cref="Length"/> elements, at <see cref="Offset"/> and a fixed stride for each
/// operand.</summary>
internal sealed class Traversal
{
    private readonly long[] _sizes;      // innermost first
    private readonly long[][] _strides;  // by operand, innermost first
    private readonly long[] _index;
    private readonly long[] _offset;
    private bool _started;

    /// <summary>PyTorch's order; the strides of the operands in order of importance, the result's first.</summary>
    public Traversal(long[] sizes, params long[][] strides) : this(sizes, byMemory: true, strides) { }

    private Traversal(long[] sizes, bool byMemory, long[][] strides)
    {
        var order = byMemory ? Order(sizes, strides) : RowMajor(sizes.Length);
        var merged = Merge(sizes, strides, order);
        _sizes = [.. merged.Select(d => d.Size)];
        _strides = [.. strides.Select((_, k) => merged.Select(d => d.Strides[k]).ToArray())];
        _index = new long[_sizes.Length];
        _offset = new long[strides.Length];
        Length = _sizes[0];
        IsEmpty = sizes.Contains(0);
    }

    /// <summary>The order of indices, whatever the strides.</summary>
    public static Traversal InIndexOrder(long[] sizes, params long[][] strides) => new(sizes, byMemory: false, strides);

    /// <summary>Elements of a run.</summary>
    public long Length { get; }

    private bool IsEmpty { get; }

    /// <summary>The step from element to element within a run, in elements.</summary>
    public long Stride(int operand) => _strides[operand][0];

    /// <summary>Where the current run starts, in elements from the operand's address.</summary>
    public long Offset(int operand) => _offset[operand];

    /// <summary>Steps to the first or next run; false when there is none left.</summary>
    public bool Next()
    {
        if (!_started)
        {
            _started = true;
            return !IsEmpty;
        }
        for (var d = 1; d < _sizes.Length; d++)
        {
            for (var k = 0; k < _offset.Length; k++) _offset[k] += _strides[k][d];
            if (++_index[d] < _sizes[d]) return true;
            _index[d] = 0;
            for (var k = 0; k < _offset.Length; k++) _offset[k] -= _strides[k][d] * _sizes[d];
        }
        return false;
    }

    private static int[] RowMajor(int rank) => [.. Enumerable.Range(0, rank).Reverse()];

    /// <summary>
    /// Dimensions, innermost first: an insertion sort that starts from row-major order and stops at the first pair that is in order. It is not a
    /// plain sort by key, because pairs that no operand can tell apart are skipped over.
    /// </summary>
    private static int[] Order(long[] sizes, long[][] strides)
    {
        var order = RowMajor(sizes.Length);
        for (var i = 1; i < order.Length; i++)
        {
            var moving = i;
            for (var before = i - 1; before >= 0; before--)
            {
                var verdict = Compare(order[before], order[moving], sizes, strides);
                if (verdict < 0) break;
                if (verdict == 0) continue;
                (order[before], order[moving]) = (order[moving], order[before]);
                moving = before;
            }
        }
        return order;
    }

    /// <summary>Below zero: a belongs inside b; above: b inside a; zero: no operand decides.</summary>
    private static int Compare(int a, int b, long[] sizes, long[][] strides)
    {
        foreach (var operand in strides)
        {
            var (sa, sb) = (Math.Abs(operand[a]), Math.Abs(operand[b]));
            if (sa == 0 || sb == 0) continue;
            if (sa != sb) return sa < sb ? -1 : 1;
            if (sizes[a] > sizes[b]) return 1;
        }
        return 0;
    }

    private readonly record struct Dimension(long Size, long[] Strides);

    private static List<Dimension> Merge(long[] sizes, long[][] strides, int[] order)
    {
        var merged = new List<Dimension>();
        foreach (var d in order)
        {
            if (sizes[d] == 1) continue;
            var own = strides.Select(s => s[d]).ToArray();
            if (merged.Count > 0 && Continues(merged[^1], own)) merged[^1] = merged[^1] with { Size = merged[^1].Size * sizes[d] };
            else merged.Add(new(sizes[d], own));
        }
        if (merged.Count == 0) merged.Add(new(1, [.. strides.Select(_ => 1L)]));
        return merged;

        static bool Continues(Dimension inner, long[] outer) => outer.Zip(inner.Strides).All(p => p.First == p.Second * inner.Size);
    }
}
