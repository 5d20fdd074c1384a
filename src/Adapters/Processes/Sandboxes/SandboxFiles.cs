namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>Removes what jobs leave behind: no link is followed, and folders that nobody may enter are opened first.</summary>
internal static class SandboxFiles
{
    /// <summary>Removes a folder; what cannot be removed now is swept later.</summary>
    public static void Delete(string folder)
    {
        try
        {
            if (!Directory.Exists(folder)) return;
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
            {
                Open(new(folder));
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    private static void Open(DirectoryInfo folder)
    {
        var waiting = new Stack<DirectoryInfo>([folder]);
        while (waiting.TryPop(out var at))
        {
            at.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            foreach (var below in at.EnumerateDirectories())
                if (below.LinkTarget is null) waiting.Push(below);
        }
    }
}
