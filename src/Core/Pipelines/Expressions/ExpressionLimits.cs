namespace Fairway.Pipelines.Expressions;

/// <summary>What an expression may cost. The first two are GitHub's own.</summary>
public sealed record ExpressionLimits
{
    /// <summary>The limits that hold where nothing else is said.</summary>
    public static ExpressionLimits Default { get; } = new();

    /// <summary>Most UTF-16 units of one expression.</summary>
    public int Length { get; init; } = 21_000;

    /// <summary>Deepest nesting of operators, indexes and calls.</summary>
    public int Depth { get; init; } = 50;

    /// <summary>Deepest nesting of parentheses, which cost nothing otherwise.</summary>
    public int Groups { get; init; } = 200;

    /// <summary>Most UTF-16 units of text made by one evaluation, parts that are thrown away among them: 5 Mi, which are 10 MiB.</summary>
    public int Text { get; init; } = 5 * 1024 * 1024;

    /// <summary>Most values made by one evaluation, by <c>.*</c> and <c>fromJSON</c>.</summary>
    public int Values { get; init; } = 500_000;

    /// <summary>Deepest nesting of JSON, read or written.</summary>
    public int JsonDepth { get; init; } = 100;
}

/// <summary>What one evaluation has used.</summary>
internal sealed class ExpressionBudget(ExpressionLimits limits)
{
    private int _text;
    private int _values;

    public ExpressionLimits Limits { get; } = limits;

    /// <summary>Counts text about to be made.</summary>
    public void Text(int units)
    {
        if (units > Limits.Text - _text)
            throw new ExpressionFailure($"the texts made here are longer than {Limits.Text} letters together");
        _text += units;
    }

    /// <summary>Counts values about to be made.</summary>
    public void Values(int count)
    {
        if (count > Limits.Values - _values) throw new ExpressionFailure($"more than {Limits.Values} values are made here");
        _values += count;
    }
}

/// <summary>Ends an evaluation; never leaves this folder.</summary>
internal sealed class ExpressionFailure(string what) : Exception(what)
{
    /// <summary>Where in the expression, from 0; below 0 while that is not known yet.</summary>
    public int Offset { get; set; } = -1;
}
