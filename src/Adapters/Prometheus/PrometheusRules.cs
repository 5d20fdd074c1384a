using System.Net;
using System.Text.Json;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Adapters.Prometheus;

/// <summary>Reads answers of <c>/api/v1/rules</c>: https://prometheus.io/docs/prometheus/latest/querying/api/#rules.</summary>
internal static class PrometheusRules
{
    /// <summary>The alerting rules, or why they cannot be known.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="body">UTF-8 text.</param>
    public static (ImmutableArray<AlertingRule> Rules, Fault? Fault) Read(HttpStatusCode status, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (PrometheusAnswer.Text(root, "status") != "success") return ([], PrometheusAnswer.OfStatus(status, "rules") ?? Foreign());
            var rules = ImmutableArray.CreateBuilder<AlertingRule>();
            foreach (var group in root.GetProperty("data").GetProperty("groups").EnumerateArray())
                foreach (var rule in group.GetProperty("rules").EnumerateArray())
                    if (PrometheusAnswer.Text(rule, "type") == "alerting") rules.Add(Rule(rule));
            return (rules.ToImmutable(), null);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return ([], PrometheusAnswer.OfStatus(status, "rules") ?? Foreign());
        }
    }

    private static AlertingRule Rule(JsonElement rule)
    {
        var labels = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (rule.TryGetProperty("labels", out var given))
            foreach (var label in given.EnumerateObject()) labels[label.Name] = label.Value.GetString() ?? "";
        return new(PrometheusAnswer.Text(rule, "name") ?? "", PrometheusAnswer.Text(rule, "query") ?? "") { Labels = labels.ToImmutable() };
    }

    private static Fault Foreign() => new(FaultKind.Invalid, Blame.Configuration, Retryable: false, "the answer is none of Prometheus' HTTP API; check metrics.url, which goes without /api/v1/rules");
}
