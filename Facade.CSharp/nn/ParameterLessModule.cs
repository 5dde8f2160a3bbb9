namespace Torch.Modules;

/// <summary>A module without parameters, buffers and submodules.</summary>
public interface IParameterLessModule;

/// <inheritdoc cref="IParameterLessModule"/>
public abstract class ParameterLessModule<T1, TResult> : torch.nn.Module<T1, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string? name = null) : base(name) { }

    public override void register_buffer(string name, Tensor? tensor, bool persistent = true) => throw ParameterLess.Refuse("buffer", this);

    public override void register_parameter(string name, Parameter? param) => throw ParameterLess.Refuse("parameter", this);

    public override void register_module(string name, torch.nn.Module submodule) => throw ParameterLess.Refuse("module", this);
}

/// <inheritdoc cref="IParameterLessModule"/>
public abstract class ParameterLessModule<T1, T2, TResult> : torch.nn.Module<T1, T2, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string? name = null) : base(name) { }

    public override void register_buffer(string name, Tensor? tensor, bool persistent = true) => throw ParameterLess.Refuse("buffer", this);

    public override void register_parameter(string name, Parameter? param) => throw ParameterLess.Refuse("parameter", this);

    public override void register_module(string name, torch.nn.Module submodule) => throw ParameterLess.Refuse("module", this);
}

/// <inheritdoc cref="IParameterLessModule"/>
public abstract class ParameterLessModule<T1, T2, T3, TResult> : torch.nn.Module<T1, T2, T3, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string? name = null) : base(name) { }

    public override void register_buffer(string name, Tensor? tensor, bool persistent = true) => throw ParameterLess.Refuse("buffer", this);

    public override void register_parameter(string name, Parameter? param) => throw ParameterLess.Refuse("parameter", this);

    public override void register_module(string name, torch.nn.Module submodule) => throw ParameterLess.Refuse("module", this);
}

/// <inheritdoc cref="IParameterLessModule"/>
public abstract class ParameterLessModule<T1, T2, T3, T4, TResult> : torch.nn.Module<T1, T2, T3, T4, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string? name = null) : base(name) { }

    public override void register_buffer(string name, Tensor? tensor, bool persistent = true) => throw ParameterLess.Refuse("buffer", this);

    public override void register_parameter(string name, Parameter? param) => throw ParameterLess.Refuse("parameter", this);

    public override void register_module(string name, torch.nn.Module submodule) => throw ParameterLess.Refuse("module", this);
}

/// <inheritdoc cref="IParameterLessModule"/>
public abstract class ParameterLessModule<T1, T2, T3, T4, T5, TResult> : torch.nn.Module<T1, T2, T3, T4, T5, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string? name = null) : base(name) { }

    public override void register_buffer(string name, Tensor? tensor, bool persistent = true) => throw ParameterLess.Refuse("buffer", this);

    public override void register_parameter(string name, Parameter? param) => throw ParameterLess.Refuse("parameter", this);

    public override void register_module(string name, torch.nn.Module submodule) => throw ParameterLess.Refuse("module", this);
}

/// <inheritdoc cref="IParameterLessModule"/>
public abstract class ParameterLessModule<T1, T2, T3, T4, T5, T6, TResult> : torch.nn.Module<T1, T2, T3, T4, T5, T6, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string? name = null) : base(name) { }

    public override void register_buffer(string name, Tensor? tensor, bool persistent = true) => throw ParameterLess.Refuse("buffer", this);

    public override void register_parameter(string name, Parameter? param) => throw ParameterLess.Refuse("parameter", this);

    public override void register_module(string name, torch.nn.Module submodule) => throw ParameterLess.Refuse("module", this);
}

internal static class ParameterLess
{
    internal static InvalidOperationException Refuse(string kind, torch.nn.Module module) => new($"Cannot register a {kind} with the parameter-less module {module.GetName()}.");
}
