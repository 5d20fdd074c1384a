using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>What an expression gives.</summary>
public enum ExprType { Scalar, Vector, Matrix, String }

/// <summary>An expression of PromQL. Immutable; printed by <see cref="Printer"/>.</summary>
/// <param name="Type">What it gives.</param>
/// <param name="Span">Where it stands.</param>
public abstract record Expr(ExprType Type, TextSpan Span)
{
    /// <summary>The type as messages name it.</summary>
    public static string TypeName(ExprType type) => type switch
    {
        ExprType.Vector => "instant vector",
        ExprType.Matrix => "range vector",
        ExprType.Scalar => "scalar",
        _ => "string",
    };

    /// <summary>In one line.</summary>
    public sealed override string ToString() => Printer.Line(this);
}

/// <summary>A number.</summary>
/// <param name="Value">Its value; seconds of a duration.</param>
/// <param name="IsDuration">Whether it was written as a duration.</param>
/// <param name="Span">Where it stands.</param>
public sealed record NumberLiteral(double Value, bool IsDuration, TextSpan Span) : Expr(ExprType.Scalar, Span);

/// <summary>A text.</summary>
public sealed record StringLiteral(string Value, TextSpan Span) : Expr(ExprType.String, Span);

/// <summary>An expression in parentheses.</summary>
public sealed record ParenExpr(Expr Inner, TextSpan Span) : Expr(Inner.Type, Span);

/// <summary>A sign.</summary>
public sealed record UnaryExpr(bool Negative, Expr Inner, TextSpan Span) : Expr(Inner.Type, Span);

/// <summary>An operator between two expressions.</summary>
/// <param name="Operator">Which.</param>
/// <param name="Left">Left.</param>
/// <param name="Right">Right.</param>
/// <param name="ReturnBool">Whether a comparison gives 0 or 1 instead of filtering.</param>
/// <param name="Matching">How vectors are matched; null unless both sides are vectors.</param>
public sealed record BinaryExpr(BinaryOperator Operator, Expr Left, Expr Right, bool ReturnBool, VectorMatching? Matching)
    : Expr(Left.Type == ExprType.Scalar && Right.Type == ExprType.Scalar ? ExprType.Scalar : ExprType.Vector, new(Left.Span.Start, Right.Span.End));

/// <summary>An aggregation over the series of a vector.</summary>
/// <param name="Operator">Which.</param>
/// <param name="Inner">The vector.</param>
/// <param name="Parameter">As in <c>topk(3, …)</c>; null where there is none.</param>
/// <param name="Grouping">Names of labels.</param>
/// <param name="Without">Whether they are left out rather than kept.</param>
/// <param name="Span">Where it stands.</param>
public sealed record AggregateExpr(Aggregation Operator, Expr Inner, Expr? Parameter, ImmutableArray<string> Grouping, bool Without, TextSpan Span)
    : Expr(ExprType.Vector, Span);

/// <summary>A call of a function.</summary>
public sealed record CallExpr(FunctionSignature Function, ImmutableArray<Expr> Arguments, TextSpan Span) : Expr(Function.Returns, Span);

/// <summary>When a selector or a subquery is evaluated, instead of now.</summary>
public enum AtPreprocessor { None, Start, End }

/// <summary>The <c>@</c> and <c>offset</c> of a selector or a subquery.</summary>
/// <param name="Timestamp">Of <c>@</c>, in milliseconds since 1970; null without.</param>
/// <param name="At">Whether it is <c>@ start()</c> or <c>@ end()</c>.</param>
/// <param name="Offset">How far back; null without.</param>
public sealed record TimeModifiers(long? Timestamp, AtPreprocessor At, DurationExpr? Offset)
{
    /// <summary>None.</summary>
    public static readonly TimeModifiers None = new(null, AtPreprocessor.None, null);

    /// <summary>Whether <c>@</c> is given.</summary>
    public bool IsPinned => Timestamp is not null || At != AtPreprocessor.None;
}

/// <summary>Which samples beyond its ends a range takes.</summary>
public enum RangeKind
{
    /// <summary>None.</summary>
    Plain,

    /// <summary><c>anchored</c>: the last sample at or before each end stands for the value there.</summary>
    Anchored,

    /// <summary><c>smoothed</c>: the values at the ends are interpolated between their neighbours.</summary>
    Smoothed,
}

/// <summary>Series by their labels, the newest sample of each.</summary>
/// <param name="Name">The metric's name as written before the braces; empty without.</param>
/// <param name="Matchers">All conditions, that of the name too.</param>
/// <param name="Time">When.</param>
/// <param name="Kind">What a range over it takes.</param>
/// <param name="Span">Where it stands.</param>
public sealed record VectorSelector(string Name, ImmutableArray<LabelMatcher> Matchers, TimeModifiers Time, RangeKind Kind, TextSpan Span) : Expr(ExprType.Vector, Span);

/// <summary>The samples of a selector over a time.</summary>
public sealed record MatrixSelector(VectorSelector Selector, DurationExpr Range, TextSpan Span) : Expr(ExprType.Matrix, Span);

/// <summary>An expression evaluated at regular times over a range.</summary>
/// <param name="Inner">The expression.</param>
/// <param name="Range">How far back.</param>
/// <param name="Step">Between evaluations; null for the default.</param>
/// <param name="Time">When.</param>
/// <param name="Span">Where it stands.</param>
public sealed record SubqueryExpr(Expr Inner, DurationExpr Range, DurationExpr? Step, TimeModifiers Time, TextSpan Span) : Expr(ExprType.Matrix, Span);
