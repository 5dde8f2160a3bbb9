namespace Torch;

// The one home of PyTorch's exceptions in .NET dress, used by every layer:
//   RuntimeError -> TorchException, LinAlgError -> LinAlgException, TypeError -> TorchTypeException, ValueError -> ArgumentException,
//   IndexError -> IndexOutOfRangeException, NotImplementedError (what PyTorch itself refuses) -> NotSupportedException.
// The messages are PyTorch's.

/// <summary>PyTorch's RuntimeError.</summary>
public class TorchException : Exception
{
    public TorchException(string message) : base(message) { }
    public TorchException(string message, Exception? inner) : base(message, inner) { }
}

/// <summary>PyTorch's torch.linalg.LinAlgError: a matrix that the decomposition cannot handle.</summary>
public sealed class LinAlgException(string message, Exception? inner = null) : TorchException(message, inner);

/// <summary>Python's TypeError: an argument of the wrong kind.</summary>
public sealed class TorchTypeException(string message, Exception? inner = null) : ArgumentException(message, inner);
