using System.Collections;

namespace Torch;

public static partial class torch
{
    /// <summary>The sizes of a tensor's dimensions.</summary>
    public readonly struct Size : IEnumerable<long>, IEquatable<Size>
    {
        private readonly long[]? _sizes;

        public Size(long[] shape) => _sizes = (long[])shape.Clone();
        public Size(int[] shape) => _sizes = Array.ConvertAll(shape, s => (long)s);
        public Size(IEnumerable<long> shape) => _sizes = shape.ToArray();
        public Size(long size) => _sizes = [size];
        public Size(int size) => _sizes = [size];
        public Size((long, long) size) => _sizes = [size.Item1, size.Item2];
        public Size((long, long, long) size) => _sizes = [size.Item1, size.Item2, size.Item3];
        public Size((long, long, long, long) size) => _sizes = [size.Item1, size.Item2, size.Item3, size.Item4];
        public Size((long, long, long, long, long) size) => _sizes = [size.Item1, size.Item2, size.Item3, size.Item4, size.Item5];
        public Size((long, long, long, long, long, long) size) => _sizes = [size.Item1, size.Item2, size.Item3, size.Item4, size.Item5, size.Item6];
        public Size((int, int) size) => _sizes = [size.Item1, size.Item2];
        public Size((int, int, int) size) => _sizes = [size.Item1, size.Item2, size.Item3];
        public Size((int, int, int, int) size) => _sizes = [size.Item1, size.Item2, size.Item3, size.Item4];
        public Size((int, int, int, int, int) size) => _sizes = [size.Item1, size.Item2, size.Item3, size.Item4, size.Item5];
        public Size((int, int, int, int, int, int) size) => _sizes = [size.Item1, size.Item2, size.Item3, size.Item4, size.Item5, size.Item6];

        public static readonly Size Empty = new(Array.Empty<long>());

        private long[] Values => _sizes ?? [];

        public long[] Shape => (long[])Values.Clone();

        public int Length => Values.Length;

        public bool IsEmpty => Length == 0;

        public bool IsScalar => Length == 0;

        public long numel() => Core.Shape.count(Values);

        public long this[int idx] => Values[idx < 0 ? idx + Length : idx];

        public long this[long idx] => this[(int)idx];

        public Size Slice(int first, int next) => new(Values[first..(first + next)]);

        public IEnumerable<long> Take(int i) => Values.Take(i);

        public IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)Values).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public static implicit operator Size(long[] size) => new(size);
        public static implicit operator Size(long size) => new(size);
        public static implicit operator Size((long, long) size) => new(size);
        public static implicit operator Size((long, long, long) size) => new(size);
        public static implicit operator Size((long, long, long, long) size) => new(size);
        public static implicit operator Size((long, long, long, long, long) size) => new(size);
        public static implicit operator Size((long, long, long, long, long, long) size) => new(size);
        public static implicit operator long[](Size size) => size.Shape;

        public static Size operator +(Size left, Size right) => new([.. left.Values, .. right.Values]);
        public static Size operator +(Size left, IEnumerable<long> right) => new([.. left.Values, .. right]);
        public static bool operator ==(Size left, Size right) => left.Equals(right);
        public static bool operator !=(Size left, Size right) => !left.Equals(right);

        public bool Equals(Size other) => Values.AsSpan().SequenceEqual(other.Values);

        public override bool Equals(object? obj) => (obj is Size s && Equals(s)) || (obj is long[] a && Values.AsSpan().SequenceEqual(a));

        public override int GetHashCode()
        {
            var h = new HashCode();
            foreach (var s in Values) h.Add(s);
            return h.ToHashCode();
        }

        public override string ToString() => $"torch.Size({Core.Shape.show(Values)})";
    }
}
