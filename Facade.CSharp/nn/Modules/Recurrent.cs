using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

// Recurrent layers over whole sequences. See https://pytorch.org/docs/stable/nn.html#recurrent-layers.
namespace Torch.Modules
{
    /// <summary>Long short-term memory: y, h and c of the last step.</summary>
    public class LSTM : Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor, Tensor)>
    {
        private readonly RecurrentStack _stack;

        internal LSTM(long input, long hidden, long layers, bool bias, bool batchFirst, double dropout, bool bidirectional, long projected, Device? device, ScalarType? dtype) : base(nameof(LSTM))
        {
            _stack = new RecurrentStack(RecurrentKind.Lstm, nameof(LSTM), input, hidden, layers, bias, batchFirst, dropout, bidirectional, projected);
            _stack.Register(this, device, dtype);
        }

        public override (Tensor, Tensor, Tensor) forward(Tensor input, [PyTorchName("hx")] (Tensor, Tensor)? h0_c0 = null)
        {
            var r = _stack.Run(this, input, h0_c0?.Item1, h0_c0?.Item2);
            return (r[0], r[1], r[2]);
        }

        public new (Tensor, Tensor, Tensor) call(Tensor input, (Tensor, Tensor)? h0_c0 = null) => base.call(input, h0_c0);

        public (nn.utils.rnn.PackedSequence, Tensor, Tensor) call(nn.utils.rnn.PackedSequence input, (Tensor, Tensor)? h0_c0 = null)
        {
            var (y, r) = _stack.Run(this, input, h0_c0?.Item1, h0_c0?.Item2);
            return (y, r[1], r[2]);
        }

        /// <summary>Weights need no particular place in memory here.</summary>
        public void flatten_parameters() { }

        public override string extra_repr() => _stack.Describe();
    }

    /// <summary>Gated recurrent units: y, and h of the last step.</summary>
    public class GRU : Module<Tensor, Tensor?, (Tensor, Tensor)>
    {
        private readonly RecurrentStack _stack;

        internal GRU(long input, long hidden, long layers, bool bias, bool batchFirst, double dropout, bool bidirectional, Device? device, ScalarType? dtype) : base(nameof(GRU))
        {
            _stack = new RecurrentStack(RecurrentKind.Gru, nameof(GRU), input, hidden, layers, bias, batchFirst, dropout, bidirectional, 0);
            _stack.Register(this, device, dtype);
        }

        public override (Tensor, Tensor) forward(Tensor input, [PyTorchName("hx")] Tensor? h0 = null)
        {
            var r = _stack.Run(this, input, h0, null);
            return (r[0], r[1]);
        }

        public new (Tensor, Tensor) call(Tensor input, Tensor? h0 = null) => base.call(input, h0);

        public (nn.utils.rnn.PackedSequence, Tensor) call(nn.utils.rnn.PackedSequence input, Tensor? h0 = null)
        {
            var (y, r) = _stack.Run(this, input, h0, null);
            return (y, r[1]);
        }

        /// <summary>Weights need no particular place in memory here.</summary>
        public void flatten_parameters() { }

        public override string extra_repr() => _stack.Describe();
    }

    /// <summary>A plain recurrent layer with tanh or relu: y, and h of the last step.</summary>
    public class RNN : Module<Tensor, Tensor?, (Tensor, Tensor)>
    {
        private readonly RecurrentStack _stack;

        internal RNN(long input, long hidden, long layers, NonLinearities nonlinearity, bool bias, bool batchFirst, double dropout, bool bidirectional, Device? device, ScalarType? dtype) : base(nameof(RNN))
        {
            var kind = nonlinearity == NonLinearities.ReLU ? RecurrentKind.Relu : RecurrentKind.Tanh;
            _stack = new RecurrentStack(kind, nameof(RNN), input, hidden, layers, bias, batchFirst, dropout, bidirectional, 0);
            _stack.Register(this, device, dtype);
        }

        public override (Tensor, Tensor) forward(Tensor input, [PyTorchName("hx")] Tensor? h0 = null)
        {
            var r = _stack.Run(this, input, h0, null);
            return (r[0], r[1]);
        }

        public new (Tensor, Tensor) call(Tensor input, Tensor? h0 = null) => base.call(input, h0);

        public (nn.utils.rnn.PackedSequence, Tensor) call(nn.utils.rnn.PackedSequence input, Tensor? h0 = null)
        {
            var (y, r) = _stack.Run(this, input, h0, null);
            return (y, r[1]);
        }

        public Parameter? get_weight_ih(long idx) => get_parameter($"weight_ih_l{idx}");

        public Parameter? get_weight_hh(long idx) => get_parameter($"weight_hh_l{idx}");

        public Parameter? get_bias_ih(long idx) => get_parameter($"bias_ih_l{idx}");

        public Parameter? get_bias_hh(long idx) => get_parameter($"bias_hh_l{idx}");

        /// <summary>Weights need no particular place in memory here.</summary>
        public void flatten_parameters() { }

        public override string extra_repr() => _stack.Describe();
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static LSTM LSTM([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, [PyTorchName("num_layers")] long numLayers = 1, bool bias = true,
                [PyTorchName("batch_first")] bool batchFirst = false, double dropout = 0.0, bool bidirectional = false, Device? device = null, ScalarType? dtype = null,
                [PyTorchName("proj_size")] long projSize = 0) => new(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize, device, dtype);

            public static GRU GRU([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, [PyTorchName("num_layers")] long numLayers = 1, bool bias = true,
                [PyTorchName("batch_first")] bool batchFirst = false, double dropout = 0.0, bool bidirectional = false, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, device, dtype);

            public static RNN RNN([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, [PyTorchName("num_layers")] long numLayers = 1,
                [PyTorchName("nonlinearity")] NonLinearities nonLinearity = NonLinearities.Tanh, bool bias = true, [PyTorchName("batch_first")] bool batchFirst = false, double dropout = 0.0,
                bool bidirectional = false, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, numLayers, nonLinearity, bias, batchFirst, dropout, bidirectional, device, dtype);
        }
    }
}
