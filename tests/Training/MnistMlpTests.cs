// The recorded run mnist_mlp: DataLoader with shuffling, linear layers, SGD with momentum.

using Xunit;
using static Torch.torch;
using static Torch.torch.nn;
using F = Torch.torch.nn.functional;

namespace Torch.Tests.Training;

[Collection(nameof(Alone))]
public class MnistMlpTests
{
    [SharedTheory("golden/training/mnist_mlp.json")]
    [InlineData("float64", 0, 20)]
    [InlineData("float64", 1, 20)]
    [InlineData("float32", 0, 300)]
    public void Losses_of_a_multilayer_perceptron_are_PyTorchs(string dtype, long seed, int steps)
    {
        var run = TrainingRun.Read("mnist_mlp", seed);
        manual_seed(seed);
        var model = Sequential(Flatten(), Linear(784, 128), ReLU(), Linear(128, 64), ReLU(), Linear(64, 10)).to(TrainingData.Type(dtype));
        if (dtype == "float32") run.CheckInitial(model);
        var (x, y) = TrainingData.Mnist();
        x = ((x - 0.1307) / 0.3081).Evaluate();
        var loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batchSize: 64, shuffle: true);
        var optimizer = optim.SGD(model.parameters(), learningRate: 0.01, momentum: 0.9);
        var step = 0;
        foreach (var (images, labels) in loader)
        {
            if (step == steps) break;
            if (step < 4)
                Assert.Equal(run.Metric(dtype, "first_labels_of_batches_0_to_3")[step].EnumerateArray().Select(l => l.GetInt64()), Core.Host.toArray<long>(labels.Expr)[..16]);
            optimizer.zero_grad();
            var loss = F.cross_entropy(model.call(images.to(TrainingData.Type(dtype))), labels);
            loss.backward();
            optimizer.step();
            run.CheckLoss(dtype, step++, loss.item<double>());
        }
    }
}
