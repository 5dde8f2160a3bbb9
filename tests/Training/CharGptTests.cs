// The recorded run char_gpt: a small transformer with shared embeddings, causal attention by hand, AdamW with groups, gradient clipping, a schedule, sampling.

using Torch.Modules;
using Xunit;
using static Torch.torch;
using static Torch.torch.nn;
using F = Torch.torch.nn.functional;

namespace Torch.Tests.Training;

[Collection(nameof(Alone))]
public class CharGptTests
{
    private const long D = 128, H = 4, L = 4, T = 64, B = 8;

    private sealed class Block : Module<Tensor, Tensor, Tensor>
    {
        private readonly LayerNorm ln1 = LayerNorm(D);
        private readonly Linear qkv = Linear(D, 3 * D), proj = Linear(D, D);
        private readonly LayerNorm ln2 = LayerNorm(D);
        private readonly Linear fc = Linear(D, 4 * D), @out = Linear(4 * D, D);

        public override Tensor forward(Tensor x, Tensor mask)
        {
            var (b, t) = (x.shape[0], x.shape[1]);
            var parts = qkv.call(ln1.call(x)).reshape(b, t, 3, H, D / H).permute(2, 0, 3, 1, 4).unbind(0);
            var (q, k, v) = (parts[0], parts[1], parts[2]);
            var w = F.softmax((q.matmul(k.transpose(-2, -1)) / Math.Sqrt(D / H)).masked_fill(mask[TensorIndex.Slice(0, t), TensorIndex.Slice(0, t)], double.NegativeInfinity), -1);
            x = x + proj.call(w.matmul(v).transpose(1, 2).reshape(b, t, D));
            return x + @out.call(F.gelu(fc.call(ln2.call(x)), "tanh"));
        }
    }

    private sealed class Gpt : Module<Tensor, Tensor>
    {
        private readonly Embedding tok, pos;
        private readonly ModuleList<Block> blocks;
        private readonly LayerNorm ln;
        private readonly Linear head;

        public Gpt(long vocabulary)
        {
            tok = Embedding(vocabulary, D);
            pos = Embedding(T, D);
            blocks = ModuleList<Block>([.. Enumerable.Range(0, (int)L).Select(_ => new Block())]);
            ln = LayerNorm(D);
            head = Linear(D, vocabulary, hasBias: false);
            head.weight = tok.weight;
            register_buffer("mask", ones([T, T], dtype: ScalarType.Bool).triu(1), persistent: false);
            foreach (var (name, p) in named_parameters())
            {
                if (p.dim() == 2) init.normal_(p, 0.0, name.EndsWith("proj.weight") || name.EndsWith("out.weight") ? 0.02 / Math.Sqrt(2 * L) : 0.02);
                else if (name.EndsWith("bias")) init.zeros_(p);
            }
        }

        public override Tensor forward(Tensor i)
        {
            var x = tok.call(i) + pos.call(arange(i.shape[1]));
            foreach (var b in blocks) x = b.call(x, get_buffer("mask")!);
            return head.call(ln.call(x));
        }
    }

    [SharedTheory("golden/training/char_gpt.json")]
    [InlineData("float64", 0, 20)]
    [InlineData("float64", 1, 20)]
    [InlineData("float32", 0, 150)]
    public void Losses_and_gradient_norms_of_a_transformer_are_PyTorchs(string dtype, long seed, int steps)
    {
        var run = TrainingRun.Read("char_gpt", seed);
        manual_seed(seed);
        var text = File.ReadAllText(Shared.Path("data/text/tinyshakespeare.txt"));
        var chars = text.Distinct().Order().ToArray();
        Assert.Equal(run.Metric(dtype, "vocabulary").GetString(), new string(chars));
        var ids = tensor(text[..200000].Select(c => (long)Array.IndexOf(chars, c)).ToArray());
        var train = ids[TensorIndex.Slice(0, 180000)];
        var model = new Gpt(chars.Length).to(TrainingData.Type(dtype));
        if (dtype == "float32") run.CheckInitial(model);
        var parameters = model.parameters().ToList();
        var optimizer = optim.AdamW(
            [
                new AdamW.ParamGroup(parameters.Where(p => p.dim() >= 2), new AdamW.Options { weight_decay = 0.1 }),
                new AdamW.ParamGroup(parameters.Where(p => p.dim() < 2), new AdamW.Options { weight_decay = 0.0 }),
            ], lr: 3e-3, beta1: 0.9, beta2: 0.95);
        var schedule = optim.lr_scheduler.LambdaLR(optimizer, s => s < 20 ? (s + 1) / 20.0 : 0.1 + 0.45 * (1 + Math.Cos(Math.PI * (s - 20) / 180)));
        for (var step = 0; step < steps; step++)
        {
            var starts = Core.Host.toArray<long>(randint(180000 - T - 1, [B]).Expr);
            var x = stack([.. starts.Select(j => train[TensorIndex.Slice(j, j + T)])]);
            var y = stack([.. starts.Select(j => train[TensorIndex.Slice(j + 1, j + T + 1)])]);
            optimizer.zero_grad();
            var loss = F.cross_entropy(model.call(x).flatten(0, 1), y.flatten());
            loss.backward();
            var norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            optimizer.step();
            schedule.step();
            run.CheckLoss(dtype, step, loss.item<double>());
            var expected = run.Metric(dtype, "gradient_norms")[step].GetDouble();
            // The first loss tells an error from drift; norms drift a little more than losses.
            Assert.InRange(Math.Abs(norm - expected) / expected, 0, 30 * run.Allowed(dtype, step));
        }
    }
}
