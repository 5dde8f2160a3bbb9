using System.Numerics;

namespace Torch.Kernels;

/// <summary>
/// softmax and log_softmax along the last dimension, for the floating types (halves in Float32, rounded once). The greatest element is subtracted first;
/// exponentials are those of the pointwise operator; sums are those of RowMath. Rows are divided among threads. A row with a NaN, with +infinity, or of
/// nothing but -infinity is NaN throughout.
/// </summary>
public static unsafe class Softmax
{
    /// <summary>y = exp(x - max) / sum exp(x - max), or with <paramref name="log"/> its logarithm.</summary>
    /// <param name="x">[.., n].</param>
    /// <param name="y">[.., n], of the same type; may be x.</param>
    /// <param name="log">Whether the logarithm is wanted.</param>
    public static void Forward(Block x, Block y, bool log) => Elements.DispatchFloats(x.Type, new ForwardAction(x, y, log));

    /// <summary>dx = y (dy - sum dy y), or with <paramref name="log"/> dy - exp(y) sum dy.</summary>
    /// <param name="dy">[.., n].</param>
    /// <param name="y">The result of <see cref="Forward"/>.</param>
    /// <param name="dx">[.., n]; may be dy.</param>
    /// <param name="log">As in <see cref="Forward"/>.</param>
    public static void Backward(Block dy, Block y, Block dx, bool log) => Elements.DispatchFloats(dx.Type, new BackwardAction(dy, y, dx, log));

    /// <summary>Exponentials of a dense row.</summary>
    internal static Tile Exponential<A>() => Operators.exp.For(typeof(A) == typeof(double) ? ElementType.Float64 : ElementType.Float32)!;

    private readonly struct ForwardAction(Block x, Block y, bool log) : IFloatAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>
        {
            var (xs, ys, logarithm) = (x, y, log);
            nint n = (nint)Rows.Length(x), xStep = Rows.Step(x), yStep = Rows.Step(y);
            if (n == 0) return;
            var exp = Exponential<A>();
            new Rows(x, y).ForEach(8 * n, cursor =>
            {
                var source = (T*)xs.Address + cursor[0];
                var target = (T*)ys.Address + cursor[1];
                var row = RowAccess<T, A, E>.Read(source, xStep, n, ScratchUse.Row);
                var result = RowAccess<T, A, E>.Room(target, yStep, n, ScratchUse.RowB);
                var top = RowMath<A>.Max(row, n);
                if (logarithm)
                {
                    var powers = Scratch.Get<A>(ScratchUse.RowC, n);
                    RowMath<A>.Standardize(row, top, A.One, powers, n);
                    exp((byte*)powers, (byte*)powers, null, null, n);
                    var shift = A.Log(RowMath<A>.Sum(powers, n));
                    RowMath<A>.Standardize(row, top, A.One, result, n);
                    RowMath<A>.Standardize(result, shift, A.One, result, n);
                }
                else
                {
                    RowMath<A>.Standardize(row, top, A.One, result, n);
                    exp((byte*)result, (byte*)result, null, null, n);
                    RowMath<A>.Divide(result, RowMath<A>.Sum(result, n), result, n);
                }
                RowAccess<T, A, E>.Write(result, target, yStep, n);
            });
        }
    }

    private readonly struct BackwardAction(Block dy, Block y, Block dx, bool log) : IFloatAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged, IFloatingPointIeee754<A> where E : struct, IOrdered<T, A>
        {
            var (dys, ys, dxs, logarithm) = (dy, y, dx, log);
            nint n = (nint)Rows.Length(dx), dyStep = Rows.Step(dy), yStep = Rows.Step(y), dxStep = Rows.Step(dx);
            if (n == 0) return;
            var exp = Exponential<A>();
            new Rows(dx, dy, y).ForEach(8 * n, cursor =>
            {
                var target = (T*)dxs.Address + cursor[0];
                var gradient = RowAccess<T, A, E>.Read((T*)dys.Address + cursor[1], dyStep, n, ScratchUse.Row);
                var value = RowAccess<T, A, E>.Read((T*)ys.Address + cursor[2], yStep, n, ScratchUse.RowB);
                var result = RowAccess<T, A, E>.Room(target, dxStep, n, ScratchUse.RowC);
                if (logarithm)
                {
                    var powers = Scratch.Get<A>(ScratchUse.RowD, n);
                    exp((byte*)powers, (byte*)value, null, null, n);
                    RowMath<A>.SubtractScaled(gradient, powers, RowMath<A>.Sum(gradient, n), result, n);
                }
                else RowMath<A>.ShiftTimes(gradient, RowMath<A>.Dot(gradient, value, n), value, result, n);
                RowAccess<T, A, E>.Write(result, target, dxStep, n);
            });
        }
    }
}
