namespace Torch;

/// <summary>What autograd knows of a tensor. Tensors that gradients have nothing to do with have none.</summary>
internal sealed class AutogradMeta
{
    private AccumulateGrad? _accumulator;

    /// <summary>The operation that made the tensor, and which of its results it is. Of a view: as of <see cref="ViewMeta.Version"/>.</summary>
    internal GradNode? Node { get; private set; }
    internal int Number { get; private set; }

    /// <summary>The user's wish, for leaves.</summary>
    internal bool RequiresGrad { get; set; }

    internal Tensor? Grad { get; set; }

    internal bool RetainsGrad { get; set; }

    internal ViewMeta? View { get; set; }

    internal void Bind(GradNode? node, int number)
    {
        Node = node;
        Number = number;
    }

    internal AccumulateGrad Accumulator(Tensor self) => Volatile.Read(ref _accumulator) ?? Interlocked.CompareExchange(ref _accumulator, new AccumulateGrad(self), null) ?? _accumulator;

    /// <summary>The accumulator, if there is one yet.</summary>
    internal AccumulateGrad? AccumulatorOrNull => _accumulator;
}

/// <summary>A view's relation to the tensor that it was taken from.</summary>
internal sealed class ViewMeta(Tensor @base, ViewOrigin origin, int version)
{
    /// <summary>The tensor at the bottom, never itself a view.</summary>
    internal Tensor Base { get; } = @base;

    internal ViewOrigin Origin { get; } = origin;

    /// <summary>The storage's version of which the view's history is true.</summary>
    internal int Version { get; set; } = version;

    /// <summary>Refuses to write to a view (or, indirectly, to go on using it after its base was written to) whose history could not be told.</summary>
    internal void CheckWritable(Tensor view, bool indirect)
    {
        if (Origin is ViewOrigin.Default) return;
        var node = view.Meta!.Node;
        var modified = indirect ? "its base or another view of its base has been" : "is being";
        string text;
        if (Origin is ViewOrigin.Inference or ViewOrigin.NoGrad || node is null)
        {
            var prefix = node is null ? "A view was created in" : $"Output {view.Meta.Number} of {node.ShortName} is a view of a view which was created in";
            text = Origin is ViewOrigin.Inference
                ? $"{prefix} inference mode and {modified} modified inplace in normal mode."
                : $"{prefix} no_grad mode and {modified} modified inplace with grad mode enabled.";
        }
        else text = $"Output {view.Meta.Number} of {node.ShortName} is a view and {modified} modified inplace.";
        text += Origin switch
        {
            ViewOrigin.MultiOutput =>
                " This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. " +
                "You should replace the inplace operation by an out-of-place one.",
            ViewOrigin.NoGrad =>
                " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both " +
                "inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).",
            ViewOrigin.Inference =>
                " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both " +
                "inside the inference_mode block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).",
            _ =>
                " This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to handle view+inplace would override " +
                "the custom backward associated with the custom Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the " +
                "output of the custom Function.",
        };
        throw new TorchException(text);
    }
}
