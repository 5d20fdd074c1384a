namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>A length of time in a selector: a literal, or arithmetic with <c>step()</c> and <c>range()</c> of the query.</summary>
public abstract record DurationExpr(TextSpan Span)
{
    /// <summary>Its value in seconds.</summary>
    /// <param name="step">The query's step in seconds; 0 for an instant query.</param>
    /// <param name="range">The query's length in seconds.</param>
    public abstract double Seconds(double step, double range);

    /// <summary>Whether it is the same in every query.</summary>
    public virtual bool IsConstant => true;
}

/// <summary>A number of seconds.</summary>
/// <param name="Value">Seconds.</param>
/// <param name="IsDuration">Whether it was written with units.</param>
/// <param name="Span">Where it stands.</param>
public sealed record DurationLiteral(double Value, bool IsDuration, TextSpan Span) : DurationExpr(Span)
{
    public override double Seconds(double step, double range) => Value;

    public override string ToString() => IsDuration ? DurationText.Format((long)Math.Round(Value * 1000)) : GoNumber.Plain(Value);
}

/// <summary><c>step()</c> or <c>range()</c>.</summary>
public sealed record DurationOfQuery(bool IsStep, TextSpan Span) : DurationExpr(Span)
{
    public override bool IsConstant => false;

    public override double Seconds(double step, double range) => IsStep ? step : range;

    public override string ToString() => IsStep ? "step()" : "range()";
}

/// <summary>A sign before a duration.</summary>
public sealed record DurationSign(bool Negative, DurationExpr Inner, TextSpan Span) : DurationExpr(Span)
{
    public override bool IsConstant => Inner.IsConstant;

    public override double Seconds(double step, double range) => Negative ? -Inner.Seconds(step, range) : Inner.Seconds(step, range);

    public override string ToString() => Negative ? $"-{Inner}" : $"{Inner}";
}

/// <summary>A duration in parentheses.</summary>
public sealed record DurationParen(DurationExpr Inner, TextSpan Span) : DurationExpr(Span)
{
    public override bool IsConstant => Inner.IsConstant;

    public override double Seconds(double step, double range) => Inner.Seconds(step, range);

    public override string ToString() => $"({Inner})";
}

/// <summary>Arithmetic between durations.</summary>
/// <param name="Operator">One of + - * / % ^, or <c>min_of</c> or <c>max_of</c>.</param>
/// <param name="Left">Left.</param>
/// <param name="Right">Right.</param>
/// <param name="Span">Where it stands.</param>
public sealed record DurationArithmetic(string Operator, DurationExpr Left, DurationExpr Right, TextSpan Span) : DurationExpr(Span)
{
    public override bool IsConstant => Left.IsConstant && Right.IsConstant;

    public override double Seconds(double step, double range)
    {
        var (left, right) = (Left.Seconds(step, range), Right.Seconds(step, range));
        return Operator switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "%" => left % right,
            "^" => Math.Pow(left, right),
            "min_of" => Math.Min(left, right),
            _ => Math.Max(left, right),
        };
    }

    public override string ToString() => Operator is "min_of" or "max_of" ? $"{Operator}({Left}, {Right})" : $"{Left} {Operator} {Right}";
}
