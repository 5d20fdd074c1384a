using Fairway.Adapters.Http;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Tests.Contracts.Probes;

/// <summary>Requests of checks over real sockets, to services that are friendly and others.</summary>
public sealed class HttpProbesTests : ProbesContract, IAsyncDisposable
{
    private static readonly Duration Long = Duration.FromSeconds(60);
    private readonly ProbeServer _server = new();
    private readonly HttpProbes _probes = new(Secret, TimeProvider.System);

    [Fact]
    public async Task A_request_has_the_method_the_host_the_headers_and_the_body_that_are_declared()
    {
        await AskAsync(new()
        {
            Path = "/orders?dry=1", Method = "POST", Body = "{\"zone\":\"$ZONE\"}", Headers = Headers(("content-type", "application/json"), ("x-team", "${ZONE}-1")),
        }, host: "shop.example.com");
        var asked = Assert.Single(_server.Asked);
        Assert.StartsWith("POST /orders?dry=1 HTTP/1.1\r\n", asked, StringComparison.Ordinal);
        Assert.Contains("Host: shop.example.com\r\n", asked, StringComparison.Ordinal);
        Assert.Contains("content-type: application/json\r\n", asked, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("x-team: north-1\r\n", asked, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n{\"zone\":\"north\"}", asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_sent_and_is_in_no_reply_that_gives_it_back()
    {
        _server.Answers = _ => ProbeServer.Bytes("302 Found", "you said hush-hush twice: hush-hush", "location: /?t=hush-hush");
        var reply = await AskAsync(new() { Path = "/", Headers = Headers(("authorization", "Bearer $TOKEN")) });
        Assert.Contains("authorization: Bearer hush-hush\r\n", Assert.Single(_server.Asked), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(("you said ••• twice: •••", "/?t=•••"), (reply.Body, reply.Location));
    }

    [Fact]
    public async Task A_secret_that_is_missing_or_cannot_be_a_header_is_told_without_its_value_and_nothing_is_sent()
    {
        var (reply, missing) = await _probes.SendAsync(Request(new() { Path = "/", Headers = Headers(("authorization", "$GONE")) }), default);
        var (_, broken) = await _probes.SendAsync(Request(new() { Path = "/", Headers = Headers(("authorization", "$BROKEN")) }), default);
        Assert.Null(reply);
        Assert.Equal((FaultKind.NotFound, Blame.Configuration, false), (missing!.Kind, missing.Who, missing.Retryable));
        Assert.Contains("secret GONE", missing.Message, StringComparison.Ordinal);
        Assert.Equal((FaultKind.Invalid, Blame.Configuration), (broken!.Kind, broken.Who));
        Assert.DoesNotContain("injected", broken.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Asked);
    }

    [Fact]
    public async Task A_redirect_is_the_answer_unless_it_is_to_be_followed()
    {
        _server.Answers = path => path == "/old" ? ProbeServer.Bytes("302 Found", "", "location: http://shop.example.com/new?x=1") : ProbeServer.Bytes("200 OK", path);
        var kept = await AskAsync(new() { Path = "/old" }, host: "shop.example.com");
        var followed = await AskAsync(new() { Path = "/old", Redirects = true }, host: "shop.example.com");
        Assert.Equal((302, "http://shop.example.com/new?x=1"), (kept.Status, kept.Location));
        Assert.Equal((200, "/new?x=1"), (followed.Status, followed.Body));
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("//elsewhere.example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/old")]
    public async Task A_redirect_leads_nowhere_else_and_not_on_and_on(string location)
    {
        _server.Answers = _ => ProbeServer.Bytes("307 Temporary Redirect", "", "location: " + location);
        var reply = await AskAsync(new() { Path = "/old", Redirects = true }, host: "shop.example.com");
        Assert.Equal((null, NoAnswer.LedAway), (reply.Status, reply.Failed));
        Assert.All(_server.Asked, asked => Assert.Contains("Host: shop.example.com\r\n", asked, StringComparison.Ordinal));
        Assert.True(_server.Asked.Count <= HttpCheck.MostRedirects + 1);
    }

    [Fact]
    public async Task Of_a_body_without_an_end_only_the_beginning_is_read()
    {
        _server.Answers = _ => ProbeServer.Bytes("200 OK", new string('x', HttpCheck.MostBody + 100_000));
        var reply = await AskAsync(new() { Path = "/" });
        Assert.Equal((HttpCheck.MostBody, true), (reply.Body.Length, reply.IsCut));
    }

    [Fact]
    public async Task A_cookie_that_is_set_is_not_kept()
    {
        _server.Answers = _ => ProbeServer.Bytes("200 OK", "", "set-cookie: fairway=1");
        await AskAsync(new() { Path = "/" });
        await AskAsync(new() { Path = "/" });
        Assert.All(_server.Asked, asked => Assert.DoesNotContain("cookie", asked, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_is_no_answer_of_HTTP_and_nobody_at_all_are_told_apart()
    {
        _server.Answers = _ => "SSH-2.0-OpenSSH\r\n\r\n"u8.ToArray();
        var broken = await AskAsync(new() { Path = "/" });
        _server.Stop();
        var away = await AskAsync(new() { Path = "/" });
        Assert.Equal((NoAnswer.Broken, NoAnswer.Unreachable), (broken.Failed!.Value, away.Failed!.Value));
    }

    [Fact]
    public async Task Headers_without_an_end_are_given_up()
    {
        _server.Answers = _ => ProbeServer.Bytes("200 OK", "", [.. Enumerable.Range(0, 2_000).Select(i => $"x-{i}: {new string('y', 100)}")]);
        Assert.Equal(NoAnswer.Broken, (await AskAsync(new() { Path = "/" })).Failed);
    }

    public async ValueTask DisposeAsync()
    {
        _server.Dispose();
        await _probes.DisposeAsync();
    }

    private protected override (IProbes Probes, string Address) Open(int? status, string body)
    {
        _server.Answers = _ => status is { } code ? ProbeServer.Bytes($"{code} Said", body) : null;
        return (_probes, _server.Address);
    }

    private async Task<ProbeReply> AskAsync(HttpCheck check, string? host = null) => (await _probes.SendAsync(Request(check) with { Host = host }, default)).Reply!;

    private ProbeRequest Request(HttpCheck check) => new(_server.Address, null, check, Long)
    {
        Variables = Headers(("ZONE", "north")), Secrets = Headers(("TOKEN", "env:TOKEN"), ("GONE", "env:GONE"), ("BROKEN", "env:BROKEN")),
    };

    private static ImmutableSortedDictionary<string, string> Headers(params (string Name, string Value)[] values)
        => values.ToImmutableSortedDictionary(one => one.Name, one => one.Value, StringComparer.Ordinal);

    private static (string? Value, string Problem) Secret(string source) => source switch
    {
        "env:TOKEN" => ("hush-hush", ""),
        "env:BROKEN" => ("a\r\nx-injected: 1", ""),
        _ => (null, $"the control plane's environment has no variable {source[4..]}"),
    };
}
