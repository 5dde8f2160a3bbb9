// Decompositions are unique only up to signs, phases and order. The factors must have the recorded shapes and their usual properties, and give back the input.

using System.Numerics;
using System.Text.Json;
using Torch.Tests.Golden;

namespace Torch.Conformance;

internal sealed class Reconstruction(GoldenCase c, Caller caller, Tolerance tolerance)
{
    internal string? Check(string equation, IReadOnlyList<JsonElement> expected, List<object?> outputs, Tensor input)
    {
        var a = Tensors.Read(input);
        var factors = outputs.Select(o => Tensors.Read((Tensor)o!)).ToArray();
        switch (equation)
        {
            case "A=Q*R": return Qr(a, factors[0], factors[1]);
            case "A=U*diag(S)*V^H": return Plainly(expected[1], outputs[1]) ?? Svd(a, factors[0], factors[1], Batches(factors[2]).Select(m => m.Adjoint()).ToArray());
            case "A=U*diag(S)*Vh": return Plainly(expected[1], outputs[1]) ?? Svd(a, factors[0], factors[1], Batches(factors[2]));
            case "A=V*diag(L)*V^H": return Plainly(expected[0], outputs[0]) ?? Eigh(a, factors[0], factors[1]);
            case "A*V=V*diag(L)": return Eig(a, Elements.Of(c.File.TensorOf(expected[0])!), factors[0], factors[1]);
            case "LDL": return Ldl(a, outputs);
            default: throw new UnknownFormException($"reconstruct:{equation}");
        }
    }

    private string? Plainly(JsonElement expected, object? actual) => new Comparer(c.File, caller).Compare(expected, actual, tolerance);

    /// <summary>What rounding may amount to in a product of matrices: a multiple of the dtype's unit for each element of a row.</summary>
    private static double Slack(string dtype, Matrix m) => (dtype is "float64" or "complex128" ? 1e-13 : 2e-5) * Math.Max(1, Math.Max(m.Rows, m.Columns)) * Math.Max(1, m.Largest());

    private static string? Qr(Elements a, Elements q, Elements r)
    {
        var (inputs, rs) = (Batches(a), Batches(r));
        var qs = q.Count == 0 ? null : Batches(q);
        for (var i = 0; i < inputs.Length; i++)
        {
            var slack = Slack(a.DType, inputs[i]);
            if (!rs[i].IsUpper()) return "R is not upper triangular";
            if (qs is null)
            {
                // mode="r": only R, which must have the input's Gram matrix.
                if (inputs[i].Rows > 0 && !(rs[i].Adjoint() * rs[i]).IsNear(inputs[i].Adjoint() * inputs[i], slack * Math.Max(1, inputs[i].Largest()))) return "R^H R is not A^H A";
                continue;
            }
            if (!qs[i].HasOrthonormalColumns(slack)) return "Q is not orthonormal";
            if (!(qs[i] * rs[i]).IsNear(inputs[i], slack)) return "Q R is not A";
        }
        return null;
    }

    private static string? Svd(Elements a, Elements u, Elements s, Matrix[] vh)
    {
        var (inputs, us, ss) = (Batches(a), Batches(u), Rows(s));
        for (var i = 0; i < inputs.Length; i++)
        {
            var slack = Slack(a.DType, inputs[i]);
            if (!us[i].HasOrthonormalColumns(slack)) return "U is not orthonormal";
            if (!vh[i].Adjoint().HasOrthonormalColumns(slack)) return "V is not orthonormal";
            var k = ss[i].Length;
            if (!(us[i].FirstColumns(k).Scaled(ss[i]) * vh[i].Adjoint().FirstColumns(k).Adjoint()).IsNear(inputs[i], slack)) return "U S V^H is not A";
        }
        return null;
    }

    private static string? Eigh(Elements a, Elements l, Elements v)
    {
        var (inputs, vs, ls) = (Batches(a), Batches(v), Rows(l));
        for (var i = 0; i < inputs.Length; i++)
        {
            var slack = Slack(a.DType, inputs[i]);
            if (!vs[i].HasOrthonormalColumns(slack)) return "V is not orthonormal";
            // Only one triangle of the input counts.
            var product = vs[i].Scaled(ls[i]) * vs[i].Adjoint();
            if (!product.IsNear(inputs[i], slack) && !product.IsNear(inputs[i].Hermitian(upper: true), slack) && !product.IsNear(inputs[i].Hermitian(upper: false), slack)) return "V L V^H is not A";
        }
        return null;
    }

    private string? Eig(Elements a, Elements expected, Elements l, Elements v)
    {
        var (inputs, vs, ls, theirs) = (Batches(a), Batches(v), Rows(l), Rows(expected));
        var (rtol, atol) = tolerance.For(expected.DType);
        for (var i = 0; i < inputs.Length; i++)
        {
            var slack = Slack(a.DType, inputs[i]);
            if (!Checks.SameInAnyOrder(theirs[i], ls[i], rtol, Math.Max(atol, slack))) return "other eigenvalues";
            if (!(inputs[i] * vs[i]).IsNear(vs[i].Scaled(ls[i]), slack)) return "A V is not V L";
            for (var j = 0; j < vs[i].Columns; j++)
                if (Math.Abs(vs[i].ColumnNorm(j) - 1) > slack) return "the eigenvectors are not of length 1";
        }
        return null;
    }

    /// <summary>The factor must solve: ldl_solve of the unit matrix is the inverse.</summary>
    private string? Ldl(Elements a, List<object?> outputs)
    {
        var n = a.Shape[^1];
        var hermitian = c.Kwarg("hermitian") is { ValueKind: JsonValueKind.True };
        var unit = (Tensor)caller.Call("torch.eye", [n], [new("dtype", new DTypeName(a.DType))])!;
        if (a.Shape.Length > 2) unit = unit.expand(a.Shape);
        var solved = Tensors.Read((Tensor)caller.Call("torch.linalg.ldl_solve", [outputs[0], outputs[1], unit], [new("hermitian", hermitian)])!);
        var (inputs, inverses) = (Batches(a), Batches(solved));
        for (var i = 0; i < inputs.Length; i++)
        {
            var slack = Slack(a.DType, inputs[i]) * Math.Max(1, inverses[i].Largest());
            var one = Matrix.Unit(inputs[i].Rows);
            if (!((string[])["l", "u"]).Any(t => (inputs[i].Symmetric(t == "u", hermitian) * inverses[i]).IsNear(one, slack))) return "the factor does not solve";
        }
        return null;
    }

    private static Complex[][] Rows(Elements e)
    {
        var length = (int)e.Shape[^1];
        return [.. Enumerable.Range(0, length == 0 ? 1 : (int)(e.Count / length)).Select(r => Enumerable.Range(0, length).Select(i => e.Complex(((long)r * length) + i)).ToArray())];
    }

    private static Matrix[] Batches(Elements e)
    {
        var (rows, columns) = ((int)e.Shape[^2], (int)e.Shape[^1]);
        var count = (int)e.Shape[..^2].Aggregate(1L, (n, s) => n * s);
        return [.. Enumerable.Range(0, count).Select(b => new Matrix(rows, columns, (i, j) => e.Complex(((((long)b * rows) + i) * columns) + j)))];
    }

    /// <summary>A small dense matrix.</summary>
    private sealed class Matrix(int rows, int columns, Func<int, int, Complex> element)
    {
        private readonly Complex[] _elements = [.. from i in Enumerable.Range(0, rows) from j in Enumerable.Range(0, columns) select element(i, j)];

        internal int Rows => rows;

        internal int Columns => columns;

        internal Complex this[int i, int j] => _elements[(i * columns) + j];

        internal static Matrix Unit(int n) => new(n, n, (i, j) => i == j ? 1 : 0);

        internal Matrix Adjoint() => new(columns, rows, (i, j) => Complex.Conjugate(this[j, i]));

        internal Matrix FirstColumns(int count) => new(rows, count, (i, j) => this[i, j]);

        internal Matrix Scaled(Complex[] factors) => new(rows, columns, (i, j) => this[i, j] * factors[j]);

        internal Matrix Hermitian(bool upper) => Symmetric(upper, true);

        /// <summary>The whole matrix that one triangle stands for.</summary>
        internal Matrix Symmetric(bool upper, bool conjugate) =>
            new(rows, columns, (i, j) => i == j ? conjugate ? this[i, i].Real : this[i, i] : i < j == upper ? this[i, j] : conjugate ? Complex.Conjugate(this[j, i]) : this[j, i]);

        internal double Largest() => _elements.Length == 0 ? 0 : _elements.Max(Complex.Abs);

        internal double ColumnNorm(int j) => Math.Sqrt(Enumerable.Range(0, rows).Sum(i => (this[i, j] * Complex.Conjugate(this[i, j])).Real));

        internal bool IsUpper() => Enumerable.Range(0, rows).All(i => Enumerable.Range(0, Math.Min(i, columns)).All(j => this[i, j] == 0));

        internal bool HasOrthonormalColumns(double slack) => columns > rows || (Adjoint() * this).IsNear(Unit(columns), slack);

        internal bool IsNear(Matrix other, double slack) => rows == other.Rows && columns == other.Columns && _elements.Zip(other._elements).All(p => (p.First - p.Second).Magnitude <= slack);

        public static Matrix operator *(Matrix a, Matrix b) => new(a.Rows, b.Columns, (i, j) =>
        {
            var sum = Complex.Zero;
            for (var k = 0; k < a.Columns; k++) sum += a[i, k] * b[k, j];
            return sum;
        });
    }
}
