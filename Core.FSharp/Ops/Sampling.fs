/// Random tensors. Each function draws from the generator when it is called, so that laziness never changes the stream, and gives evaluated memory: the
/// numbers of PyTorch's CPU generator under the same seed. Sizes and strides are those of the tensor to be filled (null strides: row-major), because the
/// order of elements in memory is part of what PyTorch's samplers promise.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Sampling =
    let private check (message: string) =
        if not (isNull message) then Fault.runtime message

    /// New memory of a layout, filled by a sampler.
    let private draw (dtype: DType) (sizes: int64[]) (strides: int64[]) (sample: Block -> unit) : Expr =
        if isNull strides then
            Host.make dtype sizes (Action<Block> sample)
        else
            let struct (low, high) = Shape.extent sizes strides 0L
            if low < 0L then Fault.inside "negative strides of a tensor to be filled"
            let buffer = new NativeBuffer(high * int64 dtype.Size)
            sample (Block(buffer.Address, dtype.Element, sizes, strides))
            Expr.data (Memory(buffer, 0L, strides)) sizes strides dtype

    /// uniform_(from, to) and rand.
    let uniform (g: Mt19937) (dtype: DType) (sizes: int64[]) (strides: int64[]) (from: float) (upTo: float) : Expr =
        check (RandomChecks.Uniform(dtype.Element, from, upTo))
        draw dtype sizes strides (fun b -> Samplers.Uniform(g, b, from, upTo))

    /// normal_(mean, std) and randn.
    let normal (g: Mt19937) (dtype: DType) (sizes: int64[]) (strides: int64[]) (mean: float) (std: float) : Expr =
        check (RandomChecks.Normal std)
        draw dtype sizes strides (fun b -> Samplers.Normal(g, b, mean, std))

    /// torch.normal with a tensor of means, of deviations, or both (null: 0 and 1): standard numbers, scaled and moved.
    let normal_tensors (g: Mt19937) (mean: Expr) (std: Expr) : Expr =
        let given = [| mean; std |] |> Array.filter (Given.isNull >> not)
        let sizes = given |> Array.map (fun e -> e.Sizes) |> Shape.broadcast
        let dtype = resultType given
        if not (Given.isNull std) then check (RandomChecks.Normal(Host.block std))
        let z = normal g dtype sizes null 0.0 1.0
        let z = if Given.isNull std then z else Expr.cast dtype (z *. std)
        if Given.isNull mean then z else Expr.cast dtype (z +. mean)

    /// log_normal_(mean, std).
    let log_normal (g: Mt19937) (dtype: DType) (sizes: int64[]) (strides: int64[]) (mean: float) (std: float) : Expr =
        check (RandomChecks.LogNormal std)
        draw dtype sizes strides (fun b -> Samplers.LogNormal(g, b, mean, std))

    /// exponential_(lambda).
    let exponential (g: Mt19937) (dtype: DType) (sizes: int64[]) (strides: int64[]) (lambda: float) : Expr =
        check (RandomChecks.Exponential(dtype.Element, lambda))
        draw dtype sizes strides (fun b -> Samplers.Exponential(g, b, lambda))

    /// cauchy_(median, sigma).
    let cauchy (g: Mt19937) (dtype: DType) (sizes: int64[]) (strides: int64[]) (median: float) (sigma: float) : Expr =
        check (RandomChecks.Cauchy(dtype.Element, sigma))
        draw dtype sizes strides (fun b -> Samplers.Cauchy(g, b, median, sigma))

    /// geometric_(p).
    let geometric (g: Mt19937) (dtype: DType) (sizes: int64[]) (strides: int64[]) (p: float) : Expr =
        check (RandomChecks.Geometric p)
        draw dtype sizes strides (fun b -> Samplers.Geometric(g, b, p))

    /// bernoulli_(p).
    let bernoulli (g: Mt19937) (dtype: DType) (sizes: int64[]) (strides: int64[]) (p: float) : Expr =
        check (RandomChecks.Bernoulli p)
        draw dtype sizes strides (fun b -> Samplers.Bernoulli(g, b, p))

    /// bernoulli_(p) with a tensor of probabilities, broadcast to the sizes; torch.bernoulli.
    let bernoulli_tensor (g: Mt19937) (dtype: DType) (sizes: int64[]) (strides: int64[]) (p: Expr) : Expr =
        let probabilities = Host.block (Expr.expand sizes p)
        check (RandomChecks.Bernoulli probabilities)
        draw dtype sizes strides (fun b -> Samplers.Bernoulli(g, b, probabilities))

    /// random_(): whole numbers up to the largest that the dtype counts to.
    let random (g: Mt19937) (dtype: DType) (sizes: int64[]) (strides: int64[]) : Expr =
        draw dtype sizes strides (fun b -> Samplers.Random(g, b))

    /// random_(from, to) and randint; no upper bound: the largest number of the dtype, included.
    let random_between (g: Mt19937) (dtype: DType) (sizes: int64[]) (strides: int64[]) (from: int64) (upTo: Nullable<int64>) : Expr =
        check (RandomChecks.Random(dtype.Element, from, upTo))
        draw dtype sizes strides (fun b -> Samplers.Random(g, b, from, upTo))

    /// torch.randperm.
    let randperm (g: Mt19937) (dtype: DType) (n: int64) : Expr =
        check (RandomChecks.Randperm(dtype.Element, n))
        draw dtype [| n |] null (fun b -> Samplers.Randperm(g, b))

    /// torch.multinomial: so many indices for each row of weights.
    let multinomial (g: Mt19937) (weights: Expr) (draws: int64) (replacement: bool) : Expr =
        if weights.Rank <> 1 && weights.Rank <> 2 then Fault.runtime "prob_dist must be 1 or 2 dim"

        if not weights.DType.IsFloat then
            Fault.runtime $"multinomial only supports floating-point dtypes for input, got: {weights.DType.ScalarName}"

        let w = Host.block weights
        check (RandomChecks.Multinomial(w, draws, replacement))
        let sizes = if weights.Rank = 1 then [| draws |] else [| weights.Sizes[0]; draws |]
        draw DType.Int64 sizes null (fun b -> Samplers.Multinomial(g, b, w, replacement))

    /// Draws of the sizes and dtype of parameters.
    let private like (parameters: Expr) (sample: Block -> unit) : Expr = draw parameters.DType parameters.Sizes null sample

    /// torch.poisson.
    let poisson (g: Mt19937) (rate: Expr) : Expr =
        let r = Host.block rate
        check (RandomChecks.Poisson r)
        like rate (fun b -> Samplers.Poisson(g, b, r))

    /// torch.binomial: count and probability are broadcast.
    let binomial (g: Mt19937) (count: Expr) (p: Expr) : Expr =
        let sizes = Shape.broadcast2 count.Sizes p.Sizes
        let n, q = Host.block (Expr.expand sizes count), Host.block (Expr.expand sizes p)
        check (RandomChecks.Binomial(n, q))
        draw count.DType sizes null (fun b -> Samplers.Binomial(g, b, n, q))

    /// Gamma numbers of these shapes and scale one.
    let standard_gamma (g: Mt19937) (alpha: Expr) : Expr =
        let a = Host.block alpha
        like alpha (fun b -> Samplers.StandardGamma(g, b, a))

    /// Points of the simplex with these concentrations along the last dimension.
    let dirichlet (g: Mt19937) (alpha: Expr) : Expr =
        let a = Host.block alpha
        like alpha (fun b -> Samplers.Dirichlet(g, b, a))

    /// The factors of a dropout: 1 / (1 - p) where an element is kept, 0 where it is dropped. Nothing is drawn for p = 0 and p = 1.
    let dropout_mask (g: Mt19937) (dtype: DType) (sizes: int64[]) (strides: int64[]) (p: float) : Expr =
        if not (p >= 0.0 && p <= 1.0) then
            Fault.value $"dropout probability has to be between 0 and 1, but got {p}"

        draw dtype sizes strides (fun b -> Samplers.DropoutMask(g, b, p))
