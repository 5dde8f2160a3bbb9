using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

// Layers of transformers. See https://pytorch.org/docs/stable/nn.html#transformer-layers.
namespace Torch.Modules
{
    /// <summary>What the layers are made with; copies of a layer are made with the same.</summary>
    internal sealed record TransformerOptions(long Width, long Heads, long Inner, double Dropout, Func<Tensor, Tensor> Activation, double Eps, bool BatchFirst, bool NormFirst, bool Bias, Device? Device,
        ScalarType? DType)
    {
        internal static Func<Tensor, Tensor> Function(nn.Activations activation) => activation == nn.Activations.GELU ? x => functional.gelu(x) : x => functional.relu(x);

        internal LayerNorm Norm() => new([Width], Eps, true, Bias, Device, DType);

        internal MultiheadAttention Attention() => new(Width, Heads, Dropout, Bias, false, false, null, null, BatchFirst, Device, DType);

        internal Linear Outward() => new(Width, Inner, Bias, Device, DType);

        internal Linear Inward() => new(Inner, Width, Bias, Device, DType);

        internal Dropout Drop() => new(Dropout, false);
    }

    /// <summary>Self-attention and a feed-forward network, each with a residual and a norm.</summary>
    public class TransformerEncoderLayer : Module<Tensor, Tensor>, IModule<Tensor, Tensor, Tensor>, IModule<Tensor, Tensor, Tensor, Tensor>
    {
        private readonly TransformerOptions _options;

        internal TransformerEncoderLayer(TransformerOptions o) : base(nameof(TransformerEncoderLayer))
        {
            _options = o;
            self_attn = o.Attention();
            linear1 = o.Outward();
            dropout = o.Drop();
            linear2 = o.Inward();
            norm1 = o.Norm();
            norm2 = o.Norm();
            dropout1 = o.Drop();
            dropout2 = o.Drop();
        }

        public MultiheadAttention self_attn { get; set; }

        public Linear linear1 { get; set; }

        public Dropout dropout { get; set; }

        public Linear linear2 { get; set; }

        public LayerNorm norm1 { get; set; }

        public LayerNorm norm2 { get; set; }

        public Dropout dropout1 { get; set; }

        public Dropout dropout2 { get; set; }

        /// <summary>A layer of its own with the same values.</summary>
        internal TransformerEncoderLayer Copy() => ModuleCopy.Of(this, () => new TransformerEncoderLayer(_options));

        public override Tensor forward(Tensor src) => forward(src, null, null);

        public Tensor forward(Tensor src, Tensor? src_mask = null, Tensor? src_key_padding_mask = null, bool is_causal = false)
        {
            if (_options.NormFirst)
            {
                src = src + Attend(norm1.call(src), src_mask, src_key_padding_mask, is_causal);
                return src + Feed(norm2.call(src));
            }
            src = norm1.call(src + Attend(src, src_mask, src_key_padding_mask, is_causal));
            return norm2.call(src + Feed(src));
        }

        public Tensor call(Tensor src, Tensor src_mask) => forward(src, src_mask, null);

        public Tensor call(Tensor src, Tensor src_mask, Tensor src_key_padding_mask) => forward(src, src_mask, src_key_padding_mask);

        private Tensor Attend(Tensor x, Tensor? mask, Tensor? keyMask, bool causal) => dropout1.call(self_attn.forward(x, x, x, keyMask, false, mask, true, causal).Item1);

        private Tensor Feed(Tensor x) => dropout2.call(linear2.call(dropout.call(_options.Activation(linear1.call(x)))));
    }

    /// <summary>Self-attention, attention over the encoder's output and a feed-forward network, each with a residual and a norm.</summary>
    public class TransformerDecoderLayer : Module<Tensor, Tensor, Tensor?, Tensor?, Tensor?, Tensor?, Tensor>, IModule<Tensor, Tensor, Tensor>
    {
        private readonly TransformerOptions _options;

        internal TransformerDecoderLayer(TransformerOptions o) : base(nameof(TransformerDecoderLayer))
        {
            _options = o;
            self_attn = o.Attention();
            multihead_attn = o.Attention();
            linear1 = o.Outward();
            dropout = o.Drop();
            linear2 = o.Inward();
            norm1 = o.Norm();
            norm2 = o.Norm();
            norm3 = o.Norm();
            dropout1 = o.Drop();
            dropout2 = o.Drop();
            dropout3 = o.Drop();
        }

        public MultiheadAttention self_attn { get; set; }

        public MultiheadAttention multihead_attn { get; set; }

        public Linear linear1 { get; set; }

        public Dropout dropout { get; set; }

        public Linear linear2 { get; set; }

        public LayerNorm norm1 { get; set; }

        public LayerNorm norm2 { get; set; }

        public LayerNorm norm3 { get; set; }

        public Dropout dropout1 { get; set; }

        public Dropout dropout2 { get; set; }

        public Dropout dropout3 { get; set; }

        internal TransformerDecoderLayer Copy() => ModuleCopy.Of(this, () => new TransformerDecoderLayer(_options));

        public override Tensor forward(Tensor tgt, Tensor memory, Tensor? tgt_mask, Tensor? memory_mask, Tensor? tgt_key_padding_mask, Tensor? memory_key_padding_mask) =>
            forward(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask, false);

        public Tensor forward(Tensor tgt, Tensor memory, Tensor? tgt_mask = null, Tensor? memory_mask = null, Tensor? tgt_key_padding_mask = null, Tensor? memory_key_padding_mask = null,
            bool tgt_is_causal = false, bool memory_is_causal = false)
        {
            var x = tgt;
            if (_options.NormFirst)
            {
                x = x + Attend(norm1.call(x), tgt_mask, tgt_key_padding_mask, tgt_is_causal);
                x = x + Cross(norm2.call(x), memory, memory_mask, memory_key_padding_mask, memory_is_causal);
                return x + Feed(norm3.call(x));
            }
            x = norm1.call(x + Attend(x, tgt_mask, tgt_key_padding_mask, tgt_is_causal));
            x = norm2.call(x + Cross(x, memory, memory_mask, memory_key_padding_mask, memory_is_causal));
            return norm3.call(x + Feed(x));
        }

        public Tensor call(Tensor tgt, Tensor memory) => base.call(tgt, memory, null, null, null, null);

        public new Tensor call(Tensor tgt, Tensor memory, Tensor? tgt_mask, Tensor? memory_mask = null, Tensor? tgt_key_padding_mask = null, Tensor? memory_key_padding_mask = null) =>
            base.call(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask);

        private Tensor Attend(Tensor x, Tensor? mask, Tensor? keyMask, bool causal) => dropout1.call(self_attn.forward(x, x, x, keyMask, false, mask, true, causal).Item1);

        private Tensor Cross(Tensor x, Tensor memory, Tensor? mask, Tensor? keyMask, bool causal) => dropout2.call(multihead_attn.forward(x, memory, memory, keyMask, false, mask, true, causal).Item1);

        private Tensor Feed(Tensor x) => dropout3.call(linear2.call(dropout.call(_options.Activation(linear1.call(x)))));
    }

    /// <summary>Copies of modules, which draw no random numbers.</summary>
    internal static class ModuleCopy
    {
        internal static T Of<T>(T original, Func<T> make) where T : nn.Module
        {
            T copy;
            using (torch.random.fork_rng()) copy = make();
            var to = copy.named_parameters().ToDictionary(p => p.name, p => p.parameter);
            foreach (var (name, p) in original.named_parameters())
            {
                to[name].set_data(p.detach().clone());
                to[name].requires_grad = p.requires_grad;
            }
            copy.train(original.training);
            return copy;
        }
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static TransformerEncoderLayer TransformerEncoderLayer(long d_model = 512, long nhead = 8, long dim_feedforward = 2048, double dropout = 0.1, Activations activation = Activations.ReLU,
                double layer_norm_eps = 1e-5, bool batch_first = false, bool norm_first = false, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(new TransformerOptions(d_model, nhead, dim_feedforward, dropout, TransformerOptions.Function(activation), layer_norm_eps, batch_first, norm_first, bias, device, dtype));

            public static TransformerEncoderLayer TransformerEncoderLayer(long d_model, long nhead, long dim_feedforward, double dropout, Func<Tensor, Tensor> activation, double layer_norm_eps = 1e-5,
                bool batch_first = false, bool norm_first = false, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(new TransformerOptions(d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype));

            public static TransformerDecoderLayer TransformerDecoderLayer(long d_model = 512, long nhead = 8, long dim_feedforward = 2048, double dropout = 0.1, Activations activation = Activations.ReLU,
                double layer_norm_eps = 1e-5, bool batch_first = false, bool norm_first = false, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(new TransformerOptions(d_model, nhead, dim_feedforward, dropout, TransformerOptions.Function(activation), layer_norm_eps, batch_first, norm_first, bias, device, dtype));

            public static TransformerDecoderLayer TransformerDecoderLayer(long d_model, long nhead, long dim_feedforward, double dropout, Func<Tensor, Tensor> activation, double layer_norm_eps = 1e-5,
                bool batch_first = false, bool norm_first = false, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(new TransformerOptions(d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype));
        }
    }
}
