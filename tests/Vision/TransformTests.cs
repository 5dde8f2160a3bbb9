// torchvision.transforms against recorded results of torchvision.
using System.Runtime.InteropServices;
using System.Text.Json;
using Torch.Tests.Golden;
using Xunit;
using static Torch.torch;
using F = Torch.torchvision.transforms.functional;

namespace Torch.Tests.Vision;

// Alone, because a test counts what is drawn from the process' generator.
[Collection(nameof(Alone))]
public sealed class TransformTests
{
    [SharedTheory("golden/vision/functional")]
    [InlineData("convert_image_dtype")]
    [InlineData("normalize")]
    [InlineData("crop")]
    [InlineData("center_crop")]
    [InlineData("pad")]
    [InlineData("hflip")]
    [InlineData("vflip")]
    [InlineData("invert")]
    [InlineData("rgb_to_grayscale")]
    [InlineData("get_dimensions")]
    public void Functions_give_what_torchvision_gives(string function)
    {
        var file = GoldenFile.Open(Shared.Path($"golden/vision/functional/{function}.json"));
        var faults = new List<string>();
        foreach (var c in file.Cases)
        {
            // Symmetric padding is no mode of torch.nn.functional.pad; a crop by padding with negative numbers neither.
            if (c.Kwarg("padding_mode") is { } mode && mode.GetString() == "symmetric") continue;
            if (Check(c, function) is { } fault) faults.Add($"{c.Id}: {fault}");
        }
        Assert.NotEmpty(file.Cases);
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Fact]
    public void Compositions_apply_in_order()
    {
        var image = tensor(new byte[] { 0, 255, 51, 102 }, [1, 1, 2, 2], dtype: ScalarType.Byte);
        var transform = torchvision.transforms.Compose(
            torchvision.transforms.ToTensor(), torchvision.transforms.Normalize([0.5], [0.5]), torchvision.transforms.HorizontalFlip(),
            torchvision.transforms.Lambda(x => x * 10));
        var result = transform.call(image);
        Assert.Equal([1, 1, 2, 2], result.shape);
        Assert.True(Distance(result, tensor(new[] { 10f, -10f, -2f, -6f }, [1, 1, 2, 2])) < 1e-5, result.ToString());
    }

    [Fact]
    public void Random_transforms_draw_one_number_each()
    {
        var image = arange(4, dtype: ScalarType.Float32).reshape(1, 2, 2);
        manual_seed(0);
        var flip = torchvision.transforms.RandomHorizontalFlip(0.5);
        var flipped = Enumerable.Range(0, 20).Select(_ => !flip.call(image).Equals(image)).ToArray();
        manual_seed(0);
        Assert.Equal(Enumerable.Range(0, 20).Select(_ => rand(1).item<float>() < 0.5f), flipped);
        Assert.Throws<ArgumentException>(() => torchvision.transforms.RandomVerticalFlip(1.5));
    }

    private static string? Check(GoldenCase c, string function)
    {
        object result;
        try
        {
            result = Call(c, function);
        }
        catch (Exception e) when (c["throws"] is not null)
        {
            var expected = c["message"]!.Value.GetString();
            return e.Message == expected ? null : $"'{e.Message}' instead of '{expected}'";
        }
        if (c["throws"] is not null) return "nothing was thrown";
        if (result is ValueTuple<long, long, long> d) return GoldenJson.Int64s(c.Outputs[0]).SequenceEqual([d.Item1, d.Item2, d.Item3]) ? null : $"{d}";
        var (mine, theirs) = ((Tensor)result, Of(c.File.TensorOf(c.Outputs[0])!));
        if (!mine.shape.SequenceEqual(theirs.shape)) return $"({string.Join(", ", mine.shape)}) instead of ({string.Join(", ", theirs.shape)})";
        if (mine.dtype != theirs.dtype) return $"{mine.dtype} instead of {theirs.dtype}";
        return Distance(mine, theirs) is > 1e-6 and var distance ? $"off by {distance}" : null;
    }

    /// <summary>The largest difference of elements.</summary>
    private static double Distance(Tensor a, Tensor b) => a.numel() == 0 ? 0 : (a.to(ScalarType.Float64) - b.to(ScalarType.Float64)).abs().max().item<double>();

    private static object Call(GoldenCase c, string function)
    {
        var x = Of(c.File.TensorOf(c.Args[0])!);
        int Int(int at) => (int)GoldenJson.Int64(c.Args[at]);
        long[] Longs(JsonElement value) => GoldenJson.IsList(value) ? GoldenJson.Int64s(value) : [GoldenJson.Int64(value)];
        double[] Doubles(int at) => [.. GoldenJson.Items(c.Args[at]).Select(GoldenJson.Double)];
        switch (function)
        {
            case "convert_image_dtype": return F.convert_image_dtype(x, Type(GoldenJson.DType(c.Args[1])!));
            case "normalize": return F.normalize(x, Doubles(1), Doubles(2), x.dtype);
            case "crop": return F.crop(x, Int(1), Int(2), Int(3), Int(4));
            case "center_crop":
                var size = Longs(c.Args[1]);
                return F.center_crop(x, (int)size[0], (int)size[^1]);
            case "pad":
                var mode = c.Kwarg("padding_mode")?.GetString() switch
                {
                    "edge" => PaddingModes.Replicate,
                    "reflect" => PaddingModes.Reflect,
                    _ => PaddingModes.Constant,
                };
                return F.pad(x, Longs(c.Args[1]), c.Kwarg("fill") is { } fill ? GoldenJson.Double(fill) : 0, mode);
            case "hflip": return F.hflip(x);
            case "vflip": return F.vflip(x);
            case "invert": return F.invert(x);
            case "rgb_to_grayscale": return F.rgb_to_grayscale(x, c.Kwarg("num_output_channels") is { } n ? (int)GoldenJson.Int64(n) : 1);
            case "get_dimensions": return F.get_dimensions(x);
            default: throw new InvalidOperationException(function);
        }
    }

    private static ScalarType Type(string name) => name switch
    {
        "uint8" => ScalarType.Byte,
        "int8" => ScalarType.Int8,
        "int16" => ScalarType.Int16,
        "int32" => ScalarType.Int32,
        "int64" => ScalarType.Int64,
        "float16" => ScalarType.Float16,
        "float32" => ScalarType.Float32,
        "float64" => ScalarType.Float64,
        _ => throw new InvalidOperationException(name),
    };

    private static Tensor Of(GoldenTensor stored)
    {
        T[] Elements<T>() where T : struct => MemoryMarshal.Cast<byte, T>(stored.Data.Span).ToArray();
        return stored.DType switch
        {
            "U8" => tensor(Elements<byte>(), stored.Shape),
            "I8" => tensor(Elements<sbyte>(), stored.Shape),
            "I16" => tensor(Elements<short>(), stored.Shape),
            "I32" => tensor(Elements<int>(), stored.Shape),
            "I64" => tensor(Elements<long>(), stored.Shape),
            "F16" => tensor(Elements<Half>(), stored.Shape),
            "F32" => tensor(Elements<float>(), stored.Shape),
            "F64" => tensor(Elements<double>(), stored.Shape),
            _ => throw new InvalidOperationException(stored.DType),
        };
    }
}
