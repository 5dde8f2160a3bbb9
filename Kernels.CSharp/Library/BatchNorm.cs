using System.Numerics;

namespace Torch.Kernels;

/// <summary>
/// Batch normalisation over [N, C, spatial..] of any strides: statistics, normalisation and gradients for each channel, over images and positions. A
/// channel's elements, in row-major order, are cut into runs of the spatial size (of N where that is one); runs are summed by RowMath in the type of
/// computation, and their sums in Float64 in ascending order. Channels are divided among threads. Statistics have the type of computation: Float32 for
/// the half types, else that of x.
/// </summary>
public static unsafe class BatchNorm
{
    /// <summary>Mean and variance (divided by the count) of each channel.</summary>
    /// <param name="x">[N, C, spatial..].</param>
    /// <param name="mean">[C].</param>
    /// <param name="variance">[C].</param>
    public static void Statistics(Block x, Block mean, Block variance) => Elements.DispatchFloats(x.Type, new StatisticsAction(x, mean, variance));

    /// <summary>y = (x - mean) rstd gamma + beta.</summary>
    /// <param name="x">[N, C, spatial..].</param>
    /// <param name="mean">[C], of the type of computation.</param>
    /// <param name="rstd">[C]: 1 / sqrt(variance + epsilon).</param>
    /// <param name="gamma">[C] of the type of x, or null.</param>
    /// <param name="beta">Likewise.</param>
    /// <param name="y">[N, C, spatial..].</param>
    public static void Normalize(Block x, Block mean, Block rstd, Block? gamma, Block? beta, Block y) =>
        Elements.DispatchFloats(x.Type, new NormalizeAction(x, mean, rstd, gamma, beta, y));

    /// <summary>The gradients.</summary>
    /// <param name="dy">[N, C, spatial..].</param>
    /// <param name="x">[N, C, spatial..].</param>
    /// <param name="mean">[C], what x was normalised with; likewise <paramref name="rstd"/>.</param>
    /// <param name="rstd">[C].</param>
    /// <param name="gamma">[C], or null.</param>
    /// <param name="dx">[N, C, spatial..], or null.</param>
    /// <param name="dgamma">[C], or null.</param>
    /// <param name="dbeta">[C], or null.</param>
    /// <param name="training">Whether mean and rstd came from x (and so depend on it).</param>
    public static void Backward(Block dy, Block x, Block mean, Block rstd, Block? gamma, Block? dx, Block? dgamma, Block? dbeta, bool training) =>
        Elements.DispatchFloats(x.Type, new BackwardAction(dy, x, mean, rstd, gamma, dx, dgamma, dbeta, training));

    /// <summary>The runs of one channel in some blocks of the same sizes, as dense rows of the type of computation.</summary>
    private sealed class Runs<T, A, E> where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
    {
        private static readonly ScratchUse[] Uses = [ScratchUse.Row, ScratchUse.RowB, ScratchUse.RowC];
        private readonly Block[] blocks;
        private readonly Walker walker;

        public Runs(params Block[] blocks)
        {
            this.blocks = blocks;
            var x = blocks[0];
            var area = x.Sizes[0] * x.Sizes[1] == 0 ? 0 : x.Count / (x.Sizes[0] * x.Sizes[1]);
            // Planes are walked each on their own, so that the walker's position is that in a plane; a plane of one element is replaced by the batch.
            Batched = area <= 1;
            walker = Batched
                ? new Walker([x.Sizes[0]], [.. blocks.Select(b => b.Strides[..1])])
                : new Walker(x.Sizes.AsSpan(2), [.. blocks.Select(b => b.Strides[2..])]);
            Length = Batched ? (nint)x.Sizes[0] : (nint)area;
            Number = Batched ? 1 : (nint)x.Sizes[0];
        }

        private bool Batched { get; }

        /// <summary>The number of runs of a channel.</summary>
        public nint Number { get; }

        public nint Length { get; }

        public long Count => (long)Number * Length;

        private T* Start(int operand, nint channel, nint run) =>
            (T*)blocks[operand].Address + channel * (nint)blocks[operand].Strides[1] + (Batched ? 0 : run * (nint)blocks[operand].Strides[0]);

        public A* Read(int operand, nint channel, nint run) => RowAccess<T, A, E>.Read(Start(operand, channel, run), walker, operand, 0, Length, Uses[operand]);

        /// <summary>Where to compute a run of the last operand.</summary>
        public A* Room(int operand, nint channel, nint run) =>
            walker.Inner == walker.Count
                ? RowAccess<T, A, E>.Room(Start(operand, channel, run), (nint)walker.Step(operand), Length, Uses[operand])
                : Scratch.Get<A>(Uses[operand], Length);

        public void Write(A* values, int operand, nint channel, nint run)
        {
            if ((nint)values != (nint)Start(operand, channel, run)) RowAccess<T, A, E>.Write(values, Start(operand, channel, run), walker, operand, 0, Length);
        }

        /// <summary>Calls body for every channel, on several threads.</summary>
        public void ForEachChannel(Action<nint> body) => Chunks.Run(blocks[0].Sizes[1], 4 * Count, (from, to) =>
        {
            for (; from < to; from++) body((nint)from);
        });
    }

    private static A At<A>(Block block, nint channel) where A : unmanaged => ((A*)block.Address)[channel * (nint)block.Strides[0]];

    private static A Parameter<T, A, E>(Block? block, nint channel, A missing) where T : unmanaged where A : unmanaged where E : struct, IElement<T, A> =>
        block == null ? missing : E.Load(At<T>(block, channel));

    private readonly struct StatisticsAction(Block x, Block mean, Block variance) : IFloatAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>
        {
            var (ms, vs, runs) = (mean, variance, new Runs<T, A, E>(x));
            runs.ForEachChannel(channel =>
            {
                var average = A.CreateTruncating(Total<T, A, E, PlainTerm>(runs, channel, A.Zero) / runs.Count);
                ((A*)ms.Address)[channel * (nint)ms.Strides[0]] = average;
                ((A*)vs.Address)[channel * (nint)vs.Strides[0]] = A.CreateTruncating(Total<T, A, E, SquareTerm>(runs, channel, average) / runs.Count);
            });
        }
    }

    private static double Total<T, A, E, F>(Runs<T, A, E> runs, nint channel, A shift)
        where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A> where F : struct, ITerm
    {
        var total = 0.0;
        for (nint run = 0; run < runs.Number; run++)
        {
            var row = runs.Read(0, channel, run);
            total += double.CreateTruncating(RowMath<A>.Sum<F>(row, row, shift, runs.Length));
        }
        return total;
    }

    private readonly struct NormalizeAction(Block x, Block mean, Block rstd, Block? gamma, Block? beta, Block y) : IFloatAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>
        {
            var (ms, rs, gs, bs, runs) = (mean, rstd, gamma, beta, new Runs<T, A, E>(x, y));
            runs.ForEachChannel(channel =>
            {
                var (m, scale, shift) = (At<A>(ms, channel), At<A>(rs, channel) * Parameter<T, A, E>(gs, channel, A.One), Parameter<T, A, E>(bs, channel, A.Zero));
                for (nint run = 0; run < runs.Number; run++)
                {
                    var row = runs.Read(0, channel, run);
                    var result = runs.Room(1, channel, run);
                    RowMath<A>.Standardize(row, m, scale, result, runs.Length);
                    if (bs != null) RowMath<A>.Standardize(result, -shift, A.One, result, runs.Length);
                    runs.Write(result, 1, channel, run);
                }
            });
        }
    }

    private readonly struct BackwardAction(Block dy, Block x, Block mean, Block rstd, Block? gamma, Block? dx, Block? dgamma, Block? dbeta, bool training) : IFloatAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>
        {
            var (ms, rs, gs, dxs, dgs, dbs, coupled) = (mean, rstd, gamma, dx, dgamma, dbeta, training);
            var runs = dx == null ? new Runs<T, A, E>(x, dy) : new Runs<T, A, E>(x, dy, dx);
            runs.ForEachChannel(channel =>
            {
                var (m, r) = (At<A>(ms, channel), At<A>(rs, channel));
                double sum = 0, weighted = 0;
                for (nint run = 0; run < runs.Number; run++)
                {
                    A* row = runs.Read(0, channel, run), gradient = runs.Read(1, channel, run);
                    sum += double.CreateTruncating(RowMath<A>.Sum(gradient, runs.Length));
                    weighted += double.CreateTruncating(RowMath<A>.Sum<DeviationTerm>(row, gradient, m, runs.Length));
                }
                var deviation = double.CreateTruncating(r);
                if (dgs != null) ((T*)dgs.Address)[channel * (nint)dgs.Strides[0]] = E.Store(A.CreateTruncating(weighted * deviation));
                if (dbs != null) ((T*)dbs.Address)[channel * (nint)dbs.Strides[0]] = E.Store(A.CreateTruncating(sum));
                if (dxs == null) return;
                var scale = r * Parameter<T, A, E>(gs, channel, A.One);
                var p = coupled ? A.CreateTruncating(sum / runs.Count) : A.Zero;
                var q = coupled ? A.CreateTruncating(weighted * deviation * deviation / runs.Count) : A.Zero;
                for (nint run = 0; run < runs.Number; run++)
                {
                    A* row = runs.Read(0, channel, run), gradient = runs.Read(1, channel, run), result = runs.Room(2, channel, run);
                    RowMath<A>.StandardizeGradient(gradient, row, m, p, q, scale, result, runs.Length);
                    runs.Write(result, 2, channel, run);
                }
            });
        }
    }
}
