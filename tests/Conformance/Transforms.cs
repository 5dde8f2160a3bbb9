// Transforms of functions (torch.func, torch.autograd.functional): the recorded lambda becomes a delegate, the transforms are applied to it from the inside out.

using System.Text.Json;
using Torch.Tests.Golden;

namespace Torch.Conformance;

internal sealed class Transforms(GoldenCase c, Caller caller, Findings findings)
{
    internal void Run()
    {
        var callback = Function();
        var reader = new ValueReader(c.File, caller);
        var args = reader.ReadAll(c.Args);

        List<object?> outputs;
        try
        {
            outputs = Results.Flatten(Apply(callback, reader, args));
            Results.Evaluate(outputs);
        }
        catch (Exception e) when (c["raises"] is not null)
        {
            var (wanted, text) = CaseRun.Raised(c["raises"]!.Value);
            findings.Add("raises", Errors.Compare(wanted, text, e is System.Reflection.TargetInvocationException { InnerException: { } inner } ? inner : e));
            return;
        }
        if (c["raises"] is { } raises)
        {
            var (wanted, text) = CaseRun.Raised(raises);
            findings.Add("raises", $"expected {wanted}: {text}; nothing was raised");
            return;
        }
        findings.Add("outputs", new Comparer(c.File, caller).CompareAll(c["outputs"]!.Value, outputs, Tolerance.Of(c)));
    }

    /// <summary>The recorded function; where its steps could not be recorded, its text.</summary>
    private Callback Function()
    {
        if (c["function"] is not { } function) return Lambda.Parse(c["program"]?.GetString() ?? throw new UnknownFormException("a transform without a function"), caller);
        var fields = GoldenJson.Tagged(function, "dict") ?? function;
        var parameters = GoldenJson.Items(fields.GetProperty("params")).Select(p => p.GetString()!).ToArray();
        var returns = fields.GetProperty("returns");
        return new Callback(arguments => Evaluate(fields.GetProperty("steps"), parameters, returns, arguments), parameters.Length, GoldenJson.IsList(returns));
    }

    private object? Apply(Callback function, ValueReader reader, object?[] args)
    {
        var kwargs = reader.ReadFields(c["kwargs"]);
        switch (c.Call)
        {
            case "transform":
                object? at = function;
                foreach (var transform in GoldenJson.Items(c["transforms"]!.Value).Reverse())
                    at = caller.Call(transform[0].GetString()!, [at], reader.ReadFields(transform[1]));
                return Invoke(at, args);
            case "torch.func.jvp":
                return caller.Call(c.Call, [function, new Sequence(args, true), new Sequence(reader.ReadAll(GoldenJson.Items(c["tangents"]!.Value)), true)], kwargs);
            case "torch.func.vjp":
                var pair = Results.Items(caller.Call(c.Call, [function, .. args], kwargs));
                return new Sequence([pair[0], Invoke(pair[1], reader.ReadAll(GoldenJson.Items(c["cotangents"]!.Value)))], true);
            case "torch.autograd.functional.jacobian" or "torch.autograd.functional.hessian":
                return caller.Call(c.Call, [function, args is [var one] ? one : new Sequence(args, true)], kwargs);
            default:
                return caller.Call(c.Call, [function, .. args], kwargs);
        }
    }

    private static object? Invoke(object? function, object?[] args)
    {
        if (function is not Delegate d) throw new RefusedException($"{Binder.Kind(function)} is no function");
        return d.Method.GetParameters().Any(p => p.ParameterType == typeof(Tensor[])) ? d.DynamicInvoke([args.Cast<Tensor>().ToArray()]) : d.DynamicInvoke(args);
    }

    private object? Evaluate(JsonElement steps, string[] parameters, JsonElement returns, object?[] arguments)
    {
        var run = new Steps(c.File, caller, null, Tolerance.Default);
        for (var i = 0; i < parameters.Length; i++) run.Variables[parameters[i]] = arguments[i];
        run.Do(steps);
        return run.Reader.Read(returns);
    }
}
