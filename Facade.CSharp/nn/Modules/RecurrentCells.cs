using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

// Single steps of recurrent layers. See https://pytorch.org/docs/stable/nn.html#recurrent-layers.
namespace Torch.Modules
{
    /// <summary>The weights of a cell, its checks, and a batch of one where there is no batch.</summary>
    internal sealed class CellParts(string name, long input, long hidden)
    {
        internal (Parameter, Parameter, Parameter?, Parameter?) Weights(int gates, bool bias, Device? device, ScalarType? dtype)
        {
            var wi = init.Empty([gates * hidden, input], device, dtype);
            var wh = init.Empty([gates * hidden, hidden], device, dtype);
            var bi = bias ? init.Empty([gates * hidden], device, dtype) : null;
            var bh = bias ? init.Empty([gates * hidden], device, dtype) : null;
            var bound = hidden > 0 ? 1.0 / Math.Sqrt(hidden) : 0;
            foreach (var p in new Tensor?[] { wi, wh, bi, bh })
                if (p is not null) init.uniform_(p, -bound, bound);
            return (wi, wh, bi, bh);
        }

        internal Expr Input(Tensor x)
        {
            if (x.Sizes.Length is not (1 or 2)) throw new ArgumentException($"{name}: Expected input to be 1D or 2D, got {x.Sizes.Length}D instead");
            if (x.Sizes[^1] != input) throw new TorchException($"input has inconsistent input_size: got {x.Sizes[^1]} expected {input}");
            return x.Sizes.Length == 1 ? Build.unsqueeze(0, x.Expr) : x.Expr;
        }

        internal Expr Hidden(Tensor x, Tensor? h, string argument, string label)
        {
            var batch = x.Sizes.Length == 1 ? 1 : x.Sizes[0];
            if (h is null) return Build.fill([batch, hidden], x.DType, Literal.NewInt(0));
            if (h.Sizes.Length is not (1 or 2)) throw new ArgumentException($"{name}: Expected {argument} to be 1D or 2D, got {h.Sizes.Length}D instead");
            var e = x.Sizes.Length == 1 ? Build.unsqueeze(0, h.Expr) : h.Expr;
            if (e.Sizes[0] != batch) throw new TorchException($"Input batch size {batch} doesn't match {label} batch size {e.Sizes[0]}");
            if (e.Sizes[^1] != hidden) throw new TorchException($"{label} has inconsistent hidden_size: got {e.Sizes[^1]}, expected {hidden}");
            return e;
        }

        internal static Expr Back(Tensor x, Expr e) => x.Sizes.Length == 1 ? Build.squeeze([0], e) : e;

        internal string Describe(bool bias) => $"{input}, {hidden}" + (bias ? "" : ", bias=False");
    }

    /// <summary>One step of an LSTM.</summary>
    public class LSTMCell : Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor)>
    {
        private readonly CellParts _parts;

        internal LSTMCell(long input, long hidden, bool bias, Device? device, ScalarType? dtype) : base(nameof(LSTMCell))
        {
            _parts = new CellParts(nameof(LSTMCell), input, hidden);
            (weight_ih, weight_hh, bias_ih, bias_hh) = _parts.Weights(4, bias, device, dtype);
        }

        public Parameter weight_ih { get; set; }

        public Parameter weight_hh { get; set; }

        public Parameter? bias_ih { get; set; }

        public Parameter? bias_hh { get; set; }

        public override (Tensor, Tensor) forward(Tensor input, [PyTorchName("hx")] (Tensor, Tensor)? h0_c0 = null)
        {
            var x = _parts.Input(input);
            var h = _parts.Hidden(input, h0_c0?.Item1, "hx[0]", "hidden0");
            var c = _parts.Hidden(input, h0_c0?.Item2, "hx[1]", "hidden1");
            var next = Torch.Core.Ops.Recurrent.lstm_cell(x, h, c, weight_ih.Expr, weight_hh.Expr, bias_ih?.Expr!, bias_hh?.Expr!);
            var r = Autograd.Record("ThnnFusedLstmCellBackward0", Array.ConvertAll(next, e => CellParts.Back(input, e)), input, h0_c0?.Item1, h0_c0?.Item2, weight_ih, weight_hh, bias_ih, bias_hh);
            return (r[0], r[1]);
        }

        public new (Tensor, Tensor) call(Tensor input, (Tensor, Tensor)? h0_c0 = null) => base.call(input, h0_c0);

        public override string extra_repr() => _parts.Describe(bias_ih is not null);
    }

    /// <summary>One step of a GRU.</summary>
    public class GRUCell : Module<Tensor, Tensor?, Tensor>
    {
        private readonly CellParts _parts;

        internal GRUCell(long input, long hidden, bool bias, Device? device, ScalarType? dtype) : base(nameof(GRUCell))
        {
            _parts = new CellParts(nameof(GRUCell), input, hidden);
            (weight_ih, weight_hh, bias_ih, bias_hh) = _parts.Weights(3, bias, device, dtype);
        }

        public Parameter weight_ih { get; set; }

        public Parameter weight_hh { get; set; }

        public Parameter? bias_ih { get; set; }

        public Parameter? bias_hh { get; set; }

        public override Tensor forward(Tensor input, [PyTorchName("hx")] Tensor? h0 = null)
        {
            var next = Torch.Core.Ops.Recurrent.gru_cell(_parts.Input(input), _parts.Hidden(input, h0, "hidden", "hidden0"), weight_ih.Expr, weight_hh.Expr, bias_ih?.Expr!, bias_hh?.Expr!);
            return Autograd.Record("AddBackward0", CellParts.Back(input, next), input, h0, weight_ih, weight_hh, bias_ih, bias_hh);
        }

        public new Tensor call(Tensor input, Tensor? h0 = null) => base.call(input, h0);

        public override string extra_repr() => _parts.Describe(bias_ih is not null);
    }

    /// <summary>One step of a plain recurrent layer.</summary>
    public class RNNCell : Module<Tensor, Tensor?, Tensor>
    {
        private readonly CellParts _parts;

        internal RNNCell(long input, long hidden, NonLinearities nonlinearity, bool bias, Device? device, ScalarType? dtype) : base(nameof(RNNCell))
        {
            this.nonlinearity = nonlinearity;
            _parts = new CellParts(nameof(RNNCell), input, hidden);
            (weight_ih, weight_hh, bias_ih, bias_hh) = _parts.Weights(1, bias, device, dtype);
        }

        public NonLinearities nonlinearity { get; }

        public Parameter weight_ih { get; set; }

        public Parameter weight_hh { get; set; }

        public Parameter? bias_ih { get; set; }

        public Parameter? bias_hh { get; set; }

        public override Tensor forward(Tensor input, [PyTorchName("hx")] Tensor? h0 = null)
        {
            var (x, h) = (_parts.Input(input), _parts.Hidden(input, h0, "hidden", "hidden0"));
            var relu = nonlinearity == NonLinearities.ReLU;
            var next = relu
                ? Torch.Core.Ops.Recurrent.rnn_relu_cell(x, h, weight_ih.Expr, weight_hh.Expr, bias_ih?.Expr!, bias_hh?.Expr!)
                : Torch.Core.Ops.Recurrent.rnn_tanh_cell(x, h, weight_ih.Expr, weight_hh.Expr, bias_ih?.Expr!, bias_hh?.Expr!);
            return Autograd.Record(relu ? "ReluBackward0" : "TanhBackward0", CellParts.Back(input, next), input, h0, weight_ih, weight_hh, bias_ih, bias_hh);
        }

        public new Tensor call(Tensor input, Tensor? h0 = null) => base.call(input, h0);

        public override string extra_repr() => _parts.Describe(bias_ih is not null) + (nonlinearity == NonLinearities.ReLU ? ", nonlinearity=relu" : "");
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static LSTMCell LSTMCell([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, bias, device, dtype);

            public static GRUCell GRUCell([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, bias, device, dtype);

            public static RNNCell RNNCell([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, [PyTorchName("nonlinearity")] NonLinearities nonLinearity = NonLinearities.Tanh,
                bool bias = true, Device? device = null, ScalarType? dtype = null) => new(inputSize, hiddenSize, nonLinearity, bias, device, dtype);
        }
    }
}
