namespace Torch;

public static partial class torch
{
    // Views that read memory otherwise than element by element, shapes changed in place, and copies.
    public partial class Tensor
    {
        /// <summary>A view with the given geometry over this tensor's storage. Without an offset: from where this tensor begins.</summary>
        public Tensor as_strided(long[] size, [PyTorchName("stride")] long[] strides, [PyTorchName("storage_offset")] long? storageOffset = null)
        {
            var offset = storageOffset ?? Offset;
            CheckStrided("as_strided", size, strides, offset);
            return Autograd.View("AsStridedBackward0", this, StridedValue(size, strides, offset), size, strides, offset);
        }

        public Tensor as_strided_(long[] size, [PyTorchName("stride")] long[] strides, [PyTorchName("storage_offset")] long? storageOffset = null)
        {
            var offset = storageOffset ?? Offset;
            CheckStrided("as_strided_", size, strides, offset);
            return ReshowInPlace("AsStridedBackward0", StridedValue(size, strides, offset), size, strides, offset);
        }

        private void CheckStrided(string name, long[] size, long[] strides, long offset)
        {
            if (size.Length != strides.Length) throw new TorchException($"mismatch in length of strides and shape");
            foreach (var s in strides)
                if (s < 0) throw new TorchException($"{name}: Negative strides are not supported at the moment, got strides: {Shape.show(strides)}");
            if (offset < 0) throw new TorchException($"Tensor: invalid storage offset {offset}");
            var end = Shape.extent(size, strides, offset).Item2;
            if (end * DType.Size > Cell.Bytes)
                throw new TorchException($"setStorage: sizes {Shape.show(size)}, strides {Shape.show(strides)}, storage offset {offset}, and itemsize {DType.Size} requiring a storage size of {end * DType.Size} are out of bounds for storage of size {Cell.Bytes}");
        }

        /// <summary>From this tensor's own value where it covers what is asked for, so that gradients find their way; else from the storage.</summary>
        private Expr StridedValue(long[] size, long[] strides, long offset)
        {
            var (low, high) = (Offset, Shape.extent(Sizes, Strides, Offset).Item2);
            var end = Shape.extent(size, strides, offset).Item2;
            if (Shape.count(size) == 0 || (offset >= low && end <= high && Shape.isDense(Sizes, Strides)))
                return Flat.Read(Flat.FromLayout(Expr, Sizes, Strides), DType, size, strides, Shape.count(size) == 0 ? 0 : offset - low);
            return Signed(Flat.Read(Cell.Content, DType, size, strides, offset));
        }

        public Tensor alias() => Autograd.View("AliasBackward0", this, Expr, Sizes, Strides, Offset);

        /// <summary>A view of a complex tensor with a last dimension of two: the real and the imaginary part.</summary>
        public Tensor view_as_real()
        {
            if (!DType.IsComplex) throw new TorchException("view_as_real is only supported for complex tensors");
            if (Conjugate)
                throw new TorchException("view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can view it as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias the original.");
            long[] sizes = [.. Sizes, 2];
            return Autograd.View("ViewAsRealBackward0", this, Build.reinterpret(DType.Real, sizes, Expr), sizes, [.. Array.ConvertAll(Strides, s => s * 2), 1], Offset * 2);
        }

        public Tensor view_as_complex()
        {
            if (DType.IsComplex || !DType.IsFloat || DType.Size < 2 || DType.Equals(DType.BFloat16))
                throw new TorchException($"view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: {DType.ScalarName}");
            if (Sizes.Length == 0) throw new TorchException("Input tensor must have one or more dimensions");
            if (Sizes[^1] != 2) throw new TorchException("Tensor must have a last dimension of size 2");
            if (Strides[^1] != 1) throw new TorchException("Tensor must have a last dimension with stride 1");
            var sizes = Sizes[..^1];
            var strides = Strides[..^1];
            for (var i = 0; i < strides.Length; i++)
            {
                if (strides[i] % 2 != 0) throw new TorchException("Tensor must have a stride divisible by 2 for all but last dimension");
                strides[i] /= 2;
            }
            if (Offset % 2 != 0) throw new TorchException("Tensor must have a storage_offset divisible by 2");
            return Autograd.View("ViewAsComplexBackward0", this, Build.reinterpret(DType.Complex, sizes, Expr), sizes, strides, Offset / 2);
        }

        /// <summary>The real part: a view of a complex tensor, a real tensor itself.</summary>
        public Tensor real => !DType.IsComplex ? this : Conjugate ? conj().view_as_real().Selected(Sizes.Length, 0) : view_as_real().Selected(Sizes.Length, 0);

        /// <summary>The imaginary part, as a view.</summary>
        public Tensor imag
        {
            get
            {
                if (!DType.IsComplex) throw new TorchException("imag is not implemented for tensors with non-complex dtypes.");
                return Conjugate ? conj().view_as_real().Selected(Sizes.Length, 1)._neg_view() : view_as_real().Selected(Sizes.Length, 1);
            }
        }

        /// <summary>The conjugate as a view: the storage stays, reading conjugates. A real tensor is its own conjugate.</summary>
        public Tensor conj() => !DType.IsComplex
            ? this
            : Autograd.Views("ConjBackward0", this, [new ViewSpec(Arithmetic.conj(Expr), Sizes, Strides, Offset, Conjugate: !Conjugate)], ViewOrigin.Default)[0];

        public Tensor _neg_view() =>
            Autograd.Views("NegViewBackward0", this, [new ViewSpec(Arithmetic.neg(Expr), Sizes, Strides, Offset, Negative: !Negative)], ViewOrigin.Default)[0];

        public bool is_conj() => Conjugate;

        public bool is_neg() => Negative;

        public Tensor resolve_conj() => Conjugate ? clone() : this;

        public Tensor resolve_neg() => Negative ? clone() : this;

        // ---- Shapes changed in place

        private Tensor ReshowInPlace(string name, Expr value, long[] sizes, long[] strides, long offset)
        {
            var record = DType.IsDifferentiable && Autograd.Wanted([this]);
            Autograd.CheckInPlace(this, record);
            if (!record)
            {
                Reshow(sizes, strides, offset);
                return this;
            }
            if (ReferenceEquals(value, Expr)) value = Identity.link(value);
            var node = new Recorded(name, [value], [this], exceptFirst: true);
            Reshow(sizes, strides, offset);
            if (Meta?.View is { } view) view.Version = CurrentVersion;
            SetHistory(node, 0);
            return this;
        }

        private Tensor PermuteInPlace(string name, int[] order) =>
            ReshowInPlace(name, Build.permute(order, Expr), Array.ConvertAll(order, d => Sizes[d]), Array.ConvertAll(order, d => Strides[d]), Offset);

        public Tensor transpose_(long dim0, long dim1) => PermuteInPlace("TransposeBackward0", Swapped(dim0, dim1));

        public Tensor swapaxes_([PyTorchName("axis0")] long dim0, [PyTorchName("axis1")] long dim1) => transpose_(dim0, dim1);

        public Tensor swapdims_(long dim0, long dim1) => transpose_(dim0, dim1);

        public Tensor t_()
        {
            if (Sizes.Length > 2) throw new TorchException($"t_() expects a tensor with <= 2 dimensions, but self is {Sizes.Length}D");
            return PermuteInPlace("TBackward0", Sizes.Length == 2 ? [1, 0] : Enumerable.Range(0, Sizes.Length).ToArray());
        }

        public Tensor squeeze_(long? dim = null)
        {
            int[] dims;
            if (dim is null) dims = Enumerable.Range(0, Sizes.Length).Where(d => Sizes[d] == 1).ToArray();
            else
            {
                var at = Shape.dim(Sizes.Length, dim.Value);
                dims = Sizes.Length > 0 && Sizes[at] == 1 ? [at] : [];
            }
            return ReshowInPlace(dim is null ? "SqueezeBackward0" : "SqueezeBackward1", Build.squeeze(dims, Expr), Without(Sizes, dims), Without(Strides, dims), Offset);
        }

        public Tensor squeeze_([PyTorchName("dim")] long[] dims)
        {
            var at = (dims.Length == 0 ? [] : Shape.dims(Sizes.Length, dims)).Where(d => Sizes[d] == 1).ToArray();
            return ReshowInPlace("SqueezeBackward2", Build.squeeze(at, Expr), Without(Sizes, at), Without(Strides, at), Offset);
        }

        public Tensor unsqueeze_(long dim)
        {
            var d = Shape.dim(Sizes.Length + 1, dim);
            var (sizes, strides) = UnsqueezedGeometry(d);
            return ReshowInPlace("UnsqueezeBackward0", Build.unsqueeze(d, Expr), sizes, strides, Offset);
        }

        /// <summary>Other sizes over the same storage, contiguous; the storage grows if it must.</summary>
        public Tensor resize_([PyTorchName("size")] params long[] sizes)
        {
            if (requires_grad) throw new TorchException("cannot resize variables that require grad");
            Autograd.CheckInPlace(this, false);
            foreach (var s in sizes)
                if (s < 0) throw new TorchException($"Trying to create tensor with negative dimension {s}: {Shape.show(sizes)}");
            Resize(sizes);
            return this;
        }

        public Tensor resize_as_([PyTorchName("the_template")] Tensor other) => resize_(other.Sizes);

        /// <summary>Takes over another tensor's storage and geometry.</summary>
        public Tensor set_(Tensor source)
        {
            if (!source.DType.Equals(DType)) throw new TorchException($"Could not set tensor of type {CName(source.DType)} to a tensor of type {CName(DType)}");
            Autograd.CheckInPlace(this, false);
            var version = Version;
            Adopt(source);
            version?.Bump();
            return this;
        }

        public Tensor set_(Tensor source, [PyTorchName("storage_offset")] long storageOffset, long[] size, long[]? stride = null)
        {
            set_(source);
            Reshow(size, stride ?? Shape.contiguous(size), storageOffset);
            return this;
        }

        // ---- Copies

        public Tensor clone() => clone(memory_format.preserve_format);

        public Tensor clone(memory_format memory_format) =>
            Autograd.Record("CloneBackward0", Build.withStrides(FormatStrides(memory_format), Expr), this);

        public Tensor contiguous() => contiguous(memory_format.contiguous_format);

        public Tensor contiguous(memory_format memory_format)
        {
            if (memory_format == memory_format.preserve_format) throw new TorchException("preserve memory format is unsupported by the contiguous operator");
            return is_contiguous(memory_format) && !Conjugate && !Negative ? this : clone(memory_format);
        }

        /// <summary>The strides of a copy in a memory format.</summary>
        internal long[] FormatStrides(memory_format format)
        {
            switch (format)
            {
                case memory_format.preserve_format: return Shape.preserved(Sizes, Strides);
                case memory_format.channels_last when Sizes.Length != 4: throw new TorchException("required rank 4 tensor to use channels_last format");
                case memory_format.channels_last_3d when Sizes.Length != 5: throw new TorchException("required rank 5 tensor to use channels_last_3d format");
                case memory_format.channels_last or memory_format.channels_last_3d: return Shape.channelsLast(Sizes);
                default: return Shape.contiguous(Sizes);
            }
        }

        /// <summary>Copies another tensor's values into this one; shapes broadcast and dtypes convert.</summary>
        public Tensor copy_([PyTorchName("src")] Tensor source, [PyTorchName("non_blocking")] bool nonBlocking = false)
        {
            if (!Engine.IsExpandableTo(source.Sizes, Sizes))
            {
                // PyTorch's words for operands that do not broadcast; those that do but not to this tensor's size get others.
                var common = Shape.broadcast2(Sizes, source.Sizes);
                throw new TorchException($"output with shape {Shape.show(Sizes)} doesn't match the broadcast shape {Shape.show(common)}");
            }
            return Autograd.InPlace(this, "CopyBackwards", Build.expand(Sizes, Build.cast(DType, source.Expr)), source);
        }
    }
}
