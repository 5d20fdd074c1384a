using System.Collections.Concurrent;
using Fairway.Ports;

namespace Fairway.Pipelines;

/// <summary>What the jobs of one run need to find out only once.</summary>
internal sealed class RunMemory(IPipelineBlobs blobs, string source)
{
    private readonly Lock _gate = new();
    private Task<FileTree?>? _files;

    /// <summary>What each tool said of itself, by sandbox and command.</summary>
    public ConcurrentDictionary<string, string> Tools { get; } = new(StringComparer.Ordinal);

    /// <summary>The files the run is of; null when they are not here any more.</summary>
    public Task<FileTree?> FilesAsync()
    {
        lock (_gate) return _files ??= blobs.FindTreeAsync(source, CancellationToken.None);
    }
}
