using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Json;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Tests.PromQl;

public sealed class ParallelTests
{
    private const int Series = 203;
    private const int Samples = 240;
    private const long End = Samples * 15_000L;

    // Of three metrics, two of which no rate is for; with gaps, resets, stale markers and histograms.
    private static InMemorySeries Fleet()
    {
        var random = new Random(11);
        var store = new InMemorySeries();
        for (var s = 0; s < Series; s++)
        {
            var labels = Labels.Of([new(Labels.MetricName, (s % 7) switch { 0 => "odd", 3 => "even", _ => "c_total" }), new("s", $"{s:D3}"), new("g", $"{s % 5}")]);
            var value = 0.0;
            for (var i = 0; i < Samples; i++)
            {
                if (random.Next(20) == 0) continue;
                value = random.Next(90) == 0 ? 0 : value + (random.NextDouble() * 10);
                if (s % 29 == 4 && i > 100) store.Add(labels, i * 15_000L, Histogram(value));
                else store.Add(labels, i * 15_000L, random.Next(100) == 0 ? StaleMarker.Value : value);
            }
        }

        return store;
    }

    private static NativeHistogram Histogram(double count) =>
        new() { Schema = 0, Count = count, Sum = count, PositiveSpans = [new(0, 1)], PositiveBuckets = [count] };

    private static string Json(QueryResult result)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, QueryJson.WriterOptions)) QueryJson.Write(writer, result);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [Theory]
    [InlineData("rate({__name__=~\"c_total|odd|even\"}[5m])")]
    [InlineData("sum by (g) (rate({s!=\"\"}[3m]))")]
    [InlineData("{s!=\"\"}")]
    [InlineData("count({s!=\"\"})")]
    [InlineData("quantile_over_time(1.5, {s!=\"\"}[10m])")]
    [InlineData("avg_over_time({s!=\"\"}[10m] offset 1m)")]
    [InlineData("topk(3, irate({s!=\"\"}[5m]))")]
    [InlineData("max_over_time(sum by (g) (increase({s!=\"\"}[5m]))[20m:1m])")]
    [InlineData("c_total / on (s) group_left () c_total")]
    [InlineData("sum({s!=\"\"} @ 3000) + sum(stddev_over_time({s!=\"\"}[15m]))")]
    public async Task An_answer_is_the_same_for_any_number_of_threads(string query)
    {
        var store = Fleet();
        var alone = new PromQlEngine(store, new() { Threads = 1 }).Range(query, 0, End, 15_000, default);
        var expected = Json(alone);
        foreach (var threads in (int[])[2, 3, 8])
        {
            var together = new PromQlEngine(store, new() { Threads = threads }).Range(query, 0, End, 15_000, default);
            Assert.Equal(expected, Json(together));
            Assert.Equal(alone.Samples, together.Samples);
            Assert.Equal(expected, await StreamedAsync(together));
        }
    }

    [Fact]
    public void Too_many_samples_are_refused_by_any_number_of_threads()
    {
        var store = Fleet();
        foreach (var threads in (int[])[1, 4])
        {
            var engine = new PromQlEngine(store, new() { Threads = threads, MaxSamplesRead = 10_000 });
            var refused = Assert.Throws<PromQlException>(() => engine.Range("rate(c_total[5m])", 0, End, 15_000, default));
            Assert.Equal(QueryErrorKind.Execution, refused.Kind);
        }
    }

    private static async Task<string> StreamedAsync(QueryResult result)
    {
        var pipe = new Pipe();
        var writing = Task.Run(async () =>
        {
            await MatrixStream.WriteAsync(pipe.Writer, result, CancellationToken.None);
            await pipe.Writer.CompleteAsync();
        });
        using var text = new MemoryStream();
        await pipe.Reader.CopyToAsync(text);
        await writing;
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
