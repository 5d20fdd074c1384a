using System.Net;
using System.Net.Sockets;
using System.Text;
using Fairway.Client.Wire;

namespace Fairway.Access;

/// <summary>What somebody sends who means no good.</summary>
public sealed class HostileTests
{
    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/a\r\nSet-Cookie: x=y")]
    [InlineData("/%0d%0aSet-Cookie:x=y\n")]
    [InlineData("evil")]
    [InlineData("/\tx")]
    [InlineData("")]
    public async Task Sign_in_leads_nowhere_else(string back)
    {
        await using var visitors = await Visitors.OpenAsync();
        var link = await visitors.House.Client.CreateLinkAsync(new(null, null), default);
        using var answer = await visitors.OpenAsync(link.Code, back);

        Assert.Equal((HttpStatusCode.SeeOther, "/"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        Assert.Single(answer.Headers.GetValues("Set-Cookie"));
    }

    [Theory]
    [InlineData("http://evil.example", null)]
    [InlineData("null", null)]
    [InlineData("http://127.0.0.1:1", null)]
    [InlineData(null, "cross-site")]
    [InlineData(null, "same-site")]
    public async Task A_page_of_another_site_cannot_act_in_a_browsers_name(string? origin, string? site)
    {
        await using var visitors = await Visitors.OpenAsync();
        var session = await visitors.SignInAsync("ada", "admin");
        (string, string)[] headers = origin is not null ? [("Origin", origin)] : [("Sec-Fetch-Site", site!)];

        Assert.Equal((403, "foreign-origin"), await Visitors.OutcomeAsync(visitors.SendAsync("POST", "/api/ledger/rebuild", session, null, headers)));
        Assert.Equal((200, null), await Visitors.OutcomeAsync(visitors.SendAsync("POST", "/api/ledger/rebuild", session, null, ("Origin", visitors.Console))));
    }

    [Fact]
    public async Task Malformed_and_oversized_bodies_are_refused_and_nothing_breaks()
    {
        await using var visitors = await Visitors.OpenAsync();
        var admin = await visitors.TokenAsync("admin");
        async Task<int> Post(string path, HttpContent body) => (await Visitors.OutcomeAsync(visitors.SendAsync("POST", path, admin, body))).Status;

        foreach (var body in (string[])["", "{", "null", "[]", "{\"name\":1}", "{\"name\":null,\"roles\":null}", "{\"roles\":[null]}", new string('[', 5000), "\u0000", "{\"name\":\"a\",\"roles\":[\"viewer@../../etc\"]}"])
            Assert.InRange(await Post("/api/access/tokens", Visitors.Json(body)), 400, 422);
        Assert.Equal(413, await Post("/api/access/tokens", Visitors.Json($"{{\"name\":\"{new string('a', 70_000)}\"}}")));
        Assert.Equal(415, await Post("/api/access/tokens", new StringContent("name=a")));
        Assert.Equal(413, await Post("/sign-in", new FormUrlEncodedContent([new("code", new string('a', 70_000))])));
        Assert.Equal(415, await Post("/sign-in", new MultipartFormDataContent { { new StringContent("x"), "code" } }));
        Assert.Equal((200, null), await Visitors.OutcomeAsync(visitors.SendAsync("GET", "/api/status", admin)));
    }

    [Theory]
    [InlineData("/api/../../etc/passwd")]
    [InlineData("/api/services/..%2f..%2fetc/passwd")]
    [InlineData("/api/services/production/..%2f..%2f..%2fetc%2fpasswd/logs?instance=../../../etc/passwd")]
    [InlineData("/assets/..%2f..%2ffairway.yaml")]
    [InlineData("/api/access/tokens/..%2f..%2fdown")]
    [InlineData("/api/services/production/shop/logs?instance=..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("/%00")]
    public async Task No_path_leads_out_of_the_house(string path)
    {
        await using var visitors = await Visitors.OpenAsync();
        var token = (await visitors.TokenAsync("admin")).Token;
        var answer = await RawAsync(visitors.Console, $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");

        Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 5", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authorization: Bearer")]
    [InlineData("Authorization: Basic cm9vdDpyb290")]
    [InlineData("Authorization: Bearer fwy_aaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.")]
    [InlineData("Authorization: Bearer a\r\nAuthorization: Bearer b")]
    [InlineData("Cookie: fairway-0=x.y; __Host-fairway=a.b")]
    [InlineData("X-Forwarded-User: root")]
    [InlineData("X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1")]
    public async Task Nothing_that_a_request_claims_makes_it_somebody(string header)
    {
        await using var visitors = await Visitors.OpenAsync();
        var answer = await RawAsync(visitors.Console, $"GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 401 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_answer_over_TCP_tells_the_browser_to_be_careful()
    {
        await using var visitors = await Visitors.OpenAsync();
        foreach (var path in (string[])["/sign-in", "/api/healthz", "/api/status", "/nothing"])
        {
            using var answer = await visitors.SendAsync("GET", path, Credentials.None);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        }
    }

    [Fact]
    public async Task What_people_write_is_shown_not_obeyed()
    {
        await using var visitors = await Visitors.OpenAsync();
        const string Script = "<script>alert(1)</script>\"'>";
        using var page = await visitors.SendAsync("GET", $"/sign-in?code={Uri.EscapeDataString(Script)}&return={Uri.EscapeDataString("/" + Script)}", Credentials.None);
        Assert.DoesNotContain("<script>alert", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var rita = await visitors.SignInAsync("rita", "responder");
        var taking = "{\"role\":\"deployer\",\"breakGlass\":true,\"reason\":\"down\\n2026-01-01 forged \\u001b[31m line\"}";
        Assert.Equal(201, (await Visitors.OutcomeAsync(visitors.SendAsync("POST", "/api/access/grants", rita, Visitors.Json(taking), ("User-Agent", "evil \u001b[2J")))).Status);
        var warning = Assert.Single((await visitors.House.Client.GetStatusAsync(default)).ControlPlane.Warnings!);
        Assert.DoesNotContain(warning, char.IsControl);
        var lines = await visitors.House.Client.ExportAuditAsync(new(null, "glass-broken", null, null, null, null), "cef", default).ToListAsync();
        Assert.DoesNotContain(Assert.Single(lines), char.IsControl);
    }

    [Fact]
    public async Task No_secret_is_in_the_ledger()
    {
        await using var visitors = await Visitors.OpenAsync();
        await visitors.TokenAsync("viewer");
        await visitors.SignInAsync("anna", "viewer");
        var everything = string.Join('\n', await visitors.House.Client.ExportAuditAsync(new(null, null, null, null, null, null), "jsonl", default).ToListAsync());

        Assert.Equal(3, visitors.Secrets.Count);
        foreach (var secret in visitors.Secrets)
            Assert.DoesNotContain(Secret.ParseToken(secret)?.Text ?? Secret.ParseCode(secret)!.Text, everything, StringComparison.Ordinal);
        Assert.Contains(Secret.ParseToken(visitors.Secrets[0])!.Hash, everything, StringComparison.Ordinal);
    }

    private static async Task<string> RawAsync(string console, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(console).Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
