namespace Torch.Kernels;

/// <summary>The greatest or least element of every row with its position: the first of equal ones; the first NaN wins over everything.</summary>
public static unsafe class Extremes
{
    /// <summary>max(dim) and argmax.</summary>
    /// <param name="input">[.., n], n at least 1; any real type or Bool.</param>
    /// <param name="value">[..] (or [.., 1]), or null.</param>
    /// <param name="index">Int64, likewise.</param>
    public static void Max(Block input, Block? value, Block? index) => Elements.DispatchOrdered(input.Type, new ExtremeAction(input, value, index, greatest: true));

    /// <summary>min(dim) and argmin.</summary>
    public static void Min(Block input, Block? value, Block? index) => Elements.DispatchOrdered(input.Type, new ExtremeAction(input, value, index, greatest: false));

    private readonly struct ExtremeAction(Block input, Block? value, Block? index, bool greatest) : IOrderedAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IOrdered<T, A>
        {
            var (x, v, x2, up) = (input, value, index, greatest);
            nint n = (nint)Rows.Length(x), step = Rows.Step(x);
            new Rows(x, v ?? x, x2 ?? x).ForEach(n, cursor =>
            {
                var row = (T*)x.Address + cursor[0];
                nint best = 0;
                var extreme = E.Load(row[0]);
                for (nint i = 1; i < n && !E.IsNaN(extreme); i++)
                {
                    var candidate = E.Load(row[i * step]);
                    if (!(up ? E.Less(extreme, candidate) : E.Less(candidate, extreme)) && !E.IsNaN(candidate)) continue;
                    extreme = candidate;
                    best = i;
                }
                if (v != null) ((T*)v.Address)[cursor[1]] = row[best * step];
                if (x2 != null) ((long*)x2.Address)[cursor[2]] = best;
            });
        }
    }
}
