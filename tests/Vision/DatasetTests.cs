// The MNIST data set in its layouts, and what it says of folders that lack it. Nothing is downloaded.
using Xunit;
using static Torch.torch;

namespace Torch.Tests.Vision;

public sealed class DatasetTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("torch-datasets-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [SharedFact("data/mnist/MNIST/raw")]
    public void Both_parts_are_read_from_torchvisions_layout()
    {
        using var test = torchvision.datasets.MNIST(Shared.Path("data/mnist"), train: false);
        Assert.Equal(10_000, test.Count);
        Assert.Equal([10_000, 28, 28], test.data.shape);
        Assert.Equal(ScalarType.Byte, test.data.dtype);
        Assert.Equal([7L, 2L, 1L, 0L, 4L], test.targets.narrow(0, 0, 5).data<long>().ToArray());
        var item = test.GetTensor(0);
        Assert.Equal([1, 28, 28], item["data"].shape);
        Assert.Equal(7, item["label"].item<long>());
        Assert.Equal(72.0, item["data"].sum().item<float>(), 0.5);

        using var train = torchvision.datasets.MNIST(Shared.Path("data/mnist/MNIST/raw"), train: true, transform: torchvision.transforms.Normalize([0.1307], [0.3081]));
        Assert.Equal(60_000, train.Count);
        Assert.Equal(-0.1307f / 0.3081f, train.GetTensor(0)["data"][0, 0, 0].item<float>(), 1e-6f);
        Assert.Throws<IndexOutOfRangeException>(() => train.GetTensor(60_000));
    }

    [Fact]
    public void Plain_files_in_the_folder_itself_will_do()
    {
        WriteTestPart(_root);
        using var test = torchvision.datasets.MNIST(_root, train: false);
        Assert.Equal(2, test.Count);
        Assert.Equal(["data", "label"], test.GetTensor(1).Keys.Order());
        Assert.Equal(1f, test.GetTensor(1)["data"].max().item<float>());
        Assert.Equal(9, test.classes.Count - 1);
    }

    [Fact]
    public void Kin_have_folders_of_their_own()
    {
        WriteTestPart(Directory.CreateDirectory(Path.Combine(_root, "FashionMNIST", "raw")).FullName);
        Assert.Equal("Ankle boot", torchvision.datasets.FashionMNIST(_root, train: false).classes[9]);
        Assert.Throws<TorchException>(() => torchvision.datasets.KMNIST(_root, train: false));
    }

    [Fact]
    public void A_folder_without_the_files_is_named()
    {
        var fault = Assert.Throws<TorchException>(() => torchvision.datasets.MNIST(_root, train: true));
        Assert.StartsWith("Dataset not found. You can use download=True to download it", fault.Message);
        Assert.Contains(_root, fault.Message);
        Assert.Contains("train-images-idx3-ubyte", fault.Message);
    }

    private static void WriteTestPart(string folder)
    {
        var pixels = new byte[2 * 784];
        pixels[^1] = 255;
        File.WriteAllBytes(Path.Combine(folder, "t10k-images-idx3-ubyte"), [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28, .. pixels]);
        File.WriteAllBytes(Path.Combine(folder, "t10k-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 2, 3, 4]);
    }
}
