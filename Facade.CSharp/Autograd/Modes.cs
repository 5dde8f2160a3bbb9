namespace Torch;

/// <summary>
/// Grad mode and inference mode of the calling thread, as in PyTorch: a thread starts with gradients on, and a scope does not follow a continuation
/// that an await resumes on another thread. A scope that is disposed on its own thread restores what it found; one that a continuation disposes on
/// another thread ends on its own thread all the same, and changes nothing on that other one.
/// </summary>
internal static class Modes
{
    /// <summary>Scopes that nobody disposes (set_grad_enabled as a statement) are not remembered without bound.</summary>
    private const int DeepestNesting = 256;

    // The innermost scope, where there is one.
    [ThreadStatic] private static Scope? t_scope;

    /// <summary>The innermost scope that has not ended.</summary>
    private static Scope? Current
    {
        get
        {
            var scope = t_scope;
            if (scope is { HasEnded: true }) t_scope = scope = scope.Live();
            return scope;
        }
    }

    /// <summary>torch.is_grad_enabled().</summary>
    internal static bool GradEnabled => Current is not { NoGrad: true };

    internal static bool Inference => Current is { Inference: true };

    /// <summary>Whether operations record.</summary>
    internal static bool Grad => Current is not ({ NoGrad: true } or { Inference: true });

    internal static IDisposable SetGrad(bool on) => t_scope = new Scope(Current, !on, Inference);

    internal static IDisposable SetInference(bool on) => t_scope = new Scope(Current, on, on);

    private sealed class Scope : IDisposable
    {
        private readonly Scope? _outer;
        private readonly int _depth;
        private volatile bool _ended;

        internal Scope(Scope? outer, bool noGrad, bool inference)
        {
            (NoGrad, Inference) = (noGrad, inference);
            // Too deep: what is there now counts as the beginning.
            if (outer is { _depth: >= DeepestNesting }) outer = new Scope(null, outer.NoGrad, outer.Inference);
            _outer = outer;
            _depth = outer is null ? 0 : outer._depth + 1;
        }

        internal bool NoGrad { get; }

        internal bool Inference { get; }

        internal bool HasEnded => _ended;

        /// <summary>The innermost scope from here outwards that has not ended.</summary>
        internal Scope? Live()
        {
            var scope = this;
            while (scope is { _ended: true }) scope = scope._outer;
            return scope;
        }

        public void Dispose()
        {
            if (_ended) return;
            _ended = true;
            // Whatever was set inside this scope and not undone ends with it.
            for (var scope = t_scope; scope is not null; scope = scope._outer)
                if (scope == this)
                {
                    t_scope = _outer;
                    return;
                }
        }
    }
}
