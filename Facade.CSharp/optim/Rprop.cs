using static Torch.torch;
using static Torch.torch.optim;

namespace Torch.Modules;

/// <summary>Resilient backpropagation (Riedmiller and Braun, 1993). See https://pytorch.org/docs/stable/generated/torch.optim.Rprop.html.</summary>
public class Rprop : OptimizerHelper
{
    private readonly Options _defaults = new();

    public Rprop(IEnumerable<Parameter> parameters, double lr = 1e-2, double etaminus = 0.5, double etaplus = 1.2, double min_step = 1e-6, double max_step = 50, bool maximize = false)
    {
        Configure(lr, etaminus, etaplus, min_step, max_step, maximize);
        EnterAll(parameters);
    }

    public Rprop(IEnumerable<ParamGroup<Options>> parameters, double lr = 1e-2, double etaminus = 0.5, double etaplus = 1.2, double min_step = 1e-6, double max_step = 50, bool maximize = false)
    {
        Configure(lr, etaminus, etaplus, min_step, max_step, maximize);
        EnterAll(parameters);
    }

    private void Configure(double lr, double etaminus, double etaplus, double min_step, double max_step, bool maximize)
    {
        Check(lr >= 0, "learning rate", lr);
        if (!(0.0 < etaminus && etaminus < 1.0 && 1.0 < etaplus)) throw new ArgumentException($"Invalid eta values: {PyText.Repr(etaminus)}, {PyText.Repr(etaplus)}");
        _defaults.LearningRate = lr;
        _defaults.etaminus = etaminus;
        _defaults.etaplus = etaplus;
        _defaults.min_step = min_step;
        _defaults.max_step = max_step;
        _defaults.maximize = maximize;
    }

    private protected override OptimizerOptions Defaults => _defaults;

    private protected override OptimizerState NewState(Parameter p) => new State(p);

    private protected override Modules.ParamGroup NewGroup(IEnumerable<Parameter> parameters) => new ParamGroup<Options>(parameters, new Options());

    private protected override void Update(Modules.ParamGroup group)
    {
        var o = ((ParamGroup<Options>)group).Options;
        var (minus, plus, least, most) = (o.etaminus ?? 0.5, o.etaplus ?? 1.2, o.min_step ?? 1e-6, o.max_step ?? 50);
        foreach (var (p, g, s) in Pending(group, o.maximize ?? false))
        {
            var state = (State)s;
            if (!state.Exists)
            {
                state.prev = ZerosLike(p);
                state.step_size = FullLike(p, group.LearningRate);
                state.Exists = true;
            }
            state.step++;
            var zero = Build.@int(0);
            var agreement = Mul(g, state.prev!.Expr);
            var turned = Compare.lt(agreement, zero);
            var factor = Arithmetic.where(Compare.gt(agreement, zero), Build.real(plus), Arithmetic.where(turned, Build.real(minus), Build.cast(p.DType, Build.fill(p.Sizes, p.DType, Literal.NewInt(1)))));
            var size = Put(state.step_size!, Numeric.clamp(Mul(state.step_size!.Expr, factor), Build.real(least), Build.real(most)));
            // Where the sign has turned nothing moves this time.
            var grad = Arithmetic.where(turned, Build.zerosLike(g), g);
            Put(p, AddMul(p.Expr, Numeric.sign(grad), size, -1));
            Put(state.prev!, grad);
        }
    }

    public class Options : OptimizerOptions
    {
        public double? etaminus;

        public double? etaplus;

        public double? min_step;

        public double? max_step;

        public bool? maximize;

        internal override void Visit(OptionVisitor v)
        {
            v.Pair("etas", ref etaminus, ref etaplus);
            v.Pair("step_sizes", ref min_step, ref max_step);
            v.Constant("foreach", null);
            v.Flag("maximize", ref maximize);
            v.Constant("differentiable", false);
            v.Constant("capturable", false);
        }
    }

    public class State(Parameter parameter) : OptimizerState(parameter)
    {
        public long step;

        public Tensor? prev;

        public Tensor? step_size;

        internal override void Visit(StateVisitor v)
        {
            v.Step("step", ref step);
            v.Tensor("prev", ref prev);
            v.Tensor("step_size", ref step_size);
        }
    }

    public class ParamGroup : ParamGroup<Options>
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-2, double etaminus = 0.5, double etaplus = 1.2, double min_step = 1e-6, double max_step = 50, bool maximize = false) : base(parameters)
        {
            Options.LearningRate = lr;
            Options.etaminus = etaminus;
            Options.etaplus = etaplus;
            Options.min_step = min_step;
            Options.max_step = max_step;
            Options.maximize = maximize;
        }
    }
}
