namespace Torch.Serialization;

/// <summary>
/// A file that cannot be read: malformed, truncated, hostile, or of a kind that is refused on purpose. The message names the file, the place
/// and the cause. No other exception leaves the readers because of what a file holds (a missing file is the system's own exception).
/// </summary>
/// <param name="file">The file, and within an archive the record.</param>
/// <param name="offset">The place of the fault, in bytes from the beginning of the file (in a compressed record: of its content).</param>
/// <param name="reason">What is wrong.</param>
/// <param name="inner">The exception that revealed it, if any.</param>
public sealed class SerializationException(string file, long offset, string reason, Exception? inner = null)
    : TorchException($"{file}: at byte {offset}: {reason}", inner!)
{
    /// <summary>The file, and within an archive the record.</summary>
    public string File { get; } = file;

    /// <summary>The place of the fault in bytes.</summary>
    public long Offset { get; } = offset;

    /// <summary>What is wrong.</summary>
    public string Reason { get; } = reason;
}
