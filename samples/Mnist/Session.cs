// One run of the program: data, network, training, result.
using System.Runtime.InteropServices;
using static Torch.torch;

namespace Torch.Samples;

/// <summary>What Main does once it knows the options.</summary>
internal static class Session
{
    private const int Interrupted = 130;
    private const string DefaultCheckpoint = "mnist.pt";

    public static int Run(Options options)
    {
        if (options.Threads is { } threads) set_num_threads(threads);
        // What the user may have got wrong is looked at before anything takes time.
        var picture = options.Predict is null ? null : Picture.Read(options.Predict);
        RequireFolder(options.Save);
        RequireFolder(options.Curve);
        var trainer = Prepare(options);
        var report = new Report(options.Quiet);

        if (trainer.Epoch < trainer.Epochs || picture is null)
        {
            var (train, test) = Digits.Load(options);
            if (options.Resume is not null) RequireSameData(trainer, train);
            var complete = Train(options, trainer, train, test, report);
            if (options.Curve is not null) Curve.Write(options.Curve, trainer);
            if (!complete) return Interrupted;
            if (picture is not null) report.Prediction(picture, Picture.Classify(trainer.Model, picture));
            report.Result(trainer, Score.Of(trainer.Model, test));
        }
        else
        {
            report.Prediction(picture, Picture.Classify(trainer.Model, picture));
        }
        return 0;
    }

    private static Trainer Prepare(Options options)
    {
        if (options.Resume is not null) return Checkpoint.Resume(options.Resume, options);
        if (options.Load is not null)
        {
            // The network is the checkpoint's; how it is trained further is the command line's.
            var loaded = Checkpoint.Load(options.Load, options);
            loaded.Epochs = options.Epochs ?? 0;
            return loaded;
        }
        return new(options.Recipe) { Epochs = options.Epochs ?? Models.UsualEpochs(options.Recipe.Model) };
    }

    private static bool Train(Options options, Trainer trainer, Digits train, Digits test, Report report)
    {
        using var cancel = new CancellationTokenSource();
        // The first Ctrl-C asks for an end after the current step, a second one ends at once.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !cancel.IsCancellationRequested;
            cancel.Cancel();
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var target = options.Save ?? options.Resume;
        report.Begin(trainer, train, test);
        var complete = report.Watch(trainer, train, watcher => trainer.Run(train, test, watcher, () => Save(target), cancel.Token));
        if (complete)
        {
            if (trainer.Epochs == 0) Save(options.Save);
            return true;
        }
        Save(target ??= DefaultCheckpoint);
        report.Interrupted(target);
        return false;

        void Save(string? path)
        {
            if (path is not null) Checkpoint.Save(path, trainer, train.Count);
        }
    }

    private static void RequireSameData(Trainer trainer, Digits train)
    {
        if (trainer.TrainedOn != train.Count)
        {
            throw new InputException($"the checkpoint was written with {trainer.TrainedOn} training images, here are {train.Count}");
        }
    }

    /// <summary>A file that cannot be written in the end is worth a word at the beginning.</summary>
    private static void RequireFolder(string? path)
    {
        if (path is null) return;
        if (Directory.Exists(path)) throw new InputException($"{path} is a folder");
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder)) throw new InputException($"{path}: the folder does not exist");
    }
}
