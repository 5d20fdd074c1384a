using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Fairway.Catalog;

namespace Fairway.Adapters.Processes;

/// <summary>A channel in which each service waits at most once, however often it changes before it is read.</summary>
internal sealed class ChangedServices : ChannelReader<ServiceKey>
{
    private readonly Channel<ServiceKey> _queue = Channel.CreateUnbounded<ServiceKey>();
    private readonly ConcurrentDictionary<ServiceKey, bool> _waiting = new();

    /// <inheritdoc/>
    public override Task Completion => _queue.Reader.Completion;

    /// <summary>The service changed.</summary>
    public void Add(ServiceKey service)
    {
        if (_waiting.TryAdd(service, true)) _queue.Writer.TryWrite(service);
    }

    /// <summary>Nothing will change any more.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <inheritdoc/>
    public override bool TryRead([MaybeNullWhen(false)] out ServiceKey item)
    {
        if (!_queue.Reader.TryRead(out item)) return false;
        // Before the reader looks: a change from now on is a new one.
        _waiting.TryRemove(item, out _);
        return true;
    }

    /// <inheritdoc/>
    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) => _queue.Reader.WaitToReadAsync(cancellationToken);
}
