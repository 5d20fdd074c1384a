namespace Fairway.Offline;

/// <summary>A service found in a folder, and how to ship it.</summary>
/// <param name="Name">A name that <c>fairway.yaml</c> accepts.</param>
/// <param name="Found">What was found, for people: <c>ASP.NET Core project Shop.csproj</c>.</param>
/// <param name="Run">Command line that starts an instance in its folder; <c>$PORT</c> is its port. One that needs a shell is given to
/// one.</param>
public sealed record DetectedService(string Name, string Found, string Run)
{
    /// <summary>Folder that is shipped, relative to the project.</summary>
    public string Path { get; init; } = ".";

    /// <summary>Command line that makes the folder; null is none.</summary>
    public string? Build { get; init; }

    /// <summary>Variables it needs.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Path that the source answers for health checks; null when none was found.</summary>
    public string? Ready { get; init; }

    /// <summary>Whether it answers requests.</summary>
    public bool Web { get; init; } = true;
}
