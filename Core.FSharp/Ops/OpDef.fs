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
      Differentiable: bool }

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

    /// A word without derivatives.
    let flat name rule (lane: Lane) (arity: int) : Word =
        { Name = name
          Rule = rule
          Lane = lane
          Partials = fun _ _ -> Array.create arity Zero }

/// Declarations for the table.
[<RequireQualifiedAccess>]
module Def =
    let unary (word: Word) (domain: Domain) (doc: string) : OpDef =
        { Name = word.Name
          Aliases = []
          Doc = doc
          Signature = Unary(fun x -> Expr.map word [| x |])
          Domain = domain
          InPlace = true
          Differentiable = true }

    let binary (word: Word) (domain: Domain) (doc: string) : OpDef =
        { Name = word.Name
          Aliases = []
          Doc = doc
          Signature = Binary(fun a b -> Expr.map word [| a; b |])
          Domain = domain
          InPlace = true
          Differentiable = true }

    /// Without derivative (comparisons, integer functions).
    let flat (def: OpDef) = { def with Differentiable = false }

    let alias (names: string list) (def: OpDef) = { def with Aliases = names }

    /// PyTorch has no in-place form.
    let functional (def: OpDef) = { def with InPlace = false }
