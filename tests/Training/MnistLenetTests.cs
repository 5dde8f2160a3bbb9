// The recorded run mnist_lenet: convolutions, max pooling, Adam, batches by an index tensor.

using Torch.Modules;
using Xunit;
using static Torch.torch;
using static Torch.torch.nn;
using F = Torch.torch.nn.functional;

namespace Torch.Tests.Training;

[Collection(nameof(Alone))]
public class MnistLenetTests
{
    private sealed class LeNet : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> conv1 = Conv2d(1, 6, 5, padding: 2L), conv2 = Conv2d(6, 16, 5);
        private readonly Module<Tensor, Tensor> fc1 = Linear(400, 120), fc2 = Linear(120, 84), fc3 = Linear(84, 10);

        public override Tensor forward(Tensor x)
        {
            x = F.max_pool2d(F.relu(conv1.call(x)), 2);
            x = F.max_pool2d(F.relu(conv2.call(x)), 2);
            return fc3.call(F.relu(fc2.call(F.relu(fc1.call(x.flatten(1))))));
        }
    }

    [SharedTheory("golden/training/mnist_lenet.json")]
    [InlineData("float64", 0, 20)]
    [InlineData("float64", 1, 20)]
    [InlineData("float32", 0, 100)]
    public void Losses_of_a_convolutional_network_are_PyTorchs(string dtype, long seed, int steps)
    {
        var run = TrainingRun.Read("mnist_lenet", seed);
        manual_seed(seed);
        var model = new LeNet().to(TrainingData.Type(dtype));
        if (dtype == "float32") run.CheckInitial(model);
        var (x, y) = TrainingData.Mnist();
        x = x.unsqueeze(1);
        var order = randperm(x.shape[0]);
        var optimizer = optim.Adam(model.parameters(), lr: 1e-3);
        for (var step = 0; step < steps; step++)
        {
            var i = order[TensorIndex.Slice(step * 64, (step + 1) * 64)];
            optimizer.zero_grad();
            var loss = F.cross_entropy(model.call(x[i].to(TrainingData.Type(dtype))), y[i]);
            loss.backward();
            optimizer.step();
            run.CheckLoss(dtype, step, loss.item<double>());
        }
    }
}
