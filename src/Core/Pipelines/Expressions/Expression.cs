namespace Fairway.Pipelines.Expressions;

/// <summary>What reading an expression gave.</summary>
/// <param name="Expression">The expression; null when there is a mistake.</param>
/// <param name="Issue">The first mistake; null when there is none.</param>
public readonly record struct ExpressionParse(Expression? Expression, ExpressionIssue? Issue);

/// <summary>What an evaluation gave.</summary>
/// <param name="Value">The value; null when there was a fault.</param>
/// <param name="Fault">Why there is none; null when there is one.</param>
public readonly record struct ExpressionOutcome(ExpressionValue? Value, ExpressionIssue? Fault);

/// <summary>
/// An expression in GitHub Actions' language, read once and evaluated as often as needed. Without effects, and bounded in time and memory
/// by <see cref="ExpressionLimits"/>.
/// </summary>
public sealed class Expression
{
    internal Expression(string text, ExpressionNode root) => (Text, Root) = (text, root);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Its outermost part.</summary>
    public ExpressionNode Root { get; }

    /// <summary>Whether it asks how things went: <c>success()</c> is then not implied in an <c>if</c>.</summary>
    public bool AsksStatus => Root.Parts().OfType<CallNode>().Any(call => ExpressionScope.StatusFunctions.Any(call.Is));

    /// <summary>Reads an expression, without <c>${{</c> and <c>}}</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="scope">What it may name.</param>
    /// <param name="limits">Limits of length and depth; null is the usual ones.</param>
    public static ExpressionParse Parse(string text, ExpressionScope scope, ExpressionLimits? limits = null)
    {
        var (node, issue) = ExpressionParser.Parse(text, scope, limits ?? ExpressionLimits.Default);
        return new(node is null ? null : new Expression(text, node), issue);
    }

    /// <summary>Computes its value.</summary>
    public ExpressionOutcome Evaluate(ExpressionContext context) => Run(context, evaluator => evaluator.Evaluate(Root));

    /// <inheritdoc/>
    public override string ToString() => Root.ToString();

    internal static ExpressionOutcome Run(ExpressionContext context, Func<ExpressionEvaluator, ExpressionValue> compute)
    {
        try
        {
            return new(compute(new ExpressionEvaluator(context, new ExpressionBudget(context.Limits))), null);
        }
        catch (ExpressionFailure failure)
        {
            return new(null, new(ExpressionFault.Evaluation, Math.Max(0, failure.Offset), 0, failure.Message));
        }
    }
}
