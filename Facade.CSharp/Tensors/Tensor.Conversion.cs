namespace Torch;

public static partial class torch
{
    // To other dtypes, devices and layouts.
    public partial class Tensor
    {
        /// <summary>This tensor itself where nothing changes, unless a copy is asked for.</summary>
        public Tensor to(ScalarType type, torch.Device? device, bool copy = false, bool disposeAfter = false, [PyTorchName("non_blocking")] bool non_blocking = false,
            memory_format memory_format = memory_format.preserve_format)
        {
            var d = type.ToDType();
            var meta = device is null ? is_meta : torch.Device.IsMeta(device);
            var strides = memory_format == memory_format.preserve_format ? null : FormatStrides(memory_format);
            if (d.Equals(DType) && meta == is_meta && !copy && (strides is null || is_contiguous(memory_format))) return this;
            Tensor result;
            if (meta && !is_meta) result = new Tensor(Build.meta(Sizes, strides ?? Shape.preserved(Sizes, Strides), d));
            else if (is_meta && !meta) throw new NotSupportedException("Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of torch.nn.Module.to() when moving module from meta to a different device.");
            else result = Autograd.Record("ToCopyBackward0", Build.withStrides(strides ?? Shape.preserved(Sizes, Strides), Build.cast(d, Expr)), this);
            if (disposeAfter) Dispose();
            return result;
        }

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(type, null, copy, disposeAfter, non_blocking);

        public Tensor to(torch.Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor to(torch.Device device, ScalarType type, bool non_blocking = false, bool copy = false) => to(type, device, copy, false, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(dtype, new torch.Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(dtype, new torch.Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        public Tensor to(Tensor other, bool non_blocking = false) => to(other.dtype, other.device, false, false, non_blocking);

        /// <summary>In PyTorch's order of parameters.</summary>
        public Tensor to(string device, ScalarType dtype, bool non_blocking = false, bool copy = false, memory_format memory_format = memory_format.preserve_format) =>
            to(dtype, new torch.Device(device), copy, false, non_blocking, memory_format);

        public Tensor to(ScalarType dtype, bool non_blocking, bool copy, memory_format memory_format) => to(dtype, null, copy, false, non_blocking, memory_format);

        public Tensor to(memory_format memory_format) => to(dtype, null, memory_format: memory_format);

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(type, null, copy, disposeAfter, non_blocking);

        public Tensor type(ScalarType dtype) => to(dtype);

        public Tensor type(Func<Tensor, Tensor> typeFunc) => typeFunc(this);

        /// <summary>PyTorch's old name of the tensor type: "torch.FloatTensor".</summary>
        public string type() => $"torch.{TypeNames.Short(DType)}Tensor";

        public Tensor type_as([PyTorchName("other")] Tensor tensor) => to(tensor.dtype);

        public Tensor cpu(memory_format memory_format = memory_format.preserve_format) => to(dtype, CPU, memory_format: memory_format);

        public Tensor cuda(torch.Device? device = null, bool non_blocking = false) => to(dtype, device ?? CUDA, non_blocking: non_blocking);

        public Tensor mps(bool non_blocking = false) => to(dtype, MPS, non_blocking: non_blocking);

        public Tensor pin_memory() => this;

        public Tensor @bool(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.Bool, null, memory_format: memory_format);
        public Tensor @byte(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.Byte, null, memory_format: memory_format);
        public Tensor @char(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.Int8, null, memory_format: memory_format);
        public Tensor @short(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.Int16, null, memory_format: memory_format);
        public Tensor @int(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.Int32, null, memory_format: memory_format);
        public Tensor @long(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.Int64, null, memory_format: memory_format);
        public Tensor half(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.Float16, null, memory_format: memory_format);
        public Tensor bfloat16(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.BFloat16, null, memory_format: memory_format);
        public Tensor @float(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.Float32, null, memory_format: memory_format);
        public Tensor @double(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.Float64, null, memory_format: memory_format);
        public Tensor chalf(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.ComplexFloat16, null, memory_format: memory_format);
        public Tensor cfloat(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.ComplexFloat32, null, memory_format: memory_format);
        public Tensor cdouble(memory_format memory_format = memory_format.preserve_format) => to(ScalarType.ComplexFloat64, null, memory_format: memory_format);
    }

    public static Tensor BoolTensor(Tensor t) => t.to(ScalarType.Bool);
    public static Tensor ByteTensor(Tensor t) => t.to(ScalarType.Byte);
    public static Tensor CharTensor(Tensor t) => t.to(ScalarType.Int8);
    public static Tensor ShortTensor(Tensor t) => t.to(ScalarType.Int16);
    public static Tensor IntTensor(Tensor t) => t.to(ScalarType.Int32);
    public static Tensor LongTensor(Tensor t) => t.to(ScalarType.Int64);
    public static Tensor FloatTensor(Tensor t) => t.to(ScalarType.Float32);
    public static Tensor DoubleTensor(Tensor t) => t.to(ScalarType.Float64);
}
