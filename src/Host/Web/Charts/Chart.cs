namespace Fairway.Web.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Name">For the legend and for who reads instead of looking.</param>
/// <param name="Tone">Its look: <c>stable</c>, <c>candidate</c>, <c>bad</c>, <c>good</c>, or <c>s0</c> to <c>s7</c>. Each differs by dashes too, not by colour alone.</param>
/// <param name="Values">One for each time; null and what is no number is a gap.</param>
/// <param name="IsStepped">Held until the next value.</param>
public sealed record ChartLine(string Name, string Tone, IReadOnlyList<double?> Values, bool IsStepped = false);

/// <summary>A level that means something.</summary>
/// <param name="Value">Where.</param>
/// <param name="Text">What it means.</param>
/// <param name="Tone">As of lines.</param>
public sealed record ChartLevel(double Value, string Text, string Tone);

/// <summary>A moment that means something.</summary>
/// <param name="At">Milliseconds since 1970.</param>
/// <param name="Text">What happened.</param>
public sealed record ChartMark(long At, string Text);

/// <summary>Lines over time.</summary>
public sealed record Chart
{
    /// <summary>What is shown, such as <c>Requests per second</c>.</summary>
    public required string Title { get; init; }

    /// <summary>Milliseconds since 1970, rising; one for each value of each line.</summary>
    public required IReadOnlyList<long> Times { get; init; }

    /// <summary>The lines.</summary>
    public required IReadOnlyList<ChartLine> Lines { get; init; }

    /// <summary>Levels.</summary>
    public IReadOnlyList<ChartLevel> Levels { get; init; } = [];

    /// <summary>Moments.</summary>
    public IReadOnlyList<ChartMark> Marks { get; init; } = [];

    /// <summary>A value for people.</summary>
    public Func<double, string> Format { get; init; } = Say.Number;

    /// <summary>Grid lines; null chooses round numbers.</summary>
    public IReadOnlyList<double>? Ticks { get; init; }

    /// <summary>Lowest value shown; null takes in all values.</summary>
    public double? Least { get; init; } = 0;

    /// <summary>Highest value shown; null takes in all values.</summary>
    public double? Most { get; init; }

    /// <summary>The highest value shown is at least this.</summary>
    public double AtLeast { get; init; }

    /// <summary>First moment shown; null is the first time.</summary>
    public long? From { get; init; }

    /// <summary>Last moment shown; null is the last time.</summary>
    public long? Until { get; init; }

    /// <summary>Height of the plot in CSS pixels.</summary>
    public int Height { get; init; } = 150;

    /// <summary>What is said when there is nothing to draw.</summary>
    public string Empty { get; init; } = "nothing yet";
}
