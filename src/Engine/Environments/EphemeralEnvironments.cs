using Fairway.Access;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Environments;

/// <summary>Environments made for a time, by their names.</summary>
public sealed class EnvironmentsProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "environments";

    /// <inheritdoc/>
    public string Collection => Name;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (!record.Stream.StartsWith(EnvironmentEvent.StreamPrefix, StringComparison.Ordinal) || EnvironmentEvent.Read(record) is not { } happened) yield break;
        var name = record.Stream[EnvironmentEvent.StreamPrefix.Length..];
        var state = load(name) is { } document ? FairwayJson.Read<EphemeralEnvironment>(document) : null;
        yield return new(name, EnvironmentEvent.Apply(state, happened, record.Version) is { } next ? FairwayJson.Write(next) : null);
    }
}

/// <summary>
/// Makes environments for a time, and tears them down surely: first the place is freed and nothing new gets in, then each service that the ledger knows there is
/// retired, again and again until none is left. What is to be done is read from the ledger, so that a kill at any moment is only a delay.
/// </summary>
public sealed class EphemeralEnvironments(
    ILedger ledger, RolloutEngine rollouts, Func<ImmutableArray<EnvironmentSettings>> configured, Func<ImmutableArray<ServiceSpec>> lasting, EngineClock clock) : IDisposable
{
    private static readonly Duration LookEvery = Duration.FromSeconds(1);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile ImmutableSortedDictionary<string, EphemeralEnvironment> _all = ImmutableSortedDictionary<string, EphemeralEnvironment>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>What keeps it from looking now; null when it looks.</summary>
    public Fault? Problem { get; private set; }

    /// <summary>All of them, also those being torn down.</summary>
    public ImmutableArray<EphemeralEnvironment> All => [.. _all.Values];

    /// <summary>The services of the file, in every environment of it.</summary>
    public ImmutableArray<ServiceSpec> Lasting => lasting();

    /// <summary>The services of the living ones: copies, whose hosts begin with the environment's name.</summary>
    public ImmutableArray<ServiceSpec> Services
        => [.. _all.Values.Where(one => one.EndingSince is null).SelectMany(one => lasting().Where(spec => spec.Key.Environment == one.From).Select(spec => Copy(spec, one.Name)))];

    /// <summary>Reads which there are.</summary>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        var rows = await ledger.ListAsync(EnvironmentsProjection.Name, "", cancellation);
        _all = rows.Select(row => FairwayJson.Read<EphemeralEnvironment>(row.Value)).ToImmutableSortedDictionary(one => one.Name, one => one, StringComparer.Ordinal);
    }

    /// <summary>A release as it runs in an environment: one made for a time runs it as the one it was made from.</summary>
    public Release For(Release release, string environment) => release.In(_all.GetValueOrDefault(environment)?.From ?? environment);

    /// <summary>Makes one.</summary>
    public async Task<EnvironmentDecision> CreateAsync(Standing by, string name, string from, Duration? life, string? reason, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var decision = EphemeralDecider.Create(by, name, from, life, reason, configured(), All, clock.Now);
            if (decision.Event is { } happened) await AppendAsync(name, happened, cancellation);
            return decision;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends one before its time.</summary>
    public async Task<EnvironmentDecision> EndAsync(string by, string name, string? reason, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var decision = EphemeralDecider.End(_all.GetValueOrDefault(name), name, by, reason, clock.Now);
            if (decision.Event is { } happened) await AppendAsync(name, happened, cancellation);
            return decision;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends what is over and tears down what was ended, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Fault? problem = null;
            foreach (var one in All)
            {
                try
                {
                    await LookAsync(one, cancellation);
                }
                catch (Exception error) when (!cancellation.IsCancellationRequested)
                {
                    // What is wrong with one keeps no other from being torn down, and ends no loop.
                    problem ??= LoopFault.Of(error, one.Name);
                }
            }
            Problem = problem;
            await Task.Delay(LookEvery.ToTimeSpan(), clock.Time, cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task LookAsync(EphemeralEnvironment one, CancellationToken cancellation)
    {
        if (one.EndingSince is null)
        {
            if (one.Until <= clock.Now) await EndAsync("fairway", one.Name, "its time is over", cancellation);
            return;
        }
        var left = false;
        foreach (var key in rollouts.Services.Where(key => key.Environment == one.Name))
        {
            if (rollouts.Find(key)?.Current is not { } now || now.LookedAt is null || !IsGone(now)) left = true;
            if (rollouts.Find(key)?.Current.State is { Retiring: false, Version: > 0 } state && !IsEmpty(state))
                await rollouts.AskAsync(key, new RolloutObservation.Commanded(RolloutCommand.Retire, new("fairway", $"{one.Name} ends")), cancellation);
        }
        if (left) return;
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_all.GetValueOrDefault(one.Name)?.Version == one.Version) await AppendAsync(one.Name, new EnvironmentEvent.Gone(Deed.OfFairway, clock.Now), cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static bool IsGone(ServiceSnapshot now) => IsEmpty(now.State) && !now.State.Retiring && now.World is { Instances.IsEmpty: true };

    private static bool IsEmpty(ServiceState state)
        => state is { Active: null, Queued: null, Stable: null, A.Instances: 0, B.Instances: 0 } && state.Outbox.IsEmpty && state.Routes is null or { Arms.IsEmpty: true };

    private async Task AppendAsync(string name, EnvironmentEvent happened, CancellationToken cancellation)
    {
        var stream = EnvironmentEvent.StreamPrefix + name;
        var newest = await ledger.SearchAsync(new() { Stream = stream, Limit = 1 }, cancellation);
        var version = newest.Records is [var last] ? last.Version : 0;
        var result = await ledger.AppendAsync(stream, version, [EnvironmentEvent.Write(happened)], cancellation);
        Invariant.Check(result.Done, $"{stream} moved on without this control plane");
        _all = EnvironmentEvent.Apply(_all.GetValueOrDefault(name), happened, version + 1) is { } next ? _all.SetItem(name, next) : _all.Remove(name);
    }

    private static ServiceSpec Copy(ServiceSpec spec, string name) => spec with
    {
        Key = spec.Key with { Environment = name },
        Routes = [.. spec.Routes.Select(route => route with { Host = route.Host is { } host ? $"{name}.{host}" : $"{name}.localhost" })],
    };
}
