// Python values to .NET arguments of a given type, each conversion with a cost: 0 where the kinds are the same, more the farther they are apart, so that overloads
// can be told apart. What Python's own argument parser would refuse (a float for an int, a number for a tensor) is refused here too.

using System.Collections;
using System.Linq.Expressions;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Torch.Conformance;

internal sealed class Converter(Caller caller)
{
    /// <summary>The cost of a conversion that is not possible.</summary>
    internal const int Never = 1_000_000;

    private const int Same = 0, Near = 1, Wrap = 2, Spread = 3, Far = 6;

    private static readonly NullabilityInfoContext s_nullability = new();

    internal static NullabilityInfo Nullability(ParameterInfo p)
    {
        lock (s_nullability) return s_nullability.Create(p);
    }

    /// <summary>Converts a value, or says <see cref="Never"/>.</summary>
    /// <param name="info">Whether references may be null, where it is known.</param>
    internal int Convert(object? value, Type type, NullabilityInfo? info, out object? result)
    {
        result = null;
        if (type == typeof(torch.TensorIndex)) return Index(value, out result);
        if (Nullable.GetUnderlyingType(type) is { } inner) return value is null ? Same : Convert(value, inner, null, out result);
        // None for a number that may be absent is meant rather than for an object that may.
        if (value is null) return type.IsValueType || info?.WriteState is NullabilityState.NotNull ? Never : Near;
        if (value is not Sequence && type != typeof(object) && type.IsInstanceOfType(value))
        {
            result = value;
            return Same;
        }
        var cost = value switch
        {
            bool b => Bool(b, type, out result),
            long i => Integer(i, type, out result),
            BigInteger i => Big(i, type, out result),
            double d => Real(d, type, out result),
            Complex c => Implicit(c, type, out result),
            string s => Text(s, type, out result),
            DTypeName d => Named(d.Name, typeof(torch.ScalarType), type, out result),
            LayoutName l => Named(l.Name, typeof(layout), type, out result),
            MemoryFormatName m => Named(m.Name, typeof(memory_format), type, out result),
            DeviceName d => Text(d.Name, type, out result),
            Sequence s => List(s, type, info, out result),
            Delegate d when typeof(Delegate).IsAssignableFrom(type) => Delegate(new Callback(d.DynamicInvoke, d.Method.GetParameters().Length), type, out result),
            // Python's parser takes the number out of a 0-dim tensor by itself.
            Tensor t when type == typeof(Scalar) && t.dim() == 0 && !t.requires_grad => Number(t, out result),
            Callback f when typeof(Delegate).IsAssignableFrom(type) => Delegate(f, type, out result),
            CallableName c => Callable(c, type, info, out result),
            Dict d => Dictionary(d, type, out result),
            IEnumerable e and not Tensor => List(new Sequence([.. e.Cast<object?>()], false), type, info, out result),
            ITuple t => List(new Sequence([.. Enumerable.Range(0, t.Length).Select(i => t[i])], true), type, info, out result),
            _ => Implicit(value, type, out result),
        };
        if (cost < Never || type != typeof(object)) return cost;
        result = Untyped(value);
        return Far;
    }

    /// <summary>What C# would write where anything goes.</summary>
    private static object? Untyped(object? value) => value switch
    {
        Sequence s => s.Items.Select(Untyped).ToArray(),
        DTypeName d => Tensors.TypeOf(d.Name),
        _ => value,
    };

    private static int Number(Tensor value, out object? result)
    {
        result = value.ToScalar();
        return Far;
    }

    private static int Bool(bool value, Type type, out object? result)
    {
        result = value;
        return type == typeof(bool) ? Same : Implicit(value, type, out result);
    }

    private int Integer(long value, Type type, out object? result)
    {
        result = value;
        if (type == typeof(long)) return Same;
        if (type == typeof(double)) result = (double)value;
        else if (type == typeof(float)) result = (float)value;
        else if (type == typeof(int) && value == (int)value) result = (int)value;
        else if (type == typeof(ulong) && value >= 0) result = (ulong)value;
        else if (type.IsEnum && type != typeof(torch.ScalarType)) result = Enum.ToObject(type, value);
        else if (type == typeof(Complex)) result = new Complex(value, 0);
        else if (IsList(type) || typeof(ITuple).IsAssignableFrom(type)) return Repeat(value, type, out result);
        else return Implicit(value, type, out result);
        return type == typeof(int) || type == typeof(ulong) ? Near : type == typeof(double) || type == typeof(float) ? Wrap + 1 : Far;
    }

    private int Big(BigInteger value, Type type, out object? result)
    {
        if (value <= ulong.MaxValue && value >= 0 && Convert((ulong)value, type, null, out result) is < Never and var cost) return cost;
        result = (double)value;
        return type == typeof(double) ? Far : Never;
    }

    private int Real(double value, Type type, out object? result)
    {
        result = value;
        if (type == typeof(double)) return Same;
        if (type == typeof(float))
        {
            result = (float)value;
            return Near;
        }
        if (type == typeof(Complex))
        {
            result = new Complex(value, 0);
            return Far;
        }
        return IsList(type) || typeof(ITuple).IsAssignableFrom(type) ? Repeat(value, type, out result) : Implicit(value, type, out result);
    }

    private static int Text(string value, Type type, out object? result)
    {
        result = value;
        if (type == typeof(string)) return Near;
        return type.IsEnum ? EnumMember(value, type, out result) : Implicit(value, type, out result);
    }

    private static int Named(string value, Type named, Type type, out object? result)
    {
        result = null;
        return type == named ? EnumMember(value, type, out result) : Never;
    }

    /// <summary>An enum member by PyTorch's string: the name in its attribute, or its own with case and underscores aside.</summary>
    private static int EnumMember(string value, Type type, out object? result)
    {
        result = null;
        foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            if (!Names.All(field).Any(n => Plain(n) == Plain(value))) continue;
            result = field.GetValue(null);
            return Same;
        }
        return Never;

        static string Plain(string s) => s.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
    }

    /// <summary>The conversion that C# would make by itself.</summary>
    private static int Implicit(object value, Type type, out object? result)
    {
        result = null;
        // A tensor wants a tensor, as in Python.
        if (type == typeof(Tensor) || IsList(type) || type == typeof(object)) return Never;
        foreach (var m in type.GetMethods(BindingFlags.Public | BindingFlags.Static))
        {
            if (m.Name != "op_Implicit" || m.ReturnType != type || m.GetParameters() is not [var p] || p.ParameterType != value.GetType()) continue;
            result = Invoker.Call(m, [value]);
            return Near;
        }
        return Never;
    }

    /// <summary>One number where several are wanted: as many as a tuple has, or a list of it alone.</summary>
    private int Repeat(object value, Type type, out object? result)
    {
        var count = typeof(ITuple).IsAssignableFrom(type) ? type.GetGenericArguments().Length : 1;
        var cost = Convert(new Sequence([.. Enumerable.Repeat(value, count)], true), type, null, out result);
        return cost >= Never ? Never : cost + Spread;
    }

    private static bool IsList(Type type) => type.IsArray || type == typeof(Array) || ElementOf(type) is not null;

    /// <summary>The element type of spans and of the interfaces and classes that an array or a list can be passed for.</summary>
    internal static Type? ElementOf(Type type)
    {
        if (type.IsSZArray) return type.GetElementType();
        if (!type.IsGenericType) return null;
        var open = type.GetGenericTypeDefinition();
        return Invoker.IsSpan(type) || open == typeof(IList<>) || open == typeof(IEnumerable<>) || open == typeof(IReadOnlyList<>) || open == typeof(ICollection<>)
            || open == typeof(IReadOnlyCollection<>) || open == typeof(List<>) || open == typeof(Memory<>) || open == typeof(ReadOnlyMemory<>) ? type.GetGenericArguments()[0] : null;
    }

    private int List(Sequence value, Type type, NullabilityInfo? info, out object? result)
    {
        result = null;
        if (typeof(ITuple).IsAssignableFrom(type)) return type.IsGenericType ? Tuple(value, type, out result) : Never;
        if (type.IsArray && type.GetArrayRank() > 1) return Rectangular(value, type, out result);
        if (type == typeof(Array)) return AnyArray(value, out result);
        if (ElementOf(type) is not { } element) return Implicit(value, type, out result);
        var items = Array.CreateInstance(element, value.Items.Length);
        var elementInfo = info?.ElementType ?? (info is { GenericTypeArguments: [var g] } ? g : null);
        var cost = type.IsSZArray ? Same : Invoker.IsSpan(type) ? Same : Near;
        for (var i = 0; i < items.Length; i++)
        {
            // A list of lists is no list of numbers.
            if (value.Items[i] is Sequence && element != typeof(object) && !IsList(element) && !typeof(ITuple).IsAssignableFrom(element) && element != typeof(torch.TensorIndex)) return Never;
            if (value.Items[i] is bool or long or double && IsList(element)) return Never;
            // C#'s array of pairs is something else than Python's pair of lists.
            if (value.Items[i] is Sequence && type.IsArray && typeof(ITuple).IsAssignableFrom(element)) return Never;
            var one = Convert(value.Items[i], element, elementInfo, out var item);
            if (one >= Never) return Never;
            cost = Math.Max(cost, one);
            items.SetValue(item, i);
        }
        result = items;
        if (!type.IsGenericType) return cost;
        var open = type.GetGenericTypeDefinition();
        if (open == typeof(List<>) || open == typeof(Memory<>) || open == typeof(ReadOnlyMemory<>)) result = Activator.CreateInstance(type, items);
        return cost;
    }

    private int Tuple(Sequence value, Type type, out object? result)
    {
        result = null;
        var types = type.GetGenericArguments();
        if (types.Length != value.Items.Length) return Never;
        var items = new object?[types.Length];
        var cost = Same;
        for (var i = 0; i < items.Length; i++)
        {
            var one = Convert(value.Items[i], types[i], null, out items[i]);
            if (one >= Never) return Never;
            cost = Math.Max(cost, one);
        }
        result = Activator.CreateInstance(type, items);
        return cost;
    }

    /// <summary>Nested lists of the same lengths as an array of so many dimensions.</summary>
    private int Rectangular(Sequence value, Type type, out object? result)
    {
        result = null;
        var element = type.GetElementType()!;
        if (Lengths(value) is not { } lengths || lengths.Length != type.GetArrayRank()) return Never;
        var array = Array.CreateInstance(element, lengths);
        var cost = Same;
        var at = new int[lengths.Length];
        foreach (var leaf in ValueReader.LeavesOf(value))
        {
            var one = Convert(leaf, element, null, out var item);
            if (one >= Never) return Never;
            cost = Math.Max(cost, one);
            array.SetValue(item, at);
            for (var d = at.Length - 1; d >= 0 && ++at[d] == lengths[d]; d--) at[d] = 0;
        }
        result = array;
        return cost;
    }

    /// <summary>The array that C# would infer from the elements.</summary>
    private int AnyArray(Sequence value, out object? result)
    {
        result = null;
        if (Lengths(value) is not { } lengths) return Never;
        var leaves = ValueReader.LeavesOf(value).ToArray();
        var element = leaves.Length == 0 ? typeof(float)
            : leaves.All(l => l is bool) ? typeof(bool) : leaves.All(l => l is long) ? typeof(long) : leaves.All(l => l is long or double or bool) ? typeof(double)
            : leaves.All(l => l is long or double or bool or Complex) ? typeof(Complex) : null;
        if (element is null) return Never;
        var type = lengths.Length == 1 ? element.MakeArrayType() : element.MakeArrayType(lengths.Length);
        var cost = Convert(value, type, null, out result);
        return cost >= Never ? Never : cost + Wrap;
    }

    private static int[]? Lengths(Sequence value)
    {
        var lengths = new List<int>();
        for (object? at = value; at is Sequence s; at = s.Items.Length > 0 ? s.Items[0] : null) lengths.Add(s.Items.Length);
        return Fits(value, 0) ? [.. lengths] : null;

        bool Fits(object? v, int depth) => v is Sequence s ? depth < lengths.Count && s.Items.Length == lengths[depth] && s.Items.All(i => Fits(i, depth + 1)) : depth == lengths.Count;
    }

    private int Dictionary(Dict value, Type type, out object? result)
    {
        result = null;
        if (!type.IsGenericType || type.GetGenericArguments() is not [var key, var element] || key != typeof(string)) return Never;
        var made = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(key, element))!;
        if (!type.IsInstanceOfType(made)) return Never;
        foreach (var (name, item) in value.Items)
        {
            if (Convert(item, element, null, out var converted) >= Never) return Never;
            made[name] = converted;
        }
        result = made;
        return Same;
    }

    /// <summary>One entry of an index.</summary>
    private int Index(object? value, out object? result)
    {
        result = value switch
        {
            null => (object?)torch.TensorIndex.None,
            bool b => torch.TensorIndex.Bool(b),
            long i => torch.TensorIndex.Single(i),
            Ellipsis => torch.TensorIndex.Ellipsis,
            Slice s => torch.TensorIndex.Slice(Bound(s.Start), Bound(s.Stop), Bound(s.Step)),
            Tensor t => torch.TensorIndex.Tensor(t),
            Sequence s when ValueReader.LeavesOf(s).All(l => l is bool or long) => torch.TensorIndex.Tensor(
                (Tensor)caller.Call("torch.tensor", [s], s.Items.Length == 0 ? [new("dtype", new DTypeName("int64"))] : [])!),
            _ => null,
        };
        return result is null ? Never : Same;
    }

    private long? Bound(object? value) => value switch
    {
        null => null,
        long i => i,
        bool b => b ? 1 : 0,
        Tensor t => (long)caller.Call("torch.Tensor.__index__", [t], [])!,
        _ => throw new RefusedException("slice indices must be integers or None or have an __index__ method"),
    };

    private int Callable(CallableName value, Type type, NullabilityInfo? info, out object? result)
    {
        result = null;
        if (value.Kwargs is null)
            return Convert(new Callback(arguments => caller.Call(value.Name, arguments, [])), type, info, out result);
        var module = caller.Call(value.Name, [], value.Kwargs)!;
        if (type.IsInstanceOfType(module))
        {
            result = module;
            return Same;
        }
        return Convert(new Callback(arguments => caller.Call("method", [module, "forward", .. arguments], [])), type, info, out result);
    }

    /// <summary>A delegate of the wanted type over a function of the runner.</summary>
    private int Delegate(Callback function, Type type, out object? result)
    {
        result = null;
        if (type.GetMethod("Invoke") is not { } invoke) return Never;
        var parameters = invoke.GetParameters().Select(p => Expression.Parameter(p.ParameterType, p.Name)).ToArray();
        var takesMany = parameters is [{ Type: { IsArray: true } }];
        if (function.Arity is { } arity && arity != parameters.Length && !takesMany) return Never;
        var returnsMany = invoke.ReturnType != typeof(Tensor) && invoke.ReturnType != typeof(object);
        if (function.ReturnsMany is true && !returnsMany) return Never;
        Func<object?[], Type, object?> body = (arguments, wanted) =>
        {
            // A function of an array of tensors takes its elements.
            if (arguments is [Tensor[] several]) arguments = several;
            var answer = function.Body(arguments);
            if (wanted == typeof(void)) return null;
            if (answer is not null && wanted.IsInstanceOfType(answer)) return answer;
            if (answer is Tensor && wanted.IsAssignableFrom(typeof(Tensor[]))) answer = new Sequence([answer], true);
            return Convert(answer, wanted, null, out var converted) < Never ? converted
                : throw new RefusedException($"a function that returns {wanted.Name} was given {answer?.GetType().Name ?? "null"}");
        };
        var call = Expression.Invoke(Expression.Constant(body), Expression.NewArrayInit(typeof(object), parameters.Select(p => Expression.Convert(p, typeof(object)))),
            Expression.Constant(invoke.ReturnType, typeof(Type)));
        var lambda = invoke.ReturnType == typeof(void) ? (Expression)call : Expression.Convert(call, invoke.ReturnType);
        result = Expression.Lambda(type, lambda, parameters).Compile();
        return (takesMany ? Near : Same) + (returnsMany && function.ReturnsMany is not true ? Near : Same);
    }
}

/// <summary>No overload takes arguments of these kinds: what in Python is a TypeError of the argument parser, and in C# an error of the compiler.</summary>
internal sealed class RefusedException(string message) : Exception(message);

/// <summary>A name that our surface does not have.</summary>
internal sealed class MissingException(string name) : Exception($"missing: {name}")
{
    internal string Name { get; } = name;
}
