// What is Python's language rather than a function: operators, indexing, conversions, printing, attributes. One table by form; each form says which members of C# stand
// for it, tried in order. A member that bears Python's name in an attribute comes before all of them.

using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Torch.Conformance;

internal sealed class Forms(Caller caller)
{
    private static readonly KeyValuePair<string, object?>[] s_none = [];

    /// <summary>Operators with two operands: Python's word, the C# operator, the methods that do the same, and the one that does it in place.</summary>
    private static readonly Dictionary<string, (string[] Members, string InPlace)> s_binary = new()
    {
        ["add"] = (["op_Addition", "add"], "add_"),
        ["sub"] = (["op_Subtraction", "sub"], "sub_"),
        ["mul"] = (["op_Multiply", "mul"], "mul_"),
        ["truediv"] = (["op_Division", "div"], "div_"),
        ["div"] = (["op_Division", "div"], "div_"),
        ["floordiv"] = (["floor_divide"], "floor_divide_"),
        ["mod"] = (["op_Modulus", "remainder"], "remainder_"),
        ["pow"] = (["pow"], "pow_"),
        ["matmul"] = (["matmul"], ""),
        ["and"] = (["op_BitwiseAnd", "bitwise_and"], "bitwise_and_"),
        ["or"] = (["op_BitwiseOr", "bitwise_or"], "bitwise_or_"),
        ["xor"] = (["op_ExclusiveOr", "bitwise_xor"], "bitwise_xor_"),
        ["lshift"] = (["op_LeftShift", "bitwise_left_shift"], "bitwise_left_shift_"),
        ["rshift"] = (["op_RightShift", "bitwise_right_shift"], "bitwise_right_shift_"),
        ["eq"] = (["eq"], ""),
        ["ne"] = (["ne"], ""),
        ["lt"] = (["op_LessThan", "lt"], ""),
        ["le"] = (["op_LessThanOrEqual", "le"], ""),
        ["gt"] = (["op_GreaterThan", "gt"], ""),
        ["ge"] = (["op_GreaterThanOrEqual", "ge"], ""),
    };

    private static readonly Dictionary<string, string[]> s_unary = new()
    {
        ["neg"] = ["op_UnaryNegation", "neg"],
        ["pos"] = ["op_UnaryPlus", "positive"],
        ["invert"] = ["op_OnesComplement", "bitwise_not"],
        ["abs"] = ["abs"],
    };

    /// <summary>Conversions to C#'s types: the explicit operator's type, and the method.</summary>
    private static readonly Dictionary<string, (Type Type, string Method)> s_conversions = new()
    {
        ["int"] = (typeof(long), "ToInt64"),
        ["index"] = (typeof(long), "ToInt64"),
        ["float"] = (typeof(double), "ToDouble"),
        ["bool"] = (typeof(bool), "ToBoolean"),
        ["complex"] = (typeof(Complex), "ToComplexFloat64"),
    };

    /// <summary>Functions that make tensors of Python's numbers, which have no dtype: the dtype that Python would choose is given where C#'s number would choose another.</summary>
    private static readonly HashSet<string> s_ofData = ["torch.tensor", "torch.as_tensor", "torch.asarray", "torch.Tensor.new_tensor"];

    internal bool TryCall(string name, object?[] args, IReadOnlyList<KeyValuePair<string, object?>> kwargs, out object? result)
    {
        result = null;
        switch (name)
        {
            case "builtins.repr" or "builtins.str":
                result = args[0] is Tensor t0 ? t0.ToString() : Convert.ToString(args[0], CultureInfo.InvariantCulture);
                return true;
            case "builtins.len":
                result = Length(args[0]);
                return true;
            case "builtins.int" or "builtins.float" or "builtins.bool" or "builtins.complex":
                result = Conversion(name["builtins.".Length..], args[0]);
                return true;
            case "str.format":
                result = Format(args);
                return true;
            case "operator.getitem":
                result = args[0] is Tensor ? GetItem(args) : Results.Items(args[0])[(int)(long)args[1]!];
                return true;
            case "getattr":
                result = Attribute(args[0]!, (string)args[1]!);
                return true;
            case "setattr":
                SetAttribute(args[0]!, (string)args[1]!, args[2]);
                return true;
            case "method":
                result = Method(args[0]!, (string)args[1]!, args[2..], kwargs);
                return true;
            case "torch.Tensor.item" when args is [Tensor t] && kwargs.Count == 0:
                result = Item(t);
                return true;
        }
        if (s_ofData.Contains(name))
        {
            result = OfData(name, args, kwargs);
            return true;
        }
        const string tensor = "torch.Tensor.__";
        if (!name.StartsWith(tensor, StringComparison.Ordinal) || !name.EndsWith("__", StringComparison.Ordinal)) return false;
        if (args.Length == 0 || args[0] is not Tensor) throw new RefusedException($"descriptor '{name[13..]}' applies to tensors, not to {Binder.Kind(args.FirstOrDefault())}");
        result = Special(name[tensor.Length..^2], name, args);
        return true;
    }

    /// <summary>A method with underscores around its name.</summary>
    private object? Special(string word, string name, object?[] args)
    {
        var own = Resolver.Resolve(name);
        if (!own.IsEmpty) return caller.CallTarget(own, args, s_none);
        switch (word)
        {
            case "getitem": return GetItem(args);
            case "setitem": return SetItem(args);
            case "len": return Length(args[0]);
            case "contains": return caller.Call("builtins.bool", [caller.Call("torch.Tensor.any", [caller.Call("torch.Tensor.__eq__", args, s_none)], s_none)], s_none);
            case "reversed":
                var dims = ((Tensor)args[0]!).dim();
                return dims == 0 ? args[0] : caller.Call("torch.Tensor.flip", [args[0], new Sequence([.. Enumerable.Range(0, (int)dims).Select(d => (object)(long)d)], false)], s_none);
        }
        if (s_conversions.ContainsKey(word)) return Conversion(word, args[0]);
        if (s_unary.TryGetValue(word, out var unary)) return First(name, unary, args);
        if (s_binary.TryGetValue(word, out var binary)) return First(name, binary.Members, args);
        if (word[0] == 'r' && s_binary.TryGetValue(word[1..], out var reflected)) return First(name, reflected.Members, [args[1], args[0]]);
        if (word[0] == 'i' && s_binary.TryGetValue(word[1..], out var inPlace)) return First(name, [inPlace.InPlace], args);
        throw new UnknownFormException(name);
    }

    /// <summary>The first of these members of a tensor that exists and takes the arguments.</summary>
    private object? First(string name, string[] members, object?[] args)
    {
        RefusedException? refused = null;
        foreach (var m in members)
        {
            var target = Resolver.Resolve($"torch.Tensor.{m}");
            if (target.IsEmpty) continue;
            try
            {
                return caller.CallTarget(target with { Name = name }, args, s_none);
            }
            catch (RefusedException e)
            {
                refused = e;
            }
        }
        throw refused ?? (Exception)new MissingException(name);
    }

    private object? GetItem(object?[] args) => Indexed("get", [args[0], .. Entries(args[1])]);

    private object? SetItem(object?[] args)
    {
        var value = args[2];
        if (value is bool or long or double or Complex)
        {
            // A number on the right of the assignment: C# makes a tensor of it where there is such a conversion, else the method for numbers is meant.
            var number = Resolver.Resolve("torch.Tensor.index_put_");
            if (ImplicitTensor(value) is { } made) value = made;
            else if (!number.IsEmpty)
            {
                caller.CallTarget(number, [args[0], value, new Sequence(Entries(args[1]), true)], s_none);
                return null;
            }
        }
        else if (value is Sequence) value = caller.Call("torch.tensor", [value], s_none);
        return Indexed("set", [args[0], .. Entries(args[1]), value]);
    }

    /// <summary>A tuple is several indices; everything else is one. A short list that holds anything but numbers counts as a tuple.</summary>
    private static object?[] Entries(object? index) => index is Sequence s && (s.IsTuple || (s.Items.Length < 32 && !s.Items.All(i => i is bool or long or double))) ? s.Items : [index];

    private static object? Accessor(string kind, PropertyInfo p) => kind == "get" ? p.GetMethod : p.SetMethod;

    private object? Indexed(string kind, object?[] args)
    {
        var accessors = typeof(Tensor).GetProperties().Where(p => p.GetIndexParameters().Length > 0).Select(p => Accessor(kind, p)).OfType<MethodInfo>().Where(m => m.IsPublic)
            // All entries go into one array of indices, whatever conveniences there are besides.
            .Where(m => m.GetParameters()[0].ParameterType == typeof(torch.TensorIndex[])).ToArray();
        if (accessors.Length == 0) throw new MissingException($"torch.Tensor.__{kind}item__");
        var entries = new Sequence(args[1..(kind == "get" ? ^0 : ^1)], true);
        object?[] bound = kind == "get" ? [args[0], entries] : [args[0], entries, args[^1]];
        return caller.CallTarget(new Target($"torch.Tensor.__{kind}item__", accessors, typeof(Tensor)), bound, s_none);
    }

    /// <summary>What the implicit conversion of C# makes of a number; null where there is none.</summary>
    private static object? ImplicitTensor(object value) =>
        typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(m => m.Name == "op_Implicit" && m.ReturnType == typeof(Tensor) && m.GetParameters()[0].ParameterType == value.GetType()).Select(m => Invoker.Call(m, [value])).FirstOrDefault();

    private object? Length(object? value)
    {
        if (value is not Tensor t) return (long)Results.Items(value).Length;
        var own = Resolver.Resolve("torch.Tensor.__len__");
        return own.IsEmpty ? t.size(0) : caller.CallTarget(own, [t], s_none);
    }

    private object? Conversion(string word, object? value)
    {
        var (type, method) = s_conversions[word];
        if (value is not Tensor t)
            return value is Scalar s ? caller.Call("method", [s, method], s_none) : throw new UnknownFormException($"{word} of {Binder.Kind(value)}");
        foreach (var m in typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Static))
            if (m.Name == "op_Explicit" && m.ReturnType == type && m.GetParameters()[0].ParameterType == typeof(Tensor)) return Invoker.Call(m, [t]);
        return caller.Call("method", [t, method], s_none);
    }

    /// <summary>The one element as the C# number of its dtype.</summary>
    private object? Item(Tensor t)
    {
        var all = Resolver.Of(typeof(Tensor), "item").OfType<MethodInfo>().ToArray();
        if (all.Length == 0) throw new MissingException("torch.Tensor.item");
        if (Array.Find(all, m => !m.IsGenericMethod && m.GetParameters().Length == (m.IsStatic ? 1 : 0)) is { } plain) return Invoker.Call(plain, [t]);
        var type = t.dtype switch
        {
            torch.ScalarType.Bool => typeof(bool),
            torch.ScalarType.Byte => typeof(byte),
            torch.ScalarType.Int8 => typeof(sbyte),
            torch.ScalarType.Int16 => typeof(short),
            torch.ScalarType.Int32 => typeof(int),
            torch.ScalarType.Int64 => typeof(long),
            torch.ScalarType.UInt16 => typeof(ushort),
            torch.ScalarType.UInt32 => typeof(uint),
            torch.ScalarType.UInt64 => typeof(ulong),
            torch.ScalarType.Float16 => typeof(Half),
            torch.ScalarType.BFloat16 => typeof(BFloat16),
            torch.ScalarType.Float32 => typeof(float),
            torch.ScalarType.Float64 => typeof(double),
            torch.ScalarType.ComplexFloat32 => typeof((float, float)),
            torch.ScalarType.ComplexFloat64 => typeof(Complex),
            var other => throw new UnknownFormException($"item of {other}"),
        };
        return Invoker.Call(all[0].MakeGenericMethod(type), [t]);
    }

    /// <summary>`"{:.2f}".format(x)`: C# formats through IFormattable, with Python's format in braces.</summary>
    private static string Format(object?[] args)
    {
        var text = (string)args[0]!;
        for (var i = 1; i < args.Length; i++)
        {
            var open = text.IndexOf('{', StringComparison.Ordinal);
            var close = text.IndexOf('}', open);
            var format = text[(open + 1)..close].TrimStart(':');
            if (args[i] is not IFormattable value) throw new MissingException("torch.Tensor.__format__");
            text = text[..open] + value.ToString(format.Length == 0 ? null : format, CultureInfo.InvariantCulture) + text[(close + 1)..];
        }
        return text;
    }

    private object? Attribute(object value, string name)
    {
        var members = Resolver.Of(value.GetType(), name);
        if (members.Count == 0) throw new MissingException($"{value.GetType().Name}.{name}");
        if (members[0] is FieldInfo f) return f.GetValue(value);
        return caller.CallTarget(new Target(name, members, value.GetType()), [value], s_none);
    }

    private void SetAttribute(object value, string name, object? to)
    {
        var property = Resolver.Of(value.GetType(), name).OfType<PropertyInfo>().FirstOrDefault(p => p.SetMethod is { IsPublic: true })
            ?? throw new MissingException($"{value.GetType().Name}.{name}");
        caller.CallTarget(new Target(name, [property.SetMethod!], value.GetType()), [value, to], s_none);
    }

    private object? Method(object value, string name, object?[] args, IReadOnlyList<KeyValuePair<string, object?>> kwargs)
    {
        var members = Resolver.Of(value.GetType(), name);
        return members.Count == 0 ? throw new MissingException($"{value.GetType().Name}.{name}") : caller.CallTarget(new Target(name, members, value.GetType()), [value, .. args], kwargs);
    }

    private object? OfData(string name, object?[] args, IReadOnlyList<KeyValuePair<string, object?>> kwargs)
    {
        var target = Resolver.Resolve(name);
        if (target.IsEmpty) throw new MissingException(name);
        var at = name.StartsWith("torch.Tensor.", StringComparison.Ordinal) ? 1 : 0;
        if (args.Length > at && Results.IsSequence(args[at])) args = [.. args[..at], OneKind(Results.Plain(args[at])), .. args[(at + 1)..]];
        if (args.Length > at && !kwargs.Any(k => k is { Key: "dtype", Value: not null }))
        {
            var kinds = ValueReader.LeavesOf(args[at]).ToArray();
            var real = kinds.Length == 0 || kinds.Any(k => k is double);
            var complex = kinds.Any(k => k is Complex);
            if ((real || complex) && kinds.All(k => k is bool or long or double or Complex))
            {
                var dtype = Tensors.NameOf(torch.get_default_dtype());
                if (complex) dtype = dtype switch { "float64" => "complex128", "float16" => "complex32", _ => "complex64" };
                kwargs = [.. kwargs.Where(k => k.Key != "dtype"), new("dtype", new DTypeName(dtype))];
            }
        }
        // Zero-dimensional tensors among the numbers count as their numbers.
        if (args.Length > at && args[at] is Sequence s && ValueReader.TensorsIn([s]).Any())
        {
            if (!kwargs.Any(k => k is { Key: "dtype", Value: not null })) kwargs = [.. kwargs.Where(k => k.Key != "dtype"), new("dtype", MixedType(s))];
            args = [.. args[..at], Numbers(s), .. args[(at + 1)..]];
        }
        return caller.CallTarget(target, args, kwargs);
    }

    /// <summary>Python's bool is a number among numbers.</summary>
    private static object? OneKind(object? value)
    {
        return ValueReader.LeavesOf(value).Any(l => l is long or double or Complex) ? Numbered(value) : value;

        static object? Numbered(object? v) => v switch
        {
            Sequence s => new Sequence([.. s.Items.Select(Numbered)], s.IsTuple),
            bool b => b ? 1L : 0L,
            _ => v,
        };
    }

    /// <summary>The dtype of a list in which tensors stand beside numbers: that of all together, each number counting as a tensor of it alone.</summary>
    private DTypeName MixedType(Sequence s)
    {
        var type = ValueReader.LeavesOf(s).Select(l => l is Tensor t ? t.dtype : ((Tensor)caller.Call("torch.tensor", [l], s_none)!).dtype).Aggregate(torch.promote_types);
        return new DTypeName(Tensors.NameOf(type));
    }

    private object? Numbers(object? value) => value switch
    {
        Sequence s => new Sequence([.. s.Items.Select(Numbers)], s.IsTuple),
        Tensor t => Results.Plain(caller.Call("torch.Tensor.tolist", [t], s_none)),
        _ => value,
    };
}
