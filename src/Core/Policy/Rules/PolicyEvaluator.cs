namespace Fairway.Policy;

/// <summary>Asks rules about an input. A rule that cannot be evaluated does not allow: it answers what it would when it refuses.</summary>
public static class PolicyEvaluator
{
    private const int MostMessage = 500;

    /// <summary>The answer, with what each rule said and looked at.</summary>
    /// <param name="policies">The rules.</param>
    /// <param name="input">What they are asked about.</param>
    /// <param name="limits">What each expression may cost.</param>
    public static PolicyAnswer Decide(PolicySet policies, PolicyInput input, CelLimits limits)
    {
        var findings = policies.Rules.Where(rule => rule.Rule.Covers(input.Environment, input.Service)).Select(rule => Ask(rule, input.Variables, limits)).ToImmutableArray();
        return new(findings.Select(finding => finding.Verdict).DefaultIfEmpty(PolicyVerdict.Allow).Max(), findings);
    }

    private static PolicyFinding Ask(CompiledRule compiled, CelBindings variables, CelLimits limits)
    {
        var rule = compiled.Rule;
        if (compiled.Mistake is { } mistake)
            return new(rule.Name, rule.Refusal, true, $"its {mistake.Field} cannot be used: {mistake.Issue.What}", rule.Owner, [], mistake.Issue.ToString(), 0);
        var inputs = Inputs(compiled, variables);
        var cost = 0L;
        if (compiled.When is { } condition)
        {
            var applies = condition.Evaluate(variables, limits);
            cost = applies.Cost;
            if (applies.Value is CelBool { Value: false }) return new(rule.Name, PolicyVerdict.Allow, false, "", rule.Owner, inputs, null, cost);
            if (!(applies.Value?.IsTrue ?? false)) return Failed(rule, "when", applies, inputs, cost);
        }
        var tested = compiled.Test!.Evaluate(variables, limits);
        cost += tested.Cost;
        if (tested.Value is not CelBool { Value: var holds }) return Failed(rule, PolicySet.FieldOf(rule.Effect), tested, inputs, cost);
        if (holds == (rule.Effect == PolicyEffect.Require)) return new(rule.Name, PolicyVerdict.Allow, true, "", rule.Owner, inputs, null, cost);
        var (message, problem, more) = Message(compiled, variables, limits);
        return new(rule.Name, rule.Refusal, true, message, rule.Owner, inputs, problem, cost + more);
    }

    private static PolicyFinding Failed(PolicyRule rule, string field, CelOutcome outcome, ImmutableArray<Fact> inputs, long cost)
    {
        var error = outcome.Error?.ToString() ?? $"the expression is {outcome.Value!.Type.Name}, not a truth value";
        return new(rule.Name, rule.Refusal, true, $"its {field} could not be evaluated ({outcome.Error?.Message ?? error}), and what is not known is not allowed", rule.Owner, inputs, error, cost);
    }

    private static (string Message, string? Problem, long Cost) Message(CompiledRule compiled, CelBindings variables, CelLimits limits)
    {
        var rule = compiled.Rule;
        var usual = rule.Message ?? (rule.Effect == PolicyEffect.Require ? $"it requires {Brief(rule.Expression)}" : $"it {(rule.Effect == PolicyEffect.Deny ? "denies" : "holds")} when {Brief(rule.Expression)}");
        if (compiled.Message is null) return (usual, null, 0);
        var made = compiled.Message.Evaluate(variables, limits);
        return made.Value is CelString { Value: { Length: > 0 } text } ? (Brief(text), null, made.Cost)
            : (usual, $"messageExpression: {made.Error?.ToString() ?? "it is no text, or empty"}", made.Cost);
    }

    private static string Brief(string text)
    {
        var line = string.Join(' ', text.Split((char[])[' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= MostMessage ? line : line[..(char.IsHighSurrogate(line[MostMessage - 2]) ? MostMessage - 2 : MostMessage - 1)] + "…";
    }

    private static ImmutableArray<Fact> Inputs(CompiledRule compiled, CelBindings variables)
        => [.. new[] { compiled.When, compiled.Test }.Where(program => program is not null).SelectMany(program => program!.Reads).Distinct(StringComparer.Ordinal)
            .Select(path => new Fact(path, Value(path, variables)))];

    private static string Value(string path, CelBindings variables)
    {
        var names = path.Split('.');
        var value = variables.Find(names[0]);
        foreach (var name in names.AsSpan(1))
            value = value switch
            {
                CelRecord record => record.Find(name),
                CelMap map => map.Find(name),
                _ => null,
            };
        return value switch
        {
            null => "not known",
            CelString { Value: var text } => Brief(text),
            CelTimestamp { Value: var instant } => CelText.Of(instant),
            CelDuration { Nanoseconds: var nanoseconds } => CelText.OfDuration(nanoseconds),
            _ => Brief(value.ToString()),
        };
    }
}
