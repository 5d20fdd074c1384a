namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>What kind of thing went wrong; the API's <c>errorType</c>.</summary>
public enum QueryErrorKind
{
    /// <summary>The query is not PromQL.</summary>
    BadData,

    /// <summary>The query cannot be answered on these data, or needs more than it may have.</summary>
    Execution,

    /// <summary>It took too long.</summary>
    Timeout,

    /// <summary>The caller gave up.</summary>
    Canceled,
}

/// <summary>A query that has no answer. The message is made to be shown.</summary>
/// <param name="kind">Whose fault it is.</param>
/// <param name="message">As Prometheus words it, where Prometheus has the error too.</param>
public sealed class PromQlException(QueryErrorKind kind, string message) : Exception(message)
{
    /// <summary>Whose fault it is.</summary>
    public QueryErrorKind Kind { get; } = kind;

    /// <summary>An error in the text of a query, with its place.</summary>
    public static PromQlException At(string query, TextSpan span, string what) => new(QueryErrorKind.BadData, $"{span.Place(query)}: parse error: {what}");

    /// <summary>An error met while evaluating.</summary>
    public static PromQlException Failed(string what) => new(QueryErrorKind.Execution, what);
}
