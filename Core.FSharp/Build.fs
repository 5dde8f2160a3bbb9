/// The smart constructors: the only way to make nodes. Each infers shape, PyTorch's strides, dtype and device of its family and raises PyTorch's
/// errors; each does the small simplifications that cost nothing (numbers stay numbers, no-op movements vanish).
namespace Torch.Core

open System
open Torch.Kernels

/// Constructors of expressions.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Expr =
    /// torch.set_default_dtype: read when an operation is built. Process-wide in PyTorch too.
    let mutable private defaultFloat = DType.Float32

    let defaultDType () = defaultFloat

    let setDefaultDType (d: DType) =
        if not d.IsFloat then
            Fault.typ "only floating-point types are supported as the default type"

        defaultFloat <- d

    let private depthOf (operands: Expr[]) =
        let mutable d = 0

        for o in operands do
            d <- max d o.Depth

        d + 1

    let private deviceOf (operands: Expr[]) =
        if operands |> Array.exists (fun o -> o.Device = Device.Meta) then Device.Meta else Device.Cpu

    let private make (node: Node<Expr>) sizes strides dtype (operands: Expr[]) =
        let device = deviceOf operands
        // A meta result has a shape and no history.
        if device = Device.Meta then
            Expr(Unknown, sizes, strides, dtype, device, false, 0)
        else
            Expr(node, sizes, strides, dtype, device, false, depthOf operands)

    // ---- Sources

    /// A literal as its dtype holds it: rounded or wrapped as the casting kernels would.
    let literal (d: DType) (l: Literal) : Literal =
        let real () =
            match l with
            | Int i -> float i
            | Real r -> r
            | Complex(re, _) -> re

        let whole () =
            match l with
            | Int i -> i
            | Real r -> if Double.IsNaN r || r >= 9.2233720368547758e18 || r < -9.2233720368547758e18 then Int64.MinValue else int64 r
            | Complex(re, _) -> int64 re

        match d with
        | DType.Bool -> Int(if l.IsZero then 0L else 1L)
        | DType.UInt8
        | DType.QUInt8 -> Int(int64 (uint8 (whole ())))
        | DType.Int8
        | DType.QInt8 -> Int(int64 (int8 (whole ())))
        | DType.Int16 -> Int(int64 (int16 (whole ())))
        | DType.UInt16 -> Int(int64 (uint16 (whole ())))
        | DType.Int32
        | DType.QInt32 -> Int(int64 (int32 (whole ())))
        | DType.UInt32 -> Int(int64 (uint32 (whole ())))
        | DType.Int64
        | DType.UInt64 -> Int(whole ())
        | DType.Float64 -> Real(real ())
        | DType.Float32 -> Real(float (float32 (real ())))
        | DType.Float16 -> Real(float (Half.op_Explicit (real ()): Half))
        | DType.BFloat16
        | DType.Float8E4M3FN
        | DType.Float8E5M2
        | DType.Float8E4M3FNUZ
        | DType.Float8E5M2FNUZ -> Real(Scalars.round d.Element (real ()))
        | DType.Complex32
        | DType.Complex64
        | DType.Complex128 ->
            let part =
                match d with
                | DType.Complex32 -> fun (x: float) -> float (Half.op_Explicit x: Half)
                | DType.Complex64 -> fun x -> float (float32 x)
                | _ -> id

            match l with
            | Complex(re, im) -> Complex(part re, part im)
            | _ -> Complex(part (real ()), 0.0)

    /// Every element is the number, rounded to the dtype.
    let fill (sizes: int64[]) (dtype: DType) (l: Literal) : Expr =
        Expr(Fill(literal dtype l), sizes, Shape.contiguous sizes, dtype, Device.Cpu, false, 0)

    /// A plain number of the host language, 0-dim. It keeps its full precision until a kernel computes with it.
    let number (l: Literal) : Expr =
        let dtype =
            match l with
            | Int _ -> DType.Int64
            | Real _ -> DType.Float64
            | Complex _ -> DType.Complex128

        Expr(Fill l, [||], [||], dtype, Device.Cpu, true, 0)

    /// A plain bool.
    let truth (b: bool) : Expr =
        Expr(Fill(Int(if b then 1L else 0L)), [||], [||], DType.Bool, Device.Cpu, true, 0)

    let int (i: int64) = number (Int i)
    let real (r: float) = number (Real r)

    let zerosLike (e: Expr) = fill e.Sizes e.DType (Int 0L)
    let onesLike (e: Expr) = fill e.Sizes e.DType (Int 1L)

    /// start + step * i over one dimension, Int64.
    let index (length: int64) (start: int64) (step: int64) : Expr =
        Expr(Iota(0, start, step), [| length |], [| 1L |], DType.Int64, Device.Cpu, false, 1)

    /// Memory as it lies; strides and offset in elements.
    let data (memory: Memory) (sizes: int64[]) (strides: int64[]) (dtype: DType) : Expr =
        Expr(Data memory, sizes, strides, dtype, Device.Cpu, false, 0)

    /// A tensor without values on the meta device.
    let meta (sizes: int64[]) (strides: int64[]) (dtype: DType) : Expr =
        Expr(Unknown, sizes, strides, dtype, Device.Meta, false, 0)

    /// A variable to trace with: like the given expression, without its value.
    let variableLike (e: Expr) : Expr =
        Expr(Unknown, e.Sizes, e.Strides, e.DType, e.Device, false, 0)

    /// The same value with other logical strides.
    let withStrides (strides: int64[]) (e: Expr) : Expr =
        if e.Strides = strides then e else make (Move(Reshape, e)) e.Sizes strides e.DType [| e |]

    // ---- Cast

    let rec cast (dtype: DType) (e: Expr) : Expr =
        if e.DType = dtype then
            e
        else
            match e.Node with
            | Fill l when e.IsNumber ->
                // Full precision is kept for half types: kernels compute wider. Others round here.
                let l = if dtype.Compute = dtype then literal dtype l else literal dtype.Compute l
                Expr(Fill l, e.Sizes, e.Strides, dtype, e.Device, true, 0)
            | _ -> make (Cast e) e.Sizes (Shape.preserved e.Sizes e.Strides) dtype [| e |]

    // ---- Movements

    let private refill (e: Expr) (sizes: int64[]) (strides: int64[]) =
        // Numbers only: a tensor whose elements are all equal is a value of its own, and its gradient is asked for.
        match e.Node with
        | Fill l when e.IsNumber -> ValueSome(Expr(Fill l, sizes, strides, e.DType, e.Device, sizes.Length = 0, 0))
        | _ -> ValueNone

    let private move (m: Movement) (sizes: int64[]) (strides: int64[]) (e: Expr) =
        match refill e sizes strides with
        | ValueSome f -> f
        | ValueNone -> make (Move(m, e)) sizes strides e.DType [| e |]

    /// torch.reshape; at most one size may be -1.
    let reshape (sizes: int64[]) (e: Expr) : Expr =
        let sizes = Shape.infer sizes e.Count

        if Shape.same sizes e.Sizes then
            e
        else
            let strides =
                match Shape.view e.Sizes e.Strides sizes with
                | ValueSome s -> s
                | ValueNone -> Shape.contiguous sizes

            move Reshape sizes strides e

    /// Dimension i of the result is dimension order[i] of the operand.
    let permute (order: int[]) (e: Expr) : Expr =
        if order = [| 0 .. e.Rank - 1 |] then
            e
        else
            move (Permute order) (order |> Array.map (fun d -> e.Sizes[d])) (order |> Array.map (fun d -> e.Strides[d])) e

    let transpose (a: int) (b: int) (e: Expr) : Expr =
        if a = b then
            e
        else
            let order = [| 0 .. e.Rank - 1 |]
            order[a] <- b
            order[b] <- a
            permute order e

    /// torch.broadcast_to.
    let expand (sizes: int64[]) (e: Expr) : Expr =
        if Shape.same sizes e.Sizes then
            e
        else
            let lead = sizes.Length - e.Rank

            if lead < 0 then
                Fault.runtime
                    $"expand: the requested shape has too few dimensions: the number of sizes provided ({sizes.Length}) must be greater or equal to the number of dimensions in the tensor ({e.Rank})"

            let strides =
                Array.init sizes.Length (fun d ->
                    if d < lead then
                        0L
                    else
                        let have = e.Sizes[d - lead]

                        if have = sizes[d] then
                            e.Strides[d - lead]
                        elif have = 1L then
                            0L
                        else
                            Fault.runtime
                                $"The expanded size of the tensor ({sizes[d]}) must match the existing size ({have}) at non-singleton dimension {d}.  Target sizes: {Shape.show sizes}.  Tensor sizes: {Shape.show e.Sizes}")

            move Expand sizes strides e

    /// Element i of dimension d is the operand's element start[d] + step[d] i, for i below sizes[d]. Bounds are the caller's.
    let slice (start: int64[]) (step: int64[]) (sizes: int64[]) (e: Expr) : Expr =
        if sizes = e.Sizes && Array.forall (fun s -> s = 0L) start && Array.forall (fun s -> s = 1L) step then
            e
        else
            move (Slice(start, step)) sizes (Array.map2 (*) e.Strides step) e

    /// A piece of one dimension.
    let narrow (dim: int) (start: int64) (length: int64) (e: Expr) : Expr =
        let starts = Array.zeroCreate e.Rank
        starts[dim] <- start
        let sizes = Array.copy e.Sizes
        sizes[dim] <- length
        slice starts (Array.create e.Rank 1L) sizes e

    let unsqueeze (dim: int) (e: Expr) : Expr =
        let stride = if dim < e.Rank then e.Sizes[dim] * e.Strides[dim] else 1L
        move Reshape (Array.insertAt dim 1L e.Sizes) (Array.insertAt dim stride e.Strides) e

    /// Drops dimensions, which must have size 1.
    let squeeze (dims: int[]) (e: Expr) : Expr =
        if dims.Length = 0 then
            e
        else
            let keep (a: int64[]) =
                [| for d in 0 .. e.Rank - 1 do
                       if not (Array.contains d dims) then a[d] |]

            move Reshape (keep e.Sizes) (keep e.Strides) e

    /// One index of a dimension, which vanishes.
    let select (dim: int) (at: int64) (e: Expr) : Expr = narrow dim at 1L e |> squeeze [| dim |]

    /// Dimensions reversed; a copy in PyTorch, so the strides are those of an elementwise result.
    let flip (dims: int[]) (e: Expr) : Expr =
        let start = Array.init e.Rank (fun d -> if Array.contains d dims then max 0L (e.Sizes[d] - 1L) else 0L)
        let step = Array.init e.Rank (fun d -> if Array.contains d dims then -1L else 1L)

        if dims.Length = 0 then e else move (Slice(start, step)) e.Sizes (Shape.preserved e.Sizes e.Strides) e

    /// torch.as_strided over the row-major elements of the operand; the caller has checked the bounds.
    let strided (sizes: int64[]) (strides: int64[]) (offset: int64) (e: Expr) : Expr =
        if offset = 0L && sizes = e.Sizes && strides = Shape.contiguous sizes then
            e
        else
            move (Strided(offset, strides)) sizes strides e

    /// The bytes of the row-major elements as another dtype under other sizes of the same number of bytes.
    let reinterpret (dtype: DType) (sizes: int64[]) (e: Expr) : Expr =
        if dtype = e.DType && sizes = e.Sizes then
            e
        else
            make (Move(Reinterpret, e)) sizes (Shape.contiguous sizes) dtype [| e |]

    // ---- Write

    /// The target with a region of its row-major elements replaced. The value has the region's sizes and the target's dtype.
    let write (target: Expr) (region: Region) (value: Expr) : Expr =
        if value.DType <> target.DType then
            Fault.inside $"write of {value.DType} into {target.DType}"

        if value.Count = 0L then
            target
        else
            make (Write(target, region, value)) target.Sizes target.Strides target.DType [| target; value |]

    // ---- Map

    /// The dtype in which a word takes its operands.
    let private operandType (word: Word) (args: Expr[]) : DType =
        let first =
            match word.Rule with
            | Selected -> 1
            | _ -> 0

        let mutable same = not args[first].IsNumber

        for i in first + 1 .. args.Length - 1 do
            if args[i].DType <> args[first].DType then same <- false

        let promoted =
            if same then
                args[first].DType
            else
                let mutable r = Promotion.Result()

                for i in first .. args.Length - 1 do
                    r.Add(defaultFloat, args[i].DType, args[i].Rank > 0, args[i].IsNumber)

                r.DType defaultFloat

        match word.Rule with
        | PromotedToFloat
        | ComplexOf when not promoted.IsDifferentiable -> defaultFloat
        | _ -> promoted

    let resultType (word: Word) (operand: DType) : DType =
        match word.Rule with
        | Promoted
        | PromotedToFloat
        | Selected -> operand
        | Predicate -> DType.Bool
        | RealPart -> operand.Real
        | ComplexOf -> operand.Complex

    /// Whether every operator of a word exists for operands of a dtype: the dtype of the result, or none.
    let rec private supports (d: DType) (lane: Lane) : DType voption =
        match lane with
        | Arg _
        | Lit _ -> ValueSome d
        | Apply(op, args) ->
            let mutable last = ValueSome d
            let mutable ok = true

            for a in args do
                last <- supports d a
                if last.IsNone then ok <- false

            if not ok then
                ValueNone
            else
                let t = last.Value

                if isNull (op.For t.Element) then
                    ValueNone
                else
                    let r = op.Result t.Element
                    if r = t.Element then last else ValueSome(Scalars.dtypeOf r)

    // What each word supports, by element type, worked out once: a cache beside the words because words are plain values.
    let private supported = System.Runtime.CompilerServices.ConditionalWeakTable<Word, bool[]>()

    let private isSupported (word: Word) (d: DType) =
        let table =
            supported.GetValue(
                word,
                fun w -> Scalars.all |> Array.map (fun d -> (supports d w.Lane).IsSome)
            )

        table[Scalars.index d.Compute]

    /// The strides of an elementwise result over operands.
    let private mapStrides (sizes: int64[]) (args: Expr[]) : int64[] =
        let first = args |> Array.tryFind (fun a -> Shape.same a.Sizes sizes)

        match first with
        | Some f when Shape.isContiguous f.Sizes f.Strides && args |> Array.forall (fun a -> a.Rank = 0 || Object.ReferenceEquals(a, f) || Shape.same a.Sizes sizes && Shape.same a.Strides f.Strides) ->
            f.Strides
        | _ -> Shape.elementwise sizes (args |> Array.map (fun a -> struct (a.Sizes, a.Strides)))

    /// Applies a word: operands are promoted, cast and broadcast.
    let map (word: Word) (args: Expr[]) : Expr =
        let dtype = operandType word args

        if not (isSupported word dtype) then
            Fault.unsupported $"\"{word.Name}_cpu\" not implemented for '{dtype.ScalarName}'"

        let mutable sizes = args[0].Sizes

        for i in 1 .. args.Length - 1 do
            sizes <- Shape.broadcast2 sizes args[i].Sizes

        let strides = mapStrides sizes args
        let ready = Array.zeroCreate args.Length

        for i in 0 .. args.Length - 1 do
            let wanted = if i = 0 && word.Rule = Selected then DType.Bool else dtype
            ready[i] <- expand sizes (cast wanted args[i])

        make (Map(word, ready)) sizes strides (resultType word dtype) ready

    // ---- Reduce

    /// Reduces dimensions to size 1. No dimensions: the operand itself.
    let reduce (reduction: Reduction) (dims: int[]) (e: Expr) : Expr =
        if dims.Length = 0 then
            e
        else
            if isNull (reduction.Combine.For e.DType.Compute.Element) then
                Fault.unsupported $"\"{reduction.Name}_cpu\" not implemented for '{e.DType.ScalarName}'"

            let sizes = e.Sizes |> Array.mapi (fun d s -> if Array.contains d dims then 1L else s)
            make (Reduce(reduction, dims, e)) sizes (Shape.contiguous sizes) e.DType [| e |]

    // ---- Routines

    /// Calls a routine; one expression for each result.
    let call (routine: Routine) (operands: Expr[]) : Expr[] =
        let signatures = routine.Infer operands
        let call = Call<Expr>(routine, operands, signatures)
        let results = signatures |> Array.mapi (fun i s -> make (Result(call, i)) s.Sizes s.Strides s.DType operands)
        call.Results <- results
        results

    /// Calls a routine with one result.
    let call1 (routine: Routine) (operands: Expr[]) : Expr = (call routine operands)[0]

    /// The signature of a contiguous result.
    let signature (sizes: int64[]) (dtype: DType) : Signature =
        { Sizes = sizes
          Strides = Shape.contiguous sizes
          DType = dtype }
