using Fairway.Catalog;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Ports;

namespace Fairway.Gates;

/// <summary>
/// Which services an alerting rule speaks of, by what is written in it: its label <c>service</c>; a selector whose <c>service</c>, or without one <c>job</c>, is the
/// service's name or an expression that fits it; or a vector that it keeps apart <c>by (service)</c> and that leaves the service in. What is written for another
/// environment speaks of no service of this one.
/// </summary>
internal static class AlertSubjects
{
    private const string Service = "service";
    private const string Environment = "environment";
    private const string Job = "job";

    /// <summary>Whether a rule speaks of a service in its environment. One that cannot be read speaks of none.</summary>
    public static bool SpeaksOf(AlertingRule rule, ServiceKey key)
    {
        if (Fixed(rule, Environment) is { } place && place != key.Environment) return false;
        if (Fixed(rule, Service) == key.Service) return true;
        try
        {
            return Speaks(Parser.Parse(rule.Expression), key);
        }
        catch (PromQlException)
        {
            return false;
        }
    }

    private static bool Speaks(Expr expression, ServiceKey key)
    {
        if (expression is VectorSelector selector) return Lets(selector, key) && Names(selector, key);
        if (expression is AggregateExpr { Without: false } apart && apart.Grouping.Contains(Service, StringComparer.Ordinal) && Selectors(apart.Inner).All(inner => Lets(inner, key))) return true;
        return PromQlTree.Children(expression).Any(child => Speaks(child, key));
    }

    private static IEnumerable<VectorSelector> Selectors(Expr expression)
        => expression is VectorSelector selector ? [selector] : PromQlTree.Children(expression).SelectMany(Selectors);

    private static bool Lets(VectorSelector selector, ServiceKey key)
        => Of(selector, Service).All(one => one.Matches(key.Service)) && Of(selector, Environment).All(one => one.Matches(key.Environment));

    // A pattern that also fits series without the label names nobody.
    private static bool Names(VectorSelector selector, ServiceKey key)
    {
        var own = Of(selector, Service).ToArray();
        if (own.Length == 0) own = [.. Of(selector, Job)];
        return own.All(one => one.Matches(key.Service)) && own.Any(one => one.Kind is MatchKind.Equal or MatchKind.Regex && !one.Matches(""));
    }

    private static IEnumerable<LabelMatcher> Of(VectorSelector selector, string label) => selector.Matchers.Where(one => one.Name == label);

    // What a template makes of it is known when it fires; the expression says as much before.
    private static string? Fixed(AlertingRule rule, string label)
        => rule.Labels.TryGetValue(label, out var value) && value.Length > 0 && !value.Contains("{{", StringComparison.Ordinal) ? value : null;
}
