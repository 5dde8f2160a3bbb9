using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Device = Torch.torch.Device;

namespace Torch.Modules
{
    /// <summary>Attention with several heads: the output, and the weights if they are wanted. See https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html.</summary>
    public class MultiheadAttention : Module<Tensor, Tensor, Tensor, Tensor?, bool, Tensor?, Tuple<Tensor, Tensor>>
    {
        private readonly bool _same;

        internal MultiheadAttention(long embed_dim, long num_heads, double dropout, bool bias, bool add_bias_kv, bool add_zero_attn, long? kdim, long? vdim, bool batch_first, Device? device, ScalarType? dtype)
            : base(nameof(MultiheadAttention))
        {
            if (embed_dim <= 0 || num_heads <= 0) throw new ArgumentException($"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} instead");
            (this.embed_dim, this.num_heads, this.dropout, this.add_zero_attn, this.batch_first) = (embed_dim, num_heads, dropout, add_zero_attn, batch_first);
            (this.kdim, this.vdim) = (kdim ?? embed_dim, vdim ?? embed_dim);
            _same = this.kdim == embed_dim && this.vdim == embed_dim;
            if (embed_dim % num_heads != 0) throw new ArgumentException("embed_dim must be divisible by num_heads");
            if (_same) in_proj_weight = init.Empty([3 * embed_dim, embed_dim], device, dtype);
            else
            {
                q_proj_weight = init.Empty([embed_dim, embed_dim], device, dtype);
                k_proj_weight = init.Empty([embed_dim, this.kdim], device, dtype);
                v_proj_weight = init.Empty([embed_dim, this.vdim], device, dtype);
            }
            if (bias) in_proj_bias = init.Empty([3 * embed_dim], device, dtype);
            out_proj = new OutProjection(embed_dim, bias, device, dtype);
            if (add_bias_kv)
            {
                bias_k = init.Empty([1, 1, embed_dim], device, dtype);
                bias_v = init.Empty([1, 1, embed_dim], device, dtype);
            }
            reset_parameters();
        }

        public long embed_dim { get; }

        public long num_heads { get; }

        public double dropout { get; set; }

        public long kdim { get; }

        public long vdim { get; }

        public bool batch_first { get; }

        public bool add_zero_attn { get; }

        public Parameter? in_proj_weight { get; set; }

        public Parameter? q_proj_weight { get; set; }

        public Parameter? k_proj_weight { get; set; }

        public Parameter? v_proj_weight { get; set; }

        public Parameter? in_proj_bias { get; set; }

        public Parameter? bias_k { get; set; }

        public Parameter? bias_v { get; set; }

        public Linear out_proj { get; set; }

        public void reset_parameters()
        {
            foreach (var w in new[] { in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight })
                if (w is not null) init.xavier_uniform_(w);
            if (in_proj_bias is not null)
            {
                init.zeros_(in_proj_bias);
                init.zeros_(out_proj.bias!);
            }
            if (bias_k is not null) init.xavier_normal_(bias_k);
            if (bias_v is not null) init.xavier_normal_(bias_v);
        }

        public override Tuple<Tensor, Tensor> forward(Tensor query, Tensor key, Tensor value, Tensor? key_padding_mask, bool need_weights, Tensor? attn_mask) =>
            forward(query, key, value, key_padding_mask, need_weights, attn_mask, true);

        public Tuple<Tensor, Tensor> forward(Tensor query, Tensor key, Tensor value, Tensor? key_padding_mask = null, bool need_weights = true, Tensor? attn_mask = null, bool average_attn_weights = true,
            bool is_causal = false)
        {
            var flipped = batch_first && query.Sizes.Length == 3;
            if (flipped)
            {
                // What is one tensor stays one.
                var (sameKey, sameValue) = (ReferenceEquals(query, key), ReferenceEquals(key, value));
                query = query.transpose(1, 0);
                key = sameKey ? query : key.transpose(1, 0);
                value = sameValue ? key : value.transpose(1, 0);
            }
            var (output, weights) = functional.multi_head_attention_forward(query, key, value, embed_dim, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn, dropout, out_proj.weight,
                out_proj.bias, training, key_padding_mask, need_weights, attn_mask, !_same, q_proj_weight, k_proj_weight, v_proj_weight, null, null, average_attn_weights, is_causal);
            return Tuple.Create(flipped ? output.transpose(1, 0) : output, weights!);
        }

        public new Tuple<Tensor, Tensor> call(Tensor query, Tensor key, Tensor value, Tensor? key_padding_mask = null, bool need_weights = true, Tensor? attn_mask = null) =>
            base.call(query, key, value, key_padding_mask, need_weights, attn_mask);

        private sealed class OutProjection(long width, bool bias, Device? device, ScalarType? dtype) : Linear(width, width, bias, device, dtype)
        {
            public override string GetName() => "NonDynamicallyQuantizableLinear";
        }
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static MultiheadAttention MultiheadAttention([PyTorchName("embed_dim")] long embedded_dim, long num_heads, double dropout = 0.0, bool bias = true, bool add_bias_kv = false,
                bool add_zero_attn = false, long? kdim = null, long? vdim = null, bool batch_first = false, Device? device = null, ScalarType? dtype = null) =>
                new(embedded_dim, num_heads, dropout, bias, add_bias_kv, add_zero_attn, kdim, vdim, batch_first, device, dtype);
        }
    }
}
