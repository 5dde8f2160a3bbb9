using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;

namespace Torch.Modules
{
    /// <summary>The modules that drop with probability p in training. See https://pytorch.org/docs/stable/nn.html#dropout-layers.</summary>
    public abstract class DropoutBase : ParameterLessModule<Tensor, Tensor>
    {
        private protected DropoutBase(string name, double p, bool inplace) : base(name)
        {
            if (p is < 0 or > 1 || double.IsNaN(p)) throw new ArgumentException($"dropout probability has to be between 0 and 1, but got {PyText.Repr(p)}");
            (this.p, this.inplace) = (p, inplace);
        }

        public double p { get; set; }

        public bool inplace { get; set; }

        public override string extra_repr() => $"p={PyText.Repr(p)}, inplace={PyText.Repr(inplace)}";
    }

    public sealed class Dropout : DropoutBase
    {
        internal Dropout(double p, bool inplace) : base(nameof(Dropout), p, inplace) { }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.dropout(tensor, p, training, inplace);
    }

    public sealed class Dropout1d : DropoutBase
    {
        internal Dropout1d(double p, bool inplace) : base(nameof(Dropout1d), p, inplace) { }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.dropout1d(tensor, p, training, inplace);
    }

    public sealed class Dropout2d : DropoutBase
    {
        internal Dropout2d(double p, bool inplace) : base(nameof(Dropout2d), p, inplace) { }

        public override Tensor forward(Tensor input) => functional.dropout2d(input, p, training, inplace);
    }

    public sealed class Dropout3d : DropoutBase
    {
        internal Dropout3d(double p, bool inplace) : base(nameof(Dropout3d), p, inplace) { }

        public override Tensor forward(Tensor input) => functional.dropout3d(input, p, training, inplace);
    }

    public sealed class AlphaDropout : DropoutBase
    {
        internal AlphaDropout(double p, bool inplace) : base(nameof(AlphaDropout), p, inplace) { }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.alpha_dropout(tensor, p, training, inplace);
    }

    public sealed class FeatureAlphaDropout : DropoutBase
    {
        internal FeatureAlphaDropout(double p, bool inplace) : base(nameof(FeatureAlphaDropout), p, inplace) { }

        public override Tensor forward([PyTorchName("input")] Tensor tensor) => functional.feature_alpha_dropout(tensor, p, training, inplace);
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static Dropout1d Dropout1d(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static Dropout2d Dropout2d(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static Dropout3d Dropout3d(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static AlphaDropout AlphaDropout(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static FeatureAlphaDropout FeatureAlphaDropout(double p = 0.5) => new(p, false);

            public static FeatureAlphaDropout FeatureAlphaDropout(double p, bool inplace) => new(p, inplace);
        }
    }
}
