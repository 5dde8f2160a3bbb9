using System.Diagnostics;

namespace Torch;

public static partial class torch
{
    /// <summary>
    /// A tensor: a strided view of a storage, and what autograd knows of it. Its value is an expression; nothing is computed until a value is asked for.
    /// Nobody has to dispose of tensors; who does, lets go of the storage at once. See https://pytorch.org/docs/stable/tensors.html.
    /// </summary>
    [DebuggerDisplay("{DebugText,nq}")]
    public partial class Tensor : IDisposable, IFormattable
    {
        private Cell? _cell;
        // The value as an expression, true for one epoch of the cell. Written before the epoch, read after it.
        private Expr? _value;
        private int _epoch;

        /// <summary>A tensor of its own storage, laid out as the expression's strides say.</summary>
        internal Tensor(Expr value)
        {
            (DType, Sizes, Strides) = (value.DType, value.Sizes, value.Strides);
            var content = Flat.FromLayout(value, Sizes, Strides);
            _cell = new Cell(content, lent: true);
            _value = value;
            if (Modes.Inference) IsInference = true;
            else Version = new VersionCounter();
            DisposeScope.Made(this);
        }

        /// <summary>A view of another tensor's storage; its value is already known.</summary>
        internal Tensor(Tensor self, Expr value, long[] sizes, long[] strides, long offset, bool conjugate, bool negative)
        {
            _cell = self.Cell;
            (DType, Sizes, Strides, Offset) = (value.DType, sizes, strides, offset);
            (Conjugate, Negative) = (conjugate, negative);
            Version = self.Version;
            IsInference = self.IsInference;
            // The value itself carries the strides that later operations infer theirs from.
            _value = Build.withStrides(strides, value);
            _epoch = _cell.Epoch;
            DisposeScope.Made(this);
        }

        /// <summary>For classes derived from it (parameters): the same storage, value and version.</summary>
        protected Tensor(Tensor other)
        {
            _cell = other.Cell;
            (DType, Sizes, Strides, Offset) = (other.DType, other.Sizes, other.Strides, other.Offset);
            (Conjugate, Negative) = (other.Conjugate, other.Negative);
            Version = other.Version;
            IsInference = other.IsInference;
        }

        internal DType DType { get; private set; }

        internal long[] Sizes { get; private set; }

        internal long[] Strides { get; private set; }

        /// <summary>Where the first element lies in the storage, in elements of the dtype.</summary>
        internal long Offset { get; private set; }

        /// <summary>Whether the elements are the conjugates of those in memory (torch.conj), or their negatives (imag of such a view).</summary>
        internal bool Conjugate { get; private set; }

        internal bool Negative { get; private set; }

        internal bool IsInference { get; }

        /// <summary>Null for inference tensors, which have none.</summary>
        internal VersionCounter? Version { get; private set; }

        internal int CurrentVersion => Version?.Value ?? 0;

        internal AutogradMeta? Meta { get; private set; }

        internal AutogradMeta EnsureMeta() => Meta ??= new AutogradMeta();

        internal long Count => Shape.count(Sizes);

        internal Cell Cell => _cell ?? throw new InvalidOperationException("Tensor invalid -- empty handle.");

        /// <summary>The value. It is this tensor's own: no other tensor has the same object.</summary>
        internal Expr Expr
        {
            get
            {
                var cell = Cell;
                var epoch = cell.Epoch;
                if (Volatile.Read(ref _epoch) == epoch && _value is { } known) return known;
                var value = Build.withStrides(Strides, Signed(cell.Read(DType, Sizes, Strides, Offset)));
                if (Meta is not null) value = Traceable(value);
                _value = value;
                Volatile.Write(ref _epoch, epoch);
                return value;
            }
        }

        /// <summary>A fill that gradients are wanted of: constructors fold fills, and a folded value would not lead back to its tensor.</summary>
        private static Expr Traceable(Expr value) => value.Node.IsFill ? Identity.link(value) : value;

        /// <summary>Called when the tensor gets a history, or asks for gradients.</summary>
        internal void MakeTraceable()
        {
            if (Expr.Node.IsFill) _value = Traceable(Expr);
        }

        /// <summary>Replaces the value, which has this tensor's sizes and dtype. The version goes up.</summary>
        internal void Store(Expr value)
        {
            var cell = Cell;
            cell.Write(DType, Sizes, Strides, Offset, Signed(value));
            value = Build.withStrides(Strides, value);
            _value = Meta is null ? value : Traceable(value);
            Volatile.Write(ref _epoch, cell.Epoch);
            Version?.Bump();
        }

        /// <summary>Shows the same storage otherwise (t_, squeeze_, as_strided_). The version goes up.</summary>
        internal void Reshow(long[] sizes, long[] strides, long offset)
        {
            (Sizes, Strides, Offset) = (sizes, strides, offset);
            _value = null;
            Version?.Bump();
        }

        /// <summary>Takes over another tensor's storage and everything about its value, not its history.</summary>
        internal void Adopt(Tensor other)
        {
            _cell = other.Cell;
            (DType, Sizes, Strides, Offset) = (other.DType, other.Sizes, other.Strides, other.Offset);
            (Conjugate, Negative) = (other.Conjugate, other.Negative);
            _value = null;
        }

        /// <summary>Makes the tensor contiguous with these sizes over its storage, which grows if it must.</summary>
        internal void Resize(long[] sizes)
        {
            if (Sizes.AsSpan().SequenceEqual(sizes)) return;
            Cell.Grow((Offset + Shape.count(sizes)) * DType.Size);
            Reshow(sizes, Shape.contiguous(sizes), Offset);
        }

        /// <summary>From elements to what lies in memory, or back.</summary>
        private Expr Signed(Expr e)
        {
            if (Conjugate) e = Arithmetic.conj(e);
            return Negative ? Arithmetic.neg(e) : e;
        }

        /// <summary>Computes the value now, if it is pending.</summary>
        internal Tensor Evaluate()
        {
            Evaluation.Run(Expr);
            return this;
        }

        /// <summary>Lets go of the storage. Views of it and expressions over it stay valid; this tensor does not.</summary>
        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            Scope?.MarkAsDisposed(this);
            Scope = null;
            _cell = null;
            _value = null;
            Meta = null;
        }

        /// <summary>Whether Dispose was called.</summary>
        public bool IsInvalid => _cell is null;

        private string DebugText
        {
            get
            {
                if (IsInvalid) return "<disposed>";
                var head = $"{DType} {Shape.show(Sizes)}";
                // Looking must not compute: only a value that is there already is shown.
                return Expr.IsEvaluated && Count <= 64 ? $"{head} {Printer.Values(this)}" : Expr.IsEvaluated ? head : $"{head} <pending>";
            }
        }
    }
}
