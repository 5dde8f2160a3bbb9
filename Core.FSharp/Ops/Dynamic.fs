/// Operations whose result's shape depends on values: they evaluate what they need when they are called, and give evaluated memory. No gradient flows through
/// the indices they find.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Dynamic =
    let private filled dtype sizes (write: Block -> unit) = Host.make dtype sizes (Action<Block> write)

    /// torch.nonzero: a row of indices for each element that is not zero, Int64, in row-major order.
    let nonzero (x: Expr) : Expr =
        let block = Host.block x
        let found = Selection.CountNonZero block
        let result = filled DType.Int64 [| found; int64 x.Rank |] (fun target -> Selection.NonZero(block, target))
        GC.KeepAlive x
        result

    /// Distinct values found by a kernel that fills at most as many as there are elements: values, the place of each element among them, how often each occurs.
    let private distinct (x: Expr) (find: Block -> Block -> Block -> Block -> int64) : Expr[] =
        let flat = Expr.reshape [| x.Count |] x
        let block = Host.contiguous flat
        let mutable values = null
        let mutable inverse = null
        let mutable found = 0L

        let counts =
            filled DType.Int64 [| x.Count |] (fun counts ->
                inverse <-
                    filled DType.Int64 [| x.Count |] (fun inverse ->
                        values <- filled x.DType [| x.Count |] (fun values -> found <- find block values inverse counts)))

        GC.KeepAlive flat
        [| Expr.narrow 0 0L found values; Expr.reshape x.Sizes inverse; Expr.narrow 0 0L found counts |]

    /// torch.unique over all elements: sorted values, inverse indices in the shape of the operand, counts.
    let unique (x: Expr) : Expr[] =
        distinct x (fun input values inverse counts -> Unique.Sorted(input, values, inverse, counts))

    /// torch.unique_consecutive over the flattened elements.
    let unique_consecutive (x: Expr) : Expr[] =
        distinct x (fun input values inverse counts -> Unique.Consecutive(input, values, inverse, counts))

    /// torch.unique and torch.unique_consecutive along a dimension: the distinct slices, the place of each slice among them, counts.
    let unique_dim (x: Expr) (dim: int64) (consecutive: bool) : Expr[] =
        let d = Shape.dim x.Rank dim
        let n = x.Sizes[d]
        let order = Array.append [| d |] [| for i in 0 .. x.Rank - 1 do if i <> d then i |]
        let others = order[1..] |> Array.map (fun i -> x.Sizes[i])
        let rows = x |> Expr.permute order |> Expr.reshape [| n; Shape.count others |]
        let block = Host.contiguous rows
        let mutable first = null
        let mutable inverse = null
        let mutable found = 0L

        let counts =
            filled DType.Int64 [| n |] (fun counts ->
                inverse <-
                    filled DType.Int64 [| n |] (fun inverse ->
                        first <- filled DType.Int64 [| n |] (fun first -> found <- Unique.OfRows(block, first, inverse, counts, consecutive))))

        GC.KeepAlive rows
        let chosen = Indexing.index_select x dim (Expr.narrow 0 0L found first)
        [| chosen; inverse; Expr.narrow 0 0L found counts |]

    /// torch.bincount: how often each whole number from zero on occurs, or the sum of the weights that come with it.
    let bincount (x: Expr) (weights: Expr) (minlength: int64) : Expr =
        if x.Rank <> 1 || not (x.DType.IsInteger) then
            Fault.runtime "bincount only supports 1-d non-negative integral inputs."

        if minlength < 0L then Fault.runtime "minlength should be >= 0"

        if not (isNull weights) && not (Shape.same weights.Sizes x.Sizes) then
            Fault.runtime "weights should be 1-d and have the same length as input"

        let whole = Expr.cast DType.Int64 x
        let values = Host.toArray<int64> whole

        if values |> Array.exists (fun v -> v < 0L) then
            Fault.runtime "bincount only supports 1-d non-negative integral inputs."

        let length = if values.Length = 0 then minlength else max minlength (Array.max values + 1L)
        // Weights are summed in float64, float32 weights in float32.
        let weights =
            if isNull weights then null
            elif weights.DType = DType.Float32 || weights.DType = DType.Float64 then weights
            else Expr.cast DType.Float64 weights

        let dtype = if isNull weights then DType.Int64 else weights.DType
        let weightBlock = if isNull weights then null else Host.block weights
        let result = filled dtype [| length |] (fun target -> Selection.Bincount(Host.block whole, weightBlock, target))
        GC.KeepAlive whole
        GC.KeepAlive weights
        result

    /// torch.histc: counts in equal bins between min and max (both zero: the extrema of the values), in the operand's dtype.
    let histc (x: Expr) (bins: int64) (low: float) (high: float) : Expr =
        if bins <= 0L then Fault.runtime "torch.histc(): bins must be > 0"
        if not x.DType.IsFloat then Fault.unsupported $"\"histogram_cpu\" not implemented for '{x.DType.ScalarName}'"
        let flat = Expr.reshape [| x.Count |] x

        let low, high =
            if low = high && x.Count > 0L then
                let ends = Reductions.aminmax flat (Nullable()) false
                let at (e: Expr) = (Host.toArray<float> (Expr.cast DType.Float64 e))[0]
                at ends[0], at ends[1]
            else
                low, high

        let low, high = if low = high then low - 1.0, high + 1.0 else low, high

        if not (Double.IsFinite low && Double.IsFinite high) then
            Fault.runtime $"range of [{low}, {high}] is not finite"

        if low > high then Fault.runtime "torch.histc: max must be larger than min"
        let block = Host.block flat
        let result = filled x.DType [| bins |] (fun target -> Selection.Histc(block, low, high, target))
        GC.KeepAlive flat
        result
