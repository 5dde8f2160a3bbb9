/// Systems of linear equations: Cholesky and LU factors, triangular systems, solve, inverse and determinant, over batches of matrices. Factors and solutions
/// are routines with gradients; determinants, powers and the rest are phrases. A matrix that a factorisation cannot handle is a LinAlgException when it runs.
/// Results lie column-major, as LAPACK leaves them.
namespace Torch.Core.Ops

open System
open Torch
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Linalg =
    // ---- Checks

    let private checkMatrix (name: string) (a: Expr) =
        if a.Rank < 2 then Fault.runtime $"{name}: The input tensor A must have at least 2 dimensions."

    let private checkSquare (name: string) (a: Expr) =
        checkMatrix name a
        let m, n = a.Sizes[a.Rank - 2], a.Sizes[a.Rank - 1]

        if m <> n then
            Fault.runtime $"{name}: A must be batches of square matrices, but they are {m} by {n} matrices"

    let private checkFloating (name: string) (kernel: string) (a: Expr) =
        if not a.DType.IsDifferentiable then
            Fault.runtime $"{name}: Expected a floating point or complex tensor as input. Got {a.DType.ScalarName}"

        if a.DType.Compute <> a.DType then
            if kernel = "" then Fault.runtime $"{name}: Low precision dtypes not supported. Got {a.DType.ScalarName}"
            else Check.unsupported kernel a.DType

    let private batchOf (e: Expr) = Array.sub e.Sizes 0 (e.Rank - 2)

    /// Strides of matrices that lie column-major.
    let private columns (sizes: int64[]) : int64[] =
        let n = sizes.Length
        Shape.stridesInOrder sizes (Array.append [| 0 .. n - 3 |] [| n - 1; n - 2 |])

    let private matrix (sizes: int64[]) (d: DType) : Signature =
        { Sizes = sizes
          Strides = columns sizes
          DType = d }

    let private eye (like: Expr) : Expr =
        let n = like.Sizes[like.Rank - 1]
        let m = Compare.eq (Expr.index n 0L 1L |> Expr.unsqueeze 1) (Expr.index n 0L 1L)
        Expr.cast like.DType m |> Expr.expand (Array.append (batchOf like) [| n; n |])

    let private tril (e: Expr) k = Assemble.tril e k
    let private triu (e: Expr) k = Assemble.triu e k

    /// Throws for the first matrix whose info is not zero.
    let private demand (name: string) (info: Block) (reason: int -> string) : unit =
        if name <> "" then
            let count = int info.Count
            let values = ReadOnlySpan<int>(NativeInterop.NativePtr.toVoidPtr (NativeInterop.NativePtr.ofNativeInt<int> info.Address), count)

            for i in 0 .. count - 1 do
                if values[i] <> 0 then
                    let which = if info.Rank = 0 then "" else $"(Batch element {i}): "
                    raise (LinAlgException $"{name}: {which}{reason values[i]}")

    // ---- Triangular systems

    /// A X = B, or X A = B, with triangular A. Batches of the same sizes.
    type private Triangular(upper: bool, left: bool, unit: bool) =
        inherit Routine("solve_triangular", [ Flag upper; Flag left; Flag unit ])

        override _.Infer(operands) =
            [| matrix operands[1].Sizes operands[1].DType |]

        override _.Run(operands, results) =
            Linalg.TriangularSolve(operands[0], operands[1], results[0], upper, left, unit, false)

        override _.Vjp(operands, results, cotangents) =
            match cotangents[0] with
            | None -> [| None; None |]
            | Some g ->
                let toB = Expr.call1 (Triangular(not upper, left, unit)) [| Dims.adjoint operands[0]; g |]
                let x = results[0]
                let full = if left then Matmul.contract toB (Dims.adjoint x) else Matmul.contract (Dims.adjoint x) toB
                // Only the triangle was read.
                let toA = if upper then triu full (if unit then 1L else 0L) else tril full (if unit then -1L else 0L)
                [| Some(neg toA); Some toB |]

        override r.Batch(operands, batched) = Batching.lift r operands batched

    let private triangular upper left unit (a: Expr) (b: Expr) : Expr =
        Expr.call1 (Triangular(upper, left, unit)) [| a; b |]

    /// Operands with a common batch.
    let private together (a: Expr) (b: Expr) : Expr * Expr =
        let batch = Shape.broadcast2 (batchOf a) (batchOf b)
        let fit (e: Expr) = Expr.expand (Array.append batch (Array.skip (e.Rank - 2) e.Sizes)) e
        fit a, fit b

    let private checkPair (name: string) (a: Expr) (b: Expr) (left: bool) =
        if a.DType <> b.DType then
            Fault.runtime $"{name}: Expected A and B to have the same dtype, but found A of type {a.DType.ScalarName} and B of type {b.DType.ScalarName} instead"

        let n = a.Sizes[a.Rank - 1]
        let k = if left then b.Sizes[b.Rank - 2] else b.Sizes[b.Rank - 1]

        if n <> k then
            let shape (e: Expr) = $"{e.Sizes[e.Rank - 2]}x{e.Sizes[e.Rank - 1]}"
            let equation = if left then "AX = B" else "XA = B"
            Fault.runtime $"{name}: Incompatible shapes of A and B for the equation {equation} ({shape a} and {shape b})"

    /// torch.linalg.solve_triangular.
    let solve_triangular (a: Expr) (b: Expr) (upper: bool) (left: bool) (unitriangular: bool) : Expr =
        let name = "linalg.solve_triangular"
        checkSquare name a
        checkMatrix name b
        if a.DType <> b.DType then Fault.runtime $"expected scalar type {a.DType.ScalarName} but found {b.DType.ScalarName}"
        checkPair name a b left
        if a.DType.Compute <> a.DType || not a.DType.IsDifferentiable then Check.unsupported "triangular_solve_cpu" a.DType
        let x, y = together a b
        triangular upper left unitriangular x y

    /// torch.triangular_solve: the solution, and the matrix.
    let triangular_solve (b: Expr) (a: Expr) (upper: bool) (transpose: bool) (unitriangular: bool) : Expr[] =
        checkSquare "triangular_solve" a
        let op, up = if transpose then Dims.transposed a, not upper else a, upper
        [| solve_triangular op b up true unitriangular; Expr.withStrides (columns a.Sizes) a |]

    // ---- Cholesky

    /// A = L L^H (or U^H U): factor and info. With a name faults are thrown.
    type private Cholesky(name: string, upper: bool) =
        inherit Routine("cholesky", [ Text name; Flag upper ])

        override _.Infer(operands) =
            let a = operands[0]
            [| matrix a.Sizes a.DType; Expr.signature (batchOf a) DType.Int32 |]

        override _.Run(operands, results) =
            Linalg.Cholesky(operands[0], results[0], results[1], upper)

            demand name results[1] (fun k ->
                $"The factorization could not be completed because the input is not positive-definite (the leading minor of order {k} is not positive-definite).")

        override _.Vjp(_, results, cotangents) =
            let back (g: Expr) =
                let l = if upper then Dims.adjoint results[0] else results[0]
                let g = if upper then Dims.adjoint g else g
                // The lower triangle of L^H g, made symmetric.
                let p = Matmul.contract (Dims.adjoint l) g
                let phi = (tril p 0L +. Dims.adjoint (tril p -1L)) *. num 0.5
                let lh = Dims.adjoint l
                // L^-H phi L^-1
                triangular true true false lh phi |> triangular false false false l

            [| cotangents[0] |> Option.map back |]

        override r.Batch(operands, _) = Some(Expr.call r operands)

    /// torch.linalg.cholesky_ex: the factor and, for each matrix, the order of the first minor that is not positive definite (0: none).
    let cholesky_ex (a: Expr) (upper: bool) (checkErrors: bool) : Expr[] =
        checkSquare "linalg.cholesky" a
        checkFloating "linalg.cholesky" "cholesky_cpu" a
        Expr.call (Cholesky((if checkErrors then "linalg.cholesky_ex" else ""), upper)) [| a |]

    /// torch.linalg.cholesky.
    let cholesky (a: Expr) (upper: bool) : Expr =
        checkSquare "linalg.cholesky" a
        checkFloating "linalg.cholesky" "cholesky_cpu" a
        (Expr.call (Cholesky("linalg.cholesky", upper)) [| a |])[0]

    /// A X = B with the factor L (or U) of A. The gradient of the factor is not cut to its triangle, as in PyTorch.
    type private CholeskySolve(upper: bool) =
        inherit Routine("cholesky_solve", [ Flag upper ])

        override _.Infer(operands) =
            [| matrix operands[1].Sizes operands[1].DType |]

        override _.Run(operands, results) =
            let factor, x = operands[0], results[0]
            let n = factor.Rank

            let turned =
                let swap (a: int64[]) = Array.append (Array.sub a 0 (n - 2)) [| a[n - 1]; a[n - 2] |]
                Block(factor.Address, factor.Type, swap factor.Sizes, swap factor.Strides)

            // L Y = B and L^H X = Y, or U^H Y = B and U X = Y.
            let first, second = if upper then turned, factor else factor, turned
            Linalg.TriangularSolve(first, operands[1], x, false, true, false, upper)
            Linalg.TriangularSolve(second, x, x, true, true, false, not upper)

        override r.Vjp(operands, results, cotangents) =
            let back (g: Expr) =
                let toB = Expr.call1 r [| operands[0]; g |]
                let one = Matmul.contract toB (Dims.adjoint results[0])
                let common = one +. Dims.adjoint one
                [| Some(neg (if upper then Matmul.contract operands[0] common else Matmul.contract common operands[0])); Some toB |]

            match cotangents[0] with
            | Some g -> back g
            | None -> [| None; None |]

        override r.Batch(operands, batched) = Batching.lift r operands batched

    /// torch.cholesky_solve: A X = B with the factor of A.
    let cholesky_solve (b: Expr) (factor: Expr) (upper: bool) : Expr =
        checkMatrix "cholesky_solve" b
        checkSquare "cholesky_solve" factor
        checkPair "cholesky_solve" factor b true
        if factor.DType.Compute <> factor.DType || not factor.DType.IsDifferentiable then Check.unsupported "cholesky_solve_cpu" factor.DType
        let f, y = together factor b
        Expr.call1 (CholeskySolve upper) [| f; y |]

    /// torch.cholesky_inverse: the inverse of A from its factor.
    let cholesky_inverse (factor: Expr) (upper: bool) : Expr =
        checkSquare "cholesky_inverse" factor
        if factor.DType.Compute <> factor.DType || not factor.DType.IsDifferentiable then Check.unsupported "cholesky_inverse_out_cpu" factor.DType
        cholesky_solve (eye factor) factor upper

    // ---- LU

    /// pivots [.., k] -> the order of m rows that they amount to.
    type private Permutation(m: int64) =
        inherit Routine("lu_permutation", [ Whole m ])

        override _.Infer(operands) =
            let p = operands[0]
            [| Expr.signature (Array.append (Array.sub p.Sizes 0 (p.Rank - 1)) [| m |]) DType.Int64 |]

        override _.Run(operands, results) =
            Linalg.Permutation(operands[0], results[0])

        override r.Batch(operands, _) = Some(Expr.call r operands)

    let private orderOf (pivots: Expr) (m: int64) : Expr = Expr.call1 (Permutation m) [| pivots |]

    /// Rows picked by an order, or put back to where it picked them.
    let private rows (order: Expr) (e: Expr) : Expr =
        Gather.gather e (int64 (e.Rank - 2)) (Expr.unsqueeze order.Rank order |> Expr.expand e.Sizes)

    let private rowsBack (order: Expr) (e: Expr) : Expr =
        Gather.scatter (Expr.zerosLike e) (int64 (e.Rank - 2)) (Expr.unsqueeze order.Rank order |> Expr.expand e.Sizes) e

    /// L of packed factors, [.., m, k].
    let private lower (lu: Expr) : Expr =
        let m, n = lu.Sizes[lu.Rank - 2], lu.Sizes[lu.Rank - 1]
        let k = min m n
        let l = Expr.narrow (lu.Rank - 1) 0L k lu
        let one = Compare.eq (Expr.index m 0L 1L |> Expr.unsqueeze 1) (Expr.index k 0L 1L)
        tril l -1L +. Expr.cast lu.DType one |> Expr.withStrides (Shape.contiguous l.Sizes)

    /// U of packed factors, [.., k, n].
    let private upper (lu: Expr) : Expr =
        let k = min lu.Sizes[lu.Rank - 2] lu.Sizes[lu.Rank - 1]
        let u = triu (Expr.narrow (lu.Rank - 2) 0L k lu) 0L
        Expr.withStrides (Shape.contiguous u.Sizes) u

    /// P A = L U: packed factors, pivots, info. With a name faults are thrown.
    type private Lu(name: string) =
        inherit Routine("lu", [ Text name ])

        override _.Infer(operands) =
            let a = operands[0]
            let k = min a.Sizes[a.Rank - 2] a.Sizes[a.Rank - 1]

            [| matrix a.Sizes a.DType
               Expr.signature (Array.append (batchOf a) [| k |]) DType.Int32
               Expr.signature (batchOf a) DType.Int32 |]

        override _.Run(operands, results) =
            Linalg.Lu(operands[0], results[0], results[1], results[2])

            demand name results[2] (fun k ->
                $"U[{k},{k}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)")

        override _.Vjp(_, results, cotangents) =
            let back (g: Expr) =
                let lu = results[0]
                let r = lu.Rank
                let m, n = lu.Sizes[r - 2], lu.Sizes[r - 1]
                let k = min m n
                let l, u = lower lu, upper lu
                let square (e: Expr) = e |> Expr.narrow (r - 2) 0L k |> Expr.narrow (r - 1) 0L k
                let l1, u1 = square l, square u
                let gl, gu = tril g -1L, triu g 0L
                // M L1^-H from the left, M U1^-H from the right.
                let byL (e: Expr) = triangular true true true (Dims.adjoint l1) e
                let byU (e: Expr) = triangular false false false (Dims.adjoint u1) e

                let core (gl1: Expr) (gu1: Expr) =
                    let phi = tril (Matmul.contract (Dims.adjoint l1) gl1) -1L +. triu (Matmul.contract gu1 (Dims.adjoint u1)) 0L
                    byL phi |> byU

                let inner =
                    if m = n then
                        core gl gu
                    elif m > n then
                        // The rows below the square follow from L2 = A2 U^-1.
                        let below = byU (Expr.narrow (r - 2) k (m - k) gl)
                        let l2 = Expr.narrow (r - 2) k (m - k) l
                        let gu1 = square gu -. Matmul.contract (Dims.adjoint l2) below
                        Assemble.cat [| core (square gl) gu1; below |] (int64 (r - 2))
                    else
                        // The columns beside the square follow from U2 = L^-1 A2.
                        let beside = byL (Expr.narrow (r - 1) k (n - k) gu)
                        let u2 = Expr.narrow (r - 1) k (n - k) u
                        let gl1 = square gl -. Matmul.contract beside (Dims.adjoint u2)
                        Assemble.cat [| core gl1 (square gu); beside |] (int64 (r - 1))

                rowsBack (orderOf results[1] m) inner

            [| cotangents[0] |> Option.map back |]

        override r.Batch(operands, _) = Some(Expr.call r operands)

    let private factor (name: string) (a: Expr) : Expr[] =
        checkMatrix "torch.lu_factor" a
        if not a.DType.IsDifferentiable || a.DType.Compute <> a.DType then Check.unsupported "lu_cpu" a.DType
        Expr.call (Lu name) [| a |]

    /// torch.linalg.lu_factor_ex: packed factors, pivots (from 1), info.
    let lu_factor_ex (a: Expr) (checkErrors: bool) : Expr[] = factor (if checkErrors then "torch.linalg.lu_factor_ex" else "") a

    /// torch.linalg.lu_factor: packed factors and pivots.
    let lu_factor (a: Expr) : Expr[] = Array.truncate 2 (factor "torch.linalg.lu_factor" a)

    /// torch.lu_unpack: P, L, U.
    let lu_unpack (lu: Expr) (pivots: Expr) : Expr[] =
        if pivots.DType <> DType.Int32 then
            Fault.runtime "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this function is intended to be used with the output produced by torch.linalg.lu_factor"

        let m = lu.Sizes[lu.Rank - 2]
        let order = orderOf pivots m
        // A = P (L U): column i of P has its one at row order[i].
        let p = Compare.eq (Expr.index m 0L 1L |> Expr.unsqueeze 1) (Expr.unsqueeze (order.Rank - 1) order)
        [| Expr.cast lu.DType p; lower lu; upper lu |]

    /// torch.linalg.lu: P, L, U.
    let lu (a: Expr) : Expr[] =
        let f = factor "" a
        lu_unpack f[0] f[1]

    /// torch.linalg.lu_solve: A X = B, X A = B, or the same with A^H, from the factors of A.
    let rec lu_solve (lu: Expr) (pivots: Expr) (b: Expr) (left: bool) (adjoint: bool) : Expr =
        let name = "torch.linalg.lu_solve"

        if not lu.DType.IsDifferentiable then
            Fault.runtime $"{name}: Expected a floating point or complex tensor as input. Got {lu.DType.ScalarName}"

        checkSquare name lu
        checkMatrix name b
        checkPair name lu b left
        if lu.DType.Compute <> lu.DType then Check.unsupported "linalg.lu_solve_cpu" lu.DType

        if not left then
            // X A = B is A^H X^H = B^H.
            let x = lu_solve lu pivots (Dims.adjoint b) true (not adjoint) |> Dims.adjoint
            Expr.withStrides (Shape.contiguous x.Sizes) x
        else
            let f, y = together lu b
            let n = f.Sizes[f.Rank - 1]
            let order = orderOf pivots n |> Expr.expand (Array.append (batchOf f) [| n |])

            let x =
                if adjoint then
                    let fh = Dims.adjoint f
                    triangular false true false fh y |> triangular true true true fh |> rowsBack order
                else
                    rows order y |> triangular false true true f |> triangular true true false f

            Expr.withStrides (columns x.Sizes) x

    // ---- Solve, inverse

    /// A X = B for square A. Batches of the same sizes. With a name singular matrices are faults.
    type private Solve(name: string) =
        inherit Routine("solve", [ Text name ])

        override _.Infer(operands) =
            let a, b = operands[0], operands[1]

            [| matrix b.Sizes b.DType
               matrix a.Sizes a.DType
               Expr.signature (Array.append (batchOf a) [| a.Sizes[a.Rank - 1] |]) DType.Int32
               Expr.signature (batchOf a) DType.Int32 |]

        override _.Run(operands, results) =
            Linalg.Lu(operands[0], results[1], results[2], results[3])

            if name = "linalg.inv" then
                demand name results[3] (fun k ->
                    $"The diagonal element {k} is zero, the inversion could not be completed because the input matrix is singular.")
            else
                demand name results[3] (fun _ -> "The solver failed because the input matrix is singular.")

            Linalg.LuSolve(results[1], results[2], operands[1], results[0])

        override _.Vjp(operands, results, cotangents) =
            match cotangents[0] with
            | None -> [| None; None |]
            | Some g ->
                // The factors serve again.
                let toB = lu_solve results[1] results[2] g true true
                let toB = Expr.call1 (Attach()) [| toB; operands[0]; g |]
                [| Some(neg (Matmul.contract toB (Dims.adjoint results[0]))); Some toB |]

        override r.Batch(operands, batched) = Batching.lift r operands batched

    /// The first operand, which is A^-H g computed otherwise, with the derivatives of that.
    and private Attach() =
        inherit Routine("solve_attach", [])

        override _.Infer(operands) =
            [| matrix operands[0].Sizes operands[0].DType |]

        override _.Run(operands, results) = StridedCopy.Copy(operands[0], results[0])

        override _.Vjp(operands, results, cotangents) =
            match cotangents[0] with
            | None -> [| None; None; None |]
            | Some c ->
                // y = A^-H g: gradient A^-1 c for g, and - y (A^-1 c)^H for A.
                let toG = (Expr.call (Solve "") [| operands[1]; c |])[0]
                [| None; Some(neg (Matmul.contract results[0] (Dims.adjoint toG))); Some toG |]

        override r.Batch(operands, batched) = Batching.lift r operands batched

    let private isVector (a: Expr) (b: Expr) =
        b.Rank = 1 || (a.Rank - 1 = b.Rank && b.Sizes = Array.sub a.Sizes 0 (a.Rank - 1))

    let private solveWith (name: string) (a: Expr) (b: Expr) (left: bool) : Expr[] =
        checkSquare "linalg.solve" a
        checkFloating "linalg.solve" "lu_cpu" a

        if a.DType <> b.DType then
            Fault.runtime $"linalg.solve: Expected A and B to have the same dtype, but found A of type {a.DType.ScalarName} and B of type {b.DType.ScalarName} instead"

        let vector = isVector a b

        if vector && not left then
            Fault.runtime "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case linalg.solve is equivalent to B / A.squeeze(-1)"

        let y = if vector then Expr.unsqueeze b.Rank b else b
        checkMatrix "linalg.solve" y
        checkPair "linalg.solve" a y left

        if left then
            let a, y = together a y
            let x = Expr.call (Solve name) [| a; y |]
            let solution = if vector then Expr.squeeze [| x[0].Rank - 1 |] x[0] else x[0]
            // A batch of vectors is allocated as if it were a matrix.
            [| (if vector && solution.Rank >= 2 then Expr.withStrides (columns solution.Sizes) solution else solution); x[3] |]
        else
            let a, y = together a y
            let x = Expr.call (Solve name) [| Dims.transposed a; Dims.transposed y |]
            [| Dims.transposed x[0]; x[3] |]

    /// torch.linalg.solve.
    let solve (a: Expr) (b: Expr) (left: bool) : Expr = (solveWith "linalg.solve" a b left)[0]

    /// torch.linalg.solve_ex: the solution and info.
    let solve_ex (a: Expr) (b: Expr) (left: bool) (checkErrors: bool) : Expr[] =
        solveWith (if checkErrors then "linalg.solve_ex" else "") a b left

    let private inverse (name: string) (a: Expr) : Expr[] =
        checkSquare "linalg.inv" a
        checkFloating "linalg.inv" "" a
        let x = Expr.call (Solve name) [| a; eye a |]
        [| x[0]; x[3] |]

    /// torch.linalg.inv.
    let inv (a: Expr) : Expr = (inverse "linalg.inv" a)[0]

    /// torch.linalg.inv_ex: the inverse and info.
    let inv_ex (a: Expr) (checkErrors: bool) : Expr[] = inverse (if checkErrors then "linalg.inv" else "") a

    // ---- Determinants

    let private diagonalOf (e: Expr) = Views.diagonal e 0L -2L -1L

    /// +1 or -1 for each permutation, in a dtype.
    let private parity (pivots: Expr) (d: DType) : Expr =
        let n = pivots.Sizes[pivots.Rank - 1]
        let kept = Compare.eq pivots (Expr.index n 1L 1L)
        let signs = Arithmetic.where kept (Expr.fill [||] d (Int 1L)) (Expr.fill [||] d (Int -1L))
        Reductions.prod signs [| -1L |] false (Nullable())

    let private factored (name: string) (kernel: string) (a: Expr) : Expr * Expr =
        checkSquare name a
        checkFloating name kernel a
        let f = Expr.call (Lu "") [| a |]
        diagonalOf f[0], parity f[1] a.DType

    /// torch.linalg.det.
    let det (a: Expr) : Expr =
        let d, sign = factored "linalg.det" "lu_cpu" a
        Reductions.prod d [| -1L |] false (Nullable()) *. sign

    /// torch.linalg.slogdet: sign and logarithm of the absolute value.
    let slogdet (a: Expr) : Expr[] =
        let d, sign = factored "linalg.slogdet" "" a
        let signs = Reductions.prod (Numeric.sgn d) [| -1L |] false (Nullable()) *. sign
        let logs = Reductions.sum (Exponential.log (Numeric.abs d)) [| -1L |] false (Nullable())
        [| signs; logs |]

    /// torch.logdet: NaN for a negative determinant.
    let logdet (a: Expr) : Expr =
        checkSquare "logdet" a
        checkFloating "logdet" "" a
        let s = slogdet a

        if a.DType.IsComplex then
            s[1] +. Exponential.log s[0]
        else
            Arithmetic.where (Compare.lt s[0] zero) (Expr.fill [||] a.DType (Real Double.NaN)) s[1]

    /// torch.linalg.matrix_power.
    let matrix_power (a: Expr) (n: int64) : Expr =
        checkSquare "linalg.matrix_power" a

        let rec power (m: Expr) (k: int64) : Expr =
            if k = 1L then
                m
            else
                let half = power m (k / 2L)
                let square = Matmul.matmul half half
                if k % 2L = 0L then square else Matmul.matmul square m

        if n = 0L then Expr.withStrides (Shape.contiguous a.Sizes) (eye a)
        elif n > 0L then power a n
        else power (inv a) -n

    let defs: OpDef list =
        let def name doc sample = Def.sample name sample Domain.Reals doc
        let matrix (x: Expr) = Expr.reshape [| x.Sizes[0]; -1L |] x
        // Symmetric and positive definite.
        let definite (x: Expr) = let m = matrix x in let p = Matmul.matmul m (Dims.transposed m) in p +. eye p
        let invertible (x: Expr) = let p = definite x in p +. triu p 1L

        [ def "linalg.cholesky" "The triangular root of a positive definite matrix." (fun x -> cholesky (definite x) false)
          def "linalg.solve_triangular" "Triangular systems." (fun x -> solve_triangular (definite x) (matrix x) false true false)
          def "cholesky_solve" "Systems from a Cholesky factor." (fun x -> cholesky_solve (matrix x) (tril (definite x) 0L) false)
          def "linalg.solve" "Systems of linear equations." (fun x -> solve (invertible x) (matrix x) true)
          def "linalg.inv" "The inverse." (fun x -> inv (invertible x)) |> Def.alias [ "inverse" ]
          def "linalg.det" "The determinant." (fun x -> det (invertible x)) |> Def.alias [ "det" ]
          def "linalg.slogdet" "The logarithm of the determinant." (fun x -> (slogdet (invertible x))[1])
          def "logdet" "The logarithm of the determinant." (fun x -> logdet (invertible x))
          def "linalg.lu_factor" "Packed triangular factors." (fun x -> (lu_factor (invertible x))[0])
          def "linalg.matrix_power" "Powers of a matrix." (fun x -> matrix_power (invertible x) 2L) |> Def.alias [ "matrix_power" ] ]
