using Xunit;
using static Torch.torch;

namespace Torch.Tests.Facade;

public class AutogradTests
{
    private static Tensor Leaf(params double[] values) => tensor(values, requires_grad: true);

    private static double[] Values(Tensor? t) => t!.data<double>().ToArray();

    [Fact]
    public void A_chain_of_a_hundred_thousand_operations_needs_no_deep_stack()
    {
        Exception? fault = null;
        double gradient = 0;
        var thread = new Thread(() =>
        {
            try
            {
                var x = Leaf(1.0);
                var y = x;
                for (var i = 0; i < 100_000; i++) y = y + 1e-5;
                y.backward();
                gradient = Values(x.grad)[0];
            }
            catch (Exception e)
            {
                fault = e;
            }
        }, 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.Null(fault);
        Assert.Equal(1.0, gradient);
    }

    [Fact]
    public void Derivatives_of_derivatives_go_on()
    {
        var x = Leaf(0.5, -1.5);
        var y = x.sin();
        for (var order = 1; order <= 4; order++) y = autograd.grad(y.sum(), x, create_graph: true)[0]!;
        var values = Values(y.detach());
        Assert.Equal(Math.Sin(0.5), values[0], 12);
        Assert.Equal(Math.Sin(-1.5), values[1], 12);
    }

    [Fact]
    public void A_second_derivative_reaches_through_what_an_operation_computed_inside()
    {
        // The quotient's gradient by the divisor mentions the quotient, whose own history must be found again after it was computed.
        var a = Leaf(3.0);
        var b = Leaf(2.0);
        var q = a / b;
        _ = q.item<double>();
        var g = autograd.grad(q, [b], create_graph: true)[0]!;
        Assert.Equal(-0.75, g.item<double>(), 12);
        var gg = autograd.grad(g, [a, b]);
        Assert.Equal(-0.25, gg[0]!.item<double>(), 12);
        Assert.Equal(0.75, gg[1]!.item<double>(), 12);
    }

    [Fact]
    public void Evaluation_between_forward_and_backward_changes_nothing()
    {
        var x = Leaf(1, 2, 3);
        var h = (x * x).exp();
        var y = (h * x).sum();
        var lazy = Values(autograd.grad(y, x, retain_graph: true)[0]);
        _ = y.item<double>();
        Assert.Equal(lazy, Values(autograd.grad(y, x)[0]));
    }

    [Fact]
    public void A_tensor_and_its_detached_twin_have_separate_gradients()
    {
        var x = Leaf(2.0);
        (x * x.detach()).backward();
        Assert.Equal(2.0, Values(x.grad)[0]);
    }

    [Fact]
    public void A_view_of_the_same_shape_counts_once()
    {
        var x = Leaf(2.0, 3.0);
        var v = x.view(2);
        (x * v).sum().backward();
        Assert.Equal([4.0, 6.0], Values(x.grad));
    }

    [Fact]
    public void A_leaf_of_ones_is_not_folded_away()
    {
        var x = ones(2, 3, dtype: float64, requires_grad: true);
        x.t().reshape(6).sum().backward();
        Assert.Equal(Enumerable.Repeat(1.0, 6), Values(x.grad));
    }

    [Fact]
    public void Gradients_accumulate_in_place_and_the_old_expression_keeps_its_value()
    {
        var x = Leaf(1.0);
        (x * 2).backward();
        var grad = x.grad!;
        var sum = grad + 10;
        (x * 3).backward();
        Assert.Same(grad, x.grad);
        Assert.Equal(5.0, Values(grad)[0]);
        Assert.Equal(12.0, Values(sum)[0]);
    }

    [Fact]
    public void Hooks_see_and_replace_gradients_in_order()
    {
        var x = Leaf(1.0);
        var y = x * 2;
        var seen = new List<double>();
        y.register_hook(g => { seen.Add(Values(g)[0]); });
        var second = y.register_hook(g => g * 10);
        y.retain_grad();
        (y * 3).backward(retain_graph: true);
        Assert.Equal([3.0], seen);
        Assert.Equal(30.0, Values(y.grad)[0]);
        Assert.Equal(60.0, Values(x.grad)[0]);
        second.remove();
        x.grad = null;
        (y * 3).backward(retain_graph: true);
        Assert.Equal(6.0, Values(x.grad)[0]);
    }

    [Fact]
    public void A_hook_may_take_its_time_while_another_thread_goes_backward()
    {
        var x = Leaf(1.0);
        using var inside = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var slow = x * 2;
        slow.register_hook(_ => { inside.Set(); release.Wait(TimeSpan.FromSeconds(20)); });
        var thread = new Thread(() => slow.backward());
        thread.Start();
        Assert.True(inside.Wait(TimeSpan.FromSeconds(20)));
        (x * 3).backward();
        Assert.Equal(3.0, Values(x.grad)[0]);
        release.Set();
        thread.Join();
        Assert.Equal(5.0, Values(x.grad)[0]);
    }

    [Fact]
    public void Node_hooks_and_leaf_hooks_run()
    {
        var x = Leaf(1.0);
        var calls = new List<string>();
        x.register_post_accumulate_grad_hook(t => calls.Add($"leaf {Values(t.grad)[0]}"));
        var y = x * 2;
        y.grad_fn!.register_prehook(g => { calls.Add("before"); return null; });
        y.grad_fn!.register_hook((inputs, outputs) => { calls.Add($"after {inputs.Length}"); return null; });
        y.backward();
        Assert.Equal(["before", "after 1", "leaf 2"], calls);
        Assert.Equal("MulBackward0", y.grad_fn!.name());
        Assert.Equal("AccumulateGrad", y.grad_fn.next_functions[0].node!.Name);
    }

    [Fact]
    public void Writing_through_a_view_rewrites_the_history_of_its_base()
    {
        var x = Leaf(1, 2, 3, 4);
        var w = x * 1;
        var v = w.view(2, 2);
        var row = v[1];
        row.mul_(10.0);
        Assert.Equal("CopySlices", w.grad_fn!.Name);
        Assert.Equal([1.0, 2, 30, 40], Values(w.detach()));
        Assert.Equal([30.0, 40], Values(row.detach()));
        (w * w).sum().backward();
        Assert.Equal([2.0, 4, 600, 800], Values(x.grad));
    }

    [Fact]
    public void Second_derivatives_pass_through_what_was_written_into_a_view()
    {
        var x = Leaf(1.0, 2.0);
        var w = x * 1;
        w[0] = x[1] * x[1];
        var g = autograd.grad((w * w).sum(), x, create_graph: true)[0]!;
        // w = (b^2, b): the gradient by b is 4 b^3 + 2 b, by a zero.
        Assert.Equal([0.0, 36.0], Values(g.detach()));
        Assert.Equal([0.0, 50.0], Values(autograd.grad(g.sum(), x)[0]));
    }

    [Fact]
    public void Only_wanted_inputs_get_gradients()
    {
        var a = Leaf(1.0);
        var b = Leaf(2.0);
        var y = a * b;
        y.backward(inputs: [a]);
        Assert.Equal(2.0, Values(a.grad)[0]);
        Assert.Null(b.grad);
        Assert.Throws<TorchException>(() => autograd.grad(a * 2, [b]));
        Assert.Null(autograd.grad(a * 2, [b], allow_unused: true)[0]);
    }

    [Fact]
    public void What_is_freed_cannot_run_again()
    {
        var x = Leaf(3.0);
        var y = x * x;
        y.backward();
        var e = Assert.Throws<TorchException>(() => y.backward());
        Assert.StartsWith("Trying to backward through the graph a second time", e.Message);
        // An operation that saved nothing may.
        var z = x + 1;
        z.backward();
        z.backward();
    }

    [Fact]
    public void Scopes_nest_and_restore()
    {
        using (no_grad())
        {
            using (enable_grad()) Assert.True(is_grad_enabled());
            Assert.False(is_grad_enabled());
            using (inference_mode()) Assert.True(is_inference_mode_enabled());
        }
        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void A_training_loop_leaves_no_graph_behind()
    {
        var w = Leaf(0.0);
        var start = GC.GetTotalMemory(true);
        for (var i = 0; i < 2000; i++)
        {
            w.grad = null;
            var loss = (w - 3.0) * (w - 3.0);
            loss.backward();
            using (no_grad()) w.sub_(w.grad!, 0.1);
        }
        Assert.Equal(3.0, Values(w.detach())[0], 9);
        Assert.True(GC.GetTotalMemory(true) - start < 20_000_000);
    }
}
