// Chooses among the members that a name stands for the one that the arguments fit best, and calls it.

using System.Collections.Concurrent;
using System.Numerics;
using System.Reflection;

namespace Torch.Conformance;

internal sealed class Binder(Converter converter)
{
    private sealed record Parameter(ParameterInfo Info, Type Type, string[] Names, NullabilityInfo Nullability, bool IsParams);

    private sealed record Bound(MethodBase Method, object?[] Arguments, int Cost);

    private static readonly ConcurrentDictionary<MethodBase, Parameter[]> s_parameters = new();

    /// <summary>Keyword arguments that ask for what is so anyway: they may be left out where C# has no such parameter.</summary>
    private static bool IsOmittable(string name, object? value) => value is null || (name == "layout" && value is LayoutName { Name: "strided" }) || (name == "pin_memory" && value is false);

    /// <summary>Calls the best fitting member; throws <see cref="RefusedException"/> where none fits.</summary>
    internal object? Call(Target target, object?[] args, IReadOnlyList<KeyValuePair<string, object?>> kwargs)
    {
        Bound? best = null;
        var reasons = new List<string>();
        foreach (var member in target.Members)
        {
            foreach (var (method, isInstance) in Methods(member, target))
            {
                var bound = Bind(method, isInstance, args, kwargs, out var reason);
                if (bound is null) reasons.Add(reason!);
                else if (best is null || bound.Cost < best.Cost) best = bound;
            }
            if (best is null && member is FieldInfo { IsStatic: true } field && args.Length == 0 && kwargs.Count == 0) return field.GetValue(null);
        }
        if (best is null)
            throw new RefusedException($"no overload of {target.Name} takes ({Describe(args, kwargs)}): {string.Join("; ", reasons.Distinct().Take(4))}");
        return Invoker.Call(best.Method, best.Arguments);
    }

    /// <summary>The methods behind a member, and whether the first argument is the receiver.</summary>
    private static IEnumerable<(MethodBase, bool)> Methods(MemberInfo member, Target target)
    {
        switch (member)
        {
            case MethodInfo m:
                yield return (m, !m.IsStatic);
                break;
            case PropertyInfo { GetMethod: { IsPublic: true } get } p when p.GetIndexParameters().Length == 0:
                yield return (get, !get.IsStatic);
                break;
            case Type { IsAbstract: false } t:
                foreach (var c in t.GetConstructors()) yield return (c, false);
                break;
        }
    }

    private Bound? Bind(MethodBase method, bool isInstance, object?[] args, IReadOnlyList<KeyValuePair<string, object?>> kwargs, out string? reason)
    {
        reason = null;
        if (method.IsGenericMethodDefinition)
        {
            if (Close((MethodInfo)method, args) is not { } closed)
            {
                reason = "the type parameter cannot be told";
                return null;
            }
            method = closed;
        }
        object? receiver = null;
        var named = kwargs.ToList();
        var given = args.AsSpan();
        if (isInstance)
        {
            if (given.Length > 0)
            {
                receiver = given[0];
                given = given[1..];
            }
            else if (named.FindIndex(k => k.Key is "self" or "input") is >= 0 and var at)
            {
                receiver = named[at].Value;
                named.RemoveAt(at);
            }
            if (receiver is not null && converter.Convert(receiver, method.DeclaringType!, null, out var converted) is 0) receiver = converted;
            else
            {
                reason = $"the first argument must be {method.DeclaringType!.Name}";
                return null;
            }
        }
        var parameters = s_parameters.GetOrAdd(method, m => [.. m.GetParameters().Select(Describe)]);
        var shift = isInstance ? 1 : 0;
        var values = new object?[parameters.Length + shift];
        var filled = new bool[parameters.Length];
        if (isInstance) values[0] = receiver;
        var cost = 0;

        for (int i = 0, p = 0; i < given.Length; i++, p++)
        {
            if (p == parameters.Length)
            {
                reason = $"takes {parameters.Length} arguments";
                return null;
            }
            var rest = new Sequence(given[i..].ToArray(), true);
            // Several numbers for a size, as in x.view(2, 3), or several of what a C# method takes any number of.
            if (Converter.ElementOf(parameters[p].Type) is { } element && element != typeof(object)
                && (parameters[p].IsParams ? rest.Items.Length > 1 || given[i] is not Sequence : rest.Items.Length > 1 && rest.Items.All(r => r is long))
                && Into(parameters[p], rest, values, p + shift) is < Converter.Never and var many)
            {
                filled[p] = true;
                cost += many + 1;
                break;
            }
            var single = Into(parameters[p], given[i], values, p + shift);
            if (single >= Converter.Never)
            {
                reason = $"{parameters[p].Info.Name} is {Show(parameters[p].Type)}, not {Kind(given[i])}";
                return null;
            }
            filled[p] = true;
            cost += single;
        }
        foreach (var (name, value) in named)
        {
            var p = Array.FindIndex(parameters, q => Array.IndexOf(q.Names, name) >= 0);
            if (p < 0 && IsOmittable(name, value))
            {
                cost++;
                continue;
            }
            var one = p < 0 || filled[p] ? Converter.Never : Into(parameters[p], value, values, p + shift);
            if (one >= Converter.Never)
            {
                reason = p < 0 ? $"no parameter {name}" : filled[p] ? $"{name} twice" : $"{parameters[p].Info.Name} is {Show(parameters[p].Type)}, not {Kind(value)}";
                return null;
            }
            filled[p] = true;
            cost += one;
        }
        for (var p = 0; p < parameters.Length; p++)
        {
            if (filled[p]) continue;
            var parameter = parameters[p];
            if (parameter.Info.HasDefaultValue) values[p + shift] = Default(parameter);
            else if (parameter.IsParams) values[p + shift] = Array.CreateInstance(Converter.ElementOf(parameter.Type)!, 0);
            else if (parameter.Info.IsOut) values[p + shift] = parameter.Type.IsValueType ? Activator.CreateInstance(parameter.Type) : null;
            else
            {
                reason = $"{parameter.Info.Name} is not given";
                return null;
            }
            // Of overloads that fit alike the one that leaves less open is meant.
            cost += parameter.IsParams ? 1 : 0;
        }
        return new Bound(method, values, cost);
    }

    /// <summary>Closes a generic method over the type of the argument for its type parameter.</summary>
    private static MethodInfo? Close(MethodInfo method, object?[] args)
    {
        if (method.GetGenericArguments() is not [var open] || method.IsStatic is false) return null;
        var at = Array.FindIndex(method.GetParameters(), p => p.ParameterType == open);
        if (at < 0 || at >= args.Length || args[at] is not { } value) return null;
        try
        {
            return method.MakeGenericMethod(value.GetType());
        }
        catch (ArgumentException)
        {
            // The constraint does not hold.
            return null;
        }
    }

    private int Into(Parameter parameter, object? value, object?[] values, int at)
    {
        var cost = converter.Convert(value, parameter.Type, parameter.Nullability, out var converted);
        if (cost >= Converter.Never) return cost;
        values[at] = Invoker.IsSpan(parameter.Type) && converted is not null && !converted.GetType().IsArray ? null : converted;
        return cost;
    }

    private static object? Default(Parameter p)
    {
        if (Invoker.IsSpan(p.Type)) return Array.CreateInstance(p.Type.GetGenericArguments()[0], 0);
        var value = p.Info.DefaultValue;
        if (value is null or DBNull or Missing) return p.Type.IsValueType && Nullable.GetUnderlyingType(p.Type) is null ? Activator.CreateInstance(p.Type) : null;
        var type = Nullable.GetUnderlyingType(p.Type) ?? p.Type;
        return type.IsEnum ? Enum.ToObject(type, value) : value;
    }

    private static Parameter Describe(ParameterInfo p)
    {
        var type = p.ParameterType.IsByRef ? p.ParameterType.GetElementType()! : p.ParameterType;
        // Of an indexer's setter the value comes after the indices, and C# binds it apart from them.
        var isParams = p.Position == ((MethodBase)p.Member).GetParameters().Length - 1
            && (p.IsDefined(typeof(ParamArrayAttribute), false) || p.IsDefined(typeof(System.Runtime.CompilerServices.ParamCollectionAttribute), false));
        var names = Names.All(p);
        // Python's `*tensors`, where C# has a list because other parameters follow.
        isParams |= names.Any(n => n.StartsWith('*'));
        return new Parameter(p, type, [.. names.Select(n => n.TrimStart('*'))], Converter.Nullability(p), isParams);
    }

    private static string Describe(object?[] args, IReadOnlyList<KeyValuePair<string, object?>> kwargs) =>
        string.Join(", ", args.Select(Kind).Concat(kwargs.Select(k => $"{k.Key}={Kind(k.Value)}")));

    /// <summary>What Python would call the kind of a value.</summary>
    internal static string Kind(object? value) => value switch
    {
        null => "None",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        Complex => "complex",
        string => "str",
        Sequence s => $"{(s.IsTuple ? "tuple" : "list")} of {(s.Items.Length == 0 ? "nothing" : string.Join("|", s.Items.Select(Kind).Distinct()))}",
        DTypeName => "dtype",
        _ => value.GetType().Name,
    };

    private static string Show(Type type) => Nullable.GetUnderlyingType(type) is { } inner ? $"{Show(inner)}?"
        : type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Show))}>" : type.Name;
}
