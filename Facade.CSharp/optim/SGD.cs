using static Torch.torch;
using static Torch.torch.optim;

namespace Torch.Modules;

/// <summary>Stochastic gradient descent with momentum. See https://pytorch.org/docs/stable/generated/torch.optim.SGD.html.</summary>
public class SGD : OptimizerHelper, IMomentum
{
    private readonly Options _defaults = new();

    public SGD(IEnumerable<Parameter> parameters, double lr = 1e-3, double momentum = 0.0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
    {
        Configure(lr, momentum, dampening, weight_decay, nesterov, maximize);
        EnterAll(parameters);
    }

    public SGD(IEnumerable<ParamGroup<Options>> parameters, double lr = 1e-3, double momentum = 0.0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
    {
        Configure(lr, momentum, dampening, weight_decay, nesterov, maximize);
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

    private void Configure(double lr, double momentum, double dampening, double weight_decay, bool nesterov, bool maximize)
    {
        Check(lr >= 0, "learning rate", lr);
        Check(momentum >= 0, "momentum value", momentum);
        Check(weight_decay >= 0, "weight_decay value", weight_decay);
        if (nesterov && (momentum <= 0 || dampening != 0)) throw new ArgumentException("Nesterov momentum requires a momentum and zero dampening");
        _defaults.LearningRate = lr;
        _defaults.momentum = momentum;
        _defaults.dampening = dampening;
        _defaults.weight_decay = weight_decay;
        _defaults.nesterov = nesterov;
        _defaults.maximize = maximize;
    }

    private protected override OptimizerOptions Defaults => _defaults;

    private protected override OptimizerState NewState(Parameter p) => new State(p);

    private protected override Modules.ParamGroup NewGroup(IEnumerable<Parameter> parameters) => new ParamGroup<Options>(parameters, new Options());

    private protected override void Update(Modules.ParamGroup group)
    {
        var o = ((ParamGroup<Options>)group).Options;
        var (lr, momentum, decay) = (group.LearningRate, o.momentum ?? 0, o.weight_decay ?? 0);
        foreach (var (p, g, s) in Pending(group, o.maximize ?? false))
        {
            var state = (State)s;
            var grad = decay != 0 ? Add(g, p.Expr, decay) : g;
            if (momentum != 0)
            {
                Expr buffer;
                if (state.momentum_buffer is { } old) buffer = Put(old, Add(Mul(old.Expr, momentum), grad, 1 - (o.dampening ?? 0)));
                else
                {
                    // The first step keeps a copy of the gradient.
                    buffer = Core.Identity.alias(grad);
                    state.momentum_buffer = new Tensor(buffer);
                    state.Exists = true;
                }
                grad = o.nesterov ?? false ? Add(grad, buffer, momentum) : buffer;
            }
            Put(p, Add(p.Expr, grad, -lr));
        }
    }

    public class Options : OptimizerOptions
    {
        public double? momentum;

        public double? dampening;

        public double? weight_decay;

        public bool? nesterov;

        public bool? maximize;

        internal override void Visit(OptionVisitor v)
        {
            v.Number("momentum", ref momentum);
            v.Number("dampening", ref dampening);
            v.Number("weight_decay", ref weight_decay);
            v.Flag("nesterov", ref nesterov);
            v.Flag("maximize", ref maximize);
            v.Constant("foreach", null);
            v.Constant("differentiable", false);
            v.Constant("fused", null);
        }
    }

    public class State(Parameter parameter) : OptimizerState(parameter)
    {
        public Tensor? momentum_buffer;

        internal override void Visit(StateVisitor v)
        {
            v.Tensor("momentum_buffer", ref momentum_buffer);
        }
    }

    public class ParamGroup : ParamGroup<Options>, IMomentum
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-3, double momentum = 0.0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) : base(parameters)
        {
            Options.LearningRate = lr;
            Options.momentum = momentum;
            Options.dampening = dampening;
            Options.weight_decay = weight_decay;
            Options.nesterov = nesterov;
            Options.maximize = maximize;
        }

        public double Momentum
        {
            get => Options.momentum ?? 0;
            set => Options.momentum = value;
        }
    }
}
