namespace Torch.Kernels;

/// <summary>
/// Order along the last dimension, for all real types and Bool: sort, topk, kthvalue, median, mode, searchsorted. NaN is greater than everything;
/// both zeros are equal; equal elements keep their order (the lower position comes first), in descending order too. Rows are divided among threads.
/// </summary>
public static unsafe class Sort
{
    /// <summary>Sorts every row, stably.</summary>
    /// <param name="input">[.., n].</param>
    /// <param name="values">[.., n] of the same type, or null for the order alone. Does not overlap the input.</param>
    /// <param name="indices">Int64 [.., n]: positions in the row.</param>
    /// <param name="descending">Whether the greatest comes first.</param>
    public static void Run(Block input, Block? values, Block? indices, bool descending) =>
        TopK(input, Rows.Length(input), values, indices, descending, sorted: true);

    /// <summary>The first <paramref name="k"/> of every sorted row.</summary>
    /// <param name="input">[.., n].</param>
    /// <param name="k">At most n.</param>
    /// <param name="values">[.., k], or null.</param>
    /// <param name="indices">Int64 [.., k], or null.</param>
    /// <param name="largest">Whether the greatest are wanted.</param>
    /// <param name="sorted">Whether they must be in order; if not they may come in any.</param>
    public static void TopK(Block input, long k, Block? values, Block? indices, bool largest, bool sorted) =>
        KeyedAction<TopAction>.Dispatch(input.Type, new TopAction(input, (nint)k, values, indices, largest, sorted));

    private readonly struct TopAction(Block input, nint k, Block? values, Block? indices, bool largest, bool sorted) : IKeyedAction
    {
        public void Run<T, A, E, K>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A> where K : unmanaged, IKeyed<K>
        {
            var (x, v, x2, wanted, top, order) = (input, values, indices, k, largest, sorted);
            var n = (nint)Rows.Length(x);
            if (wanted == 0) return;
            nint step = Rows.Step(x), vStep = v == null ? 0 : Rows.Step(v), iStep = x2 == null ? 0 : Rows.Step(x2);
            new Rows(x, v ?? x, x2 ?? x).ForEach(16 * n, cursor =>
            {
                var row = (T*)x.Address + cursor[0];
                var keys = SortKeyed<T, A, E, K>.Load(row, step, n, top);
                if (wanted > n / 4) keys = SortKeyed<T, A, E, K>.Sort(keys, n);
                else
                {
                    SortKeyed<T, A, E, K>.Select(keys, n, wanted - 1);
                    if (order) keys = SortKeyed<T, A, E, K>.Sort(keys, wanted);
                }
                if (v != null)
                {
                    var target = (T*)v.Address + cursor[1];
                    for (nint i = 0; i < wanted; i++) target[i * vStep] = row[(nint)keys[i].Position * step];
                }
                if (x2 != null)
                {
                    var target = (long*)x2.Address + cursor[2];
                    for (nint i = 0; i < wanted; i++) target[i * iStep] = keys[i].Position;
                }
            });
        }
    }

    /// <summary>The <paramref name="k"/>-th smallest (from 1) of every row, with its position.</summary>
    /// <param name="input">[.., n], n at least k.</param>
    /// <param name="k">From 1.</param>
    /// <param name="value">[..] (or [.., 1]).</param>
    /// <param name="index">Int64, likewise.</param>
    public static void KthValue(Block input, long k, Block value, Block index) =>
        KeyedAction<PickAction>.Dispatch(input.Type, new PickAction(input, value, index, Pick.Kth, (nint)k - 1));

    /// <summary>The lower median of every row, with its position: NaN where the row has one, or with <paramref name="ignoreNaN"/> the median of the others.</summary>
    public static void Median(Block input, Block value, Block index, bool ignoreNaN) =>
        KeyedAction<PickAction>.Dispatch(input.Type, new PickAction(input, value, index, ignoreNaN ? Pick.NanMedian : Pick.Median, 0));

    /// <summary>The most frequent value of every row, the least of several, with the last of its positions.</summary>
    public static void Mode(Block input, Block value, Block index) => KeyedAction<PickAction>.Dispatch(input.Type, new PickAction(input, value, index, Pick.Mode, 0));

    private enum Pick { Kth, Median, NanMedian, Mode }

    private readonly struct PickAction(Block input, Block value, Block index, Pick pick, nint k) : IKeyedAction
    {
        public void Run<T, A, E, K>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A> where K : unmanaged, IKeyed<K>
        {
            var (x, v, x2, how, kth) = (input, value, index, pick, k);
            var n = (nint)Rows.Length(x);
            if (n == 0) return;
            var step = Rows.Step(x);
            new Rows(x, v, x2).ForEach(16 * n, cursor =>
            {
                var row = (T*)x.Address + cursor[0];
                var position = how == Pick.Mode ? Mode<T, A, E, K>(row, step, n) : Select<T, A, E, K>(row, step, n, how, kth);
                ((T*)v.Address)[cursor[1]] = row[position * step];
                ((long*)x2.Address)[cursor[2]] = position;
            });
        }
    }

    private static nint Select<T, A, E, K>(T* row, nint step, nint n, Pick how, nint k)
        where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A> where K : unmanaged, IKeyed<K>
    {
        nint numbers = n;
        if (how != Pick.Kth)
        {
            numbers = 0;
            for (nint i = 0; i < n; i++)
            {
                if (!E.IsNaN(E.Load(row[i * step]))) numbers++;
                else if (how == Pick.Median) return i;
            }
            k = Math.Max(0, numbers - 1) / 2;
        }
        var keys = SortKeyed<T, A, E, K>.Load(row, step, n, descending: false);
        SortKeyed<T, A, E, K>.Select(keys, n, k);
        return (nint)keys[k].Position;
    }

    private static nint Mode<T, A, E, K>(T* row, nint step, nint n)
        where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A> where K : unmanaged, IKeyed<K>
    {
        var keys = SortKeyed<T, A, E, K>.Sort(SortKeyed<T, A, E, K>.Load(row, step, n, descending: false), n);
        nint best = 0, most = 0, start = 0;
        for (nint i = 0; i < n; i++)
        {
            if (i + 1 < n && keys[i + 1].Key == keys[i].Key) continue;
            if (i + 1 - start > most) (most, best) = (i + 1 - start, (nint)keys[i].Position);
            start = i + 1;
        }
        return best;
    }

    /// <summary>Where values would have to be inserted in sorted rows to keep them sorted.</summary>
    /// <param name="boundaries">[n], or [.., n] with the outer sizes of the values; ascending.</param>
    /// <param name="values">[.., m] of the same type.</param>
    /// <param name="sorter">Null, or Int64 of the sizes of the boundaries: the order in which to read them.</param>
    /// <param name="result">Int64 [.., m].</param>
    /// <param name="right">Whether after equal ones (else before).</param>
    public static void SearchSorted(Block boundaries, Block values, Block? sorter, Block result, bool right) =>
        Elements.DispatchOrdered(values.Type, new SearchAction(boundaries, values, sorter, result, right));

    private readonly struct SearchAction(Block boundaries, Block values, Block? sorter, Block result, bool right) : IOrderedAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
        {
            var (v, r, after) = (values, result, right);
            var b = Shared(boundaries, v);
            var s = sorter == null ? null : Shared(sorter, v);
            var n = (nint)Rows.Length(boundaries);
            var m = (nint)Rows.Length(v);
            nint bStep = Rows.Step(b), vStep = Rows.Step(v), rStep = Rows.Step(r), sStep = s == null ? 0 : Rows.Step(s);
            new Rows(v, r, b, s ?? b).ForEach(m * 8, cursor =>
            {
                var row = (T*)b.Address + cursor[2];
                var order = s == null ? null : (long*)s.Address + cursor[3];
                for (nint i = 0; i < m; i++)
                {
                    var value = E.Load(((T*)v.Address)[cursor[0] + i * vStep]);
                    nint low = 0, high = n;
                    while (low < high)
                    {
                        var middle = low + (high - low) / 2;
                        var at = E.Load(row[(order == null ? middle : (nint)order[middle * sStep]) * bStep]);
                        var before = after ? !E.Less(value, at) : E.Less(at, value) || E.IsNaN(at) || E.IsNaN(value);
                        if (before) low = middle + 1;
                        else high = middle;
                    }
                    ((long*)r.Address)[cursor[1] + i * rStep] = low;
                }
            });
        }

        /// <summary>One row seen with the outer dimensions of the values.</summary>
        private static Block Shared(Block row, Block values)
        {
            if (row.Rank == values.Rank && row.Rank != 1) return row;
            var rank = Math.Max(1, values.Rank);
            var strides = new long[rank];
            strides[rank - 1] = Rows.Step(row);
            return new Block(row.Address, row.Type, values.Sizes, strides);
        }
    }
}
