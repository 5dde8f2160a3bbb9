// The MNIST sample: through its classes where bits are compared, as a child process where exit codes and output are.
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Torch.Samples;
using Torch.Tests.Packaging;
using Xunit;

namespace Torch.Tests.Samples;

public sealed class MnistSampleTests : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Mnist.dll");

    private readonly string _folder = Directory.CreateTempSubdirectory("torch-mnist-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void One_epoch_on_the_built_in_images_ends_with_the_accuracy()
    {
        var (checkpoint, curve) = (InFolder("a.pt"), InFolder("a.svg"));
        var trained = Mnist("--epochs", "1", "--save", checkpoint, "--curve", curve);
        Assert.True(trained.ExitCode == 0, trained.ToString());
        Assert.Equal("", trained.Errors);
        var accuracy = LastLine(trained);
        Assert.Matches(@"^test accuracy \d\d\.\d\d %$", accuracy);
        Assert.True(double.Parse(accuracy.Split(' ')[2]) > 80, accuracy);
        Assert.StartsWith("<svg", File.ReadAllText(curve));

        // The checkpoint alone gives the same accuracy, and names a digit.
        Assert.Equal(accuracy, LastLine(Mnist("--load", checkpoint, "--quiet")));
        var predicted = Mnist("--load", checkpoint, "--predict", "#0");
        Assert.True(predicted.ExitCode == 0, predicted.ToString());
        Assert.Equal("predicted 7", LastLine(predicted));
        Assert.Contains("@@@@", predicted.Output);

        File.WriteAllBytes(InFolder("seven.pgm"), Picture(Digits.BuiltInImages().Data.AsSpan(0, 784)));
        Assert.Equal("predicted 7", LastLine(Mnist("--load", checkpoint, "--predict", InFolder("seven.pgm"), "--quiet")));
    }

    [Theory]
    [InlineData("--epochs", "-1")]
    [InlineData("--lr", "fast")]
    [InlineData("--lr", "NaN")]
    [InlineData("--momentum", "1")]
    [InlineData("--batch-size", "0")]
    [InlineData("--seed", "99999999999999999999")]
    [InlineData("--threads", "0")]
    [InlineData("--model", "transformer")]
    [InlineData("--optimizer", "newton")]
    [InlineData("--momentum", "0.5", "--optimizer", "adam")]
    [InlineData("--load", "a.pt", "--resume", "b.pt")]
    [InlineData("--curve", "picture.png")]
    [InlineData("--save", "no/such/folder/x.pt")]
    [InlineData("--unknown")]
    [InlineData("--data", "")]
    [InlineData("--data", "/no/such/folder")]
    [InlineData("--load", "/no/such/file.pt")]
    [InlineData("--predict", "/no/such/file.pgm")]
    [InlineData("--predict", "#10000")]
    [InlineData("--predict", "#-1")]
    [InlineData("--predict", "#seven")]
    public void A_bad_option_is_one_line_and_exit_code_2(params string[] arguments) => IsRefused(Mnist(arguments));

    [Fact]
    public void Damaged_data_files_are_refused()
    {
        var images = Idx(0x08, [20, 28, 28], 20 * 784);
        var labels = Idx(0x08, [20], 20);
        Refuses("missing labels", images, null);
        Refuses("truncated", images[..^1], labels);
        Refuses("oversized", [.. images, 0], labels);
        Refuses("more announced than the file holds", Idx(0x08, [0x7FFFFFFF, 0x7FFFFFFF, 0x7FFFFFFF], 100), labels);
        Refuses("4 GB announced", Idx(0x08, [uint.MaxValue, 1, 1], 100), labels);
        Refuses("no IDX file", Encoding.ASCII.GetBytes("<html>not found</html>"), labels);
        Refuses("empty", [], labels);
        Refuses("floats", Idx(0x0D, [20, 28, 28], 20 * 784 * 4), labels);
        Refuses("other pictures", Idx(0x08, [20, 32, 32], 20 * 1024), labels);
        Refuses("no images", Idx(0x08, [0, 28, 28], 0), Idx(0x08, [0], 0));
        Refuses("fewer labels", images, Idx(0x08, [19], 19));
        Refuses("a label of 10", images, [.. labels[..^1], 10]);
        Refuses("broken gzip", [0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], labels);
        Refuses("gzip cut short", Gzip(images)[..^40], labels);
        Refuses("a gzip bomb", Gzip([.. images, .. new byte[1 << 24]]), labels);

        void Refuses(string what, byte[] trainImages, byte[]? trainLabels)
        {
            var folder = Directory.CreateDirectory(InFolder(what.Replace(' ', '_'))).FullName;
            File.WriteAllBytes(Path.Combine(folder, "train-images-idx3-ubyte"), trainImages);
            if (trainLabels is not null) File.WriteAllBytes(Path.Combine(folder, "train-labels-idx1-ubyte"), trainLabels);
            File.WriteAllBytes(Path.Combine(folder, "t10k-images-idx3-ubyte"), images);
            File.WriteAllBytes(Path.Combine(folder, "t10k-labels-idx1-ubyte"), labels);
            IsRefused(Mnist("--data", folder, "--epochs", "1"), what);
        }
    }

    [Fact]
    public void Damaged_pictures_are_refused()
    {
        var checkpoint = NewCheckpoint();
        var good = Picture(new byte[784]);
        Refuses("truncated", good[..^1]);
        Refuses("another size", Encoding.ASCII.GetBytes("P5 32 32 255\n" + new string('x', 1024)));
        Refuses("colours", Encoding.ASCII.GetBytes("P6 28 28 255\n" + new string('x', 3 * 784)));
        Refuses("huge sizes", Encoding.ASCII.GetBytes("P5 99999999999 99999999999 255\n"));
        Refuses("no maximum", Encoding.ASCII.GetBytes("P5 28 28 0\n" + new string('x', 784)));
        Refuses("letters", Encoding.ASCII.GetBytes("P2 28 28 255\n1 2 three"));
        Refuses("a pixel above the maximum", Encoding.ASCII.GetBytes("P2 28 28 9\n" + string.Concat(Enumerable.Repeat("10 ", 784))));
        Refuses("a header only", "P5"u8.ToArray());
        Refuses("a comment without end", "P5 # and so on"u8.ToArray());
        Refuses("empty", []);
        Refuses("large", new byte[(1 << 20) + 1]);

        void Refuses(string what, byte[] bytes)
        {
            File.WriteAllBytes(InFolder("picture.pgm"), bytes);
            IsRefused(Mnist("--load", checkpoint, "--predict", InFolder("picture.pgm")), what);
        }
    }

    [Fact]
    public void Damaged_checkpoints_are_refused()
    {
        var path = NewCheckpoint();
        var good = File.ReadAllBytes(path);
        Refuses("truncated", good[..(good.Length / 2)]);
        Refuses("no checkpoint", Encoding.ASCII.GetBytes("hello"));
        Refuses("empty", []);
        File.WriteAllBytes(path, good);
        IsRefused(Mnist("--resume", path, "--lr", "0.5"), "another rate");
        IsRefused(Mnist("--load", path, "--model", "lenet"), "another network");
        IsRefused(Mnist("--resume", path, "--epochs", "3"), "other images");

        void Refuses(string what, byte[] bytes)
        {
            File.WriteAllBytes(InFolder("damaged.pt"), bytes);
            IsRefused(Mnist("--resume", InFolder("damaged.pt")), what);
            IsRefused(Mnist("--load", InFolder("damaged.pt")), what);
        }
    }

    [Fact]
    public void Checkpoints_with_changed_bytes_load_or_are_refused()
    {
        var path = NewCheckpoint();
        var good = File.ReadAllBytes(path);
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            // Most of the file is parameters; what steers the reading is at both ends.
            var changed = (byte[])good.Clone();
            var at = random.Next(3000);
            changed[i % 2 == 0 ? at : changed.Length - 1 - at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(InFolder("changed.pt"), changed);
            try
            {
                Checkpoint.Resume(InFolder("changed.pt"), new Options());
            }
            catch (Exception e) when (InputException.IsUsers(e))
            {
            }
        }
    }

    [Fact]
    public void An_interrupted_run_leaves_a_checkpoint()
    {
        if (OperatingSystem.IsWindows()) return;
        var path = InFolder("interrupted.pt");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Program, "--epochs", "100000", "--save", path]) { RedirectStandardOutput = true })!;
        // After the first epoch it is surely training.
        while (process.StandardOutput.ReadLine() is { } line && !line.StartsWith("epoch 1/", StringComparison.Ordinal)) { }
        File.Delete(path);
        Process.Start("kill", ["-TERM", $"{process.Id}"])!.WaitForExit();
        var rest = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(60_000));
        Assert.Equal(130, process.ExitCode);
        Assert.Contains($"--resume {path}", rest);
        var resumed = Checkpoint.Resume(path, new Options { Resume = path });
        Assert.True(resumed.Losses.Count > 0);
        Assert.Equal(100_000, resumed.Epochs);
    }

    [Fact]
    public void Text_and_byte_pictures_hold_the_same()
    {
        var pixels = Enumerable.Range(0, 784).Select(i => (byte)i).ToArray();
        var text = Encoding.ASCII.GetBytes("P2 # made by hand\n28 28\n#\n255\n" + string.Join(' ', pixels));
        Assert.Equal(pixels, Pgm.Parse(text, "text"));
        Assert.Equal(pixels, Pgm.Parse(Picture(pixels), "bytes"));
        var wide = new byte[784 * 2];
        for (var i = 0; i < 784; i++) wide[2 * i] = wide[2 * i + 1] = pixels[i];
        Assert.Equal(pixels, Pgm.Parse([.. "P5 28 28 65535\n"u8, .. wide], "wide"));
    }

    private string NewCheckpoint()
    {
        var path = InFolder("new.pt");
        Checkpoint.Save(path, new Trainer(Recipe.For("mlp", "sgd")) { Epochs = 1 }, 123);
        return path;
    }

    private static byte[] Picture(ReadOnlySpan<byte> pixels) => [.. "P5\n28 28\n255\n"u8, .. pixels];

    private static byte[] Idx(byte type, uint[] shape, int elements)
    {
        List<byte> bytes = [0, 0, type, (byte)shape.Length];
        foreach (var size in shape) bytes.AddRange([(byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size]);
        bytes.AddRange(new byte[elements]);
        return [.. bytes];
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var zip = new GZipStream(memory, CompressionLevel.Fastest)) zip.Write(bytes);
        return memory.ToArray();
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    /// <summary>Runs the sample in the temporary folder, where relative names end up.</summary>
    private Finished Mnist(params string[] arguments) =>
        Commands.Dotnet(_folder, new Dictionary<string, string?>(), TimeSpan.FromMinutes(3), [Program, .. arguments]);

    private static void IsRefused(Finished run, string what = "")
    {
        Assert.True(run.ExitCode == 2, $"{what}: {run}");
        Assert.True(run.Errors.TrimEnd('\n', '\r').Split('\n') is [{ Length: > 0 }], $"{what}: {run}");
        Assert.DoesNotContain("accuracy", run.Output);
    }

    private static string LastLine(Finished run) => run.Output.TrimEnd().Split('\n')[^1].TrimEnd();
}
