// torchvision.datasets.MNIST and its kin, as data sets of torch.utils.data: an item is { "data": the image, "label": its class }, as in TorchSharp.
using Torch.Vision.Datasets;
using Torch.Vision.Io;
using static Torch.torch;

namespace Torch.Modules
{
    /// <summary>
    /// A data set of MNIST's kind, in memory. An item is a dictionary of "data", an image of shape (1, 28, 28) in [0, 1] and float32 (what ToTensor
    /// makes of it), with the transform applied if there is one, and "label", its class as a 0-dim int64.
    /// See https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.MNIST.html.
    /// </summary>
    public sealed class MNIST : utils.data.Dataset
    {
        private readonly IdxArray _images;
        private readonly IdxArray _labels;
        private readonly torchvision.ITransform? _transform;

        internal MNIST(string root, bool train, bool download, torchvision.ITransform? transform, MnistKind kind)
        {
            ArgumentNullException.ThrowIfNull(root);
            if (download) MnistFiles.Fetch(root, kind);
            (_images, _labels) = MnistFiles.Read(root, kind, train);
            (_transform, classes) = (transform, kind.Classes);
        }

        /// <summary>The names of the classes.</summary>
        public IReadOnlyList<string> classes { get; }

        /// <summary>All images: (N, 28, 28), uint8.</summary>
        public Tensor data => tensor(_images.Data, _images.Shape, dtype: ScalarType.Byte);

        /// <summary>All labels: (N), int64.</summary>
        public Tensor targets => tensor(Array.ConvertAll(_labels.Data, label => (long)label), dtype: ScalarType.Int64);

        /// <inheritdoc/>
        public override long Count => _images.Shape[0];

        /// <inheritdoc/>
        public override Dictionary<string, Tensor> GetTensor(long index)
        {
            if (index < 0 || index >= Count) throw new IndexOutOfRangeException($"index {index} is out of bounds for dimension 0 with size {Count}");
            var size = checked((int)(_images.Shape[1] * _images.Shape[2]));
            var pixels = new float[size];
            var bytes = _images.Data.AsSpan((int)index * size, size);
            for (var i = 0; i < size; i++) pixels[i] = bytes[i] / 255f;
            var image = tensor(pixels, [1, _images.Shape[1], _images.Shape[2]]);
            // Transforms see a batch, (1, 1, 28, 28), as in TorchSharp.
            if (_transform is not null) image = _transform.call(image.unsqueeze(0)).squeeze(0);
            return new() { ["data"] = image, ["label"] = tensor((long)_labels.Data[index]) };
        }
    }
}

namespace Torch
{
    public static partial class torchvision
    {
        /// <summary>Data sets that people know.</summary>
        public static partial class datasets
        {
            /// <summary>MNIST: 60,000 and 10,000 handwritten digits. Y. LeCun, C. Cortes, C. Burges, http://yann.lecun.com/exdb/mnist/.</summary>
            /// <param name="root">The folder that holds MNIST/raw with the four IDX files, or holds these themselves; gzipped or not.</param>
            /// <param name="train">The training part, or the test part.</param>
            /// <param name="download">Whether to fetch what is missing into MNIST/raw.</param>
            /// <param name="target_transform">Applied to the images: the name is TorchSharp's.</param>
            /// <exception cref="TorchException">A file is missing, damaged, or cannot be fetched.</exception>
            public static Modules.MNIST MNIST(string root, bool train, bool download = false, ITransform? target_transform = null) =>
                new(root, train, download, target_transform, MnistKind.Mnist);

            /// <summary>The same, with torchvision's name of the transform.</summary>
            public static Modules.MNIST MNIST(string root, bool train, ITransform? transform, bool download = false) =>
                new(root, train, download, transform, MnistKind.Mnist);

            /// <summary>Fashion-MNIST: pictures of clothes in MNIST's format. H. Xiao, K. Rasul, R. Vollgraf, https://github.com/zalandoresearch/fashion-mnist.</summary>
            /// <inheritdoc cref="MNIST(string, bool, bool, ITransform?)"/>
            public static Modules.MNIST FashionMNIST(string root, bool train, bool download = false, ITransform? target_transform = null) =>
                new(root, train, download, target_transform, MnistKind.Fashion);

            /// <inheritdoc cref="FashionMNIST(string, bool, bool, ITransform?)"/>
            public static Modules.MNIST FashionMNIST(string root, bool train, ITransform? transform, bool download = false) =>
                new(root, train, download, transform, MnistKind.Fashion);

            /// <summary>Kuzushiji-MNIST: cursive Japanese characters in MNIST's format. T. Clanuwat et al., https://github.com/rois-codh/kmnist.</summary>
            /// <inheritdoc cref="MNIST(string, bool, bool, ITransform?)"/>
            public static Modules.MNIST KMNIST(string root, bool train, bool download = false, ITransform? target_transform = null) =>
                new(root, train, download, target_transform, MnistKind.Kuzushiji);

            /// <inheritdoc cref="KMNIST(string, bool, bool, ITransform?)"/>
            public static Modules.MNIST KMNIST(string root, bool train, ITransform? transform, bool download = false) =>
                new(root, train, download, transform, MnistKind.Kuzushiji);
        }
    }
}
