// Memory for tests of kernels: a block of any strides over pinned storage, made from and read back to row-major bytes.

using System.Runtime.InteropServices;
using Torch.Kernels;
using Torch.Tests.Golden;

namespace Torch.Tests.RandomStreams;

internal sealed unsafe class Strided
{
    private readonly byte[] _storage;

    public Strided(ElementType type, long[] sizes, long[]? strides = null)
    {
        strides ??= RowMajor(sizes);
        var extent = sizes.Contains(0) ? 0 : 1 + sizes.Zip(strides).Sum(d => (d.First - 1) * d.Second);
        _storage = GC.AllocateArray<byte>(checked((int)Math.Max(1, extent * type.Size())), pinned: true);
        Block = new Block(Marshal.UnsafeAddrOfPinnedArrayElement(_storage, 0), type, sizes, strides);
    }

    public Block Block { get; }

    public static Strided From(GoldenTensor tensor, long[]? strides = null)
    {
        var memory = new Strided(TypeOf(tensor.TorchDType), tensor.Shape, strides);
        var size = memory.Block.Type.Size();
        long i = 0;
        foreach (var at in memory.Addresses()) tensor.Data.Span.Slice((int)(i++ * size), size).CopyTo(new Span<byte>((void*)at, size));
        return memory;
    }

    /// <summary>The elements in row-major order.</summary>
    public byte[] Bytes()
    {
        var size = Block.Type.Size();
        var bytes = new byte[Block.Count * size];
        var i = 0;
        foreach (var at in Addresses()) new ReadOnlySpan<byte>((void*)at, size).CopyTo(bytes.AsSpan(size * i++));
        return bytes;
    }

    /// <summary>The elements as real numbers in row-major order.</summary>
    public double[] Doubles() => Doubles(Block.Type, Bytes());

    public static double[] Doubles(ElementType type, byte[] bytes)
    {
        if (type is ElementType.Complex64) type = ElementType.Float32;
        if (type is ElementType.Complex128) type = ElementType.Float64;
        var size = type.Size();
        var values = new double[bytes.Length / size];
        for (var i = 0; i < values.Length; i++)
        {
            var at = bytes.AsSpan(i * size);
            values[i] = type switch
            {
                ElementType.Bool or ElementType.UInt8 => at[0],
                ElementType.Int8 => (sbyte)at[0],
                ElementType.Int16 => MemoryMarshal.Read<short>(at),
                ElementType.Int32 => MemoryMarshal.Read<int>(at),
                ElementType.Int64 => MemoryMarshal.Read<long>(at),
                ElementType.Float16 => (double)MemoryMarshal.Read<Half>(at),
                ElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Read<ushort>(at) << 16),
                ElementType.Float32 => MemoryMarshal.Read<float>(at),
                ElementType.Float64 => MemoryMarshal.Read<double>(at),
                _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
            };
        }
        return values;
    }

    /// <summary>This memory seen with the sizes of another, to which it is broadcast.</summary>
    public Block Expanded(long[] sizes)
    {
        var added = sizes.Length - Block.Rank;
        long[] strides = [.. sizes.Select((s, d) => d < added || Block.Sizes[d - added] != s ? 0 : Block.Strides[d - added])];
        return new Block(Block.Address, Block.Type, sizes, strides);
    }

    public static long[] RowMajor(long[] sizes)
    {
        var strides = new long[sizes.Length];
        long step = 1;
        for (var d = sizes.Length - 1; d >= 0; step *= sizes[d--]) strides[d] = step;
        return strides;
    }

    public static ElementType TypeOf(string torchName) => torchName switch
    {
        "float8_e4m3fn" => ElementType.Float8E4M3FN,
        _ => Enum.Parse<ElementType>(torchName, ignoreCase: true),
    };

    private IEnumerable<nint> Addresses()
    {
        var index = new long[Block.Rank];
        for (long left = Block.Count; left > 0; left--)
        {
            yield return Block.Address + (nint)(index.Zip(Block.Strides).Sum(p => p.First * p.Second) * Block.Type.Size());
            for (var d = Block.Rank - 1; d >= 0 && ++index[d] == Block.Sizes[d]; d--) index[d] = 0;
        }
    }
}
