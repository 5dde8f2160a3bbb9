namespace Torch;

public static partial class torch
{
    /// <summary>One index among several: Python's int, slice, None, ..., bool or tensor.</summary>
    public readonly struct TensorIndex
    {
        internal enum Sort { Slice, Single, Ellipsis, None, Bool, Tensor }

        private TensorIndex(Sort kind) => Kind = kind;

        internal Sort Kind { get; }
        internal long? Start { get; private init; }
        internal long? Stop { get; private init; }
        internal long? Step { get; private init; }
        internal long Number { get; private init; }
        internal bool Flag { get; private init; }
        internal Tensor? Value { get; private init; }

        /// <summary>start:stop:step; what is left out is null.</summary>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) => new(Sort.Slice) { Start = start, Stop = stop, Step = step };

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        public static TensorIndex Slice(Range range) => Slice(From(range.Start), range.End.Equals(System.Index.End) ? null : From(range.End));

        private static long From(Index i) => i.IsFromEnd ? -i.Value : i.Value;

        public static TensorIndex Single(long? index) => index is { } i ? new(Sort.Single) { Number = i } : None;

        public static TensorIndex Bool(bool value) => new(Sort.Bool) { Flag = value };

        public static TensorIndex Tensor(Tensor tensor) => new(Sort.Tensor) { Value = tensor };

        public static readonly TensorIndex Colon = Slice();
        public static readonly TensorIndex Ellipsis = new(Sort.Ellipsis);
        public static readonly TensorIndex None = new(Sort.None);
        public static readonly TensorIndex Null = new(Sort.None);

        public static implicit operator TensorIndex(long value) => Single(value);
        public static implicit operator TensorIndex(Index index) => Single(From(index));
        public static implicit operator TensorIndex(Range range) => Slice(range);
        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);
        public static implicit operator TensorIndex(Tensor value) => Tensor(value);
        public static implicit operator TensorIndex(bool value) => Bool(value);
    }
}
