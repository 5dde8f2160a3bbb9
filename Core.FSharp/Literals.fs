/// Numbers as the bytes that kernels read.
namespace Torch.Core

open System
open Torch.Kernels

[<RequireQualifiedAccess>]
module Literals =
    /// Writes a number as one element of a type that kernels compute in; the rest of the 16 bytes stays as it is.
    let write (t: ElementType) (l: Literal) (into: Span<byte>) : unit =
        let real () =
            match l with
            | Int i -> float i
            | Real r -> r
            | Complex(re, _) -> re

        let whole () =
            match l with
            | Int i -> i
            | Real r -> int64 r
            | Complex(re, _) -> int64 re

        let imaginary () =
            match l with
            | Complex(_, im) -> im
            | Int _
            | Real _ -> 0.0

        match t with
        | ElementType.Bool -> into[0] <- if l.IsZero then 0uy else 1uy
        | ElementType.UInt8
        | ElementType.QUInt8 -> into[0] <- byte (whole ())
        | ElementType.Int8
        | ElementType.QInt8 -> into[0] <- byte (sbyte (whole ()))
        | ElementType.Int16
        | ElementType.UInt16 -> BitConverter.TryWriteBytes(into, int16 (whole ())) |> ignore
        | ElementType.Int32
        | ElementType.QInt32
        | ElementType.UInt32 -> BitConverter.TryWriteBytes(into, int32 (whole ())) |> ignore
        | ElementType.Int64
        | ElementType.UInt64 -> BitConverter.TryWriteBytes(into, whole ()) |> ignore
        | ElementType.Float32 ->
            let r =
                match l with
                | Int i -> float32 i
                | _ -> float32 (real ())

            BitConverter.TryWriteBytes(into, r) |> ignore
        | ElementType.Float64 -> BitConverter.TryWriteBytes(into, real ()) |> ignore
        | ElementType.Complex64 ->
            BitConverter.TryWriteBytes(into, float32 (real ())) |> ignore
            BitConverter.TryWriteBytes(into.Slice 4, float32 (imaginary ())) |> ignore
        | ElementType.Complex128 ->
            BitConverter.TryWriteBytes(into, real ()) |> ignore
            BitConverter.TryWriteBytes(into.Slice 8, imaginary ()) |> ignore
        | t -> Fault.inside $"kernels do not compute in {t}"

    /// One element, at least 16 bytes long.
    let bytes (t: ElementType) (l: Literal) : byte[] =
        let b = Array.zeroCreate<byte> 16
        write t l (Span b)
        b
