// The time limit of cases: what takes too long is left to itself.

namespace Torch.Conformance;

/// <summary>A thread that does one thing after another, and is replaced when one takes too long.</summary>
internal sealed class Worker(TimeSpan limit) : IDisposable
{
    private const int StackSize = 16 << 20;

    private Line? _line;

    /// <summary>The result, or null where the limit was passed.</summary>
    internal Outcome? Do(Func<Outcome> work)
    {
        var line = _line ??= new Line();
        line.Work = work;
        line.Ready.Set();
        if (line.Done.WaitOne(limit)) return line.Result;
        // The thread ends when what it does does.
        line.Abandoned = true;
        line.Ready.Set();
        _line = null;
        return null;
    }

    public void Dispose()
    {
        if (_line is null) return;
        _line.Abandoned = true;
        _line.Ready.Set();
    }

    private sealed class Line
    {
        internal Line() => new Thread(Loop, StackSize) { IsBackground = true }.Start();

        internal AutoResetEvent Ready { get; } = new(false);
        internal AutoResetEvent Done { get; } = new(false);
        internal Func<Outcome>? Work { get; set; }
        internal Outcome? Result { get; private set; }
        internal volatile bool Abandoned;

        private void Loop()
        {
            while (true)
            {
                Ready.WaitOne();
                if (Abandoned) return;
                // A case may leave a mode behind; the next one starts as a thread does.
                using (torch.inference_mode(false))
                using (torch.enable_grad()) Result = Work!();
                Done.Set();
            }
        }
    }
}
