// Tests that need data which is not in the repository: recorded cases, foreign files. The folder stands beside the repository, ../shared, or where
// the environment variable TORCH_SHARED says. Where it is absent these tests are skipped and say why.

using Xunit;

namespace Torch.Tests;

/// <summary>The folder of shared test data.</summary>
public static class Shared
{
    /// <summary>The folder, or null where there is none.</summary>
    public static string? Root { get; } = Find();

    /// <summary>A path below the folder, parts separated by '/'.</summary>
    public static string Path(string path) =>
        Root is null ? throw new DirectoryNotFoundException(Missing("")) : System.IO.Path.Combine([Root, .. path.Split('/')]);

    /// <summary>Why a test that needs this path (empty: the folder itself) is skipped, or null.</summary>
    public static string? SkipReason(string path)
    {
        if (Root is null) return Missing(path);
        var full = Path(path);
        return Directory.Exists(full) || File.Exists(full) ? null : $"{full} is absent";
    }

    private static string Missing(string path) =>
        $"the shared test data{(path == "" ? "" : $" ({path})")} is absent: put it in ../shared beside the repository or set TORCH_SHARED";

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("TORCH_SHARED") is { Length: > 0 } given) return Directory.Exists(given) ? given : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "Torch.Suite.sln"))) continue;
            var shared = System.IO.Path.Combine(folder.FullName, "..", "shared");
            return Directory.Exists(shared) ? System.IO.Path.GetFullPath(shared) : null;
        }
        return null;
    }
}

/// <summary>A fact that is skipped where the shared data, or this path in it, is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(string path = "") => Skip = Shared.SkipReason(path);
}

/// <summary>A theory that is skipped where the shared data, or this path in it, is absent. Its data must not be read from there at
/// discovery.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute(string path = "") => Skip = Shared.SkipReason(path);
}
