/// Arithmetic beyond the rules' own: signs, rounding, remainders, extrema, powers and the fused forms. Integers keep their dtype where PyTorch keeps it.
/// Derivatives are PyTorch's, at kinks and ties too: extrema share ties in halves, clamp lets the gradient pass at its bounds.
namespace Torch.Core.Ops

open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Numeric =
    // ---- Sums, differences, products, quotients

    let private checkSub (a: Expr) (b: Expr) =
        if isBool a.DType && isBool b.DType then
            Fault.runtime
                "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."

        if isBool a.DType || isBool b.DType then
            Fault.runtime
                "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."

    let private checkAlpha (d: DType) (alpha: Expr) =
        if isBool alpha.DType && not (isBool d) then
            Fault.runtime "Boolean alpha only supported for Boolean results."

        if isWhole d && alpha.DType.IsDifferentiable then
            Fault.runtime "For integral input tensors, argument alpha must not be a floating point number."

        if alpha.DType.IsComplex && not d.IsComplex then
            Fault.runtime "For non-complex input tensors, argument alpha must not be a complex number."

    let private isOne (e: Expr) =
        match e with
        | Plain(Int 1L) -> true
        | Plain(Real r) -> r = 1.0
        | _ -> false

    let addScaledWord =
        Word.program "add" Promoted (L.add L.x (L.mul L.y L.z)) (fun args _ -> [| One; Scale args[2]; Zero |])

    let subScaledWord =
        Word.program "sub" Promoted (L.sub L.x (L.mul L.y L.z)) (fun args _ -> [| One; Scale(neg args[2]); Zero |])

    let add (a: Expr) (b: Expr) : Expr = Arithmetic.add a b

    /// a + alpha b, rounded once in half types.
    let add_scaled (a: Expr) (b: Expr) (alpha: Expr) : Expr =
        let d = resultType [| a; b |]
        checkAlpha d alpha
        if isOne alpha then add a b else Expr.map addScaledWord [| a; b; Expr.cast d alpha |]

    /// PyTorch subtracts complex numbers as a + (-1) b, a complex product: infinite parts give NaN. So do we.
    let private minus (a: Expr) (b: Expr) (d: DType) =
        if d.IsComplex then
            Expr.map addScaledWord [| a; b; Expr.cast d (Expr.int -1L) |]
        else
            Arithmetic.sub a b

    let sub (a: Expr) (b: Expr) : Expr =
        checkSub a b
        minus a b (resultType [| a; b |])

    /// a - alpha b.
    let sub_scaled (a: Expr) (b: Expr) (alpha: Expr) : Expr =
        checkSub a b
        let d = resultType [| a; b |]
        checkAlpha d alpha
        if isOne alpha then minus a b d else Expr.map subScaledWord [| a; b; Expr.cast d alpha |]

    /// b - alpha a.
    let rsub (a: Expr) (b: Expr) (alpha: Expr) : Expr = sub_scaled b a alpha

    let mul (a: Expr) (b: Expr) : Expr = Arithmetic.mul a b

    let neg (x: Expr) : Expr =
        if isBool x.DType then
            Fault.runtime
                "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."

        Arithmetic.neg x

    let positive (x: Expr) : Expr =
        if isBool x.DType then
            Fault.runtime "The `+` operator, on a bool tensor is not supported."

        x

    let div (a: Expr) (b: Expr) : Expr = Arithmetic.div a b

    let private flat2 = [| flatSlope; flatSlope |]
    let divFloorWord = Word.program "div" Promoted (L.ap2 Kernel.div_floor L.x L.y) (fun _ _ -> flat2)
    let divTruncWord = Word.program "div" Promoted (L.ap2 Kernel.div_trunc L.x L.y) (fun _ _ -> flat2)

    let private divRounded (kernel: string) (word: Word) (a: Expr) (b: Expr) =
        let d = resultType [| a; b |]
        Refuse.bools kernel d
        Refuse.complexes kernel d
        Expr.map word [| a; b |]

    /// The quotient rounded down. Integers stay integers.
    let floor_divide (a: Expr) (b: Expr) : Expr = divRounded "div_floor_cpu" divFloorWord a b

    let truncWord = Word.program "trunc" Promoted (L.ap1 Kernel.trunc L.x) (fun _ _ -> [| flatSlope |])

    /// The quotient rounded towards zero. Of half types the quotient is rounded to the type first, as in PyTorch.
    let trunc_divide (a: Expr) (b: Expr) : Expr =
        if isHalf (resultType [| a; b |]) then
            Expr.map truncWord [| div a b |]
        else
            divRounded "div_trunc_cpu" divTruncWord a b

    /// torch.div with rounding_mode null, "floor" or "trunc".
    let div_rounded (a: Expr) (b: Expr) (rounding_mode: string) : Expr =
        match rounding_mode with
        | null -> div a b
        | "floor" -> floor_divide a b
        | "trunc" -> trunc_divide a b
        | other -> Fault.runtime $"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{other}'"

    /// a - b floor(a / b): the sign of b.
    let remainderWord =
        Word.binary "remainder" Promoted Kernel.remainder (fun a b _ -> struct (One, Scale(neg (floor_divide a b))))

    /// a - b trunc(a / b): the sign of a.
    let fmodWord =
        Word.binary "fmod" Promoted Kernel.fmod (fun a b _ -> struct (One, Scale(neg (trunc_divide a b))))

    let remainder (a: Expr) (b: Expr) : Expr =
        let d = resultType [| a; b |]
        Refuse.bools "remainder_cpu" d
        Refuse.complexes "remainder_cpu" d
        Expr.map remainderWord [| a; b |]

    let fmod (a: Expr) (b: Expr) : Expr =
        let d = resultType [| a; b |]
        Refuse.bools "fmod_cpu" d
        Refuse.complexes "fmod_cpu" d
        Expr.map fmodWord [| a; b |]

    // ---- Size and sign

    let signWord = Word.program "sign" Promoted (L.ap1 Kernel.sign L.x) (fun _ _ -> [| flatSlope |])

    /// z / |z|, and 0 at 0. The derivative is the part of the change that turns z: (t - Re(t / s) s) / |z|, s = sgn z.
    let rec sgnWord: Word =
        { Name = "sgn"
          Rule = Promoted
          Lane = L.ap1 Kernel.sgn L.x
          Partials =
            fun args s ->
                let z = args[0]

                let turn (t: Expr) =
                    let size = Expr.map absWord [| z |]
                    let radial = Arithmetic.real (t *. Arithmetic.conj s) *. s
                    Arithmetic.where (Compare.eq size zero) (Expr.zerosLike t) ((t -. radial) /. size)

                [| Linear(turn, turn) |] }

    and absWord: Word =
        { Name = "abs"
          Rule = RealPart
          Lane = L.abs L.x
          Partials =
            fun args _ ->
                let x = args[0]

                if x.DType.IsComplex then
                    let s = Expr.map sgnWord [| x |]
                    [| Linear((fun g -> g *. s), (fun t -> Arithmetic.real (t *. Arithmetic.conj s))) |]
                else
                    [| Scale(Expr.map signWord [| x |]) |] }

    let abs (x: Expr) : Expr =
        Refuse.bools "abs_cpu" x.DType
        Expr.map absWord [| x |]

    let sign (x: Expr) : Expr =
        if x.DType.IsComplex then
            Fault.unsupported "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."

        if isBool x.DType then x else Expr.map signWord [| x |]

    let sgn (x: Expr) : Expr =
        if x.DType.IsComplex then Expr.map sgnWord [| x |] else sign x

    /// The gradient of a is that of |a| with the sign of b; none at a = 0, where |a| has no direction.
    let copysignWord =
        Word.binary "copysign" PromotedToFloat Kernel.copysign (fun a _ y ->
            struct (Scale(Arithmetic.where (Compare.eq a zero) (Expr.zerosLike y) (y /. a)), flatSlope))

    let copysign (a: Expr) (b: Expr) : Expr = Expr.map copysignWord [| a; b |]

    let hypotWord =
        Word.binary "hypot" Promoted Kernel.hypot (fun a b y -> struct (Scale(a /. y), Scale(b /. y)))

    let hypot (a: Expr) (b: Expr) : Expr =
        Refuse.allButFloats "hypot_cpu" (resultType [| a; b |])
        Expr.map hypotWord [| a; b |]

    /// The neighbour moves with the first operand.
    let nextafterWord =
        Word.binary "nextafter" Promoted Kernel.nextafter (fun _ _ _ -> struct (One, flatSlope))

    /// Half types have neighbours of their own: one step in the bits, away from zero or towards it.
    let private halfNextafter (d: DType) (a: Expr) (b: Expr) =
        let sizes = Shape.broadcast2 a.Sizes b.Sizes
        let a, b = Expr.expand sizes (Expr.cast d a), Expr.expand sizes (Expr.cast d b)
        let asBits (e: Expr) = Expr.reinterpret DType.Int16 sizes e
        let ofBits (e: Expr) = Expr.reinterpret d sizes e
        let outwards = Compare.eq (Compare.gt b a) (Compare.gt a zero)
        let step = Arithmetic.where outwards (Expr.fill sizes DType.Int16 (Int 1L)) (Expr.fill sizes DType.Int16 (Int -1L))
        let least = copysign (ofBits (Expr.fill sizes DType.Int16 (Int 1L))) b
        let near = Arithmetic.where (Compare.eq a zero) least (ofBits (Arithmetic.add (asBits a) step))
        let unordered = Logic.logical_or (Compare.isnan a) (Compare.isnan b)
        Arithmetic.where unordered (num nan) (Arithmetic.where (Compare.eq a b) b near)

    let nextafter (a: Expr) (b: Expr) : Expr =
        let d = resultType [| a; b |]
        Refuse.allButFloats "nextafter_cpu" d
        if isHalf d then halfNextafter d a b else Expr.map nextafterWord [| a; b |]

    let heavisideWord = Word.flat "heaviside" Promoted (L.ap2 Kernel.heaviside L.x L.y) 2

    /// 0 below zero, 1 above, the second operand at zero; 0 at NaN.
    let heaviside (x: Expr) (values: Expr) : Expr =
        if x.DType.IsComplex || values.DType.IsComplex then
            Fault.runtime "heaviside is not yet implemented for complex tensors."

        if x.DType <> values.DType then
            Fault.runtime "heaviside is not yet implemented for tensors with different dtypes."

        Expr.map heavisideWord [| x; values |]

    // ---- Powers of fixed exponent

    let reciprocalWord =
        Word.unary "reciprocal" PromotedToFloat Kernel.reciprocal (fun _ y -> Scale(neg (y *. y)))

    let reciprocal (x: Expr) : Expr = Expr.map reciprocalWord [| x |]

    let sqrtWord = Word.unary "sqrt" PromotedToFloat Kernel.sqrt (fun _ y -> Over(two *. y))
    let sqrt (x: Expr) : Expr = Expr.map sqrtWord [| x |]

    let squareWord =
        Word.program "square" Promoted (L.ap1 Kernel.square L.x) (fun args _ -> [| Scale(two *. args[0]) |])

    let square (x: Expr) : Expr =
        Expr.map squareWord [| (if isBool x.DType then Expr.cast DType.Int64 x else x) |]

    let cubeWord =
        Word.program "cube" Promoted (L.mul (L.mul L.x L.x) L.x) (fun args _ -> [| Scale(Expr.int 3L *. square args[0]) |])

    let rsqrtWord =
        Word.unary "rsqrt" PromotedToFloat Kernel.rsqrt (fun _ y -> Scale(num -0.5 *. Expr.map cubeWord [| y |]))

    let rsqrt (x: Expr) : Expr = Expr.map rsqrtWord [| x |]

    let private inverseSquareRecipe =
        Recipe.make "pow" Promoted 1 (L.div (L.lit 1.0) (L.mul L.x L.x)) (fun args y -> [| Scale(Expr.int -2L *. y /. args[0]) |])

    // ---- Rounding

    let private rounding name op = Word.program name Promoted (L.ap1 op L.x) (fun _ _ -> [| flatSlope |])
    let floorWord = rounding "floor" Kernel.floor
    let ceilWord = rounding "ceil" Kernel.ceil
    let roundWord = rounding "round" Kernel.round

    /// Integers are whole already.
    let private toWhole (word: Word) (x: Expr) =
        Refuse.bools (word.Name + "_vml_cpu") x.DType
        if x.DType.IsComplex then Fault.unsupported $"{word.Name} is not supported for complex inputs"
        if x.DType.IsInteger then x else Expr.map word [| x |]

    let floor (x: Expr) : Expr = toWhole floorWord x
    let ceil (x: Expr) : Expr = toWhole ceilWord x
    let trunc (x: Expr) : Expr = toWhole truncWord x

    /// To the nearest whole number, ties to even.
    let round (x: Expr) : Expr =
        Refuse.complexes "round_vml_cpu" x.DType
        toWhole roundWord x

    let private roundScaledWord =
        Word.program "round" Promoted (L.div (L.ap1 Kernel.round (L.mul L.x L.y)) L.y) (fun _ _ -> [| flatSlope; Zero |])

    let private roundCoarseWord =
        Word.program "round" Promoted (L.mul (L.ap1 Kernel.round (L.div L.x L.y)) L.y) (fun _ _ -> [| flatSlope; Zero |])

    /// Rounded to decimals after the point (before it, where negative).
    let round_decimals (x: Expr) (decimals: int64) : Expr =
        Refuse.allButFloats (if decimals = 0L then "round_vml_cpu" else "round_cpu") x.DType
        let scale = num (System.Math.Pow(10.0, float (System.Math.Abs decimals)))

        if decimals = 0L then Expr.map roundWord [| x |]
        elif decimals > 0L then Expr.map roundScaledWord [| x; scale |]
        else Expr.map roundCoarseWord [| x; scale |]

    let fracWord = Word.program "frac" Promoted (L.ap1 Kernel.frac L.x) (fun _ _ -> [| One |])

    let frac (x: Expr) : Expr =
        Refuse.allButFloats "frac_cpu" x.DType
        Expr.map fracWord [| x |]

    // ---- Extrema

    /// Each side passes its gradient where it does not lose, half of it at ties.
    let private shared (loses: Expr -> Expr -> Expr) (a: Expr) (b: Expr) : Partial =
        let pass (g: Expr) =
            Arithmetic.where (loses a b) (Expr.zerosLike g) (Arithmetic.where (Compare.eq a b) (g /. two) g)

        Linear(pass, pass)

    let maximumWord =
        Word.binary "maximum" Promoted Kernel.maximum (fun a b _ -> struct (shared Compare.lt a b, shared Compare.lt b a))

    let minimumWord =
        Word.binary "minimum" Promoted Kernel.minimum (fun a b _ -> struct (shared Compare.gt a b, shared Compare.gt b a))

    /// The larger; NaN where one operand is NaN.
    let maximum (a: Expr) (b: Expr) : Expr =
        if a.DType.IsComplex || b.DType.IsComplex then
            Fault.runtime "maximum not implemented for complex tensors."

        Expr.map maximumWord [| a; b |]

    let minimum (a: Expr) (b: Expr) : Expr =
        if a.DType.IsComplex || b.DType.IsComplex then
            Fault.runtime "minimum not implemented for complex tensors."

        Expr.map minimumWord [| a; b |]

    /// The first operand wins ties and wherever the second is NaN.
    let private winner (wins: Expr -> Expr -> Expr) (a: Expr) (b: Expr) =
        let first = Logic.logical_or (wins a b) (Compare.isnan b)
        struct (Mask first, Mask(Logic.logical_not first))

    let fmaxWord = Word.binary "fmax" Promoted Kernel.fmax (fun a b _ -> winner Compare.ge a b)
    let fminWord = Word.binary "fmin" Promoted Kernel.fmin (fun a b _ -> winner Compare.le a b)

    /// The larger; a NaN yields to a number.
    let fmax (a: Expr) (b: Expr) : Expr =
        if a.DType.IsComplex || b.DType.IsComplex then
            Fault.runtime "fmax not implemented for complex tensors."

        Expr.map fmaxWord [| a; b |]

    let fmin (a: Expr) (b: Expr) : Expr =
        if a.DType.IsComplex || b.DType.IsComplex then
            Fault.runtime "fmin not implemented for complex tensors."

        Expr.map fminWord [| a; b |]

    let clampMinWord =
        Word.binary "clamp_min" Promoted Kernel.maximum (fun x low _ -> struct (Mask(Compare.ge x low), Mask(Compare.lt x low)))

    let clampMaxWord =
        Word.binary "clamp_max" Promoted Kernel.minimum (fun x high _ -> struct (Mask(Compare.le x high), Mask(Compare.gt x high)))

    let clampWord =
        Word.program "clamp" Promoted (L.min (L.max L.x L.y) L.z) (fun args _ ->
            let x, low, high = args[0], args[1], args[2]

            [| Mask(Logic.logical_and (Compare.ge x low) (Compare.le x high))
               Mask(Logic.logical_and (Compare.lt low high) (Compare.lt x low))
               Mask(Logic.logical_or (Compare.lt high low) (Compare.gt x high)) |])

    let private clampBy (kernel: string) (word: Word) (args: Expr[]) =
        Refuse.bools kernel (resultType args)
        Expr.map word args

    let clamp_min (x: Expr) (low: Expr) : Expr =
        Refuse.complexes "maximum_cpu" (resultType [| x; low |])
        Expr.map clampMinWord [| x; low |]

    let clamp_max (x: Expr) (high: Expr) : Expr =
        Refuse.complexes "minimum_cpu" (resultType [| x; high |])
        Expr.map clampMaxWord [| x; high |]

    /// max(x, low), then min(.., high); an absent bound is null. Where low > high the result is high.
    let clamp (x: Expr) (low: Expr) (high: Expr) : Expr =
        let complex (e: Expr) = not (isNull e) && e.DType.IsComplex

        if complex x || complex low || complex high then
            Fault.unsupported "clamp is not supported for complex types"

        match isNull low, isNull high with
        | true, true -> Fault.runtime "torch.clamp: At least one of 'min' or 'max' must not be None"
        | false, true -> clampBy "clamp_min_cpu" clampMinWord [| x; low |]
        | true, false -> clampBy "clamp_max_cpu" clampMaxWord [| x; high |]
        | false, false -> clampBy "clamp_cpu" clampWord [| x; low; high |]

    // ---- Integers

    let gcdWord = Word.flat "gcd" Promoted (L.ap2 Kernel.gcd L.x L.y) 2
    let lcmWord = Word.flat "lcm" Promoted (L.ap2 Kernel.lcm L.x L.y) 2

    let gcd (a: Expr) (b: Expr) : Expr =
        Refuse.allButIntegers "gcd_cpu" (resultType [| a; b |])
        Expr.map gcdWord [| a; b |]

    let lcm (a: Expr) (b: Expr) : Expr =
        Refuse.allButIntegers "lcm_cpu" (resultType [| a; b |])
        Expr.map lcmWord [| a; b |]

    // ---- Powers

    let private logWord = Word.unary "log" PromotedToFloat Kernel.log (fun x _ -> Over x)

    /// d/da = b a^(b-1), 0 where b = 0; d/db = a^b log a, 0 where a = 0 and b >= 0.
    let powWord =
        Word.knot "pow" Promoted (L.ap2 Kernel.pow L.x L.y) (fun self args y ->
            let a, b = args[0], args[1]

            let byBase =
                Arithmetic.where (Compare.eq b zero) (Expr.zerosLike y) (b *. Expr.map self [| a; b -. one |])

            let still =
                if b.DType.IsComplex then
                    Logic.logical_and (Compare.eq (Arithmetic.imag b) zero) (Compare.ge (Arithmetic.real b) zero)
                else
                    Compare.ge b zero

            let byExponent =
                Arithmetic.where (Logic.logical_and (Compare.eq a zero) still) (Expr.zerosLike y) (y *. Expr.map logWord [| a |])

            [| Scale byBase; Scale byExponent |])

    /// A power with a plain number as exponent: the common ones are products, roots and quotients.
    let private powNumber (x: Expr) (exponent: Expr) (value: Literal) =
        let d = resultType [| x; exponent |]

        match value with
        | Int i when i < 0L && isWhole d -> Fault.runtime "Integers to negative integer powers are not allowed."
        | _ -> ()

        let r =
            match value with
            | Int i -> float i
            | Real r -> r
            | Complex(re, im) -> if im = 0.0 then re else nan

        let x = Expr.cast d x

        if r = 2.0 then Expr.map squareWord [| x |]
        elif r = 3.0 then Expr.map cubeWord [| x |]
        elif r = 1.0 then Expr.map powWord [| x; exponent |]
        elif isWhole d then Expr.map powWord [| x; exponent |]
        elif r = 0.5 then sqrt x
        elif r = -0.5 then rsqrt x
        elif r = -1.0 then reciprocal x
        elif r = -2.0 then Recipe.apply inverseSquareRecipe [| x |]
        else Expr.map powWord [| x; exponent |]

    /// a to the power of b. A result of integers stays integer.
    let pow (a: Expr) (b: Expr) : Expr =
        Refuse.bools "pow" (resultType [| a; b |])

        match b with
        | Plain value when not a.IsNumber -> powNumber a b value
        | _ -> Expr.map powWord [| a; b |]

    /// The power computed in float64 or complex128.
    let float_power (a: Expr) (b: Expr) : Expr =
        let d = if (resultType [| a; b |]).IsComplex then DType.Complex128 else DType.Float64
        pow (Expr.cast d a) (Expr.cast d b)

    /// a times 2 to the power of b.
    let ldexp (a: Expr) (b: Expr) : Expr = a *. pow (num 2.0) b

    // ---- Fused forms

    let addcmulWord =
        Word.program "addcmul" Promoted (L.add L.x (L.mul (L.mul L.w L.y) L.z)) (fun args _ ->
            let s, t, value = args[1], args[2], args[3]
            [| One; Scale(t *. value); Scale(s *. value); Zero |])

    let addcdivWord =
        Word.program "addcdiv" Promoted (L.add L.x (L.div (L.mul L.w L.y) L.z)) (fun args _ ->
            let s, t, value = args[1], args[2], args[3]
            [| One; Scale(value /. t); Scale(neg (value *. s /. (t *. t))); Zero |])

    /// x + value a b.
    let addcmul (x: Expr) (a: Expr) (b: Expr) (value: Expr) : Expr =
        let d = resultType [| x; a; b |]
        Refuse.bools "addcmul_cpu_out" d
        Expr.map addcmulWord [| x; a; b; Expr.cast d value |]

    /// x + value a / b.
    let addcdiv (x: Expr) (a: Expr) (b: Expr) (value: Expr) : Expr =
        if isWhole a.DType && isWhole b.DType then
            Fault.runtime
                "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes."

        let d = resultType [| x; a; b |]
        Expr.map addcdivWord [| x; a; b; Expr.cast d value |]

    let private lerpPartials (args: Expr[]) (_: Expr) =
        let a, b, w = args[0], args[1], args[2]
        [| Scale(one -. w); Scale w; Scale(b -. a) |]

    /// Exact at both ends: each half of the way is measured from its own end.
    let private nearLane = L.add L.x (L.mul L.z (L.sub L.y L.x))
    let private farLane = L.sub L.y (L.mul (L.sub L.y L.x) (L.sub (L.lit 1.0) L.z))
    let private lerpRecipe = Recipe.make "lerp" Promoted 3 (L.where (L.lt (L.abs L.z) (L.lit 0.5)) nearLane farLane) lerpPartials
    let private nearRecipe = Recipe.make "lerp" Promoted 3 nearLane lerpPartials
    let private farRecipe = Recipe.make "lerp" Promoted 3 farLane lerpPartials

    /// a + weight (b - a).
    let lerp (a: Expr) (b: Expr) (weight: Expr) : Expr =
        let check (name: string) (e: Expr) =
            if e.DType <> a.DType then
                Fault.runtime $"expected dtype {Refuse.cName a.DType} for `{name}` but got dtype {Refuse.cName e.DType}"

        check "end" b
        if not weight.IsNumber then check "weight" weight
        if not a.DType.IsDifferentiable then Refuse.kernel (if weight.IsNumber then "lerp_kernel_scalar" else "lerp_kernel_tensor") a.DType

        let args = [| a; b; weight |]

        if (resultType args).IsComplex then
            Arithmetic.where (Compare.lt (abs weight) (num 0.5)) (Recipe.apply nearRecipe args) (Recipe.apply farRecipe args)
        else
            Recipe.apply lerpRecipe args

    let private nanToNumRecipe =
        let lane =
            L.where (L.isnan L.x) L.y (L.where (L.eq L.x (L.lit infinity)) L.z (L.where (L.eq L.x (L.lit -infinity)) L.w L.x))

        Recipe.make "nan_to_num" Promoted 4 lane (fun args _ -> [| Mask(Compare.isfinite args[0]); Zero; Zero; Zero |])

    /// The largest number of a floating type.
    let private largest (d: DType) =
        match d with
        | DType.Float16 -> 65504.0
        | DType.BFloat16 -> 3.3895313892515355e38
        | DType.Float32 -> float System.Single.MaxValue
        | _ -> System.Double.MaxValue

    /// NaN, infinity and -infinity replaced; absent replacements (null) are 0 and the largest numbers of the dtype.
    let nan_to_num
        (x: Expr)
        (nan: System.Nullable<float>)
        (posinf: System.Nullable<float>)
        (neginf: System.Nullable<float>)
        : Expr =
        if isWhole x.DType then
            x
        else
            let part (p: Expr) =
                let orElse (given: System.Nullable<float>) (value: float) =
                    num (if given.HasValue then given.Value else value)

                let top = largest p.DType
                Recipe.apply nanToNumRecipe [| p; orElse nan 0.0; orElse posinf top; orElse neginf -top |]

            if x.DType.IsComplex then
                // Real and imaginary parts lie side by side.
                Expr.reinterpret x.DType.Real (Array.append x.Sizes [| 2L |]) x |> part |> Expr.reinterpret x.DType x.Sizes
            else
                part x

    let private two name f domain doc = Def.fn2 name f domain doc
    let private number name f domain doc = Def.fn2 name f domain doc |> Def.withNumber
    let private positives = Domain.Positive

    let defs: OpDef list =
        [ number "add" add Domain.Reals "The sum." |> Def.byHand
          number "sub" sub Domain.Reals "The difference." |> Def.alias [ "subtract" ] |> Def.byHand
          number "mul" mul Domain.Reals "The product." |> Def.alias [ "multiply" ] |> Def.byHand
          number "div" div positives "The quotient; integers give floating point." |> Def.alias [ "divide"; "true_divide" ] |> Def.byHand
          Def.fn1 "neg" neg Domain.Reals "The negative of each element." |> Def.alias [ "negative" ] |> Def.byHand
          Def.fn1 "positive" positive Domain.Reals "The elements themselves." |> Def.functional |> Def.byHand
          number "floor_divide" floor_divide positives "The quotient rounded down; integers stay integers." |> Def.flat
          number "remainder" remainder positives "The remainder with the sign of the divisor."
          |> Def.numberFirst
          |> Def.backward "RemainderBackward1" "RemainderBackward0"
          number "fmod" fmod positives "The remainder with the sign of the dividend."
          |> Def.backward "FmodBackward1" "FmodBackward0"
          Def.fn1 "abs" abs Domain.Reals "The size of each element." |> Def.alias [ "absolute" ]
          Def.fn1 "sign" sign Domain.Reals "-1, 0 or 1, by the sign of each element."
          Def.fn1 "sgn" sgn Domain.Reals "The sign of each element; of complex numbers the direction, z / |z|."
          number "copysign" copysign Domain.Reals "The size of the first operand with the sign of the second."
          |> Def.backward "CopysignBackward0" "CopysignBackward1"
          two "hypot" hypot Domain.Reals "The length of the hypotenuse, without overflow."
          two "nextafter" nextafter Domain.Reals "The next floating-point number towards the second operand."
          two "heaviside" heaviside Domain.Reals "0 below zero, 1 above, the second operand at zero."
          |> Def.flat
          |> Def.named [ "input"; "values" ]
          Def.fn1 "reciprocal" reciprocal positives "One divided by each element."
          Def.fn1 "square" square Domain.Reals "The square of each element."
          |> Def.backward "PowBackward0" "PowBackward0"
          Def.fn1 "sqrt" sqrt positives "The square root of each element."
          Def.fn1 "rsqrt" rsqrt positives "One divided by the square root of each element."
          Def.fn1 "floor" floor Domain.Reals "The largest whole number that is not above each element."
          Def.fn1 "ceil" ceil Domain.Reals "The smallest whole number that is not below each element."
          Def.fn1 "trunc" trunc Domain.Reals "Each element without its fraction." |> Def.alias [ "fix" ]
          Def.fn1 "round" round Domain.Reals "The nearest whole number, ties to even." |> Def.byHand
          Def.sample "round.decimals" (fun x -> round_decimals x 1L) Domain.Reals "Rounded to a number of decimals."
          Def.fn1 "frac" frac Domain.Reals "The fraction of each element, with its sign."
          two "maximum" maximum Domain.Reals "The larger of both elements; NaN wins." |> Def.functional
          two "minimum" minimum Domain.Reals "The smaller of both elements; NaN wins." |> Def.functional
          two "fmax" fmax Domain.Reals "The larger of both elements; NaN yields." |> Def.functional
          two "fmin" fmin Domain.Reals "The smaller of both elements; NaN yields." |> Def.functional
          number "clamp_min" clamp_min Domain.Reals "Elements below the bound are raised to it."
          |> Def.named [ "input"; "min" ]
          |> Def.backward "ClampMinBackward1" "ClampMinBackward0"
          number "clamp_max" clamp_max Domain.Reals "Elements above the bound are lowered to it."
          |> Def.named [ "input"; "max" ]
          |> Def.backward "ClampMaxBackward1" "ClampMaxBackward0"
          Def.sample "clamp" (fun x -> clamp x (num -0.5) (num 0.7)) Domain.Reals "Elements brought between two bounds." |> Def.alias [ "clip" ]
          two "gcd" gcd Domain.Reals "The greatest common divisor." |> Def.flat
          two "lcm" lcm Domain.Reals "The least common multiple." |> Def.flat
          number "pow" pow positives "The first operand to the power of the second."
          |> Def.numberFirst
          |> Def.named [ "input"; "exponent" ]
          |> Def.backward "PowBackward1" "PowBackward0"
          number "float_power" float_power positives "The power, computed in float64 or complex128."
          |> Def.numberFirst
          |> Def.named [ "input"; "exponent" ]
          |> Def.backward "PowBackward1" "PowBackward0"
          two "ldexp" ldexp Domain.Reals "The first operand times two to the power of the second."
          |> Def.backward "MulBackward0" "MulBackward0"
          Def.sample "addcmul" (fun x -> addcmul x x (one -. x) (num 0.5)) Domain.Reals "x + value a b."
          Def.sample "addcdiv" (fun x -> addcdiv x (one -. x) x (num 0.5)) positives "x + value a / b."
          Def.sample "lerp" (fun x -> lerp x (one -. x) x) Domain.Reals "a + weight (b - a)."
          Def.sample
              "nan_to_num"
              (fun x -> nan_to_num x (System.Nullable()) (System.Nullable()) (System.Nullable()))
              Domain.Reals
              "Replaces NaN and infinities by numbers." ]
