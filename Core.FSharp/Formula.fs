/// What an operation leaves behind for its derivative: its structure with the values abstracted to slots, the values that its rules mention, and the
/// gradient as a program over both. Coming in: an operation's results and inputs as expressions, before anything is evaluated. Always holds: the formulae
/// are those of `Reverse`; values that no rule mentions are not held; operations of the same structure share one template, so that rules run once
/// for a structure and not once for a call.
namespace Torch.Core

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Runtime.CompilerServices

/// The structure of an operation, compared exactly: words, reductions and reinterpreted memory by identity, routines by name and attributes.
[<Sealed>]
type private StructureKey(numbers: int64[], objects: obj[], attrs: Attr list[]) =
    let hash =
        let mutable h = HashCode()

        for n in numbers do
            h.Add n

        for o in objects do
            h.Add(RuntimeHelpers.GetHashCode o)

        h.ToHashCode()

    member _.Numbers = numbers
    member _.Objects = objects
    member _.Attrs = attrs
    override _.GetHashCode() = hash

    override _.Equals other =
        match other with
        | :? StructureKey as k ->
            k.GetHashCode() = hash
            && numbers.AsSpan().SequenceEqual(ReadOnlySpan k.Numbers)
            && objects.Length = k.Objects.Length
            && Array.forall2 (fun (a: obj) b -> Object.ReferenceEquals(a, b)) objects k.Objects
            && attrs.Length = k.Attrs.Length
            && Array.forall2 (fun (a: Attr list) b -> a = b) attrs k.Attrs
        | _ -> false

/// A node of a gradient program: operands are slots of the operation, then cotangents, then earlier steps.
[<Struct; NoEquality; NoComparison>]
type private GradientStep =
    { Node: Node<int>
      Sizes: int64[]
      Strides: int64[]
      DType: DType
      Device: Device
      IsNumber: bool }

/// The gradient for one pattern of cotangents: which are present, and how they lie.
[<Sealed; NoEquality; NoComparison; AllowNullLiteral>]
type private GradientProgram(cotangents: int64[][], steps: GradientStep[], outputs: int[], mentioned: bool[]) =
    /// Strides of each cotangent; null where none arrives.
    member _.Cotangents = cotangents
    member _.Steps = steps
    /// For each input the value that is its gradient, or -1.
    member _.Outputs = outputs
    /// Slots of the operation that the program reads.
    member _.Mentioned = mentioned

/// An operation's structure: a node for each slot (Unknown: a value from outside), variables that stand for the slots, and the programs so far.
[<Sealed; NoEquality; NoComparison; AllowNullLiteral>]
type private Template(nodes: Node<int>[], variables: Expr[], inputs: int[], wanted: bool[], results: int[]) =
    let nodeOf =
        let calls = Dictionary<Call<int>, Call<Expr>>(HashIdentity.Reference)

        let lift (node: Node<int>) : Node<Expr> =
            let at i = variables[i]

            match node with
            | Fill l -> Fill l
            | Iota(d, start, step) -> Iota(d, start, step)
            | Data m -> Data m
            | Unknown -> Unknown
            | Map(w, args) -> Map(w, Array.map at args)
            | Cast x -> Cast(at x)
            | Move(m, x) -> Move(m, at x)
            | Write(t, r, v) -> Write(at t, r, at v)
            | Reduce(r, dims, x) -> Reduce(r, dims, at x)
            | Result(call, k) ->
                match calls.TryGetValue call with
                | true, c -> Result(c, k)
                | _ ->
                    let c = Call<Expr>(call.Routine, Array.map at call.Operands, call.Signatures)
                    c.Results <- Array.map at call.Results
                    calls[call] <- c
                    Result(c, k)

        let table = Dictionary<Expr, Node<Expr>>(HashIdentity.Reference)

        nodes
        |> Array.iteri (fun i n ->
            match n with
            | Unknown -> ()
            | n -> table[variables[i]] <- lift n)

        fun (e: Expr) ->
            match table.TryGetValue e with
            | true, n -> n
            | _ -> e.Node

    let mutable programs: GradientProgram list = []

    let same (p: GradientProgram) (cotangents: Expr[]) =
        let mutable ok = true

        for i in 0 .. cotangents.Length - 1 do
            let s = p.Cotangents[i]

            ok <-
                ok
                && (if isNull cotangents[i] then
                        isNull s
                    else
                        not (isNull s) && s.AsSpan().SequenceEqual(ReadOnlySpan cotangents[i].Strides))

        ok

    let trace (cotangents: Expr[]) : GradientProgram =
        let n = variables.Length
        let gs = cotangents |> Array.map (fun c -> if isNull c then null else Expr(Unknown, c.Sizes, c.Strides, c.DType, c.Device, false, 0))
        let seeds = gs |> Array.map (fun g -> if isNull g then None else Some g)
        let chosen = [| for i in 0 .. inputs.Length - 1 do
                            if wanted[i] && Array.IndexOf(inputs, inputs[i]) = i then i |]

        let grads = Reverse.vjpWith nodeOf (results |> Array.map (fun r -> variables[r])) seeds (chosen |> Array.map (fun i -> variables[inputs[i]]))
        let numbers = Dictionary<Expr, int>(HashIdentity.Reference)
        variables |> Array.iteri (fun i v -> numbers[v] <- i)
        gs |> Array.iteri (fun i g -> if not (isNull g) then numbers[g] <- n + i)

        // The results of a call stay together, so that a program can make the call anew.
        let operands (e: Expr) =
            if numbers.ContainsKey e then
                [||]
            else
                match e.Node with
                | Result(call, 0) -> Array.append call.Operands (Array.tail call.Results)
                | Result(call, _) -> call.Operands
                | node -> Node.operands node

        let order = Walk.topological operands (grads |> Seq.choose id)

        // Whoever needs a later result of a call needs all of them.
        let firsts =
            [ for e in order do
                  if not (numbers.ContainsKey e) then
                      match e.Node with
                      | Result(call, k) when k > 0 -> call.Results[0]
                      | _ -> () ]

        let order = if firsts.IsEmpty then order else Walk.topological operands (Seq.append firsts (grads |> Seq.choose id))
        let mentioned = Array.zeroCreate n
        let steps = List<GradientStep>()
        let calls = Dictionary<Call<Expr>, Call<int>>(HashIdentity.Reference)
        let first = n + gs.Length

        for e in order do
            match numbers.TryGetValue e with
            | true, i -> if i < n then mentioned[i] <- true
            | _ ->
                let at (x: Expr) = numbers[x]

                let node =
                    match e.Node with
                    | Fill l -> Fill l
                    | Iota(d, start, step) -> Iota(d, start, step)
                    | Data m -> Data m
                    | Unknown -> Unknown
                    | Map(w, args) -> Map(w, Array.map at args)
                    | Cast x -> Cast(at x)
                    | Move(m, x) -> Move(m, at x)
                    | Write(t, r, v) -> Write(at t, r, at v)
                    | Reduce(r, dims, x) -> Reduce(r, dims, at x)
                    | Result(call, k) ->
                        match calls.TryGetValue call with
                        | true, c -> Result(c, k)
                        | _ ->
                            let c = Call<int>(call.Routine, Array.map at call.Operands, call.Signatures)
                            calls[call] <- c
                            Result(c, k)

                numbers[e] <- first + steps.Count

                steps.Add
                    { Node = node
                      Sizes = e.Sizes
                      Strides = e.Strides
                      DType = e.DType
                      Device = e.Device
                      IsNumber = e.IsNumber }

        for KeyValue(call, c) in calls do
            c.Results <- call.Results |> Array.map (fun r -> numbers[r])

        let outputs = Array.create inputs.Length -1

        grads
        |> Array.iteri (fun k g ->
            match g with
            | Some g ->
                let i = numbers[g]
                if i < n then mentioned[i] <- true
                outputs[chosen[k]] <- i
            | None -> ())

        GradientProgram(cotangents |> Array.map (fun c -> if isNull c then null else c.Strides), steps.ToArray(), outputs, mentioned)

    let program (cotangents: Expr[]) : GradientProgram =
        match programs |> List.tryFind (fun p -> same p cotangents) with
        | Some p -> p
        | None ->
            let p = trace cotangents
            // A race loses a program, which is traced again; a long list would be slower than tracing.
            programs <- p :: List.truncate 7 programs
            p

    let mentioned = (program (results |> Array.map (fun r -> if variables[r].DType.IsDifferentiable then variables[r] else null))).Mentioned

    /// Where an inner value is mentioned, a derivative of the gradient needs what that value was computed from.
    let held =
        let held = Array.copy mentioned
        let ends = HashSet<int>(Seq.append inputs results)

        for i = nodes.Length - 1 downto 0 do
            if held[i] && not (ends.Contains i) then
                for o in Node.operands nodes[i] do
                    held[o] <- true

        held

    member _.Nodes = nodes
    member _.Variables = variables
    member _.Inputs = inputs
    member _.Results = results
    member _.Mentioned = mentioned
    member _.Held = held
    member _.Program cotangents = program cotangents
    member _.NodeOf = nodeOf

/// An operation's structure with the values it saved.
[<Sealed; AllowNullLiteral>]
type Formula private (template: Template, values: Expr[]) =
    static let templates = ConcurrentDictionary<StructureKey, Template>()

    /// Templates are dropped all at once when there are this many: structures of a program are few, or do not come again.
    static let limit = 10_000

    [<ThreadStatic; DefaultValue>]
    static val mutable private numbering: Dictionary<Expr, int>

    /// The inputs whose values the gradient reads, by position.
    member _.SavedInputs =
        [| for i in 0 .. template.Inputs.Length - 1 do
               if template.Mentioned[template.Inputs[i]] then i |]

    /// The results whose values the gradient reads, by position.
    member _.SavedResults =
        [| for i in 0 .. template.Results.Length - 1 do
               if template.Mentioned[template.Results[i]] then i |]

    /// The value of an input, where it is held; null otherwise.
    member _.Input(i: int) : Expr = values[template.Inputs[i]]

    /// The value of a result, where it is held; null otherwise.
    member _.ResultValue(i: int) : Expr = values[template.Results[i]]

    /// Whether the gradient reads any value at all (numbers do not count).
    member _.SavesAnything =
        let mutable any = false

        for i in 0 .. values.Length - 1 do
            if template.Mentioned[i] && not (isNull values[i]) && not values[i].IsNumber then any <- true

        any

    /// Keeps the saved values when they are computed.
    member _.Pin() =
        for i in 0 .. values.Length - 1 do
            if template.Mentioned[i] && not (isNull values[i]) then values[i].Pin()

    member _.Unpin() =
        for i in 0 .. values.Length - 1 do
            if template.Mentioned[i] && not (isNull values[i]) then values[i].Unpin()

    /// Gradients of the inputs (null where none flows or none is wanted) from cotangents of the results (null where none arrives).
    member _.Pull(cotangents: Expr[]) : Expr[] =
        let n = values.Length
        let program = template.Program cotangents
        let steps = program.Steps
        let made: Expr[] = Array.zeroCreate steps.Length
        let calls = Dictionary<Call<int>, Call<Expr>>(HashIdentity.Reference)

        let at i =
            if i >= n + cotangents.Length then made[i - n - cotangents.Length]
            elif i >= n then cotangents[i - n]
            elif isNull values[i] then template.Variables[i]
            else values[i]

        for s in 0 .. steps.Length - 1 do
            let step = steps[s]

            let node =
                match step.Node with
                | Fill l -> Fill l
                | Iota(d, start, step) -> Iota(d, start, step)
                | Data m -> Data m
                | Unknown -> Unknown
                | Map(w, args) -> Map(w, Array.map at args)
                | Cast x -> Cast(at x)
                | Move(m, x) -> Move(m, at x)
                | Write(t, r, v) -> Write(at t, r, at v)
                | Reduce(r, dims, x) -> Reduce(r, dims, at x)
                | Result(call, k) ->
                    match calls.TryGetValue call with
                    | true, c -> Result(c, k)
                    | _ ->
                        let c = Call<Expr>(call.Routine, Array.map at call.Operands, call.Signatures)
                        calls[call] <- c
                        Result(c, k)

            let mutable depth = 0

            for o in Node.operands node do
                depth <- max depth o.Depth

            let depth =
                match node with
                | Fill _
                | Data _
                | Unknown -> 0
                | _ -> depth + 1

            made[s] <- Expr(node, step.Sizes, step.Strides, step.DType, step.Device, step.IsNumber, depth)

        for KeyValue(call, c) in calls do
            c.Results <- Array.map at call.Results

        program.Outputs |> Array.map (fun i -> if i < 0 then null else at i)

    /// The node of a value that this formula holds, as it was when the operation was recorded.
    member private _.TryNode(e: Expr) : Node<Expr> voption =
        let i = Array.IndexOf(values, e)

        if i < 0 then
            ValueNone
        else
            match template.Nodes[i] with
            | Unknown -> ValueNone
            | _ ->
                let lifted = template.NodeOf template.Variables[i]
                let at (v: Expr) =
                    let k = Array.IndexOf(template.Variables, v)
                    if k < 0 || isNull values[k] then v else values[k]

                match lifted with
                | Map(w, args) -> ValueSome(Map(w, Array.map at args))
                | Cast x -> ValueSome(Cast(at x))
                | Move(m, x) -> ValueSome(Move(m, at x))
                | Write(t, r, v) -> ValueSome(Write(at t, r, at v))
                | Reduce(r, dims, x) -> ValueSome(Reduce(r, dims, at x))
                | Result(call, k) ->
                    let c = Call<Expr>(call.Routine, Array.map at call.Operands, call.Signatures)
                    c.Results <- Array.map at call.Results
                    ValueSome(Result(c, k))
                | node -> ValueSome node

    /// Records an operation. `wanted` says which inputs need gradients. The walk from the results stops at the inputs; `earlier`, where given, remembers the
    /// nodes of values that have been evaluated since (the operation is then the gradient of that formula).
    static member Record(results: Expr[], inputs: Expr[], wanted: bool[], earlier: Formula) : Formula =
        let numbers =
            match Formula.numbering with
            | null -> Dictionary<Expr, int>(HashIdentity.Reference)
            | d -> d

        // Taken for the time of this call: rules may record in turn.
        Formula.numbering <- null
        let order = List<Expr>()
        let nodes = List<Node<Expr>>()

        let add (e: Expr) (node: Node<Expr>) =
            numbers[e] <- order.Count
            order.Add e
            nodes.Add node

        for e in inputs do
            if not (numbers.ContainsKey e) then add e Unknown

        let leaf (node: Node<Expr>) (e: Expr) =
            match node with
            | Fill _ when e.IsNumber -> node
            | _ -> Unknown

        let nodeOf (e: Expr) =
            if isNull earlier then
                e.Node
            else
                match earlier.TryNode e with
                | ValueSome n -> n
                | ValueNone -> e.Node

        let stack = Stack<struct (Expr * Node<Expr> * bool)>()

        for r in results do
            stack.Push(struct (r, Unknown, false))

            while stack.Count > 0 do
                let struct (e, node, leaving) = stack.Pop()

                if not (numbers.ContainsKey e) then
                    if leaving then
                        add e node
                    else
                        // Read once: evaluation may replace it meanwhile.
                        let node = nodeOf e

                        match node with
                        | Fill _
                        | Data _
                        | Unknown
                        | Iota _ -> add e (leaf node e)
                        | _ when not e.DType.IsDifferentiable -> add e Unknown
                        | _ ->
                            stack.Push(struct (e, node, true))
                            let ops = Node.operands node

                            for i = ops.Length - 1 downto 0 do
                                if not (numbers.ContainsKey ops[i]) then
                                    stack.Push(struct (ops[i], Unknown, false))

        // Results of a call that nobody asked for may still be mentioned by its rule.
        for i in 0 .. nodes.Count - 1 do
            match nodes[i] with
            | Result(call, _) ->
                for r in call.Results do
                    if not (numbers.ContainsKey r) then add r Unknown
            | _ -> ()

        let key = List<int64>()
        let objects = List<obj>()
        let attrs = List<Attr list>()
        let n (i: int) = key.Add(int64 i)

        let many (xs: int64[]) =
            key.Add(int64 xs.Length)
            key.AddRange xs

        let calls = Dictionary<Call<Expr>, Call<int>>(HashIdentity.Reference)
        let at (x: Expr) = numbers[x]

        let ats (xs: Expr[]) =
            let r = Array.zeroCreate xs.Length
            n xs.Length

            for i in 0 .. xs.Length - 1 do
                r[i] <- at xs[i]
                n r[i]

            r

        let abstracted =
            Array.init order.Count (fun i ->
                let e = order[i]
                n (LanguagePrimitives.EnumToValue e.DType.Element |> int)
                many e.Sizes
                many e.Strides
                n (if e.Device = Device.Meta then 1 else 0)

                match nodes[i] with
                | Fill l ->
                    n 0

                    match l with
                    | Int v ->
                        n 0
                        key.Add v
                    | Real v ->
                        n 1
                        key.Add(BitConverter.DoubleToInt64Bits v)
                    | Complex(re, im) ->
                        n 2
                        key.Add(BitConverter.DoubleToInt64Bits re)
                        key.Add(BitConverter.DoubleToInt64Bits im)

                    Unknown
                | Iota _
                | Data _
                | Unknown ->
                    n 1
                    Unknown
                | Map(w, args) ->
                    n 2
                    objects.Add w
                    Map(w, ats args)
                | Cast x ->
                    n 3
                    n (at x)
                    Cast(at x)
                | Move(m, x) ->
                    n 4
                    n (at x)

                    match m with
                    | Reshape -> n 0
                    | Permute p ->
                        n 1

                        for d in p do
                            n d
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

                    Move(m, at x)
                | Write(t, r, v) ->
                    n 5
                    n (at t)
                    n (at v)
                    key.Add r.Offset
                    many r.Strides
                    Write(at t, r, at v)
                | Reduce(r, dims, x) ->
                    n 6
                    objects.Add r
                    n dims.Length

                    for d in dims do
                        n d

                    n (at x)
                    Reduce(r, dims, at x)
                | Result(call, k) ->
                    n 7
                    n k
                    let operands = ats call.Operands
                    let siblings = ats call.Results
                    objects.Add(String.Intern call.Routine.Name)
                    attrs.Add call.Routine.Attrs

                    match calls.TryGetValue call with
                    | true, c -> Result(c, k)
                    | _ ->
                        let c = Call<int>(call.Routine, operands, call.Signatures)
                        c.Results <- siblings
                        calls[call] <- c
                        Result(c, k))

        let inputSlots = ats inputs

        for w in wanted do
            n (if w then 1 else 0)

        let resultSlots = ats results
        let key = StructureKey(key.ToArray(), objects.ToArray(), attrs.ToArray())

        let template =
            match templates.TryGetValue key with
            | true, t -> t
            | _ ->
                // A number is part of the structure, so the expression itself stands in its slot.
                let variables =
                    Array.init order.Count (fun i ->
                        match nodes[i] with
                        | Fill _ -> order[i]
                        | _ -> Expr.variableLike order[i])

                let t = Template(abstracted, variables, inputSlots, wanted, resultSlots)

                if templates.Count > limit then
                    templates.Clear()

                templates[key] <- t
                t

        let values = Array.init order.Count (fun i -> if template.Held[i] then order[i] else null)
        numbers.Clear()
        Formula.numbering <- numbers
        Formula(template, values)

/// Identities of values.
[<RequireQualifiedAccess>]
module Identity =
    /// The same value as a node of its own, computed from this one: derivatives flow through it.
    let link (e: Expr) : Expr =
        Expr(Move(Reshape, e), e.Sizes, e.Strides, e.DType, e.Device, false, e.Depth + 1)

    /// The same value as another node, so that derivatives can tell two tensors apart that show the same elements; none need flow from one to the other.
    let alias (e: Expr) : Expr =
        match e.Node with
        | Data m -> Expr.data m e.Sizes e.Strides e.DType
        | Fill l -> Expr(Fill l, e.Sizes, e.Strides, e.DType, e.Device, false, 0)
        | _ -> link e
