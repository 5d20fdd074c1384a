namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Operators between two expressions.</summary>
public enum BinaryOperator
{
    Add, Subtract, Multiply, Divide, Modulo, Power, Atan2,
    Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual,
    And, Or, Unless,

    /// <summary>Cuts off what a histogram has above a value: <c>&lt;/</c>.</summary>
    TrimUpper,

    /// <summary>Cuts off what a histogram has below a value: <c>&gt;/</c>.</summary>
    TrimLower,
}

/// <summary>Aggregations over series.</summary>
public enum Aggregation { Sum, Avg, Count, Min, Max, Group, Stddev, Stdvar, TopK, BottomK, CountValues, Quantile, LimitK, LimitRatio }

/// <summary>How many series of each side may meet.</summary>
public enum Cardinality { OneToOne, ManyToOne, OneToMany, ManyToMany }

/// <summary>How the series of two vectors are matched.</summary>
/// <param name="Cardinality">How many may meet.</param>
/// <param name="On">Whether <paramref name="Labels"/> are those that count, or those that do not.</param>
/// <param name="Labels">Names of labels.</param>
/// <param name="Include">Labels that the "many" side takes over from the "one" side.</param>
/// <param name="FillLeft">The value of a missing left sample; null when there is none.</param>
/// <param name="FillRight">The value of a missing right sample.</param>
public sealed record VectorMatching(
    Cardinality Cardinality, bool On, ImmutableArray<string> Labels, ImmutableArray<string> Include, double? FillLeft = null, double? FillRight = null)
{
    /// <summary>By all labels.</summary>
    public static readonly VectorMatching Default = new(Cardinality.OneToOne, false, [], []);
}

/// <summary>Names and kinds of operators.</summary>
public static class OperatorNames
{
    /// <summary>As written.</summary>
    public static string Text(this BinaryOperator op) => op switch
    {
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Modulo => "%",
        BinaryOperator.Power => "^",
        BinaryOperator.Atan2 => "atan2",
        BinaryOperator.Equal => "==",
        BinaryOperator.NotEqual => "!=",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.And => "and",
        BinaryOperator.Or => "or",
        BinaryOperator.Unless => "unless",
        BinaryOperator.TrimUpper => "</",
        _ => ">/",
    };

    /// <summary>As written.</summary>
    public static string Text(this Aggregation op) => op switch
    {
        Aggregation.CountValues => "count_values",
        Aggregation.LimitRatio => "limit_ratio",
        _ => op.ToString().ToLowerInvariant(),
    };

    /// <summary>Whether it compares.</summary>
    public static bool IsComparison(this BinaryOperator op) => op is >= BinaryOperator.Equal and <= BinaryOperator.GreaterOrEqual;

    /// <summary>Whether it is and, or, unless.</summary>
    public static bool IsSet(this BinaryOperator op) => op is >= BinaryOperator.And and <= BinaryOperator.Unless;

    /// <summary>Whether it takes a parameter before the vector.</summary>
    public static bool HasParameter(this Aggregation op) => op >= Aggregation.TopK;
}
