using static Torch.torch;

namespace Torch;

/// <summary>
/// The one way in which public operations make tensors. An operation reads its inputs' values (<see cref="Tensor.Expr"/>), builds its result with the core's constructors, and
/// hands both here:
/// <code>
/// public Tensor exp() => Autograd.Record("ExpBackward0", Pointwise.exp(Expr), this);                    // a new tensor
/// public Tensor t() => Autograd.View("TBackward0", this, Build.transpose(0, 1, Expr));                  // shares the storage
/// public Tensor exp_() => Autograd.InPlace(this, "ExpBackward0", Pointwise.exp(Expr));                  // replaces the value
/// </code>
/// Every tensor whose value the result was built from must be among the inputs; others get no gradient. The names are PyTorch's (`type(t.grad_fn).__name__`).
/// If grad mode is on, an input requires gradients and a result is differentiable, the results share one node of the autograd graph. Its formula comes from
/// the core's rules (Torch.Core.Formula), which also say what it saves. An input that requires gradients and that no rule reaches gets zeros.
/// Nothing is computed here.
/// </summary>
internal static class Autograd
{
    /// <summary>An operation with one result.</summary>
    internal static Tensor Record(string name, Expr result, params ReadOnlySpan<Tensor?> inputs)
    {
        var tensor = new Tensor(Own(result, inputs));
        if (result.DType.IsDifferentiable && Wanted(inputs)) Attach(name, [tensor], inputs);
        // Not before the operation is recorded: what has been computed no longer says how.
        Evaluation.Bound(tensor);
        return tensor;
    }

    /// <summary>An operation with several results; those of integer or bool dtype take no part in gradients.</summary>
    internal static Tensor[] Record(string name, Expr[] results, params ReadOnlySpan<Tensor?> inputs)
    {
        var tensors = new Tensor[results.Length];
        var differentiable = false;
        for (var i = 0; i < results.Length; i++)
        {
            var own = Own(results[i], inputs);
            for (var j = 0; j < i; j++)
                if (ReferenceEquals(own, tensors[j].Expr)) own = Identity.link(own);
            tensors[i] = new Tensor(own);
            differentiable |= results[i].DType.IsDifferentiable;
        }
        if (differentiable && Wanted(inputs)) Attach(name, tensors, inputs);
        foreach (var t in tensors) Evaluation.Bound(t);
        return tensors;
    }

    /// <summary>An operation whose result takes no part in gradients, whatever its dtype.</summary>
    internal static Tensor Constant(Expr result, params ReadOnlySpan<Tensor?> inputs)
    {
        var own = Own(result, inputs);
        var tensor = new Tensor(own);
        Evaluation.Bound(tensor);
        return tensor;
    }

    /// <summary>A view: the value as its expression, and its geometry over the storage of <paramref name="self"/> (in elements of the view's dtype).</summary>
    internal static Tensor View(string name, Tensor self, Expr value, long[] sizes, long[] strides, long offset) =>
        Views(name, self, [new ViewSpec(value, sizes, strides, offset)], ViewOrigin.Default)[0];

    /// <summary>A view whose geometry is that of its expression, at the offset of <paramref name="self"/>.</summary>
    internal static Tensor View(string name, Tensor self, Expr value) => View(name, self, value, value.Sizes, value.Strides, self.Offset);

    /// <summary>The views that one call returns together (unbind, split): they may not be modified in place while gradients are recorded.</summary>
    internal static Tensor[] Views(string name, Tensor self, ViewSpec[] views, ViewOrigin origin = ViewOrigin.MultiOutput)
    {
        var tensors = new Tensor[views.Length];
        for (var i = 0; i < views.Length; i++)
        {
            var v = views[i];
            var own = ReferenceEquals(v.Value, self.Expr) ? Identity.link(v.Value) : v.Value;
            tensors[i] = new Tensor(self, own, v.Sizes, v.Strides, v.Offset, v.Conjugate ?? self.Conjugate, v.Negative ?? self.Negative);
        }
        if (Modes.Inference && self.IsInference) return tensors;

        var from = Modes.Inference ? ViewOrigin.Inference : !Modes.Grad ? ViewOrigin.NoGrad : origin;
        // A view of a view keeps what forbids writing to the view below it.
        if (from is ViewOrigin.Default && self.Meta?.View is { Origin: not ViewOrigin.Default } below) from = below.Origin;
        var root = self.Meta?.View?.Base ?? self;
        foreach (var t in tensors) t.EnsureMeta().View = new ViewMeta(root, from, t.CurrentVersion);
        if (self.DType.IsDifferentiable && Wanted([self])) Attach(name, tensors, [self]);
        return tensors;
    }

    /// <summary>
    /// Replaces the value of <paramref name="self"/>, which is an input too. The value's shape must be that of self and its dtype one that casts to it, as for
    /// PyTorch's arithmetic in place.
    /// </summary>
    internal static Tensor InPlace(Tensor self, string name, Expr value, params ReadOnlySpan<Tensor?> inputs)
    {
        if (!value.Sizes.AsSpan().SequenceEqual(self.Sizes))
            throw new TorchException($"output with shape {Shape.show(self.Sizes)} doesn't match the broadcast shape {Shape.show(value.Sizes)}");
        if (!value.DType.Equals(self.DType))
        {
            if (!Casting.CanCast(value.DType, self.DType))
                throw new TorchException($"result type {value.DType.ScalarName} can't be cast to the desired output type {self.DType.ScalarName}");
            value = Build.cast(self.DType, value);
        }
        var record = self.DType.IsDifferentiable && (Wanted([self]) || Wanted(inputs));
        if (self.IsInference && !Modes.Inference)
        {
            // PyTorch notices when the version is to be counted: the value has changed by then.
            self.Store(value);
            CheckInPlace(self, record);
        }
        CheckInPlace(self, record);
        foreach (var other in inputs)
            if (other is not null && !ReferenceEquals(other, self)) Overlap.CheckPartial(self, other);
        Overlap.CheckInternal(self);

        value = Own(ReferenceEquals(value, self.Expr) ? Identity.link(value) : value, inputs);
        if (!record)
        {
            self.Store(value);
            return self;
        }
        var all = new Tensor?[inputs.Length + 1];
        all[0] = self;
        inputs.CopyTo(all.AsSpan(1));
        var node = new Recorded(name, [value], all, exceptFirst: true);
        self.Store(value);
        node.Seal([self]);
        if (self.Meta?.View is { } view)
        {
            // The operation is recorded over the view; the base's history continues through it, and the view's own is remade from the base.
            view.Base.SetHistory(new CopySlices(view.Base, self, node), 0);
            _ = self.grad_fn;
        }
        else self.SetHistory(node, 0);
        return self;
    }

    /// <summary>Writes a result into a tensor given as out=, which is resized where its shape is another.</summary>
    internal static Tensor Out(string function, Expr value, Tensor @out, params ReadOnlySpan<Tensor?> inputs)
    {
        if (Modes.Grad && (@out.requires_grad || Wanted(inputs)))
            throw new TorchException($"{function}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.");
        if (!value.DType.Equals(@out.DType) && !Casting.CanCast(value.DType, @out.DType))
            throw new TorchException($"result type {value.DType.ScalarName} can't be cast to the desired output type {@out.DType.ScalarName}");
        CheckInPlace(@out, false);
        if (!value.Sizes.AsSpan().SequenceEqual(@out.Sizes)) @out.Resize(value.Sizes);
        else Overlap.CheckInternal(@out);
        foreach (var other in inputs)
            if (other is not null && !ReferenceEquals(other, @out)) Overlap.CheckPartial(@out, other);
        @out.Store(Own(Build.cast(@out.DType, value), inputs));
        return @out;
    }

    /// <summary>Whether an operation over these inputs is to be recorded.</summary>
    internal static bool Wanted(ReadOnlySpan<Tensor?> inputs)
    {
        if (!Modes.Grad) return false;
        foreach (var t in inputs)
            if (t is not null && t.requires_grad) return true;
        return false;
    }

    /// <summary>Gives tensors that were just made one node as their history.</summary>
    internal static void Attach(string name, Tensor[] tensors, ReadOnlySpan<Tensor?> inputs)
    {
        var results = new Expr[tensors.Length];
        for (var i = 0; i < results.Length; i++) results[i] = tensors[i].Expr;
        var node = new Recorded(name, results, inputs);
        node.Seal(tensors);
        for (var i = 0; i < tensors.Length; i++)
            if (tensors[i].DType.IsDifferentiable) tensors[i].Attach(node, i);
    }

    /// <summary>What forbids modifying a tensor in place; <paramref name="record"/> says whether gradients are at stake.</summary>
    internal static void CheckInPlace(Tensor self, bool record)
    {
        if (self.IsInference && !Modes.Inference)
            throw new TorchException(
                "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor before doing inplace update." +
                "See https://github.com/pytorch/rfcs/pull/17 for more details.");
        if (!record) return;
        if (self.Meta?.View is { } view)
        {
            view.CheckWritable(self, indirect: false);
            if (self.requires_grad && view.Base.is_leaf)
                throw new TorchException("a view of a leaf Variable that requires grad is being used in an in-place operation.");
        }
        if (self.requires_grad && self.is_leaf)
            throw new TorchException("a leaf Variable that requires grad is being used in an in-place operation.");
    }

    /// <summary>A result that is one of the inputs itself becomes a value of its own, so that the two tensors have separate histories.</summary>
    private static Expr Own(Expr result, ReadOnlySpan<Tensor?> inputs)
    {
        foreach (var t in inputs)
            if (t is not null && ReferenceEquals(t.Expr, result)) return Identity.link(result);
        return result;
    }
}

/// <summary>One of the views that an operation makes. Flags that are null are those of the tensor below.</summary>
internal readonly record struct ViewSpec(Expr Value, long[] Sizes, long[] Strides, long Offset, bool? Conjugate = null, bool? Negative = null);

/// <summary>How a view came to be, as far as it matters for writing to it.</summary>
internal enum ViewOrigin { Default, MultiOutput, NoGrad, Inference, Custom }

/// <summary>A place in the autograd graph: which node, and which of its operation's results. No node: no gradient is wanted.</summary>
internal readonly record struct Edge(GradNode? Node, int Number);
