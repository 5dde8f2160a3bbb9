namespace Torch.Kernels;
public sealed class NativeBuffer { public NativeBuffer(long n){} public nint Address => 0; public long ByteLength => 0; }
public static class Casts { public static Tile For(ElementType a, ElementType b) => null!; }
public static class Operators { public static readonly Operator Add=null!, Sub=null!, Mul=null!, Div=null!, Neg=null!, Conj=null!, Where=null!, LogicalNot=null!; }
