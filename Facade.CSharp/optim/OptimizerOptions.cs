using static Torch.torch.optim;

namespace Torch.Modules;

/// <summary>The options of a parameter group. Those that are null take the optimizer's defaults.</summary>
public abstract class OptimizerOptions
{
    internal double? Rate, Initial;

    public double? LearningRate
    {
        get => Rate;
        set => Rate = value;
    }

    /// <summary>The rate that schedules start from; the group's own where none is set.</summary>
    public double InitialLearningRate
    {
        get => Initial ?? Rate ?? 0;
        set => Initial = value;
    }

    /// <summary>Visits the fields in PyTorch's order, without the learning rate.</summary>
    internal abstract void Visit(OptionVisitor v);

    internal void VisitAll(OptionVisitor v)
    {
        v.Number("lr", ref Rate);
        Visit(v);
    }

    /// <summary>PyTorch's dictionary.</summary>
    internal Dictionary<string, object?> ToDictionary()
    {
        var d = new Dictionary<string, object?>();
        VisitAll(new OptionWriter(d));
        return d;
    }

    public virtual void SaveStateDict(BinaryWriter writer)
    {
        var v = new OptionBytesOut(writer);
        v.Number("initial_lr", ref Initial);
        VisitAll(v);
    }

    public virtual void LoadStateDict(BinaryReader reader)
    {
        var v = new OptionBytesIn(reader);
        v.Number("initial_lr", ref Initial);
        VisitAll(v);
    }

    public virtual void LoadStateDict(OptimizerOptions source)
    {
        VisitAll(new OptionReader(source.ToDictionary()));
        Initial = source.Initial;
    }
}

/// <summary>What an optimizer keeps for one parameter.</summary>
public abstract class OptimizerState(Parameter parameter) : IDisposable
{
    internal Parameter Parameter { get; } = parameter;

    internal abstract void Visit(StateVisitor v);

    /// <summary>Whether the first step has been made: only then PyTorch has a state.</summary>
    internal bool Exists { get; set; }

    public virtual void SaveStateDict(BinaryWriter writer)
    {
        writer.Write(Exists);
        Visit(new StateBytesOut(writer));
    }

    public virtual void LoadStateDict(BinaryReader reader)
    {
        Exists = reader.ReadBoolean();
        Visit(new StateBytesIn(reader));
    }

    public virtual void LoadStateDict(OptimizerState source)
    {
        var d = new Dictionary<string, object?>();
        source.Visit(new StateWriter(d));
        Visit(new StateReader(d, Parameter));
        Exists = source.Exists;
    }

    public virtual void to(torch.Device device) => Visit(new StateTensors(t => t.to(device)));

    /// <summary>Whether numbers and tensors agree to about six digits.</summary>
    public virtual bool ApproximatelyEquals(OptimizerState other)
    {
        Dictionary<string, object?> a = [], b = [];
        Visit(new StateWriter(a));
        other.Visit(new StateWriter(b));
        return GetType() == other.GetType() && a.Count == b.Count
            && a.All(e => b.TryGetValue(e.Key, out var o) && e.Value is Tensor x && o is Tensor y && x.is_same_size(y)
                && new Tensor(Reductions.all(Compare.isclose(x.Expr, Build.cast(x.DType, y.Expr), 1e-6, 1e-8, false), null, false)).item<bool>());
    }

    public void Dispose()
    {
        Visit(new StateTensors(t =>
        {
            t.Dispose();
            return t;
        }));
        GC.SuppressFinalize(this);
    }
}

/// <summary>Parameters that share options.</summary>
public abstract class ParamGroup : ILearningRateController
{
    internal List<Parameter> Items { get; private set; } = [];

    /// <summary>The names, where the parameters were given with them.</summary>
    internal List<string>? Names { get; set; }

    public IEnumerable<Parameter> Parameters
    {
        get => Items;
        set => Items = [.. value];
    }

    public OptimizerOptions Options => BaseOptions;

    private protected abstract OptimizerOptions BaseOptions { get; }

    public double LearningRate
    {
        get => BaseOptions.LearningRate ?? 0;
        set => BaseOptions.LearningRate = value;
    }

    public double InitialLearningRate
    {
        get => BaseOptions.InitialLearningRate;
        set => BaseOptions.InitialLearningRate = value;
    }

    internal double? Initial
    {
        get => BaseOptions.Initial;
        set => BaseOptions.Initial = value;
    }

    internal Dictionary<Parameter, OptimizerState> States { get; } = new(ReferenceEqualityComparer.Instance);
}

/// <inheritdoc cref="ParamGroup"/>
public class ParamGroup<TOptions> : ParamGroup where TOptions : OptimizerOptions, new()
{
    public ParamGroup() { }

    public ParamGroup([PyTorchName("params")] IEnumerable<Parameter> parameters, TOptions? options = null)
    {
        Parameters = parameters;
        if (options is not null) Options = options;
    }

    public new TOptions Options { get; set; } = new();

    private protected override OptimizerOptions BaseOptions => Options;
}
