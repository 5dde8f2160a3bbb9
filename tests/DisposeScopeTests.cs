// Dispose scopes: what they let go of, and what they must leave alone.
using Xunit;
using static Torch.torch;

namespace Torch.Tests;

public sealed class DisposeScopeTests
{
    [Fact]
    public void What_is_made_inside_is_let_go_at_the_end()
    {
        var before = ones(3);
        Tensor a, b, c;
        using (var outer = NewDisposeScope())
        {
            a = ones(2);
            using (var scope = NewDisposeScope())
            {
                b = a + 1;
                c = (a * 2).MoveToOuterDisposeScope();
                Assert.True(scope.Contains(b));
                Assert.False(scope.Contains(c));
                Assert.Same(scope, CurrentDisposeScope);
            }
            Assert.True(b.IsInvalid);
            Assert.True(outer.Contains(c));
            Assert.Equal(4f, c.sum().item<float>());
            c.DetachFromDisposeScope();
        }
        Assert.True(a.IsInvalid);
        Assert.Equal(4f, c.sum().item<float>());
        Assert.Equal(3f, before.sum().item<float>());
        Assert.Null(CurrentDisposeScope);
        Assert.Throws<InvalidOperationException>(() => a.sum());
    }

    [Fact]
    public void Views_and_results_outlive_what_they_came_from()
    {
        Tensor view, result;
        using (var scope = NewDisposeScope())
        {
            var x = arange(6f).reshape(2, 3);
            (view, result) = scope.Detach(x[1], x.sum());
        }
        Assert.Equal([3f, 4f, 5f], view.data<float>().ToArray());
        Assert.Equal(15f, result.item<float>());
    }

    [Fact]
    public void A_graph_survives_the_scope_that_made_it()
    {
        var w = ones(3, requires_grad: true);
        var loss = WrappedTensorDisposeScope(() =>
        {
            var hidden = w * 2;
            return (hidden * hidden).sum();
        });
        using (NewDisposeScope()) loss.backward();
        Assert.Equal([8f, 8f, 8f], w.grad!.data<float>().ToArray());
    }

    [Fact]
    public void The_state_of_an_optimizer_belongs_to_no_scope()
    {
        manual_seed(0);
        var (plain, scoped) = (Train(false), Train(true));
        Assert.Equal(plain, scoped);

        static float[] Train(bool inScopes)
        {
            var w = new Modules.Parameter(ones(4));
            var optimizer = optim.Adam([w], 0.1);
            for (var i = 0; i < 5; i++)
            {
                using var scope = inScopes ? NewDisposeScope() : null;
                optimizer.zero_grad();
                (w * w).sum().backward();
                optimizer.step();
            }
            return w.detach().data<float>().ToArray();
        }
    }

    [Fact]
    public void Scopes_may_be_closed_out_of_order()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        outer.Dispose();
        var x = ones(1);
        Assert.True(inner.Contains(x));
        inner.DisposeEverythingBut(x);
        Assert.Equal(1, inner.DisposablesCount);
        inner.Dispose();
        Assert.True(x.IsInvalid);
        Assert.Null(CurrentDisposeScope);
    }
}
