using Torch.Modules;

namespace Torch;

// torch.nn.utils: clipping gradients, parameters as one vector, normalisation folded into weights. See https://pytorch.org/docs/stable/nn.html#utilities.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            private static readonly Nullable<DType> s_sameType = null;

            /// <summary>The norm of several tensors taken together, as a tensor.</summary>
            public static Tensor get_total_norm(IEnumerable<Tensor> tensors, double norm_type = 2.0, bool error_if_nonfinite = false)
            {
                Tensor[] list = [.. tensors];
                if (list.Length == 0) return new Tensor(Build.cast(Build.defaultDType(), Build.fill([], Build.defaultDType(), Literal.NewInt(0))));
                var norms = Array.ConvertAll(list, t => Reductions.vector_norm(t.Expr, norm_type, null, false, s_sameType));
                var total = Reductions.vector_norm(Assemble.stack(norms, 0), norm_type, null, false, s_sameType);
                var result = Autograd.Record("LinalgVectorNormBackward0", total, list);
                if (error_if_nonfinite && !double.IsFinite(result.item<double>()))
                    throw new TorchException(
                        $"The total norm of order {PyText.Repr(norm_type)} for gradients from `parameters` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`");
                return result;
            }

            /// <summary>
            /// Scales gradients down so that their norm, taken together, is at most a number; gives the norm before. The gradients stay unevaluated until the optimizer's step if
            /// <see cref="clip_grad_norm_lazy"/> is used instead.
            /// </summary>
            public static double clip_grad_norm_([PyTorchName("parameters")] IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2.0, bool error_if_nonfinite = false) =>
                clip_grad_norm_lazy(tensors, max_norm, norm_type, error_if_nonfinite).item<double>();

            /// <summary>clip_grad_norm_ whose result is a tensor, so that nothing has to be computed yet.</summary>
            public static Tensor clip_grad_norm_lazy([PyTorchName("parameters")] IEnumerable<Tensor> tensors, double max_norm, double norm_type = 2.0, bool error_if_nonfinite = false)
            {
                using (no_grad())
                {
                    var gradients = tensors.Select(t => t.grad).OfType<Tensor>().ToList();
                    var norm = get_total_norm(gradients, norm_type, error_if_nonfinite);
                    if (gradients.Count > 0) Scale(gradients, max_norm, norm.Expr);
                    return norm;
                }
            }

            /// <summary>Scales gradients as if their norm were this one.</summary>
            public static void clip_grads_with_norm_([PyTorchName("parameters")] IEnumerable<Tensor> tensors, double max_norm, Tensor total_norm)
            {
                using (no_grad()) Scale([.. tensors.Select(t => t.grad).OfType<Tensor>()], max_norm, total_norm.Expr);
            }

            private static void Scale(List<Tensor> gradients, double max, Expr norm)
            {
                // The factor is at most 1, and multiplied even then: no value is asked for.
                var factor = Numeric.clamp_max(Arithmetic.div(Build.real(max), Arithmetic.add(norm, Build.real(1e-6))), Build.real(1.0));
                foreach (var g in gradients) g.Store(Build.cast(g.DType, Arithmetic.mul(g.Expr, factor)));
            }

            /// <summary>Keeps each element of the gradients within a distance of 0.</summary>
            public static void clip_grad_value_([PyTorchName("parameters")] IEnumerable<Parameter> tensors, double clip_value)
            {
                using (no_grad())
                    foreach (var t in tensors)
                        if (t.grad is { } g) g.Store(Numeric.clamp(g.Expr, Build.real(-clip_value), Build.real(clip_value)));
            }

            /// <summary>All elements in one vector.</summary>
            public static Tensor parameters_to_vector([PyTorchName("parameters")] IEnumerable<Parameter> tensors)
            {
                Tensor[] list = [.. tensors];
                return Autograd.Record("CatBackward0", Assemble.cat(Array.ConvertAll(list, t => Build.reshape([t.Count], t.Expr)), 0), list);
            }

            /// <summary>Parts of a vector as the values of tensors.</summary>
            public static void vector_to_parameters(Tensor vec, [PyTorchName("parameters")] IEnumerable<Parameter> tensors)
            {
                long at = 0;
                foreach (var t in tensors)
                {
                    t.set_data(vec.detach().narrow(0, at, t.Count).view(t.Sizes));
                    at += t.Count;
                }
            }

            /// <summary>The weight and bias of a convolution followed by batch norm, as those of one convolution.</summary>
            public static (Parameter weight, Parameter bias) fuse_conv_bn_weights(Tensor conv_w, Tensor? conv_b, Tensor bn_rm, Tensor bn_rv, double bn_eps, Tensor? bn_w, Tensor? bn_b, bool transpose = false)
            {
                var shape = new long[conv_w.Sizes.Length];
                Array.Fill(shape, 1);
                shape[transpose ? 1 : 0] = -1;
                return Fused(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape);
            }

            /// <summary>The weight and bias of a linear layer followed by batch norm, as those of one layer.</summary>
            public static (Parameter weight, Parameter bias) fuse_linear_bn_weights(Tensor linear_w, Tensor? linear_b, Tensor bn_rm, Tensor bn_rv, double bn_eps, Tensor bn_w, Tensor bn_b) =>
                Fused(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, [-1, 1]);

            private static (Parameter, Parameter) Fused(Tensor w, Tensor? b, Tensor mean, Tensor variance, double eps, Tensor? scale, Tensor? shift, long[] shape)
            {
                var inverse = Numeric.rsqrt(Arithmetic.add(variance.Expr, Build.real(eps)));
                var factor = scale is null ? inverse : Arithmetic.mul(scale.Expr, inverse);
                long[] wide = Array.ConvertAll(shape, s => s == -1 ? mean.Count : s);
                var weight = Build.cast(w.DType, Arithmetic.mul(w.Expr, Build.reshape(wide, factor)));
                var centred = b is null ? Arithmetic.neg(mean.Expr) : Arithmetic.sub(b.Expr, mean.Expr);
                var bias = Arithmetic.mul(Arithmetic.mul(centred, inverse), scale is null ? Build.real(1) : scale.Expr);
                if (shift is not null) bias = Arithmetic.add(bias, shift.Expr);
                return (new Parameter(new Tensor(weight), w.requires_grad), new Parameter(new Tensor(Build.cast((b ?? w).DType, bias)), (b ?? w).requires_grad));
            }
        }
    }
}
