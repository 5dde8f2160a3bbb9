using Torch.Modules;

namespace Torch;

public static partial class torch
{
    public static partial class utils
    {
        /// <summary>torch.utils.data. See https://pytorch.org/docs/stable/data.html.</summary>
        public static partial class data
        {
            // TorchSharp's forms.

            public static Modules.DataLoader DataLoader(Dataset dataset, int batchSize, bool shuffle = false, Device? device = null, int? seed = null, int num_worker = 1, bool drop_last = false,
                bool disposeBatch = true, bool disposeDataset = true) => new(dataset, batchSize, shuffle, device, seed, num_worker, drop_last, disposeBatch, disposeDataset);

            public static Modules.DataLoader DataLoader(Dataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device = null, int num_worker = 1, bool drop_last = false,
                bool disposeBatch = true, bool disposeDataset = true) => new(dataset, batchSize, shuffler, device, num_worker, drop_last, disposeBatch, disposeDataset);

            public static Modules.IterableDataLoader DataLoader(IterableDataset dataset, int batchSize, bool shuffle = false, Device? device = null, int? seed = null, int num_worker = 1,
                bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true) => new(dataset, batchSize, shuffle, device, seed, num_worker, drop_last, disposeBatch, disposeDataset);

            public static Modules.IterableDataLoader DataLoader(IterableDataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device = null, int num_worker = 1, bool drop_last = false,
                bool disposeBatch = true, bool disposeDataset = true) => new(dataset, batchSize, shuffler, device, num_worker, drop_last, disposeBatch, disposeDataset);

            // PyTorch's form, for any items. The type of a batch is that of an item, or what collate_fn gives.

            public static DataLoader<T, T> DataLoader<T>(Dataset<T> dataset, int? batch_size = 1, bool shuffle = false, IEnumerable<long>? sampler = null,
                IEnumerable<IReadOnlyList<long>>? batch_sampler = null, int num_workers = 0, bool drop_last = false, Action<int>? worker_init_fn = null, Generator? generator = null,
                int? prefetch_factor = null) =>
                new(dataset, batch_size, shuffle, sampler, batch_sampler, num_workers, null, drop_last, worker_init_fn, generator, prefetch_factor);

            public static DataLoader<T, S> DataLoader<T, S>(Dataset<T> dataset, Func<IReadOnlyList<T>, S> collate_fn, int? batch_size = 1, bool shuffle = false, IEnumerable<long>? sampler = null,
                IEnumerable<IReadOnlyList<long>>? batch_sampler = null, int num_workers = 0, bool drop_last = false, Action<int>? worker_init_fn = null, Generator? generator = null,
                int? prefetch_factor = null) =>
                new(dataset, batch_size, shuffle, sampler, batch_sampler, num_workers, collate_fn, drop_last, worker_init_fn, generator, prefetch_factor);

            /// <summary>Samples with a class number: the numbers become a tensor.</summary>
            public static DataLoader<(Tensor, long), (Tensor, Tensor)> DataLoader(Dataset<(Tensor, long)> dataset, int? batch_size = 1, bool shuffle = false, IEnumerable<long>? sampler = null,
                IEnumerable<IReadOnlyList<long>>? batch_sampler = null, int num_workers = 0, bool drop_last = false, Action<int>? worker_init_fn = null, Generator? generator = null,
                int? prefetch_factor = null) =>
                new(dataset, batch_size, shuffle, sampler, batch_sampler, num_workers, null, drop_last, worker_init_fn, generator, prefetch_factor);

            /// <inheritdoc cref="DataLoader(Dataset{ValueTuple{Tensor, long}}, int?, bool, IEnumerable{long}?, IEnumerable{IReadOnlyList{long}}?, int, bool, Action{int}?, Generator?, int?)"/>
            public static DataLoader<(Tensor, int), (Tensor, Tensor)> DataLoader(Dataset<(Tensor, int)> dataset, int? batch_size = 1, bool shuffle = false, IEnumerable<long>? sampler = null,
                IEnumerable<IReadOnlyList<long>>? batch_sampler = null, int num_workers = 0, bool drop_last = false, Action<int>? worker_init_fn = null, Generator? generator = null,
                int? prefetch_factor = null) =>
                new(dataset, batch_size, shuffle, sampler, batch_sampler, num_workers, null, drop_last, worker_init_fn, generator, prefetch_factor);

            /// <summary>Batches of a source without numbers.</summary>
            public static DataLoader<T, T> DataLoader<T>(IterableDataset<T> dataset, int batch_size = 1, bool drop_last = false, Generator? generator = null) => new(dataset, batch_size, null, drop_last, generator);

            /// <summary>Stacks tensors and makes tensors of numbers, through tuples, lists and dictionaries; the batch has the type of an item.</summary>
            public static T default_collate<T>(IReadOnlyList<T> batch) => (T)Torch.Data.Collation.Collate([.. batch.Select(i => (object?)i)], typeof(T));

            /// <summary>The worker that runs the calling thread; null outside of workers.</summary>
            public static WorkerInfo? get_worker_info() => WorkerInfo.Current;

            /// <summary>What a worker of a DataLoader knows of itself.</summary>
            public sealed record WorkerInfo(int id, int num_workers, long seed, object dataset)
            {
                [ThreadStatic] private static WorkerInfo? t_current;

                internal static WorkerInfo? Current
                {
                    get => t_current;
                    set => t_current = value;
                }
            }
        }
    }
}
