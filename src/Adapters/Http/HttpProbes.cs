using System.Globalization;
using System.Net;
using System.Text;
using Fairway.Configuration;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Verification;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Adapters.Http;

/// <summary>
/// Makes the requests of checks. Each goes over a connection of its own to just the address that it is given, whatever names and redirects say: it can be led nowhere
/// else. The certificate of an edge that speaks TLS is not judged: it is our own, on this machine, and a check is about the release behind it.
/// </summary>
/// <param name="secret">The value at a reference, or why there is none.</param>
/// <param name="time">The clock.</param>
public sealed class HttpProbes(Func<string, (string? Value, string Problem)> secret, TimeProvider time) : IProbes, IAsyncDisposable
{
    private const int HeaderKilobytes = 64;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false, UseCookies = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.Zero, AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = HeaderKilobytes, SslOptions = { RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null },
    });

    /// <inheritdoc/>
    public async Task<(ProbeReply? Reply, Fault? Fault)> SendAsync(ProbeRequest request, CancellationToken cancellation)
    {
        var (values, secrets, fault) = Expand(request);
        if (values is null) return (null, fault);
        var began = time.GetTimestamp();
        using var limit = new CancellationTokenSource(request.Timeout.ToTimeSpan(), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        ProbeReply reply;
        try
        {
            reply = await FollowAsync(request, values, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            reply = Without(NoAnswer.TooLate, "");
        }
        catch (HttpRequestException error)
        {
            var isUnreachable = error.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError;
            reply = Without(isUnreachable ? NoAnswer.Unreachable : NoAnswer.Broken, error.Message);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException or UriFormatException)
        {
            reply = Without(NoAnswer.Broken, error.Message);
        }
        return (Concealed(reply, secrets) with { Took = Duration.FromTimeSpan(time.GetElapsedTime(began)) }, null);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<ProbeReply> FollowAsync(ProbeRequest request, Sent sent, CancellationToken cancellation)
    {
        var (method, body, at) = (new HttpMethod(request.Check.Method), sent.Body, new Uri(request.Address.TrimEnd('/') + request.Check.Path));
        for (var followed = 0; ; followed++)
        {
            using var message = Message(method, at, request.Host, sent.Headers, body);
            using var answer = await _http.SendAsync(message, cancellation);
            var status = (int)answer.StatusCode;
            var location = answer.Headers.Location is not null && status is 301 or 302 or 303 or 307 or 308 ? answer.Headers.Location.OriginalString : null;
            if (location is null || !request.Check.Redirects)
            {
                var (text, isCut) = await ReadAsync(answer.Content, cancellation);
                return new(Duration.Zero) { Status = status, Body = text, IsCut = isCut, Location = location };
            }
            if (followed == HttpCheck.MostRedirects) return Without(NoAnswer.LedAway, string.Create(CultureInfo.InvariantCulture, $"more than {followed} of them"));
            // What it leads to is understood as a browser would that asked for the host by its name; where it goes is the same address in any case.
            var asked = new UriBuilder(at) { Host = request.Host ?? at.Host }.Uri;
            if (!Uri.TryCreate(asked, location, out var next) || next.Scheme is not ("http" or "https") || !next.Host.Equals(asked.Host, StringComparison.OrdinalIgnoreCase))
                return Without(NoAnswer.LedAway, $"to {location}");
            at = new Uri(at, next.PathAndQuery);
            if (status is 307 or 308 || method == HttpMethod.Head) continue;
            (method, body) = (HttpMethod.Get, null);
        }
    }

    private static HttpRequestMessage Message(HttpMethod method, Uri at, string? host, IReadOnlyDictionary<string, string> headers, string? body)
    {
        var message = new HttpRequestMessage(method, at) { Content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        message.Headers.Host = host;
        message.Headers.ConnectionClose = true;
        if (!headers.ContainsKey("user-agent")) message.Headers.UserAgent.ParseAdd("fairway-verify");
        foreach (var (name, value) in headers)
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    private static async Task<(string Text, bool IsCut)> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        var bytes = new byte[16 * 1024];
        var read = 0;
        while (read <= HttpCheck.MostBody)
        {
            if (read == bytes.Length) Array.Resize(ref bytes, Math.Min(bytes.Length * 2, HttpCheck.MostBody + 1));
            var more = await stream.ReadAsync(bytes.AsMemory(read), cancellation);
            if (more == 0) return (Encoding.UTF8.GetString(bytes, 0, read), false);
            read += more;
        }
        return (Encoding.UTF8.GetString(bytes, 0, HttpCheck.MostBody), true);
    }

    // Only secrets that are named are read at all.
    private (Sent? Sent, ImmutableArray<string> Secrets, Fault? Fault) Expand(ProbeRequest request)
    {
        var written = request.Check.Headers.Values.Append(request.Check.Body ?? "").ToImmutableArray();
        var (_, named) = InstanceVariables.Expand(written, request.Variables, request.Secrets.Keys);
        var variables = request.Variables.ToBuilder();
        var secrets = ImmutableArray.CreateBuilder<string>(named.Length);
        foreach (var name in named)
        {
            var (value, problem) = secret(request.Secrets[name]);
            if (value is null) return (null, [], new(FaultKind.NotFound, Blame.Configuration, Retryable: false, $"secret {name}: {problem}"));
            variables[name] = value;
            if (value.Length > 0) secrets.Add(value);
        }
        var (values, _) = InstanceVariables.Expand(written, variables.ToImmutable(), []);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in request.Check.Headers.Keys.Zip(values))
        {
            if (value.Any(char.IsControl))
                return (null, [], new(FaultKind.Invalid, Blame.Configuration, Retryable: false,
                    $"header {name}: its value holds a line end or another control character; mend the variable or secret that it names"));
            headers[name] = value;
        }
        return (new(headers, request.Check.Body is null ? null : values[^1]), secrets.ToImmutable(), null);
    }

    private static ProbeReply Concealed(ProbeReply reply, ImmutableArray<string> secrets)
    {
        foreach (var value in secrets.OrderByDescending(static one => one.Length))
            reply = reply with { Body = Hide(reply.Body, value), Detail = Hide(reply.Detail, value), Location = reply.Location is { } location ? Hide(location, value) : null };
        return reply;
    }

    private static string Hide(string text, string value) => text.Replace(value, SecretNames.Mask, StringComparison.Ordinal);

    private static ProbeReply Without(NoAnswer why, string detail) => new(Duration.Zero) { Failed = why, Detail = detail };

    private sealed record Sent(IReadOnlyDictionary<string, string> Headers, string? Body);
}
