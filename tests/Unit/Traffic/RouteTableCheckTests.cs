using Fairway.Edge;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Traffic;

public sealed class RouteTableCheckTests
{
    private static readonly ServiceRoutes Good = Tables.Service("shop", Tables.Match("shop.test"), Tables.Match("*.shop.test", "/api", ("X-Beta", "1")), Tables.Match("[::1]"));

    [Fact]
    public void A_good_table_has_no_problems() => Assert.Empty(RouteTableCheck.Problems(Tables.Of(Good, Tables.Service("blog", Tables.Match("blog.test")))));

    [Fact]
    public void A_service_without_arms_is_good() => Assert.Empty(RouteTableCheck.Problems(Good with { Arms = [], Matches = [] }));

    public static TheoryData<string, ServiceRoutes> Hostile => new()
    {
        { "weights sum to 9999", Good with { Arms = [Tables.Arm("A", 9_999)] } },
        { "weights sum to 10001", Good with { Arms = [Tables.Arm("A", 10_000), Tables.Arm("B", 1)] } },
        { "two are named \"A\"", Good with { Arms = [Tables.Arm("A", 5_000), Tables.Arm("A", 5_000)] } },
        { "at most two", Good with { Arms = [Tables.Arm("A", 10_000), Tables.Arm("B", 0), Tables.Arm("C", 0)] } },
        { "no arm is named \"C\"", Good with { PreviewArm = "C" } },
        { "0 of i is no TCP port", With(new Target("i", "127.0.0.1", 0, TargetState.Active)) },
        { "65536 of i is no TCP port", With(new Target("i", "127.0.0.1", 65_536, TargetState.Active)) },
        { "\"127.0.0.1/x\" of i is no host name", With(new Target("i", "127.0.0.1/x", 80, TargetState.Active)) },
        { "\"\" of i is no host name", With(new Target("i", "", 80, TargetState.Active)) },
        { "arms[A].targets.instance: missing", With(new Target("", "127.0.0.1", 80, TargetState.Active)) },
        { "7 of i is no state", With(new Target("i", "127.0.0.1", 80, (TargetState)7)) },
        { "instance \"i\" is there twice", With(Tables.Target("i"), Tables.Target("i", port: 10)) },
        { "holds a null", With((Target)null!) },
        { "targets: missing", Good with { Arms = [new Arm("A", "sha256:a", "1", Weight.Full, default)] } },
        { "arms: is null", Good with { Arms = default } },
        { "arms: holds a null", Good with { Arms = [null!] } },
        { "arms.release: missing", Good with { Arms = [new Arm("A", null!, "1", Weight.Full, [])] } },
        { "matches: is null", Good with { Matches = default } },
        { "matches[0]: is null", Good with { Matches = [null!] } },
        { "\"sh op\" is no host", Good with { Matches = [Tables.Match("sh op")] } },
        { "\"*.*.test\" is no host", Good with { Matches = [Tables.Match("*.*.test")] } },
        { "\"a..test\" is no host", Good with { Matches = [Tables.Match("a..test")] } },
        { "\"api\" is no path", Good with { Matches = [Tables.Match(null, "api")] } },
        { "\"/api?x\" is no path", Good with { Matches = [Tables.Match(null, "/api?x")] } },
        { "\"\" is no path", Good with { Matches = [new RouteMatch(null, null!, ImmutableSortedDictionary<string, string>.Empty)] } },
        { "headers: missing", Good with { Matches = [new RouteMatch(null, "/", null!)] } },
        { "\"a b\" is no header name", Good with { Matches = [Tables.Match(null, "/", ("a b", "1"))] } },
        { "policy: is null", Good with { Policy = null! } },
        { "policy.maxConcurrency: 0", Good with { Policy = new() { MaxConcurrency = 0 } } },
        { "policy.maxQueue: -1", Good with { Policy = new() { MaxQueue = -1 } } },
        { "policy.retries: 11", Good with { Policy = new() { Retries = 11 } } },
        { "policy.ejectAfter: 0", Good with { Policy = new() { EjectAfter = 0 } } },
        { "policy.breakAt: 0", Good with { Policy = new() { BreakAt = 0 } } },
        { "policy.breakAt: NaN", Good with { Policy = new() { BreakAt = double.NaN } } },
        { "policy.connectTimeout: 0 ms", Good with { Policy = new() { ConnectTimeout = Duration.Zero } } },
        { "policy.drainTimeout: -1000 ms", Good with { Policy = new() { DrainTimeout = Duration.FromSeconds(-1) } } },
        { "policy.responseTimeout", Good with { Policy = new() { ResponseTimeout = Duration.FromDays(2) } } },
        { "policy.stickyName", Good with { Policy = new() { StickyName = "a=b" } } },
        { "policy.previewHeader", Good with { Policy = new() { PreviewHeader = "X:\r\nY" } } },
        { "environment: missing", Good with { Environment = " " } },
        { "service: missing", Good with { Service = new string('x', 300) } },
        { "service: missing", Good with { Service = "a\nb" } },
        { "generation: -1", Good with { Generation = -1 } },
        { "salt: missing", Good with { Salt = null! } },
    };

    [Theory]
    [MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public void What_is_wrong_is_named(string problem, ServiceRoutes routes)
        => Assert.Contains(RouteTableCheck.Problems(new RouteTable(1, [routes])), found => found.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void Everything_wrong_is_told_at_once()
    {
        var problems = RouteTableCheck.Problems(Good with { Arms = [Tables.Arm("A", 1, new Target("i", "", 0, TargetState.Active))], PreviewArm = "C" });
        Assert.Equal(4, problems.Length);
    }

    [Theory]
    [InlineData("shop.test", "/api", "shop.test", "/api")]
    [InlineData("SHOP.test", "/api", "shop.test:80", "/api/")]
    [InlineData(null, "/", "*", "/")]
    [InlineData("::1", "/", "[::1]:8080", "/")]
    [InlineData("shop.test.", "/x", "shop.test", "/x")]
    public void Two_services_cannot_have_the_same_match(string? host, string path, string? otherHost, string otherPath)
    {
        var problem = Assert.Single(RouteTableCheck.Problems(Tables.Of(Tables.Service("shop", Tables.Match(host, path)), Tables.Service("blog", Tables.Match(otherHost, otherPath)))));
        Assert.Contains("production/blog: has the same match as production/shop", problem);
    }

    [Fact]
    public void Header_conditions_are_compared_by_name_without_case_and_in_any_order()
    {
        var one = Tables.Match(null, "/", ("X-A", "1"), ("x-b", "2"));
        var other = Tables.Match(null, "/", ("x-B", "2"), ("x-a", "1"));
        Assert.Single(RouteTableCheck.Problems(Tables.Of(Tables.Service("shop", one), Tables.Service("blog", other))));
        var different = Tables.Match(null, "/", ("x-B", "3"), ("x-a", "1"));
        Assert.Empty(RouteTableCheck.Problems(Tables.Of(Tables.Service("shop", one), Tables.Service("blog", different))));
    }

    [Fact]
    public void A_service_cannot_be_there_twice()
        => Assert.Equal("production/shop: is in the table twice", Assert.Single(RouteTableCheck.Problems(Tables.Of(Good, Good with { Matches = [] }))));

    [Fact]
    public void A_table_without_services_says_so() => Assert.Contains("services: missing", Assert.Single(RouteTableCheck.Problems(new RouteTable(1, default))));

    private static ServiceRoutes With(params Target[] targets) => Good with { Arms = [Tables.Arm("A", 10_000, targets)] };
}
