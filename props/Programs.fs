/// Random programs over immutable expressions: a list of instructions whose operands are taken modulo what exists, so that every sublist is a program too and
/// shrinking ends in small ones.
module Torch.Props.Programs

open FsCheck
open FsCheck.FSharp
open Torch.Core
open Torch.Core.Ops

type Instruction =
    | Add of int * int
    | Sub of int * int
    | Mul of int * int
    | Div of int * int
    | Neg of int
    | Choose of int * int * int
    | Cast of DType * int
    | Reshape of int * int
    | Transpose of int * int
    | Slice of int * int * int
    | Flip of int * int
    | Expand of int * int
    | Sum of int * int
    | Write of int * int * int

type Program =
    { Seed: int
      Instructions: Instruction list }

let private dtypes = [ DType.Float32; DType.Float64; DType.Float16; DType.BFloat16; DType.Int32; DType.Int64; DType.UInt8; DType.Bool; DType.Complex64 ]

let private instruction: Gen<Instruction> =
    let i = Gen.choose (0, 1000)

    Gen.oneof
        [ Gen.map2 (fun a b -> Add(a, b)) i i
          Gen.map2 (fun a b -> Sub(a, b)) i i
          Gen.map2 (fun a b -> Mul(a, b)) i i
          Gen.map2 (fun a b -> Div(a, b)) i i
          Gen.map Neg i
          Gen.map3 (fun a b c -> Choose(a, b, c)) i i i
          Gen.map2 (fun d a -> Cast(d, a)) (Gen.elements dtypes) i
          Gen.map2 (fun a b -> Reshape(a, b)) i i
          Gen.map2 (fun a b -> Transpose(a, b)) i i
          Gen.map3 (fun a b c -> Slice(a, b, c)) i i i
          Gen.map2 (fun a b -> Flip(a, b)) i i
          Gen.map2 (fun a b -> Expand(a, b)) i i
          Gen.map2 (fun a b -> Sum(a, b)) i i
          Gen.map3 (fun a b c -> Write(a, b, c)) i i i ]

type Generators =
    static member Program() : Arbitrary<Program> =
        Arb.fromGenShrink (
            Gen.map2 (fun seed is -> { Seed = seed; Instructions = is }) (Gen.choose (0, 1000000)) (Gen.listOf instruction),
            fun p -> seq {
                // Drop one instruction, or one half.
                let n = p.Instructions.Length
                if n > 1 then
                    yield { p with Instructions = List.take (n / 2) p.Instructions }
                    yield { p with Instructions = List.skip (n / 2) p.Instructions }
                for k in 0 .. n - 1 do
                    yield { p with Instructions = List.removeAt k p.Instructions }
            }
        )

/// The leaves of a program: a few shapes, fixed by the seed; some in memory that is not contiguous.
let leaves (seed: int) : Expr list =
    let random = System.Random seed

    let leaf (dtype: DType) (sizes: int64[]) =
        let n = int (Shape.count sizes)
        let values = Array.init n (fun _ -> float32 (System.Math.Round(random.NextDouble() * 16.0 - 8.0, 2)))
        Host.ofArray DType.Float32 sizes values |> Expr.cast dtype

    [ leaf DType.Float32 [| 2L; 3L |]
      leaf DType.Float32 [| 3L; 2L |] |> Expr.transpose 0 1
      leaf DType.Float64 [| 6L |]
      leaf DType.Int64 [| 2L; 1L; 3L |]
      leaf DType.Float32 [||]
      leaf DType.Float16 [| 4L; 5L |]
      leaf DType.Float32 [| 0L; 3L |]
      Expr.index 7L 1L 2L
      Expr.fill [| 2L; 2L |] DType.Float32 (Real 1.5) ]

/// Brings an operand to sizes: its first elements, or its first one repeated.
let private conform (sizes: int64[]) (e: Expr) : Expr =
    let n = Shape.count sizes

    if Shape.same e.Sizes sizes then e
    elif e.Count >= n then e |> Expr.reshape [| e.Count |] |> Expr.narrow 0 0L n |> Expr.reshape sizes
    elif e.Count = 0L then Expr.fill sizes e.DType (Int 1L)
    else e |> Expr.reshape [| e.Count |] |> Expr.narrow 0 0L 1L |> Expr.reshape [||] |> Expr.expand sizes

/// Runs a program; `seen` is called with every new value.
let run (p: Program) (seen: Expr -> unit) : Expr list =
    let values = ResizeArray<Expr>(leaves p.Seed)

    for instruction in p.Instructions do
        let at i = values[i % values.Count]
        // Bool has no difference and no negative, integers divide to floats.
        let numeric (e: Expr) = if e.DType = DType.Bool then Expr.cast DType.Int32 e else e

        let binary f a b =
            let a = numeric (at a)
            f a (numeric (conform a.Sizes (at b)))

        let dim (e: Expr) k = if e.Rank = 0 then None else Some(k % e.Rank)

        let value =
            match instruction with
            | Add(a, b) -> binary Arithmetic.add a b
            | Sub(a, b) -> binary Arithmetic.sub a b
            | Mul(a, b) -> binary Arithmetic.mul a b
            | Div(a, b) -> binary Arithmetic.div a b
            | Neg a -> Arithmetic.neg (numeric (at a))
            | Choose(c, a, b) ->
                let a = at a
                Arithmetic.where (conform a.Sizes (at c) |> Expr.cast DType.Bool) a (conform a.Sizes (at b))
            | Cast(d, a) ->
                // A float outside an integer's range is not defined; small values stay inside.
                Expr.cast d (at a)
            | Reshape(a, k) ->
                let e = at a
                let n = e.Count

                let shapes =
                    [ [| n |]; [| 1L; n |]; [| n; 1L |]
                      if n % 2L = 0L then [| 2L; n / 2L |]
                      if n % 3L = 0L then [| n / 3L; 3L |] ]

                Expr.reshape (List.item (k % shapes.Length) shapes) e
            | Transpose(a, k) ->
                let e = at a
                if e.Rank < 2 then e else Expr.transpose (k % e.Rank) ((k / 7) % e.Rank) e
            | Slice(a, k, s) ->
                let e = at a

                match dim e k with
                | Some d when e.Sizes[d] > 0L ->
                    let size = e.Sizes[d]
                    let start = int64 s % size
                    let step = 1L + int64 (s / 13) % 2L
                    let starts = Array.init e.Rank (fun i -> if i = d then start else 0L)
                    let steps = Array.init e.Rank (fun i -> if i = d then step else 1L)
                    let sizes = Array.mapi (fun i z -> if i = d then (size - start + step - 1L) / step else z) e.Sizes
                    Expr.slice starts steps sizes e
                | _ -> e
            | Flip(a, k) ->
                let e = at a

                match dim e k with
                | Some d -> Expr.flip [| d |] e
                | None -> e
            | Expand(a, k) ->
                let e = at a
                if e.Count > 60L then e else Expr.expand (Array.append [| int64 (k % 3) |] e.Sizes) e
            | Sum(a, k) ->
                let e = numeric (at a)

                match dim e k with
                | Some d -> Arithmetic.sumKeep (if k % 5 = 0 then [| 0 .. e.Rank - 1 |] else [| d |]) e
                | None -> e
            | Write(t, v, k) ->
                let e = at t

                if e.Count = 0L then
                    e
                else
                    let start = int64 k % e.Count
                    let length = max 1L ((e.Count - start) / 2L)
                    let value = conform [| length |] (at v) |> Expr.cast e.DType
                    Expr.write e { Offset = start; Strides = [| (if start + 2L * (length - 1L) < e.Count then 2L else 1L) |] } value

        // Programs that multiply sizes stay small.
        let value = if value.Count > 2000L then Expr.reshape [| value.Count |] value |> Expr.narrow 0 0L 100L else value
        seen value
        values.Add value

    List.ofSeq values

/// Element bytes, with every NaN made one: which NaN an operation gives is not promised.
let bytes (e: Expr) : byte[] =
    let b = Host.toBytes e

    match e.DType with
    | DType.Float32
    | DType.Complex64 ->
        for i in 0..4 .. b.Length - 4 do
            if System.Single.IsNaN(System.BitConverter.ToSingle(b, i)) then
                System.Array.Fill(b, 0xFFuy, i, 4)
    | DType.Float64
    | DType.Complex128 ->
        for i in 0..8 .. b.Length - 8 do
            if System.Double.IsNaN(System.BitConverter.ToDouble(b, i)) then
                System.Array.Fill(b, 0xFFuy, i, 8)
    | DType.Float16 ->
        for i in 0..2 .. b.Length - 2 do
            if System.Half.IsNaN(System.BitConverter.ToHalf(b, i)) then
                System.Array.Fill(b, 0xFFuy, i, 2)
    | DType.BFloat16 ->
        for i in 0..2 .. b.Length - 2 do
            if (int b[i + 1] &&& 0x7F) = 0x7F && (int b[i] &&& 0x80) <> 0 && (int b[i] &&& 0x7F) <> 0 then
                System.Array.Fill(b, 0xFFuy, i, 2)
    | _ -> ()

    b
