namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Kinds of tokens.</summary>
internal enum TokenKind
{
    End, Error, Number, Duration, String, Identifier, MetricIdentifier, Aggregator, Keyword,
    LeftParen, RightParen, LeftBrace, RightBrace, LeftBracket, RightBracket, Comma, Colon, At,
    Assign, EqualRegex, NotRegex,
    Add, Sub, Mul, Div, Mod, Pow, Atan2, Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, TrimUpper, TrimLower, And, Or, Unless,
}

/// <summary>A token of a query.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written; for an error what is wrong.</param>
/// <param name="Span">Where.</param>
internal readonly record struct Token(TokenKind Kind, string Text, TextSpan Span)
{
    /// <summary>As an error names it (Prometheus, parser.Item).</summary>
    public string Described => Kind switch
    {
        TokenKind.End => "end of input",
        TokenKind.Error => Text,
        TokenKind.Identifier => "identifier " + GoText.Quoted(Text),
        TokenKind.MetricIdentifier => "metric identifier " + GoText.Quoted(Text),
        TokenKind.Keyword => $"<{Text}>",
        TokenKind.Aggregator => $"<aggr:{Text}>",
        TokenKind.String => "string " + Shortened,
        TokenKind.Number => "number " + Shortened,
        TokenKind.Duration => "duration " + Shortened,
        >= TokenKind.Assign => $"<op:{Text}>",
        _ => GoText.Quoted(Text),
    };

    private string Shortened => Text.Length > 10 ? GoText.Quoted(Text[..10]) + "..." : GoText.Quoted(Text);
}
