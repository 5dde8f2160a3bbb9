using System.Collections;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Torch;

public static partial class torch
{
    // New tensors. A null dtype is the default one, a null device the default device.

    /// <summary>What creation functions end with: device and requires_grad.</summary>
    internal static Tensor Finished(Expr value, Device? device, bool requires_grad)
    {
        if (Device.IsMeta(device)) value = Build.meta(value.Sizes, value.Strides, value.DType);
        var t = new Tensor(value);
        if (requires_grad) t.requires_grad_();
        return t;
    }

    private static DType Floating(ScalarType? dtype) => dtype?.ToDType() ?? Build.defaultDType();

    private static void CheckSizes(long[] sizes)
    {
        foreach (var s in sizes)
            if (s < 0) throw new TorchException($"Trying to create tensor with negative dimension {s}: {Shape.show(sizes)}");
    }

    private static Tensor Filled(long[] sizes, Scalar value, DType dtype, Device? device, bool requires_grad)
    {
        Casting.Check(value, dtype);
        return Filled(sizes, value.Value, dtype, device, requires_grad);
    }

    private static Tensor Filled(long[] sizes, Literal value, DType dtype, Device? device, bool requires_grad)
    {
        CheckSizes(sizes);
        _ = Shape.count(sizes);
        return Finished(Build.fill(sizes, dtype, value), device, requires_grad);
    }

    private static readonly Literal s_zero = Literal.NewInt(0);
    private static readonly Literal s_one = Literal.NewInt(1);

    public static Tensor zeros([PyTorchName("size")] long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(size, s_zero, Floating(dtype), device, requires_grad);

    public static Tensor ones([PyTorchName("size")] long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(size, s_one, Floating(dtype), device, requires_grad);

    /// <summary>Memory whose contents do not matter: zeros here.</summary>
    public static Tensor empty([PyTorchName("size")] long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null,
        memory_format memory_format = memory_format.contiguous_format)
    {
        var t = Filled(size, s_zero, Floating(dtype), device, false);
        if (memory_format is memory_format.channels_last or memory_format.channels_last_3d) t = t.contiguous(memory_format);
        return requires_grad ? t.requires_grad_() : t;
    }

    public static Tensor full([PyTorchName("size")] long[] size, [PyTorchName("fill_value")] Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(size, value, dtype?.ToDType() ?? KindOf(value), device, requires_grad);

    /// <summary>The dtype of a tensor of one number: bool, int64, the default float or its complex companion.</summary>
    internal static DType KindOf(Scalar value) =>
        value.IsBool ? DType.Bool : value.IsReal ? Build.defaultDType() : value.IsComplex ? Build.defaultDType().Complex : DType.Int64;

    public static Tensor empty_strided(long[] size, [PyTorchName("stride")] long[] strides, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        CheckSizes(size);
        if (size.Length != strides.Length) throw new TorchException($"empty_strided: dimensionality of sizes ({size.Length}) must match dimensionality of strides ({strides.Length})");
        var d = Floating(dtype);
        var t = Filled([Shape.extent(size, strides, 0).Item2], s_zero, d, device, false);
        t.Adopt(t.as_strided(size, strides));
        return requires_grad ? t.requires_grad_() : t;
    }

    public static Tensor scalar_tensor([PyTorchName("s")] Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Filled([], value, Floating(dtype), device, requires_grad);

    // ---- Ranges

    private static DType RangeType(ScalarType? dtype, params ReadOnlySpan<Scalar> ends)
    {
        if (dtype is { } d) return d.ToDType();
        foreach (var e in ends)
        {
            if (e.IsComplex) throw new TorchException("arange only supports real numbers");
            if (e.IsReal) return Build.defaultDType();
        }
        return DType.Int64;
    }

    /// <summary>start, start + step, .. below stop.</summary>
    public static Tensor arange(Scalar start, [PyTorchName("end")] Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var d = RangeType(dtype, start, stop, step);
        var (a, b, s) = (start.AsDouble(), stop.AsDouble(), step.AsDouble());
        if (d.Equals(DType.Bool) || d.IsComplex) throw new NotSupportedException($"\"arange_cpu\" not implemented for '{d.ScalarName}'");
        if (s == 0) throw new TorchException("step must be nonzero");
        if (d.Equals(DType.Int64) && step.AsLong() == 0) throw new ArgumentException("step must be nonzero");
        if (!double.IsFinite(a) || !double.IsFinite(b)) throw new TorchException($"unsupported range: {start} -> {stop}");
        if ((s > 0 && b < a) || (s < 0 && b > a)) throw new TorchException("upper bound and lower bound inconsistent with step sign");
        var whole = start.Value.IsInt && stop.Value.IsInt && step.Value.IsInt;
        long count;
        if (whole)
        {
            var (ia, ib, istep) = (start.AsLong(), stop.AsLong(), step.AsLong());
            count = (long)(((Int128)ib - ia + istep - Math.Sign(istep)) / istep);
        }
        else count = (long)Math.Ceiling((b - a) / s);
        if (whole) return Finished(Build.cast(d, Build.index(count, start.AsLong(), step.AsLong())), device, requires_grad);
        if (!d.IsDifferentiable)
        {
            // Of an integer type start and step are whole numbers, however the length was found.
            if (d.Equals(DType.Int64)) count = (long)Math.Ceiling((stop.AsLong() - start.AsLong()) / (double)step.AsLong());
            return Finished(Build.cast(d, Build.index(count, start.AsLong(), step.AsLong())), device, requires_grad);
        }
        // Element by element in the type that PyTorch accumulates in: start + i * step.
        var wide = d.Equals(DType.Float64) ? DType.Float64 : DType.Float32;
        return Finished(Sequence(count, d, wide, i => a + (i * s), i => (float)a + (i * (float)s)), device, requires_grad);
    }

    public static Tensor arange(Scalar start, [PyTorchName("end")] Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange([PyTorchName("end")] Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    /// <summary>arange with its end included, as PyTorch once had it; always of a floating type unless told otherwise.</summary>
    public static Tensor range(Scalar start, Scalar end, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var (a, b, s) = (start.AsDouble(), end.AsDouble(), step.AsDouble());
        if (s == 0) throw new TorchException("step must be nonzero");
        if ((s > 0 && b < a) || (s < 0 && b > a)) throw new TorchException("upper bound and larger bound inconsistent with step sign");
        return Finished(Sequence((long)(((b - a) / s) + 1), Floating(dtype), DType.Float64, i => a + (i * s), null), device, requires_grad);
    }

    public static Tensor range(Scalar start, Scalar end, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => range(start, end, 1, dtype, device, requires_grad);

    private static Expr Sequence(long count, DType dtype, DType wide, Func<long, double> value, Func<long, float>? single)
    {
        if (wide.Equals(DType.Float32) && single is not null)
        {
            var f = new float[count];
            for (long i = 0; i < count; i++) f[i] = single(i);
            return Build.cast(dtype, Host.ofBytes(DType.Float32, [count], MemoryMarshal.AsBytes<float>(f)));
        }
        var a = new double[count];
        for (long i = 0; i < count; i++) a[i] = value(i);
        return Build.cast(dtype, Host.ofBytes(DType.Float64, [count], MemoryMarshal.AsBytes<double>(a)));
    }

    /// <summary>Evenly spaced numbers, both ends included; from the middle on counted from the end, as PyTorch does.</summary>
    public static Tensor linspace(Scalar start, Scalar end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        if (steps < 0) throw new TorchException("number of steps must be non-negative");
        var d = dtype?.ToDType() ?? (start.IsComplex || end.IsComplex ? Build.defaultDType().Complex : Build.defaultDType());
        if (!d.IsComplex && (start.IsComplex || end.IsComplex)) throw new TorchException($"torch.linspace(): inferred dtype {Build.defaultDType().Complex} can't be safely cast to passed dtype {d}");
        return Finished(Spaced(start, end, steps, d, null), device, requires_grad);
    }

    public static Tensor linspace(Tensor start, Tensor end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        linspace(End("linspace", start), End("linspace", end), steps, dtype, device, requires_grad);

    public static Tensor linspace(Scalar start, Tensor end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        linspace(start, End("linspace", end), steps, dtype, device, requires_grad);

    public static Tensor linspace(Tensor start, Scalar end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        linspace(End("linspace", start), end, steps, dtype, device, requires_grad);

    public static Tensor logspace(Tensor start, Tensor end, long steps, [PyTorchName("base")] double @base = 10.0, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        logspace(End("logspace", start), End("logspace", end), steps, @base, dtype, device, requires_grad);

    public static Tensor logspace(Scalar start, Tensor end, long steps, [PyTorchName("base")] double @base = 10.0, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        logspace(start, End("logspace", end), steps, @base, dtype, device, requires_grad);

    public static Tensor logspace(Tensor start, Scalar end, long steps, [PyTorchName("base")] double @base = 10.0, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        logspace(End("logspace", start), end, steps, @base, dtype, device, requires_grad);

    private static Scalar End(string name, Tensor t)
    {
        if (t.Sizes.Length != 0) throw new TorchException($"{name} only supports 0-dimensional start and end tensors, but got start with {t.Sizes.Length} dimension(s) and end with {t.Sizes.Length} dimension(s).");
        return t.ToScalar();
    }

    /// <summary>Powers of a base with evenly spaced exponents.</summary>
    public static Tensor logspace(Scalar start, Scalar end, long steps, [PyTorchName("base")] double @base = 10.0, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        if (steps < 0) throw new TorchException("number of steps must be non-negative");
        var d = dtype?.ToDType() ?? (start.IsComplex || end.IsComplex ? Build.defaultDType().Complex : Build.defaultDType());
        return Finished(Spaced(start, end, steps, d, @base), device, requires_grad);
    }

    private static Expr Spaced(Scalar start, Scalar end, long steps, DType d, double? @base)
    {
        if (d.IsComplex)
        {
            var (a, b) = (start.AsComplex(), end.AsComplex());
            var step = steps > 1 ? (b - a) / (steps - 1) : Complex.Zero;
            var z = new Complex[steps];
            for (long i = 0; i < steps; i++)
            {
                z[i] = i < steps / 2 ? a + (step * i) : b - (step * (steps - 1 - i));
                if (@base is { } p) z[i] = Complex.Pow(p, z[i]);
            }
            if (steps == 1) z[0] = @base is { } q ? Complex.Pow(q, a) : a;
            return Build.cast(d, Host.ofBytes(DType.Complex128, [steps], MemoryMarshal.AsBytes<Complex>(z)));
        }
        if (d.IsFloat && !d.Equals(DType.Float64))
        {
            var (a, b) = ((float)start.AsDouble(), (float)end.AsDouble());
            var step = steps > 1 ? (b - a) / (steps - 1) : 0;
            var f = new float[steps];
            for (long i = 0; i < steps; i++)
            {
                f[i] = steps == 1 ? a : i < steps / 2 ? MathF.FusedMultiplyAdd(step, i, a) : MathF.FusedMultiplyAdd(-step, steps - 1 - i, b);
                if (@base is { } p) f[i] = MathF.Pow((float)p, steps == 1 ? a : i < steps / 2 ? a + (step * i) : b - (step * (steps - 1 - i)));
            }
            return Build.cast(d, Host.ofBytes(DType.Float32, [steps], MemoryMarshal.AsBytes<float>(f)));
        }
        {
            var whole = !d.IsDifferentiable;
            // Of integers the ends are truncated first, and the step is a float.
            var (a, b) = whole && @base is null ? (start.AsLong(), (double)end.AsLong()) : (start.AsDouble(), end.AsDouble());
            var step = steps > 1 ? whole ? (float)(b - a) / (steps - 1) : (b - a) / (steps - 1) : 0;
            var r = new double[steps];
            for (long i = 0; i < steps; i++)
            {
                r[i] = steps == 1 ? a : i < steps / 2 ? a + (step * i) : b - (step * (steps - 1 - i));
                if (whole && @base is null && steps > 1) r[i] = i < steps / 2 ? (float)a + ((float)step * i) : (float)b - ((float)step * (steps - 1 - i));
                if (@base is { } p) r[i] = Math.Pow(p, r[i]);
            }
            return Build.cast(d, Host.ofBytes(DType.Float64, [steps], MemoryMarshal.AsBytes<double>(r)));
        }
    }

    /// <summary>Ones on the diagonal.</summary>
    public static Tensor eye([PyTorchName("n")] long rows, [PyTorchName("m")] long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        if (rows < 0) throw new TorchException($"n must be greater or equal to 0, got {rows}");
        if (columns == -1) columns = rows;
        if (columns < 0) throw new TorchException($"m must be greater or equal to 0, got {columns}");
        var d = Floating(dtype);
        var n = Math.Min(rows, columns);
        var value = Build.fill([rows, columns], d, s_zero);
        if (n > 0) value = Build.write(value, new Region(0, [columns + 1]), Build.fill([n], d, s_one));
        return Finished(value, device, requires_grad);
    }

    // ---- Into a given tensor

    private static Tensor Into(string name, Tensor made, Tensor @out)
    {
        using (no_grad()) return Autograd.Out(name, Build.cast(@out.DType, made.Expr), @out);
    }

    public static Tensor zeros(long[] size, Tensor @out, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Into("zeros", zeros(size, dtype, device), @out);
    public static Tensor ones(long[] size, Tensor @out, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Into("ones", ones(size, dtype, device), @out);
    public static Tensor empty(long[] size, Tensor @out, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Into("empty", empty(size, dtype, device), @out);
    public static Tensor full(long[] size, [PyTorchName("fill_value")] Scalar value, Tensor @out, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Into("full", full(size, value, dtype, device), @out);
    public static Tensor eye([PyTorchName("n")] long rows, Tensor @out, [PyTorchName("m")] long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Into("eye", eye(rows, columns, dtype, device), @out);
    public static Tensor arange(Scalar start, [PyTorchName("end")] Scalar stop, Scalar step, Tensor @out, ScalarType? dtype = null, Device? device = null) => Into("arange", arange(start, stop, step, dtype, device), @out);
    public static Tensor range(Scalar start, Scalar end, Scalar step, Tensor @out, ScalarType? dtype = null, Device? device = null) => Into("range", range(start, end, step, dtype, device), @out);
    public static Tensor linspace(Scalar start, Scalar end, long steps, Tensor @out, ScalarType? dtype = null, Device? device = null) => Into("linspace", linspace(start, end, steps, dtype, device), @out);
    public static Tensor linspace(Tensor start, Tensor end, long steps, Tensor @out, ScalarType? dtype = null, Device? device = null) => Into("linspace", linspace(start, end, steps, dtype, device), @out);
    public static Tensor logspace(Scalar start, Scalar end, long steps, Tensor @out, [PyTorchName("base")] double @base = 10.0, ScalarType? dtype = null, Device? device = null) => Into("logspace", logspace(start, end, steps, @base, dtype, device), @out);
    public static Tensor logspace(Tensor start, Tensor end, long steps, Tensor @out, [PyTorchName("base")] double @base = 10.0, ScalarType? dtype = null, Device? device = null) => Into("logspace", logspace(start, end, steps, @base, dtype, device), @out);

    // ---- Like another tensor

    private static Tensor Alike(Tensor input, Literal value, ScalarType? dtype, Device? device, bool requires_grad, memory_format format)
    {
        var d = dtype?.ToDType() ?? input.DType;
        var strides = input.FormatStrides(format);
        var meta = device is null ? input.is_meta : Device.IsMeta(device);
        var t = new Tensor(meta ? Build.meta(input.Sizes, strides, d) : Build.withStrides(strides, Build.fill(input.Sizes, d, value)));
        return requires_grad ? t.requires_grad_() : t;
    }

    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, memory_format memory_format = memory_format.preserve_format) =>
        Alike(input, s_zero, dtype, device, requires_grad, memory_format);

    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, memory_format memory_format = memory_format.preserve_format) =>
        Alike(input, s_one, dtype, device, requires_grad, memory_format);

    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, memory_format memory_format = memory_format.preserve_format) =>
        Alike(input, s_zero, dtype, device, requires_grad, memory_format);

    public static Tensor full_like(Tensor input, [PyTorchName("fill_value")] Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, memory_format memory_format = memory_format.preserve_format) =>
        Alike(input, Fitting(value, dtype?.ToDType() ?? input.DType), dtype, device, requires_grad, memory_format);

    private static Literal Fitting(Scalar value, DType d)
    {
        Casting.Check(value, d);
        return value.Value;
    }

    // ---- From values

    /// <summary>A complex tensor from its parts.</summary>
    public static Tensor complex(Tensor real, Tensor imag) => Autograd.Record("ComplexBackward0", ComplexParts.complex(real.Expr, imag.Expr), real, imag);

    /// <summary>A 0-dim tensor of a number.</summary>
    private static Tensor Number<T>(T value, ScalarType? dtype, Device? device, bool requires_grad) where T : unmanaged
    {
        if (dtype is { } d) Checked<T>([value], d.ToDType());
        return FromArray([value], [], dtype, device, requires_grad);
    }

    /// <summary>Refuses numbers that an integer type cannot hold.</summary>
    private static void Checked<T>(ReadOnlySpan<T> values, DType d)
    {
        if ((typeof(T) == typeof(Complex) || typeof(T) == typeof((float, float))) && !d.IsComplex) throw new TorchTypeException("must be real number, not complex");
        if (typeof(T) == typeof(ulong) && d.Equals(DType.Int64))
            foreach (var v in values)
                if ((ulong)(object)v! > long.MaxValue) throw new ArgumentException("Overflow when unpacking long long");
        if (!d.IsInteger || !(typeof(T) == typeof(long) || typeof(T) == typeof(double))) return;
        foreach (var v in values) Casting.Check(v is double r ? (Scalar)r : (long)(object)v!, d, ofData: true);
    }

    public static Tensor tensor(Scalar scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        OfData(scalar, dtype?.ToDType() ?? KindOf(scalar), device, requires_grad);

    private static Tensor OfData(Scalar number, DType d, Device? device, bool requires_grad)
    {
        Casting.Check(number, d, ofData: true);
        return Filled([], number.Value, d, device, requires_grad);
    }

    /// <summary>From an array of any rank, or lists in lists, of numbers.</summary>
    public static Tensor tensor(Array data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Nested(data, dtype, device, requires_grad);

    /// <summary>From a list of numbers, of 0-dim tensors, or of such lists.</summary>
    public static Tensor tensor(IList<object?> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Nested(data, dtype, device, requires_grad);

    public static Tensor as_tensor(IList<object?> data, ScalarType? dtype = null, Device? device = null) => Nested(data, dtype, device, false);

    public static Tensor asarray([PyTorchName("obj")] IList<object?> data, ScalarType? dtype = null, Device? device = null, bool? copy = null, bool requires_grad = false) =>
        Nested(data, dtype, device, requires_grad);

    /// <summary>A copy of a tensor without history.</summary>
    public static Tensor tensor(Tensor data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        using var _ = no_grad();
        var t = data.detach().to(dtype ?? data.dtype, device, copy: true);
        return requires_grad ? t.requires_grad_() : t;
    }

    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) => data.to(dtype ?? data.dtype, device);

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => Nested(data, dtype, device, false);

    public static Tensor asarray([PyTorchName("obj")] Tensor data, ScalarType? dtype = null, Device? device = null, bool? copy = null, bool requires_grad = false)
    {
        var t = data.to(dtype ?? data.dtype, device, copy: copy ?? false);
        if (requires_grad) return t.requires_grad_();
        return ReferenceEquals(t, data) && !data.requires_grad ? t : t.detach();
    }

    /// <summary>The elements of an array, copied.</summary>
    public static Tensor from_array(Array rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Nested(rawArray, dtype, device, requires_grad);

    public static Tensor from_numpy([PyTorchName("ndarray")] Array array) => Nested(array, null, null, false);

    public static Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false, Device? device = null)
    {
        var bytes = new byte[Buffer.ByteLength(rawArray)];
        Buffer.BlockCopy(rawArray, 0, bytes, 0, bytes.Length);
        var d = dtype.ToDType();
        if (offset < 0 || offset >= bytes.Length) throw new ArgumentException($"offset ({offset} bytes) must be non-negative and no greater than buffer length ({bytes.Length} bytes) minus 1");
        if (count < 0)
        {
            if ((bytes.Length - offset) % d.Size != 0) throw new ArgumentException($"buffer length ({bytes.Length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size ({d.Size})");
            count = (bytes.Length - offset) / d.Size;
        }
        if (offset + (count * d.Size) > bytes.Length)
            throw new ArgumentException($"requested buffer length ({count} * {d.Size} bytes) after offset ({offset} bytes) must not be greater than actual buffer length ({bytes.Length} bytes)");
        return Finished(Host.ofBytes(d, [count], bytes.AsSpan((int)offset, (int)(count * d.Size))), device, requires_grad);
    }

    /// <summary>
    /// From arrays in arrays (or lists in lists) of numbers, which have to be rectangular. Mixed numbers are of the highest kind; Python's rule for untyped ones.
    /// </summary>
    internal static Tensor Nested(IEnumerable data, ScalarType? dtype, Device? device, bool requires_grad)
    {
        switch (data)
        {
            case Array { Rank: > 0 } a when a.GetType().GetElementType() is { IsValueType: true } e:
                return e == typeof(float) ? FromMultiDim<float>(a, dtype, device, requires_grad) : e == typeof(double) ? FromMultiDim<double>(a, dtype, device, requires_grad)
                    : e == typeof(long) ? FromMultiDim<long>(a, dtype, device, requires_grad) : e == typeof(int) ? FromMultiDim<int>(a, dtype, device, requires_grad)
                    : e == typeof(bool) ? FromMultiDim<bool>(a, dtype, device, requires_grad) : e == typeof(byte) ? FromMultiDim<byte>(a, dtype, device, requires_grad)
                    : e == typeof(sbyte) ? FromMultiDim<sbyte>(a, dtype, device, requires_grad) : e == typeof(short) ? FromMultiDim<short>(a, dtype, device, requires_grad)
                    : e == typeof(ushort) ? FromMultiDim<ushort>(a, dtype, device, requires_grad) : e == typeof(uint) ? FromMultiDim<uint>(a, dtype, device, requires_grad)
                    : e == typeof(ulong) ? FromMultiDim<ulong>(a, dtype, device, requires_grad) : e == typeof(Half) ? FromMultiDim<Half>(a, dtype, device, requires_grad)
                    : e == typeof(BFloat16) ? FromMultiDim<BFloat16>(a, dtype, device, requires_grad) : e == typeof(Complex) ? FromMultiDim<Complex>(a, dtype, device, requires_grad)
                    : e == typeof((float, float)) ? FromMultiDim<(float, float)>(a, dtype, device, requires_grad)
                    : throw new TorchTypeException($"can't convert an array of {e.Name} to a tensor");
        }
        var sizes = new List<long>();
        var leaves = new List<object>();
        Gather(data, 0);
        var tensors = leaves.Exists(l => l is Tensor);
        if (tensors) leaves = leaves.ConvertAll(l => l is Tensor t ? t.item() : l);
        var kind = leaves.Count == 0 ? Build.defaultDType() : Kind(leaves);
        var complex = leaves.ConvertAll(l => Elements.Convert_<Complex>(l)).ToArray();
        Expr value;
        if (kind.IsComplex) value = Host.ofBytes(DType.Complex128, [.. sizes], MemoryMarshal.AsBytes<Complex>(complex));
        else if (kind.IsFloat) value = Host.ofBytes(DType.Float64, [.. sizes], MemoryMarshal.AsBytes<double>(Array.ConvertAll(complex, c => c.Real)));
        else value = Host.ofBytes(DType.Int64, [.. sizes], MemoryMarshal.AsBytes<long>(leaves.ConvertAll(Elements.Convert_<long>).ToArray()));
        return Finished(Build.cast(dtype?.ToDType() ?? kind, value), device, requires_grad);

        void Gather(object? item, int depth)
        {
            if (item is IEnumerable list and not string)
            {
                var items = list.Cast<object?>().ToList();
                if (sizes.Count == depth)
                {
                    if (leaves.Count > 0) throw new TorchTypeException("'list' object cannot be interpreted as an integer");
                    sizes.Add(items.Count);
                }
                else if (sizes[depth] != items.Count) throw new ArgumentException($"expected sequence of length {sizes[depth]} at dim {depth} (got {items.Count})");
                foreach (var i in items) Gather(i, depth + 1);
            }
            else
            {
                if (depth != sizes.Count) throw new TorchTypeException("not a sequence");
                if (item is string) throw new ArgumentException("too many dimensions 'str'");
                leaves.Add(item ?? throw new TorchException("Could not infer dtype of NoneType"));
            }
        }

        static DType Kind(List<object> values)
        {
            var types = values.Select(v => v.GetType()).Distinct().ToList();
            // Elements of one exact type other than Python's keep it.
            if (types.Count == 1 && types[0] != typeof(double)) return types[0] == typeof(Complex) ? Build.defaultDType().Complex : Elements.DTypeOf(types[0]);
            if (types.Contains(typeof(Complex)) || types.Contains(typeof((float, float)))) return Build.defaultDType().Complex;
            if (types.Exists(t => t == typeof(double) || t == typeof(float) || t == typeof(Half) || t == typeof(BFloat16))) return Build.defaultDType();
            return types.TrueForAll(t => t == typeof(bool)) ? DType.Bool : DType.Int64;
        }
    }
}
