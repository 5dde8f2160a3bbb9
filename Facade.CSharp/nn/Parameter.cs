namespace Torch.Modules
{
    /// <summary>
    /// A tensor that a module learns. A field or property of this type makes it one of the module's parameters. It shares the storage of the tensor it is made from.
    /// See https://pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html.
    /// </summary>
    public class Parameter : Tensor
    {
        public Parameter(Tensor data, bool requires_grad = true) : base(data)
        {
            if (requires_grad) this.requires_grad = true;
        }
    }

    /// <summary>A tensor that belongs to a module's state and is not learned. A field or property of this type makes it one of the module's buffers.</summary>
    public class Buffer : Tensor
    {
        public Buffer(Tensor data, bool persistent = true) : base(data) => this.persistent = persistent;

        /// <summary>Whether it is part of the state dict.</summary>
        public bool persistent { get; }
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);

            public static Modules.Buffer Buffer(Tensor data, bool persistent = true) => new(data, persistent);
        }
    }
}
