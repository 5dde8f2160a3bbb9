using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

public sealed class RecurrentTests
{
    private sealed class Network : IDisposable
    {
        public readonly RecurrentKind Kind;
        public readonly bool Reverse;
        public readonly int Steps, Batch, Input, Hidden, Gates;
        public readonly KernelMemory X, WIh, WHh, BIh, BHh, H0, C0, Y, C, Saved;

        public Network(RecurrentKind kind, ElementType type, int steps, int batch, int input, int hidden, bool reverse, Layout layout)
        {
            (Kind, Reverse, Steps, Batch, Input, Hidden) = (kind, reverse, steps, batch, input, hidden);
            Gates = kind switch { RecurrentKind.Lstm => 4, RecurrentKind.Gru => 3, _ => 1 };
            X = KernelMemory.Random(type, [steps, batch, input], 1, layout);
            WIh = KernelMemory.Random(type, [Gates * hidden, input], 2, layout);
            WHh = KernelMemory.Random(type, [Gates * hidden, hidden], 3, layout);
            BIh = KernelMemory.Random(type, [Gates * hidden], 4);
            BHh = KernelMemory.Random(type, [Gates * hidden], 5);
            H0 = KernelMemory.Random(type, [batch, hidden], 6, layout);
            C0 = KernelMemory.Random(type, [batch, hidden], 7, layout);
            Y = new KernelMemory(type, [steps, batch, hidden]);
            C = new KernelMemory(type, [steps, batch, hidden]);
            Saved = new KernelMemory(type, [steps, batch, 4 * hidden]);
        }

        public bool IsLstm => Kind == RecurrentKind.Lstm;
        public Block? CellStart => IsLstm ? C0.Block : null;
        public Block? Cells => IsLstm ? C.Block : null;
        public Block? Kept => Gates > 1 ? Saved.Block : null;

        public void Forward() => Recurrent.Forward(Kind, X.Block, WIh.Block, WHh.Block, BIh.Block, BHh.Block, H0.Block, CellStart, Y.Block, Cells, Kept, Reverse);

        /// <summary>The layer by its formulae: y and, for LSTM, c.</summary>
        public (double[] Y, double[] C) Reference()
        {
            double[] y = new double[Steps * Batch * Hidden], c = new double[y.Length];
            for (var b = 0; b < Batch; b++)
            {
                double[] h = [.. Enumerable.Range(0, Hidden).Select(i => H0[b * Hidden + i].Real)], cell = [.. Enumerable.Range(0, Hidden).Select(i => C0[b * Hidden + i].Real)];
                for (var order = 0; order < Steps; order++)
                {
                    var t = Reverse ? Steps - 1 - order : order;
                    double In(int row) => BIh[row].Real + Enumerable.Range(0, Input).Sum(i => WIh[row * Input + i].Real * X[(t * Batch + b) * Input + i].Real);
                    double At(int row) => BHh[row].Real + Enumerable.Range(0, Hidden).Sum(i => WHh[row * Hidden + i].Real * h[i]);
                    static double Sigma(double v) => 1 / (1 + Math.Exp(-v));
                    var next = new double[Hidden];
                    for (var j = 0; j < Hidden; j++)
                    {
                        double Both(int gate) => In(gate * Hidden + j) + At(gate * Hidden + j);
                        switch (Kind)
                        {
                            case RecurrentKind.Lstm:
                                cell[j] = Sigma(Both(1)) * cell[j] + Sigma(Both(0)) * Math.Tanh(Both(2));
                                next[j] = Sigma(Both(3)) * Math.Tanh(cell[j]);
                                break;
                            case RecurrentKind.Gru:
                                var n = Math.Tanh(In(2 * Hidden + j) + Sigma(Both(0)) * At(2 * Hidden + j));
                                next[j] = (1 - Sigma(Both(1))) * n + Sigma(Both(1)) * h[j];
                                break;
                            case RecurrentKind.Tanh: next[j] = Math.Tanh(Both(0)); break;
                            default: next[j] = Math.Max(0, Both(0)); break;
                        }
                    }
                    h = next;
                    for (var j = 0; j < Hidden; j++) (y[(t * Batch + b) * Hidden + j], c[(t * Batch + b) * Hidden + j]) = (h[j], cell[j]);
                }
            }
            return (y, c);
        }

        public void Dispose()
        {
            foreach (var m in new[] { X, WIh, WHh, BIh, BHh, H0, C0, Y, C, Saved }) m.Dispose();
        }
    }

    private static readonly Layout[] Layouts = [Layout.Contiguous, Layout.Transposed, Layout.Gapped, Layout.Reversed];

    [Fact]
    public void Every_kind_agrees_with_its_formulae()
    {
        foreach (var kind in Enum.GetValues<RecurrentKind>())
            foreach (var type in new[] { ElementType.Float32, ElementType.Float64 })
                foreach (var layout in Layouts)
                    foreach (var (steps, batch, input, hidden, reverse) in new[] { (1, 1, 1, 1, false), (4, 3, 5, 7, false), (5, 2, 3, 21, true) })
                    {
                        using var net = new Network(kind, type, steps, batch, input, hidden, reverse, layout);
                        net.Forward();
                        var (y, c) = net.Reference();
                        net.Y.Expect(y, 20 * KernelMemory.Tolerance(type), $"{kind} y");
                        if (net.IsLstm) net.C.Expect(c, 20 * KernelMemory.Tolerance(type), $"{kind} c");
                    }
    }

    [Fact]
    public void Gradients_agree_with_finite_differences()
    {
        foreach (var kind in Enum.GetValues<RecurrentKind>())
            foreach (var (steps, reverse, layout) in new[] { (1, false, Layout.Contiguous), (4, false, Layout.Gapped), (4, true, Layout.Transposed) })
            {
                const ElementType type = ElementType.Float64;
                using var net = new Network(kind, type, steps, 2, 3, 9, reverse, layout);
                using var dy = KernelMemory.Random(type, net.Y.Sizes, 11, layout);
                using var dh = KernelMemory.Random(type, [2, 9], 12);
                using var dc = KernelMemory.Random(type, [2, 9], 13, layout);
                var last = reverse ? 0 : steps - 1;
                double Loss()
                {
                    net.Forward();
                    var loss = Enumerable.Range(0, (int)net.Y.Count).Sum(i => net.Y[i].Real * dy[i].Real);
                    loss += Enumerable.Range(0, 18).Sum(i => net.Y[last * 18 + i].Real * dh[i].Real);
                    return net.IsLstm ? loss + Enumerable.Range(0, 18).Sum(i => net.C[last * 18 + i].Real * dc[i].Real) : loss;
                }
                Loss();
                KernelMemory[] inputs = [net.X, net.WIh, net.WHh, net.BIh, net.BHh, net.H0, net.C0];
                var d = inputs.Select(m => new KernelMemory(type, m.Sizes, layout)).ToArray();
                Recurrent.Backward(kind, dy.Block, dh.Block, net.IsLstm ? dc.Block : null, net.X.Block, net.WIh.Block, net.WHh.Block, net.H0.Block, net.CellStart,
                    net.Y.Block, net.Cells, net.Kept, d[0].Block, d[1].Block, d[2].Block, d[3].Block, d[4].Block, d[5].Block, net.IsLstm ? d[6].Block : null, reverse);
                for (var which = 0; which < (net.IsLstm ? 7 : 6); which++)
                {
                    for (var i = 0; i < inputs[which].Count; i += 1 + (int)inputs[which].Count / 40)
                    {
                        var value = inputs[which][i];
                        const double step = 1e-6;
                        inputs[which][i] = value + step;
                        var up = Loss();
                        inputs[which][i] = value - step;
                        var down = Loss();
                        inputs[which][i] = value;
                        Assert.True(Math.Abs((up - down) / (2 * step) - d[which][i].Real) < 1e-6, $"{kind} operand {which} at {i}: {(up - down) / (2 * step)} and {d[which][i].Real}");
                    }
                }
                foreach (var m in d) m.Dispose();
            }
    }
}
