/// Reverse mode: from outputs, cotangents and inputs to the inputs' cotangents, as expressions. The rules are the words' and routines' own; a family's
/// part (transposed movements, broadcasting, casts) is written here once. No recursion over depth.
namespace Torch.Core

open System.Collections.Generic
open Torch.Core.Ops

/// Walking graphs with an explicit stack.
[<RequireQualifiedAccess>]
module Walk =
    /// The nodes that the roots depend on, operands before users. `operands` says where the walk goes on.
    let topological (operands: Expr -> Expr[]) (roots: Expr seq) : List<Expr> =
        let order = List<Expr>()
        // Present: entered; true: finished.
        let state = Dictionary<Expr, bool>(HashIdentity.Reference)
        let stack = Stack<struct (Expr * bool)>()

        for root in roots do
            stack.Push(struct (root, false))

            while stack.Count > 0 do
                let struct (e, leaving) = stack.Pop()

                if leaving then
                    state[e] <- true
                    order.Add e
                elif state.TryAdd(e, false) then
                    stack.Push(struct (e, true))
                    let ops = operands e

                    for i = ops.Length - 1 downto 0 do
                        if not (state.ContainsKey ops[i]) then
                            stack.Push(struct (ops[i], false))

        order

[<RequireQualifiedAccess>]
module Reverse =
    /// The cotangent of a movement's operand.
    let private unmove (m: Movement) (x: Expr) (g: Expr) : Expr =
        match m with
        | Reshape -> Expr.reshape x.Sizes g
        | Permute order ->
            let inverse = Array.zeroCreate order.Length
            order |> Array.iteri (fun i d -> inverse[d] <- i)
            Expr.permute inverse g
        | Expand -> Arithmetic.sumTo x.Sizes g
        | Slice(start, step) ->
            let flat = Shape.contiguous x.Sizes
            let offset = Array.fold2 (fun acc s t -> acc + s * t) 0L start flat
            Expr.write (Expr.zerosLike x) { Offset = offset; Strides = Array.map2 (*) flat step } g
        | Strided(offset, strides) -> Strides.scatter x.Sizes offset strides g
        | Reinterpret ->
            if g.DType.IsDifferentiable && x.DType.IsDifferentiable then
                Expr.reinterpret x.DType x.Sizes g
            else
                Fault.runtime $"view: cannot differentiate a view of {x.DType} as {g.DType}"

    /// Cotangents of a node's operands, given that of its result. Results of routines are handled by call, all at once.
    let private rule (node: Node<Expr>) (result: Expr) (g: Expr) (give: Expr -> Expr -> unit) : unit =
        match node with
        | Fill _
        | Iota _
        | Data _
        | Unknown -> ()
        | Map(word, args) ->
            let partials = word.Partials args result

            for i in 0 .. args.Length - 1 do
                if args[i].DType.IsDifferentiable then
                    match Arithmetic.pull partials[i] g with
                    | Some c -> give args[i] c
                    | None -> ()
        | Cast x -> if x.DType.IsDifferentiable then give x (Expr.cast x.DType g)
        | Move(m, x) -> give x (unmove m x g)
        | Write(target, region, value) ->
            let zero = Expr.fill value.Sizes value.DType (Int 0L)
            give target (Expr.write g region zero)
            give value (Expr.strided value.Sizes region.Strides region.Offset g)
        | Reduce(r, dims, x) -> give x (r.Vjp x result dims g)
        | Result _ -> Fault.inside "a routine's results are differentiated together"

    /// For each input the cotangent, or None where no gradient reaches it. `nodeOf` gives the structure of an expression: its node, or what a
    /// trace remembers of it. Gradients stop at the inputs and at what is not differentiable.
    let vjpWith (nodeOf: Expr -> Node<Expr>) (outputs: Expr[]) (cotangents: Expr option[]) (inputs: Expr[]) : Expr option[] =
        let stops = HashSet<Expr>(inputs, HashIdentity.Reference)

        let operands (e: Expr) =
            if stops.Contains e || not e.DType.IsDifferentiable then [||] else Node.operands (nodeOf e)

        let order = Walk.topological operands outputs
        // What depends on an input: only there do cotangents flow.
        let live = HashSet<Expr>(HashIdentity.Reference)

        for e in order do
            if stops.Contains e || operands e |> Array.exists live.Contains then
                live.Add e |> ignore

        let collected = Dictionary<Expr, Expr>(HashIdentity.Reference)

        let give (e: Expr) (c: Expr) =
            if live.Contains e then
                match collected.TryGetValue e with
                | true, sum -> collected[e] <- Arithmetic.add sum c
                | _ -> collected[e] <- c

        Array.iter2 (fun o c -> Option.iter (give o) c) outputs cotangents
        let called = HashSet<Call<Expr>>(HashIdentity.Reference)
        // A call is differentiated when the last of its results in reverse order comes by: by then every cotangent of its results has arrived.
        let remaining = Dictionary<Call<Expr>, int>(HashIdentity.Reference)

        for e in order do
            if not (stops.Contains e) then
                match nodeOf e with
                | Result(call, _) ->
                    match remaining.TryGetValue call with
                    | true, n -> remaining[call] <- n + 1
                    | _ -> remaining[call] <- 1
                | _ -> ()

        for i = order.Count - 1 downto 0 do
            let e = order[i]

            if live.Contains e && not (stops.Contains e) then
                match nodeOf e with
                | Result(call, _) ->
                    remaining[call] <- remaining[call] - 1

                    if remaining[call] = 0 && called.Add call then
                        let gs =
                            call.Results
                            |> Array.map (fun r ->
                                match collected.TryGetValue r with
                                | true, g -> Some g
                                | _ -> None)

                        if gs |> Array.exists Option.isSome then
                            let cs = call.Routine.Vjp(call.Operands, call.Results, gs)
                            Array.iter2 (fun o c -> Option.iter (give o) c) call.Operands cs
                | node ->
                    match collected.TryGetValue e with
                    | true, g -> rule node e g give
                    | _ -> ()

        inputs
        |> Array.map (fun x ->
            match collected.TryGetValue x with
            | true, g -> Some g
            | _ -> None)

    let vjp (outputs: Expr[]) (cotangents: Expr option[]) (inputs: Expr[]) : Expr option[] =
        vjpWith (fun e -> e.Node) outputs cotangents inputs
