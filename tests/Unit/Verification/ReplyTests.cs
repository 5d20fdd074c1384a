using Fairway.Traffic;
using NodaTime;

namespace Fairway.Verification;

/// <summary>What an answer must be, and what is said when it is not.</summary>
public sealed class ReplyTests
{
    private static readonly HttpCheck Check = new() { Path = "/checkout" };
    private static readonly Duration Limit = Duration.FromSeconds(10);

    [Theory]
    [InlineData(200, true)]
    [InlineData(299, true)]
    [InlineData(301, false)]
    [InlineData(503, false)]
    public void Unless_declared_the_status_is_one_of_success(int status, bool passes) => Assert.Equal(passes, Find(Check, new(Duration.Zero) { Status = status }).Passed);

    [Fact]
    public void The_first_part_that_is_not_as_declared_is_named_with_what_was_there()
    {
        var check = Check with { Status = [new(200, 200), new(204, 204)], Contains = "Total", Matches = "Total: [0-9]+", Within = Duration.FromMilliseconds(500) };
        Assert.Equal("expected status 200 or 204, got status 500 and \"no database\"", Find(check, Reply(500, "no\n database")).Sentence);
        Assert.Equal("expected a body with \"Total\", got \"hello\"", Find(check, Reply(200, "hello")).Sentence);
        Assert.Equal("expected a body that matches \"Total: [0-9]+\", got \"Total: none\"", Find(check, Reply(200, "Total: none")).Sentence);
        Assert.Equal("expected the answer within 500 ms, got it after 812 ms", Find(check, Reply(200, "Total: 3", 812)).Sentence);
        Assert.Equal("status 200 in 35 ms", Find(check, Reply(200, "Total: 3", 35)).Sentence);
    }

    [Fact]
    public void A_redirect_says_where_it_leads()
        => Assert.Equal("expected status 2xx, got status 302 to \"/login\"", Find(Check, new(Duration.Zero) { Status = 302, Location = "/login" }).Sentence);

    [Theory]
    [InlineData(NoAnswer.Unreachable, "refused", "no connection: \"refused\"")]
    [InlineData(NoAnswer.TooLate, "", "none")]
    [InlineData(NoAnswer.Broken, "reset", "a broken one: \"reset\"")]
    [InlineData(NoAnswer.LedAway, "to http://elsewhere/", "a redirect that is not followed: \"to http://elsewhere/\"")]
    public void No_answer_is_a_failure_that_says_why(NoAnswer failed, string detail, string got)
        => Assert.Equal($"expected an answer within 10 s, got {got}", Find(Check, new(Duration.Zero) { Failed = failed, Detail = detail }).Sentence);

    [Fact]
    public void What_a_service_says_is_cut_short_and_harmless()
    {
        Assert.Equal("\"a ?[31mred? ?b\"", Excerpt.Of(" a\r\n\u001b[31mred\u0007\t\u202eb "));
        Assert.Equal("nothing", Excerpt.Of(""));
        Assert.Equal("blanks", Excerpt.Of(" \n "));
        var cut = Excerpt.Of(new string('x', 5_000));
        Assert.Equal((Excerpt.Longest + 3, true), (cut.Length, cut.EndsWith("…\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void An_expression_is_RE2_and_its_time_grows_with_the_body_only()
    {
        Assert.Null(BodyPattern.Problem("(?i)total: \\d+"));
        Assert.StartsWith("is not RE2", BodyPattern.Problem("(?=x)"), StringComparison.Ordinal);
        Assert.StartsWith("is not RE2", BodyPattern.Problem("(a"), StringComparison.Ordinal);
        Assert.NotNull(BodyPattern.Problem(new string('a', BodyPattern.Longest + 1)));
        Assert.False(BodyPattern.IsIn("(a*)*b", new string('a', 200_000)));
    }

    [Theory]
    [InlineData("/api/orders", "api.example.com")]
    [InlineData("/apis", "shop.example.com")]
    [InlineData("/?page=/api", "shop.example.com")]
    public void A_request_names_the_host_of_the_route_that_its_path_goes_by(string path, string host) => Assert.Equal(host, RouteOf(path).Host);

    [Fact]
    public void A_request_has_the_headers_that_its_route_asks_for_and_any_name_under_a_wildcard()
    {
        var (check, host) = CheckRoute.Of(new() { Name = "x", Http = Check with { Headers = Headers(("x-beta", "mine")) } }, [new("*.example.com", "/", Headers(("X-Beta", "1"), ("X-Team", "2")))]);
        Assert.Equal(("verify.example.com", "mine", "2"), (host, check.Http!.Headers["x-beta"], check.Http.Headers["x-team"]));
        Assert.Equal("own.example.com", CheckRoute.Of(new() { Name = "x", Http = Check with { Host = "own.example.com" } }, [new("*.example.com", "/", Headers())]).Host);
    }

    private static (CheckSpec Check, string? Host) RouteOf(string path)
        => CheckRoute.Of(new() { Name = "x", Http = new() { Path = path } }, [new("shop.example.com", "/", Headers()), new("api.example.com", "/api", Headers())]);

    private static ImmutableSortedDictionary<string, string> Headers(params (string Name, string Value)[] headers)
        => headers.ToImmutableSortedDictionary(one => one.Name, one => one.Value, StringComparer.OrdinalIgnoreCase);

    private static ProbeReply Reply(int status, string body, int milliseconds = 35) => new(Duration.FromMilliseconds(milliseconds)) { Status = status, Body = body };

    private static CheckFinding Find(HttpCheck check, ProbeReply reply) => ReplyJudge.Of(check, Limit, reply);
}
