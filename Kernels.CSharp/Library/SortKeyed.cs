using System.Runtime.CompilerServices;

namespace Torch.Kernels;

// Sorting by keys. A row becomes an array of (key, position) pairs, keys being order-preserving unsigned integers (IOrdered.Key), complemented
// for descending order. Pairs are distinct, so that any sort of them is stable. Long rows are sorted by bytes of the key from the lowest
// (LSD radix sort), passes in which all keys agree are left out; short rows by comparison.

/// <summary>A key with the position that it came from, ordered by key, then position.</summary>
internal interface IKeyed<K> : IComparable<K> where K : unmanaged
{
    static abstract K Of(ulong key, uint position);
    ulong Key { get; }
    uint Position { get; }
}

/// <summary>A key of up to 32 bits above its position.</summary>
internal readonly record struct NarrowKey(ulong Bits) : IKeyed<NarrowKey>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static NarrowKey Of(ulong key, uint position) => new(key << 32 | position);
    public ulong Key => Bits >> 32;
    public uint Position => (uint)Bits;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public int CompareTo(NarrowKey other) => Bits.CompareTo(other.Bits);
}

/// <summary>A key of up to 64 bits beside its position.</summary>
internal readonly record struct WideKey(ulong Key, uint Position) : IKeyed<WideKey>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static WideKey Of(ulong key, uint position) => new(key, position);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CompareTo(WideKey other)
    {
        var order = Key.CompareTo(other.Key);
        return order != 0 ? order : Position.CompareTo(other.Position);
    }
}

internal static unsafe class SortKeyed<T, A, E, K> where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A> where K : unmanaged, IKeyed<K>
{
    private const int ShortRow = 256;
    private const int Bins = 256;

    private static ulong Mask => ulong.MaxValue >> (64 - E.KeyBits);

    /// <summary>The keys of a row, in scratch memory of this thread.</summary>
    public static K* Load(T* row, nint step, nint count, bool descending)
    {
        var keys = Scratch.Get<K>(ScratchUse.Keys, count);
        var flip = descending ? Mask : 0;
        for (nint i = 0; i < count; i++) keys[i] = K.Of(E.Key(E.Load(row[i * step])) ^ flip, (uint)i);
        return keys;
    }

    /// <summary>Sorts pairs; they may end in another place, which is returned.</summary>
    public static K* Sort(K* keys, nint count)
    {
        if (count <= ShortRow)
        {
            new Span<K>(keys, (int)count).Sort();
            return keys;
        }
        var passes = (E.KeyBits + 7) / 8;
        var counts = stackalloc uint[passes * Bins];
        new Span<uint>(counts, passes * Bins).Clear();
        for (nint i = 0; i < count; i++)
        {
            var key = keys[i].Key;
            for (var pass = 0; pass < passes; pass++) counts[pass * Bins + (byte)(key >> (8 * pass))]++;
        }
        var spare = Scratch.Get<K>(ScratchUse.OrderSpare, count);
        for (var pass = 0; pass < passes; pass++)
        {
            var starts = counts + pass * Bins;
            var shift = 8 * pass;
            if (starts[(byte)(keys[0].Key >> shift)] == count) continue;
            uint next = 0;
            for (var bin = 0; bin < Bins; bin++) (starts[bin], next) = (next, next + starts[bin]);
            for (nint i = 0; i < count; i++) spare[starts[(byte)(keys[i].Key >> shift)]++] = keys[i];
            var other = keys;
            keys = spare;
            spare = other;
        }
        return keys;
    }

    /// <summary>Puts the pair that sorting would put at <paramref name="k"/> there, smaller ones before it (quickselect with the median of three).</summary>
    public static void Select(K* keys, nint count, nint k)
    {
        nint low = 0, high = count - 1;
        while (high > low)
        {
            if (high - low < 24)
            {
                new Span<K>(keys + low, (int)(high - low + 1)).Sort();
                return;
            }
            var middle = low + (high - low) / 2;
            Order(keys + low, keys + middle);
            Order(keys + low, keys + high);
            Order(keys + middle, keys + high);
            var pivot = keys[middle];
            nint i = low, j = high;
            while (i <= j)
            {
                while (keys[i].CompareTo(pivot) < 0) i++;
                while (keys[j].CompareTo(pivot) > 0) j--;
                if (i > j) break;
                (keys[i], keys[j]) = (keys[j], keys[i]);
                i++;
                j--;
            }
            if (k <= j) high = j;
            else if (k >= i) low = i;
            else return;
        }
    }

    private static void Order(K* x, K* y)
    {
        if (x->CompareTo(*y) > 0) (*x, *y) = (*y, *x);
    }
}

/// <summary>Work over keys of a type: as ordered work, with the pair that its keys fit in.</summary>
internal interface IKeyedAction
{
    void Run<T, A, E, K>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A> where K : unmanaged, IKeyed<K>;
}

internal readonly struct KeyedAction<TAction>(TAction action) : IOrderedAction where TAction : struct, IKeyedAction
{
    public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
    {
        if (E.KeyBits <= 32) action.Run<T, A, E, NarrowKey>();
        else action.Run<T, A, E, WideKey>();
    }

    public static void Dispatch(ElementType type, TAction action) => Elements.DispatchOrdered(type, new KeyedAction<TAction>(action));
}
