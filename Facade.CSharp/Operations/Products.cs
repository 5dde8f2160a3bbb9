namespace Torch;

// Products of matrices and vectors.
public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>torch.matmul, for operands of any rank.</summary>
        public Tensor matmul([PyTorchName("other")] Tensor target)
        {
            var name = (Sizes.Length, target.Sizes.Length) switch
            {
                (1, 1) => "DotBackward0",
                (2, 1) => "MvBackward0",
                (2, 2) => "MmBackward0",
                (1, 2) => "SqueezeBackward4",
                (3, 3) => "BmmBackward0",
                _ => "UnsafeViewBackward0",
            };
            return Autograd.Record(name, Matmul.matmul(Expr, target.Expr), this, target);
        }

        /// <summary>torch.mm: (n x m) times (m x p).</summary>
        public Tensor mm([PyTorchName("mat2")] Tensor target) => Autograd.Record("MmBackward0", Matmul.mm(Expr, target.Expr), this, target);

        /// <summary>torch.bmm: a product for each of a batch of matrices.</summary>
        public Tensor bmm([PyTorchName("mat2")] Tensor batch2) => Autograd.Record("BmmBackward0", Matmul.bmm(Expr, batch2.Expr), this, batch2);

        /// <summary>torch.mv: (n x m) times (m).</summary>
        public Tensor mv([PyTorchName("vec")] Tensor target) => Autograd.Record("MvBackward0", Matmul.mv(Expr, target.Expr), this, target);

        /// <summary>torch.dot, of vectors.</summary>
        public Tensor dot([PyTorchName("tensor")] Tensor target) => Autograd.Record("DotBackward0", Matmul.dot(Expr, target.Expr), this, target);

        /// <summary>torch.vdot: the first vector is conjugated.</summary>
        public Tensor vdot([PyTorchName("other")] Tensor target) => Autograd.Record("VdotBackward0", Matmul.vdot(Expr, target.Expr), this, target);

        /// <summary>torch.outer.</summary>
        public Tensor outer(Tensor vec2) => Autograd.Record("MulBackward0", Matmul.outer(Expr, vec2.Expr), this, vec2);
        public Tensor ger(Tensor vec2) => outer(vec2);

        /// <summary>torch.inner: sums of products over the last dimensions.</summary>
        public Tensor inner([PyTorchName("other")] Tensor vec2) => Autograd.Record("ViewBackward0", Matmul.inner(Expr, vec2.Expr), this, vec2);

        /// <summary>torch.kron.</summary>
        public Tensor kron(Tensor other) => Autograd.Record("ReshapeAliasBackward0", Matmul.kron(Expr, other.Expr), this, other);

        // ---- beta self + alpha (product); a beta of zero ignores self, NaN included.

        private delegate Expr AddedProduct(Expr self, Expr a, Expr b, Expr beta, Expr alpha);

        private Tensor Added(string name, AddedProduct f, Tensor a, Tensor b, Scalar beta, Scalar alpha) =>
            Autograd.Record(name, f(Expr, a.Expr, b.Expr, beta.ToExpr(), alpha.ToExpr()), this, a, b);

        private Tensor AddedInPlace(string name, AddedProduct f, Tensor a, Tensor b, Scalar beta, Scalar alpha) =>
            Autograd.InPlace(this, name, f(Expr, a.Expr, b.Expr, beta.ToExpr(), alpha.ToExpr()), a, b);

        public Tensor addmm(Tensor mat1, Tensor mat2) => addmm(mat1, mat2, 1, 1);
        public Tensor addmm(Tensor mat1, Tensor mat2, Scalar beta, Scalar alpha) => Added("AddmmBackward0", Matmul.addmm, mat1, mat2, beta, alpha);
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => addmm(mat1, mat2, Whole(beta), Whole(alpha));
        public Tensor addmm_(Tensor mat1, Tensor mat2, Scalar beta, Scalar alpha) => AddedInPlace("AddmmBackward0", Matmul.addmm, mat1, mat2, beta, alpha);
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => addmm_(mat1, mat2, Whole(beta), Whole(alpha));
        public Tensor addmv(Tensor mat, Tensor vec, Scalar beta, Scalar alpha) => Added("AddmvBackward0", Matmul.addmv, mat, vec, beta, alpha);
        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) => addmv(mat, vec, Whole(beta), Whole(alpha));
        public Tensor addmv_(Tensor mat, Tensor vec, Scalar beta, Scalar alpha) => AddedInPlace("AddmvBackward0", Matmul.addmv, mat, vec, beta, alpha);
        public Tensor addmv_(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) => addmv_(mat, vec, Whole(beta), Whole(alpha));
        public Tensor addr(Tensor vec1, Tensor vec2, Scalar beta, Scalar alpha) => Added("AddrBackward0", Matmul.addr, vec1, vec2, beta, alpha);
        public Tensor addr(Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) => addr(vec1, vec2, Whole(beta), Whole(alpha));
        public Tensor addr_(Tensor vec1, Tensor vec2, Scalar beta, Scalar alpha) => AddedInPlace("AddrBackward0", Matmul.addr, vec1, vec2, beta, alpha);
        public Tensor addr_(Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) => addr_(vec1, vec2, Whole(beta), Whole(alpha));
        public Tensor baddbmm(Tensor batch1, Tensor batch2, Scalar beta, Scalar alpha) => Added("BaddbmmBackward0", Matmul.baddbmm, batch1, batch2, beta, alpha);
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => baddbmm(batch1, batch2, Whole(beta), Whole(alpha));
        public Tensor baddbmm_(Tensor batch1, Tensor batch2, Scalar beta, Scalar alpha) => AddedInPlace("BaddbmmBackward0", Matmul.baddbmm, batch1, batch2, beta, alpha);
        public Tensor baddbmm_(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => baddbmm_(batch1, batch2, Whole(beta), Whole(alpha));
        public Tensor addbmm(Tensor batch1, Tensor batch2, Scalar beta, Scalar alpha) => Added("AddbmmBackward0", Matmul.addbmm, batch1, batch2, beta, alpha);
        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => addbmm(batch1, batch2, Whole(beta), Whole(alpha));
        public Tensor addbmm_(Tensor batch1, Tensor batch2, Scalar beta, Scalar alpha) => AddedInPlace("AddbmmBackward0", Matmul.addbmm, batch1, batch2, beta, alpha);
        public Tensor addbmm_(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => addbmm_(batch1, batch2, Whole(beta), Whole(alpha));

        // Whole numbers stay integers, so that integer matrices accept them.
        private static Scalar Whole(float x) => x == MathF.Floor(x) && MathF.Abs(x) < 1e9f ? (Scalar)(long)x : (Scalar)x;

        /// <summary>torch.tensordot over pairs of dimensions.</summary>
        public Tensor tensordot([PyTorchName("other")] Tensor b, long[] dims1, long[] dims2) =>
            Autograd.Record("ViewBackward0", Matmul.tensordot(Expr, b.Expr, dims1, dims2), this, b);
        public Tensor tensordot([PyTorchName("other")] Tensor b, (long, long)[] dims) => tensordot(b, Array.ConvertAll(dims, d => d.Item1), Array.ConvertAll(dims, d => d.Item2));
        public Tensor tensordot([PyTorchName("other")] Tensor b, long dims = 2)
        {
            if (dims < 0) throw new TorchException($"tensordot expects dims >= 0, but got dims={dims}");
            if (dims > Math.Min(Sizes.Length, b.Sizes.Length)) throw new TorchException($"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}");
            var n = (int)dims;
            return tensordot(b, [.. Enumerable.Range(Sizes.Length - n, n).Select(i => (long)i)], [.. Enumerable.Range(0, n).Select(i => (long)i)]);
        }
    }

    public static Tensor matmul(Tensor input, [PyTorchName("other")] Tensor target) => input.matmul(target);
    public static Tensor mm(Tensor input, [PyTorchName("mat2")] Tensor target) => input.mm(target);
    public static Tensor bmm(Tensor input, [PyTorchName("mat2")] Tensor batch2) => input.bmm(batch2);
    public static Tensor mv(Tensor input, [PyTorchName("vec")] Tensor target) => input.mv(target);
    public static Tensor dot(Tensor input, [PyTorchName("tensor")] Tensor target) => input.dot(target);
    public static Tensor vdot(Tensor input, [PyTorchName("other")] Tensor target) => input.vdot(target);
    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);
    public static Tensor ger(Tensor input, Tensor vec2) => input.ger(vec2);
    public static Tensor inner(Tensor input, [PyTorchName("other")] Tensor vec2) => input.inner(vec2);
    public static Tensor kron(Tensor input, Tensor other) => input.kron(other);
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => input.addmm(mat1, mat2, beta, alpha);
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, Scalar beta, Scalar alpha) => input.addmm(mat1, mat2, beta, alpha);
    public static Tensor addmv(Tensor input, Tensor mat, Tensor vec, float beta = 1, float alpha = 1) => input.addmv(mat, vec, beta, alpha);
    public static Tensor addmv(Tensor input, Tensor mat, Tensor vec, Scalar beta, Scalar alpha) => input.addmv(mat, vec, beta, alpha);
    public static Tensor addr(Tensor input, Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) => input.addr(vec1, vec2, beta, alpha);
    public static Tensor addr(Tensor input, Tensor vec1, Tensor vec2, Scalar beta, Scalar alpha) => input.addr(vec1, vec2, beta, alpha);
    public static Tensor baddbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => input.baddbmm(batch1, batch2, beta, alpha);
    public static Tensor baddbmm(Tensor input, Tensor batch1, Tensor batch2, Scalar beta, Scalar alpha) => input.baddbmm(batch1, batch2, beta, alpha);
    public static Tensor addbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => input.addbmm(batch1, batch2, beta, alpha);
    public static Tensor addbmm(Tensor input, Tensor batch1, Tensor batch2, Scalar beta, Scalar alpha) => input.addbmm(batch1, batch2, beta, alpha);
    public static Tensor tensordot(Tensor a, Tensor b, long[] dims1, long[] dims2) => a.tensordot(b, dims1, dims2);
    public static Tensor tensordot(Tensor a, Tensor b, (long, long)[] dims) => a.tensordot(b, dims);
    public static Tensor tensordot(Tensor a, Tensor b, long[][] dims) => a.tensordot(b, dims[0], dims[1]);
    public static Tensor tensordot(Tensor a, Tensor b, long dims = 2) => a.tensordot(b, dims);

    /// <summary>torch.einsum: sums of products in Einstein's notation.</summary>
    public static Tensor einsum(string equation, [PyTorchName("operands")] params Tensor[] tensors) =>
        Autograd.Record("ViewBackward0", Einsum.einsum(equation, Array.ConvertAll(tensors, t => t.Expr)), tensors);

    /// <summary>torch.linalg.multi_dot's older name.</summary>
    public static Tensor chain_matmul(params Tensor[] matrices) =>
        Autograd.Record("MmBackward0", Matmul.multi_dot(Array.ConvertAll(matrices, t => t.Expr)), matrices);
}
