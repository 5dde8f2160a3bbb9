// Reports: a line for each file, a line for each case that did not pass, the causes in order of how many cases they cost, and the same as JSON.

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Torch.Conformance;

internal static partial class Report
{
    /// <summary>One line for a file.</summary>
    internal static string Line(string file, IReadOnlyList<Outcome> outcomes) =>
        $"{file}: {outcomes.Count(o => o.Passed)} of {outcomes.Count} passed" + (outcomes.Count(o => o.Status == Status.Missing) is var m and > 0 ? $", {m} missing" : "");

    internal static void WriteJson(string path, IReadOnlyList<Outcome> outcomes)
    {
        using var stream = System.IO.File.Create(path);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteNumber("passed", outcomes.Count(o => o.Passed));
        json.WriteNumber("failed", outcomes.Count(o => !o.Passed));
        json.WriteNumber("missing", outcomes.Count(o => o.Status == Status.Missing));
        json.WriteStartObject("files");
        foreach (var file in outcomes.GroupBy(o => o.File))
        {
            json.WriteStartObject(file.Key);
            json.WriteNumber("passed", file.Count(o => o.Passed));
            json.WriteNumber("failed", file.Count(o => !o.Passed));
            json.WriteStartObject("cases");
            foreach (var o in file)
            {
                json.WriteStartObject(o.Id);
                json.WriteString("call", o.Call);
                json.WriteString("status", o.Status.ToString().ToLowerInvariant());
                if (!o.Passed) json.WriteString("why", o.Why);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>What is missing, by name, and what fails, by the kind of failure; the most costly first.</summary>
    internal static IEnumerable<string> Causes(IReadOnlyList<Outcome> outcomes)
    {
        var missing = outcomes.Where(o => o.Status == Status.Missing).SelectMany(o => o.Why.Split(" | ").Select(w => (w, o))).GroupBy(p => p.w).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal);
        foreach (var g in missing) yield return $"{g.Count(),6}  {g.Key}";
        var failed = outcomes.Where(o => o.Status == Status.Failed).GroupBy(o => Cause(o)).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal);
        foreach (var g in failed)
        {
            yield return $"{g.Count(),6}  {g.Key}";
            foreach (var o in g.Take(3)) yield return $"            {o.File} {o.Id} {o.Call}: {o.Why}";
        }
    }

    /// <summary>The reason without what differs from case to case.</summary>
    private static string Cause(Outcome o)
    {
        var why = o.Why.Split(" | ")[0];
        var general = Number().Replace(Quoted().Replace(why, "'..'"), "#");
        if (general.Length > 150) general = general[..150];
        return $"{(o.Call is "program" or "transform" ? "" : o.Call + ": ")}{general}";
    }

    [GeneratedRegex("""'[^']*'|"[^"]*"|\[[^\]]*\]""")]
    private static partial Regex Quoted();

    [GeneratedRegex("""-?\d+(\.\d+)?([eE][-+]?\d+)?""")]
    private static partial Regex Number();
}
