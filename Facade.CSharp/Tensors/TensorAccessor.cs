using System.Collections;

namespace Torch.Utils;

/// <summary>
/// A tensor's elements as .NET values, in row-major order. Reading computes what is pending. Writing goes to memory of the tensor's own (made at the first write
/// after somebody else has read the value) and counts as a change in place; the memory lives as long as the accessor does.
/// </summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private Tensor? _tensor;
    // What was read last, and the epoch of the storage in which that is true.
    private Expr? _holder;
    private T* _elements;
    private int _epoch = -1;

    internal TensorAccessor(Tensor tensor) => _tensor = tensor;

    private Tensor Tensor => _tensor ?? throw new ObjectDisposedException(nameof(TensorAccessor<T>));

    public long Count => Tensor.Count;

    public bool IsReadOnly => false;

    /// <summary>The elements in row-major order, for reading; whatever the tensor's strides.</summary>
    private T* Elements
    {
        get
        {
            var t = Tensor;
            if (_holder is null || _epoch != t.Cell.Epoch)
            {
                var block = t.Read(out _holder);
                _elements = (T*)block.Pointer;
                _epoch = t.Cell.Epoch;
            }
            return _elements;
        }
    }

    public ReadOnlySpan<T> AsSpan() => new(Elements, checked((int)Count));

    public T this[params long[] indices]
    {
        get
        {
            var value = Elements[Position(indices, Shape.contiguous(Tensor.Sizes))];
            GC.KeepAlive(this);
            return value;
        }
        set
        {
            var t = Tensor;
            var at = t.Offset + Position(indices, t.Strides);
            Begin(out var holder)[at] = value;
            GC.KeepAlive(holder);
        }
    }

    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array);
        return array;
    }

    /// <summary>An array with the tensor's dimensions.</summary>
    public Array ToNDArray()
    {
        var sizes = Tensor.Sizes;
        if (sizes.Length == 0) return ToArray();
        var result = Array.CreateInstance(typeof(T), sizes);
        var index = new long[sizes.Length];
        foreach (var value in ToArray())
        {
            result.SetValue(value, index);
            for (var d = sizes.Length - 1; d >= 0 && ++index[d] == sizes[d]; d--) index[d] = 0;
        }
        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var n = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        new ReadOnlySpan<T>(Elements + tensorIndex, n).CopyTo(array[arrayIndex..]);
        GC.KeepAlive(this);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var t = Tensor;
        var n = Math.Min(array.Length - arrayIndex, t.Count - tensorIndex);
        var elements = Begin(out var holder);
        var unit = Shape.contiguous(t.Sizes);
        for (long i = 0; i < n; i++)
        {
            var rest = tensorIndex + i;
            var at = t.Offset;
            for (var d = 0; d < unit.Length; d++)
            {
                at += rest / unit[d] * t.Strides[d];
                rest %= unit[d];
            }
            elements[at] = array[arrayIndex + (int)i];
        }
        GC.KeepAlive(holder);
    }

    /// <summary>The storage's own memory, for writing.</summary>
    private T* Begin(out Expr holder)
    {
        var t = Tensor;
        Autograd.CheckInPlace(t, Autograd.Wanted([t]));
        var memory = t.Cell.Writable(out holder);
        t.Version?.Bump();
        return (T*)memory.Pointer;
    }

    private long Position(long[] indices, long[] strides)
    {
        var sizes = Tensor.Sizes;
        // One index counts through all elements.
        if (indices.Length == 1 && sizes.Length != 1)
        {
            if (indices[0] < 0 || indices[0] >= Count) throw new IndexOutOfRangeException();
            var (rest, unit) = (indices[0], Shape.contiguous(sizes));
            long position = 0;
            for (var d = 0; d < sizes.Length; d++)
            {
                position += rest / unit[d] * strides[d];
                rest %= unit[d];
            }
            return position;
        }
        if (indices.Length != sizes.Length) throw new ArgumentException($"{indices.Length} indices for a tensor of {sizes.Length} dimensions");
        long at = 0;
        for (var d = 0; d < sizes.Length; d++)
        {
            if (indices[d] < 0 || indices[d] >= sizes[d]) throw new IndexOutOfRangeException();
            at += indices[d] * strides[d];
        }
        return at;
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public static bool operator ==(TensorAccessor<T>? left, TensorAccessor<T>? right) =>
        ReferenceEquals(left, right) || (left is not null && right is not null && left.Count == right.Count && left.AsSpan().SequenceEqual(right.AsSpan()));

    public static bool operator !=(TensorAccessor<T>? left, TensorAccessor<T>? right) => !(left == right);

    public override bool Equals(object? obj) => obj is TensorAccessor<T> other && this == other;

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    public void Dispose()
    {
        _tensor = null;
        _holder = null;
    }
}
