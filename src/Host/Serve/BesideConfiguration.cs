using NodaTime;

namespace Fairway.Serve;

/// <summary>Files that the configuration names.</summary>
internal static class BesideConfiguration
{
    /// <summary>When a file was last written; null when it is not there, cannot be looked at, or there is no configuration file that it is relative to.</summary>
    public static Instant? WrittenAt(string? configuration, string path)
    {
        try
        {
            if (configuration is null && !Path.IsPathRooted(path)) return null;
            var file = new FileInfo(configuration is null ? path : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(configuration))!, path));
            return file.Exists ? Instant.FromDateTimeUtc(file.LastWriteTimeUtc) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
