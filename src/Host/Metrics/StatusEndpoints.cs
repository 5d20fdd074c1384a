using System.Globalization;
using System.Text.Json;
using Fairway.Metrics.PromQl.Json;
using Fairway.Metrics.Scrape;
using Fairway.Metrics.Storage;
using Fairway.Serve;
using Microsoft.AspNetCore.Http;

namespace Fairway.Metrics;

/// <summary><c>targets</c> and <c>status/…</c>: how the engine itself is.</summary>
/// <param name="engine">It.</param>
internal sealed class StatusEndpoints(MetricsEngine engine)
{
    // Clients choose by this number what they may ask: it names the Prometheus whose API and language this is.
    private const string ApiVersion = "3.5.0";

    /// <summary>What is scraped.</summary>
    public async Task TargetsAsync(HttpContext context, ApiParameters parameters)
    {
        var state = await engine.Scraper.StateAsync(context.RequestAborted);
        var (which, pool) = (parameters.One("state"), parameters.One("scrapePool"));
        await ApiAnswer.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("activeTargets"u8);
            if (which is not "dropped")
            {
                foreach (var target in state.Active.Where(t => pool.Length == 0 || t.Target.Job == pool)) Target(json, target);
            }

            json.WriteEndArray();
            json.WriteStartArray("droppedTargets"u8);
            if (which is not "active")
            {
                foreach (var (job, discovered) in state.Dropped.Where(d => pool.Length == 0 || d.Job == pool))
                {
                    json.WriteStartObject();
                    json.WritePropertyName("discoveredLabels"u8);
                    QueryJson.WriteLabels(json, discovered);
                    json.WriteString("scrapePool"u8, job);
                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
            json.WriteStartObject("droppedTargetCounts"u8);
            foreach (var job in state.Dropped.CountBy(d => d.Job).OrderBy(j => j.Key, StringComparer.Ordinal)) json.WriteNumber(job.Key, job.Value);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary>Which program this is.</summary>
    public static Task BuildAsync(HttpContext context) => TextsAsync(context, [
        ("version", ApiVersion), ("revision", ControlPlane.Version), ("branch", "fairway"), ("buildUser", ""), ("buildDate", ""),
        ("goVersion", $"none, .NET {Environment.Version}")]);

    /// <summary>The options it was started with.</summary>
    public Task FlagsAsync(HttpContext context) => TextsAsync(context, [
        ("config.file", engine.Options.ConfigFile ?? ""), ("storage.tsdb.path", engine.Options.Data),
        ("storage.tsdb.retention.time", Days(engine.Options.Retention)), ("web.listen-address", engine.Address),
        ("query.timeout", "2m"), ("query.max-concurrency", "20")]);

    /// <summary>The configuration, without secrets.</summary>
    public Task ConfigAsync(HttpContext context) => TextsAsync(context, [("yaml", engine.Configuration.Text)]);

    /// <summary>How the process is.</summary>
    public Task RuntimeAsync(HttpContext context) => ApiAnswer.SuccessAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("startTime"u8, Instant(engine.StartedAt));
        json.WriteString("CWD"u8, Environment.CurrentDirectory);
        json.WriteString("hostname"u8, Environment.MachineName);
        json.WriteString("serverTime"u8, Instant(engine.Options.Time.GetUtcNow()));
        json.WriteBoolean("reloadConfigSuccess"u8, engine.ReloadSucceeded);
        json.WriteString("lastConfigTime"u8, Instant(engine.ConfiguredAt));
        json.WriteNumber("corruptionCount"u8, engine.Store.Faults.Count);
        json.WriteNumber("goroutineCount"u8, ThreadPool.ThreadCount);
        json.WriteNumber("GOMAXPROCS"u8, Environment.ProcessorCount);
        json.WriteNumber("GOMEMLIMIT"u8, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        json.WriteString("GOGC"u8, "");
        json.WriteString("GODEBUG"u8, "");
        json.WriteString("storageRetention"u8, Days(engine.Options.Retention));
        json.WriteEndObject();
    });

    /// <summary>What the store holds in memory, and which labels make most of it.</summary>
    public Task StoreAsync(HttpContext context, ApiParameters parameters)
    {
        var limit = parameters.Limit();
        var known = engine.Store.Statistics(limit == int.MaxValue ? 10 : limit);
        return ApiAnswer.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("headStats"u8);
            json.WriteNumber("numSeries"u8, known.Series);
            json.WriteNumber("numLabelPairs"u8, known.LabelPairs);
            json.WriteNumber("chunkCount"u8, known.Chunks);
            json.WriteNumber("minTime"u8, known.MinTime);
            json.WriteNumber("maxTime"u8, known.MaxTime);
            json.WriteEndObject();
            Counts(json, "seriesCountByMetricName", known.SeriesByMetric);
            Counts(json, "labelValueCountByLabelName", known.ValuesByLabel);
            Counts(json, "memoryInBytesByLabelName", known.BytesByLabel);
            Counts(json, "seriesCountByLabelValuePair", known.SeriesByPair);
            json.WriteEndObject();
        });
    }

    private static void Target(Utf8JsonWriter json, TargetStatus status)
    {
        json.WriteStartObject();
        json.WritePropertyName("discoveredLabels"u8);
        QueryJson.WriteLabels(json, status.Target.Discovered);
        json.WritePropertyName("labels"u8);
        QueryJson.WriteLabels(json, status.Target.Labels);
        json.WriteString("scrapePool"u8, status.Target.Job);
        json.WriteString("scrapeUrl"u8, status.Target.Url.AbsoluteUri);
        json.WriteString("globalUrl"u8, status.Target.Url.AbsoluteUri);
        json.WriteString("lastError"u8, status.LastError);
        json.WriteString("lastScrape"u8, Instant(status.LastScrape ?? default));
        json.WriteNumber("lastScrapeDuration"u8, status.LastDuration.TotalSeconds);
        json.WriteString("health"u8, status.Health switch { TargetHealth.Up => "up", TargetHealth.Down => "down", _ => "unknown" });
        json.WriteString("scrapeInterval"u8, Seconds(status.Target.Interval));
        json.WriteString("scrapeTimeout"u8, Seconds(status.Target.Timeout));
        json.WriteEndObject();
    }

    private static void Counts(Utf8JsonWriter json, string name, IReadOnlyList<NamedCount> counts)
    {
        json.WriteStartArray(name);
        foreach (var (text, count) in counts)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, text);
            json.WriteNumber("value"u8, count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static Task TextsAsync(HttpContext context, (string Name, string Value)[] texts) => ApiAnswer.SuccessAsync(context, json =>
    {
        json.WriteStartObject();
        foreach (var (name, value) in texts) json.WriteString(name, value);
        json.WriteEndObject();
    });

    internal static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan span) => span.TotalSeconds == Math.Floor(span.TotalSeconds)
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds}s")
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds}ms");

    private static string Days(TimeSpan span) => span.TotalDays == Math.Floor(span.TotalDays)
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays}d")
        : Seconds(span);
}
