/// Exponentials, logarithms and the logistic function. Integers become the default float dtype. Where PyTorch's derivative is written with the result
/// (exp, exp2, expm1, sigmoid), so is ours: that is what gets saved.
namespace Torch.Core.Ops

open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Exponential =
    let private ln2 = System.Math.Log 2.0
    let private ln10 = System.Math.Log 10.0

    let private word name op partial = Word.unary name PromotedToFloat op partial

    let expWord = word "exp" Kernel.exp (fun _ y -> Scale y)
    let exp2Word = word "exp2" Kernel.exp2 (fun _ y -> Scale(y *. num ln2))
    let expm1Word = word "expm1" Kernel.expm1 (fun _ y -> Scale(y +. one))
    let logWord = word "log" Kernel.log (fun x _ -> Over x)
    let log2Word = word "log2" Kernel.log2 (fun x _ -> Over(x *. num ln2))
    let log10Word = word "log10" Kernel.log10 (fun x _ -> Over(x *. num ln10))
    let log1pWord = word "log1p" Kernel.log1p (fun x _ -> Over(x +. one))
    let sigmoidWord = word "sigmoid" Kernel.sigmoid (fun _ y -> Scale((one -. y) *. y))

    let exp (x: Expr) : Expr = Expr.map expWord [| x |]
    let exp2 (x: Expr) : Expr = Expr.map exp2Word [| x |]
    let expm1 (x: Expr) : Expr = Expr.map expm1Word [| x |]
    let log (x: Expr) : Expr = Expr.map logWord [| x |]
    let log2 (x: Expr) : Expr = Expr.map log2Word [| x |]
    let log10 (x: Expr) : Expr = Expr.map log10Word [| x |]
    let log1p (x: Expr) : Expr = Expr.map log1pWord [| x |]
    let sigmoid (x: Expr) : Expr = Expr.map sigmoidWord [| x |]

    let private oddsLane x = L.ap1 Kernel.logit x

    /// log(x / (1 - x)). Outside of [0, 1] the derivative is NaN.
    let logitWord =
        Word.program "logit" PromotedToFloat (oddsLane L.x) (fun args _ ->
            let x = args[0]
            let outside = Logic.logical_or (Compare.lt x zero) (Compare.gt x one)
            [| Over(Arithmetic.where outside (num nan) (x *. (one -. x))) |])

    /// The same of x brought into [low, high]; nothing flows outside.
    let logitClampedWord =
        Word.program "logit" PromotedToFloat (oddsLane (L.min (L.max L.x L.y) L.z)) (fun args _ ->
            let x, low, high = args[0], args[1], args[2]
            let outside = Logic.logical_or (Compare.lt x low) (Compare.gt x high)
            let slope = Arithmetic.where outside (Expr.zerosLike x) (Arithmetic.div one (x *. (one -. x)))
            [| Scale slope; Zero; Zero |])

    /// The logarithm of the odds; with a number eps, x is first brought into [eps, 1 - eps].
    let logit (x: Expr) (eps: System.Nullable<float>) : Expr =
        Refuse.complexes "logit_cpu" x.DType

        if eps.HasValue && eps.Value >= 0.0 then
            Expr.map logitClampedWord [| x; num eps.Value; num (1.0 - eps.Value) |]
        else
            Expr.map logitWord [| x |]

    let logaddexpWord =
        Word.program "logaddexp" Promoted (L.ap2 Kernel.logaddexp L.x L.y) (fun args _ ->
            let a, b = args[0], args[1]
            [| Over(one +. exp (b -. a)); Over(one +. exp (a -. b)) |])

    let logaddexp2Word =
        Word.program "logaddexp2" Promoted (L.ap2 Kernel.logaddexp2 L.x L.y) (fun args _ ->
            let a, b = args[0], args[1]
            [| Over(one +. exp2 (b -. a)); Over(one +. exp2 (a -. b)) |])

    /// log(exp(a) + exp(b)) without overflow.
    let logaddexp (a: Expr) (b: Expr) : Expr =
        let d = resultType [| a; b |]
        if isWhole d then Refuse.kernel "logaddexp_cpu" d

        if d.IsComplex then
            // The larger real part is taken out; the logarithm's branch is that of the sum.
            let a, b = Expr.cast d a, Expr.cast d b
            let re, other = Arithmetic.real a, Arithmetic.real b
            let top = Arithmetic.where (Compare.ge re other) a b
            let sum = top +. log (exp (a -. top) +. exp (b -. top))
            // Equal infinities have no difference.
            let equal = Logic.logical_and (Compare.isinf re) (Compare.eq re other)
            let infinite = Arithmetic.where (Compare.lt re zero) a (log (exp a +. exp b))
            Arithmetic.where equal infinite sum
        else
            Expr.map logaddexpWord [| a; b |]

    let logaddexp2 (a: Expr) (b: Expr) : Expr =
        Refuse.allButFloats "logaddexp2_cpu" (resultType [| a; b |])
        Expr.map logaddexp2Word [| a; b |]

    /// The cotangent g becomes g log y, by the same rule at 0; nothing flows where the function is flat by definition.
    let xlogyWord =
        Word.knot "xlogy" PromotedToFloat (L.ap2 Kernel.xlogy L.x L.y) (fun self args _ ->
            let x, y = args[0], args[1]
            let still = Logic.logical_and (Compare.eq x zero) (Compare.le y zero)
            let pass (g: Expr) = Arithmetic.where still (Expr.zerosLike g) (Expr.map self [| g; y |])
            [| Linear(pass, pass); Scale(x /. y) |])

    let xlog1pyWord =
        Word.knot "xlog1py" PromotedToFloat (L.ap2 Kernel.xlog1py L.x L.y) (fun self args _ ->
            let x, y = args[0], args[1]
            let still = Logic.logical_and (Compare.eq x zero) (Compare.le y (Expr.int -1L))
            let pass (g: Expr) = Arithmetic.where still (Expr.zerosLike g) (Expr.map self [| g; y |])
            [| Linear(pass, pass); Scale(x /. (y +. one)) |])

    let xlogy (x: Expr) (y: Expr) : Expr =
        Refuse.complexes "xlogy_cpu" (resultType [| x; y |])
        Expr.map xlogyWord [| x; y |]

    /// x log(1 + y), 0 where x is 0.
    let xlog1py (x: Expr) (y: Expr) : Expr =
        Refuse.complexes "xlog1py_cpu" (resultType [| x; y |])
        Expr.map xlog1pyWord [| x; y |]

    let defs: OpDef list =
        [ Def.unary expWord Domain.Reals "e to the power of each element."
          Def.unary exp2Word Domain.Reals "2 to the power of each element." |> Def.alias [ "special.exp2" ]
          Def.unary expm1Word Domain.Reals "exp(x) - 1, exact near 0." |> Def.alias [ "special.expm1" ]
          Def.unary logWord Domain.Positive "The natural logarithm."
          Def.unary log2Word Domain.Positive "The logarithm to base 2."
          Def.unary log10Word Domain.Positive "The logarithm to base 10."
          Def.unary log1pWord Domain.Positive "log(1 + x), exact near 0." |> Def.alias [ "special.log1p" ]
          Def.unary sigmoidWord Domain.Reals "1 / (1 + exp(-x))." |> Def.alias [ "special.expit" ]
          Def.sample "logit" (fun x -> logit x (System.Nullable 0.01)) Domain.Probability "log(x / (1 - x))."
          |> Def.alias [ "special.logit" ]
          Def.fn2 "logaddexp" logaddexp Domain.Reals "log(exp(a) + exp(b)) without overflow." |> Def.functional
          Def.fn2 "logaddexp2" logaddexp2 Domain.Reals "log2(2^a + 2^b) without overflow." |> Def.functional
          Def.fn2 "xlogy" xlogy Domain.Positive "x log y, 0 where x is 0."
          |> Def.alias [ "special.xlogy" ]
          |> Def.withNumber
          |> Def.numberFirst
          |> Def.backward "XlogyBackward0" "XlogyBackward2"
          Def.fn2 "special.xlog1py" xlog1py Domain.Positive "x log(1 + y), 0 where x is 0."
          |> Def.functional
          |> Def.withNumber
          |> Def.numberFirst
          |> Def.backward "SpecialXlog1PyBackward0" "SpecialXlog1PyBackward2" ]
