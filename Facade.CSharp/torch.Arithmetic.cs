namespace Torch;

public static partial class torch
{
    // The four operations as functions, also in place and into a given tensor.
    public static Tensor add([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.add(right);
    public static Tensor add([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Scalar alpha) => left.add(right, alpha);
    public static Tensor add([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.add(right);
    public static Tensor add([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right, Scalar alpha) => left.add(right, alpha);
    public static Tensor add([PyTorchName("input")] Scalar left, [PyTorchName("other")] Tensor right) => left + right;
    public static Tensor add([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Scalar? alpha, Tensor @out) =>
        Autograd.Out("add", alpha is null ? Numeric.add(left.Expr, right.Expr) : Numeric.add_scaled(left.Expr, right.Expr, alpha.ToExpr()), @out, left, right);
    public static Tensor add([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Tensor @out) => add(left, right, null, @out);
    public static Tensor add([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right, Tensor @out) => Autograd.Out("add", Numeric.add(left.Expr, right.ToExpr()), @out, left);
    public static Tensor add_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.add_(right);
    public static Tensor add_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Scalar alpha) => left.add_(right, alpha);
    public static Tensor add_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.add_(right);
    public static Tensor add_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right, Scalar alpha) => left.add_(right, alpha);

    public static Tensor sub([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.sub(right);
    public static Tensor sub([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Scalar alpha) => left.sub(right, alpha);
    public static Tensor sub([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.sub(right);
    public static Tensor sub([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right, Scalar alpha) => left.sub(right, alpha);
    public static Tensor sub([PyTorchName("input")] Scalar left, [PyTorchName("other")] Tensor right) => left - right;
    public static Tensor sub([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Scalar? alpha, Tensor @out) =>
        Autograd.Out("sub", alpha is null ? Numeric.sub(left.Expr, right.Expr) : Numeric.sub_scaled(left.Expr, right.Expr, alpha.ToExpr()), @out, left, right);
    public static Tensor sub([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Tensor @out) => sub(left, right, null, @out);
    public static Tensor sub([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right, Tensor @out) => Autograd.Out("sub", Numeric.sub(left.Expr, right.ToExpr()), @out, left);
    public static Tensor sub_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.sub_(right);
    public static Tensor sub_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.sub_(right);
    public static Tensor subtract([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.sub(right);
    public static Tensor subtract([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Scalar alpha) => left.sub(right, alpha);
    public static Tensor subtract([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.sub(right);
    public static Tensor subtract([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right, Scalar alpha) => left.sub(right, alpha);
    public static Tensor subtract([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Tensor @out) => sub(left, right, null, @out);
    public static Tensor subtract_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.sub_(right);
    public static Tensor subtract_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.sub_(right);
    public static Tensor rsub(Tensor input, Tensor other) => other.sub(input);
    public static Tensor rsub(Tensor input, Tensor other, Scalar alpha) => Autograd.Record("RsubBackward0", Numeric.rsub(input.Expr, other.Expr, alpha.ToExpr()), input, other);
    public static Tensor rsub(Tensor input, Scalar other) => other - input;
    public static Tensor rsub(Tensor input, Scalar other, Scalar alpha) => Autograd.Record("RsubBackward1", Numeric.rsub(input.Expr, other.ToExpr(), alpha.ToExpr()), input);

    public static Tensor mul([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.mul(right);
    public static Tensor mul([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.mul(right);
    public static Tensor mul([PyTorchName("input")] Scalar left, [PyTorchName("other")] Tensor right) => left * right;
    public static Tensor mul([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Tensor @out) => Autograd.Out("mul", Numeric.mul(left.Expr, right.Expr), @out, left, right);
    public static Tensor mul([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right, Tensor @out) => Autograd.Out("mul", Numeric.mul(left.Expr, right.ToExpr()), @out, left);
    public static Tensor mul_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.mul_(right);
    public static Tensor mul_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.mul_(right);
    public static Tensor multiply([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.mul(right);
    public static Tensor multiply([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.mul(right);
    public static Tensor multiply([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Tensor @out) => mul(left, right, @out);
    public static Tensor multiply_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.mul_(right);
    public static Tensor multiply_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.mul_(right);

    public static Tensor div([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, RoundingMode? rounding_mode = null) => left.div(right, rounding_mode);
    public static Tensor div([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right, RoundingMode? rounding_mode = null) => left.div(right, rounding_mode);
    public static Tensor div([PyTorchName("input")] Scalar left, [PyTorchName("other")] Tensor right) => left / right;
    public static Tensor div([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Tensor @out, RoundingMode? rounding_mode = null) =>
        Autograd.Out("div", (rounding_mode ?? RoundingMode.None) == RoundingMode.None ? Numeric.div(left.Expr, right.Expr) : Numeric.div_rounded(left.Expr, right.Expr, rounding_mode.ToString()!), @out, left, right);
    public static Tensor div_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, RoundingMode? rounding_mode = null) => left.div_(right, rounding_mode);
    public static Tensor div_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right, RoundingMode? rounding_mode = null) => left.div_(right, rounding_mode);
    public static Tensor divide([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, RoundingMode? rounding_mode = null) => left.div(right, rounding_mode);
    public static Tensor divide([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right, RoundingMode? rounding_mode = null) => left.div(right, rounding_mode);
    public static Tensor divide([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Tensor @out, RoundingMode? rounding_mode = null) => div(left, right, @out, rounding_mode);
    public static Tensor divide_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, RoundingMode? rounding_mode = null) => left.div_(right, rounding_mode);
    public static Tensor divide_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right, RoundingMode? rounding_mode = null) => left.div_(right, rounding_mode);
    public static Tensor true_divide([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.div(right);
    public static Tensor true_divide([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.div(right);
    public static Tensor true_divide([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right, Tensor @out) => div(left, right, @out);
    public static Tensor true_divide_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Tensor right) => left.div_(right);
    public static Tensor true_divide_([PyTorchName("input")] Tensor left, [PyTorchName("other")] Scalar right) => left.div_(right);

    public static Tensor neg(Tensor input) => input.neg();
    public static Tensor neg(Tensor input, Tensor @out) => Autograd.Out("neg", Numeric.neg(input.Expr), @out, input);
    public static Tensor neg_(Tensor input) => input.neg_();
    public static Tensor negative(Tensor input) => input.neg();
    public static Tensor negative(Tensor input, Tensor @out) => neg(input, @out);
    public static Tensor negative_(Tensor input) => input.neg_();
    public static Tensor positive(Tensor input) => input.positive();

    public static Tensor fill(Tensor input, Scalar value) => Autograd.Record("FillBackward0", Build.withStrides(Shape.preserved(input.Sizes, input.Strides), Build.fill(input.Sizes, input.DType, value.Value)), input);
    public static Tensor fill(Tensor input, Tensor value) => value.Sizes.Length == 0
        ? Autograd.Record("FillBackward1", Build.expand(input.Sizes, Build.cast(input.DType, value.Expr)), input, value)
        : throw new TorchException($"fill only supports 0-dimension value tensor but got tensor with {value.Sizes.Length} dimensions.");
    public static Tensor fill_(Tensor input, Scalar value) => input.fill_(value);
    public static Tensor fill_(Tensor input, Tensor value) => input.fill_(value);
    public static Tensor zero_(Tensor input) => input.zero_();
}
