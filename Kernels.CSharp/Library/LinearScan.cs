namespace Torch.Kernels;

/// <summary>
/// A linear recurrence along the last dimension, y[i] = x[i] + a[i] y[i - 1], or from the end, y[i] = x[i] + a[i] y[i + 1]; the first y is x. Half types
/// run in Float32 and round at each output. Rows are divided among threads. Error: that of n rounded steps.
/// </summary>
public static unsafe class LinearScan
{
    /// <param name="x">[.., n], any type.</param>
    /// <param name="factor">[.., n] of the same type; the factor of the first step is not read.</param>
    /// <param name="y">[.., n].</param>
    /// <param name="reverse">Whether to run from the end.</param>
    public static void Run(Block x, Block factor, Block y, bool reverse) => Elements.Dispatch(x.Type, new ScanAction(x, factor, y, reverse));

    private readonly struct ScanAction(Block x, Block factor, Block y, bool reverse) : IElementAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
        {
            var (xs, fs, ys) = (x.Address, factor.Address, y.Address);
            nint n = (nint)Rows.Length(x), xStep = Rows.Step(x), fStep = Rows.Step(factor), yStep = Rows.Step(y);
            nint first = reverse ? n - 1 : 0, step = reverse ? -1 : 1;
            new Rows(x, factor, y).ForEach(4 * n, cursor =>
            {
                var s = (T*)xs + cursor[0];
                var f = (T*)fs + cursor[1];
                var t = (T*)ys + cursor[2];
                var running = E.Zero;
                for (nint k = 0, i = first; k < n; k++, i += step)
                {
                    var value = E.Load(s[i * xStep]);
                    running = k == 0 ? value : E.Add(value, E.Multiply(E.Load(f[i * fStep]), running));
                    t[i * yStep] = E.Store(running);
                }
            });
        }
    }
}
