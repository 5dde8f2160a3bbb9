// Times whole workloads through the public API, on random data: the median of several runs after a warm-up, one line each.
//   dotnet run -c Release --project bench [-- --only NAME]
using System.Diagnostics;
using Torch;
using Torch.Bench;
using static Torch.torch;

var only = args is ["--only", var name, ..] ? name : null;
foreach (var workload in Workloads.All)
{
    if (only is not null && !workload.Name.Contains(only, StringComparison.OrdinalIgnoreCase)) continue;
    manual_seed(0);
    var step = workload.Prepare();
    var warm = Stopwatch.StartNew();
    for (var i = 0; i < 3 || warm.ElapsedMilliseconds < 300; i++) step();
    var times = new List<double>();
    var total = Stopwatch.StartNew();
    while (times.Count < 5 || total.ElapsedMilliseconds < 1000)
    {
        var one = Stopwatch.StartNew();
        step();
        times.Add(one.Elapsed.TotalMilliseconds);
    }
    times.Sort();
    var median = times[times.Count / 2];
    var rate = workload.Work / median / 1e6;
    Console.WriteLine($"{workload.Name,-44} {median,10:F3} ms {rate,9:F1} {workload.Unit}");
}
