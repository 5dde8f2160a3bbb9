/// Adding a pointwise operation takes a word: existing operators over one element, and the partials. Everything else follows: gradients of every order,
/// forward mode, batching, fusion. This file adds one.
module Torch.Props.NewOperationProps

open Torch.Core
open Torch.Core.Ops
open Torch.Kernels
open Xunit

/// x / (1 + x y), whose derivatives are 1 / (1 + x y)^2 and -x^2 / (1 + x y)^2.
let private word: Word =
    // The constant is an operand: so numbers stay out of plans.
    let x, y, one = Arg 0, Arg 1, Arg 2
    let divisor = Apply(Operators.add, [ one; Apply(Operators.mul, [ x; y ]) ])

    { Name = "saturate"
      Rule = PromotedToFloat
      Lane = Apply(Operators.div, [ x; divisor ])
      Partials =
        fun args _ ->
            let divisor = Arithmetic.add args[2] (Arithmetic.mul args[0] args[1])
            let square = Arithmetic.mul divisor divisor
            [| Over square; Scale(Arithmetic.neg (Arithmetic.div (Arithmetic.mul args[0] args[0]) square)); Zero |] }

let private saturate (x: Expr) (y: Expr) : Expr = Expr.map word [| x; y; Expr.real 1.0 |]

let private positive (seed: int) (sizes: int64[]) =
    Derivatives.numbers seed (Shape.count sizes) |> Array.map (fun v -> 0.1 + v * v) |> Derivatives.ofFloats sizes

[<Fact>]
let ``a new word computes what its lane says, broadcasts and promotes`` () =
    let y = saturate (Derivatives.ofInts [| 3L; 1L |] [| 1L; 2L; 3L |]) (Derivatives.ofInts [| 2L |] [| 1L; 0L |])
    Assert.Equal<int64[]>([| 3L; 2L |], y.Sizes)
    Assert.Equal(DType.Float32, y.DType)
    Assert.Equal<float[]>([| 0.5; 1.0; float (2f / 3f); 2.0; 0.75; 3.0 |], Derivatives.floats y)

[<Fact>]
let ``a new word has gradients of two orders, forward mode and vmap without another line`` () =
    Derivatives.check "saturate" (fun xs -> saturate xs[0] xs[1]) [| positive 1 [| 3L; 4L |]; positive 2 [| 4L |] |]

[<Fact>]
let ``a new word fuses with its neighbours into one kernel, forwards and backwards`` () =
    let x, y = positive 3 [| 5L; 7L |], positive 4 [| 5L; 7L |]
    let z = Arithmetic.mul (saturate (Arithmetic.add x y) y) (Trigonometric.sin x)
    Assert.Equal(1, Runtime.kernelCount [| z |])
    let gradients = Reverse.vjp [| z |] [| Some(Expr.onesLike z) |] [| x; y |] |> Array.map Option.get
    Assert.Equal(1, Runtime.kernelCount (Array.append [| z |] gradients))
