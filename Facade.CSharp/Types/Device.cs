namespace Torch;

/// <summary>Kinds of device, with PyTorch's numbers.</summary>
public enum DeviceType
{
    [PyTorchName("cpu")] CPU = 0,
    [PyTorchName("cuda")] CUDA = 1,
    [PyTorchName("mkldnn")] MKLDNN = 2,
    [PyTorchName("opengl")] OPENGL = 3,
    [PyTorchName("opencl")] OPENCL = 4,
    [PyTorchName("ideep")] IDEEP = 5,
    [PyTorchName("hip")] HIP = 6,
    [PyTorchName("fpga")] FPGA = 7,
    [PyTorchName("msnpu")] MSNPU = 8,
    [PyTorchName("xla")] XLA = 9,
    [PyTorchName("mps")] MPS = 13,
    [PyTorchName("meta")] META = 14,
}

public static partial class torch
{
    /// <summary>Where tensors live: "cpu", or "meta" for tensors that have a shape and no values. Other devices can be named and not used.</summary>
    public class Device
    {
        public DeviceType type { get; } = DeviceType.CPU;

        public int index { get; } = -1;

        public Device(string description)
        {
            var parts = description.Split(':');
            type = parts[0] switch
            {
                "cpu" => DeviceType.CPU,
                "cuda" => DeviceType.CUDA,
                "mps" => DeviceType.MPS,
                "meta" => DeviceType.META,
                "xla" => DeviceType.XLA,
                "hip" => DeviceType.HIP,
                _ => throw new TorchException($"Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone device type at start of device string: {parts[0]}"),
            };
            if (parts.Length == 1) return;
            if (parts.Length > 2 || !int.TryParse(parts[1], out var i) || i < 0) throw new TorchException($"Invalid device string: '{description}'");
            index = i;
        }

        public Device(string deviceType, int index = -1) : this(deviceType) => this.index = index;

        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        public Device(int index) : this(DeviceType.CUDA, index) { }

        public static implicit operator Device(string description) => new(description);

        public override string ToString()
        {
            var name = type.ToString().ToLowerInvariant();
            return index >= 0 ? $"{name}:{index}" : name;
        }

        public override bool Equals(object? obj) => obj is Device d && d.type == type && d.index == index;

        public override int GetHashCode() => HashCode.Combine(type, index);

        /// <summary>Whether tensors can be made here; raises PyTorch's error where not.</summary>
        internal static bool IsMeta(Device? device)
        {
            device ??= get_default_device();
            return device.type switch
            {
                DeviceType.CPU => false,
                DeviceType.META => true,
                DeviceType.CUDA => throw new TorchException("Torch not compiled with CUDA enabled"),
                var other => throw new TorchException($"PyTorch is not linked with support for {other.ToString().ToLowerInvariant()} devices"),
            };
        }
    }

    public static readonly Device CPU = new(DeviceType.CPU);
    public static readonly Device META = new(DeviceType.META);
    public static Device CUDA => new(DeviceType.CUDA);
    public static Device MPS => new(DeviceType.MPS);

    private static Device s_defaultDevice = CPU;

    public static Device get_default_device() => s_defaultDevice;

    public static void set_default_device(Device device) => s_defaultDevice = device;

    public static Device device(string description) => new(description);
    public static Device device(string deviceType, int index = -1) => new(deviceType, index);
    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);
    public static Device device(int index) => new(index);

    /// <summary>The device itself; for a null the default.</summary>
    public static Device InitializeDevice(Device? device) => device ?? get_default_device();
}
