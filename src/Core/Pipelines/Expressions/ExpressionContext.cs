namespace Fairway.Pipelines.Expressions;

/// <summary>How things went so far, as the status functions see it.</summary>
/// <param name="Success">Of a step: no step before it failed. Of a job: all it needs, and what these need, succeeded.</param>
/// <param name="Failure">One of them failed.</param>
/// <param name="Cancelled">The run is being cancelled.</param>
public readonly record struct StatusChecks(bool Success, bool Failure, bool Cancelled)
{
    /// <summary>Nothing has failed yet.</summary>
    public static StatusChecks Good { get; } = new(true, false, false);
}

/// <summary>What an expression is evaluated with.</summary>
public sealed record ExpressionContext
{
    /// <summary>With nothing in it.</summary>
    public static ExpressionContext Empty { get; } = new();

    /// <summary>Value of each context by its name; a context that is not here is <c>null</c>.</summary>
    public ImmutableDictionary<string, ExpressionValue> Values { get; init; } =
        ImmutableDictionary.Create<string, ExpressionValue>(StringComparer.OrdinalIgnoreCase);

    /// <summary>How things went so far.</summary>
    public StatusChecks Status { get; init; } = StatusChecks.Good;

    /// <summary>How a needed job went, for <c>success('id')</c> and <c>failure('id')</c>; null when there is no such job.</summary>
    public Func<string, StatusChecks?> StatusOf { get; init; } = _ => null;

    /// <summary>
    /// Hash over the files that the patterns select, in hexadecimal digits; empty when there are none. A <see cref="FormatException"/>
    /// with a sentence
    /// for the user says why it cannot be told.
    /// </summary>
    public Func<ImmutableArray<string>, string> HashFiles { get; init; } = _ => "";

    /// <summary>What an evaluation may cost.</summary>
    public ExpressionLimits Limits { get; init; } = ExpressionLimits.Default;

    /// <summary>The same with one more context.</summary>
    public ExpressionContext With(string name, ExpressionValue value) => this with { Values = Values.SetItem(name, value) };
}
