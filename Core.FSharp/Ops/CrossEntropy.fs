/// Losses of classification: nll_loss and cross_entropy, with class indices or probabilities, weights, an index to ignore and label smoothing.
/// Phrases: the logarithm of the softmax is a kernel, what follows are gathers, choices and sums.
namespace Torch.Core.Ops

open System
open Torch.Core

[<RequireQualifiedAccess>]
module CrossEntropy =
    let private absent = Nullable<DType>()

    let private checkReduction (reduction: string) =
        match reduction with
        | "none"
        | "mean"
        | "sum" -> ()
        | other -> Fault.value $"{other} is not a valid value for reduction"

    let private sumAll (x: Expr) = Reductions.sum x null false absent

    let private checkWeight (weight: Expr) (classes: int64) =
        if not (Given.isNull weight) && (weight.Rank <> 1 || weight.Sizes[0] <> classes) then
            Fault.runtime
                $"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: {Shape.show weight.Sizes}"

    /// The parts of a loss by class indices. Input [N, C, d..] or [C], target [N, d..] or [].
    type private Parts =
        { /// The target with a harmless class where it is to be ignored.
          Safe: Expr
          Ignored: Expr
          /// The weight of each target's class, zero where ignored; null without weights.
          Weights: Expr }

    let private parts (input: Expr) (target: Expr) (weight: Expr) (ignore: int64) : Parts =
        let ignored = Compare.eq target (Expr.int ignore)
        let safe = Arithmetic.where ignored zero (Gather.whole target)

        let weights =
            if Given.isNull weight then
                null
            else
                let picked = Gather.pick_classes (Expr.cast input.DType weight) 0 (Expr.reshape [| safe.Count |] safe) |> Expr.reshape safe.Sizes
                Arithmetic.where ignored (Expr.fill [||] input.DType (Int 0L)) picked

        { Safe = safe
          Ignored = ignored
          Weights = weights }

    /// What a mean divides by: the sum of weights, or how many targets count.
    let private divisor (input: Expr) (p: Parts) : Expr =
        if Given.isNull p.Weights then
            Logic.logical_not p.Ignored |> Expr.cast DType.Int64 |> sumAll |> Expr.cast input.DType.Compute |> Expr.cast input.DType
        else
            sumAll p.Weights

    let private classDim (input: Expr) = if input.Rank = 1 then 0 else 1

    let private checkTarget (input: Expr) (target: Expr) =
        match target.DType with
        | DType.Int64
        | DType.UInt8 -> ()
        | d -> Fault.runtime $"expected target dtype to be Long or Byte, but got {d.ScalarName}"

        if input.Rank < 1 then
            Fault.value $"Expected 1 or more dimensions (got {input.Rank})"

        if input.Rank = 1 then
            if target.Rank > 1 || target.Count <> 1L then
                Fault.runtime $"size mismatch (got input: {Shape.show input.Sizes}, target: {Shape.show target.Sizes})"
        else
            if target.Rank = 0 || input.Sizes[0] <> target.Sizes[0] then
                let n = if target.Rank = 0 then 1L else target.Sizes[0]
                Fault.value $"Expected input batch_size ({input.Sizes[0]}) to match target batch_size ({n})."

            let expected = Array.removeAt 1 input.Sizes

            if target.Sizes <> expected then
                if input.Rank = 2 then
                    Fault.runtime "0D or 1D target tensor expected, multi-target not supported"
                else
                    Fault.runtime $"Expected target size {Shape.show expected}, got {Shape.show target.Sizes}"

    /// The negative of the input at each target, weighted, zero where ignored; and how a mean divides.
    let private negatives (input: Expr) (target: Expr) (weight: Expr) (ignore: int64) : Expr * Parts =
        let d = classDim input
        checkWeight weight input.Sizes[d]
        let target = if input.Rank = 1 then Expr.reshape [||] target else target
        let p = parts input target weight ignore
        let picked = Gather.pick_classes input d (Expr.unsqueeze d p.Safe) |> Expr.squeeze [| d |]
        let loss = neg picked
        let loss = if Given.isNull p.Weights then loss else loss *. p.Weights
        Arithmetic.where p.Ignored (Expr.fill [||] input.DType (Int 0L)) loss, p

    let private finish (reduction: string) (input: Expr) (loss: Expr) (p: Parts) =
        match reduction with
        | "none" -> loss
        | "sum" -> sumAll loss
        | _ -> sumAll loss /. divisor input p

    /// torch.nn.functional.nll_loss: input [N, C, d..] or [C] of logarithms of probabilities, target class indices. The weight may be null.
    let nll_loss (input: Expr) (target: Expr) (weight: Expr) (reduction: string) (ignoreIndex: int64) : Expr =
        checkReduction reduction
        checkTarget input target
        if not input.DType.IsFloat then Check.unsupported "nll_loss_out_frame" input.DType
        let loss, p = negatives input target weight ignoreIndex
        let loss = if input.Rank = 1 && target.Rank = 1 && reduction = "none" then Expr.reshape target.Sizes loss else loss
        finish reduction input loss p

    /// Class indices, smoothed.
    let private ofClasses (input: Expr) (target: Expr) (weight: Expr) (reduction: string) (ignore: int64) (smoothing: float) : Expr =
        checkTarget input target
        let logs = Softmax.log_softmax input (int64 (classDim input)) absent
        let loss, p = negatives logs target weight ignore

        if smoothing = 0.0 then
            finish reduction logs loss p
        else
            let d = classDim input
            let classes = input.Sizes[d]
            let perClass =
                if Given.isNull weight then
                    logs
                else
                    let shape = Array.init logs.Rank (fun k -> if k = d then classes else 1L)
                    logs *. Expr.reshape shape (Expr.cast logs.DType weight)

            let smooth = neg (Arithmetic.sumKeep [| d |] perClass |> Expr.squeeze [| d |])
            let smooth = Arithmetic.where p.Ignored (Expr.fill [||] logs.DType (Int 0L)) smooth
            let part (e: Expr) = finish reduction logs e p
            part loss *. num (1.0 - smoothing) +. part smooth *. num (smoothing / float classes)

    /// Probabilities of classes, smoothed.
    let private ofProbabilities (input: Expr) (target: Expr) (weight: Expr) (reduction: string) (smoothing: float) : Expr =
        let d = classDim input
        let classes = input.Sizes[d]
        checkWeight weight classes
        let logs = Softmax.log_softmax input (int64 d) absent
        let target = if smoothing > 0.0 then target *. num (1.0 - smoothing) +. num (smoothing / float classes) else target
        let product = logs *. target

        let weighted =
            if Given.isNull weight then
                product
            else
                product *. Expr.reshape (Array.init logs.Rank (fun k -> if k = d then classes else 1L)) (Expr.cast logs.DType weight)

        match reduction with
        | "none" -> neg (Arithmetic.sumKeep [| d |] weighted |> Expr.squeeze [| d |])
        | "sum" -> neg (sumAll weighted)
        | _ -> neg (sumAll weighted) /. num (float input.Count / float classes)

    /// torch.nn.functional.cross_entropy: input [N, C, d..] or [C] of logits; target class indices, or probabilities of the input's sizes.
    let cross_entropy (input: Expr) (target: Expr) (weight: Expr) (reduction: string) (ignoreIndex: int64) (labelSmoothing: float) : Expr =
        checkReduction reduction

        if labelSmoothing < 0.0 || labelSmoothing > 1.0 then
            Fault.runtime $"label_smoothing must be between 0.0 and 1.0. Got: {labelSmoothing}"

        if target.Sizes = input.Sizes && target.DType.IsFloat then
            ofProbabilities input target weight reduction labelSmoothing
        else
            ofClasses input target weight reduction ignoreIndex labelSmoothing

    let defs: OpDef list =
        let def name doc sample = Def.sample ("nn.functional." + name) sample Domain.Reals doc
        let matrix (x: Expr) = Expr.reshape [| x.Sizes[0]; -1L |] x
        let zeros (x: Expr) = Expr.fill [| x.Sizes[0] |] DType.Int64 (Int 0L)

        [ def "nll_loss" "The negative logarithm of the probability of each target." (fun x -> nll_loss (matrix x) (zeros x) null "mean" -100L)
          def "cross_entropy" "The same of logits." (fun x -> cross_entropy (matrix x) (zeros x) null "mean" -100L 0.0) ]
