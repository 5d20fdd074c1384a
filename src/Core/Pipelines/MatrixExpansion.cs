using Fairway.Kernel;

namespace Fairway.Pipelines;

/// <summary>One combination of a matrix: values by name, in the order of the axes.</summary>
/// <param name="Values">Names and values; empty without a matrix.</param>
public sealed record Combination(ImmutableArray<KeyValuePair<string, MatrixValue>> Values)
{
    /// <summary>Of a job without a matrix.</summary>
    public static Combination None { get; } = new([]);

    /// <summary><c>20, linux</c>; empty without values.</summary>
    public string Label => string.Join(", ", Values.Select(pair => pair.Value.Text));

    /// <inheritdoc/>
    public bool Equals(Combination? other) => other is not null && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Values.Aggregate(0, (hash, pair) => HashCode.Combine(hash, pair.Key, pair.Value));
}

/// <summary>
/// The combinations of a matrix, as GitHub documents them: the product of the axes without what <c>exclude</c> names; then each entry of
/// <c>include</c> is added to every combination of the product whose axes it does not contradict, or is a combination by itself.
/// </summary>
public static class MatrixExpansion
{
    /// <summary>The combinations of a matrix without expressions, or why there are none.</summary>
    public static (ImmutableArray<Combination> Combinations, Why? Problem) Expand(JobMatrix matrix)
    {
        if (matrix.Axes.FirstOrDefault(axis => axis.Values.IsEmpty) is { } empty)
            return ([], Why.Because("matrix-empty", "the matrix has no value for {axis}", ("axis", empty.Name)));
        var size = matrix.Axes.Aggregate(1L, (product, axis) => Math.Min(product * axis.Values.Length, int.MaxValue));
        if (size > JobMatrix.MostCombinations * 16L) return ([], TooMany(size));
        var product = matrix.Axes.IsEmpty ? [] : Product(matrix.Axes).Where(combination => !matrix.Exclude.Any(names => Has(combination, names))).ToList();
        var whole = product.Select(combination => new List<KeyValuePair<string, MatrixValue>>(combination)).ToList();
        var axes = matrix.Axes.Select(axis => axis.Name).ToHashSet(StringComparer.Ordinal);
        var alone = new List<List<KeyValuePair<string, MatrixValue>>>();
        foreach (var include in matrix.Include)
        {
            var added = false;
            for (var i = 0; i < whole.Count; i++)
            {
                if (!product[i].TrueForAll(pair => !include.TryGetValue(pair.Key, out var value) || MatrixComparison.Matches(value, pair.Value))) continue;
                added = true;
                foreach (var pair in include.Where(pair => !axes.Contains(pair.Key))) Put(whole[i], pair);
            }
            if (!added) alone.Add([.. include]);
        }
        whole.AddRange(alone);
        if (whole.Count > JobMatrix.MostCombinations) return ([], TooMany(whole.Count));
        return whole.Count == 0 ? ([], Why.Because("matrix-empty", "the matrix has no combination")) : ([.. whole.Select(values => new Combination([.. values]))], null);
    }

    private static Why TooMany(long count)
        => Why.Because("matrix-too-large", "the matrix has {count} combinations; at most {most} are run", ("count", count), ("most", JobMatrix.MostCombinations));

    private static IEnumerable<List<KeyValuePair<string, MatrixValue>>> Product(ImmutableArray<MatrixAxis> axes)
    {
        IEnumerable<List<KeyValuePair<string, MatrixValue>>> all = [[]];
        foreach (var axis in axes)
            all = all.SelectMany(begun => axis.Values.Select(value => new List<KeyValuePair<string, MatrixValue>>(begun) { new(axis.Name, value) }));
        return all;
    }

    private static bool Has(List<KeyValuePair<string, MatrixValue>> combination, ImmutableSortedDictionary<string, MatrixValue> names)
        => names.Count > 0 && names.All(name => combination.Exists(pair => pair.Key == name.Key && MatrixComparison.Matches(name.Value, pair.Value)));

    private static void Put(List<KeyValuePair<string, MatrixValue>> values, KeyValuePair<string, MatrixValue> pair)
    {
        var at = values.FindIndex(known => known.Key == pair.Key);
        if (at >= 0) values[at] = pair;
        else values.Add(pair);
    }
}
