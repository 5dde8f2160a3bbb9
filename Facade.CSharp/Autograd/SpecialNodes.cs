namespace Torch;

/// <summary>The node of a leaf: adds what arrives to the tensor's <c>grad</c>.</summary>
internal sealed class AccumulateGrad : GradNode
{
    internal AccumulateGrad(Tensor variable) : base([])
    {
        Variable = variable;
        // Nothing waits for a leaf, so it comes first.
        Sequence = long.MaxValue;
    }

    internal Tensor Variable { get; }

    /// <summary>Called when a gradient has been accumulated.</summary>
    internal HookList<Action<Tensor>> PostAccumulateHooks { get; } = new();

    public override string Name => "AccumulateGrad";

    internal override int ResultCount => 1;

    internal override ResultInfo Result(int number) => new(Variable.Sizes, Variable.DType, Variable.Cell.Device);

    internal override Gradient[] Apply(Gradient[] results, bool create)
    {
        if (!results[0].IsDefined) return [];
        // Several backward passes may arrive at one leaf at the same time.
        lock (this) Accumulate(results[0], create);
        foreach (var hook in PostAccumulateHooks.All) hook(Variable);
        return [];
    }

    private void Accumulate(Gradient gradient, bool create)
    {
        var meta = Variable.EnsureMeta();
        if (meta.Grad is not { } old)
        {
            // The gradient lies in memory as its tensor does, if that fills its memory.
            var strides = Shape.isDense(Variable.Sizes, Variable.Strides) ? Variable.Strides : Shape.contiguous(Variable.Sizes);
            var value = Build.withStrides(strides, gradient.Value);
            if (!create) meta.Grad = new Tensor(Identity.alias(value));
            else
            {
                meta.Grad = Autograd.Record("CopyBackwards", Identity.link(value), gradient.Tensor);
                meta.Grad.Version?.Bump();
            }
        }
        else if (create) meta.Grad = Autograd.Record("AddBackward0", Arithmetic.add(old.Expr, gradient.Value), old, gradient.Tensor);
        else old.Store(Build.cast(old.DType, Arithmetic.add(old.Expr, gradient.Value)));
    }
}

/// <summary>
/// The history of a tensor of which a view was modified in place: where the view lies, the gradient goes through the operation on the view; elsewhere it passes.
/// </summary>
internal sealed class CopySlices : GradNode
{
    private readonly ResultInfo _base;
    private readonly long[] _baseStrides;
    private readonly DType _dtype;
    private readonly long[] _sizes, _strides;
    private readonly long _offset;
    private readonly bool _conjugate, _negative;
    private readonly GradNode _operation;
    private bool _released;

    internal CopySlices(Tensor @base, Tensor view, GradNode operation) : base([@base.GradientEdge(), .. operation.Next[1..]])
    {
        _base = new ResultInfo(@base.Sizes, @base.DType, @base.Cell.Device);
        _baseStrides = @base.Strides;
        _dtype = view.DType;
        (_sizes, _strides) = (view.Sizes, view.Strides);
        _offset = view.Offset - (@base.Offset * @base.DType.Size / view.DType.Size);
        (_conjugate, _negative) = (view.Conjugate, view.Negative);
        _operation = operation;
    }

    public override string Name => "CopySlices";

    internal override int ResultCount => 1;

    internal override ResultInfo Result(int number) => _base;

    internal override Gradient[] Apply(Gradient[] results, bool create)
    {
        if (_released)
            throw new TorchException("Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). " +
                "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward " +
                "through the graph a second time or if you need to access saved tensors after calling backward.");
        var answer = new Gradient[Next.Length];
        if (!results[0].IsDefined) return answer;
        var whole = results[0].Value;
        var flat = Flat.FromLayout(whole, _base.Sizes, _baseStrides);
        var part = Sign(Flat.Read(flat, _dtype, _sizes, _strides, _offset));
        var ofPart = create ? new Gradient(Autograd.Record("AsStridedBackward0", part, results[0].Tensor)) : new Gradient(part);
        var inner = _operation.Apply([ofPart], create);
        for (var i = 1; i < answer.Length; i++) answer[i] = inner[i];

        if (Next[0].Node is null) return answer;
        var value = inner[0].IsDefined ? inner[0].Value : Build.fill(_sizes, _dtype, Literal.NewInt(0));
        var rest = Flat.ToLayout(Flat.Write(flat, _dtype, _sizes, _strides, _offset, Sign(value)), _base.DType, _base.Sizes, _baseStrides);
        answer[0] = create
            ? new Gradient(Autograd.Record("AsStridedScatterBackward0", rest, results[0].Tensor, inner[0].IsDefined ? inner[0].Tensor : null))
            : new Gradient(rest);
        return answer;
    }

    internal override void Release()
    {
        _released = true;
        _operation.Release();
    }

    /// <summary>What lies between the view's elements and their memory: conjugation, negation. Each is its own inverse and transpose.</summary>
    private Expr Sign(Expr e)
    {
        if (_conjugate) e = Arithmetic.conj(e);
        return _negative ? Arithmetic.neg(e) : e;
    }
}
