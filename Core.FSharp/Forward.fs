/// Forward mode: from inputs and their tangents to the outputs' tangents, as expressions. Pointwise words push their partials, movements move tangents,
/// and a routine's tangent follows from its reverse rule: that is linear in the cotangent, so its transpose is the tangent map.
namespace Torch.Core

open System.Collections.Generic
open Torch.Core.Ops

/// Movements as functions.
[<RequireQualifiedAccess>]
module Moves =
    /// The movement applied to another operand of the same sizes.
    let apply (m: Movement) (sizes: int64[]) (dtype: DType) (x: Expr) : Expr =
        match m with
        | Reshape -> Expr.reshape sizes x
        | Permute order -> Expr.permute order x
        | Expand -> Expr.expand sizes x
        | Slice(start, step) -> Expr.slice start step sizes x
        | Strided(offset, strides) -> Expr.strided sizes strides offset x
        | Reinterpret -> Expr.reinterpret dtype sizes x

[<RequireQualifiedAccess>]
module Forward =
    /// The tangents of a call's results, by transposing its reverse rule.
    let private callTangents (call: Call<Expr>) (tangents: Expr option[]) : Expr option[] =
        call.Results
        |> Array.mapi (fun k result ->
            if not result.DType.IsDifferentiable then
                None
            else
                let u = Expr.variableLike result
                let cotangents = Array.init call.Results.Length (fun j -> if j = k then Some u else None)
                let gs = call.Routine.Vjp(call.Operands, call.Results, cotangents)

                let pairs =
                    Array.map2 (fun g t -> Option.map2 (fun g t -> struct (g, t)) g t) gs tangents
                    |> Array.choose id

                if pairs.Length = 0 then
                    None
                else
                    let outputs = pairs |> Array.map (fun (struct (g, _)) -> g)
                    let given = pairs |> Array.map (fun (struct (_, t)) -> Some t)
                    (Reverse.vjp outputs given [| u |])[0])

    /// The tangent of each output, or None where no input with a tangent reaches it.
    let jvp (outputs: Expr[]) (inputs: Expr[]) (tangents: Expr option[]) : Expr option[] =
        let known = Dictionary<Expr, Expr>(HashIdentity.Reference)
        let stops = HashSet<Expr>(inputs, HashIdentity.Reference)
        Array.iter2 (fun x t -> Option.iter (fun t -> known[x] <- t) t) inputs tangents
        let of' (e: Expr) =
            match known.TryGetValue e with
            | true, t -> Some t
            | _ -> None

        let calls = Dictionary<Call<Expr>, Expr option[]>(HashIdentity.Reference)
        let operands (e: Expr) = if stops.Contains e then [||] else Node.operands e.Node

        for e in Walk.topological operands outputs do
            if not (stops.Contains e) && e.DType.IsDifferentiable && operands e |> Array.exists known.ContainsKey then
                let tangent =
                    match e.Node with
                    | Fill _
                    | Iota _
                    | Data _
                    | Unknown -> None
                    | Map(word, args) ->
                        let partials = word.Partials args e

                        (None, Array.zip partials args)
                        ||> Array.fold (fun sum (p, a) ->
                            match of' a |> Option.bind (Arithmetic.push p), sum with
                            | Some t, Some s -> Some(Arithmetic.add s t)
                            | Some t, None -> Some t
                            | None, s -> s)
                    | Cast x -> of' x |> Option.map (Expr.cast e.DType)
                    | Move(m, x) -> of' x |> Option.map (Moves.apply m e.Sizes e.DType)
                    | Write(target, region, value) ->
                        let t = of' target |> Option.defaultWith (fun () -> Expr.zerosLike target)
                        let v = of' value |> Option.defaultWith (fun () -> Expr.zerosLike value)
                        Some(Expr.write t region v)
                    | Reduce(r, dims, x) -> of' x |> Option.map (r.Jvp x e dims)
                    | Result(call, k) ->
                        match calls.TryGetValue call with
                        | true, ts -> ts[k]
                        | _ ->
                            let ts = callTangents call (call.Operands |> Array.map of')
                            calls[call] <- ts
                            ts[k]

                match tangent with
                | Some t -> known[e] <- (if t.DType = e.DType then t else Expr.cast e.DType t)
                | None -> ()

        outputs |> Array.map of'
