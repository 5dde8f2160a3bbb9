namespace Torch;

// Schedules made of others, and those that watch a metric.
public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Several schedules that step together.</summary>
                public class ChainedLR : LRScheduler
                {
                    private readonly LRScheduler[] _schedulers;

                    public ChainedLR(IEnumerable<LRScheduler> schedulers) : this([.. schedulers], null) { }

                    internal ChainedLR(LRScheduler[] schedulers, Optimizer? optimizer) : base(
                        optimizer ?? (schedulers.Length > 0 ? schedulers[0].Optimizer : throw new ArgumentException("ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.")), -1)
                    {
                        for (var i = 0; i < schedulers.Length; i++)
                            if (!ReferenceEquals(schedulers[i].Optimizer, Optimizer))
                                throw new ArgumentException($"ChainedScheduler expects all schedulers to belong to the same optimizer, but got scheduler {schedulers[i].GetType().Name} at index {i} has a different optimizer");
                        _schedulers = schedulers;
                        Last = [.. Optimizer.Groups.Select(g => g.LearningRate)];
                    }

                    public override double[] get_lr() => Rates;

                    public override void step()
                    {
                        foreach (var s in _schedulers) s.step();
                        Last = [.. Optimizer.Groups.Select(g => g.LearningRate)];
                    }

                    public override Dictionary<string, object?> state_dict() => new()
                    {
                        ["_last_lr"] = Last.Cast<object?>().ToList(),
                        ["_schedulers"] = _schedulers.Select(s => (object?)s.state_dict()).ToList(),
                    };

                    public override void load_state_dict(IReadOnlyDictionary<string, object?> state_dict) => LoadInner(state_dict, _schedulers, this);
                }

                internal static void LoadInner(IReadOnlyDictionary<string, object?> saved, LRScheduler[] inner, LRScheduler outer)
                {
                    if (saved.TryGetValue("_last_lr", out var last)) outer.Last = LRScheduler.List(last);
                    if (saved.TryGetValue("last_epoch", out var epoch) && epoch is not null) outer.last_epoch = (int)Numbers.Double(epoch);
                    var parts = ((System.Collections.IEnumerable)saved["_schedulers"]!).Cast<IReadOnlyDictionary<string, object?>>().ToArray();
                    for (var i = 0; i < inner.Length; i++) inner[i].load_state_dict(parts[i]);
                }

                /// <summary>Schedules one after the other, the next from each milestone on.</summary>
                public class SequentialLR : LRScheduler
                {
                    private readonly LRScheduler[] _schedulers;
                    private readonly int[] _milestones;

                    public SequentialLR(Optimizer optimizer, IEnumerable<LRScheduler> schedulers, IEnumerable<int> milestones, int last_epoch = -1) : base(optimizer, -1)
                    {
                        _schedulers = [.. schedulers];
                        _milestones = [.. milestones];
                        if (_schedulers.Length < 1) throw new ArgumentException("SequentialLR expects at least one scheduler to be chained, but got no scheduler.");
                        for (var i = 0; i < _schedulers.Length; i++)
                        {
                            if (_schedulers[i] is ReduceLROnPlateau)
                                throw new ArgumentException("SequentialLR does not support `ReduceLROnPlateau` scheduler as it requires additional kwargs to be specified when calling `step`, but got one at index " + i + " in the given schedulers sequence.");
                            if (!ReferenceEquals(_schedulers[i].Optimizer, optimizer))
                                throw new ArgumentException($"SequentialLR expects all schedulers to belong to the same optimizer, but got scheduler {_schedulers[i].GetType().Name} at index {i} has a different optimizer");
                        }
                        if (_milestones.Length != _schedulers.Length - 1)
                            throw new ArgumentException($"Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers {_schedulers.Length} and the number of milestones to be equal to {_milestones.Length}");
                        this.last_epoch = last_epoch + 1;
                        foreach (var g in optimizer.Groups) g.LearningRate = g.Initial!.Value;
                        // The schedules have each made a first step; only that of the first one counts.
                        Undo(_schedulers);
                        _schedulers[0].InitialStep();
                        Last = [.. _schedulers[0].Last];
                    }

                    private static void Undo(IEnumerable<LRScheduler> schedulers)
                    {
                        foreach (var s in schedulers)
                        {
                            if (s is SequentialLR inner) Undo(inner._schedulers);
                            s.last_epoch--;
                        }
                    }

                    public override double[] get_lr() => Rates;

                    public override void step()
                    {
                        last_epoch++;
                        var at = _milestones.Count(m => m <= last_epoch);
                        var scheduler = _schedulers[at];
                        if (at > 0 && _milestones[at - 1] == last_epoch) scheduler.step((int?)0);
                        else scheduler.step();
                        Last = [.. scheduler.Last];
                    }

                    public override Dictionary<string, object?> state_dict() => new()
                    {
                        ["_milestones"] = _milestones.Select(m => (object?)(long)m).ToList(),
                        ["last_epoch"] = (long)last_epoch,
                        ["_last_lr"] = Last.Cast<object?>().ToList(),
                        ["_schedulers"] = _schedulers.Select(s => (object?)s.state_dict()).ToList(),
                    };

                    public override void load_state_dict(IReadOnlyDictionary<string, object?> state_dict) => LoadInner(state_dict, _schedulers, this);
                }

                /// <summary>Times a factor when a metric has not got better for a while.</summary>
                public class ReduceLROnPlateau : LRScheduler
                {
                    private double _factor, _threshold, _eps;
                    private int _patience, _cooldown;
                    private readonly bool _minimize, _relative;
                    private double[] _least;
                    private double _best;
                    private int _bad, _cooling;

                    public ReduceLROnPlateau(Optimizer optimizer, string mode = "min", double factor = 0.1, int patience = 10, double threshold = 1e-4, string threshold_mode = "rel", int cooldown = 0,
                        IList<double>? min_lr = null, double eps = 1e-8, bool verbose = false) : base(optimizer, -1)
                    {
                        if (factor >= 1.0) throw new ArgumentException("Factor should be < 1.0.");
                        if (mode is not ("min" or "max")) throw new ArgumentException("mode " + mode + " is unknown!");
                        if (threshold_mode is not ("rel" or "abs")) throw new ArgumentException("threshold mode " + threshold_mode + " is unknown!");
                        if (min_lr is { Count: > 1 } && min_lr.Count != optimizer.Groups.Count) throw new ArgumentException($"expected {optimizer.Groups.Count} min_lrs, got {min_lr.Count}");
                        (_factor, _patience, _threshold, _cooldown, _eps) = (factor, patience, threshold, cooldown, eps);
                        (_minimize, _relative) = (mode == "min", threshold_mode == "rel");
                        _least = min_lr is null ? new double[optimizer.Groups.Count] : min_lr.Count == optimizer.Groups.Count ? [.. min_lr] : [.. Enumerable.Repeat(min_lr[0], optimizer.Groups.Count)];
                        _best = Worst;
                        last_epoch = 0;
                        Last = Rates;
                    }

                    public ReduceLROnPlateau(Optimizer optimizer, double min_lr, string mode = "min", double factor = 0.1, int patience = 10, double threshold = 1e-4, string threshold_mode = "rel",
                        int cooldown = 0, double eps = 1e-8)
                        : this(optimizer, mode, factor, patience, threshold, threshold_mode, cooldown, [.. Enumerable.Repeat(min_lr, optimizer.Groups.Count)], eps) { }

                    private double Worst => _minimize ? double.PositiveInfinity : double.NegativeInfinity;

                    public override double[] get_lr() => Rates;

                    public override void step() => throw new InvalidOperationException("step() of ReduceLROnPlateau takes the metric that is watched");

                    public override void step(int? epoch) => step();

                    public override void step([PyTorchName("metrics")] double current, int? epoch = null)
                    {
                        last_epoch = epoch ?? last_epoch + 1;
                        if (IsBetter(current))
                        {
                            _best = current;
                            _bad = 0;
                        }
                        else _bad++;
                        if (_cooling > 0)
                        {
                            _cooling--;
                            _bad = 0;
                        }
                        if (_bad > _patience)
                        {
                            if (_least.Length != Optimizer.Groups.Count)
                                throw new TorchException("The number of param groups in the optimizer differs from that when ReduceLROnPlateau was initialized");
                            for (var i = 0; i < Optimizer.Groups.Count; i++)
                            {
                                var old = Optimizer.Groups[i].LearningRate;
                                var next = Math.Max(old * _factor, _least[i]);
                                if (old - next > _eps) Optimizer.Groups[i].LearningRate = next;
                            }
                            _cooling = _cooldown;
                            _bad = 0;
                        }
                        Last = Rates;
                    }

                    private bool IsBetter(double a) => (_minimize, _relative) switch
                    {
                        (true, true) => a < _best * (1.0 - _threshold),
                        (true, false) => a < _best - _threshold,
                        (false, true) => a > _best * (_threshold + 1.0),
                        _ => a > _best + _threshold,
                    };

                    public override Dictionary<string, object?> state_dict() => new()
                    {
                        ["factor"] = _factor,
                        ["default_min_lr"] = _least.Length > 0 ? Shown(_least[0]) : 0L,
                        ["min_lrs"] = _least.Select(Shown).ToList(),
                        ["patience"] = (long)_patience,
                        ["cooldown"] = (long)_cooldown,
                        ["eps"] = _eps,
                        ["last_epoch"] = (long)last_epoch,
                        ["_last_lr"] = Last.Cast<object?>().ToList(),
                        ["mode_worse"] = Worst,
                        ["mode"] = _minimize ? "min" : "max",
                        ["threshold"] = _threshold,
                        ["threshold_mode"] = _relative ? "rel" : "abs",
                        ["best"] = _best,
                        ["cooldown_counter"] = (long)_cooling,
                        ["num_bad_epochs"] = (long)_bad,
                    };

                    /// <summary>The default of Python is the whole number 0.</summary>
                    private static object? Shown(double least) => least == 0 ? 0L : least;

                    public override void load_state_dict(IReadOnlyDictionary<string, object?> d)
                    {
                        (_factor, _threshold, _eps, _best) = (Number(d, "factor", _factor), Number(d, "threshold", _threshold), Number(d, "eps", _eps), Number(d, "best", _best));
                        (_patience, _cooldown) = ((int)Number(d, "patience", _patience), (int)Number(d, "cooldown", _cooldown));
                        (_bad, _cooling) = ((int)Number(d, "num_bad_epochs", _bad), (int)Number(d, "cooldown_counter", _cooling));
                        last_epoch = (int)Number(d, "last_epoch", last_epoch);
                        if (d.TryGetValue("min_lrs", out var least)) _least = List(least);
                        if (d.TryGetValue("_last_lr", out var last)) Last = List(last);
                    }
                }
            }
        }
    }
}
