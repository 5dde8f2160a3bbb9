using Torch.Serialization;
using static Torch.torch;
using static Torch.torch.optim;
using Device = Torch.torch.Device;

namespace Torch.Modules;

/// <summary>What optimizers with groups of options and a state for each parameter have in common.</summary>
public abstract class OptimizerHelper : Optimizer
{
    /// <summary>The options of groups that leave them open.</summary>
    private protected abstract OptimizerOptions Defaults { get; }

    private protected abstract OptimizerState NewState(Parameter p);

    private protected abstract ParamGroup NewGroup(IEnumerable<Parameter> parameters);

    /// <summary>Called by constructors when the defaults are known.</summary>
    private protected void EnterAll(IEnumerable<ParamGroup> groups)
    {
        var list = groups.ToList();
        if (list.Count == 0) throw new ArgumentException("optimizer got an empty parameter list");
        foreach (var g in list) add_param_group(g);
    }

    private protected void EnterAll(IEnumerable<Parameter> parameters)
    {
        var list = parameters.ToList();
        if (list.Count == 0) throw new ArgumentException("optimizer got an empty parameter list");
        add_param_group(NewGroup(list));
    }

    internal OptimizerHelper Named(IEnumerable<string> names)
    {
        Groups[0].Names = [.. names];
        return this;
    }

    public override void add_param_group(ParamGroup param_group)
    {
        param_group.Options.VisitAll(new OptionDefaults(Defaults.ToDictionary()));
        Enter(param_group);
        using var unscoped = DisposeScope.Suspend();
        foreach (var p in param_group.Items) param_group.States.TryAdd(p, NewState(p));
    }

    private protected override IEnumerable<Tensor> StateTensors()
    {
        var list = new List<Tensor>();
        var v = new StateTensors(t =>
        {
            list.Add(t);
            return t;
        });
        foreach (var group in Groups)
            foreach (var s in group.States.Values) s.Visit(v);
        return list;
    }

    /// <summary>Moves the state to a device.</summary>
    public void to(Device device)
    {
        foreach (var s in Groups.SelectMany(g => g.States.Values)) s.to(device);
    }

    /// <summary>Writes the state dict as torch.save does.</summary>
    public void save_state_dict(string location) => save(state_dict(), location);

    public void load_state_dict(string location) => load_state_dict(load<System.Collections.IDictionary>(location));

    public void save_state_dict(BinaryWriter writer)
    {
        writer.Write(Groups.Count);
        foreach (var group in Groups)
        {
            group.Options.SaveStateDict(writer);
            writer.Write(group.Items.Count);
            foreach (var p in group.Items) group.States[p].SaveStateDict(writer);
        }
    }

    public void load_state_dict(BinaryReader reader)
    {
        if (reader.ReadInt32() != Groups.Count) throw new ArgumentException("loaded state dict has a different number of parameter groups");
        foreach (var group in Groups)
        {
            group.Options.LoadStateDict(reader);
            if (reader.ReadInt32() != group.Items.Count) throw new ArgumentException("loaded state dict contains a parameter group that doesn't match the size of optimizer's group");
            foreach (var p in group.Items) group.States[p].LoadStateDict(reader);
        }
    }

    // ---- Arithmetic of the updates. Each function is one operation of PyTorch's, rounded where PyTorch rounds.

    /// <summary>The gradients of a group's parameters, with their states; those without are left out.</summary>
    private protected static IEnumerable<(Parameter P, Expr Grad, OptimizerState State)> Pending(ParamGroup group, bool maximize)
    {
        foreach (var p in group.Items)
        {
            if (p.grad is not { } grad) continue;
            yield return (p, maximize ? Arithmetic.neg(grad.Expr) : grad.Expr, group.States[p]);
        }
    }

    private protected static Expr Add(Expr a, Expr b) => Arithmetic.add(a, b);

    /// <summary>a + alpha b.</summary>
    private protected static Expr Add(Expr a, Expr b, double alpha) => Numeric.add_scaled(a, b, Build.real(alpha));

    private protected static Expr Add(Expr a, double b) => Arithmetic.add(a, Build.real(b));

    private protected static Expr Mul(Expr a, double b) => Arithmetic.mul(a, Build.real(b));

    private protected static Expr Mul(Expr a, Expr b) => Arithmetic.mul(a, b);

    private protected static Expr Div(Expr a, Expr b) => Arithmetic.div(a, b);

    private protected static Expr Div(Expr a, double b) => Arithmetic.div(a, Build.real(b));

    private protected static Expr Sub(Expr a, Expr b) => Arithmetic.sub(a, b);

    private protected static Expr Sqrt(Expr a) => Numeric.sqrt(a);

    private protected static Expr Abs(Expr a) => Numeric.abs(a);

    private protected static Expr Lerp(Expr a, Expr b, double weight) => Numeric.lerp(a, b, Build.real(weight));

    /// <summary>x + value a b.</summary>
    private protected static Expr AddMul(Expr x, Expr a, Expr b, double value) => Numeric.addcmul(x, a, b, Build.real(value));

    /// <summary>x + value a / b.</summary>
    private protected static Expr AddDiv(Expr x, Expr a, Expr b, double value) => Numeric.addcdiv(x, a, b, Build.real(value));

    /// <summary>A state tensor like a parameter, of zeros.</summary>
    private protected static Tensor ZerosLike(Parameter p)
    {
        var strides = Shape.preserved(p.Sizes, p.Strides);
        return new Tensor(p.is_meta ? Build.meta(p.Sizes, strides, p.DType) : Build.withStrides(strides, Build.fill(p.Sizes, p.DType, Literal.NewInt(0))));
    }

    private protected static Tensor FullLike(Parameter p, double value) =>
        new(p.is_meta ? Build.meta(p.Sizes, p.Strides, p.DType) : Build.withStrides(Shape.preserved(p.Sizes, p.Strides), Build.fill(p.Sizes, p.DType, Literal.NewReal(value))));

    /// <summary>Writes a value and gives it back as later operations see it.</summary>
    private protected static Expr Put(Tensor target, Expr value)
    {
        target.Store(ReferenceEquals(value, target.Expr) ? Core.Identity.alias(value) : Build.cast(target.DType, value));
        return target.Expr;
    }

    /// <summary>A choice whose condition does not hold for negative numbers.</summary>
    private protected static void Check(bool ok, string name, double value)
    {
        if (!ok) throw new ArgumentException($"Invalid {name}: {PyText.Repr(value)}");
    }
}
