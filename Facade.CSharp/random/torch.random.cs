using Torch.Kernels;

namespace Torch;

// torch.rand and its kin: new tensors of random numbers, drawn when called. See https://pytorch.org/docs/stable/torch.html#random-sampling.
public static partial class torch
{
    private static DType FloatOr(ScalarType? dtype) => dtype?.ToDType() ?? Build.defaultDType();

    // ---- Uniform on [0, 1)

    public static Tensor rand(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        var d = FloatOr(dtype);
        return Torch.Draw.Make(d, (long[])size.Clone(), device, requires_grad, generator, (g, b) => Samplers.Uniform(g, b, 0, 1));
    }

    public static Tensor rand(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand(size.ToArray(), dtype, device, requires_grad, generator);

    public static Tensor rand(int size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand([size], dtype, device, requires_grad, generator);

    public static Tensor rand(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand([size], dtype, device, requires_grad, generator);

    public static Tensor rand(int rows, int columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand([rows, columns], dtype, device, requires_grad, generator);

    public static Tensor rand(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand([rows, columns], dtype, device, requires_grad, generator);

    public static Tensor rand(int dim0, int dim1, int dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand([dim0, dim1, dim2], dtype, device, requires_grad, generator);

    public static Tensor rand(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand([dim0, dim1, dim2], dtype, device, requires_grad, generator);

    public static Tensor rand(int dim0, int dim1, int dim2, int dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand([dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator);

    public static Tensor rand(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        rand([dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator);

    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Torch.Draw.Like(input, dtype?.ToDType() ?? input.DType, null, (g, b) => Samplers.Uniform(g, b, 0, 1), MetaOr(device)), requires_grad);

    // ---- Normal

    public static Tensor randn(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        var d = FloatOr(dtype);
        return Torch.Draw.Make(d, (long[])size.Clone(), device, requires_grad, generator, (g, b) => Samplers.Normal(g, b, 0, 1));
    }

    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn(size.ToArray(), dtype, device, requires_grad, generator);

    public static Tensor randn(int size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn([size], dtype, device, requires_grad, generator);

    public static Tensor randn(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn([size], dtype, device, requires_grad, generator);

    public static Tensor randn(int rows, int columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn([rows, columns], dtype, device, requires_grad, generator);

    public static Tensor randn(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn([rows, columns], dtype, device, requires_grad, generator);

    public static Tensor randn(int dim0, int dim1, int dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn([dim0, dim1, dim2], dtype, device, requires_grad, generator);

    public static Tensor randn(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn([dim0, dim1, dim2], dtype, device, requires_grad, generator);

    public static Tensor randn(int dim0, int dim1, int dim2, int dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn([dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator);

    public static Tensor randn(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn([dim0, dim1, dim2, dim3], dtype, device, requires_grad, generator);

    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Torch.Draw.Like(input, dtype?.ToDType() ?? input.DType, null, (g, b) => Samplers.Normal(g, b, 0, 1), MetaOr(device)), requires_grad);

    /// <summary>Normal numbers of one mean and standard deviation.</summary>
    public static Tensor normal(double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        Torch.Draw.Require(RandomChecks.Normal(std));
        return Torch.Draw.Make(FloatOr(dtype), size.ToArray(), device, requires_grad, generator, (g, b) => Samplers.Normal(g, b, mean, std));
    }

    public static Tensor normal(double mean, double std, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        normal(mean, std, size.AsSpan(), dtype, device, requires_grad, generator);

    /// <summary>Normal numbers with a mean and a standard deviation for each element.</summary>
    public static Tensor normal(Tensor mean, Tensor std, Generator? generator = null)
    {
        Torch.Draw.Require(RandomChecks.Normal(Torch.Draw.Read(std.Expr)));
        var z = StandardNormal(mean.DType, Shape.broadcast2(mean.Sizes, std.Sizes), mean.is_meta, generator);
        return Autograd.Record("NormalBackward3", Unrelated(Arithmetic.add(Arithmetic.mul(z, std.Expr), mean.Expr)), mean, std);
    }

    public static Tensor normal(Tensor mean, double std = 1, Generator? generator = null)
    {
        Torch.Draw.Require(RandomChecks.Normal(std));
        var z = StandardNormal(mean.DType, mean.Sizes, mean.is_meta, generator);
        return Autograd.Record("NormalBackward1", Unrelated(Arithmetic.add(Arithmetic.mul(z, Build.real(std)), mean.Expr)), mean);
    }

    public static Tensor normal(double mean, Tensor std, Generator? generator = null)
    {
        Torch.Draw.Require(RandomChecks.Normal(Torch.Draw.Read(std.Expr)));
        var z = StandardNormal(std.DType, std.Sizes, std.is_meta, generator);
        return Autograd.Record("NormalBackward2", Unrelated(Arithmetic.add(Arithmetic.mul(z, std.Expr), Build.real(mean))), std);
    }

    private static Expr StandardNormal(DType dtype, long[] sizes, bool meta, Generator? generator) =>
        Torch.Draw.Fill(dtype, sizes, Shape.contiguous(sizes), meta, generator, (g, b) => Samplers.Normal(g, b, 0, 1));

    /// <summary>A value whose gradient PyTorch defines as zero: it is computed now, so that no rule finds its operands.</summary>
    private static Expr Unrelated(Expr value)
    {
        Evaluation.Run(value);
        return Identity.alias(value);
    }

    // ---- Integers

    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        var d = dtype?.ToDType() ?? DType.Int64;
        Torch.Draw.Require(RandomChecks.Random(d.Element, low, high));
        return Torch.Draw.Make(d, (long[])size.Clone(), device, requires_grad, generator, (g, b) => Samplers.Random(g, b, low, high));
    }

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator);

    public static Tensor randint(int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, Array.ConvertAll(size, s => (long)s), dtype, device, requires_grad, generator);

    public static Tensor randint(int low, int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(low, high, Array.ConvertAll(size, s => (long)s), dtype, device, requires_grad, generator);

    public static Tensor randint_like(Tensor input, long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var d = dtype?.ToDType() ?? input.DType;
        Torch.Draw.Require(RandomChecks.Random(d.Element, low, high));
        return Made(Torch.Draw.Like(input, d, null, (g, b) => Samplers.Random(g, b, low, high), MetaOr(device)), requires_grad);
    }

    public static Tensor randint_like(Tensor input, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        randint_like(input, 0, high, dtype, device, requires_grad);

    /// <summary>A permutation of 0 .. n - 1.</summary>
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        var d = dtype?.ToDType() ?? DType.Int64;
        Torch.Draw.Require(RandomChecks.Randperm(d.Element, n));
        return Torch.Draw.Make(d, [n], device, requires_grad, generator, Samplers.Randperm);
    }

    public static Tensor randperm(long n, Tensor @out, Generator? generator = null)
    {
        Torch.Draw.Require(RandomChecks.Randperm(@out.DType.Element, n));
        return Autograd.Out("randperm", randperm(n, @out.dtype, generator: generator).Expr, @out);
    }

    public static long randint_long(long high, Generator? generator = null) => randint_long(0, high, generator);

    public static long randint_long(long low, long high, Generator? generator = null) => randint(low, high, [1L], generator: generator).ReadCpuInt64(0);

    public static int randint_int(int high, Generator? generator = null) => randint_int(0, high, generator);

    public static int randint_int(int low, int high, Generator? generator = null) => (int)randint_long(low, high, generator);

    public static bool randint_bool(Generator? generator = null) => randint_long(0, 2, generator) == 1;

    public static double rand_float(Generator? generator = null) => rand([1L], ScalarType.Float64, generator: generator).ReadCpuDouble(0);

    public static double randn_float(Generator? generator = null) => randn([1L], ScalarType.Float64, generator: generator).ReadCpuDouble(0);

    // ---- By probabilities

    /// <summary>One with the probability that the element gives.</summary>
    public static Tensor bernoulli(Tensor input, Generator? generator = null)
    {
        var p = input.Expr;
        if (!input.is_meta) Torch.Draw.Require(RandomChecks.Bernoulli(Torch.Draw.Read(p)));
        return Autograd.Record("BernoulliBackward0", Torch.Draw.Like(input, input.DType, generator, (g, b) => Samplers.Bernoulli(g, b, Torch.Draw.Read(p))), input);
    }

    public static Tensor bernoulli(Tensor input, double p, Generator? generator = null)
    {
        Torch.Draw.Require(RandomChecks.Bernoulli(p));
        return Autograd.Record("BernoulliBackward2", Torch.Draw.Like(input, input.DType, generator, (g, b) => Coins(g, b, p)), input);
    }

    internal static void Coins(Mt19937 engine, Block block, double p)
    {
        if (random.intel_bernoulli) Samplers.BernoulliIntel(engine, block, p);
        else Samplers.Bernoulli(engine, block, p);
    }

    /// <summary>Indices drawn with the weights of the last dimension.</summary>
    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator? generator = null)
    {
        var weights = input.Expr;
        var block = Torch.Draw.Read(weights);
        Torch.Draw.Require(RandomChecks.Multinomial(block, num_samples, replacement));
        var result = Torch.Draw.Make(DType.Int64, [.. input.Sizes[..^1], num_samples], null, false, generator, (g, b) => Samplers.Multinomial(g, b, block, replacement));
        GC.KeepAlive(weights);
        return result;
    }

    public static Tensor poisson(Tensor input, Generator? generator = null)
    {
        var rate = input.Expr;
        if (!input.is_meta) Torch.Draw.Require(RandomChecks.Poisson(Torch.Draw.Read(rate)));
        return Autograd.Record("PoissonBackward0", Torch.Draw.Like(input, input.DType, generator, (g, b) => Samplers.Poisson(g, b, Torch.Draw.Read(rate))), input);
    }

    public static Tensor binomial(Tensor count, [PyTorchName("prob")] Tensor probs, Generator? generator = null)
    {
        var sizes = Shape.broadcast2(count.Sizes, probs.Sizes);
        var n = Build.expand(sizes, count.Expr);
        var p = Build.expand(sizes, probs.Expr);
        Torch.Draw.Require(RandomChecks.Binomial(Torch.Draw.Read(n), Torch.Draw.Read(p)));
        var value = Torch.Draw.Fill(count.DType, sizes, Shape.contiguous(sizes), count.is_meta, generator, (g, b) => Samplers.Binomial(g, b, Torch.Draw.Read(n), Torch.Draw.Read(p)));
        return Autograd.Record("BinomialBackward0", value, count, probs);
    }

    public static Tensor _standard_gamma([PyTorchName("self")] Tensor input, Generator? generator = null)
    {
        var alpha = input.Expr;
        return Autograd.Constant(Torch.Draw.Like(input, input.DType, generator, (g, b) => Samplers.StandardGamma(g, b, Torch.Draw.Read(alpha))));
    }

    public static Tensor _sample_dirichlet([PyTorchName("self")] Tensor input, Generator? generator = null)
    {
        var alpha = input.Expr;
        return Autograd.Constant(Torch.Draw.Like(input, input.DType, generator, (g, b) => Samplers.Dirichlet(g, b, Torch.Draw.Read(alpha))));
    }

    private static Tensor Made(Expr value, bool requires_grad)
    {
        var t = new Tensor(value);
        return requires_grad ? t.requires_grad_() : t;
    }

    /// <summary>Whether a device argument asks for meta; null keeps the input's.</summary>
    private static bool? MetaOr(Device? device) => device is null ? null : Device.IsMeta(device);
}
