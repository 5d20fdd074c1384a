using Fairway.Access;
using System.Security.Cryptography;
using Fairway.Adapters.Oidc;
using Fairway.Kernel;

namespace Fairway.Contracts;

/// <summary>Bearers of another issuer's tokens: its discovery and keys over real sockets.</summary>
public sealed class OidcIssuerTests
{
    [Theory]
    [InlineData("RS256", "k1")]
    [InlineData("PS256", "k1")]
    [InlineData("ES256", "ec")]
    [InlineData("RS256", null)]
    public async Task A_token_signed_by_the_issuer_makes_its_bearer_somebody(string alg, string? kid)
    {
        await using var issuer = new FakeIssuer();
        await using var oidc = new OidcIssuer(() => Settings(issuer), TimeProvider.System);
        var (who, refused) = await oidc.RecognizeAsync(issuer.Token(alg: alg, kid: kid), default);

        Assert.Null(refused);
        Assert.Equal(("oidc:anna@example.com", "oidc:u-1", PrincipalKind.Oidc), (who!.Name, who.Person, who.Kind));
        Assert.Equal([new RoleBinding(Role.Viewer, null), new RoleBinding(Role.Deployer, "staging")], who.Roles);
    }

    [Fact]
    public async Task A_token_that_is_not_right_in_every_part_is_refused()
    {
        await using var issuer = new FakeIssuer();
        await using var oidc = new OidcIssuer(() => Settings(issuer), TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        using var other = RSA.Create(2048);
        // The public key as a shared secret: what a confused verifier would accept.
        byte[] Hmac(byte[] signed) => HMACSHA256.HashData(issuer.Rsa.ExportSubjectPublicKeyInfo(), signed);
        var good = issuer.Token();
        string[] bad =
        [
            issuer.Token(alg: "none", sign: _ => []), issuer.Token(alg: "None", sign: _ => []), issuer.Token(alg: "HS256", sign: Hmac), issuer.Token(alg: "RS384"),
            issuer.Token(alg: "ES256", kid: "k1"), issuer.Token(alg: "RS256", kid: "ec"), issuer.Token(kid: "unknown"),
            issuer.Token(sign: signed => other.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)), issuer.Token(sign: _ => []),
            issuer.Token(claims => claims["aud"] = "another"), issuer.Token(claims => claims["aud"] = new[] { "a", "b" }), issuer.Token(claims => claims.Remove("aud")),
            issuer.Token(claims => claims["iss"] = issuer.Address + "/"), issuer.Token(claims => claims.Remove("iss")),
            issuer.Token(claims => claims["exp"] = now - 120), issuer.Token(claims => claims.Remove("exp")), issuer.Token(claims => claims["exp"] = "tomorrow"),
            issuer.Token(claims => claims["nbf"] = now + 600), issuer.Token(claims => claims.Remove("sub")), issuer.Token(claims => claims["sub"] = 7),
            issuer.Token(header: new(StringComparer.Ordinal) { ["alg"] = "RS256", ["kid"] = "k1", ["crit"] = new[] { "exp" } }),
            issuer.Token(header: new(StringComparer.Ordinal) { ["alg"] = "RS256", ["kid"] = "k1", ["typ"] = "id" }),
            issuer.Token(header: new(StringComparer.Ordinal) { ["alg"] = new[] { "RS256" } }),
            good[..^4] + "AAAA", good.Split('.')[0] + "." + good.Split('.')[1], good + ".x", good + "=", "", "..", "a.b.c", new string('a', 20_000),
        ];

        for (var i = 0; i < bad.Length; i++)
        {
            var (who, refused) = await oidc.RecognizeAsync(bad[i], default);
            Assert.True(who is null && refused!.Kind == FaultKind.Forbidden, $"case {i} was let in or is another fault: {refused?.Message}");
            Assert.False(bad[i].Length > 40 && refused!.Message.Contains(bad[i][^40..], StringComparison.Ordinal), "the answer repeats the token");
        }
        Assert.NotNull((await oidc.RecognizeAsync(good, default)).Who);
        Assert.Equal(1, issuer.Asked);
    }

    [Fact]
    public async Task A_rotated_key_is_found_and_invented_keys_are_not_asked_for_again_and_again()
    {
        await using var issuer = new FakeIssuer();
        var clock = new SteppedClock();
        await using var oidc = new OidcIssuer(() => Settings(issuer), clock);
        Assert.NotNull((await oidc.RecognizeAsync(issuer.Token(), default)).Who);
        issuer.Rotate("k2");

        Assert.Null((await oidc.RecognizeAsync(issuer.Token(kid: "k2"), default)).Who);
        clock.Pass(TimeSpan.FromSeconds(31));
        Assert.NotNull((await oidc.RecognizeAsync(issuer.Token(kid: "k2"), default)).Who);
        for (var i = 0; i < 20; i++) Assert.Null((await oidc.RecognizeAsync(issuer.Token(kid: "k" + (i + 10)), default)).Who);
        Assert.Equal(2, issuer.Asked);
    }

    [Fact]
    public async Task An_issuer_that_is_away_is_no_refusal_and_its_last_keys_count_on()
    {
        var clock = new SteppedClock();
        OidcSettings settings;
        string token;
        OidcIssuer oidc;
        await using (var issuer = new FakeIssuer())
        {
            (settings, token) = (Settings(issuer), issuer.Token(claims => claims["exp"] = 4_000_000_000));
            oidc = new(() => settings, clock);
            Assert.NotNull((await oidc.RecognizeAsync(token, default)).Who);
        }
        await using (oidc)
        {
            clock.Pass(TimeSpan.FromHours(2));
            Assert.NotNull((await oidc.RecognizeAsync(token, default)).Who);
            clock.Pass(TimeSpan.FromHours(23));
            Assert.Equal(FaultKind.Unavailable, (await oidc.RecognizeAsync(token, default)).Refused!.Kind);
        }
    }

    [Fact]
    public async Task A_bearer_whose_groups_give_no_role_may_nothing()
    {
        await using var issuer = new FakeIssuer();
        await using var oidc = new OidcIssuer(() => Settings(issuer), TimeProvider.System);
        var (who, _) = await oidc.RecognizeAsync(issuer.Token(claims => claims["groups"] = new[] { "guests" }), default);

        Assert.False(new Standing(who!, []).May(Permission.SignedIn, null));
    }

    private static OidcSettings Settings(FakeIssuer issuer) => new(
        issuer.Address, "fairway", "groups", "email", [new("developers", [new(Role.Viewer, null), new(Role.Deployer, "staging")]), new("admins", [RoleBinding.Everything])]);

    /// <summary>The machine's clock, and what the test adds to it.</summary>
    private sealed class SteppedClock : TimeProvider
    {
        private long _added;

        public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _added);

        public void Pass(TimeSpan time) => Interlocked.Add(ref _added, (long)(time.TotalSeconds * System.TimestampFrequency));
    }
}
