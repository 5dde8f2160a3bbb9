namespace Torch;

// State dicts: names and tensors of a tree, and copying them back. Keys, order and messages are PyTorch's.
public static partial class torch
{
    public static partial class nn
    {
        public abstract partial class Module
        {
            private readonly HookList<Action<Module, string, bool>> _stateDictPreHooks = new();
            private readonly HookList<Action<Module, Dictionary<string, Tensor>, string>> _stateDictPostHooks = new();
            private readonly HookList<Action<Module, Dictionary<string, Tensor>, string, bool, IList<string>, IList<string>, IList<string>>> _loadPreHooks = new();
            private readonly HookList<Action<Module, IList<string>, IList<string>>> _loadPostHooks = new();

            /// <summary>The version of the module's entries, written beside a state dict.</summary>
            internal virtual long StateVersion => 1;

            /// <summary>
            /// Parameters and persistent buffers of the tree by name: own parameters, own buffers, then the submodules'. The tensors share the module's storage; they have no history.
            /// </summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null) => state_dict(destination, prefix, false);

            public Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination, string? prefix, bool keep_vars)
            {
                destination ??= new StateDict();
                prefix ??= "";
                Collect(destination, prefix, keep_vars);
                return destination;
            }

            private void Collect(Dictionary<string, Tensor> destination, string prefix, bool keep)
            {
                if (destination is StateDict s) s.Versions[prefix.Length == 0 ? "" : prefix[..^1]] = StateVersion;
                foreach (var hook in _stateDictPreHooks.All) hook(this, prefix, keep);
                Sync();
                SaveOwn(destination, prefix, keep);
                foreach (var (name, child) in _modules) child.Collect(destination, prefix + name + ".", keep);
                foreach (var hook in _stateDictPostHooks.All) hook(this, destination, prefix);
            }

            /// <summary>Adds this module's own entries.</summary>
            private protected virtual void SaveOwn(Dictionary<string, Tensor> destination, string prefix, bool keep)
            {
                foreach (var (name, p) in _parameters) destination[prefix + name] = keep ? p : p.detach();
                foreach (var (name, b) in _buffers)
                    if (!_nonPersistent.Contains(name)) destination[prefix + name] = keep ? b : b.detach();
            }

            /// <summary>Copies the tensors of a state dict into the module's.</summary>
            /// <remarks>strict: Whether keys that are missing or unknown are errors. skip: Keys to leave alone. assign: Take over the tensors' storage, dtype and device instead of copying values.</remarks>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict([PyTorchName("state_dict")] Dictionary<string, Tensor> source, bool strict = true,
                IList<string>? skip = null, bool assign = false)
            {
                var missing = new List<string>();
                var unexpected = new List<string>();
                var errors = new List<string>();
                // A copy: hooks may rename entries.
                var entries = new Dictionary<string, Tensor>(source);
                if (skip is not null)
                    foreach (var key in skip) entries.Remove(key);
                var versions = (source as StateDict)?.Versions;
                Load(entries, "", versions, strict, assign, missing, unexpected, errors);
                if (skip is not null) missing.RemoveAll(skip.Contains);
                if (strict)
                {
                    if (unexpected.Count > 0) errors.Insert(0, $"Unexpected key(s) in state_dict: {Quoted(unexpected)}. ");
                    if (missing.Count > 0) errors.Insert(0, $"Missing key(s) in state_dict: {Quoted(missing)}. ");
                }
                if (errors.Count > 0) throw new TorchException($"Error(s) in loading state_dict for {GetName()}:\n\t{string.Join("\n\t", errors)}");
                return (missing, unexpected);

                static string Quoted(List<string> keys) => string.Join(", ", keys.Select(k => $"\"{k}\""));
            }

            private void Load(Dictionary<string, Tensor> entries, string prefix, IReadOnlyDictionary<string, long>? versions, bool strict, bool assign, List<string> missing,
                List<string> unexpected, List<string> errors)
            {
                Sync();
                foreach (var hook in _loadPreHooks.All) hook(this, entries, prefix, strict, missing, unexpected, errors);
                long? version = versions is not null && versions.TryGetValue(prefix.Length == 0 ? "" : prefix[..^1], out var v) ? v : null;
                LoadOwn(entries, prefix, version, strict, assign, missing, unexpected, errors);
                foreach (var (name, child) in _modules)
                {
                    var below = prefix + name + ".";
                    var part = entries.Where(e => e.Key.StartsWith(below, StringComparison.Ordinal)).ToDictionary(e => e.Key, e => e.Value);
                    child.Load(part, below, versions, strict, assign, missing, unexpected, errors);
                }
                foreach (var hook in _loadPostHooks.All) hook(this, missing, unexpected);
            }

            /// <summary>Copies this module's own entries.</summary>
            private protected virtual void LoadOwn(Dictionary<string, Tensor> entries, string prefix, long? version, bool strict, bool assign, List<string> missing,
                List<string> unexpected, List<string> errors)
            {
                var own = _parameters.Select(p => (p.Key, (Tensor)p.Value)).Concat(_buffers.Where(b => !_nonPersistent.Contains(b.Key)).Select(b => (b.Key, b.Value))).ToList();
                foreach (var (name, target) in own)
                {
                    var key = prefix + name;
                    if (!entries.TryGetValue(key, out var given))
                    {
                        if (strict) missing.Add(key);
                        continue;
                    }
                    LoadEntry(key, target, given, assign, errors);
                }
                if (!strict) return;
                foreach (var key in entries.Keys)
                {
                    if (!key.StartsWith(prefix, StringComparison.Ordinal) || key == prefix + "_extra_state") continue;
                    var rest = key[prefix.Length..];
                    var dot = rest.IndexOf('.');
                    if (dot >= 0 ? !_modules.ContainsKey(rest[..dot]) : !own.Exists(o => o.Key == rest)) unexpected.Add(key);
                }
            }

            private static void LoadEntry(string key, Tensor target, Tensor given, bool assign, List<string> errors)
            {
                // A number that old checkpoints hold as one element.
                if (target.Sizes.Length == 0 && given.Sizes.Length == 1 && given.Count == 1) given = given.select(0, 0);
                if (!given.Sizes.AsSpan().SequenceEqual(target.Sizes))
                {
                    errors.Add($"size mismatch for {key}: copying a param with shape torch.Size({Shape.show(given.Sizes)}) from checkpoint, the shape in current model is torch.Size({Shape.show(target.Sizes)}).");
                    return;
                }
                try
                {
                    using (no_grad())
                    {
                        if (assign)
                        {
                            target.set_data(given.detach());
                            return;
                        }
                        if (given.is_meta && !target.is_meta)
                            throw new NotSupportedException("Cannot copy out of meta tensor; no data!");
                        if (ReferenceEquals(given.Cell, target.Cell) && given.Offset == target.Offset) return;
                        var value = Build.cast(target.DType, given.Expr);
                        target.Store(ReferenceEquals(value, given.Expr) ? Core.Identity.alias(value) : value);
                    }
                }
                catch (Exception e) when (e is TorchException or NotSupportedException or ArgumentException)
                {
                    errors.Add(
                        $"While copying the parameter named \"{key}\", whose dimensions in the model are torch.Size({Shape.show(target.Sizes)}) and whose dimensions in the checkpoint are "
                        + $"torch.Size({Shape.show(given.Sizes)}), an exception occurred : ('{e.Message}',).");
                }
            }

            /// <summary>Called with (module, prefix, keep_vars) before the module's entries are taken.</summary>
            public torch.utils.hooks.RemovableHandle register_state_dict_pre_hook(Action<Module, string, bool> hook) => _stateDictPreHooks.Add(hook);

            /// <summary>Called with (module, state_dict, prefix) after the module's entries were taken.</summary>
            public torch.utils.hooks.RemovableHandle register_state_dict_post_hook(Action<Module, Dictionary<string, Tensor>, string> hook) => _stateDictPostHooks.Add(hook);

            /// <summary>Called with (module, state_dict, prefix, strict, missing_keys, unexpected_keys, error_msgs) before the module loads.</summary>
            public torch.utils.hooks.RemovableHandle register_load_state_dict_pre_hook(Action<Module, Dictionary<string, Tensor>, string, bool, IList<string>, IList<string>, IList<string>> hook) =>
                _loadPreHooks.Add(hook);

            /// <summary>Called with (module, missing_keys, unexpected_keys) after the module has loaded; it may change the lists.</summary>
            public torch.utils.hooks.RemovableHandle register_load_state_dict_post_hook(Action<Module, IList<string>, IList<string>> hook) => _loadPostHooks.Add(hook);
        }

        /// <summary>A state dict that knows the versions of the modules it came from.</summary>
        internal sealed class StateDict : Dictionary<string, Tensor>
        {
            internal Dictionary<string, long> Versions { get; } = [];
        }
    }
}
