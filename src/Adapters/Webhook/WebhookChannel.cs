using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Fairway.Kernel;
using Fairway.Notifications;
using Fairway.Ports;

namespace Fairway.Adapters.Webhook;

/// <summary>
/// Posts messages to a URL: JSON with an id and a signature as Standard Webhooks 1.0 says, or what Slack's incoming webhooks take. The URL
/// may be a secret: no fault repeats more of it than the host.
/// </summary>
public sealed class WebhookChannel : INotificationChannel, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    private readonly TimeProvider _time;

    // A redirect could lead anywhere, with the message in hand.
    private readonly Lazy<HttpClient> _http = new(() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    });

    /// <summary>One that has posted nothing yet.</summary>
    /// <param name="time">The clock.</param>
    public WebhookChannel(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public async Task<Fault?> SendAsync(Delivery delivery, ChannelKind channel, Destination to, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(to.Address, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            return new(FaultKind.Invalid, Blame.Configuration, Retryable: true, "what is kept as the webhook's address is no http or https URL");
        using var limit = new CancellationTokenSource(Limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var request = Request(delivery, channel, url, to.SigningKey);
            using var answer = await _http.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return Judge(answer, url);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(FaultKind.Timeout, Blame.Platform, Retryable: true, $"{url.Authority} did not answer within {Limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
        catch (HttpRequestException error)
        {
            // Its message may hold the whole URL.
            return new(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"{url.Authority} cannot be reached ({error.HttpRequestError})");
        }
        catch (FormatException)
        {
            return new(FaultKind.Invalid, Blame.Configuration, Retryable: true, "the webhook's signing key is not base64 after whsec_");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_http.IsValueCreated) _http.Value.Dispose();
    }

    private HttpRequestMessage Request(Delivery delivery, ChannelKind channel, Uri url, string? key)
    {
        var body = channel == ChannelKind.Slack ? WebhookBody.Slack(delivery) : WebhookBody.Of(delivery);
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.ParseAdd("Fairway");
        if (channel == ChannelKind.Slack) return request;
        var at = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request.Headers.Add("webhook-id", delivery.Id);
        request.Headers.Add("webhook-timestamp", at);
        request.Headers.Add("Idempotency-Key", delivery.Id);
        if (key is not null) request.Headers.Add("webhook-signature", "v1," + Sign(key, $"{delivery.Id}.{at}.", body));
        return request;
    }

    /// <summary>HMAC-SHA256 over id, time and body (Standard Webhooks 1.0, symmetric).</summary>
    private static string Sign(string key, string head, byte[] body)
    {
        const string Prefix = "whsec_";
        var bytes = key.StartsWith(Prefix, StringComparison.Ordinal) ? Convert.FromBase64String(key[Prefix.Length..]) : Encoding.UTF8.GetBytes(key);
        byte[] signed = [.. Encoding.UTF8.GetBytes(head), .. body];
        return Convert.ToBase64String(HMACSHA256.HashData(bytes, signed));
    }

    private static Fault? Judge(HttpResponseMessage answer, Uri url)
    {
        var status = (int)answer.StatusCode;
        if (status is >= 200 and < 300) return null;
        var what = string.Create(CultureInfo.InvariantCulture, $"{url.Authority} answered {status}");
        return answer.StatusCode switch
        {
            HttpStatusCode.Gone => new(FaultKind.NotFound, Blame.Configuration, Retryable: false, what + ": nobody listens there any more"),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => new(FaultKind.Unavailable, Blame.Platform, Retryable: true, what),
            _ when status is >= 300 and < 400 => new(FaultKind.Invalid, Blame.Configuration, Retryable: true, what + ": a redirect is not followed; give the URL it leads to"),
            // A receiver that was put up wrong is mended within hours.
            _ when status < 500 => new(FaultKind.Invalid, Blame.Configuration, Retryable: true, what),
            _ => new(FaultKind.Unavailable, Blame.Platform, Retryable: true, what),
        };
    }
}
