namespace Torch.Props

open Torch.Core
open Torch.Core.Ops
open Torch.Props
open Xunit

module IndexingProps =
    let private x sizes = Derivatives.tensorFrom 3 sizes
    let private i sizes values = Derivatives.ofInts sizes values
    let private read (e: Expr) = Derivatives.floats e
    let private d1 name f x = Derivatives.check name (fun (a: Expr[]) -> f a[0]) [| x |]
    let private d2 name f x y = Derivatives.check name (fun (a: Expr[]) -> f a[0] a[1]) [| x; y |]

    [<Fact>]
    let ``gather picks, with gradients`` () =
        let a = Derivatives.ofFloats [| 2L; 3L |] [| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |]
        Assert.Equal<float>([| 3.0; 1.0; 6.0; 6.0 |], read (Gather.gather a 1L (i [| 2L; 2L |] [| 2L; 0L; 2L; 2L |])))
        d1 "gather" (fun x -> Gather.gather x 0L (i [| 2L; 3L |] [| 0L; 2L; 2L; 1L; 2L; 0L |])) (x [| 3L; 4L |])
        d1 "gather scalar" (fun x -> Gather.gather x 0L (i [||] [| 0L |])) (x [||])

    [<Fact>]
    let ``scatters have gradients`` () =
        let index = i [| 2L; 3L |] [| 0L; 2L; 1L; 1L; 0L; 2L |]
        let self, source = x [| 3L; 4L |], Derivatives.tensorFrom 5 [| 2L; 4L |]
        d2 "scatter" (fun a s -> Gather.scatter a 0L index s) self source
        let index = i [| 2L; 3L |] [| 0L; 2L; 1L; 0L; 0L; 2L |]
        d2 "scatter_add" (fun a s -> Gather.scatter_add a 0L index s) self source

        for reduce in [ "sum"; "prod"; "mean"; "amax"; "amin" ] do
            for includeSelf in [ true; false ] do
                d2 $"scatter_reduce {reduce} {includeSelf}" (fun a s -> Gather.scatter_reduce a 0L index s reduce includeSelf) self source

    [<Fact>]
    let ``operations by a vector of indices have gradients`` () =
        let index = i [| 3L |] [| 2L; 0L; 2L |]
        let self, source = x [| 2L; 3L |], Derivatives.tensorFrom 5 [| 2L; 3L |]
        d1 "index_select" (fun a -> Indexing.index_select a 1L index) (x [| 2L; 3L; 2L |])
        d2 "index_add" (fun a s -> Gather.index_add a 1L index s (Expr.real 0.5)) self source
        d2 "index_copy" (fun a s -> Gather.index_copy a 1L (i [| 3L |] [| 2L; 0L; 1L |]) s) self source
        d1 "index_fill" (fun a -> Gather.index_fill a 1L index (Expr.int 3L)) self
        d2 "index_reduce" (fun a s -> Gather.index_reduce a 1L index s "prod" true) self source
        d1 "take" (fun a -> Indexing.take a (i [| 2L; 2L |] [| 3L; -1L; 0L; 3L |])) self
        d2 "put" (fun a s -> Indexing.put a (i [| 3L; 1L |] [| 1L; -1L; 1L |]) s true) self (Derivatives.tensorFrom 5 [| 3L |])

    [<Fact>]
    let ``advanced indices broadcast and stand where PyTorch puts them`` () =
        let a = Derivatives.ofFloats [| 2L; 3L; 4L |] (Array.init 24 float)
        let rows, columns = i [| 2L; 1L |] [| 0L; 1L |], i [| 3L |] [| 0L; -1L; 2L |]
        let apart = Indexing.index a [| rows; null; columns |]
        Assert.Equal<int64>([| 2L; 3L; 3L |], apart.Sizes)
        // a[0, :, 0], a[0, :, -1], ..
        Assert.Equal<float>([| 0.0; 4.0; 8.0; 3.0; 7.0; 11.0 |], Array.truncate 6 (read apart))
        let together = Indexing.index a [| null; i [| 2L |] [| 2L; 0L |]; i [| 2L |] [| 1L; 1L |] |]
        Assert.Equal<int64>([| 2L; 2L |], together.Sizes)
        Assert.Equal<float>([| 9.0; 1.0; 21.0; 13.0 |], read together)

    [<Fact>]
    let ``advanced indexing has gradients`` () =
        let rows, columns = i [| 2L; 1L |] [| 0L; 1L |], i [| 3L |] [| 0L; -1L; 0L |]
        d1 "get, apart" (fun a -> Indexing.index a [| rows; null; columns |]) (x [| 2L; 3L; 4L |])
        d1 "get, behind" (fun a -> Indexing.index a [| null; columns |]) (x [| 2L; 3L; 2L |])
        d2 "put, adding" (fun a v -> Indexing.index_put a [| rows; null; columns |] v true) (x [| 2L; 3L; 4L |]) (Derivatives.tensorFrom 9 [| 2L; 3L; 1L |])
        d2 "put, setting" (fun a v -> Indexing.index_put a [| null; i [| 2L |] [| 1L; -1L |] |] v false) (x [| 2L; 3L; 2L |]) (Derivatives.tensorFrom 9 [| 2L; 2L |])

    [<Fact>]
    let ``embedding has gradients`` () =
        let index = i [| 2L; 3L |] [| 0L; 2L; 2L; 1L; 0L; 2L |]
        d1 "embedding" (fun w -> Indexing.embedding w index -1L false) (x [| 4L; 3L |])

        for padding, byFrequency in [ 2L, false; -1L, true; 0L, true ] do
            // The gradient is not that of the forward function here; it must be linear and its own transpose.
            let w = x [| 4L; 3L |]
            let y = Indexing.embedding w index padding byFrequency
            let g = Derivatives.tensorFrom 8 y.Sizes
            let t = Derivatives.tensorFrom 9 w.Sizes
            let back = Reverse.vjp [| y |] [| Some g |] [| w |] |> Array.head |> Option.get
            let ahead = Forward.jvp [| y |] [| w |] [| Some t |] |> Array.head |> Option.get
            let dot a b = Array.fold2 (fun s p q -> s + p * q) 0.0 (read a) (read b)
            Assert.Equal(dot back t, dot ahead g, 9)
            if padding >= 0L then Assert.All(read (Expr.select 0 padding back), fun v -> Assert.Equal(0.0, v))

    [<Fact>]
    let ``bags of embeddings have gradients`` () =
        let at, offsets = i [| 5L |] [| 0L; 2L; 2L; 1L; 3L |], i [| 3L |] [| 0L; 2L; 5L |]
        let bag mode padding (w: Expr) = EmbeddingBag.embedding_bag w at offsets mode null false false padding
        for mode in [ "sum"; "mean"; "max" ] do
            d1 mode (bag mode -1L) (x [| 4L; 3L |])
        let table = Derivatives.ofFloats [| 4L; 1L |] [| 1.0; 2.0; 4.0; 8.0 |]
        Assert.Equal<float>([| 5.0; 14.0; 0.0 |], read (bag "sum" -1L table))
        Assert.Equal<float>([| 1.0; 5.0; 0.0 |], read (bag "mean" 2L table))
        Assert.Equal<float>([| 4.0; 8.0; 0.0 |], read (bag "max" -1L table))

    [<Fact>]
    let ``indices out of range are faults with PyTorch's words`` () =
        let message (f: unit -> Expr) =
            try
                f () |> read |> ignore
                "none"
            with e ->
                // The second line says where.
                let first = e.Message.Split('\n')[0]
                $"{e.GetType().Name}: {first}"

        let a = x [| 2L; 2L |]
        Assert.Equal("TorchException: index 23 is out of bounds for dimension 1 with size 2", message (fun () -> Gather.gather a 1L (i [| 1L; 1L |] [| 23L |])))
        Assert.Equal("IndexOutOfRangeException: index 2 is out of bounds for dimension 0 with size 2", message (fun () -> Indexing.index a [| i [| 1L |] [| 2L |] |]))
        Assert.Equal("IndexOutOfRangeException: index out of range in self", message (fun () -> Indexing.index_select a 0L (i [| 1L |] [| -1L |])))
        Assert.Equal("IndexOutOfRangeException: out of range: tried to access index 9 on a tensor of 4 elements.", message (fun () -> Indexing.take a (i [| 1L |] [| 9L |])))
        Assert.Equal("TorchException: Index tensor must have the same number of dimensions as input tensor", message (fun () -> Gather.gather a 1L (i [| 1L |] [| 0L |])))
