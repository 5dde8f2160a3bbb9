// PyTorch's CPU generator: the engine MT19937 with a 64-bit seed that is remembered, a cached normal, and a state of 5,056 bytes.
//
// Method: Matsumoto and Nishimura, "Mersenne Twister" (1998). 624 words are regenerated and tempered at a time, eight lanes wide: word i of the new
// state depends on words i, i + 1 and i + 397 (mod 624), and the nearest of them that is itself new lies 227 words back.
// Bits: exact. The layout of the state is that of torch.get_rng_state (see WriteState).

using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Torch.Kernels;

/// <summary>
/// A stream of random words under a seed, equal to PyTorch's CPU generator. Not safe for use by two threads at once.
/// </summary>
public sealed class Mt19937
{
    /// <summary>The seed of a generator that was not seeded by its user.</summary>
    public const ulong DefaultSeed = 67280421310721;

    /// <summary>Bytes of a state.</summary>
    public const int StateSize = 5056;

    // States that PyTorch saved before it cached normals of float32 lack the last 8 bytes.
    private const int ShortStateSize = StateSize - 8;

    private const int N = 624;
    private const int M = 397;

    private const int LeftAt = 8, SeededAt = 12, NextAt = 16, WordsAt = 24, NormalXAt = WordsAt + 8 * N;
    private const int NormalYAt = NormalXAt + 8, NormalRhoAt = NormalXAt + 16, NormalValidAt = NormalXAt + 24;
    private const int FloatNormalAt = NormalXAt + 32, FloatNormalValidAt = NormalXAt + 36;

    private readonly uint[] _state = new uint[N];
    private readonly uint[] _words = new uint[N];

    // PyTorch's two counters. A draw lowers _left and regenerates at 0, then takes the word at _next. Both are kept because a saved state may hold
    // any consistent pair: (1, 0) after seeding, else as a rule _left + _next = 625.
    private int _left;
    private int _next;

    private float? _floatNormal;

    public Mt19937() : this(DefaultSeed) { }

    public Mt19937(ulong seed) => Seed(seed);

    /// <summary>The seed that was given last: all 64 bits, though only the low 32 choose the stream.</summary>
    public ulong InitialSeed { get; private set; }

    /// <summary>The second normal of the last pair, if it was not used yet. Shared by all functions that draw normals one by one.</summary>
    public double? CachedNormal { get; set; }

    /// <summary>Starts the stream of a seed anew and forgets the cached normal.</summary>
    public void Seed(ulong seed)
    {
        InitialSeed = seed;
        CachedNormal = null;
        _floatNormal = null;
        var x = (uint)seed;
        _state[0] = x;
        for (var j = 1u; j < N; j++)
        {
            x = 1812433253u * (x ^ (x >> 30)) + j;
            _state[j] = x;
        }
        _left = 1;
        _next = 0;
    }

    /// <summary>The next word of 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Random()
    {
        if (--_left == 0) Regenerate();
        return _words[_next++];
    }

    /// <summary>Two words; the first is the high half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Random64()
    {
        ulong high = Random();
        return (high << 32) | Random();
    }

    /// <summary>A multiple of 2^-24 in [0, 1), from one word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float U24() => (int)(Random() & 0xFFFFFF) * (1f / (1 << 24));

    /// <summary>A multiple of 2^-53 in [0, 1), from two words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double U53() => (long)(Random64() & ((1UL << 53) - 1)) * (1.0 / (1L << 53));

    /// <summary>The next words, as many as the span holds.</summary>
    public void Fill(Span<uint> words)
    {
        while (!words.IsEmpty)
        {
            if (_left == 1)
            {
                Regenerate();
                // Regenerate counts as a draw has it: the word at 0 is due and _left already stands for it.
                _left++;
            }
            var count = Math.Min(words.Length, _left - 1);
            _words.AsSpan(_next, count).CopyTo(words);
            words = words[count..];
            _next += count;
            _left -= count;
        }
    }

    /// <summary>
    /// The next standard normal, drawn one by one: the cached one if there is one, else by Box and Muller from two uniforms of 53 bits, the cosine
    /// returned and the sine cached.
    /// </summary>
    public double Normal()
    {
        if (CachedNormal is { } cached)
        {
            CachedNormal = null;
            return cached;
        }
        var angle = 2 * Math.PI * U53();
        var radius = Math.Sqrt(-2 * RandomMath.Log1P(-U53()));
        CachedNormal = radius * Math.Sin(angle);
        return radius * Math.Cos(angle);
    }

    /// <summary>An independent generator that continues as this one does.</summary>
    public Mt19937 Clone()
    {
        var copy = new Mt19937();
        copy.CopyFrom(this);
        return copy;
    }

    /// <summary>Makes this generator continue as the other one does.</summary>
    public void CopyFrom(Mt19937 other)
    {
        other._state.CopyTo(_state, 0);
        other._words.CopyTo(_words, 0);
        (_left, _next, InitialSeed, CachedNormal, _floatNormal) =
            (other._left, other._next, other.InitialSeed, other.CachedNormal, other._floatNormal);
    }

    /// <summary>The state as <c>torch.get_rng_state</c> gives it.</summary>
    public byte[] GetState()
    {
        var state = new byte[StateSize];
        WriteState(state);
        return state;
    }

    /// <summary>
    /// Writes the state, little endian: u64 seed, i32 left, i32 seeded, u64 next, 624 words as u64, f64 normal x (0), f64 normal y (the cached
    /// normal), f64 normal rho (0), i32 whether it is valid, 4 bytes of padding, f32 a cached normal of float32 (not in use), u8 whether it is valid,
    /// 3 bytes.
    /// </summary>
    public void WriteState(Span<byte> state)
    {
        if (state.Length != StateSize) throw new ArgumentException(WrongSize(state.Length), nameof(state));
        state.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(state, InitialSeed);
        BinaryPrimitives.WriteInt32LittleEndian(state[LeftAt..], _left);
        BinaryPrimitives.WriteInt32LittleEndian(state[SeededAt..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(state[NextAt..], (ulong)_next);
        for (var i = 0; i < N; i++) BinaryPrimitives.WriteUInt64LittleEndian(state[(WordsAt + 8 * i)..], _state[i]);
        BinaryPrimitives.WriteDoubleLittleEndian(state[NormalYAt..], CachedNormal ?? 0);
        BinaryPrimitives.WriteInt32LittleEndian(state[NormalValidAt..], CachedNormal.HasValue ? 1 : 0);
        BinaryPrimitives.WriteSingleLittleEndian(state[FloatNormalAt..], _floatNormal ?? 0);
        state[FloatNormalValidAt] = _floatNormal.HasValue ? (byte)1 : (byte)0;
    }

    /// <summary>What is wrong with a state, in PyTorch's words, or null.</summary>
    public static string? CheckState(ReadOnlySpan<byte> state)
    {
        if (state.Length is not (StateSize or ShortStateSize)) return WrongSize(state.Length);
        var left = BinaryPrimitives.ReadInt32LittleEndian(state[LeftAt..]);
        var seeded = BinaryPrimitives.ReadInt32LittleEndian(state[SeededAt..]);
        var next = BinaryPrimitives.ReadUInt64LittleEndian(state[NextAt..]);
        // The last condition is ours: such a state would make PyTorch read past its words.
        return seeded != 0 && left is > 0 and <= N && next <= N && (ulong)left + next <= N + 1 ? null : "Invalid mt19937 state";
    }

    /// <summary>Continues from a state; throws, and changes nothing, where <see cref="CheckState"/> objects.</summary>
    public void SetState(ReadOnlySpan<byte> state)
    {
        if (CheckState(state) is { } objection) throw new TorchException(objection);
        InitialSeed = BinaryPrimitives.ReadUInt64LittleEndian(state);
        _left = BinaryPrimitives.ReadInt32LittleEndian(state[LeftAt..]);
        _next = (int)BinaryPrimitives.ReadUInt64LittleEndian(state[NextAt..]);
        for (var i = 0; i < N; i++) _state[i] = (uint)BinaryPrimitives.ReadUInt64LittleEndian(state[(WordsAt + 8 * i)..]);
        Temper();
        CachedNormal = null;
        _floatNormal = null;
        var valid = BinaryPrimitives.ReadInt32LittleEndian(state[NormalValidAt..]) != 0;
        if (state.Length == ShortStateSize)
        {
            // The short form keeps the pair's uniform and radius instead of the second normal.
            if (valid)
                CachedNormal = BinaryPrimitives.ReadDoubleLittleEndian(state[NormalRhoAt..])
                    * Math.Sin(2 * Math.PI * BinaryPrimitives.ReadDoubleLittleEndian(state[NormalXAt..]));
            return;
        }
        if (valid) CachedNormal = BinaryPrimitives.ReadDoubleLittleEndian(state[NormalYAt..]);
        if (state[FloatNormalValidAt] != 0) _floatNormal = BinaryPrimitives.ReadSingleLittleEndian(state[FloatNormalAt..]);
    }

    private static string WrongSize(int length) =>
        $"Expected either a CPUGeneratorImplStateLegacy of size {ShortStateSize} or a CPUGeneratorImplState of size {StateSize} but found the input RNG state size to be {length}";

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Regenerate()
    {
        ref var s = ref MemoryMarshal.GetArrayDataReference(_state);
        var i = 0;
        for (; i + 8 <= N - M; i += 8) Twist8(ref s, i, i + M);
        for (; i < N - M; i++) Twist(ref s, i, i + 1, i + M);
        for (; i + 8 < N; i += 8) Twist8(ref s, i, i + M - N);
        for (; i < N - 1; i++) Twist(ref s, i, i + 1, i + M - N);
        Twist(ref s, N - 1, 0, M - 1);
        Temper();
        _left = N;
        _next = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twist(ref uint s, int i, int following, int far)
    {
        var low = Unsafe.Add(ref s, following);
        var y = (Unsafe.Add(ref s, i) & 0x80000000u) | (low & 0x7FFFFFFFu);
        Unsafe.Add(ref s, i) = Unsafe.Add(ref s, far) ^ (y >> 1) ^ (0u - (low & 1) & 0x9908B0DFu);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twist8(ref uint s, int i, int far)
    {
        var low = Vector256.LoadUnsafe(ref s, (nuint)(i + 1));
        var y = Vector256.ConditionalSelect(Vector256.Create(0x80000000u), Vector256.LoadUnsafe(ref s, (nuint)i), low);
        var odd = Vector256<uint>.Zero - (low & Vector256<uint>.One);
        (Vector256.LoadUnsafe(ref s, (nuint)far) ^ (y >>> 1) ^ (odd & Vector256.Create(0x9908B0DFu))).StoreUnsafe(ref s, (nuint)i);
    }

    private void Temper()
    {
        ref var from = ref MemoryMarshal.GetArrayDataReference(_state);
        ref var to = ref MemoryMarshal.GetArrayDataReference(_words);
        for (nuint i = 0; i < N; i += 8) // 624 is a multiple of 8
        {
            var y = Vector256.LoadUnsafe(ref from, i);
            y ^= y >>> 11;
            y ^= (y << 7) & Vector256.Create(0x9D2C5680u);
            y ^= (y << 15) & Vector256.Create(0xEFC60000u);
            y ^= y >>> 18;
            y.StoreUnsafe(ref to, i);
        }
    }
}
