namespace Torch;

// One list of fields serves reading and writing of optimizer options and states, as dictionaries in PyTorch's layout and as bytes: each class visits its fields in PyTorch's order.

/// <summary>Something that visits the fields of an optimizer's options.</summary>
internal abstract class OptionVisitor
{
    internal abstract void Number(string name, ref double? value);

    internal abstract void Flag(string name, ref bool? value);

    /// <summary>Two numbers that Python holds as a tuple.</summary>
    internal abstract void Pair(string name, ref double? first, ref double? second);

    /// <summary>An entry of PyTorch's that is always the same here.</summary>
    internal virtual void Constant(string name, object? value) { }
}

/// <summary>Options as PyTorch's dictionary.</summary>
internal sealed class OptionWriter(Dictionary<string, object?> target) : OptionVisitor
{
    internal override void Number(string name, ref double? value) => target[name] = value;

    internal override void Flag(string name, ref bool? value) => target[name] = value;

    internal override void Pair(string name, ref double? first, ref double? second) => target[name] = (first ?? 0, second ?? 0);

    internal override void Constant(string name, object? value) => target[name] = value;
}

/// <summary>Options from PyTorch's dictionary; entries that are absent keep their values.</summary>
internal sealed class OptionReader(IReadOnlyDictionary<string, object?> source) : OptionVisitor
{
    internal override void Number(string name, ref double? value)
    {
        if (source.TryGetValue(name, out var given)) value = given is null ? null : Numbers.Double(given);
    }

    internal override void Flag(string name, ref bool? value)
    {
        if (source.TryGetValue(name, out var given)) value = given is null ? null : Convert.ToBoolean(given, System.Globalization.CultureInfo.InvariantCulture);
    }

    internal override void Pair(string name, ref double? first, ref double? second)
    {
        if (!source.TryGetValue(name, out var given) || given is null) return;
        var items = new List<object?>();
        if (given is System.Runtime.CompilerServices.ITuple tuple)
            for (var i = 0; i < tuple.Length; i++) items.Add(tuple[i]);
        else
            foreach (var item in (System.Collections.IEnumerable)given) items.Add(item);
        (first, second) = (Numbers.Double(items[0]!), Numbers.Double(items[1]!));
    }
}

/// <summary>Takes from other options what these leave open.</summary>
internal sealed class OptionDefaults(Dictionary<string, object?> defaults) : OptionVisitor
{
    internal override void Number(string name, ref double? value)
    {
        if (value is null && defaults[name] is { } d) value = (double)d;
    }

    internal override void Flag(string name, ref bool? value)
    {
        if (value is null && defaults[name] is { } d) value = (bool)d;
    }

    internal override void Pair(string name, ref double? first, ref double? second)
    {
        var (a, b) = ((double, double))defaults[name]!;
        first ??= a;
        second ??= b;
    }
}

internal sealed class OptionBytesOut(BinaryWriter writer) : OptionVisitor
{
    internal override void Number(string name, ref double? value)
    {
        writer.Write(value.HasValue);
        if (value is { } v) writer.Write(v);
    }

    internal override void Flag(string name, ref bool? value)
    {
        writer.Write(value.HasValue);
        if (value is { } v) writer.Write(v);
    }

    internal override void Pair(string name, ref double? first, ref double? second)
    {
        Number(name, ref first);
        Number(name, ref second);
    }
}

internal sealed class OptionBytesIn(BinaryReader reader) : OptionVisitor
{
    internal override void Number(string name, ref double? value) => value = reader.ReadBoolean() ? reader.ReadDouble() : null;

    internal override void Flag(string name, ref bool? value) => value = reader.ReadBoolean() ? reader.ReadBoolean() : null;

    internal override void Pair(string name, ref double? first, ref double? second)
    {
        Number(name, ref first);
        Number(name, ref second);
    }
}

/// <summary>Something that visits the fields of an optimizer's state of one parameter.</summary>
internal abstract class StateVisitor
{
    /// <summary>The count of steps, which PyTorch keeps as a tensor of one float32.</summary>
    internal abstract void Step(string name, ref long value);

    /// <summary>A number that PyTorch keeps as a tensor of one float32.</summary>
    internal abstract void Number(string name, ref double value);

    internal abstract void Tensor(string name, ref Tensor? value);
}

internal sealed class StateWriter(Dictionary<string, object?> target) : StateVisitor
{
    internal override void Step(string name, ref long value) => target[name] = Scalar(value);

    internal override void Number(string name, ref double value) => target[name] = Scalar(value);

    internal override void Tensor(string name, ref Tensor? value)
    {
        if (value is not null) target[name] = value;
    }

    private static Tensor Scalar(double value) => new(Build.fill([], DType.Float32, Literal.NewReal((float)value)));
}

internal sealed class StateReader(IReadOnlyDictionary<string, object?> source, Tensor parameter) : StateVisitor
{
    internal override void Step(string name, ref long value)
    {
        if (source.TryGetValue(name, out var given) && given is not null) value = (long)Numbers.Double(given);
    }

    internal override void Number(string name, ref double value)
    {
        if (source.TryGetValue(name, out var given) && given is not null) value = Numbers.Double(given);
    }

    /// <summary>State of floating parameters takes the parameter's dtype.</summary>
    internal override void Tensor(string name, ref Tensor? value)
    {
        if (!source.TryGetValue(name, out var given)) return;
        if (given is not Tensor t)
        {
            value = null;
            return;
        }
        using (torch.no_grad()) value = t.to(parameter.DType.IsDifferentiable ? parameter.dtype : t.dtype, parameter.device, copy: true);
    }
}

internal sealed class StateBytesOut(BinaryWriter writer) : StateVisitor
{
    internal override void Step(string name, ref long value) => writer.Write(value);

    internal override void Number(string name, ref double value) => writer.Write(value);

    internal override void Tensor(string name, ref Tensor? value)
    {
        writer.Write(value is not null);
        if (value is not null) Serialization.TensorBytes.Write(writer, value);
    }
}

internal sealed class StateBytesIn(BinaryReader reader) : StateVisitor
{
    internal override void Step(string name, ref long value) => value = reader.ReadInt64();

    internal override void Number(string name, ref double value) => value = reader.ReadDouble();

    internal override void Tensor(string name, ref Tensor? value) => value = reader.ReadBoolean() ? Serialization.TensorBytes.Read(reader) : null;
}

/// <summary>Every tensor of a state.</summary>
internal sealed class StateTensors(Func<Tensor, Tensor> change) : StateVisitor
{
    internal override void Step(string name, ref long value) { }

    internal override void Number(string name, ref double value) { }

    internal override void Tensor(string name, ref Tensor? value)
    {
        if (value is not null) value = change(value);
    }
}

/// <summary>Numbers of loaded checkpoints: plain, or tensors of one element.</summary>
internal static class Numbers
{
    internal static double Double(object value) => value switch
    {
        Tensor t => t.item<double>(),
        _ => Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture),
    };
}
