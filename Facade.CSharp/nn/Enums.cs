namespace Torch;

/// <summary>How an embedding bag puts its embeddings together.</summary>
public enum EmbeddingBagMode
{
    [PyTorchName("sum")] Sum = 0,
    [PyTorchName("mean")] Mean = 1,
    [PyTorchName("max")] Max = 2,
}

/// <summary>Padding of a convolution by name.</summary>
public enum Padding
{
    [PyTorchName("valid")] Valid = 0,
    [PyTorchName("same")] Same = 1,
}

/// <summary>What stands in the padding.</summary>
public enum PaddingModes
{
    [PyTorchName("zeros")] Zeros = 0,
    [PyTorchName("reflect")] Reflect = 1,
    [PyTorchName("replicate")] Replicate = 2,
    [PyTorchName("circular")] Circular = 3,
    [PyTorchName("constant")] Constant = 4,
}

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What becomes of a loss's elements.</summary>
        public enum Reduction
        {
            [PyTorchName("none")] None = 0,
            [PyTorchName("mean")] Mean = 1,
            [PyTorchName("sum")] Sum = 2,
            [PyTorchName("batchmean")] BatchMean = 3,
        }

        public enum NonLinearities
        {
            [PyTorchName("relu")] ReLU = 0,
            [PyTorchName("tanh")] Tanh = 1,
        }

        public enum Activations
        {
            [PyTorchName("relu")] ReLU = 0,
            [PyTorchName("gelu")] GELU = 1,
        }
    }

    public enum UpsampleMode
    {
        [PyTorchName("nearest")] Nearest = 0,
        [PyTorchName("linear")] Linear = 1,
        [PyTorchName("bilinear")] Bilinear = 2,
        [PyTorchName("bicubic")] Bicubic = 3,
        [PyTorchName("trilinear")] Trilinear = 4,
        [PyTorchName("nearest-exact")] NearestExact = 6,
    }

    public enum InterpolationMode
    {
        [PyTorchName("nearest")] Nearest = 0,
        [PyTorchName("linear")] Linear = 1,
        [PyTorchName("bilinear")] Bilinear = 2,
        [PyTorchName("bicubic")] Bicubic = 3,
        [PyTorchName("trilinear")] Trilinear = 4,
        [PyTorchName("area")] Area = 5,
        [PyTorchName("nearest-exact")] NearestExact = 6,
    }

    public enum GridSampleMode
    {
        [PyTorchName("nearest")] Nearest = 0,
        [PyTorchName("bilinear")] Bilinear = 1,
        [PyTorchName("bicubic")] Bicubic = 2,
    }

    public enum GridSamplePaddingMode
    {
        [PyTorchName("zeros")] Zeros = 0,
        [PyTorchName("reflection")] Reflection = 1,
        [PyTorchName("border")] Border = 2,
    }
}

/// <summary>PyTorch's strings for the members of enums.</summary>
internal static class EnumNames
{
    internal static string Name(this torch.nn.Reduction reduction) => reduction switch
    {
        torch.nn.Reduction.None => "none",
        torch.nn.Reduction.Mean => "mean",
        torch.nn.Reduction.Sum => "sum",
        _ => "batchmean",
    };

    internal static string Name(this PaddingModes mode) => mode.ToString().ToLowerInvariant();

    internal static string Name(this EmbeddingBagMode mode) => mode.ToString().ToLowerInvariant();
}
