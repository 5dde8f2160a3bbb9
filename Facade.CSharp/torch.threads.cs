using Torch.Kernels;

namespace Torch;

public static partial class torch
{
    /// <summary>With how many threads an operation computes. See https://pytorch.org/docs/stable/generated/torch.get_num_threads.html.</summary>
    public static int get_num_threads() => Workers.Count;

    /// <summary>Sets with how many threads an operation computes; no result depends on it.</summary>
    /// <exception cref="TorchException">The number is not positive.</exception>
    public static void set_num_threads([PyTorchName("int")] int num)
    {
        if (num <= 0) throw new TorchException("set_num_threads expects a positive integer");
        Workers.Count = num;
    }
}
