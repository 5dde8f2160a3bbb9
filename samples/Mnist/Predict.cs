// Names the digit in one picture: a PGM file, an image of an IDX file (FILE#N), or a built-in one (#N).
using Torch.Kernels;
using Torch.Vision.Io;
using static Torch.torch;
using static Torch.torch.nn;

namespace Torch.Samples;

/// <summary>A picture of one digit: 28 x 28 bytes, ink is bright.</summary>
internal static class Picture
{
    private const string Shades = " .:-=+*#%@";

    /// <summary>Reads what the option names.</summary>
    public static byte[] Read(string what)
    {
        var hash = what.LastIndexOf('#');
        // A file whose name happens to hold a '#' is still a file.
        if (hash < 0 || File.Exists(what)) return Pgm.Read(what);
        if (!int.TryParse(what.AsSpan(hash + 1), out var number) || number < 0) throw new InputException($"--predict {what}: after # comes the number of an image, from 0");
        var images = hash == 0 ? Digits.BuiltInImages() : Idx.Read(what[..hash]);
        if (images.Type != ElementType.UInt8 || images.Shape is not [_, Digits.Side, Digits.Side]) throw new InputException($"{what[..hash]}: not an IDX file of N x 28 x 28 bytes");
        if (number >= images.Shape[0]) throw new InputException($"--predict {what}: there are images 0 to {images.Shape[0] - 1}");
        return images.Data.AsSpan(number * Digits.Side * Digits.Side, Digits.Side * Digits.Side).ToArray();
    }

    /// <summary>The picture in characters, two to a pixel.</summary>
    public static IEnumerable<string> Draw(byte[] pixels) =>
        pixels.Chunk(Digits.Side).Select(row => string.Concat(row.Select(p => new string(Shades[p * Shades.Length / 256], 2))).TrimEnd());

    /// <summary>The probability of each digit.</summary>
    public static float[] Classify(Module<Tensor, Tensor> model, byte[] pixels)
    {
        using var _ = no_grad();
        model.eval();
        var image = Digits.Prepare(tensor(pixels, [1, Digits.Side, Digits.Side], dtype: ScalarType.Byte));
        return functional.softmax(model.call(image), 1).data<float>().ToArray();
    }
}

/// <summary>The PGM format: P5 (bytes) or P2 (numbers in text), with comments. Source: netpbm, pgm(5).</summary>
internal static class Pgm
{
    /// <summary>No picture of 28 x 28 needs more, and nothing larger is read.</summary>
    private const int MaxBytes = 1 << 20;

    public static byte[] Read(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length > MaxBytes) throw new InputException($"{path}: {file.Length} bytes are too many for a picture of 28 x 28");
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return Parse(bytes, path);
    }

    internal static byte[] Parse(byte[] bytes, string name)
    {
        if (bytes is not [(byte)'P', (byte)'2' or (byte)'5', ..]) throw new InputException($"{name}: no PGM file (P2 or P5)");
        var at = 2;
        var (width, height, maximum) = (Number(), Number(), Number());
        if (width != Digits.Side || height != Digits.Side) throw new InputException($"{name}: the picture is {width} x {height}, not 28 x 28");
        if (maximum is < 1 or > 65535) throw new InputException($"{name}: the maximum {maximum} is not between 1 and 65535");
        var pixels = new byte[Digits.Side * Digits.Side];
        if (bytes[1] == '2')
        {
            for (var i = 0; i < pixels.Length; i++) pixels[i] = Scaled(Number());
            return pixels;
        }
        at++; // one blank after the header
        var size = maximum < 256 ? 1 : 2;
        if (bytes.Length - at < pixels.Length * size) throw new InputException($"{name}: {Math.Max(bytes.Length - at, 0)} bytes of pixels where {pixels.Length * size} belong (truncated?)");
        for (var i = 0; i < pixels.Length; i++, at += size) pixels[i] = Scaled(size == 1 ? bytes[at] : bytes[at] << 8 | bytes[at + 1]);
        return pixels;

        byte Scaled(int value) =>
            value <= maximum ? (byte)((value * 255L + maximum / 2) / maximum) : throw new InputException($"{name}: a pixel of {value}, above the maximum {maximum}");

        int Number()
        {
            while (at < bytes.Length && (char.IsWhiteSpace((char)bytes[at]) || bytes[at] == '#'))
            {
                if (bytes[at] == '#')
                {
                    while (at < bytes.Length && bytes[at] != '\n') at++;
                }
                else
                {
                    at++;
                }
            }
            var (value, digits) = (0, 0);
            for (; at < bytes.Length && bytes[at] is >= (byte)'0' and <= (byte)'9' && digits < 9; at++, digits++) value = value * 10 + bytes[at] - '0';
            return digits > 0 ? value : throw new InputException($"{name}: a number is missing at byte {at}");
        }
    }
}
