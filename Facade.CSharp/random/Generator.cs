using Torch.Kernels;

namespace Torch;

// Generators of random numbers, PyTorch's mt19937. Numbers are drawn when a function is called, not when its result is evaluated: laziness never changes the stream.
// A generator has one lock, held while a tensor is filled and never while user code runs.
public static partial class torch
{
    /// <summary>A stream of random numbers. See https://pytorch.org/docs/stable/generated/torch.Generator.html.</summary>
    public class Generator : IDisposable
    {
        // The generator of a thread that loads data; the process-wide one elsewhere.
        [ThreadStatic] private static Generator? t_own;
        private static readonly Generator s_default = new((ulong)Random.Shared.NextInt64());

        private readonly Mt19937 _engine;
        private readonly Lock _lock = new();

        /// <summary>A generator with PyTorch's initial seed, 67280421310721.</summary>
        public Generator(Device? device = null) : this(Mt19937.DefaultSeed, device) { }

        public Generator(ulong seed, Device? device = null)
        {
            if (device is not null && device.type != DeviceType.CPU)
                throw new TorchException(device.type == DeviceType.META
                    ? "Device type META is not supported for torch.Generator() api."
                    : $"Cannot get {device.type} generator without ATen_{device.type.ToString().ToLowerInvariant()} library. PyTorch splits its backend into two shared libraries: a CPU library and a CUDA library.");
            _engine = new Mt19937(seed);
        }

        private Generator(Mt19937 engine) => _engine = engine;

        /// <summary>The generator of functions that are given none: one for the process, except that each worker of a data loader has its own.</summary>
        public static Generator Default => t_own ?? s_default;

        public Device device => CPU;

        /// <summary>Kept for programs that look at it; there is no native object.</summary>
        public IntPtr Handle => IntPtr.Zero;

        /// <summary>Starts the stream of a seed; negative seeds count as 2^64 - |seed|.</summary>
        public Generator manual_seed(long seed) => manual_seed(unchecked((ulong)seed));

        public Generator manual_seed(ulong seed)
        {
            lock (_lock) _engine.Seed(seed);
            return this;
        }

        /// <summary>The seed of this stream, as 64 bits.</summary>
        public long initial_seed()
        {
            lock (_lock) return unchecked((long)_engine.InitialSeed);
        }

        /// <summary>Seeds from the operating system's randomness, and says with what.</summary>
        public long seed()
        {
            Span<byte> bytes = stackalloc byte[8];
            System.Security.Cryptography.RandomNumberGenerator.Fill(bytes);
            var seed = BitConverter.ToUInt64(bytes);
            manual_seed(seed);
            return unchecked((long)seed);
        }

        /// <summary>The state as 5,056 bytes, PyTorch's format.</summary>
        public Tensor get_state()
        {
            byte[] state;
            lock (_lock) state = _engine.GetState();
            return new Tensor(Host.ofBytes(DType.UInt8, [state.Length], state));
        }

        public void set_state([PyTorchName("new_state")] Tensor value)
        {
            if (!value.DType.Equals(DType.UInt8)) throw new TorchTypeException("RNG state must be a torch.ByteTensor");
            var state = Host.toBytes(value.Expr);
            lock (_lock) _engine.SetState(state);
        }

        /// <summary>A generator that continues as this one does and on its own.</summary>
        public Generator clone_state()
        {
            lock (_lock) return new Generator(_engine.Clone());
        }

        /// <summary>There is nothing to release.</summary>
        public void Dispose() => GC.SuppressFinalize(this);

        /// <summary>Draws under the generator's lock.</summary>
        internal void Draw(Action<Mt19937> draw)
        {
            lock (_lock) draw(_engine);
        }

        /// <summary>One int64 as `random_()` gives it: 63 bits.</summary>
        internal long Int64()
        {
            lock (_lock) return (long)(_engine.Random64() & long.MaxValue);
        }

        /// <summary>Makes this the default generator of the calling thread; null gives the process-wide one back.</summary>
        internal static void Adopt(Generator? own) => t_own = own;
    }

    public static Generator default_generator => Generator.Default;

    /// <summary>Starts the stream of a seed for everything that is given no generator: the numbers are PyTorch's.</summary>
    public static Generator manual_seed(long seed) => Generator.Default.manual_seed(seed);

    public static Generator manual_seed(ulong seed) => Generator.Default.manual_seed(seed);

    public static long seed() => Generator.Default.seed();

    public static long initial_seed() => Generator.Default.initial_seed();

    public static Tensor get_rng_state() => Generator.Default.get_state();

    public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);

    /// <summary>torch.random. See https://pytorch.org/docs/stable/random.html.</summary>
    public static class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        public static long seed() => torch.seed();

        public static long initial_seed() => torch.initial_seed();

        public static Tensor get_rng_state() => torch.get_rng_state();

        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);

        /// <summary>A scope that leaves the default generator as it found it.</summary>
        public static IDisposable fork_rng(bool enabled = true) => new Fork(enabled ? Generator.Default : null);

        private sealed class Fork(Generator? generator) : IDisposable
        {
            private readonly Generator? _before = generator?.clone_state();
            private bool _done;

            public void Dispose()
            {
                if (_done || generator is null) return;
                _done = true;
                generator.set_state(_before!.get_state());
            }
        }

        /// <summary>
        /// Builds of PyTorch with MKL draw `bernoulli_(p)` of a number, and with it every dropout, from another stream when they run on a processor of Intel.
        /// True follows them. Everything that was recorded elsewhere needs false, the default.
        /// </summary>
        public static bool intel_bernoulli { get; set; }
    }
}
