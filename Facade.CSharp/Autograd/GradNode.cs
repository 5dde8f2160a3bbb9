using System.Text;

namespace Torch;

public static partial class torch
{
    public static partial class autograd
    {
        public static partial class graph
        {
            /// <summary>
            /// A node of the autograd graph: one public operation. It takes gradients of the operation's results and gives gradients of its inputs, each to the node
            /// that made the input. See https://pytorch.org/docs/stable/autograd.html#autograd-graph.
            /// </summary>
            public abstract class Node
            {
                private static long s_sequence;

                private Dictionary<string, object>? _metadata;

                internal Node(Edge[] next)
                {
                    Next = next;
                    Sequence = Interlocked.Increment(ref s_sequence);
                }

                /// <summary>Where the gradients of the inputs go.</summary>
                internal Edge[] Next { get; }

                /// <summary>Later operations have larger numbers: they come first in a backward pass.</summary>
                internal long Sequence { get; private protected init; }

                /// <summary>Sizes and dtype of each result.</summary>
                internal abstract ResultInfo Result(int number);

                internal abstract int ResultCount { get; }

                /// <summary>The type's name in PyTorch: "MulBackward0".</summary>
                public abstract string Name { get; }

                /// <summary>The operation's name in messages: "Mul".</summary>
                internal string ShortName
                {
                    get
                    {
                        var at = Name.LastIndexOf("Backward", StringComparison.Ordinal);
                        return at > 0 ? Name[..at] : Name;
                    }
                }

                public string name() => Name;

                /// <summary>The nodes that made the inputs, with the number of their result; null where no gradient is wanted.</summary>
                public IReadOnlyList<(Node? node, int number)> next_functions
                {
                    get
                    {
                        var list = new (Node?, int)[Next.Length];
                        for (var i = 0; i < list.Length; i++) list[i] = (Next[i].Node, Next[i].Number);
                        return list;
                    }
                }

                /// <summary>A place for the user's own notes.</summary>
                public Dictionary<string, object> metadata => _metadata ??= [];

                // Hooks on the gradient of one result (by number), then those that keep it, then hooks on all gradients, and afterwards hooks on inputs and outputs.
                private HookList<(int Number, Func<Tensor, Tensor?> Hook)>? _tensorHooks;
                private HookList<Func<Tensor?[], Tensor?[]?>>? _preHooks;
                private HookList<Func<Tensor?[], Tensor?[], Tensor?[]?>>? _postHooks;

                internal IEnumerable<(int Number, Func<Tensor, Tensor?> Hook)> TensorHooks => _tensorHooks is { } h ? h.All : [];
                internal IEnumerable<Func<Tensor?[], Tensor?[]?>> PreHooks => _preHooks is { } h ? h.All : [];
                internal IEnumerable<Func<Tensor?[], Tensor?[], Tensor?[]?>> PostHooks => _postHooks is { } h ? h.All : [];

                /// <summary>Whether there is any hook at all, or a gradient to keep.</summary>
                internal bool IsHooked => _tensorHooks is not null || _preHooks is not null || _postHooks is not null || Retained is not null;

                internal utils.hooks.RemovableHandle AddTensorHook(int number, Func<Tensor, Tensor?> hook) => Made(ref _tensorHooks).Add((number, hook));

                private static HookList<T> Made<T>(ref HookList<T>? list) => Volatile.Read(ref list) ?? Interlocked.CompareExchange(ref list, new HookList<T>(), null) ?? list;

                /// <summary>The tensors whose gradients are kept (retain_grad), by result.</summary>
                internal Dictionary<int, Tensor>? Retained { get; set; }

                /// <summary>Calls a function with (grad_inputs, grad_outputs) after the node has run; what it returns replaces the former.</summary>
                public utils.hooks.RemovableHandle register_hook(Func<Tensor?[], Tensor?[], Tensor?[]?> fn) => Made(ref _postHooks).Add(fn);

                /// <summary>Calls a function with grad_outputs before the node runs; what it returns replaces them.</summary>
                public utils.hooks.RemovableHandle register_prehook(Func<Tensor?[], Tensor?[]?> fn) => Made(ref _preHooks).Add(fn);

                /// <summary>Gradients of the inputs from gradients of the results. With <paramref name="create"/> the computation itself is recorded.</summary>
                internal abstract Gradient[] Apply(Gradient[] results, bool create);

                /// <summary>Lets go of what was saved; the node cannot run again.</summary>
                internal virtual void Release() { }

                public override string ToString() => $"<{Name}>";
            }
        }
    }

    public static partial class utils
    {
        public static class hooks
        {
            /// <summary>What registering a hook returns: removes it again.</summary>
            public sealed class RemovableHandle : IDisposable
            {
                private Action? _remove;

                internal RemovableHandle(Action remove) => _remove = remove;

                public void remove() => Interlocked.Exchange(ref _remove, null)?.Invoke();

                public void Dispose() => remove();
            }
        }
    }
}

/// <summary>Hooks in the order of their registration. Calling works on a snapshot: a hook may add or remove hooks, and no lock is held while one runs.</summary>
internal sealed class HookList<T>
{
    private (object Key, T Hook)[] _hooks = [];

    internal bool Any => _hooks.Length > 0;

    internal IEnumerable<T> All => _hooks.Select(h => h.Hook);

    internal torch.utils.hooks.RemovableHandle Add(T hook)
    {
        var key = new object();
        lock (this) _hooks = [.. _hooks, (key, hook)];
        return new torch.utils.hooks.RemovableHandle(() =>
        {
            lock (this) _hooks = [.. _hooks.Where(h => h.Key != key)];
        });
    }
}

/// <summary>Sizes and dtype of an operation's result, for gradients that do not arrive and for checking those that do.</summary>
internal readonly record struct ResultInfo(long[] Sizes, DType DType, Device Device)
{
    internal Expr Zeros() => Device.IsMeta ? Build.meta(Sizes, Shape.contiguous(Sizes), DType) : Build.fill(Sizes, DType, Literal.NewInt(0));
}

/// <summary>A gradient on its way: a plain value, or with create_graph a tensor that has a history; or nothing.</summary>
internal readonly struct Gradient
{
    private readonly Expr? _value;
    private readonly Tensor? _tensor;

    internal Gradient(Expr? value) => _value = value;

    internal Gradient(Tensor? tensor) => _tensor = tensor;

    internal bool IsDefined => _value is not null || _tensor is not null;

    internal Expr Value => _tensor?.Expr ?? _value!;

    internal Tensor? Tensor => _tensor ?? (_value is null ? null : new Tensor(Identity.alias(_value)));

    internal static Gradient Sum(Gradient a, Gradient b, bool create)
    {
        if (!a.IsDefined) return b;
        if (!b.IsDefined) return a;
        var sum = Arithmetic.add(a.Value, b.Value);
        if (!create)
        {
            Evaluation.Bound(sum);
            return new Gradient(sum);
        }
        return new Gradient(Autograd.Record("AddBackward0", sum, a.Tensor, b.Tensor));
    }
}

/// <summary>The count of a storage's changes, shared by a tensor and its views.</summary>
internal sealed class VersionCounter
{
    private int _value;

    internal int Value => Volatile.Read(ref _value);

    internal void Bump() => Interlocked.Increment(ref _value);
}

/// <summary>A value that the gradient of an operation was computed from: saved by the operation, or a gradient that came in.</summary>
internal readonly record struct Operand(Expr Value, Edge Edge, bool Wanted, SavedVersion? Version)
{
    internal static Operand Of(Tensor tensor)
    {
        var edge = tensor.GradientEdge();
        return new Operand(tensor.Expr, edge, edge.Node is not null && tensor.DType.IsDifferentiable,
            new SavedVersion(tensor.Version, tensor.CurrentVersion, tensor.DType, tensor.Sizes, tensor.Meta, null, 0));
    }
}

/// <summary>The state in which a tensor was saved. For a result of the node itself <see cref="Maker"/> names it.</summary>
internal sealed record SavedVersion(VersionCounter? Counter, int Expected, DType DType, long[] Sizes, AutogradMeta? Meta, GradNode? Maker, int Number)
{
    internal void Check()
    {
        if (Counter is null || Counter.Value == Expected) return;
        var maker = Maker ?? Meta?.Node;
        var number = Maker is null ? Meta?.Number ?? 0 : Number;
        var text = new StringBuilder("one of the variables needed for gradient computation has been modified by an inplace operation: ")
            .Append($"[torch.{TypeNames.Short(DType)}Tensor {Shape.show(Sizes)}]");
        if (maker is not null) text.Append($", which is output {number} of {maker.ShortName},");
        text.Append($" is at version {Counter.Value}; expected version {Expected} instead. Hint: ")
            .Append(torch.autograd.AnomalyEnabled
                ? "the backtrace further above shows the operation that failed to compute its gradient. The variable in question was changed in there or anywhere later. Good luck!"
                : "enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True).");
        throw new TorchException(text.ToString());
    }
}
