namespace Torch.Kernels;

/// <summary>
/// Distinct elements. The number of them is known only afterwards, so results are given room for all and the number is returned.
/// NaNs are distinct from each other.
/// </summary>
public static unsafe class Unique
{
    /// <summary>The distinct elements in ascending order.</summary>
    /// <param name="input">Of any shape with n elements, any real type or Bool.</param>
    /// <param name="values">[n], of which the first ones are written.</param>
    /// <param name="inverse">Null, or Int64 of the input's sizes: where each element is in the values.</param>
    /// <param name="counts">Null, or Int64 [n]: how often each value occurs.</param>
    public static long Sorted(Block input, Block values, Block? inverse, Block? counts)
    {
        var found = new long[1];
        KeyedAction<SortedAction>.Dispatch(input.Type, new SortedAction(input, values, inverse, counts, found));
        return found[0];
    }

    private readonly struct SortedAction(Block input, Block values, Block? inverse, Block? counts, long[] found) : IKeyedAction
    {
        public void Run<T, A, E, K>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A> where K : unmanaged, IKeyed<K>
        {
            var n = (nint)input.Count;
            if (n == 0) return;
            var flat = Scratch.Get<T>(ScratchUse.Row, n);
            var walker = new Walker(input.Sizes, input.Strides, inverse?.Strides ?? input.Strides);
            var cursor = walker.At(0);
            var places = Scratch.Get<nint>(ScratchUse.RowB, n);
            for (nint i = 0; i < n; i++, cursor.Skip(1))
            {
                flat[i] = ((T*)input.Address)[cursor[0]];
                places[i] = (nint)cursor[1];
            }
            var keys = SortKeyed<T, A, E, K>.Sort(SortKeyed<T, A, E, K>.Load(flat, 1, n, descending: false), n);
            var writer = new Writer(inverse, counts);
            nint vStep = Rows.Step(values), group = -1;
            for (nint i = 0; i < n; i++)
            {
                var element = flat[keys[i].Position];
                var starts = i == 0 || keys[i].Key != keys[i - 1].Key || E.IsNaN(E.Load(element));
                if (starts) ((T*)values.Address)[++group * vStep] = element;
                writer.Put(group, starts, places[keys[i].Position]);
            }
            found[0] = group + 1;
        }
    }

    /// <summary>The elements of a row-major walk without the repetitions that follow each other. Parameters as in <see cref="Sorted"/>.</summary>
    public static long Consecutive(Block input, Block values, Block? inverse, Block? counts)
    {
        var found = new long[1];
        Elements.DispatchOrdered(input.Type, new ConsecutiveAction(input, values, inverse, counts, found));
        return found[0];
    }

    private readonly struct ConsecutiveAction(Block input, Block values, Block? inverse, Block? counts, long[] found) : IOrderedAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
        {
            var walker = new Walker(input.Sizes, input.Strides, inverse?.Strides ?? input.Strides);
            if (walker.Count == 0) return;
            var cursor = walker.At(0);
            var writer = new Writer(inverse, counts);
            nint vStep = Rows.Step(values), group = -1;
            T last = default;
            for (long i = 0; i < walker.Count; i++, cursor.Skip(1))
            {
                var element = ((T*)input.Address)[cursor[0]];
                A x = E.Load(last), y = E.Load(element);
                var starts = i == 0 || E.Less(x, y) || E.Less(y, x) || E.IsNaN(x) || E.IsNaN(y);
                if (starts) ((T*)values.Address)[++group * vStep] = element;
                last = element;
                writer.Put(group, starts, (nint)cursor[1]);
            }
            found[0] = group + 1;
        }
    }

    /// <summary>The distinct rows of a matrix, in lexicographic order or, with <paramref name="consecutive"/>, without repetitions that follow each other.</summary>
    /// <param name="input">[n, m], any real type or Bool.</param>
    /// <param name="first">Int64 [n]: for each distinct row the position of its first occurrence, from which the caller selects.</param>
    /// <param name="inverse">Null, or Int64 [n].</param>
    /// <param name="counts">Null, or Int64 [n].</param>
    /// <param name="consecutive">Whether to keep the order of the rows.</param>
    public static long OfRows(Block input, Block first, Block? inverse, Block? counts, bool consecutive)
    {
        var found = new long[1];
        Elements.DispatchOrdered(input.Type, new RowsAction(input, first, inverse, counts, consecutive, found));
        return found[0];
    }

    private readonly struct RowsAction(Block input, Block first, Block? inverse, Block? counts, bool consecutive, long[] found) : IOrderedAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
        {
            nint n = (nint)input.Sizes[0], m = (nint)input.Sizes[1], row = (nint)input.Strides[0], column = (nint)input.Strides[1];
            var address = input.Address;
            int Compare(int x, int y)
            {
                T* p = (T*)address + x * row, q = (T*)address + y * row;
                for (nint j = 0; j < m; j++)
                {
                    var order = E.Key(E.Load(p[j * column])).CompareTo(E.Key(E.Load(q[j * column])));
                    if (order != 0) return order;
                }
                return 0;
            }
            bool Differ(int x, int y)
            {
                if (Compare(x, y) != 0) return true;
                var p = (T*)address + x * row;
                for (nint j = 0; j < m; j++)
                {
                    if (E.IsNaN(E.Load(p[j * column]))) return true;
                }
                return false;
            }
            var order = Enumerable.Range(0, (int)n).ToArray();
            if (!consecutive)
            {
                Array.Sort(order, (x, y) =>
                {
                    var result = Compare(x, y);
                    return result != 0 ? result : x.CompareTo(y);
                });
            }
            var writer = new Writer(inverse, counts);
            nint fStep = Rows.Step(first), iStep = inverse == null ? 0 : Rows.Step(inverse), group = -1;
            for (var i = 0; i < order.Length; i++)
            {
                var starts = i == 0 || Differ(order[i - 1], order[i]);
                if (starts) ((long*)first.Address)[++group * fStep] = order[i];
                writer.Put(group, starts, order[i] * iStep);
            }
            found[0] = group + 1;
        }
    }

    /// <summary>Writes the group of each element, and the sizes of groups.</summary>
    private readonly struct Writer(Block? inverse, Block? counts)
    {
        public void Put(nint group, bool starts, nint place)
        {
            if (inverse != null) ((long*)inverse.Address)[place] = group;
            if (counts == null) return;
            var count = (long*)counts.Address + group * Rows.Step(counts);
            *count = starts ? 1 : *count + 1;
        }
    }
}
