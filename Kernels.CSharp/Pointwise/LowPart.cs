// Loads and stores of the low bytes of a vector, for elements narrower than the lanes. The number of bytes is a constant of the caller.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Torch.Kernels;

internal static unsafe class LowPart
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* source, int bytes, out Vector128<byte> vector) => vector = bytes switch
    {
        2 => Vector128.CreateScalarUnsafe(*(ushort*)source).AsByte(),
        4 => Vector128.CreateScalarUnsafe(*(uint*)source).AsByte(),
        8 => Vector128.CreateScalarUnsafe(*(ulong*)source).AsByte(),
        _ => Vector128.Load(source),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<byte> vector, byte* target, int bytes)
    {
        switch (bytes)
        {
            case 2: *(ushort*)target = vector.AsUInt16().ToScalar(); break;
            case 4: *(uint*)target = vector.AsUInt32().ToScalar(); break;
            case 8: *(ulong*)target = vector.AsUInt64().ToScalar(); break;
            default: vector.Store(target); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* source, int bytes, out Vector256<byte> vector) => vector = bytes switch
    {
        2 => Vector256.CreateScalarUnsafe(*(ushort*)source).AsByte(),
        4 => Vector256.CreateScalarUnsafe(*(uint*)source).AsByte(),
        8 => Vector256.CreateScalarUnsafe(*(ulong*)source).AsByte(),
        16 => Vector128.Load(source).ToVector256Unsafe(),
        _ => Vector256.Load(source),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<byte> vector, byte* target, int bytes)
    {
        switch (bytes)
        {
            case 2: *(ushort*)target = vector.AsUInt16().ToScalar(); break;
            case 4: *(uint*)target = vector.AsUInt32().ToScalar(); break;
            case 8: *(ulong*)target = vector.AsUInt64().ToScalar(); break;
            case 16: vector.GetLower().Store(target); break;
            default: vector.Store(target); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* source, int bytes, out Vector512<byte> vector) => vector = bytes switch
    {
        2 => Vector512.CreateScalarUnsafe(*(ushort*)source).AsByte(),
        4 => Vector512.CreateScalarUnsafe(*(uint*)source).AsByte(),
        8 => Vector512.CreateScalarUnsafe(*(ulong*)source).AsByte(),
        16 => Vector128.Load(source).ToVector256Unsafe().ToVector512Unsafe(),
        32 => Vector256.Load(source).ToVector512Unsafe(),
        _ => Vector512.Load(source),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<byte> vector, byte* target, int bytes)
    {
        switch (bytes)
        {
            case 2: *(ushort*)target = vector.AsUInt16().ToScalar(); break;
            case 4: *(uint*)target = vector.AsUInt32().ToScalar(); break;
            case 8: *(ulong*)target = vector.AsUInt64().ToScalar(); break;
            case 16: vector.GetLower().GetLower().Store(target); break;
            case 32: vector.GetLower().Store(target); break;
            default: vector.Store(target); break;
        }
    }
}
