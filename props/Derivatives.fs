/// What every differentiable operation promises, checked numerically in float64: the gradient and the gradient's gradient equal finite differences, forward
/// mode is the transpose of reverse mode, batching equals a loop, and the layout of the operands does not matter.
namespace Torch.Props

open System
open Torch.Core
open Torch.Core.Ops
open Xunit

[<RequireQualifiedAccess>]
module Derivatives =
    /// Numbers in [-2, 2] that follow from a seed, no two equal within a few hundred.
    let numbers (seed: int) (count: int64) : float[] =
        Array.init (int count) (fun i -> 2.0 * Math.Sin(float (seed + 1) * 1.7 + float i * 2.399963))

    let tensorFrom (seed: int) (sizes: int64[]) : Expr =
        Host.ofArray DType.Float64 sizes (numbers seed (Shape.count sizes))

    let ofFloats (sizes: int64[]) (values: float[]) : Expr = Host.ofArray DType.Float64 sizes values
    let ofInts (sizes: int64[]) (values: int64[]) : Expr = Host.ofArray DType.Int64 sizes values

    let floats (e: Expr) : float[] =
        Host.toArray<float> (Expr.cast DType.Float64 e)

    /// The same values in memory of which the expression shows every second element, dimensions reversed.
    let scattered (e: Expr) : Expr =
        let order = [| e.Rank - 1 .. -1 .. 0 |]
        let turned = Expr.permute order e
        let wide = turned.Sizes |> Array.mapi (fun d s -> if d = 0 then 2L * s else s)
        let buffer = Array.create (int (Shape.count wide)) Double.NaN
        let values = floats turned
        let inner = if wide.Length = 0 then 1 else values.Length / max 1 (int turned.Sizes[0])
        values |> Array.iteri (fun i v -> buffer[(i / max 1 inner) * 2 * inner + i % max 1 inner] <- v)
        let x = Host.ofArray DType.Float64 wide buffer

        if e.Rank = 0 then
            e
        else
            let step = Array.init e.Rank (fun d -> if d = 0 then 2L else 1L)
            Expr.slice (Array.zeroCreate e.Rank) step turned.Sizes x |> Expr.permute order

    let private dot (a: Expr) (b: Expr) =
        Array.fold2 (fun s x y -> s + x * y) 0.0 (floats a) (floats b)

    let private near (what: string) (tolerance: float) (expected: float[]) (actual: float[]) =
        Assert.True((expected.Length = actual.Length), $"{what}: {actual.Length} elements, expected {expected.Length}")

        for i in 0 .. expected.Length - 1 do
            let e, a = expected[i], actual[i]
            let close = (e = a) || abs (e - a) <= tolerance * (1.0 + abs e) || (Double.IsNaN e && Double.IsNaN a)
            Assert.True(close, $"{what}, element {i}: {a}, expected {e}")

    let private gradients (f: Expr[] -> Expr) (inputs: Expr[]) (g: Expr) : Expr[] =
        let y = f inputs

        Reverse.vjp [| y |] [| Some g |] inputs
        |> Array.mapi (fun i r -> r |> Option.defaultWith (fun () -> Expr.zerosLike inputs[i]))

    /// The derivatives of a number by each element of each input, by central differences.
    let private differences (f: Expr[] -> float) (inputs: Expr[]) : float[][] =
        let h = 1e-5

        inputs
        |> Array.mapi (fun i x ->
            let values = floats x

            Array.init values.Length (fun k ->
                let at d =
                    let v = Array.copy values
                    v[k] <- v[k] + d
                    let moved = Array.copy inputs
                    moved[i] <- ofFloats x.Sizes v
                    f moved

                (at h - at -h) / (2.0 * h)))

    let private first (name: string) (tolerance: float) (f: Expr[] -> Expr) (inputs: Expr[]) =
        let y = f inputs
        let g = tensorFrom 77 y.Sizes
        let gs = gradients f inputs g
        let expected = differences (fun xs -> dot (f xs) g) inputs
        Array.iteri (fun i e -> near $"{name}: gradient {i}" tolerance e (floats gs[i])) expected

        for i in 0 .. inputs.Length - 1 do
            Assert.Equal<int64>(inputs[i].Sizes, gs[i].Sizes)

    let private forward (name: string) (f: Expr[] -> Expr) (inputs: Expr[]) =
        let y = f inputs
        let g = tensorFrom 31 y.Sizes
        let ts = inputs |> Array.mapi (fun i x -> tensorFrom (13 + i) x.Sizes)
        let gs = gradients f inputs g
        let backward = Array.fold2 (fun s a b -> s + dot a b) 0.0 gs ts

        match (Forward.jvp [| y |] inputs (ts |> Array.map Some))[0] with
        | Some t -> near $"{name}: forward mode" 1e-9 [| backward |] [| dot t g |]
        | None -> near $"{name}: forward mode" 1e-9 [| backward |] [| 0.0 |]

    let private second (name: string) (tolerance: float) (f: Expr[] -> Expr) (inputs: Expr[]) =
        let y = f inputs
        let g = tensorFrom 41 y.Sizes
        let us = inputs |> Array.mapi (fun i x -> tensorFrom (53 + i) x.Sizes)

        // The gradient with the cotangent as one more input, contracted to a number.
        let contracted (xs: Expr[]) =
            let n = xs.Length - 1
            let gs = gradients f (Array.sub xs 0 n) xs[n]

            Array.fold2
                (fun (s: Expr) (a: Expr) b -> Arithmetic.add s (Arithmetic.mul a b |> Arithmetic.sumTo [||]))
                (Expr.fill [||] DType.Float64 (Real 0.0))
                gs
                us

        first $"{name}, second order" tolerance contracted (Array.append inputs [| g |])

    let private layouts (name: string) (f: Expr[] -> Expr) (inputs: Expr[]) =
        near $"{name}: other strides" 1e-12 (floats (f inputs)) (floats (f (inputs |> Array.map scattered)))

    /// vmap with all inputs batched, and with each alone, equals the loop.
    let batching (name: string) (f: Expr[] -> Expr) (inputs: Expr[]) =
        let count = 3L
        let example (i: int64) (x: Expr) = Arithmetic.mul x (Expr.real (1.0 + 0.25 * float i))

        let choices =
            Array.append
                [| Array.create inputs.Length true |]
                (if inputs.Length > 1 then [| for i in 0 .. inputs.Length - 1 -> Array.init inputs.Length ((=) i) |] else [||])

        for chosen in choices do
            let batches = inputs |> Array.map (fun x -> Batch.stack (Array.init (int count) (fun i -> example (int64 i) x)))
            let variables = inputs |> Array.mapi (fun i x -> if chosen[i] then Expr.variableLike x else x)
            let y = f variables
            let used = [| for i in 0 .. inputs.Length - 1 do
                              if chosen[i] then i |]
            let result = (Batch.vmap count (used |> Array.map (fun i -> variables[i])) (used |> Array.map (fun i -> batches[i])) [| y |])[0]

            let loop =
                Array.init (int count) (fun k -> f (inputs |> Array.mapi (fun i x -> if chosen[i] then Expr.select 0 (int64 k) batches[i] else x)) |> floats)

            near $"{name}: vmap" 1e-9 (Array.concat loop) (floats result)

    /// All promises at once; `f` takes float64 inputs and gives one float64 result, smooth at the inputs.
    let checkAt (tolerance: float) (name: string) (f: Expr[] -> Expr) (inputs: Expr[]) : unit =
        first name tolerance f inputs
        forward name f inputs
        second name (10.0 * tolerance) f inputs
        layouts name f inputs
        batching name f inputs

    let check (name: string) (f: Expr[] -> Expr) (inputs: Expr[]) : unit = checkAt 1e-6 name f inputs
