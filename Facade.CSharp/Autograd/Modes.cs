namespace Torch;

/// <summary>
/// Grad mode and inference mode of the calling thread, as in PyTorch: a thread starts with gradients on, and a scope does not follow a continuation
/// that an await resumes on another thread. Scopes restore what they found when they are disposed.
/// </summary>
internal static class Modes
{
    // Inverted, because a thread's statics start as false.
    [ThreadStatic] private static bool t_noGrad;
    [ThreadStatic] private static bool t_inference;

    /// <summary>torch.is_grad_enabled().</summary>
    internal static bool GradEnabled => !t_noGrad;

    internal static bool Inference => t_inference;

    /// <summary>Whether operations record.</summary>
    internal static bool Grad => !t_noGrad && !t_inference;

    internal static IDisposable SetGrad(bool on)
    {
        var scope = new Scope(t_noGrad, t_inference);
        t_noGrad = !on;
        return scope;
    }

    internal static IDisposable SetInference(bool on)
    {
        var scope = new Scope(t_noGrad, t_inference);
        t_inference = on;
        t_noGrad = on;
        return scope;
    }

    private sealed class Scope(bool noGrad, bool inference) : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            if (_done) return;
            _done = true;
            t_noGrad = noGrad;
            t_inference = inference;
        }
    }
}
