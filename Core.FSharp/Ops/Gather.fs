/// Elements picked and put along one dimension: torch.gather and the scatter family, whose index has the operand's rank, and index_add, index_copy,
/// index_fill, index_reduce, whose index is a vector. Two routines serve them all: Pick and Put. Faults of an index's values are raised when the kernel
/// runs; negative ones are faults.
namespace Torch.Core.Ops

open System
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Gather =
    /// x with a value where the condition holds.
    let private fill (condition: Expr) (value: Expr) (x: Expr) =
        Arithmetic.where condition (Expr.cast x.DType value) x

    /// Indices as the kernels take them.
    let internal whole (index: Expr) = Expr.cast DType.Int64 index

    /// What an operation says of an index out of range.
    [<RequireQualifiedAccess>]
    type private Complaint =
        /// A RuntimeError that tells the index (gather, scatter).
        | Runtime
        /// An IndexError that tells the index (index_copy, index_fill).
        | Index
        /// "index out of range in self" (index_add, index_reduce).
        | Self
        /// "Target 7 is out of bounds." (nll_loss).
        | Target

    let private complaining (c: Complaint) (run: unit -> unit) =
        try
            run ()
        with :? IndexOutOfRangeException as e ->
            match c with
            | Complaint.Runtime -> Fault.runtime e.Message
            | Complaint.Index -> Fault.index e.Message
            | Complaint.Self -> Fault.index "index out of range in self"
            // "index 7 is out of .."
            | Complaint.Target -> Fault.index $"Target {e.Message.Split(' ')[1]} is out of bounds."

    /// result[i, j, k] = source[i, index[i, j, k], k] for dim = 1. The other sizes of the index may be smaller than the source's.
    type private Pick(dim: int, complaint: Complaint) =
        inherit Routine("gather", [ Whole(int64 dim); Text(string complaint) ])

        override _.Infer(operands) = [| Expr.signature operands[1].Sizes operands[0].DType |]

        override _.Run(operands, results) =
            complaining complaint (fun () -> GatherScatter.Gather(operands[0], dim, operands[1], results[0]))

        override _.Vjp(operands, _, cotangents) =
            let put (g: Expr) =
                Expr.call1 (Put(dim, ScatterMode.Add, complaint)) [| Expr.zerosLike operands[0]; operands[1]; g |]

            [| cotangents[0] |> Option.map put; None |]

        override _.Batch(operands, batched) = Batching.lift (Pick(dim + 1, complaint)) operands batched

    /// self with source[i, j, k] set, added, .. at [i, index[i, j, k], k] for dim = 1. Index and source have the same sizes. Several values for one place
    /// are taken in ascending order.
    and private Put(dim: int, mode: ScatterMode, complaint: Complaint) =
        inherit Routine("scatter", [ Whole(int64 dim); Text(string mode); Text(string complaint) ])

        override _.Infer(operands) =
            let self = operands[0]

            [| { Sizes = self.Sizes
                 Strides = Shape.preserved self.Sizes self.Strides
                 DType = self.DType } |]

        override _.Run(operands, results) =
            StridedCopy.Copy(operands[0], results[0])
            complaining complaint (fun () -> GatherScatter.Scatter(results[0], dim, operands[1], operands[2], mode))

        override _.Vjp(operands, results, cotangents) =
            let self, index, source = operands[0], operands[1], operands[2]
            let d = self.DType
            let pick (x: Expr) = Expr.call1 (Pick(dim, complaint)) [| x; index |]
            let put m (x: Expr) (s: Expr) = Expr.call1 (Put(dim, m, complaint)) [| x; index; s |]

            match cotangents[0] with
            | None -> [| None; None; None |]
            | Some g ->
                match mode with
                | ScatterMode.Assign -> [| Some(put ScatterMode.Assign g (Expr.fill index.Sizes d (Int 0L))); None; Some(pick g) |]
                | ScatterMode.Add -> [| Some g; None; Some(pick g) |]
                | ScatterMode.Max
                | ScatterMode.Min ->
                    // All that equal the result share its gradient.
                    let own = Expr.cast d (Compare.eq self results[0])
                    let theirs = Expr.cast d (Compare.eq source (pick results[0]))
                    let shared = Arithmetic.div g (put ScatterMode.Add own theirs)
                    [| Some(Arithmetic.mul own shared); None; Some(Arithmetic.mul theirs (pick shared)) |]
                | ScatterMode.Multiply ->
                    let isZero x = Compare.eq x zero
                    let product (x: Expr) (s: Expr) = put ScatterMode.Multiply x s
                    let self1 = fill (isZero self) one self
                    let toSelf = Arithmetic.div (Arithmetic.mul g (product self1 source)) self1
                    // A source that is the only zero of its place gets the product of the others; elsewhere the result is divided by the source.
                    let none = isZero source
                    let zeros = put ScatterMode.Add (Expr.zerosLike self) (Expr.cast d none) |> pick
                    let single = Logic.logical_and none (Compare.eq zeros one)
                    let others = product self (fill single one source)

                    let toSource =
                        Arithmetic.where
                            single
                            (pick (Arithmetic.mul g others))
                            (Arithmetic.div (pick (Arithmetic.mul g results[0])) (fill none one source))

                    [| Some toSelf; None; Some toSource |]
                | _ -> Fault.inside $"unknown scatter mode {mode}"

        override _.Batch(operands, batched) =
            Batching.lift (Put(dim + 1, mode, complaint)) operands batched

    /// What a place holds that has forgotten its value, for each way to combine.
    let private identity (mode: ScatterMode) (d: DType) : Literal =
        let bounds =
            match d with
            | DType.Bool -> struct (0L, 1L)
            | DType.UInt8 -> struct (0L, 255L)
            | DType.Int8 -> struct (-128L, 127L)
            | DType.Int16 -> struct (-32768L, 32767L)
            | DType.Int32 -> struct (int64 Int32.MinValue, int64 Int32.MaxValue)
            | _ -> struct (Int64.MinValue, Int64.MaxValue)

        match mode, bounds with
        | ScatterMode.Multiply, _ -> Int 1L
        | ScatterMode.Max, struct (low, _) -> if d.IsFloat then Real Double.NegativeInfinity else Int low
        | ScatterMode.Min, struct (_, high) -> if d.IsFloat then Real Double.PositiveInfinity else Int high
        | _ -> Int 0L

    let private put (complaint: Complaint) (mode: ScatterMode) (includeSelf: bool) (self: Expr) (d: int) (index: Expr) (source: Expr) : Expr =
        let call mode (x: Expr) (s: Expr) = Expr.call1 (Put(d, mode, complaint)) [| x; index; s |]

        let start =
            if includeSelf then
                self
            else
                call ScatterMode.Assign self (Expr.fill index.Sizes self.DType (identity mode self.DType))

        call mode start source

    /// The mean of what a place receives: the sum divided by the count, rounded down for integers.
    let private putMean (complaint: Complaint) (includeSelf: bool) (self: Expr) (d: int) (index: Expr) (source: Expr) : Expr =
        let sum = put complaint ScatterMode.Add includeSelf self d index source
        let start = Expr.fill self.Sizes self.DType (Int(if includeSelf then 1L else 0L))
        let counts = put complaint ScatterMode.Add true start d index (Expr.fill index.Sizes self.DType (Int 1L))
        let counts = fill (Compare.eq counts zero) one counts

        if self.DType.IsDifferentiable then
            Arithmetic.div sum counts
        else
            Numeric.floor_divide sum counts

    let private modes (reduce: string) (message: string) : Complaint -> bool -> Expr -> int -> Expr -> Expr -> Expr =
        match reduce with
        | "sum" -> fun c -> put c ScatterMode.Add
        | "prod" -> fun c -> put c ScatterMode.Multiply
        | "amax" -> fun c -> put c ScatterMode.Max
        | "amin" -> fun c -> put c ScatterMode.Min
        | "mean" -> putMean
        | _ -> Fault.runtime message

    let private checkIndex (name: string) (index: Expr) =
        match index.DType with
        | DType.Int64
        | DType.Int32 -> ()
        // Without elements any type will do.
        | _ when index.Count = 0L -> ()
        | _ -> Fault.runtime $"{name}(): Expected dtype int32/int64 for index"

    /// torch.gather: result[i][j] = source[index[i][j]][j] for dim = 0, and so on. The result has the sizes of the index.
    let gather (source: Expr) (dim: int64) (index: Expr) : Expr =
        let d = Shape.dim source.Rank dim
        checkIndex "gather" index

        let s, i = Dims.atLeast1 source, Dims.atLeast1 index

        // An index without elements may have any shape.
        if index.Count = 0L && s.Rank <> i.Rank then
            Expr.fill index.Sizes source.DType (Int 0L)
        else
            if s.Rank <> i.Rank then
                Fault.runtime "Index tensor must have the same number of dimensions as input tensor"

            for k in 0 .. s.Rank - 1 do
                if k <> d && i.Sizes[k] > s.Sizes[k] then
                    Fault.runtime
                        $"Size does not match at dimension {k} expected index {Shape.show index.Sizes} to be no larger than self {Shape.show source.Sizes} apart from dimension {d}"

            Expr.call1 (Pick(d, Complaint.Runtime)) [| s; whole i |] |> Expr.reshape index.Sizes

    /// What nll_loss picks: like gather, with its words for a class that does not exist.
    let internal pick_classes (source: Expr) (d: int) (index: Expr) : Expr =
        Expr.call1 (Pick(d, Complaint.Target)) [| source; index |]

    /// Operands of the scatter family checked, seen with dimensions, and the source cut to the index.
    let private scattering (name: string) (self: Expr) (dim: int64) (index: Expr) (source: Expr) (combine: Expr -> int -> Expr -> Expr -> Expr) : Expr =
        let d = Shape.dim self.Rank dim
        checkIndex name index

        if self.DType <> source.DType then
            Fault.runtime $"{name}(): Expected self.dtype to be equal to src.dtype"

        let x, i, s = Dims.atLeast1 self, Dims.atLeast1 index, Dims.atLeast1 source

        // An index without elements may have any shape.
        if index.Count = 0L && (i.Rank <> x.Rank || i.Rank <> s.Rank) then
            self
        else
            if i.Rank <> x.Rank then
                Fault.runtime "Index tensor must have the same number of dimensions as self tensor"

            if i.Rank <> s.Rank then
                Fault.runtime "Index tensor must have the same number of dimensions as src tensor"

            for k in 0 .. x.Rank - 1 do
                if index.Count > 0L && ((k <> d && i.Sizes[k] > x.Sizes[k]) || i.Sizes[k] > s.Sizes[k]) then
                    Fault.runtime
                        $"Expected index {Shape.show index.Sizes} to be no larger than self {Shape.show self.Sizes} apart from dimension {d} and to be no larger than src {Shape.show source.Sizes}"

            let fits = Array.forall2 (<=) i.Sizes s.Sizes

            if fits then
                let s = Expr.slice (Array.create i.Rank 0L) (Array.create i.Rank 1L) i.Sizes s
                combine x d (whole i) s |> Expr.reshape self.Sizes
            else
                self

    /// torch.scatter: elements of the source set at places of self.
    let scatter (self: Expr) (dim: int64) (index: Expr) (source: Expr) : Expr =
        scattering "scatter" self dim index source (put Complaint.Runtime ScatterMode.Assign true)

    /// torch.scatter with one number for all places.
    let scatter_value (self: Expr) (dim: int64) (index: Expr) (value: Expr) : Expr =
        scatter self dim index (Expr.cast self.DType value |> Expr.expand index.Sizes)

    /// torch.scatter_add.
    let scatter_add (self: Expr) (dim: int64) (index: Expr) (source: Expr) : Expr =
        scattering "scatter_add" self dim index source (put Complaint.Runtime ScatterMode.Add true)

    /// torch.scatter_reduce with reduce = sum, prod, mean, amax or amin.
    let scatter_reduce (self: Expr) (dim: int64) (index: Expr) (source: Expr) (reduce: string) (includeSelf: bool) : Expr =
        let combine = modes reduce $"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}."

        if reduce.StartsWith 'a' && self.DType.IsComplex then
            Check.unsupported $"scatter_reduce_{reduce}" self.DType

        scattering "scatter" self dim index source (combine Complaint.Runtime includeSelf)

    /// torch.scatter with reduce = "add" or "multiply".
    let scatter_combine (self: Expr) (dim: int64) (index: Expr) (source: Expr) (reduce: string) : Expr =
        match reduce with
        | "add" -> scatter_add self dim index source
        | "multiply" -> scatter_reduce self dim index source "prod" true
        | _ -> Fault.runtime "reduce argument must be either add or multiply."

    // ---- By a vector of indices

    /// Combines slices of a source, which lie along dimension d, with those of self that a vector of indices names.
    let private along (complaint: Complaint) combine (self: Expr) (d: int) (index: Expr) (source: Expr) : Expr =
        let x, s = Dims.atLeast1 self, Dims.atLeast1 source
        let shape = Array.init s.Rank (fun k -> if k = d then index.Count else 1L)
        let index = whole index |> Expr.reshape shape |> Expr.expand s.Sizes
        combine complaint true x d index s |> Expr.reshape self.Sizes

    let private checkAdded (name: string) (self: Expr) (d: int) (index: Expr) (source: Expr) =
        checkIndex name index

        if index.Rank > 1 then
            Fault.index $"{name}(): Index is supposed to be a vector, but got dim: {index.Rank} with type: {index.DType.ScalarName} and size: {Shape.show index.Sizes}"

        if self.DType <> source.DType then
            Fault.runtime $"{name}(): self ({self.DType.ScalarName}) and source ({source.DType.ScalarName}) must have the same scalar type"

        let x, s = Dims.atLeast1 self, Dims.atLeast1 source

        if s.Rank <> x.Rank || Seq.exists (fun k -> k <> d && s.Sizes[k] <> x.Sizes[k]) (seq { 0 .. x.Rank - 1 }) then
            Fault.runtime
                $"source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = {Shape.show self.Sizes} source.shape = {Shape.show source.Sizes}"

        if s.Sizes[d] <> index.Count then
            Fault.runtime $"{name}(): Number of indices ({index.Count}) should be equal to source.size(dim): ({s.Sizes[d]}), for dim: {d}"

    /// torch.index_add: slices of the source times alpha (null: 1) added to those of self that the index names.
    let index_add (self: Expr) (dim: int64) (index: Expr) (source: Expr) (alpha: Expr) : Expr =
        let d = Shape.dim self.Rank dim
        checkAdded "index_add_" self d index source

        let source =
            if Given.isOther 1L alpha then
                Check.scalar "alpha" self.DType alpha
                Arithmetic.mul source alpha
            else
                source

        along Complaint.Self (fun c -> put c ScatterMode.Add) self d index source

    /// torch.index_reduce: prod, mean, amax or amin.
    let index_reduce (self: Expr) (dim: int64) (index: Expr) (source: Expr) (reduce: string) (includeSelf: bool) : Expr =
        let d = Shape.dim self.Rank dim
        let message = $"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}."
        let combine = modes (if reduce = "sum" then "" else reduce) message
        if self.DType.IsComplex then Check.unsupported "index_func_" self.DType
        checkAdded "index_reduce_" self d index source
        along Complaint.Self (fun c _ -> combine c includeSelf) self d index source

    /// torch.index_copy.
    let index_copy (self: Expr) (dim: int64) (index: Expr) (source: Expr) : Expr =
        let d = Shape.dim self.Rank dim

        if index.Rank > 1 then
            Fault.index $"index_copy_(): Index should have dimension 1 or 0 (got {index.Rank})"

        if index.DType <> DType.Int64 then Fault.runtime "index_copy_(): Expected a long tensor for index"

        if self.DType <> source.DType then
            Fault.runtime $"index_copy_(): self and source expected to have the same dtype, but got (self) {self.DType.ScalarName} and (source) {source.DType.ScalarName}"

        if source.Rank = 0 && index.Count <> 1L then
            Fault.index $"index_copy_(): When source is scalar, index should have one element (got {index.Count})"

        if source.Rank <> self.Rank && source.Rank <> 0 && self.Rank <> 0 then
            Fault.index
                $"index_copy_(): When source and destination are not scalars, their dimensionality must match. Source dimensionality ({source.Rank}), destination dimensionality ({self.Rank})"

        let x, s = Dims.atLeast1 self, Dims.atLeast1 source

        let s =
            if s.Rank < x.Rank then
                Expr.expand (x.Sizes |> Array.mapi (fun k n -> if k = d then 1L else n)) s
            else
                s

        let others (e: Expr) = Array.removeAt d e.Sizes

        if others s <> others x then
            Fault.runtime
                $"index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: {Shape.show (others x)} at dimension {d} and source slice shape: {Shape.show (others s)} at dimension 0."

        if s.Sizes[d] <> index.Count then
            Fault.index $"index_copy_(): Number of indices ({index.Count}) should be equal to source.size(dim) ({s.Sizes[d]})"

        along Complaint.Index (fun c -> put c ScatterMode.Assign) self d index s

    /// torch.index_fill: the value has no dimensions.
    let index_fill (self: Expr) (dim: int64) (index: Expr) (value: Expr) : Expr =
        let d = Shape.dim self.Rank dim
        if index.DType <> DType.Int64 then Fault.index "index_fill_(): Expected dtype int64 for index."
        if index.Rank > 1 then Fault.index "Index has to be a vector/scalar"

        if value.Rank > 0 then
            Fault.runtime $"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.Rank} dimension(s)."

        if value.DType.IsComplex && not self.DType.IsComplex then
            Fault.runtime "index_fill_(): Converting complex Scalar to non-complex type is not supported"

        let x = Dims.atLeast1 self
        let sizes = x.Sizes |> Array.mapi (fun k n -> if k = d then index.Count else n)
        // Negative indices count from the end here, unlike in the rest of the family.
        let length = Expr.int x.Sizes[d]
        let index = Arithmetic.where (Compare.lt index zero) (Arithmetic.add index length) index
        along Complaint.Index (fun c -> put c ScatterMode.Assign) self d index (Expr.cast self.DType value |> Expr.expand sizes)

    /// torch.take_along_dim over one dimension: index and source are broadcast in the others.
    let take_along_dim (source: Expr) (index: Expr) (dim: int64) : Expr =
        if source.Rank <> index.Rank then
            Fault.runtime $"torch.take_along_dim(): input and indices should have the same number of dimensions, but got {source.Rank} dimensions for input, and {index.Rank} dimensions for indices"

        if index.DType <> DType.Int64 then
            Fault.runtime $"torch.take_along_dim(): dtype of indices should be Long but got {index.DType.ScalarName}"

        let d = Shape.dim source.Rank dim
        let free (sizes: int64[]) = sizes |> Array.mapi (fun k s -> if k = d then 1L else s)
        let common = Shape.broadcast2 (free source.Sizes) (free index.Sizes)
        let fit (e: Expr) = Expr.expand (common |> Array.mapi (fun k s -> if k = d then e.Sizes[d] else s)) e
        // Negative indices count from the end here, unlike in gather.
        let length = Expr.int source.Sizes[d]
        let index = Arithmetic.where (Compare.lt index zero) (index +. length) index
        gather (fit source) (int64 d) (fit index)

    /// torch.take_along_dim without a dimension: both are taken as vectors.
    let take_along_flat (source: Expr) (index: Expr) : Expr =
        take_along_dim (Expr.reshape [| -1L |] source) (Expr.reshape [| -1L |] index) 0L

    // Samples: an index of one element, and all slices.
    let private firsts (x: Expr) = Expr.fill (Array.create x.Rank 1L) DType.Int64 (Int 0L)
    let private slices (x: Expr) = Expr.index x.Sizes[0] 0L 1L

    let defs: OpDef list =
        let def name doc sample =
            { Def.sample name sample Domain.Reals doc with InPlace = name <> "gather" && name <> "take_along_dim" }

        [ def "gather" "Elements picked along a dimension by an index." (fun x -> gather x 0L (firsts x))
          def "take_along_dim" "Elements picked along a dimension by a broadcast index." (fun x -> take_along_dim x (firsts x) 0L)
          def "scatter" "Elements set along a dimension at the places of an index." (fun x -> scatter x 0L (firsts x) x)
          def "scatter_add" "Elements added along a dimension at the places of an index." (fun x -> scatter_add x 0L (firsts x) x)
          def "scatter_reduce" "Elements combined along a dimension at the places of an index." (fun x -> scatter_reduce x 0L (firsts x) x "prod" true)
          def "index_add" "Slices added to those that a vector names." (fun x -> index_add x 0L (slices x) x (Expr.int 2L))
          def "index_reduce" "Slices combined with those that a vector names." (fun x -> index_reduce x 0L (slices x) x "mean" true)
          def "index_copy" "Slices set at the places that a vector names." (fun x -> index_copy x 0L (slices x) x)
          def "index_fill" "Slices that a vector names set to a number." (fun x -> index_fill x 0L (Expr.index 1L 0L 1L) (Expr.int 3L)) ]
