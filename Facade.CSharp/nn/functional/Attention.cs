namespace Torch;

// torch.nn.functional: attention. See https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>softmax(q k^T / sqrt(E) + mask) v. A bool mask says what takes part.</summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, [PyTorchName("dropout_p")] double p = 0.0,
                [PyTorchName("is_causal")] bool is_casual = false, double? scale = null, bool enable_gqa = false)
            {
                Expr? dropout = null;
                if (p > 0)
                {
                    var batch = Shape.broadcast2(query.Sizes[..^2], key.Sizes[..^2]);
                    long[] sizes = [.. batch, query.Sizes[^2], key.Sizes[^2]];
                    dropout = Torch.Draw.Fill(query.DType, sizes, Shape.contiguous(sizes), query.is_meta, null, (g, b) => Kernels.Samplers.DropoutMask(g, b, p, random.intel_bernoulli));
                }
                return Autograd.Record("ScaledDotProductFlashAttentionForCpuBackward0",
                    Core.Ops.Attention.scaled_dot_product_attention(query.Expr, key.Expr, value.Expr, attn_mask?.Expr!, dropout!, is_casual, scale, enable_gqa), query, key, value, attn_mask);
            }

            /// <summary>A mask as what is added to scores: minus infinity where a bool mask is true.</summary>
            private static Tensor? Additive(Tensor? mask, string name, Tensor? other, string otherName, DType dtype)
            {
                if (mask is null) return null;
                if (!mask.DType.Equals(DType.Bool) && !mask.DType.IsFloat) throw new ArgumentException($"only bool and floating types of {name} are supported");
                if (other is not null && !other.DType.Equals(mask.DType))
                    Console.Error.WriteLine($"UserWarning: Support for mismatched {name} and {otherName} is deprecated. Use same type for both instead.");
                if (!mask.DType.Equals(DType.Bool)) return mask;
                return new Tensor(Arithmetic.where(mask.Expr, Build.cast(dtype, Build.fill(mask.Sizes, dtype, Literal.NewReal(double.NegativeInfinity))), Build.fill(mask.Sizes, dtype, Literal.NewInt(0))));
            }

            /// <summary>Multi-head attention over (L, N, E) or (L, E): the output and, if they are wanted, the weights.</summary>
            public static (Tensor output, Tensor? weights) multi_head_attention_forward(Tensor query, Tensor key, Tensor value, long embed_dim_to_check, long num_heads, Tensor? in_proj_weight,
                Tensor? in_proj_bias, Tensor? bias_k, Tensor? bias_v, bool add_zero_attn, double dropout_p, Tensor out_proj_weight, Tensor? out_proj_bias, bool training = true,
                Tensor? key_padding_mask = null, bool need_weights = true, Tensor? attn_mask = null, bool use_separate_proj_weight = false, Tensor? q_proj_weight = null,
                Tensor? k_proj_weight = null, Tensor? v_proj_weight = null, Tensor? static_k = null, Tensor? static_v = null, bool average_attn_weights = true, bool is_causal = false)
            {
                var batched = CheckAttention(query, key, value, key_padding_mask, attn_mask, num_heads);
                var (sameKey, sameValue) = (ReferenceEquals(query, key), ReferenceEquals(key, value));
                if (!batched)
                {
                    query = query.unsqueeze(1);
                    key = sameKey ? query : key.unsqueeze(1);
                    value = sameValue ? key : value.unsqueeze(1);
                    key_padding_mask = key_padding_mask?.unsqueeze(0);
                }
                var (length, batch, width) = (query.Sizes[0], query.Sizes[1], query.Sizes[2]);
                var source = key.Sizes[0];
                if (is_causal && attn_mask is null) throw new TorchException("Need attn_mask if specifying the is_causal hint.");
                var keyMask = Additive(key_padding_mask, "key_padding_mask", attn_mask, "attn_mask", query.DType);
                var mask = Additive(attn_mask, "attn_mask", null, "", query.DType);
                // The hint stands for the mask where nothing else needs it.
                if (is_causal && keyMask is null && !need_weights) mask = null;
                else if (keyMask is not null) is_causal = false;
                if (width != embed_dim_to_check) throw new TorchException($"was expecting embedding dimension of {embed_dim_to_check}, but got {width}");
                var head = width / num_heads;
                if (head * num_heads != width) throw new TorchException($"embed_dim {width} not divisible by num_heads {num_heads}");

                var (q, k, v) = Projected(query, key, value, sameKey, sameValue, width, use_separate_proj_weight, in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight, in_proj_bias);
                if (mask is not null) mask = CheckedMask(mask, length, source, batch, num_heads);
                if (bias_k is not null && bias_v is not null)
                {
                    if (static_k is not null || static_v is not null) throw new TorchException("bias cannot be added to static key.");
                    k = cat([k, bias_k.repeat(1, batch, 1)]);
                    v = cat([v, bias_v.repeat(1, batch, 1)]);
                    if (mask is not null) mask = pad(mask, (0, 1));
                    if (keyMask is not null) keyMask = pad(keyMask, (0, 1));
                }
                q = q.view(length, batch * num_heads, head).transpose(0, 1);
                k = static_k ?? k.view(k.Sizes[0], batch * num_heads, head).transpose(0, 1);
                v = static_v ?? v.view(v.Sizes[0], batch * num_heads, head).transpose(0, 1);
                if (add_zero_attn)
                {
                    k = cat([k, zeros([batch * num_heads, 1, head], k.dtype)], 1);
                    v = cat([v, zeros([batch * num_heads, 1, head], v.dtype)], 1);
                    if (mask is not null) mask = pad(mask, (0, 1));
                    if (keyMask is not null) keyMask = pad(keyMask, (0, 1));
                }
                source = k.Sizes[1];
                if (keyMask is not null)
                {
                    if (keyMask.Sizes[0] != batch || keyMask.Sizes[1] != source)
                        throw new TorchException($"expecting key_padding_mask shape of {PyText.Tuple(batch, source)}, but got torch.Size({Shape.show(keyMask.Sizes)})");
                    var wide = keyMask.view(batch, 1, 1, source).expand([-1, num_heads, -1, -1]).reshape(batch * num_heads, 1, source);
                    mask = mask is null ? wide : mask + wide;
                }
                var p = training ? dropout_p : 0;
                Tensor output;
                if (need_weights)
                {
                    var scaled = q * Math.Sqrt(1.0 / head);
                    var weights = mask is not null ? baddbmm(mask, scaled, k.transpose(-2, -1)) : bmm(scaled, k.transpose(-2, -1));
                    weights = softmax(weights, -1);
                    if (p > 0) weights = dropout(weights, p);
                    output = bmm(weights, v).transpose(0, 1).contiguous().view(length * batch, width);
                    output = linear(output, out_proj_weight, out_proj_bias).view(length, batch, width);
                    weights = weights.view(batch, num_heads, length, source);
                    if (average_attn_weights) weights = weights.mean([1]);
                    return batched ? (output, weights) : (output.squeeze(1), weights.squeeze(0));
                }
                if (mask is not null) mask = mask.Sizes[0] == 1 && mask.Sizes.Length == 3 ? mask.unsqueeze(0) : mask.view(batch, num_heads, -1, source);
                q = q.view(batch, num_heads, length, head);
                k = k.view(batch, num_heads, source, head);
                v = v.view(batch, num_heads, source, head);
                output = scaled_dot_product_attention(q, k, v, mask, p, is_causal && mask is null).permute(2, 0, 1, 3).contiguous().view(batch * length, width);
                output = linear(output, out_proj_weight, out_proj_bias).view(length, batch, width);
                return (batched ? output : output.squeeze(1), null);
            }

            private static bool CheckAttention(Tensor query, Tensor key, Tensor value, Tensor? keyMask, Tensor? mask, long heads)
            {
                var rank = query.Sizes.Length;
                if (rank is not (2 or 3)) throw new TorchException($"query should be unbatched 2D or batched 3D tensor but received {rank}-D query tensor");
                var batched = rank == 3;
                var word = batched ? "batched" : "unbatched";
                if (key.Sizes.Length != rank || value.Sizes.Length != rank)
                    throw new TorchException($"For {word} ({rank}-D) `query`, expected `key` and `value` to be {rank}-D but found {key.Sizes.Length}-D and {value.Sizes.Length}-D tensors respectively");
                if (keyMask is not null && keyMask.Sizes.Length != rank - 1)
                    throw new TorchException($"For {word} ({rank}-D) `query`, expected `key_padding_mask` to be `None` or {rank - 1}-D but found {keyMask.Sizes.Length}-D tensor instead");
                if (mask is null) return batched;
                if (mask.Sizes.Length is not (2 or 3))
                    throw new TorchException($"For {word} ({rank}-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {mask.Sizes.Length}-D tensor instead");
                if (!batched && mask.Sizes.Length == 3)
                {
                    long[] expected = [heads, query.Sizes[0], key.Sizes[0]];
                    if (!mask.Sizes.AsSpan().SequenceEqual(expected)) throw new TorchException($"Expected `attn_mask` shape to be {PyText.Tuple(expected)} but got torch.Size({Shape.show(mask.Sizes)})");
                }
                return batched;
            }

            private static Tensor CheckedMask(Tensor mask, long length, long source, long batch, long heads)
            {
                if (mask.Sizes.Length == 2)
                {
                    if (mask.Sizes[0] != length || mask.Sizes[1] != source)
                        throw new TorchException($"The shape of the 2D attn_mask is torch.Size({Shape.show(mask.Sizes)}), but should be {PyText.Tuple(length, source)}.");
                    return mask.unsqueeze(0);
                }
                if (mask.Sizes[0] != batch * heads || mask.Sizes[1] != length || mask.Sizes[2] != source)
                    throw new TorchException($"The shape of the 3D attn_mask is torch.Size({Shape.show(mask.Sizes)}), but should be {PyText.Tuple(batch * heads, length, source)}.");
                return mask;
            }

            private static (Tensor, Tensor, Tensor) Projected(Tensor query, Tensor key, Tensor value, bool sameKey, bool sameValue, long width, bool separate, Tensor? weight, Tensor? wq, Tensor? wk,
                Tensor? wv, Tensor? bias)
            {
                Tensor? bq = null, bk = null, bv = null;
                if (bias is not null && (separate || !(sameKey && sameValue)))
                {
                    var parts = bias.split(width);
                    (bq, bk, bv) = (parts[0], parts[1], parts[2]);
                }
                if (separate)
                {
                    if (key.Sizes[0] != value.Sizes[0] || key.Sizes[1] != value.Sizes[1])
                        throw new TorchException($"key's sequence and batch dims torch.Size({Shape.show(key.Sizes[..2])}) do not match value's torch.Size({Shape.show(value.Sizes[..2])})");
                    return (linear(query, wq ?? throw new TorchException("use_separate_proj_weight is True but q_proj_weight is None"), bq),
                        linear(key, wk ?? throw new TorchException("use_separate_proj_weight is True but k_proj_weight is None"), bk),
                        linear(value, wv ?? throw new TorchException("use_separate_proj_weight is True but v_proj_weight is None"), bv));
                }
                if (!key.Sizes.AsSpan().SequenceEqual(value.Sizes))
                    throw new TorchException($"key shape torch.Size({Shape.show(key.Sizes)}) does not match value shape torch.Size({Shape.show(value.Sizes)})");
                if (weight is null) throw new TorchException("use_separate_proj_weight is False but in_proj_weight is None");
                if (sameKey && sameValue)
                {
                    // One product for all three.
                    var all = linear(query, weight, bias).unflatten(-1, 3, width).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous();
                    return (all.select(0, 0), all.select(0, 1), all.select(0, 2));
                }
                var w = weight.split(width);
                return (linear(query, w[0], bq), linear(key, w[1], bk), linear(value, w[2], bv));
            }
        }
    }
}
