// How tensors print: PyTorch's torch._tensor_str, line for line what it would show, and TorchSharp's other styles. Numbers are rounded from their exact
// decimal expansion, halves to even, as Python's format does.
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Torch;

/// <summary>Styles of printing.</summary>
public enum TensorStringStyle
{
    /// <summary>PyTorch's.</summary>
    Default,
    /// <summary>Shape, type and device only.</summary>
    Metadata,
    Julia,
    Numpy,
    CSharp,
}

/// <summary>Named sets of options for torch.set_printoptions.</summary>
public enum PrintOptionsProfile
{
    [PyTorchName("default")] @default,
    [PyTorchName("short")] @short,
    [PyTorchName("full")] full,
}

public static partial class torch
{
    /// <summary>What torch.set_printoptions sets; one for the process.</summary>
    internal sealed record PrintOptions(int Precision = 4, long Threshold = 1000, int EdgeItems = 3, int LineWidth = 80, bool? SciMode = null)
    {
        internal static PrintOptions Current { get; set; } = new();
    }

    /// <summary>Changes how tensors print. What is not given stays.</summary>
    public static void set_printoptions(int? precision = null, long? threshold = null, int? edgeitems = null, int? linewidth = null, string? profile = null, bool? sci_mode = null)
    {
        var o = PrintOptions.Current;
        if (profile is not null)
            o = profile switch
            {
                "default" => new PrintOptions(),
                "short" => new PrintOptions(Precision: 2, EdgeItems: 2),
                "full" => new PrintOptions(Threshold: long.MaxValue),
                _ => o,
            };
        PrintOptions.Current = o with
        {
            Precision = precision ?? o.Precision,
            Threshold = threshold ?? o.Threshold,
            EdgeItems = edgeitems ?? o.EdgeItems,
            LineWidth = linewidth ?? o.LineWidth,
            SciMode = sci_mode,
        };
    }

    public partial class Tensor
    {
        /// <summary>What PyTorch prints. This computes the value.</summary>
        public override string ToString() => this is Modules.Parameter ? "Parameter containing:\n" + Printer.Repr(this) : Printer.Repr(this);

        /// <summary>Without a format as ToString(). A 0-dim tensor's number in the given format ("F2", or Python's ".2f"); others take no format.</summary>
        public string ToString(string? format, IFormatProvider? formatProvider)
        {
            if (format is null) return ToString();
            if (Sizes.Length > 0 || is_meta)
                return string.IsNullOrEmpty(format) ? ToString() : throw new TorchTypeException("unsupported format string passed to Tensor.__format__");
            return PythonFormat.Number(item(), format ?? "", formatProvider ?? CultureInfo.InvariantCulture);
        }

        /// <summary>With the values, or only a description.</summary>
        public string ToString(bool disamb, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null) =>
            ToString(disamb ? TensorStringStyle.Default : TensorStringStyle.Metadata, fltFormat, width, cultureInfo, newLine);

        public string ToString(TensorStringStyle style, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null)
        {
            var text = style switch
            {
                TensorStringStyle.Default => Printer.Repr(this),
                TensorStringStyle.Metadata => StyledPrinter.Head(this),
                _ => new StyledPrinter(style, fltFormat ?? "g5", width ?? 100, cultureInfo ?? CultureInfo.InvariantCulture).Print(this),
            };
            return newLine is null or "\n" ? text : text.Replace("\n", newLine);
        }
    }
}

public static partial class TensorExtensionMethods
{
    public static string str(this Tensor tensor, string? fltFormat = null, int? width = null, string? newLine = null, CultureInfo? cultureInfo = null, TensorStringStyle style = TensorStringStyle.Default) =>
        tensor.ToString(style, fltFormat, width, cultureInfo, newLine);

    public static string jlstr(this Tensor tensor, string? fltFormat = null, int? width = null, string? newLine = null, CultureInfo? cultureInfo = null) =>
        tensor.ToString(TensorStringStyle.Julia, fltFormat, width, cultureInfo, newLine);

    public static string npstr(this Tensor tensor, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null) =>
        tensor.ToString(TensorStringStyle.Numpy, fltFormat, width, cultureInfo, newLine);

    public static string cstr(this Tensor tensor, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null) =>
        tensor.ToString(TensorStringStyle.CSharp, fltFormat, width, cultureInfo, newLine);

    public static string metastr(this Tensor tensor) => tensor.ToString(TensorStringStyle.Metadata);

    /// <summary>Prints to the console and gives the tensor back.</summary>
    public static Tensor print(this Tensor t, string? fltFormat = "g5", int? width = 100, string? newLine = null, CultureInfo? cultureInfo = null, TensorStringStyle style = TensorStringStyle.Default)
    {
        Console.WriteLine(t.ToString(style, fltFormat, width, cultureInfo, newLine));
        return t;
    }
}

/// <summary>PyTorch's printing.</summary>
internal static unsafe class Printer
{
    internal static string Repr(Tensor t, string prefix = "tensor(")
    {
        var suffixes = new List<string>();
        var options = torch.PrintOptions.Current;
        var standard = Build.defaultDType();
        var size = "size=" + Tuple(t.Sizes);
        string body;
        if (t.is_meta)
        {
            suffixes.Add("device='meta'");
            suffixes.Add(size);
            if (!t.DType.Equals(standard)) suffixes.Add($"dtype={t.DType}");
            body = "...";
        }
        else if (t.Count == 0)
        {
            if (t.Sizes.Length != 1) suffixes.Add(size);
            if (!t.DType.Equals(standard)) suffixes.Add($"dtype={t.DType}");
            body = "[]";
        }
        else
        {
            var complex = standard.Equals(DType.Float64) ? DType.Complex128 : DType.Complex64;
            if (!(t.DType.Equals(standard) || t.DType.Equals(complex) || t.DType.Equals(DType.Int64) || t.DType.Equals(DType.Bool))) suffixes.Add($"dtype={t.DType}");
            body = Body(t, prefix.Length, options);
        }
        string? history = null;
        try
        {
            history = t.grad_fn?.Name;
        }
        catch (TorchException)
        {
            history = "Invalid";
        }
        if (history is not null) suffixes.Add($"grad_fn=<{history}>");
        else if (t.requires_grad) suffixes.Add("requires_grad=True");
        return WithSuffixes(prefix + body, suffixes, prefix.Length, options.LineWidth);
    }

    /// <summary>The values alone, in brackets.</summary>
    internal static string Values(Tensor t) => t.Count == 0 ? "[]" : Body(t, 0, torch.PrintOptions.Current);

    internal static string Tuple(long[] sizes) => sizes.Length == 1 ? $"({sizes[0]},)" : "(" + string.Join(", ", sizes) + ")";

    internal static string WithSuffixes(string text, List<string> suffixes, int indent, int width)
    {
        var result = new StringBuilder(text);
        var last = text.Length - text.LastIndexOf('\n') + 1;
        foreach (var suffix in suffixes)
        {
            if (last + suffix.Length + 2 > width)
            {
                result.Append(",\n").Append(' ', indent).Append(suffix);
                last = indent + suffix.Length;
            }
            else
            {
                result.Append(", ").Append(suffix);
                last += suffix.Length + 2;
            }
        }
        return result.Append(')').ToString();
    }

    private static string Body(Tensor t, int indent, torch.PrintOptions options)
    {
        var block = t.Read(out var holder);
        var summarize = t.Count > options.Threshold;
        var shown = new List<object>();
        Collect(block, 0, 0, summarize, options.EdgeItems, shown);
        var printer = new Body_(block, indent, summarize, options, shown);
        var text = printer.Print();
        GC.KeepAlive(holder);
        return text;
    }

    /// <summary>The elements that a summary shows: widths are computed from these alone.</summary>
    private static void Collect(Kernels.Block b, int d, long offset, bool summarize, int edge, List<object> into)
    {
        if (d == b.Rank)
        {
            into.Add(Elements.Python(Elements.Box(b.Pointer + (offset * Kernels.ElementTypes.Size(b.Type)), b.Type)));
            return;
        }
        var n = b.Sizes[d];
        for (long i = 0; i < n; i++)
        {
            if (summarize && n > 2 * edge && i >= edge && i < n - edge)
            {
                i = n - edge - 1;
                continue;
            }
            Collect(b, d + 1, offset + (i * b.Strides[d]), summarize, edge, into);
        }
    }

    private sealed class Body_(Kernels.Block block, int indent, bool summarize, torch.PrintOptions options, List<object> shown)
    {
        private readonly NumberFormat _real = new(shown.ConvertAll(v => v is Complex c ? c.Real : v), options);
        private readonly NumberFormat? _imaginary = shown.Count > 0 && shown[0] is Complex ? new NumberFormat(shown.ConvertAll(v => (object)((Complex)v).Imaginary), options) : null;

        internal string Print() => Part(0, 0, indent);

        private string Element(long offset)
        {
            var value = Elements.Python(Elements.Box(block.Pointer + (offset * Kernels.ElementTypes.Size(block.Type)), block.Type));
            if (_imaginary is null) return _real.Format(value);
            var z = (Complex)value;
            var imaginary = (_imaginary.Format(z.Imaginary) + "j").TrimStart();
            return _real.Format(z.Real) + (imaginary[0] is '+' or '-' ? imaginary : "+" + imaginary);
        }

        private string Part(int d, long offset, int at)
        {
            if (d == block.Rank) return Element(offset);
            var n = block.Sizes[d];
            var cut = summarize && n > 2 * options.EdgeItems;
            var parts = new List<string>();
            if (d == block.Rank - 1)
            {
                if (summarize && options.EdgeItems == 0) parts.Add("...");
                else
                    for (long i = 0; i < n; i++)
                    {
                        if (cut && i == options.EdgeItems)
                        {
                            parts.Add(" ...");
                            i = n - options.EdgeItems;
                        }
                        parts.Add(Element(offset + (i * block.Strides[d])));
                    }
                var length = _real.Width + 2 + (_imaginary is null ? 0 : _imaginary.Width + 1);
                var each = Math.Max(1, (int)Math.Floor((options.LineWidth - at) / (double)length));
                var lines = parts.Chunk(each).Select(line => string.Join(", ", line));
                return "[" + string.Join(",\n" + new string(' ', at + 1), lines) + "]";
            }
            for (long i = 0; i < n; i++)
            {
                if (cut && i == options.EdgeItems)
                {
                    parts.Add("...");
                    i = n - options.EdgeItems;
                    if (i >= n) break;
                }
                parts.Add(Part(d + 1, offset + (i * block.Strides[d]), at + 1));
            }
            return "[" + string.Join("," + new string('\n', block.Rank - 1 - d) + new string(' ', at + 1), parts) + "]";
        }
    }

    /// <summary>How the numbers of one tensor are written: whether as whole numbers, fixed or scientific, and how wide.</summary>
    private sealed class NumberFormat
    {
        private readonly bool _floating, _whole = true, _scientific;
        private readonly int _precision;

        internal NumberFormat(List<object> values, torch.PrintOptions options)
        {
            _precision = options.Precision;
            _floating = values.Count > 0 && values[0] is double;
            Width = 1;
            if (!_floating)
            {
                foreach (var v in values) Width = Math.Max(Width, Plain(v).Length);
                return;
            }
            var finite = values.ConvertAll(v => (double)v).FindAll(v => double.IsFinite(v) && v != 0);
            if (finite.Count == 0) return;
            var (min, max) = (finite.Min(Math.Abs), finite.Max(Math.Abs));
            _whole = finite.TrueForAll(v => v == Math.Ceiling(v));
            _scientific = options.SciMode ?? (max / min > 1000.0 || max > 1e8 || (!_whole && min < 1e-4));
            foreach (var v in finite)
                Width = Math.Max(Width, _scientific ? PythonFormat.Scientific(v, _precision).Length : _whole ? PythonFormat.Fixed(v, 0).Length + 1 : PythonFormat.Fixed(v, _precision).Length);
        }

        internal int Width { get; }

        internal string Format(object value)
        {
            string text;
            if (!_floating) text = Plain(value);
            else
            {
                var v = (double)value;
                if (_scientific) text = PythonFormat.Scientific(v, _precision);
                else if (_whole) text = PythonFormat.Fixed(v, 0) + (double.IsFinite(v) ? "." : "");
                else text = PythonFormat.Fixed(v, _precision);
            }
            return text.PadLeft(Width);
        }

        private static string Plain(object v) => v is bool b ? (b ? "True" : "False") : Convert.ToString(v, CultureInfo.InvariantCulture)!;
    }
}

/// <summary>Python's number formats.</summary>
internal static class PythonFormat
{
    /// <summary>"{:format}" of a number; formats that are not Python's are .NET's.</summary>
    internal static string Number(object value, string format, IFormatProvider culture)
    {
        if (format.Length == 0) return Plain(value);
        if (format[0] == '.' && format.Length > 2 && int.TryParse(format.AsSpan(1, format.Length - 2), out var precision) && value is not Complex)
        {
            var r = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            if (format[^1] == 'f') return Fixed(r, precision);
            if (format[^1] == 'e') return Scientific(r, precision);
        }
        return ((IFormattable)value).ToString(format, culture);
    }

    /// <summary>Python's str() of a number.</summary>
    private static string Plain(object value)
    {
        if (value is bool b) return b ? "True" : "False";
        if (value is Complex c) return $"({Plain(c.Real)}{(c.Imaginary < 0 ? "" : "+")}{Plain(c.Imaginary)}j)";
        if (value is not double r) return Convert.ToString(value, CultureInfo.InvariantCulture)!;
        if (Special(r) is { } s) return s;
        var text = r.ToString("R", CultureInfo.InvariantCulture);
        if (r != 0 && (Math.Abs(r) < 1e-4 || Math.Abs(r) >= 1e16)) return r.ToString("0.################e+00", CultureInfo.InvariantCulture);
        return text.Contains('.') || text.Contains('E') ? text : text + ".0";
    }

    private static string? Special(double v) => double.IsNaN(v) ? "nan" : double.IsInfinity(v) ? (v > 0 ? "inf" : "-inf") : null;

    /// <summary>"{:.Nf}".</summary>
    internal static string Fixed(double v, int precision)
    {
        if (Special(v) is { } s) return s;
        var (negative, digits, exponent) = Exact(v);
        // The digit in front of the point has place 0; `exponent` is the place of the first digit.
        var keep = exponent + 1 + precision;
        (digits, exponent) = Rounded(digits, exponent, keep);
        var text = new StringBuilder();
        if (negative) text.Append('-');
        for (var place = Math.Max(exponent, 0); place >= -precision; place--)
        {
            if (place == -1) text.Append('.');
            var i = exponent - place;
            text.Append(i >= 0 && i < digits.Length ? digits[i] : '0');
        }
        return text.ToString();
    }

    /// <summary>"{:.Ne}".</summary>
    internal static string Scientific(double v, int precision)
    {
        if (Special(v) is { } s) return s;
        var (negative, digits, exponent) = Exact(v);
        (digits, exponent) = Rounded(digits, exponent, precision + 1);
        if (v == 0) exponent = 0;
        var text = new StringBuilder();
        if (negative) text.Append('-');
        text.Append(digits[0]);
        if (precision > 0) text.Append('.').Append(digits.AsSpan(1, Math.Min(precision, digits.Length - 1))).Append('0', Math.Max(0, precision + 1 - digits.Length));
        return text.Append('e').Append(exponent < 0 ? '-' : '+').Append(Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)).ToString();
    }

    /// <summary>Sign, digits and the power of ten of the first digit. Fifty digits tell every tie, for doubles differ in the eighteenth.</summary>
    private static (bool Negative, string Digits, int Exponent) Exact(double v)
    {
        var text = Math.Abs(v).ToString("E49", CultureInfo.InvariantCulture);
        var e = text.IndexOf('E');
        return (double.IsNegative(v), string.Concat(text.AsSpan(0, 1), text.AsSpan(2, e - 2)), int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
    }

    /// <summary>The first `keep` digits, rounded half to even. A carry may move the exponent.</summary>
    private static (string Digits, int Exponent) Rounded(string digits, int exponent, int keep)
    {
        if (keep >= digits.Length) return (digits, exponent);
        if (keep < 0) return ("0", exponent);
        var kept = digits[..keep].ToCharArray();
        var rest = digits.AsSpan(keep);
        var up = rest[0] > '5' || (rest[0] == '5' && (rest[1..].IndexOfAnyExcept('0') >= 0 || (keep > 0 && (kept[^1] - '0') % 2 == 1)));
        if (!up) return (keep == 0 ? "0" : new string(kept), exponent);
        for (var i = keep - 1; i >= 0; i--)
        {
            if (kept[i]++ < '9') return (new string(kept), exponent);
            kept[i] = '0';
        }
        return ("1" + new string(kept), exponent + 1);
    }
}

/// <summary>TorchSharp's other styles: Julia's, NumPy's and C#'s.</summary>
internal sealed unsafe class StyledPrinter(TensorStringStyle style, string format, int width, CultureInfo culture)
{
    internal static string Head(Tensor t)
    {
        var shape = string.Join("x", t.Sizes);
        return $"[{shape}], type = {t.dtype}, device = {t.device}";
    }

    internal string Print(Tensor t)
    {
        if (t.is_meta || t.Count == 0) return Head(t);
        var block = t.Read(out var holder);
        var texts = new string[t.Count];
        for (long i = 0; i < texts.Length; i++) texts[i] = Text(Elements.Python(Elements.Box(block.Pointer + (i * Kernels.ElementTypes.Size(block.Type)), block.Type)));
        GC.KeepAlive(holder);
        var pad = texts.Max(s => s.Length);
        for (var i = 0; i < texts.Length; i++) texts[i] = texts[i].PadLeft(pad);
        var text = new StringBuilder();
        if (style == TensorStringStyle.Julia)
        {
            text.Append(Head(t));
            if (t.Sizes.Length == 0) return text.Append(", value = ").Append(texts[0].Trim()).ToString();
            text.Append('\n');
            Julia(text, t.Sizes, texts);
            return text.ToString().TrimEnd('\n') + "\n";
        }
        if (style == TensorStringStyle.CSharp) text.Append(Head(t)).Append(", value = ");
        var (open, close, separator) = style == TensorStringStyle.CSharp ? ("{", "}", ", ") : ("[", "]", " ");
        Bracketed(text, t.Sizes, texts, 0, 0, open, close, separator);
        return text.ToString();
    }

    private string Text(object v) => v switch
    {
        bool b => style == TensorStringStyle.CSharp ? (b ? "true" : "false") : b ? "True" : "False",
        Complex c => c.Real.ToString(format, culture) + (c.Imaginary < 0 ? "-" : "+") + Math.Abs(c.Imaginary).ToString(format, culture) + "i",
        double d => d.ToString(format, culture),
        _ => Convert.ToString(v, culture)!,
    };

    /// <summary>Matrices one after the other, each headed by its indices.</summary>
    private void Julia(StringBuilder text, long[] sizes, string[] texts)
    {
        var columns = (int)sizes[^1];
        var rows = sizes.Length == 1 ? 1 : (int)sizes[^2];
        var matrices = texts.Length / (rows * columns);
        for (var m = 0; m < matrices; m++)
        {
            if (sizes.Length > 2)
            {
                var rest = m;
                var index = new string[sizes.Length - 2];
                for (var d = index.Length - 1; d >= 0; d--)
                {
                    index[d] = (rest % sizes[d]).ToString(CultureInfo.InvariantCulture);
                    rest /= (int)sizes[d];
                }
                text.Append('[').Append(string.Join(",", index)).Append(",..,..] =\n");
            }
            for (var r = 0; r < rows; r++)
            {
                var line = new StringBuilder();
                for (var c = 0; c < columns; c++)
                {
                    var next = " " + texts[(m * rows * columns) + (r * columns) + c];
                    if (line.Length + next.Length > width)
                    {
                        line.Append(" ...");
                        break;
                    }
                    line.Append(next);
                }
                text.Append(line).Append('\n');
            }
            if (m + 1 < matrices) text.Append('\n');
        }
    }

    private static int Bracketed(StringBuilder text, long[] sizes, string[] texts, int d, int at, string open, string close, string separator)
    {
        if (d == sizes.Length)
        {
            text.Append(texts[at]);
            return at + 1;
        }
        text.Append(open);
        for (long i = 0; i < sizes[d]; i++)
        {
            if (i > 0)
            {
                if (d == sizes.Length - 1) text.Append(separator);
                else text.Append(separator.TrimEnd()).Append('\n', sizes.Length - 1 - d).Append(' ', d + 1);
            }
            at = Bracketed(text, sizes, texts, d + 1, at, open, close, separator);
        }
        text.Append(close);
        return at;
    }
}
