namespace Torch.Kernels;

/// <summary>
/// What depends on which elements are not zero, and counting by value: nonzero, masked select and scatter, bincount, histc.
/// NaN is not zero; either zero is. Order is row-major throughout.
/// </summary>
public static unsafe class Selection
{
    /// <summary>The number of elements that are not zero, of any type.</summary>
    public static long CountNonZero(Block block)
    {
        var total = new long[1];
        Elements.Dispatch(block.Type, new CountAction(block, total));
        return total[0];
    }

    /// <summary>The coordinates of the elements that are not zero.</summary>
    /// <param name="block">Any type.</param>
    /// <param name="result">Int64 [<see cref="CountNonZero"/>, rank].</param>
    public static void NonZero(Block block, Block result) => Elements.Dispatch(block.Type, new PositionsAction(block, result, coordinates: true));

    /// <summary>The row-major positions of the elements that are not zero: Int64 [<see cref="CountNonZero"/>].</summary>
    public static void NonZeroPositions(Block block, Block result) => Elements.Dispatch(block.Type, new PositionsAction(block, result, coordinates: false));

    private readonly struct CountAction(Block block, long[] total) : IElementAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
        {
            var walker = new Walker(block.Sizes, block.Strides);
            var (address, step, sum) = (block.Address, (nint)walker.Step(0), total);
            Chunks.Run(walker.Count, 1, (from, to) =>
            {
                long count = 0;
                var cursor = walker.At(from);
                while (from < to)
                {
                    var run = (nint)Math.Min(to - from, cursor.Run);
                    var p = (T*)address + cursor[0];
                    for (nint i = 0; i < run; i++)
                    {
                        if (!EqualityComparer<A>.Default.Equals(E.Load(p[i * step]), E.Zero)) count++;
                    }
                    from += run;
                    cursor.Skip(run);
                }
                Interlocked.Add(ref sum[0], count);
            });
        }
    }

    private readonly struct PositionsAction(Block block, Block result, bool coordinates) : IElementAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
        {
            var walker = new Walker(block.Sizes, block.Strides);
            if (walker.Count == 0) return;
            var cursor = walker.At(0);
            var step = (nint)walker.Step(0);
            var r = (long*)result.Address;
            nint row = (nint)result.Strides[0], column = coordinates ? (nint)result.Strides[1] : 0, found = 0;
            for (long at = 0; at < walker.Count;)
            {
                var run = (nint)cursor.Run;
                var p = (T*)block.Address + cursor[0];
                for (nint i = 0; i < run; i++)
                {
                    if (EqualityComparer<A>.Default.Equals(E.Load(p[i * step]), E.Zero)) continue;
                    var target = r + found++ * row;
                    var position = at + i;
                    if (!coordinates) *target = position;
                    else
                    {
                        for (var d = block.Rank - 1; d >= 0; d--)
                        {
                            target[d * column] = position % block.Sizes[d];
                            position /= block.Sizes[d];
                        }
                    }
                }
                at += run;
                cursor.Skip(run);
            }
        }
    }

    /// <summary>The elements of <paramref name="source"/> where <paramref name="mask"/> (Bool, the same sizes) is true: [count of true].</summary>
    public static void MaskedSelect(Block source, Block mask, Block result) => Elements.DispatchWords(source.Type, new MaskedAction(source, mask, result, toMask: false));

    /// <summary>Writes successive elements of <paramref name="values"/> (rank 1) where <paramref name="mask"/> is true.</summary>
    public static void MaskedScatter(Block target, Block mask, Block values) => Elements.DispatchWords(target.Type, new MaskedAction(target, mask, values, toMask: true));

    private readonly struct MaskedAction(Block block, Block mask, Block list, bool toMask) : IWordAction
    {
        public void Run<T>() where T : unmanaged, IEquatable<T>
        {
            var walker = new Walker(mask.Sizes, mask.Strides, block.Strides);
            if (walker.Count == 0) return;
            nint mStep = (nint)walker.Step(0), bStep = (nint)walker.Step(1), lStep = (nint)list.Strides[0];
            var cursor = walker.At(0);
            var l = (T*)list.Address;
            for (long at = 0; at < walker.Count;)
            {
                var run = (nint)cursor.Run;
                var m = mask.Pointer + cursor[0];
                var b = (T*)block.Address + cursor[1];
                for (nint i = 0; i < run; i++)
                {
                    if (m[i * mStep] == 0) continue;
                    if (toMask) b[i * bStep] = *l;
                    else *l = b[i * bStep];
                    l += lStep;
                }
                at += run;
                cursor.Skip(run);
            }
        }
    }

    /// <summary>How often each value occurs, or the sum of its weights.</summary>
    /// <param name="values">Integers of rank 1, not negative and below the size of <paramref name="result"/>.</param>
    /// <param name="weights">Null, or as many Float32 or Float64 values.</param>
    /// <param name="result">Int64 [bins], or of the weights' type.</param>
    public static void Bincount(Block values, Block? weights, Block result)
    {
        if (weights == null) Elements.DispatchOrdered(values.Type, new BincountAction<long, IntegerElement<long>>(values, null, result));
        else if (weights.Type == ElementType.Float32) Elements.DispatchOrdered(values.Type, new BincountAction<float, FloatElement<float>>(values, weights, result));
        else if (weights.Type == ElementType.Float64) Elements.DispatchOrdered(values.Type, new BincountAction<double, FloatElement<double>>(values, weights, result));
        else throw Elements.Unsupported(weights.Type, "bincount");
    }

    private readonly struct BincountAction<W, EW>(Block values, Block? weights, Block result) : IOrderedAction where W : unmanaged where EW : struct, IElement<W, W>
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
        {
            var r = (W*)result.Address;
            var rStep = (nint)result.Strides[0];
            for (nint i = 0; i < (nint)result.Count; i++) r[i * rStep] = EW.Zero;
            var v = (T*)values.Address;
            nint vStep = (nint)values.Strides[0], wStep = weights == null ? 0 : (nint)weights.Strides[0];
            for (nint i = 0; i < (nint)values.Count; i++)
            {
                var place = r + (nint)E.ToDouble(E.Load(v[i * vStep])) * rStep;
                *place = EW.Add(*place, weights == null ? EW.One : ((W*)weights.Address)[i * wStep]);
            }
        }
    }

    /// <summary>Counts of values in equal bins between <paramref name="min"/> and <paramref name="max"/>, the last bin closed; values outside and NaN are left out.</summary>
    /// <param name="values">Float32 or Float64.</param>
    /// <param name="min">Lower edge.</param>
    /// <param name="max">Upper edge, greater than <paramref name="min"/>.</param>
    /// <param name="result">[bins], of the type of the values.</param>
    public static void Histc(Block values, double min, double max, Block result)
    {
        if (values.Type == ElementType.Float32) Histc<float>(values, (float)min, (float)max, result);
        else if (values.Type == ElementType.Float64) Histc<double>(values, min, max, result);
        else throw Elements.Unsupported(values.Type, "histogram_cpu");
    }

    private static void Histc<T>(Block values, T min, T max, Block result) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        var bins = result.Count;
        var r = (T*)result.Address;
        var rStep = (nint)result.Strides[0];
        for (nint i = 0; i < (nint)bins; i++) r[i * rStep] = T.Zero;
        var walker = new Walker(values.Sizes, values.Strides);
        if (walker.Count == 0) return;
        var cursor = walker.At(0);
        for (long at = 0; at < walker.Count; at++, cursor.Skip(1))
        {
            var x = ((T*)values.Address)[cursor[0]];
            if (!(x >= min && x <= max)) continue;
            var bin = Math.Min(bins - 1, long.CreateTruncating((x - min) * T.CreateTruncating(bins) / (max - min)));
            r[(nint)bin * rStep] += T.One;
        }
    }
}
