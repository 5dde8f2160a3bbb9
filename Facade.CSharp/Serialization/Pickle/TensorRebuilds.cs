// What stands for torch._utils._rebuild_*: makes the descriptions of tensors and checks that each lies within its storage, so that nobody behind
// this point can be led outside. Source: the signatures of torch/_utils.py and torch/_tensor.py.
namespace Torch.Serialization.Pickle;

internal static class TensorRebuilds
{
    private const int MaxRank = 1024;

    public static readonly IReadOnlyList<(string Name, Func<object?[], PickleReader, object?> Rebuild)> All =
    [
        ("torch._utils._rebuild_tensor", RebuildTensor),
        ("torch._utils._rebuild_tensor_v2", RebuildTensorV2),
        ("torch._utils._rebuild_tensor_v3", RebuildTensorV3),
        ("torch._utils._rebuild_parameter", RebuildParameter),
        ("torch._utils._rebuild_parameter_with_state", RebuildParameterWithState),
        ("torch._tensor._rebuild_from_type_v2", RebuildFromType),
        ("torch._utils._rebuild_sparse_tensor", RebuildSparse),
        ("torch._utils._rebuild_sparse_csr_tensor", RebuildSparse),
        ("torch._utils._rebuild_qtensor", RebuildQuantized),
        ("torch._utils._rebuild_meta_tensor_no_storage", RebuildMeta),
        ("torch._utils._rebuild_nested_tensor", RebuildNested),
        ("torch.nested._internal.nested_tensor._rebuild_njt", RebuildJagged),
    ];

    /// <summary>A tuple, list or Size of integers.</summary>
    public static long[] Longs(object? value, string what, PickleReader at)
    {
        IReadOnlyList<object?> items = value switch
        {
            PyTuple tuple => tuple.Items,
            List<object?> list => list,
            SizeValue size => [.. size.Dims.Select(d => (object)d)],
            _ => throw at.Error($"{what} needs a tuple of integers, not {PickleReader.Describe(value)}"),
        };
        if (items.Count > MaxRank) throw at.Error($"{what} has {items.Count} dimensions");
        at.Charge(items.Count);
        return [.. items.Select(x => x is long n ? n : throw at.Error($"{what} holds {PickleReader.Describe(x)} where an integer belongs"))];
    }

    private static object RebuildTensor(object?[] a, PickleReader at) =>
        a is [var storage, var offset, var size, var stride] ? Strided(storage, null, offset, size, stride, false, null, null, at) : throw Bad("_rebuild_tensor", at);

    private static object RebuildTensorV2(object?[] a, PickleReader at) => a switch
    {
        [var storage, var offset, var size, var stride, bool grad, var hooks] => Strided(storage, null, offset, size, stride, grad, hooks, null, at),
        [var storage, var offset, var size, var stride, bool grad, var hooks, var flags] => Strided(storage, null, offset, size, stride, grad, hooks, flags, at),
        _ => throw Bad("_rebuild_tensor_v2", at),
    };

    private static object RebuildTensorV3(object?[] a, PickleReader at) => a switch
    {
        [var storage, var offset, var size, var stride, bool grad, var hooks, DTypeValue dtype] => Strided(storage, dtype, offset, size, stride, grad, hooks, null, at),
        [var storage, var offset, var size, var stride, bool grad, var hooks, DTypeValue dtype, var flags] => Strided(storage, dtype, offset, size, stride, grad, hooks, flags, at),
        _ => throw Bad("_rebuild_tensor_v3", at),
    };

    private static object RebuildParameter(object?[] a, PickleReader at)
    {
        if (a is not [var data, bool grad, var hooks]) throw Bad("_rebuild_parameter", at);
        return Parameter(data, grad, hooks, null, at);
    }

    private static object RebuildParameterWithState(object?[] a, PickleReader at)
    {
        if (a is not [var data, bool grad, var hooks, var state]) throw Bad("_rebuild_parameter_with_state", at);
        return Parameter(data, grad, hooks, Attributes(state, at), at);
    }

    private static StoredTensor Parameter(object? data, bool grad, object? hooks, PyDict? attributes, PickleReader at)
    {
        CheckHooks(hooks, at);
        if (data is not StoredTensor t) throw at.Error($"a parameter is made of a tensor, not of {PickleReader.Describe(data)}");
        CheckGrad(grad, t.DType, at);
        return new(t.Storage, t.DType, t.Sizes, t.Strides, t.Offset)
        {
            RequiresGrad = grad, IsParameter = true, IsConj = t.IsConj, IsNeg = t.IsNeg, Attributes = attributes,
        };
    }

    /// <summary>A tensor with attributes or of a subclass: (function, class, arguments, state).</summary>
    private static object RebuildFromType(object?[] a, PickleReader at)
    {
        if (a is not [KnownGlobal function, KnownGlobal type, PyTuple arguments, var state] || !All.Any(r => r.Name == function.FullName)
            || function.FullName == "torch._tensor._rebuild_from_type_v2")
        {
            throw Bad("_rebuild_from_type_v2", at);
        }
        if (type.FullName is not ("torch.Tensor" or "torch.nn.parameter.Parameter" or "torch.nn.parameter.Buffer" or "torch.nested._internal.nested_tensor.NestedTensor") && !type.Inert)
        {
            throw at.Error($"{type.FullName} is no class of tensors");
        }
        var made = at.Call(function, arguments, "_rebuild_from_type_v2");
        var attributes = Attributes(state, at);
        if (made is StoredJagged) return made; // its attributes are its parts again
        if (made is not StoredTensor t) return attributes is null ? made! : throw at.Error("attributes on a sparse or quantized tensor are not supported");
        return new StoredTensor(t.Storage, t.DType, t.Sizes, t.Strides, t.Offset)
        {
            RequiresGrad = t.RequiresGrad, IsParameter = t.IsParameter || type.FullName == "torch.nn.parameter.Parameter", IsConj = t.IsConj, IsNeg = t.IsNeg,
            Class = type.FullName is "torch.Tensor" or "torch.nn.parameter.Parameter" ? null : type.FullName,
            Attributes = attributes,
        };
    }

    /// <summary>Python's object state: a dict, or a pair of dicts (attributes and slots).</summary>
    private static PyDict? Attributes(object? state, PickleReader at)
    {
        var result = new PyDict();
        foreach (var part in state is PyTuple { Count: 2 } pair ? pair.Items : [state])
        {
            if (part is null) continue;
            if (part is not PyDict dict) throw at.Error($"attributes come as a dict, not as {PickleReader.Describe(part)}");
            at.Charge(4L * dict.Count);
            foreach (var (name, value) in dict.Items) result[name is string ? name : throw at.Error("attributes need names")] = value;
        }
        return result.Count == 0 ? null : result;
    }

    private static object RebuildSparse(object?[] a, PickleReader at)
    {
        if (a is not [LayoutValue layout, PyTuple data]) throw Bad("_rebuild_sparse_tensor", at);
        if (layout.Name == "sparse_coo")
        {
            if (data.Items is not [StoredTensor indices, StoredTensor values, var size, .. var rest] || rest is not ([] or [bool] or [null])) throw Bad("_rebuild_sparse_tensor", at);
            var sizes = Sizes(size, at);
            var (sparse, dense) = (indices.Sizes is [var s, _] ? s : -1, values.Sizes.Length - 1);
            if (indices.DType != DTypeValue.Int64 || sparse < 0 || sparse + dense != sizes.Length || dense < 0 || indices.Sizes[1] != values.Sizes[0]
                || !values.Sizes.AsSpan(1).SequenceEqual(sizes.AsSpan((int)sparse)))
            {
                throw at.Error("the parts of a sparse tensor do not fit together");
            }
            return new StoredSparse(layout, [indices, values], sizes, rest is [bool coalesced] ? coalesced : null);
        }
        if (layout.Name is not ("sparse_csr" or "sparse_csc" or "sparse_bsr" or "sparse_bsc")) throw at.Error($"a sparse tensor of layout {layout.Name}");
        if (data.Items is not [StoredTensor compressed, StoredTensor plain, StoredTensor elements, var shape]) throw Bad("_rebuild_sparse_tensor", at);
        var full = Sizes(shape, at);
        if (full.Length < 2 || compressed.DType != plain.DType || compressed.DType.Name is not ("int32" or "int64") || compressed.Sizes.Length == 0
            || compressed.Sizes.Length != plain.Sizes.Length || elements.Sizes.Length < plain.Sizes.Length
            || !elements.Sizes.AsSpan(0, plain.Sizes.Length).SequenceEqual(plain.Sizes))
        {
            throw at.Error("the parts of a sparse tensor do not fit together");
        }
        return new StoredSparse(layout, [compressed, plain, elements], full, null);
    }

    private static long[] Sizes(object? value, PickleReader at)
    {
        var sizes = Longs(value, "the size of a tensor", at);
        return sizes.Any(s => s < 0) ? throw at.Error("a size is negative") : sizes;
    }

    private static object RebuildQuantized(object?[] a, PickleReader at)
    {
        if (a is not [var storage, var offset, var size, var stride, PyTuple parameters, bool grad, var hooks]) throw Bad("_rebuild_qtensor", at);
        var integers = Strided(storage, null, offset, size, stride, false, hooks, null, at);
        if (!integers.DType.IsQuantized || integers.DType.Type is null) throw at.Error($"a quantized tensor over {integers.DType}");
        if (grad) throw at.Error("a quantized tensor cannot require a gradient");
        switch (parameters.Items)
        {
            case [QSchemeValue { Name: "per_tensor_affine" or "per_tensor_symmetric" } scheme, double scale, long zero]:
                if (!(scale > 0 && double.IsFinite(scale)) || zero is < int.MinValue or > int.MaxValue) throw at.Error("a scale or zero point out of range");
                return new StoredQuantized(integers, scheme, scale, zero, null, null, 0);
            case [QSchemeValue { Name: "per_channel_affine" or "per_channel_affine_float_qparams" } scheme, StoredTensor scales, StoredTensor zeros, long axis]:
                if (axis < 0 || axis >= integers.Sizes.Length || scales.Sizes is not [var n] || n != integers.Sizes[axis] || zeros.Sizes is not [var m] || m != n)
                {
                    throw at.Error("scales and zero points do not fit the tensor");
                }
                if (zeros.DType.IsDifferentiable) scheme = new QSchemeValue("per_channel_affine_float_qparams"); // saved under the other name
                return new StoredQuantized(integers, scheme, 0, 0, scales, zeros, (int)axis);
            default: throw Bad("_rebuild_qtensor", at);
        }
    }

    private static object RebuildMeta(object?[] a, PickleReader at)
    {
        if (a is not [DTypeValue dtype, var size, var stride, bool grad]) throw Bad("_rebuild_meta_tensor_no_storage", at);
        var (sizes, strides) = (Sizes(size, at), Longs(stride, "the strides of a tensor", at));
        var extent = Extent(sizes, strides, 0, dtype, at);
        CheckGrad(grad, dtype, at);
        return new StoredTensor(new StoredStorage("", dtype, extent, "meta", null), dtype, sizes, strides, 0) { RequiresGrad = grad };
    }

    private static object RebuildNested(object?[] a, PickleReader at) =>
        a is [StoredTensor { Sizes.Length: 1 } buffer, StoredTensor { Sizes.Length: 2 } sizes, StoredTensor { Sizes.Length: 2 } strides, StoredTensor { Sizes.Length: 1 } offsets]
        && sizes.DType == DTypeValue.Int64 && strides.DType == DTypeValue.Int64 && offsets.DType == DTypeValue.Int64
        && sizes.Sizes.AsSpan().SequenceEqual(strides.Sizes) && offsets.Sizes[0] == sizes.Sizes[0]
            ? new StoredNested(buffer, sizes, strides, offsets)
            : throw Bad("_rebuild_nested_tensor", at);

    private static object RebuildJagged(object?[] a, PickleReader at)
    {
        if (a is not [PyDict parts] || parts["values"] is not StoredTensor values || parts["offsets"] is not StoredTensor { Sizes.Length: 1 } offsets
            || parts["_ragged_idx"] is not long ragged || ragged < 1 || ragged > values.Sizes.Length || parts["requires_grad"] is not bool grad
            || (parts["lengths"] is not null and not StoredTensor { Sizes.Length: 1 }))
        {
            throw Bad("_rebuild_njt", at);
        }
        return new StoredJagged(values, offsets, parts["lengths"] as StoredTensor, (int)ragged, grad);
    }

    private static StoredTensor Strided(object? of, DTypeValue? dtype, object? offset, object? size, object? stride, bool grad, object? hooks, object? flags, PickleReader at)
    {
        if (of is not StoredStorage storage) throw at.Error($"a tensor lies in a storage, not in {PickleReader.Describe(of)}");
        if (offset is not (long and >= 0 and var first)) throw at.Error("the offset of a tensor is no integer of 0 or more");
        dtype ??= storage.DType;
        var (sizes, strides) = (Sizes(size, at), Longs(stride, "the strides of a tensor", at));
        if (Extent(sizes, strides, first, dtype, at) > storage.ByteLength) throw at.Error($"a tensor of {string.Join("x", sizes)} {dtype} reaches beyond its storage of {storage.ByteLength} bytes");
        CheckGrad(grad, dtype, at);
        CheckHooks(hooks, at);
        var (conj, neg) = (false, false);
        if (flags is not null)
        {
            if (flags is not PyDict dict) throw at.Error($"the flags of a tensor come as a dict, not as {PickleReader.Describe(flags)}");
            foreach (var (name, value) in dict.Items)
            {
                if (value is not bool on) throw at.Error("a flag of a tensor is no bool");
                switch (name)
                {
                    case "conj": conj = on; break;
                    case "neg": neg = on; break;
                    default: throw at.Error("a flag of a tensor is unknown");
                }
            }
            if (conj && !dtype.IsComplex) throw at.Error("a conjugated tensor that is not complex");
        }
        return new StoredTensor(storage, dtype, sizes, strides, first) { RequiresGrad = grad, IsConj = conj, IsNeg = neg };
    }

    /// <summary>The bytes from the beginning of the storage to the end of the last element, without overflow.</summary>
    private static long Extent(long[] sizes, long[] strides, long offset, DTypeValue dtype, PickleReader at)
    {
        if (sizes.Length != strides.Length) throw at.Error($"{sizes.Length} sizes and {strides.Length} strides");
        if (strides.Any(s => s < 0)) throw at.Error("a stride is negative");
        try
        {
            checked
            {
                long count = 1, last = offset;
                for (var d = 0; d < sizes.Length; d++)
                {
                    count *= sizes[d];
                    last += Math.Max(sizes[d] - 1, 0) * strides[d];
                }
                _ = count * dtype.Size; // the contiguous copy, too, must have a size
                return (count == 0 ? offset : last + 1) * dtype.Size;
            }
        }
        catch (OverflowException e)
        {
            throw at.Error("the size of a tensor is beyond 64 bits", e);
        }
    }

    private static void CheckGrad(bool grad, DTypeValue dtype, PickleReader at)
    {
        if (grad && !dtype.IsDifferentiable) throw at.Error($"a tensor of {dtype} cannot require a gradient");
    }

    private static void CheckHooks(object? hooks, PickleReader at)
    {
        if (hooks is not (null or PyDict { Count: 0 })) throw at.Error("backward hooks are refused");
    }

    private static SerializationException Bad(string name, PickleReader at) => KnownGlobals.Bad(name, at);
}
