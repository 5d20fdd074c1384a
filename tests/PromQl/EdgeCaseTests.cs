using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Tests.PromQl;

/// <summary>What random queries against Prometheus have shown.</summary>
public sealed class EdgeCaseTests
{
    private static readonly EngineOptions Old = new() { Compat = Compat.V2 };

    private static InMemorySeries Store(params (string Name, string Labels, double Value)[] series)
    {
        var store = new InMemorySeries();
        foreach (var (name, labels, value) in series)
        {
            var all = labels.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=')).Select(l => new Label(l[0], l[1]));
            store.Add(Labels.Of([new(Labels.MetricName, name), .. all]), 0, value);
        }

        return store;
    }

    private static string Answer(InMemorySeries store, string query, EngineOptions? options = null)
    {
        var value = (VectorValue)new PromQlEngine(store, options).Instant(query, 0, default).Value;
        return string.Join(' ', value.Samples.Select(s => $"{s.Labels}={GoNumber.Plain(s.Value)}"));
    }

    private static string Error(InMemorySeries store, string query, EngineOptions? options = null) =>
        Assert.Throws<PromQlException>(() => Answer(store, query, options)).Message;

    [Theory]
    [InlineData("hour(vector(NaN))", 15)]
    [InlineData("hour(vector(Inf))", 15)]
    [InlineData("year(vector(951782400))", 2000)]
    [InlineData("day_of_month(vector(951782400))", 29)]
    [InlineData("day_of_year(vector(951782400))", 60)]
    [InlineData("day_of_year(vector(951868800))", 61)]
    [InlineData("days_in_month(vector(951782400))", 29)]
    [InlineData("day_of_year(vector(978220800))", 366)]
    [InlineData("day_of_week(vector(951782400))", 2)]
    [InlineData("year(vector(-62135596801))", 0)]
    [InlineData("month(vector(-62135596801))", 12)]
    [InlineData("minute(vector(-1))", 59)]
    [InlineData("clamp_max(vector(NaN), -Inf)", double.NegativeInfinity)]
    [InlineData("clamp_min(vector(NaN), Inf)", double.PositiveInfinity)]
    [InlineData("clamp_min(vector(NaN), 1)", double.NaN)]
    public void Numbers_are_taken_as_Go_takes_them(string query, double expected) =>
        Assert.Equal("{}=" + GoNumber.Plain(expected), Answer(new(), query));

    [Theory]
    [InlineData("0x1", false, 0)]
    [InlineData("0x1p-2", true, 0.25)]
    [InlineData("-0x1.8p1", true, -3)]
    [InlineData("1_000", false, 0)]
    [InlineData("010", true, 10)]
    [InlineData("1e999", false, 0)]
    [InlineData("+Inf", true, double.PositiveInfinity)]
    [InlineData("", false, 0)]
    [InlineData("+", false, 0)]
    public void Bounds_of_buckets_are_read_as_Go_reads_numbers(string text, bool isNumber, double expected)
    {
        Assert.Equal(isNumber, GoNumber.TryParseFloat(text, out var value));
        if (isNumber) Assert.Equal(expected, value);
    }

    [Fact]
    public void A_value_that_is_left_out_does_not_label_its_count() =>
        Assert.Equal("{}=2", Answer(Store(("m", "a=x", 1), ("m", "a=y", 2)), "count_values without (a) (\"a\", m)"));

    [Fact]
    public void Doubles_on_the_one_side_fail_though_nothing_matches_them()
    {
        var store = Store(("m", "a=x", 1), ("one", "b=1", 1), ("one", "b=2", 1));
        foreach (var query in (string[])["m * on (nothing) group_left one", "m > on (a) one", "m and (m > on (a) one)"])
            Assert.Contains("found duplicate series for the match group", Error(store, query), StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_do_not_wait_until_somebody_reads_the_result()
    {
        var store = Store(("m", "a=x", 1), ("n", "a=x", 1), ("o", "a=y", 1));
        Assert.Contains("same labelset", Error(store, "o and label_replace({a=\"x\"}, \"__name__\", \"same\", \"\", \"\")"), StringComparison.Ordinal);
        Assert.Contains("same labelset", Error(store, "vector(scalar(label_replace({a=\"x\"}, \"__name__\", \"same\", \"\", \"\"))) * o"), StringComparison.Ordinal);
        Assert.Contains("same labelset", Error(store, "o and -{a=\"x\"}", Old), StringComparison.Ordinal);
        Assert.Contains("trend factor", Error(store, "o * on (b) group_left holt_winters(m[5m], 0.5, 0) * 0", Old), StringComparison.Ordinal);
    }

    [Fact]
    public void Smoothing_takes_NaN_for_a_factor() =>
        Assert.Equal("", Answer(Store(("m", "", 1)), "holt_winters(m[5m], NaN, 0.5)", Old));

    [Fact]
    public void Of_equal_series_the_heap_decides_which_are_kept()
    {
        var store = Store(("m", "i=1", 1), ("m", "i=2", 1), ("m", "i=3", 2));
        Assert.Equal("m{i=\"3\"}=2 m{i=\"2\"}=1", Answer(store, "topk(2, m)"));
        Assert.Equal("{i=\"3\"}=-2 {i=\"2\"}=-1", Answer(store, "bottomk(2, -m)"));
        Assert.Equal("m{i=\"5\"}=NaN", Answer(Store(("m", "i=1", double.NaN), ("m", "i=5", double.NaN)), "topk(1, m)", Old));
        Assert.Equal("m{i=\"1\"}=NaN", Answer(Store(("m", "i=1", double.NaN), ("m", "i=5", double.NaN)), "topk(1, m)"));
    }

    [Fact]
    public void Pairs_that_a_comparison_filters_out_matched_nothing_in_Prometheus_2()
    {
        var store = Store(("m", "a=x", 1), ("m", "a=y", 2), ("one", "", 5));
        Assert.Equal("{}=2", Answer(store, "m == on () vector(2)", Old));
        Assert.Contains("many-to-one", Error(store, "m == on () vector(2)"), StringComparison.Ordinal);
        Assert.Contains("many-to-one", Error(store, "m < on () one", Old), StringComparison.Ordinal);
    }

    [Fact]
    public void Prometheus_2_adds_up_plainly()
    {
        var store = Store(("m", "i=1", 1e16), ("m", "i=2", 1), ("m", "i=3", -1e16));
        Assert.Equal("{}=0", Answer(store, "sum(m)", Old));
        Assert.Equal("{}=1", Answer(store, "sum(m)"));
        Assert.Equal("{}=0", Answer(Store(("m", "", double.NaN)), "stddev(m)", Old));
        Assert.Equal("{}=NaN", Answer(Store(("m", "", double.NaN)), "stddev(m)"));
    }

    [Fact]
    public void Prometheus_2_names_things_in_its_own_way()
    {
        var store = Store(("m", "a=x", 0));
        Assert.Equal("m{a=\"x\"}=0", Answer(store, "m atan2 1", Old));
        Assert.Equal("{a=\"x\"}=0", Answer(store, "m atan2 1"));
        Assert.Contains("invalid destination label name", Error(store, "label_replace(m, \"1a\", \"\", \"\", \"\")", Old), StringComparison.Ordinal);
    }
}
