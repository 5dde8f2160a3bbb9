/// A pending graph, captured: a linear numbering of the expressions that the roots need, with the memory and the numbers it reads abstracted to slots.
/// Coming in: roots. Going out: the graph, what its slots hold this time, and the expressions that the numbers stand for. Always holds: operands come
/// before users; two captures with equal keys are the same computation on other inputs.
namespace Torch.Core

open System
open System.Collections.Generic
open System.Text
open Torch.Kernels

/// How an input's memory lies: offset and strides in elements, and which of the graph's buffers it is (inputs may share one).
[<Struct>]
type Layout =
    { Buffer: int
      Offset: int64
      Strides: int64[] }

/// A node of a captured graph. `Slot` numbers the graph's inputs (for Data) or its numbers (for Fill); -1 otherwise.
[<Struct; NoEquality; NoComparison>]
type GraphNode =
    { Node: Node<int>
      Sizes: int64[]
      DType: DType
      Slot: int
      Layout: Layout }

/// A captured graph.
[<NoEquality; NoComparison>]
type Graph =
    { Nodes: GraphNode[]
      /// Nodes whose values are kept.
      Outputs: int[] }

/// What identifies a plan: compared exactly, field by field; words, reductions and operators by identity.
[<Sealed>]
type PlanKey(numbers: int64[], words: obj[], attrs: Attr list[]) =
    let hash =
        let mutable h = HashCode()

        for n in numbers do
            h.Add n

        for w in words do
            h.Add(LanguagePrimitives.PhysicalHash w)

        for a in attrs do
            h.Add(List.length a)

        h.ToHashCode()

    member _.Numbers = numbers
    member _.Words = words
    member _.Attrs = attrs
    override _.GetHashCode() = hash

    override _.Equals(other) =
        match other with
        | :? PlanKey as k ->
            k.GetHashCode() = hash
            && numbers.AsSpan().SequenceEqual(ReadOnlySpan k.Numbers)
            && words.Length = k.Words.Length
            && Array.forall2 (fun (a: obj) b -> Object.ReferenceEquals(a, b)) words k.Words
            && attrs.Length = k.Attrs.Length
            && Array.forall2 (=) attrs k.Attrs
        | _ -> false

/// A capture: the graph, and what stands behind its numbers this time.
[<NoEquality; NoComparison>]
type Capture =
    { Graph: Graph
      Key: PlanKey
      Expressions: Expr[]
      /// The buffers that Data nodes lie in, by `Layout.Buffer`.
      Buffers: NativeBuffer[]
      /// The numbers of Fill nodes with the dtype that kernels read them in, by slot.
      Numbers: struct (Literal * DType)[] }

[<RequireQualifiedAccess>]
module Graph =
    /// A readable line for each node.
    let print (g: Graph) : string =
        let text = StringBuilder()

        g.Nodes
        |> Array.iteri (fun i n ->
            let operands = Node.operands n.Node |> Array.map (fun o -> $"%%{o}") |> String.concat ", "

            let name =
                match n.Node with
                | Data _ -> $"input {n.Slot} strides={Shape.show n.Layout.Strides} offset={n.Layout.Offset}"
                | Fill _ -> $"number {n.Slot}"
                | node -> Node.name node

            let kept = if Array.contains i g.Outputs then " kept" else ""
            text.AppendLine $"%%{i}: {n.DType.Name}{Shape.show n.Sizes} = {name} {operands}{kept}" |> ignore)

        text.ToString()

    /// The graph as DOT.
    let dot (g: Graph) : string =
        let text = StringBuilder "digraph G {\n  node [shape=box, fontname=monospace];\n"

        g.Nodes
        |> Array.iteri (fun i n ->
            let style = if Array.contains i g.Outputs then ", style=bold" else ""
            text.AppendLine $"  n{i} [label=\"{Node.name n.Node}\\n{n.DType.Name} {Shape.show n.Sizes}\"{style}];" |> ignore

            for o in Node.operands n.Node do
                text.AppendLine $"  n{o} -> n{i};" |> ignore)

        text.Append("}\n").ToString()

    /// What must hold of every graph between passes; the first violation is reported.
    let check (stage: string) (g: Graph) : unit =
        g.Nodes
        |> Array.iteri (fun i n ->
            for o in Node.operands n.Node do
                if o < 0 || o >= i then
                    Fault.inside $"{stage}: node {i} uses {o}, which does not come before it"

            match n.Node with
            | Map(_, args) ->
                for a in args do
                    if g.Nodes[a].Sizes <> n.Sizes then
                        Fault.inside $"{stage}: operand {a} of node {i} has sizes {Shape.show g.Nodes[a].Sizes}, not {Shape.show n.Sizes}"
            | Cast x when g.Nodes[x].Sizes <> n.Sizes -> Fault.inside $"{stage}: cast {i} changes sizes"
            | Move(Reshape, x) when Shape.count g.Nodes[x].Sizes <> Shape.count n.Sizes -> Fault.inside $"{stage}: reshape {i} changes the count"
            | Data _ when n.Slot < 0 -> Fault.inside $"{stage}: input {i} has no slot"
            | _ -> ())

        for o in g.Outputs do
            if o < 0 || o >= g.Nodes.Length then
                Fault.inside $"{stage}: output {o} does not exist"

    let private none = { Buffer = -1; Offset = 0L; Strides = [||] }

    /// Captures what the roots need. Kept are the roots, pinned expressions, and those that were computed before without being kept and are needed anew.
    let capture (roots: Expr seq) : Capture =
        let order = List<Expr>()
        let nodes = List<Node<Expr>>()
        let numbers = Dictionary<Expr, int>(HashIdentity.Reference)
        let stack = Stack<struct (Expr * Node<Expr> * bool)>()
        let entered = HashSet<Expr>(HashIdentity.Reference)

        for root in roots do
            stack.Push(struct (root, root.Node, false))

            while stack.Count > 0 do
                // The node is read once: another thread may evaluate the expression meanwhile.
                let struct (e, node, leaving) = stack.Pop()

                if leaving then
                    numbers[e] <- order.Count
                    order.Add e
                    nodes.Add node
                elif entered.Add e then
                    stack.Push(struct (e, node, true))
                    let operands = Node.operands node

                    for i = operands.Length - 1 downto 0 do
                        if not (entered.Contains operands[i]) then
                            stack.Push(struct (operands[i], operands[i].Node, false))

        let exprs = order.ToArray()
        let buffers = List<NativeBuffer>()
        let bufferNumbers = Dictionary<NativeBuffer, int>(HashIdentity.Reference)
        let fills = List<struct (Literal * DType)>()
        let calls = Dictionary<Call<Expr>, struct (int * Call<int>)>(HashIdentity.Reference)
        let mutable inputs = 0
        let key = List<int64>()
        let words = List<obj>()
        let attrs = List<Attr list>()
        let n (i: int) = key.Add(int64 i)

        let many (xs: int64[]) =
            key.Add(int64 xs.Length)
            key.AddRange xs

        let ints (xs: int[]) =
            key.Add(int64 xs.Length)

            for x in xs do
                key.Add(int64 x)

        let graphNodes =
            Array.init exprs.Length (fun i ->
                let e = exprs[i]
                n (int e.DType.Element)
                many e.Sizes
                let at (x: Expr) = numbers[x]

                let node, slot, layout =
                    match nodes[i] with
                    | Fill l ->
                        n 0
                        // Numbers are inputs; the type they are read in is structure.
                        n (if e.IsNumber then 1 else 0)
                        fills.Add(struct (l, e.DType.Compute))
                        Fill(Int 0L), fills.Count - 1, none
                    | Iota(d, start, step) ->
                        n 1
                        n d
                        key.Add start
                        key.Add step
                        Iota(d, start, step), -1, none
                    | Data m ->
                        n 2

                        let b =
                            match bufferNumbers.TryGetValue m.Buffer with
                            | true, b -> b
                            | _ ->
                                bufferNumbers[m.Buffer] <- buffers.Count
                                buffers.Add m.Buffer
                                buffers.Count - 1

                        n b
                        key.Add m.Offset
                        many m.Strides
                        inputs <- inputs + 1
                        Data null, inputs - 1, { Buffer = b; Offset = m.Offset; Strides = m.Strides }
                    | Unknown ->
                        if e.Device = Device.Meta then
                            Fault.unsupported "Cannot copy out of meta tensor; no data!"
                        else
                            Fault.inside "a variable of a transformation was evaluated"
                    | Map(w, args) ->
                        n 3
                        words.Add w
                        let args = Array.map at args
                        ints args
                        Map(w, args), -1, none
                    | Cast x ->
                        n 4
                        n (at x)
                        Cast(at x), -1, none
                    | Move(m, x) ->
                        n 5
                        n (at x)

                        match m with
                        | Reshape -> n 0
                        | Permute p ->
                            n 1
                            ints p
                        | Expand -> n 2
                        | Slice(start, step) ->
                            n 3
                            many start
                            many step
                        | Strided(offset, strides) ->
                            n 4
                            key.Add offset
                            many strides
                        | Reinterpret -> n 5

                        Move(m, at x), -1, none
                    | Write(t, r, v) ->
                        n 6
                        n (at t)
                        n (at v)
                        key.Add r.Offset
                        many r.Strides
                        Write(at t, r, at v), -1, none
                    | Reduce(r, dims, x) ->
                        n 7
                        words.Add r
                        ints dims
                        n (at x)
                        Reduce(r, dims, at x), -1, none
                    | Result(call, k) ->
                        n 8
                        n k

                        let struct (number, c) =
                            match calls.TryGetValue call with
                            | true, known -> known
                            | _ ->
                                let c = Call<int>(call.Routine, Array.map at call.Operands, call.Signatures)
                                calls[call] <- struct (calls.Count, c)
                                calls[call]

                        words.Add(String.Intern call.Routine.Name)
                        attrs.Add call.Routine.Attrs
                        ints c.Operands
                        // Which call this is a result of: two calls with equal attributes stay two.
                        n number
                        Result(c, k), -1, none

                { Node = node
                  Sizes = e.Sizes
                  DType = e.DType
                  Slot = slot
                  Layout = layout })

        let kept = HashSet<int>()

        for r in roots do
            kept.Add numbers[r] |> ignore

        let fresh = Array.init exprs.Length (fun i -> exprs[i].Visits = 0)

        for i in 0 .. exprs.Length - 1 do
            if exprs[i].Pins > 0 then kept.Add i |> ignore

            if fresh[i] then
                for o in Node.operands graphNodes[i].Node do
                    // Computed once already, thrown away, and asked for again: this time it stays.
                    if not fresh[o] then kept.Add o |> ignore

        let outputs =
            kept
            |> Seq.filter (fun i ->
                match nodes[i] with
                | Data _
                | Fill _ -> false
                | _ -> true)
            |> Seq.sort
            |> Seq.toArray

        ints outputs

        { Graph = { Nodes = graphNodes; Outputs = outputs }
          Key = PlanKey(key.ToArray(), words.ToArray(), attrs.ToArray())
          Expressions = exprs
          Buffers = buffers.ToArray()
          Numbers = fills.ToArray() }
