// Functions that are recorded as Python text only (those whose tracing failed, because the call must raise): a lambda over calls, operators, attributes, indices and
// literals. Read by recursive descent and evaluated with the same calls as recorded steps.

using System.Globalization;
using System.Text.RegularExpressions;

namespace Torch.Conformance;

internal sealed partial class Lambda
{
    private delegate object? Node(Dictionary<string, object?> variables);

    private static readonly KeyValuePair<string, object?>[] s_none = [];

    /// <summary>Binary operators by how tightly they bind, the loosest first.</summary>
    private static readonly (string Text, string Method)[][] s_levels =
    [
        [("==", "eq"), ("!=", "ne"), ("<=", "le"), (">=", "ge"), ("<", "lt"), (">", "gt")],
        [("|", "or")],
        [("^", "xor")],
        [("&", "and")],
        [("+", "add"), ("-", "sub")],
        [("*", "mul"), ("//", "floordiv"), ("/", "truediv"), ("%", "mod"), ("@", "matmul")],
    ];

    private readonly Caller _caller;
    private readonly List<string> _tokens;
    private int _at;

    private Lambda(Caller caller, string text)
    {
        _caller = caller;
        _tokens = [.. Token().Matches(text).Select(m => m.Value)];
    }

    /// <summary>The function that a text stands for.</summary>
    internal static Callback Parse(string text, Caller caller)
    {
        var reader = new Lambda(caller, text);
        reader.Expect("lambda");
        var parameters = new List<string>();
        while (!reader.Take(":"))
        {
            parameters.Add(reader.Next());
            reader.Take(",");
        }
        var body = reader.Tuple();
        if (reader._at < reader._tokens.Count) throw new UnknownFormException($"'{reader._tokens[reader._at]}' in {text}");
        return new Callback(arguments => body(parameters.Zip(arguments).ToDictionary(p => p.First, p => p.Second)), parameters.Count);
    }

    private string Peek => _at < _tokens.Count ? _tokens[_at] : "";

    private string Next() => _at < _tokens.Count ? _tokens[_at++] : throw new UnknownFormException("a function that ends too early");

    private bool Take(string token)
    {
        if (Peek != token) return false;
        _at++;
        return true;
    }

    private void Expect(string token)
    {
        if (!Take(token)) throw new UnknownFormException($"'{Peek}' where '{token}' is expected in a function");
    }

    private Node Tuple()
    {
        var first = Binary(0);
        if (Peek != ",") return first;
        var items = new List<Node> { first };
        while (Take(",")) items.Add(Binary(0));
        return v => new Sequence([.. items.Select(i => i(v))], true);
    }

    private Node Binary(int level)
    {
        if (level == s_levels.Length) return Unary();
        var left = Binary(level + 1);
        while (Array.Find(s_levels[level], o => o.Text == Peek) is { Text: not null } op)
        {
            _at++;
            var (a, b) = (left, Binary(level + 1));
            left = v => Operate(op.Method, a(v), b(v));
        }
        return left;
    }

    private object? Operate(string method, object? a, object? b) =>
        a is Tensor ? _caller.Call($"torch.Tensor.__{method}__", [a, b], s_none) : _caller.Call($"torch.Tensor.__{Reflected(method)}__", [b, a], s_none);

    private static string Reflected(string method) => method switch { "lt" => "gt", "gt" => "lt", "le" => "ge", "ge" => "le", "eq" or "ne" => method, _ => $"r{method}" };

    private Node Unary()
    {
        var word = Peek switch { "-" => "neg", "~" => "invert", "+" => "pos", _ => null };
        if (word is null) return Power();
        _at++;
        var operand = Unary();
        return v => operand(v) switch
        {
            long i when word == "neg" => -i,
            double d when word == "neg" => -d,
            var value => _caller.Call($"torch.Tensor.__{word}__", [value], s_none),
        };
    }

    private Node Power()
    {
        var basis = Postfix();
        if (!Take("**")) return basis;
        var exponent = Unary();
        return v => Operate("pow", basis(v), exponent(v));
    }

    private Node Postfix()
    {
        var node = Atom();
        while (true)
        {
            var inner = node;
            if (Take("["))
            {
                var index = Index();
                node = v => _caller.Call("operator.getitem", [inner(v), index(v)], s_none);
            }
            else if (Take("."))
            {
                var name = Next();
                if (!Take("("))
                {
                    node = v => _caller.Call($"torch.Tensor.{name}", [inner(v)], s_none);
                    continue;
                }
                var (args, kwargs) = Arguments();
                node = v => _caller.Call($"torch.Tensor.{name}", [inner(v), .. args.Select(a => a(v))], [.. kwargs.Select(k => new KeyValuePair<string, object?>(k.Name, k.Value(v)))]);
            }
            else return node;
        }
    }

    private Node Atom()
    {
        var token = Next();
        switch (token)
        {
            case "None": return _ => null;
            case "True": return _ => true;
            case "False": return _ => false;
            case "(":
                var inner = Tuple();
                Expect(")");
                return inner;
            case "[":
                var items = new List<Node>();
                while (!Take("]"))
                {
                    items.Add(Binary(0));
                    Take(",");
                }
                return v => new Sequence([.. items.Select(i => i(v))], false);
        }
        if (char.IsAsciiDigit(token[0]))
        {
            object number = token.AsSpan().IndexOfAny('.', 'e') < 0 ? long.Parse(token, CultureInfo.InvariantCulture) : double.Parse(token, CultureInfo.InvariantCulture);
            return _ => number;
        }
        if (token is not ("torch" or "F")) return v => v.TryGetValue(token, out var value) ? value : throw new UnknownFormException($"{token} in a function");
        var path = token == "F" ? "torch.nn.functional" : token;
        while (Take(".")) path += $".{Next()}";
        Expect("(");
        var (positional, named) = Arguments();
        return v => _caller.Call(path, [.. positional.Select(a => a(v))], [.. named.Select(k => new KeyValuePair<string, object?>(k.Name, k.Value(v)))]);
    }

    private (List<Node> Args, List<(string Name, Node Value)> Kwargs) Arguments()
    {
        var (args, kwargs) = (new List<Node>(), new List<(string, Node)>());
        while (!Take(")"))
        {
            if (_at + 1 < _tokens.Count && _tokens[_at + 1] == "=")
            {
                var name = Next();
                Expect("=");
                kwargs.Add((name, Binary(0)));
            }
            else args.Add(Binary(0));
            Take(",");
        }
        return (args, kwargs);
    }

    private Node Index()
    {
        var entries = new List<Node>();
        do entries.Add(Entry());
        while (Take(","));
        Expect("]");
        return entries is [var one] ? one : v => new Sequence([.. entries.Select(e => e(v))], true);
    }

    private Node Entry()
    {
        if (Take("...")) return _ => Ellipsis.Instance;
        var parts = new List<Node?> { Peek is ":" ? null : Binary(0) };
        while (Take(":")) parts.Add(Peek is ":" or "," or "]" ? null : Binary(0));
        if (parts is [{ } index]) return index;
        return v => new Slice(parts[0]?.Invoke(v), parts[1]?.Invoke(v), parts.Count > 2 ? parts[2]?.Invoke(v) : null);
    }

    [GeneratedRegex("""\d+\.?\d*(?:e[-+]?\d+)?|\w+|\.\.\.|\*\*|//|==|!=|<=|>=|[^\s]""")]
    private static partial Regex Token();
}
