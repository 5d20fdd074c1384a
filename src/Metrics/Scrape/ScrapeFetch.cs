using System.Globalization;
using System.Net;
using Fairway.Metrics.Configuration;
using Fairway.Metrics.Exposition;
using Fairway.Metrics.Ingest;

namespace Fairway.Metrics.Scrape;

/// <summary>Fetches the body of a target over HTTP. For one request at a time.</summary>
internal sealed class ScrapeFetch(HttpClient client, ScrapeConfig config, ScrapeTarget target, TimeProvider time)
{
    private byte[] _body = new byte[16 * 1024];

    /// <summary>After <see cref="GetAsync"/>: the body, unpacked; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>After <see cref="GetAsync"/>: its format.</summary>
    public ExpositionFormat Format { get; private set; }

    /// <summary>Fetches.</summary>
    /// <returns>What went wrong; null when nothing did.</returns>
    /// <exception cref="OperationCanceledException">The caller does not want it any more.</exception>
    public async Task<string?> GetAsync(CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(target.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            return await GetWithinTimeoutAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"timed out after {PrometheusDuration.ToText(target.Timeout)}";
        }
        catch (HttpRequestException e)
        {
            return e.InnerException is { } inner ? $"{e.Message}: {inner.Message}" : e.Message;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private async Task<string?> GetWithinTimeoutAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target.Url);
        OutgoingHttp.Authorize(request, config.Http);
        request.Headers.TryAddWithoutValidation("Accept", config.NativeHistograms ? ExpositionFormats.AcceptNative : ExpositionFormats.Accept);
        if (config.EnableCompression) request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        request.Headers.TryAddWithoutValidation("X-Prometheus-Scrape-Timeout-Seconds", target.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.StatusCode != HttpStatusCode.OK) return $"server returned HTTP status {(int)response.StatusCode} {response.ReasonPhrase}";
        var contentType = response.Content.Headers.TryGetValues("Content-Type", out var types) ? types.First() : null;
        if (ExpositionFormats.Of(contentType) is not { } format) return $"content type \"{contentType}\" is no format of metrics";
        var encoding = string.Join(',', response.Content.Headers.ContentEncoding);
        if (!ContentCoding.IsKnown(encoding)) return $"content encoding \"{encoding}\" was not asked for";
        Format = format;
        await using var packed = await response.Content.ReadAsStreamAsync(cancellation);
        await using var stream = ContentCoding.Unpack(packed, encoding);
        Body = default;
        var length = 0;
        for (int read; (read = await stream.ReadAsync(_body.AsMemory(length), cancellation)) > 0;)
        {
            length += read;
            if (config.BodySizeLimit > 0 && length > config.BodySizeLimit) return $"body size limit exceeded: more than {config.BodySizeLimit} bytes";
            if (length < _body.Length) continue;
            if (length > Array.MaxLength / 2) return "the body is larger than 1 GB";
            Array.Resize(ref _body, length * 2);
        }

        Body = _body.AsMemory(0, length);
        return null;
    }
}
