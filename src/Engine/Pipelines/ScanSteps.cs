using System.Globalization;

namespace Fairway.Pipelines;

/// <summary>Jobs that are a scan of Fairway's own: this program, run in the sandbox on the job's files.</summary>
internal static class ScanSteps
{
    /// <summary>Where the findings are, relative to the workspace.</summary>
    private const string Folder = ".fairway-scan";

    /// <summary>What commits added, for a scan for secrets, relative to the workspace.</summary>
    public const string CommitsFile = Folder + "/commits";

    /// <summary>Name of a scan in commands and attestations.</summary>
    public static string NameOf(ScanKind scan) => scan switch
    {
        ScanKind.Secrets => "secrets",
        ScanKind.Standards => "standards",
        ScanKind.Dependencies => "dependencies",
        _ => throw new System.Diagnostics.UnreachableException(scan.ToString()),
    };

    /// <summary>The one step of such a job.</summary>
    public static PipelineStep StepOf(ScanKind scan, PipelinePorts ports)
    {
        var command = string.Join(' ', ports.Program.Select(Quote));
        var (before, database) = scan != ScanKind.Dependencies ? ("", "") : ports.Vulnerabilities() is { } path
            ? ($"[ -e {Quote(path)} ] || {{ echo \"::error::the vulnerability database cannot be read by jobs: let others read \"{Quote(path)}\" and enter its folders\"; exit 2; }}\n", $" --database {Quote(path)}")
            : ("[ -n \"${FAIRWAY_OSV-}\" ] || { echo '::error::no vulnerability database is named: write scans: { database: PATH } in fairway.yaml'; exit 2; }\n", "");
        return new()
        {
            Name = $"fairway scan {NameOf(scan)}",
            Action = new StepAction.Run($"{before}mkdir -p {Folder}\n{command} scan {NameOf(scan)} .{database}{(scan == ScanKind.Secrets ? $" $([ ! -f {CommitsFile} ] || echo --commits {CommitsFile})" : "")} --sarif {Folder}/{NameOf(scan)}.sarif"),
        };
    }

    /// <summary>Where its findings are read from.</summary>
    public static JobReport ReportOf(ScanKind scan) => new([$"{Folder}/{NameOf(scan)}.sarif"], ReportFormat.Sarif);

    /// <summary>Folders that the program needs to be seen.</summary>
    public static ImmutableArray<string> Shown(ScanKind scan, PipelinePorts ports)
        => [.. Programs(ports.Program), .. scan == ScanKind.Dependencies && ports.Vulnerabilities() is { } path ? [Directory.Exists(path) ? path : Path.GetDirectoryName(path)!] : (IEnumerable<string>)[]];

    /// <summary>
    /// What its result depends on besides the files: the database, and the day, on which exemptions end. Each is asked anew then, though no file changed.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, string>> Depends(ScanKind scan, PipelinePorts ports)
    {
        yield return new("day", ports.Clock.Now.ToDateTimeUtc().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        if (scan == ScanKind.Dependencies && ports.Vulnerabilities() is { } path) yield return new("vulnerability database", StampOf(path));
    }

    private static string StampOf(string path)
    {
        var files = File.Exists(path) ? [new FileInfo(path)] : Directory.Exists(path) ? new DirectoryInfo(path).GetFiles("*", SearchOption.AllDirectories) : [];
        return string.Create(CultureInfo.InvariantCulture, $"{files.Length} files, {files.Sum(file => file.Length)} bytes, {(files.Length == 0 ? 0 : files.Max(file => file.LastWriteTimeUtc.Ticks))}");
    }

    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static ImmutableArray<string> Programs(ImmutableArray<string> program)
        => [.. program.Where(word => word.StartsWith('/')).Select(word => Path.GetDirectoryName(word)!).Where(folder => folder != "/").Distinct(StringComparer.Ordinal)];
}
