namespace Fairway.Pipelines.Expressions;

/// <summary>What reading an <c>if</c> gave.</summary>
/// <param name="Condition">The condition; null when there is a mistake.</param>
/// <param name="Issues">All mistakes.</param>
public readonly record struct IfParse(IfCondition? Condition, ImmutableArray<ExpressionIssue> Issues);

/// <summary>
/// Whether a job or a step runs: an expression with or without <c>${{ }}</c>. Where it does not ask how things went it means
/// <c>success() &amp;&amp; (…)</c>; an empty one is <c>success()</c>.
/// </summary>
public sealed class IfCondition
{
    private readonly Expression _expression;
    private readonly int _start;

    private IfCondition(Expression expression, int start, bool alwaysText)
    {
        (_expression, _start, IsAlwaysTrueText) = (expression, start, alwaysText);
        ImpliesSuccess = !expression.AsksStatus;
    }

    /// <summary>The condition of what has none.</summary>
    public static IfCondition Default { get; } = Parse(null, ExpressionScopes.JobIf).Condition!;

    /// <summary>Whether <c>success()</c> is asked as well.</summary>
    public bool ImpliesSuccess { get; }

    /// <summary>
    /// Whether it is a text with <c>${{ }}</c> among other things, such as <c>${{ a }} == 'b'</c>: such a text is never empty and so the
    /// condition always holds. GitHub does the same; it is hardly ever meant.
    /// </summary>
    public bool IsAlwaysTrueText { get; }

    /// <summary>The expression, without the implied part.</summary>
    public Expression Expression => _expression;

    /// <summary>Reads a condition.</summary>
    /// <param name="text">As it is written; null or empty when it is not.</param>
    /// <param name="scope"><see cref="ExpressionScopes.JobIf"/> or <see cref="ExpressionScopes.StepIf"/>.</param>
    public static IfParse Parse(string? text, ExpressionScope scope)
    {
        if (string.IsNullOrWhiteSpace(text)) return Of("success()", scope, 0, false);
        if (!text.Contains("${{", StringComparison.Ordinal)) return Of(text, scope, 0, false);
        var (template, issues) = ExpressionTemplate.Parse(text.Trim(), scope);
        if (template is null)
            return issues is [{ Fault: ExpressionFault.Empty, Offset: 0 } only] && only.Length == text.Trim().Length
                ? Of("success()", scope, 0, false) : new(null, Moved(issues, Leading(text)));
        return template.Single is { } single ? new(new IfCondition(single, Leading(text) + 3, false), [])
            : Of(template.AsExpression(), scope, 0, true);
    }

    /// <summary>Whether it holds.</summary>
    public (bool Holds, ExpressionIssue? Fault) Evaluate(ExpressionContext context)
    {
        if (ImpliesSuccess && !context.Status.Success) return (false, null);
        var (value, fault) = _expression.Evaluate(context);
        return (value is { IsTruthy: true }, fault?.In(_start));
    }

    /// <summary>As it may be written, with what is implied.</summary>
    public override string ToString() => ImpliesSuccess ? $"success() && ({_expression.Text.Trim()})" : _expression.Text.Trim();

    private static IfParse Of(string text, ExpressionScope scope, int start, bool alwaysText)
    {
        var (expression, issue) = Expression.Parse(text, scope);
        return expression is null ? new(null, [issue!]) : new(new IfCondition(expression, start, alwaysText), []);
    }

    private static ImmutableArray<ExpressionIssue> Moved(ImmutableArray<ExpressionIssue> issues, int by)
        => [.. issues.Select(issue => issue.In(by))];

    private static int Leading(string text) => text.Length - text.TrimStart().Length;
}
