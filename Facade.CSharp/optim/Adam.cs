using static Torch.torch;
using static Torch.torch.optim;

namespace Torch.Modules;

/// <summary>Adam (Kingma and Ba, 2014). See https://pytorch.org/docs/stable/generated/torch.optim.Adam.html.</summary>
public class Adam : OptimizerHelper, IBetas
{
    private readonly Options _defaults = new();

    public Adam(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false, bool decoupled_weight_decay = false)
    {
        Configure(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize, decoupled_weight_decay);
        EnterAll(parameters);
    }

    public Adam(IEnumerable<ParamGroup<Options>> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false, bool decoupled_weight_decay = false)
    {
        Configure(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize, decoupled_weight_decay);
        EnterAll(parameters);
    }

    /// <summary>The betas of all groups.</summary>
    public (double, double) Betas
    {
        get => (_defaults.beta1 ?? 0.9, _defaults.beta2 ?? 0.999);
        set
        {
            (_defaults.beta1, _defaults.beta2) = value;
            foreach (ParamGroup<Options> g in Groups) (g.Options.beta1, g.Options.beta2) = value;
        }
    }

    private void Configure(double lr, double beta1, double beta2, double eps, double weight_decay, bool amsgrad, bool maximize, bool decoupled_weight_decay)
    {
        Check(lr >= 0, "learning rate", lr);
        Check(eps >= 0, "epsilon value", eps);
        Check(beta1 is >= 0 and < 1, "beta parameter at index 0", beta1);
        Check(beta2 is >= 0 and < 1, "beta parameter at index 1", beta2);
        Check(weight_decay >= 0, "weight_decay value", weight_decay);
        _defaults.LearningRate = lr;
        _defaults.beta1 = beta1;
        _defaults.beta2 = beta2;
        _defaults.eps = eps;
        _defaults.weight_decay = weight_decay;
        _defaults.amsgrad = amsgrad;
        _defaults.maximize = maximize;
        _defaults.decoupled_weight_decay = decoupled_weight_decay;
    }

    private protected override OptimizerOptions Defaults => _defaults;

    private protected override OptimizerState NewState(Parameter p) => new State(p);

    private protected override Modules.ParamGroup NewGroup(IEnumerable<Parameter> parameters) => new ParamGroup<Options>(parameters, new Options());

    private protected override void Update(Modules.ParamGroup group)
    {
        var o = ((ParamGroup<Options>)group).Options;
        var (lr, beta1, beta2, eps, decay) = (group.LearningRate, o.beta1 ?? 0.9, o.beta2 ?? 0.999, o.eps ?? 1e-8, o.weight_decay ?? 0);
        foreach (var (p, g, s) in Pending(group, o.maximize ?? false))
        {
            var state = (State)s;
            if (!state.Exists)
            {
                state.exp_avg = ZerosLike(p);
                state.exp_avg_sq = ZerosLike(p);
                if (o.amsgrad ?? false) state.max_exp_avg_sq = ZerosLike(p);
                state.Exists = true;
            }
            var step = ++state.step;
            var grad = g;
            var value = p.Expr;
            if (decay != 0)
            {
                if (o.decoupled_weight_decay ?? false) value = Mul(value, 1 - lr * decay);
                else grad = Add(grad, value, decay);
            }
            var mean = Put(state.exp_avg!, Lerp(state.exp_avg!.Expr, grad, 1 - beta1));
            var square = Put(state.exp_avg_sq!, AddMul(Mul(state.exp_avg_sq!.Expr, beta2), grad, grad, 1 - beta2));
            var correction1 = 1 - Math.Pow(beta1, step);
            var correction2 = Math.Sqrt(1 - Math.Pow(beta2, step));
            if (state.max_exp_avg_sq is { } max) square = Put(max, Numeric.maximum(max.Expr, square));
            Put(p, AddDiv(value, mean, Add(Div(Sqrt(square), correction2), eps), -(lr / correction1)));
        }
    }

    public class Options : OptimizerOptions
    {
        public double? beta1;

        public double? beta2;

        public double? eps;

        public double? weight_decay;

        public bool? amsgrad;

        public bool? maximize;

        public bool? decoupled_weight_decay;

        internal override void Visit(OptionVisitor v)
        {
            v.Pair("betas", ref beta1, ref beta2);
            v.Number("eps", ref eps);
            v.Number("weight_decay", ref weight_decay);
            v.Flag("amsgrad", ref amsgrad);
            v.Flag("maximize", ref maximize);
            v.Constant("foreach", null);
            v.Constant("capturable", false);
            v.Constant("differentiable", false);
            v.Constant("fused", null);
            v.Flag("decoupled_weight_decay", ref decoupled_weight_decay);
        }
    }

    public class State(Parameter parameter) : OptimizerState(parameter)
    {
        public long step;

        public Tensor? exp_avg;

        public Tensor? exp_avg_sq;

        public Tensor? max_exp_avg_sq;

        internal override void Visit(StateVisitor v)
        {
            v.Step("step", ref step);
            v.Tensor("exp_avg", ref exp_avg);
            v.Tensor("exp_avg_sq", ref exp_avg_sq);
            v.Tensor("max_exp_avg_sq", ref max_exp_avg_sq);
        }
    }

    public class ParamGroup : ParamGroup<Options>, IBetas
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false, bool decoupled_weight_decay = false) : base(parameters)
        {
            Options.LearningRate = lr;
            Options.beta1 = beta1;
            Options.beta2 = beta2;
            Options.eps = eps;
            Options.weight_decay = weight_decay;
            Options.amsgrad = amsgrad;
            Options.maximize = maximize;
            Options.decoupled_weight_decay = decoupled_weight_decay;
        }

        public (double, double) Betas
        {
            get => (Options.beta1 ?? 0.9, Options.beta2 ?? 0.999);
            set => (Options.beta1, Options.beta2) = value;
        }
    }
}
