using Fairway.Edge.Routing;
using Fairway.Traffic;
using Microsoft.AspNetCore.Http;

namespace Fairway.Edge;

public sealed class RoutingMatchTests
{
    [Theory]
    [InlineData("shop.test", "exact")]
    [InlineData("SHOP.Test", "exact")]
    [InlineData("shop.test:8080", "exact")]
    [InlineData("shop.test.", "exact")]
    [InlineData("a.shop.test", "wild")]
    [InlineData("a.b.shop.test:443", "wild")]
    [InlineData("a.deep.shop.test", "deeper")]
    [InlineData("x.a.deep.shop.test", "deeper")]
    [InlineData("deep.shop.test", "wild")]
    [InlineData("notshop.test", "any")]
    [InlineData("[::1]:8080", "ipv6")]
    [InlineData("[::1]", "ipv6")]
    [InlineData("[::2]", "any")]
    [InlineData("", "any")]
    [InlineData(".", "any")]
    [InlineData(".shop.test", "any")]
    [InlineData("[broken", "any")]
    [InlineData(":", "any")]
    public void The_most_specific_host_wins(string host, string service) => Assert.Equal(service, Find(
        host, "/", null,
        Tables.Service("any", Tables.Match()), Tables.Service("wild", Tables.Match("*.shop.test")), Tables.Service("deeper", Tables.Match("*.deep.shop.test")),
        Tables.Service("exact", Tables.Match("Shop.test")), Tables.Service("ipv6", Tables.Match("::1"))));

    [Theory]
    [InlineData("/", "root")]
    [InlineData("/ap", "root")]
    [InlineData("/api", "api")]
    [InlineData("/api/", "api")]
    [InlineData("/apis", "root")]
    [InlineData("/api/v2", "v2")]
    [InlineData("/api/v2/x/y", "v2")]
    [InlineData("/api/v22", "api")]
    [InlineData("/API", "root")]
    [InlineData("", "root")]
    public void The_longest_prefix_wins_on_segment_borders(string path, string service) => Assert.Equal(service, Find(
        "shop.test", path, null,
        Tables.Service("root", Tables.Match()), Tables.Service("api", Tables.Match(null, "/api/")), Tables.Service("v2", Tables.Match(null, "/api/v2"))));

    [Fact]
    public void The_host_counts_more_than_the_path_and_the_path_more_than_headers()
    {
        ServiceRoutes[] table =
        [
            Tables.Service("host", Tables.Match("shop.test")), Tables.Service("path", Tables.Match(null, "/api")),
            Tables.Service("header", Tables.Match(null, "/", ("X-Beta", "1"), ("X-More", "2"))),
        ];
        var headers = new HeaderDictionary { ["x-beta"] = "1", ["X-MORE"] = "2" };
        Assert.Equal("host", Find("shop.test", "/api", headers, table));
        Assert.Equal("path", Find("other.test", "/api", headers, table));
        Assert.Equal("header", Find("other.test", "/", headers, table));
        Assert.Null(Find("other.test", "/", null, table));
    }

    [Fact]
    public void More_headers_win_and_values_are_exact()
    {
        ServiceRoutes[] table =
        [
            Tables.Service("none", Tables.Match()), Tables.Service("one", Tables.Match(null, "/", ("X-Beta", "yes"))),
            Tables.Service("two", Tables.Match(null, "/", ("X-Beta", "yes"), ("X-Region", "eu"))),
        ];
        Assert.Equal("two", Find("h", "/", new HeaderDictionary { ["X-Beta"] = "yes", ["X-Region"] = "eu" }, table));
        Assert.Equal("one", Find("h", "/", new HeaderDictionary { ["X-Beta"] = "yes", ["X-Region"] = "us" }, table));
        Assert.Equal("one", Find("h", "/", new HeaderDictionary { ["X-Beta"] = new(["no", "yes"]) }, table));
        Assert.Equal("none", Find("h", "/", new HeaderDictionary { ["X-Beta"] = "YES" }, table));
    }

    [Fact]
    public void A_host_that_has_no_path_for_a_request_leaves_it_to_the_next()
    {
        ServiceRoutes[] table =
            [Tables.Service("exact", Tables.Match("a.shop.test", "/only")), Tables.Service("wild", Tables.Match("*.shop.test", "/some")), Tables.Service("any", Tables.Match())];
        Assert.Equal("exact", Find("a.shop.test", "/only/x", null, table));
        Assert.Equal("wild", Find("a.shop.test", "/some", null, table));
        Assert.Equal("any", Find("a.shop.test", "/else", null, table));
    }

    [Fact]
    public void Equally_specific_matches_are_decided_the_same_way_whatever_their_order()
    {
        var (a, b) = (Tables.Service("a", Tables.Match(null, "/", ("X-A", "1"))), Tables.Service("b", Tables.Match(null, "/", ("X-B", "1"))));
        var headers = new HeaderDictionary { ["X-A"] = "1", ["X-B"] = "1" };
        Assert.Equal(Find("h", "/", headers, a, b), Find("h", "/", headers, b, a));
    }

    [Fact]
    public void An_empty_table_matches_nothing() => Assert.Null(Find("h", "/", null));

    [Fact]
    public async Task Matching_allocates_nothing()
    {
        await using var live = new LiveTable(new VirtualTime());
        live.Apply(Tables.Of(
            Tables.Service("exact", Tables.Match("shop.test", "/a"), Tables.Match("shop.test", "/api/v1"), Tables.Match("shop.test", "/", ("X-A", "1"))),
            Tables.Service("wild", Tables.Match("*.shop.test")), Tables.Service("any", Tables.Match())));
        var headers = new HeaderDictionary { ["X-B"] = "1" };
        for (var i = 0; i < 1000; i++) MatchAll();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) MatchAll();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void MatchAll()
        {
            live.Current.Match("Shop.test:8080", "/api/v1/things/7", headers);
            live.Current.Match("a.b.shop.test", "/x", headers);
            live.Current.Match("other.test", "/api/v1/things/7", headers);
        }
    }

    private static string? Find(string host, string path, IHeaderDictionary? headers, params ServiceRoutes[] services)
    {
        var live = new LiveTable(new VirtualTime());
        live.Apply(Tables.Of(services));
        return live.Current.Match(host, path, headers ?? new HeaderDictionary())?.Routes.Service;
    }
}
