using System.Net;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Contracts;
using Fairway.Hammer;

namespace Fairway.Access;

/// <summary>Bearers of another issuer's tokens, known by the real program.</summary>
public sealed class BearerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_issuers_token_may_what_its_claims_give_and_nothing_else()
    {
        await using var issuer = new FakeIssuer();
        await using var installation = await Installation.StartAsync($$"""
              shop: { run: sleep 1000 }
            environments: { production: {}, staging: {} }
            access:
              oidc:
                issuer: {{issuer.Address}}
                audience: fairway
                rolesClaim: groups
                nameClaim: email
                roles: { developers: [viewer, deployer@staging] }

            """);
        var console = new Uri((await installation.Client.GetStatusAsync(Ct)).ControlPlane.Console!);

        using var anna = FairwayClient.For(console, issuer.Token());
        var me = await anna.GetMeAsync(Ct);
        Assert.Equal("oidc:anna@example.com", me.Name);
        Assert.Equal(["deployer@staging", "viewer"], me.Roles.Order(StringComparer.Ordinal));
        Assert.Equal(2, (await anna.GetServicesAsync(Ct)).Count);
        Assert.Equal(409, await StatusOfAsync(() => anna.CommandAsync("staging", "shop", new("pause", "why not"), Ct)));
        Assert.Equal(403, await StatusOfAsync(() => anna.CommandAsync("production", "shop", new("pause", "why not"), Ct)));
        Assert.Equal(403, await StatusOfAsync(() => anna.CreateTokenAsync(new("mine", ["admin"], 60), Ct)));

        foreach (var refused in new[]
        {
            issuer.Token(claims => claims["aud"] = "another"), issuer.Token(claims => claims["exp"] = 1), issuer.Token(claims => claims["iss"] = "https://elsewhere.example"),
            issuer.Token(alg: "none", sign: _ => []), issuer.Token(sign: _ => new byte[256]),
        })
        {
            using var stranger = FairwayClient.For(console, refused);
            Assert.Equal(401, await StatusOfAsync(() => stranger.GetMeAsync(Ct)));
        }
        using var nobody = FairwayClient.For(console, issuer.Token(claims => claims["groups"] = new[] { "gardeners" }));
        Assert.Contains(await StatusOfAsync(() => nobody.GetServicesAsync(Ct)), new int?[] { 401, 403 });
    }

    private static async Task<int?> StatusOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return (int)HttpStatusCode.OK;
        }
        catch (FairwayException error)
        {
            return error.Status;
        }
    }
}
