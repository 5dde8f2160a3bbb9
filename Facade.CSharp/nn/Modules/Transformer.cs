using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

// Transformers. See https://pytorch.org/docs/stable/generated/torch.nn.Transformer.html.
namespace Torch.Modules
{
    /// <summary>Encoder layers one after the other.</summary>
    public class TransformerEncoder : Module<Tensor, Tensor?, Tensor?, Tensor>, IModule<Tensor, Tensor, Tensor>, IModule<Tensor, Tensor>
    {
        public enum Activations { ReLU = 0, GELU = 1 }

        internal TransformerEncoder(TransformerEncoderLayer layer, long num_layers, Module<Tensor, Tensor>? norm) : base(nameof(TransformerEncoder))
        {
            layers = new ModuleList<TransformerEncoderLayer>([.. Enumerable.Range(0, (int)num_layers).Select(_ => layer.Copy())]);
            this.norm = norm;
        }

        public ModuleList<TransformerEncoderLayer> layers { get; }

        public Module<Tensor, Tensor>? norm { get; set; }

        public override Tensor forward(Tensor src, [PyTorchName("mask")] Tensor? src_mask, Tensor? src_key_padding_mask) => forward(src, src_mask, src_key_padding_mask, null);

        public Tensor forward(Tensor src, [PyTorchName("mask")] Tensor? src_mask = null, Tensor? src_key_padding_mask = null, bool? is_causal = null)
        {
            var x = src;
            var causal = is_causal ?? false;
            foreach (var layer in layers) x = layer.forward(x, src_mask, src_key_padding_mask, causal);
            return norm is null ? x : norm.call(x);
        }

        public Tensor call(Tensor src) => base.call(src, null, null);

        public Tensor call(Tensor src, Tensor src_mask) => base.call(src, src_mask, null);
    }

    /// <summary>Decoder layers one after the other.</summary>
    public class TransformerDecoder : Module<Tensor, Tensor, Tensor?, Tensor?, Tensor?, Tensor?, Tensor>, IModule<Tensor, Tensor, Tensor>
    {
        internal TransformerDecoder(TransformerDecoderLayer layer, long num_layers, Module<Tensor, Tensor>? norm) : base(nameof(TransformerDecoder))
        {
            layers = new ModuleList<TransformerDecoderLayer>([.. Enumerable.Range(0, (int)num_layers).Select(_ => layer.Copy())]);
            this.norm = norm;
        }

        public ModuleList<TransformerDecoderLayer> layers { get; }

        public Module<Tensor, Tensor>? norm { get; set; }

        public override Tensor forward(Tensor tgt, Tensor memory, Tensor? tgt_mask, Tensor? memory_mask, Tensor? tgt_key_padding_mask, Tensor? memory_key_padding_mask) =>
            forward(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask, null);

        public Tensor forward(Tensor tgt, Tensor memory, Tensor? tgt_mask = null, Tensor? memory_mask = null, Tensor? tgt_key_padding_mask = null, Tensor? memory_key_padding_mask = null,
            bool? tgt_is_causal = null, bool memory_is_causal = false)
        {
            var x = tgt;
            foreach (var layer in layers) x = layer.forward(x, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask, tgt_is_causal ?? false, memory_is_causal);
            return norm is null ? x : norm.call(x);
        }

        public Tensor call(Tensor tgt, Tensor memory) => base.call(tgt, memory, null, null, null, null);

        public new Tensor call(Tensor tgt, Tensor memory, Tensor? tgt_mask, Tensor? memory_mask = null, Tensor? tgt_key_padding_mask = null, Tensor? memory_key_padding_mask = null) =>
            base.call(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask);
    }

    /// <summary>An encoder and a decoder.</summary>
    public class Transformer : Module<Tensor, Tensor, Tensor>
    {
        private readonly TransformerOptions _options;

        internal Transformer(TransformerOptions o, long encoderLayers, long decoderLayers) : base(nameof(Transformer))
        {
            _options = o;
            encoder = new TransformerEncoder(new TransformerEncoderLayer(o), encoderLayers, o.Norm());
            decoder = new TransformerDecoder(new TransformerDecoderLayer(o), decoderLayers, o.Norm());
            foreach (var p in parameters())
                if (p.Sizes.Length > 1) init.xavier_uniform_(p);
        }

        public TransformerEncoder encoder { get; }

        public TransformerDecoder decoder { get; }

        public override Tensor forward(Tensor src, Tensor tgt) => forward(src, tgt, null, null);

        public Tensor forward(Tensor src, Tensor tgt, Tensor? src_mask = null, Tensor? tgt_mask = null, Tensor? memory_mask = null, Tensor? src_key_padding_mask = null, Tensor? tgt_key_padding_mask = null,
            Tensor? memory_key_padding_mask = null, bool? src_is_causal = null, bool? tgt_is_causal = null, bool memory_is_causal = false)
        {
            var batched = src.Sizes.Length == 3;
            var at = _options.BatchFirst ? 0 : 1;
            if (batched && src.Sizes[at] != tgt.Sizes[at]) throw new TorchException("the batch number of src and tgt must be equal");
            if (src.Sizes[^1] != _options.Width || tgt.Sizes[^1] != _options.Width) throw new TorchException("the feature number of src and tgt must be equal to d_model");
            var memory = encoder.forward(src, src_mask, src_key_padding_mask, src_is_causal);
            return decoder.forward(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask, tgt_is_causal, memory_is_causal);
        }

        public Tensor call(Tensor src, Tensor tgt, Tensor? src_mask, Tensor? tgt_mask = null, Tensor? memory_mask = null, Tensor? src_key_padding_mask = null, Tensor? tgt_key_padding_mask = null,
            Tensor? memory_key_padding_mask = null) =>
            forward(src, tgt, src_mask, tgt_mask, memory_mask, src_key_padding_mask, tgt_key_padding_mask, memory_key_padding_mask);

        /// <summary>A square mask of minus infinity above the diagonal.</summary>
        public static Tensor generate_square_subsequent_mask(long sz, Device? device = null, ScalarType? dtype = null)
        {
            var d = dtype?.ToDType() ?? Build.defaultDType();
            var all = Build.fill([sz, sz], d, Literal.NewReal(double.NegativeInfinity));
            return new Tensor(Assemble.triu(all, 1)).to(device ?? CPU);
        }
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static TransformerEncoder TransformerEncoder(TransformerEncoderLayer encoder_layer, long num_layers, Module<Tensor, Tensor>? norm = null, bool enable_nested_tensor = true,
                bool mask_check = true) => new(encoder_layer, num_layers, norm);

            public static TransformerDecoder TransformerDecoder(TransformerDecoderLayer decoder_layer, long num_layers, Module<Tensor, Tensor>? norm = null) => new(decoder_layer, num_layers, norm);

            public static Transformer Transformer(long d_model = 512, long nhead = 8, long num_encoder_layers = 6, long num_decoder_layers = 6, long dim_feedforward = 2048, double dropout = 0.1,
                Activations activation = Activations.ReLU, double layer_norm_eps = 1e-5, bool batch_first = false, bool norm_first = false, bool bias = true, Device? device = null,
                ScalarType? dtype = null) =>
                new(new TransformerOptions(d_model, nhead, dim_feedforward, dropout, TransformerOptions.Function(activation), layer_norm_eps, batch_first, norm_first, bias, device, dtype),
                    num_encoder_layers, num_decoder_layers);
        }
    }
}
