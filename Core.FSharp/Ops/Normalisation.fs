/// Normalisations: batch, layer, group, instance, root mean square, and vectors to unit length. Batch, layer and group normalisation have kernels in both
/// directions; what is beyond (the gradient's gradient) is written once for all of them. Statistics have the wide dtype: float32 for the half types.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Normalisation =
    let private absent = Nullable<DType>()

    /// Which of the affine parameters are operands.
    [<Struct>]
    type private Affine =
        { Gamma: bool
          Beta: bool }

        member a.Attrs = [ Flag a.Gamma; Flag a.Beta ]

        /// The parameters among operands, the first of which stands at a position.
        member a.Of (at: int) (operands: 'o[]) (none: 'o) : struct ('o * 'o) =
            let gamma = if a.Gamma then operands[at] else none
            let beta = if a.Beta then operands[at + (if a.Gamma then 1 else 0)] else none
            struct (gamma, beta)

        static member Given (gamma: Expr) (beta: Expr) : Affine =
            { Gamma = not (Given.isNull gamma)
              Beta = not (Given.isNull beta) }

    let private present (operands: Expr[]) = operands |> Array.filter (Given.isNull >> not)

    // ---- Common mathematics. With xh = (x - mean) rstd the Jacobian of xh is J v = rstd (v - mean(v) - xh mean(xh v)), which is symmetric.

    /// Statistics and parameters are seen with the rank of x, with size 1 where they are repeated; `dims` are those that statistics were taken over.
    type private View =
        { X: Expr
          Mean: Expr
          Rstd: Expr
          Gamma: Expr
          Dims: int[] }

        member v.Normal = (v.X -. v.Mean) *. v.Rstd

        member v.MeanOf(e: Expr) =
            let n = v.Dims |> Array.fold (fun p d -> p * v.X.Sizes[d]) 1L
            Arithmetic.sumKeep v.Dims e /. Expr.int n

        member v.Jacobian (normal: Expr) (e: Expr) =
            v.Rstd *. (e -. v.MeanOf e -. normal *. v.MeanOf(normal *. e))

    /// The cotangents of dy, x and gamma, given those of dx, dgamma and dbeta (a, b, c; null where there is none). With G = dy gamma and f = a . J G:
    /// d f = - rstd (xh mean(a J G) + mean(xh G) J a + mean(xh a) J G) . dx, all else is linear.
    let private second (v: View) (dy: Expr) (a: Expr) (b: Expr) (c: Expr) : struct (Expr * Expr * Expr) =
        let normal = v.Normal
        let scaled (e: Expr) = if Given.isNull v.Gamma then e else e *. v.Gamma
        let plus (x: Expr) (y: Expr) = if Given.isNull x then y elif Given.isNull y then x else x +. y
        let mutable toDy, toX, toGamma = null, null, null

        if not (Given.isNull a) then
            let ja = v.Jacobian normal a
            let g = scaled dy
            let jg = v.Jacobian normal g
            toDy <- scaled ja
            toX <- neg (v.Rstd *. (normal *. v.MeanOf(a *. jg) +. v.MeanOf(normal *. g) *. ja +. v.MeanOf(normal *. a) *. jg))
            if not (Given.isNull v.Gamma) then toGamma <- Arithmetic.sumTo v.Gamma.Sizes (dy *. ja)

        if not (Given.isNull b) then
            toDy <- plus toDy (b *. normal)
            toX <- plus toX (v.Jacobian normal (b *. dy))

        if not (Given.isNull c) then toDy <- plus toDy (Expr.expand v.X.Sizes c)
        struct (toDy, toX, toGamma)

    /// What the statistics' own cotangents add to that of x.
    let private throughStatistics (v: View) (toMean: Expr) (toRstd: Expr) : Expr =
        let n = v.Dims |> Array.fold (fun p d -> p * v.X.Sizes[d]) 1L |> Expr.int
        let one = if Given.isNull toMean then null else Expr.expand v.X.Sizes (toMean /. n)
        let two = if Given.isNull toRstd then null else neg (toRstd *. v.Rstd *. v.Rstd *. v.Normal /. n)
        if Given.isNull one then two elif Given.isNull two then one else one +. two

    let private orNull (o: Expr option) = Option.toObj o

    let private like (x: Expr) (e: Expr) : Expr option =
        if Given.isNull e then None else Some(Expr.cast x.DType e |> Expr.reshape x.Sizes)

    let private wide (e: Expr) = if Given.isNull e then e else Expr.cast e.DType.Compute e

    // ---- Layer normalisation of rows

    /// Rows [M, N], gamma [N], beta [N] -> rows, mean [M], 1 / deviation [M].
    type private Layer(epsilon: float, affine: Affine) =
        inherit Routine("layer_norm", Number epsilon :: affine.Attrs)

        override _.Infer(operands) =
            let x = operands[0]
            let statistic = Expr.signature [| x.Sizes[0] |] x.DType.Compute
            [| Expr.signature x.Sizes x.DType; statistic; statistic |]

        override _.Run(operands, results) =
            let struct (gamma, beta) = affine.Of 1 operands null
            LayerNorm.Forward(operands[0], gamma, beta, results[0], results[1], results[2], epsilon)

        override _.Vjp(operands, results, cotangents) =
            let x, mean, rstd = operands[0], results[1], results[2]
            let struct (gamma, _) = affine.Of 1 operands null
            let mutable toX, toGamma, toBeta = null, null, null

            match cotangents[0] with
            | Some g ->
                let back = Expr.call (LayerBackward affine) (present [| g; x; mean; rstd; gamma |])
                toX <- back[0]
                if affine.Gamma then toGamma <- back[1]
                if affine.Beta then toBeta <- back[back.Length - 1]
            | None -> ()

            if cotangents[1].IsSome || cotangents[2].IsSome then
                let column (e: Expr) = if Given.isNull e then e else Expr.unsqueeze 1 e
                let view = { X = wide x; Mean = column mean; Rstd = column rstd; Gamma = null; Dims = [| 1 |] }
                let more = throughStatistics view (column (orNull cotangents[1])) (column (orNull cotangents[2])) |> Expr.cast x.DType
                toX <- if Given.isNull toX then more else toX +. more

            [| Some toX
               if affine.Gamma then Some toGamma
               if affine.Beta then Some toBeta |]
            |> Array.map (Option.filter (Given.isNull >> not))

        override r.Batch(operands, batched) =
            if Array.tail batched |> Array.contains true then
                None
            else
                let x = operands[0]
                let n = x.Sizes[0]
                let y = Expr.call r (Array.append [| Expr.reshape [| -1L; x.Sizes[2] |] x |] (Array.tail operands))
                Some [| Expr.reshape x.Sizes y[0]; Expr.reshape [| n; -1L |] y[1]; Expr.reshape [| n; -1L |] y[2] |]

    /// dy [M, N], x, mean, rstd, gamma -> dx, and dgamma and dbeta where they are parameters.
    and private LayerBackward(affine: Affine) =
        inherit Routine("layer_norm_backward", affine.Attrs)

        override _.Infer(operands) =
            let x = operands[1]
            let parameter = Expr.signature [| x.Sizes[1] |] x.DType

            [| Expr.signature x.Sizes x.DType
               if affine.Gamma then parameter
               if affine.Beta then parameter |]

        override _.Run(operands, results) =
            let gamma = if affine.Gamma then operands[4] else null
            let struct (dgamma, dbeta) = affine.Of 1 results null
            LayerNorm.Backward(operands[0], operands[1], operands[2], operands[3], gamma, results[0], dgamma, dbeta)

        override _.Vjp(operands, _, cotangents) =
            let dy, x = operands[0], operands[1]
            let gamma = if affine.Gamma then operands[4] else null
            let row (e: Expr) = if Given.isNull e then e else wide e |> Expr.unsqueeze 0
            let struct (b, c) = affine.Of 1 (cotangents |> Array.map orNull) null

            let view =
                { X = wide x
                  Mean = Expr.unsqueeze 1 operands[2]
                  Rstd = Expr.unsqueeze 1 operands[3]
                  Gamma = row gamma
                  Dims = [| 1 |] }

            let struct (toDy, toX, toGamma) = second view (wide dy) (wide (orNull cotangents[0])) (row b) (row c)

            [| like dy toDy
               like x toX
               None
               None
               if affine.Gamma then like gamma toGamma |]

    // ---- Batch normalisation of channels

    /// Images [N, C, ..] -> mean [C], variance [C] (divided by the count).
    type private Statistics() =
        inherit Routine("batch_norm_statistics", [])

        override _.Infer(operands) =
            let x = operands[0]
            let statistic = Expr.signature [| x.Sizes[1] |] x.DType.Compute
            [| statistic; statistic |]

        override _.Run(operands, results) =
            BatchNorm.Statistics(operands[0], results[0], results[1])

        override _.Vjp(operands, results, cotangents) =
            let x = operands[0]
            let n = x.Count / max 1L x.Sizes[1] |> Expr.int
            let shaped (e: Expr) = Expr.reshape (Array.init x.Rank (fun k -> if k = 1 then x.Sizes[1] else 1L)) e
            let ofMean = cotangents[0] |> Option.map (fun g -> Expr.expand x.Sizes (shaped g /. n))
            let ofVariance = cotangents[1] |> Option.map (fun g -> two *. (wide x -. shaped results[0]) *. (shaped g /. n))

            [| match ofMean, ofVariance with
               | Some a, Some b -> Some(a +. b |> Expr.cast x.DType)
               | a, b -> Option.orElse b a |> Option.map (Expr.cast x.DType) |]

        override r.Batch(operands, _) =
            let n = operands[0].Sizes[0]
            Some(Expr.call r [| Batching.intoChannels operands[0] |] |> Array.map (Expr.reshape [| n; -1L |]))

    /// Images [N, C, ..] normalised by their own statistics, which are operands: x, mean, rstd, gamma, beta. What x moves through its statistics is part
    /// of its own cotangent; theirs are none.
    type private Normalize(affine: Affine) =
        inherit Routine("batch_norm", affine.Attrs)

        override _.Infer(operands) =
            let x = operands[0]
            [| { Sizes = x.Sizes; Strides = Format.like x x.Sizes; DType = x.DType } |]

        override _.Run(operands, results) =
            let struct (gamma, beta) = affine.Of 3 operands null
            BatchNorm.Normalize(operands[0], operands[1], operands[2], gamma, beta, results[0])

        override _.Vjp(operands, _, cotangents) =
            match cotangents[0] with
            | None -> Array.create operands.Length None
            | Some g ->
                let struct (gamma, _) = affine.Of 3 operands null
                let back = Expr.call (BatchBackward affine) (present [| g; operands[0]; operands[1]; operands[2]; gamma |])

                [| Some back[0]
                   None
                   None
                   if affine.Gamma then Some back[1]
                   if affine.Beta then Some back[back.Length - 1] |]

        override r.Batch(operands, batched) =
            let all = Batching.everywhere operands batched
            let n = all[0].Sizes[0]
            let flat = all |> Array.mapi (fun i e -> if i = 0 then Batching.intoChannels e else Expr.reshape [| -1L |] e)
            Some [| Expr.call1 r flat |> Batching.outOfChannels n |]

    /// dy, x, mean, rstd, gamma -> dx, and dgamma and dbeta where they are parameters.
    and private BatchBackward(affine: Affine) =
        inherit Routine("batch_norm_backward", affine.Attrs)

        override _.Infer(operands) =
            let x = operands[1]
            let parameter = Expr.signature [| x.Sizes[1] |] x.DType

            [| { Sizes = x.Sizes; Strides = Format.like x x.Sizes; DType = x.DType }
               if affine.Gamma then parameter
               if affine.Beta then parameter |]

        override _.Run(operands, results) =
            let gamma = if affine.Gamma then operands[4] else null
            let struct (dgamma, dbeta) = affine.Of 1 results null
            BatchNorm.Backward(operands[0], operands[1], operands[2], operands[3], gamma, results[0], dgamma, dbeta, true)

        override _.Vjp(operands, _, cotangents) =
            let dy, x = operands[0], operands[1]
            let gamma = if affine.Gamma then operands[4] else null

            let shaped (e: Expr) =
                if Given.isNull e then e else wide e |> Expr.reshape (Array.init x.Rank (fun k -> if k = 1 then x.Sizes[1] else 1L))

            let struct (b, c) = affine.Of 1 (cotangents |> Array.map orNull) null

            let view =
                { X = wide x
                  Mean = shaped operands[2]
                  Rstd = shaped operands[3]
                  Gamma = shaped gamma
                  Dims = [| for k in 0 .. x.Rank - 1 do
                                if k <> 1 then k |] }

            let struct (toDy, toX, toGamma) = second view (wide dy) (wide (orNull cotangents[0])) (shaped b) (shaped c)

            [| like dy toDy
               like x toX
               None
               None
               if affine.Gamma then like gamma toGamma |]

        override r.Batch(operands, batched) =
            let all = Batching.everywhere operands batched
            let n = all[0].Sizes[0]
            let flat = all |> Array.mapi (fun i e -> if i < 2 then Batching.intoChannels e else Expr.reshape [| -1L |] e)

            Expr.call r flat
            |> Array.mapi (fun i e -> if i = 0 then Batching.outOfChannels n e else Expr.reshape [| n; -1L |] e)
            |> Some

    // ---- Group normalisation

    /// A block in row-major order; the copy, where one was needed, lives as long as the returned buffer.
    let private dense (b: Block) : struct (Block * NativeBuffer) =
        if b.IsContiguous then
            struct (b, null)
        else
            let buffer = new NativeBuffer(b.Count * int64 (ElementTypes.Size b.Type))
            let copy = Block(buffer.Address, b.Type, b.Sizes, Shape.contiguous b.Sizes)
            StridedCopy.Copy(b, copy)
            struct (copy, buffer)

    let private withDense (blocks: Block[]) (run: Block[] -> unit) : unit =
        let copies = blocks |> Array.map dense

        try
            run (copies |> Array.map (fun (struct (b, _)) -> b))
        finally
            for struct (_, buffer) in copies do
                if not (isNull buffer) then buffer.Release()

    /// Images [N, C, ..], gamma [C], beta [C] -> images, mean [N, groups], 1 / deviation [N, groups].
    type private Group(groups: int64, epsilon: float, affine: Affine) =
        inherit Routine("group_norm", Whole groups :: Number epsilon :: affine.Attrs)

        override _.Infer(operands) =
            let x = operands[0]
            let statistic = Expr.signature [| x.Sizes[0]; groups |] x.DType.Compute
            [| { Sizes = x.Sizes; Strides = Format.like x x.Sizes; DType = x.DType }; statistic; statistic |]

        override _.Run(operands, results) =
            withDense operands (fun o ->
                let struct (gamma, beta) = affine.Of 1 o null
                LayerNorm.GroupForward(o[0], groups, gamma, beta, results[0], results[1], results[2], epsilon))

        override _.Vjp(operands, results, cotangents) =
            let x, mean, rstd = operands[0], results[1], results[2]
            let struct (gamma, _) = affine.Of 1 operands null
            let mutable toX, toGamma, toBeta = null, null, null

            match cotangents[0] with
            | Some g ->
                let back = Expr.call (GroupBackward(groups, affine)) (present [| g; x; mean; rstd; gamma |])
                toX <- back[0]
                if affine.Gamma then toGamma <- back[1]
                if affine.Beta then toBeta <- back[back.Length - 1]
            | None -> ()

            if cotangents[1].IsSome || cotangents[2].IsSome then
                let column (e: Expr) = if Given.isNull e then e else Expr.unsqueeze 2 e
                let rows = Expr.reshape [| x.Sizes[0]; groups; -1L |] (wide x)
                let view = { X = rows; Mean = column mean; Rstd = column rstd; Gamma = null; Dims = [| 2 |] }
                let more = throughStatistics view (column (orNull cotangents[1])) (column (orNull cotangents[2])) |> like x |> Option.get
                toX <- if Given.isNull toX then more else toX +. more

            [| Some toX
               if affine.Gamma then Some toGamma
               if affine.Beta then Some toBeta |]
            |> Array.map (Option.filter (Given.isNull >> not))

        override r.Batch(operands, batched) =
            if Array.tail batched |> Array.contains true then
                None
            else
                let x = operands[0]
                let n = x.Sizes[0]
                let flat = Expr.reshape (Array.append [| n * x.Sizes[1] |] (Array.skip 2 x.Sizes)) x
                let y = Expr.call r (Array.append [| flat |] (Array.tail operands))
                let statistic (e: Expr) = Expr.reshape [| n; x.Sizes[1]; groups |] e
                Some [| Expr.reshape x.Sizes y[0]; statistic y[1]; statistic y[2] |]

    and private GroupBackward(groups: int64, affine: Affine) =
        inherit Routine("group_norm_backward", Whole groups :: affine.Attrs)

        override _.Infer(operands) =
            let x = operands[1]
            let parameter = Expr.signature [| x.Sizes[1] |] x.DType

            [| Expr.signature x.Sizes x.DType
               if affine.Gamma then parameter
               if affine.Beta then parameter |]

        override _.Run(operands, results) =
            withDense operands (fun o ->
                let gamma = if affine.Gamma then o[4] else null
                let struct (dgamma, dbeta) = affine.Of 1 results null
                LayerNorm.GroupBackward(o[0], o[1], groups, o[2], o[3], gamma, results[0], dgamma, dbeta))

        override _.Vjp(operands, _, cotangents) =
            let dy, x = operands[0], operands[1]
            let gamma = if affine.Gamma then operands[4] else null
            // [N, groups, channels of a group, positions]
            let grouped (e: Expr) =
                if Given.isNull e then e else wide e |> Expr.reshape [| x.Sizes[0]; groups; x.Sizes[1] / groups; -1L |]

            let statistic (e: Expr) = e |> Expr.unsqueeze 2 |> Expr.unsqueeze 3

            let parameter (e: Expr) =
                if Given.isNull e then e else wide e |> Expr.reshape [| 1L; groups; x.Sizes[1] / groups; 1L |]

            let struct (b, c) = affine.Of 1 (cotangents |> Array.map orNull) null

            let view =
                { X = grouped x
                  Mean = statistic operands[2]
                  Rstd = statistic operands[3]
                  Gamma = parameter gamma
                  Dims = [| 2; 3 |] }

            let struct (toDy, toX, toGamma) = second view (grouped dy) (grouped (orNull cotangents[0])) (parameter b) (parameter c)

            [| like dy toDy
               like x toX
               None
               None
               if affine.Gamma then like gamma toGamma |]

    // ---- Operations

    /// Parameters in the dtype of what is normalised. Where they have another one, everything is computed wide.
    let private agreed (x: Expr) (gamma: Expr) (beta: Expr) (f: Expr -> Expr -> Expr -> Expr[]) : Expr[] =
        let same (p: Expr) = Given.isNull p || p.DType = x.DType

        if same gamma && same beta then
            f x gamma beta
        else
            let d = x.DType.Compute
            let cast (p: Expr) = if Given.isNull p then p else Expr.cast d p
            let y = f (Expr.cast d x) (cast gamma) (cast beta)
            Array.append [| Expr.cast x.DType y[0] |] (Array.tail y)

    /// The dtype of the statistics that the native functions return: wide where parameters are wider than what is normalised.
    let private statisticType (x: Expr) (gamma: Expr) (beta: Expr) : DType =
        let same (p: Expr) = Given.isNull p || p.DType = x.DType
        if same gamma && same beta then x.DType else x.DType.Compute

    let private torchSize (x: Expr) = $"torch.Size({Shape.show x.Sizes})"

    let private checkNormalized (starred: string) (x: Expr) (shape: int64[]) (weight: Expr) (bias: Expr) =
        if shape.Length = 0 then
            Fault.runtime
                "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []"

        let check (name: string) (p: Expr) =
            if not (Given.isNull p) && p.Sizes <> shape then
                Fault.runtime
                    $"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {Shape.show p.Sizes} and normalized_shape = {Shape.show shape}"

        check "weight" weight
        check "bias" bias

        if x.Rank < shape.Length || Array.skip (x.Rank - shape.Length) x.Sizes <> shape then
            let inner = String.Join(", ", shape)
            Fault.runtime $"Given normalized_shape={Shape.show shape}, expected input with shape [{starred}{inner}], but got input of size{Shape.show x.Sizes}"

    /// torch.native_layer_norm: the result, and mean and 1 / deviation of each row. Weight and bias may be null.
    let native_layer_norm (x: Expr) (shape: int64[]) (weight: Expr) (bias: Expr) (eps: float) : Expr[] =
        checkNormalized "*, " x shape weight bias
        if not x.DType.IsFloat then Check.unsupported "LayerNormKernelImpl" x.DType
        let outer = Array.sub x.Sizes 0 (x.Rank - shape.Length)
        let n = Shape.count shape

        let y =
            agreed x weight bias (fun x gamma beta ->
                let flat (p: Expr) = if Given.isNull p then p else Expr.reshape [| n |] p
                let rows = Expr.reshape [| Shape.count outer; n |] x
                Expr.call (Layer(eps, Affine.Given gamma beta)) (present [| rows; flat gamma; flat beta |]))

        let statistics = Array.append outer (Array.create shape.Length 1L)
        let d = statisticType x weight bias
        [| Expr.reshape x.Sizes y[0]; Expr.cast d y[1] |> Expr.reshape statistics; Expr.cast d y[2] |> Expr.reshape statistics |]

    /// torch.nn.functional.layer_norm over the last dimensions.
    let layer_norm (x: Expr) (shape: int64[]) (weight: Expr) (bias: Expr) (eps: float) : Expr = (native_layer_norm x shape weight bias eps)[0]

    /// torch.native_group_norm: the result, and mean and 1 / deviation [N, groups].
    let native_group_norm (x: Expr) (groups: int64) (weight: Expr) (bias: Expr) (eps: float) : Expr[] =
        if x.Rank < 2 then Fault.runtime $"Expected at least 2 dimensions for input tensor but received {x.Rank}"

        if groups <= 0L then Fault.runtime $"Expected num groups to be greater than 0, got {groups}"

        if x.Sizes[1] % groups <> 0L then
            Fault.runtime
                $"Expected number of channels in input to be divisible by num_groups, but got input of shape {Shape.show x.Sizes} and num_groups={groups}"

        let check (name: string) (p: Expr) =
            if not (Given.isNull p) && (p.Rank <> 1 || p.Sizes[0] <> x.Sizes[1]) then
                Fault.runtime
                    $"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape {Shape.show p.Sizes} and input of shape {Shape.show x.Sizes}"

        check "weight" weight
        check "bias" bias
        if not x.DType.IsFloat then Check.unsupported "GroupNormKernelImpl" x.DType
        let d = statisticType x weight bias

        agreed x weight bias (fun x gamma beta -> Expr.call (Group(groups, eps, Affine.Given gamma beta)) (present [| x; gamma; beta |]))
        |> Array.mapi (fun i e -> if i = 0 then e else Expr.cast d e)

    /// torch.nn.functional.group_norm.
    let group_norm (x: Expr) (groups: int64) (weight: Expr) (bias: Expr) (eps: float) : Expr = (native_group_norm x groups weight bias eps)[0]

    let private channels (x: Expr) (e: Expr) =
        Expr.reshape (Array.init x.Rank (fun k -> if k = 1 then x.Sizes[1] else 1L)) e

    let private rootOver (variance: Expr) (eps: float) = Numeric.rsqrt (variance +. num eps)

    /// Batch normalisation without checks: the result, and mean and 1 / deviation that were used, and the running statistics afterwards.
    let private batchNorm (x: Expr) (runningMean: Expr) (runningVar: Expr) (weight: Expr) (bias: Expr) (training: bool) (momentum: float) (eps: float) : Expr[] =
        if training then
            let statistics = Expr.call (Statistics()) [| x |]
            let mean, variance = statistics[0], statistics[1]
            let rstd = rootOver variance eps
            let n = float (x.Count / max 1L x.Sizes[1])

            let y =
                agreed x weight bias (fun x gamma beta -> Expr.call (Normalize(Affine.Given gamma beta)) (present [| x; mean; rstd; gamma; beta |]))

            let moved (running: Expr) (value: Expr) =
                if Given.isNull running then running
                else
                    let d = running.DType
                    Expr.cast d (Expr.cast d.Compute running *. num (1.0 - momentum) +. value *. num momentum)

            [| y[0]; mean; rstd; moved runningMean mean; moved runningVar (variance *. num (n / (n - 1.0))) |]
        else
            let mean, rstd = wide runningMean, rootOver (wide runningVar) eps
            let scale = if Given.isNull weight then rstd else rstd *. wide weight
            let y = (wide x -. channels x mean) *. channels x scale
            let y = if Given.isNull bias then y else y +. channels x (wide bias)
            [| Expr.cast x.DType y |> Expr.withStrides (Format.like x x.Sizes); mean; rstd; runningMean; runningVar |]

    let private checkChannels (x: Expr) (named: (string * Expr) list) =
        for name, p in named do
            if not (Given.isNull p) && p.Count <> x.Sizes[1] then
                Fault.runtime $"{name} should contain {x.Sizes[1]} elements not {p.Count}"

    /// torch.native_batch_norm: result, mean and 1 / deviation of the batch, running mean and variance afterwards (null where none were given).
    let native_batch_norm
        (x: Expr)
        (weight: Expr)
        (bias: Expr)
        (runningMean: Expr)
        (runningVar: Expr)
        (training: bool)
        (momentum: float)
        (eps: float)
        : Expr[] =
        if x.Rank < 2 then Fault.runtime $"Expected at least 2 dimensions for input tensor but received {x.Rank}"
        checkChannels x [ "running_mean", runningMean; "running_var", runningVar; "weight", weight; "bias", bias ]
        if not x.DType.IsFloat then Check.unsupported "batch_norm" x.DType

        if not training && (Given.isNull runningMean || Given.isNull runningVar) then
            Fault.runtime "running_mean and running_var must be defined in evaluation mode"

        let y = batchNorm x runningMean runningVar weight bias training momentum eps
        let d = statisticType x weight bias
        // Nothing is saved in evaluation.
        let saved (e: Expr) = if training then Expr.cast d e else Expr.fill [| 0L |] d (Int 0L)
        [| y[0]; saved y[1]; saved y[2]; y[3]; y[4] |]

    /// torch.nn.functional.batch_norm: the result, and the running mean and variance afterwards (null where none were given).
    let batch_norm
        (x: Expr)
        (runningMean: Expr)
        (runningVar: Expr)
        (weight: Expr)
        (bias: Expr)
        (training: bool)
        (momentum: float)
        (eps: float)
        : Expr[] =
        if training && x.Rank >= 2 && x.Count / max 1L x.Sizes[1] = 1L && x.Count > 0L then
            Fault.value $"Expected more than 1 value per channel when training, got input size {torchSize x}"

        if x.Rank = 1 && x.Count = 0L then
            [| x; runningMean; runningVar |]
        else
            let y = native_batch_norm x weight bias runningMean runningVar training momentum eps
            [| y[0]; y[3]; y[4] |]

    /// torch.nn.functional.instance_norm: the result, and the running mean and variance afterwards (null where none were given).
    let instance_norm
        (x: Expr)
        (runningMean: Expr)
        (runningVar: Expr)
        (weight: Expr)
        (bias: Expr)
        (useInputStats: bool)
        (momentum: float)
        (eps: float)
        : Expr[] =
        if x.Rank < 3 then Fault.runtime $"Expected at least 3 dimensions for input tensor but received {x.Rank}"

        if useInputStats && Shape.count (Array.skip 2 x.Sizes) = 1L then
            Fault.value $"Expected more than 1 spatial element when training, got input size {torchSize x}"

        if not useInputStats && (Given.isNull runningMean || Given.isNull runningVar) then
            Fault.runtime "Expected running_mean and running_var to be defined when use_input_stats is false"

        checkChannels x [ "running_mean", runningMean; "running_var", runningVar; "weight", weight; "bias", bias ]
        if not x.DType.IsFloat then Check.unsupported "batch_norm" x.DType
        let n = x.Sizes[0]
        // Every image's channel is a channel of its own.
        let repeated (p: Expr) = if Given.isNull p then p else Assemble.repeat p [| n |]
        let flat = Expr.reshape (Array.append [| 1L; n * x.Sizes[1] |] (Array.skip 2 x.Sizes)) x
        let y = batchNorm flat (repeated runningMean) (repeated runningVar) (repeated weight) (repeated bias) useInputStats momentum eps

        let averaged (running: Expr) (p: Expr) =
            if Given.isNull running then running
            else Reductions.mean (Expr.reshape [| n; x.Sizes[1] |] p) [| 0L |] false absent

        [| Expr.reshape x.Sizes y[0]; averaged runningMean y[3]; averaged runningVar y[4] |]

    /// torch.nn.functional.rms_norm; no eps: the smallest step of the dtype at one.
    let rms_norm (x: Expr) (shape: int64[]) (weight: Expr) (eps: Nullable<float>) : Expr =
        checkNormalized "*" x shape weight null
        if not x.DType.IsDifferentiable then Check.unsupported "rms_norm" x.DType

        let eps =
            if eps.HasValue then
                eps.Value
            else
                match x.DType.Real with
                | DType.Float64 -> Math.ScaleB(1.0, -52)
                | DType.Float16 -> Math.ScaleB(1.0, -10)
                | DType.BFloat16 -> Math.ScaleB(1.0, -7)
                | _ -> Math.ScaleB(1.0, -23)

        let v = wide x
        let dims = [| for k in x.Rank - shape.Length .. x.Rank - 1 -> k |]
        let n = Expr.int (Shape.count shape)
        // Squares, not absolute squares, of complex numbers too.
        let y = v *. Numeric.rsqrt (Arithmetic.sumKeep dims (v *. v) /. n +. num eps)

        if Given.isNull weight then Expr.cast x.DType y
        elif weight.DType = x.DType then Expr.cast x.DType (y *. wide weight)
        else Expr.cast x.DType y *. weight

    /// torch.nn.functional.normalize: vectors along a dimension divided by their p-norm, at least eps.
    let normalize (x: Expr) (p: float) (dim: int64) (eps: float) : Expr =
        let norm = Reductions.vector_norm x p [| dim |] true absent
        x /. Expr.expand x.Sizes (Numeric.clamp_min norm (num eps))

    /// torch.nn.functional.local_response_norm: divided by a power of the mean square over neighbouring channels.
    let local_response_norm (x: Expr) (size: int64) (alpha: float) (beta: float) (k: float) : Expr =
        if x.Rank < 3 then
            Fault.value $"Expected 3D or higher dimensionality                          input (got {x.Rank} dimensions)"

        if x.Count = 0L then
            x
        else
            let n, c = x.Sizes[0], x.Sizes[1]
            // Channels become a spatial dimension; the mean counts the zeros around them.
            let planes = Expr.reshape [| n; 1L; c; -1L |] (x *. x)
            let around = Assemble.pad_constant planes [| 0L; 0L; size / 2L; (size - 1L) / 2L |] null
            let mean = Pooling.avg_pool around [| size; 1L |] [| 1L; 1L |] null false true (Nullable())
            let divisor = Numeric.pow (Expr.reshape x.Sizes mean *. num alpha +. num k) (num beta)
            x /. divisor

    let defs: OpDef list =
        let def name doc sample = Def.sample name sample Domain.Reals doc
        let matrix (x: Expr) = Expr.reshape [| x.Sizes[0]; -1L |] x
        let image (x: Expr) = Expr.reshape [| x.Sizes[0]; 1L; -1L |] x

        [ def "nn.functional.layer_norm" "Rows with mean 0 and variance 1." (fun x -> let m = matrix x in layer_norm m [| m.Sizes[1] |] null null 1e-5)
          def "nn.functional.group_norm" "Groups of channels with mean 0 and variance 1." (fun x -> group_norm (image x) 1L null null 1e-5)
          def "nn.functional.batch_norm" "Channels with mean 0 and variance 1 over the batch." (fun x -> (batch_norm (image x) null null null null true 0.1 1e-5)[0])
          def "nn.functional.instance_norm" "Channels of each image with mean 0 and variance 1." (fun x -> (instance_norm (Expr.reshape [| 1L; 1L; -1L |] x) null null null null true 0.1 1e-5)[0])
          def "nn.functional.rms_norm" "Rows with mean square 1." (fun x -> let m = matrix x in rms_norm m [| m.Sizes[1] |] null (Nullable()))
          def "nn.functional.normalize" "Vectors of length 1." (fun x -> normalize x 2.0 0L 1e-12)
          def "nn.functional.local_response_norm" "Divided by neighbouring channels." (fun x -> local_response_norm (image x) 2L 1e-4 0.75 1.0) ]
