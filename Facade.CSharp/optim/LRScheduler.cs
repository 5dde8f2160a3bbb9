using Torch.Modules;

namespace Torch;

// Learning rate schedules. Each computes the next rate from the present one, as PyTorch does, so that schedules can be chained and the digits agree. See
// https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate.
public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public abstract class LRScheduler
            {
                internal readonly Optimizer Optimizer;
                internal double[] BaseRates;
                internal double[] Last = [];
                internal int StepCount;
                private protected bool IsInitial;

                private protected LRScheduler(Optimizer optimizer, int last_epoch)
                {
                    Optimizer = optimizer;
                    for (var i = 0; i < optimizer.Groups.Count; i++)
                    {
                        var group = optimizer.Groups[i];
                        if (last_epoch == -1) group.Initial ??= group.LearningRate;
                        else if (group.Initial is null)
                            throw new KeyNotFoundException(
                                $"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with last_epoch >= 0.\nThis typically happens when:\n1. You're trying to resume training from a checkpoint but haven't properly loaded the optimizer state\n2. You're using last_epoch >= 0 for a fresh training run (not recommended)");
                    }
                    BaseRates = [.. optimizer.Groups.Select(g => g.Initial!.Value)];
                    this.last_epoch = last_epoch;
                }

                /// <summary>How many steps were made, from 0.</summary>
                public int last_epoch { get; internal set; }

                /// <summary>The rates that the schedule starts from.</summary>
                public IReadOnlyList<double> base_lrs => BaseRates;

                /// <summary>The first step, which constructors make.</summary>
                internal void InitialStep()
                {
                    StepCount = 0;
                    IsInitial = true;
                    try
                    {
                        step();
                    }
                    finally
                    {
                        IsInitial = false;
                    }
                }

                /// <summary>The rates of the optimizer's groups after the last step.</summary>
                public IEnumerable<double> get_last_lr() => Last;

                /// <summary>The rates that the next step gives.</summary>
                public abstract double[] get_lr();

                /// <summary>The rates as a function of the epoch alone; where there is none, from the present ones.</summary>
                private protected virtual double[] ClosedForm() => get_lr();

                /// <summary>Call it after the optimizer's step.</summary>
                public virtual void step()
                {
                    StepCount++;
                    last_epoch++;
                    Set(get_lr());
                }

                /// <summary>Goes to an epoch.</summary>
                public virtual void step(int? epoch)
                {
                    if (epoch is null)
                    {
                        step();
                        return;
                    }
                    StepCount++;
                    last_epoch = epoch.Value;
                    Set(ClosedForm());
                }

                /// <summary>For schedules that look at a metric.</summary>
                public virtual void step([PyTorchName("metrics")] double current, int? epoch = null) => step(epoch);

                private protected void Set(double[] rates)
                {
                    for (var i = 0; i < rates.Length && i < Optimizer.Groups.Count; i++) Optimizer.Groups[i].LearningRate = rates[i];
                    Last = [.. Optimizer.Groups.Select(g => g.LearningRate)];
                }

                private protected double[] Rates => [.. Optimizer.Groups.Select(g => g.LearningRate)];

                /// <summary>The present rates changed one by one; the second argument is the rate that the schedule started from.</summary>
                private protected double[] Each(Func<double, double, double> next) => [.. Rates.Select((lr, i) => next(lr, BaseRates[i]))];

                // ---- State

                /// <summary>PyTorch's dictionary of everything but the optimizer.</summary>
                public virtual Dictionary<string, object?> state_dict()
                {
                    var d = new Dictionary<string, object?>();
                    Save(d);
                    d["base_lrs"] = BaseRates.Cast<object?>().ToList();
                    d["last_epoch"] = (long)last_epoch;
                    d["_step_count"] = (long)StepCount;
                    d["_is_initial"] = false;
                    d["_get_lr_called_within_step"] = false;
                    d["_last_lr"] = Last.Cast<object?>().ToList();
                    return d;
                }

                /// <summary>The schedule's own entries, which come first.</summary>
                private protected virtual void Save(Dictionary<string, object?> d) { }

                public virtual void load_state_dict(IReadOnlyDictionary<string, object?> state_dict)
                {
                    if (state_dict.TryGetValue("base_lrs", out var rates)) BaseRates = List(rates);
                    if (state_dict.TryGetValue("last_epoch", out var epoch)) last_epoch = (int)Numbers.Double(epoch!);
                    if (state_dict.TryGetValue("_step_count", out var count)) StepCount = (int)Numbers.Double(count!);
                    if (state_dict.TryGetValue("_last_lr", out var last)) Last = List(last);
                    Load(state_dict);
                }

                private protected virtual void Load(IReadOnlyDictionary<string, object?> d) { }

                internal static double[] List(object? value) => [.. ((System.Collections.IEnumerable)value!).Cast<object>().Select(Numbers.Double)];

                internal static double Number(IReadOnlyDictionary<string, object?> d, string name, double otherwise) => d.TryGetValue(name, out var v) && v is not null ? Numbers.Double(v) : otherwise;
            }

            /// <summary>The momentum of a group, or its first beta.</summary>
            internal sealed class MomentumOf : OptionVisitor
            {
                private double? _set;
                private double? _found;

                internal static double Get(ParamGroup group)
                {
                    var v = new MomentumOf();
                    group.Options.Visit(v);
                    return v._found ?? throw new ArgumentException("optimizer must support momentum or beta1 with `cycle_momentum` option enabled");
                }

                internal static void Set(ParamGroup group, double value) => group.Options.Visit(new MomentumOf { _set = value });

                internal override void Number(string name, ref double? value)
                {
                    if (name != "momentum") return;
                    _found = value;
                    if (_set is not null) value = _set;
                }

                internal override void Flag(string name, ref bool? value) { }

                internal override void Pair(string name, ref double? first, ref double? second)
                {
                    if (name != "betas") return;
                    _found = first;
                    if (_set is not null) first = _set;
                }
            }
        }
    }
}
