// The table of all pointwise operators. Each is declared in the file of its subject; here they are only enumerated.
namespace Torch.Kernels;

/// <summary>The pointwise operators, by their PyTorch names.</summary>
public static partial class Operators
{
    /// <summary>All operators.</summary>
    public static IReadOnlyList<Operator> All => Catalogue.Value;

    // A class of its own, made on first use: the fields of Operators lie in several files and are initialised in no promised order.
    private static class Catalogue
    {
        public static readonly Operator[] Value = (
            from field in typeof(Operators).GetFields()
            where field.FieldType == typeof(Operator)
            orderby field.Name
            select (Operator)field.GetValue(null)!).ToArray();
    }
}
