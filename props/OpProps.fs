/// What every operation of the table promises, expanded from its declaration: derivatives of first and second order equal finite differences, forward mode
/// is the transpose of reverse mode, vmap equals a loop, layouts do not matter; half types round the wide result once; dtypes follow PyTorch's rules.
module Torch.Props.OpProps

open System
open FsCheck
open FsCheck.FSharp
open Torch.Core
open Torch.Core.Ops
open Xunit

/// The function of a declaration over its arguments.
let private call (def: OpDef) (args: Expr[]) : Expr =
    match def.Signature with
    | Unary f -> f args[0]
    | Binary f -> f args[0] args[1]
    | Ternary f -> f args[0] args[1] args[2]
    | Other f -> f args[0]

let private arity (def: OpDef) =
    match def.Signature with
    | Unary _
    | Other _ -> 1
    | Binary _ -> 2
    | Ternary _ -> 3

let private known = OpTable.all |> List.map (fun d -> d.Name, d) |> Map.ofList

let private names (which: OpDef -> bool) : TheoryData<string> =
    let data = TheoryData<string>()

    for d in OpTable.all do
        if which d then data.Add d.Name

    data

/// Numbers of a domain that stay clear of kinks: k + an odd fraction of a grid of 97 steps, never 0, a half or a bound of a clamp. Different operands
/// are at different fractions, so that extrema have no ties.
let private point (d: Domain) (operand: int) (k: int) =
    d.Low + (d.High - d.Low) * (float (((k % 97) + 97) % 97) + 0.3719 + 0.2113 * float operand) / 98.0

let private sampleOf (d: Domain) (operand: int) (seed: int) (sizes: int64[]) : Expr =
    let n = int (Shape.count sizes)
    // Steps of 31 visit all of the grid: no two elements are equal.
    Derivatives.ofFloats sizes (Array.init n (fun i -> point d operand (seed + 17 * operand + 31 * i)))

let differentiable = names (fun d -> d.Differentiable)
let everything = names (fun _ -> true)

/// Complex results as pairs of real ones.
let private realised (y: Expr) = if y.DType.IsComplex then ComplexParts.view_as_real y else y

[<Theory; MemberData(nameof differentiable)>]
let ``derivatives equal finite differences, forward mode and vmap agree`` (name: string) =
    let def = known[name]

    for seed in [ 3; 40 ] do
        let all = Array.init (arity def) (fun i -> sampleOf def.Domain i seed [| 5L |])
        let free = [| 0 .. all.Length - 1 |] |> Array.filter (fun i -> not (List.contains i def.Fixed))

        // Operands without derivative stay as they are.
        let f (given: Expr[]) =
            let args = Array.copy all
            Array.iter2 (fun i x -> args[i] <- x) free given
            realised (call def args)

        Derivatives.checkAt 2e-6 $"{name} at {seed}" f (free |> Array.map (fun i -> all[i]))

[<Theory; MemberData(nameof differentiable)>]
let ``the gradient is right at any point of the domain`` (name: string) =
    let def = known[name]
    let h = 1e-6

    let property (seed: int) =
        let args = Array.init (arity def) (fun i -> sampleOf def.Domain i seed [| 3L |])
        let total (xs: Expr[]) = realised (call def xs) |> Derivatives.floats |> Array.sum
        let y = realised (call def args)
        let gradients = Reverse.vjp [| y |] [| Some(Expr.onesLike y) |] args

        let agrees (i: int) (x: Expr) =
            let values = Derivatives.floats x

            let along (step: float) =
                let moved = Array.copy args
                moved[i] <- Derivatives.ofFloats x.Sizes (values |> Array.map (fun v -> v + step))
                total moved

            let expected = (along h - along -h) / (2.0 * h)

            let actual =
                match gradients[i] with
                | Some g -> Array.sum (Derivatives.floats g)
                | None -> 0.0

            abs (expected - actual) <= 1e-5 * (1.0 + abs expected)

        args |> Array.mapi (fun i x -> List.contains i def.Fixed || agrees i x) |> Array.forall id

    Check.One(Config.QuickThrowOnFailure.WithMaxTest 25, property)

[<Theory; MemberData(nameof everything)>]
let ``an empty operand gives a result of the right sizes or PyTorch's refusal`` (name: string) =
    let def = known[name]
    let args = Array.init (arity def) (fun _ -> Expr.fill [| 0L |] DType.Float64 (Int 0L))

    match def.Signature with
    | Other _ -> ()
    | _ ->
        try
            let y = call def args
            Assert.Equal<int64>([| 0L |], y.Sizes)
            Assert.Empty(Host.toBytes y)
        with :? NotSupportedException ->
            // Operations on integers alone.
            ()

/// Declarations that are one word over half types: they round once.
let private isWord (def: OpDef) =
    match def.Signature with
    | Unary f ->
        let x = Expr.variableLike (Expr.fill [| 3L |] DType.Float16 (Int 1L))

        (try
            match (f x).Node with
            | Map(_, [| y |]) -> obj.ReferenceEquals(x, y)
            | _ -> false
         with :? NotSupportedException -> false)
    | _ -> false

let words = names isWord

[<Theory; MemberData(nameof words)>]
let ``half types are the wide result rounded once`` (name: string) =
    let def = known[name]

    for half in [ DType.Float16; DType.BFloat16 ] do
        let x = sampleOf def.Domain 0 5 [| 97L |] |> Expr.cast half
        let wide = call def [| Expr.cast DType.Float32 x |]
        let expected = if wide.DType = DType.Float32 then Expr.cast half wide else wide
        let actual = call def [| x |]
        Assert.Equal(expected.DType, actual.DType)
        Assert.Equal<byte>(Host.toBytes expected, Host.toBytes actual)

let private ints = Host.ofArray DType.Int64 [| 4L |] [| -3L; 0L; 2L; 7L |]
let private bools = Expr.cast DType.Bool ints

[<Fact>]
let ``functions into the reals take integers and bool to the default float dtype`` () =
    let functions: (string * (Expr -> Expr)) list =
        [ "exp", Exponential.exp
          "sin", Trigonometric.sin
          "sigmoid", Exponential.sigmoid
          "sqrt", Numeric.sqrt
          "reciprocal", Numeric.reciprocal
          "logsumexp", (fun x -> Reductions.logsumexp x null false)
          "div", (fun x -> Numeric.div x x) ]

    for name, f in functions do
        for x in [ ints; bools ] do
            Assert.True(((f x).DType = DType.Float32), $"{name} of {x.DType}")

[<Fact>]
let ``integers stay integers where PyTorch keeps them`` () =
    let functions: (Expr -> Expr) list =
        [ Numeric.abs
          Numeric.square
          Numeric.floor
          Numeric.sign
          Activations.relu
          (fun x -> Numeric.floor_divide x (Expr.int 2L))
          (fun x -> Numeric.remainder x (Expr.int 2L))
          (fun x -> Numeric.pow x (Expr.int 2L)) ]

    for f in functions do
        Assert.Equal(DType.Int64, (f ints).DType)

    Assert.Equal(DType.Float32, (Numeric.pow ints (Expr.real 0.5)).DType)

[<Fact>]
let ``reductions have PyTorch's dtypes`` () =
    let none = Nullable<DType>()
    let bytes = Expr.cast DType.UInt8 ints
    Assert.Equal(DType.Int64, (Reductions.sum bytes null false none).DType)
    Assert.Equal(DType.Int64, (Reductions.sum bools null false none).DType)
    Assert.Equal(DType.Int64, (Reductions.prod bools null false none).DType)
    Assert.Equal(DType.Float64, (Reductions.sum bytes null false (Nullable DType.Float64)).DType)
    Assert.Equal(DType.Bool, (Reductions.any ints null false).DType)
    Assert.Equal(DType.UInt8, (Reductions.all bytes null false).DType)
    Assert.Equal(DType.UInt8, (Reductions.amax bytes null false).DType)
    Assert.Equal(DType.Int64, (Reductions.count_nonzero ints null).DType)

let private refuses<'E when 'E :> exn> (message: string) (f: unit -> Expr) =
    let error = Assert.ThrowsAny<'E>(fun () -> f () |> ignore)
    Assert.Contains(message, error.Message)

[<Fact>]
let ``what PyTorch refuses is refused in its words`` () =
    let none = Nullable<DType>()
    let z = Expr.fill [| 2L |] DType.Complex64 (Complex(1.0, 2.0))
    refuses<Torch.TorchException> "Negation, the `-` operator, on a bool tensor" (fun () -> Numeric.neg bools)
    refuses<Torch.TorchException> "with two bool tensors is not supported" (fun () -> Numeric.sub bools bools)
    refuses<Torch.TorchException> "with a bool tensor is not supported" (fun () -> Numeric.sub ints bools)
    refuses<Torch.TorchException> "Integers to negative integer powers" (fun () -> Numeric.pow ints (Expr.int -1L))
    refuses<Torch.TorchException> "could not infer output dtype" (fun () -> Reductions.mean ints null false none)
    refuses<NotSupportedException> "\"abs_cpu\" not implemented for 'Bool'" (fun () -> Numeric.abs bools)
    refuses<NotSupportedException> "\"lt_cpu\" not implemented for 'ComplexFloat'" (fun () -> Compare.lt z z)
    refuses<NotSupportedException> "\"GeluKernelImpl\" not implemented for 'Long'" (fun () -> Activations.gelu ints "none")
    refuses<NotSupportedException> "torch.sgn" (fun () -> Numeric.sign z)
    refuses<Torch.TorchException> "maximum not implemented for complex tensors." (fun () -> Numeric.maximum z z)
    refuses<Torch.TorchException> "must not be a floating point number" (fun () -> Numeric.add_scaled ints ints (Expr.real 0.5))
    refuses<ArgumentException> "abc is not a valid value for reduction" (fun () -> Losses.l1_loss z z "abc")

/// The gradient of a sum by one operand.
let private slope (f: Expr -> Expr) (values: float[]) =
    let x = Derivatives.ofFloats [| int64 values.Length |] values
    let y = f x
    (Reverse.vjp [| y |] [| Some(Expr.onesLike y) |] [| x |])[0] |> Option.get |> Derivatives.floats

let private isSame (expected: float list) (actual: float[]) = Assert.Equal<float>(List.toArray expected, actual)

[<Fact>]
let ``kinks, ties and zeros have PyTorch's derivatives`` () =
    let none = Nullable<DType>()
    let fixedAt v (f: Expr -> Expr -> Expr) x = f x (Expr.onesLike x |> Arithmetic.mul (Expr.real v))
    isSame [ 0.0; 0.0; 1.0; 1.0 ] (slope Activations.relu [| -1.0; 0.0; 2.0; nan |])
    isSame [ 0.0; 0.5; 1.0 ] (slope (fixedAt 1.0 Numeric.maximum) [| 0.0; 1.0; 2.0 |])
    isSame [ 1.0; 0.5; 0.0 ] (slope (fixedAt 1.0 Numeric.minimum) [| 0.0; 1.0; 2.0 |])
    isSame [ 0.0; 1.0; 1.0; 1.0; 0.0 ] (slope (fun x -> Numeric.clamp x (Expr.real -1.0) (Expr.real 1.0)) [| -2.0; -1.0; 0.0; 1.0; 2.0 |])
    isSame [ 0.0; 0.0; 1.0; 0.0 ] (slope (fun x -> Activations.hardtanh x -1.0 1.0) [| -2.0; -1.0; 0.0; 1.0 |])
    isSame [ infinity ] (slope Numeric.sqrt [| 0.0 |])
    isSame [ 0.0; -1.0; 1.0 ] (slope Numeric.abs [| 0.0; -3.0; 3.0 |])
    isSame [ 0.0; 0.0 ] (slope (fun x -> Reductions.vector_norm x 2.0 null false none) [| 0.0; 0.0 |])
    isSame [ 0.0; 0.0 ] (slope (fun x -> Reductions.std x null 1.0 false) [| 2.0; 2.0 |])
    isSame [ 0.5; 0.0; 0.5 ] (slope (fun x -> Reductions.amax x null false) [| 3.0; 1.0; 3.0 |])
    isSame [ 6.0; 0.0; 0.0 ] (slope (fun x -> Reductions.prod x null false none) [| 0.0; 2.0; 3.0 |])
    isSame [ 0.0; 0.0; 0.0 ] (slope (fun x -> Reductions.prod x null false none) [| 0.0; 0.0; 3.0 |])
    isSame [ 0.0 ] (slope (fun x -> Numeric.pow x (Expr.real 0.0)) [| 0.0 |])
    isSame [ 0.0 ] (slope (fun x -> Exponential.xlogy x x) [| 0.0 |] |> Array.map (fun v -> if Double.IsNaN v then 0.0 else v))
    isSame [ 0.0; 0.0 ] (slope Numeric.floor [| 0.5; 1.0 |])
    isSame [ 0.0 ] (slope Trigonometric.sinc [| 0.0 |])
