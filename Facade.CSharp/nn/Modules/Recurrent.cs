using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

namespace Torch.Modules
{
    /// <summary>
    /// What LSTM, GRU and RNN share: the weights of all layers and directions, named and drawn as PyTorch does (each uniform within one over the root of
    /// the hidden size, in the order of registration).
    /// </summary>
    internal sealed class RecurrentWeights
    {
        private readonly nn.Module _owner;

        internal RecurrentWeights(nn.Module owner, long gates, long inputSize, long hiddenSize, long numLayers, bool bias, double dropout, bool bidirectional, Device? device, ScalarType? dtype)
        {
            if (dropout is < 0 or > 1 || double.IsNaN(dropout))
                throw new ArgumentException("dropout should be a number in range [0, 1] representing the probability of an element being zeroed");
            if (hiddenSize <= 0) throw new ArgumentException("hidden_size must be greater than zero");
            if (numLayers <= 0) throw new ArgumentException("num_layers must be greater than zero");
            _owner = owner;
            Names = [];
            var directions = bidirectional ? 2 : 1;
            for (var layer = 0; layer < numLayers; layer++)
                for (var direction = 0; direction < directions; direction++)
                {
                    var suffix = $"_l{layer}{(direction == 1 ? "_reverse" : "")}";
                    var width = layer == 0 ? inputSize : hiddenSize * directions;
                    Add("weight_ih" + suffix, [gates * hiddenSize, width]);
                    Add("weight_hh" + suffix, [gates * hiddenSize, hiddenSize]);
                    if (!bias) continue;
                    Add("bias_ih" + suffix, [gates * hiddenSize]);
                    Add("bias_hh" + suffix, [gates * hiddenSize]);
                }
            Reset(hiddenSize);

            void Add(string name, long[] sizes)
            {
                owner.register_parameter(name, init.Empty(sizes, device, dtype));
                Names.Add(name);
            }
        }

        /// <summary>The parameters' names in PyTorch's order.</summary>
        internal List<string> Names { get; }

        /// <summary>The parameters in that order.</summary>
        internal Tensor[] All => [.. Names.Select(n => (Tensor)_owner.get_parameter(n)!)];

        internal Parameter? Find(string name) => Names.Contains(name) ? _owner.get_parameter(name) : null;

        internal void Reset(long hiddenSize)
        {
            var bound = 1 / Math.Sqrt(hiddenSize);
            foreach (var w in All) init.uniform_(w, -bound, bound);
        }

        /// <summary>A mask for the output of each layer but the last, drawn in PyTorch's order; null where nothing is dropped.</summary>
        internal static Expr[]? DropoutMasks(Tensor input, bool batchFirst, long hiddenSize, long numLayers, double p, bool bidirectional, bool training)
        {
            if (!training || p == 0 || numLayers < 2) return null;
            var unbatched = input.Sizes.Length == 2;
            var time = unbatched || !batchFirst ? input.Sizes[0] : input.Sizes[1];
            var batch = unbatched ? 1 : input.Sizes[batchFirst ? 0 : 1];
            long[] sizes = [time, batch, hiddenSize * (bidirectional ? 2 : 1)];
            var masks = new Expr[numLayers - 1];
            for (var i = 0; i < masks.Length; i++) masks[i] = functional.DropoutMask(input, Shape.contiguous(sizes), sizes, p);
            return masks;
        }

        internal static string Describe(long inputSize, long hiddenSize, long numLayers, bool bias, bool batchFirst, double dropout, bool bidirectional)
        {
            var text = $"{inputSize}, {hiddenSize}";
            if (numLayers != 1) text += $", num_layers={numLayers}";
            if (!bias) text += ", bias=False";
            if (batchFirst) text += ", batch_first=True";
            if (dropout != 0) text += $", dropout={PyText.Repr(dropout)}";
            if (bidirectional) text += ", bidirectional=True";
            return text;
        }

        /// <summary>Zeros for the initial state of all layers: (layers times directions, batch, hidden), without the batch where the input has none.</summary>
        internal static Tensor InitialState(Tensor input, bool batchFirst, long hiddenSize, long numLayers, bool bidirectional)
        {
            var layers = numLayers * (bidirectional ? 2 : 1);
            return input.Sizes.Length == 2
                ? zeros([layers, hiddenSize], input.dtype, input.device)
                : zeros([layers, input.Sizes[batchFirst ? 0 : 1], hiddenSize], input.dtype, input.device);
        }

        internal static void CheckInput(string name, Tensor input)
        {
            if (input.Sizes.Length is not (2 or 3))
                throw new ArgumentException($"{name}: Expected input to be 2D or 3D, got {input.Sizes.Length}D instead");
        }
    }

    /// <summary>Long short-term memory. See https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html.</summary>
    public class LSTM : Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor, Tensor)>
    {
        private readonly RecurrentWeights _weights;

        internal LSTM(long inputSize, long hiddenSize, long numLayers, bool bias, bool batchFirst, double dropout, bool bidirectional, Device? device, ScalarType? dtype) : base(nameof(LSTM))
        {
            (input_size, hidden_size, num_layers, this.bias, batch_first, this.dropout, this.bidirectional) = (inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional);
            _weights = new RecurrentWeights(this, 4, inputSize, hiddenSize, numLayers, bias, dropout, bidirectional, device, dtype);
        }

        public long input_size { get; }

        public long hidden_size { get; }

        public long num_layers { get; }

        public bool bias { get; }

        public bool batch_first { get; }

        public double dropout { get; set; }

        public bool bidirectional { get; }

        public void reset_parameters() => _weights.Reset(hidden_size);

        /// <summary>Kept for source compatibility: weights need no packing here.</summary>
        public void flatten_parameters() { }

        public (Tensor, Tensor, Tensor) call(Tensor input) => call(input, null);

        /// <summary>Input (T, N, I), or (N, T, I) with batch_first, or (T, I); returns the output of the last layer, h_n and c_n.</summary>
        public override (Tensor, Tensor, Tensor) forward([PyTorchName("input")] Tensor input, [PyTorchName("hx")] (Tensor, Tensor)? h0_c0 = null)
        {
            RecurrentWeights.CheckInput(nameof(LSTM), input);
            var (h, c) = h0_c0 ?? (RecurrentWeights.InitialState(input, batch_first, hidden_size, num_layers, bidirectional), RecurrentWeights.InitialState(input, batch_first, hidden_size, num_layers, bidirectional));
            var weights = _weights.All;
            var masks = RecurrentWeights.DropoutMasks(input, batch_first, hidden_size, num_layers, dropout, bidirectional, training);
            var results = Autograd.Record("LstmBackward0",
                Recurrent.lstm(input.Expr, h.Expr, c.Expr, Array.ConvertAll(weights, w => w.Expr), bias, (int)num_layers, masks!, bidirectional, batch_first),
                [input, h, c, .. weights]);
            return (results[0], results[1], results[2]);
        }

        public override string extra_repr() => RecurrentWeights.Describe(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional);
    }

    /// <summary>Gated recurrent units. See https://pytorch.org/docs/stable/generated/torch.nn.GRU.html.</summary>
    public class GRU : Module<Tensor, Tensor?, (Tensor, Tensor)>
    {
        private readonly RecurrentWeights _weights;

        internal GRU(long inputSize, long hiddenSize, long numLayers, bool bias, bool batchFirst, double dropout, bool bidirectional, Device? device, ScalarType? dtype) : base(nameof(GRU))
        {
            (input_size, hidden_size, num_layers, this.bias, batch_first, this.dropout, this.bidirectional) = (inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional);
            _weights = new RecurrentWeights(this, 3, inputSize, hiddenSize, numLayers, bias, dropout, bidirectional, device, dtype);
        }

        public long input_size { get; }

        public long hidden_size { get; }

        public long num_layers { get; }

        public bool bias { get; }

        public bool batch_first { get; }

        public double dropout { get; set; }

        public bool bidirectional { get; }

        public void reset_parameters() => _weights.Reset(hidden_size);

        /// <summary>Kept for source compatibility: weights need no packing here.</summary>
        public void flatten_parameters() { }

        public (Tensor, Tensor) call(Tensor input) => call(input, null);

        /// <summary>Input (T, N, I), or (N, T, I) with batch_first, or (T, I); returns the output of the last layer and h_n.</summary>
        public override (Tensor, Tensor) forward([PyTorchName("input")] Tensor input, [PyTorchName("hx")] Tensor? h0 = null)
        {
            RecurrentWeights.CheckInput(nameof(GRU), input);
            var h = h0 ?? RecurrentWeights.InitialState(input, batch_first, hidden_size, num_layers, bidirectional);
            var weights = _weights.All;
            var masks = RecurrentWeights.DropoutMasks(input, batch_first, hidden_size, num_layers, dropout, bidirectional, training);
            var results = Autograd.Record("GruBackward0",
                Recurrent.gru(input.Expr, h.Expr, Array.ConvertAll(weights, w => w.Expr), bias, (int)num_layers, masks!, bidirectional, batch_first), [input, h, .. weights]);
            return (results[0], results[1]);
        }

        public override string extra_repr() => RecurrentWeights.Describe(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional);
    }

    /// <summary>Elman's recurrent network with tanh or ReLU. See https://pytorch.org/docs/stable/generated/torch.nn.RNN.html.</summary>
    public class RNN : Module<Tensor, Tensor?, (Tensor, Tensor)>
    {
        private readonly RecurrentWeights _weights;

        internal RNN(long inputSize, long hiddenSize, long numLayers, NonLinearities nonLinearity, bool bias, bool batchFirst, double dropout, bool bidirectional, Device? device, ScalarType? dtype) : base(nameof(RNN))
        {
            (input_size, hidden_size, num_layers, nonlinearity, this.bias, batch_first, this.dropout, this.bidirectional) =
                (inputSize, hiddenSize, numLayers, nonLinearity, bias, batchFirst, dropout, bidirectional);
            _weights = new RecurrentWeights(this, 1, inputSize, hiddenSize, numLayers, bias, dropout, bidirectional, device, dtype);
        }

        public long input_size { get; }

        public long hidden_size { get; }

        public long num_layers { get; }

        public NonLinearities nonlinearity { get; }

        public bool bias { get; }

        public bool batch_first { get; }

        public double dropout { get; set; }

        public bool bidirectional { get; }

        public Parameter? get_weight_ih(long idx) => _weights.Find($"weight_ih_l{idx}");
        public Parameter? get_weight_hh(long idx) => _weights.Find($"weight_hh_l{idx}");
        public Parameter? get_bias_ih(long idx) => _weights.Find($"bias_ih_l{idx}");
        public Parameter? get_bias_hh(long idx) => _weights.Find($"bias_hh_l{idx}");

        public void reset_parameters() => _weights.Reset(hidden_size);

        /// <summary>Kept for source compatibility: weights need no packing here.</summary>
        public void flatten_parameters() { }

        public (Tensor, Tensor) call(Tensor input) => call(input, null);

        /// <summary>Input (T, N, I), or (N, T, I) with batch_first, or (T, I); returns the output of the last layer and h_n.</summary>
        public override (Tensor, Tensor) forward([PyTorchName("input")] Tensor input, [PyTorchName("hx")] Tensor? h0 = null)
        {
            RecurrentWeights.CheckInput(nameof(RNN), input);
            var h = h0 ?? RecurrentWeights.InitialState(input, batch_first, hidden_size, num_layers, bidirectional);
            var weights = _weights.All;
            var values = Array.ConvertAll(weights, w => w.Expr);
            var masks = RecurrentWeights.DropoutMasks(input, batch_first, hidden_size, num_layers, dropout, bidirectional, training);
            var results = nonlinearity == NonLinearities.Tanh
                ? Recurrent.rnn_tanh(input.Expr, h.Expr, values, bias, (int)num_layers, masks!, bidirectional, batch_first)
                : Recurrent.rnn_relu(input.Expr, h.Expr, values, bias, (int)num_layers, masks!, bidirectional, batch_first);
            var tensors = Autograd.Record(nonlinearity == NonLinearities.Tanh ? "RnnTanhBackward0" : "RnnReluBackward0", results, [input, h, .. weights]);
            return (tensors[0], tensors[1]);
        }

        public override string extra_repr()
        {
            var text = RecurrentWeights.Describe(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional);
            return nonlinearity == NonLinearities.ReLU ? text + ", nonlinearity=relu" : text;
        }
    }

    /// <summary>What the cells share: the four parameters and their initialisation.</summary>
    internal static class CellWeights
    {
        internal static (Parameter, Parameter, Parameter?, Parameter?) Make(long gates, long inputSize, long hiddenSize, bool bias, Device? device, ScalarType? dtype)
        {
            var made = (init.Empty([gates * hiddenSize, inputSize], device, dtype), init.Empty([gates * hiddenSize, hiddenSize], device, dtype),
                bias ? init.Empty([gates * hiddenSize], device, dtype) : null, bias ? init.Empty([gates * hiddenSize], device, dtype) : null);
            var bound = 1 / Math.Sqrt(hiddenSize);
            foreach (var w in new Tensor?[] { made.Item1, made.Item2, made.Item3, made.Item4 })
                if (w is not null) init.uniform_(w, -bound, bound);
            return made;
        }

        internal static void Check(string name, Tensor input)
        {
            if (input.Sizes.Length is not (1 or 2)) throw new ArgumentException($"{name}: Expected input to be 1D or 2D, got {input.Sizes.Length}D instead");
        }

        internal static Tensor Zeros(Tensor input, long hiddenSize) =>
            input.Sizes.Length == 1 ? zeros([hiddenSize], input.dtype, input.device) : zeros([input.Sizes[0], hiddenSize], input.dtype, input.device);

        /// <summary>Cells compute on batches: a vector is a batch of one.</summary>
        internal static Expr Rows(Tensor t) => t.Sizes.Length == 1 ? Build.unsqueeze(0, t.Expr) : t.Expr;

        internal static Expr Back(Tensor input, Expr result) => input.Sizes.Length == 1 ? Build.squeeze([0], result) : result;

        internal static string Describe(long inputSize, long hiddenSize, bool bias) => $"{inputSize}, {hiddenSize}" + (bias ? "" : ", bias=False");
    }

    /// <summary>One step of an LSTM. See https://pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html.</summary>
    public class LSTMCell : Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor)>
    {
        internal LSTMCell(long inputSize, long hiddenSize, bool bias, Device? device, ScalarType? dtype) : base(nameof(LSTMCell))
        {
            (input_size, hidden_size) = (inputSize, hiddenSize);
            (weight_ih, weight_hh, bias_ih, bias_hh) = CellWeights.Make(4, inputSize, hiddenSize, bias, device, dtype);
        }

        public long input_size { get; }

        public long hidden_size { get; }

        public Parameter? weight_ih { get; set; }

        public Parameter? weight_hh { get; set; }

        public Parameter? bias_ih { get; set; }

        public Parameter? bias_hh { get; set; }

        public (Tensor, Tensor) call(Tensor input) => call(input, null);

        public override (Tensor, Tensor) forward([PyTorchName("input")] Tensor input, [PyTorchName("hx")] (Tensor, Tensor)? h0_c0 = null)
        {
            CellWeights.Check(nameof(LSTMCell), input);
            var (h, c) = h0_c0 ?? (CellWeights.Zeros(input, hidden_size), CellWeights.Zeros(input, hidden_size));
            var both = Recurrent.lstm_cell(CellWeights.Rows(input), CellWeights.Rows(h), CellWeights.Rows(c), weight_ih!.Expr, weight_hh!.Expr, bias_ih?.Expr!, bias_hh?.Expr!);
            var results = Autograd.Record("ThnnFusedLstmCellBackward0", Array.ConvertAll(both, e => CellWeights.Back(input, e)), input, h, c, weight_ih, weight_hh, bias_ih, bias_hh);
            return (results[0], results[1]);
        }

        public override string extra_repr() => CellWeights.Describe(input_size, hidden_size, bias_ih is not null);
    }

    /// <summary>One step of a GRU. See https://pytorch.org/docs/stable/generated/torch.nn.GRUCell.html.</summary>
    public class GRUCell : Module<Tensor, Tensor?, Tensor>
    {
        internal GRUCell(long inputSize, long hiddenSize, bool bias, Device? device, ScalarType? dtype) : base(nameof(GRUCell))
        {
            (input_size, hidden_size) = (inputSize, hiddenSize);
            (weight_ih, weight_hh, bias_ih, bias_hh) = CellWeights.Make(3, inputSize, hiddenSize, bias, device, dtype);
        }

        public long input_size { get; }

        public long hidden_size { get; }

        public Parameter? weight_ih { get; set; }

        public Parameter? weight_hh { get; set; }

        public Parameter? bias_ih { get; set; }

        public Parameter? bias_hh { get; set; }

        public Tensor call(Tensor input) => call(input, null);

        public override Tensor forward([PyTorchName("input")] Tensor input, [PyTorchName("hx")] Tensor? h0 = null)
        {
            CellWeights.Check(nameof(GRUCell), input);
            var h = h0 ?? CellWeights.Zeros(input, hidden_size);
            var y = Recurrent.gru_cell(CellWeights.Rows(input), CellWeights.Rows(h), weight_ih!.Expr, weight_hh!.Expr, bias_ih?.Expr!, bias_hh?.Expr!);
            return Autograd.Record("ThnnFusedGruCellBackward0", CellWeights.Back(input, y), input, h, weight_ih, weight_hh, bias_ih, bias_hh);
        }

        public override string extra_repr() => CellWeights.Describe(input_size, hidden_size, bias_ih is not null);
    }

    /// <summary>One step of Elman's network. See https://pytorch.org/docs/stable/generated/torch.nn.RNNCell.html.</summary>
    public class RNNCell : Module<Tensor, Tensor?, Tensor>
    {
        internal RNNCell(long inputSize, long hiddenSize, NonLinearities nonLinearity, bool bias, Device? device, ScalarType? dtype) : base(nameof(RNNCell))
        {
            (input_size, hidden_size, nonlinearity) = (inputSize, hiddenSize, nonLinearity);
            (weight_ih, weight_hh, bias_ih, bias_hh) = CellWeights.Make(1, inputSize, hiddenSize, bias, device, dtype);
        }

        public long input_size { get; }

        public long hidden_size { get; }

        public NonLinearities nonlinearity { get; }

        public Parameter? weight_ih { get; set; }

        public Parameter? weight_hh { get; set; }

        public Parameter? bias_ih { get; set; }

        public Parameter? bias_hh { get; set; }

        public Tensor call(Tensor input) => call(input, null);

        public override Tensor forward([PyTorchName("input")] Tensor input, [PyTorchName("hx")] Tensor? h0 = null)
        {
            CellWeights.Check(nameof(RNNCell), input);
            var h = h0 ?? CellWeights.Zeros(input, hidden_size);
            var (x, state) = (CellWeights.Rows(input), CellWeights.Rows(h));
            var y = nonlinearity == NonLinearities.Tanh
                ? Recurrent.rnn_tanh_cell(x, state, weight_ih!.Expr, weight_hh!.Expr, bias_ih?.Expr!, bias_hh?.Expr!)
                : Recurrent.rnn_relu_cell(x, state, weight_ih!.Expr, weight_hh!.Expr, bias_ih?.Expr!, bias_hh?.Expr!);
            return Autograd.Record("TanhBackward0", CellWeights.Back(input, y), input, h, weight_ih, weight_hh, bias_ih, bias_hh);
        }

        public override string extra_repr() =>
            CellWeights.Describe(input_size, hidden_size, bias_ih is not null) + (nonlinearity == NonLinearities.ReLU ? ", nonlinearity=relu" : "");
    }
}

namespace Torch
{
    // Factories of the recurrent modules.
    public static partial class torch
    {
        public static partial class nn
        {
            public static LSTM LSTM([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, [PyTorchName("num_layers")] long numLayers = 1, bool bias = true,
                [PyTorchName("batch_first")] bool batchFirst = false, double dropout = 0.0, bool bidirectional = false, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, device, dtype);

            public static GRU GRU([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, [PyTorchName("num_layers")] long numLayers = 1, bool bias = true,
                [PyTorchName("batch_first")] bool batchFirst = false, double dropout = 0.0, bool bidirectional = false, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, device, dtype);

            public static RNN RNN([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, [PyTorchName("num_layers")] long numLayers = 1,
                [PyTorchName("nonlinearity")] NonLinearities nonLinearity = NonLinearities.Tanh, bool bias = true, [PyTorchName("batch_first")] bool batchFirst = false, double dropout = 0.0,
                bool bidirectional = false, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, numLayers, nonLinearity, bias, batchFirst, dropout, bidirectional, device, dtype);

            public static LSTMCell LSTMCell([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, bias, device, dtype);

            public static GRUCell GRUCell([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, bias, device, dtype);

            public static RNNCell RNNCell([PyTorchName("input_size")] long inputSize, [PyTorchName("hidden_size")] long hiddenSize, [PyTorchName("nonlinearity")] NonLinearities nonLinearity = NonLinearities.Tanh,
                bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, hiddenSize, nonLinearity, bias, device, dtype);
        }
    }
}
