namespace Torch;

public static partial class torch
{
    // Views: tensors that show the same storage otherwise. Each is an expression over this tensor's value, and a geometry over its storage.
    public partial class Tensor
    {
        public Tensor view(params long[] shape)
        {
            var target = Shape.infer(shape, Count);
            var strides = Shape.view(Sizes, Strides, target);
            if (strides.IsNone)
                throw new TorchException("view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.");
            return Autograd.View("ViewBackward0", this, Build.reshape(target, Expr), target, strides.Value, Offset);
        }

        /// <summary>One dimension; here because C# would take the number 0 for a dtype.</summary>
        public Tensor view(int size) => view([(long)size]);

        /// <summary>The same bytes as elements of another type.</summary>
        public Tensor view(ScalarType dtype)
        {
            var d = dtype.ToDType();
            if (d.Equals(DType)) return alias();
            if (Conjugate) throw new TorchException("torch.Tensor.view is not supported for conjugate view tensors when converting to a different dtype.");
            if (Negative) throw new TorchException("torch.Tensor.view is not supported for tensors with negative bit set when converting to a different dtype.");
            var (sizes, strides, offset) = ReinterpretedGeometry(d);
            var value = d.Size == DType.Size && Shape.isContiguous(Sizes, Strides)
                ? Build.reinterpret(d, sizes, Expr)
                : Flat.Read(Flat.FromLayout(Expr, Sizes, Strides), d, sizes, strides, 0);
            return Autograd.View("ViewBackward1", this, value, sizes, strides, offset);
        }

        private (long[] Sizes, long[] Strides, long Offset) ReinterpretedGeometry(DType d)
        {
            var (have, want) = (DType.Size, d.Size);
            var sizes = (long[])Sizes.Clone();
            var strides = (long[])Strides.Clone();
            if (have == want) return (sizes, strides, Offset);
            if (Sizes.Length == 0) throw new TorchException($"self.dim() cannot be 0 to view {DType.ScalarName} as {d.ScalarName} (different element sizes)");
            if (Strides[^1] != 1) throw new TorchException($"self.stride(-1) must be 1 to view {DType.ScalarName} as {d.ScalarName} (different element sizes), but got {Strides[^1]}");
            if (want < have)
            {
                var ratio = have / want;
                sizes[^1] *= ratio;
                for (var i = 0; i < strides.Length - 1; i++) strides[i] *= ratio;
                return (sizes, strides, Offset * ratio);
            }
            var by = want / have;
            if (sizes[^1] % by != 0) throw new TorchException($"self.size(-1) must be divisible by {by} to view {DType.ScalarName} as {d.ScalarName} (different element sizes), but got {Sizes[^1]}");
            if (Offset % by != 0) throw new TorchException($"self.storage_offset() must be divisible by {by} to view {DType.ScalarName} as {d.ScalarName} (different element sizes), but got {Offset}");
            for (var i = 0; i < strides.Length - 1; i++)
            {
                if (strides[i] % by != 0) throw new TorchException($"self.stride({i}) must be divisible by {by} to view {DType.ScalarName} as {d.ScalarName} (different element sizes), but got {strides[i]}");
                strides[i] /= by;
            }
            sizes[^1] /= by;
            return (sizes, strides, Offset / by);
        }

        public Tensor view_as(Tensor other) => view(other.Sizes);

        public Tensor reshape(params long[] shape)
        {
            var target = Shape.infer(shape, Count);
            var strides = Shape.view(Sizes, Strides, target);
            if (!strides.IsNone) return Autograd.View("ViewBackward0", this, Build.reshape(target, Expr), target, strides.Value, Offset);
            return Autograd.Record("UnsafeViewBackward0", Build.withStrides(Shape.contiguous(target), Build.reshape(target, Expr)), this);
        }

        public Tensor reshape_as(Tensor other) => reshape(other.Sizes);

        public Tensor flatten(long start_dim = 0, long end_dim = -1)
        {
            var first = Shape.dim(Sizes.Length, start_dim);
            var last = Shape.dim(Sizes.Length, end_dim);
            if (first > last) throw new TorchException("flatten() has invalid args: start_dim cannot come after end_dim");
            if (Sizes.Length == 0) return reshape(1);
            if (first == last) return this;
            var merged = Shape.count(Sizes[first..(last + 1)]);
            return reshape([.. Sizes[..first], merged, .. Sizes[(last + 1)..]]);
        }

        public Tensor ravel() => contiguous().view(-1);

        public Tensor unflatten(long dim, params long[] sizes)
        {
            if (sizes.Length == 0) throw new TorchException("unflatten: sizes must be non-empty");
            var d = Shape.dim(Sizes.Length, dim);
            long[] part;
            try
            {
                part = Shape.infer(sizes, Sizes[d]);
            }
            catch (TorchException)
            {
                var known = sizes.Contains(-1);
                throw new TorchException(known && sizes.Count(s => s == -1) > 1
                    ? "only one dimension can be inferred"
                    : $"unflatten: Provided sizes {Shape.show(sizes)} don't multiply up to the size of dim {dim} ({Sizes[d]}) in the input tensor");
            }
            return view([.. Sizes[..d], .. part, .. Sizes[(d + 1)..]]);
        }

        public Tensor squeeze(long? dim = null)
        {
            if (dim is null)
            {
                var all = Enumerable.Range(0, Sizes.Length).Where(d => Sizes[d] == 1).ToArray();
                return Squeezed("SqueezeBackward0", all);
            }
            var at = Shape.dim(Sizes.Length, dim.Value);
            return Squeezed("SqueezeBackward1", Sizes.Length > 0 && Sizes[at] == 1 ? [at] : []);
        }

        public Tensor squeeze([PyTorchName("dim")] long[] dims)
        {
            var at = dims.Length == 0 ? [] : Shape.dims(Sizes.Length, dims);
            return Squeezed("SqueezeBackward2", at.Where(d => Sizes[d] == 1).ToArray());
        }

        private Tensor Squeezed(string name, int[] dims) =>
            Autograd.View(name, this, Build.squeeze(dims, Expr), Without(Sizes, dims), Without(Strides, dims), Offset);

        private static long[] Without(long[] a, int[] dims) => a.Where((_, d) => !dims.Contains(d)).ToArray();

        public Tensor unsqueeze(long dim)
        {
            var d = Shape.dim(Sizes.Length + 1, dim);
            var (sizes, strides) = UnsqueezedGeometry(d);
            return Autograd.View("UnsqueezeBackward0", this, Build.unsqueeze(d, Expr), sizes, strides, Offset);
        }

        private (long[] Sizes, long[] Strides) UnsqueezedGeometry(int d)
        {
            var stride = d < Sizes.Length ? Sizes[d] * Strides[d] : 1;
            return ([.. Sizes[..d], 1, .. Sizes[d..]], [.. Strides[..d], stride, .. Strides[d..]]);
        }

        public Tensor permute([PyTorchName("dims")] params long[] permutation)
        {
            if (permutation.Length != Sizes.Length)
                throw new TorchException($"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = {Sizes.Length} is not equal to len(dims) = {permutation.Length}");
            var order = Array.ConvertAll(permutation, d => Shape.dim(Sizes.Length, d));
            if (order.Distinct().Count() != order.Length) throw new TorchException("permute(): duplicate dims are not allowed.");
            return Permuted("PermuteBackward0", order);
        }

        public Tensor permute(IEnumerable<long> permutation) => permute(permutation.ToArray());

        private Tensor Permuted(string name, int[] order) =>
            Autograd.View(name, this, Build.permute(order, Expr), Array.ConvertAll(order, d => Sizes[d]), Array.ConvertAll(order, d => Strides[d]), Offset);

        private int[] Swapped(long a, long b)
        {
            var (i, j) = (Shape.dim(Sizes.Length, a), Shape.dim(Sizes.Length, b));
            var order = Enumerable.Range(0, Sizes.Length).ToArray();
            if (order.Length > 0) (order[i], order[j]) = (order[j], order[i]);
            return order;
        }

        public Tensor transpose(long dim0, long dim1) => Permuted("TransposeBackward0", Swapped(dim0, dim1));

        public Tensor swapaxes([PyTorchName("axis0")] long dim0, [PyTorchName("axis1")] long dim1) => transpose(dim0, dim1);

        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);

        /// <summary>The transpose of a matrix; vectors and scalars are their own.</summary>
        public Tensor t()
        {
            if (Sizes.Length > 2) throw new TorchException($"t() expects a tensor with <= 2 dimensions, but self is {Sizes.Length}D");
            return Permuted("TBackward0", Sizes.Length == 2 ? [1, 0] : Enumerable.Range(0, Sizes.Length).ToArray());
        }

        public Tensor T => Permuted("PermuteBackward0", Enumerable.Range(0, Sizes.Length).Reverse().ToArray());

        public Tensor mT
        {
            get
            {
                if (Sizes.Length < 2) throw new TorchException($"tensor.mT is only supported on matrices or batches of matrices. Got {Sizes.Length}-D tensor.");
                return transpose(-2, -1);
            }
        }

        public Tensor H
        {
            get
            {
                if (Sizes.Length is not (0 or 2)) throw new TorchException($"tensor.H is only supported on matrices (2-D tensors). Got {Sizes.Length}-D tensor. For batches of matrices, consider using tensor.mH");
                return Sizes.Length == 0 ? conj() : mH;
            }
        }

        public Tensor mH
        {
            get
            {
                if (Sizes.Length < 2) throw new TorchException($"tensor.mH is only supported on matrices or batches of matrices. Got {Sizes.Length}-D tensor.");
                return transpose(-2, -1).conj();
            }
        }

        public Tensor adjoint()
        {
            if (Sizes.Length < 2) throw new TorchException($"tensor.adjoint() is only supported on matrices or batches of matrices. Got {Sizes.Length}-D tensor.");
            return mH;
        }

        public Tensor movedim(long[] source, long[] destination)
        {
            if (source.Length != destination.Length)
                throw new TorchException($"movedim: Invalid source or destination dims: source ({Shape.show(source)} dims) should contain the same number of dims as destination ({Shape.show(destination)} dims)");
            var from = Array.ConvertAll(source, d => Shape.dim(Sizes.Length, d));
            var to = Array.ConvertAll(destination, d => Shape.dim(Sizes.Length, d));
            if (from.Distinct().Count() != from.Length) throw new TorchException($"movedim: repeated dim in `source` ({Shape.show(source)})");
            if (to.Distinct().Count() != to.Length) throw new TorchException($"movedim: repeated dim in `destination` ({Shape.show(destination)})");
            if (Sizes.Length == 0) return alias();
            var order = Enumerable.Repeat(-1, Sizes.Length).ToArray();
            for (var i = 0; i < from.Length; i++) order[to[i]] = from[i];
            var rest = Enumerable.Range(0, Sizes.Length).Except(from).GetEnumerator();
            for (var i = 0; i < order.Length; i++)
                if (order[i] < 0)
                {
                    rest.MoveNext();
                    order[i] = rest.Current;
                }
            return Permuted("PermuteBackward0", order);
        }

        public Tensor movedim(long source, long destination) => movedim([source], [destination]);

        public Tensor moveaxis(long[] source, long[] destination) => movedim(source, destination);

        public Tensor moveaxis(long source, long destination) => movedim([source], [destination]);

        public Tensor expand(params long[] sizes) => Expanded(sizes);

        public Tensor expand([PyTorchName("size")] long[] sizes, [PyTorchName("implicit")] bool isImplicit = false) => Expanded(sizes);

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => Expanded(sizes.ToArray());

        public Tensor expand_as(Tensor other) => Expanded(other.Sizes);

        public Tensor broadcast_to([PyTorchName("size")] params long[] shape) => Expanded(shape);

        private Tensor Expanded(long[] sizes)
        {
            var lead = sizes.Length - Sizes.Length;
            if (lead < 0)
                throw new TorchException($"expand(torch.{TypeNames.Short(DType)}Tensor{{{Shape.show(Sizes)}}}, size={Shape.show(sizes)}): the number of sizes provided ({sizes.Length}) must be greater or equal to the number of dimensions in the tensor ({Sizes.Length})");
            var target = (long[])sizes.Clone();
            var strides = new long[target.Length];
            for (var d = target.Length - 1; d >= 0; d--)
            {
                var at = d - lead;
                var have = at >= 0 ? Sizes[at] : 1;
                if (target[d] == -1)
                {
                    if (at < 0) throw new TorchException($"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {d}");
                    target[d] = have;
                }
                if (have == target[d]) strides[d] = at >= 0 ? Strides[at] : d + 1 < target.Length ? target[d + 1] * strides[d + 1] : 1;
                else if (have == 1) strides[d] = 0;
                else
                    throw new TorchException($"The expanded size of the tensor ({target[d]}) must match the existing size ({have}) at non-singleton dimension {d}.  Target sizes: {Shape.show(sizes)}.  Tensor sizes: {Shape.show(Sizes)}");
                if (at < 0) strides[d] = 0;
            }
            foreach (var s in target)
                if (s < 0) throw new TorchException($"Trying to create tensor with negative dimension {s}: {Shape.show(target)}");
            return Autograd.View("ExpandBackward0", this, Build.expand(target, Expr), target, strides, Offset);
        }

        public Tensor select(long dim, long index)
        {
            if (Sizes.Length == 0) throw new IndexOutOfRangeException("select() cannot be applied to a 0-dim tensor.");
            var d = Shape.dim(Sizes.Length, dim);
            var size = Sizes[d];
            if (index < -size || index >= size)
                throw new IndexOutOfRangeException($"select(): index {index} out of range for tensor of size {Shape.show(Sizes)} at dimension {d}");
            return Selected(d, index < 0 ? index + size : index);
        }

        private Tensor Selected(int d, long index) =>
            Autograd.View("SelectBackward0", this, Build.select(d, index, Expr), Without(Sizes, [d]), Without(Strides, [d]), Offset + (index * Strides[d]));

        public Tensor narrow(long dim, long start, long length)
        {
            if (Sizes.Length == 0) throw new TorchException("narrow() cannot be applied to a 0-dim tensor.");
            if (length < 0) throw new TorchException("narrow(): length must be non-negative.");
            var d = Shape.dim(Sizes.Length, dim);
            var size = Sizes[d];
            if (start < -size || start > size) throw new IndexOutOfRangeException($"start out of range (expected to be in range of [-{size}, {size}], but got {start})");
            if (start < 0) start += size;
            if (start + length > size) throw new TorchException($"start ({start}) + length ({length}) exceeds dimension size ({size}).");
            return Sliced(d, start, start + length, 1);
        }

        public Tensor narrow(long dim, Tensor start, long length)
        {
            if (start.Sizes.Length != 0 || start.DType.IsDifferentiable || start.DType.Equals(DType.Bool)) throw new TorchException("start must be an 0-dim integral Tensor.");
            return narrow(dim, start.ToInt64(), length);
        }

        /// <summary>Python's start:finish:step along one dimension.</summary>
        public Tensor slice(long dim, long start, [PyTorchName("end")] long finish, long step)
        {
            if (Sizes.Length == 0) throw new TorchException("slice() cannot be applied to a 0-dim tensor.");
            return Sliced(Shape.dim(Sizes.Length, dim), start, finish, step);
        }

        internal Tensor Sliced(int d, long start, long stop, long step)
        {
            if (step <= 0) throw new ArgumentException("slice step must be positive");
            var size = Sizes[d];
            if (start < 0) start += size;
            if (stop < 0) stop += size;
            start = Math.Clamp(start, 0, size);
            stop = Math.Clamp(stop, start, size);
            var sizes = (long[])Sizes.Clone();
            sizes[d] = (stop - start + step - 1) / step;
            var strides = (long[])Strides.Clone();
            strides[d] *= step;
            var starts = new long[sizes.Length];
            var steps = new long[sizes.Length];
            Array.Fill(steps, 1);
            (starts[d], steps[d]) = (start, step);
            return Autograd.View("SliceBackward0", this, Build.slice(starts, steps, sizes, Expr), sizes, strides, Offset + (start * Strides[d]));
        }

        /// <summary>Windows of a size, each a step after the last, along one dimension; the window's elements make a new last dimension.</summary>
        public Tensor unfold(long dimension, long size, long step)
        {
            var d = Shape.dim(Sizes.Length, dimension);
            var have = Sizes.Length == 0 ? 1 : Sizes[d];
            if (size < 0) throw new TorchException($"size is {size} but must be >= 0");
            if (size > have) throw new TorchException($"maximum size for tensor at dimension {d} is {have} but size is {size}");
            if (step <= 0) throw new TorchException($"step is {step} but must be > 0");
            long[] Windows(long[] a, long unit) => Sizes.Length == 0 ? [unit] : [.. a[..d], a[d] * step, .. a[(d + 1)..], a[d]];
            long[] sizes = Sizes.Length == 0 ? [size] : [.. Sizes[..d], ((have - size) / step) + 1, .. Sizes[(d + 1)..], size];
            var value = Build.strided(sizes, Windows(Shape.contiguous(Sizes), 1), 0, Expr);
            return Autograd.View("UnfoldBackward0", this, value, sizes, Windows(Strides, 1), Offset);
        }

        public Tensor diagonal(long offset = 0L, long dim1 = 0L, long dim2 = 1L)
        {
            var (a, b) = (Shape.dim(Sizes.Length, dim1), Shape.dim(Sizes.Length, dim2));
            if (a == b) throw new TorchException($"diagonal dimensions cannot be identical {dim1}, {dim2}");
            var length = Math.Max(0, offset >= 0 ? Math.Min(Sizes[a], Sizes[b] - offset) : Math.Min(Sizes[a] + offset, Sizes[b]));
            long At(long[] strides) => length == 0 ? 0 : offset >= 0 ? offset * strides[b] : -offset * strides[a];
            long[] With(long[] values, long last) => [.. Without(values, [a, b]), last];
            var unit = Shape.contiguous(Sizes);
            var sizes = With(Sizes, length);
            var value = Build.strided(sizes, With(unit, unit[a] + unit[b]), At(unit), Expr);
            return Autograd.View("DiagonalBackward0", this, value, sizes, With(Strides, Strides[a] + Strides[b]), Offset + At(Strides));
        }

        public Tensor[] unbind([PyTorchName("dim")] long dimension = 0L)
        {
            if (Sizes.Length == 0) throw new IndexOutOfRangeException("Dimension specified as 0 but tensor has no dimensions");
            var d = Shape.dim(Sizes.Length, dimension);
            var views = new ViewSpec[Sizes[d]];
            for (var i = 0; i < views.Length; i++)
                views[i] = new ViewSpec(Build.select(d, i, Expr), Without(Sizes, [d]), Without(Strides, [d]), Offset + (i * Strides[d]));
            return Autograd.Views("UnbindBackward0", this, views);
        }

        private Tensor[] Parts(string name, int d, long[] lengths)
        {
            var views = new ViewSpec[lengths.Length];
            long start = 0;
            for (var i = 0; i < views.Length; i++)
            {
                var sizes = (long[])Sizes.Clone();
                sizes[d] = lengths[i];
                views[i] = new ViewSpec(Build.narrow(d, start, lengths[i], Expr), sizes, Strides, Offset + (start * Strides[d]));
                start += lengths[i];
            }
            return Autograd.Views(name, this, views);
        }

        public Tensor[] split([PyTorchName("split_size")] long size, int dim = 0)
        {
            if (Sizes.Length == 0) throw new TorchException("split expects at least a 1-dimensional tensor");
            var d = Shape.dim(Sizes.Length, dim);
            if (size < 0) throw new TorchException($"split expects split_size be non-negative, but got split_size={size}");
            if (size == 0 && Sizes[d] != 0) throw new TorchException($"split_size can only be 0 if dimension size is 0, but got dimension size of {Sizes[d]}");
            var count = size == 0 ? 1 : Math.Max(1, (Sizes[d] + size - 1) / size);
            var lengths = new long[count];
            for (var i = 0; i < count; i++) lengths[i] = Math.Min(size, Sizes[d] - (i * size));
            return Parts("SplitBackward0", d, lengths);
        }

        public Tensor[] split([PyTorchName("split_size")] long[] sizes, long dim = 0)
        {
            if (Sizes.Length == 0) throw new TorchException("split_with_sizes expects at least a 1-dimensional tensor");
            var d = Shape.dim(Sizes.Length, dim);
            foreach (var s in sizes)
                if (s < 0) throw new TorchException($"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={Shape.show(sizes)}");
            if (sizes.Sum() != Sizes[d])
                throw new TorchException($"split_with_sizes expects split_sizes to sum exactly to {Sizes[d]} (input tensor's size at dimension {d}), but got split_sizes={Shape.show(sizes)}");
            return Parts("SplitWithSizesBackward0", d, sizes);
        }

        public Tensor[] split(params long[] sizes) => split(sizes, 0L);

        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => split(sizes.ToArray(), dim);

        public Tensor[] split_with_sizes([PyTorchName("split_sizes")] long[] sizes, long dim = 0) => split(sizes, dim);

        public Tensor[] chunk(long chunks, long dim = 0L)
        {
            if (Sizes.Length == 0) throw new TorchException("chunk expects at least a 1-dimensional tensor");
            if (chunks <= 0) throw new TorchException($"chunk expects `chunks` to be greater than 0, got: {chunks}");
            var d = Shape.dim(Sizes.Length, dim);
            var size = (Sizes[d] + chunks - 1) / chunks;
            // Empty pieces are not distinguishable by size, so they are counted.
            return size == 0 && Sizes[d] == 0 ? Parts("SplitWithSizesBackward0", d, new long[chunks]) : split(size, d);
        }

        private Tensor[] SplitAt(int d, ReadOnlySpan<long> at)
        {
            var parts = new Tensor[at.Length + 1];
            long start = 0;
            for (var i = 0; i <= at.Length; i++)
            {
                var end = i < at.Length ? at[i] : Sizes[d];
                parts[i] = Sliced(d, start, end, 1);
                start = end;
            }
            return parts;
        }

        /// <summary>Sections of almost equal size.</summary>
        public Tensor[] tensor_split([PyTorchName("sections")] long size, long dim = 0L)
        {
            if (Sizes.Length == 0) throw new TorchException("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims");
            if (size <= 0) throw new TorchException($"number of sections must be larger than 0, got {size}");
            var d = Shape.dim(Sizes.Length, dim);
            var (least, more) = (Sizes[d] / size, Sizes[d] % size);
            var parts = new Tensor[size];
            long start = 0;
            for (var i = 0; i < size; i++)
            {
                var length = i < more ? least + 1 : least;
                parts[i] = Sliced(d, start, start + length, 1);
                start += length;
            }
            return parts;
        }

        public Tensor[] tensor_split([PyTorchName("indices")] long[] sizes, long dim = 0L)
        {
            if (Sizes.Length == 0) throw new TorchException("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims");
            return SplitAt(Shape.dim(Sizes.Length, dim), sizes);
        }

        public Tensor[] tensor_split([PyTorchName("tensor_indices_or_sections")] Tensor indices, long dim = 0L)
        {
            if (!indices.DType.Equals(DType.Int64)) throw new TorchException($"tensor_split expected tensor_indices_or_sections to have dtype of long, but got {indices.DType.ScalarName}");
            return indices.Sizes.Length switch
            {
                0 => tensor_split(indices.ToInt64(), dim),
                1 => tensor_split(indices.data<long>().ToArray(), dim),
                _ => throw new TorchException($"tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor with {indices.Sizes.Length} dims"),
            };
        }

        private Tensor[] SplitDim(string name, int least, int dim, long sections)
        {
            Require(name, least);
            if (sections <= 0 || Sizes[dim] % sections != 0)
                throw new TorchException($"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {Sizes[dim]} is not divisible by the split_size {sections}!");
            return tensor_split(sections, dim);
        }

        private Tensor[] SplitDim(string name, int least, int dim, long[] indices)
        {
            Require(name, least);
            return tensor_split(indices, dim);
        }

        private void Require(string name, int least)
        {
            if (Sizes.Length < least)
                throw new TorchException($"torch.{name} requires a tensor with at least {least} dimension{(least > 1 ? "s" : "")}, but got a tensor with {Sizes.Length} dimensions!");
        }

        public Tensor[] hsplit([PyTorchName("sections")] long size) => SplitDim("hsplit", 1, Sizes.Length == 1 ? 0 : 1, size);
        public Tensor[] hsplit([PyTorchName("indices")] params long[] sizes) => SplitDim("hsplit", 1, Sizes.Length == 1 ? 0 : 1, sizes);
        public Tensor[] hsplit(Tensor indices) => tensor_split(indices, Sizes.Length == 1 ? 0 : 1);
        public Tensor[] vsplit([PyTorchName("sections")] long size) => SplitDim("vsplit", 2, 0, size);
        public Tensor[] vsplit([PyTorchName("indices")] params long[] sizes) => SplitDim("vsplit", 2, 0, sizes);
        public Tensor[] vsplit(Tensor indices) => tensor_split(indices, 0);
        public Tensor[] dsplit([PyTorchName("sections")] long size) => SplitDim("dsplit", 3, 2, size);
        public Tensor[] dsplit([PyTorchName("indices")] params long[] sizes) => SplitDim("dsplit", 3, 2, sizes);
        public Tensor[] dsplit(Tensor indices) => tensor_split(indices, 2);

    }
}
