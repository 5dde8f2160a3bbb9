namespace Torch.Kernels;

// The columns of a convolution ("im2col") as panels that are made where the matrix product needs them, never as a whole. Row (c, tap) and column
// (output position q) hold x[c, q step + offset(tap)], or zero outside the image. Positions and taps have three spatial dimensions; missing
// ones have size one.

/// <summary>How positions of a plane are read: position q, tap t of dimension d is q Step[d] + Offsets[d][t] where that is in [0, Sizes[d]).</summary>
internal sealed class Window(long[] sizes, long[] positions, long[] step, long[][] offsets)
{
    /// <summary>Sizes of the plane that is read.</summary>
    public nint[] Sizes { get; } = Array.ConvertAll(sizes, s => (nint)s);

    /// <summary>Numbers of positions.</summary>
    public nint[] Positions { get; } = Array.ConvertAll(positions, s => (nint)s);

    public nint[] Step { get; } = Array.ConvertAll(step, s => (nint)s);
    public nint[][] Offsets { get; } = Array.ConvertAll(offsets, o => Array.ConvertAll(o, s => (nint)s));

    public nint Taps => Offsets[0].Length * Offsets[1].Length * Offsets[2].Length;
    public nint Area => Positions[0] * Positions[1] * Positions[2];
    public nint PlaneArea => Sizes[0] * Sizes[1] * Sizes[2];
}

/// <summary>B[(channel, tap), position] of one image.</summary>
internal sealed unsafe class ColumnPanels<T>(Window window, T* image) : PanelSource<T> where T : unmanaged
{
    public override void Pack(nint k, nint count, nint column, nint width, T* target, nint stride)
    {
        nint taps = window.Taps, plane = window.PlaneArea, end = k + count;
        for (nint tap = 0; tap < taps; tap++)
        {
            var firstChannel = Math.Max(0, (k - tap + taps - 1) / taps);
            var row = firstChannel * taps + tap;
            if (row >= end) continue;
            var channels = (end - row + taps - 1) / taps;
            Fill(window, tap, column, width, image + firstChannel * plane, plane, channels, target + (row - k) * stride, taps * stride);
        }
    }

    /// <summary>For each of some channels, a run of positions of one tap: rows that lie in the plane are copied, the rest is zero.</summary>
    public static void Fill(Window w, nint tap, nint from, nint width, T* source, nint sourceStride, nint channels, T* target, nint targetStride)
    {
        nint tapsY = w.Offsets[1].Length, tapsX = w.Offsets[2].Length;
        nint dx = w.Offsets[2][tap % tapsX], dy = w.Offsets[1][tap / tapsX % tapsY], dz = w.Offsets[0][tap / (tapsX * tapsY)];
        nint line = w.Positions[2], lines = w.Positions[1], step = w.Step[2];
        nint q = from, done = 0;
        while (done < width)
        {
            nint x = q % line, y = q / line % lines, z = q / (line * lines);
            var run = Math.Min(width - done, line - x);
            nint iz = z * w.Step[0] + dz, iy = y * w.Step[1] + dy, ix = x * step + dx;
            // Positions i of the run with 0 <= ix + i step < size.
            nint low = 0, high = 0;
            if (iz >= 0 && iz < w.Sizes[0] && iy >= 0 && iy < w.Sizes[1])
            {
                low = ix >= 0 ? 0 : Math.Min(run, (step - 1 - ix) / step);
                high = ix >= w.Sizes[2] ? low : Math.Max(low, Math.Min(run, (w.Sizes[2] - ix + step - 1) / step));
            }
            var s = source + (iz * w.Sizes[1] + iy) * w.Sizes[2] + ix;
            var t = target + done;
            for (nint c = 0; c < channels; c++, s += sourceStride, t += targetStride) Copy(s, step, low, high, run, t);
            done += run;
            q += run;
        }
    }

    private static void Copy(T* source, nint step, nint low, nint high, nint run, T* target)
    {
        if (low > 0) new Span<T>(target, (int)low).Clear();
        if (step == 1) new ReadOnlySpan<T>(source + low, (int)(high - low)).CopyTo(new Span<T>(target + low, (int)(high - low)));
        else for (var i = low; i < high; i++) target[i] = source[i * step];
        if (high < run) new Span<T>(target + high, (int)(run - high)).Clear();
    }
}

/// <summary>B[position, (channel, tap)] of one image: the transpose of <see cref="ColumnPanels{T}"/>.</summary>
internal sealed unsafe class RowPanels<T>(Window window, T* image) : PanelSource<T> where T : unmanaged
{
    public override void Pack(nint k, nint count, nint column, nint width, T* target, nint stride)
    {
        var rows = Scratch.Get<T>(ScratchUse.Columns, width * count);
        nint taps = window.Taps, plane = window.PlaneArea;
        for (nint j = 0; j < width; j++)
        {
            var (channel, tap) = ((column + j) / taps, (column + j) % taps);
            ColumnPanels<T>.Fill(window, tap, k, count, image + channel * plane, plane, 1, rows + j * count, 0);
        }
        Transpose.Copy(rows, count, target, stride, width, count);
    }
}
