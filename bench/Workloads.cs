using Torch;
using static Torch.torch;

namespace Torch.Bench;

/// <summary>A workload: how to set it up, and how much work one step is (operations or bytes).</summary>
internal sealed record Workload(string Name, double Work, string Unit, Func<Action> Prepare);

/// <summary>The workloads, in the order in which they are timed.</summary>
internal static class Workloads
{
    public static IEnumerable<Workload> All
    {
        get
        {
            yield return new Workload("MLP 784-128-64-10 SGD momentum step, batch 64", 6.0 * 64 * (784 * 128 + 128 * 64 + 64 * 10), "GFLOP/s", () => Mlp(64));
            yield return new Workload("MLP 784-128-64-10 SGD momentum step, batch 1", 6.0 * (784 * 128 + 128 * 64 + 64 * 10), "GFLOP/s", () => Mlp(1));
            foreach (var n in new[] { 64, 256, 512, 1024 })
                yield return new Workload($"matrix product {n} x {n} x {n}", 2.0 * n * n * n, "GFLOP/s", () => Product(n));
            yield return new Workload("chain tanh(x * w + b), 10M", 8.0 * 10_000_000, "GB/s", Chain);
            yield return new Workload("sum of 10M", 4.0 * 10_000_000, "GB/s", Sum);
        }
    }

    private static Action Mlp(int batch)
    {
        var layers = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10));
        var optimizer = optim.SGD(layers.parameters(), 0.01, 0.9);
        var x = randn(batch, 784);
        var y = randint(10, [batch], ScalarType.Int64);
        return () =>
        {
            optimizer.zero_grad();
            nn.functional.cross_entropy(layers.forward(x), y).backward();
            optimizer.step();
        };
    }

    private static Action Product(int n)
    {
        var a = randn(n, n);
        var b = randn(n, n);
        return () => Force(a.matmul(b));
    }

    private static Action Chain()
    {
        var x = randn(10_000_000);
        var w = randn(10_000_000);
        var b = randn(10_000_000);
        return () => Force((x * w + b).tanh());
    }

    private static Action Sum()
    {
        var x = randn(10_000_000);
        return () => x.sum().item<float>();
    }

    /// <summary>Computes a tensor without copying it.</summary>
    private static void Force(Tensor t) => t.data_ptr();
}
