using System.Globalization;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

namespace Torch.Modules;

/// <summary>The kind of a recurrent layer: its step, and how many gates its weights hold.</summary>
internal enum RecurrentKind { Lstm, Gru, Tanh, Relu }

/// <summary>What LSTM, GRU and RNN have in common: their weights by layer and direction, checks with PyTorch's messages, and the run over padded or packed sequences.</summary>
internal sealed class RecurrentStack
{
    private readonly RecurrentKind _kind;
    private readonly string _name;
    private readonly long _input, _hidden, _projected;
    private readonly int _layers;
    private readonly bool _bias, _batchFirst, _bidirectional;
    private readonly double _dropout;
    private readonly List<string> _names = [];

    internal RecurrentStack(RecurrentKind kind, string name, long input, long hidden, long layers, bool bias, bool batchFirst, double dropout, bool bidirectional, long projected)
    {
        if (dropout is < 0 or > 1 || double.IsNaN(dropout)) throw new ArgumentException("dropout should be a number in range [0, 1] representing the probability of an element being zeroed");
        if (input <= 0) throw new ArgumentException("input_size must be greater than zero");
        if (hidden <= 0) throw new ArgumentException("hidden_size must be greater than zero");
        if (layers <= 0) throw new ArgumentException("num_layers must be greater than zero");
        if (projected < 0) throw new ArgumentException("proj_size should be a positive integer or zero to disable projections");
        if (projected >= hidden) throw new ArgumentException("proj_size has to be smaller than hidden_size");
        (_kind, _name, _input, _hidden, _layers) = (kind, name, input, hidden, (int)layers);
        (_bias, _batchFirst, _dropout, _bidirectional, _projected) = (bias, batchFirst, dropout, bidirectional, projected);
    }

    private int Directions => _bidirectional ? 2 : 1;

    private long OutSize => _projected > 0 ? _projected : _hidden;

    /// <summary>Registers the weights in PyTorch's order and draws them.</summary>
    internal void Register(Module module, Device? device, ScalarType? dtype)
    {
        var gates = _kind switch { RecurrentKind.Lstm => 4, RecurrentKind.Gru => 3, _ => 1 } * _hidden;
        for (var layer = 0; layer < _layers; layer++)
            for (var d = 0; d < Directions; d++)
            {
                var end = layer.ToString(CultureInfo.InvariantCulture) + (d == 1 ? "_reverse" : "");
                Add("weight_ih_l", gates, layer == 0 ? _input : OutSize * Directions);
                Add("weight_hh_l", gates, OutSize);
                if (_bias)
                {
                    Add("bias_ih_l", gates);
                    Add("bias_hh_l", gates);
                }
                if (_projected > 0) Add("weight_hr_l", _projected, _hidden);

                void Add(string start, params long[] sizes)
                {
                    _names.Add(start + end);
                    module.register_parameter(start + end, init.Empty(sizes, device, dtype));
                }
            }
        var bound = 1.0 / Math.Sqrt(_hidden);
        foreach (var p in module.parameters()) init.uniform_(p, -bound, bound);
    }

    internal string Describe()
    {
        var text = $"{_input}, {_hidden}";
        if (_projected != 0) text += $", proj_size={_projected}";
        if (_layers != 1) text += $", num_layers={_layers}";
        if (!_bias) text += ", bias=False";
        if (_batchFirst) text += ", batch_first=True";
        if (_dropout != 0) text += $", dropout={PyText.Repr(_dropout)}";
        if (_bidirectional) text += ", bidirectional=True";
        return text;
    }

    /// <summary>Runs over (T, B, input), (B, T, input) or (T, input): y, h and for an LSTM c.</summary>
    internal Tensor[] Run(Module module, Tensor input, Tensor? h0, Tensor? c0)
    {
        var weights = _names.ConvertAll(n => module.get_parameter(n)!);
        if (input.Sizes.Length is not (2 or 3))
            throw new ArgumentException($"{_name}: Expected input to be 2D or 3D, got {input.Sizes.Length}D {(_name == "RNN" ? "tensor " : "")}instead");
        var batched = input.Sizes.Length == 3;
        CheckHidden(batched, h0, c0);
        var batch = !batched ? 1 : _batchFirst ? input.Sizes[0] : input.Sizes[1];
        var time = batched && _batchFirst ? input.Sizes[1] : input.Sizes[0];
        CheckInput(input, weights[0]);
        var h = h0?.Expr ?? Zeros(batched, batch, OutSize, input.DType);
        var c = _kind != RecurrentKind.Lstm ? null : c0?.Expr ?? Zeros(batched, batch, _hidden, input.DType);
        CheckSizes(h, c, batched, batch);
        var masks = Masks(module, [time, batch, OutSize * Directions], input.DType);
        var w = weights.ConvertAll(p => p.Expr).ToArray();
        var results = _kind switch
        {
            RecurrentKind.Lstm => Recurrent.lstm(input.Expr, h, c!, w, _bias, _layers, masks!, _bidirectional, _batchFirst),
            RecurrentKind.Gru => Recurrent.gru(input.Expr, h, w, _bias, _layers, masks!, _bidirectional, _batchFirst),
            RecurrentKind.Tanh => Recurrent.rnn_tanh(input.Expr, h, w, _bias, _layers, masks!, _bidirectional, _batchFirst),
            _ => Recurrent.rnn_relu(input.Expr, h, w, _bias, _layers, masks!, _bidirectional, _batchFirst),
        };
        return Autograd.Record("MkldnnRnnLayerBackward0", _kind == RecurrentKind.Lstm ? results : results[..2], [input, h0, c0, .. weights]);
    }

    /// <summary>Runs over packed sequences.</summary>
    internal (nn.utils.rnn.PackedSequence, Tensor[]) Run(Module module, nn.utils.rnn.PackedSequence input, Tensor? h0, Tensor? c0)
    {
        var weights = _names.ConvertAll(n => module.get_parameter(n)!);
        var sizes = input.BatchSizes;
        CheckInput(input.data, weights[0]);
        var h = h0?.Expr ?? Zeros(true, sizes[0], OutSize, input.data.DType);
        var c = _kind != RecurrentKind.Lstm ? null : c0?.Expr ?? Zeros(true, sizes[0], _hidden, input.data.DType);
        CheckSizes(h, c, true, sizes[0]);
        if (input.sorted_indices is { } sorted)
        {
            h = Indexing.index_select(h, 1, sorted.Expr);
            if (c is not null) c = Indexing.index_select(c, 1, sorted.Expr);
        }
        var masks = Masks(module, [input.data.Sizes[0], OutSize * Directions], input.data.DType);
        var each = weights.Count / (_layers * Directions);
        var x = input.data.Expr;
        var (lastH, lastC) = (new List<Expr>(), new List<Expr>());
        for (var layer = 0; layer < _layers; layer++)
        {
            var outputs = new Expr[Directions];
            for (var d = 0; d < Directions; d++)
            {
                var k = layer * Directions + d;
                var w = weights.GetRange(k * each, each).ConvertAll(p => p.Expr);
                (outputs[d], var hn, var cn) = Direction(x, sizes, w, Build.select(0, k, h), c is null ? null : Build.select(0, k, c), d == 1);
                lastH.Add(hn);
                if (cn is not null) lastC.Add(cn);
            }
            x = Directions == 1 ? outputs[0] : Assemble.cat(outputs, -1);
            if (masks is not null && layer < _layers - 1) x = Arithmetic.mul(x, masks[layer]);
        }
        var results = new List<Expr> { x, Assemble.stack([.. lastH], 0) };
        if (c is not null) results.Add(Assemble.stack([.. lastC], 0));
        if (input.unsorted_indices is { } unsorted)
            for (var i = 1; i < results.Count; i++) results[i] = Indexing.index_select(results[i], 1, unsorted.Expr);
        var tensors = Autograd.Record("MkldnnRnnLayerBackward0", [.. results], [input.data, h0, c0, .. weights]);
        return (input.With(tensors[0]), tensors);
    }

    /// <summary>One layer in one direction over packed data, step by step: sequences leave when they end (backwards: enter when they begin).</summary>
    private (Expr Y, Expr H, Expr? C) Direction(Expr data, long[] sizes, List<Expr> w, Expr h0, Expr? c0, bool backwards)
    {
        var starts = new long[sizes.Length];
        for (var t = 1; t < sizes.Length; t++) starts[t] = starts[t - 1] + sizes[t - 1];
        var outputs = new Expr[sizes.Length];
        var (ended, endedC) = (new List<Expr>(), new List<Expr>());
        var first = backwards ? sizes.Length - 1 : 0;
        var h = Build.narrow(0, 0, sizes[first], h0);
        var c = c0 is null ? null : Build.narrow(0, 0, sizes[first], c0);
        for (var i = 0; i < sizes.Length; i++)
        {
            var t = backwards ? sizes.Length - 1 - i : i;
            var n = sizes[t];
            var have = h.Sizes[0];
            if (n < have)
            {
                ended.Add(Build.narrow(0, n, have - n, h));
                h = Build.narrow(0, 0, n, h);
                if (c is not null)
                {
                    endedC.Add(Build.narrow(0, n, have - n, c));
                    c = Build.narrow(0, 0, n, c);
                }
            }
            else if (n > have)
            {
                h = Assemble.cat([h, Build.narrow(0, have, n - have, h0)], 0);
                if (c is not null) c = Assemble.cat([c, Build.narrow(0, have, n - have, c0!)], 0);
            }
            (h, c) = Step(Build.narrow(0, starts[t], n, data), h, c, w);
            outputs[t] = h;
        }
        ended.Add(h);
        ended.Reverse();
        if (c is not null)
        {
            endedC.Add(c);
            endedC.Reverse();
        }
        return (Assemble.cat(outputs, 0), Assemble.cat([.. ended], 0), c is null ? null : Assemble.cat([.. endedC], 0));
    }

    private (Expr, Expr?) Step(Expr x, Expr h, Expr? c, List<Expr> w)
    {
        var (b1, b2) = _bias ? (w[2], w[3]) : (null!, null!);
        switch (_kind)
        {
            case RecurrentKind.Lstm:
                var next = Recurrent.lstm_cell(x, h, c!, w[0], w[1], b1, b2);
                return (_projected > 0 ? Matmul.linear(next[0], w[^1], null!) : next[0], next[1]);
            case RecurrentKind.Gru: return (Recurrent.gru_cell(x, h, w[0], w[1], b1, b2), null);
            case RecurrentKind.Tanh: return (Recurrent.rnn_tanh_cell(x, h, w[0], w[1], b1, b2), null);
            default: return (Recurrent.rnn_relu_cell(x, h, w[0], w[1], b1, b2), null);
        }
    }

    /// <summary>Dropout between layers, drawn layer by layer; null where there is none.</summary>
    private Expr[]? Masks(Module module, long[] sizes, DType dtype)
    {
        if (_dropout == 0 || !module.training || _layers == 1) return null;
        var masks = new Expr[_layers - 1];
        for (var i = 0; i < masks.Length; i++)
            masks[i] = Draw.Fill(dtype, sizes, Shape.contiguous(sizes), false, null, (g, b) => Kernels.Samplers.DropoutMask(g, b, _dropout, torch.random.intel_bernoulli));
        return masks;
    }

    private Expr Zeros(bool batched, long batch, long size, DType dtype) =>
        Build.fill(batched ? [_layers * Directions, batch, size] : [_layers * Directions, size], dtype, Literal.NewInt(0));

    private void CheckInput(Tensor input, Tensor weight)
    {
        if (!input.DType.Equals(weight.DType))
            throw new ArgumentException(
                $"RNN input dtype (torch.{input.DType.Name}) does not match weight dtype (torch.{weight.DType.Name}). Convert input: input.to(torch.{weight.DType.Name}), or convert model: model.to(torch.{input.DType.Name})");
        if (input.Sizes[^1] != _input) throw new TorchException($"input.size(-1) must be equal to input_size. Expected {_input}, got {input.Sizes[^1]}");
    }

    private void CheckHidden(bool batched, Tensor? h, Tensor? c)
    {
        if (h is null) return;
        var want = batched ? 3 : 2;
        var kind = batched ? "batched 3-D" : "unbatched 2-D";
        if (_kind == RecurrentKind.Lstm)
        {
            if (h.Sizes.Length != want || c!.Sizes.Length != want)
                throw new TorchException($"For {kind} input, hx and cx should also be {want}-D but got ({h.Sizes.Length}-D, {c!.Sizes.Length}-D) tensors");
        }
        else if (h.Sizes.Length != want) throw new TorchException($"For {kind} input, hx should also be {want}-D but got {h.Sizes.Length}-D tensor");
    }

    private void CheckSizes(Expr h, Expr? c, bool batched, long batch)
    {
        Check(h, OutSize, _kind == RecurrentKind.Lstm ? "hidden[0]" : "hidden");
        if (c is not null) Check(c, _hidden, "hidden[1]");

        void Check(Expr e, long size, string name)
        {
            long[] wide = [_layers * Directions, batch, size];
            long[] got = batched ? e.Sizes : [e.Sizes[0], 1, .. e.Sizes[1..]];
            if (!got.AsSpan().SequenceEqual(wide)) throw new TorchException($"Expected {name} size {PyText.Tuple(wide)}, got {Shape.show(got)}");
        }
    }
}
