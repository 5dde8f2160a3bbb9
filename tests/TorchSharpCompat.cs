// A program as people write it for TorchSharp. Only the namespace in its using lines is ours; that it compiles is half of the test.
using Torch;
using Torch.Modules;
using Xunit;
using static Torch.torch;
using static Torch.torch.nn;
using static Torch.torch.nn.functional;

namespace TorchSharpProgram
{
    /// <summary>A network with submodules in fields, one of them a sequence, one a parameter of its own.</summary>
    internal class Regression : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> body;
        private readonly Linear head;
        private readonly Parameter scale;

        public Regression(string name, long inputs, long hidden, Device? device = null) : base(name)
        {
            body = Sequential(
                ("lin1", Linear(inputs, hidden)),
                ("norm", LayerNorm(new[] { hidden })),
                ("relu1", ReLU()),
                ("drop1", Dropout(0.05)));
            head = Linear(hidden, 1, hasBias: false);
            scale = Parameter(torch.ones(1));
            RegisterComponents();
            if (device is not null && device.type != DeviceType.CPU) this.to(device);
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var hidden = body.call(input);
            return (head.call(hidden) * scale).MoveToOuterDisposeScope();
        }
    }

    [Collection("default generator")]
    public class TorchSharpCompat
    {
        [Fact]
        public void The_program_of_the_readme_runs()
        {
            torch.random.manual_seed(1);
            var lin1 = Linear(1000, 100);
            var lin2 = Linear(100, 10);
            var seq = Sequential(("lin1", lin1), ("relu1", ReLU()), ("drop1", Dropout(0.1)), ("lin2", lin2));

            using var x = torch.randn(64, 1000);
            using var y = torch.randn(64, 10);

            var optimizer = torch.optim.Adam(seq.parameters());
            var losses = new List<float>();
            for (int i = 0; i < 10; i++) {
                using var eval = seq.call(x);
                using var output = mse_loss(eval, y, Reduction.Sum);

                optimizer.zero_grad();

                output.backward();

                optimizer.step();
                losses.Add(output.item<float>());
            }
            Assert.True(losses[^1] < losses[0]);
        }

        [Fact]
        public void A_module_trains_saves_and_loads()
        {
            torch.manual_seed(42);
            using var model = new Regression("regression", 8, 32, torch.CPU);
            Assert.Equal(
                new[] { "body.lin1.weight", "body.lin1.bias", "body.norm.weight", "body.norm.bias", "head.weight", "scale" },
                model.named_parameters().Select(p => p.name).OrderBy(n => n == "scale" ? 2 : n.StartsWith("head") ? 1 : 0));

            var data = torch.randn(new long[] { 256, 8 });
            var target = data.sum(dim: 1, keepdim: true) * 0.5f + 1;
            Assert.Equal(new long[] { 256, 1 }, target.shape);

            var optimizer = torch.optim.Adam(model.parameters(), lr: 1e-2);
            var scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 20, 0.5);
            var loss_fn = MSELoss();

            model.train();
            float first = 0, last = 0;
            using (var d = torch.NewDisposeScope()) {
                for (var epoch = 0; epoch < 40; epoch++) {
                    using var _ = torch.NewDisposeScope();
                    var prediction = model.call(data);
                    var loss = loss_fn.call(prediction, target);
                    optimizer.zero_grad();
                    loss.backward();
                    optimizer.step();
                    scheduler.step();
                    last = loss.ToSingle();
                    if (epoch == 0) first = last;
                }
            }
            Assert.True(last < first / 4, $"{first} to {last}");

            model.eval();
            Tensor before;
            using (torch.no_grad()) before = model.call(data);
            Assert.False(before.requires_grad);

            var location = Path.GetTempFileName();
            try {
                model.save(location);
                using var copy = new Regression("copy", 8, 32);
                copy.load(location);
                copy.eval();
                using (torch.no_grad()) Assert.True(copy.call(data).Equals(before));

                using var third = new Regression("third", 8, 32);
                var (missing, unexpected) = third.load_state_dict(model.state_dict());
                third.eval();
                Assert.Empty(missing);
                Assert.Empty(unexpected);
                using (torch.inference_mode()) Assert.True(third.call(data).allclose(before));
            } finally {
                File.Delete(location);
            }
        }

        [Fact]
        public void Batches_come_from_a_data_loader()
        {
            torch.manual_seed(3);
            var xs = torch.arange(20, dtype: ScalarType.Float32).reshape(20, 1);
            var ys = xs * 2;
            using var dataset = torch.utils.data.TensorDataset(xs, ys);
            using var loader = torch.utils.data.DataLoader(dataset, 8, shuffle: true);
            var seen = new List<float>();
            foreach (var batch in loader) {
                var (x, y) = (batch[0], batch[1]);
                Assert.True((x * 2).Equals(y));
                seen.AddRange(x.data<float>().ToArray());
            }
            Assert.Equal(Enumerable.Range(0, 20).Select(i => (float)i), seen.Order());
        }

        [Fact]
        public void Tensors_are_indexed_and_compared()
        {
            var t = torch.tensor(new float[] { 1, 2, 3, 4, 5, 6 }, new long[] { 2, 3 });
            Assert.Equal(6f, t[1, 2].item<float>());
            Assert.Equal(new float[] { 2, 5 }, t[TensorIndex.Colon, TensorIndex.Single(1)].data<float>().ToArray());
            Assert.Equal(new float[] { 4, 5, 6 }, t[1].data<float>().ToArray());
            Assert.Equal(2L, t.gt(4).sum().item<long>());
            Assert.Equal(new long[] { 2, 2 }, t.argmax(1).data<long>().ToArray());
            t.add_(1);
            Assert.Equal(27f, t.sum().ToSingle());
            var cat = torch.cat(new[] { t, t }, 0);
            Assert.Equal(new long[] { 4, 3 }, cat.shape);
        }
    }
}
