using System.Numerics;
using Torch.Kernels;
using Xunit;

namespace Torch.Tests;

public sealed class LinalgTests
{
    private static readonly ElementType[] Types = [ElementType.Float32, ElementType.Float64, ElementType.Complex64, ElementType.Complex128];
    private static readonly Layout[] Layouts = [Layout.Contiguous, Layout.Transposed, Layout.Gapped, Layout.Reversed];

    private static Complex[] Multiply(Complex[] a, Complex[] b, int m, int n, int k)
    {
        var c = new Complex[m * n];
        for (var i = 0; i < m; i++)
            for (var l = 0; l < k; l++)
                for (var j = 0; j < n; j++) c[i * n + j] += a[i * k + l] * b[l * n + j];
        return c;
    }

    private static Complex[] Adjoint(Complex[] a, int m, int n) => [.. from j in Enumerable.Range(0, n) from i in Enumerable.Range(0, m) select Complex.Conjugate(a[i * n + j])];

    private static Complex[] Matrix(KernelMemory memory, int which, int size) => [.. Enumerable.Range(0, size).Select(i => memory[which * size + i])];

    private static void Close(Complex[] expected, Complex[] actual, double tolerance)
    {
        for (var i = 0; i < expected.Length; i++) Assert.True(Complex.Abs(expected[i] - actual[i]) <= tolerance, $"at {i}: {expected[i]} and {actual[i]}");
    }

    [Fact]
    public void Cholesky_factors_multiply_to_the_matrix()
    {
        foreach (var type in Types)
            foreach (var n in new[] { 0, 1, 5, 70 })
                foreach (var layout in Layouts)
                    foreach (var upper in new[] { false, true })
                    {
                        using var root = KernelMemory.Random(type, [2, n, n], n);
                        using var a = new KernelMemory(type, [2, n, n], layout);
                        for (var b = 0; b < 2; b++)
                        {
                            var r = Matrix(root, b, n * n);
                            var product = Multiply(r, Adjoint(r, n, n), n, n, n);
                            for (var i = 0; i < n * n; i++) a[b * n * n + i] = product[i] + (i / Math.Max(1, n) == i % Math.Max(1, n) ? n : 0);
                        }
                        using var result = new KernelMemory(type, [2, n, n], layout);
                        using var info = new KernelMemory(ElementType.Int32, [2]);
                        Linalg.Cholesky(a.Block, result.Block, info.Block, upper);
                        Assert.Equal([0, 0], info.Integers);
                        for (var b = 0; b < 2; b++)
                        {
                            var l = Matrix(result, b, n * n);
                            for (var i = 0; i < n * n; i++) if (upper ? i % n < i / n : i % n > i / n) Assert.Equal(Complex.Zero, l[i]);
                            Close(Matrix(a, b, n * n), upper ? Multiply(Adjoint(l, n, n), l, n, n, n) : Multiply(l, Adjoint(l, n, n), n, n, n), KernelMemory.Tolerance(type) * (n + 1));
                        }
                    }
    }

    [Fact]
    public void Cholesky_names_the_minor_that_is_not_positive()
    {
        using var a = KernelMemory.Of(ElementType.Float64, [3, 3], [4, 0, 0, 0, -1, 0, 0, 0, 2]);
        using var result = new KernelMemory(ElementType.Float64, [3, 3]);
        using var info = new KernelMemory(ElementType.Int32, []);
        Linalg.Cholesky(a.Block, result.Block, info.Block, upper: false);
        Assert.Equal([2], info.Integers);
    }

    [Fact]
    public void Lu_factors_multiply_to_the_permuted_matrix_and_solve_systems()
    {
        foreach (var type in Types)
            foreach (var (m, n) in new[] { (0, 0), (1, 1), (5, 5), (7, 4), (4, 9), (75, 75), (80, 50) })
                foreach (var layout in Layouts)
                {
                    using var a = KernelMemory.Random(type, [2, m, n], m + n, layout);
                    using var lu = new KernelMemory(type, [2, m, n], layout);
                    var k = Math.Min(m, n);
                    using var pivots = new KernelMemory(ElementType.Int32, [2, k]);
                    using var info = new KernelMemory(ElementType.Int32, [2]);
                    using var order = new KernelMemory(ElementType.Int64, [2, m]);
                    Linalg.Lu(a.Block, lu.Block, pivots.Block, info.Block);
                    Linalg.Permutation(pivots.Block, order.Block);
                    Assert.Equal([0, 0], info.Integers);
                    for (var b = 0; b < 2; b++)
                    {
                        var packed = Matrix(lu, b, m * n);
                        Complex[] l = new Complex[m * k], u = new Complex[k * n];
                        for (var i = 0; i < m; i++)
                            for (var j = 0; j < n; j++)
                            {
                                if (j < i && j < k) l[i * k + j] = packed[i * n + j];
                                if (j >= i && i < k) u[i * n + j] = packed[i * n + j];
                                if (i == j && j < k) l[i * k + j] = 1;
                            }
                        Assert.All(l, v => Assert.True(Complex.Abs(v) < 1.5));
                        var source = Matrix(a, b, m * n);
                        Complex[] permuted = [.. from i in Enumerable.Range(0, m) from j in Enumerable.Range(0, n) select source[(int)order[b * m + i].Real * n + j]];
                        Close(permuted, Multiply(l, u, m, n, k), KernelMemory.Tolerance(type) * (n + 1) * 4);
                    }
                    if (m != n) continue;
                    using var right = KernelMemory.Random(type, [2, n, 3], 9, layout);
                    using var x = new KernelMemory(type, [2, n, 3], layout);
                    Linalg.LuSolve(lu.Block, pivots.Block, right.Block, x.Block);
                    for (var b = 0; b < 2; b++)
                    {
                        var solution = Matrix(x, b, 3 * n);
                        var scale = 1 + solution.Select(Complex.Abs).DefaultIfEmpty().Max();
                        Close(Matrix(right, b, 3 * n), Multiply(Matrix(a, b, n * n), solution, n, 3, n), KernelMemory.Tolerance(type) * (n + 1) * 4 * scale);
                    }
                }
    }

    [Fact]
    public void Lu_of_a_singular_matrix_names_the_pivot()
    {
        using var a = KernelMemory.Of(ElementType.Float32, [3, 3], [1, 2, 3, 2, 4, 7, 1, 2, 9]);
        using var lu = new KernelMemory(ElementType.Float32, [3, 3]);
        using var pivots = new KernelMemory(ElementType.Int32, [3]);
        using var info = new KernelMemory(ElementType.Int32, []);
        Linalg.Lu(a.Block, lu.Block, pivots.Block, info.Block);
        Assert.Equal([2], info.Integers);
    }

    [Fact]
    public void Triangular_systems_are_solved_from_either_side()
    {
        foreach (var type in Types)
            foreach (var n in new[] { 0, 1, 6, 70 })
                foreach (var layout in Layouts)
                    foreach (var upper in new[] { false, true })
                        foreach (var left in new[] { false, true })
                            foreach (var unit in new[] { false, true })
                            {
                                const int k = 4;
                                long[] sizes = left ? [2, n, k] : [2, k, n];
                                using var a = KernelMemory.Random(type, [2, n, n], 1, layout);
                                for (var i = 0; i < a.Count; i++) a[i] = i % (n * n) / n == i % n ? a[i] + 2 : a[i] / n;
                                using var b = KernelMemory.Random(type, sizes, 2, layout);
                                using var x = new KernelMemory(type, sizes, layout);
                                Linalg.TriangularSolve(a.Block, b.Block, x.Block, upper, left, unit, conjugate: true);
                                for (var which = 0; which < 2; which++)
                                {
                                    var full = Matrix(a, which, n * n);
                                    Complex[] t = [.. full.Select((v, i) => i / n == i % n ? (unit ? 1 : Complex.Conjugate(v)) : (i % n > i / n) == upper ? Complex.Conjugate(v) : 0)];
                                    var solution = Matrix(x, which, n * k);
                                    Close(Matrix(b, which, n * k), left ? Multiply(t, solution, n, k, n) : Multiply(solution, t, k, n, n), 20 * KernelMemory.Tolerance(type));
                                }
                            }
    }
}
