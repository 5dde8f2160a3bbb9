using System.Numerics;

namespace Torch.Kernels;

/// <summary>
/// Running sums, products, extremes and log-sum-exps along the last dimension, element after element. Half types run in Float32 and round at each
/// output. cummax and cummin take the last of equal elements, and a NaN once met stays (PyTorch). Rows are divided among threads.
/// </summary>
public static unsafe class Scan
{
    /// <summary>y[i] = x[0] + .. + x[i], of any type.</summary>
    /// <param name="x">[.., n].</param>
    /// <param name="y">[.., n], of the same type (the caller casts first where PyTorch widens).</param>
    public static void Sum(Block x, Block y) => Elements.Dispatch(x.Type, new RunningAction(x, y, product: false));

    /// <summary>y[i] = x[0] .. x[i], of any type.</summary>
    public static void Product(Block x, Block y) => Elements.Dispatch(x.Type, new RunningAction(x, y, product: true));

    private readonly struct RunningAction(Block x, Block y, bool product) : IElementAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
        {
            var (xs, ys, times) = (x.Address, y.Address, product);
            nint n = (nint)Rows.Length(x), xStep = Rows.Step(x), yStep = Rows.Step(y);
            new Rows(x, y).ForEach(4 * n, cursor =>
            {
                var s = (T*)xs + cursor[0];
                var t = (T*)ys + cursor[1];
                var running = times ? E.One : E.Zero;
                for (nint i = 0; i < n; i++)
                {
                    var value = E.Load(s[i * xStep]);
                    running = i == 0 ? value : times ? E.Multiply(running, value) : E.Add(running, value);
                    t[i * yStep] = E.Store(running);
                }
            });
        }
    }

    /// <summary>The greatest element so far, with its position.</summary>
    /// <param name="x">[.., n], any real type or Bool.</param>
    /// <param name="values">[.., n].</param>
    /// <param name="indices">Int64 [.., n].</param>
    public static void Max(Block x, Block values, Block indices) => Elements.DispatchOrdered(x.Type, new ExtremeAction(x, values, indices, greatest: true));

    /// <summary>The least element so far, with its position.</summary>
    public static void Min(Block x, Block values, Block indices) => Elements.DispatchOrdered(x.Type, new ExtremeAction(x, values, indices, greatest: false));

    private readonly struct ExtremeAction(Block x, Block values, Block indices, bool greatest) : IOrderedAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
        {
            var (xs, vs, ids, up) = (x.Address, values.Address, indices.Address, greatest);
            nint n = (nint)Rows.Length(x), xStep = Rows.Step(x), vStep = Rows.Step(values), iStep = Rows.Step(indices);
            if (n == 0) return;
            new Rows(x, values, indices).ForEach(4 * n, cursor =>
            {
                var s = (T*)xs + cursor[0];
                nint best = 0;
                var extreme = E.Load(s[0]);
                for (nint i = 0; i < n; i++)
                {
                    var value = E.Load(s[i * xStep]);
                    if (E.IsNaN(value) || (!E.IsNaN(extreme) && !(up ? E.Less(value, extreme) : E.Less(extreme, value)))) (extreme, best) = (value, i);
                    ((T*)vs)[cursor[1] + i * vStep] = s[best * xStep];
                    ((long*)ids)[cursor[2] + i * iStep] = best;
                }
            });
        }
    }

    /// <summary>y[i] = log(exp(x[0]) + .. + exp(x[i])) without overflow, of the floating types.</summary>
    public static void LogSumExp(Block x, Block y) => Elements.DispatchFloats(x.Type, new LogAction(x, y));

    private readonly struct LogAction(Block x, Block y) : IFloatAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>
        {
            var (xs, ys) = (x.Address, y.Address);
            nint n = (nint)Rows.Length(x), xStep = Rows.Step(x), yStep = Rows.Step(y);
            new Rows(x, y).ForEach(64 * n, cursor =>
            {
                var running = A.NegativeInfinity;
                for (nint i = 0; i < n; i++)
                {
                    var value = E.Load(((T*)xs)[cursor[0] + i * xStep]);
                    var (low, high) = running < value ? (running, value) : (value, running);
                    // Equal infinities would give infinity minus infinity.
                    running = A.IsNaN(value) || A.IsNaN(running) ? A.NaN
                        : low == high && A.IsInfinity(low) ? low
                        : A.CreateTruncating(double.CreateTruncating(high) + double.LogP1(Math.Exp(double.CreateTruncating(low - high))));
                    ((T*)ys)[cursor[1] + i * yStep] = E.Store(running);
                }
            });
        }
    }
}
