// To its user the library is dynamic: programs branch on values, loop, recurse, change and print as they go.

using System.Diagnostics;
using System.Reflection;
using Xunit;
using static Torch.torch;

namespace Torch.Tests.Promises;

public class DynamicTests
{
    [Fact]
    public void TheFirstProgramOfEveryArticleGivesSeven()
    {
        var x = tensor(2.0, requires_grad: true);
        var y = x.pow(2) + 3 * x;
        y.backward();
        Assert.Equal(7.0, x.grad!.item<double>());
        Assert.Equal("tensor(7., dtype=torch.float64)", x.grad!.ToString());
    }

    [Fact]
    public void AProgramBranchesOnValues()
    {
        static Tensor F(Tensor x) => (bool)(x.sum() > 0) ? x * 2 : x * -3;
        foreach (var (value, slope) in new[] { (1.5f, 2f), (-1.5f, -3f) })
        {
            var x = tensor(new[] { value }, requires_grad: true);
            F(x).sum().backward();
            Assert.Equal(slope, x.grad!.item<float>());
        }
    }

    [Fact]
    public void AProgramLoopsUntilAValueIsSmall()
    {
        var x = tensor(100.0, requires_grad: true);
        var y = x * 1;
        var steps = 0;
        while ((bool)(y > 1))
        {
            y = y / 2;
            steps++;
        }
        y.backward();
        Assert.Equal(7, steps);
        Assert.Equal(1 / 128.0, x.grad!.item<double>());
    }

    [Fact]
    public void AProgramRecursesOnValues()
    {
        // Newton's method for a square root, and its derivative through all steps.
        static Tensor Root(Tensor x, Tensor guess) => (bool)((guess * guess - x).abs() < 1e-12) ? guess : Root(x, (guess + x / guess) / 2);
        var x = tensor(2.0, requires_grad: true);
        var r = Root(x, x * 0.5);
        r.backward();
        Assert.Equal(Math.Sqrt(2), r.item<double>(), 12);
        Assert.Equal(0.5 / Math.Sqrt(2), x.grad!.item<double>(), 6);
    }

    [Fact]
    public void LayersAreSwappedBetweenSteps()
    {
        var x = (arange(12, ScalarType.Float32).reshape(3, 4) * 0.3f).sin();
        var layers = new List<Func<Tensor, Tensor>> { t => t.relu(), t => t * 2 };
        var w = ones(4, 4, requires_grad: true);
        var sums = new List<float>();
        for (var step = 0; step < 6; step++)
        {
            if (step == 2) layers[0] = t => t.tanh();
            if (step == 4) layers.Insert(1, t => t.matmul(w));
            sums.Add(layers.Aggregate(x, (h, layer) => layer(h)).sum().item<float>());
        }
        Assert.Equal(sums[0], sums[1]);
        Assert.Equal(sums[2], sums[3]);
        Assert.Equal(sums[4], sums[5]);
        Assert.Equal(sums[2] * 4, sums[4], 4);
        Assert.NotEqual(sums[0], sums[2]);
    }

    [Fact]
    public void EachInputMayHaveAnotherLength()
    {
        var w = tensor(new[] { 0.5 }, requires_grad: true);
        for (var n = 0; n < 50; n++)
        {
            w.grad = null;
            var x = arange(n, ScalarType.Float64);
            var loss = (x * w).sum();
            loss.backward();
            Assert.Equal(n * (n - 1) / 2.0, w.grad!.item<double>());
        }
    }

    [Fact]
    public void PrintingInTheMiddleOfForwardChangesNothing()
    {
        static (string Grad, string Shown) Run(bool print)
        {
            var x = tensor(new[] { 0.1f, 0.2f, 0.3f }, requires_grad: true);
            var h = x.exp() * x;
            var shown = print ? h.ToString() : "";
            var y = h.tanh();
            if (print) shown += y.ToString();
            y.sum().backward();
            return (x.grad!.ToString(), shown);
        }
        Assert.Equal(Run(false).Grad, Run(true).Grad);
        Assert.Equal("tensor([0.1105, 0.2443, 0.4050], grad_fn=<MulBackward0>)tensor([0.1101, 0.2395, 0.3842], grad_fn=<TanhBackward0>)", Run(true).Shown);
    }

    private static string Shown(Tensor t) =>
        (string)typeof(Tensor).GetProperty("DebugText", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(t)!;

    [Fact]
    public void TheDebuggerShowsWhatIsComputedAndNeverComputes()
    {
        Assert.Contains("DebugText", typeof(Tensor).GetCustomAttribute<DebuggerDisplayAttribute>()!.Value);
        var t = tensor(new[] { 1f, 2f }) * 2;
        Assert.Equal("torch.float32 [2] <pending>", Shown(t));
        Assert.False(t.Expr.IsEvaluated);
        t.Evaluate();
        Assert.Contains("[2., 4.]", Shown(t));
        Assert.Contains("[2]", Shown(t));
        var wrong = t.gather(0, tensor(new long[] { 9 }));
        Assert.Contains("<pending>", Shown(wrong));
        Assert.Contains("7", Shown(full([3], 7)));
        t.Dispose();
        Assert.Equal("<disposed>", Shown(t));
    }
}
