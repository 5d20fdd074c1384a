using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Fairway.Metrics.Configuration;
using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.RemoteWrite;

/// <summary>How a sender is.</summary>
/// <param name="Name">Its name, or its address.</param>
/// <param name="Pending">Samples that wait.</param>
/// <param name="Sent">Samples that arrived.</param>
/// <param name="Failed">Samples that the other side refused for good.</param>
/// <param name="Dropped">Samples that were pushed out because too many waited.</param>
/// <param name="Retries">Requests that were repeated.</param>
/// <param name="LastError">Why the last request failed; empty when it did not.</param>
public sealed record RemoteWriteStatus(string Name, long Pending, long Sent, long Failed, long Dropped, long Retries, string LastError);

/// <summary>Writes samples to another system: a queue, requests of many samples, repetition with growing pauses while the other side is
/// down. Never holds up who adds.</summary>
/// <remarks>What waits is in memory: it survives an outage of the other side, not one of ours.</remarks>
public sealed class RemoteWriteSender : IAsyncDisposable
{
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(10);

    private readonly RemoteWriteConfig _config;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;
    private readonly Labels _externalLabels;
    private readonly Channel<OutgoingSample>[] _shards;
    private readonly Task[] _loops;
    private readonly ConcurrentDictionary<string, MetricMetadata> _metadata = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MetricMetadata> _newMetadata = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _abandon = new();
    private long _pending;
    private long _sent;
    private long _failed;
    private long _dropped;
    private long _retries;
    private string _lastError = "";

    /// <param name="config">Where to and how.</param>
    /// <param name="externalLabels">Added to every series that does not have them.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">A file of certificates cannot be read.</exception>
    public RemoteWriteSender(RemoteWriteConfig config, Labels externalLabels, TimeProvider time)
    {
        (_config, _externalLabels, _time) = (config, externalLabels, time);
        _client = OutgoingHttp.Create(config.Http);
        var options = new BoundedChannelOptions(Math.Max(1, config.Capacity / config.Shards)) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true };
        _shards = [.. Enumerable.Range(0, config.Shards).Select(_ => Channel.CreateBounded<OutgoingSample>(options, Drop))];
        _loops = [.. _shards.Select((shard, i) => Task.Run(() => RunAsync(shard.Reader, tellsMetadata: i == 0)))];
    }

    /// <summary>How it is.</summary>
    public RemoteWriteStatus Status => new(
        _config.Name.Length > 0 ? _config.Name : _config.Url.GetLeftPart(UriPartial.Path),
        Interlocked.Read(ref _pending), Interlocked.Read(ref _sent), Interlocked.Read(ref _failed), Interlocked.Read(ref _dropped), Interlocked.Read(ref _retries), _lastError);

    /// <summary>Adds a float sample.</summary>
    public void Add(Labels labels, long time, double value) => Add(new(labels, time, value, null));

    /// <summary>Adds a native histogram.</summary>
    public void Add(Labels labels, long time, NativeHistogram histogram) => Add(new(labels, time, 0, histogram));

    /// <summary>Tells what a metric is.</summary>
    public void Describe(string metric, MetricMetadata metadata)
    {
        if (_metadata.TryGetValue(metric, out var known) && known == metadata) return;
        _metadata[metric] = metadata;
        _newMetadata[metric] = metadata;
    }

    /// <summary>Stops: what waits is sent, unless the other side is down or takes longer than ten seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var shard in _shards) shard.Writer.TryComplete();
        _abandon.CancelAfter(FlushTime);
        await Task.WhenAll(_loops);
        _client.Dispose();
        _abandon.Dispose();
    }

    private void Add(in OutgoingSample sample)
    {
        Interlocked.Increment(ref _pending);
        if (!_shards[(sample.Labels.GetHashCode() & int.MaxValue) % _shards.Length].Writer.TryWrite(sample)) Drop(sample);
    }

    private void Drop(OutgoingSample sample)
    {
        Interlocked.Decrement(ref _pending);
        Interlocked.Increment(ref _dropped);
    }

    private async Task RunAsync(ChannelReader<OutgoingSample> queue, bool tellsMetadata)
    {
        var encoder = new RemoteWriteEncoder(_config, _externalLabels);
        var batch = new List<OutgoingSample>(_config.MaxSamplesPerSend);
        while (await FillAsync(queue, batch))
        {
            var request = encoder.Encode(batch, _config.Version2 ? _metadata : TakeMetadata(tellsMetadata));
            if (request is not null)
            {
                var arrived = !_abandon.IsCancellationRequested && await SendAsync(request.Body);
                Interlocked.Add(ref arrived ? ref _sent : ref _failed, request.Samples);
            }

            Interlocked.Add(ref _pending, -batch.Count);
            batch.Clear();
        }
    }

    private Dictionary<string, MetricMetadata> TakeMetadata(bool tells)
    {
        var taken = new Dictionary<string, MetricMetadata>(StringComparer.Ordinal);
        if (!tells) return taken;
        foreach (var name in _newMetadata.Keys)
        {
            if (_newMetadata.TryRemove(name, out var metadata)) taken.Add(name, metadata);
        }

        return taken;
    }

    // Waits for the first sample as long as it takes, then for more until the request is full or the deadline is over.
    private async Task<bool> FillAsync(ChannelReader<OutgoingSample> queue, List<OutgoingSample> batch)
    {
        if (!await queue.WaitToReadAsync(CancellationToken.None)) return false;
        using var deadline = new CancellationTokenSource(_config.BatchSendDeadline, _time);
        while (true)
        {
            while (batch.Count < _config.MaxSamplesPerSend && queue.TryRead(out var sample)) batch.Add(sample);
            if (batch.Count >= _config.MaxSamplesPerSend) return true;
            try
            {
                if (!await queue.WaitToReadAsync(deadline.Token)) return batch.Count > 0;
            }
            catch (OperationCanceledException)
            {
                return true;
            }
        }
    }

    private async Task<bool> SendAsync(byte[] body)
    {
        var pause = _config.MinBackoff;
        while (true)
        {
            var (done, again) = await TryAsync(body);
            if (done || again is null) return done;
            Interlocked.Increment(ref _retries);
            var wait = again > pause ? again.Value : pause;
            pause = pause * 2 < _config.MaxBackoff ? pause * 2 : _config.MaxBackoff;
            try
            {
                await Task.Delay(wait, _time, _abandon.Token);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }

    // Whether it arrived; otherwise how long to wait at least before trying again, or null when there is no use.
    private async Task<(bool Done, TimeSpan? Again)> TryAsync(byte[] body)
    {
        using var timeout = new CancellationTokenSource(_config.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _abandon.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _config.Url) { Content = new ByteArrayContent(body) };
            OutgoingHttp.Authorize(request, _config.Http);
            request.Headers.TryAddWithoutValidation("X-Prometheus-Remote-Write-Version", _config.Version2 ? "2.0.0" : "0.1.0");
            request.Content.Headers.ContentEncoding.Add("snappy");
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(_config.Version2 ? RemoteWriteReceiver.ContentTypeV2 : RemoteWriteReceiver.ContentTypeV1);
            using var response = await _client.SendAsync(request, either.Token);
            if (response.IsSuccessStatusCode)
            {
                _lastError = "";
                return (true, null);
            }

            var text = await response.Content.ReadAsStringAsync(either.Token);
            _lastError = $"HTTP status {(int)response.StatusCode}: {(text.Length > 300 ? text[..300] : text).Trim()}";
            if ((int)response.StatusCode < 500 && response.StatusCode != HttpStatusCode.TooManyRequests) return (false, null);
            return (false, response.Headers.RetryAfter?.Delta ?? TimeSpan.Zero);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            _lastError = timeout.IsCancellationRequested ? $"timed out after {PrometheusDuration.ToText(_config.Timeout)}" : e.Message;
            return (false, TimeSpan.Zero);
        }
    }
}
