using System.Runtime.CompilerServices;

namespace Torch.Kernels;

// The register tile of a matrix product: up to 14 rows by one or two vectors of C, held in registers while k runs. Row count and vector count are
// type parameters, so that one text becomes a kernel for each: what is beyond them is removed at compilation, and M has no edge path.
// Elements of A are read in place by row and k strides (whether A is transposed does not matter); rows of B must be contiguous vectors.

/// <summary>A number known at compilation.</summary>
internal interface INumber
{
    static abstract int Value { get; }
}

internal readonly struct N1 : INumber { public static int Value => 1; }
internal readonly struct N2 : INumber { public static int Value => 2; }
internal readonly struct N3 : INumber { public static int Value => 3; }
internal readonly struct N4 : INumber { public static int Value => 4; }
internal readonly struct N5 : INumber { public static int Value => 5; }
internal readonly struct N6 : INumber { public static int Value => 6; }
internal readonly struct N7 : INumber { public static int Value => 7; }
internal readonly struct N8 : INumber { public static int Value => 8; }
internal readonly struct N9 : INumber { public static int Value => 9; }
internal readonly struct N10 : INumber { public static int Value => 10; }
internal readonly struct N11 : INumber { public static int Value => 11; }
internal readonly struct N12 : INumber { public static int Value => 12; }
internal readonly struct N13 : INumber { public static int Value => 13; }
internal readonly struct N14 : INumber { public static int Value => 14; }

/// <summary>What becomes of a product: it replaces what was there, or is added to it, or subtracted from it.</summary>
internal enum Into { Set, Add, Subtract }

internal static unsafe class GemmTile<T, V, S> where T : unmanaged where V : unmanaged where S : struct, ISimd<T, V>
{
    /// <summary>The kernel for a number of rows (from 1) and of vectors (1 or 2), at index 2 (rows - 1) + vectors - 1.</summary>
    public static readonly delegate*<T*, nint, nint, T*, nint, T*, nint, nint, Into, void>[] Kernels =
    [
        &Run<N1, N1>, &Run<N1, N2>,
        &Run<N2, N1>, &Run<N2, N2>,
        &Run<N3, N1>, &Run<N3, N2>,
        &Run<N4, N1>, &Run<N4, N2>,
        &Run<N5, N1>, &Run<N5, N2>,
        &Run<N6, N1>, &Run<N6, N2>,
        &Run<N7, N1>, &Run<N7, N2>,
        &Run<N8, N1>, &Run<N8, N2>,
        &Run<N9, N1>, &Run<N9, N2>,
        &Run<N10, N1>, &Run<N10, N2>,
        &Run<N11, N1>, &Run<N11, N2>,
        &Run<N12, N1>, &Run<N12, N2>,
        &Run<N13, N1>, &Run<N13, N2>,
        &Run<N14, N1>, &Run<N14, N2>,
    ];

    /// <summary>C[i, j] (set, add, subtract) the sum over k, in ascending order from zero with one rounding a step, of A[i, k] B[k, j].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<R, W>(T* a, nint rowStride, nint kStride, T* b, nint bStride, T* c, nint cStride, nint count, Into into)
        where R : struct, INumber where W : struct, INumber
    {
        V x0 = S.Zero, y0 = S.Zero;
        V x1 = S.Zero, y1 = S.Zero;
        V x2 = S.Zero, y2 = S.Zero;
        V x3 = S.Zero, y3 = S.Zero;
        V x4 = S.Zero, y4 = S.Zero;
        V x5 = S.Zero, y5 = S.Zero;
        V x6 = S.Zero, y6 = S.Zero;
        V x7 = S.Zero, y7 = S.Zero;
        V x8 = S.Zero, y8 = S.Zero;
        V x9 = S.Zero, y9 = S.Zero;
        V x10 = S.Zero, y10 = S.Zero;
        V x11 = S.Zero, y11 = S.Zero;
        V x12 = S.Zero, y12 = S.Zero;
        V x13 = S.Zero, y13 = S.Zero;
        T* p0 = a;
        T* p1 = R.Value > 3 ? a + 3 * rowStride : a;
        T* p2 = R.Value > 6 ? a + 6 * rowStride : a;
        T* p3 = R.Value > 9 ? a + 9 * rowStride : a;
        T* p4 = R.Value > 12 ? a + 12 * rowStride : a;
        var twice = 2 * rowStride;
        for (var k = count; k > 0; k--)
        {
            var u = S.Load(b);
            var v = W.Value > 1 ? S.Load(b + S.Count) : u;
            b += bStride;
            V s;
            s = S.Broadcast(*p0); x0 = S.MultiplyAdd(s, u, x0); if (W.Value > 1) y0 = S.MultiplyAdd(s, v, y0);
            if (R.Value > 1) { s = S.Broadcast(p0[rowStride]); x1 = S.MultiplyAdd(s, u, x1); if (W.Value > 1) y1 = S.MultiplyAdd(s, v, y1); }
            if (R.Value > 2) { s = S.Broadcast(p0[twice]); x2 = S.MultiplyAdd(s, u, x2); if (W.Value > 1) y2 = S.MultiplyAdd(s, v, y2); }
            if (R.Value > 3) { s = S.Broadcast(*p1); x3 = S.MultiplyAdd(s, u, x3); if (W.Value > 1) y3 = S.MultiplyAdd(s, v, y3); }
            if (R.Value > 4) { s = S.Broadcast(p1[rowStride]); x4 = S.MultiplyAdd(s, u, x4); if (W.Value > 1) y4 = S.MultiplyAdd(s, v, y4); }
            if (R.Value > 5) { s = S.Broadcast(p1[twice]); x5 = S.MultiplyAdd(s, u, x5); if (W.Value > 1) y5 = S.MultiplyAdd(s, v, y5); }
            if (R.Value > 6) { s = S.Broadcast(*p2); x6 = S.MultiplyAdd(s, u, x6); if (W.Value > 1) y6 = S.MultiplyAdd(s, v, y6); }
            if (R.Value > 7) { s = S.Broadcast(p2[rowStride]); x7 = S.MultiplyAdd(s, u, x7); if (W.Value > 1) y7 = S.MultiplyAdd(s, v, y7); }
            if (R.Value > 8) { s = S.Broadcast(p2[twice]); x8 = S.MultiplyAdd(s, u, x8); if (W.Value > 1) y8 = S.MultiplyAdd(s, v, y8); }
            if (R.Value > 9) { s = S.Broadcast(*p3); x9 = S.MultiplyAdd(s, u, x9); if (W.Value > 1) y9 = S.MultiplyAdd(s, v, y9); }
            if (R.Value > 10) { s = S.Broadcast(p3[rowStride]); x10 = S.MultiplyAdd(s, u, x10); if (W.Value > 1) y10 = S.MultiplyAdd(s, v, y10); }
            if (R.Value > 11) { s = S.Broadcast(p3[twice]); x11 = S.MultiplyAdd(s, u, x11); if (W.Value > 1) y11 = S.MultiplyAdd(s, v, y11); }
            if (R.Value > 12) { s = S.Broadcast(*p4); x12 = S.MultiplyAdd(s, u, x12); if (W.Value > 1) y12 = S.MultiplyAdd(s, v, y12); }
            if (R.Value > 13) { s = S.Broadcast(p4[rowStride]); x13 = S.MultiplyAdd(s, u, x13); if (W.Value > 1) y13 = S.MultiplyAdd(s, v, y13); }
            p0 += kStride;
            if (R.Value > 3) p1 += kStride;
            if (R.Value > 6) p2 += kStride;
            if (R.Value > 9) p3 += kStride;
            if (R.Value > 12) p4 += kStride;
        }
        Put<W>(c, x0, y0, into);
        if (R.Value > 1) { c += cStride; Put<W>(c, x1, y1, into); }
        if (R.Value > 2) { c += cStride; Put<W>(c, x2, y2, into); }
        if (R.Value > 3) { c += cStride; Put<W>(c, x3, y3, into); }
        if (R.Value > 4) { c += cStride; Put<W>(c, x4, y4, into); }
        if (R.Value > 5) { c += cStride; Put<W>(c, x5, y5, into); }
        if (R.Value > 6) { c += cStride; Put<W>(c, x6, y6, into); }
        if (R.Value > 7) { c += cStride; Put<W>(c, x7, y7, into); }
        if (R.Value > 8) { c += cStride; Put<W>(c, x8, y8, into); }
        if (R.Value > 9) { c += cStride; Put<W>(c, x9, y9, into); }
        if (R.Value > 10) { c += cStride; Put<W>(c, x10, y10, into); }
        if (R.Value > 11) { c += cStride; Put<W>(c, x11, y11, into); }
        if (R.Value > 12) { c += cStride; Put<W>(c, x12, y12, into); }
        if (R.Value > 13) { c += cStride; Put<W>(c, x13, y13, into); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<W>(T* c, V x, V y, Into into) where W : struct, INumber
    {
        if (into == Into.Add)
        {
            x = S.Add(S.Load(c), x);
            if (W.Value > 1) y = S.Add(S.Load(c + S.Count), y);
        }
        else if (into == Into.Subtract)
        {
            x = S.Subtract(S.Load(c), x);
            if (W.Value > 1) y = S.Subtract(S.Load(c + S.Count), y);
        }
        S.Store(c, x);
        if (W.Value > 1) S.Store(c + S.Count, y);
    }
}
