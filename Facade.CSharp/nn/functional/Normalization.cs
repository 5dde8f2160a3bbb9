namespace Torch;

// torch.nn.functional: normalisations. See https://pytorch.org/docs/stable/nn.functional.html.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Normalises channels over the batch, or by running statistics, which training moves towards the batch's.</summary>
            public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1,
                double eps = 1e-5)
            {
                if (training && eps <= 0) throw new ArgumentException($"batch_norm eps must be positive during training, but got {PyText.Repr(eps)}");
                var results = Normalisation.batch_norm(input.Expr, running_mean?.Expr!, running_var?.Expr!, weight?.Expr!, bias?.Expr!, training, momentum, eps);
                if (training) Move(running_mean, results[1], running_var, results[2]);
                return Autograd.Record("NativeBatchNormBackward0", results[0], input, weight, bias, training ? null : running_mean, training ? null : running_var);
            }

            public static Tensor instance_norm(Tensor input, Tensor? running_mean = null, Tensor? running_var = null, Tensor? weight = null, Tensor? bias = null, bool use_input_stats = true,
                double momentum = 0.1, double eps = 1e-5)
            {
                var results = Normalisation.instance_norm(input.Expr, running_mean?.Expr!, running_var?.Expr!, weight?.Expr!, bias?.Expr!, use_input_stats, momentum, eps);
                if (use_input_stats) Move(running_mean, results[1], running_var, results[2]);
                return Autograd.Record("ViewBackward0", results[0], input, weight, bias);
            }

            /// <summary>Writes running statistics; gradients take no part.</summary>
            private static void Move(Tensor? mean, Expr? nextMean, Tensor? variance, Expr? nextVariance)
            {
                using (no_grad())
                {
                    if (mean is not null && nextMean is not null) mean.Store(Build.cast(mean.DType, nextMean));
                    if (variance is not null && nextVariance is not null) variance.Store(Build.cast(variance.DType, nextVariance));
                }
            }

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                Autograd.Record("NativeLayerNormBackward0", Normalisation.layer_norm(input.Expr, normalized_shape, weight?.Expr!, bias?.Expr!, eps), input, weight, bias);

            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                Autograd.Record("NativeGroupNormBackward0", Normalisation.group_norm(input.Expr, num_groups, weight?.Expr!, bias?.Expr!, eps), input, weight, bias);

            /// <summary>Divided by the root of the mean square; without eps the dtype's own.</summary>
            public static Tensor rms_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, double? eps = null) =>
                Autograd.Record("FusedRmsNormBackward0", Normalisation.rms_norm(input.Expr, normalized_shape, weight?.Expr!, eps), input, weight);

            public static Tensor local_response_norm(Tensor input, long size, double alpha = 0.0001, double beta = 0.75, double k = 1.0) =>
                Autograd.Record("DivBackward0", Normalisation.local_response_norm(input.Expr, size, alpha, beta, k), input);

            /// <summary>Vectors along a dimension divided by their p-norm, which is at least eps.</summary>
            public static Tensor normalize(Tensor input, double p = 2.0, long dim = 1L, double eps = 1e-12) =>
                Autograd.Record("DivBackward0", Normalisation.normalize(input.Expr, p, dim, eps), input);
        }
    }
}
