/// From a schedule to what runs: loop nests become programs of the tile interpreter, and each step learns which bases it uses, makes and ends.
/// Coming in: a schedule. Going out: a plan, which knows nothing of this time's memory or numbers and can be run any number of times, by several
/// threads at once.
namespace Torch.Core

open System
open System.Collections.Generic
open Torch.Kernels

type PlanAction =
    | Program of TileProgram
    | Call of Routine * operands: Operand[] * results: Operand[]
    | Transfer of source: Operand * target: Operand

[<NoComparison; ReferenceEquality>]
type PlanStep =
    { Action: PlanAction
      /// The bases whose addresses a program gets, in the order of its buffer numbers.
      Bases: int[]
      Reads: int[]
      Writes: int[]
      /// Bases that are written here for the first time.
      Makes: int[]
      /// Bases that nobody reads after this step.
      Ends: int[] }

[<NoComparison; ReferenceEquality>]
type Plan =
    { Steps: PlanStep[]
      Inputs: int
      BaseBytes: int64[]
      Outputs: Operand[] }

[<RequireQualifiedAccess>]
module Lower =
    /// A loop nest as a program. Registers are handed out by lifetime: what loads fill lives from the start of the tile.
    let program (nest: LoopNest) : struct (TileProgram * int[]) =
        let body = nest.Body
        let lastUse = Array.create body.Length -1

        body
        |> Array.iteri (fun i line ->
            match line with
            | Compute(_, _, args) ->
                for a in args do
                    lastUse[a] <- i
            | Convert(_, _, a) -> lastUse[a] <- i
            | Load _
            | Scalar _
            | Position _ -> ())

        for s in nest.Stores do
            lastUse[s.Value] <- body.Length

        for f in nest.Folds do
            lastUse[f.Value] <- body.Length

        let bases = List<int>()

        let buffer (b: int) =
            match bases.IndexOf b with
            | -1 ->
                bases.Add b
                bases.Count - 1
            | k -> k

        let register = Array.create body.Length -1
        let free = Stack<int>()
        let mutable count = 0

        let take () =
            if free.Count > 0 then
                free.Pop()
            else
                count <- count + 1
                count - 1

        let constants = List<TileProgram.Constant>()
        let indices = List<TileProgram.Index>()
        let loads = List<TileProgram.Access>()
        let steps = List<TileProgram.Step>()

        body
        |> Array.iteri (fun i line ->
            match line with
            | Load(v, t) ->
                register[i] <- take ()
                loads.Add(TileProgram.Access(register[i], buffer v.Base, t, v.Offset, v.Strides))
            | Scalar(slot, t) ->
                register[i] <- take ()
                constants.Add(TileProgram.Constant(register[i], t, slot))
            | Position(d, start, step) ->
                register[i] <- take ()
                indices.Add(TileProgram.Index(register[i], d, start, step))
            | Compute _
            | Convert _ -> ())

        body
        |> Array.iteri (fun i line ->
            let finish (args: int[]) =
                for a in Array.distinct args do
                    if lastUse[a] = i then free.Push register[a]

            match line with
            | Compute(op, t, args) ->
                register[i] <- take ()
                let arg k = if k < args.Length then register[args[k]] else -1
                steps.Add(TileProgram.Step(op.For t, register[i], arg 0, arg 1, arg 2))
                finish args
                // A value that nobody uses does not hold its register.
                if lastUse[i] < 0 then free.Push register[i]
            | Convert(a, b, x) ->
                register[i] <- take ()
                steps.Add(TileProgram.Step(Casts.For(a, b), register[i], register[x], -1, -1))
                finish [| x |]
            | Load _
            | Scalar _
            | Position _ -> ())

        let access value (v: View) t =
            TileProgram.Access(register[value], buffer v.Base, t, v.Offset, v.Strides)

        let stores = nest.Stores |> Array.map (fun s -> access s.Value s.Target s.Type)

        let folds =
            nest.Folds
            |> Array.map (fun f ->
                TileProgram.Fold(f.Combine.For f.Type, f.Type, Literals.bytes f.Type f.Identity, access f.Value f.Target f.Type))

        struct (TileProgram(
                    Sizes = nest.Sizes,
                    Registers = count,
                    Constants = constants.ToArray(),
                    Indices = indices.ToArray(),
                    Loads = loads.ToArray(),
                    Steps = steps.ToArray(),
                    Stores = stores,
                    Reduced = nest.Reduced,
                    Folds = folds
                ),
                bases.ToArray())

    /// Lifetimes of the bases: made where first written, ended after the last step that touches them.
    let plan (schedule: Schedule) : Plan =
        let touched =
            schedule.Steps
            |> Array.map (fun s ->
                let struct (reads, writes) = Schedule.effects s
                let bases (vs: View list) = vs |> List.map (fun v -> v.Base) |> List.distinct
                struct (bases reads, bases writes))

        let first = Array.create schedule.BaseBytes.Length -1
        let last = Array.create schedule.BaseBytes.Length -1

        touched
        |> Array.iteri (fun i (struct (reads, writes)) ->
            for b in writes do
                if first[b] < 0 then first[b] <- i

            for b in reads @ writes do
                last[b] <- i)

        let isOutput = HashSet<int>(schedule.Outputs |> Array.map (fun o -> o.View.Base))

        let steps =
            schedule.Steps
            |> Array.mapi (fun i s ->
                let struct (reads, writes) = touched[i]
                let all = reads @ writes |> List.distinct

                let action, bases =
                    match s with
                    | Loop nest ->
                        let struct (p, bases) = program nest
                        Program p, bases
                    | Invoke(r, operands, results) -> Call(r, operands, results), [||]
                    | Copy(a, b) -> Transfer(a, b), [||]

                { Action = action
                  Bases = bases
                  Reads = List.toArray reads
                  Writes = List.toArray writes
                  Makes = writes |> List.filter (fun b -> b >= schedule.Inputs && first[b] = i) |> List.toArray
                  Ends =
                    all
                    |> List.filter (fun b -> b >= schedule.Inputs && last[b] = i && not (isOutput.Contains b))
                    |> List.toArray })

        { Steps = steps
          Inputs = schedule.Inputs
          BaseBytes = schedule.BaseBytes
          Outputs = schedule.Outputs }
