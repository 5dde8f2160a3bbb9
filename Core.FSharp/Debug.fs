/// All debug switches, in one place.
///
///   TORCH_DEBUG=1   a line for each evaluation: nodes, steps, bytes, milliseconds, whether the plan was known
///   TORCH_DEBUG=2   and the steps of each new plan
///   TORCH_DEBUG=3   and the graph after each pass
///   TORCH_CHECK=1   each pass' output is checked against the rules of its stage
///
/// Both can be set in code as well, for all threads.
namespace Torch.Core

open System

[<RequireQualifiedAccess>]
module Debug =
    let private number (name: string) =
        match Int32.TryParse(Environment.GetEnvironmentVariable name) with
        | true, n -> n
        | _ -> 0

    // Switches are read on every evaluation and set by people who look for a fault; a stale read does no harm.
    let mutable level = number "TORCH_DEBUG"
    let mutable check = number "TORCH_CHECK" > 0

    let say (text: string) = eprintfn "%s" text
