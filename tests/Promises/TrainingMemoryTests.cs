// Nobody calls Dispose, and memory stays bounded: what nobody reads is computed now and then, what nobody holds is found.

using Torch.Kernels;
using Xunit;
using static Torch.torch;

namespace Torch.Tests.Promises;

[Collection("Workers")]
public class TrainingMemoryTests
{
    private static (long Managed, long Native) Settled()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return (GC.GetTotalMemory(true), MemoryPool.LiveBytes);
    }

    /// <summary>How much memory grows from the end of a first run of the loop to the end of three more.</summary>
    private static (long Managed, long Native) Growth(Action loop)
    {
        loop();
        var before = Settled();
        for (var i = 0; i < 3; i++) loop();
        var after = Settled();
        return (after.Managed - before.Managed, after.Native - before.Native);
    }

    [Fact]
    public void AnAccumulatorThatIsNeverReadStaysBounded()
    {
        var total = zeros(1);
        var growth = Growth(() =>
        {
            for (var i = 0; i < 2500; i++) total.add_(ones(1) * (i % 3));
        });
        Assert.InRange(growth.Managed, long.MinValue, 2_000_000);
        Assert.InRange(growth.Native, long.MinValue, 100_000);
        Assert.Equal(4 * 2499f, total.item<float>());
    }

    [Fact]
    public void AnAccumulatorOfLossesOverLargeBatchesKeepsFewOfThem()
    {
        var total = zeros(1);
        total.Evaluate();
        Settled();
        MemoryPool.ResetPeak();
        var before = MemoryPool.LiveBytes;
        // A thousand batches of a megabyte each.
        for (var i = 0; i < 1000; i++)
        {
            var batch = full([256, 1024], i, ScalarType.Float32);
            batch.data<float>()[0] = 1;
            total.add_(batch.mean());
        }
        Assert.InRange(MemoryPool.PeakBytes - before, 0, 700L << 20);
        Assert.True(total.item<float>() > 0);
    }

    [Fact]
    public void AnAccumulatorOfDetachedLossesStaysBounded()
    {
        var w = ones(4, requires_grad: true);
        var total = zeros(1);
        var growth = Growth(() =>
        {
            for (var i = 0; i < 2500; i++)
            {
                var loss = (w * i).pow(2).mean();
                loss.backward();
                w.grad = null;
                total.add_(loss.detach());
            }
        });
        Assert.InRange(growth.Managed, long.MinValue, 2_000_000);
        Assert.InRange(growth.Native, long.MinValue, 100_000);
        Assert.True(total.item<float>() > 0);
    }

    [Fact]
    public void AnAccumulatorThatKeepsGradientsKeepsNoValuesAfterBackward()
    {
        var w = ones(1000, requires_grad: true);
        var total = zeros(1);
        var growth = Growth(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                var loss = w.exp().mean();
                loss.backward();
                w.grad = null;
                // As in PyTorch the graph of all losses hangs on the total; it is small once backward has run.
                total.add_(loss);
            }
        });
        Assert.InRange(growth.Managed, long.MinValue, 1500 * 6_000);
        Assert.InRange(growth.Native, long.MinValue, 1500 * 1000);
        Assert.True(total.requires_grad);
    }

    [Fact]
    public void TwoThousandStepsOfTrainingWithoutDisposeStayBounded()
    {
        var w1 = ((arange(8 * 16, ScalarType.Float32).reshape(8, 16) * 0.37f).sin() * 0.3f).requires_grad_();
        var b1 = zeros(16, requires_grad: true);
        var w2 = ((arange(16, ScalarType.Float32).reshape(16, 1) * 0.73f).sin() * 0.3f).requires_grad_();
        var x = (arange(32 * 8, ScalarType.Float32).reshape(32, 8) * 0.11f).cos();
        var y = x.sum(1, true).sin();
        var growth = Growth(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                var loss = (x.matmul(w1).add(b1).tanh().matmul(w2) - y).pow(2).mean();
                loss.backward();
                using (no_grad())
                    foreach (var p in new[] { w1, b1, w2 })
                    {
                        p.sub_(p.grad! * 0.05f);
                        p.grad = null;
                    }
            }
        });
        Assert.InRange(growth.Managed, long.MinValue, 1_000_000);
        Assert.InRange(growth.Native, long.MinValue, 100_000);
        Assert.True((x.matmul(w1).add(b1).tanh().matmul(w2) - y).pow(2).mean().item<float>() < 0.2f);
    }
}
