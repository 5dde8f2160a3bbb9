// Who sees the internals of the facade: its tests.
using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Torch.Tests")]
