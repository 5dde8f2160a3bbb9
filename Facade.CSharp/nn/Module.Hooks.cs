namespace Torch;

// Hooks on modules. A forward pass with hooks goes: forward pre-hooks, identity nodes on the inputs (where backward hooks are), forward, forward hooks, identity nodes on the outputs.
public static partial class torch
{
    public static partial class nn
    {
        public abstract partial class Module
        {
            private readonly HookList<Func<Module, Tensor?[], Tensor?[], Tensor?[]?>> _backwardHooks = new();
            private readonly HookList<Func<Module, Tensor?[], Tensor?[]?>> _backwardPreHooks = new();

            /// <summary>
            /// Calls a function with (module, grad_input, grad_output) when the gradients of the module's inputs are known; what it returns replaces them.
            /// </summary>
            public torch.utils.hooks.RemovableHandle register_full_backward_hook(Func<Module, Tensor?[], Tensor?[], Tensor?[]?> hook) => _backwardHooks.Add(hook);

            /// <summary>Calls a function with (module, grad_output) when the gradients of the module's outputs are known; what it returns replaces them.</summary>
            public torch.utils.hooks.RemovableHandle register_full_backward_pre_hook(Func<Module, Tensor?[], Tensor?[]?> hook) => _backwardPreHooks.Add(hook);

            private protected bool HasBackwardHooks => _backwardHooks.Any || _backwardPreHooks.Any;

            private protected BackwardHooks? StartBackwardHooks() => HasBackwardHooks ? new BackwardHooks(this) : null;

            /// <summary>One forward pass of a module with backward hooks.</summary>
            private protected sealed class BackwardHooks(Module module)
            {
                private readonly Func<Module, Tensor?[], Tensor?[], Tensor?[]?>[] _hooks = [.. module._backwardHooks.All];
                private readonly Func<Module, Tensor?[], Tensor?[]?>[] _preHooks = [.. module._backwardPreHooks.All];
                private int[] _inputs = [];
                private int _inputCount;
                private Tensor?[]? _gradOutputs;

                /// <summary>Passes the inputs that want gradients through an identity node, on which the user's hooks wait.</summary>
                internal T Inputs<T>(T inputs) =>
                    Through(inputs, (node, at, count) =>
                    {
                        (_inputs, _inputCount) = (at, count);
                        node?.register_hook((gradInputs, _) => AtInputs(gradInputs));
                    });

                internal T Outputs<T>(T outputs) =>
                    Through(outputs, (node, at, count) => node?.register_prehook(gradOutputs => AtOutputs(gradOutputs, at, count)));

                private Tensor?[]? AtOutputs(Tensor?[] gradOutputs, int[] at, int count)
                {
                    _gradOutputs = Spread(gradOutputs, at, count);
                    foreach (var hook in _preHooks)
                        if (hook(module, _gradOutputs) is { } changed)
                        {
                            CheckCount(changed, _gradOutputs);
                            _gradOutputs = changed;
                        }
                    // Where no input wants a gradient the hooks have nothing else to wait for.
                    if (_inputs.Length == 0)
                    {
                        var none = new Tensor?[_inputCount];
                        foreach (var hook in _hooks)
                            if (hook(module, none, _gradOutputs) is { } result && result.Any(r => r is not null))
                                throw new TorchException("Backward hook for Modules where no input requires gradient should always return None or None for all gradients.");
                    }
                    return Gather(_gradOutputs, at);
                }

                private Tensor?[]? AtInputs(Tensor?[] gradInputs)
                {
                    // The gradient reached the inputs without passing through the outputs, as in a second derivative.
                    if (_gradOutputs is null) return null;
                    var result = Spread(gradInputs, _inputs, _inputCount);
                    foreach (var hook in _hooks)
                        if (hook(module, result, _gradOutputs) is { } changed)
                        {
                            CheckCount(changed, result);
                            result = changed;
                        }
                    _gradOutputs = null;
                    return Gather(result, _inputs);
                }

                private static void CheckCount(Tensor?[] got, Tensor?[] expected)
                {
                    if (got.Length != expected.Length)
                        throw new TorchException($"Backward hook returned an invalid number of grad_input, got {got.Length}, but expected {expected.Length}");
                }

                private static Tensor?[] Spread(Tensor?[] part, int[] at, int count)
                {
                    var all = new Tensor?[count];
                    for (var i = 0; i < at.Length; i++) all[at[i]] = part[i];
                    return all;
                }

                private static Tensor?[] Gather(Tensor?[] all, int[] at) => Array.ConvertAll(at, i => all[i]);

                private static T Through<T>(T value, Action<autograd.graph.Node?, int[], int> attach)
                {
                    var tensors = new List<Tensor?>();
                    Structure.Collect(value, tensors);
                    var at = new List<int>();
                    for (var i = 0; i < tensors.Count; i++)
                        if (Modes.Grad && tensors[i] is { requires_grad: true }) at.Add(i);
                    if (at.Count == 0)
                    {
                        attach(null, [], tensors.Count);
                        return value;
                    }
                    var chosen = at.Select(i => tensors[i]).ToArray();
                    var passed = Autograd.Record("BackwardHookFunctionBackward", Array.ConvertAll(chosen, t => Core.Identity.alias(t!.Expr)), chosen);
                    for (var i = 0; i < passed.Length; i++) tensors[at[i]] = passed[i];
                    attach(passed[0].grad_fn, [.. at], tensors.Count);
                    return (T)Structure.Replace(value, new Queue<Tensor?>(tensors))!;
                }
            }
        }

        /// <summary>A module whose forward passes can be hooked.</summary>
        public abstract class HookableModule<TPreHook, TPostHook> : Module where TPreHook : Delegate where TPostHook : Delegate
        {
            private readonly List<(string Key, TPreHook? Hook, Action<Module>? Plain)> _pre = [];
            private readonly List<(string Key, TPostHook? Hook, Action<Module>? Plain)> _post = [];
            private int _keys;

            protected HookableModule(string? name = null) : base(name) { }

            /// <summary>Called after each forward pass; what it returns replaces the result, where that is not null.</summary>
            public HookRemover register_forward_hook(TPostHook hook) => Add(_post, (NextKey(), hook, null), false);

            public HookRemover register_forward_hook(TPostHook hook, bool prepend) => Add(_post, (NextKey(), hook, null), prepend);

            public HookRemover register_forward_hook(Action<Module> hook) => Add(_post, (NextKey(), null, hook), false);

            /// <summary>Called before each forward pass; what it returns replaces the inputs, where that is not null.</summary>
            public HookRemover register_forward_pre_hook(TPreHook hook) => Add(_pre, (NextKey(), hook, null), false);

            public HookRemover register_forward_pre_hook(TPreHook hook, bool prepend) => Add(_pre, (NextKey(), hook, null), prepend);

            public HookRemover register_forward_pre_hook(Action<Module> hook) => Add(_pre, (NextKey(), null, hook), false);

            private protected bool IsHooked => _pre.Count > 0 || _post.Count > 0 || HasBackwardHooks;

            /// <summary>The pre-hooks as they are now; those that want only the module are called on the way.</summary>
            private protected IEnumerable<TPreHook> PreHooks()
            {
                foreach (var (_, hook, plain) in Snapshot(_pre))
                {
                    if (hook is not null) yield return hook;
                    else plain!(this);
                }
            }

            private protected IEnumerable<TPostHook> PostHooks()
            {
                foreach (var (_, hook, plain) in Snapshot(_post))
                {
                    if (hook is not null) yield return hook;
                    else plain!(this);
                }
            }

            private T[] Snapshot<T>(List<T> hooks)
            {
                lock (_pre) return [.. hooks];
            }

            private string NextKey() => Interlocked.Increment(ref _keys).ToString(System.Globalization.CultureInfo.InvariantCulture);

            private HookRemover Add<T>(List<(string Key, T, Action<Module>?)> hooks, (string Key, T, Action<Module>?) hook, bool prepend)
            {
                lock (_pre) hooks.Insert(prepend ? 0 : hooks.Count, hook);
                return new HookRemover(this, hook.Key);
            }

            /// <summary>Removes a hook again.</summary>
            public class HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
            {
                public void remove()
                {
                    lock (module._pre)
                    {
                        module._pre.RemoveAll(h => h.Key == key);
                        module._post.RemoveAll(h => h.Key == key);
                    }
                }
            }
        }
    }
}
