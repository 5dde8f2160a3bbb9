/// The differential fuzzer: random programs of views, in-place writes, backward, no_grad, evaluation points, dtypes and collections, run on the facade and on the
/// naive interpreter side by side. Values are small whole numbers, so every sum is exact in any order and results must be equal bit for bit.
/// A call that the facade refuses with one of PyTorch's errors is left out on both sides.
module Torch.Props.Fuzz.Differential

open System
open System.Collections.Generic
open Torch
open Torch.Props.Fuzz.Naive

/// What went wrong, with the seed that shows it and the program so far.
exception Finding of seed: int * program: string list * reason: string

[<AllowNullLiteral>]
type Pair(real: torch.Tensor, naive: Tensor, name: string) =
    member _.Real = real
    member _.Naive = naive
    member _.Name = name
    /// What backward has accumulated in the naive leaf, by row-major index.
    member val Gradient: float[] = null with get, set

/// Values past this are not made: whole numbers stay exact in every dtype used.
let private limit = 4096.0

let private scalar (x: float) : Scalar = Scalar.op_Implicit x

/// One run of one program.
type Run(seed: int, length: int) =
    let random = Random seed
    let live = List<Pair>()
    let program = List<string>()
    let mutable names = 0
    let next n = random.Next n
    let pick (xs: 'a[]) = xs[next xs.Length]
    let note (text: string) = program.Add text
    let fail (reason: string) = raise (Finding(seed, List.ofSeq program, reason))

    let name () =
        names <- names + 1
        $"t{names}"

    let values (t: torch.Tensor) : float[] =
        let flat = t.detach().``to``(torch.ScalarType.Float64).contiguous().reshape(-1L)
        flat.data<float>().ToArray()

    let checkPair (p: Pair) =
        let expected = elements p.Naive |> Array.map (fun e -> e.Value)

        if p.Real.shape <> p.Naive.Sizes then
            fail $"{p.Name} has shape %A{p.Real.shape}, not %A{p.Naive.Sizes}"

        if p.Real.stride() <> p.Naive.Strides || p.Real.storage_offset() <> p.Naive.Offset then
            fail $"{p.Name} has strides %A{p.Real.stride()} and offset {p.Real.storage_offset()}, not %A{p.Naive.Strides} and {p.Naive.Offset}"

        let actual = values p.Real

        if actual <> expected then
            fail $"{p.Name} is %A{actual}, not %A{expected}"

    let small (es: Element[]) = es |> Array.forall (fun e -> abs e.Value <= limit)

    /// Runs the facade's side; None where it refuses with one of PyTorch's errors.
    let attempt (f: unit -> 'a) : 'a option =
        try
            Some(f ())
        with
        | :? TorchException
        | :? ArgumentException
        | :? IndexOutOfRangeException -> None

    let keep (real: torch.Tensor) (naive: Tensor) (text: string) =
        let n = name ()
        note $"{n} = {text}"
        live.Add(Pair(real, naive, n))
        if live.Count > 24 then live.RemoveAt(next (live.Count - 6))

    let leaf () =
        let shapes = [| [||]; [| 3L |]; [| 2L; 3L |]; [| 3L; 2L |]; [| 2L; 1L; 3L |]; [| 4L; 4L |]; [| 1L |]; [| 2L; 2L; 2L |]; [| 0L; 3L |] |]
        let sizes = pick shapes
        let requires = next 2 = 0
        let data = Array.init (int (count sizes)) (fun _ -> float (next 7 - 3))
        let wide = requires || next 3 > 0
        let real = torch.tensor(data, ReadOnlySpan<int64>(sizes), (if wide then torch.ScalarType.Float64 else torch.ScalarType.Float32))
        let real = if requires then real.requires_grad_() else real
        let naive = fresh sizes (contiguousStrides sizes) (data |> Array.map (fun v -> Element(v, [||], requires)))
        keep real { naive with Leaf = requires } $"leaf %A{sizes} %A{data} requires_grad={requires}"

    /// A result of the facade with its naive elements: the strides are the facade's, which must be dense.
    let result (real: torch.Tensor) (es: Element[]) (text: string) =
        keep real (fresh real.shape (real.stride()) es) text

    let view (p: Pair) (text: string) (real: unit -> torch.Tensor) (naive: Tensor -> Tensor) =
        match attempt real with
        | Some t -> keep t { naive p.Naive with Leaf = false } text
        | None -> ()

    let someView (p: Pair) =
        let t = p.Naive
        let rank = t.Sizes.Length
        let dim () = next rank

        // A view that is made under no_grad has no history though its elements have one here: such a program would say nothing.
        let hidden = not (torch.is_grad_enabled ()) && elements t |> Array.exists (fun e -> e.Tracked)

        match (if hidden then 8 + next 2 else next 10) with
        | 0 when rank >= 2 ->
            let a, b = dim (), dim ()

            view p $"{p.Name}.transpose({a}, {b})" (fun () -> p.Real.transpose(int64 a, int64 b)) (fun t ->
                let swap (xs: int64[]) =
                    let ys = Array.copy xs
                    ys[a] <- xs[b]
                    ys[b] <- xs[a]
                    ys

                { t with Sizes = swap t.Sizes; Strides = swap t.Strides })
        | 1 when rank >= 1 ->
            let d = dim ()
            let size = t.Sizes[d]

            if size > 0L then
                let start = int64 (next (int size))
                let length = 1L + int64 (next (int (size - start)))

                view p $"{p.Name}.narrow({d}, {start}, {length})" (fun () -> p.Real.narrow(int64 d, start, length)) (fun t ->
                    { t with
                        Sizes = Array.mapi (fun i s -> if i = d then length else s) t.Sizes
                        Offset = t.Offset + start * t.Strides[d] })
        | 2 when rank >= 1 ->
            let d = dim ()

            if t.Sizes[d] > 0L then
                let i = int64 (next (int t.Sizes[d]))

                view p $"{p.Name}.select({d}, {i})" (fun () -> p.Real.select(int64 d, i)) (fun t ->
                    { t with
                        Sizes = Array.removeAt d t.Sizes
                        Strides = Array.removeAt d t.Strides
                        Offset = t.Offset + i * t.Strides[d] })
        | 3 ->
            let d = next (rank + 1)
            let stride = if d < rank then t.Sizes[d] * t.Strides[d] else 1L

            view p $"{p.Name}.unsqueeze({d})" (fun () -> p.Real.unsqueeze(int64 d)) (fun t ->
                { t with Sizes = Array.insertAt d 1L t.Sizes; Strides = Array.insertAt d stride t.Strides })
        | 4 ->
            let n = count t.Sizes
            let shapes = [| [| n |]; [| 1L; n |]; [| n; 1L |]; (if n % 2L = 0L && n > 0L then [| 2L; n / 2L |] else [| n |]) |]
            let target = pick shapes

            match attempt (fun () -> p.Real.reshape target), Torch.Core.Shape.view t.Sizes t.Strides target with
            | Some real, ValueSome strides ->
                let sizes = target
                keep real { t with Sizes = sizes; Strides = strides; Leaf = false } $"{p.Name}.reshape(%A{target})"
            | Some real, ValueNone -> result real (elements t |> Array.map (fun e -> derive (torch.is_grad_enabled ()) e.Value [| struct (e, 1.0) |])) $"{p.Name}.reshape(%A{target}) copies"
            | None, _ -> ()
        | 5 when rank >= 1 ->
            let d = dim ()
            let step = int64 (1 + next 2)
            let start = int64 (next (int t.Sizes[d] + 1))
            let size = max 0L ((t.Sizes[d] - start + step - 1L) / step)

            view p $"{p.Name}.slice({d}, {start}, end, {step})" (fun () -> p.Real.slice(int64 d, start, t.Sizes[d], step)) (fun t ->
                { t with
                    Sizes = Array.mapi (fun i s -> if i = d then size else s) t.Sizes
                    Strides = Array.mapi (fun i s -> if i = d then s * step else s) t.Strides
                    Offset = t.Offset + start * t.Strides[d] })
        | 6 when rank >= 1 && rank < 4 ->
            let k = int64 (1 + next 2)

            view p $"{p.Name}.expand({k}, ..)" (fun () -> p.Real.expand(Array.append [| k |] t.Sizes)) (fun t ->
                { t with Sizes = Array.append [| k |] t.Sizes; Strides = Array.append [| 0L |] t.Strides })
        | 7 when rank >= 2 ->
            let offset = int64 (next 2)
            let size = max 0L (min t.Sizes[0] (t.Sizes[1] - offset))

            view p $"{p.Name}.diagonal({offset})" (fun () -> p.Real.diagonal(offset, 0L, 1L)) (fun t ->
                { t with
                    Sizes = Array.append t.Sizes[2..] [| size |]
                    Strides = Array.append t.Strides[2..] [| t.Strides[0] + t.Strides[1] |]
                    Offset = if size > 0L then t.Offset + offset * t.Strides[1] else t.Offset })
        | 8 ->
            // A detached view shares the elements as they are now; it is only read.
            match attempt (fun () -> p.Real.detach().clone()) with
            | Some real -> result real (elements t |> Array.map (fun e -> Element.Constant e.Value)) $"{p.Name}.detach().clone()"
            | None -> ()
        | _ ->
            match attempt (fun () -> p.Real.clone()) with
            | Some real -> result real (elements t |> Array.map (fun e -> derive (torch.is_grad_enabled ()) e.Value [| struct (e, 1.0) |])) $"{p.Name}.clone()"
            | None -> ()

    /// The elements of a pointwise result of two operands.
    let combine (grad: bool) kind (a: Element) (b: Element) : Element =
        match kind with
        | 0 -> derive grad (a.Value + b.Value) [| struct (a, 1.0); struct (b, 1.0) |]
        | 1 -> derive grad (a.Value - b.Value) [| struct (a, 1.0); struct (b, -1.0) |]
        | _ -> derive grad (a.Value * b.Value) [| struct (a, b.Value); struct (b, a.Value) |]

    let symbols = [| "+"; "-"; "*" |]

    let common (a: int64[]) (b: int64[]) =
        try
            Some(Torch.Core.Shape.broadcast2 a b)
        with _ ->
            None

    let arithmetic (a: Pair) (b: Pair) =
        match common a.Naive.Sizes b.Naive.Sizes with
        | Some sizes when count sizes <= 64L ->
            let kind = next 3
            let es = Array.map2 (combine (torch.is_grad_enabled ()) kind) (broadcast a.Naive sizes) (broadcast b.Naive sizes)

            if small es then
                let real =
                    attempt (fun () ->
                        match kind with
                        | 0 -> a.Real.add(b.Real)
                        | 1 -> a.Real.sub(b.Real)
                        | _ -> a.Real.mul(b.Real))

                match real with
                | Some t -> result t es $"{a.Name} {symbols[kind]} {b.Name}"
                // A view made under no_grad whose base has been written to since takes no part in recorded operations.
                | None -> note $"{a.Name} {symbols[kind]} {b.Name} refused"
        | _ -> ()

    let relu grad (e: Element) =
        derive grad (if e.Value > 0.0 then e.Value else 0.0) [| struct (e, (if e.Value > 0.0 then 1.0 else 0.0)) |]

    /// A result that the facade may refuse to make.
    let tried (real: unit -> torch.Tensor) (es: Element[]) (text: string) =
        match attempt real with
        | Some t -> result t es text
        | None -> note $"{text} refused"

    let unary (p: Pair) =
        let grad = torch.is_grad_enabled ()

        match next 6 with
        | 0 -> tried (fun () -> p.Real.neg()) (elements p.Naive |> Array.map (fun e -> derive grad (-e.Value) [| struct (e, -1.0) |])) $"-{p.Name}"
        | 1 -> tried (fun () -> p.Real.relu()) (elements p.Naive |> Array.map (relu grad)) $"relu {p.Name}"
        | 2 when p.Naive.Sizes.Length > 0 ->
            let d = next p.Naive.Sizes.Length
            let rest = Array.removeAt d p.Naive.Sizes

            let es =
                indices rest
                |> Seq.map (fun index ->
                    let parts = [| for i in 0L .. p.Naive.Sizes[d] - 1L -> at p.Naive (Array.insertAt d i index) |]
                    derive grad (parts |> Array.sumBy (fun e -> e.Value)) (parts |> Array.map (fun e -> struct (e, 1.0))))
                |> Seq.toArray

            if small es then tried (fun () -> p.Real.sum(int64 d)) es $"{p.Name}.sum({d})"
        | 3 ->
            let k = float (next 5 - 2)
            let es = elements p.Naive |> Array.map (fun e -> derive grad (e.Value * k + 1.0) [| struct (e, k) |])
            if small es then tried (fun () -> p.Real.mul(scalar k).add(scalar 1.0)) es $"{p.Name} * {k} + 1"
        | 4 ->
            // A round trip through another dtype is exact for these values.
            let other = if p.Real.dtype = torch.ScalarType.Float64 then torch.ScalarType.Float32 else torch.ScalarType.Float64
            tried (fun () -> p.Real.``to``(other).``to``(p.Real.dtype)) (elements p.Naive |> Array.map (fun e -> derive grad e.Value [| struct (e, 1.0) |])) $"{p.Name} to another dtype and back"
        | _ ->
            let other = live[next live.Count]

            match attempt (fun () -> torch.cat([| p.Real.reshape(-1L); other.Real.reshape(-1L) |], 0L)) with
            | Some t when p.Real.dtype = other.Real.dtype ->
                result t (Array.append (elements p.Naive) (elements other.Naive) |> Array.map (fun e -> derive grad e.Value [| struct (e, 1.0) |])) $"cat {p.Name}, {other.Name}"
            | _ -> ()

    /// Whether a write may be made without grad mode: elements with a history would keep it in the facade.
    let plain (t: Tensor) =
        elements t |> Array.forall (fun e -> e.Sources.Length = 0)

    let inPlace (p: Pair) =
        let grad = torch.is_grad_enabled ()
        let old = elements p.Naive

        if grad || plain p.Naive then
            let other = live[next live.Count]
            let kind = next 8

            let fits =
                match common p.Naive.Sizes other.Naive.Sizes with
                | Some sizes -> sizes = p.Naive.Sizes
                | None -> false

            let plan: (string * (unit -> torch.Tensor) * Tensor * Element[]) option =
                match kind with
                | (0 | 1 | 2) when fits ->
                    let es = Array.map2 (combine grad kind) old (broadcast other.Naive p.Naive.Sizes)

                    let real () =
                        match kind with
                        | 0 -> p.Real.add_(other.Real)
                        | 1 -> p.Real.sub_(other.Real)
                        | _ -> p.Real.mul_(other.Real)

                    Some($"{p.Name} {symbols[kind]}= {other.Name}", real, p.Naive, es)
                | 3 when fits ->
                    let es = broadcast other.Naive p.Naive.Sizes |> Array.map (fun e -> derive grad e.Value [| struct (e, 1.0) |])
                    Some($"{p.Name}.copy_({other.Name})", (fun () -> p.Real.copy_(other.Real)), p.Naive, es)
                | 4 ->
                    let v = float (next 7 - 3)
                    Some($"{p.Name}.fill_({v})", (fun () -> p.Real.fill_(scalar v)), p.Naive, old |> Array.map (fun _ -> Element.Constant v))
                | 5 -> Some($"{p.Name}.relu_()", (fun () -> p.Real.relu_()), p.Naive, old |> Array.map (relu grad))
                | 6 -> Some($"{p.Name}.neg_()", (fun () -> p.Real.neg_()), p.Naive, old |> Array.map (fun e -> derive grad (-e.Value) [| struct (e, -1.0) |]))
                | 7 when p.Naive.Sizes.Length > 0 && p.Naive.Sizes[0] > 0L ->
                    let i = next (int p.Naive.Sizes[0])
                    let v = float (next 7 - 3)

                    // Only the row is written: rows of an expanded tensor are the same memory.
                    let row =
                        { p.Naive with
                            Sizes = Array.removeAt 0 p.Naive.Sizes
                            Strides = Array.removeAt 0 p.Naive.Strides
                            Offset = p.Naive.Offset + int64 i * p.Naive.Strides[0] }

                    Some(
                        $"{p.Name}[{i}] = {v}",
                        (fun () ->
                            p.Real.[torch.TensorIndex.Single(int64 i)] <- torch.tensor(v, p.Real.dtype)
                            p.Real),
                        row,
                        elements row |> Array.map (fun _ -> Element.Constant v)
                    )
                | _ -> None

            match plan with
            | Some(text, real, target, es) when small es ->
                match attempt real with
                | Some _ ->
                    note text
                    // Under no_grad a leaf stays the leaf it is, with another value.
                    if not grad && old |> Array.exists (fun e -> e.Tracked) then
                        Array.iter2 (fun (e: Element) (n: Element) -> e.Value <- n.Value) (elements target) es
                    else
                        write target es
                | None -> ()
            | _ -> ()

    let forgetGradients () =
        for p in live do
            if p.Naive.Leaf then
                p.Real.grad <- null
                p.Gradient <- null

    let backward (p: Pair) =
        if p.Real.requires_grad && torch.is_grad_enabled () then
            let weights = Array.init (int (count p.Naive.Sizes)) (fun i -> float (i % 3 + 1))
            let cotangent = torch.tensor(weights, ReadOnlySpan<int64>(p.Naive.Sizes), p.Real.dtype)
            let retain = next 2 = 0

            match attempt (fun () -> p.Real.backward(cotangent, Nullable retain)) with
            | None ->
                note $"{p.Name}.backward() refused"
                forgetGradients ()
            | Some() ->
                note $"{p.Name}.backward(retain_graph={retain})"
                let gradients = Naive.backward (elements p.Naive) weights
                let mutable exact = true

                for q in live do
                    if q.Naive.Leaf then
                        let es = elements q.Naive

                        let g =
                            es
                            |> Array.map (fun e ->
                                match gradients.TryGetValue e with
                                | true, g -> g
                                | _ -> 0.0)

                        // Leaves of another graph have no gradient; one that was reached with zeros has zeros.
                        if not (isNull (box q.Real.grad)) then
                            let sum = if isNull q.Gradient then g else Array.map2 (+) q.Gradient g
                            q.Gradient <- sum
                            if sum |> Array.exists (fun x -> abs x > 1e6) then exact <- false
                            let actual = values q.Real.grad

                            if exact && actual <> sum then
                                fail $"the gradient of {q.Name} is %A{actual}, not %A{sum}"
                        elif g |> Array.exists (fun x -> x <> 0.0) then
                            fail $"{q.Name} has no gradient; it should be %A{g}"

                if not exact then forgetGradients ()

    member _.Program = List.ofSeq program

    /// Runs the whole program and compares everything at its end.
    member _.Go() : unit =
        try
            leaf ()
            leaf ()
            let mutable scope: IDisposable = null

            for _ in 1..length do
                let p = live[next live.Count]

                match next 20 with
                | 0
                | 1 -> leaf ()
                | 2
                | 3
                | 4
                | 5
                | 6 -> someView p
                | 7
                | 8
                | 9 -> arithmetic p (live[next live.Count])
                | 10
                | 11 -> unary p
                | 12
                | 13
                | 14
                | 15 -> inPlace p
                | 16 -> backward p
                | 17 -> checkPair p
                | 18 ->
                    if isNull scope then
                        note "no_grad"
                        scope <- torch.no_grad ()
                    else
                        note "end of no_grad"
                        scope.Dispose()
                        scope <- null
                | _ ->
                    if next 8 = 0 then
                        note "collect"
                        GC.Collect()
                        GC.WaitForPendingFinalizers()

            if not (isNull scope) then scope.Dispose()

            for p in live do
                checkPair p
        with
        | Finding _ -> reraise ()
        | e -> fail $"{e.GetType().Name}: {e.Message}\n{e.StackTrace}"
