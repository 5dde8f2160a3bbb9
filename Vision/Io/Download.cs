// Fetches a file of a data set: from the first mirror that gives it, checked against its MD5 sum before it takes its name, so that a file is
// there whole or not at all. MD5 is what the publishers print; it guards against damage, not against an attacker. Messages: torchvision.datasets.utils.
using System.Net.Http;
using System.Security.Cryptography;

namespace Torch.Vision.Io;

/// <summary>Downloads with checksums.</summary>
internal static class Download
{
    /// <summary>No data set that is fetched here comes in larger files.</summary>
    private const long MaxBytes = 1L << 30;

    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromMinutes(10) };

    /// <summary>Makes sure that a file is in a folder: leaves it alone if it is there, else fetches it.</summary>
    /// <exception cref="TorchException">No mirror gave it, or what came is not the file.</exception>
    public static void Fetch(string folder, string file, string md5, IReadOnlyList<string> mirrors)
    {
        var path = Path.Combine(folder, file);
        if (File.Exists(path)) return;
        Directory.CreateDirectory(folder);
        var faults = new List<string>();
        foreach (var mirror in mirrors)
        {
            try
            {
                FetchFrom(mirror + file, path, md5);
                return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or UnauthorizedAccessException or TorchException)
            {
                faults.Add($"{mirror}{file}: {(e is OperationCanceledException ? "no answer in time" : e.Message)}");
            }
        }
        throw new TorchException($"Error downloading {file} ({string.Join("; ", faults)})");
    }

    private static void FetchFrom(string url, string path, string md5)
    {
        var temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var request = new HttpRequestMessage(HttpMethod.Get, url))
            using (var response = Client.Send(request, HttpCompletionOption.ResponseHeadersRead).EnsureSuccessStatusCode())
            using (var content = response.Content.ReadAsStream())
            using (var target = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                var sum = Copy(content, target);
                if (!sum.Equals(md5, StringComparison.OrdinalIgnoreCase)) throw new TorchException($"File not found or corrupted (MD5 {sum}, expected {md5}).");
                target.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Copies and returns the MD5 sum in hexadecimal.</summary>
    private static string Copy(Stream content, Stream target)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var buffer = new byte[1 << 16];
        long total = 0;
        while (content.Read(buffer) is > 0 and var count)
        {
            total += count;
            if (total > MaxBytes) throw new TorchException($"more than {MaxBytes} bytes came");
            hash.AppendData(buffer, 0, count);
            target.Write(buffer, 0, count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
