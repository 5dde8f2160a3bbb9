// What autograd saves is computed once, kept until backward and then let go; what was fused away is right when it is asked for later.

using Torch.Core;
using Torch.Kernels;
using Xunit;
using static Torch.torch;

namespace Torch.Tests.Promises;

[Collection("Workers")]
public class SavedValueTests
{
    private static long Products(Action work)
    {
        var before = Runtime.counters().Routines;
        work();
        return Runtime.counters().Routines - before;
    }

    private static Tensor Weights(long rows, long columns) => (arange(rows * columns, ScalarType.Float32).reshape(rows, columns) * 0.01f - 0.3f).requires_grad_();

    private static Tensor Input(long rows, long columns) => (arange(rows * columns, ScalarType.Float32).reshape(rows, columns) * 0.02f).sin();

    [Fact]
    public void ReadingTheLossBeforeBackwardCostsNoSecondForward()
    {
        var (w1, w2, x) = (Weights(8, 16), Weights(16, 4), Input(5, 8));
        Tensor Loss() => x.matmul(w1).tanh().matmul(w2).pow(2).mean();
        // Two products forwards, and three backwards: x' g, g w2', h' g.
        var loss = Loss();
        Assert.Equal(2, Products(() => loss.item()));
        loss.backward();
        Assert.Equal(3, Products(() => Evaluation.Run(w1.grad!.Expr, w2.grad!.Expr)));
    }

    [Fact]
    public void ReadingTheLossEarlyOrLateGivesTheSameGradients()
    {
        byte[] Gradient(bool early)
        {
            var (w1, w2, x) = (Weights(8, 16), Weights(16, 4), Input(5, 8));
            var loss = x.matmul(w1).sigmoid().matmul(w2).exp().mean();
            if (early) loss.item();
            loss.backward();
            return [.. w1.grad!.bytes, .. w2.grad!.bytes];
        }
        Assert.Equal(Gradient(true), Gradient(false));
    }

    [Fact]
    public void SavedValuesArePinnedUntilBackward()
    {
        var x = Input(5, 8).requires_grad_();
        var y = x.exp();
        var loss = y.sum();
        Assert.Equal(1, y.Expr.Pins);
        loss.item();
        Assert.True(y.Expr.IsEvaluated);
        loss.backward();
        Assert.Equal(0, y.Expr.Pins);
    }

    [Fact]
    public void SavedValuesAreReleasedAfterBackward()
    {
        var x = Input(1000, 256).requires_grad_();
        x.Evaluate();
        Tensor Step()
        {
            x.grad = null;
            var loss = x.exp().tanh().sigmoid().sum();
            loss.item();
            loss.backward();
            x.grad!.Evaluate();
            return loss;
        }
        Step();
        Settle();
        var before = MemoryPool.LiveBytes;
        // The loss and the nodes of its graph stay; what they had saved does not.
        var loss = Step();
        Settle();
        Assert.InRange(MemoryPool.LiveBytes - before, -x.nbytes, x.nbytes / 2);
        GC.KeepAlive(loss);
    }

    [Fact]
    public void AValueThatWasFusedAwayIsRightAndRecomputedOnce()
    {
        var x = Input(16, 16);
        x.Evaluate();
        var h = x.matmul(x).exp();
        var total = (h + 1).sum();
        Assert.Equal(1, Products(() => total.item()));
        var expected = (x.matmul(x).exp() * 1).bytes.ToArray();
        Assert.True(Products(() => Assert.Equal(expected, h.clone().bytes.ToArray())) <= 1);
        // By now it is kept.
        Assert.Equal(0, Products(() => (h * 2).sum().item()));
        Assert.Equal(0, Products(() => h.sum().item()));
    }

    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
