// Does a recorded call: as a form of Python's language where it is one, else by the name.

namespace Torch.Conformance;

internal sealed class Caller
{
    private readonly Binder _binder;
    private readonly Forms _forms;

    internal Caller()
    {
        _binder = new Binder(new Converter(this));
        _forms = new Forms(this);
    }

    /// <summary>Calls by PyTorch's name. Throws <see cref="MissingException"/> where there is no such name, <see cref="RefusedException"/> where its overloads do not take such
    /// arguments, and whatever the call throws.</summary>
    internal object? Call(string name, object?[] args, IReadOnlyList<KeyValuePair<string, object?>> kwargs)
    {
        if (_forms.TryCall(name, args, kwargs, out var result)) return result;
        var target = Resolver.Resolve(name);
        return target.IsEmpty ? throw new MissingException(name) : CallTarget(target, args, kwargs);
    }

    internal bool Has(string name) => !Resolver.Resolve(name).IsEmpty;

    internal object? CallTarget(Target target, object?[] args, IReadOnlyList<KeyValuePair<string, object?>> kwargs) => _binder.Call(target, args, kwargs);
}
