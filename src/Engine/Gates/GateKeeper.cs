using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Environments;
using Fairway.Kernel;
using Fairway.Policy;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Gates;

/// <summary>What a gate keeper must be told of the program around it.</summary>
public sealed record GateSources
{
    /// <summary>An environment's settings as configured now; null when there is no such environment.</summary>
    public required Func<string, EnvironmentSettings?> Environment { get; init; }

    /// <summary>Every environment's name.</summary>
    public required Func<ImmutableArray<string>> Environments { get; init; }

    /// <summary>Freezes of the file.</summary>
    public required Func<ImmutableArray<ConfiguredFreeze>> Freezes { get; init; }

    /// <summary>Rules about what may be shipped, of the file.</summary>
    public Func<ImmutableArray<PolicyRule>> Policies { get; init; } = () => [];

    /// <summary>Looks at a release's migrations; null where there is no way to a database.</summary>
    public Migrations.MigrationDesk? Migrations { get; init; }

    /// <summary>How a service is configured in an environment now; null when it is not there.</summary>
    public Func<ServiceKey, ServiceSpec?> Service { get; init; } = _ => null;

    /// <summary>What is looked at outside the ledger; null where nothing is.</summary>
    public GateSurroundings? Around { get; init; }

    /// <summary>Verifies where an artifact comes from; null where there are no keys to do it with.</summary>
    public Func<string, CancellationToken, Task<ProvenanceVerdict>>? Provenance { get; init; }

    /// <summary>What a service's loop knows; null when it was never deployed there.</summary>
    public required Func<ServiceKey, ServiceSnapshot?> Snapshot { get; init; }
}

/// <summary>Asks the gates: gathers what is, lets Core decide, and keeps what was refused.</summary>
public sealed class GateKeeper(ILedger ledger, IArtifacts artifacts, EngineClock clock, GateSources sources)
{
    private readonly ServiceFacts? _services = sources.Around is { } around ? new(around, clock) : null;
    private volatile CompiledPolicies? _policies;

    /// <summary>The answer for a release at this moment. A refused request is recorded.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read or written: nothing may pass.</exception>
    public async Task<GateVerdict> AskAsync(GateRequest request, CancellationToken cancellation)
    {
        var settings = SettingsOf(request.Key);
        if (request.Moment == GateMoment.Traffic && !settings.BeforeTraffic) return new(request.Key, request.Release, request.Version, request.Moment, GateAnswer.Allow, []);
        var facts = await FactsAsync(request, settings, cancellation);
        var now = clock.Now;
        var verdict = GateDecider.Decide(request, settings, facts, now, Policies());
        if (verdict.Answer == GateAnswer.Deny && request is { Moment: GateMoment.Request, Automatic: false })
        {
            var refused = new GateEvent.Refused(verdict, new(request.By), now);
            await Ledger.UnorderedAppend.AppendAlwaysAsync(ledger, GateRecord.StreamOf(request.Key), GateEventCodec.Write(refused), cancellation);
        }
        return verdict;
    }

    /// <summary>An environment's rules now; one without any lets everything pass.</summary>
    public GateSettings SettingsOf(ServiceKey key) => sources.Environment(key.Environment)?.Gate ?? GateSettings.Open;

    /// <summary>Everything that the rules look at.</summary>
    public async Task<GateFacts> FactsAsync(GateRequest request, GateSettings settings, CancellationToken cancellation)
    {
        var record = await GatesProjection.LoadAsync(ledger, request.Key, cancellation);
        var state = sources.Snapshot(request.Key);
        var attested = await new AttestationBook(ledger).ListAsync(request.Artifact, cancellation);
        var release = await ledger.LoadAsync(ReleasesProjection.Name, ReleasesProjection.KeyOf(request.Key.Service, request.Release), cancellation) is { } document
            ? FairwayJson.Read<Release>(document) : null;
        var earlier = ImmutableArray.CreateBuilder<EarlierStay>();
        foreach (var environment in settings.After)
            if (await ledger.LoadAsync(ShippedProjection.Name, ShippedProjection.StayOf(new(environment, request.Key.Service), request.Artifact), cancellation) is { } stay)
                earlier.Add(FairwayJson.Read<EarlierStay>(stay));
        var spec = sources.Service(request.Key);
        var policies = Policies();
        var asksObjectives = settings.Checklist.Objectives != CheckWeight.Off || policies is not null;
        var origin = _services is { } known && policies is not null ? await known.OriginAsync(attested, cancellation) : null;
        return new()
        {
            Runbook = spec is not null ? _services?.Runbook(spec) : null,
            Backup = spec is not null ? _services?.Backup(spec) : null,
            Alerts = _services is { } watched && settings.Checklist.Alerts != CheckWeight.Off ? await watched.AlertsAsync(request.Key, cancellation) : null,
            Objectives = spec is not null && _services is { } services && asksObjectives
                ? await services.ObjectivesAsync(spec, burn: policies?.Reads("budget.burnRate") ?? false, cancellation) : [],
            Origin = origin,
            Change = policies?.Reads("change") == true ? await ChangeAsync(request.Key, origin, release, state?.State.StableRelease, cancellation) : null,
            Service = record.Attested,
            Queue = QueueOf(request.Key, state),
            Authors = release?.Maker is { } maker ? [maker] : [],
            MadeAt = release?.CreatedAt,
            Place = PlaceOf(request.Key.Environment),
            Approvals = record.Approvals,
            Overrides = record.Overrides,
            Freezes = [.. (await FreezesAsync(cancellation)).Where(freeze => freeze.Concerns(request.Key))],
            Rejections = [.. sources.Environments().Select(environment => RejectedIn(request, environment)).OfType<RejectedIn>()],
            Earlier = earlier.ToImmutable(),
            Attested = [.. attested.Select(one => new AttestedFact(one.Kind, one.Passed, one.Summary, one.At) { By = one.By, Numbers = one.Numbers })],
            Provenance = settings.Checklist.Provenance != CheckWeight.Off || attested.Any(one => one.Kind == AttestationKinds.Provenance)
                ? await ProvenanceAsync(request.Artifact, cancellation) : null,
            Serving = await ServingAsync(state, cancellation),
            Migrations = settings.Checklist.Migrations != CheckWeight.Off && release is not null && sources.Migrations is { } migrations
                ? await migrations.FactAsync(request.Key, release, state?.State, cancellation) : null,
            OtherSince = state?.State.Rollout is { } rollout && rollout.Release.Digest != request.Release ? rollout.StartedAt : null,
        };
    }

    /// <summary>Freezes of the file and of people, also those to come.</summary>
    public async Task<ImmutableArray<Freeze>> FreezesAsync(CancellationToken cancellation)
        => [.. sources.Freezes().Select(freeze => freeze.Resolve()),
            .. (await ledger.ListAsync(FreezesProjection.Name, "", cancellation)).Select(row => FairwayJson.Read<Freeze>(row.Value))];

    private async Task<ChangeFact> ChangeAsync(ServiceKey key, ReleaseOrigin? origin, Release? release, Release? serving, CancellationToken cancellation)
    {
        var before = serving is not null && origin is not null
            ? await _services!.OriginAsync(await new AttestationBook(ledger).ListAsync(serving.Artifact, cancellation), cancellation) : null;
        return new(
            before is not null ? await _services!.BetweenAsync(before, origin, cancellation) : null,
            release is not null && sources.Migrations is { } migrations ? await migrations.NewAsync(key, release, serving, cancellation) : null);
    }

    // Compiled once for each state of the file: the array is another one then.
    private PolicySet? Policies()
    {
        var rules = sources.Policies();
        if (rules.IsEmpty) return null;
        if (_policies is not { } known || known.Rules != rules) _policies = known = new(rules, PolicySet.Compile(rules).Set);
        return known.Set;
    }

    private QueueFact? QueueOf(ServiceKey key, ServiceSnapshot? snapshot) => sources.Environment(key.Environment) is not { } settings ? null
        : new(settings.Queue.ToString().ToLowerInvariant(), snapshot is { State: var state } ? (state.Queued is null ? 0 : 1) + state.Behind.Length : 0, snapshot?.State.Active is not null);

    private EnvironmentPlace PlaceOf(string environment)
    {
        var all = sources.Environments();
        return new(Math.Max(0, all.IndexOf(environment)), sources.Environment(environment)?.After is [var before, ..] ? before : null,
            sources.Environment(environment)?.Ephemeral ?? false);
    }

    private async Task<ProvenanceFact?> ProvenanceAsync(string artifact, CancellationToken cancellation)
        => sources.Provenance is { } verify && await verify(artifact, cancellation) is var verdict ? new(verdict.Trusted, verdict.Why) { IsAbsent = verdict.IsAbsent } : null;

    private RejectedIn? RejectedIn(GateRequest request, string environment)
        => sources.Snapshot(new(environment, request.Key.Service)) is { } there && there.State.Rejected.TryGetValue(request.Release, out var rejection)
            ? new(environment, rejection.Why) : null;

    private async Task<ServingFact?> ServingAsync(ServiceSnapshot? snapshot, CancellationToken cancellation)
    {
        if (snapshot is not { State: { Stable: { } stable, StableRelease: { } release } state }) return null;
        var ready = snapshot.World?.Instances.Count(one => one.Slot == stable && one.Release == release.Digest && one.Phase == Workloads.InstancePhase.Ready) ?? 0;
        return new(release.Version, ready, state[stable].Instances, await artifacts.ExistsAsync(release.Artifact, cancellation));
    }

    private sealed record CompiledPolicies(ImmutableArray<PolicyRule> Rules, PolicySet Set);
}
