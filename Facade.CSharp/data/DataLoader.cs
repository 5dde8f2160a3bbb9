using System.Collections;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using static Torch.torch;
using static Torch.torch.utils.data;
using Device = Torch.torch.Device;

namespace Torch.Modules;

/// <summary>
/// Batches of a dataset's items. Each enumeration is a pass and draws PyTorch's numbers: a seed for the workers first, the order when the first index is asked for.
/// With workers, threads load batches ahead; the batches come in the order of their indices, and a fault in a worker is raised where its batch was asked for.
/// See https://pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader.
/// </summary>
public class DataLoader<T, S> : IEnumerable<S>, IDisposable
{
    private readonly IEnumerable<IReadOnlyList<long>>? _batches;
    private readonly IEnumerable<T>? _stream;
    private readonly Generator? _generator;
    private readonly Func<IReadOnlyList<T>, S>? _collate;
    private readonly Action<int>? _workerInit;
    private readonly int _prefetch;

    /// <summary>The arguments of TorchSharp. One worker means the calling thread.</summary>
    public DataLoader(Dataset<T> dataset, int batchSize, Func<IEnumerable<T>, Device, S> collate_fn, bool shuffle = false, Device? device = null, int? seed = null, int num_worker = 1,
        bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true)
        : this(dataset, batchSize, Order(dataset, shuffle, seed), collate_fn, device, num_worker, drop_last, disposeBatch, disposeDataset, seed) { }

    public DataLoader(Dataset<T> dataset, int batchSize, Func<IEnumerable<T>, Device, S> collate_fn, IEnumerable<long> shuffler, Device? device = null, int num_worker = 1, bool drop_last = false,
        bool disposeBatch = true, bool disposeDataset = true)
        : this(dataset, batchSize, (shuffler, null), collate_fn, device, num_worker, drop_last, disposeBatch, disposeDataset, null) { }

    private protected DataLoader(Dataset<T> dataset, int batchSize, (IEnumerable<long> Sampler, Generator? Generator) order, Func<IEnumerable<T>, Device, S>? collate, Device? device, int workers,
        bool dropLast, bool disposeBatch, bool disposeDataset, int? seed)
    {
        _ = seed;
        Device = device ?? CPU;
        (this.dataset, sampler, _generator) = (dataset, order.Sampler, order.Generator);
        (batch_size, drop_last, num_workers) = (batchSize, dropLast, workers > 1 ? workers : 0);
        (DisposeBatch, DisposeDataset) = (disposeBatch, disposeDataset);
        _batches = new BatchSampler(order.Sampler, batchSize, dropLast);
        if (collate is not null)
        {
            collate_fn = collate;
            _collate = items => collate(items, Device);
        }
        _prefetch = 2;
    }

    /// <summary>The arguments of PyTorch. A batch size of null gives single items.</summary>
    public DataLoader(Dataset<T> dataset, int? batch_size = 1, bool shuffle = false, IEnumerable<long>? sampler = null, IEnumerable<IReadOnlyList<long>>? batch_sampler = null, int num_workers = 0,
        Func<IReadOnlyList<T>, S>? collate_fn = null, bool drop_last = false, Action<int>? worker_init_fn = null, Generator? generator = null, int? prefetch_factor = null)
    {
        if (num_workers < 0) throw new ArgumentException("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.");
        if (num_workers == 0 && prefetch_factor is not null)
            throw new ArgumentException("prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None.");
        if (sampler is not null && shuffle) throw new ArgumentException("sampler option is mutually exclusive with shuffle");
        if (batch_sampler is not null && (batch_size is not 1 || shuffle || sampler is not null || drop_last))
            throw new ArgumentException("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last");
        if (batch_size is null && drop_last) throw new ArgumentException("batch_size=None option disables auto-batching and is mutually exclusive with drop_last");
        this.dataset = dataset;
        this.sampler = sampler ?? (shuffle ? new RandomSampler(dataset, generator: generator) : new SequentialSampler(dataset));
        Device = CPU;
        (this.batch_size, this.drop_last, this.num_workers) = (batch_size ?? 0, drop_last, num_workers);
        (_generator, _collate, _workerInit, _prefetch) = (generator, collate_fn, worker_init_fn, prefetch_factor ?? 2);
        _batches = batch_sampler ?? (batch_size is { } size ? new BatchSampler(this.sampler, size, drop_last) : this.sampler.Select(i => (IReadOnlyList<long>)[i]));
        IsBatched = batch_sampler is not null || batch_size is not null;
    }

    /// <summary>Batches of items that come one after the other. They are loaded in the calling thread.</summary>
    public DataLoader(IEnumerable<T> source, int batch_size, Func<IReadOnlyList<T>, S>? collate_fn = null, bool drop_last = false, Generator? generator = null)
    {
        if (batch_size <= 0) throw new ArgumentException($"batch_size should be a positive integer value, but got batch_size={batch_size}");
        (_stream, this.batch_size, this.drop_last, _generator, _collate) = (source, batch_size, drop_last, generator, collate_fn);
        (dataset, sampler, Device) = (null!, [], CPU);
    }

    private protected static (IEnumerable<long>, Generator?) Order(Dataset<T> dataset, bool shuffle, int? seed)
    {
        var generator = seed is { } s ? new Generator((ulong)s) : null;
        return (shuffle ? new RandomSampler(dataset, generator: generator) : new SequentialSampler(dataset), generator);
    }

    public Dataset<T> dataset { get; }

    public int batch_size { get; }

    public bool drop_last { get; }

    /// <summary>How many threads load ahead; 0: the calling thread loads.</summary>
    public int num_workers { get; }

    public IEnumerable<long> sampler { get; }

    public Device Device { get; }

    public Func<IEnumerable<T>, Device, S>? collate_fn { get; }

    /// <summary>Kept for programs that look at it: batches live as long as somebody refers to them.</summary>
    public bool DisposeBatch { get; }

    public bool DisposeDataset { get; }

    private bool IsBatched { get; } = true;

    /// <summary>The number of batches of a pass.</summary>
    public long Count => _batches is ISized sized ? sized.Count : _batches?.LongCount() ?? throw new TorchTypeException("the source of this DataLoader has no length");

    public void Dispose()
    {
        if (DisposeDataset) dataset?.Dispose();
        GC.SuppressFinalize(this);
    }

    public IEnumerator<S> GetEnumerator()
    {
        // Drawn when the pass begins, before the order is: also where nobody uses it.
        var seed = (_generator ?? Generator.Default).Int64();
        if (_stream is not null) return Streamed(_stream);
        return num_workers == 0 ? InThisThread() : new WorkerPass(this, seed);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerator<S> InThisThread()
    {
        foreach (var indices in _batches!) yield return Load(indices);
    }

    private IEnumerator<S> Streamed(IEnumerable<T> source)
    {
        var items = new List<T>(batch_size);
        foreach (var item in source)
        {
            items.Add(item);
            if (items.Count < batch_size) continue;
            yield return Put(items);
            items = new List<T>(batch_size);
        }
        if (items.Count > 0 && !drop_last) yield return Put(items);
    }

    private S Load(IReadOnlyList<long> indices)
    {
        if (!IsBatched) return Put([dataset.GetTensor(indices[0])]);
        if (_collate is null && dataset is IBatchSource<S> source) return OnDevice(source.Batch(indices));
        if (dataset.GetTensors(indices) is { } several) return Put(several);
        var items = new T[indices.Count];
        for (var i = 0; i < items.Length; i++) items[i] = dataset.GetTensor(indices[i]);
        return Put(items);
    }

    private S Put(IReadOnlyList<T> items)
    {
        if (_collate is not null) return _collate(items);
        if (!IsBatched) return (S)(object)items[0]!;
        return OnDevice((S)Torch.Data.Collation.Collate([.. items.Select(i => (object?)i)], typeof(S)));
    }

    private S OnDevice(S batch)
    {
        if (Device.type == DeviceType.CPU) return batch;
        var tensors = new List<Tensor?>();
        Structure.Collect(batch, tensors);
        return (S)Structure.Replace(batch, new Queue<Tensor?>(tensors.Select(t => t?.to(Device))))!;
    }

    /// <summary>One pass with threads that load ahead. Batch number k is loaded by worker k mod n, each in order.</summary>
    private sealed class WorkerPass : IEnumerator<S>
    {
        private readonly DataLoader<T, S> _loader;
        private readonly IEnumerator<IReadOnlyList<long>> _indices;
        private readonly BlockingCollection<(IReadOnlyList<long> Indices, TaskCompletionSource<S> Result)>[] _queues;
        private readonly Queue<Task<S>> _ahead = new();
        private int _next;

        internal WorkerPass(DataLoader<T, S> loader, long seed)
        {
            _loader = loader;
            _indices = loader._batches!.GetEnumerator();
            _queues = new BlockingCollection<(IReadOnlyList<long>, TaskCompletionSource<S>)>[loader.num_workers];
            for (var w = 0; w < _queues.Length; w++)
            {
                var (worker, queue) = (w, _queues[w] = []);
                new Thread(() => Work(worker, seed, queue)) { IsBackground = true, Name = $"DataLoader worker {w}" }.Start();
            }
            for (var i = 0; i < loader._prefetch * loader.num_workers && Ask(); i++) { }
        }

        public S Current { get; private set; } = default!;

        object? IEnumerator.Current => Current;

        public bool MoveNext()
        {
            if (!_ahead.TryDequeue(out var task)) return false;
            S batch;
            try
            {
                batch = task.GetAwaiter().GetResult();
            }
            catch
            {
                Dispose();
                throw;
            }
            Ask();
            Current = batch;
            return true;
        }

        public void Reset() => throw new NotSupportedException();

        public void Dispose()
        {
            foreach (var queue in _queues) queue.CompleteAdding();
            _indices.Dispose();
            _ahead.Clear();
        }

        /// <summary>Hands the next batch to its worker.</summary>
        private bool Ask()
        {
            if (!_indices.MoveNext()) return false;
            var result = new TaskCompletionSource<S>(TaskCreationOptions.RunContinuationsAsynchronously);
            _queues[_next++ % _queues.Length].Add((_indices.Current, result));
            _ahead.Enqueue(result.Task);
            return true;
        }

        private void Work(int worker, long seed, BlockingCollection<(IReadOnlyList<long> Indices, TaskCompletionSource<S> Result)> queue)
        {
            Generator.Adopt(new Generator((ulong)(seed + worker)));
            WorkerInfo.Current = new WorkerInfo(worker, _queues.Length, seed + worker, _loader.dataset);
            ExceptionDispatchInfo? failed = null;
            try
            {
                _loader._workerInit?.Invoke(worker);
            }
            catch (Exception e)
            {
                failed = ExceptionDispatchInfo.Capture(e);
            }
            foreach (var (indices, result) in queue.GetConsumingEnumerable())
            {
                if (queue.IsAddingCompleted && failed is null && result.Task.IsCompleted) continue;
                try
                {
                    failed?.Throw();
                    result.SetResult(_loader.Load(indices));
                }
                catch (Exception e)
                {
                    result.SetException(e);
                }
            }
        }
    }
}

/// <summary>Batches of items that are tensors by name, as TorchSharp has them.</summary>
public class DataLoader : DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>>
{
    public DataLoader(Dataset dataset, int batchSize, bool shuffle = false, Device? device = null, int? seed = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true,
        bool disposeDataset = true)
        : base(dataset, batchSize, Order(dataset, shuffle, seed), null, device, num_worker, drop_last, disposeBatch, disposeDataset, seed) { }

    public DataLoader(Dataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true,
        bool disposeDataset = true)
        : base(dataset, batchSize, (shuffler, null), null, device, num_worker, drop_last, disposeBatch, disposeDataset, null) { }
}

/// <summary>Batches of items that are lists of tensors, as TorchSharp has them.</summary>
public class IterableDataLoader : DataLoader<IList<Tensor>, IList<Tensor>>
{
    public IterableDataLoader(IterableDataset dataset, int batchSize, bool shuffle = false, Device? device = null, int? seed = null, int num_worker = 1, bool drop_last = false,
        bool disposeBatch = true, bool disposeDataset = true)
        : base(dataset, batchSize, Order(dataset, shuffle, seed), null, device, num_worker, drop_last, disposeBatch, disposeDataset, seed) { }

    public IterableDataLoader(IterableDataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true,
        bool disposeDataset = true)
        : base(dataset, batchSize, (shuffler, null), null, device, num_worker, drop_last, disposeBatch, disposeDataset, null) { }
}
