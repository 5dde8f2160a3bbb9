using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Torch.Kernels;

/// <summary>
/// The threads that kernels share. One call of <see cref="Run"/> is a job of numbered chunks; whoever is there claims the next chunk through an atomic
/// counter, the caller first of all. A worker that is still waking up costs nothing: nobody waits for it, it merely finds nothing left to do.
/// Idle workers spin for a bounded time and then park. Several threads may call at once: the pool serves one of them, the others run alone.
/// A job started from inside a chunk runs on the thread that starts it. Which thread runs a chunk never shows in results: kernels split by shape alone.
/// </summary>
public static class Workers
{
    /// <summary>Below this many bytes (or simple operations) waking a second thread costs more than it saves.</summary>
    public const long MinimumWork = 512 * 1024;

    /// <summary>How long an idle worker looks for the next job before it parks.</summary>
    private static readonly long s_spinTicks = Stopwatch.Frequency / 10_000;

    private static readonly Lock s_growth = new();
    private static volatile Worker[] s_workers = [];
    private static volatile Job? s_current;
    private static int s_busy;
    private static int s_count = Environment.ProcessorCount;

    [ThreadStatic] private static bool t_inside;

    /// <summary>How many threads work on one job, the caller included (torch.set_num_threads).</summary>
    public static int Count
    {
        get => Volatile.Read(ref s_count);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            Volatile.Write(ref s_count, Math.Min(value, 1024));
        }
    }

    /// <summary>Whether the current thread is inside a chunk, so that a further job would run on it alone.</summary>
    public static bool Inside => t_inside;

    /// <summary>Whether a job of so many bytes or operations gains from more than one thread.</summary>
    public static bool Worth(long bytesOrOperations) => bytesOrOperations >= MinimumWork && Count > 1 && !t_inside;

    /// <summary>
    /// Calls <paramref name="body"/> with each number below <paramref name="chunks"/>, in no particular order, and returns when all calls have ended.
    /// If chunks throw, all others run nevertheless, and the exception of the lowest chunk is thrown again here.
    /// </summary>
    public static void Run(long chunks, Action<long> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (chunks <= 0) return;
        var job = new Job(chunks, body);
        var helpers = (int)Math.Min(Count - 1, chunks - 1);
        if (helpers > 0 && !t_inside && Interlocked.CompareExchange(ref s_busy, 1, 0) == 0)
        {
            try
            {
                Publish(job, helpers);
                job.Work();
                job.Join();
            }
            finally
            {
                s_current = null;
                Volatile.Write(ref s_busy, 0);
            }
        }
        else job.Work();
        job.Finish();
    }

    private static void Publish(Job job, int helpers)
    {
        var workers = s_workers;
        if (workers.Length < helpers) workers = Grow(helpers);
        job.Helpers = helpers;
        s_current = job;
        // The workers read the job after they have marked themselves parked; we read the marks after the job is out. One of the two sees the other.
        Interlocked.MemoryBarrier();
        for (var i = 0; i < helpers; i++) workers[i].Wake();
    }

    private static Worker[] Grow(int count)
    {
        lock (s_growth)
        {
            var old = s_workers;
            if (old.Length >= count) return old;
            var grown = new Worker[count];
            old.CopyTo(grown, 0);
            for (var i = old.Length; i < count; i++) grown[i] = new Worker(i);
            s_workers = grown;
            return grown;
        }
    }

    private sealed class Job(long chunks, Action<long> body)
    {
        private Action<long>? _body = body;
        private long _next;
        private long _ended;
        private long _failedChunk = long.MaxValue;
        private ExceptionDispatchInfo? _failure;

        /// <summary>Workers with a number at or above this one leave the job alone.</summary>
        public int Helpers;

        /// <summary>Claims and runs chunks until none is left.</summary>
        public void Work()
        {
            long mine = 0;
            var outer = t_inside;
            t_inside = true;
            for (;;)
            {
                var chunk = Interlocked.Increment(ref _next) - 1;
                if (chunk >= chunks) break;
                try
                {
                    _body!(chunk);
                }
                catch (Exception e)
                {
                    lock (this)
                    {
                        if (chunk < _failedChunk)
                        {
                            _failedChunk = chunk;
                            _failure = ExceptionDispatchInfo.Capture(e);
                        }
                    }
                }
                mine++;
            }
            t_inside = outer;
            if (mine > 0) Interlocked.Add(ref _ended, mine);
        }

        /// <summary>Waits for the chunks that others have claimed; they are running, so this is short.</summary>
        public void Join()
        {
            var spinner = new SpinWait();
            while (Volatile.Read(ref _ended) < chunks) spinner.SpinOnce(sleep1Threshold: -1);
        }

        /// <summary>Lets go of what the body holds (a late worker may hold on to the job) and throws what a chunk threw.</summary>
        public void Finish()
        {
            _body = null;
            _failure?.Throw();
        }
    }

    private sealed class Worker
    {
        private readonly SemaphoreSlim _bell = new(0);
        private readonly int _number;
        private int _parked;

        public Worker(int number)
        {
            _number = number;
            new Thread(Loop) { IsBackground = true, Name = $"torch worker {number + 1}" }.Start();
        }

        public void Wake()
        {
            if (Volatile.Read(ref _parked) == 1 && Interlocked.Exchange(ref _parked, 0) == 1) _bell.Release();
        }

        private void Loop()
        {
            Job? last = null;
            var idleSince = Stopwatch.GetTimestamp();
            for (var turn = 0; ; turn++)
            {
                var job = s_current;
                if (job is not null && job != last && _number < job.Helpers)
                {
                    last = job;
                    job.Work();
                    idleSince = Stopwatch.GetTimestamp();
                    continue;
                }
                Thread.SpinWait(8);
                if ((turn & 15) != 0 || Stopwatch.GetTimestamp() - idleSince < s_spinTicks) continue;
                last = null;
                Interlocked.Exchange(ref _parked, 1);
                // A job published before the mark was seen by nobody: take the mark back and look again.
                if (s_current is null || Interlocked.Exchange(ref _parked, 0) == 0) _bell.Wait();
                else Volatile.Write(ref _parked, 0);
                idleSince = Stopwatch.GetTimestamp();
            }
        }
    }
}
