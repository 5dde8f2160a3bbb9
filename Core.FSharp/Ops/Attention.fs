/// scaled_dot_product_attention: softmax(scale q k' + mask) v as one operation that never holds all scores, with a fused gradient. The gradient's gradient
/// is written out over the scores.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Attention =
    let private wide (e: Expr) = Expr.cast e.DType.Compute e

    /// What a mask adds to scores: itself, or 0 and -inf for true and false.
    let private addend (mask: Expr) (d: DType) : Expr =
        if mask.DType = DType.Bool then
            Arithmetic.where mask (Expr.fill [||] d (Int 0L)) (Expr.fill [||] d (Real Double.NegativeInfinity))
        else
            Expr.cast d mask

    /// The lower triangle of L queries and S keys.
    let private triangle (queries: int64) (keys: int64) : Expr =
        Compare.ge (Expr.index queries 0L 1L |> Expr.unsqueeze 1) (Expr.index keys 0L 1L)

    let private scores (causal: bool) (scale: float) (q: Expr) (k: Expr) (mask: Expr) : Expr =
        let s = Matmul.contract q (Dims.transposed k) *. num scale
        let s = if Given.isNull mask then s else s +. addend mask s.DType

        if causal then
            s +. addend (triangle q.Sizes[q.Rank - 2] k.Sizes[k.Rank - 2]) s.DType
        else
            s

    /// Probabilities; a query without any key has none.
    let private probabilities (s: Expr) : Expr =
        let p = Softmax.softmax s -1L (Nullable())
        let top = Reductions.amax s [| -1L |] true
        Arithmetic.where (Compare.eq top (num Double.NegativeInfinity)) (Expr.fill [||] s.DType (Int 0L)) p

    let private rowSum (e: Expr) = Arithmetic.sumKeep [| e.Rank - 1 |] e

    let private summedTo (like: Expr) (e: Expr) = Expr.cast like.DType (Arithmetic.sumTo like.Sizes e)

    /// q [B.., L, E], k [B.., S, E], v [B.., S, D], mask [B.., L, S] -> y [B.., L, D], logarithms of the sums of exponentials [B.., L].
    type private Forward(causal: bool, scale: float, masked: bool) =
        inherit Routine("attention", [ Flag causal; Number scale; Flag masked ])

        override _.Infer(operands) =
            let q, v = operands[0], operands[2]
            let rows = Array.sub q.Sizes 0 (q.Rank - 1)

            [| Expr.signature (Array.append rows [| v.Sizes[v.Rank - 1] |]) q.DType
               Expr.signature rows q.DType.Compute |]

        override _.Run(operands, results) =
            let mask = if masked then operands[3] else null
            Torch.Kernels.Attention.Forward(operands[0], operands[1], operands[2], mask, causal, scale, results[0], results[1])

        override _.Vjp(operands, results, cotangents) =
            match cotangents[0] with
            | None -> Array.create operands.Length None
            | Some g ->
                let back = Expr.call (Backward(causal, scale, masked)) (Array.concat [ [| g |]; operands; results ])

                [| Some back[0]
                   Some back[1]
                   Some back[2]
                   if masked then
                       let mask = operands[3]

                       if mask.DType.IsDifferentiable then
                           let q, k, v, dy = wide operands[0], wide operands[1], wide operands[2], wide g
                           let p = probabilities (scores causal scale q k mask)
                           let dp = Matmul.contract dy (Dims.transposed v)
                           Some(summedTo mask (p *. (dp -. rowSum (p *. dp))))
                       else
                           None |]

        override r.Batch(operands, batched) = Batching.lift r operands batched

    /// dy, q, k, v, mask, y, sums -> dq, dk, dv.
    and private Backward(causal: bool, scale: float, masked: bool) =
        inherit Routine("attention_backward", [ Flag causal; Number scale; Flag masked ])

        override _.Infer(operands) =
            [| for i in 1..3 -> Expr.signature operands[i].Sizes operands[i].DType |]

        override _.Run(operands, results) =
            let mask = if masked then operands[4] else null
            let n = operands.Length

            Torch.Kernels.Attention.Backward(
                operands[0],
                operands[1],
                operands[2],
                operands[3],
                mask,
                causal,
                scale,
                operands[n - 2],
                operands[n - 1],
                results[0],
                results[1],
                results[2]
            )

        // With P the probabilities, dP = dy v', D = rows of P dP and dS = P (dP - D): dq = scale dS k, dk = scale dS' q, dv = P' dy. What the operands move
        // through y and the sums is part of their own cotangents.
        override _.Vjp(operands, _, cotangents) =
            let dy, q, k, v = wide operands[0], wide operands[1], wide operands[2], wide operands[3]
            let mask = if masked then operands[4] else null
            let given (i: int) (like: Expr) = cotangents[i] |> Option.map wide |> Option.defaultWith (fun () -> Expr.zerosLike like)
            let a, b, c = given 0 q, given 1 k, given 2 v
            let s = num scale
            let t = Dims.transposed
            let ( *@ ) x y = Matmul.contract x y
            let p = probabilities (scores causal scale q k mask)
            let dp = dy *@ t v
            let centred = dp -. rowSum (p *. dp)
            let ds = p *. centred
            // The cotangent of dS, then those of dP, P and the scores.
            let e = (a *@ t k +. q *@ t b) *. s
            let r = rowSum (e *. p)
            let toDp = p *. (e -. r)
            let toP = e *. centred -. r *. dp +. dy *@ t c
            let toS = p *. (toP -. rowSum (toP *. p))

            [| Some(Expr.cast operands[0].DType (p *@ c +. toDp *@ v))
               Some(Expr.cast operands[1].DType ((ds *@ b +. toS *@ k) *. s))
               Some(Expr.cast operands[2].DType ((t ds *@ a +. t toS *@ q) *. s))
               Some(Expr.cast operands[3].DType (t toDp *@ dy))
               if masked then
                   if mask.DType.IsDifferentiable then Some(summedTo mask toS) else None
               None
               None |]

        override r.Batch(operands, batched) = Batching.lift r operands batched

    /// torch.nn.functional.scaled_dot_product_attention. The mask (null: none) is Bool (true takes part) or is added to the scores; the dropout mask (null:
    /// none) multiplies the probabilities; no scale: one over the root of E. With `gqa` the heads of k and v are repeated for those of q.
    let scaled_dot_product_attention
        (q: Expr)
        (k: Expr)
        (v: Expr)
        (mask: Expr)
        (dropout: Expr)
        (causal: bool)
        (scale: Nullable<float>)
        (gqa: bool)
        : Expr =
        let masked = not (Given.isNull mask)

        if q.DType <> k.DType || q.DType <> v.DType then
            Fault.runtime
                $"Expected query, key, and value to have the same dtype, but got query.dtype: {Check.cname q.DType} key.dtype: {Check.cname k.DType} and value.dtype: {Check.cname v.DType} instead."

        if q.Rank < 2 || k.Rank < 2 || v.Rank < 2 then
            Fault.runtime
                $"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {q.Rank}, key.dim: {k.Rank} and value.dim: {v.Rank} instead."

        if masked && causal then
            Fault.runtime "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"

        if masked && mask.DType <> DType.Bool && mask.DType <> q.DType then
            Fault.runtime
                $"Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: {Check.cname mask.DType} and  query.dtype: {Check.cname q.DType} instead."

        if not q.DType.IsFloat then Fault.runtime $"expected scalar type Float but found {q.DType.ScalarName}"

        let k, v =
            if gqa && q.Rank >= 3 && k.Rank >= 3 then
                let repeated (e: Expr) = Assemble.repeat_interleave e (q.Sizes[q.Rank - 3] / e.Sizes[e.Rank - 3]) -3L
                repeated k, repeated v
            else
                k, v

        let inner (e: Expr) = Array.skip (e.Rank - 2) e.Sizes
        let outer (e: Expr) = Array.sub e.Sizes 0 (e.Rank - 2)
        let l, e, s = (inner q)[0], (inner q)[1], (inner k)[0]

        let batch = [| outer q; outer k; outer v |] |> Shape.broadcast

        // What the matrix products would say.
        let meet (rows: int64) (inside: int64) (found: int64) (columns: int64) =
            if inside <> found then
                if batch.Length = 0 then
                    Fault.runtime $"mat1 and mat2 shapes cannot be multiplied ({rows}x{inside} and {found}x{columns})"
                else
                    let n = Shape.count batch
                    Fault.runtime $"Expected size for first two dimensions of batch2 tensor to be: [{n}, {inside}] but got: [{n}, {found}]."

        let ofK, ofV = inner k, inner v
        meet l e ofK[1] s
        meet l s ofV[0] ofV[1]
        let fit (x: Expr) = Expr.expand (Array.append batch (inner x)) x
        let q, k, v = fit q, fit k, fit v
        let mask = if masked then Expr.expand (Array.append batch [| l; s |]) mask else null
        let scale = if scale.HasValue then scale.Value else 1.0 / Math.Sqrt(float e)

        if Given.isNull dropout then
            let operands = if masked then [| q; k; v; mask |] else [| q; k; v |]
            (Expr.call (Forward(causal, scale, masked)) operands)[0]
        else
            let p = probabilities (scores causal scale q k mask)
            Matmul.contract (p *. dropout) v

    let defs: OpDef list =
        let matrix (x: Expr) = Expr.reshape [| x.Sizes[0]; -1L |] x

        [ Def.sample
              "nn.functional.scaled_dot_product_attention"
              (fun x -> let m = matrix x in scaled_dot_product_attention m m m null null false (Nullable()) false)
              Domain.Reals
              "Means of values, weighted by how queries meet keys." ]
