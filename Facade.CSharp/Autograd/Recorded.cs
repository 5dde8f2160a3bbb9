using System.Text;

namespace Torch;

/// <summary>
/// The node of an operation whose formula the core knows. It holds what the formula saved: those values are pinned, so that evaluation keeps them, and the
/// versions of the tensors they came from are checked before they are used. With create_graph its gradient is recorded as one operation over the saved
/// values and the incoming gradients, so that derivatives of any order work.
/// </summary>
internal sealed class Recorded : GradNode
{
    private readonly bool[] _wanted;
    private readonly ResultInfo[] _results;
    // The versions in which values were saved, and of which operand (or, below zero, result) each is.
    private List<(int Operand, SavedVersion Version)>? _versions;
    private Formula? _formula;

    /// <summary>An operation over tensors. The first may be excepted from the check of versions (it is about to be overwritten, and its old value stays).</summary>
    internal Recorded(string name, Expr[] results, ReadOnlySpan<Tensor?> inputs, bool exceptFirst = false) : base(Edges(inputs))
    {
        Name = name;
        var values = new Expr[inputs.Length];
        _wanted = new bool[inputs.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = inputs[i]?.Expr ?? s_nothing;
            _wanted[i] = Next[i].Node is not null && inputs[i]!.DType.IsDifferentiable;
        }
        _results = Infos(results);
        _formula = Formula.Record(results, values, _wanted, null);
        _formula.Pin();
        foreach (var i in _formula.SavedInputs)
            if (inputs[i] is { } t && !(exceptFirst && (i == 0 || ReferenceEquals(t, inputs[0]))))
            {
                if (t.Version is null)
                    throw new TorchException(
                        "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation tracked by autograd. " +
                        "To work around this, you can make a clone to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`.");
                (_versions ??= []).Add((i, new SavedVersion(t.Version, t.Version.Value, t.DType, t.Sizes, t.Meta, null, 0)));
            }
    }

    /// <summary>The gradient of an operation, over what that operation saved and the gradients that came in.</summary>
    private Recorded(string name, Expr[] results, List<Operand> operands, Formula earlier) : base(operands.ConvertAll(o => o.Edge).ToArray())
    {
        Name = name;
        _wanted = operands.ConvertAll(o => o.Wanted).ToArray();
        _results = Infos(results);
        _formula = Formula.Record(results, operands.ConvertAll(o => o.Value).ToArray(), _wanted, earlier);
        _formula.Pin();
        foreach (var i in _formula.SavedInputs)
            if (operands[i].Version is { } version) (_versions ??= []).Add((i, version));
    }

    // Stands where an optional tensor was not given.
    private static readonly Expr s_nothing = Build.@int(0);

    private static ResultInfo[] Infos(Expr[] results)
    {
        var infos = new ResultInfo[results.Length];
        for (var i = 0; i < infos.Length; i++) infos[i] = new ResultInfo(results[i].Sizes, results[i].DType, results[i].Device);
        return infos;
    }

    private static Edge[] Edges(ReadOnlySpan<Tensor?> inputs)
    {
        var edges = new Edge[inputs.Length];
        for (var i = 0; i < edges.Length; i++) edges[i] = inputs[i]?.GradientEdge() ?? default;
        return edges;
    }

    public override string Name { get; }

    internal override int ResultCount => _results.Length;

    internal override ResultInfo Result(int number) => _results[number];

    /// <summary>Notes the versions of the results, once they are tensors, where the formula saved them.</summary>
    internal void Seal(ReadOnlySpan<Tensor> results)
    {
        foreach (var i in _formula!.SavedResults)
        {
            var t = results[i];
            (_versions ??= []).Add((~i, new SavedVersion(t.Version, t.Version?.Value ?? 0, t.DType, t.Sizes, null, this, i)));
        }
    }

    internal override Gradient[] Apply(Gradient[] results, bool create)
    {
        var formula = _formula;
        if (formula is null)
            throw new TorchException(
                "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values " +
                "of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time " +
                "or if you need to access saved tensors after calling backward.");
        if (_versions is not null)
            foreach (var (_, version) in _versions) version.Check();

        var cotangents = new Expr?[results.Length];
        for (var i = 0; i < cotangents.Length; i++) cotangents[i] = results[i].IsDefined ? results[i].Value : null;
        var gradients = formula.Pull(cotangents!);
        var answer = new Gradient[_wanted.Length];
        for (var i = 0; i < answer.Length; i++)
        {
            if (!_wanted[i]) continue;
            // What no rule reaches (a rounding, a constant written over it) has a gradient of zero; a tensor given twice gets all of it the first time.
            if (gradients[i] is null && !IsRepeated(i)) gradients[i] = Next[i].Node!.Result(Next[i].Number).Zeros();
            if (gradients[i] is not null && !create)
            {
                Evaluation.Bound(gradients[i]);
                answer[i] = new Gradient(gradients[i]);
            }
        }
        if (create) RecordGradient(formula, results, gradients, answer);
        return answer;
    }

    /// <summary>Makes tensors of gradients, with a history over the saved values and the incoming gradients.</summary>
    private void RecordGradient(Formula formula, Gradient[] results, Expr?[] gradients, Gradient[] answer)
    {
        var operands = new List<Operand>();
        for (var i = 0; i < _wanted.Length; i++)
            if (formula.Input(i) is { } value) operands.Add(new Operand(value, Next[i], _wanted[i], VersionOf(i)));
        foreach (var i in formula.SavedResults) operands.Add(new Operand(formula.ResultValue(i), new Edge(this, i), true, VersionOf(~i)));
        var incoming = Array.ConvertAll(results, r => r.Tensor);
        foreach (var t in incoming)
            if (t is not null) operands.Add(Operand.Of(t));

        var made = new List<(int At, Tensor Tensor)>();
        for (var i = 0; i < gradients.Length; i++)
        {
            if (gradients[i] is not { } g) continue;
            var same = Array.FindIndex(results, r => r.IsDefined && ReferenceEquals(r.Value, g));
            if (same >= 0)
            {
                answer[i] = new Gradient(incoming[same]);
                continue;
            }
            var taken = operands.Exists(o => ReferenceEquals(o.Value, g)) || made.Exists(m => ReferenceEquals(m.Tensor.Expr, g));
            var tensor = new Tensor(taken ? Identity.link(g) : g);
            made.Add((i, tensor));
            answer[i] = new Gradient(tensor);
        }
        if (!Modes.Grad || made.Count == 0 || !operands.Exists(o => o.Wanted)) return;
        var exprs = made.ConvertAll(m => m.Tensor.Expr).ToArray();
        var node = new Recorded(GradientName(exprs[0]), exprs, operands, formula);
        node.Seal(made.ConvertAll(m => m.Tensor).ToArray());
        for (var k = 0; k < made.Count; k++)
            if (made[k].Tensor.DType.IsDifferentiable) made[k].Tensor.Attach(node, k);
    }

    private bool IsRepeated(int i)
    {
        for (var j = 0; j < i; j++)
            if (_wanted[j] && Next[j] == Next[i]) return true;
        return false;
    }

    private SavedVersion? VersionOf(int operand)
    {
        if (_versions is not null)
            foreach (var (of, version) in _versions)
                if (of == operand) return version;
        return null;
    }

    internal override void Release()
    {
        // Who saved nothing may run again.
        if (_formula is not { SavesAnything: true } formula) return;
        formula.Unpin();
        _formula = null;
        _versions = null;
    }

    /// <summary>PyTorch's name for the operation at the root of a gradient's expression.</summary>
    private static string GradientName(Expr e)
    {
        var word = e.Node switch
        {
            Node<Expr>.Map m => m.Item1.Name,
            Node<Expr>.Cast => "to_copy",
            Node<Expr>.Move { Item1.IsExpand: true } => "expand",
            Node<Expr>.Move { Item1.IsPermute: true } => "permute",
            Node<Expr>.Move { Item1.IsReshape: true } => "reshape_alias",
            Node<Expr>.Move => "slice",
            Node<Expr>.Reduce r => r.Item1.Name,
            Node<Expr>.Result r => r.Item1.Routine.Name,
            _ => "alias",
        };
        var name = new StringBuilder();
        var upper = true;
        foreach (var c in word)
        {
            if (c is '_' or '.') upper = true;
            else
            {
                name.Append(upper ? char.ToUpperInvariant(c) : c);
                upper = false;
            }
        }
        return name.Append("Backward0").ToString();
    }
}
