namespace Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Sums, means or maxima of bags of embeddings. See https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding_bag.html.</summary>
            public static Tensor embedding_bag(Tensor input, Tensor weight, Tensor? offsets = null, double? max_norm = null, double norm_type = 2, bool scale_grad_by_freq = false,
                EmbeddingBagMode mode = EmbeddingBagMode.Mean, bool sparse = false, Tensor? per_sample_weights = null, bool include_last_offset = false, long? padding_idx = null)
            {
                if (per_sample_weights is not null && mode != EmbeddingBagMode.Sum)
                    throw new NotSupportedException(
                        $"embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='{mode.Name()}'). Please open a feature request on GitHub.");
                if (per_sample_weights is not null && !per_sample_weights.Sizes.AsSpan().SequenceEqual(input.Sizes))
                    throw new ArgumentException($"embedding_bag: If per_sample_weights ({PyText.Tuple(per_sample_weights.Sizes)}) is not None, then it must have the same shape as the input ({PyText.Tuple(input.Sizes)})");
                if (input.Sizes.Length == 2 && offsets is not null)
                    throw new ArgumentException($"if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type Tensor");
                if (input.Sizes.Length == 1)
                {
                    if (offsets is null) throw new ArgumentException("offsets has to be a 1D Tensor but got None");
                    if (offsets.Sizes.Length != 1) throw new ArgumentException("offsets has to be a 1D Tensor");
                }
                else if (input.Sizes.Length != 2) throw new ArgumentException($"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.Sizes.Length}");
                if (max_norm is { } limit) Renormalize(weight, input, limit, norm_type);
                var value = Core.Ops.EmbeddingBag.embedding_bag(weight.Expr, input.Expr, offsets?.Expr!, mode.Name(), per_sample_weights?.Expr!, include_last_offset, scale_grad_by_freq,
                    Padded(padding_idx, weight.Sizes[0]));
                return Autograd.Record("EmbeddingBagBackward0", value, weight, per_sample_weights);
            }
        }
    }
}
