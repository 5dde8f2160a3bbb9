using Torch.Kernels;

namespace Torch;

/// <summary>
/// A storage: the one place where mutation happens. Its content is an immutable expression whose row-major elements are the storage's elements; writing puts another
/// expression in its place. <see cref="Epoch"/> counts the changes of the content, so that tensors know whether the expression they remember is still true
/// (the version that PyTorch shows is counted apart: `x.data` shares the storage and not the version).
/// </summary>
internal sealed class Cell
{
    private Expr _content;
    // Whether somebody else may hold the content: then its memory must not be written to, and whoever asks for it whole gets a value of its own.
    private bool _lent;
    private int _epoch;
    // Whether this cell is among those that evaluation takes along.
    private int _queued;

    internal Cell(Expr content, bool lent)
    {
        _content = content;
        _lent = lent;
    }

    internal int Epoch => Volatile.Read(ref _epoch);

    /// <summary>The content, for reading by the runtime.</summary>
    internal Expr Content
    {
        get
        {
            _lent = true;
            return _content;
        }
    }

    internal DType DType => _content.DType;

    internal Device Device => _content.Device;

    internal bool IsEvaluated => _content.IsEvaluated;

    /// <summary>The size of the storage.</summary>
    internal long Bytes => _content.Count * _content.DType.Size;

    internal bool TryQueue() => Interlocked.Exchange(ref _queued, 1) == 0;

    internal void Dequeue() => Volatile.Write(ref _queued, 0);

    internal Expr Read(DType dtype, long[] sizes, long[] strides, long offset)
    {
        var content = _content;
        var value = Flat.Read(content, dtype, sizes, strides, offset);
        var own = ReferenceEquals(value, content) && _lent ? Identity.alias(value) : value;
        _lent = true;
        return own;
    }

    /// <summary>Writes a value of the given geometry. A later read of just this geometry may be answered by the value itself.</summary>
    internal void Write(DType dtype, long[] sizes, long[] strides, long offset, Expr value)
    {
        Replace(Flat.Write(_content, dtype, sizes, strides, offset, value));
        Evaluation.Changed(this);
    }

    /// <summary>Makes the storage as large as so many bytes; what is new is zero.</summary>
    internal void Grow(long bytes)
    {
        if (bytes <= Bytes) return;
        var size = DType.Size;
        var larger = Build.fill([(bytes + size - 1) / size], DType, Literal.NewInt(0));
        if (Device.IsMeta) larger = Build.meta(larger.Sizes, larger.Strides, DType);
        Replace(_content.Count == 0 ? larger : Build.write(larger, new Region(0, [1]), Build.reshape([_content.Count], _content)));
    }

    /// <summary>The memory of the content, computed, in row-major order. Keep the cell's content alive while it is used.</summary>
    internal Block Memory(out Expr holder)
    {
        holder = Content;
        Evaluation.Run(holder);
        return Host.contiguous(holder);
    }

    /// <summary>Memory that nobody else sees: writing to it is writing to the storage, until the content is read again.</summary>
    internal Block Writable(out Expr holder)
    {
        if (_lent || _content.Node is not Node<Expr>.Data)
        {
            Evaluation.Run(_content);
            var source = Host.contiguous(_content);
            var old = _content;
            Replace(Host.make(old.DType, old.Sizes, target => StridedCopy.Copy(source, target)));
            GC.KeepAlive(old);
            _lent = false;
        }
        else Volatile.Write(ref _epoch, _epoch + 1);
        holder = _content;
        return Host.contiguous(_content);
    }

    private void Replace(Expr content)
    {
        _content = content;
        _lent = true;
        Volatile.Write(ref _epoch, _epoch + 1);
    }
}
