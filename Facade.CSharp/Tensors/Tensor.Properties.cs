namespace Torch;

public static partial class torch
{
    // What can be asked without computing anything.
    public partial class Tensor
    {
        public ScalarType dtype => DType.ToScalarType();

        public long[] shape => (long[])Sizes.Clone();

        public long[] size() => shape;

        public long size(int dim) => Sizes.Length == 0 ? throw new IndexOutOfRangeException("Dimension specified as " + dim + " but tensor has no dimensions") : Sizes[Shape.dim(Sizes.Length, dim)];

        public long[] stride() => (long[])Strides.Clone();

        public long stride(int dim) => Sizes.Length == 0 ? throw new IndexOutOfRangeException("Dimension specified as " + dim + " but tensor has no dimensions") : Strides[Shape.dim(Sizes.Length, dim)];

        public long storage_offset() => Offset;

        public long dim() => Sizes.Length;

        public long ndim => Sizes.Length;

        public long ndimension() => Sizes.Length;

        public long Dimensions => Sizes.Length;

        public long numel() => Count;

        public long nelement() => Count;

        public long NumberOfElements => Count;

        public long element_size() => DType.Size;

        public long ElementSize => DType.Size;

        public long itemsize => DType.Size;

        public long nbytes => Count * DType.Size;

        public torch.Device device => Cell.Device.IsMeta ? META : CPU;

        public DeviceType device_type => device.type;

        /// <summary>The index of the device; -1 on the CPU.</summary>
        [PyTorchName("get_device")]
        public int device_index => device.index;

        public layout layout => layout.strided;

        public bool is_meta => Cell.Device.IsMeta;

        public bool is_cpu() => !is_meta;

        public bool is_cuda => false;

        public bool is_sparse => false;

        public bool is_quantized() => DType.Equals(DType.QInt8) || DType.Equals(DType.QUInt8) || DType.Equals(DType.QInt32);

        public bool is_pinned() => false;

        public bool is_mkldnn => false;

        public bool is_nested => false;

        public bool is_shared() => false;

        public bool is_floating_point() => DType.IsFloat;

        public bool is_complex() => DType.IsComplex;

        public bool is_integral() => DType.IsInteger;

        public bool is_signed() => !(DType.Equals(DType.UInt8) || DType.Equals(DType.Bool) || DType.Equals(DType.UInt16) || DType.Equals(DType.UInt32) || DType.Equals(DType.UInt64));

        public bool is_same_size(Tensor other) => Sizes.AsSpan().SequenceEqual(other.Sizes);

        public bool is_set_to([PyTorchName("tensor")] Tensor other) =>
            ReferenceEquals(Cell, other.Cell) && Offset == other.Offset && Sizes.AsSpan().SequenceEqual(other.Sizes) && Strides.AsSpan().SequenceEqual(other.Strides);

        public bool is_contiguous() => Shape.isContiguous(Sizes, Strides);

        public bool is_contiguous(memory_format memory_format) => memory_format switch
        {
            memory_format.channels_last => Sizes.Length == 4 && FitsChannelsLast(),
            memory_format.channels_last_3d => Sizes.Length == 5 && FitsChannelsLast(),
            _ => is_contiguous(),
        };

        /// <summary>Dimensions of size 1 may have any stride.</summary>
        private bool FitsChannelsLast()
        {
            long expected = 1;
            for (var i = 0; i < Sizes.Length; i++)
            {
                var d = i == 0 ? 1 : i == Sizes.Length - 1 ? 0 : Sizes.Length - i;
                if (Sizes[d] == 1) continue;
                if (Strides[d] != expected) return false;
                expected *= Sizes[d];
            }
            return true;
        }

        /// <summary>Compares references: two tensors with equal values are two tensors. See equal and ==.</summary>
        public override bool Equals(object? obj) => ReferenceEquals(this, obj);

        /// <summary>TorchSharp's name of <see cref="equal"/>: whether sizes and elements are the same. Collections, which take objects, still compare references.</summary>
        public bool Equals(Tensor target) => equal(target);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }

    /// <summary>PyTorch's name of an object's type.</summary>
    public static string typename(object o) => o is Tensor t ? t.type() : o.GetType().FullName ?? o.GetType().Name;

    public static bool is_tensor(object? obj) => obj is Tensor;
    public static bool is_floating_point(Tensor input) => input.is_floating_point();
    public static bool is_complex(Tensor input) => input.is_complex();
    public static bool is_conj(Tensor input) => input.is_conj();
    public static bool is_neg(Tensor input) => input.is_neg();
    public static bool is_inference(Tensor input) => input.is_inference();
    public static bool is_signed(Tensor input) => input.is_signed();
    public static long numel(Tensor input) => input.Count;
}
