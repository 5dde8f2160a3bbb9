/// The arithmetic that every rule is written in: sums, products, quotients, choice, the parts of complex numbers, and the sum over dimensions.
namespace Torch.Core.Ops

open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Arithmetic =
    let addWord = Word.binary "add" Promoted Operators.add (fun _ _ _ -> struct (One, One))
    let subWord = Word.binary "sub" Promoted Operators.sub (fun _ _ _ -> struct (One, Minus))
    let mulWord = Word.binary "mul" Promoted Operators.mul (fun a b _ -> struct (Scale b, Scale a))
    let negWord = Word.unary "neg" Promoted Operators.neg (fun _ _ -> Minus)
    let conjWord = Word.unary "conj_physical" Promoted Operators.conj (fun _ _ -> Conjugate)

    let add (a: Expr) (b: Expr) : Expr = Expr.map addWord [| a; b |]
    let sub (a: Expr) (b: Expr) : Expr = Expr.map subWord [| a; b |]
    let mul (a: Expr) (b: Expr) : Expr = Expr.map mulWord [| a; b |]
    let neg (a: Expr) : Expr = Expr.map negWord [| a |]

    /// The conjugate; a real tensor is its own.
    let conj (a: Expr) : Expr = if a.DType.IsComplex then Expr.map conjWord [| a |] else a

    /// d(a/b)/db = -(a/b)/b.
    let rec divWord: Word =
        { Name = "div"
          Rule = PromotedToFloat
          Lane = Apply(Operators.div, [ Arg 0; Arg 1 ])
          Partials =
            fun args y ->
                match args with
                | [| _; b |] -> [| Over b; Scale(neg (Expr.map divWord [| y; b |])) |]
                | _ -> Fault.inside "div takes two operands" }

    let div (a: Expr) (b: Expr) : Expr = Expr.map divWord [| a; b |]

    let private notWord = Word.flat "logical_not" Predicate (Apply(Operators.logical_not, [ Arg 0 ])) 1

    /// where(condition, a, b): a gradient reaches only the side that was chosen.
    let whereWord: Word =
        { Name = "where"
          Rule = Selected
          Lane = Apply(Operators.where, [ Arg 0; Arg 1; Arg 2 ])
          Partials =
            fun args _ ->
                match args with
                | [| c; _; _ |] -> [| Zero; Mask c; Mask(Expr.map notWord [| c |]) |]
                | _ -> Fault.inside "where takes three operands" }

    let where (condition: Expr) (a: Expr) (b: Expr) : Expr = Expr.map whereWord [| condition; a; b |]

    /// Multiplication of a cotangent or tangent by a partial.
    let private apply (conjugate: bool) (p: Partial) (g: Expr) : Expr option =
        let c (x: Expr) = if conjugate then conj x else x

        match p with
        | Zero -> None
        | One -> Some g
        | Minus -> Some(neg g)
        | Scale f -> Some(mul g (c f))
        | Over f -> Some(div g (c f))
        | Mask m -> Some(where m g (Expr.zerosLike g))
        | Conjugate -> Some(conj g)
        | Linear(vjp, jvp) -> Some(if conjugate then vjp g else jvp g)

    /// A cotangent of the result, brought to an operand.
    let pull (p: Partial) (g: Expr) : Expr option = apply true p g

    /// A tangent of an operand, brought to the result.
    let push (p: Partial) (t: Expr) : Expr option = apply false p t

    /// The sum over dimensions. The cotangent is repeated along them.
    let rec sumReduction: Reduction =
        { Name = "sum"
          Combine = Operators.add
          Identity = fun d -> if d.IsDifferentiable then Real 0.0 else Int 0L
          Vjp = fun x _ _ g -> Expr.expand x.Sizes g
          Jvp = fun _ _ dims t -> Expr.reduce sumReduction dims t }

    /// Sum over dimensions, which stay with size 1. The dtype stays; half types accumulate in float32 and round once.
    let sumKeep (dims: int[]) (x: Expr) : Expr =
        let wide = x.DType.Compute
        Expr.cast wide x |> Expr.reduce sumReduction dims |> Expr.cast x.DType

    /// The transpose of broadcasting: sums an expanded expression back to the sizes it had.
    let sumTo (sizes: int64[]) (x: Expr) : Expr =
        if x.Sizes = sizes then
            x
        else
            let lead = x.Rank - sizes.Length

            let dims =
                [| for d in 0 .. x.Rank - 1 do
                       if d < lead || (sizes[d - lead] = 1L && x.Sizes[d] <> 1L) then d |]

            sumKeep dims x |> Expr.reshape sizes

    /// The real part as the real dtype; a real tensor is its own.
    let real (z: Expr) : Expr = Expr.cast z.DType.Real z

    /// The imaginary part as the real dtype.
    let imag (z: Expr) : Expr =
        if z.DType.IsComplex then
            Expr.reinterpret z.DType.Real (Array.append z.Sizes [| 2L |]) z |> Expr.select z.Rank 1L
        else
            Expr.zerosLike z

    let defs: OpDef list =
        [ Def.sample
              "where"
              (fun x -> where (Expr.fill [||] DType.Bool (Int 1L)) x (Expr.zerosLike x))
              Domain.Reals
              "Elements of the second operand where the condition holds, of the third elsewhere." ]
