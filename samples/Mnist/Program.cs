// Trains a network on handwritten digits, and shows what it learnt. `--help` lists what can be chosen. What the user can get wrong ends in one line on
// stderr and exit code 2; an interruption saves a checkpoint and exits with 130.
using System.Globalization;
using Torch;
using Torch.Samples;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    var options = Options.Parse(args, out var exitCode);
    return options is null ? exitCode : Session.Run(options);
}
catch (Exception e) when (InputException.IsUsers(e))
{
    return Report.Error(e.Message);
}

namespace Torch.Samples
{
    /// <summary>Something the user gave that cannot be used. The message is one line.</summary>
    internal sealed class InputException(string message) : Exception(message)
    {
        /// <summary>Whether what the user gave is to blame: what the program, the library or the system says of files and values.</summary>
        public static bool IsUsers(Exception e) => e is InputException or TorchException or ArgumentException or IOException or UnauthorizedAccessException;
    }
}
