/// Pooling over the last 1 to 3 dimensions: maxima with their positions, means, adaptive parts, powers, and the inverse of the maximum.
/// The gradient of a maximum goes to the position that was greatest; gradients are routines with gradients of their own.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Pooling =
    let private leading (n: int) (x: Expr) = Array.sub x.Sizes 0 (x.Rank - n)
    let private spatial (n: int) (x: Expr) = Array.skip (x.Rank - n) x.Sizes

    /// The spatial dimensions seen as one.
    let private flat (n: int) (x: Expr) =
        Expr.reshape (Array.append (leading n x) [| Shape.count (spatial n x) |]) x

    let private like (x: Expr) (sizes: int64[]) = Format.like x sizes

    /// Cotangents of maxima summed at the positions that they came from.
    type private MaxGradient(n: int, sizes: int64[]) =
        inherit Routine("max_pool_backward", [ Whole(int64 n); Wholes sizes ])

        override _.Infer(operands) =
            let g = operands[0]
            let sizes = Array.append (leading n g) sizes
            [| { Sizes = sizes; Strides = like g sizes; DType = g.DType } |]

        override _.Run(operands, results) = Pooling.MaxGradient(operands[0], operands[1], results[0], n)

        override _.Vjp(operands, _, cotangents) =
            let at = operands[1]
            let pick (c: Expr) = Gather.gather (flat n c) -1L (flat n at) |> Expr.reshape at.Sizes
            [| cotangents[0] |> Option.map pick; None |]

        override this.Batch(operands, batched) = Batching.lift this operands batched

    [<AbstractClass>]
    type private Maximum(name: string, attrs: Attr list, n: int) =
        inherit Routine(name, Whole(int64 n) :: attrs)
        abstract Output: int64[] -> int64[]

        override r.Infer(operands) =
            let x = operands[0]
            let sizes = Array.append (leading n x) (r.Output(spatial n x))
            let strides = like x sizes

            [| { Sizes = sizes; Strides = strides; DType = x.DType }
               { Sizes = sizes; Strides = strides; DType = DType.Int64 } |]

        override _.Vjp(operands, results, cotangents) =
            let back (g: Expr) = Expr.call1 (MaxGradient(n, spatial n operands[0])) [| g; results[1] |]
            [| cotangents[0] |> Option.map back |]

        // The leading dimensions are free, so that a batch is one more of them.
        override r.Batch(operands, _) = Some(Expr.call r operands)

    type private MaxWindows(kernel: int64[], stride: int64[], padding: int64[], dilation: int64[], output: int64[]) =
        inherit Maximum("max_pool", [ Wholes kernel; Wholes stride; Wholes padding; Wholes dilation; Wholes output ], kernel.Length)
        override _.Output _ = output
        override _.Run(operands, results) = Pooling.Max(operands[0], results[0], results[1], kernel, stride, padding, dilation)

    type private MaxParts(output: int64[]) =
        inherit Maximum("adaptive_max_pool", [ Wholes output ], output.Length)
        override _.Output _ = output
        override _.Run(operands, results) = Pooling.AdaptiveMax(operands[0], results[0], results[1], output.Length)

    /// A linear map of planes to planes and its transpose, which is its gradient.
    type private Mean(n: int, kernel: int64[], stride: int64[], padding: int64[], countPadding: bool, divisor: Nullable<int64>, input: int64[], output: int64[], backward: bool) =
        inherit
            Routine(
                "avg_pool",
                [ Wholes kernel
                  Wholes stride
                  Wholes padding
                  Flag countPadding
                  Whole(divisor.GetValueOrDefault())
                  Wholes input
                  Wholes output
                  Flag backward ]
            )

        override _.Infer(operands) =
            let x = operands[0]
            let sizes = Array.append (leading n x) (if backward then input else output)
            [| { Sizes = sizes; Strides = like x sizes; DType = x.DType } |]

        override _.Run(operands, results) =
            let x, y = operands[0], results[0]

            match kernel.Length, backward with
            | 0, false -> Pooling.AdaptiveAverage(x, y, n)
            | 0, true -> Pooling.AdaptiveAverageGradient(x, y, n)
            | _, false -> Pooling.Average(x, y, kernel, stride, padding, countPadding, divisor)
            | _, true -> Pooling.AverageGradient(x, y, kernel, stride, padding, countPadding, divisor)

        override _.Vjp(_, _, cotangents) =
            let transposed = Mean(n, kernel, stride, padding, countPadding, divisor, input, output, not backward)
            [| cotangents[0] |> Option.map (fun g -> Expr.call1 transposed [| g |]) |]

        override r.Batch(operands, _) = Some(Expr.call r operands)

    // ---- Shapes

    let private each (name: string) (n: int) (values: int64[]) (otherwise: int64[]) =
        if isNull values || values.Length = 0 then otherwise
        elif values.Length = n then values
        elif values.Length = 1 then Array.create n values[0]
        else
            let kind = if n = 2 then "tuple of two ints" else "tuple of three ints"
            Fault.runtime $"{name} must either be a single int, or a {kind}"

    let private outputSize (input: int64) (kernel: int64) (stride: int64) (padding: int64) (dilation: int64) (ceil: bool) =
        let span = input + 2L * padding - dilation * (kernel - 1L) - 1L + (if ceil then stride - 1L else 0L)
        let steps = if span >= 0L then span / stride else -((stride - 1L - span) / stride)
        let size = steps + 1L
        // With ceil the last window must start inside the input or its left padding.
        if ceil && (size - 1L) * stride >= input + padding then size - 1L else size

    let private letters n = Array.skip (3 - n) [| "T"; "H"; "W" |]

    let private checkWindows (n: int) (kernel: int64[]) (stride: int64[]) (padding: int64[]) (dilation: int64[]) =
        let say (name: string) (v: int64[]) =
            Array.map2 (fun (l: string) (k: int64) -> $"{name}{l}: {k}") (letters n) v |> String.concat " "

        if stride |> Array.exists (fun s -> s = 0L) then Fault.runtime "stride should not be zero"

        if kernel |> Array.exists (fun k -> k <= 0L) then
            Fault.runtime $"""kernel size should be greater than zero, but got {say "k" kernel}"""

        if stride |> Array.exists (fun s -> s < 0L) then
            Fault.runtime $"""stride should be greater than zero, but got {say "d" stride}"""

        if dilation |> Array.exists (fun d -> d <= 0L) then
            Fault.runtime $"""dilation should be greater than zero, but got {say "dilation" dilation}"""

        for k in 0 .. n - 1 do
            if padding[k] < 0L then Fault.runtime $"pad must be non-negative, but got pad: {padding[k]}"

            if padding[k] > ((kernel[k] - 1L) * dilation[k] + 1L) / 2L then
                Fault.runtime
                    $"pad should be at most half of effective kernel size, but got pad={padding[k]}, kernel_size={kernel[k]} and dilation={dilation[k]}"

    let private checkOutput (n: int) (x: Expr) (output: int64[]) =
        if output |> Array.exists (fun s -> s < 1L) then
            let channels = x.Sizes[x.Rank - n - 1]
            // One spatial dimension is a plane of height one.
            let shown (s: int64[]) = Array.concat [ [| channels |]; (if n = 1 then [| 1L |] else [||]); s ] |> fun a -> String.Join("x", a)
            Fault.runtime $"Given input size: ({shown (spatial n x)}). Calculated output size: ({shown output}). Output size is too small"

    let private planes (name: string) (n: int) (x: Expr) =
        let full = x.Rank = n + 2 && not (Array.contains 0L (Array.tail x.Sizes))
        let single = x.Rank = n + 1 && not (Array.contains 0L x.Sizes)

        if not (full || single) then
            let prefix = if name = "" then "" else name + ": "
            Fault.runtime $"{prefix}Expected {n + 1}D or {n + 2}D (batch mode) tensor with optional 0 dim batch size for input, but got:{Shape.show x.Sizes}"

    // ---- Operations

    /// torch.nn.functional.max_pool1d, 2d, 3d with indices, by the length of the kernel: values and row-major positions in each plane.
    /// Null: stride the kernel's, padding 0, dilation 1.
    let max_pool (x: Expr) (kernel: int64[]) (stride: int64[]) (padding: int64[]) (dilation: int64[]) (ceil: bool) : Expr[] =
        let n = kernel.Length
        let stride = each "stride" n stride kernel
        let padding = each "padding" n padding (Array.create n 0L)
        let dilation = each "dilation" n dilation (Array.create n 1L)

        if n = 1 then
            if kernel[0] <= 0L then
                Fault.runtime $"max_pool1d() kernel_size must be greater than zero, but got {kernel[0]}"

            if stride[0] <= 0L then Fault.runtime $"max_pool1d() stride must be greater than zero, but got {stride[0]}"

        checkWindows n kernel stride padding dilation

        if n = 3 && (x.Rank = 4 || x.Rank = 5) then
            for k in x.Rank - 4 .. x.Rank - 1 do
                if x.Sizes[k] = 0L then
                    Fault.runtime
                        $"max_pool3d_with_indices_out_cpu_template(): Expected input's non-batch dimensions to have positive length, but input has a shape of {Shape.show x.Sizes} and non-batch dimension {k} has length zero!"

        planes (if n = 1 then "max_pool1d" else "") n x

        if x.DType = DType.Bool || x.DType.IsComplex then
            Check.unsupported (if n = 3 then "max_pool3d" else "max_pool2d") x.DType

        let output = Array.init n (fun k -> outputSize x.Sizes[x.Rank - n + k] kernel[k] stride[k] padding[k] dilation[k] ceil)
        if n = 1 && output[0] < 1L then Fault.runtime $"max_pool1d() Invalid computed output size: {output[0]}"
        checkOutput n x output
        Expr.call (MaxWindows(kernel, stride, padding, dilation, output)) [| x |]

    /// torch.nn.functional.avg_pool1d, 2d, 3d. The divisor, where given, replaces the size of windows.
    let avg_pool (x: Expr) (kernel: int64[]) (stride: int64[]) (padding: int64[]) (ceil: bool) (countIncludePad: bool) (divisor: Nullable<int64>) : Expr =
        let n = kernel.Length
        let stride = each "stride" n stride kernel
        let padding = each "padding" n padding (Array.create n 0L)
        if divisor.HasValue && divisor.Value = 0L then Fault.runtime "divisor must be not zero"
        checkWindows n kernel stride padding (Array.create n 1L)

        if n = 3 then
            if x.Rank <> 4 && x.Rank <> 5 || Array.contains 0L (Array.skip (x.Rank - 4) x.Sizes) then
                Fault.runtime "non-empty 4D or 5D (batch mode) tensor expected for input"

            if Seq.exists (fun k -> x.Sizes[x.Rank - 3 + k] + 2L * padding[k] < kernel[k]) (seq { 0..2 }) then
                let s = spatial 3 x

                Fault.runtime
                    $"input image (T: {s[0]} H: {s[1]} W: {s[2]}) smaller than kernel size (kT: {kernel[0]} kH: {kernel[1]} kW: {kernel[2]})"
        else
            planes "" n x

        let kernelName = if n = 3 then "avg_pool3d_out_frame" else "avg_pool2d"
        if x.DType = DType.Bool || x.DType.IsComplex then Check.unsupported kernelName x.DType
        if n = 3 && x.DType = DType.Float16 then Check.unsupported kernelName x.DType
        let output = Array.init n (fun k -> outputSize x.Sizes[x.Rank - n + k] kernel[k] stride[k] padding[k] 1L ceil)
        checkOutput n x output
        Expr.call1 (Mean(n, kernel, stride, padding, countIncludePad, divisor, spatial n x, output, false)) [| x |]

    /// Output sizes, where -1 (PyTorch's None) keeps the input's.
    let private parts (x: Expr) (output: int64[]) =
        let n = output.Length
        if x.Rank < n + 1 then Fault.value $"Input dimension should be at least {n + 1}"
        Array.init n (fun k -> if output[k] = -1L then x.Sizes[x.Rank - n + k] else output[k])

    let private checkParts (name: string) (x: Expr) (output: int64[]) =
        let n = output.Length

        if x.Rank <> n + 1 && x.Rank <> n + 2 then
            Fault.runtime $"{name}(): Expected {n + 1}D or {n + 2}D tensor, but got {Shape.show x.Sizes}"

        for k in x.Rank - n - 1 .. x.Rank - 1 do
            if x.Sizes[k] = 0L then
                Fault.runtime $"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes {Shape.show x.Sizes} with dimension {k} being empty"

    /// torch.nn.functional.adaptive_avg_pool1d, 2d, 3d, by the length of the output sizes.
    let adaptive_avg_pool (x: Expr) (output: int64[]) : Expr =
        let output = parts x output
        let n = output.Length
        checkParts $"adaptive_avg_pool{n}d" x output
        let kernelName = if n = 3 then "adaptive_avg_pool3d_cpu" else "adaptive_avg_pool2d"
        if not x.DType.IsFloat then Check.unsupported kernelName x.DType
        if output |> Array.exists (fun s -> s < 0L) then
            let shown = Array.append (if n = 1 then [| 1L |] else [||]) output
            Fault.runtime $"""adaptive_avg_pool{max 2 n}d: elements of output_size must be greater than or equal to 0 but received {{{String.Join(", ", shown)}}}"""
        Expr.call1 (Mean(n, [||], [||], [||], false, Nullable(), spatial n x, output, false)) [| x |]

    /// torch.nn.functional.adaptive_max_pool1d, 2d, 3d with indices.
    let adaptive_max_pool (x: Expr) (output: int64[]) : Expr[] =
        let output = parts x output
        let n = output.Length
        checkParts $"adaptive_max_pool{n}d" x output
        let kernelName = if n = 3 then "adaptive_max_pool3d_cpu" else "adaptive_max_pool2d"
        if not x.DType.IsFloat then Check.unsupported kernelName x.DType

        if output |> Array.exists (fun s -> s < 0L) then
            let negative = output |> Array.find (fun s -> s < 0L)
            let shown = Array.concat [ leading n x; (if n = 1 then [| 1L |] else [||]); output ]
            Fault.runtime $"Trying to create tensor with negative dimension {negative}: {Shape.show shown}"

        Expr.call (MaxParts output) [| x |]

    /// torch.nn.functional.lp_pool1d, 2d, 3d: the p-norm of each window.
    let lp_pool (x: Expr) (p: float) (kernel: int64[]) (stride: int64[]) (ceil: bool) : Expr =
        let mean = avg_pool (Numeric.pow x (num p)) kernel stride null ceil true (Nullable())
        let size = num (float (Array.fold (*) 1L kernel))
        // The mean of powers is taken as if it were not negative, which odd powers can make it.
        let sum = (Numeric.sign mean *. Activations.relu (Numeric.abs mean)) *. size
        Numeric.pow sum (num (1.0 / p))

    /// Rows of values at positions of longer rows, which are planes of the given sizes; zero elsewhere.
    type private Unpool(plane: int64[]) =
        inherit Routine("max_unpool", [ Wholes plane ])

        override _.Infer(operands) =
            let x = operands[0]
            [| Expr.signature (Array.append (leading 1 x) [| Shape.count plane |]) x.DType |]

        override _.Run(operands, results) =
            StridedCopy.Fill(results[0], ReadOnlySpan(Array.zeroCreate<byte> 16))

            try
                GatherScatter.Scatter(results[0], results[0].Rank - 1, operands[1], operands[0], ScatterMode.Assign)
            with :? IndexOutOfRangeException as e ->
                // "index 28 is out of .."; one spatial dimension is shown as a plane.
                let shown = String.Join("x", (if plane.Length = 1 then Array.append plane [| 1L |] else plane))
                Fault.runtime $"Found an invalid max index: {e.Message.Split(' ')[1]} (output volumes are of size {shown})"

        override _.Vjp(operands, _, cotangents) =
            [| cotangents[0] |> Option.map (fun g -> Gather.gather g -1L operands[1]); None |]

        override r.Batch(operands, batched) = Batching.lift r operands batched

    /// torch.nn.functional.max_unpool1d, 2d, 3d: the values of a pooling at their positions in planes of the given sizes.
    let max_unpool (x: Expr) (indices: Expr) (output: int64[]) : Expr =
        let n = output.Length
        if indices.DType <> DType.Int64 then Fault.runtime $"elements in indices should be type int64 but got: {indices.DType.ScalarName}"
        let kernelName = if n = 3 then "max_unpool3d" else "max_unpool2d"
        if not x.DType.IsFloat then Check.unsupported kernelName x.DType

        if x.Sizes <> indices.Sizes then
            let one (e: Expr) = if n = 1 then Array.append e.Sizes [| 1L |] else e.Sizes

            Fault.runtime
                $"Expected shape of indices to be same as that of the input tensor ({Shape.show (one x)}) but got indices tensor with shape: {Shape.show (one indices)}"

        let y = Expr.call1 (Unpool output) [| flat n x; flat n indices |]
        let sizes = Array.append (leading n x) output
        Expr.reshape sizes y |> Expr.withStrides (like x sizes)

    let defs: OpDef list =
        let def name doc sample = Def.sample ("nn.functional." + name) sample Domain.Reals doc
        let image (x: Expr) = Expr.reshape [| 1L; 1L; x.Sizes[0]; -1L |] x

        [ def "max_pool" "The greatest of each window." (fun x -> (max_pool (image x) [| 2L; 1L |] null null null false)[0])
          |> Def.alias [ "nn.functional.max_pool1d"; "nn.functional.max_pool2d"; "nn.functional.max_pool3d" ]
          def "avg_pool" "The mean of each window." (fun x -> avg_pool (image x) [| 2L; 1L |] null null false true (Nullable()))
          |> Def.alias [ "nn.functional.avg_pool1d"; "nn.functional.avg_pool2d"; "nn.functional.avg_pool3d" ]
          def "adaptive_avg_pool" "The mean of equal parts." (fun x -> adaptive_avg_pool (image x) [| 2L; 1L |])
          def "adaptive_max_pool" "The greatest of equal parts." (fun x -> (adaptive_max_pool (image x) [| 2L; 1L |])[0])
          def "lp_pool" "The norm of each window." (fun x -> lp_pool (image x) 2.0 [| 2L; 1L |] null false) ]
