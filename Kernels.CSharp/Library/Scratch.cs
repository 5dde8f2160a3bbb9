using System.Runtime.InteropServices;

namespace Torch.Kernels;

// Working memory of the library kernels: native buffers that belong to a thread and are reused by the next call. A kernel asks for a named
// use; two uses never share memory, so a kernel may call another one while it holds its own. A buffer is lost to the caller at the next request
// for the same use on the same thread.

internal enum ScratchUse
{
    GemmA, GemmB, GemmShared, GemmWideA, GemmWideB, GemmWideC, Columns, ConvolutionX, ConvolutionW, ConvolutionY, ConvolutionPhases, ConvolutionPhase,
    Keys, Order, OrderSpare, Row, RowB, RowC, RowD, Partial, Factor,
    RecurrentX, RecurrentWeights, RecurrentState, RecurrentCell, RecurrentBias, RecurrentGates, RecurrentDy,
    AttentionQ, AttentionK, AttentionV, AttentionY, AttentionDy, AttentionDq, AttentionDk, AttentionDv, AttentionScores, AttentionSums, AttentionSpare,
}

internal static unsafe class Scratch
{
    [ThreadStatic] private static Arena? arena;

    /// <summary>At least this many elements, aligned to 64 bytes, with any contents.</summary>
    public static T* Get<T>(ScratchUse use, long count) where T : unmanaged => (T*)(arena ??= new()).Get((int)use, count * sizeof(T));

    private sealed class Arena
    {
        private const nuint Alignment = 64;
        private readonly nint[] buffers = new nint[Enum.GetValues<ScratchUse>().Length];
        private readonly long[] sizes = new long[Enum.GetValues<ScratchUse>().Length];

        public nint Get(int use, long bytes)
        {
            if (sizes[use] >= bytes && buffers[use] != 0) return buffers[use];
            NativeMemory.AlignedFree((void*)buffers[use]);
            buffers[use] = 0;
            var size = Math.Max(bytes + bytes / 4, 4096);
            buffers[use] = (nint)NativeMemory.AlignedAlloc((nuint)size, Alignment);
            sizes[use] = size;
            return buffers[use];
        }

        ~Arena()
        {
            foreach (var buffer in buffers) NativeMemory.AlignedFree((void*)buffer);
        }
    }
}
