/// Fusion and schedule: a simplified graph is cut into steps. Pointwise nodes of one size and one level form one loop nest, which may write several results;
/// reductions take what they fold as a prologue; routines stand alone. Loop nests are plain data: the interpreter and the emitters read them.
///
/// Coming in: a graph that `Graph.check` accepts. Going out: steps in an order in which every base is written before it is read. A base is a piece of memory:
/// an input buffer or the contiguous result of a step. Always holds: which nodes share a kernel never changes a bit of any of them.
namespace Torch.Core

open System
open System.Collections.Generic
open System.Text
open Torch.Kernels

/// Where elements lie: a base, and from its start a byte offset and byte strides for the dimensions at hand.
[<Struct; NoComparison>]
type View =
    { Base: int
      Offset: int64
      Strides: int64[] }

/// One value of a loop nest's body, by the number of its line.
type Instruction =
    | Load of View * ElementType
    /// A number of the plan, read in a type.
    | Scalar of slot: int * ElementType
    /// start + step * index along a dimension.
    | Position of dim: int * start: int64 * step: int64
    | Compute of Operator * ElementType * args: int[]
    | Convert of source: ElementType * target: ElementType * arg: int

/// A value that is written to a view for each element.
[<NoComparison>]
type Store = { Value: int; Target: View; Type: ElementType }

/// A value that is folded over the reduced dimensions; the target's strides are zero along them.
[<NoComparison; ReferenceEquality>]
type Folding =
    { Value: int
      Combine: Operator
      Identity: Literal
      Type: ElementType
      Target: View }

/// A loop nest: domain, body, effects.
[<NoComparison; ReferenceEquality>]
type LoopNest =
    { Sizes: int64[]
      Body: Instruction[]
      Stores: Store[]
      /// Empty for a pointwise kernel.
      Reduced: bool[]
      Folds: Folding[] }

[<NoComparison; ReferenceEquality>]
type Operand = { View: View; Sizes: int64[]; Type: ElementType }

type Step =
    | Loop of LoopNest
    | Invoke of Routine * operands: Operand[] * results: Operand[]
    /// Copies a view into a whole base, before a region of it is written.
    | Copy of source: Operand * target: Operand

/// What is made by a schedule: steps, the bases' sizes in bytes (inputs first, which are given), and where each output lies.
[<NoComparison; ReferenceEquality>]
type Schedule =
    { Steps: Step[]
      Inputs: int
      BaseBytes: int64[]
      /// For each of the graph's outputs its view.
      Outputs: Operand[] }

[<RequireQualifiedAccess>]
module Schedule =
    /// The kernel that a pointwise node or a reduction belongs to.
    type private Group =
        | Pointwise of level: int * sizes: int64[]
        | Folds of level: int * sizes: int64[] * dims: int[]
        | Alone of node: int

    /// The longest chain of pointwise nodes in one kernel: past it a kernel gains nothing.
    [<Literal>]
    let private longestChain = 256

    let private bytes (d: DType) (elements: int64[]) = elements |> Array.map (fun s -> s * int64 d.Size)

    /// The view under a movement, where strides can say it.
    let private moved (graph: Graph) (m: Movement) (x: int) (node: GraphNode) (v: View) : View voption =
        let source = graph.Nodes[x]
        let size = int64 source.DType.Size
        let contiguous (d: DType) sizes = bytes d (Shape.contiguous sizes)
        let isContiguous () = Shape.isContiguous source.Sizes (v.Strides |> Array.map (fun s -> s / size))

        match m with
        | Reshape ->
            // Strides of bytes are as good as strides of elements here; only their ratios matter.
            match Shape.view source.Sizes v.Strides node.Sizes with
            | ValueSome s -> ValueSome { v with Strides = s }
            | ValueNone -> ValueNone
        | Permute p -> ValueSome { v with Strides = p |> Array.map (fun d -> v.Strides[d]) }
        | Expand ->
            let lead = node.Sizes.Length - source.Sizes.Length

            ValueSome
                { v with
                    Strides =
                        Array.init node.Sizes.Length (fun d ->
                            if d < lead || (source.Sizes[d - lead] = 1L && node.Sizes[d] <> 1L) then 0L else v.Strides[d - lead]) }
        | Slice(start, step) ->
            ValueSome
                { v with
                    Offset = Array.fold2 (fun acc s t -> acc + s * t) v.Offset start v.Strides
                    Strides = Array.map2 (*) v.Strides step }
        | Strided(offset, strides) ->
            if isContiguous () then
                ValueSome
                    { v with
                        Offset = v.Offset + offset * size
                        Strides = bytes node.DType strides }
            else
                ValueNone
        | Reinterpret ->
            if isContiguous () then
                ValueSome { v with Strides = contiguous node.DType node.Sizes }
            else
                ValueNone

    /// Which nodes must lie in memory, and the movements that force a copy of their operand. A movement whose operand lies badly is served by
    /// a contiguous copy of it, which a kernel of its own makes.
    let build (graph: Graph) : Schedule =
        let nodes = graph.Nodes
        let n = nodes.Length
        let uses = Simplify.uses graph
        let isOutput = Array.zeroCreate<bool> n

        for o in graph.Outputs do
            isOutput[o] <- true

        // ---- Bases: inputs first.
        let baseBytes = List<int64>()
        let mutable inputs = 0

        for node in nodes do
            match node.Node with
            | Data _ -> inputs <- max inputs (node.Layout.Buffer + 1)
            | _ -> ()

        for _ in 1..inputs do
            baseBytes.Add 0L

        let newBase (d: DType) (sizes: int64[]) =
            baseBytes.Add(Shape.count sizes * int64 d.Size)
            baseBytes.Count - 1

        let newView (d: DType) (sizes: int64[]) =
            { Base = newBase d sizes
              Offset = 0L
              Strides = bytes d (Shape.contiguous sizes) }

        // ---- Who must lie in memory. Users of pointwise values that are not pointwise themselves need memory.
        let required = Array.zeroCreate<bool> n

        for i in 0 .. n - 1 do
            match nodes[i].Node with
            | Result(call, _) ->
                for o in call.Operands do
                    required[o] <- true
            | Move(_, x) -> required[x] <- true
            | Write(t, _, _) -> required[t] <- true
            | _ -> ()

        for o in graph.Outputs do
            required[o] <- true

        let isPointwise i =
            match nodes[i].Node with
            | Map _
            | Cast _
            | Iota _
            | Fill _ -> true
            | _ -> false

        // ---- Levels: a kernel of level k reads only what lies in memory once all lower levels are done.
        let level = Array.zeroCreate<int> n
        // The level at which a value can be read from memory.
        let ready = Array.zeroCreate<int> n
        // How many pointwise nodes in a row lead here within the level.
        let chain = Array.zeroCreate<int> n
        let views = Array.create<View voption> n ValueNone
        // Movements that need a contiguous copy of their operand first.
        let copies = Dictionary<int, View>()
        let needsCopy = Array.zeroCreate<bool> n

        // How each node would lie in memory; which base that will be is decided below.
        let shapes =
            let shapes = Array.zeroCreate<View> n

            for i in 0 .. n - 1 do
                let node = nodes[i]
                let unplaced strides = { Base = -1; Offset = 0L; Strides = bytes node.DType strides }

                shapes[i] <-
                    match node.Node with
                    | Data _ -> unplaced node.Layout.Strides
                    | Fill _ -> unplaced (Array.zeroCreate node.Sizes.Length)
                    | Move(m, x) ->
                        match moved graph m x node shapes[x] with
                        | ValueSome v -> v
                        | ValueNone ->
                            needsCopy[i] <- true
                            (moved graph m x node { Base = -1; Offset = 0L; Strides = bytes nodes[x].DType (Shape.contiguous nodes[x].Sizes) }).Value
                    | _ -> unplaced (Shape.contiguous node.Sizes)

            shapes

        for i in 0 .. n - 1 do
            let node = nodes[i]

            match node.Node with
            | Fill _ ->
                // A number needs no memory unless somebody wants an address: then one element serves for all.
                level[i] <- 0
                ready[i] <- 1
            | Iota _ ->
                level[i] <- 0
                ready[i] <- 1
            | Data _ ->
                views[i] <-
                    ValueSome
                        { Base = node.Layout.Buffer
                          Offset = node.Layout.Offset * int64 node.DType.Size
                          Strides = bytes node.DType node.Layout.Strides }
            | Unknown -> Fault.inside "a variable was scheduled"
            | Map _
            | Cast _ ->
                let operands = Node.operands node.Node

                for o in operands do
                    level[i] <- max level[i] (if isPointwise o then level[o] else ready[o])

                for o in operands do
                    if isPointwise o && level[o] = level[i] then chain[i] <- max chain[i] (chain[o] + 1)

                if chain[i] > longestChain then
                    // The kernel ends here: its last values go to memory and the next kernel goes on from them.
                    for o in operands do
                        if isPointwise o && level[o] = level[i] then required[o] <- true

                    chain[i] <- 0
                    level[i] <- level[i] + 1

                ready[i] <- level[i] + 1
            | Move(_, x) ->
                level[i] <- ready[x]
                ready[i] <- if needsCopy[i] then ready[x] + 1 else ready[x]
            | Write(t, _, v) ->
                level[i] <- max ready[t] ready[v]
                ready[i] <- level[i] + 1
            | Reduce(_, _, x) ->
                level[i] <- if isPointwise x && uses[x] = 1 then level[x] else ready[x]
                ready[i] <- level[i] + 1
            | Result(call, _) ->
                for o in call.Operands do
                    level[i] <- max level[i] ready[o]

                ready[i] <- level[i] + 1

        // ---- Kernels of pointwise nodes: a value that all its users take in one kernel stays in a register there; otherwise it lies in memory.
        let groupOf i =
            match nodes[i].Node with
            | Reduce(_, dims, x) -> Folds(level[i], nodes[x].Sizes, dims)
            | Map _
            | Cast _
            | Iota _ -> Pointwise(level[i], nodes[i].Sizes)
            | _ -> Alone i

        let users = Array.init n (fun _ -> List<int>())

        for i in 0 .. n - 1 do
            for o in Node.operands nodes[i].Node do
                users[o].Add i

        let inMemory = Array.zeroCreate<bool> n
        // For a value in a register: the group that computes it.
        let home = Array.create<Group voption> n ValueNone

        for i = n - 1 downto 0 do
            match nodes[i].Node with
            | Data _ -> inMemory[i] <- true
            | Move _
            | Write _
            | Reduce _
            | Result _ ->
                inMemory[i] <- true
                home[i] <- ValueSome(groupOf i)
            | Unknown -> ()
            | Fill _ -> inMemory[i] <- required[i]
            | Iota _ ->
                inMemory[i] <- required[i]
                home[i] <- ValueSome(groupOf i)
            | Map _
            | Cast _ ->
                let groups =
                    users[i]
                    |> Seq.map (fun u ->
                        match nodes[u].Node with
                        | Map _
                        | Cast _ -> if home[u].IsSome then home[u].Value else Alone u
                        | _ -> groupOf u)
                    |> Seq.distinct
                    |> Seq.toArray

                match groups with
                | [| g |] when not required[i] -> home[i] <- ValueSome g
                | _ ->
                    inMemory[i] <- true
                    home[i] <- ValueSome(groupOf i)

        // ---- Views of everything that lies in memory.
        let donated = HashSet<int>()

        for i in 0 .. n - 1 do
            let node = nodes[i]

            if views[i].IsNone && inMemory[i] then
                match node.Node with
                | Move(m, x) ->
                    if needsCopy[i] then
                        copies[i] <- newView nodes[x].DType nodes[x].Sizes
                        views[i] <- moved graph m x node copies[i]
                    else
                        views[i] <- ValueSome { shapes[i] with Base = views[x].Value.Base; Offset = views[x].Value.Offset + shapes[i].Offset - shapes[x].Offset }
                | Fill _ ->
                    let one = newView node.DType [||]
                    views[i] <- ValueSome { one with Strides = Array.zeroCreate node.Sizes.Length }
                | Write(t, _, _) ->
                    // The target's memory is taken over where nobody else wants it: a chain of writes makes one copy at most.
                    let mine (x: int) =
                        match nodes[x].Node with
                        | Write _ -> uses[x] = 1 && not isOutput[x]
                        | _ -> false

                    if mine t then
                        donated.Add i |> ignore
                        views[i] <- views[t]
                    else
                        views[i] <- ValueSome(newView node.DType node.Sizes)
                | _ -> views[i] <- ValueSome(newView node.DType node.Sizes)

        // ---- Bodies.
        let body (inline': int -> bool) =
            let lines = List<Instruction>()
            let values = Dictionary<int, int>()
            // Values of half types, widened to the type that kernels compute in.
            let widened = Dictionary<int, int>()

            let add (line: Instruction) =
                lines.Add line
                lines.Count - 1

            let wide (d: DType) (value: int) =
                if d.Compute = d then
                    value
                else
                    match widened.TryGetValue value with
                    | true, w -> w
                    | _ ->
                        let w = add (Convert(d.Element, d.Compute.Element, value))
                        widened[value] <- w
                        w

            /// Rounds a computed value to the node's type.
            let narrow (d: DType) (value: int) =
                if d.Compute = d then value else add (Convert(d.Compute.Element, d.Element, value))

            let rec lane (args: struct (int * ElementType)[]) (l: Lane) : struct (int * ElementType) =
                match l with
                | Arg k -> args[k]
                | Lit _ -> Fault.inside "literals of words are operands of Fill"
                | Apply(op, parts) ->
                    let parts = parts |> List.map (lane args) |> List.toArray
                    let struct (_, t) = parts[parts.Length - 1]
                    struct (add (Compute(op, t, parts |> Array.map (fun (struct (v, _)) -> v))), op.Result t)

            /// A number in the type that kernels compute in.
            let scalar (i: int) : int =
                let key = -1 - i

                match values.TryGetValue key with
                | true, v -> v
                | _ ->
                    let v = add (Scalar(nodes[i].Slot, nodes[i].DType.Compute.Element))
                    values[key] <- v
                    v

            let isFill i =
                match nodes[i].Node with
                | Fill _ -> true
                | _ -> false

            /// The line of one node whose operands have theirs.
            let compute (i: int) : unit =
                let node = nodes[i]
                let wideValue a = if isFill a then scalar a else wide nodes[a].DType values[a]

                values[i] <-
                    match node.Node with
                    | Fill _ -> narrow node.DType (scalar i)
                    | _ when not (inline' i) -> add (Load(views[i].Value, node.DType.Element))
                    | Iota(d, start, step) -> add (Position(d, start, step))
                    | Map(word, args) ->
                        let args = args |> Array.map (fun a -> struct (wideValue a, nodes[a].DType.Compute.Element))
                        let struct (r, t) = lane args word.Lane
                        let r = if t = node.DType.Compute.Element then r else add (Convert(t, node.DType.Compute.Element, r))
                        narrow node.DType r
                    | Cast x -> add (Convert(nodes[x].DType.Element, node.DType.Element, values[x]))
                    | _ -> Fault.inside $"node {i} cannot be computed in a loop nest"

            /// The line of a node; what it needs inside the kernel comes first, in the graph's order.
            let value (root: int) : int =
                let needed = SortedSet<int>()
                let stack = Stack<int>()
                stack.Push root

                while stack.Count > 0 do
                    let i = stack.Pop()

                    if not (values.ContainsKey i) && needed.Add i && inline' i then
                        for o in Node.operands nodes[i].Node do
                            // Numbers of words are read as scalars; a cast wants the value itself.
                            match nodes[i].Node with
                            | Map _ when isFill o -> ()
                            | _ -> stack.Push o

                for i in needed do
                    compute i

                values[root]

            struct (lines, value)

        let domainOf (sizes: int64[]) = if sizes.Length = 0 then [| 1L |] else sizes
        let strided (sizes: int64[]) (v: View) = if sizes.Length = 0 then { v with Strides = [| 0L |] } else v

        let fixRank (sizes: int64[]) (lines: List<Instruction>) =
            if sizes.Length > 0 then
                lines.ToArray()
            else
                lines
                |> Seq.map (function
                    | Load(v, t) -> Load(strided sizes v, t)
                    | line -> line)
                |> Seq.toArray

        let operandOf i : Operand =
            { View = views[i].Value
              Sizes = nodes[i].Sizes
              Type = nodes[i].DType.Element }

        // ---- Steps by level.
        let timed = List<struct (int * int * Step list)>()
        let emit level order steps = timed.Add(struct (level, order, steps))

        let pointwiseKernel (members: int[]) (targets: View[]) : Step =
            let sizes = nodes[members[0]].Sizes
            let set = HashSet<int>(members)
            let struct (lines, value) = body (fun i -> set.Contains i || (not inMemory[i] && isPointwise i))

            let stores =
                Array.map2
                    (fun i target ->
                        { Value = value i
                          Target = strided sizes target
                          Type = nodes[i].DType.Element })
                    members
                    targets

            Loop
                { Sizes = domainOf sizes
                  Body = fixRank sizes lines
                  Stores = stores
                  Reduced = [||]
                  Folds = [||] }

        let groups = Dictionary<Group, List<int>>(HashIdentity.Structural)

        for i in 0 .. n - 1 do
            if inMemory[i] then
                match nodes[i].Node with
                | Map _
                | Cast _
                | Iota _
                | Reduce _ ->
                    let g = groupOf i

                    match groups.TryGetValue g with
                    | true, l -> l.Add i
                    | _ -> groups[g] <- List [ i ]
                | _ -> ()

        let invoked = HashSet<Call<int>>(HashIdentity.Reference)
        let resultNodes = Dictionary<struct (Call<int> * int), int>(HashIdentity.Structural)

        for i in 0 .. n - 1 do
            match nodes[i].Node with
            | Result(call, k) -> resultNodes[struct (call, k)] <- i
            | _ -> ()

        for i in 0 .. n - 1 do
            let node = nodes[i]

            if inMemory[i] then
                match node.Node with
                | Data _
                | Unknown -> ()
                | Fill _ ->
                    // One element in memory.
                    let b = List<Instruction>()
                    b.Add(Scalar(node.Slot, node.DType.Compute.Element))

                    if node.DType.Compute <> node.DType then
                        b.Add(Convert(node.DType.Compute.Element, node.DType.Element, 0))

                    emit
                        0
                        i
                        [ Loop
                              { Sizes = [| 1L |]
                                Body = b.ToArray()
                                Stores =
                                  [| { Value = b.Count - 1
                                       Target = { views[i].Value with Strides = [| 0L |] }
                                       Type = node.DType.Element } |]
                                Reduced = [||]
                                Folds = [||] } ]
                | Map _
                | Cast _
                | Iota _ ->
                    let members = groups[groupOf i]

                    if members[0] = i then
                        let members = members.ToArray()
                        emit level[i] i [ pointwiseKernel members (members |> Array.map (fun m -> views[m].Value)) ]
                | Move(_, x) ->
                    match copies.TryGetValue i with
                    | true, copy -> emit ready[x] i [ Copy(operandOf x, { operandOf x with View = copy }) ]
                    | _ -> ()
                | Write(t, region, v) ->
                    let target = views[i].Value
                    let size = int64 node.DType.Size

                    let place =
                        { Base = target.Base
                          Offset = target.Offset + region.Offset * size
                          Strides = bytes node.DType region.Strides }

                    let prepare =
                        if donated.Contains i then
                            []
                        else
                            [ Copy(operandOf t, operandOf i) ]

                    let sizes = nodes[v].Sizes
                    let struct (lines, value) = body (fun j -> not inMemory[j] && isPointwise j)
                    let written = value v

                    emit
                        level[i]
                        i
                        (prepare
                         @ [ Loop
                                 { Sizes = domainOf sizes
                                   Body = fixRank sizes lines
                                   Stores =
                                     [| { Value = written
                                          Target = strided sizes place
                                          Type = node.DType.Element } |]
                                   Reduced = [||]
                                   Folds = [||] } ])
                | Reduce(_, dims, x) ->
                    let members = groups[groupOf i]

                    if members[0] = i then
                        let sizes = nodes[x].Sizes
                        let rank = sizes.Length
                        let isReduced d = Array.contains d dims
                        // The last dimension that is not trivial decides the form; sizes and dims alone, so that layouts change no bit.
                        let last = [| 0 .. rank - 1 |] |> Array.tryFindBack (fun d -> sizes[d] <> 1L) |> Option.defaultValue (rank - 1)
                        let kept = [| for d in 0 .. rank - 1 do if not (isReduced d) then d |]

                        let order =
                            if isReduced last then
                                Array.append kept dims
                            else
                                Array.concat [ kept |> Array.filter (fun d -> d <> last); dims; [| last |] ]

                        let permuted (v: View) = { v with Strides = order |> Array.map (fun d -> v.Strides[d]) }
                        let struct (lines, value) = body (fun j -> not inMemory[j] && isPointwise j)

                        let folds =
                            members
                            |> Seq.map (fun m ->
                                match nodes[m].Node with
                                | Reduce(r, _, x) ->
                                    let target = views[m].Value

                                    let target =
                                        { target with
                                            Strides = target.Strides |> Array.mapi (fun d s -> if isReduced d then 0L else s) }

                                    { Value = value x
                                      Combine = r.Combine
                                      Identity = r.Identity nodes[m].DType
                                      Type = nodes[m].DType.Element
                                      Target = permuted target }
                                | _ -> Fault.inside "a group of reductions holds something else")
                            |> Seq.toArray

                        let permutedLines =
                            lines
                            |> Seq.map (function
                                | Load(v, t) -> Load(permuted v, t)
                                | Position(d, s, t) -> Position(Array.IndexOf(order, d), s, t)
                                | line -> line)
                            |> Seq.toArray

                        // After the pointwise kernels of the level: what they store may be part of a prologue.
                        emit
                            level[i]
                            (n + i)
                            [ Loop
                                  { Sizes = order |> Array.map (fun d -> sizes[d])
                                    Body = permutedLines
                                    Stores = [||]
                                    Reduced = order |> Array.map isReduced
                                    Folds = folds } ]
                | Result(call, _) ->
                    if invoked.Add call then
                        // Results that nobody asked for need memory all the same.
                        let results =
                            call.Signatures
                            |> Array.mapi (fun k s ->
                                match resultNodes.TryGetValue(struct (call, k)) with
                                | true, j -> operandOf j
                                | _ ->
                                    { View = newView s.DType s.Sizes
                                      Sizes = s.Sizes
                                      Type = s.DType.Element })

                        emit level[i] i [ Invoke(call.Routine, call.Operands |> Array.map operandOf, results) ]

        let steps =
            timed
            |> Seq.sortBy (fun (struct (l, o, _)) -> struct (l, o))
            |> Seq.collect (fun (struct (_, _, s)) -> s)
            |> Seq.toArray

        { Steps = steps
          Inputs = inputs
          BaseBytes = baseBytes.ToArray()
          Outputs = graph.Outputs |> Array.map operandOf }

    /// The views that a step reads, and those that it writes.
    let effects (step: Step) : struct (View list * View list) =
        match step with
        | Loop nest ->
            struct ([ for line in nest.Body do
                          match line with
                          | Load(v, _) -> v
                          | _ -> () ],
                    [ for s in nest.Stores do s.Target
                      for f in nest.Folds do f.Target ])
        | Invoke(_, operands, results) -> struct ([ for o in operands -> o.View ], [ for r in results -> r.View ])
        | Copy(source, target) -> struct ([ source.View ], [ target.View ])

    /// A readable line for each step.
    let print (s: Schedule) : string =
        let text = StringBuilder()
        let view (v: View) = $"b{v.Base}+{v.Offset}{Shape.show v.Strides}"

        s.Steps
        |> Array.iteri (fun i step ->
            match step with
            | Loop nest ->
                let kind = if nest.Folds.Length = 0 then "map" else "reduce"
                let names =
                    [ for line in nest.Body do
                          match line with
                          | Compute(op, _, _) -> op.Name
                          | Convert(_, t, _) -> "to " + string t
                          | Load(v, _) -> view v
                          | Scalar(slot, _) -> $"#{slot}"
                          | Position _ -> "position" ]

                let targets = [ for x in nest.Stores do view x.Target
                                for f in nest.Folds do f.Combine.Name + " " + view f.Target ]
                text.AppendLine($"""{i}: {kind} {Shape.show nest.Sizes} {String.Join(", ", names)} -> {String.Join(", ", targets)}""") |> ignore
            | Invoke(r, operands, results) ->
                text.AppendLine($"""{i}: {r.Name} {String.Join(", ", operands |> Array.map (fun o -> view o.View))} -> {String.Join(", ", results |> Array.map (fun o -> view o.View))}""")
                |> ignore
            | Copy(a, b) -> text.AppendLine($"{i}: copy {view a.View} -> {view b.View}") |> ignore)

        text.ToString()
