using Fairway.Ledger;

namespace Fairway.Ports;

/// <summary>
/// Read models' documents in memory: the in-memory ledger's own, and what a check compares a store's with. Not for several threads at once.
/// </summary>
public sealed class Documents(ReadModels models)
{
    private readonly Dictionary<(string Collection, string Key), string> _bodies = [];

    /// <summary>Derives what records change, all or nothing: when a read model throws, no document has changed.</summary>
    public void Apply(IEnumerable<LedgerEvent> records)
    {
        var staged = new Dictionary<(string, string), string?>();
        string? Staged(string collection, string key) => staged.TryGetValue((collection, key), out var body) ? body : Load(collection, key);

        foreach (var record in records)
            foreach (var change in models.Apply(record, Staged))
                staged[(change.Collection, change.Key)] = change.Body;
        foreach (var (id, body) in staged)
        {
            if (body is null) _bodies.Remove(id);
            else _bodies[id] = body;
        }
    }

    /// <summary>A document; null when there is none.</summary>
    public string? Load(string collection, string key) => _bodies.GetValueOrDefault((collection, key));

    /// <summary>A collection's documents by key in ordinal order.</summary>
    public ImmutableArray<KeyValuePair<string, string>> List(string collection, string prefix) =>
    [
        .. _bodies.Where(entry => entry.Key.Collection == collection && entry.Key.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(entry => KeyValuePair.Create(entry.Key.Key, entry.Value)).OrderBy(entry => entry.Key, StringComparer.Ordinal),
    ];

    /// <summary>Where a store's documents of a collection are not what the records give.</summary>
    public IEnumerable<LedgerProblem> Differences(string collection, IEnumerable<KeyValuePair<string, string>> stored)
    {
        var expected = List(collection, "").ToDictionary(StringComparer.Ordinal);
        foreach (var (key, body) in stored)
        {
            if (!expected.Remove(key, out var right))
                yield return OutOfStep(collection, key, "is there, but no record gives it");
            else if (right != body)
                yield return OutOfStep(collection, key, $"differs from what the records give, from character "
                    + $"{right.AsSpan().CommonPrefixLength(body)}");
        }
        foreach (var key in expected.Keys.Order(StringComparer.Ordinal))
            yield return OutOfStep(collection, key, "is missing");
    }

    private static LedgerProblem OutOfStep(string collection, string key, string what)
        => new(null, "readModel", $"read model {collection}: document \"{key}\" {what}; \"fairway ledger rebuild\" derives it anew");
}
