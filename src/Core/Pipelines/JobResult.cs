using Fairway.Kernel;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>How a step, a job or a run ended.</summary>
public enum Outcome
{
    /// <summary>Well.</summary>
    Success,

    /// <summary>It failed.</summary>
    Failure,

    /// <summary>It took too long.</summary>
    TimedOut,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>It did not run.</summary>
    Skipped,
}

/// <summary>How a step ended.</summary>
/// <param name="Name">For people.</param>
/// <param name="Outcome">How.</param>
/// <param name="Took">How long.</param>
/// <param name="ExitCode">Of its script; null when it has none or did not run.</param>
/// <param name="Why">Why it failed or was skipped; null when it did well.</param>
public sealed record StepResult(string Name, Outcome Outcome, Duration Took, int? ExitCode = null, Why? Why = null);

/// <summary>Files that a job made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Digest">Digest of its tree, <c>sha256:…</c>.</param>
/// <param name="Files">How many.</param>
/// <param name="Bytes">All of them together.</param>
public sealed record MadeArtifact(string Name, string Digest, int Files, long Bytes)
{
    /// <summary>Digest of the container image that they are; null when they are none.</summary>
    public string? Image { get; init; }

    /// <summary>Where its layout is among the files; null when they are no image.</summary>
    public string? Layout { get; init; }
}

/// <summary>How an attempt of a job ended.</summary>
public sealed record JobResult
{
    /// <summary>How.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>Why.</summary>
    public required Why Why { get; init; }

    /// <summary>Its steps, in order.</summary>
    public ImmutableArray<StepResult> Steps { get; init; } = [];

    /// <summary>Values for later jobs. Never a secret.</summary>
    public ImmutableSortedDictionary<string, string> Outputs { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Files it made.</summary>
    public ImmutableArray<MadeArtifact> Artifacts { get; init; } = [];

    /// <summary>What its reports say; null when it has none.</summary>
    public ReportSummary? Reports { get; init; }

    /// <summary>The run whose result this is; null when it ran itself.</summary>
    public string? CachedFrom { get; init; }

    /// <summary>What it depends on, as a digest; null when that could not be said.</summary>
    public string? CacheKey { get; init; }

    /// <summary>What the run before it depended on, to compare with; null when there was none.</summary>
    public string? EarlierKey { get; init; }

    /// <summary>Where the log of it is kept, by digest; null while there is none.</summary>
    public string? Log { get; init; }

    /// <summary>Images that it and its services ran in, as they were at that time.</summary>
    public ImmutableArray<PinnedImage> Images { get; init; } = [];

    /// <summary>A warning about the sandbox, such as a limit that is not enforced; null when there is none.</summary>
    public string? Notice { get; init; }

    /// <summary>A result without anything but its reason.</summary>
    public static JobResult Of(Outcome outcome, Why why) => new() { Outcome = outcome, Why = why };
}

/// <summary>What reports of a job say, in numbers and the first failures.</summary>
public sealed record ReportSummary
{
    /// <summary>Most failures that are kept.</summary>
    public const int MostFailures = 50;

    /// <summary>Tests; null without test results.</summary>
    public TestCounts? Tests { get; init; }

    /// <summary>The first tests that failed.</summary>
    public ImmutableArray<FailedTest> Failures { get; init; } = [];

    /// <summary>Lines of code; null without coverage.</summary>
    public CoverageCounts? Coverage { get; init; }

    /// <summary>Findings; null without findings.</summary>
    public FindingCounts? Findings { get; init; }

    /// <summary>The worst finding, or the first of the worst; null without findings.</summary>
    public WorstFinding? Worst { get; init; }

    /// <summary>Files that could not be read, and why; a sentence each.</summary>
    public ImmutableArray<string> Unread { get; init; } = [];
}

/// <summary>Tests.</summary>
/// <param name="Total">All.</param>
/// <param name="Failed">Failed or broken.</param>
/// <param name="Skipped">Not run.</param>
public sealed record TestCounts(int Total, int Failed, int Skipped);

/// <summary>A test that failed.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Message">What it says; one line.</param>
/// <param name="File">Where, relative to the checkout; null when the report does not say.</param>
/// <param name="Line">From 1; 0 when the report does not say.</param>
public sealed record FailedTest(string Name, string Message, string? File, int Line);

/// <summary>Lines of code that were run by tests.</summary>
/// <param name="Lines">Lines that could be run.</param>
/// <param name="Covered">Lines that were.</param>
public sealed record CoverageCounts(long Lines, long Covered)
{
    /// <summary>In percent; 100 without lines.</summary>
    public double Percent => Lines == 0 ? 100 : 100.0 * Covered / Lines;
}

/// <summary>Findings of scanners by SARIF's level.</summary>
/// <param name="Errors">Errors.</param>
/// <param name="Warnings">Warnings.</param>
/// <param name="Notes">The rest.</param>
public sealed record FindingCounts(int Errors, int Warnings, int Notes);

/// <summary>A finding of a scanner.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Message">What it says; one line.</param>
/// <param name="File">Where; null when the report does not say.</param>
/// <param name="Line">From 1; 0 when the report does not say.</param>
public sealed record WorstFinding(string Rule, string Message, string? File, int Line)
{
    /// <summary>The finding in one line.</summary>
    public string Sentence => $"{Rule}{(File is null ? "" : $" in {File}{(Line > 0 ? $":{Line}" : "")}")}: {Message}";
}
