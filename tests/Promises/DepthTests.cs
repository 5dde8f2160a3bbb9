// Nothing recurses over the depth of a graph.

using Xunit;
using static Torch.torch;

namespace Torch.Tests.Promises;

public class DepthTests
{
    [Fact]
    public void AHundredThousandChainedOperationsWorkOnASmallStack()
    {
        Exception? fault = null;
        var thread = new Thread(() =>
        {
            try
            {
                Chain();
            }
            catch (Exception e)
            {
                fault = e;
            }
        }, 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.Null(fault);
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static void Chain()
    {
        var x = tensor(new[] { 1.0, 2.0 }, requires_grad: true);
        var y = x * 1;
        for (var i = 1; i < 100_000; i++) y = y + x;
        y.sum().backward();
        Assert.Equal("tensor([100000., 100000.], dtype=torch.float64)", x.grad!.ToString());
        Assert.Contains("200000.", y.ToString());
        // And with values to save: every step multiplies.
        var z = x * 1;
        for (var i = 0; i < 20_000; i++) z = z * 1.0001;
        z.sum().backward();
        Assert.Equal(100000 + Math.Pow(1.0001, 20_000), x.grad![0].item<double>(), 6);
    }
}
