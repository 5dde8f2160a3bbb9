using System.Collections;
using System.Runtime.CompilerServices;
using Torch.Kernels;

namespace Torch.Data;

// Items to batches. Tensors are copied at once from their memory to the batch's, so that a batch is plain memory whatever its items were, and no plan depends on which items it holds.
internal static class Collation
{
    /// <summary>
    /// PyTorch's default_collate: tensors are stacked, numbers become tensors, strings a list; tuples, lists and dictionaries are collated by their parts. The result is made for the
    /// type that is wanted.
    /// </summary>
    internal static object Collate(IReadOnlyList<object?> items, Type wanted)
    {
        if (items.Count == 0) throw new IndexOutOfRangeException("list index out of range");
        switch (items[0])
        {
            case Tensor: return Stack([.. items.Cast<Tensor>()]);
            case double: return Numbers(items.Cast<double>().ToArray(), DType.Float64);
            case float: return Numbers(items.Cast<float>().ToArray(), DType.Float32);
            case long: return Numbers(items.Cast<long>().ToArray(), DType.Int64);
            case int or short or sbyte or ushort or uint: return Numbers(items.Select(i => Convert.ToInt64(i, System.Globalization.CultureInfo.InvariantCulture)).ToArray(), DType.Int64);
            case byte: return Numbers(items.Select(i => (long)(byte)i!).ToArray(), DType.Int64);
            case bool: return Numbers(items.Select(i => (bool)i! ? (byte)1 : (byte)0).ToArray(), DType.Bool);
            case string: return items.Cast<string>().ToArray();
            case ITuple first:
            {
                var types = wanted.GetGenericArguments();
                var parts = new object?[first.Length];
                for (var k = 0; k < parts.Length; k++)
                {
                    var at = k;
                    parts[k] = Collate([.. items.Select(i => ((ITuple)i!)[at])], k < types.Length ? types[k] : typeof(object));
                }
                return typeof(ITuple).IsAssignableFrom(wanted) ? Structure.Rebuild(wanted, parts, 0) : parts;
            }
            case IDictionary first:
            {
                var result = wanted.IsGenericType && wanted.GetGenericTypeDefinition() == typeof(Dictionary<,>) ? (IDictionary)Activator.CreateInstance(wanted)! : new Dictionary<string, object>();
                var type = wanted.IsGenericType ? wanted.GetGenericArguments()[^1] : typeof(object);
                foreach (var key in first.Keys) result[key] = Collate([.. items.Select(i => ((IDictionary)i!)[key])], type);
                return result;
            }
            case IList first:
            {
                if (items.Any(i => ((IList)i!).Count != first.Count)) throw new TorchException("each element in list of batch should be of equal size");
                var parts = Enumerable.Range(0, first.Count).Select(k => Collate([.. items.Select(i => ((IList)i!)[k])], typeof(object))).ToArray();
                return parts.All(p => p is Tensor) ? Array.ConvertAll(parts, p => (Tensor)p) : parts;
            }
            default:
                throw new TorchTypeException($"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {items[0]?.GetType().ToString() ?? "<class 'NoneType'>"}");
        }
    }

    /// <summary>Tensors of one shape as rows of a new one.</summary>
    internal static Tensor Stack(Tensor[] items)
    {
        var first = items[0];
        if (Array.Exists(items, i => i.requires_grad || i.is_meta || !i.DType.Equals(first.DType))) return torch.stack(items);
        for (var i = 1; i < items.Length; i++)
            if (!items[i].is_same_size(first))
                throw new TorchException($"stack expects each tensor to be equal size, but got {Shape.show(first.Sizes)} at entry 0 and {Shape.show(items[i].Sizes)} at entry {i}");
        return new Tensor(Host.make(first.DType, [items.Length, .. first.Sizes], target =>
        {
            for (var i = 0; i < items.Length; i++) Copy(items[i], Row(target, i));
        }));
    }

    /// <summary>Some rows of a tensor as a new one.</summary>
    internal static Tensor Rows(Tensor source, IReadOnlyList<long> indices)
    {
        if (source.requires_grad || source.is_meta || source.Conjugate || source.Negative) return torch.stack([.. indices.Select(i => source.select(0, i))]);
        long[] sizes = [indices.Count, .. source.Sizes[1..]];
        foreach (var i in indices)
            if (i >= source.Sizes[0] || i < -source.Sizes[0])
                throw new IndexOutOfRangeException($"index {i} is out of bounds for dimension 0 with size {source.Sizes[0]}");
        return new Tensor(Host.make(source.DType, sizes, target =>
        {
            var memory = Memory(source, out var holder);
            for (var i = 0; i < indices.Count; i++) StridedCopy.Copy(Row(memory, indices[i] < 0 ? indices[i] + source.Sizes[0] : indices[i]), Row(target, i));
            GC.KeepAlive(holder);
        }));
    }

    private static void Copy(Tensor source, Block target)
    {
        if (source.Conjugate || source.Negative)
        {
            var value = source.Expr;
            StridedCopy.Copy(Host.block(value), target);
            GC.KeepAlive(value);
            return;
        }
        StridedCopy.Copy(Memory(source, out var holder), target);
        GC.KeepAlive(holder);
    }

    /// <summary>A tensor's elements as they lie in its storage.</summary>
    private static Block Memory(Tensor t, out object holder)
    {
        var block = t.Cell.Memory(out var content);
        holder = content;
        return new Block(block.Address + (nint)(t.Offset * t.DType.Size), t.DType.Element, t.Sizes, t.Strides);
    }

    private static Block Row(Block block, long i) =>
        new(block.Address + (nint)(i * block.Strides[0] * block.Type.Size()), block.Type, block.Sizes[1..], block.Strides[1..]);

    private static Tensor Numbers<T>(T[] values, DType dtype) where T : unmanaged => new(Host.ofArray(dtype, [values.Length], values));
}
