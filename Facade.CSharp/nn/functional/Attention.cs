namespace Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>
            /// torch.nn.functional.scaled_dot_product_attention: softmax(q k^T scale + mask) v over the last two dimensions. A Bool mask says what takes part;
            /// dropout is drawn whenever p is not 0. The scale is one over the root of E where none is given.
            /// </summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, [PyTorchName("dropout_p")] double p = 0.0,
                [PyTorchName("is_causal")] bool is_casual = false, double? scale = null, bool enable_gqa = false)
            {
                Expr? mask = null;
                if (p > 0)
                {
                    var sizes = new List<long>(query.Sizes[..^2]) { query.Sizes[^2], key.Sizes[^2] }.ToArray();
                    mask = DropoutMask(query, Shape.contiguous(sizes), sizes, p);
                }
                return Autograd.Record("ScaledDotProductAttentionBackward0",
                    Torch.Core.Ops.Attention.scaled_dot_product_attention(query.Expr, key.Expr, value.Expr, attn_mask?.Expr!, mask!, is_casual, scale, enable_gqa),
                    query, key, value, attn_mask);
            }
        }
    }
}
