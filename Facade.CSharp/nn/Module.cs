using System.Text;
using Torch.Modules;

namespace Torch;

// The base of all modules: a tree of submodules with parameters and buffers. Components are found by fields and by registration, see ModuleFields. Orders, names and
// messages are PyTorch's. See https://pytorch.org/docs/stable/generated/torch.nn.Module.html.
public static partial class torch
{
    /// <summary>torch.nn. See https://pytorch.org/docs/stable/nn.html.</summary>
    public static partial class nn
    {
        public abstract partial class Module : IDisposable
        {
            private readonly OrderedDictionary<string, Parameter> _parameters = new();
            private readonly OrderedDictionary<string, Tensor> _buffers = new();
            private readonly OrderedDictionary<string, Module> _modules = new();
            private readonly HashSet<string> _nonPersistent = [];

            // What each field held when its component was entered, by name: tells a field that was assigned anew from a registration of the same name.
            private readonly Dictionary<string, object?> _seen = [];

            private readonly string? _name;
            private bool _training = true;
            private bool _registersTensors;

            protected Module(string? name = null) => _name = name;

            // ---- Components

            /// <summary>
            /// Enters the components that fields hold now. Modules need not call it: fields of type Module and Parameter are found anyway. Calling it makes plain tensors in fields
            /// buffers, too.
            /// </summary>
            protected virtual void RegisterComponents()
            {
                _registersTensors = true;
                Sync();
            }

            /// <summary>Brings the tables up to date with the fields.</summary>
            private void Sync()
            {
                foreach (var (field, name) in ModuleFields.Of(GetType()))
                {
                    var value = field.GetValue(this);
                    var known = _seen.TryGetValue(name, out var before);
                    if (known ? ReferenceEquals(before, value) : value is null) continue;
                    if (known)
                    {
                        // Assigned anew: the component of this name is replaced, unless it was registered by hand meanwhile.
                        if (ReferenceEquals(Held(name), before)) Enter(name, value, before);
                        _seen[name] = value;
                        continue;
                    }
                    if (Held(name) is not null) continue;
                    // Registered by hand under another name: that name stands.
                    if (!_registersTensors && IsRegistered(value!)) continue;
                    if (value is Tensor and not Modules.Parameter and not Modules.Buffer && !_registersTensors) continue;
                    Enter(name, value, null);
                    _seen[name] = value;
                }
            }

            private object? Held(string name) =>
                _parameters.TryGetValue(name, out var p) ? p : _buffers.TryGetValue(name, out var b) ? b : _modules.TryGetValue(name, out var m) ? m : null;

            private bool IsRegistered(object value) => value switch
            {
                Parameter p => _parameters.Any(e => ReferenceEquals(e.Value, p) && !_seen.ContainsKey(e.Key)),
                Tensor t => _buffers.Any(e => ReferenceEquals(e.Value, t) && !_seen.ContainsKey(e.Key)),
                Module m => _modules.Any(e => ReferenceEquals(e.Value, m) && !_seen.ContainsKey(e.Key)),
                _ => false,
            };

            /// <summary>Puts a component under a name, in the place of the one before if there was one of its kind.</summary>
            private void Enter(string name, object? value, object? before)
            {
                if (before is Parameter != value is Parameter) _parameters.Remove(name);
                if (before is Tensor and not Modules.Parameter && value is not Tensor) _buffers.Remove(name);
                if (before is Module && value is not Module) _modules.Remove(name);
                switch (value)
                {
                    case Parameter p: _parameters[name] = p; break;
                    case Modules.Buffer b:
                        b.DetachFromDisposeScope();
                        _buffers[name] = b;
                        if (b.persistent) _nonPersistent.Remove(name);
                        else _nonPersistent.Add(name);
                        break;
                    case Tensor t: _buffers[name] = t.DetachFromDisposeScope(); break;
                    case Module m: _modules[name] = m; break;
                }
            }

            private protected IReadOnlyDictionary<string, Module> Children
            {
                get
                {
                    Sync();
                    return _modules;
                }
            }

            /// <summary>Registered or in a field; null where there is none.</summary>
            private protected Tensor? BufferOrNull(string name) => _buffers.TryGetValue(name, out var b) ? b : null;

            private protected void SetBuffer(string name, Tensor? value, bool persistent = true)
            {
                if (value is null)
                {
                    _buffers.Remove(name);
                    return;
                }
                value.DetachFromDisposeScope();
                _buffers[name] = value;
                if (persistent) _nonPersistent.Remove(name);
                else _nonPersistent.Add(name);
            }

            private protected void ReplaceModule(string name, Module value) => _modules[name] = value;

            private protected void RemoveModule(string name) => _modules.Remove(name);

            private protected void RemoveParameter(string name) => _parameters.Remove(name);

            public virtual void register_module(string name, [PyTorchName("module")] Module submodule)
            {
                CheckName(name, "module", _modules);
                if (submodule is null) return;
                _modules[name] = submodule;
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_parameter(string name, Parameter? param)
            {
                CheckName(name, "parameter", _parameters);
                if (param is null) return;
                if (param.grad_fn is not null)
                    throw new ArgumentException(
                        $"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To express '{name}' as a function of another Tensor, compute the value in the forward() method.");
                _parameters[name] = param;
            }

            /// <summary>Registers a tensor that is part of the module's state and no parameter.</summary>
            /// <remarks>persistent: Whether it is part of the state dict.</remarks>
            public virtual void register_buffer(string name, Tensor? tensor, bool persistent = true)
            {
                CheckName(name, "buffer", _buffers);
                SetBuffer(name, tensor, persistent);
            }

            private void CheckName<T>(string name, string kind, OrderedDictionary<string, T> own)
            {
                if (name is null) throw new TorchTypeException($"{kind} name should be a string. Got NoneType");
                if (name.Contains('.')) throw new ArgumentException($"{kind} name can't contain \".\", got: {name}");
                if (name.Length == 0) throw new ArgumentException($"{kind} name can't be empty string \"\"");
                // What fields hold by now was made before.
                Sync();
                if (!own.ContainsKey(name) && Held(name) is not null) throw new ArgumentException($"attribute '{name}' already exists");
            }

            // ---- The tree

            /// <summary>All modules of the tree, this one first under the name "", each once.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules() => Tree("", true);

            public IEnumerable<(string name, Module module)> named_modules(string prefix, bool remove_duplicate = true) => Tree(prefix, remove_duplicate);

            private List<(string name, Module module)> Tree(string prefix, bool once)
            {
                var list = new List<(string, Module)>();
                Walk(this, prefix, once ? new HashSet<Module>(ReferenceEqualityComparer.Instance) : null, list);
                return list;

                static void Walk(Module at, string prefix, HashSet<Module>? met, List<(string, Module)> list)
                {
                    if (met is not null && !met.Add(at)) return;
                    list.Add((prefix, at));
                    foreach (var (name, child) in at.Children) Walk(child, prefix.Length == 0 ? name : prefix + "." + name, met, list);
                }
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(m => m.module);

            public virtual IEnumerable<(string name, Module module)> named_children()
            {
                var met = new HashSet<Module>(ReferenceEqualityComparer.Instance);
                return Children.Where(c => met.Add(c.Value)).Select(c => (c.Key, c.Value)).ToList();
            }

            public virtual IEnumerable<Module> children() => named_children().Select(c => c.module);

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) => named_parameters("", recurse);

            public IEnumerable<(string name, Parameter parameter)> named_parameters(string prefix, bool recurse = true, bool remove_duplicate = true) =>
                Members(m => m._parameters, prefix, recurse, remove_duplicate);

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true) =>
                include_nonpersistent
                    ? named_buffers("", recurse)
                    : Members(m => m._buffers.Where(b => !m._nonPersistent.Contains(b.Key)), "", recurse, true);

            public IEnumerable<(string name, Tensor buffer)> named_buffers(string prefix, bool recurse = true, bool remove_duplicate = true) =>
                Members(m => m._buffers, prefix, recurse, remove_duplicate);

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) => named_buffers(recurse, include_nonpersistent).Select(b => b.buffer);

            private List<(string, T)> Members<T>(Func<Module, IEnumerable<KeyValuePair<string, T>>> of, string prefix, bool recurse, bool once) where T : Tensor
            {
                var list = new List<(string, T)>();
                var met = once ? new HashSet<T>(ReferenceEqualityComparer.Instance) : null;
                var tree = recurse ? Tree(prefix, once) : [(prefix, this)];
                foreach (var (path, module) in tree)
                {
                    module.Sync();
                    foreach (var (name, member) in of(module))
                        if (met is null || met.Add(member)) list.Add((path.Length == 0 ? name : path + "." + name, member));
                }
                return list;
            }

            /// <summary>The submodule of a dotted path; the module itself for "".</summary>
            public Module get_submodule(string target)
            {
                var at = this;
                if (target.Length == 0) return at;
                foreach (var part in target.Split('.'))
                    at = at.Children.TryGetValue(part, out var next) ? next : throw new ArgumentException($"{at.GetName()} has no attribute `{part}`");
                return at;
            }

            /// <summary>Replaces the submodule of a dotted path.</summary>
            public void set_submodule(string target, Module module, bool strict = false)
            {
                if (target.Length == 0) throw new ArgumentException("Cannot set the submodule without a target name!");
                var at = target.LastIndexOf('.');
                var parent = at < 0 ? this : get_submodule(target[..at]);
                var name = target[(at + 1)..];
                var exists = parent.Children.ContainsKey(name);
                if (strict && !exists) throw new ArgumentException($"{parent.GetName()} has no attribute `{name}`");
                // Where a field holds the module the field is what the forward pass uses.
                foreach (var (field, fieldName) in ModuleFields.Of(parent.GetType()))
                    if (fieldName == name && !field.IsInitOnly && field.FieldType.IsInstanceOfType(module)) field.SetValue(parent, module);
                parent._modules[name] = module;
                if (parent._seen.ContainsKey(name)) parent._seen[name] = module;
                parent.Sync();
            }

            public virtual Parameter? get_parameter(string target) => Find(target, (m, name) => m._parameters.TryGetValue(name, out var p) ? p : null);

            public virtual Tensor? get_buffer(string target) => Find(target, (m, name) => m._buffers.TryGetValue(name, out var b) ? b : null);

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            private T? Find<T>(string target, Func<Module, string, T?> of) where T : class
            {
                var at = target.LastIndexOf('.');
                var module = this;
                if (at >= 0)
                    foreach (var part in target[..at].Split('.'))
                        if (!module.Children.TryGetValue(part, out module!)) return null;
                module.Sync();
                return of(module, target[(at + 1)..]);
            }

            // ---- Modes and conversion

            public virtual bool training => _training;

            /// <summary>Training mode for this module and all below: dropout drops, batch norm uses the batch.</summary>
            public virtual void train([PyTorchName("mode")] bool train = true)
            {
                _training = train;
                foreach (var (_, child) in Children) child.train(train);
            }

            public virtual void eval() => train(false);

            /// <summary>Calls a function with every module of the tree, children before parents.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (var child in children()) child.apply(fn);
                fn(this);
                return this;
            }

            public Module requires_grad_(bool requires_grad = true)
            {
                foreach (var p in parameters()) p.requires_grad_(requires_grad);
                return this;
            }

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var p in parameters())
                {
                    if (p.grad is not { } g) continue;
                    if (set_to_none) p.grad = null;
                    else
                    {
                        if (g.grad_fn is not null) g.detach_();
                        else g.requires_grad_(false);
                        using (no_grad()) g.zero_();
                    }
                }
            }

            /// <summary>Replaces the values of parameters, their gradients and buffers throughout the tree; the tensors stay the same objects.</summary>
            internal Module Convert(Func<Tensor, Tensor> fn)
            {
                var met = new HashSet<Module>(ReferenceEqualityComparer.Instance);
                using (no_grad()) Apply(this);
                return this;

                void Apply(Module module)
                {
                    if (!met.Add(module)) return;
                    foreach (var (_, child) in module.Children) Apply(child);
                    foreach (var (_, p) in module._parameters)
                    {
                        var next = fn(p);
                        if (!ReferenceEquals(next, p)) p.set_data(next);
                        if (p.grad is { } g && fn(g) is var ng && !ReferenceEquals(ng, g)) p.grad = ng;
                    }
                    foreach (var (_, b) in module._buffers)
                    {
                        var next = fn(b);
                        if (!ReferenceEquals(next, b)) b.set_data(next);
                    }
                    module.OnConverted();
                }
            }

            /// <summary>Called after the module's parameters were replaced.</summary>
            private protected virtual void OnConverted() { }

            /// <summary>The conversion behind `to`: floating and complex parts take a dtype, everything takes a device.</summary>
            internal Module To(Device? device, ScalarType? dtype)
            {
                if (dtype is { } d && !(d.ToDType().IsFloat || d.ToDType().IsComplex))
                    throw new TorchTypeException($"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=torch.{d.ToDType().Name}");
                return Convert(t => t.to(dtype is { } want && (t.DType.IsFloat || t.DType.IsComplex) ? want : t.dtype, device ?? t.device));
            }

            public Module _to(Tensor other, bool non_blocking) => To(other.device, other.DType.IsFloat || other.DType.IsComplex ? other.dtype : null);

            public Module _to(Device device, ScalarType dtype, bool non_blocking) => To(device, dtype);

            /// <summary>Moves the tree to a device without copying values.</summary>
            public Module to_empty(Device device, bool recurse = true)
            {
                foreach (var module in recurse ? modules() : [this])
                {
                    module.Sync();
                    using (no_grad())
                        foreach (var t in module._parameters.Values.Concat(module._buffers.Values)) t.set_data(zeros(t.Sizes, t.dtype, device));
                }
                return this;
            }

            // ---- Text

            public virtual string GetName()
            {
                if (_name is { Length: > 0 }) return _name;
                var name = GetType().Name;
                var at = name.IndexOf('`');
                return at < 0 ? name : name[..at];
            }

            /// <summary>What stands between the parentheses of a module's description.</summary>
            public virtual string extra_repr() => "";

            /// <summary>PyTorch's description of the tree.</summary>
            public override string ToString()
            {
                var extra = extra_repr();
                var lines = extra.Length == 0 ? [] : extra.Split('\n').ToList();
                var extras = lines.Count;
                lines.AddRange(ChildLines());
                var text = new StringBuilder(GetName()).Append('(');
                if (lines.Count > 0)
                {
                    if (extras == 1 && lines.Count == 1) text.Append(lines[0]);
                    else text.Append("\n  ").AppendJoin("\n  ", lines).Append('\n');
                }
                return text.Append(')').ToString();
            }

            private protected virtual IEnumerable<string> ChildLines() => Children.Select(c => $"({c.Key}): {Indented(c.Value.ToString())}");

            private protected static string Indented(string text) => text.Replace("\n", "\n  ");

            // ---- End

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Lets go of the parameters' and buffers' memory. Nobody has to call it.</summary>
            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (var (_, child) in Children) child.Dispose();
                foreach (var p in _parameters.Values) p.Dispose();
                foreach (var b in _buffers.Values) b.Dispose();
            }
        }
    }
}
