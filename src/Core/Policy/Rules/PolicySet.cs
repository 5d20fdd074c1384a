namespace Fairway.Policy;

/// <summary>A mistake in one of a rule's expressions.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Field">Which expression: <c>when</c>, <c>require</c>, <c>deny</c>, <c>hold</c> or <c>messageExpression</c>.</param>
/// <param name="Issue">The mistake, with its place in the expression.</param>
public sealed record PolicyIssue(string Rule, string Field, CelIssue Issue);

/// <summary>Rules that can be asked.</summary>
public sealed class PolicySet
{
    private PolicySet(ImmutableArray<CompiledRule> rules) => Rules = rules;

    /// <summary>No rules: everything is allowed.</summary>
    public static PolicySet Empty { get; } = new([]);

    internal ImmutableArray<CompiledRule> Rules { get; }

    /// <summary>Whether a rule looks at a variable, a field of one, or something within: <c>change</c>, <c>budget.burnRate</c>.</summary>
    public bool Reads(string path) => Rules.SelectMany(rule => new[] { rule.When, rule.Test, rule.Message }).OfType<CelProgram>().SelectMany(program => program.Reads)
        .Any(read => Within(read, path) || Within(path, read));

    private static bool Within(string inner, string outer) => inner == outer || (inner.StartsWith(outer, StringComparison.Ordinal) && inner[outer.Length] == '.');

    /// <summary>Parses and checks all expressions. A rule with a mistake is kept: asked, it does not allow, for nobody knows what it would have said.</summary>
    public static (PolicySet Set, ImmutableArray<PolicyIssue> Issues) Compile(IEnumerable<PolicyRule> rules)
    {
        var issues = ImmutableArray.CreateBuilder<PolicyIssue>();
        var compiled = ImmutableArray.CreateBuilder<CompiledRule>();
        foreach (var rule in rules)
        {
            var before = issues.Count;
            var when = rule.When is null ? null : Program(rule.Name, "when", rule.When, CelType.Bool, issues);
            var test = Program(rule.Name, FieldOf(rule.Effect), rule.Expression, CelType.Bool, issues);
            var message = rule.MessageExpression is null ? null : Program(rule.Name, "messageExpression", rule.MessageExpression, CelType.String, issues);
            compiled.Add(new(rule, when, test, message, issues.Count > before ? issues[before] : null));
        }
        return (new(compiled.ToImmutable()), issues.ToImmutable());
    }

    /// <summary>The field of the configuration that holds a rule's expression.</summary>
    public static string FieldOf(PolicyEffect effect) => effect switch
    {
        PolicyEffect.Require => "require",
        PolicyEffect.Deny => "deny",
        _ => "hold",
    };

    private static CelProgram? Program(string rule, string field, string text, CelType expected, ImmutableArray<PolicyIssue>.Builder issues)
    {
        var compilation = CelProgram.Compile(text, PolicyVariables.Declarations);
        issues.AddRange(compilation.Issues.Select(issue => new PolicyIssue(rule, field, issue)));
        if (compilation.Program is not { } program) return null;
        if (program.Type.Equals(expected) || program.Type.Kind == CelKind.Dyn) return program;
        issues.Add(new(rule, field, new(new(0, 1, 1), $"the expression is {program.Type.Text}", expected.Kind == CelKind.Bool ? "a condition: bool" : "string")));
        return null;
    }
}

/// <summary>A rule with its programs; null where there is none, or where it has a mistake.</summary>
internal sealed record CompiledRule(PolicyRule Rule, CelProgram? When, CelProgram? Test, CelProgram? Message, PolicyIssue? Mistake);
