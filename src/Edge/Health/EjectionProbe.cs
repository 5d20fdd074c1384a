using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Fairway.Edge.Health;

/// <summary>
/// Takes ejected instances back: once its time is over, an instance must accept two TCP connects in a row. So the edge alone, without a control plane, stops
/// using a dead instance and uses it again when it lives.
/// </summary>
internal sealed class EjectionProbe : IAsyncDisposable
{
    private const int ConnectsToReturn = 2;
    private static readonly TimeSpan AfterSuccess = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<InstanceRuntime, Task> _watched = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;

    public EjectionProbe(TimeProvider time)
    {
        _time = time;
        // An exchange may end, and eject, after this was disposed: its token must still be readable then.
        _stopping = _stop.Token;
    }

    /// <summary>Watches an instance that was just ejected for at least so long.</summary>
    public void Watch(InstanceRuntime instance, TimeSpan atLeast) => _watched[instance] = WatchAsync(instance, atLeast, _stopping);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_watched.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync(InstanceRuntime instance, TimeSpan atLeast, CancellationToken cancellation)
    {
        await Task.Delay(atLeast, _time, cancellation);
        for (var connects = 0; !instance.IsClosed;)
        {
            var lives = await AcceptsAsync(instance, cancellation);
            connects = lives ? connects + 1 : 0;
            if (connects >= ConnectsToReturn)
            {
                // Before it returns: its next ejection must find the place free.
                _watched.TryRemove(instance, out _);
                instance.Ejection.Return();
                return;
            }
            await Task.Delay(lives ? AfterSuccess : AfterFailure, _time, cancellation);
        }
        _watched.TryRemove(instance, out _);
    }

    private async Task<bool> AcceptsAsync(InstanceRuntime instance, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(instance.Service.Policy.ConnectTimeout.ToTimeSpan(), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(instance.Host, instance.Port, either.Token);
            return true;
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return false;
        }
    }
}
