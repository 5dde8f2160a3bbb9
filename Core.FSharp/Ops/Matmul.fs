/// Products of matrices and vectors. One routine, Contract, multiplies batches of matrices of any strides; everything else arranges operands for it.
/// Results of half types are rounded once; alpha and beta are applied before that.
namespace Torch.Core.Ops

open System.Collections.Generic
open Torch.Core
open Torch.Kernels

[<RequireQualifiedAccess>]
module Matmul =
    /// [B.., M, K] times [B.., K, N], of one dtype and the same batch sizes.
    type private Contract() =
        inherit Routine("contract", [])

        override _.Infer(operands) =
            let a, b = operands[0], operands[1]
            let sizes = Array.copy a.Sizes
            sizes[a.Rank - 1] <- b.Sizes[b.Rank - 1]
            [| Expr.signature sizes a.DType |]

        override _.Run(operands, results) =
            Gemm.Run(operands[0], operands[1], results[0])

        override _.Vjp(operands, _, cotangents) =
            match cotangents[0] with
            | None -> [| None; None |]
            | Some g ->
                [| Some(Expr.call1 (Contract()) [| g; Dims.adjoint operands[1] |])
                   Some(Expr.call1 (Contract()) [| Dims.adjoint operands[0]; g |]) |]

        override this.Batch(operands, batched) =
            let a, b = operands[0], operands[1]

            match batched with
            | [| true; false |] when b.Rank = 2 ->
                // The batch becomes more rows.
                let y = Expr.call1 this [| Expr.reshape [| -1L; a.Sizes[2] |] a; b |]
                Some [| Expr.reshape [| a.Sizes[0]; a.Sizes[1]; b.Sizes[1] |] y |]
            | _ -> Batching.lift this operands batched

    /// The product of batches of matrices that fit.
    let internal contract (a: Expr) (b: Expr) : Expr = Expr.call1 (Contract()) [| a; b |]

    let private noBool (kernel: string) (a: Expr) =
        if a.DType = DType.Bool then Check.unsupported kernel a.DType

    let private sameM (a: Expr) (b: Expr) =
        if a.DType <> b.DType then
            Fault.runtime $"expected m1 and m2 to have the same dtype, but got: {Check.cname a.DType} != {Check.cname b.DType}"

    let private expected (a: Expr) (b: Expr) =
        if a.DType <> b.DType then
            Fault.runtime $"expected scalar type {a.DType.ScalarName} but found {b.DType.ScalarName}"

    let private shapes (a: Expr) (b: Expr) =
        if a.Sizes[1] <> b.Sizes[0] then
            Fault.runtime $"mat1 and mat2 shapes cannot be multiplied ({a.Sizes[0]}x{a.Sizes[1]} and {b.Sizes[0]}x{b.Sizes[1]})"

    let private row (v: Expr) = Expr.unsqueeze 0 v
    let private column (v: Expr) = Expr.unsqueeze 1 v

    // ---- Plain products

    /// torch.mm.
    let mm (a: Expr) (b: Expr) : Expr =
        if a.Rank <> 2 then Fault.runtime "self must be a matrix"
        if b.Rank <> 2 then Fault.runtime "mat2 must be a matrix"
        shapes a b
        sameM a b
        noBool "addmm_impl_cpu_" a
        contract a b

    /// torch.bmm.
    let bmm (a: Expr) (b: Expr) : Expr =
        if a.Rank <> 3 then Fault.runtime "batch1 must be a 3D tensor"
        if b.Rank <> 3 then Fault.runtime "batch2 must be a 3D tensor"

        if b.Sizes[0] <> a.Sizes[0] || b.Sizes[1] <> a.Sizes[2] then
            Fault.runtime
                $"Expected size for first two dimensions of batch2 tensor to be: [{a.Sizes[0]}, {a.Sizes[2]}] but got: [{b.Sizes[0]}, {b.Sizes[1]}]."

        expected a b
        noBool "bmm" a
        contract a b

    /// torch.mv.
    let mv (a: Expr) (v: Expr) : Expr =
        if a.Rank <> 2 || v.Rank <> 1 then
            Fault.runtime $"vector + matrix @ vector expected, got 1, {a.Rank}, {v.Rank}"

        if a.Sizes[1] <> v.Sizes[0] then
            Fault.runtime $"size mismatch, got input ({a.Sizes[0]}), mat ({a.Sizes[0]}x{a.Sizes[1]}), vec ({v.Sizes[0]})"

        expected a v
        noBool "addmv_impl_cpu" a
        contract a (column v) |> Expr.squeeze [| 1 |]

    let private checkDot (a: Expr) (b: Expr) =
        if a.Rank <> 1 || b.Rank <> 1 then
            Fault.runtime $"1D tensors expected, but got {a.Rank}D and {b.Rank}D tensors"

        if a.DType <> b.DType then
            Fault.runtime $"dot : expected both vectors to have same dtype, but found {a.DType.ScalarName} and {b.DType.ScalarName}"

        if a.Count <> b.Count then
            Fault.runtime
                $"inconsistent tensor size, expected tensor {Shape.show a.Sizes} and src {Shape.show b.Sizes} to have the same number of elements, but got {a.Count} and {b.Count} elements respectively"

        noBool "dot" a

    /// torch.dot.
    let dot (a: Expr) (b: Expr) : Expr =
        checkDot a b
        contract (row a) (column b) |> Expr.squeeze [| 0; 1 |]

    /// torch.vdot: the first operand is conjugated.
    let vdot (a: Expr) (b: Expr) : Expr =
        checkDot a b
        contract (row (Arithmetic.conj a)) (column b) |> Expr.squeeze [| 0; 1 |]

    /// torch.outer.
    let outer (a: Expr) (b: Expr) : Expr =
        if a.Rank <> 1 then Fault.runtime $"outer: Expected 1-D argument self, but got {a.Rank}-D"
        if b.Rank <> 1 then Fault.runtime $"outer: Expected 1-D argument vec2, but got {b.Rank}-D"
        Arithmetic.mul (column a) b

    /// torch.matmul: vectors, matrices and batches of matrices, which broadcast.
    let matmul (a: Expr) (b: Expr) : Expr =
        match a.Rank, b.Rank with
        | 0, _
        | _, 0 -> Fault.runtime $"both arguments to matmul need to be at least 1D, but they are {a.Rank}D and {b.Rank}D"
        | 1, 1 -> dot a b
        | 2, 1 -> mv a b
        | 1, 2 -> mm (row a) b |> Expr.squeeze [| 0 |]
        | 2, 2 -> mm a b
        | n, (1 | 2) ->
            // The batch becomes rows of one product.
            let rows = Expr.reshape [| Shape.count (Array.sub a.Sizes 0 (n - 1)); a.Sizes[n - 1] |] a
            let y = if b.Rank = 1 then mv rows b else mm rows b
            Expr.reshape (Array.append (Array.sub a.Sizes 0 (n - 1)) (Array.skip 1 b.Sizes)) y
        | _ ->
            let x = if a.Rank = 1 then row a else a
            let m, k, k2, n = x.Sizes[x.Rank - 2], x.Sizes[x.Rank - 1], b.Sizes[b.Rank - 2], b.Sizes[b.Rank - 1]
            let batch = Shape.broadcast2 (Array.sub x.Sizes 0 (x.Rank - 2)) (Array.sub b.Sizes 0 (b.Rank - 2))

            if k <> k2 then
                if x.Rank = 2 then
                    Fault.runtime $"mat1 and mat2 shapes cannot be multiplied ({Shape.count b.Sizes / max 1L k2}x{k2} and {k}x{m})"
                else
                    let count = Shape.count batch
                    Fault.runtime $"Expected size for first two dimensions of batch2 tensor to be: [{count}, {k}] but got: [{count}, {k2}]."

            if x.Rank = 2 then
                sameM b x
                noBool "addmm_impl_cpu_" x
            else
                expected x b
                noBool "bmm" x

            let y = contract (Expr.expand (Array.append batch [| m; k |]) x) (Expr.expand (Array.append batch [| k; n |]) b)
            if a.Rank = 1 then Expr.squeeze [| y.Rank - 2 |] y else y

    // ---- Products with an addend

    /// beta * addend + alpha * product, computed wide and rounded once. With beta = 0 the addend is not read, so that its NaNs do not spread.
    let private blend (addend: Expr) (beta: Expr) (alpha: Expr) (sizes: int64[]) (product: DType -> Expr) : Expr =
        let d = addend.DType
        let wide = d.Compute
        // Of an integer product the numbers are integers, too.
        let held (s: Expr) = if Given.isNull s || d.IsDifferentiable then s else Expr.cast d s
        let beta, alpha = held beta, held alpha
        let addend = Expr.expand sizes addend
        let p = product wide
        let p = if Given.isOther 1L alpha then Arithmetic.mul p alpha else p

        let ignored = not (Given.isNull beta) && not (Given.isOther 0L beta)

        let sum =
            if ignored then
                p
            else
                let a = Expr.cast wide addend
                Arithmetic.add (if Given.isOther 1L beta then Arithmetic.mul a beta else a) p

        Expr.cast d sum |> Expr.withStrides (Shape.contiguous sizes)

    let private sameSelf (self: Expr) (b: Expr) =
        if self.DType <> b.DType then
            Fault.runtime $"self and mat2 must have the same dtype, but got {self.DType.ScalarName} and {b.DType.ScalarName}"

    /// torch.addmm: beta * self + alpha * (a @ b). Null numbers are 1.
    let addmm (self: Expr) (a: Expr) (b: Expr) (beta: Expr) (alpha: Expr) : Expr =
        if a.Rank <> 2 then Fault.runtime $"mat1 must be a matrix, got {a.Rank}-D tensor"
        if b.Rank <> 2 then Fault.runtime $"mat2 must be a matrix, got {b.Rank}-D tensor"
        shapes a b
        sameSelf self b

        if a.DType <> b.DType then
            Fault.runtime $"mat1 and mat2 must have the same dtype, but got {a.DType.ScalarName} and {b.DType.ScalarName}"

        noBool "addmm_impl_cpu_" a
        blend self beta alpha [| a.Sizes[0]; b.Sizes[1] |] (fun w -> contract (Expr.cast w a) (Expr.cast w b))

    /// torch.addmv.
    let addmv (self: Expr) (a: Expr) (v: Expr) (beta: Expr) (alpha: Expr) : Expr =
        if a.Rank <> 2 || v.Rank <> 1 || self.Rank > 1 then
            Fault.runtime $"vector + matrix @ vector expected, got {self.Rank}, {a.Rank}, {v.Rank}"

        if a.Sizes[1] <> v.Sizes[0] || (self.Count <> 1L && self.Count <> a.Sizes[0]) then
            Fault.runtime $"size mismatch, got input ({self.Count}), mat ({a.Sizes[0]}x{a.Sizes[1]}), vec ({v.Sizes[0]})"

        sameSelf self v
        expected a v
        noBool "addmv_impl_cpu" a
        blend self beta alpha [| a.Sizes[0] |] (fun w -> contract (Expr.cast w a) (Expr.cast w (column v)) |> Expr.squeeze [| 1 |])

    /// torch.addr: beta * self + alpha * outer(v, w).
    let addr (self: Expr) (v: Expr) (w: Expr) (beta: Expr) (alpha: Expr) : Expr =
        if v.Rank <> 1 then Fault.runtime $"addr: Expected 1-D argument vec1, but got {v.Rank}-D"
        if w.Rank <> 1 then Fault.runtime $"addr: Expected 1-D argument vec2, but got {w.Rank}-D"
        let scale (s: Expr) (e: Expr) = if Given.isOther 1L s then Arithmetic.mul e s else e
        let product = scale alpha (Arithmetic.mul (column v) w)
        let ignored = not (Given.isNull beta) && not (Given.isOther 0L beta)
        let d = Promotion.result (Expr.defaultDType ()) [| for e in [| self; v; w |] -> struct (e.DType, e.Rank > 0, false) |]

        if not (Given.isNull beta) then Check.scalar "beta" d beta
        if not (Given.isNull alpha) then Check.scalar "alpha" d alpha
        let addend = Expr.expand product.Sizes self
        (if ignored then Expr.cast d product else Arithmetic.add (scale beta addend) product |> Expr.cast d)
        |> Expr.withStrides (Shape.contiguous product.Sizes)

    let private checkBatches (a: Expr) (b: Expr) =
        if a.Rank <> 3 then Fault.runtime "batch1 must be a 3D tensor"
        if b.Rank <> 3 then Fault.runtime "batch2 must be a 3D tensor"

        if b.Sizes[0] <> a.Sizes[0] || b.Sizes[1] <> a.Sizes[2] then
            Fault.runtime
                $"Expected size for first two dimensions of batch2 tensor to be: [{a.Sizes[0]}, {a.Sizes[2]}] but got: [{b.Sizes[0]}, {b.Sizes[1]}]."

    /// torch.baddbmm.
    let baddbmm (self: Expr) (a: Expr) (b: Expr) (beta: Expr) (alpha: Expr) : Expr =
        checkBatches a b

        if self.DType <> a.DType then
            Fault.runtime $"Input dtypes must be the same, got: input {Check.cname self.DType}, batch1: {Check.cname a.DType}, batch2: {Check.cname b.DType}"

        expected a b
        noBool "baddbmm" a
        blend self beta alpha [| a.Sizes[0]; a.Sizes[1]; b.Sizes[2] |] (fun w -> contract (Expr.cast w a) (Expr.cast w b))

    /// torch.addbmm: the products of the batch are summed.
    let addbmm (self: Expr) (a: Expr) (b: Expr) (beta: Expr) (alpha: Expr) : Expr =
        checkBatches a b
        sameSelf self b
        expected a b
        noBool "addmm_impl_cpu_" a

        // The sum over the batch is part of one product: rows [M, B K] times [B K, N].
        blend self beta alpha [| a.Sizes[1]; b.Sizes[2] |] (fun w ->
            let k = a.Sizes[0] * a.Sizes[2]
            let left = Expr.cast w a |> Expr.permute [| 1; 0; 2 |] |> Expr.reshape [| a.Sizes[1]; k |]
            contract left (Expr.cast w b |> Expr.reshape [| k; b.Sizes[2] |]))

    /// torch.nn.functional.linear: x @ weight.T + bias. The bias may be null.
    let linear (x: Expr) (weight: Expr) (bias: Expr) : Expr =
        let y =
            match weight.Rank with
            | 1 -> matmul x weight
            | 2 ->
                if not (Given.isNull bias) && x.DType <> weight.DType then
                    Fault.runtime $"mat1 and mat2 must have the same dtype, but got {x.DType.ScalarName} and {weight.DType.ScalarName}"

                matmul x (Expr.transpose 0 1 weight)
            | n -> Fault.runtime $"weight must be a 1D or 2D tensor, but got {n}D tensor"

        if Given.isNull bias then
            y
        else
            sameSelf bias weight
            // Broadcasting the bias must not enlarge the result.
            Arithmetic.add y (if bias.Rank <= y.Rank then Expr.expand y.Sizes bias else bias)

    // ---- Contractions of several dimensions

    let private product (sizes: int64[]) (dims: int[]) = dims |> Array.fold (fun p d -> p * sizes[d]) 1L

    let private rest (rank: int) (dims: int[]) =
        [| for d in 0 .. rank - 1 do
               if not (Array.contains d dims) then d |]

    /// torch.tensordot over pairs of dimensions.
    let tensordot (a: Expr) (b: Expr) (dimsA: int64[]) (dimsB: int64[]) : Expr =
        if dimsA.Length <> dimsB.Length then
            Fault.runtime
                $"both dimension lists should have same length, got {dimsA.Length} and {dimsB.Length}"

        if a.DType <> b.DType then
            Fault.runtime "both inputs should have same dtype"

        let da = dimsA |> Array.map (Shape.dim a.Rank)
        let db = dimsB |> Array.map (Shape.dim b.Rank)
        let mutable x, y = a, b

        for i in 0 .. da.Length - 1 do
            let n, m = x.Sizes[da[i]], y.Sizes[db[i]]

            if m = 1L && n <> 1L then
                x <- Arithmetic.sumKeep [| da[i] |] x
            elif n = 1L && m <> 1L then
                y <- Arithmetic.sumKeep [| db[i] |] y
            elif n <> m then
                Fault.runtime
                    $"contracted dimensions need to match, but first has size {n} in dim {dimsA[i]} and second has size {m} in dim {dimsB[i]}"

        let ra, rb = rest a.Rank da, rest b.Rank db
        let k = product x.Sizes da
        let left = Expr.permute (Array.append ra da) x |> Expr.reshape [| product x.Sizes ra; k |]
        let right = Expr.permute (Array.append db rb) y |> Expr.reshape [| k; product y.Sizes rb |]
        let sizes = Array.append (ra |> Array.map (fun d -> x.Sizes[d])) (rb |> Array.map (fun d -> y.Sizes[d]))
        mm left right |> Expr.reshape sizes

    /// torch.inner: the product over the last dimensions.
    let inner (a: Expr) (b: Expr) : Expr =
        if a.Rank = 0 || b.Rank = 0 then
            Arithmetic.mul a b
        else
            if a.Sizes[a.Rank - 1] <> b.Sizes[b.Rank - 1] then
                Fault.runtime
                    $"inner() the last dimension must match on both input tensors but got shapes {Shape.show a.Sizes} and {Shape.show b.Sizes}"

            if a.Rank = 1 && b.Rank = 1 then dot a b else tensordot a b [| -1L |] [| -1L |]

    /// torch.kron.
    let kron (a: Expr) (b: Expr) : Expr =
        let n = max a.Rank b.Rank
        let full (e: Expr) = Array.append (Array.create (n - e.Rank) 1L) e.Sizes
        let sa, sb = full a, full b
        let spread (s: int64[]) first = Array.init (2 * n) (fun i -> if (i % 2 = 0) = first then s[i / 2] else 1L)
        let y = Arithmetic.mul (Expr.reshape (spread sa true) a) (Expr.reshape (spread sb false) b)
        Expr.reshape (Array.map2 (*) sa sb) y

    /// torch.linalg.multi_dot: a chain of matrices in the cheapest order. The first and the last may be vectors.
    let multi_dot (tensors: Expr[]) : Expr =
        let n = tensors.Length
        if n < 2 then Fault.runtime $"multi_dot(): expected at least 2 tensors but got {n}"

        tensors
        |> Array.iteri (fun i e ->
            let edge = i = 0 || i = n - 1

            if edge && e.Rank <> 1 && e.Rank <> 2 then
                let which = if i = 0 then "first" else "last"
                Fault.runtime $"multi_dot(): the {which} tensor must be 1D or 2D but got {e.Rank}D"
            elif not edge && e.Rank <> 2 then
                Fault.runtime $"multi_dot(): tensor {i} must be 2D but got {e.Rank}D")

        let chain =
            tensors
            |> Array.mapi (fun i e -> if e.Rank = 2 then e elif i = 0 then row e else column e)

        for i in 1 .. n - 1 do
            if tensors[i].DType <> tensors[0].DType then
                Fault.runtime $"multi_dot(): all tensors must have be the same dtype but tensor 0 is {Check.cname tensors[0].DType} and tensor {i} {Check.cname tensors[i].DType}"

            if chain[i - 1].Sizes[1] <> chain[i].Sizes[0] then
                Fault.runtime
                    $"multi_dot(): tensors {i - 1} and {i} with shapes {Shape.show tensors[i - 1].Sizes} and {Shape.show tensors[i].Sizes} cannot be multiplied"

        // The classical dynamic programme: cost[i, j] is that of the product of chain[i..j].
        let p = Array.append [| chain[0].Sizes[0] |] (chain |> Array.map (fun e -> e.Sizes[1]))
        let cost = Array2D.zeroCreate<int64> n n
        let cut = Array2D.zeroCreate<int> n n

        for length in 1 .. n - 1 do
            for i in 0 .. n - 1 - length do
                let j = i + length
                cost[i, j] <- System.Int64.MaxValue

                for k in i .. j - 1 do
                    let c = cost[i, k] + cost[k + 1, j] + p[i] * p[k + 1] * p[j + 1]

                    if c < cost[i, j] then
                        cost[i, j] <- c
                        cut[i, j] <- k

        let rec multiply i j =
            if i = j then chain[i] else mm (multiply i cut[i, j]) (multiply (cut[i, j] + 1) j)

        let y = multiply 0 (n - 1)

        let drop = [| if tensors[0].Rank = 1 then 0
                      if tensors[n - 1].Rank = 1 then 1 |]

        Expr.squeeze drop y

    let defs: OpDef list =
        let def name doc sample =
            { Def.sample name sample Domain.Reals doc with InPlace = name.StartsWith "add" || name = "baddbmm" }

        let matrix (x: Expr) = Expr.reshape [| x.Sizes[0]; -1L |] x
        let square (x: Expr) = let m = matrix x in matmul m (Dims.transposed m)

        [ def "matmul" "The product of matrices, vectors or batches." square
          def "mm" "The product of two matrices." (fun x -> mm (matrix x) (Dims.transposed (matrix x)))
          def "bmm" "The products of a batch of matrices." (fun x -> let m = Expr.unsqueeze 0 (matrix x) in bmm m (Dims.transposed m))
          def "mv" "Matrix times vector." (fun x -> mv (matrix x) (Expr.select 0 0L (matrix x)))
          def "dot" "The product of two vectors." (fun x -> let v = Expr.reshape [| -1L |] x in dot v v)
          def "outer" "All products of two vectors' elements." (fun x -> let v = Expr.reshape [| -1L |] x in outer v v) |> Def.alias [ "ger" ]
          def "addmm" "A matrix product and an addend." (fun x -> addmm (square x) (matrix x) (Dims.transposed (matrix x)) (Expr.int 2L) (Expr.int 3L))
          def "baddbmm" "Matrix products and an addend." (fun x -> let m = Expr.unsqueeze 0 (matrix x) in baddbmm (square x) m (Dims.transposed m) null null)
          def "nn.functional.linear" "x @ weight.T + bias." (fun x -> linear (matrix x) (matrix x) null)
          def "tensordot" "A product over pairs of dimensions." (fun x -> tensordot (matrix x) (matrix x) [| 1L |] [| 1L |])
          def "inner" "The product over the last dimensions." (fun x -> inner (matrix x) (matrix x))
          def "kron" "The Kronecker product." (fun x -> kron (matrix x) (matrix x)) ]
