using static Torch.torch;
using static Torch.torch.optim;

namespace Torch.Modules;

/// <summary>Averaged stochastic gradient descent (Polyak and Juditsky, 1992). See https://pytorch.org/docs/stable/generated/torch.optim.ASGD.html.</summary>
public class ASGD : OptimizerHelper
{
    private readonly Options _defaults = new();

    public ASGD(IEnumerable<Parameter> parameters, double lr = 1e-2, double lambd = 1e-4, double alpha = 0.75, double t0 = 1e6, double weight_decay = 0, bool maximize = false)
    {
        Configure(lr, lambd, alpha, t0, weight_decay, maximize);
        EnterAll(parameters);
    }

    public ASGD(IEnumerable<ParamGroup<Options>> parameters, double lr = 1e-2, double lambd = 1e-4, double alpha = 0.75, double t0 = 1e6, double weight_decay = 0, bool maximize = false)
    {
        Configure(lr, lambd, alpha, t0, weight_decay, maximize);
        EnterAll(parameters);
    }

    private void Configure(double lr, double lambd, double alpha, double t0, double weight_decay, bool maximize)
    {
        Check(lr >= 0, "learning rate", lr);
        Check(weight_decay >= 0, "weight_decay value", weight_decay);
        _defaults.LearningRate = lr;
        _defaults.lambd = lambd;
        _defaults.alpha = alpha;
        _defaults.t0 = t0;
        _defaults.weight_decay = weight_decay;
        _defaults.maximize = maximize;
    }

    private protected override OptimizerOptions Defaults => _defaults;

    private protected override OptimizerState NewState(Parameter p) => new State(p);

    private protected override Modules.ParamGroup NewGroup(IEnumerable<Parameter> parameters) => new ParamGroup<Options>(parameters, new Options());

    private protected override void Update(Modules.ParamGroup group)
    {
        var o = ((ParamGroup<Options>)group).Options;
        var (lr, lambd, alpha, t0, decay) = (group.LearningRate, o.lambd ?? 1e-4, o.alpha ?? 0.75, o.t0 ?? 1e6, o.weight_decay ?? 0);
        foreach (var (p, g, s) in Pending(group, o.maximize ?? false))
        {
            var state = (State)s;
            if (!state.Exists)
            {
                // PyTorch keeps eta and mu in float32.
                state.eta = (float)lr;
                state.ax = ZerosLike(p);
                state.Exists = true;
            }
            var step = ++state.step;
            var grad = decay != 0 ? Add(g, p.Expr, decay) : g;
            var value = Put(p, Add(Mul(p.Expr, 1 - lambd * state.eta), grad, -state.eta));
            var average = state.ax!.Expr;
            Put(state.ax!, state.mu != 1 ? Add(average, Mul(Sub(value, average), state.mu)) : value);
            state.eta = (float)(lr / Math.Pow(1 + lambd * lr * step, alpha));
            state.mu = (float)(1 / Math.Max(1, step - t0));
        }
    }

    public class Options : OptimizerOptions
    {
        public double? lambd;

        public double? alpha;

        public double? t0;

        public double? weight_decay;

        public bool? maximize;

        internal override void Visit(OptionVisitor v)
        {
            v.Number("lambd", ref lambd);
            v.Number("alpha", ref alpha);
            v.Number("t0", ref t0);
            v.Number("weight_decay", ref weight_decay);
            v.Constant("foreach", null);
            v.Flag("maximize", ref maximize);
            v.Constant("differentiable", false);
            v.Constant("capturable", false);
        }
    }

    public class State(Parameter parameter) : OptimizerState(parameter)
    {
        public long step;

        public double eta;

        public double mu = 1;

        public Tensor? ax;

        internal override void Visit(StateVisitor v)
        {
            v.Step("step", ref step);
            v.Number("eta", ref eta);
            v.Number("mu", ref mu);
            v.Tensor("ax", ref ax);
        }
    }

    public class ParamGroup : ParamGroup<Options>
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-2, double lambd = 1e-4, double alpha = 0.75, double t0 = 1e6, double weight_decay = 0, bool maximize = false) : base(parameters)
        {
            Options.LearningRate = lr;
            Options.lambd = lambd;
            Options.alpha = alpha;
            Options.t0 = t0;
            Options.weight_decay = weight_decay;
            Options.maximize = maximize;
        }
    }
}
