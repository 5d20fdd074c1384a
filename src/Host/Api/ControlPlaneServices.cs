using Fairway.Access;
using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Metrics.PromQl;
using Fairway.Notifications;
using Fairway.Pipelines;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using Microsoft.AspNetCore.Http;

namespace Fairway.Api;

/// <summary>What the endpoints ask and command: the engine's queries and commands, and the process's own affairs as functions.</summary>
public sealed record ControlPlaneServices
{
    /// <summary>Loops.</summary>
    public required RolloutEngine Engine { get; init; }

    /// <summary>Releases.</summary>
    public required ReleaseCatalog Releases { get; init; }

    /// <summary>What was found out about artifacts.</summary>
    public required AttestationBook Attestations { get; init; }

    /// <summary>What was shipped.</summary>
    public required RolloutHistory History { get; init; }

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

    /// <summary>Reads the file again if it changed; a broken one changes nothing and leaves <see cref="Problems"/>.</summary>
    void Reload();
}
