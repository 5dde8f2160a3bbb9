/// torch.nn.functional.embedding_bag: rows of a table, looked up in bags and summed, averaged or maximised. A phrase of lookups, scatters and scans: which bag
/// an index belongs to is the number of bags that have begun, so nothing needs to be evaluated.
namespace Torch.Core.Ops

open System
open Torch.Core

[<RequireQualifiedAccess>]
module EmbeddingBag =
    /// The number of the bag of each index, from where the bags begin.
    let private bagsOf (offsets: Expr) (count: int64) : Expr =
        // One more place, so that a bag that begins at the end counts nowhere.
        let begun =
            Gather.scatter_add
                (Expr.fill [| count + 1L |] DType.Int64 (Int 0L))
                0L
                offsets
                (Expr.fill offsets.Sizes DType.Int64 (Int 1L))

        Expr.narrow 0 0L count (Scans.cumsum begun 0L (Nullable())) -. one

    /// Bags of indices [N] that begin at offsets [B] (or whose last offset is the end), or the rows of indices [B, N] with null offsets. Mode: "sum", "mean"
    /// or "max". Weights of the indices may be null; a padding index of -1 means none.
    let embedding_bag
        (weight: Expr)
        (indices: Expr)
        (offsets: Expr)
        (mode: string)
        (perSampleWeights: Expr)
        (includeLastOffset: bool)
        (byFrequency: bool)
        (padding: int64)
        : Expr =
        if weight.Rank <> 2 then Fault.runtime $"weight has to be a 2D Tensor, but got Tensor of dimension {weight.Rank}"

        if not (Given.isNull perSampleWeights) then
            if perSampleWeights.Sizes <> indices.Sizes then
                Fault.value
                    $"embedding_bag: If per_sample_weights (torch.Size({Shape.show perSampleWeights.Sizes})) is not None, then it must have the same shape as the input (torch.Size({Shape.show indices.Sizes}))"

            if mode <> "sum" then
                Fault.unsupported
                    $"embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='{mode}'). Please open a feature request on GitHub."

        let offsets, bags =
            match indices.Rank with
            | 2 ->
                if not (Given.isNull offsets) then
                    Fault.value
                        "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type Tensor"

                Expr.index indices.Sizes[0] 0L indices.Sizes[1], indices.Sizes[0]
            | 1 ->
                if Given.isNull offsets then Fault.value "offsets has to be a 1D Tensor but got None"
                if offsets.Rank <> 1 then Fault.value "offsets has to be a 1D Tensor"

                if includeLastOffset && offsets.Sizes[0] < 1L then
                    Fault.runtime "include_last_offset: number of offset should be at least 1"

                let bags = if includeLastOffset then offsets.Sizes[0] - 1L else offsets.Sizes[0]
                Gather.whole offsets |> Expr.narrow 0 0L bags, bags
            | n -> Fault.value $"input has to be 1D or 2D Tensor, but got Tensor of dimension {n}"

        let at = Gather.whole indices |> Expr.reshape [| indices.Count |]
        let width = weight.Sizes[1]
        let d = weight.DType
        let rows = Indexing.embedding weight at padding byFrequency
        let bag = bagsOf offsets at.Count
        let counted = if padding >= 0L then Compare.ne at (Expr.int padding) else Expr.fill at.Sizes DType.Bool (Int 1L)
        let column (e: Expr) = Expr.unsqueeze 1 e
        let nothing = Expr.fill [| bags; width |] d (Int 0L)
        let kept = if padding >= 0L then Arithmetic.where (column counted) rows (Expr.fill [||] d (Int 0L)) else rows

        match mode with
        | "sum" ->
            let scaled = if Given.isNull perSampleWeights then kept else kept *. column (Expr.reshape [| at.Count |] perSampleWeights)
            Gather.index_add nothing 0L bag scaled null
        | "mean" ->
            let sums = Gather.index_add nothing 0L bag kept null
            let counts = Gather.index_add (Expr.fill [| bags |] d (Int 0L)) 0L bag (Expr.cast d counted) null
            sums /. column (Numeric.clamp_min counts one)
        | "max" ->
            // What does not count is less than everything; a bag of nothing is zero.
            let low = Expr.fill [||] d (Real Double.NegativeInfinity)
            let candidates = Arithmetic.where (column counted) rows low
            let start = Expr.fill [| bags; width |] d (Real Double.NegativeInfinity)
            let most = Gather.scatter_reduce start 0L (column bag |> Expr.expand candidates.Sizes) candidates "amax" true
            Arithmetic.where (Compare.eq most low) nothing most
        | other -> Fault.value $"mode has to be one of sum, mean or max, but got {other}"

    let defs: OpDef list =
        let table (x: Expr) = Expr.reshape [| x.Sizes[0]; -1L |] x

        [ Def.sample
              "nn.functional.embedding_bag"
              (fun x -> embedding_bag (table x) (Expr.index x.Sizes[0] 0L 1L) (Expr.fill [| 1L |] DType.Int64 (Int 0L)) "sum" null false false -1L)
              Domain.Reals
              "Rows of a table summed in bags." ]
