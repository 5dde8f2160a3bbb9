/// What an operation leaves behind for its derivative: its structure with the values abstracted to slots, the values that its rules mention, and the
/// gradient as a program over both. Coming in: an operation's results and inputs as expressions, before anything is evaluated. Always holds: the formulae
/// are those of `Reverse`; values that no rule mentions are not held; operations of the same structure share one template, so that rules run once
/// for a structure and not once for a call.
namespace Torch.Core

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Runtime.CompilerServices

/// The structure of an operation, written out: numbers; words, reductions and routine names, compared by identity; attributes of routines.
[<Sealed; NoEquality; NoComparison>]
type private Structure() =
    let mutable numbers: int64[] = Array.zeroCreate 256
    let mutable count = 0
    member val Objects = List<obj>()
    member val Attrs = List<Attr list>()
    member _.Numbers = ReadOnlySpan(numbers, 0, count)

    member _.Add(n: int64) =
        if count = numbers.Length then Array.Resize(&numbers, 2 * count)
        numbers[count] <- n
        count <- count + 1

    member s.Add(n: int) = s.Add(int64 n)

    member s.Add(ns: int64[]) =
        s.Add ns.Length

        for n in ns do
            s.Add n

    member s.Clear() =
        count <- 0
        s.Objects.Clear()
        s.Attrs.Clear()

    member s.Hash =
        let mutable h = 1469598103934665603L

        for i in 0 .. count - 1 do
            h <- (h ^^^ numbers[i]) * 1099511628211L

        for o in s.Objects do
            h <- (h ^^^ int64 (RuntimeHelpers.GetHashCode o)) * 1099511628211L

        int (h ^^^ (h >>> 32))

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

    let positions (slots: int[]) =
        [| for i in 0 .. slots.Length - 1 do
               if mentioned[slots[i]] then i |]

    member _.Nodes = nodes
    member _.Variables = variables
    member _.Inputs = inputs
    member _.Results = results
    member _.Mentioned = mentioned
    member _.Held = held
    member val HoldsAnything = Array.contains true held
    member val SavedInputs = positions inputs
    member val SavedResults = positions results

    /// Whether this is the template of a structure: the three parts of what identifies it, as they were when it was made.
    member val Numbers: int64[] = null with get, set
    member val Objects: obj[] = null with get, set
    member val Attrs: Attr list[] = null with get, set

    member t.Fits(s: Structure) =
        s.Numbers.SequenceEqual(ReadOnlySpan t.Numbers)
        && s.Objects.Count = t.Objects.Length
        && s.Attrs.Count = t.Attrs.Length
        && (let mutable ok = true

            for i in 0 .. t.Objects.Length - 1 do
                if not (Object.ReferenceEquals(t.Objects[i], s.Objects[i])) then ok <- false

            for i in 0 .. t.Attrs.Length - 1 do
                if ok && t.Attrs[i] <> s.Attrs[i] then ok <- false

            ok)

    member _.Program cotangents = program cotangents
    member _.NodeOf = nodeOf

/// What recording an operation needs for a moment: the expressions from inputs to results, numbered.
[<Sealed; NoEquality; NoComparison; AllowNullLiteral>]
type private Recorder() =
    member val Numbers = Dictionary<Expr, int>(HashIdentity.Reference)
    member val Order = List<Expr>()
    member val Nodes = List<Node<Expr>>()
    member val Stack = Stack<struct (Expr * Node<Expr> * bool)>()
    member val Structure = Structure()

    member r.Add(e: Expr, node: Node<Expr>) =
        r.Numbers[e] <- r.Order.Count
        r.Order.Add e
        r.Nodes.Add node

    member r.Clear() =
        r.Numbers.Clear()
        r.Order.Clear()
        r.Nodes.Clear()
        r.Structure.Clear()

/// An operation's structure with the values it saved (null: none).
[<Sealed; AllowNullLiteral>]
type Formula private (template: Template, values: Expr[]) =
    static let templates = ConcurrentDictionary<int, Template[]>()
    static let mutable count = 0

    /// Templates are dropped all at once when there are this many: structures of a program are few, or do not come again.
    static let limit = 10_000

    [<ThreadStatic; DefaultValue>]
    static val mutable private recorder: Recorder

    /// The inputs whose values the gradient reads, by position.
    member _.SavedInputs = template.SavedInputs

    /// The results whose values the gradient reads, by position.
    member _.SavedResults = template.SavedResults

    member private _.Held(slot: int) : Expr = if isNull values then null else values[slot]

    /// The value of an input, where it is held; null otherwise.
    member f.Input(i: int) : Expr = f.Held template.Inputs[i]

    /// The value of a result, where it is held; null otherwise.
    member f.ResultValue(i: int) : Expr = f.Held template.Results[i]

    /// Whether the gradient reads any value at all (numbers do not count).
    member _.SavesAnything =
        let mutable any = false

        if not (isNull values) then
            for i in 0 .. values.Length - 1 do
                if template.Mentioned[i] && not (isNull values[i]) && not values[i].IsNumber then any <- true

        any

    /// Keeps the saved values when they are computed.
    member _.Pin() =
        if not (isNull values) then
            for i in 0 .. values.Length - 1 do
                if template.Mentioned[i] && not (isNull values[i]) then values[i].Pin()

    member _.Unpin() =
        if not (isNull values) then
            for i in 0 .. values.Length - 1 do
                if template.Mentioned[i] && not (isNull values[i]) then values[i].Unpin()

    /// Gradients of the inputs (null where none flows or none is wanted) from cotangents of the results (null where none arrives).
    member _.Pull(cotangents: Expr[]) : Expr[] =
        let n = template.Variables.Length
        let program = template.Program cotangents
        let steps = program.Steps
        let made: Expr[] = Array.zeroCreate steps.Length
        let calls = Dictionary<Call<int>, Call<Expr>>(HashIdentity.Reference)

        let at i =
            if i >= n + cotangents.Length then made[i - n - cotangents.Length]
            elif i >= n then cotangents[i - n]
            elif isNull values || isNull values[i] then template.Variables[i]
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
        let i = if isNull values then -1 else Array.IndexOf(values, e)

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

    /// The operation's structure with operands as slots. Made once for a template.
    static member private Abstract(r: Recorder) : Node<int>[] =
        let calls = Dictionary<Call<Expr>, Call<int>>(HashIdentity.Reference)
        let at (x: Expr) = r.Numbers[x]

        Array.init r.Order.Count (fun i ->
            match r.Nodes[i] with
            | Fill _
            | Iota _
            | Data _
            | Unknown -> Unknown
            | Map(w, args) -> Map(w, Array.map at args)
            | Cast x -> Cast(at x)
            | Move(m, x) -> Move(m, at x)
            | Write(t, region, v) -> Write(at t, region, at v)
            | Reduce(reduction, dims, x) -> Reduce(reduction, dims, at x)
            | Result(call, k) ->
                match calls.TryGetValue call with
                | true, c -> Result(c, k)
                | _ ->
                    let c = Call<int>(call.Routine, Array.map at call.Operands, call.Signatures)
                    c.Results <- Array.map at call.Results
                    calls[call] <- c
                    Result(c, k))

    /// Writes out what identifies the structure.
    static member private Describe(r: Recorder, inputs: Expr[], wanted: bool[], results: Expr[]) : unit =
        let s = r.Structure

        for i in 0 .. r.Order.Count - 1 do
            let e = r.Order[i]
            s.Add((LanguagePrimitives.EnumToValue e.DType.Element |> int) + (if e.Device = Device.Meta then 256 else 0))
            s.Add e.Sizes
            s.Add e.Strides

            match r.Nodes[i] with
            | Fill l ->
                match l with
                | Int v ->
                    s.Add 10
                    s.Add v
                | Real v ->
                    s.Add 11
                    s.Add(BitConverter.DoubleToInt64Bits v)
                | Complex(re, im) ->
                    s.Add 12
                    s.Add(BitConverter.DoubleToInt64Bits re)
                    s.Add(BitConverter.DoubleToInt64Bits im)
            | Iota _
            | Data _
            | Unknown -> s.Add 1
            | Map(w, args) ->
                s.Add 2
                s.Objects.Add w

                for a in args do
                    s.Add r.Numbers[a]
            | Cast x ->
                s.Add 3
                s.Add r.Numbers[x]
            | Move(m, x) ->
                s.Add 4
                s.Add r.Numbers[x]

                match m with
                | Reshape -> s.Add 20
                | Permute p ->
                    s.Add 21

                    for d in p do
                        s.Add d
                | Expand -> s.Add 22
                | Slice(start, step) ->
                    s.Add 23
                    s.Add start
                    s.Add step
                | Strided(offset, strides) ->
                    s.Add 24
                    s.Add offset
                    s.Add strides
                | Reinterpret -> s.Add 25
            | Write(t, region, v) ->
                s.Add 5
                s.Add r.Numbers[t]
                s.Add r.Numbers[v]
                s.Add region.Offset
                s.Add region.Strides
            | Reduce(reduction, dims, x) ->
                s.Add 6
                s.Objects.Add reduction
                s.Add dims.Length

                for d in dims do
                    s.Add d

                s.Add r.Numbers[x]
            | Result(call, k) ->
                s.Add 7
                s.Add k
                s.Add call.Operands.Length

                for o in call.Operands do
                    s.Add r.Numbers[o]

                for o in call.Results do
                    s.Add r.Numbers[o]

                s.Objects.Add(String.Intern call.Routine.Name)
                s.Attrs.Add call.Routine.Attrs

        for i in 0 .. inputs.Length - 1 do
            s.Add(2 * r.Numbers[inputs[i]] + (if wanted[i] then 1 else 0))

        for e in results do
            s.Add r.Numbers[e]

    static member private Lookup(r: Recorder, inputs: Expr[], wanted: bool[], results: Expr[]) : Template =
        let hash = r.Structure.Hash
        let mutable known: Template[] = null
        let mutable found: Template = null

        if templates.TryGetValue(hash, &known) then
            for t in known do
                if isNull found && t.Fits r.Structure then found <- t

        if isNull found then
            // A number is part of the structure, so the expression itself stands in its slot.
            let variables =
                Array.init r.Order.Count (fun i ->
                    match r.Nodes[i] with
                    | Fill _ -> r.Order[i]
                    | _ -> Expr.variableLike r.Order[i])

            let at (e: Expr) = r.Numbers[e]
            found <- Template(Formula.Abstract r, variables, Array.map at inputs, Array.copy wanted, Array.map at results)
            found.Numbers <- r.Structure.Numbers.ToArray()
            found.Objects <- r.Structure.Objects.ToArray()
            found.Attrs <- r.Structure.Attrs.ToArray()

            if Threading.Interlocked.Increment(&count) > limit then
                templates.Clear()
                count <- 1

            let made = found
            templates.AddOrUpdate(hash, (fun _ -> [| made |]), (fun _ others -> Array.append others [| made |])) |> ignore

        found

    /// Records an operation. `wanted` says which inputs need gradients. The walk from the results stops at the inputs; `earlier`, where given, remembers the
    /// nodes of values that have been evaluated since (the operation is then the gradient of that formula).
    static member Record(results: Expr[], inputs: Expr[], wanted: bool[], earlier: Formula) : Formula =
        let r =
            match Formula.recorder with
            | null -> Recorder()
            | r -> r

        // Taken for the time of this call: rules may record in turn. After a fault the next call makes a fresh one.
        Formula.recorder <- null

        for e in inputs do
            if not (r.Numbers.ContainsKey e) then r.Add(e, Unknown)

        let stack = r.Stack

        for root in results do
            stack.Push(struct (root, Unknown, false))

            while stack.Count > 0 do
                let struct (e, node, leaving) = stack.Pop()

                if not (r.Numbers.ContainsKey e) then
                    if leaving then
                        r.Add(e, node)
                    else
                        // Read once: evaluation may replace it meanwhile.
                        let node =
                            if isNull earlier then
                                e.Node
                            else
                                match earlier.TryNode e with
                                | ValueSome n -> n
                                | ValueNone -> e.Node

                        match node with
                        | Fill _ -> r.Add(e, (if e.IsNumber then node else Unknown))
                        | Data _
                        | Unknown
                        | Iota _ -> r.Add(e, Unknown)
                        | _ when not e.DType.IsDifferentiable -> r.Add(e, Unknown)
                        | _ ->
                            stack.Push(struct (e, node, true))
                            let ops = Node.operands node

                            for i = ops.Length - 1 downto 0 do
                                if not (r.Numbers.ContainsKey ops[i]) then
                                    stack.Push(struct (ops[i], Unknown, false))

        // Results of a call that nobody asked for may still be mentioned by its rule.
        for i in 0 .. r.Nodes.Count - 1 do
            match r.Nodes[i] with
            | Result(call, _) ->
                for e in call.Results do
                    if not (r.Numbers.ContainsKey e) then r.Add(e, Unknown)
            | _ -> ()

        Formula.Describe(r, inputs, wanted, results)
        let template = Formula.Lookup(r, inputs, wanted, results)

        let values =
            if template.HoldsAnything then
                let held = template.Held
                let values = Array.zeroCreate held.Length

                for i in 0 .. held.Length - 1 do
                    if held[i] then values[i] <- r.Order[i]

                values
            else
                null

        r.Clear()
        Formula.recorder <- r
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
