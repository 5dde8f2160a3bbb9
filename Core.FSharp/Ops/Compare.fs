/// Comparisons and tests of floating-point kinds: two numbers or one give a Bool. None has a derivative.
namespace Torch.Core.Ops

open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Compare =
    let private test2 name op =
        Word.flat name Predicate (Apply(op, [ Arg 0; Arg 1 ])) 2

    let eqWord = test2 "eq" Kernel.eq
    let neWord = test2 "ne" Kernel.ne
    let ltWord = test2 "lt" Kernel.lt
    let leWord = test2 "le" Kernel.le
    let gtWord = test2 "gt" Kernel.gt
    let geWord = test2 "ge" Kernel.ge

    let eq (a: Expr) (b: Expr) : Expr = Expr.map eqWord [| a; b |]
    let ne (a: Expr) (b: Expr) : Expr = Expr.map neWord [| a; b |]

    // Complex numbers have no order: the constructor refuses them, "lt_cpu" not implemented for 'ComplexFloat'.
    let lt (a: Expr) (b: Expr) : Expr = Expr.map ltWord [| a; b |]
    let le (a: Expr) (b: Expr) : Expr = Expr.map leWord [| a; b |]
    let gt (a: Expr) (b: Expr) : Expr = Expr.map gtWord [| a; b |]
    let ge (a: Expr) (b: Expr) : Expr = Expr.map geWord [| a; b |]

    let private test1 name op = Word.flat name Predicate (L.ap1 op L.x) 1
    let isnanWord = test1 "isnan" Kernel.isnan
    let isinfWord = test1 "isinf" Kernel.isinf
    let isfiniteWord = test1 "isfinite" Kernel.isfinite
    let isposinfWord = test1 "isposinf" Kernel.isposinf
    let isneginfWord = test1 "isneginf" Kernel.isneginf
    let signbitWord = test1 "signbit" Kernel.signbit

    let private constant (value: int64) (x: Expr) = Expr.fill x.Sizes DType.Bool (Int value)

    /// A test of each part of complex numbers, joined; integers have one answer.
    let private kind (word: Word) (whole: int64) (join: Expr -> Expr -> Expr) (x: Expr) =
        if x.DType.IsComplex then
            let test (p: Expr) = Expr.map word [| p |]
            join (test (Arithmetic.real x)) (test (Arithmetic.imag x))
        elif isWhole x.DType then
            constant whole x
        else
            Expr.map word [| x |]

    let isnan (x: Expr) : Expr = kind isnanWord 0L Logic.logical_or x
    let isinf (x: Expr) : Expr = kind isinfWord 0L Logic.logical_or x
    let isfinite (x: Expr) : Expr = kind isfiniteWord 1L Logic.logical_and x

    let isposinf (x: Expr) : Expr =
        if x.DType.IsComplex then Fault.runtime "isposinf does not support complex inputs."
        if isWhole x.DType then constant 0L x else Expr.map isposinfWord [| x |]

    let isneginf (x: Expr) : Expr =
        if x.DType.IsComplex then Fault.runtime "isneginf does not support complex inputs."
        if isWhole x.DType then constant 0L x else Expr.map isneginfWord [| x |]

    /// Whether the imaginary part is zero.
    let isreal (x: Expr) : Expr =
        if x.DType.IsComplex then eq (Arithmetic.imag x) zero else constant 1L x

    /// Whether the sign bit is set, that of -0.0 too.
    let signbit (x: Expr) : Expr =
        if x.DType.IsComplex then Fault.unsupported "signbit is not implemented for complex tensors."

        if isBool x.DType then constant 0L x
        elif x.DType.IsFloat then Expr.map signbitWord [| x |]
        else lt x zero

    let private sizeWord = Word.flat "abs" RealPart (L.abs L.x) 1
    let private size (e: Expr) = Expr.map sizeWord [| e |]

    /// |a - b| <= atol + rtol |b|, infinities of the same sign are close, NaNs where `equal_nan`.
    let isclose (a: Expr) (b: Expr) (rtol: float) (atol: float) (equal_nan: bool) : Expr =
        if a.DType <> b.DType then
            Fault.runtime $"{a.DType.ScalarName} did not match {b.DType.ScalarName}"

        if rtol < 0.0 then Fault.runtime $"rtol must be greater than or equal to zero, but got {Refuse.show rtol}"
        if atol < 0.0 then Fault.runtime $"atol must be greater than or equal to zero, but got {Refuse.show atol}"

        let equal = eq a b
        let close = if equal_nan && a.DType.IsDifferentiable then Logic.logical_or equal (Logic.logical_and (isnan a) (isnan b)) else equal

        if rtol = 0.0 && atol = 0.0 then
            close
        else
            let wide (e: Expr) = if isWhole e.DType then Expr.cast (Expr.defaultDType ()) e else e
            let a, b = wide a, wide b
            let allowed = num atol +. size (num rtol *. b)
            let actual = size (a -. b)
            Logic.logical_or close (Logic.logical_and (isfinite actual) (le actual allowed))

    let private comparison word doc = Def.binary word Domain.Reals doc |> Def.flat |> Def.withNumber
    let private kindDef name f doc = Def.fn1 name f Domain.Reals doc |> Def.flat |> Def.functional

    let defs: OpDef list =
        [ comparison eqWord "Whether elements are equal."
          comparison neWord "Whether elements differ." |> Def.alias [ "not_equal" ]
          comparison ltWord "Whether elements are less." |> Def.alias [ "less" ]
          comparison leWord "Whether elements are less or equal." |> Def.alias [ "less_equal" ]
          comparison gtWord "Whether elements are greater." |> Def.alias [ "greater" ]
          comparison geWord "Whether elements are greater or equal." |> Def.alias [ "greater_equal" ]
          kindDef "isnan" isnan "Whether each element is not a number."
          kindDef "isinf" isinf "Whether each element is infinite, of either sign."
          kindDef "isfinite" isfinite "Whether each element is finite."
          kindDef "isposinf" isposinf "Whether each element is positive infinity."
          kindDef "isneginf" isneginf "Whether each element is negative infinity."
          kindDef "isreal" isreal "Whether each element has no imaginary part."
          kindDef "signbit" signbit "Whether the sign bit of each element is set, that of -0.0 too."
          Def.sample "isclose" (fun x -> isclose x x 1e-5 1e-8 false) Domain.Reals "Whether elements are equal up to a tolerance." |> Def.flat ]
