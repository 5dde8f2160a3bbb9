/// Indexing by tensors of integers: x[i, :, j] and its assignment, index_select, take, put and embedding. Faults of an index's values are raised when
/// the kernel runs. Masks are the caller's: they become indices when they are evaluated.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Indexing =
    let private without (dims: int[]) (a: 'a[]) =
        [| for d in 0 .. a.Length - 1 do
               if not (Array.contains d dims) then a[d] |]

    /// take and put speak of elements.
    let private complaining (flat: bool) (target: Block) (run: unit -> unit) =
        try
            run ()
        with :? IndexOutOfRangeException as e when flat ->
            // "index 5 is out of .."
            Fault.index $"out of range: tried to access index {e.Message.Split(' ')[1]} on a tensor of {target.Count} elements."

    /// 0 .. n - 1 of the batch, under the sizes of indices that lead with the batch.
    let private batchIndex (index: Expr) =
        let n = index.Sizes[0]

        Expr.index n 0L 1L
        |> Expr.reshape (Array.append [| n |] (Array.create (index.Rank - 1) 1L))
        |> Expr.expand index.Sizes

    /// source and an index of one shape S for each of the dims -> [S.., the source's other dimensions ..]. Negative indices count from the end.
    type private Lookup(dims: int[], flat: bool) =
        inherit Routine("index", [ Wholes(Array.map int64 dims); Flag flat ])

        override _.Infer(operands) =
            [| Expr.signature (Array.append operands[1].Sizes (without dims operands[0].Sizes)) operands[0].DType |]

        override _.Run(operands, results) =
            complaining flat operands[0] (fun () -> GatherScatter.IndexGet(operands[0], dims, Array.tail operands, results[0]))

        override _.Vjp(operands, _, cotangents) =
            let put (g: Expr) =
                Expr.call1 (Deposit(dims, flat, true)) (Array.concat [ [| Expr.zerosLike operands[0]; g |]; Array.tail operands ])

            Array.append [| cotangents[0] |> Option.map put |] (Array.create dims.Length None)

        override _.Batch(operands, batched) =
            let source, indices = operands[0], Array.tail operands
            let later = dims |> Array.map ((+) 1)

            if not (Array.contains true (Array.tail batched)) then
                let y = Expr.call1 (Lookup(later, flat)) operands
                Some [| Dims.move indices[0].Rank 0 y |]
            else
                let n = Batching.size operands batched

                let indices =
                    Array.map2 (fun (i: Expr) b -> if b then i else Expr.expand (Array.append [| n |] i.Sizes) i) indices (Array.tail batched)

                if batched[0] then
                    Some(Expr.call (Lookup(Array.append [| 0 |] later, flat)) (Array.concat [ [| source; batchIndex indices[0] |]; indices ]))
                else
                    Some(Expr.call (Lookup(dims, flat)) (Array.append [| source |] indices))

    /// target, values [S.., the target's other dimensions ..] and an index of shape S for each of the dims -> the target with the values set or added,
    /// in row-major order.
    and private Deposit(dims: int[], flat: bool, accumulate: bool) =
        inherit Routine("index_put", [ Wholes(Array.map int64 dims); Flag flat; Flag accumulate ])

        override _.Infer(operands) =
            let target = operands[0]

            [| { Sizes = target.Sizes
                 Strides = Shape.preserved target.Sizes target.Strides
                 DType = target.DType } |]

        override _.Run(operands, results) =
            StridedCopy.Copy(operands[0], results[0])
            complaining flat operands[0] (fun () -> GatherScatter.IndexPut(results[0], dims, Array.skip 2 operands, operands[1], accumulate))

        override _.Vjp(operands, _, cotangents) =
            let indices = Array.skip 2 operands
            let none = Array.create dims.Length None

            match cotangents[0] with
            | None -> Array.append [| None; None |] none
            | Some g ->
                let toTarget =
                    if accumulate then
                        g
                    else
                        Expr.call1 (Deposit(dims, flat, false)) (Array.append [| g; Expr.zerosLike operands[1] |] indices)

                let toValues = Expr.call1 (Lookup(dims, flat)) (Array.append [| g |] indices)
                Array.append [| Some toTarget; Some toValues |] none

        override _.Batch(operands, batched) =
            let all = Batching.everywhere operands batched
            let indices = Array.skip 2 all
            let dims = Array.append [| 0 |] (dims |> Array.map ((+) 1))
            Some(Expr.call (Deposit(dims, flat, accumulate)) (Array.concat [ [| all[0]; all[1]; batchIndex indices[0] |]; indices ]))

    // ---- Advanced indexing

    /// Where the indices stand, and where their dimensions stand in the result.
    type private Layout =
        { Dims: int[]
          Indices: Expr[]
          /// Sizes of the broadcast index.
          Shape: int64[]
          /// The number of the other dimensions that precede those of the index in the result.
          At: int }

        /// The order of the result's dimensions, given as [index.., others ..].
        member l.Order(others: int) =
            let r = l.Shape.Length
            Array.concat [ [| r .. r + l.At - 1 |]; [| 0 .. r - 1 |]; [| r + l.At .. r + others - 1 |] ]

    let private layout (x: Expr) (indices: Expr[]) : Layout =
        if indices.Length > x.Rank then
            Fault.index $"too many indices for tensor of dimension {x.Rank} (got {indices.Length})"

        let dims = [| for d in 0 .. indices.Length - 1 do
                          if not (Given.isNull indices[d]) then d |]

        let given = dims |> Array.map (fun d -> indices[d])

        for i in given do
            match i.DType with
            | DType.Int64
            | DType.Int32 -> ()
            | _ -> Fault.index "tensors used as indices must be long, int, byte or bool tensors"

        let shape =
            try
                Shape.broadcast (given |> Array.map (fun i -> i.Sizes))
            with :? Torch.TorchException ->
                let shapes = given |> Array.map (fun i -> Shape.show i.Sizes) |> String.concat ", "
                Fault.index $"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"

        for d in dims do
            if x.Sizes[d] = 0L && Shape.count shape > 0L then
                Fault.index $"index is out of bounds for dimension with size 0"

        let adjacent = dims |> Array.pairwise |> Array.forall (fun (a, b) -> b = a + 1)

        { Dims = dims
          Indices = given |> Array.map (fun i -> Gather.whole i |> Expr.expand shape)
          Shape = shape
          At = if adjacent && dims.Length > 0 then dims[0] else 0 }

    /// The strides that PyTorch gives to an indexing result: those of an elementwise result of the source, restrided, and the indices.
    let private resultStrides (x: Expr) (l: Layout) (sizes: int64[]) : int64[] =
        let lay (index: int64[]) (other: int64[]) = Array.concat [ Array.sub other 0 l.At; index; Array.skip l.At other ]
        let others = without l.Dims x.Strides
        let source = lay (Array.create l.Shape.Length 0L) others
        let index = l.Indices |> Array.map (fun i -> lay i.Strides (Array.create others.Length 0L))
        Shape.elementwise sizes (Array.append [| source |] index |> Array.map (fun t -> struct (sizes, t)))

    /// x[indices]: one index for each leading dimension, null where the whole dimension is taken. Indices broadcast; their dimensions stand where the
    /// indices stood if these are adjacent, else first.
    let index (x: Expr) (indices: Expr[]) : Expr =
        let l = layout x indices

        if l.Dims.Length = 0 then
            x
        else
            let y = Expr.call1 (Lookup(l.Dims, false)) (Array.append [| x |] l.Indices)
            let y = Expr.permute (l.Order(x.Rank - l.Dims.Length)) y
            Expr.withStrides (resultStrides x l y.Sizes) y

    /// torch.index_put: x with values set, or added, at x[indices]. The values are broadcast to the shape of x[indices].
    let index_put (x: Expr) (indices: Expr[]) (values: Expr) (accumulate: bool) : Expr =
        if x.DType <> values.DType then
            Fault.runtime
                $"Index put requires the source and destination dtypes match, got {x.DType.ScalarName} for the destination and {values.DType.ScalarName} for the source."

        let l = layout x indices

        if l.Dims.Length = 0 then
            let values = Expr.expand x.Sizes values
            if accumulate then Arithmetic.add x values else values
        else
            let order = l.Order(x.Rank - l.Dims.Length)
            let sizes = Array.append l.Shape (without l.Dims x.Sizes)
            let shown = order |> Array.map (fun d -> sizes[d])

            let fits =
                values.Rank <= shown.Length
                && Seq.forall
                    (fun k ->
                        let v = values.Sizes[values.Rank - 1 - k]
                        v = 1L || v = shown[shown.Length - 1 - k])
                    (seq { 0 .. values.Rank - 1 })

            if not fits then
                Fault.runtime $"shape mismatch: value tensor of shape {Shape.show values.Sizes} cannot be broadcast to indexing result of shape {Shape.show shown}"

            let values = Expr.expand shown values |> Expr.permute (Dims.inverse order)
            Expr.call1 (Deposit(l.Dims, false, accumulate)) (Array.append [| x; values |] l.Indices)

    // ---- Elements of the flattened operand

    let private flat (e: Expr) = Expr.reshape [| e.Count |] e

    /// torch.take: x as a vector, picked by an index of any shape.
    let take (x: Expr) (index: Expr) : Expr =
        if index.DType <> DType.Int64 then
            Fault.runtime $"take(): Expected a long tensor for index, but got {index.DType.ScalarName}"

        if x.Count = 0L && index.Count <> 0L then Fault.index "take(): tried to take from an empty tensor"
        Expr.call1 (Lookup([| 0 |], true)) [| flat x; index |]

    /// torch.put: x as a vector with elements of the source set or added.
    let put (x: Expr) (index: Expr) (source: Expr) (accumulate: bool) : Expr =
        if index.DType <> DType.Int64 then
            Fault.runtime $"put_(): Expected a long tensor for index, but got {index.DType.ScalarName}"

        if x.DType <> source.DType then
            Fault.runtime $"put_(): self and source expected to have the same dtype, but got self.dtype = {x.DType.ScalarName} and source.dtype = {source.DType.ScalarName}"

        if index.Count <> source.Count then
            Fault.runtime $"put_(): Expected source and index to have the same number of elements, but got source.numel() = {source.Count}, index.numel() = {index.Count}"

        if x.Count = 0L && index.Count <> 0L then
            Fault.index "put_(): Expected source and index to have the same number of elements"

        Expr.call1 (Deposit([| 0 |], true, accumulate)) [| flat x; flat source; flat index |]
        |> Expr.reshape x.Sizes
        |> Expr.withStrides (Shape.preserved x.Sizes x.Strides)

    // ---- Slices along one dimension

    type private Select(dim: int) =
        inherit Routine("index_select", [ Whole(int64 dim) ])

        override _.Infer(operands) =
            let sizes = Array.copy operands[0].Sizes
            sizes[dim] <- operands[1].Count
            [| Expr.signature sizes operands[0].DType |]

        override _.Run(operands, results) =
            GatherScatter.IndexSelect(operands[0], dim, operands[1], results[0])

        override _.Vjp(operands, _, cotangents) =
            let back (g: Expr) = Gather.index_add (Expr.zerosLike operands[0]) (int64 dim) operands[1] g null
            [| cotangents[0] |> Option.map back; None |]

        override _.Batch(operands, batched) =
            match batched with
            | [| true; false |] -> Some(Expr.call (Select(dim + 1)) operands)
            | _ ->
                // An index for each slice: the same as a gather.
                let all = Batching.everywhere operands batched
                let x, index = all[0], all[1]
                let length = index.Sizes[1]
                let shape = Array.init x.Rank (fun k -> if k = 0 then x.Sizes[0] elif k = dim + 1 then length else 1L)
                let sizes = x.Sizes |> Array.mapi (fun k n -> if k = dim + 1 then length else n)
                Some [| Gather.gather x (int64 (dim + 1)) (Expr.reshape shape index |> Expr.expand sizes) |]

    /// torch.index_select.
    let index_select (x: Expr) (dim: int64) (index: Expr) : Expr =
        let d = Shape.dim x.Rank dim

        match index.DType with
        | DType.Int64
        | DType.Int32 -> ()
        | _ -> Fault.runtime "index_select(): Expected dtype int32 or int64 for index"

        if index.Rank > 1 then Fault.index "index_select(): Index is supposed to be a vector"

        if x.Rank = 0 && index.Count <> 1L then
            Fault.runtime $"index_select(): Index to scalar can have only 1 value, got {index.Count} value(s)"

        let y = Expr.call1 (Select d) [| Dims.atLeast1 x; flat (Gather.whole index) |]
        if x.Rank = 0 then Expr.reshape [||] y else y

    // ---- Embedding

    /// Rows of a table. Row `padding` (-1: none) receives no gradient; with `byFrequency` a row's gradient is divided by how often it was looked up.
    type private Embedding(padding: int64, byFrequency: bool) =
        inherit Routine("embedding", [ Whole padding; Flag byFrequency ])

        override _.Infer(operands) =
            [| Expr.signature (Array.append operands[1].Sizes (Array.tail operands[0].Sizes)) operands[0].DType |]

        override _.Run(operands, results) =
            GatherScatter.Embedding(operands[0], operands[1], results[0])

        override _.Vjp(operands, _, cotangents) =
            let rows = operands[0].Sizes[0]
            let back (g: Expr) = Expr.call1 (EmbeddingGradient(rows, padding, byFrequency)) [| g; operands[1] |]
            [| cotangents[0] |> Option.map back; None |]

        override _.Batch(operands, batched) =
            match batched with
            | [| false; true |] -> Some(Expr.call (Embedding(padding, byFrequency)) operands)
            | _ -> None

    and private EmbeddingGradient(rows: int64, padding: int64, byFrequency: bool) =
        inherit Routine("embedding_backward", [ Whole rows; Whole padding; Flag byFrequency ])

        override _.Infer(operands) =
            let g = operands[0]
            [| Expr.signature [| rows; g.Sizes[g.Rank - 1] |] g.DType |]

        override _.Run(operands, results) =
            GatherScatter.EmbeddingGradient(operands[0], operands[1], results[0], padding, byFrequency)

        override _.Vjp(operands, _, cotangents) =
            let index = operands[1]
            let column (e: Expr) = Expr.unsqueeze e.Rank e

            let back (c: Expr) =
                let g = Expr.call1 (Embedding(padding, byFrequency)) [| c; index |]

                let g =
                    if padding >= 0L then
                        Arithmetic.where (Compare.eq index (Expr.int padding) |> column) (Expr.fill [||] g.DType (Int 0L)) g
                    else
                        g

                if byFrequency then
                    let counts = Gather.index_add (Expr.fill [| rows |] g.DType (Int 0L)) 0L (flat index) (Expr.fill [| index.Count |] g.DType (Int 1L)) null
                    Arithmetic.div g (take counts index |> column)
                else
                    g

            [| cotangents[0] |> Option.map back; None |]

    /// torch.nn.functional.embedding: rows of the weight. A padding row of -1 means none (negative numbers from the end are the caller's).
    let embedding (weight: Expr) (indices: Expr) (padding: int64) (byFrequency: bool) : Expr =
        if weight.Rank <> 2 then Fault.runtime "'weight' must be 2-D"

        match indices.DType with
        | DType.Int64
        | DType.Int32 -> ()
        | d ->
            Fault.runtime
                $"Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.{d.ScalarName}Tensor instead (while checking arguments for embedding)"

        Expr.call1 (Embedding(padding, byFrequency)) [| weight; Gather.whole indices |]

    // ---- Declarations

    let defs: OpDef list =
        let def name inPlace doc sample =
            { Def.sample name sample Domain.Reals doc with InPlace = inPlace }

        let some n = Expr.index n 0L 1L

        [ def "index_select" false "Slices along a dimension named by a vector." (fun x -> index_select x 0L (some x.Sizes[0]))
          def "index_put" true "Values set or added at advanced indices." (fun x -> index_put x [| some x.Sizes[0] |] x true)
          def "take" false "Elements of the flattened operand." (fun x -> take x (some x.Count))
          def "put" true "Elements of the flattened operand set or added." (fun x -> put x (some x.Count) (flat x) true)
          def "embedding" false "Rows of a table." (fun x -> embedding (Expr.reshape [| x.Sizes[0]; -1L |] x) (some x.Sizes[0]) -1L false) ]
