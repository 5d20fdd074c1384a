using System.Collections.Concurrent;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using Fairway.Source;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What a gate keeper looks at outside the ledger: files beside the configuration, counts in the metrics server, runs of pipelines.</summary>
public sealed record GateSurroundings
{
    /// <summary>When a file, named relative to the configuration file, was last written; null when it is not there.</summary>
    public required Func<string, Instant?> WrittenAt { get; init; }

    /// <summary>The present values of PromQL expressions, in their order.</summary>
    public required Func<ImmutableArray<string>, CancellationToken, Task<ImmutableArray<QueryAnswer>>> Metrics { get; init; }

    /// <summary>The alerting rules there; or why they cannot be known.</summary>
    public required Func<CancellationToken, Task<(ImmutableArray<AlertingRule> Rules, Fault? Fault)>> Alerts { get; init; }

    /// <summary>What lies between two commits of a repository; null when that is not known.</summary>
    public required Func<string, string, string, CancellationToken, Task<CommitRange?>> Between { get; init; }

    /// <summary>What a pipeline's run was made of; null when there is no such run, or it was of no commit.</summary>
    public required Func<string, CancellationToken, Task<ReleaseOrigin?>> Origin { get; init; }
}

/// <summary>Gathers what a service promises and how it keeps it. What costs a question is asked anew after a few seconds: gates are asked at every look.</summary>
internal sealed class ServiceFacts(GateSurroundings around, EngineClock clock)
{
    private const int MostKnown = 256;
    private static readonly Duration FreshFor = Duration.FromSeconds(10);
    private static readonly Duration UnknownFor = Duration.FromMinutes(1);
    private static readonly Duration Burning = Duration.FromHours(1);
    private readonly ConcurrentDictionary<string, ReleaseOrigin> _origins = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(ServiceKey Key, bool Burn), (Instant At, ImmutableArray<Objective> Of, ImmutableArray<ObjectiveFact> Facts)> _objectives = new();
    private readonly ConcurrentDictionary<(string Repository, string From, string To), (Instant At, CommitRange? Range)> _ranges = new();
    private volatile AlertsSeen? _alerts;

    /// <summary>What is written of what to do when it is ill; null when nothing is.</summary>
    public RunbookFact? Runbook(ServiceSpec spec) => spec.Runbook is not { Length: > 0 } where ? null
        : new(where, (Uri.TryCreate(where, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") || around.WrittenAt(where) is not null);

    /// <summary>What is known of its backups; null when it promises none.</summary>
    public BackupFact? Backup(ServiceSpec spec) => spec.Backup is { } promise ? new(promise, promise.Proof is { } proof ? around.WrittenAt(proof) : null) : null;

    /// <summary>Which alerts there are for a service.</summary>
    public async Task<AlertsFact> AlertsAsync(ServiceKey key, CancellationToken cancellation)
    {
        var now = clock.Now;
        if (_alerts is not { } known || now - known.At >= FreshFor)
        {
            var (rules, fault) = await around.Alerts(cancellation);
            _alerts = known = new(now, rules, fault);
        }
        return known.Fault is { } problem ? new([], 0, problem.Message)
            : new([.. known.Rules.Where(rule => AlertSubjects.SpeaksOf(rule, key)).Select(rule => rule.Name).Distinct(StringComparer.Ordinal)], known.Rules.Length, null);
    }

    /// <summary>How its objectives are.</summary>
    /// <param name="spec">The service.</param>
    /// <param name="burn">Whether it is asked how fast their budgets are spent.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<ImmutableArray<ObjectiveFact>> ObjectivesAsync(ServiceSpec spec, bool burn, CancellationToken cancellation)
    {
        if (spec.Objectives is not { IsEmpty: false } objectives) return [];
        var now = clock.Now;
        if (_objectives.TryGetValue((spec.Key, burn), out var known) && known.Of.SequenceEqual(objectives) && now - known.At < FreshFor) return known.Facts;
        ImmutableArray<(string Good, string Total)?> recent = [.. objectives.Select(one => burn ? Recent(one) : null)];
        ImmutableArray<string> lasting = [.. objectives.SelectMany(one => new[] { one.Good, one.Total })];
        var answers = await around.Metrics([.. lasting, .. recent.OfType<(string Good, string Total)>().SelectMany(one => new[] { one.Good, one.Total })], cancellation);
        var facts = ImmutableArray.CreateBuilder<ObjectiveFact>(objectives.Length);
        for (var (i, at) = (0, lasting.Length); i < objectives.Length; i++)
        {
            var fact = Of(objectives[i], answers[2 * i], answers[(2 * i) + 1]);
            if (recent[i] is not null)
            {
                var (good, total) = (answers[at++], answers[at++]);
                if (good.Fault is null && total.Fault is null) fact = fact with { BurnRate = objectives[i].BurnRate(good.Value ?? 0, total.Value ?? 0) };
            }
            facts.Add(fact);
        }
        var all = facts.MoveToImmutable();
        _objectives[(spec.Key, burn)] = (now, objectives, all);
        return all;
    }

    /// <summary>What the commits between what serves and a release say; null when one of both is not known, or they are of different repositories.</summary>
    public async Task<CommitRange?> BetweenAsync(ReleaseOrigin? serving, ReleaseOrigin? release, CancellationToken cancellation)
    {
        if (serving is null || release is null || serving.Repository != release.Repository) return null;
        var (now, pair) = (clock.Now, (release.Repository, serving.Commit, release.Commit));
        // What lies between two commits never changes; what could not be read may be readable soon.
        if (_ranges.TryGetValue(pair, out var known) && (known.Range is not null || now - known.At < UnknownFor)) return known.Range;
        var range = await around.Between(release.Repository, serving.Commit, release.Commit, cancellation);
        if (_ranges.Count >= MostKnown) _ranges.Clear();
        _ranges[pair] = (now, range);
        return range;
    }

    /// <summary>What an artifact was built from, by the run that attested it; null when none of ours did.</summary>
    public async Task<ReleaseOrigin?> OriginAsync(ImmutableArray<Attestation> attested, CancellationToken cancellation)
    {
        // Provenance names the run that built it; other runs only looked at it.
        if ((attested.LastOrDefault(one => one is { Kind: AttestationKinds.Provenance, Run: not null }) ?? attested.LastOrDefault(one => one.Run is not null))?.Run is not { } run) return null;
        if (_origins.TryGetValue(run, out var known)) return known;
        if (await around.Origin(run, cancellation) is not { } origin) return null;
        if (_origins.Count >= MostKnown) _origins.Clear();
        return _origins[run] = origin;
    }

    // The same counts over the last hour, where the expressions say over which time they count.
    private static (string Good, string Total)? Recent(Objective objective)
    {
        var (window, hour) = (objective.Window.TotalSeconds, Math.Min(objective.Window.TotalSeconds, Burning.TotalSeconds));
        return PromQlTree.Over(objective.Good, window, hour) is { } good && PromQlTree.Over(objective.Total, window, hour) is { } total ? (good, total) : null;
    }

    // An expression without a value has counted nothing.
    private static ObjectiveFact Of(Objective objective, QueryAnswer good, QueryAnswer total)
        => (good.Fault ?? total.Fault) is { } fault ? new(objective, null, null, fault.Message) : new(objective, good.Value ?? 0, total.Value ?? 0, null);

    private sealed record AlertsSeen(Instant At, ImmutableArray<AlertingRule> Rules, Fault? Fault);
}
