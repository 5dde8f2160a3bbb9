// The loops that run a pointwise function over a tile, one for each form of function. Full vectors are processed in place; what is left over is copied
// to a buffer of one vector, computed there by the same loop, and copied back, so a function is compiled once and there is no second path to get wrong.
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Torch.Kernels;

/// <summary>Makes the loops over tiles. Each is instantiated statically, so they exist under native AOT too.</summary>
internal static unsafe class Tiles
{
    public static Tile Unary<F, T>(Width width) where F : struct, IUnary where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> =>
        (F.IsLanewise ? Width.Lane : width) switch
        {
            Width.Lane => UnaryLoop<F, Lane<T>>,
            Width.Vec128 => UnaryLoop<F, Vec128<T>>,
            Width.Vec256 => UnaryLoop<F, Vec256<T>>,
            _ => UnaryLoop<F, Vec512<T>>,
        };

    public static Tile Binary<F, T>(Width width) where F : struct, IBinary where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> =>
        (F.IsLanewise ? Width.Lane : width) switch
        {
            Width.Lane => BinaryLoop<F, Lane<T>>,
            Width.Vec128 => BinaryLoop<F, Vec128<T>>,
            Width.Vec256 => BinaryLoop<F, Vec256<T>>,
            _ => BinaryLoop<F, Vec512<T>>,
        };

    public static Tile Test1<F, T>(Width width) where F : struct, ITest1 where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> => width switch
    {
        Width.Lane => Test1Loop<F, Lane<T>>,
        Width.Vec128 => Test1Loop<F, Vec128<T>>,
        Width.Vec256 => Test1Loop<F, Vec256<T>>,
        _ => Test1Loop<F, Vec512<T>>,
    };

    public static Tile Test2<F, T>(Width width) where F : struct, ITest2 where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> => width switch
    {
        Width.Lane => Test2Loop<F, Lane<T>>,
        Width.Vec128 => Test2Loop<F, Vec128<T>>,
        Width.Vec256 => Test2Loop<F, Vec256<T>>,
        _ => Test2Loop<F, Vec512<T>>,
    };

    public static Tile Select<F, T>(Width width) where F : struct, ISelect where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> => width switch
    {
        Width.Lane => SelectLoop<F, Lane<T>>,
        Width.Vec128 => SelectLoop<F, Vec128<T>>,
        Width.Vec256 => SelectLoop<F, Vec256<T>>,
        _ => SelectLoop<F, Vec512<T>>,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnaryLoop<F, V>(byte* result, byte* a, byte* b, byte* c, nint count) where F : struct, IUnary where V : unmanaged, ISimd<V>
    {
        nint size = sizeof(V) / V.Count, full = count / V.Count * V.Count;
        for (nint i = 0; i < full; i += V.Count) V.Store(F.Invoke(V.Load(a + i * size)), result + i * size);
        if (full != count) Rest(&UnaryLoop<F, V>, result, a, b, c, full, count - full, V.Count, (size, size, 0, 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BinaryLoop<F, V>(byte* result, byte* a, byte* b, byte* c, nint count) where F : struct, IBinary where V : unmanaged, ISimd<V>
    {
        nint size = sizeof(V) / V.Count, full = count / V.Count * V.Count;
        for (nint i = 0; i < full; i += V.Count) V.Store(F.Invoke(V.Load(a + i * size), V.Load(b + i * size)), result + i * size);
        if (full != count) Rest(&BinaryLoop<F, V>, result, a, b, c, full, count - full, V.Count, (size, size, size, 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Test1Loop<F, V>(byte* result, byte* a, byte* b, byte* c, nint count) where F : struct, ITest1 where V : unmanaged, ISimd<V>
    {
        nint size = sizeof(V) / V.Count, full = count / V.Count * V.Count;
        for (nint i = 0; i < full; i += V.Count) V.StoreMask(F.Invoke(V.Load(a + i * size)), result + i);
        if (full != count) Rest(&Test1Loop<F, V>, result, a, b, c, full, count - full, V.Count, (1, size, 0, 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Test2Loop<F, V>(byte* result, byte* a, byte* b, byte* c, nint count) where F : struct, ITest2 where V : unmanaged, ISimd<V>
    {
        nint size = sizeof(V) / V.Count, full = count / V.Count * V.Count;
        for (nint i = 0; i < full; i += V.Count) V.StoreMask(F.Invoke(V.Load(a + i * size), V.Load(b + i * size)), result + i);
        if (full != count) Rest(&Test2Loop<F, V>, result, a, b, c, full, count - full, V.Count, (1, size, size, 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SelectLoop<F, V>(byte* result, byte* a, byte* b, byte* c, nint count) where F : struct, ISelect where V : unmanaged, ISimd<V>
    {
        nint size = sizeof(V) / V.Count, full = count / V.Count * V.Count;
        for (nint i = 0; i < full; i += V.Count) V.Store(F.Invoke(V.LoadMask(a + i), V.Load(b + i * size), V.Load(c + i * size)), result + i * size);
        if (full != count) Rest(&SelectLoop<F, V>, result, a, b, c, full, count - full, V.Count, (size, 1, size, size));
    }

    /// <summary>
    /// Runs a loop on the last elements, fewer than a vector: from <paramref name="done"/> on, through buffers of one vector. The sizes are the bytes of one
    /// element of the result and the operands, zero for an operand that is not there. What the unused lanes compute is thrown away.
    /// </summary>
    internal static void Rest(
        delegate*<byte*, byte*, byte*, byte*, nint, void> loop, byte* result, byte* a, byte* b, byte* c, nint done, nint rest, nint lanes,
        (nint Result, nint A, nint B, nint C) sizes)
    {
        Vector512<byte> r, x = default, y = default, z = default;
        Unsafe.CopyBlockUnaligned(&x, a + done * sizes.A, (uint)(rest * sizes.A));
        if (sizes.B != 0) Unsafe.CopyBlockUnaligned(&y, b + done * sizes.B, (uint)(rest * sizes.B));
        if (sizes.C != 0) Unsafe.CopyBlockUnaligned(&z, c + done * sizes.C, (uint)(rest * sizes.C));
        loop((byte*)&r, (byte*)&x, (byte*)&y, (byte*)&z, lanes);
        Unsafe.CopyBlockUnaligned(result + done * sizes.Result, &r, (uint)(rest * sizes.Result));
    }
}
