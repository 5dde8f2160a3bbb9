using System.Runtime.InteropServices;

namespace Torch;

public static partial class torch
{
    // Tensors of positions: triangles, grids, combinations, powers.

    private static Tensor Triangle(string name, long row, long col, ScalarType dtype, Device? device, Func<long, (long From, long To)> columns)
    {
        if (row < 0) throw new TorchException($"row must be non-negative, got{row}");
        if (col < 0) throw new TorchException($"col must be non-negative, got{col}");
        var rows = new List<long>();
        var cols = new List<long>();
        for (long r = 0; r < row; r++)
        {
            var (from, to) = columns(r);
            for (var c = Math.Max(0, from); c < Math.Min(col, to); c++)
            {
                rows.Add(r);
                cols.Add(c);
            }
        }
        long[] values = [.. rows, .. cols];
        return Finished(Build.cast(dtype.ToDType(), Host.ofBytes(DType.Int64, [2, rows.Count], MemoryMarshal.AsBytes<long>(values))), device, false);
    }

    /// <summary>Rows and columns of the elements on and below a diagonal.</summary>
    public static Tensor tril_indices(long row, long col, long offset = 0L, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Triangle("tril_indices", row, col, dtype, device, r => (0, r + offset + 1));

    /// <summary>Rows and columns of the elements on and above a diagonal.</summary>
    public static Tensor triu_indices(long row, long col, long offset = 0L, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Triangle("triu_indices", row, col, dtype, device, r => (r + offset, col));

    /// <summary>For each vector its values over the grid of all; with "xy" the first vector runs along the second dimension.</summary>
    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, [PyTorchName("indexing")] string indexing = "ij")
    {
        var all = tensors.ToArray();
        if (all.Length == 0) throw new TorchException("meshgrid expects a non-empty TensorList");
        foreach (var t in all)
        {
            if (t.Sizes.Length > 1) throw new TorchException($"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {t}");
            if (!t.DType.Equals(all[0].DType)) throw new TorchException("torch.meshgrid expects all tensors to have the same dtype");
        }
        if (indexing is not ("ij" or "xy")) throw new TorchException($"torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: {indexing}");
        var swap = indexing == "xy" && all.Length >= 2;
        if (swap) (all[0], all[1]) = (all[1], all[0]);
        var sizes = Array.ConvertAll(all, t => t.Count);
        var grids = new Tensor[all.Length];
        for (var i = 0; i < grids.Length; i++)
        {
            var shown = new long[all.Length];
            Array.Fill(shown, 1);
            shown[i] = -1;
            grids[i] = all[i].view(shown).expand(sizes);
        }
        if (swap) (grids[0], grids[1]) = (grids[1], grids[0]);
        return grids;
    }

    public static Tensor[] meshgrid(params Tensor[] tensors) => meshgrid(tensors, "ij");

    public static Tensor[] meshgrid(string indexing, params Tensor[] tensors) => meshgrid(tensors, indexing);

    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, indexing indexing) => meshgrid(tensors, indexing == Torch.indexing.xy ? "xy" : "ij");

    /// <summary>All choices of r elements of a vector, in order.</summary>
    public static Tensor combinations(Tensor input, int r = 2, bool with_replacement = false)
    {
        if (input.Sizes.Length != 1) throw new TorchException($"Expect a 1D vector, but got shape {Shape.show(input.Sizes)}");
        if (r < 0) throw new TorchException($"Expect a non-negative number, but got {r}");
        if (r == 0) return empty([0], input.dtype, input.device);
        var n = (int)input.Count;
        var picked = new List<long>();
        var at = new int[r];
        Choose(0, 0);
        var rows = picked.Count / r;
        var index = tensor(picked.ToArray()).view(rows, r);
        return Autograd.Record("IndexBackward0", Indexing.index(input.Expr, [index.Expr]), input, index);

        void Choose(int depth, int from)
        {
            if (depth == r)
            {
                foreach (var i in at) picked.Add(i);
                return;
            }
            for (var i = from; i < n; i++)
            {
                at[depth] = i;
                Choose(depth + 1, with_replacement ? i : i + 1);
            }
        }
    }

    /// <summary>Columns of powers of a vector, from the highest down unless increasing.</summary>
    public static Tensor vander([PyTorchName("x")] Tensor x, long N = -1, bool increasing = false)
    {
        if (x.Sizes.Length != 1) throw new TorchException("x must be a one-dimensional tensor.");
        if (N == -1) N = x.Count;
        if (N < 0) throw new TorchException("N must be non-negative.");
        var whole = !x.DType.IsDifferentiable;
        var d = whole ? ScalarType.Int64 : x.dtype;
        var powers = new List<Tensor>();
        var power = ones([x.Count], d, x.device);
        for (long i = 0; i < N; i++)
        {
            powers.Add(power);
            power = power * x;
        }
        if (!increasing) powers.Reverse();
        return N == 0 ? empty([x.Count, 0], d, x.device) : stack(powers, 1);
    }
}

/// <summary>The order of dimensions in torch.meshgrid.</summary>
public enum indexing
{
    [PyTorchName("ij")] ij,
    [PyTorchName("xy")] xy,
}
