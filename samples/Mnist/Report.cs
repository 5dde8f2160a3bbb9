// What the user sees: a progress bar on a terminal, plain lines elsewhere, and tables at the end.
using System.Text;
using Spectre.Console;

namespace Torch.Samples;

/// <summary>Writes to the console; the result always, the rest unless it shall be quiet.</summary>
internal sealed class Report(bool quiet)
{
    /// <summary>How often a bar changes, in milliseconds.</summary>
    private const long Refresh = 100;

    /// <summary>Where tables go: with colours on a terminal, as plain text into a file or pipe.</summary>
    private static readonly IAnsiConsole Terminal = Console.IsOutputRedirected
        ? AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No })
        : AnsiConsole.Console;

    /// <summary>Reports a fault in one line, and says with which code to exit.</summary>
    public static int Error(string message)
    {
        Console.Error.WriteLine("mnist: " + string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        return 2;
    }

    public void Begin(Trainer trainer, Digits train, Digits test)
    {
        if (quiet) return;
        var recipe = trainer.Recipe;
        Console.WriteLine($"{recipe.Model}, {trainer.Model.parameters().Sum(p => p.numel()):N0} parameters; {train.Count:N0} training and {test.Count:N0} test images");
        if (trainer.Epoch == trainer.Epochs) return;
        var momentum = recipe.Optimizer == "sgd" ? $", momentum {recipe.Momentum}" : "";
        Console.WriteLine($"{recipe.Optimizer}, learning rate {recipe.LearningRate}{momentum}, batches of {recipe.BatchSize}, seed {recipe.Seed}");
        if (trainer.Epoch > 0 || trainer.Position > 0) Console.WriteLine($"goes on in epoch {trainer.Epoch + 1} after {trainer.Position:N0} images");
    }

    /// <summary>Shows a run while it runs.</summary>
    public bool Watch(Trainer trainer, Digits train, Func<IWatcher, bool> run)
    {
        if (quiet) return run(new Silence());
        if (Console.IsOutputRedirected) return run(new Lines());
        return Terminal.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => run(new Bar(context, trainer, train.Count)));
    }

    public void Interrupted(string checkpoint)
    {
        if (!quiet) Console.WriteLine($"interrupted; go on with --resume {checkpoint}");
    }

    public void Prediction(byte[] picture, float[] probabilities)
    {
        var best = Array.IndexOf(probabilities, probabilities.Max());
        if (!quiet)
        {
            foreach (var line in Picture.Draw(picture)) Console.WriteLine(line);
            for (var digit = 0; digit < probabilities.Length; digit++)
            {
                Console.WriteLine($"{digit}  {100 * probabilities[digit],6:F2} %  {new string('#', (int)MathF.Round(40 * probabilities[digit]))}");
            }
        }
        Console.WriteLine($"predicted {best}");
    }

    public void Result(Trainer trainer, Score score)
    {
        if (!quiet)
        {
            Confusion(score);
            if (trainer.Losses.Count > 0 && trainer.ImagesPerSecond > 0) Console.WriteLine($"trained at {trainer.ImagesPerSecond:N0} images/s");
        }
        Console.WriteLine($"test accuracy {score.Accuracy:F2} %");
    }

    private static void Confusion(Score score)
    {
        var table = new Table().Title("rows: digits, columns: taken for").Border(TableBorder.Simple).AddColumn("");
        for (var digit = 0; digit < Digits.Classes; digit++) table.AddColumn(new TableColumn($"{digit}").RightAligned());
        table.AddColumn(new TableColumn("right").RightAligned());
        for (var row = 0; row < Digits.Classes; row++)
        {
            var counts = Enumerable.Range(0, Digits.Classes).Select(column => score.Confusion[row, column]).ToArray();
            var cells = counts.Select((count, column) => column == row ? $"[green]{count}[/]" : count == 0 ? "[grey].[/]" : $"[red]{count}[/]");
            var share = counts.Sum() == 0 ? "" : $"{100.0 * counts[row] / counts.Sum():F1} %";
            table.AddRow([$"[bold]{row}[/]", .. cells, share]);
        }
        Terminal.Write(table);
    }

    /// <summary>What a watcher says of an epoch.</summary>
    private static string Sentence(Trainer trainer, float loss, double accuracy) =>
        $"epoch {trainer.Epoch}/{trainer.Epochs}  loss {loss:F4}  test accuracy {accuracy:F2} %  {trainer.ImagesPerSecond:N0} images/s";

    private sealed class Silence : IWatcher
    {
        public void Step(Trainer trainer, long done, float loss) { }

        public void Epoch(Trainer trainer, float meanLoss, double accuracy) { }
    }

    private sealed class Lines : IWatcher
    {
        public void Step(Trainer trainer, long done, float loss) { }

        public void Epoch(Trainer trainer, float meanLoss, double accuracy) => Console.WriteLine(Sentence(trainer, meanLoss, accuracy));
    }

    private sealed class Bar(ProgressContext context, Trainer trainer, long images) : IWatcher
    {
        private readonly ProgressTask _task = context.AddTask("training", maxValue: trainer.Epochs * images);
        private long _shown;
        private float _loss = float.NaN;

        public void Step(Trainer trainer, long done, float loss)
        {
            // A moving average, so that the number can be read.
            _loss = float.IsNaN(_loss) ? loss : 0.95f * _loss + 0.05f * loss;
            if (Environment.TickCount64 - _shown < Refresh) return;
            _shown = Environment.TickCount64;
            _task.Description = $"epoch {trainer.Epoch + 1}/{trainer.Epochs}  loss {_loss:F4}  {trainer.ImagesPerSecond:N0} images/s";
            _task.Value = trainer.Epoch * images + done;
        }

        public void Epoch(Trainer trainer, float meanLoss, double accuracy)
        {
            _task.Value = trainer.Epoch * images;
            _task.Description = $"epoch {trainer.Epoch}/{trainer.Epochs}  loss {meanLoss:F4}  {trainer.ImagesPerSecond:N0} images/s";
            Terminal.WriteLine(Sentence(trainer, meanLoss, accuracy));
        }
    }
}

/// <summary>The losses as a picture: each step faintly, their moving average, and the test accuracies as points on a scale of their own.</summary>
internal static class Curve
{
    private const int Width = 720, Height = 420, Left = 60, Right = 60, Top = 40, Bottom = 50;

    public static void Write(string path, Trainer trainer) => File.WriteAllText(path, Draw(trainer));

    internal static string Draw(Trainer trainer)
    {
        var losses = trainer.Losses.Select(l => float.IsFinite(l) ? (double)l : 0).ToArray();
        var smooth = Smooth(losses);
        var top = smooth.Length == 0 ? 1 : Math.Max(smooth.Max() * 1.05, 1e-6);
        var steps = Math.Max(losses.Length - 1, 1);
        double X(double step) => Left + step / steps * (Width - Left - Right);
        double Y(double share) => Top + (1 - Math.Clamp(share, 0, 1)) * (Height - Top - Bottom);

        var svg = new StringBuilder();
        svg.Append($"""<svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{Height}" font-family="sans-serif" font-size="12">""").Append('\n');
        svg.Append("""<rect width="100%" height="100%" fill="white"/>""").Append('\n');
        Text(Width / 2.0, 22, "middle", $"{trainer.Recipe.Model}, {trainer.Recipe.Optimizer}, learning rate {trainer.Recipe.LearningRate}");
        for (var i = 0; i <= 4; i++)
        {
            var y = Y(i / 4.0);
            svg.Append($"""<line x1="{Left}" y1="{y:F1}" x2="{Width - Right}" y2="{y:F1}" stroke="#ddd"/>""").Append('\n');
            Text(Left - 6, y + 4, "end", $"{top * i / 4:G3}");
            Text(Width - Right + 6, y + 4, "start", $"{25 * i} %");
        }
        Text(Left, Height - 12, "start", "loss (line) and test accuracy (points) by step");
        Text(Width - Right, Height - 30, "middle", $"{losses.Length}");
        Line(losses, "#c6d8ee", 1);
        Line(smooth, "#1f5fa8", 2);
        foreach (var (at, accuracy) in trainer.Accuracies)
        {
            svg.Append($"""<circle cx="{X(Math.Max(at - 1, 0)):F1}" cy="{Y(accuracy / 100):F1}" r="4" fill="#c0392b"><title>{accuracy:F2} %</title></circle>""").Append('\n');
        }
        return svg.Append("</svg>\n").ToString();

        void Text(double x, double y, string anchor, string text) => svg.Append($"""<text x="{x:F1}" y="{y:F1}" text-anchor="{anchor}">{text}</text>""").Append('\n');

        void Line(double[] values, string colour, int width)
        {
            if (values.Length == 0) return;
            // More points than pixels would only make the file larger.
            var stride = Math.Max(1, values.Length / (2 * Width));
            var points = Enumerable.Range(0, values.Length).Where(i => i % stride == 0).Select(i => $"{X(i):F1},{Y(values[i] / top):F1}");
            svg.Append($"""<polyline fill="none" stroke="{colour}" stroke-width="{width}" points="{string.Join(' ', points)}"/>""").Append('\n');
        }
    }

    private static double[] Smooth(double[] values)
    {
        var window = Math.Max(1, values.Length / 50);
        var sum = 0.0;
        return values.Select((value, i) =>
        {
            sum += value - (i >= window ? values[i - window] : 0);
            return sum / Math.Min(i + 1, window);
        }).ToArray();
    }
}
