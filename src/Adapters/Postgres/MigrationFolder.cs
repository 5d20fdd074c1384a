using Fairway.Kernel;
using Fairway.Migrations;

namespace Fairway.Adapters.Postgres;

/// <summary>
/// Reads the <c>.sql</c> files of a folder: at most 10,000 of at most 1 MiB each, 64 MiB together. Links are not followed, folders inside it are not looked into.
/// </summary>
public static class MigrationFolder
{
    private const long LargestTogether = 64L << 20;

    /// <summary>The files; the fault when there is no such folder, or too much in it.</summary>
    /// <param name="root">The artifact's folder, which nothing is read outside of.</param>
    /// <param name="path">The folder's path inside it.</param>
    public static (MigrationDirectory? Directory, Fault? Fault) Read(string root, string path)
    {
        var folder = Path.GetFullPath(Path.Combine(root, path));
        if (folder != Path.GetFullPath(root).TrimEnd('/') && !folder.StartsWith(Path.GetFullPath(root).TrimEnd('/') + "/", StringComparison.Ordinal))
            return Refused($"the folder of migrations {path} leads out of the artifact; name one inside");
        try
        {
            if (!Directory.Exists(folder) || IsLink(root, folder))
                return Refused($"the artifact has no folder {path} with migrations; put it where `path` of the service is, or mend `database.migrations`");
            var (files, together) = (new List<(string, byte[])>(), 0L);
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*.sql"))
            {
                if (file.LinkTarget is not null) return Refused($"{path}/{file.Name} is a link; put the file itself there");
                if (file.Length > MigrationFile.LargestBytes) return Refused($"{path}/{file.Name} is larger than 1 MiB; a migration that large belongs in a job of its own");
                if (files.Count == MigrationDirectory.MostFiles || (together += file.Length) > LargestTogether)
                    return Refused($"{path} holds more than {MigrationDirectory.MostFiles} migrations or 64 MiB; join the oldest into one");
                files.Add((file.Name, File.ReadAllBytes(file.FullName)));
            }
            return (MigrationDirectory.Read(files), null);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return (null, new(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"the migrations in {path} cannot be read: {unreadable.Message}"));
        }
    }

    private static bool IsLink(string root, string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null && at.FullName.Length > Path.GetFullPath(root).TrimEnd('/').Length; at = at.Parent)
            if (at.LinkTarget is not null) return true;
        return false;
    }

    private static (MigrationDirectory?, Fault?) Refused(string why) => (null, new(FaultKind.Invalid, Blame.Release, Retryable: false, why));
}
