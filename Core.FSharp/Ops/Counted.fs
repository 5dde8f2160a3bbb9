/// Operations whose result's size depends on values: nonzero, masked_select, unique, bincount, repeats by a tensor. They evaluate their operands when they
/// are called. What flows with a gradient is picked by positions that were found so.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Counted =
    let private ints (sizes: int64[]) (write: Block -> unit) : Expr = Host.make DType.Int64 sizes (Action<Block> write)

    /// torch.nonzero: the coordinates of the elements that are not zero, [count, rank].
    let nonzero (x: Expr) : Expr =
        let b = Host.block x
        let count = Selection.CountNonZero b
        let y = ints [| count; int64 x.Rank |] (fun r -> Selection.NonZero(b, r))
        GC.KeepAlive x
        // PyTorch makes the coordinates of each dimension one after the other.
        Expr.withStrides [| 1L; max 1L count |] y

    /// The same by dimension; an operand without dimensions counts as one element. What a mask stands for as an index.
    let nonzero_tuple (x: Expr) : Expr[] =
        let x = Dims.atLeast1 x
        let all = nonzero x
        Array.init x.Rank (fun d -> Expr.select 1 (int64 d) all)

    let private positions (mask: Expr) : Expr =
        let b = Host.block mask
        let y = ints [| Selection.CountNonZero b |] (fun r -> Selection.NonZeroPositions(b, r))
        GC.KeepAlive mask
        y

    /// torch.masked_select: the elements where the mask holds, in row-major order; both are broadcast.
    let masked_select (x: Expr) (mask: Expr) : Expr =
        if mask.DType <> DType.Bool then Fault.runtime "masked_select: expected BoolTensor for mask"
        let sizes = Shape.broadcast2 x.Sizes mask.Sizes
        let at = positions (Expr.expand sizes mask)
        let full = Expr.expand sizes x
        Indexing.take full at

    /// torch.masked_scatter: successive elements of the source where the mask holds; x and mask are broadcast.
    let masked_scatter (x: Expr) (mask: Expr) (source: Expr) : Expr =
        if mask.DType <> DType.Bool then
            Fault.runtime $"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.DType.ScalarName}"

        if x.DType <> source.DType then
            Fault.runtime
                $"masked_scatter: expected self and source to have same dtypes but got {x.DType.ScalarName} and {source.DType.ScalarName}"

        let sizes = Shape.broadcast2 x.Sizes mask.Sizes
        let at = positions (Expr.expand sizes mask)

        if at.Count > source.Count then
            Fault.runtime "Number of elements of source < number of ones in mask"

        let values = Expr.reshape [| source.Count |] source |> Expr.narrow 0 0L at.Count
        Indexing.put (Expr.expand sizes x) at values false

    let private orNull (wanted: bool) (sizes: int64[]) = if wanted then ints sizes ignore else null
    let private blockOf (e: Expr) = if Given.isNull e then null else Host.block e

    let private first (n: int64) (e: Expr) = if Given.isNull e then e else Expr.narrow 0 0L n e

    /// Distinct elements found by a kernel: values, inverse, counts (null where not wanted).
    let private distinct (x: Expr) (inverse: bool) (counts: bool) (find: Block -> Block -> Block -> Block -> int64) : Expr[] =
        if x.DType.IsComplex then Check.unsupported "unique" x.DType
        let b = Host.block x
        let values = Host.make x.DType [| x.Count |] ignore
        let inv = orNull inverse x.Sizes
        let cnt = orNull counts [| x.Count |]
        let n = find b (Host.block values) (blockOf inv) (blockOf cnt)
        GC.KeepAlive x
        [| first n values; inv; first n cnt |]

    /// torch.unique of all elements, sorted: values, where each element is among them, and how often each occurs (null where not wanted).
    let unique (x: Expr) (inverse: bool) (counts: bool) : Expr[] =
        distinct x inverse counts (fun b v i c -> Unique.Sorted(b, v, i, c))

    /// torch.unique_consecutive of all elements.
    let unique_consecutive (x: Expr) (inverse: bool) (counts: bool) : Expr[] =
        distinct x inverse counts (fun b v i c -> Unique.Consecutive(b, v, i, c))

    /// The same of the slices along a dimension.
    let unique_along (x: Expr) (dim: int64) (inverse: bool) (counts: bool) (consecutive: bool) : Expr[] =
        let d = Shape.dim x.Rank dim
        if x.DType.IsComplex then Check.unsupported "unique_dim" x.DType

        if x.Rank = 0 then
            distinct x inverse counts (fun b v i c -> if consecutive then Unique.Consecutive(b, v, i, c) else Unique.Sorted(b, v, i, c))
            |> Array.mapi (fun k e -> if k = 1 || Given.isNull e then e else Expr.reshape [| 1L |] e)
        else
            let n = x.Sizes[d]

            if x.Count = 0L then
                if n <> 0L || (x.Sizes |> Array.filter (fun s -> s = 0L)).Length > 1 then
                    Fault.runtime "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"

                [| x
                   (if inverse then ints [| 0L |] ignore else null)
                   (if counts then ints [| 0L |] ignore else null) |]
            else
                let rows = Dims.move d 0 x |> Expr.reshape [| n; -1L |]
                let b = Host.block rows
                let at = ints [| n |] ignore
                let inv = orNull inverse [| n |]
                let cnt = orNull counts [| n |]
                let count = Unique.OfRows(b, Host.block at, blockOf inv, blockOf cnt, consecutive)
                GC.KeepAlive rows
                let y = Indexing.index_select (Dims.move d 0 x) 0L (first count at) |> Dims.move 0 d
                [| y; inv; first count cnt |]

    /// torch.bincount: how often each number occurs, or the sum of its weights (null: none).
    let bincount (x: Expr) (weights: Expr) (minlength: int64) : Expr =
        if x.Rank <> 1 || not (x.DType.IsInteger) then
            if not x.DType.IsInteger then Check.unsupported "bincount_cpu" x.DType
            Fault.runtime "bincount only supports 1-d non-negative integral inputs."

        if minlength < 0L then Fault.runtime "minlength should be >= 0"

        if not (Given.isNull weights) && (weights.Rank <> 1 || weights.Count <> x.Count) then
            Fault.runtime "weights should be 1-d and have the same length as input"

        let values = Expr.cast DType.Int64 x

        let weights =
            if Given.isNull weights || weights.DType = DType.Float32 then weights else Expr.cast DType.Float64 weights

        let most =
            if x.Count = 0L then
                0L
            else
                let found = Host.toArray<int64> (Assemble.cat [| Expr.reshape [| 1L |] (Reductions.min values); Expr.reshape [| 1L |] (Reductions.max values) |] 0L)

                if found[0] < 0L then
                    Fault.runtime "bincount only supports 1-d non-negative integral inputs."

                found[1] + 1L

        let dtype = if Given.isNull weights || x.Count = 0L then DType.Int64 else weights.DType
        let b, w = Host.block values, blockOf weights
        let y = Host.make dtype [| max minlength most |] (Action<Block>(fun r -> Selection.Bincount(b, w, r)))
        GC.KeepAlive values
        GC.KeepAlive weights
        y

    /// torch.histc: counts in equal bins; equal bounds: those of the elements.
    let histc (x: Expr) (bins: int64) (low: float) (high: float) : Expr =
        if not x.DType.IsFloat then Check.unsupported "histogram_cpu" x.DType
        if bins <= 0L then Fault.runtime "bins must be > 0"
        let wide = Expr.cast x.DType.Compute x

        let low, high =
            if low = high && x.Count > 0L then
                let ends = Host.toArray<float> (Assemble.cat [| Expr.reshape [| 1L |] (Reductions.min x); Expr.reshape [| 1L |] (Reductions.max x) |] 0L |> Expr.cast DType.Float64)
                ends[0], ends[1]
            else
                low, high

        let low, high = if low = high then low - 1.0, high + 1.0 else low, high

        if not (Double.IsFinite low && Double.IsFinite high) then
            let shown (r: float) = if Double.IsNaN r then "nan" else string r
            Fault.runtime $"torch.histc: range of [{shown low}, {shown high}] is not finite"

        if low > high then Fault.runtime "torch.histc: max must be larger than min"
        let b = Host.block wide
        let y = Host.make wide.DType [| bins |] (Action<Block>(fun r -> Selection.Histc(b, low, high, r)))
        GC.KeepAlive wide
        Expr.cast x.DType y

    /// torch.repeat_interleave with a count for each element of the dimension (or one for all).
    let repeat_interleave (x: Expr) (repeats: Expr) (dim: int64) : Expr =
        let x = Dims.atLeast1 x
        let d = Shape.dim x.Rank dim

        if repeats.Rank > 1 then Fault.runtime "repeat_interleave only accept 1D vector as repeat"

        match repeats.DType with
        | DType.Int64
        | DType.Int32 -> ()
        | _ -> Fault.runtime "repeats has to be Long or Int tensor"

        let counts = Host.toArray<int64> (Expr.cast DType.Int64 repeats)
        let n = x.Sizes[d]

        if counts.Length = 1 && repeats.Rank = 0 || (counts.Length = 1 && n <> 1L) then
            if counts[0] < 0L then Fault.runtime "Repeats must be non-negative"
            Assemble.repeat_interleave x counts[0] (int64 d)
        else
            if int64 counts.Length <> n then
                Fault.runtime $"repeats must have the same size as input along dim, but got repeats.size(0) = {counts.Length} and input.size({d}) = {n}"

            if counts |> Array.exists (fun c -> c < 0L) then Fault.runtime "Repeats must be non-negative"
            let at = counts |> Array.mapi (fun i c -> Array.create (int c) (int64 i)) |> Array.concat
            Indexing.index_select x (int64 d) (Host.ofArray DType.Int64 [| int64 at.Length |] at)
