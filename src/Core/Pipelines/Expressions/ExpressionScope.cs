using Fairway.Configuration;

namespace Fairway.Pipelines.Expressions;

/// <summary>What an expression may name where it stands.</summary>
public sealed record ExpressionScope
{
    /// <summary>Every context there is, with what it holds.</summary>
    public static ImmutableArray<string> AllContexts { get; } =
        ["github", "env", "vars", "job", "jobs", "steps", "runner", "secrets", "strategy", "matrix", "needs", "inputs"];

    /// <summary>The functions that ask how things went.</summary>
    public static ImmutableArray<string> StatusFunctions { get; } = ["success", "always", "cancelled", "failure"];

    /// <summary>Any name, and every function: for text that is not placed anywhere.</summary>
    public static ExpressionScope Any { get; } = new() { Contexts = [], AnyContext = true, Status = StatusArguments.Jobs,
        HashFiles = true };

    /// <summary>The contexts.</summary>
    public required ImmutableArray<string> Contexts { get; init; }

    /// <summary>Whether any name is a context.</summary>
    public bool AnyContext { get; init; }

    /// <summary>Whether the status functions can be called.</summary>
    public StatusArguments Status { get; init; }

    /// <summary>Whether <c>hashFiles</c> can be called.</summary>
    public bool HashFiles { get; init; }

    /// <summary>Where that is, for messages: <c>jobs.ID.if</c>.</summary>
    public string Place { get; init; } = "here";

    /// <summary>A scope with these contexts and no status functions.</summary>
    public static ExpressionScope Of(params ReadOnlySpan<string> contexts) => new() { Contexts = [.. contexts] };

    /// <summary>Whether that context is known here.</summary>
    public bool Knows(string name) => AnyContext || Contexts.Contains(name, StringComparer.OrdinalIgnoreCase);

    internal ExpressionIssue? CheckName(string name, int offset)
    {
        if (Knows(name)) return null;
        if (AllContexts.Contains(name, StringComparer.OrdinalIgnoreCase))
            return new(ExpressionFault.NameNotHere, offset, name.Length, $"{name} is not known in {Place}", Sentence());
        return new(ExpressionFault.UnknownName, offset, name.Length, $"{name} is no context", Sentence(), Near(name));
    }

    private string Sentence() => Contexts.IsEmpty ? "no context: only values and functions" : "one of " + string.Join(", ", Contexts);

    private string? Near(string name) => name is "True" or "TRUE" or "False" or "FALSE" or "Null" or "NULL" ? name.ToLowerInvariant()
        : NearestName.Of(name, Contexts);
}

/// <summary>Whether and how status functions can be called.</summary>
public enum StatusArguments
{
    /// <summary>Not at all.</summary>
    NotHere,

    /// <summary>Without arguments.</summary>
    None,

    /// <summary><c>success</c> and <c>failure</c> with ids of jobs that are needed, or without arguments.</summary>
    Jobs,
}
