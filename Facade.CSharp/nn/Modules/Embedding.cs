using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

namespace Torch.Modules
{
    /// <summary>A table of vectors by number. See https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html.</summary>
    public class Embedding : Module<Tensor, Tensor>
    {
        internal Embedding(long num_embeddings, long embedding_dim, long? padding_idx, double? max_norm, double norm_type, bool scale_grad_by_freq, bool sparse, Tensor? weight, bool freeze, Device? device,
            ScalarType? dtype) : base(nameof(Embedding))
        {
            (this.num_embeddings, this.embedding_dim, this.max_norm, this.norm_type, this.scale_grad_by_freq, this.sparse) =
                (num_embeddings, embedding_dim, max_norm, norm_type, scale_grad_by_freq, sparse);
            if (padding_idx is { } p)
            {
                if (p >= num_embeddings || p < -num_embeddings) throw new ArgumentException("Padding_idx must be within num_embeddings");
                this.padding_idx = p < 0 ? p + num_embeddings : p;
            }
            if (weight is not null && (weight.Sizes.Length != 2 || weight.Sizes[0] != num_embeddings || weight.Sizes[1] != embedding_dim))
                throw new InvalidOperationException("Shape of weight does not match num_embeddings and embedding_dim");
            if (weight is null)
            {
                this.weight = init.Empty([num_embeddings, embedding_dim], device, dtype);
                reset_parameters();
            }
            else this.weight = weight as Parameter ?? new Parameter(weight, !freeze);
        }

        public long num_embeddings { get; }

        public long embedding_dim { get; }

        public long? padding_idx { get; }

        public double? max_norm { get; set; }

        public double norm_type { get; set; }

        public bool scale_grad_by_freq { get; set; }

        public bool sparse { get; }

        public Parameter weight { get; set; }

        public void reset_parameters()
        {
            init.normal_(weight);
            if (padding_idx is { } p && !weight.is_meta)
                using (no_grad()) weight.select(0, p).fill_(0);
        }

        public override Tensor forward(Tensor input) => functional.embedding(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);

        public override string extra_repr()
        {
            var text = $"{num_embeddings}, {embedding_dim}";
            if (padding_idx is { } p) text += $", padding_idx={p}";
            if (max_norm is { } m) text += $", max_norm={PyText.Repr(m)}";
            if (norm_type != 2) text += $", norm_type={PyText.Repr(norm_type)}";
            if (scale_grad_by_freq) text += ", scale_grad_by_freq=True";
            if (sparse) text += ", sparse=True";
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
            public static Modules.Embedding Embedding(long num_embeddings, [PyTorchName("embedding_dim")] long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null, Tensor? _weight = null, bool _freeze = false) =>
                new(num_embeddings, embedding_dims, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight, _freeze, device, dtype);

            /// <summary>An embedding over a table that exists.</summary>
            public static Modules.Embedding Embedding_from_pretrained(Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                if (embeddings.Sizes.Length != 2) throw new ArgumentException("Embeddings parameter is expected to be 2-dimensional");
                return new(embeddings.Sizes[0], embeddings.Sizes[1], padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, embeddings, freeze, device, dtype);
            }
        }
    }
}
