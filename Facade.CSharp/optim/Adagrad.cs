using static Torch.torch;
using static Torch.torch.optim;

namespace Torch.Modules;

/// <summary>Adagrad (Duchi, Hazan and Singer, 2011). See https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html.</summary>
public class Adagrad : OptimizerHelper
{
    private readonly Options _defaults = new();

    public Adagrad(IEnumerable<Parameter> parameters, double lr = 1e-2, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10, bool maximize = false)
    {
        Configure(lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize);
        EnterAll(parameters);
    }

    public Adagrad(IEnumerable<ParamGroup<Options>> parameters, double lr = 1e-2, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10, bool maximize = false)
    {
        Configure(lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize);
        EnterAll(parameters);
    }

    private void Configure(double lr, double lr_decay, double weight_decay, double initial_accumulator_value, double eps, bool maximize)
    {
        Check(lr >= 0, "learning rate", lr);
        Check(lr_decay >= 0, "lr_decay value", lr_decay);
        Check(weight_decay >= 0, "weight_decay value", weight_decay);
        Check(initial_accumulator_value >= 0, "initial_accumulator_value value", initial_accumulator_value);
        Check(eps >= 0, "epsilon value", eps);
        _defaults.LearningRate = lr;
        _defaults.lr_decay = lr_decay;
        _defaults.weight_decay = weight_decay;
        _defaults.initial_accumulator_value = initial_accumulator_value;
        _defaults.eps = eps;
        _defaults.maximize = maximize;
    }

    private protected override OptimizerOptions Defaults => _defaults;

    private protected override OptimizerState NewState(Parameter p) => new State(p) { sum = FullLike(p, _defaults.initial_accumulator_value ?? 0), Exists = true };

    private protected override Modules.ParamGroup NewGroup(IEnumerable<Parameter> parameters) => new ParamGroup<Options>(parameters, new Options());

    private protected override void Update(Modules.ParamGroup group)
    {
        var o = ((ParamGroup<Options>)group).Options;
        var (lr, eps, decay) = (group.LearningRate, o.eps ?? 1e-10, o.weight_decay ?? 0);
        foreach (var (p, g, s) in Pending(group, o.maximize ?? false))
        {
            var state = (State)s;
            var step = ++state.step;
            var grad = decay != 0 ? Add(g, p.Expr, decay) : g;
            var rate = lr / (1 + (step - 1) * (o.lr_decay ?? 0));
            var sum = Put(state.sum!, AddMul(state.sum!.Expr, grad, grad, 1));
            Put(p, AddDiv(p.Expr, grad, Add(Sqrt(sum), eps), -rate));
        }
    }

    public class Options : OptimizerOptions
    {
        public double? lr_decay;

        public double? weight_decay;

        public double? initial_accumulator_value;

        public double? eps;

        public bool? maximize;

        internal override void Visit(OptionVisitor v)
        {
            v.Number("lr_decay", ref lr_decay);
            v.Number("eps", ref eps);
            v.Number("weight_decay", ref weight_decay);
            v.Number("initial_accumulator_value", ref initial_accumulator_value);
            v.Constant("foreach", null);
            v.Flag("maximize", ref maximize);
            v.Constant("differentiable", false);
            v.Constant("fused", null);
        }
    }

    public class State(Parameter parameter) : OptimizerState(parameter)
    {
        public long step;

        public Tensor? sum;

        internal override void Visit(StateVisitor v)
        {
            v.Step("step", ref step);
            v.Tensor("sum", ref sum);
        }
    }

    public class ParamGroup : ParamGroup<Options>
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-2, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10, bool maximize = false) : base(parameters)
        {
            Options.LearningRate = lr;
            Options.lr_decay = lr_decay;
            Options.weight_decay = weight_decay;
            Options.initial_accumulator_value = initial_accumulator_value;
            Options.eps = eps;
            Options.maximize = maximize;
        }
    }
}
