// Files with random damage: every reader either gives a value or refuses with its own exception. Seeded, so that a failure comes again.
using Torch.Serialization;
using Xunit;

namespace Torch.Tests.Serialization;

public sealed class MutationTests
{
    private const string Folder = "golden/serialization";

    [SharedTheory(Folder)]
    [InlineData("torch/checkpoint/full_zip.pt", 400)]
    [InlineData("torch/checkpoint/full_legacy.pt", 400)]
    [InlineData("torch/structure/attributes_zip.pt", 1500)]
    [InlineData("torch/structure/q_channel_zip.pt", 1500)]
    [InlineData("torch/structure/sparse_bsr_zip.pt", 1500)]
    [InlineData("torch/protocol/mixed_p3_zip.pt", 1500)]
    [InlineData("torch/archive/repacked_deflate.pt", 1500)]
    [InlineData("safetensors/good/mixed.safetensors", 3000)]
    [InlineData("numpy/npy/be_c16_3d.npy", 3000)]
    [InlineData("numpy/npz/compressed.npz", 1500)]
    public void A_damaged_file_is_read_or_refused(string name, int count)
    {
        var original = File.ReadAllBytes(Shared.Path($"{Folder}/{name}"));
        var random = new Random(20240607);
        for (var i = 0; i < count; i++)
        {
            var bytes = Mutate(original, random);
            try
            {
                Load(name, bytes);
            }
            catch (SerializationException)
            {
            }
            catch (Exception e)
            {
                Assert.Fail($"mutation {i} of {name}: {e}");
            }
        }
    }

    private static void Load(string name, byte[] bytes)
    {
        var source = ByteSource.FromMemory(bytes, name);
        switch (Path.GetExtension(name))
        {
            case ".safetensors":
                using (var file = Safetensors.Open(source))
                {
                    foreach (var entry in file.Entries) RecordedFileTests.Touch(entry.ToTensor());
                }
                break;
            case ".npy": RecordedFileTests.Touch(Npy.Read(source).ToTensor()); break;
            case ".npz":
                foreach (var (_, value) in Npz.Read(source)) RecordedFileTests.Touch((value as NumpyArray)?.ToTensor());
                break;
            default:
                using (var checkpoint = Checkpoint.Load(source, new CheckpointOptions { Pickle = new() { Allows = n => n.StartsWith("numpy", StringComparison.Ordinal) } }))
                {
                    RecordedFileTests.Touch(checkpoint.Root);
                }
                break;
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = (byte[])original.Clone();
        switch (random.Next(6))
        {
            case 0: return bytes[..random.Next(bytes.Length)];
            case 1: // a part twice
                var (from, length) = (random.Next(bytes.Length), random.Next(1, 64));
                var part = bytes.AsSpan(from, Math.Min(length, bytes.Length - from)).ToArray();
                return [.. bytes[..from], .. part, .. bytes[from..]];
            case 2: // a run of one byte
                bytes.AsSpan(random.Next(bytes.Length)).Slice(0, 1).Fill((byte)random.Next(256));
                var start = random.Next(bytes.Length);
                bytes.AsSpan(start, Math.Min(random.Next(1, 9), bytes.Length - start)).Fill(random.Next(2) == 0 ? (byte)0xFF : (byte)0);
                return bytes;
            default:
                for (var k = random.Next(1, 5); k > 0; k--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                return bytes;
        }
    }
}
