using static Torch.torch;
using static Torch.torch.optim;

namespace Torch.Modules;

/// <summary>
/// Limited-memory BFGS (Nocedal 1980), optionally with a search along the direction that satisfies the strong Wolfe conditions (Nocedal and Wright, algorithms 3.5 and 3.6). The
/// closure is called several times a step. See https://pytorch.org/docs/stable/generated/torch.optim.LBFGS.html.
/// </summary>
public class LBFGS : Optimizer, ILearningRateController
{
    private readonly Options _options;
    private readonly List<Parameter> _parameters;
    private readonly List<Expr> _directions = [], _steps = [];
    private readonly List<double> _inverses = [];
    private readonly DType _dtype;
    private double[] _al = [];
    private Expr? _direction, _previousGradient;
    private double _length, _diagonal = 1, _previousLoss;
    private long _evaluations, _iterations;

    internal LBFGS(IEnumerable<Parameter> parameters, double lr, long max_iter, long? max_eval, double tolerance_grad, double tolerance_change, long history_size, string? line_search_fn)
    {
        if (!(lr >= 0)) throw new ArgumentException($"Invalid learning rate: {PyText.Repr(lr)}");
        _options = new Options
        {
            LearningRate = lr, max_iter = max_iter, max_eval = max_eval ?? max_iter * 5 / 4, tolerance_grad = tolerance_grad, tolerance_change = tolerance_change, history_size = history_size,
            line_search_fn = line_search_fn,
        };
        var group = new ParamGroup<Options>(parameters, _options);
        if (group.Items.Count == 0) throw new ArgumentException("optimizer got an empty parameter list");
        Enter(group);
        _parameters = group.Items;
        _dtype = _parameters[0].DType;
    }

    public double LearningRate
    {
        get => _options.LearningRate ?? 1;
        set => _options.LearningRate = value;
    }

    public double InitialLearningRate
    {
        get => _options.InitialLearningRate;
        set => _options.InitialLearningRate = value;
    }

    public override void add_param_group(ParamGroup param_group) => throw new ArgumentException("LBFGS doesn't support per-parameter options (parameter groups)");

    private protected override void Update(ParamGroup group) => throw new InvalidOperationException("LBFGS steps by itself");

    private protected override IEnumerable<Tensor> StateTensors() => [];

    public override Tensor? step(Func<Tensor>? closure = null)
    {
        if (closure is null) throw new TorchTypeException("LBFGS.step() missing 1 required positional argument: 'closure'");
        using (no_grad()) return Step(closure);
    }

    private Tensor Step(Func<Tensor> closure)
    {
        var (lr, maxIterations, maxEvaluations) = (LearningRate, _options.max_iter, _options.max_eval);
        var (toleranceGrad, toleranceChange) = (_options.tolerance_grad, _options.tolerance_change);
        var first = Loss(closure);
        var loss = first.item<double>();
        long evaluations = 1;
        _evaluations++;
        var gradient = FlatGradient();
        if (Largest(gradient) <= toleranceGrad) return first;

        long iteration = 0;
        while (iteration < maxIterations)
        {
            iteration++;
            _iterations++;
            if (_iterations == 1)
            {
                _direction = Kept(Arithmetic.neg(gradient));
                _directions.Clear();
                _steps.Clear();
                _inverses.Clear();
                _diagonal = 1;
            }
            else _direction = Direction(gradient);
            _previousGradient = gradient;
            _previousLoss = loss;

            var t = _iterations == 1 ? Round(Math.Min(1.0, Round(1.0 / Number(Reductions.sum(Numeric.abs(gradient), null, false, null))))) * lr : lr;
            _length = t;
            var slope = Dot(gradient, _direction);
            if (slope > -toleranceChange) break;
            long searched = 0;
            bool done;
            if (_options.line_search_fn is { } search)
            {
                if (search != "strong_wolfe") throw new TorchException("only 'strong_wolfe' is supported");
                var start = _parameters.ConvertAll(p => Core.Identity.alias(p.Expr));
                (loss, gradient, t, searched) = StrongWolfe(closure, start, t, _direction, loss, gradient, slope, toleranceChange);
                Move(t, _direction);
                _length = t;
                done = Largest(gradient) <= toleranceGrad;
            }
            else
            {
                Move(t, _direction);
                done = false;
                if (iteration != maxIterations)
                {
                    loss = Loss(closure).item<double>();
                    gradient = FlatGradient();
                    done = Largest(gradient) <= toleranceGrad;
                    searched = 1;
                }
            }
            evaluations += searched;
            _evaluations += searched;
            if (iteration == maxIterations || evaluations >= maxEvaluations || done) break;
            if (Largest(Arithmetic.mul(_direction, Build.real(t))) <= toleranceChange) break;
            if (Math.Abs(loss - _previousLoss) < toleranceChange) break;
        }
        return first;
    }

    /// <summary>The two-loop recursion over what was remembered, after the last step is.</summary>
    private Expr Direction(Expr gradient)
    {
        var y = Kept(Arithmetic.sub(gradient, _previousGradient!));
        var s = Kept(Arithmetic.mul(_direction!, Build.real(_length)));
        var ys = Dot(y, s);
        if (ys > 1e-10)
        {
            if (_directions.Count == _options.history_size)
            {
                _directions.RemoveAt(0);
                _steps.RemoveAt(0);
                _inverses.RemoveAt(0);
            }
            _directions.Add(y);
            _steps.Add(s);
            _inverses.Add(Round(1.0 / ys));
            _diagonal = Round(ys / Dot(y, y));
        }
        var count = _directions.Count;
        _al = new double[count];
        var q = Kept(Arithmetic.neg(gradient));
        for (var i = count - 1; i >= 0; i--)
        {
            _al[i] = Round(Dot(_steps[i], q) * _inverses[i]);
            q = Kept(Numeric.add_scaled(q, _directions[i], Build.real(-_al[i])));
        }
        var r = Kept(Arithmetic.mul(q, Build.real(_diagonal)));
        for (var i = 0; i < count; i++)
        {
            var beta = Round(Dot(_directions[i], r) * _inverses[i]);
            r = Kept(Numeric.add_scaled(r, _steps[i], Build.real(Round(_al[i] - beta))));
        }
        return r;
    }

    private (double Loss, Expr Gradient, double T, long Evaluations) StrongWolfe(Func<Tensor> closure, List<Expr> start, double t, Expr d, double f, Expr g, double slope, double toleranceChange)
    {
        const double c1 = 1e-4, c2 = 0.9;
        const int most = 25;
        var size = Largest(d);
        var (newF, newG) = At(t);
        long evaluations = 1;
        var newSlope = Dot(newG, d);
        var before = (T: 0.0, F: f, G: g, Slope: slope);
        var done = false;
        var count = 0;
        var bracket = new List<(double T, double F, Expr G, double Slope)>();
        while (count < most)
        {
            if (newF > f + c1 * t * slope || (count > 1 && newF >= before.F))
            {
                bracket = [before, (t, newF, newG, newSlope)];
                break;
            }
            if (Math.Abs(newSlope) <= -c2 * slope)
            {
                bracket = [(t, newF, newG, newSlope)];
                done = true;
                break;
            }
            if (newSlope >= 0)
            {
                bracket = [before, (t, newF, newG, newSlope)];
                break;
            }
            var (least, largest) = (t + 0.01 * (t - before.T), t * 10);
            var old = t;
            t = Cubic(before.T, before.F, before.Slope, t, newF, newSlope, least, largest);
            before = (old, newF, newG, newSlope);
            (newF, newG) = At(t);
            evaluations++;
            newSlope = Dot(newG, d);
            count++;
        }
        if (count == most) bracket = [(0, f, g, slope), (t, newF, newG, newSlope)];

        var poor = false;
        var (low, high) = bracket[0].F <= bracket[^1].F ? (0, 1) : (1, 0);
        while (!done && count < most)
        {
            var (a, b) = (bracket[0], bracket[1]);
            if (Math.Abs(b.T - a.T) * size < toleranceChange) break;
            t = Cubic(a.T, a.F, a.Slope, b.T, b.F, b.Slope, Math.Min(a.T, b.T), Math.Max(a.T, b.T));
            var (lower, upper) = (Math.Min(a.T, b.T), Math.Max(a.T, b.T));
            var eps = 0.1 * (upper - lower);
            if (Math.Min(upper - t, t - lower) < eps)
            {
                if (poor || t >= upper || t <= lower)
                {
                    t = Math.Abs(t - upper) < Math.Abs(t - lower) ? upper - eps : lower + eps;
                    poor = false;
                }
                else poor = true;
            }
            else poor = false;
            (newF, newG) = At(t);
            evaluations++;
            newSlope = Dot(newG, d);
            count++;
            if (newF > f + c1 * t * slope || newF >= bracket[low].F)
            {
                bracket[high] = (t, newF, newG, newSlope);
                (low, high) = bracket[0].F <= bracket[1].F ? (0, 1) : (1, 0);
            }
            else
            {
                if (Math.Abs(newSlope) <= -c2 * slope) done = true;
                else if (newSlope * (bracket[high].T - bracket[low].T) >= 0) bracket[high] = bracket[low];
                bracket[low] = (t, newF, newG, newSlope);
            }
        }
        if (bracket.Count == 1) low = 0;
        return (bracket[low].F, bracket[low].G, bracket[low].T, evaluations);

        (double, Expr) At(double at)
        {
            Move(at, d);
            var loss = Loss(closure).item<double>();
            var gradient = FlatGradient();
            for (var i = 0; i < _parameters.Count; i++) _parameters[i].Store(Core.Identity.alias(start[i]));
            return (loss, gradient);
        }
    }

    /// <summary>The minimum of the cubic through two points with slopes, within bounds.</summary>
    private static double Cubic(double x1, double f1, double g1, double x2, double f2, double g2, double lower, double upper)
    {
        var d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2);
        var square = d1 * d1 - g1 * g2;
        if (square < 0) return (lower + upper) / 2.0;
        var d2 = Math.Sqrt(square);
        var at = x1 <= x2 ? x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2)) : x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2));
        return Math.Min(Math.Max(at, lower), upper);
    }

    private static Tensor Loss(Func<Tensor> closure)
    {
        using (enable_grad()) return closure().detach();
    }

    private Expr FlatGradient() =>
        Kept(Assemble.cat([.. _parameters.Select(p => p.grad is { } g ? Build.reshape([p.Count], g.Expr) : Build.fill([p.Count], p.DType, Literal.NewInt(0)))], 0));

    private void Move(double t, Expr direction)
    {
        long at = 0;
        foreach (var p in _parameters)
        {
            var part = Build.reshape(p.Sizes, Build.narrow(0, at, p.Count, direction));
            p.Store(Numeric.add_scaled(p.Expr, part, Build.real(t)));
            at += p.Count;
        }
    }

    /// <summary>A value that is computed now and stays.</summary>
    private static Expr Kept(Expr e)
    {
        Evaluation.Run(e);
        return e;
    }

    private double Dot(Expr a, Expr b) => Number(Matmul.dot(a, b));

    private double Largest(Expr e) => Number(Reductions.amax(Numeric.abs(e), null, false));

    private static double Number(Expr e) => Host.toArray<double>(Build.cast(DType.Float64, e))[0];

    /// <summary>Numbers that PyTorch keeps in tensors have the parameters' precision.</summary>
    private double Round(double value) => _dtype.Equals(DType.Float64) ? value : (float)value;

    private protected override Dictionary<string, object?>? StateOf(ParamGroup group, Parameter p)
    {
        if (!ReferenceEquals(p, _parameters[0]) || _evaluations == 0) return null;
        var state = new Dictionary<string, object?> { ["func_evals"] = _evaluations, ["n_iter"] = _iterations };
        if (_direction is null) return state;
        if (_al.Length > 0) state["al"] = Padded();
        state["d"] = new Tensor(Core.Identity.alias(_direction));
        state["t"] = _length;
        state["old_dirs"] = _directions.ConvertAll(e => (object?)new Tensor(Core.Identity.alias(e)));
        state["old_stps"] = _steps.ConvertAll(e => (object?)new Tensor(Core.Identity.alias(e)));
        state["ro"] = _inverses.ConvertAll(v => (object?)Scalar(v));
        state["H_diag"] = _diagonal == 1 ? 1L : Scalar(_diagonal);
        state["prev_flat_grad"] = new Tensor(Core.Identity.alias(_previousGradient!));
        state["prev_loss"] = _previousLoss;
        return state;

        Tensor Scalar(double v) => new(Build.cast(_dtype, Build.fill([], _dtype, Literal.NewReal(v))));
        List<object?> Padded() => [.. Enumerable.Range(0, (int)_options.history_size).Select(i => i < _al.Length ? (object?)Scalar(_al[i]) : null)];
    }

    private protected override void LoadState(ParamGroup group, Parameter p, IReadOnlyDictionary<string, object?> saved)
    {
        _evaluations = (long)Numbers.Double(saved["func_evals"]!);
        _iterations = (long)Numbers.Double(saved["n_iter"]!);
        if (!saved.TryGetValue("d", out var d) || d is not Tensor direction) return;
        _direction = direction.Expr;
        _length = Numbers.Double(saved["t"]!);
        _diagonal = Numbers.Double(saved["H_diag"]!);
        _previousGradient = ((Tensor)saved["prev_flat_grad"]!).Expr;
        _previousLoss = Numbers.Double(saved["prev_loss"]!);
        Fill(_directions, "old_dirs");
        Fill(_steps, "old_stps");
        _inverses.Clear();
        _inverses.AddRange(((System.Collections.IEnumerable)saved["ro"]!).Cast<object>().Select(Numbers.Double));

        void Fill(List<Expr> list, string name)
        {
            list.Clear();
            list.AddRange(((System.Collections.IEnumerable)saved[name]!).Cast<Tensor>().Select(t => t.Expr));
        }
    }

    /// <summary>The options of LBFGS.</summary>
    public sealed class Options : OptimizerOptions
    {
        public long max_iter = 20;

        public long max_eval = 25;

        public double tolerance_grad = 1e-7;

        public double tolerance_change = 1e-9;

        public long history_size = 100;

        public string? line_search_fn;

        internal override void Visit(OptionVisitor v)
        {
            Whole("max_iter", ref max_iter);
            Whole("max_eval", ref max_eval);
            Real("tolerance_grad", ref tolerance_grad);
            Real("tolerance_change", ref tolerance_change);
            Whole("history_size", ref history_size);
            v.Constant("line_search_fn", line_search_fn);

            void Whole(string name, ref long value)
            {
                double? number = value;
                v.Number(name, ref number);
                value = (long)(number ?? value);
            }

            void Real(string name, ref double value)
            {
                double? number = value;
                v.Number(name, ref number);
                value = number ?? value;
            }
        }
    }
}
