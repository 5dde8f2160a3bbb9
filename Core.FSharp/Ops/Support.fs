/// What the homes of routines share: PyTorch's names of element types in messages, common checks, arguments that C# may leave out, and the
/// bookkeeping of batching rules.
namespace Torch.Core.Ops

open Torch.Core

/// Checks with PyTorch's words.
[<RequireQualifiedAccess>]
module Check =
    /// The name of a dtype in C++, which messages about mismatches print.
    let cname (d: DType) =
        match d with
        | DType.Bool -> "bool"
        | DType.UInt8 -> "unsigned char"
        | DType.Int8 -> "signed char"
        | DType.Int16 -> "short int"
        | DType.Int32 -> "int"
        | DType.Int64 -> "long int"
        | DType.UInt16 -> "short unsigned int"
        | DType.UInt32 -> "unsigned int"
        | DType.UInt64 -> "long unsigned int"
        | DType.Float16 -> "c10::Half"
        | DType.BFloat16 -> "c10::BFloat16"
        | DType.Float32 -> "float"
        | DType.Float64 -> "double"
        | DType.Complex32 -> "c10::complex<c10::Half>"
        | DType.Complex64 -> "c10::complex<float>"
        | DType.Complex128 -> "c10::complex<double>"
        | d -> "c10::" + d.ScalarName

    /// The kernel of this name does not exist for the dtype.
    let unsupported (kernel: string) (d: DType) : 'a =
        Fault.unsupported $"\"{kernel}\" not implemented for '{d.ScalarName}'"

    /// Floating point, real or complex.
    let differentiable (kernel: string) (d: DType) =
        if not d.IsDifferentiable then unsupported kernel d

    /// Floating point and real.
    let floating (kernel: string) (d: DType) = if not d.IsFloat then unsupported kernel d

    /// A type with an order.
    let ordered (kernel: string) (d: DType) = if d.IsComplex then unsupported kernel d

    /// A number that a type holds: integers take no real numbers, real numbers no complex ones.
    let scalar (name: string) (d: DType) (value: Expr) =
        if not d.IsDifferentiable && value.DType.IsDifferentiable then
            Fault.runtime $"For integral input tensors, argument {name} must not be a floating point number."
        elif not d.IsComplex && value.DType.IsComplex then
            Fault.runtime $"For non-complex input tensors, argument {name} must not be a complex number."

/// Arguments that may be null.
[<RequireQualifiedAccess>]
module Given =
    let inline isNull (e: Expr) = obj.ReferenceEquals(e, null)

    /// Whether a number is given that is not one.
    let inline isOther (n: int64) (e: Expr) =
        not (isNull e)
        && (match e.Node with
            | Fill(Int i) -> i <> n
            | Fill(Real r) -> r <> float n
            | Fill(Complex(re, im)) -> re <> float n || im <> 0.0
            | _ -> true)

/// Dimensions moved about.
[<RequireQualifiedAccess>]
module Dims =
    /// The order in which dimension `from` comes to stand at `target`.
    let moving (rank: int) (from: int) (target: int) : int[] =
        let rest = [| for d in 0 .. rank - 1 do
                          if d <> from then d |]

        Array.insertAt target from rest

    let move (from: int) (target: int) (e: Expr) : Expr = Expr.permute (moving e.Rank from target) e

    /// The order that undoes a permutation.
    let inverse (order: int[]) : int[] =
        let out = Array.zeroCreate order.Length
        order |> Array.iteri (fun i d -> out[d] <- i)
        out

    /// An operand without dimensions seen with one.
    let atLeast1 (e: Expr) : Expr = if e.Rank = 0 then Expr.reshape [| 1L |] e else e

    /// The matrices transposed and conjugated.
    let adjoint (e: Expr) : Expr = Expr.transpose (e.Rank - 2) (e.Rank - 1) e |> Arithmetic.conj

    /// The matrices transposed.
    let transposed (e: Expr) : Expr = Expr.transpose (e.Rank - 2) (e.Rank - 1) e

    /// 0, 1, .. along one dimension, seen under sizes where it is dimension d.
    let positions (sizes: int64[]) (d: int) : Expr =
        let shape = Array.create sizes.Length 1L
        shape[d] <- sizes[d]
        Expr.index sizes[d] 0L 1L |> Expr.reshape shape |> Expr.expand sizes

/// Batching: some operands carry one more leading dimension.
[<RequireQualifiedAccess>]
module Batching =
    let size (operands: Expr[]) (batched: bool[]) : int64 =
        operands[System.Array.IndexOf(batched, true)].Sizes[0]

    /// Every operand with the leading dimension, repeated where it had none.
    let everywhere (operands: Expr[]) (batched: bool[]) : Expr[] =
        let n = size operands batched
        Array.map2 (fun (e: Expr) b -> if b then e else Expr.expand (Array.append [| n |] e.Sizes) e) operands batched

    /// [B, N, ..] as [B N, ..].
    let intoImages (e: Expr) : Expr =
        Expr.reshape (Array.append [| e.Sizes[0] * e.Sizes[1] |] (Array.skip 2 e.Sizes)) e

    /// [B, N, C, ..] as [N, B C, ..].
    let intoChannels (e: Expr) : Expr =
        let e = Expr.transpose 0 1 e
        Expr.reshape (Array.concat [ [| e.Sizes[0]; e.Sizes[1] * e.Sizes[2] |]; Array.skip 3 e.Sizes ]) e

    let outOfImages (batch: int64) (e: Expr) : Expr =
        Expr.reshape (Array.concat [ [| batch; e.Sizes[0] / batch |]; Array.tail e.Sizes ]) e

    let outOfChannels (batch: int64) (e: Expr) : Expr =
        Expr.reshape (Array.concat [ [| e.Sizes[0]; batch; e.Sizes[1] / batch |]; Array.skip 2 e.Sizes ]) e
        |> Expr.transpose 0 1

    /// The same routine over operands that all lead with the batch.
    let lift (routine: Routine) (operands: Expr[]) (batched: bool[]) : Expr[] option =
        Some(Expr.call routine (everywhere operands batched))

/// Blocks seen otherwise, for kernels that work along the last dimension.
[<RequireQualifiedAccess>]
module internal Blocks =
    /// The block with one dimension moved to the end.
    let last (dim: int) (b: Torch.Kernels.Block) : Torch.Kernels.Block =
        if b.Rank = 0 || dim = b.Rank - 1 then
            b
        else
            let move (a: int64[]) = Array.append (Array.removeAt dim a) [| a[dim] |]
            Torch.Kernels.Block(b.Address, b.Type, move b.Sizes, move b.Strides)

    let lastAll (dim: int) (blocks: Torch.Kernels.Block[]) = blocks |> Array.map (last dim)

/// Memory formats of images.
[<RequireQualifiedAccess>]
module internal Format =
    /// Whether an operand of 4 or 5 dimensions lies channels last and not also in row-major order.
    let isChannelsLast (e: Expr) =
        (e.Rank = 4 || e.Rank = 5)
        && not (Shape.isContiguous e.Sizes e.Strides)
        && Array.forall2 (fun s (a, b) -> s <= 1L || a = b) e.Sizes (Array.zip e.Strides (Shape.channelsLast e.Sizes))

    /// Strides in the operand's memory format for a result of the same rank.
    let like (e: Expr) (sizes: int64[]) : int64[] =
        if isChannelsLast e then Shape.channelsLast sizes else Shape.contiguous sizes
