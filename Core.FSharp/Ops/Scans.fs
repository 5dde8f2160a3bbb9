/// Running sums, products, extremes and log-sum-exps along a dimension. Results have the operand's sizes; integers become Int64 where PyTorch widens.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Scans =
    /// A scan of one operand, sizes and dtype unchanged.
    [<AbstractClass>]
    type private Scanning(name: string, dim: int) =
        inherit Routine(name, [ Whole(int64 dim) ])

        override _.Infer(operands) =
            [| Expr.signature operands[0].Sizes operands[0].DType |]

    let private flipped (dim: int) (f: Expr -> Expr) (x: Expr) = x |> Expr.flip [| dim |] |> f |> Expr.flip [| dim |]

    type private RunningSum(dim: int) =
        inherit Scanning("cumsum", dim)

        override _.Run(operands, results) =
            Scan.Sum(Blocks.last dim operands[0], Blocks.last dim results[0])

        override r.Vjp(_, _, cotangents) =
            [| cotangents[0] |> Option.map (flipped dim (fun g -> Expr.call1 r [| g |])) |]

        override _.Batch(operands, _) = Some(Expr.call (RunningSum(dim + 1)) operands)

    /// y[i] = x[i] + factor[i] y[i - 1], or from the end.
    type private Recurrence(dim: int, reverse: bool) =
        inherit Routine("linear_scan", [ Whole(int64 dim); Flag reverse ])

        override _.Infer(operands) =
            [| Expr.signature operands[0].Sizes operands[0].DType |]

        override _.Run(operands, results) =
            let rows = Blocks.lastAll dim operands
            LinearScan.Run(rows[0], rows[1], Blocks.last dim results[0], reverse)

        override _.Vjp(operands, results, cotangents) =
            let factor = operands[1]
            let n = factor.Sizes[dim]
            let zero = Expr.narrow dim 0L (min n 1L) factor |> Expr.zerosLike

            // Element i of the result is element i + by of the operand, with zero past the end.
            let shifted (forward: bool) (e: Expr) =
                if n = 0L then e
                elif forward then Assemble.cat [| Expr.narrow dim 1L (n - 1L) e; zero |] (int64 dim)
                else Assemble.cat [| zero; Expr.narrow dim 0L (n - 1L) e |] (int64 dim)

            match cotangents[0] with
            | None -> [| None; None |]
            | Some g ->
                // The transposed recurrence runs the other way; step i used the result before it.
                let toX = Expr.call1 (Recurrence(dim, not reverse)) [| g; Arithmetic.conj (shifted (not reverse) factor) |]
                [| Some toX; Some(toX *. Arithmetic.conj (shifted reverse results[0])) |]

        override _.Batch(operands, batched) = Batching.lift (Recurrence(dim + 1, reverse)) operands batched

    type private RunningProduct(dim: int) =
        inherit Scanning("cumprod", dim)

        override _.Run(operands, results) =
            Scan.Product(Blocks.last dim operands[0], Blocks.last dim results[0])

        override r.Vjp(operands, results, cotangents) =
            let x = operands[0]

            let back (g: Expr) =
                let tail (e: Expr) = flipped dim (fun f -> Expr.call1 (RunningSum dim) [| f |]) e
                // Before the first zero of a row the result is divided by the element; at it, the products are made without it; after it they vanish.
                let isZero = Compare.eq x zero
                let zeros = Expr.call1 (RunningSum dim) [| Expr.cast DType.Int64 isZero |]
                let before = Compare.eq zeros zero
                let first = Logic.logical_and isZero (Compare.eq zeros one)
                let unit = Expr.onesLike x
                let without = Expr.call1 r [| Arithmetic.where first unit x |]
                let quotient = tail (g *. Arithmetic.conj results[0]) /. Arithmetic.conj (Arithmetic.where isZero unit x)
                let at = tail (g *. Arithmetic.conj without)
                Arithmetic.where before quotient (Arithmetic.where first at (Expr.zerosLike x))

            [| cotangents[0] |> Option.map back |]

        override _.Batch(operands, _) = Some(Expr.call (RunningProduct(dim + 1)) operands)

    type private RunningExtreme(dim: int, greatest: bool) =
        inherit Routine("cummaxmin", [ Whole(int64 dim); Flag greatest ])

        override _.Infer(operands) =
            [| Expr.signature operands[0].Sizes operands[0].DType
               Expr.signature operands[0].Sizes DType.Int64 |]

        override _.Run(operands, results) =
            let x = Blocks.last dim operands[0]
            let rows = Blocks.lastAll dim results
            if greatest then Scan.Max(x, rows[0], rows[1]) else Scan.Min(x, rows[0], rows[1])

        override _.Vjp(operands, results, cotangents) =
            let back (g: Expr) = Gather.scatter_add (Expr.zerosLike operands[0]) (int64 dim) results[1] g
            [| cotangents[0] |> Option.map back |]

        override _.Batch(operands, _) = Some(Expr.call (RunningExtreme(dim + 1, greatest)) operands)

    type private RunningLogSumExp(dim: int) =
        inherit Scanning("logcumsumexp", dim)

        override _.Run(operands, results) =
            Scan.LogSumExp(Blocks.last dim operands[0], Blocks.last dim results[0])

        override _.Vjp(operands, results, cotangents) =
            let x, y = operands[0], results[0]

            // dx[k] is the sum over i >= k of g[i] exp(x[k] - y[i]): from the end, r[k] = g[k] + exp(y[k] - y[k + 1]) r[k + 1] and dx = exp(x - y) r, where
            // no exponent is positive. Rows of -inf would give inf - inf.
            let back (g: Expr) =
                let n = x.Sizes[dim]

                if n = 0L then
                    g
                else
                    let least = Expr.fill [||] x.DType (Real Double.NegativeInfinity)
                    let nothing = Expr.fill [||] x.DType (Int 0L)
                    let power (top: Expr) (below: Expr) = Arithmetic.where (Compare.eq top least) nothing (Exponential.exp (top -. below))
                    let step = power (Expr.narrow dim 0L (n - 1L) y) (Expr.narrow dim 1L (n - 1L) y)
                    let last = Expr.narrow dim 0L 1L y |> Expr.zerosLike
                    let factor = Assemble.cat [| step; last |] (int64 dim)
                    power x y *. Expr.call1 (Recurrence(dim, true)) [| g; factor |]

            [| cotangents[0] |> Option.map back |]

        override _.Batch(operands, _) = Some(Expr.call (RunningLogSumExp(dim + 1)) operands)

    /// Applies a scan; an operand without dimensions is one element.
    let private along (make: int -> Routine) (x: Expr) (dim: int64) : Expr[] =
        let d = Shape.dim x.Rank dim
        let y = Expr.call (make d) [| Dims.atLeast1 x |]
        if x.Rank = 0 then y |> Array.map (Expr.reshape [||]) else y

    let private widened (x: Expr) (dtype: Nullable<DType>) =
        if dtype.HasValue then Expr.cast dtype.Value x
        elif isWhole x.DType then Expr.cast DType.Int64 x
        else x

    /// torch.cumsum.
    let cumsum (x: Expr) (dim: int64) (dtype: Nullable<DType>) : Expr =
        (along (fun d -> RunningSum d) (widened x dtype) dim)[0]

    /// torch.cumprod.
    let cumprod (x: Expr) (dim: int64) (dtype: Nullable<DType>) : Expr =
        (along (fun d -> RunningProduct d) (widened x dtype) dim)[0]

    /// torch.cummax: the greatest so far, and the last of its positions.
    let cummax (x: Expr) (dim: int64) : Expr[] =
        if x.DType.IsComplex then Check.unsupported "cummax_cpu" x.DType
        along (fun d -> RunningExtreme(d, true)) x dim

    /// torch.cummin.
    let cummin (x: Expr) (dim: int64) : Expr[] =
        if x.DType.IsComplex then Check.unsupported "cummin_cpu" x.DType
        along (fun d -> RunningExtreme(d, false)) x dim

    /// torch.logcumsumexp.
    let logcumsumexp (x: Expr) (dim: int64) : Expr =
        let d = Shape.dim x.Rank dim
        if not x.DType.IsFloat then Check.unsupported "logcumsumexp_out_cpu" x.DType
        (along (fun d -> RunningLogSumExp d) x (int64 d))[0]

    let defs: OpDef list =
        let def name doc sample = { Def.sample name sample Domain.Reals doc with InPlace = name = "cumsum" || name = "cumprod" }

        [ def "cumsum" "Running sums." (fun x -> cumsum x 0L (Nullable()))
          def "cumprod" "Running products." (fun x -> cumprod x 0L (Nullable()))
          def "cummax" "The greatest so far." (fun x -> (cummax x 0L)[0])
          def "cummin" "The least so far." (fun x -> (cummin x 0L)[0])
          def "logcumsumexp" "Running log-sum-exps." (fun x -> logcumsumexp x 0L) ]
