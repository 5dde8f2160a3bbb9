namespace Torch.Kernels;
public static class Casts { public static Tile For(ElementType a, ElementType b) => null!; }
public static class Operators { public static readonly Operator Add=null!, Sub=null!, Mul=null!, Div=null!, Neg=null!, Conj=null!, Where=null!, LogicalNot=null!; }
