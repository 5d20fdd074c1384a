using Fairway.Adapters.Edge;
using Fairway.Client.Wire;
using Fairway.Kernel;

namespace Fairway.Serve;

/// <summary>Keeps the edge's process running and knows what it last said of itself.</summary>
/// <param name="process">The process.</param>
/// <param name="admin">Its admin API.</param>
internal sealed class EdgeKeeper(EdgeProcess process, EdgeAdminClient admin) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _keeping = Task.CompletedTask;
    private volatile Fault? _fault;
    private volatile IReadOnlyList<string> _addresses = [];

    /// <summary>Why it does not run; null when it does.</summary>
    public Fault? Fault => _fault;

    /// <summary>Where it listens, as addresses that this machine can use.</summary>
    public IReadOnlyList<string> Addresses => _addresses;

    /// <summary>Begins to keep it.</summary>
    public void Start() => _keeping = KeepAsync();

    /// <summary>Waits until it serves, or says why it does not.</summary>
    public async Task<Fault?> EnsureAsync(CancellationToken cancellation)
    {
        _fault = await process.EnsureAsync(cancellation);
        await DescribeAsync(cancellation);
        return _fault;
    }

    /// <summary>What it says of itself.</summary>
    public async Task<EdgeInfo> DescribeAsync(CancellationToken cancellation)
    {
        var (status, fault) = await admin.StatusAsync(cancellation);
        if (status is null) return new(Alive: false, null, null, null, _addresses, (_fault ?? fault)?.Message);
        _fault = null;
        _addresses = [.. status.Listeners.Select(Reachable)];
        return new(Alive: true, status.Build, status.Pid, status.TableVersion, _addresses, status.Notices is [var notice, ..] ? notice : null);
    }

    /// <summary>Drains it and waits for its end; it is not started again.</summary>
    public async Task<Fault?> StopAsync(CancellationToken cancellation)
    {
        await _stop.CancelAsync();
        await _keeping;
        return await process.StopAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _keeping;
        process.Dispose();
        _stop.Dispose();
    }

    private async Task KeepAsync()
    {
        try
        {
            await process.KeepAsync(fault => _fault = fault, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The control plane ends; the edge does not.
        }
    }

    /// <summary>Every address is this machine's too: a link that people can follow.</summary>
    private static string Reachable(string listener)
        => listener.Replace("://[::]:", "://localhost:", StringComparison.Ordinal).Replace("://0.0.0.0:", "://localhost:", StringComparison.Ordinal);
}
