/// Logic on truth values (any dtype, zero is false), and logic and shifts on the bits of integers. None has a derivative.
namespace Torch.Core.Ops

open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Logic =
    let private truth2 name op =
        Word.flat name Predicate (Apply(op, [ Arg 0; Arg 1 ])) 2

    let private bits2 name op =
        Word.flat name Promoted (Apply(op, [ Arg 0; Arg 1 ])) 2

    let logicalAndWord = truth2 "logical_and" Kernel.logical_and
    let logicalOrWord = truth2 "logical_or" Kernel.logical_or
    let logicalXorWord = truth2 "logical_xor" Kernel.logical_xor
    let logicalNotWord = Word.flat "logical_not" Predicate (Apply(Kernel.logical_not, [ Arg 0 ])) 1
    let bitwiseAndWord = bits2 "bitwise_and" Kernel.bitwise_and
    let bitwiseOrWord = bits2 "bitwise_or" Kernel.bitwise_or
    let bitwiseXorWord = bits2 "bitwise_xor" Kernel.bitwise_xor
    let bitwiseNotWord = Word.flat "bitwise_not" Promoted (Apply(Kernel.bitwise_not, [ Arg 0 ])) 1
    let leftShiftWord = bits2 "bitwise_left_shift" Kernel.bitwise_left_shift
    let rightShiftWord = bits2 "bitwise_right_shift" Kernel.bitwise_right_shift

    /// An operand as a truth value. Operands are not promoted among themselves, so each is tested in its own dtype.
    let private truth (x: Expr) =
        if isBool x.DType then x else Expr.cast DType.Bool x

    let logical_and (a: Expr) (b: Expr) : Expr = Expr.map logicalAndWord [| truth a; truth b |]
    let logical_or (a: Expr) (b: Expr) : Expr = Expr.map logicalOrWord [| truth a; truth b |]
    let logical_xor (a: Expr) (b: Expr) : Expr = Expr.map logicalXorWord [| truth a; truth b |]
    let logical_not (x: Expr) : Expr = Expr.map logicalNotWord [| truth x |]

    let private ofBits (name: string) (word: Word) (args: Expr[]) =
        let d = resultType args
        if d.IsDifferentiable then Refuse.kernel name d
        Expr.map word args

    let bitwise_and (a: Expr) (b: Expr) : Expr = ofBits "bitwise_and_cpu" bitwiseAndWord [| a; b |]
    let bitwise_or (a: Expr) (b: Expr) : Expr = ofBits "bitwise_or_cpu" bitwiseOrWord [| a; b |]
    let bitwise_xor (a: Expr) (b: Expr) : Expr = ofBits "bitwise_xor_cpu" bitwiseXorWord [| a; b |]
    let bitwise_not (x: Expr) : Expr = ofBits "bitwise_not_cpu" bitwiseNotWord [| x |]

    let private shift (name: string) (word: Word) (a: Expr) (b: Expr) =
        Refuse.allButIntegers name (resultType [| a; b |])
        Expr.map word [| a; b |]

    let bitwise_left_shift (a: Expr) (b: Expr) : Expr = shift "lshift_cpu" leftShiftWord a b
    let bitwise_right_shift (a: Expr) (b: Expr) : Expr = shift "rshift_cpu" rightShiftWord a b

    let private two name f doc = Def.fn2 name f Domain.Reals doc |> Def.flat
    let private bits name f doc = two name f doc |> Def.withNumber |> Def.numberFirst

    let defs: OpDef list =
        [ two "logical_and" logical_and "Whether both elements are nonzero."
          two "logical_or" logical_or "Whether one of both elements is nonzero."
          two "logical_xor" logical_xor "Whether exactly one of both elements is nonzero."
          Def.fn1 "logical_not" logical_not Domain.Reals "Whether each element is zero." |> Def.flat
          bits "bitwise_and" bitwise_and "The bits that are set in both integers; for bool, logical and."
          bits "bitwise_or" bitwise_or "The bits that are set in one of both integers; for bool, logical or."
          bits "bitwise_xor" bitwise_xor "The bits that are set in exactly one of both integers; for bool, logical xor."
          Def.fn1 "bitwise_not" bitwise_not Domain.Reals "All bits flipped; for bool, logical not." |> Def.flat
          bits "bitwise_left_shift" bitwise_left_shift "a times 2 to the power of b, in the bits of a."
          bits "bitwise_right_shift" bitwise_right_shift "a shifted right by b bits; the sign stays." ]
