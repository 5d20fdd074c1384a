using System.Buffers;
using System.Text;
using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Exposition;

public sealed class FederationTests
{
    [Fact]
    public void The_newest_sample_of_each_series_is_written_once_by_name()
    {
        var source = new Source(
            new("""b""", [(1000, 1), (2000, 2)]), new("a", [(1500, 3)]), new("gone", [(1000, 1), (2000, StaleMarker.Value)]));
        var output = new ArrayBufferWriter<byte>();
        var selector = new[] { new LabelMatcher("__name__", MatchKind.Regex, ".+") };
        new Federation(source, name => name == "a" ? new("gauge", "", "") : null, Labels.Of([new("dc", "eu"), new("job", "other")]))
            .Write(output, ExpositionFormat.PrometheusText, [selector, selector], 3000, CancellationToken.None);
        Assert.Equal("# TYPE a gauge\na{dc=\"eu\",job=\"j\"} 3 1500\n# TYPE b untyped\nb{dc=\"eu\",job=\"j\"} 2 2000\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private sealed record Given(string Name, (long Time, double Value)[] Samples) : ISeries
    {
        public Labels Labels => Labels.Of([new("__name__", Name), new("job", "j")]);

        public void Read(long from, long to, SampleBuffer into)
        {
            foreach (var (time, value) in Samples.Where(s => s.Time >= from && s.Time <= to)) into.Add(time, value);
        }
    }

    private sealed class Source(params Given[] series) : ISeriesSource
    {
        public IReadOnlyList<ISeries> Select(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
            [.. series.Where(s => matchers.All(m => m.Matches(s.Labels.Value(m.Name))))];
    }
}
