// torch.save's format since 1.6: which records an archive has, what they are called, in which order. Source: torch/serialization.py and
// caffe2/serialize/inline_container.cc (behaviour), and recorded archives of PyTorch 2.13.
using System.Text;
using Torch.Serialization.Pickle;
using Torch.Serialization.Zip;

namespace Torch.Serialization;

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
        var zip = new ZipWriter(stream, Alignment, zip64End: true);
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
