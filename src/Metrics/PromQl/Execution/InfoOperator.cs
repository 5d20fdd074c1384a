using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>info(): series with the labels of the info metrics (<c>target_info</c>) that have the same instance and job.</summary>
internal sealed class InfoOperator(QueryContext context, VectorOperator inner, VectorSelector? selector, Func<TimeModifiers, TimeShift> shift)
    : VectorOperator(context, inner.Grid, "info()", inner)
{
    private static readonly string[] Identifying = ["instance", "job"];

    private readonly List<List<(int Base, bool[] Steps)>> _outputs = [];
    private Column? _column;

    private sealed record InfoSeries(Labels Labels, double[] Times);

    protected override OutputSeries[] Open()
    {
        var conditions = (selector?.Matchers ?? []).ToLookup(m => m.Name == Labels.MetricName);
        var names = conditions[true].ToArray();
        var data = conditions[false].ToArray();
        var infos = Find(names, data);
        var wanted = data.Select(m => m.Name).ToHashSet(StringComparer.Ordinal);
        var places = new Dictionary<OutputSeries, int>();
        var series = new List<OutputSeries>();
        for (var i = 0; i < inner.Series.Length; i++)
        {
            foreach (var (output, steps) in Enriched(inner.Series[i], names, data, wanted, infos))
            {
                if (!places.TryGetValue(output, out var place))
                {
                    places[output] = place = series.Count;
                    series.Add(output);
                    _outputs.Add([]);
                }

                _outputs[place].Add((i, steps));
            }
        }

        return [.. series];
    }

    protected override void ReadSeries(int series, Column into)
    {
        into.Clear();
        _column ??= NewColumn();
        foreach (var (index, steps) in _outputs[series])
        {
            inner.Read(index, _column);
            for (var step = 0; step < steps.Length; step++)
            {
                if (!steps[step] || !_column.Has(step)) continue;
                if (into.Has(step)) FailSameLabels();
                into.Take(_column, step);
            }
        }
    }

    private static bool IsInfo(string name, LabelMatcher[] names) => names.Length == 0 ? name == "target_info" : names.All(m => m.Matches(name));

    private static Labels Key(Labels labels) => labels.Where(Identifying.Contains);

    private ILookup<Labels, InfoSeries> Find(LabelMatcher[] names, LabelMatcher[] data)
    {
        var matchers = data.Concat(names.Length > 0 ? names : [new(Labels.MetricName, MatchKind.Equal, "target_info")]).ToImmutableArray();
        var time = selector?.Time ?? TimeModifiers.None;
        var select = new SelectOperator(Context, Grid, new VectorSelector("", matchers, time, RangeKind.Plain, default), shift(time), givesTimes: true);
        // The samples' times decide between two series that describe the same target.
        var found = new List<InfoSeries>();
        for (var i = 0; i < select.Series.Length; i++)
        {
            var column = NewColumn();
            select.Read(i, column);
            found.Add(new(select.Named(i), column.Values));
        }

        return found.ToLookup(f => Key(f.Labels));
    }

    private IEnumerable<(OutputSeries Output, bool[] Steps)> Enriched(
        OutputSeries one, LabelMatcher[] names, LabelMatcher[] data, HashSet<string> wanted, ILookup<Labels, InfoSeries> infos)
    {
        if (IsInfo(one.Labels.Name, names)) return [(one, All())];
        var needsMatch = data.Any(m => !m.Matches(""));
        var candidates = infos[Key(one.Labels)].ToArray();
        var outputs = new Dictionary<OutputSeries, bool[]>();
        for (var step = 0; step < Grid.Count; step++)
        {
            var labels = one.Labels;
            var any = false;
            foreach (var metric in candidates.GroupBy(c => c.Labels.Name, StringComparer.Ordinal))
            {
                if (Newest(metric, step) is not { } info) continue;
                any = true;
                foreach (var (name, value) in info.Labels.Pairs())
                {
                    if (name == Labels.MetricName || Identifying.Contains(name, StringComparer.Ordinal) || one.Labels.Value(name).Length > 0) continue;
                    if (wanted.Count > 0 && !wanted.Contains(name)) continue;
                    if (labels.Value(name) is { Length: > 0 } other && other != value) throw PromQlException.Failed($"conflicting label: {name}");
                    labels = labels.With(name, value);
                }
            }

            if (!any && needsMatch) continue;
            var output = one with { Labels = labels };
            if (!outputs.TryGetValue(output, out var steps)) outputs[output] = steps = new bool[Grid.Count];
            steps[step] = true;
        }

        return outputs.Select(o => (o.Key, o.Value));
    }

    private static InfoSeries? Newest(IEnumerable<InfoSeries> candidates, int step)
    {
        InfoSeries? newest = null;
        foreach (var candidate in candidates)
        {
            if (Column.IsAbsent(candidate.Times[step])) continue;
            if (newest is not null && newest.Times[step].Equals(candidate.Times[step]))
                throw PromQlException.Failed($"found duplicate series for info metric: existing {newest.Labels} and new {candidate.Labels} at the same time");
            if (newest is null || candidate.Times[step] > newest.Times[step]) newest = candidate;
        }

        return newest;
    }

    private bool[] All()
    {
        var steps = new bool[Grid.Count];
        Array.Fill(steps, true);
        return steps;
    }
}
