using System.Collections;
using System.Globalization;
using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;

namespace Torch.Modules
{
    /// <summary>Parameters in a list. See https://pytorch.org/docs/stable/generated/torch.nn.ParameterList.html.</summary>
    public class ParameterList : Module, IList<Parameter>
    {
        private readonly List<Parameter> _list = [];

        public ParameterList([PyTorchName("values")] params Parameter[] parameters) : base(nameof(ParameterList)) => extend(parameters);

        public Parameter this[int index]
        {
            get => _list[At(index)];
            set
            {
                _list[At(index)] = value;
                base.register_parameter(Name(At(index)), value);
            }
        }

        public int Count => _list.Count;

        public bool IsReadOnly => false;

        public void append([PyTorchName("value")] params Parameter[] parameters) => extend(parameters);

        public void extend([PyTorchName("values")] IEnumerable<Parameter> parameters)
        {
            foreach (var p in parameters) Add(p);
        }

        public void Add(Parameter item)
        {
            base.register_parameter(Name(_list.Count), item);
            _list.Add(item);
        }

        public void Insert(int index, Parameter item)
        {
            _list.Insert(index, item);
            Renumber(_list.Count - 1);
        }

        public void RemoveAt(int index)
        {
            _list.RemoveAt(At(index));
            Renumber(_list.Count + 1);
        }

        public Parameter pop(int index = -1)
        {
            var item = this[index];
            RemoveAt(index);
            return item;
        }

        public bool Remove(Parameter item)
        {
            var at = IndexOf(item);
            if (at >= 0) RemoveAt(at);
            return at >= 0;
        }

        public void Clear()
        {
            var n = _list.Count;
            _list.Clear();
            Renumber(n);
        }

        public bool Contains(Parameter item) => IndexOf(item) >= 0;

        public int IndexOf(Parameter item) => _list.FindIndex(p => ReferenceEquals(p, item));

        public void CopyTo(Parameter[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);

        public IEnumerator<Parameter> GetEnumerator() => _list.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private protected override IEnumerable<string> ChildLines() => _list.Select((p, i) => $"({i}): {ParameterText.Describe(p)}");

        private static string Name(int index) => index.ToString(CultureInfo.InvariantCulture);

        private int At(int index)
        {
            var i = index < 0 ? index + _list.Count : index;
            return i >= 0 && i < _list.Count ? i : throw new IndexOutOfRangeException($"index {index} is out of range");
        }

        private void Renumber(int before)
        {
            for (var i = 0; i < before; i++) RemoveParameter(Name(i));
            for (var i = 0; i < _list.Count; i++) base.register_parameter(Name(i), _list[i]);
        }
    }

    /// <summary>Parameters by name, in order. See https://pytorch.org/docs/stable/generated/torch.nn.ParameterDict.html.</summary>
    public class ParameterDict : Module, IDictionary<string, Parameter>, IList<(string, Parameter)>
    {
        private readonly OrderedDictionary<string, Parameter> _items = new();

        public ParameterDict() : base(nameof(ParameterDict)) { }

        internal ParameterDict(IEnumerable<(string, Parameter)> parameters) : this()
        {
            foreach (var p in parameters) Add(p);
        }

        public Parameter this[string key]
        {
            get => _items.TryGetValue(key, out var p) ? p : throw new KeyNotFoundException($"'{key}'");
            set => Put(key, value);
        }

        public (string, Parameter) this[int index]
        {
            get => (_items.GetAt(index).Key, _items.GetAt(index).Value);
            set
            {
                var old = _items.GetAt(index).Key;
                _items.RemoveAt(index);
                RemoveParameter(old);
                _items.Insert(index, value.Item1, value.Item2);
                Reorder();
            }
        }

        public int Count => _items.Count;

        public bool IsReadOnly => false;

        public ICollection<string> Keys => _items.Keys;

        public ICollection<Parameter> Values => _items.Values;

        public IEnumerable<string> keys() => _items.Keys;

        public IEnumerable<Parameter> values() => _items.Values;

        public IEnumerator<(string, Parameter)> items() => GetEnumerator();

        public void update(IEnumerable<(string, Parameter)> parameters)
        {
            foreach (var (key, p) in parameters) Put(key, p);
        }

        public Parameter pop(string key)
        {
            var p = this[key];
            Remove(key);
            return p;
        }

        public void Add(string key, Parameter value)
        {
            if (_items.ContainsKey(key)) throw new ArgumentException($"An item with the same key has already been added. Key: {key}");
            Put(key, value);
        }

        public void Add((string, Parameter) item) => Add(item.Item1, item.Item2);

        public void Add(KeyValuePair<string, Parameter> item) => Add(item.Key, item.Value);

        public void Insert(int index, (string, Parameter) item)
        {
            _items.Insert(index, item.Item1, item.Item2);
            Reorder();
        }

        public bool Remove(string key)
        {
            if (!_items.Remove(key)) return false;
            RemoveParameter(key);
            return true;
        }

        public bool Remove((string, Parameter) item) => Contains(item) && Remove(item.Item1);

        public bool Remove(KeyValuePair<string, Parameter> item) => Contains(item) && Remove(item.Key);

        public void RemoveAt(int index) => Remove(_items.GetAt(index).Key);

        public void Clear()
        {
            foreach (var key in _items.Keys.ToList()) Remove(key);
        }

        public void clear() => Clear();

        public bool ContainsKey(string key) => _items.ContainsKey(key);

        public bool Contains((string, Parameter) item) => _items.TryGetValue(item.Item1, out var p) && ReferenceEquals(p, item.Item2);

        public bool Contains(KeyValuePair<string, Parameter> item) => Contains((item.Key, item.Value));

        public bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out Parameter value) => _items.TryGetValue(key, out value);

        public int IndexOf((string, Parameter) item) => Contains(item) ? _items.IndexOf(item.Item1) : -1;

        public void CopyTo((string, Parameter)[] array, int arrayIndex)
        {
            foreach (var (key, p) in _items) array[arrayIndex++] = (key, p);
        }

        public void CopyTo(KeyValuePair<string, Parameter>[] array, int arrayIndex) => ((ICollection<KeyValuePair<string, Parameter>>)_items).CopyTo(array, arrayIndex);

        public IEnumerator<(string, Parameter)> GetEnumerator() => _items.Select(i => (i.Key, i.Value)).GetEnumerator();

        IEnumerator<KeyValuePair<string, Parameter>> IEnumerable<KeyValuePair<string, Parameter>>.GetEnumerator() => _items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private protected override IEnumerable<string> ChildLines() => _items.Select(i => $"({i.Key}): {ParameterText.Describe(i.Value)}");

        private void Put(string key, Parameter value)
        {
            base.register_parameter(key, value);
            _items[key] = value;
        }

        private void Reorder()
        {
            foreach (var key in _items.Keys) RemoveParameter(key);
            foreach (var (key, p) in _items) base.register_parameter(key, p);
        }
    }

    internal static class ParameterText
    {
        internal static string Describe(Parameter p) =>
            $"Parameter containing: [torch.{TypeNames.Short(p.DType).ToLowerInvariant()} of size {string.Join("x", p.Sizes)}]";
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static ParameterList ParameterList([PyTorchName("values")] params Parameter[] parameters) => new(parameters);

            public static ParameterDict ParameterDict(params (string, Parameter)[] parameters) => new(parameters);
        }
    }
}
