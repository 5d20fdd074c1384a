using System.Text;
using System.Text.Json;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Json;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Tests.PromQl;

public sealed class EngineTests
{
    private static Labels Metric(string name, params (string Name, string Value)[] labels) =>
        Labels.Of([new(Labels.MetricName, name), .. labels.Select(l => new Label(l.Name, l.Value))]);

    private static InMemorySeries Counter(int series = 1)
    {
        var store = new InMemorySeries();
        for (var s = 0; s < series; s++)
        {
            for (var i = 0; i <= 20; i++) store.Add(Metric("c_total", ("s", s.ToString())), i * 10_000, i + 1);
        }

        return store;
    }

    private static string Json(QueryResult result)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, QueryJson.WriterOptions)) QueryJson.Write(writer, result);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [Fact]
    public void Prometheus_2_takes_both_ends_of_a_range()
    {
        var old = new PromQlEngine(Counter(), new() { Compat = Compat.V2 });
        var now = new PromQlEngine(Counter());
        static double One(QueryResult r) => ((VectorValue)r.Value).Samples.Single().Value;
        Assert.Equal(7, One(old.Instant("count_over_time(c_total[1m])", 60_000, default)));
        Assert.Equal(6, One(now.Instant("count_over_time(c_total[1m])", 60_000, default)));
        Assert.Single(((VectorValue)old.Instant("c_total", 500_000, default).Value).Samples);
        Assert.Empty(((VectorValue)now.Instant("c_total", 500_000, default).Value).Samples);
        Assert.Equal(1 / 0.3 / 10 * 3, One(old.Instant("rate(c_total[20s])", 20_000, default)) / 0.1, 1e-9);
    }

    [Fact]
    public void Prometheus_2_drops_names_at_once()
    {
        var store = Counter();
        store.Add(Metric("d_total", ("s", "0")), 0, 1);
        store.Add(Metric("d_total", ("s", "0")), 10_000, 1);
        var old = new PromQlEngine(store, new() { Compat = Compat.V2 });
        Assert.Throws<PromQlException>(() => old.Instant("sum(rate({s=\"0\"}[1m]))", 10_000, default));
        Assert.Single(((VectorValue)old.Instant("holt_winters(c_total[1m], 0.5, 0.5)", 60_000, default).Value).Samples);
        Assert.Throws<PromQlException>(() => new PromQlEngine(store).Instant("holt_winters(c_total[1m], 0.5, 0.5)", 60_000, default));
    }

    [Fact]
    public void A_query_that_needs_too_much_is_refused()
    {
        var engine = new PromQlEngine(Counter(50), new() { MaxSamples = 500 });
        Assert.Contains("too many samples", Assert.Throws<PromQlException>(() => engine.Instant("sum(c_total)", 200_000, default)).Message, StringComparison.Ordinal);
        var few = new PromQlEngine(Counter(50), new() { MaxSeries = 10 });
        var error = Assert.Throws<PromQlException>(() => few.Instant("c_total", 200_000, default));
        Assert.Equal(QueryErrorKind.Execution, error.Kind);
        Assert.Contains("50 series", error.Message, StringComparison.Ordinal);
        Assert.Throws<PromQlException>(() => engine.Instant("count_over_time(vector(1)[100y:1ms])", 0, default));
        Assert.Throws<PromQlException>(() => engine.Range("1", 0, long.MaxValue / 2, 1, default));
    }

    [Fact]
    public void A_query_that_nobody_waits_for_ends()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Equal(QueryErrorKind.Canceled, Assert.Throws<PromQlException>(() => new PromQlEngine(Counter()).Instant("c_total", 0, source.Token)).Kind);
        var late = new PromQlEngine(Counter(100), new() { Timeout = TimeSpan.Zero });
        Assert.Equal(QueryErrorKind.Timeout, Assert.Throws<PromQlException>(() => late.Instant("c_total", 100_000, default)).Kind);
    }

    [Fact]
    public void A_query_explains_what_it_cost()
    {
        var result = new PromQlEngine(Counter(3)).Range("sum by (s) (rate(c_total[1m]))", 60_000, 200_000, 10_000, default, explain: true);
        var sum = Assert.Single(result.Plan!.Children);
        Assert.Equal("sum by (s)", sum.Title);
        Assert.Equal(3, sum.Series);
        var range = Assert.Single(Assert.Single(sum.Children).Children);
        Assert.Equal(60, range.Samples);
        Assert.True(result.Plan.Elapsed >= sum.Elapsed && sum.Elapsed > TimeSpan.Zero);
        Assert.Null(new PromQlEngine(Counter()).Instant("c_total", 0, default).Plan);
    }

    [Fact]
    public void Remarks_name_their_place()
    {
        var store = Counter();
        store.Add(Metric("gauge"), 0, 1);
        store.Add(Metric("gauge"), 10_000, 2);
        var result = new PromQlEngine(store).Instant("1 +\n  rate(gauge[1m])", 10_000, default);
        Assert.Equal("PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"gauge\" (2:8)", Assert.Single(result.Infos));
    }

    [Fact]
    public void Answers_are_written_as_the_API_writes_them()
    {
        var store = new InMemorySeries();
        store.Add(Metric("m", ("a", "x\"y")), 1_500, 1e21);
        store.Add(Metric("m", ("b", "é")), 1_500, double.NegativeInfinity);
        var engine = new PromQlEngine(store);
        Assert.Equal("""{"status":"success","data":{"resultType":"scalar","result":[1.001,"0.00001234"]}}""", Json(engine.Instant("12.34e-6", 1_001, default)));
        Assert.Equal("""{"status":"success","data":{"resultType":"string","result":[2,"a"]}}""", Json(engine.Instant("\"a\"", 2_000, default)));
        Assert.Equal(
            """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"m","a":"x\"y"},"value":[2,"1e+21"]},{"metric":{"__name__":"m","b":"é"},"value":[2,"-Inf"]}]}}""",
            Json(engine.Instant("m", 2_000, default)));
        Assert.Equal(
            """{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[-0.500,"-0.5"],[0,"0"],[0.500,"0.5"]]}]}}""",
            Json(engine.Range("time()", -500, 600, 500, default)));
        Assert.Equal("""{"status":"success","data":{"resultType":"matrix","result":[]}}""", Json(engine.Instant("nothing[5m]", 2_000, default)));
    }

    [Fact]
    public void Histograms_are_written_as_the_API_writes_them()
    {
        var store = new InMemorySeries();
        store.Add(Metric("h"), 0, new NativeHistogram
        {
            Schema = 0, Count = 6, Sum = 1.5, ZeroCount = 1, ZeroThreshold = 0.001,
            PositiveSpans = [new(0, 2)], PositiveBuckets = [1, 2], NegativeSpans = [new(0, 1)], NegativeBuckets = [2],
        });
        Assert.Equal(
            """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"h"},"histogram":[0,{"count":"6","sum":"1.5","buckets":[[1,"-1","-0.5","2"],[3,"-0.001","0.001","1"],[0,"0.5","1","1"],[0,"1","2","2"]]}]}]}}""",
            Json(new PromQlEngine(store).Instant("h", 0, default)));
        Assert.Equal(
            """{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"h"},"histograms":[[0,{"count":"6","sum":"1.5","buckets":[[1,"-1","-0.5","2"],[3,"-0.001","0.001","1"],[0,"0.5","1","1"],[0,"1","2","2"]]}]]}]}}""",
            Json(new PromQlEngine(store).Range("h", 0, 0, 1000, default)));
    }

    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(1e-7, "1e-07")]
    [InlineData(1e-6, "0.000001")]
    [InlineData(123456789012345680.0, "123456789012345680")]
    [InlineData(1e20, "100000000000000000000")]
    [InlineData(1.5e300, "1.5e+300")]
    [InlineData(-1.5e-300, "-1.5e-300")]
    [InlineData(0.1, "0.1")]
    [InlineData(0.00012345, "0.00012345")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.MaxValue, "1.7976931348623157e+308")]
    [InlineData(5e-324, "5e-324")]
    public void Values_are_written_with_the_digits_that_they_need(double value, string text)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        SampleText.WriteValue(value, buffer);
        Assert.Equal(text, Encoding.ASCII.GetString(buffer.WrittenSpan));
        Assert.Equal(text, SampleText.Format(value));
    }

    [Fact]
    public void Errors_are_written_as_the_API_writes_them()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, QueryJson.WriterOptions)) QueryJson.WriteError(writer, QueryErrorKind.BadData, "1:1: parse error");
        Assert.Equal("""{"status":"error","errorType":"bad_data","error":"1:1: parse error"}""", Encoding.UTF8.GetString(stream.ToArray()));
        Assert.Equal([400, 422, 503, 503], Enum.GetValues<QueryErrorKind>().Select(QueryJson.HttpStatus));
    }

    [Fact]
    public void Range_queries_give_no_ranges()
    {
        var engine = new PromQlEngine(Counter());
        Assert.Equal("invalid expression type \"range vector\" for range query, must be Scalar or instant Vector", Assert.Throws<PromQlException>(() => engine.Range("c_total[5m]", 0, 10, 1, default)).Message);
        Assert.Throws<PromQlException>(() => engine.Range("1", 10, 0, 1, default));
        Assert.Throws<PromQlException>(() => engine.Range("1", 0, 10, 0, default));
    }
}
