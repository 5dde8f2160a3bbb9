namespace Torch;

public static partial class torch
{
    // Views and copies as functions.
    public static Tensor view_as_real(Tensor input) => input.view_as_real();
    public static Tensor view_as_complex(Tensor input) => input.view_as_complex();
    public static Tensor real(Tensor input) => input.real;
    public static Tensor imag(Tensor input) => input.imag;
    public static Tensor conj(Tensor input) => input.conj();
    public static Tensor resolve_conj(Tensor input) => input.resolve_conj();
    public static Tensor resolve_neg(Tensor input) => input.resolve_neg();
    public static Tensor adjoint(Tensor input) => input.adjoint();
    public static Tensor detach(Tensor input) => input.detach();
    public static Tensor detach_(Tensor input) => input.detach_();
    public static Tensor clone(Tensor input, memory_format memory_format = memory_format.preserve_format) => input.clone(memory_format);
    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);
    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) => input.flatten(start_dim, end_dim);
    public static Tensor ravel(Tensor input) => input.ravel();
    public static Tensor unflatten(Tensor input, long dim, params long[] sizes) => input.unflatten(dim, sizes);
    public static Tensor squeeze(Tensor input, long? dim = null) => input.squeeze(dim);
    public static Tensor squeeze(Tensor input, [PyTorchName("dim")] long[] dims) => input.squeeze(dims);
    public static Tensor squeeze_(Tensor input, long? dim = null) => input.squeeze_(dim);
    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);
    public static Tensor unsqueeze_(Tensor input, long dim) => input.unsqueeze_(dim);
    public static Tensor permute(Tensor input, [PyTorchName("dims")] params long[] permutation) => input.permute(permutation);
    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);
    public static Tensor transpose_(Tensor input, long dim0, long dim1) => input.transpose_(dim0, dim1);
    public static Tensor swapaxes(Tensor input, [PyTorchName("axis0")] long dim0, [PyTorchName("axis1")] long dim1) => input.transpose(dim0, dim1);
    public static Tensor swapdims(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);
    public static Tensor t(Tensor input) => input.t();
    public static Tensor t_(Tensor input) => input.t_();
    public static Tensor movedim(Tensor input, long[] source, long[] destination) => input.movedim(source, destination);
    public static Tensor movedim(Tensor input, long source, long destination) => input.movedim(source, destination);
    public static Tensor moveaxis(Tensor input, long[] source, long[] destination) => input.movedim(source, destination);
    public static Tensor moveaxis(Tensor input, long source, long destination) => input.movedim(source, destination);
    public static Tensor broadcast_to(Tensor input, [PyTorchName("size")] params long[] shape) => input.broadcast_to(shape);
    public static Tensor select(Tensor input, long dim, long index) => input.select(dim, index);
    public static Tensor narrow(Tensor input, long dim, long start, long length) => input.narrow(dim, start, length);
    public static Tensor narrow(Tensor input, long dim, Tensor start, long length) => input.narrow(dim, start, length);
    public static Tensor diagonal(Tensor input, long offset = 0L, long dim1 = 0L, long dim2 = 1L) => input.diagonal(offset, dim1, dim2);
    public static Tensor as_strided(Tensor input, long[] size, [PyTorchName("stride")] long[] strides, [PyTorchName("storage_offset")] long? storageOffset = null) => input.as_strided(size, strides, storageOffset);
    public static Tensor as_strided_(Tensor input, long[] size, [PyTorchName("stride")] long[] strides, [PyTorchName("storage_offset")] long? storageOffset = null) => input.as_strided_(size, strides, storageOffset);
    public static Tensor resize_as_(Tensor input, [PyTorchName("the_template")] Tensor other) => input.resize_as_(other);

    public static Tensor[] unbind(Tensor input, [PyTorchName("dim")] long dimension = 0L) => input.unbind(dimension);
    public static Tensor[] split([PyTorchName("tensor")] Tensor tensor, [PyTorchName("split_size_or_sections")] long[] split_size_or_sections, long dim = 0L) => tensor.split(split_size_or_sections, dim);
    public static Tensor[] split([PyTorchName("tensor")] Tensor tensor, [PyTorchName("split_size_or_sections")] long split_size_or_sections, long dim = 0L) => tensor.split(split_size_or_sections, (int)dim);
    public static Tensor[] split_with_sizes(Tensor input, [PyTorchName("split_sizes")] long[] sizes, long dim = 0L) => input.split(sizes, dim);
    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0L) => input.chunk(chunks, dim);
    public static Tensor[] tensor_split(Tensor input, [PyTorchName("sections")] long size, long dim = 0L) => input.tensor_split(size, dim);
    public static Tensor[] tensor_split(Tensor input, [PyTorchName("indices")] long[] sizes, long dim = 0L) => input.tensor_split(sizes, dim);
    public static Tensor[] tensor_split(Tensor input, [PyTorchName("tensor_indices_or_sections")] Tensor indices, long dim = 0L) => input.tensor_split(indices, dim);
    public static Tensor[] hsplit(Tensor input, [PyTorchName("sections")] long size) => input.hsplit(size);
    public static Tensor[] hsplit(Tensor input, [PyTorchName("indices")] params long[] sizes) => input.hsplit(sizes);
    public static Tensor[] vsplit(Tensor input, [PyTorchName("sections")] long size) => input.vsplit(size);
    public static Tensor[] vsplit(Tensor input, [PyTorchName("indices")] params long[] sizes) => input.vsplit(sizes);
    public static Tensor[] dsplit(Tensor input, [PyTorchName("sections")] long size) => input.dsplit(size);
    public static Tensor[] dsplit(Tensor input, [PyTorchName("indices")] params long[] sizes) => input.dsplit(sizes);

    /// <summary>At least one dimension: a 0-dim tensor becomes a vector of one element.</summary>
    public static Tensor atleast_1d(Tensor input) => input.atleast_1d();
    public static Tensor atleast_2d(Tensor input) => input.atleast_2d();
    public static Tensor atleast_3d(Tensor input) => input.atleast_3d();
    public static Tensor[] atleast_1d([PyTorchName("tensors")] params Tensor[] input) => Array.ConvertAll(input, t => t.atleast_1d());
    public static Tensor[] atleast_2d([PyTorchName("tensors")] params Tensor[] input) => Array.ConvertAll(input, t => t.atleast_2d());
    public static Tensor[] atleast_3d([PyTorchName("tensors")] params Tensor[] input) => Array.ConvertAll(input, t => t.atleast_3d());

    /// <summary>The common shape of several under broadcasting.</summary>
    public static Size broadcast_shapes(params long[][] shapes) => Shape.broadcast(shapes);

    public static Tensor[] broadcast_tensors(params Tensor[] tensors)
    {
        var sizes = Shape.broadcast(Array.ConvertAll(tensors, t => t.Sizes));
        return Array.ConvertAll(tensors, t => t.expand(sizes));
    }

    // The views as copies (PyTorch's _copy functions).
    private static Tensor Copy(string name, Tensor view) => Autograd.Record(name, Build.withStrides(Shape.contiguous(view.Sizes), view.Expr), view);

    private static Tensor[] Copies(Tensor[] views) => Array.ConvertAll(views, v => Copy("CloneBackward0", v));

    public static Tensor alias_copy(Tensor input) => Copy("AliasBackward0", input);
    public static Tensor detach_copy(Tensor input) => Autograd.Constant(Identity.alias(input.Expr));
    public static Tensor as_strided_copy(Tensor input, long[] size, [PyTorchName("stride")] long[] strides, [PyTorchName("storage_offset")] long? storageOffset = null) => Copy("AsStridedBackward0", input.as_strided(size, strides, storageOffset));
    public static Tensor as_strided_copy(Tensor input, long[] size, [PyTorchName("stride")] long[] strides, [PyTorchName("storage_offset")] long? storageOffset, Tensor @out) => Autograd.Out("as_strided_copy", input.as_strided(size, strides, storageOffset).Expr, @out, input);
    public static Tensor diagonal_copy(Tensor input, long offset = 0L, long dim1 = 0L, long dim2 = 1L) => Copy("DiagonalBackward0", input.diagonal(offset, dim1, dim2));
    public static Tensor diagonal_copy(Tensor input, long offset, long dim1, long dim2, Tensor @out) => Autograd.Out("diagonal_copy", input.diagonal(offset, dim1, dim2).Expr, @out, input);
    public static Tensor expand_copy(Tensor input, long[] size, [PyTorchName("implicit")] bool isImplicit = false) => Copy("ExpandBackward0", input.expand(size));
    public static Tensor expand_copy(Tensor input, long[] size, [PyTorchName("implicit")] bool isImplicit, Tensor @out) => Autograd.Out("expand_copy", input.expand(size).Expr, @out, input);
    public static Tensor narrow_copy(Tensor input, long dim, long start, long length) => Copy("NarrowBackward0", input.narrow(dim, start, length));
    public static Tensor narrow_copy(Tensor input, long dim, long start, long length, Tensor @out) => Autograd.Out("narrow_copy", input.narrow(dim, start, length).Expr, @out, input);
    public static Tensor permute_copy(Tensor input, long[] dims) => Copy("PermuteBackward0", input.permute(dims));
    public static Tensor permute_copy(Tensor input, long[] dims, Tensor @out) => Autograd.Out("permute_copy", input.permute(dims).Expr, @out, input);
    public static Tensor select_copy(Tensor input, long dim, long index) => Copy("SelectBackward0", input.select(dim, index));
    public static Tensor select_copy(Tensor input, long dim, long index, Tensor @out) => Autograd.Out("select_copy", input.select(dim, index).Expr, @out, input);
    public static Tensor slice_copy(Tensor input, long dim = 0, long? start = null, long? end = null, long step = 1) => Copy("SliceBackward0", input.slice(dim, start ?? 0, end ?? long.MaxValue, step));
    public static Tensor slice_copy(Tensor input, long dim, long? start, long? end, long step, Tensor @out) => Autograd.Out("slice_copy", input.slice(dim, start ?? 0, end ?? long.MaxValue, step).Expr, @out, input);
    public static Tensor squeeze_copy(Tensor input, long? dim = null) => Copy("SqueezeBackward0", input.squeeze(dim));
    public static Tensor squeeze_copy(Tensor input, long? dim, Tensor @out) => Autograd.Out("squeeze_copy", input.squeeze(dim).Expr, @out, input);
    public static Tensor squeeze_copy(Tensor input, [PyTorchName("dim")] long[] dims) => Copy("SqueezeBackward2", input.squeeze(dims));
    public static Tensor squeeze_copy(Tensor input, [PyTorchName("dim")] long[] dims, Tensor @out) => Autograd.Out("squeeze_copy", input.squeeze(dims).Expr, @out, input);
    public static Tensor unsqueeze_copy(Tensor input, long dim) => Copy("UnsqueezeBackward0", input.unsqueeze(dim));
    public static Tensor unsqueeze_copy(Tensor input, long dim, Tensor @out) => Autograd.Out("unsqueeze_copy", input.unsqueeze(dim).Expr, @out, input);
    public static Tensor t_copy(Tensor input) => Copy("TBackward0", input.t());
    public static Tensor t_copy(Tensor input, Tensor @out) => Autograd.Out("t_copy", input.t().Expr, @out, input);
    public static Tensor transpose_copy(Tensor input, long dim0, long dim1) => Copy("TransposeBackward0", input.transpose(dim0, dim1));
    public static Tensor transpose_copy(Tensor input, long dim0, long dim1, Tensor @out) => Autograd.Out("transpose_copy", input.transpose(dim0, dim1).Expr, @out, input);
    public static Tensor unfold_copy(Tensor input, long dimension, long size, long step) => Copy("UnfoldBackward0", input.unfold(dimension, size, step));
    public static Tensor unfold_copy(Tensor input, long dimension, long size, long step, Tensor @out) => Autograd.Out("unfold_copy", input.unfold(dimension, size, step).Expr, @out, input);
    public static Tensor view_copy(Tensor input, params long[] size) => Copy("ViewBackward0", input.view(size));
    public static Tensor view_copy(Tensor input, long[] size, Tensor @out) => Autograd.Out("view_copy", input.view(size).Expr, @out, input);
    public static Tensor view_copy(Tensor input, ScalarType dtype) => Copy("ViewBackward1", input.view(dtype));
    public static Tensor view_copy(Tensor input, ScalarType dtype, Tensor @out) => Autograd.Out("view_copy", input.view(dtype).Expr, @out, input);
    public static Tensor view_as_real_copy(Tensor input) => Copy("ViewAsRealBackward0", input.view_as_real());
    public static Tensor view_as_real_copy(Tensor input, Tensor @out) => Autograd.Out("view_as_real_copy", input.view_as_real().Expr, @out, input);
    public static Tensor view_as_complex_copy(Tensor input) => Copy("ViewAsComplexBackward0", input.view_as_complex());
    public static Tensor view_as_complex_copy(Tensor input, Tensor @out) => Autograd.Out("view_as_complex_copy", input.view_as_complex().Expr, @out, input);
    public static Tensor[] unbind_copy(Tensor input, long dim = 0) => Copies(input.unbind(dim));
    public static Tensor[] split_copy(Tensor input, [PyTorchName("split_size")] long size, long dim = 0) => Copies(input.split(size, (int)dim));
    public static Tensor[] split_with_sizes_copy(Tensor input, [PyTorchName("split_sizes")] long[] sizes, long dim = 0) => Copies(input.split(sizes, dim));
    public static void unbind_copy(Tensor input, long dim, Tensor[] @out) => Into("unbind_copy", input.unbind(dim), @out, input);
    public static void split_copy(Tensor input, [PyTorchName("split_size")] long size, long dim, Tensor[] @out) => Into("split_copy", input.split(size, (int)dim), @out, input);
    public static void split_with_sizes_copy(Tensor input, [PyTorchName("split_sizes")] long[] sizes, long dim, Tensor[] @out) => Into("split_with_sizes_copy", input.split(sizes, dim), @out, input);

    private static void Into(string name, Tensor[] parts, Tensor[] @out, Tensor input)
    {
        if (@out.Length != parts.Length) throw new TorchException($"{name}() expected an out= argument of size {parts.Length}, got size {@out.Length}");
        for (var i = 0; i < parts.Length; i++) Autograd.Out(name, parts[i].Expr, @out[i], input);
    }

    public static Tensor[] unsafe_split([PyTorchName("tensor")] Tensor input, [PyTorchName("split_size")] long size, long dim = 0) => input.unsafe_split(size, dim);
    public static Tensor[] unsafe_split_with_sizes(Tensor input, [PyTorchName("split_sizes")] long[] sizes, long dim = 0) => input.unsafe_split_with_sizes(sizes, dim);
    public static Tensor[] unsafe_chunk(Tensor input, long chunks, long dim = 0) => input.unsafe_chunk(chunks, dim);

    public partial class Tensor
    {
        public Tensor atleast_1d() => Sizes.Length >= 1 ? this : reshape(1);

        public Tensor atleast_2d() => Sizes.Length switch
        {
            0 => reshape(1, 1),
            1 => unsqueeze(0),
            _ => this,
        };

        public Tensor atleast_3d() => Sizes.Length switch
        {
            0 => reshape(1, 1, 1),
            1 => unsqueeze(0).unsqueeze(-1),
            2 => unsqueeze(-1),
            _ => this,
        };

        // Pieces that may be modified in place although they came together: the caller promises not to look at the whole.
        public Tensor[] unsafe_split([PyTorchName("split_size")] long size, long dim = 0) => Unsafe(split(size, (int)dim));
        public Tensor[] unsafe_split_with_sizes([PyTorchName("split_sizes")] long[] sizes, long dim = 0) => Unsafe(split(sizes, dim));
        public Tensor[] unsafe_chunk(long chunks, long dim = 0) => Unsafe(chunk(chunks, dim));

        private static Tensor[] Unsafe(Tensor[] views)
        {
            foreach (var v in views)
                if (v.Meta is { View: not null } meta) meta.View = null;
            return views;
        }

        /// <summary>The dimensions from the outermost in memory to the innermost.</summary>
        public int[] dim_order() => Flat.MemoryOrder(Sizes, Strides);

        public Tensor narrow_copy(long dim, long start, long length) => torch.narrow_copy(this, dim, start, length);
    }
}
