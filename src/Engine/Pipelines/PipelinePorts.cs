using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Runtime;

namespace Fairway.Pipelines;

/// <summary>Fetches secrets; faults name the place, never the value.</summary>
/// <param name="secrets">Where each variable's value is.</param>
public delegate (Dictionary<string, string>? Values, Fault? Fault) FetchSecrets(IEnumerable<KeyValuePair<string, string>> secrets);

/// <summary>Makes a release of an instance's files and deploys it where that is wanted; doing it again changes nothing.</summary>
/// <param name="run">The run.</param>
/// <param name="instance">The instance, whose files they are.</param>
/// <param name="target">What to make of them.</param>
/// <param name="cancellation">Stops waiting.</param>
/// <returns>The release's digest, null when it failed; and why.</returns>
public delegate Task<(string? Release, Why Why)> ShipFiles(PipelineRun run, InstanceState instance, ShipTarget target, CancellationToken cancellation);

/// <summary>Keeps a container image that a job made where artifacts are kept, with how it was built; doing it again changes nothing.</summary>
/// <param name="run">The run.</param>
/// <param name="image">The image.</param>
/// <param name="layout">Its layout.</param>
/// <param name="ranIn">Images that the job ran in; those of jobs that are over stand in the run.</param>
/// <param name="cancellation">Stops waiting.</param>
/// <returns>Null when it is kept; otherwise why not.</returns>
public delegate Task<Fault?> KeepImage(PipelineRun run, MadeArtifact image, FileTree layout, ImmutableArray<PinnedImage> ranIn, CancellationToken cancellation);

/// <summary>What runs need of the world.</summary>
public sealed record PipelinePorts
{
    /// <summary>Where events are kept.</summary>
    public required IRunJournal Journal { get; init; }

    /// <summary>Where contents are kept.</summary>
    public required IPipelineBlobs Blobs { get; init; }

    /// <summary>Where logs are kept.</summary>
    public required IRunLogs Logs { get; init; }

    /// <summary>Places for jobs, the first that fits is taken.</summary>
    public required ImmutableArray<ISandbox> Sandboxes { get; init; }

    /// <summary>What images are called in runs.</summary>
    public RunImages Images { get; } = new();

    /// <summary>Fetches secrets.</summary>
    public required FetchSecrets Secrets { get; init; }

    /// <summary>Ships; null where nothing can be shipped.</summary>
    public ShipFiles? Ship { get; init; }

    /// <summary>Keeps images; null where they stay among the run's files.</summary>
    public KeepImage? KeepImage { get; init; }

    /// <summary>Writes what commits added, for scans; null where there are no repositories.</summary>
    public WriteCommits? Commits { get; init; }

    /// <summary>Argument vector of this program, for scans.</summary>
    public ImmutableArray<string> Program { get; init; } = [];

    /// <summary>Path of the offline OSV database; null is none.</summary>
    public Func<string?> Vulnerabilities { get; init; } = () => null;

    /// <summary>The clock.</summary>
    public required EngineClock Clock { get; init; }
}
