using System.Collections.Concurrent;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>Turns the raw output of all running instances into their logs.</summary>
internal sealed class LogCollector(ProcessRuntimeOptions options, TimeProvider time) : IAsyncDisposable
{
    // So that one that writes without end does not keep the others waiting.
    private const int ChunksPerTurn = 64;
    private readonly ConcurrentDictionary<string, InstanceLog> _logs = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Begins to collect.</summary>
    public void Start() => _loop = Task.Run(CollectAsync);

    /// <summary>Collects a run's output from now on.</summary>
    /// <exception cref="IOException">Its log cannot be written.</exception>
    public void Begin(string instance, string instanceFolder, int attempt, RunFolder run)
        => _logs.GetOrAdd(instance, _ => new(instanceFolder, options)).Begin(attempt, run);

    /// <summary>Collects the rest of a run's output and returns its last lines.</summary>
    public Task<string> FinishAsync(string instance) => Task.Run(() => _logs.TryGetValue(instance, out var log) ? log.Finish(Now()) : "");

    /// <summary>Closes the log of an instance that is gone; its files stay.</summary>
    public void Close(string instance)
    {
        if (_logs.TryRemove(instance, out var log)) log.Dispose();
    }

    /// <summary>Collects now, so that a reader sees what is written up to here.</summary>
    public Task CollectNowAsync() => Task.Run(CollectOnce);

    /// <summary>See <see cref="InstanceLog.Problem"/>.</summary>
    public string? ProblemOf(string instance) => _logs.TryGetValue(instance, out var log) ? log.Problem : null;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        CollectOnce();
        foreach (var log in _logs.Values) log.Dispose();
        _stop.Dispose();
    }

    private Instant Now() => Instant.FromDateTimeOffset(time.GetUtcNow());

    private async Task CollectAsync()
    {
        using var timer = new PeriodicTimer(options.CollectEvery.ToTimeSpan(), time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) CollectOnce();
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }

    private void CollectOnce()
    {
        foreach (var log in _logs.Values)
            for (var chunk = 0; chunk < ChunksPerTurn && log.Collect(Now()); chunk++)
            {
            }
    }
}
