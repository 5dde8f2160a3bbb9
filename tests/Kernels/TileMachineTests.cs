using System.Numerics;
using System.Runtime.InteropServices;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests.Kernels;

/// <summary>
/// The interpreter against nested loops that run the same tile functions with one element at a time, bit for bit: random shapes, strides and programs,
/// reductions in every arrangement (the reference is the documented order, written recursively), one and two threads.
/// </summary>
[Collection("Workers")]
public sealed unsafe class TileMachineTests
{
    // ---- tile functions

    private static Tile Binary<T>(Func<T, T, T> f)
        where T : unmanaged => (r, a, b, _, n) =>
    {
        for (nint i = 0; i < n; i++) ((T*)r)[i] = f(((T*)a)[i], ((T*)b)[i]);
    };

    private static Tile Ternary<T>(Func<T, T, T, T> f)
        where T : unmanaged => (r, a, b, c, n) =>
    {
        for (nint i = 0; i < n; i++) ((T*)r)[i] = f(((T*)a)[i], ((T*)b)[i], ((T*)c)[i]);
    };

    private static Tile Unary<S, T>(Func<S, T> f)
        where S : unmanaged
        where T : unmanaged => (r, a, _, _, n) =>
    {
        for (nint i = 0; i < n; i++) ((T*)r)[i] = f(((S*)a)[i]);
    };

    private static readonly Tile s_add = Binary<float>((a, b) => a + b);
    private static readonly Tile s_mul = Binary<float>((a, b) => a * b);
    private static readonly Tile s_sub = Binary<float>((a, b) => a - b);
    private static readonly Tile s_fma = Ternary<float>((a, b, c) => (a * b) + c);
    private static readonly Tile s_neg = Unary<float, float>(a => -a);
    private static readonly Tile s_toFloat = Unary<long, float>(a => a);

    // ---- the reference

    private static void Reference(TileProgram p, nint[] buffers, byte[] scalars)
    {
        var kept = Enumerable.Range(0, p.Sizes.Length).Where(d => p.Folds.Length == 0 || !p.Reduced[d]).ToArray();
        var reduced = Enumerable.Range(0, p.Sizes.Length).Except(kept).ToArray();
        long Count(int[] dims) => dims.Aggregate(1L, (n, d) => n * p.Sizes[d]);
        void Spread(long flat, int[] dims, long[] index)
        {
            foreach (var d in dims.Reverse()) (flat, index[d]) = Math.DivRem(flat, Math.Max(1, p.Sizes[d]));
        }
        var registers = (byte*)NativeMemory.AllocZeroed((nuint)(16 * p.Registers) + 16);
        byte* Register(int r) => r < 0 ? null : registers + (16 * r);
        byte* At(TileProgram.Access a, long[] index)
        {
            var at = (byte*)buffers[a.Buffer] + a.Offset;
            for (var d = 0; d < index.Length; d++) at += index[d] * a.Strides[d];
            return at;
        }
        var index = new long[p.Sizes.Length];
        var result = stackalloc byte[16];
        for (long k = 0; k < Count(kept); k++)
        {
            Spread(k, kept, index);
            var values = p.Folds.Select(_ => new List<byte[]>()).ToArray();
            for (long r = 0; r < Count(reduced); r++)
            {
                Spread(r, reduced, index);
                foreach (var c in p.Constants) scalars.AsSpan(16 * c.Slot, 16).CopyTo(new Span<byte>(Register(c.Register), 16));
                foreach (var i in p.Indices) *(long*)Register(i.Register) = i.Start + (i.Factor * index[i.Dimension]);
                foreach (var a in p.Loads) Buffer.MemoryCopy(At(a, index), Register(a.Register), 16, a.Type.Size());
                foreach (var s in p.Steps)
                {
                    s.Function(result, Register(s.A), Register(s.B), Register(s.C), 1);
                    Buffer.MemoryCopy(result, Register(s.Result), 16, 16);
                }
                foreach (var a in p.Stores) Buffer.MemoryCopy(Register(a.Register), At(a, index), 16, a.Type.Size());
                for (var f = 0; f < values.Length; f++) values[f].Add(new Span<byte>(Register(p.Folds[f].Target.Register), p.Folds[f].Type.Size()).ToArray());
            }
            Spread(0, reduced, index);
            for (var f = 0; f < values.Length; f++)
            {
                var fold = p.Folds[f];
                byte[] Join(byte[] x, byte[] y)
                {
                    var result = new byte[x.Length];
                    fixed (byte* pr = result, px = x, py = y) fold.Combine(pr, px, py, null, 1);
                    return result;
                }
                InOrder(values[f], fold.Identity, Join).CopyTo(new Span<byte>(At(fold.Target, index), fold.Type.Size()));
            }
        }
        NativeMemory.Free(registers);
    }

    /// <summary>The order of combination as TileMachine documents it.</summary>
    private static T InOrder<T>(List<T> values, T identity, Func<T, T, T> join)
    {
        var lanes = (int)Math.Min(64, BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, values.Count)));
        T Chunk(IEnumerable<T> chunk)
        {
            var lane = Enumerable.Repeat(identity, lanes).ToArray();
            foreach (var (x, i) in chunk.Select((x, i) => (x, i))) lane[i % lanes] = join(lane[i % lanes], x);
            for (var half = lanes / 2; half > 0; half /= 2)
                for (var l = 0; l < half; l++) lane[l] = join(lane[l], lane[l + half]);
            return lane[0];
        }
        T Tree(ReadOnlySpan<T> parts)
        {
            if (parts.Length == 1) return parts[0];
            var left = (int)BitOperations.RoundUpToPowerOf2((uint)parts.Length) / 2;
            return join(Tree(parts[..left]), Tree(parts[left..]));
        }
        return values.Count == 0 ? identity : Tree(values.Chunk(8192).Select(Chunk).ToArray());
    }

    // ---- random memory

    /// <summary>A buffer with some margin and an access to it; strides are permuted, padded, negative or zero.</summary>
    private static (byte[] Memory, long Offset, long[] Strides) Layout(Random random, long[] sizes, int size, bool forStore)
    {
        var order = Enumerable.Range(0, sizes.Length).ToArray();
        if (random.Next(2) == 0) random.Shuffle(order);
        var strides = new long[sizes.Length];
        long offset = 0, extent = size;
        foreach (var d in order.Reverse())
        {
            if (!forStore && random.Next(5) == 0) continue;
            strides[d] = extent;
            extent *= sizes[d];
            if (random.Next(6) == 0) extent += size * random.Next(1, 4);
            if (random.Next(8) != 0) continue;
            offset += strides[d] * Math.Max(0, sizes[d] - 1);
            strides[d] = -strides[d];
        }
        var memory = new byte[extent + 64];
        if (size == 4)
        {
            var floats = MemoryMarshal.Cast<byte, float>(memory.AsSpan(0, memory.Length / 4 * 4));
            for (var i = 0; i < floats.Length; i++) floats[i] = (random.Next(-1000, 1000) / 64f) + (random.Next(3) * 1e-6f);
        }
        else random.NextBytes(memory);
        return (memory, offset, strides);
    }

    private static long[] RandomSizes(Random random, long limit)
    {
        for (;;)
        {
            var sizes = new long[random.Next(1, 6)];
            for (var d = 0; d < sizes.Length; d++)
                sizes[d] = random.Next(10) switch { 0 => 1, 1 => random.Next(0, 3), < 6 => random.Next(2, 8), < 9 => random.Next(3, 150), _ => random.Next(100, 3000) };
            if (sizes.Aggregate(1L, (n, s) => n * s) <= limit) return sizes;
        }
    }

    private static byte[] Scalars(params float[] values)
    {
        var bytes = new byte[16 * values.Length];
        for (var i = 0; i < values.Length; i++) MemoryMarshal.Write(bytes.AsSpan(16 * i), values[i]);
        return bytes;
    }

    /// <summary>Runs the program with reference and machine (one and two threads) on copies of the memory, and compares all of it.</summary>
    private static void Check(TileProgram program, byte[][] memory, byte[] scalars, string what)
    {
        byte[][] With(Action<nint[]> run)
        {
            var copies = memory.Select(m => (byte[])m.Clone()).ToArray();
            var handles = copies.Select(c => GCHandle.Alloc(c, GCHandleType.Pinned)).ToArray();
            try
            {
                run(handles.Select(h => h.AddrOfPinnedObject()).ToArray());
            }
            finally
            {
                foreach (var h in handles) h.Free();
            }
            return copies;
        }
        var expected = With(b => Reference(program, b, scalars));
        foreach (var threads in new[] { 1, 2, 3 })
        {
            var before = Workers.Count;
            Workers.Count = threads;
            var actual = With(b => TileMachine.Run(program, b, scalars));
            Workers.Count = before;
            for (var i = 0; i < expected.Length; i++)
                Assert.True(expected[i].AsSpan().SequenceEqual(actual[i]), $"{what}: buffer {i} differs at byte {expected[i].AsSpan().CommonPrefixLength(actual[i])} with {threads} threads");
        }
    }

    private static string Text(long[] numbers) => $"[{string.Join(", ", numbers)}]";

    // ---- pointwise

    [Fact]
    public void Random_pointwise_programs_agree_with_nested_loops()
    {
        for (var seed = 0; seed < 250; seed++)
        {
            var random = new Random(seed);
            var sizes = RandomSizes(random, seed % 20 == 0 ? 200_000 : 20_000);
            var memory = new List<byte[]>();
            var loads = new List<TileProgram.Access>();
            var registers = 0;
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var (bytes, offset, strides) = Layout(random, sizes, 4, false);
                loads.Add(new(registers++, memory.Count, ElementType.Float32, offset, strides));
                memory.Add(bytes);
            }
            var constants = new[] { new TileProgram.Constant(registers++, ElementType.Float32, 1) };
            var indices = new[] { new TileProgram.Index(registers++, random.Next(sizes.Length), random.Next(-5, 5), random.Next(-3, 4)) };
            var indexAsFloat = registers++;
            var steps = new List<TileProgram.Step> { new(s_toFloat, indexAsFloat, registers - 2, -1, -1) };
            var floats = Enumerable.Range(0, registers).Where(r => r != registers - 2).ToList();
            int Any() => floats[random.Next(floats.Count)];
            for (var i = random.Next(0, 7); i > 0; i--)
            {
                // Results go to new registers, to earlier results and over loads and constants.
                var result = random.Next(3) == 0 ? Any() : registers++;
                steps.Add(random.Next(4) switch
                {
                    0 => new(s_add, result, Any(), Any(), -1),
                    1 => new(s_mul, result, Any(), Any(), -1),
                    2 => new(s_fma, result, Any(), Any(), Any()),
                    _ => new(s_neg, result, Any(), -1, -1),
                });
                if (!floats.Contains(result)) floats.Add(result);
            }
            var stores = new List<TileProgram.Access>();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var inPlace = loads.FindIndex(l => sizes.Zip(l.Strides).All(z => z.Second != 0 || z.First <= 1));
                if (random.Next(3) == 0 && inPlace >= 0 && !stores.Any(s => s.Buffer == inPlace))
                {
                    stores.Add(loads[inPlace] with { Register = Any() });
                    continue;
                }
                var (bytes, offset, strides) = Layout(random, sizes, 4, true);
                stores.Add(new(Any(), memory.Count, ElementType.Float32, offset, strides));
                memory.Add(bytes);
            }
            var program = new TileProgram
            {
                Sizes = sizes, Registers = registers, Constants = constants, Indices = indices,
                Loads = [.. loads], Steps = [.. steps], Stores = [.. stores],
            };
            Check(program, [.. memory], Scalars(0, 1.5f), $"seed {seed} sizes {Text(sizes)}");
        }
    }

    [Theory]
    [InlineData(ElementType.Bool)]
    [InlineData(ElementType.Int16)]
    [InlineData(ElementType.Float64)]
    [InlineData(ElementType.Complex128)]
    public void Every_element_size_is_loaded_and_stored(ElementType type)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var sizes = RandomSizes(random, 20_000);
            var (from, offset, strides) = Layout(random, sizes, type.Size(), false);
            var (to, toOffset, toStrides) = Layout(random, sizes, type.Size(), true);
            var program = new TileProgram
            {
                Sizes = sizes, Registers = 1,
                Loads = [new(0, 0, type, offset, strides)], Stores = [new(0, 1, type, toOffset, toStrides)],
            };
            Check(program, [from, to], [], $"seed {seed} sizes {Text(sizes)}");
        }
    }

    [Fact]
    public void A_store_before_the_last_use_of_what_it_overwrites_waits()
    {
        var sizes = new long[] { 5000 };
        var (a, _, strides) = (Layout(new Random(1), sizes, 4, true).Memory, 0, new long[] { 4 });
        var b = Layout(new Random(2), sizes, 4, true).Memory;
        // a' = a + b; b' = a' * a (the old a); and a plain exchange.
        var chain = new TileProgram
        {
            Sizes = sizes, Registers = 4,
            Loads = [new(0, 0, ElementType.Float32, 0, strides), new(1, 1, ElementType.Float32, 0, strides)],
            Steps = [new(s_add, 2, 0, 1, -1), new(s_mul, 3, 2, 0, -1)],
            Stores = [new(2, 0, ElementType.Float32, 0, strides), new(3, 1, ElementType.Float32, 0, strides)],
        };
        Array.Resize(ref a, 20064);
        Array.Resize(ref b, 20064);
        Check(chain, [a, b], [], "chain");
        var exchange = new TileProgram
        {
            Sizes = sizes, Registers = 2,
            Loads = [new(0, 0, ElementType.Float32, 0, strides), new(1, 1, ElementType.Float32, 0, strides)],
            Stores = [new(0, 1, ElementType.Float32, 0, strides), new(1, 0, ElementType.Float32, 0, strides)],
        };
        Check(exchange, [a, b], [], "exchange");
    }

    // ---- reductions

    [Fact]
    public void Random_reductions_agree_with_the_documented_order()
    {
        var sum = BitConverter.GetBytes(0f);
        var max = BitConverter.GetBytes(float.NegativeInfinity);
        var fmax = Binary<float>(MathF.Max);
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var sizes = RandomSizes(random, seed % 10 == 0 ? 200_000 : 20_000);
            var reduced = new bool[sizes.Length];
            // Row form: the innermost ones. Column form: a run before the last.
            var end = random.Next(2) == 0 || sizes.Length == 1 ? sizes.Length : sizes.Length - 1;
            for (var d = random.Next(0, end); d < end; d++) reduced[d] = true;
            var memory = new List<byte[]>();
            var loads = new List<TileProgram.Access>();
            for (var i = 0; i < 2; i++)
            {
                var (bytes, offset, strides) = Layout(random, sizes, 4, false);
                loads.Add(new(i, i, ElementType.Float32, offset, strides));
                memory.Add(bytes);
            }
            var keptSizes = sizes.Select((s, d) => reduced[d] ? 1 : s).ToArray();
            var folds = new List<TileProgram.Fold>();
            for (var i = 0; i < 3; i++)
            {
                var (bytes, offset, strides) = Layout(random, keptSizes, 4, true);
                for (var d = 0; d < sizes.Length; d++) if (reduced[d]) strides[d] = 0;
                folds.Add(new(i == 1 ? fmax : s_add, ElementType.Float32, i == 1 ? max : sum, new(i + 1, memory.Count, ElementType.Float32, offset, strides)));
                memory.Add(bytes);
            }
            var program = new TileProgram
            {
                Sizes = sizes, Registers = 4, Reduced = reduced, Loads = [.. loads],
                Steps = [new(s_sub, 2, 0, 1, -1), new(s_mul, 3, 2, 2, -1)], Folds = [.. folds],
            };
            Check(program, [.. memory], [], $"seed {seed} sizes {Text(sizes)} reduced {string.Join(",", reduced)}");
        }
    }

    private static float Sum(float[] x, long[] sizes, long[] strides, bool[] reduced, int threads)
    {
        var result = 0f;
        var program = new TileProgram
        {
            Sizes = sizes, Registers = 1, Reduced = reduced, Loads = [new(0, 0, ElementType.Float32, 0, strides)],
            Folds = [new(s_add, ElementType.Float32, new byte[4], new(0, 1, ElementType.Float32, 0, new long[sizes.Length]))],
        };
        var before = Workers.Count;
        Workers.Count = threads;
        fixed (float* p = x) TileMachine.Run(program, [(nint)p, (nint)(&result)], []);
        Workers.Count = before;
        return result;
    }

    [Fact]
    public void A_long_sum_is_accurate_and_independent_of_threads_and_layout()
    {
        var x = new float[10_000_000];
        var random = new Random(3);
        for (var i = 0; i < x.Length; i++) x[i] = random.NextSingle();
        var exact = x.Sum(v => (double)v);
        var flat = Sum(x, [x.Length], [4], [true], 1);
        Assert.InRange(Math.Abs(flat - exact) / exact, 0, 1e-6);
        Assert.Equal(flat, Sum(x, [x.Length], [4], [true], 2));
        Assert.Equal(flat, Sum(x, [x.Length], [4], [true], 5));
        Assert.Equal(flat, Sum(x, [1000, 10_000], [40_000, 4], [true, true], 2));

        // The same numbers transposed in memory: another walk, the same order.
        var transposed = new float[x.Length];
        for (var i = 0; i < 1000; i++)
            for (var j = 0; j < 10_000; j++) transposed[(j * 1000) + i] = x[(i * 10_000) + j];
        Assert.Equal(flat, Sum(transposed, [1000, 10_000], [4, 4000], [true, true], 2));
        Assert.Equal(1_000_000.0, Sum([0.1f], [10_000_000], [0], [true], 2), 1.0);
    }

    [Fact]
    public void Expanded_operands_are_never_materialised()
    {
        var counted = 0L;
        var one = 1.0;
        var program = new TileProgram
        {
            Sizes = [1L << 10, 1L << 20], Registers = 1, Reduced = [true, true],
            Loads = [new(0, 0, ElementType.Float64, 0, [0, 0])],
            Folds = [new((r, a, b, _, n) => AddDoubles((double*)r, (double*)a, (double*)b, n), ElementType.Float64, new byte[8], new(0, 1, ElementType.Float64, 0, [0, 0]))],
        };
        TileMachine.Run(program, [(nint)(&one), (nint)(&counted)], []);
        Assert.Equal((double)(1L << 30), BitConverter.Int64BitsToDouble(counted));
    }

    private static void AddDoubles(double* r, double* a, double* b, nint n)
    {
        nint i = 0;
        for (; i + 8 <= n; i += 8) System.Runtime.Intrinsics.Vector512.Store(System.Runtime.Intrinsics.Vector512.Load(a + i) + System.Runtime.Intrinsics.Vector512.Load(b + i), r + i);
        for (; i < n; i++) r[i] = a[i] + b[i];
    }

    [Fact]
    public void An_empty_range_gives_the_identity_and_an_empty_result_nothing()
    {
        var memory = new byte[64];
        Array.Fill(memory, (byte)7);
        TileProgram Program(long kept, long reduced) => new()
        {
            Sizes = [kept, reduced], Registers = 1, Reduced = [false, true], Loads = [new(0, 0, ElementType.Float32, 0, [4, 4])],
            Folds = [new(s_add, ElementType.Float32, BitConverter.GetBytes(2.5f), new(0, 1, ElementType.Float32, 4, [4, 0]))],
        };
        Check(Program(3, 0), [new byte[16], memory], [], "empty range");
        Check(Program(0, 3), [new byte[16], memory], [], "empty result");
    }

    [Fact]
    public void Threads_may_run_programs_at_once()
    {
        var x = Enumerable.Range(0, 300_000).Select(i => (float)Math.Sin(i)).ToArray();
        var expected = Sum(x, [x.Length], [4], [true], 1);
        var wrong = 0;
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 6 }, _ =>
        {
            var result = 0f;
            var program = new TileProgram
            {
                Sizes = [x.Length], Registers = 1, Reduced = [true], Loads = [new(0, 0, ElementType.Float32, 0, [4])],
                Folds = [new(s_add, ElementType.Float32, new byte[4], new(0, 1, ElementType.Float32, 0, [0]))],
            };
            fixed (float* p = x) TileMachine.Run(program, [(nint)p, (nint)(&result)], []);
            if (result != expected) Interlocked.Increment(ref wrong);
        });
        Assert.Equal(0, wrong);
    }
}
