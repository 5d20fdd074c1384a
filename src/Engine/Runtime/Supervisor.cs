using System.Collections.Concurrent;

namespace Fairway.Runtime;

/// <summary>
/// Runs the engine's loops and keeps one's death from being another's: a loop that ends by an error is handed to its <c>broken</c>
/// continuation (which
/// quarantines the aggregate) and the process lives. All of them are awaited when the engine ends.
/// </summary>
public sealed class Supervisor : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);

    /// <summary>Cancelled when the engine ends.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Starts a loop on the caller's scheduler.</summary>
    /// <param name="name">Unique among the running ones.</param>
    /// <param name="body">Runs until it is cancelled.</param>
    /// <param name="broken">Called with the error that ended the body; the body is run again after it, if it returns true.</param>
    public void Start(string name, Func<CancellationToken, Task> body, Func<Exception, CancellationToken, Task<bool>> broken)
        => _running[name] = RunAsync(body, broken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Not CancelAsync: it leaves for the thread pool.
        if (!_stop.IsCancellationRequested) Stop();
        foreach (var task in _running.Values) await task;
        _stop.Dispose();
    }

    private void Stop() => _stop.Cancel();

    private async Task RunAsync(Func<CancellationToken, Task> body, Func<Exception, CancellationToken, Task<bool>> broken)
    {
        // The caller goes on; the body begins on the caller's scheduler.
        await Task.Yield();
        var again = true;
        while (again && !_stop.IsCancellationRequested)
        {
            try
            {
                await body(_stop.Token);
                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                again = await HandleAsync(broken, error);
            }
        }
    }

    private async Task<bool> HandleAsync(Func<Exception, CancellationToken, Task<bool>> broken, Exception error)
    {
        try
        {
            return await broken(error, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return false;
        }
    }
}
