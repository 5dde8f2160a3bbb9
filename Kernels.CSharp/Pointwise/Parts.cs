// How operators are put together: an operator is a list of parts, each a function struct for a set of element types. The first part that knows a type
// serves it.
using System.Numerics;

namespace Torch.Kernels;

/// <summary>
/// A function struct (an implementation of <see cref="IUnary"/>, <see cref="IBinary"/>, <see cref="ITest1"/>, <see cref="ITest2"/>, <see cref="ISelect"/> or a
/// complex form) for a set of element types.
/// </summary>
public abstract class Part
{
    /// <summary>
    /// The function struct. Emitted code calls its static <c>Invoke</c>, with a vector type (<see cref="Vec512{T}"/>, ..., <see cref="Lane{T}"/>) as type
    /// argument unless it is a complex form. Bool counts as bytes of 0 and 1; tests give masks and choices take them (<c>LoadMask</c>, <c>StoreMask</c>).
    /// </summary>
    public abstract Type Function { get; }

    /// <summary>Whether this part serves the type.</summary>
    public abstract bool Has(ElementType type);

    /// <summary>The loop over tiles at a vector width, for a type that the part serves.</summary>
    internal abstract Tile At(ElementType type, Width width);

    /// <summary>The element type of the result.</summary>
    public virtual ElementType Result(ElementType type) => type;

    internal static Exception Unserved(ElementType type) => new ArgumentOutOfRangeException(nameof(type), type, "the part does not serve this element type");
}

/// <summary>An operator made of parts.</summary>
public sealed class PointwiseOperator(string name, int arity, params Part[] parts) : Operator(name, arity)
{
    private readonly Tile?[] tiles = new Tile?[(int)ElementType.QInt32 + 1];

    /// <summary>The part that serves a type, or null.</summary>
    public Part? PartFor(ElementType type)
    {
        foreach (var part in parts)
            if (part.Has(type)) return part;
        return null;
    }

    /// <inheritdoc/>
    public override Tile? For(ElementType type) => tiles[(int)type] ??= At(type, Widths.Best);

    /// <inheritdoc/>
    public override ElementType Result(ElementType type) => PartFor(type)?.Result(type) ?? type;

    /// <summary>The function over tiles at a given vector width.</summary>
    public Tile? At(ElementType type, Width width) => PartFor(type)?.At(type, width);
}

/// <summary>Sets of element types.</summary>
internal static class Kinds
{
    public static bool IsFloat(ElementType type) => type is ElementType.Float32 or ElementType.Float64;
    public static bool IsInteger(ElementType type) =>
        type is ElementType.UInt8 or ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64;
    public static bool IsComplex(ElementType type) => type is ElementType.Complex64 or ElementType.Complex128;

    /// <summary>The type of the parts of a complex type.</summary>
    public static ElementType PartOf(ElementType type) => type == ElementType.Complex64 ? ElementType.Float32 : ElementType.Float64;

    /// <summary>The complex type with parts of a float type.</summary>
    public static ElementType ComplexOf(ElementType type) => type == ElementType.Float32 ? ElementType.Complex64 : ElementType.Complex128;
}

/// <summary>A function of one operand for Float32 and Float64.</summary>
internal sealed class Floats1<F> : Part where F : struct, IUnary
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => Kinds.IsFloat(type);
    internal override Tile At(ElementType type, Width width) => type == ElementType.Float32 ? Tiles.Unary<F, float>(width) : Tiles.Unary<F, double>(width);
}

/// <summary>A function of one operand for the integers from 8 to 64 bits.</summary>
internal sealed class Integers1<F> : Part where F : struct, IUnary
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => Kinds.IsInteger(type);
    internal override Tile At(ElementType type, Width width) => type switch
    {
        ElementType.UInt8 => Tiles.Unary<F, byte>(width),
        ElementType.Int8 => Tiles.Unary<F, sbyte>(width),
        ElementType.Int16 => Tiles.Unary<F, short>(width),
        ElementType.Int32 => Tiles.Unary<F, int>(width),
        ElementType.Int64 => Tiles.Unary<F, long>(width),
        _ => throw Unserved(type),
    };
}

/// <summary>A function of one operand for Bool, computed on bytes that are 0 or 1.</summary>
internal sealed class Booleans1<F> : Part where F : struct, IUnary
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => type == ElementType.Bool;
    internal override Tile At(ElementType type, Width width) => Tiles.Unary<F, byte>(width);
}

/// <summary>A function of two operands for Float32 and Float64.</summary>
internal sealed class Floats2<F> : Part where F : struct, IBinary
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => Kinds.IsFloat(type);
    internal override Tile At(ElementType type, Width width) => type == ElementType.Float32 ? Tiles.Binary<F, float>(width) : Tiles.Binary<F, double>(width);
}

/// <summary>A function of two operands for the integers from 8 to 64 bits.</summary>
internal sealed class Integers2<F> : Part where F : struct, IBinary
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => Kinds.IsInteger(type);
    internal override Tile At(ElementType type, Width width) => type switch
    {
        ElementType.UInt8 => Tiles.Binary<F, byte>(width),
        ElementType.Int8 => Tiles.Binary<F, sbyte>(width),
        ElementType.Int16 => Tiles.Binary<F, short>(width),
        ElementType.Int32 => Tiles.Binary<F, int>(width),
        ElementType.Int64 => Tiles.Binary<F, long>(width),
        _ => throw Unserved(type),
    };
}

/// <summary>A function of two operands for Bool, computed on bytes that are 0 or 1.</summary>
internal sealed class Booleans2<F> : Part where F : struct, IBinary
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => type == ElementType.Bool;
    internal override Tile At(ElementType type, Width width) => Tiles.Binary<F, byte>(width);
}

/// <summary>A predicate of one operand for Float32 and Float64.</summary>
internal sealed class FloatsTest1<F> : Part where F : struct, ITest1
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => Kinds.IsFloat(type);
    public override ElementType Result(ElementType type) => ElementType.Bool;
    internal override Tile At(ElementType type, Width width) => type == ElementType.Float32 ? Tiles.Test1<F, float>(width) : Tiles.Test1<F, double>(width);
}

/// <summary>A predicate of one operand for the integers from 8 to 64 bits.</summary>
internal sealed class IntegersTest1<F> : Part where F : struct, ITest1
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => Kinds.IsInteger(type);
    public override ElementType Result(ElementType type) => ElementType.Bool;
    internal override Tile At(ElementType type, Width width) => type switch
    {
        ElementType.UInt8 => Tiles.Test1<F, byte>(width),
        ElementType.Int8 => Tiles.Test1<F, sbyte>(width),
        ElementType.Int16 => Tiles.Test1<F, short>(width),
        ElementType.Int32 => Tiles.Test1<F, int>(width),
        ElementType.Int64 => Tiles.Test1<F, long>(width),
        _ => throw Unserved(type),
    };
}

/// <summary>A predicate of one operand for Bool, computed on bytes that are 0 or 1.</summary>
internal sealed class BooleansTest1<F> : Part where F : struct, ITest1
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => type == ElementType.Bool;
    public override ElementType Result(ElementType type) => ElementType.Bool;
    internal override Tile At(ElementType type, Width width) => Tiles.Test1<F, byte>(width);
}

/// <summary>A predicate of two operands for Float32 and Float64.</summary>
internal sealed class FloatsTest2<F> : Part where F : struct, ITest2
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => Kinds.IsFloat(type);
    public override ElementType Result(ElementType type) => ElementType.Bool;
    internal override Tile At(ElementType type, Width width) => type == ElementType.Float32 ? Tiles.Test2<F, float>(width) : Tiles.Test2<F, double>(width);
}

/// <summary>A predicate of two operands for the integers from 8 to 64 bits.</summary>
internal sealed class IntegersTest2<F> : Part where F : struct, ITest2
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => Kinds.IsInteger(type);
    public override ElementType Result(ElementType type) => ElementType.Bool;
    internal override Tile At(ElementType type, Width width) => type switch
    {
        ElementType.UInt8 => Tiles.Test2<F, byte>(width),
        ElementType.Int8 => Tiles.Test2<F, sbyte>(width),
        ElementType.Int16 => Tiles.Test2<F, short>(width),
        ElementType.Int32 => Tiles.Test2<F, int>(width),
        ElementType.Int64 => Tiles.Test2<F, long>(width),
        _ => throw Unserved(type),
    };
}

/// <summary>A predicate of two operands for Bool, computed on bytes that are 0 or 1.</summary>
internal sealed class BooleansTest2<F> : Part where F : struct, ITest2
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => type == ElementType.Bool;
    public override ElementType Result(ElementType type) => ElementType.Bool;
    internal override Tile At(ElementType type, Width width) => Tiles.Test2<F, byte>(width);
}

/// <summary>A choice between two operands by a mask for Float32 and Float64.</summary>
internal sealed class FloatsSelect<F> : Part where F : struct, ISelect
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => Kinds.IsFloat(type);
    internal override Tile At(ElementType type, Width width) => type == ElementType.Float32 ? Tiles.Select<F, float>(width) : Tiles.Select<F, double>(width);
}

/// <summary>A choice between two operands by a mask for the integers from 8 to 64 bits.</summary>
internal sealed class IntegersSelect<F> : Part where F : struct, ISelect
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => Kinds.IsInteger(type);
    internal override Tile At(ElementType type, Width width) => type switch
    {
        ElementType.UInt8 => Tiles.Select<F, byte>(width),
        ElementType.Int8 => Tiles.Select<F, sbyte>(width),
        ElementType.Int16 => Tiles.Select<F, short>(width),
        ElementType.Int32 => Tiles.Select<F, int>(width),
        ElementType.Int64 => Tiles.Select<F, long>(width),
        _ => throw Unserved(type),
    };
}

/// <summary>A choice between two operands by a mask for Bool, computed on bytes that are 0 or 1.</summary>
internal sealed class BooleansSelect<F> : Part where F : struct, ISelect
{
    public override Type Function => typeof(F);
    public override bool Has(ElementType type) => type == ElementType.Bool;
    internal override Tile At(ElementType type, Width width) => Tiles.Select<F, byte>(width);
}
