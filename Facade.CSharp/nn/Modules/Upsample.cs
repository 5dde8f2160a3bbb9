using Torch.Modules;
using static Torch.torch;
using static Torch.torch.nn;

namespace Torch.Modules
{
    /// <summary>Images at another size. See https://pytorch.org/docs/stable/generated/torch.nn.Upsample.html.</summary>
    public class Upsample : ParameterLessModule<Tensor, Tensor>
    {
        private readonly long[]? _size;
        private readonly double[]? _factor;

        internal Upsample(long[]? size, double[]? scale_factor, UpsampleMode mode, bool? align_corners, bool? recompute_scale_factor, string name = nameof(Upsample)) : base(name)
        {
            (_size, _factor, this.mode, this.align_corners, this.recompute_scale_factor) = (size, scale_factor, mode, align_corners, recompute_scale_factor);
        }

        public ReadOnlySpan<long> size => _size;

        public ReadOnlySpan<double> scale_factor => _factor;

        public UpsampleMode mode { get; }

        public bool? align_corners { get; }

        public bool? recompute_scale_factor { get; set; }

        public override Tensor forward(Tensor input) => functional.interpolate(input, _size, _factor, (InterpolationMode)mode, align_corners, recompute_scale_factor ?? false);

        public override string extra_repr()
        {
            var amount = _factor is not null
                ? "scale_factor=" + (_factor.Length == 1 ? PyText.Repr(_factor[0]) : $"({string.Join(", ", _factor.Select(PyText.Repr))})")
                : "size=" + (_size!.Length == 1 ? PyText.Repr(_size[0]) : PyText.Tuple(_size));
            return $"{amount}, mode='{(mode == UpsampleMode.NearestExact ? "nearest-exact" : mode.ToString().ToLowerInvariant())}'";
        }
    }
}

namespace Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Upsample Upsample(long[]? size = null, double[]? scale_factor = null, UpsampleMode mode = UpsampleMode.Nearest, bool? align_corners = null, bool? recompute_scale_factor = null) =>
                new(size, scale_factor, mode, align_corners, recompute_scale_factor);

            public static Upsample UpsamplingNearest2d(long[]? size = null, double[]? scale_factor = null) => new(size, scale_factor, UpsampleMode.Nearest, null, null, "UpsamplingNearest2d");

            public static Upsample UpsamplingBilinear2d(long[]? size = null, double[]? scale_factor = null) => new(size, scale_factor, UpsampleMode.Bilinear, true, null, "UpsamplingBilinear2d");
        }
    }
}
