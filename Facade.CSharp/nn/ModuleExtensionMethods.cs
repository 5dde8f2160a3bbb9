namespace Torch;

/// <summary>Conversions of modules, which give back the module under its own type.</summary>
public static class ModuleExtensionMethods
{
    /// <summary>Moves parameters and buffers to a device.</summary>
    public static T to<T>(this T module, torch.Device device, bool non_blocking = false) where T : torch.nn.Module => (T)module.To(device, null);

    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module => (T)module.To(new torch.Device(deviceType, deviceIndex), null);

    public static T to<T>(this T module, string device, bool non_blocking = false) where T : torch.nn.Module => (T)module.To(new torch.Device(device), null);

    /// <summary>Converts the floating and complex parameters and buffers.</summary>
    public static T to<T>(this T module, [PyTorchName("dtype")] torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module => (T)module.To(null, type);

    public static T to<T>(this T module, torch.Device device, [PyTorchName("dtype")] torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module => (T)module.To(device, type);

    public static T to<T>(this T module, [PyTorchName("tensor")] Tensor other, bool non_blocking = false) where T : torch.nn.Module => (T)module._to(other, non_blocking);

    public static T cpu<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => (T)module.To(torch.CPU, null);

    public static T cuda<T>(this T module, [PyTorchName("device")] int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module => (T)module.To(new torch.Device(DeviceType.CUDA, deviceIndex), null);

    public static T half<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => Floats(module, torch.ScalarType.Float16);

    public static T bfloat16<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => Floats(module, torch.ScalarType.BFloat16);

    public static T @float<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => Floats(module, torch.ScalarType.Float32);

    public static T @double<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => Floats(module, torch.ScalarType.Float64);

    public static T cfloat<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => All(module, torch.ScalarType.ComplexFloat32);

    public static T cdouble<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => All(module, torch.ScalarType.ComplexFloat64);

    public static T @bool<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => All(module, torch.ScalarType.Bool);

    public static T @byte<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => All(module, torch.ScalarType.Byte);

    public static T @char<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => All(module, torch.ScalarType.Int8);

    public static T @short<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => All(module, torch.ScalarType.Int16);

    public static T @int<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => All(module, torch.ScalarType.Int32);

    public static T @long<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => All(module, torch.ScalarType.Int64);

    /// <summary>Converts every parameter and buffer.</summary>
    public static T type<T>(this T module, torch.ScalarType dst_type) where T : torch.nn.Module => All(module, dst_type);

    private static T Floats<T>(T module, torch.ScalarType dtype) where T : torch.nn.Module => (T)module.Convert(t => t.DType.IsFloat ? t.to(dtype) : t);

    private static T All<T>(T module, torch.ScalarType dtype) where T : torch.nn.Module => (T)module.Convert(t => t.to(dtype));
}
