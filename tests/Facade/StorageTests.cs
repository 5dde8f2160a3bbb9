using Xunit;
using static Torch.torch;

namespace Torch.Tests.Facade;

public class StorageTests
{
    [Fact]
    public void What_was_built_before_a_write_keeps_the_old_value()
    {
        var x = tensor(new[] { 1f, 2f });
        var y = x + 1;
        x.mul_(10);
        Assert.Equal([2f, 3f], y.data<float>().ToArray());
        Assert.Equal([10f, 20f], x.data<float>().ToArray());
    }

    [Fact]
    public void An_accessor_writes_to_memory_of_its_own()
    {
        var x = tensor(new[] { 1f, 2f, 3f });
        var before = x * 1;
        var copy = x.clone();
        using (var a = x.data<float>())
        {
            a[1] = 20;
            var between = x + 0;
            a[2] = 30;
            Assert.Equal([1f, 20f, 3f], between.data<float>().ToArray());
        }
        Assert.Equal([1f, 20f, 30f], x.data<float>().ToArray());
        Assert.Equal([1f, 2f, 3f], before.data<float>().ToArray());
        Assert.Equal([1f, 2f, 3f], copy.data<float>().ToArray());
        Assert.Equal(2, x._version);
    }

    [Fact]
    public void An_accessor_of_a_view_writes_to_its_base()
    {
        var x = zeros(2, 3);
        var column = x.t()[1];
        column.data<float>()[1] = 7;
        Assert.Equal(7f, x[1, 1].item<float>());
    }

    [Fact]
    public void Bytes_show_and_take_memory()
    {
        var x = tensor(new[] { 1, 2 });
        Assert.Equal([1, 0, 0, 0, 2, 0, 0, 0], x.bytes.ToArray());
        x.bytes = new byte[] { 5, 0, 0, 0, 6, 0, 0, 0 };
        Assert.Equal([5, 6], x.data<int>().ToArray());
    }

    [Fact]
    public void Running_statistics_do_not_pile_up()
    {
        var mean = zeros(4);
        for (var i = 0; i < 5000; i++) mean.mul_(0.9).add_(ones(4), 0.1);
        Assert.True(mean.Expr.Depth <= 1100);
        Assert.Equal(1f, mean[0].item<float>(), 4);
    }

    [Fact]
    public void Random_programs_of_views_and_writes_agree_with_arrays()
    {
        for (var seed = 0; seed < 200; seed++) RunProgram(new Random(seed));
    }

    /// <summary>Takes views of a 4 x 6 tensor and writes through them, beside the same on a plain array of offsets.</summary>
    private static void RunProgram(Random random)
    {
        var data = new double[24];
        for (var i = 0; i < data.Length; i++) data[i] = i;
        var root = tensor(data).view(4, 6);
        var views = new List<(Tensor Tensor, long[] Sizes, int[] Offsets)> { (root, [4, 6], Enumerable.Range(0, 24).ToArray()) };
        for (var step = 0; step < 12; step++)
        {
            var (t, sizes, offsets) = views[random.Next(views.Count)];
            if (random.Next(3) > 0 && sizes.Length > 0)
            {
                var d = random.Next(sizes.Length);
                switch (random.Next(4))
                {
                    case 0 when sizes[d] > 1:
                        var index = random.Next((int)sizes[d]);
                        views.Add((t.select(d, index), sizes.Where((_, i) => i != d).ToArray(), Pick(sizes, offsets, d, [index])));
                        break;
                    case 1:
                        var start = random.Next((int)sizes[d]);
                        var rows = Enumerable.Range(0, (int)sizes[d]).Skip(start).Where((_, k) => k % 2 == 0).ToArray();
                        var kept = (long[])sizes.Clone();
                        kept[d] = rows.Length;
                        views.Add((t.slice(d, start, long.MaxValue, 2), kept, Pick(sizes, offsets, d, rows)));
                        break;
                    case 2 when sizes.Length == 2:
                        var (m, n) = ((int)sizes[0], (int)sizes[1]);
                        views.Add((t.t(), [n, m], Enumerable.Range(0, m * n).Select(i => offsets[(i % m * n) + (i / m)]).ToArray()));
                        break;
                    default:
                        views.Add((t.unsqueeze(d).squeeze(d), sizes, offsets));
                        break;
                }
            }
            else
            {
                var by = random.Next(1, 5);
                if (random.Next(2) == 0)
                {
                    t.add_(by);
                    foreach (var o in offsets) data[o] += by;
                }
                else
                {
                    t.fill_(by);
                    foreach (var o in offsets) data[o] = by;
                }
                if (random.Next(3) == 0) _ = t.sum().item<double>();
            }
        }
        foreach (var (t, _, offsets) in views) Assert.Equal(offsets.Select(o => data[o]), t.data<double>().ToArray());
    }

    /// <summary>The offsets of some rows along a dimension.</summary>
    private static int[] Pick(long[] sizes, int[] offsets, int d, int[] rows)
    {
        var inner = (int)sizes[(d + 1)..].Aggregate(1L, (a, b) => a * b);
        var outer = (int)sizes[..d].Aggregate(1L, (a, b) => a * b);
        var result = new List<int>();
        for (var o = 0; o < outer; o++)
            foreach (var r in rows)
                for (var i = 0; i < inner; i++) result.Add(offsets[(((o * (int)sizes[d]) + r) * inner) + i]);
        return [.. result];
    }

    [Fact]
    public void Who_disposes_gets_an_error_afterwards_and_views_live_on()
    {
        var x = ones(3);
        var v = x.view(3, 1);
        x.Dispose();
        Assert.Throws<InvalidOperationException>(() => x + 1);
        Assert.Equal(1f, v[0, 0].item<float>());
    }

    [Fact]
    public void Meta_tensors_have_shapes_and_no_values()
    {
        var x = zeros(2, 3, device: META);
        var y = (x.t() + 1).sum(0);
        Assert.Equal([2], y.shape);
        Assert.True(y.is_meta);
        Assert.Throws<NotSupportedException>(() => y.data<float>().ToArray());
    }
}
