// Between recorded tensors and ours: making a tensor of given bytes, dtype and strides, and reading dtype, shape and elements of one. The public surface only.

using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Torch.Tests.Golden;
using static Torch.torch;

namespace Torch.Conformance;

/// <summary>Elements of a tensor in row-major order with their PyTorch dtype name; of ours or of a recorded one.</summary>
internal sealed record Elements(string DType, long[] Shape, ReadOnlyMemory<byte> Data)
{
    internal long Count => Shape.Aggregate(1L, (n, s) => n * s);

    internal bool IsComplex => DType.StartsWith("complex", StringComparison.Ordinal);

    internal bool IsFloat => DType.StartsWith("float", StringComparison.Ordinal) || DType == "bfloat16";

    internal int Size => Tensors.SizeOf(DType);

    internal static Elements Of(GoldenTensor t) => new(t.TorchDType, t.Shape, t.Data);

    /// <summary>A floating-point element.</summary>
    internal double Real(long i)
    {
        var at = Data.Span[(int)(i * Size)..];
        return DType switch
        {
            "float64" => BitConverter.ToDouble(at),
            "float32" => BitConverter.ToSingle(at),
            "float16" => (double)BitConverter.ToHalf(at),
            "bfloat16" => BitConverter.Int32BitsToSingle(BitConverter.ToUInt16(at) << 16),
            "float8_e4m3fn" => Float8(at[0], 4, 7, finite: true),
            "float8_e5m2" => Float8(at[0], 5, 15, finite: false),
            _ => (double)Integer(i),
        };
    }

    internal Complex Complex(long i)
    {
        var at = Data.Span[(int)(i * Size)..];
        return DType switch
        {
            "complex128" => new Complex(BitConverter.ToDouble(at), BitConverter.ToDouble(at[8..])),
            "complex64" => new Complex(BitConverter.ToSingle(at), BitConverter.ToSingle(at[4..])),
            "complex32" => new Complex((double)BitConverter.ToHalf(at), (double)BitConverter.ToHalf(at[2..])),
            _ => Real(i),
        };
    }

    internal BigInteger Integer(long i)
    {
        var at = Data.Span.Slice((int)(i * Size), Size);
        return DType == "bool" ? at[0] != 0 ? 1 : 0 : new BigInteger(at, isUnsigned: DType.StartsWith("uint", StringComparison.Ordinal));
    }

    internal string Show(long i) => IsComplex ? $"{Complex(i).Real:R}{(Complex(i).Imaginary < 0 ? "" : "+")}{Complex(i).Imaginary:R}j" : IsFloat ? $"{Real(i):R}" : Integer(i).ToString();

    /// <summary>OCP's 8-bit formats: sign, exponent, mantissa; e4m3fn has no infinities and one NaN pattern.</summary>
    private static double Float8(byte b, int exponentBits, int bias, bool finite)
    {
        var mantissaBits = 7 - exponentBits;
        var (sign, exponent, mantissa) = (b >> 7, (b >> mantissaBits) & ((1 << exponentBits) - 1), b & ((1 << mantissaBits) - 1));
        var top = (1 << exponentBits) - 1;
        double value;
        if (exponent == top && !finite) value = mantissa == 0 ? double.PositiveInfinity : double.NaN;
        else if (finite && (b & 0x7F) == 0x7F) value = double.NaN;
        else if (exponent == 0) value = Math.ScaleB(mantissa, 1 - bias - mantissaBits);
        else value = Math.ScaleB(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits);
        return sign == 0 ? value : -value;
    }
}

internal static class Tensors
{
    private static readonly Dictionary<string, ScalarType> s_types =
        Enum.GetValues<ScalarType>().ToDictionary(t => Names.Of(typeof(ScalarType).GetField(t.ToString())!)[0]);

    private static readonly Dictionary<ScalarType, string> s_names = s_types.ToDictionary(p => p.Value, p => p.Key);

    internal static ScalarType TypeOf(string name) => s_types.TryGetValue(name, out var t) ? t : throw new UnknownFormException($"dtype {name}");

    internal static string NameOf(ScalarType type) => s_names[type];

    internal static int SizeOf(string dtype) => dtype switch
    {
        "bool" or "uint8" or "int8" or "qint8" or "quint8" => 1,
        "int16" or "uint16" or "float16" or "bfloat16" => 2,
        "int32" or "uint32" or "float32" or "complex32" or "qint32" => 4,
        "int64" or "uint64" or "float64" or "complex64" => 8,
        "complex128" => 16,
        _ when dtype.StartsWith("float8", StringComparison.Ordinal) => 1,
        _ => throw new UnknownFormException($"dtype {dtype}"),
    };

    /// <summary>The strides that a value prescribes, or null for a contiguous one.</summary>
    internal static long[]? RecordedStrides(JsonElement value) => GoldenJson.Tagged(value, "strides") is { } strides ? GoldenJson.Int64s(strides) : null;

    /// <summary>A tensor of these elements. Where strides are given, it is a view of a storage of the length that they span.</summary>
    internal static Tensor Make(GoldenTensor data, long[]? strides = null)
    {
        var dtype = data.TorchDType;
        if (strides is null || strides.AsSpan().SequenceEqual(Contiguous(data.Shape))) return FromBytes(dtype, data.Shape, data.Data.Span);
        if (data.Count == 0) return FromBytes(dtype, [0], []).as_strided(data.Shape, strides);
        var size = SizeOf(dtype);
        var length = 1L;
        for (var d = 0; d < strides.Length; d++) length += (data.Shape[d] - 1) * strides[d];
        // One element more, so that the view is not the whole storage.
        var storage = new byte[(length + 1) * size];
        for (var i = 0L; i < data.Count; i++) data.Data.Span.Slice((int)(i * size), size).CopyTo(storage.AsSpan((int)(Place(i, data.Shape, strides) * size)));
        return FromBytes(dtype, [length + 1], storage).as_strided(data.Shape, strides);
    }

    private static Tensor FromBytes(string dtype, long[] shape, ReadOnlySpan<byte> bytes)
    {
        var tensor = torch.empty(shape, dtype: TypeOf(dtype));
        // Written through `data`, which has a version of its own: the tensor is as new as if it had been made of these values.
        if (bytes.Length > 0) tensor.data().bytes = bytes.ToArray();
        return tensor;
    }

    /// <summary>Dtype, shape and elements; computes the tensor if it is pending.</summary>
    internal static Elements Read(Tensor tensor)
    {
        using var mode = torch.no_grad();
        var plain = tensor.detach();
        if (plain.is_conj()) plain = plain.resolve_conj();
        if (plain.is_neg()) plain = plain.resolve_neg();
        plain = plain.contiguous();
        var bytes = new byte[plain.numel() * plain.element_size()];
        if (bytes.Length > 0) Marshal.Copy(plain.data_ptr(), bytes, 0, bytes.Length);
        GC.KeepAlive(plain);
        return new Elements(NameOf(tensor.dtype), [.. tensor.shape], bytes);
    }

    /// <summary>Computes a pending tensor, so that what is wrong with its values is said now.</summary>
    internal static void Evaluate(Tensor tensor)
    {
        if (!tensor.is_meta && tensor.layout == layout.strided) tensor.data_ptr();
    }

    /// <summary>Whether two tensors have one storage: what is written to the first element of the one storage is read from the other. Changes their values.</summary>
    internal static bool ShareStorage(Tensor a, Tensor b)
    {
        // In this mode tensors of every kind may be written to.
        using var mode = torch.inference_mode();
        var (x, y) = (FirstOfStorage(a), FirstOfStorage(b));
        var before = Read(y);
        x.fill_(Read(x).Complex(0) == 0 ? 1 : 0);
        return !before.Data.Span.SequenceEqual(Read(y).Data.Span);
    }

    private static Tensor FirstOfStorage(Tensor t) => t.detach().as_strided([1], [1], 0);

    internal static long[] Contiguous(ReadOnlySpan<long> shape)
    {
        var strides = new long[shape.Length];
        for (long d = shape.Length - 1, step = 1; d >= 0; d--)
        {
            strides[d] = step;
            step *= Math.Max(shape[(int)d], 1);
        }
        return strides;
    }

    private static long Place(long index, long[] shape, long[] strides)
    {
        var place = 0L;
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            place += index % shape[d] * strides[d];
            index /= shape[d];
        }
        return place;
    }
}
