namespace Torch;

/// <summary>
/// A backward pass: walks the graph from the roots, a node when everything that depends on it has run, the latest operation first. Nothing here recurses, so that
/// graphs may be as deep as memory allows, and no lock is held while hooks run. The pass builds expressions; values are computed when they are needed.
/// </summary>
internal static class Engine
{
    /// <summary>
    /// Runs a pass. With <paramref name="captures"/> the gradients that arrive at those places are returned; with <paramref name="accumulate"/> leaves get theirs
    /// (of the captured places only, if there are any).
    /// </summary>
    internal static Gradient[] Run(Edge[] roots, Gradient[] gradients, bool keepGraph, bool createGraph, Edge[]? captures, bool accumulate)
    {
        using var unscoped = DisposeScope.Suspend();
        using var mode = Modes.SetGrad(createGraph);
        var captured = new Gradient[captures?.Length ?? 0];
        var waiting = Dependencies(roots);
        var needed = captures is null ? null : Needed(waiting, captures);

        var arrived = new Dictionary<GradNode, Gradient[]>(ReferenceEqualityComparer.Instance);
        var ready = new PriorityQueue<GradNode, long>();
        var queued = new HashSet<GradNode>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < roots.Length; i++)
        {
            var node = roots[i].Node!;
            Add(arrived, node, roots[i].Number, gradients[i], createGraph);
            if (waiting[node] == 0 && queued.Add(node)) ready.Enqueue(node, -node.Sequence);
        }
        while (ready.TryDequeue(out var node, out _))
        {
            if (!arrived.Remove(node, out var results)) results = new Gradient[node.ResultCount];
            RunTensorHooks(node, results, createGraph);
            if (captures is not null)
                for (var i = 0; i < captures.Length; i++)
                    if (ReferenceEquals(captures[i].Node, node)) captured[i] = results[captures[i].Number];

            Gradient[] inputs;
            var runs = needed is null || needed.Contains(node);
            if (node is AccumulateGrad && !(accumulate && (captures is null || Array.Exists(captures, c => ReferenceEquals(c.Node, node))))) runs = false;
            if (runs && Array.Exists(results, g => g.IsDefined))
            {
                results = RunPreHooks(node, results, createGraph);
                inputs = node.Apply(results, createGraph);
                inputs = RunPostHooks(node, inputs, results, createGraph);
                if (!keepGraph) node.Release();
                Check(node, inputs, createGraph);
            }
            else inputs = new Gradient[node.Next.Length];

            for (var i = 0; i < node.Next.Length; i++)
            {
                var next = node.Next[i];
                if (next.Node is null) continue;
                if (inputs[i].IsDefined) Add(arrived, next.Node, next.Number, inputs[i], createGraph);
                if (--waiting[next.Node] == 0 && queued.Add(next.Node)) ready.Enqueue(next.Node, -next.Node.Sequence);
            }
        }
        return captured;
    }

    /// <summary>For each node that can be reached: how many gradients it waits for.</summary>
    private static Dictionary<GradNode, int> Dependencies(Edge[] roots)
    {
        var waiting = new Dictionary<GradNode, int>(ReferenceEqualityComparer.Instance);
        var stack = new Stack<GradNode>();
        foreach (var r in roots)
            if (waiting.TryAdd(r.Node!, 0)) stack.Push(r.Node!);
        while (stack.TryPop(out var node))
        {
            foreach (var next in node.Next)
            {
                if (next.Node is null) continue;
                if (waiting.TryGetValue(next.Node, out var n)) waiting[next.Node] = n + 1;
                else
                {
                    waiting[next.Node] = 1;
                    stack.Push(next.Node);
                }
            }
        }
        return waiting;
    }

    /// <summary>The nodes that lead to a captured place and have to run for it. An accumulator that is itself a place counts.</summary>
    private static HashSet<GradNode> Needed(Dictionary<GradNode, int> reachable, Edge[] captures)
    {
        var targets = new HashSet<GradNode>(ReferenceEqualityComparer.Instance);
        foreach (var c in captures)
            if (c.Node is not null) targets.Add(c.Node);
        var users = new Dictionary<GradNode, List<GradNode>>(ReferenceEqualityComparer.Instance);
        foreach (var node in reachable.Keys)
            foreach (var next in node.Next)
                if (next.Node is not null)
                {
                    if (!users.TryGetValue(next.Node, out var list)) users[next.Node] = list = [];
                    list.Add(node);
                }
        // Against the flow, from the places to whatever feeds them.
        var needed = new HashSet<GradNode>(ReferenceEqualityComparer.Instance);
        var stack = new Stack<GradNode>();
        foreach (var t in targets)
        {
            if (t is AccumulateGrad) needed.Add(t);
            stack.Push(t);
        }
        while (stack.TryPop(out var node))
            if (users.TryGetValue(node, out var list))
                foreach (var user in list)
                    if (needed.Add(user)) stack.Push(user);
        return needed;
    }

    private static void Add(Dictionary<GradNode, Gradient[]> arrived, GradNode node, int number, Gradient gradient, bool create)
    {
        if (!arrived.TryGetValue(node, out var results)) arrived[node] = results = new Gradient[node.ResultCount];
        results[number] = Gradient.Sum(results[number], gradient, create);
    }

    /// <summary>Hooks on tensors, and gradients that are to be kept.</summary>
    private static void RunTensorHooks(GradNode node, Gradient[] results, bool create)
    {
        if (!node.IsHooked) return;
        foreach (var (number, hook) in node.TensorHooks)
            if (results[number].IsDefined) results[number] = Called(results[number], hook, create);
        if (node.Retained is { } retained)
            foreach (var (number, tensor) in retained)
                if (results[number].IsDefined)
                {
                    var meta = tensor.EnsureMeta();
                    if (meta.Grad is { } old)
                        meta.Grad = create
                            ? Autograd.Record("AddBackward0", Arithmetic.add(old.Expr, results[number].Value), old, results[number].Tensor)
                            : new Tensor(Arithmetic.add(old.Expr, results[number].Value));
                    else meta.Grad = create ? results[number].Tensor : new Tensor(Identity.alias(results[number].Value));
                }
    }

    private static Gradient Called(Gradient gradient, Func<Tensor, Tensor?> hook, bool create)
    {
        var given = gradient.Tensor!;
        var answer = hook(given);
        if (answer is not null)
        {
            if (!answer.Sizes.AsSpan().SequenceEqual(given.Sizes))
                throw new TorchException($"hook has changed the size of value");
            if (!answer.DType.Equals(given.DType))
                throw new TorchException($"hook has changed the type of value (was {TypeText(given.DType)} got {TypeText(answer.DType)})");
        }
        // A hook may also have changed what it was given.
        var tensor = answer ?? given;
        return create ? new Gradient(tensor) : new Gradient(tensor.Expr);

        static string TypeText(DType d) => $"torch.{TypeNames.Short(d)}Tensor";
    }

    private static Gradient[] RunPreHooks(GradNode node, Gradient[] results, bool create)
    {
        if (!node.IsHooked) return results;
        foreach (var hook in node.PreHooks)
            if (hook(Array.ConvertAll(results, g => g.Tensor)) is { } replaced) results = Taken(node, replaced, results.Length, create);
        return results;
    }

    private static Gradient[] RunPostHooks(GradNode node, Gradient[] inputs, Gradient[] results, bool create)
    {
        if (!node.IsHooked) return inputs;
        Tensor?[]? given = null;
        foreach (var hook in node.PostHooks)
            if (hook(Array.ConvertAll(inputs, g => g.Tensor), given ??= Array.ConvertAll(results, g => g.Tensor)) is { } replaced) inputs = Taken(node, replaced, inputs.Length, create);
        return inputs;
    }

    private static Gradient[] Taken(GradNode node, Tensor?[] tensors, int count, bool create)
    {
        if (tensors.Length != count)
            throw new TorchException($"hook of {node.Name} has returned an incorrect number of values (got {tensors.Length}, but expected {count})");
        return Array.ConvertAll(tensors, t => t is null ? default : create ? new Gradient(t) : new Gradient(t.Expr));
    }

    /// <summary>Brings gradients to the shape and dtype of what they are gradients of, or says why that cannot be.</summary>
    private static void Check(GradNode node, Gradient[] gradients, bool create)
    {
        if (gradients.Length != node.Next.Length)
            throw new TorchException($"Function {node.Name} returned an invalid number of gradients - expected {node.Next.Length}, but got {gradients.Length}");
        for (var i = 0; i < gradients.Length; i++)
            if (gradients[i].IsDefined && node.Next[i].Node is { } next)
                gradients[i] = Fit(gradients[i], next.Result(node.Next[i].Number), create,
                    (have, want) => $"Function {node.Name} returned an invalid gradient at index {i} - got {Shape.show(have)} but expected shape compatible with {Shape.show(want)}");
    }

    internal static Gradient Fit(Gradient gradient, ResultInfo want, bool create, Func<long[], long[], string> message)
    {
        var value = gradient.Value;
        if (value.Sizes.AsSpan().SequenceEqual(want.Sizes) && value.DType.Equals(want.DType)) return gradient;
        if (!value.Sizes.AsSpan().SequenceEqual(want.Sizes) && !IsExpandableTo(want.Sizes, value.Sizes)) throw new TorchException(message(value.Sizes, want.Sizes));
        var fitted = Arithmetic.sumTo(want.Sizes, value);
        fitted = Build.cast(want.DType, fitted);
        return create ? new Gradient(Autograd.Record("ToCopyBackward0", fitted, gradient.Tensor)) : new Gradient(fitted);
    }

    internal static bool IsExpandableTo(long[] small, long[] large)
    {
        if (small.Length > large.Length) return false;
        for (var i = 1; i <= small.Length; i++)
            if (small[^i] != large[^i] && small[^i] != 1) return false;
        return true;
    }
}
