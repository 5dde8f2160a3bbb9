// Reads a Python pickle into plain values (Values.cs). A pickle is a program for a small stack machine; its danger is that it can name any
// function and call it. Here names are looked up in a closed table (KnownGlobals) and the calls are ours; any other name is refused when it is
// met, whether it would be called or not. Nothing recurses, nothing is copied without being charged to a budget, and the finished value is
// checked for depth, so that those who walk it may recurse.
// Source: CPython's Lib/pickletools.py, where each opcode is specified.
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Torch.Serialization.Pickle;

/// <summary>What a pickle may name beyond the default list.</summary>
internal sealed record PickleOptions
{
    public static readonly PickleOptions Default = new();

    /// <summary>Full names (<c>numpy.dtype</c>) that the caller allows: those of our table that are not allowed by default, and unknown classes, which become <see cref="PyObject"/>.</summary>
    public Func<string, bool> Allows { get; init; } = _ => false;
}

/// <summary>Gives the storage for a persistent id.</summary>
internal delegate object PersistentLoad(object? id, PickleReader at);

internal sealed class PickleReader
{
    private const int MaxItems = 1 << 26;
    private const int MaxDepth = 1000;
    private const int MaxLineLength = 1 << 16;
    private const int MaxNumberBytes = 1 << 12;

    private readonly PickleInput input;
    private readonly PickleOptions options;
    private readonly PersistentLoad? persistentLoad;
    private readonly List<object?> stack = [];
    private readonly List<int> marks = [];
    private readonly Dictionary<long, object?> memo = [];
    private long items;
    private long bytes;

    private PickleReader(PickleInput input, PickleOptions options, PersistentLoad? persistentLoad)
    {
        this.input = input;
        this.options = options;
        this.persistentLoad = persistentLoad;
    }

    /// <summary>Reads one pickle, up to its STOP; the input is left behind it.</summary>
    public static object? Read(PickleInput input, PickleOptions? options = null, PersistentLoad? persistentLoad = null) =>
        new PickleReader(input, options ?? PickleOptions.Default, persistentLoad).Run();

    /// <summary>The error to throw at the opcode that is being executed.</summary>
    public SerializationException Error(string reason, Exception? inner = null) => input.Error(reason, inner);

    /// <summary>Counts items that were made, so that a small file cannot ask for a large structure.</summary>
    public void Charge(long count)
    {
        items += count;
        if (items > MaxItems) throw Error($"more than {MaxItems} objects");
    }

    /// <summary>Counts bytes that were copied: in a sane file hardly more than it has.</summary>
    public void ChargeBytes(long count)
    {
        bytes += count;
        if (bytes > 2 * input.Length + (1 << 20)) throw Error("the pickle copies more bytes than it holds");
    }

    private object? Run()
    {
        while (true)
        {
            var opcode = (Opcode)input.NextOpcode();
            if (opcode == Opcode.STOP) break;
            Execute(opcode);
        }
        var result = Pop();
        CheckDepth(result);
        return result;
    }

    private void Execute(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.PROTO:
                var protocol = input.Byte();
                if (protocol > 5) throw Error($"pickle protocol {protocol} is not supported");
                break;
            case Opcode.FRAME:
                var frame = UInt64();
                if (frame > (ulong)(input.Length - input.Position)) throw Error("a frame is longer than the pickle");
                break;

            case Opcode.NONE: Push(null); break;
            case Opcode.NEWTRUE: Push(true); break;
            case Opcode.NEWFALSE: Push(false); break;
            case Opcode.BININT: Push((long)BinaryPrimitives.ReadInt32LittleEndian(input.Span(4))); break;
            case Opcode.BININT1: Push((long)input.Byte()); break;
            case Opcode.BININT2: Push((long)BinaryPrimitives.ReadUInt16LittleEndian(input.Span(2))); break;
            case Opcode.LONG1: Push(Integer(input.Byte())); break;
            case Opcode.LONG4: Push(Integer(BinaryPrimitives.ReadInt32LittleEndian(input.Span(4)))); break;
            case Opcode.INT: Push(TextInteger(allowBool: true)); break;
            case Opcode.LONG: Push(TextInteger(allowBool: false)); break;
            case Opcode.FLOAT: Push(TextFloat()); break;
            case Opcode.BINFLOAT: Push(BinaryPrimitives.ReadDoubleBigEndian(input.Span(8))); break;

            case Opcode.BINUNICODE: Push(input.Text(UInt32())); break;
            case Opcode.SHORT_BINUNICODE: Push(input.Text(input.Byte())); break;
            case Opcode.BINUNICODE8: Push(input.Text(UInt64())); break;
            case Opcode.UNICODE: Push(RawUnicodeEscape(input.Line(MaxLineLength))); break;
            case Opcode.BINSTRING: // Python 2's str, taken as text as torch.load does
                var length = BinaryPrimitives.ReadInt32LittleEndian(input.Span(4));
                if (length < 0) throw Error("a string of negative length");
                Push(input.Text((ulong)length));
                break;
            case Opcode.SHORT_BINSTRING: Push(input.Text(input.Byte())); break;
            case Opcode.STRING: Push(QuotedString(input.Line(MaxLineLength))); break;
            case Opcode.BINBYTES: Push(input.Bytes(UInt32())); break;
            case Opcode.SHORT_BINBYTES: Push(input.Bytes(input.Byte())); break;
            case Opcode.BINBYTES8: Push(input.Bytes(UInt64())); break;
            case Opcode.BYTEARRAY8: Push(new PyByteArray(input.Bytes(UInt64()))); break;

            case Opcode.MARK: Charge(1); marks.Add(stack.Count); break;
            case Opcode.POP: if (marks.Count > 0 && marks[^1] == stack.Count) marks.RemoveAt(marks.Count - 1); else Pop(); break;
            case Opcode.POP_MARK: PopToMark(); break;
            case Opcode.DUP: Push(Top()); break;

            case Opcode.EMPTY_TUPLE: Push(PyTuple.Empty); break;
            case Opcode.TUPLE1: PushTuple(1); break;
            case Opcode.TUPLE2: PushTuple(2); break;
            case Opcode.TUPLE3: PushTuple(3); break;
            case Opcode.TUPLE: Push(new PyTuple(PopToMark())); break;
            case Opcode.EMPTY_LIST: Push(new List<object?>()); break;
            case Opcode.LIST: Push(new List<object?>(PopToMark())); break;
            case Opcode.APPEND: var item = Pop(); Append(Top(), [item]); break;
            case Opcode.APPENDS: var appended = PopToMark(); Append(Top(), appended); break;
            case Opcode.EMPTY_DICT: Push(new PyDict()); break;
            case Opcode.DICT: var pairs = PopToMark(); Push(new PyDict()); SetItems(Top(), pairs); break;
            case Opcode.SETITEM: var value = Pop(); var key = Pop(); SetItems(Top(), [key, value]); break;
            case Opcode.SETITEMS: var set = PopToMark(); SetItems(Top(), set); break;
            case Opcode.EMPTY_SET: Push(new PySet()); break;
            case Opcode.ADDITEMS:
                var members = PopToMark();
                if (Top() is not PySet { Frozen: false } target) throw Error("ADDITEMS needs a set");
                Fill(target, members);
                break;
            case Opcode.FROZENSET: Push(Fill(new PySet(frozen: true), PopToMark())); break;

            case Opcode.BINPUT: memo[input.Byte()] = Top(); break;
            case Opcode.LONG_BINPUT: memo[UInt32()] = Top(); break;
            case Opcode.PUT: memo[TextIndex()] = Top(); break;
            case Opcode.MEMOIZE: memo[memo.Count] = Top(); break;
            case Opcode.BINGET: Get(input.Byte()); break;
            case Opcode.LONG_BINGET: Get(UInt32()); break;
            case Opcode.GET: Get(TextIndex()); break;

            case Opcode.GLOBAL:
                var module = input.Decode(input.Line(MaxLineLength));
                var name = input.Decode(input.Line(MaxLineLength));
                Push(KnownGlobals.Find(module, name, options, this));
                break;
            case Opcode.STACK_GLOBAL:
                if (Pop() is not string attribute || Pop() is not string owner) throw Error("STACK_GLOBAL needs two strings");
                Push(KnownGlobals.Find(owner, attribute, options, this));
                break;
            case Opcode.REDUCE:
                var arguments = Pop();
                var function = Pop();
                Push(Call(function, arguments, "REDUCE"));
                break;
            case Opcode.NEWOBJ:
                var objectArguments = Pop();
                var type = Pop();
                Push(KnownGlobals.New(type, objectArguments as PyTuple ?? throw Error("NEWOBJ needs a tuple of arguments"), this));
                break;
            case Opcode.BUILD: var state = Pop(); KnownGlobals.Build(Top(), state, this); break;
            case Opcode.BINPERSID:
                var id = Pop();
                Push(persistentLoad is null ? throw Error("a persistent id in a pickle that may hold none") : persistentLoad(id, this));
                break;

            // Not written by PyTorch, or ways to reach code: refused by name.
            case Opcode.PERSID:
            case Opcode.INST:
            case Opcode.OBJ:
            case Opcode.EXT1:
            case Opcode.EXT2:
            case Opcode.EXT4:
            case Opcode.NEWOBJ_EX:
            case Opcode.NEXT_BUFFER:
            case Opcode.READONLY_BUFFER:
                throw Error($"the opcode {opcode} is refused");
            default:
                throw Error($"0x{(byte)opcode:x2} is no pickle opcode");
        }
    }

    /// <summary>Calls a function of the table: the rebuilding functions of PyTorch are given others as arguments.</summary>
    public object? Call(object? function, object? arguments, string what)
    {
        if (function is not KnownGlobal known) throw Error($"{what} needs a function, not {Describe(function)}");
        if (arguments is not PyTuple tuple) throw Error($"{what} needs a tuple of arguments for {known.FullName}");
        return known.Construct(tuple.Items, this);
    }

    /// <summary>A value in words for messages.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "None",
        bool => "a bool",
        long or BigInteger => "an int",
        double => "a float",
        string => "a str",
        byte[] => "bytes",
        List<object?> => "a list",
        PyTuple => "a tuple",
        PyDict => "a dict",
        PySet => "a set",
        StoredTensor or StoredSparse or StoredQuantized or StoredNested or StoredJagged => "a tensor",
        StoredStorage => "a storage",
        KnownGlobal known => known.FullName,
        PyObject other => $"an object of {other.FullName}",
        _ => value.GetType().Name,
    };

    private void Push(object? value)
    {
        Charge(value is null or long or bool or double ? 1 : 4); // by the memory they take
        stack.Add(value);
    }

    private int Floor => marks.Count > 0 ? marks[^1] : 0;

    private object? Top() => stack.Count > Floor ? stack[^1] : throw Error("the stack is empty");

    private object? Pop()
    {
        var top = Top();
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

    private object?[] PopToMark()
    {
        if (marks.Count == 0) throw Error("no mark on the stack");
        var start = marks[^1];
        marks.RemoveAt(marks.Count - 1);
        var popped = new object?[stack.Count - start];
        stack.CopyTo(start, popped, 0, popped.Length);
        stack.RemoveRange(start, popped.Length);
        Charge(popped.Length);
        return popped;
    }

    private void PushTuple(int count)
    {
        var parts = new object?[count];
        for (var i = count - 1; i >= 0; i--) parts[i] = Pop();
        Push(new PyTuple(parts));
    }

    private void Append(object? target, object?[] added)
    {
        Charge(added.Length);
        switch (target)
        {
            case List<object?> list: list.AddRange(added); break;
            case PyObject other: (other.ListItems ??= []).AddRange(added); break;
            default: throw Error($"{Describe(target)} cannot be appended to");
        }
    }

    private void SetItems(object? target, object?[] pairs)
    {
        var dict = target switch
        {
            PyDict d => d,
            PyObject other => other.DictItems ??= new PyDict(),
            _ => throw Error($"{Describe(target)} has no items to set"),
        };
        if (pairs.Length % 2 != 0) throw Error("a key without a value");
        Charge(pairs.Length);
        for (var i = 0; i < pairs.Length; i += 2) dict[CheckKey(pairs[i])] = pairs[i + 1];
    }

    public PySet Fill(PySet set, IReadOnlyCollection<object?> members)
    {
        Charge(members.Count);
        foreach (var member in members) set.Add(CheckKey(member));
        return set;
    }

    public object? CheckKey(object? key) => PyKeys.Fault(key) is { } fault ? throw Error(fault) : key;

    private void Get(long index)
    {
        if (!memo.TryGetValue(index, out var value)) throw Error($"the memo has no entry {index}");
        Push(value);
    }

    private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(input.Span(4));

    private ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(input.Span(8));

    private object Integer(int length)
    {
        if (length is < 0 or > MaxNumberBytes) throw Error($"an integer of {length} bytes");
        return Narrow(new BigInteger(input.Bytes((ulong)length)));
    }

    private static object Narrow(BigInteger n) => n >= long.MinValue && n <= long.MaxValue ? (object)(long)n : n;

    private object TextInteger(bool allowBool)
    {
        var text = Encoding.Latin1.GetString(input.Line(MaxLineLength)).Trim();
        if (allowBool && text is "00" or "01") return text == "01";
        if (text.EndsWith('L')) text = text[..^1];
        if (text.Length > MaxNumberBytes || !BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n))
        {
            throw Error("a malformed integer");
        }
        return Narrow(n);
    }

    private long TextIndex() => TextInteger(allowBool: false) is long and >= 0 and var index ? index : throw Error("a malformed memo index");

    private double TextFloat()
    {
        var text = Encoding.Latin1.GetString(input.Line(MaxLineLength)).Trim();
        return text switch
        {
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            "nan" => double.NaN,
            _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) ? d : throw Error("a malformed float"),
        };
    }

    /// <summary>Python's raw-unicode-escape: Latin-1 with \uXXXX and \UXXXXXXXX.</summary>
    private string RawUnicodeEscape(byte[] line)
    {
        var text = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] != '\\' || i + 1 == line.Length || (line[i + 1] != 'u' && line[i + 1] != 'U'))
            {
                text.Append((char)line[i]);
                continue;
            }
            var digits = line[i + 1] == 'u' ? 4 : 8;
            if (i + 2 + digits > line.Length
                || !uint.TryParse(Encoding.Latin1.GetString(line, i + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rune)
                || rune > 0x10FFFF)
            {
                throw Error("a malformed \\u escape");
            }
            if (rune < 0x10000) text.Append((char)rune);
            else text.Append(new Rune(rune).ToString());
            i += 1 + digits;
        }
        return text.ToString();
    }

    /// <summary>Protocol 0's str: Python source in quotes.</summary>
    private string QuotedString(byte[] line)
    {
        var text = line.AsSpan().TrimEnd((byte)'\r');
        if (text.Length < 2 || text[0] != text[^1] || (text[0] != '\'' && text[0] != '"')) throw Error("a string without quotes");
        text = text[1..^1];
        var result = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                result.Add(text[i]);
                continue;
            }
            if (++i == text.Length) throw Error("a malformed escape");
            switch ((char)text[i])
            {
                case '\\' or '\'' or '"': result.Add(text[i]); break;
                case 'n': result.Add((byte)'\n'); break;
                case 't': result.Add((byte)'\t'); break;
                case 'r': result.Add((byte)'\r'); break;
                case 'x' when i + 2 < text.Length 
                    && byte.TryParse(Encoding.Latin1.GetString(text.Slice(i + 1, 2)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                    result.Add(code);
                    i += 2;
                    break;
                default: throw Error("a malformed escape");
            }
        }
        return input.Decode(CollectionsMarshal.AsSpan(result));
    }

    /// <summary>Walks the value with an explicit stack, each part once, in the order in which a recursive walk with a table would; refuses what would recurse too deeply.</summary>
    private void CheckDepth(object? root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var path = new Stack<IEnumerator<object?>>();
        Enter(root);
        while (path.Count > 0)
        {
            if (path.Peek().MoveNext()) Enter(path.Peek().Current);
            else path.Pop();
        }

        void Enter(object? value)
        {
            if (value is null || Parts(value) is not { } parts || !seen.Add(value)) return;
            if (path.Count == MaxDepth) throw Error($"a structure nested deeper than {MaxDepth}");
            path.Push(parts.GetEnumerator());
        }

        static IEnumerable<object?>? Parts(object value) => value switch
        {
            List<object?> list => list,
            PyTuple tuple => tuple.Items,
            PyDict dict => [.. dict.Items.SelectMany(p => new[] { p.Key, p.Value }), dict.Attributes],
            PySet set => set.Items,
            PyObject o => [.. o.Arguments, o.State, o.ListItems, o.DictItems],
            StoredTensor t => [t.Attributes],
            PySlice s => [s.Start, s.Stop, s.Step],
            _ => null,
        };
    }
}
