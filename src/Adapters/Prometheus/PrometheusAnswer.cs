using System.Globalization;
using System.Net;
using System.Text.Json;
using Fairway.Kernel;
using Fairway.Rollouts;

namespace Fairway.Adapters.Prometheus;

/// <summary>Reads answers of <c>/api/v1/query</c>: https://prometheus.io/docs/prometheus/latest/querying/api/.</summary>
internal static class PrometheusAnswer
{
    private const int MostShown = 200;

    /// <summary>An answer, or why there is none.</summary>
    /// <param name="expression">What was asked.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="body">UTF-8 text.</param>
    public static QueryAnswer Read(string expression, HttpStatusCode status, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return Text(root, "status") switch
            {
                "success" => Value(expression, root.GetProperty("data")),
                "error" => Refused(expression, status, Text(root, "errorType"), Text(root, "error")),
                _ => Foreign(status),
            };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Foreign(status);
        }
    }

    private static QueryAnswer Value(string expression, JsonElement data)
    {
        var (type, result) = (Text(data, "resultType"), data.GetProperty("result"));
        if (type == "scalar") return Number(result);
        if (type != "vector") return Invalid($"the query {Shown(expression)} gives {(type == "matrix" ? "a range" : "text")}, not one number; ask for an instant value such as sum(…)");
        return result.GetArrayLength() switch
        {
            0 => new(null, null),
            1 => Number(result[0].GetProperty("value")),
            var many => Invalid($"the query {Shown(expression)} gives {many} numbers; aggregate them into one, such as by sum(…)"),
        };
    }

    // A time and a number in text, which may be NaN or infinite.
    private static QueryAnswer Number(JsonElement sample)
        => double.TryParse(sample[1].GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? new(number, null) : new(null, null);

    private static QueryAnswer Refused(string expression, HttpStatusCode status, string? type, string? error)
    {
        if (type is "bad_data" or "execution") return Invalid($"the query {Shown(expression)} is wrong: {error}");
        if (type is "timeout" or "canceled") return new(null, new(FaultKind.Timeout, Blame.Platform, Retryable: true, $"the query {Shown(expression)} took the server too long: {error}"));
        return OfStatus(status) ?? new(null, new(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"the metrics server says {type}: {error}"));
    }

    private static QueryAnswer Foreign(HttpStatusCode status)
        => OfStatus(status) ?? Invalid("the answer is none of Prometheus' HTTP API; check metrics.url, which goes without /api/v1/query");

    /// <summary>What an HTTP status alone says; null when it is no failure of its own.</summary>
    /// <param name="status">The status.</param>
    /// <param name="path">What was asked, under <c>/api/v1</c>.</param>
    internal static Fault? OfStatus(HttpStatusCode status, string path) => (int)status switch
    {
        401 or 403 => new(FaultKind.Forbidden, Blame.Configuration, Retryable: false, $"the metrics server does not let us in ({(int)status}); check metrics.bearerFile"),
        404 => new(FaultKind.NotFound, Blame.Configuration, Retryable: false, $"the metrics server has no /api/v1/{path} under metrics.url (404); check its path"),
        >= 300 and < 400 => new(FaultKind.Invalid, Blame.Configuration, Retryable: false,
            $"the metrics server sends us elsewhere ({(int)status}), where we do not go; write the final address in metrics.url"),
        429 or >= 500 => new(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"the metrics server answers {(int)status}"),
        _ => null,
    };

    private static QueryAnswer? OfStatus(HttpStatusCode status) => OfStatus(status, "query") is { } fault ? new(null, fault) : null;

    private static QueryAnswer Invalid(string message) => new(null, new(FaultKind.Invalid, Blame.Configuration, Retryable: false, message));

    /// <summary>A member that is a text; null when it is not there, or is something else.</summary>
    internal static string? Text(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static string Shown(string expression) => expression.Length <= MostShown ? expression : string.Concat(expression.AsSpan(0, MostShown), "…");
}
