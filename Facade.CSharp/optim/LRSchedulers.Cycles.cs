namespace Torch;

// Schedules that move the rate up and down, and with it the momentum.
public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Cyclical learning rates (Smith, 2015).</summary>
                public class CyclicLR : LRScheduler
                {
                    public enum Mode
                    {
                        [PyTorchName("triangular")] Triangular,
                        [PyTorchName("triangular2")] Triangular2,
                        [PyTorchName("exp_range")] ExpRange,
                    }

                    public enum ScaleMode
                    {
                        [PyTorchName("cycle")] Cycle,
                        [PyTorchName("iterations")] Iterations,
                    }

                    private readonly double[] _maxRates, _baseMomenta = [], _maxMomenta = [];
                    private readonly double _totalSize, _ratio, _gamma;
                    private readonly Mode _mode;
                    private readonly ScaleMode _scaleMode;
                    private readonly Func<double, double>? _scale;
                    private readonly bool _cycleMomentum;

                    public CyclicLR(Optimizer optimizer, double base_lr, double max_lr, int step_size_up = 2000, int step_size_down = -1, Mode mode = Mode.Triangular, double gamma = 1.0,
                        Func<double, double>? scale_fn = null, ScaleMode scale_mode = ScaleMode.Cycle, bool cycle_momentum = true, double base_momentum = 0.8, double max_momentum = 0.9, int last_epoch = -1,
                        bool verbose = false)
                        : this(optimizer, Enumerable.Repeat(base_lr, optimizer.Groups.Count), Enumerable.Repeat(max_lr, optimizer.Groups.Count), step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode,
                            cycle_momentum, Enumerable.Repeat(base_momentum, optimizer.Groups.Count), Enumerable.Repeat(max_momentum, optimizer.Groups.Count), last_epoch, verbose) { }

                    public CyclicLR(Optimizer optimizer, IEnumerable<double> base_lr, IEnumerable<double> max_lr, int step_size_up = 2000, int step_size_down = -1, Mode mode = Mode.Triangular,
                        double gamma = 1.0, Func<double, double>? scale_fn = null, ScaleMode scale_mode = ScaleMode.Cycle, bool cycle_momentum = true, IEnumerable<double>? base_momentum = null,
                        IEnumerable<double>? max_momentum = null, int last_epoch = -1, bool verbose = false) : base(Prepared(optimizer, base_lr, last_epoch), last_epoch)
                    {
                        var groups = optimizer.Groups;
                        double[] baseRates = [.. base_lr];
                        _maxRates = [.. max_lr];
                        if (_maxRates.Length != groups.Count) throw new ArgumentException($"max_lr must have the same length as optimizer.param_groups. max_lr has {_maxRates.Length} values, param_groups has {groups.Count}.");
                        double up = step_size_up, down = step_size_down >= 0 ? step_size_down : step_size_up;
                        _totalSize = up + down;
                        _ratio = up / _totalSize;
                        (_mode, _gamma, _scale, _cycleMomentum) = (mode, gamma, scale_fn, cycle_momentum);
                        _scaleMode = scale_fn is not null ? scale_mode : mode == Mode.ExpRange ? ScaleMode.Iterations : ScaleMode.Cycle;
                        if (cycle_momentum)
                        {
                            _baseMomenta = LRSchedulerArguments.Each(base_momentum, 0.8, groups.Count);
                            _maxMomenta = LRSchedulerArguments.Each(max_momentum, 0.9, groups.Count);
                            foreach (var g in groups) MomentumOf.Get(g);
                            if (last_epoch == -1)
                                for (var i = 0; i < groups.Count; i++) MomentumOf.Set(groups[i], _maxMomenta[i]);
                        }
                        BaseRates = baseRates;
                        InitialStep();
                    }

                    private static Optimizer Prepared(Optimizer optimizer, IEnumerable<double> rates, int last)
                    {
                        double[] r = [.. rates];
                        if (r.Length != optimizer.Groups.Count) throw new ArgumentException($"base_lr must have the same length as optimizer.param_groups. base_lr has {r.Length} values, param_groups has {optimizer.Groups.Count}.");
                        if (last == -1)
                            for (var i = 0; i < r.Length; i++) optimizer.Groups[i].LearningRate = r[i];
                        return optimizer;
                    }

                    private double Scale(double x) => _scale is not null ? _scale(x)
                        : _mode switch
                        {
                            Mode.Triangular => 1.0,
                            Mode.Triangular2 => 1 / Math.Pow(2.0, x - 1),
                            _ => Math.Pow(_gamma, x),
                        };

                    public override double[] get_lr()
                    {
                        var cycle = Math.Floor(1 + last_epoch / _totalSize);
                        var x = 1.0 + last_epoch / _totalSize - cycle;
                        var factor = x <= _ratio ? x / _ratio : (x - 1) / (_ratio - 1);
                        var scale = Scale(_scaleMode == ScaleMode.Cycle ? cycle : last_epoch);
                        var rates = new double[BaseRates.Length];
                        for (var i = 0; i < rates.Length; i++) rates[i] = BaseRates[i] + (_maxRates[i] - BaseRates[i]) * factor * scale;
                        for (var i = 0; _cycleMomentum && i < rates.Length; i++)
                            MomentumOf.Set(Optimizer.Groups[i], _maxMomenta[i] - (_maxMomenta[i] - _baseMomenta[i]) * factor * scale);
                        return rates;
                    }

                    private protected override void Save(Dictionary<string, object?> d)
                    {
                        d["max_lrs"] = _maxRates.Cast<object?>().ToList();
                        d["total_size"] = _totalSize;
                        d["step_ratio"] = _ratio;
                        d["mode"] = _mode == Mode.ExpRange ? "exp_range" : _mode.ToString().ToLowerInvariant();
                        d["gamma"] = _gamma;
                        d["scale_mode"] = _scaleMode.ToString().ToLowerInvariant();
                        d["cycle_momentum"] = _cycleMomentum;
                        if (!_cycleMomentum) return;
                        d["use_beta1"] = Optimizer is IBetas;
                        d["base_momentums"] = _baseMomenta.Cast<object?>().ToList();
                        d["max_momentums"] = _maxMomenta.Cast<object?>().ToList();
                    }
                }

                /// <summary>The one-cycle policy (Smith and Topin, 2017).</summary>
                public class OneCycleLR : LRScheduler
                {
                    public enum AnnealStrategy
                    {
                        [PyTorchName("cos")] Cos,
                        [PyTorchName("linear")] Linear,
                    }

                    private enum Level { Initial, Max, Min }

                    private sealed record Phase(double End, Level From, Level To, bool MomentumFalls);

                    private readonly int _total;
                    private readonly Phase[] _phases;
                    private readonly AnnealStrategy _strategy;
                    private readonly bool _cycleMomentum, _three;
                    private readonly double[] _initial = [], _max, _least = [], _baseMomenta = [], _maxMomenta = [];

                    public OneCycleLR(Optimizer optimizer, double max_lr, int total_steps = -1, int epochs = -1, int steps_per_epoch = -1, double pct_start = 0.3,
                        AnnealStrategy anneal_strategy = AnnealStrategy.Cos, bool cycle_momentum = true, double base_momentum = 0.85, double max_momentum = 0.95, double div_factor = 25,
                        double final_div_factor = 1e4, bool three_phase = false, int last_epoch = -1, bool verbose = false)
                        : this(optimizer, Enumerable.Repeat(max_lr, optimizer.Groups.Count), total_steps, epochs, steps_per_epoch, pct_start, anneal_strategy, cycle_momentum,
                            Enumerable.Repeat(base_momentum, optimizer.Groups.Count), Enumerable.Repeat(max_momentum, optimizer.Groups.Count), div_factor, final_div_factor, three_phase, last_epoch, verbose) { }

                    public OneCycleLR(Optimizer optimizer, IEnumerable<double> max_lr, int total_steps = -1, int epochs = -1, int steps_per_epoch = -1, double pct_start = 0.3,
                        AnnealStrategy anneal_strategy = AnnealStrategy.Cos, bool cycle_momentum = true, IEnumerable<double>? base_momentum = null, IEnumerable<double>? max_momentum = null,
                        double div_factor = 25, double final_div_factor = 1e4, bool three_phase = false, int last_epoch = -1, bool verbose = false)
                        : base(Prepared(optimizer, max_lr, div_factor, last_epoch), last_epoch)
                    {
                        if (total_steps != -1)
                        {
                            if (total_steps <= 0) throw new ArgumentException($"Expected positive integer total_steps, but got {total_steps}");
                            _total = total_steps;
                        }
                        else if (epochs != -1 && steps_per_epoch != -1)
                        {
                            if (epochs <= 0) throw new ArgumentException($"Expected positive integer epochs, but got {epochs}");
                            if (steps_per_epoch <= 0) throw new ArgumentException($"Expected positive integer steps_per_epoch, but got {steps_per_epoch}");
                            _total = epochs * steps_per_epoch;
                        }
                        else throw new ArgumentException("You must define either total_steps OR (epochs AND steps_per_epoch)");
                        if (pct_start is < 0 or > 1) throw new ArgumentException($"Expected float between 0 and 1 pct_start, but got {PyText.Repr(pct_start)}");
                        _phases = three_phase
                            ?
                            [
                                new(pct_start * _total - 1, Level.Initial, Level.Max, true),
                                new(2 * pct_start * _total - 2, Level.Max, Level.Initial, false),
                                new(_total - 1, Level.Initial, Level.Min, false),
                            ]
                            : [new(pct_start * _total - 1, Level.Initial, Level.Max, true), new(_total - 1, Level.Max, Level.Min, false)];
                        (_strategy, _cycleMomentum, _three) = (anneal_strategy, cycle_momentum, three_phase);
                        _max = [.. max_lr];
                        _initial = [.. optimizer.Groups.Select(g => g.Initial!.Value)];
                        _least = [.. _initial.Select(i => i / final_div_factor)];
                        if (cycle_momentum)
                        {
                            _baseMomenta = LRSchedulerArguments.Each(base_momentum, 0.85, _max.Length);
                            _maxMomenta = LRSchedulerArguments.Each(max_momentum, 0.95, _max.Length);
                            foreach (var g in optimizer.Groups) MomentumOf.Get(g);
                            if (last_epoch == -1)
                                for (var i = 0; i < _max.Length; i++) MomentumOf.Set(optimizer.Groups[i], _maxMomenta[i]);
                        }
                        InitialStep();
                    }

                    private static Optimizer Prepared(Optimizer optimizer, IEnumerable<double> max, double divisor, int last)
                    {
                        double[] m = [.. max];
                        if (m.Length != optimizer.Groups.Count) throw new ArgumentException($"expected {optimizer.Groups.Count} values for max_lr, got {m.Length}");
                        if (last == -1)
                            for (var i = 0; i < m.Length; i++) optimizer.Groups[i].Initial = m[i] / divisor;
                        return optimizer;
                    }

                    private double Anneal(double start, double end, double part) =>
                        _strategy == AnnealStrategy.Cos ? end + (start - end) / 2.0 * (Math.Cos(Math.PI * part) + 1) : (end - start) * part + start;

                    private double At(Level level, int group) => level switch { Level.Initial => _initial[group], Level.Max => _max[group], _ => _least[group] };

                    public override double[] get_lr()
                    {
                        double step = last_epoch;
                        if (step > _total) throw new ArgumentException($"Tried to step {last_epoch} times. The total number of steps is {_total}");
                        var rates = new double[_max.Length];
                        for (var i = 0; i < rates.Length; i++)
                        {
                            double start = 0;
                            for (var k = 0; k < _phases.Length; k++)
                            {
                                var phase = _phases[k];
                                if (step <= phase.End || k == _phases.Length - 1)
                                {
                                    var part = (step - start) / (phase.End - start);
                                    rates[i] = Anneal(At(phase.From, i), At(phase.To, i), part);
                                    if (_cycleMomentum)
                                    {
                                        var flat = _three && k == 2;
                                        var (from, to) = flat ? (_maxMomenta[i], _maxMomenta[i]) : phase.MomentumFalls ? (_maxMomenta[i], _baseMomenta[i]) : (_baseMomenta[i], _maxMomenta[i]);
                                        MomentumOf.Set(Optimizer.Groups[i], Anneal(from, to, part));
                                    }
                                    break;
                                }
                                start = phase.End;
                            }
                        }
                        return rates;
                    }

                    private protected override void Save(Dictionary<string, object?> d)
                    {
                        d["total_steps"] = (long)_total;
                        d["_schedule_phases"] = _phases.Select((p, k) => (object?)new Dictionary<string, object?>
                        {
                            ["end_step"] = p.End == Math.Floor(p.End) && k == _phases.Length - 1 ? (long)p.End : p.End,
                            ["start_lr"] = Name(p.From),
                            ["end_lr"] = Name(p.To),
                            ["start_momentum"] = p.MomentumFalls || (_three && k == 2) ? "max_momentum" : "base_momentum",
                            ["end_momentum"] = p.MomentumFalls ? "base_momentum" : "max_momentum",
                        }).ToList();
                        d["_anneal_func_type"] = _strategy == AnnealStrategy.Cos ? "cos" : "linear";
                        d["cycle_momentum"] = _cycleMomentum;
                        if (_cycleMomentum) d["use_beta1"] = Optimizer is IBetas;
                    }

                    private static string Name(Level level) => level switch { Level.Initial => "initial_lr", Level.Max => "max_lr", _ => "min_lr" };
                }
            }
        }
    }
}

/// <summary>Arguments that are given for all groups or once.</summary>
internal static class LRSchedulerArguments
{
    internal static double[] Each(IEnumerable<double>? given, double otherwise, int groups)
    {
        double[] values = given is null ? [otherwise] : [.. given];
        return values.Length == 1 ? [.. Enumerable.Repeat(values[0], groups)] : values;
    }
}
