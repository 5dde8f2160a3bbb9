namespace Torch;

/// <summary>PyTorch's name for a parameter, an enum member, a method or a type, where TorchSharp's (which C# users type) is another.</summary>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true)]
public sealed class PyTorchNameAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
