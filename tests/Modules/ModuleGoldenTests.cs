// The recorded cases of golden/nn, by folder, and the share of each that must pass. With TORCH_NN_REPORT set, what fails is written to that file.

using Torch.Conformance;
using Torch.Tests.Golden;
using Xunit;
using Xunit.Abstractions;

namespace Torch.Tests.Recorded;

[Collection(nameof(Alone))]
public sealed class ModuleGoldenTests(ITestOutputHelper output)
{
    [SharedTheory("golden/nn")]
    [InlineData("modules", 0.89)]
    [InlineData("functional", 0.78)]
    [InlineData("init", 0.98)]
    [InlineData("optim", 0.77)]
    [InlineData("lr_scheduler", 0.84)]
    public void Recorded_cases_pass_at_the_rate_that_was_reached(string folder, double rate)
    {
        var outcomes = new List<Outcome>();
        var only = Environment.GetEnvironmentVariable("TORCH_NN_FILES")?.Split(',');
        foreach (var path in Directory.GetFiles(Shared.Path("golden/nn/" + folder), "*.json").Order())
        {
            if (only is not null && !only.Contains(Path.GetFileNameWithoutExtension(path))) continue;
            foreach (var c in GoldenFile.Open(path).Cases)
                outcomes.Add(ModuleReplay.Run(c, r =>
                {
                    if (folder == "modules") r.Module();
                    else if (folder == "optim") r.Optimizer();
                    else if (folder == "lr_scheduler") r.Schedule();
                    else r.Function();
                }));
        }
        var failed = outcomes.Where(o => !o.Passed).ToList();
        var lines = failed.Select(o => $"{o.Status} {o.File} {o.Id}: {o.Why}").ToList();
        if (Environment.GetEnvironmentVariable("TORCH_NN_REPORT") is { } report) File.AppendAllLines(report, [$"== {folder}: {outcomes.Count - failed.Count} of {outcomes.Count}", .. lines]);
        foreach (var line in lines.Take(200)) output.WriteLine(line);
        Assert.NotEmpty(outcomes);
        Assert.True(outcomes.Count - failed.Count >= rate * outcomes.Count, $"{folder}: {outcomes.Count - failed.Count} of {outcomes.Count} passed");
    }
}
