using NodaTime;

namespace Fairway.Pipelines;

/// <summary>A job: steps that run one after the other in one sandbox on one copy of the checkout.</summary>
public sealed record PipelineJob
{
    /// <summary>Names it in <c>needs</c> and in commands: letters, digits, <c>_</c> and <c>-</c>, at most 60.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people; null is the id. A template.</summary>
    public string? Name { get; init; }

    /// <summary>Its stage; null is none.</summary>
    public string? Stage { get; init; }

    /// <summary>Jobs that must end before it; null is what its stage says, and nothing without stages.</summary>
    public ImmutableArray<string>? Needs { get; init; }

    /// <summary>Whether it runs. An expression, with or without <c>${{ }}</c>; null is <c>success()</c>.</summary>
    public string? If { get; init; }

    /// <summary>Run once for each combination; null is once.</summary>
    public JobMatrix? Matrix { get; init; }

    /// <summary>Variables of every step. Templates.</summary>
    public ImmutableSortedDictionary<string, string> Env { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Variables whose values are secret, as where to find them: <c>env:NAME</c> or <c>file:/path</c>.</summary>
    public ImmutableSortedDictionary<string, string> Secrets { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>How steps run where they do not say it.</summary>
    public StepDefaults Defaults { get; init; } = new();

    /// <summary>What it does, in this order.</summary>
    public ImmutableArray<PipelineStep> Steps { get; init; } = [];

    /// <summary>Values for later jobs. Templates over its steps' outputs.</summary>
    public ImmutableSortedDictionary<string, string> Outputs { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Files it reads, as patterns relative to the checkout; empty is every file. What else changes does not make it run again.</summary>
    public ImmutableArray<string> Inputs { get; init; } = [];

    /// <summary>Files it makes for later jobs and for people.</summary>
    public ImmutableArray<JobArtifact> Artifacts { get; init; } = [];

    /// <summary>Whether it gets the files that the jobs it needs made, at the paths they had.</summary>
    public bool TakesArtifacts { get; init; } = true;

    /// <summary>Test results, coverage and findings to read when it ends.</summary>
    public ImmutableArray<JobReport> Reports { get; init; } = [];

    /// <summary>Programs it talks to while it runs.</summary>
    public ImmutableArray<JobService> Services { get; init; } = [];

    /// <summary>What it may reach and use.</summary>
    public SandboxPolicy Sandbox { get; init; } = new();

    /// <summary>When what it made before is taken instead of running it.</summary>
    public CachePolicy Cache { get; init; } = new();

    /// <summary>Longest time of one attempt.</summary>
    public Duration Timeout { get; init; } = Duration.FromMinutes(60);

    /// <summary>What happens after an attempt that failed.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>What becomes of it when the runner was killed meanwhile.</summary>
    public InterruptedPolicy OnInterrupt { get; init; } = InterruptedPolicy.Restart;

    /// <summary>Whether its failure leaves the run a success. An expression or a template; null is false.</summary>
    public string? ContinueOnError { get; init; }

    /// <summary>Jobs of one group do not overlap, in this run and in others; null is any number at once.</summary>
    public Concurrency? Concurrency { get; init; }

    /// <summary>A scan of Fairway's own that is the whole job: <c>secrets</c>, <c>standards</c> or <c>dependencies</c>; null is a job of steps.</summary>
    public ScanKind? Scan { get; init; }

    /// <summary>What becomes of its files when it succeeded; null is nothing.</summary>
    public ShipTarget? Ship { get; init; }
}

/// <summary>What becomes of a job when the runner was killed in the middle of it.</summary>
public enum InterruptedPolicy
{
    /// <summary>It starts anew; that does not count as a retry.</summary>
    Restart,

    /// <summary>It has failed: for what must not happen twice.</summary>
    Fail,
}

/// <summary>Fairway's own scans.</summary>
public enum ScanKind
{
    /// <summary>Keys and passwords in files and history.</summary>
    Secrets,

    /// <summary>Rules for Dockerfiles and manifests.</summary>
    Standards,

    /// <summary>Known holes in dependencies.</summary>
    Dependencies,
}

/// <summary>Files of a job that are kept by their digest.</summary>
/// <param name="Name">Letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, at most 100.</param>
/// <param name="Paths">Patterns relative to the checkout; <c>!</c> before one takes files out.</param>
/// <param name="Optional">Whether it is no failure when there are none.</param>
public sealed record JobArtifact(string Name, ImmutableArray<string> Paths, bool Optional = false)
{
    /// <summary>Folder, relative to the checkout, that is the OCI layout of one container image; null is an artifact of files.</summary>
    public string? Image { get; init; }
}

/// <summary>What a report's file holds.</summary>
public enum ReportFormat
{
    /// <summary>Told by the file's content.</summary>
    Auto,

    /// <summary>Test results as JUnit writes them.</summary>
    JUnit,

    /// <summary>Test results as Visual Studio writes them.</summary>
    Trx,

    /// <summary>Coverage in Cobertura's form.</summary>
    Cobertura,

    /// <summary>Coverage in lcov's form.</summary>
    Lcov,

    /// <summary>Findings of a scanner, SARIF 2.1.0.</summary>
    Sarif,
}

/// <summary>Reports to read.</summary>
/// <param name="Paths">Patterns relative to the checkout.</param>
/// <param name="Format">What they hold.</param>
/// <param name="Required">Whether it is a failure when there are none.</param>
public sealed record JobReport(ImmutableArray<string> Paths, ReportFormat Format = ReportFormat.Auto, bool Required = false);

/// <summary>A program that runs beside a job.</summary>
public sealed record JobService
{
    /// <summary>Its name, which the job reaches it by where the sandbox has names; lower-case letters, digits and hyphens.</summary>
    public required string Name { get; init; }

    /// <summary>Image to run as a container; null is a command of the sandbox. A template.</summary>
    public string? Image { get; init; }

    /// <summary>How that container is made; without an image it means nothing.</summary>
    public ContainerSettings Container { get; init; } = new();

    /// <summary>Memory of its container in bytes; null is no limit of its own.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Program and arguments; with an image, what to run in it; empty is the image's own.</summary>
    public ImmutableArray<string> Command { get; init; } = [];

    /// <summary>Its variables. Templates.</summary>
    public ImmutableSortedDictionary<string, string> Env { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Ports it listens on, TCP.</summary>
    public ImmutableArray<int> Ports { get; init; } = [];

    /// <summary>Must exit 0 before the steps begin; empty is that its ports accept connections, or else what its image says.</summary>
    public ImmutableArray<string> Ready { get; init; } = [];

    /// <summary>Longest time until it is ready.</summary>
    public Duration StartTimeout { get; init; } = Duration.FromMinutes(2);
}

/// <summary>What becomes of a job's files when it succeeded.</summary>
/// <param name="Service">The service they are a release of.</param>
/// <param name="Artifact">Which of the job's artifacts; null is its only one.</param>
/// <param name="Version">The release's version. A template; null is the commit's first 12 digits.</param>
/// <param name="Environment">Where the release goes at once; null is nowhere.</param>
public sealed record ShipTarget(string Service, string? Artifact = null, string? Version = null, string? Environment = null);
