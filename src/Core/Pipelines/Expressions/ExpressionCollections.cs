namespace Fairway.Pipelines.Expressions;

/// <summary>A list. Two are equal only when they are the same one.</summary>
public sealed class ArrayValue : ExpressionValue
{
    internal ArrayValue(ImmutableArray<ExpressionValue> items, bool filtered = false) => (Items, Filtered) = (items, filtered);

    /// <summary>Its items.</summary>
    public ImmutableArray<ExpressionValue> Items { get; }

    /// <summary>Whether <c>.*</c> made it: what follows is then asked of each item.</summary>
    internal bool Filtered { get; }

    /// <inheritdoc/>
    public override ExpressionKind Kind => ExpressionKind.Array;

    /// <inheritdoc/>
    public override bool IsTruthy => true;

    /// <inheritdoc/>
    public override double ToNumber() => double.NaN;

    /// <inheritdoc/>
    public override string ToText() => "Array";
}

/// <summary>Names with values, in their order. Two are equal only when they are the same one.</summary>
public sealed class ObjectValue : ExpressionValue
{
    private readonly Dictionary<string, int> _places;

    internal ObjectValue(IEnumerable<KeyValuePair<string, ExpressionValue>> members, bool exact = false)
    {
        _places = new(exact ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
        var kept = ImmutableArray.CreateBuilder<KeyValuePair<string, ExpressionValue>>();
        foreach (var member in members)
        {
            // A name that comes twice keeps its first place and spelling and takes its last value.
            if (_places.TryGetValue(member.Key, out var place)) kept[place] = KeyValuePair.Create(kept[place].Key, member.Value);
            else
            {
                _places.Add(member.Key, kept.Count);
                kept.Add(member);
            }
        }
        Members = kept.ToImmutable();
    }

    /// <summary>Its members.</summary>
    public ImmutableArray<KeyValuePair<string, ExpressionValue>> Members { get; }

    /// <inheritdoc/>
    public override ExpressionKind Kind => ExpressionKind.Object;

    /// <inheritdoc/>
    public override bool IsTruthy => true;

    /// <summary>The member of that name; null when there is none.</summary>
    public ExpressionValue? Find(string name) => _places.TryGetValue(name, out var place) ? Members[place].Value : null;

    /// <inheritdoc/>
    public override double ToNumber() => double.NaN;

    /// <inheritdoc/>
    public override string ToText() => "Object";
}
