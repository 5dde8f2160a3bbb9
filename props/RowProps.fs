namespace Torch.Props

open System
open Torch.Core
open Torch.Core.Ops
open Xunit

/// Scans, softmax, classification losses and normalisations against their derivation from primitives, with derivatives.
module RowProps =
    let private x seed sizes = Derivatives.tensorFrom seed (Array.ofList sizes)
    let private check name f (inputs: Expr list) = Derivatives.check name f (Array.ofList inputs)
    let private read (e: Expr) = Derivatives.floats e
    let private none = Nullable<DType>()
    let private same (expected: Expr) (actual: Expr) =
        Assert.Equal<int64>(expected.Sizes, actual.Sizes)
        Array.iter2 (fun (e: float) a -> Assert.Equal(e, a, 10)) (read expected) (read actual)

    let private ( *. ) a b = Arithmetic.mul a b
    let private (-.) a b = Arithmetic.sub a b
    let private (/.) a b = Arithmetic.div a b
    let private (+.) a b = Arithmetic.add a b

    [<Fact>]
    let ``scans have gradients`` () =
        for dim in [ 0L; 1L ] do
            check "cumsum" (fun i -> Scans.cumsum i[0] dim none) [ x 1 [ 3L; 2L ] ]
            check "cumprod" (fun i -> Scans.cumprod i[0] dim none) [ x 1 [ 3L; 4L ] ]
            check "cummax" (fun i -> (Scans.cummax i[0] dim)[0]) [ x 1 [ 3L; 4L ] ]
            check "cummin" (fun i -> (Scans.cummin i[0] dim)[0]) [ x 1 [ 3L; 4L ] ]
            check "logcumsumexp" (fun i -> Scans.logcumsumexp i[0] dim) [ x 1 [ 3L; 4L ] ]

        check "scalar" (fun i -> Scans.cumsum i[0] 0L none) [ x 1 [] ]

    [<Fact>]
    let ``cumprod has a gradient at zeros`` () =
        let a = Derivatives.ofFloats [| 2L; 4L |] [| 1.5; 0.0; 2.0; -1.0; 0.5; 0.0; 3.0; 0.0 |]
        let y = Scans.cumprod a 1L none
        let g = Derivatives.ofFloats [| 2L; 4L |] (Array.init 8 (fun i -> 1.0 + float i))
        let actual = Reverse.vjp [| y |] [| Some g |] [| a |] |> Array.head |> Option.get |> read
        let values, weights = read a, read g

        for k in 0..7 do
            let h = 1e-6
            let at d =
                let v = Array.copy values
                v[k] <- v[k] + d
                Array.fold2 (fun s p q -> s + p * q) 0.0 (read (Scans.cumprod (Derivatives.ofFloats [| 2L; 4L |] v) 1L none)) weights

            Assert.Equal((at h - at -h) / (2.0 * h), actual[k], 6)

    [<Fact>]
    let ``softmax is exp over its sum, with gradients`` () =
        for dim in [ 0L; 1L; 2L ] do
            let a = x 1 [ 2L; 3L; 2L ]
            let e = Exponential.exp a
            same (e /. Reductions.sum e [| dim |] true none) (Softmax.softmax a dim none)
            same (Exponential.log (e /. Reductions.sum e [| dim |] true none)) (Softmax.log_softmax a dim none)
            check "softmax" (fun i -> Softmax.softmax i[0] dim none) [ a ]
            check "log_softmax" (fun i -> Softmax.log_softmax i[0] dim none) [ a ]

        check "softmin" (fun i -> Softmax.softmin i[0] 0L none) [ x 1 [ 3L ] ]
        same (Expr.fill [||] DType.Float64 (Real 1.0)) (Softmax.softmax (x 1 []) 0L none)

    [<Fact>]
    let ``classification losses have gradients`` () =
        let target = Derivatives.ofInts [| 3L |] [| 1L; -100L; 0L |]
        let planes = Derivatives.ofInts [| 2L; 2L |] [| 1L; 2L; 0L; 7L |]
        let weight = Derivatives.ofFloats [| 4L |] [| 0.5; 2.0; 1.0; 1.5 |]

        for reduction in [ "none"; "sum"; "mean" ] do
            check "nll" (fun i -> CrossEntropy.nll_loss i[0] target weight reduction -100L) [ x 1 [ 3L; 4L ] ]
            check "cross entropy" (fun i -> CrossEntropy.cross_entropy i[0] target null reduction -100L 0.1) [ x 1 [ 3L; 4L ] ]
            check "cross entropy, planes" (fun i -> CrossEntropy.cross_entropy i[0] planes weight reduction 7L 0.2) [ x 1 [ 2L; 4L; 2L ] ]
            check "cross entropy, probabilities" (fun i -> CrossEntropy.cross_entropy i[0] i[1] weight reduction -100L 0.1) [ x 1 [ 3L; 4L ]; x 2 [ 3L; 4L ] ]

        check "cross entropy, one" (fun i -> CrossEntropy.cross_entropy i[0] (Derivatives.ofInts [||] [| 2L |]) null "mean" -100L 0.0) [ x 1 [ 4L ] ]

        let fault =
            Assert.ThrowsAny<Exception>(fun () -> CrossEntropy.cross_entropy (x 1 [ 1L; 3L ]) (Derivatives.ofInts [| 1L |] [| 7L |]) null "mean" -100L 0.0 |> read |> ignore)

        Assert.Equal("IndexOutOfRangeException: Target 7 is out of bounds.", fault.GetType().Name + ": " + (fault.Message.Split('\n') |> Array.head))

    let private standard (a: Expr) (dims: int64[]) eps =
        let mean = Reductions.mean a dims true none
        let d = a -. mean
        d /. Numeric.sqrt (Reductions.mean (d *. d) dims true none +. Expr.real eps)

    [<Fact>]
    let ``layer normalisation equals its derivation, with gradients of every order`` () =
        let a, w, b = x 1 [ 3L; 2L; 4L ], x 2 [ 2L; 4L ], x 3 [ 2L; 4L ]
        same (standard a [| 1L; 2L |] 1e-5 *. w +. b) (Normalisation.layer_norm a [| 2L; 4L |] w b 1e-5)
        check "layer_norm" (fun i -> Normalisation.layer_norm i[0] [| 4L |] i[1] i[2] 1e-2) [ x 1 [ 3L; 4L ]; x 2 [ 4L ]; x 3 [ 4L ] ]
        check "layer_norm, plain" (fun i -> Normalisation.layer_norm i[0] [| 2L; 2L |] null null 1e-2) [ x 1 [ 2L; 2L; 2L ] ]
        check "layer_norm, bias" (fun i -> Normalisation.layer_norm i[0] [| 4L |] null i[1] 1e-2) [ x 1 [ 2L; 4L ]; x 3 [ 4L ] ]
        // The statistics are results, too.
        check "layer_norm, statistics" (fun i -> let y = Normalisation.native_layer_norm i[0] [| 4L |] null null 1e-2 in y[1] +. y[2] *. y[2]) [ x 1 [ 3L; 4L ] ]

    [<Fact>]
    let ``group normalisation equals its derivation, with gradients of every order`` () =
        let a, w, b = x 1 [ 2L; 4L; 3L ], x 2 [ 4L ], x 3 [ 4L ]
        let grouped = standard (Expr.reshape [| 2L; 2L; 6L |] a) [| 2L |] 1e-5 |> Expr.reshape [| 2L; 4L; 3L |]
        let column (p: Expr) = Expr.reshape [| 4L; 1L |] p
        same (grouped *. column w +. column b) (Normalisation.group_norm a 2L w b 1e-5)
        check "group_norm" (fun i -> Normalisation.group_norm i[0] 2L i[1] i[2] 1e-2) [ x 1 [ 2L; 4L; 2L ]; w; b ]
        check "group_norm, plain" (fun i -> Normalisation.group_norm i[0] 2L null null 1e-2) [ x 1 [ 2L; 4L ] ]

    [<Fact>]
    let ``batch normalisation equals its derivation, with gradients of every order`` () =
        let a, w, b = x 1 [ 3L; 2L; 2L ], x 2 [ 2L ], x 3 [ 2L ]
        let column (p: Expr) = Expr.reshape [| 2L; 1L |] p
        let run (i: Expr[]) = (Normalisation.batch_norm i[0] null null i[1] i[2] true 0.1 1e-2)[0]
        same (standard a [| 0L; 2L |] 1e-2 *. column w +. column b) (run [| a; w; b |])
        check "batch_norm" run [ a; w; b ]
        check "batch_norm, plain" (fun i -> (Normalisation.batch_norm i[0] null null null null true 0.1 1e-2)[0]) [ x 1 [ 4L; 2L ] ]
        let mean, variance = x 4 [ 2L ], Derivatives.ofFloats [| 2L |] [| 0.5; 1.5 |]
        check "batch_norm, evaluation" (fun i -> (Normalisation.batch_norm i[0] mean variance i[1] i[2] false 0.1 1e-2)[0]) [ a; w; b ]
        let y = Normalisation.batch_norm a mean variance w b true 0.25 1e-2
        let m = Reductions.mean a [| 0L; 2L |] false none
        same (mean *. Expr.real 0.75 +. m *. Expr.real 0.25) y[1]
        same (variance *. Expr.real 0.75 +. Reductions.var a [| 0L; 2L |] 1.0 false *. Expr.real 0.25) y[2]

    [<Fact>]
    let ``other normalisations have gradients`` () =
        check "instance_norm" (fun i -> (Normalisation.instance_norm i[0] null null i[1] i[2] true 0.1 1e-2)[0]) [ x 1 [ 2L; 2L; 3L ]; x 2 [ 2L ]; x 3 [ 2L ] ]
        check "rms_norm" (fun i -> Normalisation.rms_norm i[0] [| 4L |] i[1] (Nullable 1e-2)) [ x 1 [ 3L; 4L ]; x 2 [ 4L ] ]
        check "normalize" (fun i -> Normalisation.normalize i[0] 2.0 1L 1e-12) [ x 1 [ 3L; 4L ] ]
        check "local_response_norm" (fun i -> Normalisation.local_response_norm i[0] 3L 0.1 0.75 1.0) [ x 1 [ 2L; 4L; 2L ] ]
