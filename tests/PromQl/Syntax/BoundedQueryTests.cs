using System.Text;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Tests.PromQl.Syntax;

/// <summary>What a query costs in memory is bounded by its length and by what it may keep.</summary>
public sealed class BoundedQueryTests
{
    private const long PerCharacter = 4_096;
    private const long Always = 4 << 20;

    public static TheoryData<string> Traps =>
    [
        Times("(", 100_000), Times("-", 100_000) + "1", Times("sum(", 50_000), "a[" + Times("(", 50_000), Times("a+", 50_000) + "a", Times("a[5m:", 20_000),
        "{" + string.Join(",", Enumerable.Repeat("a=\"b\"", 20_000)) + "}", "{a=~\"" + Times("(", 50_000) + "\"}", "{a=~\"" + Times("x|", 20_000) + "\"}",
        "{a=~\"(((x{10}){10}){10}){10}\"}", "{a=~\"(a|b|c|d)(a|b|c|d)(a|b|c|d)(a|b|c|d)(a|b|c|d)(a|b|c|d)(a|b|c|d)\"}", "{a=~\"[a-z]{1000}.*[a-z]{1000}\"}",
        "\"" + Times("\\x41", 50_000) + "\"", "1" + Times("0", 100_000), Times("9", 100_000) + "d", "# " + Times("x", 100_000), Times("\n", 100_000) + "(",
        "sum by (" + string.Join(",", Enumerable.Repeat("a", 20_000)) + ") (b)", "max(" + string.Join(",", Enumerable.Repeat("a", 20_000)) + ")",
    ];

    [Theory]
    [MemberData(nameof(Traps), DisableDiscoveryEnumeration = true)]
    public void Reading_a_query_costs_no_more_than_its_length(string query) =>
        Bounded(query.Length, Always, () => Parser.Parse(query).ToString());

    [Theory]
    [InlineData("label_replace(", ", \"a\", \"$1$1$1$1\", \"a\", \"(.*)\")", 24)]
    [InlineData("label_join(", ", \"a\", \"-\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\")", 24)]
    public void Labels_that_grow_from_call_to_call_are_refused(string before, string after, int calls)
    {
        var query = string.Concat(Enumerable.Repeat(before, calls)) + "m" + string.Concat(Enumerable.Repeat(after, calls));
        var refused = Bounded(query.Length, Always, () => Engine().Instant(query, 300_000, CancellationToken.None));
        Assert.Contains("longer than 65536 characters", refused?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("count_over_time(m[1y:1ms])")]
    [InlineData("sum_over_time((m + m)[100y:1s])")]
    [InlineData("max_over_time(m[1d:1s])[1d:1s]")]
    [InlineData("quantile_over_time(0.5, vector(time())[1d:1ms])")]
    [InlineData("count_values(\"v\", m)[1d:1s]")]
    public void A_query_that_would_keep_too_much_is_refused_before_it_does(string query)
    {
        const int Kept = 100_000;
        var engine = Engine(Kept);
        // What it may keep, some of it twice while it grows.
        Assert.NotNull(Bounded(query.Length, Always + (Kept * 128L), () => engine.Instant(query, 300_000, CancellationToken.None)));
    }

    private static string Times(string piece, int count) => new StringBuilder().Insert(0, piece, count).ToString();

    private static PromQlEngine Engine(int kept = 200_000)
    {
        var store = new InMemorySeries();
        for (var i = 0; i < 20; i++) store.Add(Labels.Of([new(Labels.MetricName, "m"), new("a", "xyz")]), i * 15_000, i);
        return new(store, new EngineOptions { MaxSamples = kept, MaxSamplesRead = 2_000_000 });
    }

    private static PromQlException? Bounded(int length, long always, Action act)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        PromQlException? refused = null;
        try
        {
            act();
        }
        catch (PromQlException error)
        {
            refused = error;
        }

        var used = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(used <= always + (length * PerCharacter), $"a query of {length} characters took {used} bytes of memory");
        return refused;
    }
}
