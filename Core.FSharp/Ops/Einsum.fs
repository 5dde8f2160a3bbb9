/// torch.einsum: sums of products over named dimensions. The equation is parsed, repeated names become diagonals, and operands are multiplied pairwise
/// from left to right, each pair as one batched matrix product over the names that occur neither in the result nor in what is still to come.
namespace Torch.Core.Ops

open System
open System.Collections.Generic
open Torch.Core

[<RequireQualifiedAccess>]
module Einsum =
    /// A name of a dimension: a letter's code, or -k for the k-th dimension from the right that an ellipsis covers.
    type private Label = int

    /// What an operand's subscripts say: names, with None where the ellipsis stands.
    let private parseTerm (first: int) (text: string) (isOutput: bool) (operand: int) : Label option list =
        let mutable found = []
        let mutable i = 0
        let mutable ellipsis = false

        while i < text.Length do
            let c = text[i]

            if c = ' ' then
                ()
            elif Char.IsAsciiLetter c then
                found <- Some(int c) :: found
            elif c = '.' then
                let whole = i + 2 < text.Length && text[i + 1] = '.' && text[i + 2] = '.'

                if not whole || ellipsis then
                    let what = if isOutput then "the output" else $"operand {operand}"

                    if ellipsis then
                        Fault.runtime $"einsum(): found '.' for {what} for which an ellipsis was already found"
                    else
                        Fault.runtime $"einsum(): found '.' for {what} that is not part of any ellipsis"

                ellipsis <- true
                found <- None :: found
                i <- i + 2
            else
                Fault.runtime $"einsum(): invalid subscript given at index {first + i} in the equation string, subscripts must be in [a-zA-Z]"

            i <- i + 1

        List.rev found

    let private letter (l: Label) = string (char l)

    /// The names of an operand's dimensions, and how many of them an ellipsis covers.
    let private name (operand: int) (term: Label option list) (e: Expr) : Label[] =
        let named = term |> List.choose id |> List.length

        if List.contains None term then
            if named > e.Rank then
                Fault.runtime $"einsum(): the number of subscripts in the equation ({named}) is more than the number of dimensions ({e.Rank}) for operand {operand}"

            let covered = e.Rank - named

            [| for t in term do
                   match t with
                   | Some l -> l
                   | None ->
                       for k in covered .. -1 .. 1 do
                           -k |]
        else
            if named <> e.Rank then
                Fault.runtime
                    $"einsum(): the number of subscripts in the equation ({named}) does not match the number of dimensions ({e.Rank}) for operand {operand} and no ellipsis was given"

            term |> List.choose id |> Array.ofList

    /// Repeated names as diagonals.
    let rec private distinct (operand: int) (e: Expr) (labels: Label[]) : Expr * Label[] =
        let repeated =
            [ for j in 1 .. labels.Length - 1 do
                  for i in 0 .. j - 1 do
                      if labels[i] = labels[j] then i, j ]

        match repeated with
        | [] -> e, labels
        | (i, j) :: _ ->
            if e.Sizes[i] <> e.Sizes[j] && e.Sizes[i] <> 1L && e.Sizes[j] <> 1L then
                Fault.runtime
                    $"einsum(): subscript {letter labels[i]} is repeated for operand {operand} but the sizes don't match, {e.Sizes[j]} != {e.Sizes[i]}"

            let d = Views.diagonal e 0L (int64 i) (int64 j)
            let labels' = [| for k in 0 .. labels.Length - 1 do
                                 if k <> i && k <> j then labels[k] |]

            distinct operand d (Array.append labels' [| labels[i] |])

    let private sumOver (drop: Label -> int64 -> bool) (e: Expr) (labels: Label[]) : Expr * Label[] =
        let dims = [| for d in 0 .. labels.Length - 1 do
                          if drop labels[d] e.Sizes[d] then d |]

        let kept = [| for d in 0 .. labels.Length - 1 do
                          if not (Array.contains d dims) then labels[d] |]

        let y =
            if dims.Length = 0 then e
            else Reductions.sum e (dims |> Array.map int64) false (Nullable())

        y, kept

    let private sizeOf (e: Expr) (labels: Label[]) (l: Label) = e.Sizes[Array.IndexOf(labels, l)]

    let private ordered (e: Expr) (labels: Label[]) (wanted: Label[]) : Expr =
        Expr.permute (wanted |> Array.map (fun l -> Array.IndexOf(labels, l))) e

    /// The product of two operands, summed over the names that are not to be kept. `output` is the order in which names are wanted in the end.
    let private multiply (output: Label[]) (kept: HashSet<Label>) (a: Expr, la: Label[]) (b: Expr, lb: Label[]) : Expr * Label[] =
        // A dimension of size 1 against a longer one of the other operand broadcasts: it can go.
        let thin (other: Expr) (lo: Label[]) l n = n = 1L && Array.contains l lo && sizeOf other lo l <> 1L
        let only (lo: Label[]) l = not (Array.contains l lo) && not (kept.Contains l)
        let a', la' = sumOver (fun l n -> thin b lb l n || only lb l) a la
        let b', lb' = sumOver (fun l n -> thin a la l n || only la l) b lb
        let both = la' |> Array.filter (fun l -> Array.contains l lb')
        let batch = both |> Array.filter kept.Contains
        let summed = both |> Array.filter (kept.Contains >> not)
        let ownA = la' |> Array.filter (fun l -> not (Array.contains l both))
        let ownB = lb' |> Array.filter (fun l -> not (Array.contains l both))
        let sizes e ls (wanted: Label[]) = wanted |> Array.map (sizeOf e ls)
        let result = Array.concat [ batch; ownA; ownB ]

        if summed.Length = 0 then
            // Nothing to sum: an ordinary product with broadcasting, in the order that is wanted.
            let all = result |> Array.sortBy (fun l -> let at = Array.IndexOf(output, l) in if at < 0 then output.Length else at)

            let seen (e: Expr) (ls: Label[]) =
                let own = all |> Array.filter (fun l -> Array.contains l ls)
                let shape = all |> Array.map (fun l -> if Array.contains l ls then sizeOf e ls l else 1L)
                ordered e ls own |> Expr.reshape shape

            Arithmetic.mul (seen a' la') (seen b' lb'), all
        else
            let count (s: int64[]) = Array.fold (*) 1L s
            let sb, sa, sk, sc = sizes a' la' batch, sizes a' la' ownA, sizes a' la' summed, sizes b' lb' ownB

            let x =
                ordered a' la' (Array.concat [ batch; ownA; summed ])
                |> Expr.reshape [| count sb; count sa; count sk |]

            let y =
                ordered b' lb' (Array.concat [ batch; summed; ownB ])
                |> Expr.reshape [| count sb; count sk; count sc |]

            Matmul.bmm x y |> Expr.reshape (Array.concat [ sb; sa; sc ]), result

    /// torch.einsum.
    let einsum (equation: string) (operands: Expr[]) : Expr =
        if operands.Length = 0 then Fault.runtime "einsum(): must provide at least one operand"
        let arrow = equation.IndexOf "->"
        let left = if arrow < 0 then equation else equation.Substring(0, arrow)
        let terms = left.Split ','
        let starts = terms |> Array.scan (fun at t -> at + t.Length + 1) 0

        if terms.Length < operands.Length then
            Fault.runtime "einsum(): more operands were provided than specified in the equation"

        if terms.Length > operands.Length then
            Fault.runtime "einsum(): fewer operands were provided than specified in the equation"

        let parsed = terms |> Array.mapi (fun i t -> parseTerm starts[i] t false i)
        let labels = Array.mapi2 name parsed operands
        // Sizes of names, with broadcasting of ones.
        let size = Dictionary<Label, int64>()

        labels
        |> Array.iteri (fun i ls ->
            ls
            |> Array.iteri (fun d l ->
                let n = operands[i].Sizes[d]

                match size.TryGetValue l with
                | true, m when m <> n && m <> 1L && n <> 1L ->
                    let shown = if l < 0 then "..." else letter l
                    Fault.runtime $"einsum(): subscript {shown} has size {n} for operand {i} which does not broadcast with previously seen size {m}"
                | true, m -> size[l] <- max m n
                | _ -> size[l] <- n))

        let covered = labels |> Array.map (Array.filter (fun l -> l < 0) >> Array.length) |> Array.max
        let all = Array.concat labels

        let output =
            if arrow < 0 then
                // Names that occur once, in order, after the dimensions of ellipses.
                let once = all |> Array.filter (fun l -> l >= 0) |> Array.countBy id |> Array.filter (fun (_, n) -> n = 1) |> Array.map fst |> Array.sort
                Array.append [| for k in covered .. -1 .. 1 -> -k |] once
            else
                let term = parseTerm (arrow + 2) (equation.Substring(arrow + 2)) true -1

                let ls =
                    [| for t in term do
                           match t with
                           | Some l -> l
                           | None ->
                               for k in covered .. -1 .. 1 do
                                   -k |]

                for l in ls do
                    if l >= 0 && (ls |> Array.filter ((=) l)).Length > 1 then
                        Fault.runtime $"einsum(): output subscript {letter l} appears more than once in the output"

                    if not (Array.contains l all) then
                        Fault.runtime $"einsum(): output subscript {letter l} does not appear in the equation for any input operand"

                ls

        let ready = Array.mapi2 (fun i e ls -> distinct i e ls) operands labels
        let mutable current = ready[0]

        for i in 1 .. ready.Length - 1 do
            let kept = HashSet<Label>(output)

            for j in i + 1 .. ready.Length - 1 do
                kept.UnionWith(snd ready[j])

            // The operand whose own names come first in the result stands on the left, so that the product lies in the result's order.
            let own (a: Label[]) (b: Label[]) =
                a |> Array.filter (fun l -> kept.Contains l && not (Array.contains l b)) |> Array.map (fun l -> Array.IndexOf(output, l))

            let left, right = own (snd current) (snd ready[i]), own (snd ready[i]) (snd current)
            let swap = left.Length > 0 && right.Length > 0 && Array.min left >= 0 && Array.min right >= 0 && Array.max right < Array.min left
            current <- if swap then multiply output kept ready[i] current else multiply output kept current ready[i]

        let e, ls = current
        let e, ls = sumOver (fun l _ -> not (Array.contains l output)) e ls
        ordered e ls output

    let defs: OpDef list =
        let matrix (x: Expr) = Expr.reshape [| x.Sizes[0]; -1L |] x
        [ Def.sample "einsum" (fun x -> einsum "ij,kj->ik" [| matrix x; matrix x |]) Domain.Reals "Sums of products over named dimensions." ]
