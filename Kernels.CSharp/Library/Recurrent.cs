using System.Numerics;

namespace Torch.Kernels;

/// <summary>Kinds of recurrent layer.</summary>
public enum RecurrentKind { Tanh, Relu, Lstm, Gru }

/// <summary>
/// One direction of one recurrent layer over a sequence: tanh and relu RNN, LSTM, GRU, with PyTorch's gate order and formulae; Float32 and Float64 (the
/// caller widens half types). Method: the products with the input are one matrix product for all steps; each step adds the product with the previous h
/// and runs the cell. Going backward the gates' gradients of all steps are kept and make the gradients of input and weights in one product each.
/// </summary>
/// <remarks>
/// G is the number of gates: 1, or 4 (i f g o) for LSTM, 3 (r z n) for GRU. "Saved" is what forward leaves for backward: [T, B, 4 H] for LSTM
/// (activations) and GRU (activations and the hidden product of n), null for RNN. T is at least 1.
/// </remarks>
public static unsafe class Recurrent
{
    /// <summary>Runs the layer.</summary>
    /// <param name="kind">The cell.</param>
    /// <param name="x">[T, B, I].</param>
    /// <param name="wIh">[G H, I].</param>
    /// <param name="wHh">[G H, H].</param>
    /// <param name="bIh">[G H], or null with <paramref name="bHh"/>.</param>
    /// <param name="bHh">[G H], or null.</param>
    /// <param name="h0">[B, H].</param>
    /// <param name="c0">[B, H] for LSTM, else null.</param>
    /// <param name="y">[T, B, H], contiguous: h after each step.</param>
    /// <param name="c">[T, B, H], contiguous: c after each step (LSTM), else null.</param>
    /// <param name="saved">Contiguous; see the remarks.</param>
    /// <param name="reverse">Whether the last step comes first.</param>
    public static void Forward(RecurrentKind kind, Block x, Block wIh, Block wHh, Block? bIh, Block? bHh, Block h0, Block? c0, Block y, Block? c, Block? saved, bool reverse)
    {
        if (y.Type == ElementType.Float32) Forward<float>(new Layer(kind, x, y, reverse), x, wIh, wHh, bIh, bHh, h0, c0, y, c, saved);
        else if (y.Type == ElementType.Float64) Forward<double>(new Layer(kind, x, y, reverse), x, wIh, wHh, bIh, bHh, h0, c0, y, c, saved);
        else throw Elements.Unsupported(y.Type, "recurrent");
    }

    /// <summary>The gradients of <see cref="Forward"/>. Results may be null, but for dh0 (and dc0 of an LSTM).</summary>
    /// <param name="kind">The cell.</param>
    /// <param name="dy">[T, B, H], or null for zero.</param>
    /// <param name="dhN">[B, H], the gradient of h after the last step, or null.</param>
    /// <param name="dcN">[B, H], that of c, or null.</param>
    /// <param name="x">As given to forward, with the others.</param>
    /// <param name="wIh">As given.</param>
    /// <param name="wHh">As given.</param>
    /// <param name="h0">As given.</param>
    /// <param name="c0">As given.</param>
    /// <param name="y">As computed.</param>
    /// <param name="c">As computed.</param>
    /// <param name="saved">As computed.</param>
    /// <param name="dx">[T, B, I].</param>
    /// <param name="dwIh">[G H, I].</param>
    /// <param name="dwHh">[G H, H].</param>
    /// <param name="dbIh">[G H].</param>
    /// <param name="dbHh">[G H].</param>
    /// <param name="dh0">[B, H].</param>
    /// <param name="dc0">[B, H].</param>
    /// <param name="reverse">As given.</param>
    public static void Backward(RecurrentKind kind, Block? dy, Block? dhN, Block? dcN, Block x, Block wIh, Block wHh, Block h0, Block? c0, Block y, Block? c, Block? saved,
        Block? dx, Block? dwIh, Block? dwHh, Block? dbIh, Block? dbHh, Block dh0, Block? dc0, bool reverse)
    {
        var layer = new Layer(kind, x, y, reverse);
        if (y.Type == ElementType.Float32) Backward<float>(layer, dy, dhN, dcN, x, wIh, wHh, h0, c0, y, c, saved, dx, dwIh, dwHh, dbIh, dbHh, dh0, dc0);
        else if (y.Type == ElementType.Float64) Backward<double>(layer, dy, dhN, dcN, x, wIh, wHh, h0, c0, y, c, saved, dx, dwIh, dwHh, dbIh, dbHh, dh0, dc0);
        else throw Elements.Unsupported(y.Type, "recurrent");
    }

    private readonly struct Layer(RecurrentKind kind, Block x, Block y, bool reverse)
    {
        public readonly RecurrentKind Kind = kind;
        public readonly nint Steps = (nint)y.Sizes[0], Batch = (nint)y.Sizes[1], Hidden = (nint)y.Sizes[2], Input = (nint)x.Sizes[2];
        public readonly ElementType Type = y.Type;
        private readonly bool backwards = reverse;

        public bool IsGru => Kind == RecurrentKind.Gru;

        /// <summary>Gates that have weights.</summary>
        public nint Gates => Kind switch { RecurrentKind.Lstm => 4, RecurrentKind.Gru => 3, _ => 1 };

        /// <summary>Gates in a row of working memory: the hidden product of n has a place of its own.</summary>
        public nint Places => IsGru ? 4 : Gates;

        public nint Row => Places * Hidden;

        /// <summary>The step that is computed at a place in the order of computation.</summary>
        public nint Step(nint order) => backwards ? Steps - 1 - order : order;

        /// <summary>Parts of the gates that the hidden product goes to: first gate, its place in a row, number of gates.</summary>
        public (nint Gate, nint Place, nint Count)[] HiddenParts => IsGru ? [(0, 0, 2), (2, 3, 1)] : [(0, 0, Gates)];
    }

    private static void Multiply<T>(T* a, nint aRow, nint aK, T* b, nint bK, nint bColumn, T* c, nint cRow, nint m, nint n, nint k, Into into) where T : unmanaged =>
        GemmEngine<T>.Instance.Run(new Product<T> { A = a, ARow = aRow, AK = aK, B = b, BK = bK, BColumn = bColumn, C = c, CRow = cRow, CColumn = 1, M = m, N = n, K = k, Into = into }, threads: true);

    private static T* Dense<T>(Block block, ScratchUse use) where T : unmanaged => (T*)Blocks.Contiguous(block, use).Address;

    private static void Forward<T>(Layer l, Block x, Block wIh, Block wHh, Block? bIh, Block? bHh, Block h0, Block? c0, Block y, Block? c, Block? saved)
        where T : unmanaged, IFloatingPointIeee754<T>, IBinaryNumber<T>, IMinMaxValue<T>
    {
        nint hidden = l.Hidden, batch = l.Batch, row = l.Row, area = batch * hidden;
        T* xs = Dense<T>(x, ScratchUse.RecurrentX), ys = (T*)y.Address, cs = c == null ? null : (T*)c.Address, gates = saved == null ? ys : (T*)saved.Address;
        T* hStart = Dense<T>(h0, ScratchUse.RecurrentState), cStart = c0 == null ? null : Dense<T>(c0, ScratchUse.RecurrentCell);
        // The transposed weights, so that each step reads contiguous rows.
        var turned = new Block(wHh.Address, wHh.Type, [wHh.Sizes[1], wHh.Sizes[0]], [wHh.Strides[1], wHh.Strides[0]]);
        var weights = Dense<T>(turned, ScratchUse.RecurrentWeights);
        var inputInto = Into.Set;
        if (bIh != null && bHh != null)
        {
            FillBias(l, bIh, bHh, gates);
            inputInto = Into.Add;
        }
        else if (l.IsGru)
        {
            for (nint r = 0; r < l.Steps * batch; r++) new Span<T>(gates + r * row + 3 * hidden, (int)hidden).Clear();
        }
        Multiply(xs, l.Input, 1, (T*)wIh.Address, (nint)wIh.Strides[1], (nint)wIh.Strides[0], gates, row, l.Steps * batch, l.Gates * hidden, l.Input, inputInto);
        for (nint order = 0; order < l.Steps; order++)
        {
            var t = l.Step(order);
            var h = order == 0 ? hStart : ys + l.Step(order - 1) * area;
            var cell = order == 0 ? cStart : cs + l.Step(order - 1) * area;
            var g = gates + t * batch * row;
            foreach (var (gate, place, count) in l.HiddenParts)
                Multiply(h, hidden, 1, weights + gate * hidden, l.Gates * hidden, 1, g + place * hidden, row, batch, count * hidden, hidden, Into.Add);
            Chunks.Run(batch, 64 * hidden, (from, to) =>
            {
                for (var b = (nint)from; b < (nint)to; b++)
                {
                    var rows = new CellRows
                    {
                        Gates = (byte*)(g + b * row), Gate = hidden * sizeof(T), PreviousH = (byte*)(h + b * hidden), PreviousC = (byte*)(cell + b * hidden),
                        C = (byte*)(cs + t * area + b * hidden), H = (byte*)(ys + t * area + b * hidden),
                    };
                    switch (l.Kind)
                    {
                        case RecurrentKind.Lstm: Cells.Run<LstmCell, T>(rows, hidden); break;
                        case RecurrentKind.Gru: Cells.Run<GruCell, T>(rows, hidden); break;
                        case RecurrentKind.Tanh: Cells.Run<TanhCell, T>(rows, hidden); break;
                        default: Cells.Run<ReluCell, T>(rows, hidden); break;
                    }
                }
            });
        }
    }

    /// <summary>Every row of the gates begins as the sum of the biases; the hidden bias of n stands with its hidden product.</summary>
    private static void FillBias<T>(Layer l, Block bIh, Block bHh, T* gates) where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint hidden = l.Hidden, row = l.Row;
        var bias = Scratch.Get<T>(ScratchUse.RecurrentBias, row);
        T* input = (T*)bIh.Address, state = (T*)bHh.Address;
        nint iStep = (nint)bIh.Strides[0], sStep = (nint)bHh.Strides[0];
        for (nint i = 0; i < l.Gates * hidden; i++)
        {
            if (l.IsGru && i >= 2 * hidden) (bias[i], bias[i + hidden]) = (input[i * iStep], state[i * sStep]);
            else bias[i] = input[i * iStep] + state[i * sStep];
        }
        for (nint r = 0; r < l.Steps * l.Batch; r++) new ReadOnlySpan<T>(bias, (int)row).CopyTo(new Span<T>(gates + r * row, (int)row));
    }

    private static void Backward<T>(Layer l, Block? dy, Block? dhN, Block? dcN, Block x, Block wIh, Block wHh, Block h0, Block? c0, Block y, Block? c, Block? saved,
        Block? dx, Block? dwIh, Block? dwHh, Block? dbIh, Block? dbHh, Block dh0, Block? dc0)
        where T : unmanaged, IFloatingPointIeee754<T>, IBinaryNumber<T>, IMinMaxValue<T>
    {
        nint hidden = l.Hidden, batch = l.Batch, row = l.Row, area = batch * hidden;
        T* ys = (T*)y.Address, cs = c == null ? null : (T*)c.Address, gates = saved == null ? null : (T*)saved.Address;
        T* hStart = Dense<T>(h0, ScratchUse.RecurrentState), cStart = c0 == null ? null : Dense<T>(c0, ScratchUse.RecurrentCell);
        var dys = dy == null ? null : Dense<T>(dy, ScratchUse.RecurrentDy);
        var dh = Start<T>(dhN, dh0, ScratchUse.Row);
        var dc = dc0 == null ? null : Start<T>(dcN, dc0, ScratchUse.RowB);
        var dGates = Scratch.Get<T>(ScratchUse.RecurrentGates, l.Steps * batch * row);
        for (var order = l.Steps - 1; order >= 0; order--)
        {
            var t = l.Step(order);
            var h = order == 0 ? hStart : ys + l.Step(order - 1) * area;
            var cell = order == 0 ? cStart : cs + l.Step(order - 1) * area;
            var d = dGates + t * batch * row;
            if (dys != null) RowMath<T>.Affine(dh, null, dys + t * area, dh, area);
            Chunks.Run(batch, 64 * hidden, (from, to) =>
            {
                for (var b = (nint)from; b < (nint)to; b++)
                {
                    var rows = new CellRows
                    {
                        Gates = (byte*)(gates + (t * batch + b) * row), Gate = hidden * sizeof(T), PreviousH = (byte*)(h + b * hidden), PreviousC = (byte*)(cell + b * hidden),
                        C = (byte*)(cs + t * area + b * hidden), H = (byte*)(ys + t * area + b * hidden), Dh = (byte*)(dh + b * hidden), Dc = (byte*)(dc + b * hidden),
                        DGates = (byte*)(d + b * row), DPrevious = (byte*)(dh + b * hidden),
                    };
                    switch (l.Kind)
                    {
                        case RecurrentKind.Lstm: Cells.Run<LstmGradient, T>(rows, hidden); break;
                        case RecurrentKind.Gru: Cells.Run<GruGradient, T>(rows, hidden); break;
                        case RecurrentKind.Tanh: Cells.Run<TanhGradient, T>(rows, hidden); break;
                        default: Cells.Run<ReluGradient, T>(rows, hidden); break;
                    }
                }
            });
            // The gradient of the previous h: for GRU what the cell left of it comes first.
            var into = l.IsGru ? Into.Add : Into.Set;
            foreach (var (gate, place, count) in l.HiddenParts)
            {
                var w = (T*)wHh.Address + gate * hidden * (nint)wHh.Strides[0];
                Multiply(d + place * hidden, row, 1, w, (nint)wHh.Strides[0], (nint)wHh.Strides[1], dh, hidden, batch, hidden, count * hidden, into);
            }
        }
        StridedCopy.Copy(Blocks.Dense(dh, l.Type, dh0.Sizes), dh0);
        if (dc0 != null) StridedCopy.Copy(Blocks.Dense(dc, l.Type, dc0.Sizes), dc0);

        nint all = l.Steps * batch, inputGates = l.Gates * hidden;
        Block Gates(long[] sizes, long[] strides, nint first = 0) => new((nint)(dGates + first), l.Type, sizes, strides);
        if (dx != null) Gemm.Run(Gates([l.Steps, batch, inputGates], [batch * row, row, 1]), wIh, dx);
        if (dwIh != null) Gemm.Run(Gates([inputGates, all], [1, row]), Blocks.Dense(Dense<T>(x, ScratchUse.RecurrentX), l.Type, [all, l.Input]), dwIh);
        if (dwHh != null)
        {
            // Steps but the first one (in order of computation) with the h before them, then that with h0.
            nint first = l.Step(0), later = l.Steps > 1 && first == 0 ? 1 : 0, before = l.Steps > 1 && first == 0 ? 0 : 1;
            foreach (var (gate, place, count) in l.HiddenParts)
            {
                var part = new Block(dwHh.Address + gate * hidden * (nint)dwHh.Strides[0] * sizeof(T), l.Type, [count * hidden, hidden], dwHh.Strides);
                Gemm.Run(Gates([count * hidden, all - batch], [1, row], later * batch * row + place * hidden), Blocks.Dense(ys + before * area, l.Type, [all - batch, hidden]), part);
                Gemm.Run(Gates([count * hidden, batch], [1, row], first * batch * row + place * hidden), Blocks.Dense(hStart, l.Type, [batch, hidden]), part, accumulate: true);
            }
        }
        if (dbIh == null && dbHh == null) return;
        var sums = Scratch.Get<T>(ScratchUse.RecurrentBias, row);
        Chunks.Run(row, all, (from, to) =>
        {
            var width = (nint)(to - from);
            new Span<T>(sums + from, (int)width).Clear();
            for (nint r = 0; r < all; r++) RowMath<T>.Affine(sums + from, null, dGates + r * row + from, sums + from, width);
        });
        for (nint i = 0; i < inputGates; i++)
        {
            if (dbIh != null) ((T*)dbIh.Address)[i * (nint)dbIh.Strides[0]] = sums[i];
            if (dbHh != null) ((T*)dbHh.Address)[i * (nint)dbHh.Strides[0]] = sums[l.IsGru && i >= 2 * hidden ? i + hidden : i];
        }
    }

    /// <summary>A dense copy of a gradient, or zeros of the other block's sizes.</summary>
    private static T* Start<T>(Block? given, Block sizes, ScratchUse use) where T : unmanaged
    {
        var room = Blocks.Room(sizes, use);
        if (given != null) StridedCopy.Copy(given, room);
        else new Span<T>((T*)room.Address, (int)room.Count).Clear();
        return (T*)room.Address;
    }
}
