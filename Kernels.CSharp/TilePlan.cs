namespace Torch.Kernels;

/// <summary>
/// A tile program made ready to run: dimensions of size one dropped, dimensions ordered and merged as the accesses allow, tiles chosen, registers given places.
/// In: a <see cref="TileProgram"/>. Out: the kept dimensions and the reduced ones as two axes (a pointwise program has kept ones only), a list of lines
/// (everything whose position follows the indices: loads, index registers, stores or targets of folds), and steps over places. What always holds: nothing here depends on
/// addresses or threads, and reduced dimensions keep their row-major order.
/// </summary>
internal sealed class TilePlan
{
    /// <summary>Elements that take part in one sum before results are combined pairwise, and the lanes among them; see TileMachine.</summary>
    internal const int ChunkLength = 8192, LaneCount = 64;

    /// <summary>A row at least this long is walked by itself; shorter ones are batched.</summary>
    private const int LongRow = 128;

    /// <summary>Elements that tiles of two axes take along the axis across: a cache line of the commonest type.</summary>
    private const int AcrossRows = 16;

    /// <summary>Reduced ranges below this are walked along kept dimensions even if memory runs the other way.</summary>
    private const int ShortRange = 256;

    internal enum Kind : byte
    {
        /// <summary>The tile lies in memory as it lies in a register.</summary>
        Direct,

        /// <summary>One value for the whole tile.</summary>
        Uniform,

        /// <summary>Strided dimensions (possibly one): gathered or scattered.</summary>
        Strided,
    }

    /// <summary>One dimension of a line's tile: Factor elements, times the rows of axis Var when Var is not negative.</summary>
    internal readonly record struct Extent(long Factor, int Var, long Stride);

    /// <summary>Something that moves with the indices. For an index register the strides are steps of its value.</summary>
    internal sealed class Line
    {
        public required int Buffer;
        public required long Start;
        public required int Size;
        public required long[] Strides;
        public int Place;
        public Kind Kind;
        public Extent[] Extents = [];

        /// <summary>The lowest and highest displacement from the start.</summary>
        public long Low, High;
    }

    internal readonly record struct Step(Tile Function, int Result, int A, int B, int C);

    internal readonly record struct Fill(int Place, int Slot, int Size);

    internal readonly record struct Combination(Tile Combine, int Size, byte[] Identity, int Place);

    /// <summary>A load that a store may overwrite before its last use, should the two share memory.</summary>
    internal readonly record struct Hazard(int Load, int Store);

    internal readonly Axis Kept;

    /// <summary>The second axis: of a reduction the reduced dimensions; of a pointwise program a dimension that some load runs along while others run along the last, so that tiles are
    /// squares of both. Tiles are row-major with this axis outside.</summary>
    internal readonly Axis? Across;

    /// <summary>For wide rows: the reduced elements are visited lane by lane, whole tiles of kept elements at a time.</summary>
    internal readonly bool LaneByLane;
    internal readonly bool IsReduction;
    internal readonly long ReducedCount;

    /// <summary>Loads, then indices, then outputs (stores or fold targets).</summary>
    internal readonly Line[] Lines;
    internal readonly int Loads, Inputs;
    internal readonly Step[] Steps;
    internal readonly Fill[] Constants;
    internal readonly Combination[] Folds;
    internal readonly Hazard[] Hazards;

    /// <summary>Bytes of one kept element's results, over all folds.</summary>
    internal readonly long FoldBytes;

    /// <summary>Outputs that the steps write straight into memory.</summary>
    internal readonly bool[] Through;

    /// <summary>The scratch slot of each place; place 0 is "no operand".</summary>
    internal readonly int[] Slots;
    internal readonly int SlotCount;

    /// <summary>The most elements that a tile has.</summary>
    internal readonly int TileElements;
    internal readonly bool Empty;

    /// <summary>A rough number of bytes moved and operations done, for the decision about threads.</summary>
    internal readonly double Work;

    internal static TilePlan Of(TileProgram program) => program.Plan ??= new TilePlan(program);

    private TilePlan(TileProgram program)
    {
        var rank = program.Sizes.Length;
        IsReduction = program.Folds.Length > 0;
        bool IsReduced(int d) => IsReduction && program.Reduced.Length > d && program.Reduced[d];

        var lines = new List<Line>();
        foreach (var a in program.Loads) lines.Add(new Line { Buffer = a.Buffer, Start = a.Offset, Size = a.Type.Size(), Strides = a.Strides });
        Loads = lines.Count;
        foreach (var i in program.Indices)
        {
            var steps = new long[rank];
            steps[i.Dimension] = i.Factor;
            lines.Add(new Line { Buffer = -1, Start = i.Start, Size = 8, Strides = steps });
        }
        Inputs = lines.Count;
        foreach (var a in IsReduction ? program.Folds.Select(f => f.Target) : program.Stores)
            lines.Add(new Line { Buffer = a.Buffer, Start = a.Offset, Size = a.Type.Size(), Strides = a.Strides });
        Lines = lines.ToArray();
        foreach (var line in Lines) (line.Low, line.High) = Reach(program.Sizes, line.Strides);

        var kept = new List<int>();
        var reduced = new List<int>();
        ReducedCount = 1;
        long count = 1;
        for (var d = 0; d < rank; d++)
        {
            count *= program.Sizes[d];
            if (IsReduced(d))
            {
                ReducedCount *= program.Sizes[d];
                if (program.Sizes[d] != 1) reduced.Add(d);
            }
            else
            {
                Empty |= program.Sizes[d] == 0;
                if (program.Sizes[d] != 1) kept.Add(d);
            }
        }
        // Where nothing is read, the axes shall still be well formed.
        if (Empty) kept.Clear();
        if (Empty || ReducedCount == 0) reduced.Clear();
        Order(kept);
        var keptDims = Merge(program.Sizes, kept);
        var reducedDims = Merge(program.Sizes, reduced);
        (Steps, Constants, Folds, Slots, SlotCount) = Place(program);

        if (!IsReduction)
        {
            var across = Crosswise(keptDims);
            if (across >= 0)
            {
                Across = new Axis([keptDims[across]], Lines, AcrossRows, 1);
                keptDims.RemoveAt(across);
                Kept = new Axis(keptDims, Lines, TileProgram.TileLength / AcrossRows, 1);
            }
            else Kept = new Axis(keptDims, Lines, TileProgram.TileLength, LongRow);
        }
        else if (Columns(keptDims, reducedDims))
        {
            LaneByLane = Wide(keptDims[^1]);
            var widest = LaneByLane ? TileProgram.TileLength : (int)Math.Clamp(TileProgram.TileLength / Math.Max(ReducedCount, 1), 128, TileProgram.TileLength);
            Kept = new Axis(keptDims, Lines, widest, Math.Min(LongRow, widest / 2));
            var tallest = LaneByLane ? 1 : Math.Max(1, (int)(TileProgram.TileLength / Kept.TileLength));
            Across = new Axis(reducedDims, Lines, tallest, Math.Max(1, Math.Min(LongRow, tallest / 2)));
        }
        else
        {
            Kept = new Axis(keptDims, Lines, 1, 1);
            Across = new Axis(reducedDims, Lines, TileProgram.TileLength, LongRow);
        }
        TileElements = (int)(Kept.TileLength * (Across?.TileLength ?? 1));
        for (var i = 0; i < Lines.Length; i++) Shape(i, i < Inputs || !IsReduction);
        Through = new bool[Lines.Length];
        foreach (var f in Folds) FoldBytes += f.Size;
        Hazards = IsReduction ? [] : WriteThrough(program);
        Work = (double)count * (Lines.Sum(l => l.Buffer < 0 ? 0 : l.Size) + (8 * Steps.Length) + (4 * Folds.Length));
    }

    private static (long Low, long High) Reach(long[] sizes, long[] strides)
    {
        long low = 0, high = 0;
        for (var d = 0; d < sizes.Length; d++)
        {
            var far = strides[d] * (sizes[d] - 1);
            if (far < 0) low += far;
            else high += far;
        }
        return (low, high);
    }

    /// <summary>Sorts kept dimensions so that the walk follows memory: outputs decide, then loads. Dimensions that no line tells apart keep their order.</summary>
    private void Order(List<int> dims)
    {
        for (var i = 1; i < dims.Count; i++)
        {
            var inner = i;
            for (var outer = i - 1; outer >= 0; outer--)
            {
                var order = Compare(dims[outer], dims[inner]);
                if (order > 0)
                {
                    (dims[outer], dims[inner]) = (dims[inner], dims[outer]);
                    inner = outer;
                }
                else if (order < 0) break;
            }
        }
    }

    /// <summary>Positive if the first dimension has the smaller strides and so belongs inside.</summary>
    private int Compare(int outer, int inner)
    {
        for (var i = 0; i < Lines.Length; i++)
        {
            // Loads come before outputs in the list; outputs decide first. In a reduction the loads move most, so they decide.
            var line = IsReduction ? Lines[i] : Lines[(i + Inputs) % Lines.Length];
            if (line.Buffer < 0) continue;
            var (o, n) = (Math.Abs(line.Strides[outer]), Math.Abs(line.Strides[inner]));
            if (o == 0 || n == 0 || o == n) continue;
            return o < n ? 1 : -1;
        }
        return 0;
    }

    /// <summary>A dimension after merging, with the stride of each line.</summary>
    internal readonly record struct Dim(long Size, long[] Strides);

    private List<Dim> Merge(long[] sizes, List<int> dims)
    {
        var merged = new List<Dim>();
        foreach (var d in dims)
        {
            var strides = Lines.Select(l => l.Strides[d]).ToArray();
            if (merged.Count > 0 && merged[^1].Strides.Zip(strides).All(s => s.First == s.Second * sizes[d]))
                merged[^1] = new Dim(merged[^1].Size * sizes[d], strides);
            else merged.Add(new Dim(sizes[d], strides));
        }
        if (merged.Count == 0) merged.Add(new Dim(1, new long[Lines.Length]));
        return merged;
    }

    /// <summary>Whether tiles of a reduction run along kept dimensions. Either way gives the same bits; it is a matter of memory.</summary>
    private bool Columns(List<Dim> kept, List<Dim> reduced)
    {
        long keptCount = 1;
        foreach (var d in kept) keptCount *= d.Size;
        if (keptCount == 1) return false;
        if (ReducedCount < ShortRange && keptCount >= 8) return true;
        for (var i = 0; i < Loads; i++)
        {
            var (k, r) = (Math.Abs(kept[^1].Strides[i]), Math.Abs(reduced[^1].Strides[i]));
            if (k != 0 && r != 0 && k != r) return k < r && keptCount >= 8;
        }
        return keptCount >= 64;
    }

    /// <summary>Whether rows of kept elements are long and lie in memory as they are, so that they need no copy and no other rows in their tile.</summary>
    private bool Wide(Dim row)
    {
        if (row.Size < TileProgram.TileLength / 2) return false;
        var dense = false;
        for (var i = 0; i < Loads; i++)
        {
            if (row.Strides[i] != 0 && row.Strides[i] != Lines[i].Size) return false;
            dense |= row.Strides[i] != 0;
        }
        return dense;
    }

    /// <summary>A dimension other than the last along which some load is contiguous that strides far along the last; -1 if there is none worth it.</summary>
    private int Crosswise(List<Dim> dims)
    {
        if (dims.Count < 2 || dims[^1].Size < 2 * AcrossRows) return -1;
        for (var i = 0; i < Lines.Length; i++)
        {
            if (Lines[i].Buffer < 0 || Math.Abs(dims[^1].Strides[i]) < 256) continue;
            for (var d = dims.Count - 2; d >= 0; d--)
                if (Math.Abs(dims[d].Strides[i]) == Lines[i].Size && dims[d].Size >= AcrossRows) return d;
        }
        return -1;
    }

    /// <summary>Gives each leaf a place of its own where steps write its register later, and renames operands accordingly.</summary>
    private (Step[] Steps, Fill[] Constants, Combination[] Folds, int[] Slots, int SlotCount) Place(TileProgram program)
    {
        var slots = new List<int> { -1 };
        var next = program.Registers;
        var taken = new bool[program.Registers];
        foreach (var step in program.Steps) taken[step.Result] = true;
        var current = new int[program.Registers];

        int Leaf(int register)
        {
            slots.Add(taken[register] ? next++ : register);
            taken[register] = true;
            return current[register] = slots.Count - 1;
        }

        var constants = program.Constants.Select(c => new Fill(Leaf(c.Register), c.Slot, c.Type.Size())).ToArray();
        for (var i = 0; i < program.Indices.Length; i++) Lines[Loads + i].Place = Leaf(program.Indices[i].Register);
        for (var i = 0; i < Loads; i++) Lines[i].Place = Leaf(program.Loads[i].Register);
        int Operand(int register) => register < 0 ? 0 : current[register];

        var steps = new Step[program.Steps.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            var s = program.Steps[i];
            var (a, b, c) = (Operand(s.A), Operand(s.B), Operand(s.C));
            slots.Add(s.Result);
            current[s.Result] = slots.Count - 1;
            steps[i] = new Step(s.Function, current[s.Result], a, b, c);
        }
        var outputs = IsReduction ? program.Folds.Select(f => f.Target).ToArray() : program.Stores;
        for (var i = 0; i < outputs.Length; i++) Lines[Inputs + i].Place = current[outputs[i].Register];
        var folds = program.Folds.Select(f => new Combination(f.Combine, f.Type.Size(), f.Identity, current[f.Target.Register])).ToArray();
        return (steps, constants, folds, slots.ToArray(), next);
    }

    /// <summary>The dimensions of a line's tile, merged, and what kind of line that makes it.</summary>
    private void Shape(int index, bool withAcross)
    {
        var line = Lines[index];
        var extents = new List<Extent>();
        if (withAcross) Across?.Extents(index, 0, extents);
        Kept.Extents(index, 1, extents);
        for (var d = extents.Count - 2; d >= 0; d--)
        {
            var (outer, inner) = (extents[d], extents[d + 1]);
            if (inner.Var >= 0 || outer.Stride != inner.Stride * inner.Factor) continue;
            extents[d] = new Extent(outer.Factor * inner.Factor, outer.Var, inner.Stride);
            extents.RemoveAt(d + 1);
        }
        line.Extents = extents.ToArray();
        line.Kind = extents.All(e => e.Stride == 0) ? Kind.Uniform
            : extents.Count == 1 && extents[0].Stride == line.Size && line.Buffer >= 0 ? Kind.Direct
            : Kind.Strided;
        // One element is a tile that lies in memory as in a register, but a load of it is better kept: it is the same for many tiles.
        if (extents.Count == 0 && index >= Inputs) line.Kind = Kind.Direct;
    }

    /// <summary>Lets steps write straight into memory where a contiguous output takes their result, and lists the loads that must then be watched.</summary>
    private Hazard[] WriteThrough(TileProgram program)
    {
        var maker = new int[Slots.Length];
        Array.Fill(maker, -1);
        for (var i = 0; i < Steps.Length; i++) maker[Steps[i].Result] = i;
        var given = new HashSet<int>();
        var lastUse = new int[Slots.Length];
        for (var i = 0; i < Steps.Length; i++) lastUse[Steps[i].A] = lastUse[Steps[i].B] = lastUse[Steps[i].C] = i;
        var written = new int[Lines.Length];
        for (var i = Inputs; i < Lines.Length; i++)
        {
            var line = Lines[i];
            Through[i] = line.Kind == Kind.Direct && maker[line.Place] >= 0 && given.Add(line.Place);
            written[i] = Through[i] ? maker[line.Place] : Steps.Length + i;
            if (!Through[i]) lastUse[line.Place] = Steps.Length + i;
        }
        var hazards = new List<Hazard>();
        for (var l = 0; l < Loads; l++)
        {
            if (Lines[l].Kind != Kind.Direct) continue;
            for (var s = Inputs; s < Lines.Length; s++)
                if (lastUse[Lines[l].Place] > written[s] || (lastUse[Lines[l].Place] == written[s] && Lines[l].Size != Lines[s].Size)) hazards.Add(new Hazard(l, s));
        }
        return hazards.ToArray();
    }

    /// <summary>
    /// A list of dimensions as tiles see it: the outer ones are enumerated, one of them (the row) is cut into pieces, the ones inside it are taken whole.
    /// A tile is so many rows times the period of the inner ones, in row-major order.
    /// </summary>
    internal sealed class Axis
    {
        private readonly List<Dim> _dims;
        private readonly int _row;
        internal readonly long[] Outer;

        /// <summary>Stride of outer dimension d for line i at [d * lines + i].</summary>
        internal readonly long[] OuterStrides;

        /// <summary>For each line, the way from one tile to the next.</summary>
        internal readonly long[] TileStrides;
        internal readonly long Rows, TileRows, Period, TilesPerOuter, Tiles, Count;
        internal readonly int Lines;

        internal Axis(List<Dim> dims, Line[] lines, int longest, int longRow)
        {
            _dims = dims;
            Lines = lines.Length;
            _row = dims.Count - 1;
            Period = 1;
            var n = dims[_row].Size;
            if (n < longRow)
            {
                // Take inner dimensions whole as long as they fit, then rows of the next one.
                while (_row > 0 && Period * dims[_row].Size <= longest) Period *= dims[_row--].Size;
            }
            Rows = dims[_row].Size;
            var fit = Math.Max(1, longest / Period);
            TileRows = Math.Max(1, Math.Min(Rows, fit));
            TilesPerOuter = (Rows + TileRows - 1) / TileRows;
            if (Period == 1 && TilesPerOuter > 1 && longest >= 2 * LaneCount)
            {
                // Even pieces, in multiples of the lanes: 1100 is 576 and 524 rather than 1024 and 76.
                TileRows = Math.Min(fit, ((Rows + TilesPerOuter - 1) / TilesPerOuter + LaneCount - 1) / LaneCount * LaneCount);
                TilesPerOuter = (Rows + TileRows - 1) / TileRows;
            }
            Outer = dims.Take(_row).Select(d => d.Size).ToArray();
            OuterStrides = dims.Take(_row).SelectMany(d => d.Strides).ToArray();
            TileStrides = dims[_row].Strides.Select(s => s * TileRows).ToArray();
            Tiles = TilesPerOuter;
            foreach (var s in Outer) Tiles *= s;
            Count = Rows * Period;
            foreach (var s in Outer) Count *= s;
        }

        internal long TileLength => TileRows * Period;

        /// <summary>Elements between one outer index and the next.</summary>
        internal long OuterLength => Rows * Period;

        internal void Extents(int line, int var, List<Extent> extents)
        {
            if (TileRows > 1)
            {
                extents.Add(TilesPerOuter == 1 ? new Extent(Rows, -1, _dims[_row].Strides[line]) : new Extent(1, var, _dims[_row].Strides[line]));
            }
            for (var d = _row + 1; d < _dims.Count; d++) extents.Add(new Extent(_dims[d].Size, -1, _dims[d].Strides[line]));
        }
    }
}
