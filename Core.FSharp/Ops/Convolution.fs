/// Convolutions over 1 to 3 spatial dimensions, their transposes, and windows as columns (unfold, fold). Three routines are each other's derivatives:
/// the convolution, the gradient of its input (which is the transposed convolution), and that of its weight. All are bilinear.
namespace Torch.Core.Ops

open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Convolution =
    /// How windows lie: one number for each spatial dimension, and the number of groups.
    type private Geometry =
        { Stride: int64[]
          Padding: int64[]
          Dilation: int64[]
          Groups: int64 }

        member g.Attrs = [ Wholes g.Stride; Wholes g.Padding; Wholes g.Dilation; Whole g.Groups ]

        /// The size of the result along each spatial dimension.
        member g.Output (input: int64[]) (kernel: int64[]) =
            Array.init input.Length (fun d -> (input[d] + 2L * g.Padding[d] - g.Dilation[d] * (kernel[d] - 1L) - 1L) / g.Stride[d] + 1L)

    let private spatial (e: Expr) = Array.skip 2 e.Sizes

    /// Images [N, C, ..] and weight [O, C / groups, ..] -> [N, O, ..].
    type private Forward(g: Geometry) =
        inherit Routine("convolution", g.Attrs)

        override _.Infer(operands) =
            let x, w = operands[0], operands[1]
            let sizes = Array.append [| x.Sizes[0]; w.Sizes[0] |] (g.Output (spatial x) (spatial w))
            let strides = if Format.isChannelsLast w && not (Format.isChannelsLast x) then Format.like w sizes else Format.like x sizes
            [| { Sizes = sizes; Strides = strides; DType = x.DType } |]

        override _.Run(operands, results) =
            Convolution.Forward(operands[0], operands[1], null, results[0], g.Stride, g.Padding, g.Dilation, g.Groups)

        override _.Vjp(operands, _, cotangents) =
            let x, w = operands[0], operands[1]

            match cotangents[0] with
            | None -> [| None; None |]
            | Some c ->
                [| Some(Expr.call1 (InputGradient(g, spatial x)) [| c; Arithmetic.conj w |])
                   Some(Expr.call1 (WeightGradient(g, spatial w)) [| c; Arithmetic.conj x |]) |]

        override _.Batch(operands, batched) =
            let n = Batching.size operands batched

            match batched with
            | [| true; false |] -> Some [| Expr.call1 (Forward g) [| Batching.intoImages operands[0]; operands[1] |] |> Batching.outOfImages n |]
            | _ ->
                let all = Batching.everywhere operands batched
                let many = { g with Groups = g.Groups * n }
                Some [| Expr.call1 (Forward many) [| Batching.intoChannels all[0]; Batching.intoImages all[1] |] |> Batching.outOfChannels n |]

    /// Cotangents [N, O, ..] and weight [O, C / groups, ..] -> [N, C, sizes..].
    and private InputGradient(g: Geometry, sizes: int64[]) =
        inherit Routine("convolution_input", Wholes sizes :: g.Attrs)

        override _.Infer(operands) =
            let c, w = operands[0], operands[1]
            let sizes = Array.append [| c.Sizes[0]; w.Sizes[1] * g.Groups |] sizes
            [| { Sizes = sizes; Strides = Format.like c sizes; DType = c.DType } |]

        override _.Run(operands, results) =
            Convolution.InputGradient(operands[0], operands[1], results[0], g.Stride, g.Padding, g.Dilation, g.Groups)

        override _.Vjp(operands, _, cotangents) =
            let c, w = operands[0], operands[1]

            match cotangents[0] with
            | None -> [| None; None |]
            | Some t ->
                [| Some(Expr.call1 (Forward g) [| t; Arithmetic.conj w |])
                   // The result is linear in c, so the roles of image and cotangent change.
                   Some(Expr.call1 (WeightGradient(g, spatial w)) [| c; Arithmetic.conj t |] |> Arithmetic.conj) |]

        override _.Batch(operands, batched) =
            let n = Batching.size operands batched

            match batched with
            | [| true; false |] -> Some [| Expr.call1 (InputGradient(g, sizes)) [| Batching.intoImages operands[0]; operands[1] |] |> Batching.outOfImages n |]
            | _ ->
                let all = Batching.everywhere operands batched
                let many = { g with Groups = g.Groups * n }
                Some [| Expr.call1 (InputGradient(many, sizes)) [| Batching.intoChannels all[0]; Batching.intoImages all[1] |] |> Batching.outOfChannels n |]

    /// Cotangents [N, O, ..] and images [N, C, ..] -> [O, C / groups, kernel..].
    and private WeightGradient(g: Geometry, kernel: int64[]) =
        inherit Routine("convolution_weight", Wholes kernel :: g.Attrs)

        override _.Infer(operands) =
            let c, x = operands[0], operands[1]
            [| Expr.signature (Array.append [| c.Sizes[1]; x.Sizes[1] / g.Groups |] kernel) x.DType |]

        override _.Run(operands, results) =
            Convolution.WeightGradient(operands[0], operands[1], results[0], g.Stride, g.Padding, g.Dilation, g.Groups)

        override _.Vjp(operands, _, cotangents) =
            let c, x = operands[0], operands[1]

            match cotangents[0] with
            | None -> [| None; None |]
            | Some t ->
                [| Some(Expr.call1 (Forward g) [| Arithmetic.conj x; t |])
                   Some(Expr.call1 (InputGradient(g, spatial x)) [| c; Arithmetic.conj t |] |> Arithmetic.conj) |]

        override _.Batch(operands, batched) =
            let n = Batching.size operands batched
            let all = Batching.everywhere operands batched
            let many = { g with Groups = g.Groups * n }
            Some [| Expr.call1 (WeightGradient(many, kernel)) [| Batching.intoChannels all[0]; Batching.intoChannels all[1] |] |> Batching.outOfImages n |]

    // ---- Checks

    let private checkGeometry (g: Geometry) =
        if g.Padding |> Array.exists (fun p -> p < 0L) then Fault.runtime "negative padding is not supported"
        if g.Stride |> Array.exists (fun s -> s <= 0L) then Fault.runtime "non-positive stride is not supported"
        if g.Dilation |> Array.exists (fun d -> d <= 0L) then Fault.runtime "dilation should be greater than zero"
        if g.Groups <= 0L then Fault.runtime "non-positive groups is not supported"

    let private by (sizes: int64[]) = System.String.Join(" x ", sizes)

    let private checkTypes (kernel: string) (x: Expr) (w: Expr) (bias: Expr) =
        if not (Given.isNull bias) && bias.DType <> x.DType then
            Fault.runtime $"Input type ({Check.cname x.DType}) and bias type ({Check.cname bias.DType}) should be the same"

        if x.DType <> w.DType then
            Fault.runtime $"expected scalar type {x.DType.ScalarName} but found {w.DType.ScalarName}"

        if x.DType = DType.Bool then Check.unsupported kernel x.DType

    /// One number for each spatial dimension; a single one stands for all.
    let private each (name: string) (n: int) (values: int64[]) (otherwise: int64) =
        if isNull values then Array.create n otherwise
        elif values.Length = n then values
        elif values.Length = 1 then Array.create n values[0]
        else
            Fault.runtime
                $"expected {name} to be a single integer value or a list of {n} values to match the convolution dimensions, but got {name}={Shape.show values}"

    /// The input with a leading dimension of images, and whether it had one.
    let private images (name: string) (n: int) (x: Expr) : Expr * bool =
        if x.Rank = n + 2 then
            x, true
        elif x.Rank = n + 1 then
            Expr.unsqueeze 0 x, false
        else
            Fault.runtime $"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}{n}d, but got input of size: {Shape.show x.Sizes}"

    /// The product computed wide and the bias added before the one rounding.
    let private biased (bias: Expr) (d: DType) (product: DType -> Expr) : Expr =
        if Given.isNull bias then
            product d
        else
            let wide = d.Compute
            let y = product wide
            let shape = Array.init y.Rank (fun k -> if k = 1 then bias.Count else 1L)
            Arithmetic.add y (Expr.cast wide bias |> Expr.reshape shape) |> Expr.cast d |> Expr.withStrides y.Strides

    // ---- Operations

    /// torch.nn.functional.conv1d, conv2d, conv3d, by the rank of the weight [O, C / groups, kernel..]. Null: bias none, stride 1, padding 0, dilation 1.
    let conv (x: Expr) (weight: Expr) (bias: Expr) (stride: int64[]) (padding: int64[]) (dilation: int64[]) (groups: int64) : Expr =
        let n = weight.Rank - 2
        if n < 1 then Fault.runtime "weight should have at least three dimensions"
        let input, batched = images "conv" n x

        let g =
            { Stride = each "stride" n stride 1L
              Padding = each "padding" n padding 0L
              Dilation = each "dilation" n dilation 1L
              Groups = groups }

        checkTypes (if n = 3 then "slow_conv3d_cpu" else "slow_conv2d_cpu") input weight bias
        checkGeometry g

        if weight.Sizes[0] < groups then
            Fault.runtime
                $"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size {Shape.show weight.Sizes} instead"

        if weight.Sizes[0] % groups <> 0L then
            Fault.runtime
                $"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size [{Shape.show weight.Sizes}] instead"

        if input.Sizes[1] <> weight.Sizes[1] * groups then
            Fault.runtime
                $"Given groups={groups}, weight of size {Shape.show weight.Sizes}, expected input{Shape.show input.Sizes} to have {weight.Sizes[1] * groups} channels, but got {input.Sizes[1]} channels instead"

        if not (Given.isNull bias) && (bias.Rank <> 1 || bias.Sizes[0] <> weight.Sizes[0]) then
            Fault.runtime
                $"Given weight of size {Shape.show weight.Sizes}, expected bias to be {1}-dimensional with {weight.Sizes[0]} elements, but got bias of size {Shape.show bias.Sizes} instead"

        let padded = Array.map2 (fun i p -> i + 2L * p) (spatial input) g.Padding
        let reach = Array.map2 (fun k d -> d * (k - 1L) + 1L) (spatial weight) g.Dilation

        if Array.exists2 (<) padded reach then
            Fault.runtime
                $"Calculated padded input size per channel: ({by padded}). Kernel size: ({by reach}). Kernel size can't be greater than actual input size"

        let y = biased bias input.DType (fun w -> Expr.call1 (Forward g) [| Expr.cast w input; Expr.cast w weight |])
        if batched then y else Expr.squeeze [| 0 |] y

    /// The same with padding "valid" (none) or "same" (the result has the input's sizes; what is uneven goes to the end).
    let conv_padded (x: Expr) (weight: Expr) (bias: Expr) (stride: int64[]) (padding: string) (dilation: int64[]) (groups: int64) : Expr =
        let n = weight.Rank - 2
        if n < 1 then Fault.runtime "weight should have at least three dimensions"

        match padding with
        | "valid" -> conv x weight bias stride (Array.create n 0L) dilation groups
        | "same" ->
            if each "stride" n stride 1L |> Array.exists (fun s -> s <> 1L) then
                Fault.runtime "padding='same' is not supported for strided convolutions"

            let d = each "dilation" n dilation 1L
            let total = Array.init n (fun k -> d[k] * (weight.Sizes[k + 2] - 1L))
            let left = total |> Array.map (fun t -> t / 2L)
            // One more at the end where the total is odd; amounts are given last dimension first.
            let more = Array.init (2 * n) (fun i -> if i % 2 = 1 then total[n - 1 - i / 2] % 2L else 0L)
            let x = if Array.exists (fun m -> m > 0L) more then Assemble.pad_constant x more null else x
            conv x weight bias stride left dilation groups
        | other -> Fault.runtime $"Invalid padding string: '{other}'"

    /// torch.nn.functional.conv_transpose1d, 2d, 3d, by the rank of the weight [C, O / groups, kernel..].
    let conv_transpose
        (x: Expr)
        (weight: Expr)
        (bias: Expr)
        (stride: int64[])
        (padding: int64[])
        (outputPadding: int64[])
        (groups: int64)
        (dilation: int64[])
        : Expr =
        let n = weight.Rank - 2
        if n < 1 then Fault.runtime "weight should have at least three dimensions"
        let input, batched = images "conv_transpose" n x

        let g =
            { Stride = each "stride" n stride 1L
              Padding = each "padding" n padding 0L
              Dilation = each "dilation" n dilation 1L
              Groups = groups }

        let extra = each "output_padding" n outputPadding 0L
        checkTypes (if n = 3 then "slow_conv_transpose3d_out_cpu" else "slow_conv_transpose2d_out_cpu") input weight bias
        checkGeometry g
        if extra |> Array.exists (fun p -> p < 0L) then Fault.runtime "negative output_padding is not supported"

        if weight.Sizes[0] < groups then
            Fault.runtime
                $"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size {Shape.show weight.Sizes} instead"

        if input.Sizes[1] <> weight.Sizes[0] then
            Fault.runtime
                $"Given transposed=1, weight of size {Shape.show weight.Sizes}, expected input{Shape.show input.Sizes} to have {weight.Sizes[0]} channels, but got {input.Sizes[1]} channels instead"

        if weight.Sizes[0] % groups <> 0L then
            Fault.runtime
                $"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size [{Shape.show weight.Sizes}] instead"

        let channels = weight.Sizes[1] * groups

        if not (Given.isNull bias) && (bias.Rank <> 1 || bias.Sizes[0] <> channels) then
            Fault.runtime
                $"Given transposed=1, weight of size {Shape.show weight.Sizes}, expected bias to be 1-dimensional with {channels} elements, but got bias of size {Shape.show bias.Sizes} instead"

        if Seq.exists (fun k -> extra[k] >= g.Stride[k] && extra[k] >= g.Dilation[k]) (seq { 0 .. n - 1 }) then
            // One spatial dimension is a plane of height one.
            let flat (v: int64[]) (one: int64) = if n = 1 then [| one; v[0] |] else v
            let names = if n = 3 then [| "depth"; "height"; "width" |] else [| "height"; "width" |]

            let say (what: string) (v: int64[]) =
                Array.map2 (fun name value -> $"{what}_{name}: {value}") names v |> String.concat " "

            Fault.runtime
                $"""output padding must be smaller than either stride or dilation, but got {say "output_padding" (flat extra 0L)} {say "stride" (flat g.Stride 1L)} {say "dilation" (flat g.Dilation 1L)}"""

        let sizes =
            Array.init n (fun k ->
                (input.Sizes[k + 2] - 1L) * g.Stride[k] - 2L * g.Padding[k] + g.Dilation[k] * (weight.Sizes[k + 2] - 1L) + extra[k] + 1L)

        if sizes |> Array.exists (fun s -> s < 1L) then
            Fault.runtime
                $"Given input size per channel: ({by (spatial input)}). Calculated output size per channel: ({by sizes}). Output size is too small"

        let y = biased bias input.DType (fun w -> Expr.call1 (InputGradient(g, sizes)) [| Expr.cast w input; Expr.cast w weight |])
        if batched then y else Expr.squeeze [| 0 |] y

    // ---- Windows as columns

    /// How the windows of an image of two spatial dimensions lie in its padded row-major elements: sizes [N, C, kH, kW, oH, oW] and strides.
    let private windows (images: int64) (channels: int64) (padded: int64[]) (kernel: int64[]) (dilation: int64[]) (stride: int64[]) (blocks: int64[]) =
        let flat = Shape.contiguous [| images; channels; padded[0]; padded[1] |]
        let sizes = [| images; channels; kernel[0]; kernel[1]; blocks[0]; blocks[1] |]
        sizes, [| flat[0]; flat[1]; flat[2] * dilation[0]; dilation[1]; flat[2] * stride[0]; stride[1] |]

    let private blockCounts (padded: int64[]) (kernel: int64[]) (dilation: int64[]) (stride: int64[]) =
        Array.init 2 (fun d ->
            let span = padded[d] - dilation[d] * (kernel[d] - 1L) - 1L
            // Rounds down, also below zero.
            (if span >= 0L then span / stride[d] else -((stride[d] - 1L - span) / stride[d])) + 1L)

    let private tuple (v: int64[]) = "(" + System.String.Join(", ", v) + ")"

    let private checkWindows (kernel: int64[]) (dilation: int64[]) (padding: int64[]) (stride: int64[]) =
        let positive name (v: int64[]) =
            if v |> Array.exists (fun x -> x <= 0L) then
                Fault.runtime $"{name} should be greater than zero, but got {name}_height: {v[0]} {name}_width: {v[1]}"

        positive "kernel" kernel
        positive "dilation" dilation
        positive "stride" stride

        if padding |> Array.exists (fun p -> p < 0L) then
            Fault.runtime $"padding should be non-negative, but got pad_height: {padding[0]} pad_width: {padding[1]}"

    /// torch.nn.functional.unfold: the windows of images [N, C, H, W] as columns [N, C kH kW, windows].
    let unfold (x: Expr) (kernel: int64[]) (dilation: int64[]) (padding: int64[]) (stride: int64[]) : Expr =
        let kernel, dilation, padding, stride = each "kernel_size" 2 kernel 1L, each "dilation" 2 dilation 1L, each "padding" 2 padding 0L, each "stride" 2 stride 1L
        checkWindows kernel dilation padding stride
        if x.DType.IsInteger then Check.unsupported "im2col_out_cpu" x.DType

        if x.Rank <> 3 && x.Rank <> 4 || Array.contains 0L (Array.skip (x.Rank - 3) x.Sizes) then
            Fault.runtime
                $"Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: {Shape.show x.Sizes}"

        let input = if x.Rank = 3 then Expr.unsqueeze 0 x else x
        let padded = Array.map2 (fun i p -> i + 2L * p) (spatial input) padding
        let blocks = blockCounts padded kernel dilation stride

        if blocks |> Array.exists (fun b -> b < 1L) then
            Fault.runtime
                $"Given input with spatial size {tuple (spatial input)}, kernel_size={tuple kernel}, dilation={tuple dilation}, padding={tuple padding}, calculated shape of the array of sliding blocks as {tuple blocks}, but its components must be at least one."

        let around = Assemble.pad_constant input [| padding[1]; padding[1]; padding[0]; padding[0] |] null
        let sizes, strides = windows input.Sizes[0] input.Sizes[1] padded kernel dilation stride blocks
        let columns = [| input.Sizes[0]; input.Sizes[1] * kernel[0] * kernel[1]; blocks[0] * blocks[1] |]
        let y = Expr.strided sizes strides 0L around |> Expr.reshape columns |> Expr.withStrides (Shape.contiguous columns)
        if x.Rank = 3 then Expr.squeeze [| 0 |] y else y

    /// torch.nn.functional.fold: the transpose of unfold; what overlaps is summed.
    let fold (x: Expr) (output: int64[]) (kernel: int64[]) (dilation: int64[]) (padding: int64[]) (stride: int64[]) : Expr =
        let output = each "output_size" 2 output 1L
        let kernel, dilation, padding, stride = each "kernel_size" 2 kernel 1L, each "dilation" 2 dilation 1L, each "padding" 2 padding 0L, each "stride" 2 stride 1L
        checkWindows kernel dilation padding stride
        if x.DType.IsInteger then Check.unsupported "col2im_out_cpu" x.DType

        if x.Rank <> 2 && x.Rank <> 3 then
            Fault.runtime
                $"Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: {Shape.show x.Sizes}"

        let input = if x.Rank = 2 then Expr.unsqueeze 0 x else x
        let area = kernel[0] * kernel[1]

        if input.Sizes[1] % area <> 0L then
            Fault.runtime
                $"Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)={input.Sizes[1]} and kernel_size={tuple kernel}."

        let padded = Array.map2 (fun i p -> i + 2L * p) output padding
        let blocks = blockCounts padded kernel dilation stride
        let count = blocks[0] * blocks[1]

        if input.Sizes[2] <> count || blocks |> Array.exists (fun b -> b < 0L) then
            Fault.runtime
                $"Given output_size={tuple output}, kernel_size={tuple kernel}, dilation={tuple dilation}, padding={tuple padding}, stride={tuple stride}, expected size of input's dimension 2 to match the calculated number of sliding blocks {blocks[0]} * {blocks[1]} = {count}, but got input.size(2)={input.Sizes[2]}."

        let channels = input.Sizes[1] / area
        let sizes, strides = windows input.Sizes[0] channels padded kernel dilation stride blocks
        let around = Strides.scatter [| input.Sizes[0]; channels; padded[0]; padded[1] |] 0L strides (Expr.reshape sizes input)

        let y =
            Expr.slice [| 0L; 0L; padding[0]; padding[1] |] (Array.create 4 1L) [| input.Sizes[0]; channels; output[0]; output[1] |] around

        let y = Expr.withStrides (Shape.contiguous y.Sizes) y
        if x.Rank = 2 then Expr.squeeze [| 0 |] y else y

    let defs: OpDef list =
        let def name doc sample = Def.sample name sample Domain.Reals doc
        let image (x: Expr) = Expr.reshape [| 1L; 1L; x.Sizes[0]; -1L |] x
        let line (x: Expr) = Expr.reshape [| 1L; 1L; -1L |] x
        let kernel (x: Expr) = Expr.narrow 2 0L 1L (line x)

        [ def "nn.functional.conv" "Convolution." (fun x -> conv (line x) (kernel x) null null null null 1L)
          |> Def.alias [ "nn.functional.conv1d"; "nn.functional.conv2d"; "nn.functional.conv3d" ]
          def "nn.functional.conv_transpose" "Transposed convolution." (fun x -> conv_transpose (line x) (kernel x) null null null null 1L null)
          |> Def.alias [ "nn.functional.conv_transpose1d"; "nn.functional.conv_transpose2d"; "nn.functional.conv_transpose3d" ]
          def "nn.functional.unfold" "Windows as columns." (fun x -> unfold (image x) [| 1L; 1L |] null null null)
          def "nn.functional.fold" "Columns summed into windows." (fun x -> fold (Expr.reshape [| 1L; 1L; x.Count |] x) [| 1L; x.Count |] [| 1L |] null null null) ]
