using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Torch.Kernels;

// Sums over dense rows of Float32 or Float64. Element i belongs to lane i mod (64 bytes) of one of four accumulators; these are added in a fixed tree.
// Vectors are of 512 bits whatever the hardware has (the runtime makes them of narrower ones), so the order of a sum depends on its length alone.
// Error bound: (n / 64 + 7) u sum |term| for Float32, (n / 32 + 6) u for Float64.

/// <summary>What is summed, of up to two rows and a constant.</summary>
internal interface ITerm
{
    static abstract Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b, Vector512<T> m);
}

internal readonly struct PlainTerm : ITerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b, Vector512<T> m) => a;
}

/// <summary>a b</summary>
internal readonly struct ProductTerm : ITerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b, Vector512<T> m) => a * b;
}

/// <summary>(a - m)^2</summary>
internal readonly struct SquareTerm : ITerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b, Vector512<T> m) => (a - m) * (a - m);
}

/// <summary>b (a - m)</summary>
internal readonly struct DeviationTerm : ITerm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<T> Of<T>(Vector512<T> a, Vector512<T> b, Vector512<T> m) => b * (a - m);
}

internal static unsafe class RowMath<A> where A : unmanaged, IFloatingPointIeee754<A>
{
    public static A Sum(A* a, nint count) => Sum<PlainTerm>(a, a, A.Zero, count);

    public static A Dot(A* a, A* b, nint count) => Sum<ProductTerm>(a, b, A.Zero, count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static A Sum<F>(A* a, A* b, A m, nint count) where F : struct, ITerm
    {
        nint width = Vector512<A>.Count, i = 0;
        var shift = Vector512.Create(m);
        Vector512<A> s0 = default, s1 = default, s2 = default, s3 = default;
        for (; i + 4 * width <= count; i += 4 * width)
        {
            s0 += F.Of(Vector512.Load(a + i), Vector512.Load(b + i), shift);
            s1 += F.Of(Vector512.Load(a + i + width), Vector512.Load(b + i + width), shift);
            s2 += F.Of(Vector512.Load(a + i + 2 * width), Vector512.Load(b + i + 2 * width), shift);
            s3 += F.Of(Vector512.Load(a + i + 3 * width), Vector512.Load(b + i + 3 * width), shift);
        }
        for (; i + width <= count; i += width) s0 += F.Of(Vector512.Load(a + i), Vector512.Load(b + i), shift);
        if (i < count)
        {
            var rest = stackalloc A[2 * 16];
            new Span<A>(rest, 2 * 16).Clear();
            for (nint j = 0; j < count - i; j++) (rest[j], rest[16 + j]) = (a[i + j], b[i + j]);
            F.Of(Vector512.Load(rest), Vector512.Load(rest + 16), shift).Store(rest);
            for (var j = count - i; j < width; j++) rest[j] = A.Zero;
            s1 += Vector512.Load(rest);
        }
        return Tree((s0 + s1) + (s2 + s3));
    }

    private static A Tree(Vector512<A> v)
    {
        var half = v.GetLower() + v.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        if (sizeof(A) == 8) return quarter[0] + quarter[1];
        return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
    }

    /// <summary>The greatest element, NaN left out; -infinity for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static A Max(A* a, nint count)
    {
        nint width = Vector512<A>.Count, i = 0;
        var best = Vector512.Create(A.NegativeInfinity);
        for (; i + width <= count; i += width)
        {
            var v = Vector512.Load(a + i);
            best = Vector512.ConditionalSelect(Vector512.GreaterThan(v, best), v, best);
        }
        var result = A.NegativeInfinity;
        for (var j = 0; j < width; j++) result = best[j] > result ? best[j] : result;
        for (; i < count; i++) result = a[i] > result ? a[i] : result;
        return result;
    }

    /// <summary>y = (x - m) s</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Standardize(A* x, A m, A s, A* y, nint count)
    {
        nint width = Vector512<A>.Count, i = 0;
        Vector512<A> shift = Vector512.Create(m), scale = Vector512.Create(s);
        for (; i + width <= count; i += width) ((Vector512.Load(x + i) - shift) * scale).Store(y + i);
        for (; i < count; i++) y[i] = (x[i] - m) * s;
    }

    /// <summary>y = x / d</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Divide(A* x, A d, A* y, nint count)
    {
        nint width = Vector512<A>.Count, i = 0;
        var divisor = Vector512.Create(d);
        for (; i + width <= count; i += width) (Vector512.Load(x + i) / divisor).Store(y + i);
        for (; i < count; i++) y[i] = x[i] / d;
    }

    /// <summary>y = x gamma + beta, either of which may be null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Affine(A* x, A* gamma, A* beta, A* y, nint count)
    {
        nint width = Vector512<A>.Count, i = 0;
        for (; i + width <= count; i += width)
        {
            var v = Vector512.Load(x + i);
            if (gamma != null) v *= Vector512.Load(gamma + i);
            if (beta != null) v += Vector512.Load(beta + i);
            v.Store(y + i);
        }
        for (; i < count; i++)
        {
            var v = x[i];
            if (gamma != null) v *= gamma[i];
            if (beta != null) v += beta[i];
            y[i] = v;
        }
    }

    /// <summary>y = b (x - m)</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ShiftTimes(A* x, A m, A* b, A* y, nint count)
    {
        nint width = Vector512<A>.Count, i = 0;
        var shift = Vector512.Create(m);
        for (; i + width <= count; i += width) (Vector512.Load(b + i) * (Vector512.Load(x + i) - shift)).Store(y + i);
        for (; i < count; i++) y[i] = b[i] * (x[i] - m);
    }

    /// <summary>y = x - b m</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SubtractScaled(A* x, A* b, A m, A* y, nint count)
    {
        nint width = Vector512<A>.Count, i = 0;
        var scale = Vector512.Create(m);
        for (; i + width <= count; i += width) (Vector512.Load(x + i) - Vector512.Load(b + i) * scale).Store(y + i);
        for (; i < count; i++) y[i] = x[i] - b[i] * m;
    }

    /// <summary>dx = rstd (g - p - (x - mean) q): the gradient of standardisation, with its two means folded into p and q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StandardizeGradient(A* g, A* x, A mean, A p, A q, A rstd, A* dx, nint count)
    {
        nint width = Vector512<A>.Count, i = 0;
        Vector512<A> vm = Vector512.Create(mean), vp = Vector512.Create(p), vq = Vector512.Create(q), vr = Vector512.Create(rstd);
        for (; i + width <= count; i += width) (vr * ((Vector512.Load(g + i) - vp) - (Vector512.Load(x + i) - vm) * vq)).Store(dx + i);
        for (; i < count; i++) dx[i] = rstd * ((g[i] - p) - (x[i] - mean) * q);
    }

    /// <summary>sum += a, weighted += a (b - m) s</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(A* a, A* b, A m, A s, A* sum, A* weighted, nint count)
    {
        nint width = Vector512<A>.Count, i = 0;
        Vector512<A> shift = Vector512.Create(m), scale = Vector512.Create(s);
        for (; i + width <= count; i += width)
        {
            var v = Vector512.Load(a + i);
            (Vector512.Load(sum + i) + v).Store(sum + i);
            (Vector512.Load(weighted + i) + v * ((Vector512.Load(b + i) - shift) * scale)).Store(weighted + i);
        }
        for (; i < count; i++)
        {
            sum[i] += a[i];
            weighted[i] += a[i] * ((b[i] - m) * s);
        }
    }
}

/// <summary>Rows of any float type as dense rows of the type of computation.</summary>
internal static unsafe class RowAccess<T, A, E> where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
{
    private static bool InPlace(nint step) => typeof(T) == typeof(A) && step == 1;

    /// <summary>The row itself where it is dense and needs no widening, else a copy in scratch memory.</summary>
    public static A* Read(T* row, nint step, nint count, ScratchUse use)
    {
        if (InPlace(step)) return (A*)row;
        var copy = Scratch.Get<A>(use, count);
        for (nint i = 0; i < count; i++) copy[i] = E.Load(row[i * step]);
        return copy;
    }

    /// <summary>Where to compute a row: in place or in scratch memory, from which Write takes it.</summary>
    public static A* Room(T* row, nint step, nint count, ScratchUse use) => InPlace(step) ? (A*)row : Scratch.Get<A>(use, count);

    public static void Write(A* values, T* row, nint step, nint count)
    {
        if ((nint)values == (nint)row) return;
        for (nint i = 0; i < count; i++) row[i * step] = E.Store(values[i]);
    }

    /// <summary>Positions [from, from + count) of a walk over an operand, dense: in place where they are one dense run.</summary>
    public static A* Read(T* source, Walker walker, int operand, long from, nint count, ScratchUse use)
    {
        if (walker.Inner == walker.Count) return Read(source + (nint)from * (nint)walker.Step(operand), (nint)walker.Step(operand), count, use);
        var copy = Scratch.Get<A>(use, count);
        var cursor = walker.At(from);
        var step = (nint)walker.Step(operand);
        for (nint i = 0; i < count;)
        {
            var run = Math.Min((nint)cursor.Run, count - i);
            var s = source + cursor[operand];
            for (nint j = 0; j < run; j++) copy[i + j] = E.Load(s[j * step]);
            i += run;
            cursor.Skip(run);
        }
        return copy;
    }

    /// <summary>Writes dense values to positions [from, from + count) of a walk.</summary>
    public static void Write(A* values, T* target, Walker walker, int operand, long from, nint count)
    {
        var cursor = walker.At(from);
        var step = (nint)walker.Step(operand);
        for (nint i = 0; i < count;)
        {
            var run = Math.Min((nint)cursor.Run, count - i);
            var t = target + cursor[operand];
            if ((nint)t == (nint)(values + i) && step == 1) return;
            for (nint j = 0; j < run; j++) t[j * step] = E.Store(values[i + j]);
            i += run;
            cursor.Skip(run);
        }
    }

    /// <summary>A vector of parameters, dense and widened: null for none.</summary>
    public static A* Parameters(Block? block, ScratchUse use) => block == null ? null : Read((T*)block.Address, Rows.Step(block), (nint)block.Count, use);
}
