namespace Fairway.Adapters.Processes;

/// <summary>Keeps the logs of instances that are gone, for a while.</summary>
internal static class LogRetention
{
    /// <summary>Removes the folders of gone instances but for the newest ones.</summary>
    /// <param name="instancesFolder">Holds a folder per instance.</param>
    /// <param name="active">Names of folders whose instances still are.</param>
    /// <param name="keep">How many gone ones stay.</param>
    public static void Prune(string instancesFolder, IReadOnlySet<string> active, int keep)
    {
        if (!Directory.Exists(instancesFolder)) return;
        var gone = Directory.EnumerateDirectories(instancesFolder).Where(folder => !active.Contains(Path.GetFileName(folder)))
            .OrderByDescending(folder => File.GetLastWriteTimeUtc(Path.Combine(InstanceLog.Folder(folder), "cursor"))).Skip(keep);
        foreach (var folder in gone)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
            {
                continue; // Tried again when the next instance goes.
            }
        }
    }
}
