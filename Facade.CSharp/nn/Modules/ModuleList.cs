using System.Collections;
using System.Globalization;
using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;

namespace Torch.Modules
{
    /// <summary>Submodules in a list. See https://pytorch.org/docs/stable/generated/torch.nn.ModuleList.html.</summary>
    public class ModuleList<T> : Module, IList<T> where T : Module
    {
        private readonly List<T> _list = [];

        public ModuleList(params T[] modules) : base("ModuleList") => extend(modules);

        public T this[int index]
        {
            get => _list[At(index)];
            set
            {
                _list[At(index)] = value;
                ReplaceModule(Name(At(index)), value);
            }
        }

        public ModuleList<T> this[Range index] => new([.. _list[index]]);

        public int Count => _list.Count;

        public bool IsReadOnly => false;

        public void append([PyTorchName("module")] params T[] parameters) => extend(parameters);

        public void extend(IEnumerable<T> modules)
        {
            foreach (var m in modules) Add(m);
        }

        public void Add(T item)
        {
            base.register_module(Name(_list.Count), item);
            _list.Add(item);
        }

        [PyTorchName("insert")]
        public void Insert(int index, T item)
        {
            _list.Insert(index, item);
            Renumber();
        }

        public T pop(int index = -1)
        {
            var item = this[index];
            RemoveAt(At(index));
            return item;
        }

        public void RemoveAt(int index)
        {
            _list.RemoveAt(At(index));
            Renumber();
        }

        public bool Remove(T item)
        {
            var at = _list.IndexOf(item);
            if (at >= 0) RemoveAt(at);
            return at >= 0;
        }

        public void Clear()
        {
            _list.Clear();
            Renumber();
        }

        public bool Contains(T item) => _list.Contains(item);

        public void CopyTo(T[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);

        public int IndexOf(T item) => _list.IndexOf(item);

        public IEnumerator<T> GetEnumerator() => _list.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private static string Name(int index) => index.ToString(CultureInfo.InvariantCulture);

        private int At(int index)
        {
            var i = index < 0 ? index + _list.Count : index;
            return i >= 0 && i < _list.Count ? i : throw new IndexOutOfRangeException($"index {index} is out of range");
        }

        private void Renumber()
        {
            foreach (var name in Children.Keys.ToList()) RemoveModule(name);
            for (var i = 0; i < _list.Count; i++) base.register_module(Name(i), _list[i]);
        }

        /// <summary>Equal neighbours are printed once, as "(0-3): 4 x Block(..)".</summary>
        private protected override IEnumerable<string> ChildLines()
        {
            for (var i = 0; i < _list.Count;)
            {
                var text = _list[i].ToString();
                var end = i + 1;
                while (end < _list.Count && _list[end].ToString() == text) end++;
                yield return end - i == 1 ? $"({i}): {Indented(text)}" : $"({i}-{end - 1}): {end - i} x {Indented(text)}";
                i = end;
            }
        }
    }

    /// <summary>Submodules by name, in order. See https://pytorch.org/docs/stable/generated/torch.nn.ModuleDict.html.</summary>
    public class ModuleDict<T> : Module, IDictionary<string, T>, IList<(string, T)> where T : Module
    {
        private readonly OrderedDictionary<string, T> _items = new();

        public ModuleDict() : base("ModuleDict") { }

        internal ModuleDict(IEnumerable<(string, T)> modules) : this()
        {
            foreach (var m in modules) Add(m);
        }

        public T this[string key]
        {
            get => _items.TryGetValue(key, out var item) ? item : throw new KeyNotFoundException($"'{key}'");
            set => Put(key, value);
        }

        public (string, T) this[int index]
        {
            get => (_items.GetAt(index).Key, _items.GetAt(index).Value);
            set
            {
                _items.RemoveAt(index);
                _items.Insert(index, value.Item1, value.Item2);
                Reorder();
            }
        }

        public int Count => _items.Count;

        public bool IsReadOnly => false;

        public ICollection<string> Keys => _items.Keys;

        public ICollection<T> Values => _items.Values;

        public IEnumerable<string> keys() => _items.Keys;

        public IEnumerable<T> values() => _items.Values;

        public IEnumerator<(string, T)> items() => GetEnumerator();

        public void update(IEnumerable<(string, T)> modules)
        {
            foreach (var (key, module) in modules) Put(key, module);
        }

        public T pop(string key)
        {
            var item = this[key];
            Remove(key);
            return item;
        }

        public void Add(string key, T value)
        {
            if (_items.ContainsKey(key)) throw new ArgumentException($"An item with the same key has already been added. Key: {key}");
            Put(key, value);
        }

        public void Add((string, T) item) => Add(item.Item1, item.Item2);

        public void Add(KeyValuePair<string, T> item) => Add(item.Key, item.Value);

        public void Insert(int index, (string, T) item)
        {
            _items.Insert(index, item.Item1, item.Item2);
            Reorder();
        }

        public bool Remove(string key)
        {
            if (!_items.Remove(key)) return false;
            RemoveModule(key);
            return true;
        }

        public bool Remove((string, T) item) => Contains(item) && Remove(item.Item1);

        public bool Remove(KeyValuePair<string, T> item) => Contains(item) && Remove(item.Key);

        public void RemoveAt(int index) => Remove(_items.GetAt(index).Key);

        public void Clear()
        {
            foreach (var key in _items.Keys.ToList()) Remove(key);
        }

        public void clear() => Clear();

        public bool ContainsKey(string key) => _items.ContainsKey(key);

        public bool Contains((string, T) item) => _items.TryGetValue(item.Item1, out var value) && ReferenceEquals(value, item.Item2);

        public bool Contains(KeyValuePair<string, T> item) => Contains((item.Key, item.Value));

        public bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T value) => _items.TryGetValue(key, out value);

        public int IndexOf((string, T) item) => Contains(item) ? _items.IndexOf(item.Item1) : -1;

        public void CopyTo((string, T)[] array, int arrayIndex)
        {
            foreach (var (key, value) in _items) array[arrayIndex++] = (key, value);
        }

        public void CopyTo(KeyValuePair<string, T>[] array, int arrayIndex) => ((ICollection<KeyValuePair<string, T>>)_items).CopyTo(array, arrayIndex);

        public IEnumerator<(string, T)> GetEnumerator() => _items.Select(i => (i.Key, i.Value)).GetEnumerator();

        IEnumerator<KeyValuePair<string, T>> IEnumerable<KeyValuePair<string, T>>.GetEnumerator() => _items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private void Put(string key, T value)
        {
            base.register_module(key, value);
            _items[key] = value;
        }

        private void Reorder()
        {
            foreach (var name in Children.Keys.ToList()) RemoveModule(name);
            foreach (var (key, value) in _items) base.register_module(key, value);
        }
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static ModuleList<Module> ModuleList(params Module[] modules) => new(modules);

            public static ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

            public static ModuleList<T> ModuleList<T>(IEnumerable<T> modules) where T : Module => new([.. modules]);

            public static ModuleDict<Module> ModuleDict(params (string, Module)[] modules) => new(modules);

            public static ModuleDict<T> ModuleDict<T>(params (string, T)[] modules) where T : Module => new(modules);
        }
    }
}
