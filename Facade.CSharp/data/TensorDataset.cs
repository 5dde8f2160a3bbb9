using static Torch.torch;

namespace Torch.Modules;

/// <summary>Items that are the rows of tensors. See https://pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset.</summary>
public sealed class TensorDataset : utils.data.IterableDataset, utils.data.IBatchSource<IList<Tensor>>
{
    private readonly Tensor[] _tensors;

    internal TensorDataset(Tensor[] tensors)
    {
        if (tensors.Length == 0 || tensors.Any(t => t.Sizes.Length == 0 || t.Sizes[0] != tensors[0].Sizes[0])) throw new ArgumentException("Size mismatch between tensors");
        _tensors = tensors;
    }

    public IReadOnlyList<Tensor> tensors => _tensors;

    public override long Count => _tensors[0].Sizes[0];

    public IList<Tensor> this[long index] => GetTensor(index);

    public override IList<Tensor> GetTensor(long index) => Array.ConvertAll(_tensors, t => t.select(0, index));

    /// <summary>Rows are copied from memory to memory, without an item for each.</summary>
    IList<Tensor> utils.data.IBatchSource<IList<Tensor>>.Batch(IReadOnlyList<long> indices) => Array.ConvertAll(_tensors, t => Torch.Data.Collation.Rows(t, indices));
}
