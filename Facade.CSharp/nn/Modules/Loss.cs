using static Torch.torch;
using static Torch.torch.nn;
using Reduction = Torch.torch.nn.Reduction;

namespace Torch;

/// <summary>A loss of two arguments and how its elements are reduced.</summary>
public abstract class Loss<T1, T2, TResult>(Reduction reduction = Reduction.Mean) : Module<T1, T2, TResult>
{
    public Reduction reduction { get; } = reduction;
}

/// <summary>A loss of three arguments and how its elements are reduced.</summary>
public abstract class Loss<T1, T2, T3, TResult>(Reduction reduction = Reduction.Mean) : Module<T1, T2, T3, TResult>
{
    public Reduction reduction { get; } = reduction;
}

/// <summary>A loss of four arguments and how its elements are reduced.</summary>
public abstract class Loss<T1, T2, T3, T4, TResult>(Reduction reduction = Reduction.Mean) : Module<T1, T2, T3, T4, TResult>
{
    public Reduction reduction { get; } = reduction;
}

/// <summary>A loss with a weight, which is part of its state.</summary>
public abstract class WeightedLoss<T1, T2, TResult> : Loss<T1, T2, TResult>
{
    protected WeightedLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean) : base(reduction) => SetBuffer(nameof(weight), weight);

    public Tensor? weight => BufferOrNull(nameof(weight));
}

/// <summary>A loss with a weight, which is part of its state.</summary>
public abstract class WeightedLoss<T1, T2, T3, TResult> : Loss<T1, T2, T3, TResult>
{
    protected WeightedLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean) : base(reduction) => SetBuffer(nameof(weight), weight);

    public Tensor? weight => BufferOrNull(nameof(weight));
}

/// <summary>A loss with a weight, which is part of its state.</summary>
public abstract class WeightedLoss<T1, T2, T3, T4, TResult> : Loss<T1, T2, T3, T4, TResult>
{
    protected WeightedLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean) : base(reduction) => SetBuffer(nameof(weight), weight);

    public Tensor? weight => BufferOrNull(nameof(weight));
}
