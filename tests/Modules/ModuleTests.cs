// Modules: components by fields and by registration, orders and names, state dicts, conversion, hooks, saving.

using Torch.Modules;
using Xunit;
using static Torch.torch;
using static Torch.torch.nn;

namespace Torch.Tests.Recorded;

[Collection(nameof(Alone))]
public class ModuleTests
{
    private sealed class Net : Module<Tensor, Tensor>
    {
        public Module<Tensor, Tensor> first = Linear(3, 4);
        private readonly Linear _second = Linear(4, 2);
        public Parameter scale = Parameter(ones([2L]));

        public Linear? Extra { get; set; }

        public Net() => register_buffer("seen", zeros([1L]));

        public override Tensor forward(Tensor x) => _second.call(first.call(x)) * scale;
    }

    [Fact]
    public void Fields_and_properties_are_components_without_registration()
    {
        var net = new Net();
        Assert.Equal(["scale", "first.weight", "first.bias", "_second.weight", "_second.bias"], net.named_parameters().Select(p => p.name));
        Assert.Equal(["scale", "seen", "first.weight", "first.bias", "_second.weight", "_second.bias"], net.state_dict().Keys);
        net.Extra = Linear(1, 1);
        Assert.Contains("Extra.weight", net.state_dict().Keys);
        net.first = Linear(3, 4, hasBias: false);
        Assert.DoesNotContain("first.bias", net.state_dict().Keys);
        Assert.Equal("first.weight", net.named_parameters().ElementAt(1).name);
    }

    [Fact]
    public void Shared_parameters_come_once_and_stand_twice_in_the_state_dict()
    {
        var (a, b) = (Linear(2, 2), Linear(2, 2));
        b.weight = a.weight;
        var both = Sequential(a, b);
        Assert.Equal(["0.weight", "0.bias", "1.bias"], both.named_parameters().Select(p => p.name));
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias"], both.state_dict().Keys);
    }

    [Fact]
    public void Loading_a_wrong_state_dict_names_what_is_wrong()
    {
        var net = Sequential(Linear(2, 3));
        var e = Assert.Throws<TorchException>(() => net.load_state_dict(new Dictionary<string, Tensor> { ["0.weight"] = zeros(2, 2), ["1.weight"] = zeros(1) }));
        Assert.Equal(
            "Error(s) in loading state_dict for Sequential:\n\tMissing key(s) in state_dict: \"0.bias\". \n\tUnexpected key(s) in state_dict: \"1.weight\". \n\t"
            + "size mismatch for 0.weight: copying a param with shape torch.Size([2, 2]) from checkpoint, the shape in current model is torch.Size([3, 2]).", e.Message);
        var (missing, unexpected) = net.load_state_dict(new Dictionary<string, Tensor> { ["0.bias"] = ones(3), ["x"] = ones(1) }, strict: false);
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        Assert.Equal(1f, net.get_parameter("0.bias")![2].item<float>());
    }

    [Fact]
    public void Conversion_keeps_the_parameters_objects()
    {
        var net = new Net();
        var before = net.parameters().ToList();
        net.to(ScalarType.Float64);
        Assert.Equal(before, net.parameters());
        Assert.All(net.parameters(), p => Assert.Equal(ScalarType.Float64, p.dtype));
        Assert.Equal(ScalarType.Float64, net.call(ones([2, 3], ScalarType.Float64)).dtype);
    }

    [Fact]
    public void Hooks_run_in_order_and_may_replace_values()
    {
        var log = new List<string>();
        var net = Linear(2, 2, hasBias: false);
        init.eye_(net.weight);
        var pre = net.register_forward_pre_hook((_, x) => { log.Add("pre"); return x * 2; });
        net.register_forward_hook((_, x, y) => { log.Add("post"); return y + 1; });
        net.register_full_backward_pre_hook((_, g) => { log.Add("backward pre"); return null; });
        net.register_full_backward_hook((_, gi, go) => { log.Add("backward"); return [gi[0]! * 10]; });
        var input = ones([1, 2], requires_grad: true);
        var y = net.call(input);
        Assert.Equal([3f, 3f], y.detach().data<float>().ToArray());
        y.sum().backward();
        Assert.Equal(["pre", "post", "backward pre", "backward"], log);
        Assert.Equal([20f, 20f], input.grad!.data<float>().ToArray());
        pre.remove();
        Assert.Equal([2f, 2f], net.call(ones(1, 2)).detach().data<float>().ToArray());
    }

    [Fact]
    public void A_saved_module_loads_in_both_formats()
    {
        var (a, b, c) = (new Net(), new Net(), new Net());
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.pt");
        try
        {
            a.save(path);
            b.load(path);
            var bytes = new MemoryStream();
            using (var writer = new BinaryWriter(bytes, System.Text.Encoding.UTF8, true)) a.save(writer);
            bytes.Position = 0;
            c.load(bytes);
            var state = load<Dictionary<string, Tensor>>(path);
            foreach (var (name, t) in a.state_dict())
            {
                Assert.True(t.equal(b.state_dict()[name]), name);
                Assert.True(t.equal(c.state_dict()[name]), name);
                Assert.True(t.equal(state[name]), name);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void An_optimizer_resumes_from_a_file()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.pt");
        try
        {
            var (first, second) = (Train(4, null), Train(2, path));
            Assert.Equal(first, Resume(2, path));
            Assert.NotEqual(first, second);
        }
        finally
        {
            File.Delete(path);
        }

        static float[] Train(int steps, string? path)
        {
            var p = Parameter(ones(3));
            var optimizer = optim.AdamW([p], lr: 0.1);
            for (var i = 0; i < steps; i++) Step(p, optimizer);
            if (path is not null) save(new Dictionary<string, object?> { ["p"] = p.detach(), ["optimizer"] = optimizer.state_dict() }, path);
            return p.detach().data<float>().ToArray();
        }

        static float[] Resume(int steps, string path)
        {
            var saved = load<Dictionary<string, object?>>(path);
            var p = Parameter((Tensor)saved["p"]!);
            var optimizer = optim.AdamW([p], lr: 0.5);
            optimizer.load_state_dict((System.Collections.IDictionary)saved["optimizer"]!);
            for (var i = 0; i < steps; i++) Step(p, optimizer);
            return p.detach().data<float>().ToArray();
        }

        static void Step(Parameter p, AdamW optimizer)
        {
            optimizer.zero_grad();
            (p * p).sum().backward();
            optimizer.step();
        }
    }

    [Fact]
    public void Modules_print_as_PyTorchs()
    {
        var net = Sequential(("conv", Conv2d(1, 6, 5)), ("act", ReLU()));
        Assert.Equal("Sequential(\n  (conv): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))\n  (act): ReLU()\n)", net.ToString());
        Assert.Equal("ModuleList(\n  (0-1): 2 x Linear(in_features=1, out_features=1, bias=True)\n  (2): ReLU()\n)", ModuleList(Linear(1, 1), Linear(1, 1), ReLU()).ToString());
    }
}
