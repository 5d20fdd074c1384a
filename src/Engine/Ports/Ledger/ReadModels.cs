using Fairway.Ledger;


namespace Fairway.Ports;

/// <summary>A change to a read model.</summary>
/// <param name="Collection">Of which read model.</param>
/// <param name="Key">Document's key.</param>
/// <param name="Body">The new document; null deletes it.</param>
public readonly record struct DocumentChange(string Collection, string Key, string? Body);

/// <summary>The read models of a ledger, as the stores run them.</summary>
public sealed class ReadModels
{
    /// <summary>The read models, one per collection.</summary>
    /// <exception cref="ArgumentException">Two own one collection.</exception>
    public ReadModels(IEnumerable<IProjection> projections)
    {
        Projections = [.. projections];
        var twice = Projections.GroupBy(projection => projection.Collection, StringComparer.Ordinal)
            .FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) throw new ArgumentException($"two read models own the collection \"{twice.Key}\"", nameof(projections));
    }

    /// <summary>All of them, in the order they are run.</summary>
    public ImmutableArray<IProjection> Projections { get; }

    /// <summary>
    /// What a record changes. Each change must be in force before the next one is asked for: <paramref name="load"/> sees it.
    /// </summary>
    /// <param name="record">The record in its newest shape.</param>
    /// <param name="load">Reads the document of a collection and key.</param>
    public IEnumerable<DocumentChange> Apply(LedgerEvent record, Func<string, string, string?> load)
    {
        foreach (var projection in Projections)
            foreach (var (key, body) in projection.Apply(record, key => load(projection.Collection, key)))
                yield return new(projection.Collection, key, body);
    }
}
