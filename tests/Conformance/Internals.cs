// Who sees the internals of the runner: its tests.
using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Torch.Tests")]
