/// Sizes and strides: broadcasting, PyTorch's output strides, reshaping, dimension arguments. Pure integer arithmetic, 64-bit throughout.
/// Errors carry PyTorch's words.
namespace Torch.Core

open System
open Torch

/// The faults that shape arithmetic and constructors raise, in one place.
[<RequireQualifiedAccess>]
module Fault =
    let runtime (message: string) : 'a = raise (TorchException message)
    let value (message: string) : 'a = raise (ArgumentException message)
    let index (message: string) : 'a = raise (IndexOutOfRangeException message)
    let typ (message: string) : 'a = raise (TorchTypeException message)
    let unsupported (message: string) : 'a = raise (NotSupportedException message)

    /// The same fault of the user's, and the place where it was found.
    let within (place: string) (e: exn) : exn =
        let message = $"{e.Message}\n  in {place}"

        match e with
        | :? LinAlgException -> LinAlgException(message, e)
        | :? TorchException -> TorchException(message, e)
        | :? TorchTypeException -> TorchTypeException(message, e)
        | :? ArgumentException -> ArgumentException(message, e)
        | :? IndexOutOfRangeException -> IndexOutOfRangeException(message, e)
        | :? NotSupportedException -> NotSupportedException(message, e)
        | e -> e

    /// What an unreachable state says: an internal fault, never the user's.
    let inside (message: string) : 'a = raise (InvalidOperationException("internal fault: " + message))

[<RequireQualifiedAccess>]
module Shape =
    /// "[2, 3]", as PyTorch prints sizes in messages.
    let show (sizes: int64[]) = "[" + String.Join(", ", sizes) + "]"

    /// The number of elements; a product past 2^63 is refused.
    let count (sizes: int64[]) : int64 =
        let mutable n = 1L
        let mutable overflow = false

        for s in sizes do
            let mutable low = 0L
            let high = Math.BigMul(n, s, &low)
            if high <> 0L || low < 0L then overflow <- true
            n <- low

        if not overflow then
            n
        elif Array.contains 0L sizes then
            0L
        else
            Fault.runtime $"numel: integer multiplication overflow for sizes {show sizes}"

    /// Equality of sizes or strides.
    let same (a: int64[]) (b: int64[]) : bool =
        Object.ReferenceEquals(a, b) || a.AsSpan().SequenceEqual(ReadOnlySpan b)

    /// Row-major strides; sizes 0 count as 1, as in PyTorch.
    let contiguous (sizes: int64[]) : int64[] =
        let strides = Array.zeroCreate sizes.Length
        let mutable s = 1L

        for d = sizes.Length - 1 downto 0 do
            strides[d] <- s
            s <- s * max 1L sizes[d]

        strides

    let isContiguous (sizes: int64[]) (strides: int64[]) : bool =
        let mutable expected = 1L
        let mutable ok = true
        let mutable empty = false

        for d = sizes.Length - 1 downto 0 do
            if sizes[d] = 0L then
                empty <- true
            elif sizes[d] <> 1L then
                if strides[d] <> expected then ok <- false
                expected <- expected * sizes[d]

        ok || empty

    /// Whether the elements fill a piece of memory without gaps or overlaps, in any order of dimensions.
    let isDense (sizes: int64[]) (strides: int64[]) : bool =
        if sizes.Length = 1 then
            sizes[0] < 2L || strides[0] = 1L
        else
            let order = [| 0 .. sizes.Length - 1 |]
            // Dimensions of size 0 or 1 go last: their strides say nothing.
            let order = order |> Array.sortBy (fun d -> if sizes[d] < 2L then (1, 0L) else (0, strides[d]))
            let mutable expected = 1L
            let mutable ok = true

            for d in order do
                if sizes[d] >= 2L then
                    if strides[d] <> expected then ok <- false
                    expected <- expected * sizes[d]

            ok

    /// A dimension argument made non-negative. A tensor without dimensions accepts -1 and 0.
    let dim (rank: int) (d: int64) : int =
        let range = int64 (max 1 rank)

        if d < -range || d >= range then
            Fault.index $"Dimension out of range (expected to be in range of [{-range}, {range - 1L}], but got {d})"

        int (if d < 0L then d + range else d)

    /// Several dimension arguments, each at most once; none or null means all.
    let dims (rank: int) (ds: int64[]) : int[] =
        if isNull (box ds) || ds.Length = 0 then
            [| 0 .. rank - 1 |]
        else
            let out = ds |> Array.map (dim rank)

            for i in 0 .. out.Length - 1 do
                for j in 0 .. i - 1 do
                    if out[i] = out[j] then
                        Fault.runtime $"dim {out[i]} appears multiple times in the list of dims"

            if rank = 0 then [||] else Array.sort out

    /// The common shape of operands under broadcasting.
    let broadcast2 (a: int64[]) (b: int64[]) : int64[] =
        if Object.ReferenceEquals(a, b) || same a b then
            a
        else
            let rank = max a.Length b.Length
            let out = Array.zeroCreate rank

            for i in 1..rank do
                let x = if i <= a.Length then a[a.Length - i] else 1L
                let y = if i <= b.Length then b[b.Length - i] else 1L

                out[rank - i] <-
                    if x = y || y = 1L then
                        x
                    elif x = 1L then
                        y
                    else
                        Fault.runtime
                            $"The size of tensor a ({x}) must match the size of tensor b ({y}) at non-singleton dimension {rank - i}"

            out

    let broadcast (shapes: int64[][]) : int64[] =
        if shapes.Length = 0 then [||] else Array.reduce broadcast2 shapes

    /// The order of dimensions (outermost first) that PyTorch's TensorIterator gives to an elementwise result of these operands: each operand is its
    /// sizes and strides; broadcast dimensions count as stride 0 and leave the decision to the next operand.
    let private iterationOrder (sizes: int64[]) (operands: struct (int64[] * int64[])[]) : int[] =
        let rank = sizes.Length

        let strideOf (struct (s: int64[], t: int64[])) d =
            let k = d - (rank - s.Length)
            if k < 0 || (s[k] = 1L && sizes[d] <> 1L) then 0L else t[k]

        // Positive: dimension x should lie outside of y.
        let compare x y =
            let mutable answer = 0
            let mutable i = 0

            while answer = 0 && i < operands.Length do
                let sx, sy = strideOf operands[i] x, strideOf operands[i] y

                if sx <> 0L && sy <> 0L then
                    if sx < sy then answer <- -1
                    elif sx > sy then answer <- 1
                    elif sizes[x] > sizes[y] then answer <- 1

                i <- i + 1

            answer

        let order = Array.init rank (fun i -> rank - 1 - i)

        for i in 1 .. rank - 1 do
            let mutable d1 = i
            let mutable d0 = i - 1

            while d0 >= 0 do
                let c = compare order[d0] order[d1]

                if c > 0 then
                    let t = order[d0]
                    order[d0] <- order[d1]
                    order[d1] <- t
                    d1 <- d0
                    d0 <- d0 - 1
                elif c < 0 then
                    d0 <- -1
                else
                    d0 <- d0 - 1

        Array.rev order

    /// Dense strides for sizes whose dimensions lie in memory in the given order, outermost first.
    let stridesInOrder (sizes: int64[]) (order: int[]) : int64[] =
        let strides = Array.zeroCreate sizes.Length
        let mutable s = 1L

        for i = order.Length - 1 downto 0 do
            strides[order[i]] <- s
            s <- s * max 1L sizes[order[i]]

        strides

    /// The strides of an elementwise result, as PyTorch allocates it.
    let elementwise (sizes: int64[]) (operands: struct (int64[] * int64[])[]) : int64[] =
        let same (struct (s: int64[], _)) = s.Length = sizes.Length && Array.forall2 (=) s sizes
        let shaped = operands |> Array.filter (fun (struct (s, _)) -> s.Length > 0)

        if sizes.Length = 0 then
            [||]
        elif shaped.Length = 0 then
            contiguous sizes
        elif shaped |> Array.forall (fun o -> let struct (s, t) = o in same o && isContiguous s t) then
            contiguous sizes
        else
            let struct (s0, t0) = shaped[0]

            if same shaped[0] && isDense s0 t0 && shaped |> Array.forall (fun o -> let struct (_, t) = o in same o && t = t0) then
                t0
            else
                stridesInOrder sizes (iterationOrder sizes shaped)

    /// The strides of a copy with torch.preserve_format: those of the source where it is dense, else those of an elementwise result.
    let preserved (sizes: int64[]) (strides: int64[]) : int64[] =
        if isDense sizes strides then strides else elementwise sizes [| struct (sizes, strides) |]

    /// Channels-last strides for 4 (NHWC) or 5 (NDHWC) dimensions.
    let channelsLast (sizes: int64[]) : int64[] =
        let n = sizes.Length
        stridesInOrder sizes (Array.concat [ [| 0 |]; [| 2 .. n - 1 |]; [| 1 |] ])

    /// A shape argument with at most one -1 resolved.
    let infer (requested: int64[]) (elements: int64) : int64[] =
        let invalid () =
            Fault.runtime $"shape '{show requested}' is invalid for input of size {elements}"

        let unknown = requested |> Array.filter (fun s -> s = -1L) |> Array.length

        if unknown > 1 then
            Fault.runtime "only one dimension can be inferred"

        for s in requested do
            if s < -1L then
                Fault.runtime $"invalid shape dimension {s}"

        let known = requested |> Array.filter (fun s -> s <> -1L) |> count

        if unknown = 1 then
            if known = 0L then
                if elements = 0L then
                    Fault.runtime
                        $"cannot reshape tensor of 0 elements into shape {show requested} because the unspecified dimension size -1 can be any value and is ambiguous"
                else
                    invalid ()

            if elements % known <> 0L then invalid ()
            requested |> Array.map (fun s -> if s = -1L then elements / known else s)
        elif known <> elements then
            invalid ()
        else
            requested

    /// The strides under which the same memory shows other sizes, where there are any (torch.Tensor.view).
    let view (sizes: int64[]) (strides: int64[]) (target: int64[]) : int64[] voption =
        if count sizes = 0L then
            ValueSome(if sizes = target then strides else contiguous target)
        else
            let out = Array.zeroCreate target.Length
            let mutable viewD = target.Length - 1
            // A chunk is a run of dimensions that lie in memory as one.
            let mutable chunkBase = if strides.Length = 0 then 1L else strides[strides.Length - 1]
            let mutable tensorNumel = 1L
            let mutable viewNumel = 1L
            let mutable ok = true

            for d = sizes.Length - 1 downto 0 do
                if ok then
                    tensorNumel <- tensorNumel * sizes[d]

                    if d = 0 || (sizes[d - 1] <> 1L && strides[d - 1] <> tensorNumel * chunkBase) then
                        while viewD >= 0 && (viewNumel < tensorNumel || target[viewD] = 1L) do
                            out[viewD] <- viewNumel * chunkBase
                            viewNumel <- viewNumel * target[viewD]
                            viewD <- viewD - 1

                        if viewNumel <> tensorNumel then
                            ok <- false
                        elif d > 0 then
                            chunkBase <- strides[d - 1]
                            tensorNumel <- 1L
                            viewNumel <- 1L

            if sizes.Length = 0 then
                while viewD >= 0 do
                    out[viewD] <- 1L
                    viewD <- viewD - 1

            if ok && viewD = -1 then ValueSome out else ValueNone

    /// One past the largest flat index that a strided view reaches, and the smallest (both 0 for no elements), the offset included.
    let extent (sizes: int64[]) (strides: int64[]) (offset: int64) : struct (int64 * int64) =
        if count sizes = 0L then
            struct (0L, 0L)
        else
            let mutable low = offset
            let mutable high = offset

            for d in 0 .. sizes.Length - 1 do
                let reach = (sizes[d] - 1L) * strides[d]
                if reach < 0L then low <- low + reach else high <- high + reach

            struct (low, high + 1L)
