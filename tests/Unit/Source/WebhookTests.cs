using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NodaTime;

namespace Fairway.Source;

/// <summary>What hosts tell, and whether it was them.</summary>
public sealed class WebhookTests
{
    private static readonly Instant Now = Instant.FromUnixTimeSeconds(1_700_000_000);

    private static HookRequest Headers(params (string Name, string Value)[] headers)
        => new(name => headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).FirstOrDefault());

    [Fact]
    public void GitHubs_own_example_is_believed()
    {
        // From "Validating webhook deliveries" in GitHub's documentation.
        var request = Headers(("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"));
        Assert.Null(WebhookSignature.Refuse(SourceHost.GitHub, request, "Hello, World!"u8, "It's a Secret to Everybody", Now));
        Assert.NotNull(WebhookSignature.Refuse(SourceHost.GitHub, request, "Hello, World?"u8, "It's a Secret to Everybody", Now));
        Assert.NotNull(WebhookSignature.Refuse(SourceHost.GitHub, request, "Hello, World!"u8, "another", Now));
        Assert.NotNull(WebhookSignature.Refuse(SourceHost.GitHub, request, "Hello, World!"u8, "", Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha1=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("sha256=zz7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1700")]
    public void A_malformed_signature_is_not(string signature)
        => Assert.NotNull(WebhookSignature.Refuse(SourceHost.GitHub, Headers(("X-Hub-Signature-256", signature)), "Hello, World!"u8, "It's a Secret to Everybody", Now));

    [Fact]
    public void GitLabs_token_is_the_secret()
    {
        Assert.Null(WebhookSignature.Refuse(SourceHost.GitLab, Headers(("X-Gitlab-Token", "s3cret")), "{}"u8, "s3cret", Now));
        Assert.NotNull(WebhookSignature.Refuse(SourceHost.GitLab, Headers(("X-Gitlab-Token", "s3cre")), "{}"u8, "s3cret", Now));
        Assert.NotNull(WebhookSignature.Refuse(SourceHost.GitLab, Headers(), "{}"u8, "s3cret", Now));
    }

    [Fact]
    public void GitLabs_signing_token_signs_id_time_and_body()
    {
        var key = "0123456789abcdef0123456789abcdef"u8.ToArray();
        var secret = "whsec_" + Convert.ToBase64String(key);
        HookRequest Signed(long at, string id = "d-1", string? more = null)
        {
            var signature = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"d-1.{at}.{{}}")));
            return Headers(("webhook-id", id), ("webhook-timestamp", $"{at}"), ("webhook-signature", more is null ? signature : $"{more} {signature}"));
        }
        string? Refused(HookRequest request) => WebhookSignature.Refuse(SourceHost.GitLab, request, "{}"u8, secret, Now);
        Assert.Null(Refused(Signed(1_700_000_000)));
        Assert.Null(Refused(Signed(1_700_000_299, more: "v1,AAAA v2,x")));
        Assert.Contains("5 minutes", Refused(Signed(1_700_000_301)));
        Assert.Contains("5 minutes", Refused(Signed(1_699_999_000)));
        Assert.NotNull(Refused(Signed(1_700_000_000, id: "d-2")));
        // The secret itself is no signature.
        Assert.NotNull(Refused(Headers(("X-Gitlab-Token", secret))));
    }

    [Fact]
    public void A_push_is_read_of_either_host()
    {
        var (a, b) = (new string('a', 40), new string('b', 40));
        var hub = Read(SourceHost.GitHub, $$"""{"ref":"refs/heads/main","before":"{{a}}","after":"{{b}}","pusher":{"name":"anna"},"repository":{"full_name":"acme/shop"} }""", ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "d"));
        Assert.Equal((HookKind.Push, "d", "anna", "acme/shop", new RefUpdate("refs/heads/main", a, b)), (hub.Kind, hub.Delivery, hub.By, hub.Project, hub.Update));
        var lab = Read(SourceHost.GitLab, $$"""{"ref":"refs/tags/v1","before":"{{new string('0', 40)}}","after":"{{b}}","user_username":"anna","project":{"path_with_namespace":"acme/shop"} }""", ("X-Gitlab-Event", "Tag Push Hook"), ("X-Gitlab-Event-UUID", "u"));
        Assert.Equal((HookKind.Tag, "u", "v1"), (lab.Kind, lab.Delivery, lab.Update!.Tag));
        var tag = Read(SourceHost.GitHub, $$"""{"ref":"refs/tags/v1","before":"{{a}}","after":"{{b}}"}""", ("X-GitHub-Event", "push"));
        Assert.Equal(HookKind.Tag, tag.Kind);
    }

    [Fact]
    public void A_pull_request_of_another_repository_is_foreign()
    {
        string Body(string head) => $$"""{"action":"opened","number":7,"pull_request":{"head":{"sha":"{{new string('a', 40)}}","ref":"x","repo":{"full_name":"{{head}}"} },"base":{"repo":{"full_name":"acme/shop"} } } }""";
        Assert.True(Read(SourceHost.GitHub, Body("eve/shop"), ("X-GitHub-Event", "pull_request")).IsForeign);
        var own = Read(SourceHost.GitHub, Body("acme/shop"), ("X-GitHub-Event", "pull_request"));
        Assert.Equal((false, 7, "refs/pull/7/head"), (own.IsForeign, own.Number, own.Update!.Ref));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"ref":"refs/heads/$(touch x)","before":"--x","after":"y"}""")]
    [InlineData("""{"ref":"refs/heads/../x","before":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","after":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""")]
    public void A_body_that_tells_nothing_is_refused(string body)
        => Assert.NotNull(WebhookPayload.Read(SourceHost.GitHub, Headers(("X-GitHub-Event", "push")), Encoding.UTF8.GetBytes(body)).Problem);

    [Fact]
    public void Nesting_is_bounded()
        => Assert.NotNull(WebhookPayload.Read(SourceHost.GitHub, Headers(("X-GitHub-Event", "push")), Encoding.UTF8.GetBytes(new string('[', 10_000))).Problem);

    [Fact]
    public void Any_bytes_are_answered()
        => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            var (payload, problem) = WebhookPayload.Read(SourceHost.GitLab, Headers(("X-Gitlab-Event", "Push Hook")), bytes ?? []);
            Assert.True(payload is null != problem is null);
        }).QuickCheckThrowOnFailure();

    private static WebhookPayload Read(SourceHost host, string body, params (string, string)[] headers)
    {
        var (payload, problem) = WebhookPayload.Read(host, Headers(headers), Encoding.UTF8.GetBytes(body));
        Assert.True(payload is not null, problem);
        return payload;
    }
}
