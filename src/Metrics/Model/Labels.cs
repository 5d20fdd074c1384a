using System.Text;

namespace Fairway.Metrics.Model;

/// <summary>
/// The label set of a series: names with non-empty values, ordered by name (ordinal by UTF-16 code unit of the UTF-8-valid text), each
/// name once. Immutable.
/// </summary>
public sealed class Labels : IEquatable<Labels>, IComparable<Labels>
{
    /// <summary>The label that holds the metric's name.</summary>
    public const string MetricName = "__name__";

    /// <summary>No labels.</summary>
    public static readonly Labels Empty = new([]);

    // name, value, name, value…: one array per series; the strings are shared by whoever interns them.
    private readonly string[] _pairs;
    private readonly int _hash;

    private Labels(string[] pairs)
    {
        _pairs = pairs;
        var hash = new HashCode();
        foreach (var text in pairs) hash.Add(string.GetHashCode(text, StringComparison.Ordinal));
        _hash = hash.ToHashCode();
    }

    /// <summary>Number of labels.</summary>
    public int Count => _pairs.Length / 2;

    /// <summary>The label at a position.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1, in order of names.</param>
    public Label this[int index] => new(_pairs[2 * index], _pairs[(2 * index) + 1]);

    /// <summary>The metric's name; empty when there is none.</summary>
    public string Name => Value(MetricName);

    /// <summary>The value of a label; empty when it is absent, which PromQL holds to be the same.</summary>
    public string Value(string name)
    {
        for (var i = 0; i < _pairs.Length; i += 2)
        {
            if (_pairs[i] == name) return _pairs[i + 1];
        }

        return "";
    }

    /// <summary>Labels in any order; those with an empty value are left out.</summary>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    public static Labels Of(IEnumerable<Label> labels)
    {
        var kept = labels.Where(l => l.Value.Length > 0).ToArray();
        if (kept.Length == 0) return Empty;
        Array.Sort(kept, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        var pairs = new string[kept.Length * 2];
        for (var i = 0; i < kept.Length; i++)
        {
            if (i > 0 && kept[i - 1].Name == kept[i].Name)
                throw new ArgumentException($"label {kept[i].Name} occurs twice", nameof(labels));
            (pairs[2 * i], pairs[(2 * i) + 1]) = (kept[i].Name, kept[i].Value);
        }

        return new(pairs);
    }

    /// <summary>
    /// Names and values by turns, already in order, without empty values or doubles; the array is taken over, not copied.
    /// </summary>
    public static Labels FromOrdered(string[] pairs) => pairs.Length == 0 ? Empty : new(pairs);

    /// <summary>With one label set; an empty value takes it away.</summary>
    public Labels With(string name, string value) =>
        Value(name) == value ? this : Of([.. Pairs().Where(l => l.Name != name), new Label(name, value)]);

    /// <summary>Without one label.</summary>
    public Labels Without(string name) => Value(name).Length == 0 ? this : Where(n => n != name);

    /// <summary>Only the labels whose name is wanted.</summary>
    public Labels Where(Func<string, bool> wanted)
    {
        var kept = new List<string>(_pairs.Length);
        for (var i = 0; i < _pairs.Length; i += 2)
        {
            if (!wanted(_pairs[i])) continue;
            kept.Add(_pairs[i]);
            kept.Add(_pairs[i + 1]);
        }

        return kept.Count == _pairs.Length ? this : FromOrdered([.. kept]);
    }

    /// <summary>All labels, in order of names.</summary>
    public IEnumerable<Label> Pairs()
    {
        for (var i = 0; i < _pairs.Length; i += 2) yield return new(_pairs[i], _pairs[i + 1]);
    }

    public bool Equals(Labels? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash == other._hash && _pairs.AsSpan().SequenceEqual(other._pairs));

    public override bool Equals(object? obj) => Equals(obj as Labels);

    public override int GetHashCode() => _hash;

    /// <summary>By the first label that differs: its name, then its value; then the fewer labels.</summary>
    public int CompareTo(Labels? other)
    {
        if (other is null) return 1;
        var both = Math.Min(_pairs.Length, other._pairs.Length);
        for (var i = 0; i < both; i++)
        {
            var order = string.CompareOrdinal(_pairs[i], other._pairs[i]);
            if (order != 0) return order;
        }

        return _pairs.Length.CompareTo(other._pairs.Length);
    }

    /// <summary>As Prometheus writes it: <c>name{label="value", …}</c>, or braces alone where there is no name.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Name);
        var first = true;
        foreach (var (name, value) in Pairs())
        {
            if (name == MetricName) continue;
            text.Append(first ? "{" : ", ").Append(name).Append("=\"").Append(Escaped(value)).Append('"');
            first = false;
        }

        if (!first) text.Append('}');
        return text.Length == 0 ? "{}" : text.ToString();
    }

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n",
            StringComparison.Ordinal);
}

/// <summary>One label.</summary>
/// <param name="Name">Its name; any valid Unicode text.</param>
/// <param name="Value">Its value; empty is the same as absent.</param>
public readonly record struct Label(string Name, string Value);
