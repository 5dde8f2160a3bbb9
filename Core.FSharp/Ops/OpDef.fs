/// What an operation's home declares beside the operation itself: read by tests (golden, finite differences, vmap), by the generator of the
/// facade's uniform members, and by the coverage table. And the small vocabulary in which pointwise words are written.
namespace Torch.Core.Ops

open Torch.Core
open Torch.Kernels

/// How an operation can be called, for generated faces and generated tests.
type Signature =
    | Unary of (Expr -> Expr)
    | Binary of (Expr -> Expr -> Expr)
    | Ternary of (Expr -> Expr -> Expr -> Expr)
    /// Called through members written by hand; the sample builds a call from one argument of the sample shape.
    | Other of sample: (Expr -> Expr)

/// The numbers at which derivatives may be tested against finite differences.
type Domain =
    { Low: float
      High: float }

    /// The whole line, away from kinks at zero.
    static member Reals = { Low = -2.0; High = 2.0 }
    static member Positive = { Low = 0.2; High = 2.0 }
    /// The open interval from -1 to 1.
    static member Unit = { Low = -0.9; High = 0.9 }
    static member Probability = { Low = 0.05; High = 0.95 }

/// One operation, for those who want all of them.
[<ReferenceEquality>]
type OpDef =
    { Name: string
      Aliases: string list
      Doc: string
      Signature: Signature
      Domain: Domain
      /// Whether PyTorch has the in-place form (name with a trailing underscore).
      InPlace: bool
      /// Whether gradients flow.
      Differentiable: bool
      /// Whether the last operand may also be a plain number.
      NumberOther: bool
      /// Whether the first operand of two may also be a plain number (of the function; the method's is a tensor).
      NumberFirst: bool
      /// Operands by which there is no derivative, though there is by others.
      Fixed: int list
      /// PyTorch's names of the operands.
      Operands: string list
      /// PyTorch's names of the nodes in the autograd graph: of tensors, and where the last operand is a number.
      Backward: string * string
      /// The facade's members are written by hand.
      ByHand: bool }

[<RequireQualifiedAccess>]
module Word =
    /// A word of one operand computed by one operator: operand and result give the partial.
    let unary name rule (op: Operator) (partial: Expr -> Expr -> Partial) : Word =
        { Name = name
          Rule = rule
          Lane = Apply(op, [ Arg 0 ])
          Partials = fun args y -> [| partial args[0] y |] }

    /// A word of two operands computed by one operator.
    let binary name rule (op: Operator) (partials: Expr -> Expr -> Expr -> struct (Partial * Partial)) : Word =
        { Name = name
          Rule = rule
          Lane = Apply(op, [ Arg 0; Arg 1 ])
          Partials =
            fun args y ->
                let struct (a, b) = partials args[0] args[1] y
                [| a; b |] }

    /// A word computed by a program of several operators, with a partial for each operand.
    let program name rule (lane: Lane) (partials: Expr[] -> Expr -> Partial[]) : Word =
        { Name = name
          Rule = rule
          Lane = lane
          Partials = partials }

    /// The same for a word whose derivative is written with the word itself.
    let knot name rule (lane: Lane) (partials: Word -> Expr[] -> Expr -> Partial[]) : Word =
        let rec word =
            { Name = name
              Rule = rule
              Lane = lane
              Partials = fun args y -> partials word args y }

        word

    /// A word without derivatives.
    let flat name rule (lane: Lane) (arity: int) : Word =
        { Name = name
          Rule = rule
          Lane = lane
          Partials = fun _ _ -> Array.create arity Zero }

/// Declarations for the table.
[<RequireQualifiedAccess>]
module Def =
    /// "log1p" -> "Log1PBackward0": a capital after everything that is no letter, as Python's str.title does.
    let private backwardOf (name: string) =
        let letters = System.Text.StringBuilder()
        let mutable inside = false

        for c in name do
            if c <> '_' && c <> '.' then
                letters.Append(if inside then c else System.Char.ToUpperInvariant c) |> ignore

            inside <- System.Char.IsLetter c

        letters.Append("Backward0").ToString()

    let private define (name: string) (signature: Signature) (domain: Domain) (doc: string) : OpDef =
        let operands =
            match signature with
            | Unary _
            | Other _ -> [ "input" ]
            | Binary _ -> [ "input"; "other" ]
            | Ternary _ -> [ "input"; "tensor1"; "tensor2" ]

        let node = backwardOf (name.Replace("nn.functional.", ""))

        { Name = name
          Aliases = []
          Doc = doc
          Signature = signature
          Domain = domain
          InPlace = true
          Differentiable = true
          NumberOther = false
          NumberFirst = false
          Fixed = []
          Operands = operands
          Backward = node, node
          ByHand = false }

    let fn1 name f domain doc = define name (Unary f) domain doc
    let fn2 name f domain doc = define name (Binary f) domain doc
    let fn3 name f domain doc = define name (Ternary f) domain doc

    /// An operation whose members are written by hand, with a sample call.
    let sample name (call: Expr -> Expr) domain doc =
        { define name (Other call) domain doc with InPlace = false }

    let unary (word: Word) domain doc =
        fn1 word.Name (fun x -> Expr.map word [| x |]) domain doc

    let binary (word: Word) domain doc =
        fn2 word.Name (fun a b -> Expr.map word [| a; b |]) domain doc

    /// Without derivative (comparisons, integer functions).
    let flat (def: OpDef) = { def with Differentiable = false }

    let alias (names: string list) (def: OpDef) = { def with Aliases = names }

    /// PyTorch has no in-place form.
    let functional (def: OpDef) = { def with InPlace = false }

    /// The last operand may be a plain number.
    let withNumber (def: OpDef) = { def with NumberOther = true }

    /// The first operand of the function may be a plain number.
    let numberFirst (def: OpDef) = { def with NumberFirst = true }

    /// PyTorch's names of the operands.
    let named (operands: string list) (def: OpDef) : OpDef = { def with Operands = operands }

    /// The nodes of autograd have other names than the operation: of tensors, and of a plain number as last operand.
    let backward (tensor: string) (number: string) (def: OpDef) : OpDef =
        { def with Backward = (tensor, number) }

    /// The facade's members are written by hand.
    let byHand (def: OpDef) = { def with ByHand = true }

    /// There is no derivative by these operands.
    let holding (operands: int list) (def: OpDef) : OpDef = { def with Fixed = operands }
