/// Loss functions over elements, and the distances that losses are made of. `reduction` is "none", "mean" or "sum" (kl_div: "batchmean" too).
/// Those with a kernel of their own in PyTorch are words, so that half types round once; the others are phrases of PyTorch's own steps.
namespace Torch.Core.Ops

open System
open Torch.Core

[<RequireQualifiedAccess>]
module Losses =
    let private absent = Nullable<DType>()

    /// The reduction over all elements.
    let reduced (loss: Expr) (reduction: string) : Expr =
        match reduction with
        | "none" -> loss
        | "mean" -> Reductions.mean loss null false absent
        | "sum" -> Reductions.sum loss null false absent
        | other -> Fault.value $"{other} is not a valid value for reduction"

    let private torchSize (e: Expr) = $"torch.Size({Shape.show e.Sizes})"

    // ---- Distances of predictions from targets

    let mseWord =
        Word.program "mse" Promoted (L.ap1 Kernel.square (L.sub L.x L.y)) (fun args _ ->
            let slope = two *. (args[0] -. args[1])
            [| Scale slope; Scale(neg slope) |])

    /// (input - target)^2.
    let mse_loss (input: Expr) (target: Expr) (reduction: string) : Expr =
        let d = resultType [| input; target |]
        if isWhole d then Refuse.kernel "mse_cpu" d
        reduced (Expr.map mseWord [| input; target |]) reduction

    /// |input - target|.
    let l1_loss (input: Expr) (target: Expr) (reduction: string) : Expr =
        reduced (Numeric.abs (Numeric.sub input target)) reduction

    /// The derivative of a function of input - target, given by its factor.
    let private byDifference (slope: Expr -> Expr -> Expr) (args: Expr[]) (_: Expr) =
        let s = slope (args[0] -. args[1]) args[2]
        [| Scale s; Scale(neg s); Zero |]

    let private size = L.abs (L.sub L.x L.y)

    let private smoothL1Recipe =
        let lane = L.where (L.lt size L.z) (L.div (L.mul (L.mul (L.lit 0.5) size) size) L.z) (L.sub size (L.mul (L.lit 0.5) L.z))

        Recipe.make "smooth_l1" Promoted 3 lane (byDifference (fun x beta ->
            Arithmetic.where
                (Compare.le x (neg beta))
                (num -1.0)
                (Arithmetic.where (Compare.ge x beta) (num 1.0) (x /. beta))))

    /// Quadratic within beta of the target, linear outside.
    let smooth_l1_loss (input: Expr) (target: Expr) (reduction: string) (beta: float) : Expr =
        if beta < 0.0 then Fault.runtime "smooth_l1_loss does not support negative values for beta."

        if beta = 0.0 then
            l1_loss input target reduction
        else
            let d = resultType [| input; target |]
            Refuse.allButFloats "smooth_l1_cpu" d
            reduced (Recipe.apply smoothL1Recipe [| input; target; num beta |]) reduction

    let private huberRecipe =
        let lane =
            L.where
                (L.le size L.z)
                (L.mul (L.mul (L.lit 0.5) size) size)
                (L.mul L.z (L.sub size (L.mul (L.lit 0.5) L.z)))

        Recipe.make "huber" Promoted 3 lane (byDifference (fun x delta ->
            Arithmetic.where (Compare.lt x (neg delta)) (neg delta) (Arithmetic.where (Compare.gt x delta) delta x)))

    /// Quadratic within delta of the target, linear with slope delta outside.
    let huber_loss (input: Expr) (target: Expr) (reduction: string) (delta: float) : Expr =
        if delta <= 0.0 then Fault.runtime "huber_loss does not support non-positive values for delta."
        let d = resultType [| input; target |]
        Refuse.allButFloats "huber_cpu" d
        reduced (Recipe.apply huberRecipe [| input; target; num delta |]) reduction

    // ---- Probabilities

    let private weighted (weight: Expr) (loss: Expr) = if isNull weight then loss else loss *. weight

    /// Logarithms stop at -100: no loss is infinite.
    let private bceRecipe =
        let floored x = L.max x (L.lit -100.0)

        let lane =
            L.sub
                (L.mul (L.sub L.y (L.lit 1.0)) (floored (L.log1p (L.neg L.x))))
                (L.mul L.y (floored (L.log L.x)))

        Recipe.make "binary_cross_entropy" Promoted 2 lane (fun args _ ->
            let x, t = args[0], args[1]
            let spread = Numeric.clamp_min ((one -. x) *. x) (num 1e-12)
            let floored (e: Expr) = Numeric.clamp_min e (num -100.0)
            let byTarget = floored (Exponential.log1p (neg x)) -. floored (Exponential.log x)
            [| Scale((x -. t) /. spread); Scale byTarget |])

    /// -(t log x + (1 - t) log(1 - x)); the weight may be null.
    let binary_cross_entropy (input: Expr) (target: Expr) (weight: Expr) (reduction: string) : Expr =
        if input.Sizes <> target.Sizes then
            Fault.value
                $"Using a target size ({torchSize target}) that is different to the input size ({torchSize input}) is deprecated. Please ensure they have the same size."

        if not input.DType.IsFloat then Refuse.kernel "binary_cross_entropy" input.DType
        reduced (Recipe.apply bceRecipe [| input; target |] |> weighted weight) reduction

    let private bceWithLogitsRecipe =
        // (1 - t) x - log sigmoid(x)
        let logsigmoid = L.sub (L.min (L.lit 0.0) L.x) (L.log1p (L.exp (L.neg (L.abs L.x))))

        Recipe.make
            "binary_cross_entropy_with_logits"
            Promoted 2
            (L.sub (L.mul (L.sub (L.lit 1.0) L.y) L.x) logsigmoid)
            (fun args _ -> [| Scale(Exponential.sigmoid args[0] -. args[1]); Scale(neg args[0]) |])

    /// binary_cross_entropy of sigmoid(x), stable; weight and pos_weight (of the positive class) may be null.
    let binary_cross_entropy_with_logits (input: Expr) (target: Expr) (weight: Expr) (pos_weight: Expr) (reduction: string) : Expr =
        if input.Sizes <> target.Sizes then
            Fault.value $"Target size ({torchSize target}) must be the same as input size ({torchSize input})"

        Refuse.allButFloats "log_sigmoid_cpu" input.DType

        let loss =
            if isNull pos_weight then
                Recipe.apply bceWithLogitsRecipe [| input; target |]
            else
                let logWeight = (pos_weight -. one) *. target +. one
                (one -. target) *. input -. logWeight *. Activations.logsigmoid input

        reduced (weighted weight loss) reduction

    /// target (log target - input); the target may be given as its logarithm.
    let kl_div (input: Expr) (target: Expr) (reduction: string) (log_target: bool) : Expr =
        if not input.DType.IsDifferentiable || not target.DType.IsDifferentiable then
            Fault.runtime "kl_div: Integral inputs not supported."

        let loss =
            if log_target then
                Exponential.exp target *. (target -. input)
            else
                Exponential.xlogy target target -. target *. input

        if reduction = "batchmean" then
            let total = reduced loss "sum"
            if input.Rank = 0 then total else total /. Expr.int input.Sizes[0]
        else
            reduced loss reduction

    /// exp(input) - target input, or input - target log(input + eps); with `full` Stirling's term for large targets.
    let poisson_nll_loss (input: Expr) (target: Expr) (log_input: bool) (full: bool) (eps: float) (reduction: string) : Expr =
        let loss =
            if log_input then
                Exponential.exp input -. target *. input
            else
                input -. target *. Exponential.log (input +. num eps)

        let loss =
            if full then
                let stirling = target *. Exponential.log target -. target +. num 0.5 *. Exponential.log (num (2.0 * Math.PI) *. target)
                loss +. Arithmetic.where (Compare.le target one) (Expr.zerosLike stirling) stirling
            else
                loss

        reduced loss reduction

    /// A bound from below that the gradient does not notice.
    let private floorWord = Word.program "clamp_min" Promoted (L.max L.x L.y) (fun _ _ -> [| One; Zero |])

    /// (log var + (input - target)^2 / var) / 2; with `full` the constant too.
    let gaussian_nll_loss (input: Expr) (target: Expr) (var: Expr) (full: bool) (eps: float) (reduction: string) : Expr =
        let var =
            if var.Sizes = input.Sizes then
                var
            else
                let lead = Array.truncate (input.Rank - 1) input.Sizes

                if var.Sizes = lead then
                    Expr.unsqueeze var.Rank var
                elif var.Rank = input.Rank && Array.truncate (input.Rank - 1) var.Sizes = lead && var.Sizes[var.Rank - 1] = 1L then
                    var
                else
                    Fault.value "var is of incorrect size"

        match reduction with
        | "none"
        | "mean"
        | "sum" -> ()
        | other -> Fault.value $"{other} is not valid"

        if isWhole var.DType then
            Fault.runtime $"result type Float can't be cast to the desired output type {Refuse.cName var.DType}"

        let var = Expr.map floorWord [| var; num eps |]
        let loss = num 0.5 *. (Exponential.log var +. Numeric.square (input -. target) /. var)
        let loss = if full then loss +. num (0.5 * Math.Log(2.0 * Math.PI)) else loss
        reduced loss reduction

    // ---- Margins

    /// log(1 + exp(-target input)).
    let soft_margin_loss (input: Expr) (target: Expr) (reduction: string) : Expr =
        if isWhole (resultType [| input; target |]) then
            Fault.runtime $"result type Float can't be cast to the desired output type {input.DType.ScalarName}"

        reduced (Exponential.log1p (Exponential.exp (Numeric.neg input *. target))) reduction

    /// input where target is 1, max(0, margin - input) where it is -1.
    let hinge_embedding_loss (input: Expr) (target: Expr) (margin: float) (reduction: string) : Expr =
        if isBool input.DType then Numeric.sub input input |> ignore
        let far = Numeric.clamp_min (num margin -. input) zero
        let nought = Expr.zerosLike input

        let loss =
            Arithmetic.where (Compare.ne target one) far nought
            +. Arithmetic.where (Compare.ne target (Expr.int -1L)) input nought

        reduced loss reduction

    /// max(0, -target (a - b) + margin).
    let margin_ranking_loss (a: Expr) (b: Expr) (target: Expr) (margin: float) (reduction: string) : Expr =
        if a.Rank <> b.Rank || a.Rank <> target.Rank then
            Fault.runtime
                $"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: {torchSize a}, input2: {torchSize b}, target: {torchSize target} "

        let loss = neg target *. (a -. b) +. num margin
        if loss.DType.IsComplex then Fault.unsupported "clamp is not supported for complex types"
        reduced (Numeric.clamp_min loss zero) reduction

    let private sumOver (d: int64) (x: Expr) = Reductions.sum x [| d |] false absent

    /// 1 - cos(a, b) where target is 1, max(0, cos(a, b) - margin) where it is -1. Vectors lie along the last dimension.
    let cosine_embedding_loss (a: Expr) (b: Expr) (target: Expr) (margin: float) (reduction: string) : Expr =
        if not ((target.Rank = 1 && a.Rank = 2 && b.Rank = 2) || (target.Rank = 0 && a.Rank = 1 && b.Rank = 1)) then
            if target.Rank = 0 || target.Rank = 1 then
                let want = if target.Rank = 1 then "2D" else "1D"
                Fault.runtime $"{target.Rank}D target tensor expects {want} input tensors, but found inputs with sizes {Shape.show a.Sizes} and {Shape.show b.Sizes}."
            else
                Fault.runtime "0D or 1D target tensor expected, multi-target not supported"

        let epsilon = num 1e-12
        let d = int64 target.Rank
        let dot = sumOver d (a *. b)
        let size (x: Expr) = sumOver d (x *. x) +. epsilon
        let cosine = dot /. Numeric.sqrt (size a *. size b)
        if cosine.DType.IsComplex then Fault.unsupported "clamp is not supported for complex types"
        let nought = Expr.zerosLike cosine
        let near = Arithmetic.where (Compare.eq target one) (one -. cosine) nought
        let far = Arithmetic.where (Compare.eq target (Expr.int -1L)) (Numeric.clamp_min (cosine -. num margin) zero) nought
        reduced (near +. far) reduction

    /// The cosine of the angle between vectors along a dimension; norms are at least eps.
    let cosine_similarity (a: Expr) (b: Expr) (dim: int64) (eps: float) : Expr =
        let dtype = resultType [| a; b |]

        if not dtype.IsDifferentiable then
            Fault.runtime $"expected common dtype to be floating point, yet common dtype is {dtype.ScalarName}"

        let sizes = Shape.broadcast2 a.Sizes b.Sizes
        let a = Expr.expand sizes (Expr.cast dtype a)
        let b = Expr.expand sizes (Expr.cast dtype b)
        let unit (x: Expr) = x /. Expr.map floorWord [| Reductions.vector_norm x 2.0 [| dim |] true absent; num eps |]
        sumOver dim (unit a *. unit b)

    /// The p-norm of a - b + eps along the last dimension.
    let pairwise_distance (a: Expr) (b: Expr) (p: float) (eps: float) (keepdim: bool) : Expr =
        let difference = Numeric.sub a b
        let last = int64 (max 0 (difference.Rank - 1))
        Reductions.norm (difference +. num eps) p [| last |] keepdim absent

    /// max(0, |anchor - positive| - |anchor - negative| + margin); with `swap` the nearer of anchor and positive counts.
    let triplet_margin_loss
        (anchor: Expr)
        (positive: Expr)
        (negative: Expr)
        (margin: float)
        (p: float)
        (eps: float)
        (swap: bool)
        (reduction: string)
        : Expr =
        if margin <= 0.0 then
            Fault.value $"margin must be greater than 0, got {Refuse.show margin}"

        if anchor.Rank <> positive.Rank || anchor.Rank <> negative.Rank then
            Fault.runtime
                $"The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor {anchor.Rank}D, positive {positive.Rank}D, and negative {negative.Rank}D inputs"

        let near = pairwise_distance anchor positive p eps false
        let far = pairwise_distance anchor negative p eps false
        let far = if swap then Numeric.minimum far (pairwise_distance positive negative p eps false) else far
        reduced (Numeric.clamp_min (num margin +. near -. far) zero) reduction

    /// binary cross entropy of several labels with logits, averaged over the classes; the weight may be null.
    let multilabel_soft_margin_loss (input: Expr) (target: Expr) (weight: Expr) (reduction: string) : Expr =
        let loss =
            neg (target *. Activations.logsigmoid input +. (one -. target) *. Activations.logsigmoid (Numeric.neg input))

        let loss = weighted weight loss
        let last = int64 (input.Rank - 1)
        reduced (sumOver last loss /. Expr.int input.Sizes[input.Rank - 1]) reduction

    let private sample name f domain doc = Def.sample ("nn.functional." + name) f domain doc

    /// A target beside a sample: constant, of the sample's shape.
    let private target (x: Expr) = Expr.fill x.Sizes x.DType (Real 0.3)

    let private signs (x: Expr) = Numeric.sgn (x +. num 0.3)

    let private rows (x: Expr) = Expr.reshape [| -1L; x.Count |] x

    let defs: OpDef list =
        [ sample "mse_loss" (fun x -> mse_loss x (target x) "mean") Domain.Reals "The mean squared difference."
          sample "l1_loss" (fun x -> l1_loss x (target x) "mean") Domain.Reals "The mean absolute difference."
          sample "smooth_l1_loss" (fun x -> smooth_l1_loss x (target x) "mean" 0.5) Domain.Reals "Quadratic near the target, linear elsewhere."
          sample "huber_loss" (fun x -> huber_loss x (target x) "mean" 0.5) Domain.Reals "Quadratic within delta, linear outside."
          sample "binary_cross_entropy" (fun x -> binary_cross_entropy x (one -. x) null "mean") Domain.Probability "Of probabilities."
          sample
              "binary_cross_entropy_with_logits"
              (fun x -> binary_cross_entropy_with_logits x (target x) null (num 2.0) "mean")
              Domain.Reals
              "Of logits, stable."
          sample "kl_div" (fun x -> kl_div x (Exponential.sigmoid x) "batchmean" false) Domain.Reals "The Kullback-Leibler divergence."
          sample "poisson_nll_loss" (fun x -> poisson_nll_loss x (target x) true true 1e-8 "mean") Domain.Reals "Of counts."
          sample "gaussian_nll_loss" (fun x -> gaussian_nll_loss x (target x) (Exponential.exp x) true 1e-6 "mean") Domain.Reals "Of measurements."
          sample "soft_margin_loss" (fun x -> soft_margin_loss x (signs (target x)) "mean") Domain.Reals "Logistic loss of two classes."
          sample "hinge_embedding_loss" (fun x -> hinge_embedding_loss x (signs (target x)) 1.0 "mean") Domain.Reals "Of distances."
          sample "margin_ranking_loss" (fun x -> margin_ranking_loss x (target x) (signs (target x)) 0.1 "mean") Domain.Reals "Of rankings."
          sample
              "cosine_embedding_loss"
              (fun x -> cosine_embedding_loss (rows x) (rows (target x)) (Expr.fill [| 1L |] x.DType (Int 1L)) 0.0 "mean")
              Domain.Reals
              "Of the angle between vectors."
          sample "cosine_similarity" (fun x -> cosine_similarity x (target x) 0L 1e-8) Domain.Reals "The cosine of the angle between vectors."
          sample "pairwise_distance" (fun x -> pairwise_distance x (target x) 2.0 1e-6 false) Domain.Reals "The norm of differences."
          sample
              "triplet_margin_loss"
              (fun x -> triplet_margin_loss x (target x) (neg (target x)) 1.0 2.0 1e-6 false "mean")
              Domain.Reals
              "Of an anchor, a positive and a negative."
          sample
              "multilabel_soft_margin_loss"
              (fun x -> multilabel_soft_margin_loss (rows x) (rows (target x)) null "mean")
              Domain.Reals
              "Of several labels." ]
