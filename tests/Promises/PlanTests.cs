// What an evaluation will do, and what it has done, can be read: plans as text are compared with files beside this one (Plans/*.txt), kernel counts with
// numbers. With TORCH_REWRITE=1 in the environment the files are written anew; read the difference before you keep it.

using System.Text.RegularExpressions;
using Torch.Core;
using Xunit;
using static Torch.torch;

namespace Torch.Tests.Promises;

[Collection("Workers")]
public class PlanTests
{
    private static Tensor Values(params long[] size) => (arange(size.Aggregate(1L, (a, b) => a * b), ScalarType.Float32).reshape(size) * 0.01f).Evaluate();

    /// <summary>Compares the steps that computing these tensors takes with a file.</summary>
    private static void Expect(string name, int kernels, params Tensor[] tensors)
    {
        var roots = Array.ConvertAll(tensors, t => t.Expr);
        // Lines of the graph begin with a percent sign.
        var steps = string.Join('\n', Runtime.explain(roots).Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0 && l[0] != '%')) + "\n";
        var file = Path.Combine(Repository.Root, "tests", "Promises", "Plans", name + ".txt");
        if (Environment.GetEnvironmentVariable("TORCH_REWRITE") == "1") File.WriteAllText(file, steps);
        Assert.Equal(File.ReadAllText(file).ReplaceLineEndings("\n"), steps);
        Assert.Equal(kernels, Runtime.kernelCount(roots));
        Assert.Equal(kernels, Regex.Count(steps, "^[0-9]+: ", RegexOptions.Multiline));
    }

    [Fact]
    public void AChainOfPointwiseOperationsIsOneKernel()
    {
        var x = Values(4, 8);
        Expect("pointwise", 1, (x.exp() * 2 + x.sin()).tanh() - x.t().t());
    }

    [Fact]
    public void ASoftmaxWrittenByHandTakesTwoReductionsAndTwoMaps()
    {
        var x = Values(4, 8);
        var e = (x - x.amax([1L], true)).exp();
        Expect("softmax", 4, e / e.sum(1, true));
    }

    [Fact]
    public void ALayerForwardsAndBackwardsTakesSevenKernels()
    {
        var (w, b, x) = (Values(8, 16).requires_grad_(), Values(16).requires_grad_(), Values(4, 8));
        var loss = x.matmul(w).add(b).relu().pow(2).mean();
        loss.backward();
        Expect("layer", 7, loss, w.grad!, b.grad!);
    }

    [Fact]
    public void AnUpdateLikeAdamsIsOneKernel()
    {
        var (p, g, m, v) = (Values(8, 16), Values(8, 16), Values(8, 16), Values(8, 16));
        m.mul_(0.9f).add_(g * 0.1f);
        v.mul_(0.999f).add_(g * g * 0.001f);
        p.sub_(m / (v.sqrt() + 1e-8f) * 0.01f);
        Expect("adam", 1, p, m, v);
    }

    [Fact]
    public void ExplainAndDotGiveTextAndComputeNothing()
    {
        var y = (Values(2, 3) + 1).sum();
        Assert.Contains("sum", Runtime.explain([y.Expr]));
        var dot = Runtime.dot([y.Expr]);
        Assert.StartsWith("digraph G {", dot);
        Assert.Contains("float32 [2, 3]", dot.ToLowerInvariant());
        Assert.False(y.Expr.IsEvaluated);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    public void EachLevelOfDebuggingTellsMore(int level, int kinds)
    {
        var text = Said(level, () => (Values(3, 5 + level) + 1).sum().item());
        string[] marks = ["evaluate: ", "---- schedule", "---- capture"];
        Assert.Equal(kinds, marks.Count(text.Contains));
    }

    private static string Said(int level, Action work)
    {
        var (before, error, text) = (Core.Debug.level, Console.Error, new StringWriter());
        Runtime.clearPlans();
        try
        {
            Console.SetError(text);
            Core.Debug.level = level;
            work();
        }
        finally
        {
            Core.Debug.level = before;
            Console.SetError(error);
        }
        return text.ToString();
    }
}

/// <summary>The folder that holds the solution.</summary>
internal static class Repository
{
    internal static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Torch.Suite.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException("Torch.Suite.sln is in no folder above the tests");
    }
}
