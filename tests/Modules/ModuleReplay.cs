// Replays the recorded cases of golden/nn: modules, functions and initialisations, optimizers, schedules. Values and calls are the conformance runner's; here is what the cases of nn
// have besides: modules as values, state dicts, train and eval modes, cotangents, steps.

using System.Text.Json;
using Torch.Conformance;
using Torch.Tests.Golden;
using static Torch.torch;

namespace Torch.Tests.Recorded;

/// <summary>Runs one case and says what differs; empty where nothing does.</summary>
internal sealed class ModuleReplay(GoldenCase c)
{
    private static readonly KeyValuePair<string, object?>[] s_none = [];

    private readonly Caller _caller = new();
    private readonly Findings _findings = new();

    internal static Outcome Run(GoldenCase c, Action<ModuleReplay> how)
    {
        var replay = new ModuleReplay(c);
        replay._findings.Try("", () => how(replay));
        set_grad_enabled(true);
        return replay._findings.Outcome(Path.GetFileNameWithoutExtension(c.File.Path), c.Id, c.Call);
    }

    private Comparer Comparer => new(c.File, _caller);

    private Tolerance Tolerance => Conformance.Tolerance.Of(c);

    // ---- Values

    /// <summary>A value, with the forms that only these cases have.</summary>
    private object? Read(JsonElement value, IReadOnlyList<object?>? inputs = null)
    {
        if (value.ValueKind == JsonValueKind.Array) return new Sequence([.. value.EnumerateArray().Select(v => Read(v, inputs))], false);
        if (GoldenJson.Tagged(value, "tuple") is { } tuple) return new Sequence([.. tuple.EnumerateArray().Select(v => Read(v, inputs))], true);
        if (GoldenJson.Tagged(value, "same_as_input") is { } at) return inputs![(int)GoldenJson.Int64(at)];
        if (GoldenJson.Tagged(value, "module") is { } module)
            return _caller.Call(GoldenJson.Member(module, "call")!.Value.GetString()!, ReadAll(GoldenJson.Items(GoldenJson.Member(module, "args")!.Value)), Fields(GoldenJson.Member(module, "kwargs")));
        if (GoldenJson.Tagged(value, "function") is { } function) return new CallableName(function.GetString()!, null);
        if (GoldenJson.Tagged(value, "lambda") is { } lambda) return Lambda.Parse(lambda.GetString()!, _caller);
        if (GoldenJson.Tagged(value, "packed_sequence") is { } packed)
            return new nn.utils.rnn.PackedSequence(Part("data")!, Part("batch_sizes")!, Part("sorted_indices"), Part("unsorted_indices"));
        return new ValueReader(c.File, _caller).Read(value);

        Tensor? Part(string name) => GoldenJson.Member(packed, name) is { } part ? (Tensor?)new ValueReader(c.File, _caller).Read(part) : null;
    }

    private object?[] ReadAll(IReadOnlyList<JsonElement> values)
    {
        var list = new List<object?>();
        foreach (var v in values) list.Add(Read(v, list));
        return [.. list];
    }

    private KeyValuePair<string, object?>[] Fields(JsonElement? fields, IReadOnlyList<object?>? inputs = null)
    {
        if (fields is not { } f) return [];
        return [.. (GoldenJson.Tagged(f, "dict") ?? f).EnumerateObject().Select(p => new KeyValuePair<string, object?>(p.Name, Read(p.Value, inputs)))];
    }

    private static IEnumerable<JsonProperty> Entries(JsonElement? dict) => dict is { } d ? (GoldenJson.Tagged(d, "dict") ?? d).EnumerateObject() : [];

    private static void Evaluate(object? value) => Results.Evaluate(value is nn.utils.rnn.PackedSequence p ? p.data : value);

    private static List<object?> Flat(object? value)
    {
        var all = new List<object?>();
        foreach (var v in Results.Flatten(value))
        {
            if (v is nn.utils.rnn.PackedSequence p) all.AddRange([p.data, p.batch_sizes, p.sorted_indices, p.unsorted_indices]);
            else all.Add(v);
        }
        return all;
    }

    // ---- Modules

    internal void Module()
    {
        var stage = c["raises"] is { } r ? GoldenJson.Member(r, "stage")?.GetString() ?? "forward" : null;
        if (c["seed"] is { } seed) manual_seed(GoldenJson.Int64(seed));
        nn.Module module;
        try
        {
            module = (nn.Module)_caller.Call(c.Call, ReadAll(c.Args), Fields(c["kwargs"]))!;
        }
        catch (Exception e) when (stage == "construction")
        {
            Raised(e);
            return;
        }
        if (stage == "construction")
        {
            _findings.Add("raises", "nothing was raised by the constructor");
            return;
        }
        if (c["repr"] is { } repr && module.ToString() != repr.GetString()) _findings.Add("repr", $"expected {repr.GetString()}, got {module}");
        State(module);
        Names(module);
        module.train(c["training"]?.GetBoolean() ?? true);
        var inputs = ReadAll(c["inputs"] is { } i ? GoldenJson.Items(i) : []);
        var kwargs = Fields(c["forward_kwargs"], inputs);
        if (c["forward_seed"] is { } forward) manual_seed(GoldenJson.Int64(forward));
        object? result;
        using (set_grad_enabled(c["no_grad"]?.GetBoolean() is not true))
            try
            {
                var name = inputs.Any(v => v is nn.utils.rnn.PackedSequence) ? "call" : "forward";
                result = _caller.CallTarget(new Target("forward", Resolver.Of(module.GetType(), name), module.GetType()), [module, .. inputs], kwargs);
                Evaluate(result);
            }
            catch (Exception e) when (stage == "forward")
            {
                Raised(e);
                return;
            }
        if (stage == "forward")
        {
            _findings.Add("raises", "nothing was raised by the forward pass");
            return;
        }
        var outputs = Flat(result);
        if (c["outputs"] is { } expected) _findings.Add("outputs", Comparer.CompareAll(expected, [.. outputs.Where((o, k) => k < GoldenJson.Items(expected).Count || o is not null)], Tolerance));
        Backward(outputs, [.. inputs, .. kwargs.Select(k => k.Value)]);
        foreach (var p in Entries(c["param_grads"]))
            _findings.Add($"param_grads {p.Name}", Gradient(p.Value, module.get_parameter(p.Name)?.grad));
        foreach (var after in Entries(c["state_dict_after"]))
            _findings.Add($"state_dict_after {after.Name}", module.state_dict().TryGetValue(after.Name, out var t) ? Comparer.Compare(after.Value, t, Tolerance) : "absent");
    }

    /// <summary>The seeded state must be equal; then the recorded one is loaded.</summary>
    private void State(nn.Module module)
    {
        if (c["state_dict"] is not { } recorded) return;
        var loaded = c["loaded"] is not null;
        var state = module.state_dict();
        var names = Entries(recorded).Select(e => e.Name).ToList();
        if (!names.SequenceEqual(state.Keys)) _findings.Add("state_dict", $"expected the keys {string.Join(", ", names)}, got {string.Join(", ", state.Keys)}");
        var source = new Dictionary<string, Tensor>();
        foreach (var e in Entries(recorded))
        {
            if (Read(e.Value) is not Tensor t) continue;
            source[e.Name] = t;
            if (!loaded && state.TryGetValue(e.Name, out var mine)) _findings.Add($"state_dict {e.Name}", Comparer.Compare(e.Value, mine, Tolerance));
        }
        module.load_state_dict(source, strict: false);
    }

    private void Names(nn.Module module)
    {
        if (c["named_modules"] is { } modules) Same("named_modules", modules, module.named_modules().Select(m => $"{m.name}: {m.module.GetName()}"), e => $"{e[0].GetString()}: {e[1].GetString()}");
        if (c["named_parameters"] is { } parameters)
            Same("named_parameters", parameters, module.named_parameters().Select(p => $"{p.name} {Comparer.ShowShape(p.parameter.shape)} {p.parameter.requires_grad}"),
                e => $"{e[0].GetString()} {Comparer.ShowShape(GoldenJson.Int64s(e[1]))} {e[2].GetBoolean()}");
        if (c["named_buffers"] is { } buffers)
            Same("named_buffers", buffers, module.named_buffers().Select(b => b.name), e => e.ValueKind == JsonValueKind.String ? e.GetString()! : e[0].GetString()!);

        void Same(string part, JsonElement expected, IEnumerable<string> actual, Func<JsonElement, string> show)
        {
            var (want, got) = (expected.EnumerateArray().Select(show).ToList(), actual.ToList());
            if (!want.SequenceEqual(got)) _findings.Add(part, $"expected {string.Join("; ", want)}, got {string.Join("; ", got)}");
        }
    }

    private void Backward(List<object?> outputs, object?[] values)
    {
        if (c["cotangents"] is not { } cotangents) return;
        var given = GoldenJson.Items(cotangents).Select(v => (Tensor)Read(v)!).ToList();
        var roots = outputs.OfType<Tensor>().Where(t => t.requires_grad).Take(given.Count).ToList();
        if (roots.Count != given.Count) throw new InvalidOperationException($"{roots.Count} outputs want gradients, {given.Count} were recorded");
        if (roots.Count > 0) autograd.backward(roots, given);
        if (c["input_grads"] is not { } grads) return;
        var inputs = Tensors(values).ToList();
        var expected = GoldenJson.Items(grads);
        for (var i = 0; i < expected.Count && i < inputs.Count; i++)
            if (expected[i].ValueKind != JsonValueKind.Null) _findings.Add($"input_grads {i}", Gradient(expected[i], inputs[i].grad));
    }

    private static IEnumerable<Tensor> Tensors(object?[] values)
    {
        foreach (var v in values)
        {
            if (v is nn.utils.rnn.PackedSequence p) yield return p.data;
            else
                foreach (var t in ValueReader.TensorsIn([v])) yield return t;
        }
    }

    private string? Gradient(JsonElement expected, Tensor? actual)
    {
        if (expected.ValueKind == JsonValueKind.Null) return null;
        return actual is null ? "there is no gradient" : Comparer.Compare(expected, actual, Tolerance);
    }

    private void Raised(Exception e)
    {
        var raises = c["raises"]!.Value;
        _findings.Add("raises", Errors.Compare(GoldenJson.Member(raises, "type")!.Value.GetString()!, GoldenJson.Member(raises, "message")!.Value.GetString()!, e));
    }

    // ---- Functions

    internal void Function()
    {
        var args = ReadAll(c.Args);
        var kwargs = Fields(c["kwargs"], args);
        if (c["seed"] is { } seed) manual_seed(GoldenJson.Int64(seed));
        object? result;
        try
        {
            result = _caller.Call(c.Call, args, kwargs);
            Evaluate(result);
        }
        catch (Exception e) when (c["raises"] is not null)
        {
            Raised(e);
            return;
        }
        if (c["raises"] is not null)
        {
            _findings.Add("raises", "nothing was raised");
            return;
        }
        var outputs = Flat(result);
        if (c["outputs"] is { } expected) _findings.Add("outputs", Comparer.CompareAll(expected, outputs, Tolerance));
        foreach (var after in Entries(c["args_after"]))
            _findings.Add($"args_after {after.Name}", Comparer.Compare(after.Value, args[int.Parse(after.Name)], Tolerance));
        Backward(outputs, [.. args, .. kwargs.Select(k => k.Value)]);
    }

    // ---- Optimizers

    internal void Optimizer()
    {
        if (c["steps"] is null && c.Raises is not null)
        {
            try
            {
                _caller.Call(c.Call, [.. ReadAll(c.Args).Select(Parameters)], Split(Fields(c["kwargs"])));
                _findings.Add("raises", "nothing was raised");
            }
            catch (Exception e) when (e is not (RefusedException or MissingException or UnknownFormException))
            {
                Raised(e);
            }
            return;
        }
        if (c["objective"] is { } objective)
        {
            Searching(objective);
            return;
        }
        if (c["steps"] is null || c["gradients"] is null) throw new UnknownFormException("an optimizer case of another kind");
        var groups = GoldenJson.Items(c["params"]!.Value).Select(g => GoldenJson.Items(g).Select(v => new Torch.Modules.Parameter((Tensor)Read(v)!)).ToList()).ToList();
        var parameters = groups.SelectMany(g => g).ToList();
        var options = c["group_options"] is { } o ? GoldenJson.Items(o).Select(e => Fields(e)).ToList() : [.. groups.Select(_ => s_none)];
        optim.Optimizer optimizer;
        try
        {
            optimizer = Make(Fields(c["kwargs"]), groups, options);
        }
        catch (Exception e) when (c["raises"] is not null)
        {
            Raised(e);
            return;
        }
        var steps = (int)GoldenJson.Int64(c["steps"]!.Value);
        var gradients = GoldenJson.Items(c["gradients"]!.Value).Select(v => (Tensor)Read(v)!).ToList();
        var missing = c["missing"] is { } m ? GoldenJson.Items(m).Select(e => (e[0].GetInt32(), e[1].GetInt32())).ToHashSet() : [];
        var outputs = GoldenJson.Items(c["outputs"]!.Value).Select(v => (Tensor)Read(v)!).ToList();
        for (var step = 0; step < steps; step++)
        {
            for (var p = 0; p < parameters.Count; p++) parameters[p].grad = missing.Contains((p, step)) ? null : gradients[p].select(0, step).clone();
            optimizer.step();
            for (var p = 0; p < parameters.Count; p++)
            {
                var difference = Comparer.Difference(Conformance.Elements.Of(Row(c.File.TensorOf(GoldenJson.Items(c["outputs"]!.Value)[p])!, step)), Conformance.Tensors.Read(parameters[p].detach()), Tolerance);
                if (difference is not null)
                {
                    _findings.Add($"step {step + 1}, parameter {p}", difference);
                    return;
                }
            }
            if (step == 4 && c["state_dict_after_step_5"] is { } five) Layout(five, optimizer.state_dict());
        }
        if (c["state_dict"] is { } last) Layout(last, optimizer.state_dict());
    }

    private static object? Parameters(object? value) => value switch
    {
        Sequence s => new Sequence([.. s.Items.Select(Parameters)], s.IsTuple),
        Tensor t => new Torch.Modules.Parameter(t),
        _ => value,
    };

    /// <summary>LBFGS on a function: what it finds, the losses that its steps return and how often it asks for them.</summary>
    private void Searching(JsonElement objective)
    {
        var groups = GoldenJson.Items(c["params"]!.Value).Select(v => new Torch.Modules.Parameter((Tensor)Read(GoldenJson.IsList(v) ? GoldenJson.Items(v)[0] : v)!)).ToList();
        var x = groups[0];
        var f = Objective(GoldenJson.Tagged(objective, "lambda")!.Value.GetString()!);
        var optimizer = (optim.Optimizer)_caller.Call(c.Call, [new Sequence([.. groups], false)], Fields(c["kwargs"]))!;
        var calls = 0;
        var expected = c.File.TensorOf(c.Outputs[0])!;
        var losses = GoldenJson.Items(c["losses"]!.Value).Select(GoldenJson.Double).ToList();
        for (var step = 0; step < losses.Count; step++)
        {
            var loss = optimizer.step(() =>
            {
                calls++;
                optimizer.zero_grad();
                var value = f(x);
                value.backward();
                return value;
            })!;
            var difference = Comparer.Difference(Conformance.Elements.Of(Row(expected, step)), Conformance.Tensors.Read(x.detach()), Tolerance);
            if (difference is not null)
            {
                _findings.Add($"step {step + 1}", difference);
                return;
            }
            if (!Comparer.Close(loss.item<double>(), losses[step], 1e-4, 1e-5)) _findings.Add($"loss {step + 1}", $"expected {losses[step]:R}, got {loss.item<double>():R}");
            if (c["closure_calls"] is { } counts && GoldenJson.Int64(GoldenJson.Items(counts)[step]) != calls) _findings.Add($"closure calls {step + 1}", $"expected {GoldenJson.Items(counts)[step]}, got {calls}");
        }
    }

    /// <summary>The recorded functions: Rosenbrock's, Beale's, and a quadratic.</summary>
    private static Func<Tensor, Tensor> Objective(string text)
    {
        if (text.Contains("100 *", StringComparison.Ordinal))
            return x =>
            {
                var (a, b) = (x[TensorIndex.Slice(1)], x[TensorIndex.Slice(null, -1)]);
                return (100 * (a - b.pow(2)).pow(2) + (1 - b).pow(2)).sum();
            };
        if (text.Contains("2.625", StringComparison.Ordinal))
            return x => (1.5 - x[0] + x[0] * x[1]).pow(2) + (2.25 - x[0] + x[0] * x[1].pow(2)).pow(2) + (2.625 - x[0] + x[0] * x[1].pow(3)).pow(2);
        return x => 0.5 * (x * arange(1, x.numel() + 1, dtype: x.dtype) * x).sum() + 0.1 * (x[0] * x[1]) - x.sum();
    }

    private static GoldenTensor Row(GoldenTensor t, int i)
    {
        var size = t.Data.Length / (int)t.Shape[0];
        return new GoldenTensor(t.DType, t.Shape[1..], t.Data.Slice(i * size, size));
    }

    /// <summary>Groups are made by the optimizer's own class of groups, with the options' names as PyTorch has them.</summary>
    private optim.Optimizer Make(KeyValuePair<string, object?>[] kwargs, List<List<Torch.Modules.Parameter>> groups, List<KeyValuePair<string, object?>[]> options)
    {
        var optimizer = (optim.Optimizer)_caller.Call(c.Call, [new Sequence([.. groups[0]], false)], Split([.. kwargs.Where(k => options[0].All(o => o.Key != k.Key)), .. options[0]]))!;
        // The first group's own options are no defaults: the others take those of the call.
        for (var g = 1; g < groups.Count; g++)
        {
            var like = (optim.Optimizer)_caller.Call(c.Call, [new Sequence([.. groups[g]], false)], Split([.. kwargs.Where(k => options[g].All(o => o.Key != k.Key)), .. options[g]]))!;
            optimizer.add_param_group(like.param_groups[0]);
        }
        return optimizer;
    }

    /// <summary>Pairs of Python's as the two arguments that C# has.</summary>
    private static KeyValuePair<string, object?>[] Split(KeyValuePair<string, object?>[] kwargs)
    {
        var list = new List<KeyValuePair<string, object?>>();
        foreach (var (name, value) in kwargs)
        {
            string[]? names = name switch { "betas" => ["beta1", "beta2"], "etas" => ["etaminus", "etaplus"], "step_sizes" => ["min_step", "max_step"], _ => null };
            if (names is null || value is not Sequence s) list.Add(new(name, value));
            else
            {
                list.Add(new(names[0], s.Items[0]));
                list.Add(new(names[1], s.Items[1]));
            }
        }
        return [.. list];
    }

    private void Layout(JsonElement expected, optim.Optimizer.StateDictionary actual)
    {
        foreach (var entry in Entries(GoldenJson.Member(expected, "state")))
        {
            if (!actual.state.TryGetValue(int.Parse(entry.Name), out var state))
            {
                _findings.Add($"state {entry.Name}", "absent");
                continue;
            }
            var names = Entries(entry.Value).Select(e => e.Name).ToList();
            if (!names.Order().SequenceEqual(state.Keys.Order())) _findings.Add($"state {entry.Name}", $"expected {string.Join(", ", names)}, got {string.Join(", ", state.Keys)}");
            foreach (var e in Entries(entry.Value))
                if (state.TryGetValue(e.Name, out var value)) _findings.Add($"state {entry.Name} {e.Name}", Comparer.Compare(e.Value, value, Tolerance));
        }
        var groups = GoldenJson.Items(GoldenJson.Member(expected, "param_groups")!.Value);
        for (var g = 0; g < groups.Count; g++)
        {
            var names = Entries(groups[g]).Select(e => e.Name).ToList();
            // The replay makes the later groups otherwise than the recording, which shows in the order of their keys.
            if (g == 0 ? !names.SequenceEqual(actual.param_groups[g].Keys) : !names.Order().SequenceEqual(actual.param_groups[g].Keys.Order())) _findings.Add($"group {g}", $"expected {string.Join(", ", names)}, got {string.Join(", ", actual.param_groups[g].Keys)}");
        }
    }

    // ---- Schedules

    internal void Schedule()
    {
        var description = c["optimizer"]!.Value;
        var groups = GoldenJson.Items(GoldenJson.Member(description, "groups")!.Value);
        var call = GoldenJson.Member(description, "call")!.Value.GetString()!;
        var lists = groups.Select(_ => new List<Torch.Modules.Parameter> { new(zeros([1L])) }).ToList();
        var rates = groups.Select(g => new KeyValuePair<string, object?>[] { new("lr", GoldenJson.Double(GoldenJson.Member(g, "lr")!.Value)) }).ToList();
        var optimizer = (optim.Optimizer)_caller.Call(call, [new Sequence([.. lists[0]], false)], Split([.. Fields(GoldenJson.Member(description, "kwargs")), .. rates[0]]))!;
        for (var g = 1; g < lists.Count; g++)
            optimizer.add_param_group(((optim.Optimizer)_caller.Call(call, [new Sequence([.. lists[g]], false)], Split([.. Fields(GoldenJson.Member(description, "kwargs")), .. rates[g]]))!).param_groups[0]);
        for (var g = 0; g < lists.Count; g++)
            if (GoldenJson.Member(groups[g], "initial_lr") is { } initial) optimizer.param_groups[g].InitialLearningRate = GoldenJson.Double(initial);
        optim.lr_scheduler.LRScheduler scheduler;
        try
        {
            scheduler = MakeSchedule(c.Call, c["kwargs"], optimizer);
        }
        catch (Exception e) when (c["raises"] is not null)
        {
            Raised(e);
            return;
        }
        var expected = Conformance.Elements.Of(c.File.TensorOf(c.Outputs[0])!);
        var steps = (int)GoldenJson.Int64(c["steps"]!.Value);
        for (var step = 0; step <= steps; step++)
        {
            if (step > 0)
            {
                optimizer.step();
                if (c["metrics"] is { } metrics) scheduler.step(GoldenJson.Double(metrics[step - 1]));
                else if (c["epochs"] is { } epochs)
                {
                    if (GoldenJson.IsInteger(epochs[step - 1])) scheduler.step((int?)GoldenJson.Int64(epochs[step - 1]));
                    else scheduler.step(GoldenJson.Double(epochs[step - 1]));
                }
                else scheduler.step();
            }
            for (var g = 0; g < lists.Count; g++)
            {
                var want = expected.Real(step * lists.Count + g);
                var got = optimizer.param_groups[g].LearningRate;
                if (Math.Abs(want - got) > 1e-9 * Math.Abs(want) + 1e-12)
                {
                    _findings.Add($"step {step}, group {g}", $"expected {want:R}, got {got:R}");
                    return;
                }
            }
        }
    }

    private optim.lr_scheduler.LRScheduler MakeSchedule(string call, JsonElement? kwargs, optim.Optimizer optimizer)
    {
        var fields = new List<KeyValuePair<string, object?>>();
        foreach (var p in Entries(kwargs))
        {
            if (p.Value.ValueKind == JsonValueKind.Array && p.Value.EnumerateArray().Any(v => GoldenJson.Tagged(v, "scheduler") is not null))
            {
                fields.Add(new(p.Name, new Sequence([.. p.Value.EnumerateArray().Select(v =>
                {
                    var s = GoldenJson.Tagged(v, "scheduler")!.Value;
                    return (object?)MakeSchedule(GoldenJson.Member(s, "call")!.Value.GetString()!, GoldenJson.Member(s, "kwargs"), optimizer);
                })], false)));
            }
            else fields.Add(new(p.Name, Read(p.Value)));
        }
        return (optim.lr_scheduler.LRScheduler)_caller.Call(call, call.EndsWith("ChainedScheduler", StringComparison.Ordinal) ? [] : [optimizer], [.. fields])!;
    }
}
