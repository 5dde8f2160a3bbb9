/// Generated files are those that the generator writes today, and each declaration of the table has its function.
module Torch.Props.GeneratedProps

open System
open System.IO
open Torch.Core
open Torch.Core.Ops
open Xunit

let files = TheoryData<string>(Torch.Generate.Pointwise.files () |> List.map fst)

[<Theory; MemberData(nameof files)>]
let ``generated files are fresh`` (path: string) =
    let expected = Torch.Generate.Pointwise.files () |> List.find (fun (p, _) -> p = path) |> snd
    let actual = File.ReadAllText(Path.Combine(Torch.Generate.Program.root (), path)).ReplaceLineEndings "\n"
    Assert.True((expected = actual), $"{path} is not what tools/Generate writes: run `dotnet run --project tools/Generate`")

[<Fact>]
let ``the function of an operation stands in its module under its name`` () =
    let core = typeof<Expr>.Assembly

    for name, defs in OpTable.modules do
        let home = core.GetType("Torch.Core.Ops." + name)
        Assert.True(not (isNull home), $"there is no module {name}")

        for def in defs do
            let arity =
                match def.Signature with
                | Unary _ -> 1
                | Binary _ -> 2
                | Ternary _ -> 3
                | Other _ -> 0

            let last = def.Name.Substring(def.Name.LastIndexOf '.' + 1)

            if arity > 0 then
                let f = home.GetMethod(last, Array.create arity typeof<Expr>)
                Assert.True(not (isNull f), $"{name} has no function {last} of {arity} operands")

[<Fact>]
let ``no two operations have one name`` () =
    let names = OpTable.all |> List.collect (fun d -> d.Name :: d.Aliases)
    let twice = names |> List.countBy id |> List.filter (fun (_, n) -> n > 1)
    Assert.True(twice.IsEmpty, String.Join(", ", twice))
