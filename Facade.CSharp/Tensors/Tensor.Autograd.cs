namespace Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Whether gradients are wanted of it: a leaf that asks for them, the result of an operation over such, or a view of one.</summary>
        public bool requires_grad
        {
            get => Meta is { } m && (m.RequiresGrad || m.Node is not null || (m.View is { } v && v.Base.requires_grad));
            set => SetRequiresGrad(value);
        }

        public bool is_leaf => grad_fn is null;

        /// <summary>The node of the autograd graph that made this tensor; null for leaves.</summary>
        public autograd.graph.Node? grad_fn
        {
            get
            {
                if (Meta is not { } meta) return null;
                if (meta.View is not { } view) return meta.Node;
                if (meta.Node is null && !view.Base.requires_grad) return null;
                if (view.Version == CurrentVersion) return meta.Node;
                // The base or another of its views was written to: this view is a strided view of what the base is now.
                view.CheckWritable(this, indirect: true);
                RemakeHistory(view);
                return meta.Node;
            }
        }

        /// <summary>The gradient that backward passes have accumulated; null before the first.</summary>
        public Tensor? grad
        {
            get => Meta?.Grad;
            set
            {
                if (value is null)
                {
                    if (Meta is not null) Meta.Grad = null;
                    return;
                }
                if (ReferenceEquals(value, this)) throw new TorchException("can't assign Variable as its own grad");
                if (!value.Sizes.AsSpan().SequenceEqual(Sizes))
                    throw new TorchException($"attempting to assign a gradient of size '{Shape.show(value.Sizes)}' to a tensor of size '{Shape.show(Sizes)}'. Please ensure that the gradient and the tensor are the same size");
                if (!value.DType.Equals(DType))
                    throw new TorchException($"attempting to assign a gradient with dtype '{CName(value.DType)}' to a tensor with grad_dtype '{DType.ScalarName}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems that assume they match.");
                EnsureMeta().Grad = value;
            }
        }

        /// <summary>How often the storage was written to, through this tensor or a view.</summary>
        public int _version => Version?.Value ?? throw new TorchException("Inference tensors do not track version counter.");

        public bool _is_view() => Meta?.View is not null;

        /// <summary>The tensor that this one is a view of; null if it is none.</summary>
        public Tensor? _base => Meta?.View?.Base;

        public int output_nr => Meta?.Number ?? 0;

        public bool retains_grad => Meta is { RetainsGrad: true };

        public bool is_inference() => IsInference;

        public Tensor requires_grad_(bool requires_grad = true)
        {
            SetRequiresGrad(requires_grad);
            return this;
        }

        /// <summary>TorchSharp's name for requires_grad_.</summary>
        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        private void SetRequiresGrad(bool value)
        {
            if (value && !DType.IsDifferentiable) throw new TorchException("only Tensors of floating point dtype can require gradients");
            if (!is_leaf && !value)
                throw new TorchException("you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().");
            if (!is_leaf) return;
            if (value && IsInference && !Modes.Inference) throw new TorchException("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.");
            if (value || Meta is not null) EnsureMeta().RequiresGrad = value;
            if (value) MakeTraceable();
        }

        /// <summary>The same storage and version, without history.</summary>
        public Tensor detach() => new(this, Identity.alias(Expr), Sizes, Strides, Offset, Conjugate, Negative);

        public Tensor detach_()
        {
            if (Meta is not { } meta) return this;
            if (meta.View is not null)
                throw new TorchException("Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in torch/optim/optimizer.py as a solution.");
            meta.RequiresGrad = false;
            meta.Bind(null, 0);
            return this;
        }

        /// <summary>The same storage without history and with a version of its own: what is written through it autograd does not see. (A method, because C# has no property beside data&lt;T&gt;.)</summary>
        public Tensor data()
        {
            var t = detach();
            if (t.Version is not null) t.Version = new VersionCounter();
            return t;
        }

        /// <summary>PyTorch's assignment to <c>data</c>: takes over another tensor's storage.</summary>
        public void set_data(Tensor value)
        {
            if (value.DType.IsDifferentiable != DType.IsDifferentiable && requires_grad) throw new TorchException("data set to a tensor that requires gradients must be floating point or complex dtype");
            Adopt(value);
        }

        /// <summary>Computes gradients of this tensor with respect to graph leaves, and adds them to their <c>grad</c>.</summary>
        public void backward() => autograd.backward([this]);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph || create_graph, create_graph, inputs);

        public void backward(Tensor? gradient, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], gradient is null ? null : [gradient], retain_graph, create_graph, inputs);

        /// <summary>Keeps the gradient of a tensor that is no leaf.</summary>
        public void retain_grad()
        {
            if (!requires_grad) throw new TorchException("can't retain_grad on Tensor that has requires_grad=False");
            if (is_leaf || retains_grad) return;
            Meta!.RetainsGrad = true;
            (Meta.Node!.Retained ??= [])[Meta.Number] = this;
        }

        /// <summary>Calls a function with the gradient of this tensor when it is known; what it returns replaces the gradient.</summary>
        public utils.hooks.RemovableHandle register_hook(Func<Tensor, Tensor?> hook)
        {
            if (!requires_grad) throw new TorchException("cannot register a hook on a tensor that doesn't require gradient");
            var edge = GradientEdge();
            return edge.Node!.AddTensorHook(edge.Number, hook);
        }

        public utils.hooks.RemovableHandle register_hook(Action<Tensor> hook) => register_hook(g =>
        {
            hook(g);
            return null;
        });

        /// <summary>Calls a function with this leaf after its gradient was accumulated.</summary>
        public utils.hooks.RemovableHandle register_post_accumulate_grad_hook(Action<Tensor> hook)
        {
            if (!requires_grad) throw new TorchException("cannot register a hook on a tensor that doesn't require gradient");
            if (!is_leaf) throw new TorchException("post accumulate grad hooks cannot be registered on non-leaf tensors");
            return Meta!.Accumulator(this).PostAccumulateHooks.Add(hook);
        }

        /// <summary>Where a gradient of this tensor has to go.</summary>
        internal Edge GradientEdge()
        {
            if (Meta is not { } meta) return default;
            if (grad_fn is { } node) return new Edge(node, meta.Number);
            return meta.RequiresGrad ? new Edge(meta.Accumulator(this), 0) : default;
        }

        /// <summary>Gives a new tensor its history.</summary>
        internal void Attach(GradNode node, int number)
        {
            EnsureMeta().Bind(node, number);
            MakeTraceable();
        }

        /// <summary>Gives the tensor another history, after it was modified in place.</summary>
        internal void SetHistory(GradNode node, int number)
        {
            var meta = EnsureMeta();
            if (meta.RetainsGrad && meta.Node?.Retained is { } retained && retained.Remove(meta.Number)) (node.Retained ??= [])[number] = this;
            meta.Bind(node, number);
            MakeTraceable();
        }

        private void RemakeHistory(ViewMeta view)
        {
            var b = view.Base;
            var offset = Offset - (b.Offset * b.DType.Size / DType.Size);
            var content = Flat.FromLayout(b.Expr, b.Sizes, b.Strides);
            var value = Signed(Flat.Read(content, DType, Sizes, Strides, offset));
            if (ReferenceEquals(value, b.Expr)) value = Identity.link(value);
            var node = new Recorded("AsStridedBackward0", [value], [b]);
            view.Version = CurrentVersion;
            SetHistory(node, 0);
        }

        /// <summary>C's name of a dtype, as some messages have it.</summary>
        private static string CName(DType d) =>
            d.Equals(DType.Float64) ? "double" : d.Equals(DType.Float32) ? "float" : d.Equals(DType.Int64) ? "long int" : d.Equals(DType.Int32) ? "int"
            : d.Equals(DType.Int16) ? "short int" : d.Equals(DType.Int8) ? "signed char" : d.Equals(DType.UInt8) ? "unsigned char" : d.Equals(DType.Bool) ? "bool"
            : d.Equals(DType.Float16) ? "c10::Half" : d.Equals(DType.BFloat16) ? "c10::BFloat16" : d.Equals(DType.Complex64) ? "c10::complex<float>"
            : d.Equals(DType.Complex128) ? "c10::complex<double>" : d.Name;
    }
}
