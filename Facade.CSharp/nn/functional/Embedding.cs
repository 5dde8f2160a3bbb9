namespace Torch;

// torch.nn.functional: embeddings. See https://pytorch.org/docs/stable/nn.functional.html#sparse-functions.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Rows of a table. Row padding_idx gets no gradient; rows of a norm above max_norm are scaled down in the table itself.</summary>
            public static Tensor embedding(Tensor input, Tensor weight, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0, bool scale_grad_by_freq = false, bool sparse = false)
            {
                var padding = Padded(padding_idx, weight.Sizes[0]);
                if (max_norm is { } limit) Renormalize(weight, input, limit, norm_type);
                return Autograd.Record("EmbeddingBackward0", Indexing.embedding(weight.Expr, input.Expr, padding, scale_grad_by_freq), weight);
            }

            internal static long Padded(long? padding, long rows)
            {
                if (padding is not { } p) return -1;
                if (p > 0 && p >= rows) throw new ArgumentException("Padding_idx must be within num_embeddings");
                if (p < 0 && p < -rows) throw new ArgumentException("Padding_idx must be within num_embeddings");
                return p < 0 ? p + rows : p;
            }

            /// <summary>Scales those rows of a table that are used and longer than a limit.</summary>
            private static void Renormalize(Tensor weight, Tensor indices, double limit, double p)
            {
                using (no_grad())
                {
                    var rows = Host.toArray<long>(Build.cast(DType.Int64, indices.Expr)).Distinct().Order().ToArray();
                    if (rows.Length == 0) return;
                    var at = Host.ofArray(DType.Int64, [rows.Length], rows);
                    var used = Indexing.index_select(weight.Expr, 0, at);
                    var norms = Reductions.norm(used, p, [1], true, null);
                    var factor = Arithmetic.where(Compare.gt(norms, Build.real(limit)), Arithmetic.div(Build.real(limit), Arithmetic.add(norms, Build.real(1e-7))), Build.onesLike(norms));
                    weight.Store(Gather.index_copy(weight.Expr, 0, at, Arithmetic.mul(used, factor)));
                }
            }

            /// <summary>A vector of zeros with a one at the class, for each class number.</summary>
            public static Tensor one_hot([PyTorchName("input")] Tensor x, long num_classes = -1)
            {
                if (!x.DType.Equals(DType.Int64)) throw new TorchException($"one_hot is only applicable to index tensor of type LongTensor.");
                if (x.Count == 0 && num_classes <= 0) throw new TorchException("Can not infer total number of classes from empty tensor.");
                if (x.Count > 0)
                {
                    var (least, most) = (new Tensor(Reductions.amin(x.Expr, null, false)).item<long>(), new Tensor(Reductions.amax(x.Expr, null, false)).item<long>());
                    if (least < 0) throw new TorchException("Class values must be non-negative.");
                    if (num_classes != -1 && num_classes <= most) throw new TorchException("Class values must be smaller than num_classes.");
                    if (num_classes == -1) num_classes = most + 1;
                }
                if (num_classes < 1) throw new TorchException("num_classes should be positive");
                return Autograd.Constant(Build.cast(DType.Int64, Compare.eq(Build.unsqueeze(x.Sizes.Length, x.Expr), Build.index(num_classes, 0, 1))));
            }
        }
    }
}
