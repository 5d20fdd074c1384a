namespace Fairway.Client.Wire;

/// <summary>An environment in the order of releases.</summary>
/// <param name="Name">Its own.</param>
/// <param name="After">Environments that its releases come from.</param>
/// <param name="Promotion"><c>manual</c> or <c>auto</c>.</param>
/// <param name="Queue"><c>newest</c>, <c>oldest</c> or <c>all</c>.</param>
/// <param name="Protected">Whether it may not be copied or deleted.</param>
/// <param name="Gates">Its gate's rules in a line; null without any.</param>
/// <param name="Services">What serves there, by service.</param>
public sealed record EnvironmentInfo(
    string Name, IReadOnlyList<string> After, string Promotion, string Queue, bool Protected, string? Gates, IReadOnlyList<EnvironmentServiceInfo> Services)
{
    /// <summary>The environment it was made from, for a time; null for one of the file.</summary>
    public string? From { get; init; }

    /// <summary>When it ends by itself.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether it is being torn down.</summary>
    public bool Ending { get; init; }

    /// <summary>Who made it.</summary>
    public string? By { get; init; }
}

/// <summary>What serves in an environment.</summary>
/// <param name="Service">Which service.</param>
/// <param name="Release">Digest; null when nothing does.</param>
/// <param name="Version">For people.</param>
public sealed record EnvironmentServiceInfo(string Service, string? Release, string? Version);

/// <summary>What differs between two environments.</summary>
/// <param name="Left">The one.</param>
/// <param name="Right">The other.</param>
/// <param name="Differences">Everything that differs; of variables and secrets only names.</param>
public sealed record ParityInfo(string Left, string Right, IReadOnlyList<ParityDifferenceInfo> Differences);

/// <summary>Something that differs.</summary>
/// <param name="Service">Of which service; null is of the environment itself.</param>
/// <param name="Part"><c>service</c>, <c>version</c>, <c>variables</c>, <c>secrets</c>, <c>limits</c>, <c>instances</c>, <c>routes</c>, <c>configuration</c> or <c>gates</c>.</param>
/// <param name="Name">What exactly.</param>
/// <param name="Left">In the one; null when it is not there.</param>
/// <param name="Right">In the other.</param>
/// <param name="LeftAt">Where that is written, such as <c>fairway.yaml:12</c>; null when it is not.</param>
/// <param name="RightAt">Likewise.</param>
public sealed record ParityDifferenceInfo(string? Service, string Part, string Name, string? Left, string? Right, string? LeftAt = null, string? RightAt = null);

/// <summary>Body of <c>POST /api/environments</c>.</summary>
/// <param name="Name">Its own.</param>
/// <param name="From">The environment whose services it has.</param>
/// <param name="TtlSeconds">How long it lives; null is a day.</param>
/// <param name="Reason">In the caller's words.</param>
public sealed record EnvironmentRequest(string Name, string From, long? TtlSeconds = null, string? Reason = null);

/// <summary>What came of it.</summary>
/// <param name="Why">In words.</param>
/// <param name="Until">When it ends by itself; null when it is ending.</param>
public sealed record EnvironmentAnswer(WhyInfo Why, DateTimeOffset? Until);
