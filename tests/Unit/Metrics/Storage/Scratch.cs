using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>A folder for one test.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public ScratchFolder() => Path = Directory.CreateTempSubdirectory("fairway-store-").FullName;

    public string Path { get; }

    /// <summary>A copy, as a crash at this moment would leave the files.</summary>
    public ScratchFolder Copy()
    {
        var copy = new ScratchFolder();
        foreach (var folder in Directory.GetDirectories(Path, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(folder.Replace(Path, copy.Path));
        foreach (var file in Directory.GetFiles(Path, "*", SearchOption.AllDirectories).Where(f => System.IO.Path.GetFileName(f) != "lock"))
        {
            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var to = File.Create(file.Replace(Path, copy.Path));
            from.CopyTo(to);
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Short ways to write to a store and to read from it.</summary>
internal static class Say
{
    public const long Minute = 60_000;
    public const long Hour = 60 * Minute;

    /// <summary>A whole multiple of the block range.</summary>
    public const long Start = 236_111 * 2 * Hour;

    public static Labels Series(string name, params string[] pairs) =>
        Labels.Of([new(Labels.MetricName, name), .. pairs.Chunk(2).Select(p => new Label(p[0], p[1]))]);

    public static AppendOutcome Write(this IMetricStore store, Labels labels, long time, double value)
    {
        using var batch = store.Begin();
        long series = 0;
        var outcome = batch.Add(ref series, labels, time, value);
        batch.Commit();
        return outcome;
    }

    public static AppendOutcome Write(this IMetricStore store, Labels labels, long time, NativeHistogram histogram)
    {
        using var batch = store.Begin();
        long series = 0;
        var outcome = batch.Add(ref series, labels, time, histogram);
        batch.Commit();
        return outcome;
    }

    /// <summary>All samples of the series that match, as text: <c>labels: time=bits …</c>, histograms by count and sum.</summary>
    public static string[] Everything(this IMetricStore store, long from = long.MinValue, long to = long.MaxValue, params LabelMatcher[] matchers) =>
        [.. store.Select(from, to, matchers.Length == 0 ? [new(Labels.MetricName, MatchKind.Regex, ".+")] : matchers, CancellationToken.None).Select(s => Text(s, from, to)).OfType<string>()];

    public static IEnumerable<(long Time, double Value)> Samples(this IMetricStore store, Labels labels, long from = long.MinValue, long to = long.MaxValue)
    {
        LabelMatcher[] exact = [.. labels.Pairs().Select(l => new LabelMatcher(l.Name, MatchKind.Equal, l.Value))];
        var series = store.Select(from, to, exact, CancellationToken.None).SingleOrDefault(s => s.Labels.Equals(labels));
        if (series is null) return [];
        var buffer = new SampleBuffer();
        series.Read(from, to, buffer);
        return [.. Enumerable.Range(0, buffer.Count).Select(i => (buffer.Times[i], buffer.Values[i]))];
    }

    public static NativeHistogram Histogram(double count, double sum, params double[] buckets) =>
        new() { Schema = 2, ZeroThreshold = 1e-128, Count = count, Sum = sum, PositiveSpans = [new(-3, 1), new(2, buckets.Length - 1)], PositiveBuckets = buckets };

    private static string? Text(ISeries series, long from, long to)
    {
        var buffer = new SampleBuffer();
        series.Read(from, to, buffer);
        if (buffer.Count == 0) return null;
        return $"{series.Labels}: " + string.Join(' ', Enumerable.Range(0, buffer.Count).Select(i => buffer.Histogram(i) is { } histogram
            ? $"{buffer.Times[i]}=h{histogram.Count}/{histogram.Sum}/{string.Join(',', histogram.PositiveBuckets)}"
            : $"{buffer.Times[i]}={BitConverter.DoubleToInt64Bits(buffer.Values[i]):x}"));
    }
}
