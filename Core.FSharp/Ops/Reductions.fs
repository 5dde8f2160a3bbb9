/// Reductions: one value for each group of elements along dimensions. Absent dimensions (null or none) mean all. Half types accumulate in float32 and
/// round once, at the end. Derivatives are PyTorch's: extrema share the gradient evenly among ties, a product's gradient is exact at zeros,
/// norms have the subgradient 0 at 0.
namespace Torch.Core.Ops

open System
open Torch.Core

[<RequireQualifiedAccess>]
module Reductions =
    // ---- Dimensions

    let private finish (keepdim: bool) (dims: int[]) (y: Expr) =
        if keepdim || y.Rank = 0 then y else Expr.squeeze dims y

    let private groupSize (dims: int[]) (x: Expr) =
        dims |> Array.fold (fun n d -> n * x.Sizes[d]) 1L

    /// Applies a function that keeps reduced dimensions, in the wide type of the operand.
    let private wide (f: Expr -> Expr) (x: Expr) =
        let y = f (Expr.cast x.DType.Compute x)
        // Real results of complex operands keep their real type.
        if y.DType = x.DType.Compute then Expr.cast x.DType y else Expr.cast x.DType.Real y

    // ---- Sum, mean, product

    /// The dtype in which sums and products are made: as asked, else integers and bool become Int64.
    let private sumType (dtype: Nullable<DType>) (x: Expr) =
        if dtype.HasValue then dtype.Value
        elif isWhole x.DType then DType.Int64
        else x.DType

    let sum (x: Expr) (dims: int64[]) (keepdim: bool) (dtype: Nullable<DType>) : Expr =
        let ds = Shape.dims x.Rank dims
        Expr.cast (sumType dtype x) x |> Arithmetic.sumKeep ds |> finish keepdim ds

    /// The sum without NaNs.
    let nansum (x: Expr) (dims: int64[]) (keepdim: bool) (dtype: Nullable<DType>) : Expr =
        if x.DType.IsComplex then Fault.runtime "nansum on CPU does not support complex inputs"
        let numbers = if isWhole x.DType then x else Arithmetic.where (Compare.isnan x) (Expr.zerosLike x) x
        sum numbers dims keepdim dtype

    let private meanType (dtype: Nullable<DType>) (x: Expr) =
        let d = if dtype.HasValue then dtype.Value else x.DType

        if not d.IsDifferentiable then
            let what = if dtype.HasValue then "Optional" else "Input"

            Fault.runtime
                $"mean(): could not infer output dtype. {what} dtype must be either a floating point or complex dtype. Got: {d.ScalarName}"

        d

    /// The mean over dimensions that stay, of a wide operand.
    let private meanKeep (ds: int[]) (x: Expr) =
        Arithmetic.sumKeep ds x /. Expr.int (groupSize ds x)

    let mean (x: Expr) (dims: int64[]) (keepdim: bool) (dtype: Nullable<DType>) : Expr =
        let ds = Shape.dims x.Rank dims
        Expr.cast (meanType dtype x) x |> wide (meanKeep ds) |> finish keepdim ds

    /// The mean without NaNs.
    let nanmean (x: Expr) (dims: int64[]) (keepdim: bool) (dtype: Nullable<DType>) : Expr =
        if isWhole x.DType then
            Fault.runtime $"nanmean(): expected input to have floating point or complex dtype but got {x.DType.ScalarName}"

        let count = sum (Logic.logical_not (Compare.isnan x)) dims keepdim (Nullable())
        nansum x dims keepdim dtype /. count

    /// Products of all elements before (or after) each along the last dimension: log2(n) steps, each doubles the reach.
    let private exclusive (x: Expr) : Expr =
        let n = x.Sizes[x.Rank - 1]
        let last = x.Rank - 1
        let flat = Shape.contiguous x.Sizes

        /// Elements moved back by k; ones come in at the front.
        let shift (k: int64) (e: Expr) =
            Expr.write (Expr.onesLike x) { Offset = k * flat[last]; Strides = flat } (Expr.narrow last 0L (n - k) e)

        let rec scan (reach: int64) (e: Expr) =
            if reach >= n then e else scan (2L * reach) (e *. shift reach e)

        scan 1L (shift 1L x)

    /// For each element the product of the others in its group; exact where elements are zero, and in all higher derivatives.
    let private productOfOthers (ds: int[]) (x: Expr) : Expr =
        let kept = [| 0 .. x.Rank - 1 |] |> Array.filter (fun d -> not (Array.contains d ds))
        let order = Array.append kept ds
        let moved = Expr.permute order x
        let rows = Expr.reshape [| -1L; groupSize ds x |] moved
        let others = exclusive rows *. Expr.flip [| 1 |] (exclusive (Expr.flip [| 1 |] rows))
        let inverse = Array.zeroCreate x.Rank
        order |> Array.iteri (fun i d -> inverse[d] <- i)
        others |> Expr.reshape moved.Sizes |> Expr.permute inverse

    let private othersTimes (x: Expr) (ds: int[]) (g: Expr) (conjugate: bool) =
        if x.Count = 0L then
            Expr.zerosLike x
        else
            let others = productOfOthers ds x
            g *. (if conjugate then Arithmetic.conj others else others)

    let prodReduction: Reduction =
        { Name = "prod"
          Combine = Kernel.mul
          Identity = fun d -> if d.IsDifferentiable then Real 1.0 else Int 1L
          Vjp = fun x _ ds g -> othersTimes x ds g true
          Jvp = fun x _ ds t -> Arithmetic.sumKeep ds (othersTimes x ds t false) }

    let prod (x: Expr) (dims: int64[]) (keepdim: bool) (dtype: Nullable<DType>) : Expr =
        let ds = Shape.dims x.Rank dims
        Expr.cast (sumType dtype x) x |> wide (Expr.reduce prodReduction ds) |> finish keepdim ds

    // ---- Extrema

    /// The smallest and the largest number of a dtype.
    let private bounds (d: DType) : struct (Literal * Literal) =
        match d with
        | DType.Bool -> struct (Int 0L, Int 1L)
        | DType.UInt8 -> struct (Int 0L, Int(int64 Byte.MaxValue))
        | DType.Int8 -> struct (Int(int64 SByte.MinValue), Int(int64 SByte.MaxValue))
        | DType.Int16 -> struct (Int(int64 Int16.MinValue), Int(int64 Int16.MaxValue))
        | DType.Int32 -> struct (Int(int64 Int32.MinValue), Int(int64 Int32.MaxValue))
        | DType.Int64 -> struct (Int Int64.MinValue, Int Int64.MaxValue)
        | _ -> struct (Real -infinity, Real infinity)

    /// Which elements have their group's extreme value.
    let private isExtreme (x: Expr) (y: Expr) = Compare.eq x y

    let rec private extremum name combine identity : Reduction =
        { Name = name
          Combine = combine
          Identity = identity
          Vjp =
            fun x y ds g ->
                let ties = Expr.cast x.DType (isExtreme x y)
                ties *. g /. Arithmetic.sumKeep ds ties
          Jvp =
            fun x y ds t ->
                let ties = Expr.cast x.DType (isExtreme x y)
                Arithmetic.sumKeep ds (ties *. t) /. Arithmetic.sumKeep ds ties }

    let amaxReduction =
        extremum "amax" Kernel.maximum (fun d -> let struct (low, _) = bounds d in low)

    let aminReduction =
        extremum "amin" Kernel.minimum (fun d -> let struct (_, high) = bounds d in high)

    let private extreme (name: string) (kernel: string) (reduction: Reduction) (x: Expr) (dims: int64[]) (keepdim: bool) =
        if x.DType.IsComplex then Refuse.kernel kernel x.DType
        let ds = Shape.dims x.Rank dims

        if x.Count = 0L then
            if isNull dims || dims.Length = 0 then
                Fault.index
                    $"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."

            for d in ds do
                if x.Sizes[d] = 0L then
                    Fault.index $"{name}(): Expected reduction dim {d} to have non-zero size."

        wide (Expr.reduce reduction ds) x |> finish keepdim ds

    /// The largest element; the gradient is shared evenly among ties.
    let amax (x: Expr) (dims: int64[]) (keepdim: bool) : Expr =
        extreme "amax" "max_values_cpu" amaxReduction x dims keepdim

    let amin (x: Expr) (dims: int64[]) (keepdim: bool) : Expr =
        extreme "amin" "min_values_cpu" aminReduction x dims keepdim

    /// Both extremes over one dimension, or over all where it is absent: (amin, amax).
    let aminmax (x: Expr) (dim: Nullable<int64>) (keepdim: bool) : Expr[] =
        if x.DType.IsComplex then Refuse.kernel "aminmax_cpu" x.DType

        if x.Count = 0L then
            if not dim.HasValue then
                Fault.runtime "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."

            let d = Shape.dim x.Rank dim.Value

            if x.Sizes[d] = 0L then
                Fault.index $"aminmax: Expected reduction dim {d} to have non-zero size."

        let dims = if dim.HasValue then [| dim.Value |] else null
        [| amin x dims keepdim; amax x dims keepdim |]

    /// The extreme of all elements. Where it is NaN, the NaNs share the gradient.
    let private overall name combine identity : Reduction =
        let ties (x: Expr) (y: Expr) =
            Logic.logical_or (isExtreme x y) (Logic.logical_and (Compare.isnan x) (Compare.isnan y)) |> Expr.cast x.DType

        { Name = name
          Combine = combine
          Identity = identity
          Vjp =
            fun x y ds g ->
                let ties = ties x y
                ties *. (g /. Arithmetic.sumKeep ds ties)
          Jvp =
            fun x y ds t ->
                let ties = ties x y
                Arithmetic.sumKeep ds (ties *. t) /. Arithmetic.sumKeep ds ties }

    let private maxReduction = overall "max" Kernel.maximum amaxReduction.Identity
    let private minReduction = overall "min" Kernel.minimum aminReduction.Identity

    let private overAll (name: string) (reduction: Reduction) (x: Expr) =
        if x.DType.IsComplex then Refuse.kernel (name + "_all") x.DType

        if x.Count = 0L then
            Fault.runtime
                $"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."

        let ds = [| 0 .. x.Rank - 1 |]
        wide (Expr.reduce reduction ds) x |> finish false ds

    /// The largest of all elements.
    let max (x: Expr) : Expr = overAll "max" maxReduction x
    let min (x: Expr) : Expr = overAll "min" minReduction x

    // ---- Truth

    let private truth name combine (identity: int64) : Reduction =
        { Name = name
          Combine = combine
          Identity = fun _ -> Int identity
          Vjp = fun x _ _ _ -> Expr.zerosLike x
          Jvp = fun _ y _ _ -> Expr.zerosLike y }

    let anyReduction = truth "any" Kernel.logical_or 0L
    let allReduction = truth "all" Kernel.logical_and 1L

    let private test (reduction: Reduction) (x: Expr) (dims: int64[]) (keepdim: bool) =
        let ds = Shape.dims x.Rank dims
        let y = Expr.cast DType.Bool x |> Expr.reduce reduction ds |> finish keepdim ds
        // UInt8 was PyTorch's bool once, and is answered in kind.
        if x.DType = DType.UInt8 then Expr.cast DType.UInt8 y else y

    /// Whether an element is nonzero.
    let any (x: Expr) (dims: int64[]) (keepdim: bool) : Expr = test anyReduction x dims keepdim

    /// Whether all elements are nonzero.
    let all (x: Expr) (dims: int64[]) (keepdim: bool) : Expr = test allReduction x dims keepdim

    let count_nonzero (x: Expr) (dims: int64[]) : Expr =
        sum (Compare.ne x zero) dims false (Nullable())

    // ---- Variance

    /// Squared size of each number, real.
    let private squared (x: Expr) =
        if x.DType.IsComplex then
            Numeric.square (Arithmetic.real x) +. Numeric.square (Arithmetic.imag x)
        else
            Numeric.square x

    /// Mean and variance over kept dimensions, of a wide operand: the mean first, then the squares of what is left.
    let private momentsKeep (ds: int[]) (correction: float) (x: Expr) =
        let mean = meanKeep ds x
        let freedom = Math.Max(0.0, float (groupSize ds x) - correction)
        struct (mean, Arithmetic.sumKeep ds (squared (x -. mean)) /. num freedom)

    /// The root of a variance or a sum of squares: its gradient is 0 where it is 0.
    let private rootWord =
        Word.program "sqrt" Promoted (L.ap1 Kernel.sqrt L.x) (fun _ y ->
            let slope = Arithmetic.where (Compare.eq y zero) (Expr.zerosLike y) (num 0.5 /. y)
            [| Scale slope |])

    let private root (x: Expr) = Expr.map rootWord [| x |]

    let private checkMoments (name: string) (x: Expr) =
        if not x.DType.IsDifferentiable then
            Fault.runtime $"{name} only support floating point and complex dtypes"

    let private variance (x: Expr) (dims: int64[]) (correction: float) (keepdim: bool) (finally': Expr -> Expr) =
        let ds = Shape.dims x.Rank dims

        x
        |> wide (fun x ->
            let struct (_, v) = momentsKeep ds correction x
            finally' v)
        |> finish keepdim ds

    /// The variance: squares of the deviations over n - correction.
    let var (x: Expr) (dims: int64[]) (correction: float) (keepdim: bool) : Expr =
        checkMoments "std and var" x
        variance x dims correction keepdim id

    /// The standard deviation.
    let std (x: Expr) (dims: int64[]) (correction: float) (keepdim: bool) : Expr =
        checkMoments "std and var" x
        variance x dims correction keepdim root

    let private withMean (x: Expr) (dims: int64[]) (correction: float) (keepdim: bool) (finally': Expr -> Expr) =
        let ds = Shape.dims x.Rank dims
        let struct (m, v) = momentsKeep ds correction (Expr.cast x.DType.Compute x)

        [| finally' v |> Expr.cast x.DType.Real |> finish keepdim ds
           m |> Expr.cast x.DType |> finish keepdim ds |]

    /// Variance and mean.
    let var_mean (x: Expr) (dims: int64[]) (correction: float) (keepdim: bool) : Expr[] =
        checkMoments "var_mean" x
        withMean x dims correction keepdim id

    /// Standard deviation and mean.
    let std_mean (x: Expr) (dims: int64[]) (correction: float) (keepdim: bool) : Expr[] =
        checkMoments "std_mean" x
        withMean x dims correction keepdim root

    // ---- Norms

    /// |x|^p for x >= 0, with derivative 0 at 0 (for p < 1 it is infinite there).
    let private powerWord =
        Word.program "norm_power" Promoted (L.ap2 Kernel.pow L.x L.y) (fun args _ ->
            let x, p = args[0], args[1]
            let slope = Arithmetic.where (Compare.eq x zero) (Expr.zerosLike x) (p *. Numeric.pow x (p -. one))
            [| Scale slope; Zero |])

    /// s^(1/p), with derivative 0 at 0. The second operand is p.
    let private rootOfRecipe =
        Recipe.make "norm_root" Promoted 2 (L.ap2 Kernel.pow L.x (L.div (L.lit 1.0) L.y)) (fun args y ->
            let p = args[1]
            let slope = Numeric.pow y (one -. p) /. p
            [| Scale(Arithmetic.where (Compare.eq y zero) (Expr.zerosLike y) slope); Zero |])

    let private normKeep (p: float) (ds: int[]) (x: Expr) =
        let sum = Arithmetic.sumKeep ds

        if p = 2.0 then root (sum (squared x))
        elif p = 1.0 then sum (Numeric.abs x)
        elif p = 0.0 then sum (Expr.cast x.DType.Real (Compare.ne x zero) +. num 0.0 *. Numeric.abs x)
        elif Double.IsPositiveInfinity p then Expr.reduce amaxReduction ds (Numeric.abs x)
        elif Double.IsNegativeInfinity p then Expr.reduce aminReduction ds (Numeric.abs x)
        else
            let powers = Expr.map powerWord [| Numeric.abs x; num p |]
            Recipe.apply rootOfRecipe [| sum powers; num p |]

    /// torch.linalg.vector_norm: the p-norm over dimensions. p = 0 counts nonzero elements, infinities pick an extreme.
    let vector_norm (x: Expr) (p: float) (dims: int64[]) (keepdim: bool) (dtype: Nullable<DType>) : Expr =
        if not x.DType.IsDifferentiable then
            Fault.runtime $"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {x.DType.ScalarName}"

        let x = if dtype.HasValue then Expr.cast dtype.Value x else x
        let ds = Shape.dims x.Rank dims

        if groupSize ds x = 0L && (p < 0.0 || Double.IsInfinity p) then
            let order = if Double.IsPositiveInfinity p then "inf" elif Double.IsNegativeInfinity p then "-inf" else string p

            if isNull dims || dims.Length = 0 then
                Fault.runtime $"linalg.vector_norm cannot compute the {order} norm on an empty tensor because the operation does not have an identity"
            else
                Fault.runtime
                    $"linalg.vector_norm cannot compute the {order} norm on the dimension {ds |> Array.find (fun d -> x.Sizes[d] = 0L)} because this dimension is empty and the operation does not have an identity"

        wide (normKeep p ds) x |> finish keepdim ds

    /// torch.norm with a number as order ("fro" is 2).
    let norm (x: Expr) (p: float) (dims: int64[]) (keepdim: bool) (dtype: Nullable<DType>) : Expr =
        vector_norm x p dims keepdim dtype

    /// The p-norm of a difference.
    let dist (a: Expr) (b: Expr) (p: float) : Expr =
        let d = Numeric.sub a b

        if not d.DType.IsDifferentiable then
            Fault.runtime $"norm(): input dtype should be either floating point or complex. Got {d.DType.ScalarName} instead."

        vector_norm d p null false (Nullable())

    // ---- Log of a sum of exponentials

    /// The value, and no gradient.
    let private stopWord = Word.flat "stop" Promoted (L.ap1 Kernel.identity L.x) 1

    /// log(sum(exp(x))) without overflow.
    let logsumexp (x: Expr) (dims: int64[]) (keepdim: bool) : Expr =
        let ds = Shape.dims x.Rank dims
        let x = toFloat x

        x
        |> wide (fun x ->
            if groupSize ds x = 0L then
                Exponential.log (Arithmetic.sumKeep ds (Exponential.exp x))
            else
                let top = Expr.map stopWord [| Expr.reduce amaxReduction ds (Arithmetic.real x) |]
                // A group of infinities would give inf - inf = nan. PyTorch shifts such a group by zero; so do we.
                let shift = Arithmetic.where (Compare.isinf top) (Expr.zerosLike top) top
                Exponential.log (Arithmetic.sumKeep ds (Exponential.exp (x -. shift))) +. shift)
        |> finish keepdim ds

    let private none = Nullable<DType>()
    let private sample name f domain doc = Def.sample name f domain doc

    let defs: OpDef list =
        [ sample "sum" (fun x -> sum x null false none) Domain.Reals "The sum over dimensions."
          sample "nansum" (fun x -> nansum x null false none) Domain.Reals "The sum without NaNs."
          sample "mean" (fun x -> mean x null false none) Domain.Reals "The mean over dimensions."
          sample "nanmean" (fun x -> nanmean x null false none) Domain.Reals "The mean without NaNs."
          sample "prod" (fun x -> prod x [| -1L |] false none) Domain.Reals "The product over dimensions."
          sample "amax" (fun x -> amax x null false) Domain.Reals "The largest element; ties share the gradient."
          sample "amin" (fun x -> amin x null false) Domain.Reals "The smallest element; ties share the gradient."
          sample "aminmax" (fun x -> (aminmax x (Nullable()) false)[1]) Domain.Reals "The smallest and the largest element."
          sample "max" max Domain.Reals "The largest of all elements."
          sample "min" min Domain.Reals "The smallest of all elements."
          sample "any" (fun x -> any x null false) Domain.Reals "Whether an element is nonzero." |> Def.flat
          sample "all" (fun x -> all x null false) Domain.Reals "Whether all elements are nonzero." |> Def.flat
          sample "count_nonzero" (fun x -> count_nonzero x null) Domain.Reals "How many elements are nonzero." |> Def.flat
          sample "var" (fun x -> var x null 1.0 false) Domain.Reals "The variance over dimensions."
          sample "std" (fun x -> std x null 1.0 false) Domain.Reals "The standard deviation over dimensions."
          sample "var_mean" (fun x -> (var_mean x null 1.0 false)[0]) Domain.Reals "Variance and mean over dimensions."
          sample "std_mean" (fun x -> (std_mean x null 1.0 false)[0]) Domain.Reals "Standard deviation and mean over dimensions."
          sample "norm" (fun x -> norm x 3.0 null false none) Domain.Reals "The norm of all elements or over dimensions."
          sample "linalg.vector_norm" (fun x -> vector_norm x 2.0 null false none) Domain.Reals "The p-norm over dimensions."
          sample "dist" (fun x -> dist x (one -. x) 2.0) Domain.Reals "The p-norm of a difference."
          sample "logsumexp" (fun x -> logsumexp x [| -1L |] false) Domain.Reals "log(sum(exp(x))) without overflow."
          |> Def.alias [ "special.logsumexp" ] ]
