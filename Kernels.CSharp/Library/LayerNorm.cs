using System.Numerics;

namespace Torch.Kernels;

/// <summary>
/// Layer normalisation over the last dimension (the caller merges several), and group normalisation. Mean and variance in two passes by RowMath; halves
/// are computed in Float32 and rounded once. Gradients of the parameters are summed over fixed blocks of rows, then over blocks in ascending order.
/// Mean and reciprocal deviation have the type of computation: Float32 for the half types, else that of x.
/// </summary>
public static unsafe class LayerNorm
{
    /// <summary>Rows whose contributions to the gradient of a parameter are added one after the other.</summary>
    private const long BlockRows = 64;

    /// <summary>y = (x - mean) rstd gamma + beta with rstd = 1 / sqrt(variance + epsilon), the variance being divided by n.</summary>
    /// <param name="x">[.., n].</param>
    /// <param name="gamma">[n], or null.</param>
    /// <param name="beta">[n], or null.</param>
    /// <param name="y">[.., n].</param>
    /// <param name="mean">[..] (or [.., 1]).</param>
    /// <param name="rstd">Likewise.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static void Forward(Block x, Block? gamma, Block? beta, Block y, Block mean, Block rstd, double epsilon) =>
        Elements.DispatchFloats(x.Type, new ForwardAction(x, gamma, beta, y, mean, rstd, epsilon));

    private readonly struct ForwardAction(Block x, Block? gamma, Block? beta, Block y, Block mean, Block rstd, double epsilon) : IFloatAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>
        {
            var (xs, ys, ms, rs, eps) = (x, y, mean, rstd, A.CreateTruncating(epsilon));
            nint n = (nint)Rows.Length(x), xStep = Rows.Step(x), yStep = Rows.Step(y);
            var g = RowAccess<T, A, E>.Parameters(gamma, ScratchUse.Keys);
            var b = RowAccess<T, A, E>.Parameters(beta, ScratchUse.Order);
            new Rows(x, y, mean, rstd).ForEach(4 * n, cursor =>
            {
                var row = RowAccess<T, A, E>.Read((T*)xs.Address + cursor[0], xStep, n, ScratchUse.Row);
                var target = (T*)ys.Address + cursor[1];
                var result = RowAccess<T, A, E>.Room(target, yStep, n, ScratchUse.RowB);
                var (m, r) = Moments(row, n, eps);
                RowMath<A>.Standardize(row, m, r, result, n);
                if (g != null || b != null) RowMath<A>.Affine(result, g, b, result, n);
                RowAccess<T, A, E>.Write(result, target, yStep, n);
                ((A*)ms.Address)[cursor[2]] = m;
                ((A*)rs.Address)[cursor[3]] = r;
            });
        }
    }

    private static (A Mean, A Rstd) Moments<A>(A* row, nint n, A epsilon) where A : unmanaged, IFloatingPointIeee754<A>
    {
        var count = A.CreateTruncating(n);
        var mean = RowMath<A>.Sum(row, n) / count;
        return (mean, A.One / A.Sqrt(RowMath<A>.Sum<SquareTerm>(row, row, mean, n) / count + epsilon));
    }

    /// <summary>The gradients of <see cref="Forward"/>.</summary>
    /// <param name="dy">[.., n].</param>
    /// <param name="x">[.., n].</param>
    /// <param name="mean">As computed; likewise <paramref name="rstd"/>.</param>
    /// <param name="rstd">As computed.</param>
    /// <param name="gamma">[n], or null.</param>
    /// <param name="dx">[.., n], or null.</param>
    /// <param name="dgamma">[n], or null.</param>
    /// <param name="dbeta">[n], or null.</param>
    public static void Backward(Block dy, Block x, Block mean, Block rstd, Block? gamma, Block? dx, Block? dgamma, Block? dbeta)
    {
        if (dx != null) Elements.DispatchFloats(x.Type, new InputAction(dy, x, mean, rstd, gamma, dx));
        if (dgamma != null || dbeta != null) Elements.DispatchFloats(x.Type, new ParameterAction(dy, x, mean, rstd, dgamma, dbeta));
    }

    private readonly struct InputAction(Block dy, Block x, Block mean, Block rstd, Block? gamma, Block dx) : IFloatAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>
        {
            var (dys, xs, ms, rs, dxs) = (dy, x, mean, rstd, dx);
            nint n = (nint)Rows.Length(x), dyStep = Rows.Step(dy), xStep = Rows.Step(x), dxStep = Rows.Step(dx);
            var g = RowAccess<T, A, E>.Parameters(gamma, ScratchUse.Keys);
            new Rows(x, dy, mean, rstd, dx).ForEach(8 * n, cursor =>
            {
                var row = RowAccess<T, A, E>.Read((T*)xs.Address + cursor[0], xStep, n, ScratchUse.Row);
                var gradient = RowAccess<T, A, E>.Read((T*)dys.Address + cursor[1], dyStep, n, ScratchUse.RowB);
                var target = (T*)dxs.Address + cursor[4];
                var result = RowAccess<T, A, E>.Room(target, dxStep, n, ScratchUse.RowC);
                InputRow(gradient, row, ((A*)ms.Address)[cursor[2]], ((A*)rs.Address)[cursor[3]], g, result, n);
                RowAccess<T, A, E>.Write(result, target, dxStep, n);
            });
        }
    }

    /// <summary>dx = rstd (g - mean(g) - xhat mean(g xhat)), g being dy gamma.</summary>
    private static void InputRow<A>(A* dy, A* x, A mean, A rstd, A* gamma, A* dx, nint n) where A : unmanaged, IFloatingPointIeee754<A>
    {
        var g = dy;
        if (gamma != null)
        {
            g = Scratch.Get<A>(ScratchUse.RowD, n);
            RowMath<A>.Affine(dy, gamma, null, g, n);
        }
        var count = A.CreateTruncating(n);
        var p = RowMath<A>.Sum(g, n) / count;
        var q = RowMath<A>.Sum<DeviationTerm>(x, g, mean, n) * rstd * rstd / count;
        RowMath<A>.StandardizeGradient(g, x, mean, p, q, rstd, dx, n);
    }

    private readonly struct ParameterAction(Block dy, Block x, Block mean, Block rstd, Block? dgamma, Block? dbeta) : IFloatAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>
        {
            var (dys, xs, ms, rs) = (dy, x, mean, rstd);
            nint n = (nint)Rows.Length(x), dyStep = Rows.Step(dy), xStep = Rows.Step(x);
            var outer = x.Rank - 1;
            var walker = new Walker(x.Sizes.AsSpan(0, outer), x.Strides[..outer], dy.Strides[..outer], mean.Strides[..outer], rstd.Strides[..outer]);
            var blocks = (walker.Count + BlockRows - 1) / BlockRows;
            var partial = Scratch.Get<A>(ScratchUse.Partial, 2 * n * Math.Max(1, blocks));
            new Span<A>(partial, (int)(2 * n * Math.Max(1, (nint)blocks))).Clear();
            Chunks.Run(blocks, BlockRows * 4 * n, (from, to) =>
            {
                for (; from < to; from++)
                {
                    var cursor = walker.At(from * BlockRows);
                    var sum = partial + (nint)from * 2 * n;
                    var rows = Math.Min(BlockRows, walker.Count - from * BlockRows);
                    for (long i = 0; i < rows; i++, cursor.Skip(1))
                    {
                        var row = RowAccess<T, A, E>.Read((T*)xs.Address + cursor[0], xStep, n, ScratchUse.Row);
                        var gradient = RowAccess<T, A, E>.Read((T*)dys.Address + cursor[1], dyStep, n, ScratchUse.RowB);
                        RowMath<A>.Accumulate(gradient, row, ((A*)ms.Address)[cursor[2]], ((A*)rs.Address)[cursor[3]], sum, sum + n, n);
                    }
                }
            });
            for (nint block = 1; block < (nint)blocks; block++) RowMath<A>.Affine(partial, null, partial + block * 2 * n, partial, 2 * n);
            if (dbeta != null) RowAccess<T, A, E>.Write(partial, (T*)dbeta.Address, Rows.Step(dbeta), n);
            if (dgamma != null) RowAccess<T, A, E>.Write(partial + n, (T*)dgamma.Address, Rows.Step(dgamma), n);
        }
    }

    // ---- Groups of channels

    /// <summary>Normalises each group of channels of each image; parameters belong to channels.</summary>
    /// <param name="x">[N, C, spatial..], contiguous.</param>
    /// <param name="groups">Divides C.</param>
    /// <param name="gamma">[C], or null.</param>
    /// <param name="beta">[C], or null.</param>
    /// <param name="y">[N, C, spatial..], contiguous.</param>
    /// <param name="mean">[N, groups], contiguous.</param>
    /// <param name="rstd">[N, groups], contiguous.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static void GroupForward(Block x, long groups, Block? gamma, Block? beta, Block y, Block mean, Block rstd, double epsilon) =>
        Elements.DispatchFloats(x.Type, new GroupForwardAction(x, (nint)groups, gamma, beta, y, mean, rstd, epsilon));

    private readonly struct GroupForwardAction(Block x, nint groups, Block? gamma, Block? beta, Block y, Block mean, Block rstd, double epsilon) : IFloatAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>
        {
            var (xs, ys, ms, rs, eps, parts) = (x.Address, y.Address, mean.Address, rstd.Address, A.CreateTruncating(epsilon), groups);
            nint channels = (nint)x.Sizes[1] / groups, n = (nint)(x.Count / Math.Max(1, x.Sizes[0] * groups)), area = channels == 0 ? 0 : n / channels;
            var g = RowAccess<T, A, E>.Parameters(gamma, ScratchUse.Keys);
            var b = RowAccess<T, A, E>.Parameters(beta, ScratchUse.Order);
            Chunks.Run(x.Sizes[0] * groups, 4 * n, (from, to) =>
            {
                for (var r = (nint)from; r < (nint)to; r++)
                {
                    var row = RowAccess<T, A, E>.Read((T*)xs + r * n, 1, n, ScratchUse.Row);
                    var target = (T*)ys + r * n;
                    var result = RowAccess<T, A, E>.Room(target, 1, n, ScratchUse.RowB);
                    var (m, s) = Moments(row, n, eps);
                    RowMath<A>.Standardize(row, m, s, result, n);
                    for (nint c = 0; c < channels && (g != null || b != null); c++)
                    {
                        var channel = r % parts * channels + c;
                        var plane = result + c * area;
                        var (scale, shift) = (g == null ? A.One : g[channel], b == null ? A.Zero : b[channel]);
                        for (nint i = 0; i < area; i++) plane[i] = plane[i] * scale + shift;
                    }
                    RowAccess<T, A, E>.Write(result, target, 1, n);
                    ((A*)ms)[r] = m;
                    ((A*)rs)[r] = s;
                }
            });
        }
    }

    /// <summary>The gradients of <see cref="GroupForward"/>; every block is contiguous, and each result may be null.</summary>
    public static void GroupBackward(Block dy, Block x, long groups, Block mean, Block rstd, Block? gamma, Block? dx, Block? dgamma, Block? dbeta) =>
        Elements.DispatchFloats(x.Type, new GroupBackwardAction(dy, x, (nint)groups, mean, rstd, gamma, dx, dgamma, dbeta));

    private readonly struct GroupBackwardAction(Block dy, Block x, nint groups, Block mean, Block rstd, Block? gamma, Block? dx, Block? dgamma, Block? dbeta) : IFloatAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>
        {
            var (dys, xs, dxs, parts) = (dy.Address, x.Address, dx?.Address ?? 0, groups);
            A* ms = (A*)mean.Address, rs = (A*)rstd.Address;
            nint images = (nint)x.Sizes[0], all = (nint)x.Sizes[1], channels = all / groups, n = (nint)(x.Count / Math.Max(1, images * groups)), area = channels == 0 ? 0 : n / channels;
            var g = RowAccess<T, A, E>.Parameters(gamma, ScratchUse.Keys);
            // For each image and channel: the sums of dy and of dy xhat.
            var partial = Scratch.Get<A>(ScratchUse.Partial, 2 * images * all);
            Chunks.Run(images * groups, 8 * n, (from, to) =>
            {
                for (var r = (nint)from; r < (nint)to; r++)
                {
                    var row = RowAccess<T, A, E>.Read((T*)xs + r * n, 1, n, ScratchUse.Row);
                    var gradient = RowAccess<T, A, E>.Read((T*)dys + r * n, 1, n, ScratchUse.RowB);
                    var weights = g == null ? null : Scratch.Get<A>(ScratchUse.OrderSpare, n);
                    for (nint c = 0; c < channels; c++)
                    {
                        var sums = partial + 2 * (r / parts * all + r % parts * channels + c);
                        sums[0] = RowMath<A>.Sum(gradient + c * area, area);
                        sums[1] = RowMath<A>.Sum<DeviationTerm>(row + c * area, gradient + c * area, ms[r], area) * rs[r];
                        if (weights != null) new Span<A>(weights + c * area, (int)area).Fill(g[r % parts * channels + c]);
                    }
                    if (dxs == 0) continue;
                    var target = (T*)dxs + r * n;
                    var result = RowAccess<T, A, E>.Room(target, 1, n, ScratchUse.RowC);
                    InputRow(gradient, row, ms[r], rs[r], weights, result, n);
                    RowAccess<T, A, E>.Write(result, target, 1, n);
                }
            });
            for (nint c = 0; c < all; c++)
            {
                A sum = A.Zero, weighted = A.Zero;
                for (nint image = 0; image < images; image++)
                {
                    sum += partial[2 * (image * all + c)];
                    weighted += partial[2 * (image * all + c) + 1];
                }
                if (dbeta != null) ((T*)dbeta.Address)[c] = E.Store(sum);
                if (dgamma != null) ((T*)dgamma.Address)[c] = E.Store(weighted);
            }
        }
    }
}
