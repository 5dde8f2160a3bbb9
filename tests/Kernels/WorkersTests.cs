using Torch.Kernels;
using Xunit;

namespace Torch.Tests.Kernels;

/// <summary>The pool of threads. These tests change the number of threads, so the classes that do so share a collection.</summary>
[Collection("Workers")]
public sealed class WorkersTests
{
    private static void With(int threads, Action body)
    {
        var before = Workers.Count;
        Workers.Count = threads;
        try
        {
            body();
        }
        finally
        {
            Workers.Count = before;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Each_chunk_runs_exactly_once(int threads) => With(threads, () =>
    {
        for (var round = 0; round < 300; round++)
        {
            var ran = new int[(round * 7 % 50) + 1];
            Workers.Run(ran.Length, c => Interlocked.Increment(ref ran[c]));
            Assert.All(ran, n => Assert.Equal(1, n));
        }
        Workers.Run(0, _ => Assert.Fail("there is no chunk"));
    });

    [Fact]
    public void Parked_workers_wake_for_the_next_job() => With(3, () =>
    {
        // Another test may keep the pool busy, in which case a caller works alone; so several attempts.
        var helped = 0;
        for (var round = 0; round < 40 && helped < 3; round++)
        {
            var threads = new HashSet<int>();
            Workers.Run(30, _ =>
            {
                lock (threads) threads.Add(Environment.CurrentManagedThreadId);
                Thread.Sleep(2);
            });
            if (threads.Count > 1) helped++;
            Thread.Sleep(20);
        }
        Assert.Equal(3, helped);
    });

    [Fact]
    public void The_exception_of_the_lowest_chunk_reaches_the_caller_after_all_chunks() => With(3, () =>
    {
        for (var round = 0; round < 50; round++)
        {
            var ran = 0;
            var e = Assert.Throws<InvalidOperationException>(() => Workers.Run(20, c =>
            {
                Interlocked.Increment(ref ran);
                if (c % 5 == 3) throw new InvalidOperationException($"chunk {c}");
            }));
            Assert.Equal("chunk 3", e.Message);
            Assert.Equal(20, ran);
        }
        var after = 0;
        Workers.Run(10, _ => Interlocked.Increment(ref after));
        Assert.Equal(10, after);
    });

    [Fact]
    public void A_job_inside_a_chunk_runs_on_its_own_thread() => With(4, () =>
    {
        var total = 0;
        Workers.Run(8, _ =>
        {
            Assert.True(Workers.Inside);
            Assert.False(Workers.Worth(long.MaxValue));
            var thread = Environment.CurrentManagedThreadId;
            Workers.Run(5, _ =>
            {
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                Interlocked.Increment(ref total);
            });
            Assert.True(Workers.Inside);
        });
        Assert.Equal(40, total);
        Assert.False(Workers.Inside);
    });

    [Fact]
    public void Several_threads_may_call_at_once() => With(3, () =>
    {
        var sums = new long[6];
        var callers = Enumerable.Range(0, sums.Length).Select(t => new Thread(() =>
        {
            for (var round = 0; round < 200; round++)
            {
                long sum = 0;
                Workers.Run(20, c => Interlocked.Add(ref sum, c));
                sums[t] += sum;
            }
        })).ToArray();
        foreach (var c in callers) c.Start();
        foreach (var c in callers) c.Join();
        Assert.All(sums, s => Assert.Equal(200 * 190, s));
    });
}
