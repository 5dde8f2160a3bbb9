namespace Torch;

public static partial class torch
{
    // x[..] and x[..] = v, as Python's: numbers, slices, None, ... and bool make a view; tensors pick elements.
    public partial class Tensor
    {
        [System.Runtime.CompilerServices.IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => Assign(value, value.Number, indices, false);
        }

        [System.Runtime.CompilerServices.IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => Assign(value, value.Number, AsIndices(indices), false);
        }

        [System.Runtime.CompilerServices.IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => index(Array.ConvertAll(indices, i => (TensorIndex)i));
            set => Assign(value, value.Number, Array.ConvertAll(indices, i => (TensorIndex)i), false);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            var (view, picks) = Resolve(indices);
            return picks is null ? view : view.Picked(picks);
        }

        /// <summary>Elements picked along the leading dimensions; a null takes a whole dimension, a mask stands for its dimensions.</summary>
        public Tensor index(params Tensor?[] indices) => index(AsIndices(indices));

        private static TensorIndex[] AsIndices(Tensor?[] indices) => Array.ConvertAll(indices, i => i is null ? TensorIndex.Colon : TensorIndex.Tensor(i));

        private Tensor Picked(Tensor?[] picks)
        {
            var exprs = Array.ConvertAll(picks, p => p?.Expr)!;
            return Autograd.Record("IndexBackward0", Indexing.index(Expr, exprs!), [this, .. picks]);
        }

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => Assign(value, null, indices, false);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false) => Assign(value, null, indices, accumulate);

        public Tensor index_put_(Scalar value, params TensorIndex[] indices) => Assign(null, value, indices, false);

        public Tensor index_put_(Scalar value, params Tensor[] indices) => Assign(null, value, AsIndices(indices), false);

        public Tensor index_put_(Tensor value, params Tensor[] indices) => PutPicked(AsIndices(indices), value, false);

        public Tensor index_put_([PyTorchName("values")] Tensor value, Tensor?[] indices, bool accumulate = false) => PutPicked(AsIndices(indices), value, accumulate);

        public Tensor index_put_(Tensor?[] indices, Tensor values, bool accumulate = false) => PutPicked(AsIndices(indices), values, accumulate);

        public Tensor index_put(Tensor?[] indices, Tensor values, bool accumulate = false)
        {
            var (_, picks) = Resolve(AsIndices(indices));
            return Autograd.Record("IndexPutBackward0", Indexing.index_put(Expr, Array.ConvertAll(picks ?? [], p => p?.Expr)!, values.Expr, accumulate), [this, values, .. picks ?? []]);
        }

        private Tensor PutPicked(TensorIndex[] indices, Tensor values, bool accumulate)
        {
            var (_, picks) = Resolve(indices);
            return PutAt(picks ?? [], values, accumulate);
        }

        private Tensor PutAt(Tensor?[] picks, Tensor values, bool accumulate) =>
            Autograd.InPlace(this, "IndexPutBackward0", Indexing.index_put(Expr, Array.ConvertAll(picks, p => p?.Expr)!, values.Expr, accumulate), [values, .. picks]);

        /// <summary>x[indices] = value. A number comes as such, or as a tensor that a number was converted to.</summary>
        private Tensor Assign(Tensor? value, Scalar? number, TensorIndex[] indices, bool accumulate)
        {
            if (number is not null && !accumulate)
            {
                value = null;
                Casting.Check(number, DType);
            }
            if (indices is [{ Kind: TensorIndex.Sort.Bool } all])
            {
                if (!all.Flag) return this;
                indices = [TensorIndex.None];
            }
            // A number, and a 0-dim tensor as one, is set where a mask alone says so without counting the mask.
            if (indices.Length == 1 && indices[0] is { Kind: TensorIndex.Sort.Tensor, Value: { } mask } && (mask.DType.Equals(DType.Bool) || mask.DType.Equals(DType.UInt8))
                && number is not null && !accumulate && mask.Sizes.Length <= Sizes.Length)
            {
                CheckMask(mask, 0, this);
                if (mask.DType.Equals(DType.UInt8)) throw new TorchException("masked_fill_ only supports boolean masks, but got mask with dtype unsigned char");
                var shown = Build.reshape([.. mask.Sizes, .. Enumerable.Repeat(1L, Sizes.Length - mask.Sizes.Length)], mask.Expr);
                var filled = Arithmetic.where(shown, Build.cast(DType, number.ToExpr()), Expr);
                return Autograd.InPlace(this, "MaskedFillBackward0", filled, mask);
            }
            var (view, picks) = Resolve(indices);
            if (picks is null)
            {
                if (accumulate) view.add_(value!);
                else if (number is not null) view.fill_(number);
                else
                {
                    // Leading dimensions of size one are dropped, as in Python's assignment.
                    var source = value!;
                    var extra = 0;
                    while (source.Sizes.Length - extra > view.Sizes.Length && source.Sizes[extra] == 1) extra++;
                    if (extra > 0) source = source.view(source.Sizes[extra..]);
                    view.copy_(source.expand(view.Sizes));
                }
                return this;
            }
            var values = value ?? Finished(Build.fill([], DType, number!.Value), device, false);
            if (value is not null)
            {
                var extra = 0;
                var rank = Indexing.index(view.Expr, Array.ConvertAll(picks, p => p?.Expr)!).Rank;
                while (values.Sizes.Length - extra > rank && values.Sizes[extra] == 1) extra++;
                if (extra > 0) values = values.view(values.Sizes[extra..]);
                // A 0-dim value counts as a number.
                if (values.Sizes.Length == 0 && !values.DType.Equals(DType)) values = values.to(dtype);
            }
            view.PutAt(picks, values, accumulate);
            return this;
        }

        private static void CheckMask(Tensor mask, int at, Tensor indexed)
        {
            for (var d = 0; d < mask.Sizes.Length; d++)
                if (at + d >= indexed.Sizes.Length || mask.Sizes[d] != indexed.Sizes[at + d])
                    throw new IndexOutOfRangeException($"The shape of the mask {Shape.show(mask.Sizes)} at index {d} does not match the shape of the indexed tensor {Shape.show(indexed.Sizes)} at index {at + d}");
        }

        /// <summary>The view that numbers, slices and the like make, and the tensors that pick from it, by dimension; none if there are none.</summary>
        private (Tensor View, Tensor?[]? Picks) Resolve(TensorIndex[] indices)
        {
            long specified = 0;
            foreach (var i in indices)
                specified += i.Kind switch
                {
                    TensorIndex.Sort.Slice or TensorIndex.Sort.Single => 1,
                    TensorIndex.Sort.Tensor => i.Value is { } t && IsMask(t) ? t.Sizes.Length : 1,
                    _ => 0,
                };
            if (specified > Sizes.Length)
            {
                var single = Array.Exists(indices, i => i.Kind == TensorIndex.Sort.Single) && Sizes.Length == 0 && indices.Length == 1;
                throw new IndexOutOfRangeException(single
                    ? "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
                    : $"too many indices for tensor of dimension {Sizes.Length}");
            }

            var view = this;
            var d = 0;
            // The dimension of this tensor that d stands for, which messages name.
            var own = 0;
            List<(int At, Tensor Index)>? picks = null;
            foreach (var i in indices)
            {
                switch (i.Kind)
                {
                    case TensorIndex.Sort.Single:
                        var size = view.Sizes[d];
                        if (i.Number < -size || i.Number >= size) throw new IndexOutOfRangeException($"index {i.Number} is out of bounds for dimension {own} with size {size}");
                        own++;
                        view = view.Selected(d, i.Number < 0 ? i.Number + size : i.Number);
                        break;
                    case TensorIndex.Sort.Slice:
                        var step = i.Step ?? 1;
                        if (step == 0) throw new ArgumentException("slice step cannot be zero");
                        if (step < 0) throw new ArgumentException("step must be greater than zero");
                        // The whole dimension as it is: no view of its own, as long as another index makes one.
                        own++;
                        if (i.Start is null or 0 && i.Stop is null && step == 1) d++;
                        else view = view.Sliced(d++, i.Start ?? 0, i.Stop ?? long.MaxValue, step);
                        break;
                    case TensorIndex.Sort.Ellipsis:
                        d += Sizes.Length - (int)specified;
                        own += Sizes.Length - (int)specified;
                        specified = Sizes.Length;
                        break;
                    case TensorIndex.Sort.None:
                        view = view.unsqueeze(d++);
                        break;
                    case TensorIndex.Sort.Bool:
                        view = view.unsqueeze(d);
                        (picks ??= []).Add((d++, torch.tensor(i.Flag ? new long[] { 0 } : [])));
                        break;
                    default:
                        var t = i.Value!;
                        if (t.Sizes.Length == 0 && !t.DType.IsDifferentiable && !IsMask(t))
                        {
                            // A 0-dim integer is a number.
                            if (d >= view.Sizes.Length) throw new IndexOutOfRangeException($"too many indices for tensor of dimension {Sizes.Length}");
                            if (!t.requires_grad)
                            {
                                var n = t.ToInt64();
                                var have = view.Sizes[d];
                                if (n < -have || n >= have) throw new IndexOutOfRangeException($"index {n} is out of bounds for dimension {own} with size {have}");
                                own++;
                                view = view.Selected(d, n < 0 ? n + have : n);
                                break;
                            }
                        }
                        if (!IsMask(t))
                        {
                            if (t.DType.IsDifferentiable || !(t.DType.Equals(DType.Int64) || t.DType.Equals(DType.Int32)))
                                throw new IndexOutOfRangeException("tensors used as indices must be long, int, byte or bool tensors");
                            own++;
                            (picks ??= []).Add((d++, t));
                        }
                        else if (t.Sizes.Length == 0)
                        {
                            view = view.unsqueeze(d);
                            (picks ??= []).Add((d++, torch.tensor(t.is_nonzero() ? new long[] { 0 } : [])));
                        }
                        else
                        {
                            CheckMask(t, d, view);
                            own += t.Sizes.Length;
                            foreach (var part in Positions(t)) (picks ??= []).Add((d++, part));
                        }
                        break;
                }
            }
            if (picks is null) return (ReferenceEquals(view, this) ? alias() : view, null);
            var last = picks[^1].At;
            var byDimension = new Tensor?[last + 1];
            foreach (var (at, index) in picks) byDimension[at] = index;
            return (view, byDimension);
        }

        private static bool IsMask(Tensor t) => t.DType.Equals(DType.Bool) || t.DType.Equals(DType.UInt8);

        /// <summary>Where a mask is true, an index for each of its dimensions. This computes the mask.</summary>
        private static unsafe Tensor[] Positions(Tensor mask)
        {
            var block = mask.Read(out var holder);
            var size = Kernels.ElementTypes.Size(block.Type);
            var rank = mask.Sizes.Length;
            var found = new List<long>[rank];
            for (var d = 0; d < rank; d++) found[d] = [];
            var index = new long[rank];
            for (long i = 0; i < mask.Count; i++)
            {
                if (block.Pointer[i * size] != 0)
                    for (var d = 0; d < rank; d++) found[d].Add(index[d]);
                for (var d = rank - 1; d >= 0 && ++index[d] == mask.Sizes[d]; d--) index[d] = 0;
            }
            GC.KeepAlive(holder);
            return Array.ConvertAll(found, f => torch.tensor(f.ToArray()));
        }
    }
}
