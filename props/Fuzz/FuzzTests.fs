/// A short run of the differential fuzzer; TORCH_FUZZ_SECONDS makes it longer, TORCH_FUZZ_SEED starts it elsewhere. The seed of a finding is printed.
module Torch.Props.Fuzz.FuzzTests

open System
open System.Diagnostics
open System.Threading.Tasks
open Torch.Kernels
open Torch.Props.Fuzz.Differential
open Xunit
open Xunit.Abstractions

let private number (name: string) (otherwise: int) =
    match Int32.TryParse(Environment.GetEnvironmentVariable name) with
    | true, n -> n
    | _ -> otherwise

type FuzzTests(output: ITestOutputHelper) =
    [<Fact>]
    member _.``random programs agree with the naive interpreter``() =
        Torch.Core.Debug.check <- true
        MemoryPool.Guard <- true
        MemoryPool.Poison <- true
        let violations = MemoryPool.Violations

        try
            let seconds = number "TORCH_FUZZ_SECONDS" 15
            let first = number "TORCH_FUZZ_SEED" 1
            let clock = Stopwatch.StartNew()
            let mutable seed = first

            while clock.Elapsed.TotalSeconds < float seconds do
                // Two programs at once: threads must not see each other.
                let seeds = [| seed; seed + 1 |]
                seed <- seed + 2

                try
                    Parallel.ForEach(seeds, (fun s -> Run(s, 10 + s % 50).Go())) |> ignore
                with :? AggregateException as e ->
                    match e.InnerExceptions[0] with
                    | Finding(seed, program, reason) ->
                        let text = String.Join("\n", program)
                        failwith $"seed {seed}: {reason}\n{text}"
                    | other -> raise other

            output.WriteLine $"{seed - first} programs from seed {first}"
            Assert.Equal(violations, MemoryPool.Violations)
        finally
            MemoryPool.Guard <- false
            MemoryPool.Poison <- false
