using System.Numerics;
using System.Runtime.InteropServices;

namespace Torch.Kernels;

/// <summary>Sums values into zeros at strided places that may coincide: the transpose of reading memory through overlapping strides.
/// Elements are added in row-major order of the values.</summary>
public static unsafe class StridedAdd
{
    /// <summary>target (contiguous, overwritten) = zeros; target[offset + i . strides] += value[i] for every index tuple i.</summary>
    public static void Run(Block value, Block target, long offset, long[] strides)
    {
        switch (value.Type)
        {
            case ElementType.UInt8: Add<byte>(value, target, offset, strides); break;
            case ElementType.Int8: Add<sbyte>(value, target, offset, strides); break;
            case ElementType.Int16: Add<short>(value, target, offset, strides); break;
            case ElementType.Int32: Add<int>(value, target, offset, strides); break;
            case ElementType.Int64: Add<long>(value, target, offset, strides); break;
            case ElementType.Float16: Add<Half>(value, target, offset, strides); break;
            case ElementType.Float32: Add<float>(value, target, offset, strides); break;
            case ElementType.Float64: Add<double>(value, target, offset, strides); break;
            case ElementType.Complex64: Parts<float>(value, target, offset, strides); break;
            case ElementType.Complex128: Parts<double>(value, target, offset, strides); break;
            default: throw new NotSupportedException($"\"as_strided_backward\" not implemented for '{value.Type}'");
        }
    }

    private static void Add<T>(Block value, Block target, long offset, long[] strides) where T : unmanaged, IAdditionOperators<T, T, T>
    {
        var into = (T*)target.Pointer;
        NativeMemory.Clear(into, checked((nuint)(target.Count * sizeof(T))));
        var from = (T*)value.Pointer;
        Each(value, offset, strides, (source, place) => into[place] += from[source]);
    }

    // A complex number is added part by part.
    private static void Parts<T>(Block value, Block target, long offset, long[] strides) where T : unmanaged, IAdditionOperators<T, T, T>
    {
        var into = (T*)target.Pointer;
        NativeMemory.Clear(into, checked((nuint)(target.Count * 2 * sizeof(T))));
        var from = (T*)value.Pointer;
        Each(value, offset, strides, (source, place) =>
        {
            into[2 * place] += from[2 * source];
            into[2 * place + 1] += from[2 * source + 1];
        });
    }

    private static void Each(Block value, long offset, long[] strides, Action<long, long> visit)
    {
        var count = value.Count;
        var index = new long[value.Rank];
        long source = 0, place = offset;
        for (long n = 0; n < count; n++)
        {
            visit(source, place);
            for (var d = value.Rank - 1; d >= 0; d--)
            {
                source += value.Strides[d];
                place += strides[d];
                if (++index[d] < value.Sizes[d]) break;
                source -= value.Sizes[d] * value.Strides[d];
                place -= value.Sizes[d] * strides[d];
                index[d] = 0;
            }
        }
    }
}
