// The part of the recorded cases that is committed (tests/golden), run by the conformance runner: a fresh clone tests itself against PyTorch.

using Torch.Conformance;
using Xunit;
using Xunit.Abstractions;

namespace Torch.Tests;

/// <summary>Cases set the default generator, the default dtype and print options of the process: no other test may run beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class ConformanceTests(ITestOutputHelper output)
{
    /// <summary>Areas and the share of their cases that must pass.</summary>
    public static TheoryData<string, double> Areas => new()
    {
        { "views.json", 0.97 },
        { "autograd_programs.json", 0.90 },
        { "indexing_get.json", 0.98 },
        { "indexing_set.json", 0.98 },
        { "inplace_functions.json", 0.92 },
        { "index_put.json", 0.85 },
        { "printing.json", 0.95 },
        { "scalars.json", 0.97 },
    };

    [Theory]
    [MemberData(nameof(Areas))]
    public void Recorded_cases_pass_at_the_rate_that_was_reached(string file, double rate)
    {
        var outcomes = new Runner(null, 1).Run(Runner.Walk([Path.Combine(Folder, file)]));
        foreach (var o in outcomes.Where(o => !o.Passed)) output.WriteLine($"{o.Status} {o.Id} {o.Call}: {o.Why}");
        Assert.NotEmpty(outcomes);
        Assert.True(outcomes.Count(o => o.Passed) >= rate * outcomes.Count, Report.Line(file, outcomes));
    }

    [Theory]
    [InlineData("ops")]
    [InlineData("ops_errors")]
    [InlineData("random")]
    public void The_slices_of_other_areas_pass(string area)
    {
        var outcomes = new Runner(null, 1).Run(Runner.Walk([Path.Combine(Folder, area)]));
        foreach (var o in outcomes.Where(o => !o.Passed)) output.WriteLine($"{o.Status} {o.File} {o.Id} {o.Call}: {o.Why}");
        Assert.NotEmpty(outcomes);
        Assert.All(outcomes, o => Assert.True(o.Passed, $"{o.File} {o.Id}: {o.Why}"));
    }

    /// <summary>tests/golden of the repository that the tests were built in.</summary>
    internal static string Folder { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Torch.Suite.sln"))) return Path.Combine(folder.FullName, "tests", "golden");
        throw new DirectoryNotFoundException("the tests run outside of the repository");
    }
}
