// Copies cases with just the tensors that they use: a small part of a golden directory that is committed with the code.

using System.Text;
using System.Text.Json;
using Torch.Tests.Golden;

namespace Torch.Conformance;

internal static class Extract
{
    /// <summary>Writes at most so many bytes, and of each file at most so many cases, those that passed before the others; says what it wrote.</summary>
    internal static string Write(IReadOnlyList<CaseFile> files, IReadOnlyList<Outcome> outcomes, string directory, long max, int each)
    {
        var passed = outcomes.Where(o => o.Passed).Select(o => (o.File, o.Id)).ToHashSet();
        var asked = outcomes.Select(o => (o.File, o.Id)).ToHashSet();
        var (written, count) = (0L, 0);
        foreach (var file in files)
        {
            var golden = GoldenFile.Open(file.Path);
            var cases = golden.Cases.Where(c => asked.Contains((file.Name, c.Id))).ToArray();
            // A whole file keeps the cases that fail, so that its rate means something; a slice is of what works.
            if (each < int.MaxValue) cases = [.. Spread([.. cases.Where(c => passed.Contains((file.Name, c.Id)))], each)];
            if (cases.Length == 0) continue;
            var json = new StringBuilder($"{{\"source\": {JsonSerializer.Serialize(golden.Source)}, \"cases\": [\n");
            json.AppendJoin(",\n", cases.Select(c => Encoding.UTF8.GetString(GoldenJson.Strict(Encoding.UTF8.GetBytes(c.Json.GetRawText()))))).Append("\n]}\n");
            var tensors = Safetensors(cases.SelectMany(c => Keys(c.Json)).Distinct().ToDictionary(k => k, golden.Tensor));
            var bytes = Encoding.UTF8.GetBytes(json.ToString());
            if (written + bytes.Length + tensors.Length > max) continue;
            var path = Path.Combine(directory, file.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            System.IO.File.WriteAllBytes(path, bytes);
            System.IO.File.WriteAllBytes(Path.ChangeExtension(path, ".safetensors"), tensors);
            written += bytes.Length + tensors.Length;
            count += cases.Length;
        }
        return $"{count} cases, {written} bytes";
    }

    /// <summary>So many cases, of each kind (by the fields they have) in turn.</summary>
    private static IEnumerable<GoldenCase> Spread(GoldenCase[] cases, int count) =>
        cases.GroupBy(c => string.Join(' ', c.Json.EnumerateObject().Select(p => p.Name))).SelectMany(g => g.Select((c, i) => (c, i))).OrderBy(p => p.i).Select(p => p.c).Take(count);

    private static IEnumerable<string> Keys(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => p is { Name: "tensor" or "complex_tensor", Value.ValueKind: JsonValueKind.String } ? [p.Value.GetString()!] : Keys(p.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Keys),
        _ => [],
    };

    internal static byte[] Safetensors(IReadOnlyDictionary<string, GoldenTensor> tensors)
    {
        var (header, data) = (new StringBuilder("{"), new MemoryStream());
        foreach (var (key, t) in tensors)
        {
            if (header.Length > 1) header.Append(',');
            header.Append($"{JsonSerializer.Serialize(key)}:{{\"dtype\":\"{t.DType}\",\"shape\":[{string.Join(',', t.Shape)}],\"data_offsets\":[{data.Length},{data.Length + t.Data.Length}]}}");
            data.Write(t.Data.Span);
        }
        // The header is padded so that the data begin at a multiple of eight.
        header.Append('}');
        header.Append(' ', (8 - (Encoding.UTF8.GetByteCount(header.ToString()) % 8)) % 8);
        var text = Encoding.UTF8.GetBytes(header.ToString());
        return [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. data.ToArray()];
    }
}
