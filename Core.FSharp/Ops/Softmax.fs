/// softmax, log_softmax and softmin along a dimension, with gradients of every order. The kernels subtract the greatest element first.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Softmax =
    let private total (dim: int) (x: Expr) = Arithmetic.sumKeep [| dim |] x

    type private Forward(dim: int, log: bool) =
        inherit Routine((if log then "log_softmax" else "softmax"), [ Whole(int64 dim) ])

        override _.Infer(operands) =
            [| Expr.signature operands[0].Sizes operands[0].DType |]

        override _.Run(operands, results) =
            Torch.Kernels.Softmax.Forward(Blocks.last dim operands[0], Blocks.last dim results[0], log)

        override _.Vjp(_, results, cotangents) =
            [| cotangents[0] |> Option.map (fun g -> Expr.call1 (Backward(dim, log)) [| g; results[0] |]) |]

        override _.Batch(operands, _) = Some(Expr.call (Forward(dim + 1, log)) operands)

    /// Cotangent and result -> cotangent of the operand: y (g - sum g y), or g - exp(y) sum g.
    and private Backward(dim: int, log: bool) =
        inherit Routine((if log then "log_softmax_backward" else "softmax_backward"), [ Whole(int64 dim) ])

        override _.Infer(operands) =
            [| Expr.signature operands[0].Sizes operands[0].DType |]

        override _.Run(operands, results) =
            Torch.Kernels.Softmax.Backward(Blocks.last dim operands[0], Blocks.last dim operands[1], Blocks.last dim results[0], log)

        override r.Vjp(operands, _, cotangents) =
            let g, y = operands[0], operands[1]

            match cotangents[0] with
            | None -> [| None; None |]
            | Some c ->
                if log then
                    let p = Exponential.exp y
                    [| Some(c -. total dim (c *. p)); Some(neg (p *. c *. total dim g)) |]
                else
                    [| Some(Expr.call1 r [| c; y |])
                       Some(c *. (g -. total dim (g *. y)) -. g *. total dim (c *. y)) |]

        override _.Batch(operands, batched) = Batching.lift (Backward(dim + 1, log)) operands batched

    let private along (log: bool) (x: Expr) (dim: int64) (dtype: Nullable<DType>) : Expr =
        let d = Shape.dim x.Rank dim
        let x = if dtype.HasValue then Expr.cast dtype.Value x else x

        if not x.DType.IsFloat then
            let name = if log then "log_softmax" else "softmax"
            Check.unsupported (if d >= x.Rank - 1 then name + "_lastdim_kernel_impl" else name + "_kernel_impl") x.DType

        let y = Expr.call1 (Forward(d, log)) [| Dims.atLeast1 x |]
        if x.Rank = 0 then Expr.reshape [||] y else y

    /// torch.softmax; a dtype is cast to before.
    let softmax (x: Expr) (dim: int64) (dtype: Nullable<DType>) : Expr = along false x dim dtype

    /// torch.log_softmax.
    let log_softmax (x: Expr) (dim: int64) (dtype: Nullable<DType>) : Expr = along true x dim dtype

    /// torch.nn.functional.softmin: the softmax of the negative.
    let softmin (x: Expr) (dim: int64) (dtype: Nullable<DType>) : Expr =
        along false (Numeric.neg x) dim dtype

    let defs: OpDef list =
        let def name doc sample = Def.sample name sample Domain.Reals doc

        [ def "softmax" "Exponentials divided by their sum." (fun x -> softmax x -1L (Nullable())) |> Def.alias [ "special.softmax"; "nn.functional.softmax" ]
          def "log_softmax" "The logarithm of the softmax." (fun x -> log_softmax x -1L (Nullable())) |> Def.alias [ "special.log_softmax"; "nn.functional.log_softmax" ]
          def "nn.functional.softmin" "The softmax of the negative." (fun x -> softmin x -1L (Nullable())) ]
