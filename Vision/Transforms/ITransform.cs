using static Torch.torch;

namespace Torch;

/// <summary>Data sets and image tools that mirror torchvision.</summary>
public static partial class torchvision
{
    /// <summary>A function of images, (..., C, H, W) unless it says otherwise.</summary>
    public interface ITransform : nn.IModule<Tensor, Tensor>
    {
    }

    /// <summary>Every transform here is a function of tensors in an object.</summary>
    private sealed class Transform(Func<Tensor, Tensor> apply) : ITransform
    {
        public Tensor call(Tensor input1) => apply(input1);
    }
}
