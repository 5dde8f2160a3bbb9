/// Recurrent layers: RNN (tanh, relu), LSTM and GRU over sequences, stacked and in both directions, and their cells. One layer in one direction is a routine
/// with a fused gradient; the gradient's gradient is that of the cells written out. Weights come as PyTorch's flat list: for each layer and direction
/// w_ih, w_hh, then with biases b_ih, b_hh, then with a projection w_hr.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Recurrent =
    let private tanh (x: Expr) = Trigonometric.tanh x
    let private sigmoid (x: Expr) = Exponential.sigmoid x
    let private orNull (o: Expr option) = Option.toObj o

    // ---- Cells

    let private gatesOf (x: Expr) (w: Expr) (b: Expr) = Matmul.linear x w b

    /// One step of an RNN: tanh or relu of the two products.
    let private plainCell (f: Expr -> Expr) (x: Expr) (h: Expr) (wIh: Expr) (wHh: Expr) (bIh: Expr) (bHh: Expr) : Expr =
        f (gatesOf x wIh bIh +. gatesOf h wHh bHh)

    /// torch.rnn_tanh_cell. Biases may be null.
    let rnn_tanh_cell (x: Expr) (h: Expr) (wIh: Expr) (wHh: Expr) (bIh: Expr) (bHh: Expr) : Expr = plainCell tanh x h wIh wHh bIh bHh

    /// torch.rnn_relu_cell.
    let rnn_relu_cell (x: Expr) (h: Expr) (wIh: Expr) (wHh: Expr) (bIh: Expr) (bHh: Expr) : Expr = plainCell Activations.relu x h wIh wHh bIh bHh

    /// torch.lstm_cell: the next h and c.
    let lstm_cell (x: Expr) (h: Expr) (c: Expr) (wIh: Expr) (wHh: Expr) (bIh: Expr) (bHh: Expr) : Expr[] =
        let g = gatesOf x wIh bIh +. gatesOf h wHh bHh
        let parts = Views.chunk g 4L -1L
        let c = sigmoid parts[1] *. c +. sigmoid parts[0] *. tanh parts[2]
        [| sigmoid parts[3] *. tanh c; c |]

    /// torch.gru_cell.
    let gru_cell (x: Expr) (h: Expr) (wIh: Expr) (wHh: Expr) (bIh: Expr) (bHh: Expr) : Expr =
        let a = Views.chunk (gatesOf x wIh bIh) 3L -1L
        let b = Views.chunk (gatesOf h wHh bHh) 3L -1L
        let r, z = sigmoid (a[0] +. b[0]), sigmoid (a[1] +. b[1])
        let n = tanh (a[2] +. r *. b[2])
        n +. z *. (h -. n)

    // ---- One layer, one direction

    /// A layer's operands: x, w_ih, w_hh, biases (or null), h0, c0 (LSTM, or null), projection (or null).
    type private Operands =
        { X: Expr
          WIh: Expr
          WHh: Expr
          BIh: Expr
          BHh: Expr
          H0: Expr
          C0: Expr
          WHr: Expr }

    /// The cells written out: y [T, B, H], the last h and (LSTM) c.
    let private unrolled (kind: RecurrentKind) (reverse: bool) (o: Operands) : Expr * Expr * Expr =
        let steps = int o.X.Sizes[0]
        let order = if reverse then [| steps - 1 .. -1 .. 0 |] else [| 0 .. steps - 1 |]
        let outputs = Array.zeroCreate<Expr> steps
        let mutable h, c = o.H0, o.C0

        for t in order do
            let x = Expr.select 0 (int64 t) o.X

            match kind with
            | RecurrentKind.Lstm ->
                let next = lstm_cell x h c o.WIh o.WHh o.BIh o.BHh
                h <- if Given.isNull o.WHr then next[0] else Matmul.linear next[0] o.WHr null
                c <- next[1]
            | RecurrentKind.Gru -> h <- gru_cell x h o.WIh o.WHh o.BIh o.BHh
            | RecurrentKind.Relu -> h <- rnn_relu_cell x h o.WIh o.WHh o.BIh o.BHh
            | _ -> h <- rnn_tanh_cell x h o.WIh o.WHh o.BIh o.BHh

            outputs[t] <- h

        Assemble.stack outputs 0L, h, c

    /// What a layer is, beside its operands.
    type private Shape' =
        { Kind: RecurrentKind
          Reverse: bool
          Bias: bool }

        member s.Attrs = [ Text(string s.Kind); Flag s.Reverse; Flag s.Bias ]
        member s.IsLstm = s.Kind = RecurrentKind.Lstm
        member s.IsSaving = s.Kind = RecurrentKind.Lstm || s.Kind = RecurrentKind.Gru

        /// The named operands of a flat list.
        member s.Read(operands: 'o[], none: 'o) : struct ('o * 'o * 'o * 'o * 'o * 'o * 'o) =
            let at = if s.Bias then 5 else 3

            struct (operands[0],
                    operands[1],
                    operands[2],
                    (if s.Bias then operands[3] else none),
                    (if s.Bias then operands[4] else none),
                    operands[at],
                    (if s.IsLstm then operands[at + 1] else none))

        member s.Count = (if s.Bias then 5 else 3) + (if s.IsLstm then 2 else 1)

    /// Operands as above without projection -> y [T, B, H]; for an LSTM the last c [B, H] and all c [T, B, H]; what backward needs.
    type private Layer(s: Shape') =
        inherit Routine("recurrent", s.Attrs)

        override _.Infer(operands) =
            let struct (x, _, wHh, _, _, _, _) = s.Read(operands, null)
            let t, b, h = x.Sizes[0], x.Sizes[1], wHh.Sizes[1]
            let make sizes = Expr.signature sizes x.DType

            [| make [| t; b; h |]
               if s.IsLstm then
                   make [| b; h |]
                   make [| t; b; h |]
               if s.IsSaving then make [| t; b; 4L * h |] |]

        override _.Run(operands, results) =
            let struct (x, wIh, wHh, bIh, bHh, h0, c0) = s.Read(operands, null)
            let c = if s.IsLstm then results[2] else null
            let saved = if s.IsSaving then results[results.Length - 1] else null
            Recurrent.Forward(s.Kind, x, wIh, wHh, bIh, bHh, h0, c0, results[0], c, saved, s.Reverse)

            if s.IsLstm then
                let last = results[1]
                let step = if s.Reverse then 0L else c.Sizes[0] - 1L
                let offset = step * c.Strides[0] * int64 (ElementTypes.Size c.Type)
                StridedCopy.Copy(Block(c.Address + nativeint offset, c.Type, last.Sizes, Array.tail c.Strides), last)

        override _.Vjp(operands, results, cotangents) =
            let dy = cotangents[0]
            let dc = if s.IsLstm then cotangents[1] else None

            if dy.IsNone && dc.IsNone then
                Array.create operands.Length None
            else
                let dy = dy |> Option.defaultWith (fun () -> Expr.zerosLike results[0])

                let given =
                    [| dy
                       if s.IsLstm then dc |> Option.defaultWith (fun () -> Expr.zerosLike results[1])
                       yield! operands
                       // y, all c, saved
                       results[0]
                       if s.IsLstm then results[2]
                       if s.IsSaving then results[results.Length - 1] |]

                Expr.call (LayerBackward s) given |> Array.map Some

    /// dy, last dc (LSTM), the layer's operands, y, all c (LSTM), what was saved -> cotangents of the layer's operands.
    and private LayerBackward(s: Shape') =
        inherit Routine("recurrent_backward", s.Attrs)

        let first = if s.IsLstm then 2 else 1

        override _.Infer(operands) =
            Array.sub operands first s.Count |> Array.map (fun o -> Expr.signature o.Sizes o.DType)

        override _.Run(operands, results) =
            let struct (x, wIh, wHh, _, _, h0, c0) = s.Read(Array.sub operands first s.Count, null)
            let struct (dx, dwIh, dwHh, dbIh, dbHh, dh0, dc0) = s.Read(results, null)
            let rest = Array.skip (first + s.Count) operands
            let c = if s.IsLstm then rest[1] else null
            let saved = if s.IsSaving then rest[rest.Length - 1] else null
            let dc = if s.IsLstm then operands[1] else null

            Recurrent.Backward(
                s.Kind,
                operands[0],
                null,
                dc,
                x,
                wIh,
                wHh,
                h0,
                c0,
                rest[0],
                c,
                saved,
                dx,
                dwIh,
                dwHh,
                dbIh,
                dbHh,
                dh0,
                dc0,
                s.Reverse
            )

        // The gradients written out from the cells, differentiated once more. y, c and what was saved are functions of the others.
        override _.Vjp(operands, _, cotangents) =
            let inputs = Array.sub operands 0 (first + s.Count)
            let own = Array.sub operands first s.Count
            let struct (x, wIh, wHh, bIh, bHh, h0, c0) = s.Read(own, null)

            let y, _, c =
                unrolled s.Kind s.Reverse { X = x; WIh = wIh; WHh = wHh; BIh = bIh; BHh = bHh; H0 = h0; C0 = c0; WHr = null }

            let outputs = if s.IsLstm then [| y; c |] else [| y |]
            let gradients = Reverse.vjp outputs (Array.sub operands 0 first |> Array.map Some) own

            let pairs =
                Array.map2 (Option.map2 (fun g c -> struct (g, c))) gradients cotangents |> Array.choose id

            let back =
                Reverse.vjp (pairs |> Array.map (fun (struct (g, _)) -> g)) (pairs |> Array.map (fun (struct (_, c)) -> Some c)) inputs

            Array.append back (Array.create (operands.Length - inputs.Length) None)

    /// One layer in one direction: y, the last h, and for an LSTM the last c.
    let private layer (kind: RecurrentKind) (reverse: bool) (o: Operands) : Expr * Expr * Expr =
        if not (Given.isNull o.WHr) || o.X.Sizes[0] = 0L then
            unrolled kind reverse o
        else
            let d = o.X.DType
            let s = { Kind = kind; Reverse = reverse; Bias = not (Given.isNull o.BIh) }

            let operands =
                [| o.X
                   o.WIh
                   o.WHh
                   if s.Bias then
                       o.BIh
                       o.BHh
                   o.H0
                   if s.IsLstm then o.C0 |]
                |> Array.map (Expr.cast d.Compute)

            let r = Expr.call (Layer s) operands |> Array.map (Expr.cast d)
            let last = if reverse then 0L else o.X.Sizes[0] - 1L
            r[0], Expr.select 0 last r[0], (if s.IsLstm then r[1] else null)

    // ---- Stacks

    let private checkInput (x: Expr) (h0: Expr) (layers: int) (directions: int) (name: string) (batched: bool) =
        let expected = if batched then 3 else 2

        if x.Rank <> expected then
            Fault.value $"{name}: Expected input to be 2D or 3D, got {x.Rank}D instead"

        let count = int64 (layers * directions)

        if h0.Rank <> expected || h0.Sizes[0] <> count then
            let hidden = h0.Sizes[h0.Rank - 1]
            let wanted = if batched then $"({count}, {x.Sizes[1]}, {hidden})" else $"({count}, {hidden})"
            Fault.runtime $"Expected hidden size {wanted}, got {Shape.show h0.Sizes}"

    /// All layers: y, h of all layers and directions, and for an LSTM c. `dropout` holds a mask for the output of each layer but the last, or is null.
    let private stack
        (name: string)
        (kind: RecurrentKind)
        (x: Expr)
        (h0: Expr)
        (c0: Expr)
        (weights: Expr[])
        (biases: bool)
        (layers: int)
        (dropout: Expr[])
        (bidirectional: bool)
        (batchFirst: bool)
        : Expr[] =
        let batched = x.Rank = 3
        let directions = if bidirectional then 2 else 1
        checkInput (if batched && batchFirst then Expr.transpose 0 1 x else x) h0 layers directions name batched
        let each = weights.Length / (layers * directions)
        let isLstm = kind = RecurrentKind.Lstm
        let projected = isLstm && each = (if biases then 5 else 3)
        // Without a batch: a batch of one.
        let wide (e: Expr) = if batched || Given.isNull e then e else Expr.unsqueeze 1 e
        let h0, c0 = wide h0, wide c0
        let mutable input = if batched && batchFirst then Expr.transpose 0 1 x else wide x
        let lastH, lastC = ResizeArray<Expr>(), ResizeArray<Expr>()

        for l in 0 .. layers - 1 do
            let outputs =
                Array.init directions (fun d ->
                    let k = l * directions + d
                    let w = Array.sub weights (k * each) each

                    let y, h, c =
                        layer
                            kind
                            (d = 1)
                            { X = input
                              WIh = w[0]
                              WHh = w[1]
                              BIh = (if biases then w[2] else null)
                              BHh = (if biases then w[3] else null)
                              H0 = Expr.select 0 (int64 k) h0
                              C0 = (if isLstm then Expr.select 0 (int64 k) c0 else null)
                              WHr = (if projected then w[each - 1] else null) }

                    lastH.Add h
                    if isLstm then lastC.Add c
                    y)

            input <- if directions = 1 then outputs[0] else Assemble.cat outputs -1L

            if not (isNull dropout) && l < layers - 1 && not (Given.isNull dropout[l]) then
                input <- input *. dropout[l]

        let back (e: Expr) = if batched then e else Expr.squeeze [| 1 |] e
        let y = if batched && batchFirst then Expr.transpose 0 1 input else back input

        [| y
           back (Assemble.stack (lastH.ToArray()) 0L)
           if isLstm then back (Assemble.stack (lastC.ToArray()) 0L) |]

    /// torch.lstm: y, h_n, c_n.
    let lstm (x: Expr) (h0: Expr) (c0: Expr) (weights: Expr[]) (biases: bool) (layers: int) (dropout: Expr[]) (bidirectional: bool) (batchFirst: bool) : Expr[] =
        stack "LSTM" RecurrentKind.Lstm x h0 c0 weights biases layers dropout bidirectional batchFirst

    /// torch.gru: y, h_n.
    let gru (x: Expr) (h0: Expr) (weights: Expr[]) (biases: bool) (layers: int) (dropout: Expr[]) (bidirectional: bool) (batchFirst: bool) : Expr[] =
        stack "GRU" RecurrentKind.Gru x h0 null weights biases layers dropout bidirectional batchFirst

    /// torch.rnn_tanh: y, h_n.
    let rnn_tanh (x: Expr) (h0: Expr) (weights: Expr[]) (biases: bool) (layers: int) (dropout: Expr[]) (bidirectional: bool) (batchFirst: bool) : Expr[] =
        stack "RNN" RecurrentKind.Tanh x h0 null weights biases layers dropout bidirectional batchFirst

    /// torch.rnn_relu: y, h_n.
    let rnn_relu (x: Expr) (h0: Expr) (weights: Expr[]) (biases: bool) (layers: int) (dropout: Expr[]) (bidirectional: bool) (batchFirst: bool) : Expr[] =
        stack "RNN" RecurrentKind.Relu x h0 null weights biases layers dropout bidirectional batchFirst
