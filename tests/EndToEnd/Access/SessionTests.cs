using System.Net;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;

namespace Fairway.Access;

public sealed class SessionTests
{
    [Fact]
    public async Task A_token_works_until_it_is_revoked()
    {
        await using var visitors = await Visitors.OpenAsync();
        var made = await visitors.House.Client.CreateTokenAsync(new("ci", ["viewer"], null), default);
        var by = new Credentials(made.Secret);

        Assert.Equal((200, null), await Visitors.OutcomeAsync(visitors.SendAsync("GET", "/api/status", by)));
        Assert.NotNull(Assert.Single(await visitors.House.Client.GetTokensAsync(default)).LastUsedAt);
        await visitors.House.Client.RevokeTokenAsync("ci", "leaked", default);
        Assert.Equal((401, "token-unknown"), await Visitors.OutcomeAsync(visitors.SendAsync("GET", "/api/status", by)));
        Assert.Empty(await visitors.House.Client.GetTokensAsync(default));
    }

    [Fact]
    public async Task A_token_ends_by_itself_and_the_ledger_says_so()
    {
        await using var visitors = await Visitors.OpenAsync();
        var made = await visitors.House.Client.CreateTokenAsync(new("short", ["viewer"], 1), default);

        await Until.TrueAsync(
            async () => await Visitors.OutcomeAsync(visitors.SendAsync("GET", "/api/status", new(made.Secret))) == (401, "token-unknown"), "the token ends");
        await Until.TrueAsync(
            async () => (await visitors.House.Client.SearchAuditAsync(new(null, "token-expired", null, null, null, null), null, 10, default)).Records is [{ Actor: "fairway" }],
            "its end is in the ledger");
    }

    [Fact]
    public async Task A_link_signs_in_once_and_sign_out_ends_it_at_once()
    {
        await using var visitors = await Visitors.OpenAsync();
        var link = await visitors.House.Client.CreateLinkAsync(new(null, null), default);
        // Whoever only looks, such as a chat's preview, uses nothing up.
        Assert.Equal(200, (await Visitors.OutcomeAsync(visitors.SendAsync("GET", "/sign-in?code=" + link.Code, Credentials.None))).Status);
        using var opened = await visitors.OpenAsync(link.Code, "/services/production/shop?tab=logs");
        var cookie = Assert.Single(opened.Headers.GetValues("Set-Cookie"));
        var session = new Credentials(Cookie: Visitors.CookieOf(opened));
        var me = await Visitors.ReadAsync(await visitors.SendAsync("GET", "/api/access/me", session), WireJson.Default.MeInfo);

        Assert.Equal("/services/production/shop?tab=logs", opened.Headers.Location!.OriginalString);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("session", me.Kind);
        Assert.Equal(403, (await Visitors.OutcomeAsync(visitors.OpenAsync(link.Code))).Status);

        using var form = new FormUrlEncodedContent([new("csrf", me.CsrfToken)]);
        using var left = await visitors.SendAsync("POST", "/sign-out", session, form);
        Assert.Equal((HttpStatusCode.SeeOther, "/sign-in"), (left.StatusCode, left.Headers.Location!.OriginalString));
        Assert.Equal((401, "session-over"), await Visitors.OutcomeAsync(visitors.SendAsync("GET", "/api/status", session)));
    }

    [Fact]
    public async Task A_session_survives_a_restart_of_the_control_plane()
    {
        await using var visitors = await Visitors.OpenAsync();
        var session = await visitors.SignInAsync("anna", "viewer");
        var port = new Uri(visitors.Console).Port;
        await visitors.House.StopAsync();
        await visitors.House.StartAsync(new(new(IPAddress.Loopback, port), Required: true));

        Assert.Equal((200, null), await Visitors.OutcomeAsync(visitors.SendAsync("GET", "/api/status", session)));
    }

    [Fact]
    public async Task A_session_made_with_a_token_ends_with_it()
    {
        await using var visitors = await Visitors.OpenAsync();
        var token = await visitors.TokenAsync("viewer");
        using var client = FairwayClient.For(new Uri(visitors.Console), token.Token);
        var link = await client.CreateLinkAsync(new(null, null), default);
        using var opened = await visitors.OpenAsync(link.Code);
        var session = new Credentials(Cookie: Visitors.CookieOf(opened));

        Assert.Equal(200, (await Visitors.OutcomeAsync(visitors.SendAsync("GET", "/api/status", session))).Status);
        await visitors.House.Client.RevokeTokenAsync("t1", null, default);
        Assert.Equal((401, "session-over"), await Visitors.OutcomeAsync(visitors.SendAsync("GET", "/api/status", session)));
    }

    [Fact]
    public async Task Who_tries_too_often_waits_and_each_refusal_is_recorded()
    {
        await using var visitors = await Visitors.OpenAsync();
        for (var i = 0; i < AccessLimits.Usual.Attempts; i++)
            Assert.Equal(403, (await Visitors.OutcomeAsync(visitors.OpenAsync($"abcdefghijkl.{new string('x', Secret.TextLength)}"))).Status);
        var link = await visitors.House.Client.CreateLinkAsync(new(null, null), default);
        using var late = await visitors.OpenAsync(link.Code);
        var refused = await visitors.House.Client.SearchAuditAsync(new("anonymous", "sign-in-refused", null, null, null, null), null, 100, default);

        Assert.Equal(HttpStatusCode.TooManyRequests, late.StatusCode);
        Assert.InRange(late.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal(AccessLimits.Usual.Attempts, refused.Records.Count);
    }

    [Fact]
    public async Task A_role_is_asked_for_approved_by_another_used_and_named_in_the_record()
    {
        await using var visitors = await Visitors.OpenAsync();
        var release = await visitors.House.ReleaseAsync("1.0.0");
        var anna = await visitors.SignInAsync("anna", "viewer");
        var bob = await visitors.SignInAsync("bob", "approver@production");
        string deploy = $$"""{"service":"shop","release":"{{release.Digest}}","reason":"fix"}""";

        Assert.Equal((403, "not-allowed"), await Visitors.OutcomeAsync(visitors.SendAsync("POST", "/api/rollouts", anna, Visitors.Json(deploy))));
        var asked = await Visitors.ReadAsync(
            await visitors.SendAsync("POST", "/api/access/grants", anna, Visitors.Json("""{"role":"deployer@production","reason":"a fix"}""")), WireJson.Default.GrantAnswer);
        var approve = $"/api/access/grants/{asked.Grant.Id}/approve";
        Assert.Equal((403, "own-request"), await Visitors.OutcomeAsync(visitors.SendAsync("POST", approve, anna, Visitors.Json("{}"))));
        Assert.Equal((200, null), await Visitors.OutcomeAsync(visitors.SendAsync("POST", approve, bob, Visitors.Json("{}"))));
        Assert.Equal((202, null), await Visitors.OutcomeAsync(visitors.SendAsync("POST", "/api/rollouts", anna, Visitors.Json(deploy))));
        var started = await visitors.House.Client.SearchAuditAsync(new("anna", "rollout-started", null, null, null, null), null, 1, default);
        Assert.Contains($"\"grant\":\"{asked.Grant.Id}\"", Assert.Single(started.Records).Data.GetRawText(), StringComparison.Ordinal);
        await visitors.House.Client.DecideGrantAsync(asked.Grant.Id, "revoke", null, default);
        Assert.Equal((403, "not-allowed"), await Visitors.OutcomeAsync(visitors.SendAsync("POST", "/api/rollouts", anna, Visitors.Json(deploy))));
    }

    [Fact]
    public async Task Broken_glass_is_loud()
    {
        await using var visitors = await Visitors.OpenAsync();
        var rita = await visitors.SignInAsync("rita", "responder@production");
        const string Taking = """{"role":"deployer@production","reason":"checkout is down","breakGlass":true}""";
        Assert.Equal((201, null), await Visitors.OutcomeAsync(visitors.SendAsync("POST", "/api/access/grants", rita, Visitors.Json(Taking))));
        var anna = await visitors.SignInAsync("anna", "deployer");
        Assert.Equal((403, "not-allowed"), await Visitors.OutcomeAsync(visitors.SendAsync("POST", "/api/access/grants", anna, Visitors.Json(Taking))));

        Assert.Contains("rita took deployer@production", Assert.Single((await visitors.House.Client.GetStatusAsync(default)).ControlPlane.Warnings!), StringComparison.Ordinal);
        Assert.Single((await visitors.House.Client.SearchAuditAsync(new(null, "glass-broken", null, null, null, null), null, 10, default)).Records);
    }

    [Fact]
    public async Task Who_may_look_in_one_environment_sees_nothing_of_another()
    {
        await using var visitors = await Visitors.OpenAsync();
        await visitors.House.ServingAsync("1.0.0");
        var staging = await visitors.TokenAsync("viewer@staging");
        using var client = FairwayClient.For(new Uri(visitors.Console), staging.Token);

        Assert.Empty(await client.GetServicesAsync(default));
        Assert.Empty((await client.GetRolloutsAsync(null, null, null, null, default)).Rollouts);
        Assert.Empty((await client.SearchAuditAsync(new(null, null, null, null, null, null), null, 100, default)).Records);
        Assert.Equal((403, "not-allowed"), await Visitors.OutcomeAsync(visitors.SendAsync("GET", "/api/ledger/export", staging)));
    }
}
