// An operation has one home. Its name stands there, in its kernel, in its public faces and in the table, and nowhere else: no pass and no other layer knows it.

using System.Text.RegularExpressions;
using Xunit;

namespace Torch.Tests.Promises;

public class HomeTests
{
    /// <summary>The code files of these folders in which the pattern occurs, comments aside.</summary>
    private static string[] Files(string pattern, params string[] folders) =>
        [.. Code.Where(f => folders.Any(folder => f.Name.StartsWith(folder, StringComparison.Ordinal)) && Regex.IsMatch(f.Text, pattern)).Select(f => f.Name)];

    private static readonly (string Name, string Text)[] Code = [.. new[] { "Core.FSharp", "Facade.CSharp", "Kernels.CSharp" }
        .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Repository.Root, f), "*.*", SearchOption.AllDirectories))
        .Where(f => f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".fs", StringComparison.Ordinal))
        .Select(f => Path.GetRelativePath(Repository.Root, f).Replace('\\', '/'))
        .Where(f => !f.Contains("/obj/") && !f.Contains("/bin/"))
        .Order(StringComparer.Ordinal)
        .Select(f => (f, string.Join('\n', File.ReadLines(Path.Combine(Repository.Root, f)).Select(l => Regex.Replace(l, @"^\s*//.*$|\s//.*$", "")))))];

    [Fact]
    public void EachNameOfTheTableIsDeclaredInOneHome()
    {
        var declared = Core.Ops.OpTable.modules.SelectMany(m => m.Item2.SelectMany(d => d.Aliases.Prepend(d.Name)).Distinct().Select(n => (Name: n, Home: m.Item1))).ToArray();
        Assert.True(declared.Length > 100);
        Assert.Empty(declared.GroupBy(d => d.Name).Where(g => g.Count() > 1).Select(g => $"{g.Key}: {string.Join(", ", g.Select(d => d.Home))}"));
    }

    [Theory]
    [InlineData("atan2", "Trigonometric")]
    [InlineData("asinh", "Trigonometric")]
    [InlineData("copysign", "Numeric")]
    [InlineData("logsumexp", "Reductions")]
    [InlineData("softmin", "Softmax")]
    [InlineData("searchsorted", "Sorting")]
    public void NothingElseInTheCoreNamesAnOperation(string name, string home) => Assert.Equal([$"Core.FSharp/Ops/{home}.fs"], Files($@"\b{name}(Word)?\b", "Core.FSharp"));

    [Theory]
    [InlineData("atan2")]
    [InlineData("asinh")]
    [InlineData("copysign")]
    public void AUniformOperationHasGeneratedFacesOnly(string name) =>
        Assert.Equal(["Facade.CSharp/Tensor.Pointwise.g.cs", "Facade.CSharp/torch.Pointwise.g.cs"], Files($@"\b{name}_?\b", "Facade.CSharp"));

    [Fact]
    public void ThePassesNameNoOperation()
    {
        string[] passes = ["Graph", "Simplify", "Schedule", "Lower", "Runtime", "Reverse", "Forward", "Batch", "Formula"];
        foreach (var name in new[] { "exp", "tanh", "relu", "atan2", "matmul", "softmax", "gather", "conv2d", "layer_norm", "cumsum" })
        {
            var found = Files($@"\b{name}(Word)?\b", "Core.FSharp").Intersect(passes.Select(p => $"Core.FSharp/{p}.fs"));
            Assert.True(!found.Any(), $"{name} is named by {string.Join(", ", found)}");
        }
    }
}
