/// Order along a dimension: sort, topk, kthvalue, median, mode, greatest and least elements with their positions, and searches in sorted rows.
/// Values flow with gradients (each to the place it came from), positions are Int64 and carry none. NaN is greater than everything.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Sorting =
    /// The cotangent of picked values, put where they came from.
    let private back (x: Expr) (dim: int) (indices: Expr) (g: Expr) : Expr =
        Gather.scatter_add (Expr.zerosLike x) (int64 dim) indices g

    /// Values and positions picked from each row along a dimension. `length` says how many of n.
    [<AbstractClass>]
    type private Picking(name: string, dim: int, attrs: Attr list) =
        inherit Routine(name, Whole(int64 dim) :: attrs)

        abstract Length: int64 -> int64
        abstract Layout: Expr -> int64[] -> int64[]
        default _.Layout (_: Expr) (sizes: int64[]) = Shape.contiguous sizes

        override r.Infer(operands) =
            let x = operands[0]
            let sizes = x.Sizes |> Array.mapi (fun k n -> if k = dim then r.Length n else n)
            let strides = r.Layout x sizes

            [| { Sizes = sizes; Strides = strides; DType = x.DType }
               { Sizes = sizes; Strides = strides; DType = DType.Int64 } |]

        override _.Vjp(operands, results, cotangents) =
            [| cotangents[0] |> Option.map (back operands[0] dim results[1]) |]

    type private SortRows(dim: int, descending: bool) =
        inherit Picking("sort", dim, [ Flag descending ])

        override _.Length n = n
        override _.Layout (x: Expr) _ = Shape.preserved x.Sizes x.Strides

        override _.Run(operands, results) =
            let rows = Blocks.lastAll dim results
            Sort.Run(Blocks.last dim operands[0], rows[0], rows[1], descending)

        override _.Batch(operands, _) = Some(Expr.call (SortRows(dim + 1, descending)) operands)

    type private TopK(dim: int, k: int64, largest: bool, sorted: bool) =
        inherit Picking("topk", dim, [ Whole k; Flag largest; Flag sorted ])

        override _.Length _ = k

        override _.Run(operands, results) =
            let rows = Blocks.lastAll dim results
            Sort.TopK(Blocks.last dim operands[0], k, rows[0], rows[1], largest, sorted)

        override _.Batch(operands, _) = Some(Expr.call (TopK(dim + 1, k, largest, sorted)) operands)

    /// One element of each row: by rank, by frequency or by extremity.
    [<RequireQualifiedAccess>]
    type private Choice =
        | Kth of int64
        | Median
        | NanMedian
        | Mode
        | Max
        | Min

    type private Pick(dim: int, choice: Choice) =
        inherit
            Picking(
                "pick",
                dim,
                match choice with
                | Choice.Kth k -> [ Text "kth"; Whole k ]
                | c -> [ Text(string c) ]
            )

        override _.Length _ = 1L

        override _.Run(operands, results) =
            let x = Blocks.last dim operands[0]
            let rows = Blocks.lastAll dim results
            let value, index = rows[0], rows[1]

            match choice with
            | Choice.Kth k -> Sort.KthValue(x, k, value, index)
            | Choice.Median -> Sort.Median(x, value, index, false)
            | Choice.NanMedian -> Sort.Median(x, value, index, true)
            | Choice.Mode -> Sort.Mode(x, value, index)
            | Choice.Max -> Extremes.Max(x, value, index)
            | Choice.Min -> Extremes.Min(x, value, index)

        override _.Batch(operands, _) = Some(Expr.call (Pick(dim + 1, choice)) operands)

    /// Values and positions; an operand without dimensions counts as one element.
    let private values (x: Expr) (routine: Routine) : Expr[] =
        let y = Expr.call routine [| Dims.atLeast1 x |]
        if x.Rank = 0 && y[0].Count = 1L then y |> Array.map (Expr.reshape [||]) else y

    // ---- sort, topk

    /// torch.sort: sorted values and where they stood. Always stable.
    let sort (x: Expr) (dim: int64) (descending: bool) : Expr[] =
        let d = Shape.dim x.Rank dim
        if x.DType.IsComplex then Fault.runtime " Sort does not support complex dtypes on CPU"
        values x (SortRows(d, descending))

    /// torch.argsort.
    let argsort (x: Expr) (dim: int64) (descending: bool) : Expr = (sort x dim descending)[1]

    /// torch.msort: sorted along the first dimension.
    let msort (x: Expr) : Expr = (sort x 0L false)[0]

    /// torch.topk: the k greatest (or least) of each row and where they stood.
    let topk (x: Expr) (k: int64) (dim: int64) (largest: bool) (sorted: bool) : Expr[] =
        let d = Shape.dim x.Rank dim
        let n = if x.Rank = 0 then 1L else x.Sizes[d]
        if k < 0L || k > n then Fault.runtime "selected index k out of range"
        if x.DType.IsComplex then Fault.runtime " topk does not support complex dtypes on CPU"
        if x.DType = DType.Bool then Fault.runtime "topk does not support bool dtypes on CPU"
        values x (TopK(d, k, largest, sorted))

    // ---- One of each row

    let private nonEmpty (name: string) (x: Expr) (d: int) =
        if x.Rank > 0 && x.Sizes[d] = 0L then
            Fault.index $"{name}(): Expected reduction dim {d} to have non-zero size."

    let private pick (name: string) (x: Expr) (dim: int64) (keepdim: bool) (choice: Choice) : Expr[] =
        let d = Shape.dim x.Rank dim
        nonEmpty name x d
        let y = values x (Pick(d, choice))
        if keepdim || x.Rank = 0 then y else y |> Array.map (fun e -> Expr.squeeze [| d |] e |> Expr.withStrides (Shape.contiguous (Array.removeAt d e.Sizes)))

    /// torch.kthvalue: the k-th smallest, from 1.
    let kthvalue (x: Expr) (k: int64) (dim: int64) (keepdim: bool) : Expr[] =
        let d = Shape.dim x.Rank dim
        nonEmpty "kthvalue" x d
        let n = if x.Rank = 0 then 1L else x.Sizes[d]
        if k < 1L || k > n then Fault.runtime $"kthvalue(): selected number k out of range for dimension {d}"
        if x.DType = DType.Bool || x.DType.IsComplex then Check.unsupported "kthvalue_cpu" x.DType
        pick "kthvalue" x dim keepdim (Choice.Kth k)

    let private medianOf (choice: Choice) (x: Expr) (dim: int64) (keepdim: bool) : Expr[] =
        if x.DType = DType.Bool then Check.unsupported "median_out" x.DType
        if x.DType.IsComplex then Check.unsupported "median_cpu" x.DType
        pick "median" x dim keepdim choice

    /// torch.median along a dimension: the lower median; NaN where there is one.
    let median (x: Expr) (dim: int64) (keepdim: bool) : Expr[] = medianOf Choice.Median x dim keepdim

    /// torch.nanmedian along a dimension: the median of what is not NaN.
    let nanmedian (x: Expr) (dim: int64) (keepdim: bool) : Expr[] = medianOf Choice.NanMedian x dim keepdim

    /// A value of all elements; all that equal it share its gradient, as in PyTorch.
    type private Single(choice: Choice) =
        inherit Routine("pick_all", [ Text(string choice) ])

        override _.Infer(operands) = [| Expr.signature [||] operands[0].DType |]

        override _.Run(operands, results) =
            let x = operands[0]
            let value = results[0]
            let index = Array.zeroCreate<int64> 1
            use p = fixed index
            let where = Block(NativeInterop.NativePtr.toNativeInt p, ElementType.Int64, [||], [||])
            Sort.Median(x, value, where, (choice = Choice.NanMedian))

        override _.Vjp(operands, results, cotangents) =
            let x = operands[0]

            let share (g: Expr) =
                let same = Compare.eq x results[0]
                let same = if x.DType.IsFloat then Logic.logical_or same (Logic.logical_and (Compare.isnan x) (Compare.isnan results[0])) else same
                let mask = Expr.cast x.DType same
                mask *. (g /. Arithmetic.sumTo [||] mask)

            [| cotangents[0] |> Option.map share |]

    let private medianOfAll (choice: Choice) (x: Expr) : Expr =
        if x.DType = DType.Bool || x.DType.IsComplex then Check.unsupported "median_cpu" x.DType

        if x.Count = 0L then
            Expr.fill [||] x.DType (if x.DType.IsFloat then Real Double.NaN else Int Int64.MinValue)
        else
            Expr.call1 (Single choice) [| Expr.reshape [| x.Count |] x |]

    /// torch.median of all elements.
    let median_all (x: Expr) : Expr = medianOfAll Choice.Median x

    /// torch.nanmedian of all elements.
    let nanmedian_all (x: Expr) : Expr = medianOfAll Choice.NanMedian x

    /// torch.mode: the most frequent value of each row, the least of several.
    let mode (x: Expr) (dim: int64) (keepdim: bool) : Expr[] =
        if x.DType.IsComplex then Check.unsupported "mode_cpu" x.DType
        pick "mode" x dim keepdim Choice.Mode

    /// torch.max along a dimension: values and the first positions.
    let max_dim (x: Expr) (dim: int64) (keepdim: bool) : Expr[] =
        if x.DType.IsComplex then Fault.runtime "max(): does not support complex input"
        pick "max" x dim keepdim Choice.Max

    /// torch.min along a dimension.
    let min_dim (x: Expr) (dim: int64) (keepdim: bool) : Expr[] =
        if x.DType.IsComplex then Fault.runtime "min(): does not support complex input"
        pick "min" x dim keepdim Choice.Min

    let private checkArg (name: string) (x: Expr) =
        if x.DType.IsComplex then Fault.runtime $"{name}(): does not support complex input"
        if x.DType = DType.Bool then Fault.runtime $"{name}(): does not support bool input"

    let private argAll (name: string) (choice: Choice) (x: Expr) (keepdim: bool) : Expr =
        checkArg name x

        if x.Count = 0L then
            Fault.index $"{name}(): Expected reduction dim to be specified for input.numel() == 0."

        let y = (pick name (Expr.reshape [| x.Count |] x) 0L false choice)[1]
        if keepdim then Expr.reshape (Array.create x.Rank 1L) y else y

    /// torch.argmax along a dimension.
    let argmax (x: Expr) (dim: int64) (keepdim: bool) : Expr =
        checkArg "argmax" x
        (pick "argmax" x dim keepdim Choice.Max)[1]

    /// torch.argmin along a dimension.
    let argmin (x: Expr) (dim: int64) (keepdim: bool) : Expr =
        checkArg "argmin" x
        (pick "argmin" x dim keepdim Choice.Min)[1]

    /// torch.argmax of the flattened elements.
    let argmax_all (x: Expr) (keepdim: bool) : Expr = argAll "argmax" Choice.Max x keepdim

    /// torch.argmin of the flattened elements.
    let argmin_all (x: Expr) (keepdim: bool) : Expr = argAll "argmin" Choice.Min x keepdim

    // ---- Searching

    type private Search(right: bool, sorted: bool) =
        inherit Routine("searchsorted", [ Flag right; Flag sorted ])

        override _.Infer(operands) = [| Expr.signature operands[1].Sizes DType.Int64 |]

        override _.Run(operands, results) =
            let sorter = if sorted then operands[2] else null
            Sort.SearchSorted(operands[0], operands[1], sorter, results[0], right)

        override this.Batch(operands, batched) =
            // One row of boundaries serves all values; boundaries of several rows lead with the batch everywhere.
            if not batched[0] && (operands.Length < 3 || not batched[2]) && operands[0].Rank = 1 then
                Some(Expr.call this operands)
            else
                let all = Batching.everywhere operands batched

                if operands[0].Rank - (if batched[0] then 1 else 0) = 1 && all[1].Rank > 2 then
                    // Values of more dimensions in one row: seen as one long row.
                    let values = Expr.reshape [| all[1].Sizes[0]; -1L |] all[1]
                    let y = Expr.call1 this (Array.concat [ [| all[0]; values |]; Array.skip 2 all ])
                    Some [| Expr.reshape all[1].Sizes y |]
                elif all[1].Rank = 1 then
                    let y = Expr.call1 this (Array.concat [ [| all[0]; Expr.unsqueeze 1 all[1] |]; Array.skip 2 all ])
                    Some [| Expr.squeeze [| 1 |] y |]
                else
                    Some(Expr.call this all)

    /// torch.searchsorted: where each value would go in its sorted row; before equal ones, or after with `right`. The sorter may be null.
    let searchsorted (boundaries: Expr) (values: Expr) (right: bool) (outInt32: bool) (sorter: Expr) : Expr =
        // A plain number is compared in the common type.
        let boundaries, values =
            if values.IsNumber then
                let d = resultType [| boundaries; values |]
                Expr.cast d boundaries, Expr.cast d values
            else
                boundaries, values

        if boundaries.Rank = 0 then
            Fault.runtime "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim(0) and input value's dim(0) numel(1)"

        if values.Rank = 0 && boundaries.Rank <> 1 then
            Fault.runtime
                $"torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim({boundaries.Rank}) and input value's dim(0) numel(1)"

        if boundaries.Rank <> 1 && (boundaries.Rank <> values.Rank || Array.truncate (boundaries.Rank - 1) boundaries.Sizes <> Array.truncate (values.Rank - 1) values.Sizes) then
            Fault.runtime
                $"torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got boundaries tensor {Shape.show boundaries.Sizes} and input value tensor {Shape.show values.Sizes}"

        if boundaries.DType <> values.DType then
            Fault.runtime
                $"torch.searchsorted(): boundary tensor and input value tensor should have same dtype, but got boundary tensor dtype {boundaries.DType.ScalarName} and input value tensor dtype {values.DType.ScalarName}"

        if boundaries.DType = DType.Bool || boundaries.DType.IsComplex then
            Check.unsupported "searchsorted_out_cpu" boundaries.DType

        if not (Given.isNull sorter) then
            if sorter.Sizes <> boundaries.Sizes then
                Fault.runtime
                    $"torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor {Shape.show boundaries.Sizes}and got sorter tensor {Shape.show sorter.Sizes}"

            if sorter.DType <> DType.Int64 then
                Fault.runtime $"torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {sorter.DType.ScalarName}"

        let sorted = not (Given.isNull sorter)
        let rows = Dims.atLeast1 values
        let operands = if sorted then [| boundaries; rows; sorter |] else [| boundaries; rows |]
        let y = Expr.call1 (Search(right, sorted)) operands |> Expr.reshape values.Sizes
        if outInt32 then Expr.cast DType.Int32 y else y

    /// torch.bucketize: searchsorted with one row of boundaries.
    let bucketize (values: Expr) (boundaries: Expr) (outInt32: bool) (right: bool) : Expr =
        if boundaries.Rank <> 1 then
            Fault.runtime $"boundaries tensor must be 1 dimension, but got dim({boundaries.Rank})"

        searchsorted boundaries values right outInt32 null

    let defs: OpDef list =
        let def name doc sample = Def.sample name sample Domain.Reals doc
        let index name doc sample = def name doc sample |> Def.flat

        [ def "sort" "Sorted values and where they stood." (fun x -> (sort x -1L false)[0])
          index "argsort" "The order that sorts." (fun x -> argsort x -1L false)
          def "msort" "Sorted along the first dimension." msort
          def "topk" "The greatest of each row." (fun x -> (topk x 1L -1L true true)[0])
          def "kthvalue" "The k-th smallest of each row." (fun x -> (kthvalue x 1L -1L false)[0])
          def "median" "The median of each row." (fun x -> (median x -1L false)[0])
          def "nanmedian" "The median of what is not NaN." (fun x -> (nanmedian x -1L false)[0])
          def "mode" "The most frequent of each row." (fun x -> (mode x -1L false)[0])
          def "max_dim" "The greatest of each row." (fun x -> (max_dim x -1L false)[0])
          def "min_dim" "The least of each row." (fun x -> (min_dim x -1L false)[0])
          index "argmax" "Where the greatest stands." (fun x -> argmax x -1L false)
          index "argmin" "Where the least stands." (fun x -> argmin x -1L false)
          index "searchsorted" "Where values would go in sorted rows." (fun x -> let v = Expr.reshape [| -1L |] x in searchsorted v v false false null)
          index "bucketize" "The bucket of each value." (fun x -> bucketize x (Expr.reshape [| -1L |] x) false false) ]
