using Xunit;

namespace Torch.Tests.Facade;

public class UniformMembersTests
{
    [Fact]
    public void The_generated_members_are_those_of_the_table()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Torch.Suite.sln"))) folder = folder.Parent;
        Assert.NotNull(folder);
        var path = Path.Combine(folder!.FullName, "Facade.CSharp", "Tensors", "Tensor.Pointwise.g.cs");
        var now = UniformMembers.Generate();
        if (Environment.GetEnvironmentVariable(UniformMembers.Switch) == "1") File.WriteAllText(path, now);
        Assert.Equal(now, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }
}
