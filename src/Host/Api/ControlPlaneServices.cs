using Fairway.Access;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Kernel;
using Fairway.Metrics.PromQl;
using Fairway.Notifications;
using Fairway.Pipelines;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using Fairway.Source;
using Microsoft.AspNetCore.Http;

namespace Fairway.Api;

/// <summary>What the endpoints ask and command: the engine's queries and commands, and the process's own affairs as functions.</summary>
public sealed record ControlPlaneServices
{
    /// <summary>Loops.</summary>
    public required RolloutEngine Engine { get; init; }

    /// <summary>Says whether a release may ship.</summary>
    public required Gates.GateKeeper Gates { get; init; }

    /// <summary>Looks at migrations; null without a way to databases.</summary>
    public Migrations.MigrationDesk? Migrations { get; init; }

    /// <summary>People's words to gates, and freezes.</summary>
    public required Gates.GateDesk GateDesk { get; init; }

    /// <summary>Takes releases from one environment to the next.</summary>
    public required Environments.PromotionEngine Promotions { get; init; }

    /// <summary>Ships several services as one.</summary>
    public required Groups.GroupEngine Groups { get; init; }

    /// <summary>Environments made for a time.</summary>
    public required Environments.EphemeralEnvironments Ephemeral { get; init; }

    /// <summary>Releases.</summary>
    public required ReleaseCatalog Releases { get; init; }

    /// <summary>What was found out about artifacts.</summary>
    public required AttestationBook Attestations { get; init; }

    /// <summary>The stored artifacts; null where they cannot be listed.</summary>
    public IArtifactShelf? Shelf { get; init; }

    /// <summary>Signs and verifies provenance; null without keys.</summary>
    public ProvenanceDesk? Provenance { get; init; }

    /// <summary>Removes artifacts that nobody needs; null where they cannot be listed.</summary>
    public ArtifactCollector? Collector { get; init; }

    /// <summary>Whether a release may be shipped as far as its provenance goes; null is yes.</summary>
    public Func<ServiceKey, Release, CancellationToken, Task<Kernel.Fault?>>? Verify { get; init; }

    /// <summary>What was shipped.</summary>
    public required RolloutHistory History { get; init; }

    /// <summary>How services were before and after.</summary>
    public required Baselines.BaselineBook Baselines { get; init; }

    /// <summary>What is being measured now.</summary>
    public required Baselines.BaselineDesk Measuring { get; init; }

    /// <summary>The ledger, for its own verbs and for events.</summary>
    public required ILedger Ledger { get; init; }

    /// <summary>Tokens, sessions, grants, and who may what.</summary>
    public required AccessDesk Access { get; init; }

    /// <summary>Knows bearers of another issuer's tokens; null for none.</summary>
    public IIdentityIssuer? Issuer { get; init; }

    /// <summary>Where the console is, such as <c>http://127.0.0.1:7070</c>; null without one.</summary>
    public required Func<string?> ConsoleAddress { get; init; }

    /// <summary>Runs of pipelines: whoever has a checkout starts one here.</summary>
    public required PipelineDesk Pipelines { get; init; }

    /// <summary>Starts them.</summary>
    internal Serve.PipelineStarter Starter { get; init; } = null!;

    /// <summary>Instances, for their logs.</summary>
    public required IWorkloads Workloads { get; init; }

    /// <summary>The configuration in force.</summary>
    public required IConfigurationInForce Configuration { get; init; }

    /// <summary>The configuration's file, to be looked at and replaced; null without one.</summary>
    public Serve.ConfigurationEditor? Editor { get; init; }

    /// <summary>Who is told of what.</summary>
    public required SubscriptionBook Subscriptions { get; init; }

    /// <summary>Where people's messages go.</summary>
    public required DestinationStore Destinations { get; init; }

    /// <summary>Where answers to requests with an idempotency key are kept; made when it is needed.</summary>
    public required string IdempotencyFolder { get; init; }

    /// <summary>Replaces a file of the data folder, whole or not at all, durably and for its owner only; says why not.</summary>
    public required Func<string, byte[], Fault?> KeepFile { get; init; }

    /// <summary>The engine's clock.</summary>
    public required EngineClock Clock { get; init; }

    /// <summary>The process.</summary>
    public required Func<ControlPlaneInfo> Describe { get; init; }

    /// <summary>The edge; null answers when there is none.</summary>
    public required Func<CancellationToken, Task<EdgeInfo?>> DescribeEdgeAsync { get; init; }

    /// <summary>Addresses at which the edge listens, such as <c>http://127.0.0.1:8080</c>.</summary>
    public required Func<IReadOnlyList<string>> EdgeAddresses { get; init; }

    /// <summary>Stops instances and edge, and then the control plane itself once the answer is sent.</summary>
    public required Func<Actor, CancellationToken, Task<DownInfo>> DownAsync { get; init; }

    /// <summary>Answers requests to Prometheus' HTTP API; null without a metrics engine.</summary>
    public Func<HttpContext, Task>? Metrics { get; init; }

    /// <summary>
    /// Evaluates a PromQL query from, to and at each step between, in milliseconds since 1970; null without a metrics engine. Throws
    /// <see cref="Fairway.Metrics.PromQl.Syntax.PromQlException"/> when it has no answer.
    /// </summary>
    public Func<string, long, long, long, CancellationToken, Task<QueryResult>>? QueryMetrics { get; init; }

    /// <summary>Reads the configuration again, and lets everything know that depends on it.</summary>
    public required Action Reload { get; init; }

    /// <summary>Told of errors that are ours.</summary>
    public required Action<Exception> Report { get; init; }

    /// <summary>What is pushed, fetched and told.</summary>
    public required SourceDesk Source { get; init; }

    /// <summary>Passwords of a few minutes for git clients of this machine's users.</summary>
    public required GitTickets Tickets { get; init; }

    /// <summary>Carries a request of git's own protocol: the call, the repository, the service (<c>git-upload-pack</c> or <c>git-receive-pack</c>).</summary>
    public required Func<ApiRequest, RepositorySettings, string, Task> Git { get; init; }

    /// <summary>Ends when the control plane does; streams end with it.</summary>
    public required CancellationToken Stopping { get; init; }
}

/// <summary>Which services there are, and how they are configured now.</summary>
public interface IConfigurationInForce
{
    /// <summary>Environments' names; the first is the default. Empty without a configuration.</summary>
    ImmutableArray<string> Environments { get; }

    /// <summary>Every service in every environment.</summary>
    ImmutableArray<ServiceSpec> Services { get; }

    /// <summary>The file; null without one.</summary>
    string? File { get; }

    /// <summary>Mistakes that keep a newer state of the file from being in force.</summary>
    ImmutableArray<string> Problems { get; }

    /// <summary>Who is told of what; null is nobody.</summary>
    NotificationSettings? Notifications => null;

    /// <summary>The environments' order, gates and modes; one without any for each where nothing is written.</summary>
    ImmutableArray<Environments.EnvironmentSettings> Settings => [.. Environments.Select(name => new Environments.EnvironmentSettings(name))];

    /// <summary>Freezes with dates.</summary>
    ImmutableArray<Gates.ConfiguredFreeze> Freezes => [];

    /// <summary>Services that are shipped as one.</summary>
    ImmutableArray<Groups.GroupSettings> Groups => [];

    /// <summary>Rules about what may be shipped.</summary>
    ImmutableArray<Policy.PolicyRule> Policies => [];

    /// <summary>Where a part of a service in an environment is written, such as <c>fairway.yaml:12</c>; null when that is not known.</summary>
    string? Place(string environment, string service, string path) => null;

    /// <summary>Repositories; null is none.</summary>
    SourceSettings? Source => null;

    /// <summary>Path of the offline OSV database that scans in pipelines read; null is none.</summary>
    string? Vulnerabilities => null;

    /// <summary>Pipelines for checkouts that bring none of their own.</summary>
    ImmutableArray<Pipelines.Pipeline> Pipelines => [];

    /// <summary>Reads the file again if it changed; a broken one changes nothing and leaves <see cref="Problems"/>.</summary>
    void Reload();
}
