using System.Collections;
using Torch.Kernels;

namespace Torch;

// torch.utils.data: the order in which items are taken. See https://pytorch.org/docs/stable/data.html#data-loading-order-and-sampler.
public static partial class torch
{
    public static partial class utils
    {
        public static partial class data
        {
            /// <summary>An order of items. Each enumeration is a new pass and draws anew.</summary>
            public abstract class Sampler<T> : IEnumerable<T>, ISized
            {
                public abstract long Count { get; }

                public abstract IEnumerator<T> GetEnumerator();

                IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
            }

            private sealed class Length(long count) : ISized
            {
                public long Count => count;
            }

            /// <summary>0, 1, 2, ..</summary>
            public sealed class SequentialSampler([PyTorchName("data_source")] ISized source) : Sampler<long>
            {
                public SequentialSampler([PyTorchName("data_source")] long count) : this(new Length(count)) { }

                public override long Count => source.Count;

                public override IEnumerator<long> GetEnumerator()
                {
                    for (long i = 0; i < source.Count; i++) yield return i;
                }
            }

            /// <summary>A random order, or items drawn with replacement. Without a generator each pass seeds one from the default generator.</summary>
            public sealed class RandomSampler : Sampler<long>
            {
                private readonly ISized _source;
                private readonly long? _samples;
                private readonly Generator? _generator;

                public RandomSampler([PyTorchName("data_source")] ISized source, bool replacement = false, long? num_samples = null, Generator? generator = null)
                {
                    if (num_samples is <= 0) throw new ArgumentException($"num_samples should be a positive integer value, but got num_samples={num_samples}");
                    (_source, this.replacement, _samples, _generator) = (source, replacement, num_samples, generator);
                }

                public RandomSampler([PyTorchName("data_source")] long count, bool replacement = false, long? num_samples = null, Generator? generator = null)
                    : this(new Length(count), replacement, num_samples, generator) { }

                public bool replacement { get; }

                public long num_samples => _samples ?? _source.Count;

                public override long Count => num_samples;

                public override IEnumerator<long> GetEnumerator()
                {
                    var n = _source.Count;
                    var generator = _generator ?? new Generator((ulong)Generator.Default.Int64());
                    if (replacement)
                    {
                        for (long k = 0; k < num_samples / 32; k++)
                            foreach (var i in Integers(n, 32, generator)) yield return i;
                        if (num_samples % 32 != 0)
                            foreach (var i in Integers(n, num_samples % 32, generator)) yield return i;
                        yield break;
                    }
                    for (long k = 0; k < num_samples / Math.Max(n, 1); k++)
                        foreach (var i in Permutation(n, generator)) yield return i;
                    var rest = n > 0 ? num_samples % n : 0;
                    if (rest == 0) yield break;
                    foreach (var i in Permutation(n, generator)[..(int)rest]) yield return i;
                }

                private static long[] Integers(long n, long count, Generator generator) => Host.toArray<long>(randint(0, n, [count], generator: generator).Expr);
            }

            internal static long[] Permutation(long n, Generator? generator) => Host.toArray<long>(randperm(n, generator: generator).Expr);

            /// <summary>Given items in a random order.</summary>
            public sealed class SubsetRandomSampler(IEnumerable<long> indices, Generator? generator = null) : Sampler<long>
            {
                private readonly long[] _indices = [.. indices];

                public override long Count => _indices.Length;

                public override IEnumerator<long> GetEnumerator()
                {
                    foreach (var i in Permutation(_indices.Length, generator)) yield return _indices[i];
                }
            }

            /// <summary>Items drawn by weights.</summary>
            public sealed class WeightedRandomSampler : Sampler<long>
            {
                private readonly Tensor _weights;
                private readonly Generator? _generator;

                public WeightedRandomSampler(IEnumerable<double> weights, long num_samples, bool replacement = true, Generator? generator = null)
                {
                    if (num_samples <= 0) throw new ArgumentException($"num_samples should be a positive integer value, but got num_samples={num_samples}");
                    double[] values = [.. weights];
                    _weights = new Tensor(Host.ofArray(DType.Float64, [values.Length], values));
                    (Count, this.replacement, _generator) = (num_samples, replacement, generator);
                }

                public bool replacement { get; }

                public override long Count { get; }

                public override IEnumerator<long> GetEnumerator()
                {
                    foreach (var i in Host.toArray<long>(multinomial(_weights, Count, replacement, _generator).Expr)) yield return i;
                }
            }

            /// <summary>Indices in batches.</summary>
            public sealed class BatchSampler : Sampler<IReadOnlyList<long>>
            {
                private readonly IEnumerable<long> _sampler;

                public BatchSampler(IEnumerable<long> sampler, int batch_size, bool drop_last)
                {
                    if (batch_size <= 0) throw new ArgumentException($"batch_size should be a positive integer value, but got batch_size={batch_size}");
                    (_sampler, this.batch_size, this.drop_last) = (sampler, batch_size, drop_last);
                }

                public int batch_size { get; }

                public bool drop_last { get; }

                public override long Count
                {
                    get
                    {
                        var n = _sampler is ISized sized ? sized.Count : _sampler.LongCount();
                        return drop_last ? n / batch_size : (n + batch_size - 1) / batch_size;
                    }
                }

                public override IEnumerator<IReadOnlyList<long>> GetEnumerator()
                {
                    var batch = new List<long>(batch_size);
                    foreach (var i in _sampler)
                    {
                        batch.Add(i);
                        if (batch.Count < batch_size) continue;
                        yield return batch;
                        batch = new List<long>(batch_size);
                    }
                    if (batch.Count > 0 && !drop_last) yield return batch;
                }
            }

            /// <summary>The part of one process among several.</summary>
            public sealed class DistributedSampler : Sampler<long>
            {
                private readonly ISized _source;
                private readonly int _replicas, _rank;
                private readonly bool _shuffle, _dropLast;
                private readonly long _seed;
                private long _epoch;

                public DistributedSampler(ISized dataset, int num_replicas, int rank, bool shuffle = true, long seed = 0, bool drop_last = false)
                {
                    if (rank >= num_replicas || rank < 0) throw new ArgumentException($"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]");
                    (_source, _replicas, _rank, _shuffle, _seed, _dropLast) = (dataset, num_replicas, rank, shuffle, seed, drop_last);
                }

                public override long Count => _dropLast && _source.Count % _replicas != 0
                    ? (_source.Count - _replicas + _replicas - 1) / _replicas
                    : (_source.Count + _replicas - 1) / _replicas;

                /// <summary>Another epoch gives another order.</summary>
                public void set_epoch(long epoch) => _epoch = epoch;

                public override IEnumerator<long> GetEnumerator()
                {
                    var n = _source.Count;
                    var order = _shuffle ? Permutation(n, new Generator((ulong)(_seed + _epoch))) : [.. Enumerable.Range(0, (int)n).Select(i => (long)i)];
                    var total = Count * _replicas;
                    for (long i = _rank; i < total; i += _replicas) yield return order[i % n];
                }
            }
        }
    }
}
