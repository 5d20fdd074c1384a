namespace Fairway.Edge.Hosting;

/// <summary>The edge's data folder, held by one edge at a time. The lock goes with the process, however it ends.</summary>
internal sealed class EdgeFolder : IDisposable
{
    private readonly FileStream _lock;

    private EdgeFolder(FileStream held) => _lock = held;

    /// <summary>Makes the folder when it is missing, and takes it.</summary>
    /// <exception cref="EdgeStartException">It cannot be written, or another edge holds it.</exception>
    public static EdgeFolder Open(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(folder, failure);
        }
        var file = Path.Combine(folder, "edge.lock");
        try
        {
            return new EdgeFolder(new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException failure)
        {
            throw Unwritable(folder, failure);
        }
        catch (IOException failure)
        {
            // EWOULDBLOCK of flock(2): .NET gives the errno, 11 on Linux, as the result.
            if (failure.HResult != 11) throw Unwritable(folder, failure);
            throw new EdgeStartException($"another edge runs in {folder} (it holds {file}); stop it first, or give this one another data folder", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static EdgeStartException Unwritable(string folder, Exception failure)
        => new($"the data folder {folder} cannot be written: {failure.Message}; make it writable for {Environment.UserName}, or choose another", failure);
}
