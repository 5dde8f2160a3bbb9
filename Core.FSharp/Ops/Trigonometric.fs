/// Circular and hyperbolic functions and their inverses. Integers become the default float dtype.
namespace Torch.Core.Ops

open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Trigonometric =
    let private word name op partial = Word.unary name PromotedToFloat op partial

    let private square (x: Expr) = Numeric.square x
    let private rsqrt (x: Expr) = Numeric.rsqrt x

    let rec sinWord: Word =
        { Name = "sin"
          Rule = PromotedToFloat
          Lane = L.ap1 Kernel.sin L.x
          Partials = fun args _ -> [| Scale(Expr.map cosWord [| args[0] |]) |] }

    and cosWord: Word =
        { Name = "cos"
          Rule = PromotedToFloat
          Lane = L.ap1 Kernel.cos L.x
          Partials = fun args _ -> [| Scale(neg (Expr.map sinWord [| args[0] |])) |] }


    let tanWord = word "tan" Kernel.tan (fun _ y -> Scale(one +. square y))
    let asinWord = word "asin" Kernel.asin (fun x _ -> Scale(rsqrt (one -. square x)))
    let acosWord = word "acos" Kernel.acos (fun x _ -> Scale(neg (rsqrt (one -. square x))))
    let atanWord = word "atan" Kernel.atan (fun x _ -> Over(square x +. one))
    let rec sinhWord: Word =
        { Name = "sinh"
          Rule = PromotedToFloat
          Lane = L.ap1 Kernel.sinh L.x
          Partials = fun args _ -> [| Scale(Expr.map coshWord [| args[0] |]) |] }

    and coshWord: Word =
        { Name = "cosh"
          Rule = PromotedToFloat
          Lane = L.ap1 Kernel.cosh L.x
          Partials = fun args _ -> [| Scale(Expr.map sinhWord [| args[0] |]) |] }

    let tanhWord = word "tanh" Kernel.tanh (fun _ y -> Scale(one -. square y))
    let asinhWord = word "asinh" Kernel.asinh (fun x _ -> Scale(rsqrt (square x +. one)))

    /// For complex numbers the two factors stay apart: their roots lie on the right branch.
    let acoshWord =
        word "acosh" Kernel.acosh (fun x _ ->
            if x.DType.IsComplex then
                Scale(rsqrt (x -. one) *. rsqrt (x +. one))
            else
                Scale(rsqrt (square x -. one)))

    let atanhWord = word "atanh" Kernel.atanh (fun x _ -> Over(one -. square x))

    let atan2Word =
        Word.binary "atan2" PromotedToFloat Kernel.atan2 (fun y x _ ->
            let r2 = square y +. square x
            struct (Scale(x /. r2), Scale(neg (y /. r2))))

    let private pi = System.Math.PI

    /// sin(pi x) / (pi x), 1 at 0, where its derivative is 0.
    let sincWord =
        Word.program "sinc" PromotedToFloat (L.ap1 Kernel.sinc L.x) (fun args _ ->
            let x = args[0]
            let phase = x *. num pi
            let area = square x *. num pi
            let slope = (phase *. Expr.map cosWord [| phase |] -. Expr.map sinWord [| phase |]) /. area
            [| Scale(Arithmetic.where (Compare.eq area zero) (Expr.zerosLike x) slope) |])

    let private scaling name (factor: float) =
        Recipe.make name PromotedToFloat 1 (L.mul L.x (L.lit factor)) (fun _ _ -> [| Scale(num factor) |])

    let private deg2radRecipe = scaling "deg2rad" (pi / 180.0)
    let private rad2degRecipe = scaling "rad2deg" (180.0 / pi)

    let sin (x: Expr) : Expr = Expr.map sinWord [| x |]
    let cos (x: Expr) : Expr = Expr.map cosWord [| x |]
    let tan (x: Expr) : Expr = Expr.map tanWord [| x |]
    let asin (x: Expr) : Expr = Expr.map asinWord [| x |]
    let acos (x: Expr) : Expr = Expr.map acosWord [| x |]
    let atan (x: Expr) : Expr = Expr.map atanWord [| x |]
    let sinh (x: Expr) : Expr = Expr.map sinhWord [| x |]
    let cosh (x: Expr) : Expr = Expr.map coshWord [| x |]
    let tanh (x: Expr) : Expr = Expr.map tanhWord [| x |]
    let asinh (x: Expr) : Expr = Expr.map asinhWord [| x |]
    let acosh (x: Expr) : Expr = Expr.map acoshWord [| x |]
    let atanh (x: Expr) : Expr = Expr.map atanhWord [| x |]

    /// The angle of the point (x, y), in [-pi, pi].
    let atan2 (y: Expr) (x: Expr) : Expr = Expr.map atan2Word [| y; x |]

    let sinc (x: Expr) : Expr = Expr.map sincWord [| x |]

    let deg2rad (x: Expr) : Expr =
        if x.DType.IsComplex then Fault.runtime "deg2rad is not supported for complex tensors."
        Recipe.apply deg2radRecipe [| x |]

    let rad2deg (x: Expr) : Expr =
        if x.DType.IsComplex then Fault.runtime "rad2deg is not supported for complex tensors."
        Recipe.apply rad2degRecipe [| x |]

    let private above1: Domain = { Low = 1.1; High = 3.0 }

    let defs: OpDef list =
        [ Def.unary sinWord Domain.Reals "The sine."
          Def.unary cosWord Domain.Reals "The cosine."
          Def.unary tanWord Domain.Unit "The tangent."
          Def.unary asinWord Domain.Unit "The angle with this sine." |> Def.alias [ "arcsin" ]
          Def.unary acosWord Domain.Unit "The angle with this cosine." |> Def.alias [ "arccos" ]
          Def.unary atanWord Domain.Reals "The angle with this tangent." |> Def.alias [ "arctan" ]
          Def.unary sinhWord Domain.Reals "The hyperbolic sine."
          Def.unary coshWord Domain.Reals "The hyperbolic cosine."
          Def.unary tanhWord Domain.Reals "The hyperbolic tangent."
          Def.unary asinhWord Domain.Reals "The inverse hyperbolic sine." |> Def.alias [ "arcsinh" ]
          Def.unary acoshWord above1 "The inverse hyperbolic cosine." |> Def.alias [ "arccosh" ]
          Def.unary atanhWord Domain.Unit "The inverse hyperbolic tangent." |> Def.alias [ "arctanh" ]
          Def.binary atan2Word Domain.Reals "The angle of the point (x, y), by quadrant." |> Def.alias [ "arctan2" ]
          Def.unary sincWord Domain.Reals "sin(pi x) / (pi x), 1 at 0." |> Def.alias [ "special.sinc" ]
          Def.fn1 "deg2rad" deg2rad Domain.Reals "Degrees as radians."
          Def.fn1 "rad2deg" rad2deg Domain.Reals "Radians as degrees." ]
