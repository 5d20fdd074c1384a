using Fairway.Metrics.Exposition;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Scrape;

/// <summary>From a text body to samples.</summary>
internal sealed class TextIngest(SeriesRun run, SeriesLabels labels, FamilyTexts families, ScrapeIngestOptions options)
{
    private readonly LabelDraft _draft = new();
    private readonly TextPool _pool = new();
    private readonly Dictionary<Labels, StartGroup> _groups = [];

    // A counter's start stands behind its samples, but the store wants it before them: a family is held back until it is whole.
    private readonly List<Held> _held = [];

    /// <summary>Adds every sample of a body.</summary>
    /// <exception cref="FormatException">The body is not in its format, or breaks a limit.</exception>
    public void Take(ReadOnlySpan<byte> body, ExpositionFormat format)
    {
        var reader = new ExpositionReader(body, format);
        var starts = format == ExpositionFormat.OpenMetrics && options.StartTimes;
        var holds = false;
        _held.Clear();
        families.Begin();
        // A target that changed all its series takes the groups of the old ones along.
        if (_groups.Count > (run.Known * 2) + 1000) _groups.Clear();
        while (true)
        {
            var item = reader.Next();
            if (item == ExpositionItem.Sample)
            {
                var series = run.Guess;
                if (series is null || !reader.TryExpect(series.Key)) series = Find(ref reader, starts);
                reader.ReadSample();
                run.Saw(series);
                if (reader.HasExemplar) run.Counts.Exemplars++;
                if (holds) Hold(series, ref reader);
                else run.Sample(series, reader.HasTime, reader.Time, reader.Value);
                continue;
            }

            if (item == ExpositionItem.End) break;
            families.Take(item, reader.Name, reader.Text);
            if (!starts) continue;
            Release();
            holds = families.CurrentType is "counter" or "histogram" or "summary";
        }

        Release();
        families.Flush();
    }

    private ScrapeSeries Find(ref ExpositionReader reader, bool starts)
    {
        reader.ReadSeries();
        var hash = ByteHash.Of(reader.Series);
        if (run.Find(reader.Series, hash) is { } known) return known;
        _draft.Clear();
        reader.ReadLabels(_draft, _pool);
        try
        {
            var (group, tells) = starts ? GroupOf() : (null, false);
            var series = new ScrapeSeries(reader.Series.ToArray(), hash, tells ? null : labels.Of(_draft)) { Group = group, TellsStart = tells };
            run.Add(series);
            return series;
        }
        catch (FormatException e)
        {
            throw reader.Fail(e.Message);
        }
    }

    private void Hold(ScrapeSeries series, ref ExpositionReader reader)
    {
        if (!series.TellsStart) _held.Add(new(series, reader.HasTime, reader.Time, reader.Value));
        else if (double.IsFinite(reader.Value) && reader.Value > 0 && reader.Value < 9e15) series.Group!.Start = (long)Math.Round(reader.Value * 1000);
    }

    private void Release()
    {
        foreach (var (series, hasTime, time, value) in _held) run.Sample(series, hasTime, time, value);
        _held.Clear();
    }

    // Counters, histograms and summaries begin as one: same family, same labels but le and quantile (OpenMetrics 1.0, "MetricPoint").
    private (StartGroup? Group, bool Tells) GroupOf()
    {
        if (families.CurrentType is not ("counter" or "histogram" or "summary")) return (null, false);
        var family = _pool.Get(families.CurrentName);
        var name = _draft.Get(Labels.MetricName);
        if (!name.StartsWith(family, StringComparison.Ordinal)) return (null, false);
        var suffix = name.AsSpan(family.Length);
        if (suffix is not ("" or "_total" or "_bucket" or "_count" or "_sum" or "_created")) return (null, false);
        if (_draft.Duplicate() is not null) return (null, false);
        var shared = Labels.Of(_draft.All.Where(l => l.Name is not ("le" or "quantile" or Labels.MetricName)).Append(new(Labels.MetricName, family)));
        if (!_groups.TryGetValue(shared, out var group)) _groups.Add(shared, group = new());
        return (group, suffix is "_created");
    }

    private readonly record struct Held(ScrapeSeries Series, bool HasTime, long Time, double Value);
}
