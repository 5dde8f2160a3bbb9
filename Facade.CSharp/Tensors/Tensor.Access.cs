using System.Numerics;
using System.Runtime.InteropServices;
using Torch.Kernels;

namespace Torch;

public static partial class torch
{
    // From tensors to .NET values. These compute what is pending.
    public unsafe partial class Tensor
    {
        /// <summary>The elements in row-major order, computed. The expression keeps the memory alive.</summary>
        internal Block Read(out Expr holder)
        {
            if (is_meta) throw new NotSupportedException("Cannot copy out of meta tensor; no data!");
            holder = Expr;
            Evaluation.Run(holder);
            return Host.contiguous(holder);
        }

        private object Single()
        {
            if (Count != 1) throw new TorchException($"a Tensor with {Count} elements cannot be converted to Scalar");
            if (is_meta) throw new TorchException("Tensor.item() cannot be called on meta tensors");
            var block = Read(out var holder);
            var value = Elements.Box(block.Pointer, block.Type);
            GC.KeepAlive(holder);
            return value;
        }

        /// <summary>The only element, as Python's number: bool, long, double or Complex.</summary>
        public object item() => Elements.Python(Single());

        /// <summary>The only element, converted.</summary>
        public T item<T>() => Elements.Convert_<T>(Single());

        public Scalar ToScalar()
        {
            var value = item();
            return value switch
            {
                bool b => b,
                long l => l,
                ulong u => (long)u,
                double d => d,
                Complex c => c,
                _ => throw new InvalidOperationException(),
            };
        }

        public bool is_nonzero()
        {
            if (Count != 1) throw new TorchException(Count == 0 ? "Boolean value of Tensor with no values is ambiguous" : "Boolean value of Tensor with more than one value is ambiguous");
            return item() switch { bool b => b, long l => l != 0, ulong u => u != 0, double d => d != 0, Complex c => c != Complex.Zero, _ => false };
        }

        /// <summary>Nested lists of numbers; of a 0-dim tensor the number.</summary>
        public object tolist()
        {
            var block = Read(out var holder);
            var result = Listed(block, 0, 0);
            GC.KeepAlive(holder);
            return result;
        }

        private object Listed(Block block, int d, long offset)
        {
            if (d == block.Rank) return Elements.Python(Elements.Box(block.Pointer + (offset * block.Type.Size()), block.Type));
            var list = new List<object>((int)block.Sizes[d]);
            for (long i = 0; i < block.Sizes[d]; i++) list.Add(Listed(block, d + 1, offset + (i * block.Strides[d])));
            return list;
        }

        /// <summary>The elements for reading and writing; T has to be the dtype's own type.</summary>
        public Utils.TensorAccessor<T> data<T>() where T : unmanaged
        {
            var want = Elements.TypeOf(DType);
            if (typeof(T) != want && Marshal.SizeOf(want == typeof(bool) ? typeof(byte) : want) != sizeof(T))
                throw new ArgumentException($"{typeof(T).Name} is not the type of the elements of a {DType} tensor, which is {want.Name}");
            return new Utils.TensorAccessor<T>(this);
        }

        /// <summary>The bytes of a contiguous tensor. Writing to them writes to the tensor, as long as nothing else is done with it in between.</summary>
        public Span<byte> bytes
        {
            get
            {
                if (!is_contiguous()) throw new NotSupportedException("Bytes() called on non-contiguous tensor.");
                var block = Cell.Writable(out _);
                return new Span<byte>(block.Pointer + (Offset * DType.Size), checked((int)nbytes));
            }
            set
            {
                if (value.Length != nbytes) throw new ArgumentException("Mismatched data sizes in Tensor.set_bytes().");
                Autograd.CheckInPlace(this, false);
                Store(Host.ofBytes(DType, Sizes, value));
            }
        }

        /// <summary>The address of the first element, computed. It is good while the tensor lives and is not written to.</summary>
        public IntPtr data_ptr()
        {
            if (is_meta || Count == 0) return 0;
            var block = Cell.Memory(out _);
            return block.Address + (nint)(Offset * DType.Size);
        }

        /// <summary>An array of .NET's with the tensor's shape (an element by itself for 0-dim tensors).</summary>
        public Array numpy()
        {
            if (requires_grad) throw new TorchException("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.");
            if (Conjugate) throw new TorchException("Can't call numpy() on Tensor that has conjugate bit set. Use tensor.resolve_conj().numpy() instead.");
            if (Negative) throw new TorchException("Can't call numpy() on Tensor that has negative bit set. Use tensor.resolve_neg().numpy() instead.");
            var block = Read(out var holder);
            var array = Array.CreateInstance(Elements.TypeOf(DType), Sizes.Length == 0 ? [1] : Sizes);
            var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
            try
            {
                Buffer.MemoryCopy(block.Pointer, (void*)pin.AddrOfPinnedObject(), nbytes, nbytes);
            }
            finally
            {
                pin.Free();
            }
            GC.KeepAlive(holder);
            return array;
        }

        private T At<T>(long i)
        {
            var block = Read(out var holder);
            if (i < 0 || i >= Count) throw new IndexOutOfRangeException($"index {i} is out of range for a tensor of {Count} elements");
            var value = Elements.Convert_<T>(Elements.Box(block.Pointer + (i * DType.Size), block.Type));
            GC.KeepAlive(holder);
            return value;
        }

        public T ReadCpuValue<T>(long i) => At<T>(i);
        public bool ReadCpuBool(long i) => At<bool>(i);
        public byte ReadCpuByte(long i) => At<byte>(i);
        public sbyte ReadCpuSByte(long i) => At<sbyte>(i);
        public short ReadCpuInt16(long i) => At<short>(i);
        public int ReadCpuInt32(long i) => At<int>(i);
        public long ReadCpuInt64(long i) => At<long>(i);
        public float ReadCpuSingle(long i) => At<float>(i);
        public double ReadCpuDouble(long i) => At<double>(i);
        public float ReadCpuFloat16(long i) => At<float>(i);
        public float ReadCpuBFloat16(long i) => At<float>(i);

        /// <summary>The number that this tensor was converted from, if it was: as an operand it counts as one.</summary>
        internal Scalar? Number { get; private init; }

        private static Tensor OfNumber(Scalar number, ScalarType type) => new(Build.fill([], type.ToDType(), number.Value)) { Number = number };

        public static implicit operator Tensor(Scalar scalar) => OfNumber(scalar, KindOf(scalar).ToScalarType());
        public static implicit operator Tensor(bool value) => OfNumber(value, ScalarType.Bool);
        public static implicit operator Tensor(byte value) => OfNumber(value, ScalarType.Byte);
        public static implicit operator Tensor(sbyte value) => OfNumber(value, ScalarType.Int8);
        public static implicit operator Tensor(short value) => OfNumber(value, ScalarType.Int16);
        public static implicit operator Tensor(int value) => OfNumber(value, ScalarType.Int32);
        public static implicit operator Tensor(long value) => OfNumber(value, ScalarType.Int64);
        public static implicit operator Tensor(float value) => OfNumber(value, ScalarType.Float32);
        public static implicit operator Tensor(double value) => OfNumber(value, ScalarType.Float64);
        public static implicit operator Tensor((float, float) value) => OfNumber(value, ScalarType.ComplexFloat32);
        public static implicit operator Tensor(Complex value) => OfNumber(value, ScalarType.ComplexFloat64);
        public static implicit operator Tensor(bool[] value) => tensor(value);
        public static implicit operator Tensor(byte[] value) => tensor(value);
        public static implicit operator Tensor(sbyte[] value) => tensor(value);
        public static implicit operator Tensor(short[] value) => tensor(value);
        public static implicit operator Tensor(int[] value) => tensor(value);
        public static implicit operator Tensor(long[] value) => tensor(value);
        public static implicit operator Tensor(float[] value) => tensor(value);
        public static implicit operator Tensor(double[] value) => tensor(value);
        public static implicit operator Tensor((float, float)[] value) => tensor(value);
        public static implicit operator Tensor(Complex[] value) => tensor(value);

        /// <summary>Python's len(): the size of the first dimension.</summary>
        [PyTorchName("__len__")]
        public long len() => Sizes.Length == 0 ? throw new TorchTypeException("len() of a 0-d tensor") : Sizes[0];

        /// <summary>The number for use as an index; only of integers.</summary>
        public long __index__() => Count == 1 && !DType.IsDifferentiable ? item<long>() : throw new TorchTypeException("only integer tensors of a single element can be converted to an index");

        private T Converted<T>()
        {
            if (Count != 1) throw new ArgumentException("only one element tensors can be converted to Python scalars");
            if (DType.IsFloat && (typeof(T) == typeof(long) || typeof(T) == typeof(int)))
            {
                var r = item<double>();
                if (double.IsNaN(r)) throw new ArgumentException("cannot convert float NaN to integer");
                if (double.IsInfinity(r)) throw new OverflowException("cannot convert float infinity to integer");
            }
            return item<T>();
        }

        public static explicit operator bool(Tensor value) => value.is_nonzero();
        public static explicit operator byte(Tensor value) => value.Converted<byte>();
        public static explicit operator sbyte(Tensor value) => value.Converted<sbyte>();
        public static explicit operator short(Tensor value) => value.Converted<short>();
        public static explicit operator int(Tensor value) => value.Converted<int>();
        public static explicit operator long(Tensor value) => value.Converted<long>();
        public static explicit operator float(Tensor value) => value.Converted<float>();
        public static explicit operator double(Tensor value) => value.Converted<double>();
        public static explicit operator Complex(Tensor value) => value.Converted<Complex>();
    }
}

/// <summary>Conversions and shorthands on tensors.</summary>
public static partial class TensorExtensionMethods
{
    public static bool ToBoolean(this Tensor value) => value.item<bool>();
    public static byte ToByte(this Tensor value) => value.item<byte>();
    public static sbyte ToSByte(this Tensor value) => value.item<sbyte>();
    public static short ToInt16(this Tensor value) => value.item<short>();
    public static int ToInt32(this Tensor value) => value.item<int>();
    public static long ToInt64(this Tensor value) => value.item<long>();
    public static Half ToHalf(this Tensor value) => value.item<Half>();
    public static BFloat16 ToBFloat16(this Tensor value) => value.item<BFloat16>();
    public static float ToSingle(this Tensor value) => value.item<float>();
    public static double ToDouble(this Tensor value) => value.item<double>();
    public static (float Real, float Imaginary) ToComplexFloat32(this Tensor value) => value.item<(float, float)>();
    public static (float Real, float Imaginary) ToComplex32(this Tensor value) => value.item<(float, float)>();
    public static Complex ToComplexFloat64(this Tensor value) => value.item<Complex>();
    public static Complex ToComplex64(this Tensor value) => value.item<Complex>();

    /// <summary>The number of elements of a shape.</summary>
    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (a, b) => checked(a * b));

    public static int ElementSize(this torch.ScalarType type) => type.ToDType().Size;

    public static ReadOnlySpan<int> IntShape(this Tensor tensor) => Array.ConvertAll(tensor.Sizes, s => checked((int)s));

    public static Tensor ToTensor<T>(this T[] rawArray, long[] dimensions, bool doCopy = false, bool requires_grad = false) where T : unmanaged =>
        torch.FromArray(rawArray, dimensions, null, null, requires_grad);

    public static Tensor ToTensor<T>(this T scalar, torch.Device? device = null, bool requires_grad = false) where T : unmanaged =>
        torch.FromArray(new[] { scalar }, [], null, device, requires_grad);
}
