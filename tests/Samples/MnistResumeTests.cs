// A run of the MNIST sample that is interrupted and resumed: every loss, accuracy and parameter as in a run that was not.
using Torch.Samples;
using Xunit;
using static Torch.torch;

namespace Torch.Tests.Samples;

// Alone, because other tests draw from the process' generator too.
[Collection(nameof(Alone))]
public sealed class MnistResumeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("torch-mnist-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("mlp", "sgd", 7)]
    [InlineData("mlp", "adam", 10)]
    [InlineData("lenet", "adamw", 13)]
    [InlineData("cnn", "sgd", 3)]
    public void A_resumed_run_goes_on_bit_for_bit(string model, string optimizer, int stop)
    {
        var recipe = Recipe.For(model, optimizer) with { BatchSize = model == "cnn" ? 16 : 64, Seed = 5 };
        var images = model == "cnn" ? 64 : 640;
        var (train, test) = (Some(0, images), Some(images, 100));
        Trainer Straight()
        {
            var trainer = new Trainer(recipe) { Epochs = 2 };
            Assert.True(trainer.Run(train, test, new StopAfter(int.MaxValue, default!), () => { }, default));
            return trainer;
        }
        var whole = Straight();

        var path = InFolder("half.pt");
        using var cancel = new CancellationTokenSource();
        var half = new Trainer(recipe) { Epochs = 2 };
        Assert.False(half.Run(train, test, new StopAfter(stop, cancel), () => { }, cancel.Token));
        Checkpoint.Save(path, half, train.Count);
        rand(17); // the process' generator moves on: the checkpoint must not depend on it
        var resumed = Checkpoint.Resume(path, new Options { Resume = path });
        Assert.Equal(stop, resumed.Losses.Count);
        Assert.True(resumed.Run(train, test, new StopAfter(int.MaxValue, default!), () => { }, default));

        Assert.Equal(whole.Losses, resumed.Losses);
        Assert.Equal(whole.Accuracies, resumed.Accuracies);
        Assert.Equal(Bits(whole), Bits(resumed));
    }

    [Fact]
    public void A_checkpoint_survives_being_written_and_read_and_written()
    {
        var trainer = new Trainer(Recipe.For("mlp", "sgd")) { Epochs = 1 };
        Assert.True(trainer.Run(Some(0, 128), Some(128, 64), new StopAfter(int.MaxValue, default!), () => { }, default));
        Checkpoint.Save(InFolder("x.pt"), trainer, 128);
        Checkpoint.Save(InFolder("y.pt"), Checkpoint.Resume(InFolder("x.pt"), new Options()), 128);
        Assert.Equal(Bits(trainer), Bits(Checkpoint.Resume(InFolder("y.pt"), new Options())));
    }

    private static Digits Some(int from, int count)
    {
        var (train, _) = Digits.Load(new Options());
        return new(train.Images.narrow(0, from, count).clone(), train.Labels.narrow(0, from, count).clone());
    }

    private static float[] Values(Tensor tensor) => tensor.detach().flatten().data<float>().ToArray();

    private static List<int> Bits(Trainer trainer) => trainer.Model.parameters().SelectMany(Values).Select(BitConverter.SingleToInt32Bits).ToList();

    private string InFolder(string name) => Path.Combine(_folder, name);

    /// <summary>Cancels after some steps.</summary>
    private sealed class StopAfter(int steps, CancellationTokenSource cancel) : IWatcher
    {
        public void Step(Trainer trainer, long done, float loss)
        {
            if (trainer.Losses.Count == steps) cancel.Cancel();
        }

        public void Epoch(Trainer trainer, float meanLoss, double accuracy) { }
    }
}
