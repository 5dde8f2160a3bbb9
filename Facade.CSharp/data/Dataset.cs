using System.Collections;
using Torch.Modules;

namespace Torch;

// torch.utils.data: datasets. See https://pytorch.org/docs/stable/data.html.
public static partial class torch
{
    public static partial class utils
    {
        public static partial class data
        {
            /// <summary>Something with a known number of items.</summary>
            public interface ISized
            {
                long Count { get; }
            }

            /// <summary>Items by number.</summary>
            public abstract class Dataset<T> : ISized, IDisposable
            {
                /// <summary>The number of items.</summary>
                public abstract long Count { get; }

                public abstract T GetTensor(long index);

                /// <summary>Several items at once; null where the dataset has no better way than one after the other.</summary>
                public virtual IReadOnlyList<T>? GetTensors(IReadOnlyList<long> indices) => null;

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing) { }
            }

            /// <summary>Items that are tensors by name.</summary>
            public abstract class Dataset : Dataset<Dictionary<string, Tensor>>;

            /// <summary>Items that are lists of tensors.</summary>
            public abstract class IterableDataset : Dataset<IList<Tensor>>;

            /// <summary>Items one after the other, without numbers: PyTorch's IterableDataset.</summary>
            public abstract class IterableDataset<T> : IEnumerable<T>
            {
                public abstract IEnumerator<T> GetEnumerator();

                IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
            }

            /// <summary>Datasets that can be collated faster than item by item.</summary>
            internal interface IBatchSource<out TBatch>
            {
                TBatch Batch(IReadOnlyList<long> indices);
            }

            /// <summary>Some of the items of a dataset.</summary>
            public class Subset<T>(Dataset<T> dataset, IReadOnlyList<long> indices) : Dataset<T>
            {
                public Dataset<T> dataset { get; } = dataset;

                public IReadOnlyList<long> indices { get; } = indices;

                public override long Count => indices.Count;

                public override T GetTensor(long index) => dataset.GetTensor(indices[(int)index]);

                public override IReadOnlyList<T>? GetTensors(IReadOnlyList<long> indices) => dataset.GetTensors([.. indices.Select(i => this.indices[(int)i])]);
            }

            /// <summary>Datasets one after the other.</summary>
            public class ConcatDataset<T> : Dataset<T>
            {
                public ConcatDataset(IEnumerable<Dataset<T>> datasets)
                {
                    this.datasets = [.. datasets];
                    if (this.datasets.Count == 0) throw new ArgumentException("datasets should not be an empty iterable");
                    long sum = 0;
                    cumulative_sizes = [.. this.datasets.Select(d => sum += d.Count)];
                }

                public IReadOnlyList<Dataset<T>> datasets { get; }

                public IReadOnlyList<long> cumulative_sizes { get; }

                public override long Count => cumulative_sizes[^1];

                public override T GetTensor(long index)
                {
                    if (index < 0)
                    {
                        if (-index > Count) throw new ArgumentException("absolute value of index should not exceed dataset length");
                        index += Count;
                    }
                    var at = 0;
                    while (at < cumulative_sizes.Count && cumulative_sizes[at] <= index) at++;
                    if (at == cumulative_sizes.Count) throw new IndexOutOfRangeException("list index out of range");
                    return datasets[at].GetTensor(at == 0 ? index : index - cumulative_sizes[at - 1]);
                }
            }

            public static Modules.TensorDataset TensorDataset(params Tensor[] tensors) => new(tensors);

            /// <summary>A dataset cut at random into pieces of these lengths.</summary>
            public static IList<Subset<T>> random_split<T>(Dataset<T> dataset, IReadOnlyList<long> lengths, Generator? generator = null)
            {
                var total = lengths.Sum();
                if (total != dataset.Count) throw new ArgumentException("Sum of input lengths does not equal the length of the input dataset!");
                var order = Host.toArray<long>(randperm(total, generator: generator).Expr);
                var pieces = new List<Subset<T>>();
                var at = 0;
                foreach (var length in lengths)
                {
                    pieces.Add(new Subset<T>(dataset, order[at..(at += (int)length)]));
                }
                return pieces;
            }

            /// <summary>A dataset cut at random into pieces of these fractions; what rounding leaves goes to the first pieces, one each.</summary>
            public static IList<Subset<T>> random_split<T>(Dataset<T> dataset, [PyTorchName("lengths")] IReadOnlyList<double> fractions, Generator? generator = null) =>
                random_split(dataset, Lengths(dataset.Count, fractions), generator);

            private static long[] Lengths(long count, IReadOnlyList<double> fractions)
            {
                for (var i = 0; i < fractions.Count; i++)
                    if (fractions[i] is < 0 or > 1) throw new ArgumentException($"Fraction at index {i} is not between 0 and 1");
                if (Math.Abs(fractions.Sum() - 1) > 1e-9) throw new ArgumentException("Sum of input lengths does not equal the length of the input dataset!");
                var lengths = fractions.Select(f => (long)Math.Floor(count * f)).ToArray();
                var rest = count - lengths.Sum();
                for (long i = 0; i < rest; i++) lengths[i % lengths.Length]++;
                return lengths;
            }
        }
    }

    /// <summary>The fields of an item or batch that is a list: var (x, y) = batch.</summary>
    public static void Deconstruct(this IList<Tensor> batch, out Tensor first, out Tensor second) => (first, second) = (batch[0], batch[1]);

    public static void Deconstruct(this IList<Tensor> batch, out Tensor first, out Tensor second, out Tensor third) => (first, second, third) = (batch[0], batch[1], batch[2]);
}
