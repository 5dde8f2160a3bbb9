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

    /// <summary>How far the live bytes rise above what they are now.</summary>
    private static long Peak(Action work)
    {
        Settled();
        MemoryPool.ResetPeak();
        var before = MemoryPool.LiveBytes;
        work();
        return MemoryPool.PeakBytes - before;
    }

    [Fact]
    public void LossesThatAreKeptInAListKeepNoGraph()
    {
        var w = ones(1024, 1024, requires_grad: true);
        var losses = new List<Tensor>();
        // Each step makes new parameters of four megabytes; a pending loss would keep the old ones.
        var peak = Peak(() =>
        {
            for (var i = 0; i < 400; i++)
            {
                var loss = (w * 0.5f).pow(2).mean();
                loss.backward();
                losses.Add(loss.detach());
                using (no_grad()) w.sub_(w.grad!);
                w.grad = null;
                w.sum().item();
            }
        });
        Assert.InRange(peak, 0, 1200L << 20);
        Assert.Equal(0.25f, losses[0].item<float>());
    }

    [Fact]
    public void PredictionsThatAreKeptInAListDoNotKeepTheirBatches()
    {
        var kept = new List<Tensor>();
        var peak = Peak(() =>
        {
            for (var i = 0; i < 1600; i++)
            {
                var batch = full([256, 1024], i, ScalarType.Float32);
                batch.data<float>()[0] = 1;
                kept.Add((batch * 2).relu().sum());
            }
        });
        Assert.InRange(peak, 0, 1200L << 20);
        Assert.Equal(2 * 3f * (256 * 1024 - 1) + 2, kept[3].item<float>());
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
    public void AModelTrainedWithAdamStaysBounded()
    {
        manual_seed(0);
        using var model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1));
        var optimizer = optim.Adam(model.parameters(), 0.01);
        var x = (arange(32 * 8, ScalarType.Float32).reshape(32, 8) * 0.11f).cos();
        var y = x.sum(1, true).sin();
        var growth = Growth(() =>
        {
            for (var i = 0; i < 250; i++)
            {
                optimizer.zero_grad();
                (model.call(x) - y).pow(2).mean().backward();
                optimizer.step();
            }
        });
        Assert.InRange(growth.Managed, long.MinValue, 1_000_000);
        Assert.InRange(growth.Native, long.MinValue, 100_000);
        Assert.True((model.call(x) - y).pow(2).mean().item<float>() < 0.1f);
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
