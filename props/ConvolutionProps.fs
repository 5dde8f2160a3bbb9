namespace Torch.Props

open System
open Torch.Core
open Torch.Core.Ops
open Xunit

module ConvolutionProps =
    let private x seed sizes = Derivatives.tensorFrom seed (Array.ofList sizes)
    let private check name f (inputs: Expr list) = Derivatives.check name f (Array.ofList inputs)
    let private read (e: Expr) = Derivatives.floats e

    [<Fact>]
    let ``convolutions have gradients of every order`` () =
        check "conv1d" (fun i -> Convolution.conv i[0] i[1] i[2] [| 2L |] [| 1L |] null 1L) [ x 1 [ 2L; 2L; 5L ]; x 2 [ 3L; 2L; 2L ]; x 3 [ 3L ] ]
        check "conv1d unbatched" (fun i -> Convolution.conv i[0] i[1] null null null null 1L) [ x 1 [ 2L; 4L ]; x 2 [ 1L; 2L; 2L ] ]
        check "conv2d grouped" (fun i -> Convolution.conv i[0] i[1] null [| 1L; 2L |] [| 1L; 0L |] [| 2L; 1L |] 2L) [ x 1 [ 1L; 4L; 4L; 3L ]; x 2 [ 2L; 2L; 2L; 2L ] ]
        check "conv3d" (fun i -> Convolution.conv i[0] i[1] null null null null 1L) [ x 1 [ 1L; 1L; 2L; 3L; 2L ]; x 2 [ 1L; 1L; 2L; 2L; 1L ] ]
        check "same" (fun i -> Convolution.conv_padded i[0] i[1] null null "same" null 1L) [ x 1 [ 1L; 1L; 4L ]; x 2 [ 1L; 1L; 2L ] ]

    [<Fact>]
    let ``transposed convolutions have gradients`` () =
        check "conv_transpose1d" (fun i -> Convolution.conv_transpose i[0] i[1] i[2] [| 2L |] [| 1L |] [| 1L |] 1L null) [ x 1 [ 2L; 2L; 3L ]; x 2 [ 2L; 3L; 3L ]; x 3 [ 3L ] ]
        check "conv_transpose2d grouped" (fun i -> Convolution.conv_transpose i[0] i[1] null null null null 2L [| 2L; 1L |]) [ x 1 [ 1L; 2L; 2L; 3L ]; x 2 [ 2L; 1L; 2L; 2L ] ]

    [<Fact>]
    let ``unfold and fold are each other's transpose`` () =
        check "unfold" (fun i -> Convolution.unfold i[0] [| 2L; 2L |] [| 1L; 2L |] [| 1L; 0L |] [| 1L; 1L |]) [ x 1 [ 2L; 2L; 3L; 4L ] ]
        check "fold" (fun i -> Convolution.fold i[0] [| 3L; 3L |] [| 2L; 2L |] null null null) [ x 1 [ 1L; 4L; 4L ] ]
        // A convolution is a product of columns.
        let image, weight = x 1 [ 2L; 2L; 4L; 4L ], x 2 [ 3L; 2L; 2L; 2L ]
        let columns = Convolution.unfold image [| 2L |] null null null
        let product = Matmul.matmul (Expr.reshape [| 3L; 8L |] weight) columns
        let direct = Convolution.conv image weight null null null null 1L
        Array.iter2 (fun (a: float) b -> Assert.Equal(a, b, 10)) (read direct) (read product)

    [<Fact>]
    let ``pooling has gradients`` () =
        let none = Nullable()
        check "max_pool1d" (fun i -> (Pooling.max_pool i[0] [| 3L |] [| 2L |] [| 1L |] null false)[0]) [ x 1 [ 2L; 1L; 6L ] ]
        check "max_pool2d" (fun i -> (Pooling.max_pool i[0] [| 2L; 2L |] [| 1L; 2L |] null [| 2L; 1L |] true)[0]) [ x 1 [ 2L; 4L; 5L ] ]
        check "avg_pool1d" (fun i -> Pooling.avg_pool i[0] [| 3L |] [| 2L |] [| 1L |] true false none) [ x 1 [ 2L; 2L; 6L ] ]
        check "avg_pool2d" (fun i -> Pooling.avg_pool i[0] [| 2L; 3L |] null [| 1L; 1L |] false true (Nullable 5L)) [ x 1 [ 1L; 2L; 4L; 5L ] ]
        check "avg_pool3d" (fun i -> Pooling.avg_pool i[0] [| 2L; 1L; 2L |] null null false true none) [ x 1 [ 1L; 2L; 2L; 4L ] ]
        check "adaptive_avg_pool2d" (fun i -> Pooling.adaptive_avg_pool i[0] [| 2L; -1L |]) [ x 1 [ 1L; 2L; 5L; 3L ] ]
        check "adaptive_max_pool1d" (fun i -> (Pooling.adaptive_max_pool i[0] [| 2L |])[0]) [ x 1 [ 2L; 2L; 5L ] ]
        let positive = Derivatives.ofFloats [| 1L; 1L; 6L |] [| 0.5; 1.5; 1.0; 2.0; 0.7; 0.9 |]
        check "lp_pool1d" (fun i -> Pooling.lp_pool i[0] 3.0 [| 2L |] null false) [ positive ]
        let at = Derivatives.ofInts [| 1L; 1L; 4L |] [| 0L; 3L; 8L; 5L |]
        check "max_unpool" (fun i -> Pooling.max_unpool i[0] (Expr.reshape [| 1L; 1L; 2L; 2L |] at) [| 3L; 3L |]) [ x 1 [ 1L; 1L; 2L; 2L ] ]

    [<Fact>]
    let ``shapes that do not fit are faults with PyTorch's words`` () =
        let message (f: unit -> Expr) =
            try
                f () |> read |> ignore
                "none"
            with e -> e.Message

        let conv i w = fun () -> Convolution.conv i w null null null null 1L
        Assert.Equal(
            "Given groups=1, weight of size [2, 3, 2, 1], expected input[1, 2, 6, 5] to have 3 channels, but got 2 channels instead",
            message (conv (x 1 [ 1L; 2L; 6L; 5L ]) (x 2 [ 2L; 3L; 2L; 1L ]))
        )
        Assert.Equal(
            "Calculated padded input size per channel: (7). Kernel size: (9). Kernel size can't be greater than actual input size",
            message (conv (x 1 [ 1L; 1L; 7L ]) (x 2 [ 1L; 1L; 9L ]))
        )
        Assert.Equal(
            "Given input size: (2x6x5). Calculated output size: (2x0x0). Output size is too small",
            message (fun () -> (Pooling.max_pool (x 1 [ 1L; 2L; 6L; 5L ]) [| 9L; 9L |] null null null false)[0])
        )
        Assert.Equal(
            "output padding must be smaller than either stride or dilation, but got output_padding_height: 0 output_padding_width: 2 stride_height: 1 stride_width: 2 dilation_height: 1 dilation_width: 1",
            message (fun () -> Convolution.conv_transpose (x 1 [ 1L; 1L; 7L ]) (x 2 [ 1L; 1L; 2L ]) null [| 2L |] null [| 2L |] 1L null)
        )
