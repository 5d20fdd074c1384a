using Fairway.Metrics.Configuration;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Scrape;

/// <summary>How a target is.</summary>
public enum TargetHealth { Unknown, Up, Down }

/// <summary>A target and its last scrape.</summary>
/// <param name="Target">The target.</param>
/// <param name="Health">How it is.</param>
/// <param name="LastError">Why the last scrape failed; empty when it did not.</param>
/// <param name="LastScrape">When it began; null before the first.</param>
/// <param name="LastDuration">How long it took.</param>
public sealed record TargetStatus(ScrapeTarget Target, TargetHealth Health, string LastError, DateTimeOffset? LastScrape, TimeSpan LastDuration);

/// <summary>Scrapes one target again and again.</summary>
internal sealed class ScrapeLoop : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly ScrapeFetch _fetch;
    private readonly TargetIngest _ingest;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;
    private bool _gone;

    public ScrapeLoop(ScrapeTarget target, ScrapeConfig config, HttpClient client, ISampleStore store, TimeProvider time)
    {
        _time = time;
        _fetch = new(client, config, target, time);
        _ingest = new(store, target.Labels, config.Ingest, target.Timeout);
        Status = new(target, TargetHealth.Unknown, "", null, default);
        _run = Task.Run(RunAsync);
    }

    /// <summary>How the target is; replaced as a whole.</summary>
    public TargetStatus Status { get; private set; }

    /// <summary>Stops, and marks the end of all series: the target is gone, not we.</summary>
    public async Task RemoveAsync()
    {
        _gone = true;
        await DisposeAsync();
    }

    /// <summary>Stops; series are left as they are, for the next start of the program to go on with.</summary>
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
            var target = Status.Target;
            var due = ScrapeSchedule.Next(_time.GetUtcNow(), target.Interval, target.Hash);
            while (true)
            {
                var now = _time.GetUtcNow();
                if (due > now) await Task.Delay(due - now, _time, _stop.Token);
                await ScrapeAsync(due);
                // What was missed is left out, not made up for.
                var next = due + target.Interval;
                due = next > _time.GetUtcNow() ? next : ScrapeSchedule.Next(_time.GetUtcNow(), target.Interval, target.Hash);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            if (_gone) MarkGone();
        }
    }

    private async Task ScrapeAsync(DateTimeOffset due)
    {
        var began = _time.GetUtcNow();
        var clock = _time.GetTimestamp();
        var timestamp = ScrapeSchedule.Timestamp(due, began, Status.Target.Interval);
        var error = await _fetch.GetAsync(_stop.Token);
        try
        {
            var result = error is null
                ? _ingest.Take(_fetch.Body.Span, _fetch.Format, timestamp, () => _time.GetElapsedTime(clock))
                : _ingest.Failed(timestamp, _time.GetElapsedTime(clock), error);
            error = result.Error;
        }
        catch (IOException e)
        {
            error = $"the samples could not be stored: {e.Message}";
        }

        Status = Status with { Health = error is null ? TargetHealth.Up : TargetHealth.Down, LastError = error ?? "", LastScrape = began, LastDuration = _time.GetElapsedTime(clock) };
    }

    private void MarkGone()
    {
        try
        {
            _ingest.Gone(_time.GetUtcNow().ToUnixTimeMilliseconds());
        }
        catch (IOException e)
        {
            Status = Status with { LastError = $"the end of the series could not be stored: {e.Message}" };
        }
    }
}
