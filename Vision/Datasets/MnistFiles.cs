// Where the four files of an MNIST-like data set lie, and what they must hold. torchvision keeps them in ROOT/MNIST/raw; a folder that holds the
// files themselves will do as well, gzipped or not. A plain file is preferred to its .gz, as torchvision does.
using Torch.Kernels;
using Torch.Serialization;
using Torch.Vision.Io;

namespace Torch.Vision.Datasets;

/// <summary>A data set of MNIST's kind: its folder in torchvision's layout, where it is published, the sums of its files, the names of its classes.</summary>
internal sealed record MnistKind(string Name, string[] Mirrors, (string File, string Md5)[] Files, string[] Classes)
{
    public static readonly MnistKind Mnist = new(
        "MNIST",
        ["https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"],
        [
            ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"), ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
            ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"), ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
        ],
        ["0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine"]);

    public static readonly MnistKind Fashion = new(
        "FashionMNIST",
        ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
        [
            ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"), ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
            ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"), ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
        ],
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]);

    public static readonly MnistKind Kuzushiji = new(
        "KMNIST",
        ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
        [
            ("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"), ("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
            ("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"), ("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
        ],
        ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]);
}

/// <summary>Finds, fetches and reads the files.</summary>
internal static class MnistFiles
{
    /// <summary>Fetches what is missing of all four files, into torchvision's folder.</summary>
    public static void Fetch(string root, MnistKind kind)
    {
        foreach (var (file, md5) in kind.Files)
        {
            if (Find(root, kind, file[..^3]) is null) Download.Fetch(RawFolder(root, kind), file, md5, kind.Mirrors);
        }
    }

    /// <summary>The images and labels of the training or the test part.</summary>
    /// <exception cref="TorchException">A file is missing.</exception>
    /// <exception cref="SerializationException">A file is damaged, or is not what its name says.</exception>
    public static (IdxArray Images, IdxArray Labels) Read(string root, MnistKind kind, bool train)
    {
        var part = train ? "train" : "t10k";
        var images = Require(root, kind, $"{part}-images-idx3-ubyte");
        var labels = Require(root, kind, $"{part}-labels-idx1-ubyte");
        return Checked(Idx.Read(images), images, Idx.Read(labels), labels);
    }

    /// <summary>Refuses arrays that are no images with a label each.</summary>
    public static (IdxArray Images, IdxArray Labels) Checked(IdxArray images, string imagesName, IdxArray labels, string labelsName)
    {
        if (images.Type != ElementType.UInt8 || images.Shape.Length != 3)
        {
            throw new SerializationException(imagesName, 2, $"images are 3-dimensional and of bytes, these are {images.Shape.Length}-dimensional and of {images.Type}");
        }
        if (labels.Type != ElementType.UInt8 || labels.Shape.Length != 1)
        {
            throw new SerializationException(labelsName, 2, $"labels are 1-dimensional and of bytes, these are {labels.Shape.Length}-dimensional and of {labels.Type}");
        }
        if (images.Shape[0] != labels.Shape[0]) throw new SerializationException(labelsName, 4, $"{labels.Shape[0]} labels for {images.Shape[0]} images");
        return (images, labels);
    }

    private static string RawFolder(string root, MnistKind kind) => Path.Combine(root, kind.Name, "raw");

    private static string? Find(string root, MnistKind kind, string file) =>
        (from folder in new[] { RawFolder(root, kind), root }
         from name in new[] { file, file + ".gz" }
         select Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static string Require(string root, MnistKind kind, string file) =>
        Find(root, kind, file)
        ?? throw new TorchException($"Dataset not found. You can use download=True to download it ({file}[.gz] is neither in {RawFolder(root, kind)} nor in {root})");
}
