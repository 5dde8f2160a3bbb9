using static Torch.torch;
using static Torch.torch.optim;

namespace Torch.Modules;

/// <summary>RMSprop (Hinton, lecture 6e). See https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html.</summary>
public class RMSProp : OptimizerHelper, IMomentum
{
    private readonly Options _defaults = new();

    public RMSProp(IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
    {
        Configure(lr, alpha, eps, weight_decay, momentum, centered, maximize);
        EnterAll(parameters);
    }

    public RMSProp(IEnumerable<ParamGroup<Options>> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
    {
        Configure(lr, alpha, eps, weight_decay, momentum, centered, maximize);
        EnterAll(parameters);
    }

    /// <summary>The momentum of all groups.</summary>
    public double Momentum
    {
        get => _defaults.momentum ?? 0;
        set
        {
            _defaults.momentum = value;
            foreach (ParamGroup<Options> g in Groups) g.Options.momentum = value;
        }
    }

    private void Configure(double lr, double alpha, double eps, double weight_decay, double momentum, bool centered, bool maximize)
    {
        Check(lr >= 0, "learning rate", lr);
        Check(eps >= 0, "epsilon value", eps);
        Check(momentum >= 0, "momentum value", momentum);
        Check(weight_decay >= 0, "weight_decay value", weight_decay);
        Check(alpha >= 0, "alpha value", alpha);
        _defaults.LearningRate = lr;
        _defaults.alpha = alpha;
        _defaults.eps = eps;
        _defaults.weight_decay = weight_decay;
        _defaults.momentum = momentum;
        _defaults.centered = centered;
        _defaults.maximize = maximize;
    }

    private protected override OptimizerOptions Defaults => _defaults;

    private protected override OptimizerState NewState(Parameter p) => new State(p);

    private protected override Modules.ParamGroup NewGroup(IEnumerable<Parameter> parameters) => new ParamGroup<Options>(parameters, new Options());

    private protected override void Update(Modules.ParamGroup group)
    {
        var o = ((ParamGroup<Options>)group).Options;
        var (lr, alpha, eps, momentum, decay) = (group.LearningRate, o.alpha ?? 0.99, o.eps ?? 1e-8, o.momentum ?? 0, o.weight_decay ?? 0);
        foreach (var (p, g, s) in Pending(group, o.maximize ?? false))
        {
            var state = (State)s;
            if (!state.Exists)
            {
                state.square_avg = ZerosLike(p);
                if (momentum > 0) state.momentum_buffer = ZerosLike(p);
                if (o.centered ?? false) state.grad_avg = ZerosLike(p);
                state.Exists = true;
            }
            state.step++;
            var grad = decay != 0 ? Add(g, p.Expr, decay) : g;
            var square = Put(state.square_avg!, AddMul(Mul(state.square_avg!.Expr, alpha), grad, grad, 1 - alpha));
            if (o.centered ?? false)
            {
                var mean = Put(state.grad_avg!, Lerp(state.grad_avg!.Expr, grad, 1 - alpha));
                square = AddMul(square, mean, mean, -1);
            }
            var average = Add(Sqrt(square), eps);
            if (momentum > 0)
            {
                var buffer = Put(state.momentum_buffer!, AddDiv(Mul(state.momentum_buffer!.Expr, momentum), grad, average, 1));
                Put(p, Add(p.Expr, buffer, -lr));
            }
            else Put(p, AddDiv(p.Expr, grad, average, -lr));
        }
    }

    public class Options : OptimizerOptions
    {
        public double? alpha;

        public double? eps;

        public double? weight_decay;

        public double? momentum;

        public bool? centered;

        public bool? maximize;

        internal override void Visit(OptionVisitor v)
        {
            v.Number("momentum", ref momentum);
            v.Number("alpha", ref alpha);
            v.Number("eps", ref eps);
            v.Flag("centered", ref centered);
            v.Number("weight_decay", ref weight_decay);
            v.Constant("capturable", false);
            v.Constant("foreach", null);
            v.Flag("maximize", ref maximize);
            v.Constant("differentiable", false);
        }
    }

    public class State(Parameter parameter) : OptimizerState(parameter)
    {
        public long step;

        public Tensor? square_avg;

        public Tensor? momentum_buffer;

        public Tensor? grad_avg;

        internal override void Visit(StateVisitor v)
        {
            v.Step("step", ref step);
            v.Tensor("square_avg", ref square_avg);
            v.Tensor("momentum_buffer", ref momentum_buffer);
            v.Tensor("grad_avg", ref grad_avg);
        }
    }

    public class ParamGroup : ParamGroup<Options>, IMomentum
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) : base(parameters)
        {
            Options.LearningRate = lr;
            Options.alpha = alpha;
            Options.eps = eps;
            Options.weight_decay = weight_decay;
            Options.momentum = momentum;
            Options.centered = centered;
            Options.maximize = maximize;
        }

        public double Momentum
        {
            get => Options.momentum ?? 0;
            set => Options.momentum = value;
        }
    }
}
