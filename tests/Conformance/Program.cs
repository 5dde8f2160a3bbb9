// The conformance runner: does recorded calls of PyTorch with our public surface and says which give the same.
//
//   dotnet run -c Release --project tests/Conformance -- --golden DIR [--golden DIR ..] [--filter TEXT] [--report FILE.json] [--jobs N] [--causes] [--quiet]
//   dotnet run -c Release --project tests/Conformance -- --golden DIR --extract DIR --max BYTES [--each N] [--filter TEXT]
//
// The first runs all cases below the directories and ends with a line `N passed, N failed`. The second copies cases that pass, as many as fit, with the tensors that they use.

namespace Torch.Conformance;

internal static class Program
{
    private static int Main(string[] args)
    {
        var golden = new List<string>();
        string? filter = null, report = null, extract = null;
        var (jobs, max, each) = (Environment.ProcessorCount, 3_000_000L, int.MaxValue);
        var (causes, quiet) = (false, false);
        for (var i = 0; i < args.Length; i++)
        {
            string Next() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} wants a value");
            switch (args[i])
            {
                case "--golden": golden.Add(Next()); break;
                case "--filter": filter = Next(); break;
                case "--report": report = Next(); break;
                case "--jobs": jobs = int.Parse(Next(), System.Globalization.CultureInfo.InvariantCulture); break;
                case "--extract": extract = Next(); break;
                case "--max": max = long.Parse(Next(), System.Globalization.CultureInfo.InvariantCulture); break;
                case "--each": each = int.Parse(Next(), System.Globalization.CultureInfo.InvariantCulture); break;
                case "--causes": causes = true; break;
                case "--quiet": quiet = true; break;
                default:
                    Console.Error.WriteLine($"unknown argument {args[i]}; see the head of Program.cs");
                    return 2;
            }
        }
        if (golden.FirstOrDefault(d => !Directory.Exists(d) && !System.IO.File.Exists(d)) is { } absent || golden.Count == 0)
        {
            Console.Error.WriteLine(golden.Count == 0 ? "no --golden directory" : $"there is no {golden.First(d => !Directory.Exists(d) && !System.IO.File.Exists(d))}");
            return 2;
        }
        var files = Runner.Walk(golden);
        var outcomes = new Runner(filter, jobs).Run(files, quiet || extract is not null ? null : Print);
        if (extract is not null)
        {
            Console.WriteLine(Extract.Write(files, outcomes, extract, max, each));
            return 0;
        }
        if (report is not null) Report.WriteJson(report, outcomes);
        if (causes)
            foreach (var line in Report.Causes(outcomes)) Console.WriteLine(line);
        Console.WriteLine($"{outcomes.Count(o => o.Passed)} passed, {outcomes.Count(o => !o.Passed)} failed");
        return outcomes.All(o => o.Passed) ? 0 : 1;

        void Print(CaseFile file, IReadOnlyList<Outcome> done)
        {
            if (done.Count == 0) return;
            Console.WriteLine(Report.Line(file.Name, done));
            if (causes) return;
            foreach (var o in done.Where(o => !o.Passed)) Console.WriteLine($"  {o.Status.ToString().ToLowerInvariant()} {o.Id} {o.Call}: {o.Why}");
        }
    }
}
