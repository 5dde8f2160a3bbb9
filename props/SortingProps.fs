namespace Torch.Props

open Torch.Core
open Torch.Core.Ops
open Xunit

module SortingProps =
    let private x seed sizes = Derivatives.tensorFrom seed (Array.ofList sizes)
    let private check name f (inputs: Expr list) = Derivatives.check name f (Array.ofList inputs)
    let private ints (e: Expr) = Host.toArray<int64> e

    [<Fact>]
    let ``values picked by order have gradients`` () =
        for dim in [ 0L; 1L ] do
            check "sort" (fun i -> (Sorting.sort i[0] dim true)[0]) [ x 1 [ 3L; 4L ] ]
            check "topk" (fun i -> (Sorting.topk i[0] 2L dim false true)[0]) [ x 1 [ 3L; 4L ] ]
            check "kthvalue" (fun i -> (Sorting.kthvalue i[0] 2L dim true)[0]) [ x 1 [ 3L; 4L ] ]
            check "median" (fun i -> (Sorting.median i[0] dim false)[0]) [ x 1 [ 3L; 4L ] ]
            check "mode" (fun i -> (Sorting.mode i[0] dim false)[0]) [ x 1 [ 3L; 4L ] ]
            check "max" (fun i -> (Sorting.max_dim i[0] dim false)[0]) [ x 1 [ 3L; 4L ] ]
            check "min" (fun i -> (Sorting.min_dim i[0] dim true)[0]) [ x 1 [ 3L; 1L ] ]

        check "median of all" (fun i -> Sorting.median_all i[0]) [ x 1 [ 3L; 3L ] ]
        check "scalar" (fun i -> (Sorting.max_dim i[0] 0L false)[0]) [ x 1 [] ]

    [<Fact>]
    let ``positions are those of PyTorch`` () =
        let a = Derivatives.ofFloats [| 2L; 3L |] [| 3.0; 1.0; 3.0; 2.0; nan; 0.0 |]
        Assert.Equal<int64>([| 1L; 0L; 2L; 2L; 0L; 1L |], ints (Sorting.argsort a 1L false))
        Assert.Equal<int64>([| 0L; 1L |], ints (Sorting.argmax a 1L false))
        Assert.Equal<int64>([| 1L; 1L; 1L |], ints (Sorting.argmin a 0L false))
        Assert.Equal<int64>([| 4L |], ints (Sorting.argmax_all a false))

    [<Fact>]
    let ``searches find the place of each value`` () =
        let rows = Derivatives.ofFloats [| 4L |] [| 1.0; 2.0; 2.0; 5.0 |]
        let values = Derivatives.ofFloats [| 2L; 2L |] [| 2.0; 0.0; 5.0; 9.0 |]
        Assert.Equal<int64>([| 1L; 0L; 3L; 4L |], ints (Sorting.searchsorted rows values false false null))
        Assert.Equal<int64>([| 3L; 0L; 4L; 4L |], ints (Sorting.bucketize values rows false true))

module EinsumProps =
    let private x seed sizes = Derivatives.tensorFrom seed (Array.ofList sizes)

    /// The sum written out over all names.
    let private loop (equation: string) (operands: Expr[]) (output: string) : float[] =
        let terms = (equation.Split("->")[0]).Split ','
        let size = System.Collections.Generic.Dictionary<char, int>()
        Array.iter2 (fun (t: string) (e: Expr) -> t |> Seq.iteri (fun d c -> size[c] <- max (int e.Sizes[d]) (if size.ContainsKey c then size[c] else 1))) terms operands
        let names = size.Keys |> Array.ofSeq
        let values = operands |> Array.map Derivatives.floats
        let result = Array.zeroCreate<float> (output |> Seq.fold (fun n c -> n * size[c]) 1)

        let rec visit k (at: Map<char, int>) =
            if k = names.Length then
                let place (e: Expr) (t: string) =
                    Seq.fold2 (fun p (c: char) n -> p * int n + (if n = 1L then 0 else at[c])) 0 t e.Sizes

                let mutable p = 1.0
                Array.iteri2 (fun i (t: string) e -> p <- p * values[i][place e t]) terms operands
                let o = output |> Seq.fold (fun o c -> o * size[c] + at[c]) 0
                result[o] <- result[o] + p
            else
                for i in 0 .. size[names[k]] - 1 do
                    visit (k + 1) (at.Add(names[k], i))

        visit 0 Map.empty
        result

    [<Fact>]
    let ``einsum equals the sum written out, with gradients`` () =
        for equation, output, shapes in
            [ "ij,jk->ik", "ik", [ [ 2L; 3L ]; [ 3L; 4L ] ]
              "ij,jk", "ik", [ [ 2L; 3L ]; [ 3L; 4L ] ]
              "bij,bjk->bki", "bki", [ [ 2L; 2L; 3L ]; [ 2L; 3L; 2L ] ]
              "ii->i", "i", [ [ 3L; 3L ] ]
              "ii", "", [ [ 3L; 3L ] ]
              "ij->ji", "ji", [ [ 2L; 3L ] ]
              "ij->", "", [ [ 2L; 3L ] ]
              "i,j->ij", "ij", [ [ 2L ]; [ 3L ] ]
              "ij,kj,lj->ikl", "ikl", [ [ 2L; 3L ]; [ 2L; 3L ]; [ 2L; 3L ] ]
              "ij,ij->i", "i", [ [ 2L; 3L ]; [ 1L; 3L ] ]
              "ab,cd->", "", [ [ 2L; 2L ]; [ 1L; 3L ] ]
              "aabc,bd->cd", "cd", [ [ 2L; 2L; 3L; 2L ]; [ 3L; 2L ] ] ] do
            let operands = shapes |> List.mapi (fun i s -> x i s) |> Array.ofList
            let expected = loop equation operands output
            let actual = Derivatives.floats (Einsum.einsum equation operands)
            Assert.Equal(expected.Length, actual.Length)
            Array.iter2 (fun (e: float) a -> Assert.Equal(e, a, 10)) expected actual
            Derivatives.check equation (Einsum.einsum equation) operands

        let a, b = x 1 [ 2L; 3L; 4L ], x 2 [ 5L; 4L ]
        let y = Einsum.einsum "...i,ji->...j" [| a; b |]
        Assert.Equal<int64>([| 2L; 3L; 5L |], y.Sizes)
        Array.iter2 (fun (e: float) v -> Assert.Equal(e, v, 10)) (Derivatives.floats (Matmul.linear a b null)) (Derivatives.floats y)

    [<Fact>]
    let ``faults of equations have PyTorch's words`` () =
        let message equation shapes =
            try
                Einsum.einsum equation (shapes |> List.mapi (fun i s -> x i s) |> Array.ofList) |> ignore
                "none"
            with e -> e.Message

        Assert.Equal("einsum(): output subscript i appears more than once in the output", message "ij->ii" [ [ 2L; 2L ] ])
        Assert.Equal("einsum(): subscript j has size 2 for operand 1 which does not broadcast with previously seen size 3", message "ij,jk->ik" [ [ 2L; 3L ]; [ 2L; 4L ] ])
        Assert.Equal("einsum(): invalid subscript given at index 1 in the equation string, subscripts must be in [a-zA-Z]", message "i1->i" [ [ 2L; 2L ] ])
