// Tensors on the meta device have shapes and no values.

using Torch.Core;
using Xunit;
using static Torch.torch;

namespace Torch.Tests.Promises;

[Collection("Workers")]
public class MetaTests
{
    private static Tensor Meta(params long[] size) => zeros(size, device: META);

    [Fact]
    public void ShapesAndDtypesAreInferredWithoutMemory()
    {
        var before = Runtime.counters().Evaluations;
        // A million by a million: 4 TB if it were there.
        var x = Meta(1_000_000, 1_000_000);
        var y = x.matmul(x.t()).relu().sum(0) + Meta(1_000_000).to(ScalarType.Float64);
        Assert.Equal([1_000_000], y.shape);
        Assert.Equal(ScalarType.Float64, y.dtype);
        Assert.True(y.is_meta);
        Assert.Equal([10, 1, 3], Meta(10, 2, 3).mean(1, true).shape);
        Assert.Equal([7, 3], cat([Meta(3, 3), Meta(4, 3)]).shape);
        Assert.Equal(before, Runtime.counters().Evaluations);
    }

    [Fact]
    public void WrongShapesAreRefused() => Assert.Throws<TorchException>(() => Meta(2, 3).matmul(Meta(2, 3)));

    [Fact]
    public void ReadingIsAnError()
    {
        Assert.Throws<TorchException>(() => (Meta(1) + 1).item());
        Assert.Contains("Cannot copy out of meta tensor; no data!", Assert.Throws<NotSupportedException>(() => Meta(2).data<float>().ToArray()).Message);
        Assert.Contains("Cannot copy out of meta tensor; no data!", Assert.Throws<NotSupportedException>(() => Meta(2).cpu()).Message);
        Assert.Contains("device='meta'", Meta(2, 2).ToString());
    }

    [Fact]
    public void GradientsHaveShapesToo()
    {
        var w = Meta(3, 4).requires_grad_();
        Meta(5, 3).matmul(w).tanh().sum().backward();
        Assert.Equal([3, 4], w.grad!.shape);
        Assert.True(w.grad!.is_meta);
    }

    [Fact]
    public void WritingInPlaceKeepsTheShape()
    {
        var x = Meta(3, 4);
        x[0].add_(1);
        for (var i = 0; i < 3000; i++) x.add_(Meta(4));
        Assert.Equal([3, 4], x.shape);
    }
}
