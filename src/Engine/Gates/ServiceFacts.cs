using System.Collections.Concurrent;
using Fairway.Catalog;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What a gate keeper looks at outside the ledger: files beside the configuration, counts in the metrics server, runs of pipelines.</summary>
public sealed record GateSurroundings
{
    /// <summary>When a file, named relative to the configuration file, was last written; null when it is not there.</summary>
    public required Func<string, Instant?> WrittenAt { get; init; }

    /// <summary>The present values of PromQL expressions, in their order.</summary>
    public required Func<ImmutableArray<string>, CancellationToken, Task<ImmutableArray<QueryAnswer>>> Metrics { get; init; }

    /// <summary>What a pipeline's run was made of; null when there is no such run, or it was of no commit.</summary>
    public required Func<string, CancellationToken, Task<ReleaseOrigin?>> Origin { get; init; }
}

/// <summary>Gathers what a service promises and how it keeps it. What costs a question is asked anew after a few seconds: gates are asked at every look.</summary>
internal sealed class ServiceFacts(GateSurroundings around, EngineClock clock)
{
    private static readonly Duration FreshFor = Duration.FromSeconds(10);
    private readonly ConcurrentDictionary<string, ReleaseOrigin> _origins = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ServiceKey, (Instant At, ImmutableArray<Objective> Of, ImmutableArray<ObjectiveFact> Facts)> _objectives = new();

    /// <summary>What is written of what to do when it is ill; null when nothing is.</summary>
    public RunbookFact? Runbook(ServiceSpec spec) => spec.Runbook is not { Length: > 0 } where ? null
        : new(where, (Uri.TryCreate(where, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") || around.WrittenAt(where) is not null);

    /// <summary>What is known of its backups; null when it promises none.</summary>
    public BackupFact? Backup(ServiceSpec spec) => spec.Backup is { } promise ? new(promise, around.WrittenAt(promise.Proof)) : null;

    /// <summary>How its objectives are.</summary>
    public async Task<ImmutableArray<ObjectiveFact>> ObjectivesAsync(ServiceSpec spec, CancellationToken cancellation)
    {
        if (spec.Objectives is not { IsEmpty: false } objectives) return [];
        var now = clock.Now;
        if (_objectives.TryGetValue(spec.Key, out var known) && known.Of.SequenceEqual(objectives) && now - known.At < FreshFor) return known.Facts;
        var answers = await around.Metrics([.. objectives.SelectMany(one => new[] { one.Good, one.Total })], cancellation);
        ImmutableArray<ObjectiveFact> facts = [.. objectives.Select((one, i) => Of(one, answers[2 * i], answers[(2 * i) + 1]))];
        _objectives[spec.Key] = (now, objectives, facts);
        return facts;
    }

    /// <summary>What an artifact was built from, by the run that attested it; null when none of ours did.</summary>
    public async Task<ReleaseOrigin?> OriginAsync(ImmutableArray<Attestation> attested, CancellationToken cancellation)
    {
        if (attested.LastOrDefault(one => one.Run is not null)?.Run is not { } run) return null;
        if (_origins.TryGetValue(run, out var known)) return known;
        if (await around.Origin(run, cancellation) is not { } origin) return null;
        return _origins[run] = origin;
    }

    // An expression without a value has counted nothing.
    private static ObjectiveFact Of(Objective objective, QueryAnswer good, QueryAnswer total)
        => (good.Fault ?? total.Fault) is { } fault ? new(objective, null, null, fault.Message) : new(objective, good.Value ?? 0, total.Value ?? 0, null);
}
