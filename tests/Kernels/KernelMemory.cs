using System.Numerics;
using System.Runtime.InteropServices;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

/// <summary>How a test block lies in memory.</summary>
public enum Layout { Contiguous, Transposed, Gapped, Reversed }

/// <summary>Native memory with a block over it, read and written by logical row-major position; guard bytes around it are checked on disposal.</summary>
public sealed unsafe class KernelMemory : IDisposable
{
    private const int Guard = 256;
    private const byte Pattern = 0xA5;
    private readonly byte* start;
    private readonly long bytes;

    public Block Block { get; }
    public long Count => Block.Count;
    public ElementType Type => Block.Type;
    public long[] Sizes => Block.Sizes;

    public KernelMemory(ElementType type, long[] sizes, Layout layout = Layout.Contiguous)
    {
        var rank = sizes.Length;
        var strides = new long[rank];
        long next = layout == Layout.Gapped ? 2 : 1;
        for (var i = 0; i < rank; i++)
        {
            // A transposed block has its last two dimensions the other way round in memory.
            var d = rank - 1 - i;
            if (layout == Layout.Transposed && rank >= 2 && i < 2) d = rank - 2 + i;
            strides[d] = next;
            next *= Math.Max(1, sizes[d]) + (layout == Layout.Gapped ? 1 : 0);
        }
        var size = type.Size();
        bytes = next * size + 2 * Guard;
        start = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        new Span<byte>(start, (int)bytes).Fill(Pattern);
        long offset = 0;
        if (layout == Layout.Reversed)
        {
            for (var d = 0; d < rank; d++)
            {
                if (sizes[d] > 0) offset += (sizes[d] - 1) * strides[d];
                strides[d] = -strides[d];
            }
        }
        Block = new Block((nint)(start + Guard + offset * size), type, sizes, strides);
        for (long i = 0; i < Count; i++) this[i] = 0;
    }

    public static KernelMemory Of(ElementType type, long[] sizes, IEnumerable<double> values, Layout layout = Layout.Contiguous)
    {
        var memory = new KernelMemory(type, sizes, layout);
        var i = 0L;
        foreach (var v in values) memory[i++] = v;
        return memory;
    }

    public static KernelMemory Of(ElementType type, params double[] values) => Of(type, [values.Length], values);

    /// <summary>Random values that suit the type: small integers, or numbers in [-1, 1).</summary>
    public static KernelMemory Random(ElementType type, long[] sizes, int seed, Layout layout = Layout.Contiguous)
    {
        var memory = new KernelMemory(type, sizes, layout);
        var random = new Random(seed);
        for (long i = 0; i < memory.Count; i++)
        {
            memory[i] = type switch
            {
                ElementType.Bool => random.Next(2),
                ElementType.UInt8 => random.Next(5),
                ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64 => random.Next(-4, 5),
                ElementType.Complex64 or ElementType.Complex128 => new Complex(random.NextDouble() * 2 - 1, random.NextDouble() * 2 - 1),
                _ => random.NextDouble() * 2 - 1,
            };
        }
        return memory;
    }

    /// <summary>The address of an element by its row-major position.</summary>
    private byte* At(long position)
    {
        long offset = 0;
        for (var d = Block.Rank - 1; d >= 0; d--)
        {
            offset += position % Sizes[d] * Block.Strides[d];
            position /= Sizes[d];
        }
        return Block.Pointer + offset * Type.Size();
    }

    public Complex this[long position]
    {
        get
        {
            var p = At(position);
            return Type switch
            {
                ElementType.Bool or ElementType.UInt8 => *p,
                ElementType.Int8 => *(sbyte*)p,
                ElementType.Int16 => *(short*)p,
                ElementType.Int32 => *(int*)p,
                ElementType.Int64 => *(long*)p,
                ElementType.Float16 => (double)*(Half*)p,
                ElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)*(ushort*)p << 16),
                ElementType.Float32 => *(float*)p,
                ElementType.Float64 => *(double*)p,
                ElementType.Complex64 => new Complex(((float*)p)[0], ((float*)p)[1]),
                ElementType.Complex128 => *(Complex*)p,
                _ => throw new NotSupportedException(),
            };
        }
        set
        {
            var p = At(position);
            var v = value.Real;
            switch (Type)
            {
                case ElementType.Bool or ElementType.UInt8: *p = (byte)v; break;
                case ElementType.Int8: *(sbyte*)p = (sbyte)v; break;
                case ElementType.Int16: *(short*)p = (short)v; break;
                case ElementType.Int32: *(int*)p = (int)v; break;
                case ElementType.Int64: *(long*)p = (long)v; break;
                case ElementType.Float16: *(Half*)p = (Half)v; break;
                case ElementType.BFloat16: *(ushort*)p = ToBFloat16((float)v); break;
                case ElementType.Float32: *(float*)p = (float)v; break;
                case ElementType.Float64: *(double*)p = v; break;
                case ElementType.Complex64:
                    ((float*)p)[0] = (float)v;
                    ((float*)p)[1] = (float)value.Imaginary;
                    break;
                case ElementType.Complex128: *(Complex*)p = value; break;
                default: throw new NotSupportedException();
            }
        }
    }

    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7FC0 : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    public Complex[] Values => [.. Enumerable.Range(0, (int)Count).Select(i => this[i])];
    public double[] Reals => [.. Enumerable.Range(0, (int)Count).Select(i => this[i].Real)];
    public long[] Integers => [.. Enumerable.Range(0, (int)Count).Select(i => (long)this[i].Real)];

    /// <summary>Equality with expected values, within a relative and absolute tolerance that suits the type.</summary>
    public void Expect(IReadOnlyList<Complex> expected, double tolerance, string what = "")
    {
        Assert.Equal(expected.Count, Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Complex x = expected[i], y = this[i];
            var same = Same(x.Real, y.Real, tolerance) && Same(x.Imaginary, y.Imaginary, tolerance);
            Assert.True(same, $"{what} [{string.Join(", ", Sizes)}] {Type} at {i}: expected {x}, got {y}");
        }
    }

    public void Expect(IReadOnlyList<double> expected, double tolerance, string what = "") => Expect([.. expected.Select(v => new Complex(v, 0))], tolerance, what);

    private static bool Same(double x, double y, double tolerance) =>
        x.Equals(y) || x == y || Math.Abs(x - y) <= tolerance * Math.Max(1, Math.Abs(x));

    /// <summary>A rounding allowance for results of about unit size.</summary>
    public static double Tolerance(ElementType type) => type switch
    {
        ElementType.Float16 => 4e-3,
        ElementType.BFloat16 => 3e-2,
        ElementType.Float32 or ElementType.Complex64 => 1e-5,
        ElementType.Float64 or ElementType.Complex128 => 1e-12,
        _ => 0,
    };

    public static readonly ElementType[] AllTypes =
    [
        ElementType.Bool, ElementType.UInt8, ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64,
        ElementType.Float16, ElementType.BFloat16, ElementType.Float32, ElementType.Float64, ElementType.Complex64, ElementType.Complex128,
    ];

    public static readonly ElementType[] OrderedTypes = [.. AllTypes.Where(t => t is not (ElementType.Complex64 or ElementType.Complex128))];

    public static readonly ElementType[] FloatTypes = [ElementType.Float16, ElementType.BFloat16, ElementType.Float32, ElementType.Float64];

    /// <summary>Rounds a reference value to what the type can hold.</summary>
    public static double Wrap(ElementType type, double v) => type switch
    {
        ElementType.Bool => v != 0 ? 1 : 0,
        ElementType.UInt8 => (byte)(long)v,
        ElementType.Int8 => (sbyte)(long)v,
        ElementType.Int16 => (short)(long)v,
        ElementType.Int32 => (int)(long)v,
        _ => v,
    };

    public void Dispose()
    {
        var intact = true;
        for (var i = 0; i < Guard; i++) intact &= start[i] == Pattern && start[bytes - 1 - i] == Pattern;
        NativeMemory.AlignedFree(start);
        Assert.True(intact, "a kernel wrote outside its block");
    }
}
