using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;
using Reduction = Torch.torch.nn.Reduction;

namespace Torch.Modules
{
    /// <summary>The cross entropy of logits. See https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html.</summary>
    public sealed class CrossEntropyLoss(Tensor? weight = null, long? ignore_index = null, Reduction reduction = Reduction.Mean, double label_smoothing = 0.0)
        : WeightedLoss<Tensor, Tensor, Tensor>(weight, reduction)
    {
        public long? ignore_index { get; } = ignore_index;

        public double label_smoothing { get; } = label_smoothing;

        public override Tensor forward(Tensor input, Tensor target) => functional.cross_entropy(input, target, weight, ignore_index ?? -100, reduction, label_smoothing);
    }

    /// <summary>The negative log likelihood of log-probabilities. See https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html.</summary>
    public sealed class NLLLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean, long ignore_index = -100) : WeightedLoss<Tensor, Tensor, Tensor>(weight, reduction)
    {
        public long ignore_index { get; } = ignore_index;

        public override Tensor forward(Tensor input, Tensor target) => functional.nll_loss(input, target, weight, reduction, ignore_index);
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.CrossEntropyLoss CrossEntropyLoss(Tensor? weight = null, long? ignore_index = null, Reduction reduction = Reduction.Mean, double label_smoothing = 0.0) =>
                new(weight, ignore_index, reduction, label_smoothing);

            public static NLLLoss NLLLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean, long ignore_index = -100) => new(weight, reduction, ignore_index);
        }
    }
}
