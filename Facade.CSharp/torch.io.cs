using System.Collections;
using Torch.Serialization;

namespace Torch;

// torch.save and torch.load: PyTorch's files, read and written without executing anything. See https://pytorch.org/docs/stable/notes/serialization.html.
public static partial class torch
{
    /// <summary>Writes tensors, state dicts, numbers, strings, lists, tuples and dictionaries of these.</summary>
    public static void save(object? obj, [PyTorchName("f")] string location) => ZipCheckpoint.Write(location, new CheckpointValues().From(obj));

    public static void save([PyTorchName("obj")] Tensor t, [PyTorchName("f")] string location) => save((object)t, location);

    public static void save(object? obj, [PyTorchName("f")] Stream stream) => ZipCheckpoint.Write(stream, new CheckpointValues().From(obj));

    /// <summary>Reads a tensor. For anything else say which: load&lt;Dictionary&lt;string, Tensor&gt;&gt;.</summary>
    public static Tensor load([PyTorchName("f")] string location) => load<Tensor>(location);

    /// <summary>
    /// Reads a file of torch.save. State dicts come as <c>Dictionary&lt;string, Tensor&gt;</c>, other dictionaries as <c>Dictionary&lt;string, object?&gt;</c>, lists as
    /// <c>List&lt;object?&gt;</c>, tuples as arrays; with T object whatever it is.
    /// </summary>
    /// <remarks>map_location: Where to put what lay on another device: cpu or meta. weights_only: Kept for its name: nothing in a file is ever executed.</remarks>
    public static T load<T>([PyTorchName("f")] string location, Device? map_location = null, bool weights_only = true)
    {
        using var checkpoint = Checkpoint.Load(location, Options(map_location));
        return As<T>(new CheckpointObjects().From(checkpoint.Root), location);
    }

    public static T load<T>([PyTorchName("f")] Stream stream, Device? map_location = null, bool weights_only = true)
    {
        using var checkpoint = Checkpoint.Load(ByteSource.FromStream(stream), Options(map_location));
        return As<T>(new CheckpointObjects().From(checkpoint.Root), "the stream");
    }

    private static CheckpointOptions Options(Device? map)
    {
        if (map is null) return CheckpointOptions.Default;
        var target = Device.IsMeta(map) ? "meta" : "cpu";
        return new CheckpointOptions { MapLocation = _ => target };
    }

    private static T As<T>(object? value, string where)
    {
        if (value is T found) return found;
        if (value is null && default(T) is null) return default!;
        if (typeof(T) == typeof(Dictionary<string, Tensor>) && value is Dictionary<string, object?> mixed && mixed.Values.All(v => v is Tensor))
            return (T)(object)mixed.ToDictionary(e => e.Key, e => (Tensor)e.Value!);
        if (typeof(T) == typeof(Dictionary<string, object?>) && value is IDictionary any && any.Keys.Cast<object>().All(k => k is string))
            return (T)(object)any.Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => e.Value);
        throw new InvalidCastException($"{where} holds {value?.GetType().ToString() ?? "None"}, not {typeof(T)}");
    }

    public partial class Tensor
    {
        /// <summary>Writes the tensor as torch.save does.</summary>
        public void save(string location) => torch.save(this, location);

        public static Tensor load(string location) => torch.load(location);
    }

    public static partial class nn
    {
        public abstract partial class Module
        {
            /// <summary>Writes the state dict as torch.save does.</summary>
            public Module save(string location, IList<string>? skip = null)
            {
                torch.save(Kept(skip), location);
                return this;
            }

            public Module save(Stream stream, IList<string>? skip = null)
            {
                torch.save(Kept(skip), stream);
                return this;
            }

            /// <summary>Writes the state dict in TorchSharp's format.</summary>
            public Module save(BinaryWriter writer, IList<string>? skip = null)
            {
                TensorBytes.Write(writer, Kept(skip));
                return this;
            }

            public static void save_state_dict(BinaryWriter writer, Dictionary<string, Tensor> sd, IList<string>? skip = null) =>
                TensorBytes.Write(writer, skip is null ? sd : sd.Where(e => !skip.Contains(e.Key)).ToList());

            private Dictionary<string, Tensor> Kept(IList<string>? skip)
            {
                var state = state_dict();
                if (skip is not null)
                    foreach (var key in skip) state.Remove(key);
                return state;
            }

            /// <summary>Loads a state dict that torch.save wrote, or one in TorchSharp's format.</summary>
            /// <remarks>loadedParameters: Gets an entry for each name: whether it was in the file and in the module.</remarks>
            public virtual Module load(string location, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                using var stream = File.OpenRead(location);
                return load(stream, strict, skip, loadedParameters);
            }

            public Module load(Stream stream, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                var first = new byte[2];
                var seekable = stream;
                if (!stream.CanSeek)
                {
                    seekable = new MemoryStream();
                    stream.CopyTo(seekable);
                    seekable.Position = 0;
                }
                var at = seekable.Position;
                var read = seekable.ReadAtLeast(first, 2, throwOnEndOfStream: false);
                seekable.Position = at;
                // A zip archive, or a pickle.
                if (read == 2 && first is [(byte)'P', (byte)'K'] or [0x80, 2])
                    return Fill(load<Dictionary<string, Tensor>>(seekable), strict, skip, loadedParameters);
                return load(new BinaryReader(seekable), strict, skip, loadedParameters);
            }

            /// <summary>Loads a state dict in TorchSharp's format.</summary>
            public virtual Module load(BinaryReader reader, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null) =>
                Fill(TensorBytes.ReadDictionary(reader), strict, skip, loadedParameters);

            private Module Fill(Dictionary<string, Tensor> state, bool strict, IList<string>? skip, Dictionary<string, bool>? loaded)
            {
                var (missing, unexpected) = load_state_dict(state, strict, skip);
                if (loaded is null) return this;
                foreach (var name in state.Keys) loaded[name] = !unexpected.Contains(name) && skip?.Contains(name) != true;
                foreach (var name in missing) loaded[name] = false;
                return this;
            }

            /// <summary>A module made by its constructor without arguments, with the state of a file.</summary>
            public static Module Create<T>(string path) where T : Module, new() => new T().load(path);
        }
    }
}
