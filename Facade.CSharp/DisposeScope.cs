// TorchSharp's dispose scopes: the tensors that a thread makes while a scope is open belong to it and are let go when it closes, unless they are moved or detached. Nobody needs
// them here, since memory comes back by itself; with them it comes back at once. What the library keeps for itself (gradients of leaves, parameters and buffers,
// the state of optimizers) never belongs to a scope.

namespace Torch;

/// <summary>Owns what a thread makes until it is disposed of. Scopes nest.</summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] private static DisposeScope? t_current;

    private readonly HashSet<IDisposable> _owned = new(ReferenceEqualityComparer.Instance);

    private DisposeScope(DisposeScope? outer) => Outer = outer;

    /// <summary>The innermost scope of this thread.</summary>
    internal static DisposeScope? Current => t_current;

    /// <summary>The scope around this one.</summary>
    internal DisposeScope? Outer { get; private set; }

    internal static DisposeScope Open() => t_current = new DisposeScope(t_current);

    /// <summary>A tensor was made: the current scope owns it.</summary>
    internal static void Made(Tensor tensor) => t_current?.Attach(tensor);

    /// <summary>Until the result is disposed of, what is made belongs to no scope.</summary>
    internal static Suspension Suspend()
    {
        var suspended = new Suspension(t_current);
        t_current = null;
        return suspended;
    }

    internal readonly ref struct Suspension(DisposeScope? scope)
    {
        public void Dispose() => t_current = scope;
    }

    public int DisposablesCount => _owned.Count;

    public IReadOnlyList<IDisposable> DisposablesView => [.. _owned];

    public bool Contains(IDisposable disposable) => _owned.Contains(disposable);

    // ---- Taking in

    /// <summary>Owns this from now on; another scope gives it up.</summary>
    public void Attach(IDisposable disposable)
    {
        if (disposable is Tensor tensor)
        {
            if (tensor.IsInvalid) return;
            tensor.Scope?._owned.Remove(tensor);
            tensor.Scope = this;
        }
        _owned.Add(disposable);
    }

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var list = disposables.ToList();
        foreach (var d in list) Attach(d);
        return list;
    }

    // ---- Giving away

    /// <summary>No scope owns this from now on.</summary>
    public T Detach<T>(T disposable) where T : IDisposable => MoveToOther(null, disposable);

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => (Detach(first), Detach(second));

    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (Detach(first), Detach(second), Detach(third));

    public void Detach(params IDisposable[] disposables) => MoveToOther(null, disposables);

    public void Detach(IEnumerable<IDisposable> disposables) => MoveToOther(null, disposables);

    /// <summary>The scope around this one owns this from now on; none does where there is none.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(Outer, disposable);

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => MoveToOther(Outer, first, second);

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        MoveToOther(Outer, first, second, third);

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(Outer, disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(Outer, disposables);

    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        if (!_owned.Remove(disposable)) return disposable;
        if (disposable is Tensor tensor) tensor.Scope = null;
        scope?.Attach(disposable);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope? scope, T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (MoveToOther(scope, first), MoveToOther(scope, second));

    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope? scope, T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable => (MoveToOther(scope, first), MoveToOther(scope, second), MoveToOther(scope, third));

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) => MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        foreach (var d in disposables.ToList()) MoveToOther(scope, d);
    }

    /// <summary>Forgets what somebody else has disposed of.</summary>
    public void MarkAsDisposed(IDisposable disposable) => _owned.Remove(disposable);

    // ---- The end

    /// <summary>Lets go of everything that the scope owns; the scope stays open.</summary>
    public void DisposeEverything() => DisposeEverythingBut(Array.Empty<IDisposable>());

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var keep = inKeep.ToHashSet<IDisposable>(ReferenceEqualityComparer.Instance);
        foreach (var d in _owned.Where(d => !keep.Contains(d)).ToList())
        {
            _owned.Remove(d);
            if (d is Tensor tensor) tensor.Scope = null;
            d.Dispose();
        }
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[keep]);
        return keep;
    }

    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second]);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second, third]);
        return (first, second, third);
    }

    /// <summary>Closes the scope and lets go of what it owns.</summary>
    public void Dispose()
    {
        // Mostly it is the innermost one. Scopes that are closed out of order are taken out of the chain.
        if (ReferenceEquals(t_current, this)) t_current = Outer;
        else
        {
            for (var at = t_current; at is not null; at = at.Outer)
            {
                if (!ReferenceEquals(at.Outer, this)) continue;
                at.Outer = Outer;
                break;
            }
        }
        DisposeEverything();
    }
}

public static partial class torch
{
    /// <summary>Opens a scope: `using var scope = torch.NewDisposeScope();`.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScope.Open();

    /// <summary>The innermost open scope of this thread.</summary>
    public static DisposeScope? CurrentDisposeScope => DisposeScope.Current;

    /// <summary>What the function makes besides its result is let go.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    public partial class Tensor
    {
        /// <summary>The scope that disposes of this tensor.</summary>
        internal DisposeScope? Scope { get; set; }

        /// <summary>No scope disposes of this tensor from now on.</summary>
        public Tensor DetachFromDisposeScope() => Scope is { } scope ? scope.Detach(this) : this;

        /// <summary>The scope around this tensor's owns it from now on.</summary>
        public Tensor MoveToOuterDisposeScope() => Scope is { } scope ? scope.MoveToOuter(this) : this;

        /// <summary>Another scope owns this tensor from now on; none if it is null.</summary>
        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (Scope is { } scope) return scope.MoveToOther(other, this);
            other?.Attach(this);
            return this;
        }

        /// <summary>Another tensor's scope owns this one from now on.</summary>
        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.Scope);
    }
}
