using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Environments;

/// <summary>Where promotions happen, as configured at each moment.</summary>
public sealed record PromotionSources
{
    /// <summary>Environments in the order of the file.</summary>
    public required Func<ImmutableArray<EnvironmentSettings>> Environments { get; init; }

    /// <summary>How a service is configured in an environment; null when it is not there.</summary>
    public required Func<ServiceKey, ServiceSpec?> Service { get; init; }

    /// <summary>Names of all services.</summary>
    public required Func<ImmutableArray<string>> Services { get; init; }
}

/// <summary>
/// Takes releases from one environment to the next: by a person's word, and by itself where the file says so. It keeps nothing: what it looks at is in the
/// ledger and in the services' states, so it may be killed at any moment.
/// </summary>
public sealed class PromotionEngine(RolloutEngine rollouts, GateKeeper keeper, ReleaseCatalog releases, ILedger ledger, PromotionSources sources, EngineClock clock)
{
    private static readonly Duration LookEvery = Duration.FromSeconds(1);

    /// <summary>What keeps it from looking now; null when it looks.</summary>
    public Fault? Problem { get; private set; }

    /// <summary>The release that a person's promotion would take: the one named, or what serves where it comes from.</summary>
    /// <returns>The release, or why there is none.</returns>
    public async Task<(Release? Release, Why? Refused)> FindAsync(string service, string from, string to, Release? named, CancellationToken cancellation)
    {
        if (EnvironmentOrder.Refuse(sources.Environments(), from, to) is { } refused) return (null, refused);
        var source = new ServiceKey(from, service);
        var serving = rollouts.Find(source)?.Current.State.StableRelease;
        if ((named ?? serving) is not { } wanted) return (null, Why.Because("nothing-to-promote", "nothing serves in {environment}", ("environment", from)));
        if (await ledger.LoadAsync(ShippedProjection.Name, ShippedProjection.StayOf(source, wanted.Artifact), cancellation) is null)
            return (null, Why.Because("environment-skipped", "{version} has not served in {environment}, or was taken back there", ("version", wanted.Version), ("environment", from)));
        return (await releases.FindAsync(service, wanted.Digest, cancellation) ?? wanted, null);
    }

    /// <summary>Promotes by itself until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Problem = await LookAsync(cancellation);
            await Task.Delay(LookEvery.ToTimeSpan(), clock.Time, cancellation);
        }
    }

    // What is wrong with one service keeps no other from being promoted, and ends no loop.
    private async Task<Fault?> LookAsync(CancellationToken cancellation)
    {
        Fault? problem = null;
        foreach (var (target, service) in sources.Environments().Where(one => one.Promotion == PromotionMode.Auto).SelectMany(target => sources.Services().Select(service => (target, service))))
        {
            try
            {
                await PromoteAsync(target, service, cancellation);
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                problem ??= LoopFault.Of(error, $"{service} to {target.Name}");
            }
        }
        return problem;
    }

    /// <summary>Looks at one service in one environment, and promotes what is due.</summary>
    public async Task<Why> PromoteAsync(EnvironmentSettings target, string service, CancellationToken cancellation)
    {
        var key = new ServiceKey(target.Name, service);
        if (sources.Service(key) is not { } spec) return Why.Because("not-configured", "{service} is not in {environment}", ("service", service), ("environment", target.Name));
        var state = rollouts.Find(key)?.Current.State;
        ImmutableArray<Upstream> from = [.. target.After.Select(environment => Look(new(environment, service)))];
        var begun = from is [{ Serving: { } candidate }, ..]
            && await ledger.LoadAsync(ShippedProjection.Name, ShippedProjection.BegunOf(key, candidate.Digest), cancellation) is not null;
        var promotion = PromotionDecider.Decide(new(key, from, state?.StableRelease?.Digest, state is { Active: not null } or { Queued: not null }, _ => begun));
        if (promotion.Ship is not { } release) return promotion.Why;
        var whole = await releases.FindAsync(service, release.Digest, cancellation) ?? release;
        var request = new RolloutObservation.DeployRequested(whole.In(target.Name), spec, null, new("fairway", promotion.Why.Sentence), Automatic: true);
        var verdict = await keeper.AskAsync(GateQuestions.Of(key, request, GateMoment.DryRun), cancellation);
        if (verdict.Answer != GateAnswer.Allow) return verdict.Why;
        return (await rollouts.AskAsync(key, request, cancellation)).Why;
    }

    private Upstream Look(ServiceKey key)
    {
        var state = rollouts.Find(key)?.Current.State;
        return new(key.Environment, state?.StableRelease, state?.Active is null);
    }
}
