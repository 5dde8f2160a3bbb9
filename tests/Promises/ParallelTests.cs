// Any number of threads may build and evaluate. Modes follow the thread, not the flow of async calls; no lock is held while user code runs.

using Xunit;
using static Torch.torch;

namespace Torch.Tests.Promises;

[Collection("Workers")]
public class ParallelTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs the work on threads of its own; what one throws, or a deadlock, fails the test.</summary>
    private static void OnThreads(int count, Action<int> work)
    {
        var faults = new List<Exception>();
        var threads = Enumerable.Range(0, count).Select(k => new Thread(() =>
        {
            try
            {
                work(k);
            }
            catch (Exception e)
            {
                lock (faults) faults.Add(e);
            }
        }) { IsBackground = true }).ToArray();
        foreach (var t in threads) t.Start();
        foreach (var t in threads) Assert.True(t.Join(s_patience), "a thread waits for another for ever");
        Assert.Empty(faults);
    }

    private static Tensor Wave(long rows, long columns, double step) => (arange(rows * columns, ScalarType.Float32).reshape(rows, columns) * step).sin();

    [Fact]
    public void SeveralThreadsInferWithOneModel()
    {
        // Pending parameters too: whoever comes first computes them.
        for (var round = 0; round < 10; round++)
        {
            var (w1, w2) = (Wave(32, 64, 0.1).requires_grad_(), Wave(64, 8, 0.2).requires_grad_());
            Tensor Model(Tensor x) => x.matmul(w1).relu().matmul(w2).exp();
            var results = new byte[4][];
            OnThreads(4, k =>
            {
                using (no_grad()) results[k] = Model(Wave(16, 32, 0.01)).bytes.ToArray();
            });
            for (var k = 1; k < 4; k++) Assert.Equal(results[0], results[k]);
            Assert.Equal(Model(Wave(16, 32, 0.01)).detach().bytes.ToArray(), results[0]);
        }
    }

    [Fact]
    public void SeveralThreadsCallOneModule()
    {
        using var model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4));
        model.eval();
        var expected = model.call(Wave(8, 16, 0.1)).detach().clone().bytes.ToArray();
        OnThreads(4, k =>
        {
            using (inference_mode())
                for (var i = 0; i < 20; i++) Assert.Equal(expected, model.call(Wave(8, 16, 0.1)).clone().bytes.ToArray());
        });
    }

    [Fact]
    public void SeveralThreadsReadOnePendingTensor()
    {
        for (var round = 0; round < 20; round++)
        {
            var h = Wave(64, 64, 0.01).exp();
            var y = h.matmul(h).tanh().sum(0);
            var results = new byte[4][];
            OnThreads(4, k => results[k] = (k % 2 == 0 ? y.clone() : (h.matmul(h).tanh().sum(0) * 1)).bytes.ToArray());
            for (var k = 1; k < 4; k++) Assert.Equal(results[0], results[k]);
        }
    }

    [Fact]
    public void SeveralThreadsDifferentiateGraphsOfTheirOwn()
    {
        var x = Wave(16, 16, 0.1);
        var results = new byte[4][];
        OnThreads(4, k =>
        {
            var w = Wave(16, 16, 0.3).requires_grad_();
            for (var i = 0; i < 20; i++)
            {
                w.grad = null;
                x.matmul(w).sigmoid().pow(2).sum().backward();
            }
            results[k] = w.grad!.bytes.ToArray();
        });
        for (var k = 1; k < 4; k++) Assert.Equal(results[0], results[k]);
    }

    [Fact]
    public void GradModeAndInferenceModeBelongToTheThread()
    {
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            OnThreads(1, _ => Assert.True(is_grad_enabled()));
        }
        using (inference_mode())
        {
            OnThreads(1, _ => Assert.False(is_inference_mode_enabled()));
            OnThreads(1, _ => Assert.True((ones(2, requires_grad: true) * 2).requires_grad));
        }
        OnThreads(1, _ => no_grad());
        Assert.True(is_grad_enabled());
    }

    [Fact]
    public async Task AScopeDoesNotFollowAnAwaitToAnotherThread()
    {
        var seen = new TaskCompletionSource<(bool Before, bool After)>();
        // A thread without a synchronisation context: the continuation runs on the thread that completes the task.
        var gate = new TaskCompletionSource();
        async Task Work()
        {
            var scope = no_grad();
            var before = is_grad_enabled();
            await gate.Task;
            seen.SetResult((before, is_grad_enabled()));
            scope.Dispose();
        }
        OnThreads(1, k => _ = Work());
        OnThreads(1, _ =>
        {
            gate.SetResult();
            Assert.True(is_grad_enabled());
        });
        Assert.Equal((false, true), await seen.Task);
    }

    [Fact]
    public void AScopeThatAContinuationClosesElsewhereIsClosedOnItsOwnThread()
    {
        IDisposable? scope = null;
        var (opened, closed) = (new ManualResetEventSlim(), new ManualResetEventSlim());
        OnThreads(2, k =>
        {
            if (k == 0)
            {
                scope = no_grad();
                using (no_grad())
                {
                    opened.Set();
                    Assert.True(closed.Wait(s_patience));
                    // What was opened inside is still open.
                    Assert.False(is_grad_enabled());
                }
                Assert.True(is_grad_enabled());
            }
            else
            {
                Assert.True(opened.Wait(s_patience));
                using (inference_mode())
                {
                    scope!.Dispose();
                    Assert.True(is_inference_mode_enabled());
                }
                closed.Set();
            }
        });
    }

    [Fact]
    public void ScopesThatNobodyClosesAreForgotten() => OnThreads(1, _ =>
    {
        for (var i = 0; i < 10_000; i++) set_grad_enabled(i % 2 == 0);
        Assert.False(is_grad_enabled());
        using (enable_grad()) Assert.True(is_grad_enabled());
        Assert.False(is_grad_enabled());
    });

    [Fact]
    public void HooksMayEvaluateFromSeveralThreads()
    {
        var w = Wave(8, 8, 0.1);
        OnThreads(4, k =>
        {
            for (var i = 0; i < 20; i++)
            {
                var x = Wave(8, 8, 0.2).requires_grad_();
                var sum = 0.0;
                x.register_hook(g =>
                {
                    // Another thread evaluates, and this one, while the hook runs.
                    OnThreads(1, _ => Assert.Equal(64, (w * 0 + 1).sum().item<double>()));
                    sum = g.sum().item<double>();
                });
                x.matmul(w).sum().backward();
                Assert.Equal(x.grad!.sum().item<double>(), sum);
            }
        });
    }

    [Fact]
    public void ThreadsThatWriteToDifferentTensorsDoNotDisturbEachOther()
    {
        var totals = Enumerable.Range(0, 4).Select(_ => zeros(3)).ToArray();
        OnThreads(4, k =>
        {
            for (var i = 0; i < 1500; i++) totals[k].add_(ones(3));
        });
        foreach (var t in totals) Assert.Equal([1500f, 1500f, 1500f], t.data<float>().ToArray());
    }
}
