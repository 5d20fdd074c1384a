using System.Text;

namespace Fairway.Pipelines.Expressions;

/// <summary>A part of a template: text or an expression.</summary>
/// <param name="Text">Text that stays as it is; empty for an expression.</param>
/// <param name="Expression">The expression; null for text.</param>
/// <param name="Offset">Where it begins in the template, from 0: an expression at its <c>${{</c>.</param>
/// <param name="Length">Units that it covers, an expression's <c>${{</c> and <c>}}</c> among them.</param>
public readonly record struct TemplatePart(string Text, Expression? Expression, int Offset, int Length);

/// <summary>What reading a template gave.</summary>
/// <param name="Template">The template; null when there is a mistake.</param>
/// <param name="Issues">All mistakes, at most one an expression.</param>
public readonly record struct TemplateParse(ExpressionTemplate? Template, ImmutableArray<ExpressionIssue> Issues);

/// <summary>A text with <c>${{ }}</c> in it. One that is nothing but a single expression keeps its value's kind.</summary>
public sealed class ExpressionTemplate
{
    private ExpressionTemplate(string text, ImmutableArray<TemplatePart> parts) => (Text, Parts) = (text, parts);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Its parts.</summary>
    public ImmutableArray<TemplatePart> Parts { get; }

    /// <summary>Whether there is no expression in it.</summary>
    public bool IsLiteral => Parts.All(part => part.Expression is null);

    /// <summary>The expression when it is nothing else; null otherwise.</summary>
    public Expression? Single => Parts is [{ Expression: { } only }] ? only : null;

    /// <summary>All expressions in it.</summary>
    public IEnumerable<Expression> Expressions => Parts.Select(part => part.Expression).OfType<Expression>();

    /// <summary>
    /// Reads a template. An expression ends at the first <c>}}</c> outside of its quotes; there is no other way to write <c>${{</c> itself
    /// than <c>${{ '${{' }}</c>.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="scope">What its expressions may name.</param>
    /// <param name="limits">Limits of length and depth of each expression; null is the usual ones.</param>
    public static TemplateParse Parse(string text, ExpressionScope scope, ExpressionLimits? limits = null)
    {
        var parts = ImmutableArray.CreateBuilder<TemplatePart>();
        var issues = ImmutableArray.CreateBuilder<ExpressionIssue>();
        for (var at = 0; at < text.Length || parts.Count == 0;)
        {
            var start = text.IndexOf("${{", at, StringComparison.Ordinal);
            if (start < 0 || start > at) parts.Add(new(start < 0 ? text[at..]
                : text[at..start], null, at, (start < 0 ? text.Length : start) - at));
            if (start < 0) break;
            var end = End(text, start + 3);
            if (end < 0)
            {
                issues.Add(new(ExpressionFault.NotClosed, start, 3, "\"${{\" has no closing \"}}\"", "an expression and }}"));
                break;
            }
            var (expression, issue) = Expression.Parse(text[(start + 3)..(end - 2)], scope, limits);
            if (issue is not null)
                issues.Add(issue.Fault == ExpressionFault.Empty ? issue with { Offset = start, Length = end - start }
                    : issue.In(start + 3));
            else parts.Add(new("", expression, start, end - start));
            at = end;
        }
        return issues.Count > 0 ? new(null, issues.ToImmutable()) : new(new ExpressionTemplate(text, parts.ToImmutable()), []);
    }

    /// <summary>Its value: a single expression's own, else a text.</summary>
    public ExpressionOutcome Evaluate(ExpressionContext context)
    {
        if (Single is { } only)
        {
            var (value, fault) = only.Evaluate(context);
            return new(value, fault?.In(Parts[0].Offset + 3));
        }
        return Expression.Run(context, evaluator =>
        {
            var text = new StringBuilder();
            foreach (var part in Parts)
            {
                var piece = part.Expression is null ? part.Text : ValueOf(part, evaluator).ToText();
                evaluator.Budget.Text(piece.Length);
                text.Append(piece);
            }
            return ExpressionValue.Of(text.ToString());
        });
    }

    /// <summary>
    /// Its value as a text. A single expression that gives a list or an object is a fault: GitHub refuses it too, and "Object" is never
    /// what was meant.
    /// </summary>
    public (string? Text, ExpressionIssue? Fault) EvaluateText(ExpressionContext context)
    {
        var (value, fault) = Evaluate(context);
        if (fault is not null) return (null, fault);
        if (value!.IsPrimitive) return (value.ToText(), null);
        return (null, new(ExpressionFault.Evaluation, Parts[0].Offset, Parts[0].Length,
            $"the expression gives {(value.Kind == ExpressionKind.Array ? "a list" : "an object")}", "a text", "toJSON( )"));
    }

    /// <summary>As one expression: itself, a literal, or <c>format</c> over its parts.</summary>
    public string AsExpression()
    {
        if (Single is { } only) return only.Text.Trim();
        if (IsLiteral) return ExpressionText.Quote(Text);
        var (pattern, arguments) = (new StringBuilder(), new StringBuilder());
        var count = 0;
        foreach (var part in Parts)
        {
            if (part.Expression is null)
            {
                pattern.Append(part.Text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
                continue;
            }
            pattern.Append('{').Append(count++).Append('}');
            arguments.Append(", ").Append(part.Expression.Text.Trim());
        }
        return $"format({ExpressionText.Quote(pattern.ToString())}{arguments})";
    }

    private static ExpressionValue ValueOf(TemplatePart part, ExpressionEvaluator evaluator)
    {
        try
        {
            return evaluator.Evaluate(part.Expression!.Root);
        }
        catch (ExpressionFailure failure)
        {
            failure.Offset = Math.Max(0, failure.Offset) + part.Offset + 3;
            throw;
        }
    }

    /// <summary>After the <c>}}</c> that closes an expression; below 0 when there is none.</summary>
    private static int End(string text, int from)
    {
        var quoted = false;
        for (var i = from; i < text.Length; i++)
        {
            if (text[i] == '\'') quoted = !quoted;
            else if (!quoted && text[i] == '}' && i > from && text[i - 1] == '}') return i + 1;
        }
        return -1;
    }
}
