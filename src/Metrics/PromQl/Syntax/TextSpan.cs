namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Where something stands in a query, in UTF-16 units.</summary>
/// <param name="Start">The first.</param>
/// <param name="End">The one after the last.</param>
public readonly record struct TextSpan(int Start, int End)
{
    /// <summary>Line and column of the start, from 1, the column in bytes of UTF-8 as Prometheus counts.</summary>
    public string Place(string query)
    {
        var start = Math.Min(Start, query.Length);
        var line = 1;
        var lineStart = 0;
        for (var i = 0; i < start; i++)
        {
            if (query[i] != '\n') continue;
            line++;
            lineStart = i + 1;
        }

        return $"{line}:{System.Text.Encoding.UTF8.GetByteCount(query.AsSpan(lineStart, start - lineStart)) + 1}";
    }
}
