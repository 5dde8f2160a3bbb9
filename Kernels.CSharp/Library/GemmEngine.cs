using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Torch.Kernels;

// One matrix product of SIMD elements: C[m, n] = sum over k of A[m, k] B[k, n].
// Method: register tiles (GemmTile) inside cache blocks; panels of B of two vectors' width, packed where columns are not contiguous or where the
// product is large enough to repay it; A read in place or packed by blocks that stay in the second cache (Goto and van de Geijn, "Anatomy of
// High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008).
// Order of summation: k is cut into blocks of 512; within a block the products are added in ascending order from zero with one rounding for
// multiply and add; the blocks' sums are added to C in ascending order. This depends on K alone: not on M, N, strides, threads, or vector width.
// Error bound: |error| <= (min(K, 512) + K / 512) u sum |a| |b|, u the unit roundoff.

/// <summary>Addresses and strides (in elements) of one product.</summary>
internal unsafe struct Product<T> where T : unmanaged
{
    public T* A, B, C;
    public nint ARow, AK, BK, BColumn, CRow, CColumn, M, N, K;
    public Into Into;

    /// <summary>Where the elements of B come from if they are not in memory; null otherwise.</summary>
    public PanelSource<T>? Panels;

    public readonly double Work => (double)M * N * K;

    /// <summary>The same product as (B' A')' : sums are unchanged.</summary>
    public readonly Product<T> Transposed() => new()
    {
        A = B, ARow = BColumn, AK = BK, B = A, BK = AK, BColumn = ARow, C = C, CRow = CColumn, CColumn = CRow, M = N, N = M, K = K, Into = Into,
    };
}

/// <summary>A matrix B that exists only in panels: the columns of a convolution, for example.</summary>
internal abstract unsafe class PanelSource<T> where T : unmanaged
{
    /// <summary>target[i stride + j] = B[k + i, column + j] for i below count, j below width.</summary>
    public abstract void Pack(nint k, nint count, nint column, nint width, T* target, nint stride);
}

internal abstract class GemmEngine<T> where T : unmanaged
{
    public static readonly GemmEngine<T> Instance =
        Vector512.IsHardwareAccelerated ? new GemmEngine<T, Vector512<T>, Simd512<T>>()
        : Vector256.IsHardwareAccelerated ? new GemmEngine<T, Vector256<T>, Simd256<T>>()
        : new GemmEngine<T, Vector128<T>, Simd128<T>>();

    /// <summary>Computes the product, on several threads where that is allowed and pays.</summary>
    public abstract void Run(Product<T> p, bool threads);
}

internal sealed unsafe class GemmEngine<T, V, S> : GemmEngine<T> where T : unmanaged where V : unmanaged where S : struct, ISimd<T, V>
{
    private const int KBlock = 512;
    private const int NBlock = 2048;

    /// <summary>Multiplications from which packing all of B pays, where there are more rows than <see cref="FewRows"/>.</summary>
    private const double PackedWork = 300.0 * 300 * 300;

    private const int FewRows = 48;

    /// <summary>Up to so many rows, transposed columns are multiplied as they are read.</summary>
    private const int FewestRows = 2;

    /// <summary>Multiplications that are worth a chunk of their own.</summary>
    private const double ChunkWork = 1 << 17;

    private const int MostChunks = 8;

    /// <summary>Row strides of packed blocks leave this many elements between rows, so that rows do not meet in the same cache set.</summary>
    private const int Gap = 16;

    private static int MBlock => 16 * S.TileRows * 4 / Math.Max(4, sizeof(T));

    private static nint PanelWidth => 2 * S.Count;

    public override void Run(Product<T> p, bool threads)
    {
        if (p.M == 0 || p.N == 0) return;
        if (p.K == 0)
        {
            if (p.Into == Into.Set) Clear(p);
            return;
        }
        if (p.Panels != null)
        {
            Direct(p, threads);
            return;
        }
        // Stores want contiguous columns of C; a single column is one row of the transposed product.
        if ((p.CColumn != 1 && p.CRow == 1 && p.N > 1) || (p.N == 1 && p.M > 1)) p = p.Transposed();
        if (p.Work >= PackedWork && p.M > FewRows) Packed(p, threads);
        else Direct(p, threads);
    }

    private static void Clear(Product<T> p)
    {
        for (nint i = 0; i < p.M; i++)
        {
            for (nint j = 0; j < p.N; j++) p.C[i * p.CRow + j * p.CColumn] = default;
        }
    }

    /// <summary>The sums of later blocks of k are added to those of the first.</summary>
    private static Into At(Product<T> p, nint k) => k > 0 && p.Into == Into.Set ? Into.Add : p.Into;

    // ---- A in place, B in place or packed panel by panel

    private static void Direct(Product<T> p, bool threads)
    {
        var panels = (p.N + PanelWidth - 1) / PanelWidth;
        var strips = (p.M + S.TileRows - 1) / S.TileRows;
        var chunks = threads ? (nint)Math.Clamp(p.Work / ChunkWork, 1, MostChunks) : 1;
        var across = Math.Min(panels, chunks);
        var down = Math.Min(strips, (chunks + across - 1) / across);
        if (across * down == 1)
        {
            Direct(p, 0, p.M, 0, panels);
            return;
        }
        var size = Math.Min(S.TileRows, p.M);
        Workers.Run(across * down, i =>
        {
            nint x = (nint)i % across, y = (nint)i / across;
            Direct(p, Math.Min(p.M, strips * y / down * size), Math.Min(p.M, strips * (y + 1) / down * size), panels * x / across, panels * (x + 1) / across);
        });
    }

    private static void Direct(Product<T> p, nint rowFrom, nint rowTo, nint panelFrom, nint panelTo)
    {
        if (rowFrom >= rowTo) return;
        if (typeof(T) == typeof(float) && p.M <= FewestRows && p.BK == 1 && p.BColumn != 1 && p.CColumn == 1 && p.Panels == null && GemmRow.IsSupported)
        {
            Transposed(p, rowFrom, rowTo, panelFrom * PanelWidth, Math.Min(p.N, panelTo * PanelWidth));
            return;
        }
        for (nint k = 0; k < p.K; k += KBlock)
        {
            var count = Math.Min(KBlock, p.K - k);
            for (var q = panelFrom; q < panelTo; q++)
            {
                var j = q * PanelWidth;
                var width = Math.Min(PanelWidth, p.N - j);
                var panel = p.B + k * p.BK + j * p.BColumn;
                var stride = p.BK;
                if (p.Panels != null || p.BColumn != 1 || width % S.Count != 0)
                {
                    var packed = Scratch.Get<T>(ScratchUse.GemmB, KBlock * PanelWidth);
                    if (p.Panels == null) PackPanel(panel, p.BK, p.BColumn, count, width, packed);
                    else
                    {
                        p.Panels.Pack(k, count, j, width, packed, PanelWidth);
                        ClearBeyond(packed, count, width);
                    }
                    panel = packed;
                    stride = PanelWidth;
                }
                Strips(p.A + rowFrom * p.ARow + k * p.AK, p.ARow, p.AK, rowTo - rowFrom, panel, stride, width,
                    p.C + rowFrom * p.CRow + j * p.CColumn, p.CRow, p.CColumn, count, At(p, k));
            }
        }
    }

    /// <summary>The same for a row or two times transposed contiguous rows.</summary>
    private static void Transposed(Product<T> p, nint rowFrom, nint rowTo, nint from, nint to)
    {
        for (nint k = 0; k < p.K; k += KBlock)
        {
            for (var i = rowFrom; i < rowTo; i++)
            {
                GemmRow.Run((float*)(p.A + i * p.ARow + k * p.AK), p.AK, (float*)(p.B + k + from * p.BColumn), p.BColumn,
                    (float*)(p.C + i * p.CRow + from), to - from, Math.Min(KBlock, p.K - k), At(p, k));
            }
        }
    }

    // ---- A and B packed

    private static void Packed(Product<T> p, bool threads)
    {
        nint blocks = (p.M + MBlock - 1) / MBlock;
        if (threads) blocks = Math.Max(blocks, Math.Min(MostChunks, (p.M + 2 * S.TileRows - 1) / (2 * S.TileRows)));
        var shared = Scratch.Get<T>(ScratchUse.GemmShared, KBlock * ((Math.Min(NBlock, p.N) + PanelWidth - 1) / PanelWidth * PanelWidth));
        for (nint j = 0; j < p.N; j += NBlock)
        {
            var columns = Math.Min(NBlock, p.N - j);
            var panels = (columns + PanelWidth - 1) / PanelWidth;
            for (nint k = 0; k < p.K; k += KBlock)
            {
                var count = Math.Min(KBlock, p.K - k);
                nint left = j, top = k;
                void PackPanels(nint from, nint to)
                {
                    for (var q = from; q < to; q++)
                    {
                        var at = left + q * PanelWidth;
                        PackPanel(p.B + top * p.BK + at * p.BColumn, p.BK, p.BColumn, count, Math.Min(PanelWidth, left + columns - at), shared + q * PanelWidth * count);
                    }
                }
                void Multiply(nint block) =>
                    Block(p, p.M * block / blocks, p.M * (block + 1) / blocks, left, columns, top, count, shared);
                if (threads)
                {
                    var groups = Math.Min(panels, MostChunks);
                    Workers.Run(groups, i => PackPanels(panels * (nint)i / groups, panels * ((nint)i + 1) / groups));
                    Workers.Run(blocks, i => Multiply((nint)i));
                }
                else
                {
                    PackPanels(0, panels);
                    for (nint i = 0; i < blocks; i++) Multiply(i);
                }
            }
        }
    }

    private static void Block(Product<T> p, nint rowFrom, nint rowTo, nint left, nint columns, nint k, nint count, T* shared)
    {
        var rows = rowTo - rowFrom;
        var source = p.A + rowFrom * p.ARow + k * p.AK;
        nint rowStride, kStride;
        var packed = Scratch.Get<T>(ScratchUse.GemmA, Math.Max(rows * (KBlock + Gap), KBlock * (rows + Gap)));
        if (p.ARow == 1)
        {
            (rowStride, kStride) = (1, rows + Gap);
            for (nint i = 0; i < count; i++) CopyRow(source + i * p.AK, 1, packed + i * kStride, rows);
        }
        else
        {
            (rowStride, kStride) = (count + Gap, 1);
            for (nint i = 0; i < rows; i++) CopyRow(source + i * p.ARow, p.AK, packed + i * rowStride, count);
        }
        for (nint at = 0; at < columns; at += PanelWidth)
        {
            Strips(packed, rowStride, kStride, rows, shared + at * count, PanelWidth, Math.Min(PanelWidth, columns - at),
                p.C + rowFrom * p.CRow + (left + at) * p.CColumn, p.CRow, p.CColumn, count, At(p, k));
        }
    }

    private static void CopyRow(T* source, nint stride, T* target, nint count)
    {
        if (stride == 1) new ReadOnlySpan<T>(source, (int)count).CopyTo(new Span<T>(target, (int)count));
        else for (nint i = 0; i < count; i++) target[i] = source[i * stride];
    }

    /// <summary>target[k PanelWidth + j] = source[k, j], with zeros beyond the panel's width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPanel(T* source, nint kStride, nint columnStride, nint count, nint width, T* target)
    {
        var full = PanelWidth;
        if (columnStride == 1 && width == full)
        {
            for (nint k = 0; k < count; k++, source += kStride, target += full)
            {
                S.Store(target, S.Load(source));
                S.Store(target + S.Count, S.Load(source + S.Count));
            }
            return;
        }
        if (kStride == 1) Transpose.Copy(source, columnStride, target, full, width, count);
        else
        {
            for (nint k = 0; k < count; k++) CopyRow(source + k * kStride, columnStride, target + k * full, width);
        }
        ClearBeyond(target, count, width);
    }

    private static void ClearBeyond(T* panel, nint count, nint width)
    {
        if (width == PanelWidth) return;
        for (nint k = 0; k < count; k++) new Span<T>(panel + k * PanelWidth + width, (int)(PanelWidth - width)).Clear();
    }

    /// <summary>One panel's width of C for all rows, cut evenly into strips of at most a tile's rows.</summary>
    private static void Strips(T* a, nint rowStride, nint kStride, nint rows, T* panel, nint panelStride, nint width, T* c, nint cRow, nint cColumn, nint count, Into into)
    {
        if (cColumn != 1 || width % S.Count != 0)
        {
            EdgeStrips(a, rowStride, kStride, rows, panel, panelStride, width, c, cRow, cColumn, count, into);
            return;
        }
        var vectors = width > S.Count ? 1 : 0;
        var strips = (rows + S.TileRows - 1) / S.TileRows;
        nint size = rows / strips, longer = rows % strips;
        for (nint i = 0; i < strips; i++)
        {
            var height = i < longer ? size + 1 : size;
            GemmTile<T, V, S>.Kernels[2 * ((int)height - 1) + vectors](a, rowStride, kStride, panel, panelStride, c, cRow, count, into);
            a += height * rowStride;
            c += height * cRow;
        }
    }

    /// <summary>The same where C cannot take whole vectors: by way of a tile on the stack.</summary>
    [SkipLocalsInit]
    private static void EdgeStrips(T* a, nint rowStride, nint kStride, nint rows, T* panel, nint panelStride, nint width, T* c, nint cRow, nint cColumn, nint count, Into into)
    {
        var tile = stackalloc T[S.TileRows * (int)PanelWidth];
        var vectors = width > S.Count ? 1 : 0;
        for (nint i = 0; i < rows; i += S.TileRows)
        {
            var height = Math.Min(S.TileRows, rows - i);
            GemmTile<T, V, S>.Kernels[2 * ((int)height - 1) + vectors](a + i * rowStride, rowStride, kStride, panel, panelStride, tile, PanelWidth, count, Into.Set);
            for (nint r = 0; r < height; r++)
            {
                var target = c + (i + r) * cRow;
                var source = tile + r * PanelWidth;
                switch (into)
                {
                    case Into.Set:
                        for (nint j = 0; j < width; j++) target[j * cColumn] = source[j];
                        break;
                    case Into.Add:
                        for (nint j = 0; j < width; j++) target[j * cColumn] = Scalar<T>.Add(target[j * cColumn], source[j]);
                        break;
                    default:
                        for (nint j = 0; j < width; j++) target[j * cColumn] = Scalar<T>.Subtract(target[j * cColumn], source[j]);
                        break;
                }
            }
        }
    }
}

/// <summary>Sum and difference of single elements, as their vectors have them.</summary>
internal static class Scalar<T> where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Add(T x, T y) => (Vector128.CreateScalarUnsafe(x) + Vector128.CreateScalarUnsafe(y)).ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Subtract(T x, T y) => (Vector128.CreateScalarUnsafe(x) - Vector128.CreateScalarUnsafe(y)).ToScalar();
}
