using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Torch
{
    /// <summary>
    /// The components of a module that its C# fields hold: submodules, parameters, buffers. The list of candidate fields is made once per type. The fields themselves are read each time
    /// the components are asked for, so that assigning to a field replaces the component, as in Python.
    /// </summary>
    internal static class ModuleFields
    {
        internal sealed record Candidate(FieldInfo Field, string Name);

        private static readonly ConcurrentDictionary<Type, Candidate[]> s_candidates = new();

        internal static Candidate[] Of(Type type) => s_candidates.GetOrAdd(type, static t =>
        {
            // The base classes' fields come first, as their constructors ran first.
            var chain = new Stack<Type>();
            for (var at = t; at is not null && !IsFramework(at); at = at.BaseType) chain.Push(at);
            var found = new List<Candidate>();
            foreach (var at in chain)
                foreach (var field in at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                    if (MayHold(field.FieldType)) found.Add(new Candidate(field, ComponentName(field)));
            return [.. found];
        });

        /// <summary>A type of ours whose own fields are no components.</summary>
        private static bool IsFramework(Type type) => type == typeof(torch.nn.Module) || (type.IsGenericType && type.DeclaringType == typeof(torch.nn));

        private static bool MayHold(Type type) =>
            typeof(torch.nn.Module).IsAssignableFrom(type) || typeof(Tensor).IsAssignableFrom(type)
            || (type.IsInterface && type.IsGenericType && type.DeclaringType == typeof(torch.nn));

        /// <summary>The name that an attribute gives, the property's for what the compiler makes for a property, else the field's.</summary>
        private static string ComponentName(FieldInfo field)
        {
            if (field.GetCustomAttribute<Utils.ComponentNameAttribute>() is { Name: { } given }) return given;
            var name = field.Name;
            if (!name.StartsWith('<')) return name;
            name = name[1..name.IndexOf('>')];
            var property = field.DeclaringType!.GetProperty(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
            return property?.GetCustomAttribute<Utils.ComponentNameAttribute>() is { Name: { } onProperty } ? onProperty : name;
        }
    }

    namespace Utils
    {
        /// <summary>The name under which a field's module, parameter or buffer is registered, where it is not to be the field's own.</summary>
        [AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
        public sealed class ComponentNameAttribute : Attribute
        {
            public string? Name { get; set; }
        }
    }
}
