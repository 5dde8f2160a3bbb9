// torch.save's format before 1.6, which torch.save(.., _use_new_zipfile_serialization=False) still writes. Source: torch/serialization.py (behaviour).
using System.Buffers.Binary;
using System.Numerics;
using Torch.Serialization.Pickle;

namespace Torch.Serialization;

/// <summary>
/// The format of torch.save before 1.6: five pickles (magic number, version, system, the value, the keys of its storages), then for each key the
/// number of elements and the bytes.
/// </summary>
internal static class LegacyCheckpoint
{
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356");
    private const long ProtocolVersion = 1001;

    public static object? Read(ByteSource source, CheckpointOptions options)
    {
        var input = new PickleInput(source);
        if (!(PickleReader.Read(input) is BigInteger magic && magic == Magic)) throw source.Error(0, "Invalid magic number; corrupt file?");
        if (PickleReader.Read(input) is not ProtocolVersion) throw input.Error("Invalid protocol version");
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

    /// <summary>Saves a value to a stream in the old format.</summary>
    public static void Write(Stream stream, object? root)
    {
        var storages = new OrderedDictionary<StoredStorage, (string Key, long Count)>();
        PersistentId persistentId = (storage, type, count) =>
        {
            if (!storages.TryGetValue(storage, out var known)) storages[storage] = known = ($"{storages.Count}", count);
            return ["storage", type, known.Key, storage.Location, count, null];
        };
        var system = new PyDict
        {
            ["protocol_version"] = ProtocolVersion,
            ["little_endian"] = true,
            ["type_sizes"] = new PyDict { ["short"] = 2L, ["int"] = 4L, ["long"] = 4L },
        };
        foreach (var value in new[] { Magic, ProtocolVersion, system, root }) stream.Write(PickleWriter.Write(value, persistentId));
        var stored = storages.Values.Zip(storages.Keys).Where(p => p.Second.Data is not null).OrderBy(p => p.First.Key, StringComparer.Ordinal).ToList();
        stream.Write(PickleWriter.Write(stored.Select(p => (object?)p.First.Key).ToList(), persistentId));
        Span<byte> count = stackalloc byte[8];
        foreach (var ((_, elements), storage) in stored)
        {
            BinaryPrimitives.WriteInt64LittleEndian(count, elements);
            stream.Write(count);
            storage.Data!.CopyTo(stream);
        }
    }
}
