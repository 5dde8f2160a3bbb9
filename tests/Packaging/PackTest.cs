// The packages as their users get them: packed into a folder, and consumed from there by a new C# project and by an F# script. Each run has a version
// and a package cache of its own, so that nothing stale can answer. What others publish comes from the packages that are already on this machine, or from the feed.
using Xunit;
using Xunit.Abstractions;

namespace Torch.Tests.Packaging;

public sealed class PackTest(ITestOutputHelper log) : IDisposable
{
    private static readonly (string Project, string Package)[] Packages =
        [("Facade.CSharp", "Torch"), ("Core.FSharp", "Torch.Core"), ("Kernels.CSharp", "Torch.Kernels"), ("Vision", "Torch.Vision")];

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("torch-pack-").FullName;
    private readonly string _version = $"0.1.0-test{Guid.NewGuid():N}";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_new_project_and_a_script_use_the_packages()
    {
        var feed = Pack();
        Assert.Equal(
            Packages.Select(p => $"{p.Package}.{_version}.nupkg"),
            Directory.GetFiles(feed, "*.nupkg").Select(Path.GetFileName).Order(StringComparer.Ordinal));

        // Side by side: both mostly wait for compilers to start.
        var results = await Task.WhenAll(Task.Run(() => RunProject(feed)), Task.Run(() => RunScript(feed)));
        Assert.Equal(["7", "7"], results);
    }

    /// <summary>Packs what the Release build has made; makes it first where it is older than its sources.</summary>
    private string Pack()
    {
        var feed = Directory.CreateDirectory(Path.Combine(_folder, "feed")).FullName;
        if (!Packages.All(p => IsBuilt(p.Project, p.Package))) Run(Commands.Root, NoVariables, "build", Path.Combine(Commands.Root, "Vision"), "-c", "Release", "-v", "q");
        var all = Path.Combine(_folder, "pack.proj");
        var projects = string.Join(";", Packages.Select(p => Directory.GetFiles(Path.Combine(Commands.Root, p.Project), "*.*proj").Single()));
        File.WriteAllText(all, $"""
            <Project>
              <Target Name="Pack">
                <MSBuild Projects="{projects}" Targets="Pack" Properties="Configuration=Release;NoBuild=true;Version={_version};PackageOutputPath={feed}" />
              </Target>
            </Project>
            """);
        Run(_folder, NoVariables, "msbuild", all, "-t:Pack", "-v:q");
        return feed;
    }

    private string RunProject(string feed)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "app")).FullName;
        File.WriteAllText(Path.Combine(folder, "App.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Torch.Vision" Version="{_version}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <add key="local" value="{feed}" />
              </packageSources>
            </configuration>
            """);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), """
            using Torch;
            using static Torch.torch;

            var x = tensor(2.0f, requires_grad: true);
            var y = x.pow(2) + 3 * x;
            y.backward();
            Console.WriteLine(torchvision.transforms.Compose().call(x.grad!).item<float>());
            """);
        return Run(folder, Isolated(), "run", "-c", "Release").Trim();
    }

    private string RunScript(string feed)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "script")).FullName;
        var script = Path.Combine(folder, "gradient.fsx");
        File.WriteAllText(script, $"""
            #i "nuget: {feed}"
            #r "nuget: Torch, {_version}"
            open Torch

            let x = torch.tensor(2.0f, requires_grad = true)
            let y = x.pow((2).ToScalar()) + (3).ToScalar() * x
            y.backward()
            printfn "%g" (x.grad.item<float32>())
            """);
        return Run(folder, Isolated(), "fsi", script).Trim();
    }

    private static readonly Dictionary<string, string?> NoVariables = [];

    /// <summary>
    /// A package cache of this run, behind it what the machine has (FSharp.Core and the like), and temporary files in our own folder. MSBuild reads
    /// environment variables as properties, which is how the script's hidden project is reached too.
    /// </summary>
    private Dictionary<string, string?> Isolated() => new()
    {
        ["NUGET_PACKAGES"] = Path.Combine(_folder, "packages"),
        ["RestoreFallbackFolders"] = MachinePackages() is { } known && Directory.Exists(known) ? known : null,
        ["TMPDIR"] = Directory.CreateDirectory(Path.Combine(_folder, "tmp")).FullName,
    };

    private static string? MachinePackages() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } given
            ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>Whether the Release output is at least as new as every source of the project.</summary>
    private static bool IsBuilt(string project, string assembly)
    {
        var folder = new DirectoryInfo(Path.Combine(Commands.Root, project));
        var built = File.GetLastWriteTimeUtc(Path.Combine(folder.FullName, "bin", "Release", "net10.0", assembly + ".dll"));
        var sources = folder.EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true })
            .Where(f => f.Extension is ".cs" or ".fs" or ".csproj" or ".fsproj")
            .Where(f => !Path.GetRelativePath(folder.FullName, f.FullName).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));
        var shared = new DirectoryInfo(Commands.Root).EnumerateFiles("Directory.*");
        return sources.Concat(shared).All(f => f.LastWriteTimeUtc <= built);
    }

    private string Run(string folder, Dictionary<string, string?> environment, params string[] arguments)
    {
        var finished = Commands.Dotnet(folder, environment, Limit, arguments);
        log.WriteLine($"dotnet {string.Join(' ', arguments)}: {finished}");
        Assert.True(finished.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}: {finished}");
        return finished.Output;
    }
}
