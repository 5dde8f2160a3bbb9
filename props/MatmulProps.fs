namespace Torch.Props

open Torch.Core
open Torch.Core.Ops
open Xunit

module MatmulProps =
    let private x seed sizes = Derivatives.tensorFrom seed (Array.ofList sizes)
    let private d name f (inputs: Expr list) = Derivatives.check name f (Array.ofList inputs)

    [<Fact>]
    let ``matmul in all ranks has gradients`` () =
        for a, b in
            [ [ 3L ], [ 3L ]
              [ 2L; 3L ], [ 3L ]
              [ 3L ], [ 3L; 2L ]
              [ 2L; 3L ], [ 3L; 4L ]
              [ 2L; 2L; 3L ], [ 3L; 2L ]
              [ 2L; 2L; 3L ], [ 3L ]
              [ 3L ], [ 2L; 3L; 2L ]
              [ 2L; 3L ], [ 2L; 3L; 2L ]
              [ 2L; 1L; 2L; 3L ], [ 3L; 3L; 1L ]
              [ 1L; 1L ], [ 1L; 1L ] ] do
            d $"matmul {a} {b}" (fun i -> Matmul.matmul i[0] i[1]) [ x 1 a; x 2 b ]

    [<Fact>]
    let ``products with addends have gradients`` () =
        let beta, alpha = Expr.real 0.5, Expr.real 2.0
        d "addmm" (fun i -> Matmul.addmm i[0] i[1] i[2] beta alpha) [ x 0 [ 4L ]; x 1 [ 2L; 3L ]; x 2 [ 3L; 4L ] ]
        d "addmv" (fun i -> Matmul.addmv i[0] i[1] i[2] beta alpha) [ x 0 [ 2L ]; x 1 [ 2L; 3L ]; x 2 [ 3L ] ]
        d "addr" (fun i -> Matmul.addr i[0] i[1] i[2] beta alpha) [ x 0 [ 2L; 3L ]; x 1 [ 2L ]; x 2 [ 3L ] ]
        d "baddbmm" (fun i -> Matmul.baddbmm i[0] i[1] i[2] beta alpha) [ x 0 [ 2L; 1L; 2L ]; x 1 [ 2L; 2L; 3L ]; x 2 [ 2L; 3L; 2L ] ]
        d "addbmm" (fun i -> Matmul.addbmm i[0] i[1] i[2] beta alpha) [ x 0 [ 2L; 2L ]; x 1 [ 2L; 2L; 3L ]; x 2 [ 2L; 3L; 2L ] ]
        d "linear" (fun i -> Matmul.linear i[0] i[1] i[2]) [ x 0 [ 2L; 2L; 3L ]; x 1 [ 4L; 3L ]; x 2 [ 4L ] ]

    [<Fact>]
    let ``beta zero does not read the addend`` () =
        let nan = Expr.fill [| 2L; 2L |] DType.Float64 (Real System.Double.NaN)
        let y = Matmul.addmm nan (x 1 [ 2L; 3L ]) (x 2 [ 3L; 2L ]) (Expr.int 0L) null
        Assert.All(Derivatives.floats y, fun v -> Assert.False(System.Double.IsNaN v))

    [<Fact>]
    let ``contractions have gradients`` () =
        d "tensordot" (fun i -> Matmul.tensordot i[0] i[1] [| 2L; 0L |] [| 1L; 2L |]) [ x 0 [ 2L; 3L; 4L ]; x 1 [ 3L; 4L; 2L ] ]
        d "kron" (fun i -> Matmul.kron i[0] i[1]) [ x 0 [ 2L; 2L ]; x 1 [ 3L ] ]
        d "inner" (fun i -> Matmul.inner i[0] i[1]) [ x 0 [ 2L; 3L ]; x 1 [ 2L; 3L ] ]
        d "multi_dot" (fun i -> Matmul.multi_dot i) [ x 0 [ 2L ]; x 1 [ 2L; 3L ]; x 2 [ 3L; 2L ]; x 3 [ 2L; 4L ] ]

    [<Fact>]
    let ``mismatches are faults with PyTorch's words`` () =
        let message (f: unit -> Expr) =
            try
                f () |> ignore
                "none"
            with e -> e.Message

        Assert.Equal("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", message (fun () -> Matmul.mm (x 0 [ 2L; 3L ]) (x 0 [ 4L; 5L ])))
        let single = Expr.cast DType.Float32 (x 0 [ 3L; 3L ])
        Assert.Equal("expected m1 and m2 to have the same dtype, but got: float != double", message (fun () -> Matmul.mm single (x 0 [ 3L; 3L ])))
        Assert.Equal("both arguments to matmul need to be at least 1D, but they are 0D and 1D", message (fun () -> Matmul.matmul (x 0 []) (x 0 [ 3L ])))

    [<Fact>]
    let ``products of complex matrices use the conjugate in the gradient`` () =
        // For L = Re sum(conj(g) (a b)) the gradient of a is g b^H.
        let complex seed sizes = Expr.reinterpret DType.Complex128 (Array.ofList sizes) (x seed (sizes @ [ 2L ]))
        let a, b, g = complex 0 [ 2L; 3L ], complex 1 [ 3L; 2L ], complex 2 [ 2L; 2L ]
        let gs = Reverse.vjp [| Matmul.mm a b |] [| Some g |] [| a; b |]
        let parts (e: Expr) = Host.toArray<float> (Expr.reinterpret DType.Float64 (Array.append e.Sizes [| 2L |]) e)
        let h = 1e-6
        let loss (ap: float[]) =
            let a = Expr.reinterpret DType.Complex128 [| 2L; 3L |] (Derivatives.ofFloats [| 2L; 3L; 2L |] ap)
            Array.fold2 (fun s u v -> s + u * v) 0.0 (parts (Matmul.mm a b)) (parts g)
        let start = parts a
        let actual = parts gs[0].Value
        for k in 0 .. start.Length - 1 do
            let at d = loss (Array.mapi (fun i v -> if i = k then v + d else v) start)
            Assert.Equal((at h - at -h) / (2.0 * h), actual[k], 6)

module AssembleProps =
    let private x seed sizes = Derivatives.tensorFrom seed (Array.ofList sizes)
    let private d1 name f sizes = Derivatives.check name (fun (i: Expr[]) -> f i[0]) [| x 3 sizes |]
    let private read (e: Expr) = Derivatives.floats e
    let private row values = Derivatives.ofFloats [| int64 (Array.length values) |] values

    [<Fact>]
    let ``assembled tensors have gradients`` () =
        Derivatives.check "cat" (fun i -> Assemble.cat i 1L) [| x 1 [ 2L; 3L ]; x 2 [ 2L; 1L ]; x 3 [ 2L; 2L ] |]
        Derivatives.check "stack" (fun i -> Assemble.stack i -1L) [| x 1 [ 2L; 3L ]; x 2 [ 2L; 3L ] |]
        Derivatives.check "block_diag" Assemble.block_diag [| x 1 [ 2L; 3L ]; x 2 [ 2L ] |]
        d1 "pad" (fun a -> Assemble.pad a [| 1L; -1L; 0L; 2L |] "constant" (Expr.real 1.5)) [ 2L; 3L ]
        for mode in [ "reflect"; "replicate"; "circular" ] do
            d1 mode (fun a -> Assemble.pad a [| 1L; 2L; 1L; 0L |] mode null) [ 1L; 3L; 4L ]
        d1 "roll" (fun a -> Assemble.roll a [| 1L; -2L |] [| 0L; 1L |]) [ 2L; 3L ]
        d1 "repeat" (fun a -> Assemble.repeat a [| 2L; 1L; 3L |]) [ 2L; 3L ]
        d1 "repeat_interleave" (fun a -> Assemble.repeat_interleave a 2L 0L) [ 2L; 3L ]
        d1 "rot90" (fun a -> Assemble.rot90 a 1L [| 0L; 1L |]) [ 2L; 3L ]
        d1 "tril" (fun a -> Assemble.tril a -1L) [ 3L; 3L ]
        d1 "diag_embed" (fun a -> Assemble.diag_embed a 1L 0L -1L) [ 2L; 3L ]
        d1 "diagonal" (fun a -> Views.diagonal a 1L 0L 2L) [ 3L; 2L; 4L ]
        d1 "unfold" (fun a -> Views.unfold a 0L 3L 1L) [ 5L; 2L ]
        d1 "movedim" (fun a -> Views.movedim a [| 0L; 2L |] [| 2L; 1L |]) [ 2L; 3L; 4L ]
        Derivatives.check "diagonal_scatter" (fun i -> Assemble.diagonal_scatter i[0] i[1] 0L 0L 1L) [| x 1 [ 2L; 3L ]; x 2 [ 2L ] |]
        Derivatives.check "slice_scatter" (fun i -> Assemble.slice_scatter i[0] i[1] 1L 0L 3L 2L) [| x 1 [ 2L; 3L ]; x 2 [ 2L; 2L ] |]

    [<Fact>]
    let ``padding looks as in PyTorch`` () =
        let a = Expr.unsqueeze 0 (row [| 1.0; 2.0; 3.0 |])
        let pad mode amounts = read (Assemble.pad a amounts mode null)
        Assert.Equal<float>([| 3.0; 2.0; 1.0; 2.0; 3.0; 2.0 |], pad "reflect" [| 2L; 1L |])
        Assert.Equal<float>([| 1.0; 1.0; 1.0; 2.0; 3.0; 3.0 |], pad "replicate" [| 2L; 1L |])
        Assert.Equal<float>([| 2.0; 3.0; 1.0; 2.0; 3.0; 1.0 |], pad "circular" [| 2L; 1L |])
        Assert.Equal<float>([| 2.0; 3.0; 0.0 |], pad "constant" [| -1L; 1L |])

    [<Fact>]
    let ``views have the strides of PyTorch's`` () =
        let a = x 1 [ 3L; 4L ]
        Assert.Equal<int64>([| 5L |], (Views.diagonal a 0L 0L 1L).Strides)
        Assert.Equal<int64>([| 4L; 2L; 1L |], (Views.unfold a 1L 2L 2L).Strides)
        Assert.Equal<int64>([| 1L; 4L |], (Views.t a).Strides)
        let turned = Expr.transpose 0 1 a
        Assert.Equal<int64>([| 5L |], (Views.diagonal turned 0L 0L 1L).Strides)
