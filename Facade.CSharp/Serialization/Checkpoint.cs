// torch.save and torch.load at the level of plain values: tells the formats apart and turns storages into places to read from.
using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Torch.Serialization.Pickle;
using Torch.Serialization.Zip;

namespace Torch.Serialization;

/// <summary>How to load a checkpoint.</summary>
internal sealed record CheckpointOptions
{
    public static readonly CheckpointOptions Default = new();

    public PickleOptions Pickle { get; init; } = PickleOptions.Default;

    /// <summary>Where to put what lay on a device (<c>cuda:0</c>): the answer is cpu or meta. By default a device other than these is refused.</summary>
    public Func<string, string> MapLocation { get; init; } = location => location;
}

/// <summary>A loaded checkpoint: the value, and the file that its storages read from until it is disposed.</summary>
internal sealed class Checkpoint(object? root, ByteSource source) : IDisposable
{
    public object? Root { get; } = root;

    public void Dispose() => source.Dispose();

    public static Checkpoint Load(string path, CheckpointOptions? options = null) => Load(ByteSource.Open(path), options);

    /// <summary>Loads from a source, which the checkpoint owns from here on.</summary>
    public static Checkpoint Load(ByteSource source, CheckpointOptions? options = null)
    {
        try
        {
            options ??= CheckpointOptions.Default;
            return new(ZipReader.IsZip(source) ? ZipCheckpoint.Read(source, options) : LegacyCheckpoint.Read(source, options), source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>The parts of a persistent id, checked: the element type, key, mapped location and length in bytes of a storage.</summary>
    public static (DTypeValue DType, string Key, string Location, long ByteLength) StorageId(object?[] id, CheckpointOptions options, PickleReader at)
    {
        if (id is not ["storage", var type, string key, string location, long count]) throw at.Error("the persistent id of a storage is malformed");
        var dtype = KnownGlobals.StorageType(type) ?? throw at.Error($"{PickleReader.Describe(type)} is no class of storage");
        if (count < 0 || count > long.MaxValue / dtype.Size) throw at.Error($"a storage of {count} elements");
        return (dtype, key, Locate(location, options, at), count * dtype.Size);
    }

    private static string Locate(string location, CheckpointOptions options, PickleReader at)
    {
        var mapped = options.MapLocation(location);
        return DeviceValue.Parse(mapped)?.Type switch
        {
            "cpu" => "cpu",
            "meta" => "meta",
            "cuda" => throw at.Error("Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are running on a CPU-only machine, "
                + "please use torch.load with map_location=torch.device('cpu') to map your storages to the CPU."),
            _ => throw at.Error($"don't know how to restore data location of torch.storage.UntypedStorage (tagged with {(mapped.Length > 40 ? mapped[..40] : mapped)})"),
        };
    }
}

/// <summary>The format of torch.save since 1.6: a zip archive with the pickle in data.pkl and each storage in data/KEY.</summary>
internal static class ZipCheckpoint
{
    private const int Alignment = 64;
    private const int MaxVersion = 10;

    public static object? Read(ByteSource source, CheckpointOptions options)
    {
        var zip = new ZipReader(source);
        var records = new Dictionary<string, ZipEntry>();
        foreach (var entry in zip.Entries)
        {
            if (!records.TryAdd(entry.Name, entry)) throw source.Error(entry.HeaderAt, $"two records of the name '{Short(entry.Name)}'");
        }
        var prefix = Prefix(zip.Entries, records, source);
        if (Text("version") is { } version && !(int.TryParse(version.Trim(), out var number) && number is >= 1 and <= MaxVersion))
        {
            throw source.Error(records[prefix + "version"].HeaderAt, $"version {Short(version.Trim())} of the format; the versions 1 to {MaxVersion} are supported");
        }
        var bigEndian = Text("byteorder") switch
        {
            null or "little" => false,
            "big" => true,
            var other => throw source.Error(records[prefix + "byteorder"].HeaderAt, $"the byte order '{Short(other)}' is unknown"),
        };
        var storages = new Dictionary<string, StoredStorage>();
        var pickle = zip.Open(records[prefix + "data.pkl"]);
        return PickleReader.Read(new PickleInput(pickle), options.Pickle, LoadStorage);

        string? Text(string name) =>
            records.TryGetValue(prefix + name, out var entry) ? entry.Size <= 64 ? Encoding.Latin1.GetString(zip.Open(entry).ReadAll()) : throw source.Error(entry.HeaderAt, $"the record {name} is too long") : null;

        object LoadStorage(object? id, PickleReader at)
        {
            if (id is not PyTuple tuple) throw at.Error("a persistent id that is no tuple");
            var (dtype, key, location, length) = Checkpoint.StorageId(tuple.Items, options, at);
            if (storages.TryGetValue(key, out var known))
            {
                return known.DType == dtype && known.ByteLength == length ? known : throw at.Error($"the storage '{Short(key)}' comes with two types or sizes");
            }
            ByteSource? data = null;
            if (location != "meta")
            {
                if (!records.TryGetValue($"{prefix}data/{key}", out var entry)) throw at.Error($"the archive has no record data/{Short(key)}");
                if (entry.Size != length) throw at.Error($"the storage '{Short(key)}' of {length} bytes has a record of {entry.Size}");
                data = zip.Open(entry);
                if (bigEndian && dtype.SwapUnit > 1) data = new SwappedSource(data, dtype.SwapUnit);
            }
            return storages[key] = new StoredStorage(key, dtype, length, location, data);
        }
    }

    /// <summary>The folder of the archive: that of its first record, or else of the only data.pkl.</summary>
    private static string Prefix(IReadOnlyList<ZipEntry> entries, Dictionary<string, ZipEntry> records, ByteSource source)
    {
        if (entries.Count > 0 && entries[0].Name.IndexOf('/') is > 0 and var slash && records.ContainsKey(entries[0].Name[..(slash + 1)] + "data.pkl")) return entries[0].Name[..(slash + 1)];
        var pickles = entries.Where(e => e.Name == "data.pkl" || e.Name.EndsWith("/data.pkl", StringComparison.Ordinal)).ToList();
        if (pickles.Count != 1) throw source.Error(0, pickles.Count == 0 ? "the archive has no data.pkl: it is no PyTorch file" : "the archive has several data.pkl");
        return pickles[0].Name[..^"data.pkl".Length];
    }

    private static string Short(string text) => text.Length > 60 ? text[..60] + "..." : text;

    /// <summary>Saves a value to a file, under whose name the folder in the archive goes.</summary>
    public static void Write(string path, object? root) => AtomicFile.Write(path, stream => Write(stream, root, Path.GetFileNameWithoutExtension(path)));

    /// <summary>Saves a value to a stream, from where it stands.</summary>
    public static void Write(Stream stream, object? root, string folder = "archive")
    {
        var storages = new List<StoredStorage>();
        var keys = new Dictionary<StoredStorage, string>();
        var pickle = PickleWriter.Write(root, (storage, type, count) =>
        {
            if (!keys.TryGetValue(storage, out var key))
            {
                keys[storage] = key = storages.Count.ToString();
                storages.Add(storage);
            }
            return ["storage", type, key, storage.Location, count];
        });
        var zip = new ZipWriter(stream, Alignment);
        ulong names = 14695981039346656037, sums = 14695981039346656037;
        Add("data.pkl", ByteSource.FromMemory(pickle));
        Add(".format_version", Ascii("1"));
        Add(".storage_alignment", Ascii($"{Alignment}"));
        Add("byteorder", Ascii("little"));
        for (var i = 0; i < storages.Count; i++)
        {
            if (storages[i].Data is { } data) Add($"data/{i}", data);
        }
        Add("version", Ascii("3\n"));
        zip.Store($"{folder}/.data/serialization_id", Encoding.ASCII.GetBytes($"{names:D20}{sums:D20}"));
        zip.Finish();

        void Add(string name, ByteSource data)
        {
            var crc = zip.Store($"{folder}/{name}", data);
            foreach (var c in name) names = (names ^ c) * 1099511628211; // FNV-1a, so that equal content has an equal id
            sums = (sums ^ crc) * 1099511628211;
        }

        static ByteSource Ascii(string text) => ByteSource.FromMemory(Encoding.ASCII.GetBytes(text));
    }
}

/// <summary>
/// The format of torch.save before 1.6: five pickles (magic number, version, system, the value, the keys of its storages), then for each key the
/// number of elements and the bytes.
/// </summary>
internal static class LegacyCheckpoint
{
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356");

    public static object? Read(ByteSource source, CheckpointOptions options)
    {
        var input = new PickleInput(source);
        if (!(PickleReader.Read(input) is BigInteger magic && magic == Magic)) throw source.Error(0, "Invalid magic number; corrupt file?");
        if (PickleReader.Read(input) is not 1001L) throw input.Error("Invalid protocol version");
        if (PickleReader.Read(input) is not PyDict system || system["little_endian"] is not true) throw input.Error("a file of another kind of machine");
        var storages = new Dictionary<string, StoredStorage>();
        var root = PickleReader.Read(input, options.Pickle, LoadStorage);
        if (PickleReader.Read(input) is not List<object?> keys) throw input.Error("the keys of the storages are no list");

        var position = input.Position;
        var missing = new HashSet<string>(storages.Keys);
        Span<byte> count = stackalloc byte[8];
        foreach (var item in keys)
        {
            if (item is not string key || !storages.TryGetValue(key, out var storage)) throw source.Error(position, "a storage that nothing refers to");
            if (!missing.Remove(key)) throw source.Error(position, $"the storage '{key}' comes twice");
            source.Read(position, count);
            var elements = BinaryPrimitives.ReadInt64LittleEndian(count);
            if (elements != storage.Count) throw source.Error(position, $"the storage '{key}' of {storage.Count} elements comes with {elements}");
            if (storage.Location != "meta") storage.Data = source.Slice(position + 8, storage.ByteLength, $"{source.Name} (storage {key})");
            position += 8;
            if (storage.ByteLength > source.Length - position) throw source.Error(position, $"the storage '{key}' is truncated");
            position += storage.ByteLength;
        }
        return missing.Count == 0 ? root : throw source.Error(position, $"{missing.Count} storages are missing");

        object LoadStorage(object? id, PickleReader at)
        {
            if (id is PyTuple { Items: ["module", KnownGlobal { Inert: true } module, ..] }) return module; // a class with its source text, which is left alone
            if (id is not PyTuple { Items: [_, _, _, _, _, null] } tuple) throw at.Error("the persistent id of a storage is malformed, or of a kind older than PyTorch 0.4");
            var (dtype, key, location, length) = Checkpoint.StorageId(tuple.Items[..5], options, at);
            if (storages.TryGetValue(key, out var known))
            {
                return known.DType == dtype && known.ByteLength == length ? known : throw at.Error("a storage comes with two types or sizes");
            }
            return storages[key] = new StoredStorage(key, dtype, length, location, null);
        }
    }
}
