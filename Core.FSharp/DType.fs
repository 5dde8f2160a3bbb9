/// Element types of tensors: facts about each, and PyTorch's type promotion.
/// The kinds from UInt16 on that are not computed with can be stored, cast and copied.
namespace Torch.Core

open Torch.Kernels

/// The type of a tensor's elements, in PyTorch's names.
[<Struct; RequireQualifiedAccess>]
type DType =
    | Bool
    | UInt8
    | Int8
    | Int16
    | Int32
    | Int64
    | UInt16
    | UInt32
    | UInt64
    | Float16
    | BFloat16
    | Float32
    | Float64
    | Complex32
    | Complex64
    | Complex128
    | Float8E4M3FN
    | Float8E5M2
    | Float8E4M3FNUZ
    | Float8E5M2FNUZ
    | QInt8
    | QUInt8
    | QInt32

    /// The element type of the kernels.
    member d.Element: ElementType =
        match d with
        | DType.Bool -> ElementType.Bool
        | DType.UInt8 -> ElementType.UInt8
        | DType.Int8 -> ElementType.Int8
        | DType.Int16 -> ElementType.Int16
        | DType.Int32 -> ElementType.Int32
        | DType.Int64 -> ElementType.Int64
        | DType.UInt16 -> ElementType.UInt16
        | DType.UInt32 -> ElementType.UInt32
        | DType.UInt64 -> ElementType.UInt64
        | DType.Float16 -> ElementType.Float16
        | DType.BFloat16 -> ElementType.BFloat16
        | DType.Float32 -> ElementType.Float32
        | DType.Float64 -> ElementType.Float64
        | DType.Complex32 -> ElementType.Complex32
        | DType.Complex64 -> ElementType.Complex64
        | DType.Complex128 -> ElementType.Complex128
        | DType.Float8E4M3FN -> ElementType.Float8E4M3FN
        | DType.Float8E5M2 -> ElementType.Float8E5M2
        | DType.Float8E4M3FNUZ -> ElementType.Float8E4M3FNUZ
        | DType.Float8E5M2FNUZ -> ElementType.Float8E5M2FNUZ
        | DType.QInt8 -> ElementType.QInt8
        | DType.QUInt8 -> ElementType.QUInt8
        | DType.QInt32 -> ElementType.QInt32

    /// Bytes of one element.
    member d.Size: int = ElementTypes.Size d.Element

    /// PyTorch's name without the prefix: "float32".
    member d.Name =
        match d with
        | DType.Bool -> "bool"
        | DType.UInt8 -> "uint8"
        | DType.Int8 -> "int8"
        | DType.Int16 -> "int16"
        | DType.Int32 -> "int32"
        | DType.Int64 -> "int64"
        | DType.UInt16 -> "uint16"
        | DType.UInt32 -> "uint32"
        | DType.UInt64 -> "uint64"
        | DType.Float16 -> "float16"
        | DType.BFloat16 -> "bfloat16"
        | DType.Float32 -> "float32"
        | DType.Float64 -> "float64"
        | DType.Complex32 -> "complex32"
        | DType.Complex64 -> "complex64"
        | DType.Complex128 -> "complex128"
        | DType.Float8E4M3FN -> "float8_e4m3fn"
        | DType.Float8E5M2 -> "float8_e5m2"
        | DType.Float8E4M3FNUZ -> "float8_e4m3fnuz"
        | DType.Float8E5M2FNUZ -> "float8_e5m2fnuz"
        | DType.QInt8 -> "qint8"
        | DType.QUInt8 -> "quint8"
        | DType.QInt32 -> "qint32"

    /// The name that PyTorch's error messages use: "Float", "Long".
    member d.ScalarName =
        match d with
        | DType.Bool -> "Bool"
        | DType.UInt8 -> "Byte"
        | DType.Int8 -> "Char"
        | DType.Int16 -> "Short"
        | DType.Int32 -> "Int"
        | DType.Int64 -> "Long"
        | DType.UInt16 -> "UInt16"
        | DType.UInt32 -> "UInt32"
        | DType.UInt64 -> "UInt64"
        | DType.Float16 -> "Half"
        | DType.BFloat16 -> "BFloat16"
        | DType.Float32 -> "Float"
        | DType.Float64 -> "Double"
        | DType.Complex32 -> "ComplexHalf"
        | DType.Complex64 -> "ComplexFloat"
        | DType.Complex128 -> "ComplexDouble"
        | DType.Float8E4M3FN -> "Float8_e4m3fn"
        | DType.Float8E5M2 -> "Float8_e5m2"
        | DType.Float8E4M3FNUZ -> "Float8_e4m3fnuz"
        | DType.Float8E5M2FNUZ -> "Float8_e5m2fnuz"
        | DType.QInt8 -> "QInt8"
        | DType.QUInt8 -> "QUInt8"
        | DType.QInt32 -> "QInt32"

    member d.IsComplex =
        match d with
        | DType.Complex32
        | DType.Complex64
        | DType.Complex128 -> true
        | _ -> false

    /// Real floating point, of any width.
    member d.IsFloat =
        match d with
        | DType.Float16
        | DType.BFloat16
        | DType.Float32
        | DType.Float64
        | DType.Float8E4M3FN
        | DType.Float8E5M2
        | DType.Float8E4M3FNUZ
        | DType.Float8E5M2FNUZ -> true
        | _ -> false

    /// Integers without bool.
    member d.IsInteger =
        match d with
        | DType.UInt8
        | DType.Int8
        | DType.Int16
        | DType.Int32
        | DType.Int64
        | DType.UInt16
        | DType.UInt32
        | DType.UInt64 -> true
        | _ -> false

    /// Whether gradients can flow: floating point or complex.
    member d.IsDifferentiable = d.IsFloat || d.IsComplex

    /// The real type of a complex type's parts; other types are their own.
    member d.Real =
        match d with
        | DType.Complex32 -> DType.Float16
        | DType.Complex64 -> DType.Float32
        | DType.Complex128 -> DType.Float64
        | d -> d

    /// The complex type whose parts have this type (bfloat16 and integers: complex64).
    member d.Complex =
        match d with
        | DType.Complex32
        | DType.Complex64
        | DType.Complex128 -> d
        | DType.Float16 -> DType.Complex32
        | DType.Float64 -> DType.Complex128
        | _ -> DType.Complex64

    /// The type that kernels compute in: half types are widened and rounded once at each node.
    member d.Compute =
        match d with
        | DType.Float16
        | DType.BFloat16
        | DType.Float8E4M3FN
        | DType.Float8E5M2
        | DType.Float8E4M3FNUZ
        | DType.Float8E5M2FNUZ -> DType.Float32
        | DType.Complex32 -> DType.Complex64
        | d -> d

    override d.ToString() = "torch." + d.Name

/// PyTorch's promotion (torch.promote_types, torch.result_type).
[<RequireQualifiedAccess>]
module Promotion =
    let private integers = [| DType.UInt8; DType.Int8; DType.Int16; DType.Int32; DType.Int64 |]

    let private isBarebones (d: DType) =
        d = DType.UInt16 || d = DType.UInt32 || d = DType.UInt64

    let private isFloat8 (d: DType) = d.IsFloat && d.Size = 1

    /// torch.promote_types: the smallest type of at least both categories and sizes.
    let rec types (a: DType) (b: DType) : DType =
        if a = b then
            a
        elif a.IsComplex || b.IsComplex then
            let width (d: DType) =
                match d.Real with
                | DType.Float64 -> 8
                | DType.Float32
                | DType.BFloat16 -> 4
                | DType.Float16 -> 2
                | _ -> 0

            // bfloat16 with complex32 and integers with any complex keep the complex side's width.
            match max (width a) (width b) with
            | 8 -> DType.Complex128
            | 4 -> DType.Complex64
            | _ -> DType.Complex32
        elif a.IsFloat || b.IsFloat then
            if isFloat8 a && isFloat8 b || (isFloat8 a && b.IsFloat) || (a.IsFloat && isFloat8 b) then
                raise (Torch.TorchException $"Promotion for Float8 Types is not supported, attempted to promote {a.ScalarName} and {b.ScalarName}")

            match a.IsFloat, b.IsFloat with
            | true, false -> a
            | false, true -> b
            | _ ->
                if a = DType.Float64 || b = DType.Float64 then DType.Float64
                // float16 with bfloat16 has no common half type.
                else DType.Float32
        elif a = DType.Bool then
            b
        elif b = DType.Bool then
            a
        elif isBarebones a || isBarebones b then
            match a, b with
            | _ when isBarebones a && isBarebones b -> if a.Size > b.Size then a else b
            | (u, DType.UInt8)
            | (DType.UInt8, u) -> u
            | _ ->
                let name (d: DType) = d.ScalarName
                raise (Torch.TorchException $"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {name a} and {name b}")
        else
            match a, b with
            | DType.UInt8, s
            | s, DType.UInt8 -> if s = DType.Int8 then DType.Int16 else s
            | _ -> if System.Array.IndexOf(integers, a) > System.Array.IndexOf(integers, b) then a else b

    let private category (d: DType) =
        if d.IsComplex then 3
        elif d.IsFloat then 2
        elif d = DType.Bool then 0
        else 1

    /// What the operands of torch.result_type have come to so far: dimensioned tensors decide; 0-dim tensors and then plain numbers count only where
    /// they are of a higher category. A mutable struct, because it runs on every operation: it lives on the stack of its caller.
    [<Struct; NoEquality; NoComparison>]
    type Result =
        val mutable private dims: DType voption
        val mutable private zeros: DType voption
        val mutable private numbers: DType voption

        static member private Join(current: DType voption, d: DType) =
            match current with
            | ValueNone -> ValueSome d
            | ValueSome c -> ValueSome(types c d)

        /// Takes one operand in: its type, whether it has dimensions, and whether it is a plain number.
        member r.Add(defaultFloat: DType, d: DType, hasDims: bool, isNumber: bool) =
            if isNumber then
                // A plain number stands for the default type of its category.
                let d =
                    if d.IsComplex then defaultFloat.Complex
                    elif d.IsFloat then defaultFloat
                    else d

                r.numbers <- Result.Join(r.numbers, d)
            elif hasDims then
                r.dims <- Result.Join(r.dims, d)
            else
                r.zeros <- Result.Join(r.zeros, d)

        /// The common type of what was taken in.
        member r.DType(defaultFloat: DType) : DType =
            let combine (higher: DType voption) (lower: DType voption) =
                match higher, lower with
                | ValueNone, l -> l
                | h, ValueNone -> h
                | ValueSome h, ValueSome l ->
                    if category l > category h then
                        // A complex 0-dim or number keeps the width of a floating tensor.
                        if l.IsComplex && h.IsFloat then ValueSome h.Complex else ValueSome l
                    else
                        ValueSome h

            match combine (combine r.dims r.zeros) r.numbers with
            | ValueSome d -> d
            | ValueNone -> defaultFloat

    /// torch.result_type of several operands: each is its type, whether it has dimensions, and whether it is a plain number.
    let result (defaultFloat: DType) (operands: struct (DType * bool * bool) seq) : DType =
        let mutable r = Result()

        for struct (d, hasDims, isNumber) in operands do
            r.Add(defaultFloat, d, hasDims, isNumber)

        r.DType defaultFloat
