using Fairway.Catalog;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Adapters.InMemory;

/// <summary>How a hook's command behaves.</summary>
/// <param name="Takes">How long it runs.</param>
/// <param name="Outcome">How it ends.</param>
public sealed record InMemoryHook(Duration Takes, EffectOutcome Outcome)
{
    /// <summary>It goes on beyond that until this has ended; null is not.</summary>
    public Task? Until { get; init; }
}

/// <summary>Hooks that run no command.</summary>
/// <param name="time">For how long they take.</param>
public sealed class InMemoryHooks(TimeProvider time) : IHooks
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(ServiceKey Service, long Effect), Task<EffectOutcome>> _runs = [];
    private readonly Dictionary<(ServiceKey Service, long Effect), EffectOutcome> _ended = [];
    private int _crashes;

    /// <summary>How a hook behaves; asked once per effect.</summary>
    public Func<RolloutEffect.RunHook, InMemoryHook> Scripts { get; set; } = _ => new(Duration.Zero, new(null, ExitCode: 0, Output: ""));

    /// <summary>Told of every command that ran to its end.</summary>
    public Action<ServiceKey, RolloutEffect.RunHook>? OnEnd { get; set; }

    /// <summary>Whether outcomes outlive a crash of the control plane; false only to show what goes wrong then.</summary>
    public bool Remembers { get; init; } = true;

    /// <summary>The control plane is killed: what runs is cut off, and is run again when it is asked for again.</summary>
    public void Crash()
    {
        lock (_lock)
        {
            _crashes++;
            foreach (var (id, run) in _runs)
                if (!run.IsCompleted || !Remembers) _runs.Remove(id);
            if (!Remembers) _ended.Clear();
        }
    }

    /// <summary>The outcome that the hook has, or had when it ran before; see <see cref="IHooks.RunAsync"/>.</summary>
    public InMemoryHook Run(ServiceKey service, RolloutEffect.RunHook effect)
    {
        lock (_lock)
        {
            if (_ended.TryGetValue((service, effect.Id), out var before)) return new(Duration.Zero, before);
            var script = Scripts(effect);
            if (script.Takes > effect.Spec.Timeout) return new(effect.Spec.Timeout, TimedOut(effect));
            return script with { Outcome = Judged(script.Outcome) };
        }
    }

    /// <summary>The hook ran to its end.</summary>
    public void End(ServiceKey service, long effect, EffectOutcome outcome)
    {
        lock (_lock) _ended.TryAdd((service, effect), outcome);
    }

    /// <inheritdoc/>
    public async Task<EffectOutcome> RunAsync(ServiceKey service, RolloutEffect.RunHook effect, CancellationToken cancellation)
    {
        Task<EffectOutcome> run;
        lock (_lock)
            if (!_runs.TryGetValue((service, effect.Id), out run!)) _runs[(service, effect.Id)] = run = OnceAsync(service, effect, _crashes);
        return await run.WaitAsync(cancellation);
    }

    private static EffectOutcome TimedOut(RolloutEffect.RunHook effect) => new(new Kernel.Fault(
        Kernel.FaultKind.Timeout, Kernel.Blame.Release, Retryable: false, $"still running after {effect.Spec.Timeout.TotalSeconds} s"));

    private static EffectOutcome Judged(EffectOutcome outcome) => outcome is { Fault: null, ExitCode: { } code and not 0 }
        ? outcome with { Fault = new(Kernel.FaultKind.Failed, Kernel.Blame.Release, Retryable: false, $"exited with code {code}") }
        : outcome;

    private async Task<EffectOutcome> OnceAsync(ServiceKey service, RolloutEffect.RunHook effect, int crashes)
    {
        var script = Run(service, effect);
        if (script.Takes > Duration.Zero) await Task.Delay(script.Takes.ToTimeSpan(), time);
        if (script.Until is { } until)
        {
            var left = Task.Delay((effect.Spec.Timeout - script.Takes).ToTimeSpan(), time);
            if (await Task.WhenAny(until, left) == left) script = script with { Outcome = TimedOut(effect) };
        }
        lock (_lock)
            if (crashes != _crashes) throw new OperationCanceledException("cut off by a crash");
        End(service, effect.Id, script.Outcome);
        OnEnd?.Invoke(service, effect);
        return script.Outcome;
    }
}
