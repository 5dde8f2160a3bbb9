/// Other ways to see an operand's elements: diagonals, windows, moved, split and rotated dimensions. All are movements, so gradients are the
/// movements' own; the results have the strides that PyTorch's views have. Copies that are movements too (flip, roll, repeat, ..) stand in Assemble.fs.
namespace Torch.Core.Ops

open Torch.Core

[<RequireQualifiedAccess>]
module Views =
    /// A strided region of the row-major elements, with the strides that the same region has in the operand's own memory.
    let private region (sizes: int64[]) (dims: int[][]) (steps: int64[][]) (start: int64[]) (e: Expr) : Expr =
        // Dimension i of the result moves along dims[i] of the operand by steps[i].
        let along (strides: int64[]) = Array.map2 (fun ds ts -> Array.fold2 (fun sum d t -> sum + strides[d] * t) 0L ds ts) dims steps
        let flat = Shape.contiguous e.Sizes
        let offset = Array.fold2 (fun sum s t -> sum + s * t) 0L start flat
        Expr.strided sizes (along flat) offset e |> Expr.withStrides (along e.Strides)

    let private others (rank: int) (skip: int list) =
        [| for d in 0 .. rank - 1 do
               if not (List.contains d skip) then d |]

    /// torch.diagonal: the elements whose positions along dim1 and dim2 differ by the offset, as a new last dimension.
    let diagonal (e: Expr) (offset: int64) (dim1: int64) (dim2: int64) : Expr =
        let d1 = Shape.dim e.Rank dim1
        let d2 = Shape.dim e.Rank dim2
        if d1 = d2 then Fault.runtime $"diagonal dimensions cannot be identical {dim1}, {dim2}"

        let length =
            if offset >= 0L then min e.Sizes[d1] (e.Sizes[d2] - offset) else min (e.Sizes[d1] + offset) e.Sizes[d2]
            |> max 0L

        let rest = others e.Rank [ d1; d2 ]
        let start = Array.zeroCreate e.Rank

        if length > 0L then
            start[d1] <- max 0L -offset
            start[d2] <- max 0L offset

        region
            (Array.append (rest |> Array.map (fun d -> e.Sizes[d])) [| length |])
            (Array.append (rest |> Array.map (fun d -> [| d |])) [| [| d1; d2 |] |])
            (Array.append (rest |> Array.map (fun _ -> [| 1L |])) [| [| 1L; 1L |] |])
            start
            e

    /// torch.Tensor.unfold: windows of a size along a dimension, a step apart, as a new last dimension.
    let unfold (e: Expr) (dim: int64) (size: int64) (step: int64) : Expr =
        let d = Shape.dim e.Rank dim
        let length = if e.Rank = 0 then 1L else e.Sizes[d]
        if step <= 0L then Fault.runtime $"step is {step} but must be > 0"

        if size < 0L then Fault.runtime $"size is {size} but must be >= 0"

        if size > length then
            Fault.runtime $"maximum size for tensor at dimension {d} is {length} but size is {size}"

        if e.Rank = 0 then
            Expr.reshape [| size |] (if size = 1L then e else Expr.fill [| 0L |] e.DType (Int 0L))
        else
            let count = (length - size) / step + 1L
            let sizes = Array.append (e.Sizes |> Array.mapi (fun k n -> if k = d then count else n)) [| size |]

            region
                sizes
                (Array.append [| for k in 0 .. e.Rank - 1 -> [| k |] |] [| [| d |] |])
                (Array.append [| for k in 0 .. e.Rank - 1 -> [| (if k = d then step else 1L) |] |] [| [| 1L |] |])
                (Array.zeroCreate e.Rank)
                e

    /// torch.movedim.
    let movedim (e: Expr) (source: int64[]) (destination: int64[]) : Expr =
        if source.Length <> destination.Length then
            Fault.runtime
                $"movedim: Invalid source or destination dims: source ({Shape.show source} dims) should contain the same number of dims as destination ({Shape.show destination} dims)"

        let s = source |> Array.map (Shape.dim e.Rank)
        let t = destination |> Array.map (Shape.dim e.Rank)

        if (Array.distinct s).Length <> s.Length then
            Fault.runtime $"movedim: repeated dim in `source` ({Shape.show source})"

        if (Array.distinct t).Length <> t.Length then
            Fault.runtime $"movedim: repeated dim in `destination` ({Shape.show destination})"

        if e.Rank = 0 then
            e
        else
            let order = Array.create e.Rank -1
            Array.iter2 (fun from target -> order[target] <- from) s t
            let rest = System.Collections.Generic.Queue(others e.Rank (List.ofArray s))

            for k in 0 .. e.Rank - 1 do
                if order[k] < 0 then order[k] <- rest.Dequeue()

            Expr.permute order e

    /// torch.permute, with its checks.
    let permute (e: Expr) (dims: int64[]) : Expr =
        if dims.Length <> e.Rank then
            Fault.runtime
                $"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = {e.Rank} is not equal to len(dims) = {dims.Length}"

        let order = dims |> Array.map (Shape.dim e.Rank)

        if (Array.distinct order).Length <> order.Length then
            Fault.runtime "permute(): duplicate dims are not allowed."

        Expr.permute order e

    /// torch.transpose.
    let transpose (e: Expr) (dim0: int64) (dim1: int64) : Expr =
        let a, b = Shape.dim e.Rank dim0, Shape.dim e.Rank dim1
        if e.Rank = 0 then e else Expr.transpose a b e

    /// torch.t: a matrix transposed; vectors and scalars as they are.
    let t (e: Expr) : Expr =
        if e.Rank > 2 then
            Fault.runtime $"t() expects a tensor with <= 2 dimensions, but self is {e.Rank}D"

        if e.Rank = 2 then Expr.transpose 0 1 e else e

    /// torch.narrow, with its checks.
    let narrow (e: Expr) (dim: int64) (start: int64) (length: int64) : Expr =
        if e.Rank = 0 then Fault.runtime "narrow() cannot be applied to a 0-dim tensor."
        if length < 0L then Fault.runtime "narrow(): length must be non-negative."
        let d = Shape.dim e.Rank dim
        let n = e.Sizes[d]

        if start < -n || start > n then
            Fault.index $"start out of range (expected to be in range of [{-n}, {n}], but got {start})"

        let start = if start < 0L then start + n else start

        if start > n - length then
            Fault.runtime $"start ({start}) + length ({length}) exceeds dimension size ({n})."

        Expr.narrow d start length e

    /// torch.select, with its checks.
    let select (e: Expr) (dim: int64) (index: int64) : Expr =
        if e.Rank = 0 then Fault.index "select() cannot be applied to a 0-dim tensor."
        let d = Shape.dim e.Rank dim
        let n = e.Sizes[d]

        if index < -n || index >= n then
            Fault.index $"select(): index {index} out of range for tensor of size {Shape.show e.Sizes} at dimension {d}"

        Expr.select d (if index < 0L then index + n else index) e

    /// x[start:end:step] along a dimension, Python's rules for what lies outside.
    let slice (e: Expr) (dim: int64) (start: int64) (stop: int64) (step: int64) : Expr =
        if e.Rank = 0 then Fault.runtime "slice() cannot be applied to a 0-dim tensor."
        let d = Shape.dim e.Rank dim
        if step <= 0L then Fault.runtime "slice step must be positive"
        let n = e.Sizes[d]
        let clip x = (if x < 0L then x + n else x) |> max 0L |> min n
        let first = clip start
        let last = max first (clip stop)
        let sizes = Array.copy e.Sizes
        sizes[d] <- (last - first + step - 1L) / step
        let starts = Array.zeroCreate e.Rank
        starts[d] <- first
        let steps = Array.create e.Rank 1L
        steps[d] <- step
        Expr.slice starts steps sizes e

    /// torch.split by sizes that add up to the dimension's.
    let split_with_sizes (e: Expr) (sizes: int64[]) (dim: int64) : Expr[] =
        if e.Rank = 0 then Fault.runtime "split expects at least a 1-dimensional tensor"
        let d = Shape.dim e.Rank dim

        for s in sizes do
            if s < 0L then
                Fault.runtime $"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={Shape.show sizes}"

        if Array.sum sizes <> e.Sizes[d] then
            Fault.runtime
                $"split_with_sizes expects split_sizes to sum exactly to {e.Sizes[d]} (input tensor's size at dimension {d}), but got split_sizes={Shape.show sizes}"

        let starts = Array.scan (+) 0L sizes
        sizes |> Array.mapi (fun i s -> Expr.narrow d starts[i] s e)

    /// torch.split into pieces of one size; the last may be smaller.
    let split (e: Expr) (size: int64) (dim: int64) : Expr[] =
        if e.Rank = 0 then Fault.runtime "split expects at least a 1-dimensional tensor"
        if size < 0L then Fault.runtime $"split expects split_size be non-negative, but got split_size={size}"
        let d = Shape.dim e.Rank dim
        let n = e.Sizes[d]

        if size = 0L && n <> 0L then
            Fault.runtime $"split_size can only be 0 if dimension size is 0, but got dimension size of {n}"

        let count = if size = 0L then 1L else max 1L ((n + size - 1L) / size)
        Array.init (int count) (fun i -> let at = int64 i * size in Expr.narrow d at (min size (n - at)) e)

    /// torch.chunk: at most so many pieces of equal size, but for the last.
    let chunk (e: Expr) (chunks: int64) (dim: int64) : Expr[] =
        if e.Rank = 0 then Fault.runtime "chunk expects at least a 1-dimensional tensor"
        if chunks <= 0L then Fault.runtime $"chunk expects `chunks` to be greater than 0, got: {chunks}"
        let n = e.Sizes[Shape.dim e.Rank dim]
        let size = (n + chunks - 1L) / chunks

        if size = 0L then
            split_with_sizes e (Array.create (int chunks) 0L) dim
        else
            split e size dim

    /// torch.tensor_split into sections whose sizes differ by one at most.
    let tensor_split (e: Expr) (sections: int64) (dim: int64) : Expr[] =
        if e.Rank = 0 then
            Fault.runtime "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"

        if sections <= 0L then Fault.runtime $"number of sections must be larger than 0, got {sections}"
        let n = e.Sizes[Shape.dim e.Rank dim]
        split_with_sizes e (Array.init (int sections) (fun i -> n / sections + (if int64 i < n % sections then 1L else 0L))) dim

    /// torch.tensor_split at indices, with Python's rules for slices.
    let tensor_split_at (e: Expr) (indices: int64[]) (dim: int64) : Expr[] =
        if e.Rank = 0 then
            Fault.runtime "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"

        let n = e.Sizes[Shape.dim e.Rank dim]
        let starts = Array.append [| 0L |] indices
        let stops = Array.append indices [| n |]
        Array.map2 (fun a b -> slice e dim a b 1L) starts stops

    /// torch.unbind: the slices along a dimension.
    let unbind (e: Expr) (dim: int64) : Expr[] =
        if e.Rank = 0 then Fault.index "Dimension specified as 0 but tensor has no dimensions"
        let d = Shape.dim e.Rank dim
        Array.init (int e.Sizes[d]) (fun i -> Expr.select d (int64 i) e)

    /// torch.flatten.
    let flatten (e: Expr) (first: int64) (last: int64) : Expr =
        let a, b = Shape.dim e.Rank first, Shape.dim e.Rank last
        if a > b then Fault.runtime "flatten() has invalid args: start_dim cannot come after end_dim"

        if e.Rank = 0 then
            Expr.reshape [| 1L |] e
        elif a = b then
            e
        else
            let middle = Shape.count (Array.sub e.Sizes a (b - a + 1))
            Expr.reshape (Array.concat [ Array.sub e.Sizes 0 a; [| middle |]; Array.skip (b + 1) e.Sizes ]) e

    /// torch.unflatten: a dimension seen as several.
    let unflatten (e: Expr) (dim: int64) (sizes: int64[]) : Expr =
        let d = Shape.dim e.Rank dim
        if sizes.Length = 0 then Fault.runtime "unflatten: sizes must be non-empty"
        let n = e.Sizes[d]
        let known = sizes |> Array.filter (fun s -> s <> -1L) |> Array.fold (*) 1L
        let unknown = sizes |> Array.filter (fun s -> s = -1L) |> Array.length
        if unknown > 1 then Fault.runtime "only one dimension can be inferred"

        if (unknown = 0 && known <> n) || (unknown = 1 && (known = 0L || n % known <> 0L)) then
            Fault.runtime $"unflatten: Provided sizes {Shape.show sizes} don't multiply up to the size of dim {d} ({n}) in the input tensor"

        let sizes = sizes |> Array.map (fun s -> if s = -1L then n / known else s)
        Expr.reshape (Array.concat [ Array.sub e.Sizes 0 d; sizes; Array.skip (d + 1) e.Sizes ]) e

    /// torch.broadcast_tensors.
    let broadcast_tensors (tensors: Expr[]) : Expr[] =
        let sizes = Shape.broadcast (tensors |> Array.map (fun e -> e.Sizes))
        tensors |> Array.map (Expr.expand sizes)

    /// torch.meshgrid: each vector repeated along the others' dimensions; "ij" or "xy".
    let meshgrid (tensors: Expr[]) (indexing: string) : Expr[] =
        if tensors.Length = 0 then Fault.runtime "meshgrid expects a non-empty TensorList"

        for e in tensors do
            if e.Rank > 1 then
                Fault.runtime $"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {Shape.show e.Sizes}"

            if e.DType <> tensors[0].DType then
                Fault.runtime "torch.meshgrid expects all tensors to have the same dtype"

        let swap =
            match indexing with
            | "xy" -> tensors.Length >= 2
            | "ij" -> false
            | _ -> Fault.runtime $"torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: {indexing}"

        let ordered = if swap then Array.append [| tensors[1]; tensors[0] |] (Array.skip 2 tensors) else tensors
        let sizes = ordered |> Array.map (fun e -> e.Count)
        let n = sizes.Length

        let grids =
            ordered
            |> Array.mapi (fun i e -> Expr.reshape (Array.init n (fun k -> if k = i then sizes[i] else 1L)) e |> Expr.expand sizes)

        if swap then
            Array.append [| grids[1]; grids[0] |] (Array.skip 2 grids)
        else
            grids

    let defs: OpDef list =
        let def name doc sample = Def.sample name sample Domain.Reals doc
        let matrix (x: Expr) = Expr.reshape [| x.Sizes[0]; -1L |] x

        [ def "diagonal" "A diagonal." (fun x -> diagonal (matrix x) 0L 0L 1L)
          def "unfold" "Windows along a dimension." (fun x -> unfold x 0L 1L 1L)
          def "movedim" "Dimensions moved." (fun x -> movedim x [| 0L |] [| -1L |]) |> Def.alias [ "moveaxis" ]
          def "permute" "Dimensions in another order." (fun x -> permute x [| for d in x.Rank - 1 .. -1 .. 0 -> int64 d |])
          def "transpose" "Two dimensions exchanged." (fun x -> transpose x 0L -1L) |> Def.alias [ "swapaxes"; "swapdims" ]
          def "narrow" "A piece of a dimension." (fun x -> narrow x 0L 0L 1L)
          def "select" "One index of a dimension." (fun x -> select x 0L 0L)
          def "flatten" "Several dimensions seen as one." (fun x -> flatten x 0L -1L) ]
