using System.Globalization;
using System.Runtime.CompilerServices;
using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>Which records of the ledger.</summary>
/// <param name="Actor">Only this actor's.</param>
/// <param name="Type">Only these types, such as <c>rollout-started</c>, separated by commas.</param>
/// <param name="Stream">Only streams that begin so, such as <c>access/</c>.</param>
/// <param name="Since">At or after.</param>
/// <param name="Until">Before.</param>
/// <param name="Text">Part of a record, in any case.</param>
public sealed record AuditQuery(string? Actor, string? Type, string? Stream, DateTimeOffset? Since, DateTimeOffset? Until, string? Text);

/// <summary>The part about access: who one is, tokens, links, sessions, grants, and the ledger's search.</summary>
public sealed partial class FairwayClient
{
    /// <summary>Who the caller is and may.</summary>
    public Task<MeInfo> GetMeAsync(CancellationToken cancellation) => GetAsync("access/me", WireJson.Default.MeInfo, cancellation);

    /// <summary>Tokens in force that the caller may see.</summary>
    public Task<IReadOnlyList<TokenInfo>> GetTokensAsync(CancellationToken cancellation) => GetAsync("access/tokens", WireJson.Default.IReadOnlyListTokenInfo, cancellation);

    /// <summary>Makes a token; its secret is in the answer and nowhere else.</summary>
    public Task<CreatedToken> CreateTokenAsync(TokenRequest request, CancellationToken cancellation)
        => PostAsync("access/tokens", request, WireJson.Default.TokenRequest, WireJson.Default.CreatedToken, cancellation);

    /// <summary>Ends a token at once.</summary>
    public Task<WhyInfo> RevokeTokenAsync(string idOrName, string? reason, CancellationToken cancellation)
        => DeleteAsync(Query($"access/tokens/{Escape(idOrName)}", ("reason", reason)), WireJson.Default.WhyInfo, cancellation);

    /// <summary>Makes a link that signs in once.</summary>
    public Task<LinkInfo> CreateLinkAsync(LinkRequest request, CancellationToken cancellation)
        => PostAsync("access/links", request, WireJson.Default.LinkRequest, WireJson.Default.LinkInfo, cancellation);

    /// <summary>Browsers' sessions that the caller may see.</summary>
    public Task<IReadOnlyList<SessionInfo>> GetSessionsAsync(CancellationToken cancellation) => GetAsync("access/sessions", WireJson.Default.IReadOnlyListSessionInfo, cancellation);

    /// <summary>Ends a session at once.</summary>
    public Task<WhyInfo> EndSessionAsync(string id, CancellationToken cancellation) => DeleteAsync($"access/sessions/{Escape(id)}", WireJson.Default.WhyInfo, cancellation);

    /// <summary>Grants that the caller may see, newest first.</summary>
    public Task<IReadOnlyList<GrantInfo>> GetGrantsAsync(CancellationToken cancellation) => GetAsync("access/grants", WireJson.Default.IReadOnlyListGrantInfo, cancellation);

    /// <summary>Asks for a role for a time, or takes it at once.</summary>
    public Task<GrantAnswer> RequestGrantAsync(GrantRequest request, CancellationToken cancellation)
        => PostAsync("access/grants", request, WireJson.Default.GrantRequest, WireJson.Default.GrantAnswer, cancellation);

    /// <summary>Decides a grant.</summary>
    /// <param name="id">Its own.</param>
    /// <param name="verb"><c>approve</c>, <c>deny</c> or <c>revoke</c>.</param>
    /// <param name="reason">In their own words.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<GrantAnswer> DecideGrantAsync(string id, string verb, string? reason, CancellationToken cancellation)
        => PostAsync($"access/grants/{Escape(id)}/{verb}", new(reason), WireJson.Default.GrantDecision, WireJson.Default.GrantAnswer, cancellation);

    /// <summary>A page of the ledger, newest first.</summary>
    public Task<EventPage> SearchAuditAsync(AuditQuery query, long? cursor, int limit, CancellationToken cancellation)
        => GetAsync(
            Query("ledger/records", [.. Parts(query), ("cursor", cursor?.ToString(CultureInfo.InvariantCulture)), ("limit", limit.ToString(CultureInfo.InvariantCulture))]),
            WireJson.Default.EventPage, cancellation);

    /// <summary>Records as lines for another system, oldest first.</summary>
    /// <param name="query">Which.</param>
    /// <param name="format"><c>jsonl</c> or <c>cef</c>.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="FairwayException">Also when the stream broke off: what came is not the whole.</exception>
    public async IAsyncEnumerable<string> ExportAuditAsync(AuditQuery query, string format, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Query("ledger/export", [.. Parts(query), ("format", format)]));
        using var answer = await OpenAsync(request, cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        while (true)
        {
            string? line;
            try
            {
                line = await reader.ReadLineAsync(cancellation);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                throw new FairwayException("connection-lost", $"the control plane of {_who} went away in the middle: {e.Message}", "what was written is not the whole; export again", inner: e);
            }
            if (line is null) yield break;
            yield return line;
        }
    }

    private static (string, string?)[] Parts(AuditQuery query) =>
    [
        ("actor", query.Actor), ("type", query.Type), ("stream", query.Stream), ("since", Moment(query.Since)), ("until", Moment(query.Until)), ("text", query.Text),
    ];

    private static string? Moment(DateTimeOffset? at) => at?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
