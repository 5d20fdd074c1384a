using System.Text;
using Fairway.Metrics.Exposition;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;
using Fairway.Metrics.Relabelling;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Scrape;

public sealed class TargetIngestTests
{
    private static readonly Labels Target = Labels.Of([new("job", "api"), new("instance", "a:80")]);
    private readonly RecordingStore _store = new();
    private long _time = 1_000_000;

    [Fact]
    public void A_body_becomes_samples_with_the_labels_of_its_target()
    {
        var result = Take(Ingest(), "# HELP req Requests.\n# TYPE req counter\nreq{code=\"200\"} 3\nreq{code=\"500\"} 1\ntemp -1.5e3\n");
        Assert.Null(result.Error);
        Assert.Equal(3, _store.Last("""req{code="200", instance="a:80", job="api"}"""));
        Assert.Equal(-1500, _store.Last("""temp{instance="a:80", job="api"}"""));
        Assert.Equal(1, _store.Last("""up{instance="a:80", job="api"}"""));
        Assert.Equal(3, _store.Last("""scrape_samples_scraped{instance="a:80", job="api"}"""));
        Assert.Equal(3, _store.Last("""scrape_samples_post_metric_relabeling{instance="a:80", job="api"}"""));
        Assert.Equal(3, _store.Last("""scrape_series_added{instance="a:80", job="api"}"""));
        Assert.Equal(0.25, _store.Last("""scrape_duration_seconds{instance="a:80", job="api"}"""));
        Assert.Equal(new MetricMetadata("counter", "Requests.", ""), _store.Metadata["req"]);
    }

    [Fact]
    public void Series_stay_the_same_when_the_target_writes_them_in_another_order()
    {
        var ingest = Ingest();
        Take(ingest, "a 1\nb 2\nc 3\n");
        Take(ingest, "c 4\nnew 9\na 5\nb 6\n");
        Take(ingest, "a 7\nb 8\nc 9\nnew 1\n");
        Assert.Equal([1, 5, 7], Values("a"));
        Assert.Equal([2, 6, 8], Values("b"));
        Assert.Equal([3, 4, 9], Values("c"));
        Assert.Equal([3, 1, 0], Values("scrape_series_added"));
    }

    [Fact]
    public void A_series_that_is_missing_gets_a_stale_marker_once()
    {
        var ingest = Ingest();
        Take(ingest, "a 1\nb 2\n");
        Take(ingest, "a 1\n");
        Take(ingest, "a 1\n");
        Assert.Collection(Of("b"), s => Assert.Equal(2, s.Value), s => Assert.True(s.IsStale));
        Take(ingest, "a 1\nb 5\n");
        Assert.Equal(5, Of("b")[^1].Value);
    }

    [Fact]
    public void A_failed_scrape_ends_every_series_and_sets_up_to_zero()
    {
        var ingest = Ingest();
        Take(ingest, "a 1\nb 2\n");
        _time += 15_000;
        ingest.Failed(_time, TimeSpan.FromSeconds(10), "timed out");
        ingest.Failed(_time + 15_000, TimeSpan.FromSeconds(10), "timed out");
        Assert.Equal(2, Of("a").Length);
        Assert.True(Of("a")[^1].IsStale);
        Assert.True(Of("b")[^1].IsStale);
        Assert.Equal([1, 0, 0], Values("up"));
    }

    [Fact]
    public void A_torn_body_leaves_nothing_of_itself_and_ends_every_series()
    {
        var ingest = Ingest();
        Take(ingest, "a 1\n");
        var result = Take(ingest, "a 2\nb{x=\"1} 3\n");
        Assert.Contains("line 2", result.Error, StringComparison.Ordinal);
        Assert.Collection(Of("a"), s => Assert.Equal(1, s.Value), s => Assert.True(s.IsStale));
        Assert.Empty(Of("b"));
        Assert.Equal([1, 0], Values("up"));
        Take(ingest, "a 3\n");
        Assert.Equal(3, Of("a")[^1].Value);
    }

    [Fact]
    public void A_target_that_is_gone_ends_its_series_and_the_series_about_it()
    {
        var ingest = Ingest();
        Take(ingest, "a 1\n");
        ingest.Gone(_time + 1);
        Assert.True(Of("a")[^1].IsStale);
        Assert.True(Of("up")[^1].IsStale);
        Assert.True(Of("scrape_duration_seconds")[^1].IsStale);
    }

    [Fact]
    public void Series_with_times_of_their_own_get_no_stale_marker_unless_asked_for()
    {
        var ingest = Ingest();
        Take(ingest, "a 1 900000\n");
        Take(ingest, "b 1\n");
        Assert.Equal(900_000, Of("a").Single().Time);
        var tracking = new TargetIngest(_store, Target.With("job", "b"), new() { TrackTimestampsStaleness = true });
        Take(tracking, "a 1 900000\n");
        Take(tracking, "b 1\n");
        Assert.Contains(_store.Of("""a{instance="a:80", job="b"}"""), s => s.IsStale);
        var ignoring = new TargetIngest(_store, Target.With("job", "c"), new() { HonorTimestamps = false });
        Take(ignoring, "a 1 900000\n");
        Assert.Equal(_time, _store.Of("""a{instance="a:80", job="c"}""").Single().Time);
    }

    [Fact]
    public void Labels_in_the_way_of_the_targets_are_exported_or_honored()
    {
        Take(Ingest(), "a{job=\"x\",exported_job=\"y\"} 1\n");
        Assert.Contains("""a{exported_exported_job="x", exported_job="y", instance="a:80", job="api"}""", _store.Names());
        Take(Ingest(new() { HonorLabels = true }), "b{job=\"x\"} 1\n");
        Assert.Contains("""b{instance="a:80", job="x"}""", _store.Names());
    }

    [Fact]
    public void Relabelling_drops_and_renames_and_only_what_is_left_is_counted_as_added()
    {
        var rules = new RelabelRules([
            new() { Action = RelabelAction.Drop, SourceLabels = ["__name__"], Regex = LabelPattern.Parse("go_.*") },
            new() { SourceLabels = ["path"], TargetLabel = "path", Regex = LabelPattern.Parse("/user/.*"), Replacement = "/user/:id" },
        ]);
        var ingest = Ingest(new() { MetricRelabelling = rules });
        for (var i = 0; i < 2; i++) Take(ingest, "go_gc 1\nreq{path=\"/user/7\"} 2\n");
        Assert.Equal([2, 2], Values("""req{path="/user/:id"}"""));
        Assert.Empty(Of("go_gc"));
        Assert.Equal([2, 2], Values("scrape_samples_scraped"));
        Assert.Equal([1, 1], Values("scrape_samples_post_metric_relabeling"));
        Assert.Equal([1, 0], Values("scrape_series_added"));
    }

    [Theory]
    [InlineData(1, 0, 0, 0, "sample limit")]
    [InlineData(0, 3, 0, 0, "label_limit")]
    [InlineData(0, 0, 4, 0, "label_name_length_limit")]
    [InlineData(0, 0, 0, 5, "label_value_length_limit")]
    public void A_limit_that_is_exceeded_fails_the_scrape(int samples, int labels, int names, int values, string error)
    {
        var ingest = Ingest(new() { SampleLimit = samples, LabelLimit = labels, LabelNameLengthLimit = names, LabelValueLengthLimit = values });
        var result = Take(ingest, "a{long_name=\"long value\"} 1\nb 2\n");
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
        Assert.Equal([0], Values("up"));
        Assert.Empty(Of("a"));
    }

    [Fact]
    public void What_the_store_refuses_is_counted_and_the_rest_taken()
    {
        var store = new RecordingStore
        {
            Answer = (labels, _) => labels.Name switch
            {
                "old" => AppendOutcome.TooOld,
                "new" => AppendOutcome.TooNew,
                "twice" => AppendOutcome.Conflict,
                "many" => AppendOutcome.Overflowed,
                _ => AppendOutcome.Taken,
            },
        };
        var result = Take(new TargetIngest(store, Target, new()), "old 1\nnew 1\ntwice 1\nmany 1\nmany{a=\"1\"} 1\nfine 1\n");
        Assert.Null(result.Error);
        Assert.Equal((1, 1, 1, 2), (result.Counts.TooOld, result.Counts.TooNew, result.Counts.Conflicts, result.Counts.Overflowed));
        Assert.Equal(1, store.Last("""fine{instance="a:80", job="api"}"""));
    }

    [Fact]
    public void Metadata_is_told_once_and_again_when_it_changes()
    {
        var ingest = Ingest();
        for (var i = 0; i < 3; i++) Take(ingest, "# HELP a One.\n# TYPE a gauge\na 1\n");
        Assert.Equal(1, _store.Described);
        Take(ingest, "# HELP a Two\\nlines.\n# TYPE a gauge\na 1\n");
        Assert.Equal(2, _store.Described);
        Assert.Equal(new("gauge", "Two\nlines.", ""), _store.Metadata["a"]);
    }

    [Fact]
    public void Created_lines_of_OpenMetrics_are_start_times_told_before_the_sample()
    {
        const string Body = """
            # TYPE req counter
            req_total{code="200"} 3 # {trace_id="x"} 1 2
            req_created{code="200"} 999.5
            req_total{code="500"} 1
            req_created{code="500"} 998
            # TYPE took histogram
            took_bucket{le="1.0"} 1
            took_bucket{le="+Inf"} 1
            took_count 1
            took_sum 0.5
            took_created 997
            # EOF

            """;
        var ingest = Ingest();
        for (var i = 0; i < 2; i++) Assert.Null(Take(ingest, Body, ExpositionFormat.OpenMetrics).Error);
        Assert.DoesNotContain(_store.Names(), n => n.Contains("_created", StringComparison.Ordinal));
        Assert.Contains(("""req_total{code="200", instance="a:80", job="api"}""", 999_500), _store.Starts);
        Assert.Contains(("""req_total{code="500", instance="a:80", job="api"}""", 998_000), _store.Starts);
        Assert.Contains(("""took_bucket{instance="a:80", job="api", le="+Inf"}""", 997_000), _store.Starts);
        Assert.Contains(("""took_sum{instance="a:80", job="api"}""", 997_000), _store.Starts);
        Assert.Equal(6, _store.Starts.Count);
        Assert.Null(Take(Ingest(new() { StartTimes = false }), Body, ExpositionFormat.OpenMetrics).Error);
        Assert.Equal(999.5, Of("""req_created{code="200"}""")[^1].Value);
    }

    [Fact]
    public void A_full_disk_is_an_error_of_the_store_and_the_next_scrape_goes_on()
    {
        var ingest = Ingest();
        Take(ingest, "a 1\n");
        _store.DiskIsFull = true;
        Assert.Throws<IOException>(() => Take(ingest, "a 2\n"));
        _store.DiskIsFull = false;
        Take(ingest, "a 3\n");
        Assert.Equal([1, 3], Values("a"));
    }

    [Theory]
    [InlineData("a{x=\"1\",x=\"2\"} 1\n")]
    [InlineData("a{__name__=\"b\"} 1\n")]
    public void A_label_twice_fails_the_scrape(string body) => Assert.Contains("not unique", Take(Ingest(), body).Error, StringComparison.Ordinal);

    private TargetIngest Ingest(ScrapeIngestOptions? options = null) => new(_store, Target, options ?? new());

    private ScrapeResult Take(TargetIngest ingest, string body, ExpositionFormat format = ExpositionFormat.PrometheusText) =>
        ingest.Take(Encoding.UTF8.GetBytes(body), format, _time += 15_000, () => TimeSpan.FromMilliseconds(250));

    private RecordingStore.Recorded[] Of(string series)
    {
        var labels = series.EndsWith('}') ? series[..^1] : series + "{";
        return [.. _store.Samples.Where(s => s.Series.StartsWith(labels, StringComparison.Ordinal)
            || s.Series.Replace("instance=\"a:80\", job=\"api\", ", "", StringComparison.Ordinal).StartsWith(labels, StringComparison.Ordinal))];
    }

    private double[] Values(string series) => [.. Of(series).Where(s => !s.IsStale).Select(s => s.Value)];
}
