using System.Runtime.CompilerServices;

namespace Torch.Kernels;

/// <summary>What a scatter does with the element that is there.</summary>
public enum ScatterMode { Assign, Add, Multiply, Min, Max }

/// <summary>
/// Reading and writing by int64 indices. Indices are checked before anything is written (IndexOutOfRangeException with PyTorch's words); negative
/// ones wrap in <see cref="IndexGet"/> and <see cref="IndexPut"/> only. Where several sources meet one target they are combined in ascending
/// order of their position, whatever the number of threads: an element of the target belongs to one chunk. Half types round at each combination.
/// </summary>
public static unsafe class GatherScatter
{
    /// <summary>result[.., i, ..] = source[.., index[.., i, ..], ..] along <paramref name="dim"/>.</summary>
    /// <param name="source">Any type; its sizes are at least those of the index, but along <paramref name="dim"/>.</param>
    /// <param name="dim">Dimension of the index (0 for rank 0).</param>
    /// <param name="index">Int64, of the source's rank.</param>
    /// <param name="result">The sizes of the index, the type of the source.</param>
    public static void Gather(Block source, int dim, Block index, Block result)
    {
        Indices.Check(index, Size(source, dim), dim, wrap: false, IndexWords.Bounds);
        Elements.DispatchWords(source.Type, new GatherAction(source, dim, index, result));
    }

    private readonly struct GatherAction(Block source, int dim, Block index, Block result) : IWordAction
    {
        public void Run<T>() where T : unmanaged, IEquatable<T>
        {
            var (s, x, r) = (source.Address, index.Address, result.Address);
            var along = (nint)Stride(source, dim);
            var still = source.Rank == 0 ? [] : Walker.Still(source.Strides, dim);
            var walker = new Walker(index.Sizes, index.Strides, result.Strides, still);
            nint xStep = (nint)walker.Step(0), rStep = (nint)walker.Step(1), sStep = (nint)walker.Step(2);
            Chunks.Run(walker.Count, 2, (from, to) =>
            {
                var cursor = walker.At(from);
                while (from < to)
                {
                    var run = (nint)Math.Min(to - from, cursor.Run);
                    var xs = (long*)x + cursor[0];
                    var rs = (T*)r + cursor[1];
                    var ss = (T*)s + cursor[2];
                    for (nint i = 0; i < run; i++) rs[i * rStep] = ss[(nint)xs[i * xStep] * along + i * sStep];
                    from += run;
                    cursor.Skip(run);
                }
            });
        }
    }

    /// <summary>target[.., index[.., i, ..], ..] = (or combined with) values[.., i, ..] along <paramref name="dim"/>.</summary>
    /// <param name="target">Any type; changed in place. Min and Max take real types; a NaN on either side wins.</param>
    /// <param name="dim">Dimension of the index (0 for rank 0).</param>
    /// <param name="index">Int64, of the target's rank.</param>
    /// <param name="values">Read at the positions of the index: at least its sizes; stride 0 for a single value.</param>
    /// <param name="mode">Assign leaves the value of the last position.</param>
    public static void Scatter(Block target, int dim, Block index, Block values, ScatterMode mode) =>
        Scatter(target, dim, index, values, mode, IndexWords.Bounds);

    private static void Scatter(Block target, int dim, Block index, Block values, ScatterMode mode, IndexWords words)
    {
        Indices.Check(index, Size(target, dim), dim, wrap: false, words);
        switch (mode)
        {
            case ScatterMode.Assign: Elements.DispatchWords(target.Type, new ScatterWords(target, dim, index, values)); break;
            case ScatterMode.Add or ScatterMode.Multiply: Elements.Dispatch(target.Type, new ScatterArithmetic(target, dim, index, values, mode)); break;
            default: Elements.DispatchOrdered(target.Type, new ScatterExtreme(target, dim, index, values, mode)); break;
        }
    }

    private readonly struct ScatterWords(Block target, int dim, Block index, Block values) : IWordAction
    {
        public void Run<T>() where T : unmanaged, IEquatable<T> => ScatterLoop<T, Assign<T>>(target, dim, index, values);
    }

    private readonly struct ScatterArithmetic(Block target, int dim, Block index, Block values, ScatterMode mode) : IElementAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
        {
            if (mode == ScatterMode.Add) ScatterLoop<T, Sum<T, A, E>>(target, dim, index, values);
            else ScatterLoop<T, Times<T, A, E>>(target, dim, index, values);
        }
    }

    private readonly struct ScatterExtreme(Block target, int dim, Block index, Block values, ScatterMode mode) : IOrderedAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
        {
            if (mode == ScatterMode.Min) ScatterLoop<T, Least<T, A, E>>(target, dim, index, values);
            else ScatterLoop<T, Greatest<T, A, E>>(target, dim, index, values);
        }
    }

    private interface ICombine<T> where T : unmanaged
    {
        static abstract T Of(T old, T value);
    }

    private readonly struct Assign<T> : ICombine<T> where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Of(T old, T value) => value;
    }

    private readonly struct Sum<T, A, E> : ICombine<T> where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Of(T old, T value) => E.Store(E.Add(E.Load(old), E.Load(value)));
    }

    private readonly struct Times<T, A, E> : ICombine<T> where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] public static T Of(T old, T value) => E.Store(E.Multiply(E.Load(old), E.Load(value)));
    }

    private readonly struct Least<T, A, E> : ICombine<T> where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of(T old, T value)
        {
            A x = E.Load(old), y = E.Load(value);
            return !E.IsNaN(x) && (E.IsNaN(y) || E.Less(y, x)) ? value : old;
        }
    }

    private readonly struct Greatest<T, A, E> : ICombine<T> where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of(T old, T value)
        {
            A x = E.Load(old), y = E.Load(value);
            return !E.IsNaN(x) && (E.IsNaN(y) || E.Less(x, y)) ? value : old;
        }
    }

    /// <summary>Collisions happen along the dimension alone, so chunks divide the other ones and each runs along it in ascending order.</summary>
    private static void ScatterLoop<T, C>(Block target, int dim, Block index, Block values) where T : unmanaged where C : struct, ICombine<T>
    {
        var scalar = index.Rank == 0;
        var count = scalar ? 1 : index.Sizes[dim];
        var others = scalar
            ? new Walker([], [], [], [])
            : new Walker(Walker.Without(index.Sizes, dim), Walker.Without(index.Strides, dim), Walker.Without(target.Strides, dim), Walker.Without(values.Strides, dim));
        nint xAlong = (nint)Stride(index, dim), tAlong = (nint)Stride(target, dim), vAlong = (nint)Stride(values, dim);
        nint xStep = (nint)others.Step(0), tStep = (nint)others.Step(1), vStep = (nint)others.Step(2);
        var (x, t, v) = (index.Address, target.Address, values.Address);
        var innermost = tAlong == 1 || others.Inner == 1;
        Chunks.Run(others.Count, 2 * count, (from, to) =>
        {
            if (innermost)
            {
                var cursor = others.At(from);
                for (var at = from; at < to; at++, cursor.Skip(1))
                {
                    var (xs, ts, vs) = ((nint)((long*)x + cursor[0]), (nint)((T*)t + cursor[1]), (nint)((T*)v + cursor[2]));
                    for (nint j = 0; j < (nint)count; j++)
                    {
                        var place = (T*)ts + (nint)((long*)xs)[j * xAlong] * tAlong;
                        *place = C.Of(*place, ((T*)vs)[j * vAlong]);
                    }
                }
                return;
            }
            for (nint j = 0; j < (nint)count; j++)
            {
                var cursor = others.At(from);
                for (var at = from; at < to;)
                {
                    var run = (nint)Math.Min(to - at, cursor.Run);
                    var xs = (long*)x + cursor[0] + j * xAlong;
                    var ts = (T*)t + cursor[1];
                    var vs = (T*)v + cursor[2] + j * vAlong;
                    for (nint i = 0; i < run; i++)
                    {
                        var place = ts + (nint)xs[i * xStep] * tAlong + i * tStep;
                        *place = C.Of(*place, vs[i * vStep]);
                    }
                    at += run;
                    cursor.Skip(run);
                }
            }
        });
    }

    // ---- One-dimensional indices along a dimension

    /// <summary>result[.., j, ..] = source[.., index[j], ..]. The index is Int64 of rank 1 (or 0, for one).</summary>
    public static void IndexSelect(Block source, int dim, Block index, Block result)
    {
        Indices.Check(index, Size(source, dim), dim, wrap: false, IndexWords.Self);
        if (source.Rank == 0)
        {
            Elements.DispatchWords(source.Type, new GatherAction(source, dim, Indices.Expand(index, dim, result.Sizes), result));
            return;
        }
        // The same as a lookup with the dimension first: positions of the index, then the others.
        Select(source, [dim], [new Block(index.Address, index.Type, [index.Count], [index.Rank == 0 ? 0 : index.Strides[0]])], Front(result, dim), wrap: false);
    }

    /// <summary>target[.., index[j], ..] += source[.., j, ..].</summary>
    public static void IndexAdd(Block target, int dim, Block index, Block source) => Scatter(target, dim, Indices.Expand(index, dim, source.Sizes), source, ScatterMode.Add, IndexWords.Self);

    /// <summary>target[.., index[j], ..] combined with source[.., j, ..] (index_reduce).</summary>
    public static void IndexReduce(Block target, int dim, Block index, Block source, ScatterMode mode) => Scatter(target, dim, Indices.Expand(index, dim, source.Sizes), source, mode, IndexWords.Self);

    /// <summary>target[.., index[j], ..] = source[.., j, ..].</summary>
    public static void IndexCopy(Block target, int dim, Block index, Block source) => Scatter(target, dim, Indices.Expand(index, dim, source.Sizes), source, ScatterMode.Assign, IndexWords.Bounds);

    /// <summary>target[.., index[j], ..] = value, a block of one element.</summary>
    public static void IndexFill(Block target, int dim, Block index, Block value)
    {
        var expanded = Indices.Expand(index, dim, target.Sizes);
        Scatter(target, dim, expanded, new Block(value.Address, value.Type, expanded.Sizes, new long[expanded.Rank]), ScatterMode.Assign, IndexWords.Bounds);
    }

    // ---- Advanced indexing

    /// <summary>result[s.., r..] = source at indices[0][s..], indices[1][s..], .. in the dimensions <paramref name="dims"/> and r.. in the others.</summary>
    /// <param name="source">Any type.</param>
    /// <param name="dims">The indexed dimensions, ascending.</param>
    /// <param name="indices">Int64, one for each of <paramref name="dims"/>, broadcast to common sizes S (strides 0). Negative ones wrap.</param>
    /// <param name="result">Sizes S followed by those of the dimensions that are not indexed; the caller permutes strides where PyTorch puts them elsewhere.</param>
    public static void IndexGet(Block source, int[] dims, Block[] indices, Block result)
    {
        CheckAll(source, dims, indices);
        Select(source, dims, indices, result, wrap: true);
    }

    private static void Select(Block source, int[] dims, Block[] indices, Block result, bool wrap) =>
        Elements.DispatchWords(source.Type, new SelectAction(new Lookup(source, dims, indices, result, wrap)));

    private static void CheckAll(Block source, int[] dims, Block[] indices)
    {
        for (var i = 0; i < dims.Length; i++) Indices.Check(indices[i], source.Sizes[dims[i]], dims[i], wrap: true, IndexWords.Bounds);
    }

    /// <summary>A set of indices, an indexed block, and a block of what is picked from it, in the order: positions of the indices, other dimensions.</summary>
    private sealed class Lookup
    {
        private readonly long[] sizes, along;
        private readonly Block[] indices;
        private readonly bool wrap;

        /// <summary>Over the positions of the indices: each index, then what is picked.</summary>
        public readonly Walker Positions;

        /// <summary>Over the dimensions that are not indexed: the indexed block, then what is picked.</summary>
        public readonly Walker Rest;

        public readonly nint Indexed, Picked;

        public Lookup(Block indexed, int[] dims, Block[] indices, Block picked, bool wrap)
        {
            this.indices = indices;
            this.wrap = wrap;
            (Indexed, Picked) = (indexed.Address, picked.Address);
            sizes = Array.ConvertAll(dims, d => indexed.Sizes[d]);
            along = Array.ConvertAll(dims, d => indexed.Strides[d]);
            var shape = indices[0].Sizes;
            var kept = Enumerable.Range(0, indexed.Rank).Where(d => !dims.Contains(d)).ToArray();
            long[][] strides = [.. indices.Select(x => x.Strides), picked.Strides[..shape.Length]];
            Positions = new Walker(shape, strides);
            Rest = new Walker(Array.ConvertAll(kept, d => indexed.Sizes[d]), Array.ConvertAll(kept, d => indexed.Strides[d]), picked.Strides[shape.Length..]);
        }

        /// <summary>The offset in the indexed block that the indices at a position give.</summary>
        public long Offset(Walker.Cursor cursor)
        {
            long offset = 0;
            for (var i = 0; i < indices.Length; i++)
            {
                var x = ((long*)indices[i].Address)[cursor[i]];
                if (wrap && x < 0) x += sizes[i];
                offset += x * along[i];
            }
            return offset;
        }

        /// <summary>The offset in what is picked.</summary>
        public long Place(Walker.Cursor cursor) => cursor[indices.Length];
    }

    private readonly struct SelectAction(Lookup lookup) : IWordAction
    {
        public void Run<T>() where T : unmanaged, IEquatable<T>
        {
            var l = lookup;
            if (l.Rest.Count == 0) return;
            nint sStep = (nint)l.Rest.Step(0), rStep = (nint)l.Rest.Step(1);
            Chunks.Run(l.Positions.Count, 2 + l.Rest.Count, (from, to) =>
            {
                var cursor = l.Positions.At(from);
                var rest = l.Rest.At(0);
                for (; from < to; from++, cursor.Skip(1))
                {
                    var s = (T*)l.Indexed + l.Offset(cursor);
                    var r = (T*)l.Picked + l.Place(cursor);
                    for (long at = 0; at < l.Rest.Count;)
                    {
                        var run = (nint)rest.Run;
                        Copy(s + rest[0], sStep, r + rest[1], rStep, run);
                        at += run;
                        if (l.Rest.Inner != l.Rest.Count) rest.Skip(run);
                    }
                    if (l.Rest.Inner != l.Rest.Count) rest.Reset(0);
                }
            });
        }
    }

    private static void Copy<T>(T* source, nint sourceStep, T* target, nint targetStep, nint count) where T : unmanaged
    {
        if (sourceStep == 1 && targetStep == 1 && count > 1) Buffer.MemoryCopy(source, target, (long)count * sizeof(T), (long)count * sizeof(T));
        else for (nint i = 0; i < count; i++) target[i * targetStep] = source[i * sourceStep];
    }

    /// <summary>target at the indices = (or with <paramref name="accumulate"/> +=) values[s.., r..]: the inverse of <see cref="IndexGet"/>.</summary>
    /// <param name="target">Any type; changed in place.</param>
    /// <param name="dims">The indexed dimensions, ascending.</param>
    /// <param name="indices">As in <see cref="IndexGet"/>.</param>
    /// <param name="values">The sizes of the result of <see cref="IndexGet"/>, with stride 0 where broadcast.</param>
    /// <param name="accumulate">Whether values are added. If not, the last of several values for a place stays.</param>
    public static void IndexPut(Block target, int[] dims, Block[] indices, Block values, bool accumulate)
    {
        CheckAll(target, dims, indices);
        var lookup = new Lookup(target, dims, indices, values, wrap: true);
        if (accumulate) Elements.Dispatch(target.Type, new PutSum(lookup));
        else Elements.DispatchWords(target.Type, new PutWords(lookup));
    }

    private readonly struct PutWords(Lookup lookup) : IWordAction
    {
        public void Run<T>() where T : unmanaged, IEquatable<T> => PutLoop<T, Assign<T>>(lookup);
    }

    private readonly struct PutSum(Lookup lookup) : IElementAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IElement<T, A> => PutLoop<T, Sum<T, A, E>>(lookup);
    }

    /// <summary>Positions may collide, so chunks divide the dimensions that are not indexed.</summary>
    private static void PutLoop<T, C>(Lookup l) where T : unmanaged where C : struct, ICombine<T>
    {
        nint tStep = (nint)l.Rest.Step(0), vStep = (nint)l.Rest.Step(1);
        if (l.Positions.Count == 0) return;
        Chunks.Run(l.Rest.Count, 4 * l.Positions.Count, (from, to) =>
        {
            var cursor = l.Positions.At(0);
            var rest = l.Rest.At(from);
            for (long position = 0; position < l.Positions.Count; position++, cursor.Skip(1))
            {
                var t = (T*)l.Indexed + l.Offset(cursor);
                var v = (T*)l.Picked + l.Place(cursor);
                var at = from;
                while (true)
                {
                    var run = (nint)Math.Min(rest.Run, to - at);
                    var ts = t + rest[0];
                    var vs = v + rest[1];
                    for (nint i = 0; i < run; i++) ts[i * tStep] = C.Of(ts[i * tStep], vs[i * vStep]);
                    at += run;
                    if (at >= to) break;
                    rest.Skip(run);
                }
                if (to - from > l.Rest.Inner || l.Rest.Inner != l.Rest.Count) rest.Reset(from);
            }
        });
    }

    // ---- Embedding

    /// <summary>result[i.., :] = weight[index[i..], :].</summary>
    /// <param name="weight">[V, D], any type.</param>
    /// <param name="index">Int64 of any shape.</param>
    /// <param name="result">The index's sizes, then D.</param>
    public static void Embedding(Block weight, Block index, Block result)
    {
        Indices.Check(index, weight.Sizes[0], 0, wrap: false, IndexWords.Self);
        Select(weight, [0], [index], result, wrap: false);
    }

    /// <summary>Gradient of <see cref="Embedding"/>: weight[v, :] = sum of grad[i.., :] where index[i..] = v, in ascending order of position.</summary>
    /// <param name="grad">The index's sizes, then D.</param>
    /// <param name="index">Int64; those equal to <paramref name="paddingIndex"/> (if not negative) are left out.</param>
    /// <param name="weight">[V, D], written completely.</param>
    /// <param name="paddingIndex">The row that gets no gradient, or -1.</param>
    /// <param name="scaleByFrequency">Whether each row is divided by the number of its occurrences.</param>
    public static void EmbeddingGradient(Block grad, Block index, Block weight, long paddingIndex, bool scaleByFrequency)
    {
        Indices.Check(index, weight.Sizes[0], 0, wrap: false, IndexWords.Self);
        Elements.Dispatch(weight.Type, new EmbeddingGradientAction(grad, index, weight, paddingIndex, scaleByFrequency));
    }

    private readonly struct EmbeddingGradientAction(Block grad, Block index, Block weight, long padding, bool scale) : IElementAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
        {
            var (g, w) = (grad, weight);
            var counts = scale ? Counts(index, w.Sizes[0]) : null;
            var (excluded, rows) = (padding, (nint)w.Sizes[0]);
            var positions = new Walker(index.Sizes, index.Strides, g.Strides[..index.Rank]);
            nint row = (nint)w.Strides[0], wStep = (nint)w.Strides[1], gStep = (nint)g.Strides[^1];
            var address = index.Address;
            Chunks.Run(w.Sizes[1], rows + positions.Count, (from, to) =>
            {
                for (nint v = 0; v < rows; v++)
                {
                    for (var j = (nint)from; j < (nint)to; j++) ((T*)w.Address)[v * row + j * wStep] = E.Store(E.Zero);
                }
                if (positions.Count == 0) return;
                var cursor = positions.At(0);
                for (long i = 0; i < positions.Count; i++, cursor.Skip(1))
                {
                    var v = ((long*)address)[cursor[0]];
                    if (v == excluded) continue;
                    var t = (T*)w.Address + (nint)v * row;
                    var s = (T*)g.Address + cursor[1];
                    if (counts == null)
                    {
                        for (var j = (nint)from; j < (nint)to; j++) t[j * wStep] = E.Store(E.Add(E.Load(t[j * wStep]), E.Load(s[j * gStep])));
                        continue;
                    }
                    var share = E.Divide(E.One, E.FromDouble(counts[v]));
                    for (var j = (nint)from; j < (nint)to; j++) t[j * wStep] = E.Store(E.Add(E.Load(t[j * wStep]), E.Multiply(E.Load(s[j * gStep]), share)));
                }
            });
        }
    }

    private static long[] Counts(Block index, long size)
    {
        var counts = new long[size];
        var walker = new Walker(index.Sizes, index.Strides);
        if (walker.Count == 0) return counts;
        var cursor = walker.At(0);
        for (long i = 0; i < walker.Count; i++, cursor.Skip(1)) counts[((long*)index.Address)[cursor[0]]]++;
        return counts;
    }

    private static long Size(Block block, int dim) => block.Rank == 0 ? 1 : block.Sizes[dim];

    private static long Stride(Block block, int dim) => block.Rank == 0 ? 0 : block.Strides[dim];

    /// <summary>The block with one dimension moved to the front.</summary>
    private static Block Front(Block block, int dim) =>
        new(block.Address, block.Type, [block.Sizes[dim], .. Walker.Without(block.Sizes, dim)], [block.Strides[dim], .. Walker.Without(block.Strides, dim)]);
}
