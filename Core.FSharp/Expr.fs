/// Expressions: the immutable values of tensors. A node belongs to one of a small closed set of families; the words within a family are open.
/// Coming in: operands whose shapes agree already (see Build.fs, the only place that makes nodes). Always holds: sizes, logical strides, dtype and
/// device are known when a node is built; equality is identity; nothing here walks a graph. A node that has been evaluated becomes Data and
/// lets go of its operands.
namespace Torch.Core

open System
open System.Threading
open Torch.Kernels

/// Where a tensor lives. Meta tensors have a shape and no values.
[<Struct; RequireQualifiedAccess>]
type Device =
    | Cpu
    | Meta

    override d.ToString() =
        match d with
        | Device.Cpu -> "cpu"
        | Device.Meta -> "meta"

/// A number. Booleans are Int 0 and Int 1. The dtype that it stands for is its node's.
type Literal =
    | Int of int64
    | Real of float
    | Complex of re: float * im: float

    member l.IsZero =
        match l with
        | Int i -> i = 0L
        | Real r -> r = 0.0
        | Complex(re, im) -> re = 0.0 && im = 0.0

    override l.ToString() =
        match l with
        | Int i -> string i
        | Real r -> r.ToString("R", Globalization.CultureInfo.InvariantCulture)
        | Complex(re, im) -> $"({re}+{im}j)"

/// An attribute of a routine: part of what makes two calls the same. Numbers are compared by their bits: -0 is not 0, and a NaN is itself.
[<CustomEquality; NoComparison>]
type Attr =
    | Whole of int64
    | Wholes of int64[]
    | Number of float
    | Flag of bool
    | Kind of DType
    | Text of string

    override a.Equals other =
        match other with
        | :? Attr as b ->
            match a, b with
            | Whole x, Whole y -> x = y
            | Wholes x, Wholes y -> x.AsSpan().SequenceEqual(ReadOnlySpan y)
            | Number x, Number y -> BitConverter.DoubleToInt64Bits x = BitConverter.DoubleToInt64Bits y
            | Flag x, Flag y -> x = y
            | Kind x, Kind y -> x = y
            | Text x, Text y -> String.Equals(x, y)
            | _ -> false
        | _ -> false

    override a.GetHashCode() =
        match a with
        | Whole x -> HashCode.Combine(0, x)
        | Wholes x -> HashCode.Combine(1, x.Length)
        | Number x -> HashCode.Combine(2, BitConverter.DoubleToInt64Bits x)
        | Flag x -> HashCode.Combine(3, x)
        | Kind x -> HashCode.Combine(4, x)
        | Text x -> HashCode.Combine(5, x)

/// A pointwise function as a program over one element of each operand; the emitters, the interpreter and constant folding read it.
/// Literals are constants of the definition only: the scalars of a call are operands, so that they stay out of plan keys.
type Lane =
    | Arg of int
    | Lit of Literal
    | Apply of Operator * Lane list

/// How the dtype of a word's result follows from its operands.
type DTypeRule =
    /// torch.result_type of the operands.
    | Promoted
    /// The same, and integers and bool become the default float dtype.
    | PromotedToFloat
    /// Operands are promoted among themselves, the result is Bool.
    | Predicate
    /// The real type of the promoted type (abs, real, angle).
    | RealPart
    /// The complex type of the promoted type (complex, polar).
    | ComplexOf
    /// The first operand is a Bool condition; the others are promoted (where).
    | Selected

/// A way to see an operand's elements under other indices. Nothing is computed.
type Movement =
    /// The same elements in row-major order under the node's sizes.
    | Reshape
    /// Dimension i of the result is dimension p[i] of the operand.
    | Permute of int[]
    /// Dimensions of size 1, and missing leading ones, are repeated to the node's sizes.
    | Expand
    /// Element i of dimension d is the operand's element start[d] + step[d] i. Steps may be negative.
    | Slice of start: int64[] * step: int64[]
    /// torch.as_strided over the operand's elements in row-major order.
    | Strided of offset: int64 * strides: int64[]
    /// The bytes of the operand's row-major elements read as the node's dtype under the node's sizes.
    | Reinterpret

/// A strided region of a target's elements in row-major order; its sizes are those of the value written there.
type Region = { Offset: int64; Strides: int64[] }

/// The families. 'e is the operand: an expression, or a number in a captured graph.
type Node<'e> =
    /// Every element is this number.
    | Fill of Literal
    /// start + step * index along a dimension, in Int64.
    | Iota of dim: int * start: int64 * step: int64
    /// Evaluated memory.
    | Data of Memory
    /// No value: meta tensors, and the variables that transformations trace with.
    | Unknown
    | Map of Word * 'e[]
    /// Conversion to the node's dtype.
    | Cast of 'e
    | Move of Movement * 'e
    /// The first operand with the elements of a region replaced by the second.
    | Write of target: 'e * Region * value: 'e
    /// Dimensions reduced to size 1.
    | Reduce of Reduction * dims: int[] * 'e
    /// One of the results of a routine.
    | Result of Call<'e> * int

/// Memory that holds an expression's elements: strides and offset in elements of its dtype.
and [<Sealed; AllowNullLiteral>] Memory(buffer: NativeBuffer, offset: int64, strides: int64[]) =
    member _.Buffer = buffer
    member _.Offset = offset
    member _.Strides = strides

/// A word of the Map family. Broadcasting, fusion and batching belong to the family and are written once.
and [<ReferenceEquality>] Word =
    { Name: string
      Rule: DTypeRule
      Lane: Lane
      /// From operands and result: how a small change of each operand moves the result.
      Partials: Expr[] -> Expr -> Partial[] }

/// The derivative of a pointwise function by one operand, as a linear map of each element.
and Partial =
    | Zero
    | One
    | Minus
    /// Multiplication by a factor.
    | Scale of Expr
    /// Division by a divisor.
    | Over of Expr
    /// The change passes where the condition holds and is zero elsewhere, whatever it is.
    | Mask of Expr
    /// The complex conjugate of the change.
    | Conjugate
    /// A map that is not complex-linear, or is better computed otherwise: the cotangent's map, and the tangent's.
    | Linear of vjp: (Expr -> Expr) * jvp: (Expr -> Expr)

/// A word of the Reduce family: an associative, commutative function and where it starts from.
and [<ReferenceEquality>] Reduction =
    { Name: string
      Combine: Operator
      Identity: DType -> Literal
      /// operand, result (reduced dimensions kept), dims, cotangent of the result -> cotangent of the operand
      Vjp: Expr -> Expr -> int[] -> Expr -> Expr
      /// operand, result, dims, tangent of the operand -> tangent of the result
      Jvp: Expr -> Expr -> int[] -> Expr -> Expr }

/// Sizes, logical strides and dtype of a result.
and [<Struct>] Signature =
    { Sizes: int64[]
      Strides: int64[]
      DType: DType }

/// An operation with a kernel of its own: matrix products, windows, gathers, sorts, fused operations, decompositions. An instance holds
/// the attributes of one call; name and attributes are its identity in plan keys.
and [<AbstractClass>] Routine(name: string, attrs: Attr list) =
    member _.Name = name
    member _.Attrs = attrs

    /// Results from operands; a wrong shape or dtype raises PyTorch's error.
    abstract Infer: Expr[] -> Signature[]

    /// Computes results (contiguous memory) from operands (any strides).
    abstract Run: operands: Block[] * results: Block[] -> unit

    /// Operands, results, cotangents of the results (None where no gradient arrives) -> cotangents of the operands (None where there is none).
    abstract Vjp: operands: Expr[] * results: Expr[] * cotangents: Expr option[] -> Expr option[]

    default _.Vjp(operands, _, _) = Array.create operands.Length None

    /// The results over operands that carry one more leading dimension where `batched` says so; the results all carry it. None: a loop over slices serves.
    abstract Batch: operands: Expr[] * batched: bool[] -> Expr[] option
    default _.Batch(_, _) = None

    override r.ToString() = r.Name

/// One call of a routine; its results share it.
and [<Sealed; AllowNullLiteral>] Call<'e>(routine: Routine, operands: 'e[], signatures: Signature[]) =
    member _.Routine = routine
    member _.Operands = operands
    member _.Signatures = signatures
    /// The result nodes, set once by the constructor that makes them.
    member val Results: 'e[] = null with get, set

/// An expression. The node changes exactly once in its life, from a computation to Data, when the runtime has evaluated it: the value stays the same.
and [<Sealed; AllowNullLiteral; Diagnostics.DebuggerDisplay("{DebugText}")>] Expr
    internal (node: Node<Expr>, sizes: int64[], strides: int64[], dtype: DType, device: Device, isNumber: bool, depth: int) =
    // Written once more by the runtime, when the value has been computed; readers take either state, which mean the same value.
    let mutable node = node

    let mutable pins = 0
    let mutable visits = 0

    /// What makes the elements, or where they lie.
    member _.Node = Volatile.Read(&node)

    /// The runtime stores the evaluated memory here.
    member internal _.Become(memory: Memory) = Volatile.Write(&node, Data memory)

    member _.Sizes = sizes

    /// PyTorch's strides for this result. The memory that holds it may be laid out otherwise.
    member _.Strides = strides
    member _.DType = dtype
    member _.Device = device
    member _.Rank = sizes.Length
    member _.Count = Shape.count sizes

    /// A plain number of the host language: it yields to tensors in promotion.
    member _.IsNumber = isNumber

    /// The longest chain of pending nodes below, when this node was built: bounds pending graphs.
    member e.Depth =
        match e.Node with
        | Data _ -> 0
        | _ -> depth

    /// How many holders (saved values of autograd, cells that are known to be alive) want this value kept when it is computed.
    member _.Pins = Volatile.Read(&pins)
    member _.Pin() = Interlocked.Increment(&pins) |> ignore
    member _.Unpin() = Interlocked.Decrement(&pins) |> ignore

    /// How many evaluations have passed through this node without keeping its value.
    member internal _.Visits = Volatile.Read(&visits)
    member internal _.Visit() = Volatile.Write(&visits, visits + 1)

    /// Whether the value has been computed (numbers and fills are values).
    member e.IsEvaluated =
        match e.Node with
        | Data _
        | Fill _ -> true
        | _ -> false

    member private e.DebugText =
        let state =
            match e.Node with
            | Data _ -> "evaluated"
            | Fill l -> string l
            | Unknown -> "<no value>"
            | _ -> "<pending>"

        $"{dtype} {Shape.show sizes} {state}"

/// The operands of a node, and nodes over other operands.
[<RequireQualifiedAccess>]
module Node =
    let operands (node: Node<'e>) : 'e[] =
        match node with
        | Fill _
        | Iota _
        | Data _
        | Unknown -> [||]
        | Map(_, args) -> args
        | Cast x
        | Move(_, x)
        | Reduce(_, _, x) -> [| x |]
        | Write(t, _, v) -> [| t; v |]
        | Result(call, _) -> call.Operands

    /// A family's name and word, for printing.
    let name (node: Node<'e>) : string =
        match node with
        | Fill l -> $"fill {l}"
        | Iota(d, start, step) -> $"iota dim={d} start={start} step={step}"
        | Data _ -> "data"
        | Unknown -> "unknown"
        | Map(w, _) -> w.Name
        | Cast _ -> "cast"
        | Move(m, _) ->
            match m with
            | Reshape -> "reshape"
            | Permute p -> "permute [" + String.Join(", ", p) + "]"
            | Expand -> "expand"
            | Slice(start, step) -> $"slice start={Shape.show start} step={Shape.show step}"
            | Strided(offset, strides) -> $"strided offset={offset} strides={Shape.show strides}"
            | Reinterpret -> "reinterpret"
        | Write(_, r, _) -> $"write offset={r.Offset} strides={Shape.show r.Strides}"
        | Reduce(r, dims, _) -> r.Name + " dims=[" + String.Join(", ", dims) + "]"
        | Result(call, i) -> if i = 0 then call.Routine.Name else $"{call.Routine.Name}.{i}"
