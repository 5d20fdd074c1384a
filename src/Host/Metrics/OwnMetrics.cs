using Fairway.Metrics.Exposition;
using Fairway.Metrics.Model;
using Fairway.Metrics.Scrape;

namespace Fairway.Metrics;

/// <summary>Metrics that this process reads without HTTP.</summary>
/// <param name="Job">Label <c>job</c> of its series.</param>
/// <param name="Instance">Label <c>instance</c> of series that have none of their own.</param>
/// <param name="ReadAsync">All of them as Prometheus text; throws <see cref="IOException"/> when they cannot be had now.</param>
internal sealed record OwnSource(string Job, string Instance, Func<CancellationToken, Task<ReadOnlyMemory<byte>>> ReadAsync);

/// <summary>Takes Fairway's own metrics into the store again and again: each source is a target like any other, with its <c>up</c>.</summary>
internal sealed class OwnMetrics : IAsyncDisposable
{
    /// <summary>Between two readings: a step of a rollout lasts seconds.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly Action<string> _report;
    private readonly (OwnSource Source, TargetIngest Ingest)[] _targets;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;
    private string? _fault;

    /// <summary>Begins at once.</summary>
    /// <param name="engine">Where samples go.</param>
    /// <param name="sources">What is read.</param>
    /// <param name="report">Told when samples cannot be stored.</param>
    public OwnMetrics(MetricsEngine engine, IEnumerable<OwnSource> sources, Action<string> report)
    {
        (_time, _report) = (engine.Options.Time, report);
        _targets = [.. sources.Select(source => (source, new TargetIngest(
            engine.Incoming, Labels.Of([new("instance", source.Instance), new("job", source.Job)]), new() { HonorLabels = true }, Interval)))];
        _run = Task.Run(RunAsync);
    }

    /// <summary>Stops. Series are left as they are: the next start goes on with them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, _time);
            do
            {
                foreach (var (source, ingest) in _targets) await TakeAsync(source, ingest);
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private async Task TakeAsync(OwnSource source, TargetIngest ingest)
    {
        var (time, clock) = (_time.GetUtcNow().ToUnixTimeMilliseconds(), _time.GetTimestamp());
        ReadOnlyMemory<byte> body = default;
        string? error = null;
        try
        {
            body = await source.ReadAsync(_stop.Token);
        }
        catch (IOException e)
        {
            error = e.Message;
        }

        try
        {
            if (error is null) ingest.Take(body.Span, ExpositionFormat.PrometheusText, time, () => _time.GetElapsedTime(clock));
            else ingest.Failed(time, _time.GetElapsedTime(clock), error);
            _fault = null;
        }
        catch (IOException e)
        {
            // Once, not every few seconds.
            if (_fault != e.Message) _report($"metrics could not be stored: {e.Message}");
            _fault = e.Message;
        }
    }
}
