namespace Torch;

/// <summary>
/// The losses of the calling thread's backward passes since its last optimizer step. They are computed together with the step: whoever trains asks for them next, and asked for
/// later they would cost a second forward pass.
/// </summary>
internal static class BackwardRoots
{
    private const int Limit = 16;

    // Weak: a loss that nobody holds any more is not wanted.
    [ThreadStatic] private static List<WeakReference<Tensor>>? t_roots;

    internal static void Note(IEnumerable<Tensor> roots)
    {
        var list = t_roots ??= [];
        foreach (var root in roots)
            if (root.Count == 1 && !root.is_meta && list.Count < Limit) list.Add(new WeakReference<Tensor>(root));
    }

    /// <summary>The pending ones, which are forgotten.</summary>
    internal static List<Expr> Take()
    {
        var pending = new List<Expr>();
        foreach (var weak in t_roots ?? [])
            if (weak.TryGetTarget(out var root) && !root.IsInvalid && !root.Expr.IsEvaluated) pending.Add(root.Expr);
        t_roots?.Clear();
        return pending;
    }
}
