namespace Fairway.Pipelines.Expressions;

/// <summary>What is wrong with an expression.</summary>
public enum ExpressionFault
{
    /// <summary>There is none.</summary>
    Empty,

    /// <summary>A symbol that cannot stand there.</summary>
    UnexpectedSymbol,

    /// <summary>It ends too early.</summary>
    UnexpectedEnd,

    /// <summary>No such function.</summary>
    UnknownFunction,

    /// <summary>No such context.</summary>
    UnknownName,

    /// <summary>A context that is not known where the expression stands.</summary>
    NameNotHere,

    /// <summary>A function that cannot be called where the expression stands.</summary>
    FunctionNotHere,

    /// <summary>A call with too few arguments.</summary>
    TooFewArguments,

    /// <summary>A call with too many arguments.</summary>
    TooManyArguments,

    /// <summary><c>case</c> without a value for when no condition holds.</summary>
    EvenArguments,

    /// <summary>Nested too deep.</summary>
    TooDeep,

    /// <summary>Too long.</summary>
    TooLong,

    /// <summary>A template whose <c>${{</c> has no <c>}}</c>.</summary>
    NotClosed,

    /// <summary>It could not be evaluated: a malformed format or JSON, or a limit passed.</summary>
    Evaluation,
}

/// <summary>A mistake in an expression or a template, or why one could not be evaluated.</summary>
/// <param name="Fault">Which kind.</param>
/// <param name="Offset">Where in the text that was parsed, in UTF-16 units from 0.</param>
/// <param name="Length">Units that it covers; 0 is a point.</param>
/// <param name="What">What is wrong, without a full stop.</param>
/// <param name="Expected">What was expected; null when <paramref name="What"/> says it all.</param>
/// <param name="DidYouMean">What may be meant; null when nothing is near.</param>
public sealed record ExpressionIssue(ExpressionFault Fault, int Offset, int Length, string What, string? Expected = null,
    string? DidYouMean = null)
{
    /// <summary>The same in a longer text, of which this one is a part.</summary>
    public ExpressionIssue In(int start) => this with { Offset = Offset + start };

    /// <summary>What is wrong, where and what was expected, in one sentence; positions are counted from 1.</summary>
    public override string ToString()
        => $"{What} at position {Offset + 1}{(Expected is null ? "" : $"; expected {Expected}")}"
            + (DidYouMean is null ? "" : $"; did you mean {DidYouMean}?");
}
