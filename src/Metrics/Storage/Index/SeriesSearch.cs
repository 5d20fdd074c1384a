using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>Finds the series that meet all conditions, from an index.</summary>
internal static class SeriesSearch
{
    /// <summary>The series' numbers, rising.</summary>
    /// <param name="index">Where to look.</param>
    /// <param name="matchers">The conditions; none for all series.</param>
    /// <param name="cancellation">Ends the search.</param>
    public static ReadOnlyMemory<int> Find(ISeriesIndex index, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation)
    {
        ReadOnlyMemory<int>? found = null;
        foreach (var matcher in matchers.OrderBy(Cost))
        {
            cancellation.ThrowIfCancellationRequested();
            if (found is { Length: 0 }) return default;
            found = matcher.Matches("") ? Without(index, matcher, found ?? index.All, cancellation) : Only(index, matcher, found, cancellation);
        }

        return found ?? index.All;
    }

    // What is looked up first, what has to try values last; what takes away after what picks.
    private static int Cost(LabelMatcher matcher)
    {
        var takesAway = matcher.Matches("") ? 8 : 0;
        return takesAway + (matcher.Kind switch
        {
            MatchKind.Equal => 0,
            MatchKind.Regex or MatchKind.NotRegex when matcher.Pattern!.Literals is { } few => 1 + Math.Min(few.Count / 64, 2),
            MatchKind.NotEqual => 5,
            _ => 4,
        });
    }

    private static ReadOnlyMemory<int> Only(ISeriesIndex index, LabelMatcher matcher, ReadOnlyMemory<int>? among, CancellationToken cancellation)
    {
        if (Literals(matcher) is { } literals && matcher.Kind is MatchKind.Equal or MatchKind.Regex)
            return Narrow(among, SortedIds.Union([.. literals.Distinct(StringComparer.Ordinal).Select(value => index.With(matcher.Name, value))]));
        if (IsAnyValue(matcher) && index.CountWith(matcher.Name) == index.All.Length) return among ?? index.All;
        var values = index.Values(matcher.Name);
        if (among is { } few && few.Length < values.Count) return Filter(index, matcher, few, cancellation);
        return Narrow(among, SortedIds.Union(Lists(index, matcher, values, matches: true, cancellation)));
    }

    private static ReadOnlyMemory<int> Without(ISeriesIndex index, LabelMatcher matcher, ReadOnlyMemory<int> among, CancellationToken cancellation)
    {
        if (matcher.Kind == MatchKind.Regex && matcher.Pattern!.MatchesEverything) return among;
        if (matcher.Kind is MatchKind.NotEqual or MatchKind.NotRegex && Literals(matcher) is { } literals)
            return SortedIds.Subtract(among.Span, SortedIds.Union([.. literals.Distinct(StringComparer.Ordinal).Select(value => index.With(matcher.Name, value))]).Span);
        var values = index.Values(matcher.Name);
        if (among.Length < values.Count) return Filter(index, matcher, among, cancellation);
        return SortedIds.Subtract(among.Span, SortedIds.Union(Lists(index, matcher, values, matches: false, cancellation)).Span);
    }

    private static ReadOnlyMemory<int> Narrow(ReadOnlyMemory<int>? among, ReadOnlyMemory<int> ids) =>
        among is { } before ? SortedIds.Intersect(before.Span, ids.Span) : ids;

    private static IReadOnlyList<string>? Literals(LabelMatcher matcher) =>
        matcher.Kind is MatchKind.Equal or MatchKind.NotEqual ? [matcher.Value] : matcher.Pattern!.Literals;

    private static bool IsAnyValue(LabelMatcher matcher) => matcher.Kind switch
    {
        MatchKind.NotEqual => matcher.Value.Length == 0,
        MatchKind.Regex => matcher.Pattern!.MatchesAllButEmpty,
        _ => false,
    };

    private static List<ReadOnlyMemory<int>> Lists(ISeriesIndex index, LabelMatcher matcher, IReadOnlyList<string> values, bool matches, CancellationToken cancellation)
    {
        var lists = new List<ReadOnlyMemory<int>>();
        for (var i = 0; i < values.Count; i++)
        {
            if ((i & 0xfff) == 0) cancellation.ThrowIfCancellationRequested();
            if (matcher.Matches(values[i]) == matches) lists.Add(index.With(matcher.Name, values[i]));
        }

        return lists;
    }

    // Few series and many values: the series are asked.
    private static int[] Filter(ISeriesIndex index, LabelMatcher matcher, ReadOnlyMemory<int> among, CancellationToken cancellation)
    {
        var answers = new Dictionary<string, bool>(StringComparer.Ordinal);
        var kept = new List<int>();
        foreach (var id in among.Span)
        {
            if ((kept.Count & 0xfff) == 0) cancellation.ThrowIfCancellationRequested();
            var value = index.Value(id, matcher.Name);
            if (!answers.TryGetValue(value, out var fits)) answers[value] = fits = matcher.Matches(value);
            if (fits) kept.Add(id);
        }

        return [.. kept];
    }
}
