namespace Fairway.Adapters.Artifacts;

/// <summary>What an artifact may be at most.</summary>
public sealed record ArtifactLimits
{
    /// <summary>All files together, in bytes.</summary>
    public long TotalBytes { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Files, folders and links.</summary>
    public int Entries { get; init; } = 200_000;

    /// <summary>A path inside the artifact, in characters.</summary>
    public int PathLength { get; init; } = 1024;
}
