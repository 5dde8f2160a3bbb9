using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;

namespace Torch.Modules
{
    /// <summary>Modules one after the other. See https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html.</summary>
    public class Sequential : Module<Tensor, Tensor>
    {
        private List<Module> _order = [];

        internal Sequential(IEnumerable<(string name, Module module)> modules) : base(nameof(Sequential))
        {
            foreach (var (name, module) in modules) Append(name, module);
        }

        public int Count => _order.Count;

        public Sequential append(IModule<Tensor, Tensor> module) => append(Count.ToString(System.Globalization.CultureInfo.InvariantCulture), module);

        public Sequential append(string name, IModule<Tensor, Tensor> module)
        {
            Append(name, (Module)module);
            return this;
        }

        public Sequential extend(IEnumerable<Module<Tensor, Tensor>> modules)
        {
            foreach (var m in modules) append(m);
            return this;
        }

        /// <summary>Puts a module before the one at an index; the ones behind move up.</summary>
        public Sequential insert(int index, Module<Tensor, Tensor> module)
        {
            var n = Count;
            if (index < -n || index > n) throw new IndexOutOfRangeException($"Index out of range: {index}");
            var order = new List<Module>(_order);
            order.Insert(index < 0 ? index + n : index, module);
            Renumber(order);
            return this;
        }

        /// <summary>Takes the module at an index out.</summary>
        public Module pop(int index)
        {
            var module = (Module)this[index];
            delete(index);
            return module;
        }

        public void delete(int index)
        {
            var order = new List<Module>(_order);
            order.RemoveAt(At(index));
            Renumber(order);
        }

        /// <summary>Negative indices count from the end.</summary>
        public IModule<Tensor, Tensor> this[int index]
        {
            get => (IModule<Tensor, Tensor>)_order[At(index)];
            set
            {
                var i = At(index);
                ReplaceModule(Children.ElementAt(i).Key, (Module)value);
                _order[i] = (Module)value;
            }
        }

        /// <summary>Some of the modules, which are shared.</summary>
        public Sequential this[Range index]
        {
            get
            {
                var (start, length) = index.GetOffsetAndLength(Count);
                return new Sequential(Children.Skip(start).Take(length).Select(c => (c.Key, c.Value)).ToList());
            }
        }

        public Sequential this[(int? start, int? end) index]
        {
            get
            {
                var start = Math.Clamp(index.start is { } s ? s < 0 ? s + Count : s : 0, 0, Count);
                var end = Math.Clamp(index.end is { } e ? e < 0 ? e + Count : e : Count, start, Count);
                return this[start..end];
            }
        }

        public override Tensor forward([PyTorchName("input")] Tensor tensor)
        {
            foreach (var module in _order) tensor = ((IModule<Tensor, Tensor>)module).call(tensor);
            return tensor;
        }

        public override void register_module(string name, Module submodule) => Append(name, submodule);

        private int At(int index)
        {
            var i = index < 0 ? index + Count : index;
            return i >= 0 && i < Count ? i : throw new IndexOutOfRangeException($"index {index} is out of range");
        }

        private void Append(string name, Module module)
        {
            if (module is not IModule<Tensor, Tensor>)
                throw new TorchTypeException($"{module.GetType().Name} does not map a tensor to a tensor");
            base.register_module(name, module);
            _order.Add(module);
        }

        private void Renumber(List<Module> order)
        {
            foreach (var name in Children.Keys.ToList()) RemoveModule(name);
            _order = [];
            foreach (var m in order) Append(Count.ToString(System.Globalization.CultureInfo.InvariantCulture), m);
        }
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Sequential Sequential() => new([]);

            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules.Select(m => (m.name, (Module)m.submodule)));

            public static Sequential Sequential(params System.Tuple<string, Module<Tensor, Tensor>>[] modules) => new(modules.Select(m => (m.Item1, (Module)m.Item2)));

            public static Sequential Sequential([PyTorchName("args")] params Module<Tensor, Tensor>[] modules) => Sequential((IEnumerable<Module<Tensor, Tensor>>)modules);

            public static Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules) => new(modules.Select(m => (m.name, (Module)m.submodule)));

            public static Sequential Sequential(IEnumerable<System.Tuple<string, Module<Tensor, Tensor>>> modules) => new(modules.Select(m => (m.Item1, (Module)m.Item2)));

            public static Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) =>
                new(modules.Select((m, i) => (i.ToString(System.Globalization.CultureInfo.InvariantCulture), (Module)m)));
        }
    }
}
