/// Literals and bytes: how one number of a dtype lies in memory. The casting kernels do the rounding, so that a constant is what a kernel would compute.
namespace Torch.Core

open System
open System.Runtime.InteropServices
open Torch.Kernels

[<RequireQualifiedAccess>]
module Scalars =
    /// All dtypes, in the order of the kernels' element types.
    let all =
        [| DType.Bool; DType.UInt8; DType.Int8; DType.Int16; DType.Int32; DType.Int64; DType.UInt16; DType.UInt32; DType.UInt64
           DType.Float16; DType.BFloat16; DType.Float32; DType.Float64; DType.Complex32; DType.Complex64; DType.Complex128
           DType.Float8E4M3FN; DType.Float8E5M2; DType.Float8E4M3FNUZ; DType.Float8E5M2FNUZ; DType.QInt8; DType.QUInt8; DType.QInt32 |]

    /// A dtype's place in `all`.
    let index (d: DType) : int = int d.Element

    /// The dtype of an element type of the kernels.
    let dtypeOf (e: ElementType) : DType = all[LanguagePrimitives.EnumToValue e |> int]

    /// Converts one element, 16 bytes at most, by the casting kernels.
    let convert (source: ElementType) (target: ElementType) (bytes: byte[]) : byte[] =
        if source = target then
            bytes
        else
            let result = Array.zeroCreate<byte> 16
            use s = fixed bytes
            use t = fixed result
            (Casts.For(source, target)).Invoke(t, s, NativeInterop.NativePtr.ofNativeInt 0n, NativeInterop.NativePtr.ofNativeInt 0n, 1n)
            result

    /// A float64 rounded to a narrower floating type.
    let round (target: ElementType) (x: float) : float =
        let bytes = Array.zeroCreate<byte> 16
        BitConverter.TryWriteBytes(Span bytes, x) |> ignore
        BitConverter.ToDouble(convert target ElementType.Float64 (convert ElementType.Float64 target bytes), 0)
