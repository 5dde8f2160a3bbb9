using static Torch.torch;
using static Torch.torch.optim;

namespace Torch.Modules;

/// <summary>Adadelta (Zeiler, 2012). See https://pytorch.org/docs/stable/generated/torch.optim.Adadelta.html.</summary>
public class Adadelta : OptimizerHelper
{
    private readonly Options _defaults = new();

    public Adadelta(IEnumerable<Parameter> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false)
    {
        Configure(lr, rho, eps, weight_decay, maximize);
        EnterAll(parameters);
    }

    public Adadelta(IEnumerable<ParamGroup<Options>> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false)
    {
        Configure(lr, rho, eps, weight_decay, maximize);
        EnterAll(parameters);
    }

    private void Configure(double lr, double rho, double eps, double weight_decay, bool maximize)
    {
        Check(lr >= 0, "learning rate", lr);
        Check(rho is >= 0 and <= 1, "rho value", rho);
        Check(eps >= 0, "epsilon value", eps);
        Check(weight_decay >= 0, "weight_decay value", weight_decay);
        _defaults.LearningRate = lr;
        _defaults.rho = rho;
        _defaults.eps = eps;
        _defaults.weight_decay = weight_decay;
        _defaults.maximize = maximize;
    }

    private protected override OptimizerOptions Defaults => _defaults;

    private protected override OptimizerState NewState(Parameter p) => new State(p);

    private protected override Modules.ParamGroup NewGroup(IEnumerable<Parameter> parameters) => new ParamGroup<Options>(parameters, new Options());

    private protected override void Update(Modules.ParamGroup group)
    {
        var o = ((ParamGroup<Options>)group).Options;
        var (lr, rho, eps, decay) = (group.LearningRate, o.rho ?? 0.9, o.eps ?? 1e-6, o.weight_decay ?? 0);
        foreach (var (p, g, s) in Pending(group, o.maximize ?? false))
        {
            var state = (State)s;
            if (!state.Exists)
            {
                state.square_avg = ZerosLike(p);
                state.acc_delta = ZerosLike(p);
                state.Exists = true;
            }
            state.step++;
            var grad = decay != 0 ? Add(g, p.Expr, decay) : g;
            var square = Put(state.square_avg!, AddMul(Mul(state.square_avg!.Expr, rho), grad, grad, 1 - rho));
            var delta = Mul(Div(Sqrt(Add(state.acc_delta!.Expr, eps)), Sqrt(Add(square, eps))), grad);
            Put(state.acc_delta!, AddMul(Mul(state.acc_delta!.Expr, rho), delta, delta, 1 - rho));
            Put(p, Add(p.Expr, delta, -lr));
        }
    }

    public class Options : OptimizerOptions
    {
        public double? rho;

        public double? eps;

        public double? weight_decay;

        public bool? maximize;

        internal override void Visit(OptionVisitor v)
        {
            v.Number("rho", ref rho);
            v.Number("eps", ref eps);
            v.Number("weight_decay", ref weight_decay);
            v.Flag("maximize", ref maximize);
            v.Constant("capturable", false);
            v.Constant("foreach", null);
            v.Constant("differentiable", false);
        }
    }

    public class State(Parameter parameter) : OptimizerState(parameter)
    {
        public long step;

        public Tensor? square_avg;

        public Tensor? acc_delta;

        internal override void Visit(StateVisitor v)
        {
            v.Step("step", ref step);
            v.Tensor("square_avg", ref square_avg);
            v.Tensor("acc_delta", ref acc_delta);
        }
    }

    public class ParamGroup : ParamGroup<Options>
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1.0, double rho = 0.9, double eps = 1e-6, double weight_decay = 0, bool maximize = false) : base(parameters)
        {
            Options.LearningRate = lr;
            Options.rho = rho;
            Options.eps = eps;
            Options.weight_decay = weight_decay;
            Options.maximize = maximize;
        }
    }
}
