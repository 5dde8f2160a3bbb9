using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;

// Padding. See https://pytorch.org/docs/stable/nn.html#padding-layers.
namespace Torch.Modules
{
    /// <summary>Padding of the last dimensions: amounts for the last dimension come first.</summary>
    public abstract class PadBase : ParameterLessModule<Tensor, Tensor>
    {
        private readonly PaddingModes _mode;

        private protected PadBase(string name, long[] padding, PaddingModes mode, double value = 0) : base(name) => (this.padding, _mode, this.value) = (padding, mode, value);

        public long[] padding { get; set; }

        public double value { get; set; }

        public override Tensor forward(Tensor input)
        {
            Check(input);
            return functional.pad(input, padding, _mode, value);
        }

        private protected virtual void Check(Tensor input) { }

        public override string extra_repr() => PyText.Tuple(padding);
    }

    public sealed class ConstantPad1d : PadBase
    {
        internal ConstantPad1d(long[] padding, double value) : base(nameof(ConstantPad1d), padding, PaddingModes.Constant, value) { }

        public override string extra_repr() => $"padding={PyText.Tuple(padding)}, value={PyText.Repr(value)}";
    }

    public sealed class ConstantPad2d : PadBase
    {
        internal ConstantPad2d(long[] padding, double value) : base(nameof(ConstantPad2d), padding, PaddingModes.Constant, value) { }

        public override string extra_repr() => $"padding={PyText.Tuple(padding)}, value={PyText.Repr(value)}";
    }

    public sealed class ConstantPad3d : PadBase
    {
        internal ConstantPad3d(long[] padding, double value) : base(nameof(ConstantPad3d), padding, PaddingModes.Constant, value) { }

        public override string extra_repr() => $"padding={PyText.Tuple(padding)}, value={PyText.Repr(value)}";
    }

    public sealed class ZeroPad1d : PadBase
    {
        internal ZeroPad1d(long[] padding) : base(nameof(ZeroPad1d), padding, PaddingModes.Constant) { }
    }

    public sealed class ZeroPad2d : PadBase
    {
        internal ZeroPad2d(long[] padding) : base(nameof(ZeroPad2d), padding, PaddingModes.Constant) { }
    }

    public sealed class ZeroPad3d : PadBase
    {
        internal ZeroPad3d(long[] padding) : base(nameof(ZeroPad3d), padding, PaddingModes.Constant) { }
    }

    public sealed class ReflectionPad1d : PadBase
    {
        internal ReflectionPad1d(long[] padding) : base(nameof(ReflectionPad1d), padding, PaddingModes.Reflect) { }
    }

    public sealed class ReflectionPad2d : PadBase
    {
        internal ReflectionPad2d(long[] padding) : base(nameof(ReflectionPad2d), padding, PaddingModes.Reflect) { }
    }

    public sealed class ReflectionPad3d : PadBase
    {
        internal ReflectionPad3d(long[] padding) : base(nameof(ReflectionPad3d), padding, PaddingModes.Reflect) { }
    }

    public sealed class ReplicationPad1d : PadBase
    {
        internal ReplicationPad1d(long[] padding) : base(nameof(ReplicationPad1d), padding, PaddingModes.Replicate) { }
    }

    public sealed class ReplicationPad2d : PadBase
    {
        internal ReplicationPad2d(long[] padding) : base(nameof(ReplicationPad2d), padding, PaddingModes.Replicate) { }
    }

    public sealed class ReplicationPad3d : PadBase
    {
        internal ReplicationPad3d(long[] padding) : base(nameof(ReplicationPad3d), padding, PaddingModes.Replicate) { }
    }

    public sealed class CircularPad1d : PadBase
    {
        internal CircularPad1d(long[] padding) : base(nameof(CircularPad1d), padding, PaddingModes.Circular) { }

        private protected override void Check(Tensor input)
        {
            if (input.Sizes.Length is not (2 or 3)) throw new ArgumentException($"expected 2D or 3D input (got {input.Sizes.Length}D input)");
        }
    }

    public sealed class CircularPad2d : PadBase
    {
        internal CircularPad2d(long[] padding) : base(nameof(CircularPad2d), padding, PaddingModes.Circular) { }

        private protected override void Check(Tensor input)
        {
            if (input.Sizes.Length is not (3 or 4)) throw new ArgumentException($"expected 3D or 4D input (got {input.Sizes.Length}D input)");
        }
    }

    public sealed class CircularPad3d : PadBase
    {
        internal CircularPad3d(long[] padding) : base(nameof(CircularPad3d), padding, PaddingModes.Circular) { }

        private protected override void Check(Tensor input)
        {
            if (input.Sizes.Length is not (4 or 5)) throw new ArgumentException($"expected 4D or 5D input (got {input.Sizes.Length}D input)");
        }
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static ConstantPad1d ConstantPad1d(long padding, double value) => new([padding, padding], value);

            public static ConstantPad1d ConstantPad1d((long, long) padding, double value) => new([padding.Item1, padding.Item2], value);

            public static ConstantPad2d ConstantPad2d(long padding, double value) => new([padding, padding, padding, padding], value);

            public static ConstantPad2d ConstantPad2d((long, long, long, long) padding, double value) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4], value);

            public static ConstantPad3d ConstantPad3d(long padding, double value) => new([padding, padding, padding, padding, padding, padding], value);

            public static ConstantPad3d ConstantPad3d((long, long, long, long, long, long) padding, double value) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4, padding.Item5, padding.Item6], value);

            public static ZeroPad1d ZeroPad1d(long padding) => new([padding, padding]);

            public static ZeroPad1d ZeroPad1d((long, long) padding) => new([padding.Item1, padding.Item2]);

            public static ZeroPad2d ZeroPad2d(long padding) => new([padding, padding, padding, padding]);

            public static ZeroPad2d ZeroPad2d((long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4]);

            public static ZeroPad3d ZeroPad3d(long padding) => new([padding, padding, padding, padding, padding, padding]);

            public static ZeroPad3d ZeroPad3d((long, long, long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4, padding.Item5, padding.Item6]);

            public static ReflectionPad1d ReflectionPad1d(long padding) => new([padding, padding]);

            public static ReflectionPad1d ReflectionPad1d((long, long) padding) => new([padding.Item1, padding.Item2]);

            public static ReflectionPad2d ReflectionPad2d(long padding) => new([padding, padding, padding, padding]);

            public static ReflectionPad2d ReflectionPad2d((long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4]);

            public static ReflectionPad3d ReflectionPad3d(long padding) => new([padding, padding, padding, padding, padding, padding]);

            public static ReflectionPad3d ReflectionPad3d((long, long, long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4, padding.Item5, padding.Item6]);

            public static ReplicationPad1d ReplicationPad1d(long padding) => new([padding, padding]);

            public static ReplicationPad1d ReplicationPad1d((long, long) padding) => new([padding.Item1, padding.Item2]);

            public static ReplicationPad2d ReplicationPad2d(long padding) => new([padding, padding, padding, padding]);

            public static ReplicationPad2d ReplicationPad2d((long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4]);

            public static ReplicationPad3d ReplicationPad3d(long padding) => new([padding, padding, padding, padding, padding, padding]);

            public static ReplicationPad3d ReplicationPad3d((long, long, long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4, padding.Item5, padding.Item6]);

            public static CircularPad1d CircularPad1d(long padding) => new([padding, padding]);

            public static CircularPad1d CircularPad1d((long, long) padding) => new([padding.Item1, padding.Item2]);

            public static CircularPad2d CircularPad2d(long padding) => new([padding, padding, padding, padding]);

            public static CircularPad2d CircularPad2d((long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4]);

            public static CircularPad3d CircularPad3d(long padding) => new([padding, padding, padding, padding, padding, padding]);

            public static CircularPad3d CircularPad3d((long, long, long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4, padding.Item5, padding.Item6]);
        }
    }
}
