namespace Torch.Kernels;

/// <summary>
/// Convolutions (cross-correlations, as PyTorch has them) over 1 to 3 spatial dimensions with stride, padding, dilation and groups, of every type.
/// Method: for each image and group one matrix product whose right operand is made of the image panel by panel (implicit im2col). The gradient of
/// the input gathers, too: positions are divided by their remainder modulo the stride, and for each remainder the taps that reach it form a
/// convolution of stride one (so a transposed convolution wastes nothing on inserted zeros). Half types are computed in Float32 and rounded
/// once, complex ones as four real convolutions. Order of summation: channels, then taps (for the weights: images, then positions), in the blocks of Gemm.
/// </summary>
public static unsafe class Convolution
{
    /// <summary>y = x * w + bias.</summary>
    /// <param name="x">[N, C, spatial..].</param>
    /// <param name="w">[O, C / groups, kernel..].</param>
    /// <param name="bias">[O], or null.</param>
    /// <param name="y">[N, O, spatial'..] with sizes by PyTorch's formula. Overlaps no operand.</param>
    /// <param name="stride">One number for each spatial dimension; likewise <paramref name="padding"/> (zeros on both sides) and <paramref name="dilation"/>.</param>
    /// <param name="padding">Zeros on both sides.</param>
    /// <param name="dilation">Distance of taps.</param>
    /// <param name="groups">Divides C and O.</param>
    public static void Forward(Block x, Block w, Block? bias, Block y, long[] stride, long[] padding, long[] dilation, long groups)
    {
        var geometry = new Geometry(x.Sizes, w.Sizes, y.Sizes, stride, padding, dilation, groups);
        Lower(x, w, y, (a, b, c, into) => Typed(new ForwardAction(geometry, a, b, c, into), c.Type), bias);
    }

    /// <summary>The gradient of x: also the forward direction of a transposed convolution, with its input as <paramref name="dy"/>.</summary>
    /// <param name="dy">[N, O, spatial'..].</param>
    /// <param name="w">[O, C / groups, kernel..].</param>
    /// <param name="dx">[N, C, spatial..], written completely.</param>
    /// <param name="stride">As in <see cref="Forward"/>, with the other parameters.</param>
    /// <param name="padding">As in <see cref="Forward"/>.</param>
    /// <param name="dilation">As in <see cref="Forward"/>.</param>
    /// <param name="groups">As in <see cref="Forward"/>.</param>
    public static void InputGradient(Block dy, Block w, Block dx, long[] stride, long[] padding, long[] dilation, long groups)
    {
        var geometry = new Geometry(dx.Sizes, w.Sizes, dy.Sizes, stride, padding, dilation, groups);
        Lower(dy, w, dx, (a, b, c, into) => Typed(new InputAction(geometry, a, b, c, into), c.Type), null);
    }

    /// <summary>The gradient of w.</summary>
    /// <param name="dy">[N, O, spatial'..].</param>
    /// <param name="x">[N, C, spatial..].</param>
    /// <param name="dw">[O, C / groups, kernel..], written completely.</param>
    /// <param name="stride">As in <see cref="Forward"/>, with the other parameters.</param>
    /// <param name="padding">As in <see cref="Forward"/>.</param>
    /// <param name="dilation">As in <see cref="Forward"/>.</param>
    /// <param name="groups">As in <see cref="Forward"/>.</param>
    public static void WeightGradient(Block dy, Block x, Block dw, long[] stride, long[] padding, long[] dilation, long groups)
    {
        var geometry = new Geometry(x.Sizes, dw.Sizes, dy.Sizes, stride, padding, dilation, groups);
        Lower(dy, x, dw, (a, b, c, into) => Typed(new WeightAction(geometry, a, b, c, into), c.Type), null);
    }

    // ---- Lowering to dense operands of a type that the matrix product computes in

    private delegate void Bilinear(Block a, Block b, Block result, Into into);

    private static void Lower(Block a, Block b, Block result, Bilinear core, Block? bias)
    {
        if (result.Count == 0) return;
        if (result.Type.IsHalf() || result.Type == ElementType.Bool)
        {
            var wide = Blocks.Dense(Scratch.Get<float>(ScratchUse.ConvolutionY, result.Count), ElementType.Float32, result.Sizes);
            core(Blocks.Widen(a, ScratchUse.ConvolutionX), Blocks.Widen(b, ScratchUse.ConvolutionW), wide, Into.Set);
            if (bias != null) AddBias<float, float, FloatElement<float>>(wide, Blocks.Widen(bias, ScratchUse.ConvolutionW));
            Blocks.Narrow(wide, result);
            return;
        }
        if (result.Type.IsComplex())
        {
            Real(a.RealPart(), b.RealPart(), result.RealPart(), core, Into.Set);
            Real(a.ImaginaryPart(), b.ImaginaryPart(), result.RealPart(), core, Into.Subtract);
            Real(a.RealPart(), b.ImaginaryPart(), result.ImaginaryPart(), core, Into.Set);
            Real(a.ImaginaryPart(), b.RealPart(), result.ImaginaryPart(), core, Into.Add);
        }
        else Real(a, b, result, core, Into.Set);
        if (bias != null) Elements.Dispatch(result.Type, new BiasAction(result, bias));
    }

    private static void Real(Block a, Block b, Block result, Bilinear core, Into into)
    {
        a = Blocks.Contiguous(a, ScratchUse.ConvolutionX);
        b = Blocks.Contiguous(b, ScratchUse.ConvolutionW);
        if (result.IsContiguous)
        {
            core(a, b, result, into);
            return;
        }
        var dense = Blocks.Room(result, ScratchUse.ConvolutionY);
        if (into != Into.Set) StridedCopy.Copy(result, dense);
        core(a, b, dense, into);
        StridedCopy.Copy(dense, result);
    }

    private readonly struct BiasAction(Block y, Block bias) : IElementAction
    {
        public void Run<T, A, E>() where T : unmanaged where A : unmanaged where E : struct, IElement<T, A> => AddBias<T, A, E>(y, bias);
    }

    private static void AddBias<T, A, E>(Block y, Block bias) where T : unmanaged where A : unmanaged where E : struct, IElement<T, A>
    {
        var strides = new long[y.Rank];
        strides[1] = bias.Strides[0];
        var walker = new Walker(y.Sizes, y.Strides, strides);
        nint yStep = (nint)walker.Step(0), bStep = (nint)walker.Step(1);
        Chunks.Run(walker.Count, 1, (from, to) =>
        {
            var cursor = walker.At(from);
            while (from < to)
            {
                var run = (nint)Math.Min(to - from, cursor.Run);
                var p = (T*)y.Address + cursor[0];
                var b = (T*)bias.Address + cursor[1];
                for (nint i = 0; i < run; i++) p[i * yStep] = E.Store(E.Add(E.Load(p[i * yStep]), E.Load(b[i * bStep])));
                from += run;
                cursor.Skip(run);
            }
        });
    }

    private static void Typed<TAction>(TAction action, ElementType type) where TAction : struct, IWordAction
    {
        switch (type)
        {
            case ElementType.UInt8: action.Run<byte>(); break;
            case ElementType.Int8: action.Run<sbyte>(); break;
            case ElementType.Int16: action.Run<short>(); break;
            case ElementType.Int32: action.Run<int>(); break;
            case ElementType.Int64: action.Run<long>(); break;
            case ElementType.Float32: action.Run<float>(); break;
            case ElementType.Float64: action.Run<double>(); break;
            default: throw Elements.Unsupported(type, "convolution");
        }
    }

    // ---- The products

    /// <summary>Sizes with three spatial dimensions; the missing ones come first and have size one.</summary>
    private sealed class Geometry
    {
        public readonly nint Images, Channels, Outputs, Groups, Taps, InArea, OutArea;
        public readonly long[] In, Kernel, Out, Stride, Padding, Dilation;

        public Geometry(long[] x, long[] w, long[] y, long[] stride, long[] padding, long[] dilation, long groups)
        {
            (In, Kernel, Out) = (Three(x.AsSpan(2), 1), Three(w.AsSpan(2), 1), Three(y.AsSpan(2), 1));
            (Stride, Padding, Dilation) = (Three(stride, 1), Three(padding, 0), Three(dilation, 1));
            (Images, Channels, Outputs, Groups) = ((nint)x[0], (nint)x[1], (nint)w[0], (nint)groups);
            (Taps, InArea, OutArea) = (Product(Kernel), Product(In), Product(Out));
        }

        public nint GroupChannels => Channels / Groups;
        public nint GroupOutputs => Outputs / Groups;

        /// <summary>Whether columns are the image itself.</summary>
        public bool IsPlain => Taps == 1 && Array.TrueForAll(Stride, s => s == 1) && Array.TrueForAll(Padding, p => p == 0);

        /// <summary>How outputs read the image.</summary>
        public Window Window() => new(In, Out, Stride, [Offsets(0), Offsets(1), Offsets(2)]);

        private long[] Offsets(int d) => [.. Enumerable.Range(0, (int)Kernel[d]).Select(t => t * Dilation[d] - Padding[d])];

        /// <summary>The remainders of input positions by the stride, with the taps that reach them.</summary>
        public Phase[] Phases()
        {
            var phases = new List<Phase>();
            for (long z = 0; z < Math.Min(Stride[0], In[0]); z++)
                for (long y = 0; y < Math.Min(Stride[1], In[1]); y++)
                    for (long x = 0; x < Math.Min(Stride[2], In[2]); x++)
                        phases.Add(new Phase(this, [z, y, x]));
            return [.. phases];
        }

        private static nint Product(long[] sizes) => (nint)(sizes[0] * sizes[1] * sizes[2]);

        private static long[] Three(ReadOnlySpan<long> values, long missing)
        {
            long[] result = [missing, missing, missing];
            values.CopyTo(result.AsSpan(3 - values.Length));
            return result;
        }
    }

    /// <summary>The input positions r + stride q: position q receives output q + (r + padding - tap dilation) / stride through each tap for which that is whole.</summary>
    private sealed class Phase
    {
        public readonly long[] Remainder, Counts;
        public readonly int[] Taps;
        public readonly Window Window;

        public Phase(Geometry g, long[] remainder)
        {
            Remainder = remainder;
            Counts = [.. Enumerable.Range(0, 3).Select(d => (g.In[d] - remainder[d] + g.Stride[d] - 1) / g.Stride[d])];
            var taps = Enumerable.Range(0, 3).Select(d => Enumerable.Range(0, (int)g.Kernel[d]).Where(t => Reach(g, d, t) % g.Stride[d] == 0).ToArray()).ToArray();
            Taps = [.. from z in taps[0] from y in taps[1] from x in taps[2] select (int)((z * g.Kernel[1] + y) * g.Kernel[2] + x)];
            var offsets = Enumerable.Range(0, 3).Select(d => Array.ConvertAll(taps[d], t => Reach(g, d, t) / g.Stride[d])).ToArray();
            Window = new Window(g.Out, Counts, [1, 1, 1], offsets);
        }

        private long Reach(Geometry g, int d, int tap) => Remainder[d] + g.Padding[d] - tap * g.Dilation[d];
    }

    /// <summary>Calls body(image, group, threads): on different threads where there are enough of them, else with threads inside.</summary>
    private static void ForEach(Geometry g, Action<nint, nint, bool> body)
    {
        const int enough = 4;
        if (g.Images * g.Groups >= enough) Workers.Run(g.Images * g.Groups, i => body((nint)i / g.Groups, (nint)i % g.Groups, false));
        else for (nint i = 0; i < g.Images * g.Groups; i++) body(i / g.Groups, i % g.Groups, true);
    }

    private readonly struct ForwardAction(Geometry g, Block x, Block w, Block y, Into into) : IWordAction
    {
        public void Run<T>() where T : unmanaged, IEquatable<T>
        {
            var (geometry, xs, ws, ys, how) = (g, x.Address, w.Address, y.Address, into);
            var window = g.Window();
            nint inputs = g.GroupChannels, outputs = g.GroupOutputs, k = inputs * g.Taps;
            ForEach(g, (image, group, threads) =>
            {
                var source = (T*)xs + (image * geometry.Channels + group * inputs) * geometry.InArea;
                GemmEngine<T>.Instance.Run(new Product<T>
                {
                    A = (T*)ws + group * outputs * k, ARow = k, AK = 1,
                    B = source, BK = geometry.InArea, BColumn = 1, Panels = geometry.IsPlain ? null : new ColumnPanels<T>(window, source),
                    C = (T*)ys + (image * geometry.Outputs + group * outputs) * geometry.OutArea, CRow = geometry.OutArea, CColumn = 1,
                    M = outputs, N = geometry.OutArea, K = k, Into = how,
                }, threads);
            });
        }
    }

    private readonly struct InputAction(Geometry g, Block dy, Block w, Block dx, Into into) : IWordAction
    {
        public void Run<T>() where T : unmanaged, IEquatable<T>
        {
            var (geometry, dys, dxs, how) = (g, dy.Address, dx.Address, into);
            var phases = g.Phases();
            nint inputs = g.GroupChannels, outputs = g.GroupOutputs;
            var weights = Scratch.Get<T>(ScratchUse.ConvolutionPhases, g.Outputs * inputs * g.Taps);
            var starts = Arrange((T*)w.Address, phases, weights);
            ForEach(g, (image, group, threads) =>
            {
                var source = (T*)dys + (image * geometry.Outputs + group * outputs) * geometry.OutArea;
                var target = (T*)dxs + (image * geometry.Channels + group * inputs) * geometry.InArea;
                for (var i = 0; i < phases.Length; i++)
                {
                    var phase = phases[i];
                    nint k = outputs * phase.Taps.Length, area = phase.Window.Area;
                    var whole = phases.Length == 1;
                    var part = whole ? target : Scratch.Get<T>(ScratchUse.ConvolutionPhase, inputs * area);
                    GemmEngine<T>.Instance.Run(new Product<T>
                    {
                        A = weights + starts[i] + group * inputs * k, ARow = k, AK = 1, Panels = new ColumnPanels<T>(phase.Window, source),
                        C = part, CRow = area, CColumn = 1, M = inputs, N = area, K = k, Into = whole ? how : Into.Set,
                    }, threads);
                    if (!whole) Spread(geometry, phase, part, target, inputs, how);
                }
            });
        }

        /// <summary>For each phase the weights as [group, input channel, (output channel, tap of the phase)]; returns where each phase starts.</summary>
        private nint[] Arrange<T>(T* source, Phase[] phases, T* target) where T : unmanaged
        {
            nint inputs = g.GroupChannels, outputs = g.GroupOutputs, next = 0;
            var starts = new nint[phases.Length];
            for (var i = 0; i < phases.Length; i++)
            {
                starts[i] = next;
                for (nint group = 0; group < g.Groups; group++)
                    for (nint c = 0; c < inputs; c++)
                        for (nint o = 0; o < outputs; o++)
                            foreach (var tap in phases[i].Taps)
                                target[next++] = source[((group * outputs + o) * inputs + c) * g.Taps + tap];
            }
            return starts;
        }
    }

    private static void Spread<T>(Geometry g, Phase phase, T* part, T* target, nint channels, Into into) where T : unmanaged
    {
        nint sizeY = (nint)g.In[1], sizeX = (nint)g.In[2], stepX = (nint)g.Stride[2], line = (nint)phase.Counts[2];
        for (nint c = 0; c < channels; c++)
        {
            for (long z = 0; z < phase.Counts[0]; z++)
            {
                for (long y = 0; y < phase.Counts[1]; y++, part += line)
                {
                    var iz = (nint)(phase.Remainder[0] + z * g.Stride[0]);
                    var iy = (nint)(phase.Remainder[1] + y * g.Stride[1]);
                    var row = target + (iz * sizeY + iy) * sizeX + (nint)phase.Remainder[2];
                    for (nint x = 0; x < line; x++)
                    {
                        row[x * stepX] = into switch
                        {
                            Into.Set => part[x],
                            Into.Add => Scalar<T>.Add(row[x * stepX], part[x]),
                            _ => Scalar<T>.Subtract(row[x * stepX], part[x]),
                        };
                    }
                }
            }
            target += g.InArea;
        }
    }

    private readonly struct WeightAction(Geometry g, Block dy, Block x, Block dw, Into into) : IWordAction
    {
        public void Run<T>() where T : unmanaged, IEquatable<T>
        {
            var (geometry, dys, xs, dws, how) = (g, dy.Address, x.Address, dw.Address, into);
            var window = g.Window();
            nint inputs = g.GroupChannels, outputs = g.GroupOutputs, columns = inputs * g.Taps;
            void Group(nint group, bool threads)
            {
                for (nint image = 0; image < Math.Max(1, geometry.Images); image++)
                {
                    var source = (T*)xs + (image * geometry.Channels + group * inputs) * geometry.InArea;
                    GemmEngine<T>.Instance.Run(new Product<T>
                    {
                        A = (T*)dys + (image * geometry.Outputs + group * outputs) * geometry.OutArea, ARow = geometry.OutArea, AK = 1,
                        Panels = new RowPanels<T>(window, source),
                        C = (T*)dws + group * outputs * columns, CRow = columns, CColumn = 1,
                        M = outputs, N = columns, K = geometry.Images == 0 ? 0 : geometry.OutArea, Into = image > 0 && how == Into.Set ? Into.Add : how,
                    }, threads);
                }
            }
            const int enough = 4;
            if (g.Groups >= enough) Workers.Run(g.Groups, i => Group((nint)i, false));
            else for (nint i = 0; i < g.Groups; i++) Group(i, true);
        }
    }
}
