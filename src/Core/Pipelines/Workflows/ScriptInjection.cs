using Fairway.Configuration;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Workflows;

/// <summary>
/// Finds texts that people outside can choose (names of branches, titles, messages) where they become part of a script, and keeps them
/// harmless when it runs: such a text may hold only letters, digits, blanks and <c>. _ - / : @ + , %</c>, which mean nothing to a shell.
/// </summary>
public static class ScriptInjection
{
    /// <summary>Members of <c>github</c> that people outside choose; <c>*</c> is any one name.</summary>
    private static readonly string[][] Untrusted =
    [
        ["head_ref"], ["ref"], ["ref_name"], ["event", "ref"],
        ["event", "issue", "title"], ["event", "issue", "body"], ["event", "discussion", "title"], ["event", "discussion", "body"],
        ["event", "comment", "body"], ["event", "review", "body"], ["event", "review_comment", "body"],
        ["event", "pull_request", "title"], ["event", "pull_request", "body"], ["event", "pull_request", "head", "ref"],
        ["event", "pull_request", "head", "label"], ["event", "pull_request", "head", "repo", "default_branch"],
        ["event", "pages", "*", "page_name"], ["event", "commits", "*", "message"], ["event", "commits", "*", "author", "email"],
        ["event", "commits", "*", "author", "name"], ["event", "head_commit", "message"], ["event", "head_commit", "author", "email"],
        ["event", "head_commit", "author", "name"], ["event", "workflow_run", "head_branch"],
            ["event", "workflow_run", "head_commit", "message"],
    ];

    /// <summary>What an expression takes from outside, such as <c>github.head_ref</c>; null when its value cannot be chosen
    /// there.</summary>
    public static string? Source(ExpressionNode node) => node switch
    {
        ComparisonNode or NotNode or LiteralNode => null,
        CallNode call when call.Is("contains") || call.Is("startsWith") || call.Is("endsWith") || call.Is("hashFiles")
            || ExpressionScope.StatusFunctions.Any(call.Is) => null,
        LogicalNode logical => logical.Operands.Select(Source).FirstOrDefault(source => source is not null),
        CallNode call => call.Arguments.Select(Source).FirstOrDefault(source => source is not null),
        _ => Path(node) is { } path ? IsUntrusted(path) ? node.ToString() : null
            : node.Children.Select(Source).FirstOrDefault(source => source is not null),
    };

    /// <summary>What a script takes from outside first; null when there is nothing.</summary>
    internal static string? Source(string script)
        => script.Contains("${{", StringComparison.Ordinal) && ExpressionTemplate.Parse(script, ExpressionScope.Any).Template
            is { } template
            ? template.Expressions.Select(expression => Source(expression.Root)).FirstOrDefault(source => source is not null) : null;

    /// <summary>
    /// A script's text at run time. What comes from outside is put in only when it means nothing to a shell; otherwise it is a fault that
    /// says what to do.
    /// </summary>
    /// <param name="script">The script.</param>
    /// <param name="context">What its expressions see.</param>
    public static (string? Text, ExpressionIssue? Fault) Script(ExpressionTemplate script, ExpressionContext context)
    {
        foreach (var part in script.Parts)
        {
            if (part.Expression is null || Source(part.Expression.Root) is not { } source) continue;
            var (value, fault) = part.Expression.Evaluate(context);
            if (fault is not null) return (null, fault.In(part.Offset + 3));
            if (!IsHarmless(value!.ToText()))
                return (null, new(ExpressionFault.Evaluation, part.Offset, part.Length,
                    $"{source} has signs in it that mean something to a shell",
                    "it under env, and the variable in double quotes in run"));
        }
        return script.EvaluateText(context);
    }

    /// <summary>Whether a text means nothing to a shell wherever it stands.</summary>
    public static bool IsHarmless(string text)
    {
        foreach (var letter in text)
            if (!char.IsLetterOrDigit(letter) && !char.IsSurrogate(letter)
                && letter is not (' ' or '.' or '_' or '-' or '/' or ':' or '@' or '+' or ',' or '%')) return false;
        return true;
    }

    /// <summary>Warns of each place in a script.</summary>
    internal static void Check(ScalarNode node, ImmutableSortedDictionary<string, string> env, WorkflowForm form)
    {
        if (!node.Value.Contains("${{", StringComparison.Ordinal) || ExpressionTemplate.Parse(node.Value,
            ExpressionScope.Any).Template is not { } template) return;
        foreach (var part in template.Parts)
        {
            if (part.Expression is null || Source(part.Expression.Root) is not { } source) continue;
            var name = env.FirstOrDefault(pair => pair.Value.Contains(source, StringComparison.Ordinal)).Key
                ?? source[(source.LastIndexOf('.') + 1)..].Trim('\'', '*', ']').ToUpperInvariant().Replace('-', '_');
            form.Diagnostics.Warning(WorkflowCodes.Injection, WorkflowPlaces.Of(node, part.Offset, part.Length),
                $"{source} becomes part of the script: who chooses it would write commands",
                    $"env: {{ {name}: ${{{{ {source} }}}} }} and \"${name}\" here");
        }
    }

    private static bool IsUntrusted(string[] path)
        => Untrusted.Any(known => path.Length <= known.Length
            ? path.Zip(known).All(pair => Same(pair.First, pair.Second)) : known.Zip(path).All(pair => Same(pair.Second, pair.First)));

    private static bool Same(string name, string known)
        => known == "*" || name == "*" || name.Equals(known, StringComparison.OrdinalIgnoreCase);

    /// <summary>Names below <c>github</c>, <c>*</c> for a filter or a computed one; null for anything else.</summary>
    private static string[]? Path(ExpressionNode node)
    {
        var path = new Stack<string>();
        while (true)
        {
            switch (node)
            {
                case IndexNode index:
                    path.Push(index.Name ?? "*");
                    node = index.Target;
                    break;
                case FilterNode filter:
                    path.Push("*");
                    node = filter.Target;
                    break;
                case NameNode name when name.Name.Equals("github", StringComparison.OrdinalIgnoreCase):
                    return [.. path];
                default:
                    return null;
            }
        }
    }
}
