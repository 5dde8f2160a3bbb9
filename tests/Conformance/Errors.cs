// Exceptions: is ours of the kind that stands for PyTorch's, and does its message say the same? Every quoted name, number and shape of the recorded message must occur
// in ours, case and punctuation aside. Of `"add_cpu" not implemented for 'Half'` only the dtype counts: the name is that of a kernel inside PyTorch.

using System.Text;
using System.Text.RegularExpressions;

namespace Torch.Conformance;

internal static partial class Errors
{
    /// <summary>How messages of other exceptions begin that are about the kind of a Python value, which C# cannot even write down.</summary>
    private static readonly string[] s_aboutKinds = ["only integers, slices", "Could not infer dtype of", "too many dimensions 'str'", "Overflow when unpacking"];

    /// <summary>Null where the exception is as recorded.</summary>
    internal static string? Compare(string type, string message, Exception actual)
    {
        if (actual is MissingException or UnknownFormException) throw actual;
        // What Python's argument parser refuses at run time C# refuses when overloads are chosen.
        var parsed = type is "TypeError" or "AttributeError" || s_aboutKinds.Any(k => message.StartsWith(k, StringComparison.Ordinal));
        if (actual is RefusedException) return parsed ? null : $"expected {type}: {message}; {actual.Message}";
        if (!IsKind(type, actual)) return $"expected {type}, got {actual.GetType().Name}: {FirstLine(actual.Message)} (wanted: {message})";
        var ours = $" {Words(actual.Message)} ";
        var missing = Tokens(message).Where(t => !ours.Contains($" {t} ", StringComparison.Ordinal)).ToArray();
        return missing.Length == 0 ? null : $"the message lacks {string.Join(", ", missing.Select(m => $"'{m}'"))}: expected \"{message}\", got \"{FirstLine(actual.Message)}\"";
    }

    private static bool IsKind(string type, Exception e) => type switch
    {
        "RuntimeError" => e is TorchException,
        "LinAlgError" => e is LinAlgException,
        "ValueError" => e is ArgumentException and not TorchTypeException,
        "TypeError" => e is TorchTypeException,
        "IndexError" => e is IndexOutOfRangeException,
        "NotImplementedError" => e is NotSupportedException,
        "AssertionError" => e is TorchException or ArgumentException,
        "AttributeError" => e is TorchTypeException,
        _ => throw new UnknownFormException($"an exception of type {type}"),
    };

    private static IEnumerable<string> Tokens(string message)
    {
        if (NotImplemented().Match(message) is { Success: true } m) return [Words(m.Groups[1].Value)];
        return Quoted().Matches(message).Select(q => Words(q.Groups.Values.Skip(1).First(g => g.Success).Value))
            .Concat(Shape().Matches(message).Select(s => Words(s.Value))).Concat(Number().Matches(message).Select(n => Words(n.Value)))
            .Where(t => t.Length > 0).Distinct();
    }

    /// <summary>Words and numbers in lower case with single spaces between; signs and points stay where they belong to a number.</summary>
    private static string Words(string text)
    {
        var words = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var number = c is '-' or '.' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]) && (c == '.' ? i > 0 && char.IsAsciiDigit(text[i - 1]) : i == 0 || !char.IsAsciiLetterOrDigit(text[i - 1]));
            if (char.IsAsciiLetterOrDigit(c) || c == '_' || number) words.Append(char.ToLowerInvariant(c));
            else if (words.Length > 0 && words[^1] != ' ') words.Append(' ');
        }
        return words.ToString().TrimEnd();
    }

    internal static string FirstLine(string message) => message.Split('\n')[0];

    [GeneratedRegex("""^"[^"]*" not implemented for '([^']*)'""")]
    private static partial Regex NotImplemented();

    // An apostrophe within a word opens no quotation.
    [GeneratedRegex("""(?<![A-Za-z0-9])'([^']*)'(?![A-Za-z0-9])|"([^"]*)"|`([^`]*)`""")]
    private static partial Regex Quoted();

    [GeneratedRegex("""[\[(]-?\d+(?:, ?-?\d+)*,?[\])]|\d+(?:x\d+)+""")]
    private static partial Regex Shape();

    [GeneratedRegex("""(?<![A-Za-z0-9_.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?D?(?![A-Za-z0-9_])""")]
    private static partial Regex Number();
}
