/// The simplifier: a captured graph to a smaller one that means the same, bit for bit. Two named passes: `share` gives equal nodes one number,
/// `sink` moves movements below pointwise nodes towards memory, where they cost nothing. Rules that would change rounding have no place here.
namespace Torch.Core

open System
open System.Collections.Generic

[<RequireQualifiedAccess>]
module Simplify =
    /// Rebuilds a graph node by node: `step` gets the builder and the node with renumbered operands, and returns the number that stands for it.
    let private rebuild (g: Graph) (step: List<GraphNode> -> int -> GraphNode -> int) : Graph =
        let out = List<GraphNode>()
        let number = Array.zeroCreate g.Nodes.Length
        // Calls are rebuilt once and shared by their results.
        let calls = Dictionary<Call<int>, Call<int>>(HashIdentity.Reference)

        let renumber (node: Node<int>) =
            match node with
            | Fill _
            | Iota _
            | Data _
            | Unknown -> node
            | Map(w, args) -> Map(w, args |> Array.map (fun a -> number[a]))
            | Cast x -> Cast number[x]
            | Move(m, x) -> Move(m, number[x])
            | Write(t, r, v) -> Write(number[t], r, number[v])
            | Reduce(r, dims, x) -> Reduce(r, dims, number[x])
            | Result(call, k) ->
                match calls.TryGetValue call with
                | true, c -> Result(c, k)
                | _ ->
                    let c = Call<int>(call.Routine, call.Operands |> Array.map (fun a -> number[a]), call.Signatures)
                    calls[call] <- c
                    Result(c, k)

        for i in 0 .. g.Nodes.Length - 1 do
            number[i] <- step out i { g.Nodes[i] with Node = renumber g.Nodes[i].Node }

        { Nodes = out.ToArray()
          Outputs = g.Outputs |> Array.map (fun o -> number[o]) }

    /// Exact identity of a node within one graph.
    [<CustomEquality; NoComparison>]
    type private Same =
        { Value: GraphNode }

        override s.GetHashCode() =
            let n = s.Value
            let mutable h = HashCode()
            h.Add(int n.DType.Element)
            h.Add n.Slot

            for z in n.Sizes do
                h.Add z

            for o in Node.operands n.Node do
                h.Add o

            match n.Node with
            | Map(w, _) -> h.Add(LanguagePrimitives.PhysicalHash w)
            | Reduce(r, _, _) -> h.Add(LanguagePrimitives.PhysicalHash r)
            | Move(m, _) -> h.Add(hash m)
            | Result(c, k) ->
                h.Add(c.Routine.Name)
                h.Add k
            | _ -> ()

            h.ToHashCode()

        override s.Equals(other) =
            match other with
            | :? Same as o ->
                let a, b = s.Value, o.Value

                a.DType = b.DType
                && a.Sizes = b.Sizes
                && a.Slot = b.Slot
                && (match a.Node, b.Node with
                    // Slots tell sources apart; equal numbers in two slots stay two, for the next time they may differ.
                    | Fill _, Fill _
                    | Data _, Data _ -> a.Slot = b.Slot
                    | Iota(d, s0, t), Iota(d2, s2, t2) -> d = d2 && s0 = s2 && t = t2
                    | Map(w, x), Map(w2, y) -> Object.ReferenceEquals(w, w2) && x = y
                    | Cast x, Cast y -> x = y
                    | Move(m, x), Move(m2, y) -> x = y && m = m2
                    | Write(t, r, v), Write(t2, r2, v2) -> t = t2 && v = v2 && r = r2
                    | Reduce(r, d, x), Reduce(r2, d2, y) -> Object.ReferenceEquals(r, r2) && d = d2 && x = y
                    | Result(c, k), Result(c2, k2) ->
                        k = k2
                        && (Object.ReferenceEquals(c, c2)
                            || c.Routine.Name = c2.Routine.Name && c.Routine.Attrs = c2.Routine.Attrs && c.Operands = c2.Operands)
                    | _ -> false)
            | _ -> false

    /// Equal nodes become one.
    let share (g: Graph) : Graph =
        let known = Dictionary<Same, int>()

        rebuild g (fun out _ node ->
            let key = { Value = node }

            match known.TryGetValue key with
            | true, i -> i
            | _ ->
                out.Add node
                known[key] <- out.Count - 1
                out.Count - 1)

    /// How often each node is used, outputs included.
    let uses (g: Graph) : int[] =
        let counts = Array.zeroCreate g.Nodes.Length

        for n in g.Nodes do
            for o in Node.operands n.Node do
                counts[o] <- counts[o] + 1

        for o in g.Outputs do
            counts[o] <- counts[o] + 1

        counts

    /// Two movements in a row as one, where there is one. `inner` is the operand of the first, `sizes` those of the second's result.
    let private compose (second: Movement) (first: Movement) (innerSizes: int64[]) (middleSizes: int64[]) (sizes: int64[]) : Movement voption =
        match second, first with
        | Reshape, Reshape -> ValueSome Reshape
        | Permute q, Permute p -> ValueSome(Permute(q |> Array.map (fun d -> p[d])))
        | Slice(s2, t2), Slice(s1, t1) -> ValueSome(Slice(Array.map3 (fun s t x -> s + t * x) s1 t1 s2, Array.map2 (*) t1 t2))
        | Expand, Expand -> ValueSome Expand
        | Reshape, _ when sizes = innerSizes && (match first with Expand -> middleSizes = innerSizes | _ -> false) -> ValueSome Reshape
        | _ -> ValueNone

    /// Movements other than repetition sink below pointwise nodes that nobody else uses: elementwise functions commute with them.
    let sink (g: Graph) : Graph =
        let count = uses g
        // How often a node of the new graph is wanted: only a node that has one user may be rewritten under a movement.
        let single = Dictionary<int, bool>()

        rebuild g (fun out old node ->
            let add (n: GraphNode) (alone: bool) =
                out.Add n
                single[out.Count - 1] <- alone
                out.Count - 1

            let rec moved (m: Movement) (sizes: int64[]) (x: int) (alone: bool) : int =
                let source = out[x]

                if sizes = source.Sizes && (match m with Reshape | Expand -> true | _ -> false) then
                    x
                else
                    match source.Node, m with
                    | _, (Expand | Strided _ | Reinterpret) -> placed m sizes x alone
                    | Map(w, args), _ when single[x] ->
                        let args = args |> Array.map (fun a -> moved m sizes a false)
                        add { source with Node = Map(w, args); Sizes = sizes } alone
                    | Cast y, _ when single[x] -> add { source with Node = Cast(moved m sizes y false); Sizes = sizes } alone
                    | Fill _, _ -> add { source with Sizes = sizes } alone
                    | _ -> placed m sizes x alone

            and placed m sizes x alone =
                let source = out[x]

                match source.Node with
                | Fill _ when (match m with Reinterpret -> false | _ -> true) -> add { source with Sizes = sizes } alone
                | Move(first, y) ->
                    match compose m first out[y].Sizes source.Sizes sizes with
                    | ValueSome Reshape when sizes = out[y].Sizes -> y
                    | ValueSome both -> add { source with Node = Move(both, y); Sizes = sizes } alone
                    | ValueNone -> add { source with Node = Move(m, x); Sizes = sizes } alone
                | _ -> add { source with Node = Move(m, x); Sizes = sizes; Slot = -1 } alone

            let alone = count[old] <= 1

            match node.Node with
            | Move(m, x) when node.DType = out[x].DType -> moved m node.Sizes x alone
            | _ -> add node alone)

    /// Drops what no output needs.
    let prune (g: Graph) : Graph =
        let needed = Array.zeroCreate g.Nodes.Length

        for o in g.Outputs do
            needed[o] <- true

        for i = g.Nodes.Length - 1 downto 0 do
            if needed[i] then
                for o in Node.operands g.Nodes[i].Node do
                    needed[o] <- true

        rebuild g (fun out i node ->
            if needed[i] then
                out.Add node
                out.Count - 1
            else
                -1)

    /// The passes in order, with the names under which they are printed.
    let passes: (string * (Graph -> Graph))[] = [| "share", share; "sink", sink; "share", share; "prune", prune |]
