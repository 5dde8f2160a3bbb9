/// Activation functions. Each is one kernel in PyTorch and one word here: half types round once. Parameters are operands, so that they stay out of plan keys.
/// Derivatives at kinks are PyTorch's: relu and threshold pass NaN, hardtanh is flat at its bounds, shrinks are flat at theirs.
namespace Torch.Core.Ops

open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Activations =
    /// The change passes by a function of itself, linear in it.
    let private pass (f: Expr -> Expr) = Linear(f, f)

    /// Nothing passes where the condition holds.
    let private stopped (condition: Expr) =
        pass (fun g -> Arithmetic.where condition (Expr.zerosLike g) g)

    /// A number in the dtype of a tensor: parameters do not promote.
    let private like (x: Expr) (r: float) = Expr.cast x.DType (num r)

    // ---- Piecewise linear

    let reluWord =
        Word.program "relu" Promoted (L.ap1 Kernel.relu L.x) (fun _ y -> [| stopped (Compare.le y zero) |])

    /// max(x, 0).
    let relu (x: Expr) : Expr =
        if isBool x.DType then Fault.runtime "Boolean inputs not supported for relu"
        if x.DType.IsComplex then Fault.unsupported "clamp is not supported for complex types"
        Expr.map reluWord [| x |]

    let hardtanhWord =
        Word.program "hardtanh" Promoted (L.min (L.max L.x L.y) L.z) (fun args _ ->
            [| stopped (Logic.logical_or (Compare.le args[0] args[1]) (Compare.ge args[0] args[2])); Zero; Zero |])

    /// x brought into [min_val, max_val].
    let hardtanh (x: Expr) (min_val: float) (max_val: float) : Expr =
        if min_val > max_val then Fault.value "min_val cannot be greater than max_val"
        if isBool x.DType then Fault.runtime "Bool inputs not supported for hardtanh"
        if x.DType.IsComplex then Fault.unsupported "clamp is not supported for complex types"

        if x.DType = DType.UInt8 && min_val < 0.0 then
            Fault.runtime "cannot do hardtanh on an unsigned type with negative limits"

        Expr.map hardtanhWord [| x; like x min_val; like x max_val |]

    let relu6 (x: Expr) : Expr = hardtanh x 0.0 6.0

    let private leakyReluRecipe =
        Recipe.make "leaky_relu" Promoted 2 (L.where (L.gt L.x (L.lit 0.0)) L.x (L.mul L.x L.y)) (fun args _ ->
            let x, slope = args[0], args[1]
            [| pass (fun g -> Arithmetic.where (Compare.gt x zero) g (g *. slope)); Zero |])

    let leaky_relu (x: Expr) (negative_slope: float) : Expr =
        Refuse.allButFloats "leaky_relu_cpu" x.DType
        Recipe.apply leakyReluRecipe [| x; num negative_slope |]

    /// rrelu outside of training: the slope is the middle of its range.
    let rrelu_eval (x: Expr) (lower: float) (upper: float) : Expr =
        if lower > upper then Fault.runtime "Lower bound should be less than or equal to the upper bound"
        leaky_relu x ((lower + upper) / 2.0)

    let private preluRecipe =
        Recipe.make "prelu" Promoted 2 (L.where (L.gt L.x (L.lit 0.0)) L.x (L.mul L.y L.x)) (fun args _ ->
            let x, w = args[0], args[1]
            let above = Compare.gt x zero

            [| pass (fun g -> Arithmetic.where above g (w *. g))
               pass (fun g -> Arithmetic.where above (Expr.zerosLike g) (x *. g)) |])

    /// A learned slope below zero: one for all, or one for each channel (dimension 1).
    let prelu (x: Expr) (weight: Expr) : Expr =
        Refuse.allButFloats "prelu_cpu" x.DType

        if weight.Rank > 1 then
            Fault.runtime $"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.Rank}"

        if weight.Count <> 1L then
            if x.Rank = 0 then Fault.runtime "Not allow zero-dim input tensor."
            let channels = if x.Rank > 1 then x.Sizes[1] else 1L

            if channels <> weight.Count then
                Fault.runtime
                    $"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.Count} and channel size = {channels}."

        if x.DType <> weight.DType then
            Fault.runtime $"prelu: Type promoting not supported. Got {Refuse.cName x.DType} and {Refuse.cName weight.DType}"

        let slope =
            if x.Rank < 2 then
                Expr.reshape (Array.create x.Rank 1L) weight
            else
                Expr.reshape (Array.init x.Rank (fun d -> if d = 1 then weight.Count else 1L)) weight

        Recipe.apply preluRecipe [| x; slope |]

    let thresholdWord =
        Word.program "threshold" Promoted (L.where (L.le L.x L.y) L.z L.x) (fun args _ ->
            [| stopped (Compare.le args[0] args[1]); Zero; Zero |])

    /// The value wherever x is not above the threshold.
    let threshold (x: Expr) (threshold: float) (value: float) : Expr =
        Refuse.bools "threshold_cpu" x.DType
        Refuse.complexes "threshold_cpu" x.DType
        Expr.map thresholdWord [| x; like x threshold; like x value |]

    let private sixth = 1.0 / 6.0
    let private gate = L.min (L.max (L.add L.x (L.lit 3.0)) (L.lit 0.0)) (L.lit 6.0)

    let private hardsigmoidRecipe =
        Recipe.make "hardsigmoid" Promoted 1 (L.div gate (L.lit 6.0)) (fun args _ ->
            let x = args[0]
            let inside = Logic.logical_and (Compare.gt x (num -3.0)) (Compare.lt x (num 3.0))
            [| pass (fun g -> Arithmetic.where inside (g *. num sixth) (Expr.zerosLike g)) |])

    /// relu6(x + 3) / 6.
    let hardsigmoid (x: Expr) : Expr =
        Refuse.allButFloats "hardsigmoid_cpu" x.DType
        Recipe.apply hardsigmoidRecipe [| x |]

    let private hardswishRecipe =
        Recipe.make "hardswish" Promoted 1 (L.div (L.mul L.x gate) (L.lit 6.0)) (fun args _ ->
            let x = args[0]

            [| pass (fun g ->
                   Arithmetic.where
                       (Compare.le x (num -3.0))
                       (Expr.zerosLike g)
                       (Arithmetic.where (Compare.lt x (num 3.0)) (g *. (x /. num 3.0 +. num 0.5)) g)) |])

    /// x relu6(x + 3) / 6.
    let hardswish (x: Expr) : Expr =
        Refuse.allButFloats "hardswish_cpu" x.DType
        Recipe.apply hardswishRecipe [| x |]

    let private within = L.both (L.ge L.x (L.neg L.y)) (L.le L.x L.y)

    let private shrinkPartials (args: Expr[]) (_: Expr) =
        let x, lambda = args[0], args[1]
        [| stopped (Logic.logical_and (Compare.ge x (neg lambda)) (Compare.le x lambda)); Zero |]

    let private hardshrinkRecipe = Recipe.make "hardshrink" Promoted 2 (L.where within (L.lit 0.0) L.x) shrinkPartials

    /// 0 in [-lambd, lambd], x elsewhere.
    let hardshrink (x: Expr) (lambd: float) : Expr =
        Refuse.allButFloats "hardshrink_cpu" x.DType
        Recipe.apply hardshrinkRecipe [| x; num lambd |]

    let private softshrinkRecipe =
        let lane =
            L.where
                (L.gt L.x L.y)
                (L.sub L.x L.y)
                // x 0 rather than 0: NaN passes.
                (L.where (L.lt L.x (L.neg L.y)) (L.add L.x L.y) (L.mul L.x (L.lit 0.0)))

        Recipe.make "softshrink" Promoted 2 lane shrinkPartials

    /// x moved towards 0 by lambd, 0 in [-lambd, lambd].
    let softshrink (x: Expr) (lambd: float) : Expr =
        Refuse.allButFloats "softshrink_check" x.DType
        if not (lambd >= 0.0) then Fault.runtime $"lambda must be greater or equal to 0, but found to be {Refuse.show lambd}."
        Recipe.apply softshrinkRecipe [| x; num lambd |]

    // ---- Exponential

    let private eluRecipe =
        // Operands: x, alpha scale, scale, input_scale.
        let lane = L.where (L.le L.x (L.lit 0.0)) (L.mul (L.expm1 (L.mul L.x L.w)) L.y) (L.mul L.x L.z)

        Recipe.make "elu" Promoted 4 lane (fun args _ ->
            let x, below, above, inner = args[0], args[1], args[2], args[3]
            let slope = inner *. below *. Exponential.exp (x *. inner)
            [| pass (fun g -> Arithmetic.where (Compare.le x zero) (g *. slope) (g *. above)); Zero; Zero; Zero |])

    let private eluOf (x: Expr) (alpha: float) (scale: float) (input_scale: float) =
        Refuse.allButFloats "elu_cpu" x.DType
        Recipe.apply eluRecipe [| x; num (alpha * scale); num scale; num input_scale |]

    /// x above zero, alpha (exp(x) - 1) below.
    let elu (x: Expr) (alpha: float) : Expr = eluOf x alpha 1.0 1.0

    /// scale * elu(x, alpha), the constants of self-normalising networks.
    let selu (x: Expr) : Expr =
        eluOf x 1.6732632423543772848170429916717 1.0507009873554804934193349852946 1.0

    /// max(0, x) + min(0, alpha (exp(x / alpha) - 1)).
    let celu (x: Expr) (alpha: float) : Expr =
        if alpha = 0.0 then Fault.runtime "ZeroDivisionError: alpha cannot be 0 for CELU"
        eluOf x alpha 1.0 (1.0 / alpha)

    let private rootHalf = System.Math.Sqrt 0.5
    let private erfWord = Word.unary "erf" PromotedToFloat Kernel.erf (fun x _ -> Scale(num (2.0 / System.Math.Sqrt System.Math.PI) *. Exponential.exp (neg (Numeric.square x))))

    /// The distribution function of the normal distribution, plus x times its density.
    let geluErfWord =
        Word.unary "gelu" Promoted Kernel.gelu_erf (fun x _ ->
            let cdf = num 0.5 *. (one +. Expr.map erfWord [| x *. num rootHalf |])
            let pdf = Exponential.exp (num -0.5 *. Numeric.square x) *. num (1.0 / System.Math.Sqrt(2.0 * System.Math.PI))
            Scale(cdf +. x *. pdf))

    let geluTanhWord =
        Word.unary "gelu" Promoted Kernel.gelu_tanh (fun x _ ->
            let beta = System.Math.Sqrt(2.0 / System.Math.PI)
            let kappa = 0.044715
            let x2 = Numeric.square x
            let t = Trigonometric.tanh (num beta *. (x +. num kappa *. x2 *. x))
            let left = num 0.5 *. (one +. t)
            let inner = num beta *. (one +. num (3.0 * kappa) *. x2)
            Scale(left +. num 0.5 *. x *. (one -. Numeric.square t) *. inner))

    /// x Phi(x), exactly (approximate "none") or by tanh.
    let gelu (x: Expr) (approximate: string) : Expr =
        Refuse.allButFloats "GeluKernelImpl" x.DType

        match approximate with
        | "none" -> Expr.map geluErfWord [| x |]
        | "tanh" -> Expr.map geluTanhWord [| x |]
        | _ -> Fault.runtime "approximate argument must be either none or tanh."

    let siluWord =
        Word.unary "silu" Promoted Kernel.silu (fun x _ ->
            let s = Exponential.sigmoid x
            Scale(s *. (one +. x *. (one -. s))))

    /// x sigmoid(x).
    let silu (x: Expr) : Expr =
        if isWhole x.DType then Refuse.kernel "silu_cpu" x.DType
        Expr.map siluWord [| x |]

    let mishWord =
        Word.program "mish" Promoted (L.mul L.x (L.tanh (L.log1p (L.exp L.x)))) (fun args _ ->
            let x = args[0]
            let t = Trigonometric.tanh (Exponential.log1p (Exponential.exp x))
            [| Scale(t +. x *. Exponential.sigmoid x *. (one -. Numeric.square t)) |])

    /// x tanh(log(1 + exp(x))).
    let mish (x: Expr) : Expr =
        Refuse.allButFloats "mish_cpu" x.DType
        Expr.map mishWord [| x |]

    let softplusWord =
        // Operands: x, beta, threshold.
        let scaled = L.mul L.x L.y

        Word.program "softplus" Promoted (L.where (L.gt scaled L.z) L.x (L.div (L.log1p (L.exp scaled)) L.y)) (fun args _ ->
            let x, beta, threshold = args[0], args[1], args[2]
            let scaled = x *. beta
            let slope = Exponential.sigmoid scaled
            [| pass (fun g -> Arithmetic.where (Compare.gt scaled threshold) g (g *. slope)); Zero; Zero |])

    /// log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold.
    let softplus (x: Expr) (beta: float) (threshold: float) : Expr =
        Refuse.allButFloats "softplus_cpu" x.DType
        Expr.map softplusWord [| x; num beta; num threshold |]

    let private logsigmoidRecipe =
        let lane = L.sub (L.min (L.lit 0.0) L.x) (L.log1p (L.exp (L.neg (L.abs L.x))))
        Recipe.make "log_sigmoid" Promoted 1 lane (fun args _ -> [| Scale(Exponential.sigmoid (neg args[0])) |])

    /// log(sigmoid(x)).
    let logsigmoid (x: Expr) : Expr =
        Refuse.allButFloats "log_sigmoid_cpu" x.DType
        Recipe.apply logsigmoidRecipe [| x |]

    // ---- Phrases

    /// x / (1 + |x|).
    let softsign (x: Expr) : Expr = x /. (Numeric.abs x +. one)

    /// x - tanh(x).
    let tanhshrink (x: Expr) : Expr = Numeric.sub x (Trigonometric.tanh x)

    /// The first half of a dimension times the sigmoid of its second half.
    let glu (x: Expr) (dim: int64) : Expr =
        if x.Rank = 0 then Fault.runtime "glu does not support 0-dimensional tensors"
        Refuse.allButFloats "glu_cpu" x.DType
        let d = Shape.dim x.Rank dim
        let n = x.Sizes[d]

        if n % 2L <> 0L then
            Fault.runtime $"Halving dimension must be even, but dimension {d} is size {n}"

        Expr.narrow d 0L (n / 2L) x *. Exponential.sigmoid (Expr.narrow d (n / 2L) (n / 2L) x)

    let private fn name f doc = Def.fn1 name f Domain.Reals doc
    let private sample name f doc = Def.sample ("nn.functional." + name) f Domain.Reals doc

    let defs: OpDef list =
        [ fn "relu" relu "max(x, 0)." |> Def.alias [ "nn.functional.relu" ]
          fn "nn.functional.relu6" relu6 "min(max(x, 0), 6)." |> Def.backward "HardtanhBackward0" "HardtanhBackward0"
          sample "hardtanh" (fun x -> hardtanh x -1.0 1.0) "x brought into [min_val, max_val]."
          sample "leaky_relu" (fun x -> leaky_relu x 0.01) "x above zero, negative_slope x below."
          sample "rrelu" (fun x -> rrelu_eval x 0.125 0.375) "A leaky relu with a random slope in training."
          sample "prelu" (fun x -> prelu x (Expr.fill [| 1L |] x.DType (Real 0.25))) "A learned slope below zero."
          sample "threshold" (fun x -> threshold x 0.1 20.0) "The value wherever x is not above the threshold."
          fn "nn.functional.hardsigmoid" hardsigmoid "relu6(x + 3) / 6."
          fn "nn.functional.hardswish" hardswish "x relu6(x + 3) / 6."
          sample "hardshrink" (fun x -> hardshrink x 0.5) "0 in [-lambd, lambd], x elsewhere."
          sample "softshrink" (fun x -> softshrink x 0.5) "x moved towards 0 by lambd."
          sample "elu" (fun x -> elu x 1.0) "x above zero, alpha (exp(x) - 1) below."
          fn "selu" selu "The self-normalising elu." |> Def.backward "EluBackward0" "EluBackward0" |> Def.alias [ "nn.functional.selu" ]
          sample "celu" (fun x -> celu x 1.5) "max(0, x) + min(0, alpha (exp(x / alpha) - 1))."
          sample "gelu" (fun x -> gelu x "none") "x times the normal distribution function of x."
          sample "gelu.tanh" (fun x -> gelu x "tanh") "gelu, approximated by tanh."
          fn "nn.functional.silu" silu "x sigmoid(x)."
          fn "nn.functional.mish" mish "x tanh(softplus(x))."
          sample "softplus" (fun x -> softplus x 1.0 20.0) "log(1 + exp(beta x)) / beta."
          fn "nn.functional.logsigmoid" logsigmoid "log(sigmoid(x))."
          |> Def.functional
          |> Def.backward "LogSigmoidBackward0" "LogSigmoidBackward0"
          fn "nn.functional.softsign" softsign "x / (1 + |x|)."
          |> Def.functional
          |> Def.backward "DivBackward0" "DivBackward0"
          fn "nn.functional.tanhshrink" tanhshrink "x - tanh(x)."
          |> Def.functional
          |> Def.backward "SubBackward0" "SubBackward0"
          sample "glu" (fun x -> glu (Expr.expand [| 2L; x.Count |] (Expr.reshape [| 1L; x.Count |] x)) 0L) "A gated linear unit." ]
