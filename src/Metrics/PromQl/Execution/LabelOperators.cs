using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>label_replace() and label_join(): the same samples under other labels.</summary>
internal sealed class RelabelOperator(QueryContext context, string name, VectorOperator inner, string target, Func<Labels, string?> value)
    : VectorOperator(context, inner.Grid, name, inner)
{
    // Each of them can make a text many times as long as the one before; nobody needs labels of such a length.
    private const int MostText = 1 << 16;

    private const int BytesOfSample = 16;

    protected override OutputSeries[] Open()
    {
        var series = (OutputSeries[])inner.Series.Clone();
        for (var i = 0; i < series.Length; i++)
        {
            if (value(series[i].Labels) is not { } text) continue;
            Context.Use(text.Length * sizeof(char) / BytesOfSample);
            // A name that is set here stays.
            series[i] = new(series[i].Labels.With(target, text), series[i].DropName && target != Labels.MetricName);
        }

        return series;
    }

    protected override void ReadSeries(int series, Column into) => inner.Read(series, into);

    /// <summary>label_replace().</summary>
    public static RelabelOperator Replace(QueryContext context, VectorOperator inner, string target, string template, string source,
        string pattern)
    {
        LabelPattern compiled;
        try
        {
            compiled = LabelPattern.Parse(pattern);
        }
        catch (FormatException)
        {
            throw PromQlException.Failed($"invalid regular expression in label_replace(): {pattern}");
        }

        if (!LabelNames.IsValid(target, context.Compat))
            throw PromQlException.Failed($"invalid destination label name in label_replace(): {target}");
        return new(context, "label_replace()", inner, target, labels =>
        {
            try
            {
                return compiled.Expand(labels.Value(source), template, MostText);
            }
            catch (FormatException e)
            {
                throw PromQlException.Failed($"{e.Message} in label_replace()");
            }
        });
    }

    /// <summary>label_join().</summary>
    public static RelabelOperator Join(QueryContext context, VectorOperator inner, string target, string separator, string[] sources)
    {
        foreach (var source in sources)
        {
            if (!LabelNames.IsValid(source, context.Compat))
                throw PromQlException.Failed($"invalid source label name in label_join(): {source}");
        }

        if (!LabelNames.IsValid(target, context.Compat))
            throw PromQlException.Failed($"invalid destination label name in label_join(): {target}");
        return new(context, "label_join()", inner, target, labels =>
        {
            var length = (separator.Length * (sources.Length - 1L)) + sources.Sum(s => (long)labels.Value(s).Length);
            if (length > MostText) throw PromQlException.Failed($"the joined labels are longer than {MostText} characters in label_join()");
            return string.Join(separator, sources.Select(labels.Value));
        });
    }
}

/// <summary>sort() and its kin. Only an instant query has an order; there all samples are read to find it.</summary>
internal sealed class SortOperator(QueryContext context, CallExpr call, VectorOperator inner, string[] labels)
    : VectorOperator(context, inner.Grid, call.Function.Name, inner)
{
    private int[] _order = [];

    protected override OutputSeries[] Open()
    {
        _order = [.. Enumerable.Range(0, inner.Series.Length)];
        var descending = call.Function.Name.EndsWith("_desc", StringComparison.Ordinal);
        if (Grid.Count == 0) return inner.Series;
        if (Context.IsRange) Context.Annotations.SortInRangeQuery(call.Span);
        else if (call.Function.Name.StartsWith("sort_by_label", StringComparison.Ordinal))
        {
            Array.Sort(_order, (a, b) => CompareLabels(inner.Series[a].Labels, inner.Series[b].Labels) * (descending ? -1 : 1));
        }
        else
        {
            var values = new double[_order.Length];
            var column = NewColumn();
            for (var i = 0; i < values.Length; i++)
            {
                inner.Read(i, column);
                values[i] = column.Values[^1];
            }

            _order = [.. _order.OrderBy(i => double.IsNaN(values[i])).ThenBy(i => descending ? -values[i] : values[i])];
        }

        return [.. _order.Select(i => inner.Series[i])];
    }

    protected override void ReadSeries(int series, Column into)
    {
        inner.Read(_order[series], into);
        if (!call.Function.Name.StartsWith("sort_by", StringComparison.Ordinal) && into.HasHistograms) into.ClearHistograms();
    }

    private int CompareLabels(Labels a, Labels b)
    {
        foreach (var label in labels)
        {
            var order = NaturalOrder.Compare(a.Value(label), b.Value(label));
            if (order != 0) return order;
        }

        return a.CompareTo(b);
    }
}

/// <summary>The order of texts in which 4m5 comes before 4m600: runs of digits count as numbers.</summary>
internal static class NaturalOrder
{
    public static int Compare(string a, string b)
    {
        int i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            if (char.IsAsciiDigit(a[i]) && char.IsAsciiDigit(b[j]))
            {
                var (left, right) = (Digits(a, ref i), Digits(b, ref j));
                var order = left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right);
                if (order != 0) return order;
            }
            else if (a[i] != b[j]) return a[i].CompareTo(b[j]);
            else
            {
                i++;
                j++;
            }
        }

        var rest = (a.Length - i).CompareTo(b.Length - j);
        return rest != 0 ? rest : string.CompareOrdinal(a, b);
    }

    private static string Digits(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        return text[start..at].TrimStart('0');
    }
}
