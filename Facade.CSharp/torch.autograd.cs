namespace Torch;

public static partial class torch
{
    /// <summary>torch.no_grad: operations of this thread are not recorded until the scope ends.</summary>
    public static IDisposable no_grad() => Modes.SetGrad(false);

    public static IDisposable enable_grad(bool enabled = true) => Modes.SetGrad(enabled);

    /// <summary>Takes effect at once; disposing of the result restores what was before.</summary>
    public static IDisposable set_grad_enabled(bool mode = true) => Modes.SetGrad(mode);

    public static IDisposable inference_mode(bool mode = true) => Modes.SetInference(mode);

    public static bool is_grad_enabled() => Modes.GradEnabled;

    public static bool is_inference_mode_enabled() => Modes.Inference;

    /// <summary>torch.autograd. See https://pytorch.org/docs/stable/autograd.html.</summary>
    public static partial class autograd
    {
        internal static bool AnomalyEnabled => AnomalyMode.IsEnabled;

        public static AnomalyMode detect_anomaly(bool check_nan = true) => new(true, check_nan);

        public static AnomalyMode set_detect_anomaly(bool mode, bool check_nan = true) => new(mode, check_nan);

        /// <summary>Gradients of outputs with respect to graph leaves, added to their <c>grad</c>.</summary>
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            if (inputs is { Count: 0 }) throw new TorchException("'inputs' argument to backward() cannot be empty.");
            var (roots, seeds) = Roots(tensors, grad_tensors?.ToArray(), create_graph);
            Edge[]? captures = null;
            if (inputs is not null)
            {
                captures = new Edge[inputs.Count];
                for (var i = 0; i < captures.Length; i++)
                {
                    var t = inputs[i];
                    if (!t.requires_grad) throw new TorchException("One of the differentiated Tensors does not require grad");
                    captures[i] = t.GradientEdge();
                }
            }
            var captured = Engine.Run(roots, seeds, retain_graph ?? create_graph, create_graph, captures, accumulate: true);
            BackwardRoots.Note(tensors);
            // Of tensors that are no leaves the gradients are accumulated as well where they were asked for by name.
            for (var i = 0; i < captured.Length; i++)
                if (captured[i].IsDefined && captures![i].Node is not AccumulateGrad)
                {
                    var meta = inputs![i].EnsureMeta();
                    meta.Grad = meta.Grad is { } old ? Autograd.Record("AddBackward0", Arithmetic.add(old.Expr, captured[i].Value), old, captured[i].Tensor) : captured[i].Tensor;
                }
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        /// <summary>Gradients of outputs with respect to inputs, summed over the outputs. With allow_unused, inputs that the outputs do not depend on get null instead of an error.</summary>
        public static Tensor?[] grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor?>? grad_outputs = null, bool? retain_graph = null, bool create_graph = false,
            bool allow_unused = false, bool is_grads_batched = false, bool materialize_grads = false)
        {
            if (is_grads_batched) return BatchedGrad(outputs, inputs, grad_outputs, retain_graph, create_graph, allow_unused, materialize_grads);
            allow_unused |= materialize_grads;
            var (roots, seeds) = Roots(outputs, grad_outputs?.ToArray(), create_graph);
            var captures = new Edge[inputs.Count];
            for (var i = 0; i < captures.Length; i++)
            {
                if (!inputs[i].requires_grad) throw new TorchException("One of the differentiated Tensors does not require grad");
                captures[i] = inputs[i].GradientEdge();
            }
            var captured = Engine.Run(roots, seeds, retain_graph ?? create_graph, create_graph, captures, accumulate: false);
            var answer = new Tensor?[captures.Length];
            for (var i = 0; i < answer.Length; i++)
            {
                answer[i] = captured[i].Tensor;
                if (answer[i] is not null) continue;
                if (!allow_unused)
                    throw new TorchException("One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior.");
                if (materialize_grads) answer[i] = zeros_like(inputs[i]);
            }
            return answer;
        }

        public static Tensor?[] grad(Tensor outputs, Tensor inputs, Tensor? grad_outputs = null, bool? retain_graph = null, bool create_graph = false, bool allow_unused = false,
            bool is_grads_batched = false, bool materialize_grads = false) =>
            grad([outputs], [inputs], grad_outputs is null ? null : [grad_outputs], retain_graph, create_graph, allow_unused, is_grads_batched, materialize_grads);

        public static Tensor?[] grad(Tensor outputs, IList<Tensor> inputs, Tensor? grad_outputs = null, bool? retain_graph = null, bool create_graph = false, bool allow_unused = false,
            bool is_grads_batched = false, bool materialize_grads = false) =>
            grad([outputs], inputs, grad_outputs is null ? null : [grad_outputs], retain_graph, create_graph, allow_unused, is_grads_batched, materialize_grads);

        public static Tensor?[] grad(IList<Tensor> outputs, Tensor inputs, IList<Tensor?>? grad_outputs = null, bool? retain_graph = null, bool create_graph = false, bool allow_unused = false,
            bool is_grads_batched = false, bool materialize_grads = false) =>
            grad(outputs, [inputs], grad_outputs, retain_graph, create_graph, allow_unused, is_grads_batched, materialize_grads);

        /// <summary>A gradient for each slice of the cotangents' first dimension, stacked.</summary>
        private static Tensor?[] BatchedGrad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor?>? grad_outputs, bool? retain_graph, bool create_graph, bool allow_unused, bool materialize)
        {
            var first = grad_outputs?.FirstOrDefault(g => g is not null)
                ?? throw new TorchException("grad_outputs must be given when is_grads_batched=True");
            var count = first.Sizes[0];
            var slices = new List<Tensor?[]>();
            for (long i = 0; i < count; i++)
            {
                var at = i;
                var part = grad_outputs!.Select(g => g?.select(0, at)).ToArray();
                slices.Add(grad(outputs, inputs, part, i + 1 < count || (retain_graph ?? create_graph), create_graph, allow_unused, false, materialize));
            }
            var answer = new Tensor?[inputs.Count];
            for (var k = 0; k < answer.Length; k++)
                if (slices[0][k] is not null) answer[k] = Stacked(slices.ConvertAll(s => s[k]!));
            return answer;
        }

        /// <summary>Rows written one after the other into one tensor.</summary>
        private static Tensor Stacked(List<Tensor> rows)
        {
            long[] sizes = [rows.Count, .. rows[0].Sizes];
            var value = Build.fill(sizes, rows[0].DType, Literal.NewInt(0));
            var strides = Shape.contiguous(sizes);
            for (var i = 0; i < rows.Count; i++) value = Build.write(value, new Region(i * strides[0], strides[1..]), rows[i].Expr);
            return Autograd.Record("StackBackward0", value, [.. rows]);
        }

        private static (Edge[] Roots, Gradient[] Seeds) Roots(IList<Tensor> tensors, Tensor?[]? given, bool create)
        {
            if (given is not null && given.Length != tensors.Count)
                throw new TorchException($"got {tensors.Count} tensors and {given.Length} gradients");
            var roots = new Edge[tensors.Count];
            var seeds = new Gradient[tensors.Count];
            for (var i = 0; i < roots.Length; i++)
            {
                var t = tensors[i];
                if (given?[i] is { } g)
                {
                    if (!g.Sizes.AsSpan().SequenceEqual(t.Sizes))
                        throw new TorchException($"Mismatch in shape: grad_output[{i}] has a shape of torch.Size({Shape.show(g.Sizes)}) and output[{i}] has a shape of torch.Size({Shape.show(t.Sizes)}).");
                    if (g.DType.IsComplex != t.DType.IsComplex)
                        throw new TorchException($"For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: grad_output[{i}] has a dtype of {g.DType} and output[{i}] has a dtype of {t.DType}.");
                    seeds[i] = create ? new Gradient(g) : new Gradient(g.Expr);
                }
                else
                {
                    if (!t.requires_grad) throw NoGradient(i);
                    if (t.Count != 1) throw new TorchException("grad can be implicitly created only for scalar outputs");
                    if (!t.DType.IsFloat) throw new TorchException($"grad can be implicitly created only for real scalar outputs but got {t.DType}");
                    seeds[i] = new Gradient(Build.withStrides(t.Strides, Build.fill(t.Sizes, t.DType, Literal.NewInt(1))));
                }
                roots[i] = t.GradientEdge();
                if (roots[i].Node is null) throw NoGradient(i);
                if (!seeds[i].Value.DType.Equals(t.DType))
                    seeds[i] = Engine.Fit(seeds[i], new ResultInfo(t.Sizes, t.DType, t.Cell.Device), create, (have, want) => $"{Shape.show(have)} {Shape.show(want)}");
            }
            return (roots, seeds);

            static TorchException NoGradient(int i) => new($"element {i} of tensors does not require grad and does not have a grad_fn");
        }
    }
}

/// <summary>torch.autograd.detect_anomaly as a scope: nodes remember where they were made, and gradients that are NaN are reported.</summary>
public sealed class AnomalyMode : IDisposable
{
    private static bool s_enabled, s_checkNan;
    private readonly bool _enabled, _checkNan;

    public AnomalyMode(bool enabled, bool check_nan = true)
    {
        (_enabled, _checkNan) = (s_enabled, s_checkNan);
        (s_enabled, s_checkNan) = (enabled, check_nan);
    }

    public static bool IsEnabled => s_enabled;

    public static bool ShouldCheckNaN => s_checkNan;

    public void Dispose() => (s_enabled, s_checkNan) = (_enabled, _checkNan);
}
