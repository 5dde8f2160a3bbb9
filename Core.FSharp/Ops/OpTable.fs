/// The one table of operations: every home's declarations, by module. Read by tests, by the generator of the facade's uniform members and by the
/// coverage report. By convention the function of an operation stands in its module under the last part of its name.
namespace Torch.Core.Ops

[<RequireQualifiedAccess>]
module OpTable =
    /// Module name and declarations, in compilation order.
    let modules: (string * OpDef list) list =
        [ nameof Arithmetic, Arithmetic.defs
          nameof Logic, Logic.defs
          nameof Compare, Compare.defs
          nameof Numeric, Numeric.defs
          nameof Exponential, Exponential.defs
          nameof Trigonometric, Trigonometric.defs
          nameof ComplexParts, ComplexParts.defs
          nameof Activations, Activations.defs
          nameof Reductions, Reductions.defs
          nameof Losses, Losses.defs
          nameof Special, Special.defs
          nameof Views, Views.defs
          nameof Assemble, Assemble.defs
          nameof Gather, Gather.defs
          nameof Indexing, Indexing.defs
          nameof Matmul, Matmul.defs
          nameof Einsum, Einsum.defs
          nameof Sorting, Sorting.defs
          nameof Scans, Scans.defs
          nameof EmbeddingBag, EmbeddingBag.defs
          nameof Softmax, Softmax.defs
          nameof CrossEntropy, CrossEntropy.defs
          nameof Convolution, Convolution.defs
          nameof Pooling, Pooling.defs
          nameof Normalisation, Normalisation.defs
          nameof Linalg, Linalg.defs
          nameof Attention, Attention.defs ]

    let all: OpDef list = modules |> List.collect snd
