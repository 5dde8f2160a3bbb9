using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

namespace Torch.Modules
{
    /// <summary>Sums, means or maxima of bags of embeddings. See https://pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html.</summary>
    public class EmbeddingBag : Module<Tensor, Tensor?, Tensor?, Tensor>, IModule<Tensor, Tensor, Tensor>
    {
        internal EmbeddingBag(long num_embeddings, long embedding_dim, double? max_norm, double norm_type, bool scale_grad_by_freq, EmbeddingBagMode mode, bool sparse, bool include_last_offset, long? padding_idx,
            Tensor? weight, bool freeze, Device? device, ScalarType? dtype) : base(nameof(EmbeddingBag))
        {
            (this.num_embeddings, this.embedding_dim, this.max_norm, this.norm_type, this.scale_grad_by_freq, this.mode, this.sparse, this.include_last_offset) =
                (num_embeddings, embedding_dim, max_norm, norm_type, scale_grad_by_freq, mode, sparse, include_last_offset);
            if (padding_idx is { } p)
            {
                if (p >= num_embeddings || p < -num_embeddings) throw new ArgumentException("padding_idx must be within num_embeddings");
                this.padding_idx = p < 0 ? p + num_embeddings : p;
            }
            if (weight is not null)
            {
                this.weight = weight as Parameter ?? new Parameter(weight, !freeze);
                return;
            }
            this.weight = init.Empty([num_embeddings, embedding_dim], device, dtype);
            reset_parameters();
        }

        public long num_embeddings { get; }

        public long embedding_dim { get; }

        public double? max_norm { get; set; }

        public double norm_type { get; set; }

        public bool scale_grad_by_freq { get; set; }

        public EmbeddingBagMode mode { get; }

        public bool sparse { get; }

        public bool include_last_offset { get; }

        public long? padding_idx { get; }

        public Parameter weight { get; set; }

        public void reset_parameters()
        {
            init.normal_(weight);
            if (padding_idx is { } p && !weight.is_meta)
                using (no_grad()) weight.select(0, p).fill_(0);
        }

        public override Tensor forward(Tensor input, Tensor? offsets = null, [PyTorchName("per_sample_weights")] Tensor? perSampleWeights = null) =>
            functional.embedding_bag(input, weight, offsets, max_norm, norm_type, scale_grad_by_freq, mode, sparse, perSampleWeights, include_last_offset, padding_idx);

        public Tensor call(Tensor input) => base.call(input, null, null);

        public Tensor call(Tensor input, Tensor offsets) => base.call(input, offsets, null);

        public override string extra_repr()
        {
            var text = $"{num_embeddings}, {embedding_dim}";
            if (max_norm is { } m) text += $", max_norm={PyText.Repr(m)}";
            if (norm_type != 2) text += $", norm_type={PyText.Repr(norm_type)}";
            if (scale_grad_by_freq) text += ", scale_grad_by_freq=True";
            text += $", mode='{mode.Name()}'";
            if (padding_idx is { } p) text += $", padding_idx={p}";
            return text;
        }
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.EmbeddingBag EmbeddingBag(long num_embeddings, [PyTorchName("embedding_dim")] long embedding_dims, double? max_norm = null, double norm_type = 2.0,
                bool scale_grad_by_freq = false, EmbeddingBagMode mode = EmbeddingBagMode.Mean, bool sparse = false, bool include_last_offset = false,
                [PyTorchName("padding_idx")] long? padding_index = null, Device? device = null, ScalarType? dtype = null, Tensor? _weight = null) =>
                new(num_embeddings, embedding_dims, max_norm, norm_type, scale_grad_by_freq, mode, sparse, include_last_offset, padding_index, _weight, false, device, dtype);

            public static Modules.EmbeddingBag EmbeddingBag_from_pretrained(Tensor embeddings, bool freeze = true, double? max_norm = null, double norm_type = 2.0, bool scale_grad_by_freq = false,
                EmbeddingBagMode mode = EmbeddingBagMode.Mean, bool sparse = false, bool include_last_offset = false, [PyTorchName("padding_idx")] long? padding_index = null, Device? device = null,
                ScalarType? dtype = null) =>
                new(embeddings.Sizes[0], embeddings.Sizes[1], max_norm, norm_type, scale_grad_by_freq, mode, sparse, include_last_offset, padding_index, embeddings, freeze, device, dtype);
        }
    }
}
