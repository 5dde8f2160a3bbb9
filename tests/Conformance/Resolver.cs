// From PyTorch's public dotted names to members of the facade, by reflection: `torch.a.b.f` is the member f of the class b nested in the class a nested in torch.torch,
// under its own name or the one that a PyTorchName attribute gives it. Methods of a class may be extension methods.

using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Torch.Conformance;

/// <summary>PyTorch's names of members and parameters.</summary>
internal static class Names
{
    /// <summary>The names that PyTorchName gives, or the .NET one where there are none.</summary>
    internal static string[] Of(MemberInfo member)
    {
        var given = member.GetCustomAttributes<PyTorchNameAttribute>(false).Select(a => a.Name).ToArray();
        return given.Length > 0 ? given : [member.Name];
    }

    /// <summary>All names that a member answers to.</summary>
    internal static IEnumerable<string> All(MemberInfo member)
    {
        yield return member.Name;
        foreach (var a in member.GetCustomAttributes<PyTorchNameAttribute>(false)) yield return a.Name;
    }

    internal static string[] All(ParameterInfo parameter) => [parameter.Name ?? "", .. parameter.GetCustomAttributes<PyTorchNameAttribute>(false).Select(a => a.Name)];
}

/// <summary>What a name stands for.</summary>
/// <param name="Self">The class whose instance comes first among the arguments, where some of the members are instance members.</param>
internal sealed record Target(string Name, IReadOnlyList<MemberInfo> Members, Type? Self)
{
    internal bool IsEmpty => Members.Count == 0;
}

internal static class Resolver
{
    private const BindingFlags Flags = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    private static readonly Assembly[] s_assemblies = [typeof(torch).Assembly];

    private static readonly ConcurrentDictionary<Type, ILookup<string, MemberInfo>> s_members = new();

    private static readonly ConcurrentDictionary<string, Target> s_targets = new();

    private static readonly ILookup<string, MethodInfo> s_extensions = s_assemblies.SelectMany(a => a.GetExportedTypes())
        .Where(t => t is { IsAbstract: true, IsSealed: true })
        .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.IsDefined(typeof(ExtensionAttribute), false)))
        .SelectMany(m => Names.All(m).Distinct().Select(n => (n, m))).ToLookup(p => p.n, p => p.m);

    /// <summary>The members that a dotted name may mean; none where the name is missing.</summary>
    internal static Target Resolve(string name) => s_targets.GetOrAdd(name, Find);

    /// <summary>The members of a class under a name: its own and extension methods of it.</summary>
    internal static IReadOnlyList<MemberInfo> Of(Type type, string name) =>
        [.. Members(type)[name], .. s_extensions[name].Where(m => m.GetParameters()[0].ParameterType.IsAssignableFrom(type) || m.GetParameters()[0].ParameterType.IsGenericParameter)];

    private static Target Find(string name)
    {
        var parts = name.Split('.').ToList();
        if (parts[0] == "torch") parts.RemoveAt(0);
        while (parts.Count > 0 && parts[0] == "torch") parts.RemoveAt(0);
        if (parts.Count == 0) return new Target(name, [], null);
        // An overload's name after an operator of aten says nothing that the arguments do not say.
        if (parts is ["ops", "aten", _, ..]) parts.RemoveRange(3, parts.Count - 3);
        // Functions that PyTorch hides behind an underscore are the operators of aten.
        else if (parts is [['_', ..]]) parts.InsertRange(0, ["ops", "aten"]);

        IEnumerable<Type> places = [typeof(torch)];
        foreach (var part in parts.SkipLast(1)) places = places.SelectMany(p => Members(p)[part].OfType<Type>()).ToArray();
        var members = new List<MemberInfo>();
        Type? self = null;
        foreach (var place in places)
        {
            var found = Of(place, parts[^1]);
            members.AddRange(found);
            if (!(place.IsAbstract && place.IsSealed)) self = place;
        }
        // torch.f and torch.Tensor.f are mostly the same operation, and C# may have it as one of them only.
        if (self is null && members.Count == 0 && parts.Count == 1)
        {
            self = typeof(Tensor);
            members.AddRange(Of(self, parts[0]));
        }
        else if (self == typeof(Tensor)) members.AddRange(Members(typeof(torch))[parts[^1]].OfType<MethodInfo>());
        return new Target(name, [.. members.Distinct()], self);
    }

    private static ILookup<string, MemberInfo> Members(Type type) => s_members.GetOrAdd(type, t =>
    {
        var all = t.GetMembers(Flags).AsEnumerable();
        for (var b = t; b is not null; b = b.BaseType) all = all.Concat(b.GetNestedTypes(BindingFlags.Public));
        return all.Distinct().Where(m => m is not MethodInfo { IsSpecialName: true } || m.Name.StartsWith("op_", StringComparison.Ordinal))
            .SelectMany(m => Names.All(m).Select(Plain).Distinct().Select(n => (n, m))).ToLookup(p => p.n, p => p.m);
    });

    /// <summary>A generic class goes by its name without the count of its parameters.</summary>
    private static string Plain(string name) => name.IndexOf('`') is var at and > 0 ? name[..at] : name;
}
