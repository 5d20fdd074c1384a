using System.Text;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Scrape;

/// <summary>From the labels in a body and those of the target to the labels of a series.</summary>
internal sealed class SeriesLabels(Labels target, ScrapeIngestOptions options)
{
    /// <summary>Joins the target's labels and relabels.</summary>
    /// <param name="draft">The labels of the body; changed.</param>
    /// <returns>Null when relabelling drops the series.</returns>
    /// <exception cref="FormatException">A label twice, no name, a limit exceeded.</exception>
    public Labels? Of(LabelDraft draft)
    {
        if (draft.Duplicate() is { } twice) throw new FormatException($"label name \"{twice}\" is not unique");
        if (options.HonorLabels) Honor(draft);
        else Override(draft);
        if (!options.MetricRelabelling.Apply(draft)) return null;
        var labels = draft.ToLabels();
        if (labels.Name.Length == 0) throw new FormatException("the metric has no name after relabelling");
        CheckLimits(labels);
        return labels;
    }

    private void Honor(LabelDraft draft)
    {
        for (var i = 0; i < target.Count; i++)
        {
            var (name, value) = target[i];
            if (!draft.Has(name)) draft.Set(name, value);
        }
    }

    // Prometheus, mutateSampleLabels: the target's labels win, and a label of the body that is in the way gets "exported_" before it until nothing is.
    private void Override(LabelDraft draft)
    {
        List<Label>? inTheWay = null;
        for (var i = 0; i < target.Count; i++)
        {
            var (name, value) = target[i];
            var exposed = draft.Get(name);
            if (exposed.Length > 0) (inTheWay ??= []).Add(new(name, exposed));
            draft.Set(name, value);
        }

        if (inTheWay is null) return;
        foreach (var (name, value) in inTheWay.OrderBy(l => l.Name.Length))
        {
            var exported = "exported_" + name;
            while (draft.Get(exported).Length > 0) exported = "exported_" + exported;
            draft.Set(exported, value);
        }
    }

    private void CheckLimits(Labels labels)
    {
        if (options.LabelLimit > 0 && labels.Count > options.LabelLimit)
            throw new FormatException($"label_limit exceeded: {labels.Name} has {labels.Count} labels, {options.LabelLimit} is the most");
        if (options is { LabelNameLengthLimit: 0, LabelValueLengthLimit: 0 }) return;
        foreach (var (name, value) in labels.Pairs())
        {
            if (options.LabelNameLengthLimit > 0 && Encoding.UTF8.GetByteCount(name) > options.LabelNameLengthLimit)
                throw new FormatException($"label_name_length_limit exceeded: label name {name} of {labels.Name} is longer than {options.LabelNameLengthLimit} bytes");
            if (options.LabelValueLengthLimit > 0 && Encoding.UTF8.GetByteCount(value) > options.LabelValueLengthLimit)
                throw new FormatException($"label_value_length_limit exceeded: the value of label {name} of {labels.Name} is longer than {options.LabelValueLengthLimit} bytes");
        }
    }
}
