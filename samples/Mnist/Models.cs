// The networks: the multilayer perceptron of beginners' tutorials, LeNet-5 with ReLU and max pooling (LeCun et al. 1998), and the
// convolutional network of PyTorch's own MNIST example.
using static Torch.torch;
using static Torch.torch.nn;

namespace Torch.Samples;

/// <summary>Makes networks by name.</summary>
internal static class Models
{
    private static readonly Dictionary<string, (Func<Module<Tensor, Tensor>> Make, int Epochs)> All = new()
    {
        ["mlp"] = (() => new SimpleMLP(), 10),
        ["lenet"] = (() => new LeNet(), 5),
        ["cnn"] = (() => new Cnn(), 2),
    };

    public static IReadOnlyList<string> Names { get; } = [.. All.Keys];

    public static Module<Tensor, Tensor> Make(string name) => All[name].Make();

    /// <summary>How many passes over the images are worth the time.</summary>
    public static int UsualEpochs(string name) => All[name].Epochs;
}

/// <summary>784 - 128 - 64 - 10.</summary>
internal sealed class SimpleMLP : Module<Tensor, Tensor>
{
    private readonly Modules.Linear fc1 = Linear(Digits.Side * Digits.Side, 128);
    private readonly Modules.Linear fc2 = Linear(128, 64);
    private readonly Modules.Linear fc3 = Linear(64, Digits.Classes);

    public SimpleMLP() : base(nameof(SimpleMLP)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = x.flatten(1);
        x = functional.relu(fc1.call(x));
        x = functional.relu(fc2.call(x));
        return fc3.call(x);
    }
}

/// <summary>Two convolutions with pooling, three linear layers.</summary>
internal sealed class LeNet : Module<Tensor, Tensor>
{
    private readonly Modules.Conv2d conv1 = Conv2d(1, 6, 5, padding: 2);
    private readonly Modules.Conv2d conv2 = Conv2d(6, 16, 5);
    private readonly Module<Tensor, Tensor> classifier = Sequential(
        ("fc1", Linear(400, 120)), ("relu1", ReLU()), ("fc2", Linear(120, 84)), ("relu2", ReLU()), ("fc3", Linear(84, Digits.Classes)));

    public LeNet() : base(nameof(LeNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = functional.max_pool2d(functional.relu(conv1.call(x)), 2);
        x = functional.max_pool2d(functional.relu(conv2.call(x)), 2);
        return classifier.call(x.flatten(1));
    }
}

/// <summary>Two convolutions, pooling, dropout, two linear layers.</summary>
internal sealed class Cnn : Module<Tensor, Tensor>
{
    private readonly Modules.Conv2d conv1 = Conv2d(1, 32, 3);
    private readonly Modules.Conv2d conv2 = Conv2d(32, 64, 3);
    private readonly Modules.Dropout dropout1 = Dropout(0.25);
    private readonly Modules.Dropout dropout2 = Dropout(0.5);
    private readonly Modules.Linear fc1 = Linear(9216, 128);
    private readonly Modules.Linear fc2 = Linear(128, Digits.Classes);

    public Cnn() : base(nameof(Cnn)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = functional.relu(conv1.call(x));
        x = functional.relu(conv2.call(x));
        x = dropout1.call(functional.max_pool2d(x, 2)).flatten(1);
        x = dropout2.call(functional.relu(fc1.call(x)));
        return fc2.call(x);
    }
}
