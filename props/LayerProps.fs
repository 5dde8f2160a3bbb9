namespace Torch.Props

open System
open Torch.Core
open Torch.Core.Ops
open Xunit

/// Linear algebra, attention and recurrent layers: against their derivation from primitives, with derivatives.
module LayerProps =
    let private x seed sizes = Derivatives.tensorFrom seed (Array.ofList sizes)
    let private check name f (inputs: Expr list) = Derivatives.checkAt 1e-5 name f (Array.ofList inputs)
    let private read (e: Expr) = Derivatives.floats e

    let private same (expected: Expr) (actual: Expr) =
        Assert.Equal<int64>(expected.Sizes, actual.Sizes)
        Array.iter2 (fun (e: float) a -> Assert.Equal(e, a, 9)) (read expected) (read actual)

    let private (+.) a b = Arithmetic.add a b
    let private eye n = Derivatives.ofFloats [| int64 n; int64 n |] (Array.init (n * n) (fun i -> if i / n = i % n then 1.0 else 0.0))
    /// Well conditioned: A A' + 2.
    let private definite (a: Expr) = Matmul.matmul a (Dims.transposed a) +. Arithmetic.mul (eye (int a.Sizes[a.Rank - 1])) (Expr.real 2.0)
    let private regular seed sizes = let a = x seed sizes in definite a +. Assemble.triu a 1L

    [<Fact>]
    let ``factors and solutions have gradients`` () =
        for upper in [ false; true ] do
            check "cholesky" (fun i -> Linalg.cholesky (definite i[0]) upper) [ x 1 [ 3L; 3L ] ]
            check "triangular" (fun i -> Linalg.solve_triangular (definite i[0]) i[1] upper true false) [ x 1 [ 2L; 3L; 3L ]; x 2 [ 3L; 2L ] ]
            check "triangular, right" (fun i -> Linalg.solve_triangular (definite i[0]) i[1] upper false true) [ x 1 [ 2L; 2L ]; x 2 [ 3L; 2L ] ]
            check "cholesky_solve" (fun i -> Linalg.cholesky_solve i[1] (let d = definite i[0] in if upper then Assemble.triu d 0L else Assemble.tril d 0L) upper) [ x 1 [ 2L; 2L ]; x 2 [ 2L; 3L ] ]

        check "solve" (fun i -> Linalg.solve (definite i[0]) i[1] true) [ x 1 [ 2L; 3L; 3L ]; x 2 [ 2L; 3L; 2L ] ]
        check "solve, vector" (fun i -> Linalg.solve (definite i[0]) i[1] true) [ x 1 [ 3L; 3L ]; x 2 [ 3L ] ]
        check "solve, right" (fun i -> Linalg.solve (definite i[0]) i[1] false) [ x 1 [ 3L; 3L ]; x 2 [ 2L; 3L ] ]
        check "inv" (fun i -> Linalg.inv (definite i[0])) [ x 1 [ 3L; 3L ] ]
        check "det" (fun i -> Linalg.det i[0]) [ regular 1 [ 3L; 3L ] ]
        check "slogdet" (fun i -> (Linalg.slogdet i[0])[1]) [ regular 1 [ 2L; 3L; 3L ] ]
        check "matrix_power" (fun i -> Linalg.matrix_power i[0] 3L) [ x 1 [ 2L; 2L ] ]

        check "lu" (fun i -> (Linalg.lu_factor i[0])[0]) [ regular 1 [ 3L; 3L ] ]

        for sizes in [ [| 4L; 2L |]; [| 2L; 4L |] ] do
            check "lu" (fun i -> (Linalg.lu_factor i[0])[0]) [ Derivatives.ofFloats sizes [| 1.0; 2.0; 4.0; -1.0; 0.5; 3.0; -2.0; 1.7 |] ]

    [<Fact>]
    let ``factors multiply to the matrix`` () =
        for sizes in [ [ 4L; 4L ]; [ 5L; 3L ]; [ 2L; 3L; 5L ] ] do
            let a = x 1 sizes
            let f = Linalg.lu a
            same a (Matmul.matmul f[0] (Matmul.matmul f[1] f[2]))

        let a = definite (x 1 [ 2L; 4L; 4L ])
        let l = Linalg.cholesky a false
        same a (Matmul.matmul l (Dims.transposed l))
        same (Expr.expand [| 2L; 4L; 4L |] (eye 4)) (Matmul.matmul a (Linalg.inv a))
        let b = x 2 [ 4L; 3L ]
        let m = regular 3 [ 4L; 4L ]
        let f = Linalg.lu_factor m
        same b (Matmul.matmul m (Linalg.lu_solve f[0] f[1] b true false))
        same b (Matmul.matmul (Dims.transposed m) (Linalg.lu_solve f[0] f[1] b true true))
        let c = Dims.transposed b
        same c (Matmul.matmul (Linalg.lu_solve f[0] f[1] c false false) m)

    [<Fact>]
    let ``singular matrices are LinAlgExceptions with PyTorch's words`` () =
        let zeros = Expr.fill [| 2L; 2L |] DType.Float64 (Int 0L)
        let message (f: unit -> Expr) = (Assert.Throws<Torch.LinAlgException>(fun () -> f () |> read |> ignore)).Message.Split('\n') |> Array.head
        Assert.Equal("linalg.solve: The solver failed because the input matrix is singular.", message (fun () -> Linalg.solve zeros (x 1 [ 2L ]) true))
        Assert.Equal(
            "linalg.inv: The diagonal element 1 is zero, the inversion could not be completed because the input matrix is singular.",
            message (fun () -> Linalg.inv zeros)
        )
        Assert.Equal(
            "linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading minor of order 1 is not positive-definite).",
            message (fun () -> Linalg.cholesky zeros false)
        )

    [<Fact>]
    let ``attention equals softmax of scores times values, with gradients`` () =
        let none, scale = Nullable<float>(), Nullable 0.7
        let q, k, v = x 1 [ 2L; 3L; 2L ], x 2 [ 2L; 4L; 2L ], x 3 [ 2L; 4L; 3L ]
        let scores = Arithmetic.mul (Matmul.matmul q (Dims.transposed k)) (Expr.real (1.0 / sqrt 2.0))
        let run (i: Expr[]) mask causal s = Attention.scaled_dot_product_attention i[0] i[1] i[2] mask null causal s false
        same (Matmul.matmul (Softmax.softmax scores -1L (Nullable())) v) (run [| q; k; v |] null false none)
        check "attention" (fun i -> run i null false scale) [ q; k; v ]
        check "attention, causal" (fun i -> run i null true none) [ q; k; v ]
        check "attention, added mask" (fun i -> run i i[3] false scale) [ q; k; v; x 4 [ 3L; 4L ] ]
        let mask = Compare.gt (x 5 [ 3L; 4L ]) (Expr.real -0.5)
        check "attention, mask" (fun i -> run i mask false scale) [ q; k; v ]
        let drop = Arithmetic.mul (Expr.cast DType.Float64 mask) (Expr.real 2.0)
        check "attention, dropout" (fun i -> Attention.scaled_dot_product_attention i[0] i[1] i[2] null drop false scale false) [ q; k; v ]
        let heads = x 6 [ 1L; 4L; 3L; 2L ]
        check "attention, grouped" (fun i -> Attention.scaled_dot_product_attention heads i[0] i[0] null null false none true) [ x 7 [ 1L; 2L; 3L; 2L ] ]

    [<Fact>]
    let ``recurrent layers equal their cells, with gradients`` () =
        let i, h, steps, batch = 2L, 3L, 3L, 2L

        let weights gates =
            [ x 1 [ gates * h; i ]; x 2 [ gates * h; h ]; x 3 [ gates * h ]; x 4 [ gates * h ] ]

        let input, h0, c0 = x 5 [ steps; batch; i ], x 6 [ 1L; batch; h ], x 7 [ 1L; batch; h ]
        let sumOf (y: Expr[]) = y |> Array.map (fun e -> Expr.reshape [| -1L |] e) |> fun parts -> Assemble.cat parts 0L
        let half = Arithmetic.mul (Expr.real 0.5)

        let lstm (v: Expr[]) = Recurrent.lstm v[0] v[1] v[2] [| v[3]; v[4]; v[5]; v[6] |] true 1 null false false
        let gru (v: Expr[]) = Recurrent.gru v[0] v[1] [| v[2]; v[3]; v[4]; v[5] |] true 1 null false false
        let tanh (v: Expr[]) = Recurrent.rnn_tanh v[0] v[1] [| v[2]; v[3]; v[4]; v[5] |] true 1 null false false
        check "lstm" (lstm >> sumOf) ([ input; h0; c0 ] @ (weights 4L |> List.map half))
        check "gru" (gru >> sumOf) ([ input; h0 ] @ (weights 3L |> List.map half))
        check "rnn" (tanh >> sumOf) ([ input; h0 ] @ (weights 1L |> List.map half))

        // Against the cells.
        let w = weights 4L |> Array.ofList
        let mutable state = [| Expr.select 0 0L h0; Expr.select 0 0L c0 |]

        let ys =
            [| for t in 0L .. steps - 1L do
                   state <- Recurrent.lstm_cell (Expr.select 0 t input) state[0] state[1] w[0] w[1] w[2] w[3]
                   state[0] |]

        let y = lstm (Array.append [| input; h0; c0 |] w)
        same (Assemble.stack ys 0L) y[0]
        same (Expr.unsqueeze 0 state[0]) y[1]
        same (Expr.unsqueeze 0 state[1]) y[2]

    [<Fact>]
    let ``stacked recurrent layers run in both directions`` () =
        let h0 = x 6 [ 4L; 2L; 3L ]
        let w k i = [| x k [ 9L; i ]; x (k + 1) [ 9L; 3L ]; x (k + 2) [ 9L ]; x (k + 3) [ 9L ] |]
        let weights = Array.concat [ w 10 2L; w 14 2L; w 18 6L; w 22 6L ]
        let y = Recurrent.gru (x 5 [ 2L; 4L; 2L ]) h0 weights true 2 null true true
        Assert.Equal<int64>([| 2L; 4L; 6L |], y[0].Sizes)
        Assert.Equal<int64>([| 4L; 2L; 3L |], y[1].Sizes)
        // The last h of the backward direction is its output at the first step.
        same (Expr.select 0 3L y[1]) (Expr.narrow 2 3L 3L y[0] |> Expr.select 1 0L)
        let projected = Recurrent.lstm (x 1 [ 3L; 2L; 2L ]) (x 2 [ 1L; 2L; 2L ]) (x 3 [ 1L; 2L; 3L ]) [| x 4 [ 12L; 2L ]; x 5 [ 12L; 2L ]; x 6 [ 2L; 3L ] |] false 1 null false false
        Assert.Equal<int64>([| 3L; 2L; 2L |], projected[0].Sizes)
        Assert.Equal<int64>([| 1L; 2L; 3L |], projected[2].Sizes)

/// What draws or counts when it is called.
module EagerProps =
    let private ints (e: Expr) = Host.toArray<int64> e

    [<Fact>]
    let ``the stream of a seed is PyTorch's`` () =
        let g = Torch.Kernels.Mt19937(0UL)
        let u = Sampling.uniform g DType.Float32 [| 3L |] null 0.0 1.0
        Assert.Equal<float32>([| 0.4962566f; 0.7682218f; 0.08847743f |], Host.toArray<float32> u)
        let p = Sampling.randperm (Torch.Kernels.Mt19937(0UL)) DType.Int64 5L
        Assert.Equal<int64>([| 0L..4L |], ints p |> Array.sort)
        let mask = Sampling.dropout_mask g DType.Float64 [| 10L |] null 0.5
        Assert.All(Derivatives.floats mask, fun v -> Assert.True((v = 0.0 || v = 2.0)))

    [<Fact>]
    let ``positions, masks and distinct elements`` () =
        let a = Derivatives.ofFloats [| 2L; 3L |] [| 1.0; 0.0; 2.0; 0.0; 0.0; 1.0 |]
        Assert.Equal<int64>([| 0L; 0L; 0L; 2L; 1L; 2L |], ints (Counted.nonzero a))
        let mask = Compare.gt a (Expr.int 0L)
        Assert.Equal<float>([| 1.0; 2.0; 1.0 |], Derivatives.floats (Counted.masked_select a mask))
        Derivatives.check "masked_scatter" (fun i -> Counted.masked_scatter i[0] mask i[1]) [| a; Derivatives.tensorFrom 1 [| 4L |] |]
        let u = Counted.unique a true true
        Assert.Equal<float>([| 0.0; 1.0; 2.0 |], Derivatives.floats u[0])
        Assert.Equal<int64>([| 1L; 0L; 2L; 0L; 0L; 1L |], ints u[1])
        Assert.Equal<int64>([| 3L; 2L; 1L |], ints u[2])
        let rows = Counted.unique_along (Derivatives.ofFloats [| 3L; 2L |] [| 2.0; 1.0; 0.0; 5.0; 2.0; 1.0 |]) 0L true true false
        Assert.Equal<float>([| 0.0; 5.0; 2.0; 1.0 |], Derivatives.floats rows[0])
        Assert.Equal<int64>([| 1L; 0L; 1L |], ints rows[1])
        Assert.Equal<int64>([| 1L; 2L |], ints rows[2])
        Assert.Equal<int64>([| 0L; 2L; 0L; 1L |], ints (Counted.bincount (Derivatives.ofInts [| 3L |] [| 1L; 3L; 1L |]) null 0L))
        let r = Counted.repeat_interleave (Derivatives.ofInts [| 3L |] [| 7L; 8L; 9L |]) (Derivatives.ofInts [| 3L |] [| 2L; 0L; 1L |]) 0L
        Assert.Equal<int64>([| 7L; 7L; 9L |], ints r)
