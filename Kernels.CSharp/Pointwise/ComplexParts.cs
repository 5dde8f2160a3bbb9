// The parts of operators that work on complex numbers, and their loops, which are scalar.
using System.Numerics;

namespace Torch.Kernels;

/// <summary>A part for Complex64 and Complex128.</summary>
public abstract class ComplexPart : Part
{
    public sealed override bool Has(ElementType type) => Kinds.IsComplex(type);
}

/// <summary>A real function applied to both parts of a complex number.</summary>
internal sealed unsafe class ComplexParts1<F> : ComplexPart where F : struct, IUnary
{
    public override Type Function => typeof(F);

    internal override Tile At(ElementType type, Width width)
    {
        var parts = type == ElementType.Complex64 ? Tiles.Unary<F, float>(width) : Tiles.Unary<F, double>(width);
        return (result, a, b, c, count) => parts(result, a, b, c, 2 * count);
    }
}

/// <summary>A real function of two operands applied to the real and to the imaginary parts.</summary>
internal sealed unsafe class ComplexParts2<F> : ComplexPart where F : struct, IBinary
{
    public override Type Function => typeof(F);

    internal override Tile At(ElementType type, Width width)
    {
        var parts = type == ElementType.Complex64 ? Tiles.Binary<F, float>(width) : Tiles.Binary<F, double>(width);
        return (result, a, b, c, count) => parts(result, a, b, c, 2 * count);
    }
}

/// <summary>A complex function of one operand.</summary>
internal sealed unsafe class Complex1<F> : ComplexPart where F : struct, IComplex1
{
    public override Type Function => typeof(F);
    internal override Tile At(ElementType type, Width width) => type == ElementType.Complex64 ? Narrow : Wide;

    private static void Narrow(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) ((Complex64*)result)[i] = (Complex64)F.Invoke(((Complex64*)a)[i]);
    }

    private static void Wide(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) ((Complex*)result)[i] = F.Invoke(((Complex*)a)[i]);
    }
}

/// <summary>A complex function of two operands.</summary>
internal sealed unsafe class Complex2<F> : ComplexPart where F : struct, IComplex2
{
    public override Type Function => typeof(F);
    internal override Tile At(ElementType type, Width width) => type == ElementType.Complex64 ? Narrow : Wide;

    private static void Narrow(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) ((Complex64*)result)[i] = (Complex64)F.Invoke(((Complex64*)a)[i], ((Complex64*)b)[i]);
    }

    private static void Wide(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) ((Complex*)result)[i] = F.Invoke(((Complex*)a)[i], ((Complex*)b)[i]);
    }
}

/// <summary>A real function of a complex operand.</summary>
internal sealed unsafe class ComplexToReal<F> : ComplexPart where F : struct, IComplexToReal
{
    public override Type Function => typeof(F);
    public override ElementType Result(ElementType type) => Kinds.PartOf(type);
    internal override Tile At(ElementType type, Width width) => type == ElementType.Complex64 ? Narrow : Wide;

    private static void Narrow(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) ((float*)result)[i] = (float)F.Invoke(((Complex64*)a)[i]);
    }

    private static void Wide(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) ((double*)result)[i] = F.Invoke(((Complex*)a)[i]);
    }
}

/// <summary>A complex function of two real operands, Float32 or Float64.</summary>
internal sealed unsafe class RealToComplex<F> : Part where F : struct, IRealToComplex
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => Kinds.IsFloat(type);
    public override ElementType Result(ElementType type) => Kinds.ComplexOf(type);
    internal override Tile At(ElementType type, Width width) => type == ElementType.Float32 ? Narrow : Wide;

    private static void Narrow(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) ((Complex64*)result)[i] = (Complex64)F.Invoke(((float*)a)[i], ((float*)b)[i]);
    }

    private static void Wide(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) ((Complex*)result)[i] = F.Invoke(((double*)a)[i], ((double*)b)[i]);
    }
}

/// <summary>A predicate of a complex operand.</summary>
internal sealed unsafe class ComplexTest1<F> : ComplexPart where F : struct, IComplexTest1
{
    public override Type Function => typeof(F);
    public override ElementType Result(ElementType type) => ElementType.Bool;
    internal override Tile At(ElementType type, Width width) => type == ElementType.Complex64 ? Narrow : Wide;

    private static void Narrow(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) result[i] = F.Invoke(((Complex64*)a)[i]) ? (byte)1 : (byte)0;
    }

    private static void Wide(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) result[i] = F.Invoke(((Complex*)a)[i]) ? (byte)1 : (byte)0;
    }
}

/// <summary>A predicate of two complex operands.</summary>
internal sealed unsafe class ComplexTest2<F> : ComplexPart where F : struct, IComplexTest2
{
    public override Type Function => typeof(F);
    public override ElementType Result(ElementType type) => ElementType.Bool;
    internal override Tile At(ElementType type, Width width) => type == ElementType.Complex64 ? Narrow : Wide;

    private static void Narrow(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) result[i] = F.Invoke(((Complex64*)a)[i], ((Complex64*)b)[i]) ? (byte)1 : (byte)0;
    }

    private static void Wide(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) result[i] = F.Invoke(((Complex*)a)[i], ((Complex*)b)[i]) ? (byte)1 : (byte)0;
    }
}

/// <summary>The choice between two complex numbers by a Bool.</summary>
internal sealed unsafe class ComplexSelect : ComplexPart
{
    public override Type Function => typeof(Where);
    internal override Tile At(ElementType type, Width width) => type == ElementType.Complex64 ? Tiles.Select<Where, long>(width) : Wide;

    private static void Wide(byte* result, byte* a, byte* b, byte* c, nint count)
    {
        for (nint i = 0; i < count; i++) ((Complex*)result)[i] = ((Complex*)(a[i] != 0 ? b : c))[i];
    }
}
