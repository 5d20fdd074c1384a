using System.Text.Json;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Json;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.Rules;
using Microsoft.AspNetCore.Http;

namespace Fairway.Metrics;

/// <summary><c>rules</c> and <c>alerts</c> (prometheus.io/docs, "HTTP API").</summary>
/// <param name="runner">What evaluates them.</param>
internal sealed class RuleEndpoints(RuleRunner runner)
{
    /// <summary>The rules by their groups, and how they are.</summary>
    public Task RulesAsync(HttpContext context, ApiParameters parameters)
    {
        var type = parameters.One("type");
        if (type is not ("" or "alert" or "record")) throw ApiParameters.Invalid("type", $"not supported value \"{type}\"");
        var (names, groups, files) = (Set(parameters, "rule_name[]"), Set(parameters, "rule_group[]"), Set(parameters, "file[]"));
        var selectors = parameters.Selectors(everything: true);
        var without = Flag(parameters, "exclude_alerts");
        var most = parameters.Limit("group_limit");
        var token = parameters.One("group_next_token");
        if (token.Length > 0 && most == int.MaxValue) throw ApiParameters.Invalid("group_limit", "group_limit needs to be set in order to paginate over the groups");
        var wanted = runner.Groups
            .Where(g => (groups.Count == 0 || groups.Contains(g.Config.Name)) && (files.Count == 0 || files.Contains(g.Config.File)))
            .Select(g => g with { Rules = [.. g.Rules.Where(Wanted)] })
            .Where(g => g.Rules.Length > 0 || (type.Length == 0 && names.Count == 0 && selectors.Count == 0))
            .ToArray();
        var from = token.Length == 0 ? 0 : Array.FindIndex(wanted, g => Token(g) == token);
        if (from < 0) throw ApiParameters.Invalid("group_next_token", $"invalid group_next_token: {token}. It is of no group any more");
        return ApiAnswer.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("groups"u8);
            foreach (var group in wanted.Skip(from).Take(most)) Group(json, group, without);
            json.WriteEndArray();
            if (most < wanted.Length - from) json.WriteString("groupNextToken"u8, Token(wanted[from + most]));
            json.WriteEndObject();
        });

        bool Wanted(RuleStatus rule) => (type.Length == 0 || rule.Config.IsAlert == (type == "alert")) && (names.Count == 0 || names.Contains(rule.Config.Name))
            && (selectors.Count == 0 || selectors.Any(s => s.All(m => m.Matches(rule.Config.Labels.FirstOrDefault(l => l.Name == m.Name).Value ?? ""))));
    }

    /// <summary>The alerts that hold.</summary>
    public Task AlertsAsync(HttpContext context) => ApiAnswer.SuccessAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("alerts"u8);
        foreach (var alert in runner.Groups.SelectMany(g => g.Rules).SelectMany(r => r.ActiveAlerts)) Alert(json, alert);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void Group(Utf8JsonWriter json, RuleGroupStatus group, bool withoutAlerts)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, group.Config.Name);
        json.WriteString("file"u8, group.Config.File);
        json.WriteStartArray("rules"u8);
        foreach (var rule in group.Rules) Rule(json, rule, withoutAlerts);
        json.WriteEndArray();
        json.WriteNumber("interval"u8, group.Interval.TotalSeconds);
        json.WriteNumber("limit"u8, group.Config.Limit);
        json.WriteNumber("evaluationTime"u8, group.Duration.TotalSeconds);
        json.WriteString("lastEvaluation"u8, StatusEndpoints.Instant(group.EvaluatedAt ?? default));
        json.WriteEndObject();
    }

    private static void Rule(Utf8JsonWriter json, RuleStatus rule, bool withoutAlerts)
    {
        json.WriteStartObject();
        if (rule.Config.IsAlert) json.WriteString("state"u8, Name(rule.Phase));
        json.WriteString("name"u8, rule.Config.Name);
        json.WriteString("query"u8, Parser.Parse(rule.Config.Expr).ToString());
        if (rule.Config.IsAlert)
        {
            json.WriteNumber("duration"u8, rule.Config.For.TotalSeconds);
            json.WriteNumber("keepFiringFor"u8, rule.Config.KeepFiringFor.TotalSeconds);
        }

        if (rule.Config.IsAlert || rule.Config.Labels.Length > 0) Pairs(json, "labels", rule.Config.Labels);
        if (rule.Config.IsAlert)
        {
            Pairs(json, "annotations", rule.Config.Annotations);
            json.WriteStartArray("alerts"u8);
            if (!withoutAlerts)
            {
                foreach (var alert in rule.ActiveAlerts) Alert(json, alert);
            }

            json.WriteEndArray();
        }

        json.WriteString("health"u8, rule.EvaluatedAt is null ? "unknown" : rule.LastError.Length > 0 ? "err" : "ok");
        if (rule.LastError.Length > 0) json.WriteString("lastError"u8, rule.LastError);
        json.WriteNumber("evaluationTime"u8, rule.Duration.TotalSeconds);
        json.WriteString("lastEvaluation"u8, StatusEndpoints.Instant(rule.EvaluatedAt ?? default));
        json.WriteString("type"u8, rule.Config.IsAlert ? "alerting" : "recording");
        json.WriteEndObject();
    }

    private static void Alert(Utf8JsonWriter json, Alert alert)
    {
        json.WriteStartObject();
        json.WritePropertyName("labels"u8);
        QueryJson.WriteLabels(json, alert.Labels);
        Pairs(json, "annotations", alert.Annotations);
        json.WriteString("state"u8, Name(alert.Phase));
        json.WriteString("activeAt"u8, StatusEndpoints.Instant(alert.ActiveAt));
        if (alert.KeptSince is { } kept) json.WriteString("keepFiringSince"u8, StatusEndpoints.Instant(kept));
        json.WriteString("value"u8, GoNumber.Scientific(alert.Value));
        json.WriteEndObject();
    }

    private static void Pairs(Utf8JsonWriter json, string name, ImmutableArray<Label> labels)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in labels.OrderBy(l => l.Name, StringComparer.Ordinal)) json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static string Name(AlertPhase phase) => phase switch { AlertPhase.Firing => "firing", AlertPhase.Pending => "pending", _ => "inactive" };

    // The same for as long as the group is there, whatever comes or goes beside it.
    private static string Token(RuleGroupStatus group) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{group.Config.File};{group.Config.Name}")))[..40];

    private static HashSet<string> Set(ApiParameters parameters, string name) => parameters.All(name).ToHashSet(StringComparer.Ordinal);

    private static bool Flag(ApiParameters parameters, string name) => parameters.One(name) switch
    {
        "" or "false" or "0" => false,
        "true" or "1" => true,
        var other => throw ApiParameters.Invalid(name, $"\"{other}\" is neither true nor false"),
    };
}
