/// Tensors put together from others or from pieces of themselves: cat, stack, pad, roll, repeat, triangles, diagonals. All are compositions of
/// movements, writes into a fill, and choices, whose gradients are the families' own.
namespace Torch.Core.Ops

open Torch.Core

[<RequireQualifiedAccess>]
module Assemble =
    let private zeros (sizes: int64[]) (d: DType) = Expr.fill sizes d (Int 0L)

    /// The region of a target that starts somewhere and has a step of one element along each dimension.
    let private box (target: Expr) (start: int64[]) : Region =
        let strides = Shape.contiguous target.Sizes

        { Offset = Array.fold2 (fun sum s t -> sum + s * t) 0L start strides
          Strides = strides }

    let private put (target: Expr) (start: int64[]) (value: Expr) : Expr = Expr.write target (box target start) value

    // ---- cat and its relatives

    let private promoted (tensors: Expr[]) : DType =
        let mutable d = tensors[0].DType
        let mutable mixed = false

        for e in tensors do
            if e.DType <> d then mixed <- true

        if mixed then
            Promotion.result (Expr.defaultDType ()) (seq { for e in tensors -> struct (e.DType, e.Rank > 0, e.IsNumber) })
        else
            d

    /// Whether all operands are laid out channels last; then the result is.
    let private catStrides (tensors: Expr[]) (sizes: int64[]) : int64[] =
        let format (e: Expr) =
            let contiguous = Shape.isContiguous e.Sizes e.Strides

            if not contiguous && (e.Rank = 4 || e.Rank = 5) && e.Strides = Shape.channelsLast e.Sizes then 1
            else 0

        if tensors |> Array.forall (fun e -> format e = 1) then
            Shape.channelsLast sizes
        else
            Shape.contiguous sizes

    /// torch.cat. Vectors without elements are left out whatever the others' rank, as ever.
    let cat (tensors: Expr[]) (dim: int64) : Expr =
        if tensors.Length = 0 then Fault.value "torch.cat(): expected a non-empty list of Tensors"

        tensors
        |> Array.iteri (fun i e ->
            if e.Rank = 0 then
                Fault.runtime $"zero-dimensional tensor (at position {i}) cannot be concatenated")

        let dtype = promoted tensors
        let skipped (e: Expr) = e.Rank = 1 && e.Sizes[0] = 0L

        match tensors |> Array.tryFind (skipped >> not) with
        | None -> Expr.cast dtype tensors[0]
        | Some first ->
            let d = Shape.dim first.Rank dim

            tensors
            |> Array.iteri (fun i e ->
                if not (skipped e) then
                    if e.Rank <> first.Rank then
                        Fault.runtime $"Tensors must have same number of dimensions: got {first.Rank} and {e.Rank}"

                    for k in 0 .. e.Rank - 1 do
                        if k <> d && e.Sizes[k] <> first.Sizes[k] then
                            Fault.runtime
                                $"Sizes of tensors must match except in dimension {d}. Expected size {first.Sizes[k]} but got size {e.Sizes[k]} for tensor number {i} in the list.")

            let parts = tensors |> Array.filter (skipped >> not)
            let sizes = Array.copy first.Sizes
            sizes[d] <- parts |> Array.sumBy (fun e -> e.Sizes[d])

            if parts.Length = 1 && tensors.Length = 1 then
                // A copy of its own.
                Expr.cast dtype first |> Expr.withStrides (catStrides parts sizes)
            else
                let mutable result = zeros sizes dtype
                let start = Array.zeroCreate sizes.Length

                for e in parts do
                    result <- put result (Array.copy start) (Expr.cast dtype e)
                    start[d] <- start[d] + e.Sizes[d]

                Expr.withStrides (catStrides parts sizes) result

    /// torch.stack.
    let stack (tensors: Expr[]) (dim: int64) : Expr =
        if tensors.Length = 0 then Fault.runtime "stack expects a non-empty TensorList"
        let first = tensors[0]
        let d = Shape.dim (first.Rank + 1) dim

        tensors
        |> Array.iteri (fun i e ->
            if e.Sizes <> first.Sizes then
                Fault.runtime
                    $"stack expects each tensor to be equal size, but got {Shape.show first.Sizes} at entry 0 and {Shape.show e.Sizes} at entry {i}")

        cat (tensors |> Array.map (Expr.unsqueeze d)) (int64 d)

    let atleast_1d (e: Expr) : Expr = Dims.atLeast1 e

    let atleast_2d (e: Expr) : Expr =
        match e.Rank with
        | 0 -> Expr.reshape [| 1L; 1L |] e
        | 1 -> Expr.unsqueeze 0 e
        | _ -> e

    let atleast_3d (e: Expr) : Expr =
        match e.Rank with
        | 0 -> Expr.reshape [| 1L; 1L; 1L |] e
        | 1 -> e |> Expr.unsqueeze 0 |> Expr.unsqueeze 2
        | 2 -> Expr.unsqueeze 2 e
        | _ -> e

    let hstack (tensors: Expr[]) : Expr =
        if tensors.Length = 0 then Fault.runtime "hstack expects a non-empty TensorList"
        let parts = tensors |> Array.map atleast_1d
        cat parts (if parts[0].Rank = 1 then 0L else 1L)

    let vstack (tensors: Expr[]) : Expr =
        if tensors.Length = 0 then Fault.runtime "vstack expects a non-empty TensorList"
        cat (tensors |> Array.map atleast_2d) 0L

    let dstack (tensors: Expr[]) : Expr =
        if tensors.Length = 0 then Fault.runtime "dstack expects a non-empty TensorList"
        cat (tensors |> Array.map atleast_3d) 2L

    let column_stack (tensors: Expr[]) : Expr =
        if tensors.Length = 0 then Fault.runtime "column_stack expects a non-empty TensorList"
        hstack (tensors |> Array.map (fun e -> if e.Rank <= 1 then Expr.reshape [| e.Count; 1L |] e else e))

    /// torch.block_diag.
    let block_diag (tensors: Expr[]) : Expr =
        tensors
        |> Array.iteri (fun i e ->
            if e.Rank > 2 then
                Fault.runtime $"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {e.Rank} dimensions")

        if tensors.Length = 0 then
            zeros [| 1L; 0L |] (Expr.defaultDType ())
        else
            let dtype = promoted tensors
            let blocks = tensors |> Array.map (atleast_2d >> Expr.cast dtype)
            let rows = blocks |> Array.sumBy (fun b -> b.Sizes[0])
            let columns = blocks |> Array.sumBy (fun b -> b.Sizes[1])
            let mutable row, column = 0L, 0L
            let mutable result = zeros [| rows; columns |] dtype

            for b in blocks do
                result <- put result [| row; column |] b
                row <- row + b.Sizes[0]
                column <- column + b.Sizes[1]

            result

    /// torch.cartesian_prod.
    let cartesian_prod (tensors: Expr[]) : Expr =
        for e in tensors do
            if e.Rank <> 1 then Fault.runtime $"Expect a 1D vector, but got shape {Shape.show e.Sizes}"

        if tensors.Length = 1 then
            tensors[0]
        else
            let grids = Views.meshgrid tensors "ij" |> Array.map (Expr.reshape [| -1L |])
            stack grids 1L

    // ---- Padding

    /// Zeros, or another value, around the elements; negative amounts cut. Amounts come in pairs (before, after), last dimension first.
    let pad_constant (e: Expr) (pad: int64[]) (value: Expr) : Expr =
        if pad.Length % 2 <> 0 then Fault.runtime $"Length of pad must be even but instead it equals {pad.Length}"

        if pad.Length / 2 > e.Rank then
            Fault.runtime
                $"Length of pad should be no more than twice the number of dimensions of the input. Pad length is {pad.Length} while the input has {e.Rank} dimensions."

        let before = Array.zeroCreate e.Rank
        let after = Array.zeroCreate e.Rank

        for i in 0 .. pad.Length / 2 - 1 do
            before[e.Rank - 1 - i] <- pad[2 * i]
            after[e.Rank - 1 - i] <- pad[2 * i + 1]

        let sizes = Array.init e.Rank (fun d -> e.Sizes[d] + before[d] + after[d])

        for d in 0 .. e.Rank - 1 do
            if sizes[d] < 0L then
                Fault.runtime
                    $"The input size {e.Sizes[d]}, plus negative padding {before[d]} and {after[d]} resulted in a negative output size, which is invalid. Check dimension {d} of your input."

        // What is cut off first.
        let cut = before |> Array.map (fun b -> max 0L -b)
        let kept = Array.init e.Rank (fun d -> max 0L (e.Sizes[d] - cut[d] - max 0L -after[d]))
        let inner = Expr.slice cut (Array.create e.Rank 1L) kept e

        let target =
            if Given.isNull value then zeros sizes e.DType else Expr.cast e.DType value |> Expr.expand sizes

        let target = if target.Rank = sizes.Length then target else Expr.expand sizes target
        put target (before |> Array.map (max 0L)) inner |> Expr.withStrides (Shape.preserved sizes (Shape.stridesInOrder sizes (Array.init e.Rank id |> Array.sortBy (fun d -> -e.Strides[d]))))

    let private checkPadded (name: string) (e: Expr) (pad: int64[]) =
        let n = pad.Length / 2

        if e.Rank <> n + 1 && e.Rank <> n + 2 then
            Fault.unsupported $"Padding size {pad.Length} is not supported for {e.Rank}D input tensor."

        if e.DType = DType.Bool && name <> "circular_pad" then Check.unsupported $"{name}{n}d" e.DType

    /// Cats before, the middle and after along each padded dimension. Negative amounts cut. The sides are made of the operand and of its middle.
    let private padSides (e: Expr) (pad: int64[]) (sides: Expr -> Expr -> int -> int64 -> int64 -> Expr * Expr) : Expr =
        let mutable x = e

        for i in 0 .. pad.Length / 2 - 1 do
            let d = e.Rank - 1 - i
            let before, after = pad[2 * i], pad[2 * i + 1]

            let middle =
                let cut = max 0L -before
                Expr.narrow d cut (x.Sizes[d] - cut - max 0L -after) x

            let first, last = sides x middle d (max 0L before) (max 0L after)

            if before > 0L || after > 0L then
                let parts =
                    [| if before > 0L then first
                       middle
                       if after > 0L then last |]

                x <- cat parts (int64 d)
            else
                x <- middle

        Expr.withStrides (Format.like e x.Sizes) x

    /// Elements mirrored at the edges, the edges themselves once.
    let pad_reflect (e: Expr) (pad: int64[]) : Expr =
        checkPadded "reflection_pad" e pad

        for i in 0 .. pad.Length / 2 - 1 do
            let d = e.Rank - 1 - i

            if pad[2 * i] >= e.Sizes[d] || pad[2 * i + 1] >= e.Sizes[d] then
                Fault.runtime
                    $"Argument #{4 + 2 * i}: Padding size should be less than the corresponding input dimension, but got: padding ({pad[2 * i]}, {pad[2 * i + 1]}) at dimension {d} of input {Shape.show e.Sizes}"

        padSides e pad (fun x _ d before after ->
            let n = x.Sizes[d]
            Expr.narrow d 1L before x |> Expr.flip [| d |], Expr.narrow d (n - 1L - after) after x |> Expr.flip [| d |])

    /// The edges repeated.
    let pad_replicate (e: Expr) (pad: int64[]) : Expr =
        checkPadded "replication_pad" e pad

        for i in 0 .. pad.Length / 2 - 1 do
            if e.Sizes[e.Rank - 1 - i] = 0L then
                Fault.runtime $"Expected {pad.Length / 2 + 1}D or {pad.Length / 2 + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: {Shape.show e.Sizes}"

        let repeated (d: int) (at: int64) (count: int64) (x: Expr) =
            let sizes = Array.copy x.Sizes
            sizes[d] <- count
            Expr.narrow d at 1L x |> Expr.expand sizes

        padSides e pad (fun x _ d before after -> repeated d 0L before x, repeated d (x.Sizes[d] - 1L) after x)

    /// The elements of the other end.
    let pad_circular (e: Expr) (pad: int64[]) : Expr =
        checkPadded "circular_pad" e pad

        for i in 0 .. pad.Length / 2 - 1 do
            let n = e.Sizes[e.Rank - 1 - i]

            if pad[2 * i] > n || pad[2 * i + 1] > n then
                Fault.runtime "Padding value causes wrapping around more than once."

            if pad[2 * i] + pad[2 * i + 1] + n < 0L then
                Fault.runtime "Negative padding value is resulting in an empty dimension"

        // A side is read from what a cut has left.
        padSides e pad (fun _ middle d before after ->
            let n = middle.Sizes[d]
            Expr.narrow d (n - before) before middle, Expr.narrow d 0L after middle)

    /// torch.nn.functional.pad. A null value means zero.
    let pad (e: Expr) (amounts: int64[]) (mode: string) (value: Expr) : Expr =
        if amounts.Length % 2 <> 0 then Fault.runtime "Padding length must be divisible by 2"

        if amounts.Length / 2 > e.Rank then
            Fault.runtime
                $"Padding length should be less than or equal to two times the input dimension but got padding length {amounts.Length} and input of dimension {e.Rank}"

        match mode with
        | "constant" -> pad_constant e amounts value
        | "reflect"
        | "replicate"
        | "circular" ->
            if not (Given.isNull value) && Given.isOther 0L value then
                Fault.runtime $"Padding mode \"{mode}\" doesn't take in value argument"

            match mode with
            | "reflect" -> pad_reflect e amounts
            | "replicate" -> pad_replicate e amounts
            | _ -> pad_circular e amounts
        | _ -> Fault.unsupported $"Unrecognised padding mode {mode}"

    // ---- Repetition and order

    /// torch.Tensor.repeat: so many copies along each dimension; missing dimensions are leading ones.
    let repeat (e: Expr) (times: int64[]) : Expr =
        if times.Length < e.Rank then
            Fault.runtime "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"

        for t in times do
            if t < 0L then
                Fault.runtime $"Trying to create tensor with negative dimension {t}: {Shape.show times}"

        let n = times.Length
        let sizes = Array.append (Array.create (n - e.Rank) 1L) e.Sizes
        let pairs = Array.init (2 * n) (fun i -> if i % 2 = 0 then times[i / 2] else sizes[i / 2])
        let seen = Array.init (2 * n) (fun i -> if i % 2 = 0 then 1L else sizes[i / 2])

        Expr.reshape seen e
        |> Expr.expand pairs
        |> Expr.reshape (Array.map2 (*) times sizes)
        |> fun r -> Expr.withStrides (Shape.contiguous r.Sizes) r

    /// torch.tile: missing counts are leading ones.
    let tile (e: Expr) (times: int64[]) : Expr =
        repeat e (Array.append (Array.create (max 0 (e.Rank - times.Length)) 1L) times)

    /// torch.repeat_interleave with one count for all elements.
    let repeat_interleave (e: Expr) (times: int64) (dim: int64) : Expr =
        if times < 0L then Fault.runtime "Repeats must be non-negative"
        let x = Dims.atLeast1 e
        let d = Shape.dim x.Rank dim
        let pairs = Array.insertAt (d + 1) times x.Sizes
        let sizes = Array.copy x.Sizes
        sizes[d] <- sizes[d] * times
        Expr.unsqueeze (d + 1) x |> Expr.expand pairs |> Expr.reshape sizes |> Expr.withStrides (Shape.contiguous sizes)

    /// torch.flip.
    let flip (e: Expr) (dims: int64[]) : Expr =
        let ds = dims |> Array.map (Shape.dim e.Rank)

        if (Array.distinct ds).Length <> ds.Length then
            let twice = ds |> Array.countBy id |> Array.find (fun (_, n) -> n > 1) |> fst
            Fault.runtime $"dim {twice} appears multiple times in the list of dims"

        if e.Rank = 0 then e else Expr.flip ds e

    /// torch.roll; no dimensions: over the flattened elements.
    let roll (e: Expr) (shifts: int64[]) (dims: int64[]) : Expr =
        if shifts.Length = 0 then Fault.runtime "`shifts` required"

        let one (x: Expr) (shift: int64) (d: int) =
            let n = x.Sizes[d]

            if n = 0L then
                x
            else
                let s = ((shift % n) + n) % n
                if s = 0L then x else cat [| Expr.narrow d (n - s) s x; Expr.narrow d 0L (n - s) x |] (int64 d)

        if (isNull dims || dims.Length = 0) && shifts.Length = 1 then
            one (Expr.reshape [| e.Count |] e) shifts[0] 0 |> Expr.reshape e.Sizes
        elif isNull dims || shifts.Length <> dims.Length then
            let n = if isNull dims then 0 else dims.Length
            Fault.runtime $"shifts and dimensions must align. shifts: {shifts.Length}, dims:{n}"
        elif e.Rank = 0 then
            Fault.index "Dimension specified as 0 but tensor has no dimensions"
        else
            let ds = dims |> Array.map (Shape.dim e.Rank)
            Array.fold2 one e shifts ds |> Expr.withStrides (Shape.contiguous e.Sizes)

    /// torch.rot90 in the plane of two dimensions.
    let rot90 (e: Expr) (k: int64) (dims: int64[]) : Expr =
        if dims.Length <> 2 then
            Fault.runtime $"expected total rotation dims == 2, but got dims = {dims.Length}"

        if e.Rank < 2 then Fault.runtime $"expected total dims >= 2, but got total dims = {e.Rank}"

        if dims[0] = dims[1] || abs (dims[0] - dims[1]) = int64 e.Rank then
            Fault.runtime $"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"

        let a, b = Shape.dim e.Rank dims[0], Shape.dim e.Rank dims[1]

        match ((k % 4L) + 4L) % 4L with
        | 1L -> Expr.flip [| b |] e |> Expr.transpose a b
        | 2L -> Expr.flip [| a; b |] e
        | 3L -> Expr.flip [| a |] e |> Expr.transpose a b
        | _ -> Expr.withStrides (Shape.contiguous e.Sizes) e

    // ---- Triangles and diagonals

    let private triangle (name: string) (keep: Expr -> Expr -> Expr) (e: Expr) (diagonal: int64) : Expr =
        if e.Rank < 2 then Fault.runtime $"{name}: input tensor must have at least 2 dimensions"
        let m, n = e.Sizes[e.Rank - 2], e.Sizes[e.Rank - 1]
        let rows = Expr.index m diagonal 1L |> Expr.reshape [| m; 1L |]
        let columns = Expr.index n 0L 1L
        Arithmetic.where (keep columns rows) e (Expr.fill [||] e.DType (Int 0L)) |> Expr.withStrides (Shape.preserved e.Sizes e.Strides)

    /// torch.tril: zeros above a diagonal.
    let tril (e: Expr) (diagonal: int64) : Expr = triangle "tril" Compare.le e diagonal

    /// torch.triu: zeros below a diagonal.
    let triu (e: Expr) (diagonal: int64) : Expr = triangle "triu" Compare.ge e diagonal

    /// torch.diag_embed: the last dimension as a diagonal of new dimensions.
    let diag_embed (e: Expr) (offset: int64) (dim1: int64) (dim2: int64) : Expr =
        let rank = e.Rank + 1
        let d1 = Shape.dim rank dim1
        let d2 = Shape.dim rank dim2
        if d1 = d2 then Fault.runtime $"diagonal dimensions cannot be identical {dim1}, {dim2}"
        let n = e.Sizes[e.Rank - 1] + abs offset
        let mutable rest = 0

        let sizes =
            Array.init rank (fun d ->
                if d = d1 || d = d2 then
                    n
                else
                    rest <- rest + 1
                    e.Sizes[rest - 1])

        let strides = Shape.contiguous sizes
        let outer = [| for d in 0 .. rank - 1 do
                           if d <> d1 && d <> d2 then strides[d] |]

        let region =
            { Offset = (max 0L -offset) * strides[d1] + (max 0L offset) * strides[d2]
              Strides = Array.append outer [| strides[d1] + strides[d2] |] }

        Expr.write (zeros sizes e.DType) region e

    /// torch.diag: a vector as a matrix, or the diagonal of a matrix.
    let diag (e: Expr) (diagonal: int64) : Expr =
        match e.Rank with
        | 1 -> diag_embed e diagonal 0L 1L
        | 2 -> Views.diagonal e diagonal 0L 1L |> fun d -> Expr.withStrides (Shape.contiguous d.Sizes) d
        | n -> Fault.runtime $"diag(): Supports 1D or 2D tensors. Got {n}D"

    /// torch.diagflat: all elements as the diagonal of a matrix.
    let diagflat (e: Expr) (offset: int64) : Expr = diag_embed (Expr.reshape [| e.Count |] e) offset 0L 1L

    // ---- Parts replaced

    let private replaced (view: Expr) (source: Expr) : unit =
        if source.Sizes <> view.Sizes then
            Fault.runtime $"expected src to have a size equal to the slice of self. src size = {Shape.show source.Sizes}, slice size = {Shape.show view.Sizes}"

    /// A strided region of the row-major elements replaced. The copy has the operand's strides, dense or not, unless elements overlap.
    let private write (e: Expr) (region: Region) (source: Expr) : Expr =
        let strides = if Strides.isInjective e.Sizes e.Strides then e.Strides else Shape.preserved e.Sizes e.Strides
        Expr.write e region (Expr.cast e.DType source) |> Expr.withStrides strides

    /// torch.select_scatter.
    let select_scatter (e: Expr) (source: Expr) (dim: int64) (index: int64) : Expr =
        let view = Views.select e dim index
        let d = Shape.dim e.Rank dim
        replaced view source
        let start = Array.zeroCreate e.Rank
        start[d] <- if index < 0L then index + e.Sizes[d] else index
        write e (box e start) (Expr.unsqueeze d source)

    /// torch.slice_scatter.
    let slice_scatter (e: Expr) (source: Expr) (dim: int64) (start: int64) (stop: int64) (step: int64) : Expr =
        let view = Views.slice e dim start stop step
        let d = Shape.dim e.Rank dim
        replaced view source
        let n = e.Sizes[d]
        let strides = Shape.contiguous e.Sizes
        let first = (if start < 0L then start + n else start) |> max 0L |> min n
        let offset = first * strides[d]
        write e { Offset = offset; Strides = strides |> Array.mapi (fun k s -> if k = d then s * step else s) } source

    /// torch.diagonal_scatter.
    let diagonal_scatter (e: Expr) (source: Expr) (offset: int64) (dim1: int64) (dim2: int64) : Expr =
        let view = Views.diagonal e offset dim1 dim2
        replaced view source
        let d1, d2 = Shape.dim e.Rank dim1, Shape.dim e.Rank dim2
        let strides = Shape.contiguous e.Sizes
        let outer = [| for d in 0 .. e.Rank - 1 do
                           if d <> d1 && d <> d2 then strides[d] |]

        write
            e
            { Offset = (max 0L -offset) * strides[d1] + (max 0L offset) * strides[d2]
              Strides = Array.append outer [| strides[d1] + strides[d2] |] }
            source

    let defs: OpDef list =
        let def name doc sample =
            { Def.sample name sample Domain.Reals doc with InPlace = name = "tril" || name = "triu" }

        [ def "cat" "Tensors joined along a dimension." (fun x -> cat [| x; x |] 0L) |> Def.alias [ "concat"; "concatenate" ]
          def "stack" "Tensors joined along a new dimension." (fun x -> stack [| x; x |] 0L)
          def "nn.functional.pad" "Elements added around." (fun x -> pad x [| 1L; 2L |] "constant" (Expr.int 1L))
          def "repeat" "Copies along each dimension." (fun x -> repeat x (Array.create x.Rank 2L))
          def "repeat_interleave" "Each element several times." (fun x -> repeat_interleave x 2L 0L)
          def "flip" "Dimensions reversed." (fun x -> flip x [| 0L |])
          def "roll" "Elements shifted around." (fun x -> roll x [| 1L |] [| 0L |])
          def "tril" "The lower triangle." (fun x -> tril (atleast_2d x) 0L)
          def "triu" "The upper triangle." (fun x -> triu (atleast_2d x) 0L)
          def "diag_embed" "A vector as a diagonal." (fun x -> diag_embed x 0L -2L -1L) ]
