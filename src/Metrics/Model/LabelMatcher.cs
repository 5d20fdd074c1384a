namespace Fairway.Metrics.Model;

/// <summary>How a matcher compares.</summary>
public enum MatchKind { Equal, NotEqual, Regex, NotRegex }

/// <summary>One condition of a selector.</summary>
public sealed class LabelMatcher
{
    private readonly LabelPattern? _pattern;

    /// <param name="name">Name of the label.</param>
    /// <param name="kind">How it compares.</param>
    /// <param name="value">A text, or an RE2 expression which has to match the whole value.</param>
    /// <exception cref="FormatException">The expression is not RE2; the message says where.</exception>
    public LabelMatcher(string name, MatchKind kind, string value)
    {
        (Name, Kind, Value) = (name, kind, value);
        if (kind is MatchKind.Regex or MatchKind.NotRegex) _pattern = LabelPattern.Parse(value);
    }

    /// <summary>Name of the label.</summary>
    public string Name { get; }

    /// <summary>How it compares.</summary>
    public MatchKind Kind { get; }

    /// <summary>The text or the expression.</summary>
    public string Value { get; }

    /// <summary>The compiled expression of a regex matcher: its literal forms let an index look values up instead of trying each.</summary>
    public LabelPattern? Pattern => _pattern;

    /// <summary>Whether a value fits; an absent label has the value "".</summary>
    public bool Matches(string value) => Kind switch
    {
        MatchKind.Equal => value == Value,
        MatchKind.NotEqual => value != Value,
        MatchKind.Regex => _pattern!.Matches(value),
        _ => !_pattern!.Matches(value),
    };
}
