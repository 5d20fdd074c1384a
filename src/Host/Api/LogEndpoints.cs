using System.Text.Json;
using Fairway.Access;
using Fairway.Client.Wire;
using Fairway.Configuration;
using Fairway.Ports;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Api;

/// <summary>What instances write: the newest lines, and on with new ones; filtered here, so that a busy service does not fill the reader's line.</summary>
internal static class LogEndpoints
{
    private const int MostLines = 10_000;
    private static readonly ReadOnlyMemory<byte> LineEnd = "\n"u8.ToArray();

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
        => routes.Map("GET", "services/{environment}/{service}/logs", Permission.View, call => LogsAsync(call, services))
            .Says("What a service's instances wrote, oldest first, a JSON object a line.").Asks("instance", "Only this instance.")
            .AsksNumber("tail", "How many of the newest lines are looked through to begin with; 100, and 10000 with a filter.", 0, MostLines)
            .AsksFlag("follow", "Go on with new lines.").Asks("text", "Only lines that contain this, in any case.")
            .AsksWord("level", "Only lines that say they are at least so grave; lines that say no level are left out.", "trace", "debug", "info", "warning", "error", "critical")
            .Asks("request", "Only lines with this request id.").Asks("stream", "stdout or stderr.")
            .Asks("since", "Only lines after this moment (ISO 8601), or of so long ago at most, such as 5m.").GivesStream("application/x-ndjson", () => WireJson.Default.LogLineInfo);

    private static async Task LogsAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries("instance", "tail", "follow", "text", "level", "request", "stream", "since");
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        var filter = Filter(call, services);
        var query = new LogQuery(key, call.Query("instance"), (int)call.Query("tail", filter is null ? 100 : MostLines, 0, MostLines), call.QueryFlag("follow"));
        call.Http.Response.ContentType = "application/x-ndjson";
        call.Http.Response.Headers.CacheControl = "no-store";
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, services.Stopping);
        var output = call.Http.Response.BodyWriter;
        if (query.Follow) await call.Http.Response.StartAsync(either.Token);
        try
        {
            await foreach (var line in services.Workloads.ReadLogsAsync(query, either.Token))
            {
                if (filter is not null && !filter(line)) continue;
                var info = new LogLineInfo(RolloutWire.At(line.At), line.Instance, line.Stream, line.Text);
                await output.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(info, WireJson.Default.LogLineInfo), either.Token);
                await output.WriteAsync(LineEnd, either.Token);
            }
        }
        catch (OperationCanceledException) when (services.Stopping.IsCancellationRequested)
        {
            // The stream ends whole: the reader may go on when the control plane is back.
        }
    }

    private static Predicate<LogLine>? Filter(ApiRequest call, ControlPlaneServices services)
    {
        var (text, request, stream, since) = (call.Query("text"), call.Query("request"), call.Query("stream"), Since(call, services));
        var level = call.Query("level") is not { } name ? (LogLevel?)null
            : LogLevels.Parse(name) ?? throw ApiException.BadRequest("query-invalid", $"?level={name} is no level", "trace, debug, info, warning, error or critical");
        if (stream is not (null or "stdout" or "stderr")) throw ApiException.BadRequest("query-invalid", $"?stream={stream} is neither stdout nor stderr");
        if (text is null && request is null && stream is null && since is null && level is null) return null;
        return line => (stream is null || line.Stream == stream)
            && (since is null || line.At >= since)
            && (text is null || line.Text.Contains(text, StringComparison.OrdinalIgnoreCase))
            && (request is null || HasWord(line.Text, request))
            && (level is null || LogLevels.Of(line.Text) >= level);
    }

    // An id inside a longer one is another request's.
    private static bool HasWord(string text, string word)
    {
        for (var at = text.IndexOf(word, StringComparison.Ordinal); at >= 0; at = text.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            var end = at + word.Length;
            if ((at == 0 || !char.IsAsciiLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsAsciiLetterOrDigit(text[end]))) return true;
        }
        return false;
    }

    private static Instant? Since(ApiRequest call, ControlPlaneServices services)
        => call.Query("since") is { } text && DurationText.Parse(text) is { IsValid: true } ago ? services.Clock.Now - ago.Value : ListEndpoints.Moment(call, "since");
}
