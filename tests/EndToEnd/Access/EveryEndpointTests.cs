using System.Net;
using System.Text.RegularExpressions;
using Fairway.Api;

namespace Fairway.Access;

/// <summary>Every endpoint there is, called by everybody there can be: what was declared is what holds.</summary>
public sealed partial class EveryEndpointTests
{
    // What anybody may reach without being known. A new one must be meant.
    private static readonly string[] Public = ["GET /api/healthz", "GET /assets/{name}", "GET /sign-in", "GET /theme", "POST /hooks/github/{repository}", "POST /hooks/gitlab/{repository}", "POST /sign-in"];

    // These end what the others need, so they come last.
    private static readonly string[] Last = ["POST /sign-out", "POST /sign-in", "POST /api/down"];

    private static readonly string[] Everybody = ["viewer", "deployer", "approver", "responder", "admin", "viewer@staging", "deployer@staging", "admin@staging", "deployer@production"];

    private const string Wrong = "wrong";

    [Fact]
    public async Task Only_what_is_listed_is_public()
    {
        await using var visitors = await Visitors.OpenAsync();

        Assert.Equal(Public, visitors.House.Endpoints.Where(endpoint => endpoint.Needs == Permission.None).Select(endpoint => endpoint.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Each_endpoint_lets_in_whom_it_declares_and_nobody_else()
    {
        await using var visitors = await Visitors.OpenAsync();
        var endpoints = visitors.House.Endpoints.OrderBy(endpoint => Array.IndexOf(Last, endpoint.ToString())).ToList();
        Assert.True(endpoints.Count > 30, $"{endpoints.Count} endpoints");
        var wrong = new List<string>();
        foreach (var endpoint in endpoints)
        {
            if (await CheckAsync(visitors, endpoint, Credentials.None, Standing.Anonymous) is { } anonymous) wrong.Add(anonymous);
        }
        foreach (var role in Everybody)
        {
            Assert.True(RoleBinding.TryParse(role, out var binding));
            var token = await visitors.TokenAsync(role);
            var session = await visitors.SignInAsync("p-" + role.Replace('@', '-'), role);
            var standing = new Standing(new(role, role, PrincipalKind.Token, [binding]), []);
            foreach (var endpoint in endpoints.Where(endpoint => !Last.Contains(endpoint.ToString(), StringComparer.Ordinal)))
                foreach (var by in (Credentials[])[token, session with { Csrf = null }, .. role == "admin" ? [session with { Csrf = Wrong }] : Array.Empty<Credentials>(), session])
                    if (await CheckAsync(visitors, endpoint, by, standing) is { } problem) wrong.Add(problem);
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Stopping_everything_is_for_admins_of_everything()
    {
        await using var visitors = await Visitors.OpenAsync();
        foreach (var role in Everybody.Where(role => role != "admin"))
            Assert.Equal((403, "not-allowed"), await Visitors.OutcomeAsync(visitors.SendAsync("POST", "/api/down", await visitors.TokenAsync(role))));
        var session = await visitors.SignInAsync("ada", "admin");
        Assert.Equal((403, "csrf"), await Visitors.OutcomeAsync(visitors.SendAsync("POST", "/api/down", session with { Csrf = null })));
        Assert.True(await visitors.House.Client.IsRunningAsync(default));
    }

    /// <summary>Null when it is as declared.</summary>
    private static async Task<string?> CheckAsync(Visitors visitors, DeclaredEndpoint endpoint, Credentials by, Standing standing)
    {
        var path = Parameter().Replace(endpoint.Pattern, match => match.Value switch
        {
            "{environment}" => "production", "{service}" => "shop", "{number}" => "1", _ => "nothing",
        });
        var isUnsafe = endpoint.Method is not ("GET" or "HEAD");
        using var answer = await visitors.SendAsync(endpoint.Method, path, by, isUnsafe ? Visitors.Json("{}") : null);
        var code = answer.Content.Headers.ContentType?.MediaType == "application/problem+json" ? (await Visitors.ReadAsync(answer, Client.Wire.WireJson.Default.ProblemInfo)).Code : null;
        var allowed = endpoint is { NamesEnvironment: false, Reach: Reach.Somewhere } ? standing.MaySomewhere(endpoint.Needs)
            : standing.May(endpoint.Needs, endpoint.NamesEnvironment ? "production" : null);
        var without = isUnsafe && by.Cookie is not null && by.Csrf is null or Wrong;
        var isPage = endpoint.Kind == EndpointKind.Page;
        var right = (allowed, standing.Who.IsKnown) switch
        {
            (false, false) when isPage => answer.StatusCode == HttpStatusCode.SeeOther && answer.Headers.Location!.OriginalString.StartsWith("/sign-in", StringComparison.Ordinal),
            (false, false) => (answer.StatusCode, code) == (HttpStatusCode.Unauthorized, "sign-in-needed"),
            (false, true) => answer.StatusCode == HttpStatusCode.Forbidden && (isPage || code == "not-allowed"),
            // Whoever calls a webhook is told apart by what they signed.
            _ when endpoint.Pattern.StartsWith("/hooks/", StringComparison.Ordinal) 
                => (answer.StatusCode, code) == (without && standing.Who.IsKnown ? (HttpStatusCode.Forbidden, "csrf") : (HttpStatusCode.Unauthorized, "signature")),
            (true, true) when without && endpoint.Needs != Permission.None => answer.StatusCode == HttpStatusCode.Forbidden && (isPage || code == "csrf"),
            _ => answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.InternalServerError) && code is not ("not-allowed" or "csrf"),
        };
        return right ? null : $"{endpoint} ({endpoint.Needs}) by {standing.Who.Name}{(by.Cookie is null ? "" : without ? " without CSRF token" : " with CSRF token")}: {(int)answer.StatusCode} {code}";
    }

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
