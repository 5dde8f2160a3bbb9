/// The naive side of the differential fuzzer: an immediate, strided tensor interpreter with autograd by the element. A storage is an array of elements; an
/// element knows its value and how it came from other elements. Views share storages, writing replaces elements. Nothing here is clever, and nothing of it is
/// shared with the engine except the rule by which a reshape is a view.
module Torch.Props.Fuzz.Naive

open System.Collections.Generic
open System.Threading

let private ids = ref 0L

/// One element: its value and the local derivatives by the elements it was computed from.
[<AllowNullLiteral>]
type Element(value: float, sources: struct (Element * float)[], tracked: bool) =
    let id = Interlocked.Increment ids
    member _.Id = id
    /// A leaf's value changes under no_grad.
    member val Value = value with get, set
    member _.Sources = sources
    member _.Tracked = tracked
    static member Constant v = Element(v, [||], false)

/// A strided tensor. `Leaf` says whether it was made with requires_grad.
type Tensor =
    { Storage: Element[]
      Sizes: int64[]
      Strides: int64[]
      Offset: int64
      Leaf: bool }

let count (sizes: int64[]) = Array.fold (*) 1L sizes

/// All index tuples of a shape in row-major order.
let indices (sizes: int64[]) : int64[] seq =
    seq {
        let n = count sizes
        let index = Array.zeroCreate<int64> sizes.Length

        for _ in 1L .. n do
            yield Array.copy index
            let mutable d = sizes.Length - 1

            while d >= 0 do
                index[d] <- index[d] + 1L

                if index[d] < sizes[d] then
                    d <- -1
                else
                    index[d] <- 0L
                    d <- d - 1
    }

let place (t: Tensor) (index: int64[]) : int =
    let mutable p = t.Offset

    for d in 0 .. index.Length - 1 do
        p <- p + index[d] * t.Strides[d]

    int p

let at (t: Tensor) (index: int64[]) : Element = t.Storage[place t index]
let elements (t: Tensor) : Element[] = indices t.Sizes |> Seq.map (at t) |> Seq.toArray

let contiguousStrides (sizes: int64[]) : int64[] =
    let s = Array.zeroCreate sizes.Length
    let mutable k = 1L

    for d = sizes.Length - 1 downto 0 do
        s[d] <- k
        k <- k * max 1L sizes[d]

    s

/// A new tensor with the given elements in row-major order, laid out by dense strides.
let fresh (sizes: int64[]) (strides: int64[]) (values: Element[]) : Tensor =
    let storage = Array.zeroCreate<Element> values.Length

    let t =
        { Storage = storage
          Sizes = sizes
          Strides = strides
          Offset = 0L
          Leaf = false }

    Seq.iter2 (fun index v -> storage[place t index] <- v) (indices sizes) values
    t

/// An element computed from others; without grad mode, or where no source is tracked, it is a constant.
let derive (grad: bool) (value: float) (sources: struct (Element * float)[]) : Element =
    let sources = if grad then sources |> Array.filter (fun (struct (e, _)) -> e.Tracked) else [||]
    Element(value, sources, sources.Length > 0)

/// The element of an operand that is broadcast to a shape.
let broadcast (t: Tensor) (sizes: int64[]) : Element[] =
    let lead = sizes.Length - t.Sizes.Length

    indices sizes
    |> Seq.map (fun index -> at t (Array.init t.Sizes.Length (fun d -> if t.Sizes[d] = 1L then 0L else index[d + lead])))
    |> Seq.toArray

/// Writes elements through a view, in row-major order of the view.
let write (t: Tensor) (values: Element[]) : unit =
    Seq.iter2 (fun index v -> t.Storage[place t index] <- v) (indices t.Sizes) values

/// Reverse mode: cotangents of outputs to the tracked elements without sources.
let backward (outputs: Element[]) (cotangents: float[]) : Dictionary<Element, float> =
    let gradients = Dictionary<Element, float>(HashIdentity.Reference)
    let queue = SortedDictionary<int64, Element>()

    let give (e: Element) g =
        if e.Tracked then
            match gradients.TryGetValue e with
            | true, sum -> gradients[e] <- sum + g
            | _ ->
                gradients[e] <- g
                queue[-e.Id] <- e

    Array.iter2 give outputs cotangents

    // Newer elements first: an element's users are all newer.
    while queue.Count > 0 do
        let first = Seq.head queue
        queue.Remove first.Key |> ignore
        let e = first.Value

        for struct (source, slope) in e.Sources do
            give source (gradients[e] * slope)

    gradients
