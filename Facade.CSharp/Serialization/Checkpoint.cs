// torch.load at the level of plain values: tells the formats apart and turns storages into places to read from.
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

    /// <summary>The names in a checkpoint that are not allowed by default, sorted: torch.serialization.get_unsafe_globals_in_checkpoint.</summary>
    public static IReadOnlyList<string> UnsafeGlobals(ByteSource source)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var collect = new CheckpointOptions { Pickle = new PickleOptions { Allows = name => names.Add(name) || true }, MapLocation = _ => "cpu" };
        using (Load(source, collect)) return [.. names];
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
