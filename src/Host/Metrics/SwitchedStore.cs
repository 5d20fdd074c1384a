using Fairway.Metrics.RemoteWrite;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics;

/// <summary>Where all samples come in: passed on to the store and to the senders of the present configuration.</summary>
internal sealed class SwitchedStore : ISampleStore, IAsyncDisposable
{
    private readonly ISampleStore _store;
    private volatile ISampleStore _present;
    private IReadOnlyList<RemoteWriteSender> _senders = [];

    /// <param name="store">The store; not owned.</param>
    public SwitchedStore(ISampleStore store) => _store = _present = store;

    /// <summary>How the senders are.</summary>
    public IEnumerable<RemoteWriteStatus> Senders => _senders.Select(s => s.Status);

    public IAppendBatch Begin() => _present.Begin();

    public void Describe(string metric, MetricMetadata metadata) => _present.Describe(metric, metadata);

    /// <summary>Sends to these from now on. What waits in those of before is still sent, if that takes less than ten seconds.</summary>
    public async Task SwitchAsync(IReadOnlyList<RemoteWriteSender> senders)
    {
        var before = _senders;
        _senders = senders;
        _present = senders.Count > 0 ? new ForwardingStore(_store, senders) : _store;
        foreach (var sender in before) await sender.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await SwitchAsync([]);
}
