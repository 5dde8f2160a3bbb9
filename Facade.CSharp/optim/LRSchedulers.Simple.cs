namespace Torch;

// Schedules whose rate follows from the epoch: factors, steps, curves.
public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>The initial rate times a function of the epoch.</summary>
                public class LambdaLR : LRScheduler
                {
                    private readonly Func<int, double>[] _lambdas;

                    public LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false)
                        : this(optimizer, Enumerable.Repeat(lr_lambda, optimizer.Groups.Count), last_epoch, verbose) { }

                    public LambdaLR(Optimizer optimizer, [PyTorchName("lr_lambda")] IEnumerable<Func<int, double>> lr_lambdas, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch)
                    {
                        _lambdas = [.. lr_lambdas];
                        if (_lambdas.Length != optimizer.Groups.Count) throw new ArgumentException($"Expected {optimizer.Groups.Count} lr_lambdas, but got {_lambdas.Length}");
                        InitialStep();
                    }

                    public override double[] get_lr() => [.. BaseRates.Select((b, i) => b * _lambdas[i](last_epoch))];

                    private protected override void Save(Dictionary<string, object?> d) => d["lr_lambdas"] = _lambdas.Select(_ => (object?)null).ToList();
                }

                /// <summary>The present rate times a function of the epoch.</summary>
                public class MultiplicativeLR : LRScheduler
                {
                    private readonly Func<int, double>[] _lambdas;

                    public MultiplicativeLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false)
                        : this(optimizer, Enumerable.Repeat(lr_lambda, optimizer.Groups.Count), last_epoch, verbose) { }

                    public MultiplicativeLR(Optimizer optimizer, [PyTorchName("lr_lambda")] IEnumerable<Func<int, double>> lr_lambdas, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch)
                    {
                        _lambdas = [.. lr_lambdas];
                        if (_lambdas.Length != optimizer.Groups.Count) throw new ArgumentException($"Expected {optimizer.Groups.Count} lr_lambdas, but got {_lambdas.Length}");
                        InitialStep();
                    }

                    public override double[] get_lr() => IsInitial ? Rates : [.. Rates.Select((lr, i) => lr * _lambdas[i](last_epoch))];

                    private protected override void Save(Dictionary<string, object?> d) => d["lr_lambdas"] = _lambdas.Select(_ => (object?)null).ToList();
                }

                /// <summary>Times gamma every so many epochs.</summary>
                public class StepLR : LRScheduler
                {
                    private int _stepSize;
                    private double _gamma;

                    public StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch)
                    {
                        (_stepSize, _gamma) = (step_size, gamma);
                        InitialStep();
                    }

                    public override double[] get_lr() => last_epoch == 0 || last_epoch % _stepSize != 0 ? Rates : Each((lr, _) => lr * _gamma);

                    private protected override double[] ClosedForm() => Each((_, b) => b * Math.Pow(_gamma, last_epoch / _stepSize));

                    private protected override void Save(Dictionary<string, object?> d) => (d["step_size"], d["gamma"]) = ((long)_stepSize, _gamma);

                    private protected override void Load(IReadOnlyDictionary<string, object?> d) => (_stepSize, _gamma) = ((int)Number(d, "step_size", _stepSize), Number(d, "gamma", _gamma));
                }

                /// <summary>Times gamma at each milestone.</summary>
                public class MultiStepLR : LRScheduler
                {
                    private readonly SortedDictionary<int, int> _milestones = [];
                    private double _gamma;

                    public MultiStepLR(Optimizer optimizer, IList<int> milestones, double gamma = 0.1, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch)
                    {
                        _gamma = gamma;
                        foreach (var m in milestones) _milestones[m] = _milestones.GetValueOrDefault(m) + 1;
                        InitialStep();
                    }

                    public override double[] get_lr() => _milestones.TryGetValue(last_epoch, out var times) ? Each((lr, _) => lr * Math.Pow(_gamma, times)) : Rates;

                    private protected override double[] ClosedForm()
                    {
                        var passed = _milestones.Where(m => m.Key <= last_epoch).Sum(m => m.Value);
                        return Each((_, b) => b * Math.Pow(_gamma, passed));
                    }

                    private protected override void Save(Dictionary<string, object?> d)
                    {
                        d["milestones"] = _milestones.ToDictionary(m => (object)(long)m.Key, m => (object?)(long)m.Value);
                        d["gamma"] = _gamma;
                    }

                    private protected override void Load(IReadOnlyDictionary<string, object?> d) => _gamma = Number(d, "gamma", _gamma);
                }

                /// <summary>Times a factor until an epoch.</summary>
                public class ConstantLR : LRScheduler
                {
                    private double _factor;
                    private int _total;

                    public ConstantLR(Optimizer optimizer, double factor = 1.0 / 3, int total_iters = 5, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch)
                    {
                        if (factor is > 1.0 or < 0) throw new ArgumentException("Constant multiplicative factor expected to be between 0 and 1.");
                        (_factor, _total) = (factor, total_iters);
                        InitialStep();
                    }

                    public override double[] get_lr() =>
                        last_epoch == 0 ? Each((lr, _) => lr * _factor) : last_epoch != _total ? Rates : Each((lr, _) => lr * (1.0 / _factor));

                    private protected override double[] ClosedForm() => Each((_, b) => b * (_factor + (last_epoch >= _total ? 1 : 0) * (1 - _factor)));

                    private protected override void Save(Dictionary<string, object?> d) => (d["factor"], d["total_iters"]) = (_factor, (long)_total);

                    private protected override void Load(IReadOnlyDictionary<string, object?> d) => (_factor, _total) = (Number(d, "factor", _factor), (int)Number(d, "total_iters", _total));
                }

                /// <summary>From one factor to another on a line.</summary>
                public class LinearLR : LRScheduler
                {
                    private double _start, _end;
                    private int _total;

                    public LinearLR(Optimizer optimizer, double start_factor = 1.0 / 3, double end_factor = 1.0, int total_iters = 5, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch)
                    {
                        if (start_factor is > 1.0 or <= 0) throw new ArgumentException("Starting multiplicative factor expected to be greater than 0 and less or equal to 1.");
                        if (end_factor is > 1.0 or < 0) throw new ArgumentException("Ending multiplicative factor expected to be between 0 and 1.");
                        (_start, _end, _total) = (start_factor, end_factor, total_iters);
                        InitialStep();
                    }

                    public override double[] get_lr()
                    {
                        if (last_epoch == 0) return Each((lr, _) => lr * _start);
                        if (IsInitial || last_epoch > _total) return Rates;
                        return Each((lr, _) => lr * (1.0 + (_end - _start) / (_total * _start + (last_epoch - 1) * (_end - _start))));
                    }

                    private protected override double[] ClosedForm() => Each((_, b) => b * (_start + (_end - _start) * Math.Min(_total, last_epoch) / _total));

                    private protected override void Save(Dictionary<string, object?> d) => (d["start_factor"], d["end_factor"], d["total_iters"]) = (_start, _end, (long)_total);

                    private protected override void Load(IReadOnlyDictionary<string, object?> d) =>
                        (_start, _end, _total) = (Number(d, "start_factor", _start), Number(d, "end_factor", _end), (int)Number(d, "total_iters", _total));
                }

                /// <summary>Times gamma every epoch.</summary>
                public class ExponentialLR : LRScheduler
                {
                    private double _gamma;

                    public ExponentialLR(Optimizer optimizer, double gamma = 0.1, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch)
                    {
                        _gamma = gamma;
                        InitialStep();
                    }

                    public override double[] get_lr() => IsInitial ? Rates : Each((lr, _) => lr * _gamma);

                    private protected override double[] ClosedForm() => Each((_, b) => b * Math.Pow(_gamma, last_epoch));

                    private protected override void Save(Dictionary<string, object?> d) => d["gamma"] = _gamma;

                    private protected override void Load(IReadOnlyDictionary<string, object?> d) => _gamma = Number(d, "gamma", _gamma);
                }

                /// <summary>To zero along a power of the line.</summary>
                public class PolynomialLR : LRScheduler
                {
                    private int _total;
                    private double _power;

                    public PolynomialLR(Optimizer optimizer, int total_iters = 5, double power = 1.0, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch)
                    {
                        (_total, _power) = (total_iters, power);
                        InitialStep();
                    }

                    public override double[] get_lr()
                    {
                        if (IsInitial || last_epoch > _total) return Rates;
                        var decay = Math.Pow((1.0 - last_epoch / (double)_total) / (1.0 - (last_epoch - 1) / (double)_total), _power);
                        return Each((lr, _) => lr * decay);
                    }

                    private protected override double[] ClosedForm() => Each((_, b) => b * Math.Pow(1.0 - Math.Min(_total, last_epoch) / (double)_total, _power));

                    private protected override void Save(Dictionary<string, object?> d) => (d["total_iters"], d["power"]) = ((long)_total, _power);

                    private protected override void Load(IReadOnlyDictionary<string, object?> d) => (_total, _power) = ((int)Number(d, "total_iters", _total), Number(d, "power", _power));
                }

                /// <summary>Half a cosine down and half a cosine up again.</summary>
                public class CosineAnnealingLR : LRScheduler
                {
                    private double _max, _least;

                    public CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false) : base(optimizer, last_epoch)
                    {
                        (_max, _least) = (T_max, eta_min);
                        InitialStep();
                    }

                    public override double[] get_lr()
                    {
                        if (IsInitial) return Rates;
                        if (StepCount == 1 && last_epoch > 0) return Each((_, b) => _least + (b - _least) * (1 + Math.Cos(last_epoch * Math.PI / _max)) / 2);
                        if (Modulo(last_epoch - 1 - _max, 2 * _max) == 0) return Each((lr, b) => lr + (b - _least) * (1 - Math.Cos(Math.PI / _max)) / 2);
                        return Each((lr, _) => (1 + Math.Cos(Math.PI * last_epoch / _max)) / (1 + Math.Cos(Math.PI * (last_epoch - 1) / _max)) * (lr - _least) + _least);
                    }

                    private protected override double[] ClosedForm() => Each((_, b) => _least + (b - _least) * (1 + Math.Cos(Math.PI * last_epoch / _max)) / 2);

                    /// <summary>Python's remainder.</summary>
                    private static double Modulo(double a, double b) => a - Math.Floor(a / b) * b;

                    private protected override void Save(Dictionary<string, object?> d) => (d["T_max"], d["eta_min"]) = (_max == Math.Floor(_max) ? (long)_max : _max, _least);

                    private protected override void Load(IReadOnlyDictionary<string, object?> d) => (_max, _least) = (Number(d, "T_max", _max), Number(d, "eta_min", _least));
                }

                /// <summary>Half a cosine down, and again from the top, each time T_mult times as long.</summary>
                public class CosineAnnealingWarmRestarts : LRScheduler
                {
                    private readonly int _first, _times;
                    private readonly double _least;
                    private double _at;
                    private int _length;

                    public CosineAnnealingWarmRestarts(Optimizer optimizer, int T_0, int T_mult = 1, double eta_min = 0, int last_epoch = -1) : base(optimizer, last_epoch)
                    {
                        if (T_0 <= 0) throw new ArgumentException($"Expected positive integer T_0, but got {T_0}");
                        if (T_mult < 1) throw new ArgumentException($"Expected integer T_mult >= 1, but got {T_mult}");
                        (_first, _length, _times, _least, _at) = (T_0, T_0, T_mult, eta_min, last_epoch);
                        InitialStep();
                    }

                    public override double[] get_lr() => Each((_, b) => _least + (b - _least) * (1 + Math.Cos(Math.PI * _at / _length)) / 2);

                    public override void step()
                    {
                        if (last_epoch < 0)
                        {
                            Go(0);
                            return;
                        }
                        _at++;
                        if (_at >= _length)
                        {
                            _at %= _length;
                            _length *= _times;
                        }
                        last_epoch++;
                        Set(get_lr());
                    }

                    public override void step(int? epoch)
                    {
                        if (epoch is { } e) Go(e);
                        else step();
                    }

                    /// <summary>The epoch may be a fraction: a step within an epoch.</summary>
                    public override void step(double current, int? epoch = null) => Go(current);

                    private void Go(double epoch)
                    {
                        if (epoch < 0) throw new ArgumentException($"Expected non-negative epoch, but got {PyText.Repr(epoch)}");
                        if (epoch < _first) (_length, _at) = (_first, epoch);
                        else if (_times == 1) (_length, _at) = (_first, epoch % _first);
                        else
                        {
                            var n = (int)Math.Log(epoch / _first * (_times - 1) + 1, _times);
                            _at = epoch - _first * (Math.Pow(_times, n) - 1) / (_times - 1);
                            _length = _first * (int)Math.Pow(_times, n);
                        }
                        last_epoch = (int)Math.Floor(epoch);
                        Set(get_lr());
                    }

                    private protected override void Save(Dictionary<string, object?> d) =>
                        (d["T_0"], d["T_i"], d["T_mult"], d["eta_min"], d["T_cur"]) = ((long)_first, (long)_length, (long)_times, _least, _at == Math.Floor(_at) ? (long)_at : _at);

                    private protected override void Load(IReadOnlyDictionary<string, object?> d) => (_length, _at) = ((int)Number(d, "T_i", _length), Number(d, "T_cur", _at));
                }
            }
        }
    }
}
