using NodaTime;

namespace Fairway.Ledger;

/// <summary>What every ledger promises about searching.</summary>
public abstract class LedgerSearchContract(ILedgerPlace place) : LedgerSuite(place)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Given.RecordsAsync(Ledger, 24, Stop);
        await Ledger.AppendAsync("s/10", 0, [Given.Event(100) with { Type = "thing-done-again.v1", Actor = "actor-0' OR 1=1 --" }], Stop);
    }

    public static TheoryData<LedgerQuery, int> Questions => new()
    {
        { new(), 25 },
        { new() { Stream = "s/1" }, 8 },
        { new() { StreamPrefix = "s/1" }, 9 },
        { new() { StreamPrefix = "s/%" }, 0 },
        { new() { Types = ["thing-begun.v2"] }, 6 },
        { new() { Types = ["thing-begun.v1"] }, 0 },
        { new() { Types = ["thing-done"] }, 18 },
        { new() { Types = ["thing"] }, 0 },
        { new() { Types = ["thing-done-again", "thing-begun"] }, 7 },
        { new() { Actor = "actor-0" }, 12 },
        { new() { Actor = "actor-0' OR 1=1 --" }, 1 },
        { new() { Cause = 3 }, 1 },
        { new() { From = Given.Start + Duration.FromSeconds(20) }, 5 },
        { new() { Until = Given.Start + Duration.FromSeconds(20) }, 20 },
        { new() { From = Given.Start + Duration.FromNanoseconds(1), Until = Given.Start + Duration.FromSeconds(2) }, 1 },
        { new() { Stream = "s/0", Types = ["thing-done"], Actor = "actor-1", Until = Given.Start + Duration.FromSeconds(10) }, 2 },
    };

    [Theory]
    [MemberData(nameof(Questions), DisableDiscoveryEnumeration = true)]
    public async Task A_search_finds_all_that_matches_page_by_page(LedgerQuery query, int expected)
    {
        foreach (var order in Enum.GetValues<LedgerOrder>())
        {
            foreach (var limit in (int[])[1, 4, 1000])
            {
                var found = new List<LedgerEvent>();
                var page = new LedgerPage([], null);
                do
                {
                    page = await Ledger.SearchAsync(query with { Order = order, Limit = limit, Cursor = page.Next }, Stop);
                    Assert.InRange(page.Records.Length, 0, limit);
                    found.AddRange(page.Records);
                }
                while (page.Next is not null);
                Assert.Equal(expected, found.Count);
                Assert.All(found, record => Assert.True(query.Matches(record)));
                var seqs = found.Select(record => record.Seq).ToList();
                Assert.Equal(order == LedgerOrder.Newest ? seqs.Distinct().OrderDescending() : seqs.Distinct().Order(), seqs);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(LedgerQuery.MaxLimit + 1)]
    public void A_page_has_a_size(int limit) => Assert.Throws<ArgumentOutOfRangeException>(() => new LedgerQuery { Limit = limit });
}
