/// Writes all generated files into the repository that holds the solution: `dotnet run --project tools/Generate`.
module Torch.Generate.Program

open System
open System.IO

/// The folder with the solution, upwards from where the program lies.
let root () : string =
    let rec up (folder: DirectoryInfo) =
        if isNull folder then failwith "Torch.Suite.sln is in no folder above this program"
        elif File.Exists(Path.Combine(folder.FullName, "Torch.Suite.sln")) then folder.FullName
        else up folder.Parent

    up (DirectoryInfo AppContext.BaseDirectory)

[<EntryPoint>]
let main _ =
    for path, text in Pointwise.files () do
        let full = Path.Combine(root (), path)

        if not (File.Exists full) || File.ReadAllText full <> text then
            File.WriteAllText(full, text)
            printfn $"written: {path}"

    0
