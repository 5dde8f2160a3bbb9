using System.Numerics;

namespace Torch.Kernels;

/// <summary>
/// Scaled dot product attention y = softmax(scale q k' + mask) v and its gradients, for the floating types (halves in Float32, rounded once).
/// Method: blocks of queries meet blocks of keys; the softmax is carried along with a running maximum and sum, so the scores are never held as a whole
/// (Dao et al., "FlashAttention", NeurIPS 2022; Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018). Backward computes the scores
/// again from the saved log of the sums. Block sizes are fixed, so bits depend on shapes alone. A query without any key gives zeros.
/// </summary>
public static unsafe class Attention
{
    private const int QueryBlock = 64;
    private const int KeyBlock = 256;

    /// <summary>Computes y.</summary>
    /// <param name="q">[.., L, E].</param>
    /// <param name="k">[.., S, E], with the outer sizes of q (stride 0 where shared).</param>
    /// <param name="v">[.., S, D].</param>
    /// <param name="mask">Null, or [.., L, S]: Bool (true takes part), or of the type of q (added to the scores); stride 0 where broadcast.</param>
    /// <param name="causal">Whether query i sees the keys up to i only.</param>
    /// <param name="scale">The factor of the scores.</param>
    /// <param name="y">[.., L, D].</param>
    /// <param name="logSums">[.., L], of the type of computation: the log of the sum of exponentials, or +infinity for a query without keys.</param>
    public static void Forward(Block q, Block k, Block v, Block? mask, bool causal, double scale, Block y, Block logSums)
    {
        if (y.Count == 0) return;
        if (y.Type.IsHalf())
        {
            var wide = Wide(y, ScratchUse.AttentionY);
            Typed<float>(new Problem(Blocks.Widen(q, ScratchUse.AttentionQ), Blocks.Widen(k, ScratchUse.AttentionK), Blocks.Widen(v, ScratchUse.AttentionV), Widen(mask), causal, scale), wide, logSums);
            Blocks.Narrow(wide, y);
        }
        else if (y.Type == ElementType.Float32) Typed<float>(new Problem(q, k, v, mask, causal, scale), y, logSums);
        else if (y.Type == ElementType.Float64) Typed<double>(new Problem(q, k, v, mask, causal, scale), y, logSums);
        else throw Elements.Unsupported(y.Type, "scaled_dot_product_attention");
    }

    /// <summary>The gradients of q, k and v, each written completely.</summary>
    /// <param name="dy">[.., L, D].</param>
    /// <param name="q">As given to forward, with the others.</param>
    /// <param name="k">As given.</param>
    /// <param name="v">As given.</param>
    /// <param name="mask">As given.</param>
    /// <param name="causal">As given.</param>
    /// <param name="scale">As given.</param>
    /// <param name="y">As computed.</param>
    /// <param name="logSums">As computed.</param>
    /// <param name="dq">[.., L, E].</param>
    /// <param name="dk">[.., S, E], for each of the outer positions (the caller sums where k was shared).</param>
    /// <param name="dv">[.., S, D], likewise.</param>
    public static void Backward(Block dy, Block q, Block k, Block v, Block? mask, bool causal, double scale, Block y, Block logSums, Block dq, Block dk, Block dv)
    {
        if (q.Type.IsHalf())
        {
            Block wq = Wide(dq, ScratchUse.AttentionDq), wk = Wide(dk, ScratchUse.AttentionDk), wv = Wide(dv, ScratchUse.AttentionDv);
            var problem = new Problem(Blocks.Widen(q, ScratchUse.AttentionQ), Blocks.Widen(k, ScratchUse.AttentionK), Blocks.Widen(v, ScratchUse.AttentionV), Widen(mask), causal, scale);
            Gradients<float>(problem, Blocks.Widen(dy, ScratchUse.AttentionDy), Blocks.Widen(y, ScratchUse.AttentionY), logSums, wq, wk, wv);
            Blocks.Narrow(wq, dq);
            Blocks.Narrow(wk, dk);
            Blocks.Narrow(wv, dv);
        }
        else if (q.Type == ElementType.Float32) Gradients<float>(new Problem(q, k, v, mask, causal, scale), dy, y, logSums, dq, dk, dv);
        else if (q.Type == ElementType.Float64) Gradients<double>(new Problem(q, k, v, mask, causal, scale), dy, y, logSums, dq, dk, dv);
        else throw Elements.Unsupported(q.Type, "scaled_dot_product_attention");
    }

    private static Block Wide(Block block, ScratchUse use) => Blocks.Dense(Scratch.Get<float>(use, block.Count), ElementType.Float32, block.Sizes);

    /// <summary>An additive mask in Float32, without repeating what is broadcast.</summary>
    private static Block? Widen(Block? mask)
    {
        if (mask == null || !mask.Type.IsHalf()) return mask;
        var sizes = mask.Sizes.Select((s, d) => mask.Strides[d] == 0 ? 1 : s).ToArray();
        var wide = Blocks.Widen(new Block(mask.Address, mask.Type, sizes, mask.Strides), ScratchUse.AttentionSpare);
        return new Block(wide.Address, wide.Type, mask.Sizes, [.. wide.Strides.Select((s, d) => mask.Strides[d] == 0 ? 0 : s)]);
    }

    private sealed class Problem(Block q, Block k, Block v, Block? mask, bool causal, double scale)
    {
        public readonly Block Q = q, K = k, V = v;
        public readonly Block? Mask = mask;
        public readonly bool Causal = causal;
        public readonly double Scale = scale;
        public readonly nint Queries = (nint)q.Sizes[^2], Keys = (nint)k.Sizes[^2], Width = (nint)q.Sizes[^1], Depth = (nint)v.Sizes[^1];

        /// <summary>Keys that a block of queries can see.</summary>
        public nint Visible(nint queryEnd) => Causal ? Math.Min(Keys, queryEnd) : Keys;

        /// <summary>A walk over the outer positions: q, k, v, mask (or q), then the others.</summary>
        public Walker Outer(params Block[] others)
        {
            var outer = Q.Rank - 2;
            Block[] all = [Q, K, V, Mask ?? Q, .. others];
            return new Walker(Q.Sizes.AsSpan(0, outer), [.. all.Select(b => b.Strides[..outer])]);
        }
    }

    /// <summary>A matrix of a block at an outer position.</summary>
    private readonly struct Matrix<A>(Block block, long offset) where A : unmanaged
    {
        public readonly A* Start = (A*)block.Address + offset;
        public readonly nint Row = (nint)block.Strides[^2], Column = (nint)block.Strides[^1];

        public A* At(nint row) => Start + row * Row;
    }

    private static void Multiply<A>(A* a, nint aRow, nint aK, A* b, nint bK, nint bColumn, A* c, nint cRow, nint m, nint n, nint k, Into into, bool threads) where A : unmanaged =>
        GemmEngine<A>.Instance.Run(new Product<A> { A = a, ARow = aRow, AK = aK, B = b, BK = bK, BColumn = bColumn, C = c, CRow = cRow, CColumn = 1, M = m, N = n, K = k, Into = into }, threads);

    /// <summary>Scores of a block of queries and one of keys, scaled and masked.</summary>
    private static void Scores<A>(Problem p, Matrix<A> q, Matrix<A> k, long maskOffset, nint query, nint queries, nint key, nint keys, A* scores, bool threads)
        where A : unmanaged, IFloatingPointIeee754<A>
    {
        Multiply(q.At(query), q.Row, q.Column, k.At(key), k.Column, k.Row, scores, KeyBlock, queries, keys, p.Width, Into.Set, threads);
        var scale = A.CreateTruncating(p.Scale);
        nint mRow = p.Mask == null ? 0 : (nint)p.Mask.Strides[^2], mColumn = p.Mask == null ? 0 : (nint)p.Mask.Strides[^1];
        for (nint i = 0; i < queries; i++)
        {
            var row = scores + i * KeyBlock;
            RowMath<A>.Standardize(row, A.Zero, scale, row, keys);
            if (p.Mask != null)
            {
                var at = (nint)maskOffset + (query + i) * mRow + key * mColumn;
                if (p.Mask.Type == ElementType.Bool)
                {
                    var m = (byte*)p.Mask.Address + at;
                    for (nint j = 0; j < keys; j++)
                    {
                        if (m[j * mColumn] == 0) row[j] = A.NegativeInfinity;
                    }
                }
                else
                {
                    var m = (A*)p.Mask.Address + at;
                    for (nint j = 0; j < keys; j++) row[j] += m[j * mColumn];
                }
            }
            if (!p.Causal) continue;
            for (var j = Math.Max(0, query + i + 1 - key); j < keys; j++) row[j] = A.NegativeInfinity;
        }
    }

    private static void Typed<A>(Problem p, Block y, Block logSums) where A : unmanaged, IFloatingPointIeee754<A>
    {
        var outer = p.Outer(y, logSums);
        var exp = Softmax.Exponential<A>();
        var blocks = (p.Queries + QueryBlock - 1) / QueryBlock;
        nint sumStep = (nint)logSums.Strides[^1];
        Chunks.Run(outer.Count * blocks, 4 * QueryBlock * p.Keys * (p.Width + p.Depth), (from, to) =>
        {
            var scores = Scratch.Get<A>(ScratchUse.AttentionScores, QueryBlock * KeyBlock);
            var tops = Scratch.Get<A>(ScratchUse.AttentionSums, 2 * QueryBlock);
            var sums = tops + QueryBlock;
            var result = Scratch.Get<A>(ScratchUse.Row, QueryBlock * p.Depth);
            for (; from < to; from++)
            {
                var cursor = outer.At(from / blocks);
                Matrix<A> q = new(p.Q, cursor[0]), k = new(p.K, cursor[1]), v = new(p.V, cursor[2]), target = new(y, cursor[4]);
                var query = (nint)(from % blocks) * QueryBlock;
                var queries = Math.Min(QueryBlock, p.Queries - query);
                new Span<A>(result, (int)(queries * p.Depth)).Clear();
                new Span<A>(sums, QueryBlock).Clear();
                new Span<A>(tops, QueryBlock).Fill(A.NegativeInfinity);
                var visible = p.Visible(query + queries);
                for (nint key = 0; key < visible; key += KeyBlock)
                {
                    var keys = Math.Min(KeyBlock, visible - key);
                    Scores(p, q, k, cursor[3], query, queries, key, keys, scores, false);
                    for (nint i = 0; i < queries; i++)
                    {
                        var row = scores + i * KeyBlock;
                        var top = RowMath<A>.Max(row, keys);
                        top = tops[i] > top ? tops[i] : top;
                        var shift = A.IsNegativeInfinity(top) ? A.Zero : top;
                        RowMath<A>.Standardize(row, shift, A.One, row, keys);
                        exp((byte*)row, (byte*)row, null, null, keys);
                        var fade = A.Exp(tops[i] - shift);
                        sums[i] = sums[i] * fade + RowMath<A>.Sum(row, keys);
                        RowMath<A>.Standardize(result + i * p.Depth, A.Zero, fade, result + i * p.Depth, p.Depth);
                        tops[i] = top;
                    }
                    Multiply(scores, KeyBlock, 1, v.At(key), v.Row, v.Column, result, p.Depth, queries, p.Depth, keys, Into.Add, false);
                }
                for (nint i = 0; i < queries; i++)
                {
                    var row = result + i * p.Depth;
                    var none = sums[i] == A.Zero;
                    if (!none) RowMath<A>.Divide(row, sums[i], row, p.Depth);
                    for (nint j = 0; j < p.Depth; j++) target.At(query + i)[j * target.Column] = row[j];
                    ((A*)logSums.Address)[cursor[5] + (query + i) * sumStep] = none ? A.PositiveInfinity : tops[i] + A.Log(sums[i]);
                }
            }
        });
    }

    private static void Gradients<A>(Problem p, Block dy, Block y, Block logSums, Block dq, Block dk, Block dv) where A : unmanaged, IFloatingPointIeee754<A>
    {
        var outer = p.Outer(dy, y, logSums, dq, dk, dv);
        var inner = outer.Count < 2;
        if (inner)
        {
            for (long i = 0; i < outer.Count; i++) Gradients<A>(p, outer.At(i), dy, y, logSums, dq, dk, dv, threads: true);
            return;
        }
        Chunks.Run(outer.Count, 8 * p.Queries * p.Keys * (p.Width + p.Depth), (from, to) =>
        {
            for (; from < to; from++) Gradients<A>(p, outer.At(from), dy, y, logSums, dq, dk, dv, threads: false);
        });
    }

    /// <summary>With P the probabilities: dv = P' dy, dP = dy v', dS = P (dP - rows of dy y) scale, dq = dS k, dk = dS' q.</summary>
    private static void Gradients<A>(Problem p, Walker.Cursor cursor, Block dy, Block y, Block logSums, Block dq, Block dk, Block dv, bool threads) where A : unmanaged, IFloatingPointIeee754<A>
    {
        Matrix<A> q = new(p.Q, cursor[0]), k = new(p.K, cursor[1]), v = new(p.V, cursor[2]), g = new(dy, cursor[4]), value = new(y, cursor[5]);
        var exp = Softmax.Exponential<A>();
        var (scale, sumStep) = (A.CreateTruncating(p.Scale), (nint)logSums.Strides[^1]);
        var scores = Scratch.Get<A>(ScratchUse.AttentionScores, 2 * QueryBlock * KeyBlock);
        var slopes = scores + QueryBlock * KeyBlock;
        nint width = p.Width, depth = p.Depth;
        var keyGradient = Cleared<A>(ScratchUse.Row, p.Keys * width);
        var valueGradient = Cleared<A>(ScratchUse.RowB, p.Keys * depth);
        for (nint query = 0; query < p.Queries; query += QueryBlock)
        {
            var queries = Math.Min(QueryBlock, p.Queries - query);
            var queryGradient = Cleared<A>(ScratchUse.RowC, queries * width);
            var visible = p.Visible(query + queries);
            for (nint key = 0; key < visible; key += KeyBlock)
            {
                var keys = Math.Min(KeyBlock, visible - key);
                Scores(p, q, k, cursor[3], query, queries, key, keys, scores, threads);
                for (nint i = 0; i < queries; i++)
                {
                    var row = scores + i * KeyBlock;
                    RowMath<A>.Standardize(row, ((A*)logSums.Address)[cursor[6] + (query + i) * sumStep], A.One, row, keys);
                    exp((byte*)row, (byte*)row, null, null, keys);
                }
                Multiply(scores, 1, KeyBlock, g.At(query), g.Row, g.Column, valueGradient + key * depth, depth, keys, depth, queries, Into.Add, threads);
                Multiply(g.At(query), g.Row, g.Column, v.At(key), v.Column, v.Row, slopes, KeyBlock, queries, keys, depth, Into.Set, threads);
                for (nint i = 0; i < queries; i++)
                {
                    var a = RowAccess<A, A, FloatElement<A>>.Read(g.At(query + i), g.Column, depth, ScratchUse.RowD);
                    var b = RowAccess<A, A, FloatElement<A>>.Read(value.At(query + i), value.Column, depth, ScratchUse.Order);
                    var row = slopes + i * KeyBlock;
                    RowMath<A>.ShiftTimes(row, RowMath<A>.Dot(a, b, depth), scores + i * KeyBlock, row, keys);
                    RowMath<A>.Standardize(row, A.Zero, scale, row, keys);
                }
                Multiply(slopes, KeyBlock, 1, k.At(key), k.Row, k.Column, queryGradient, width, queries, width, keys, Into.Add, threads);
                Multiply(slopes, 1, KeyBlock, q.At(query), q.Row, q.Column, keyGradient + key * width, width, keys, width, queries, Into.Add, threads);
            }
            Write(queryGradient, new Matrix<A>(dq, cursor[7]), query, queries, width);
        }
        Write(keyGradient, new Matrix<A>(dk, cursor[8]), 0, p.Keys, width);
        Write(valueGradient, new Matrix<A>(dv, cursor[9]), 0, p.Keys, depth);
    }

    private static A* Cleared<A>(ScratchUse use, nint count) where A : unmanaged
    {
        var memory = Scratch.Get<A>(use, count);
        new Span<A>(memory, (int)count).Clear();
        return memory;
    }

    private static void Write<A>(A* source, Matrix<A> target, nint first, nint rows, nint columns) where A : unmanaged
    {
        for (nint i = 0; i < rows; i++)
            for (nint j = 0; j < columns; j++) target.At(first + i)[j * target.Column] = source[i * columns + j];
    }
}
