using Fairway.Ledger;
using NodaTime;

namespace Fairway.Access;

public sealed class DeciderTests
{
    private static readonly AccessLimits Limits = AccessLimits.Usual;
    private static readonly Secret Link = new("linkid000001", new string('b', Secret.TextLength));
    private static readonly Secret Session = Link with { Text = new string('c', Secret.TextLength) };

    [Fact]
    public void A_token_keeps_a_hash_and_never_the_secret()
    {
        var decision = TokenDecider.Create(Given.Admin, Given.Token, "ci", [Given.Role("deployer@staging")], null, [], Limits, Given.Noon);
        var token = Given.Folded<AccessToken>(decision);

        Assert.DoesNotContain(Given.Token.Text, AccessEventCodec.Write(decision.Event!).Data, StringComparison.Ordinal);
        Assert.True(Given.Token.Matches(token.Hash));
        Assert.False((Given.Token with { Text = new string('x', Secret.TextLength) }).Matches(token.Hash));
        Assert.Equal(Given.Noon + Duration.FromDays(30), token.ExpiresAt);
        Assert.Equal(("token:ci", "root"), (token.AsPrincipal().Name, token.AsPrincipal().Person));
    }

    [Theory]
    [InlineData("deployer@staging", "admin@staging", null)]
    [InlineData("deployer@production", "admin@staging", "not-allowed")]
    [InlineData("deployer", "admin@staging", "not-allowed")]
    [InlineData("viewer", "deployer", "not-allowed")]
    public void Only_who_administers_a_place_gives_roles_there(string role, string own, string? refused)
    {
        var decision = TokenDecider.Create(Given.Of("anna", Given.Role(own)), Given.Token, "ci", [Given.Role(role)], null, [], Limits, Given.Noon);

        Assert.Equal(refused, decision.Refused is null ? null : decision.Why.Code);
    }

    [Fact]
    public void A_token_needs_a_name_of_its_own_a_role_and_an_end()
    {
        var existing = Given.Folded<AccessToken>(TokenDecider.Create(Given.Admin, Given.Token, "ci", [Given.Role("viewer")], null, [], Limits, Given.Noon));
        AccessDecision Create(string name, ImmutableArray<RoleBinding> roles, Duration? life) => TokenDecider.Create(Given.Admin, Given.Token, name, roles, life, [existing], Limits, Given.Noon);

        Assert.Equal("token-exists", Create("ci", [Given.Role("viewer")], null).Why.Code);
        Assert.Equal("token-name", Create("oidc:me", [Given.Role("viewer")], null).Why.Code);
        Assert.Equal("token-name", Create("a\nb", [Given.Role("viewer")], null).Why.Code);
        Assert.Equal("token-roles", Create("other", [], null).Why.Code);
        Assert.Equal("token-life", Create("other", [Given.Role("viewer")], Duration.FromDays(400)).Why.Code);
        Assert.Equal("token-life", Create("other", [Given.Role("viewer")], Duration.Zero).Why.Code);
    }

    [Fact]
    public void A_link_works_once()
    {
        var link = Offered();
        var opened = Given.Folded<SignIn>(SignInDecider.Open(link, Link, Session, "127.0.0.1", "Firefox", Limits, Given.Noon), link);

        Assert.True(Session.Matches(opened.SessionHash));
        Assert.Equal("link-used", SignInDecider.Open(opened, Link, Session, null, null, Limits, Given.Noon).Why.Code);
    }

    [Fact]
    public void A_link_that_is_late_wrong_or_unknown_signs_in_nobody()
    {
        var link = Offered();

        Assert.Equal("link-expired", SignInDecider.Open(link, Link, Session, null, null, Limits, Given.Noon + Limits.Link).Why.Code);
        Assert.Equal("link-unknown", SignInDecider.Open(link, Session, Session, null, null, Limits, Given.Noon).Why.Code);
        Assert.Equal("link-unknown", SignInDecider.Open(null, Link, Session, null, null, Limits, Given.Noon).Why.Code);
    }

    [Fact]
    public void A_session_ends_when_idle_when_old_and_when_what_it_came_from_ends()
    {
        var soon = Given.Noon + Duration.FromHours(1);
        var short_ = Given.Folded<SignIn>(SignInDecider.Offer(
            new(new("token:ci", "root", PrincipalKind.Token, [Given.Role("viewer")]) { Credential = "t1", Until = soon }, []), Link, null, [], Limits, Given.Noon));
        var session = Given.Folded<SignIn>(SignInDecider.Open(short_, Link, Session, null, null, Limits, Given.Noon), short_);

        Assert.Equal((soon, "t1"), (session.ExpiresAt, session.Through));
        Assert.Null(SignInDecider.EndOf(session, Given.Noon, Limits, soon - Duration.Epsilon));
        Assert.Equal(SignInEnd.Expired, SignInDecider.EndOf(session, soon, Limits, soon));
        Assert.Equal(SignInEnd.Idle, SignInDecider.EndOf(session with { ExpiresAt = Instant.MaxValue }, Given.Noon, Limits, Given.Noon + Limits.SessionIdle));
    }

    [Fact]
    public void Nobody_makes_a_link_for_another_with_roles_they_cannot_give()
    {
        Assert.Equal("not-allowed", SignInDecider.Offer(Given.Of("anna", Given.Role("deployer")), Link, "bob", [Given.Role("viewer")], Limits, Given.Noon).Why.Code);
        Assert.Equal("sign-in-name", SignInDecider.Offer(Given.Admin, Link, "token:ci", [Given.Role("viewer")], Limits, Given.Noon).Why.Code);
        Assert.Equal("not-allowed", SignInDecider.Offer(Given.Of("anna"), Link, null, [], Limits, Given.Noon).Why.Code);
    }

    [Fact]
    public void Another_person_approves_never_oneself_and_never_by_a_token_of_ones_own()
    {
        var grant = Asked("deployer@production");
        var ownToken = new Standing(new("token:mine", "anna", PrincipalKind.Token, [RoleBinding.Everything]), []);

        Assert.Equal("own-request", GrantDecider.Approve(Given.Of("anna", RoleBinding.Everything), grant, null, Given.Noon).Why.Code);
        Assert.Equal("own-request", GrantDecider.Approve(ownToken, grant, null, Given.Noon).Why.Code);
        Assert.Equal("not-allowed", GrantDecider.Approve(Given.Of("bob", Given.Role("approver@staging")), grant, null, Given.Noon).Why.Code);
        var approved = Given.Folded<Grant>(GrantDecider.Approve(Given.Of("bob", Given.Role("approver@production")), grant, "ok", Given.Noon), grant);
        Assert.Equal((GrantPhase.Active, "bob", "ok"), (approved.Phase, approved.DecidedBy, approved.DecidedReason));
        Assert.True(approved.IsInForce(Given.Noon + Duration.FromMinutes(59)));
        Assert.False(approved.IsInForce(Given.Noon + Duration.FromHours(1)));
        Assert.Equal("grant-decided", GrantDecider.Deny(Given.Of("carl", Given.Role("approver")), approved, null, Given.Noon).Why.Code);
    }

    [Fact]
    public void Who_may_approve_cannot_make_admins()
    {
        var grant = Asked("admin@production");

        Assert.Equal("not-allowed", GrantDecider.Approve(Given.Of("bob", Given.Role("approver")), grant, null, Given.Noon).Why.Code);
        Assert.Null(GrantDecider.Approve(Given.Of("bob", Given.Role("admin@production")), grant, null, Given.Noon).Refused);
    }

    [Fact]
    public void A_request_without_a_reason_or_too_long_or_too_old_comes_to_nothing()
    {
        AccessDecision Ask(Duration length, string? reason) => GrantDecider.Request(Given.Of("anna", Given.Role("viewer")), "g1", Given.Role("deployer"), length, reason, [], Limits, Given.Noon);

        Assert.Equal("reason-missing", Ask(Duration.FromHours(1), " ").Why.Code);
        Assert.Equal("grant-length", Ask(Duration.FromHours(13), "why").Why.Code);
        Assert.Equal("grant-over", GrantDecider.Approve(Given.Admin, Asked("deployer"), null, Given.Noon + Limits.Request).Why.Code);
    }

    [Fact]
    public void A_grant_is_taken_back_by_its_owner_or_an_approver_and_nobody_else()
    {
        var grant = Given.Folded<Grant>(GrantDecider.Approve(Given.Admin, Asked("deployer@production"), null, Given.Noon), Asked("deployer@production"));

        Assert.Equal("not-allowed", GrantDecider.Revoke(Given.Of("carl", Given.Role("deployer")), grant, null, Given.Noon).Why.Code);
        Assert.Null(GrantDecider.Revoke(Given.Of("anna", Given.Role("viewer")), grant, null, Given.Noon).Refused);
        Assert.False(Given.Folded<Grant>(GrantDecider.Revoke(Given.Admin, grant, "enough", Given.Noon), grant).IsInForce(Given.Noon));
    }

    [Fact]
    public void Glass_is_broken_by_who_may_respond_there_for_an_hour_at_most()
    {
        AccessDecision Break(string own, string role, int minutes)
            => GrantDecider.BreakGlass(Given.Of("anna", Given.Role(own)), "g1", Given.Role(role), Duration.FromMinutes(minutes), "site is down", Limits, Given.Noon);

        Assert.Equal("not-allowed", Break("deployer", "admin", 10).Why.Code);
        Assert.Equal("not-allowed", Break("responder@staging", "deployer@production", 10).Why.Code);
        Assert.Equal("grant-length", Break("responder", "admin", 61).Why.Code);
        var grant = Given.Folded<Grant>(Break("responder@production", "deployer@production", 60));
        Assert.True(grant is { IsBreakGlass: true, Phase: GrantPhase.Active, Reason: "site is down" });
    }

    [Theory]
    [InlineData("fwy_tokenid00001_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true)]
    [InlineData("fwy_tokenid00001_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    [InlineData("fwx_tokenid00001_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    [InlineData("fwy_tokenid00001_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_", false)]
    [InlineData("fwy_tokenid/0001_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    [InlineData("fwy_", false)]
    [InlineData("", false)]
    public void Only_what_is_written_as_a_token_is_read_as_one(string text, bool valid) => Assert.Equal(valid, Secret.ParseToken(text) is not null);

    [Fact]
    public void A_secret_does_not_print_itself() => Assert.DoesNotContain(Given.Token.Text, Given.Token.ToString(), StringComparison.Ordinal);

    [Fact]
    public void A_record_is_one_line_of_CEF_whatever_it_holds()
    {
        var line = CefText.Of(new(7, "access/x|y", 1, Given.Noon, "glass-broken.v1", "eve\nCEF:0|forged=", 3, """{"a":"b=c\\d\u2028"}""", "", "ff"), "1|2");

        Assert.Equal(
            @"CEF:0|Fairway|Fairway|1\|2|glass-broken.v1|glass broken|8|rt=1772366400000 externalId=7 suser=eve\nCEF:0|forged\= cs1Label=stream cs1=access/x|y cs2Label=hash cs2=ff cn1Label=cause cn1=3 msg={""a"":""b\=c\\\\d\\u2028""}",
            line);
    }

    private static SignIn Offered() => Given.Folded<SignIn>(SignInDecider.Offer(Given.Of("anna", Given.Role("deployer")), Link, null, [], Limits, Given.Noon));

    private static Grant Asked(string role)
        => Given.Folded<Grant>(GrantDecider.Request(Given.Of("anna", Given.Role("viewer")), "g1", Given.Role(role), Duration.FromHours(1), "a fix", [], Limits, Given.Noon));
}
