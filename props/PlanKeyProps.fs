/// The cache of plans: whatever differs between two graphs beyond numbers and memory makes another plan, numbers do not, and the cache is bounded.
[<Xunit.Collection("plans")>]
module Torch.Props.PlanKeyProps

open System
open FsCheck
open FsCheck.FSharp
open Torch.Core
open Torch.Core.Ops
open Xunit

/// A small graph with one of everything that a key holds.
type Variant =
    { Rows: int
      Columns: int
      DType: int
      Step: int
      Start: int
      Dim: int
      Groups: int
      Epsilon: int
      Number: int }

let private dtypes = [| DType.Float32; DType.Float64; DType.BFloat16 |]
/// Among them numbers that F# calls equal or unequal to themselves.
let private epsilons = [| 1e-5; 0.0; -0.0; nan; 0.5 |]
let private numbers = [| 0.0; -0.0; 1.0; 0.25; infinity; nan |]

let private build (v: Variant) : Expr[] =
    let rows, columns = int64 v.Rows, int64 v.Columns
    let n = int ((rows + 2L) * columns * 2L)
    let x = Host.ofArray DType.Float32 [| rows + 2L; columns * 2L |] (Array.init n (fun i -> sin (float32 i))) |> Expr.cast dtypes[v.DType]
    // Another stride of the same memory, another offset into it.
    let seen = Expr.slice [| int64 v.Start; 0L |] [| 1L; int64 v.Step |] [| rows; columns |] x
    Runtime.evaluate [| x |]
    let scaled = Arithmetic.mul seen (Expr.real numbers[v.Number])
    let total = Arithmetic.sumKeep [| v.Dim |] (Arithmetic.add scaled (Expr.cast dtypes[v.DType] (Expr.index rows 0L 1L) |> Expr.reshape [| rows; 1L |]))
    let normal = Normalisation.layer_norm seen [| columns |] null null epsilons[v.Epsilon]
    [| total; normal; Softmax.softmax scaled (int64 v.Dim) (Nullable()) |]

let private evaluated (v: Variant) : byte[][] =
    let es = build v
    Runtime.evaluate es
    es |> Array.map Programs.bytes

let private variant: Gen<Variant> =
    gen {
        let! rows = Gen.choose (1, 3)
        let! columns = Gen.choose (2, 4)
        let! dtype = Gen.choose (0, 2)
        let! step = Gen.choose (1, 2)
        let! start = Gen.choose (0, 2)
        let! dim = Gen.choose (0, 1)
        let! epsilon = Gen.choose (0, epsilons.Length - 1)
        let! number = Gen.choose (0, numbers.Length - 1)

        return
            { Rows = rows; Columns = columns; DType = dtype; Step = step; Start = start; Dim = dim; Groups = 1; Epsilon = epsilon; Number = number }
    }

let private change (field: int) (by: int) (v: Variant) : Variant =
    match field % 8 with
    | 0 -> { v with Rows = 1 + (v.Rows - 1 + by) % 3 }
    | 1 -> { v with Columns = 2 + (v.Columns - 2 + by) % 3 }
    | 2 -> { v with DType = (v.DType + by) % 3 }
    | 3 -> { v with Step = 3 - v.Step }
    | 4 -> { v with Start = (v.Start + by) % 3 }
    | 5 -> { v with Dim = 1 - v.Dim }
    | 6 -> { v with Epsilon = (v.Epsilon + by) % epsilons.Length }
    | _ -> { v with Number = (v.Number + by) % numbers.Length }

[<Fact>]
let ``a graph that differs in one field gets the results of its own plan`` () =
    let property (v: Variant, field: int, by: int) =
        let other = change field by v
        // With the cache: the plan of the first graph is there when the second comes.
        evaluated v |> ignore
        let cached = evaluated other
        Runtime.clearPlans ()
        cached = evaluated other

    let inputs = Gen.zip3 variant (Gen.choose (0, 7)) (Gen.choose (1, 2)) |> Arb.fromGen
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 300, Prop.forAll inputs property)

[<Fact>]
let ``numbers make no new plans`` () =
    let x = Host.ofArray DType.Float32 [| 3L |] [| 1f; 2f; 3f |]
    let step (rate: float) = Host.toArray<float32> (Arithmetic.sub x (Arithmetic.mul x (Expr.real rate)))
    step 0.5 |> ignore
    let before = Runtime.counters().PlanMisses

    for k in 1..100 do
        Assert.Equal<float32[]>([| 1f; 2f; 3f |] |> Array.map (fun v -> v - v * float32 (1.0 / float k)), step (1.0 / float k))

    Assert.Equal(before, Runtime.counters().PlanMisses)

[<Fact>]
let ``attributes that are not equal to themselves find their plan again`` () =
    let x = Host.ofArray DType.Float32 [| 2L; 3L |] [| 1f; 2f; 3f; 4f; 5f; 6f |]
    let run () = Runtime.evaluate [| Normalisation.layer_norm x [| 3L |] null null nan |]
    run ()
    let before = Runtime.counters().PlanMisses
    run ()
    Assert.Equal(before, Runtime.counters().PlanMisses)

[<Fact>]
let ``ten thousand structures leave a bounded number of plans and memory flat`` () =
    let limit = Runtime.planLimit
    Runtime.planLimit <- 200

    try
        let run n =
            let x = Host.ofArray DType.Float32 [| int64 n |] (Array.create n 1f)
            Assert.Equal<float32[]>([| 2f * float32 n |], Host.toArray<float32> (Arithmetic.sumKeep [| 0 |] (Arithmetic.add x x)))
            Assert.InRange(Runtime.counters().Plans, 0, 201)

        let settled () =
            GC.Collect()
            GC.WaitForPendingFinalizers()
            struct (GC.GetTotalMemory true, Torch.Kernels.MemoryPool.LiveBytes)

        for n in 1..1000 do
            run n

        let struct (managed, native) = settled ()

        for n in 1001..10000 do
            run n

        let struct (managed', native') = settled ()
        Assert.InRange(managed' - managed, Int64.MinValue, 4_000_000L)
        Assert.InRange(native' - native, Int64.MinValue, 4_000_000L)
    finally
        Runtime.planLimit <- limit
