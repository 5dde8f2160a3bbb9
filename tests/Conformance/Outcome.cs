// What came of a case.

namespace Torch.Conformance;

internal enum Status { Passed, Failed, Missing }

/// <param name="Why">Empty where the case passed.</param>
internal sealed record Outcome(string File, string Id, string Call, Status Status, string Why)
{
    internal bool Passed => Status == Status.Passed;
}

/// <summary>Findings about one case, each with the part of the case that it is about.</summary>
internal sealed class Findings
{
    private readonly List<string> _wrong = [];
    private readonly List<string> _missing = [];

    internal bool Any => _wrong.Count + _missing.Count > 0;

    internal void Add(string part, string? difference)
    {
        if (difference is not null) _wrong.Add(part.Length == 0 ? difference : $"{part}: {difference}");
    }

    /// <summary>Does a part of a case and notes what goes wrong in it.</summary>
    internal void Try(string part, Action action)
    {
        try
        {
            action();
        }
        catch (MissingException e)
        {
            _missing.Add(e.Message);
        }
        catch (Exception e)
        {
            Add(part, Describe(e));
        }
    }

    /// <summary>An exception with the places in our code that it came from.</summary>
    internal static string Describe(Exception e)
    {
        if (e is RefusedException or UnknownFormException) return e.Message;
        if (e is System.Reflection.TargetInvocationException { InnerException: { } inner }) return Describe(inner);
        var at = e.StackTrace?.Split('\n').Select(l => l.Trim()).Where(l => !l.Contains("Torch.Conformance", StringComparison.Ordinal) && !l.Contains("System.", StringComparison.Ordinal)).Take(3)
            .Select(l => l.Length > 120 ? l[..120] : l) ?? [];
        return $"{e.GetType().Name}: {Errors.FirstLine(e.Message)} {string.Join(" < ", at)}";
    }

    internal Outcome Outcome(string file, string id, string call) =>
        _wrong.Count > 0 ? new Outcome(file, id, call, Status.Failed, string.Join(" | ", _wrong.Concat(_missing)))
        : _missing.Count > 0 ? new Outcome(file, id, call, Status.Missing, string.Join(" | ", _missing.Distinct()))
        : new Outcome(file, id, call, Status.Passed, "");
}
