using System.Numerics;
using System.Runtime.CompilerServices;

namespace Torch.Kernels;

/// <summary>
/// Cholesky and LU factorisation and triangular systems, batched, for Float32, Float64, Complex64 (computed in Complex128 and rounded once) and
/// Complex128. Method: blocks of <see cref="Panel"/> columns by the textbook loops (Golub and Van Loan, Matrix Computations, 3.2, 3.4, 4.2), everything
/// beyond them by Gemm, so that bits depend on the shape of a matrix alone. Matrices are divided among threads; a single one is threaded inside Gemm.
/// Backward stable: |A - L L'| and |P A - L U| are bounded by a small multiple of n u times the norms of the factors.
/// </summary>
public static unsafe class Linalg
{
    private const int Panel = 32;

    /// <summary>A = L L^H, or with <paramref name="upper"/> A = U^H U.</summary>
    /// <param name="a">[.., n, n]; only the lower (or upper) triangle is read.</param>
    /// <param name="result">[.., n, n]; the other triangle becomes zero. Contents are unspecified where a matrix is not positive definite.</param>
    /// <param name="info">Int32 [..]: 0, or the order (from 1) of the leading minor that is not positive definite.</param>
    /// <param name="upper">Which triangle is read and written.</param>
    public static void Cholesky(Block a, Block result, Block info, bool upper) => Dispatch(a.Type, new CholeskyAction(a, result, info, upper));

    /// <summary>P A = L U with rows exchanged for the greatest pivot, packed as LAPACK has it.</summary>
    /// <param name="a">[.., m, n].</param>
    /// <param name="lu">[.., m, n]: U on and above the diagonal, L (with a diagonal of ones that is not stored) below.</param>
    /// <param name="pivots">Int32 [.., min(m, n)]: the row (from 1) that was exchanged with each row.</param>
    /// <param name="info">Int32 [..]: 0, or the position (from 1) of the first pivot that is zero.</param>
    public static void Lu(Block a, Block lu, Block pivots, Block info) => Dispatch(a.Type, new LuAction(a, lu, pivots, info));

    /// <summary>Solves A X = B with the factors of <see cref="Lu"/>.</summary>
    /// <param name="lu">[.., n, n].</param>
    /// <param name="pivots">Int32 [.., n].</param>
    /// <param name="b">[.., n, k].</param>
    /// <param name="x">[.., n, k]; may be b.</param>
    public static void LuSolve(Block lu, Block pivots, Block b, Block x) => Dispatch(lu.Type, new LuSolveAction(lu, pivots, b, x));

    /// <summary>Solves A X = B, or X A = B where not <paramref name="left"/>, for a triangular A.</summary>
    /// <param name="a">[.., n, n]; the other triangle, and with <paramref name="unit"/> the diagonal, are not read. Strides may transpose it.</param>
    /// <param name="b">[.., n, k] or, where not left, [.., k, n].</param>
    /// <param name="x">The sizes of b; may be b.</param>
    /// <param name="upper">Whether A (as its strides show it) is upper triangular.</param>
    /// <param name="left">Whether A stands on the left.</param>
    /// <param name="unit">Whether the diagonal is taken as ones.</param>
    /// <param name="conjugate">Whether A is conjugated first.</param>
    public static void TriangularSolve(Block a, Block b, Block x, bool upper, bool left, bool unit, bool conjugate) =>
        Dispatch(a.Type, new TriangularAction(a, b, x, upper, left, unit, conjugate));

    /// <summary>The order of rows that exchanges in pivots amount to: (P A)[i] = A[permutation[i]].</summary>
    /// <param name="pivots">Int32 [.., k], from 1.</param>
    /// <param name="permutation">Int64 [.., m], m at least k.</param>
    public static void Permutation(Block pivots, Block permutation)
    {
        var rows = new Rows(pivots, permutation);
        nint k = (nint)Rows.Length(pivots), m = (nint)Rows.Length(permutation), pStep = Rows.Step(pivots), tStep = Rows.Step(permutation);
        rows.ForEach(4 * m, cursor =>
        {
            var target = (long*)permutation.Address + cursor[1];
            for (nint i = 0; i < m; i++) target[i * tStep] = i;
            for (nint i = 0; i < k; i++)
            {
                var other = ((int*)pivots.Address)[cursor[0] + i * pStep] - 1;
                (target[i * tStep], target[other * tStep]) = (target[other * tStep], target[i * tStep]);
            }
        });
    }

    // ---- Types

    private interface IFieldAction
    {
        void Run<T, A, E>() where T : unmanaged where A : unmanaged, INumberBase<A> where E : struct, IElement<T, A>;
    }

    private static void Dispatch<TAction>(ElementType type, TAction action, [CallerMemberName] string operation = "") where TAction : struct, IFieldAction
    {
        switch (type)
        {
            case ElementType.Float32: action.Run<float, float, FloatElement<float>>(); break;
            case ElementType.Float64: action.Run<double, double, FloatElement<double>>(); break;
            case ElementType.Complex64: action.Run<Complex64, Complex, WideComplexElement>(); break;
            case ElementType.Complex128: action.Run<Complex, Complex, Complex128Element>(); break;
            default: throw Elements.Unsupported(type, operation);
        }
    }

    /// <summary>Complex64, computed with in Complex128.</summary>
    private readonly struct WideComplexElement : IElement<Complex64, Complex>
    {
        public static Complex Load(Complex64 value) => value;
        public static Complex64 Store(Complex value) => (Complex64)value;
        public static Complex Zero => Complex.Zero;
        public static Complex One => Complex.One;
        public static Complex Add(Complex x, Complex y) => x + y;
        public static Complex Multiply(Complex x, Complex y) => ComplexMultiply.Invoke(x, y);
        public static Complex Divide(Complex x, Complex y) => ComplexDivide.Invoke(x, y);
        public static Complex FromDouble(double value) => value;
    }

    private static A Conjugate<A>(A x) where A : unmanaged => typeof(A) == typeof(Complex) ? Unsafe.BitCast<Complex, A>(Complex.Conjugate(Unsafe.BitCast<A, Complex>(x))) : x;

    private static ElementType TypeOf<A>() =>
        typeof(A) == typeof(float) ? ElementType.Float32 : typeof(A) == typeof(double) ? ElementType.Float64 : ElementType.Complex128;

    // ---- Matrices in dense working memory

    /// <summary>Calls body(cursor, threads) for each matrix of the blocks: operand i of the cursor is block i.</summary>
    private static void ForEachMatrix(long cost, Action<Walker.Cursor, bool> body, params ReadOnlySpan<(Block Block, int Inner)> blocks)
    {
        var outer = blocks[0].Block.Rank - blocks[0].Inner;
        var strides = new long[blocks.Length][];
        for (var i = 0; i < blocks.Length; i++) strides[i] = blocks[i].Block.Strides[..outer];
        var walker = new Walker(blocks[0].Block.Sizes.AsSpan(0, outer), strides);
        if (walker.Count == 1)
        {
            body(walker.At(0), true);
            return;
        }
        Chunks.Run(walker.Count, cost, (from, to) =>
        {
            var cursor = walker.At(from);
            for (; from < to; from++, cursor.Skip(1)) body(cursor, false);
        });
    }

    private static (nint Row, nint Column) Strides(Block block) => ((nint)block.Strides[^2], (nint)block.Strides[^1]);

    private static void Load<T, A, E>(T* source, nint row, nint column, nint rows, nint columns, A* target) where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
    {
        for (nint i = 0; i < rows; i++)
            for (nint j = 0; j < columns; j++) target[i * columns + j] = E.Load(source[i * row + j * column]);
    }

    private static void Store<T, A, E>(A* source, T* target, nint row, nint column, nint rows, nint columns) where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
    {
        for (nint i = 0; i < rows; i++)
            for (nint j = 0; j < columns; j++) target[i * row + j * column] = E.Store(source[i * columns + j]);
    }

    /// <summary>C[m, n] -= A[m, k] B[k, n].</summary>
    private static void SubtractProduct<A>(A* a, nint aRow, nint aColumn, A* b, nint bRow, nint bColumn, A* c, nint cRow, nint m, nint n, nint k, bool threads) where A : unmanaged
    {
        if (m == 0 || n == 0 || k == 0) return;
        var type = TypeOf<A>();
        Gemm.Run(new Block((nint)a, type, [m, k], [aRow, aColumn]), new Block((nint)b, type, [k, n], [bRow, bColumn]), new Block((nint)c, type, [m, n], [cRow, 1]), Into.Subtract, threads);
    }

    /// <summary>Solves L X = B in place for dense lower triangular L of row stride lRow and B of row stride bRow.</summary>
    private static void SolveLower<A>(A* l, nint lRow, A* b, nint bRow, nint n, nint columns, bool unit, bool threads) where A : unmanaged, INumberBase<A>
    {
        for (nint at = 0; at < n; at += Panel)
        {
            var size = Math.Min(Panel, n - at);
            SubtractProduct(l + at * lRow, lRow, 1, b, bRow, 1, b + at * bRow, bRow, size, columns, at, threads);
            for (var i = at; i < at + size; i++)
            {
                var row = b + i * bRow;
                for (var k = at; k < i; k++)
                {
                    var factor = l[i * lRow + k];
                    var other = b + k * bRow;
                    for (nint j = 0; j < columns; j++) row[j] -= factor * other[j];
                }
                if (unit) continue;
                var pivot = l[i * lRow + i];
                for (nint j = 0; j < columns; j++) row[j] /= pivot;
            }
        }
    }

    // ---- Cholesky

    private readonly struct CholeskyAction(Block a, Block result, Block info, bool upper) : IFieldAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, INumberBase<A> where E : struct, IElement<T, A>
        {
            var (source, target, status, transposed) = (a, result, info, upper);
            var n = (nint)a.Sizes[^1];
            var (aRow, aColumn) = Strides(a);
            var (rRow, rColumn) = Strides(result);
            // The upper form is the conjugate transpose of the lower one, in and out.
            if (upper) (aRow, aColumn, rRow, rColumn) = (aColumn, aRow, rColumn, rRow);
            ForEachMatrix(n * n * n / 3, (cursor, threads) =>
            {
                var l = Scratch.Get<A>(ScratchUse.Factor, n * n);
                Load<T, A, E>((T*)source.Address + cursor[0], aRow, aColumn, n, n, l);
                for (nint i = 0; i < n; i++)
                {
                    for (nint j = 0; j < n; j++) l[i * n + j] = j > i ? A.Zero : transposed ? Conjugate(l[i * n + j]) : l[i * n + j];
                }
                ((int*)status.Address)[cursor[2]] = (int)Factor(l, n, threads);
                if (transposed)
                {
                    for (nint i = 0; i < n * n; i++) l[i] = Conjugate(l[i]);
                }
                Store<T, A, E>(l, (T*)target.Address + cursor[1], rRow, rColumn, n, n);
            }, (a, 2), (result, 2), (info, 0));
        }

        private static nint Factor<A>(A* l, nint n, bool threads) where A : unmanaged, INumberBase<A>
        {
            for (nint at = 0; at < n; at += Panel)
            {
                var size = Math.Min(Panel, n - at);
                if (at > 0)
                {
                    var head = Scratch.Get<A>(ScratchUse.Partial, size * at);
                    for (nint i = 0; i < size; i++)
                        for (nint k = 0; k < at; k++) head[i * at + k] = Conjugate(l[(at + i) * n + k]);
                    SubtractProduct(l + at * n, n, 1, head, 1, at, l + at * n + at, n, n - at, size, at, threads);
                    for (nint i = 0; i < size; i++)
                        for (nint j = i + 1; j < size; j++) l[(at + i) * n + at + j] = A.Zero;
                }
                for (var j = at; j < at + size; j++)
                {
                    var row = l + j * n;
                    for (var i = j; i < n; i++)
                    {
                        var sum = l[i * n + j];
                        for (var k = at; k < j; k++) sum -= l[i * n + k] * Conjugate(row[k]);
                        if (i > j)
                        {
                            l[i * n + j] = sum / row[j];
                            continue;
                        }
                        var square = double.CreateTruncating(typeof(A) == typeof(Complex) ? A.CreateTruncating(Unsafe.BitCast<A, Complex>(sum).Real) : sum);
                        if (!(square > 0)) return j + 1;
                        row[j] = typeof(A) == typeof(float) ? A.CreateTruncating(MathF.Sqrt((float)square)) : A.CreateTruncating(Math.Sqrt(square));
                    }
                }
            }
            return 0;
        }
    }

    // ---- LU

    private readonly struct LuAction(Block a, Block lu, Block pivots, Block info) : IFieldAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, INumberBase<A> where E : struct, IElement<T, A>
        {
            var (source, target, places, status) = (a, lu, pivots, info);
            nint m = (nint)a.Sizes[^2], n = (nint)a.Sizes[^1], pStep = Rows.Step(pivots);
            var (aRow, aColumn) = Strides(a);
            var (rRow, rColumn) = Strides(lu);
            ForEachMatrix(m * n * Math.Min(m, n), (cursor, threads) =>
            {
                var work = Scratch.Get<A>(ScratchUse.Factor, m * n);
                Load<T, A, E>((T*)source.Address + cursor[0], aRow, aColumn, m, n, work);
                ((int*)status.Address)[cursor[3]] = (int)Factor(work, m, n, (int*)places.Address + cursor[2], pStep, threads);
                Store<T, A, E>(work, (T*)target.Address + cursor[1], rRow, rColumn, m, n);
            }, (a, 2), (lu, 2), (pivots, 1), (info, 0));
        }

        private static nint Factor<A>(A* a, nint m, nint n, int* pivots, nint pivotStep, bool threads) where A : unmanaged, INumberBase<A>
        {
            nint steps = Math.Min(m, n), failed = 0;
            for (nint at = 0; at < steps; at += Panel)
            {
                nint size = Math.Min(Panel, steps - at), end = at + size;
                for (var j = at; j < end; j++)
                {
                    var best = j;
                    for (var i = j; i < m; i++)
                    {
                        // The first greatest, and a NaN before everything.
                        var (x, y) = (Magnitude(a[i * n + j]), Magnitude(a[best * n + j]));
                        if (x > y || (double.IsNaN(x) && !double.IsNaN(y))) best = i;
                    }
                    pivots[j * pivotStep] = (int)best + 1;
                    if (A.IsZero(a[best * n + j]))
                    {
                        if (failed == 0) failed = j + 1;
                        continue;
                    }
                    if (best != j)
                    {
                        for (nint k = 0; k < n; k++) (a[j * n + k], a[best * n + k]) = (a[best * n + k], a[j * n + k]);
                    }
                    for (var i = j + 1; i < m; i++)
                    {
                        var factor = a[i * n + j] /= a[j * n + j];
                        for (var k = j + 1; k < end; k++) a[i * n + k] -= factor * a[j * n + k];
                    }
                }
                SolveLower(a + at * n + at, n, a + at * n + end, n, size, n - end, unit: true, threads);
                SubtractProduct(a + end * n + at, n, 1, a + at * n + end, n, 1, a + end * n + end, n, m - end, n - end, size, threads);
            }
            return failed;
        }

        /// <summary>|x|, or for complex numbers |re| + |im| as LAPACK has it.</summary>
        private static double Magnitude<A>(A x) where A : unmanaged, INumberBase<A>
        {
            if (typeof(A) != typeof(Complex)) return Math.Abs(double.CreateTruncating(x));
            var z = Unsafe.BitCast<A, Complex>(x);
            return Math.Abs(z.Real) + Math.Abs(z.Imaginary);
        }
    }

    // ---- Systems

    private readonly struct LuSolveAction(Block lu, Block pivots, Block b, Block x) : IFieldAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, INumberBase<A> where E : struct, IElement<T, A>
        {
            var (factors, places, right, result) = (lu, pivots, b, x);
            nint n = (nint)lu.Sizes[^1], columns = (nint)b.Sizes[^1], pStep = Rows.Step(pivots);
            var (fRow, fColumn) = Strides(lu);
            var (bRow, bColumn) = Strides(b);
            var (xRow, xColumn) = Strides(x);
            ForEachMatrix(n * n * columns, (cursor, threads) =>
            {
                var l = Scratch.Get<A>(ScratchUse.Factor, n * n);
                var work = Scratch.Get<A>(ScratchUse.Partial, n * columns);
                var source = (T*)factors.Address + cursor[0];
                Load<T, A, E>(source, fRow, fColumn, n, n, l);
                Load<T, A, E>((T*)right.Address + cursor[2], bRow, bColumn, n, columns, work);
                for (nint i = 0; i < n; i++)
                {
                    nint other = ((int*)places.Address)[cursor[1] + i * pStep] - 1;
                    if (other == i) continue;
                    for (nint j = 0; j < columns; j++) (work[i * columns + j], work[other * columns + j]) = (work[other * columns + j], work[i * columns + j]);
                }
                SolveLower(l, n, work, columns, n, columns, unit: true, threads);
                // The upper factor from its last row on is a lower one.
                Load<T, A, E>(source + (n - 1) * (fRow + fColumn), -fRow, -fColumn, n, n, l);
                Reverse(work, n, columns);
                SolveLower(l, n, work, columns, n, columns, unit: false, threads);
                Reverse(work, n, columns);
                Store<T, A, E>(work, (T*)result.Address + cursor[3], xRow, xColumn, n, columns);
            }, (lu, 2), (pivots, 1), (b, 2), (x, 2));
        }

        private static void Reverse<A>(A* rows, nint n, nint columns) where A : unmanaged
        {
            for (nint i = 0; i < n / 2; i++)
                for (nint j = 0; j < columns; j++) (rows[i * columns + j], rows[(n - 1 - i) * columns + j]) = (rows[(n - 1 - i) * columns + j], rows[i * columns + j]);
        }
    }

    private readonly struct TriangularAction(Block a, Block b, Block x, bool upper, bool left, bool unit, bool conjugate) : IFieldAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, INumberBase<A> where E : struct, IElement<T, A>
        {
            var (factor, right, result, ones, conjugated) = (a, b, x, unit, conjugate);
            var n = (nint)a.Sizes[^1];
            var columns = (nint)(left ? b.Sizes[^1] : b.Sizes[^2]);
            var (aRow, aColumn) = Strides(a);
            var (bRow, bColumn) = Strides(b);
            var (xRow, xColumn) = Strides(x);
            var reversed = upper;
            // X A = B is A' X' = B', and a transpose of an upper matrix is a lower one.
            if (!left)
            {
                (aRow, aColumn, bRow, bColumn, xRow, xColumn) = (aColumn, aRow, bColumn, bRow, xColumn, xRow);
                reversed = !reversed;
            }
            // An upper matrix is a lower one from its last row and column on.
            nint aStart = 0, bStart = 0, xStart = 0;
            if (reversed && n > 0)
            {
                (aStart, bStart, xStart) = ((n - 1) * (aRow + aColumn), (n - 1) * bRow, (n - 1) * xRow);
                (aRow, aColumn, bRow, xRow) = (-aRow, -aColumn, -bRow, -xRow);
            }
            ForEachMatrix(n * n * columns, (cursor, threads) =>
            {
                var l = Scratch.Get<A>(ScratchUse.Factor, n * n);
                var work = Scratch.Get<A>(ScratchUse.Partial, n * columns);
                Load<T, A, E>((T*)factor.Address + cursor[0] + aStart, aRow, aColumn, n, n, l);
                for (nint i = 0; conjugated && i < n * n; i++) l[i] = Conjugate(l[i]);
                Load<T, A, E>((T*)right.Address + cursor[1] + bStart, bRow, bColumn, n, columns, work);
                SolveLower(l, n, work, columns, n, columns, ones, threads);
                Store<T, A, E>(work, (T*)result.Address + cursor[2] + xStart, xRow, xColumn, n, columns);
            }, (a, 2), (b, 2), (x, 2));
        }
    }
}
