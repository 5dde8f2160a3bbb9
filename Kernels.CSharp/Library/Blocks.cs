namespace Torch.Kernels;

/// <summary>Views of blocks, and copies between a block and dense memory of the type it is computed in.</summary>
internal static unsafe class Blocks
{
    /// <summary>The real parts of complex elements, in place.</summary>
    public static Block RealPart(this Block block) =>
        new(block.Address, block.Type == ElementType.Complex64 ? ElementType.Float32 : ElementType.Float64, block.Sizes, Array.ConvertAll(block.Strides, s => 2 * s));

    /// <summary>The imaginary parts of complex elements, in place.</summary>
    public static Block ImaginaryPart(this Block block)
    {
        var real = block.RealPart();
        return new(real.Address + real.Type.Size(), real.Type, real.Sizes, real.Strides);
    }

    /// <summary>Dense memory as a block of a shape.</summary>
    public static Block Dense(void* address, ElementType type, long[] sizes) => new((nint)address, type, sizes, Walker.Contiguous(sizes));

    /// <summary>The block itself if it is contiguous, else a copy in scratch memory.</summary>
    public static Block Contiguous(Block block, ScratchUse use)
    {
        if (block.IsContiguous) return block;
        var copy = Room(block, use);
        StridedCopy.Copy(block, copy);
        return copy;
    }

    /// <summary>Dense scratch memory of a block's type and sizes, with any contents.</summary>
    public static Block Room(Block block, ScratchUse use) => Dense(Scratch.Get<byte>(use, block.Count * block.Type.Size()), block.Type, block.Sizes);

    /// <summary>target[i] = the block's i-th element in row-major order.</summary>
    public static void Widen<T, A, E>(Block block, A* target) where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
    {
        var walker = new Walker(block.Sizes, block.Strides);
        nint step = (nint)walker.Step(0);
        Chunks.Run(walker.Count, 2, (from, to) =>
        {
            var cursor = walker.At(from);
            while (from < to)
            {
                var run = (nint)Math.Min(to - from, cursor.Run);
                var s = (T*)block.Address + cursor[0];
                var t = target + from;
                for (nint i = 0; i < run; i++) t[i] = E.Load(s[i * step]);
                from += run;
                cursor.Skip(run);
            }
        });
    }

    /// <summary>The inverse of <see cref="Widen"/>: rounds to the block's type.</summary>
    public static void Narrow<T, A, E>(A* source, Block block) where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
    {
        var walker = new Walker(block.Sizes, block.Strides);
        nint step = (nint)walker.Step(0);
        Chunks.Run(walker.Count, 2, (from, to) =>
        {
            var cursor = walker.At(from);
            while (from < to)
            {
                var run = (nint)Math.Min(to - from, cursor.Run);
                var t = (T*)block.Address + cursor[0];
                var s = source + from;
                for (nint i = 0; i < run; i++) t[i * step] = E.Store(s[i]);
                from += run;
                cursor.Skip(run);
            }
        });
    }

    /// <summary>A half block widened into scratch memory.</summary>
    public static Block Widen(Block block, ScratchUse use)
    {
        var wide = Scratch.Get<float>(use, block.Count);
        if (block.Type == ElementType.Float16) Widen<Half, float, HalfElement>(block, wide);
        else if (block.Type == ElementType.BFloat16) Widen<ushort, float, BFloat16Element>(block, wide);
        else Widen<byte, float, BoolAsFloat>(block, wide);
        return Dense(wide, ElementType.Float32, block.Sizes);
    }

    /// <summary>Rounds dense Float32 to a half block.</summary>
    public static void Narrow(Block wide, Block block)
    {
        var source = (float*)wide.Address;
        if (block.Type == ElementType.Float16) Narrow<Half, float, HalfElement>(source, block);
        else if (block.Type == ElementType.BFloat16) Narrow<ushort, float, BFloat16Element>(source, block);
        else Narrow<byte, float, BoolAsFloat>(source, block);
    }
}

/// <summary>Bool computed with as counts: any but none is true.</summary>
internal readonly struct BoolAsFloat : IElement<byte, float>
{
    public static float Load(byte value) => value != 0 ? 1 : 0;
    public static byte Store(float value) => value != 0 ? (byte)1 : (byte)0;
    public static float Zero => 0;
    public static float One => 1;
    public static float Add(float x, float y) => x + y;
    public static float Multiply(float x, float y) => x * y;
    public static float Divide(float x, float y) => x / y;
    public static float FromDouble(double value) => (float)value;
}
