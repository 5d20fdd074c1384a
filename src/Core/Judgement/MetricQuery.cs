using System.Text;

namespace Fairway.Judgement;

/// <summary>What a metric asks a metrics source for. Each text gives one number that only grows: a cumulative counter.</summary>
/// <param name="Events">What is counted, such as failed checkouts.</param>
/// <param name="Total">Out of how many; null counts the events over the time that instances run.</param>
public sealed record MetricQuery(string Events, string? Total)
{
    /// <summary>What a text may speak of; the first two tell the releases apart.</summary>
    public static ImmutableArray<string> Variables { get; } = ["release", "digest", "service", "environment"];

    /// <summary>Names after a <c>$</c>, in the order of the text. A <c>$</c> before anything else is itself.</summary>
    public static ImmutableArray<string> NamesIn(string text)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        for (var i = text.IndexOf('$', StringComparison.Ordinal); i >= 0; i = text.IndexOf('$', i + 1))
            if (NameAt(text, i + 1) is { Length: > 0 } name) names.Add(name);
        return names.ToImmutable();
    }

    /// <summary>The text for one release; values are escaped as within a string in double quotes.</summary>
    /// <param name="text">One of the texts.</param>
    /// <param name="valueOf">Value of a variable; null leaves it as it is.</param>
    public static string Fill(string text, Func<string, string?> valueOf)
    {
        var filled = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var name = text[i] == '$' ? NameAt(text, i + 1) : "";
            if (name.Length > 0 && valueOf(name) is { } value)
            {
                filled.Append(value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal));
                i += name.Length;
            }
            else filled.Append(text[i]);
        }
        return filled.ToString();
    }

    private static string NameAt(string text, int start)
    {
        var end = start;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_')) end++;
        return end > start && !char.IsAsciiDigit(text[start]) ? text[start..end] : "";
    }
}
