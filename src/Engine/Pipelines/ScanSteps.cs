namespace Fairway.Pipelines;

/// <summary>Jobs that are a scan of Fairway's own: this program, run in the sandbox on the job's files.</summary>
internal static class ScanSteps
{
    /// <summary>Where the findings are, relative to the workspace.</summary>
    private const string Folder = ".fairway-scan";

    /// <summary>Name of a scan in commands and attestations.</summary>
    public static string NameOf(ScanKind scan) => scan switch
    {
        ScanKind.Secrets => "secrets",
        ScanKind.Standards => "standards",
        ScanKind.Dependencies => "dependencies",
        _ => throw new System.Diagnostics.UnreachableException(scan.ToString()),
    };

    /// <summary>The one step of such a job.</summary>
    public static PipelineStep StepOf(ScanKind scan, ImmutableArray<string> program)
    {
        var command = string.Join(' ', program.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
        return new()
        {
            Name = $"fairway scan {NameOf(scan)}",
            Action = new StepAction.Run($"mkdir -p {Folder}\n{command} scan {NameOf(scan)} . --sarif {Folder}/{NameOf(scan)}.sarif"),
        };
    }

    /// <summary>Where its findings are read from.</summary>
    public static JobReport ReportOf(ScanKind scan) => new([$"{Folder}/{NameOf(scan)}.sarif"], ReportFormat.Sarif);

    /// <summary>Folders that the program needs to be seen.</summary>
    public static ImmutableArray<string> Shown(ImmutableArray<string> program)
        => [.. program.Where(word => word.StartsWith('/')).Select(word => Path.GetDirectoryName(word)!).Where(folder => folder != "/").Distinct(StringComparer.Ordinal)];
}
