/// Complex numbers from their parts and the parts of complex numbers. Gradients follow PyTorch's convention: the cotangent of a complex operand is the
/// conjugate of the Wirtinger derivative, so that descent along it lowers a real loss.
namespace Torch.Core.Ops

open Torch.Core

[<RequireQualifiedAccess>]
module ComplexParts =
    let private i = Expr.number (Complex(0.0, 1.0))

    let private checkParts (a: Expr) (b: Expr) =
        let isPart (d: DType) = d = DType.Float16 || d = DType.Float32 || d = DType.Float64

        if not (isPart a.DType && isPart b.DType) then
            Fault.runtime $"Expected both inputs to be Half, Float or Double tensors but got {a.DType.ScalarName} and {b.DType.ScalarName}"

        if a.DType <> b.DType then
            Fault.runtime $"Expected object of scalar type {a.DType.ScalarName} but got scalar type {b.DType.ScalarName} for second argument"

    let complexWord =
        Word.program "complex" ComplexOf (L.ap2 Kernel.complex L.x L.y) (fun args _ ->
            let complexOf (t: Expr) = Expr.cast args[0].DType.Complex t
            [| Linear(Arithmetic.real, complexOf); Linear(Arithmetic.imag, (fun t -> complexOf t *. i)) |])

    /// re + i im.
    let complex (re: Expr) (im: Expr) : Expr =
        checkParts re im
        Expr.map complexWord [| re; im |]

    /// Cotangents: Re(conj(g) sgn z) for the size, Re(conj(g) i z) for the angle.
    let polarWord =
        Word.program "polar" ComplexOf (L.ap2 Kernel.polar L.x L.y) (fun args z ->
            let size, angle = args[0], args[1]
            let direction = Expr.map complexWord [| Trigonometric.cos angle; Trigonometric.sin angle |]
            let turned = z *. i
            let along (d: Expr) (g: Expr) = Arithmetic.real (Arithmetic.conj g *. d)

            [| Linear(along direction, (fun t -> Expr.cast z.DType t *. direction))
               Linear(along turned, (fun t -> Expr.cast z.DType t *. turned)) |])

    /// abs (cos angle + i sin angle).
    let polar (abs: Expr) (angle: Expr) : Expr =
        checkParts abs angle
        if abs.DType = DType.Float16 then Refuse.kernel "polar_cpu" abs.DType
        Expr.map polarWord [| abs; angle |]

    /// The derivative of the angle of z is i z / |z|^2, 0 at 0; that of a real number is flat.
    let angleWord =
        Word.program "angle" RealPart (L.ap1 Kernel.angle L.x) (fun args _ ->
            let z = args[0]

            if z.DType.IsComplex then
                let size = Numeric.square (Numeric.abs z)
                let turn = Arithmetic.where (Compare.eq z zero) (Expr.zerosLike z) (z *. i /. size)
                [| Linear((fun g -> g *. turn), (fun t -> Arithmetic.real (t *. Arithmetic.conj turn))) |]
            else
                [| flatSlope |])

    /// The argument of each number, in radians; of real numbers 0 or pi.
    let angle (x: Expr) : Expr = Expr.map angleWord [| toFloat x |]

    let conj_physical (x: Expr) : Expr = Arithmetic.conj x

    /// Complex numbers as pairs: one more dimension of size 2.
    let view_as_real (x: Expr) : Expr =
        if not x.DType.IsComplex then
            Fault.runtime "view_as_real is only supported for complex tensors"

        Expr.reinterpret x.DType.Real (Array.append x.Sizes [| 2L |]) x

    /// The real parts where they lie; a real tensor is its own.
    let real (x: Expr) : Expr =
        if x.DType.IsComplex then view_as_real x |> Expr.select x.Rank 0L else x

    let imag (x: Expr) : Expr =
        if not x.DType.IsComplex then
            Fault.runtime "imag is not implemented for tensors with non-complex dtypes."

        view_as_real x |> Expr.select x.Rank 1L

    /// Pairs along the last dimension as complex numbers.
    let view_as_complex (x: Expr) : Expr =
        match x.DType with
        | DType.Float16
        | DType.Float32
        | DType.Float64 -> ()
        | d ->
            Fault.runtime
                $"view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: {d.ScalarName}"

        if x.Rank = 0 then Fault.runtime "Input tensor must have one or more dimensions"
        if x.Sizes[x.Rank - 1] <> 2L then Fault.runtime "Tensor must have a last dimension of size 2"
        Expr.reinterpret x.DType.Complex (Array.sub x.Sizes 0 (x.Rank - 1)) x

    let private pair (x: Expr) = complex x (one -. x)

    let defs: OpDef list =
        [ Def.fn2 "complex" complex Domain.Reals "re + i im." |> Def.functional |> Def.named [ "real"; "imag" ] |> Def.byHand
          Def.fn2 "polar" polar Domain.Positive "abs (cos angle + i sin angle)." |> Def.functional |> Def.named [ "abs"; "angle" ]
          Def.fn1 "conj_physical" conj_physical Domain.Reals "The complex conjugate, computed."
          Def.fn1 "angle" angle Domain.Reals "The argument of each number, in radians." |> Def.functional
          Def.sample "angle.complex" (fun x -> angle (pair x)) Domain.Reals "The argument of complex numbers."
          Def.sample "abs.complex" (fun x -> Numeric.abs (pair x)) Domain.Reals "The size of complex numbers."
          Def.sample "sgn.complex" (fun x -> view_as_real (Numeric.sgn (pair x))) Domain.Reals "The direction of complex numbers."
          Def.sample "view_as_real" (fun x -> view_as_real (pair x)) Domain.Reals "Complex numbers as pairs."
          Def.sample
              "view_as_complex"
              (fun x -> view_as_complex (Expr.expand [| x.Count; 2L |] (Expr.reshape [| x.Count; 1L |] x)))
              Domain.Reals
              "Pairs as complex numbers."
          Def.sample "real" (fun x -> real (pair x *. pair x)) Domain.Reals "The real part."
          Def.sample "imag" (fun x -> imag (pair x *. pair x)) Domain.Reals "The imaginary part." ]
