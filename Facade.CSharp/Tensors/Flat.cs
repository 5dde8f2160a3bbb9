namespace Torch;

/// <summary>
/// Between strided tensors and flat memory, as expressions. A content is an expression whose row-major elements are the elements of a storage, in any shape;
/// geometry (strides, offset) counts elements of the dtype at hand. Nothing is computed here.
/// </summary>
internal static class Flat
{
    /// <summary>The content of a fresh storage that a value of these sizes fills with these strides.</summary>
    internal static Expr FromLayout(Expr value, long[] sizes, long[] strides)
    {
        if (Shape.isContiguous(sizes, strides)) return value;
        if (Shape.isDense(sizes, strides)) return Build.permute(MemoryOrder(sizes, strides), value);
        // Dimensions that repeat are stored once.
        var start = new long[sizes.Length];
        var step = new long[sizes.Length];
        var kept = (long[])sizes.Clone();
        Array.Fill(step, 1);
        for (var d = 0; d < sizes.Length; d++)
            if (strides[d] == 0 && sizes[d] > 1) kept[d] = 1;
        var once = value;
        if (!kept.AsSpan().SequenceEqual(sizes))
            once = value.Node is Node<Expr>.Move { Item1.IsExpand: true } m && m.Item2.Sizes.AsSpan().SequenceEqual(kept) ? m.Item2 : Build.slice(start, step, kept, value);
        if (Shape.isDense(kept, strides)) return Build.permute(MemoryOrder(kept, strides), once);
        var extent = Shape.extent(kept, strides, 0).Item2;
        return Build.write(Build.fill([extent], value.DType, Literal.NewInt(0)), new Region(0, strides), once);
    }

    /// <summary>The inverse of <see cref="FromLayout"/>.</summary>
    internal static Expr ToLayout(Expr content, DType dtype, long[] sizes, long[] strides) => Read(content, dtype, sizes, strides, 0);

    /// <summary>The elements of a strided view.</summary>
    internal static Expr Read(Expr content, DType dtype, long[] sizes, long[] strides, long offset)
    {
        content = As(content, dtype);
        if (offset == 0 && content.Count == Shape.count(sizes) && Shape.isDense(sizes, strides)) return Whole(content, sizes, strides);
        if (content.Device.IsMeta || Shape.count(sizes) == 0) return Build.withStrides(strides, Build.strided(sizes, strides, offset, content));
        return Build.withStrides(strides, Moved(content, sizes, strides, offset) ?? Build.strided(sizes, strides, offset, content));
    }

    /// <summary>The content with a strided view replaced; its dtype stays.</summary>
    internal static Expr Write(Expr content, DType dtype, long[] sizes, long[] strides, long offset, Expr value)
    {
        var target = As(content, dtype);
        if (offset == 0 && target.Count == value.Count && Shape.isDense(sizes, strides))
        {
            if (value.Count == 0) return content;
            return As(Shape.isContiguous(sizes, strides) ? value : Build.permute(MemoryOrder(sizes, strides), value), content.DType);
        }
        return As(Build.write(target, new Region(offset, strides), value), content.DType);
    }

    /// <summary>A content in elements of another dtype. Bytes at the end that fill no element are left out.</summary>
    internal static Expr As(Expr content, DType dtype)
    {
        if (content.DType.Equals(dtype)) return content;
        var bytes = content.Count * content.DType.Size;
        var count = bytes / dtype.Size;
        if (count * dtype.Size != bytes)
        {
            var whole = count * dtype.Size / content.DType.Size;
            content = Build.narrow(0, 0, whole, Build.reshape([content.Count], content));
        }
        return Build.reinterpret(dtype, [count], content);
    }

    /// <summary>Dimensions from the outermost in memory to the innermost.</summary>
    internal static int[] MemoryOrder(long[] sizes, long[] strides)
    {
        var order = new int[sizes.Length];
        for (var d = 0; d < order.Length; d++) order[d] = d;
        // Stable, so that dimensions of size 1 stay where they are among equals.
        var keys = Array.ConvertAll(order, d => sizes[d] == 1 ? long.MaxValue : strides[d]);
        for (var i = 1; i < order.Length; i++)
            for (var j = i; j > 0 && keys[order[j - 1]] < keys[order[j]]; j--)
                (order[j - 1], order[j]) = (order[j], order[j - 1]);
        return order;
    }

    /// <summary>A dense view of everything.</summary>
    private static Expr Whole(Expr content, long[] sizes, long[] strides)
    {
        if (Shape.isContiguous(sizes, strides)) return Build.withStrides(strides, Build.reshape(sizes, content));
        var order = MemoryOrder(sizes, strides);
        var inverse = new int[order.Length];
        for (var i = 0; i < order.Length; i++) inverse[order[i]] = i;
        var inMemory = Build.reshape(Array.ConvertAll(order, d => sizes[d]), content);
        return Build.withStrides(strides, Build.permute(inverse, inMemory));
    }

    /// <summary>A view as slice, permutation and expansion of the content's own dimensions, which fuses better than raw strides; null where it is none.</summary>
    private static Expr? Moved(Expr content, long[] sizes, long[] strides, long offset)
    {
        var have = content.Sizes;
        var unit = Shape.contiguous(have);
        var start = new long[have.Length];
        var step = new long[have.Length];
        var count = new long[have.Length];
        var rest = offset;
        for (var d = 0; d < have.Length; d++)
        {
            start[d] = rest / unit[d];
            rest -= start[d] * unit[d];
            if (start[d] >= have[d]) return null;
            step[d] = count[d] = 1;
        }
        // The content's dimension behind each dimension of the view; -1 for those that repeat or have one element.
        var source = new int[sizes.Length];
        for (var i = 0; i < sizes.Length; i++)
        {
            source[i] = -1;
            if (sizes[i] == 1 || strides[i] == 0) continue;
            var d = 0;
            while (d < have.Length && !(have[d] > 1 && unit[d] <= strides[i] && strides[i] % unit[d] == 0)) d++;
            if (d == have.Length || count[d] != 1) return null;
            step[d] = strides[i] / unit[d];
            count[d] = sizes[i];
            if (start[d] + (step[d] * (count[d] - 1)) >= have[d]) return null;
            source[i] = d;
        }
        var order = new List<int>(have.Length);
        foreach (var d in source)
            if (d >= 0) order.Add(d);
        for (var d = 0; d < have.Length; d++)
            if (!order.Contains(d)) order.Add(d);
        var shown = new long[sizes.Length];
        for (var i = 0; i < shown.Length; i++) shown[i] = source[i] >= 0 ? sizes[i] : 1;
        return Build.expand(sizes, Build.reshape(shown, Build.permute([.. order], Build.slice(start, step, count, content))));
    }
}
