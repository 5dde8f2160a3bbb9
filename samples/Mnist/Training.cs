// The training loop. Where it stands is a value that can be written down: parameters, the optimizer's state, how many images of which epoch are done, and
// two states of the random generator: before it drew the epoch's order, from which the order can be drawn again, and now.
using System.Diagnostics;
using static Torch.torch;
using static Torch.torch.nn;

namespace Torch.Samples;

/// <summary>What happens in a training run, for whoever shows it.</summary>
internal interface IWatcher
{
    /// <param name="done">Images of the epoch that are done.</param>
    /// <param name="loss">Of this batch.</param>
    /// <param name="trainer">The run.</param>
    void Step(Trainer trainer, long done, float loss);

    void Epoch(Trainer trainer, float meanLoss, double accuracy);
}

/// <summary>The test images, told apart.</summary>
/// <param name="Confusion">How many images of class [i] were taken for class [j].</param>
internal sealed record Score(long[,] Confusion)
{
    public long Right => Enumerable.Range(0, Digits.Classes).Sum(c => Confusion[c, c]);

    public long Count => Confusion.Cast<long>().Sum();

    /// <summary>In percent.</summary>
    public double Accuracy => 100.0 * Right / Count;

    /// <summary>Has a network tell digits apart.</summary>
    public static Score Of(Module<Tensor, Tensor> model, Digits digits)
    {
        const long batch = 500;
        using var _ = no_grad();
        model.eval();
        var confusion = new long[Digits.Classes, Digits.Classes];
        for (long at = 0; at < digits.Count; at += batch)
        {
            var count = Math.Min(batch, digits.Count - at);
            var guesses = model.call(digits.Images.narrow(0, at, count)).argmax(1).data<long>().ToArray();
            var labels = digits.Labels.narrow(0, at, count).data<long>().ToArray();
            for (var i = 0; i < count; i++) confusion[labels[i], guesses[i]]++;
        }
        return new(confusion);
    }
}

/// <summary>A network in training.</summary>
internal sealed class Trainer
{
    private readonly Stopwatch _clock = new();
    private long _images;

    public Trainer(Recipe recipe)
    {
        Recipe = recipe;
        manual_seed(recipe.Seed);
        Model = Models.Make(recipe.Model);
        Optimizer = recipe.Optimizer switch
        {
            "sgd" => optim.SGD(Model.parameters(), recipe.LearningRate, recipe.Momentum),
            "adam" => optim.Adam(Model.parameters(), recipe.LearningRate),
            "adamw" => optim.AdamW(Model.parameters(), recipe.LearningRate),
            var other => throw new InputException($"the optimizer {other} is unknown"),
        };
    }

    public Recipe Recipe { get; }

    public Module<Tensor, Tensor> Model { get; }

    public optim.Optimizer Optimizer { get; }

    /// <summary>How many epochs there shall be.</summary>
    public int Epochs { get; set; }

    /// <summary>How many are complete.</summary>
    public int Epoch { get; set; }

    /// <summary>How many images of the current epoch are done.</summary>
    public long Position { get; set; }

    /// <summary>How many training images a resumed run began with.</summary>
    public long TrainedOn { get; init; }

    /// <summary>The generator before it drew the order of the current epoch; null between epochs.</summary>
    public Tensor? EpochStart { get; set; }

    /// <summary>The loss of every step so far.</summary>
    public List<float> Losses { get; } = [];

    /// <summary>The test accuracy after every epoch, in percent, and the number of steps before it.</summary>
    public List<(int Steps, double Accuracy)> Accuracies { get; } = [];

    public double ImagesPerSecond => _images / Math.Max(_clock.Elapsed.TotalSeconds, 1e-9);

    /// <summary>Trains until all epochs are complete, or until it is cancelled: then the current step is still completed.</summary>
    /// <param name="train">The images to train with.</param>
    /// <param name="test">The images to test with after each epoch.</param>
    /// <param name="watcher">Hears of every step.</param>
    /// <param name="epochDone">Called after every epoch.</param>
    /// <param name="cancelled">Stops the run.</param>
    /// <returns>Whether it came to the end.</returns>
    public bool Run(Digits train, Digits test, IWatcher watcher, Action epochDone, CancellationToken cancelled)
    {
        while (Epoch < Epochs)
        {
            var order = Order(train.Count);
            Model.train();
            while (Position < train.Count)
            {
                if (cancelled.IsCancellationRequested) return false;
                var count = Math.Min(Recipe.BatchSize, train.Count - Position);
                var batch = order.narrow(0, Position, count);
                _clock.Start();
                var loss = Step(train.Images.index_select(0, batch), train.Labels.index_select(0, batch));
                _clock.Stop();
                Losses.Add(loss);
                Position += count;
                _images += count;
                watcher.Step(this, Position, loss);
            }
            (Epoch, Position, EpochStart) = (Epoch + 1, 0, null);
            var steps = (int)((train.Count + Recipe.BatchSize - 1) / Recipe.BatchSize);
            var score = Score.Of(Model, test);
            Accuracies.Add((Losses.Count, score.Accuracy));
            watcher.Epoch(this, Losses.TakeLast(steps).Average(), score.Accuracy);
            epochDone();
        }
        return true;
    }

    private float Step(Tensor images, Tensor labels)
    {
        Optimizer.zero_grad();
        var loss = functional.cross_entropy(Model.call(images), labels);
        loss.backward();
        Optimizer.step();
        return loss.item<float>();
    }

    /// <summary>The order of the images in the current epoch: drawn, or drawn again where the epoch goes on.</summary>
    private Tensor Order(long count)
    {
        if (EpochStart is null)
        {
            EpochStart = get_rng_state();
            return randperm(count);
        }
        var now = get_rng_state();
        set_rng_state(EpochStart);
        var order = randperm(count);
        set_rng_state(now);
        return order;
    }
}
