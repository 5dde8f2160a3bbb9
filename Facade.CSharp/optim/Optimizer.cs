using Torch.Modules;

namespace Torch;

// The base of optimizers: parameter groups, steps, state dicts in PyTorch's layout. See https://pytorch.org/docs/stable/optim.html.
public static partial class torch
{
    /// <summary>torch.optim.</summary>
    public static partial class optim
    {
        /// <summary>Something with a learning rate that a schedule changes.</summary>
        public interface ILearningRateController
        {
            double LearningRate { get; set; }

            double InitialLearningRate { get; set; }
        }

        public interface IMomentum
        {
            double Momentum { get; set; }
        }

        public interface IBetas
        {
            (double, double) Betas { get; set; }
        }

        public abstract class Optimizer : IDisposable
        {
            private readonly HookList<Action<Optimizer>> _preHooks = new();
            private readonly HookList<Action<Optimizer>> _postHooks = new();

            internal readonly List<ParamGroup> Groups = [];

            /// <summary>How many steps were made: schedules warn by it.</summary>
            internal long StepCount { get; private set; }

            public virtual IEnumerable<ILearningRateController> ParamGroups => Groups;

            /// <summary>The groups, as Python names them.</summary>
            public IReadOnlyList<ParamGroup> param_groups => Groups;

            public virtual IEnumerable<Parameter> parameters() => Groups.SelectMany(g => g.Items);

            /// <summary>Forgets the gradients; the next backward pass starts anew.</summary>
            public virtual void zero_grad() => zero_grad(true);

            public void zero_grad(bool set_to_none)
            {
                foreach (var p in parameters())
                {
                    if (p.grad is not { } g) continue;
                    if (set_to_none)
                    {
                        p.grad = null;
                        continue;
                    }
                    if (g.grad_fn is not null) g.detach_();
                    else g.requires_grad_(false);
                    using (no_grad()) g.zero_();
                }
            }

            /// <summary>One step: the closure, if there is one, computes the loss and its gradients anew.</summary>
            public virtual Tensor? step(Func<Tensor>? closure = null)
            {
                foreach (var hook in _preHooks.All) hook(this);
                Tensor? loss = null;
                if (closure is not null)
                    using (enable_grad()) loss = closure();
                using (no_grad())
                using (DisposeScope.Suspend())
                {
                    foreach (var group in Groups) Update(group);
                    Finish(loss);
                }
                StepCount++;
                foreach (var hook in _postHooks.All) hook(this);
                return loss;
            }

            /// <summary>Writes new expressions into the parameters of a group and into their state. Nothing is computed.</summary>
            private protected abstract void Update(ParamGroup group);

            /// <summary>The tensors whose values a step changes beside the parameters.</summary>
            private protected abstract IEnumerable<Tensor> StateTensors();

            /// <summary>Computes everything that the step has written, in one evaluation.</summary>
            private protected void Finish(Tensor? loss)
            {
                var roots = new List<Expr>();
                foreach (var p in parameters().Concat(StateTensors()))
                    if (!p.is_meta && p.Cell is { IsEvaluated: false } cell) roots.Add(cell.Content);
                if (loss is { is_meta: false } && !loss.Expr.IsEvaluated) roots.Add(loss.Expr);
                roots.AddRange(BackwardRoots.Take());
                Evaluation.Run([.. roots]);
            }

            public abstract void add_param_group(ParamGroup param_group);

            /// <summary>Enters a group: no tensor may be in two of them.</summary>
            private protected void Enter(ParamGroup group)
            {
                if (Groups.Count > 0 && (Groups[0].Names is null) != (group.Names is null))
                    throw new ArgumentException("all optimizer params must be with/without names. cannot add a group with names to an optimizer without names or vice versa");
                var met = new HashSet<Parameter>(parameters(), ReferenceEqualityComparer.Instance);
                var own = new HashSet<Parameter>(ReferenceEqualityComparer.Instance);
                foreach (var p in group.Items)
                {
                    if (p is null) throw new TorchTypeException("optimizer can only optimize Tensors, but one of the params is NoneType");
                    if (!p.is_leaf && !p.retains_grad) throw new ArgumentException("can't optimize a non-leaf Tensor");
                    if (met.Contains(p)) throw new ArgumentException("some parameters appear in more than one parameter group");
                    own.Add(p);
                }
                if (own.Count != group.Items.Count)
                    Console.Error.WriteLine("UserWarning: optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see github.com/pytorch/pytorch/issues/40967 for more information");
                Groups.Add(group);
            }

            public utils.hooks.RemovableHandle register_step_pre_hook(Action<Optimizer> hook) => _preHooks.Add(hook);

            public utils.hooks.RemovableHandle register_step_post_hook(Action<Optimizer> hook) => _postHooks.Add(hook);

            /// <summary>The state in PyTorch's layout: `state` by the parameters' numbers, and `param_groups`.</summary>
            public virtual StateDictionary state_dict()
            {
                var dict = new StateDictionary();
                var number = 0;
                foreach (var group in Groups)
                {
                    var indices = new List<long>();
                    foreach (var p in group.Items)
                    {
                        indices.Add(number);
                        if (StateOf(group, p) is { } state) dict.state[number] = state;
                        if (group.States.TryGetValue(p, out var own)) dict.State.Add(own);
                        number++;
                    }
                    var options = group.Options.ToDictionary();
                    if (group.Initial is { } initial) options["initial_lr"] = initial;
                    if (group.Names is not null) options["param_names"] = group.Names.Cast<object?>().ToList();
                    options["params"] = indices.Cast<object?>().ToList();
                    dict.param_groups.Add(options);
                    dict.Options.Add(group.Options);
                    dict.StateIndexRef.Add([.. indices.Select(i => (int)i)]);
                }
                return dict;
            }

            /// <summary>The state of a parameter as PyTorch's dictionary; null before the first step.</summary>
            private protected virtual Dictionary<string, object?>? StateOf(ParamGroup group, Parameter p)
            {
                if (!group.States.TryGetValue(p, out var state) || !state.Exists) return null;
                var d = new Dictionary<string, object?>();
                state.Visit(new StateWriter(d));
                return d;
            }

            public virtual void load_state_dict(StateDictionary state_dict)
            {
                using var unscoped = DisposeScope.Suspend();
                if (state_dict.param_groups.Count != Groups.Count) throw new ArgumentException("loaded state dict has a different number of parameter groups");
                for (var i = 0; i < Groups.Count; i++)
                    if (Indices(state_dict.param_groups[i]).Count != Groups[i].Items.Count)
                        throw new ArgumentException("loaded state dict contains a parameter group that doesn't match the size of optimizer's group");
                for (var i = 0; i < Groups.Count; i++)
                {
                    var saved = state_dict.param_groups[i];
                    Groups[i].Options.VisitAll(new OptionReader(saved));
                    Groups[i].Initial = saved.TryGetValue("initial_lr", out var initial) && initial is not null ? Numbers.Double(initial) : null;
                    var indices = Indices(saved);
                    for (var k = 0; k < indices.Count; k++)
                        if (state_dict.state.TryGetValue(indices[k], out var state)) LoadState(Groups[i], Groups[i].Items[k], state);
                }
            }

            private protected virtual void LoadState(ParamGroup group, Parameter p, IReadOnlyDictionary<string, object?> saved)
            {
                var state = group.States[p];
                state.Visit(new StateReader(saved, p));
                state.Exists = true;
            }

            /// <summary>From what torch.load gives: a dictionary with `state` and `param_groups`.</summary>
            public void load_state_dict(System.Collections.IDictionary state_dict) => load_state_dict(StateDictionary.From(state_dict));

            private static List<int> Indices(Dictionary<string, object?> group) =>
                ((System.Collections.IEnumerable)group["params"]!).Cast<object>().Select(i => (int)Numbers.Double(i)).ToList();

            /// <summary>There is nothing that has to be released; the state's tensors are let go.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (var state in Groups.SelectMany(g => g.States.Values)) state.Dispose();
            }

            public override string ToString()
            {
                var text = new System.Text.StringBuilder(GetType().Name).Append(" (");
                for (var i = 0; i < Groups.Count; i++)
                {
                    text.Append($"\nParameter Group {i}\n");
                    var options = Groups[i].Options.ToDictionary();
                    if (Groups[i].Initial is { } initial) options["initial_lr"] = initial;
                    foreach (var (key, value) in options.OrderBy(o => o.Key, StringComparer.Ordinal)) text.Append($"    {key}: {Python(value)}\n");
                }
                return text.Append(')').ToString();

                static string Python(object? value) => value switch
                {
                    null => "None",
                    bool b => PyText.Repr(b),
                    double d => PyText.Repr(d),
                    (double a, double b) => $"({PyText.Repr(a)}, {PyText.Repr(b)})",
                    _ => value.ToString()!,
                };
            }

            /// <summary>An optimizer's state: PyTorch's dictionaries, and the objects behind them.</summary>
            public sealed class StateDictionary
            {
                /// <summary>For each parameter's number the entries of its state.</summary>
                public Dictionary<int, Dictionary<string, object?>> state { get; } = [];

                /// <summary>For each group its options and, under "params", the numbers of its parameters.</summary>
                public List<Dictionary<string, object?>> param_groups { get; } = [];

                public List<OptimizerOptions> Options { get; } = [];

                public List<OptimizerState> State { get; } = [];

                public List<List<int>> StateIndexRef { get; } = [];

                internal static StateDictionary From(System.Collections.IDictionary source)
                {
                    var result = new StateDictionary();
                    foreach (System.Collections.DictionaryEntry e in (System.Collections.IDictionary)source["state"]!)
                        result.state[(int)Numbers.Double(e.Key)] = Named((System.Collections.IDictionary)e.Value!);
                    foreach (var group in (System.Collections.IEnumerable)source["param_groups"]!) result.param_groups.Add(Named((System.Collections.IDictionary)group));
                    return result;
                }

                private static Dictionary<string, object?> Named(System.Collections.IDictionary source)
                {
                    var d = new Dictionary<string, object?>();
                    foreach (System.Collections.DictionaryEntry e in source) d[(string)e.Key] = e.Value;
                    return d;
                }
            }
        }
    }
}
