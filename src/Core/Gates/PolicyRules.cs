using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Kernel;
using Fairway.Policy;
using NodaTime;
using NodaTime.Text;

namespace Fairway.Gates;

/// <summary>What the file's policies say of a release: each is a rule of the gate.</summary>
public static class PolicyRules
{
    /// <summary>Asks them. A policy that cannot be evaluated does not allow.</summary>
    public static ImmutableArray<RuleVerdict> Ask(PolicySet policies, GateRequest request, GateFacts facts, Instant now)
    {
        var json = JsonSerializer.SerializeToElement(Input(request, facts, now), FairwayJson.Options);
        var (input, problem) = PolicyInput.Read(json);
        Invariant.Check(input is not null, $"policies cannot be asked: {problem}");
        return [.. PolicyEvaluator.Decide(policies, input, CelLimits.Default).Findings.Select(Of)];
    }

    /// <summary>What policies may look at, as far as it is known.</summary>
    public static JsonObject Input(GateRequest request, GateFacts facts, Instant now) => Known(new()
    {
        ["release"] = Known(new()
        {
            ["digest"] = request.Release, ["version"] = request.Version, ["artifact"] = request.Artifact, ["createdAt"] = Moment(facts.MadeAt),
            ["commit"] = facts.Origin?.Commit, ["branch"] = facts.Origin?.Branch,
            ["author"] = facts.Authors is [var author, ..] ? author : null, ["rejected"] = !facts.Rejections.IsEmpty,
            ["attestations"] = new JsonArray([.. facts.Attested.GroupBy(one => one.Kind, StringComparer.Ordinal).Select(kind => Attestation(kind.MaxBy(one => one.At)!))]),
        }),
        ["environment"] = Known(new()
        {
            ["name"] = request.Key.Environment, ["order"] = facts.Place.Order, ["previous"] = facts.Place.Previous, ["ephemeral"] = facts.Place.Ephemeral,
            ["frozen"] = facts.Freezes.Any(freeze => freeze.Holds(now)),
        }),
        ["service"] = Known(new()
        {
            ["name"] = request.Key.Service, ["stable"] = facts.Serving?.Version,
            ["attestations"] = new JsonArray([.. facts.Service.Select(Attestation)]),
        }),
        ["actor"] = Known(new() { ["name"] = request.By, ["kind"] = request.Automatic ? "fairway" : request.By.StartsWith("token:", StringComparison.Ordinal) ? "token" : "person",
            ["roles"] = request.Roles.IsEmpty ? null : new JsonArray([.. Roles(request).Select(role => (JsonNode)role)]),
        }),
        ["budget"] = Budget(facts),
        ["change"] = facts.Change is { } change ? Change(change) : null,
        ["queue"] = facts.Queue is { } queue ? new JsonObject { ["mode"] = queue.Mode, ["waiting"] = queue.Waiting, ["busy"] = queue.Busy } : null,
        ["now"] = Moment(now),
        ["rollout"] = Known(new()
        {
            ["action"] = request.Automatic ? "promote" : "deploy", ["reason"] = request.Reason, ["soaked"] = Soaked(facts, now),
            ["approvals"] = new JsonArray([.. facts.Approvals.Where(one => one.Release == request.Release && now < one.Until).Select(one => (JsonNode)one.Person)]),
        }),
    });

    // Roles everywhere, and those of this environment.
    private static IEnumerable<string> Roles(GateRequest request) => request.Roles.Select(role => role.Split('@'))
        .Where(parts => parts.Length == 1 || parts[1] == request.Key.Environment).Select(parts => parts[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    // Of the objective with the least left.
    private static JsonObject? Budget(GateFacts facts) => facts.Objectives.Where(one => one.Remaining is not null).MinBy(one => one.Remaining) is { } least
        ? Known(new()
        {
            ["objective"] = least.Objective.Name, ["remaining"] = least.Remaining!.Value, ["burnRate"] = least.BurnRate, ["window"] = $"{(long)least.Objective.Window.TotalSeconds}s",
        }) : null;

    private static JsonObject Change(ChangeFact change) => Known(new()
    {
        ["commits"] = change.Commits?.Commits, ["kinds"] = Names(change.Commits?.Kinds), ["breaking"] = change.Commits?.IsBreaking, ["files"] = Names(change.Commits?.Files),
        ["authors"] = Names(change.Commits?.Authors), ["migrations"] = change.Migrations,
    });

    private static JsonArray? Names(ImmutableArray<string>? names) => names is { } known ? new([.. known.Select(name => (JsonNode)name)]) : null;

    private static RuleVerdict Of(PolicyFinding finding) => new("policy/" + finding.Rule, finding.Verdict switch
    {
        PolicyVerdict.Allow => GateAnswer.Allow,
        PolicyVerdict.Hold => GateAnswer.Hold,
        _ => GateAnswer.Deny,
    }, finding.Why)
    {
        Change = finding.Verdict == PolicyVerdict.Allow ? null : "do as the policy says, or change it in fairway.yaml",
        Who = finding.Verdict == PolicyVerdict.Allow ? null : finding.Owner is { Length: > 0 } owner ? owner : "who keeps fairway.yaml",
    };

    private static JsonObject Attestation(AttestedFact one)
    {
        var numbers = new JsonObject();
        foreach (var (name, value) in one.Numbers) numbers[name] = value;
        return new() { ["kind"] = one.Kind, ["passed"] = one.Passed, ["summary"] = one.Summary, ["numbers"] = numbers, ["by"] = one.By, ["at"] = Moment(one.At) };
    }

    private static string? Soaked(GateFacts facts, Instant now) => facts.Earlier.IsEmpty ? null
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(long)facts.Earlier.Min(stay => stay.Served(now)).TotalSeconds}s");

    private static string? Moment(Instant? at) => at is { } known ? InstantPattern.ExtendedIso.Format(known) : null;

    // What nobody knows is left out: a policy that reads it does not allow, and one that asks by has() is told.
    private static JsonObject Known(JsonObject members)
    {
        foreach (var (name, value) in members.ToList())
            if (value is null) members.Remove(name);
        return members;
    }
}
