using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>Which labels series are grouped or matched by.</summary>
/// <param name="names">Names of labels.</param>
/// <param name="keeps">Whether these are kept (by, on), or all but these and the metric's name (without, ignoring).</param>
internal sealed class Grouping(IEnumerable<string> names, bool keeps)
{
    private readonly HashSet<string> _names = new(names, StringComparer.Ordinal);

    /// <summary>The labels of the group that a series falls into.</summary>
    public Labels Of(Labels labels)
    {
        if (keeps && _names.Count == 0) return Labels.Empty;
        return labels.Where(name => keeps ? _names.Contains(name) : name != Labels.MetricName && !_names.Contains(name));
    }
}
