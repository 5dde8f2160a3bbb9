namespace Torch.Kernels;

/// <summary>
/// Batched matrix products of any computable element type. One engine serves all types: integers and floating types directly (GemmEngine), half
/// types and Bool by way of Float32 (rounded once at the end; Bool is "or" of "and"), complex types as four products of their real and imaginary
/// parts, added in the order re re, - im im and re im, im re. The order of summation is the engine's and depends on K alone.
/// </summary>
public static unsafe class Gemm
{
    /// <summary>C[.., M, N] = A[.., M, K] B[.., K, N] for blocks of one element type and any strides.</summary>
    /// <param name="a">[.., M, K], with the batch sizes of <paramref name="c"/> (stride 0 where it is shared), or of rank 2: shared by all.</param>
    /// <param name="b">[.., K, N], likewise.</param>
    /// <param name="c">[.., M, N]; overlaps neither operand. K = 0 gives zeros.</param>
    public static void Run(Block a, Block b, Block c) => Run(a, b, c, accumulate: false);

    /// <summary>The product, which replaces what <paramref name="c"/> holds or, with <paramref name="accumulate"/>, is added to it.</summary>
    public static void Run(Block a, Block b, Block c, bool accumulate) => Run(a, b, c, accumulate ? Into.Add : Into.Set, threads: true);

    internal static void Run(Block a, Block b, Block c, Into into, bool threads)
    {
        switch (c.Type)
        {
            case ElementType.Bool: RunWide<byte, BoolAsFloat>(a, b, c, into, threads); break;
            case ElementType.Float16: RunWide<Half, HalfElement>(a, b, c, into, threads); break;
            case ElementType.BFloat16: RunWide<ushort, BFloat16Element>(a, b, c, into, threads); break;
            case ElementType.UInt8: RunSimd<byte>(a, b, c, into, threads); break;
            case ElementType.Int8: RunSimd<sbyte>(a, b, c, into, threads); break;
            case ElementType.Int16: RunSimd<short>(a, b, c, into, threads); break;
            case ElementType.Int32: RunSimd<int>(a, b, c, into, threads); break;
            case ElementType.Int64: RunSimd<long>(a, b, c, into, threads); break;
            case ElementType.Float32: RunSimd<float>(a, b, c, into, threads); break;
            case ElementType.Float64: RunSimd<double>(a, b, c, into, threads); break;
            case ElementType.Complex64 or ElementType.Complex128: RunComplex(a, b, c, into, threads); break;
            default: throw Elements.Unsupported(c.Type, "gemm");
        }
    }

    /// <summary>The sizes and strides of a batch of products, with batches that continue the rows of A and C folded into M.</summary>
    private sealed class Plan
    {
        public readonly long M, N, K, Count = 1;
        public readonly long ARow, AK, BK, BColumn, CRow, CColumn;
        private readonly long[] sizes, aStrides, bStrides, cStrides;

        public Plan(Block a, Block b, Block c)
        {
            var batch = c.Rank - 2;
            (M, N, K) = (c.Sizes[batch], c.Sizes[batch + 1], a.Sizes[a.Rank - 1]);
            (ARow, AK) = (a.Strides[a.Rank - 2], a.Strides[a.Rank - 1]);
            (BK, BColumn) = (b.Strides[b.Rank - 2], b.Strides[b.Rank - 1]);
            (CRow, CColumn) = (c.Strides[batch], c.Strides[batch + 1]);
            sizes = new long[batch];
            aStrides = new long[batch];
            bStrides = new long[batch];
            cStrides = new long[batch];
            var folding = true;
            for (var d = batch - 1; d >= 0; d--)
            {
                sizes[d] = c.Sizes[d];
                aStrides[d] = a.Rank == c.Rank ? a.Strides[d] : 0;
                bStrides[d] = b.Rank == c.Rank ? b.Strides[d] : 0;
                cStrides[d] = c.Strides[d];
                if (sizes[d] == 1) continue;
                if (M == 1 && folding && bStrides[d] == 0)
                {
                    // A single row has no stride of its own yet.
                    (M, ARow, CRow) = (sizes[d], aStrides[d], cStrides[d]);
                    sizes[d] = 1;
                }
                else if (folding && bStrides[d] == 0 && aStrides[d] == M * ARow && cStrides[d] == M * CRow)
                {
                    M *= sizes[d];
                    sizes[d] = 1;
                }
                else folding = false;
                Count *= sizes[d];
            }
        }

        public double Work => (double)M * N * K;

        public (long A, long B, long C) Offsets(long index)
        {
            long a = 0, b = 0, c = 0;
            for (var d = sizes.Length - 1; d >= 0 && index > 0; d--)
            {
                var i = index % sizes[d];
                index /= sizes[d];
                a += i * aStrides[d];
                b += i * bStrides[d];
                c += i * cStrides[d];
            }
            return (a, b, c);
        }

        /// <summary>Calls body(index, threads) for each product: small ones on different threads, large ones one after the other.</summary>
        public void ForEach(bool threads, Action<long, bool> body)
        {
            const double large = 1 << 21;
            if (threads && Count > 1 && Work < large)
            {
                Chunks.Run(Count, (long)Work, (from, to) =>
                {
                    for (var i = from; i < to; i++) body(i, false);
                });
                return;
            }
            for (long i = 0; i < Count; i++) body(i, threads);
        }
    }

    private static void RunSimd<T>(Block a, Block b, Block c, Into into, bool threads) where T : unmanaged
    {
        var plan = new Plan(a, b, c);
        var whole = new Product<T>
        {
            A = (T*)a.Address, B = (T*)b.Address, C = (T*)c.Address, Into = into,
            ARow = (nint)plan.ARow, AK = (nint)plan.AK, BK = (nint)plan.BK, BColumn = (nint)plan.BColumn, CRow = (nint)plan.CRow, CColumn = (nint)plan.CColumn,
            M = (nint)plan.M, N = (nint)plan.N, K = (nint)plan.K,
        };
        if (plan.Count == 1)
        {
            GemmEngine<T>.Instance.Run(whole, threads);
            return;
        }
        plan.ForEach(threads, (i, inner) =>
        {
            var p = whole;
            var (x, y, z) = plan.Offsets(i);
            p.A += x;
            p.B += y;
            p.C += z;
            GemmEngine<T>.Instance.Run(p, inner);
        });
    }

    /// <summary>Types that are computed in Float32: operands are widened, the result is rounded once.</summary>
    private static void RunWide<T, E>(Block a, Block b, Block c, Into into, bool threads) where T : unmanaged where E : struct, IElement<T, float>
    {
        var plan = new Plan(a, b, c);
        nint m = (nint)plan.M, n = (nint)plan.N, k = (nint)plan.K;
        plan.ForEach(threads, (i, inner) =>
        {
            var (x, y, z) = plan.Offsets(i);
            var wideA = Scratch.Get<float>(ScratchUse.GemmWideA, (long)m * k);
            var wideB = Scratch.Get<float>(ScratchUse.GemmWideB, (long)k * n);
            var wideC = Scratch.Get<float>(ScratchUse.GemmWideC, (long)m * n);
            Widen<T, E>((T*)a.Address + x, (nint)plan.ARow, (nint)plan.AK, m, k, wideA, inner);
            Widen<T, E>((T*)b.Address + y, (nint)plan.BK, (nint)plan.BColumn, k, n, wideB, inner);
            var p = new Product<float> { A = wideA, ARow = k, AK = 1, B = wideB, BK = n, BColumn = 1, C = wideC, CRow = n, CColumn = 1, M = m, N = n, K = k };
            GemmEngine<float>.Instance.Run(p, inner);
            var target = (T*)c.Address + z;
            for (nint row = 0; row < m; row++)
            {
                for (nint column = 0; column < n; column++)
                {
                    var at = target + row * (nint)plan.CRow + column * (nint)plan.CColumn;
                    var value = wideC[row * n + column];
                    *at = E.Store(into switch { Into.Set => value, Into.Add => E.Load(*at) + value, _ => E.Load(*at) - value });
                }
            }
        });
    }

    private static void Widen<T, E>(T* source, nint rowStride, nint columnStride, nint rows, nint columns, float* target, bool threads)
        where T : unmanaged where E : struct, IElement<T, float>
    {
        void Rows(long from, long to)
        {
            for (var r = (nint)from; r < to; r++)
            {
                var s = source + r * rowStride;
                var t = target + r * columns;
                for (nint i = 0; i < columns; i++) t[i] = E.Load(s[i * columnStride]);
            }
        }
        if (threads) Chunks.Run(rows, columns, Rows);
        else Rows(0, rows);
    }

    private static void RunComplex(Block a, Block b, Block c, Into into, bool threads)
    {
        var (minus, plus) = into == Into.Subtract ? (Into.Add, Into.Subtract) : (Into.Subtract, Into.Add);
        Run(a.RealPart(), b.RealPart(), c.RealPart(), into, threads);
        Run(a.ImaginaryPart(), b.ImaginaryPart(), c.RealPart(), minus, threads);
        Run(a.RealPart(), b.ImaginaryPart(), c.ImaginaryPart(), into, threads);
        Run(a.ImaginaryPart(), b.RealPart(), c.ImaginaryPart(), plus, threads);
    }
}
