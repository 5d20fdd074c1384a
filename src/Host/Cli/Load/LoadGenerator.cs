namespace Fairway.Cli.Load;

/// <summary>
/// An open-loop load generator: arrivals are scheduled by the clock at a constant rate whether or not earlier ones were answered, and latency is
/// measured from the scheduled moment. A server that stalls is then seen to stall, where a closed loop would quietly wait with it (G. Tene's
/// "coordinated omission").
/// </summary>
public sealed class LoadGenerator
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(1);
    private readonly LoadPlan _plan;
    private readonly TimeProvider _time;
    private readonly LoadTally _tally;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _open = 1;

    /// <summary>A generator for one run.</summary>
    public LoadGenerator(LoadPlan plan, TimeProvider time)
    {
        _plan = plan;
        _time = time;
        _tally = new(time, plan.WebSockets > 0);
    }

    /// <summary>What became of the load up to now.</summary>
    public LoadReport Report() => _tally.Report();

    /// <summary>Runs for the plan's duration, or until cancelled; then waits for what is still open (each has its time-out) and reports.</summary>
    public async Task<LoadReport> RunAsync(CancellationToken stop)
    {
        await using ILoadClient client = _plan.Http2 ? new Http2Client(_plan) : new Http1Client(_plan);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var sockets = Enumerable.Range(0, _plan.WebSockets).Select(_ => new WebSocketLoad(_plan, _tally, _time).RunAsync(ended.Token)).ToArray();
        await PaceAsync(client, stop);
        _tally.Stop();
        await ended.CancelAsync();
        Done();
        await _drained.Task;
        await Task.WhenAll(sockets);
        return _tally.Report();
    }

    private async Task PaceAsync(ILoadClient client, CancellationToken stop)
    {
        var start = _time.GetTimestamp();
        var total = _plan.Duration is { } duration ? (long)Math.Round(duration.TotalSeconds * _plan.Rate) : long.MaxValue;
        long next = 0;
        using var beat = new PeriodicTimer(Beat, _time);
        try
        {
            while (await beat.WaitForNextTickAsync(stop))
            {
                var elapsed = _time.GetElapsedTime(start);
                var due = Math.Min(total, (long)(elapsed.TotalSeconds * _plan.Rate) + (_plan.Rate > 0 ? 1 : 0));
                for (; next < due; next++)
                {
                    _tally.Scheduled();
                    Interlocked.Increment(ref _open);
                    _ = SendAsync(client, (int)(next % _plan.Urls.Length), start + (long)(next / _plan.Rate * _time.TimestampFrequency));
                }

                if (elapsed >= _plan.Duration) return;
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop: nothing new is sent.
        }
    }

    private async Task SendAsync(ILoadClient client, int target, long scheduled)
    {
        try
        {
            await Task.Yield();
            using var limit = new CancellationTokenSource(_plan.Timeout, _time);
            var exchange = await client.SendAsync(target, limit.Token);
            _tally.Ended(exchange, _time.GetElapsedTime(scheduled));
        }
        catch (Exception e)
        {
            // A fault in the generator itself must not look like a quiet success.
            _drained.TrySetException(e);
        }
        finally
        {
            Done();
        }
    }

    private void Done()
    {
        if (Interlocked.Decrement(ref _open) == 0) _drained.TrySetResult();
    }
}
