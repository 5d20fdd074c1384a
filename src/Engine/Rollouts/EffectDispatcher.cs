using System.Collections.Concurrent;
using System.Globalization;
using Fairway.Catalog;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Hands one service's effects to the ports, each at once and beside the others, and reports how each ended.</summary>
/// <param name="key">Whose effects.</param>
/// <param name="ports">Where they go.</param>
/// <param name="settings">How long they may take.</param>
/// <param name="time">For the deadlines.</param>
/// <param name="settled">Told each outcome, once per <see cref="Start"/>.</param>
internal sealed class EffectDispatcher(
    ServiceKey key, EnginePorts ports, EngineSettings settings, TimeProvider time, Func<long, EffectOutcome, CancellationToken, ValueTask> settled)
{
    private readonly Dictionary<long, Task> _inFlight = [];
    private readonly ConcurrentDictionary<long, CancellationTokenSource> _migrating = new();

    /// <summary>Sends an effect, unless it is on its way.</summary>
    public void Start(RolloutEffect effect, CancellationToken cancellation)
    {
        if (_inFlight.ContainsKey(effect.Id)) return;
        // Entered first: a port that answers at once must find it.
        _inFlight.Add(effect.Id, Task.CompletedTask);
        _inFlight[effect.Id] = effect is RolloutEffect.Migrate ? MigrateAsync(effect, cancellation) : RunAsync(effect, cancellation);
    }

    /// <summary>A migration that nobody waits for any more is given up: what it has not committed is undone by its database.</summary>
    public void GiveUp(Func<long, bool> isAwaited)
    {
        foreach (var (id, stop) in _migrating)
            if (!isAwaited(id)) stop.Cancel();
    }

    /// <summary>The outcome was taken in: the id may be sent again.</summary>
    public void Forget(long id) => _inFlight.Remove(id);

    /// <summary>Waits until every port has let go; after a cancellation.</summary>
    public Task DrainAsync() => Task.WhenAll(_inFlight.Values);

    private async Task MigrateAsync(RolloutEffect effect, CancellationToken cancellation)
    {
        // Not disposed: the loop may give it up at the moment it ends.
        var stop = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, cancellation);
        _migrating[effect.Id] = stop;
        try
        {
            await RunAsync(effect, either.Token);
            if (stop.IsCancellationRequested)
                await settled(effect.Id, new(new Fault(FaultKind.Failed, Blame.Platform, Retryable: true, "given up")), cancellation);
        }
        catch (OperationCanceledException)
        {
            // The engine ends.
        }
        finally
        {
            _migrating.TryRemove(effect.Id, out _);
        }
    }

    private async Task RunAsync(RolloutEffect effect, CancellationToken cancellation)
    {
        var limit = LimitOf(effect);
        using var deadline = new CancellationTokenSource(limit.ToTimeSpan(), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        EffectOutcome outcome;
        try
        {
            outcome = await SendAsync(effect, either.Token);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        catch (OperationCanceledException)
        {
            outcome = new(new Fault(
                FaultKind.Timeout, Blame.Platform, Retryable: true,
                string.Create(CultureInfo.InvariantCulture, $"no answer within {limit.TotalSeconds:0.#} s to: {EffectText.Of(effect)}")));
        }
        catch (Exception error)
        {
            // Ports return their faults; what they throw is an error of ours, and the rollout must still end.
            outcome = new(new Fault(FaultKind.Failed, Blame.Fairway, Retryable: true, $"{error.GetType().Name} while doing: {EffectText.Of(effect)}: {error.Message}"));
        }
        try
        {
            await settled(effect.Id, outcome, cancellation);
        }
        catch (OperationCanceledException)
        {
            // The engine ends; the effect stays in the outbox and is sent again by the next one.
        }
    }

    private async Task<EffectOutcome> SendAsync(RolloutEffect effect, CancellationToken cancellation) => effect switch
    {
        RolloutEffect.PrepareRelease prepare => new(await PrepareAsync(prepare.Release, cancellation)),
        RolloutEffect.SetInstances instances => new(await ports.Workloads.ApplyAsync(key, instances, cancellation)),
        RolloutEffect.SetRoutes routes => new(await ports.Traffic.ApplyAsync(key, routes, cancellation)),
        RolloutEffect.RunHook hook => await ports.Hooks.RunAsync(key, hook, cancellation),
        RolloutEffect.Migrate migrate => await MigrationStages.RunAsync(key, migrate, ports, cancellation),
        RolloutEffect.Verify verify => await CheckRuns.RunAsync(key, verify, ports, time, cancellation),
        _ => throw new System.Diagnostics.UnreachableException(effect.GetType().Name),
    };

    private async Task<Fault?> PrepareAsync(Release release, CancellationToken cancellation)
        => await ports.Artifacts.PrepareAsync(release, cancellation) ?? (ports.Verify is { } verify ? await verify(key, release, cancellation) : null);

    private Duration LimitOf(RolloutEffect effect) => effect switch
    {
        RolloutEffect.PrepareRelease => settings.PrepareTimeout,
        RolloutEffect.RunHook hook => hook.Spec.Timeout + settings.HookSlack,
        RolloutEffect.Verify verify => verify.Limit + settings.HookSlack,
        RolloutEffect.Migrate migrate => Migrating.LimitOf(migrate.Database, migrate.Stage) + settings.HookSlack,
        _ => settings.ApplyTimeout,
    };
}
