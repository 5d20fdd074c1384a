using Fairway.Kernel;
using Fairway.Pipelines;

namespace Fairway.Ports;

/// <summary>Contents by their digest, trees of files, and results by what they depend on. Damaged content is never handed out.</summary>
public interface IPipelineBlobs
{
    /// <summary>Stores a content; storing it again changes nothing.</summary>
    /// <returns>Its digest, <c>sha256:…</c>; or why it could not be stored.</returns>
    Task<(string? Digest, Fault? Fault)> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>A content; null when it is not here, or is damaged.</summary>
    Task<byte[]?> GetAsync(string digest, CancellationToken cancellation);

    /// <summary>Stores every file of a checkout: of a git repository what is not ignored, else all but <c>.git</c> and <c>.fairway</c>.</summary>
    Task<(FileTree? Tree, Fault? Fault)> SnapshotAsync(string folder, CancellationToken cancellation);

    /// <summary>
    /// Stores the files of a folder that patterns select. Links are stored as links and never followed; one that leads out of the folder is refused,
    /// as are devices, pipes and sockets.
    /// </summary>
    Task<(FileTree? Tree, Fault? Fault)> CollectAsync(string folder, ImmutableArray<string> patterns, CancellationToken cancellation);

    /// <summary>Reads small files of a folder that patterns select, without following links; larger ones than the limit come without content.</summary>
    Task<ImmutableArray<(string Path, byte[]? Content)>> ReadAsync(string folder, ImmutableArray<string> patterns, long largest, CancellationToken cancellation);

    /// <summary>Writes a tree's files into a folder, over what is there. Nothing is written outside of it, whatever links it holds.</summary>
    Task<Fault?> RestoreAsync(FileTree tree, string folder, CancellationToken cancellation);

    /// <summary>A tree by its digest; null when it, or a part of it, is not here.</summary>
    Task<FileTree?> FindTreeAsync(string digest, CancellationToken cancellation);

    /// <summary>Keeps a tree to be found by its digest.</summary>
    Task<Fault?> KeepTreeAsync(FileTree tree, CancellationToken cancellation);

    /// <summary>A small text by a name that others may overwrite, such as a result by its key; null when there is none.</summary>
    /// <param name="kind">A word such as <c>results</c>.</param>
    /// <param name="key">Any text.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<string?> LoadAsync(string kind, string key, CancellationToken cancellation);

    /// <summary>Stores such a text.</summary>
    Task<Fault?> SaveAsync(string kind, string key, string text, CancellationToken cancellation);

    /// <summary>
    /// Removes what nobody has used for so long, and beyond a size what was not used for the longest. What was used within the last day stays in any case.
    /// </summary>
    /// <param name="unused">How long.</param>
    /// <param name="most">Bytes of all files together.</param>
    /// <param name="kept">Digests of trees that stay with all of their contents, such as those of runs that go on.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>How many files were removed.</returns>
    Task<int> PruneAsync(NodaTime.Duration unused, long most, IEnumerable<string> kept, CancellationToken cancellation);
}
