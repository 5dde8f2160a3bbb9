// Checkpoints in PyTorch's format: a dictionary that torch.load opens as well. What is read is checked piece by piece, for a file may be damaged, made by something
// else, or made to harm; loading never executes anything.
using System.Collections;
using static Torch.torch;

namespace Torch.Samples;

/// <summary>Writes and reads the state of a run.</summary>
internal static class Checkpoint
{
    private const string Format = "torch.suite.samples.mnist.1";

    /// <summary>Writes everything that going on bit for bit needs. The file is there whole or not at all.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="trainer">The run.</param>
    /// <param name="images">How many training images there are.</param>
    public static void Save(string path, Trainer trainer, long images)
    {
        var recipe = trainer.Recipe;
        save(new Dictionary<string, object?>
        {
            ["format"] = Format,
            ["model"] = recipe.Model,
            ["optimizer"] = recipe.Optimizer,
            ["lr"] = recipe.LearningRate,
            ["momentum"] = recipe.Momentum,
            ["batch_size"] = (long)recipe.BatchSize,
            ["seed"] = recipe.Seed,
            ["epochs"] = (long)trainer.Epochs,
            ["epoch"] = (long)trainer.Epoch,
            ["position"] = trainer.Position,
            ["images"] = images,
            ["model_state"] = trainer.Model.state_dict(),
            ["optimizer_state"] = trainer.Optimizer.state_dict(),
            ["rng_state"] = get_rng_state(),
            ["epoch_rng_state"] = trainer.EpochStart,
            ["losses"] = tensor(trainer.Losses.ToArray()),
            ["accuracies"] = tensor(trainer.Accuracies.Select(a => a.Accuracy).ToArray(), dtype: ScalarType.Float64),
            ["accuracy_steps"] = tensor(trainer.Accuracies.Select(a => (long)a.Steps).ToArray()),
        }, path);
    }

    /// <summary>The network of a checkpoint, to be trained as the options say.</summary>
    public static Trainer Load(string path, Options options)
    {
        var contents = new Contents(path);
        var recipe = options.Recipe with { Model = contents.Model() };
        Agree(recipe, options, path, option => option == "--model");
        return Guard(path, () =>
        {
            var trainer = new Trainer(recipe);
            contents.LoadModel(trainer);
            return trainer;
        });
    }

    /// <summary>A run as it was.</summary>
    public static Trainer Resume(string path, Options options)
    {
        var contents = new Contents(path);
        var recipe = new Recipe(
            contents.Model(), contents.Choice("optimizer", Recipe.Optimizers), contents.Number("lr", 0, 1e6), contents.Number("momentum", 0, 1),
            (int)contents.Whole("batch_size", 1, 60_000), contents.Whole("seed", 0, long.MaxValue));
        Agree(recipe, options, path, _ => true);
        return Guard(path, () =>
        {
            var images = contents.Whole("images", 1, int.MaxValue);
            var trainer = new Trainer(recipe)
            {
                Epochs = options.Epochs ?? (int)contents.Whole("epochs", 0, 100_000),
                Epoch = (int)contents.Whole("epoch", 0, 100_000),
                Position = contents.Whole("position", 0, images - 1),
                TrainedOn = images,
            };
            contents.LoadModel(trainer);
            trainer.Optimizer.load_state_dict(contents.Of<IDictionary>("optimizer_state"));
            trainer.Losses.AddRange(contents.Of<Tensor>("losses").data<float>().ToArray());
            trainer.Accuracies.AddRange(contents.Of<Tensor>("accuracy_steps").data<long>().ToArray().Select(s => checked((int)s)).Zip(contents.Of<Tensor>("accuracies").data<double>().ToArray()));
            // A run may have stopped right after it drew an order, or between two epochs.
            trainer.EpochStart = contents.Has("epoch_rng_state") || trainer.Position > 0 ? contents.Of<Tensor>("epoch_rng_state") : null;
            // Last, because everything before may draw.
            set_rng_state(contents.Of<Tensor>("rng_state"));
            return trainer;
        });
    }

    /// <summary>Refuses an option that the checkpoint contradicts.</summary>
    private static void Agree(Recipe recipe, Options options, string path, Func<string, bool> which)
    {
        if (recipe.Contradicts(options.Recipe, options.Given.Where(which).ToHashSet()) is { } message) throw new InputException($"{path}: {message}");
    }

    /// <summary>What the library finds wrong with tensors from a file is the file's fault.</summary>
    private static Trainer Guard(string path, Func<Trainer> load)
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is TorchException or ArgumentException or InvalidCastException or OverflowException or IndexOutOfRangeException or KeyNotFoundException or FormatException or NotSupportedException)
        {
            throw new InputException($"{path}: not a usable checkpoint: {e.Message}");
        }
    }

    /// <summary>The dictionary in a file.</summary>
    private sealed class Contents
    {
        private readonly string _path;
        private readonly IDictionary _items;

        public Contents(string path)
        {
            _path = path;
            _items = load<object>(path) as IDictionary ?? throw Wrong("it holds no dictionary");
            if (_items["format"] is not Format) throw Wrong("it was not written by this program");
        }

        public bool Has(string key) => _items[key] is not null;

        public string Model() => Choice("model", Models.Names);

        public T Of<T>(string key) => _items[key] is T item ? item : throw Wrong($"'{key}' is missing, or of another kind");

        public string Choice(string key, IReadOnlyList<string> among) => Of<string>(key) is var value && among.Contains(value) ? value : throw Wrong($"'{key}' is unknown");

        public long Whole(string key, long least, long most) => Of<long>(key) is var value && value >= least && value <= most ? value : throw Wrong($"'{key}' is {value}");

        public double Number(string key, double least, double most) => Of<double>(key) is var value && value >= least && value <= most ? value : throw Wrong($"'{key}' is {value}");

        public void LoadModel(Trainer trainer)
        {
            var state = new Dictionary<string, Tensor>();
            foreach (DictionaryEntry entry in Of<IDictionary>("model_state"))
            {
                if (entry is not { Key: string name, Value: Tensor { dtype: ScalarType.Float32 } value }) throw Wrong($"'{entry.Key}' is no float32 tensor");
                state[name] = value;
            }
            trainer.Model.load_state_dict(state);
        }

        private InputException Wrong(string what) => new($"{_path}: not a checkpoint of this program: {what}");
    }
}
