namespace Torch.Kernels;

/// <summary>
/// Max and average pooling over the last 1 to 3 dimensions (as many as <c>kernel</c> has; adaptive: all but the first two), for all real types. Windows
/// are cut off at the edges; sizes of the results, and with them ceil_mode, are the caller's. A NaN in a window wins (the last one, as in PyTorch); sums
/// run in row-major order, half types in Float32. Planes are divided among threads.
/// </summary>
public static unsafe class Pooling
{
    /// <summary>The greatest element of each window.</summary>
    /// <param name="x">[.., spatial..].</param>
    /// <param name="y">[.., spatial'..].</param>
    /// <param name="indices">Int64 of the sizes of y, or null: the row-major position in the plane.</param>
    /// <param name="kernel">One number for each spatial dimension; likewise the others.</param>
    /// <param name="stride">Distance of windows.</param>
    /// <param name="padding">Added on both sides, never the greatest.</param>
    /// <param name="dilation">Distance of elements in a window.</param>
    public static void Max(Block x, Block y, Block? indices, long[] kernel, long[] stride, long[] padding, long[] dilation) =>
        Elements.DispatchOrdered(x.Type, new MaxAction(x, y, indices, Windows.Regular(x, y, kernel, stride, padding, dilation, false)));

    /// <summary>The greatest element of each of equal parts: adaptive_max_pool.</summary>
    public static void AdaptiveMax(Block x, Block y, Block? indices, int spatial) =>
        Elements.DispatchOrdered(x.Type, new MaxAction(x, y, indices, Windows.Adaptive(x, y, spatial)));

    /// <summary>The gradient of either maximum: dx is zero but where an index points, where it is the sum of the dy.</summary>
    /// <param name="dy">[.., spatial'..].</param>
    /// <param name="indices">Int64 of the same sizes.</param>
    /// <param name="dx">[.., spatial..], written completely.</param>
    /// <param name="spatial">The number of spatial dimensions.</param>
    public static void MaxGradient(Block dy, Block indices, Block dx, int spatial) =>
        Elements.DispatchOrdered(dx.Type, new MaxGradientAction(dy, indices, dx, spatial));

    /// <summary>The mean of each window: its sum divided by <paramref name="divisor"/>, or by its size with or without the padding.</summary>
    public static void Average(Block x, Block y, long[] kernel, long[] stride, long[] padding, bool countIncludePad, long? divisor) =>
        Elements.DispatchOrdered(x.Type, new AverageAction(x, y, Windows.Regular(x, y, kernel, stride, padding, null, countIncludePad), divisor));

    /// <summary>The gradient of <see cref="Average"/>; dx is written completely.</summary>
    public static void AverageGradient(Block dy, Block dx, long[] kernel, long[] stride, long[] padding, bool countIncludePad, long? divisor) =>
        Elements.DispatchOrdered(dx.Type, new AverageGradientAction(dy, dx, Windows.Regular(dx, dy, kernel, stride, padding, null, countIncludePad), divisor));

    /// <summary>The mean of each of equal parts: adaptive_avg_pool.</summary>
    public static void AdaptiveAverage(Block x, Block y, int spatial) =>
        Elements.DispatchOrdered(x.Type, new AverageAction(x, y, Windows.Adaptive(x, y, spatial), null));

    /// <summary>The gradient of <see cref="AdaptiveAverage"/>; dx is written completely.</summary>
    public static void AdaptiveAverageGradient(Block dy, Block dx, int spatial) =>
        Elements.DispatchOrdered(dx.Type, new AverageGradientAction(dy, dx, Windows.Adaptive(dx, dy, spatial), null));

    /// <summary>For each of three spatial dimensions (missing ones come first and have size one) and each output: from where to where its window reaches.</summary>
    private sealed class Windows
    {
        public readonly nint[] In = [1, 1, 1], Out = [1, 1, 1], Step = [1, 1, 1];
        public readonly nint[][] Start = [[0], [0], [0]], End = [[1], [1], [1]], Divisor = [[1], [1], [1]];

        private Windows(Block x, Block y, int spatial)
        {
            for (var d = 0; d < spatial; d++)
            {
                var t = 3 - spatial + d;
                (In[t], Out[t]) = ((nint)x.Sizes[x.Rank - spatial + d], (nint)y.Sizes[y.Rank - spatial + d]);
                (Start[t], End[t], Divisor[t]) = (new nint[Out[t]], new nint[Out[t]], new nint[Out[t]]);
            }
            Spatial = spatial;
        }

        public int Spatial { get; }
        public nint InArea => In[0] * In[1] * In[2];
        public nint OutArea => Out[0] * Out[1] * Out[2];

        public long Work
        {
            get
            {
                long work = 1;
                for (var t = 0; t < 3; t++) work *= Enumerable.Range(0, (int)Out[t]).Sum(o => Math.Max(1, (End[t][o] - Start[t][o]) / Step[t]));
                return work;
            }
        }

        public static Windows Regular(Block x, Block y, long[] kernel, long[] stride, long[] padding, long[]? dilation, bool countPadding)
        {
            var w = new Windows(x, y, kernel.Length);
            for (var d = 0; d < kernel.Length; d++)
            {
                var t = 3 - kernel.Length + d;
                var step = w.Step[t] = dilation == null ? 1 : (nint)dilation[d];
                for (nint o = 0; o < w.Out[t]; o++)
                {
                    var start = o * (nint)stride[d] - (nint)padding[d];
                    var end = start + ((nint)kernel[d] - 1) * step + 1;
                    var padded = Math.Min(end, w.In[t] + (nint)padding[d]) - start;
                    if (start < 0) start += (-start + step - 1) / step * step;
                    w.Start[t][o] = start;
                    w.End[t][o] = Math.Min(end, w.In[t]);
                    w.Divisor[t][o] = countPadding ? padded : w.End[t][o] - start;
                }
            }
            return w;
        }

        public static Windows Adaptive(Block x, Block y, int spatial)
        {
            var w = new Windows(x, y, spatial);
            for (var t = 3 - spatial; t < 3; t++)
            {
                for (nint o = 0; o < w.Out[t]; o++)
                {
                    w.Start[t][o] = o * w.In[t] / w.Out[t];
                    w.End[t][o] = ((o + 1) * w.In[t] + w.Out[t] - 1) / w.Out[t];
                    w.Divisor[t][o] = w.End[t][o] - w.Start[t][o];
                }
            }
            return w;
        }
    }

    /// <summary>Strides of the spatial dimensions of a block.</summary>
    private readonly struct Plane
    {
        public readonly nint Z, Y, X;

        public Plane(Block block, int spatial)
        {
            X = (nint)block.Strides[block.Rank - 1];
            Y = spatial > 1 ? (nint)block.Strides[block.Rank - 2] : 0;
            Z = spatial > 2 ? (nint)block.Strides[block.Rank - 3] : 0;
        }
    }

    /// <summary>Calls body for every plane, with a cursor over the blocks.</summary>
    private static void ForEachPlane(int spatial, long cost, Action<Walker.Cursor> body, params Block[] blocks)
    {
        var outer = blocks[0].Rank - spatial;
        var walker = new Walker(blocks[0].Sizes.AsSpan(0, outer), [.. blocks.Select(b => b.Strides[..outer])]);
        Chunks.Run(walker.Count, cost, (from, to) =>
        {
            var cursor = walker.At(from);
            for (; from < to; from++, cursor.Skip(1)) body(cursor);
        });
    }

    private readonly struct MaxAction(Block x, Block y, Block? indices, Windows windows) : IOrderedAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
        {
            var (w, xs, ys, ids) = (windows, x.Address, y.Address, indices);
            Plane xp = new(x, w.Spatial), yp = new(y, w.Spatial), ip = new(indices ?? y, w.Spatial);
            ForEachPlane(w.Spatial, 2 * w.Work, cursor =>
            {
                var source = (T*)xs + cursor[0];
                var target = (T*)ys + cursor[1];
                var places = ids == null ? null : (long*)ids.Address + cursor[2];
                for (nint oz = 0; oz < w.Out[0]; oz++)
                {
                    for (nint oy = 0; oy < w.Out[1]; oy++)
                    {
                        nint z0 = w.Start[0][oz], z1 = w.End[0][oz], y0 = w.Start[1][oy], y1 = w.End[1][oy];
                        for (nint ox = 0; ox < w.Out[2]; ox++)
                        {
                            nint x0 = w.Start[2][ox], x1 = w.End[2][ox];
                            var best = (z0 * w.In[1] + y0) * w.In[2] + x0;
                            var greatest = E.Lowest;
                            for (var z = z0; z < z1; z += w.Step[0])
                            {
                                for (var v = y0; v < y1; v += w.Step[1])
                                {
                                    var row = source + z * xp.Z + v * xp.Y;
                                    for (var u = x0; u < x1; u += w.Step[2])
                                    {
                                        var candidate = E.Load(row[u * xp.X]);
                                        if (!E.Less(greatest, candidate) && !E.IsNaN(candidate)) continue;
                                        greatest = candidate;
                                        best = (z * w.In[1] + v) * w.In[2] + u;
                                    }
                                }
                            }
                            target[oz * yp.Z + oy * yp.Y + ox * yp.X] = E.Store(greatest);
                            if (places != null) places[oz * ip.Z + oy * ip.Y + ox * ip.X] = best;
                        }
                    }
                }
            }, x, y, indices ?? y);
        }
    }

    private readonly struct MaxGradientAction(Block dy, Block indices, Block dx, int spatial) : IOrderedAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
        {
            var (dys, ids, dxs) = (dy.Address, indices.Address, dx.Address);
            Plane yp = new(dy, spatial), ip = new(indices, spatial), xp = new(dx, spatial);
            nint[] outs = Three(dy, spatial), ins = Three(dx, spatial);
            var area = ins[0] * ins[1] * ins[2];
            ForEachPlane(spatial, 2 * (area + outs[0] * outs[1] * outs[2]), cursor =>
            {
                var sums = Cleared<A>(area);
                var gradient = (T*)dys + cursor[0];
                var places = (long*)ids + cursor[1];
                for (nint oz = 0; oz < outs[0]; oz++)
                    for (nint oy = 0; oy < outs[1]; oy++)
                        for (nint ox = 0; ox < outs[2]; ox++)
                        {
                            var sum = sums + places[oz * ip.Z + oy * ip.Y + ox * ip.X];
                            *sum = E.Add(*sum, E.Load(gradient[oz * yp.Z + oy * yp.Y + ox * yp.X]));
                        }
                Write<T, A, E>(sums, ins, (T*)dxs + cursor[2], xp);
            }, dy, indices, dx);
        }
    }

    private readonly struct AverageAction(Block x, Block y, Windows windows, long? divisor) : IOrderedAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
        {
            var (w, xs, ys, fixedDivisor) = (windows, x.Address, y.Address, divisor);
            Plane xp = new(x, w.Spatial), yp = new(y, w.Spatial);
            ForEachPlane(w.Spatial, w.Work, cursor =>
            {
                var source = (T*)xs + cursor[0];
                var target = (T*)ys + cursor[1];
                for (nint oz = 0; oz < w.Out[0]; oz++)
                    for (nint oy = 0; oy < w.Out[1]; oy++)
                        for (nint ox = 0; ox < w.Out[2]; ox++)
                        {
                            var sum = E.Zero;
                            for (var z = w.Start[0][oz]; z < w.End[0][oz]; z++)
                                for (var v = w.Start[1][oy]; v < w.End[1][oy]; v++)
                                {
                                    var row = source + z * xp.Z + v * xp.Y;
                                    for (var u = w.Start[2][ox]; u < w.End[2][ox]; u++) sum = E.Add(sum, E.Load(row[u * xp.X]));
                                }
                            var empty = w.Start[0][oz] >= w.End[0][oz] || w.Start[1][oy] >= w.End[1][oy] || w.Start[2][ox] >= w.End[2][ox];
                            if (!empty) sum = E.Divide(sum, E.FromDouble(fixedDivisor ?? w.Divisor[0][oz] * w.Divisor[1][oy] * w.Divisor[2][ox]));
                            target[oz * yp.Z + oy * yp.Y + ox * yp.X] = E.Store(sum);
                        }
            }, x, y);
        }
    }

    private readonly struct AverageGradientAction(Block dy, Block dx, Windows windows, long? divisor) : IOrderedAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
        {
            var (w, dys, dxs, fixedDivisor) = (windows, dy.Address, dx.Address, divisor);
            Plane yp = new(dy, w.Spatial), xp = new(dx, w.Spatial);
            ForEachPlane(w.Spatial, 2 * (w.Work + w.InArea), cursor =>
            {
                var sums = Cleared<A>(w.InArea);
                var gradient = (T*)dys + cursor[0];
                for (nint oz = 0; oz < w.Out[0]; oz++)
                    for (nint oy = 0; oy < w.Out[1]; oy++)
                        for (nint ox = 0; ox < w.Out[2]; ox++)
                        {
                            var empty = w.Start[0][oz] >= w.End[0][oz] || w.Start[1][oy] >= w.End[1][oy] || w.Start[2][ox] >= w.End[2][ox];
                            if (empty) continue;
                            var share = E.Divide(E.Load(gradient[oz * yp.Z + oy * yp.Y + ox * yp.X]),
                                E.FromDouble(fixedDivisor ?? w.Divisor[0][oz] * w.Divisor[1][oy] * w.Divisor[2][ox]));
                            for (var z = w.Start[0][oz]; z < w.End[0][oz]; z++)
                                for (var v = w.Start[1][oy]; v < w.End[1][oy]; v++)
                                {
                                    var row = sums + (z * w.In[1] + v) * w.In[2];
                                    for (var u = w.Start[2][ox]; u < w.End[2][ox]; u++) row[u] = E.Add(row[u], share);
                                }
                        }
                Write<T, A, E>(sums, w.In, (T*)dxs + cursor[1], xp);
            }, dy, dx);
        }
    }

    private static nint[] Three(Block block, int spatial)
    {
        nint[] sizes = [1, 1, 1];
        for (var d = 0; d < spatial; d++) sizes[3 - spatial + d] = (nint)block.Sizes[block.Rank - spatial + d];
        return sizes;
    }

    private static A* Cleared<A>(nint count) where A : unmanaged
    {
        var sums = Scratch.Get<A>(ScratchUse.Row, count);
        new Span<A>(sums, (int)count).Clear();
        return sums;
    }

    private static void Write<T, A, E>(A* sums, nint[] sizes, T* target, Plane p) where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
    {
        for (nint z = 0; z < sizes[0]; z++)
            for (nint y = 0; y < sizes[1]; y++)
                for (nint x = 0; x < sizes[2]; x++)
                    target[z * p.Z + y * p.Y + x * p.X] = E.Store(*sums++);
    }
}
