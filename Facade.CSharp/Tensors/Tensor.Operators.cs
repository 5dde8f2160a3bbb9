namespace Torch;

public static partial class torch
{
    // Operators. With plain numbers of every kind, because C# would otherwise not know which conversion to take.
    public partial class Tensor
    {
        public static Tensor operator +(Tensor tensor) => tensor.positive();
        public static Tensor operator -(Tensor tensor) => tensor.neg();

        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);
        public static Tensor operator +(Tensor left, int right) => left.add((Scalar)right);
        public static Tensor operator +(Tensor left, long right) => left.add((Scalar)right);
        public static Tensor operator +(Tensor left, float right) => left.add((Scalar)right);
        public static Tensor operator +(Tensor left, double right) => left.add((Scalar)right);
        public static Tensor operator +(Tensor left, System.Numerics.Complex right) => left.add((Scalar)right);
        public static Tensor operator +(Scalar left, Tensor right) => ReversedAdd(left, right);
        public static Tensor operator +(int left, Tensor right) => ReversedAdd((Scalar)left, right);
        public static Tensor operator +(long left, Tensor right) => ReversedAdd((Scalar)left, right);
        public static Tensor operator +(float left, Tensor right) => ReversedAdd((Scalar)left, right);
        public static Tensor operator +(double left, Tensor right) => ReversedAdd((Scalar)left, right);
        public static Tensor operator +(System.Numerics.Complex left, Tensor right) => ReversedAdd((Scalar)left, right);

        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);
        public static Tensor operator -(Tensor left, int right) => left.sub((Scalar)right);
        public static Tensor operator -(Tensor left, long right) => left.sub((Scalar)right);
        public static Tensor operator -(Tensor left, float right) => left.sub((Scalar)right);
        public static Tensor operator -(Tensor left, double right) => left.sub((Scalar)right);
        public static Tensor operator -(Tensor left, System.Numerics.Complex right) => left.sub((Scalar)right);
        public static Tensor operator -(Scalar left, Tensor right) => ReversedSub(left, right);
        public static Tensor operator -(int left, Tensor right) => ReversedSub((Scalar)left, right);
        public static Tensor operator -(long left, Tensor right) => ReversedSub((Scalar)left, right);
        public static Tensor operator -(float left, Tensor right) => ReversedSub((Scalar)left, right);
        public static Tensor operator -(double left, Tensor right) => ReversedSub((Scalar)left, right);
        public static Tensor operator -(System.Numerics.Complex left, Tensor right) => ReversedSub((Scalar)left, right);

        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);
        public static Tensor operator *(Tensor left, int right) => left.mul((Scalar)right);
        public static Tensor operator *(Tensor left, long right) => left.mul((Scalar)right);
        public static Tensor operator *(Tensor left, float right) => left.mul((Scalar)right);
        public static Tensor operator *(Tensor left, double right) => left.mul((Scalar)right);
        public static Tensor operator *(Tensor left, System.Numerics.Complex right) => left.mul((Scalar)right);
        public static Tensor operator *(Scalar left, Tensor right) => ReversedMul(left, right);
        public static Tensor operator *(int left, Tensor right) => ReversedMul((Scalar)left, right);
        public static Tensor operator *(long left, Tensor right) => ReversedMul((Scalar)left, right);
        public static Tensor operator *(float left, Tensor right) => ReversedMul((Scalar)left, right);
        public static Tensor operator *(double left, Tensor right) => ReversedMul((Scalar)left, right);
        public static Tensor operator *(System.Numerics.Complex left, Tensor right) => ReversedMul((Scalar)left, right);

        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);
        public static Tensor operator /(Tensor left, int right) => left.div((Scalar)right);
        public static Tensor operator /(Tensor left, long right) => left.div((Scalar)right);
        public static Tensor operator /(Tensor left, float right) => left.div((Scalar)right);
        public static Tensor operator /(Tensor left, double right) => left.div((Scalar)right);
        public static Tensor operator /(Tensor left, System.Numerics.Complex right) => left.div((Scalar)right);
        public static Tensor operator /(Scalar left, Tensor right) => ReversedDiv(left, right);
        public static Tensor operator /(int left, Tensor right) => ReversedDiv((Scalar)left, right);
        public static Tensor operator /(long left, Tensor right) => ReversedDiv((Scalar)left, right);
        public static Tensor operator /(float left, Tensor right) => ReversedDiv((Scalar)left, right);
        public static Tensor operator /(double left, Tensor right) => ReversedDiv((Scalar)left, right);
        public static Tensor operator /(System.Numerics.Complex left, Tensor right) => ReversedDiv((Scalar)left, right);

        public static Tensor operator %(Tensor left, Tensor right) => left.remainder(right);
        public static Tensor operator %(Tensor left, Scalar right) => left.remainder(right);
        public static Tensor operator %(Tensor left, int right) => left.remainder((Scalar)right);
        public static Tensor operator %(Tensor left, long right) => left.remainder((Scalar)right);
        public static Tensor operator %(Tensor left, float right) => left.remainder((Scalar)right);
        public static Tensor operator %(Tensor left, double right) => left.remainder((Scalar)right);
        public static Tensor operator %(Scalar left, Tensor right) => torch.remainder(left, right);
        public static Tensor operator %(int left, Tensor right) => torch.remainder((Scalar)left, right);
        public static Tensor operator %(long left, Tensor right) => torch.remainder((Scalar)left, right);
        public static Tensor operator %(float left, Tensor right) => torch.remainder((Scalar)left, right);
        public static Tensor operator %(double left, Tensor right) => torch.remainder((Scalar)left, right);

        public static Tensor operator &(Tensor left, Tensor right) => left.bitwise_and(right);
        public static Tensor operator &(Tensor left, Scalar right) => left.bitwise_and(right);
        public static Tensor operator &(Scalar left, Tensor right) => torch.bitwise_and(left, right);
        public static Tensor operator |(Tensor left, Tensor right) => left.bitwise_or(right);
        public static Tensor operator |(Tensor left, Scalar right) => left.bitwise_or(right);
        public static Tensor operator |(Scalar left, Tensor right) => torch.bitwise_or(left, right);
        public static Tensor operator ^(Tensor left, Tensor right) => left.bitwise_xor(right);
        public static Tensor operator ^(Tensor left, Scalar right) => left.bitwise_xor(right);
        public static Tensor operator ^(Scalar left, Tensor right) => torch.bitwise_xor(left, right);
        public static Tensor operator ~(Tensor left) => left.DType.IsDifferentiable
            ? throw new TorchTypeException("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
            : left.bitwise_not();

        public static Tensor operator !(Tensor left) => left.logical_not();
        public static Tensor operator <<(Tensor left, Tensor right) => left.bitwise_left_shift(right);
        public static Tensor operator <<(Tensor left, int right) => left.bitwise_left_shift((Scalar)right);
        public static Tensor operator >>(Tensor left, Tensor right) => left.bitwise_right_shift(right);
        public static Tensor operator >>(Tensor left, int right) => left.bitwise_right_shift((Scalar)right);

        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);
        public static Tensor operator ==(Tensor left, Scalar right) => left.eq(right);
        public static Tensor operator ==(Scalar left, Tensor right) => right.eq(left);
        public static Tensor operator !=(Tensor left, Tensor right) => left.ne(right);
        public static Tensor operator !=(Tensor left, Scalar right) => left.ne(right);
        public static Tensor operator !=(Scalar left, Tensor right) => right.ne(left);
        public static Tensor operator <(Tensor left, Tensor right) => left.lt(right);
        public static Tensor operator <(Tensor left, Scalar right) => left.lt(right);
        public static Tensor operator <(Scalar left, Tensor right) => right.gt(left);
        public static Tensor operator >(Tensor left, Tensor right) => left.gt(right);
        public static Tensor operator >(Tensor left, Scalar right) => left.gt(right);
        public static Tensor operator >(Scalar left, Tensor right) => right.lt(left);
        public static Tensor operator <=(Tensor left, Tensor right) => left.le(right);
        public static Tensor operator <=(Tensor left, Scalar right) => left.le(right);
        public static Tensor operator <=(Scalar left, Tensor right) => right.ge(left);
        public static Tensor operator >=(Tensor left, Tensor right) => left.ge(right);
        public static Tensor operator >=(Tensor left, Scalar right) => left.ge(right);
        public static Tensor operator >=(Scalar left, Tensor right) => right.le(left);

        private static Tensor ReversedAdd(Scalar left, Tensor right) => Autograd.Record("AddBackward0", Numeric.add(left.ToExpr(), right.Expr), right);

        private static Tensor ReversedSub(Scalar left, Tensor right) => Autograd.Record("RsubBackward1", Numeric.rsub(right.Expr, left.ToExpr(), Build.@int(1)), right);

        private static Tensor ReversedMul(Scalar left, Tensor right) => Autograd.Record("MulBackward0", Numeric.mul(left.ToExpr(), right.Expr), right);

        /// <summary>As PyTorch: the reciprocal times the number.</summary>
        private static Tensor ReversedDiv(Scalar left, Tensor right) =>
            right.reciprocal().mul(left);
    }
}
