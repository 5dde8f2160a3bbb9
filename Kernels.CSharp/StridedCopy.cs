using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Torch.Kernels;

/// <summary>
/// Moves elements between strided memory: whole blocks (<see cref="Copy"/>, <see cref="Fill"/>), and the lines and planes that the tile interpreter gathers and scatters.
/// Bits are moved, never interpreted. Source and target are apart or identical. Method of Copy: dimensions are ordered by the target's strides and merged; the
/// dimension in which the source is densest becomes the second innermost, and that plane is walked in square blocks, so that a transpose uses whole cache lines on both sides.
/// </summary>
public static unsafe class StridedCopy
{
    private const int Block = 16;

    /// <summary>Copies element by element into memory of the same type and sizes.</summary>
    public static void Copy(Block source, Block target)
    {
        if (source.Type.Size() != target.Type.Size() || !source.Sizes.AsSpan().SequenceEqual(target.Sizes))
            throw new ArgumentException("source and target differ in element size or in sizes");
        Move(source.Pointer, source.Strides, target);
    }

    /// <summary>Sets all elements to the same bytes.</summary>
    public static void Fill(Block target, ReadOnlySpan<byte> element)
    {
        var size = target.Type.Size();
        if (element.Length < size) throw new ArgumentException("the element is shorter than its type");
        var value = stackalloc byte[16];
        element[..size].CopyTo(new Span<byte>(value, 16));
        Move(value, new long[target.Rank], target);
    }

    private static void Move(byte* from, long[] fromStrides, Block target)
    {
        var size = target.Type.Size();
        var count = target.Count;
        if (count == 0) return;
        // Columns: size, target stride, source stride, in bytes; outermost first.
        var n = new List<long>();
        var ts = new List<long>();
        var ss = new List<long>();
        for (var d = 0; d < target.Rank; d++)
        {
            if (target.Sizes[d] == 1) continue;
            var at = n.Count;
            var (t, s) = (target.Strides[d] * size, fromStrides[d] * size);
            while (at > 0 && (Math.Abs(ts[at - 1]) < Math.Abs(t) || (ts[at - 1] == t && Math.Abs(ss[at - 1]) < Math.Abs(s)))) at--;
            n.Insert(at, target.Sizes[d]);
            ts.Insert(at, t);
            ss.Insert(at, s);
        }
        for (var d = n.Count - 2; d >= 0; d--)
        {
            if (ts[d] != ts[d + 1] * n[d + 1] || ss[d] != ss[d + 1] * n[d + 1]) continue;
            n[d] *= n[d + 1];
            (ts[d], ss[d]) = (ts[d + 1], ss[d + 1]);
            n.RemoveAt(d + 1);
            ts.RemoveAt(d + 1);
            ss.RemoveAt(d + 1);
        }
        // A plane needs two dimensions; a single line is cut into rows so that threads can share it.
        if (n.Count == 0)
        {
            n.Add(1);
            ts.Add(size);
            ss.Add(size);
        }
        var last = n.Count - 1;
        if (last == 0)
        {
            Spread(from, target.Pointer, size, n[0], ts[0], ss[0]);
            return;
        }
        var dense = last - 1;
        if (Math.Abs(ss[last]) != size)
        {
            for (var d = last - 1; d >= 0; d--)
                if (ss[d] != 0 && (Math.Abs(ss[d]) < Math.Abs(ss[dense]) || ss[dense] == 0)) dense = d;
        }
        foreach (var column in new[] { n, ts, ss })
        {
            var moved = column[dense];
            column.RemoveAt(dense);
            column.Insert(last - 1, moved);
        }

        long outer = 1;
        for (var d = 0; d < last - 1; d++) outer *= n[d];
        var (rows, columns) = (n[last - 1], n[last]);
        // Pieces of rows: whole blocks, some 64 KB each, unless one thread does it all.
        var threaded = Workers.Worth(2 * count * size);
        var pieceRows = threaded ? Math.Min(rows, Math.Max(Block, (65536 / Math.Max(1, columns * size)) / Block * Block)) : rows;
        var pieces = (rows + pieceRows - 1) / pieceRows;
        var units = outer * pieces;
        var to = target.Pointer;
        var (sizes, targetStrides, sourceStrides) = (n.ToArray(), ts.ToArray(), ss.ToArray());

        void Unit(long unit)
        {
            var (index, piece) = Math.DivRem(unit, pieces);
            var p = to;
            var q = from;
            for (var d = last - 2; d >= 0; d--)
            {
                (index, var i) = Math.DivRem(index, sizes[d]);
                p += i * targetStrides[d];
                q += i * sourceStrides[d];
            }
            var first = piece * pieceRows;
            var (t0, s0) = (targetStrides[last - 1], sourceStrides[last - 1]);
            Plane(p + (first * t0), t0, targetStrides[last], q + (first * s0), s0, sourceStrides[last], Math.Min(pieceRows, rows - first), columns, size);
        }

        Share(units, threaded, Unit);
    }

    private static void Spread(byte* from, byte* to, int size, long count, long targetStride, long sourceStride)
    {
        const long Piece = 32768;
        var threaded = Workers.Worth(2 * count * size);
        if (!threaded)
        {
            Line(to, targetStride, from, sourceStride, count, size);
            return;
        }
        Share((count + Piece - 1) / Piece, true, u => Line(to + (u * Piece * targetStride), targetStride, from + (u * Piece * sourceStride), sourceStride, Math.Min(Piece, count - (u * Piece)), size));
    }

    private static void Share(long units, bool threaded, Action<long> unit)
    {
        if (!threaded || units == 1)
        {
            for (long u = 0; u < units; u++) unit(u);
            return;
        }
        var chunks = Math.Min(units, Workers.Count * 8L);
        Workers.Run(chunks, c =>
        {
            var end = (long)((Int128)units * (c + 1) / chunks);
            for (var u = (long)((Int128)units * c / chunks); u < end; u++) unit(u);
        });
    }

    /// <summary>Moves a line of elements of so many bytes; strides are in bytes.</summary>
    internal static void Line(byte* to, long toStride, byte* from, long fromStride, long n, int size)
    {
        if (toStride == size && fromStride == size)
        {
            if (to != from) Buffer.MemoryCopy(from, to, n * size, n * size);
            return;
        }
        switch (size)
        {
            case 1: Line<byte>(to, toStride, from, fromStride, n); break;
            case 2: Line<short>(to, toStride, from, fromStride, n); break;
            case 4: Line<int>(to, toStride, from, fromStride, n); break;
            case 8: Line<long>(to, toStride, from, fromStride, n); break;
            default: Line<Vector128<byte>>(to, toStride, from, fromStride, n); break;
        }
    }

    /// <summary>Moves a plane of n0 rows of n1 elements.</summary>
    internal static void Plane(byte* to, long to0, long to1, byte* from, long from0, long from1, long n0, long n1, int size)
    {
        if (to1 == size && from1 == size && n1 * size >= 64)
        {
            for (long i = 0; i < n0; i++)
            {
                byte* t = to + (i * to0), s = from + (i * from0);
                if (t != s) Buffer.MemoryCopy(s, t, n1 * size, n1 * size);
            }
            return;
        }
        switch (size)
        {
            case 1: Plane<byte>(to, to0, to1, from, from0, from1, n0, n1); break;
            case 2: Plane<short>(to, to0, to1, from, from0, from1, n0, n1); break;
            case 4: Plane<int>(to, to0, to1, from, from0, from1, n0, n1); break;
            case 8: Plane<long>(to, to0, to1, from, from0, from1, n0, n1); break;
            default: Plane<Vector128<byte>>(to, to0, to1, from, from0, from1, n0, n1); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Line<T>(byte* to, long toStride, byte* from, long fromStride, long n)
        where T : unmanaged
    {
        if (fromStride == 0)
        {
            var value = Unsafe.ReadUnaligned<T>(from);
            if (toStride == sizeof(T))
            {
                for (; n > 0; n -= int.MaxValue / 16, to += (long)(int.MaxValue / 16) * sizeof(T))
                    new Span<T>(to, (int)Math.Min(n, int.MaxValue / 16)).Fill(value);
                return;
            }
            for (; n > 0; n--, to += toStride) Unsafe.WriteUnaligned(to, value);
            return;
        }
        for (; n >= 4; n -= 4, to += 4 * toStride, from += 4 * fromStride)
        {
            var a = Unsafe.ReadUnaligned<T>(from);
            var b = Unsafe.ReadUnaligned<T>(from + fromStride);
            var c = Unsafe.ReadUnaligned<T>(from + (2 * fromStride));
            var d = Unsafe.ReadUnaligned<T>(from + (3 * fromStride));
            Unsafe.WriteUnaligned(to, a);
            Unsafe.WriteUnaligned(to + toStride, b);
            Unsafe.WriteUnaligned(to + (2 * toStride), c);
            Unsafe.WriteUnaligned(to + (3 * toStride), d);
        }
        for (; n > 0; n--, to += toStride, from += fromStride) Unsafe.WriteUnaligned(to, Unsafe.ReadUnaligned<T>(from));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Plane<T>(byte* to, long to0, long to1, byte* from, long from0, long from1, long n0, long n1)
        where T : unmanaged
    {
        if (from0 == 0 && to1 == sizeof(T) && to0 == n1 * sizeof(T))
        {
            // One row again and again: write it once, then double what is there.
            Line<T>(to, to1, from, from1, n1);
            for (long done = 1; done < n0; done *= 2)
            {
                var more = Math.Min(done, n0 - done) * to0;
                Buffer.MemoryCopy(to, to + (done * to0), more, more);
            }
            return;
        }
        if (n1 >= 4 && (n0 < 4 || Math.Abs(from1) <= Math.Abs(from0) || from1 == 0))
        {
            for (long i = 0; i < n0; i++) Line<T>(to + (i * to0), to1, from + (i * from0), from1, n1);
            return;
        }
        if (n1 < 4)
        {
            // Short rows: the long loop goes inside.
            for (long j = 0; j < n1; j++) Line<T>(to + (j * to1), to0, from + (j * from1), from0, n0);
            return;
        }
        var vectors = Avx2.IsSupported && from0 == sizeof(T) && to1 == sizeof(T) && sizeof(T) is 4 or 8;
        for (long i = 0; i < n0; i += Block)
        {
            var rows = Math.Min(Block, n0 - i);
            for (long j = 0; j < n1; j += Block)
            {
                var columns = Math.Min(Block, n1 - j);
                byte* t = to + (i * to0) + (j * to1), s = from + (i * from0) + (j * from1);
                if (vectors)
                {
                    if (sizeof(T) == 4) Transpose4(t, to0, s, from1, rows, columns);
                    else Transpose8(t, to0, s, from1, rows, columns);
                    continue;
                }
                for (long k = 0; k < rows; k++) Line<T>(t + (k * to0), to1, s + (k * from0), from1, columns);
            }
        }
    }

    /// <summary>A block of a transpose of 4 byte elements: target rows and source columns are contiguous. Squares of 8 by 8 go through registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose4(byte* to, long toRow, byte* from, long fromColumn, long rows, long columns)
    {
        long i = 0;
        for (; i + 8 <= rows; i += 8)
        {
            long j = 0;
            for (; j + 8 <= columns; j += 8)
            {
                var s = from + (i * 4) + (j * fromColumn);
                var r0 = Vector256.Load((float*)s);
                var r1 = Vector256.Load((float*)(s + fromColumn));
                var r2 = Vector256.Load((float*)(s + (2 * fromColumn)));
                var r3 = Vector256.Load((float*)(s + (3 * fromColumn)));
                var r4 = Vector256.Load((float*)(s + (4 * fromColumn)));
                var r5 = Vector256.Load((float*)(s + (5 * fromColumn)));
                var r6 = Vector256.Load((float*)(s + (6 * fromColumn)));
                var r7 = Vector256.Load((float*)(s + (7 * fromColumn)));
                // Pairs, then quadruples inside each half, then the halves.
                Vector256<float> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
                Vector256<float> a4 = Avx.UnpackLow(r4, r5), a5 = Avx.UnpackHigh(r4, r5), a6 = Avx.UnpackLow(r6, r7), a7 = Avx.UnpackHigh(r6, r7);
                Vector256<float> b0 = Avx.Shuffle(a0, a2, 0x44), b1 = Avx.Shuffle(a0, a2, 0xEE), b2 = Avx.Shuffle(a1, a3, 0x44), b3 = Avx.Shuffle(a1, a3, 0xEE);
                Vector256<float> b4 = Avx.Shuffle(a4, a6, 0x44), b5 = Avx.Shuffle(a4, a6, 0xEE), b6 = Avx.Shuffle(a5, a7, 0x44), b7 = Avx.Shuffle(a5, a7, 0xEE);
                var t = to + (i * toRow) + (j * 4);
                Avx.Permute2x128(b0, b4, 0x20).Store((float*)t);
                Avx.Permute2x128(b1, b5, 0x20).Store((float*)(t + toRow));
                Avx.Permute2x128(b2, b6, 0x20).Store((float*)(t + (2 * toRow)));
                Avx.Permute2x128(b3, b7, 0x20).Store((float*)(t + (3 * toRow)));
                Avx.Permute2x128(b0, b4, 0x31).Store((float*)(t + (4 * toRow)));
                Avx.Permute2x128(b1, b5, 0x31).Store((float*)(t + (5 * toRow)));
                Avx.Permute2x128(b2, b6, 0x31).Store((float*)(t + (6 * toRow)));
                Avx.Permute2x128(b3, b7, 0x31).Store((float*)(t + (7 * toRow)));
            }
            for (; j < columns; j++)
                for (long k = i; k < i + 8; k++) *(int*)(to + (k * toRow) + (j * 4)) = *(int*)(from + (k * 4) + (j * fromColumn));
        }
        for (; i < rows; i++)
            for (long j = 0; j < columns; j++) *(int*)(to + (i * toRow) + (j * 4)) = *(int*)(from + (i * 4) + (j * fromColumn));
    }

    /// <summary>The same for 8 byte elements, in squares of 4 by 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose8(byte* to, long toRow, byte* from, long fromColumn, long rows, long columns)
    {
        long i = 0;
        for (; i + 4 <= rows; i += 4)
        {
            long j = 0;
            for (; j + 4 <= columns; j += 4)
            {
                var s = from + (i * 8) + (j * fromColumn);
                var r0 = Vector256.Load((double*)s);
                var r1 = Vector256.Load((double*)(s + fromColumn));
                var r2 = Vector256.Load((double*)(s + (2 * fromColumn)));
                var r3 = Vector256.Load((double*)(s + (3 * fromColumn)));
                Vector256<double> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
                var t = to + (i * toRow) + (j * 8);
                Avx.Permute2x128(a0, a2, 0x20).Store((double*)t);
                Avx.Permute2x128(a1, a3, 0x20).Store((double*)(t + toRow));
                Avx.Permute2x128(a0, a2, 0x31).Store((double*)(t + (2 * toRow)));
                Avx.Permute2x128(a1, a3, 0x31).Store((double*)(t + (3 * toRow)));
            }
            for (; j < columns; j++)
                for (long k = i; k < i + 4; k++) *(long*)(to + (k * toRow) + (j * 8)) = *(long*)(from + (k * 8) + (j * fromColumn));
        }
        for (; i < rows; i++)
            for (long j = 0; j < columns; j++) *(long*)(to + (i * toRow) + (j * 8)) = *(long*)(from + (i * 8) + (j * fromColumn));
    }
}
