using Torch.Kernels;

namespace Torch;

// Filling tensors with random numbers in place, and drawing by a tensor's values. Tensors that are not contiguous are filled in the order of their memory.
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor uniform_(double from = 0, double to = 1, Generator? generator = null)
        {
            Torch.Draw.Require(RandomChecks.Uniform(DType.Element, from, to));
            return Torch.Draw.InPlace(this, "UniformBackward0", generator, (g, b) => Samplers.Uniform(g, b, from, to));
        }

        public Tensor normal_(double mean = 0.0, double std = 1.0, Generator? generator = null)
        {
            Torch.Draw.Require(RandomChecks.Normal(std));
            return Torch.Draw.InPlace(this, "NormalBackward0", generator, (g, b) => Samplers.Normal(g, b, mean, std));
        }

        public Tensor log_normal_(double mean = 1.0, double std = 2.0, Generator? generator = null)
        {
            Torch.Draw.Require(RandomChecks.LogNormal(std));
            return Torch.Draw.InPlace(this, "LogNormalBackward0", generator, (g, b) => Samplers.LogNormal(g, b, mean, std));
        }

        public Tensor exponential_([PyTorchName("lambd")] double lambda = 1.0, Generator? generator = null)
        {
            Torch.Draw.Require(RandomChecks.Exponential(DType.Element, lambda));
            return Torch.Draw.InPlace(this, "ExponentialBackward0", generator, (g, b) => Samplers.Exponential(g, b, lambda));
        }

        public Tensor cauchy_(double median = 0.0, double sigma = 1.0, Generator? generator = null)
        {
            Torch.Draw.Require(RandomChecks.Cauchy(DType.Element, sigma));
            return Torch.Draw.InPlace(this, "CauchyBackward0", generator, (g, b) => Samplers.Cauchy(g, b, median, sigma));
        }

        public Tensor geometric_(double p, Generator? generator = null)
        {
            Torch.Draw.Require(RandomChecks.Geometric(p));
            return Torch.Draw.InPlace(this, "GeometricBackward0", generator, (g, b) => Samplers.Geometric(g, b, p));
        }

        /// <summary>Ones with probability p.</summary>
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null)
        {
            Torch.Draw.Require(RandomChecks.Bernoulli(p));
            return Torch.Draw.InPlace(this, "BernoulliBackward2", generator, (g, b) => Coins(g, b, p));
        }

        /// <summary>Ones with the probabilities of another tensor, which is broadcast.</summary>
        public Tensor bernoulli_(Tensor p, Generator? generator = null)
        {
            var wide = Build.expand(Sizes, p.Expr);
            var block = Torch.Draw.Read(wide);
            Torch.Draw.Require(RandomChecks.Bernoulli(block));
            var answer = Torch.Draw.InPlace(this, "BernoulliBackward1", generator, (g, b) => Samplers.Bernoulli(g, b, block));
            GC.KeepAlive(wide);
            return answer;
        }

        /// <summary>Whole numbers of the dtype's range; for floating dtypes those that it holds exactly.</summary>
        public Tensor random_(Generator? generator = null) =>
            Torch.Draw.InPlace(this, "RandomBackward2", generator, Samplers.Random);

        /// <summary>Whole numbers below a bound.</summary>
        public Tensor random_(long to, Generator? generator = null) => random_(0, (long?)to, generator);

        /// <summary>Whole numbers from <paramref name="from"/> to below <paramref name="to"/>; null means the dtype's largest.</summary>
        public Tensor random_(long from, long? to, Generator? generator = null)
        {
            Torch.Draw.Require(RandomChecks.Random(DType.Element, from, to));
            return Torch.Draw.InPlace(this, "RandomBackward0", generator, (g, b) => Samplers.Random(g, b, from, to));
        }

        public Tensor random_(double from, double to, Generator? generator = null) => random_((long)from, (long?)(long)to, generator);

        public Tensor bernoulli(Generator? generator = null) => torch.bernoulli(this, generator);

        public Tensor bernoulli(double p, Generator? generator = null) => torch.bernoulli(this, p, generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) => torch.multinomial(this, num_samples, replacement, generator);

        public Tensor poisson(Generator? generator = null) => torch.poisson(this, generator);

        public Tensor binomial(Tensor prob, Generator? generator = null) => torch.binomial(this, prob, generator);

        public Tensor rand_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) => torch.rand_like(this, dtype, device, requires_grad);

        public Tensor randn_like(ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) => torch.randn_like(this, dtype, device, requires_grad);

        public Tensor randint_like(long low, long high, ScalarType? dtype = null, torch.Device? device = null, bool requires_grad = false) =>
            torch.randint_like(this, low, high, dtype, device, requires_grad);
    }
}
