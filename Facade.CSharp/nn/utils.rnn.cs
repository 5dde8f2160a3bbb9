namespace Torch;

// torch.nn.utils.rnn: sequences of several lengths, padded or packed. See https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.PackedSequence.html.
public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            public static class rnn
            {
                /// <summary>Sequences step by step: first the first elements of all, then the second ones of those that have one, and so on. Longer sequences come first.</summary>
                public sealed class PackedSequence : IDisposable
                {
                    public readonly Tensor data;
                    public readonly Tensor batch_sizes;
                    public readonly Tensor? sorted_indices;
                    public readonly Tensor? unsorted_indices;

                    public PackedSequence(Tensor data, Tensor batch_sizes, Tensor? sorted_indices = null, Tensor? unsorted_indices = null)
                    {
                        if (batch_sizes.Sizes.Length != 1) throw new TorchException($"batch_sizes should be 1-D, got {batch_sizes.Sizes.Length}-D");
                        this.data = data;
                        this.batch_sizes = batch_sizes;
                        this.sorted_indices = sorted_indices;
                        this.unsorted_indices = unsorted_indices ?? (sorted_indices is null ? null : Inverse(sorted_indices));
                    }

                    internal long[] BatchSizes => Host.toArray<long>(batch_sizes.Expr);

                    /// <summary>The same packing of other data.</summary>
                    internal PackedSequence With(Tensor data) => new(data, batch_sizes, sorted_indices, unsorted_indices);

                    private static Tensor Inverse(Tensor order)
                    {
                        var at = Host.toArray<long>(order.Expr);
                        var inverse = new long[at.Length];
                        for (var i = 0; i < at.Length; i++) inverse[at[i]] = i;
                        return Indices(inverse);
                    }

                    /// <summary>There is nothing to release.</summary>
                    public void Dispose() { }
                }

                private static Tensor Indices(long[] values) => new(Host.ofArray(DType.Int64, [values.Length], values));

                private static Expr Rows(Expr source, long[] rows) => Indexing.index_select(source, 0, Host.ofArray(DType.Int64, [rows.Length], rows));

                /// <summary>Packs padded sequences, (T, B, ..) or with batch_first (B, T, ..).</summary>
                public static PackedSequence pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first = false, bool enforce_sorted = true)
                {
                    var given = Host.toArray<long>(Build.cast(DType.Int64, lengths.Expr));
                    return Pack(input, given, batch_first, enforce_sorted);
                }

                public static PackedSequence pack_padded_sequence(Tensor input, IReadOnlyList<long> lengths, bool batch_first = false, bool enforce_sorted = true) => Pack(input, [.. lengths], batch_first, enforce_sorted);

                private static PackedSequence Pack(Tensor input, long[] lengths, bool batchFirst, bool sorted)
                {
                    var (time, batch) = batchFirst ? (input.Sizes[1], input.Sizes[0]) : (input.Sizes[0], input.Sizes[1]);
                    if (lengths.Length != batch) throw new TorchException($"Expected `len(lengths)` to be equal to batch_size, but got {lengths.Length} (batch_size={batch})");
                    var order = Enumerable.Range(0, lengths.Length).ToArray();
                    if (sorted)
                    {
                        for (var i = 1; i < lengths.Length; i++)
                            if (lengths[i] > lengths[i - 1])
                                throw new TorchException("`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.");
                    }
                    else order = [.. order.OrderByDescending(i => lengths[i])];
                    foreach (var l in lengths)
                    {
                        if (l <= 0) throw new TorchException("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0");
                        if (l > time) throw new TorchException($"Expected `lengths` to be at most the size of the time dimension {time}, but got {l}");
                    }
                    var longest = lengths[order[0]];
                    var rows = new List<long>();
                    var sizes = new long[longest];
                    for (long t = 0; t < longest; t++)
                        foreach (var b in order)
                        {
                            if (lengths[b] <= t) break;
                            sizes[t]++;
                            rows.Add(batchFirst ? b * time + t : t * batch + b);
                        }
                    var flat = Build.reshape([time * batch, .. input.Sizes[2..]], input.Expr);
                    var data = Autograd.Record("PackPaddedSequenceBackward0", Rows(flat, [.. rows]), input);
                    return new PackedSequence(data, Indices(sizes), sorted ? null : Indices(Array.ConvertAll(order, i => (long)i)));
                }

                /// <summary>Sequences and their lengths from a packed sequence, in the order in which they were packed.</summary>
                public static (Tensor, Tensor) pad_packed_sequence(PackedSequence sequence, bool batch_first = false, double padding_value = 0.0, long? total_length = null)
                {
                    var sizes = sequence.BatchSizes;
                    long steps = sizes.Length, batch = sizes[0];
                    if (total_length is { } total)
                    {
                        if (total < steps)
                            throw new ArgumentException($"Expected total_length to be at least the length of the longest sequence in input, but got total_length={total} and max sequence length being {steps}");
                        steps = total;
                    }
                    // Where the sequence that was packed as number i was before.
                    var place = sequence.unsorted_indices is { } u ? Host.toArray<long>(u.Expr) : [.. Enumerable.Range(0, (int)batch).Select(i => (long)i)];
                    var count = sequence.data.Sizes[0];
                    var lengths = new long[batch];
                    var rows = new long[steps * batch];
                    Array.Fill(rows, count);
                    long at = 0;
                    var rowOf = new long[sizes.Length][];
                    for (var t = 0; t < sizes.Length; t++)
                    {
                        rowOf[t] = [.. Enumerable.Range(0, (int)sizes[t]).Select(i => at + i)];
                        at += sizes[t];
                    }
                    for (long b = 0; b < batch; b++)
                        for (long t = 0; t < sizes.Length && place[b] < sizes[t]; t++)
                        {
                            lengths[b]++;
                            rows[batch_first ? b * steps + t : t * batch + b] = rowOf[t][place[b]];
                        }
                    var rest = sequence.data.Sizes[1..];
                    var source = rows.Contains(count)
                        ? Assemble.cat([sequence.data.Expr, Build.fill([1, .. rest], sequence.data.DType, Literal.NewReal(padding_value))], 0)
                        : sequence.data.Expr;
                    long[] shape = batch_first ? [batch, steps, .. rest] : [steps, batch, .. rest];
                    return (Autograd.Record("PadPackedSequenceBackward0", Build.reshape(shape, Rows(source, rows)), sequence.data), Indices(lengths));
                }

                /// <summary>Sequences (L, ..) of several lengths in one tensor, (T, B, ..) or (B, T, ..).</summary>
                public static Tensor pad_sequence(IEnumerable<Tensor> sequences, bool batch_first = false, double padding_value = 0.0, string padding_side = "right")
                {
                    Tensor[] list = [.. sequences];
                    if (list.Length == 0) throw new TorchException("received an empty list of sequences");
                    if (padding_side is not ("right" or "left")) throw new TorchException($"Expected padding_side to be one of left or right, but got {padding_side}.");
                    var longest = list.Max(s => s.Sizes[0]);
                    var rest = list[0].Sizes[1..];
                    foreach (var s in list)
                        if (!s.Sizes.AsSpan(1).SequenceEqual(rest))
                            throw new TorchException($"The size of tensor a ({rest.FirstOrDefault()}) must match the size of tensor b ({s.Sizes.ElementAtOrDefault(1)}) at non-singleton dimension 1");
                    var padded = Array.ConvertAll(list, s =>
                    {
                        var missing = longest - s.Sizes[0];
                        var amounts = new long[2 * s.Sizes.Length];
                        amounts[padding_side == "right" ? ^1 : ^2] = missing;
                        var value = s.DType.IsDifferentiable ? Build.real(padding_value) : Build.@int((long)padding_value);
                        return missing == 0 ? s.Expr : Assemble.pad_constant(s.Expr, amounts, value);
                    });
                    return Autograd.Record("CopySlices", Assemble.stack(padded, batch_first ? 0 : 1), list);
                }

                public static PackedSequence pack_sequence(IEnumerable<Tensor> sequences, bool enforce_sorted = true)
                {
                    Tensor[] list = [.. sequences];
                    return Pack(pad_sequence(list), Array.ConvertAll(list, s => s.Sizes[0]), false, enforce_sorted);
                }

                /// <summary>The sequences of a padded tensor.</summary>
                public static IList<Tensor> unpad_sequence(Tensor padded_sequences, Tensor lengths, bool batch_first = false)
                {
                    var given = Host.toArray<long>(Build.cast(DType.Int64, lengths.Expr));
                    return [.. given.Select((l, i) => padded_sequences.select(batch_first ? 0 : 1, i).narrow(0, 0, l))];
                }

                /// <summary>The sequences of a packed sequence.</summary>
                public static IList<Tensor> unpack_sequence(PackedSequence packed_sequences)
                {
                    var (padded, lengths) = pad_packed_sequence(packed_sequences, batch_first: true);
                    return unpad_sequence(padded, lengths, batch_first: true);
                }
            }
        }
    }
}
