// Runs the files of golden directories, several at a time. Each case is done by a worker thread; a case that takes longer than the limit counts as failed, its thread is left
// behind and a new one goes on. Cases that touch what all threads share (the default generator, the default dtype, print options) run alone.

using System.Text;
using Torch.Tests.Golden;

namespace Torch.Conformance;

/// <summary>A file of cases and the name that reports call it by.</summary>
internal sealed record CaseFile(string Path, string Name);

internal sealed class Runner(string? filter, int jobs, TimeSpan? limit = null)
{
    private readonly TimeSpan _limit = limit ?? TimeSpan.FromSeconds(60);
    private readonly ReaderWriterLockSlim _shared = new();

    /// <summary>All files of cases in these directories, by name.</summary>
    internal static List<CaseFile> Walk(IEnumerable<string> directories) =>
        [.. directories.SelectMany(d => System.IO.File.Exists(d) ? [new CaseFile(d, Path.GetFileName(d))]
            : Directory.EnumerateFiles(d, "*.json", SearchOption.AllDirectories).Where(HoldsCases).Select(f => new CaseFile(f, $"{Path.GetFileName(Path.GetFullPath(d))}/{Path.GetRelativePath(d, f)}")))
            .OrderBy(f => f.Name, StringComparer.Ordinal)];

    /// <summary>Other JSON lies beside the cases in some areas (configurations of models, notebooks).</summary>
    private static bool HoldsCases(string path)
    {
        using var reader = new StreamReader(path, Encoding.UTF8);
        var head = new char[8192];
        var text = new string(head, 0, reader.ReadBlock(head));
        return text.TrimStart().StartsWith('{') && text.Contains("\"cases\"", StringComparison.Ordinal);
    }

    /// <summary>The outcomes of all cases, in the order of files and cases.</summary>
    internal List<Outcome> Run(IReadOnlyList<CaseFile> files, Action<CaseFile, IReadOnlyList<Outcome>>? done = null)
    {
        var results = new List<Outcome>[files.Count];
        var next = -1;
        var threads = Enumerable.Range(0, Math.Max(1, jobs)).Select(_ => new Thread(() =>
        {
            using var worker = new Worker(_limit);
            while (Interlocked.Increment(ref next) is var i && i < files.Count)
            {
                results[i] = RunFile(files[i], worker);
                if (done is null) continue;
                lock (results) done(files[i], results[i]);
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return [.. results.SelectMany(r => r)];
    }

    private List<Outcome> RunFile(CaseFile file, Worker worker)
    {
        GoldenFile golden;
        try
        {
            golden = GoldenFile.Open(file.Path);
        }
        catch (Exception e)
        {
            return [new Outcome(file.Name, "", "", Status.Failed, $"the file cannot be read: {e.Message}")];
        }
        var outcomes = new List<Outcome>();
        foreach (var c in golden.Cases)
        {
            if (filter is not null && !$"{file.Name} {c.Id} {c.Call}".Contains(filter, StringComparison.OrdinalIgnoreCase)) continue;
            var alone = CaseRun.NeedsPeace(c);
            if (alone) _shared.EnterWriteLock();
            else _shared.EnterReadLock();
            try
            {
                outcomes.Add(worker.Do(() => CaseRun.Run(c, file.Name)) ?? new Outcome(file.Name, c.Id, c.Call, Status.Failed, $"took more than {_limit.TotalSeconds:F0} s"));
            }
            finally
            {
                if (alone) _shared.ExitWriteLock();
                else _shared.ExitReadLock();
            }
        }
        return outcomes;
    }
}
