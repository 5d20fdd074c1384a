using System.Text.Json;
using Fairway.Access;
using Fairway.Kernel;
using Fairway.Ports;
using NodaTime.Extensions;

namespace Fairway.Adapters.Oidc;

/// <summary>
/// An OpenID Connect issuer, asked for its keys when the first token comes and kept: asked again after an hour, or for a key it did not have, but not more often
/// than twice a minute whatever tokens come. When it is away its last keys count on for a day.
/// </summary>
/// <param name="settings">What is configured now; null is none.</param>
/// <param name="time">The clock.</param>
public sealed class OidcIssuer(Func<OidcSettings?> settings, TimeProvider time) : IIdentityIssuer, IAsyncDisposable
{
    private const int LargestAnswer = 1 << 20;
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);
    private static readonly TimeSpan Stale = TimeSpan.FromDays(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    // An issuer's answer must come from where it was asked.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = System.Threading.Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestAnswer,
    };

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Known? _known;
    private (string? Issuer, long At, Fault? Fault) _asked;

    /// <inheritdoc/>
    public async ValueTask<(Principal? Who, Fault? Refused)> RecognizeAsync(string bearer, CancellationToken cancellation)
    {
        if (settings() is not { } now) return (null, Refused("the token is none of this control plane's, and no other issuer is configured (access.oidc)"));
        if (Jwt.Parse(bearer, out var problem) is not { } jwt) return (null, Refused(problem));
        // Claims first: what is refused anyway costs no keys and no question.
        var (who, refusal) = JwtDecider.Decide(jwt, now, time.GetUtcNow().ToInstant());
        if (who is null) return (null, Refused(refusal!));
        var (keys, fault) = await KeysAsync(now, jwt, cancellation);
        if (keys is null) return (null, fault);
        return keys.Verify(jwt) ? (who, null) : (null, Refused("the token is not signed by a key of its issuer"));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(IssuerKeys? Keys, Fault? Fault)> KeysAsync(OidcSettings now, Jwt jwt, CancellationToken cancellation)
    {
        if (Usable(now, Fresh) is { } fresh && fresh.Knows(jwt)) return (fresh, null);
        await _turn.WaitAsync(cancellation);
        try
        {
            if (Usable(now, Fresh) is { } meanwhile && meanwhile.Knows(jwt)) return (meanwhile, null);
            // A flood of tokens with invented keys must not become a flood of questions to the issuer.
            var again = _asked.Issuer == now.Issuer && time.GetElapsedTime(_asked.At) < Pause;
            if (!again)
            {
                var (keys, fault) = await AskAsync(now, cancellation);
                if (keys is not null) _known = new(now.Issuer, keys, time.GetTimestamp());
                _asked = (now.Issuer, time.GetTimestamp(), fault);
            }
            return Usable(now, Stale) is { } last ? (last, null)
                : (null, _asked.Fault ?? new(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"the keys of {now.Issuer} are not known"));
        }
        finally
        {
            _turn.Release();
        }
    }

    private IssuerKeys? Usable(OidcSettings now, TimeSpan age) => _known is { } known && known.Issuer == now.Issuer && time.GetElapsedTime(known.At) < age ? known.Keys : null;

    private async Task<(IssuerKeys? Keys, Fault? Fault)> AskAsync(OidcSettings now, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            // OpenID Connect Discovery 1.0, 4: the path is appended, whatever path the issuer has.
            var discovery = new Uri(now.Issuer.TrimEnd('/') + "/.well-known/openid-configuration");
            if (!OidcSettings.IsSafe(discovery)) return (null, Away(now, "its address is neither https nor on this machine"));
            using var document = JsonDocument.Parse(await _http.GetStringAsync(discovery, either.Token));
            if (Jwt.Text(document.RootElement, "issuer") != now.Issuer) return (null, Away(now, "it calls itself by another name"));
            if (!Uri.TryCreate(Jwt.Text(document.RootElement, "jwks_uri"), UriKind.Absolute, out var address) || !OidcSettings.IsSafe(address))
                return (null, Away(now, "it does not say safely where its keys are (jwks_uri)"));
            var keys = IssuerKeys.Parse(await _http.GetStringAsync(address, either.Token));
            return keys.Count > 0 ? (keys, null) : (null, Away(now, "it has no key that can be used"));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, Away(now, "it does not answer in time"));
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or UriFormatException)
        {
            return (null, Away(now, error.Message));
        }
    }

    private static Fault Refused(string sentence) => new(FaultKind.Forbidden, Blame.Configuration, Retryable: false, sentence);

    private static Fault Away(OidcSettings now, string why) => new(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"the keys of {now.Issuer} cannot be fetched: {why}");

    private sealed record Known(string Issuer, IssuerKeys Keys, long At);
}
