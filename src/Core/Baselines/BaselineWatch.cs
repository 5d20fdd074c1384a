using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Baselines;

/// <summary>
/// Watches one service: measures the stable release while nothing is rolled out, and each candidate that gets traffic. A pure fold over looks; held by who looks, and
/// what must outlive them is in <see cref="PendingComparison"/>. It decides nothing about a rollout.
/// </summary>
public sealed record BaselineWatch
{
    // A rollout that was over before anybody here looked was measured by nobody.
    private static readonly Duration LongOver = Duration.FromMinutes(10);

    /// <summary>The rollout that is being compared; null when none is.</summary>
    public PendingComparison? Pending { get; init; }

    // Number of the last rollout that is done with.
    private int Over { get; init; }

    // The stable release while no candidate has traffic.
    private WindowMeter? Calm { get; init; }

    // The candidate's counts before its first traffic, which are of the preview.
    private WindowMeter? Ahead { get; init; }

    private MeterStart Next { get; init; } = MeterStart.ControlPlane;

    /// <summary>Goes on with a comparison that an earlier control plane began.</summary>
    public static BaselineWatch Resume(BaselineEvent.BeforeMeasured opened) => new() { Pending = new() { Opened = opened, IsOpen = true, IsResumed = true } };

    /// <summary>One more look. When <see cref="Pending"/> is due after it, that is settled first, and then it is looked again.</summary>
    /// <param name="state">The service.</param>
    /// <param name="world">As last seen.</param>
    /// <param name="usage">Usage of its instances, when it was measured.</param>
    /// <param name="at">When the world was seen.</param>
    public BaselineWatch Look(ServiceState state, WorldView world, UsageLook? usage, Instant at)
    {
        var watch = this;
        if (state.Rollout is { Step: >= 0 } touched && state.RolloutCount > Math.Max(Over, Pending?.Number ?? 0))
        {
            if (Pending is not null) return this with { Pending = Pending.Supersede(state, at) };
            watch = touched.EndedAt is { } ended && at - ended > LongOver ? this with { Over = state.RolloutCount } : Open(state, touched, world, at);
        }
        return (watch with { Pending = watch.Pending?.Look(state, world, usage, at) }).Quiet(state, world, usage, at);
    }

    /// <summary>The window before is in the ledger.</summary>
    /// <param name="opened">As it stands there; perhaps that of an earlier control plane.</param>
    public BaselineWatch Opened(BaselineEvent.BeforeMeasured opened) => this with { Pending = Pending! with { Opened = opened, IsOpen = true } };

    /// <summary>The comparison is in the ledger.</summary>
    public BaselineWatch Settled() => this with { Pending = null, Over = Math.Max(Over, Pending?.Number ?? 0) };

    private BaselineWatch Open(ServiceState state, Rollout rollout, WorldView world, Instant at)
    {
        var metrics = rollout.Service.Rollout.Judge?.Metrics ?? [];
        var before = rollout.Previous is { } previous && Calm?.Release == previous.Digest ? Calm.Measure(metrics, null) : null;
        if (before is not null && Calm!.Start is var start && before.Length < WindowMeter.Longest - Duration.FromMinutes(1))
            before = before with { Short = Why.Because("window-short", "{length} only: {reason}", ("length", BaselineWords.Time(before.Length)), ("reason", start switch
            {
                MeterStart.ControlPlane => "the control plane had begun then",
                MeterStart.Gap => "before that it was not seen for a while",
                _ => "the rollout before had ended then",
            })) };
        var arm = Ahead?.Release == rollout.Release.Digest ? Ahead
            : world.Edge is { } edge ? WindowMeter.Begin(rollout.Release.Digest, Calm is null ? MeterStart.ControlPlane : MeterStart.Traffic, world, edge, at) : null;
        var opened = new BaselineEvent.BeforeMeasured(
            rollout.Id, state.RolloutCount, ComparedRelease.Of(rollout.Release), rollout.Previous is { } stable ? ComparedRelease.Of(stable) : null, rollout.IsRollback, before,
            Explain(rollout.Previous, before), at);
        return this with { Pending = new() { Opened = opened, Metrics = metrics, Arm = arm }, Calm = null, Next = MeterStart.RolloutEnded };
    }

    private Why Explain(Release? stable, MeasuredWindow? before) => (stable, before) switch
    {
        (null, _) => Why.Because("first-release", "there was no release before"),
        (_, { } window) => Why.Because("before-measured", "{version} was measured for {length} before traffic shifted", ("version", stable.Version), ("length", BaselineWords.Time(window.Length))),
        _ => Why.Because("before-missed", "{version} was not measured before: {reason}", ("version", stable.Version),
            ("reason", Calm is null ? "the control plane had only just begun, or the edge did not answer" : "it had only just begun to serve")),
    };

    private BaselineWatch Quiet(ServiceState state, WorldView world, UsageLook? usage, Instant at)
    {
        if (state.Active is { Step: >= 0 }) return this with { Calm = null, Ahead = null, Next = MeterStart.RolloutEnded };
        if (state.StableRelease is not { } stable) return (this with { Calm = null }).WithAhead(state, world, at);
        if (Calm?.Release == stable.Digest) return (this with { Calm = Calm.Look(world, usage, at) }).WithAhead(state, world, at);
        return world.Edge is not { } edge ? this with { Calm = null }
            : (this with { Calm = WindowMeter.Begin(stable.Digest, Next, world, edge, at), Next = MeterStart.RolloutEnded }).WithAhead(state, world, at);
    }

    private BaselineWatch WithAhead(ServiceState state, WorldView world, Instant at) => this with
    {
        Ahead = state.Active is { Phase: not RolloutPhase.Preparing } active && world.Edge is { } edge ? WindowMeter.Begin(active.Release.Digest, MeterStart.Traffic, world, edge, at) : null,
    };
}
