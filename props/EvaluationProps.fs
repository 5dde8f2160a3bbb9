/// What evaluation promises: the moment at which it happens, the threads that do it and what shares a plan change no bit.
module Torch.Props.EvaluationProps

open FsCheck
open FsCheck.FSharp
open Torch.Core
open Torch.Core.Ops
open Torch.Kernels
open Xunit
open Torch.Props.Programs

let private config = Config.QuickThrowOnFailure.WithArbitrary([ typeof<Generators> ]).WithMaxTest(300).WithEndSize(40)

let private same (a: Expr list) (b: Expr list) =
    List.length a = List.length b
    && List.forall2 (fun (x: Expr) (y: Expr) -> Shape.same x.Sizes y.Sizes && x.DType = y.DType && bytes x = bytes y) a b

[<Fact>]
let ``lazy equals immediate, bit for bit`` () =
    Debug.check <- true

    let property (p: Program) =
        let immediate = run p (fun e -> Runtime.evaluate [| e |])
        let pending = run p ignore
        Runtime.evaluate (Array.ofList pending)
        same immediate pending

    Check.One(config, property)

[<Fact>]
let ``the last value alone equals the last value of all`` () =
    Debug.check <- true

    let property (p: Program) =
        let all = run p ignore
        Runtime.evaluate (Array.ofList all)
        let alone = run p ignore |> List.last
        same [ List.last all ] [ alone ]

    Check.One(config, property)

[<Fact>]
let ``a known plan gives what a new plan gives`` () =
    let property (p: Program) =
        let first = run p ignore
        Runtime.evaluate (Array.ofList first)
        let hits = Runtime.counters().PlanHits
        let second = run p ignore
        Runtime.evaluate (Array.ofList second)
        ignore hits
        same first second

    Check.One(config, property)

[<Fact>]
let ``one thread and two give the same bits`` () =
    let count = Workers.Count

    let property (p: Program) =
        Workers.Count <- 1
        let one = run p ignore
        Runtime.evaluate (Array.ofList one)
        Workers.Count <- 2
        let two = run p ignore
        Runtime.evaluate (Array.ofList two)
        same one two

    try
        Check.One(config.WithMaxTest(100), property)
        // Large enough to be split.
        let big = Host.ofArray DType.Float32 [| 1000L; 1000L |] (Array.init 1000000 (fun i -> sin (float32 i)))

        let work () =
            [ Arithmetic.sumKeep [| 0; 1 |] (Arithmetic.mul big big)
              Arithmetic.sumKeep [| 0 |] big
              Arithmetic.sumKeep [| 1 |] (Expr.transpose 0 1 big) ]

        Workers.Count <- 1
        let one = work ()
        Runtime.evaluate (Array.ofList one)
        Workers.Count <- 2
        let two = work ()
        Runtime.evaluate (Array.ofList two)
        Assert.True(same one two)
    finally
        Workers.Count <- count

[<Fact>]
let ``several threads evaluate the same pending graph`` () =
    let property (p: Program) =
        let expected = run p (fun e -> Runtime.evaluate [| e |])
        let shared = run p ignore |> Array.ofList

        let results =
            Array.Parallel.init 4 (fun k ->
                let mine = if k % 2 = 0 then shared else Array.rev shared
                mine |> Array.map bytes |> (fun b -> if k % 2 = 0 then b else Array.rev b))

        let wanted = expected |> List.map bytes |> Array.ofList
        results |> Array.forall (fun r -> r = wanted)

    Check.One(config.WithMaxTest(60), property)

[<Fact>]
let ``the sum of an expanded tensor of 2^33 elements needs no memory for them`` () =
    let one = Host.ofArray DType.Float32 [| 1L |] [| 1f |]
    let total = Expr.expand [| 1L <<< 33 |] one |> Arithmetic.sumKeep [| 0 |]
    Assert.Equal<float32[]>([| 8589934592f |], Host.toArray<float32> total)

[<Fact>]
let ``a hundred thousand chained operations work on a small stack`` () =
    let mutable fault: exn = null

    let work () =
        try
            let x = Host.ofArray DType.Float64 [| 2L |] [| 1.0; 2.0 |]
            let mutable y = x

            for _ in 1..100000 do
                y <- Arithmetic.add y x

            let g = (Reverse.vjp [| y |] [| Some(Expr.onesLike y) |] [| x |])[0]
            Assert.Equal<float[]>([| 100001.0; 200002.0 |], Host.toArray<float> y)
            Assert.Equal<float[]>([| 100001.0; 100001.0 |], Host.toArray<float> g.Value)
            Assert.NotEmpty(Runtime.explain [| Arithmetic.add y x |])
        with e ->
            fault <- e

    let thread = System.Threading.Thread(work, 256 * 1024)
    thread.Start()
    thread.Join()
    Assert.Null fault
