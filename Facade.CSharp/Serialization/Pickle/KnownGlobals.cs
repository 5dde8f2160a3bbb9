// The closed table of functions and classes that a pickle may name, and what we do in their place. The default part is the list of PyTorch's own
// weights-only reader; the rest (NumPy, slice, ...) must be allowed by the caller by name, as torch.serialization.add_safe_globals does. A name
// that the caller allows and the table lacks becomes inert: its instances are kept as parts (PyObject) and nothing happens.
using System.Numerics;
using System.Text;

namespace Torch.Serialization.Pickle;

/// <summary>A function or class that a pickle named, with what stands for a call of it.</summary>
internal sealed class KnownGlobal(string fullName, Func<object?[], PickleReader, object?> construct, bool inert = false)
{
    public string FullName { get; } = fullName;

    public Func<object?[], PickleReader, object?> Construct { get; } = construct;

    /// <summary>Allowed by the caller and unknown to us.</summary>
    public bool Inert { get; } = inert;
}

internal static class KnownGlobals
{
    private static readonly Dictionary<string, object> Default = [];
    private static readonly Dictionary<string, object> OnRequest = [];

    static KnownGlobals()
    {
        Add(Default, "collections.OrderedDict", (a, at) => MakeDict(PyDictKind.OrderedDict, a, at));
        Add(Default, "collections.Counter", (a, at) => MakeDict(PyDictKind.Counter, a, at));
        Add(Default, "builtins.set", (a, at) => MakeSet(false, a, at));
        Add(Default, "builtins.bytearray", MakeByteArray);
        Add(Default, "builtins.complex", MakeComplex);
        Add(Default, "_codecs.encode", Encode);
        Add(Default, "torch.Size", (a, at) => a is [var dims] ? new SizeValue(TensorRebuilds.Longs(dims, "torch.Size", at)) : throw Bad("torch.Size", at));
        Add(Default, "torch.device", MakeDevice);
        Add(Default, "torch.serialization._get_layout", MakeLayout);
        Add(Default, "torch.Tensor", (_, at) => throw Bad("torch.Tensor", at));
        Add(Default, "torch.nn.parameter.Parameter", (_, at) => throw Bad("torch.nn.parameter.Parameter", at));
        // Jagged nested tensors name these; a dimension's range is a note of the tracer that nobody reads.
        Add(Default, "torch.nested._internal.nested_tensor.NestedTensor", (_, at) => throw Bad("NestedTensor", at));
        Default["torch._dynamo.decorators._DimRange"] = Unknown("torch._dynamo.decorators._DimRange");
        foreach (var dtype in DTypeValue.All)
        {
            Default[$"torch.{dtype.Name}"] = dtype;
            if (dtype.StorageClass is { } storage) Storage($"torch.{storage}");
        }
        foreach (var alias in new[] { "half", "float", "double", "short", "int", "long", "chalf", "cfloat", "cdouble" }) Default[$"torch.{alias}"] = DTypeValue.Find(alias)!;
        foreach (var scheme in QSchemeValue.Names) Default[$"torch.{scheme}"] = new QSchemeValue(scheme);
        Storage("torch.storage.UntypedStorage");
        Storage("torch.storage._UntypedStorage");
        Storage("torch.UntypedStorage");
        foreach (var (name, rebuild) in TensorRebuilds.All) Add(Default, name, rebuild);

        Add(OnRequest, "builtins.bytes", (a, at) => a.Length == 0 ? Array.Empty<byte>() : throw Bad("builtins.bytes", at));
        Add(OnRequest, "builtins.frozenset", (a, at) => MakeSet(true, a, at));
        Add(OnRequest, "builtins.slice", MakeSlice);
        Add(OnRequest, "builtins.range", MakeRange);
        Add(OnRequest, "collections.defaultdict", (a, at) => a.Length <= 1 ? new PyDict(PyDictKind.DefaultDict) : throw Bad("collections.defaultdict", at));
        foreach (var (name, rebuild) in NumpyRebuilds.All) Add(OnRequest, name, rebuild);

        static void Add(Dictionary<string, object> table, string name, Func<object?[], PickleReader, object?> construct) => table[name] = new KnownGlobal(name, construct);

        static void Storage(string name) => Add(Default, name, (_, at) => throw Bad(name, at));
    }

    /// <summary>The element type of a class of storage (torch.FloatStorage, torch.cuda.FloatStorage, torch.storage.UntypedStorage), or null.</summary>
    public static DTypeValue? StorageType(object? global)
    {
        if (global is not KnownGlobal { FullName: var name }) return null;
        var simple = name[(name.LastIndexOf('.') + 1)..];
        if (simple is "UntypedStorage" or "_UntypedStorage") return DTypeValue.UInt8;
        return DTypeValue.All.FirstOrDefault(d => d.StorageClass == simple);
    }

    /// <summary>What a name stands for; a name outside the table is refused at once.</summary>
    public static object Find(string module, string name, PickleOptions options, PickleReader at)
    {
        // Python 2's names, which protocols below 3 still write.
        module = module switch
        {
            "__builtin__" => "builtins",
            "copy_reg" => "copyreg",
            _ => module,
        };
        var full = $"{module}.{name}";
        if (full.Length > 1000) throw at.Error($"a global of {full.Length} characters is refused");
        if (name == "xrange" && module == "builtins") full = "builtins.range";
        if (full.StartsWith("torch.cuda.", StringComparison.Ordinal) && full.EndsWith("Storage", StringComparison.Ordinal)) full = $"torch.{name}";
        if (Default.TryGetValue(full, out var known)) return known;
        if (options.Allows(full)) return OnRequest.TryGetValue(full, out known) ? known : Unknown(full);
        throw at.Error($"the global {full} is refused: it is not among the names that a file of weights may use");
    }

    private static KnownGlobal Unknown(string full) => new(full, (a, _) => new PyObject(full, a), inert: true);

    /// <summary>NEWOBJ: an empty OrderedDict, or the parts of an inert object.</summary>
    public static object New(object? type, PyTuple arguments, PickleReader at) => type switch
    {
        KnownGlobal { Inert: true } known => new PyObject(known.FullName, arguments.Items),
        KnownGlobal { FullName: "collections.OrderedDict" } when arguments.Count == 0 => new PyDict(PyDictKind.OrderedDict),
        _ => throw at.Error($"an object of {PickleReader.Describe(type)} cannot be made"),
    };

    /// <summary>BUILD: gives an object its state.</summary>
    public static void Build(object? target, object? state, PickleReader at)
    {
        switch (target)
        {
            case PyDict { Kind: not PyDictKind.Dict } dict when state is PyDict attributes:
                if (attributes.Items.Any(p => p.Key is not string)) throw at.Error("attributes need names");
                at.Charge(attributes.Count);
                dict.Attributes ??= new PyDict();
                foreach (var (name, value) in attributes.Items) dict.Attributes[name] = value;
                break;
            case PyObject other: other.State = state; break;
            case NumpyDType dtype: NumpyRebuilds.Build(dtype, state, at); break;
            case NumpyArray array: NumpyRebuilds.Build(array, state, at); break;
            default: throw at.Error($"BUILD on {PickleReader.Describe(target)} is refused");
        }
    }

    public static SerializationException Bad(string name, PickleReader at) => at.Error($"{name} is called with arguments that it does not take");

    private static PyDict MakeDict(PyDictKind kind, object?[] arguments, PickleReader at)
    {
        var dict = new PyDict(kind);
        switch (arguments)
        {
            case []: break;
            case [PyDict other]:
                at.Charge(4L * other.Count);
                foreach (var (key, value) in other.Items) dict[key] = value;
                break;
            case [List<object?> pairs]: // Python 2 wrote OrderedDict([[key, value], ..])
                at.Charge(4L * pairs.Count);
                foreach (var pair in pairs)
                {
                    var (key, value) = pair switch
                    {
                        PyTuple { Count: 2 } t => (t.Items[0], t.Items[1]),
                        List<object?> { Count: 2 } l => (l[0], l[1]),
                        _ => throw Bad("collections.OrderedDict", at),
                    };
                    dict[at.CheckKey(key)] = value;
                }
                break;
            default: throw Bad($"collections.{kind}", at);
        }
        return dict;
    }

    private static PySet MakeSet(bool frozen, object?[] arguments, PickleReader at) => arguments switch
    {
        [] => new PySet(frozen),
        [List<object?> items] => at.Fill(new PySet(frozen), items),
        [PyTuple items] => at.Fill(new PySet(frozen), items.Items),
        _ => throw Bad(frozen ? "builtins.frozenset" : "builtins.set", at),
    };

    private static object MakeByteArray(object?[] arguments, PickleReader at) => arguments switch
    {
        [] => new PyByteArray([]),
        [byte[] bytes] => new PyByteArray(bytes), // shared: nobody changes it
        [string text, string codec] => new PyByteArray((byte[])Encode([text, codec], at)),
        _ => throw Bad("builtins.bytearray", at),
    };

    private static object MakeComplex(object?[] arguments, PickleReader at)
    {
        return arguments switch
        {
            [var re] => (object)new Complex(Real(re), 0),
            [var re, var im] => new Complex(Real(re), Real(im)),
            _ => throw Bad("builtins.complex", at),
        };

        double Real(object? x) => x switch { double d => d, long n => n, _ => throw Bad("builtins.complex", at) };
    }

    private static object Encode(object?[] arguments, PickleReader at)
    {
        if (arguments is not [string text, string codec]) throw Bad("_codecs.encode", at);
        at.ChargeBytes(text.Length);
        switch (codec)
        {
            case "latin1" or "latin-1":
                if (text.Any(c => c > 255)) throw at.Error("_codecs.encode: a character beyond Latin-1");
                return Encoding.Latin1.GetBytes(text);
            case "utf-8" or "utf8": return Encoding.UTF8.GetBytes(text);
            default: throw at.Error($"_codecs.encode: the codec '{(codec.Length > 40 ? codec[..40] : codec)}' is refused");
        }
    }

    private static object MakeDevice(object?[] arguments, PickleReader at) => arguments switch
    {
        [string text] when DeviceValue.Parse(text) is { } device => device,
        [string type, long and >= 0 and < 1000 and var index] when DeviceValue.Parse(type) is { Index: null } device => device with { Index = (int)index },
        _ => throw Bad("torch.device", at),
    };

    private static object MakeLayout(object?[] arguments, PickleReader at) =>
        arguments is [string text] && text.StartsWith("torch.", StringComparison.Ordinal) && LayoutValue.Names.Contains(text[6..])
            ? new LayoutValue(text[6..])
            : throw Bad("torch.serialization._get_layout", at);

    private static object MakeSlice(object?[] arguments, PickleReader at) => arguments is [var start, var stop, var step] ? new PySlice(start, stop, step) : throw Bad("builtins.slice", at);

    private static object MakeRange(object?[] arguments, PickleReader at) => arguments switch
    {
        [long stop] => new PyRange(0, stop, 1),
        [long start, long stop] => new PyRange(start, stop, 1),
        [long start, long stop, long step] when step != 0 => new PyRange(start, stop, step),
        _ => throw Bad("builtins.range", at),
    };
}
