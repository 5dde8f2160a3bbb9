// Random numbers into strided memory, drawn from PyTorch's CPU generator in PyTorch's order (see Traversal) and number, element after element.
// This file holds what all samplers share and the distributions that are one formula of one uniform; the others are in the files beside it.
//
// Error: the draws, products and roundings are PyTorch's bit for bit; where a formula ends in log, exp, sin, cos or tan of double precision, it is as
// exact as the C library below .NET (about one unit in the last place). Arguments are not validated here: see RandomChecks.
// Source of the facts: PyTorch's recorded streams and their specification (golden/random/README.md of the test data).

namespace Torch.Kernels;

/// <summary>
/// Fills of strided memory with random numbers, equal to PyTorch's on the CPU under the same seed. The elements of a result must not overlap. A block
/// of complex numbers, where a distribution admits it, is filled as its real and imaginary parts.
/// </summary>
public static unsafe partial class Samplers
{
    /// <summary>-1/lambda log1p(-u53), <c>exponential_</c>.</summary>
    public static void Exponential(Mt19937 generator, Block result, double lambda) =>
        Fill(generator, Floating(result, "exponential_cpu"), "exponential_cpu", new ExponentialDraw(-1 / lambda));

    /// <summary><c>cauchy_</c>.</summary>
    public static void Cauchy(Mt19937 generator, Block result, double median, double sigma) =>
        Fill(generator, Floating(result, "cauchy_cpu"), "cauchy_cpu", new CauchyDraw(median, sigma));

    /// <summary>The number of trials up to the first success, <c>geometric_</c>.</summary>
    public static void Geometric(Mt19937 generator, Block result, double p)
    {
        if (result.Type == ElementType.Bool || RandomElement.IsComplex(result.Type)) throw RandomElement.NotImplemented("geometric_cpu", result.Type);
        Fill(generator, result, "geometric_cpu", new GeometricDraw(RandomMath.Log1P(-p)));
    }

    private readonly struct ExponentialDraw(double factor) : IDraw
    {
        public double Draw(Mt19937 generator, double a, double b) => factor * RandomMath.Log1P(-generator.U53());
    }

    private readonly struct CauchyDraw(double median, double sigma) : IDraw
    {
        public double Draw(Mt19937 generator, double a, double b) =>
            Math.FusedMultiplyAdd(sigma, Math.Tan(Math.PI * (generator.U53() - 0.5)), median);
    }

    private readonly struct GeometricDraw(double logOfFailure) : IDraw
    {
        public double Draw(Mt19937 generator, double a, double b) => Math.Ceiling(Math.Log(generator.U53()) / logOfFailure);
    }

    /// <summary>One number from the generator, given the elements of up to two operands at the same place (zero where there are none).</summary>
    private interface IDraw
    {
        double Draw(Mt19937 generator, double a, double b);
    }

    private static void Fill<TDraw>(Mt19937 generator, Block result, string kernel, TDraw draw) where TDraw : struct, IDraw =>
        RandomElement.Dispatch(result.Type, kernel, new FillAction<TDraw>(generator, result, draw));

    private readonly struct FillAction<TDraw>(Mt19937 generator, Block result, TDraw draw) : IRandomElementAction where TDraw : struct, IDraw
    {
        public void Run<TElement>() where TElement : unmanaged, IRandomElement
        {
            var source = generator;
            var drawing = draw;
            var walk = new Traversal(result.Sizes, result.Strides);
            while (walk.Next())
            {
                var at = result.Pointer + walk.Offset(0) * TElement.Size;
                var step = (nint)walk.Stride(0) * TElement.Size;
                for (var left = walk.Length; left > 0; left--, at += step) TElement.Store(at, drawing.Draw(source, 0, 0));
            }
        }
    }

    /// <summary>A fill whose parameters are the elements of operands of the result's sizes, of any real types.</summary>
    private static void Map<TDraw>(Mt19937 generator, Block result, string kernel, Block a, Block b, TDraw draw) where TDraw : struct, IDraw =>
        RandomElement.Dispatch(result.Type, kernel, new MapAction<TDraw>(generator, result, a, b, draw));

    private readonly struct MapAction<TDraw>(Mt19937 generator, Block result, Block a, Block b, TDraw draw) : IRandomElementAction
        where TDraw : struct, IDraw
    {
        public void Run<TElement>() where TElement : unmanaged, IRandomElement
        {
            var drawing = draw;
            var (aSize, bSize) = (a.Type.Size(), b.Type.Size());
            var walk = new Traversal(result.Sizes, result.Strides, a.Strides, b.Strides);
            while (walk.Next())
            {
                var at = result.Pointer + walk.Offset(0) * TElement.Size;
                var aAt = a.Pointer + walk.Offset(1) * aSize;
                var bAt = b.Pointer + walk.Offset(2) * bSize;
                var step = (nint)walk.Stride(0) * TElement.Size;
                var (aStep, bStep) = ((nint)walk.Stride(1) * aSize, (nint)walk.Stride(2) * bSize);
                for (var left = walk.Length; left > 0; left--, at += step, aAt += aStep, bAt += bStep)
                    TElement.Store(at, drawing.Draw(generator, RandomElement.Load(a.Type, aAt), RandomElement.Load(b.Type, bAt)));
            }
        }
    }

    private static Block Floating(Block result, string kernel) =>
        result.Type.IsFloating() ? result : throw RandomElement.NotImplemented(kernel, result.Type);

    /// <summary>Complex memory as real memory with a last dimension of 2; real floating memory as it is.</summary>
    private static Block Reals(Block block, string kernel)
    {
        var part = block.Type switch
        {
            ElementType.Complex32 => ElementType.Float16,
            ElementType.Complex64 => ElementType.Float32,
            ElementType.Complex128 => ElementType.Float64,
            _ => block.Type,
        };
        if (part == block.Type) return Floating(block, kernel);
        return new Block(block.Address, part, [.. block.Sizes, 2], [.. block.Strides.Select(s => 2 * s), 1]);
    }
}
