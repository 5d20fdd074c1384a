using System.Buffers;
using System.Collections.Concurrent;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.RemoteWrite;

/// <summary>Takes what others write: remote write 1.0 and 2.0. For any number of threads.</summary>
/// <remarks>Of a request all good samples are taken, even when others are refused: what is refused once is refused again, so the writer is
/// told not to repeat it (400).
/// Sources: Prometheus Remote-Write 1.0 and 2.0 specifications.</remarks>
public sealed class RemoteWriteReceiver
{
    /// <summary>Content type of 1.0.</summary>
    public const string ContentTypeV1 = "application/x-protobuf";

    /// <summary>Content type of 2.0.</summary>
    public const string ContentTypeV2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

    private readonly ISampleStore _store;
    private readonly TimeProvider _time;
    private readonly RemoteWriteLimits _limits;
    private readonly RemoteSeriesTable _v1;
    private readonly RemoteSeriesTable _v2;
    private readonly ConcurrentBag<(WriteSession Session, WriteRequestV2 Request)> _idle = [];
    private readonly ConcurrentBag<WriteSession> _idleV1 = [];

    /// <param name="store">Where samples go.</param>
    /// <param name="time">For forgetting series nobody writes any more.</param>
    /// <param name="limits">Limits.</param>
    public RemoteWriteReceiver(ISampleStore store, TimeProvider time, RemoteWriteLimits limits)
    {
        (_store, _time, _limits) = (store, time, limits);
        _v1 = new(limits.KnownSeries);
        _v2 = new(limits.KnownSeries);
    }

    /// <summary>Takes a request.</summary>
    /// <param name="body">As it came, packed with Snappy.</param>
    /// <param name="contentType">Value of the header; none means 1.0.</param>
    /// <param name="contentEncoding">Value of the header; none means Snappy, which both versions demand.</param>
    public RemoteWriteAnswer Receive(ReadOnlySpan<byte> body, string? contentType, string? contentEncoding)
    {
        if (VersionOf(contentType) is not { } version) return new(415, $"content type \"{contentType}\" is not {ContentTypeV1} of remote write 1.0 or 2.0", 0, 0);
        if (!string.IsNullOrEmpty(contentEncoding) && !contentEncoding.Equals("snappy", StringComparison.OrdinalIgnoreCase))
            return new(415, $"content encoding \"{contentEncoding}\" is not snappy", 0, 0);
        byte[]? message = null;
        try
        {
            var size = Snappy.DecodedSize(body, out _);
            if (size > _limits.MessageBytes) return new(413, $"the message of {size} bytes is larger than {_limits.MessageBytes}", 0, 0);
            message = ArrayPool<byte>.Shared.Rent(size);
            Snappy.Decode(body, message);
            return version == 1 ? TakeV1(message.AsSpan(0, size)) : TakeV2(message.AsSpan(0, size));
        }
        catch (FormatException e)
        {
            return new(400, e.Message, 0, 0);
        }
        catch (IOException e)
        {
            return new(503, $"the samples could not be stored: {e.Message}", 0, 0);
        }
        finally
        {
            if (message is not null) ArrayPool<byte>.Shared.Return(message);
        }
    }

    private static int? VersionOf(string? contentType)
    {
        if (string.IsNullOrWhiteSpace(contentType)) return 1;
        var parts = contentType.Split(';', StringSplitOptions.TrimEntries);
        if (!parts[0].Equals("application/x-protobuf", StringComparison.OrdinalIgnoreCase)) return null;
        foreach (var part in parts.Skip(1))
        {
            if (!part.StartsWith("proto=", StringComparison.OrdinalIgnoreCase)) continue;
            return part["proto=".Length..] switch
            {
                "prometheus.WriteRequest" => 1,
                "io.prometheus.write.v2.Request" => 2,
                _ => null,
            };
        }

        return 1;
    }

    private RemoteWriteAnswer TakeV1(ReadOnlySpan<byte> message)
    {
        if (!_idleV1.TryTake(out var session)) session = new(_v1, _store, _limits);
        var committed = false;
        using var batch = _store.Begin();
        try
        {
            session.Begin(batch, NowSeconds());
            WriteRequestV1.Take(message, session);
            batch.Commit();
            committed = true;
            return Answer(session.Tally);
        }
        finally
        {
            session.End(committed);
            _idleV1.Add(session);
        }
    }

    private RemoteWriteAnswer TakeV2(ReadOnlySpan<byte> message)
    {
        if (!_idle.TryTake(out var idle))
        {
            var session = new WriteSession(_v2, _store, _limits);
            idle = (session, new(session));
        }

        var committed = false;
        using var batch = _store.Begin();
        try
        {
            idle.Session.Begin(batch, NowSeconds());
            idle.Request.Take(message);
            batch.Commit();
            committed = true;
            return Answer(idle.Session.Tally);
        }
        finally
        {
            idle.Session.End(committed);
            _idle.Add(idle);
        }
    }

    private static RemoteWriteAnswer Answer(WriteTally tally) =>
        tally.HasRefused ? new(400, tally.Describe(), tally.Samples, tally.Histograms) : new(204, "", tally.Samples, tally.Histograms);

    private long NowSeconds() => (long)_time.GetElapsedTime(0).TotalSeconds;
}
