/// Evaluation: capture, look up or make the plan, run it, and let the expressions remember their values. Plans are kept by exact key, a bounded number.
/// Any number of threads may evaluate at once; two that need the same pending value may both compute it, with the same bits.
namespace Torch.Core

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Diagnostics
open System.Runtime.ExceptionServices
open System.Runtime.InteropServices
open System.Threading
open Torch.Kernels

/// What the runtime has done so far.
type RuntimeCounters =
    { Evaluations: int64
      PlanHits: int64
      PlanMisses: int64
      Plans: int
      Kernels: int64
      /// Of the kernels those that are routines: products, gathers, sorts.
      Routines: int64 }

[<RequireQualifiedAccess>]
module Runtime =
    [<Sealed>]
    type private Entry(plan: Plan) =
        member _.Plan = plan
        member val Used = 0L with get, set

    // The one cache of plans. Concurrent because evaluations are; `clock` orders uses for eviction, a lost tick does no harm.
    let private plans = ConcurrentDictionary<PlanKey, Entry>()
    let mutable private clock = 0L
    let mutable private hits = 0L
    let mutable private misses = 0L
    let mutable private kernels = 0L
    let mutable private routines = 0L

    /// At most this many plans are kept; past it the quarter that was not used for longest goes.
    let mutable planLimit = 1024

    let counters () : RuntimeCounters =
        { Evaluations = hits + misses
          PlanHits = hits
          PlanMisses = misses
          Plans = plans.Count
          Kernels = kernels
          Routines = routines }

    let clearPlans () = plans.Clear()

    let private evict () =
        if plans.Count > planLimit then
            let oldest = plans.ToArray() |> Array.sortBy (fun kv -> kv.Value.Used) |> Array.truncate (planLimit / 4 + 1)

            for kv in oldest do
                plans.TryRemove kv.Key |> ignore

    /// All passes in order.
    let private compile (graph: Graph) : Plan =
        let look stage g =
            if Debug.check then Graph.check stage g
            if Debug.level >= 3 then Debug.say $"---- {stage}\n{Graph.print g}"

        look "capture" graph

        let simple =
            Simplify.passes
            |> Array.fold
                (fun g (name, pass) ->
                    let g = pass g
                    look name g
                    g)
                graph

        let schedule = Schedule.build simple
        if Debug.level >= 2 then Debug.say $"---- schedule\n{Schedule.print schedule}"
        Lower.plan schedule

    let private block (o: Operand) (buffers: NativeBuffer[]) : Block =
        let size = int64 (ElementTypes.Size o.Type)
        Block(buffers[o.View.Base].Address + nativeint o.View.Offset, o.Type, o.Sizes, o.View.Strides |> Array.map (fun s -> s / size))

    /// What a step computes, for messages.
    let private describe (step: PlanStep) : string =
        let one (o: Operand) = $"{o.Type}{Shape.show o.Sizes}"
        let many (os: Operand[]) = os |> Array.map one |> String.concat ", "

        match step.Action with
        | Call(r, operands, results) -> $"{r.Name}({many operands}) -> {many results}"
        | Transfer(a, b) -> $"copy({one a}) -> {one b}"
        | Program _ -> "a fused kernel"

    /// Runs a plan. A step that fails takes with it the steps that need what it should have made; the others run, and their outputs are values.
    /// Gives the outputs (null where the fault reaches) and the first fault, or null.
    let private run (plan: Plan) (capture: Capture) : struct (Memory[] * exn) =
        let buffers = Array.zeroCreate<NativeBuffer> plan.BaseBytes.Length
        Array.blit capture.Buffers 0 buffers 0 plan.Inputs
        let scalars = Array.zeroCreate<byte> (16 * max 1 capture.Numbers.Length)

        for i in 0 .. capture.Numbers.Length - 1 do
            let struct (l, d) = capture.Numbers[i]
            Literals.write d.Element l (Span(scalars, 16 * i, 16))

        let mutable fault: exn = null
        // Bases that a fault has reached.
        let mutable lost: HashSet<int> = null
        let isLost b = not (isNull lost) && lost.Contains b

        for step in plan.Steps do
            if isNull lost || not (Array.exists lost.Contains step.Reads || Array.exists lost.Contains step.Writes) then
                try
                    for b in step.Makes do
                        buffers[b] <- new NativeBuffer(plan.BaseBytes[b])

                    match step.Action with
                    | Program p -> TileMachine.Run(p, step.Bases |> Array.map (fun b -> buffers[b].Address), scalars)
                    | Call(r, operands, results) ->
                        Interlocked.Increment(&routines) |> ignore
                        r.Run(operands |> Array.map (fun o -> block o buffers), results |> Array.map (fun o -> block o buffers))
                    | Transfer(a, b) -> StridedCopy.Copy(block a buffers, block b buffers)

                    Interlocked.Increment(&kernels) |> ignore
                with e ->
                    if isNull fault then fault <- Fault.within (describe step) e
                    if isNull lost then lost <- HashSet()
                    lost.UnionWith step.Writes
            else
                lost.UnionWith step.Writes

            for b in step.Ends do
                if not (isNull buffers[b]) then
                    buffers[b].Release()
                    buffers[b] <- null

        if not (isNull lost) then
            // After a fault nothing that was begun is kept.
            for b in plan.Inputs .. buffers.Length - 1 do
                if isLost b && not (isNull buffers[b]) then
                    buffers[b].Release()
                    buffers[b] <- null

        GC.KeepAlive capture

        let outputs =
            plan.Outputs
            |> Array.map (fun o ->
                let size = int64 (ElementTypes.Size o.Type)

                if isLost o.View.Base then
                    null
                else
                    Memory(buffers[o.View.Base], o.View.Offset / size, o.View.Strides |> Array.map (fun s -> s / size)))

        struct (outputs, fault)

    /// Computes the roots, and with them whatever pinned values lie on the way. Afterwards each root's node is Data or Fill. A fault that only values
    /// show is raised when everything that does not depend on it has been computed.
    let evaluate (roots: Expr[]) : unit =
        let pending = roots |> Array.filter (fun r -> not r.IsEvaluated)

        if pending.Length > 0 then
            let started = Stopwatch.GetTimestamp()
            let capture = Graph.capture pending

            if capture.Graph.Outputs.Length > 0 then
                let known, entry = plans.TryGetValue capture.Key

                let entry =
                    if known then
                        Interlocked.Increment(&hits) |> ignore
                        entry
                    else
                        Interlocked.Increment(&misses) |> ignore
                        let entry = Entry(compile capture.Graph)
                        plans[capture.Key] <- entry
                        evict ()
                        entry

                entry.Used <- Interlocked.Increment(&clock)
                let struct (values, fault) = run entry.Plan capture
                let outputs = capture.Graph.Outputs

                for i in 0 .. outputs.Length - 1 do
                    if not (isNull values[i]) then capture.Expressions[outputs[i]].Become values[i]

                if not (isNull fault) then ExceptionDispatchInfo.Throw fault

                for e in capture.Expressions do
                    if not e.IsEvaluated then e.Visit()

                if Debug.level >= 1 then
                    let bytes = Array.sum entry.Plan.BaseBytes
                    let ms = Stopwatch.GetElapsedTime(started).TotalMilliseconds
                    let source = if known then "known" else "new"
                    Debug.say $"evaluate: {capture.Expressions.Length} nodes, {entry.Plan.Steps.Length} steps, {bytes} bytes, {ms:F3} ms, {source} plan"

    /// Which of the candidates are pending and share pending work with the roots (directly or through each other's graphs): worth one plan.
    let sharing (roots: Expr[]) (candidates: Expr[]) : Expr[] =
        if candidates.Length = 0 then
            [||]
        else
            let isPending (e: Expr) = not e.IsEvaluated
            let operands (e: Expr) = Node.operands e.Node |> Array.filter isPending
            let work = HashSet<Expr>(Walk.topological operands (roots |> Array.filter isPending), HashIdentity.Reference)

            candidates
            |> Array.filter (fun c ->
                isPending c
                && (let mine = Walk.topological operands [ c ]
                    mine |> Seq.exists work.Contains))

    /// The graph that evaluating these roots would capture, as text and as DOT.
    let explain (roots: Expr[]) : string =
        let capture = Graph.capture (roots |> Array.filter (fun r -> not r.IsEvaluated))
        let simple = Simplify.passes |> Array.fold (fun g (_, pass) -> pass g) capture.Graph
        Graph.print simple + Schedule.print (Schedule.build simple)

    let dot (roots: Expr[]) : string = Graph.dot (Graph.capture roots).Graph

    /// How many kernels evaluating these roots takes.
    let kernelCount (roots: Expr[]) : int =
        let capture = Graph.capture (roots |> Array.filter (fun r -> not r.IsEvaluated))
        let simple = Simplify.passes |> Array.fold (fun g (_, pass) -> pass g) capture.Graph
        (Schedule.build simple).Steps.Length

/// Between host memory and expressions.
[<RequireQualifiedAccess>]
module Host =
    /// A contiguous expression over a copy of bytes.
    let ofBytes (dtype: DType) (sizes: int64[]) (bytes: ReadOnlySpan<byte>) : Expr =
        let need = Shape.count sizes * int64 dtype.Size

        if int64 bytes.Length <> need then
            Fault.value $"{bytes.Length} bytes do not fill a {dtype.Name} tensor of sizes {Shape.show sizes}: {need} are needed"

        let buffer = new NativeBuffer(need)
        let target = Span<byte>(NativeInterop.NativePtr.toVoidPtr (NativeInterop.NativePtr.ofNativeInt<byte> buffer.Address), int need)
        bytes.CopyTo target
        let strides = Shape.contiguous sizes
        Expr.data (Memory(buffer, 0L, strides)) sizes strides dtype

    let ofArray<'T when 'T: struct and 'T: unmanaged and 'T: (new: unit -> 'T) and 'T :> ValueType> (dtype: DType) (sizes: int64[]) (values: 'T[]) : Expr =
        ofBytes dtype sizes (MemoryMarshal.AsBytes(ReadOnlySpan values))

    /// A new contiguous expression whose memory a kernel has filled: `write` gets the block.
    let make (dtype: DType) (sizes: int64[]) (write: System.Action<Block>) : Expr =
        let strides = Shape.contiguous sizes
        let buffer = new NativeBuffer(Shape.count sizes * int64 dtype.Size)
        write.Invoke(Block(buffer.Address, dtype.Element, sizes, strides))
        Expr.data (Memory(buffer, 0L, strides)) sizes strides dtype

    /// The evaluated memory of an expression as it lies. Keep the expression alive while the block is used.
    let block (e: Expr) : Block =
        if e.Device = Device.Meta then
            Fault.unsupported "Cannot copy out of meta tensor; no data!"

        match e.Node with
        | Fill l ->
            // A fill has no memory: one element with strides 0 in a buffer that the caller keeps through the block's lifetime is not possible,
            // so the fill becomes memory.
            let wide = e.DType.Compute
            let one = Scalars.convert wide.Element e.DType.Element (Literals.bytes wide.Element l)
            let buffer = new NativeBuffer(e.Count * int64 e.DType.Size)
            let strides = Shape.contiguous e.Sizes
            StridedCopy.Fill(Block(buffer.Address, e.DType.Element, e.Sizes, strides), ReadOnlySpan(one, 0, e.DType.Size))
            e.Become(Memory(buffer, 0L, strides))
        | Data _ -> ()
        | _ -> Runtime.evaluate [| e |]

        match e.Node with
        | Data m -> Block(m.Buffer.Address + nativeint (m.Offset * int64 e.DType.Size), e.DType.Element, e.Sizes, m.Strides)
        | _ -> Fault.inside "an evaluated expression has no memory"

    /// The evaluated memory in row-major order. Where it lay otherwise the expression's memory is replaced by a contiguous copy.
    let contiguous (e: Expr) : Block =
        let b = block e

        if b.IsContiguous then
            b
        else
            let buffer = new NativeBuffer(e.Count * int64 e.DType.Size)
            let strides = Shape.contiguous e.Sizes
            let target = Block(buffer.Address, e.DType.Element, e.Sizes, strides)
            StridedCopy.Copy(b, target)
            GC.KeepAlive e
            e.Become(Memory(buffer, 0L, strides))
            target

    /// The elements in row-major order as bytes.
    let toBytes (e: Expr) : byte[] =
        let b = contiguous e
        let bytes = Array.zeroCreate<byte> (int (e.Count * int64 e.DType.Size))
        Marshal.Copy(b.Address, bytes, 0, bytes.Length)
        GC.KeepAlive e
        bytes

    /// The elements in row-major order; 'T has the element's layout.
    let toArray<'T when 'T: struct and 'T: unmanaged and 'T: (new: unit -> 'T) and 'T :> ValueType> (e: Expr) : 'T[] =
        MemoryMarshal.Cast<byte, 'T>(ReadOnlySpan(toBytes e)).ToArray()
