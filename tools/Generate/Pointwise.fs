/// Writes the facade's uniform members from the table of operations: methods and in-place methods of Tensor, functions of torch, torch.special and
/// torch.nn.functional, and aliases. Each is one line that hands the core's expression to the recording of autograd. Parameters have TorchSharp's names where
/// TorchSharp has the overload (TorchSharpNames.txt: member, parameter types, names), PyTorch's otherwise.
module Torch.Generate.Pointwise

open System
open System.IO
open System.Text
open Torch.Core.Ops

let private names: Map<string, string list> =
    use stream = Reflection.Assembly.GetExecutingAssembly().GetManifestResourceStream "TorchSharpNames.txt"
    use reader = new StreamReader(stream)

    reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
    |> Array.map (fun line ->
        match line.Trim().Split(' ') |> Array.toList with
        | key :: names -> key, names
        | [] -> "", [])
    |> Map.ofArray

/// Names of C# that need an escape.
let private keywords = set [ "params"; "in"; "out"; "ref"; "is"; "as"; "base"; "fixed" ]

let private escape (name: string) = if keywords.Contains name then "@" + name else name

/// A parameter: its type and its names in TorchSharp (or PyTorch) and PyTorch.
type private Parameter =
    { Type: string
      Name: string
      PyTorch: string }

    member p.Text =
        let renamed = if p.Name = p.PyTorch then "" else $"[PyTorchName(\"{p.PyTorch}\")] "
        $"{renamed}{p.Type} {escape p.Name}"

    /// The operand's expression.
    member p.Value = if p.Type = "Scalar" then $"{escape p.Name}.ToExpr()" else $"{escape p.Name}.Expr"

/// The parameters of a member, by TorchSharp's names where it has the overload.
let private parameters (scope: string) (name: string) (types: string list) (pytorch: string list) : Parameter list =
    let key = scope + "." + name + "(" + String.Join(",", types) + ")"

    let given =
        match names.TryFind key with
        | Some n -> n
        | None -> pytorch

    List.map3 (fun t n p -> { Type = t; Name = n; PyTorch = p }) types given pytorch

let private list (ps: Parameter list) =
    String.Join(", ", ps |> List.map (fun p -> p.Text))

let private arguments (ps: Parameter list) =
    String.Join(", ", ps |> List.map (fun p -> escape p.Name))

/// Module and function of an operation in the core.
let private home (moduleName: string) (def: OpDef) =
    let last = def.Name.Substring(def.Name.LastIndexOf '.' + 1)
    $"{moduleName}.{last}"

let private summary (indent: string) (doc: string) =
    let text = doc.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;")
    $"{indent}/// <summary>{text}</summary>"

/// Operations with uniform members: one or two tensors, a method that is not written by hand.
let private uniform =
    OpTable.modules
    |> List.collect (fun (m, defs) -> defs |> List.map (fun d -> m, d))
    |> List.filter (fun (_, d) ->
        match d.Signature with
        | Unary _
        | Binary _ -> not d.ByHand
        | Ternary _
        | Other _ -> false)

let private special = "special."
let private functional = "nn.functional."

let private scopeOf (name: string) =
    if name.StartsWith special then special
    elif name.StartsWith functional then functional
    else ""

/// The name without its scope.
let private bare (name: string) = name.Substring((scopeOf name).Length)

let private isBinary (def: OpDef) =
    match def.Signature with
    | Binary _ -> true
    | _ -> false

/// The kinds of last operand that a binary operation takes.
let private lastTypes (def: OpDef) =
    if def.NumberOther then [ "Tensor"; "Scalar" ] else [ "Tensor" ]

/// Operations that have methods on Tensor: those whose first operand is the input, but not torch.special.
let private hasMethod (def: OpDef) =
    scopeOf def.Name <> special && def.Operands.Head = "input"

let private methods (lines: ResizeArray<string>) (m: string, def: OpDef) : unit =
    let indent = "        "
    let say (text: string) = lines.Add(indent + text)
    let name = bare def.Name
    let tensorNode, numberNode = def.Backward

    if hasMethod def then
        let overloads = if isBinary def then lastTypes def |> List.map (fun t -> [ t ]) else [ [] ]

        let member' (suffix: string) (record: string -> string -> string -> string) =
            for types in overloads do
                let ps = parameters "Tensor" (name + suffix) types def.Operands.Tail[.. types.Length - 1]
                let value = String.Join(", ", "Expr" :: (ps |> List.map (fun p -> p.Value)))
                let inputs = String.Join("", ps |> List.filter (fun p -> p.Type = "Tensor") |> List.map (fun p -> ", " + escape p.Name))
                let node = if types = [ "Scalar" ] then numberNode else tensorNode
                lines.Add(summary indent def.Doc)
                say $"public Tensor {name}{suffix}({list ps}) => {record node (home m def) value}{inputs});"

        member' "" (fun node f value -> $"Autograd.Record(\"{node}\", {f}({value}), this")

        if def.InPlace then
            member' "_" (fun node f value -> $"Autograd.InPlace(this, \"{node}\", {f}({value})")

        for alias in def.Aliases do
            if scopeOf alias = "" then
                for suffix in (if def.InPlace then [ ""; "_" ] else [ "" ]) do
                    for types in overloads do
                        let ps = parameters "Tensor" (alias + suffix) types def.Operands.Tail[.. types.Length - 1]
                        lines.Add(summary indent def.Doc)
                        say $"public Tensor {alias}{suffix}({list ps}) => {name}{suffix}({arguments ps});"

        lines.Add ""

/// Functions of a scope: torch itself, torch.special or torch.nn.functional.
let private functions (scope: string) (indent: string) (lines: ResizeArray<string>) (m: string, def: OpDef) : unit =
    let say (text: string) = lines.Add(indent + text)
    let method' = bare def.Name
    let tensorNode, numberNode = def.Backward
    let table = if scope = "" then "torch" elif scope = special then "special" else "functional"

    for name in def.Name :: def.Aliases do
        if scopeOf name = scope then
            let f = bare name

            if scope = functional then
                let ps = parameters table f [ "Tensor" ] [ "input" ]
                let x = escape ps[0].Name
                lines.Add(summary indent def.Doc)

                if def.InPlace then
                    say $"public static Tensor {f}({list ps}, bool inplace = false) => inplace ? {x}.{method'}_() : {x}.{method'}();"
                else
                    say $"public static Tensor {f}({list ps}) => {x}.{method'}();"
            else
                let overloads =
                    if isBinary def then lastTypes def |> List.map (fun t -> [ "Tensor"; t ]) else [ [ "Tensor" ] ]

                let suffixes = if def.InPlace && scope = "" then [ ""; "_" ] else [ "" ]

                for suffix in suffixes do
                    for types in overloads do
                        let ps = parameters table (f + suffix) types def.Operands
                        lines.Add(summary indent def.Doc)

                        if hasMethod def then
                            let rest = arguments ps.Tail
                            say $"public static Tensor {f}{suffix}({list ps}) => {escape ps.Head.Name}.{method'}{suffix}({rest});"
                        else
                            let value = String.Join(", ", ps |> List.map (fun p -> p.Value))
                            let inputs = String.Join("", ps |> List.filter (fun p -> p.Type = "Tensor") |> List.map (fun p -> ", " + escape p.Name))
                            let node = if List.last types = "Scalar" then numberNode else tensorNode
                            say $"public static Tensor {f}({list ps}) => Autograd.Record(\"{node}\", {home m def}({value}){inputs});"

                if def.NumberFirst then
                    let ps = parameters table f [ "Scalar"; "Tensor" ] def.Operands
                    let value = String.Join(", ", ps |> List.map (fun p -> p.Value))
                    lines.Add(summary indent def.Doc)
                    say $"public static Tensor {f}({list ps}) => Autograd.Record(\"{tensorNode}\", {home m def}({value}), {escape ps[1].Name});"

            lines.Add ""

let private header =
    [ "// <auto-generated/>"
      "// Written by tools/Generate from the table of operations (Core.FSharp/Ops/OpTable.fs). Do not edit: run `dotnet run --project tools/Generate`."
      "#nullable enable"
      ""
      "namespace Torch;"
      "" ]

let private text (lines: ResizeArray<string>) =
    // No blank line before a closing brace.
    let tidy = StringBuilder()

    for i in 0 .. lines.Count - 1 do
        let closes = i + 1 < lines.Count && lines[i + 1].TrimStart().StartsWith '}'
        if not (lines[i] = "" && closes) then tidy.Append(lines[i]).Append('\n') |> ignore

    tidy.ToString()

/// Tensor.Pointwise.g.cs
let tensor () : string =
    let lines = ResizeArray header
    lines.Add "public static partial class torch"
    lines.Add "{"
    lines.Add "    public partial class Tensor"
    lines.Add "    {"
    uniform |> List.iter (methods lines)
    lines.Add "    }"
    lines.Add "}"
    text lines

/// torch.Pointwise.g.cs
let torch () : string =
    let lines = ResizeArray header
    lines.Add "public static partial class torch"
    lines.Add "{"
    uniform |> List.iter (functions "" "    " lines)
    lines.Add "    public static partial class special"
    lines.Add "    {"
    uniform |> List.iter (functions special "        " lines)
    lines.Add "    }"
    lines.Add ""
    lines.Add "    public static partial class nn"
    lines.Add "    {"
    lines.Add "        public static partial class functional"
    lines.Add "        {"
    uniform |> List.iter (functions functional "            " lines)
    lines.Add "        }"
    lines.Add "    }"
    lines.Add "}"
    text lines

/// What is generated: path in the repository, text.
let files () : (string * string) list =
    [ "Facade.CSharp/Tensor.Pointwise.g.cs", tensor ()
      "Facade.CSharp/torch.Pointwise.g.cs", torch () ]
