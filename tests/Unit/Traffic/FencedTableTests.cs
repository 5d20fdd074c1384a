using Fairway.Edge;
using Fairway.Kernel;

namespace Fairway.Traffic;

public sealed class FencedTableTests
{
    private static readonly ServiceRoutes Shop = Tables.Service("shop", Tables.Match("shop.test")) with { Generation = 5 };
    private static readonly FencedTable Held = FencedTable.Empty.Put(Shop).Next;

    [Fact]
    public void A_service_put_makes_a_new_version()
    {
        Assert.Equal(1, Held.Table.Version);
        var change = Held.Put(Shop with { Generation = 6, Arms = [] });
        Assert.Equal(TableVerdict.Applied, change.Verdict);
        Assert.Equal(2, change.Next.Table.Version);
        Assert.Equal(6, Assert.Single(change.Next.Table.Services).Generation);
    }

    [Fact]
    public void An_older_generation_is_refused_and_named()
    {
        var change = Held.Put(Shop with { Generation = 4 });
        Assert.Equal(TableVerdict.Stale, change.Verdict);
        Assert.Same(Held, change.Next);
        Assert.Equal("production/shop: generation 4 is older than 5, which was applied before", Assert.Single(change.Problems));
    }

    [Fact]
    public void The_same_again_changes_nothing()
    {
        var again = FairwayJson.Read<ServiceRoutes>(FairwayJson.Write(Shop));
        var change = Held.Put(again);
        Assert.Equal(TableVerdict.Unchanged, change.Verdict);
        Assert.Same(Held, change.Next);
    }

    [Fact]
    public void The_same_generation_with_other_content_is_refused()
        => Assert.Equal(TableVerdict.Stale, Held.Put(Shop with { Arms = [] }).Verdict);

    [Fact]
    public void A_deleted_service_stays_fenced()
    {
        var deleted = Held.Delete("production", "shop", 7);
        Assert.Equal(TableVerdict.Applied, deleted.Verdict);
        Assert.Empty(deleted.Next.Table.Services);
        Assert.Equal(TableVerdict.Stale, deleted.Next.Put(Shop with { Generation = 6 }).Verdict);
        Assert.Equal(TableVerdict.Stale, deleted.Next.Put(Shop with { Generation = 7 }).Verdict);
        Assert.Equal(TableVerdict.Applied, deleted.Next.Put(Shop with { Generation = 8 }).Verdict);
    }

    [Fact]
    public void A_late_delete_does_not_take_away_what_came_after_it()
    {
        Assert.Equal(TableVerdict.Stale, Held.Delete("production", "shop", 4).Verdict);
        Assert.Equal(TableVerdict.Unchanged, FencedTable.Empty.Delete("production", "shop", null).Verdict);
    }

    [Fact]
    public void A_delete_that_came_first_fences_the_put_it_overtook()
    {
        var held = FencedTable.Empty.Delete("production", "shop", 9).Next;
        Assert.Equal(TableVerdict.Stale, held.Put(Shop).Verdict);
    }

    [Fact]
    public void A_whole_table_must_be_newer()
    {
        Assert.Equal(TableVerdict.Stale, Held.Put(new RouteTable(1, [Shop with { Generation = 6 }])).Verdict);
        Assert.Equal(TableVerdict.Stale, Held.Put(new RouteTable(0, [])).Verdict);
        Assert.Equal(TableVerdict.Unchanged, Held.Put(new RouteTable(1, [Shop])).Verdict);
        Assert.Equal(TableVerdict.Applied, Held.Put(new RouteTable(2, [])).Verdict);
    }

    [Fact]
    public void One_stale_service_refuses_the_whole_table()
    {
        var blog = Tables.Service("blog", Tables.Match("blog.test"));
        var change = Held.Put(new RouteTable(2, [blog, Shop with { Generation = 3 }]));
        Assert.Equal(TableVerdict.Stale, change.Verdict);
        Assert.Contains("production/shop", Assert.Single(change.Problems));
        Assert.Same(Held, change.Next);
    }

    [Fact]
    public void A_service_whose_match_another_one_has_is_refused()
    {
        var change = Held.Put(Tables.Service("blog", Tables.Match("shop.test")));
        Assert.Equal(TableVerdict.Invalid, change.Verdict);
        Assert.Contains("same match as", Assert.Single(change.Problems));
    }
}
