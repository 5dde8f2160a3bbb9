/// The notation that operations are written in: infix arithmetic on expressions, lanes by name, partials that many words share, and the refusals
/// of dtypes in PyTorch's words. Nothing here is visible outside the core.
namespace Torch.Core.Ops

open Torch.Core

/// The pointwise operators of the kernels. F# has a module of its own with the name Operators.
type internal Kernel = Torch.Kernels.Operators

/// Lanes by name: `L.x` is the first operand, `L.mul L.x L.x` its square.
[<RequireQualifiedAccess>]
module internal L =
    let x = Arg 0
    let y = Arg 1
    let z = Arg 2
    let w = Arg 3
    let lit (r: float) = Lit(Real r)
    let ap1 op a = Apply(op, [ a ])
    let ap2 op a b = Apply(op, [ a; b ])
    let add a b = ap2 Kernel.add a b
    let sub a b = ap2 Kernel.sub a b
    let mul a b = ap2 Kernel.mul a b
    let div a b = ap2 Kernel.div a b
    let neg a = ap1 Kernel.neg a
    let abs a = ap1 Kernel.abs a
    let exp a = ap1 Kernel.exp a
    let log a = ap1 Kernel.log a
    let log1p a = ap1 Kernel.log1p a
    let expm1 a = ap1 Kernel.expm1 a
    let tanh a = ap1 Kernel.tanh a
    let max a b = ap2 Kernel.maximum a b
    let min a b = ap2 Kernel.minimum a b
    let eq a b = ap2 Kernel.eq a b
    let lt a b = ap2 Kernel.lt a b
    let le a b = ap2 Kernel.le a b
    let gt a b = ap2 Kernel.gt a b
    let ge a b = ap2 Kernel.ge a b
    let isnan a = ap1 Kernel.isnan a
    let both a b = ap2 Kernel.logical_and a b
    let either a b = ap2 Kernel.logical_or a b
    let where c a b = Apply(Kernel.where, [ c; a; b ])

[<AutoOpen>]
module internal Notation =
    let (+.) (a: Expr) (b: Expr) : Expr = Arithmetic.add a b
    let (-.) (a: Expr) (b: Expr) : Expr = Arithmetic.sub a b
    let ( *. ) (a: Expr) (b: Expr) : Expr = Arithmetic.mul a b
    let (/.) (a: Expr) (b: Expr) : Expr = Arithmetic.div a b
    let neg (a: Expr) : Expr = Arithmetic.neg a
    /// A plain number as an operand.
    let num (r: float) : Expr = Expr.real r

    let one = Expr.int 1L
    let two = Expr.int 2L
    let zero = Expr.int 0L

    /// The derivative is zero everywhere, and autograd knows it (floor, sign): a gradient of zeros, not the absence of one.
    let flatSlope: Partial = Linear(Expr.zerosLike, Expr.zerosLike)

    /// torch.result_type of some operands.
    let resultType (args: Expr[]) : DType =
        Promotion.result (Expr.defaultDType ()) (args |> Seq.map (fun a -> struct (a.DType, a.Rank > 0, a.IsNumber)))

    /// Integers and bool as the default float dtype.
    let toFloat (x: Expr) : Expr =
        if x.DType.IsDifferentiable then x else Expr.cast (Expr.defaultDType ()) x

    let isBool (d: DType) = (d = DType.Bool)

    /// Bool or an integer.
    let isWhole (d: DType) = not d.IsDifferentiable

    let isHalf (d: DType) = d = DType.Float16 || d = DType.BFloat16

    /// The number that a plain number expression holds.
    let (|Plain|_|) (e: Expr) =
        match e.Node with
        | Fill l when e.IsNumber -> Some l
        | _ -> None

/// A word over a lane with literals. Each literal becomes a plain number among the operands, after the word's own: so constants stay out of
/// plan keys, keep full precision and promote nothing.
type internal Recipe = { Word: Word; Constants: Expr[] }

[<RequireQualifiedAccess>]
module internal Recipe =
    /// `partials` speaks of the word's own operands.
    let make (name: string) (rule: DTypeRule) (arity: int) (lane: Lane) (partials: Expr[] -> Expr -> Partial[]) : Recipe =
        let constants = System.Collections.Generic.List<Literal>()

        let rec settle (l: Lane) =
            match l with
            | Arg _ -> l
            | Apply(op, parts) -> Apply(op, parts |> List.map settle)
            | Lit value ->
                if not (constants.Contains value) then constants.Add value
                Arg(arity + constants.IndexOf value)

        let lane = settle lane
        let none = Array.create constants.Count Zero

        { Word = Word.program name rule lane (fun args y -> Array.append (partials args y) none)
          Constants = constants.ToArray() |> Array.map Expr.number }

    let apply (f: Recipe) (args: Expr[]) : Expr =
        Expr.map f.Word (Array.append args f.Constants)

/// Dtypes that PyTorch's kernels do not have.
[<RequireQualifiedAccess>]
module internal Refuse =
    let kernel (name: string) (d: DType) : unit =
        Fault.unsupported $"\"{name}\" not implemented for '{d.ScalarName}'"

    let bools (name: string) (d: DType) = if isBool d then kernel name d
    let wholes (name: string) (d: DType) = if isWhole d then kernel name d
    let complexes (name: string) (d: DType) = if d.IsComplex then kernel name d

    /// A kernel for real floating point only.
    let allButFloats (name: string) (d: DType) = if not d.IsFloat then kernel name d

    /// A kernel for integers only.
    let allButIntegers (name: string) (d: DType) = if not d.IsInteger then kernel name d

    /// A number as Python prints it in messages: 1.0, 0.25.
    let show (r: float) =
        let text = r.ToString("R", System.Globalization.CultureInfo.InvariantCulture)
        if text |> Seq.forall (fun c -> System.Char.IsDigit c || c = '-') then text + ".0" else text

    /// The name of a dtype as C++ prints it, in some of PyTorch's messages.
    let cName (d: DType) =
        match d with
        | DType.Bool -> "bool"
        | DType.UInt8 -> "unsigned char"
        | DType.Int8 -> "signed char"
        | DType.Int16 -> "short int"
        | DType.Int32 -> "int"
        | DType.Int64 -> "long int"
        | DType.Float16 -> "c10::Half"
        | DType.BFloat16 -> "c10::BFloat16"
        | DType.Float32 -> "float"
        | DType.Float64 -> "double"
        | DType.Complex32 -> "c10::complex<c10::Half>"
        | DType.Complex64 -> "c10::complex<float>"
        | DType.Complex128 -> "c10::complex<double>"
        | other -> other.ScalarName
