// The images. Built in are MNIST's 10,000 test images, split 8,500 to 1,500 (of every 20 the last three are for testing); a folder with all
// four files gives MNIST's own split.
using Torch.Vision.Io;
using static Torch.torch;

namespace Torch.Samples;

/// <summary>Images of digits with their labels: (N, 1, 28, 28) float32, normalised, and (N) int64.</summary>
internal sealed record Digits(Tensor Images, Tensor Labels)
{
    public const int Side = 28;
    public const int Classes = 10;

    /// <summary>Mean and standard deviation of MNIST's training pixels in [0, 1].</summary>
    private static readonly torchvision.ITransform Normalize = torchvision.transforms.Normalize([0.1307], [0.3081]);

    public long Count => Labels.shape[0];

    /// <summary>The training and the test images that the options ask for.</summary>
    public static (Digits Train, Digits Test) Load(Options options)
    {
        if (options.Data is null && !options.Download) return BuiltIn();
        var root = options.Data ?? "data";
        return (Part(train: true), Part(train: false));

        Digits Part(bool train)
        {
            using var part = torchvision.datasets.MNIST(root, train, options.Download);
            var (images, labels) = (part.data, part.targets);
            if (images.shape is not [> 0, Side, Side]) throw new InputException($"{root}: the images are {string.Join(" x ", images.shape)}, not N x 28 x 28");
            if (labels.max().item<long>() >= Classes) throw new InputException($"{root}: a label is {labels.max().item<long>()}: digits go to 9");
            return new(Prepare(images), labels);
        }
    }

    /// <summary>Pixels (N, 28, 28) as the networks see them.</summary>
    public static Tensor Prepare(Tensor pixels) =>
        Normalize.call(torchvision.transforms.functional.convert_image_dtype(pixels.unsqueeze(1)));

    /// <summary>The images in the repository, as bytes.</summary>
    public static IdxArray BuiltInImages() => Resource("t10k-images-idx3-ubyte.gz");

    private static (Digits Train, Digits Test) BuiltIn()
    {
        var images = BuiltInImages();
        var labels = Resource("t10k-labels-idx1-ubyte.gz");
        var all = new Digits(
            Prepare(tensor(images.Data, images.Shape, dtype: ScalarType.Byte)),
            tensor(Array.ConvertAll(labels.Data, label => (long)label), dtype: ScalarType.Int64));
        return (Pick(i => i % 20 < 17), Pick(i => i % 20 >= 17));

        Digits Pick(Func<long, bool> which)
        {
            var index = tensor(Enumerable.Range(0, (int)all.Count).Select(i => (long)i).Where(which).ToArray());
            return new(all.Images.index_select(0, index), all.Labels.index_select(0, index));
        }
    }

    private static IdxArray Resource(string name)
    {
        using var stream = typeof(Digits).Assembly.GetManifestResourceStream(name)!;
        return Idx.Read(stream, name);
    }
}
