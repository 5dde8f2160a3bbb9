using System.Numerics;
using System.Runtime.Intrinsics;

namespace Torch.Kernels;

// The pointwise parts of recurrent cells, forward and backward, written once for every vector width (ISimd). Gates of a row lie one after the
// other, each Gate bytes long, in PyTorch's order: i f g o for LSTM, r z n for GRU, followed there by the hidden product of n.

/// <summary>The rows that a cell works on; which ones it uses is the cell's.</summary>
internal unsafe struct CellRows
{
    /// <summary>Gates: products that become activations going forward, activations going backward.</summary>
    public byte* Gates;

    public byte* PreviousC, PreviousH, C, H;

    /// <summary>Gradients: of h, of c (replaced by that of the previous c), of the gates' products, of the previous h.</summary>
    public byte* Dh, Dc, DGates, DPrevious;

    /// <summary>Bytes from one gate to the next.</summary>
    public nint Gate;
}

internal unsafe interface ICell
{
    /// <summary>Computes the elements that a vector at a byte offset holds.</summary>
    static abstract void At<V>(in CellRows r, nint at) where V : unmanaged, ISimd<V>;
}

internal static unsafe class Cells
{
    /// <summary>Runs a cell over rows of some elements.</summary>
    public static void Run<F, T>(in CellRows rows, nint count) where F : struct, ICell where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T>
    {
        if (Vector512.IsHardwareAccelerated) Run<F, T, Vec512<T>>(rows, count);
        else if (Vector256.IsHardwareAccelerated) Run<F, T, Vec256<T>>(rows, count);
        else Run<F, T, Vec128<T>>(rows, count);
    }

    private static void Run<F, T, V>(in CellRows rows, nint count)
        where F : struct, ICell where T : unmanaged, IBinaryNumber<T>, IMinMaxValue<T> where V : unmanaged, ISimd<V>
    {
        nint i = 0;
        for (; i + V.Count <= count; i += V.Count) F.At<V>(rows, i * sizeof(T));
        for (; i < count; i++) F.At<Lane<T>>(rows, i * sizeof(T));
    }

    public static V One<V>() where V : unmanaged, ISimd<V> => V.Constant(1);
}

/// <summary>c = f c' + i g, h = o tanh(c).</summary>
internal readonly unsafe struct LstmCell : ICell
{
    public static void At<V>(in CellRows r, nint at) where V : unmanaged, ISimd<V>
    {
        var gates = r.Gates + at;
        var i = Sigmoid.Invoke(V.Load(gates));
        var f = Sigmoid.Invoke(V.Load(gates + r.Gate));
        var g = Tanh.Invoke(V.Load(gates + 2 * r.Gate));
        var o = Sigmoid.Invoke(V.Load(gates + 3 * r.Gate));
        var c = f * V.Load(r.PreviousC + at) + i * g;
        V.Store(i, gates);
        V.Store(f, gates + r.Gate);
        V.Store(g, gates + 2 * r.Gate);
        V.Store(o, gates + 3 * r.Gate);
        V.Store(c, r.C + at);
        V.Store(o * Tanh.Invoke(c), r.H + at);
    }
}

internal readonly unsafe struct LstmGradient : ICell
{
    public static void At<V>(in CellRows r, nint at) where V : unmanaged, ISimd<V>
    {
        var gates = r.Gates + at;
        V i = V.Load(gates), f = V.Load(gates + r.Gate), g = V.Load(gates + 2 * r.Gate), o = V.Load(gates + 3 * r.Gate), one = Cells.One<V>();
        var (dh, tanh) = (V.Load(r.Dh + at), Tanh.Invoke(V.Load(r.C + at)));
        var dc = V.Load(r.Dc + at) + dh * o * (one - tanh * tanh);
        var d = r.DGates + at;
        V.Store(dc * g * i * (one - i), d);
        V.Store(dc * V.Load(r.PreviousC + at) * f * (one - f), d + r.Gate);
        V.Store(dc * i * (one - g * g), d + 2 * r.Gate);
        V.Store(dh * tanh * o * (one - o), d + 3 * r.Gate);
        V.Store(dc * f, r.Dc + at);
    }
}

/// <summary>n = tanh(n + r hidden), h = n + z (h' - n).</summary>
internal readonly unsafe struct GruCell : ICell
{
    public static void At<V>(in CellRows r, nint at) where V : unmanaged, ISimd<V>
    {
        var gates = r.Gates + at;
        var reset = Sigmoid.Invoke(V.Load(gates));
        var z = Sigmoid.Invoke(V.Load(gates + r.Gate));
        var n = Tanh.Invoke(V.Load(gates + 2 * r.Gate) + reset * V.Load(gates + 3 * r.Gate));
        V.Store(reset, gates);
        V.Store(z, gates + r.Gate);
        V.Store(n, gates + 2 * r.Gate);
        V.Store((V.Load(r.PreviousH + at) - n) * z + n, r.H + at);
    }
}

internal readonly unsafe struct GruGradient : ICell
{
    public static void At<V>(in CellRows r, nint at) where V : unmanaged, ISimd<V>
    {
        var gates = r.Gates + at;
        V reset = V.Load(gates), z = V.Load(gates + r.Gate), n = V.Load(gates + 2 * r.Gate), hidden = V.Load(gates + 3 * r.Gate), one = Cells.One<V>();
        var dh = V.Load(r.Dh + at);
        var dn = dh * (one - z) * (one - n * n);
        var d = r.DGates + at;
        V.Store(dn * hidden * reset * (one - reset), d);
        V.Store(dh * (V.Load(r.PreviousH + at) - n) * z * (one - z), d + r.Gate);
        V.Store(dn, d + 2 * r.Gate);
        V.Store(dn * reset, d + 3 * r.Gate);
        V.Store(dh * z, r.DPrevious + at);
    }
}

internal readonly unsafe struct TanhCell : ICell
{
    public static void At<V>(in CellRows r, nint at) where V : unmanaged, ISimd<V> => V.Store(Tanh.Invoke(V.Load(r.H + at)), r.H + at);
}

internal readonly unsafe struct TanhGradient : ICell
{
    public static void At<V>(in CellRows r, nint at) where V : unmanaged, ISimd<V>
    {
        var h = V.Load(r.H + at);
        V.Store(V.Load(r.Dh + at) * (Cells.One<V>() - h * h), r.DGates + at);
    }
}

internal readonly unsafe struct ReluCell : ICell
{
    public static void At<V>(in CellRows r, nint at) where V : unmanaged, ISimd<V>
    {
        var h = V.Load(r.H + at);
        V.Store(V.Select(V.Less(h, V.Constant(0)), V.Constant(0), h), r.H + at);
    }
}

internal readonly unsafe struct ReluGradient : ICell
{
    public static void At<V>(in CellRows r, nint at) where V : unmanaged, ISimd<V> =>
        V.Store(V.Select(V.Less(V.Constant(0), V.Load(r.H + at)), V.Load(r.Dh + at), V.Constant(0)), r.DGates + at);
}
