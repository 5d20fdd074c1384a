using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Access;

/// <summary>
/// Tokens, sign-ins and grants by their stream without <c>access/</c>. Of tokens and sign-ins only those that are not over; grants stay, as answers to who asked.
/// </summary>
public sealed class AccessProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "access";

    /// <inheritdoc/>
    public string Collection => Name;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (!record.Stream.StartsWith(AccessRecord.StreamPrefix, StringComparison.Ordinal) || AccessEventCodec.Read(record) is not { } happened) yield break;
        var key = record.Stream[AccessRecord.StreamPrefix.Length..];
        var state = load(key) is { } document ? FairwayJson.Read<AccessRecord>(document) : null;
        if (AccessEvolver.Apply(state, happened, record.Version) is not { } next) yield break;
        yield return new(key, next.IsOver && next is not Grant ? null : FairwayJson.Write(next));
    }
}
