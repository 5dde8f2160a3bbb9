/// The transpose of torch.as_strided: values added up at the places they were read from.
namespace Torch.Core.Ops

open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Strides =
    /// Whether no two index tuples reach the same element (sufficient: sorted by stride, each step clears what lies below).
    let isInjective (sizes: int64[]) (strides: int64[]) : bool =
        let order =
            Array.zip sizes strides
            |> Array.filter (fun (s, _) -> s > 1L)
            |> Array.sortBy (fun (_, t) -> abs t)

        let mutable reach = 0L
        let mutable ok = true

        for s, t in order do
            if abs t <= reach then ok <- false
            reach <- reach + (s - 1L) * abs t

        ok

    /// Adds a value's elements into zeros of the given sizes, at the strided places of the row-major elements.
    type private Accumulate(sizes: int64[], offset: int64, strides: int64[]) =
        inherit Routine("strided_add", [ Wholes sizes; Whole offset; Wholes strides ])

        override _.Infer(operands) = [| Expr.signature sizes operands[0].DType |]

        override _.Run(operands, results) =
            StridedAdd.Run(operands[0], results[0], offset, strides)

        override _.Vjp(operands, _, cotangents) =
            [| cotangents[0] |> Option.map (Expr.strided operands[0].Sizes strides offset) |]

    /// The cotangent of the operand of `Strided`, whose row-major elements have the given sizes.
    let scatter (sizes: int64[]) (offset: int64) (strides: int64[]) (g: Expr) : Expr =
        if isInjective g.Sizes strides then
            Expr.write (Expr.fill sizes g.DType (Int 0L)) { Offset = offset; Strides = strides } g
        else
            Expr.call1 (Accumulate(sizes, offset, strides)) [| g |]
