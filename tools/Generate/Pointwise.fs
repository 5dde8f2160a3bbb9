/// Writes the facade's uniform members from the table of operations: methods and in-place methods of Tensor, functions of torch and torch.special with and
/// without `out`, and aliases. (Functions of torch.nn.functional are written by hand: they have parameters of their own.) Each is one line that hands the core's expression to the recording of autograd. Parameters have TorchSharp's names where
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

/// The parameters of a member, by TorchSharp's names where it has the overload, or the same for tensors, or not in place.
let private parameters (scope: string) (name: string) (types: string list) (pytorch: string list) : Parameter list =
    let key (name: string) (types: string list) = scope + "." + name + "(" + String.concat "," types + ")"
    let allTensors = types |> List.map (fun _ -> "Tensor")

    let given =
        [ for n in List.distinct [ name; name.TrimEnd '_' ] do
              key n types
              key n allTensors ]
        |> List.tryPick names.TryFind
        |> Option.defaultValue pytorch

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

/// The call that makes a new tensor: recorded by autograd, or outside of it.
let private made (def: OpDef) (node: string) (value: string) (inputs: string) =
    if def.Differentiable then
        $"Autograd.Record(\"{node}\", {value}, {inputs})"
    else
        $"Autograd.Constant({value}, {inputs})"

let private join (items: string list) = String.Join(", ", items)

/// The tensors among parameters.
let private tensors (ps: Parameter list) =
    ps |> List.filter (fun p -> p.Type = "Tensor") |> List.map (fun p -> escape p.Name)

let private methods (lines: ResizeArray<string>) (m: string, def: OpDef) : unit =
    let indent = "        "
    let name = bare def.Name
    let tensorNode, numberNode = def.Backward

    let say (text: string) =
        lines.Add(summary indent def.Doc)
        lines.Add(indent + text)

    if hasMethod def then
        let overloads = if isBinary def then lastTypes def |> List.map (fun t -> [ t ]) else [ [] ]
        let operands (types: string list) = def.Operands.Tail[.. types.Length - 1]

        for types in overloads do
            let node = if types = [ "Scalar" ] then numberNode else tensorNode
            let call (ps: Parameter list) = home m def + "(" + join ("Expr" :: (ps |> List.map (fun p -> p.Value))) + ")"
            let ps = parameters "Tensor" name types (operands types)
            let inputs = join ("this" :: tensors ps)
            say $"public Tensor {name}({list ps}) => {made def node (call ps) inputs};"

            if def.InPlace then
                let ps = parameters "Tensor" (name + "_") types (operands types)
                let inputs = tensors ps |> List.map (fun t -> ", " + t) |> String.concat ""
                say $"public Tensor {name}_({list ps}) => Autograd.InPlace(this, \"{node}\", {call ps}{inputs});"

        for alias in def.Aliases do
            if scopeOf alias = "" then
                for suffix in (if def.InPlace then [ ""; "_" ] else [ "" ]) do
                    for types in overloads do
                        let ps = parameters "Tensor" (alias + suffix) types (operands types)
                        say $"public Tensor {alias}{suffix}({list ps}) => {name}{suffix}({arguments ps});"

        lines.Add ""

/// Functions of a scope: torch itself or torch.special.
let private functions (scope: string) (indent: string) (lines: ResizeArray<string>) (m: string, def: OpDef) : unit =
    let say (text: string) =
        lines.Add(summary indent def.Doc)
        lines.Add(indent + text)

    let tensorNode, numberNode = def.Backward
    let table = if scope = "" then "torch" else "special"
    let overloads = if isBinary def then lastTypes def |> List.map (fun t -> [ "Tensor"; t ]) else [ [ "Tensor" ] ]

    for name in def.Name :: def.Aliases do
        if scopeOf name = scope then
            let f = bare name
            let call (ps: Parameter list) = home m def + "(" + join (ps |> List.map (fun p -> p.Value)) + ")"

            for types in overloads do
                let node = if List.last types = "Scalar" then numberNode else tensorNode
                let ps = parameters table f types def.Operands

                if hasMethod def then
                    say $"public static Tensor {f}({list ps}) => {escape ps.Head.Name}.{bare def.Name}({arguments ps.Tail});"
                else
                    say $"public static Tensor {f}({list ps}) => {made def node (call ps) (join (tensors ps))};"

                say $"public static Tensor {f}({list ps}, Tensor @out) => Autograd.Out(\"{f}\", {call ps}, @out, {join (tensors ps)});"

                if def.InPlace && scope = "" then
                    let ps = parameters table (f + "_") types def.Operands
                    say $"public static Tensor {f}_({list ps}) => {escape ps.Head.Name}.{bare def.Name}_({arguments ps.Tail});"

            if def.NumberFirst then
                // The names that the overload for two tensors has.
                let ps =
                    List.map2 (fun (p: Parameter) t -> { p with Type = t }) (parameters table f [ "Tensor"; "Tensor" ] def.Operands) [ "Scalar"; "Tensor" ]

                say $"public static Tensor {f}({list ps}) => {made def tensorNode (call ps) (join (tensors ps))};"

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
    lines.Add "}"
    text lines

/// What is generated: path in the repository, text.
let files () : (string * string) list =
    [ "Facade.CSharp/Tensor.Pointwise.g.cs", tensor ()
      "Facade.CSharp/torch.Pointwise.g.cs", torch () ]
