using System.Runtime.CompilerServices;

namespace Torch;

/// <summary>The tensors in an argument or result of a module: a tensor, or a tuple or list that holds tensors.</summary>
internal static class Structure
{
    /// <summary>The tensors, depth first.</summary>
    internal static void Collect(object? value, List<Tensor?> into)
    {
        switch (value)
        {
            case Tensor t: into.Add(t); break;
            case ITuple tuple:
                for (var i = 0; i < tuple.Length; i++) Collect(tuple[i], into);
                break;
            case IEnumerable<Tensor> list:
                foreach (var t in list) into.Add(t);
                break;
            default: into.Add(null); break;
        }
    }

    /// <summary>The same structure with other tensors in the order of <see cref="Collect"/>.</summary>
    internal static object? Replace(object? value, Queue<Tensor?> with)
    {
        switch (value)
        {
            case Tensor: return with.Dequeue();
            case ITuple tuple:
            {
                var items = new object?[tuple.Length];
                for (var i = 0; i < items.Length; i++) items[i] = Replace(tuple[i], with);
                return Rebuild(value.GetType(), items, 0);
            }
            case Tensor[] array: return Array.ConvertAll(array, _ => with.Dequeue()!);
            case IEnumerable<Tensor> list: return list.Select(_ => with.Dequeue()!).ToList();
            default:
                with.Dequeue();
                return value;
        }
    }

    /// <summary>A tuple of a type from its items; those past the seventh stand in a tuple of their own.</summary>
    internal static object Rebuild(Type type, object?[] items, int from)
    {
        var types = type.GetGenericArguments();
        var parts = new object?[types.Length];
        for (var i = 0; i < types.Length; i++) parts[i] = i == 7 ? Rebuild(types[7], items, from + 7) : items[from + i];
        return Activator.CreateInstance(type, parts)!;
    }
}
