using Fairway.Metrics.Model;

namespace Fairway.Metrics.Ingest;

/// <summary>Labels while they are made: in any order, changed by relabelling, then turned into <see cref="Labels"/>. Made to be used again
/// and again.</summary>
public sealed class LabelDraft
{
    private static readonly Comparison<Label> ByName = static (a, b) => string.CompareOrdinal(a.Name, b.Name);

    private readonly List<Label> _labels = [];

    /// <summary>Number of labels, those with an empty value too.</summary>
    public int Count => _labels.Count;

    /// <summary>The labels as they are now.</summary>
    public IReadOnlyList<Label> All => _labels;

    /// <summary>Empties it.</summary>
    public void Clear() => _labels.Clear();

    /// <summary>Empties it, then takes over all labels of a set.</summary>
    public void Load(Labels labels)
    {
        _labels.Clear();
        for (var i = 0; i < labels.Count; i++) _labels.Add(labels[i]);
    }

    /// <summary>Adds a label without looking whether its name is there already: <see cref="Duplicate"/> tells.</summary>
    public void Append(string name, string value) => _labels.Add(new(name, value));

    /// <summary>The value of a label; empty when it is absent.</summary>
    public string Get(string name)
    {
        var at = Find(name);
        return at < 0 ? "" : _labels[at].Value;
    }

    /// <summary>Whether a label is there, with an empty value too.</summary>
    public bool Has(string name) => Find(name) >= 0;

    /// <summary>Sets a label; an empty value takes it away.</summary>
    public void Set(string name, string value)
    {
        var at = Find(name);
        if (value.Length == 0)
        {
            if (at >= 0) _labels.RemoveAt(at);
        }
        else if (at >= 0)
        {
            _labels[at] = new(name, value);
        }
        else
        {
            _labels.Add(new(name, value));
        }
    }

    /// <summary>Takes labels away.</summary>
    public void RemoveWhere(Predicate<string> unwanted) => _labels.RemoveAll(l => unwanted(l.Name));

    /// <summary>A name that occurs twice; null when there is none.</summary>
    public string? Duplicate()
    {
        _labels.Sort(ByName);
        for (var i = 1; i < _labels.Count; i++)
        {
            if (_labels[i].Name == _labels[i - 1].Name) return _labels[i].Name;
        }

        return null;
    }

    /// <summary>The label set; empty values are left out.</summary>
    /// <exception cref="FormatException">A name occurs twice.</exception>
    public Labels ToLabels()
    {
        if (Duplicate() is { } name) throw new FormatException($"label name \"{name}\" is not unique");
        var kept = 0;
        foreach (var label in _labels) kept += label.Value.Length > 0 ? 1 : 0;
        var pairs = new string[kept * 2];
        var at = 0;
        foreach (var label in _labels)
        {
            if (label.Value.Length == 0) continue;
            pairs[at++] = label.Name;
            pairs[at++] = label.Value;
        }

        return Labels.FromOrdered(pairs);
    }

    private int Find(string name)
    {
        for (var i = 0; i < _labels.Count; i++)
        {
            if (_labels[i].Name == name) return i;
        }

        return -1;
    }
}
