// NumPy scalars and arrays within a checkpoint (losses, random states). Only numbers, text and times: an array of objects would be a pickle of its own.
// Source: numpy/core/src/multiarray: __reduce__ of dtype, scalar and ndarray.
namespace Torch.Serialization.Pickle;

internal static class NumpyRebuilds
{
    public static readonly IReadOnlyList<(string Name, Func<object?[], PickleReader, object?> Rebuild)> All =
    [
        ("numpy.dtype", MakeDType),
        ("numpy.ndarray", (_, at) => throw KnownGlobals.Bad("numpy.ndarray", at)),
        ("numpy._core.multiarray._reconstruct", Reconstruct),
        ("numpy.core.multiarray._reconstruct", Reconstruct),
        ("numpy._core.multiarray.scalar", MakeScalar),
        ("numpy.core.multiarray.scalar", MakeScalar),
    ];

    private static object MakeDType(object?[] a, PickleReader at)
    {
        if (a is not [string descr, bool or long, bool or long]) throw KnownGlobals.Bad("numpy.dtype", at);
        return NumpyDType.Parse(descr) ?? throw at.Error($"the NumPy dtype '{(descr.Length > 40 ? descr[..40] : descr)}' is refused");
    }

    private static object Reconstruct(object?[] a, PickleReader at) =>
        a is [KnownGlobal { FullName: "numpy.ndarray" }, PyTuple, byte[] or string] ? new NumpyArray() : throw KnownGlobals.Bad("numpy._core.multiarray._reconstruct", at);

    private static object MakeScalar(object?[] a, PickleReader at)
    {
        if (a is not [NumpyDType dtype, byte[] bytes] || bytes.Length != dtype.ItemSize) throw KnownGlobals.Bad("numpy._core.multiarray.scalar", at);
        if (dtype.Order == '>')
        {
            at.ChargeBytes(bytes.Length);
            bytes = new SwappedSource(ByteSource.FromMemory(bytes), dtype.SwapUnit).ReadAll();
        }
        return new NumpyScalar(dtype, bytes);
    }

    /// <summary>The state of a dtype: (3, order, None, None, None, -1, -1, 0); records have names in it.</summary>
    public static void Build(NumpyDType dtype, object? state, PickleReader at)
    {
        if (state is not PyTuple { Items: [long, string order, null, null, null, ..] } || order is not ("<" or ">" or "|" or "=")) throw at.Error("the state of a NumPy dtype is refused");
        if (dtype.Order != '|') dtype.Order = order == ">" ? '>' : '<';
    }

    /// <summary>The state of an array: (version, shape, dtype, is Fortran, bytes).</summary>
    public static void Build(NumpyArray array, object? state, PickleReader at)
    {
        if (state is not PyTuple { Items: [long, PyTuple shape, NumpyDType dtype, bool fortran, byte[] bytes] }) throw at.Error("the state of a NumPy array is refused");
        var sizes = TensorRebuilds.Longs(shape, "the shape of an array", at);
        if (sizes.Any(s => s < 0) || NumpyArray.ByteLength(dtype, sizes) != bytes.Length) throw at.Error("the shape of a NumPy array does not fit its bytes");
        array.DType = dtype;
        array.Shape = sizes;
        array.Fortran = fortran;
        var data = ByteSource.FromMemory(bytes);
        array.Data = dtype.Order == '>' ? new SwappedSource(data, dtype.SwapUnit) : data;
    }
}
