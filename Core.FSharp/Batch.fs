/// Batching (vmap): a graph over single examples becomes the graph over a leading dimension of examples. Families carry their rule here, once; routines
/// have their own, or run example by example.
namespace Torch.Core

open System.Collections.Generic

[<RequireQualifiedAccess>]
module Batch =
    /// Examples one after the other along a new leading dimension.
    let stack (parts: Expr[]) : Expr =
        let first = parts[0]
        let sizes = Array.append [| int64 parts.Length |] first.Sizes
        let inner = Shape.contiguous first.Sizes

        parts
        |> Array.indexed
        |> Array.fold
            (fun (target: Expr) (i, part) -> Expr.write target { Offset = int64 i * first.Count; Strides = inner } part)
            (Expr.fill sizes first.DType (Int 0L))

    /// The outputs of a graph whose inputs are replaced: `replacements[i]` stands for `inputs[i]`, with one more leading dimension of the given
    /// length. An output that no input reaches is repeated.
    let vmap (length: int64) (inputs: Expr[]) (replacements: Expr[]) (outputs: Expr[]) : Expr[] =
        let batched = Dictionary<Expr, Expr>(HashIdentity.Reference)
        Array.iter2 (fun x r -> batched[x] <- r) inputs replacements
        let stops = HashSet<Expr>(inputs, HashIdentity.Reference)
        let lead (sizes: int64[]) = Array.append [| length |] sizes
        let isBatched (e: Expr) = batched.ContainsKey e

        let repeated (e: Expr) = Expr.expand (lead e.Sizes) e
        let full (e: Expr) = if isBatched e then batched[e] else repeated e
        let operands (e: Expr) = if stops.Contains e then [||] else Node.operands e.Node
        let calls = HashSet<Call<Expr>>(HashIdentity.Reference)

        for e in Walk.topological operands outputs do
            if not (stops.Contains e) && operands e |> Array.exists isBatched then
                match e.Node with
                | Fill _
                | Iota _
                | Data _
                | Unknown -> ()
                | Map(word, args) ->
                    // Operands that carry no examples broadcast against those that do.
                    batched[e] <- Expr.map word (args |> Array.map (fun a -> if isBatched a then batched[a] else a))
                | Cast x -> batched[e] <- Expr.cast e.DType batched[x]
                | Move(m, x) ->
                    let b = batched[x]
                    let sizes = lead e.Sizes

                    batched[e] <-
                        match m with
                        | Reshape -> Expr.reshape sizes b
                        | Permute order -> Expr.permute (Array.append [| 0 |] (order |> Array.map ((+) 1))) b
                        | Expand ->
                            let ones = Array.create (e.Rank - x.Rank) 1L
                            b |> Expr.reshape (Array.concat [ [| length |]; ones; x.Sizes ]) |> Expr.expand sizes
                        | Slice(start, step) -> Expr.slice (Array.append [| 0L |] start) (Array.append [| 1L |] step) sizes b
                        | Strided(offset, strides) -> Expr.strided sizes (Array.append [| x.Count |] strides) offset b
                        | Reinterpret -> Expr.reinterpret e.DType sizes b
                | Write(target, region, value) ->
                    let strides = Array.append [| target.Count |] region.Strides
                    batched[e] <- Expr.write (full target) { region with Strides = strides } (full value)
                | Reduce(r, dims, x) -> batched[e] <- Expr.reduce r (dims |> Array.map ((+) 1)) batched[x]
                | Result(call, _) ->
                    if calls.Add call then
                        let results =
                            match call.Routine.Batch(call.Operands |> Array.map (fun o -> if isBatched o then batched[o] else o), call.Operands |> Array.map isBatched) with
                            | Some results -> results
                            | None ->
                                let examples =
                                    [| for i in 0L .. length - 1L ->
                                           call.Operands
                                           |> Array.map (fun o -> if isBatched o then Expr.select 0 i batched[o] else o)
                                           |> Expr.call call.Routine |]

                                if length = 0L then
                                    call.Results |> Array.map (fun r -> Expr.fill (lead r.Sizes) r.DType (Int 0L))
                                else
                                    Array.init call.Results.Length (fun k -> stack (examples |> Array.map (fun r -> r[k])))

                        Array.iter2 (fun r b -> batched[r] <- b) call.Results results

        outputs |> Array.map full
