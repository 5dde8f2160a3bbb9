namespace Torch;

public static partial class torch
{
    // The four operations, with their in-place forms.
    public partial class Tensor
    {
        private static bool IsOne(Scalar alpha) => alpha is { IsBool: false, IsReal: false, IsComplex: false } && alpha.AsLong() == 1;

        private Expr Sum(Expr other, Scalar alpha) => IsOne(alpha) ? Numeric.add(Expr, other) : Numeric.add_scaled(Expr, other, alpha.ToExpr());

        private Expr Difference(Expr other, Scalar alpha) => IsOne(alpha) ? Numeric.sub(Expr, other) : Numeric.sub_scaled(Expr, other, alpha.ToExpr());

        private Tensor Add(Expr other, Scalar alpha, Tensor? tensor) => Autograd.Record("AddBackward0", Sum(other, alpha), this, tensor);

        private Tensor AddInPlace(Expr other, Scalar alpha, Tensor? tensor) => Autograd.InPlace(this, "AddBackward0", Sum(other, alpha), tensor);

        public Tensor add([PyTorchName("other")] Tensor target) => Add(target.Expr, 1, target);
        public Tensor add([PyTorchName("other")] Tensor target, Scalar alpha) => Add(target.Expr, alpha, target);
        public Tensor add([PyTorchName("other")] Scalar scalar) => Add(scalar.ToExpr(), 1, null);
        public Tensor add([PyTorchName("other")] Scalar scalar, Scalar alpha) => Add(scalar.ToExpr(), alpha, null);
        public Tensor add_([PyTorchName("other")] Tensor target) => AddInPlace(target.Expr, 1, target);
        public Tensor add_([PyTorchName("other")] Tensor target, Scalar alpha) => AddInPlace(target.Expr, alpha, target);
        public Tensor add_([PyTorchName("other")] Scalar scalar) => AddInPlace(scalar.ToExpr(), 1, null);
        public Tensor add_([PyTorchName("other")] Scalar scalar, Scalar alpha) => AddInPlace(scalar.ToExpr(), alpha, null);

        public Tensor sub([PyTorchName("other")] Tensor target) => sub(target, 1);
        public Tensor sub([PyTorchName("other")] Tensor target, Scalar alpha) => Autograd.Record("SubBackward0", Difference(target.Expr, alpha), this, target);
        public Tensor sub([PyTorchName("other")] Scalar target) => sub(target, 1);
        public Tensor sub([PyTorchName("other")] Scalar target, Scalar alpha) => Autograd.Record("SubBackward0", Difference(target.ToExpr(), alpha), this);
        public Tensor sub_([PyTorchName("other")] Tensor target) => sub_(target, 1);
        public Tensor sub_([PyTorchName("other")] Tensor target, Scalar alpha) => Autograd.InPlace(this, "SubBackward0", Difference(target.Expr, alpha), target);
        public Tensor sub_([PyTorchName("other")] Scalar target) => sub_(target, 1);
        public Tensor sub_([PyTorchName("other")] Scalar target, Scalar alpha) => Autograd.InPlace(this, "SubBackward0", Difference(target.ToExpr(), alpha));
        public Tensor subtract([PyTorchName("other")] Tensor target) => sub(target);
        public Tensor subtract([PyTorchName("other")] Tensor target, Scalar alpha) => sub(target, alpha);
        public Tensor subtract([PyTorchName("other")] Scalar target) => sub(target);
        public Tensor subtract_([PyTorchName("other")] Tensor target) => sub_(target);
        public Tensor subtract_([PyTorchName("other")] Tensor target, Scalar alpha) => sub_(target, alpha);
        public Tensor subtract_([PyTorchName("other")] Scalar target) => sub_(target);

        public Tensor mul([PyTorchName("other")] Tensor target) => Autograd.Record("MulBackward0", Numeric.mul(Expr, target.Expr), this, target);
        public Tensor mul([PyTorchName("other")] Scalar target) => Autograd.Record("MulBackward0", Numeric.mul(Expr, target.ToExpr()), this);
        public Tensor mul_([PyTorchName("other")] Tensor target) => Autograd.InPlace(this, "MulBackward0", Numeric.mul(Expr, target.Expr), target);
        public Tensor mul_([PyTorchName("other")] Scalar target) => Autograd.InPlace(this, "MulBackward0", Numeric.mul(Expr, target.ToExpr()));
        public Tensor multiply([PyTorchName("other")] Tensor target) => mul(target);
        public Tensor multiply([PyTorchName("other")] Scalar target) => mul(target);
        public Tensor multiply_([PyTorchName("other")] Tensor target) => mul_(target);
        public Tensor multiply_([PyTorchName("other")] Scalar target) => mul_(target);

        private Tensor Div(Expr other, RoundingMode? mode, Tensor? tensor) => (mode ?? RoundingMode.None) == RoundingMode.None
            ? Autograd.Record("DivBackward0", Numeric.div(Expr, other), this, tensor)
            : Autograd.Record("DivBackward1", Numeric.div_rounded(Expr, other, mode.ToString()!), this, tensor);

        private Tensor DivInPlace(Expr other, RoundingMode? mode, Tensor? tensor) => (mode ?? RoundingMode.None) == RoundingMode.None
            ? Autograd.InPlace(this, "DivBackward0", Numeric.div(Expr, other), tensor)
            : Autograd.InPlace(this, "DivBackward1", Numeric.div_rounded(Expr, other, mode.ToString()!), tensor);

        public Tensor div([PyTorchName("other")] Tensor target, RoundingMode? rounding_mode = null) => Div(target.Expr, rounding_mode, target);
        public Tensor div([PyTorchName("other")] Scalar target, RoundingMode? rounding_mode = null) => Div(target.ToExpr(), rounding_mode, null);
        public Tensor div_([PyTorchName("other")] Tensor target, RoundingMode? rounding_mode = null) => DivInPlace(target.Expr, rounding_mode, target);
        public Tensor div_([PyTorchName("other")] Scalar target, RoundingMode? rounding_mode = null) => DivInPlace(target.ToExpr(), rounding_mode, null);
        public Tensor divide([PyTorchName("other")] Tensor target, RoundingMode? rounding_mode = null) => div(target, rounding_mode);
        public Tensor divide([PyTorchName("other")] Scalar target, RoundingMode? rounding_mode = null) => div(target, rounding_mode);
        public Tensor divide_([PyTorchName("other")] Tensor target, RoundingMode? rounding_mode = null) => div_(target, rounding_mode);
        public Tensor divide_([PyTorchName("other")] Scalar target, RoundingMode? rounding_mode = null) => div_(target, rounding_mode);
        public Tensor true_divide([PyTorchName("other")] Tensor other) => div(other);
        public Tensor true_divide([PyTorchName("other")] Scalar other) => div(other);
        public Tensor true_divide_([PyTorchName("other")] Tensor other) => div_(other);
        public Tensor true_divide_([PyTorchName("other")] Scalar other) => div_(other);

        public Tensor neg() => Autograd.Record("NegBackward0", Numeric.neg(Expr), this);
        public Tensor neg_() => Autograd.InPlace(this, "NegBackward0", Numeric.neg(Expr));
        public Tensor negative() => neg();
        public Tensor negative_() => neg_();

        /// <summary>This tensor itself; not for bool.</summary>
        public Tensor positive() => DType.Equals(DType.Bool) ? throw new TorchException("The `+` operator, on a bool tensor is not supported.") : this;

        /// <summary>Every element becomes the number.</summary>
        public Tensor fill_(Scalar value) => Autograd.InPlace(this, "FillBackward2", Like(this, value));

        /// <summary>Every element becomes the 0-dim tensor's.</summary>
        public Tensor fill_(Tensor value)
        {
            if (value.Sizes.Length != 0) throw new TorchException($"fill_ only supports 0-dimension value tensor but got tensor with {value.Sizes.Length} dimensions.");
            return Autograd.InPlace(this, "FillBackward3", Build.expand(Sizes, Build.cast(DType, value.Expr)), value);
        }

        public Tensor zero_() => Autograd.InPlace(this, "ZeroBackward0", Like(this, 0));

        private static Expr Like(Tensor t, Scalar value)
        {
            Casting.Check(value, t.DType);
            return t.is_meta
                ? Build.meta(t.Sizes, t.Strides, t.DType)
                : Build.withStrides(Shape.preserved(t.Sizes, t.Strides), Build.fill(t.Sizes, t.DType, value.Value));
        }
    }
}
