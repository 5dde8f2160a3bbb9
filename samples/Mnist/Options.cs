// The command line. Values that stand for themselves (a rate, a number of epochs) are checked here; files are checked where they are read.
using System.CommandLine;
using System.Globalization;

namespace Torch.Samples;

/// <summary>What a run shall do.</summary>
internal sealed record Options
{
    public string? Data { get; init; }
    public bool Download { get; init; }
    public Recipe Recipe { get; init; } = Recipe.For("mlp", "sgd");
    /// <summary>Null: as many as suit the model; none where a model is loaded and not resumed.</summary>
    public int? Epochs { get; init; }
    public int? Threads { get; init; }
    public string? Save { get; init; }
    public string? Load { get; init; }
    public string? Resume { get; init; }
    public string? Predict { get; init; }
    public string? Curve { get; init; }
    public bool Quiet { get; init; }

    /// <summary>The options of <see cref="Recipe"/> that stood on the command line: a resumed run must not contradict them.</summary>
    public IReadOnlySet<string> Given { get; init; } = new HashSet<string>();

    /// <summary>Reads the command line; null where there is nothing to do but to exit with the code (help, a fault that has been reported).</summary>
    public static Options? Parse(string[] args, out int exitCode)
    {
        var data = Text("--data", "DIR", "The folder of the four IDX files (gzipped or not), or torchvision's root. Default: 10,000 images that are built in");
        var download = new Option<bool>("--download") { Description = "Fetch the four files into --data (default: ./data) as torchvision does" };
        var model = Choice("--model", Models.Names, "The network");
        var epochs = Number<int>("--epochs", n => n is >= 0 and <= 100_000, "from 0 to 100000", "Passes over the training images. Default: mlp 10, lenet 5, cnn 2; 0 with --load");
        var batch = Number<int>("--batch-size", n => n is >= 1 and <= 60_000, "from 1 to 60000", "Images per step. Default: 64");
        var optimizer = Choice("--optimizer", Recipe.Optimizers, "How parameters are updated");
        var rate = Number<double>("--lr", x => x is > 0 and <= 1e6, "greater than 0 and at most 1e6", "Learning rate. Default: sgd 0.01, adam and adamw 0.001");
        var momentum = Number<double>("--momentum", x => x is >= 0 and < 1, "at least 0 and less than 1", "Momentum of sgd. Default: 0.9");
        var seed = Number<long>("--seed", n => n >= 0, "from 0", "Seed of all random numbers. Default: 0");
        var threads = Number<int>("--threads", n => n is >= 1 and <= 1024, "from 1 to 1024", "Threads to compute with. Default: one per processor");
        var save = Text("--save", "FILE", "Write a checkpoint here after every epoch, and on Ctrl-C (default then: mnist.pt)");
        var load = Text("--load", "FILE", "Begin with the network of a checkpoint");
        var resume = Text("--resume", "FILE", "Go on exactly where a checkpoint was written");
        var predict = Text("--predict", "FILE.pgm|FILE#N|#N", "Name the digit in a picture, in image N of an IDX file, or in built-in image N");
        var curve = Text("--curve", "FILE.svg", "Draw the losses");
        var quiet = new Option<bool>("--quiet") { Description = "Print the result only" };
        var root = new RootCommand("Trains a network on MNIST's handwritten digits.")
        {
            data, download, model, epochs, batch, optimizer, rate, momentum, seed, threads, save, load, resume, predict, curve, quiet,
        };
        root.SetAction(_ => 0);

        var result = root.Parse(args);
        exitCode = 2;
        if (result.Errors.Count > 0)
        {
            Report.Error(string.Join("; ", result.Errors.Select(e => e.Message).Distinct()));
            return null;
        }
        if (result.Action != root.Action)
        {
            exitCode = result.Invoke();
            return null;
        }
        if (Contradiction() is { } message)
        {
            Report.Error(message);
            return null;
        }
        exitCode = 0;
        var chosen = result.GetValue(optimizer)!;
        var usual = Recipe.For(result.GetValue(model)!, chosen);
        return new()
        {
            Data = result.GetValue(data), Download = result.GetValue(download), Epochs = result.GetValue(epochs), Threads = result.GetValue(threads),
            Save = result.GetValue(save), Load = result.GetValue(load), Resume = result.GetValue(resume), Predict = result.GetValue(predict),
            Curve = result.GetValue(curve), Quiet = result.GetValue(quiet),
            Recipe = usual with
            {
                LearningRate = result.GetValue(rate) ?? usual.LearningRate, Momentum = result.GetValue(momentum) ?? usual.Momentum,
                BatchSize = result.GetValue(batch) ?? usual.BatchSize, Seed = result.GetValue(seed) ?? usual.Seed,
            },
            Given = new Option[] { model, batch, optimizer, rate, momentum, seed }.Where(Stands).Select(o => o.Name).ToHashSet(),
        };

        bool Stands(Option option) => result.GetResult(option) is { Implicit: false };

        string? Contradiction() =>
            Stands(load) && Stands(resume) ? "--load and --resume exclude each other"
            : Stands(momentum) && result.GetValue(optimizer) != "sgd" && !Stands(resume) ? "--momentum goes with --optimizer sgd only"
            : Stands(curve) && !result.GetValue(curve)!.EndsWith(".svg", StringComparison.OrdinalIgnoreCase) ? "--curve writes SVG: give it a name that ends in .svg"
            : null;
    }

    private static Option<string?> Text(string name, string value, string description)
    {
        var option = new Option<string?>(name) { HelpName = value, Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }]) result.AddError($"{name} must not be empty");
        });
        return option;
    }

    private static Option<string> Choice(string name, IReadOnlyList<string> among, string description) =>
        new(name)
        {
            HelpName = string.Join('|', among),
            Description = description,
            DefaultValueFactory = _ => among[0],
            CustomParser = result =>
            {
                if (!among.Contains(result.Tokens[0].Value)) result.AddError($"{name} {result.Tokens[0].Value}: must be one of {string.Join(", ", among)}");
                return result.Tokens[0].Value;
            },
        };

    private static Option<T?> Number<T>(string name, Func<T, bool> holds, string range, string description) where T : struct, IParsable<T> =>
        new(name)
        {
            HelpName = "N",
            Description = description,
            CustomParser = result =>
            {
                if (T.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var value) && holds(value)) return value;
                result.AddError($"{name} {result.Tokens[0].Value}: must be a number {range}");
                return null;
            },
        };
}

/// <summary>What the numbers of a run depend on, beside the data: a checkpoint remembers it.</summary>
internal sealed record Recipe(string Model, string Optimizer, double LearningRate, double Momentum, int BatchSize, long Seed)
{
    public static readonly string[] Optimizers = ["sgd", "adam", "adamw"];

    /// <summary>The usual choice.</summary>
    public static Recipe For(string model, string optimizer) =>
        new(model, optimizer, optimizer == "sgd" ? 0.01 : 0.001, optimizer == "sgd" ? 0.9 : 0, BatchSize: 64, Seed: 0);

    /// <summary>The first option of the command line that says something else, with both values; null if none does.</summary>
    public string? Contradicts(Recipe given, IReadOnlySet<string> options) =>
        new (string Option, object Mine, object Given)[]
        {
            ("--model", Model, given.Model), ("--optimizer", Optimizer, given.Optimizer), ("--lr", LearningRate, given.LearningRate),
            ("--momentum", Momentum, given.Momentum), ("--batch-size", BatchSize, given.BatchSize), ("--seed", Seed, given.Seed),
        }.Where(o => options.Contains(o.Option) && !o.Mine.Equals(o.Given)).Select(o => $"{o.Option} {o.Given}, but the checkpoint has {o.Mine}").FirstOrDefault();
}
