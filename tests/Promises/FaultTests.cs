// Faults that only values show are found when a value is computed. They name the operation, harm nothing else, and leave no memory behind.

using Torch.Kernels;
using Xunit;
using static Torch.torch;

namespace Torch.Tests.Promises;

[Collection("Workers")]
public class FaultTests
{
    private static Tensor Row(params float[] values) => tensor(values);

    private static Tensor Wrong() => Row(1, 2, 3).gather(0, tensor(new long[] { 0, 7 }));

    [Fact]
    public void AnIndexOutOfRangeNamesTheOperationAndTheShapes()
    {
        var e = Assert.Throws<TorchException>(() => Wrong().sum().item());
        Assert.Contains("7", e.Message);
        Assert.Contains("gather(Float32[3], Int64[2]) -> Float32[2]", e.Message);
    }

    [Fact]
    public void AFaultKeepsItsKind()
    {
        var x = Row(1, 2, 3);
        var wrong = x.index_select(0, tensor(new long[] { 5 }));
        var e = Assert.Throws<IndexOutOfRangeException>(() => wrong.Evaluate());
        Assert.Contains("Float32[3], Int64[1]", e.Message);
        Assert.IsType<IndexOutOfRangeException>(e.InnerException);
    }

    [Fact]
    public void AWrongShapeThrowsWhereTheOperationIsWritten() =>
        Assert.Contains("must match", Assert.Throws<TorchException>(() => zeros(2, 3) + zeros(2, 4)).Message);

    [Fact]
    public void TheFaultComesAgainEachTimeAndTheEngineStaysUsable()
    {
        var wrong = Wrong() * 2;
        for (var i = 0; i < 3; i++) Assert.Throws<TorchException>(() => wrong.sum().item());
        Assert.Equal(6f, Row(1, 2, 3).sum().item<float>());
    }

    [Fact]
    public void WhatDoesNotDependOnTheFaultIsEvaluated()
    {
        var x = Row(1, 2, 3);
        var good = (x * 2).exp().sum();
        var other = x.matmul(x);
        var wrong = x.gather(0, tensor(new long[] { 9 })) + good;
        Assert.Throws<TorchException>(() => Evaluation.Run(wrong.Expr, good.Expr, other.Expr));
        Assert.True(good.Expr.IsEvaluated);
        Assert.True(other.Expr.IsEvaluated);
        Assert.False(wrong.Expr.IsEvaluated);
        Assert.Equal(14f, other.item<float>());
    }

    [Fact]
    public void NoStorageIsHalfWritten()
    {
        var target = zeros(4);
        var before = target.clone();
        before.Evaluate();
        target[0].fill_(5);
        target.narrow(0, 1, 2).add_(Wrong());
        target[3].fill_(7);
        Assert.Throws<TorchException>(() => target.sum().item());
        Assert.Equal(new float[4], before.data<float>().ToArray());
        // What was written elsewhere and replaced by a sound value is well.
        target.copy_(Row(1, 2, 3, 4));
        Assert.Equal([1, 2, 3, 4], target.data<float>().ToArray());
    }

    [Fact]
    public void TheBuffersOfAFailedEvaluationAreReturned()
    {
        var x = ones(1000, 100);
        var index = full([1, 100], 5000, ScalarType.Int64);
        x.Evaluate();
        index.Evaluate();
        void Fail() => Assert.Throws<TorchException>(() => (x.exp().matmul(x.t()).narrow(1, 0, 100) * x).gather(0, index).sum().item());
        Fail();
        Settle();
        var before = MemoryPool.LiveBytes;
        for (var i = 0; i < 20; i++) Fail();
        Settle();
        Assert.InRange(MemoryPool.LiveBytes - before, -1_000_000, 10_000);
        GC.KeepAlive(x);
    }

    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
