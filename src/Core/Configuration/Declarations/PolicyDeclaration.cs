using Fairway.Policy;

namespace Fairway.Configuration;

/// <summary>The section <c>policies</c>.</summary>
internal static class PolicyDeclaration
{
    private const int MostRules = 500;

    /// <summary>The declaration: rules by name.</summary>
    public static Shape<ImmutableArray<KeyValuePair<string, PolicyRule>>> Declare() => new MapShape<PolicyRule>("rules by name", NameRules.Services, Rule) { Open = true };

    /// <summary>Names in rules that nothing has, and mistakes in their expressions, each at its place in the file.</summary>
    public static void Check(
        ImmutableArray<KeyValuePair<string, PolicyRule>> rules, MappingNode? written, IReadOnlyCollection<string> services, IReadOnlyCollection<string> environments,
        DiagnosticList diagnostics)
    {
        if (written is null) return;
        if (rules.Length > MostRules) diagnostics.Error(DiagnosticCodes.TooComplex, written.At, $"there are {rules.Length} policies", $"at most {MostRules}");
        foreach (var (name, _) in rules)
        {
            if (written.Find(name)?.Value is not MappingNode fields) continue;
            Unknown(fields.Find("services")?.Value, services, diagnostics);
            Unknown(fields.Find("environments")?.Value, environments, diagnostics);
        }
        foreach (var (name, field, issue) in PolicySet.Compile(rules.Select(rule => rule.Value with { Name = rule.Key })).Issues)
            if ((written.Find(name)?.Value as MappingNode)?.Find(field)?.Value is ScalarNode expression)
                diagnostics.Error(DiagnosticCodes.Expression, ExpressionPlace.Of(expression, issue.At), $"{name}.{field}: {issue.What}", issue.Expected, issue.DidYouMean);
    }

    private static void Unknown(ConfigurationNode? names, IReadOnlyCollection<string> known, DiagnosticList diagnostics)
    {
        foreach (var name in (names switch { SequenceNode list => list.Items, { } one => [one], null => [] }).OfType<ScalarNode>())
            if (!name.IsNull && !known.Contains(name.Value, StringComparer.Ordinal))
                diagnostics.Error(DiagnosticCodes.UnknownWord, name.At, $"there is no {name.Value}", $"one of {string.Join(", ", known)}", NearestName.Of(name.Value, known));
    }

    private static RecordShape<PolicyRule> Rule => new RecordShape<PolicyRule>("Policy",
            "A rule about what may be shipped, as an expression of the Common Expression Language (CEL). One of `require`, `deny` and `hold`. A rule that "
                + "cannot be evaluated does not allow.", new() { Name = "" })
        .Required("owner", Scalars.Word("a team or a person"), "Who may change the rule: it is shown with each refusal.", (rule, value) => rule with { Owner = value })
            .Like("platform").Not("owners", "maintainer")
        .Optional("description", Scalars.Word("a sentence"), "What it is for.", null, (rule, value) => rule with { Description = value }).Not("summary", "title")
        .Optional("services", Names("a service's name"), "Only these services.", "all", (rule, value) => rule with { Services = value }).Like("shop").Not("service")
        .Optional("environments", Names("an environment's name"), "Only these environments.", "all", (rule, value) => rule with { Environments = value })
            .Like("production").Not("environment", "envs")
        .Optional("when", Expression("a condition"), "When it applies.", "always", (rule, value) => rule with { When = value })
            .Like("rollout.action == \"promote\"").Not("if", "appliesTo", "match")
        .Optional("require", Expression("a condition"), "What must hold; what does not is denied.", null,
            (rule, value) => rule with { Effect = PolicyEffect.Require, Expression = value }).Like("release.attestations.exists(a, a.kind == \"tests\" && a.passed)").Not("allow", "expression", "validate")
        .Optional("deny", Expression("a condition"), "What is denied when it holds.", null, (rule, value) => rule with { Effect = PolicyEffect.Deny, Expression = value })
            .Like("release.rejected").Not("forbid", "refuse")
        .Optional("hold", Expression("a condition"), "While it holds, the rollout waits.", null, (rule, value) => rule with { Effect = PolicyEffect.Hold, Expression = value })
            .Like("budget.remaining < 0.1").Not("wait", "pause")
        .Optional("message", Scalars.Word("a sentence"), "What is said when it does not allow.", "made from the expression", (rule, value) => rule with { Message = value })
            .Not("reason", "error")
        .Optional("messageExpression", Expression("an expression that makes a string"), "The same, made by an expression.", null,
            (rule, value) => rule with { MessageExpression = value }).Like("\"only \" + string(budget.remaining) + \" is left\"")
        .OneOf("require", "deny", "hold")
        .OneOf("message", "messageExpression")
        .Inspect(static (rule, binder) =>
        {
            if (rule.Find("require") is null && rule.Find("deny") is null && rule.Find("hold") is null)
                binder.Diagnostics.Error(DiagnosticCodes.MissingField, binder.Owner ?? rule.At, $"{binder.Name} decides nothing", "require, deny or hold");
        });

    private static ScalarShape<string> Expression(string expected) => new("CEL expression", $"{expected} in CEL",
        text => text.Trim().Length > 0 ? Parsed.Value(text) : Parsed.Malformed<string>(problem: "is empty"), value => value,
        () => new() { ["type"] = new System.Text.Json.Nodes.JsonArray("string", "boolean") });

    private static ListShape<string> Names(string expected) => new(Scalars.Word(expected, "name"), orOne: true);
}
